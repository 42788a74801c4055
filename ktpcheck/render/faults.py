"""Errors in the user's language. Rooms raise them in English; what has no row here stays so."""

from __future__ import annotations

import re
from typing import Final

from ktpcheck.render.words import Lang

#: English pattern, Indonesian sentence: groups are put in by their number.
_REASONS: Final = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"there is no such file", "berkas itu tidak ada"),
        (r"there is no permission to read it", "tidak ada izin untuk membacanya"),
        (r"it is a folder", "ini sebuah folder"),
        (r"it could not be read \((.+)\)", r"tidak dapat dibaca (\1)"),
        (r"it is a link to a file that is not there", "ini tautan ke berkas yang tidak ada"),
        (r"it is a pipe or a device, not a file", "ini pipa atau perangkat, bukan berkas"),
        (r"the file is empty", "berkasnya kosong"),
        (r"the file is cut off", "berkasnya terpotong"),
        (r"the file has more than (.+)", r"berkasnya lebih besar dari \1"),
        (r"it is too short to be a picture", "terlalu pendek untuk sebuah gambar"),
        (
            r"it holds only zero bytes: a copy or download that failed",
            "isinya hanya bita nol: salinan atau unduhan yang gagal",
        ),
        (r"it has more than (\d+) pages", r"lebih dari \1 halaman"),
        (r"the picture has no pixels", "gambarnya tidak berisi piksel"),
        (
            r"the picture has (.+) pixels, over the limit of (.+) megapixels",
            r"gambarnya \1 piksel, melebihi batas \2 megapiksel",
        ),
        (
            r"the picture has (.+) pixels; a side may have at most (\d+)",
            r"gambarnya \1 piksel; satu sisi paling banyak \2",
        ),
        (r"there is not enough memory to decode it", "memori tidak cukup untuk membukanya"),
        (r"a picture in the PDF file is cut off", "gambar di dalam berkas PDF terpotong"),
        (r"a page of the PDF file has no size", "satu halaman berkas PDF tidak berukuran"),
        (r"the PDF file has no pages", "berkas PDF tidak berisi halaman"),
        (r"the PDF file is damaged or has no pages", "berkas PDF rusak atau tanpa halaman"),
        (r"the PDF file is protected by a password", "berkas PDF dikunci kata sandi"),
        (
            r"the TIFF file holds only thumbnails; it may be a camera raw file",
            "berkas TIFF hanya berisi gambar kecil; mungkin berkas mentah kamera",
        ),
        (r"the (\w+) file is cut off", r"berkas \1 terpotong"),
        (r"the (\w+) data is damaged(?: or cut off)?", r"data \1 rusak atau terpotong"),
        (r"this is no picture of a known format", "ini bukan gambar berformat yang dikenal"),
        (r"this seems to be text, not a picture", "ini tampaknya teks, bukan gambar"),
        (r"this seems to be a video", "ini tampaknya video"),
        (r"this seems to be a camera raw file", "ini tampaknya berkas mentah kamera"),
        (r"this seems to be a program", "ini tampaknya program"),
        (r"this seems to be a web page, not a picture", "ini tampaknya halaman web, bukan gambar"),
        (r"this seems to be an Office document", "ini tampaknya dokumen Office"),
        (r"this seems to be an? (\S+) document", r"ini tampaknya dokumen \1"),
        (r"this seems to be an? (\S+) drawing", r"ini tampaknya gambar vektor \1"),
        (r"this seems to be an? (\S+) archive", r"ini tampaknya arsip \1"),
        (r"this seems to be (\S+)-compressed data", r"ini tampaknya data termampat \1"),
        (r"this seems to be an icon", "ini tampaknya ikon"),
        (r"this seems to be a sound recording", "ini tampaknya rekaman suara"),
        (r"this seems to be a Photoshop file", "ini tampaknya berkas Photoshop"),
        (r"this seems to be XML text", "ini tampaknya teks XML"),
        (
            r"this seems to be a (.+) picture, which is not supported",
            r"ini tampaknya gambar \1, yang tidak didukung",
        ),
        (
            r"this seems to be a picture encoded as base64 text",
            "ini tampaknya gambar yang ditulis sebagai teks base64",
        ),
        (
            r"this seems to be a Git LFS pointer instead of the file",
            "ini tampaknya penunjuk Git LFS, bukan berkasnya",
        ),
        (r"there are no photos in this folder", "tidak ada foto di folder ini"),
        (r"this folder cannot be searched", "folder ini tidak dapat dibuka"),
        (
            r"an unforeseen (\w+) stopped the check",
            r"galat tak terduga (\1) menghentikan pemeriksaan",
        ),
        (r"the models' manifest is not there", "daftar model tidak ada"),
        (r"no such model in the manifest", "model itu tidak ada dalam daftar"),
        (r"the file (\S+) is not there", r"berkas \1 tidak ada"),
        (
            r"the file is not the one this version was tested with",
            "berkasnya bukan yang diuji dengan versi ini",
        ),
        (r"the package (\w+) is not installed", r"paket \1 belum terpasang"),
        (r"the package refuses the model \((\w+)\)", r"paketnya menolak model itu (\1)"),
        (r"the (?:package|runtime) failed \((\w+)\)", r"mesin pembaca gagal (\1)"),
        (r"no inference\.yml there", "tidak ada inference.yml di sana"),
        (r"inference\.yml names no model", "inference.yml tidak menyebut model"),
    )
)

