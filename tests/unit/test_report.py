"""The JSON contract: what stands in it, what never does."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ktpcheck.errors import PhotoUnreadable
from ktpcheck.fields import FIELDS
from ktpcheck.geometry import CARD_CORNERS_MM
from ktpcheck.records import Correction, Finding, Line, Measure, Outline
from ktpcheck.report import (
    LONG_MASK,
    MASK,
    dumps,
    error_to_json,
    mask,
    rotation_deg,
    schema,
    to_json,
)
from tests.unit.report_fakes import CORNERS, VALUES, no_card, report


def sealed(node: Any) -> Any:
    """The schema without room for keys it does not name: what we emit must all be documented."""
    if isinstance(node, dict):
        node = {key: sealed(value) for key, value in node.items()}
        if "properties" in node and node.get("additionalProperties") is True:
            node["additionalProperties"] = False
        return node
    return [sealed(value) for value in node] if isinstance(node, list) else node


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


@pytest.fixture(scope="module")
def strict() -> Draft202012Validator:
    return Draft202012Validator(sealed(schema()))


@pytest.fixture(scope="module")
def unreadable():
    return report(unreadable={"nik": ("glare",), "agama": ("print_faded",)})


CASES = [
    pytest.param(report, id="readable"),
    pytest.param(lambda: report(unreadable={"nik": ("glare",)}, page=2), id="unreadable"),
    pytest.param(no_card, id="no card"),
    pytest.param(lambda: report(texts={"agama": "", "tempat_terbit": ""}), id="nothing read"),
    pytest.param(lambda: replace(report(), portrait=None), id="no portrait"),
]


@pytest.mark.parametrize("make", CASES)
@pytest.mark.parametrize("redact", [False, True])
def test_what_is_emitted_obeys_the_schema(make, redact, strict):
    line = json.loads(dumps(to_json(make(), redact=redact)))
    strict.validate(line)


@pytest.mark.parametrize("redact", [False, True])
def test_an_error_obeys_the_schema(strict, redact):
    error = PhotoUnreadable("a.jpg", "the file is empty", "Send it again.")
    line = error_to_json("b/a.jpg", error, redact=redact)
    strict.validate(json.loads(dumps(line)))
    assert line["error"]["type"] == "PhotoUnreadable"
    assert line["photo"]["name"] == "b/a.jpg"


def test_the_contract_s_keys_are_there(unreadable):
    line = to_json(unreadable)
    assert list(line)[:14] == [
        "schema", "version", "models", "photo", "verdict", "action", "card", "measures", "fields",
        "defects", "checks", "portrait", "guidance", "elapsed_ms",
    ]  # fmt: skip
    assert line["schema"] == "ktpcheck.report/1"
    assert {"text", "raw", "confidence", "legibility", "readable", "box_px", "defects"} <= set(
        line["fields"]["nik"]
    )
    assert line["fields"]["nik"]["defects"] == ["glare"]
    assert line["defects"][0].keys() == {
        "id", "kind", "severity", "regions", "value", "limit", "cause", "card_probability", "spots",
    }  # fmt: skip


BREAKAGES = {
    "renamed key": lambda line: line.update(judgement=line.pop("verdict")),
    "wrong verdict": lambda line: line.update(verdict="maybe"),
    "no card but fields": lambda line: line.update(verdict="no_card"),
    "card missing": lambda line: line.update(card=None),
    "three corners": lambda line: line["card"]["outline_px"].pop(),
    "score over one": lambda line: line["card"].update(score=1.2),
    "full turn": lambda line: line["card"].update(rotation_deg=360),
    "unknown field": lambda line: line["fields"].update(shoe_size=line["fields"]["nik"]),
    "unknown side": lambda line: line["card"]["sides"].update(front="visible"),
    "text for number": lambda line: line["fields"]["nik"].update(legibility="0.9"),
    "bare hash": lambda line: line["models"].update(m="ab" * 32),
    "status": lambda line: line["checks"][0].update(status="fine"),
}


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES.keys())
def test_the_schema_refuses(breakage, validator, unreadable):
    line = json.loads(dumps(to_json(unreadable)))
    validator.validate(line)
    broken = copy.deepcopy(line)
    breakage(broken)
    assert not validator.is_valid(broken)


def test_added_keys_are_allowed(validator, unreadable):
    line = to_json(unreadable)
    line["later"] = 1
    line["card"]["later"] = 1
    validator.validate(line)


def test_not_a_number_becomes_null_everywhere(unreadable, strict):
    nan = math.nan
    card = replace(unreadable.card, dpi=nan)
    changed = replace(
        unreadable,
        card=card,
        measures={"glare": Measure("glare", "1", np.zeros((2, 2), np.float32), {"nik": nan})},
        findings=(Finding("glare", "capture", nan, ("nik",), math.inf, nan),),
        elapsed_ms={"total": nan},
    )
    line = json.loads(dumps(to_json(changed)))
    strict.validate(line)
    assert line["measures"]["glare"]["regions"]["nik"] is None
    assert line["defects"][0]["value"] is None
    assert line["card"]["dpi"] is None


def test_not_a_number_never_leaves():
    with pytest.raises(ValueError, match="JSON"):
        dumps({"value": math.nan})


def test_boxes_are_where_the_print_stands_in_the_photo(unreadable):
    """The card's own corners map onto the outline; a box inside maps inside."""
    line = to_json(unreadable)
    outline = np.array(line["card"]["outline_px"])
    np.testing.assert_allclose(outline, CORNERS, atol=0.1)
    box = np.array(line["fields"]["nik"]["box_px"])
    assert (box[0] > outline[0]).all()
    assert (box[2] < outline[2]).all()
    assert box[1, 0] > box[0, 0]  # to the right in print is to the right in an upright photo
    assert box[3, 1] > box[0, 1]


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 359.99), st.floats(40, 900), st.floats(-2000, 2000))
def test_rotation_is_how_far_the_card_is_turned_clockwise(degrees, size, offset):
    turn = math.radians(degrees)
    # y points down: this matrix turns clockwise to the eye.
    matrix = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    corners = (CARD_CORNERS_MM * size / 85.6) @ matrix.T + offset
    found = rotation_deg(Outline(corners.astype(np.float32), 1.0, {}))
    assert 0 <= found < 360
    difference = abs(found - degrees) % 360
    assert min(difference, 360 - difference) < 0.2


