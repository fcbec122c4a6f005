"""The force-field file: the packaged one, and everything a user can get wrong in a copy."""

import math
import tomllib

import pytest

from zeo.errors import ConfigError
from zeo_probes import GASES
from zeo_probes.force_fields import PACKAGED, Pair, RodModel, load_rod, load_sphere

GOOD = """
[gases.neon]
cutoff = 10.0
epsilon = 40.0
sigma = 2.0
framework = "silica"
pairs.Al = { epsilon = 5, sigma = 3.0 }
ignores = ["P"]

[frameworks.silica]
sites.O = { epsilon = 90.0, sigma = 3.0 }
"""


@pytest.fixture
def force_field(tmp_path):
    def write(text):
        path = tmp_path / "force_fields.toml"
        path.write_text(text)
        return path

    return write


def known_elements(gas):
    model = load_rod(gas) if gas in ("co2", "n2") else load_sphere(gas)
    return model.elements if isinstance(model, RodModel) else set(model.pairs)


def test_every_gas_is_packaged_with_a_citation_and_knows_silica():
    document = tomllib.loads(PACKAGED.read_text())
    assert set(document["gases"]) == set(GASES)
    for table in (*document["gases"].values(), *document["frameworks"].values()):
        assert len(table["citation"]) > 20
        assert len(table["read"]) > 20
    for gas in GASES:
        known = known_elements(gas)
        assert "O" in known
        assert {"Si", "T"} & known


def test_methane_is_the_references_one():
    methane = load_sphere("methane")
    assert methane.pairs == {"O": Pair(115.0, 3.47), "T": None}
    assert methane.cutoff == 12.0


def test_krypton_follows_from_argon_by_lorentz_berthelot():
    """The rule of Talu and Myers, with the gases' own parameters."""
    argon, own_argon, own_krypton = load_sphere("argon").pairs["O"], Pair(119.8, 3.405), Pair(166.4, 3.636)
    epsilon = argon.epsilon * math.sqrt(own_krypton.epsilon / own_argon.epsilon)
    sigma = argon.sigma + (own_krypton.sigma - own_argon.sigma) / 2
    krypton = load_sphere("krypton").pairs["O"]
    assert krypton.epsilon == pytest.approx(epsilon, abs=0.05)
    assert krypton.sigma == pytest.approx(sigma, abs=0.001)


def test_mixing_pairs_and_ignored_elements(force_field):
    model = load_sphere("neon", force_field(GOOD))
    assert model.pairs == {"O": Pair(60.0, 2.5), "Al": Pair(5.0, 3.0), "P": None}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[gases.neon]", "[gases.radon]", "no gas 'neon'; it has radon"),
        ("[gases.neon]", "gases = 3\n[neon]", "'gases' is not a table"),
        ("epsilon = 40.0", "epsilon = nan", "epsilon is a number above 0"),
        ("epsilon = 40.0", "epsilon = inf", "epsilon is a number above 0"),
        ("epsilon = 40.0", "epsilon = -1.0", "epsilon is a number above 0"),
        ("epsilon = 40.0", 'epsilon = "40"', "epsilon is a number above 0"),
        ("epsilon = 40.0", "", "epsilon is a number above 0 and up to 10000, not None"),
        ("sigma = 2.0", "sigma = 200.0", "sigma is a number above 0 and up to 10"),
        ("cutoff = 10.0", "cutoff = true", "cutoff is a number above 0"),
        ('framework = "silica"', 'framework = "granite"', "'granite' is missing"),
        ("sites.O = {", "sites = {", "'sigma' is not a table|'epsilon' is not a table"),
        ('ignores = ["P"]', 'ignores = "P"', "ignores is a list"),
        ("[gases.neon]", "[gases.neon", "not valid TOML"),
    ],
)
def test_a_mistake_is_one_clear_line(force_field, old, new, complaint):
    path = force_field(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError, match=complaint) as caught:
        load_sphere("neon", path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_gas_without_any_parameters(force_field):
    with pytest.raises(ConfigError, match="give pairs, or"):
        load_sphere("neon", force_field("[gases.neon]\ncutoff = 1.0\n"))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read .*no such file"):
        load_sphere("methane", tmp_path / "nothing.toml")
    with pytest.raises(ConfigError, match="not a file"):
        load_sphere("methane", tmp_path)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_sphere("methane", binary)
