"""Where frameworks lie on a map of a latent space: two more quantities of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from zeo.page.frameworks import Line
from zeo.page.packing import rounded
from zeo.page.quantities import Shown

IDS = ("map.x", "map.y")

Point = tuple[float, float]


@frozen(kw_only=True)
class Places:
    """Those of the frameworks of a page.

    Args:
        generator: whose latent space it is.
        axes: what the two coordinates are.
        of_sources: of each source, the places by the ids of its frameworks.
        behind: of the data set behind them, the places by name.
    """

    generator: str
    axes: tuple[str, str]
    of_sources: tuple[Mapping[str, Point], ...]
    behind: Mapping[str, Point]

    @property
    def shown(self) -> list[Shown]:
        """What the page calls the coordinates."""
        return [
            Shown(
                id=name, symbol=name, label=axis, unit="", about=f"latent space of {self.generator}: {axis}"
            )
            for name, axis in zip(IDS, self.axes, strict=True)
        ]

    def added_to(self, lines: Sequence[Line]) -> list[Line]:
        """Lines of a page with their places, where they have one."""
        return [self._placed(line) for line in lines]

    def _placed(self, line: Line) -> Line:
        place = self.of_sources[line.source].get(line.id)
        if place is None:
            return line
        final = {**line.values.get("after", {}), **_numbers(place)}
        return evolve(line, values={**line.values, "after": final})

    def behind_points(self, names: Sequence[str]) -> dict[str, list[float | int | None]]:
        """The coordinates of frameworks of the data set behind, by quantity; None where one has no place."""
        known = [_numbers(self.behind[name]) if name in self.behind else {} for name in names]
        return {each: [place.get(each) for place in known] for each in IDS}


def _numbers(place: Point) -> dict[str, float | int | None]:
    return {name: rounded(value) for name, value in zip(IDS, place, strict=True)}
