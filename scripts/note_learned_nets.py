"""Notes beside the shipped weights which nets they learned from, as a training does itself since it exists.

    python scripts/note_learned_nets.py zeodiff zeogan zeosym

Weights that ``zeo train`` writes today come with their list. It fails where the frameworks to learn from are
not as many as the weights say.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from zeo.data.known.frameworks import training_frameworks
from zeo.data.sets.store import STANDARD
from zeo.plugin.registry import installed_plugins
from zeo.plugin.weights import weights_of
from zeo_learning.learned_nets import write_nets


def note(name: str) -> None:
    """Write the list of one generator."""
    plugins = installed_plugins()
    folder = weights_of(name, None, plugins)
    assert folder is not None, f"{name} has no weights"
    learned = plugins.create("generator", name).plan(None).split(training_frameworks(STANDARD)).train
    wanted = json.loads((Path(folder) / "model.json").read_text())["training"]["frameworks"]
    if len(learned) != wanted:
        raise SystemExit(f"{name}: {len(learned)} frameworks to learn from, and its weights say {wanted}")
    write_nets(folder, (item.source for item in learned), STANDARD, None)


for generator in sys.argv[1:]:
    note(generator)
