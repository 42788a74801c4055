import csv
from collections import defaultdict
from pathlib import Path

import pytest

from ktpcheck import grammar, regions
from ktpcheck.fields import FIELDS
from ktpcheck.grammar import GRAMMARS, HIDDEN, canonical, closed, split_birth, understand

SHARED = Path(__file__).parents[2].parent / "shared" / "domain"

#: Field, as read, as understood, status, problems.
UNDERSTOOD = [
    ("nik", ": 3171010101909999", "3171010101909999", "ok", ()),
    ("nik", "3I7101O101909999", "3171010101909999", "ok", ()),
    ("nik", "NIK:3171 0101 0190 9999", "3171010101909999", "ok", ()),
    ("nik", "3171.01.010190.9999", "3171010101909999", "ok", ()),
    ("nik", "317101010190999", "317101010190999", "error", ("length",)),
    ("nik", "31710101019099999", "31710101019099999", "error", ("length",)),
    ("nik", "3171013201909999", "3171013201909999", "error", ("day_range",)),
    ("nik", "3171013002909999", "3171013002909999", "error", ("date_impossible",)),
    ("nik", "3171010101900000", "3171010101900000", "error", ("serial_zero",)),
    ("nik", "3171010101W09999", "3171010101W09999", "error", ("charset",)),
    ("nik", "3199010101909999", "3199010101909999", "warning", ("regency_unknown",)),
    ("nik", "0901010101759999", "0901010101759999", "warning", ("legacy_province_prefix",)),
    ("nik", "9101010101809999", "9101010101809999", "ok", ()),
    ("nik", "", "", "not_assessable", ("empty",)),
    ("rt_rw", "007/008", "007/008", "ok", ()),
    ("rt_rw", "001 / 024", "001/024", "ok", ()),
    ("rt_rw", ":OO7/0I8", "007/018", "ok", ()),
    ("rt_rw", "0071008", "007/008", "ok", ()),
    ("rt_rw", "007|008", "007/008", "ok", ()),
    ("rt_rw", "000/000", "000/000", "ok", ()),
    ("rt_rw", "-/-", "-/-", "ok", ()),
    ("rt_rw", ": -/-", "-/-", "ok", ()),
    ("rt_rw", "007008", "007/008", "warning", ("separator_missing",)),
    ("rt_rw", "07/008", "07/008", "warning", ("short_group",)),
    ("rt_rw", "0070008", "0070008", "error", ("format",)),
    ("rt_rw", "0007/008", "0007/008", "error", ("format",)),
    ("tanggal_lahir", "22-02-2017", "22-02-2017", "ok", ()),
    ("tanggal_lahir", "22-02- 2017", "22-02-2017", "ok", ()),
    ("tanggal_lahir", "22.02/2Ol7", "22-02-2017", "ok", ()),
    ("tanggal_lahir", "22 02–2017", "22-02-2017", "ok", ()),
    ("tanggal_lahir", "22022017", "22-02-2017", "warning", ("separator_missing",)),
    ("tanggal_lahir", "BANDUNG, 22-02-2017", "22-02-2017", "ok", ()),
    ("tanggal_lahir", "30-02-2017", "30-02-2017", "error", ("date_impossible",)),
    ("tanggal_lahir", "10-04-1094", "10-04-1094", "error", ("date_impossible",)),
    ("tanggal_lahir", "2-02-2017", "2-02-2017", "error", ("format",)),
    ("tanggal_lahir", "22-02-17", "22-02-17", "error", ("format",)),
    ("tanggal_terbit", "0l-12-2O12", "01-12-2012", "ok", ()),
    ("berlaku_hingga", "SEUMURHIDUP", "SEUMUR HIDUP", "ok", ()),
    ("berlaku_hingga", "5EUMUR HIDUP", "SEUMUR HIDUP", "ok", ()),
    ("berlaku_hingga", "SEUMUR HIDUR", "SEUMUR HIDUP", "warning", ("nearest_in_list",)),
    ("berlaku_hingga", "Berlaku Hingga : 22-02-2017", "22-02-2017", "ok", ()),
    ("berlaku_hingga", "SEUHIDUP", "SEUHIDUP", "error", ("not_in_list",)),
    ("jenis_kelamin", "LAKI LAKI", "LAKI-LAKI", "ok", ()),
    ("jenis_kelamin", "LAKI-LAKl", "LAKI-LAKI", "ok", ()),
    ("jenis_kelamin", "PEREMPUAN..", "PEREMPUAN", "ok", ()),
    ("jenis_kelamin", "LAKI-LAKI Gol. Darah : O", "LAKI-LAKI", "ok", ()),
    ("jenis_kelamin", "FEMALE", "FEMALE", "ok", ()),
    ("golongan_darah", "0", "O", "ok", ()),
    ("golongan_darah", "8", "B", "ok", ()),
    ("golongan_darah", "13", "B", "ok", ()),
    ("golongan_darah", "I3+", "B+", "ok", ()),
    ("golongan_darah", "A8-", "AB-", "ok", ()),
    ("golongan_darah", "Gol. Darah : A", "A", "ok", ()),
    ("golongan_darah", ": -", "-", "ok", ()),
    ("golongan_darah", "—", "-", "ok", ()),
    ("golongan_darah", "TIDAK TAHU", "TIDAK TAHU", "ok", ()),
    ("golongan_darah", "D", "D", "error", ("not_in_list",)),
    ("golongan_darah", "", "", "not_assessable", ("empty",)),
    ("agama", "lSLAM", "ISLAM", "ok", ()),
    ("agama", "ISLAN", "ISLAM", "warning", ("nearest_in_list",)),
    ("agama", "KATHOLIK", "KATHOLIK", "ok", ()),
    ("agama", "KATHLIK", "KATHLIK", "warning", ("ambiguous",)),
    ("agama", "KONG HU CU", "KONG HU CU", "ok", ()),
    ("agama", "Kepercayaan : KEPERCAYAAN TERHADAP TUHAN YME", "KEPERCAYAAN TERHADAP TUHAN YME",
     "ok", ()),
    ("agama", "-", "-", "ok", ()),
    ("agama", "XYZ", "XYZ", "error", ("not_in_list",)),
    ("status_perkawinan", "BELUMKAWIN", "BELUM KAWIN", "ok", ()),
    ("status_perkawinan", "n: CERAI MATI", "CERAI MATI", "ok", ()),
    ("status_perkawinan", "KAWIN TERCATAT", "KAWIN TERCATAT", "ok", ()),
    ("pekerjaan", "PELAJAR / MAHASISWA", "PELAJAR/MAHASISWA", "ok", ()),
    ("pekerjaan", "KARYAWANSWASTA", "KARYAWAN SWASTA", "ok", ()),
    ("pekerjaan", "PEGAWAI NEGERI SIPIL(PNS)", "PEGAWAI NEGERI SIPIL (PNS)", "ok", ()),
    ("pekerjaan", "ASTRONOT", "ASTRONOT", "warning", ("not_in_list",)),
    ("kewarganegaraan", "WN1", "WNI", "ok", ()),
    ("kewarganegaraan", "WNl", "WNI", "ok", ()),
    ("kewarganegaraan", "VNI", "WNI", "ok", ()),
    ("kewarganegaraan", "WWNI", "WNI", "ok", ()),
    ("kewarganegaraan", "KOREA SELATAN", "KOREA SELATAN", "ok", ()),
    ("kewarganegaraan", "MALAYS1A", "MALAYSIA", "ok", ()),
    ("kewarganegaraan", "SEUMUR HIDUP", "SEUMUR HIDUP", "warning", ("not_in_list",)),
    ("kewarganegaraan", "WNA", "WNA", "warning", ("not_in_list",)),
    ("kewarganegaraan", "KOREA SELATAN", "KOREA SELATAN", "ok", ()),
    ("provinsi", "PROVINSIDKIJAKARTA", "PROVINSI DKI JAKARTA", "ok", ()),
    ("provinsi", "PR0VINSI J4WA BARAT", "PROVINSI JAWA BARAT", "ok", ()),
    ("provinsi", "PROPINSI JAWA BARAT", "PROPINSI JAWA BARAT", "ok", ()),
    ("provinsi", "PROVINSI D.I. YOGYAKARTA", "PROVINSI D.I. YOGYAKARTA", "ok", ()),
    ("provinsi", "PROVINSI JAWA BARAI", "PROVINSI JAWA BARAT", "warning", ("nearest_in_list",)),
    ("provinsi", "JAWA BARAT", "PROVINSI JAWA BARAT", "warning", ("prefix_missing",)),
    ("provinsi", "PROVINSI ATLANTIS", "PROVINSI ATLANTIS", "error", ("not_in_list",)),
    ("kabupaten_kota", "JAKARTABARAT", "JAKARTA BARAT", "ok", ()),
    ("kabupaten_kota", "KAB. BANDUNG", "KAB. BANDUNG", "ok", ()),
    ("kabupaten_kota", "KABUPATEN FAK-FAK", "KABUPATEN FAK-FAK", "ok", ()),
    ("kabupaten_kota", "KABUPATEN BARU", "KABUPATEN BARU", "warning", ("ambiguous",)),
    ("kabupaten_kota", "BANDUNG", "BANDUNG", "error", ("not_in_list",)),
    ("kecamatan", "KEBONJERUK", "KEBON JERUK", "ok", ()),
    ("kecamatan", "KEBUN JERUK", "KEBUN JERUK", "warning", ("not_in_list",)),
    ("tempat_terbit", "KOTABANDUNG", "KOTA BANDUNG", "ok", ()),
    ("tempat_terbit", "BANDUNG", "BANDUNG", "ok", ()),
    ("nama", "Nama : BUDI  SANTOSO", "BUDI SANTOSO", "ok", ()),
    ("nama", "BUDI 5ANTOSO", "BUDI 5ANTOSO", "warning", ("digit_in_name",)),
    ("nama", "B", "B", "warning", ("length",)),
    ("nama", "BUDI_SANTOSO", "BUDI_SANTOSO", "warning", ("charset",)),
    ("tempat_lahir", "BAU-BAU, 01-02-1990", "BAU-BAU", "ok", ()),
    ("tempat_lahir", "8ANDUNG", "8ANDUNG", "warning", ("digit_in_name",)),
    ("alamat", "t : JL. 0TISTA NO. I2 RT 01/02", "JL. 0TISTA NO. I2 RT 01/02", "ok", ()),
    ("kel_desa", "TITI KUNING II", "TITI KUNING II", "ok", ()),
]  # fmt: skip


