"""The probability that a field is read right: a logistic model over what reading and measuring say.

A reader's own score cannot tell: under glare general readers drop the hidden letters and stay sure
of the rest. The model therefore weighs the score together with what the other reader said, the
state of the print in the field's box, its grammar, and whether other fields confirm it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ktpcheck.defects import SUFFERS
from ktpcheck.grammar import HIDDEN, goes_on
from ktpcheck.records import Check, Finding, Legibility, Measure, Reading
from ktpcheck.signs import features, hidden_by, start_of
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

#: From this probability on a reading that is not readable is worth comparing with the card: it is
#: likelier right than not, and asking for another photo then does less good.
LIKELY: Final = 0.5

#: A text that is in no list may go on where more than this share of the room behind it is hidden.
_HIDDEN_BEHIND: Final = 0.5
#: So surely a fault took the letter that room was left for.
_TAKEN: Final = 0.5
#: So sure of its least sure digit (logarithm of the doubt), and with the birth date for a witness,
#: a reader is believed against the other: 9 such NIKs of 9 were right, of 17 at -2 all.
_BEYOND_DOUBT: Final = -3.0
#: A digit with this much doubt (logarithm) on print that a fault touches is rather a guess: both
#: wrong NIKs on which two readers agreed, of 468 on drawn validation captures, had one.
_GUESSED: Final = -0.3
#: What no name holds, and what none ends in: so much of it is another row's, or its end is gone.
_NO_NAME: Final = re.compile(r"[0-9:;]|,\s*$")


def out_of_question(reading: Reading) -> bool:
    """Whether what was read cannot be the field: then nothing says how likely it is right.

    That is nothing, a hidden character, what breaks the field's grammar, or for a name what runs on
    into another row.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    bool
    """
    if not reading.text or HIDDEN in reading.text or reading.grammar == "error":
        return True
    return reading.key == "nama" and _NO_NAME.search(reading.text) is not None


def signs_of(
    readings: Mapping[str, Reading],
    measures: Mapping[str, Measure],
    findings: Sequence[Finding],
    checks: Sequence[Check],
    trust: float,
) -> dict[str, dict[str, float]]:
    """What is known of every field, but of those that are ``out_of_question``.

    Parameters
    ----------
    readings, measures, findings, checks, trust
        As for ``judge``.

    Returns
    -------
    dict of str to dict of str to float
        By field key, what ``ktpcheck.signs.features`` says.
    """
    hides = hidden_by(measures)
    return {
        key: features(reading, measures, findings, checks, trust, hides, start_of(key, readings))
        for key, reading in readings.items()
        if not out_of_question(reading)
    }


def ruled_out(kind: str, values: Mapping[str, float]) -> bool:
    """Whether no probability makes a reading readable.

    A NIK opens every door, so a digit that is half a guess where a fault lies ends it, and so do
    two readers or two prints that differ, unless one reader is beyond doubt and confirmed; a value
    that ought to be in a list and is not was cut short, or is another row's, and so may be a text
    that its rules doubt and on which the readers differ; where the next word of a text that is in
    no list would stand hidden, or the next digit of a number that is too short, nobody knows that
    it ended; and what left room for a letter where a fault lies has lost it.
    """
    if kind == "nik":
        believed = values["confirmed"] and values["doubt_worst"] <= _BEYOND_DOUBT
        guessed = values["doubt_worst"] > _GUESSED and values["defect"] >= SUFFERS
        return bool(guessed or values["contradicted"] or (values["unsteady"] and not believed))
    if kind == "closed":
        return bool(values["warned"] and not values["corrected"])
    if kind == "free" and values["warned"] and values["unsteady"]:
        return True
    may_be_cut = kind == "free" or (kind == "digits" and bool(values["warned"]))
    return may_be_cut and _rest_unseen(values)


def _rest_unseen(values: Mapping[str, float]) -> bool:
    """Whether the paper behind a text is hidden, or a fault took a letter of it."""
    return values["hidden_behind"] ** 2 > _HIDDEN_BEHIND or values["taken"] >= _TAKEN


def is_part(reading: Reading, values: Mapping[str, float]) -> bool:
    """Whether a listed value may be a part of a longer one, the rest of which cannot be seen.

    Parameters
    ----------
    reading : Reading
    values : mapping of str to float
        From ``signs_of``.

    Returns
    -------
    bool
    """
    unseen = bool(values["marked"]) or _rest_unseen(values)
    return unseen and goes_on(reading.key, reading.text)


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
        By field key. What is ``out_of_question`` is never readable, whatever the probability; see
        ``ruled_out`` for a NIK that the two readers read differently or that contradicts the birth
        date or the sex, and ``is_part`` for a listed value of which the rest may be hidden.
    """
    verdicts = {}
    known = signs_of(readings, measures, findings, checks, trust)
    for key in readings:
        touching = tuple(found.id for found in findings if key in found.regions)
        if key not in known:
            verdicts[key] = Legibility(key, 0.0, False, touching)
            continue
        kind, values = KINDS[key], known[key]
        probability = model.probability(kind, values)
        open_ = not (ruled_out(kind, values) or is_part(readings[key], values))
        readable = open_ and probability >= model.limits[strictness][kind]
        uncertain = open_ and not readable and probability >= LIKELY
        verdicts[key] = Legibility(key, probability, readable, touching, uncertain)
    return verdicts
