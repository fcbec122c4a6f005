"""Space groups by their Hermann-Mauguin symbols."""

from __future__ import annotations

from typing import Any


def group_of_symbol(symbol: str, prefer: str = "") -> Any:
    """gemmi's space group, None where there is none.

    Args:
        symbol: with underscores, as moyo writes ``P 2_1/m``, or without, as gemmi knows them all.
        prefer: origin and axes where there are several, such as ``"2H"``.
    """
    import gemmi

    return gemmi.find_spacegroup_by_name(symbol.replace("_", ""), prefer=prefer)
