"""Signals and streams: how a command ends that is not left in peace."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from drills.interrupts import RIGHT, RUN, interrupt, verdict
from kept import recorded


@pytest.mark.parametrize("delay", [0.05, 0.1, 0.15, 0.2, 0.4, 0.7, 1.0, 1.5])
def test_control_c_is_one_line_at_any_instant(tmp_path: Path, delay: float) -> None:
    assert verdict(*interrupt(tmp_path, delay)) in RIGHT


NEVER_ENDING = """
import sys
sys.path.insert(0, {folder!r})
from zeo.tools.interrupts import INTERRUPTS
INTERRUPTS.listen()
with INTERRUPTS:
    print("ready", flush=True)
    {work}
"""
SLOW_MODULE = """
import time
try:
    time.sleep(1.0)
except BaseException as error:
    raise ImportError("initialization failed") from error
"""


def interrupted(tmp_path: Path, work: str, times: int = 1) -> subprocess.CompletedProcess[str]:
    (tmp_path / "slow_module.py").write_text(SLOW_MODULE)
    process = subprocess.Popen(
        [sys.executable, "-c", NEVER_ENDING.format(folder=str(tmp_path), work=work)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for _ in range(times):
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
    output, error = process.communicate(timeout=60)
    return subprocess.CompletedProcess([], process.returncode, output, error)


def test_an_import_is_not_interrupted_in_its_middle(tmp_path: Path) -> None:
    work = "import slow_module; print('imported', flush=True); import time; time.sleep(60)"
    done = interrupted(tmp_path, work)
    assert done.stdout == "imported\n"
    assert done.stderr.endswith("KeyboardInterrupt\n")
    assert "initialization failed" not in done.stderr


def test_whoever_presses_again_does_not_wait(tmp_path: Path) -> None:
    done = interrupted(tmp_path, "import slow_module", times=2)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted.\n")


def test_how_to_go_on_is_said_also_where_nothing_is_waited_for(tmp_path: Path) -> None:
    work = "INTERRUPTS.parting = lambda: 'Stopped. Go on with: this'; import slow_module"
    done = interrupted(tmp_path, work, times=2)
    assert (done.returncode, done.stderr) == (130, "Stopped. Go on with: this\n")


@pytest.mark.parametrize(
    ("work", "said"),
    {
        "data make hypothetical -n 500": "Stopped with 0 of 500 in out. Continue with the same command.",
        "data build standard": "Stopped. The same command goes on with out.",
        "design --target density<1": "Stopped; finished rounds are kept. Go on with: zeo design --resume out",
    }.items(),
)
def test_commands_say_how_to_go_on(tmp_path: Path, work: str, said: str) -> None:
    command = [sys.executable, "-m", "zeo", *work.split(), "--out", "out"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (tmp_path / "out" / "dataset.json").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert process.returncode == 130, error
    assert error.splitlines()[-1] == said


CATCHES_EVERYTHING = """
import time
from zeo.tools.parallel import Workers

def prepare():
    def work(item):
        try:
            time.sleep(0.5)
        except BaseException:
            {how}
    return work
"""


@pytest.mark.parametrize("how", ["pass", "raise ValueError('mine') from None"])
def test_an_interrupt_is_not_lost_in_code_that_catches_everything(tmp_path: Path, how: str) -> None:
    (tmp_path / "catches_everything.py").write_text(CATCHES_EVERYTHING.format(how=how))
    work = """from catches_everything import Workers, prepare
    try:
        list(Workers(prepare, (), 0).map(range(100)))
    except KeyboardInterrupt:
        print("heard")"""
    done = interrupted(tmp_path, work)
    assert (done.returncode, done.stdout, done.stderr) == (0, "heard\n", "")


def test_an_interrupt_is_not_lost_where_errors_are(tmp_path: Path) -> None:
    work = """import time
    class Loud:
        def __del__(self):
            time.sleep(0.5)
    try:
        Loud()
        time.sleep(60)
    except KeyboardInterrupt:
        print("heard")"""
    done = interrupted(tmp_path, work)
    assert (done.returncode, done.stdout, done.stderr) == (0, "heard\n", "")


def test_termination_ends_it_without_a_word(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "zeo", *RUN], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    time.sleep(0.3)
    process.terminate()
    _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (-signal.SIGTERM, "")


def shell(tmp_path: Path, redirection: str) -> subprocess.CompletedProcess[str]:
    command = f"set -o pipefail; {sys.executable} -m zeo {' '.join(RUN)} --out run {redirection}"
    return subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("redirection", "code"),
    [
        ("<&- >&- 2>&-", 0),
        ("> /dev/full", 1),
        ("| true", 1),
        ("2> >(true) > /dev/null", 0),
    ],
)
def test_a_run_needs_nobody_who_listens(tmp_path: Path, redirection: str, code: int) -> None:
    done = shell(tmp_path, redirection)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    run = tmp_path / "run"
    assert len(recorded(run)) == 2
    assert (run / "summary.csv").exists()
    assert "Traceback" not in (run / "run.json").read_text()
