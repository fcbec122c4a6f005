"""Facts of stages: what is not known is absent from records and None when they are read back."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from zeo.plugin.candidate import Candidate
from zeo.plugin.facts import FACTS, DecodeFacts, Facts, RelaxFacts, RepairFacts, check_facts

CANDIDATE = Candidate(index=0, seed=0)


def test_what_is_not_known_is_not_noted() -> None:
    assert CANDIDATE.state(RepairFacts(perfect_before=False)).notes == {"perfect_before": False}
    assert RepairFacts.read({}) == RepairFacts()
    assert RepairFacts.read({}).perfect_before is None


def test_further_facts_pass_through() -> None:
    facts = RepairFacts(connectivity_before=0.5, further={"moves": 3})
    noted = CANDIDATE.note(gap=0.0).state(facts).notes
    assert noted == {"gap": 0.0, "connectivity_before": 0.5, "moves": 3}
    assert RepairFacts.read(noted).further == {"gap": 0.0, "moves": 3}
    with pytest.raises(ValueError, match="perfect_before is no further fact: RepairFacts has it"):
        RepairFacts(further={"perfect_before": True})


def test_numbers_of_numpy_are_plain_and_those_that_are_not_finite_unknown() -> None:
    facts = RelaxFacts(net_unchanged=np.bool_(True), iterations=np.int64(4), pressure=np.float64("nan"))
    assert facts.notes() == {"net_unchanged": True, "iterations": 4}
    assert type(facts.net_unchanged) is bool


def test_local_distances_that_nobody_looked_at_have_no_verdict() -> None:
    verdicts = [RelaxFacts(lid_violations=found).lid_verdict for found in (None, (), ("Si-O", "O-O"))]
    assert verdicts == [None, "none", "Si-O; O-O"]
    assert RelaxFacts(lid_violations=()).notes() == {"lid_violations": []}


@pytest.mark.parametrize(
    ("stage", "notes"),
    [
        ("decode", {"si": "12"}),
        ("repair", {"perfect_before": "yes"}),
        ("repair", {"connectivity_before": True}),
        ("relax", {"lid_violations": "Si-O"}),
    ],
)
def test_a_fact_of_another_type_is_refused(stage: str, notes: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        check_facts(stage, notes)
    check_facts("identify", notes)


@pytest.mark.parametrize("cls", FACTS.values())
def test_every_fact_is_documented_and_may_be_unknown(cls: type[Facts]) -> None:
    assert cls().notes() == {}
    for name in cls.names():
        assert f"{name}: " in (cls.__doc__ or "")
    assert attrs.fields(cls).further.default is not attrs.NOTHING
    assert DecodeFacts.stage == "decode"
