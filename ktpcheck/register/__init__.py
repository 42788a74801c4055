"""Quads to one proven card: registered by what is printed on every e-KTP.

::

    reduce -> quads -> every label votes (search) -> labels one by one (words), portrait (frame)
           -> one fit -> visible sides (sides) -> one fit with them -> proof
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    Box,
    Float32,
    Float64,
    transform,
)
from ktpcheck.layout import LINES, ROW_LABELS, Layout
from ktpcheck.outline import Quad, Reduced, find_quads, reduce_photo
from ktpcheck.records import NoCard, Outline, Photo, Placement
from ktpcheck.register import fit, proof, sides
from ktpcheck.register.flat import card_with_margin, cut_off, flatten_grey
from ktpcheck.register.frame import find_portrait
from ktpcheck.register.print import ink_map, word
from ktpcheck.register.rows import suppose
from ktpcheck.register.search import Hypothesis, vote
from ktpcheck.register.words import Face, Found, View, choose_face

#: Resolution of the view labels are measured in.
_PX_PER_MM: Final = 5.0
_MARGIN_MM: Final = 5.0
#: A standing this high is not beaten by looking further,
_CERTAIN: Final = 0.76
#: unless the block stands further from its place than overprint explains.
_NEAR_MM: Final = 1.3
#: How many readings are looked at, and how far their standing may lie under the best.
_MOST: Final = 3
_RIVAL: Final = 0.06
#: With less than this, print itself is asked for another quad.
_FAIR_VOTE: Final = 0.6
#: Votes below this are not worth a closer look.
_IDLE_VOTE: Final = 0.38
#: Score from which a card is called an e-KTP.
ACCEPT: Final = 0.5
#: How far a label is looked for from its place, at first and once roughly aligned.
_FIRST_REACH_MM: Final = 1.1
_FAR_REACH_MM: Final = 2.0
_WIDE: Final = 2.5
_SECOND_REACH_MM: Final = 0.7
#: Looks after the first, until the corners move less than this.
_LOOKS: Final = 3
_STILL_MM: Final = 0.8
#: The least of a cut label that is still looked for.
_SHORTEST_MM: Final = 3.5
#: A label counts from this correlation, the portrait's frame from this clearness.
_HEARD: Final = 0.4
_CLEAR: Final = 0.3
#: What a unit of strain costs a reading, in labels' correlation.
_STRAIN: Final = 0.15
#: What a side seen all along is worth.
_SIDE: Final = 0.8
#: Readings this close to the best are followed to the end.
_OPEN: Final = 0.7
_FAR_OPEN: Final = 4.0
_STRAINED: Final = 4.0
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


def find_outline(photo: Photo) -> tuple[Outline, Placement] | NoCard:
    """Find the e-KTP in a photo, prove it is one, and place its print.

    Parameters
    ----------
    photo : Photo
        ``pixels`` is (H, W, 3) uint8 RGB.

    Returns
    -------
    Outline, Placement
        Corners to a fraction of a pixel; where every line and label stands on the card.
    NoCard
        When nothing in the photo proves to be an e-KTP's data side, with the likeliest reason.
    """
    reduced = reduce_photo(photo.pixels)
    hypotheses = search(reduced, find_quads(reduced))
    if not hypotheses or hypotheses[0].vote < _IDLE_VOTE:
        return NoCard("no_card", hypotheses[0].vote if hypotheses else 0.0)
    return register(reduced, hypotheses)


def search(reduced: Reduced, quads: list[Quad]) -> tuple[Hypothesis, ...]:
    """The few readings of a quad that most labels vote for, best first."""
    voted: list[Hypothesis] = []
    for quad in quads:
        voted.extend(vote(reduced, quad))
        best = max(voted, key=lambda one: one.standing, default=None)
        if best is None:
            continue
        if best.standing > _CERTAIN and max(map(abs, best.shift_mm)) < _NEAR_MM:
            break
    if max((one.vote for one in voted), default=0.0) < _FAIR_VOTE:
        for quad in suppose(reduced):
            voted.extend(vote(reduced, quad, both=False))
    voted.sort(key=lambda one: -one.standing)
    return tuple(one for one in voted[:_MOST] if one.standing > voted[0].standing - _RIVAL)


def register(
    reduced: Reduced, hypotheses: tuple[Hypothesis, ...]
) -> tuple[Outline, Placement] | NoCard:
    """Follow hypotheses to an outline, or to the reason why there is none."""
    first = sorted((glance(reduced, one) for one in hypotheses), key=lambda one: -one.worth)
    ways = [follow(reduced, first[0])]
    # When print alone leaves it open, or strains, the visible sides decide.
    doubtful = ways[0].placed.strain > _STRAINED or len(ways[0].edges) < 3
    for rival in first[1:]:
        if rival.worth > first[0].worth - (_FAR_OPEN if doubtful else _OPEN):
            ways.append(follow(reduced, rival))
    way = max(ways, key=lambda one: one.worth)
    match, placed = way.match, way.placed
    correlations = {key: one.correlation for key, one in match.labels.items()}
    evidence = proof.row_evidence(match.view, match.layout, match.face, match.labels)
    score = proof.score(correlations, evidence)
    if score < ACCEPT:
        return NoCard("not_ektp", score)
    corners = transform(match.to_photo @ placed.correction, CARD_CORNERS_MM)
    states = {
        side: sides.side_state(way.strips[side], way.edges.get(side)) for side in sides.SIDES
    }
    return Outline(corners, score, states), place(match, placed)


def glance(reduced: Reduced, one: Hypothesis) -> Match:
    """A first look at a hypothesis."""
    reach = _FIRST_REACH_MM if one.quad.slack_mm < 2.0 else _FAR_REACH_MM
    return look(reduced, one, one.to_photo, one.wrapped, one.shift_mm, reach)


def follow(reduced: Reduced, match: Match) -> Way:
    """Look again and fit the card with the sides that are visible, until nothing moves."""
    placed = match.placed
    for _ in range(_LOOKS):
        match = look(
            reduced,
            match.home,
            match.to_photo @ placed.correction,
            match.wrapped,
            placed.block_mm,
            _SECOND_REACH_MM,
            match.face,
        )
        to_photo = match.to_photo @ match.placed.correction
        strips = {side: sides.cut_strip(reduced, to_photo, side) for side in sides.SIDES}
        edges = sides.choose_edges(strips)
        placed = settle(match, edges)
        moves = transform(placed.correction, CARD_CORNERS_MM) - CARD_CORNERS_MM
        if float(np.abs(moves).max()) < _STILL_MM:
            break
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
) -> Match:
    """Find every label and the portrait's frame near their places, and fit the card to them."""
    layout = home.layout
    ink = ink_map(
        flatten_grey(reduced, to_photo, card_with_margin(_MARGIN_MM), _PX_PER_MM), _PX_PER_MM
    )
    view = View(ink, _PX_PER_MM, -_MARGIN_MM, -_MARGIN_MM)
    face = face or choose_face(view, layout, wrapped, shift, reach)
    labels: dict[str, Found] = {}
    seen: list[fit.Seen] = []
    places = expected(layout, wrapped)
    templates = {
        key: word(key, face.weight, cap, face.stretch, _PX_PER_MM)
        for key, (_, _, cap) in places.items()
    }
    boxes = [
        Box(x, y - cap, x + templates[key].ink.shape[1] / _PX_PER_MM, y).shifted(*shift)
        for key, (x, y, cap) in places.items()
    ]
    cuts = dict(zip(places, cut_off(reduced, to_photo, boxes), strict=True))
    for key, (x, y, _) in places.items():
        template = templates[key]
        if cuts[key] > 0 and key != "provinsi":
            template = template.without(round((cuts[key] + 0.4) * _PX_PER_MM))
            if template.ink.shape[1] < _SHORTEST_MM * _PX_PER_MM:
                continue
        if key == "provinsi":
            # Centred: its left edge depends on the province's name.
            found = view.around(template, 0.5 * (14.0 + x), y + shift[1], (0.5 * (x - 14.0), 1.6))
        else:
            # The one label far from the others finds out the scale across.
            wide = _WIDE * reach if key == "golongan_darah" else reach
            found = view.around(template, x + shift[0], y + shift[1], (wide, reach))
        labels[key] = found
        if found.correlation < _HEARD:
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


