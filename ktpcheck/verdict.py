"""Readings and findings to a decision: is it readable, and what should be done about it.

The order of the rules is the advice of experience: another photo costs a minute, a trip to the
office a day, so "retake" comes before "replace" unless only the card can be at fault; and data
that merely look odd never send anybody to the office.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ktpcheck.guidance import ADVICE, advice, card_action
from ktpcheck.guidance import guide as guide_for
from ktpcheck.legibility import CROSS_CHECKS
from ktpcheck.records import (
    Action,
    Advice,
    Check,
    Decision,
    Finding,
    Legibility,
    NoCard,
    Photo,
    Report,
)

#: A defect weighs from here: about where a field starts to suffer.
MATTERS_FROM: Final = 0.5
#: At most so many defects are put to the user: more than three things to do is none.
MOST_DEFECTS: Final = 3
#: Captures that verifiers refuse however well they read.
_REFUSED: Final = frozenset({"photocopy", "screen_capture", "cropped"})


def decide(
    require: Sequence[str],
    legibility: Mapping[str, Legibility],
    findings: Sequence[Finding],
    checks: Sequence[Check],
    guide: str | None = None,
) -> Decision:
    """Decide what to make of a card.

    Parameters
    ----------
    require : sequence of str
        Keys of the fields that must be readable.
    legibility : mapping of str to Legibility
        By field key.
    findings : sequence of Finding
    checks : sequence of Check
    guide : str, optional
        Whose users to add advice for.

    Returns
    -------
    Decision
        ``readable`` only when every required field is and nothing contradicts it.
    """
    lost = [key for key in require if key not in legibility or not legibility[key].readable]
    weighty = [found for found in findings if found.severity >= MATTERS_FROM]
    failed = [
        check for check in checks if check.status == "error" and set(check.fields) & set(require)
    ]
    doubted = [
        check for check in checks if check.status == "warning" and set(check.fields) & set(require)
    ]
    contradicted = [check for check in doubted if check.id in CROSS_CHECKS]
    worn = [found for found in weighty if found.id == "photo_worn"]
    refused = [found for found in weighty if found.id in _REFUSED]

    # A NIK at odds with the birth date is doubted for that alone: a photo of a card that says so
    # will say so again.
    odd = {key for check in contradicted for key in check.fields}
    only_odd = odd.issuperset(lost) and not any(_touches(found, tuple(odd)) for found in weighty)

    action: Action
    if lost and not only_odd:
        action = _for_lost(lost, weighty)
    elif failed or refused:
        action = "retake"
    elif worn:
        action = "replace_card"
    elif doubted:
        action = "check_data"
    else:
        action = "accept"
    readable = not (lost or failed or contradicted)

    said = _ranked(weighty, lost, action)
    if lost and not only_odd and not any(_touches(found, lost) for found in weighty):
        said.append(advice("cause_unclear"))
    said += [advice(check.id) for check in (*failed, *doubted) if check.id in ADVICE]
    if action == "replace_card":
        said.append(advice("replace_howto"))
    if not said:
        said.append(advice("ok"))
    said += guide_for(guide) if guide else ()
    return Decision(
        verdict="readable" if readable else "unreadable",
        action=action,
        fields=legibility,
        guidance=_once(said),
        required=tuple(require),
    )


def without_card(
    photo: Photo,
    no_card: NoCard,
    models: Mapping[str, str],
    elapsed_ms: Mapping[str, float],
    guide: str | None = None,
) -> Report:
    """The report of a photo in which no e-KTP was found.

    Parameters
    ----------
    photo : Photo
    no_card : NoCard
    models : mapping of str to str
    elapsed_ms : mapping of str to float
    guide : str, optional

    Returns
    -------
    Report
    """
    said = [advice(no_card.reason), *(guide_for(guide) if guide else ())]
    return Report(
        photo=photo,
        outline=None,
        card=None,
        readings={},
        measures={},
        findings=(),
        checks=(),
        decision=Decision("no_card", "retake", {}, _once(said)),
        portrait=None,
        models=models,
        elapsed_ms=elapsed_ms,
        no_card=no_card,
    )


def _for_lost(lost: Sequence[str], weighty: Sequence[Finding]) -> Action:
    """Retake, unless card faults alone account for what cannot be read."""
    touching = [
        found
        for found in weighty
        if set(found.regions) & set(lost) or (found.kind == "capture" and _touches(found, lost))
    ]
    if any(found.kind == "capture" for found in touching):
        return "retake"
    if any(card_action(found.id) == "replace_card" for found in touching):
        return "replace_card"
    return "retake"


def _touches(found: Finding, keys: Sequence[str]) -> bool:
    return "card" in found.regions or bool(set(found.regions) & set(keys))


def _ranked(weighty: Sequence[Finding], lost: Sequence[str], action: Action) -> list[Advice]:
    """The defects worth telling, the one that costs most first, in line with the action."""
    kind = {"retake": "capture", "replace_card": "card"}.get(action)

    def weight(found: Finding) -> tuple[bool, float]:
        hit = len(lost) if "card" in found.regions else len(set(found.regions) & set(lost))
        return found.kind == kind, found.severity * (1 + hit)

    # A readable card's faults are worth a word only when they are the card's own.
    told = [found for found in weighty if lost or action == "retake" or found.kind == "card"]
    if not lost:
        told = [found for found in told if found.id != "cause_unclear"]
    return [advice(found.id) for found in sorted(told, key=weight, reverse=True)[:MOST_DEFECTS]]


def _once(said: Iterable[Advice]) -> tuple[Advice, ...]:
    return tuple({each.id: each for each in said}.values())
