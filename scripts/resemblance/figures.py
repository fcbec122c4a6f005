"""The figures of the card: how the resemblance fares on frameworks that it has not learned from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from attrs import evolve
from resemblance.examples import TEST, TRAIN, drawn, hypothetical, iza_types, rows_of
from resemblance.learning import FILE, Floats, fitted, is_iza, numbers_of
from scipy.stats import spearmanr

from zeo_probes.framework_features import DISTANCES, FEATURES, RINGS, Rest, at_rest
from zeo_probes.resemblance import Model, shipped_model

AFTER_2011 = Path(__file__).parents[1] / "types_after_2011.txt"


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


def thresholds(model: Model, test: pd.DataFrame) -> dict[float, float]:
    """Scores that 5 % and 1 % of the hypothetical frameworks exceed, by the rate."""
    others = model.score(numbers_of(test[~test.iza]))
    return {rate: threshold(others, rate) for rate in (0.05, 0.01)}


def print_figures(
    model: Model, limits: Mapping[float, float], known: pd.DataFrame, from_sets: pd.DataFrame
) -> None:
    """All figures of the card.

    Args:
        model: as it is shipped.
        limits: see :func:`thresholds`.
        known: all frameworks, what runs have found included.
        from_sets: those of the IZA and of data sets, from which the model learned.
    """
    known, from_sets = (some.assign(score=model.score(numbers_of(some))) for some in (known, from_sets))
    train, test = (from_sets[from_sets.split == split] for split in (TRAIN, TEST))
    iza, others = test[test.iza], test[~test.iza]
    counts = f"{train.iza.sum()} types and {(~train.iza).sum()} hypothetical frameworks"
    print(f"learned from {counts}; tested with {len(iza)} and {len(others)}")
    print("held out:", recall(iza.score.to_numpy(), others.score.to_numpy()))
    print("thresholds:", {rate: round(limit, 3) for rate, limit in limits.items()})
    print_sources(known, iza, limits)
    print_calibration(test)
    print_time_split(from_sets)
    print_controls(train, iza, others)
    weights = dict(zip(FEATURES, np.round(model.weights, 2).tolist(), strict=True))
    print("weights:", dict(sorted(weights.items(), key=lambda item: -abs(item[1]))))


def print_sources(known: pd.DataFrame, iza: pd.DataFrame, limits: Mapping[Any, float]) -> None:
    print("of each source: frameworks, median score, above the thresholds of 5 and 1 %, recall at its own")
    for name, some in known[(known.split == TEST) & ~known.iza].groupby("set"):
        above = [f"{100 * (some.score > limit).mean():.1f} %" for limit in limits.values()]
        own = recall(iza.score.to_numpy(), some.score.to_numpy())
        print(f"  {name}: {len(some)}, {some.score.median():.3f}, {above}, {own}")


def compare(runs: Sequence[Path]) -> None:
    """How the shipped model scores what runs have found, beside the held-out types."""
    types = [one for one in iza_types() if one[2] == TEST]
    known = rows_of([*types, *chain.from_iterable(map(drawn, runs))])
    known = known.assign(iza=known.set == "iza", score=shipped_model().score(numbers_of(known)))
    limits = json.loads(FILE.read_text())["thresholds"]
    print_sources(known, known[known.iza], limits)


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
