"""The splits stay apart: code that fits anything cannot ask for what judges it.

What a split may draw is one table, ``ktpcheck.synth.splits``; that the splits share nothing with
test is asserted in ``tests/unit/test_synth.py``, that their material is kept to as well.
"""

import ast
from pathlib import Path

import pytest

import ktpcheck
from ktpcheck.synth import SPLITS, TRAINING_SPLITS

PACKAGE = Path(ktpcheck.__file__).parent
#: Code that fits weights and sets limits, and the package that carries them. The table of splits
#: has to name what it keeps apart; the shell may draw from any split, since a person asks there.
MODELS = PACKAGE.parent / "models"
FITTING = sorted(
    {*MODELS.rglob("*.py"), *PACKAGE.rglob("*.py")}
    - {PACKAGE / "synth" / "splits.py", PACKAGE / "cli" / "specimen.py"}
)


def asks_for_test_material(code: str, *, fits: bool) -> list[str]:
    """What in a file could reach the split that only judges.

    Its name, the benchmarks (whose plans draw from it) and, in code that ``fits``, the table of
    all splits or a free choice of split on the command line.
    """
    found = []
    judging = {name for name, split in SPLITS.items() if split.use == "judge"}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and node.value in judging:
            found.append(f"line {node.lineno}: {node.value!r}")
        elif isinstance(node, ast.ImportFrom | ast.Import):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            names = [alias.name for alias in node.names]
            if "tests" in {module.split(".")[0], *(name.split(".")[0] for name in names)}:
                found.append(f"line {node.lineno}: imports tests")
            if fits and "SPLITS" in names:
                found.append(f"line {node.lineno}: imports SPLITS")
        elif fits and isinstance(node, ast.Attribute) and node.attr == "SPLITS":
            found.append(f"line {node.lineno}: SPLITS")
        elif fits and isinstance(node, ast.Call):
            named = {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
            choices = {key.arg: ast.unparse(key.value) for key in node.keywords}.get("choices")
            if "--split" in named and choices != "TRAINING_SPLITS":
                found.append(f"line {node.lineno}: --split without choices=TRAINING_SPLITS")
    return found


@pytest.mark.parametrize("path", FITTING, ids=lambda path: str(path.relative_to(PACKAGE.parent)))
def test_code_that_fits_cannot_ask_for_test_material(path):
    fits = path.is_relative_to(MODELS)
    assert not asks_for_test_material(path.read_text(encoding="utf-8"), fits=fits)


@pytest.mark.parametrize(
    "code",
    [
        "make_capture(1, 'test')",
        "for split in ('train', 'test'): pass",
        "from tests.bench.plan import plan",
        "import tests.bench.plan",
        "from ktpcheck.synth import SPLITS, make_capture",
        "import ktpcheck.synth as synth\nsynth.SPLITS",
        "parser.add_argument('--split')",
        "parser.add_argument('--split', choices=('train', 'exam'))",
    ],
)
def test_the_ways_to_test_material_are_noticed(code):
    assert asks_for_test_material(code, fits=True)


def test_what_training_needs_is_let_through():
    code = """
from ktpcheck.synth import TRAINING_SPLITS, make_capture
parser.add_argument("--split", choices=TRAINING_SPLITS)
make_capture(1, "validation")
"""
    assert not asks_for_test_material(code, fits=True)


def test_one_split_fits_one_chooses_and_one_judges():
    assert [split.use for split in SPLITS.values()] == ["fit", "choose", "judge"]
    assert TRAINING_SPLITS == ("train", "validation")
