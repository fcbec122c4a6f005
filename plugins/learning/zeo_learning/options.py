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

    minutes: float | None = option(None, "stop this slice after so long", unit="min", above=0, training=True)
    decay: int = option(
        0,
        "the last so many of the steps, over which the learning rate falls to zero",
        at_least=0,
        training=True,
    )
    max_t: int = option(80, "leave out cells with more T atoms", at_least=1, training=True)
    max_unique: int = option(
        16, "leave out frameworks with more T atoms that differ on the grid", at_least=1, training=True
    )
    accelerator: str = option("auto", "where", choices=("auto", "cpu", "gpu"), training=True)
    devices: int = option(1, "devices on each node", at_least=1, training=True)
    nodes: int = option(1, "nodes", at_least=1, training=True)
    strategy: str = option(
        "auto", "how several devices work together", choices=("auto", "ddp", "ddp_fork"), training=True
    )
    precision: str = option(
        "auto",
        "as Lightning names it; auto is bf16-mixed where the processor is made for it",
        choices=("auto", "bf16-mixed", "32-true"),
        training=True,
    )
    workers: int = option(0, "processes that make examples", at_least=0, training=True)
    save_every: float = option(120.0, "between checkpoints", unit="s", above=0, training=True)
    draw_every: float = option(
        30.0,
        "between drawings of samples, which are decoded and repaired; 0 for none",
        unit="min",
        at_least=0,
        training=True,
    )
    seed: int = option(0, "of examples and first weights", at_least=0, training=True)


@frozen(kw_only=True, field_transformer=own_first)
class GridTrainingOptions(TrainingOptions):
    """The same for generators of grids, whose points lie the farther apart the longer an edge is."""

    max_edge: float = option(28.0, "leave out cells with a longer edge", unit="A", above=0, training=True)
