"""What the network sees to one proven card: registered by what is printed on every e-KTP.

::

    reduce -> the network's cards -> every label votes (search)
           -> labels one by one (words), portrait (frame) -> one fit (fit)
           -> visible sides (sides) -> one fit with them (align) -> proof -> place
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ktpcheck.geometry import (
    CARD_CORNERS_MM,
    CARD_WIDTH_MM,
    Float32,
    Float64,
    transform,
)
from ktpcheck.outline import (
    LOOKS_LIKE,
    SAME_CARD,
    CardFinder,
    Reduced,
    Seen,
    overlap,
    reduce_photo,
)
from ktpcheck.outline import Found as FoundCard
from ktpcheck.records import NoCard, Outline, Photo, Placement, SideState
from ktpcheck.register import light, proof, sides
from ktpcheck.register.align import Match, Way, follow, glance
from ktpcheck.register.place import place
from ktpcheck.register.search import Hypothesis, Quad, unread, vote
from ktpcheck.register.trust import features, trust

__all__ = ["ACCEPT", "find_outline", "find_outlines"]

#: Labels that agree this well leave no doubt which way up the card lies.
_SURE_VOTE: Final = 0.6
#: The other layout is followed as well when its votes are this near.
_RIVAL: Final = 0.06
#: With less trace of print than this the network's outline stands alone.
_IDLE_VOTE: Final = 0.38
#: How far the network's corners may be off, as its places say (of 163 validation captures .5 mm
#: where these are .45 mm off, .7 where .55, in one of ten .8 and 1.4), and never less or more than.
_SLACK: Final = 2.5
_SLACK_MM: Final = (0.8, 4.0)
#: What looks like an e-KTP and is proven less well than this, trusted less or strained more, is
#: looked for again, so much farther off: the network may be surer of its places than it should be.
#: The strain is more than 10 in 3 % of validation captures, the worst of those trusted among them.
_PROVEN_WELL: Final = 0.9
_TRUSTED: Final = 0.95
_STRAINED: Final = 10.0
_FARTHER_MM: Final = 2.5
#: How often the network is asked again, then, from either place; from the first if it is proven.
_AGAIN: Final = 2
#: Looks that overlap this much show a card in the same place.
_SAME_PLACE: Final = 0.99
#: How much farther off they may be for every millimetre that they lie beyond the photo's frame.
_BEYOND: Final = 0.3
#: Score from which a card is called an e-KTP.
ACCEPT: Final = 0.7
#: Ways this close to the best are followed to the end. On 439 validation captures none that won in
#: the end had stood more than 1.5 behind.
_OPEN: Final = 2.5
#: Where the likeliest hypothesis is worth so much at a glance the other layout is not glanced at:
#: on 111 validation captures the wrong one's was worth 19 at most.
_PLAIN: Final = 20.0
#: What a vote is worth at the end. On validation captures anything up to 15 finds the same layouts;
#: on a card that is cut off both can be followed to a fit, and the labels' first word counts.
_VOTED: Final = 12.0
#: A card of which so much is burnt out has no print left that could prove it. What is known this
#: well, mm, and looks this much like an e-KTP is taken for one. Of 284 drawn pictures of other
#: things none is then, as taken or in four times the light; in twelve times 3 are, in forty 9.
_BURNT_OUT: Final = 0.9
_KNOWN_MM: Final = 1.0
_TAKEN_FOR: Final = 0.9
#: With so much evidence against it the print says something else, and not nothing.
_DISPROVEN: Final = -2.0


def find_outline(photo: Photo, finder: CardFinder) -> tuple[Outline, Placement] | NoCard:
    """Find the main e-KTP in a photo, prove it is one, and place its print.

    Parameters
    ----------
    photo : Photo
        ``pixels`` is (H, W, 3) uint8 RGB.
    finder : CardFinder

    Returns
    -------
    Outline, Placement
        Corners to a fraction of a pixel; where every line and label stands on the card.
    NoCard
        When nothing in the photo proves to be an e-KTP's data side, with the likeliest reason.
    """
    found = find_outlines(photo, finder, most=1)
    return found if isinstance(found, NoCard) else found[0]


def find_outlines(
    photo: Photo, finder: CardFinder, most: int
) -> list[tuple[Outline, Placement]] | NoCard:
    """Find the e-KTPs in a photo, the main one first. See ``find_outline``."""
    reduced = reduce_photo(photo.pixels)
    found, seen, best = _proven(reduced, finder, most)
    if found:
        return found
    reason = _reason(reduced, seen, best)
    if reason == "too_bright":
        drawn_out = reduce_photo(light.drawn_out(photo.pixels, reduced))
        found, _, better = _proven(drawn_out, finder, most)
        best = max((one for one in (best, better) if one), key=_score_of, default=None)
    return found or NoCard(reason, best.outline.score if best else 0.0)


def _proven(
    reduced: Reduced, finder: CardFinder, most: int
) -> tuple[list[tuple[Outline, Placement]], Seen, Registered | None]:
    """The proven cards in a picture; what the network saw; the best of all, proven or not."""
    looks = list(registered(reduced, finder, most))
    seen = looks[-1][0]
    every = [one for _, found in looks for one in found]
    best = max(every, key=_score_of, default=None)
    proven = [one for one in every if one.proven]
    # Counted as the network sees them: one that is mostly cut off is there, and cannot be judged.
    count = max(sum(card.sure for card in seen.cards), len(proven))
    cards = [
        (replace(one.outline, number=number, of=count), one.placement)
        for number, one in enumerate(proven, start=1)
    ]
    return cards, seen, best


def _score_of(one: Registered) -> float:
    return one.outline.score


@dataclass(frozen=True, eq=False)
class Registered:
    """A card that the network saw, placed.

    ``told`` is what says how right the outline is, ``shown`` what says whether it is an e-KTP,
    ``strain`` how unusual the shifts of its print and the moves of its corners are, ``worth`` how
    well labels, portrait, sides and votes agree with it.
    """

    outline: Outline
    placement: Placement
    told: Float64
    shown: Float64
    strain: float
    worth: float

    @property
    def proven(self) -> bool:
        """Whether its print proves that it is an e-KTP's data side."""
        return self.outline.score >= ACCEPT

    @property
    def doubtless(self) -> bool:
        """Whether nothing asks for another look."""
        well = self.outline.score >= _PROVEN_WELL and self.outline.trust >= _TRUSTED
        return well and self.strain <= _STRAINED


