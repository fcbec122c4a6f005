"""Quality and cost of zeosym's shipped weights against the number of network evaluations, on one core.

    python benchmarks/zeosym.py
    python benchmarks/zeosym.py --samples 256 --evaluations 40

For each number: the share of nets that is four-connected as drawn and after the repair, CPU seconds to draw
and to finish a sample (repaired and named, not relaxed), and finished frameworks in a core-second.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from zeo.plugin.facts import RepairFacts
from zeo.plugin.registry import installed_plugins
from zeo.records.record import Record
from zeo.running.config import RunConfig
from zeo.running.drawing import draw
from zeo.running.passing import process
from zeo.running.planning import plan_of
from zeo.running.stages import build_stages
from zeo.tools.tables import format_table
from zeo_zeosym.generator import ZeoSym
from zeo_zeosym.options import ZeoSymOptions

FIRST_SEED = 700_000
TOGETHER = 16
HEADING = ["evaluations", "as drawn", "repaired", "s to draw", "s to finish", "finished per core-second"]


def measured(evaluations: int, samples: int) -> list[str]:
    """One line of the table."""
    plugins = installed_plugins()
    config = RunConfig(generator="zeosym", relax=None, n=samples, seed=FIRST_SEED)
    plan = plan_of(config, plugins)
    stages = build_stages(plan, plugins)
    generator = ZeoSym(ZeoSymOptions(evaluations=evaluations), plugins)
    generator.load(None, "cpu")

    def sampled(indices: range) -> object:
        return generator.sample([plan.seed_of(index) for index in indices])

    list(sampled(range(2)))  # compiles
    started, drawing, finished = time.process_time(), 0.0, []
    for first in range(0, samples, TOGETHER):
        before = time.process_time()
        batch = range(first, min(first + TOGETHER, samples))
        drawn = list(draw(sampled, plan.generator, plan.seed_of, batch))
        drawing += time.process_time() - before
        finished += [process(candidate, stages) for candidate in drawn]
    seconds = time.process_time() - started
    perfect = sum(bool(Record.of(one).facts(RepairFacts).perfect_before) for one in finished)
    survivors = sum(one.rejection is None for one in finished)
    shares = [f"{100 * count / samples:.0f} %" for count in (perfect, survivors)]
    costs = [f"{drawing / samples:.3f}", f"{seconds / samples:.3f}", f"{survivors / seconds:.1f}"]
    return [str(evaluations), *shares, *costs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--evaluations", type=int, nargs="+", default=[10, 20, 40, 80])
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = [measured(number, arguments.samples) for number in arguments.evaluations]
    print(format_table([HEADING], rows, right=set(range(len(HEADING)))))


if __name__ == "__main__":
    main()
