"""Connected regions of a periodic grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import generate_binary_structure, label
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def periodic_components(mask: NDArray[np.bool_], neighbours: int) -> tuple[NDArray[np.intp], int]:
    """Label the connected regions of a periodic grid, as a flood fill would find them.

    Args:
        mask: [X, Y, Z].
        neighbours: 6 for regions that touch by faces, 26 for edges and corners too.

    Returns:
        labels [X, Y, Z], 0 outside and 1 to n inside, and n.
    """
    rank = {6: 1, 26: 3}[neighbours]
    # a rim of periodic images shows which regions meet across the faces of the cell
    padded, found = label(np.pad(mask, 1, mode="wrap"), structure=generate_binary_structure(3, rank))
    home = padded[1:-1, 1:-1, 1:-1]
    image = np.pad(home, 1, mode="wrap")
    rim = (padded != image) & (padded > 0)
    same = coo_array((np.ones(rim.sum()), (padded[rim], image[rim])), shape=(found + 1, found + 1))
    _, merged = connected_components(same, directed=False)
    # every region of the rim has merged with one of the cell; number those that are left from 1
    _, numbers = np.unique(merged[1:], return_inverse=True)
    labels = np.concatenate([[0], numbers + 1])[home]
    return labels, int(labels.max(initial=0))
