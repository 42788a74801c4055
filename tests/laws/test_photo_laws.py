"""Laws of loading: nothing but PhotoError escapes, and no partial picture does."""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ktpcheck.errors import PhotoError
from ktpcheck.photo import Limits, load_photo, load_photos, shown_name
from ktpcheck.photo.pixels import exif_orientation, turn
from tests.e2e.bad_input import encode, exif_block, picture, simple_pdf
from tests.e2e.heic import encode_heic

WHOLE = {
    "jpeg": encode("JPEG", exif=exif_block(6)),
    "progressive": encode("JPEG", progressive=True),
    "png": encode("PNG"),
    "webp": encode("WEBP"),
    "tiff": encode("TIFF", compression="tiff_lzw"),
    "avif": encode("AVIF"),
    "heic": encode_heic(picture(96, 64)),
    "gif": encode("GIF"),
    "bmp": encode("BMP"),
    "pdf": simple_pdf(),
}
LIMITS = Limits(max_bytes=1 << 20, max_pixels=1 << 20, max_pages=5)
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", WHOLE)
@quick
@given(data=st.data())
def test_a_cut_file_is_refused_or_lacks_no_pixel(kind: str, data: st.DataObject) -> None:
    whole = WHOLE[kind]
    length = data.draw(
        st.integers(0, len(whole) - 1) | st.integers(len(whole) - 40, len(whole) - 1)
    )
    try:
        photo = load_photo(whole[:length], limits=LIMITS)
    except PhotoError:
        return
    # What comes last holds no pixels: PNG's checksum and end chunk, a GIF's trailer.
    assert length >= len(whole) - 40
    assert np.array_equal(photo.pixels, load_photo(whole).pixels)


@pytest.mark.parametrize("kind", WHOLE)
@quick
@given(data=st.data())
def test_damage_raises_photo_errors_only(kind: str, data: st.DataObject) -> None:
    damaged = bytearray(WHOLE[kind])
    # Early bytes are the ones that steer decoders.
    place = st.one_of(st.integers(0, 300), st.integers(0, len(damaged) - 1))
    for at, value in data.draw(st.lists(st.tuples(place, st.integers(0, 255)), max_size=6)):
        damaged[at % len(damaged)] = value
    try:
        for photo in load_photos(bytes(damaged), limits=LIMITS):
            assert photo.pixels.ndim == 3
            assert photo.pixels.dtype == np.uint8
            assert photo.width_px * photo.height_px <= LIMITS.max_pixels
    except PhotoError:
        pass


@quick
@given(
    head=st.sampled_from(
        [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBPVP8L", b"II*\0",
         b"MM\0*", b"GIF89a", b"BM", b"%PDF-1.4\n", b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypavif"]
    ),
    tail=st.binary(max_size=400),
)  # fmt: skip
def test_any_bytes_raise_photo_errors_only(head: bytes, tail: bytes) -> None:
    try:
        photos = list(load_photos(head + tail, limits=LIMITS))
    except PhotoError:
        return
    assert photos


@quick
@given(exif=st.binary(max_size=80), order=st.sampled_from([b"II*\0", b"MM\0*", b""]))
def test_any_exif_has_an_orientation(exif: bytes, order: bytes) -> None:
    assert exif_orientation(b"Exif\0\0" + order + exif) in range(1, 9)


@given(st.integers(0, 65535), st.sampled_from("<>"))
def test_only_the_eight_orientations_count(value: int, order: str) -> None:
    assert exif_orientation(exif_block(value, order)) == (value if 1 <= value <= 8 else 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_there_and_back(orientation: int) -> None:
    back = {6: 8, 8: 6}.get(orientation, orientation)
    assert np.array_equal(turn(turn(picture(), orientation), back), picture())


@quick
@given(
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    kind=st.sampled_from(["PNG", "TIFF", "BMP", "WEBP"]),
    seed=st.integers(0, 99),
)
def test_lossless_formats_keep_every_pixel(width: int, height: int, kind: str, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **({"lossless": True} if kind == "WEBP" else {}))
    assert np.array_equal(load_photo(buffer.getvalue()).pixels, pixels)


@given(st.text())
def test_names_are_safe_to_show(name: str) -> None:
    shown = shown_name(name)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert len(shown.splitlines()) <= 1
    assert shown_name(shown) == shown