def test_every_field_has_a_grammar() -> None:
    assert set(GRAMMARS) == set(FIELDS)


@pytest.mark.parametrize(("key", "raw", "text", "status", "problems"), UNDERSTOOD)
def test_understood(key: str, raw: str, text: str, status: str, problems: tuple[str, ...]) -> None:
    found = understand(key, raw)
    assert (found.text, found.status, found.problems) == (text, status, problems)


def test_every_problem_named_is_listed() -> None:
    assert {problem for row in UNDERSTOOD for problem in row[4]} <= set(grammar.PROBLEMS)


def test_corrections_point_into_the_raw_text() -> None:
    found = understand("nik", ": 3I7101O101909999")
    assert [(c.position, c.read, c.taken) for c in found.corrections] == [
        (3, "I", "1"),
        (8, "O", "0"),
    ]
    slash = understand("rt_rw", "OO71008").corrections
    assert [(c.position, c.read, c.taken) for c in slash] == [
        (0, "O", "0"),
        (1, "O", "0"),
        (3, "1", "/"),
    ]
    whole = understand("agama", ": ISLAN").corrections
    assert [(c.position, c.read, c.taken, c.rule) for c in whole] == [(2, "ISLAN", "ISLAM", "list")]
    assert understand("berlaku_hingga", "seumurhidup").corrections == ()


