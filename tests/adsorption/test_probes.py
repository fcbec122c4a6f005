"""The probes of adsorption at pressure, end to end, and what they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from command_line import done

from zeo.cli import main
from zeo.crystal.structure import Structure
from zeo.data.known.iza import iza_structure
from zeo.errors import ConfigError, InputError
from zeo.plugin.quantity import Quantity
from zeo_adsorption.chain import Chain
from zeo_adsorption.host import host_of
from zeo_adsorption.loading import Co2Loading, H2Loading, MethaneLoading
from zeo_adsorption.mixture import Gas, ideal
from zeo_adsorption.molecule import load_molecule
from zeo_adsorption.supercell import FULL
from zeo_adsorption.uptake import MixtureUptake
from zeo_probes.force_fields import PACKAGED
from zeo_probes.linear_gases import CarbonDioxide
from zeo_probes.quantum import quantum_spread

COARSE = 0.5


@pytest.fixture(scope="module")
def chabazite() -> Structure:
    return iza_structure("CHA")


def probe(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["probe", *arguments])


def values(found: Mapping[str, Quantity]) -> dict[str, float | None]:
    return {name: quantity.value for name, quantity in found.items()}


def one_line(result: Result) -> str:
    """What a refused command says, which has to be one line."""
    assert result.exit_code != 0
    assert result.exception is None or isinstance(result.exception, SystemExit)
    (line,) = [line for line in result.stderr.splitlines() if line.strip()]
    return line


def test_a_gas_without_parameters_for_its_own_molecules(tmp_path: Path) -> None:
    lonely = tmp_path / "lonely.toml"
    lonely.write_text(PACKAGED.read_text().split("[gases.methane.fluid]")[0])
    line = one_line(
        probe("CHA", "--probe", "methane-loading", "--set", f"methane-loading.force_field={lonely}")
    )
    assert "methane" in line
    assert "fluid" in line


def test_a_rod_whose_sites_say_nothing_of_each_other(tmp_path: Path) -> None:
    selfless = tmp_path / "selfless.toml"
    lines = [line for line in PACKAGED.read_text().splitlines() if not line.startswith("self")]
    selfless.write_text("\n".join(lines))
    with pytest.raises(ConfigError, match=r"co2.*self"):
        load_molecule("co2", selfless)


def test_a_low_pressure_that_is_none() -> None:
    line = one_line(probe("CHA", "--probe", "methane-loading", "--set", "methane-loading.low=65"))
    assert "below the high one" in line
    assert "methane-loading.low=65 bar" in line


@pytest.mark.parametrize("name", ["pressure", "low", "high", "temperature"])
def test_numbers_that_are_not_positive(name: str) -> None:
    line = one_line(probe("CHA", "--probe", "methane-loading", "--set", f"methane-loading.{name}=-1"))
    assert name in line
    assert ("at least 50" if name == "temperature" else "above 0") in line


@pytest.mark.parametrize("gas", ["methane", "co2"])
def test_cations_are_refused_by_name(gas: str, chabazite: Structure, tmp_path: Path) -> None:
    atoms = chabazite.to_ase()
    atoms.append("Na")
    atoms[-1].position = atoms.cell.sum(axis=0) / 2
    file = tmp_path / "sodium.cif"
    atoms.write(file)
    line = one_line(probe(str(file), "--probe", f"{gas}-loading"))
    assert "Na" in line
    assert f"set {gas}-loading.force_field" in line
    probes = {"methane": MethaneLoading, "co2": Co2Loading}
    with pytest.raises(InputError, match="Na"):
        probes[gas](probes[gas].Options()).properties(Structure.from_ase(atoms))


@pytest.mark.parametrize(
    ("gas", "way_out"), [("methane", r"set methane-loading\.spacing=0\.\d+"), ("co2", "smaller one")]
)
def test_a_cell_too_large_is_refused_before_memory_is_taken(
    gas: str, way_out: str, chabazite: Structure
) -> None:
    large = Structure(lattice=np.eye(3) * 100.0, species=chabazite.species, frac_coords=chabazite.frac_coords)
    with pytest.raises(InputError, match=way_out) as refused:
        host_of(large, [load_molecule(gas)], 298.0, 0.2, probe=f"{gas}-loading")
    assert "\n" not in str(refused.value)


def test_the_usual_grid_is_coarser_where_memory_asks_for_it(
    chabazite: Structure, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = host_of(chabazite, [load_molecule("co2")], 298.0)
    monkeypatch.setattr("zeo_adsorption.host.MOST_NUMBERS", usual.guests[0].energy.size)
    coarser = host_of(chabazite, [load_molecule("co2")], 298.0)
    assert usual.guests[0].energy.size > coarser.guests[0].energy.size
    with pytest.raises(InputError, match="too large for a grid"):
        host_of(chabazite, [load_molecule("co2")], 298.0, 0.25)


def test_a_gas_is_not_separated_from_itself() -> None:
    assert "two different gases" in one_line(
        probe("CHA", "--probe", "mixture", "--set", "mixture.gases=xenon,xenon")
    )


def test_more_molecules_than_there_is_room_for_are_no_silent_ceiling(chabazite: Structure) -> None:
    host = host_of(chabazite, [load_molecule("methane")], 298.0, COARSE)
    crowd = host_of(chabazite, [load_molecule("methane")], 298.0, COARSE)
    crowd.tables[:] = 0.0  # molecules that do not meet
    assert Chain(host, 0).walk(np.array([1e5]), 100)[1] < FULL
    with pytest.raises(InputError, match="molecules"):
        Chain(crowd, 0).walk(np.array([1e10]), 20_000)


def test_molecules_that_do_not_meet_are_an_ideal_gas(chabazite: Structure) -> None:
    """Their mean number is activity times volume, and so is its variance."""
    host = host_of(chabazite, [load_molecule("methane")], 298.0, COARSE)
    host.tables[:] = 0.0
    fugacity = 2e6
    chain = Chain(host, seed=3)
    chain.walk(np.array([fugacity]), 20_000)
    collected, (mean,) = chain.walk(np.array([fugacity]), 400_000)
    numbers, visits = np.arange(len(collected)), collected[:, -1]
    variance = float((numbers - mean) ** 2 @ visits / visits.sum())
    expected = fugacity / (1.380649e-23 * 298.0) * 1e-30 * host.guests[0].volume
    assert mean == pytest.approx(expected, rel=0.02)
    assert variance == pytest.approx(expected, rel=0.1)


def test_what_cannot_be_entered_delivers_nothing() -> None:
    sodalite = iza_structure("SOD")
    found = values(MethaneLoading(MethaneLoading.Options(spacing=COARSE)).properties(sodalite))
    assert found["loading"] == found["deliverable"] == found["deliverable_volumetric"] == 0
    assert found["deliverable_error"] == 0
    assert found["heat"] is None
    mixed = MixtureUptake(MixtureUptake.Options(spacing=COARSE)).properties(sodalite)
    assert mixed["first_loading"].value == mixed["second_loading"].value == 0
    assert mixed["selectivity"] == Quantity(None, "1", "krypton finds no pore that it can enter")


def test_packed_molecules_have_the_error_of_half_of_one(chabazite: Structure) -> None:
    """The number of molecules does not vary there, which a jackknife takes for certainty."""
    options = MethaneLoading.Options(spacing=COARSE, pressure=1e4, low=1.0, high=1e4)
    found = MethaneLoading(options).properties(chabazite)
    half = 0.5 * 1e3 / (36 * 60.084)
    for name in ("loading_error", "deliverable_error"):
        error = found[name].value
        assert error is not None
        assert half * 0.999 < error < 3 * half
    assert found["heat"].value is None
    assert "packed" in str(found["heat"])


def test_theory_without_the_partition_functions_that_it_needs_says_so(chabazite: Structure) -> None:
    """At 77 K methane condenses between two rungs of its ladder."""
    options = {"gases": ("methane", "h2"), "temperature": 77.0, "spacing": COARSE}
    host = MixtureUptake(MixtureUptake.Options(**options)).host(
        chabazite, [load_molecule("methane"), load_molecule("h2")]
    )
    few = ideal(host, Gas((0.5, 0.5), 1e5), 2_000, seed=0, rungs=2)
    assert np.isnan(few.selectivity.value)
    assert few.selectivity.reason is not None
    assert "mixture.method=gcmc" in few.selectivity.reason
    assert all(np.isnan(each.value) for each in few.loadings)


@pytest.mark.parametrize(
    ("kind", "headline", "options"),
    [(MethaneLoading, "deliverable", {}), (MixtureUptake, "selectivity", {"gases": ("krypton", "methane")})],
)
def test_choosing_takes_less_than_measuring(
    kind: type[Any], headline: str, options: dict[str, Any], chabazite: Structure
) -> None:
    probe = kind(kind.Options(spacing=COARSE, precision=0.01, screening=0.05, **options))
    exact, rough = probe.properties(chabazite), probe.estimates(chabazite)
    errors = [each[f"{headline}_error"].value / each[headline].value for each in (exact, rough)]
    assert errors[0] < 0.015
    assert 1.5 * errors[0] < errors[1] < 0.1
    apart = exact[headline].value - rough[headline].value
    assert abs(apart) < 5 * rough[f"{headline}_error"].value
    same = kind(kind.Options(spacing=COARSE, precision=0.05, screening=0.01, **options))
    assert same.estimates(chabazite) == same.properties(chabazite)


def test_the_heat_of_co2_begins_at_that_of_one_molecule(chabazite: Structure) -> None:
    """At a loading of nearly nothing, on a grid of the same resolution."""
    options = Co2Loading.Options(pressure=1e-2, low=1e-2, high=2e-2, precision=0.003)
    found = values(Co2Loading(options).properties(chabazite))
    alone = CarbonDioxide(CarbonDioxide.Options(n=36)).properties(chabazite)["qst_accessible"].value
    assert alone is not None
    assert found["heat"] is not None
    assert found["heat_error"] is not None
    assert found["heat_error"] < 0.5
    assert found["heat"] == pytest.approx(alone, abs=3 * found["heat_error"] + 0.05)


def test_quantum_motion_of_hydrogen_lowers_its_loading(chabazite: Structure) -> None:
    cold = {"temperature": 77.0, "pressure": 1.0, "low": 0.5, "high": 1.0, "spacing": COARSE}
    classical, quantum = (
        values(H2Loading(H2Loading.Options(quantum=each, **cold)).properties(chabazite))["loading"]
        for each in (False, True)
    )
    assert classical is not None
    assert quantum is not None
    assert 0.3 * classical < quantum < 0.98 * classical


def test_the_pair_of_two_quantum_molecules_has_half_the_mass(chabazite: Structure) -> None:
    """At the minimum of the pair potential its Laplacian is 4 epsilon (132/4 - 30/2)/r^2."""
    molecule = load_molecule("h2")
    inverse = 1 / 2.01588
    hosts = [
        host_of(chabazite, [evolve(molecule, inverse_mass=each)], 77.0, COARSE) for each in (0.0, inverse)
    ]
    tables = [host.tables[0, 0] for host in hosts]
    spread = quantum_spread(2 * inverse, 77.0)
    along = tables[0][0, 0]
    step = np.linalg.norm(chabazite.lattice[2]) * hosts[0].repeats[2] / len(along)
    r = step * np.arange(len(along))
    near = np.flatnonzero((r > 2.8) & (r < 4.5))
    ratio6 = (2.958 / r[near]) ** 6
    expected = spread * 4 * 36.7 * (132 * ratio6**2 - 30 * ratio6) / r[near] ** 2 / 77.0
    assert len(near) >= 2
    assert (tables[1] - tables[0])[0, 0, near] == pytest.approx(expected, rel=0.05, abs=2e-3)


def test_probes_are_registered() -> None:
    result = CliRunner().invoke(main, ["plugins", "list"])
    assert result.exit_code == 0, result.output
    for gas in ("methane", "argon", "krypton", "xenon", "helium", "h2", "co2", "n2"):
        assert f"{gas}-loading" in result.stdout
    assert "mixture" in result.stdout


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("--target", "mixture.selectivity[foo:xenon=20:80]>3"), "no gas 'foo'"),
        (("--probe", "mixture", "--set", "mixture.gases=xenon,foo"), "no gas 'foo'"),
        (("--probe", "mixture", "--set", "mixture.gases=xenon"), "each gas has a positive share"),
        (("--target", "methane.deliverable[low=70 bar]>3"), "low pressure (methane-loading.low=70 bar)"),
        (("--maximise", "methane.deliverable[hot=200 K]"), "colder than it is filled"),
    ],
)
def test_what_cannot_be_simulated_is_refused_before_anything_is_drawn(
    asked: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    told = done(
        "run", "--generator", "search", "-n", 1, "--out", tmp_path / "run", *asked, exit_code=1
    ).stderr
    (line,) = [line for line in told.splitlines() if not line.startswith("zeo run")]
    assert message in line
    assert "drawing" not in told
    assert not (tmp_path / "run").exists()


def test_rules_over_orientations_that_do_not_exist_or_weigh_below_zero_are_refused() -> None:
    for order in (13, 24, 43):
        line = one_line(
            probe("ABW", "--probe", "co2-loading", "--set", f"co2-loading.orientation_order={order}")
        )
        assert "orientation_order must be one of 3, 5, 7" in line
