"""What comes back through the latent space of zeovae, and what its property branch knows.

    python benchmarks/zeovae.py MODEL --data standard
    python benchmarks/zeovae.py MODEL --data standard --frameworks 200

Frameworks that nothing was learned from are encoded (as the mean of their latent vector), decoded, repaired
and named. A framework has come back when it has its own net, by exact key. The control is the same with atoms
scrambled before the repair: in the same cell, as many, anywhere.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from torch import from_numpy

from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import training_frameworks
from zeo.plugin.candidate import Candidate
from zeo.plugin.registry import installed_plugins
from zeo_learning.frameworks import TrainingFramework, split_grids
from zeo_learning.split import Split
from zeo_zeovae.generator import ZeoVAE
from zeo_zeovae.options import ZeoVAEOptions
from zeo_zeovae.placed import Placed
from zeo_zeovae.plan import template_of


def came_back(structure: Structure, encoded: object, key: str | None) -> tuple[bool, bool]:
    """Whether the repair makes a perfect net of atoms, and whether it is that with the key."""
    plugins = installed_plugins()
    candidate = plugins.create("postprocessor", "repair").apply(Candidate.of(structure, encoded))
    if candidate.rejection is not None:
        return False, False
    identity = plugins.create("postprocessor", "identify").apply(candidate).identity
    return True, identity is not None and identity.key == key


def scrambled(structure: Structure, stream: np.random.Generator) -> Structure:
    return Structure(structure.lattice, structure.species, stream.random((len(structure), 3)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", nargs="+", default=["standard"])
    parser.add_argument("--frameworks", type=int, default=100)
    arguments = parser.parse_args()
    kind = json.loads((arguments.model / "model.json").read_text())["representation"]
    generator = ZeoVAE(ZeoVAEOptions(representation=kind), installed_plugins())
    generator.load(arguments.model, "cpu")
    model, form = generator.model, generator.model.form
    data = training_frameworks(*arguments.data)
    assert data.validation is not None
    limits = ZeoVAEOptions(max_t=int(model.templates.t_atoms.max()))
    split: Split[TrainingFramework] = split_grids(data.validation, limits, form.points)
    known = [*split.train, *split.validation]
    known = known[:: max(1, len(known) // arguments.frameworks)][: arguments.frameworks]
    stream = np.random.default_rng(0)
    counts = np.zeros(4, dtype=int)
    said, true = [], []
    for framework in known:
        placed = Placed(framework.structure, template_of(framework))
        latent, _ = generator.encoded(placed)
        (sample,) = generator.decoded(latent[None], [placed.template], [0], [{}])
        structure = form.representation.decode(sample.encoded)
        counts[:2] += came_back(structure, sample.encoded, framework.source.key)
        counts[2:] += came_back(scrambled(structure, stream), None, framework.source.key)
        told = generator.told([placed.template])
        said.append(model.autoencoder.branch(latent[None], told)[0].detach().numpy())
        true.append(model.properties.encoded(framework.source.properties))
    names = ("perfect", "its own net", "control: perfect", "control: its own net")
    for name, count in zip(names, counts, strict=True):
        print(f"{name:22} {count:4} of {len(known)}")
    predicted, values = np.stack(said), from_numpy(np.stack(true)).numpy()
    for k, name in enumerate(model.properties.quantities):
        there = values[:, k, 1] > 0
        if there.sum() > 2:
            r = np.corrcoef(predicted[there, k], values[there, k, 0])[0, 1]
            print(f"r of {name:34} {r:.3f}  ({there.sum()} frameworks)")


if __name__ == "__main__":
    main()
