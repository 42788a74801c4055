"""Files for the owner alone: what is written holds somebody's identity card."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

_OWNER_ONLY_DIR: Final = 0o700
_LONGEST_STEM: Final = 80
#: Names Windows keeps for devices, whatever the suffix.
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


class WriteRefused(Exception):
    """A file must not be written there; the message says why, without a full stop."""


class Inputs:
    """The files a run reads: none of them may be written to.

    Parameters
    ----------
    paths : iterable of Path
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._identities = {identity for path in paths if (identity := _identity(path))}

    def __contains__(self, path: object) -> bool:
        return isinstance(path, Path) and _identity(path) in self._identities


@contextmanager
def private_file(path: Path, inputs: Inputs) -> Iterator[IO[bytes]]:
    """Write a file that only its owner may read, whole or not at all.

    Parameters
    ----------
    path : Path
        An existing regular file is replaced; its directory must exist.
    inputs : Inputs
        Files that must survive.

    Yields
    ------
    file object
        Binary, writable.

    Raises
    ------
    WriteRefused
        If the path is an input, or something else than a regular file.
    OSError
        If the file cannot be written.
    """
    check_writable(path, inputs)
    # Created 0600 from the start (mkstemp) and moved into place: no moment at which others may
    # read it, no half-written page, and an older file's wider mode is not inherited.
    handle, temporary = tempfile.mkstemp(prefix=".ktpcheck-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def check_writable(path: Path, inputs: Inputs) -> None:
    """Raise `WriteRefused` where `private_file` would refuse, before any work is done."""
    if path in inputs:
        raise WriteRefused("this file is one of the photos to check")
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise WriteRefused(f"the folder {path.parent} does not exist") from None
        return
    if stat.S_ISLNK(mode):
        # Following it could write into a place somebody else chose.
        raise WriteRefused("this is a link; name the file itself")
    if stat.S_ISDIR(mode):
        raise WriteRefused("this is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise WriteRefused("this is not a regular file")


def private_directory(path: Path) -> None:
    """Make a directory, and those above it, for the owner alone; leave existing ones as they are.

    Raises
    ------
    WriteRefused
        If something else than a directory is there.
    OSError
        If it cannot be made.
    """
    missing = []
    at = path
    while not at.exists():
        missing.append(at)
        at = at.parent
    if not at.is_dir():
        raise WriteRefused(f"{at} is not a folder")
    for directory in reversed(missing):
        directory.mkdir(mode=_OWNER_ONLY_DIR, exist_ok=True)


class Names:
    """Names for the files made from photos: safe everywhere, none given twice.

    Parameters
    ----------
    directory : Path
    ending : str
        What follows the photo's name, such as ``.card.png``.
    inputs : Inputs
        Files whose names are not given away.
    """

    def __init__(self, directory: Path, ending: str, inputs: Inputs) -> None:
        self._directory = directory
        self._ending = ending
        self._inputs = inputs
        self._given: set[str] = set()

    def path_for(self, name: str, page: int | None) -> Path:
        """A path for a photo.

        Parameters
        ----------
        name : str
            The photo's name, folders and all.
        page : int or None
            Counted from 1.
        """
        stem = safe_stem(name) + ("" if page is None else f".p{page}")
        number = 1
        while True:
            suffix = "" if number == 1 else f"-{number}"
            file = f"{stem}{suffix}{self._ending}"
            path = self._directory / file
            # Case folded: A.jpg and a.jpg are one file on some systems.
            if file.casefold() not in self._given and path not in self._inputs:
                self._given.add(file.casefold())
                return path
            number += 1


def safe_stem(name: str) -> str:
    """The last part of a name without its suffix, fit for any file system.

    Letters and digits of any script stay; separators, controls, leading dots and dashes go.
    """
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", last)
    stem = unicodedata.normalize("NFC", stem.encode("utf-8", "replace").decode("utf-8"))
    stem = re.sub(r"[^\w.-]+", "_", stem)[:_LONGEST_STEM].strip("._-")
    # File systems count bytes: a name may take four a letter.
    stem = stem.encode("utf-8")[: 2 * _LONGEST_STEM].decode("utf-8", "ignore")
    if not stem or _RESERVED.fullmatch(stem.split(".")[0]):
        stem = f"photo_{stem}".rstrip("_")
    return stem


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file a path leads to: device and inode, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
