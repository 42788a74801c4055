"""The shell's door, with a checker that only looks at file names."""

from __future__ import annotations

import ast
import inspect
import io
import json
import os
import re
import stat
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import ktpcheck.cli
from ktpcheck import guidance
from ktpcheck.cli import door as door_room
from ktpcheck.cli import main
from ktpcheck.cli.inputs import find_files
from ktpcheck.errors import EngineError, ModelMissing, PhotoError
from ktpcheck.photo import SUFFIXES, Limits, load_photos
from ktpcheck.records import Photo, Report
from ktpcheck.render.faults import reason_in, remedy_in
from ktpcheck.render.files import Inputs, Names, WriteRefused, private_file, safe_stem
from ktpcheck.report import schema
from tests.e2e.bad_input import BAD_INPUTS
from tests.unit.report_fakes import VALUES, no_card, report
from tests.unit.test_shots import joined, other_face

READABLE = report()
UNREADABLE = report(unreadable={"nik": ("glare",), "alamat": ("glare",)})
TO_REPLACE = report(action="replace_card")
TO_VERIFY = report(action="check_data")
NO_CARD = no_card()
OTHER = other_face(1)


def judge(photo: Photo) -> Report:
    name = Path(photo.name).name
    if "engine" in name:
        raise EngineError("ppocr", "it failed", "Try again.")
    if "crash" in name:
        raise RuntimeError(f"a message that quotes {VALUES['nik']}")
    for word, fake in (
        ("bad", UNREADABLE),
        ("replace", TO_REPLACE),
        ("verify", TO_VERIFY),
        ("none", NO_CARD),
        ("other", OTHER),
    ):
        if word in name:
            return replace(fake, photo=photo)
    return replace(READABLE, photo=photo)


def join_fakes(reports: list[Report]):
    if any("crash-together" in one.photo.name for one in reports):
        raise RuntimeError(f"a message that quotes {VALUES['nik']}")
    return joined(*reports)


def every_fake(photo: Photo) -> list[Report]:
    """Three cards where the name says so."""
    first = judge(photo)
    if "table" not in Path(photo.name).name:
        return [first]
    return [
        numbered(fake, number)
        for number, fake in enumerate((first, replace(UNREADABLE, photo=photo), first), start=1)
    ]


def numbered(fake: Report, number: int) -> Report:
    outline = replace(fake.outline, number=number, of=3)
    return replace(fake, outline=outline, card=replace(fake.card, outline=outline))


judge.join = join_fakes
judge.every = every_fake


@pytest.fixture(autouse=True)
def checker(monkeypatch) -> Counter[str]:
    """Opening the checker is counted and costs nothing."""
    opened: Counter[str] = Counter()

    def open_checker(**options):
        opened.update(times=1)
        opened.update({f"{key}={value}": 1 for key, value in options.items()})
        return judge

    monkeypatch.setattr(ktpcheck.cli, "_open_checker", open_checker)
    return opened


PNG = cv2.imencode(".png", np.full((30, 40, 3), 90, np.uint8))[1].tobytes()


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def photo(path: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(PNG)
    return path


def run(*args: object, stdin: bytes | None = None):
    return CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)


