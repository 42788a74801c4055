"""From the rows of an accuracy run to its figures of merit.

A row is what ``tests.bench.accuracy.examine`` keeps of one capture: comparisons only, no text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from ktpcheck.cause import STRUCTURAL
from ktpcheck.fields import REQUIRED
from ktpcheck.verdict import REFUSED
from tests.bench.statistics import auroc, ece, interval

Row = Mapping[str, Any]

#: A defect counts as told from this severity of the finding: there a field begins to suffer.
TOLD_FROM: Final = 0.5
#: From these true severities a defect is expected to be told, where it touches a field or the
#: portrait: half of a fault spoils a reading; from a third on it begins to.
EXPECTED_FROM: Final = {"defect_recall_35": 0.35, "defect_recall": 0.5}
#: What spoils most photos and cards; the rest is rarer, or costs a reading little.
COMMON: Final = (
    *("glare", "blur_motion", "blur_focus", "too_dark", "too_bright", "shadow", "low_resolution"),
    *("cropped", "occluded", "photocopy", "screen_capture", "compression", "scratch_nik"),
    *("scratch_other", "print_faded", "text_missing", "laminate_peel", "stain", "crack", "broken"),
    "hole_punch",
)
#: A told defect is right when the truth has at least this much of it.
PRESENT_FROM: Final = 0.1
#: What is to be said of pictures of other cards; of all others that there is no card.
_REASONS: Final = {
    "wrong_side": "wrong_side",
    "bank_card": "not_ektp",
    "other_id_card": "not_ektp",
}
#: Scratches are one fault that is named by where it lies, and a long one lies on both.
SCRATCHES: Final = ("scratch_nik", "scratch_other")
#: Not photos of the card itself, however faintly that shows.
_COPIES: Final = ("photocopy", "screen_capture")
#: Upper ends of the bands of severity, by the worst defect that the truth lists.
BANDS: Final = (0.25, 0.5, 0.75, 1.0)


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """All figures of merit from the rows of a run.

    Returns
    -------
    dict
        A figure is ``[value]`` or ``[value, low, high]`` with its 95 % bootstrap interval over
        captures; ``by_scene``, ``by_severity`` and ``by_defect`` are tables of name to figures.
    """
    cards = [row for row in rows if row["group"] != "negative"]
    negatives = [row for row in rows if row["group"] == "negative"]
    clean = [row for row in cards if row["group"] == "clean"]
    # What stands on another card than the one the truth tells of is nothing to compare with.
    compared = [row for row in cards if row.get("other", 0.0) < 0.5]
    fields = [list(row["fields"].values()) for row in compared]
    niks = [row["fields"]["nik"] for row in compared]
    overlaps = [[row["jaccard"]] for row in cards]
    aimed = [row["fields"]["nik"] for row in cards if row["kind"] == "glare@nik"]
    everything = [field for group in fields for field in group]
    scores = [field["legibility"] for field in everything]
    right = [field["exact"] for field in everything]
    both = [row for row in compared if "baseline" in row]
    result: dict[str, Any] = {
        "outline_jaccard_mean": interval(overlaps),
        "outline_jaccard_ge_95": _reaching(overlaps, 0.95),
        "outline_jaccard_ge_98": _reaching(overlaps, 0.98),
        "card_missed": interval([[not row["found"]] for row in cards]),
        "other_card_taken": interval([[row["other"] >= 0.5] for row in cards if "other" in row]),
        "orientation_right": interval([[row["upright"]] for row in cards if row["found"]]),
        "negatives_called_card": interval([[row["found"]] for row in negatives]),
        "negatives_reason_right": interval(
            [[row.get("reason") == _REASONS.get(row["kind"], "no_card")] for row in negatives]
        ),
        "cards_counted_right": interval(
            [[row["counted_right"]] for row in cards if "counted_right" in row]
        ),
        "outline_trust_auroc": [auroc(*_trust(cards))],
        "outline_trust_ece": [ece(*_trust(cards))],
        "clean_fields_exact": _over((row["fields"].values() for row in clean), "exact"),
        "clean_nik_exact": interval([[row["fields"]["nik"]["exact"]] for row in clean]),
        "fields_exact": _over(fields, "exact"),
        "truly_readable_exact": _over(fields, "exact", where="truly"),
        "readable_right": _over(fields, "exact", where="readable"),
        "readable_coverage": _over(fields, "readable", where="truly"),
        "cer": [
            sum(field["edits"] for field in everything)
            / max(sum(field["length"] for field in everything), 1)
        ],
        "legibility_auroc": [auroc(scores, right)],
        "legibility_ece": [ece(scores, right)],
        "readable_nik_right": interval([[nik["exact"]] for nik in niks if nik["readable"]]),
        "glare_nik_wrong_but_readable": [
            sum(nik["readable"] and not nik["exact"] for nik in aimed)
        ],
        "action_right": interval([[row["action"] in right_actions(row)] for row in compared]),
        **_portrait(cards),
        **_defects(cards),
        "baseline_fields_exact": interval(
            [[bool(hit) for hit in row["baseline"].values()] for row in both]
        ),
        "ours_on_the_same": _over((row["fields"].values() for row in both), "exact"),
        "by_scene": _tabled(
            (row["scene"], row) for row in cards if not row["group"].endswith("fault")
        ),
        "by_severity": _tabled(sorted(((_band(row), row) for row in cards), key=lambda of: of[0])),
    }
    return result


def by_group(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """The figures of each scene, fault and kind that was asked for."""
    return _tabled(
        sorted(
            ((f"{row['group']}/{row['kind']}", row) for row in rows if row["group"] != "negative"),
            key=lambda of: of[0],
        )
    )


def right_actions(row: Row) -> frozenset[str]:
    """What may be said of a capture in one shot, by its truth.

    Accepted where all required fields can be read and nothing is refused in itself. Damage to the
    card's very shape over a lost field sends its holder to the office; everything else, and that
    too where the photo is bad as well, to another photo. A field can be read where its ink is there
    and the reference reader or ours, whatever it thinks of it, gets it from there; and what is said
    to be readable and is right was.
    """
    lost = [
        key
        for key in REQUIRED
        if (field := row["fields"].get(key))
        and not field["truly"]
        and not (field["exact"] and (field["visible"] or field["readable"]))
    ]
    there = {
        name: (kind, regions)
        for name, (kind, severity, regions) in row["true"].items()
        if severity >= EXPECTED_FROM["defect_recall_35"]
    }
    if lost:
        broken = any(
            name in STRUCTURAL and ("card" in regions or set(regions).intersection(lost))
            for name, (_, regions) in there.items()
        )
        spoilt = any(kind == "capture" for kind, _ in there.values())
        return frozenset(
            [*(["replace_card"] if broken else []), *(["retake"] if spoilt or not broken else [])]
        )
    if any(name in REFUSED for name in there):
        return frozenset(("retake",))
    if row["scene"] == "cut":
        # How much of the card is missing the truth does not grade: from some on it is refused.
        return frozenset(("accept", "check_data", "retake"))
    if "photo_worn" in there:
        return frozenset(("retake", "replace_card"))
    if any(row["true"].get(name, ("", 0.0))[1] >= PRESENT_FROM for name in _COPIES):
        # A copy is refused wherever it is noticed, and a faint one may be noticed or not.
        return frozenset(("accept", "check_data", "retake"))
    return frozenset(("accept", "check_data"))


def _trust(cards: Sequence[Row]) -> tuple[list[float], list[bool]]:
    """What was said of every outline found, and whether it is right."""
    found = [row for row in cards if "trust" in row]
    return [row["trust"] for row in found], [row["jaccard"] >= 0.95 for row in found]


def _over(
    captures: Iterable[Iterable[Mapping[str, Any]]], name: str, where: str | None = None
) -> tuple[float, float, float]:
    """Share of fields with ``name``, of those with ``where``."""
    return interval(
        [[field[name] for field in fields if not where or field[where]] for fields in captures]
    )


def _reaching(values: Sequence[Sequence[float]], limit: float) -> tuple[float, float, float]:
    return interval([[value >= limit for value in group] for group in values])


def _portrait(cards: Sequence[Row]) -> dict[str, Any]:
    """Overlap of the reported portrait frame and face with the true ones.

    Of captures that show the whole of them; what is not reported overlaps by nothing.
    """
    found = {}
    for name in ("portrait", "face"):
        overlaps = [[row[f"{name}_iou"]] for row in cards if row[f"{name}_iou"] is not None]
        found[f"{name}_iou_mean"] = interval(overlaps)
        found[f"{name}_iou_ge_50"] = _reaching(overlaps, 0.5)
        found[f"{name}_iou_ge_80"] = _reaching(overlaps, 0.8)
    return found


def _defects(cards: Sequence[Row]) -> dict[str, Any]:
    """How well defects are told, how rightly, and whose fault they are said to be."""
    recalled: dict[str, list[list[bool]]] = {name: [] for name in EXPECTED_FROM}
    common: list[list[bool]] = []
    rightly: list[list[bool]] = []
    kinds: list[list[bool]] = []
    by_id: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row in cards:
        told, true = told_in(row), row["true"]
        for figure, level in EXPECTED_FROM.items():
            hits = {
                name: name in told
                for name, (_, severity, touched) in true.items()
                if severity >= level and touched
            }
            recalled[figure].append(list(hits.values()))
            for name, hit in hits.items():
                by_id[name][figure].append(hit)
            if figure == "defect_recall_35":
                common.append([hit for name, hit in hits.items() if name in COMMON])
        judged = {name: _is_there(name, true) for name in told}
        rightly.append(list(judged.values()))
        for name, hit in judged.items():
            by_id[name]["defect_precision"].append(hit)
        if row["group"].endswith("fault") and told:
            kinds += [
                [kind in told.values()]
                for kind, severity, _ in true.values()
                if severity >= EXPECTED_FROM["defect_recall"]
            ]
    clean = [row for row in cards if row["group"] == "clean"]
    return {
        **{name: interval(hits) for name, hits in recalled.items()},
        "common_recall_35": interval(common),
        "defect_precision": interval(rightly),
        "defect_kind_right": interval(kinds),
        "clean_false_alarm": interval([[bool(told_in(row))] for row in clean]),
        "by_defect": {
            name: {
                figure: [float(np.mean(held[figure])), len(held[figure])] if held[figure] else None
                for figure in (*EXPECTED_FROM, "defect_precision")
            }
            for name, held in sorted(by_id.items())
        },
    }


def told_in(row: Row) -> dict[str, str]:
    """Ids and kinds of the defects that the report names as spoiling something."""
    return {name: kind for name, (kind, severity) in row["told"].items() if severity >= TOLD_FROM}


def _is_there(name: str, true: Mapping[str, Any]) -> bool:
    same = SCRATCHES if name in SCRATCHES else (name,)
    return any(other in true and true[other][1] >= PRESENT_FROM for other in same)


def _band(row: Row) -> str:
    worst = max((severity for _, severity, _ in row["true"].values()), default=0.0)
    index = min(int(np.searchsorted(BANDS, worst)), len(BANDS) - 1)
    return f"{0.0 if index == 0 else BANDS[index - 1]:.2f} to {BANDS[index]:.2f}"


def _tabled(named: Iterable[tuple[str, Row]]) -> dict[str, dict[str, Any]]:
    """Captures by name, and per name what a reader of the table wants to know first."""
    held: dict[str, list[Row]] = defaultdict(list)
    for name, row in named:
        held[name].append(row)
    table = {}
    for name, rows in held.items():
        fields = [field for row in rows for field in row["fields"].values()]
        table[name] = {
            "captures": len(rows),
            "jaccard": _mean(row["jaccard"] for row in rows),
            "fields_exact": _mean(field["exact"] for field in fields),
            "readable_right": _mean(field["exact"] for field in fields if field["readable"]),
            "readable_coverage": _mean(field["readable"] for field in fields if field["truly"]),
        }
    return table


def _mean(values: Iterable[float]) -> float | None:
    """None of no values: JSON has no NaN."""
    held = [float(value) for value in values]
    return float(np.mean(held)) if held else None
