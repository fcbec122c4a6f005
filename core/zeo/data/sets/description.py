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
from zeo.data.sets.entry import COLUMNS, Column
from zeo.errors import InputError

FORMAT = 1
"""Version of the format; it changes when older versions of zeo can no longer read a data set."""


def _columns(value: Iterable[Column]) -> tuple[Column, ...]:
    return tuple(value)


def _strings(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


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

    def __len__(self) -> int:
        return sum(part.frameworks for part in self.parts)

    def to_json(self) -> str:
        facts = attrs.asdict(self)
        facts["frameworks"] = len(self)
        facts["columns"] = [attrs.asdict(column) for column in (*COLUMNS, *self.properties)]
        del facts["properties"]
        return json.dumps({"format": FORMAT, **facts}, indent=1, ensure_ascii=False) + "\n"

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
            if version == FORMAT:
                columns = structured(facts.pop("columns", None), tuple[Column, ...])
                stored = structured(facts, _Stored)
        except ValueError as error:
            raise InputError(f"{where}: not the description of a data set ({error})") from error
        if version != FORMAT:
            raise InputError(f"{where}: format {version}, and this zeo reads format {FORMAT}: update zeo")
        kept = attrs.asdict(stored, recurse=False, filter=lambda one, _: one.name != "frameworks")
        return cls(properties=columns[len(COLUMNS) :], **kept)


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