@pytest.mark.parametrize(
    ("key", "raw", "status"),
    [
        ("nik", f"31710101019{HIDDEN}9999", "error"),
        ("rt_rw", f"00{HIDDEN}/008", "error"),
        ("tanggal_lahir", f"2{HIDDEN}-02-2017", "error"),
        ("berlaku_hingga", f"2{HIDDEN}-02-2017", "error"),
        ("golongan_darah", HIDDEN, "error"),
        ("berlaku_hingga", f"SEU{HIDDEN}UR HIDUP", "warning"),
        ("agama", f"ISL{HIDDEN}M", "warning"),
        ("agama", f"XQ{HIDDEN}", "error"),
        ("provinsi", f"PROVINSI BAL{HIDDEN}", "warning"),
        ("nama", f"BUD{HIDDEN} SANTOSO", "warning"),
        ("alamat", f"JL. {HIDDEN}ELATI", "warning"),
        # Beside a part of a value its rest may be hidden: PETANI/PEKEBUN, BELUM KAWIN, ...
        ("pekerjaan", f"PETANI{HIDDEN * 4}", "warning"),
        ("status_perkawinan", f"{HIDDEN * 3}KAWIN", "warning"),
        ("provinsi", f"PROVINSI PAPUA{HIDDEN * 3}", "warning"),
        ("tempat_terbit", f"KAUR{HIDDEN}", "warning"),
        ("nama", f"BUDI{HIDDEN}", "warning"),
        ("rt_rw", f"002/02{HIDDEN}", "error"),
        ("tanggal_terbit", f"05-03-201{HIDDEN}", "error"),
    ],
)
def test_a_hidden_character_is_never_filled_in_and_never_ok(
    key: str, raw: str, status: str
) -> None:
    found = understand(key, raw)
    assert found.status == status
    assert "hidden_character" in found.problems
    assert found.text == raw


