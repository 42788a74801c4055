"""Whose fault is it, the photo's or the card's: what one shot can say.

The name of a defect says much: nobody's card is out of focus, and no lamp breaks off a corner. In
between lie faults that one shot cannot tell apart, and those stay undetermined: one more shot from
another angle does tell, which is what ``shots`` is for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from ktpcheck.defects import DEFECTS, SUFFERS
from ktpcheck.records import Cause, Finding, Kind

#: Evidence of the card's very shape: one shot may send its holder to the office.
STRUCTURAL: Final = frozenset({"crack", "broken", "hole_punch", "laminate_peel"})

#: Probability that the card is to blame where one shot shows this. Most ids say it themselves
#: (``_OF_KIND``); these are the ones that validation captures of the other kind are taken for
#: (``python -m tests.bench.shots``, and some 220 captures with one fault each), and card faults of
#: which the domain's rules want a second look.
_CONFUSED: Final[Mapping[str, float]] = MappingProxyType(
    {
        "text_missing": 0.82,
        "scratch_other": 0.82,
        "scratch_nik": 0.82,
        "photo_worn": 0.75,
        "yellowed": 0.85,
        "laminate_bubble": 0.87,
        "print_faded": 0.84,
        "cause_unclear": 0.4,
        "colour_cast": 0.1,
        "overlay_on_field": 0.08,
        "occluded": 0.07,
        "glare": 0.05,
        "shadow": 0.05,
        "blur_focus": 0.05,
    }
)
_OF_KIND: Final[Mapping[Kind, float]] = MappingProxyType({"card": 0.93, "capture": 0.03})

#: The commitment is made from this probability on, either way.
COMMITS: Final = 0.8

#: From here on a fault is proven the card's, and enough to send its holder to the office whatever
#: its name: no name is worth as much in one shot.
PROVEN: Final = 0.94

#: What a capture fault over the same field takes off the odds that another fault there is the
#: card's: it may be that capture fault's other face.
BESIDE_CAPTURE: Final = math.log(4.0)


def card_prior(id: str) -> float:
    """How likely the card is to blame for a defect of this name, 0..1, before looking further."""
    if id in _CONFUSED:
        return _CONFUSED[id]
    row = DEFECTS.get(id)
    return _OF_KIND[row.kind] if row else 0.5


def cause_of(card_probability: float) -> Cause:
    """Commit to a cause, or not. NaN is ``undetermined``."""
    if card_probability >= COMMITS:
        return "card"
    if card_probability <= 1 - COMMITS:
        return "capture"
    return "undetermined"


def attribute(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Say of every finding of one shot whose fault it is, as far as one shot can.

    Parameters
    ----------
    findings : sequence of Finding

    Returns
    -------
    tuple of Finding
        In the same order, with ``cause`` and ``card_probability``.
    """
    return tuple(_attributed(found, findings) for found in findings)


def _attributed(found: Finding, findings: Sequence[Finding]) -> Finding:
    probability = card_prior(found.id)
    if found.kind == "card" and found.id not in STRUCTURAL:
        beside = any(
            other.kind == "capture"
            and other.severity >= SUFFERS
            and ({"card", *found.regions} & set(other.regions))
            and other.id != "rotated"
            for other in findings
        )
        odds = log_odds(probability) - (BESIDE_CAPTURE if beside else 0.0)
        probability = 1 / (1 + math.exp(-odds))
    return replace(found, cause=cause_of(probability), card_probability=probability)


def log_odds(probability: float) -> float:
    """Natural logarithm of the odds; 0 and 1 are taken for almost so."""
    sure = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(sure / (1 - sure))
