"""A surrogate that has learned little, of a part of the standard data set."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import done

QUANTITY = "methane.void_fraction"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "model"
    settings = ("--set", "frameworks=160", "--set", "steps=120")
    told = done("train", "surrogate", "--quantity", QUANTITY, "--out", out, *settings).output
    assert f"zeo design --surrogate {out}" in told.replace("\n", " ")
    return out