@pytest.mark.parametrize(
    ("key", "raw", "text"),
    [
        ("jenis_kelamin", f"LAKI-LAKI{HIDDEN * 4}", "LAKI-LAKI"),
        ("agama", f": ISLAM {HIDDEN}", "ISLAM"),
        ("berlaku_hingga", f"SEUMUR HIDUP{HIDDEN}", "SEUMUR HIDUP"),
        ("kabupaten_kota", f"{HIDDEN * 2}KABUPATEN KAUR{HIDDEN}", "KABUPATEN KAUR"),
        ("rt_rw", f": 002/024{HIDDEN * 3}", "002/024"),
        ("tanggal_terbit", f"{HIDDEN}05-03-2012{HIDDEN}", "05-03-2012"),
        ("berlaku_hingga", f"05-03-2017 {HIDDEN}", "05-03-2017"),
    ],
)
def test_what_is_hidden_beside_a_whole_entry_is_none_of_it(key: str, raw: str, text: str) -> None:
    found = understand(key, raw)
    assert (found.text, found.status) == (text, "ok")
    dropped = "".join(one.read for one in found.corrections)
    assert dropped.replace(" ", "") == HIDDEN * raw.count(HIDDEN)
    assert {(one.taken, one.rule) for one in found.corrections} == {("", "beside")}


def test_the_regency_mends_a_district() -> None:
    assert understand("kecamatan", "KEBUN JERUK", regency_code="3173").text == "KEBON JERUK"
    assert understand("kecamatan", "KEBUN JERUK", regency_code="3273").text == "KEBUN JERUK"


@pytest.mark.parametrize(
    ("raw", "place", "date"),
    [
        ("BANDUNG, 01-02-1990", "BANDUNG", "01-02-1990"),
        ("BANDUNG,01-02-1990", "BANDUNG", "01-02-1990"),
        ("BANDUNG 01-02-1990", "BANDUNG", "01-02-1990"),
        ("BANDUNG18-02-1990", "BANDUNG", "18-02-1990"),
        ("BANDUNG. 01-02-1990", "BANDUNG", "01-02-1990"),
        ("SOLO, 22-02- 2017", "SOLO", "22-02- 2017"),
        ("BANDUNG, O1-02-1990", "BANDUNG", "O1-02-1990"),
        ("BANDUNG, 01021990", "BANDUNG", "01021990"),
        ("BANDUNG O1021990", "BANDUNG", "O1021990"),
        ("BAU-BAU, 01-02-1990", "BAU-BAU", "01-02-1990"),
        (f"KOTA BARU, {HIDDEN}2-02-1990", "KOTA BARU", f"{HIDDEN}2-02-1990"),
        ("SOLO,1-02-1990", "SOLO", "1-02-1990"),
        # A letter directly before the digits may belong to the place: it is not made a digit.
        ("SOLO1-02-1990", "SOLO", "1-02-1990"),
        ("BANDUNG", "BANDUNG", ""),
        ("01-02-1990", "", "01-02-1990"),
        ("", "", ""),
    ],
)
def test_split_birth(raw: str, place: str, date: str) -> None:
    found_place, found_date, start = split_birth(raw)
    assert (found_place, found_date) == (place, date)
    assert raw.startswith(found_place)
    assert raw[start:].startswith(found_date)


