"""The gas probes as plugins."""

import math

import gemmi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo.crystal.structure import Structure, cell_vectors
from zeo.data.known.iza import iza_structure
from zeo.errors import ConfigError, GridError, InputError
from zeo.grids.grid import Grid
from zeo.plugin.options import make_options
from zeo.plugin.registry import installed_plugins
from zeo_probes import GASES, QUANTITIES
from zeo_probes.gas_probe import MOST_POINTS, GasOptions
from zeo_probes.gases import Methane, Xenon

N = 16


def methane(**options):
    return Methane(make_options(GasOptions, {"n": N, **options}, "methane"), plugins=object())


@pytest.mark.parametrize("name", GASES)
def test_every_gas_measures_what_it_declares(name):
    probe = installed_plugins().configured({name: {"n": N}}).create("probe", name)
    measured = probe.properties(iza_structure("MFI"))  # wide enough for xenon
    assert {key: value.unit for key, value in measured.items()} == {q.name: q.unit for q in QUANTITIES}
    assert all(quantity.value is not None for quantity in measured.values())


@pytest.mark.parametrize("name", GASES)
def test_every_gas_fills_its_channels(name):
    plugins = installed_plugins()
    structure = iza_structure("CHA")
    energy = plugins.probe_of_channel(f"energy:{name}").channel(f"energy:{name}", structure, (8, 9, 10))
    boltzmann = plugins.probe_of_channel(f"boltzmann:{name}").channel(
        f"boltzmann:{name}", structure, (8, 9, 10)
    )
    assert energy.shape == boltzmann.shape == (8, 9, 10)
    assert energy.dtype == boltzmann.dtype == np.float32
    assert np.allclose(boltzmann, np.exp(-energy.astype(float) / 298.0), rtol=1e-5)


def test_heavier_noble_gases_bind_more_strongly():
    heats = [
        installed_plugins().create("probe", name).properties(iza_structure("MFI"))["qst"].value
        for name in ("helium", "argon", "krypton", "xenon")
    ]
    assert heats == sorted(heats)


def test_a_grid_gives_the_properties_of_its_structure_but_no_mass():
    structure = iza_structure("MFI")
    energy = methane().channel("energy:methane", structure, (N, N, N))
    grid = Grid.stack({"energy:methane": energy}, structure.lattice)
    of_grid, of_structure = methane().properties(grid), methane().properties(structure)
    for name, quantity in of_structure.items():
        assert of_grid[name].unit == quantity.unit
        expected = None if name.startswith("kh_mol") else pytest.approx(quantity.value, rel=1e-6)
        assert of_grid[name].value == expected


def test_nothing_is_accessible_in_sodalite():
    measured = methane().properties(iza_structure("SOD"))
    assert measured["kh"].value > 1
    assert measured["kh_accessible"].value == 0.0
    assert measured["kh_mol_accessible"].value == 0.0
    assert measured["void_fraction_accessible"].value == 0.0
    assert measured["qst_accessible"].value is None
    assert measured["channel_dimensionality"].value == 0.0


GROUPS = (
    "P 1 21/c 1",
    "C 2 2 21",
    "P m m m",
    "I 41/a m d :2",
    "P 3 1 2",
    "R -3 m :H",
    "P 63/m",
    "F d -3 m :1",
)


@st.composite
def symmetric(draw):
    """Silica of any space group in any cell, with whatever atoms."""
    group = gemmi.SpaceGroup(draw(st.sampled_from(GROUPS)))
    a, b, c, angle = (draw(st.floats(low, high)) for low, high in ((4, 7), (4, 7), (4, 7), (80, 100)))
    system = group.crystal_system_str()
    lengths = {"cubic": (a, a, a)}.get(
        system, (a, b, c) if system in ("monoclinic", "orthorhombic") else (a, a, c)
    )
    angles = {"trigonal": (90, 90, 120), "hexagonal": (90, 90, 120), "monoclinic": (90, angle, 90)}
    lattice = cell_vectors(lengths, angles.get(system, (90.0, 90.0, 90.0)))
    place = st.tuples(*[st.sampled_from((0.0, 0.125, 0.25, 0.31, 0.4, 0.5))] * 3)
    silicon, *oxygen = (orbit(group, np.array(draw(place))) for _ in range(3))
    species = ["Si"] * len(silicon) + ["O"] * sum(map(len, oxygen))
    coords = np.concatenate([silicon, *oxygen])
    cells = (
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
        [[1, 0, 1], [0, 1, 0], [0, 1, 1]],
    )
    change = np.array(draw(st.sampled_from(cells)))
    turn = np.linalg.qr(np.random.default_rng(draw(st.integers(0, 99))).normal(size=(3, 3)))[0]
    return Structure(change @ lattice @ turn, species, coords @ np.linalg.inv(change))


def orbit(group, place):
    """All equivalent places, each once."""
    images = np.array([operation.apply_to_xyz(list(place)) for operation in group.operations()]) % 1.0
    distinct = []
    for image in images:
        if all(np.abs((image - other + 0.5) % 1.0 - 0.5).max() > 1e-6 for other in distinct):
            distinct.append(image)
    return np.array(distinct)


@settings(max_examples=30, deadline=None)
@given(symmetric(), st.sampled_from(("methane", "xenon")), st.sampled_from((None, 8, 9)))
def test_symmetry_changes_no_property(structure, gas, n):
    options = {"n": n, "spacing": 0.8, "temperature": 600.0}
    plugins = installed_plugins()
    reduced, plain = (
        plugins.configured({gas: {**options, "symmetry": symmetry}})
        .create("probe", gas)
        .properties(structure)
        for symmetry in (True, False)
    )
    for name, quantity in plain.items():
        assert reduced[name].value == (quantity.value and pytest.approx(quantity.value, rel=1e-4))


