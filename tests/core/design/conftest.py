"""A few known frameworks, and a small design from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zeo.data.sets.description import Description
from zeo.data.sets.store import DataSet
from zeo.data.sets.writer import DataSetWriter


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of small open frameworks of the standard one."""
    data = DataSet.open("standard")
    small = (data.column("t_atoms") <= 24) & (data.column("density") < 17.5) & (data.column("energy") < 24)
    chosen = data.where(small)
    chosen = chosen.where(np.arange(len(chosen)) < 60)
    out = tmp_path_factory.mktemp("known") / "few"
    measured = {"options": data.description.options}
    description = Description(name="few", made_by=measured, properties=data.description.properties)
    DataSetWriter(out, description).append(list(chosen))
    return out
