"""Results: what was found of one structure or of several, as objects, tables and CSV."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from attrs import evolve, frozen

from zeo.api import arguments
from zeo.api.executors import Engine
from zeo.api.structures import Structural, is_one, named_structures
from zeo.crystal.structure import Structure
from zeo.errors import ConfigError, PluginError, ZeoError, shortened
from zeo.running.sharing import workers
from zeo.tools import spreadsheets
from zeo.tools.foreign import describe, foreign_code
from zeo.wishes.choosing import Choice
from zeo.wishes.expressions import Known, Values
from zeo.wishes.naming import Listed

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
"""Values by column; the names of columns carry the units."""

TEXTS = ("structure", "run", "id", "name", "key", "code", "parent", "lineage", "remark", "problem")
"""Columns that are text even where they look like numbers."""


class Result(ABC):
    """What was found of one structure."""

    @abstractmethod
    def row(self) -> Row:
        """The line that the tables of the command line have of it; None is what is not known."""

    def values(self) -> Values:
        """The :attr:`Results.quantities` by name, NaN where undefined; none unless a result has some."""
        return {}

    def rows(self) -> list[Row]:
        """All lines that CSV has of it; one unless a result says otherwise."""
        return [self.row()]

    def table(self) -> pd.DataFrame:
        """One row, with the columns of the command line's CSV."""
        return data_frame(list(self.row()), [self.row()])

    def _repr_html_(self) -> str:
        shown = {column: _short(value) for column, value in self.row().items() if value not in (None, "")}
        lines = (
            f"<tr><th>{html.escape(column)}</th><td>{html.escape(text)}</td></tr>"
            for column, text in shown.items()
        )
        return f"<table>{''.join(lines)}</table>"


def _short(value: Any) -> str:
    """As much of a value as a person reads."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


Found = TypeVar("Found", bound=Result)
Stream = Generator[tuple[str, Found | Exception], None, None]
"""Names of structures and what was found of them, or why nothing was."""


@frozen(eq=False)
class Results(Sequence[Found], Generic[Found]):
    """What was found of several structures, in order.

    Args:
        items: of the structures that could be worked on.
        failures: why others could not, one line each, by name.
        columns: of the table.
        quantities: that the results can be chosen and sorted by.
    """

    items: tuple[Found, ...]
    failures: Mapping[str, str]
    columns: tuple[str, ...]
    quantities: tuple[Known, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Found: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Found, ...]: ...
    def __getitem__(self, index: int | slice) -> Found | tuple[Found, ...]:
        return self.items[index]

    def where(self, *conditions: str, unblocked: bool = False) -> Results[Found]:
        """Those that meet all conditions, such as ``"methane.qst>=18"``; single values are exact.

        Args:
            conditions: all of which have to be met.
            unblocked: whether ``qst`` and the like count all pores, and not those alone that run through the
                crystal.

        Raises:
            ConfigError: a condition that cannot be read, or on what is not known of these.
        """
        return self._chosen(arguments.texts(conditions, "conditions"), (), unblocked)

    def sorted(self, *by: str, unblocked: bool = False) -> Results[Found]:
        """The same in order of one expression or several: the smallest value first, undefined ones last.

        ``"-methane.qst"`` has the largest heat of adsorption first.

        Args:
            by: expressions; those behind decide between equals.
            unblocked: see :meth:`where`.

        Raises:
            ConfigError: an expression that cannot be read, or of what is not known of these.
        """
        return self._chosen((), arguments.texts(by, "by"), unblocked)

    def top(self, n: int) -> Results[Found]:
        """The first few."""
        return evolve(self, items=self.items[: arguments.whole_number(n, "n", 1)])

    def _chosen(self, where: Sequence[str], sort: Sequence[str], unblocked: bool) -> Results[Found]:
        if not self.quantities:
            raise ConfigError("these results cannot be chosen among; table() has them for pandas")
        choice = Choice.of(where, sort, Listed(self.quantities, arguments.truth(unblocked, "unblocked")))
        return evolve(self, items=tuple(choice.among(self.items, lambda item: item.values())))

    def table(self) -> pd.DataFrame:
        """The rows of all structures, with the columns of the command line's CSV."""
        return data_frame(self.columns, [row for item in self.items for row in item.rows()])

    def _repr_html_(self) -> str:
        failures = "".join(f"<p>{html.escape(line)}</p>" for line in self.failures.values())
        return self.table().to_html(max_rows=20, notebook=True) + failures


