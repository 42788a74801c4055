"""Where a card is from: any district in force, with what the header prints above it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ktpcheck import regions


@dataclass(frozen=True)
class District:
    """A kecamatan and what stands above it, as printed in capitals."""

    code: str
    name: str
    regency: str
    province: str


def draw_district(rng: np.random.Generator) -> District:
    """Draw a district: every province as likely, then every regency in it.

    Parameters
    ----------
    rng : numpy.random.Generator

    Returns
    -------
    District
        ``province`` and ``regency`` as the header prints them (``PROVINSI JAWA BARAT``).
    """
    provinces = regions.provinces()
    province = provinces[int(rng.integers(len(provinces)))]
    regencies = regions.regencies(province.code)
    regency = regencies[int(rng.integers(len(regencies)))]
    districts = regions.districts(regency.code)
    district = districts[int(rng.integers(len(districts)))]
    return District(
        district.code,
        district.name.upper(),
        regions.card_names(regency)[0],
        regions.card_names(province)[0],
    )
