"""Learning the resemblance: a logistic regression, calibrated on frameworks that it has not seen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import evolve
from numpy.typing import NDArray
from resemblance.examples import ROOT
from scipy.optimize import minimize

from zeo_probes.framework_features import FEATURES
from zeo_probes.resemblance import DATA, EnergyLine, Model, scaled

Floats = NDArray[np.float64]

FILE = ROOT / "plugins" / "probes" / "zeo_probes" / "data" / DATA

RIDGE = 1e-3
FOLDS = 5
HIGHEST_ENERGY = 30.0
"""kJ/mol Si; types above are no part of the line."""


def numbers_of(some: pd.DataFrame, names: Sequence[str] = FEATURES) -> Floats:
    found: Floats = some[list(names)].to_numpy(dtype=float)
    return found


def is_iza(some: pd.DataFrame) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = some.iza.to_numpy(dtype=bool)
    return found


def iza_line(types: pd.DataFrame) -> EnergyLine:
    """By least squares."""
    low = types[types.energy < HIGHEST_ENERGY]
    slope, intercept = np.polyfit(low.density, low.energy, 1)
    scatter = float(np.std(low.energy - intercept - slope * low.density))
    print(
        f"line of {len(low)} IZA types: {intercept:.2f} {slope:+.3f} density, scatter {scatter:.2f} kJ/mol Si"
    )
    return EnergyLine(round(float(slope), 4), round(float(intercept), 3))


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


def write(model: Model, limits: Mapping[float, float]) -> None:
    stored: dict[str, Any] = {"features": FEATURES}
    for name in ("mean", "deviation", "weights"):
        stored[name] = [float(f"{value:.6g}") for value in getattr(model, name)]
    stored["intercept"] = round(model.intercept, 6)
    stored["line"] = {"slope": model.line.slope, "intercept": model.line.intercept}
    stored["thresholds"] = {f"{100 * rate:g} %": round(limit, 3) for rate, limit in limits.items()}
    FILE.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
