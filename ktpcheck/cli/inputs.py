"""What to check: files as the user named them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ktpcheck.errors import PhotoError, PhotoUnreadable
from ktpcheck.render.words import printable


@dataclass(frozen=True)
class File:
    """One thing to check: a path, standard input (no path), or what is wrong with it."""

    name: str
    path: Path | None = None
    error: PhotoError | None = None


def find_files(names: Iterable[str], suffixes: Collection[str]) -> Iterator[File]:
    """Files as the user named them; folders are searched, every file comes once.

    Parameters
    ----------
    names : iterable of str
        Paths, or - for standard input.
    suffixes : collection of str
        What a folder is searched for, lower case; a file that is named is taken as it is.

    Yields
    ------
    File
        In the order given, folders sorted. A path that is not there comes too: loading it fails
        with the reason.
    """
    seen: set[str] = set()
    for name in names:
        if name == "-":
            yield File("stdin")
        elif Path(name).is_dir():
            found = False
            for file in _walk(Path(name)):
                if file.error is None and Path(file.name).suffix.lower() not in suffixes:
                    continue
                found = True
                if _first_time(file.name, seen):
                    yield file
            if not found:
                kinds = " ".join(sorted(suffix[1:] for suffix in suffixes))
                yield File(
                    name,
                    error=PhotoUnreadable(
                        printable(name),
                        "there are no photos in this folder",
                        f"Name the photos themselves, or a folder that holds some ({kinds}).",
                    ),
                )
        elif _first_time(name, seen):
            yield File(name, Path(name))


def _walk(folder: Path) -> Iterator[File]:
    """Everything below a folder but hidden files (a Mac leaves some beside every photo)."""
    refused: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=refused.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                path = Path(here) / name
                yield File(str(path), path)
    for error in refused:
        name = str(error.filename)
        yield File(
            name,
            error=PhotoUnreadable(
                printable(name), "this folder cannot be searched", "Allow reading it."
            ),
        )


def _first_time(name: str, seen: set[str]) -> bool:
    real = os.path.realpath(name)
    if real in seen:
        return False
    seen.add(real)
    return True
