"""All representations take the same road: training, resumption, checkpoint, drawing, search, paths, maps."""

from __future__ import annotations

import csv
import json
import re
import sys

import attrs
import numpy as np
import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

import zeo  # noqa: E402
from zeo.cli import main  # noqa: E402
from zeo.data.known.frameworks import Framework, FrameworkSet  # noqa: E402
from zeo.data.known.named import framework_named  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.errors import ConfigError, InputError  # noqa: E402
from zeo.plugin.conditioning import Condition, Latent  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo.plugin.targets import Target  # noqa: E402
from zeo_conditioners.latent import LatentSearch  # noqa: E402
from zeo_learning.checkpoint import STATE, SafetensorsIO  # noqa: E402
from zeo_learning.curve import Curve  # noqa: E402
from zeo_learning.folder import WEIGHTS  # noqa: E402
from zeo_zeovae.generator import ZeoVAE  # noqa: E402
from zeo_zeovae.interpolation import slerp  # noqa: E402
from zeo_zeovae.options import ZeoVAEOptions  # noqa: E402
from zeo_zeovae.plan import learnable  # noqa: E402
from zeo_zeovae.region import Anchors  # noqa: E402
from zeo_zeovae.training import mean_squares, property_loss  # noqa: E402

CODES = ("SOD", "LTA", "ABW", "GIS", "RHO", "ACO")
QST = dict(zip(CODES, (5.0, 12.0, 8.0, 17.0, 15.0, 20.0), strict=True))
DATA = FrameworkSet(CODES, relaxed_structure, lambda code: {"methane.qst": QST[code], "energy": None})
PLUGINS = installed_plugins().configured(
    {"voxel": {"n": 8}, "sites": {"atoms": 150}, "ftcp": {"atoms": 150, "reflections": 8}}
)
SMALL = {
    "latent": 8,
    "width": 8,
    "batch": 2,
    "warm_up": 2,
    "precision": "32-true",
    "accelerator": "cpu",
    "draw_every": 0,
    "check_every": 2,
}


def trained(out, steps, representation, start=None, **options):
    reported = []
    settings = SMALL | {"representation": representation, "steps": steps} | options
    generator = ZeoVAE(ZeoVAEOptions(**settings), PLUGINS)
    generator.train(DATA, out, lambda *told: reported.append(told), start)
    return reported


def loaded(checkpoint, **options):
    kind = json.loads((checkpoint / "model.json").read_text())["representation"]
    generator = ZeoVAE(ZeoVAEOptions(**{"representation": kind} | options), PLUGINS)
    generator.load(checkpoint, "cpu")
    return generator


@pytest.fixture(scope="module", params=["voxel", "sites", "ftcp"])
def checkpoint(request, tmp_path_factory):
    out = tmp_path_factory.mktemp(request.param)
    trained(out, 3, request.param, decay=10)
    return out


@pytest.fixture(scope="module")
def of_sites(tmp_path_factory):
    out = tmp_path_factory.mktemp("sites")
    trained(out, 3, "sites")
    return out


def same(one, two):
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return torch.equal(one, two) if isinstance(one, torch.Tensor) else one == two


def numbers(sample) -> np.ndarray:
    """What a sample holds, grid or matrix."""
    return sample.grid.values if sample.grid is not None else sample.encoded


@pytest.mark.parametrize("conditions", ["", "[T=350 K]", "[T=298.15 K]", "[T=77.5 K, p=1e-05 bar]"])
def test_of_henry_coefficients_one_is_learned_under_any_conditions(conditions):
    names = ("kh", "kh_mol", "kh_accessible", "qst", "void_fraction")
    learned = [name for name in names if learnable(f"methane.{name}{conditions}")]
    assert learned == ["kh", "qst", "void_fraction"]


def test_slices_of_a_step_each_chain_to_the_bytes_of_one_training(checkpoint, tmp_path) -> None:
    kind = loaded(checkpoint).options.representation
    done = []
    for _ in range(3):
        told = trained(tmp_path, 3, kind, decay=10, minutes=1e-9)
        done += [step for step, _, _ in told if step]
    assert done == [1, 2, 3]
    one, two = (SafetensorsIO().load_checkpoint(folder / STATE) for folder in (checkpoint, tmp_path))
    for part in ("global_step", "state_dict", "optimizer_states"):
        assert same(one[part], two[part])
    assert (checkpoint / WEIGHTS).read_bytes() == (tmp_path / WEIGHTS).read_bytes()


