"""zeo: inverse design of zeolites.

This module is what a plugin imports; it stays light (attrs and pluggy only).
"""

from zeo.plugin.declare import (
    API_VERSION,
    ConditionerSpec,
    GeneratorSpec,
    PostprocessorSpec,
    ProbeSpec,
    QuantitySpec,
    RepresentationSpec,
)
from zeo.plugin.hookspecs import hookimpl

__version__ = "0.1.0"

__all__ = [
    "API_VERSION",
    "ConditionerSpec",
    "GeneratorSpec",
    "PostprocessorSpec",
    "ProbeSpec",
    "QuantitySpec",
    "RepresentationSpec",
    "__version__",
    "hookimpl",
]
