from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ktpcheck.consistency import RULES, Facts, check_consistency
from ktpcheck.fields import FIELDS
from ktpcheck.grammar import HIDDEN

#: Tables load on the first example and machines are shared: no law is about time.
steady = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

REFERENCE = date(2026, 6, 1)

#: An invented card in which everything agrees.
CARD = {
    "provinsi": "PROVINSI JAWA BARAT",
    "kabupaten_kota": "KOTA BANDUNG",
    "nik": "3273011708859999",
    "nama": "BUDI SANTOSO",
    "tempat_lahir": "BANDUNG",
    "tanggal_lahir": "17-08-1985",
    "jenis_kelamin": "LAKI-LAKI",
    "golongan_darah": "-",
    "alamat": "JL. MELATI NO 5",
    "rt_rw": "007/008",
    "kel_desa": "SUKAMAJU",
    "kecamatan": "SUKASARI",
    "agama": "ISLAM",
    "status_perkawinan": "KAWIN",
    "pekerjaan": "KARYAWAN SWASTA",
    "kewarganegaraan": "WNI",
    "berlaku_hingga": "SEUMUR HIDUP",
    "tempat_terbit": "KOTA BANDUNG",
    "tanggal_terbit": "05-10-2014",
}

#: Rule, what is changed on the card, outcome.
CASES = [
    ("nik_invalid", {"nik": "3273013208859999"}, "error"),
    ("nik_invalid", {"nik": "3273011708850000"}, "error"),
    ("nik_invalid", {"nik": "327301170885999"}, "error"),
    ("nik_region_unknown", {"nik": "3299011708859999"}, "warning"),
    ("nik_region_unknown", {"nik": "9999011708859999"}, "warning"),
    ("nik_region_unknown", {"nik": "0901011708859999"}, "warning"),
    ("nik_region_unknown", {"nik": "327301170885999"}, "not_assessable"),
    ("nik_region_old", {"nik": "9101011708859999"}, "info"),
    ("nik_region_old", {"nik": "6473011708859999"}, "info"),
    ("nik_region_old", {"nik": "5401011708859999"}, "info"),
    ("nik_birth_mismatch", {"tanggal_lahir": "18-08-1985"}, "warning"),
    ("nik_birth_mismatch", {"tanggal_lahir": "17-08-1986"}, "warning"),
    ("nik_birth_mismatch", {"nik": "3273013208859999"}, "warning"),
    ("nik_birth_mismatch", {"tanggal_lahir": "31-02-1985"}, "not_assessable"),
    ("nik_birth_mismatch", {"nik": f"327301170885{HIDDEN}999"}, "not_assessable"),
    ("nik_sex_mismatch", {"nik": "3273015708859999"}, "warning"),
    ("nik_sex_mismatch", {"nik": "3273015708859999", "jenis_kelamin": "PEREMPUAN"}, "ok"),
    ("nik_sex_mismatch", {"nik": "3273015708859999", "jenis_kelamin": "FEMALE"}, "ok"),
    ("nik_sex_mismatch", {"nik": "3273013508859999"}, "not_assessable"),
    ("nik_sex_mismatch", {"jenis_kelamin": "LAKI"}, "not_assessable"),
    ("nik_province_differs", {"nik": "3171011708859999"}, "info"),
    ("nik_province_differs", {"provinsi": "PROVINSI BANTEN"}, "ok"),
    ("nik_province_differs", {"nik": "0901011708859999"}, "not_assessable"),
    ("nik_address_differs", {"nik": "3204011708859999"}, "info"),
    ("nik_address_differs", {"nik": "7319011708859999"}, "not_assessable"),
    (
        "nik_address_differs",
        {
            "nik": "6473011708859999",
            "provinsi": "PROVINSI KALIMANTAN UTARA",
            "kabupaten_kota": "KOTA TARAKAN",
        },
        "ok",
    ),
    (
        "nik_province_differs",
        {"nik": "9101011708859999", "provinsi": "PROVINSI PAPUA SELATAN"},
        "ok",
    ),
    ("nik_district_differs", {"kecamatan": "COBLONG"}, "info"),
    ("nik_district_differs", {"nik": "3273991708859999"}, "not_assessable"),
    ("regency_not_in_province", {"provinsi": "PROVINSI JAWA TIMUR"}, "error"),
    (
        "regency_not_in_province",
        {"provinsi": "PROVINSI JAWA TIMUR", "kabupaten_kota": "KOTA BANDUMG"},
        "warning",
    ),
    (
        "regency_not_in_province",
        {"provinsi": "PROVINSI BALI", "kabupaten_kota": "KABUPATEN BANDUNG"},
        "error",
    ),
    (
        "regency_not_in_province",
        {"provinsi": "PROVINSI KALIMANTAN TIMUR", "kabupaten_kota": "KOTA TARAKAN"},
        "ok",
    ),
    ("regency_not_in_province", {"kabupaten_kota": "KOTA ATLANTIS"}, "not_assessable"),
    ("kecamatan_not_in_regency", {"kecamatan": "KEBON JERUK"}, "warning"),
    ("kecamatan_not_in_regency", {"kecamatan": "SUKA SARl"}, "ok"),
    ("kecamatan_not_in_regency", {"kecamatan": "SUKAXARI"}, "ok"),
    ("birth_date_invalid", {"tanggal_lahir": "31-02-1985"}, "error"),
    ("birth_date_invalid", {"tanggal_lahir": "17-08-2085"}, "error"),
    ("birth_date_invalid", {"tanggal_lahir": "17-08-85"}, "error"),
    ("birth_age", {"tanggal_lahir": "17-08-1895"}, "error"),
    ("birth_age", {"tanggal_lahir": "17-08-1920"}, "warning"),
    ("birth_age", {"tanggal_lahir": "17-08-2012", "status_perkawinan": "BELUM KAWIN"}, "warning"),
    ("birth_age", {"tanggal_lahir": "17-08-2009", "status_perkawinan": "KAWIN"}, "ok"),
    ("birth_age", {"tanggal_lahir": "17-08-2085"}, "not_assessable"),
    ("issue_date_range", {"tanggal_terbit": "05-10-2004"}, "warning"),
    ("issue_date_range", {"tanggal_terbit": "05-10-2034"}, "error"),
    ("issue_date_range", {"tanggal_terbit": "35-10-2014"}, "error"),
    ("issue_age", {"tanggal_lahir": "17-08-2000"}, "warning"),
    ("issue_age", {"tanggal_lahir": "05-10-1998"}, "ok"),
    ("expiry_invalid", {"berlaku_hingga": "31-02-2017"}, "error"),
    ("expiry_invalid", {"berlaku_hingga": "17-08-2017"}, "ok"),
    ("expiry_past", {"berlaku_hingga": "17-08-2017"}, "info"),
    ("expiry_past", {"berlaku_hingga": "17-08-2037"}, "ok"),
    ("expiry_past", {"berlaku_hingga": "17-08-2017", "kewarganegaraan": "JEPANG"}, "ok"),
    ("expiry_past", {"berlaku_hingga": "17-08-2017", "kewarganegaraan": ""}, "not_assessable"),
    ("expiry_past_wna", {"berlaku_hingga": "17-08-2017", "kewarganegaraan": "JEPANG"}, "warning"),
    ("expiry_past_wna", {"berlaku_hingga": "17-08-2017"}, "ok"),
    ("expiry_birthday_differs", {"berlaku_hingga": "17-08-2017"}, "ok"),
    ("expiry_birthday_differs", {"berlaku_hingga": "18-08-2017"}, "info"),
    ("issue_place_differs", {"tempat_terbit": "CIMAHI"}, "info"),
    ("issue_place_differs", {"tempat_terbit": "KOTA BANDUN6"}, "ok"),
    (
        "issue_place_differs",
        {"kabupaten_kota": "KABUPATEN SLEMAN", "tempat_terbit": "SLEMAN"},
        "ok",
    ),
    (
        "issue_place_differs",
        {"kabupaten_kota": "JAKARTA BARAT", "tempat_terbit": "JAKARTA BARAT"},
        "ok",
    ),
    ("occupation_sex_unusual", {"pekerjaan": "BIDAN"}, "info"),
    ("occupation_sex_unusual", {"pekerjaan": "BIDAN", "jenis_kelamin": "PEREMPUAN"}, "ok"),
    ("occupation_sex_unusual", {"pekerjaan": "PASTOR", "jenis_kelamin": "PEREMPUAN"}, "info"),
    ("married_young", {"tanggal_lahir": "17-08-2012"}, "warning"),
    ("married_young", {"tanggal_lahir": "17-08-2012", "status_perkawinan": "BELUM KAWIN"}, "ok"),
    ("citizenship_mixed", {"jenis_kelamin": "MALE"}, "info"),
    ("citizenship_mixed", {"kewarganegaraan": "JEPANG"}, "info"),
    ("citizenship_mixed", {"kewarganegaraan": "JEPANG", "jenis_kelamin": "MALE"}, "ok"),
]

