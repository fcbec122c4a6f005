"""How exact, how honest and how fast adsorption at pressure is, in CPU time of one core.

    python benchmarks/loading.py                    # all but RASPA
    python benchmarks/loading.py deliverable        # methane, 65 -> 5.8 bar, frameworks of `standard`
    python benchmarks/loading.py cells              # one unit cell against cells of at least 24 A
    python benchmarks/loading.py co2                # a whole isotherm of CO2: set-up, chains, errors
    python benchmarks/loading.py raspa --out FILE   # against RASPA 3 (the extra `raspa`): hours
    python benchmarks/loading.py verdict FILE       # how many points lie inside the joint 95 % interval

Compilation is not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import attrs
import numpy as np

from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.data.sets.store import DataSet
from zeo_adsorption.equation_of_state import fugacity
from zeo_adsorption.host import Host, host_of, repeats_of
from zeo_adsorption.ladder import Estimate, climb, rungs_up_to
from zeo_adsorption.loading import Co2Loading, Loading, MethaneLoading
from zeo_adsorption.molecule import load_molecule
from zeo_adsorption.simulation import BAR
from zeo_probes.gases import Methane

TEMPERATURE = 298.0
LOW, HIGH = 5.8, 65.0
T_ATOMS = (45, 55)
LEAST_VOID = 0.03
FRAMEWORKS = 16

REFERENCE_MOVES = 1_000_000
"""On each rung: 20 times those of the probe's first ladder."""

WHOLE = 24.0
"""Angstrom: twice the cutoff."""

WANTED = 0.015
"""Relative standard error that a run of RASPA is laid out for, by a pilot."""

STUDENT = 2.776
"""Half of the 95 % interval of five blocks, in standard errors."""

POINTS = [
    (code, gas, bar)
    for code in ("LTA", "FAU", "CHA", "MFI")
    for gas in ("methane", "krypton", "xenon")
    for bar in (1.0, 5.8, 65.0)
] + [(code, "co2", bar) for code in ("CHA", "MFI") for bar in (0.2, 1.0)]


def deliverable(arguments: argparse.Namespace) -> None:
    """The probe as it comes against a run 20 times longer, for several seeds."""
    MethaneLoading(MethaneLoading.Options()).properties(iza_structure("CHA"))  # compiles
    seconds, deviations, errors = [], [], []
    for name, structure in chosen_frameworks():
        reference = long_run(structure)
        own = []
        for seed in range(arguments.seeds):
            probe = MethaneLoading(MethaneLoading.Options(seed=seed, precision=arguments.precision))
            anew = attrs.evolve(structure)  # whose grid nobody remembers
            started = time.process_time()
            found = probe.properties(anew)
            seconds.append(time.process_time() - started)
            own.append(found["deliverable"].value / reference.value - 1.0)
            errors.append(math.hypot(found["deliverable_error"].value, reference.error) / reference.value)
        deviations += own
        shown = " ".join(f"{100 * each:+.2f}" for each in own)
        uncertain = 100 * reference.error / reference.value
        print(f"{name:>12} {reference.value:7.3f} mol/kg +- {uncertain:.2f} %: {shown} %")
    rms, largest = np.sqrt(np.mean(np.square(deviations))), np.abs(deviations).max()
    print(f"{np.mean(seconds):.3f} CPU-s a framework, grids included (at most {max(seconds):.3f})")
    print(f"rms deviation {100 * rms:.2f} %, largest {100 * largest:.2f} %")
    print(f"rms deviation over reported error: {rms / np.sqrt(np.mean(np.square(errors))):.2f}")


def chosen_frameworks() -> list[tuple[str, Structure]]:
    """Of the data set, in an order fixed by a seed."""
    data = DataSet.open("standard")
    atoms = data.column("t_atoms")
    chosen = []
    for index in np.random.default_rng(0).permutation(
        np.flatnonzero((atoms >= T_ATOMS[0]) & (atoms <= T_ATOMS[1]))
    ):
        structure = data.structure(int(index))
        void = Methane(Methane.Options(n=32)).properties(structure)["void_fraction_accessible"].value
        if void is not None and void > LEAST_VOID:
            chosen.append((data.names[index], structure))
        if len(chosen) == FRAMEWORKS:
            break
    return chosen


def long_run(structure: Structure) -> Estimate:
    molecule = load_molecule("methane")
    low, high = (fugacity(TEMPERATURE, bar * BAR, molecule.critical) for bar in (LOW, HIGH))
    ladder = climb(host_of(structure, [molecule], TEMPERATURE, 0.2), [low, high], REFERENCE_MOVES, seed=10**6)
    return ladder.estimate(lambda each: each.loading(high) - each.loading(low))


def cells(arguments: argparse.Namespace) -> None:
    """The cell that is simulated by default against one that is thicker than twice the cutoff."""
    molecule = load_molecule("methane")
    for code in ("MFI", "LTA", "CHA"):
        structure = iza_structure(code)
        whole = repeats_of(structure.lattice, WHOLE)
        hosts = [
            host_of(each, [molecule], TEMPERATURE, 0.2)
            for each in (structure, Structure.from_ase(structure.to_ase().repeat(whole)))
        ]
        for bar in (1.0, LOW, HIGH):
            one, many = (loading_at(host, bar, arguments.moves) for host in hosts)
            error = math.hypot(one.error, many.error) / many.value
            change = one.value / many.value - 1.0
            shown = f"{100 * change:+.2f} +- {100 * error:.2f} %"
            print(f"{code} {hosts[0].repeats} against {whole}, {bar:g} bar: {shown}")


