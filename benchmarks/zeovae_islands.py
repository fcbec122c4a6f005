"""What lies around and between the latent vectors of known frameworks.

    python benchmarks/zeovae_islands.py
    python benchmarks/zeovae_islands.py --samples 200

Around: the anchors of the model (latent vectors of training frameworks) with normal noise, in units of the
distance of an anchor from its nearest neighbour. This is what a kernel density estimate of the training set
would draw as a prior. Between: straight from an anchor toward another one of the same space group, one of the
three nearest in latent vector and cell. Samples are decoded, repaired and named.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from attrs import evolve

from zeo.data.known.novelty import novelty_of
from zeo.plugin.candidate import Candidate
from zeo.plugin.framework import NEW
from zeo.plugin.registry import installed_plugins
from zeo.tools.tables import format_table
from zeo_learning.templates import Template
from zeo_zeovae.generator import ZeoVAE
from zeo_zeovae.options import ZeoVAEOptions

NOISE = (0.8, 1.1, 1.4, 2.0)
SHARES = (0.2, 0.3, 0.4, 0.5)

NEAREST = 3

CELL_WEIGHT = 10.0
"""Of a unit of the logarithm of an edge beside the distance of latent vectors, in choosing neighbours."""


class Islands:
    """A model, and what becomes of latent vectors."""

    def __init__(self) -> None:
        self.plugins = installed_plugins()
        self.generator = ZeoVAE(ZeoVAEOptions(), self.plugins)
        self.generator.load(None, "cpu")
        self.seen = self.generator.seen(None)
        anchors = self.generator.model.anchors
        assert anchors is not None
        self.anchors = anchors
        self.templates = [self.generator.model.templates[int(number)] for number in anchors.templates]

    def outcome(self, latents: torch.Tensor, templates: Sequence[Template]) -> list[str]:
        """Samples, perfect ones, distinct nets and new ones."""
        nets = []
        sources: list[dict[str, object]] = [{}] * len(templates)
        for sample in self.generator.decoded(latents, templates, range(len(templates)), sources):
            structure = self.generator.model.form.representation.decode(sample.encoded)
            candidate = Candidate.of(structure, sample.encoded)
            for stage in ("repair", "identify"):
                if candidate.rejection is None:
                    candidate = self.plugins.create("postprocessor", stage).apply(candidate)
            if candidate.identity is not None:
                nets.append((candidate.identity.key, candidate.identity.name))
        new = sum(novelty_of(key, name, self.seen) == NEW for key, name in set(nets))
        return [str(count) for count in (len(templates), len(nets), len(set(nets)), new)]

    def around(self, noise: float, chosen: Sequence[int], rng: np.random.Generator) -> list[str]:
        vectors = self.anchors.latents[list(chosen)]
        unit = torch.from_numpy(rng.standard_normal(vectors.shape).astype(np.float32))
        latents = vectors + noise * self.anchors.reach / vectors.shape[1] ** 0.5 * unit
        return self.outcome(latents, [self.templates[k] for k in chosen])

    def between(self, share: float, chosen: Sequence[int], rng: np.random.Generator) -> list[str]:
        latents, templates = [], []
        for k in chosen:
            near = self.neighbours(k)
            if near:
                other = near[int(rng.integers(len(near)))]
                latents.append(torch.lerp(self.anchors.latents[k], self.anchors.latents[other], share))
                templates.append(mixed(self.templates[k], self.templates[other], share))
        return self.outcome(torch.stack(latents), templates)

    def neighbours(self, k: int) -> list[int]:
        """The nearest anchors of the same space group."""
        own = self.templates[k]

        def apart(other: int) -> float:
            vectors = self.anchors.latents[other] - self.anchors.latents[k]
            edges = np.abs(np.log(self.templates[other].lengths / own.lengths)).sum()
            return float(vectors.norm()) + CELL_WEIGHT * float(edges)

        same = [j for j, template in enumerate(self.templates) if j != k and group(template) == group(own)]
        return sorted(same, key=apart)[:NEAREST]


def group(template: Template) -> tuple[bytes, bytes]:
    return template.symmetry.rotations.tobytes(), template.symmetry.translations.tobytes()


def mixed(first: Template, second: Template, share: float) -> Template:
    """A cell and a size between two."""
    edges = np.exp((1 - share) * np.log(first.lengths) + share * np.log(second.lengths))
    return evolve(first, lengths=edges, t_atoms=round((1 - share) * first.t_atoms + share * second.t_atoms))


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=48)
    samples = parser.parse_args().samples
    islands, rng = Islands(), np.random.default_rng(0)
    rows = []
    for noise in NOISE:
        chosen = rng.integers(len(islands.templates), size=samples).tolist()
        rows.append([f"around, noise {noise:g}", *islands.around(noise, chosen, rng)])
    for share in SHARES:
        chosen = rng.integers(len(islands.templates), size=samples).tolist()
        rows.append([f"{share:.0%} of the way to a neighbour", *islands.between(share, chosen, rng)])
    heading = ["", "samples", "perfect", "distinct", "new"]
    print(format_table([heading], rows, right={1, 2, 3, 4}))


if __name__ == "__main__":
    main()
