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
from ktpcheck.grammar import HIDDEN, tight
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
    odds = {shot: _odds(shot, held, limit) for shot in held}
    # Two that agree outweigh one that is surer than either.
    best = max(held, key=lambda shot: (odds[shot], _letters(held[shot][0])))
    text = held[best][0].text
    chosen = held[best][1]
    agree = _agreeing(best, held)
    other = [shot for shot in held if shot not in agree and held[shot][0].text]
    differ = tuple(shot for shot in other if held[shot][1].legibility >= _TELLS)
    legibility = chosen.legibility
    if len(agree) + len(other) > 1 and legibility > 0:
        legibility = 1 / (1 + math.exp(-odds[best]))
    # What no shot shows by itself is not readable however many agree: on drawn validation cards
    # four of five such readings were the same mistake every time.
    readable = (
        legibility >= limit
        and any(held[shot][1].readable for shot in agree)
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
        uncertain=not readable and not other and chosen.uncertain,
    )


def _agreeing(shot: int, held: Mapping[int, tuple[Reading, Legibility]]) -> tuple[int, ...]:
    """The shots that read what one reads, itself among them; none where it reads nothing."""
    text = held[shot][0].text
    return tuple(one for one in held if tight(held[one][0].text) == tight(text) and text)


def _odds(shot: int, held: Mapping[int, tuple[Reading, Legibility]], limit: float) -> float:
    """Log odds that what one shot reads is right, by what all of them read."""
    agree = _agreeing(shot, held)
    odds = log_odds(held[shot][1].legibility)
    for one, (reading, judged) in held.items():
        if one in agree:
            odds += math.log(_gain(judged.legibility)) if one != shot else 0.0
        elif reading.text:
            weight = 1.0 if judged.legibility >= limit else _WEAK_WITNESS
            odds += weight * math.log(max(1 - judged.legibility, 1e-6))
    return odds


def _letters(reading: Reading) -> tuple[int, str]:
    """Between equals the one that says more, then any that is always the same."""
    return sum(symbol.isalnum() for symbol in reading.text), reading.text


def _gain(probability: float) -> float:
    """What agreement with a reading of this probability multiplies the odds by, at least 1."""
    wrong = max((1 - probability) * _SAME_MISTAKE, 1e-6)
    return min(max(probability / wrong, 1.0), _MOST_GAIN)