def registered(
    reduced: Reduced, finder: CardFinder, most: int | None = None
) -> Iterator[tuple[Seen, list[Registered]]]:
    """Look closer and closer until something is proven; no further card once ``most`` are.

    Yields
    ------
    Seen
        What a look showed.
    list of Registered
        The cards in it that no look before has shown as well.
    """
    tried: list[FoundCard] = []
    for seen in finder.looks(reduced):
        found: list[Registered] = []
        for card in seen.cards:
            if sum(one.proven for one in found) == most:
                break
            if not any(card is one for one in tried):
                tried.append(card)
                found.append(register(reduced, finder, card))
        yield seen, found
        if any(one.proven for one in found):
            return


def register(reduced: Reduced, finder: CardFinder, card: FoundCard) -> Registered:
    """Follow what the network saw to the outline that is best proven, however well that is."""
    best = _placed(reduced, card, 0.0)
    if best.doubtless or card.ektp <= LOOKS_LIKE:
        return best
    near, far = best, _placed(reduced, card, _FARTHER_MM, thorough=True)
    # With so much room every corner costs less: between these two the trust decides.
    best = _better(near, far, lambda one: one.outline.trust)
    # Print has moved the outline: from there the network may see what it did not see before.
    for last in (far, near) if near.outline.score >= _PROVEN_WELL else (far,):
        before = card
        for _ in range(_AGAIN):
            again = None if best.doubtless else finder.closer(reduced, last.outline.corners_px)
            if again is None or not _is_news(again, before):
                break
            last, before = _placed(reduced, again, 0.0, thorough=True), again
            best = _better(best, last, lambda one: one.worth)
    return best


def _is_news(look: FoundCard, before: FoundCard) -> bool:
    """Whether a look shows the same card, and not in the same place."""
    return SAME_CARD < overlap(look, before) < _SAME_PLACE


def _better(first: Registered, second: Registered, by: Callable[[Registered], float]) -> Registered:
    """The second only where it is proven well, and not less by a measure: chance had two tries."""
    proven = second.outline.score >= _PROVEN_WELL
    worse = first.outline.score >= _PROVEN_WELL and by(second) < by(first)
    return second if proven and not worse else first


