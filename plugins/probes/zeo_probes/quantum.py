"""Quantum effects of light molecules by the effective potential of Feynman and Hibbs.

A molecule is smeared out over its thermal wavelength. To second order its pair potential U becomes

    U(r) + hbar^2/(24 mu k T) (U''(r) + 2 U'(r)/r),

mu the reduced mass of the pair. For a Lennard-Jones pair the correction is hbar^2/(24 mu k T) 4 epsilon
[132 (sigma/r)^12 - 30 (sigma/r)^6] / r^2, as the source code of RASPA2 has it (FEYNMAN-HIBBS-LENNARD-JONES;
D. Dubbeldam, S. Calero, D. E. Ellis, R. Q. Snurr, Mol. Simul. 2016, 42, 81-101). A rigid framework has
infinite mass. The correction falls as 1/T; the terms left out matter more and more below 77 K.
"""

from __future__ import annotations

_HBAR, _BOLTZMANN, _DALTON = 1.054571817e-34, 1.380649e-23, 1.66053906660e-27  # CODATA 2018, SI

_WAVE = _HBAR**2 / (_DALTON * _BOLTZMANN) * 1e20
"""hbar^2/k in angstrom^2 kelvin gram per mole."""


def quantum_spread(inverse_mass: float, temperature: float) -> float:
    """hbar^2/(24 mu k T) in angstrom^2.

    Args:
        inverse_mass: of the pair, mol/g: the sum of those of both molecules; 0 for classical motion.
        temperature: K.
    """
    return _WAVE * inverse_mass / (24.0 * temperature)
