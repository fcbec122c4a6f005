"""Control characters in names, files and plugins are shown when they are printed: none is obeyed."""

from __future__ import annotations

import ast
import csv
import io
import json
import logging
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zeo.cli import main
from zeo.tools.logs import PrintableFormatter
from zeo.tools.printing import HIDDEN, printable
from zeo.tools.spreadsheets import csv_text

ROOT = Path(__file__).parents[2]
ESCAPE = "\x1b[2J\x1b]0;owned\x07"
FORGED = "\nError: forged"

SILICA = """data_a
_cell_length_a 5
_cell_length_b 5
_cell_length_c 5
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
loop_
_symmetry_equiv_pos_as_xyz
'{operation}'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Si1 0 0 0
"""

Install = Callable[..., Path]

hostile = st.text(
    st.one_of(st.sampled_from("ab=+-@ \n\r\t\x1b\x07\x08\x7f\x9b\u202e\u2028\udc80"), st.characters()),
    min_size=1,
    max_size=20,
)


def is_file_name(text: str) -> bool:
    try:
        return 0 < len(text.encode(errors="surrogateescape")) < 100 and text not in (".", "..")
    except UnicodeEncodeError:
        return False


file_names = hostile.map(lambda text: text.replace("/", "").replace("\0", "")).filter(is_file_name)


