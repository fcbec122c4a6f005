"""A generator of matrices: a known framework with noise in proportion to how its cell varies."""

import numpy as np
from attrs import frozen

from zeo.errors import ConfigError
from zeo.plugin.candidate import Sample
from zeo.plugin.interfaces import Generator
from zeo.plugin.options import option


class Trembling(Generator):
    """Matrices of ``sites``: one of the training set, its cell scaled and its atoms moved."""

    @frozen(kw_only=True)
    class Options:
        noise: float = option(0.002, "standard deviation of fractional coordinates", at_least=0.0)

    def train(self, data, out, progress):
        """Learn how much the lengths of cells vary, and remember the matrices."""
        sites = self.plugins.create("representation", "atom-rows")
        matrices = []
        for done, framework in enumerate(data, start=1):
            matrices.append(sites.encode(framework.structure))
            progress(done, len(data), framework.name)
        edges = [np.cbrt(abs(np.linalg.det(matrix[:3, 1:]))) for matrix in matrices]
        checkpoint = out / "trembling.npz"
        np.savez(checkpoint, matrices=matrices, variation=np.std(edges) / np.mean(edges))
        return checkpoint

    def load(self, checkpoint, device):
        """Read a checkpoint of :meth:`train`; this generator ships none."""
        if checkpoint is None:
            raise ConfigError("trembling has no weights of its own: make some with `zeo train trembling`")
        try:
            with np.load(checkpoint) as learned:
                self.matrices, self.variation = learned["matrices"], float(learned["variation"])
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"{checkpoint} is no checkpoint of trembling: {error}") from error

    def sample(self, seeds, condition=None):
        """One matrix for each seed; the decode stage makes atoms of it."""
        for seed in seeds:
            rng = np.random.default_rng(seed)
            matrix = self.matrices[rng.integers(len(self.matrices))].copy()
            matrix[:3] *= np.exp(self.variation * rng.normal())
            matrix[3:, 1:] += self.options.noise * rng.normal(size=matrix[3:, 1:].shape)
            yield Sample(seed=seed, encoded=matrix)
