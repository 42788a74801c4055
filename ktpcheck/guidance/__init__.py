"""What to tell people, as data, Indonesian and English: advice, labels, sentences, instructions.

``advice.json`` holds one entry a defect, check or topic; ``texts.json`` short labels and
sentences; ``steps.json`` lists to follow. No text says that a service will accept a photo: the
criteria of services are not public, so a card is at best "likely readable". No text sends anybody
to an office because of data alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from ktpcheck.fields import FIELDS
from ktpcheck.records import Action, Advice

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
    "steps",
    "text",
]

Lang = Literal["id", "en"]
AdviceKind = Literal["capture", "card", "both", "data", "advice"]

LANGUAGES: Final[tuple[Lang, ...]] = ("id", "en")


@dataclass(frozen=True)
class AdviceRow:
    """One thing to say. ``action`` is what to do about it (a key of ``ACTIONS``).

    ``text_id`` and ``text_en`` may hold ``{field}``, for the names of fields.
    """

    kind: AdviceKind
    action: str
    text_id: str
    text_en: str


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
        key: AdviceRow(row["kind"], row["action"], row["id"], row["en"])
        for key, row in _load("advice").items()
    }
)

#: Labels and sentences by ``family.key``, then by language. Families: label (a few words for any
#: id that is shown), action and verdict (headlines), check (a sentence when a check is not ok),
#: nik (a sentence for every code of a NIK).
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
