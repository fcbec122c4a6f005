"""The terms of the energy, compiled. Each adds to a gradient [n, 3] and a virial [3, 3].

The virial is the derivative of the energy by a homogeneous strain of all sites and the cell, in eV.
"""

from __future__ import annotations

import math

import numpy as np

from zeo.tools.compiled import njit

SUMMED = {"reassoc", "contract"}
"""Sums may be reordered, so that they run in vector registers; nothing is assumed about infinities."""


@njit()
def drift_and_stretch(lattice, sites, lattice_before, sites_before):
    """How far any site [n, 3] is from where the strain of the lattice took it, and the factor by which a
    distance has shrunk under this strain, both at most."""
    strain = np.linalg.inv(lattice_before) @ lattice
    farthest = 0.0
    for j in range(len(sites)):
        square = 0.0
        for k in range(3):
            off = sites[j, k]
            for m in range(3):
                off -= sites_before[j, m] * strain[m, k]
            square += off * off
        farthest = max(farthest, square)
    # the norm of a matrix is at most one more than that of what differs from the identity
    difference = np.linalg.inv(strain) - np.eye(3)
    return math.sqrt(farthest), 1.0 + math.sqrt((difference * difference).sum())


@njit(fastmath={"contract"})
def add_pairs(sites, lattice, lists, tables, table_start, step, gradient, virial):
    """Tabulated pair terms.

    Args:
        sites: cartesian [n, 3].
        lattice: [3, 3].
        lists: see :class:`zeo_cleanup.relax.pair_lists.PairLists`.
        tables: [intervals, 6] of r^2, for one kind of pair after the other; the last of each kind is zero.
        table_start: int64 [kinds + 1].
        step: of r^2.
        gradient: added to.
        virial: added to.
    """
    start, row_site, row_kind, row_weight, partner, image_site, image_cell = lists
    images, by_image = np.empty((len(image_site), 3)), np.zeros((len(image_site), 3))
    for m in range(len(image_site)):
        for k in range(3):
            images[m, k] = sites[image_site[m], k]
            for a in range(3):
                images[m, k] += image_cell[m, a] * lattice[a, k]
    energy = 0.0
    inverse = 1.0 / step
    for row in range(len(row_site)):
        i = row_site[row]
        base = table_start[row_kind[row]]
        last = table_start[row_kind[row] + 1] - base - 1.0
        x, y, z = sites[i, 0], sites[i, 1], sites[i, 2]
        scale = 2.0 * inverse * row_weight[row]
        of_row, gx, gy, gz = 0.0, 0.0, 0.0, 0.0
        for pair in range(start[row], start[row + 1]):
            m = partner[pair]
            dx, dy, dz = images[m, 0] - x, images[m, 1] - y, images[m, 2] - z
            place = min((dx * dx + dy * dy + dz * dz) * inverse, last)
            interval = int(place)
            t = place - interval
            c = tables[np.uint32(base + interval)]
            # Horner's scheme, and its derivative
            value, slope = c[4] + t * c[5], c[5]
            slope = value + t * slope
            value = c[3] + t * value
            slope = value + t * slope
            value = c[2] + t * value
            slope = value + t * slope
            value = c[1] + t * value
            slope = (value + t * slope) * scale
            of_row += c[0] + t * value
            fx, fy, fz = slope * dx, slope * dy, slope * dz
            gx += fx
            gy += fy
            gz += fz
            by_image[m, 0] += fx
            by_image[m, 1] += fy
            by_image[m, 2] += fz
        energy += row_weight[row] * of_row
        gradient[i, 0] -= gx
        gradient[i, 1] -= gy
        gradient[i, 2] -= gz
        for k in range(3):
            virial[k, 0] -= sites[i, k] * gx
            virial[k, 1] -= sites[i, k] * gy
            virial[k, 2] -= sites[i, k] * gz
    for m in range(len(image_site)):
        for k in range(3):
            gradient[image_site[m], k] += by_image[m, k]
            for a in range(3):
                virial[a, k] += images[m, a] * by_image[m, k]
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
def add_reciprocal(sites, inverse, volume, charges, alpha, coulomb, orbits, stars, gradient, virial):
    """The long-ranged part of Ewald's sum.

    The phase factors separate, exp(2 pi i h.x) = z1^h1 z2^h2 z3^h3, and h3 and -h3 are done together:
    their real and imaginary parts are sums and differences of the same four products.

    Args:
        sites: cartesian [n, 3].
        inverse: of the lattice, [3, 3]; its columns are the reciprocal vectors.
        volume: cubic angstrom.
        charges: [orbits], of one site of each, times the share of the operations that take it to another.
        alpha: width of the screening, 1/A.
        coulomb: e^2 / (4 pi epsilon0).
        orbits: int64 [orbits], these sites.
        stars: rows, first, size, start, place and turn of :class:`zeo_cleanup.relax.waves.Stars`.
        gradient: added to.
        virial: added to.
    """
    rows, first, size, start, place, turn = stars
    top = np.zeros(3, np.int64)
    for r in range(len(rows)):
        for k in range(3):
            top[k] = max(top[k], abs(rows[r, k]))
    n = len(orbits)
    angle = np.zeros((3, n))
    for j in range(n):
        for k in range(3):
            for m in range(3):
                angle[k, j] += 2.0 * math.pi * sites[orbits[j], m] * inverse[m, k]
    c1, s1 = phase_powers(angle[0], top[0])
    c2, s2 = phase_powers(angle[1], top[1])
    c3, s3 = phase_powers(angle[2], top[2])
    p_cos, p_sin = np.empty(n), np.empty(n)
    sums = np.zeros((len(rows), 2 * top[2] + 1, 2))
    for r in range(len(rows)):
        _planar(rows[r, 0], rows[r, 1], charges, c1, s1, c2, s2, p_cos, p_sin)
        for h3 in range(rows[r, 2] + 1):
            cc, cs, sc, ss = _products(p_cos, p_sin, c3[h3], s3[h3])
            sums[r, top[2] + h3, 0], sums[r, top[2] + h3, 1] = cc - ss, sc + cs
            sums[r, top[2] - h3, 0], sums[r, top[2] - h3, 1] = cc + ss, sc - cs
    slopes = np.zeros_like(sums)
    energy = _add_stars(
        inverse,
        volume,
        alpha,
        coulomb,
        first,
        size,
        start,
        place,
        turn,
        sums.reshape(-1, 2),
        slopes.reshape(-1, 2),
        virial,
    )
    by_angle = np.zeros((3, n))
    by_site = np.empty((4, n))
    for r in range(len(rows)):
        _planar(rows[r, 0], rows[r, 1], charges, c1, s1, c2, s2, p_cos, p_sin)
        by_site[:] = 0.0
        for h3 in range(rows[r, 2] + 1):
            plus, minus = slopes[r, top[2] + h3], slopes[r, top[2] - h3]
            if h3 == 0:
                _add_slopes(c3[0], s3[0], plus[0], plus[1], plus[0], plus[1], 0, by_site)
            else:
                _add_slopes(
                    c3[h3],
                    s3[h3],
                    plus[0] + minus[0],
                    plus[1] + minus[1],
                    plus[0] - minus[0],
                    plus[1] - minus[1],
                    h3,
                    by_site,
                )
        _add_planar(rows[r, 0], rows[r, 1], p_cos, p_sin, by_site, by_angle)
    for j in range(n):
        for k in range(3):
            for m in range(3):
                gradient[orbits[j], k] += 2.0 * math.pi * inverse[k, m] * by_angle[m, j]
    return energy


