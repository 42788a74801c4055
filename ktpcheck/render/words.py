"""The words around the results, Indonesian and English; advice itself comes from guidance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Lang = Literal["id", "en"]

#: Everything a report says besides advice and labels: key to (Indonesian, English).
WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        # Columns and headings
        "field": ("Data", "Field"),
        "value": ("Terbaca sebagai", "Read as"),
        "legibility": ("Keterbacaan", "Legibility"),
        "state": ("Keadaan", "State"),
        "cause": ("Sebab", "Cause"),
        "where": ("Di mana", "Where"),
        "severity": ("Berat", "Severity"),
        "measured": ("Terukur", "Measured"),
        "limit": ("Batas", "Limit"),
        "kind": ("Jenis", "Kind"),
        "result": ("Hasil", "Result"),
        "photo": ("Foto", "Photo"),
        "page": ("halaman {page}", "page {page}"),
        "card_of": ("kartu {number} dari {of}", "card {number} of {of}"),
        "portrait": ("Pas foto", "Portrait"),
        "error": ("Galat", "Error"),
        "what_to_do": ("Yang perlu dilakukan", "What to do"),
        "defects": ("Gangguan yang ditemukan", "What was found"),
        "checks": ("Kecocokan data", "Consistency of the data"),
        "facts": ("Keterangan foto", "About the photo"),
        "fields": ("Data pada kartu", "Data on the card"),
        "summary": ("Ringkasan", "Summary"),
        # States of a field
        "readable": ("terbaca", "readable"),
        "unreadable": ("tidak terbaca", "not readable"),
        "doubtful": ("bacaan diragukan", "reading in doubt"),
        "not_assessable": ("tidak dapat dinilai", "not assessable"),
        "required": ("wajib", "required"),
        "corrected": ("dibaca “{raw}”", "read “{raw}”"),
        # Kinds and sides
        "from_photo": ("cara memotret", "the photo"),
        "from_card": ("kartunya", "the card itself"),
        "top": ("atas", "top"),
        "right": ("kanan", "right"),
        "bottom": ("bawah", "bottom"),
        "left": ("kiri", "left"),
        # Headlines
        "headline_error": ("Berkas tidak dapat diperiksa", "The file cannot be checked"),
        "count_readable": (
            "{good} dari {all} data wajib terbaca",
            "{good} of {all} required fields readable",
        ),
        "also_unreadable": (
            "Tidak wajib, juga tidak terbaca: {fields}",
            "Not required, also not readable: {fields}",
        ),
        "contradictions": ("Perlu dicocokkan: {checks}", "To be verified: {checks}"),
        "written": ("Ditulis: {path}", "Written: {path}"),
        "total": (
            "{count} foto: {readable} terbaca, {unreadable} tidak, {no_card} tanpa KTP-el, "
            "{failed} gagal diperiksa",
            "{count} photos: {readable} readable, {unreadable} not, {no_card} without an e-KTP, "
            "{failed} failed",
        ),
        # Page
        "title": ("Laporan keterbacaan KTP-el", "e-KTP readability report"),
        "made": ("Dibuat {when} dengan ktpcheck {version}", "Made {when} with ktpcheck {version}"),
        "disclaimer": (
            "Hasil ini perkiraan keterbacaan dari foto, bukan keputusan layanan mana pun dan "
            "bukan pemeriksaan keaslian kartu.",
            "This estimates readability from a photo. It is no service's decision, and no check "
            "of whether the card is genuine.",
        ),
        "private": (
            "Halaman ini memuat data pribadi. Kirim hanya kepada yang berhak, lalu hapus.",
            "This page holds personal data. Send it only to who needs it, then delete it.",
        ),
        "redacted": (
            "Data pribadi disamarkan: isi data dan gambar tidak disertakan.",
            "Personal data is masked: values and pictures are left out.",
        ),
        "no_overlay": ("Tanpa peta", "No map"),
        "show_boxes": ("Tampilkan kotak data", "Show field boxes"),
        "map_of": ("Peta {measure}", "Map of {measure}"),
        "map_help": (
            "Warna menunjukkan nilai ukuran di setiap tempat; tanpa warna berarti tidak dapat "
            "dinilai.",
            "Colour shows the measured value at every place; no colour means not assessable.",
        ),
        "alt_photo": (
            "Foto yang diperiksa, kartu ditandai dengan garis",
            "The photo that was checked, the card marked by a line",
        ),
        "alt_photo_plain": ("Foto yang diperiksa", "The photo that was checked"),
        "alt_card": ("Kartu setelah diluruskan", "The card, rectified"),
        "alt_card_redacted": (
            "Bagan kartu tanpa isi",
            "A plan of the card without its content",
        ),
        "legend_good": ("terbaca", "readable"),
        "legend_bad": ("wajib, tidak terbaca", "required, not readable"),
        "legend_optional": ("tidak wajib, tidak terbaca", "not required, not readable"),
        "format": ("Format", "Format"),
        "size": ("Ukuran", "Size"),
        "resolution": ("Ketajaman pindai pada kartu", "Resolution on the card"),
        "rotation": ("Kartu terputar", "Card turned"),
        "rotation_value": ("{degrees}° searah jarum jam", "{degrees}° clockwise"),
        "sides": ("Sisi kartu", "Sides of the card"),
        "sides_all": ("semua terlihat", "all visible"),
        "layout": ("Tata letak", "Layout"),
        "score": ("Bukti bahwa ini KTP-el", "Evidence that this is an e-KTP"),
        "portrait_usable": ("layak untuk pencocokan wajah", "usable for face matching"),
        "portrait_unusable": (
            "tidak layak untuk pencocokan wajah",
            "not usable for face matching",
        ),
        "portrait_no_face": ("wajah tidak ditemukan", "no face found"),
        "hash": ("Sidik SHA-256", "SHA-256"),
        "models": ("Model", "Models"),
        "time": ("Waktu hitung", "Computing time"),
        "bring": ("Siapkan", "Have ready"),
        "never": ("Jangan", "Never"),
        "how_to": ("Cara memotret", "How to take the photo"),
        "checks_rest": (
            "Pemeriksaan lain: {ok} cocok, {unknown} tidak dapat dinilai.",
            "Other checks: {ok} agree, {unknown} not assessable.",
        ),
        "none_found": ("Tidak ada gangguan yang berarti.", "Nothing that matters."),
        "checking": ("Memeriksa", "Checking"),
        # Several shots of one card
        "shots_of_card": ("{count} foto dari satu kartu", "{count} photos of one card"),
        "shots_of_cards": ("{count} foto", "{count} photos"),
        "shot": ("Foto {number}", "Photo {number}"),
        "together": ("Bersama-sama", "Together"),
        "side_by_side": ("Bukti berdampingan", "The evidence side by side"),
        "used": ("dipakai", "used"),
        "reads_differently": ("bacaan berbeda", "reads differently"),
        "not_counted": ("tidak dihitung", "not counted"),
        "not_seen": ("tidak tampak", "not seen"),
        "cause_card": ("kartunya: tetap di tempatnya", "the card: it stays in its place"),
        "cause_capture": (
            "cara memotret: berpindah atau hilang",
            "the photo: it moves or vanishes",
        ),
        "cause_undetermined": ("belum dapat ditentukan", "not to be told yet"),
        "card_probability": ("Peluang kartunya", "Chance it is the card"),
        "whose_fault": ("Salah siapa", "Whose fault"),
        "same_or_not": ("Apakah kartunya sama?", "Is it the same card?"),
        "pair_same": (
            "Foto {first} dan {second}: kartu yang sama.",
            "Photos {first} and {second}: the same card.",
        ),
        "pair_different": (
            "Foto {first} dan {second}: bukan kartu yang sama.",
            "Photos {first} and {second}: not the same card.",
        ),
        "pair_cannot_tell": (
            "Foto {first} dan {second}: tidak dapat dipastikan.",
            "Photos {first} and {second}: it cannot be told.",
        ),
        "pair_nik": (
            "Digit NIK yang terbaca jelas pada keduanya: {equal} sama, {differ} berbeda.",
            "Digits of the NIK read clearly in both: {equal} equal, {differ} different.",
        ),
        "pair_portrait": (
            "Kemiripan pas foto: {likeness}.",
            "Likeness of the portraits: {likeness}.",
        ),
        "compare_one_card": (
            "Periksa bersama-sama hanya foto dari satu kartu.",
            "Check only photos of one card together.",
        ),
        "shots_settled": (
            "Data wajib lain terbaca sama: {fields}",
            "Other required fields, read alike: {fields}",
        ),
        "marks_help": (
            "Nomor dan garis menunjukkan tempat tiap gangguan pada kartu di setiap foto: garis "
            "penuh kartunya, garis putus cara memotret, garis titik belum pasti.",
            "Numbers and lines show where each fault lies on the card in each photo: a full line "
            "is the card's, a dashed one the photo's, a dotted one not told yet.",
        ),
        # A NIK taken apart
        "nik_valid": ("bentuknya benar", "well formed"),
        "nik_invalid": ("tidak mungkin benar", "cannot be right"),
        "province": ("Provinsi", "Province"),
        "regency": ("Kabupaten/Kota", "Regency/City"),
        "district": ("Kecamatan", "District"),
        "now": ("sekarang {name}", "now {name}"),
        "birth_date": ("Tanggal lahir", "Birth date"),
        "century_assumed": ("abad diperkirakan", "century assumed"),
        "sex": ("Jenis kelamin", "Sex"),
        "LAKI-LAKI": ("laki-laki", "male"),
        "PEREMPUAN": ("perempuan", "female"),
        "unknown": ("tidak dikenal", "unknown"),
    }
)


def word(key: str, lang: Lang, **values: object) -> str:
    """One entry of `WORDS`, filled in.

    Raises
    ------
    KeyError
        If there is no such entry.
    """
    indonesian, english = WORDS[key]
    return (indonesian if lang == "id" else english).format(**values)


def printable(text: str) -> str:
    """Text that shows what it is: controls, line breaks and text-direction marks as escapes.

    File names come from strangers; on a terminal an escape sequence is a command.
    """
    return "".join(
        character
        if character.isprintable() or character == "\u200d"  # joins emoji
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def percent(share: float, lang: Lang) -> str:
    """0..1 as whole percent; never 0 or 100 unless it is."""
    if not math.isfinite(share):
        return word("not_assessable", lang)
    whole = round(100 * share)
    if whole == 100 and share < 1:
        whole = 99
    if whole == 0 and share > 0:
        whole = 1
    return f"{whole} %" if lang == "id" else f"{whole}%"


def quantity(value: float, unit: str, lang: Lang) -> str:
    """A native value with its unit, three significant digits, the language's decimal mark."""
    if not math.isfinite(value):
        return word("not_assessable", lang)
    digits = f"{value:.3g}"
    if "e" in digits:
        digits = f"{value:.0f}" if abs(value) >= 1 else f"{value:.2g}"
    if lang == "id":
        digits = digits.replace(".", ",")
    if unit == "probability" and lang == "id":
        unit = "peluang"
    return digits if unit in ("", "1") else f"{digits} {unit}"


def title(key: str, lang: Lang) -> str:
    """Name an id of the report in a few words; an id without a label stands for itself."""
    # Not at the top: ``ktpcheck --help`` needs words, and guidance opens heavy rooms.
    from ktpcheck import guidance

    try:
        return guidance.label(key, lang)
    except KeyError:
        return key.replace("_", " ")
