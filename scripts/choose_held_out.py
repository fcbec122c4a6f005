"""Chooses the IZA types that are held out from training, and writes core/zeo/data/held_out.txt.

Run once; a new choice would make models incomparable. tests/core/data/test_splits.py checks that the file is
what this script writes.
"""

from __future__ import annotations

from pathlib import Path

from zeo.crystal.orthogonal import smallest_orthogonal_cell
from zeo.data.known.nets import symbols_by_key
from zeo.data.known.relaxed import relaxed_frameworks
from zeo.data.sets.splits import HELD_OUT_FILE, choose_held_out
from zeo.tools.files import write_atomically

HEADER = """\
# IZA types held out from training: one of every three four-connected types of about the same size and
# density (rule and seed: zeo.data.sets.splits.choose_held_out), with the keys of their nets. Frameworks
# with these nets, and their descendants, are for testing only.
"""


def held_out_text() -> str:
    structures = {code: framework.structure for code, framework in relaxed_frameworks().items()}
    cells = {code: smallest_orthogonal_cell(structure) for code, structure in structures.items()}
    codes = choose_held_out(
        list(structures),
        [cell.count("Si") if cell is not None else None for cell in cells.values()],
        [round(structure.framework_density, 3) for structure in structures.values()],
    )
    keys = {code: key for key, code in symbols_by_key().items()}
    return HEADER + "".join(f"{code} {keys[code]}\n" for code in codes)


if __name__ == "__main__":
    write_atomically(Path(__file__).parents[1] / "core/zeo/data" / HELD_OUT_FILE, held_out_text())
