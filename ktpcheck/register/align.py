"""A hypothesis followed: labels and portrait one by one, one fit, the visible sides, again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ktpcheck.geometry import CARD_CORNERS_MM, Box, Float32, Float64, transform
from ktpcheck.layout import ROW_LABELS, Layout
from ktpcheck.outline import Reduced
from ktpcheck.outline.flat import card_with_margin, cut_off, flatten_grey
from ktpcheck.register import fit, sides
from ktpcheck.register.frame import find_portrait
from ktpcheck.register.print import ink_map, word
from ktpcheck.register.search import Hypothesis
from ktpcheck.register.words import Face, Found, View, choose_face

#: Resolution of the view labels are measured in, and what it shows around the card.
PX_PER_MM: Final = 5.0
_MARGIN_MM: Final = 5.0
#: How far a label is looked for from its place: at first, at first when the quad is a guess, and
#: once roughly aligned. The label far from the others is given so much more room across.
_FIRST_REACH_MM: Final = 1.1
_FAR_REACH_MM: Final = 2.0
_SECOND_REACH_MM: Final = 0.7
_WIDE: Final = 2.5
#: Looks at most, the first among them, until the corners move less than this.
_LOOKS: Final = 4
_STILL_MM: Final = 1.4
#: The least of a cut label that is still looked for.
_SHORTEST_MM: Final = 3.5
#: A label counts from this correlation, the portrait's frame from this clearness.
HEARD: Final = 0.4
_CLEAR: Final = 0.3
#: What a unit of strain costs a reading, in labels' correlation, and what a seen side is worth.
_STRAIN: Final = 0.15
_SIDE: Final = 0.8
#: How well things are located.
_LABEL_SIGMA_MM: Final = 0.12
_PORTRAIT_SIGMA_MM: Final = 0.25
_SIDE_SIGMA_MM: Final = 0.05


@dataclass(frozen=True, eq=False)
class Match:
    """One hypothesis followed closer.

    ``labels`` stand where ``view`` shows them; ``placed`` is the fit of the card to that view.
    """

    to_photo: Float64
    home: Hypothesis
    layout: Layout
    wrapped: tuple[str, ...]
    face: Face
    view: View
    labels: Mapping[str, Found]
    seen: tuple[fit.Seen, ...]
    placed: fit.Fit
    worth: float


@dataclass(frozen=True, eq=False)
class Way:
    """One hypothesis followed to the end."""

    match: Match
    placed: fit.Fit
    strips: Mapping[sides.SideName, sides.Strip]
    edges: Mapping[sides.SideName, sides.Edge]
    worth: float


def expected(layout: Layout, wrapped: tuple[str, ...]) -> Mapping[str, tuple[float, float, float]]:
    """Left edge, baseline and cap height of every label. ``provinsi``: its rightmost place."""
    places = {
        row: (layout.row_label_x(row), layout.row_baseline(row, wrapped), layout.cap_height)
        for row in ROW_LABELS
    }
    places["golongan_darah"] = (
        layout.blood_label_x[0],
        layout.row_baseline("jenis_kelamin", wrapped),
        layout.cap_height,
    )
    places["nik"] = (layout.nik_label_x[0], layout.nik_baseline, layout.nik_digit_height)
    places["provinsi"] = (33.0, layout.header_baselines[0], layout.header_cap_height)
    return places


def glance(reduced: Reduced, one: Hypothesis, before: Match | None = None) -> Match:
    """A first look at a hypothesis; ``before``, at another one in the same place, spares half."""
    reach = _FIRST_REACH_MM if one.quad.slack_mm.max() < 2.0 else _FAR_REACH_MM
    face, view = (before.face, before.view) if before is not None else (None, None)
    return look(reduced, one, one.to_photo, one.wrapped, one.shift_mm, reach, face, view)


def follow(reduced: Reduced, match: Match) -> Way:
    """Fit the card with the sides that are visible; look again until nothing moves."""
    for left in reversed(range(_LOOKS)):
        to_photo = match.to_photo @ match.placed.correction
        strips = {side: sides.cut_strip(reduced, to_photo, side) for side in sides.SIDES}
        edges = sides.choose_edges(strips)
        placed = settle(match, edges)
        moves = transform(placed.correction, CARD_CORNERS_MM) - CARD_CORNERS_MM
        if not left or float(np.abs(moves).max()) < _STILL_MM:
            break
        match = look(
            reduced,
            match.home,
            match.to_photo @ placed.correction,
            match.wrapped,
            placed.block_mm,
            _SECOND_REACH_MM,
            match.face,
        )
    worth = match.worth + _STRAIN * (match.placed.strain - placed.strain)
    worth += _SIDE * sum(edge.strength for edge in edges.values())
    return Way(match, placed, strips, edges, worth)


def look(
    reduced: Reduced,
    home: Hypothesis,
    to_photo: Float64,
    wrapped: tuple[str, ...],
    shift: tuple[float, float],
    reach: float,
    face: Face | None = None,
    view: View | None = None,
) -> Match:
    """Find every label and the portrait's frame near their places, and fit the card to them."""
    layout = home.layout
    view = view or _view(reduced, to_photo)
    face = face or choose_face(view, layout, wrapped, shift, reach)
    labels: dict[str, Found] = {}
    seen: list[fit.Seen] = []
    places = expected(layout, wrapped)
    templates = {
        key: word(key, face.weight, cap, face.stretch, PX_PER_MM)
        for key, (_, _, cap) in places.items()
    }
    boxes = [
        Box(x, y - cap, x + templates[key].ink.shape[1] / PX_PER_MM, y).shifted(*shift)
        for key, (x, y, cap) in places.items()
    ]
    cuts = dict(zip(places, cut_off(reduced, to_photo, boxes), strict=True))
    for key, (x, y, _) in places.items():
        template = templates[key]
        if cuts[key] > 0 and key != "provinsi":
            template = template.without(round((cuts[key] + 0.4) * PX_PER_MM))
            if template.ink.shape[1] < _SHORTEST_MM * PX_PER_MM:
                continue
        if key == "provinsi":
            # Centred: its left edge depends on the province's name.
            found = view.around(template, 0.5 * (14.0 + x), y + shift[1], (0.5 * (x - 14.0), 1.6))
        else:
            # The one label far from the others finds out the scale across.
            wide = _WIDE * reach if key == "golongan_darah" else reach
            found = view.around(template, x + shift[0], y + shift[1], (wide, reach))
        labels[key] = found
        if found.correlation < HEARD:
            continue
        sigma = _LABEL_SIGMA_MM + 0.3 * max(0.8 - found.correlation, 0.0)
        group = fit.HEADER if key == "provinsi" else fit.BLOCK
        seen.append(fit.Seen((x, y), found.y, 1, sigma, group))
        if key != "provinsi":
            loose = 2.0 if key in ROW_LABELS else 3.0
            seen.append(fit.Seen((x, y), found.x, 0, loose * sigma, group))
    frame, across, down = find_portrait(reduced, to_photo, layout)
    own = layout.portrait
    if across > _CLEAR:
        middle = 0.5 * (own.y0 + own.y1)
        seen.append(fit.Seen((own.x0, middle), frame.x0, 0, _PORTRAIT_SIGMA_MM, fit.PORTRAIT))
        seen.append(fit.Seen((own.x1, middle), frame.x1, 0, _PORTRAIT_SIGMA_MM, fit.PORTRAIT))
    if down > _CLEAR:
        middle = 0.5 * (own.x0 + own.x1)
        seen.append(fit.Seen((middle, own.y0), frame.y0, 1, _PORTRAIT_SIGMA_MM, fit.PORTRAIT))
        seen.append(fit.Seen((middle, own.y1), frame.y1, 1, _PORTRAIT_SIGMA_MM, fit.PORTRAIT))
    placed = fit.solve(seen, _home_corners(home, to_photo), home.quad.slack_mm)
    agreeing = np.exp(-((placed.residuals_mm / 0.5) ** 2)).sum() if seen else 0.0
    heard = sum(max(one.correlation, 0.0) for one in labels.values())
    worth = heard + 0.3 * agreeing - _STRAIN * placed.strain
    return Match(to_photo, home, layout, wrapped, face, view, labels, tuple(seen), placed, worth)


