"""Whatever happened to the files of a run: reading them succeeds, or ends in one line about what is wrong."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from kept import loosen

from zeo.api.runs import Run
from zeo.cli import main
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import ZeoError

RAW = [
    "NaN",
    "-Infinity",
    "1e999",
    "9" * 5000,
    "[" * 5000 + "]" * 5000,
    '"\\ud800"',
    '"\\u0000"',
    "1" + "0" * 400,
]
"""JSON, or nearly, that no object of Python becomes."""

PLACEHOLDER = "what is put here is written as it is"

MOST_DRAWN = 10
"""Samples: a damaged number of them that is larger is no damage, but takes long."""

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["probe", "decode", "relax", "identify", "methane", "../..", "", "1"])
    | st.integers(0, len(RAW) - 1).map(lambda number: f"{PLACEHOLDER}{number}")
)
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def nodes(data: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values in a JSON document."""
    yield place
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from nodes(value, (*place, key))


@st.composite
def damaged(draw: st.DrawFn, document: Any) -> str:
    """The text of a document in which a value was deleted or another put in its place."""
    data = [copy.deepcopy(document)]
    *above, last = (0, *draw(st.sampled_from(list(nodes(document)))))
    holder: Any = data
    for key in above:
        holder = holder[key]
    if above and draw(st.booleans()):
        del holder[last]
    else:
        holder[last] = draw(json_values)
    n = data[0].get("n") if isinstance(data[0], dict) else None
    assume(not isinstance(n, int) or n <= MOST_DRAWN)
    text = json.dumps(data[0], indent=1)
    for number, raw in enumerate(RAW):
        text = text.replace(f'"{PLACEHOLDER}{number}"', raw)
    return text


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real run, finished."""
    folder = tmp_path_factory.mktemp("damage")
    (folder / "cifs").mkdir()
    for code in ("ACO", "SOD"):
        (folder / "cifs" / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    flags = [
        "--generator",
        "dataset",
        "--set",
        f"dataset.source={folder / 'cifs'}",
        "--grid-size",
        "24",
        "-n",
        "2",
        "--batch-size",
        "2",
    ]
    flags += ["--probe", "methane", "--target", "qst=15 kJ/mol", "--out", str(folder / "run")]
    result = CliRunner().invoke(main, ["run", *flags], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    loosen(folder / "run")
    return folder / "run"


def opened(run: Path) -> str:
    """What is said of a run when all of it is read in Python: nothing, or why it cannot be."""
    try:
        found = Run.open(run)
        assert found.text()
        found.table()
    except ZeoError as error:
        return str(error)
    return ""


def said(*arguments: str) -> str:
    """The line with which a command ends; nothing where it succeeds."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == (result.exit_code != 0), result.output
    return errors[0] if errors else ""


@pytest.fixture
def broken(run: Path) -> Callable[[str, str], Path]:
    """A function that makes a copy of the run with other text in one of its files."""

    def make(name: str, text: str) -> Path:
        copied = run.with_name("broken")
        shutil.rmtree(copied, ignore_errors=True)
        shutil.copytree(run, copied)
        (copied / name).write_text(text)
        return copied

    return make


FILES = ["run.json", "candidates/000001.json"]
SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@settings(SETTINGS, max_examples=100)
def test_damage_is_named_in_one_line(
    run: Path, broken: Callable[[str, str], Path], name: str, data: st.DataObject
) -> None:
    path = broken(name, data.draw(damaged(json.loads((run / name).read_text()))))
    message = opened(path)
    assert str(path / name) in message or not message
    assert "\n" not in message


@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@settings(SETTINGS, max_examples=12)
def test_commands_end_with_one_line(
    run: Path, broken: Callable[[str, str], Path], name: str, data: st.DataObject
) -> None:
    path = broken(name, data.draw(damaged(json.loads((run / name).read_text()))))
    for command in (
        ["evaluate", str(path)],
        ["evaluate", str(path), "--json"],
        ["run", "--resume", str(path)],
    ):
        assert "unexpected" not in said(*command)


@pytest.mark.parametrize(
    ("name", "place", "value", "message"),
    [
        ("run.json", ("format",), 4, "was written by another version of zeo (format 4)"),
        ("run.json", ("format",), True, "format: expected an integer, not True"),
        ("run.json", ("n",), 0, "n' must be >= 1"),
        ("run.json", ("plan", "steps", 0, "stage"), "cook", "stage' must be in"),
        ("run.json", ("plan", "targets", 0, "low"), "15", "plan.targets[0].low: expected a number, not '15'"),
        ("run.json", ("plan", "targets", 0, "quantity"), "qts", "nothing measures the target methane.qts"),
        ("run.json", ("plan", "more"), 1, "plan: there is no 'more'"),
        ("run.json", ("versions",), [], "versions: expected an object, not []"),
        ("candidates/000001.json", ("index",), 2, "its id is not 000002"),
        ("candidates/000001.json", ("history",), [], "does not fit"),
        ("candidates/000001.json", ("history", 6, "notes", "lid_violations"), [None], "None is no text"),
        ("candidates/000001.json", ("properties", "methane", "kh", "value"), "1", "expected a number"),
    ],
)
def test_the_place_of_the_damage_is_named(
    run: Path, broken: Callable[[str, str], Path], name: str, place: tuple[Any, ...], value: Any, message: str
) -> None:
    document = holder = json.loads((run / name).read_text())
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    path = broken(name, json.dumps(document))
    assert message in opened(path)
    assert message in said("evaluate", str(path))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("raw", RAW)
def test_what_is_no_json_is_named(run: Path, broken: Callable[[str, str], Path], name: str, raw: str) -> None:
    path = broken(name, re.sub('"seed": [0-9]+', lambda _: f'"seed": {raw}', (run / name).read_text()))
    assert str(path / name) in said("evaluate", str(path))
