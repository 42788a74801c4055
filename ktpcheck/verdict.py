"""Readings and findings to a decision: is it readable, and what should be done about it.

The order of the rules is the advice of experience: another photo costs a minute, a trip to the
office a day, so "retake" comes before "replace" unless only the card can be at fault; and data
that merely look odd never send anybody to the office.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from ktpcheck.cause import PROVEN, STRUCTURAL
from ktpcheck.guidance import ADVICE, advice, card_action, located, one_more_shot
from ktpcheck.guidance import guide as guide_for
from ktpcheck.legibility import LIKELY
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
    Spot,
)
from ktpcheck.signs import CROSS_CHECKS

#: A defect weighs from here: about where a field starts to suffer.
MATTERS_FROM: Final = 0.5
#: At most so many things are put to the user: more than three is none.
MOST_TO_DO: Final = 3
#: Captures that verifiers refuse however well they read.
REFUSED: Final = frozenset({"photocopy", "screen_capture", "cropped"})


def decide(
    require: Sequence[str],
    legibility: Mapping[str, Legibility],
    findings: Sequence[Finding],
    checks: Sequence[Check],
    guide: str | None = None,
    *,
    persistent: Collection[str] = (),
) -> Decision:
    """Decide what to make of a card.

    Parameters
    ----------
    require : sequence of str
        Keys of the fields that must be readable.
    legibility : mapping of str to Legibility
        By field key.
    findings : sequence of Finding
        With cause and spots.
    checks : sequence of Check
    guide : str, optional
        Whose users to add advice for; it comes on top of the ``MOST_TO_DO``.
    persistent : collection of str
        Fields that several shots without any fault of the photo over them could not read.

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
    worn = [found for found in weighty if found.id == "photo_worn" and found.cause != "capture"]
    refused = [found for found in weighty if found.id in REFUSED]

    # A NIK at odds with the birth date is doubted for that alone: a photo of a card that says so
    # will say so again.
    odd = {key for check in contradicted for key in check.fields}
    only_odd = odd.issuperset(lost) and not any(_hits(found, odd) for found in weighty)
    # Each likelier right than not, and so are all of them together.
    unsure = (
        bool(lost)
        and all(key in legibility and legibility[key].uncertain for key in lost)
        and math.prod(legibility[key].legibility for key in lost) >= LIKELY
    )

    action: Action
    said: list[Advice]
    if lost and not (only_odd or unsure):
        action, said = _for_lost(lost, weighty, findings, persistent)
    elif failed or refused:
        action, said = "retake", [_told(found, ()) for found in _gravest(refused)]
    elif worn and worn[0].cause == "card":
        action, said = "replace_card", [_told(worn[0], ()), advice("replace_howto")]
    elif worn:
        action, said = "retake", [one_more_shot("photo_worn", ())]
    else:
        action = "check_data" if doubted or unsure else "accept"
        said = [advice("field_uncertain", field=lost)] if unsure else []
        # A readable card's faults are worth a word only when they are the card's own.
        own = [found for found in weighty if found.cause == "card" and found.id != "cause_unclear"]
        said += [_told(found, ()) for found in _gravest(own)]
    readable = not (lost or failed or contradicted)

    said += [advice(check.id) for check in (*failed, *doubted) if check.id in ADVICE]
    if not said:
        said.append(advice("ok"))
    return Decision(
        verdict="readable" if readable else "unreadable",
        action=action,
        fields=legibility,
        guidance=_once([*said[:MOST_TO_DO], *(guide_for(guide) if guide else ())]),
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


def _for_lost(
    lost: Sequence[str],
    weighty: Sequence[Finding],
    findings: Sequence[Finding],
    persistent: Collection[str],
) -> tuple[Action, list[Advice]]:
    """Another photo, unless the card alone accounts for what cannot be read, and surely does.

    One shot is enough to be sure of damage to the card's very shape.
    """
    touching = _most_telling([found for found in weighty if _hits(found, lost)], lost)
    from_photo = [found for found in touching if found.cause == "capture"]
    # A fault somewhere on the card does not explain a field it does not lie on.
    on_fields = [found for found in touching if _named(found) & set(lost)]
    from_card = [
        found
        for found in on_fields
        if found.cause == "card"
        and card_action(found.id) is not None
        and (
            found.card_probability >= PROVEN
            or (found.id in STRUCTURAL and card_action(found.id) == "replace_card")
        )
    ]
    if from_card and not from_photo:
        first, *others = (_told(found, lost) for found in from_card)
        return "replace_card", [first, advice("replace_howto"), *others]
    if set(lost) <= set(persistent) and not from_photo:
        spots = [Spot(key) for key in lost]
        return "replace_card", [located("unreadable_in_all", spots), advice("replace_howto")]
    said = [_told(found, lost) for found in from_photo]
    explained = {key for found in from_photo for key in lost if _hits(found, (key,))}
    open_ = [key for key in lost if key not in explained]
    # A faint sign of a fault on a lost field is a better guess than none.
    faint = [found for found in _gravest(findings) if found.severity < MATTERS_FROM]
    for found in on_fields if from_photo else [*on_fields, *faint]:
        if found not in from_photo and _named(found) & set(open_):
            # One photo too few to tell: the fault is named, the way to find out is advised.
            said.append(one_more_shot(found.id, _spots(found, open_)))
            break
    else:
        if open_ and not from_photo:
            said.append(located("cause_unclear", [Spot(key) for key in open_]))
    return "retake", said


def _hits(found: Finding, keys: Iterable[str]) -> bool:
    """Whether a fault may explain any of these fields: it lies there, or over the whole photo."""
    return "card" in found.regions or bool(_named(found) & set(keys))


def _named(found: Finding) -> set[str]:
    """The fields a fault is known to lie on."""
    return {*found.regions, *(spot.key for spot in found.spots)} - {"card"}


def _most_telling(found: Sequence[Finding], lost: Sequence[str]) -> list[Finding]:
    """In the order in which mending them would win most of what is lost, each time anew."""
    left = [one for one in found if card_action(one.id) is not None]
    unexplained = frozenset(lost)
    ranked: list[Finding] = []
    while left:
        worth = [
            (one.severity * (len(_wins(one, unexplained)) + 0.1), one.id, number)
            for number, one in enumerate(left)
        ]
        best = left.pop(max(worth)[2])
        ranked.append(best)
        unexplained -= _wins(best, unexplained)
    return ranked


def _wins(found: Finding, lost: frozenset[str]) -> frozenset[str]:
    """Which of the lost fields mending this fault would win."""
    return lost if _everywhere(found) else lost & _named(found)


def _everywhere(found: Finding) -> bool:
    return found.cause == "capture" and "card" in found.regions and not found.spots


def _gravest(found: Sequence[Finding]) -> list[Finding]:
    return sorted(found, key=lambda one: (-one.severity, one.id))


def _told(found: Finding, lost: Sequence[str]) -> Advice:
    return located(found.id, _spots(found, lost))


def _spots(found: Finding, lost: Sequence[str]) -> tuple[Spot, ...]:
    """Where the fault is, told by the fields it costs if it costs any; the order of the user."""
    hit = {spot.key: spot for spot in found.spots}
    return tuple(hit[key] for key in lost if key in hit) or found.spots


def _once(said: Iterable[Advice]) -> tuple[Advice, ...]:
    return tuple({each.id: each for each in said}.values())
