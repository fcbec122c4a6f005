"""The names of a plugin's options, read off its source: importing it, and torch with it, takes seconds."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import frozen

OPTIONS = "Options"


def option_names(target: str) -> tuple[str, ...] | None:
    """The names of the options of a plugin.

    Args:
        target: module and class, such as ``"zeo_zeosym.generator:ZeoSym"``; the module is not imported, the
            packages that it lies in are.

    Returns:
        In the order of their declaration; None where the source does not say plainly which they are.
    """
    module, _, name = target.partition(":")
    try:
        plugin = _class_of(module, name)
        return tuple(dict.fromkeys(_fields_of(_options_of(plugin))))
    except _UnclearError:
        return None


class _UnclearError(Exception):
    """Only running the source could tell."""


@frozen(eq=False)
class _Class:
    """A class as its module defines it."""

    module: str
    node: ast.ClassDef

    @property
    def bases(self) -> list[_Class]:
        return [_class_of(self.module, _name_of(base)) for base in self.node.bases]

    def assigned(self, name: str) -> ast.expr | None:
        """What the body of the class assigns to a name."""
        for statement in self.node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                    return value
                case ast.AnnAssign(target=ast.Name(id=found), value=value) if found == name and value:
                    return value
        return None


def _options_of(plugin: _Class) -> _Class:
    """The class of its options, its own or that of its first base."""
    for statement in plugin.node.body:
        if isinstance(statement, ast.ClassDef) and statement.name == OPTIONS:
            return _Class(plugin.module, statement)
    if (value := plugin.assigned(OPTIONS)) is not None:
        return _class_of(plugin.module, _name_of(value))
    if not plugin.bases:
        raise _UnclearError
    return _options_of(plugin.bases[0])


def _fields_of(options: _Class) -> Iterator[str]:
    """The annotated names of a class of attrs, those of its bases first."""
    for base in options.bases:
        yield from _fields_of(base)
    for statement in options.node.body:
        if isinstance(statement, ast.AnnAssign) and "ClassVar" not in ast.unparse(statement.annotation):
            yield _name_of(statement.target)


def _name_of(expression: ast.expr) -> str:
    """Of a class by its name, with parameters or without: ``Representation[Grid]``."""
    match expression:
        case ast.Name(id=name):
            return name
        case ast.Subscript(value=ast.Name(id=name)):
            return name
    raise _UnclearError


def _class_of(module: str, name: str) -> _Class:
    """The class that a name stands for in a module."""
    for statement in _source_of(module).body:
        match statement:
            case ast.ClassDef(name=found) if found == name:
                return _Class(module, statement)
            case ast.ImportFrom(module=str(origin), names=aliases, level=0):
                for alias in aliases:
                    if (alias.asname or alias.name) == name:
                        return _class_of(origin, alias.name)
    raise _UnclearError


@cache
def _source_of(module: str) -> ast.Module:
    try:
        found = importlib.util.find_spec(module)
        if found is None or found.origin is None or not found.origin.endswith(".py"):
            raise _UnclearError
        return ast.parse(Path(found.origin).read_bytes())
    except Exception as error:  # finding a module runs the packages that it lies in
        raise _UnclearError from error
