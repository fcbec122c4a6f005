"""An evaluation as histograms: runs beside the training set."""

from __future__ import annotations

from zeo.data.looking.plot import PANELS, Panel, draw
from zeo.errors import InputError
from zeo.evaluation.evaluate import Evaluation

HENRY = Panel(label="methane $K_\\mathrm{H}$", columns=("methane.kh",), logarithmic=True, bounds=(1e-3, 1e4))
"""In place of that by mass, which a grid does not tell."""


def draw_evaluation(evaluation: Evaluation, form: str) -> bytes:
    """A picture of the training set (filled), and of the grids and frameworks of the runs (lines).

    Args:
        evaluation: to draw.
        form: ``"png"``, ``"pdf"`` or ``"svg"``.

    Raises:
        InputError: no run has anything to draw.
    """
    groups = [group for one in evaluation.runs for group in (one.drawn, one.frameworks) if group.size]
    panels = [HENRY if panel.columns == ("methane.kh_mol",) else panel for panel in PANELS]
    panels = [panel for panel in panels if any(len(panel.values(group)) for group in groups)]
    if not any(len(panel.values(evaluation.training)) for panel in panels):
        raise InputError("nothing to draw: these runs have neither grids nor frameworks")
    return draw([evaluation.training, *groups], form, panels)