def test_curve_tells_losses_and_what_the_branch_is_worth(checkpoint) -> None:
    (row,) = Curve(checkpoint).rows().values()
    assert {"error", "divergence", "property_error", "prior_gap", "validation_error"} <= row.keys()
    assert {"r_methane.qst"} <= row.keys()
    assert np.isfinite([float(value) for value in row.values()]).all()


def test_a_property_that_is_hard_to_tell_does_not_drown_the_others() -> None:
    known = torch.tensor([[[1.0, 1.0], [5.0, 1.0], [0.0, 0.0]], [[2.0, 1.0], [0.0, 0.0], [0.0, 0.0]]])
    gradients = []
    for error in (1.0, 100.0):
        said = torch.tensor([[0.5, 5.0 + error, 7.0], [2.5, 9.0, 7.0]], requires_grad=True)
        squares = mean_squares(said, known)
        assert squares.tolist() == pytest.approx([0.25, error**2])  # of the third nothing is known
        property_loss(squares).backward()
        gradients.append(said.grad)
    assert torch.equal(gradients[0][:, 0], gradients[1][:, 0])
    assert gradients[0][:, 0].abs().min() > 0
    assert not gradients[0][1, 1:].any()


@pytest.mark.parametrize("prior", ["gan", "normal"])
def test_a_sample_depends_on_its_seed_alone(checkpoint, prior) -> None:
    generator = loaded(checkpoint, at_once=2, prior=prior)
    together = list(generator.sample([5, 6, 7]))
    (alone,) = generator.sample([6])
    assert [sample.seed for sample in together] == [5, 6, 7]
    np.testing.assert_allclose(numbers(together[1]), numbers(alone), atol=2e-4)
    assert numbers(together[0]).shape != numbers(together[2]).shape or not np.array_equal(
        numbers(together[0]), numbers(together[2])
    )
    assert {"t_atoms", "operations", "away"} <= alone.source.keys()


def test_atoms_are_as_many_as_the_template_says(of_sites) -> None:
    generator = loaded(of_sites)
    for sample in generator.sample(range(4)):
        structure = generator.model.form.representation.decode(sample.encoded)
        t_atoms = sample.source["t_atoms"]
        assert (structure.count("Si"), structure.count("O")) == (t_atoms, 2 * t_atoms)


def test_what_is_drawn_around_a_framework_has_its_cell(checkpoint) -> None:
    generator = loaded(checkpoint, around=("SOD", "LTA"), spread=0.5)
    first, second, third = generator.sample([0, 1, 2])
    assert [each.source["t_atoms"] for each in (first, second, third)] == [12, 24, 12]
    assert not np.array_equal(numbers(first), numbers(third))
    still = loaded(checkpoint, around=("SOD",), spread=0.0)
    one, other = still.sample([0, 1])
    np.testing.assert_allclose(numbers(one), numbers(other), atol=1e-5)


def test_weights_of_another_representation_are_refused(of_sites) -> None:
    with pytest.raises(ConfigError, match="--representation sites"):
        loaded(of_sites, representation="voxel")


def test_a_path_runs_between_its_ends(checkpoint) -> None:
    generator = loaded(checkpoint)
    path = generator.interpolate(framework_named("SOD"), framework_named("LTA"))
    drawn = list(path([0.0, 0.5, 1.0], seed=3))
    assert [each.source["fraction"] for each in drawn] == [0.0, 0.5, 1.0]
    assert [each.source["t_atoms"] for each in drawn] == [12, 17, 24]
    (again,) = path([0.5], seed=3)
    np.testing.assert_array_equal(numbers(again), numbers(drawn[1]))


