"""The probability that a field is read right: a logistic model over what reading and measuring say.

A reader's own score cannot tell: under glare general readers drop the hidden letters and stay sure
of the rest. The model therefore weighs the score together with what the other reader said, the
state of the print in the field's box, its grammar, and whether other fields confirm it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from ktpcheck.geometry import Box, Float32
from ktpcheck.grammar import HIDDEN
from ktpcheck.read.choose import sure_where_they_differ
from ktpcheck.read.look import roomiest
from ktpcheck.records import Check, Finding, Legibility, Measure, Reading
from ktpcheck.weights import find_model

#: Which model judges a field: fields of a kind are read and go wrong alike.
KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nik": "nik",
        "tanggal_lahir": "digits",
        "tanggal_terbit": "digits",
        "rt_rw": "digits",
        "jenis_kelamin": "closed",
        "golongan_darah": "closed",
        "agama": "closed",
        "status_perkawinan": "closed",
        "kewarganegaraan": "closed",
        "berlaku_hingga": "closed",
        "provinsi": "closed",
        "kabupaten_kota": "closed",
        "pekerjaan": "closed",
        "nama": "free",
        "tempat_lahir": "free",
        "alamat": "free",
        "kel_desa": "free",
        "kecamatan": "free",
        "tempat_terbit": "free",
    }
)

#: How sure "readable" has to be, from the most lenient: the rates are in ``models/legibility``.
STRICTNESS: Final = ("low", "normal", "high")

#: Checks that compare two prints of the same fact: agreement confirms, difference contradicts.
CROSS_CHECKS: Final = frozenset({"nik_birth_mismatch", "nik_sex_mismatch"})

#: From this probability on a reading that is not readable is worth comparing with the card: asking
#: for another photo then does less good. On 272 drawn validation captures anything from .5 to .8
#: advises as well.
LIKELY: Final = 0.75

#: Measures of what lies over the print or has taken it away, 0..1.
_HIDES: Final = (
    *("glare", "cover_seen", "lifting_seen", "stain_seen", "blister_seen", "break_seen"),
    *("hole_seen", "outside"),
)

#: A text that is in no list may go on where more than this share of the room behind it is hidden.
_HIDDEN_BEHIND: Final = 0.5
#: White is a reflection, and not burnt-out paper, where the faults' network is this sure: under
#: the one a next word vanishes, on the other it stands out.
_REFLECTION: Final = 0.3
#: So sure of its least sure digit (logarithm of the doubt), and with the birth date for a witness,
#: a reader is believed against the other: 9 such NIKs of 9 were right, of 17 at -2 all.
_BEYOND_DOUBT: Final = -3.0

_SURE: Final = 1e-4
_LOST: Final = 1e-3
#: Room for so many ems between two letters is as bad as any.
_WIDEST_EM: Final = 1.0


def features(
    reading: Reading,
    measures: Mapping[str, Measure],
    findings: Sequence[Finding],
    checks: Sequence[Check],
    trust: float,
    hides: tuple[Float32, Float32] | None = None,
) -> dict[str, float]:
    """What is known of one field, as finite numbers that grow with doubt or with quality.

    Parameters
    ----------
    reading : Reading
        With text.
    measures, findings, checks
        Of the whole card.
    trust : float
        Probability that the outline is right, 0..1: print of another row is read just as well.
    hides : two of (h, w) float32, optional
        From ``hidden_by``, when they are known already.

    Returns
    -------
    dict of str to float
        The same keys for every field.
    """
    key = reading.key
    over, where_none_is = hidden_by(measures) if hides is None else hides
    scores = [score for line in reading.lines for score in line.characters] or [reading.confidence]

    def pooled(name: str, missing: float) -> float:
        """A measure in the field's box; not assessable counts as bad, never as good."""
        value = measures[name].regions.get(key, math.nan)
        return missing if math.isnan(value) else value

    def spoiled(boxes: Sequence[Box], by: Float32) -> float:
        """Largest share of one of these boxes that something lies over."""
        return max((float(by[box.slices(by.shape)].mean()) for box in boxes), default=0.0)

    differ = any(line.agrees is False for line in reading.lines)
    # How sure the reader that was not taken was of what it read instead.
    contested = 0.0
    if differ:
        others = [line.other or line for line in reading.lines]
        contested = sure_where_they_differ(reading.lines, others)[1]
    touching = [found.severity for found in findings if {key, "card"} & set(found.regions)]
    crossed = [check.status for check in checks if check.id in CROSS_CHECKS and key in check.fields]
    return {
        "doubt_worst": math.log10(1 - min(scores) + _SURE),
        "doubt_mean": math.log10(1 - sum(scores) / len(scores) + _SURE),
        "unsteady": float(differ),
        "contested": contested,
        "seconded": float(any(line.agrees is True for line in reading.lines)),
        "spare_room": min(roomiest(reading), _WIDEST_EM),
        "strokes": float(_strokes(reading.text)),
        "marked": float(any(HIDDEN in line.other.text for line in reading.lines if line.other)),
        "blur": min(pooled("edge_width", 14.0), 14.0),
        "faintness": -math.log2(max(pooled("ink_contrast", 4.0), 4.0)),
        "smallness": -math.log2(max(pooled("letter_height", 4.0), 4.0)),
        "glare": math.sqrt(max(pooled("glare", 1.0), 0.0)),
        "hidden": math.sqrt(max(spoiled(reading.boxes, over), 0.0)),
        "hidden_behind": math.sqrt(max(spoiled(reading.reach, where_none_is), 0.0)),
        "defect": max(touching, default=0.0),
        "astray": math.log10(1 - trust + _LOST),
        "warned": float(reading.grammar == "warning"),
        "corrected": float(bool(reading.corrections)),
        "contradicted": float(any(status in ("warning", "error") for status in crossed)),
        "confirmed": float(any(status == "ok" for status in crossed)),
        "length": math.log2(max(len(reading.text), 1)),
    }


