"""A surrogate that has learned little, of a part of the standard data set."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import done

QUANTITY = "methane.void_fraction"
LITTLE = ("--set", "frameworks=160")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained") / "model"
    told = done(
        "train", "surrogate", "--quantity", QUANTITY, "--out", out, *LITTLE, "--set", "steps=120"
    ).output
    assert f"zeo design --surrogate {out}" in told.replace("\n", " ")
    return out


@pytest.fixture(scope="session")
def ridge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ridge regression on energies."""
    out = tmp_path_factory.mktemp("ridge") / "model"
    done("train", "surrogate", "--quantity", "energy", "--out", out, *LITTLE, "--set", "learner=ridge")
    return out
