import json
import re
from pathlib import Path

import pytest

from ktpcheck import consistency, grammar, guidance, nik
from ktpcheck.fields import FIELDS
from ktpcheck.guidance import ACTIONS, ADVICE, GUIDES, LANGUAGES, STEPS, TEXTS, advice, label
from ktpcheck.measures.table import MEASURES
from ktpcheck.records import Spot

SHARED = Path(__file__).parents[2].parent / "shared" / "domain" / "guidance.json"

#: Every user-facing text by where it comes from.
ALL = {
    **{f"{id}/id": row.text_id for id, row in ADVICE.items()},
    **{f"{id}/en": row.text_en for id, row in ADVICE.items()},
    **{f"{key}/{lang}": told[lang] for key, told in TEXTS.items() for lang in LANGUAGES},
    **{
        f"{key}[{number}]/{lang}": step
        for key, told in STEPS.items()
        for lang in LANGUAGES
        for number, step in enumerate(told[lang])
    },
}


@pytest.mark.skipif(not SHARED.exists(), reason="the shared guidance is not here")
def test_every_advice_asked_for_is_there_with_its_kind_and_action() -> None:
    for id, row in json.loads(SHARED.read_text(encoding="utf-8")).items():
        assert (ADVICE[id].kind, ADVICE[id].action) == (row["kind"], row["action"])


def test_both_languages_are_always_there() -> None:
    for key, told in TEXTS.items():
        assert set(told) == set(LANGUAGES), key
    for key, lists in STEPS.items():
        assert len(lists["id"]) == len(lists["en"]), key
    for key, shown in ALL.items():
        assert shown == shown.strip(), key
        assert shown, key


def test_the_languages_differ() -> None:
    for key, told in TEXTS.items():
        assert told["id"] != told["en"], key
    for row in ADVICE.values():
        assert row.text_id != row.text_en


def test_advice_and_instructions_are_sentences() -> None:
    for key, shown in ALL.items():
        if not key.startswith(("label.", "verdict.")):
            assert shown[-1] in ".)", key
            assert shown[0].isupper(), key


@pytest.mark.parametrize("key", sorted(ALL))
def test_no_text_promises_more_than_can_be_known(key: str) -> None:
    shown = ALL[key].lower()
    assert not re.search(r"jmo (will|akan) ", shown)
    assert not re.search(r"\b(guarantee|pasti (terbaca|diterima)|dijamin|will be accepted)", shown)
    assert "legally invalid" not in shown
    assert "tidak sah" not in shown


def test_data_never_sends_anybody_to_the_office() -> None:
    for id, row in ADVICE.items():
        if row.kind == "data":
            assert ACTIONS[row.action] != "replace_card", id
            assert "dukcapil" not in row.text_id.lower()


def test_card_faults_never_ask_for_repair_by_hand() -> None:
    for lang, words in (("id", ("dilem", "disetrika", "calo")), ("en", ("glue", "iron", "broker"))):
        told = " ".join(guidance.steps("replace_never", lang))
        assert all(word in told for word in words)
        assert all(
            step.startswith(("Jangan", "Do not")) for step in guidance.steps("replace_never", lang)
        )
    assert "Gratis" in ADVICE["replace_howto"].text_id
    assert "no police letter" in ADVICE["replace_howto"].text_en


def test_every_action_is_known() -> None:
    for row in ADVICE.values():
        assert row.action in ACTIONS
        assert f"label.{row.action}" in TEXTS
        assert f"label.{row.kind}" in TEXTS
    assert {f"action.{action}" for action in ACTIONS.values() if action} <= set(TEXTS)
    assert guidance.card_action("glare") == "retake"
    assert guidance.card_action("crack") == "replace_card"
    assert guidance.card_action("nik_birth_mismatch") == "check_data"
    assert guidance.card_action("expiry_past") is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_is_shown_has_a_label(lang: guidance.Lang) -> None:
    shown = {
        *FIELDS,
        *ADVICE,
        *MEASURES,
        *grammar.PROBLEMS,
        *(rule.id for rule in consistency.RULES),
        *nik.ERRORS,
        *nik.WARNINGS,
        *nik.INFOS,
        *("card", "portrait", "printed", "drawn_specimen", "capture", "not_assessable"),
    }
    for id in shown:
        assert len(label(id, lang)) < 50


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_check_and_nik_code_has_a_sentence(lang: guidance.Lang) -> None:
    for rule in consistency.RULES:
        assert guidance.text(f"check.{rule.id}", lang)
    for code in (*nik.ERRORS, *nik.WARNINGS, *nik.INFOS, "century_assumed"):
        assert guidance.text(f"nik.{code}", lang)
    for verdict in ("readable", "unreadable", "no_card", "different_cards"):
        assert guidance.text(f"verdict.{verdict}", lang)
    for action in ("accept", "retake", "replace_card", "check_data"):
        assert guidance.text(f"action.{action}", lang)


def test_every_check_that_can_warn_has_advice() -> None:
    informs = {
        "nik_province_differs",
        "nik_district_differs",
        "expiry_birthday_differs",
        "portrait_ground_differs",
        "issue_place_differs",
        "occupation_sex_unusual",
        "citizenship_mixed",
    }
    for rule in consistency.RULES:
        assert rule.id in ADVICE or rule.id in informs
        assert rule.advice is None or rule.advice in ADVICE


