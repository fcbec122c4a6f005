"""CPU seconds of a training step of zeogan and of a drawn grid, for both recipes, on one core.

    python benchmarks/zeogan.py
    python benchmarks/zeogan.py --recipe zeo --repeats 5

A step is one update of the generator and those of the critic before it, at 32 points along each axis and the
recipe's own batch. With random weights: what is computed does not depend on them. Examples are made in
advance, as most are in a long training.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from attrs import evolve
from torch import Tensor

from zeo.data.known.frameworks import FrameworkSet
from zeo.data.known.relaxed import relaxed_structure
from zeo_learning.precision import autocast
from zeo_zeogan.generator import ZeoGAN
from zeo_zeogan.losses import feature_matching
from zeo_zeogan.options import ZeoGANOptions
from zeo_zeogan.recipes import RECIPES
from zeo_zeogan.training import given_of

CODES = ("SOD", "LTA", "ABW", "MFI", "FER", "GIS", "RHO", "BEA")
DRAWN = 32
PASSES = (1, 3, 12)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds of a piece of work, after a first one that does not count."""
    work()
    started = time.process_time()
    for _ in range(repeats):
        work()
    return (time.process_time() - started) / repeats


class Step:
    """The parts of a training step.

    Args:
        recipe: by name.
    """

    def __init__(self, recipe: str) -> None:
        self.recipe = RECIPES[recipe]
        plan = ZeoGAN(ZeoGANOptions(recipe=recipe)).plan(None)
        self.options = plan.options
        frameworks = plan.split(FrameworkSet(CODES, relaxed_structure)).train
        self.model = plan.new_model(frameworks)
        examples = plan.examples(frameworks, self.model, 0)
        items = [examples[number] for number in range(self.options.batch)]
        self.batch = {name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0]}
        self.given, self.real = given_of(self.batch), self.batch["grid"]
        self.game = self.recipe.game(self.options.penalty)
        networks = self.model.generator, self.model.critic
        self.optimisers = [torch.optim.Adam(network.parameters(), betas=(0.5, 0.9)) for network in networks]

    def draw(self) -> Tensor:
        generator = self.model.generator
        with autocast(self.real.device):
            grid: Tensor = generator(generator.begin(self.real, self.given), self.given).grid
        return grid

    def judge(self, grids: Tensor) -> object:
        return self.model.critic(grids, self.given)

    def update_critic(self, drawn: Tensor, number: int) -> None:
        with autocast(self.real.device):
            loss, _, _ = self.game.critic(self.judge, self.real, drawn.detach(), number)
        self.improve(loss, 1)

    def update_generator(self, drawn: Tensor) -> None:
        self.model.critic.requires_grad_(requires_grad=False)
        with autocast(self.real.device):
            loss = self.game.generator(self.judge, self.real, self.judge(drawn))
            loss = loss + feature_matching(self.model.scaling, self.real, drawn)
        self.model.critic.requires_grad_(requires_grad=True)
        self.improve(loss, 0)

    def improve(self, loss: Tensor, which: int) -> None:
        self.optimisers[which].zero_grad()
        loss.backward()
        self.optimisers[which].step()
        torch.clear_autocast_cache()

    def whole(self, first: int) -> None:
        """A step whose first update of the critic has this number."""
        updates = self.options.critic_updates
        for number in range(first, first + updates):
            with torch.set_grad_enabled(number + 1 == first + updates):
                drawn = self.draw()
            self.update_critic(drawn, number)
        self.update_generator(drawn)


def measure(recipe: str, repeats: int) -> None:
    """Print what a recipe costs."""
    step = Step(recipe)
    every = getattr(step.game, "every", 1)  # updates of the critic between penalties
    whole = sum(seconds(partial(step.whole, first), repeats) for first in range(every)) / every
    print(f"recipe={recipe}: batch {step.options.batch}, {step.options.critic_updates} updates of the critic")
    print(f"  a step {whole:.2f} s: {3600 / whole:,.0f} in a core-hour")
    for passes in PASSES if step.recipe.templated else PASSES[:1]:
        drawing = ZeoGAN(evolve(step.options, passes=passes))
        drawing.use(step.model, torch.device("cpu"))
        grid = seconds(lambda: list(drawing.sample(range(DRAWN))), repeats) / DRAWN  # noqa: B023
        print(f"  {1 / grid:.1f} grids drawn in a core-second, in passes: {passes}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", choices=sorted(RECIPES), help="this one alone")
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for recipe in [arguments.recipe] if arguments.recipe else sorted(RECIPES):
        measure(recipe, arguments.repeats)


if __name__ == "__main__":
    main()
