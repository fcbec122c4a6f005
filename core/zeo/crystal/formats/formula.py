"""The chemical formula that a file states, to check the atoms by that are read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import frozen

from zeo.errors import InputError

HYDROGEN = ("H", "D")
"""Diffraction sees them badly: formulae have them where the list of atoms has not."""

_TERM = re.compile(r"([A-Z][a-z]?)(\d+\.?\d*|\.\d+|)")
_FORMULA = re.compile(rf"(?:{_TERM.pattern} ?)+")


@frozen
class Formula:
    """Atoms by element.

    Args:
        said: the file's words.
        counts: of each element.
        units: of it in the cell; None where the file does not say.
    """

    said: str
    counts: Mapping[str, float]
    units: float | None

    def fills(self, species: Iterable[str]) -> bool:
        """Whether these atoms are the content of the cell: as many units as stated, or one.

        Some programs state the units of the reduced formula beside the formula of the whole cell.
        """
        found, stated = self._compared(species)
        return any(_equal(found, stated, units) for units in (1.0, self.units or 1.0))

    def allows(self, species: Iterable[str]) -> bool:
        """Whether these atoms can be the content of the cell: any multiple where the units are not stated."""
        found, stated = self._compared(species)
        if self.units is not None:
            return self.fills(found.elements())
        return _equal(found, stated, sum(found.values()) / sum(stated.values()))

    def check(self, species: Iterable[str]) -> None:
        """Refuse atoms that the formula does not allow.

        Raises:
            InputError: it names both.
        """
        atoms = Counter(species)
        if not self.allows(atoms.elements()):
            raise InputError(
                f"the atoms in the cell are {written(atoms)}, but its formula is {self}:"
                " atoms are missing, or the symmetry is not that of the file"
            )

    def __str__(self) -> str:
        return self.said if self.units is None else f"{self.said} (Z = {self.units:g})"

    def _compared(self, species: Iterable[str]) -> tuple[Counter[str], dict[str, float]]:
        found = Counter("H" if element == "D" else element for element in species)
        stated: dict[str, float] = {}
        for element, count in self.counts.items():
            element = "H" if element in HYDROGEN else element
            if count > 0 and (element != "H" or "H" in found):
                stated[element] = stated.get(element, 0.0) + count
        return found, stated


def _equal(found: Mapping[str, int], stated: Mapping[str, float], units: float) -> bool:
    return all(
        abs(found.get(element, 0) - units * stated.get(element, 0)) < 0.01 + 1e-3 * found.get(element, 0)
        for element in found.keys() | stated.keys()
    )


def formula_of(text: str | None, units: float | None) -> Formula | None:
    """The formula of a text such as ``"O24 Si12"``; None where it is none that can be counted.

    Args:
        text: elements, each followed by its number.
        units: of the formula in the cell.
    """
    words = " ".join((text or "").split())
    if not _FORMULA.fullmatch(words):
        return None
    counts: dict[str, float] = {}
    for element, number in _TERM.findall(words):
        counts[element] = counts.get(element, 0.0) + float(number or 1)
    return Formula(words, counts, units) if sum(counts.values()) > 0 else None


def written(counts: Mapping[str, float]) -> str:
    """A formula in alphabetical order."""
    return " ".join(f"{element}{count:g}" for element, count in sorted(counts.items()))
