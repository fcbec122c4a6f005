"""Relaxed frameworks with energies: the Sanders-Leslie-Catlow potential at constant pressure."""
