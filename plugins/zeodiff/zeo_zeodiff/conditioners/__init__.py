"""Ways to steer the diffusion toward targets; each turns one estimate of the clean grids into another."""
