"""The user-desired loss on energies whose properties are known."""

import math

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from zeo.errors import ConfigError  # noqa: E402
from zeo.plugin.conditioning import Drawing, Known  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo.plugin.targets import parse_target  # noqa: E402
from zeo.testing import check_conditioner  # noqa: E402
from zeo_learning.adsorption import heat, log_henry  # noqa: E402

PLUGINS = installed_plugins()
KNOWN = Known(channels=("energy:methane", "si", "o"))
T = 298.0


def conditioner(**options):
    return PLUGINS.configured({"range-penalty": options}).create("conditioner", "range-penalty")


def penalty(energy, *texts, **options):
    targets = tuple(parse_target(text) for text in texts)
    return conditioner(**options).loss(Drawing(channel=lambda _: energy, targets=targets))


def test_it_keeps_its_promises():
    wanted = [parse_target(text) for text in ("methane.void_fraction=0.2", "methane.qst=18..22 kJ/mol")]
    spec = PLUGINS.find("conditioner", "range-penalty").spec
    assert check_conditioner(conditioner(), spec, wanted, KNOWN) == ""


@given(st.floats(-3900.0, -100.0))
def test_penalty_is_that_of_the_paper(level):
    """Eqs 25 to 27, for a grid that has one energy everywhere."""
    energy = torch.full((2, 4, 4, 4), level, dtype=torch.float64)
    qst = float(heat(energy, T)[0])
    outside = max(math.log(qst) - math.log(22), 0.0) ** 2 + min(math.log(qst) - math.log(18), 0.0) ** 2
    found = penalty(energy, "methane.qst=18..22 kJ/mol")
    assert float(found.value) == pytest.approx(100 * outside, rel=1e-9, abs=1e-12)
    assert float(found.measured["hit_qst"]) == (18 <= qst <= 22)
    assert float(found.measured["not_positive_qst"]) == 0.0


def test_heats_that_are_not_positive_are_counted_and_cost_a_finite_penalty():
    energy = torch.full((4, 4, 4, 4), 3000.0)
    energy[0] = -2000.0
    found = penalty(energy.requires_grad_(), "methane.qst=18..22 kJ/mol")
    assert float(found.measured["not_positive_qst"]) == 0.75
    assert float(found.value) == pytest.approx(100 * 0.75 * math.log(100) ** 2, rel=1e-5)
    found.value.backward()
    assert energy.grad.isfinite().all()


def test_steps_down_the_gradient_bring_every_property_into_its_range():
    torch.manual_seed(0)
    energy = (7500.0 * torch.rand(3, 6, 6, 6) - 1500.0).requires_grad_()
    texts = ("methane.kh=1..2", "methane.void_fraction=0.7..0.75")
    optimiser = torch.optim.Adam([energy], lr=20.0)
    for _ in range(200):
        optimiser.zero_grad()
        found = penalty(energy, *texts)
        found.value.backward()
        optimiser.step()
    assert float(found.measured["hit_kh"]) == float(found.measured["hit_void_fraction"]) == 1.0
    assert float(log_henry(energy, T).exp().max()) <= 2.0


def test_several_targets_and_an_open_lower_end():
    energy = torch.full((1, 4, 4, 4), -500.0)
    both = penalty(energy, "methane.qst=18..22 kJ/mol", "methane.kh=0..1", weight=1.0)
    alone = [penalty(energy, text, weight=1.0) for text in ("methane.qst=18..22 kJ/mol", "methane.kh=0..1")]
    assert float(both.value) == pytest.approx(sum(float(one.value) for one in alone))
    assert float(alone[1].value) == pytest.approx((500 / T) ** 2, rel=1e-5)
    assert float(penalty(energy, "methane.kh=0..9").value) == 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("methane.void_fraction=-1..0", "nothing in .* has one"),
        ("argon.kh=4", r"methane\.void_fraction, not by the target argon\.kh"),
    ],
)
def test_refusals(text, message):
    with pytest.raises(ConfigError, match=message):
        conditioner().prepare([parse_target(text)], KNOWN)


@given(st.floats(-2700.0, -1800.0))
def test_a_margin_penalises_what_is_near_the_bounds(level):
    energy = torch.full((1, 4, 4, 4), level, dtype=torch.float64)
    inset = 0.25 * math.log(22 / 18)
    narrower = f"methane.qst={18 * math.exp(inset)!r}..{22 * math.exp(-inset)!r} kJ/mol"
    with_margin = penalty(energy, "methane.qst=18..22 kJ/mol", margin=0.25)
    assert float(with_margin.value) == pytest.approx(float(penalty(energy, narrower).value), abs=1e-9)
    hit = 18 <= float(heat(energy, T)[0]) <= 22
    assert float(with_margin.measured["hit_qst"]) == hit
