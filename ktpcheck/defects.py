"""DEFECTS: one row a defect, from a measure and its limit to a finding.

A row says which measure shows the defect, how severity grows with it in each kind of region, and
what must hold beside it for this cause and no other: one photo shows a pale NIK, and whether
glare, fading or a bad exposure made it so is told by the other measures at the same place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from ktpcheck.fields import FIELDS
from ktpcheck.grammar import HIDDEN
from ktpcheck.records import Card, Finding, Kind, Measure, Reading

#: Findings below this severity are not worth a word.
LEAST_SEVERITY: Final = 0.2

#: From here on a field suffers.
SUFFERS: Final = 0.5

Scope = Literal["fields", "portrait", "card"]


@dataclass(frozen=True)
class Ramp:
    """Severity over a native value: 0 at ``clear``, 0.5 at ``limit``, 1 at ``full``.

    Falling measures have ``clear`` above ``limit``.
    """

    clear: float
    limit: float
    full: float

    def severity(self, value: float) -> float:
        """0..1; NaN stays NaN."""
        if math.isnan(value):
            return value
        if (value - self.limit) * (self.full - self.limit) >= 0:
            share = 0.5 + 0.5 * (value - self.limit) / (self.full - self.limit)
        else:
            share = 0.5 * (value - self.clear) / (self.limit - self.clear)
        return min(max(share, 0.0), 1.0)


@dataclass(frozen=True)
class Given:
    """What another measure must say for this cause to hold.

    Taken at the same region, or at ``at`` when it is named. Not assessable counts as not given,
    unless ``or_unknown``.
    """

    measure: str
    at_least: float = -math.inf
    at_most: float = math.inf
    at: str | None = None
    or_unknown: bool = False

    def holds(self, measures: Mapping[str, Measure], region: str) -> bool:
        value = measures[self.measure].regions.get(self.at or region, math.nan)
        return (math.isnan(value) and self.or_unknown) or self.at_least <= value <= self.at_most


@dataclass(frozen=True)
class DefectRow:
    """One defect.

    ``ramps`` holds a ramp for every kind of region it is looked for in; ``fields`` narrows the
    fields. ``behind`` names defects that explain this one where they are found. ``not_foreign``: a
    foreigner's card, printed orange, is left out. ``unread`` looks only at fields that were not
    read as a whole. ``bench`` names the benchmark behind the limits.
    """

    id: str
    kind: Kind
    measure: str
    ramps: Mapping[Scope, Ramp]
    given: tuple[Given, ...] = ()
    fields: tuple[str, ...] = tuple(FIELDS)
    behind: tuple[str, ...] = ()
    not_foreign: bool = False
    unread: bool = False
    bench: str = "tests.bench.limits"


#: Blur of the lens or the hand is many pixels wide; a card that is small in the photo is not.
_FROM_LENS: Final = Given("edge_width_in_photo", at_least=3.2, at="card")
_UNCOMPRESSED: Final = Given("quantisation", at_most=25.0, at="card", or_unknown=True)
_LIT: Final = Given("ground_level", at_least=70.0, at="card")
_BRIGHT: Final = Given("ground_level", at_least=100.0, at="card")
_NOT_WHITE: Final = Given("clipped_high", at_most=0.5, at="card")
_OPEN: Final = Given("cover_seen", at_most=0.4)
_UNPEELED: Final = Given("lifting_seen", at_most=0.4)
_UNSTAINED: Final = Given("stain_seen", at_most=0.5)

#: What must hold for the colour of the light to be told.
_COLOUR: Final = (
    Given("ground_level", at_least=110.0, at="card"),
    _NOT_WHITE,
    _UNCOMPRESSED,
)

#: What must hold for lines and rims to be told from what spoils the whole picture.
_FINE_THINGS: Final = (
    _BRIGHT,
    _NOT_WHITE,
    _UNCOMPRESSED,
    Given("edge_width", at_most=6.3, at="card"),
    Given("screen_grid", at_most=20.0, at="card"),
    Given("colourfulness", at_least=8.0, at="card"),
    Given("glare_seen", at_most=0.4),
)

#: What else leaves lines.
_LINES: Final = ("crack", "overlay_on_field", "text_missing", "stain")

#: What leaves gaps in print that is there, or takes it with itself.
_GAPS: Final = (
    *("laminate_bubble", "laminate_peel", "stain"),
    *("screen_capture", "blur_motion", "blur_focus", "low_resolution", "crack"),
)

#: What must hold for print to be gone, and not hidden or torn off.
_GONE: Final = (
    _NOT_WHITE,
    _OPEN,
    Given("glare_seen", at_most=0.25),
    Given("hole_seen", at_most=0.25),
    Given("break_seen", at_most=0.25),
)

#: Two or three thin characters say little about the ink of a card, and a dash about its blur.
_LONG_FIELDS: Final = tuple(key for key in FIELDS if key not in ("golongan_darah", "rt_rw"))

_ROWS: Final = (
    DefectRow(
        "glare",
        "capture",
        "glare_seen",
        {"fields": Ramp(0.45, 0.7, 0.99)},
        (_NOT_WHITE, Given("glare", at_least=0.055)),
    ),
    DefectRow(
        "blur_motion",
        "capture",
        "shake_width",
        {"fields": Ramp(5.4, 6.6, 12.0), "card": Ramp(4.9, 5.7, 12.0)},
        (
            Given("anisotropy", at_least=1.35, at="card"),
            Given("edge_width_across", at_most=6.3, at="card"),
            _FROM_LENS,
            _OPEN,
            _UNPEELED,
        ),
    ),
    DefectRow(
        "blur_focus",
        "capture",
        "edge_width",
        {"fields": Ramp(6.0, 7.2, 12.0), "card": Ramp(5.5, 6.3, 12.0)},
        (
            _FROM_LENS,
            # A lens does not blur one line of a card that is sharp.
            Given("edge_width", at_least=4.4, at="card"),
            _OPEN,
            _UNPEELED,
            _UNSTAINED,
        ),
        fields=_LONG_FIELDS,
        behind=("blur_motion",),
    ),
    DefectRow(
        "too_dark",
        "capture",
        "ground_level",
        {"card": Ramp(165.0, 126.0, 40.0)},
        (Given("shadow", at_most=0.6, at="card"),),
    ),
    DefectRow(
        "too_bright",
        "capture",
        "clipped_high",
        {"card": Ramp(0.2, 0.62, 1.0)},
        behind=("photocopy",),
    ),
    DefectRow(
        "shadow",
        "capture",
        "shadow",
        {"fields": Ramp(0.45, 0.645, 0.95)},
        (Given("shadow_seen", at_least=0.5),),
    ),
    DefectRow("low_resolution", "capture", "letter_height", {"card": Ramp(12.5, 10.7, 5.0)}),
    DefectRow(
        "cropped",
        "capture",
        "outside",
        {"card": Ramp(0.005, 0.04, 0.3), "fields": Ramp(0.01, 0.05, 0.5)},
    ),
    DefectRow(
        "occluded",
        "capture",
        "cover_seen",
        {"fields": Ramp(0.3, 0.5, 0.9), "portrait": Ramp(0.3, 0.5, 0.9)},
        behind=("broken",),
    ),
    DefectRow("skew", "capture", "tilt", {"card": Ramp(22.0, 29.5, 52.0)}),
    DefectRow("rotated", "capture", "turn", {"card": Ramp(20.0, 185.0, 400.0)}),
    DefectRow(
        "photocopy",
        "capture",
        "colourfulness",
        {"card": Ramp(14.0, 8.0, 1.5)},
        (
            _LIT,
            Given("ink_depth", at_least=0.25, at="card"),
            Given("outside", at_most=0.4, at="portrait"),
        ),
    ),
    DefectRow("screen_capture", "capture", "screen_grid", {"card": Ramp(16.0, 22.0, 36.0)}),
    DefectRow("compression", "capture", "quantisation", {"card": Ramp(11.0, 20.0, 60.0)}),
    DefectRow(
        "overlay_on_field",
        "capture",
        "writing_seen",
        {"fields": Ramp(0.5, 0.75, 0.97)},
        (_BRIGHT,),
        behind=("crack",),
    ),
    DefectRow(
        "yellowed",
        "card",
        "warmth",
        {"card": Ramp(15.0, 19.8, 45.0)},
        (_LIT, _NOT_WHITE, Given("redness", at_most=2.0, at="card")),
        not_foreign=True,
    ),
    DefectRow(
        "colour_cast",
        "capture",
        "tint",
        {"card": Ramp(4.8, 7.2, 11.0)},
        (
            *_COLOUR,
            # Towards yellow a light and an old card are one colour.
            Given("warmth", at_most=11.0, at="card"),
        ),
        behind=("yellowed", "photocopy"),
        not_foreign=True,
    ),
    DefectRow(
        "laminate_bubble",
        "card",
        "blister_seen",
        {"fields": Ramp(0.5, 0.74, 0.97), "portrait": Ramp(0.5, 0.74, 0.97)},
        _FINE_THINGS,
        behind=("hole_punch", "glare", "laminate_peel"),
    ),
    DefectRow(
        "laminate_peel",
        "card",
        "lifting_seen",
        {"fields": Ramp(0.45, 0.66, 0.95), "portrait": Ramp(0.45, 0.66, 0.95)},
        # Film that lifts is pale; so are a finger's nail, a lamp's light, and anything far out of
        # focus. On lifted film the light that is added has never been above .01.
        (
            Given("cover_seen", at_most=0.3),
            Given("glare", at_most=0.2),
            Given("edge_width", at_most=8.0, at="card"),
            _BRIGHT,
            _NOT_WHITE,
            _UNCOMPRESSED,
        ),
        behind=("broken", "screen_capture"),
    ),
    DefectRow(
        "print_faded",
        "card",
        "fading_seen",
        {"fields": Ramp(0.65, 0.94, 0.99), "card": Ramp(0.65, 0.94, 0.99)},
        (_LIT, _NOT_WHITE),
        fields=_LONG_FIELDS,
        behind=("photocopy",),
    ),
    DefectRow(
        "text_missing",
        "card",
        "missing_seen",
        {"fields": Ramp(0.5, 0.77, 0.98)},
        _GONE,
        # A blood group may be a dash or nothing, and so may RT and RW.
        fields=_LONG_FIELDS,
        behind=_GAPS,
    ),
    DefectRow("crack", "card", "crack_seen", {"card": Ramp(0.5, 0.68, 0.96)}),
    DefectRow(
        "scratch_nik",
        "card",
        "scratch_seen",
        {"fields": Ramp(0.33, 0.56, 0.9)},
        _FINE_THINGS,
        fields=("nik",),
        behind=_LINES,
    ),
    DefectRow(
        "scratch_other",
        "card",
        "scratch_seen",
        {"fields": Ramp(0.33, 0.56, 0.9)},
        _FINE_THINGS,
        fields=tuple(key for key in FIELDS if key != "nik"),
        behind=_LINES,
    ),
    DefectRow(
        "broken",
        "card",
        "break_seen",
        {"card": Ramp(0.35, 0.55, 0.95)},
        (_NOT_WHITE,),
    ),
    DefectRow("hole_punch", "card", "hole_seen", {"card": Ramp(0.35, 0.6, 0.97)}),
    DefectRow(
        "stain",
        "card",
        "stain_seen",
        {"fields": Ramp(0.35, 0.58, 0.95), "portrait": Ramp(0.35, 0.58, 0.95)},
        (_NOT_WHITE,),
        behind=("hole_punch", "broken"),
    ),
    DefectRow(
        "photo_worn",
        "card",
        "wear_seen",
        {"portrait": Ramp(0.5, 0.7, 0.98)},
        (_NOT_WHITE, Given("cover_seen", at_most=0.4)),
        behind=("photocopy",),
    ),
)

#: Further signs of defects of which a row above tells the first.
_FURTHER: Final = (
    # The depth of focus of a near camera ends on a card that leans: less blur is enough to tell.
    DefectRow(
        "blur_focus",
        "capture",
        "edge_width",
        {"fields": Ramp(4.6, 5.3, 9.0)},
        (Given("tilt", at_least=27.8, at="card"), _OPEN, _UNPEELED, _UNSTAINED),
        fields=_LONG_FIELDS,
        behind=("blur_motion",),
    ),
    # What could not be read either needs less to be gone.
    DefectRow(
        "text_missing",
        "card",
        "missing_seen",
        {"fields": Ramp(0.25, 0.45, 0.95)},
        (*_GONE, _UNCOMPRESSED, Given("scratch_seen", at_most=0.5)),
        fields=_LONG_FIELDS,
        behind=_GAPS,
        unread=True,
    ),
    # No lamp makes a blank as green.
    DefectRow(
        "colour_cast",
        "capture",
        "redness",
        {"card": Ramp(-8.6, -9.8, -16.0)},
        (
            *_COLOUR,
            Given("warmth", at_most=14.0, at="card"),
            Given("tint", at_least=4.5, at="card"),
        ),
        behind=("yellowed", "photocopy"),
        not_foreign=True,
    ),
)

#: Every defect that a photo of a card can show, by guidance id.
DEFECTS: Final[Mapping[str, DefectRow]] = MappingProxyType({row.id: row for row in _ROWS})

#: Print that cannot be seen and for which no row above gives the cause.
_UNCLEAR: Final = DefectRow(
    "cause_unclear",
    "card",
    "ink_contrast",
    {"fields": Ramp(14.0, 7.0, 2.0)},
    fields=_LONG_FIELDS,
)


def find_defects(
    card: Card,  # noqa: ARG001 - the measures say it all; the room's interface names it
    measures: Mapping[str, Measure],
    readings: Mapping[str, Reading],
) -> tuple[Finding, ...]:
    """Tell what is wrong, where, how much, and whether the photo or the card is at fault.

    Parameters
    ----------
    card : Card
    measures : mapping of str to Measure
        Every row of ``MEASURES``.
    readings : mapping of str to Reading
        A foreigner's card is known by its citizenship; what was read as a whole is seen.

    Returns
    -------
    tuple of Finding
        Gravest first.
    """
    citizen = readings["kewarganegaraan"].text if "kewarganegaraan" in readings else ""
    foreign = citizen not in ("", "WNI")
    every = [
        finding
        for row in (*_FURTHER, *_ROWS)
        if not (row.not_foreign and foreign)
        if (finding := _found(row, measures, _looked_at(row, readings))) is not None
    ]
    gravest = {one.id: one for one in sorted(every, key=lambda one: one.severity)}
    found = list(gravest.values())
    grave = {one.id for one in found if one.severity >= SUFFERS}
    found = [one for one in found if not grave.intersection(DEFECTS[one.id].behind)]
    # A faint sign of a cause is a cause.
    told = {region for one in found for region in one.regions}
    untold = tuple(
        key for key in _UNCLEAR.fields if key not in told and not _was_read(readings.get(key))
    )
    if "card" not in told and untold:
        unclear = _found(_UNCLEAR, measures, untold)
        if unclear is not None:
            found.append(unclear)
    return tuple(sorted(found, key=lambda one: -one.severity))


def _looked_at(row: DefectRow, readings: Mapping[str, Reading]) -> tuple[str, ...]:
    """The fields in which a row is looked for."""
    if not row.unread:
        return row.fields
    return tuple(key for key in row.fields if not _was_read(readings.get(key)))


def _was_read(reading: Reading | None) -> bool:
    """Print that was read as a whole can be seen, whatever was measured."""
    return reading is not None and bool(reading.text) and HIDDEN not in reading.text


def _found(
    row: DefectRow, measures: Mapping[str, Measure], fields: tuple[str, ...]
) -> Finding | None:
    values = measures[row.measure].regions
    graded: dict[str, tuple[float, float, float]] = {}
    for scope, ramp in row.ramps.items():
        for region in fields if scope == "fields" else (scope,):
            value = values.get(region, math.nan)
            severity = ramp.severity(value)
            # A NaN is "not assessable": it compares false and never becomes a finding.
            if severity >= LEAST_SEVERITY and all(g.holds(measures, region) for g in row.given):
                graded[region] = (severity, value, ramp.limit)
    if not graded:
        return None
    severity, value, limit = max(graded.values())
    return Finding(row.id, row.kind, severity, tuple(graded), value, limit)
