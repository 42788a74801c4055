"""Quads to one proven card: registered by what is printed on every e-KTP.

::

    reduce -> quads -> every label votes (search), or rows of print suggest quads (rows)
           -> labels one by one (words), portrait (frame) -> one fit (fit)
           -> visible sides (sides) -> one fit with them (align) -> proof -> place
"""

from __future__ import annotations

from typing import Final

from ktpcheck.geometry import CARD_CORNERS_MM, transform
from ktpcheck.outline import Quad, Reduced, find_quads, find_small_quads, reduce_photo
from ktpcheck.records import NoCard, Outline, Photo, Placement, SideState
from ktpcheck.register import proof, sides
from ktpcheck.register.align import follow, glance
from ktpcheck.register.place import place
from ktpcheck.register.reason import likeliest
from ktpcheck.register.rows import suppose
from ktpcheck.register.search import Hypothesis, vote

__all__ = ["ACCEPT", "find_outline"]

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
#: Readings this close to the best are followed to the end; further ones when it is doubtful.
_OPEN: Final = 0.7
_FAR_OPEN: Final = 4.0
_STRAINED: Final = 4.0


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
    quads = find_quads(reduced)
    hypotheses = search(reduced, quads)
    if not hypotheses or hypotheses[0].vote < _IDLE_VOTE:
        return NoCard(likeliest(reduced, quads, hypotheses, 0.0))
    outline, placement = register(reduced, hypotheses)
    if outline.score < ACCEPT:
        return NoCard(likeliest(reduced, quads, hypotheses, outline.score), outline.score)
    return outline, placement


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
    if not _fair(voted):
        for quad in find_small_quads(reduced):
            voted.extend(vote(reduced, quad))
    if not _fair(voted):
        for quad in suppose(reduced):
            voted.extend(vote(reduced, quad, both=False))
    voted.sort(key=lambda one: -one.standing)
    # The other layout in the same place is always a rival: a steep view may favour either.
    twins = [one for one in voted[1:] if one.to_photo is voted[0].to_photo]
    rivals = [one for one in voted[1:] if one.standing > voted[0].standing - _RIVAL]
    return (*voted[:1], *dict.fromkeys([*twins, *rivals[: _MOST - 1]]))


def _fair(voted: list[Hypothesis]) -> bool:
    return any(one.vote >= _FAIR_VOTE for one in voted)


def register(reduced: Reduced, hypotheses: tuple[Hypothesis, ...]) -> tuple[Outline, Placement]:
    """Follow hypotheses to the outline that is best proven, however well that is."""
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
    corners = transform(match.to_photo @ placed.correction, CARD_CORNERS_MM)
    states: dict[str, SideState] = {
        side: sides.side_state(way.strips[side], way.edges.get(side)) for side in sides.SIDES
    }
    return Outline(corners, score, states), place(match, placed)
