"""What a design keeps of each round beside the frameworks that it tried: enough to be in its state again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import attrs
import pyarrow as pa
from attrs import field, frozen

from zeo.data.sets.store import DataSet
from zeo.errors import InputError
from zeo.tools.files import make_folder, write_atomically

FOLDER = "rounds"

Numbers = Mapping[str, float | None]
"""By name; None where undefined."""


@frozen(kw_only=True)
class Asked:
    """An arm that was asked.

    Args:
        arm: by name.
        parents: positions of the frameworks that it was to change.
        proposed: frameworks that it gave, lost ones included.
        lost: of these, by reason.
        new: with nets that are not known.
        relaxed: of the new ones.
        hits: of the relaxed ones.
        seconds: nominal, that all of this costs.
    """

    arm: str
    parents: tuple[int, ...] = ()
    proposed: int = 0
    lost: Mapping[str, int] = field(factory=dict)
    new: int = 0
    relaxed: int = 0
    hits: int = 0
    seconds: float = 0.0


@frozen(kw_only=True)
class Learned:
    """A training of a generator, before the arms of a round were asked.

    Args:
        generator: by name.
        folder: of its weights within the design.
        hits: that it learned from.
        before: new nets that the old weights drew.
        after: those of as many drawings by the new ones.
        kept: whether the new ones draw from now on.
        seconds: nominal, that it cost.
        error_before: of the old weights on IZA types that nothing was learned from; None where there are
            none, or the generator does not tell.
        error_after: likewise, of the new ones.
    """

    generator: str
    folder: str
    hits: int
    before: int
    after: int
    kept: bool
    seconds: float
    error_before: float | None = None
    error_after: float | None = None


@frozen(kw_only=True)
class Considered:
    """A new framework that was proposed.

    Args:
        key: of its net.
        arm: by name.
        lineage: its first ancestor.
        before: the numbers of the aims before relaxation, as far as they are known.
        chance: that it would hit, by these; with objectives, that it would meet the wishes.
        gain: that is expected of it in the objectives if it does; 0 without objectives.
        name: of the framework that the data set has; None where it was not relaxed.
        after: the numbers of the aims after relaxation; empty where that failed.
        miss: how far it is from the goal then, as a parent; None where it is none.
        hit: whether it meets the goal, and is stable.
        met: whether it met the goal before it was shaken.
    """

    key: str
    arm: str
    lineage: str
    before: Numbers
    chance: float
    gain: float = 0.0
    name: str | None = None
    after: Numbers = field(factory=dict)
    miss: float | None = None
    hit: bool = False
    met: bool = False


@frozen(kw_only=True)
class Round:
    """What came of a round.

    Args:
        asked: the arms, in order.
        considered: the new frameworks.
        surveyed: of known frameworks by position (as text), what was measured; in the first rounds alone.
        learned: what generators learned before.
    """

    asked: tuple[Asked, ...] = ()
    considered: tuple[Considered, ...] = ()
    surveyed: Mapping[str, Numbers] = field(factory=dict)
    learned: tuple[Learned, ...] = ()

    def text(self) -> str:
        return json.dumps(attrs.asdict(self), sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def read(cls, file: Path) -> Round:
        """What :meth:`text` gave.

        Raises:
            InputError: it is damaged.
        """
        from zeo.tools.typed_json import parsed_object, structured  # takes a while to import

        try:
            return structured(parsed_object(file.read_bytes()), cls)
        except OSError as error:
            raise InputError(f"cannot read {file}: {error.strerror}; begin the design anew") from error
        except ValueError as error:
            raise InputError(f"{file} is damaged ({error}); begin the design anew") from error

    def require_fit(self, names: Collection[str], arms: Collection[str], file: Path) -> None:
        """Refuse what is not of the part of the data set that it stands beside.

        Args:
            names: of the frameworks of the part.
            arms: that can have been asked.
            file: that it is read from.

        Raises:
            InputError: it speaks of other frameworks or arms.
        """
        tried = {each.name for each in self.considered if each.name is not None}
        if tried != set(names) or not {asked.arm for asked in self.asked} <= set(arms):
            raise InputError(f"{file} does not fit its part of the data set; begin the design anew")


def finished(directory: Path, data: DataSet, arms: Collection[str]) -> Iterator[tuple[Round, pa.Table]]:
    """The rounds that are done, each with the frameworks that it tried.

    Args:
        directory: of the design.
        data: its data set; a round counts once the part of its number is there.
        arms: that can have been asked.

    Raises:
        InputError: one is damaged.
    """
    for number in range(len(data.description.parts)):
        file, rows = file_of(directory, number), data.part(number)
        done = Round.read(file)
        done.require_fit(rows["name"].to_pylist(), arms, file)
        yield done, rows


def file_of(directory: Path, number: int) -> Path:
    """Where a round is kept; it counts once the data set has the part of the same number."""
    return directory / FOLDER / f"{number:05d}.json"


def write(directory: Path, number: int, round: Round) -> None:
    """Keep a round, as a whole."""
    make_folder(directory / FOLDER)
    write_atomically(file_of(directory, number), round.text())
