"""The top-level command: help, errors, exit codes, and what it must not import."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import zeo
from zeo.cli import main
from zeo.cli.errors import ErrorReportingGroup, write_traceback
from zeo.errors import ConfigError
from zeo.tools.files import write_atomically

HEAVY = {"torch", "numpy", "scipy", "pymatgen", "networkx", "numba"}
NOUNS = ("run", "interpolate", "evaluate", "train", "identify", "reference", "probe", "convert", "plugins")


def invoke_raising(error: BaseException, *flags: str) -> Result:
    """The outcome of a command that raises."""

    @click.group(cls=ErrorReportingGroup)
    @click.option("--debug", is_flag=True)
    def group(debug: bool) -> None:
        pass

    @group.command()
    def boom() -> None:
        raise error

    return CliRunner().invoke(group, [*flags, "boom"])


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["plugins", "--help"], ["plugins", "list"]])
def test_help_and_list_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from zeo.cli import main; main(sys.argv[1:], standalone_mode=False);"
        "print('MODULES', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(done.stdout.rpartition("MODULES")[2].split())


def test_help_shows_an_example_and_every_noun() -> None:
    text = CliRunner().invoke(main, ["-h"]).output
    assert "zeo run --probe methane" in text
    assert [name for name in re.findall(r"^  (\w+) ", text, re.MULTILINE) if name in NOUNS] == list(NOUNS)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_help(noun: str) -> None:
    done = CliRunner().invoke(main, [noun, "-h"])
    assert done.exit_code == 0
    assert "Examples:" in done.output


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"zeo, version {zeo.__version__}\n"


def test_python_m_zeo() -> None:
    done = subprocess.run([sys.executable, "-m", "zeo", "-V"], capture_output=True, text=True, check=True)
    assert zeo.__version__ in done.stdout


def test_a_misspelt_command_exits_with_2() -> None:
    done = CliRunner().invoke(main, ["plugin"])
    assert done.exit_code == 2
    assert "plugin" in done.output


def test_an_error_of_the_user_is_one_line() -> None:
    done = invoke_raising(ConfigError("no such\nthing"))
    assert (done.exit_code, done.output) == (1, "Error: no such thing\n")


def test_debug_shows_the_trace() -> None:
    done = invoke_raising(ConfigError("no such thing"), "--debug")
    assert done.exit_code == 1
    assert "Traceback" in done.output
    assert done.output.endswith("Error: no such thing\n")


def test_a_full_disk_is_one_line() -> None:
    done = invoke_raising(OSError(errno.ENOSPC, "No space left on device", "runs/x"))
    assert (done.exit_code, done.output) == (1, "Error: No space left on device: runs/x\n")


def test_a_bug_is_one_line_with_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = invoke_raising(ZeroDivisionError("oops"))
    (log,) = tmp_path.iterdir()
    assert done.exit_code == 1
    assert done.output == (
        f"Error: unexpected ZeroDivisionError: oops; the traceback is in {log};"
        " run again with `zeo --debug` to see where\n"
    )
    assert "raise error" in log.read_text()


def test_a_bug_without_a_place_for_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")
    done = invoke_raising(ZeroDivisionError("oops"))
    assert (
        done.output
        == "Error: unexpected ZeroDivisionError: oops; run again with `zeo --debug` to see where\n"
    )


def test_control_c_exits_with_130() -> None:
    done = invoke_raising(KeyboardInterrupt())
    assert (done.exit_code, done.output) == (130, "Interrupted.\n")


def test_bad_flags_exit_with_2() -> None:
    assert invoke_raising(click.UsageError("no")).exit_code == 2


def test_a_reader_that_went_away_is_no_error() -> None:
    command = f"{sys.executable} -m zeo plugins list | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_file_name_that_is_not_utf_8_can_be_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / "names.csv", b"caf\xe9.cif".decode(errors="surrogateescape"))
    assert (tmp_path / "names.csv").read_bytes() == b"caf\xe9.cif"
    assert write_traceback(ValueError(b"caf\xe9".decode(errors="surrogateescape"))).exists()


def test_too_little_memory_is_no_bug() -> None:
    done = invoke_raising(MemoryError("Unable to allocate 29.8 GiB"))
    assert done.exit_code == 1
    assert "out of memory (Unable to allocate 29.8 GiB); a smaller --grid-size" in done.stderr


@pytest.mark.parametrize(
    ("typo", "hint"),
    [
        (("--generator", "zeosm"), "did you mean 'zeosym'"),
        (("--target", "methane.qts>18"), "did you mean 'methane.qst'"),
        (("--maximise", "densty"), "did you mean 'density'"),
        (("--probe", "methan"), "did you mean 'methane'"),
        (("--relax", "relaks"), "did you mean 'relax'"),
        (("--set", "zeosim.steps=3"), "did you mean 'zeosym'"),
        (("--set", "zeosym.evaluatons=3"), "zeosym has no option 'evaluatons': did you mean 'evaluations'"),
        (("--set", "methane.temprature=3"), "did you mean 'temperature'"),
        (("--jbos", "3"), "--jobs"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_a_typo_in_a_run_is_found_before_anything_heavy_is_imported(
    typo: tuple[str, ...], hint: str, tmp_path: Path
) -> None:
    code = (
        "import sys; from zeo.cli import main; import atexit;"
        "atexit.register(lambda: print('MODULES', *sys.modules)); main(['run', *sys.argv[1:]])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *typo], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode in (1, 2)
    assert hint in done.stderr
    assert not {"torch", "numba", "scipy", "pandas"} & set(done.stdout.rpartition("MODULES")[2].split())
    assert not list(tmp_path.iterdir())
