"""The ``zeovae`` generator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zeo.data.known.frameworks import Framework
from zeo.data.known.named import framework_named
from zeo.errors import ConfigError
from zeo.plugin.candidate import JSON, Rejection, Sample
from zeo.plugin.conditioning import Condition, Known, Latent
from zeo.plugin.interfaces import Between
from zeo_learning.frameworks import MisfitError
from zeo_learning.generator import LearnedGenerator
from zeo_learning.orbits import OrbitsOfPoints
from zeo_learning.precision import autocast
from zeo_learning.templates import Template
from zeo_zeovae.model import Model
from zeo_zeovae.options import ZeoVAEOptions
from zeo_zeovae.placed import Placed, placed
from zeo_zeovae.told import told_of

if TYPE_CHECKING:
    from zeo_learning.plan import TrainingPlan

STRAYED = 0.5
"""How far from an anchor a search begins, in units of the distance between anchors: of a hundred toward a
heat of 13 to 15 kJ/mol 89 end as feasible frameworks, 60 from 0.75, 31 from 1; new nets are rare from all."""

FAR = 2.0
"""Distance from all anchors, in their own, from which a record says that nothing is known there."""


class ZeoVAE(LearnedGenerator):
    """Decodes latent vectors: of a prior, around known frameworks, or moved toward targets."""

    Options = ZeoVAEOptions
    options: ZeoVAEOptions
    name = "zeovae"
    model_class = Model

    def plan(self, condition: Condition | None) -> TrainingPlan[Any, Any]:  # noqa: ARG002 (no part loss)
        """See :class:`zeo_zeovae.plan.ZeoVAEPlan`."""
        from zeo_zeovae.plan import ZeoVAEPlan

        return ZeoVAEPlan(self)

    def read(self, folder: Path) -> Model:
        """The model in a folder, with the user's options of its representation.

        Raises:
            ConfigError: a folder without a model, or one of another representation.
        """
        model = Model.loaded(folder, self.plugins)
        if model.form.name != self.options.representation:
            raise ConfigError(
                f"{folder} draws {model.form.name}, not {self.options.representation}:"
                f" add --representation {model.form.name}"
            )
        return model

    def use(self, model: Model, device: torch.device) -> None:
        """Draw from a model that is in memory."""
        self.model, self.device = model, device
        self.model.autoencoder.to(device).eval()
        self.orbits = OrbitsOfPoints(model.form.points)

    def known(self) -> Known:
        """What the branch knows, and which values the training set has."""
        quantities = self.model.properties.quantities
        spans = self.model.templates.spans()
        return Known(inputs=quantities, spans={name: spans[name] for name in quantities if name in spans})

    def interpolate(self, first: Framework, second: Framework) -> Between:
        """The great circle between two frameworks; see :mod:`zeo_zeovae.interpolation`."""
        from zeo_zeovae.interpolation import Interpolation

        ends = (self._placed(framework) for framework in (first, second))
        return Interpolation(self, *ends)

    @torch.no_grad()
    def embed(self, frameworks: Sequence[Framework]) -> list[NDArray[np.float32] | Rejection]:
        """Latent vectors [D], or why a framework has none: too large, or without an orthogonal cell."""
        return [self._embedded(framework) for framework in frameworks]

    def _embedded(self, framework: Framework) -> NDArray[np.float32] | Rejection:
        try:
            mean, _ = self.encoded(self._placed(framework))
        except MisfitError as error:
            return Rejection(error.reason, str(error))
        vector: NDArray[np.float32] = mean.cpu().numpy()
        return vector

    @torch.no_grad()
    def draw(self, seeds: Sequence[int], condition: Condition | None) -> Iterator[Sample]:
        """One sample for each seed, decoded together."""
        aims = [condition.values(seed) if condition else {} for seed in seeds]
        if condition is not None:
            latents, templates = self._searched(seeds, aims, condition)
        elif self.options.around:
            latents, templates = self._around(seeds)
        else:
            latents, templates = self._from_prior(seeds)
        sources = [self._source(*each) for each in zip(templates, aims, latents, strict=True)]
        yield from self.decoded(latents, templates, seeds, sources)

    @torch.no_grad()
    def decoded(
        self,
        latents: Tensor,
        templates: Sequence[Template],
        seeds: Sequence[int],
        sources: Sequence[Mapping[str, JSON]],
    ) -> Iterator[Sample]:
        """What latent vectors [B, D] stand for in the cells and symmetries of templates."""
        network, form = self.model.autoencoder, self.model.form
        labels = None
        if form.is_grid:
            orbits = np.stack([self.orbits.labels(template.symmetry) for template in templates])
            labels = torch.from_numpy(orbits).long().to(self.device)
        with autocast(self.device):
            drawn = network.decoded(latents, self.told(templates), labels).float().cpu().numpy()
        for k, seed in enumerate(seeds):
            yield Sample(seed=seed, encoded=form.encoded(drawn[k], templates[k]), source=sources[k])

    @torch.no_grad()
    def encoded(self, known: Placed) -> tuple[Tensor, Tensor]:
        """Mean [D] and standard deviation [D] of the latent vector of a framework."""
        array = torch.tensor(self.model.form.array(known.structure), device=self.device)[None]
        with autocast(self.device):
            mean, log_variance = self.model.autoencoder.posterior(array, self.told([known.template]))
        return mean[0], (0.5 * log_variance[0]).exp()

    def _placed(self, framework: Framework) -> Placed:
        return placed(framework, self.model.templates, self.model.form.points)

    def told(self, templates: Sequence[Template]) -> Tensor:
        """What the networks are told of samples for templates, [B, TOLD]."""
        told = [told_of(template, self.model.form.points) for template in templates]
        return torch.from_numpy(np.stack(told)).to(self.device)

    def _from_prior(self, seeds: Sequence[int]) -> tuple[Tensor, list[Template]]:
        streams = [np.random.default_rng((seed, 0)) for seed in seeds]
        known = self.model.templates
        templates = [known[int(stream.integers(len(known)))].jittered(stream) for stream in streams]
        noise = self._noise(seeds)
        if self.options.prior == "gan":
            noise = self.model.autoencoder.prior(noise, self.told(templates))
        return noise, templates

    def _around(self, seeds: Sequence[int]) -> tuple[Tensor, list[Template]]:
        centres = [self._centres[seed % len(self._centres)] for seed in seeds]
        means, spreads = (
            torch.stack(each) for each in zip(*(encoding for _, encoding in centres), strict=True)
        )
        latents = means + self.options.spread * spreads * self._noise(seeds)
        return latents, [known.template for known, _ in centres]

    @cached_property
    def _centres(self) -> list[tuple[Placed, tuple[Tensor, Tensor]]]:
        """The frameworks around which is drawn, and how they are encoded.

        Raises:
            InputError: one that the model cannot hold.
        """
        known = [self._placed(framework_named(name)) for name in self.options.around]
        return [(each, self.encoded(each)) for each in known]

    def _searched(
        self, seeds: Sequence[int], aims: Sequence[Mapping[str, float]], condition: Condition
    ) -> tuple[Tensor, list[Template]]:
        """From anchors whose frameworks have about what is wanted, moved to where the branch says it is."""
        anchors = self.model.anchors
        if anchors is None:
            raise ConfigError("this model keeps no latent vectors to search from: train it with this version")
        starts = [self._start(seed, values) for seed, values in zip(seeds, aims, strict=True)]
        known = [self.model.templates[int(anchors.templates[start])] for start in starts]
        latents = anchors.latents[starts].to(self.device)
        latents = latents + STRAYED * anchors.reach / latents.shape[1] ** 0.5 * self._noise(seeds)
        told, (wanted, columns) = self.told(known), self._wanted(aims)

        def lacking(moving: Tensor) -> Tensor:
            said: Tensor = self.model.autoencoder.branch(moving, told)
            return (said[:, columns] - wanted).float()

        space = Latent(lacking=lacking, away=anchors.away)
        return condition.conditioner.latent(space)(latents), known

    def _start(self, seed: int, aims: Mapping[str, float]) -> int:
        """The number of an anchor, rather one whose framework has what is aimed at."""
        assert self.model.anchors is not None
        stream, numbers = np.random.default_rng((seed, 0)), self.model.anchors.templates.numpy()
        chances = self.model.templates.chances(aims)
        if chances is None or not chances[numbers].sum() > 0:
            return int(stream.integers(len(numbers)))
        return int(stream.choice(len(numbers), p=chances[numbers] / chances[numbers].sum()))

    def _wanted(self, aims: Sequence[Mapping[str, float]]) -> tuple[Tensor, list[int]]:
        """What samples aim at [B, K], on the scale of the branch, and which of its outputs that is."""
        properties = self.model.properties
        columns = [properties.quantities.index(name) for name in aims[0]]
        wanted = [properties.encoded(values)[columns, 0] for values in aims]
        return torch.from_numpy(np.stack(wanted)).to(self.device), columns

    def _noise(self, seeds: Sequence[int]) -> Tensor:
        """[B, D], drawn on the CPU, so that it is the same on every device."""
        numbers = [np.random.default_rng((seed, 1)).standard_normal(self.model.latent) for seed in seeds]
        return torch.from_numpy(np.stack(numbers).astype(np.float32)).to(self.device)

    def _source(self, template: Template, aims: Mapping[str, float], latent: Tensor) -> dict[str, JSON]:
        source: dict[str, JSON] = {"t_atoms": template.t_atoms, "operations": len(template.symmetry)}
        if aims:
            source["aims"] = dict(aims)
        if self.model.anchors is not None:
            away = float(self.model.anchors.away(latent[None])[0])
            source["away"] = round(away, 3)
            if away > FAR:
                source["note"] = "far from all that was learned: the branch knows nothing there"
        return source
