"""Fit the resemblance to known zeolites: the data of ``zeo_probes.resemblance``, and the figures of its card.

    python scripts/fit_resemblance.py measure features.parquet runs/search-1 runs/zeosym-1
    python scripts/fit_resemblance.py fit features.parquet
    python scripts/fit_resemblance.py compare runs/search-1 runs/zeosym-1
    python scripts/fit_resemblance.py shake --number 80

``measure`` relaxes the IZA types, hypothetical frameworks of ``standard`` and ``datasets/open-*`` and what
runs have found, all alike, and notes what they look like. ``fit`` learns from the IZA types that are not
held out and from the hypothetical frameworks for training, writes the model and prints how the rest fares.
``compare`` scores what runs have found by the shipped model, beside the types that are held out.
``shake`` asks whether it is their symmetry that tells IZA types: it scores frameworks without it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from resemblance.examples import SAMPLES, TEST, TRAIN, measure
from resemblance.figures import compare, print_figures, shake, thresholds
from resemblance.learning import calibrated, fitted, is_iza, iza_line, numbers_of, write


def fit(table: Path) -> None:
    """Learn from the frameworks for training, write the model, and print how the others fare."""
    known = pd.read_parquet(table)
    known["iza"] = known.set == "iza"
    from_sets = known[known.iza | known.set.isin(SAMPLES)]
    train, test = (from_sets[from_sets.split == split] for split in (TRAIN, TEST))
    line = iza_line(train[train.iza])
    model = fitted(numbers_of(train), is_iza(train), line)
    model = calibrated(model, numbers_of(train), is_iza(train))
    limits = thresholds(model, test)
    write(model, limits)
    print_figures(model, limits, known, from_sets)


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("out", type=Path)
    measuring.add_argument("runs", type=Path, nargs="*")
    commands.add_parser("fit").add_argument("table", type=Path)
    commands.add_parser("compare").add_argument("runs", type=Path, nargs="+")
    commands.add_parser("shake").add_argument("--number", type=int, default=80)
    chosen = parser.parse_args()
    if chosen.command == "measure":
        measure(chosen.out, chosen.runs)
    elif chosen.command == "fit":
        fit(chosen.table)
    elif chosen.command == "compare":
        compare(chosen.runs)
    else:
        shake(chosen.number)


if __name__ == "__main__":
    main()
