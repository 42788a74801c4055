"""The flow: from a photo to a report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any, Final

from ktpcheck.cause import attribute
from ktpcheck.consistency import check_consistency
from ktpcheck.defects import find_defects
from ktpcheck.engines import Engine
from ktpcheck.engines.card import CardReader
from ktpcheck.fields import FIELDS, REQUIRED
from ktpcheck.guidance import GUIDES
from ktpcheck.legibility import KINDS, STRICTNESS, LegibilityModel, judge
from ktpcheck.measures import FaultNetwork, measure
from ktpcheck.outline import CardFinder
from ktpcheck.place import locate
from ktpcheck.portrait import crop_portrait, ground_colour
from ktpcheck.read import Readers, read
from ktpcheck.records import Check, NoCard, Outline, Photo, Placement, Report
from ktpcheck.rectify import rectify
from ktpcheck.register import find_outlines
from ktpcheck.shots import MOST_SHOTS, JointReport, join
from ktpcheck.verdict import decide, without_card

#: Cards of one photo that are judged: a table full of them is no photo of a card.
MOST_CARDS: Final = 12


class Checker:
    """From a photo to a verdict.

    Holds what is loaded once. Calling it changes nothing in it: threads may share one.

    Parameters
    ----------
    engine : {'ppocr', 'paddleocr'} or Engine
        The general reader, by name or ready made. It is asked where ktpcheck's own reader is in
        doubt, and always for the NIK.
    require : sequence of str
        Keys of ``FIELDS`` that must be readable.
    reference : datetime.date, optional
        The day that ages and validity are judged on; by default the day of the call.
    guide : str, optional
        Add what a given service's users should know; a key of ``GUIDES``.
    strictness : {'low', 'normal', 'high'}
        How sure "readable" has to be; the rates are in the README.
    engine_options : mapping, optional
        Keyword arguments of the engine.

    Raises
    ------
    ValueError
        If a required key, the engine, the guide or the strictness is unknown.
    ModelMissing, ModelMismatch
        If the engine's weights are not there or not those of the manifest.
    """

    def __init__(
        self,
        *,
        engine: str | Engine = "ppocr",
        require: Sequence[str] = REQUIRED,
        reference: date | None = None,
        guide: str | None = None,
        strictness: str = "normal",
        engine_options: Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(require, str) or not require:
            raise ValueError("name the required fields, at least one")
        unknown = [key for key in require if key not in FIELDS]
        if unknown:
            raise ValueError(f"unknown fields: {', '.join(unknown)}")
        if guide is not None and guide not in GUIDES:
            raise ValueError(f"unknown guide: {guide}")
        if strictness not in STRICTNESS:
            raise ValueError(f"unknown strictness: {strictness}")
        second = _engine(engine, dict(engine_options or {})) if isinstance(engine, str) else engine
        self._finder = CardFinder()
        self._readers = Readers(CardReader(), second)
        self._look = FaultNetwork()
        self._require = tuple(require)
        self._reference = reference
        self._guide = guide
        self._strictness = strictness
        self._legibility = LegibilityModel.load()
        self._models = {
            **self._finder.models,
            **self._readers.first.models,
            **second.models,
            **self._look.models,
            **self._legibility.models,
        }

    def __call__(self, photo: Photo) -> Report:
        """Judge one photo.

        Parameters
        ----------
        photo : Photo

        Returns
        -------
        Report
            Also for a photo without a card: that is a result, not an error.

        Raises
        ------
        EngineError
            If the engine fails.
        """
        return self._judged(photo, most=1)[0]

    def every(self, photo: Photo) -> list[Report]:
        """Judge every e-KTP in one photo.

        Parameters
        ----------
        photo : Photo

        Returns
        -------
        list of Report
            The most prominent card first; one report that says so when there is none.

        Raises
        ------
        EngineError
            If the engine fails.
        """
        return self._judged(photo, most=MOST_CARDS)

    def _judged(self, photo: Photo, most: int) -> list[Report]:
        elapsed: dict[str, float] = {}
        start = time.perf_counter()
        with _timed(elapsed, "outline"):
            found = find_outlines(photo, self._finder, most)
        if isinstance(found, NoCard):
            elapsed["total"] = _since(start)
            return [without_card(photo, found, self._models, elapsed, self._guide)]
        reports = []
        for outline, placement in found:
            reports.append(self._report(photo, outline, placement, elapsed, start))
            # The search is counted once.
            elapsed, start = {}, time.perf_counter()
        return reports

    def _report(
        self,
        photo: Photo,
        outline: Outline,
        placement: Placement,
        elapsed: dict[str, float],
        start: float,
    ) -> Report:
        with _timed(elapsed, "rectify"):
            card = rectify(photo, outline, placement)
        with _timed(elapsed, "read"):
            readings = read(card, self._readers)
        with _timed(elapsed, "measure"):
            regions = {key: reading.boxes for key, reading in readings.items() if reading.boxes}
            measures = measure(photo, card, regions, self._look(card, regions))
        with _timed(elapsed, "portrait"):
            portrait = crop_portrait(photo, card)
        with _timed(elapsed, "decide"):
            findings = attribute(find_defects(card, measures, readings))
            findings = locate(findings, measures, readings, card)
            checks = check_consistency(
                {key: reading.text for key, reading in readings.items() if reading.text},
                reference=self._reference or date.today(),
                portrait_ground=ground_colour(card),
            )
            legibility = judge(
                self._legibility,
                readings,
                measures,
                findings,
                checks,
                outline.trust,
                self._strictness,
            )
            decision = decide(self._require, legibility, findings, checks, self._guide)
        elapsed["total"] = _since(start)
        return Report(
            photo=photo,
            outline=outline,
            card=card,
            readings=readings,
            measures=measures,
            findings=findings,
            checks=checks,
            decision=decision,
            portrait=portrait,
            models=self._models,
            elapsed_ms=elapsed,
        )

    def compare(self, photos: Sequence[Photo]) -> JointReport:
        """Judge several photos of one card together.

        Parameters
        ----------
        photos : sequence of Photo
            One to ``shots.MOST_SHOTS``; their order decides nothing.

        Returns
        -------
        JointReport
            Photos of different cards are refused: that, too, is a result.

        Raises
        ------
        ValueError
            If there is no photo, or too many.
        EngineError
            If the engine fails.
        """
        if not 1 <= len(photos) <= MOST_SHOTS:
            raise ValueError(f"give 1 to {MOST_SHOTS} photos, not {len(photos)}")
        return self.join([self(photo) for photo in photos])

    def join(self, reports: Sequence[Report]) -> JointReport:
        """Judge together what was judged alone: `compare` for reports that are there already.

        Parameters
        ----------
        reports : sequence of Report
            Of this checker, one to ``shots.MOST_SHOTS``.

        Returns
        -------
        JointReport
        """
        start = time.perf_counter()
        limits = self._legibility.limits[self._strictness]
        grounds = {ground_colour(report.card) for report in reports if report.card} - {None}

        def check(texts: Mapping[str, str]) -> Sequence[Check]:
            return check_consistency(
                texts,
                reference=self._reference or date.today(),
                portrait_ground=grounds.copy().pop() if len(grounds) == 1 else None,
            )

        joint = join(
            reports,
            require=self._require,
            limits={key: limits[KINDS[key]] for key in FIELDS},
            check=check,
            guide=self._guide,
        )
        alone = sum(report.elapsed_ms.get("total", 0.0) for report in reports)
        together = _since(start)
        return replace(joint, elapsed_ms={"join": together, "total": alone + together})


def _engine(name: str, options: Mapping[str, Any]) -> Engine:
    """An engine by name; its room is only opened when it is asked for."""
    if name == "ppocr":
        from ktpcheck.engines.ppocr import PpOcr

        return PpOcr(**options)
    if name == "paddleocr":
        from ktpcheck.engines.paddle import PaddleOcr

        return PaddleOcr(**options)
    raise ValueError(f"unknown engine: {name}")


def _since(start: float) -> float:
    return 1000 * (time.perf_counter() - start)


@contextmanager
def _timed(elapsed: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    elapsed[stage] = _since(start)
