import csv

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import forget, records_of

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")


import zeo  # noqa: E402
from zeo.cli import main  # noqa: E402
from zeo.crystal.cells import translated  # noqa: E402
from zeo.crystal.cif import cif_text  # noqa: E402
from zeo.crystal.structure import Structure  # noqa: E402
from zeo.data.known.frameworks import Framework, FrameworkSet  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.errors import InputError  # noqa: E402
from zeo.grids.grid import Grid  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo_learning.frameworks import TrainingFramework  # noqa: E402
from zeo_learning.orbits import NO_SYMMETRY  # noqa: E402
from zeo_learning.templates import between  # noqa: E402
from zeo_zeodiff.alignment import Placement, nearest_placement  # noqa: E402
from zeo_zeodiff.ends import encoded  # noqa: E402
from zeo_zeodiff.generator import ZeoDiff  # noqa: E402
from zeo_zeodiff.interpolation import levels_from, mixed  # noqa: E402
from zeo_zeodiff.lengths import TYPICAL  # noqa: E402
from zeo_zeodiff.options import ZeoDiffOptions  # noqa: E402

N = 16
PLUGINS = installed_plugins().configured({"voxel": {"n": N}})
FAINT = 0.05
"""A noise level so low that any network gives back what it was given."""


def framework(code):
    return Framework(code, relaxed_structure(code))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    options = ZeoDiffOptions(
        steps=2, width=8, batch=2, precision="32-true", accelerator="cpu", check_every=2, draw_every=0
    )
    data = FrameworkSet(("SOD", "LTA", "ABW"), relaxed_structure)
    ZeoDiff(options, PLUGINS).train(data, out, lambda *_: None)
    return out


def loaded(checkpoint, **options):
    generator = ZeoDiff(ZeoDiffOptions(**{"evaluations": 4, **options}), PLUGINS)
    generator.load(checkpoint, "cpu")
    return generator


# ---- mixing


