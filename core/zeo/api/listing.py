"""What wishes can speak of: ``zeo.quantities``."""

from __future__ import annotations

from zeo.api import arguments
from zeo.api.results import Row
from zeo.plugin.columns import columns_by_name
from zeo.plugin.framework import FRAMEWORK
from zeo.plugin.registry import installed_plugins

COLUMNS = ("name", "unit", "conditions", "kind", "measured by", "meaning")


def quantities(*probes: str) -> list[Row]:
    """Every quantity: what zeo knows of each framework, and what probes measure, with the conditions.

    Args:
        probes: only those that these measure; all when none is named.

    Raises:
        PluginError: there is no probe of some name.
    """
    plugins = installed_plugins()
    chosen = arguments.texts(probes, "probes")
    names = chosen or [plugins.shown_name(entry) for entry in plugins.entries("probe")]
    rows: list[Row] = []
    if not chosen:
        rows += [_row(each.name, each.unit, "", each.kind, "zeo", each.meaning) for each in FRAMEWORK]
    for column in columns_by_name(names, plugins):
        quantity = column.quantity
        conditions = ", ".join(each.text for each in column.conditions)
        rows.append(_row(column.name, quantity.unit, conditions, "measured", column.probe, quantity.summary))
    return rows


def _row(*values: str) -> Row:
    return dict(zip(COLUMNS, values, strict=True))