def _placed(
    reduced: Reduced, card: FoundCard, farther_mm: float, *, thorough: bool = False
) -> Registered:
    """The best outline whose corners lie no farther off than they may, and ``farther_mm`` more.

    ``thorough``: every hypothesis is followed to its end.
    """
    first: list[Match] = []
    for one in _hypotheses(reduced, card, farther_mm):
        plain = bool(first) and first[0].worth >= _PLAIN and not thorough
        if plain and one.layout is not first[0].layout:
            continue
        same = (match for match in first if match.home.quad is one.quad)
        first.append(glance(reduced, one, next(same, None)))
    best = max(map(_standing, first))
    # A glance leaves it open between two that stand as well: the visible sides decide.
    ways = [follow(reduced, one) for one in first if thorough or _standing(one) > best - _OPEN]
    way = max(ways, key=_worth)
    match = way.match
    evidence = proof.row_evidence(match.view, match.layout, match.face, match.labels)
    correlations = {key: one.correlation for key, one in match.labels.items()}
    shown = proof.features(correlations, evidence, card.spread_mm)
    corners = transform(match.to_photo @ way.placed.correction, CARD_CORNERS_MM)
    states: dict[str, SideState] = {
        side: sides.side_state(way.strips[side], way.edges.get(side)) for side in sides.SIDES
    }
    told = features(
        sum(state == "visible" for state in states.values()),
        way.placed.strain,
        float(match.home.quad.slack_mm.max()),
    )
    outline = Outline(corners, _score(reduced, card, corners, shown), states, trust=trust(told))
    placement, strain = place(match, way.placed), way.placed.strain
    return Registered(outline, placement, told, shown, strain, _worth(way))


def _score(reduced: Reduced, card: FoundCard, corners: Float32, shown: Float64) -> float:
    """How likely it is an e-KTP: its print says, or the network where light has eaten the print."""
    proven = proof.score(shown)
    if card.spread_mm > _KNOWN_MM or card.ektp < _TAKEN_FOR:
        return proven
    return max(proven, card.ektp) if light.burnt(reduced, corners) >= _BURNT_OUT else proven


def _standing(match: Match) -> float:
    """What a glance and the votes for a hypothesis are worth together."""
    return match.worth + _VOTED * match.home.vote


def _worth(way: Way) -> float:
    """What a hypothesis that was followed to its end and the votes for it are worth together."""
    return way.worth + _VOTED * way.match.home.vote


def _hypotheses(reduced: Reduced, card: FoundCard, farther_mm: float) -> list[Hypothesis]:
    """Which layout, and where its block stands; which way up when that is open."""
    quad = Quad(card.corners_px, _slack(reduced, card) + farther_mm)
    voted = vote(reduced, quad)
    if max((one.vote for one in voted), default=0.0) < _SURE_VOTE:
        voted += vote(reduced, quad.turned)
    voted.sort(key=lambda one: -one.vote)
    if not voted or voted[0].vote < _IDLE_VOTE:
        return unread(quad)
    # The other layout in the same place is always a rival: a steep view may favour either.
    twins = [one for one in voted[1:] if one.quad is voted[0].quad]
    rivals = [one for one in voted[1:] if one.vote > voted[0].vote - _RIVAL]
    return [voted[0], *dict.fromkeys([*twins, *rivals[:1]])]


def _slack(reduced: Reduced, card: FoundCard) -> Float64:
    """How far each corner may be off, mm: what lies beyond the frame is only worked out."""
    known = float(np.clip(_SLACK * card.spread_mm**1.5, *_SLACK_MM))
    corners = np.asarray(card.corners_px, np.float64)
    beyond = np.linalg.norm(corners - np.clip(corners, 0, reduced.size_px), axis=1)
    px_per_mm = float(np.linalg.norm(corners[1] - corners[0])) / CARD_WIDTH_MM
    return np.asarray(known + _BEYOND * beyond / max(px_per_mm, 1e-6), np.float64)


def _reason(reduced: Reduced, seen: Seen, best: Registered | None) -> str:
    """Why nothing proved to be an e-KTP: the likeliest guidance id."""
    if (out_of_light := light.fault(reduced)) is not None:
        return out_of_light
    # Looked at closely, what is there may look like nothing any more.
    like = any(card.sure or card.ektp > LOOKS_LIKE for card in seen.cards)
    if best is not None and like and seen.subjects["ektp"] > LOOKS_LIKE:
        # A card whose print says something else, or one that could not be made out.
        return "not_ektp" if best.shown[0] < _DISPROVEN else "low_edge_contrast"
    return max(("wrong_side", "not_ektp", "no_card"), key=lambda one: seen.subjects[one])