def lines(result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


class TestExits:
    @pytest.mark.parametrize(
        ("names", "code"),
        [
            (["good.png"], 0),
            (["verify.png"], 0),
            (["bad.png"], 3),
            (["replace.png"], 3),
            (["none.png"], 3),
            (["missing.png"], 4),
            (["engine.png"], 6),
            (["good.png", "bad.png"], 3),
            (["missing.png", "bad.png"], 4),
            (["engine.png", "missing.png", "good.png"], 6),
        ],
    )
    def test_the_highest_wins(self, place, names, code):
        for name in names:
            if name != "missing.png":
                photo(name)
        assert run("check", *names).exit_code == code

    def test_a_model_that_is_missing(self, place, monkeypatch):
        def broken(**_):
            raise ModelMissing("ppocr_rec", "the file is not there", "Install again.")

        monkeypatch.setattr(ktpcheck.cli, "_open_checker", broken)
        result = run("check", photo("a.png"), photo("b.png"), "--json")
        assert result.exit_code == 5
        assert [line["error"]["type"] for line in lines(result)] == ["ModelMissing"] * 2
        assert [line["photo"]["name"] for line in lines(result)] == ["a.png", "b.png"]

    def test_a_model_that_is_missing_does_not_hide_a_bad_file(self, place, monkeypatch, checker):
        (place / "a.jpg").write_bytes(b"")
        result = run("check", "a.jpg")
        assert result.exit_code == 4
        assert checker["times"] == 0  # nothing decoded, nothing loaded

    def test_a_crash_is_python_s_own_and_stops_nobody(self, place):
        result = run("check", photo("crash.png"), photo("bad.png"), "--json")
        assert result.exit_code == 1
        trace = "".join(traceback.format_exception(result.exception))
        assert "judge" in trace  # where it happened
        assert VALUES["nik"] not in trace  # not what it said
        first, second = lines(result)
        assert second["verdict"] == "unreadable"
        assert first["error"]["type"] == "KtpcheckError"
        assert "RuntimeError" in first["error"]["reason"]
        assert VALUES["nik"] not in json.dumps(first) + result.stderr

    @pytest.mark.parametrize(
        "args",
        [
            [],
            ["a.png", "--engine", "tesseract"],
            ["a.png", "--require", "nik,shoe_size"],
            ["a.png", "--require", ","],
            ["a.png", "--redact", "--card", "out"],
            ["a.png", "--redact", "--portrait", "out"],
            ["a.png", "--rec-model", "model"],
            ["a.png", "--max-bytes", "0"],
            ["-", "-"],
        ],
    )
    def test_usage_is_click_s(self, place, args):
        photo("a.png")
        result = run("check", *args)
        assert result.exit_code == 2
        assert not (place / "out").exists()


class TestInputs:
    def test_a_folder_is_searched_in_order(self, place):
        for name in ("d/b.PNG", "d/sub/c.png", "d/a.png", "d/notes.txt", "d/.hidden/x.png"):
            photo(name)
        photo("d/._a.png")
        names = [line["photo"]["name"] for line in lines(run("check", "d", "--json"))]
        assert names == ["d/a.png", "d/b.PNG", "d/sub/c.png"]

    def test_a_file_named_twice_is_checked_once(self, place):
        photo("d/a.png")
        Path("d/b.png").symlink_to("a.png")
        result = run("check", "d", "d/a.png", "./d/../d/a.png", "--json")
        assert len(lines(result)) == 1

    def test_a_folder_without_photos(self, place):
        (place / "empty").mkdir()
        (place / "empty" / "notes.txt").write_text("x")
        result = run("check", "empty", "--json")
        assert result.exit_code == 4
        (line,) = lines(result)
        assert line["photo"]["name"] == "empty"
        assert "no photos" in line["error"]["reason"]
        assert "jpg" in line["error"]["remedy"]

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read anything")
    def test_a_folder_that_may_not_be_read(self, place):
        photo("d/a.png")
        photo("d/shut/b.png")
        (place / "d/shut").chmod(0)
        try:
            result = run("check", "d", "--json")
        finally:
            (place / "d/shut").chmod(0o700)
        assert result.exit_code == 4
        assert len(lines(result)) == 2

    def test_a_folder_that_cannot_be_searched_is_told(self, place, monkeypatch):
        photo("d/a.png")
        real = os.walk

        def walk(top, onerror):
            yield from real(top)
            onerror(PermissionError(13, "Permission denied", "d/shut"))

        monkeypatch.setattr(os, "walk", walk)
        found = list(find_files(["d"], SUFFIXES))
        assert [file.name for file in found] == ["d/a.png", "d/shut"]
        assert found[1].error is not None

    def test_standard_input(self, place):
        result = run("check", "-", "--json", stdin=PNG)
        assert result.exit_code == 0
        assert lines(result)[0]["photo"]["name"] == "stdin"
        assert run("check", "-", stdin=b"").exit_code == 4

    def test_a_bad_file_stops_nobody_and_loses_no_line(self, place):
        (place / "broken.jpg").write_bytes(PNG[:40])
        result = run("check", photo("a.png"), "broken.jpg", "gone.jpg", photo("bad.png"), "--json")
        assert [line["schema"] for line in lines(result)] == [
            "ktpcheck.report/1",
            "ktpcheck.error/1",
            "ktpcheck.error/1",
            "ktpcheck.report/1",
        ]
        assert "broken.jpg" in result.stderr
        assert "gone.jpg" in result.stderr

    def test_limits_reach_the_loader(self, place):
        assert run("check", photo("a.png"), "--max-bytes", "10").exit_code == 4
        assert run("check", "a.png", "--max-pixels", "100").exit_code == 4
        assert run("check", "a.png", "--max-pixels", "1200").exit_code == 0

    def test_default_limits_are_the_loader_s(self):
        options = {option.name: option.default for option in main.commands["check"].params}
        limits = Limits()
        assert options["max_bytes"] == limits.max_bytes
        assert options["max_pixels"] == limits.max_pixels
        assert options["max_pages"] == limits.max_pages

    def test_options_reach_the_checker(self, place, checker):
        run(
            "check", photo("a.png"), "--engine", "paddleocr", "--rec-model", "m", "--guide", "jmo",
            "--require", "nik, nama,nik", "--reference", "2024-05-06",
        )  # fmt: skip
        assert checker["engine=paddleocr"]
        assert checker["guide=jmo"]
        assert checker["require=('nik', 'nama')"]
        assert checker["reference=2024-05-06"]
        assert checker[f"engine_options={{'rec_model': {Path('m')!r}}}"]

    def test_the_checker_takes_what_the_door_gives(self, place, checker):
        """A fake stands in for Checker in this file: the real one must take the same options."""
        from ktpcheck.check import Checker

        run("check", photo("a.png"))
        given_names = {key.partition("=")[0] for key in checker} - {"times"}
        assert given_names == set(inspect.signature(Checker).parameters)


class TestErrorsInIndonesian:
    @pytest.mark.parametrize(
        "row", [row for row in BAD_INPUTS if row.expected], ids=lambda row: row.id
    )
    def test_every_bad_input_is_told_in_both_languages(self, row, tmp_path):
        if not row.possible():
            pytest.skip("this system cannot make such a file")
        path = tmp_path / row.file_name
        row.write(path)
        with pytest.raises(PhotoError) as caught:
            list(load_photos(path))
        error = caught.value
        assert reason_in("id", error.reason) != error.reason
        assert remedy_in("id", error.remedy) != error.remedy
        assert reason_in("en", error.reason) == error.reason

    def test_every_error_of_the_rooms_is_told_in_both_languages(self):
        """Literal reasons and remedies in the source: none may be forgotten."""
        package = Path(ktpcheck.cli.__file__).parents[1]
        said = set()
        for path in package.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                name = getattr(getattr(node, "func", None), "id", "")
                if name in {"PhotoUnreadable", "PhotoTooLarge", "EngineError", "ModelMissing",
                            "ModelMismatch"}:  # fmt: skip
                    said |= {
                        (place, one.value)
                        for place, one in zip(("", "reason", "remedy"), node.args, strict=False)
                        if place and isinstance(one, ast.Constant)
                    }
        assert len(said) > 15
        for place, text in said:
            tell = reason_in if place == "reason" else remedy_in
            assert tell("id", text) != text, text

    def test_what_is_not_known_stays_english(self):
        assert reason_in("id", "something new") == "something new"


class TestNames:
    def test_control_characters_never_reach_the_terminal(self, place):
        evil = "x\n\x1b[31mred\u202egnp.jpg"
        result = run("check", evil)
        assert "\x1b" not in result.stderr
        assert "\u202e" not in result.stderr
        assert len(result.stderr.splitlines()) == 1
        assert r"\x1b" in result.stderr

    def test_markup_in_names_is_text(self, place):
        result = run("check", photo("[bold]a[/bold].png"), "--quiet")
        assert "[bold]a[/bold].png" in result.stdout

    def test_emoji_stay(self, place):
        assert "🪪.png" in run("check", photo("🪪.png"), "--quiet").stdout

    @given(st.text(min_size=1))
    def test_a_stem_is_safe_on_any_system(self, name):
        stem = safe_stem(name)
        assert stem
        assert not re.search(r'[\x00-\x1f<>:"/\\|?*]', stem)
        assert stem[0] not in ".-"
        assert len(stem.encode("utf-8")) <= 200
        assert stem.encode("utf-8").decode("utf-8") == stem
        assert stem.upper() not in {"CON", "NUL", "AUX", "PRN"}

    @given(st.lists(st.tuples(st.sampled_from(["a.jpg", "b/a.jpg", "A.JPG", "a-2.png", "a"]),
                              st.sampled_from([None, 1, 2])), max_size=12))  # fmt: skip
    def test_no_name_is_given_twice(self, photos):
        names = Names(Path("out"), ".card.png", Inputs([]))
        given_names = [str(names.path_for(name, page)).casefold() for name, page in photos]
        assert len(set(given_names)) == len(given_names)


class TestFiles:
    def test_cards_and_portraits(self, place):
        photo("a.png")
        photo("b/a.png")
        result = run("check", "a.png", "b", "--card", "out/c", "--portrait", "out/p", "--json")
        assert result.exit_code == 0
        assert sorted(path.name for path in Path("out/c").iterdir()) == [
            "a-2.card.png",
            "a.card.png",
        ]
        first, second = lines(result)
        assert first["written"] == {
            "card": str(Path("out/c/a.card.png")),
            "portrait": str(Path("out/p/a.portrait.png")),
        }
        assert second["written"]["card"] == str(Path("out/c/a-2.card.png"))
        card = cv2.imread("out/c/a.card.png")
        np.testing.assert_array_equal(card[:, :, ::-1], READABLE.card.pixels)
        Draft202012Validator(schema()).validate(first)

    def test_only_the_owner_may_read_them(self, place):
        old_mask = os.umask(0)
        try:
            run("check", photo("a.png"), "--card", "o/c", "--portrait", "o/p", "--report", "r.html")
        finally:
            os.umask(old_mask)
        files = [Path("o/c/a.card.png"), Path("o/p/a.portrait.png"), Path("r.html")]
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        for path in (Path("o"), Path("o/c"), Path("o/p")):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700, path

    def test_nobody_may_read_them_while_they_are_written(self, place):
        old_mask = os.umask(0)
        try:
            with private_file(Path("r.html"), Inputs([])) as file:
                file.write(b"x")
                file.flush()
                modes = {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()}
        finally:
            os.umask(old_mask)
        assert modes == {0o600}

    def test_an_older_file_s_mode_is_not_inherited(self, place):
        Path("r.html").write_text("old")
        Path("r.html").chmod(0o644)
        run("check", photo("a.png"), "--report", "r.html")
        assert stat.S_IMODE(Path("r.html").stat().st_mode) == 0o600

    def test_a_failure_leaves_the_older_file_and_no_litter(self, place):
        Path("r.html").write_text("old")

        def fail():
            with private_file(Path("r.html"), Inputs([])) as file:
                file.write(b"half")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert Path("r.html").read_text() == "old"
        assert [path.name for path in place.iterdir()] == ["r.html"]

    def test_an_input_is_never_written_to(self, place):
        photo("a.png")
        os.link("a.png", "page.html")
        result = run("check", "a.png", "--report", "page.html")
        assert result.exit_code == 2
        assert Path("a.png").read_bytes() == PNG

    def test_a_card_takes_another_name_than_an_input(self, place):
        photo("d/a.card.png")
        photo("d/a.png")
        run("check", "d", "--card", "d", "--quiet")
        assert Path("d/a.card.png").read_bytes() == PNG
        assert Path("d/a-2.card.png").exists()

    @pytest.mark.parametrize("target", ["folder", "gone/r.html", "link.html"])
    def test_places_that_are_refused(self, place, target):
        (place / "folder").mkdir()
        (place / "kept.txt").write_text("kept")
        Path("link.html").symlink_to("kept.txt")
        result = run("check", photo("a.png"), "--report", target)
        assert result.exit_code == 2
        assert (place / "kept.txt").read_text() == "kept"

    def test_a_folder_that_is_a_file(self, place):
        (place / "taken").write_text("x")
        assert run("check", photo("a.png"), "--card", "taken").exit_code == 2

    @pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices")
    def test_a_device_is_not_replaced(self, tmp_path):
        with pytest.raises(WriteRefused), private_file(Path("/dev/null"), Inputs([])):
            pass
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)

    def test_nothing_is_written_unasked(self, place):
        photo("a.png")
        run("check", "a.png")
        assert [path.name for path in place.iterdir()] == ["a.png"]


