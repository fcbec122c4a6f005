"""Input of any length: no message echoes it whole, no file is read without end, no n takes memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import zeo
from zeo.cli import main
from zeo.errors import LONGEST_MESSAGE, shortened

LONG = "a" * 100_000

COMMANDS = [
    [LONG],
    [f"--{LONG}"],
    ["run", f"--{LONG}"],
    ["run", "-n", LONG],
    ["run", "--generator", LONG],
    ["run", "--probe", LONG],
    ["run", "--target", LONG],
    ["run", "--preset", LONG],
    ["run", "--repair", LONG],
    ["run", "--filter", LONG],
    ["run", "--set", LONG],
    ["run", "--set", f"{LONG}.n=1"],
    ["run", "--set", f"dataset.{LONG}=1"],
    ["run", "--set", f"dataset.noise={LONG}"],
    ["run", "--checkpoint", LONG],
    ["run", "--resume", LONG],
    ["run", "--config", LONG],
    ["run", "--out", LONG],
    ["run", "--generator", "zeosym", "--device", LONG, "-n", "1"],
    ["interpolate", "LTA", LONG],
    ["evaluate", LONG],
    ["train", LONG, "--out", "weights"],
    ["train", "zeodiff", "--out", LONG, "--data", "nothing"],
    ["data", LONG],
    ["data", "info", LONG],
    ["data", "plot", LONG, "--out", "a.png"],
    ["data", "export", LONG, "--out", "a.db"],
    ["data", "export", "standard", "--out", "a.db", "--where", LONG],
    ["data", "build", LONG, "--out", "set"],
    ["data", "make", "hypothetical", "--out", "set", "--generator", LONG],
    ["identify", LONG],
    ["identify", "LTA", "--match", LONG],
    ["identify", f"{LONG}.cif"],
    ["identify", "LTA", "--reference", LONG],
    ["relax", LONG],
    ["relax", "LTA", "--relaxer", LONG],
    ["relax", "LTA", "--device", LONG],
    ["probe", LONG, "--probe", "methane"],
    ["probe", "LTA", "--probe", LONG],
    ["convert", LONG, "--to", "npz"],
    ["convert", f"{LONG}.npz", "--to", "npz"],
    ["convert", "LTA", "--to", LONG],
    ["convert", "LTA", "--to", "griday", "--energy", LONG],
    ["plugins", "show", LONG],
    ["plugins", "list", "--kind", LONG],
]


def known(command: list[str]) -> str:
    return " ".join(command).replace(LONG, "LONG")


@pytest.mark.parametrize("command", COMMANDS, ids=known)
def test_what_was_typed_is_never_echoed_whole(command, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, command)
    assert done.exit_code in (1, 2)
    assert "Error: " in done.output
    assert "unexpected" not in done.output
    assert len(done.output) < 2 * LONGEST_MESSAGE
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@given(st.text())
def test_a_short_message_stays_as_it_is(text: str) -> None:
    assert shortened(text) == text


@given(st.integers(LONGEST_MESSAGE + 1, 10**6))
def test_a_long_message_keeps_its_ends(length: int) -> None:
    short = shortened("what is wrong: " + "x" * length + "; do this")
    assert short.startswith("what is wrong: x")
    assert short.endswith("x; do this")
    assert len(short) < LONGEST_MESSAGE + 100


def test_an_endless_configuration_is_refused(tmp_path) -> None:
    done = CliRunner().invoke(main, ["run", "--config", "/dev/zero"])
    assert (done.exit_code, done.stderr) == (1, "Error: cannot read /dev/zero: not a file\n")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(zeo.ConfigError, match="not a file"):
        zeo.run(config=pipe)
    large = tmp_path / "large.toml"
    with large.open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(zeo.ConfigError, match="larger than"):
        zeo.run(config=large)


@pytest.mark.parametrize(
    "content",
    [
        "generator = " + "[" * 100_000,
        "n = " + "9" * 5000,
        "n = 1e400",
        "n = nan",
        "n = true",
        "options = 3",
        "a = 1",
    ],
)
def test_a_configuration_of_any_content_costs_one_line(content: str, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(content)
    with pytest.raises(zeo.ConfigError) as told:
        zeo.run(config=file, out=tmp_path / "run")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "run").exists()


def test_memory_does_not_grow_with_n(tmp_path: Path) -> None:
    """A list of a thousand million seeds would take four times what the process may have."""
    code = """
import resource, sys
import zeo

def stop(record):
    raise KeyboardInterrupt

resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30,) * 2)
try:
    zeo.run("dataset", n=10**9, relax=None, batch_size=2, out=sys.argv[1], on_record=stop)
except KeyboardInterrupt:
    print(zeo.Run.open(sys.argv[1]).pending, len(zeo.Run.open(sys.argv[1]).summary.rows))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "run"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "999999999 1\n"
    assert (tmp_path / "run" / "summary.csv").exists()


def test_a_batch_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(zeo.ConfigError, match="batch_size must be at most"):
        zeo.run(n=10**9, batch_size=10**9, out=tmp_path / "run")
