"""The state of a training as safetensors and JSON, for Lightning, whose own checkpoints are pickles.

A checkpoint is a tree of dictionaries and lists. Its tensors go into a safetensors file, and the tree with
their numbers, as JSON, into the header of the same file: one file, replaced as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch.plugins import CheckpointIO
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from zeo.errors import ConfigError
from zeo.tools.files import write_atomically

STATE = "state.safetensors"
"""The file, beside the model, that a training resumes from."""

TRAINING = "training"
"""What a state calls the facts of its training."""


class SafetensorsIO(CheckpointIO):
    """Saves the state of a training to one safetensors file."""

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: Any,
        storage_options: Any = None,  # noqa: ARG002
    ) -> None:
        tensors: dict[str, Tensor] = {}
        tree = json.dumps(_pack(checkpoint, tensors))
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(Path(path), save(tensors, {"tree": tree}))

    def load_checkpoint(
        self,
        path: Any,
        map_location: Any = None,  # noqa: ARG002
        weights_only: bool | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Read it back.

        Raises:
            ConfigError: the file is missing or damaged.
        """
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                state: dict[str, Any] = _unpack(json.loads(file.metadata()["tree"]), tensors)
        except Exception as error:  # whatever damage there is
            raise ConfigError(f"the training state {path} cannot be read: {error}") from error
        return state

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)


def recorded_facts(folder: Path) -> dict[str, Any]:
    """The facts of the training whose state is in a folder.

    Raises:
        ConfigError: the state is damaged, or was written before zeo kept facts with it.
    """
    facts: dict[str, Any] | None = SafetensorsIO().load_checkpoint(folder / STATE).get(TRAINING)
    if facts is None:
        raise ConfigError(
            f"the training in {folder} was begun by an older zeo, which did not record what identifies it:"
            f" begin another with its weights (--from {folder} --out DIR)"
        )
    return facts


def _pack(node: Any, tensors: dict[str, Tensor]) -> Any:
    """A tree that JSON can hold; keys may be numbers, so dictionaries become lists of pairs."""
    if isinstance(node, Tensor):
        name = str(len(tensors))
        tensors[name] = node.detach().cpu().contiguous()
        return {"tensor": name}
    if isinstance(node, Mapping):
        return {"pairs": [[key, _pack(value, tensors)] for key, value in node.items()]}
    if isinstance(node, list | tuple):
        return [_pack(value, tensors) for value in node]
    if node is None or isinstance(node, bool | int | float | str):
        return node
    return str(node)


def _unpack(node: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(node, list):
        return [_unpack(value, tensors) for value in node]
    if isinstance(node, dict):
        if "tensor" in node:
            return tensors[node["tensor"]]
        return {key: _unpack(value, tensors) for key, value in node["pairs"]}
    return node
