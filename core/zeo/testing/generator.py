"""Conformance of generators."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zeo.crystal.structure import Structure
from zeo.data.known.frameworks import FrameworkSet
from zeo.errors import ConfigError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Rejection, Sample
from zeo.plugin.declare import GeneratorSpec
from zeo.plugin.interfaces import Generator, GridRepresentation
from zeo.plugin.seen import Seen
from zeo.testing.common import ConformanceError, check_common, is_json, require, snapshot
from zeo.testing.frameworks import few_frameworks
from zeo.tools.foreign import describe

SEEDS = (3, 1, 2)
EXPLORED_SEED = 5
FRACTIONS = (0.0, 0.5, 1.0)

BATCH_TOLERANCE = 1e-3
"""How much a sample may change with its neighbours in the batch, relative to its largest number."""

GRID_TOLERANCE = 2e-2
"""The same for each channel of a grid: a network in bfloat16 (steps of 2^-8) that sums in another order on
two threads was seen to change by 1.2e-2. Boltzmann factors, which are exponentials, count by logarithm."""


def check_generator(
    generator: Generator,
    spec: GeneratorSpec,
    checkpoint: Path | None = None,
    frameworks: FrameworkSet | None = None,
    device: str = "cpu",
) -> str:
    """Check a generator's training, if there are frameworks to train on, its samples and what else it does.

    Args:
        generator: with the options to check.
        spec: its record.
        checkpoint: weights to load; the generator's own when None.
        frameworks: to train on first, as :func:`zeo.testing.few_frameworks`; no training when None.
        device: where to compute.

    Returns:
        A remark when it could not be sampled for want of weights.

    Raises:
        ConformanceError: which promise is broken.
    """
    check_common("generator", generator, spec)
    trains = type(generator).train is not Generator.train
    require(trains or not spec.trainable, "its record says trainable, but it has no train()")
    require(spec.trainable or not trains, "it has train(), but its record does not say trainable")
    explores = type(generator).explore is not Generator.explore
    require(explores or not spec.explores, "its record says explores, but it has no explore()")
    require(spec.explores or not explores, "it has explore(), but its record does not say explores")
    interpolates = type(generator).interpolate is not Generator.interpolate
    require(
        interpolates or not spec.interpolates, "its record says interpolates, but it has no interpolate()"
    )
    require(
        spec.interpolates or not interpolates,
        "it has interpolate(), but its record does not say interpolates",
    )
    embeds = type(generator).embed is not Generator.embed
    require(embeds or not spec.embeds, "its record says embeds, but it has no embed()")
    require(spec.embeds or not embeds, "it has embed(), but its record does not say embeds")
    with tempfile.TemporaryDirectory(prefix="zeo-check-") as folder:
        if spec.trainable:
            _require_config_error(generator, Path(folder) / "missing", device)
        if frameworks is not None:
            checkpoint = _train(generator, frameworks, Path(folder) / "out")
        try:
            generator.load(checkpoint, device)
        except ConfigError:
            if checkpoint is None and spec.trainable:
                return "not sampled: it has no weights of its own"
            raise
        seen = generator.seen(checkpoint)
        require(isinstance(seen, Seen), f"seen() returned {type(seen).__name__}, not a Seen")
        _check_samples(generator, spec)
        if spec.explores:
            _check_exploration(generator, FrameworkSet((), _no_framework))
            _check_exploration(generator, few_frameworks())
        if spec.interpolates:
            _check_interpolation(generator, spec)
        if spec.embeds:
            _check_embedding(generator, few_frameworks())
    return ""


def _check_embedding(generator: Generator, frameworks: FrameworkSet) -> None:
    known = list(frameworks)
    together = generator.embed(known)
    require(
        isinstance(together, list) and len(together) == len(known),
        f"embed() of {len(known)} frameworks returned no list of as many",
    )
    vectors = [each for each in together if not isinstance(each, Rejection)]
    require(
        all(isinstance(each, np.ndarray) and each.ndim == 1 for each in vectors)
        and len({len(each) for each in vectors}) <= 1,
        "embed() returned something else than vectors [D] of one length, and a Rejection where there is none",
    )
    (alone,) = generator.embed(known[1:2])
    require(
        _in_one_place(alone, together[1]),
        "embed() puts a framework elsewhere when it is alone",
    )


def _in_one_place(one: NDArray[np.float32] | Rejection, other: NDArray[np.float32] | Rejection) -> bool:
    if isinstance(one, Rejection) or isinstance(other, Rejection):
        return type(one) is type(other) and one == other
    return bool(np.allclose(one, other, rtol=1e-3, atol=1e-4))


def _require_config_error(generator: Generator, missing: Path, device: str) -> None:
    try:
        generator.load(missing, device)
    except ConfigError:
        return
    except Exception as error:
        raise ConformanceError(
            f"load() of a missing checkpoint raised {describe(error)}; it should raise ConfigError"
        ) from error
    raise ConformanceError("load() of a missing checkpoint went unnoticed; it should raise ConfigError")


def _train(generator: Generator, frameworks: FrameworkSet, out: Path) -> Path:
    out.mkdir()
    checkpoint = generator.train(frameworks, out, lambda _done, _total, _message: None)
    require(isinstance(checkpoint, Path), f"train() returned {type(checkpoint).__name__}, not a Path")
    require(checkpoint.exists(), f"train() returned {checkpoint.name}, which does not exist")
    require(
        checkpoint.resolve().is_relative_to(out.resolve()),
        "train() wrote its checkpoint elsewhere than asked",
    )
    return checkpoint


def _check_samples(generator: Generator, spec: GeneratorSpec) -> None:
    samples = _sample(generator, spec, SEEDS)
    require(any(sample.rejection is None for sample in samples), f"nothing comes of any of the seeds {SEEDS}")
    repeated = _sample(generator, spec, SEEDS)
    require(
        [snapshot(sample) for sample in repeated] == [snapshot(sample) for sample in samples],
        "the same seeds gave other samples the second time",
    )
    by_seed = {sample.seed: sample for sample in samples}
    for seeds in ((1,), (2, 3)):
        for sample in _sample(generator, spec, seeds):
            require(
                _close(by_seed[sample.seed], sample),
                f"the sample of seed {sample.seed} depends on its neighbours in the batch",
            )
    require(any(not _close(samples[0], other) for other in samples[1:]), "all seeds give the same sample")


def _sample(generator: Generator, spec: GeneratorSpec, seeds: Sequence[int]) -> list[Sample]:
    samples = list(generator.sample(seeds))
    require(len(samples) == len(seeds), f"{len(seeds)} seeds gave {len(samples)} samples")
    for sample, seed in zip(samples, seeds, strict=True):
        _check_sample(sample, seed, "sample()")
        _check_content(generator, spec, sample)
    return samples


def _check_sample(sample: Sample, seed: int, method: str) -> None:
    require(isinstance(sample, Sample), f"{method} emitted {type(sample).__name__}, not a Sample")
    require(sample.seed == seed, f"the sample of seed {seed} says that its seed is {sample.seed}")
    require(is_json(dict(sample.source)), f"the source of sample {seed} is not JSON: {sample.source}")


def _no_framework(name: str) -> Structure:
    raise KeyError(name)


def _check_exploration(generator: Generator, parents: FrameworkSet) -> None:
    what = f"explore() with {len(parents)} parents"
    samples = list(generator.explore(EXPLORED_SEED, parents))
    for sample in samples:
        _check_sample(sample, EXPLORED_SEED, what)
        require(isinstance(sample.structure, Structure), f"{what} emitted a sample without a structure")
        require("operation" in sample.source, f"{what} does not say by which operation a sample came about")
        parent = sample.source.get("parent")
        require(parent in (None, *parents.names), f"{what} names a parent that it was not given: {parent!r}")
    repeated = list(generator.explore(EXPLORED_SEED, parents))
    require(
        [snapshot(sample) for sample in repeated] == [snapshot(sample) for sample in samples],
        f"{what} gave other frameworks the second time",
    )


def _check_interpolation(generator: Generator, spec: GeneratorSpec) -> None:
    first, _, second = few_frameworks()
    seed = SEEDS[0]

    def drawn(fractions: Sequence[float]) -> list[Sample]:
        samples = list(generator.interpolate(first, second)(fractions, seed))
        require(
            len(samples) == len(fractions),
            f"{len(fractions)} fractions of a path gave {len(samples)} samples",
        )
        return samples

    samples = drawn(FRACTIONS)
    for sample in samples:
        _check_sample(sample, seed, "interpolate()")
        _check_content(generator, spec, sample)
    require(
        [snapshot(sample) for sample in drawn(FRACTIONS)] == [snapshot(sample) for sample in samples],
        "interpolate() gave other samples the second time",
    )
    for fraction, sample in zip(FRACTIONS, samples, strict=True):
        require(
            _close(sample, drawn([fraction])[0]),
            f"the sample at fraction {fraction} of a path depends on its neighbours in the batch",
        )


def _check_content(generator: Generator, spec: GeneratorSpec, sample: Sample) -> None:
    if sample.rejection is not None:
        require(
            isinstance(sample.rejection, Rejection) and sample.rejection.reason.strip(),
            f"the sample of seed {sample.seed} is rejected without a reason",
        )
        return
    if spec.representation is None:
        require(
            isinstance(sample.structure, Structure),
            "its record names no representation, so it emits structures",
        )
        return
    require(
        sample.encoded is not None,
        f"it should emit what the representation {spec.representation!r} encodes, as Sample(encoded=...)",
    )
    representation = generator.plugins.create("representation", spec.representation)
    if isinstance(representation, GridRepresentation):
        measured = {name for entry in generator.plugins.entries("probe") for name in entry.spec.channels}
        _check_drawn_grid(representation, spec.representation, sample.grid, measured)
    decoded = representation.decode(sample.encoded)
    require(isinstance(decoded, Structure), f"what it emits is decoded into a {type(decoded).__name__}")


def _check_drawn_grid(
    representation: GridRepresentation, name: str, grid: Grid | None, measured: Set[str]
) -> None:
    """What probes compute may be left out of what is drawn: it is measured on the atoms alone then."""
    require(grid is not None, f"it should emit grids of the representation {name!r}")
    assert grid is not None
    missing = set(representation.channels) - set(grid.channels) - measured
    require(not missing, f"its grids lack channels of {name!r}: {', '.join(sorted(missing))}")


def _close(one: Sample, other: Sample) -> bool:
    """Whether two samples hold the same atoms and values, to within the tolerances."""
    first, second = _arrays(one), _arrays(other)
    same_atoms = (
        one.structure is None or other.structure is None or one.structure.species == other.structure.species
    )
    return (
        same_atoms
        and first.keys() == second.keys()
        and all(_within(a, second[name][0], tolerance) for name, (a, tolerance) in first.items())
    )


def _within(a: NDArray[Any], b: NDArray[Any], tolerance: float) -> bool:
    return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=tolerance * float(np.abs(a).max(initial=0)))


def _arrays(sample: Sample) -> dict[str, tuple[NDArray[Any], float]]:
    """What a sample holds, by name, each with its tolerance."""
    arrays: dict[str, tuple[NDArray[Any], float]] = {}
    if isinstance(sample.encoded, np.ndarray):
        arrays["encoded"] = sample.encoded, BATCH_TOLERANCE
    if sample.grid is not None:
        arrays["cell of the grid"] = sample.grid.lattice, BATCH_TOLERANCE
        for name in sample.grid.channels:
            values = sample.grid.channel(name)
            arrays[name] = np.log1p(values) if name.startswith("boltzmann:") else values, GRID_TOLERANCE
    if sample.structure is not None:
        arrays["cell"] = sample.structure.lattice, BATCH_TOLERANCE
        arrays["coordinates"] = sample.structure.frac_coords, BATCH_TOLERANCE
    return arrays
