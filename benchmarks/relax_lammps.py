"""Our relaxation beside LAMMPS with the same potential, structure and stop criteria, in the same run.

    python benchmarks/relax_lammps.py path/to/lmp LTA AFI

LAMMPS needs its CORESHELL, KSPACE and MOLECULE packages. It starts from our distance least squares, truncates
the Buckingham terms without a taper (0.05 kJ/mol Si), and alternates minimisation at a free and at a fixed
cell until the energy changes by less than 1e-5 eV per Si. Wall seconds, start of the program included.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from zeo.data.iza import iza_structure
from zeo.structure import Structure
from zeo_cleanup.dls import regularise
from zeo_cleanup.relax.framework import nearest_bonds, tetrahedra_of
from zeo_cleanup.relax.parameters import sanders_leslie_catlow
from zeo_cleanup.relax.relaxation import EV, core_shells, relax

UNTAPERED_QUARTZ = -128.70206
"""eV per SiO2."""

INPUT = """
units metal
atom_style full
box tilt large
boundary p p p
special_bonds lj/coul 0.0 1.0 1.0
read_data {data}
group shells type 3
pair_style buck/coul/long/cs 12.0 10.0
pair_coeff * * 0.0 1.0 0.0
pair_coeff 1 3 1283.907 0.32052 10.66158 10.0
pair_coeff 3 3 22764.0 0.149 27.879 12.0
pair_modify table 0
bond_style harmonic
bond_coeff 1 37.46 0.0
angle_style harmonic
angle_coeff 1 1.04862 109.47
kspace_style ewald 1.0e-6
neighbor 1.0 bin
min_style cg
thermo_style custom step pe press fmax vol
thermo 1000
minimize 0.0 1.0e-3 1000 10000
variable before equal pe
label again
variable last equal ${{before}}
fix cell all box/relax tri 0.0 vmax 0.002
minimize 1.0e-10 1.0e-4 500 5000
unfix cell
minimize 0.0 1.0e-3 500 5000
variable now equal pe
variable change equal abs(${{now}}-${{last}})
variable pressure equal abs(press)
variable before equal ${{now}}
variable round loop 15
print "round ${{round}} change ${{change}}"
if "(${{change}} < {limit}) && (${{pressure}} < 200)" then "jump SELF done"
next round
jump SELF again
label done
variable energy equal pe
variable pressure equal press
variable force equal fmax
print "RESULT ${{energy}} ${{pressure}} ${{force}}"
"""


def main() -> None:
    program, codes = sys.argv[1], sys.argv[2:] or ["LTA", "AFI"]
    relax(iza_structure("SOD"))
    for code in codes:
        structure = iza_structure(code)
        started = time.perf_counter()
        found = relax(structure)
        ours = time.perf_counter() - started
        energy, pressure, force, theirs = lammps(program, structure)
        print(
            f"{code} {len(structure)} atoms: ours {found.energy:.3f} kJ/mol Si in {ours:.3f} s,"
            f" LAMMPS {(energy - UNTAPERED_QUARTZ) * EV:.3f} in {theirs:.1f} s"
            f" ({pressure:.0f} bar, {force:.1e} eV/A), {theirs / ours:.0f} times as long"
        )


def lammps(program: str, structure: Structure) -> tuple[float, float, float, float]:
    """Energy (eV per Si), pressure (bar), largest force (eV/A) and seconds."""
    bonds = nearest_bonds(structure)
    regular = regularise(structure, bonds).structure
    silicon = structure.count("Si")
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "data", Path(folder) / "in"
        data.write_text(data_file(regular, tetrahedra_of(regular, bonds).oxygen))
        script.write_text(INPUT.format(data=data, limit=1e-5 * silicon))
        started = time.perf_counter()
        run = subprocess.run(
            [program, "-in", str(script), "-log", "none"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        seconds = time.perf_counter() - started
    result = re.search(r"^RESULT (\S+) (\S+) (\S+)", run.stdout, re.MULTILINE)
    if result is None:
        sys.exit(run.stdout[-2000:] + run.stderr)
    energy, pressure, force = map(float, result.groups())
    return energy / silicon, pressure, force, seconds


def data_file(structure: Structure, oxygen: np.ndarray) -> str:
    """A framework for ``atom_style full``: shells are atoms of type 3 bonded to their cores."""
    lattice, turn = lower_triangular(structure.lattice)
    start = core_shells(structure)
    n_si, n_o = len(oxygen), 2 * len(oxygen)
    cores = start.cores @ turn
    sites = np.concatenate([cores, cores[n_si:] + 1e-4])
    p = sanders_leslie_catlow()
    kinds = np.repeat([1, 2, 3], [n_si, n_o, n_o])
    charges = np.repeat([p.silicon, p.oxygen_core, p.oxygen_shell], [n_si, n_o, n_o])
    one, other = np.triu_indices(4, k=1)
    angles = [
        (n_si + n_o + shells[a] + 1, si + 1, n_si + n_o + shells[b] + 1)
        for si, shells in enumerate(oxygen)
        for a, b in zip(one, other, strict=True)
    ]
    (xx, _, _), (xy, yy, _), (xz, yz, zz) = lattice
    lines = ["framework", "", f"{len(sites)} atoms", f"{n_o} bonds", f"{len(angles)} angles"]
    lines += ["3 atom types", "1 bond types", "1 angle types", ""]
    lines += [f"0 {xx} xlo xhi", f"0 {yy} ylo yhi", f"0 {zz} zlo zhi", f"{xy} {xz} {yz} xy xz yz", ""]
    lines += ["Masses", "", "1 28.0855", "2 15.5", "3 0.4994", "", "Atoms", ""]
    molecule = np.concatenate([np.arange(n_si + n_o), np.arange(n_si, n_si + n_o)]) + 1
    lines += [
        f"{k + 1} {molecule[k]} {kinds[k]} {charges[k]} {x:.12f} {y:.12f} {z:.12f}"
        for k, (x, y, z) in enumerate(sites)
    ]
    lines += ["", "Bonds", ""]
    lines += [f"{k + 1} 1 {n_si + k + 1} {n_si + n_o + k + 1}" for k in range(n_o)]
    lines += ["", "Angles", ""]
    lines += [f"{k + 1} 1 {a} {b} {c}" for k, (a, b, c) in enumerate(angles)]
    return "\n".join(lines) + "\n"


def lower_triangular(lattice: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cell with a along x and b in the xy plane, and the rotation that takes rows there."""
    q, r = np.linalg.qr(lattice.T)
    signs = np.sign(np.diag(r))
    return (r * signs[:, None]).T, q * signs


if __name__ == "__main__":
    main()
