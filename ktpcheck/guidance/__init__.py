"""What to tell people, as data, Indonesian and English: advice, labels, sentences, instructions.

``advice.json`` holds one entry a defect, check or topic; ``texts.json`` short labels and
sentences; ``steps.json`` lists to follow. No text says that a service will accept a photo: the
criteria of services are not public, so a card is at best "likely readable". No text sends anybody
to an office because of data alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from ktpcheck.fields import FIELDS
from ktpcheck.records import Action, Advice, Spot

__all__ = [
    "ACTIONS",
    "ADVICE",
    "GUIDES",
    "LANGUAGES",
    "STEPS",
    "TEXTS",
    "AdviceRow",
    "Lang",
    "advice",
    "card_action",
    "guide",
    "label",
    "located",
    "one_more_shot",
    "place_name",
    "steps",
    "text",
]

Lang = Literal["id", "en"]
AdviceKind = Literal["capture", "card", "both", "data", "advice"]

LANGUAGES: Final[tuple[Lang, ...]] = ("id", "en")


@dataclass(frozen=True)
class AdviceRow:
    """One thing to say. ``action`` is what to do about it (a key of ``ACTIONS``).

    ``text_id`` and ``text_en`` may hold ``{field}``, for the names of fields. ``at`` is the first
    sentence of each with a ``{place}``, by language, for a fault whose place is known.
    """

    kind: AdviceKind
    action: str
    text_id: str
    text_en: str
    at: Mapping[Lang, str] = field(default_factory=dict)


def _load(name: str) -> dict[str, Any]:
    path = Path(__file__).with_name(f"{name}.json")
    return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))


#: What each advice's action means for the card as a whole; None: nothing.
ACTIONS: Final[Mapping[str, Action | None]] = MappingProxyType(
    {
        "retake": "retake",
        "retake_then_replace": "retake",
        "clean_then_retake": "retake",
        "keep_then_ask": "retake",
        "replace": "replace_card",
        "verify": "check_data",
        "none": None,
        "optional": None,
        "contact": None,
        "also_check": None,
    }
)

#: Every advice by id: all defects, all checks that can fail, and topics.
ADVICE: Final[Mapping[str, AdviceRow]] = MappingProxyType(
    {
        key: AdviceRow(
            row["kind"], row["action"], row["id"], row["en"], MappingProxyType(row.get("at", {}))
        )
        for key, row in _load("advice").items()
    }
)

#: Labels and sentences by ``family.key``, then by language. Families: label (a few words for any
#: id that is shown), action and verdict (headlines), check (a sentence when a check is not ok),
#: nik (a sentence for every code of a NIK), same (why shots are not of one card).
TEXTS: Final[Mapping[str, Mapping[Lang, str]]] = MappingProxyType(
    {
        f"{family}.{key}": MappingProxyType(languages)
        for family, entries in _load("texts").items()
        for key, languages in entries.items()
    }
)

#: Lists to follow, by key, then by language.
STEPS: Final[Mapping[str, Mapping[Lang, tuple[str, ...]]]] = MappingProxyType(
    {
        key: MappingProxyType({lang: tuple(languages[lang]) for lang in LANGUAGES})
        for key, languages in _load("steps").items()
    }
)

#: What the users of a service should know besides, by the service's name.
GUIDES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"jmo": ("jmo_also_check", "jmo_blocked")}
)


def advice(id: str, *, field: Sequence[str] = ()) -> Advice:
    """Make one advice in both languages.

    Parameters
    ----------
    id : str
        A key of ``ADVICE``.
    field : sequence of str
        Keys of ``FIELDS`` to be named, where the text names fields.

    Returns
    -------
    Advice

    Raises
    ------
    KeyError
        If there is no such advice or field.
    ValueError
        If the text names fields and none is given, or the other way round.
    """
    row = ADVICE[id]
    if bool(field) != ("{field}" in row.text_id):
        raise ValueError(f"{id}: fields given do not fit the text")
    titles_id = ", ".join(FIELDS[key].title_id for key in field)
    titles_en = ", ".join(FIELDS[key].title_en for key in field)
    return Advice(
        id,
        row.action,
        row.text_id.replace("{field}", titles_id),
        row.text_en.replace("{field}", titles_en),
    )


def located(id: str, spots: Sequence[Spot]) -> Advice:
    """Make the advice on a defect with its place named in plain words.

    Parameters
    ----------
    id : str
        A key of ``ADVICE`` that names no fields of its own.
    spots : sequence of Spot
        Where it lies, the most important first; at most ``MOST_SPOTS`` are named. Without any the
        advice is the general one.

    Returns
    -------
    Advice
    """
    row = ADVICE[id]
    if not spots or not row.at:
        return advice(id)
    rest = {"id": row.text_id.partition(". ")[2], "en": row.text_en.partition(". ")[2]}
    told = {lang: f"{_seen(id, spots, lang)} {rest[lang]}".strip() for lang in LANGUAGES}
    return Advice(id, row.action, told["id"], told["en"])


def _seen(id: str, spots: Sequence[Spot], lang: Lang) -> str:
    """The sentence that says what is wrong, with its place where there is one."""
    row = ADVICE[id]
    if spots and row.at:
        return row.at[lang].replace("{place}", _places(spots, lang))
    general = row.text_id if lang == "id" else row.text_en
    return general.partition(". ")[0].rstrip(".") + "."


def one_more_shot(id: str, spots: Sequence[Spot]) -> Advice:
    """Make the advice to take one more photo from another angle, and say which fault calls for it.

    Parameters
    ----------
    id : str
        A key of ``ADVICE``: the fault that one photo cannot pin on the photo or the card.
    spots : sequence of Spot

    Returns
    -------
    Advice
        With the id ``another_angle``.
    """
    what = advice("another_angle")
    return Advice(
        what.id,
        what.action,
        f"{_seen(id, spots, 'id')} {what.text_id}",
        f"{_seen(id, spots, 'en')} {what.text_en}",
    )


def place_name(spot: Spot, lang: Lang) -> str:
    """Name a place on the card in plain words: ``digits 9 to 12 of the NIK``."""
    name = _in_a_sentence(spot.key, lang)
    if spot.part == "characters":
        return _runs(spot, name, lang)
    if spot.part == "whole":
        return name
    indonesian, english = _PARTS[spot.part]
    return f"{indonesian} {name}" if lang == "id" else f"{english} {name}"


#: At most so many places are named in one sentence.
MOST_SPOTS: Final = 2

_PARTS: Final = {
    "start": ("bagian awal", "the start of"),
    "middle": ("bagian tengah", "the middle of"),
    "end": ("bagian akhir", "the end of"),
}


def _places(spots: Sequence[Spot], lang: Lang) -> str:
    named = [place_name(spot, lang) for spot in spots[:MOST_SPOTS]]
    more = len(spots) - len(named)
    if more == 0:
        return _joined(named, lang)
    if lang == "id":
        return f"{', '.join(named)}, dan {more} data lain"
    return f"{', '.join(named)} and {more} more field{'s' if more > 1 else ''}"


def _joined(named: Sequence[str], lang: Lang) -> str:
    return (" dan " if lang == "id" else " and ").join(named)


def _runs(spot: Spot, name: str, lang: Lang) -> str:
    runs = spot.runs if len(spot.runs) <= MOST_SPOTS else ((spot.runs[0][0], spot.runs[-1][1]),)
    one = len(runs) == 1 and runs[0][0] == runs[0][1]
    if lang == "id":
        named = [f"ke-{a}" if a == b else f"ke-{a} sampai ke-{b}" for a, b in runs]
        return f"digit {_joined(named, lang)} {name}"
    named = [f"{a}" if a == b else f"{a} to {b}" for a, b in runs]
    return f"{'digit' if one else 'digits'} {_joined(named, lang)} of {name}"


def _in_a_sentence(key: str, lang: Lang) -> str:
    """A field's title as it stands inside a sentence; abbreviations keep their capitals."""
    words = label(key, lang).split(" ")
    name = " ".join(one if one[1:2].isupper() else one.lower() for one in words)
    return name if lang == "id" else f"the {name}"


