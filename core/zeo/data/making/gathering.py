"""The first half of a build: from the items of all sources to rows of distinct, measured frameworks.

Items are worked on in chunks. A finished chunk is a part of a table of rows and a small JSON file of what
was refused; a killed build goes on with the first chunk that is not there. In memory is nothing but the
chunk, and the key and the name of each net so far.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from attrs import define, evolve, field, frozen
from attrs.validators import and_, deep_iterable, ge, max_len, min_len

from zeo.crystal.io import SUFFIXES
from zeo.data.making import refusals
from zeo.data.making.preparation import Listed, Named
from zeo.data.making.refusals import Refusal
from zeo.data.making.sources import Item
from zeo.data.sets.description import Description
from zeo.data.sets.entry import Entry
from zeo.data.sets.table import table_of
from zeo.data.sets.writer import DataSetWriter
from zeo.errors import ConfigError, InputError
from zeo.tools.files import make_folder, read_whole, write_atomically
from zeo.tools.foreign import describe
from zeo.tools.parallel import Workers
from zeo.tools.typed_json import parsed_object, structured

logger = logging.getLogger("zeo")

CHUNK = 512
"""Items worked on between two points at which a killed build goes on."""


class Gathering:
    """What a build has gathered so far, in a directory of its own.

    Args:
        directory: made if need be; one with the same description is continued.
        description: of the rows.

    Raises:
        InputError: the directory holds what another build has gathered.
    """

    def __init__(self, directory: Path, description: Description) -> None:
        make_folder(directory)
        make_folder(directory / "rows")
        self.directory = directory
        self.rows = DataSetWriter(directory / "rows", description)
        self.found = 0
        self.refused: Counter[str] = Counter()
        self._name_of_net: dict[str, str] = {}
        for chunk in range(self.rows.parts):
            record = _record(self.directory, chunk)
            self._count(record.found, _refusals_in(record))
            self._name_of_net.update(record.nets)
        self._names = set(self._name_of_net.values())

    @property
    def position(self) -> int:
        """Items worked on."""
        return self.rows.parts * CHUNK

    def refusals(self) -> Iterator[Refusal]:
        """All of them, in the order of the chunks."""
        for chunk in range(self.rows.parts):
            yield from refusals_in(self.directory, chunk)

    def gather(
        self,
        items: Iterable[Item],
        total: int,
        workers: Workers[Listed | Named, Any],
        advance: Callable[[], None],
    ) -> None:
        """Work on all items that have not been worked on yet.

        Args:
            items: all of them.
            total: how many there are.
            workers: processes that :func:`zeo.data.making.preparation.prepare` has prepared.
            advance: called after each item.
        """
        pending = islice(items, self.position, None)
        while self.position < total:
            self._add_chunk(islice(pending, CHUNK), workers, advance)

    def _add_chunk(
        self, items: Iterable[Item], workers: Workers[Listed | Named, Any], advance: Callable[[], None]
    ) -> None:
        chunk = _Chunk()
        listed = (Listed(item.name, item.source, item.take()) for item in items)
        for task, outcome in workers.map(listed):
            assert isinstance(task, Listed)
            found = _results(outcome, task.source, task.name, refusals.READ)
            candidates = [one for one in found if self._may_be_new(one, task.source, chunk)]
            for one in candidates:
                candidate = Named(one, task.source, one.name, is_last=one is candidates[-1])
                chunk.waiting.setdefault(one.key, []).append(candidate)
            if not candidates:
                advance()
        count = 1
        while chunk.waiting:
            self._try(count, chunk, workers, advance)
            count *= 2  # a net of which many are refused is not to keep all processes waiting for one
        self._finish(chunk)

    def _may_be_new(self, one: Entry | Refusal, source: str, chunk: _Chunk) -> bool:
        """Whether it is a framework whose net no other has brought so far."""
        chunk.found += 1
        if isinstance(one, Refusal):
            if one.reason == refusals.DAMAGED:
                logger.warning("Warning: %s: %s", one.name, one.detail)
            chunk.refused.append(one)
            return False
        known = self._name_of_net.get(one.key)
        if known is not None:
            chunk.refused.append(_another_of(known, source, one.name))
        return known is None

    def _try(
        self, count: int, chunk: _Chunk, workers: Workers[Listed | Named, Any], advance: Callable[[], None]
    ) -> None:
        """Measure some candidates of each net; the first that is not refused is taken."""
        firsts = [each for candidates in chunk.waiting.values() for each in candidates[:count]]
        chunk.waiting = {key: candidates[count:] for key, candidates in chunk.waiting.items()}
        named = [evolve(each, entry=evolve(each.entry, name=self._free_name(each.name))) for each in firsts]
        for task, outcome in workers.map(named):
            assert isinstance(task, Named)
            for settled in self._settled(task, outcome, chunk):
                if settled.is_last:
                    advance()
        chunk.waiting = {key: candidates for key, candidates in chunk.waiting.items() if candidates}

    def _settled(self, tried: Named, outcome: Any, chunk: _Chunk) -> list[Named]:
        """A candidate that was measured and, if it is taken, all others with its net."""
        key, name = tried.entry.key, tried.entry.name
        (one,) = _results(outcome, tried.source, tried.name, refusals.MEASURED)
        if key in chunk.nets:
            one = _another_of(chunk.nets[key], tried.source, tried.name)
        if isinstance(one, Refusal):
            chunk.refused.append(one)
            self._names.remove(name)
            return [tried]
        chunk.rows.append(one)
        chunk.nets[key] = self._name_of_net[key] = name
        others, chunk.waiting[key] = chunk.waiting[key], []
        chunk.refused += [_another_of(name, each.source, each.name) for each in others]
        return [tried, *others]

    def _finish(self, chunk: _Chunk) -> None:
        """Write the chunk; it counts as written once its rows are."""
        record = {"found": chunk.found, "nets": chunk.nets, "refusals": chunk.refused}
        write_atomically(chunk_file(self.directory, self.rows.parts), json.dumps(record))
        none = table_of([], self.rows.description.properties)
        self.rows.append_rows(pa.concat_tables([none, *chunk.rows]).combine_chunks())
        self._count(chunk.found, chunk.refused)

    def _count(self, found: int, refused: Iterable[Refusal]) -> None:
        self.found += found
        self.refused.update(refusals.refused_by_step(refused))

    def _free_name(self, name: str) -> str:
        """The name without the ending of the file, and with a number if it is taken."""
        file, mark, number = name.partition("#")
        ending = next((suffix for suffix in SUFFIXES if file.lower().endswith(suffix)), "")
        stem = f"{file.removesuffix(file[len(file) - len(ending) :])}{mark}{number}"
        free, count = stem, 1
        while free in self._names:
            count += 1
            free = f"{stem}_{count}"
        self._names.add(free)
        return free


LARGEST_RECORD = 1_000_000_000
"""Bytes."""


@define
class _Chunk:
    """What becomes of some items.

    Args:
        found: how many structures there were, or places where one should have been.
        refused: those that were not let pass.
        waiting: frameworks whose nets are new, by key; of each net the first that is not refused is taken.
        nets: names of those that are, by key.
        rows: these, measured.
    """

    found: int = 0
    refused: list[Refusal] = field(factory=list)
    waiting: dict[str, list[Named]] = field(factory=dict)
    nets: dict[str, str] = field(factory=dict)
    rows: list[pa.Table] = field(factory=list)


@frozen
class _Record:
    """What is kept of a chunk, beside its rows."""

    found: int = field(validator=ge(0))
    nets: Mapping[str, str]
    refusals: tuple[tuple[str, ...], ...] = field(
        validator=deep_iterable(and_(min_len(len(Refusal._fields)), max_len(len(Refusal._fields))))
    )


def chunk_file(directory: Path, chunk: int) -> Path:
    """What is kept of a chunk beside its rows, in the directory of a gathering."""
    return directory / f"chunk-{chunk:05d}.json"


def refusals_in(directory: Path, chunk: int) -> list[Refusal]:
    """What was refused in a chunk.

    Raises:
        InputError: its file is missing or damaged.
    """
    return _refusals_in(_record(directory, chunk))


def _record(directory: Path, chunk: int) -> _Record:
    """What was written of a chunk.

    Raises:
        InputError: its file is missing or damaged.
    """
    file = chunk_file(directory, chunk)
    try:
        return structured(parsed_object(read_whole(file, LARGEST_RECORD)), _Record)
    except ValueError as error:
        raise InputError(
            f"{file} is damaged ({error}): delete the folder {directory}, and build anew"
        ) from error


def _refusals_in(record: _Record) -> list[Refusal]:
    return [Refusal(*fields) for fields in record.refusals]


def _another_of(known: str, source: str, name: str) -> Refusal:
    """What has the net of a framework that is taken."""
    return Refusal(source, name, refusals.DISTINCT, "the net of another", known)


def _results(outcome: Any, source: str, name: str, step: str) -> list[Any]:
    """What a worker process has made of a task; an error in a plugin costs the framework that it struck.

    Raises:
        ConfigError: an option that turns out not to work for any framework.
    """
    if isinstance(outcome, ConfigError):
        raise outcome
    if isinstance(outcome, Exception):
        return [Refusal(source, name, step, "error in a plugin", describe(outcome))]
    return outcome if isinstance(outcome, list) else [outcome]
