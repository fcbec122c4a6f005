"""What a record says of a sample."""

from __future__ import annotations

from zeo.crystal.structure import Structure
from zeo.data.known.relaxed import relaxed_structure
from zeo.evaluation.outcome import outcome_of
from zeo.plugin.candidate import Candidate
from zeo.plugin.columns import columns_by_name
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import installed_plugins
from zeo.records.record import Record


def test_a_quantity_is_called_as_wishes_call_it() -> None:
    """The loading is that of methane, though the probe has another name."""
    structure: Structure = relaxed_structure("SOD")
    probes = ("methane-loading", "methane-loading[p=5 bar]")
    loadings = {
        probe: {"loading": Quantity(value, "mol/kg")} for probe, value in zip(probes, (2.0, 1.0), strict=True)
    }
    candidate = Candidate(index=0, seed=0, structure=structure, properties=loadings)
    outcome = outcome_of(Record.of(candidate), columns_by_name(probes, installed_plugins()))
    assert outcome.final == {"methane.loading": 2.0, "methane.loading[p=5 bar]": 1.0}