class TestOutput:
    def test_every_line_obeys_the_schema(self, place):
        names = [photo(f"{name}.png") for name in ("good", "bad", "none", "replace", "engine")]
        validator = Draft202012Validator(schema())
        for line in lines(run("check", *names, "gone.png", "--json")):
            validator.validate(line)

    def test_decoding_is_timed(self, place):
        (line,) = lines(run("check", photo("a.png"), "--json"))
        assert line["elapsed_ms"]["decode"] > 0
        assert line["elapsed_ms"]["total"] >= line["elapsed_ms"]["decode"]

    @pytest.mark.parametrize("lang", ["id", "en"])
    def test_quiet_is_one_line_a_photo(self, place, lang):
        result = run("check", photo("good.png"), photo("bad.png"), "-q", "--lang", lang)
        good, bad = result.stdout.splitlines()
        assert "good.png" in good
        assert re.search(r"bad\.png: .+ → .+ \(NIK, .+\)$", bad)

    def test_a_batch_ends_with_a_total(self, place):
        names = [photo(f"{name}.png") for name in ("good", "bad", "none")]
        last = run("check", *names, "gone.png", "--lang", "en").stdout.splitlines()[-1]
        assert last == "4 photos: 1 readable, 1 not, 1 without an e-KTP, 1 failed"

    def test_errors_and_the_bar_stay_out_of_the_results(self, place):
        result = run("check", "gone.png", photo("a.png"), "--json")
        assert len(lines(result)) == 2
        assert "gone.png" in result.stderr

    def test_a_bar_only_on_a_terminal_with_several_photos(self, place, monkeypatch):
        photos = [photo("a.png"), photo("b.png")]
        assert "Checking" not in run("check", *photos, "--lang", "en").stderr

        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        for args, expected in ((photos, True), (photos[:1], False), ([*photos, "-q"], False)):
            monkeypatch.setattr(sys, "stderr", Terminal())
            monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
            monkeypatch.setenv("TERM", "xterm")
            with pytest.raises(SystemExit):
                main.main(["check", *args, "--lang", "en"])
            assert ("Checking" in sys.stderr.getvalue()) is expected

    def test_redacted_output_holds_no_value(self, place):
        name = photo(f"bad {VALUES['nik']} contoh_spesimen.png")
        outputs = [
            run("check", name, "--redact", "--report", "r.html", *more).output
            for more in ([], ["--json"], ["--quiet"], ["--lang", "en"])
        ]
        outputs.append(Path("r.html").read_text("utf-8"))
        # Values that also name a label, a unit or a word of the advice prove nothing.
        secret = [v for v in VALUES.values() if len(v) > 4 and v != "PEREMPUAN"]
        for output in outputs:
            for value in secret:
                assert value.lower() not in output.lower(), value
            assert "contoh_spesimen" not in output

    def test_a_page_about_several_photos(self, place):
        names = [photo(f"{name}.png") for name in ("good", "bad", "none")]
        run("check", *names, "gone.png", "--report", "r.html", "-q")
        page = Path("r.html").read_text("utf-8")
        assert page.count('<section id="') == 4
        assert page.rstrip().endswith("</html>")

    def test_a_terminal_without_the_signs(self, place, monkeypatch):
        result = CliRunner(charset="ascii").invoke(main, ["check", photo("bad.png")])
        assert result.exit_code == 3
        assert result.output.startswith("x bad.png")


