"""Which of the formats a file is in: its name tells, and its content where the name does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from zeo.crystal.formats.cssr import is_cssr, read_cssr
from zeo.crystal.formats.gulp import is_gulp, read_gulp
from zeo.crystal.formats.lammps import is_lammps_data, read_lammps_data
from zeo.crystal.formats.pdb import read_pdb
from zeo.crystal.formats.pymatgen_json import read_pymatgen_json
from zeo.crystal.formats.shelx import is_shelx, read_shelx
from zeo.crystal.formats.sites import Sites
from zeo.crystal.formats.zeopp import is_cuc, is_v1, read_cuc, read_v1
from zeo.errors import InputError

HEAD = 4000
"""Lines in which a format is looked for: what one knows it by may follow many atoms."""


def _never(lines: Sequence[str]) -> bool:  # noqa: ARG001
    return False


@frozen
class Format:
    """A format of structure files.

    Args:
        name: what people call it.
        suffixes: of its files, in lower case.
        looks: whether the first lines of a file are of this format.
        read: its structures from its text.
    """

    name: str
    suffixes: tuple[str, ...]
    looks: Callable[[Sequence[str]], bool]
    read: Callable[[str], list[Sites]]


FORMATS = (
    Format("SHELX", (".res", ".ins"), is_shelx, read_shelx),
    Format("GULP", (".gin", ".grs", ".res"), is_gulp, read_gulp),
    Format("Zeo++", (".v1",), is_v1, read_v1),
    Format("Zeo++", (".cuc",), is_cuc, read_cuc),
    Format("CSSR", (".cssr",), is_cssr, read_cssr),
    Format("LAMMPS data", (".lmp", ".lmpdat", ".lammps-data"), is_lammps_data, read_lammps_data),
    Format("pymatgen", (".json",), _never, read_pymatgen_json),
    Format("PDB", (".pdb", ".ent"), _never, read_pdb),
)

BY_LIBRARIES = {
    ".extxyz": "extxyz",
    ".xyz": "extxyz",
    ".poscar": "vasp",
    ".vasp": "vasp",
    ".gen": "gen",
    ".traj": "traj",
    ".xsf": "xsf",
}
"""ASE's names of the formats that it reads for zeo: all list every atom of the cell."""

KINDS = (
    ".cif, GULP (.gin .grs .res), SHELX (.res .ins), Zeo++ (.v1 .cuc), .cssr, LAMMPS data with masses"
    " (.lmp .lmpdat .lammps-data), .pdb .ent, POSCAR and CONTCAR (.vasp .poscar), .extxyz .xyz, .gen, .traj,"
    " .xsf, pymatgen's .json"
)
"""What zeo reads, for people."""


def sites_in(data: bytes, file_name: str) -> list[Sites] | None:
    """The content of a file in one of :data:`FORMATS`, or None where it is in none of them.

    Raises:
        InputError: it is, or has the name of one, but cannot be read.
    """
    suffix = _suffix(file_name)
    by_name = [form for form in FORMATS if suffix in form.suffixes]
    if ase_format(file_name) is not None or (b"\0" in data[:4096] and not by_name):
        return None
    text = data.decode("utf-8-sig", errors="replace")
    if len(by_name) == 1:
        return by_name[0].read(text)
    head = [line.strip() for line in text.split("\n", HEAD)[:HEAD]]
    for form in by_name or FORMATS:
        if form.looks(head):
            return form.read(text)
    if by_name:
        raise InputError(f"a {suffix} file, but not of {' or '.join(form.name for form in by_name)}")
    return None


def ase_format(file_name: str) -> str | None:
    """ASE's name of the format of a file that it reads for zeo."""
    if file_name.upper().startswith(("POSCAR", "CONTCAR")):
        return "vasp"
    return BY_LIBRARIES.get(_suffix(file_name))


def _suffix(file_name: str) -> str:
    return Path(file_name.lower()).suffix
