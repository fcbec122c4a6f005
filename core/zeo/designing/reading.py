"""A design as it is on disk, finished or not."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import define

from zeo.data.sets.store import DataSet, is_data_set
from zeo.designing import rounds
from zeo.designing.arms import arms_of
from zeo.designing.known import Known, sources_of
from zeo.designing.recipe import COMMAND, HASHES, Recipe, Resolved
from zeo.designing.rounds import Round
from zeo.errors import InputError, ZeoError


def is_design(data: DataSet) -> bool:
    """Whether a design made a data set."""
    return data.description.made_by.get("command") == COMMAND


def recipe_in(folder: Path) -> Recipe:
    """What a design was begun with.

    Raises:
        InputError: there is no design.
    """
    if not is_data_set(folder):
        raise InputError(f"{folder} is no design; begin one with: zeo design --target WISH --out {folder}")
    data = DataSet.open(folder)
    if not is_design(data):
        raise InputError(f"{folder} is a data set that no design made")
    return _recipe_of(data, folder)


def _recipe_of(data: DataSet, folder: Path) -> Recipe:
    from zeo.tools.typed_json import structured  # takes a while to import

    made_by = dict(data.description.made_by)
    for other in ("command", HASHES):
        made_by.pop(other, None)
    try:
        return structured(made_by, Recipe)
    except (TypeError, ValueError) as error:
        raise InputError(f"{folder}: damaged, or a design of another zeo ({error})") from error


def require_surrogates(folder: Path) -> None:
    """Refuse to go on without a trained model that a design began with.

    Raises:
        InputError: one is no longer where it was.
    """
    for model in DataSet.open(folder).description.made_by.get("surrogates", ()):
        if not Path(model).is_dir():
            raise InputError(
                f"{folder} began with the surrogate {model}, which is not there any more: put it back, or"
                " begin a new design"
            )


@define(slots=False)
class ReadDesign:
    """What a design has done so far.

    Args:
        directory: of it.
        data: all that was relaxed.
        resolved: what it was to find.
        rounds: that are done.
    """

    directory: Path
    data: DataSet
    resolved: Resolved
    rounds: tuple[Round, ...]

    @classmethod
    def of(cls, directory: Path) -> ReadDesign:
        """That of a directory.

        Raises:
            ZeoError: there is none, a plugin or a trained model of it is not there, or a round is damaged.
        """
        resolved = Resolved(recipe_in(directory))
        require_surrogates(directory)
        data = DataSet.open(directory)
        arms = {arm.name for arm in arms_of(resolved.recipe.generators, resolved.plugins)}
        done = tuple(each for each, _ in rounds.finished(directory, data, arms))
        return cls(directory, data, resolved, done)

    @cached_property
    def known(self) -> Known | None:
        """The frameworks that were looked up, with what was measured of them; None where they are not there
        any more."""
        recipe, sources = self.resolved.recipe, self.data.description.sources
        try:
            sets = tuple(map(DataSet.open, recipe.known))
        except ZeoError:
            return None
        if sources != sources_of(recipe.known, sets):
            return None
        measured: dict[int, Any] = {
            int(position): found for done in self.rounds for position, found in done.surveyed.items()
        }
        return Known.to(self.resolved, sets, measured)