@njit(fastmath={"contract"})
def _planar(h1, h2, charges, c1, s1, c2, s2, p_cos, p_sin):
    """Charges times exp(2 pi i (h1 x1 + h2 x2)); h1 is not negative."""
    sign = 1.0 if h2 >= 0 else -1.0
    for j in range(len(charges)):
        a, b = c2[abs(h2), j], sign * s2[abs(h2), j]
        p_cos[j] = charges[j] * (c1[h1, j] * a - s1[h1, j] * b)
        p_sin[j] = charges[j] * (c1[h1, j] * b + s1[h1, j] * a)


@njit(fastmath={"contract"})
def _add_planar(h1, h2, p_cos, p_sin, by_site, by_angle):
    """Complete the derivatives by the phases of a row's waves."""
    for j in range(len(p_cos)):
        by_row = p_cos[j] * by_site[0, j] - p_sin[j] * by_site[1, j]
        by_angle[0, j] += h1 * by_row
        by_angle[1, j] += h2 * by_row
        by_angle[2, j] += p_cos[j] * by_site[2, j] - p_sin[j] * by_site[3, j]


@njit(fastmath={"contract"})
def _add_stars(inverse, volume, alpha, coulomb, first, size, start, place, turn, sums, slopes, virial):
    """The energy of all waves, and its derivatives by the sums [places, 2] over unique sites."""
    prefactor = 4.0 * math.pi * coulomb / volume
    quarter = 0.25 / (alpha * alpha)
    energy = 0.0
    k_vector = np.empty(3)
    for star in range(len(first)):
        re, im = 0.0, 0.0
        for s in range(start[star], start[star + 1]):
            a, b = sums[place[s], 0], sums[place[s], 1]
            re += turn[s, 0, 0] * a + turn[s, 0, 1] * b
            im += turn[s, 1, 0] * a + turn[s, 1, 1] * b
        square = 0.0
        for k in range(3):
            k_vector[k] = 0.0
            for m in range(3):
                k_vector[k] += 2.0 * math.pi * inverse[k, m] * first[star, m]
            square += k_vector[k] * k_vector[k]
        weight = size[star] * prefactor * math.exp(-quarter * square) / square
        term = weight * (re * re + im * im)
        energy += term
        stretch = 2.0 * term * (1.0 / square + quarter)
        for k in range(3):
            virial[k, k] -= term
            for m in range(3):
                virial[k, m] += stretch * k_vector[k] * k_vector[m]
        re, im = 2.0 * weight * re, 2.0 * weight * im
        for s in range(start[star], start[star + 1]):
            slopes[place[s], 0] += turn[s, 0, 0] * re + turn[s, 1, 0] * im
            slopes[place[s], 1] += turn[s, 0, 1] * re + turn[s, 1, 1] * im
    return energy


