"""Photos: formats, modes, orientation, names, limits."""

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from ktpcheck.errors import PhotoTooLarge, PhotoUnreadable
from ktpcheck.photo import SUFFIXES, Limits, load_photo, load_photos, shown_name
from tests.e2e import bad_input
from tests.e2e.bad_input import HEIGHT, WIDTH, encode, exif_block, pdf_page, picture
from tests.e2e.heic import encode_heic

FULL = b"q 160 0 0 100 0 0 cm /P Do Q"


def far(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference, in levels."""
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize(
    ("kind", "container", "options", "levels"),
    [
        ("PNG", "PNG", {}, 0),
        ("BMP", "BMP", {}, 0),
        ("TIFF", "TIFF", {}, 0),
        ("TIFF", "TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", "TIFF", {"compression": "jpeg", "quality": 95}, 4),
        ("WEBP", "WEBP", {"lossless": True}, 0),
        ("WEBP", "WEBP", {"quality": 95}, 8),
        ("AVIF", "AVIF", {"quality": 95}, 5),
        ("JPEG", "JPEG", {"quality": 95}, 5),
        ("JPEG", "JPEG", {"quality": 95, "progressive": True}, 5),
        ("JPEG", "JPEG", {"quality": 95, "subsampling": 0}, 4),
        ("GIF", "GIF", {}, 16),
        ("PDF", "PDF", {"quality": 95}, 5),
    ],
)
def test_formats(kind: str, container: str, options: dict[str, object], levels: float) -> None:
    photo = load_photo(encode(kind, **options))
    assert photo.format == container
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags.c_contiguous
    assert far(photo.pixels, picture()) <= levels


def test_jpeg_is_what_pillow_decodes() -> None:
    for options in ({}, {"progressive": True}, {"subsampling": 1}, {"quality": 20}):
        data = encode("JPEG", **options)
        expected = np.asarray(Image.open(io.BytesIO(data)))
        assert np.abs(load_photo(data).pixels.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(kind: str, order: str, orientation: int) -> None:
    exif = exif_block(orientation, order)
    options = {"exif": exif if kind != "TIFF" else _as_exif(exif)}
    data = encode(kind, **options)
    # Pillow's own transposition is the independent witness.
    names = [None, 0, 3, 1, 5, 4, 6, 2]
    turned = names[orientation - 1]
    shown = Image.fromarray(picture())
    if turned is not None:
        shown = shown.transpose(Image.Transpose(turned))
    assert far(load_photo(data).pixels, np.asarray(shown)) < 10


def _as_exif(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block)
    return exif


@pytest.mark.parametrize("turns", range(4))
def test_heic_arrives_upright_and_is_not_turned_again(turns: int) -> None:
    # A phone writes the turn twice: in the container, which counts, and as EXIF, which must not.
    own = cv2.GaussianBlur(picture(96, 64), (0, 0), 2)
    exif = exif_block({0: 1, 1: 8, 2: 3, 3: 6}[turns])
    for block in (None, exif):
        photo = load_photo(encode_heic(own, quarter_turns=turns, exif=block))
        assert photo.format == "HEIF"
        assert np.abs(photo.pixels.astype(int) - np.rot90(own, turns)).max() <= 6


def test_orientation_may_be_a_long() -> None:
    photo = load_photo(encode("JPEG", exif=exif_block(6, kind=4)))
    assert (photo.height_px, photo.width_px) == (WIDTH, HEIGHT)


def test_orientation_inside_a_thumbnail_or_second_block_does_not_count() -> None:
    data = encode("JPEG", exif=exif_block(6))
    # A second EXIF block right behind the first, with another opinion.
    block = exif_block(3)
    second = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    at = data.index(b"\xff\xdb")
    doubled = load_photo(data[:at] + second + data[at:])
    assert np.array_equal(doubled.pixels, load_photo(data).pixels)


def test_grey_and_bilevel() -> None:
    grey = np.asarray(Image.fromarray(picture()).convert("L"))
    for kind in ("PNG", "TIFF", "BMP"):
        pixels = load_photo(encode(kind, Image.fromarray(grey))).pixels
        assert all(np.array_equal(pixels[..., c], grey) for c in range(3))
    bits = Image.fromarray(grey > 128)
    for kind in ("PNG", "TIFF"):
        assert set(np.unique(load_photo(encode(kind, bits)).pixels)) == {0, 255}


def test_sixteen_bits_keep_the_upper_eight() -> None:
    grey = np.asarray(Image.fromarray(picture()).convert("L"))
    deep = grey.astype(np.uint16) << 8 | 0x7F
    for kind in ("PNG", "TIFF"):
        assert np.array_equal(load_photo(encode(kind, Image.fromarray(deep))).pixels[..., 1], grey)
    rgb = (picture().astype(np.uint16) << 8 | 0x7F)[..., ::-1]
    for suffix in (".png", ".tiff"):
        done, data = cv2.imencode(suffix, rgb)
        assert done
        assert np.array_equal(load_photo(data.tobytes()).pixels, picture())


def test_white_is_zero_tiff() -> None:
    deep = np.full((8, 8), 1000, "<u2")
    rows = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 0)]
    rows += [(273, 4, 1, 122), (277, 3, 1, 1), (278, 4, 1, 8), (279, 4, 1, 128)]
    pixels = load_photo(bad_input.tiff(rows, 0, deep.tobytes())).pixels
    assert (pixels == 255 - (1000 >> 8)).all()


@pytest.mark.parametrize("full", [1.0, 255.0, 65535.0])
def test_float_tiff_takes_its_scale_from_its_values(full: float) -> None:
    ramp = np.linspace(0, full, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
    ramp[0, 0] = np.nan
    pixels = load_photo(encode("TIFF", Image.fromarray(ramp))).pixels
    assert pixels[0, 0, 0] == 0
    assert pixels[-1, -1, 0] == 255
    assert abs(int(pixels[HEIGHT // 2, 0, 0]) - 128) <= 1


def test_transparency_lies_on_white() -> None:
    rgb = picture()
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[:, : WIDTH // 2] = 255
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        pixels = load_photo(
            encode(kind, Image.fromarray(np.dstack([rgb, alpha])), **options)
        ).pixels
        assert np.array_equal(pixels[:, : WIDTH // 2], rgb[:, : WIDTH // 2])
        assert (pixels[:, WIDTH // 2 :] == 255).all()


def test_palette_with_transparency() -> None:
    image = Image.new("P", (4, 2))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putdata([0, 1, 0, 1, 0, 1, 0, 1])
    opaque = load_photo(encode("PNG", image)).pixels
    assert opaque[0, :2].tolist() == [[10, 20, 30], [200, 100, 50]]
    clear = load_photo(encode("PNG", image, transparency=1)).pixels
    assert clear[0, :2].tolist() == [[10, 20, 30], [255, 255, 255]]


def test_cmyk() -> None:
    # Ink that Pillow's and Adobe's conventions agree on: none, and all black.
    inks = np.zeros((16, 32, 4), np.uint8)
    inks[:, 16:, 3] = 255
    image = Image.frombytes("CMYK", (32, 16), inks.tobytes())
    for kind, options in (("JPEG", {"quality": 98}), ("TIFF", {})):
        pixels = load_photo(encode(kind, image, **options)).pixels
        assert pixels[:, :14].min() > 250, kind
        assert pixels[:, 18:].max() < 5, kind


def test_broken_profile_of_cmyk_is_ignored() -> None:
    image = Image.fromarray(picture()).convert("CMYK")
    plain, odd = (
        load_photo(encode("TIFF", image, **o)) for o in ({}, {"icc_profile": b"nonsense"})
    )
    assert np.array_equal(plain.pixels, odd.pixels)


def test_profile_of_rgb_is_not_applied() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(load_photo(encode("PNG", icc_profile=profile)).pixels, picture())


def test_lab_tiff_is_neutral_where_it_says_so() -> None:
    pixels = load_photo(encode("TIFF", Image.new("LAB", (8, 8), (128, 128, 128)))).pixels
    assert np.ptp(pixels[0, 0].astype(int)) <= 2
    assert 110 < pixels[0, 0, 0] < 130


def test_animation_gives_its_first_picture() -> None:
    for kind, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {}), ("MPO", {})):
        photos = list(load_photos(bad_input.animated(kind, **options)))
        assert len(photos) == 1
        assert photos[0].page is None
        assert far(photos[0].pixels, picture()) < 17


def test_pages_of_a_tiff() -> None:
    photos = list(load_photos(bad_input.animated("TIFF")))
    assert [photo.page for photo in photos] == [1, 2, 3]
    assert np.array_equal(photos[0].pixels, picture())
    assert np.array_equal(photos[1].pixels, 255 - picture())
    assert np.array_equal(photos[2].pixels, picture()[::-1, ::-1])


def test_pages_of_a_pdf() -> None:
    first, *rest = bad_input.frames()
    data = encode("PDF", first, save_all=True, append_images=rest, quality=95)
    photos = list(load_photos(data, name="scan.pdf"))
    assert [(p.page, p.name, p.format) for p in photos] == [
        (n, "scan.pdf", "PDF") for n in (1, 2, 3)
    ]
    assert far(photos[1].pixels, 255 - picture()) < 5
    assert load_photo(data).page == 1
    with pytest.raises(PhotoTooLarge, match="more than 2 pages"):
        list(load_photos(data, limits=Limits(max_pages=2)))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pdf_page_rotation(degrees: int) -> None:
    data = encode("JPEG", quality=90)
    photo = load_photo(pdf_page(FULL, data, page=b"/Rotate %d" % degrees))
    assert np.array_equal(photo.pixels, np.rot90(load_photo(data).pixels, -degrees // 90))


def test_pdf_picture_turned_or_mirrored_on_the_page() -> None:
    data = encode("JPEG", quality=90)
    own = load_photo(data).pixels
    turned = load_photo(pdf_page(b"q 0 160 -100 0 100 0 cm /P Do Q", data, box=(100, 160)))
    assert np.array_equal(turned.pixels, np.rot90(own))
    mirrored = load_photo(pdf_page(b"q -160 0 0 100 160 0 cm /P Do Q", data))
    assert np.array_equal(mirrored.pixels, own[:, ::-1])


def test_pdf_ignores_exif_of_its_pictures() -> None:
    # As PDF viewers do.
    data = encode("JPEG", quality=90, exif=exif_block(6))
    assert load_photo(pdf_page(FULL, data)).pixels.shape == (HEIGHT, WIDTH, 3)


def test_pdf_picture_alone_on_a_large_page_is_native() -> None:
    data = encode("JPEG", quality=90)
    page = pdf_page(b"q 160 0 0 100 200 300 cm /P Do Q", data, box=(595, 842))
    assert np.array_equal(load_photo(page).pixels, load_photo(data).pixels)


def test_pdf_overlay_is_shown() -> None:
    # A black bar drawn over the picture must not be lifted off.
    page = pdf_page(FULL + b" 0 0 0 rg 60 40 50 6 re f", encode("JPEG"))
    pixels = load_photo(page).pixels
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert pixels[HEIGHT - 92 : HEIGHT - 80, 122:218].max() == 0


def test_pdf_clip_is_shown() -> None:
    page = pdf_page(b"q 0 0 80 100 re W n 160 0 0 100 0 0 cm /P Do Q", encode("JPEG"))
    assert (load_photo(page).pixels[:, WIDTH // 2 + 2 :] == 255).all()


def test_pdf_without_pictures_is_drawn_at_300_dpi() -> None:
    page = pdf_page(b"0 0 0 rg 10 10 20 20 re f", encode("JPEG"), box=(72, 144))
    pixels = load_photo(page).pixels
    assert pixels.shape == (600, 300, 3)
    assert pixels.min() == 0
    assert load_photo(page, limits=Limits(max_pixels=10_000)).pixels.size <= 30_000


def test_limits_come_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(cv2, "imdecode", never)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    small = Limits(max_pixels=WIDTH * HEIGHT - 1)
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF", "BMP", "PDF"):
        with pytest.raises(PhotoTooLarge, match="320 x 200"):
            load_photo(encode(kind), limits=small)
    with pytest.raises(PhotoTooLarge, match="MiB"):
        load_photo(encode("PNG"), limits=Limits(max_bytes=1000))


def test_a_large_tiff_does_not_warn(recwarn: pytest.WarningsRecorder) -> None:
    # Over the size from which Pillow warns of decompression bombs, under our limit.
    data = encode("TIFF", Image.new("1", (10_000, 9_000)), compression="group4")
    assert load_photo(data).width_px == 10_000
    assert not recwarn.list


def test_endless_stream_is_not_read_to_its_end() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += min(size, 1000)
            return bytes(min(size, 1000))

    stream = Endless()
    with pytest.raises(PhotoTooLarge):
        load_photo(stream, limits=Limits(max_bytes=50_000))
    assert stream.taken == 50_001


def test_sources_agree(tmp_path: Path) -> None:
    data = encode("PNG")
    path = tmp_path / "kartu.png"
    path.write_bytes(data)
    with path.open("rb") as file:
        photos = [load_photo(s) for s in (path, str(path), data, bytearray(data), memoryview(data))]
        photos += [load_photo(file), load_photo(io.BytesIO(data))]
    names = [photo.name for photo in photos]
    assert names == ["kartu.png"] * 2 + ["<bytes>"] * 3 + ["kartu.png", "<stream>"]
    assert {photo.sha256 for photo in photos} == {hashlib.sha256(data).hexdigest()}
    assert all(np.array_equal(photo.pixels, picture()) for photo in photos)
    assert load_photo(data, name="-").name == "-"


def test_text_stream_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        load_photo(io.StringIO("foto"))  # type: ignore[arg-type]


def test_permission_and_disk_errors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "rahasia.jpg"

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        with pytest.raises(PhotoUnreadable, match=r"^rahasia\.jpg: there is no permission"):
            load_photo(path)
        patched.setattr(os, "open", fail)
        with pytest.raises(PhotoUnreadable, match="could not be read") as caught:
            load_photo(path)
        assert str(tmp_path) not in str(caught.value)


def test_out_of_memory_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", exhausted)
    with pytest.raises(PhotoTooLarge, match="memory"):
        load_photo(encode("PNG"))


def test_grey_picture_that_ends_in_the_decoders_filler_is_whole() -> None:
    # The grey that a decoder fills gaps with may also be photographed.
    page = picture()
    page[100:] = 128
    kinds = [{"subsampling": s, "optimize": o} for s in (0, 1, 2) for o in (False, True)]
    for options in (*kinds, {"restart_marker_blocks": 4}, {"progressive": True}):
        for quality in (30, 75, 95, 100):
            data = encode("JPEG", Image.fromarray(page), quality=quality, **options)
            assert load_photo(data).height_px == HEIGHT
            grey = encode("JPEG", Image.fromarray(page).convert("L"), quality=quality, **options)
            assert load_photo(grey).height_px == HEIGHT
    blank = Image.new("RGB", (640, 480), (128, 128, 128))
    assert load_photo(encode("JPEG", blank)).height_px == 480


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_an_end_glued_onto_a_cut_jpeg_does_not_help(share: float, subsampling: int) -> None:
    for optimize in (False, True):
        data = encode("JPEG", quality=90, subsampling=subsampling, optimize=optimize)
        with pytest.raises(PhotoUnreadable, match="cut off"):
            load_photo(data[: int(len(data) * share)] + b"\xff\xd9")


def test_metadata_stays_out_of_errors_and_reprs() -> None:
    exif = Image.Exif()
    exif[0x010E] = "9999999999999999"
    data = encode("JPEG", exif=exif)
    assert "9999" not in repr(load_photo(data))
    with pytest.raises(PhotoUnreadable) as caught:
        load_photo(data[: len(data) // 2])
    assert "9999" not in repr(caught.value)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ktp depan.jpg", "ktp depan.jpg"),
        ("ktp-ñ-漢.jpg", "ktp-ñ-漢.jpg"),
        ("👩‍👧 🇮🇩.jpg", "👩‍👧 🇮🇩.jpg"),
        ("a\nb\t.jpg", "a\\nb\\t.jpg"),
        ("\x1b[2J.jpg", "\\x1b[2J.jpg"),
        ("x\u202egpj.exe", "x\\u202egpj.exe"),
        ("x\u2028y", "x\\u2028y"),
        ("caf\udce9.jpg", "caf\\xe9.jpg"),
    ],
)
def test_shown_name(name: str, shown: str) -> None:
    assert shown_name(name) == shown
    assert shown_name(name).encode("utf-8")
    assert load_photo(encode("PNG"), name=name).name == shown


def test_suffixes_are_those_of_what_decodes() -> None:
    assert {".jpg", ".png", ".webp", ".tif", ".avif", ".heic", ".pdf"} <= SUFFIXES
    assert all(s == s.lower() and s.startswith(".") for s in SUFFIXES)


def test_many_threads_see_the_same_pixels() -> None:
    files = [encode(kind) for kind in ("JPEG", "PNG", "TIFF", "PDF", "WEBP")] * 6
    alone = [load_photo(data).pixels for data in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda data: load_photo(data).pixels, files))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_a_forgotten_pdf_does_not_block_the_next() -> None:
    first, *rest = bad_input.frames()
    data = encode("PDF", first, save_all=True, append_images=rest)
    photos = load_photos(data)
    next(photos)
    assert load_photo(data).page == 1
    assert next(photos).page == 2
    photos.close()
    assert len(list(load_photos(data))) == 3
