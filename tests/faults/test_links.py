"""Output folders that somebody else laid out: nothing is written through what is no plain file or folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure

TRAPS: dict[str, Callable[[Path, Path], None]] = {
    "link": lambda path, target: path.symlink_to(target),
    "dangling link": lambda path, target: path.symlink_to(target.with_name("nothing")),
    "pipe": lambda path, _: os.mkfifo(path),
}


@pytest.fixture(scope="module")
def cif(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("input") / "ABW.cif"
    path.write_text(cif_text(relaxed_structure("ABW"), "ABW"))
    return path


def command(noun: str, cif: Path, out: Path) -> list[str]:
    run = ["run", "--generator", "search", "--relax", "none", "-n", "1", "--top", "0"]
    commands = {
        "run": [*run, "--out", str(out)],
        "resume": ["run", "--resume", str(out)],
        "data build": ["data", "build", str(cif), "--min-kh", "0", "--out", str(out)],
        "relax": ["relax", str(cif), "--force", "--out", str(out)],
        "convert": ["convert", str(cif), "--to", "cif", "--force", "--out", str(out)],
    }
    return commands[noun]


WRITTEN = [
    ("run", ".lock"),
    ("resume", ".lock"),
    ("resume", "log.txt"),
    ("resume", "records"),
    ("resume", "structures"),
    ("resume", "records/part-000000.jsonl"),
    ("resume", "records/part-000000.parquet"),
    ("resume", "report.json"),
    ("data build", ".lock"),
    ("data build", ".building"),
    ("data build", "frameworks"),
    ("relax", ".lock"),
    ("relax", "ABW.cif"),
    ("relax", "relax.csv"),
    ("convert", "ABW.cif"),
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, cif: Path) -> Path:
    """A run directory whose candidates are still to be made."""
    out = tmp_path_factory.mktemp("run") / "out"
    assert CliRunner().invoke(main, command("run", cif, out)).exit_code == 0
    for file in [*out.glob("*/*"), *out.glob("report.json")]:
        file.unlink()
    return out


@pytest.mark.parametrize(("noun", "name"), WRITTEN)
@pytest.mark.parametrize("trap", TRAPS)
def test_nothing_is_written_through_it(
    tmp_path: Path, cif: Path, begun: Path, noun: str, name: str, trap: str
) -> None:
    out, target = tmp_path / "out", tmp_path / "target"
    if noun == "resume":
        out.mkdir()
        for folder in ("records", "structures"):
            (out / folder).mkdir()
        (out / "run.json").write_bytes((begun / "run.json").read_bytes())
    place = out / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        place.rmdir()
        target.mkdir()
    else:
        target.write_text("precious")
    TRAPS[trap](place, target)
    done = CliRunner().invoke(main, command(noun, cif, out))
    assert done.exit_code == 1
    (line,) = [line for line in done.stderr.splitlines() if "Error: " in line]
    assert "left alone: remove" in line
    assert name in line
    assert list(target.iterdir()) == [] if target.is_dir() else target.read_text() == "precious"
    assert not target.with_name("nothing").exists()


def test_the_folder_asked_for_may_be_a_link(tmp_path: Path, cif: Path) -> None:
    (tmp_path / "disk").mkdir()
    for noun in ("run", "relax", "convert", "data build"):
        (tmp_path / "disk" / noun).mkdir()
        (tmp_path / noun).symlink_to(tmp_path / "disk" / noun)
        done = CliRunner().invoke(main, command(noun, cif, tmp_path / noun))
        assert done.exit_code == 0, done.output
        assert (tmp_path / noun).is_symlink()
        assert any((tmp_path / "disk" / noun).iterdir())


def test_a_result_that_cannot_be_written_is_printed(tmp_path: Path, cif: Path) -> None:
    (tmp_path / "out.csv").symlink_to("elsewhere")
    out = str(tmp_path / "out.csv")
    done = CliRunner().invoke(main, ["identify", str(cif), "--csv", "--force", "--out", out])
    assert done.exit_code == 1
    assert "ABW" in done.stdout
    assert "left alone: remove the link" in done.stderr


@pytest.mark.parametrize(("mask", "mode"), [(0o002, 0o664), (0o077, 0o600)])
def test_the_umask_decides_who_reads(tmp_path: Path, cif: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        for noun in ("run", "relax", "convert", "data build"):
            assert CliRunner().invoke(main, command(noun, cif, tmp_path / noun)).exit_code == 0
        for form in ("cifs", "set.db", "set.xyz"):
            export = ["data", "export", str(tmp_path / "data build"), "--out", str(tmp_path / form)]
            assert CliRunner().invoke(main, export).exit_code == 0
    finally:
        os.umask(before)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {oct(mode)}
    folders = {oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*") if path.is_dir()}
    assert folders == {oct(0o777 & ~mask)}