@given(fraction=st.floats(0.0, 1.0), sigma=st.floats(0.1, 40.0))
@settings(deadline=None)
def test_variance_preserving_mix_keeps_the_noise_at_its_level(fraction, sigma):
    stream = torch.Generator().manual_seed(0)
    clean = (torch.full((1, 8, 8, 8), 3.0), torch.full((1, 8, 8, 8), -1.0))
    noise = tuple(torch.randn(1, 1, 8, 8, 8, generator=stream) for _ in range(2))
    fractions = torch.tensor([fraction])
    x = mixed(clean, noise, fractions, sigma, "variance-preserving")
    linear = mixed(clean, noise, fractions, sigma, "linear")
    signal = 3.0 - 4.0 * fraction
    shrunk = ((1 - fraction) ** 2 + fraction**2) ** 0.5
    assert float((x - signal).std() / sigma) == pytest.approx(1.0, abs=0.1)
    torch.testing.assert_close(linear - signal, shrunk * (x - signal), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("mix", ["variance-preserving", "linear"])
def test_ends_of_the_mix_are_the_two_noisy_grids(mix):
    clean = tuple(torch.randn(2, 4, 4, 4) for _ in range(2))
    noise = tuple(torch.randn(2, 2, 4, 4, 4) for _ in range(2))
    x = mixed(clean, noise, torch.tensor([0.0, 1.0]), 5.0, mix)
    torch.testing.assert_close(x[0], clean[0] + 5.0 * noise[0][0])
    torch.testing.assert_close(x[1], clean[1] + 5.0 * noise[1][1])


def test_cells_are_linear_in_the_logarithm():
    np.testing.assert_allclose(between([4.0, 9.0], [9.0, 9.0], 0.5), [6.0, 9.0])


@given(sigma=st.floats(0.01, 100.0))
def test_levels_fall_from_the_wanted_one_to_zero(sigma):
    schedule = [40.0, 10.0, 3.0, 1.0, 0.1, 0.0]
    levels = levels_from(sigma, schedule)
    assert levels[0] == sigma
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == 0.0
    assert set(levels[1:]) <= set(schedule)


# ---- placement

lengths = st.sampled_from([(9.0, 12.0, 15.0), (10.0, 10.0, 10.0), (8.0, 13.0, 13.0)])
placements = st.builds(
    Placement,
    st.permutations(range(3)).map(tuple),
    st.sets(st.integers(0, 2)).map(lambda axes: tuple(sorted(axes))),
    st.tuples(*[st.integers(0, N - 1)] * 3),
)


@given(lengths=lengths, placement=placements, seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_grid_that_was_turned_and_moved_is_brought_back(lengths, placement, seed):
    values = np.random.default_rng(seed).standard_normal((1, N, N, N))
    grid = Grid(values, ("si",), np.diag(lengths))
    moved = placement.of(grid)
    back = nearest_placement(grid, moved).of(moved)
    np.testing.assert_array_equal(back.values, grid.values)
    np.testing.assert_array_equal(back.lattice, grid.lattice)


def test_edges_are_matched_before_atoms():
    stream = np.random.default_rng(0)
    one = Grid(stream.random((1, N, N, N)), ("si",), np.diag([8.0, 12.0, 20.0]))
    other = Grid(stream.random((1, N, N, N)), ("si",), np.diag([19.0, 7.0, 13.0]))
    assert nearest_placement(one, other).order == (1, 2, 0)


@pytest.mark.parametrize("code", ["SOD", "ABW"])
def test_a_framework_lies_on_itself_wherever_its_origin_is(code):
    voxel = installed_plugins().configured({"voxel": {"n": N, "channels": ("si",)}})
    representation = voxel.create("representation", "voxel")
    structure = relaxed_structure(code)
    moved = translated(structure, [0.31, 0.17, 0.44])
    one, other = encoded(structure, representation), encoded(moved, representation)
    np.testing.assert_allclose(nearest_placement(one, other).of(other).values, one.values, atol=1e-3)


# ---- samples


def test_ends_of_the_path_are_the_two_frameworks(checkpoint):
    between = loaded(checkpoint, mix_at=FAINT).interpolate(framework("LTA"), framework("SOD"))
    voxel = PLUGINS.create("representation", "voxel")
    for code, sample in zip(("LTA", "SOD"), between([0.0, 1.0], 3), strict=True):
        np.testing.assert_allclose(np.diag(sample.grid.lattice), relaxed_structure(code).lengths)
        found = voxel.decode(sample.grid)
        assert (found.count("Si"), found.count("O")) == tuple(map(relaxed_structure(code).count, ("Si", "O")))


def test_cells_and_sizes_change_along_the_path(checkpoint):
    between = loaded(checkpoint).interpolate(framework("LTA"), framework("SOD"))
    middle = next(between([0.5], 3))
    edges = [relaxed_structure(code).lengths[0] for code in ("LTA", "SOD")]
    np.testing.assert_allclose(np.diag(middle.grid.lattice), [(edges[0] * edges[1]) ** 0.5] * 3)
    assert middle.source == {"fraction": 0.5, "t_atoms": 17}


def test_recipe_paper_reads_the_cell_from_the_grid():
    learned = [TrainingFramework(relaxed_structure("LTA"), NO_SYMMETRY, framework("LTA"))]
    model = ZeoDiff(ZeoDiffOptions(recipe="paper", width=8), PLUGINS).plan(None).new_model(learned)
    torch.nn.init.zeros_(model.network.lengths.read[-1].weight)
    model.network.lengths.read[-1].bias.data = torch.log(torch.tensor([0.1, 0.11, 0.12]) / TYPICAL)
    generator = ZeoDiff(ZeoDiffOptions(evaluations=4, mix_at=FAINT), PLUGINS)
    generator.use(model, torch.device("cpu"))
    path = generator.interpolate(framework("LTA"), framework("SOD"))
    sample = next(path([0.0], 3))
    np.testing.assert_allclose(np.diag(sample.grid.lattice), [10.0, 11.0, 12.0], rtol=0.01)
    np.testing.assert_allclose(sample.grid.channel("si"), path.first.grid.channel("si"), atol=0.3)
    assert sample.source == {"fraction": 0.0}


def test_a_sampler_that_forgets_the_ends_is_not_used(checkpoint):
    grids = [
        next(loaded(checkpoint, sampler=name).interpolate(framework("LTA"), framework("SOD"))([0.5], 3)).grid
        for name in ("renoise", "dpm", "ddpm")
    ]
    np.testing.assert_array_equal(grids[0].values, grids[1].values)
    assert not np.allclose(grids[1].values, grids[2].values, atol=20.0)


@pytest.mark.parametrize("sampler", ["renoise", "ddpm"])
def test_a_sample_depends_on_its_fraction_and_the_seed_alone(checkpoint, sampler):
    between = loaded(checkpoint, sampler=sampler).interpolate(framework("LTA"), framework("SOD"))
    together = list(between([0.0, 0.5, 0.5], 3))
    alone = next(between([0.5], 3))
    other = next(between([0.5], 4))
    values = [sample.grid.values for sample in (*together, alone, other)]
    np.testing.assert_array_equal(values[1], values[2])
    np.testing.assert_allclose(values[1], values[3], atol=20.0)
    assert not np.allclose(values[3], values[4], atol=20.0)


@pytest.mark.parametrize(
    ("unfit", "message"),
    [
        (Framework("MFI", relaxed_structure("MFI")), r"MFI is too large .* 96 T atoms .* up to 24 T atoms"),
        (
            Framework(
                "skew", Structure([[9, 0, 0], [1, 9, 0], [1.3, 2.1, 9]], ["Si", "O", "O"], np.eye(3) / 3)
            ),
            r"skew has no orthogonal cell \(its angles are",
        ),
        (
            Framework("quartz?", Structure(9 * np.eye(3), ["Si", "O"], np.eye(3)[:2] / 2)),
            "is no SiO2 framework",
        ),
    ],
)
def test_frameworks_that_do_not_fit_are_clear_errors(checkpoint, unfit, message):
    with pytest.raises(InputError, match=message):
        loaded(checkpoint).interpolate(framework("SOD"), unfit)


# ---- the command


def test_command_finds_both_ends_again_and_can_be_resumed(checkpoint, tmp_path):
    mine = tmp_path / "mine.cif"
    mine.write_text(cif_text(relaxed_structure("SOD"), "mine"))
    out = tmp_path / "run"
    arguments = ["interpolate", "SOD", str(mine), "--steps", "2", "--out", str(out), "--seed", "5"]
    arguments += ["--checkpoint", str(checkpoint), "--mix", "linear"]
    done = CliRunner().invoke(main, [*arguments, "--set", f"zeodiff.mix_at={FAINT}"])
    assert done.exit_code == 0, done.output
    with (out / "interpolation.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["SOD"] * 4
    assert [row["id"] for row in rows] == ["SOD", "000000", "000001", "mine.cif"]
    before = records_of(out)
    forget(out, 1)
    table = (out / "interpolation.csv").read_bytes()
    resumed = CliRunner().invoke(main, ["run", "--resume", str(out)])
    assert resumed.exit_code == 0, resumed.output
    assert records_of(out) == before
    assert (out / "interpolation.csv").read_bytes() == table


def test_command_relaxes_or_not(checkpoint, tmp_path):
    out = tmp_path / "run"
    arguments = ["interpolate", "SOD", "SOD", "--steps", "2", "--relax", "none", "--out", str(out)]
    arguments += ["--checkpoint", str(checkpoint), "--set", f"zeodiff.mix_at={FAINT}"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "relax" not in zeo.Run.open(out).plan.stages
    with (out / "interpolation.csv").open() as file:
        assert {row["energy_kJ_per_mol_Si"] for row in csv.DictReader(file)} == {""}


def test_command_leaves_nothing_behind_when_it_cannot_begin(checkpoint, tmp_path):
    out = tmp_path / "run"
    arguments = ["--checkpoint", str(checkpoint), "--out", str(out)]
    done = CliRunner().invoke(main, ["interpolate", "SOD", "MFI", *arguments])
    assert done.exit_code == 1
    assert done.output.splitlines()[-1].startswith("Error: MFI is too large for this model")
    assert not out.exists()
