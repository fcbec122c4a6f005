"""zeo: inverse design of zeolites.

What is offered to users, such as :func:`zeo.identify`, and to plugins is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
"""That of ``typing``, whose import would be the longest part of this one."""

if TYPE_CHECKING:
    from typing import Any

    from zeo.api import reference
    from zeo.api.choosing import best
    from zeo.api.converting import convert
    from zeo.api.data_sets import build_data, export_data, make_data, plot_data
    from zeo.api.designing import design, resume_design
    from zeo.api.evaluating import evaluate
    from zeo.api.identifying import identify
    from zeo.api.isotherms import isotherm
    from zeo.api.listing import quantities
    from zeo.api.mapping import map
    from zeo.api.merging import merge
    from zeo.api.picturing import picture
    from zeo.api.probing import probe
    from zeo.api.relaxing import relax
    from zeo.api.reporting import report, view
    from zeo.api.runs import Run, interpolate, resume_run, run
    from zeo.api.structures import read
    from zeo.api.training import train
    from zeo.api.watching import Status, status
    from zeo.crystal.structure import Structure
    from zeo.data.sets.store import DataSet
    from zeo.errors import ConfigError, InputError, PluginError, RunDirectoryError, ZeoError
    from zeo.plugin.declare import (
        API_VERSION,
        ConditionerSpec,
        ConditionSpec,
        GeneratorSpec,
        PostprocessorSpec,
        ProbeSpec,
        QuantitySpec,
        RepresentationSpec,
    )
    from zeo.plugin.hookspecs import hookimpl
    from zeo.plugin.registry import installed_plugins

__version__ = "0.1.0"

_HOMES = {
    "API_VERSION": "zeo.plugin.declare",
    "ConditionerSpec": "zeo.plugin.declare",
    "ConfigError": "zeo.errors",
    "DataSet": "zeo.data.sets.store",
    "GeneratorSpec": "zeo.plugin.declare",
    "InputError": "zeo.errors",
    "PluginError": "zeo.errors",
    "PostprocessorSpec": "zeo.plugin.declare",
    "ProbeSpec": "zeo.plugin.declare",
    "ConditionSpec": "zeo.plugin.declare",
    "QuantitySpec": "zeo.plugin.declare",
    "RepresentationSpec": "zeo.plugin.declare",
    "Run": "zeo.api.runs",
    "RunDirectoryError": "zeo.errors",
    "Status": "zeo.api.watching",
    "Structure": "zeo.crystal.structure",
    "ZeoError": "zeo.errors",
    "best": "zeo.api.choosing",
    "build_data": "zeo.api.data_sets",
    "convert": "zeo.api.converting",
    "design": "zeo.api.designing",
    "evaluate": "zeo.api.evaluating",
    "export_data": "zeo.api.data_sets",
    "hookimpl": "zeo.plugin.hookspecs",
    "identify": "zeo.api.identifying",
    "installed_plugins": "zeo.plugin.registry",
    "interpolate": "zeo.api.runs",
    "isotherm": "zeo.api.isotherms",
    "make_data": "zeo.api.data_sets",
    "map": "zeo.api.mapping",
    "merge": "zeo.api.merging",
    "picture": "zeo.api.picturing",
    "plot_data": "zeo.api.data_sets",
    "probe": "zeo.api.probing",
    "quantities": "zeo.api.listing",
    "read": "zeo.api.structures",
    "reference": "zeo.api.reference",
    "relax": "zeo.api.relaxing",
    "report": "zeo.api.reporting",
    "resume_design": "zeo.api.designing",
    "resume_run": "zeo.api.runs",
    "run": "zeo.api.runs",
    "status": "zeo.api.watching",
    "train": "zeo.api.training",
    "view": "zeo.api.reporting",
}
"""Where that is; most of these modules import numpy, which would slow every start."""

__all__ = [
    "API_VERSION",
    "ConditionSpec",
    "ConditionerSpec",
    "ConfigError",
    "DataSet",
    "GeneratorSpec",
    "InputError",
    "PluginError",
    "PostprocessorSpec",
    "ProbeSpec",
    "QuantitySpec",
    "RepresentationSpec",
    "Run",
    "RunDirectoryError",
    "Status",
    "Structure",
    "ZeoError",
    "__version__",
    "best",
    "build_data",
    "convert",
    "design",
    "evaluate",
    "export_data",
    "hookimpl",
    "identify",
    "installed_plugins",
    "interpolate",
    "isotherm",
    "make_data",
    "map",
    "merge",
    "picture",
    "plot_data",
    "probe",
    "quantities",
    "read",
    "reference",
    "relax",
    "report",
    "resume_design",
    "resume_run",
    "run",
    "status",
    "train",
    "view",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'zeo' has no attribute {name!r}")
    home = import_module(_HOMES[name])
    value = globals()[name] = home if _HOMES[name].endswith(f".{name}") else getattr(home, name)
    return value


def __dir__() -> list[str]:
    return __all__
