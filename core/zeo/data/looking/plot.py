"""Histograms of what a data set holds, beside those of the IZA types."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from attrs import frozen
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from zeo.data.looking.group import Measured

FILLED = "#8fb3d9"
"""Colour of the data set."""

OUTLINED = ("#b5361c", "#1f5f3f", "#000000", "#8a4fae", "#c48a00", "#3a6ea5")
"""Colours of what it is compared with, of different lightness too; then again, dashed."""

BINS = 25

LIMITS = (1.0, 99.0)
"""Percentiles between which an axis runs; what lies beyond counts in the outermost bins."""

HALF_DECADE = math.sqrt(10.0)

PAGE_WIDTH, PANEL_HEIGHT, LEGEND_HEIGHT = 7.1, 1.65, 0.3
"""Inches; journals print two columns that wide."""

DATELESS = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
"""By format: metadata with which the same picture has the same bytes."""

STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.labelsize": 8,
    "lines.linewidth": 1.1,
    "patch.linewidth": 1.1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "legend.frameon": False,
    "svg.hashsalt": "zeo",
    "pdf.fonttype": 42,
}


@frozen(kw_only=True)
class Panel:
    """One histogram.

    Args:
        label: of the axis, with the unit.
        columns: whose values count together.
        logarithmic: whether the axis is; values that are not positive are left out then.
        step: bins are as wide as a multiple of this and begin at 0, for values that are multiples themselves.
        bounds: of the axis, whatever lies beyond.
    """

    label: str
    columns: tuple[str, ...]
    logarithmic: bool = False
    step: float = 0.0
    bounds: tuple[float, float] = (-math.inf, math.inf)

    def values(self, group: Measured) -> NDArray[np.float64]:
        """Of the frameworks of a group, those that are known and can be drawn."""
        values = np.concatenate([group.values(column) for column in self.columns])
        return values[values > 0] if self.logarithmic else values


PANELS = (
    Panel(label="T atoms per cell", columns=("t_atoms",), step=4.0, bounds=(0.0, 200.0)),
    Panel(label="density (T/1000 Å$^3$)", columns=("density",)),
    Panel(label="cell edges (Å)", columns=("a", "b", "c")),
    Panel(label="energy (kJ/mol Si)", columns=("energy",)),
    Panel(
        label="methane $K_\\mathrm{H}$ (mol/kg/Pa)",
        columns=("methane.kh_mol",),
        logarithmic=True,
        bounds=(1e-10, math.inf),
    ),
    Panel(label="methane $Q_\\mathrm{st}$ (kJ/mol)", columns=("methane.qst",), bounds=(0.0, math.inf)),
    Panel(label="methane void fraction", columns=("methane.void_fraction",)),
    Panel(label="included sphere (Å)", columns=("pores.included_sphere",)),
    Panel(label="free sphere (Å)", columns=("pores.free_sphere",)),
)
"""What is drawn, as far as the data set holds it."""


def draw(groups: Sequence[Measured], form: str, panels: Sequence[Panel] = PANELS) -> bytes:
    """A picture of a data set.

    Args:
        groups: its frameworks, and perhaps others to compare them with.
        form: ``"png"``, ``"pdf"`` or ``"svg"``.
        panels: what is drawn, as far as the data set holds it.
    """
    with mpl.rc_context(STYLE):
        stream = io.BytesIO()
        _figure(groups, panels).savefig(stream, format=form, dpi=300, metadata=DATELESS[form])
    return stream.getvalue()


def _figure(groups: Sequence[Measured], panels: Sequence[Panel]) -> Figure:
    panels = [panel for panel in panels if len(panel.values(groups[0]))]
    columns = 3 if len(panels) % 3 == 0 else 4
    rows = math.ceil(len(panels) / columns)
    legend_columns = min(len(groups), 3)
    height = rows * PANEL_HEIGHT + math.ceil(len(groups) / legend_columns) * LEGEND_HEIGHT
    figure = Figure(figsize=(PAGE_WIDTH, height), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for place, panel in zip(places, panels, strict=False):
        _draw_panel(place, panel, [panel.values(group) for group in groups])
    for place in places[len(panels) :]:
        place.set_axis_off()
    figure.supylabel("share (%)", fontsize=STYLE["axes.labelsize"])
    lines = [Line2D([], [], **_line_style(number)) for number in range(len(groups) - 1)]
    figure.legend(
        handles=[Patch(color=FILLED), *lines],
        labels=[f"{group.title} ({group.size:,})" for group in groups],
        loc="outside upper center",
        ncols=legend_columns,
    )
    return figure


def _draw_panel(axes: Axes, panel: Panel, samples: Sequence[NDArray[np.float64]]) -> None:
    """The first sample filled, the others as lines."""
    edges = _edges(panel, [sample for sample in samples if len(sample)])
    axes.stairs(_shares(samples[0], edges), edges, fill=True, color=FILLED)
    for number, sample in enumerate(samples[1:]):
        if len(sample):
            axes.stairs(_shares(sample, edges), edges, **_line_style(number))
    if panel.logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(bottom=0)
    axes.set_xlabel(panel.label)


def _line_style(number: int) -> dict[str, Any]:
    again, colour = divmod(number, len(OUTLINED))
    return {"color": OUTLINED[colour], "linestyle": "--" if again else "-"}


def _edges(panel: Panel, samples: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Bounds of the bins, the same for all samples."""
    limits = np.array([np.percentile(sample, LIMITS) for sample in samples])
    low, high = np.clip([limits[:, 0].min(), limits[:, 1].max()], *panel.bounds)
    if high <= low:  # values that are all alike, or all beyond the axis
        low, high = (low / HALF_DECADE, high * HALF_DECADE) if panel.logarithmic else (low - 0.5, high + 0.5)
    if panel.logarithmic:
        return np.geomspace(low, high, BINS + 1)
    if panel.step:
        width = panel.step * math.ceil((high - low) / BINS / panel.step)
        return np.arange(0.0, high + 2.0 * width, width)
    return np.linspace(low, high, BINS + 1)


def _shares(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per cent of the values in each bin, those beyond the ends in the outermost."""
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    shares: NDArray[np.float64] = 100.0 * counts / len(values)
    return shares
