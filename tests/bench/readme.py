"""Write the README's generated blocks: ``python -m tests.bench.readme``.

The figures come from the history of the benchmarks, the list of defects from the table of defects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ktpcheck.defects import DEFECTS
from ktpcheck.guidance import label
from tests.bench.history import latest

README = Path(__file__).parents[2] / "README.md"
_KINDS = {"capture": "the photo", "card": "the card"}

#: What the table says, row by row: text, figure, how it is printed.
ACCURACY = (
    ("outline: mean Jaccard", "outline_jaccard_mean", "{:.3f}"),
    ("outline: Jaccard ≥ .95", "outline_jaccard_ge_95", "{:.1%}"),
    ("outline: Jaccard ≥ .98", "outline_jaccard_ge_98", "{:.1%}"),
    ("outline: calibration error of its `trust`", "outline_trust_ece", "{:.3f}"),
    ("card missed", "card_missed", "{:.1%}"),
    ("right way up, of those found", "orientation_right", "{:.1%}"),
    ("several e-KTPs in the photo: another one taken", "other_card_taken", "{:.1%}"),
    ("number of e-KTPs in the photo right", "cards_counted_right", "{:.1%}"),
    ("photos of other things called an e-KTP", "negatives_called_card", "{:.1%}"),
    ("... told what they are: other side, other card, no card", "negatives_reason_right", "{:.1%}"),
    ("clean captures: fields exact", "clean_fields_exact", "{:.1%}"),
    ("clean captures: NIK exact", "clean_nik_exact", "{:.1%}"),
    ("all captures: fields exact", "fields_exact", "{:.1%}"),
    ("called readable: exactly right", "readable_right", "{:.1%}"),
    ("NIK called readable: exactly right", "readable_nik_right", "{:.1%}"),
    ("truly readable: called readable", "readable_coverage", "{:.1%}"),
    ("legibility against correctness: AUROC", "legibility_auroc", "{:.3f}"),
    ("legibility: expected calibration error", "legibility_ece", "{:.3f}"),
    ("printed portrait: mean overlap (IoU) with the true frame", "portrait_iou_mean", "{:.3f}"),
    ("face: overlap ≥ .5 with the true one", "face_iou_ge_50", "{:.1%}"),
    ("defects of severity ≥ .5 named", "defect_recall", "{:.1%}"),
    ("defects of severity ≥ .35 named", "defect_recall_35", "{:.1%}"),
    ("of the common ones", "common_recall_35", "{:.1%}"),
    ("defects named that are there", "defect_precision", "{:.1%}"),
    ("of a fault told: capture or card right", "defect_kind_right", "{:.1%}"),
    ("accept, retake or replace: agrees with the truth", "action_right", "{:.1%}"),
    ("clean captures with a false alarm", "clean_false_alarm", "{:.1%}"),
    ("whole-photo RapidOCR with label parsing: fields exact", "baseline_fields_exact", "{:.1%}"),
    ("ktpcheck on the same photos", "ours_on_the_same", "{:.1%}"),
)


def defects() -> str:
    """Every defect ktpcheck names: its id, whose fault it is, what it is called."""
    rows = [
        f"| `{name}` | {_KINDS[row.kind]} | {label(name, 'id')} | {label(name, 'en')} |"
        for name, row in DEFECTS.items()
    ]
    return "\n".join(["| id | fault of | Indonesian | English |", "|---|---|---|---|", *rows])


def figures() -> str:
    """The newest figures of accuracy and speed."""
    accuracy, speed = latest("accuracy"), latest("speed")
    lines: list[str] = []
    if accuracy:
        lines += [
            f"`python -m tests.bench.accuracy --n {accuracy['n']}` "
            f"({accuracy['n']} captures of the {accuracy['split']} split, "
            f"version {accuracy['version']}, {accuracy['date']}; 95 % bootstrap intervals):",
            "",
            "| drawn specimens, simulated captures | figure | interval |",
            "|---|---|---|",
            *(
                _row(text, accuracy["figures"][name], form)
                for text, name, form in ACCURACY
                if name in accuracy["figures"]
            ),
            "",
            *_breakdowns(accuracy["figures"]),
        ]
    if speed:
        figures = speed["figures"]
        ratio, total = figures["ratio_to_baseline"], figures["total_ms"]
        lines += [
            f"`python -m tests.bench.speed --n {speed['n']}` (12-megapixel JPEGs, one thread): "
            f"whole-photo RapidOCR takes **{ratio[0]:.1f} times** the CPU time of a whole check "
            f"(5th to 95th percentile {ratio[1]:.1f} to {ratio[2]:.1f}). On the machine of that "
            f"run: {total[0]:.0f} ms of CPU a photo, decoding included (95th percentile "
            f"{total[1]:.0f}); start-up {figures['start_up_cpu_ms'][0]:.0f} ms; "
            f"{figures['peak_rss_mb'][0]:.0f} MB resident at most.",
            "",
        ]
    return "\n".join(lines).strip()


def shots() -> str:
    """Whose fault it is, from one photo and from several."""
    run = latest("shots")
    if not run:
        return ""
    one, several, read = (run["figures"][name] for name in ("one", "several", "required"))
    return (
        f"`python -m tests.bench.shots --split {run['split']} --n {run['n']}` measures this on "
        f"drawn cards, {run['shots']} simulated shots each. Of {one['told']} faults told from one "
        f"photo {one['undetermined']} are left undetermined, and {one['right']} of the other "
        f"{one['told'] - one['undetermined']} are rightly attributed; of {several['told']} told "
        f"from {run['shots']} photos {several['undetermined']} are left undetermined, and "
        f"{several['right']} of {several['told'] - several['undetermined']} are rightly "
        f"attributed. Of the required fields called readable from {run['shots']} photos, "
        f"{read['right of these']} of {read['readable together']} are exactly right, of those "
        f"called so from one {read['right of one']} of "
        f"{read['readable in one shot']}: these cards are worn in every photo, and a letter that "
        "is gone is read alike every time."
    )


#: Generated blocks of the README by the name in their markers.
BLOCKS = {"defects": defects, "figures": figures, "shots": shots}


#: Figures of a capture by scene and by severity: heading, figure, how it is printed.
_COLUMNS = (
    ("captures", "captures", "{}"),
    ("outline: Jaccard", "jaccard", "{:.3f}"),
    ("fields exact", "fields_exact", "{:.1%}"),
    ("called readable: right", "readable_right", "{:.1%}"),
    ("truly readable: called so", "readable_coverage", "{:.1%}"),
)
#: Figures of a defect: heading, figure.
_TOLD = (
    ("severity ≥ .35: named", "defect_recall_35"),
    ("severity ≥ .5: named", "defect_recall"),
    ("named: is there", "defect_precision"),
)


def _breakdowns(figures: Mapping[str, Any]) -> list[str]:
    """Tables by scene, by severity and by defect, as far as the run has them."""
    lines: list[str] = []
    for name, summary in (
        ("by_severity", "By the severity of the worst defect"),
        ("by_scene", "By scene, no fault added"),
    ):
        if name in figures:
            lines += _folded(
                summary,
                [name.removeprefix("by_"), *(heading for heading, _, _ in _COLUMNS)],
                [
                    [f"`{of}`", *(_cell(row[column], form) for _, column, form in _COLUMNS)]
                    for of, row in figures[name].items()
                ],
            )
    if "by_defect" in figures:
        lines += _folded(
            "By defect (share, of how many)",
            ["defect", *(heading for heading, _ in _TOLD)],
            [
                [f"`{of}`", *(_cell(row[column], "{:.0%} of {}") for _, column in _TOLD)]
                for of, row in figures["by_defect"].items()
            ],
        )
    return lines


def _cell(value: Any, form: str) -> str:
    if value is None:
        return "–"
    return form.format(*value) if isinstance(value, list) else form.format(value)


def _folded(summary: str, headings: list[str], rows: list[list[str]]) -> list[str]:
    return [
        f"<details><summary>{summary}</summary>",
        "",
        *(f"| {' | '.join(row)} |" for row in (headings, ["---"] * len(headings), *rows)),
        "",
        "</details>",
        "",
    ]


def _row(text: str, figure: list[float], form: str) -> str:
    spread = f"{form.format(figure[1])} to {form.format(figure[2])}" if len(figure) == 3 else ""
    return f"| {text} | {form.format(figure[0])} | {spread} |"


def written(text: str) -> str:
    """The README with every generated block as it should be."""
    for name, make in BLOCKS.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        block = f"{start}\n{make()}\n{end}"
        text = re.sub(f"{start}.*?{end}", lambda _, block=block: block, text, flags=re.DOTALL)
    return text


def main() -> None:
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
