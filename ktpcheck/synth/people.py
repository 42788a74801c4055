"""Invented people: every value a card prints, consistent with itself.

No value is taken from a real card. Names are put together from lists of common given and family
names of many peoples of Indonesia; the NIK's serial is always 9999.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ktpcheck.synth.places import District, draw_district

#: The only serial a specimen carries (0000 breaks the grammar).
SPECIMEN_SERIAL: Final = "9999"

#: Longest value in characters before a row wraps (the drawer checks the width too).
_LINE_CHARACTERS: Final = 29
#: Longest birthplace that leaves room for the date, and the longest line where both take two: its
#: letters are wider than digits are.
_PLACE_CHARACTERS: Final = 17
_PLACE_LINE_CHARACTERS: Final = 25


@dataclass(frozen=True)
class Person:
    """What stands on one card.

    ``fields`` maps every key of ``ktpcheck.fields.FIELDS`` to its printed text;
    ``name_lines``, ``birth_lines`` and ``address_lines`` are the printed lines of the rows that
    may wrap.
    """

    fields: Mapping[str, str]
    name_lines: tuple[str, ...]
    birth_lines: tuple[str, ...]
    address_lines: tuple[str, ...]
    female: bool
    foreign: bool
    birth: datetime.date
    age: int


def _packed(names: str) -> tuple[str, ...]:
    return tuple(names.split("|"))


#: People: given names of men, of women, family or last names, and how many of them are drawn.
_PEOPLES: Final[Mapping[str, tuple[str, str, str]]] = {
    "jawa": (
        "BUDI AGUS BAMBANG SLAMET SUGENG WAHYU EKO JOKO HERI TEGUH SUPARMAN SUKARNO PURWANTO "
        "WARSITO NGADIMAN PARIJO KASIMAN WIDODO SUTRISNO MULYONO DWI TRI CATUR YULIANTO",
        "SITI SRI ENDANG DEWI RATNA WAHYUNI NINGSIH SUMIYATI LESTARI PUJI TUTIK RETNO WIJI "
        "SUHARTINI MURTINI PONIYEM NGATINI WULANDARI INDAH ASIH TRI DWI",
        "SANTOSO WIBOWO SETIAWAN PRASETYO NUGROHO HANDOYO SUSANTO HARTONO RAHARJO KUSUMA "
        "HIDAYAT PRAMONO WICAKSONO UTOMO SAPUTRO KURNIAWAN LESTARI RAHAYU ASTUTI",
    ),
    "sunda": (
        "ASEP DADANG UJANG CECEP DEDI YAYAN ENCEP IWAN ADE AEP JAJANG TATANG KOSWARA DIDIN",
        "EUIS NENENG IIS LILIS TETI ELIS IMAS YANTI NUNUNG ROHAYATI KOKOM WIDA ENUNG",
        "SUTISNA KURNIA SUPRIATNA HERMAWAN SURYANA GUNAWAN SOMANTRI NURJAMAN MULYANA PERMANA "
        "ROHENDI SOLIHIN RUKMANA",
    ),
    "batak": (
        "TIGOR PARLINDUNGAN HOTMAN MARULI POLTAK SAHAT BONAR TOGAR JHONSON MANGARA RUDOLF",
        "ROSMAWATI TIUR DUMA RISMA HOTMAIDA MARIANA LAMRIA NURSINTA TETTY ROMAULI",
        "SIMANJUNTAK SITUMORANG NASUTION SIREGAR HUTAPEA SINAGA PANJAITAN HARAHAP LUBIS "
        "SIHOMBING GINTING TARIGAN PURBA MANURUNG HUTAGALUNG",
    ),
    "minang": (
        "RIZAL ZULKIFLI AFRIZAL YUSRIL SYAFRUDDIN DASRIL FIRDAUS JUFRI MARZUKI HENDRI",
        "YUSNIDAR ELVIRA GUSNI DESMAWATI RAHMI WIRDA ZULBAIDAH NURHAYATI FITRIA UPIK",
        "CHANIAGO KOTO PILIANG TANJUNG SIKUMBANG JAMBAK MELAYU GUCI PUTRA SYAHRIAL",
    ),
    "bugis": (
        "ANDI BASO MUH. ALIMUDDIN SYAMSUDDIN AMBO BAHARUDDIN RUSLI LA HASANUDDIN MAPPA",
        "ANDI BESSE HASNAWATI ROSTINA NURLINA HJ. SITTI ROSDIANA I HALIMAH MARWAH",
        "DG. NGALLE|DG. TAYANG|PAWELLANGI|MAPPATOBA|TENRIAWARU|BATARA|PALLAWAGAU|MANGGABARANI",
    ),
    "bali": (
        "I WAYAN|I MADE|I NYOMAN|I KETUT|I GEDE|I GUSTI NGURAH|IDA BAGUS|I PUTU|I KADEK",
        "NI WAYAN|NI MADE|NI NYOMAN|NI KETUT|NI LUH|IDA AYU|I GUSTI AYU|NI PUTU|NI KADEK",
        "SUARDANA ARTAWAN SUDIARTA WIDIANTARA SUKARMA YASA PARWATA MAHENDRA DARMAYANTI WIRAWAN",
    ),
    "papua": (
        "YOHANES MARTHEN YAKOBUS BENYAMIN FRANS SILAS YULIUS OKTOVIANUS HENGKI NATALIS",
        "MARIA YULIANA DORKAS SARAH ORPA NAOMI AGUSTINA MARTINA ADOLFINA FRANSINA",
        "WENDA TABUNI KOGOYA YIKWA RUMBIAK WANGGAI MANSAWAN KAISIEPO IMBIRI YOMAN D'OLIVEIRA",
    ),
    "timur": (
        "ANTONIUS YOSEF PETRUS DOMINIKUS MIKAEL GREGORIUS FERDINAND ROBERTUS ALEXANDER",
        "THERESIA MAGDALENA YASINTA ELISABETH VERONIKA KRISTINA WILHELMINA ANASTASIA",
        "DA COSTA|DOS SANTOS|FERNANDEZ|LEWAR|NDUN|TAKA|KLEDEN|PATTINAMA|LATUHERU|DE FRETES|TA'E",
    ),
    "tionghoa": (
        "HENDRA STEVEN KEVIN WILLIAM ALVIN FELIX LIM TAN ONG VINCENT RUDY JIMMY",
        "MEILING LINDA SHERLY FELICIA JESSICA VIVIAN LIE CINDY STEFANIE LINAWATI",
        "WIJAYA HALIM TANUWIJAYA SALIM GUNAWAN HARTANTO LIM SUTANTO ONGKO KUSNADI SETIADI",
    ),
    "arab": (
        "AHMAD MUHAMMAD ABDUL ABDULLAH HASAN HUSEIN UMAR FAISAL SALIM IBRAHIM MU'AMMAR FU'AD",
        "FATIMAH AISYAH KHADIJAH ZAHRA NUR'AINI HALIMAH SYARIFAH MUNIROH ZAINAB QURROTU",
        "ALATAS|ASSEGAF|BIN SALEH|AL HABSYI|BAWAZIER|BINTI UMAR|SHIHAB|ALAYDRUS|AL-JUFRI|RAHMAN",
    ),
    "umum": (
        "RIAN DIMAS FAJAR RIZKY ANDRE DENI YUSUF IQBAL FIKRI GALIH ARIF RENDI ILHAM REZA "
        "MOCH. MUHAMAD",
        "NUR AYU PUTRI DINA RINI INTAN MEGA RISKA ANISA FITRI YULI EKA WATI MAYA NOVITA",
        "SAPUTRA PRATAMA RAMADHAN MAULANA FIRMANSYAH SYAHPUTRA PERMATA SARI ANGGRAINI SAFITRI "
        "OKTAVIANI HASANAH",
    ),
}

_SINGLE: Final = _packed(
    "SUKARNI|PAIMIN|SUGIYEM|TUKIMAN|SLAMET|PARTINAH|NURJANAH|SUMIATI|KARTIKA|WAGIMIN|"
    "SAMSURI|RUSMINAH|SUPRIYADI|MARIYAM"
)
_MENS_TITLES: Final = ("DR. ", "H. ", "DRS. ", "IR. ", "KH. ", "R. ")
_WOMENS_TITLES: Final = ("DR. ", "HJ. ", "DRA. ", "IR. ", "NY. ", "R.A. ")
_DEGREES: Final = (", S.H.", ", S.E.", ", S.PD.", ", S.KOM", ", M.SI.", ", A.MD.", ", ST")

STREETS: Final = _packed(
    "MERDEKA|SUDIRMAN|DIPONEGORO|GATOT SUBROTO|AHMAD YANI|MELATI|MAWAR|KENANGA|CEMPAKA|"
    "FLAMBOYAN|ANGGREK|DAHLIA|TEUKU UMAR|IMAM BONJOL|HASANUDDIN|PATTIMURA|R.A. KARTINI|"
    "VETERAN|PAHLAWAN|KI HAJAR DEWANTARA|RAYA BOGOR|PASAR MINGGU|CENDRAWASIH|MERPATI|"
    "RAJAWALI|KUTILANG|GUNUNG AGUNG|SUNGAI MUSI|DANAU TOBA|PULAU BINTAN|KH. WAHID HASYIM|"
    "OTISTA|TAMBAK|LANGGAR|KEBON JERUK|TANJUNG DUREN|RAYA SERANG|TRANS SULAWESI|"
    "POROS DESA|MT. HARYONO|S. PARMAN|YOS SUDARSO|BRIGJEN KATAMSO|ABDUL MUIS|"
    "URIP SUMOHARJO|PANGLIMA POLIM|CIK DITIRO|PERINTIS KEMERDEKAAN|BY PASS|INSPEKSI KALI|"
    "MANGGA|JAMBU|RAMBUTAN|NUSA INDAH|KAMBOJA|TERATAI|BOUGENVILLE"
)
_HAMLETS: Final = _packed(
    "KRAJAN|SUMBER|TEGALREJO|KARANGANYAR|SIDOMULYO|MEKARSARI|CIBURIAL|PASIRHUNI|BABAKAN|"
    "SUKAJADI|WONOSARI|JATIREJO|GUNUNGSARI|LEMPUYANG|TANJUNGSARI|PULOSARI"
)
_ESTATES: Final = _packed(
    "GRIYA ASRI|BUMI INDAH|VILLA MAS|TAMAN SARI|GRAHA PERMAI|PURI KENCANA|PESONA ALAM|"
    "BUKIT CEMARA|PONDOK UNGU|CITRA RAYA"
)
_VILLAGES: Final = _packed(
    "SUKAMAJU|MEKARJAYA|TANJUNG SARI|KARANG ANYAR|SIDOREJO|KAMPUNG BARU|PASAR BARU|"
    "SUNGAI BERINGIN|TITI KUNING II|PULO GADUNG|CIPINANG MELAYU|BATU MERAH|TELUK AMBON|"
    "LIMAU MANIS|KOTO TANGAH|WATUBANGGA|MALILI|PANAIKANG|UBUD KELOD|DAUH PURI|SUMBERREJO|"
    "NGLORAM|KEDUNGWARU|BANJAR NEGERI|RAJABASA|TALANG JAWA|ALUE BILIE|LHOK NGA|HAMADI|"
    "ENTROP|WAENA|OESAPA|LILIBA|KELAPA DUA|GEDONG MENENG|PETUKANGAN SELATAN|DUREN SAWIT|"
    "JATINEGARA KAUM|MANGGA DUA|SRENGSENG SAWAH"
)
_BIRTHPLACES: Final = tuple(
    "BANDUNG JAKARTA SURABAYA MEDAN SEMARANG PALEMBANG MAKASSAR PADANG DENPASAR AMBON JAYAPURA "
    "KUPANG BANJARMASIN PONTIANAK MANADO YOGYAKARTA MALANG BOGOR CIREBON TEGAL KLATEN WONOGIRI "
    "SOLOK BUKITTINGGI SIBOLGA LANGSA METRO PURWOKERTO BLITAR JEMBER SUMENEP SINGARAJA BIMA ENDE "
    "MERAUKE TERNATE PALOPO BAU-BAU GORONTALO TARAKAN LIMA|PULUH|KOTA TANJUNG|PINANG "
    "PEMATANG|SIANTAR UJUNG|PANDANG SUNGAI|PENUH".replace("|", "_").split()
)
_WIDE_BIRTHPLACES: Final = _packed(
    "LABUHANBATU SELATAN|TANJUNG JABUNG TIMUR|HULU SUNGAI TENGAH|TIMOR TENGAH UTARA|"
    "BOLAANG MONGONDOW SELATAN|PENUKAL ABAB LEMATANG ILIR"
)
_JOBS: Final = _packed(
    "BELUM/TIDAK BEKERJA|MENGURUS RUMAH TANGGA|PELAJAR/MAHASISWA|PENSIUNAN|"
    "PEGAWAI NEGERI SIPIL (PNS)|TENTARA NASIONAL INDONESIA (TNI)|KEPOLISIAN RI (POLRI)|"
    "PERDAGANGAN|PETANI/PEKEBUN|NELAYAN/PERIKANAN|KONSTRUKSI|TRANSPORTASI|"
    "KARYAWAN SWASTA|KARYAWAN BUMN|KARYAWAN HONORER|BURUH HARIAN LEPAS|"
    "BURUH TANI/PERKEBUNAN|TUKANG JAHIT|TUKANG BATU|MEKANIK|WARTAWAN|USTADZ/MUBALIGH|"
    "DOSEN|GURU|PENGACARA|ARSITEK|AKUNTAN|DOKTER|BIDAN|PERAWAT|APOTEKER|PELAUT|SOPIR|"
    "PEDAGANG|PERANGKAT DESA|WIRASWASTA|LAINNYA"
)
_COMMON_JOBS: Final = _packed(
    "KARYAWAN SWASTA|WIRASWASTA|PELAJAR/MAHASISWA|MENGURUS RUMAH TANGGA|BELUM/TIDAK BEKERJA"
)
_FAITHS: Final = (
    ("ISLAM", 0.62),
    ("KRISTEN", 0.12),
    ("KATHOLIK", 0.06),
    ("KATOLIK", 0.05),
    ("HINDU", 0.06),
    ("BUDHA", 0.03),
    ("BUDDHA", 0.03),
    ("KHONGHUCU", 0.03),
)
_COUNTRIES: Final = ("JEPANG", "MALAYSIA", "BELANDA", "AUSTRALIA", "INDIA", "KOREA SELATAN")


def _words(packed: str) -> list[str]:
    """A list packed with spaces; where a bar occurs it separates names that hold spaces."""
    return packed.split("|") if "|" in packed else packed.split()


def _pick(rng: np.random.Generator, options: list[str] | tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def invent(rng: np.random.Generator, wrapped: tuple[str, ...] | None = None) -> Person:
    """Make up one person.

    Parameters
    ----------
    rng : numpy.random.Generator
    wrapped : tuple of str, optional
        Rows that must take more than one line (``nama``, ``tempat_tgl_lahir``, ``alamat``; the
        last twice for three lines); None leaves it to chance.

    Returns
    -------
    Person
    """
    female = bool(rng.random() < 0.5)
    foreign = bool(rng.random() < 0.03)
    wide = None if wrapped is None else "tempat_tgl_lahir" in wrapped
    if wrapped is None:
        wrapped = ("alamat",) * int(rng.random() < 0.22) + ("nama",) * int(rng.random() < 0.05)
    birth = datetime.date(1945, 1, 1) + datetime.timedelta(days=int(rng.integers(0, 22600)))
    issued = datetime.date(2011, 6, 1) + datetime.timedelta(days=int(rng.integers(0, 4900)))
    issued = max(issued, birth + datetime.timedelta(days=17 * 366))
    home = draw_district(rng)
    first = home if rng.random() < 0.8 else draw_district(rng)
    name_lines = _name(rng, female, "nama" in wrapped)
    address_lines = _address(rng, wrapped.count("alamat"))
    birthplace = _birthplace(rng, home, wide)
    birth_lines = _birth_lines(birthplace, birth.strftime("%d-%m-%Y"))
    regency = home.regency.removeprefix("KABUPATEN ")
    fields = {
        "provinsi": home.province,
        "kabupaten_kota": home.regency,
        "nik": _nik(first, birth, female),
        "nama": " ".join(name_lines),
        "tempat_lahir": birthplace,
        "tanggal_lahir": birth.strftime("%d-%m-%Y"),
        "jenis_kelamin": "PEREMPUAN" if female else "LAKI-LAKI",
        "golongan_darah": _blood(rng),
        "alamat": " ".join(address_lines),
        "rt_rw": _rt_rw(rng),
        "kel_desa": _pick(rng, _VILLAGES),
        "kecamatan": home.name,
        **_status(rng, female, foreign, birth, issued),
        "tempat_terbit": regency,
        "tanggal_terbit": issued.strftime("%d-%m-%Y"),
    }
    age = issued.year - birth.year
    return Person(fields, name_lines, birth_lines, address_lines, female, foreign, birth, age)


def _nik(district: District, birth: datetime.date, female: bool) -> str:
    day = birth.day + 40 * female
    return f"{district.code}{day:02d}{birth.month:02d}{birth.year % 100:02d}{SPECIMEN_SERIAL}"


def _name(rng: np.random.Generator, female: bool, long: bool) -> tuple[str, ...]:
    peoples = list(_PEOPLES.values())
    men, women, last = peoples[int(rng.integers(len(peoples)))]
    given = _words(women if female else men)
    if long:
        parts = [_pick(rng, given), _pick(rng, given), _pick(rng, _words(last))]
        while len(" ".join(parts)) < _LINE_CHARACTERS + 4:
            parts.insert(1, _pick(rng, given))
        return _wrap(" ".join(parts), 1)
    if rng.random() < 0.12:
        return (_pick(rng, _SINGLE),)
    name = f"{_pick(rng, given)} {_pick(rng, _words(last))}"
    if rng.random() < 0.3:
        name = f"{_pick(rng, given)} {name}"
    if rng.random() < 0.1:
        name = _pick(rng, _WOMENS_TITLES if female else _MENS_TITLES) + name
    if rng.random() < 0.08:
        name += _pick(rng, _DEGREES)
    while len(name) > _LINE_CHARACTERS:
        name = name.rsplit(" ", 1)[0]
    return (name.rstrip(","),)


def _address(rng: np.random.Generator, extra_lines: int) -> tuple[str, ...]:
    kind = rng.random()
    number = int(rng.integers(1, 220))
    if kind < 0.45:
        text = f"{_pick(rng, ('JL.', 'JL', 'JLN', 'JL. RAYA'))} {_pick(rng, STREETS)}"
        if rng.random() < 0.8:
            text += f" {_pick(rng, ('NO.', 'NO', 'NO. '))} {number}".replace("  ", " ")
        if rng.random() < 0.15:
            text += f"/{int(rng.integers(1, 40))}"
    elif kind < 0.6:
        text = f"GG. {_pick(rng, STREETS)} {_pick(rng, ('I', 'II', 'III', 'IV', 'V'))} NO {number}"
    elif kind < 0.8:
        text = (
            f"{_pick(rng, ('DUSUN', 'DSN', 'KP.', 'KP', 'LINGK.', 'DK.'))} {_pick(rng, _HAMLETS)}"
        )
    else:
        block = f"BLOK {'ABCDEFGHJK'[int(rng.integers(10))]}{int(rng.integers(1, 30))}"
        text = f"PERUM {_pick(rng, _ESTATES)} {block}/{int(rng.integers(1, 40))}"
    if extra_lines == 0:
        return (text[: _LINE_CHARACTERS + 1].rstrip(),)
    additions = [
        f"KOMP. {_pick(rng, _ESTATES)} BLOK {'ABCDEFG'[int(rng.integers(7))]} NO. {number}",
        f"DEPAN MASJID AL-{_pick(rng, ('IKHLAS', 'HIDAYAH', 'MUTTAQIN', 'FALAH'))}",
        f"KM. {int(rng.integers(2, 30))}",
    ]
    while len(text) < _LINE_CHARACTERS * extra_lines + 5:
        text += " " + _pick(rng, additions)
    return _wrap(text, extra_lines)


def _wrap(text: str, extra_lines: int, longest: int = _LINE_CHARACTERS) -> tuple[str, ...]:
    """Break at words into ``extra_lines + 1`` lines, dropping what does not fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= longest:
            lines[-1] = longer
        elif len(lines) > extra_lines:
            break
        else:
            lines.append(word)
    return tuple(lines)


