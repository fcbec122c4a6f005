"""The terms of the energy, compiled. Each adds to a gradient [n, 3] and a virial [3, 3].

The virial is the derivative of the energy by a homogeneous strain of all sites and the cell, in eV.
"""

from __future__ import annotations

import math

import numpy as np

from zeo.tools.compiled import njit

SUMMED = {"reassoc", "contract"}
"""Sums may be reordered, so that they run in vector registers; nothing is assumed about infinities."""


@njit(fastmath={"contract"})
def add_pairs(
    sites, offsets, start, row_site, row_kind, partner, image, tables, table_start, step, gradient, virial
):
    """Tabulated pair terms: (0, table_start[k + 1] - table_start[k]) intervals of r^2 for pairs of kind k."""
    energy = 0.0
    inverse = 1.0 / step
    xx, yy, zz, xy, xz, yz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for row in range(len(row_site)):
        i = row_site[row]
        base = table_start[row_kind[row]]
        intervals = table_start[row_kind[row] + 1] - base
        x, y, z = sites[i, 0], sites[i, 1], sites[i, 2]
        gx, gy, gz = 0.0, 0.0, 0.0
        for pair in range(start[row], start[row + 1]):
            j, m = partner[pair], image[pair]
            dx = sites[j, 0] - x + offsets[m, 0]
            dy = sites[j, 1] - y + offsets[m, 1]
            dz = sites[j, 2] - z + offsets[m, 2]
            place = (dx * dx + dy * dy + dz * dz) * inverse
            if place >= intervals:
                continue
            interval = int(place)
            t = place - interval
            c = tables[base + interval]
            energy += c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * (c[4] + t * c[5]))))
            slope = c[1] + t * (2.0 * c[2] + t * (3.0 * c[3] + t * (4.0 * c[4] + t * (5.0 * c[5]))))
            slope *= 2.0 * inverse
            fx, fy, fz = slope * dx, slope * dy, slope * dz
            gx += fx
            gy += fy
            gz += fz
            gradient[j, 0] += fx
            gradient[j, 1] += fy
            gradient[j, 2] += fz
            xx += fx * dx
            yy += fy * dy
            zz += fz * dz
            xy += fx * dy
            xz += fx * dz
            yz += fy * dz
        gradient[i, 0] -= gx
        gradient[i, 1] -= gy
        gradient[i, 2] -= gz
    virial[0, 0] += xx
    virial[1, 1] += yy
    virial[2, 2] += zz
    for a, b, value in ((0, 1, xy), (0, 2, xz), (1, 2, yz)):
        virial[a, b] += value
        virial[b, a] += value
    return energy


@njit(fastmath={"contract"})
def phase_powers(angle, highest):
    """cos and sin of 0, 1, ... ``highest`` times the angles, [highest + 1, n] each."""
    cosine, sine = np.empty((highest + 1, len(angle))), np.empty((highest + 1, len(angle)))
    cosine[0], sine[0] = 1.0, 0.0
    if highest > 0:
        cosine[1], sine[1] = np.cos(angle), np.sin(angle)
    for h in range(2, highest + 1):
        for j in range(len(angle)):
            cosine[h, j] = cosine[h - 1, j] * cosine[1, j] - sine[h - 1, j] * sine[1, j]
            sine[h, j] = sine[h - 1, j] * cosine[1, j] + cosine[h - 1, j] * sine[1, j]
    return cosine, sine


@njit(fastmath=SUMMED)
def _products(p_cos, p_sin, cosine, sine):
    """Sums over sites of the four products of (p_cos, p_sin) with (cosine, sine)."""
    cc, cs, sc, ss = 0.0, 0.0, 0.0, 0.0
    for j in range(len(p_cos)):
        cc += p_cos[j] * cosine[j]
        cs += p_cos[j] * sine[j]
        sc += p_sin[j] * cosine[j]
        ss += p_sin[j] * sine[j]
    return cc, cs, sc, ss


@njit(fastmath=SUMMED)
def _add_slopes(cosine, sine, sum_re, sum_im, gap_re, gap_im, h3, sums):
    """What h3 and -h3 add to the derivatives by a site's phase, and h3 times that, before (p_cos, p_sin)."""
    for j in range(len(cosine)):
        c, s = cosine[j], sine[j]
        sums[0, j] += c * sum_im - s * gap_re
        sums[1, j] += c * sum_re + s * gap_im
        sums[2, j] += h3 * (c * gap_im - s * sum_re)
        sums[3, j] += h3 * (c * gap_re + s * sum_im)


