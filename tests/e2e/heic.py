"""A HEIC writer for the tests, as phones write them: HEVC inside an ISO base media container.

No free package encodes HEVC, and no binary files are kept here. HEVC has a mode that stores
samples as they are (I_PCM), for which an encoder is a page long: every coding unit of 16 x 16 is
a nine-bit prefix and its raw samples (ITU-T H.265, 7.3 and 9.3).
"""

from __future__ import annotations

import struct

import cv2
import numpy as np

UNIT = 16
#: Ranges of the least probable symbol, ITU-T H.265 table 9-52, last column: one per coding unit.
_LPS = (240, 227, 216, 205, 195, 185, 175, 166, 158, 150, 142, 135,
        128, 122, 116, 110, 104, 99, 94, 89, 85, 80, 76, 72)  # fmt: skip
MOST_UNITS = len(_LPS)

VPS, SPS, PPS, IDR = 32, 33, 34, 19


def box(kind: bytes, body: bytes) -> bytes:
    """One box of the ISO base media format."""
    return struct.pack(">I", len(body) + 8) + kind + body


class _Bits:
    def __init__(self) -> None:
        self.text: list[str] = []

    def u(self, value: int, width: int) -> None:
        self.text.append(format(value, f"0{width}b"))

    def ue(self, *values: int) -> None:
        for value in values:
            code = format(value + 1, "b")
            self.text.append("0" * (len(code) - 1) + code)

    def align(self, stop: bool = False) -> None:
        if stop:
            self.text.append("1")
        self.text.append("0" * (-len("".join(self.text)) % 8))

    def bytes(self) -> bytes:
        text = "".join(self.text)
        return int("1" + text, 2).to_bytes(len(text) // 8 + 1, "big")[1:]


def _unit(kind: int, body: bytes) -> bytes:
    """One NAL unit; three zero-ish bytes in a row are broken up."""
    guarded, zeros = bytearray(), 0
    for byte in body:
        if zeros >= 2 and byte <= 3:
            guarded.append(3)
            zeros = 0
        guarded.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes([kind << 1, 1]) + bytes(guarded)


def _profile(bits: _Bits) -> None:
    """Main Still Picture, level 3.1."""
    bits.u(3, 8)
    bits.u(0x70000000, 32)
    bits.u(0x9, 4)
    bits.u(0, 44)
    bits.u(93, 8)


def _parameter_sets(width: int, height: int) -> tuple[bytes, bytes, bytes]:
    vps = _Bits()
    vps.u(0b0000_11_000000_000_1, 16)
    vps.u(0xFFFF, 16)
    _profile(vps)
    vps.u(1, 1)
    vps.ue(0, 0, 0)
    vps.u(0, 6)
    vps.ue(0)
    vps.u(0, 2)
    vps.align(stop=True)

    sps = _Bits()
    sps.u(0b0000_000_1, 8)
    _profile(sps)
    sps.ue(0, 1, width, height)
    sps.u(0, 1)
    sps.ue(0, 0, 0)
    sps.u(1, 1)
    sps.ue(0, 0, 0)
    # Coding blocks of 16, transforms of 4 to 16.
    sps.ue(1, 0, 0, 2, 0, 0)
    # Of scaling lists, asymmetric parts, offsets and raw samples only the last.
    sps.u(0b0001, 4)
    sps.u(0x77, 8)
    sps.ue(1, 0)
    sps.u(1, 1)
    sps.ue(0)
    sps.u(0, 5)
    sps.align(stop=True)

    pps = _Bits()
    pps.ue(0, 0)
    pps.u(0, 7)
    pps.ue(0, 0, 0)
    pps.u(0, 3)
    pps.ue(0, 0)
    pps.u(0, 7)
    # Deblocking is controlled here, and off.
    pps.u(0b101, 3)
    pps.u(0, 2)
    pps.ue(0)
    pps.u(0, 2)
    pps.align(stop=True)
    return _unit(VPS, vps.bytes()), _unit(SPS, sps.bytes()), _unit(PPS, pps.bytes())


def _slice(rgb: np.ndarray) -> bytes:
    ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    luma = ycc[..., 0]
    red, blue = (
        cv2.resize(ycc[..., c], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for c in (1, 2)
    )
    height, width = luma.shape
    head = _Bits()
    head.u(0b10, 2)
    head.ue(0, 2)
    # Slice quantiser as in the parameter set.
    head.ue(0)
    head.align(stop=True)
    data = bytearray(head.bytes())
    places = [(y, x) for y in range(0, height, UNIT) for x in range(0, width, UNIT)]
    for index, (y, x) in enumerate(places):
        # One unsplit block, then "raw samples follow": the arithmetic coder's state in closed
        # form. From the second unit on, "the slice goes on" comes before.
        low = 510 - (2 if index else 0) - _LPS[index] - 2
        data += ((low | 1) << 7).to_bytes(2, "big")
        data += luma[y : y + UNIT, x : x + UNIT].tobytes()
        for chroma in (blue, red):
            data += chroma[y // 2 : (y + UNIT) // 2, x // 2 : (x + UNIT) // 2].tobytes()
    data += ((508 | 1) << 7).to_bytes(2, "big")
    return _unit(IDR, bytes(data))


def _full(kind: bytes, body: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags) + body)


def encode_heic(rgb: np.ndarray, *, quarter_turns: int = 0, exif: bytes | None = None) -> bytes:
    """Write a picture as HEIC.

    Parameters
    ----------
    rgb : (H, W, 3) uint8
        As stored; sides multiples of 16, at most ``MOST_UNITS`` blocks.
    quarter_turns : int
        How often the display turns it by 90 degrees anticlockwise (the ``irot`` box).
    exif : bytes, optional
        An EXIF block, put beside it as phones do.
    """
    height, width = rgb.shape[:2]
    if height % UNIT or width % UNIT or height * width > MOST_UNITS * UNIT * UNIT:
        raise ValueError("sides must be multiples of 16, blocks few")
    sets = _parameter_sets(width, height)
    coded = _slice(rgb)
    items = [struct.pack(">I", len(coded)) + coded]
    infos = [_full(b"infe", struct.pack(">HH4s", 1, 0, b"hvc1") + b"\0", 2)]
    if exif is not None:
        items.append(struct.pack(">I", 6) + exif)
        infos.append(_full(b"infe", struct.pack(">HH4s", 2, 0, b"Exif") + b"\0", 2, 1))

    hvcc = bytes([1, 3]) + struct.pack(">IHIB", 0x70000000, 0x9000, 0, 93)
    hvcc += bytes([0xF0, 0, 0xFC, 0xFD, 0xF8, 0xF8, 0, 0, 0x0F, 3])
    for kind, unit in zip((VPS, SPS, PPS), sets, strict=True):
        hvcc += struct.pack(">BHH", 0x80 | kind, 1, len(unit)) + unit
    properties = [
        box(b"hvcC", hvcc),
        _full(b"ispe", struct.pack(">II", width, height)),
        box(b"colr", b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)),
        box(b"irot", bytes([quarter_turns % 4])),
    ]
    # The decoder's set-up and the turn are essential.
    uses = bytes([0x81, 0x02, 0x03, 0x84])

    def meta(starts: list[int]) -> bytes:
        places = b"".join(
            struct.pack(">HHHII", number, 0, 1, start, len(item))
            for number, (start, item) in enumerate(zip(starts, items, strict=True), 1)
        )
        parts = [
            _full(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\0"),
            _full(b"pitm", struct.pack(">H", 1)),
            _full(b"iloc", struct.pack(">BBH", 0x44, 0, len(items)) + places),
            _full(b"iinf", struct.pack(">H", len(infos)) + b"".join(infos)),
        ]
        if exif is not None:
            parts.append(_full(b"iref", box(b"cdsc", struct.pack(">HHH", 2, 1, 1))))
        used = _full(b"ipma", struct.pack(">IHB", 1, 1, len(uses)) + uses)
        parts.append(box(b"iprp", box(b"ipco", b"".join(properties)) + used))
        return _full(b"meta", b"".join(parts))

    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    first = len(head) + len(meta([0] * len(items))) + 8
    starts = [first + sum(map(len, items[:n])) for n in range(len(items))]
    return head + meta(starts) + box(b"mdat", b"".join(items))