def test_great_circles() -> None:
    one, other = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 4.0])
    assert slerp(one, other, 0.0).tolist() == pytest.approx([2.0, 0.0], abs=1e-6)
    assert slerp(one, other, 1.0).tolist() == pytest.approx([0.0, 4.0], abs=1e-6)
    assert slerp(one, other, 0.5).tolist() == pytest.approx([3.0 / 2**0.5] * 2)
    assert slerp(one, 3 * one, 0.5).tolist() == pytest.approx([4.0, 0.0])


def test_frameworks_that_it_cannot_hold_have_no_place(of_sites) -> None:
    """FAU is larger than all that it learned from."""
    generator = loaded(of_sites)
    sod, fau, lta = generator.embed([framework_named(code) for code in ("SOD", "FAU", "LTA")])
    assert np.isfinite([sod, lta]).all()
    assert fau.reason == "too large for this model"
    assert "FAU" in fau.detail
    with pytest.raises(InputError, match=r"FAU is too large for this model: .* T atoms"):
        generator.interpolate(framework_named("SOD"), framework_named("FAU"))


def target(low: float, high: float) -> Target:
    probes = PLUGINS.entries("probe")
    spec = next(entry.spec for entry in probes if entry.spec.name == "methane")
    quantity = next(each for each in spec.quantities if each.name == "qst")
    return Target(probe="methane", quantity="qst", low=low, high=high, unit=quantity.unit)


def test_search_goes_where_the_branch_says_that_the_target_is(checkpoint) -> None:
    """Both from the same starts; with no step it stays there."""
    generator = loaded(checkpoint)
    told = []
    for steps in (0, 40):
        search = LatentSearch(LatentSearch.Options(steps=steps, nearness=0.0))
        (prepared,) = search.prepare([target(14.0, 15.0)], generator.known())
        condition = Condition(conditioner=search, parts=("latent",), targets=(prepared,))
        aims = [condition.values(seed) for seed in range(6)]
        latents, templates = generator._searched(range(6), aims, condition)
        wanted, columns = generator._wanted(aims)
        said = generator.model.autoencoder.branch(latents, generator.told(templates))[:, columns]
        told.append((said - wanted).abs().mean().item())
    assert told[1] < 0.7 * told[0]


def test_search_stays_where_frameworks_are() -> None:
    anchors = Anchors(torch.eye(4) * 3.0, torch.arange(4))
    far = torch.full((2, 4), 40.0)
    space = Latent(lacking=lambda z: z[:, :1] - 50.0, away=anchors.away)
    ways = [LatentSearch(LatentSearch.Options(steps=200, rate=0.5, nearness=weight)) for weight in (0.0, 1e4)]
    free, held = (float(anchors.away(way.latent(space)(far)).mean()) for way in ways)
    assert held < 0.2 * free
    assert anchors.away(anchors.latents).tolist() == pytest.approx([0.0] * 4)


def test_targets_that_the_branch_does_not_know_are_refused(of_sites) -> None:
    known = loaded(of_sites).known()
    assert known.inputs == ("methane.qst",)
    unknown = attrs.evolve(target(1.0, 2.0), quantity="void_fraction")
    with pytest.raises(ConfigError, match="property branch"):
        LatentSearch(LatentSearch.Options()).prepare([unknown], known)


def test_sizes_that_do_not_fit_are_refused(tmp_path) -> None:
    plugins = installed_plugins().configured({"voxel": {"n": 16}})
    generator = ZeoVAE(ZeoVAEOptions(**SMALL | {"steps": 1, "latent": 12}), plugins)
    with pytest.raises(ConfigError, match=r"zeovae\.latent=12 does not fit grids of voxel\.n=16"):
        generator.train(DATA, tmp_path / "other", lambda *_: None)


def test_a_framework_too_large_for_the_matrix_is_left_out_or_refused_with_its_size(tmp_path) -> None:
    plugins = installed_plugins().configured({"sites": {"atoms": 60}})
    generator = ZeoVAE(ZeoVAEOptions(**SMALL | {"representation": "sites", "steps": 1}), plugins)
    generator.train(DATA, tmp_path, lambda *_: None)
    assert int(generator_of(tmp_path, plugins).model.templates.t_atoms.max()) <= 20


