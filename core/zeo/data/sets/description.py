"""What a data set says of itself: the file ``dataset.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

import attrs
from attrs import field, frozen
from attrs.validators import ge

import zeo
from zeo.data.sets.entry import ANGLES, COLUMNS, Column
from zeo.errors import InputError

FORMAT = 2
"""Version of the format; it changes when older versions of zeo can no longer read a data set."""

RIGHT_ANGLED = 1
"""The format before it, whose cells all are orthogonal, so that it has no columns for their angles."""


def _columns(value: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(value)


def _strings(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


def says_measured_with(
    stated: Mapping[str, Mapping[str, Any]], probe: str, options: Mapping[str, Any]
) -> bool:
    """Whether a data set says that it measured with just these options.

    What it does not say is unknown: what was the default then may be another now.

    Args:
        stated: :attr:`Description.options`.
        probe: by the name that options have it under.
        options: all of the probe's, as files hold them.
    """
    return stated.get(probe) == options


@frozen
class Part:
    """One file of a data set, relative to its directory, and how many frameworks it holds."""

    file: str = field()
    frameworks: int = field(validator=ge(0))

    @file.validator
    def _is_inside(self, _: Any, file: str) -> None:
        if not file or PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise ValueError(f"{file!r} is no file of the data set")


@frozen(kw_only=True)
class Description:
    """Where a data set comes from and what its columns mean.

    Args:
        name: what it is called.
        made_by: the command and all options that decide the content, seeds included (JSON).
        sources: what it was made from.
        counts: frameworks at each step on the way here, in order.
        properties: the columns beside the standard ones; see :func:`zeo.data.sets.entry.property_columns`.
        licence: on which terms it can be used.
        citation: what to cite.
        zeo_version: that it was made with.
        parts: its files, in order.
        format: in which its files are.
    """

    name: str
    made_by: Mapping[str, Any]
    sources: tuple[str, ...] = field(default=(), converter=_strings)
    counts: Mapping[str, int] = field(factory=dict)
    properties: tuple[Column, ...] = field(default=(), converter=_columns)
    licence: str = ""
    citation: str = ""
    zeo_version: str = zeo.__version__
    parts: tuple[Part, ...] = ()
    format: int = FORMAT

    @property
    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """Of the plugins that it was made with, as far as it says."""
        options: Mapping[str, Mapping[str, Any]] = self.made_by.get("options", {})
        return options

    @property
    def standard_columns(self) -> tuple[Column, ...]:
        """The columns in its files that every data set of this format has."""
        return _columns_in(self.format)

    def __len__(self) -> int:
        return sum(part.frameworks for part in self.parts)

    def to_json(self) -> str:
        facts = attrs.asdict(self)
        facts["frameworks"] = len(self)
        facts["columns"] = [attrs.asdict(column) for column in (*self.standard_columns, *self.properties)]
        del facts["properties"], facts["format"]
        return json.dumps({"format": self.format, **facts}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, content: bytes, where: str) -> Description:
        """What :meth:`to_json` wrote.

        Args:
            content: of the file.
            where: the file's path, for errors.

        Raises:
            InputError: a corrupt file, or one that a newer zeo has written.
        """
        from zeo.tools.typed_json import parsed_object, structured  # takes a while to import

        try:
            facts = parsed_object(content)
            version = facts.pop("format", None)
            if version is None:
                raise ValueError("it has no format")
            if is_known(version):
                columns = structured(facts.pop("columns", None), tuple[Column, ...])
                stored = structured(facts, _Stored)
        except ValueError as error:
            raise InputError(
                f"{where}: not the description of a data set ({error}); put a copy of it in its place, or"
                " begin anew in another folder"
            ) from error
        if not is_known(version):
            raise InputError(
                f"{where}: format {version}, and this zeo reads up to format {FORMAT}: update zeo"
            )
        kept = attrs.asdict(stored, recurse=False, filter=lambda one, _: one.name != "frameworks")
        return cls(properties=columns[len(_columns_in(version)) :], format=version, **kept)


def is_known(version: Any) -> bool:
    """Whether this zeo reads a format."""
    return type(version) is int and version in (RIGHT_ANGLED, FORMAT)


def _columns_in(version: int) -> tuple[Column, ...]:
    if version == RIGHT_ANGLED:
        return tuple(column for column in COLUMNS if column.name not in ANGLES)
    return COLUMNS


@frozen(kw_only=True)
class _Stored:
    """What the file holds beside its format and the columns."""

    name: str
    made_by: Mapping[str, Any]
    sources: tuple[str, ...]
    counts: Mapping[str, int]
    licence: str
    citation: str
    zeo_version: str
    parts: tuple[Part, ...]
    frameworks: int
