"""Begin a design or go on with one: its directory, its workers, and when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from attrs import frozen

from zeo.data.making.rounds import told_how_to_go_on
from zeo.data.sets.description import Description
from zeo.data.sets.store import DESCRIPTION_FILE, DataSet
from zeo.data.sets.writer import DataSetWriter
from zeo.designing.known import Known, sources_of
from zeo.designing.learning import learners
from zeo.designing.loop import Design, OnHit
from zeo.designing.reading import require_surrogates
from zeo.designing.recipe import HASHES, Recipe, Resolved
from zeo.designing.state import State
from zeo.designing.work import prepare
from zeo.errors import ConfigError, InputError
from zeo.running.sharing import workers as sharing_out
from zeo.tools.files import held
from zeo.tools.progress import doing


@frozen
class End:
    """When a design ends.

    Args:
        hits: new frameworks that meet the goal; None for as many as the time allows.
        minutes: after which no further round is begun.
        known_too: whether known frameworks that meet the goal count.
    """

    hits: int | None
    minutes: float
    known_too: bool = False

    def wanted(self, known: int) -> int | None:
        """New ones, where so many known ones meet the goal."""
        if self.hits is None:
            return None
        return max(self.hits - known, 0) if self.known_too else self.hits


def design(
    out: Path,
    recipe: Recipe,
    end: End,
    jobs: int = 1,
    executor: Executor | None = None,
    on_known: Callable[[int], None] = lambda _: None,
    on_hit: OnHit = lambda _: None,
) -> State:
    """Do rounds until enough new frameworks hit, the time is over, or nothing more is to be expected.

    Args:
        out: a directory, made if need be; one that holds this design is gone on with.
        recipe: decides what is found.
        end: when it ends.
        jobs: processes.
        executor: whose workers do the work instead.
        on_known: called with the number of known frameworks that meet the goal.
        on_hit: called for each new one, those of rounds that were done before included.

    Raises:
        ConfigError: a recipe that cannot work.
        InputError: ``out`` holds another design, or something else.
        ZeoError: the disk is full, or another process works on it.
    """
    began = time.monotonic()
    if (out / DESCRIPTION_FILE).is_file():
        require_surrogates(out)
    resolved = Resolved(recipe)
    if recipe.finetune and not learners(resolved):
        raise ConfigError("no generator that learns takes part: add one, such as --generator zeosym")
    resolved.check()  # what cannot work is found out before anything is written
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is no directory; choose another --out")
    sets = tuple(map(_opened, recipe.known))
    if not sum(map(len, sets)):
        raise ConfigError("name a data set with frameworks to begin with, such as --known standard")
    with told_how_to_go_on(out, how_to_go_on(out)), held(out):
        description = Description(
            name=out.resolve().name,
            made_by=resolved.as_json(),
            sources=sources_of(recipe.known, sets),
            properties=resolved.columns,
        )
        if (out / DESCRIPTION_FILE).is_file():
            resolved.require_same_inputs(DataSet.open(out).description.made_by.get(HASHES, {}))
        writer = DataSetWriter(out, description)
        _require_same_known(out, writer.description.sources, description.sources)
        doing("looking at known frameworks")
        known = Known.to(resolved, sets)
        with sharing_out(prepare, (recipe,), 0 if jobs == 1 else jobs, executor) as workers:
            state = State(resolved, known)
            design = Design(state, writer, workers)
            on_known(len(known.hits()))
            for _ in state.hits:
                on_hit("found before")
            while not state.is_exhausted:
                wanted = end.wanted(len(known.hits()))
                if wanted is not None and state.found >= wanted:
                    break
                if time.monotonic() - began >= 60 * end.minutes:
                    break
                design.round(wanted, on_hit)
    return state


def how_to_go_on(out: Path) -> str:
    """What is said where the disk failed."""
    return f"continue with: zeo design --resume {out}"


def _require_same_known(out: Path, began: Sequence[str], now: Sequence[str]) -> None:
    """Refuse known frameworks that have changed since: rounds tell parents by their positions.

    Raises:
        InputError: they have.
    """
    if began != now:
        raise InputError(
            f"{out} began with the known frameworks {', '.join(began)}, and there are {', '.join(now)} now:"
            " begin the design anew"
        )


def _opened(known: str) -> DataSet:
    """A data set of known frameworks.

    Raises:
        InputError: it is not there, or no longer.
    """
    try:
        return DataSet.open(known)
    except InputError as error:
        raise InputError(f"--known {known}: {error}") from error
