"""The house keeps its order: a room imports only rooms above it; only doors import leaves."""

import ast
from pathlib import Path

import pytest

import ktpcheck

PACKAGE = Path(ktpcheck.__file__).parent

#: Rooms from the ground up. Those on one line do not see each other.
ORDER = [
    ["errors"],
    ["geometry"],
    ["records"],
    ["layout"],
    ["regions"],
    ["nik"],
    ["fields"],
    ["grammar"],
    ["photo", "weights"],
    ["outline"],
    ["rectify"],
    ["register"],
    ["measures"],
    ["defects"],
    ["guidance"],
    ["engines"],
    ["read"],
    ["consistency"],
    ["portrait"],
    ["signs"],
    ["legibility"],
    ["cause", "place"],
    ["verdict"],
    ["shots"],
    ["check"],
    ["report"],
    ["joint"],
    ["render", "synth"],
    ["cli"],
    ["__main__"],
]
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
#: Rooms that no core room imports: only doors do.
LEAVES = {"render", "synth"}
DOORS = {"cli", "__main__", "__init__"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Rooms of ktpcheck that a file imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            names = [node.module or ""]
            if node.module == "ktpcheck":
                names = [f"ktpcheck.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("ktpcheck.")}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_above_it(path):
    room = room_of(path)
    if room == "__init__":
        return
    assert room in LEVEL, f"{room} has no place in the house"
    for other in imports(path) - {room}:
        if other in LEVEL:
            assert LEVEL[other] < LEVEL[room], f"{room} imports {other}, which is not above it"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_core_rooms_import_no_leaf(path):
    room = room_of(path)
    if room not in LEAVES | DOORS:
        assert not imports(path) & LEAVES


def test_only_one_room_imports_onnxruntime():
    holders = {
        room_of(path) for path in FILES if "import onnxruntime" in path.read_text(encoding="utf-8")
    }
    assert holders == {"weights"}


def test_no_room_is_called_utils():
    assert not [path for path in FILES if path.stem in ("utils", "helpers", "common", "misc")]


def test_every_room_says_what_it_is():
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
