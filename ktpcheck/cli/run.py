"""The run through the files: each is decoded, judged, and let out by the door."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import click

from ktpcheck.cli.door import Door
from ktpcheck.cli.inputs import File
from ktpcheck.errors import KtpcheckError
from ktpcheck.photo import Limits, load_photos, shown_name
from ktpcheck.records import Photo, Report
from ktpcheck.shots import MOST_SHOTS, JointReport


class Judge(Protocol):
    """What judges a photo, and several of one card together: a ``Checker``."""

    def __call__(self, photo: Photo) -> Report: ...

    def every(self, photo: Photo) -> list[Report]: ...

    def join(self, reports: Sequence[Report]) -> JointReport: ...


class _Opening:
    """A checker that is opened for the first photo that could be decoded.

    A folder of damaged files loads no model; what kept it from opening holds for every photo.
    """

    def __init__(self, open_checker: Callable[[], Judge]) -> None:
        self._open = open_checker
        self._error: KtpcheckError | None = None
        self._checker: Judge | None = None

    def __call__(self) -> Judge:
        if self._error:
            raise self._error
        if self._checker is None:
            try:
                self._checker = self._open()
            except KtpcheckError as error:
                self._error = error
                raise
        return self._checker


def run_checks(
    door: Door,
    files: Iterable[File],
    limits: Limits,
    open_checker: Callable[[], Judge],
    *,
    every_card: bool = False,
) -> None:
    """Check file after file; whatever happens to one, the next gets its turn."""
    for report in _judged(door, files, limits, _Opening(open_checker), every_card):
        door.take(report)


def run_same_card(
    door: Door,
    files: Sequence[File],
    limits: Limits,
    open_checker: Callable[[], Judge],
) -> None:
    """Check all files as shots of one card; one that cannot be judged leaves the others.

    Raises
    ------
    click.UsageError
        If there are too few pictures, or too many.
    """
    too_many = click.UsageError(f"--same-card takes at most {MOST_SHOTS} photos.")
    if len(files) > MOST_SHOTS:
        raise too_many
    checker = _Opening(open_checker)
    reports = []
    for report in _judged(door, files, limits, checker):
        reports.append(report)
        if len(reports) > MOST_SHOTS:
            raise too_many
    if len(reports) + door.failed < 2:
        raise click.UsageError("--same-card needs at least two photos of the card.")
    if not reports:
        return
    try:
        joint = checker().join(reports)
    except Exception as error:
        door.take_crash(reports[0].photo.name, error)
    else:
        door.take_joint(joint)


def _judged(
    door: Door,
    files: Iterable[File],
    limits: Limits,
    checker: Callable[[], Judge],
    every_card: bool = False,
) -> Iterator[Report]:
    """Every report; whatever went wrong goes to the door."""
    for file in files:
        name = shown_name(file.name)
        for loaded in _load(file, limits):
            if isinstance(loaded, KtpcheckError):
                door.take_error(name, loaded)
                continue
            photo, decode_ms = loaded
            try:
                reports = checker().every(photo) if every_card else [checker()(photo)]
            except KtpcheckError as error:
                door.take_error(name, error)
            except Exception as error:
                door.take_crash(name, error)
            else:
                yield _with_decoding(reports[0], decode_ms)
                yield from reports[1:]
        door.advance()


def _load(file: File, limits: Limits) -> Iterator[tuple[Photo, float] | KtpcheckError]:
    """Every picture of a file and the milliseconds it took, then what went wrong, if anything."""
    if file.error:
        yield file.error
        return
    source = file.path or sys.stdin.buffer
    pages = load_photos(source, name=file.name, limits=limits)
    while True:
        start = time.perf_counter()
        try:
            photo = next(pages)
        except StopIteration:
            return
        except KtpcheckError as error:
            yield error
            return
        yield photo, 1000 * (time.perf_counter() - start)


def _with_decoding(report: Report, decode_ms: float) -> Report:
    elapsed = {"decode": decode_ms, **report.elapsed_ms}
    if "total" in elapsed:
        elapsed["total"] += decode_ms
    return replace(report, elapsed_ms=elapsed)
