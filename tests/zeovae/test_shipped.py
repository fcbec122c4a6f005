"""The weights that come with the plugin."""

from __future__ import annotations

import json

import pytest
from command_line import done
from kept import records_of

torch = pytest.importorskip("torch")

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
