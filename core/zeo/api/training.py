"""Fitting a generator to frameworks: ``zeo.train`` and what it returns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from zeo.api import arguments
from zeo.api.arguments import Options
from zeo.data.known.frameworks import FrameworkSet, training_frameworks
from zeo.data.sets.store import DataSet, is_data_set
from zeo.errors import ConfigError, PluginTypeError
from zeo.plugin.catalogue import Catalogue
from zeo.plugin.columns import columns_of
from zeo.plugin.conditioning import Condition, Known
from zeo.plugin.interfaces import Progress
from zeo.plugin.registry import Plugins, installed_plugins
from zeo.plugin.use import refuse_idle_options
from zeo.plugin.weights import weights_of
from zeo.running.planning import representation_of
from zeo.running.training_folder import marked, require_place
from zeo.running.wanted import targets_of, wanted_of, wishes_of
from zeo.tools.foreign import foreign_code


@frozen(kw_only=True)
class Trained(os.PathLike[str]):
    """A checkpoint; ``open`` and ``zeo.run(checkpoint=...)`` take it as the path that it is.

    Args:
        generator: that was trained, or the probe.
        path: of the checkpoint.
        frameworks: how many it was given; a generator leaves out what it cannot learn from.
    """

    generator: str
    path: Path
    frameworks: int

    def __fspath__(self) -> str:
        return str(self.path)


@frozen(kw_only=True)
class Training:
    """A training whose choices have been found to work.

    Args:
        name: of the generator or the probe.
        learner: ready to be trained.
        source: of the frameworks, in words.
        frameworks: to learn from.
        out: folder for the checkpoint.
        wishes: what it is told besides: a checkpoint to start from, a condition, a quantity.
    """

    name: str
    learner: Any
    source: str
    frameworks: FrameworkSet | DataSet = field(repr=False)
    out: Path
    wishes: Mapping[str, Any]

    def carry_out(self, progress: Progress) -> Trained:
        """Train.

        Raises:
            ConfigError: something else uses the folder.
            PluginError: the generator fails, or returns no checkpoint.
            StoppedError: a signal ended it; what it has learned is saved, and it can be gone on with.
        """
        with marked(self.out), foreign_code(f"training {self.name}"):
            checkpoint = self.learner.train(self.frameworks, out=self.out, progress=progress, **self.wishes)
        if not isinstance(checkpoint, Path) or not checkpoint.exists():
            raise PluginTypeError(
                f"{self.name} returned {checkpoint!r}, which is not the path of a checkpoint"
            )
        return Trained(generator=self.name, path=checkpoint, frameworks=len(self.frameworks))


def train(
    generator: str,
    data: str | Path | Iterable[str | Path] = "standard",
    *,
    out: str | Path,
    start: str | Path | None = None,
    targets: str | Iterable[str] = (),
    conditioner: str | None = None,
    representation: str | None = None,
    quantity: str | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Fit a generator to frameworks: ``zeo train``. It goes on where a training into ``out`` stopped.

        zeo.train("zeodiff", out="weights", options={"zeodiff": {"minutes": 30}})

    Or a probe that learns, such as ``surrogate``, to a column of a data set:

        zeo.train("surrogate", quantity="methane.kh_accessible", out="kh")

    Args:
        generator: by name, or a probe.
        data: the training split of a data set (directory, URL, ``"standard"`` or ``"open"``) or a run, or of
            several, each net once as the first has it; or ``"relaxed"`` or ``"iza"``, a folder or a file.
        out: folder for the checkpoint.
        start: a checkpoint whose weights it begins with.
        targets: what the drawn samples are to meet, such as ``"qst=18..22 kJ/mol"``.
        conditioner: how the training is drawn toward the targets; the generator's own way when None.
        representation: what the generator learns frameworks as; its own way when None.
        quantity: that a probe learns to tell.
        options: of plugins, by plugin and name.
        progress: called with steps done, steps in all (0 when unknown) and a message.

    Raises:
        ZeoError: a choice that cannot work, a folder that something else uses, or the training fails.
    """
    report = arguments.function(progress or _silent, "progress")
    if quantity is not None:
        training = prepared_probe(generator, data, out, quantity, options)
    else:
        training = prepared_training(
            generator, data, out, start, targets, conditioner, representation, options
        )
    return training.carry_out(report)


def _silent(done: int, total: int, message: str) -> None:
    """No progress is shown."""


