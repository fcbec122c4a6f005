"""The weights that come with the plugin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import done, run_zeo
from kept import records_of
from pages import data_in

torch = pytest.importorskip("torch")

import zeo  # noqa: E402
from zeo.data.known.named import framework_named  # noqa: E402
from zeo.plugin.candidate import Candidate  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo.plugin.weights import weights_of  # noqa: E402
from zeo_zeovae.generator import ZeoVAE  # noqa: E402
from zeo_zeovae.options import ZeoVAEOptions  # noqa: E402

SHIPPED = weights_of("zeovae", None, installed_plugins())


@pytest.fixture(scope="module")
def generator():
    generator = ZeoVAE(ZeoVAEOptions(), installed_plugins())
    generator.load(None, "cpu")
    return generator


@pytest.mark.parametrize("code", ["LTA", "SOD", "RHO"])
def test_a_known_framework_comes_back_through_its_latent_vector(generator, code) -> None:
    known = generator._placed(framework_named(code))
    latent, _ = generator.encoded(known)
    (sample,) = generator.decoded(latent[None], [known.template], [0], [{}])
    plugins = installed_plugins()
    structure = generator.model.form.representation.decode(sample.encoded)
    repaired = plugins.create("postprocessor", "repair").apply(Candidate.of(structure, sample.encoded))
    named = plugins.create("postprocessor", "identify").apply(repaired)
    assert named.identity is not None
    assert named.identity.name == code


def test_the_branch_knows_which_frameworks_are_open(generator) -> None:
    column = generator.model.properties.quantities.index("methane.void_fraction")
    known = [generator._placed(framework_named(code)) for code in ("RHO", "LTA", "SOD", "MTN")]
    latents = torch.stack([generator.encoded(each)[0] for each in known])
    told = generator.told([each.template for each in known])
    rho, lta, sod, mtn = generator.model.autoencoder.branch(latents, told)[:, column].tolist()
    assert min(rho, lta) > max(sod, mtn)


def test_a_run_around_a_framework_finds_it_again(tmp_path) -> None:
    done(
        "run",
        "--generator",
        "zeovae",
        "--set",
        "zeovae.around=LTA",
        "--probe",
        "methane",
        "-n",
        "2",
        "--out",
        tmp_path / "run",
    )
    records = records_of(tmp_path / "run")
    assert [record["identity"]["name"] for record in records] == ["LTA", "LTA"]


def test_shipped_model_is_small_and_says_how_it_came_about() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 8.4e6
    training = json.loads((SHIPPED / "model.json").read_text())["training"]
    assert training["samples_seen"] >= 16 * training["steps"]
    assert "samples seen" in (SHIPPED / "README.md").read_text()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Known types with a little noise."""
    out = tmp_path_factory.mktemp("runs") / "types"
    usual = ["run", "--generator", "dataset", "--set", "dataset.noise=0.05", "--grid-size", "16"]
    made = run_zeo(*usual, "--probe", "methane", "-n", 8, "--no-report", "--out", out)
    assert made.exit_code == 0, made.output
    return out


def test_a_page_has_the_places_of_the_map(run: Path, tmp_path: Path) -> None:
    page = zeo.report(run, out=tmp_path / "page.html", background=None, map="zeovae")
    shown = data_in(page)["frameworks"]
    found = {
        name: (x, y)
        for name, x, y in zip(
            shown["id"], *(shown["values"]["after"][axis] for axis in ("map.x", "map.y")), strict=True
        )
        if x is not None
    }
    alone = zeo.map(run, colour="methane.qst")
    expected = {
        name.rpartition("-")[2]: tuple(point)
        for name, point in zip(alone.names, alone.points.tolist(), strict=True)
    }
    assert len(expected) >= 3
    assert found.keys() == expected.keys()
    for name, place in expected.items():
        assert found[name] == pytest.approx(place, rel=1e-3, abs=1e-3)


def test_what_lies_behind_is_on_the_map_with_its_codes(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    made = run_zeo("report", run, "--background", run, "--map", "zeovae", "--out", page)
    assert made.exit_code == 0, made.output
    behind, shown = data_in(page)["background"], data_in(page)["frameworks"]
    places = set(zip(behind["values"]["map.x"], behind["values"]["map.y"], strict=True))
    front = shown["values"]["after"]
    placed = {point for point in zip(front["map.x"], front["map.y"], strict=True) if None not in point}
    assert placed
    assert placed <= places
    assert {code for _, code in behind["codes"]} == {name for name in shown["name"] if name}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--map", "zeosym"], "zeosym has no latent space to map"),
        (["--checkpoint", "weights"], "--map"),
    ],
)
def test_maps_of_pages_are_refused_in_one_line(
    run: Path, tmp_path: Path, options: list[str], says: str
) -> None:
    refused = run_zeo("report", run, *options, "--out", tmp_path / "page.html")
    assert refused.exit_code != 0
    assert says in refused.stderr.strip().splitlines()[-1]
    assert not (tmp_path / "page.html").exists()
