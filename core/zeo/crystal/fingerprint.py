"""A short text by which nets are compared as ZeoGAN and ZeoDiff did: by their coordination sequences."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable


def fingerprint(sequences: Iterable[Iterable[int]], multiplicities: Iterable[int], shells: int = 10) -> str:
    """A digest of the coordination sequences of a net that does not depend on the choice of its cell.

    Each different sequence counts with the number of T atoms that have it, divided by the greatest common
    divisor of these numbers. Some different nets agree in it: ABW and ATN, LTA and RHO, at any depth.

    Args:
        sequences: of some sites.
        multiplicities: T atoms that each site stands for.
        shells: how many are compared; Kim, Lee & Kim (2020) compare ten.
    """
    counts: Counter[tuple[int, ...]] = Counter()
    for sequence, multiplicity in zip(sequences, multiplicities, strict=True):
        counts[tuple(int(size) for size in sequence)[:shells]] += int(multiplicity)
    divisor = math.gcd(*counts.values())
    text = ";".join(f"{counts[s] // divisor}:{','.join(map(str, s))}" for s in sorted(counts))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
