"""Plugins that misbehave, installed for real: the bad one is named, and all others go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROBE = """
from zeo import ProbeSpec, QuantitySpec, hookimpl

@hookimpl
def zeo_probes():
    return [ProbeSpec(name="sizer", summary="test", target="good_probe:Probe",
                      quantities=[QuantitySpec("size", "A")])]
"""

PROBE_CLASS = """
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.quantity import Quantity

class Probe(PropertyProbe):
    def properties(self, source):
        return {"size": Quantity(1.5, "A")}
"""

HOOK = """
from zeo import hookimpl
@hookimpl
def zeo_probes():
    {}
    return []
"""

MISBEHAVIOURS = {
    "exits": ("import sys; sys.exit('bye')", "raised SystemExit: bye"),
    "interrupts": ("raise KeyboardInterrupt", "raised KeyboardInterrupt"),
    "raises what nobody catches": ("raise BaseException('gone')", "raised BaseException: gone"),
    "generator exit": ("raise GeneratorExit", "raised GeneratorExit"),
    "leaves": ("import os; os._exit(0)", "raised os._exit(0)"),
    "closes its output": ("import sys; sys.stdout.close(); sys.stderr.close(); 1 / 0", "ZeroDivisionError"),
    "closes the real output": (
        "import sys; sys.__stdout__.close(); sys.__stderr__.close(); 1 / 0",
        "ZeroDivisionError",
    ),
    "closes descriptors": ("import os; os.close(1); os.close(2); 1 / 0", "ZeroDivisionError"),
    "goes away": ("import os; os.chdir('/'); 1 / 0", "ZeroDivisionError"),
    "loses its output": ("import sys; sys.stdout = sys.stderr = None; 1 / 0", "ZeroDivisionError"),
    "recurses": ("f = lambda: f()\nf()", "RecursionError"),
}

ODDITIES = ["import os; os.chdir('/')", "import sys; sys.__stdout__.close()", "import os; os.close(1)"]

Install = Callable[..., Path]


def zeo(site: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zeo", *arguments],
        env=environment(site),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def environment(site: Path) -> dict[str, str]:
    paths = os.pathsep.join([str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    return {key: value for key, value in os.environ.items() if key != "ZEO_PLUGINS"} | {"PYTHONPATH": paths}


@pytest.fixture
def site(install: Install) -> Path:
    return install("zeo-good", good=PROBE, good_probe=PROBE_CLASS)


@pytest.mark.parametrize("where", ["import", "hook"])
def test_many_plugins_that_misbehave(where: str, install: Install, site: Path, tmp_path: Path) -> None:
    for number, (code, _) in enumerate(MISBEHAVIOURS.values()):
        source = code if where == "import" else HOOK.format(code.replace("\n", "\n    "))
        install(f"zeo-bad-{number}", **{f"bad_{number}": source})
    done = zeo(site, "plugins", "list", "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    listed = json.loads(done.stdout)
    assert {"sizer", "methane", "search"} <= {plugin["name"] for plugin in listed["plugins"]}
    found = {failure["distribution"]: failure["reason"] for failure in listed["failures"]}
    assert len(found) == len(MISBEHAVIOURS)
    for number, (_, reason) in enumerate(MISBEHAVIOURS.values()):
        assert reason in found[f"zeo-bad-{number}"]


def test_plugins_that_work_but_for_what_they_do_at_import(
    install: Install, site: Path, tmp_path: Path
) -> None:
    for number, code in enumerate(ODDITIES):
        install(f"zeo-odd-{number}", **{f"odd_{number}": f"{code}\n{HOOK.format('pass')}"})
    (tmp_path / "here.cif").write_text("data_a\n")
    done = zeo(site, "probe", "here.cif", "LTA", "--probe", "sizer", "--csv", cwd=tmp_path)
    assert done.stderr == "Error: here.cif: no atoms with fractional coordinates (_atom_site_fract_x)\n"
    assert (done.returncode, done.stdout) == (1, "structure,sizer.size [A]\nLTA,1.5\n")


@pytest.mark.parametrize("where", ["import", "hook", "class"])
def test_one_that_hangs_is_named_and_can_be_interrupted(where: str, install: Install, site: Path) -> None:
    hangs = "import time; time.sleep(600)"
    if where == "class":
        source = PROBE.replace("sizer", "slow").replace("good_probe", "slow_probe")
        install("zeo-slow", slow=source, slow_probe=hangs)
        command = ["probe", "LTA", "--probe", "slow"]
    else:
        install("zeo-slow", slow=hangs if where == "import" else HOOK.format(hangs))
        command = ["plugins", "list"]
    process = subprocess.Popen(
        [sys.executable, "-m", "zeo", *command], env=environment(site), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "Waiting for a plugin of zeo-slow 1.0" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.stderr.read() == "Interrupted.\n"
    assert process.wait() == 130


def test_a_stranger_that_is_called_like_zeo(install: Install, site: Path) -> None:
    install("zeo-framework", version="9.9", stray=PROBE.replace("sizer", "stray"))
    done = zeo(site, "plugins", "list", "--json")
    listed = json.loads(done.stdout)
    names = [plugin["name"] for plugin in listed["plugins"]]
    assert {"methane", "sizer", "search"} <= set(names)
    assert "stray" not in names
    (failure,) = listed["failures"]
    assert (failure["distribution"], failure["version"]) == ("zeo-framework", "9.9")
    assert "bears the name of zeo itself" in failure["reason"]
