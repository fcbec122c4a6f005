"""What an energy above quartz says about the chance that a framework can be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zeo.plugin.candidate import Energy

SLC_BANDS = ((20.5, "range made so far"), (30.0, "Deem's limit"), (105.6, "RWY"))
"""Upper bounds on the energy by the Sanders-Leslie-Catlow potential, kJ/mol Si, and what they stand for.

The siliceous zeolites made so far are below 20.5 (EMT 20.0, FAU 19.8, LTA 19.2); 30 is the bound of Deem's
database of hypothetical zeolites; RWY, known as a sulphide, has 105.6 as silica. The last two are the bounds
that Kim, Lee & Kim count by (Sci. Adv. 2020, 6, eaax9324).
"""

FEASIBLE_BELOW = SLC_BANDS[1][0]
"""kJ/mol Si, itself included: Deem's limit."""


def is_feasible(energy: Energy | None) -> bool:
    """Whether a framework whose relaxation converged lies low enough; False where that is not known."""
    return energy is not None and energy.potential == "SLC" and energy.value <= FEASIBLE_BELOW


def net_kept(notes: Mapping[str, Any]) -> bool:
    """Whether a relaxation that noted this kept the net; one that says nothing of it did."""
    return bool(notes.get("net_unchanged", True))


def lid_verdict(notes: Mapping[str, Any]) -> str | None:
    """Which local interatomic distances a relaxation found out of bounds; None where none were judged."""
    if "lid_violations" not in notes:
        return None
    return "; ".join(notes["lid_violations"]) or "none"


ABOVE = "above RWY"


def energy_band(energy: Energy) -> str:
    """The lowest bound that an energy is within; empty for potentials whose scale has none."""
    if energy.potential != "SLC":
        return ""
    return next((band for bound, band in SLC_BANDS if energy.value <= bound), ABOVE)
