"""From what was read to what is meant: one row a field in ``GRAMMARS``.

A reading is corrected only where the position must hold a digit (NIK, RT/RW, dates) or where the
value must come from a list. Free text is never touched. A hidden character (``HIDDEN``) is never
filled in. Whatever is taken for something else is recorded, and the raw text stays beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from ktpcheck.grammar import closed, digits, free
from ktpcheck.grammar.closed import LIFELONG, NO_VALUE, goes_on
from ktpcheck.grammar.digits import parse_date, split_birth
from ktpcheck.grammar.tidy import HIDDEN, TextStatus, Understood, tight
from ktpcheck.nik import ERRORS, WARNINGS

__all__ = [
    "GRAMMARS",
    "HIDDEN",
    "LIFELONG",
    "NO_VALUE",
    "PROBLEMS",
    "TextStatus",
    "Understood",
    "agrees",
    "canonical",
    "goes_on",
    "parse_date",
    "split_birth",
    "standard",
    "tight",
    "understand",
]

#: How each field is understood.
GRAMMARS: Final[Mapping[str, Callable[[str], Understood]]] = MappingProxyType(
    {
        "provinsi": closed.understand_province,
        "kabupaten_kota": closed.understand_regency,
        "nik": digits.understand_nik,
        "nama": partial(free.understand_free, "nama"),
        "tempat_lahir": partial(free.understand_free, "tempat_lahir"),
        "tanggal_lahir": partial(digits.understand_date, "tanggal_lahir"),
        "jenis_kelamin": partial(closed.understand_listed, "jenis_kelamin", unlisted="error"),
        "golongan_darah": closed.understand_blood,
        "alamat": partial(free.understand_free, "alamat"),
        "rt_rw": digits.understand_rt_rw,
        "kel_desa": partial(free.understand_free, "kel_desa"),
        "kecamatan": closed.understand_district,
        "agama": partial(closed.understand_listed, "agama", unlisted="error"),
        "status_perkawinan": partial(
            closed.understand_listed, "status_perkawinan", unlisted="error"
        ),
        "pekerjaan": partial(closed.understand_listed, "pekerjaan", unlisted="warning"),
        "kewarganegaraan": closed.understand_citizenship,
        "berlaku_hingga": closed.understand_validity,
        "tempat_terbit": closed.understand_issue_place,
        "tanggal_terbit": partial(digits.understand_date, "tanggal_terbit"),
    }
)

#: Every problem a grammar can name.
PROBLEMS: Final = tuple(
    dict.fromkeys(
        (
            "empty",
            "hidden_character",
            "charset",
            "length",
            "format",
            "date_impossible",
            "separator_missing",
            "short_group",
            "digit_in_name",
            "near_known_place",
            "other_row",
            "not_in_list",
            "nearest_in_list",
            "ambiguous",
            "prefix_missing",
            *ERRORS,
            # Ages are counted on a day, which a grammar does not know.
            *(code for code in WARNINGS if not code.startswith("age_")),
        )
    )
)

_LISTED: Final = frozenset({"agama", "jenis_kelamin", "pekerjaan", "status_perkawinan"})


def understand(key: str, raw: str, *, regency_code: str | None = None) -> Understood:
    """Understand what was read in one field.

    Parameters
    ----------
    key : str
        A key of ``FIELDS``.
    raw : str
        As read; ``HIDDEN`` stands for a character that is printed but was not seen.
    regency_code : str, optional
        The regency of the header, when it is known: its districts are what a kecamatan is
        compared with.

    Returns
    -------
    Understood
        Never raises for any text.

    Raises
    ------
    KeyError
        If there is no such field.
    """
    if key == "kecamatan" and regency_code is not None:
        return closed.understand_district(raw, regency_code)
    return GRAMMARS[key](raw)


def canonical(key: str, text: str) -> str:
    """Bring a text to the form in which readings are compared with the truth.

    Parameters
    ----------
    key : str
        A key of ``FIELDS``.
    text : str
        A value as printed or as understood.

    Returns
    -------
    str
        Capitals, single spaces, none around a slash or a hyphen.

    Raises
    ------
    KeyError
        If there is no such field.
    """
    if key not in GRAMMARS:
        raise KeyError(key)
    return re.sub(r" ?([/-]) ?", r"\1", " ".join(text.upper().split()))


def agrees(key: str, text: str, truth: str) -> bool:
    """Say whether a reading is right, spaces aside: engines drop them and nobody minds."""
    return canonical(key, text).replace(" ", "") == canonical(key, truth).replace(" ", "")


def standard(key: str, text: str) -> str:
    """Give the usual form of a value that has several: KATHOLIK is KATOLIK, MALE is LAKI-LAKI.

    Parameters
    ----------
    key : str
        A key of ``FIELDS``.
    text : str
        As understood.

    Returns
    -------
    str
        The text itself where the field has no list or the list has no such value.
    """
    return closed.entries(key).get(text, text) if key in _LISTED else text
