import csv
from collections import defaultdict
from pathlib import Path

import pytest

from ktpcheck import regions
from ktpcheck.regions import Region

SHARED = Path(__file__).parents[2].parent / "shared" / "domain" / "regions"
LEGACY = ("6404", "6405", "6406", "6410", "6473", "7319", "7320", "7321", "7323", "7325")


def rows(name: str) -> list[dict[str, str]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip("the shared region lists are not here")
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def known(code: str) -> Region | None:
    return {2: regions.province, 4: regions.regency, 6: regions.district}[len(code)](code)


def test_counts_of_the_decree() -> None:
    assert len(regions.provinces()) == 38
    assert len(regions.regencies()) == 514
    assert len(regions.districts()) == 7285


def test_every_current_code_and_name_is_the_decrees() -> None:
    expected = {row["code"]: (row["name"], row["level"]) for row in rows("regions.csv")}
    ours = (*regions.provinces(), *regions.regencies(), *regions.districts())
    assert {region.code: (region.name, region.level) for region in ours} == expected


def test_every_historical_code_is_known_with_its_successor() -> None:
    for row in rows("regions-historical.csv"):
        region = known(row["code"])
        assert region is not None, row["code"]
        assert region.status == row["status"]
        if row["status"] == "retired":
            assert region.name == row["name"]
            assert (region.successor or "") == row["successor_code"]
        else:
            assert row["name"] in region.also


def test_nothing_is_known_that_no_list_has() -> None:
    listed = {
        row["code"] for name in ("regions.csv", "regions-historical.csv") for row in rows(name)
    }
    extra = {region.code for region in regions.codes()} - listed
    assert extra == {*LEGACY, "54", *(f"{number:02d}" for number in range(1, 11))}


def test_kemendagri_numbering_not_bps() -> None:
    names = {code: known(code) for code in ("3101", "3171", "3173", "3174")}
    assert {code: region and region.name for code, region in names.items()} == {
        "3101": "Kabupaten Administrasi Kepulauan Seribu",
        "3171": "Kota Administrasi Jakarta Pusat",
        "3173": "Kota Administrasi Jakarta Barat",
        "3174": "Kota Administrasi Jakarta Selatan",
    }


@pytest.mark.parametrize("code", ["", "3", "99", "3199", "317199", "31710", "ab", "３１"])
def test_unknown_codes_are_none(code: str) -> None:
    assert regions.province(code) is None
    assert regions.regency(code) is None
    assert regions.district(code) is None


def test_a_retired_code_leads_to_the_one_in_force() -> None:
    old = regions.district("910101")
    assert old is not None
    now = regions.in_force(old)
    assert now is not None
    assert (now.code, now.name) == ("930101", "Merauke")
    renamed = regions.district("911336")
    assert renamed is not None
    assert renamed.name == "Holuon"
    assert renamed.successor == "950334"
    lost = regions.district("911344")
    assert lost is not None
    assert lost.status == "retired"
    assert regions.in_force(lost) is None


def test_every_successor_exists_and_is_in_force() -> None:
    for region in regions.codes():
        if region.successor is not None:
            now = known(region.successor)
            assert now is not None
            assert now.status in ("current", "renamed")
            assert now.level == region.level


def test_legacy_codes_carry_no_uncertain_name() -> None:
    for code in LEGACY:
        region = regions.regency(code)
        assert region is not None
        assert (region.status, region.name) == ("legacy", "")
    tarakan = regions.regency("6473")
    assert tarakan is not None
    assert tarakan.successor == "6571"


def test_split_provinces_are_kin_and_siblings_are_not() -> None:
    assert regions.same_province("31", "31")
    assert regions.same_province("36", "32")
    assert regions.same_province("91", "93")
    assert regions.same_province("96", "91")
    assert not regions.same_province("93", "94")
    assert not regions.same_province("32", "33")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("PROVINSI DKI JAKARTA", "31"),
        ("DAERAH KHUSUS JAKARTA", "31"),
        ("provinsi d.i. yogyakarta", "34"),
        ("PROVINSIDAERAHISTIMEWAYOGYAKARTA", "34"),
        ("NANGGROE ACEH DARUSSALAM", "11"),
        ("PR0VINSI J4WA BARAT", "32"),
        ("BANGKA BELITUNG", "19"),
        ("PROVINSI KEP. RIAU", "21"),
        ("NTT", "53"),
    ],
)
def test_find_province(text: str, code: str) -> None:
    best = regions.find_province(text)[0]
    assert best.region.code == code
    assert best.similarity == 1.0
    assert best.distance == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KABUPATEN BANDUNG", "3204"),
        ("KAB. BANDUNG", "3204"),
        ("KAB.BANDUNG", "3204"),
        ("KOTA BANDUNG", "3273"),
        ("KOTABANDUNG", "3273"),
        ("JAKARTA BARAT", "3173"),
        ("KOTA ADM. JAKARTA BARAT", "3173"),
        ("KOTA ADMINISTRASI JAKARTA BARAT", "3173"),
        ("KABUPATEN TOBA SAMOSIR", "1212"),
        ("KABUPATEN MAMUJU UTARA", "7601"),
        ("KABUPATEN MALUKU TENGGARA BARAT", "8103"),
        ("KABUPATEN KEPULAUAN SIAU TAGULANDANG BIARO", "7109"),
        ("KABUPATEN MERAUKE", "9301"),
        ("KABUPATEN FAKFAK", "9203"),
    ],
)
def test_find_regency(text: str, code: str) -> None:
    best = regions.find_regency(text, bare=False)[0]
    assert best.region.code == code
    assert best.similarity == 1.0