def test_fields_are_named_in_each_language() -> None:
    made = advice("field_uncertain", field=("nama", "tanggal_lahir"))
    assert "Nama, Tanggal Lahir" in made.text_id
    assert "Name, Date of birth" in made.text_en
    assert made.action == "verify"
    with pytest.raises(ValueError, match="field_uncertain"):
        advice("field_uncertain")
    with pytest.raises(ValueError, match="glare"):
        advice("glare", field=("nik",))
    with pytest.raises(KeyError):
        advice("nonsense")


def test_only_named_places_are_left_open() -> None:
    for key, shown in ALL.items():
        assert ("{" in shown) == key.startswith("field_uncertain/"), key


def test_the_jmo_guide_says_what_the_articles_add() -> None:
    assert [made.id for made in guidance.guide("jmo")] == list(GUIDES["jmo"])
    for lang in LANGUAGES:
        blocked = " ".join(guidance.steps("jmo_blocked", lang))
        assert "175" in blocked
        assert "Lapak Asik" in blocked
        other = guidance.steps("jmo_also_check", lang)
        assert len(other) == 8
        unseen = ("Tidak dapat dilihat dari gambar", "No image can show")
        # The app, the phone and the connection.
        assert sum(any(words in step for words in unseen) for step in other) == 3
    for row in (ADVICE["jmo_blocked"].text_id, ADVICE["jmo_blocked"].text_en):
        assert "175" in row
        assert "Lapak Asik" in row


class TestPlaces:
    NIK = Spot("nik", "characters", ((9, 12),))

    def test_the_place_is_named_in_plain_words(self) -> None:
        made = guidance.located("glare", [self.NIK])
        assert made.text_id.startswith("Pantulan cahaya menutupi digit ke-9 sampai ke-12 NIK. ")
        assert made.text_en.startswith("Reflected light covers digits 9 to 12 of the NIK. ")
        # What to do about it is the same wherever it is.
        for one, general in (
            (made.text_id, ADVICE["glare"].text_id),
            (made.text_en, ADVICE["glare"].text_en),
        ):
            assert one.partition(". ")[2] == general.partition(". ")[2]

    @pytest.mark.parametrize(
        ("spot", "indonesian", "english"),
        [
            (Spot("nik"), "NIK", "the NIK"),
            (Spot("nik", "characters", ((3, 3),)), "digit ke-3 NIK", "digit 3 of the NIK"),
            (
                Spot("nik", "characters", ((1, 2), (7, 7))),
                "digit ke-1 sampai ke-2 dan ke-7 NIK",
                "digits 1 to 2 and 7 of the NIK",
            ),
            (
                Spot("nik", "characters", ((1, 2), (7, 7), (9, 16))),
                "digit ke-1 sampai ke-16 NIK",
                "digits 1 to 16 of the NIK",
            ),
            (Spot("alamat", "end"), "bagian akhir alamat", "the end of the address"),
            (
                Spot("tempat_lahir", "start"),
                "bagian awal tempat lahir",
                "the start of the place of birth",
            ),
            (Spot("rt_rw", "middle"), "bagian tengah RT/RW", "the middle of the RT/RW"),
            (Spot("portrait"), "pas foto", "the portrait"),
        ],
    )
    def test_every_kind_of_place_has_words(self, spot, indonesian, english) -> None:
        assert guidance.place_name(spot, "id") == indonesian
        assert guidance.place_name(spot, "en") == english

    def test_at_most_two_places_are_named(self) -> None:
        spots = [self.NIK, Spot("nama"), Spot("alamat"), Spot("agama")]
        made = guidance.located("stain", spots)
        assert "NIK, nama, dan 2 data lain" in made.text_id
        assert "and 2 more fields" in made.text_en
        assert "agama" not in made.text_id

    def test_without_a_place_the_advice_is_the_general_one(self) -> None:
        for id in ADVICE:
            if "{field}" not in ADVICE[id].text_id:
                assert guidance.located(id, []) == advice(id)
        assert guidance.located("blur_motion", [self.NIK]) == advice("blur_motion")

    def test_every_sentence_with_a_place_is_whole_and_stands_for_the_first(self) -> None:
        for id, row in ADVICE.items():
            if not row.at:
                continue
            assert set(row.at) == set(LANGUAGES), id
            for lang, general in (("id", row.text_id), ("en", row.text_en)):
                assert row.at[lang].count("{place}") == 1
                assert row.at[lang][0].isupper()
                assert row.at[lang][-1] == "."
                assert general.count(". ") >= 1, f"{id} says what is wrong and what to do"

    def test_one_more_shot_says_which_fault_calls_for_it(self) -> None:
        made = guidance.one_more_shot("print_faded", [self.NIK])
        assert (made.id, made.action) == ("another_angle", "retake_then_replace")
        assert made.text_id.startswith("Cetakan kartu tampak memudar pada digit ke-9 sampai")
        assert made.text_en.endswith(ADVICE["another_angle"].text_en)
        assert "reprint" not in made.text_en
