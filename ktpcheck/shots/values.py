"""One field over several shots: read where it is best; agreement raises, disagreement lowers.

Characters are never voted together: the value is what one shot read. Its probability of being
right follows from all of them by Bayes' rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from ktpcheck.cause import log_odds
from ktpcheck.fields import FIELDS
from ktpcheck.grammar import HIDDEN
from ktpcheck.records import Legibility, Reading, Report
from ktpcheck.shots.evidence import JointReading

#: Given that a reading is wrong, how likely another shot is wrong in the same way: what spoils a
#: card's print spoils it in every shot, and a typeface that a reader takes for another letter stays
#: the same.
_SAME_MISTAKE: Final = 0.7
#: No agreement multiplies the odds by more than this.
_MOST_GAIN: Final = 2.0
#: What a shot reads differently where it cannot be read counts as this share of a witness.
_WEAK_WITNESS: Final = 0.25
#: From this probability on a reading that differs is told of: below, it is no reading.
_TELLS: Final = 0.2


def join_readings(
    shots: Mapping[int, Report], limits: Mapping[str, float], order: Sequence[int]
) -> dict[str, JointReading]:
    """Every field over all shots.

    Parameters
    ----------
    shots : mapping of int to Report
        Those that count, by number.
    limits : mapping of str to float
        The least legibility called readable, by field key.
    order : sequence of int
        The shots in an order that does not depend on how they were given, for ties.

    Returns
    -------
    dict of str to JointReading
        In the order of the card.
    """
    joint = {}
    for key in FIELDS:
        held = {
            shot: (shots[shot].readings[key], shots[shot].decision.fields[key])
            for shot in order
            if key in shots[shot].readings and key in shots[shot].decision.fields
        }
        if held:
            joint[key] = _joined(key, held, limits[key])
    return joint


def _joined(key: str, held: Mapping[int, tuple[Reading, Legibility]], limit: float) -> JointReading:
    best = max(held, key=lambda shot: (held[shot][1].legibility, _letters(held[shot][0])))
    text = held[best][0].text
    chosen = held[best][1]
    agree = tuple(shot for shot in held if tight(held[shot][0].text) == tight(text) and text)
    other = [shot for shot in held if shot not in agree and held[shot][0].text]
    differ = tuple(shot for shot in other if held[shot][1].legibility >= _TELLS)
    odds = log_odds(chosen.legibility)
    for shot in agree:
        if shot != best:
            odds += math.log(_gain(held[shot][1].legibility))
    for shot in other:
        weight = 1.0 if held[shot][1].legibility >= limit else _WEAK_WITNESS
        odds += weight * math.log(max(1 - held[shot][1].legibility, 1e-6))
    legibility = chosen.legibility
    if len(agree) + len(other) > 1 and legibility > 0:
        legibility = 1 / (1 + math.exp(-odds))
    # A shot may refuse a reading that is probable enough; then it takes two that agree, one of
    # them not refused.
    certain = [shot for shot in agree if held[shot][1].readable]
    refused = [shot for shot in agree if not certain and held[shot][1].legibility >= limit]
    readable = (
        legibility >= limit
        and bool(certain or (len(agree) > 1 and not refused))
        and HIDDEN not in text
        and held[best][0].grammar != "error"
    )
    return JointReading(
        key=key,
        text=text,
        shot=best if text else None,
        legibility=legibility,
        readable=readable,
        agree=tuple(sorted(agree)),
        differ=tuple(sorted(differ)),
        defects=chosen.defects,
    )


def tight(text: str) -> str:
    """Text as it is compared: spaces come and go with the reader."""
    return "".join(text.split())


def _letters(reading: Reading) -> tuple[int, str]:
    """Between equals the one that says more, then any that is always the same."""
    return sum(symbol.isalnum() for symbol in reading.text), reading.text


def _gain(probability: float) -> float:
    """What agreement with a reading of this probability multiplies the odds by, at least 1."""
    wrong = max((1 - probability) * _SAME_MISTAKE, 1e-6)
    return min(max(probability / wrong, 1.0), _MOST_GAIN)