def test_a_bare_name_may_be_two_regions() -> None:
    found = [match.region.code for match in regions.find_regency("BANDUNG") if match.distance == 0]
    assert sorted(found) == ["3204", "3273"]
    assert all(match.distance for match in regions.find_regency("BANDUNG", bare=False))


def test_a_province_narrows_the_search() -> None:
    assert regions.find_regency("KOTA BANDUNG", "32")[0].region.code == "3273"
    assert all(match.distance for match in regions.find_regency("KOTA BANDUNG", "35"))
    # Cards from before the split of Kalimantan Utara.
    assert regions.find_regency("KOTA TARAKAN", "64")[0].region.code == "6571"


def test_find_district() -> None:
    best = regions.find_district("KEBONJERUK", "3173")[0]
    assert (best.region.code, best.spelling) == ("317305", "KEBON JERUK")
    near = regions.find_district("KEB0N JERUX", "3173")[0]
    assert (near.region.code, near.distance) == ("317305", 1)
    assert regions.find_district("SEREDELA", "9503")[0].region.code == "911344"
    assert regions.find_district("TAMPAN", "1471")[0].region.code == "147108"


@pytest.mark.parametrize("text", ["", "  ", "...", "▯▯", "ß", "１２", "\x00"])
def test_finding_never_raises(text: str) -> None:
    for found in (
        regions.find_province(text),
        regions.find_regency(text),
        regions.find_district(text),
    ):
        assert all(0.6 <= match.similarity <= 1 for match in found)


def test_full_names_never_fold_together() -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for region in (*regions.provinces(), *regions.regencies()):
        for spelling in regions.card_names(region):
            seen[regions.comparable(spelling)].add(region.code)
    assert {key: found for key, found in seen.items() if len(found) > 1} == {}


def test_card_names_come_as_printed() -> None:
    def first(region: Region | None) -> str:
        assert region is not None
        return regions.card_names(region)[0]

    assert first(regions.province("31")) == "PROVINSI DKI JAKARTA"
    assert first(regions.province("34")) == "PROVINSI DAERAH ISTIMEWA YOGYAKARTA"
    assert first(regions.regency("3173")) == "JAKARTA BARAT"
    assert first(regions.regency("3204")) == "KABUPATEN BANDUNG"
    assert first(regions.regency("3273")) == "KOTA BANDUNG"
    assert first(regions.district("317305")) == "KEBON JERUK"


def test_the_table_stays_small() -> None:
    assert Path(regions.__file__).with_name("regions.txt").stat().st_size < 150_000