def _birthplace(rng: np.random.Generator, home: District, wide: bool | None) -> str:
    """Where somebody was born; ``wide``: whether it is too wide for its row, None for chance."""
    if rng.random() < 0.35:
        name = home.regency.removeprefix("KABUPATEN ").removeprefix("KOTA ")
    else:
        name = _pick(rng, _BIRTHPLACES).replace("_", " ")
    if wide and len(name) <= _PLACE_CHARACTERS:
        return _pick(rng, _WIDE_BIRTHPLACES)
    if wide is False and len(name) > _PLACE_CHARACTERS:
        return home.name[:_PLACE_CHARACTERS].rstrip()
    return name


def _birth_lines(birthplace: str, date: str) -> tuple[str, ...]:
    """Place and date on one line; where that is too wide it breaks at the last word that fits."""
    line = f"{birthplace}, {date}"
    if len(birthplace) <= _PLACE_CHARACTERS:
        return (line,)
    return _wrap(line, 1, _PLACE_LINE_CHARACTERS)


def _blood(rng: np.random.Generator) -> str:
    if rng.random() < 0.35:
        return "-"
    return _pick(rng, ("A", "B", "AB", "O", "O", "A+", "B+", "O+", "AB-"))


def _rt_rw(rng: np.random.Generator) -> str:
    rt, rw = int(rng.integers(1, 30)), int(rng.integers(1, 25))
    form = rng.random()
    if form < 0.12:
        return f"{rt:03d} / {rw:03d}"
    if form < 0.16:
        return "000/000"
    if form < 0.18:
        return "-/-"
    return f"{rt:03d}/{rw:03d}"