def loading_at(host: Host, bar: float, moves: int) -> Estimate:
    at = fugacity(host.temperature, bar * BAR, host.guests[0].molecule.critical)
    ladder = climb(host, rungs_up_to(host, at, 4), moves, seed=0)
    return ladder.estimate(lambda each: each.loading(at))


def co2(arguments: argparse.Namespace) -> None:
    """Seconds and errors of a whole isotherm of CO2."""
    pressures = [bar * BAR for bar in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]
    probe = Co2Loading(Co2Loading.Options(precision=0.02))
    probe.isotherm(iza_structure("CHA"), pressures[:1])  # compiles
    for code in arguments.codes:
        structure = iza_structure(code)
        started = time.process_time()
        probe.host(structure, [load_molecule("co2")])
        set_up = time.process_time() - started
        started = time.process_time()
        points = probe.isotherm(structure, pressures).points
        seconds = time.process_time() - started
        shown = ", ".join(
            f"{p.pressure / BAR:g} bar {p.loading:.3f} ({100 * p.loading_error / p.loading:.1f} %)"
            for p in points
        )
        print(f"{code}: {seconds:.2f} CPU-s, {set_up:.2f} of it tables of the framework; mol/kg: {shown}")


def raspa(arguments: argparse.Namespace) -> None:
    """Both programs at all points that the file does not hold yet, from the cheapest framework on."""
    from adapters.raspa import simulated  # the others do without RASPA

    done = rows_of(arguments.out)
    for code, gas, bar in POINTS:
        if any((row["code"], row["gas"], row["bar"]) == (code, gas, bar) for row in done):
            continue
        structure, molecule, pressure = iza_structure(code), load_molecule(gas), bar * BAR
        coefficient = fugacity(TEMPERATURE, pressure, molecule.critical) / pressure
        pilot = simulated(structure, molecule, TEMPERATURE, pressure, coefficient, arguments.pilot, seed=2)
        longer = max(1.0, (pilot.error / pilot.loading / WANTED) ** 2)
        cycles = int(arguments.pilot * longer)
        theirs = simulated(structure, molecule, TEMPERATURE, pressure, coefficient, cycles, seed=1)
        ours = own_loading(gas, structure, pressure)
        row = {
            "code": code,
            "gas": gas,
            "bar": bar,
            "raspa": theirs.loading,
            "raspa_error": theirs.error,
            "raspa_cpu": theirs.seconds,
            "cycles": cycles,
            "zeo": ours.value,
            "zeo_error": ours.error,
        }
        with arguments.out.open("a") as stream:
            stream.write(json.dumps(row) + "\n")


def own_loading(gas: str, structure: Structure, pressure: float) -> Estimate:
    """By zeo's probe."""
    kinds = {each.gas: each for each in Loading.__subclasses__()}
    point = kinds[gas](kinds[gas].Options(precision=0.005)).isotherm(structure, [pressure]).points[0]
    return Estimate(point.loading, point.loading_error)


def verdict(arguments: argparse.Namespace) -> None:
    rows = rows_of(arguments.out)
    inside = 0
    for row in rows:
        apart = row["zeo"] - row["raspa"]
        interval = STUDENT * math.hypot(row["zeo_error"], row["raspa_error"])
        inside += abs(apart) <= interval
        print(
            f"{row['code']} {row['gas']:>8} {row['bar']:5g} bar:"
            f" zeo {row['zeo']:.4f} +- {row['zeo_error']:.4f},"
            f" RASPA {row['raspa']:.4f} +- {row['raspa_error']:.4f} ({row['raspa_cpu']:.0f} CPU-s):"
            f" {100 * apart / row['raspa']:+.1f} %{'' if abs(apart) <= interval else ' OUTSIDE'}"
        )
    precise = sum(row["raspa_error"] <= 0.02 * row["raspa"] for row in rows)
    print(f"{inside} of {len(rows)} inside the joint 95 % interval; RASPA within 2 % at {precise}")


def everything(arguments: argparse.Namespace) -> None:
    for one in (deliverable, cells, co2):
        one(arguments)


def rows_of(file: Path) -> list[dict[str, float | str]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.set_defaults(run=everything, seeds=3, precision=0.02, moves=1_000_000, codes=["MFI", "CHA", "LTA"])
    commands = parser.add_subparsers()
    one = commands.add_parser("deliverable")
    one.add_argument("--seeds", type=int, default=3)
    one.add_argument("--precision", type=float, default=0.02)
    one.set_defaults(run=deliverable)
    one = commands.add_parser("cells")
    one.add_argument("--moves", type=int, default=1_000_000, help="on each of four rungs")
    one.set_defaults(run=cells)
    one = commands.add_parser("co2")
    one.add_argument("codes", nargs="*", default=["MFI", "CHA", "LTA"])
    one.set_defaults(run=co2)
    one = commands.add_parser("raspa")
    one.add_argument("--out", type=Path, required=True, help="JSON lines, one a point")
    one.add_argument("--pilot", type=int, default=3000, help="cycles of the run that lays out the long one")
    one.set_defaults(run=raspa)
    one = commands.add_parser("verdict")
    one.add_argument("out", type=Path)
    one.set_defaults(run=verdict)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
