"""The smallest generator that learns: how the framework density is distributed.

A sample is a framework of the training set, scaled alike along all axes to a density drawn from a log-normal
distribution, whose mean and deviation are those of the training set. The checkpoint is one JSON file.
"""

import json

import numpy as np
from attrs import frozen

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError
from zeo.plugin.candidate import Sample
from zeo.plugin.interfaces import Generator
from zeo.plugin.options import option


class Breathing(Generator):
    """Frameworks at densities like those of the training set."""

    @frozen(kw_only=True)
    class Options:
        spread: float = option(1.0, "factor on the learned deviation", at_least=0.0)

    def train(self, data, out, progress):
        """Remember the frameworks and learn the distribution of their densities (T atoms per 1000 A3)."""
        frameworks = []
        for done, framework in enumerate(data, start=1):
            frameworks.append(framework)
            progress(done, len(data), framework.name)
        log_densities = np.log([framework.structure.framework_density for framework in frameworks])
        learned = {
            "mean": float(np.mean(log_densities)),
            "deviation": float(np.std(log_densities)),
            "frameworks": [as_json(framework.name, framework.structure) for framework in frameworks],
        }
        checkpoint = out / "breathing.json"
        checkpoint.write_text(json.dumps(learned))
        return checkpoint

    def load(self, checkpoint, device):
        """Read a checkpoint of :meth:`train`; this generator ships none."""
        if checkpoint is None:
            raise ConfigError("breathing has no weights of its own: make some with `zeo train breathing`")
        try:
            self.learned = json.loads(checkpoint.read_text())
        except (OSError, ValueError) as error:
            raise ConfigError(f"{checkpoint} is no checkpoint of breathing: {error}") from error

    def sample(self, seeds, condition=None):
        """One scaled framework for each seed."""
        for seed in seeds:
            rng = np.random.default_rng(seed)
            known = self.learned["frameworks"][rng.integers(len(self.learned["frameworks"]))]
            structure = Structure(known["lattice"], known["species"], known["frac_coords"])
            density = rng.lognormal(self.learned["mean"], self.options.spread * self.learned["deviation"])
            scale = float(np.cbrt(structure.framework_density / density))
            scaled = Structure(scale * structure.lattice, structure.species, structure.frac_coords)
            yield Sample(seed=seed, structure=scaled, source={"framework": known["name"], "scale": scale})


def as_json(name, structure):
    """A framework as JSON."""
    return {
        "name": name,
        "lattice": structure.lattice.tolist(),
        "species": structure.species,
        "frac_coords": structure.frac_coords.tolist(),
    }
