"""The folder of a trained model: a description in JSON, and its tensors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from zeo.errors import ConfigError
from zeo.tools.files import read_whole, write_atomically
from zeo.tools.foreign import describe
from zeo.tools.typed_json import parsed_object

FORMAT = 1
"""Of the folder; raised when older versions of zeo cannot read it."""

DESCRIPTION, WEIGHTS = "model.json", "weights.safetensors"

LARGEST_DESCRIPTION = 16_000_000
"""Bytes."""


def write_model(
    folder: Path, generator: str, description: Mapping[str, Any], tensors: dict[str, Tensor]
) -> None:
    """Write the folder; each file is replaced as a whole.

    Args:
        folder: made where it is missing.
        generator: whose model it is.
        description: what else there is to know.
        tensors: by name; contiguous.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"format": FORMAT, "generator": generator, **description}
    write_atomically(folder / WEIGHTS, save(tensors))
    write_atomically(folder / DESCRIPTION, json.dumps(whole, indent=1) + "\n")


def read_model(folder: Path, generator: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The description and the tensors of a folder.

    Raises:
        ConfigError: it is missing, damaged, of another kind or a newer format.
    """
    try:
        for file in (DESCRIPTION, WEIGHTS):
            (folder / file).stat()
        description = parsed_object(read_whole(folder / DESCRIPTION, LARGEST_DESCRIPTION))
        tensors = load_file(folder / WEIGHTS)
    except OSError as error:
        raise ConfigError(
            f"no {generator} checkpoint in {folder} ({error.strerror});"
            f" train one with: zeo train {generator} --out DIR"
        ) from error
    except Exception as error:  # safetensors has many for what is damaged
        raise ConfigError(f"the checkpoint in {folder} is damaged: {error}") from error
    if description.get("generator") != generator or description.get("format") != FORMAT:
        raise ConfigError(f"{folder} holds no checkpoint that this version of {generator} reads")
    if not isinstance(description.get("training"), dict):
        raise ConfigError(f"the checkpoint in {folder} is damaged: {DESCRIPTION} has no training")
    return description, tensors


@contextmanager
def fitting_together(folder: Path) -> Iterator[None]:
    """Around what makes a model of a folder.

    Raises:
        ConfigError: the description and the tensors belong to different models.
    """
    try:
        yield
    except Exception as error:  # whatever the networks make of shapes that are none
        raise ConfigError(f"the checkpoint in {folder} does not fit together: {describe(error)}") from error


def require_same(folder: Path, present: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse a model that is not as the options say.

    Args:
        folder: that holds it.
        present: what the model is, by the names of options.
        wanted: what the options say, by the same names.

    Raises:
        ConfigError: they differ.
    """
    for name, value in present.items():
        if value != wanted[name]:
            here, there = ("none" if one is None else one for one in (value, wanted[name]))
            raise ConfigError(
                f"{folder} holds a model with {name}={here}, not {there}:"
                f" train with --set {name}={here}, or begin with another model"
            )


def stored(network: nn.Module) -> dict[str, Tensor]:
    """The state of a network with its weights in half precision; what batch normalisation counts stays."""
    weights = {name for name, _ in network.named_parameters()}
    return {
        name: (tensor.to(torch.bfloat16) if name in weights else tensor).detach().cpu().contiguous()
        for name, tensor in network.state_dict().items()
    }


def below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors under names that begin with a prefix; :func:`part` takes them out again."""
    return {f"{prefix}{name}": tensor for name, tensor in tensors.items()}


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def usable_device(name: str) -> torch.device:
    """Where a model is to compute.

    Raises:
        ConfigError: torch does not have it.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"torch cannot use the device {name!r} here") from error
    return device
