"""From many dimensions to two."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from zeo.errors import ConfigError

METHODS = ("pca", "umap")

Plane = NDArray[np.float64]

Projection = Callable[[NDArray[np.floating]], tuple[Plane, tuple[str, str]]]
"""From vectors [n, D] to two coordinates of each, [n, 2], and what these are."""


def projection(method: str) -> Projection:
    """The one of a name among :data:`METHODS`.

    Raises:
        ConfigError: its extra is missing.
    """
    if method == "pca":
        return onto_principal_components
    try:
        umap = import_module("umap")
    except ImportError as error:
        raise ConfigError("method umap needs the extra: pip install 'zeo-framework[umap]'") from error

    def by_neighbours(vectors: NDArray[np.floating]) -> tuple[Plane, tuple[str, str]]:
        points: Plane = umap.UMAP(random_state=0, n_jobs=1).fit_transform(vectors).astype(float)
        return points, ("first coordinate of UMAP", "second coordinate of UMAP")

    return by_neighbours


def onto_principal_components(vectors: NDArray[np.floating]) -> tuple[Plane, tuple[str, str]]:
    """The two directions of largest variance; their names tell their shares of it."""
    points, (first, second) = principal_components(vectors)
    return points, (
        f"first principal component ({first:.0%} of the variance)",
        f"second principal component ({second:.0%})",
    )


def principal_components(vectors: NDArray[np.floating]) -> tuple[Plane, tuple[float, float]]:
    """The two directions of largest variance.

    Args:
        vectors: [n, D], two at least.

    Returns:
        Coordinates [n, 2], the larger half of each axis positive, and their shares of the variance.
    """
    centred = vectors.astype(float) - vectors.mean(axis=0, dtype=float)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    points = centred @ directions[:2].T
    points *= np.where(np.abs(points.max(axis=0)) < np.abs(points.min(axis=0)), -1.0, 1.0)
    total = max(float(np.square(sizes).sum()), 1e-300)
    first, second = (float(size**2) / total for size in sizes[:2])
    return points, (first, second)
