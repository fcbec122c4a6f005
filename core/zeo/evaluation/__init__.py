"""How good a generator is: runs side by side, in the figures of the reference papers and beside them.

:mod:`.outcome` says what became of a sample, :mod:`.sampled` reads the outcomes of a run, :mod:`.figures`
counts them, :mod:`.nets` looks for their nets in a data set, :mod:`.distances` and :mod:`.hits` look at their
properties, :mod:`.published` has the papers' figures. :mod:`.evaluate` puts all of it together for
:mod:`.text`, :mod:`.export` and :mod:`.picture`.
"""
