"""Laws of several shots of one card, on drawn specimens through the whole check."""

from itertools import permutations

import numpy as np
import pytest

from ktpcheck import Checker
from ktpcheck.records import Photo, Report
from ktpcheck.shots import JointReport
from ktpcheck.synth import make_capture

SIZE_PX = (1400, 1050)
SEED = 31_001


def take(check: Checker, seed: int, shot: int, **defects: float) -> Report:
    capture = make_capture(seed, "validation", size_px=SIZE_PX, defects=defects, shot=shot)
    return check(Photo(np.ascontiguousarray(capture.pixels), f"{shot}", None, "0" * 64, "PNG"))


@pytest.fixture(scope="module")
def check() -> Checker:
    return Checker()


@pytest.fixture(scope="module")
def shots(check: Checker) -> list[Report]:
    return [
        take(check, SEED, 0, **{"glare@alamat": 0.7}),
        take(check, SEED, 1, **{"shadow@nama": 0.5}),
        take(check, SEED, 2),
    ]


def said(joint: JointReport) -> tuple:
    """Everything but which number each shot has."""
    return (
        joint.same_card,
        str(joint.decision),
        tuple((key, r.text, r.legibility, r.readable) for key, r in joint.readings.items()),
        tuple((f.id, f.cause, f.card_probability, f.severity, f.regions) for f in joint.faults),
    )


def test_shots_of_one_card_are_of_one_card(check, shots):
    joint = check.join(shots)
    assert joint.same_card == "same"
    assert joint.counted == (0, 1, 2)
    read = {r.readings[k].text for r in shots for k in r.readings}
    assert {one.text for one in joint.readings.values()} <= read


def test_their_order_decides_nothing(check, shots):
    told = {said(check.join([shots[n] for n in order])) for order in permutations(range(3))}
    assert len(told) == 1


def test_a_shot_given_twice_changes_nothing(check, shots):
    plain = check.join(shots)
    for again in shots:
        assert said(check.join([*shots, again])) == said(plain)


def test_one_shot_together_is_that_shot_alone(check, shots):
    for alone in shots:
        joint = check.join([alone])
        assert joint.decision.verdict == alone.decision.verdict
        for key, one in joint.readings.items():
            assert one.text == alone.readings[key].text
            assert one.legibility == alone.decision.fields[key].legibility


def test_another_person_s_card_is_refused(check, shots):
    stranger = take(check, SEED + 1, 0)
    joint = check.join([*shots, stranger])
    assert joint.same_card == "different"
    assert joint.decision.verdict == "different_cards"
    assert not joint.readings
    blamed = {number for pair in joint.pairs if pair.reasons for number in pair.shots}
    assert 3 in blamed
