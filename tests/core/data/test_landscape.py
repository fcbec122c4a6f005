"""Maps of frameworks as pictures and tables."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from zeo.data.looking.landscape import Landscape

POINTS = 6

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("unknown", [0, 2, POINTS])
def test_every_framework_has_its_point_known_or_not(unknown: int) -> None:
    values = np.arange(POINTS, dtype=float)
    values[:unknown] = np.nan
    landscape = Landscape(
        names=tuple("abcdef"),
        sources=("set",) * POINTS,
        codes=("",) * POINTS,
        points=np.arange(2.0 * POINTS).reshape(POINTS, 2),
        values=values,
        colour="energy [kJ/mol Si]",
        axes=("x", "y"),
        left_out={},
    )
    picture = ElementTree.fromstring(landscape.picture("svg"))
    drawn = [group for group in picture.iter(f"{SVG}g") if group.get("id", "").startswith("PathCollection")]
    assert sum(len(list(group.iter(f"{SVG}use"))) for group in drawn) == POINTS
