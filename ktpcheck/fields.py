"""FIELDS: what a card says, one row a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Field:
    """One field of the card.

    ``line`` is the printed line that holds it (``layout.LINES``): place and date of birth share
    one. ``title_id`` / ``title_en`` name it to the user. ``required`` is the default for
    ``--require``: what verification flows ask for.
    """

    key: str
    line: str
    title_id: str
    title_en: str
    required: bool = False


_ROWS: Final = (
    Field("provinsi", "provinsi", "Provinsi", "Province"),
    Field("kabupaten_kota", "kabupaten_kota", "Kabupaten/Kota", "Regency/City"),
    Field("nik", "nik", "NIK", "NIK", required=True),
    Field("nama", "nama", "Nama", "Name", required=True),
    Field("tempat_lahir", "tempat_tgl_lahir", "Tempat Lahir", "Place of birth", required=True),
    Field("tanggal_lahir", "tempat_tgl_lahir", "Tanggal Lahir", "Date of birth", required=True),
    Field("jenis_kelamin", "jenis_kelamin", "Jenis Kelamin", "Sex"),
    Field("golongan_darah", "golongan_darah", "Gol. Darah", "Blood group"),
    Field("alamat", "alamat", "Alamat", "Address", required=True),
    Field("rt_rw", "rt_rw", "RT/RW", "RT/RW", required=True),
    Field("kel_desa", "kel_desa", "Kel/Desa", "Village", required=True),
    Field("kecamatan", "kecamatan", "Kecamatan", "District", required=True),
    Field("agama", "agama", "Agama", "Religion"),
    Field("status_perkawinan", "status_perkawinan", "Status Perkawinan", "Marital status"),
    Field("pekerjaan", "pekerjaan", "Pekerjaan", "Occupation"),
    Field("kewarganegaraan", "kewarganegaraan", "Kewarganegaraan", "Citizenship"),
    Field("berlaku_hingga", "berlaku_hingga", "Berlaku Hingga", "Valid until"),
    Field("tempat_terbit", "tempat_terbit", "Tempat Terbit", "Place of issue"),
    Field("tanggal_terbit", "tanggal_terbit", "Tanggal Terbit", "Date of issue"),
)

#: Every field by key, in the order of the card.
FIELDS: Final[Mapping[str, Field]] = MappingProxyType({field.key: field for field in _ROWS})

#: What must be readable unless the caller says otherwise.
REQUIRED: Final = tuple(field.key for field in _ROWS if field.required)
