"""Fit the resemblance to known zeolites: the data of ``zeo_probes.resemblance``, and the figures of its card.

    python scripts/fit_resemblance.py measure features.parquet runs/search-1 runs/zeosym-1
    python scripts/fit_resemblance.py fit features.parquet
    python scripts/fit_resemblance.py shake --number 80

``measure`` relaxes the IZA types, hypothetical frameworks of ``standard`` and ``datasets/open-*`` and what
runs have found, all alike, and notes what they look like. ``fit`` learns from the IZA types that are not
held out and from the hypothetical frameworks for training, writes the model and prints how the rest fares.
``shake`` asks whether it is their symmetry that tells IZA types: it scores frameworks without it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from attrs import evolve
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import spearmanr

from zeo import DataSet
from zeo.crystal.net import Net
from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_frameworks, relaxed_structure
from zeo.data.sets.entry import FEASIBLE
from zeo.data.sets.splits import held_out_codes
from zeo.tools.progress import progress
from zeo_cleanup.key import topology_of
from zeo_probes.framework_features import DISTANCES, FEATURES, RINGS, Rest, at_rest
from zeo_probes.resemblance import DATA, EnergyLine, Model, scaled, shipped_model

Floats = NDArray[np.float64]

ROOT = Path(__file__).parents[1]
FILE = ROOT / "plugins" / "probes" / "zeo_probes" / "data" / DATA
TRAIN, TEST = "train", "test"
SAMPLES = {
    "standard": (500, 400),
    "datasets/open-1": (150, 100),
    "datasets/open-2": (150, 100),
    "datasets/open-3": (150, 100),
    "datasets/open-4": (150, 100),
}
"""Hypothetical frameworks of each data set, for training and for testing."""

AFTER_2011 = Path(__file__).with_name("types_after_2011.txt")

RIDGE = 1e-3
FOLDS = 5
HIGHEST_ENERGY = 30.0
"""kJ/mol Si; types above are no part of the line."""

Example = tuple[str, str, str, Structure]
"""Of which set, its name, its split, its atoms."""


def iza_types() -> Iterator[Example]:
    """All four-connected ones, relaxed."""
    held_out = held_out_codes()
    for code in relaxed_frameworks():
        yield "iza", code, TEST if code in held_out else TRAIN, relaxed_structure(code)


def hypothetical(source: str, train: int, test: int, seed: int) -> Iterator[Example]:
    """Feasible frameworks of a data set whose nets are no IZA types, drawn at random."""
    data = DataSet.open(source if source == "standard" else ROOT / source)
    data = data.where(
        (data.column("verdict") == FEASIBLE) & np.array([c is None for c in data.column("code")])
    )
    names, splits = data.column("name"), data.column("split")
    stream = np.random.default_rng(seed)
    for split, number in ((TRAIN, train), (TEST, test)):
        some = np.flatnonzero((splits == TRAIN) if split == TRAIN else (splits != TRAIN))
        for index in stream.permutation(some)[:number]:
            yield source, str(names[index]), split, data.structure(int(index))


def drawn(run: Path) -> Iterator[Example]:
    """The distinct feasible nets of a run that are no IZA types."""
    data = DataSet.open(run)
    for index, code in enumerate(data.column("code")):
        if code is None:
            yield run.name, str(data.column("name")[index]), TEST, data.structure(index)


def row_of(example: Example, rest: Rest) -> dict[str, Any]:
    source, name, split, structure = example
    topology = topology_of(Net.from_structure(structure))
    facts = {"set": source, "name": name, "split": split, "unique_t": len(topology.sites)}
    return {**facts, "t_atoms": structure.count("Si"), **rest.numbers}


def measure(out: Path, runs: list[Path]) -> None:
    examples = [*iza_types()]
    for seed, (source, (train, test)) in enumerate(SAMPLES.items()):
        examples += hypothetical(source, train, test, seed)
    for run in runs:
        examples += drawn(run)
    rows = []
    with progress("relaxing", len(examples)) as advance:
        for example in examples:
            rest = at_rest(example[3])
            advance(example[1])
            if isinstance(rest, Rest):
                rows.append(row_of(example, rest))
            else:
                print(f"{example[0]} {example[1]}: {rest}")
    pd.DataFrame(rows).to_parquet(out)
    print(f"{len(rows)} of {len(examples)} frameworks: {out}")


def logistic(numbers: Floats, is_iza: NDArray[np.bool_], ridge: float = RIDGE) -> tuple[Floats, float]:
    """Weights and intercept; both classes count alike, however many they are."""
    weight = np.where(is_iza, 0.5 / is_iza.sum(), 0.5 / (~is_iza).sum())
    design = np.column_stack([np.ones(len(numbers)), numbers])
    penalised = np.r_[0.0, np.ones(numbers.shape[1])]

    def loss(solution: Floats) -> tuple[float, Floats]:
        odds = design @ solution
        value = weight @ (np.logaddexp(0.0, odds) - is_iza * odds) + ridge * penalised @ solution**2
        slope = (
            design.T @ (weight * (1.0 / (1.0 + np.exp(-odds)) - is_iza)) + 2.0 * ridge * penalised * solution
        )
        return float(value), slope

    found = minimize(
        loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000}
    ).x
    return found[1:], float(found[0])


def fitted(numbers: Floats, is_iza: NDArray[np.bool_], line: EnergyLine = EnergyLine(0.0, 0.0)) -> Model:  # noqa: B008
    """Before calibration; means and deviations are those of both classes together, each counted alike."""
    classes = [numbers[is_iza], numbers[~is_iza]]
    mean = np.mean([one.mean(axis=0) for one in classes], axis=0)
    deviation = np.sqrt(np.mean([np.square(one - mean).mean(axis=0) for one in classes], axis=0))
    deviation[deviation == 0.0] = 1.0
    weights, intercept = logistic(scaled(numbers, mean, deviation), is_iza)
    return Model(mean, deviation, weights, intercept, line)


def log_odds(score: Floats) -> Floats:
    return np.log(score) - np.log1p(-score)


def out_of_fold(numbers: Floats, is_iza: NDArray[np.bool_], seed: int = 0) -> Floats:
    """Scores by models that have not seen the framework."""
    fold = np.random.default_rng(seed).permutation(len(numbers)) % FOLDS
    scores = np.empty(len(numbers))
    for each in range(FOLDS):
        scores[fold == each] = fitted(numbers[fold != each], is_iza[fold != each]).score(
            numbers[fold == each]
        )
    return scores


def calibrated(model: Model, numbers: Floats, is_iza: NDArray[np.bool_]) -> Model:
    """With log-odds stretched and shifted to fit frameworks that were not learned from (J. Platt)."""
    odds = log_odds(out_of_fold(numbers, is_iza))
    stretch, shift = logistic(odds[:, None], is_iza, ridge=0.0)
    return evolve(model, weights=model.weights * stretch[0], intercept=model.intercept * stretch[0] + shift)


def threshold(scores: Floats, rate: float) -> float:
    """Which such a share of these scores exceeds."""
    return float(np.quantile(scores, 1.0 - rate))


def recall(iza: Floats, others: Floats) -> str:
    """Share of IZA types above the thresholds that 5 % and 1 % of the others exceed, with counts."""
    found = [int((iza > threshold(others, rate)).sum()) for rate in (0.05, 0.01)]
    area = float((iza[:, None] > others[None]).mean())
    return (
        ", ".join(
            f"{count} of {len(iza)} ({100 * count / len(iza):.0f} %) at {rate} %"
            for count, rate in zip(found, (5, 1), strict=True)
        )
        + f", AUC {area:.3f}"
    )


def iza_line(types: pd.DataFrame) -> EnergyLine:
    """By least squares."""
    low = types[types.energy < HIGHEST_ENERGY]
    slope, intercept = np.polyfit(low.density, low.energy, 1)
    scatter = float(np.std(low.energy - intercept - slope * low.density))
    print(
        f"line of {len(low)} IZA types: {intercept:.2f} {slope:+.3f} density, scatter {scatter:.2f} kJ/mol Si"
    )
    return EnergyLine(round(float(slope), 4), round(float(intercept), 3))


def matched(types: pd.DataFrame, others: pd.DataFrame, each: int = 3) -> pd.DataFrame:
    """For each type the others that are nearest in density and number of unique T atoms, none twice."""
    facts = [np.column_stack([one.density / 2.0, np.log(one.unique_t)]) for one in (types, others)]
    apart = np.linalg.norm(facts[0][:, None] - facts[1][None], axis=2)
    chosen: list[int] = []
    for _ in range(each):
        for row in apart:
            row[chosen] = np.inf
            chosen.append(int(np.argmin(row)))
    return others.iloc[chosen]


def fit(table: Path) -> None:
    known = pd.read_parquet(table)
    known["iza"] = known.set == "iza"
    from_sets = known[known.iza | known.set.isin(SAMPLES)]
    train, test = (from_sets[from_sets.split == split] for split in (TRAIN, TEST))
    line = iza_line(train[train.iza])
    model = fitted(numbers_of(train), is_iza(train), line)
    model = calibrated(model, numbers_of(train), is_iza(train))
    known["score"], test = model.score(numbers_of(known)), test.assign(score=model.score(numbers_of(test)))
    iza, others = test[test.iza], test[~test.iza]
    limits = {rate: threshold(others.score.to_numpy(), rate) for rate in (0.05, 0.01)}
    write(model, limits)
    counts = f"{train.iza.sum()} types and {(~train.iza).sum()} hypothetical frameworks"
    print(f"learned from {counts}; tested with {len(iza)} and {len(others)}")
    print("held out:", recall(iza.score.to_numpy(), others.score.to_numpy()))
    print("thresholds:", {rate: round(limit, 3) for rate, limit in limits.items()})
    print("of each source: frameworks, median score, above the thresholds of 5 and 1 %, recall at its own")
    for name, some in known[(known.split == TEST) & ~known.iza].groupby("set"):
        above = [f"{100 * (some.score > limit).mean():.1f} %" for limit in limits.values()]
        own = recall(iza.score.to_numpy(), some.score.to_numpy())
        print(f"  {name}: {len(some)}, {some.score.median():.3f}, {above}, {own}")
    print_calibration(test)
    print_time_split(from_sets)
    print_controls(train, iza, others)
    weights = dict(zip(FEATURES, np.round(model.weights, 2).tolist(), strict=True))
    print("weights:", dict(sorted(weights.items(), key=lambda item: -abs(item[1]))))


def numbers_of(some: pd.DataFrame, names: Sequence[str] = FEATURES) -> Floats:
    found: Floats = some[list(names)].to_numpy(dtype=float)
    return found


def is_iza(some: pd.DataFrame) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = some.iza.to_numpy(dtype=bool)
    return found


def print_calibration(test: pd.DataFrame) -> None:
    print("calibration, test, both classes counted alike: score, share of IZA types")
    weight = np.where(test.iza, 0.5 / test.iza.sum(), 0.5 / (~test.iza).sum())
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = ((test.score >= low) & (test.score < low + 0.2 + 1e-9)).to_numpy()
        if inside.any():
            share = weight[inside & is_iza(test)].sum() / weight[inside].sum()
            mean = np.average(test.score[inside], weights=weight[inside])
            print(f"  {low:.1f} to {low + 0.2:.1f}: n {inside.sum()}, {mean:.2f}, {share:.2f}")


def codes_after_2011() -> list[str]:
    lines = AFTER_2011.read_text(encoding="utf-8").splitlines()
    return [code for line in lines if not line.startswith("#") for code in line.split()]


def print_time_split(known: pd.DataFrame) -> None:
    """The later types are told by a model that has seen none but the earlier ones."""
    later = known.iza & known.name.isin(codes_after_2011())
    learned = known[(known.iza & ~later) | (~known.iza & (known.split == TRAIN))]
    model = fitted(numbers_of(learned), is_iza(learned))
    others = known[~known.iza & (known.split != TRAIN)]
    scores = [model.score(numbers_of(some)) for some in (known[later], others)]
    print(f"learned from the {int((known.iza & ~later).sum())} types of 2011, later ones:", recall(*scores))


def print_controls(train: pd.DataFrame, iza: pd.DataFrame, others: pd.DataFrame) -> None:
    ranges = [name for name in DISTANCES if name.startswith("range")]
    choices = {
        "energy and density": ["energy", "density"],
        "the nine distances": [*DISTANCES],
        "rings": [*RINGS],
        "energy, density and distances": ["energy", "density", *DISTANCES],
        "all but the ranges of distances": [name for name in FEATURES if name not in ranges],
        "number of T atoms and of unique ones alone": ["t_atoms", "unique_t"],
    }
    for what, names in choices.items():
        model = fitted(numbers_of(train, names), is_iza(train))
        print(f"{what}:", recall(*(model.score(numbers_of(some, names)) for some in (iza, others))))
    alike = matched(iza, others)
    print(
        f"against {len(alike)} others of the types' densities ({alike.density.median():.1f},"
        f" types {iza.density.median():.1f}, all others {others.density.median():.1f}) and unique T atoms"
        f" ({alike.unique_t.median():.0f}, {iza.unique_t.median():.0f}, {others.unique_t.median():.0f}):",
        recall(iza.score.to_numpy(), alike.score.to_numpy()),
    )
    for what, some in (("types", iza), ("others", others)):
        for fact in ("t_atoms", "unique_t"):
            print(f"rank correlation of score and {fact}, {what}: {spearmanr(some.score, some[fact])[0]:.2f}")


def write(model: Model, limits: dict[float, float]) -> None:
    stored: dict[str, Any] = {"features": FEATURES}
    for name in ("mean", "deviation", "weights"):
        stored[name] = [float(f"{value:.6g}") for value in getattr(model, name)]
    stored["intercept"] = round(model.intercept, 6)
    stored["line"] = {"slope": model.line.slope, "intercept": model.line.intercept}
    stored["thresholds"] = {f"{100 * rate:g} %": round(limit, 3) for rate, limit in limits.items()}
    FILE.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def shake(number: int, by: float = 0.05, seed: int = 0) -> None:
    """Scores before and after all atoms were moved, which then keep no symmetry in their relaxation."""
    stream = np.random.default_rng(seed)
    sets = {
        "types": islice((one for one in iza_types() if one[2] == TEST), number),
        "others": hypothetical("standard", 0, number, seed),
    }
    limit = json.loads(FILE.read_text())["thresholds"]["5 %"]
    for what, examples in sets.items():
        scores = []
        for _, _, _, structure in examples:
            moves = stream.normal(0.0, by, (len(structure), 3)) @ np.linalg.inv(structure.lattice)
            shaken = evolve(structure, frac_coords=structure.frac_coords + moves)
            pair = [one for one in map(at_rest, (structure, shaken)) if isinstance(one, Rest)]
            numbers = np.array([[one.numbers[name] for name in FEATURES] for one in pair])
            if len(pair) == 2:
                scores.append(shipped_model().score(numbers))
        found = np.array(scores)
        print(
            f"{what}: {len(found)}, median score {np.median(found, axis=0).round(3).tolist()},"
            f" above the threshold of 5 % {(found > limit).sum(axis=0).tolist()},"
            f" median change {np.median(np.abs(np.diff(found))):.3f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("out", type=Path)
    measuring.add_argument("runs", type=Path, nargs="*")
    commands.add_parser("fit").add_argument("table", type=Path)
    commands.add_parser("shake").add_argument("--number", type=int, default=80)
    chosen = parser.parse_args()
    if chosen.command == "measure":
        measure(chosen.out, chosen.runs)
    elif chosen.command == "fit":
        fit(chosen.table)
    else:
        shake(chosen.number)


if __name__ == "__main__":
    main()
