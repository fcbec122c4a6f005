"""The drills themselves are with the benchmarks, where they are longer."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
