"""Lines of a text file and the numbers and elements in them; what is damaged is named by its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import cell_vectors
from zeo.errors import InputError

LONGEST_LINE = 10_000
"""Characters. No structure file has longer lines; what has is another kind of file."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d{1,3})?")
_FRACTION = re.compile(r"([+-]?\d{1,9})/(\d{1,9})")
_LABEL = re.compile(r"([A-Za-z]{1,2})(?![A-Za-z]).*")


@frozen
class Line:
    """A line that holds something.

    Args:
        number: in the file, from 1.
        words: separated by white space.
    """

    number: int
    words: tuple[str, ...]

    def error(self, complaint: str) -> InputError:
        return InputError(f"line {self.number}: {complaint}")

    def numbers(self, start: int, count: int) -> list[float]:
        """``count`` numbers from the word ``start`` on.

        Raises:
            InputError: fewer words, or one that is no finite number.
        """
        words = self.words[start : start + count]
        if len(words) < count:
            raise self.error(f"{count} numbers are needed, {len(words)} are there")
        return [self.number_of(word) for word in words]

    def number_of(self, word: str) -> float:
        """A decimal number, Fortran's ``1.0D-3`` or a fraction such as ``1/3``."""
        if _NUMBER.fullmatch(word):
            return float(word.lower().replace("d", "e"))
        fraction = _FRACTION.fullmatch(word)
        if fraction and int(fraction[2]):
            return float(Fraction(int(fraction[1]), int(fraction[2])))
        raise self.error(f"{shortened(word)} is not a number")

    def integer(self, index: int) -> int:
        """The word ``index`` as a whole number."""
        (value,) = self.numbers(index, 1)
        if value != int(value):
            raise self.error(f"{shortened(self.words[index])} is not a whole number")
        return int(value)

    def element(self, label: str) -> str:
        """The element of an atom's label: ``Si``, ``SI``, ``Si1``, ``O_2`` or ``O2-``.

        Raises:
            InputError: no element begins the label.
        """
        element = element_of(label)
        if element is None:
            raise self.error(f"{shortened(label)} is not an element")
        return element

    def cell(self, start: int = 0) -> NDArray[np.float64]:
        """The lattice [3, 3] of three lengths (angstrom) and three angles (degrees).

        Raises:
            InputError: damaged numbers, or no cell has these.
        """
        return lattice_of(self.numbers(start, 6), self.number)


def lattice_of(parameters: Sequence[float], number: int) -> NDArray[np.float64]:
    """The lattice of a, b, c, alpha, beta, gamma, which stand in line ``number``."""
    lengths, angles = parameters[:3], parameters[3:]
    with np.errstate(invalid="ignore", divide="ignore"):
        lattice = cell_vectors(lengths, angles)
    possible = min(lengths) > 0 and min(angles) > 0 and max(angles) < 180 and np.isfinite(lattice).all()
    if not possible:
        raise InputError(f"line {number}: no cell is {' '.join(f'{value:g}' for value in parameters)}")
    return lattice


def lines_of(text: str, comment: str | None = None) -> Iterator[Line]:
    """The lines that are not blank; what follows ``comment`` is left out.

    Raises:
        InputError: a line that is too long for a structure file.
    """
    for number, raw in enumerate(text.splitlines(), start=1):
        if len(raw) > LONGEST_LINE:
            raise InputError(f"line {number} has {len(raw)} characters: not a structure file")
        words = (raw.split(comment, 1)[0] if comment else raw).split()
        if words:
            yield Line(number, tuple(words))


def element_of(label: str) -> str | None:
    """The element that an atom's label begins with, if any."""
    import gemmi

    match = _LABEL.fullmatch(label)
    if match is None:
        return None
    symbol = match[1].capitalize()
    return symbol if gemmi.Element(symbol).atomic_number > 0 else None


def shortened(word: str) -> str:
    """A word as it is quoted in a complaint."""
    return repr(word if len(word) <= 20 else f"{word[:20]}...")
