"""Groups whose help lists commands in the order of the work."""

from __future__ import annotations

import click


class OrderedGroup(click.Group):
    """A group of commands listed in the order in which they were added, not in that of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)
