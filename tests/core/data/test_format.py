"""docs/datasets.md: its snippet reads what zeo writes."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from zeo.crystal.orthogonal import smallest_cell
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.description import Description
from zeo.data.sets.entry import COLUMNS, Entry
from zeo.data.sets.writer import DataSetWriter

PAGE = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text()
(SNIPPET,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("code", ["SOD", "CAN", "AST", "RSN", "RTE", "ETV"])
def test_the_snippet_reads_a_data_set_without_zeo(code, tmp_path, monkeypatch, capsys):
    structure = smallest_cell(relaxed_structure(code))
    entry = Entry(name=code, structure=structure, key=code, origin="iza", split="train")
    DataSetWriter(tmp_path / "hypo", Description(name="hypo", made_by={})).append([entry])
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(SNIPPET, found)
    assert "zeo" not in SNIPPET
    assert capsys.readouterr().out.startswith(f"{code} ")
    for element in ("Si", "O"):
        atoms = found["atoms"](found["row"], element.lower())
        wanted = structure.coords_of(element)
        assert len(atoms) == len(wanted)
        offsets = atoms[:, None] - wanted
        distances = np.linalg.norm((offsets - np.round(offsets)) @ structure.lattice, axis=2)
        assert distances[linear_sum_assignment(distances)].max() < 1e-3


def test_every_column_is_explained():
    for column in COLUMNS:
        assert f"`{column.name}`" in PAGE
