"""The structure files of other programs, a module each; CIFs are in :mod:`zeo.crystal.cif`."""
