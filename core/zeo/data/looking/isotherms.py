"""Isotherms as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from zeo.data.looking.plot import DATELESS, OUTLINED, STYLE
from zeo.plugin.isotherm import Isotherm

WIDTH, HEIGHT = 4.6, 3.2
"""Inches."""


def draw(isotherms: Sequence[tuple[str, Isotherm]], form: str) -> bytes:
    """Absolute loading against pressure, with two standard errors; the excess dashed.

    Args:
        isotherms: each with what it is called.
        form: ``"png"``, ``"pdf"`` or ``"svg"``.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        for number, (name, isotherm) in enumerate(isotherms):
            colour = OUTLINED[number % len(OUTLINED)]
            bars = [point.pressure / 1e5 for point in isotherm.points]
            loadings = [point.loading for point in isotherm.points]
            errors = [2 * point.loading_error for point in isotherm.points]
            axes.errorbar(
                bars, loadings, errors, color=colour, marker="o", markersize=3, label=name, capsize=2
            )
            axes.plot(bars, [point.excess for point in isotherm.points], color=colour, linestyle="--")
        gas, temperature = isotherms[0][1].gas, isotherms[0][1].temperature
        axes.set_xscale("log")
        axes.set_xlabel("pressure / bar")
        axes.set_ylabel(f"{gas} at {temperature:g} K / mol/kg")
        axes.legend(title="absolute (dashed: excess)")
        buffer = io.BytesIO()
        figure.savefig(buffer, format=form, dpi=200, metadata=DATELESS[form])
    return buffer.getvalue()
