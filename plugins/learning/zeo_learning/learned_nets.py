"""The nets that a model learned from, beside its weights: what it draws of them is no discovery."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path

from zeo.crystal.net import Net
from zeo.data.known.frameworks import Framework
from zeo.errors import ConfigError
from zeo.plugin.seen import DIGEST_SIZE, Seen, digest_of
from zeo.tools.files import write_atomically
from zeo_cleanup.key import topology_of

FILE = "nets.json"
"""In the folder of the model: what the nets are called, and their digests in base64, one after another."""


def write_nets(folder: Path, frameworks: Iterable[Framework], data: str, start: Path | None) -> None:
    """Note what a training learns from; what the weights learned from that it starts with counts too.

    Args:
        folder: of the model.
        frameworks: to learn from.
        data: what they are called.
        start: folder of the model whose weights it starts with, if there is one.
    """
    nets = {digest_of(key_of(framework)) for framework in frameworks}
    earlier = Seen() if start is None else read_nets(start)
    if earlier.training is None:  # nobody knows all, and a part would pass for it
        (folder / FILE).unlink(missing_ok=True)
        return
    names = dict.fromkeys(filter(None, (earlier.trained_on, data)))
    packed = base64.b64encode(b"".join(sorted(nets | earlier.training))).decode()
    write_atomically(folder / FILE, json.dumps({"data": " and ".join(names), "nets": packed}) + "\n")


def read_nets(folder: Path) -> Seen:
    """What was noted; unknown where nothing was.

    Raises:
        ConfigError: the file is damaged.
    """
    file = folder / FILE
    if not file.is_file():
        return Seen(training=None)
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        packed, data = base64.b64decode(stored["nets"], validate=True), str(stored["data"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{file} is damaged: delete it, and what was learned from is not known") from error
    cuts = range(0, len(packed), DIGEST_SIZE)
    return Seen(training=frozenset(packed[cut : cut + DIGEST_SIZE] for cut in cuts), trained_on=data)


def nets_learned_from(folder: Path) -> frozenset[bytes]:
    """Their digests.

    Raises:
        ConfigError: they were not noted, or the file is damaged.
    """
    seen = read_nets(folder)
    if seen.training is None:
        raise ConfigError(
            f"{folder} does not say which nets the model learned from, so that no sample can be told unseen:"
            " leave out unseen=true"
        )
    return seen.training


def key_of(framework: Framework) -> str:
    """The exact key of its net."""
    return framework.key or topology_of(Net.from_structure(framework.structure)).key
