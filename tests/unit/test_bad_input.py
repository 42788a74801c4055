"""Every bad input gives its error, every odd one decodes, and none leaves a trace."""

import logging
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from ktpcheck.errors import PhotoError
from ktpcheck.photo import Limits, load_photos
from tests.e2e.bad_input import BAD_INPUTS, BadInput


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Neither a warning nor a log line escapes a decoder."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


def test_there_are_more_than_fifty_kinds() -> None:
    kinds = {row.id for row in BAD_INPUTS if not row.id.startswith("cut_")}
    assert len(kinds) >= 55
    assert len({row.id for row in BAD_INPUTS}) == len(BAD_INPUTS)
    assert len({row.file_name for row in BAD_INPUTS}) == len(BAD_INPUTS)


@pytest.mark.parametrize("row", BAD_INPUTS, ids=lambda row: row.id)
def test_bad_input(row: BadInput, folder: Path) -> None:
    if not row.possible():
        pytest.skip("this system cannot make such a file")
    path = folder / row.file_name
    row.write(path)
    threads = threading.active_count()
    if row.expected is None:
        photos = list(load_photos(path))
        assert photos[0].pixels.shape == (*row.shape, 3)
        assert len({photo.page for photo in photos}) == len(photos)
        return
    with pytest.raises(PhotoError) as caught:
        list(load_photos(path))
    error = caught.value
    assert type(error) is row.expected
    # One line that names the file and ends in a remedy; no cause hangs on that quotes the data.
    assert str(error).isprintable()
    assert str(error).startswith(error.subject + ": ")
    assert Path(row.file_name).suffix in error.subject
    assert str(folder) not in str(error)
    assert error.remedy.endswith(".")
    assert not error.reason.endswith(".")
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert threading.active_count() == threads


def test_limits_move(tmp_path: Path) -> None:
    for row in BAD_INPUTS:
        if row.id in ("huge_png", "tiff_many_pages", "too_long"):
            path = tmp_path / row.file_name
            row.write(path)
            roomy = Limits(max_pixels=10**12, max_side_px=10**6, max_pages=500)
            if row.id == "huge_png":
                with pytest.raises(PhotoError, match="damaged"):
                    list(load_photos(path, limits=roomy))
            else:
                assert list(load_photos(path, limits=roomy))