def generator_of(checkpoint, plugins) -> ZeoVAE:
    generator = ZeoVAE(ZeoVAEOptions(representation="sites"), plugins)
    generator.load(checkpoint, "cpu")
    return generator


def test_a_new_training_starts_from_weights_with_other_properties(of_sites, tmp_path) -> None:
    heats = FrameworkSet(CODES, relaxed_structure, lambda code: {"energy": QST[code]})
    generator = ZeoVAE(ZeoVAEOptions(**SMALL | {"representation": "sites", "steps": 1}), PLUGINS)
    generator.train(heats, tmp_path, lambda *_: None, of_sites)
    assert loaded(tmp_path).model.properties.quantities == ("energy",)


@pytest.mark.parametrize(
    "naming", [["--representation", "sites"], ["--set", "zeovae.representation=sites"]], ids=" ".join
)
def test_a_run_decodes_repairs_and_says_how_far_away_it_was(of_sites, tmp_path, naming) -> None:
    words = ["run", "--generator", "zeovae", *naming, "--checkpoint", str(of_sites)]
    words += [
        "--set",
        "sites.atoms=150",
        "-n",
        "3",
        "--probe",
        "methane",
        "--set",
        "methane.n=8",
        "--no-report",
    ]
    done = CliRunner().invoke(main, [*words, "--out", str(tmp_path / "run")])
    assert done.exit_code in (0, 1), done.output
    assert "Traceback" not in done.output


def test_a_map_has_a_point_for_each_framework(of_sites, tmp_path) -> None:
    words = ["map", "standard", "--where", "code!=none", "--most", "40", "--checkpoint", str(of_sites)]
    words += ["--representation", "sites", "--colour", "methane.qst"]
    table, picture = tmp_path / "tables" / "map.csv", tmp_path / "pictures" / "map.svg"
    done = CliRunner().invoke(main, [*words, "--csv", str(table), "--out", str(picture)])
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(table.open()))
    assert 3 <= len(rows) <= 40
    assert all(np.isfinite([float(row["x"]), float(row["y"])]).all() for row in rows)
    assert picture.read_text().startswith("<?xml")
    said = done.stderr.splitlines()[-1]
    placed, reasons = said.split(": ")
    lost = 40 - len(rows)
    assert placed == f"{len(rows)} frameworks placed; {lost} left out, which zeovae cannot hold"
    counts, words = zip(*re.findall(r"(\d+) ([^,]+)", reasons), strict=True)
    assert {"too large for this model"} <= set(words) <= {"no orthogonal cell", "too large for this model"}
    assert sum(map(int, counts)) == lost


def test_a_map_tells_how_far_it_has_come(of_sites) -> None:
    looked_at: list[str] = []
    found = zeo.map(
        "standard",
        where="code!=none",
        most=70,
        checkpoint=of_sites,
        representation="sites",
        on_framework=looked_at.append,
    )
    assert len(looked_at) == len(found.names) + sum(found.left_out.values()) == 70
    assert set(found.names) < set(looked_at)


def test_maps_are_refused_in_one_line(of_sites, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    out = ["--out", str(tmp_path / "map.png")]
    of_it = ["--checkpoint", str(of_sites), "--representation", "sites"]
    for words, said in (
        (["standard", "--generator", "zeosym"], "no latent space"),
        (["standard", "--colour", "nonsense"], "no quantity 'nonsense'"),
        (["standard", "--colour", "code"], "no scale of colours"),
        (["standard", "--method", "umap"], "needs the extra: pip install 'zeo-framework[umap]'"),
        (["nowhere"], "nowhere"),
        (["standard", "--where", "code=FAU", *of_it], "fewer than 3 of its frameworks (1 too large"),
    ):
        done = CliRunner().invoke(main, ["map", *words, *out])
        assert done.exit_code != 0
        assert said in done.output, done.output
        assert not (tmp_path / "map.png").exists()


def test_a_framework_is_where_its_symmetry_has_its_origin(of_sites) -> None:
    generator = loaded(of_sites)
    moved = Framework("moved", relaxed_structure("LTA"))
    vectors = generator.embed([moved, framework_named("LTA")])
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-4)