@njit(fastmath={"contract"})
def add_reciprocal(sites, inverse, volume, charges, alpha, coulomb, rows, gradient, virial):
    """The long-ranged part of Ewald's sum, over the wave vectors 2 pi h with h in ``rows``.

    The phase factors separate, exp(2 pi i h.x) = z1^h1 z2^h2 z3^h3, and h3 and -h3 are done together:
    their real and imaginary parts are sums and differences of the same four products.

    Args:
        sites: cartesian [n, 3].
        inverse: of the lattice, [3, 3]; its columns are the reciprocal vectors.
        volume: cubic angstrom.
        charges: [n].
        alpha: width of the screening, 1/A.
        coulomb: e^2 / (4 pi epsilon0).
        rows: int64 [rows, 3]: h1, h2 and the largest h3; of every h and -h, one.
        gradient: added to.
        virial: added to.
    """
    n = len(sites)
    top = np.zeros(3, np.int64)
    for r in range(len(rows)):
        for k in range(3):
            top[k] = max(top[k], abs(rows[r, k]))
    angle = np.empty((3, n))
    for j in range(n):
        for k in range(3):
            frac = sites[j, 0] * inverse[0, k] + sites[j, 1] * inverse[1, k] + sites[j, 2] * inverse[2, k]
            angle[k, j] = 2.0 * math.pi * frac
    c1, s1 = phase_powers(angle[0], top[0])
    c2, s2 = phase_powers(angle[1], top[1])
    c3, s3 = phase_powers(angle[2], top[2])
    p_cos, p_sin = np.empty(n), np.empty(n)
    sums = np.empty((4, n))
    by_angle = np.zeros((3, n))
    prefactor = 4.0 * math.pi * coulomb / volume
    quarter = 0.25 / (alpha * alpha)
    energy = 0.0
    k_vector = np.empty(3)
    for r in range(len(rows)):
        h1, h2 = rows[r, 0], rows[r, 1]
        sign = 1.0 if h2 >= 0 else -1.0
        for j in range(n):
            a, b = c2[abs(h2), j], sign * s2[abs(h2), j]
            p_cos[j] = charges[j] * (c1[h1, j] * a - s1[h1, j] * b)
            p_sin[j] = charges[j] * (s1[h1, j] * a + c1[h1, j] * b)
        sums[:] = 0.0
        axis = h1 == 0 and h2 == 0
        for h3 in range(1 if axis else 0, rows[r, 2] + 1):
            cc, cs, sc, ss = _products(p_cos, p_sin, c3[h3], s3[h3])
            plus_re, plus_im, minus_re, minus_im = 0.0, 0.0, 0.0, 0.0
            for minus in range(1 if axis or h3 == 0 else 2):
                third = -h3 if minus else h3
                re = cc + ss if minus else cc - ss
                im = sc - cs if minus else sc + cs
                square = 0.0
                for k in range(3):
                    k_vector[k] = (
                        2.0 * math.pi * (inverse[k, 0] * h1 + inverse[k, 1] * h2 + inverse[k, 2] * third)
                    )
                    square += k_vector[k] * k_vector[k]
                weight = prefactor * math.exp(-quarter * square) / square
                term = weight * (re * re + im * im)
                energy += term
                stretch = 2.0 * term * (1.0 / square + quarter)
                for k in range(3):
                    virial[k, k] -= term
                    for m in range(3):
                        virial[k, m] += stretch * k_vector[k] * k_vector[m]
                if minus:
                    minus_re, minus_im = 2.0 * weight * re, 2.0 * weight * im
                else:
                    plus_re, plus_im = 2.0 * weight * re, 2.0 * weight * im
            sum_re, sum_im = plus_re + minus_re, plus_im + minus_im
            gap_re, gap_im = plus_re - minus_re, plus_im - minus_im
            _add_slopes(c3[h3], s3[h3], sum_re, sum_im, gap_re, gap_im, h3, sums)
        for j in range(n):
            by_row = p_cos[j] * sums[0, j] - p_sin[j] * sums[1, j]
            by_angle[0, j] += h1 * by_row
            by_angle[1, j] += h2 * by_row
            by_angle[2, j] += p_cos[j] * sums[2, j] - p_sin[j] * sums[3, j]
    for j in range(n):
        for k in range(3):
            for m in range(3):
                gradient[j, k] += 2.0 * math.pi * inverse[k, m] * by_angle[m, j]
    return energy


