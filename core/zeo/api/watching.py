"""How far work on disk has come: ``zeo.status``. Only reads: it is safe while another process writes."""

from __future__ import annotations

import csv
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
from attrs import field, frozen

from zeo.api.runs import Run, directory_of
from zeo.data.making.build import BUILDING
from zeo.data.making.gathering import CHUNK, chunk_file, refusals_in
from zeo.data.sets.store import DESCRIPTION_FILE, DataSet
from zeo.designing.account import hits_in
from zeo.designing.reading import ReadDesign, is_design
from zeo.errors import InputError
from zeo.running.enough import Enough
from zeo.running.runfile import NAME as RUN_FILE
from zeo.running.runlog import recent_times
from zeo.running.summary import summarise
from zeo.running.training_folder import CURVE, MODEL, holds_training
from zeo.tools.files import is_free

RECENT = 200
"""Files whose times tell the rate."""

PAUSE = 20.0
"""A gap between files so many times longer than the usual one was a pause, not work."""


@frozen(kw_only=True)
class Status:
    """How far a run, a data set, a design or a training has come.

    Args:
        kind: ``"run"``, ``"data set"``, ``"design"`` or ``"training"``.
        path: of its directory.
        unit: what is counted.
        wishes: what is wanted, in words.
        finished: whether there is nothing left to do; None where nothing says.
        done: how many of them.
        wanted: in all; at most so many where a run ends with frameworks found; None where nothing says.
        rate: of them in an hour, as of late; None where nothing tells.
        seconds_left: until all are done at this rate; None where nothing tells.
        seconds_since: the last of them was written; None where there is none.
        lost: how many were lost, by reason.
        hits: how many are as wanted, by what that means.
    """

    kind: str
    path: Path
    wishes: Sequence[str] = ()
    finished: bool | None = None
    unit: str
    done: int
    wanted: int | None = None
    rate: float | None = None
    seconds_left: float | None = field(init=False)
    seconds_since: float | None = None
    lost: Mapping[str, int] = field(factory=dict)
    hits: Mapping[str, float] = field(factory=dict)

    @seconds_left.default
    def _seconds_left(self) -> float | None:
        if self.wanted is None or not self.rate:
            return None
        return round(3600 * max(self.wanted - self.done, 0) / self.rate, 1)

    def json(self) -> str:
        """All of it."""
        return json.dumps(attrs.asdict(self) | {"path": str(self.path)}, indent=1) + "\n"


def status(path: Run | str | Path) -> Status:
    """How far a run, a data set, a design or a training has come: ``zeo status``.

        zeo.status("runs/search-001").seconds_left

    Args:
        path: its directory, also while another process works in it.

    Raises:
        ZeoError: it is none of these, or what is there is damaged.
    """
    directory = directory_of(path, "path")
    if (directory / RUN_FILE).is_file():
        return _of_run(Run.open(directory))
    if (directory / DESCRIPTION_FILE).is_file():
        return _of_data_set(directory)
    if holds_training(directory):
        return _of_training(directory)
    if is_free(directory):
        raise InputError(f"{directory}: nothing is there, so whatever is to go there has not begun")
    raise InputError(
        f"{directory} is no run, no data set and no training: it has no {RUN_FILE},"
        f" {DESCRIPTION_FILE} or {MODEL}"
    )


def _of_run(run: Run) -> Status:
    directory = run.directory
    enough = Enough(directory.goal, run.plan, directory.n)
    summary = summarise(directory.store, run.plan, enough)
    lost: Counter[str] = Counter()
    for stage in summary.funnel:
        lost.update({f"{stage.stage}: {reason}": count for reason, count in stage.lost.items()})
    hits = {"survivors": len(summary.survivors)}
    if summary.identified:
        hits |= {"distinct nets": summary.distinct, "new nets": summary.distinct_by_novelty["new"]}
    if summary.wishes:
        hits["on target"] = summary.on_target
    if summary.goal is not None:
        hits[f"found of {summary.goal.until}"] = summary.found
    times = recent_times(run.directory.path, RECENT)
    wanted = enough.end if enough.is_reached else run.n
    return Status(
        kind="run",
        path=run.path,
        wishes=[str(wish) for wish in summary.wishes],
        finished=not run.pending,
        unit="samples",
        done=summary.drawn,
        wanted=wanted,
        rate=rate_of(times, [1] * len(times)),
        seconds_since=_since(times),
        lost=dict(lost.most_common()),
        hits=hits,
    )


