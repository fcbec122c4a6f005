"""The conformance checks: a sound plugin of each kind passes, and each broken promise is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from scipy.spatial import cKDTree

from zeo import ConditionerSpec, GeneratorSpec, PostprocessorSpec, ProbeSpec, QuantitySpec, RepresentationSpec
from zeo.crystal.neighbours import close_pairs
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, GridError
from zeo.grids.grid import Grid
from zeo.plugin.candidate import Energy, Identity, Rejection, Sample
from zeo.plugin.discovery import Discovery
from zeo.plugin.facts import RelaxFacts, RepairFacts
from zeo.plugin.interfaces import (
    Conditioner,
    Generator,
    GridRepresentation,
    Postprocessor,
    PropertyProbe,
    Representation,
)
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins
from zeo.testing import (
    ConformanceError,
    check_conditioner,
    check_generator,
    check_plugin,
    check_postprocessor,
    check_probe,
    check_representation,
    few_frameworks,
    sodalite,
)
from zeo.testing.frameworks import primitive_sodalite, sodalite_net

TARGET = "somewhere:Something"


def no_plugins() -> Plugins:
    return Plugins(Discovery((), ()))


def refuse(check: Any, *arguments: Any, because: str, **keywords: Any) -> None:
    with pytest.raises(ConformanceError, match=because):
        check(*arguments, **keywords)


# The frameworks to test with


@pytest.mark.parametrize(("framework", "si"), [(sodalite(), 12), (primitive_sodalite(), 6)])
def test_sodalite_is_a_regular_framework(framework: Structure, si: int) -> None:
    assert (framework.count("Si"), framework.count("O")) == (si, 2 * si)
    assert framework.framework_density == pytest.approx(
        16.65, abs=0.01
    )  # T/1000 A3 of SOD in the IZA database
    pairs, distances = close_pairs(framework.lattice, framework.frac_coords, 2.0)
    assert np.allclose(distances, 1.61)
    assert (np.bincount(pairs.ravel()) == [4] * si + [2] * 2 * si).all()


def test_the_net_of_sodalite_is_four_connected() -> None:
    assert (sodalite_net().degrees == 4).all()


# Probes

PROBE_SPEC = ProbeSpec(
    name="nearest",
    summary="",
    target=TARGET,
    quantities=[QuantitySpec("farthest", "A")],
    channels=["distance"],
)


class Nearest(PropertyProbe):
    """Distance to the nearest atom, its channel and its largest value."""

    @attrs.frozen
    class Options:
        n: int = option(16, "points along each axis", at_least=1)

    def channel(self, name, structure, shape):
        steps = [np.arange(n) / n for n in shape]
        points = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1)
        images = np.array([[i, j, k] for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)])
        atoms = (structure.frac_coords[:, None] % 1.0 + images).reshape(-1, 3)
        distance, _ = cKDTree(atoms @ structure.lattice).query(points @ structure.lattice)
        return distance.astype(np.float32)

    def properties(self, source):
        if isinstance(source, Structure):
            values = self.channel("distance", source, (self.options.n,) * 3)
        else:
            values = source.channel("distance")
        return {"farthest": Quantity(float(values.max()), "A")}


class FarFromOrigin(Nearest):
    def properties(self, source):
        atoms = source.cart_coords if isinstance(source, Structure) else source.values
        return {"farthest": Quantity(float(np.abs(atoms).max()), "A")}


class FirstAtom(Nearest):
    def properties(self, source):
        return {"farthest": Quantity(float(source.species[0] == "Si"), "A")}


class OtherUnit(Nearest):
    def properties(self, source):
        return {"farthest": Quantity(1.0, "nm")}


class Forgetful(Nearest):
    def properties(self, source):
        return {}


class Talkative(Nearest):
    def properties(self, source):
        return super().properties(source) | {"extra": Quantity(1.0, "1")}


class Fickle(Nearest):
    count = 0.0

    def properties(self, source):
        self.count += 1
        return {"farthest": Quantity(self.count, "A")}


class Vandal(Nearest):
    def properties(self, source):
        if isinstance(source, Structure):
            source.frac_coords.setflags(write=True)
            source.frac_coords[:] = 0.0
        return {"farthest": Quantity(1.0, "A")}


class SwappedAxes(Nearest):
    def channel(self, name, structure, shape):
        return super().channel(name, structure, shape[::-1]).transpose(2, 1, 0)[::-1]


class DoubleChannel(Nearest):
    def channel(self, name, structure, shape):
        return super().channel(name, structure, shape).astype(np.float64)


class FixedShape(Nearest):
    def channel(self, name, structure, shape):
        return super().channel(name, structure, (8, 8, 8))


class CornerOfGrid(Nearest):
    def properties(self, source):
        if isinstance(source, Structure):
            return super().properties(source)
        return {"farthest": Quantity(float(source.channel("distance")[0, 0, 0]), "A")}


class Thawed(Nearest):
    @attrs.define
    class Options:
        n: int = option(16, "points along each axis")


class Unexplained(Nearest):
    @attrs.frozen
    class Options:
        n: int = 16


class BadDefault(Nearest):
    @attrs.frozen
    class Options:
        n: int = option(0, "points along each axis", at_least=1)


def test_a_sound_probe_passes() -> None:
    assert check_probe(Nearest(plugins=no_plugins()), PROBE_SPEC) == ""
    assert check_plugin("probe", Nearest(plugins=no_plugins()), PROBE_SPEC) == ""


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (FarFromOrigin, "translating the structure changed farthest"),
        (FirstAtom, "another order of the atoms changed farthest"),
        (OtherUnit, "farthest is declared in 'A' but returned in 'nm'"),
        (Forgetful, "left out what its record declares: farthest"),
        (Talkative, "returned what its record does not declare: extra"),
        (Fickle, "two different results"),
        (Vandal, "changed the structure"),
        (SwappedAxes, "does not roll the values"),
        (DoubleChannel, "is float64, not float32"),
        (FixedShape, r"has shape \(8, 8, 8\), not"),
        (CornerOfGrid, "rolling the periodic grid changed farthest"),
        (Thawed, "Options is not frozen"),
        (Unexplained, "option 'n' has no help"),
    ],
)
def test_a_probe_that_breaks_a_promise(cls: type[Nearest], because: str) -> None:
    refuse(check_probe, cls(plugins=no_plugins()), PROBE_SPEC, because=because)


def test_what_is_declared_as_a_whole_number_is_one() -> None:
    whole = attrs.evolve(PROBE_SPEC, quantities=[QuantitySpec("farthest", "A", whole=True)])
    refuse(
        check_probe,
        Nearest(plugins=no_plugins()),
        whole,
        because="farthest is declared as a whole number but returned as",
    )


def test_default_options_must_be_valid() -> None:
    probe = BadDefault(Nearest.Options(), plugins=no_plugins())
    refuse(
        check_probe, probe, PROBE_SPEC, because="default options are refused: ValueError: must be at least 1"
    )


def test_class_and_record_must_be_of_the_kind() -> None:
    refuse(
        check_plugin, "generator", Nearest(plugins=no_plugins()), PROBE_SPEC, because="does not derive from"
    )
    spec = GeneratorSpec(name="x", summary="", target=TARGET)
    refuse(
        check_plugin, "probe", Nearest(plugins=no_plugins()), spec, because="its record is a GeneratorSpec"
    )


# Representations

REPRESENTATION_SPEC = RepresentationSpec(name="marks", summary="", target=TARGET)


class Marks(GridRepresentation):
    """A one at the grid point nearest to each atom."""

    n = 48
    channels = ("si", "o")

    def encode(self, structure):
        values = np.zeros((2, self.n, self.n, self.n))
        for channel, element in enumerate(("Si", "O")):
            points = np.rint(structure.coords_of(element) * self.n).astype(int) % self.n
            values[channel][tuple(points.T)] = 1.0
        return Grid(values, self.channels, structure.lattice)

    def decode(self, grid):
        si, o = (np.argwhere(grid.channel(name) > 0.5) / grid.shape for name in self.channels)
        return Structure.from_si_o(grid.lattice, si, o)


class Coarse(Marks):
    n = 2


class LosesTheLast(Marks):
    def decode(self, grid):
        whole = super().decode(grid)
        return Structure(whole.lattice, whole.species[:-1], whole.frac_coords[:-1])


class AnyGrid(Marks):
    def decode(self, grid):
        return (
            super().decode(Grid(grid.values, grid.channels, grid.lattice))
            if "si" in grid.channels
            else sodalite()
        )


class KeyErrorOnStrangeGrid(Marks):
    def decode(self, grid):
        if "si" not in grid.channels:
            raise KeyError("si")
        return super().decode(grid)


class OtherChannels(Marks):
    def encode(self, structure):
        return Grid(super().encode(structure).values, ["silicon", "oxygen"], structure.lattice)


class BlindPlane(Marks):
    def decode(self, grid):
        values = grid.values.copy()
        values[:, 1] = 0.0  # sodalite as given has no atom there
        return super().decode(grid.with_values(values))


class RandomEncoding(Marks):
    def encode(self, structure):
        grid = super().encode(structure)
        return grid.with_values(grid.values + np.random.default_rng().uniform(0.0, 0.1, grid.values.shape))


class OtherLattice(Marks):
    def decode(self, grid):
        return attrs.evolve(super().decode(grid), lattice=np.eye(3))


class Eraser(Marks):
    def decode(self, grid):
        structure = super().decode(grid)
        grid.values.setflags(write=True)
        grid.values[:] = 0.0
        return structure


def test_a_sound_representation_passes() -> None:
    assert check_representation(Marks(plugins=no_plugins()), REPRESENTATION_SPEC) == ""


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (Coarse, "atoms came back instead of"),
        (LosesTheLast, "'O': 23} atoms came back instead of {'Si': 12, 'O': 24}"),
        (AnyGrid, "accepted a grid without its channels"),
        (KeyErrorOnStrangeGrid, "raised KeyError, not GridError"),
        (BlindPlane, "decoding the rolled grid"),
        (RandomEncoding, "differs when repeated"),
        (OtherLattice, "changed the lattice"),
        (Eraser, "changed what it was given"),
        (OtherChannels, "filled .* but `channels` is"),
    ],
)
def test_a_representation_that_breaks_a_promise(cls: type[Marks], because: str) -> None:
    refuse(check_representation, cls(plugins=no_plugins()), REPRESENTATION_SPEC, because=because)


class Rows(Representation):
    """The atoms as rows: 1 for silicon, then fractional coordinates; the cell comes first."""

    def encode(self, structure):
        kinds = np.array([element == "Si" for element in structure.species], dtype=float)
        atoms = np.column_stack([kinds, structure.frac_coords])
        return np.concatenate([np.column_stack([np.zeros(3), structure.lattice]), atoms])

    def decode(self, encoded):
        lattice, kinds, coords = encoded[:3, 1:], encoded[3:, 0] > 0.5, encoded[3:, 1:]
        return Structure.from_si_o(lattice, coords[kinds], coords[~kinds])


def test_a_probe_may_be_trainable_if_it_can_be_trained() -> None:
    class Learns(Nearest):
        def train(self, data, out, progress):
            raise NotImplementedError

    spec = attrs.evolve(PROBE_SPEC, trainable=True)
    assert check_probe(Learns(plugins=no_plugins()), spec) == ""
    because = r"says trainable, but it has no train\(\)"
    refuse(check_probe, Nearest(plugins=no_plugins()), spec, because=because)


class RowsInPlace(Rows):
    def decode(self, encoded):
        encoded[:] = np.round(encoded, 3)
        return super().decode(encoded)


class RowsWithoutLast(Rows):
    def decode(self, encoded):
        return super().decode(encoded[:-1])


class CellsLost(Rows):
    def decode(self, encoded):
        whole = super().decode(encoded)
        return attrs.evolve(whole, lattice=np.eye(3))


class HiddenGrids(Representation):
    """Grids all the same."""

    encode, decode = Marks.encode, Marks.decode
    n, channels = Marks.n, Marks.channels


def test_a_representation_need_not_be_a_grid() -> None:
    assert check_representation(Rows(plugins=no_plugins()), REPRESENTATION_SPEC) == ""


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (RowsInPlace, "changed what it was given"),
        (RowsWithoutLast, "came back instead of"),
        (CellsLost, "changed the lattice"),
        (HiddenGrids, "it encodes grids, but is no GridRepresentation"),
    ],
)
def test_a_representation_of_anything_that_breaks_a_promise(cls: type[Any], because: str) -> None:
    refuse(check_representation, cls(plugins=no_plugins()), REPRESENTATION_SPEC, because=because)


# Generators

GENERATOR_SPEC = GeneratorSpec(name="shaker", summary="", target=TARGET)
TRAINED_SPEC = GeneratorSpec(name="learner", summary="", target=TARGET, trainable=True)


class Shaker(Generator):
    """Sodalite with displaced atoms."""

    def noise(self, seed: int, size: tuple[int, int]):
        return np.random.default_rng(seed).normal(scale=0.01, size=size)

    def sample(self, seeds, condition=None):
        framework = sodalite()
        for seed in seeds:
            coords = framework.frac_coords + self.noise(seed, framework.frac_coords.shape)
            yield Sample(seed=seed, structure=attrs.evolve(framework, frac_coords=coords))


class SharedNoise(Shaker):
    def sample(self, seeds, condition=None):
        rng = np.random.default_rng(seeds[0])
        for seed in seeds:
            structure = sodalite()
            moved = structure.frac_coords + rng.normal(size=structure.frac_coords.shape)
            yield Sample(seed=seed, structure=attrs.evolve(structure, frac_coords=moved))


class Unseeded(Shaker):
    def noise(self, seed, size):
        return np.random.default_rng().normal(size=size)


class Monotonous(Shaker):
    def noise(self, seed, size):
        return np.zeros(size)


class WrongSeed(Shaker):
    def sample(self, seeds, condition=None):
        yield from super().sample(sorted(seeds), condition)


class TooFew(Shaker):
    def sample(self, seeds, condition=None):
        yield from super().sample(seeds[:-1], condition)


class Nothing(Shaker):
    def sample(self, seeds, condition=None):
        return (Sample(seed=seed) for seed in seeds)


class ArraySource(Shaker):
    def sample(self, seeds, condition=None):
        return (attrs.evolve(sample, source={"x": np.ones(2)}) for sample in super().sample(seeds, condition))


class Learner(Shaker):
    def train(self, data, out, progress):
        path = out / "names"
        path.write_text(" ".join(framework.name for framework in data))
        return path

    def load(self, checkpoint, device):
        if checkpoint is None or not checkpoint.exists():
            raise ConfigError("no checkpoint")


class Amnesiac(Learner):
    def train(self, data, out, progress):
        return out / "nothing"


class Careless(Learner):
    def load(self, checkpoint, device):
        pass


class Unlucky(Shaker):
    """Says that nothing came of seed 1."""

    def sample(self, seeds, condition=None):
        for sample in super().sample(seeds, condition):
            unlucky = Sample(seed=sample.seed, rejection=Rejection("unlucky"))
            yield unlucky if sample.seed == 1 else sample


class NeverLucky(Shaker):
    def sample(self, seeds, condition=None):
        return (Sample(seed=seed, rejection=Rejection("unlucky")) for seed in seeds)


class SilentlyRejects(Shaker):
    def sample(self, seeds, condition=None):
        return (Sample(seed=seed, rejection=Rejection("")) for seed in seeds)


class Explorer(Shaker):
    """Scales its parents; sodalite when it has none."""

    def explore(self, seed, parents):
        scale = 1.0 + 0.01 * np.random.default_rng(seed).random()
        for framework in parents:
            yield self.scaled(seed, framework.structure, scale, framework.name)
        if not len(parents):
            yield self.scaled(seed, sodalite(), scale)

    def scaled(self, seed, structure, scale, *parent):
        source = {"operation": "scaling", **({"parent": parent[0]} if parent else {})}
        larger = attrs.evolve(structure, lattice=structure.lattice * scale)
        return Sample(seed=seed, structure=larger, source=source)


class FickleExplorer(Explorer):
    def explore(self, seed, parents):
        yield self.scaled(seed, sodalite(), 1.0 + np.random.default_rng().random())


class Foundling(Explorer):
    def explore(self, seed, parents):
        yield self.scaled(seed, sodalite(), 1.0, "nobody")


class Unsaid(Explorer):
    def explore(self, seed, parents):
        return (attrs.evolve(sample, source={}) for sample in super().explore(seed, parents))


class Renumbered(Explorer):
    def explore(self, seed, parents):
        return (attrs.evolve(sample, seed=0) for sample in super().explore(seed, parents))


class Stretcher(Shaker):
    """Sodalite in cells between those of two frameworks."""

    def interpolate(self, first, second):
        def between(fractions, seed):
            return (self.stretched(first, second, fraction, seed) for fraction in fractions)

        return between

    def stretched(self, first, second, fraction, seed):
        lattice = (1 - fraction) * first.structure.lattice + fraction * second.structure.lattice
        return Sample(seed=seed, structure=attrs.evolve(first.structure, lattice=lattice))


class FickleStretcher(Stretcher):
    def stretched(self, first, second, fraction, seed):
        return super().stretched(first, second, fraction + np.random.default_rng().random(), seed)


class Normaliser(Stretcher):
    """Takes the largest fraction of a batch as 1."""

    def interpolate(self, first, second):
        def between(fractions, seed):
            most = max(fractions) or 1.0
            return (self.stretched(first, second, fraction / most, seed) for fraction in fractions)

        return between


class ShortPath(Stretcher):
    def interpolate(self, first, second):
        return lambda fractions, seed: super(ShortPath, self).interpolate(first, second)(fractions[1:], seed)


def test_a_sound_generator_passes() -> None:
    assert check_generator(Shaker(plugins=no_plugins()), GENERATOR_SPEC) == ""
    assert check_generator(Unlucky(plugins=no_plugins()), GENERATOR_SPEC) == ""


def test_a_sound_explorer_passes() -> None:
    spec = attrs.evolve(GENERATOR_SPEC, explores=True)
    assert check_generator(Explorer(plugins=no_plugins()), spec) == ""


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (Shaker, r"it has no explore\(\)"),
        (FickleExplorer, "gave other frameworks the second time"),
        (Foundling, "names a parent that it was not given: 'nobody'"),
        (Unsaid, "by which operation"),
        (Renumbered, "the sample of seed 5 says that its seed is 0"),
    ],
)
def test_an_explorer_that_breaks_a_promise(cls: type[Shaker], because: str) -> None:
    spec = attrs.evolve(GENERATOR_SPEC, explores=True)
    refuse(check_generator, cls(plugins=no_plugins()), spec, because=because)


def test_a_sound_interpolator_passes() -> None:
    spec = attrs.evolve(GENERATOR_SPEC, interpolates=True)
    assert check_generator(Stretcher(plugins=no_plugins()), spec) == ""


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (Shaker, r"it has no interpolate\(\)"),
        (FickleStretcher, r"interpolate\(\) gave other samples the second time"),
        (Normaliser, "the sample at fraction 0.5 of a path depends on its neighbours"),
        (ShortPath, "3 fractions of a path gave 2 samples"),
    ],
)
def test_an_interpolator_that_breaks_a_promise(cls: type[Shaker], because: str) -> None:
    spec = attrs.evolve(GENERATOR_SPEC, interpolates=True)
    refuse(check_generator, cls(plugins=no_plugins()), spec, because=because)


def test_a_sound_trainable_generator_passes(tmp_path: Path) -> None:
    learner = Learner(plugins=no_plugins())
    assert check_generator(learner, TRAINED_SPEC) == "not sampled: it has no weights of its own"
    assert check_generator(learner, TRAINED_SPEC, frameworks=few_frameworks()) == ""
    (tmp_path / "weights").touch()
    assert check_generator(learner, TRAINED_SPEC, checkpoint=tmp_path / "weights") == ""


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (SharedNoise, "depends on its neighbours in the batch"),
        (Unseeded, "the same seeds gave other samples"),
        (Monotonous, "all seeds give the same sample"),
        (WrongSeed, "the sample of seed 3 says that its seed is 1"),
        (TooFew, "3 seeds gave 2 samples"),
        (Nothing, "so it emits structures"),
        (ArraySource, "is not JSON"),
        (Learner, "its record does not say trainable"),
        (Explorer, "its record does not say explores"),
        (Stretcher, "its record does not say interpolates"),
        (NeverLucky, "nothing comes of any of the seeds"),
        (SilentlyRejects, "rejected without a reason"),
    ],
)
def test_a_generator_that_breaks_a_promise(cls: type[Shaker], because: str) -> None:
    refuse(check_generator, cls(plugins=no_plugins()), GENERATOR_SPEC, because=because)


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (Shaker, "it has no train"),
        (Amnesiac, "returned nothing, which does not exist"),
        (Careless, "missing checkpoint went unnoticed"),
    ],
)
def test_a_trainable_generator_that_breaks_a_promise(cls: type[Shaker], because: str) -> None:
    refuse(
        check_generator, cls(plugins=no_plugins()), TRAINED_SPEC, frameworks=few_frameworks(), because=because
    )


# Conditioners

CONDITIONER_SPEC = ConditionerSpec(name="steer", summary="", target=TARGET, parts=["embedding"])


class Steer(Conditioner):
    """Tells the network what is wanted."""

    def prepare(self, targets, known):
        return known.narrowed(targets, ["methane.qst"], "it")

    def embedding(self, values):
        return values


class SteersAnything(Steer):
    def prepare(self, targets, known):
        return targets


class WidensRanges(Steer):
    def prepare(self, targets, known):
        prepared = super().prepare(targets, known)
        return [attrs.evolve(target, high=target.high + 1) for target in prepared]


class EmbedsNothing(Steer):
    def embedding(self, values):
        return list(values)


class EmbedsInfinity(Steer):
    def embedding(self, values):
        return dict.fromkeys(values, float("inf"))


class GuidesToo(Steer):
    def guide(self, denoising):
        return denoising.conditional


def qst_targets() -> list[Any]:
    from zeo.plugin.targets import parse_target

    return [parse_target("methane.qst=18..22 kJ/mol")]


def test_a_sound_conditioner_passes() -> None:
    assert check_conditioner(Steer(plugins=no_plugins()), CONDITIONER_SPEC, qst_targets()) == ""
    assert "no targets" in check_conditioner(Steer(plugins=no_plugins()), CONDITIONER_SPEC)


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (SteersAnything, "accepted an unknown quantity"),
        (WidensRanges, "made methane.qst = 18..23 kJ/mol of"),
        (EmbedsNothing, "list, not values by quantity"),
        (EmbedsInfinity, "inf of methane.qst; it is a finite number"),
        (GuidesToo, r"it has guide\(\), but its record does not declare it"),
    ],
)
def test_a_conditioner_that_breaks_a_promise(cls: type[Steer], because: str) -> None:
    refuse(check_conditioner, cls(plugins=no_plugins()), CONDITIONER_SPEC, qst_targets(), because=because)


def test_a_conditioner_may_search_a_latent_space() -> None:
    class Climbs(Steer):
        def latent(self, space):
            return lambda vectors: vectors

    spec = attrs.evolve(CONDITIONER_SPEC, parts=(*CONDITIONER_SPEC.parts, "latent"))
    assert check_conditioner(Climbs(plugins=no_plugins()), spec, qst_targets()) == ""
    because = r"declares 'latent', but it has no latent\(\)"
    refuse(check_conditioner, Steer(plugins=no_plugins()), spec, because=because)


def test_a_conditioner_must_have_its_parts() -> None:
    spec = attrs.evolve(CONDITIONER_SPEC, parts=("loss",))
    refuse(
        check_conditioner,
        Steer(plugins=no_plugins()),
        spec,
        because=r"declares 'loss', but it has no loss\(\)",
    )


# Postprocessors

POSTPROCESSOR_SPEC = PostprocessorSpec(name="sieve", summary="", target=TARGET, stage="repair")


class Sieve(Postprocessor):
    """Passes what has two oxygen atoms for each silicon."""

    def apply(self, candidate):
        structure = candidate.structure
        candidate = candidate.state(RepairFacts(perfect_before=False, connectivity_before=0.5))
        if structure.count("O") != 2 * structure.count("Si") or not len(structure):
            return candidate.reject("wrong composition", f"{structure.count('Si')} Si")
        return candidate.note(si=structure.count("Si"))


class NoReason(Sieve):
    def apply(self, candidate):
        return candidate.reject("")


class Raises(Sieve):
    def apply(self, candidate):
        return candidate.structure.frac_coords[100]


class ReturnsNothing(Sieve):
    def apply(self, candidate):
        return None


class Renumbers(Sieve):
    def apply(self, candidate):
        return attrs.evolve(candidate, index=candidate.index + 1)


class WritesHistory(Sieve):
    def apply(self, candidate):
        return attrs.evolve(candidate, history=(1,))


class ArrayNotes(Sieve):
    def apply(self, candidate):
        return candidate.note(lengths=candidate.structure.lengths)


class Random(Sieve):
    def apply(self, candidate):
        structure, candidate = candidate.structure, super().apply(candidate)
        coords = np.random.default_rng().random((len(structure), 3))
        return attrs.evolve(candidate, structure=attrs.evolve(structure, frac_coords=coords))


class InPlace(Sieve):
    def apply(self, candidate):
        candidate.structure.frac_coords.setflags(write=True)
        candidate.structure.frac_coords[:] += 0.1
        return candidate


class Silent(Sieve):
    def apply(self, candidate):
        return attrs.evolve(super().apply(candidate), notes={})


class Boasts(Sieve):
    def apply(self, candidate):
        return super().apply(candidate).note(perfect_before="yes")


class Backwards(Sieve):
    def apply_many(self, candidates):
        return [self.apply(candidate) for candidate in candidates][::-1]


class AllOrNone(Sieve):
    def apply_many(self, candidates):
        return [candidate.reject("one of them is bad") for candidate in candidates]


class WantsNone(Sieve):
    at_once = 0


class CannotMany(Sieve):
    def apply_many(self, candidates):
        return None


class Rests(Postprocessor):
    """Says that everything is at rest."""

    facts = RelaxFacts(potential="springs", net_unchanged=True)

    def apply(self, candidate):
        energy = Energy(value=12.0, potential="springs")
        return attrs.evolve(candidate, energy=energy).state(self.facts)


class NetUnknown(Rests):
    facts = RelaxFacts(potential="springs")


class OtherPotential(Rests):
    facts = RelaxFacts(potential="SLC", net_unchanged=True)


class Wide(Postprocessor):
    """A filter by a property that some probe measured."""

    def apply(self, candidate):
        if "pores" not in candidate.properties:
            raise ConfigError("add --probe pores")
        wide = candidate.properties["pores"]["free_sphere"].value > 3.0
        return candidate if wide else candidate.reject("too narrow")


class Moves(Wide):
    def apply(self, candidate):
        return attrs.evolve(super().apply(candidate), structure=sodalite(9.5))


@pytest.mark.parametrize("diameter", [2.0, 4.0])
def test_a_filter_passes_or_rejects_and_changes_nothing(diameter: float) -> None:
    spec = attrs.evolve(POSTPROCESSOR_SPEC, stage="filter")
    properties = {"pores": {"free_sphere": Quantity(diameter, "A")}}
    assert check_postprocessor(Wide(plugins=no_plugins()), spec, properties=properties) == ""
    assert "add --probe pores" in check_postprocessor(Wide(plugins=no_plugins()), spec)
    because = "this one changed 'structure' of the good candidate"
    refuse(check_postprocessor, Moves(plugins=no_plugins()), spec, properties=properties, because=because)


@pytest.mark.parametrize(("stage", "cls"), [("repair", Sieve), ("relax", Rests)])
def test_a_sound_postprocessor_passes(stage: str, cls: type[Postprocessor]) -> None:
    spec = attrs.evolve(POSTPROCESSOR_SPEC, stage=stage)
    assert check_postprocessor(cls(plugins=no_plugins()), spec) == ""


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (Sieve, "does not say whether the good candidate kept its net"),
        (NetUnknown, "does not say whether the good candidate kept its net"),
        (OtherPotential, "energy of the good candidate 'springs', but states the potential 'SLC'"),
    ],
)
def test_a_relaxer_that_does_not_state_its_facts(cls: type[Postprocessor], because: str) -> None:
    spec = attrs.evolve(POSTPROCESSOR_SPEC, stage="relax")
    refuse(check_postprocessor, cls(plugins=no_plugins()), spec, because=because)


@pytest.mark.parametrize(
    ("cls", "because"),
    [
        (NoReason, "the good candidate is rejected without a reason"),
        (Raises, "the good candidate raised IndexError"),
        (ReturnsNothing, "returned NoneType, not a Candidate"),
        (Renumbers, "changed 'index' of the good candidate"),
        (WritesHistory, "changed 'history' of the good candidate"),
        (ArrayNotes, "are not JSON"),
        (Random, "gave two different results"),
        (InPlace, "changed the good candidate that it was given"),
        (Silent, "does not say how perfect the good candidate was"),
        (Boasts, "its notes on the good candidate"),
        (Backwards, "did not return a candidate for each that it was given, in their order"),
        (AllOrNone, r"apply_many\(\) and apply\(\) differ on the good candidate: one of them is bad and"),
        (WantsNone, "at_once is 0, not a number from 1"),
        (CannotMany, "raised TypeError"),
    ],
)
def test_a_postprocessor_that_breaks_a_promise(cls: type[Sieve], because: str) -> None:
    refuse(check_postprocessor, cls(plugins=no_plugins()), POSTPROCESSOR_SPEC, because=because)


class Namer(Sieve):
    """Says that everything is sodalite."""

    def apply(self, candidate):
        identity = Identity(
            key="key",
            name="SOD",
            t_atoms=12,
            unique_t=1,
            coordination_sequences=((4,),),
            vertex_symbols=("4.4.6.6.6.6",),
            multiplicities=(12,),
            td10=1.0,
        )
        return attrs.evolve(candidate, identity=identity, net=sodalite_net())


def test_identification_must_leave_an_identity_and_a_net() -> None:
    spec = attrs.evolve(POSTPROCESSOR_SPEC, stage="identify")
    assert check_postprocessor(Namer(plugins=no_plugins()), spec) == ""
    refuse(check_postprocessor, Sieve(plugins=no_plugins()), spec, because="passed without an identity")


def test_a_grid_generator_must_fill_the_channels_of_its_representation(plugin_set: Any) -> None:
    class GridShaker(Shaker):
        def sample(self, seeds, condition=None):
            for seed in seeds:
                yield Sample(seed=seed, encoded=Grid(np.full((1, 4, 4, 4), seed), ["si"], np.eye(3)))

    spec = attrs.evolve(GENERATOR_SPEC, representation="marks")
    plugins = plugin_set((attrs.evolve(REPRESENTATION_SPEC, target="zeo_plugins_of_this_test:Marks"), Marks))
    refuse(check_generator, GridShaker(plugins=plugins), spec, because="lack channels of 'marks': o")
    refuse(check_generator, Shaker(plugins=plugins), spec, because="should emit what the representation")
    with pytest.raises(GridError):
        Grid(np.zeros((1, 4, 4, 4)), ["si"], np.eye(3)).channel("o")
