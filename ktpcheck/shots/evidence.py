"""What several shots of one card say together: frozen records, as in ``records``.

Shots are counted from 0 in the order they were given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ktpcheck.geometry import Float32
from ktpcheck.records import Cause, Check, Decision, Kind, Report

Sameness = Literal["same", "different", "cannot_tell"]
Seen = Literal["seen", "not_seen", "not_assessable"]


@dataclass(frozen=True)
class Pair:
    """Whether two shots show the same card, and by what.

    ``reasons`` is empty unless they differ: ``nik``, ``portrait``, ``layout``. ``nik_equal`` and
    ``nik_differ`` are the digits, counted from 1, that both read surely. ``likeness`` is the
    correlation -1..1 of the portraits, NaN where they cannot be compared. ``shift_mm`` is how far
    the second shot's print lies off the first's, x and y.
    """

    shots: tuple[int, int]
    verdict: Sameness
    reasons: tuple[str, ...]
    nik_equal: tuple[int, ...]
    nik_differ: tuple[int, ...]
    likeness: float
    shift_mm: tuple[float, float]


@dataclass(frozen=True)
class JointReading:
    """One field over all shots. ``text`` was read in ``shot`` and nowhere made up.

    ``agree`` are the shots that read the same, ``shot`` among them; ``differ`` those that read
    something else with some confidence. ``legibility`` is the probability that it is read right,
    given all of them; ``uncertain`` as in ``Legibility`` of that shot, unless another reads
    something else.
    """

    key: str
    text: str = field(repr=False)
    shot: int | None
    legibility: float
    readable: bool
    agree: tuple[int, ...]
    differ: tuple[int, ...]
    defects: tuple[str, ...]
    uncertain: bool = False


@dataclass(frozen=True, eq=False)
class Sighting:
    """One fault in one shot.

    ``state`` is ``not_assessable`` where something else hides its place there. ``regions`` and
    ``places_mm``, polygons (n, 2) float32 on the card, are empty where it was not seen.
    """

    state: Seen
    severity: float
    regions: tuple[str, ...]
    places_mm: tuple[Float32, ...]


@dataclass(frozen=True, eq=False)
class JointFault:
    """One fault over all shots: what stays in its place is the card's, what moves the photo's.

    ``card_probability`` 0..1 and the ``cause`` committed to on it; ``sightings`` holds one entry a
    shot, None for a shot that was not counted.
    """

    id: str
    kind: Kind
    cause: Cause
    card_probability: float
    severity: float
    regions: tuple[str, ...]
    sightings: tuple[Sighting | None, ...]


@dataclass(frozen=True, eq=False)
class JointReport:
    """Everything several shots of one card led to.

    ``counted`` are the shots that readings and faults rest on: not those without a card, not
    second copies of a picture, not those that cannot be told to be of the same card. Where the
    shots are of different cards nothing is put together: no reading, no fault.
    """

    shots: tuple[Report, ...]
    same_card: Sameness
    pairs: tuple[Pair, ...]
    counted: tuple[int, ...]
    readings: Mapping[str, JointReading]
    faults: tuple[JointFault, ...]
    checks: tuple[Check, ...]
    decision: Decision
    elapsed_ms: Mapping[str, float]