def card_action(id: str) -> Action | None:
    """Say what an advice means for the card as a whole; None when it asks for nothing."""
    return ACTIONS[ADVICE[id].action]


def guide(name: str) -> tuple[Advice, ...]:
    """Give what the users of a service should know besides.

    Parameters
    ----------
    name : str
        A key of ``GUIDES``.

    Returns
    -------
    tuple of Advice
    """
    return tuple(advice(id) for id in GUIDES[name])


def text(key: str, lang: Lang) -> str:
    """Give one entry of ``TEXTS``.

    Parameters
    ----------
    key : str
        ``family.key``, for example ``check.nik_invalid``.
    lang : {'id', 'en'}

    Returns
    -------
    str

    Raises
    ------
    KeyError
        If there is no such text.
    """
    return TEXTS[key][lang]


def label(id: str, lang: Lang) -> str:
    """Name a defect, check, problem, measure, region or status in a few words.

    Parameters
    ----------
    id : str
        An id as it stands in the report; fields go by their titles.
    lang : {'id', 'en'}

    Returns
    -------
    str

    Raises
    ------
    KeyError
        If there is no such label.
    """
    if id in FIELDS:
        return FIELDS[id].title_id if lang == "id" else FIELDS[id].title_en
    return text(f"label.{id}", lang)


def steps(key: str, lang: Lang) -> tuple[str, ...]:
    """Give one list of ``STEPS``: a sentence a step, in order."""
    return STEPS[key][lang]