class TestNik:
    def test_text(self):
        result = run("nik", "3171 0145.0390 9999", "--lang", "en", "--reference", "2025-01-01")
        assert result.exit_code == 0
        assert result.output.splitlines() == [
            "3171014503909999: well formed",
            "  Province      Daerah Khusus Ibukota Jakarta",
            "  Regency/City  Kota Administrasi Jakarta Pusat",
            "  District      Gambir",
            "  Birth date    05-03-1990 (century assumed)",
            "  Sex           female",
            "  A NIK has no check digit: one that is well formed may never have been issued.",
        ]

    def test_what_is_wrong_is_said(self):
        result = run("nik", "3171014503900000", "317", "--lang", "en")
        assert "  ✗ The last four digits cannot be 0000." in result.output
        assert "  ✗ A NIK has 16 digits." in result.output

    def test_json_and_exit(self):
        result = run("nik", "3171014503909999", "3171014503900000", "--json")
        assert result.exit_code == 3
        good, bad = lines(result)
        assert good["schema"] == "ktpcheck.nik/1"
        assert good["valid"]
        assert bad["errors"] == ["serial_zero"]

    def test_from_standard_input(self):
        result = run("nik", "-", "--json", stdin=b"3171014503909999\n\n 12 \n")
        assert [line["valid"] for line in lines(result)] == [True, False]

    @given(st.text(min_size=1).filter(lambda text: not text.startswith("-")))
    def test_anything_is_answered(self, text):
        result = run("nik", text)
        assert result.exit_code in (0, 3)
        assert "\x1b" not in result.output