def _status(
    rng: np.random.Generator,
    female: bool,
    foreign: bool,
    birth: datetime.date,
    issued: datetime.date,
) -> dict[str, str]:
    """Faith, marital status, occupation, citizenship and validity."""
    names = [name for name, _ in _FAITHS]
    weights = np.array([weight for _, weight in _FAITHS])
    faith = names[int(rng.choice(len(names), p=weights / weights.sum()))]
    young = issued.year - birth.year < 22
    wed = "BELUM KAWIN" if young or rng.random() < 0.2 else "KAWIN"
    if wed == "KAWIN" and rng.random() < 0.12:
        wed = _pick(rng, ("CERAI HIDUP", "CERAI MATI"))
    job = _pick(rng, _COMMON_JOBS if rng.random() < 0.5 else _JOBS)
    if job == "MENGURUS RUMAH TANGGA" and not female:
        job = "KARYAWAN SWASTA"
    citizenship, until = "WNI", "SEUMUR HIDUP"
    if foreign:
        citizenship = _pick(rng, _COUNTRIES)
        until = issued.replace(year=issued.year + 5, day=min(issued.day, 28)).strftime("%d-%m-%Y")
    elif issued.year < 2014:
        leap_safe = min(birth.day, 28) if birth.month == 2 else birth.day
        until = birth.replace(year=issued.year + 5, day=leap_safe).strftime("%d-%m-%Y")
    return {
        "agama": faith,
        "status_perkawinan": wed,
        "pekerjaan": job,
        "kewarganegaraan": citizenship,
        "berlaku_hingga": until,
    }