def prepared_training(
    generator: str,
    data: str | Path | Iterable[str | Path],
    out: str | Path,
    start: str | Path | None,
    targets: str | Iterable[str],
    conditioner: str | None,
    representation: str | None,
    options: Options | None,
) -> Training:
    """A training, with its choices checked; the arguments are those of :func:`train`.

    Raises:
        ZeoError: a choice that cannot work.
    """
    texts = arguments.texts(targets, "targets")
    sources, folder = arguments.sources(data, "data"), arguments.path(out, "out")
    checkpoint = arguments.path_or_none(start, "start")
    steering = None if conditioner is None else arguments.text(conditioner, "conditioner")
    given = arguments.options_by_plugin(options)
    plugins = installed_plugins().configured(given)
    _require_no_probe(arguments.text(generator, "generator"), plugins)
    spec = plugins.find("generator", generator).spec
    if not spec.trainable:
        raise ConfigError(f"the generator {generator!r} has nothing to learn; run it as it is")
    if checkpoint is not None and not spec.starts:
        raise ConfigError(f"the training of {generator} cannot start from a checkpoint: leave out --from")
    if checkpoint is not None:
        checkpoint = weights_of(generator, str(checkpoint), plugins)
    if checkpoint is not None and not os.path.exists(checkpoint):
        raise ConfigError(f"there is no checkpoint {checkpoint} to start from")
    chosen = None if representation is None else arguments.text(representation, "representation")
    if (learned := representation_of(generator, chosen, plugins)) != spec.representation:
        told = plugins.options_name("generator", generator)
        plugins = plugins.configured({told: {"representation": learned}})
    made = plugins.create("generator", generator)
    parts = [
        ("generator", generator),
        ("representation", learned),
        ("conditioner", steering or spec.conditioner),
    ]
    used = [(kind, name) for kind, name in parts if name]
    refuse_idle_options(given, used, plugins, "this training", training=True)
    require_place(folder)
    wishes = {
        "start": checkpoint,
        "condition": condition_of_training(texts, steering, generator, plugins),
    }
    frameworks = training_frameworks(*sources)
    if not len(frameworks):
        raise ConfigError(f"there are no frameworks in {frameworks.source}")
    return Training(
        name=generator,
        learner=made,
        source=f"{frameworks.source} (train)" if is_data_set(sources[0]) else frameworks.source,
        frameworks=frameworks,
        out=folder,
        wishes={key: value for key, value in wishes.items() if value is not None},
    )


def _require_no_probe(name: str, plugins: Plugins) -> None:
    """Raises:
    ConfigError: what is to be trained as a generator is a probe, which learns a quantity.
    """
    if name in {plugins.shown_name(entry) for entry in plugins.entries("probe") if entry.spec.trainable}:
        raise ConfigError(f"{name} learns a quantity: add --quantity COLUMN, such as methane.kh_accessible")


def prepared_probe(
    probe: str,
    data: str | Path | Iterable[str | Path],
    out: str | Path,
    quantity: str,
    options: Options | None,
) -> Training:
    """The training of a probe, with its choices checked; the arguments are those of :func:`train`.

    Raises:
        ZeoError: a choice that cannot work.
    """
    sources, folder = arguments.sources(data, "data"), arguments.path(out, "out")
    given = arguments.options_by_plugin(options)
    plugins = installed_plugins().configured(given)
    if not plugins.find("probe", arguments.text(probe, "generator")).spec.trainable:
        raise ConfigError(f"the probe {probe!r} has nothing to learn: a quantity is learned by surrogate")
    if len(sources) > 1:
        raise ConfigError("a probe learns from one data set; zeo data build makes one of several")
    refuse_idle_options(given, [("probe", probe)], plugins, "this training", training=True)
    require_place(folder)
    frameworks = DataSet.open(sources[0])
    return Training(
        name=probe,
        learner=plugins.create("probe", probe),
        source=str(sources[0]),
        frameworks=frameworks,
        out=folder,
        wishes={"quantity": arguments.text(quantity, "quantity")},
    )


def condition_of_training(
    texts: Sequence[str], conditioner: str | None, generator: str, plugins: Plugins
) -> Condition | None:
    """The targets of a training, taken on by a conditioner; None where there are none.

    They speak of the quantities of those probes that fill a channel of the generator's grids.

    Args:
        texts: such as ``"qst=18..22 kJ/mol"``.
        conditioner: by name; the generator's own when None.
        generator: by name.
        plugins: with the user's options.

    Raises:
        ConfigError: the generator cannot be trained toward targets, or not by this conditioner, or not toward
            these.
    """
    if not texts:
        if conditioner is not None:
            raise ConfigError(f"{conditioner} has nothing to steer toward: add a --target")
        return None
    spec = plugins.find("generator", generator).spec
    name = conditioner or spec.conditioner
    if "loss" not in spec.parts or name is None:
        raise ConfigError(f"{generator} is not trained toward targets: give them to zeo run")
    parts = plugins.find("conditioner", name).spec.parts
    if "loss" not in parts:
        raise ConfigError(f"{name} does not work in training (its parts: {', '.join(parts)})")
    channels = plugins.create("representation", spec.representation).channels if spec.representation else ()
    probes = [entry.spec for entry in plugins.entries("probe") if set(entry.spec.channels) & set(channels)]
    columns = columns_of(probes)
    catalogue = Catalogue(columns, unblocked=True)  # as penalties do, which see no pores
    targets = targets_of(wishes_of(wanted_of(texts, catalogue), catalogue), columns)
    chosen = plugins.create("conditioner", name)
    with foreign_code(f"preparing {name}"):
        prepared = chosen.prepare(targets, Known(channels=channels))
    return Condition(conditioner=chosen, parts=("loss",), targets=tuple(prepared))
