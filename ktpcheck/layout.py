"""Where everything is printed: the two layouts of the data side, in millimetres.

``printed`` is the mean of measured printed cards; ``drawn_specimen`` is the sample card in
circulation, which does not share it. The personal block (NIK and rows) is overprinted on a
pre-printed blank and shifts as one piece by up to ``BLOCK_SHIFT_MM``; inside the block the
distances are rigid. What a name, an address, or place and date of birth have more than their row
holds takes a row of its own and pushes the rest down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ktpcheck.geometry import Box

#: Largest shift of the overprinted block, either way, in x and in y.
BLOCK_SHIFT_MM: Final = 0.9

#: Row keys in printed order; the label is what stands on the card.
ROW_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nama": "Nama",
        "tempat_tgl_lahir": "Tempat/Tgl Lahir",
        "jenis_kelamin": "Jenis Kelamin",
        "alamat": "Alamat",
        "rt_rw": "RT/RW",
        "kel_desa": "Kel/Desa",
        "kecamatan": "Kecamatan",
        "agama": "Agama",
        "status_perkawinan": "Status Perkawinan",
        "pekerjaan": "Pekerjaan",
        "kewarganegaraan": "Kewarganegaraan",
        "berlaku_hingga": "Berlaku Hingga",
    }
)

#: Rows whose label is indented under Alamat.
INDENTED_ROWS: Final = frozenset({"rt_rw", "kel_desa", "kecamatan"})

#: Rows whose value may wrap onto a row of its own.
WRAPPING_ROWS: Final = ("nama", "tempat_tgl_lahir", "alamat")

#: Every printed line that holds a value, in reading order.
LINES: Final = (
    "provinsi",
    "kabupaten_kota",
    "nik",
    *ROW_LABELS,
    "golongan_darah",
    "tempat_terbit",
    "tanggal_terbit",
)


@dataclass(frozen=True)
class Layout:
    """One layout. Lengths in mm; x, y from the card's printed top-left."""

    name: str
    cap_height: float
    row_pitch: float
    first_row_baseline: float
    label_x: float
    indented_label_x: float
    colon_x: float
    value_x: float
    value_end_x: float
    header_baselines: tuple[float, float]
    header_cap_height: float
    header_centre_x: float
    header_box: Box
    nik_baseline: float
    nik_digit_height: float
    nik_digit_pitch: float
    nik_label_x: tuple[float, float]
    nik_first_digit_x: float
    nik_last_digit_end_x: float
    nik_box: Box
    blood_label_x: tuple[float, float]
    blood_colon_x: float
    blood_value_x: float
    blood_box: Box
    portrait: Box
    issue_baselines: tuple[float, float]
    issue_cap_height: float
    issue_centre_x: float
    issue_box: Box
    signature: Box

    def row_baseline(self, row: str, wrapped: tuple[str, ...] = ()) -> float:
        """Baseline y of a row's first line.

        Parameters
        ----------
        row : str
            A key of ``ROW_LABELS``.
        wrapped : tuple of str
            Rows above that take extra lines, once per extra line.

        Returns
        -------
        float
            Millimetres, before any block shift.
        """
        order = list(ROW_LABELS)
        index = order.index(row)
        pushed = sum(order.index(above) < index for above in wrapped)
        return self.first_row_baseline + (index + pushed) * self.row_pitch

    def row_label_x(self, row: str) -> float:
        """Left edge of a row's label."""
        return self.indented_label_x if row in INDENTED_ROWS else self.label_x


PRINTED: Final = Layout(
    name="printed",
    cap_height=1.55,
    row_pitch=2.49,
    first_row_baseline=15.93,
    label_x=2.7,
    indented_label_x=7.2,
    colon_x=20.6,
    value_x=22.1,
    value_end_x=59.5,
    header_baselines=(4.43, 7.28),
    header_cap_height=2.05,
    header_centre_x=43.2,
    header_box=Box(6.0, 1.6, 80.0, 8.6),
    nik_baseline=11.82,
    nik_digit_height=2.58,
    nik_digit_pitch=2.12,
    nik_label_x=(2.6, 8.3),
    nik_first_digit_x=21.4,
    nik_last_digit_end_x=54.9,
    nik_box=Box(20.6, 8.8, 56.0, 12.6),
    blood_label_x=(42.2, 52.5),
    blood_colon_x=53.3,
    blood_value_x=54.4,
    blood_box=Box(53.8, 19.0, 58.5, 21.45),
    portrait=Box(60.8, 10.45, 80.6, 35.6),
    issue_baselines=(37.87, 39.87),
    issue_cap_height=1.45,
    issue_centre_x=70.7,
    issue_box=Box(54.0, 36.0, 84.4, 40.5),
    signature=Box(60.0, 40.3, 83.5, 50.0),
)

DRAWN_SPECIMEN: Final = Layout(
    name="drawn_specimen",
    cap_height=1.42,
    row_pitch=2.438,
    first_row_baseline=18.17,
    label_x=4.35,
    indented_label_x=8.9,
    colon_x=22.7,
    value_x=23.7,
    value_end_x=59.5,
    header_baselines=(4.45, 8.18),
    header_cap_height=2.1,
    header_centre_x=42.8,
    header_box=Box(6.0, 1.8, 80.0, 9.4),
    nik_baseline=14.68,
    nik_digit_height=2.15,
    nik_digit_pitch=1.93,
    nik_label_x=(4.5, 10.2),
    nik_first_digit_x=22.75,
    nik_last_digit_end_x=54.8,
    nik_box=Box(21.8, 11.9, 56.0, 15.4),
    blood_label_x=(42.8, 53.6),
    blood_colon_x=53.8,
    blood_value_x=54.9,
    blood_box=Box(54.2, 21.0, 59.0, 23.6),
    portrait=Box(61.5, 12.75, 81.8, 39.0),
    issue_baselines=(41.75, 44.2),
    issue_cap_height=1.42,
    issue_centre_x=71.2,
    issue_box=Box(54.5, 39.8, 84.9, 44.9),
    signature=Box(62.0, 45.0, 81.0, 52.0),
)

LAYOUTS: Final[Mapping[str, Layout]] = MappingProxyType(
    {layout.name: layout for layout in (PRINTED, DRAWN_SPECIMEN)}
)
