"""Grids of energy and density on a cell: values, files, and atoms to densities and back."""