def each(source: Structural, work: Callable[[str, Structure], Found]) -> Stream[Found]:
    """Work on one structure after another; see :func:`worked_on`."""
    return worked_on(named_structures(source), work)


def worked_on(named: Iterable[tuple[str, Any]], work: Callable[[str, Any], Found]) -> Stream[Found]:
    """Work on one after another; what fails is handed on, so that the others are still done.

    Args:
        named: each with its name; a ZeoError stands for one that cannot be used.
        work: is given the name and the other.

    Raises:
        ConfigError: an option that turns out not to work for any of them.
    """
    for name, source in named:
        outcome: Found | Exception
        try:
            if isinstance(source, ZeoError):
                raise source
            with foreign_code():
                outcome = work(name, source)
        except ConfigError:
            raise
        except Exception as error:
            outcome = error
        yield name, outcome


def shared_out(
    named: Iterable[tuple[str, Any]],
    prepare: Callable[..., Callable[[str, Any], Found]],
    given: tuple[Any, ...],
    what: Engine,
) -> Stream[Found]:
    """The same by whatever does the work.

    Args:
        named: each with its name; a ZeoError stands for one that cannot be used.
        prepare: a function of a module; called with ``given``, it returns what is given name and other.
        given: that pickle can carry.
        what: does the work.

    Raises:
        ConfigError: an option that turns out not to work for any of them.
    """
    with workers(_answering, (prepare, given), what.jobs, what.executor) as sharing:
        for (name, _), outcome in sharing.map(named):
            if isinstance(outcome, ConfigError):
                raise outcome
            yield name, outcome


def _answering(
    prepare: Callable[..., Callable[[str, Any], Found]], given: tuple[Any, ...]
) -> Callable[[tuple[str, Any]], Found]:
    work = prepare(*given)

    def answer(named: tuple[str, Any]) -> Found:
        name, source = named
        if isinstance(source, ZeoError):
            raise source
        with foreign_code():
            return work(name, source)

    return answer


def gathered(
    source: Structural, stream: Stream[Found], columns: Sequence[str], quantities: Sequence[Known] = ()
) -> Found | Results[Found]:
    """The result for one structure, or the results for several.

    Raises:
        ZeoError: the only structure could not be worked on.
    """
    items: list[Found] = []
    failures: dict[str, str] = {}
    for name, outcome in stream:
        if not isinstance(outcome, Exception):
            items.append(outcome)
            continue
        failures[name] = one_line(name, outcome)
        error = outcome
    if is_one(source) and len(items) + len(failures) == 1:
        if items:
            return items[0]
        raise error if isinstance(error, ZeoError) else PluginError(*failures.values()) from error
    return Results(tuple(items), failures, tuple(columns), tuple(quantities))


def one_line(name: str, error: Exception) -> str:
    """What went wrong with a structure, for the user."""
    text = " ".join(str(error).split()) if isinstance(error, ZeoError) else describe(error)
    return shortened(text if name in text else f"{name}: {text}")


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """A line for each row; what is not known is empty, and columns that a row lacks are left off."""
    lines = ([row[column] for column in columns if column in row] for row in rows)
    return spreadsheets.csv_text([columns, *lines])


def data_frame(columns: Sequence[str], rows: Iterable[Row]) -> pd.DataFrame:
    """The same as pandas has it."""
    return spreadsheets.data_frame_in(csv_text(columns, rows), TEXTS)
