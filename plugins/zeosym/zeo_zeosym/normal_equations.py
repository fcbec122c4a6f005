"""The normal equations of distance least squares over unique atoms and a strain, compiled."""

from __future__ import annotations

import numpy as np

from zeo.tools.compiled import njit


@njit()
def normal_equations(places, offset, i, j, target, weight, contact, owner, turn, unique):
    """Half the weighted sum of squares, its second derivatives (Gauss-Newton) and its gradient, by the places
    of the unique atoms and six numbers of a strain."""
    size = 3 * unique + 6
    normal, slope = np.zeros((size, size)), np.zeros(size)
    total = 0.0
    column, value = np.empty(12, np.int64), np.empty(12)
    root = np.sqrt(2.0)
    for p in range(len(i)):
        a, b = i[p], j[p]
        x = places[b, 0] - places[a, 0] + offset[p, 0]
        y = places[b, 1] - places[a, 1] + offset[p, 1]
        z = places[b, 2] - places[a, 2] + offset[p, 2]
        d = max(np.sqrt(x * x + y * y + z * z), 1e-6)
        if contact[p] and d > target[p]:
            continue
        x, y, z = x / d, y / d, z / d
        for k in range(3):
            column[k], column[3 + k] = 3 * owner[a] + k, 3 * owner[b] + k
            value[k] = -(turn[a, 0, k] * x + turn[a, 1, k] * y + turn[a, 2, k] * z)
            value[3 + k] = turn[b, 0, k] * x + turn[b, 1, k] * y + turn[b, 2, k] * z
        for k in range(6):
            column[6 + k] = 3 * unique + k
        value[6], value[7], value[8] = d * x * x, d * y * y, d * z * z
        value[9], value[10], value[11] = root * d * y * z, root * d * x * z, root * d * x * y
        away = d - target[p]
        total += 0.5 * weight[p] * away * away
        for k in range(12):
            slope[column[k]] += weight[p] * away * value[k]
            for m in range(12):
                normal[column[k], column[m]] += weight[p] * value[k] * value[m]
    return total, normal, slope