def _home_corners(home: Hypothesis, to_photo: Float64) -> Float32:
    """Where a view shows the corners of the quad found first."""
    to_view = np.asarray(np.linalg.inv(to_photo))
    return transform(to_view, transform(home.to_photo, CARD_CORNERS_MM))


def expected(
    layout: Layout, wrapped: tuple[str, ...]
) -> Mapping[str, tuple[float, float, float]]:
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


def settle(match: Match, edges: Mapping[sides.SideName, sides.Edge]) -> fit.Fit:
    """Fit the card to its print and its visible sides together."""
    seen = list(match.seen)
    to_view = match.placed.correction
    for side, edge in edges.items():
        length = sides.side_length(side)
        along = np.array([sides.END_MM, length - sides.END_MM])
        on_side = sides.side_points(side, along, np.zeros(2))
        where = transform(
            to_view, sides.side_points(side, along, np.array([edge.start, edge.end]))
        )
        axis = 1 if side in ("top", "bottom") else 0
        for model, point in zip(on_side, where, strict=True):
            place = (float(model[0]), float(model[1]))
            seen.append(fit.Seen(place, float(point[axis]), axis, _SIDE_SIGMA_MM, fit.SIDE))
    return fit.solve(seen, _home_corners(match.home, match.to_photo), match.home.quad.slack_mm)


