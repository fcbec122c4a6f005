"""Every command shows how it is called, with examples that it would take."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import attrs
import click
import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.running.config import DEFAULT, RunConfig

Path = tuple[str, ...]


def commands(group: click.Group, path: Path = ()) -> Iterator[tuple[Path, click.Command]]:
    """All of them, groups included, by their path."""
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands(main))


def examples(path: Path) -> list[list[str]]:
    """The command lines that the help of a command shows for it."""
    text = CliRunner().invoke(main, [*path, "--help"]).output.replace(" \\\n", " ")
    called = " ".join(("zeo", *path))
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith(called)]
    commands_alone = [re.split(r" {3,}[(#]", line)[0] for line in lines]
    return [shlex.split(line)[1:] for line in commands_alone]


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_has_examples(path: Path) -> None:
    assert "Examples:" in CliRunner().invoke(main, [*path, "--help"]).output
    assert examples(path)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_fits_a_narrow_terminal(path: Path) -> None:
    text = CliRunner().invoke(main, [*path, "--help"], terminal_width=80).output
    assert not [line for line in text.splitlines() if len(line) > 80]


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_examples_are_command_lines_that_parse(path: Path, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    (tmp_path / "gan").mkdir()
    for words in examples(path):
        command: click.Command = main
        while isinstance(command, click.Group):
            command, words = command.commands[words[0]], words[1:]
        command.make_context("zeo", list(words))


def options_of(path: Path) -> list[click.Option]:
    return [one for one in ALL[path].params if isinstance(one, click.Option)]


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_shows_defaults(path: Path) -> None:
    for option in options_of(path):
        default = option.get_default(click.Context(ALL[path]))
        if not option.is_flag and isinstance(default, str | int | float | tuple) and default != ():
            assert option.show_default or "[default: " in (option.help or ""), option.name


def test_help_of_run_shows_the_defaults_of_a_configuration() -> None:
    options = {option.name: option for option in options_of(("run",))}
    for name, default in attrs.asdict(RunConfig()).items():
        if name in options and isinstance(default, int | str) and not options[name].is_flag:
            shown = "the generator's own way" if default == DEFAULT else str(default)
            assert re.search(rf"\[default: {re.escape(shown)}\b", options[name].help or ""), name
