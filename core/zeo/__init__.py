"""zeo: inverse design of zeolites.

This module is what a plugin imports; it stays light (attrs and pluggy only).
"""

from zeo.declare import (
    API_VERSION,
    ConditionerSpec,
    GeneratorSpec,
    PostprocessorSpec,
    ProbeSpec,
    QuantitySpec,
    RepresentationSpec,
)
from zeo.hookspecs import hookimpl

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