def place(match: Match, placed: fit.Fit) -> Placement:
    """Where every line, label and the portrait stand on the card, in millimetres."""
    layout, wrapped = match.layout, match.wrapped
    dx, dy = placed.block_mm
    to_card = np.linalg.inv(placed.correction)
    pitch, cap = layout.row_pitch, layout.cap_height
    above, below = cap + 0.5 * (pitch - cap), 0.5 * (pitch - cap)
    lines: dict[str, tuple[Box, ...]] = {}
    for index, key in enumerate(("provinsi", "kabupaten_kota")):
        baseline = layout.header_baselines[index] + placed.header_mm[1]
        box = layout.header_box
        lines[key] = (
            Box(box.x0, baseline - layout.header_cap_height - 0.4, box.x1, baseline + 0.4),
        )
    nik = layout.nik_baseline + dy
    lines["nik"] = (
        Box(
            layout.nik_box.x0 + dx,
            nik - layout.nik_digit_height - 0.5,
            layout.nik_box.x1 + dx,
            nik + 0.5,
        ),
    )
    for row in ROW_LABELS:
        baseline = layout.row_baseline(row, wrapped) + dy
        end = layout.value_end_x + dx
        if row == "jenis_kelamin":
            end = layout.blood_label_x[0] - 0.4 + dx
        start = layout.value_x - 0.5 + dx
        lines[row] = tuple(
            Box(start, baseline + k * pitch - above, end, baseline + k * pitch + below)
            for k in range(1 + wrapped.count(row))
        )
    blood = lines["jenis_kelamin"][0]
    lines["golongan_darah"] = (
        Box(layout.blood_value_x - 0.5 + dx, blood.y0, layout.blood_box.x1 + dx, blood.y1),
    )
    px, py = placed.portrait_mm
    for index, key in enumerate(("tempat_terbit", "tanggal_terbit")):
        baseline = layout.issue_baselines[index]
        box = layout.issue_box
        lines[key] = (
            Box(box.x0, baseline - layout.issue_cap_height - 0.3, box.x1, baseline + 0.35),
        )
    labels: dict[str, Box] = {}
    for key, (x, y, label_cap) in expected(layout, wrapped).items():
        found = match.labels.get(key)
        template = word(key, match.face.weight, label_cap, match.face.stretch, _PX_PER_MM)
        width = template.ink.shape[1] / _PX_PER_MM
        if found is not None and (key == "provinsi" or found.correlation >= _HEARD):
            ((x, y),) = transform(to_card, [(found.x, found.y)]).tolist()
        else:
            x, y = x + dx, y + dy
        labels[key] = Box(x, y - label_cap, x + width, y)
    return Placement(
        layout=layout.name,
        shift_mm=(dx, dy),
        lines={key: lines[key] for key in LINES},
        labels=labels,
        portrait=layout.portrait.shifted(px, py),
        agreement={key: one.correlation for key, one in match.labels.items()},
    )
