"""Relaxing structures in this process or in several, with the results in the order of the files."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zeo.crystal.structure import Structure
    from zeo.plugin.candidate import Candidate
    from zeo.running.stages import Stage

Named = tuple[str, "Structure | Exception"]
"""A structure with its name, or why it cannot be read."""


def create_relaxer(name: str, options: Mapping[str, Mapping[str, Any]]) -> Stage:
    """The relax stage with the plugin of that name.

    Raises:
        ZeoError: there is none of that name, it does something else, or an option cannot work.
    """
    from zeo.plugin.registry import installed_plugins
    from zeo.running.stages import relaxing

    return relaxing(name, "identify", installed_plugins().configured(options))


def relaxed(
    files: Sequence[Path], relaxer: str, options: Mapping[str, Mapping[str, Any]], jobs: int
) -> Generator[tuple[str, Candidate | Exception], None, None]:
    """Name and outcome of every structure in files and folders, in order.

    Raises:
        ZeoError: see :func:`create_relaxer`.
    """
    from zeo.crystal.io import iterate_structures
    from zeo.tools.parallel import Workers

    # a single relaxation may use all threads, and a graphics card without another process
    with Workers(_relaxing, (relaxer, options), 0 if jobs == 1 else jobs) as workers:
        for (name, _), outcome in workers.map(iterate_structures(files)):
            yield name, outcome


def _relaxing(relaxer: str, options: Mapping[str, Mapping[str, Any]]) -> Callable[[Named], Candidate]:
    from zeo.plugin.candidate import Candidate

    stage = create_relaxer(relaxer, options)

    def relax(named: Named) -> Candidate:
        structure = named[1]
        if isinstance(structure, Exception):
            raise structure
        return stage.apply(Candidate(index=0, seed=0, structure=structure))

    return relax