def test_the_occupations_are_the_99() -> None:
    path = SHARED / "pekerjaan.csv"
    if not path.exists():
        pytest.skip("the shared list is not here")
    with path.open(encoding="utf-8", newline="") as lines:
        listed = [row["name_upper"] for row in csv.DictReader(lines)]
    ours = closed.entries("pekerjaan")
    assert [name for name, usual in ours.items() if name == usual] == [
        *listed,
        "BURUH",
        "BIARAWAN/BIARAWATI",
    ]


@pytest.mark.parametrize("key", ["agama", "jenis_kelamin", "status_perkawinan", "pekerjaan"])
def test_listed_values_are_understood_as_themselves(key: str) -> None:
    folded = defaultdict(set)
    for spelling, usual in closed.entries(key).items():
        assert understand(key, spelling).text == spelling
        assert understand(key, spelling).status == "ok"
        assert grammar.standard(key, spelling) == usual
        folded[regions.comparable(spelling)].add(usual)
    assert all(len(meant) == 1 for meant in folded.values())


def test_header_names_are_understood_as_themselves() -> None:
    for region in regions.provinces():
        for name in regions.card_names(region):
            assert understand("provinsi", name).text == name
    for region in regions.regencies():
        for name in regions.card_names(region):
            found = understand("kabupaten_kota", name)
            assert (found.text, found.status, found.corrections) == (name, "ok", ())


def test_one_wrong_letter_never_leads_to_another_regency() -> None:
    """Misread letters are mended to what is printed or not at all."""
    for region in regions.regencies()[::5]:
        name = regions.card_names(region)[0]
        for place in range(0, len(name), 3):
            if name[place] not in " -":
                damaged = f"{name[:place]}X{name[place + 1 :]}"
                found = understand("kabupaten_kota", damaged)
                mended = found.problems == ("nearest_in_list",)
                assert found.text == (name if mended else damaged)
                assert found.status in ("warning", "error")


def test_canonical_and_agreement() -> None:
    assert canonical("rt_rw", "001 / 024") == "001/024"
    assert canonical("alamat", " Jl.  Melati ") == "JL. MELATI"
    assert grammar.agrees("alamat", "JL.MELATINO5", "JL. MELATI NO 5")
    assert not grammar.agrees("alamat", "JL.MELATINO5", "JL. MELATI NO S")
    with pytest.raises(KeyError):
        canonical("shoe_size", "42")
    with pytest.raises(KeyError):
        understand("shoe_size", "42")


def test_values_stay_out_of_the_repr() -> None:
    assert "3171010101909999" not in repr(understand("nik", "3171010101909999"))


@pytest.mark.parametrize("read", ["CORONTALO", "PNTIANAK"])
def test_a_place_one_letter_off_is_doubted_and_left_as_read(read):
    understood = understand("tempat_lahir", read)
    assert understood.text == read
    assert understood.status == "warning"
    assert understood.problems == ("near_known_place",)


@pytest.mark.parametrize("place", ["GORONTALO", "SOLO", "CIKAMPEK", "KUALA LUMPUR"])
def test_a_place_that_is_known_or_far_from_any_is_not_doubted(place):
    assert understand("tempat_lahir", place).status == "ok"


@pytest.mark.parametrize(
    ("key", "read"),
    [
        ("kel_desa", "003/006"),
        ("tempat_lahir", "PEREMPUAN"),
        ("nama", "LAKI-LAKI"),
        ("alamat", "002 / 014"),
        ("alamat", "JLN VETERAN NO. 192 011/011"),
    ],
)
def test_another_rows_value_is_doubted(key, read):
    understood = understand(key, read)
    assert understood.status == "warning"
    assert "other_row" in understood.problems


@pytest.mark.parametrize("read", ["JL MAWAR NO. 123/456", "JL MAWAR RT 002/003", "BLOK K13/36"])
def test_an_address_may_end_in_numbers(read):
    assert understand("alamat", read).status == "ok"
