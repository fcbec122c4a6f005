"""What an energy above quartz says about the chance that a framework can be made."""

from __future__ import annotations

from zeo.plugin.candidate import Energy

SLC = "SLC"
"""The potential on whose scale feasibility is judged."""

SLC_BANDS = ((20.5, "range made so far"), (30.0, "Deem's limit"), (105.6, "RWY"))
"""Upper bounds on the energy by the Sanders-Leslie-Catlow potential, kJ/mol Si, and what they stand for.

The siliceous zeolites made so far are below 20.5 (EMT 20.0, FAU 19.8, LTA 19.2); 30 is the bound of Deem's
database of hypothetical zeolites; RWY, known as a sulphide, has 105.6 as silica. The last two are the bounds
that Kim, Lee & Kim count by (Sci. Adv. 2020, 6, eaax9324).
"""

MADE_BELOW, FEASIBLE_BELOW, HIGHEST_KNOWN = (bound for bound, _ in SLC_BANDS)
"""kJ/mol Si, each itself included: the range made so far, Deem's limit, and RWY."""

RELAXED_SCALE = 0.99
"""Edges of a framework relaxed with the Sanders-Leslie-Catlow potential, relative to those that distance
least squares gives it: 0.990 +- 0.006 for 40 samples."""


def is_feasible(energy: Energy | None, net_kept: bool | None, limit: float = FEASIBLE_BELOW) -> bool:
    """Whether a relaxed framework lies low enough to be made; False where that is not known.

    Args:
        energy: None unless the relaxation converged; only those by :data:`SLC` are judged.
        net_kept: whether the relaxation kept the net; None where nobody says.
        limit: kJ/mol Si above alpha-quartz, itself included.
    """
    return energy is not None and energy.potential == SLC and energy.value <= limit and net_kept is True


ABOVE = "above RWY"


def energy_band(energy: Energy) -> str:
    """The lowest bound that an energy is within; empty for potentials whose scale has none."""
    if energy.potential != SLC:
        return ""
    return next((band for bound, band in SLC_BANDS if energy.value <= bound), ABOVE)
