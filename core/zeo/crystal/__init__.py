"""Structures, their cells and symmetry, their neighbours and nets, and the files that hold them."""
