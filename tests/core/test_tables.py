"""Tables fit the terminal, every command's; elsewhere, and by --wide, they are whole."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from fcntl import ioctl
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from zeo.cli import main
from zeo.tools.tables import GAP, NARROWEST, filled, format_table, whole_tables

WIDTHS = (80, 120)

SIX = ("methane", "argon", "krypton", "xenon", "co2", "n2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, another with a long name, and a folder of structures with long names, one of them damaged."""
    folder = tmp_path_factory.mktemp("tables")
    for name in ("run", "a-run-with-a-name-that-says-everything-about-it"):
        known = ("run", "--generator", "dataset", "-n", "4", "--grid-size", "12", "--probe", "methane")
        wish = ("--target", "methane.void_fraction=0.1..0.15", "--target", "largest_ring>=8")
        result = zeo(folder, *known, *wish, "--out", name, "--probe", "argon", "--probe", "h2")
        assert result.exit_code == 0, result.output
    structures = folder / "frameworks-of-the-collection-that-were-relaxed-on-monday"
    assert zeo(folder, "convert", "LTA", "SOD", "--to", "cif", "--out", str(structures)).exit_code == 0
    (structures / "SOD.cif").rename(structures / "sodalite-as-it-was-found-in-the-archive.cif")
    return folder


def zeo(folder: Path, *arguments: str, width: int | None = None) -> Result:
    previous = Path.cwd()
    os.chdir(folder)
    try:
        environment = {"COLUMNS": None if width is None else str(width)}
        return CliRunner().invoke(main, list(arguments), env=environment)
    finally:
        os.chdir(previous)