@njit()
def add_springs(sites, first_core, n_oxygen, oxygens, weights, spring, product, alpha, gradient, virial):
    """Springs between cores and their shells, less the screening that Ewald's sum gives them.

    Args:
        sites: cartesian [n, 3]; the shells follow the cores.
        first_core: index of the first oxygen core.
        n_oxygen: number of oxygens.
        oxygens: int64 [orbits], those that are counted.
        weights: [orbits], how often.
        spring: force constant, eV/A2.
        product: charge of a core times charge of a shell times e^2 / (4 pi epsilon0).
        alpha: width of the screening, 1/A.
        gradient: added to.
        virial: added to.
    """
    energy = 0.0
    d = np.empty(3)
    for orbit in range(len(oxygens)):
        o, weight = oxygens[orbit], weights[orbit]
        core, shell = first_core + o, first_core + n_oxygen + o
        for k in range(3):
            d[k] = sites[shell, k] - sites[core, k]
        square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
        screening, slope = _erf_over_r(square, alpha)
        energy += weight * (0.5 * spring * square - product * screening)
        by_square = weight * (0.5 * spring - product * slope)
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
def add_angles(sites, lattice, shells, shifts, silicons, weights, stiffness, ideal, gradient, virial):
    """Harmonic angles shell-Si-shell of every tetrahedron.

    Args:
        sites: cartesian [n, 3]; the silicons come first.
        lattice: [3, 3].
        shells: int64 [silicon, 4], the shells bonded to each silicon.
        shifts: int64 [silicon, 4, 3], their lattice offsets.
        silicons: int64 [orbits], those that are counted.
        weights: [orbits], how often.
        stiffness: eV/rad2.
        ideal: radians.
        gradient: added to.
        virial: added to.
    """
    energy = 0.0
    arm, length = np.empty((4, 3)), np.empty(4)
    for orbit in range(len(silicons)):
        i, weight = silicons[orbit], weights[orbit]
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
                energy += 0.5 * weight * stiffness * bend * bend
                by_cosine = -weight * stiffness * bend / math.sqrt(1.0 - cosine * cosine)
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
