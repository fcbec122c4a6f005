"""Gas probes: energy and Boltzmann-factor grids, Henry coefficient, heat of adsorption, void fraction."""
