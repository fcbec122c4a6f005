"""Writing CIFs, byte for byte the same for the same input."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.cells import right_handed
from zeo.crystal.structure import Structure
from zeo.crystal.symmetry import Crystal, operations
from zeo.tools.printing import printable


def cif_text(
    structure: Structure, name: str, data: Mapping[str, str] | None = None, comments: Iterable[str] = ()
) -> str:
    """A CIF of all atoms of the cell, in space group P1.

    Args:
        structure: coordinates are wrapped into [0, 1).
        name: of the data block; what a CIF does not allow becomes ``_``.
        data: further items by full CIF tag, such as ``{"_zeo_net_name": "LTA"}``.
        comments: lines at the top of the file.
    """
    structure = right_handed(structure)
    head = _head(structure, name, data or {}, comments)
    group = _space_group("P 1", 1, ["x,y,z"])
    return "\n".join([*head, *group, *_sites(structure.species, structure.frac_coords)]) + "\n"


def symmetric_cif_text(
    crystal: Crystal, name: str, comments: Iterable[str] = (), data: Mapping[str, str] | None = None
) -> str:
    """A CIF of the symmetry-unique atoms of the conventional cell, with the operations of the space group.

    Args:
        crystal: in the standard setting.
        name: of the data block.
        comments: lines at the top of the file.
        data: further items by full CIF tag.
    """
    head = _head(crystal.structure, name, data or {}, comments)
    group = _space_group(crystal.symbol, crystal.number, _triplets(crystal.number))
    return "\n".join([*head, *group, *_sites(crystal.species, crystal.sites)]) + "\n"


def items_of(facts: Iterable[tuple[str, str, Any]]) -> dict[str, str]:
    """Facts as items of a CIF that other programs pass over, their units in the tags.

    Args:
        facts: name, unit (empty or ``"1"`` where there is none) and value of each; those whose value is None
            or NaN are left out.

    Returns:
        Texts by tag, such as ``{"_zeo_methane_qst_kJ_per_mol": "18.43"}``.
    """
    known = ((name, unit, value) for name, unit, value in facts if value is not None and value == value)
    return {_tag(name, unit): _number_or_text(value) for name, unit, value in known}


def _tag(name: str, unit: str) -> str:
    words = name if unit in ("", "1") else f"{name} {unit.replace('/', ' per ')}"
    return "_zeo_" + re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_")


def _number_or_text(value: Any) -> str:
    return f"{value:.7g}" if isinstance(value, float) else printable(value)


def _head(structure: Structure, name: str, data: Mapping[str, str], comments: Iterable[str]) -> list[str]:
    """Comments, the name of the block, further items, cell and formula."""
    lines = [f"# {line}" for comment in comments for line in comment.splitlines()]
    lines += [f"data_{re.sub(r'[^!-~]+', '_', name) or 'structure'}"]
    lines += [f"{tag:<34} {_cif_value(value)}" for tag, value in data.items()]
    tags = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma", "volume")
    values = (*structure.lengths, *structure.angles, structure.volume)
    lines += [f"_cell_{tag:<28} {value:.6f}" for tag, value in zip(tags, values, strict=True)]
    formula = " ".join(f"{element}{count}" for element, count in sorted(Counter(structure.species).items()))
    return [*lines, f"{'_chemical_formula_sum':<34} '{formula}'"]


def _space_group(symbol: str, number: int, triplets: Sequence[str]) -> list[str]:
    return [
        f"{'_space_group_name_H-M_alt':<34} '{symbol}'",
        f"{'_space_group_IT_number':<34} {number}",
        "loop_",
        "_space_group_symop_operation_xyz",
        *(f"'{triplet}'" for triplet in triplets),
    ]


def _triplets(number: int) -> list[str]:
    """The operations of a space group in its standard setting, such as ``-x,y,-z+1/2``."""
    import gemmi

    triplets = []
    for rotation, translation in zip(*operations(number), strict=True):
        operation = gemmi.Op()
        operation.rot = [[int(entry) * gemmi.Op.DEN for entry in row] for row in rotation]
        operation.tran = [round(float(shift) * gemmi.Op.DEN) % gemmi.Op.DEN for shift in translation]
        triplets.append(operation.triplet())
    return triplets


def _sites(species: Sequence[str], frac_coords: NDArray[np.float64]) -> list[str]:
    tags = ("label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy")
    lines = ["loop_", *(f"_atom_site_{tag}" for tag in tags)]
    seen: Counter[str] = Counter()
    # rounding may carry 0.99999999 to 1, hence the second modulo; adding 0 turns -0 into 0
    wrapped = np.round(frac_coords % 1.0, 8) % 1.0 + 0.0
    for element, (x, y, z) in zip(species, wrapped.tolist(), strict=True):
        seen[element] += 1
        lines.append(f"{element}{seen[element]:<6} {element:<2} {x:.8f} {y:.8f} {z:.8f} 1.0")
    return lines


def _cif_value(value: str) -> str:
    import gemmi

    quoted = str(gemmi.cif.quote(" ".join(value.split())))
    if quoted.startswith(
        ";"
    ):  # with both kinds of quotes it is a text field, which begins on a line of its own
        quoted = f"\n{quoted}"
    return quoted or "?"
