"""What a trained surrogate states of itself, in a file that is read without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from zeo import QuantitySpec
from zeo.errors import ConfigError
from zeo.tools.files import write_atomically
from zeo.wishes.full_name import FullName

FILE, FORMAT = "surrogate.json", 1

NETWORK = "network"

IN_WORDS = {NETWORK: "a network", "ridge": "a ridge regression"}
"""Those that learn, by name."""

CERTAIN = 1.645
"""Standard errors on either side of a value that hold 90 % of normal errors."""


@frozen(kw_only=True)
class HeldOut:
    """How a surrogate does on frameworks of lineages that it has not learned from.

    Args:
        frameworks: how many.
        r: correlation.
        mae: mean absolute error, in the quantity's unit.
        coverage: share of the values within the 90 % intervals.
        refused: share that lies outside of the domain.
    """

    frameworks: int
    r: float
    mae: float
    coverage: float
    refused: float


@frozen(kw_only=True)
class Stated:
    """What is said of a surrogate.

    Args:
        quantity: that it tells, such as ``"methane.kh_accessible"``.
        unit: of it.
        summary: what it means.
        data: what it learned from, in words.
        frameworks: how many.
        held_out: how it does on frameworks held out, which calibrate nothing.
        learner: what it is made of, by name.
        format: of the folder.
    """

    quantity: str
    unit: str
    summary: str
    data: str
    frameworks: int
    held_out: HeldOut | None = None
    learner: str = NETWORK
    format: int = FORMAT

    @property
    def short(self) -> str:
        """The name among the quantities of the probe."""
        return FullName.of(self.quantity).quantity

    def write(self, folder: Path) -> None:
        write_atomically(folder / FILE, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Stated:
        """What :meth:`write` wrote.

        Raises:
            ConfigError: it is not there, damaged or of a newer zeo.
        """
        try:
            read = json.loads((folder / FILE).read_text(encoding="utf-8"))
            if read["format"] != FORMAT:
                raise ConfigError(f"the surrogate {folder} was trained by another zeo: train it anew")
            held_out = read.pop("held_out")
            if read.get("learner", NETWORK) not in IN_WORDS:
                raise ValueError(read["learner"])
            return cls(**read, held_out=held_out and HeldOut(**held_out))
        except OSError as error:
            raise ConfigError(
                f"{folder} is no surrogate; train one: zeo train surrogate --quantity COLUMN --out DIR"
            ) from error
        except (LookupError, TypeError, ValueError) as error:
            raise ConfigError(f"the surrogate {folder} is damaged: train it anew") from error


def read_all(models: Any) -> list[Stated]:
    """What several say, each of another quantity.

    Args:
        models: folders, as the option ``model`` holds them: one, or several with commas between.

    Raises:
        ConfigError: one that is none, or two of one name.
    """
    folders = models.split(",") if isinstance(models, str) else list(models or ())
    stated = [Stated.read(Path(folder)) for folder in folders]
    names = [each.short for each in stated]
    if len(set(names)) < len(names):
        raise ConfigError(f"two surrogates tell one quantity: name one for each ({', '.join(names)})")
    return stated


def quantities(options: Mapping[str, Any]) -> list[QuantitySpec]:
    """What the probe measures with these options, and the standard error of each.

    Raises:
        ConfigError: see :func:`read_all`.
    """
    declared: list[QuantitySpec] = []
    for each in read_all(options.get("model")):
        declared += [
            QuantitySpec(
                each.short,
                each.unit,
                f"{each.quantity} as {IN_WORDS[each.learner]} tells it",
                estimates=each.quantity,
            ),
            QuantitySpec(
                f"{each.short}_error",
                each.unit,
                f"standard error of that; {CERTAIN:g} of them on either side hold 90 %",
                headline=False,
                least=0,
            ),
        ]
    return declared
