"""Trainings of each generator on two frameworks, for the drill of kills."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve
from drills.killing import killed

from zeo.data.known.frameworks import open_frameworks
from zeo.plugin.registry import installed_plugins

SETTINGS: dict[str, dict[str, Any]] = {
    "zeodiff": {"width": 8},
    "zeogan": {"width": 8, "critic_updates": 1},
    "zeosym": {"width": 8, "layers": 1},
}
COMMON = {
    "steps": 4,
    "batch": 2,
    "precision": "32-true",
    "accelerator": "cpu",
    "draw_every": 0,
    "check_every": 2,
    "save_every": 1e-9,  # after every step
}
WEIGHTS = "weights.safetensors"


def train(name: str, out: Path) -> None:
    """A training of a few steps, begun or gone on with."""
    plugins = installed_plugins().configured({"voxel": {"n": 8}, name: COMMON | SETTINGS[name]})
    frameworks = evolve(open_frameworks("relaxed"), names=("SOD", "LTA"), sources=("two",))
    out.mkdir(exist_ok=True)
    plugins.create("generator", name).train(frameworks, out, lambda *_: None)


def weights(out: Path) -> dict[str, bytes]:
    return {WEIGHTS: (out / WEIGHTS).read_bytes()}


def drill(name: str, folder: Path, kills: int) -> Iterator[str]:
    """What became of some kills of a training."""
    installed_plugins().create("generator", name).plan(None)  # imports, for all children, what takes long
    return killed(partial(train, name), weights, folder, kills)