def _view(reduced: Reduced, to_photo: Float64) -> View:
    """The card and what lies around it, as labels are looked for in it."""
    grey = flatten_grey(reduced, to_photo, card_with_margin(_MARGIN_MM), PX_PER_MM)
    return View(ink_map(grey, PX_PER_MM), PX_PER_MM, -_MARGIN_MM, -_MARGIN_MM)


def _home_corners(home: Hypothesis, to_photo: Float64) -> Float32:
    """Where a view shows the corners of the quad found first."""
    to_view = np.asarray(np.linalg.inv(to_photo))
    return transform(to_view, transform(home.to_photo, CARD_CORNERS_MM))


def settle(match: Match, edges: Mapping[sides.SideName, sides.Edge]) -> fit.Fit:
    """Fit the card to its print and its visible sides together."""
    seen = list(match.seen)
    to_view = match.placed.correction
    for side, edge in edges.items():
        length = sides.side_length(side)
        along = np.array([sides.END_MM, length - sides.END_MM])
        on_side = sides.side_points(side, along, np.zeros(2))
        where = transform(to_view, sides.side_points(side, along, np.array([edge.start, edge.end])))
        axis = 1 if side in ("top", "bottom") else 0
        for model, point in zip(on_side, where, strict=True):
            place = (float(model[0]), float(model[1]))
            seen.append(fit.Seen(place, float(point[axis]), axis, _SIDE_SIGMA_MM, fit.SIDE))
    return fit.solve(seen, _home_corners(match.home, match.to_photo), match.home.quad.slack_mm)
