"""Frameworks in two dimensions of a latent space, as numbers and as a picture."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from zeo.data.looking.plot import DATELESS, OUTLINED, STYLE
from zeo.data.looking.projections import Plane
from zeo.tools.spreadsheets import csv_text

WIDTH, HEIGHT = 7.1, 5.4
"""Inches."""

UNKNOWN = "0.75"
"""Grey, of points whose value is unknown."""

MOST_LABELS = 60
"""Known types whose codes are written: more would hide each other."""


@frozen(eq=False, kw_only=True)
class Landscape:
    """A map of frameworks.

    Args:
        names: [n], of all that the generator can hold.
        sources: [n], where each comes from.
        codes: [n], IZA codes; empty where the type is none.
        points: [n, 2].
        values: [n], by which points are coloured; NaN where it is unknown.
        colour: what the values are, with their unit.
        axes: what the two coordinates are.
        left_out: how many frameworks the generator cannot hold, by the reason; the commonest first.
    """

    names: tuple[str, ...]
    sources: tuple[str, ...]
    codes: tuple[str, ...]
    points: Plane
    values: NDArray[np.float64]
    colour: str
    axes: tuple[str, str]
    left_out: Mapping[str, int]

    def csv(self) -> str:
        """A line for each framework."""
        columns = zip(self.names, self.sources, self.codes, self.points, self.values, strict=True)
        rows = [
            (name, source, code, f"{x:.6g}", f"{y:.6g}", None if np.isnan(value) else float(value))
            for name, source, code, (x, y), value in columns
        ]
        return csv_text([("name", "source", "code", "x", "y", self.colour), *rows])

    def picture(self, form: str = "png") -> bytes:
        """The first source as coloured points, known types with their codes, and the others on top.

        Args:
            form: ``"png"``, ``"pdf"`` or ``"svg"``.
        """
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
            axes = figure.add_subplot()
            order = dict.fromkeys(self.sources)
            for number, source in enumerate(order):
                rows = np.array([each == source for each in self.sources])
                if number == 0:
                    unknown, known = (rows & each for each in (np.isnan(self.values), ~np.isnan(self.values)))
                    x, y = self.points.T
                    axes.scatter(x[unknown], y[unknown], s=5, color=UNKNOWN)
                    drawn = axes.scatter(x[known], y[known], s=5, c=self.values[known], cmap="viridis")
                    figure.colorbar(drawn, ax=axes, label=self.colour)
                else:
                    colour = OUTLINED[(number - 1) % len(OUTLINED)]
                    axes.scatter(
                        self.points[rows, 0],
                        self.points[rows, 1],
                        s=22,
                        facecolors="none",
                        edgecolors=colour,
                        label=source,
                    )
            _label(axes, self.codes, self.points)
            axes.set_xlabel(self.axes[0])
            axes.set_ylabel(self.axes[1])
            if len(order) > 1:
                axes.legend()
            buffer = io.BytesIO()
            figure.savefig(buffer, format=form, dpi=200, metadata=DATELESS[form])
        return buffer.getvalue()


def _label(axes: Axes, codes: Sequence[str], points: Plane) -> None:
    """Write each code once, at its first point, evenly chosen where there are too many."""
    first = {code: k for k, code in reversed(list(enumerate(codes))) if code}
    numbers = sorted(first.values())
    for k in numbers[:: max(1, -(-len(numbers) // MOST_LABELS))]:
        axes.annotate(codes[k], points[k], fontsize=6, xytext=(2, 2), textcoords="offset points")
