"""A NIK taken apart, as lines of text."""

from __future__ import annotations

from ktpcheck.nik import Nik
from ktpcheck.render.words import Lang, printable, title, word


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
    lines += [f"  ✗ {title(problem, lang)}" for problem in nik.errors]
    lines += [f"  ! {title(problem, lang)}" for problem in nik.warnings]
    lines += [f"  i {title(problem, lang)}" for problem in nik.infos]
    if nik.errors and nik.birth_date is None and nik.province is None:
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
    return lines + [f"  {name:<{width}}  {value}" for name, value in facts]


def _place(name: str | None, now: str | None, lang: Lang) -> str:
    if name is None:
        return word("unknown", lang)
    return name if now in (None, name) else f"{name} ({word('now', lang, name=now)})"
