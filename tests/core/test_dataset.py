"""The dataset generator: what it draws, and that a seed alone decides it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.builtin.dataset import DatasetGenerator, with_noise
from zeo.builtin.voxel import Voxel
from zeo.crystal.cif import cif_text
from zeo.crystal.hard_core import hard_core
from zeo.data.known.iza import iza_structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Entry
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import ConfigError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.options import make_options


class VoxelOnly:
    """The one plugin that the generator asks for, without energies."""

    def create(self, kind, name):
        assert (kind, name) == ("representation", "voxel")
        return Voxel(Voxel.Options(n=16, channels=("si", "o")), plugins=self)


def generator(**options) -> DatasetGenerator:
    made = make_options(DatasetGenerator.Options, options, "dataset")
    return DatasetGenerator(made, plugins=VoxelOnly())


SMALL = {"max_t": 12}


def test_every_framework_comes_once_before_any_comes_again():
    small = generator(**SMALL)
    count = len(small.frameworks)
    names = [sample.source["framework"] for sample in small.sample(range(2 * count))]
    assert sorted(names[:count]) == sorted(small.frameworks.names)
    assert names[:count] == names[count:]
    assert names[:count] != sorted(names[:count])


def test_only_orthogonal_silica_is_drawn():
    assert len(generator(source="iza").frameworks) == 140
    assert len(generator(source="iza", cells="all").frameworks) == 194
    assert len(generator().frameworks) == 141  # RSN has right angles in its true space group
    assert len(generator(cells="all").frameworks) == 196
    assert len(generator(max_t=24).frameworks) < 141


def test_hexagonal_frameworks_are_drawn_in_their_orthogonal_cell():
    drawn = {
        sample.source["framework"]: sample for sample in generator(cells="all", max_t=24).sample(range(80))
    }
    sample = drawn["CAN"]
    assert sample.source["cell"] == "smallest orthogonal"
    a, _, c = relaxed_structure("CAN").lengths
    np.testing.assert_allclose(sample.grid.lattice, np.diag([c, a, a * np.sqrt(3)]))
    assert "cell" not in drawn["ABW"].source


@pytest.fixture(scope="module")
def busy_generator():
    return generator(**SMALL, noise=0.3, shift=True, rotate=True)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=4), st.integers(0, 200))
def test_a_sample_depends_on_its_seed_alone(busy_generator, others, seed):
    alone = next(busy_generator.sample([seed]))
    *_, last = busy_generator.sample([*others, seed])
    assert last.source == alone.source
    assert np.array_equal(last.grid.values, alone.grid.values)


def test_options_do_not_disturb_each_other():
    (shifted,) = generator(**SMALL, shift=True).sample([5])
    (both,) = generator(**SMALL, shift=True, rotate=True, noise=0.1).sample([5])
    assert both.source["shift"] == shifted.source["shift"]
    assert set(both.source) == {"framework", "axes", "shift", "noise"}
    (plain,) = generator(**SMALL).sample([5])
    assert set(plain.source) == {"framework"}


def test_moved_and_turned_frameworks_decode_to_as_many_atoms():
    voxel = VoxelOnly().create("representation", "voxel")
    plain = generator(**SMALL).sample(range(6))
    moved = generator(**SMALL, shift=True, rotate=True).sample(range(6))
    for before, after in zip(plain, moved, strict=True):
        assert len(voxel.decode(before.grid)) == len(voxel.decode(after.grid))


def test_noise_is_in_proportion_to_what_a_channel_spans():
    shape = (24, 24, 24)
    arrays = {
        "si": np.zeros(shape),
        "energy:methane": np.full(shape, 500.0),
        "boltzmann:methane": np.linspace(0, 50, 24**3).reshape(shape),
    }
    grid = Grid.stack(arrays, np.eye(3))
    changes = with_noise(grid, 0.1, np.random.default_rng(0)).values - grid.values
    np.testing.assert_allclose(changes.std(axis=(1, 2, 3)), [0.1, 900.0, 5.0], rtol=0.03)


def test_noisy_energies_are_clipped_first():
    grid = Grid.stack({"energy:methane": np.full((8, 8, 8), 1e20)}, np.eye(3))
    noisy = with_noise(grid, 0.01, np.random.default_rng(0))
    assert abs(noisy.values.mean() - 5000.0) < 100.0


def test_a_folder_can_be_drawn_from(tmp_path):
    (tmp_path / "ABW.cif").write_text(cif_text(iza_structure("ABW"), "ABW"))
    samples = list(generator(source=str(tmp_path)).sample([0, 1]))
    assert [sample.source["file"] for sample in samples] == [str(tmp_path / "ABW.cif")] * 2


def test_a_data_set_can_be_drawn_from(tmp_path):
    splits = {"ABW": "train", "SOD": "test", "ACO": "train", "LTA": "train"}
    writer = DataSetWriter(tmp_path / "set", Description(name="set", made_by={}))
    writer.append(
        [
            Entry(name=f"my {code}", structure=relaxed_structure(code), key=code, origin="iza", split=split)
            for code, split in splits.items()
        ]
    )
    source = str(tmp_path / "set")
    assert len(generator(source=source).frameworks) == 4
    training = generator(source=source, split="train", max_t=16)
    drawn = [sample.source["entry"] for sample in training.sample(range(2))]
    assert sorted(drawn) == ["my ABW", "my ACO"]
    with pytest.raises(ConfigError, match="in the split 'validation'"):
        generator(source=source, split="validation").load(None, "cpu")
    with pytest.raises(ConfigError, match="only data sets have"):
        generator(split="train").load(None, "cpu")


def test_what_cannot_work_is_said_before_the_first_sample(tmp_path):
    with pytest.raises(InputError, match="no structure file"):
        generator(source=str(tmp_path)).load(None, "cpu")
    (tmp_path / "ETV.cif").write_text(cif_text(iza_structure("ETV"), "ETV"))
    with pytest.raises(ConfigError, match="no orthogonal SiO2 framework"):
        generator(source=str(tmp_path), cells="all").load(None, "cpu")
    with pytest.raises(ConfigError, match="no weights"):
        generator().load(tmp_path / "weights", "cpu")


def test_a_scrambled_framework_keeps_its_cell_and_numbers_and_nothing_else(tmp_path):
    for code in ("SOD", "ACO", "BIK"):
        (tmp_path / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    plain, control = (generator(source=str(tmp_path), scramble=scramble) for scramble in (False, True))
    for sample, scrambled in zip(plain.sample(range(4)), control.sample(range(4)), strict=True):
        assert scrambled.source == {"cell_of": sample.source["file"]}
        np.testing.assert_array_equal(scrambled.grid.lattice, sample.grid.lattice)
        for before, after in zip(sample.grid.values, scrambled.grid.values, strict=True):
            assert after.sum() == pytest.approx(before.sum(), rel=0.02), "as many atoms"
            assert np.corrcoef(before.ravel(), after.ravel())[0, 1] < 0.5


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.tuples(*[st.floats(4.0, 12.0)] * 3).map(np.array),
    crowding=st.floats(0.0, 0.9),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_places_keep_their_distance_however_crowded(lengths, crowding, seed):
    closest = 2.0
    n = int(crowding * lengths.prod() / closest**3)
    points = hard_core(np.random.default_rng(seed), lengths, n, closest)
    assert points.shape == (n, 3)
    difference = points[:, None] - points
    distances = np.linalg.norm((difference - np.round(difference)) * lengths, axis=2)
    loose = crowding < 0.5  # random addition gets stuck at a density of about 0.73 points
    assert (distances[np.triu_indices(n, 1)] > (closest if loose else 0.8 * closest)).all()
