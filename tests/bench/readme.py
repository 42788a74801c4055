"""Write the README's figures from the history: ``python -m tests.bench.readme``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.bench.history import latest

README = Path(__file__).parents[2] / "README.md"
START, END = "<!-- figures -->", "<!-- /figures -->"

#: What the table says, row by row: text, figure, how it is printed.
ACCURACY = (
    ("outline: mean Jaccard", "outline_jaccard_mean", "{:.3f}"),
    ("outline: Jaccard ≥ .95", "outline_jaccard_ge_95", "{:.1%}"),
    ("outline: Jaccard ≥ .98", "outline_jaccard_ge_98", "{:.1%}"),
    ("card missed", "card_missed", "{:.1%}"),
    ("right way up, of those found", "orientation_right", "{:.1%}"),
    ("photos of other things called an e-KTP", "negatives_called_card", "{:.1%}"),
    ("clean captures: fields exact", "clean_fields_exact", "{:.1%}"),
    ("clean captures: NIK exact", "clean_nik_exact", "{:.1%}"),
    ("all captures: fields exact", "fields_exact", "{:.1%}"),
    ("called readable: exactly right", "readable_right", "{:.1%}"),
    ("NIK called readable: exactly right", "readable_nik_right", "{:.1%}"),
    ("truly readable: called readable", "readable_coverage", "{:.1%}"),
    ("legibility against correctness: AUROC", "legibility_auroc", "{:.3f}"),
    ("legibility: expected calibration error", "legibility_ece", "{:.3f}"),
    ("defects of severity ≥ .5 named", "defect_recall", "{:.1%}"),
    ("of a fault told: capture or card right", "defect_kind_right", "{:.1%}"),
    ("clean captures with a false alarm", "clean_false_alarm", "{:.1%}"),
    ("whole-photo RapidOCR with label parsing: fields exact", "baseline_fields_exact", "{:.1%}"),
    ("ktpcheck on the same photos", "ours_on_the_same", "{:.1%}"),
)


def block() -> str:
    """The README's block of figures, markers included."""
    accuracy, speed = latest("accuracy"), latest("speed")
    lines = [START]
    if accuracy:
        lines += [
            f"`python -m tests.bench.accuracy --n {accuracy['n']}` "
            f"({accuracy['n']} captures of the {accuracy['split']} split, "
            f"version {accuracy['version']}, {accuracy['date']}; 95 % bootstrap intervals):",
            "",
            "| drawn specimens, simulated captures | figure | interval |",
            "|---|---|---|",
            *(_row(text, accuracy["figures"][name], form) for text, name, form in ACCURACY),
            "",
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
    return "\n".join([*lines, END])


def _row(text: str, figure: list[float], form: str) -> str:
    spread = f"{form.format(figure[1])} to {form.format(figure[2])}" if len(figure) == 3 else ""
    return f"| {text} | {form.format(figure[0])} | {spread} |"


def parts(text: str) -> Any:
    """The block as it stands in the README, as a match."""
    return re.search(re.escape(START) + ".*?" + re.escape(END), text, re.DOTALL)


def main() -> None:
    text = README.read_text(encoding="utf-8")
    held = parts(text)
    README.write_text(text[: held.start()] + block() + text[held.end() :], encoding="utf-8")


if __name__ == "__main__":
    main()