#: The grades of section 4 and of the field table: what a broken rule may say at worst.
WORST = {
    "nik_invalid": "error",
    "nik_region_unknown": "warning",
    "nik_region_old": "info",
    "nik_birth_mismatch": "warning",
    "nik_sex_mismatch": "warning",
    "nik_province_differs": "info",
    "nik_address_differs": "info",
    "nik_district_differs": "info",
    "regency_not_in_province": "error",
    "kecamatan_not_in_regency": "warning",
    "birth_date_invalid": "error",
    "birth_age": "error",
    "issue_date_range": "error",
    "issue_age": "warning",
    "expiry_invalid": "error",
    "expiry_past": "info",
    "expiry_past_wna": "warning",
    "expiry_birthday_differs": "info",
    "portrait_ground_differs": "info",
    "issue_place_differs": "info",
    "occupation_sex_unusual": "info",
    "married_young": "warning",
    "citizenship_mixed": "info",
}
GRADES = ("ok", "info", "warning", "error")


def outcomes(values: dict[str, str], ground: str | None = "red") -> dict[str, str]:
    checks = check_consistency(values, reference=REFERENCE, portrait_ground=ground)
    return {check.id: check.status for check in checks}


def test_a_card_that_agrees_passes_every_rule() -> None:
    assert set(outcomes(CARD).values()) == {"ok"}


