"""Bad and odd input files, made on the fly: what each is, and what must become of it.

No binary files are kept: every file is written by the row that names it. ``expected`` is the
error a photo loader must raise, or None where the file is odd but holds a whole picture.
"""

from __future__ import annotations

import bz2
import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ktpcheck.errors import PhotoError, PhotoTooLarge, PhotoUnreadable
from tests.e2e.heic import box, encode_heic

WIDTH, HEIGHT = 320, 200

UNREADABLE, TOO_LARGE = PhotoUnreadable, PhotoTooLarge


def _always() -> bool:
    return True


@dataclass(frozen=True)
class BadInput:
    """One file. ``shape`` is what a file that decodes must decode to, as (height, width)."""

    id: str
    file_name: str
    expected: type[PhotoError] | None
    write: Callable[[Path], None]
    shape: tuple[int, int] = (HEIGHT, WIDTH)
    possible: Callable[[], bool] = _always


def picture(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """An asymmetric, textured (height, width, 3) uint8 picture: corners tell turns apart."""
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(7).integers(-12, 13, (height, width, 1))
    base = np.dstack([x * 200 / max(width - 1, 1), y * 200 / max(height - 1, 1), 60 + 0 * x]) + 25
    return np.clip(base + noise, 0, 255).astype(np.uint8)


def encode(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or Image.fromarray(picture())).save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    )


def jpeg_resized(width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims another size."""
    data = bytearray(encode("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def tiff(entries: list[tuple[int, int, int, int]], following: int = 0, tail: bytes = b"") -> bytes:
    """A little-endian TIFF of one directory at byte 8: (tag, type, count, value) rows."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return (
        b"II*\0" + struct.pack("<IH", 8, len(entries)) + rows + struct.pack("<I", following) + tail
    )


def grey_tiff(width: int, height: int, body: bytes, following: int = 0) -> bytes:
    at = 8 + 2 + 9 * 12 + 4
    return tiff(
        [
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, at),
            (277, 3, 1, 1),
            (278, 4, 1, height),
            (279, 4, 1, len(body)),
        ],
        following,
        body,
    )


