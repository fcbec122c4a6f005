"""An evaluation as JSON and CSV, with everything in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from zeo.evaluation.distances import Distance
from zeo.evaluation.evaluate import Evaluated, Evaluation
from zeo.evaluation.figures import LINES
from zeo.evaluation.groups import kind_of_frameworks
from zeo.evaluation.hits import Aim, Hits, own_wishes
from zeo.evaluation.published import SYSTEMS, System
from zeo.evaluation.share import Share
from zeo.evaluation.spreads import SHARES, Spread
from zeo.tools import spreadsheets

COLUMNS = ("run", "of_what", "figure", "count", "of", "share", "share_low", "share_high", "value", "unit")
"""Of the CSV: a count with its share and its interval, or a value with its unit."""

PUBLISHED = "published"


def json_text(evaluation: Evaluation) -> str:
    """Runs with all figures and intervals, the published systems, and what was compared."""
    data = {
        "data": {
            "name": " and ".join(evaluation.data),
            "training": evaluation.training.size,
            "held_out": evaluation.held_out.size,
            "properties": {
                one.name: {
                    "unit_of_distance": one.unit,
                    "logarithmic": one.logarithmic,
                    "training_standard_deviation": evaluation.training_spread.get(one.name),
                    "held_out": attrs.asdict(evaluation.held_out_distances[one.name]),
                }
                for one in evaluation.properties
            },
        },
        "runs": [_run(one) for one in evaluation.runs],
        PUBLISHED: [attrs.asdict(system) for system in SYSTEMS],
    }
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def _run(one: Evaluated) -> dict[str, Any]:
    plan = one.run.plan
    return {
        "name": one.run.name,
        "path": str(one.run.path),
        "generator": plan.generator,
        "repair": plan.plugin_of("repair"),
        "relax": plan.plugin_of("relax"),
        "targets": [str(wish) for wish in own_wishes(one.run)],
        "unblocked": plan.unblocked,
        "steered": plan.is_steered,
        "pending": one.run.pending,
        "figures": {line.name: _share(one.figures[line.name]) for line in LINES},
        "mean_atoms_of_perfect": one.atoms,
        "mean_seconds": attrs.asdict(one.run.seconds) if one.run.seconds else None,
        "distances": {
            "drawn": _distances(one.drawn_distances),
            kind_of_frameworks(one.run): _distances(one.framework_distances),
        },
        "spreads": {name: _spread(found) for name, found in one.spreads.items()},
        "aims": [_aim(aim, kind_of_frameworks(one.run)) for aim in one.aims],
    }


def _share(share: Share | None) -> dict[str, Any] | None:
    if share is None:
        return None
    return {"count": share.count, "of": share.of, "share": share.share, "interval_95": share.interval}


def _distances(distances: Mapping[str, Distance]) -> dict[str, Any]:
    return {name: attrs.asdict(distance) for name, distance in distances.items() if distance.n}


def _spread(found: Spread) -> dict[str, Any]:
    """The values by the share of the frameworks that do not exceed them."""
    return {"n": found.n, **{f"{share:g}": value for share, value in zip(SHARES, found.values, strict=False)}}


def _aim(aim: Aim, kind: str) -> dict[str, Any]:
    return {
        "target": str(aim.wish),
        "steered": aim.aimed,
        "tolerance": aim.wish.tolerance,
        "drawn": _hits(aim.drawn),
        kind: _hits(aim.frameworks),
    }


def _hits(hits: Hits | None) -> dict[str, Any] | None:
    if hits is None:
        return None
    return {
        "hit": _share(hits.hit),
        "above": _share(hits.above),
        "mean": hits.mean,
        "median_distance": hits.miss,
    }


def csv_text(evaluation: Evaluation) -> str:
    """A line for each figure of each run, then of the published systems; what is not known is left out."""
    lines: list[Line] = []
    units = {one.name: one.unit for one in evaluation.properties}
    units |= {column.name: column.quantity.unit for column in evaluation.further}
    for one in evaluation.runs:
        lines += ({"run": one.run.name, **line} for line in _lines_of_run(one, units))
    for system in SYSTEMS:
        lines += ({"run": system.name, **line} for line in _lines_of_system(system))
    return spreadsheets.csv_text([COLUMNS, *([line.get(column) for column in COLUMNS] for line in lines)])


Line = dict[str, Any]


def _lines_of_run(one: Evaluated, units: Mapping[str, str]) -> Iterator[Line]:
    kind = kind_of_frameworks(one.run)
    for line in LINES:
        yield from _line_of_share("samples", line.name, one.figures[line.name])
    yield from _line_of_value("perfect", "mean_atoms", one.atoms, "")
    if one.run.seconds:
        for name, seconds in attrs.asdict(one.run.seconds).items():
            yield from _line_of_value("samples", f"mean_{name}", seconds, "s")
    for of_what, distances in (("drawn", one.drawn_distances), (kind, one.framework_distances)):
        for name, distance in distances.items():
            yield from _line_of_value(of_what, f"distance {name}", distance.wasserstein, units[name])
    for name, found in one.spreads.items():
        for share, value in zip(SHARES, found.values, strict=False):
            yield from _line_of_value(kind, f"{100 * share:g} % of {name}", value, units[name])
    for aim in one.aims:
        for of_what, hits in (("drawn", aim.drawn), (kind, aim.frameworks)):
            yield from _lines_of_hits(of_what, aim, hits)


def _lines_of_hits(of_what: str, aim: Aim, hits: Hits | None) -> Iterator[Line]:
    if hits is None:
        return
    unit = "" if aim.wish.formula.unit == "1" else aim.wish.formula.unit
    yield from _line_of_share(of_what, f"hit {aim.wish}", hits.hit)
    yield from _line_of_share(of_what, f"above {aim.wish}", hits.above)
    yield from _line_of_value(of_what, f"mean {aim.wish}", hits.mean, unit)
    yield from _line_of_value(of_what, f"median distance {aim.wish}", hits.miss, unit)


def _line_of_share(of_what: str, figure: str, share: Share | None) -> Iterator[Line]:
    if share is not None:
        low, high = share.interval or ("", "")
        counts = {"count": share.count, "of": share.of, "share": "" if share.share is None else share.share}
        yield {"of_what": of_what, "figure": figure, **counts, "share_low": low, "share_high": high}


def _line_of_value(of_what: str, figure: str, value: float | None, unit: str) -> Iterator[Line]:
    if value is not None:
        yield {"of_what": of_what, "figure": figure, "value": value, "unit": unit}


def _lines_of_system(system: System) -> Iterator[Line]:
    for name, figure in system.figures.items():
        counts = {name: "" if value is None else value for name, value in attrs.asdict(figure).items()}
        yield {"of_what": PUBLISHED, "figure": name, **counts}
    yield from _line_of_value(PUBLISHED, "mean_atoms", system.atoms, "")