def _of_data_set(path: Path) -> Status:
    building = path / BUILDING / "rows"
    if (building / DESCRIPTION_FILE).is_file():
        return _of_build(path, building)
    data = DataSet.open(path)
    data.require_whole()
    if is_design(data):
        return _of_design(path)
    return _status_of(data, path)


def _of_design(path: Path) -> Status:
    """As a data set, with what was wished and found; objectives are followed until the clock ends it."""
    design = ReadDesign.of(path)
    goal, best = design.resolved.goal, design.resolved.recipe.best
    found = len(hits_in(design.rounds))
    return attrs.evolve(
        _status_of(design.data, path),
        kind="design",
        wishes=goal.in_words,
        finished=None if goal.objectives else found >= best,
        hits={f"found of {best:,} wanted": found, **design.data.description.counts},
    )


def _status_of(data: DataSet, path: Path) -> Status:
    parts = data.description.parts
    times = _times(path / part.file for part in parts)
    return Status(
        kind="data set",
        path=path,
        unit="frameworks",
        done=len(data),
        rate=rate_of(times, [part.frameworks for part in parts]),
        seconds_since=_since(times),
        hits=dict(data.description.counts),
    )


def _of_build(path: Path, building: Path) -> Status:
    """A build that has not read all its sources."""
    rows = DataSet.open(building).description
    wanted = int(rows.made_by["items"])
    chunks = range(len(rows.parts))
    times = _times(chunk_file(path / BUILDING, chunk) for chunk in chunks)
    lost: Counter[str] = Counter()
    for chunk in chunks:
        lost.update(f"{each.step}: {each.reason}" for each in refusals_in(path / BUILDING, chunk))
    return Status(
        kind="data set",
        path=path,
        unit="items",
        done=min(CHUNK * len(rows.parts), wanted),
        wanted=wanted,
        rate=rate_of(times, [CHUNK] * len(times)),
        seconds_since=_since(times),
        lost=dict(lost.most_common()),
        hits={"frameworks": len(rows)},
    )


def _of_training(path: Path) -> Status:
    """By its curve, which is written more often than the model."""
    facts = _facts(path / MODEL)
    rows = _curve(path / CURVE)
    steps = [(int(row["step"]), float(row["hours"])) for row in rows if row.get("hours")]
    steps = steps or [(int(facts.get("steps", 0)), float(facts.get("hours", 0.0)))]
    recent = steps[-RECENT:] if len(steps) > 1 else [(0, 0.0), *steps]
    hours = recent[-1][1] - recent[0][1]
    last = rows[-1] if rows else {}
    wanted = facts.get("options", {}).get("steps") if isinstance(facts.get("options"), dict) else None
    done = max(steps[-1][0], int(facts.get("steps", 0)))
    return Status(
        kind="training",
        path=path,
        unit="steps",
        done=done,
        wanted=wanted if isinstance(wanted, int) else None,
        finished=True if isinstance(wanted, int) and done >= wanted else None,
        rate=(recent[-1][0] - recent[0][0]) / hours if hours > 0 else None,
        seconds_since=_since(_times([path / CURVE, path / MODEL])),
        hits={name: float(value) for name, value in last.items() if value and name not in ("step", "hours")},
    )


def _facts(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8"))["training"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} is damaged: {error}") from error


def _curve(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            return [row for row in csv.DictReader(lines) if row.get("step")]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{file} is damaged: {error}") from error


def _times(files: Iterable[Path]) -> list[float]:
    """When files were last written, in order; those that vanish meanwhile do not count."""
    times = []
    for file in files:
        try:
            times.append(file.stat().st_mtime)
        except FileNotFoundError:
            continue
    return sorted(times)


def rate_of(times: Sequence[float], sizes: Sequence[int]) -> float | None:
    """In an hour, by the last files, without the pauses between sessions."""
    gaps = [later - earlier for earlier, later in pairwise(times[-RECENT:])]
    if not gaps:
        return None
    usual = statistics.median(gaps)
    worked = [
        (gap, size) for gap, size in zip(gaps, sizes[-len(gaps) :], strict=True) if gap <= PAUSE * usual
    ]
    seconds = sum(gap for gap, _ in worked)
    return round(3600 * sum(size for _, size in worked) / seconds, 3) if seconds > 0 else None


def _since(times: Sequence[float]) -> float | None:
    return round(max(time.time() - times[-1], 0.0), 1) if times else None
