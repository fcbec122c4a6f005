"""What makes two trainings the same one, so that one may go on where the other stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from zeo.data.known.frameworks import Framework
from zeo.errors import ConfigError
from zeo.tools.hashes import hash_of
from zeo_learning.folder import WEIGHTS

DIGITS = 6
"""Of coordinates and lattices, in their hash."""

Facts = Mapping[str, Any]
"""What is recorded of a training: ``data`` (its name), ``data_hash``, ``validation_hash``, ``frameworks``
(learned from), ``options`` (those that identify it, as the user types them), ``probes`` (those of
probes that fill channels), ``started_from`` (a folder's name) and ``started_from_hash``."""


def hash_of_frameworks(frameworks: Iterable[Framework]) -> str:
    """Of their atoms, cells and properties, in order; names and places of files do not count."""
    digest = hashlib.sha256()
    for framework in frameworks:
        structure = framework.structure
        for array in (structure.lattice, structure.frac_coords):
            digest.update((np.round(array, DIGITS) + 0.0).astype("<f8").tobytes())
        digest.update(
            json.dumps([list(structure.species), dict(framework.properties)], sort_keys=True).encode()
        )
    return digest.hexdigest()[:16]


def hash_of_weights(folder: Path | None) -> str | None:
    """Of a model; None where there is no folder, or no model in it."""
    if folder is None or not (folder / WEIGHTS).is_file():
        return None
    return hash_of(folder / WEIGHTS)[:16]


def require_same_training(out: Path, earlier: Facts, wanted: Facts) -> None:
    """Refuse to go on with another training than the one that a folder holds.

    Args:
        out: the folder.
        earlier: of its training.
        wanted: of the one that is to go on; ``started_from`` is None where the user does not say.

    Raises:
        ConfigError: they differ; every difference is named.
    """
    probes = earlier.get("probes", wanted["probes"])  # which older trainings did not record
    found = [
        *_changed_options(earlier["options"], wanted["options"]),
        *_changed_options(probes, wanted["probes"]),
        *_changed_data(earlier, wanted),
    ]
    if found:
        raise ConfigError(
            f"{out} holds a training with {'; '.join(found)}: go on as it began, or choose another folder"
        )
    name = wanted["started_from"]
    if name is not None and wanted["started_from_hash"] != earlier["started_from_hash"]:
        began = earlier["started_from"]
        weights = "random weights" if began is None else f"the weights of {began}"
        raise ConfigError(
            f"{out} holds a training that began with {weights}, not with those that {name} has now:"
            " leave out --from to go on, or choose another folder"
        )


def _changed_options(earlier: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*earlier, *wanted]):
        here, there = (shown(options.get(name)) for options in (earlier, wanted))
        if here != there:
            yield f"{name}={here}, not {there}"


def _changed_data(earlier: Facts, wanted: Facts) -> Iterator[str]:
    if earlier["data_hash"] != wanted["data_hash"]:
        here, there = (
            f"{facts['data']} ({facts['frameworks']} frameworks to learn from)" for facts in (earlier, wanted)
        )
        yield f"data={here}, {f'not {there}' if here != there else 'which have changed'}"
    elif earlier.get("validation_hash", wanted["validation_hash"]) != wanted["validation_hash"]:
        yield f"other frameworks of {earlier['data']} to validate it"


def shown(value: Any) -> str:
    """The value of an option as the user types it."""
    if value is None:
        return "none"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
