"""``run.json``: what it holds, and how it is read so that damage is found out at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, field, frozen
from attrs.validators import ge

from zeo.errors import RunDirectoryError, ZeoError
from zeo.plugin.registry import installed_plugins
from zeo.plugin.targets import Target
from zeo.records.store import LAYOUT
from zeo.running.config import make_config
from zeo.running.enough import Goal
from zeo.running.plan import Plan
from zeo.running.planning import without_hashes
from zeo.running.provenance import ADDED
from zeo.running.shard import Shard
from zeo.running.wanted import Wanted

NAME = "run.json"

FORMAT = LAYOUT
"""Version of the layout. 1 kept the configuration as the user gave it, with its defaults open; 2 kept each
candidate in a file of its own."""


@frozen(kw_only=True)
class RunFile:
    """What ``run.json`` holds.

    Args:
        format: of the layout in which it was found; it is written in that of today.
        n: samples wanted; at most so many where there is a goal.
        goal: the frameworks with which the run has enough; None where it draws all samples.
        plan: of the run; of one in format 1 without hashes, which then were not kept.
        versions: of the software that began it.
        shard: the part of it that is computed here; None for all of it.
    """

    format: int = FORMAT
    n: int = field(validator=ge(1))
    goal: Goal | None = None
    plan: Plan
    versions: Mapping[str, str] = field()
    shard: Shard | None = None

    @versions.validator
    def _check_versions(self, _: Any, versions: Mapping[str, str]) -> None:
        int(versions.get(ADDED, 0))  # raises ValueError

    def text(self) -> str:
        """As the file holds it."""
        contents = {
            "format": FORMAT,
            "n": self.n,
            "goal": None if self.goal is None else asdict(self.goal),
            "plan": self.plan.as_json(),
            "versions": dict(self.versions),
        }
        if self.shard is not None:  # a whole run is written as it is after a merge
            contents["shard"] = asdict(self.shard)
        return json.dumps(contents, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, directory: Path) -> RunFile:
        """The one in a run directory.

        Raises:
            RunDirectoryError: there is none, it is damaged or of another version, or of format 1 and
                its plugins are no longer there.
        """
        from zeo.tools.typed_json import parsed  # cattrs takes a while, and most commands read no run

        path = directory / NAME
        try:
            contents = parsed(path.read_text(encoding="utf-8"))
            if not isinstance(contents, dict):
                raise ValueError("it is not what zeo writes")
            version = contents.get("format")
            if type(version) is int and version not in (1, 2, FORMAT):
                raise RunDirectoryError(f"{path} was written by another version of zeo (format {version})")
            return _of_format_1(contents, path) if version == 1 else _of_format_2(contents)
        except FileNotFoundError:
            raise RunDirectoryError(f"{directory} is not a run directory: it has no {NAME}") from None
        except OSError as error:
            raise RunDirectoryError(f"cannot read {path}: {error.strerror}") from error
        except ValueError as error:
            raise RunDirectoryError(f"{path} is damaged ({error}); start the run anew") from error


@frozen(kw_only=True)
class _Format1:
    """What it held in format 1."""

    format: int
    config: Mapping[str, Any]
    versions: Mapping[str, str]


def _of_format_1(contents: dict[str, Any], path: Path) -> RunFile:
    """With a plan as the defaults of today resolve what then was left open."""
    from zeo.tools.typed_json import structured

    old = structured(contents, _Format1)
    try:
        config = make_config(old.config)
        plan = without_hashes(config, installed_plugins())
    except ZeoError as error:
        raise RunDirectoryError(f"{path} cannot be read any more: {error}") from error
    return RunFile(format=1, n=config.n, plan=plan, versions=old.versions)


def _of_format_2(contents: dict[str, Any]) -> RunFile:
    """Runs that were begun before there were wishes wanted what their targets say."""
    from zeo.tools.typed_json import structured

    found = structured(contents, RunFile)
    if "wishes" in contents["plan"]:
        return found
    wishes = tuple(Wanted(_as_wish(target), target.tolerance) for target in found.plan.targets)
    return evolve(found, plan=evolve(found.plan, wishes=wishes))


def _as_wish(target: Target) -> str:
    """With every digit, and without the unit: it is the quantity's own, and may be no unit of wishes."""
    high = "" if target.low == target.high else f"..{target.high!r}"
    return f"`{target.name}`={target.low!r}{high}"