def exif_block(orientation: int, order: str = "<", kind: int = 3) -> bytes:
    """An EXIF block whose only tag is the orientation."""
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, 8)
    code = "HH" if kind == 3 else "I"
    values = (orientation, 0) if kind == 3 else (orientation,)
    entry = struct.pack(f"{order}HHI{code}", 0x0112, kind, 1, *values)
    return b"Exif\0\0" + head + struct.pack(f"{order}H", 1) + entry + struct.pack(f"{order}I", 0)


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, the first of which is the catalog."""
    data, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(data + b"startxref\n%d\n%%%%EOF\n" % at)


def stream(head: bytes, body: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (head, len(body), body)


def pdf_page(
    content: bytes,
    image: bytes,
    *,
    box: tuple[float, float] = (WIDTH / 2, HEIGHT / 2),
    page: bytes = b"",
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> bytes:
    """A PDF of one page that shows one JPEG, called /P, by ``content``."""
    head = b"/Type /XObject /Subtype /Image /Width %d /Height %d" % size
    head += b" /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents 4 0 R " % box
            + page
            + b" /Resources << /XObject << /P 5 0 R >> >> >>",
            stream(b"", content),
            stream(head, image),
        ]
    )


def simple_pdf() -> bytes:
    content = b"q %g 0 0 %g 0 0 cm /P Do Q" % (WIDTH / 2, HEIGHT / 2)
    return pdf_page(content, encode("JPEG", quality=95))


def encrypted_pdf() -> bytes:
    """The right shape of a password-protected PDF (RC4, 40 bit); no password opens it."""
    body = simple_pdf()
    guard = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"5a" * 32, b"a5" * 32)
    number = body.count(b" 0 obj") + 1
    at = body.rindex(b"xref\n0 ")
    places = [body.index(b"\n%d 0 obj" % n) + 1 for n in range(1, number)]
    data = bytearray(body[:at])
    places.append(len(data))
    data += b"%d 0 obj\n%s\nendobj\n" % (number, guard)
    at = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (number + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer\n<< /Size %d /Root 1 0 R /Encrypt %d 0 R /ID [<%s> <%s>] >>\n" % (
        number + 1,
        number,
        b"00" * 16,
        b"00" * 16,
    )
    return bytes(data + b"startxref\n%d\n%%%%EOF\n" % at)


def frames() -> list[Image.Image]:
    first = Image.fromarray(picture())
    return [first, Image.fromarray(255 - picture()), first.rotate(180)]


def animated(kind: str, **options: object) -> bytes:
    first, *rest = frames()
    return encode(kind, first, save_all=True, append_images=rest, duration=90, **options)


def office_document() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return buffer.getvalue()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photo.jpg", encode("JPEG"))
    return buffer.getvalue()


def _with_bad_crc(data: bytes, kind: bytes) -> bytes:
    at = data.index(kind)
    length = int.from_bytes(data[at - 4 : at], "big")
    broken = bytearray(data)
    broken[at + 4 + length] ^= 0xFF
    return bytes(broken)


def _before_end(png: bytes, extra: bytes) -> bytes:
    at = png.rindex(b"IEND") - 4
    return png[:at] + extra + png[at:]


def _bytes(data: bytes | Callable[[], bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data() if callable(data) else data)

    return write


def _unreadable_file(path: Path) -> None:
    path.write_bytes(encode("JPEG"))
    path.chmod(0)


def _can_make_fifo() -> bool:
    return hasattr(os, "mkfifo")


def _has_dev_zero() -> bool:
    return Path("/dev/zero").exists()


def _posix() -> bool:
    return os.name == "posix"


def _rights_bind() -> bool:
    """The superuser reads everything."""
    return hasattr(os, "geteuid") and os.geteuid() != 0


def _cut() -> Iterator[BadInput]:
    whole: dict[str, Callable[[], bytes]] = {
        "jpg": lambda: encode("JPEG", exif=exif_block(1)),
        "progressive.jpg": lambda: encode("JPEG", progressive=True),
        "png": lambda: encode("PNG"),
        "webp": lambda: encode("WEBP"),
        "lossless.webp": lambda: encode("WEBP", lossless=True),
        "tiff": lambda: encode("TIFF"),
        "lzw.tiff": lambda: encode("TIFF", compression="tiff_lzw"),
        "avif": lambda: encode("AVIF"),
        "heic": lambda: encode_heic(picture(96, 64)),
        "gif": lambda: encode("GIF"),
        "bmp": lambda: encode("BMP"),
        "pdf": simple_pdf,
    }
    for suffix, make in whole.items():
        for tenth in range(1, 10):

            def write(path: Path, make: Callable[[], bytes] = make, tenth: int = tenth) -> None:
                data = make()
                path.write_bytes(data[: len(data) * tenth // 10])

            yield BadInput(f"cut_{tenth}0_{suffix}", f"cut {tenth}0 %.{suffix}", UNREADABLE, write)


def _rows() -> Iterator[BadInput]:
    def bad(
        name: str,
        file_name: str,
        data: bytes | Callable[[], bytes],
        expected: type[PhotoError] = UNREADABLE,
    ) -> BadInput:
        return BadInput(name, file_name, expected, _bytes(data))

    def odd(
        name: str,
        file_name: str,
        data: bytes | Callable[[], bytes],
        shape: tuple[int, int] = (HEIGHT, WIDTH),
        possible: Callable[[], bool] = _always,
    ) -> BadInput:
        return BadInput(name, file_name, None, _bytes(data), shape, possible)

    grey16 = (np.mgrid[0:HEIGHT, 0:WIDTH][1] * 200).astype(np.uint16)
    holes = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    holes[::7, ::5] = np.nan

    # Nothing, or hardly anything.
    yield bad("empty", "empty.jpg", b"")
    yield bad("one_byte", "one.jpg", b"\xff")
    yield bad("jpeg_magic_only", "magic.jpg", b"\xff\xd8\xff")
    yield bad("zero_bytes", "zeros.jpg", bytes(5000))
    yield bad("noise", "noise.png", np.random.default_rng(1).bytes(5000))
    # Something else than a picture.
    yield bad("text", "notes.jpg", b"Foto KTP ada di lampiran.\n")
    yield bad("utf16_text", "notes16.jpg", "Foto KTP ada di lampiran.\n".encode("utf-16"))
    yield bad("html", "login.jpg", b"<!DOCTYPE html>\n<html><body>Masuk</body></html>")
    yield bad(
        "svg", "card.png", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'
    )
    yield bad("xml", "card.jpg.xml", b"<?xml version='1.0'?><a/>")
    yield bad("base64", "base64.jpg", b"data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ==")
    yield bad("docx", "ktp.docx", office_document)
    yield bad("zip", "photos.zip", zipped)
    yield bad("gzip", "photo.jpg.gz", lambda: gzip.compress(encode("JPEG")))
    yield bad("bzip2", "photo.jpg.bz2", lambda: bz2.compress(encode("JPEG")))
    yield bad(
        "mp4", "clip.jpg", box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41") + box(b"mdat", bytes(99))
    )
    yield bad("mkv", "clip.mkv", b"\x1aE\xdf\xa3" + bytes(64))
    yield bad("psd", "card.psd", b"8BPS\0\1" + bytes(64))
    yield bad("jpeg_xl", "card.jxl", b"\xff\x0a" + bytes(64))
    yield bad("jpeg_2000", "card.jp2", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(64))
    yield bad("program", "card.exe", b"MZ" + bytes(200))
    # A header that promises more than one wants.
    yield bad("huge_png", "huge.png", png_header(60_000, 60_000), TOO_LARGE)
    yield bad("huge_jpeg", "huge.jpg", lambda: jpeg_resized(60_000, 60_000), TOO_LARGE)
    yield bad("huge_tiff", "huge.tiff", grey_tiff(60_000, 60_000, bytes(64)), TOO_LARGE)
    yield bad(
        "huge_bmp",
        "huge.bmp",
        b"BM"
        + struct.pack(
            "<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0
        ),
        TOO_LARGE,
    )
    yield bad(
        "huge_gif",
        "huge.gif",
        b"GIF89a"
        + struct.pack("<HHBBB", 60_000, 60_000, 0, 0, 0)
        + b",\0\0\0\0"
        + struct.pack("<HHB", 60_000, 60_000, 0)
        + bytes(64),
        TOO_LARGE,
    )
    yield bad(
        "huge_webp",
        "huge.webp",
        lambda: (
            b"RIFF"
            + struct.pack("<I", 64)
            + b"WEBPVP8L"
            + struct.pack("<IBI", 44, 0x2F, 16382 | 16382 << 14)
            + bytes(48)
        ),
        TOO_LARGE,
    )
    yield bad(
        "too_long", "strip.png", lambda: encode("PNG", Image.new("L", (40_000, 1))), TOO_LARGE
    )
    yield bad("wider_than_data", "claims.jpg", lambda: jpeg_resized(WIDTH, 4000))
    yield bad("no_height", "flat.jpg", lambda: jpeg_resized(WIDTH, 0))
    yield bad("png_header_only", "header.png", png_header(WIDTH, HEIGHT))
    yield bad("png_no_header", "headless.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""))
    yield bad("png_bad_crc_header", "crc0.png", lambda: _with_bad_crc(encode("PNG"), b"IHDR"))
    yield bad(
        "png_bad_data",
        "data.png",
        lambda: png_header(WIDTH, HEIGHT) + chunk(b"IDAT", b"\1" * 999) + chunk(b"IEND", b""),
    )
    bomb = b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9)
    yield bad(
        "png_text_bomb",
        "bomb.png",
        lambda: png_header(9, 9) + chunk(b"zTXt", bomb) + encode("PNG")[33:],
    )
    # Cut off, with an end glued on by a repair tool.
    yield bad("repaired_jpeg", "repaired.jpg", lambda: encode("JPEG")[:6000] + b"\xff\xd9")
    yield bad(
        "jpeg_without_scan",
        "noscan.jpg",
        lambda: encode("JPEG").split(b"\xff\xda")[0] + b"\xff\xd9",
    )
    # TIFF of the unfriendly kind.
    yield bad("tiff_no_directory", "nodir.tiff", b"II*\0\0\0\0\0" + bytes(32))
    yield bad("tiff_far_directory", "far.tiff", b"II*\0\xff\xff\xff\x7f" + bytes(32))
    yield bad(
        "tiff_thumbnails_only",
        "raw.tiff",
        tiff(
            [
                (254, 4, 1, 1),
                (256, 4, 1, 8),
                (257, 4, 1, 8),
                (258, 3, 1, 8),
                (259, 3, 1, 1),
                (262, 3, 1, 1),
                (273, 4, 1, 140),
                (277, 3, 1, 1),
                (278, 4, 1, 8),
                (279, 4, 1, 64),
            ],
            0,
            bytes(99),
        ),
    )
    yield bad(
        "tiff_many_pages",
        "many.tiff",
        lambda: encode(
            "TIFF",
            Image.new("1", (8, 8)),
            save_all=True,
            append_images=[Image.new("1", (8, 8))] * 120,
        ),
        TOO_LARGE,
    )
    # Modern containers, broken.
    yield bad(
        "heic_garbage",
        "IMG_1.heic",
        box(b"ftyp", b"heic\0\0\0\0mif1heic") + np.random.default_rng(2).bytes(4000),
    )
    yield bad("heic_header_only", "IMG_2.heic", box(b"ftyp", b"heic\0\0\0\0mif1heic"))
    yield bad(
        "avif_garbage",
        "a.avif",
        box(b"ftyp", b"avif\0\0\0\0mif1avif") + np.random.default_rng(3).bytes(4000),
    )
    yield bad(
        "webp_garbage",
        "a.webp",
        b"RIFF" + struct.pack("<I", 4000) + b"WEBPVP8 " + np.random.default_rng(4).bytes(3996),
    )
    # PDF.
    yield bad(
        "pdf_no_pages",
        "none.pdf",
        pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]),
    )
    yield bad("pdf_encrypted", "locked.pdf", encrypted_pdf)
    yield bad("pdf_header_only", "header.pdf", b"%PDF-1.7\n")
    yield bad(
        "pdf_garbage",
        "garbage.pdf",
        b"%PDF-1.7\n" + np.random.default_rng(5).bytes(3000) + b"startxref\n9\n%%EOF",
    )
    yield bad(
        "pdf_cut_picture",
        "cutjpeg.pdf",
        lambda: pdf_page(b"q 160 0 0 100 0 0 cm /P Do Q", encode("JPEG")[:5000]),
    )
    yield bad(
        "pdf_huge_picture",
        "hugejpeg.pdf",
        lambda: pdf_page(
            b"q 160 0 0 100 0 0 cm /P Do Q", jpeg_resized(60_000, 60_000), size=(60_000, 60_000)
        ),
        TOO_LARGE,
    )
    # What the file system can do to one.
    yield BadInput("missing", "missing.jpg", UNREADABLE, lambda path: None)
    yield BadInput("directory", "folder.jpg", UNREADABLE, lambda path: path.mkdir())
    yield BadInput(
        "dangling_link",
        "link.jpg",
        UNREADABLE,
        lambda path: path.symlink_to("gone.jpg"),
        possible=_posix,
    )
    yield BadInput(
        "link_loop",
        "loop.jpg",
        UNREADABLE,
        lambda path: path.symlink_to(path.name),
        possible=_posix,
    )
    yield BadInput(
        "no_permission", "secret.jpg", UNREADABLE, _unreadable_file, possible=_rights_bind
    )
    yield BadInput(
        "pipe", "pipe.jpg", UNREADABLE, lambda path: os.mkfifo(path), possible=_can_make_fifo
    )
    yield BadInput(
        "endless_device",
        "zero.jpg",
        UNREADABLE,
        lambda path: path.symlink_to("/dev/zero"),
        possible=_has_dev_zero,
    )
    yield BadInput(
        "bad_name_newline", "baris\nbaru.jpg", UNREADABLE, _bytes(b"no"), possible=_posix
    )
    yield BadInput(
        "bad_name_escape", "\x1b[31mmerah\x1b[0m.jpg", UNREADABLE, _bytes(b"no"), possible=_posix
    )
    yield BadInput("bad_name_bidi", "ktp\u202egpj.exe", UNREADABLE, _bytes(b"no"))

    # Odd, but whole: these must decode.
    yield odd("name_emoji", "ktp 👩‍👧🇮🇩.jpg", lambda: encode("JPEG"))
    yield odd("name_newline", "dua\nbaris.jpg", lambda: encode("JPEG"), possible=_posix)
    yield odd("jpeg_named_png", "really-jpeg.png", lambda: encode("JPEG"))
    yield odd("png_named_jpg", "really-png.jpg", lambda: encode("PNG"))
    yield odd("pdf_named_jpg", "really-pdf.jpg", simple_pdf)
    yield odd("no_extension", "photo", lambda: encode("JPEG"))
    yield odd("one_pixel", "dot.png", lambda: encode("PNG", Image.new("RGB", (1, 1))), (1, 1))
    yield odd(
        "long_strip",
        "strip1.png",
        lambda: encode("PNG", Image.new("RGB", (10_000, 1))),
        (1, 10_000),
    )
    yield odd("animated_gif", "a.gif", lambda: animated("GIF"))
    yield odd("animated_webp", "anim.webp", lambda: animated("WEBP"))
    yield odd("apng", "anim.png", lambda: animated("PNG"))
    yield odd("mpo", "stereo.mpo", lambda: animated("MPO"))
    yield odd("exif_garbage", "exif0.jpg", lambda: encode("JPEG", exif=b"Exif\0\0" + b"\xff" * 60))
    yield odd(
        "exif_far_offset",
        "exif1.jpg",
        lambda: encode("JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f"),
    )
    yield odd("exif_orientation_99", "exif2.jpg", lambda: encode("JPEG", exif=exif_block(99)))
    yield odd(
        "exif_many_entries",
        "exif3.jpg",
        lambda: encode("JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff"),
    )
    yield odd(
        "cmyk_jpeg", "print.jpg", lambda: encode("JPEG", Image.fromarray(picture()).convert("CMYK"))
    )
    yield odd(
        "grey_jpeg", "grey.jpg", lambda: encode("JPEG", Image.fromarray(picture()).convert("L"))
    )
    yield odd("jpeg_tail", "tail.jpg", lambda: encode("JPEG") + b"garbage" * 100)
    yield odd("two_jpegs", "twice.jpg", lambda: encode("JPEG") + encode("JPEG"))
    yield odd("grey16_png", "grey16.png", lambda: encode("PNG", Image.fromarray(grey16)))
    yield odd(
        "palette_png",
        "palette.png",
        lambda: encode("PNG", Image.fromarray(picture()).quantize(64), transparency=3),
    )
    yield odd(
        "alpha_png",
        "alpha.png",
        lambda: encode("PNG", Image.fromarray(np.dstack([picture(), picture()[..., 0]]))),
    )
    yield odd(
        "one_bit_png", "bits.png", lambda: encode("PNG", Image.fromarray(picture()).convert("1"))
    )
    yield odd(
        "png_bad_text_crc",
        "crc1.png",
        lambda: _with_bad_crc(_before_end(encode("PNG"), chunk(b"tEXt", b"a\0b")), b"tEXt"),
    )
    yield odd("png_tail", "tail.png", lambda: encode("PNG") + bytes(300))
    yield odd(
        "lab_tiff",
        "lab.tiff",
        lambda: encode("TIFF", Image.new("LAB", (WIDTH, HEIGHT), (128, 140, 120))),
    )
    yield odd("float_tiff_nan", "float.tiff", lambda: encode("TIFF", Image.fromarray(holes)))
    yield odd(
        "tiff_directory_loop",
        "loop.tiff",
        lambda: grey_tiff(WIDTH, HEIGHT, picture()[..., 0].tobytes(), 8),
    )
    yield odd("tiff_two_pages", "pages.tiff", lambda: animated("TIFF"))
    yield odd("heic", "IMG_0.HEIC", lambda: encode_heic(picture(96, 64)), (64, 96))
    yield odd(
        "heic_exif_and_turn",
        "IMG_3.heic",
        lambda: encode_heic(picture(96, 64), quarter_turns=3, exif=exif_block(6)),
        (96, 64),
    )
    yield odd("pdf_tail", "tail.pdf", lambda: simple_pdf() + b"\n" * 3000)


#: Every file. Ids and file names are unique.
BAD_INPUTS = (*_rows(), *_cut())


def write_all(folder: Path) -> dict[BadInput, Path]:
    """Write every file that this system can make into ``folder``."""
    written = {}
    for row in BAD_INPUTS:
        if row.possible():
            path = folder / row.file_name
            row.write(path)
            written[row] = path
    return written
