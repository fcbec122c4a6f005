"""What a search is allowed to find and where it starts."""

from __future__ import annotations

from attrs import frozen

from zeo.data.known.frameworks import is_on_disk
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.errors import ConfigError
from zeo.plugin.options import option


def is_no_code(parent: str) -> bool:
    """Whether a parent is files of the user's, and no IZA code."""
    return is_on_disk(parent) and parent not in relaxed_frameworks()


@frozen(kw_only=True)
class SearchOptions:
    """Ranges are two numbers, the least and the most allowed."""

    parents: tuple[str, ...] = option(
        (),
        "what is mutated: IZA codes, relaxed, iza, data sets, folders or files; random search when empty",
        files=is_no_code,
    )
    generations: int = option(
        2,
        "mutations of each sample, one after another; with targets: rounds after they are reached",
        at_least=0,
    )
    rounds: int = option(15, "with targets: rounds of mutation and selection at most", at_least=0)
    relax: str | None = option(
        "relax",
        "with targets: the relaxer after which they are measured; none leaves frameworks as found",
        plugin="postprocessor",
    )
    unique_t: tuple[int, int] = option(
        (2, 6), "range of symmetry-unique T atoms in random search", at_least=1
    )
    space_groups: tuple[int, ...] = option(
        (), "numbers of the space groups of random search; all from 16 to 230 when empty"
    )
    t_atoms: tuple[int, int] = option((4, 100), "range of T atoms in the orthogonal cell", at_least=1)
    density: tuple[float, float] = option(
        (10.0, 21.0), "range of the framework density", unit="T per 1000 A3", above=0.0, at_most=40.0
    )
    edges: tuple[float, float] = option((4.5, 30.0), "range of the cell's edges", unit="A", above=0.0)
    three_rings: float = option(1.0, "largest share of T atoms in rings of three", at_least=0.0, at_most=1.0)

    def check_ranges(self) -> None:
        """Refuse a range that holds nothing.

        Raises:
            ConfigError: one whose least is above its most.
        """
        for name in ("unique_t", "t_atoms", "density", "edges"):
            least, most = getattr(self, name)
            if least > most:
                raise ConfigError(f"search.{name}: {least:g} is above {most:g}; write the smaller one first")
