"""The README says what is so: its generated blocks, its commands, its samples."""

import re
from pathlib import Path

import click
import pytest

from ktpcheck.cli import main
from ktpcheck.fields import FIELDS
from tests.bench.readme import BLOCKS, README, written

TEXT = README.read_text(encoding="utf-8")


def test_generated_blocks_are_what_the_program_and_the_history_say():
    assert written(TEXT) == TEXT, "run: python -m tests.bench.readme"


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_has_its_markers_and_is_not_empty(name):
    found = re.search(f"<!-- {name} -->(.*?)<!-- /{name} -->", TEXT, re.DOTALL)
    assert found
    assert len(found[1].split()) > 20


def test_every_command_and_option_it_names_exists():
    for command, rest in re.findall(r"ktpcheck (check|nik|guide|specimen)\b([^`\n]*)", TEXT):
        options = {
            name
            for parameter in main.commands[command].params
            if isinstance(parameter, click.Option)
            for name in parameter.opts
        }
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, command


def test_every_command_is_named():
    for name in main.commands:
        assert f"ktpcheck {name}" in TEXT


def test_every_file_it_shows_is_there():
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        if "://" not in link:
            assert (README.parent / link).exists(), link


def test_the_fields_of_the_example_exist():
    named = re.search(r"--require ([a-z_,]+)", TEXT)
    assert set(named[1].strip(",").split(",")) <= set(FIELDS)


def test_nothing_of_a_workplace_is_in_it():
    for path in (README, Path(README.parent / "CHANGELOG.md")):
        text = path.read_text(encoding="utf-8")
        assert not [place for place in ("work", "root", "tmp", "home") if f"/{place}/" in text]
