"""Adsorption at pressure: loadings, isotherms, deliverable capacity and mixtures, by Monte Carlo on grids."""