@pytest.mark.parametrize(("rule", "changes", "status"), CASES)
def test_rule(rule: str, changes: dict[str, str], status: str) -> None:
    assert outcomes({**CARD, **changes})[rule] == status


@pytest.mark.parametrize(
    ("ground", "status"),
    [("red", "ok"), ("blue", "info"), (None, "not_assessable"), ("orange", "not_assessable")],
)
def test_the_ground_behind_the_portrait(ground: str | None, status: str) -> None:
    assert outcomes(CARD, ground)["portrait_ground_differs"] == status


def test_every_rule_is_seen_broken_and_graded() -> None:
    assert [rule.id for rule in RULES] == list(WORST)
    broken = {rule for rule, _, status in CASES if status in GRADES[1:]}
    assert broken | {"portrait_ground_differs"} == set(WORST)
    for rule, _, status in CASES:
        if status in GRADES:
            assert GRADES.index(status) <= GRADES.index(WORST[rule])


def test_rules_compare_fields_of_the_card() -> None:
    assert {key for rule in RULES for key in rule.fields} <= set(FIELDS)


def test_nothing_read_is_not_assessable() -> None:
    assert set(outcomes({}).values()) == {"not_assessable"}
    assert set(outcomes(dict.fromkeys(FIELDS, HIDDEN)).values()) == {"not_assessable"}


def test_values_stay_out_of_the_repr() -> None:
    assert "3273" not in repr(Facts(CARD, REFERENCE, None))


TEXTS = st.one_of(
    st.text(max_size=20), st.sampled_from(sorted(set(CARD.values()))), st.just(HIDDEN)
)


@steady
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), TEXTS), st.dates())
def test_no_values_raise_and_every_rule_answers(values: dict[str, str], day: date) -> None:
    checks = check_consistency(values, reference=day, portrait_ground="red")
    assert [check.id for check in checks] == [rule.id for rule in RULES]
    for check in checks:
        if check.status in GRADES:
            assert GRADES.index(check.status) <= GRADES.index(WORST[check.id])


@steady
@given(st.sampled_from(sorted(CARD)), TEXTS)
def test_a_field_only_touches_the_rules_that_name_it_or_its_neighbours(key: str, text: str) -> None:
    """What is not compared with a field stays as it was."""
    before, after = outcomes(CARD), outcomes({**CARD, key: text})
    # The birth year tells the NIK's century; the province helps to know the regency.
    lends = {"tanggal_lahir": "nik", "provinsi": "kabupaten_kota"}
    for rule in RULES:
        if key not in rule.fields and lends.get(key) not in rule.fields:
            assert before[rule.id] == after[rule.id]