class TestGuide:
    def test_lists_every_topic_and_tells_each(self):
        topics = [line.split()[0] for line in run("guide").output.splitlines()]
        assert set(topics) == {*guidance.ADVICE, *guidance.STEPS, *guidance.GUIDES}
        for topic in topics:
            for lang in ("id", "en"):
                result = run("guide", topic, "--lang", lang)
                assert result.exit_code == 0
                assert len(result.output) > 20
                assert "{" not in result.output

    def test_unknown_topics(self):
        assert run("guide", "rust").exit_code == 2


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    yield path or "ktpcheck", group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}".strip(), command


@pytest.mark.parametrize(("name", "command"), list(commands(main)))
def test_every_command_and_option_has_help(name, command):
    assert command.help, name
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, f"{name} {param.name}"
        else:
            # Click has no help for arguments: the command's text must speak of them.
            metavar = (param.metavar or param.name or "").strip(".[]")
            assert metavar.upper() in command.help.upper(), f"{name} {metavar}"
    shown = run(*([] if name == "ktpcheck" else name.split()), "--help")
    assert shown.exit_code == 0


def test_the_exits_are_those_of_the_help():
    text = run("check", "--help").output
    for _, code in door_room.EXITS:
        assert re.search(rf"^\s+{code}  ", text, re.MULTILINE)


