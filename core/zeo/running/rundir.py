"""The run directory: the only module that writes one.

    run.json                      plan, number of samples, goal, versions
    records/part-000012.parquet   every candidate, whatever its fate, and the atoms of the survivors
    structures/000012.cif         one CIF for each survivor, or for the best of many
    summary.csv                   the survivors, ranked
    report.json                   the funnel
    log.txt                       times, warnings, tracebacks

Only run.json and the records are the run, see :mod:`zeo.records.parts`; all else is made from them. A record
is the commit point of its candidate: a run killed at any instant continues with those that have none.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from zeo.crystal.structure import Structure
from zeo.errors import BusyError, ConfigError, RunDirectoryError
from zeo.records.loose import STRUCTURES, Loose
from zeo.records.parts import FOLDER, Parts
from zeo.records.record import Record
from zeo.records.store import record_in, records_at, store_of, structures_at
from zeo.records.table import RECORD
from zeo.running import runlog
from zeo.running.disk import disk_errors
from zeo.running.enough import Enough, Goal
from zeo.running.places import claimed, require_free
from zeo.running.plan import Plan
from zeo.running.runfile import FORMAT, RunFile
from zeo.running.runfile import NAME as RUN_FILE
from zeo.running.shard import Shard
from zeo.tools.files import NO_PAGE, held, make_folder, open_to_append, write_atomically


class RunDirectory:
    """A run directory on disk. Made by :meth:`create`, :meth:`resume` or :meth:`open`.

    Args:
        path: of the directory.
        plan: of the run.
        n: samples wanted; at most so many where there is a goal.
        versions: of the software that began it.
        goal: the frameworks with which it has enough; None draws all samples.
        format: of the layout in which it was found.
        shard: the part of the run that is computed here; None for all of it.
    """

    def __init__(
        self,
        path: Path,
        plan: Plan,
        n: int,
        versions: Mapping[str, str],
        goal: Goal | None = None,
        format: int = FORMAT,
        shard: Shard | None = None,
    ) -> None:
        self.path, self.plan, self.n, self.versions = path, plan, n, versions
        self.goal, self.shard = goal, shard
        self.format = format
        self.store = store_of(path, format, plan.columns, plan.stages)

    @classmethod
    def create(
        cls,
        path: Path,
        plan: Plan,
        n: int,
        versions: Mapping[str, str],
        goal: Goal | None = None,
        shard: Shard | None = None,
    ) -> RunDirectory:
        """Start a run in a new or empty directory; of several processes that want it, one gets it.

        Raises:
            BusyError: another process is starting a run there.
            RunDirectoryError: the directory holds something already, or cannot be written.
            ZeoError: something in it that is written to is a link.
        """
        contents = RunFile(n=n, goal=goal, plan=plan, versions=versions, shard=shard)
        require_free(path, contents)  # what is somebody else's is not even locked
        directory = cls(path, plan, n, versions, goal, shard=shard)
        with disk_errors(path), held(path):
            require_free(path, contents)
            write_atomically(path / RUN_FILE, contents.text())
            directory._make_folders()
        return directory

    @classmethod
    def create_numbered(
        cls,
        stem: str,
        plan: Plan,
        n: int,
        versions: Mapping[str, str],
        goal: Goal | None = None,
        shard: Shard | None = None,
        parent: Path = Path("runs"),
    ) -> RunDirectory:
        """Start a run in the first free one of ``runs/STEM-001``, ``-002``, ...

        Raises:
            RunDirectoryError: it cannot be written.
        """
        path = claimed(stem.replace("/", "-"), parent)
        try:
            return cls.create(path, plan, n, versions, goal, shard)
        except BaseException:
            with contextlib.suppress(OSError):
                path.rmdir()  # fails where there is something in it
            raise

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """An existing run; nothing is written.

        Raises:
            RunDirectoryError: see :meth:`zeo.running.runfile.RunFile.read`.
        """
        found = RunFile.read(path)
        return cls(path, found.plan, found.n, found.versions, found.goal, found.format, found.shard)

    def keep_plan(self) -> None:
        """Write run.json anew if it is of an older format, or its plan is not that of today any more.

        The number of samples is the one found there: another process may have asked for more meanwhile.
        """
        self.n = RunFile.read(self.path).n
        self._write_run_json()

    def enlarge(self, n: int) -> None:
        """Want more samples, on disk too.

        What was recorded of a last batch that becomes larger is dropped: samples that are drawn together are
        computed together, so only drawn again they are as in a run of that many from the start.

        Raises:
            BusyError: another process holds the directory.
            ConfigError: fewer samples than the run wants already, or parts of a path between frameworks; or
                a shard, whose part would be another one.
            RunDirectoryError: it cannot be written.
        """
        with disk_errors(self.path), held(self.path):
            self.n = RunFile.read(self.path).n
            if self.shard is not None and n != self.n:
                raise ConfigError(
                    f"{self.path} is shard {self.shard} of {self.n} samples: merge the shards, and draw more"
                    " with: zeo run --resume MERGED -n TOTAL"
                )
            if n < self.n:
                raise ConfigError(
                    f"{self.path} wants {self.n} samples: -n is for all of them, {self.n} or more"
                )
            if self.plan.between and n % self.plan.path_steps:
                raise ConfigError(
                    f"-n {n}: give a multiple of {self.plan.path_steps}, the samples on each path"
                )
            if n > self.n:
                if isinstance(self.store, Loose):
                    self._write_run_json()
                self.drop_from(self.n // self.plan.batch_size * self.plan.batch_size)
                self.n = n
                self._write_run_json()

    def _write_run_json(self) -> None:
        """Unless it is there as it should be."""
        text = self._contents().text()
        with disk_errors(self.path):
            self._make_parts()
            if (self.path / RUN_FILE).read_text(encoding="utf-8") != text:
                write_atomically(self.path / RUN_FILE, text)
        self.format = FORMAT
        Loose(self.path, ()).remove_records()

    def _make_parts(self) -> None:
        """Where an older zeo kept each candidate in a file; run.json of today makes the parts count."""
        if isinstance(self.store, Loose):
            parts = Parts(self.path)
            parts.drop_from(0)  # what a process left that was killed doing this
            self.store.make_parts(parts)
            self.store = parts

    @property
    def parts(self) -> Parts:
        """Where candidates are written, once :meth:`keep_plan` has seen to it that there are parts."""
        assert isinstance(self.store, Parts)
        return self.store

    def _contents(self) -> RunFile:
        return RunFile(n=self.n, goal=self.goal, plan=self.plan, versions=self.versions, shard=self.shard)

    @property
    def indices(self) -> range:
        """The samples that are computed here: all of the run, or those of a shard."""
        if self.shard is None:
            return range(self.n)
        return self.shard.indices(self.n, self.plan.batch_size)

    def drop_from(self, index: int) -> None:
        """Remove all candidates from an index on, and their CIFs."""
        with disk_errors(self.path):
            self.remove_cifs({each for each in self.indices_of_cifs() if each >= index})
            self.parts.drop_from(index)

    def _make_folders(self) -> None:
        """After run.json, so that a run killed in between can be resumed."""
        with disk_errors(self.path):
            make_folder(self.path / STRUCTURES)
            if isinstance(self.store, Parts):
                self.store.prepare()

    def mend(self) -> None:
        """Tidy up what a killed process left, before anybody counts what is missing.

        Raises:
            BusyError: another process is still writing.
            RunDirectoryError: a part is damaged, or cannot be written.
        """
        if isinstance(self.store, Parts) and self.store.has_journals:
            with disk_errors(self.path), held(self.path):
                self.store.finish()

    def recorded(self) -> frozenset[int]:
        """Indices of the candidates that have a record."""
        return frozenset(self.store.indices().tolist())

    def enough(self) -> Enough:
        """How far the records have come."""
        enough = Enough(self.goal, self.plan, self.n)
        if self.goal is not None:
            for table in self.tables(enough.columns):
                enough.count_table(table)
        return enough

    def tables(self, names: Sequence[str] | None) -> Iterator[pa.Table]:
        """Columns of all candidates, all where none are named, part by part.

        Raises:
            RunDirectoryError: a part is damaged.
        """
        for table in self.store.tables(names):
            if isinstance(table, RunDirectoryError):
                raise table
            yield table

    @property
    def pending(self) -> int:
        """How many candidates have no record yet; at most so many where there is a goal."""
        return self.count_missing(self.enough().end)

    def count_missing(self, end: int) -> int:
        """How many indices below an end have no record yet."""
        wanted = range(self.indices.start, min(end, self.indices.stop))
        there = self.store.indices()
        return len(wanted) - int(np.count_nonzero((there >= wanted.start) & (there < wanted.stop)))

    def write(self, index: int, line: bytes) -> None:
        """Keep a finished candidate, as :func:`zeo.records.table.line_of` makes it a line."""
        with disk_errors(self.path):
            self.parts.append(index, line)

    def add(self, table: pa.Table) -> None:
        """Keep the candidates of a table, all of one part, beside those that the part has."""
        with disk_errors(self.path):
            self.parts.add(table)

    def sync(self) -> None:
        """Have all that was written on the disk itself."""
        with disk_errors(self.path):
            self.parts.sync()

    def cif_path(self, candidate_id: str) -> Path:
        """Where the CIF of a survivor is, if it was written."""
        return self.path / STRUCTURES / f"{candidate_id}.cif"

    def indices_of_cifs(self) -> set[int]:
        """Of the candidates that have a CIF."""
        files = (self.path / STRUCTURES).glob("*.cif")
        return {int(file.stem) for file in files if re.fullmatch(r"\d{6,}", file.stem)}

    def write_cif(self, index: int, text: str) -> None:
        """Write the CIF of a candidate."""
        with disk_errors(self.path):
            write_atomically(self.cif_path(f"{index:06d}"), text)

    def remove_cifs(self, indices: Iterable[int]) -> None:
        """Remove the CIFs of some candidates."""
        with disk_errors(self.path):
            for index in indices:
                self.cif_path(f"{index:06d}").unlink(missing_ok=True)

    def records(self) -> Iterator[Record]:
        """All records, in the order of their index.

        Raises:
            RunDirectoryError: a record that was damaged after it was written, or is none of this plan.
        """
        for record in self.records_and_damage():
            if isinstance(record, RunDirectoryError):
                raise record
            yield record

    def records_and_damage(self) -> Iterator[Record | RunDirectoryError]:
        """The same, with what is wrong in the place of a record that cannot be used."""
        for table in self.store.tables([RECORD]):
            if isinstance(table, RunDirectoryError):
                yield table
                continue
            for row in range(len(table)):
                try:
                    yield self._sound(record_in(table, row, self.store))
                except RunDirectoryError as error:
                    yield error

    def records_at(self, indices: Iterable[int]) -> dict[int, Record]:
        """Some records by index.

        Raises:
            RunDirectoryError: one is damaged, or is none of this plan.
        """
        found = records_at(self.store, indices)
        return {index: self._sound(record) for index, record in found.items()}

    def structures_at(self, indices: Iterable[int]) -> Iterator[tuple[int, Structure]]:
        """The atoms of some survivors, in the order of their index.

        Raises:
            RunDirectoryError: they are damaged.
        """
        return structures_at(self.store, indices)

    def _sound(self, record: Record) -> Record:
        try:
            record.require_part_of(self.plan.stages, self.plan.columns)
        except ValueError as error:
            raise RunDirectoryError(
                f"the record of candidate {record.id} does not fit {self.path / 'run.json'} ({error}): one of"
                " the two is damaged"
            ) from error
        return record

    def remove_if_nothing_done(self) -> None:
        """Leave nothing behind of a run that could not begin, so that it can be begun again in its place."""
        with contextlib.suppress(OSError, BusyError):
            with held(self.path):  # a process that resumes it meanwhile finds that it has gone
                (self.path / FOLDER).rmdir()  # fails where there is a record
                (self.path / STRUCTURES).rmdir()
                for name in (RUN_FILE, runlog.NAME, NO_PAGE):
                    (self.path / name).unlink(missing_ok=True)
            self.path.rmdir()

    def write_file(self, name: str, content: str | Iterable[str]) -> Path:
        """Write a file of the report; return its path."""
        with disk_errors(self.path):
            write_atomically(self.path / name, content)
        return self.path / name

    @contextmanager
    def session(self) -> Iterator[None]:
        """Hold the directory, and write candidates to it.

        Raises:
            ZeoError: see :meth:`hold` and :meth:`recording`.
        """
        with self.hold(), self.recording():
            yield

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let no other process write there.

        Raises:
            BusyError: another process holds it.
            RunDirectoryError: it cannot be written.
            ZeoError: its lock file is a link.
        """
        with ExitStack() as stack:
            with disk_errors(self.path):
                stack.enter_context(held(self.path))
                if not (self.path / RUN_FILE).exists():
                    raise RunDirectoryError(f"{self.path} is no run any more: another process removed it")
            yield

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Send the log to ``log.txt``, and leave whole parts of records behind; for who holds the directory.

        Raises:
            RunDirectoryError: it cannot be written.
            ZeoError: something in it that is written to is a link.
        """
        with disk_errors(self.path):
            self._make_folders()
            log = open_to_append(self.path / runlog.NAME)
        with runlog.logging_to(log):
            try:
                yield
            finally:
                if isinstance(self.store, Parts):
                    with disk_errors(self.path):
                        self.store.finish()