def _strokes(text: str) -> int:
    """How many strokes alike follow one another in the longest run: nobody counts them surely."""
    runs = groupby("".join(text.split()), key=lambda symbol: symbol in "I1")
    return max((sum(1 for _ in run) for alike, run in runs if alike), default=0)


def hidden_by(measures: Mapping[str, Measure]) -> tuple[Float32, Float32]:
    """The most of anything that lies over each place, as a share.

    A measure that cannot assess a place says nothing of it; where none can, 1.

    Parameters
    ----------
    measures : mapping of str to Measure

    Returns
    -------
    over : (h, w) float32
        Over print.
    where_none_is : (h, w) float32
        Where no print was found: white paper does not hide any, a reflection does.
    """
    maps = {name: measures[name].map for name in _HIDES}
    shape = maps[_HIDES[0]].shape
    same = {
        name: map_ if map_.shape == shape else _resized(map_, shape) for name, map_ in maps.items()
    }
    seen = _resized(measures["glare_seen"].map, shape)
    reflected = np.where(seen < _REFLECTION, np.float32(0), same["glare"])
    return _most(same), _most({**same, "glare": reflected})


def _most(maps: Mapping[str, Float32]) -> Float32:
    most = np.fmax.reduce(list(maps.values()))
    return np.asarray(np.where(np.isnan(most), 1.0, most), np.float32)


def _resized(map_: Float32, shape: tuple[int, ...]) -> Float32:
    return np.asarray(cv2.resize(map_, shape[1::-1], interpolation=cv2.INTER_NEAREST), np.float32)


def ruled_out(kind: str, values: Mapping[str, float]) -> bool:
    """Whether no probability makes a reading readable.

    A NIK opens every door, so two readers or two prints that differ end it, unless one reader is
    beyond doubt and confirmed; a value that ought to be in a list and is not was cut short, or is
    another row's; where the next word of a text that is in no list would stand hidden, or the next
    digit of a number that is too short, nobody knows that it ended.
    """
    if kind == "nik":
        believed = values["confirmed"] and values["doubt_worst"] <= _BEYOND_DOUBT
        return bool(values["contradicted"] or (values["unsteady"] and not believed))
    if kind == "closed":
        return bool(values["warned"] and not values["corrected"])
    may_go_on = kind == "free" or (kind == "digits" and bool(values["warned"]))
    return may_go_on and values["hidden_behind"] ** 2 > _HIDDEN_BEHIND


@dataclass(frozen=True)
class LegibilityModel:
    """Coefficients by kind of field, and the limit from which a field is called readable.

    ``weights`` maps kind to feature to weight, with ``bias`` among them. ``limits`` maps strictness
    to kind to the least probability called readable, chosen for a stated rate of wrong readings.
    ``models`` names the file these come from and its hash.
    """

    weights: Mapping[str, Mapping[str, float]]
    limits: Mapping[str, Mapping[str, float]]
    models: Mapping[str, str]

    @classmethod
    def load(cls) -> LegibilityModel:
        """The model of this version.

        Raises
        ------
        ModelMissing, ModelMismatch
            If it is not there or not that of the manifest.
        """
        found = find_model("legibility")
        model = json.loads(found.path.read_bytes())
        return cls(model["weights"], model["limits"], {found.name: f"sha256:{found.sha256}"})

    def probability(self, kind: str, values: Mapping[str, float]) -> float:
        """Logistic of the weighted features, 0..1."""
        weights = self.weights[kind]
        total = weights["bias"] + sum(weights[name] * value for name, value in values.items())
        return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))


def judge(
    model: LegibilityModel,
    readings: Mapping[str, Reading],
    measures: Mapping[str, Measure],
    findings: Sequence[Finding],
    checks: Sequence[Check],
    trust: float,
    strictness: str = "normal",
) -> dict[str, Legibility]:
    """Judge every field.

    Parameters
    ----------
    model : LegibilityModel
    readings : mapping of str to Reading
    measures : mapping of str to Measure
    findings : sequence of Finding
    checks : sequence of Check
    trust : float
        Probability that the outline is right, 0..1.
    strictness : str
        One of ``STRICTNESS``.

    Returns
    -------
    dict of str to Legibility
        By field key. A field without text, with a hidden character or that breaks its grammar is
        never readable, whatever the probability; see ``ruled_out`` for a NIK that the two readers
        read differently or that contradicts the birth date or the sex.
    """
    verdicts = {}
    hides = hidden_by(measures)
    for key, reading in readings.items():
        touching = tuple(found.id for found in findings if key in found.regions)
        if not reading.text or HIDDEN in reading.text or reading.grammar == "error":
            verdicts[key] = Legibility(key, 0.0, False, touching)
            continue
        values = features(reading, measures, findings, checks, trust, hides)
        kind = KINDS[key]
        probability = model.probability(kind, values)
        open_ = not ruled_out(kind, values)
        readable = open_ and probability >= model.limits[strictness][kind]
        uncertain = open_ and not readable and probability >= LIKELY
        verdicts[key] = Legibility(key, probability, readable, touching, uncertain)
    return verdicts