class TestSameCard:
    @pytest.mark.parametrize(
        ("names", "code", "verdict"),
        [
            (["a.png", "b.png"], 0, "readable"),
            (["bad.png", "bad2.png"], 3, "unreadable"),
            (["none.png", "none2.png"], 3, "no_card"),
            (["a.png", "none.png"], 0, "readable"),
            (["a.png", "other.png"], 3, "different_cards"),
        ],
    )
    def test_one_line_for_all_of_them(self, place, names, code, verdict):
        result = run("check", "--same-card", "--json", *map(photo, names))
        [line] = lines(result)
        Draft202012Validator(schema()).validate(line)
        assert result.exit_code == code
        assert (line["schema"], line["verdict"]) == ("ktpcheck.shots/1", verdict)
        assert [one["photo"]["name"] for one in line["shots"]] == names

    def test_a_bad_file_leaves_the_others(self, place):
        result = run("check", "--same-card", "--json", photo("a.png"), "gone.png", photo("b.png"))
        assert result.exit_code == 4
        assert [line["schema"] for line in lines(result)] == [
            "ktpcheck.error/1",
            "ktpcheck.shots/1",
        ]

    def test_nothing_that_can_be_judged(self, place):
        result = run("check", "--same-card", "--json", "gone.png", "away.png")
        assert result.exit_code == 4
        assert len(lines(result)) == 2

    def test_one_photo_is_no_pair_and_nine_are_too_many(self, place):
        assert run("check", "--same-card", photo("a.png")).exit_code == 2
        nine = [photo(f"{number}.png") for number in range(9)]
        assert run("check", "--same-card", *nine).exit_code == 2

    def test_a_crash_while_joining_quotes_nothing(self, place):
        result = run("check", "--same-card", photo("a.png"), photo("crash-together.png"))
        assert isinstance(result.exception, door_room.Crash)
        text = "".join(traceback.format_exception(result.exception)) + result.output
        assert VALUES["nik"] not in text

    def test_pictures_and_page_are_written(self, place):
        names = [photo("a.png"), photo("b.png")]
        result = run(
            "check", "--same-card", "--json", *names, "--card", "cards", "--report", "r.html"
        )
        [line] = lines(result)
        assert len({one["written"]["card"] for one in line["shots"]}) == 2
        assert len(list(Path("cards").iterdir())) == 2
        assert "2 foto dari satu kartu" in Path("r.html").read_text("utf-8")

    def test_the_terminal_and_one_line(self, place):
        names = [photo("a.png"), photo("b.png")]
        told = run("check", "--same-card", *names, "--lang", "en")
        assert told.stdout.startswith("✓ 2 photos of one card: Likely readable")
        quiet = run("check", "--same-card", *names, "--lang", "en", "-q")
        assert len(quiet.stdout.splitlines()) == 1

    def test_redacted(self, place):
        result = run("check", "--same-card", "--redact", "--json", photo("a.png"), photo("b.png"))
        assert VALUES["nik"] not in result.output


class TestEveryCard:
    def test_all_gives_a_report_a_card(self, place):
        result = run("check", "--all", "--json", photo("table.png"), photo("a.png"))
        told = lines(result)
        assert [(line["card"]["number"], line["card"]["of"]) for line in told] == [
            (1, 3),
            (2, 3),
            (3, 3),
            (1, 1),
        ]
        assert [line["verdict"] for line in told[:3]] == ["readable", "unreadable", "readable"]
        assert result.exit_code == 3
        assert all("decode" in line["elapsed_ms"] for line in (told[0], told[3]))

    def test_each_card_is_named_and_written_apart(self, place):
        result = run("check", "--all", photo("table.png"), "--card", "cards", "--lang", "en")
        assert all(f"card {number} of 3" in result.stdout for number in (1, 2, 3))
        assert len(list(Path("cards").iterdir())) == 3

    def test_all_does_not_go_with_shots_of_one_card(self, place):
        assert run("check", "--all", "--same-card", photo("a.png"), photo("b.png")).exit_code == 2
