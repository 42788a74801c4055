"""A NIK taken apart, as lines of text."""

from __future__ import annotations

from ktpcheck.guidance import text
from ktpcheck.nik import Nik
from ktpcheck.render.words import Lang, printable, word


def nik_lines(nik: Nik, lang: Lang) -> list[str]:
    """What is known of a NIK, a line a fact.

    Parameters
    ----------
    nik : Nik
    lang : {"id", "en"}

    Returns
    -------
    list of str
    """
    verdict = word("nik_valid" if nik.valid else "nik_invalid", lang)
    lines = [f"{printable(nik.digits)}: {verdict}"]
    for sign, codes in (("✗", nik.errors), ("!", nik.warnings), ("i", nik.infos)):
        lines += [f"  {sign} {text(f'nik.{code}', lang)}" for code in codes]
    if {"charset", "length"} & set(nik.errors):
        return lines
    born = nik.birth_date.strftime("%d-%m-%Y") if nik.birth_date else word("unknown", lang)
    if nik.century_assumed:
        born += f" ({word('century_assumed', lang)})"
    facts = [
        (word("province", lang), nik.province or word("unknown", lang)),
        (word("regency", lang), _place(nik.regency, nik.regency_now, lang)),
        (word("district", lang), _place(nik.district, nik.district_now, lang)),
        (word("birth_date", lang), born),
        (word("sex", lang), word(nik.sex, lang) if nik.sex else word("unknown", lang)),
    ]
    width = max(len(name) for name, _ in facts)
    lines += [f"  {name:<{width}}  {value}" for name, value in facts]
    return [*lines, f"  {text('nik.no_check_digit', lang)}"] if nik.valid else lines


def _place(name: str | None, now: str | None, lang: Lang) -> str:
    if name is None:
        return word("unknown", lang)
    return name if now in (None, name) else f"{name} ({word('now', lang, name=now)})"
