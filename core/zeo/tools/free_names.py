"""Names of the files that frameworks become, which do not collide, on disks that ignore case either."""

from __future__ import annotations

from pathlib import Path


class FreeNames:
    """Hands out names, no two alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, wanted: str) -> str:
        """The name wanted or, if it is taken, the first free one of ``wanted_2``, ``wanted_3``, ..."""
        chosen, count = wanted, 1
        while chosen.lower() in self._taken:
            count += 1
            chosen = f"{wanted}_{count}"
        self._taken.add(chosen.lower())
        return chosen


def stem_of(name: str) -> str:
    """Of the files that a structure or grid becomes: the file's, and the number of the block in it."""
    path, _, number = name.partition("#")
    return Path(path).stem + (f"_{number}" if number else "")