def zeo(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def require_harmless(done: Result) -> None:
    """No character is obeyed but the ends of lines, and no line is forged."""
    text = done.stdout + done.stderr
    assert not {unicodedata.category(character) for character in text.replace("\n", "")} & HIDDEN, repr(text)
    assert not any(line.startswith("Error: forged") for line in text.splitlines()), text
    assert "Error: unexpected" not in text, text


@given(hostile)
def test_what_is_printable_is_one_line_and_valid_json_stays_so(text: str) -> None:
    shown = printable(text)
    assert not {unicodedata.category(character) for character in shown} & HIDDEN
    assert printable(shown) == shown
    document = json.dumps({"text": text})
    assert json.loads(printable(document)) == {"text": text}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
@given(file_names)
def test_no_name_of_a_file_is_obeyed(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.cif"
    path.write_text(SILICA.format(operation="x,y,z"))
    for arguments in (
        ["identify"],
        ["identify", "--csv"],
        ["convert", "--to", "cif", "--out", str(tmp_path / "o")],
    ):
        require_harmless(zeo(arguments[0], str(path), *arguments[1:]))
    require_harmless(zeo("identify", str(tmp_path / "missing" / f"{name}.cif")))
    path.unlink()


COMMANDS = [
    ["{}"],
    ["run", "--generator", "{}"],
    ["run", "--generator", "dataset", "--target", "{}"],
    ["run", "--set", "{}"],
    ["run", "--generator", "dataset", "--set", "dataset.source={}"],
    ["run", "--config", "{}"],
    ["run", "--resume", "{}"],
    ["run", "--{}"],
    ["evaluate", "{}"],
    ["identify", "{}"],
    ["identify", "LTA", "--match", "{}"],
    ["identify", "LTA", "--out", "{}/x"],
    ["relax", "{}"],
    ["probe", "LTA", "--probe", "{}"],
    ["convert", "{}", "--to", "cif"],
    ["train", "{}", "--out", "w"],
    ["train", "zeodiff", "--out", "w", "--data", "{}"],
    ["data", "info", "{}"],
    ["data", "build", "{}", "--out", "set"],
    ["data", "export", "standard", "--out", "x.xyz", "--where", "{}"],
    ["interpolate", "{}", "LTA"],
    ["plugins", "show", "{}"],
    ["plugins", "list", "--kind", "{}"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_argument_is_obeyed(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = zeo(*(word.format(f"a{ESCAPE}{FORGED}b") for word in command))
    assert done.exit_code != 0
    require_harmless(done)


def test_no_symmetry_operation_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "a.cif"
    path.write_text(SILICA.format(operation=f"x,y,{ESCAPE}z"))
    done = zeo("identify", str(path))
    assert done.exit_code == 1
    require_harmless(done)


def test_no_channel_of_a_grid_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    values = np.zeros((1, 4, 4, 4), dtype=np.float32)
    np.savez(path, values=values, channels=np.array([f"si{ESCAPE}{FORGED}"]), lattice=np.eye(3) * 5)
    done = zeo("convert", str(path), "--to", "cif", "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    require_harmless(done)


SPEAKS = """
from zeo import PostprocessorSpec, hookimpl

TEXT = {text!r}

@hookimpl
def zeo_postprocessors():
    yield PostprocessorSpec(name="speaks", summary=TEXT, target="speaks:Class", stage="repair")
    raise ValueError(TEXT)
"""


def test_no_word_of_a_plugin_is_obeyed(install: Install) -> None:
    text = f"a{ESCAPE}{FORGED}"
    good = SPEAKS.replace("    raise ValueError(TEXT)\n", "").format(text=text)
    install("speaks", **{"speaks": good})
    install("fails", **{"fails": SPEAKS.format(text=text)})
    for arguments in (
        ["list"],
        ["list", "--json"],
        ["show", "speaks"],
        ["check", "speaks"],
        ["show", "fails"],
    ):
        require_harmless(zeo("plugins", *arguments))
    listed = zeo("plugins", "list").output
    assert "speaks 1.0" in listed
    assert "zeo_postprocessors raised ValueError: a\\u001b[2J\\u001b]0;owned\\u0007 Error: forged" in listed


@given(hostile)
def test_no_cell_is_a_formula(text: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_text([[text, -1.5, "-1.5e3", None]])))
    assert row[1:] == ["-1.5", "-1.5e3", ""]
    assert not {unicodedata.category(character) for character in row[0]} & HIDDEN
    if row[0].startswith(("=", "+", "-", "@")):
        float(row[0])


def test_no_entry_of_the_log_forges_another() -> None:
    record = logging.makeLogRecord(
        {"msg": f"a{ESCAPE}\n2026-01-01 00:00:00,000 INFO forged", "levelname": "INFO"}
    )
    assert "\n" not in PrintableFormatter("%(levelname)s %(message)s").format(record)


def test_warnings_of_libraries_are_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zeo.api import identifying

    real = identifying.identifications

    def loud(*arguments: Any, **more: Any) -> Any:
        warnings.warn("overflow encountered in multiply", RuntimeWarning, stacklevel=1)
        logging.getLogger("pymatgen").warning("No electronegativity")
        logging.getLogger("zeo").warning("left out: %s", f"a{FORGED}")
        return real(*arguments, **more)

    monkeypatch.setattr(identifying, "identifications", loud)
    # handlers of the test's own framework would take what is logged
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    done = zeo("identify", str(tmp_path / "missing.cif"))
    assert done.stderr.splitlines() == [
        "left out: a\\nError: forged",
        f"Error: {tmp_path / 'missing.cif'}: no such file",
    ]


def test_everything_that_is_printed_goes_one_way() -> None:
    found = []
    for path in [*(ROOT / "core").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]:
        if path.name == "printing.py":
            continue
        calls = (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call))
        found += [f"{path.relative_to(ROOT)}:{call.lineno}" for call in calls if _prints(call)]
    assert not found, "use zeo.tools.printing"


def _prints(call: ast.Call) -> bool:
    """Whether a call writes to standard output or error, and not to a file of its own."""
    files = [ast.unparse(word.value) for word in call.keywords if word.arg == "file"]
    if files and not files[0].startswith("sys."):
        return False
    return ast.unparse(call.func) in {
        *("print", "echo", "secho", "click.echo", "click.secho"),
        *("sys.stdout.write", "sys.stderr.write", "traceback.print_exc", "warnings.warn"),
    }
