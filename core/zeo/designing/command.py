"""The command that repeats a design: its recipe written as the flags that make it."""

from __future__ import annotations

import shlex

from attrs import evolve

from zeo.designing.recipe import Recipe, Resolved
from zeo.running.command import as_text


def command_of(recipe: Recipe) -> str:
    """What a shell is told to begin the same design again; what is so of itself is left out.

    Raises:
        ZeoError: a plugin of the design is not installed.
    """
    usual = Recipe()
    words = ["zeo", "design"]
    for flag, given in (
        ("target", recipe.targets),
        ("maximise", recipe.maximise),
        ("minimise", recipe.minimise),
        ("generator", recipe.generators if recipe.generators != usual.generators else ()),
        ("probe", recipe.probes),
        ("surrogate", recipe.surrogates),
        ("known", recipe.known if recipe.known != usual.known else ()),
    ):
        words += [word for each in given for word in (f"--{flag}", each)]
    words += ["--unblocked"] * recipe.unblocked
    words += ["--finetune", str(recipe.finetune)] if recipe.finetune else []
    for flag, number, usually in (("until", recipe.best, usual.best), ("seed", recipe.seed, usual.seed)):
        words += [f"--{flag}", str(number)] * (number != usually)
    plain = Resolved(evolve(recipe, options={})).as_json()["options"]
    for plugin, options in recipe.options.items():
        for option, value in options.items():
            if value != plain.get(plugin, {}).get(option):
                words += ["--set", f"{plugin}.{option}={as_text(value)}"]
    return shlex.join(words)
