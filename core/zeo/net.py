"""The net of a framework: its T atoms and the oxygen bridges between them, as a periodic graph.

A bridge (i, j, s) joins T atom i of the home cell to T atom j of the cell at lattice offset s. Each bridge is
stored once, in one of its two directions.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
from attrs import field, frozen
from numpy.typing import ArrayLike, NDArray


def int64_array(value: ArrayLike) -> NDArray[np.int64]:
    """A read-only, C-contiguous int64 copy."""
    array = np.array(value, dtype=np.int64, order="C")
    array.setflags(write=False)
    return array


@frozen(eq=False)
class Net:
    """A periodic graph of T atoms.

    Args:
        n: number of T atoms in the cell.
        edges: int64 [E, 2], the two T atoms of each bridge.
        shifts: int64 [E, 3], lattice offset of the second T atom.
    """

    n: int
    edges: NDArray[np.int64] = field(converter=int64_array)
    shifts: NDArray[np.int64] = field(converter=int64_array)

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Bridges of each T atom, [n]; a bridge from a T atom to its own image counts twice."""
        return np.bincount(self.edges.ravel(), minlength=self.n)

    def to_networkx(self) -> nx.MultiGraph[int]:
        """A multigraph of the T atoms whose edges carry ``shift`` from the smaller to the larger node."""
        graph: nx.MultiGraph[int] = nx.MultiGraph()
        graph.add_nodes_from(range(self.n))
        for (i, j), shift in zip(self.edges.tolist(), self.shifts.tolist(), strict=True):
            if i <= j:
                graph.add_edge(i, j, shift=tuple(shift))
            else:
                graph.add_edge(j, i, shift=tuple(-s for s in shift))
        return graph
