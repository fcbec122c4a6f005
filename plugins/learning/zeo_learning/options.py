"""The options that every trainable generator has."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, frozen

from zeo.plugin.options import option


def own_first(_: type, fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """For ``field_transformer``: what a generator has of its own is listed before what it shares."""
    return sorted(fields, key=lambda field: field.inherited)  # type: ignore[attr-defined]


@frozen(kw_only=True)
class TrainingOptions:
    """How long, from what and where a generator is trained."""

    minutes: float | None = option(None, "training: stop this slice after so long", unit="min", above=0)
    decay: int = option(
        0, "training: the last so many of the steps, over which the learning rate falls to zero", at_least=0
    )
    max_t: int = option(80, "training: leave out cells with more T atoms", at_least=1)
    max_unique: int = option(
        16, "training: leave out frameworks with more T atoms that differ on the grid", at_least=1
    )
    accelerator: str = option("auto", "training: where", choices=("auto", "cpu", "gpu"))
    devices: int = option(1, "training: devices on each node", at_least=1)
    nodes: int = option(1, "training: nodes", at_least=1)
    strategy: str = option(
        "auto", "training: how several devices work together", choices=("auto", "ddp", "ddp_fork")
    )
    precision: str = option(
        "auto",
        "training: as Lightning names it; auto is bf16-mixed where the processor is made for it",
        choices=("auto", "bf16-mixed", "32-true"),
    )
    workers: int = option(0, "training: processes that make examples", at_least=0)
    save_every: float = option(120.0, "training: between checkpoints", unit="s", above=0)
    draw_every: float = option(
        30.0,
        "training: between drawings of samples, which are decoded and repaired; 0 for none",
        unit="min",
        at_least=0,
    )
    seed: int = option(0, "training: of examples and first weights", at_least=0)


@frozen(kw_only=True, field_transformer=own_first)
class GridTrainingOptions(TrainingOptions):
    """The same for generators of grids, whose points lie the farther apart the longer an edge is."""

    max_edge: float = option(28.0, "training: leave out cells with a longer edge", unit="A", above=0)
