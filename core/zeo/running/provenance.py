"""What a result depends on besides its configuration: versions of the software."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import platform
from collections.abc import Iterable

from zeo.data.known.reference import reference_state
from zeo.plugin.registry import Plugins

ADDED = "reference added"
"""The name under which the versions of a run say how many nets the user had added to the reference."""

COMPARED = "nets compared with"
"""The name under which the versions of a run say what its nets are compared with beside the reference."""

_NUMERICAL = ("numpy", "scipy", "numba")


def versions(chosen: Iterable[tuple[str, str]], plugins: Plugins) -> dict[str, str]:
    """Versions of Python, the numerical libraries, the reference of nets and the distribution of each plugin.

    Args:
        chosen: kind and name of the plugins that are used.
        plugins: the installed ones.
    """
    found = {"python": platform.python_version()}
    found |= {library: importlib.metadata.version(library) for library in _NUMERICAL}
    found |= {f"reference {fact}": value for fact, value in reference_state().items()}
    for kind, name in chosen:
        distribution = plugins.find(kind, name).distribution
        found[distribution.name] = distribution.version
    return found