def test_a_card_lying_on_its_right_side():
    corners = np.array([[100, 0], [100, 80], [50, 80], [50, 0]], np.float32)
    assert rotation_deg(Outline(corners, 1.0, {})) == 90.0


class TestRedaction:
    def test_no_value_is_left(self):
        fake = report(name="CONTOH-SPESIMEN_3171014503909999.jpg", unreadable={"nik": ("glare",)})
        nik = replace(fake.readings["nik"], corrections=(Correction(3, "Q", "ZZ", "digit"),))
        fake = replace(fake, readings={**fake.readings, "nik": nik})
        line = to_json(fake, redact=True)
        text = dumps(line)
        for key, value in VALUES.items():
            if len(value) > 3:  # "AB" and "WNI" are in anything
                assert value not in text, key
            assert line["fields"][key]["text"] in (MASK, LONG_MASK)
            assert line["fields"][key]["raw"] in (MASK, LONG_MASK)
        assert "317101" not in text
        assert '"ZZ"' not in text
        assert '"Q"' not in text

    def test_verdict_measures_and_advice_stay(self, unreadable):
        open_line, masked = to_json(unreadable), to_json(unreadable, redact=True)
        for key in ("verdict", "action", "measures", "defects", "checks", "guidance", "card"):
            assert open_line[key] == masked[key]

    def test_boxes_do_not_tell_the_length(self):
        short = report(texts={"status_perkawinan": "KAWIN"})
        long = report(texts={"status_perkawinan": "BELUM KAWIN"})
        boxes = [
            to_json(one, redact=True)["fields"]["status_perkawinan"]["box_px"]
            for one in (short, long)
        ]
        assert boxes[0] == boxes[1]

    @given(st.text(min_size=1, max_size=40))
    def test_a_mask_tells_only_that_there_is_something(self, value):
        assert mask(value) == MASK

    def test_mask_classes(self):
        assert mask("") == ""
        assert mask("A" * 41) == LONG_MASK

    def test_error_names_lose_their_numbers(self):
        error = PhotoUnreadable("x", "the file is empty", "Send it again.")
        line = error_to_json("ktp 3171 0145 0390 9999.jpg", error, redact=True)
        assert line["photo"]["name"] == f"ktp {MASK}.jpg"


def test_names_that_are_not_utf8_can_be_written():
    line = to_json(report(name="b\udcffd.jpg"))
    assert dumps(line).encode("utf-8")
    assert line["photo"]["name"] == "b\\udcffd.jpg"


def test_fields_come_in_the_order_of_the_card(unreadable):
    assert list(to_json(unreadable)["fields"]) == list(FIELDS)


def test_the_schema_knows_every_field():
    assert schema()["$defs"]["field_key"]["enum"] == list(FIELDS)


def test_what_the_other_reader_read_is_kept_and_masked():
    other = Line("BUDL SANTOSO", 0.5)
    line = Line("BUDI SANTOSO", 0.9, agrees=False, other=other)
    fake = report()
    reading = replace(fake.readings["nama"], lines=(line,))
    fake = replace(fake, readings={**fake.readings, "nama": reading})
    plain, hidden = to_json(fake)["fields"], to_json(fake, redact=True)["fields"]
    assert plain["nama"]["other"] == "BUDL SANTOSO"
    assert plain["agama"]["other"] is None
    assert hidden["nama"]["other"] == MASK
