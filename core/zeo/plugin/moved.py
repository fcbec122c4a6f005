"""What to tell the author of a plugin that was written for an earlier version of the contract."""

from __future__ import annotations

from zeo.plugin.declare import API_VERSION

_ROOMS = {
    "zeo.plugin": "candidate conditioning declare discovery hookspecs interfaces options quantity registry"
    " targets feasibility",
    "zeo.crystal": "structure net lattice neighbours symmetry io cif hard_core",
    "zeo.grids": "grid grid_io griday gaussians peaks flood_fill components",
    "zeo.builtin": "voxel dataset",
    "zeo.running": "config pipeline stages rundir summary report timing",
    "zeo.records": "record",
    "zeo.tools": "arrays compiled files foreign free_names hints parallel progress tables",
}
_DATA_ROOMS = {
    "zeo.crystal": "cells geometry orthogonal",
    "zeo.data.known": "frameworks iza named relaxed",
    "zeo.data.sets": "entry packing splits store table writer",
}

MOVED = {
    **{f"zeo.{name}": f"{room}.{name}" for room, names in _ROOMS.items() for name in names.split()},
    "zeo.training": "zeo.api.training",
    **{f"zeo.data.{name}": f"{room}.{name}" for room, names in _DATA_ROOMS.items() for name in names.split()},
}
"""Where the modules of API 1 are now."""


def version_reason(api: int) -> str:
    """Why a plugin for another version of the contract is refused, and what has changed since."""
    reason = f"speaks plugin API {api}, this zeo speaks {API_VERSION}"
    if api != 1:
        return reason
    return (
        f"{reason}: the contract moved to zeo.plugin.* (zeo.declare -> zeo.plugin.declare, ...),"
        " Sample.grid is now Sample.encoded; see docs/plugins.md#api-2"
    )


def moved_reason(error: BaseException) -> str | None:
    """The same for a plugin whose import failed on a module of API 1; None for all other errors."""
    if not isinstance(error, ModuleNotFoundError) or error.name not in MOVED:
        return None
    return f"{version_reason(1)} ({error.name} is now {MOVED[error.name]})"