IN = "frameworks-of-the-collection-that-were-relaxed-on-monday"
LONG = "a-run-with-a-name-that-says-everything-about-it"
TABLES: dict[str, tuple[str, ...]] = {
    "run": ("run", "--resume", "run"),
    "long run": ("run", "--resume", LONG),
    "evaluate": ("evaluate", "run", LONG, "--target", "methane.void_fraction=0.1"),
    "best": ("best", "run", LONG, "--sort", "argon.kh_accessible", "--where", "methane.kh_mol>0"),
    "relax": ("relax", IN),
    "probe": ("probe", IN, *(word for name in SIX for word in ("--probe", name)), "--grid-size", "12"),
    "identify": ("identify", IN),
    "identify full": ("identify", IN, "--full"),
    "isotherm": ("isotherm", "SOD", "--pressures", "1 bar", "--set", "methane-loading.spacing=1.0"),
    "data info": ("data", "info", "standard", "--sample", "2"),
    "quantities": ("quantities",),
    "plugins list": ("plugins", "list"),
    "plugins show": ("plugins", "show", "zeosym"),
    "plugins check": ("plugins", "check", "relax"),
    "reference list": ("reference", "list", "--all"),
    "reference show": ("reference", "show", "MFI"),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", TABLES)
def test_the_table_of_every_command_fits_the_terminal(folder: Path, name: str, width: int) -> None:
    result = zeo(folder, *TABLES[name], width=width)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert result.stdout
    assert max(map(len, result.stdout.splitlines())) <= width


@pytest.mark.parametrize("name", ["probe", "quantities", "plugins list", "identify", "relax"])
def test_wide_tables_are_as_wide_as_off_a_terminal(folder: Path, name: str) -> None:
    whole = zeo(folder, *TABLES[name]).stdout
    assert zeo(folder, *TABLES[name], "--wide", width=80).stdout == whole
    assert "--wide)" not in whole
    assert max(map(len, whole.splitlines())) > 80


def test_what_is_left_out_is_named(folder: Path) -> None:
    narrow, whole = (zeo(folder, *TABLES["probe"], width=width).stdout for width in (80, None))
    headings = whole.splitlines()[0].split()[1:]
    left_out = " ".join(narrow.partition("Left out for want of room (--wide): ")[2].split()).split(", ")
    assert left_out == headings[-len(left_out) :]
    assert 0 < len(left_out) < len(headings)


def test_a_file_gets_the_whole_table(folder: Path) -> None:
    arguments = (*TABLES["probe"], "--out", "table.txt")
    assert zeo(folder, *arguments, width=80).exit_code == 0
    assert (folder / "table.txt").read_text() == zeo(folder, *TABLES["probe"]).stdout.rstrip("\n") + "\n"


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_json_and_csv_too(folder: Path, name: str) -> None:
    written = zeo(folder, *TABLES[name], "--json")
    assert written.exit_code == 0, written.output
    assert json.loads(written.stdout)
    lines = list(csv.reader(io.StringIO(zeo(folder, *TABLES[name], "--csv", width=80).stdout)))
    assert len(lines) > 1
    assert {len(line) for line in lines} == {len(lines[0])}
    assert zeo(folder, *TABLES[name], "--csv", "--json").exit_code == 2


def test_a_terminal_is_asked_for_its_width() -> None:
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
    command = [sys.executable, "-m", "zeo", "plugins", "list"]
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(command, stdout=follower, env=environment) as process:
        os.close(follower)
        shown = b""
        while chunk := _read(leader):
            shown += chunk
    os.close(leader)
    assert process.returncode == 0
    widths = [len(line) for line in shown.decode().splitlines()]
    assert 80 < max(widths) <= 90


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other end is closed
        return b""


THREE_COLUMNS = 3 * NARROWEST + 2 * len(GAP)
"""Characters that three columns of words can always do with."""

WORDS = st.lists(st.text("abc/_-. ", max_size=30), min_size=3, max_size=3)


@given(rows=st.lists(WORDS, min_size=1, max_size=5), width=st.integers(THREE_COLUMNS, 130))
def test_no_word_is_lost(rows: list[list[str]], width: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        table = format_table([["one", "two_of_them", "three"]], rows)
    assert max(map(len, table.splitlines())) <= width
    assert sorted("".join(map("".join, rows)).replace(" ", "")) == _letters(table)


def _letters(table: str) -> list[str]:
    lines = table.splitlines()
    rule = next(i for i, line in enumerate(lines) if line and set(line) == {"-"})
    return sorted("".join(lines[rule + 1 :]).replace(" ", ""))


def test_headings_are_wrapped_before_columns_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    table = [["structure", "methane.void_fraction"]], [["LTA", "0.2"]]
    monkeypatch.setenv("COLUMNS", "22")
    assert format_table(*table, right={1}, spare=[1]).splitlines() == [
        "           methane.",
        "              void_",
        "structure  fraction",
        "-------------------",
        "LTA             0.2",
    ]
    monkeypatch.setenv("COLUMNS", "12")
    assert "0.2" not in format_table(*table, right={1}, spare=[1])
    with whole_tables():
        assert "0.2" in format_table(*table, right={1}, spare=[1])


def test_text_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "one two three four\nfive"
    assert filled(text) == text
    monkeypatch.setenv("COLUMNS", "10")
    assert filled(text) == "one two\n  three\n  four\nfive"


def rows_of(result: Result) -> Sequence[str]:
    return result.stdout.splitlines()


def test_blocks_that_do_not_fit_follow_below(folder: Path) -> None:
    narrow, wide = (zeo(folder, *TABLES["evaluate"], width=width) for width in (80, None))
    count = [sum(line.startswith("generator ") for line in rows_of(table)) for table in (wide, narrow)]
    assert count[0] == 1 < count[1]
    for published in ("ZeoDiff", "ZeoGAN"):
        assert any(published in line for line in rows_of(narrow))
    assert all(len(above) <= 80 for above, _ in pairwise(rows_of(narrow)))


def test_what_is_copied_is_never_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    key, words = "96-1a4fd2184b26164f2e51cb5718e49f32", "words that may be wrapped"
    text = format_table([["key", "meaning"]], [[key, words]], whole=(0,))
    assert key in text
    assert words not in text
