"""Structures from CIFs: atoms, the symmetry that is stated, and the formula that must come out.

Whatever a file states of its symmetry is used, or contradicted: the operations that it lists count if they
agree with the name of its group, with its formula, or if their atoms have the symmetry of the name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from attrs import evolve
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zeo.crystal.cells import check_cell
from zeo.crystal.disorder import Occupant, complaint
from zeo.crystal.formats.cif_blocks import Block, cif_blocks, says_nothing
from zeo.crystal.formats.formula import HYDROGEN, Formula, formula_of, written
from zeo.crystal.formats.lines import element_of, shortened
from zeo.crystal.formats.sites import IDENTITY, SAME_SITE, Operations, Sites
from zeo.crystal.formats.stated_symmetry import Setting, StatedSymmetry, Statement, stated_symmetry
from zeo.crystal.neighbours import close_pairs, wrapped
from zeo.crystal.structure import Structure, cell_vectors
from zeo.errors import InputError

MOST_IMAGES = 100_000
"""Sites times operations; what has more would take minutes and fill the memory."""

SHORTEST = 1.1
"""Angstrom. Where atoms other than hydrogen come closer, an origin was mistaken for another."""

SHORTEST_SINGLE = 1.3
"""Angstrom. Few bonds are shorter; with many, a cell was mistaken for another."""

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)(?:\(\d*\.?\d*\))?")
_FRACTION = re.compile(r"([+-]?\d{1,3})/(\d{1,3})")
_CELL = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")


def blocks_with_atoms(data: bytes) -> list[Block]:
    """The blocks of a CIF that list atoms.

    Raises:
        InputError: it is no CIF, or has none.
    """
    blocks = [block for block in cif_blocks(data) if block.column("atom_site_fract_x")]
    if not blocks:
        raise InputError("no atoms with fractional coordinates (_atom_site_fract_x)")
    return blocks


def structure_of_block(block: Block) -> Structure:
    """The full content of the cell.

    Raises:
        InputError: no cell, no atoms, damaged numbers, sites that are not whole atoms of known elements, or a
            symmetry or formula that contradict them.
    """
    sites = _sites(block)
    formula = formula_of(block.value("chemical_formula_sum"), _units(block))
    symmetry = stated_symmetry(block)
    if symmetry.listed is not None:
        structure = _of_operations(sites, symmetry, formula)
    elif symmetry.named:
        structure = _of_names(sites, symmetry, formula)
    else:
        structure = sites.structure()
    if formula is not None:
        formula.check(structure.species)
    _check_volume(structure, block)
    return structure


def _check_volume(structure: Structure, block: Block) -> None:
    """Refuse the atoms of several cells in one.

    RASPA writes such files; but it also writes the volume of several cells beside the edges and the atoms of
    one, hence the look at the atoms.

    Raises:
        InputError: it names both volumes.
    """
    text = block.value("cell_volume")
    stated = structure.volume if text is None else _number(text, "_cell_volume")
    if abs(stated / structure.volume - 1) > 0.05 and _is_crowded(structure, SHORTEST_SINGLE):
        raise InputError(
            f"the cell has {structure.volume:.1f} cubic angstrom, the file states {stated:g}, and its atoms"
            " are too close to each other: the edges are not those of the cell that the atoms are in"
        )


def _of_operations(sites: Sites, symmetry: StatedSymmetry, formula: Formula | None) -> Structure:
    """What the operations that are listed make of the sites.

    Raises:
        InputError: the group has another name, and nothing else speaks for the operations.
    """
    assert symmetry.listed is not None
    if not symmetry.listed.operations.keep(sites.lattice):
        raise InputError("its symmetry operations do not fit its cell")
    structure = _expanded(sites, symmetry.listed.operations)
    contradicted = symmetry.contradicted()
    if contradicted is None or (formula is not None and formula.fills(structure.species)):
        return structure
    if not any(_has_symmetry(structure, setting.operations) for setting in contradicted.settings):
        raise InputError(_contradiction(structure, symmetry.listed, contradicted, formula))
    return structure


def _contradiction(
    structure: Structure, listed: Setting, statement: Statement, formula: Formula | None
) -> str:
    name, order = statement.said, statement.settings[0].operations.order
    atoms = written({element: structure.count(element) for element in set(structure.species)})
    stated = "" if formula is None else f", its formula is {formula}"
    return (
        f"it lists {listed.name} but names the space group {name} ({order} operations): its operations give"
        f" {atoms}{stated}; list all operations, or none"
    )


def _of_names(sites: Sites, symmetry: StatedSymmetry, formula: Formula | None) -> Structure:
    """What the group that is named makes of the sites.

    Raises:
        InputError: no setting of it fits the cell, or several could be meant.
    """
    said = symmetry.named[0].said
    settings = [one for one in symmetry.meant() if one.operations.keep(sites.lattice)]
    if not settings:
        raise InputError(f"space group {said} does not fit the cell")
    found = [(setting, _expanded(sites, setting.operations)) for setting in settings]
    if len(found) > 1:
        found = [one for one in found if formula is None or formula.allows(one[1].species)] or found
        found = [one for one in found if not _is_crowded(one[1], SHORTEST)] or found
    if len(found) > 1:
        names = " or ".join(setting.name for setting, _ in found)
        raise InputError(f"space group {said} can be {names}: name the one that is meant")
    return found[0][1]


def _expanded(sites: Sites, operations: Operations) -> Structure:
    if len(sites.species) * operations.order > MOST_IMAGES:
        raise InputError(f"{len(sites.species)} sites and {operations.order} operations: too large")
    return evolve(sites, operations=operations).structure()


def _has_symmetry(structure: Structure, operations: Operations) -> bool:
    """Whether the atoms are in the same places after all operations."""
    if not operations.keep(structure.lattice):
        return False
    coords, _ = wrapped(structure.frac_coords)
    species = np.array(structure.species)
    # an image that coincides with an atom is nearest to it in any metric
    tree = cKDTree(coords % 1.0, boxsize=np.ones(3))
    for rotation, translation in zip(operations.rotations, operations.translations, strict=True):
        images = wrapped(coords @ rotation.T + translation)[0] % 1.0
        nearest = tree.query(images)[1]
        offsets = images - coords[nearest]
        offsets -= np.round(offsets)
        moved = np.linalg.norm(offsets @ structure.lattice, axis=1)
        if moved.max() > SAME_SITE or (species[nearest] != species).any():
            return False
    return True


def _is_crowded(structure: Structure, shortest: float) -> bool:
    heavy = np.array([element not in HYDROGEN for element in structure.species])
    pairs, _ = close_pairs(structure.lattice, structure.frac_coords[heavy], shortest)
    return len(pairs) > 0


def _sites(block: Block) -> Sites:
    columns = _columns(block)
    nothing = ["?"] * len(columns["atom_site_fract_x"])
    tags = ("label", "type_symbol", "occupancy", "calc_flag", "fract_x", "fract_y", "fract_z")
    rows = zip(*(columns.get(f"atom_site_{tag}", nothing) for tag in tags), strict=True)
    occupants, coords = [], []
    for label, kind, occupancy, flag, *place in rows:
        if flag.lower() == "dum":
            continue
        occupants.append(_occupant(label, kind, occupancy))
        coords.append(_place(place, f"site {occupants[-1].label}"))
    if not occupants:
        raise InputError("no atoms")
    places = np.array(coords)
    _check_order(occupants, places)
    return Sites(_lattice(block), [each.element for each in occupants], places, IDENTITY)


def _occupant(label: str, kind: str, occupancy: str) -> Occupant:
    name = shortened(kind if says_nothing(label) else label).strip("'")
    element = _element(label, kind, f"site {name}")
    return Occupant(name, element, 1.0 if says_nothing(occupancy) else _number(occupancy, f"site {name}"))


def _place(values: Sequence[str], name: str) -> list[float]:
    if any(map(says_nothing, values)):
        raise InputError(f"{name}: no coordinates")
    return [_number(value, name) for value in values]


def _check_order(occupants: Sequence[Occupant], places: NDArray[np.float64]) -> None:
    """Refuse sites that are not one whole atom.

    Raises:
        InputError: it names all that is listed at the place of the first of them.
    """
    for occupant, place in zip(occupants, places, strict=True):
        if occupant.is_full:
            continue
        offsets = places - place
        here = np.flatnonzero(np.abs(offsets - np.round(offsets)).max(axis=1) < 1e-3).tolist()
        others = [occupants[index] for index in here if occupants[index] is not occupant]
        if problem := complaint([occupant, *others]):
            raise InputError(problem)


def _columns(block: Block) -> dict[str, list[str]]:
    """The values of the sites by tag.

    Raises:
        InputError: a tag that comes twice.
    """
    loop = block.loop_with("atom_site_fract_x")
    if loop is None:  # one site, without a loop
        tags = [tag for tag in block.items if tag.startswith("atom_site_")]
        return {tag: [block.value(tag) or "?"] for tag in tags}
    for tag in loop.tags:
        if loop.tags.count(tag) > 1:
            raise InputError(f"_{tag} is given twice")
    return dict(zip(loop.tags, map(list, zip(*loop.rows, strict=True)), strict=True))


def _element(label: str, kind: str, name: str) -> str:
    """The element of a site: of its type, or of its label where it has none.

    ``T`` is silicon; ``OW``, ``Oz`` and the like are oxygen.
    """
    symbol = label if says_nothing(kind) else kind
    if re.fullmatch(r"[Tt]([^A-Za-z].*)?", symbol):
        return "Si"
    element = element_of(symbol)
    if element is not None:
        return element
    if re.fullmatch(r"[Oo][A-Za-z]([^A-Za-z].*)?", symbol):
        return "O"
    raise InputError(f"{name}: unknown element {shortened(symbol)}")


def _number(text: str, name: str) -> float:
    """A number, without its uncertainty; hand-written files have fractions.

    Raises:
        InputError: anything else.
    """
    if match := _NUMBER.fullmatch(text):
        return float(match[1])
    if (match := _FRACTION.fullmatch(text)) and int(match[2]):
        return int(match[1]) / int(match[2])
    raise InputError(f"{name}: {shortened(text)} is not a number")


def _lattice(block: Block) -> NDArray[np.float64]:
    values = [block.value(f"cell_{tag}") for tag in _CELL]
    if values[0] is None:
        raise InputError("no unit cell (_cell_length_a)")
    for tag, value in zip(_CELL, values, strict=True):
        if value is None:
            raise InputError(f"no unit cell (_cell_{tag})")
    a, b, c, alpha, beta, gamma = (
        _number(value or "", f"_cell_{tag}") for tag, value in zip(_CELL, values, strict=True)
    )
    if not (min(a, b, c) > 0 and min(alpha, beta, gamma) > 0 and max(alpha, beta, gamma) < 180):
        raise InputError(f"impossible unit cell ({a:g} {b:g} {c:g} {alpha:g} {beta:g} {gamma:g})")
    with np.errstate(all="ignore"):
        lattice = cell_vectors((a, b, c), (alpha, beta, gamma))
    if not np.isfinite(lattice).all():
        raise InputError(f"no cell has the angles {alpha:g}, {beta:g}, {gamma:g}")
    check_cell(lattice)
    return lattice


def _units(block: Block) -> float | None:
    text = block.value("cell_formula_units_z")
    return None if text is None else _number(text, "_cell_formula_units_Z")