_REMEDIES: Final = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Check the name and the folder\.", "Periksa nama dan foldernya."),
        (r"Allow reading it, or copy it\.", "Beri izin baca, atau salin berkasnya."),
        (r"Allow reading it\.", "Beri izin baca."),
        (
            r"Copy or send the file again, or take the photo anew\.",
            "Salin atau kirim ulang berkasnya, atau foto ulang.",
        ),
        (r"Copy the file to this computer's disk\.", "Salin berkasnya ke komputer ini."),
        (
            r"Cut out the part that shows the card\.",
            "Potong bagian yang memperlihatkan kartu saja.",
        ),
        (r"Decode it first\.", "Ubah dulu menjadi gambar."),
        (
            r"Download the picture itself, not the page that shows it\.",
            "Unduh gambarnya, bukan halaman yang memuatnya.",
        ),
        (r"Fetch the file\.", "Ambil berkas aslinya."),
        (r"Give a photo instead\.", "Berikan fotonya."),
        (r"Give the file itself\.", "Berikan berkas aslinya."),
        (r"Give the photo itself: (.+) or (\w+)\.", r"Berikan fotonya sendiri: \1 atau \2."),
        (
            r"Make it smaller, or raise the pixel limit\.",
            "Perkecil gambarnya, atau naikkan batasnya (--max-pixels).",
        ),
        (r"Make it smaller\.", "Perkecil gambarnya."),
        (
            r"Save it smaller, or raise the size limit\.",
            "Perkecil berkasnya, atau naikkan batasnya (--max-bytes).",
        ),
        (
            r"Split it, or raise the page limit\.",
            "Bagi berkasnya, atau naikkan batasnya (--max-pages).",
        ),
        (r"Name the photos in it\.", "Sebutkan foto di dalamnya."),
        (
            r"Name the photos themselves, or a folder that holds some \((.+)\)\.",
            r"Sebutkan fotonya, atau folder yang berisi foto (\1).",
        ),
        (r"Save it without a password\.", "Simpan tanpa kata sandi."),
        (
            r"Save or export the photo as JPEG or PNG\.",
            "Simpan atau ekspor fotonya sebagai JPEG atau PNG.",
        ),
        (
            r"Save the photo to a file, or send its bytes to standard input\.",
            "Simpan fotonya ke berkas, atau kirim isinya lewat masukan standar.",
        ),
        (r"Unpack it and give the photo in it\.", "Buka arsipnya dan berikan foto di dalamnya."),
        (
            r"This is a fault of ktpcheck: please report it, without the photo\.",
            "Ini kesalahan ktpcheck: mohon laporkan, tanpa fotonya.",
        ),
        (r"Install ktpcheck again\.", "Pasang ulang ktpcheck."),
        (
            r"Install ktpcheck and its dependencies again\.",
            "Pasang ulang ktpcheck beserta paket yang dibutuhkannya.",
        ),
        (r"Install the package (\S+)\.", r"Pasang paket \1."),
        (
            r"In an environment of its own: (.+)\.",
            r"Di lingkungan Python tersendiri: \1.",
        ),
        (r"Try the default engine\.", "Coba mesin pembaca bawaan."),
        (r"Check the (?:model )?directory\.", "Periksa folder modelnya."),
        (r"Give a PaddleOCR model directory\.", "Berikan folder model PaddleOCR."),
        (r"Report this as a bug\.", "Mohon laporkan sebagai kesalahan program."),
    )
)


def reason_in(lang: Lang, reason: str) -> str:
    """What is wrong, in a language; English where there is no translation."""
    return reason if lang == "en" else _translated(reason, _REASONS)


def remedy_in(lang: Lang, remedy: str) -> str:
    """What to do about it, in a language; English where there is no translation."""
    return remedy if lang == "en" else _translated(remedy, _REMEDIES)


def _translated(text: str, rows: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, sentence in rows:
        if found := pattern.fullmatch(text):
            return found.expand(sentence)
    return text
