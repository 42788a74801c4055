"""What the bytes are, told from the bytes: a file's extension proves nothing."""

from __future__ import annotations

import re
from typing import Final

from ktpcheck.photo.source import AGAIN, Source

_SAVE_AS: Final = "Save or export the photo as JPEG or PNG."
_PICTURE: Final = "Give the photo itself: JPEG, PNG, WebP, TIFF, AVIF, HEIC or PDF."

_PICTURES: Final = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WEBP"),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), "TIFF"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    # A BMP's first header size follows its two letters and three lengths.
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "BMP"),
    (re.compile(rb".{0,1019}?%PDF-", re.DOTALL), "PDF"),
)

#: Brands of the ISO base media container (ISO/IEC 14496-12) by what they hold.
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIF_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"}
)

_OTHERS: Final = (
    (rb"\0+\Z", "it holds only zero bytes: a copy or download that failed", AGAIN),
    (rb"PK\x03\x04.{26}(word/|xl/|ppt/|\[Content_Types\])", "an Office document", _SAVE_AS),
    (rb"PK[\x03\x05]", "a ZIP archive", "Unpack it and give the photo in it."),
    (rb"\x1f\x8b", "gzip-compressed data", "Unpack it and give the photo in it."),
    (rb"BZh[1-9]", "bzip2-compressed data", "Unpack it and give the photo in it."),
    (rb"\xfd7zXZ\0", "xz-compressed data", "Unpack it and give the photo in it."),
    (rb"\x28\xb5\x2f\xfd", "zstd-compressed data", "Unpack it and give the photo in it."),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it and give the photo in it."),
    (rb"Rar!", "a RAR archive", "Unpack it and give the photo in it."),
    (rb"\xd0\xcf\x11\xe0", "an Office document", _SAVE_AS),
    (rb"\{\\rtf", "an RTF document", _SAVE_AS),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript drawing", _SAVE_AS),
    (rb"8BPS", "a Photoshop file", _SAVE_AS),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture, which is not supported", _SAVE_AS),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture, which is not supported", _SAVE_AS),
    (rb"\0\0[\x01\x02]\0", "an icon", _PICTURE),
    (rb"\x1aE\xdf\xa3|RIFF....AVI |FLV\x01|\0\0\x01[\xb3\xba]", "a video", "Give a photo instead."),
    (rb"RIFF....WAVE|ID3|OggS|fLaC", "a sound recording", _PICTURE),
    (rb"\x7fELF|MZ", "a program", _PICTURE),
    (rb"version https://git-lfs", "a Git LFS pointer instead of the file", "Fetch the file."),
    (
        rb"\s*(data:image/[a-z+.-]+;base64,|/9j/|iVBORw0KGgo)",
        "a picture encoded as base64 text",
        "Decode it first.",
    ),
    (rb"(\xef\xbb\xbf)?\s*(<\?xml.*?)?(<!--.*?-->\s*|<!DOCTYPE\s+svg.*?>\s*)*<svg[\s>]",
     "an SVG drawing", _SAVE_AS),
    (rb"(?i)(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*(<!doctype\s+html|<html|<head|<body)",
     "a web page, not a picture", "Download the picture itself, not the page that shows it."),
    (rb"(\xef\xbb\xbf)?\s*<\?xml", "XML text", _PICTURE),
)  # fmt: skip
_SEEMS: Final = tuple((re.compile(p, re.DOTALL), what, remedy) for p, what, remedy in _OTHERS)


def sniff(source: Source) -> str:
    """Name the container.

    Parameters
    ----------
    source : Source

    Returns
    -------
    str
        JPEG, PNG, WEBP, TIFF, GIF, BMP, PDF, AVIF or HEIF.

    Raises
    ------
    PhotoUnreadable
        If it is none of these; the error says what it seems to be.
    """
    head = source.data[:4096]
    for pattern, container in _PICTURES:
        if pattern.match(head):
            return container
    if head[4:8] == b"ftyp":
        return _iso_media(source)
    for pattern, what, remedy in _SEEMS:
        # Only the zero-byte row has to look at the whole file.
        if pattern.match(source.data if head[:1] == b"\0" and len(head) > 16 else head):
            verb = "" if what.startswith("it ") else "this seems to be "
            raise source.unreadable(verb + what, remedy)
    if len(source.data) < 16:
        raise source.unreadable("it is too short to be a picture", AGAIN)
    if _is_text(head):
        raise source.unreadable("this seems to be text, not a picture", _PICTURE)
    raise source.unreadable("this is no picture of a known format", _PICTURE)


def _iso_media(source: Source) -> str:
    size = int.from_bytes(source.data[:4], "big")
    box = source.data[8 : min(max(size, 12), 512)]
    brands = {box[0:4], *(box[at : at + 4] for at in range(8, len(box) - 3, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIF_BRANDS:
        return "HEIF"
    if b"crx " in brands:
        raise source.unreadable("this seems to be a camera raw file", _SAVE_AS)
    raise source.unreadable("this seems to be a video", "Give a photo instead.")


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    except UnicodeDecodeError as error:
        # A character cut by the end of the head is no proof against text.
        if error.end < len(head) - 4:
            return False
        text = head[: error.start].decode("utf-8", "replace")
    return all(c.isprintable() or c.isspace() for c in text)
