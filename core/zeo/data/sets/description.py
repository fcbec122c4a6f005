"""What a data set says of itself: the file ``dataset.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from attrs import field, frozen

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

    file: str
    frameworks: int


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
    def from_json(cls, text: str, where: str) -> Description:
        """What :meth:`to_json` wrote.

        Args:
            text: of the file.
            where: the file's path, for errors.

        Raises:
            InputError: a corrupt file, or one that a newer zeo has written.
        """
        try:
            facts = json.loads(text)
            version = facts.pop("format")
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise InputError(f"{where}: not the description of a data set") from error
        if version != FORMAT:
            raise InputError(f"{where}: format {version}, and this zeo reads format {FORMAT}: update zeo")
        try:
            del facts["frameworks"]
            columns = [Column(**column) for column in facts.pop("columns")]
            facts["parts"] = tuple(Part(**part) for part in facts["parts"])
            return cls(properties=columns[len(COLUMNS) :], **facts)
        except (KeyError, TypeError) as error:
            raise InputError(f"{where}: an incomplete description of a data set ({error})") from error
