"""Structures in JSON: data, never code."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zeo.crystal.io import read_structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import InputError

SOD: dict[str, Any] = json.loads(json.dumps(relaxed_structure("SOD").to_pymatgen().as_dict()))


def write(tmp_path: Path, data: object) -> Path:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    return path


def test_a_structure_of_pymatgen_is_read(tmp_path):
    found, expected = read_structure(write(tmp_path, SOD)), relaxed_structure("SOD")
    assert found.species == expected.species
    assert found.lattice == pytest.approx(expected.lattice)
    assert found.frac_coords == pytest.approx(expected.frac_coords)


@pytest.mark.parametrize("place", ["properties", "site", "lattice", "top"])
def test_no_module_that_a_file_names_is_imported(tmp_path, monkeypatch, place):
    evil = {"@module": f"evil_{place}", "@class": "X"}
    (tmp_path / f"evil_{place}.py").write_text("open('EXECUTED', 'w').close()\n")
    data = json.loads(json.dumps(SOD))
    {
        "properties": data["sites"][0].setdefault("properties", {}),
        "site": data["sites"][0],
        "lattice": data["lattice"],
        "top": data,
    }[place].update({"p": evil} if place == "properties" else evil)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with contextlib.suppress(InputError):
        read_structure(write(tmp_path, data))
    assert not (tmp_path / "EXECUTED").exists()


BAD = {
    "[" * 100_000: "not valid JSON",
    '{"@class": "Structure", "lattice": {"matrix": [[' + "9" * 5000 + "]]}}": "not valid JSON",
    '{"@class": "Structure"}': "no lattice",
    '{"@class": "Molecule", "sites": []}': "not a structure of pymatgen's",
    "[]": "not a structure of pymatgen's",
    "\0": "not valid JSON",
}


@pytest.mark.parametrize("text", BAD)
def test_bad_json_gives_one_line(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match=BAD[text]):
        read_structure(path)


VALUES = st.one_of(
    st.none(), st.booleans(), st.text(max_size=5), st.lists(st.integers(), max_size=2), st.just({})
)


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_field_of_another_kind_is_an_error(tmp_path, data):
    structure = json.loads(json.dumps(SOD))
    site = structure["sites"][3]
    holder, key = data.draw(
        st.sampled_from(
            [
                (structure, "sites"),
                (structure, "lattice"),
                (structure["lattice"], "matrix"),
                (site, "abc"),
                (site, "species"),
                (site["species"][0], "element"),
                (site["species"][0], "occu"),
            ]
        )
    )
    holder[key] = data.draw(VALUES)
    with pytest.raises(InputError):
        read_structure(write(tmp_path, structure))