def test_points_are_as_near_as_the_spacing_says_unless_their_number_is_given():
    structure = iza_structure("MFI")
    for spacing in (0.2, 0.33):
        shape = methane(n=None, spacing=spacing).shape(structure)
        assert (structure.lengths / shape).max() <= spacing
        assert (structure.lengths / shape).min() > 0.9 * spacing
    assert methane(n=None).shape(structure) == methane(n=None, spacing=0.2).shape(structure)
    assert methane(n=32, spacing=0.2).shape(structure) == (32, 32, 32)


def test_a_spacing_finer_than_memory_holds_is_refused_with_one_that_fits():
    structure = Structure(np.diag([90.0, 120.0, 100.0]), ["Si", "O"], [[0, 0, 0], [0.1, 0.1, 0.1]])
    with pytest.raises(InputError, match=r"set methane\.spacing=0\.\d+") as refused:
        methane(n=None).properties(structure)
    enough = float(str(refused.value).rpartition("=")[2])
    assert 0.5 * MOST_POINTS < math.prod(methane(n=None, spacing=enough).shape(structure)) <= MOST_POINTS


def test_a_warmer_gas_adsorbs_less():
    cold, warm = (methane(temperature=t).properties(iza_structure("CHA"))["kh"].value for t in (250, 400))
    assert cold > 2 * warm


def test_temperatures_share_the_energies_of_a_framework_and_gases_do_not():
    structure, again = iza_structure("CHA"), iza_structure("CHA")
    shape, warm = (N, N, N), methane(temperature=350.0)
    field = methane().field(structure, shape, True)
    assert warm.field(structure, shape, True) is field
    assert Xenon(GasOptions(n=N), plugins=object()).field(structure, shape, True) is not field
    assert warm.properties(structure) == warm.properties(again)
    methane().channel("energy:methane", structure, shape)[:] = 0.0  # what is given away can be written to
    assert methane().channel("energy:methane", structure, shape).any()


def test_a_force_field_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        '[gases.methane]\ncutoff = 10.0\npairs.O = { epsilon = 1e-9, sigma = 0.1 }\nignores = ["Si"]\n'
    )
    measured = methane(force_field=str(path)).properties(iza_structure("CHA"))
    assert measured["kh"].value == pytest.approx(1.0, abs=0.01)


def test_an_unknown_element_is_no_silent_zero():
    structure = Structure(np.diag([9.0, 9.0, 9.0]), ["Al", "O", "Na"], np.eye(3) / 3)
    with pytest.raises(InputError, match=r"no parameters for Na .*only for O, T atoms"):
        methane().properties(structure)
    with pytest.raises(InputError, match=r"no parameters for Al, Na .*only for O, Si"):
        Xenon(GasOptions()).properties(structure)


def test_channels_it_does_not_have():
    with pytest.raises(GridError, match="no channel 'energy:xenon'"):
        methane().channel("energy:xenon", iza_structure("CHA"), (4, 4, 4))
    with pytest.raises(GridError, match="no channel 'energy:methane'"):
        methane().properties(Grid(np.zeros((1, 2, 2, 2)), ("si",), np.eye(3)))


def test_a_boltzmann_factor_too_large_for_a_grid():
    options = make_options(GasOptions, {}, "xenon")
    object.__setattr__(options, "temperature", 20.0)  # below what the option takes
    xenon = Xenon(options, plugins=object())
    with pytest.raises(ConfigError, match="overflows at 20 K"):
        xenon.channel("boltzmann:xenon", iza_structure("MFI"), (N, N, N))


@pytest.mark.parametrize(("name", "value"), [("temperature", "-3"), ("temperature", "nan"), ("n", "0")])
def test_options_out_of_bounds(name, value):
    with pytest.raises(ConfigError, match=name):
        methane(**{name: value})


@pytest.mark.parametrize("gas", ["methane", "argon", "krypton"])
def test_gases_that_only_oxygen_attracts_take_t_atoms_of_any_element(gas):
    probe = installed_plugins().configured({gas: {"n": N}}).create("probe", gas)
    silica = iza_structure("CHA")
    species = ["Al" if k % 2 else "P" for k in range(silica.count("Si"))]
    species += ["O"] * silica.count("O")
    coords = np.concatenate([silica.coords_of("Si"), silica.coords_of("O")])
    alpo = probe.properties(Structure(silica.lattice, species, coords))
    assert alpo["kh"].value == pytest.approx(probe.properties(silica)["kh"].value, rel=1e-6)
    # per mass they differ
    assert alpo["kh_mol"] != probe.properties(silica)["kh_mol"]


def test_a_magnesium_in_a_pore_is_no_t_atom():
    silica = iza_structure("SOD")
    coords = np.concatenate([silica.frac_coords, [[0.5, 0.5, 0.5]]])
    with pytest.raises(InputError, match="no parameters for Mg"):
        methane().properties(Structure(silica.lattice, (*silica.species, "Mg"), coords))


def test_a_framework_without_oxygen_is_refused():
    """Its pores would hold as much as empty space."""
    bare = Structure.from_si_o(np.eye(3) * 8.0, [[0.0, 0.0, 0.0]], np.empty((0, 3)))
    with pytest.raises(InputError, match="there is no oxygen"):
        installed_plugins().create("probe", "methane").properties(bare)