@njit()
def add_springs(sites, first_core, n_oxygen, spring, product, alpha, gradient, virial):
    """Springs between cores and their shells, less the screening that Ewald's sum gives them.

    Args:
        sites: cartesian [n, 3]; the shells follow the cores.
        first_core: index of the first oxygen core.
        n_oxygen: number of oxygens.
        spring: force constant, eV/A2.
        product: charge of a core times charge of a shell times e^2 / (4 pi epsilon0).
        alpha: width of the screening, 1/A.
        gradient: added to.
        virial: added to.
    """
    energy = 0.0
    d = np.empty(3)
    for o in range(n_oxygen):
        core, shell = first_core + o, first_core + n_oxygen + o
        for k in range(3):
            d[k] = sites[shell, k] - sites[core, k]
        square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
        screening, slope = _erf_over_r(square, alpha)
        energy += 0.5 * spring * square - product * screening
        by_square = 0.5 * spring - product * slope
        for k in range(3):
            push = 2.0 * by_square * d[k]
            gradient[shell, k] += push
            gradient[core, k] -= push
            for m in range(3):
                virial[k, m] += push * d[m]
    return energy


@njit()
def _erf_over_r(square, alpha):
    """erf(alpha r) / r and its derivative by r^2; the series holds to rounding below alpha r = 0.3."""
    x = alpha * alpha * square
    if x > 0.09:
        r = math.sqrt(square)
        value = math.erf(alpha * r) / r
        return value, (2.0 * alpha / math.sqrt(math.pi) * math.exp(-x) - value) / (2.0 * square)
    term, value, slope = 1.0, 1.0, 0.0
    for k in range(1, 11):
        slope += k * (-term / k) / (2 * k + 1)
        term *= -x / k
        value += term / (2 * k + 1)
    scale = 2.0 * alpha / math.sqrt(math.pi)
    return scale * value, scale * alpha * alpha * slope


@njit()
def add_angles(sites, lattice, shells, shifts, stiffness, ideal, gradient, virial):
    """Harmonic angles shell-Si-shell of every tetrahedron.

    Args:
        sites: cartesian [n, 3]; the silicons come first.
        lattice: [3, 3].
        shells: int64 [silicon, 4], the shells bonded to each silicon.
        shifts: int64 [silicon, 4, 3], their lattice offsets.
        stiffness: eV/rad2.
        ideal: radians.
        gradient: added to.
        virial: added to.
    """
    energy = 0.0
    arm, length = np.empty((4, 3)), np.empty(4)
    for i in range(len(shells)):
        for p in range(4):
            square = 0.0
            for k in range(3):
                arm[p, k] = sites[shells[i, p], k] - sites[i, k]
                for m in range(3):
                    arm[p, k] += shifts[i, p, m] * lattice[m, k]
                square += arm[p, k] * arm[p, k]
            length[p] = math.sqrt(square)
        for p in range(3):
            for q in range(p + 1, 4):
                dot = arm[p, 0] * arm[q, 0] + arm[p, 1] * arm[q, 1] + arm[p, 2] * arm[q, 2]
                cosine = min(max(dot / (length[p] * length[q]), -1.0 + 1e-12), 1.0 - 1e-12)
                bend = math.acos(cosine) - ideal
                energy += 0.5 * stiffness * bend * bend
                by_cosine = -stiffness * bend / math.sqrt(1.0 - cosine * cosine)
                for k in range(3):
                    push_p = arm[q, k] / (length[p] * length[q]) - cosine * arm[p, k] / length[p] ** 2
                    push_q = arm[p, k] / (length[p] * length[q]) - cosine * arm[q, k] / length[q] ** 2
                    push_p *= by_cosine
                    push_q *= by_cosine
                    gradient[shells[i, p], k] += push_p
                    gradient[shells[i, q], k] += push_q
                    gradient[i, k] -= push_p + push_q
                    for m in range(3):
                        virial[k, m] += push_p * arm[p, m] + push_q * arm[q, m]
    return energy
