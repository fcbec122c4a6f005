"""A filter for those who look for frameworks that nobody has described."""

from __future__ import annotations

from collections.abc import Sequence

from zeo.errors import ConfigError
from zeo.plugin.candidate import Candidate
from zeo.plugin.columns import Column
from zeo.plugin.interfaces import Postprocessor


class New(Postprocessor):
    """Passes nets without a name: no IZA framework type, and not in the reference folder of the run."""

    def check(self, stages: Sequence[str], columns: Sequence[Column]) -> None:  # noqa: ARG002
        """Whether nets are named at all.

        Raises:
            ConfigError: the run identifies none.
        """
        if "identify" not in stages:
            raise ConfigError("the filter new goes by the names of nets, and this run identifies none")

    def apply(self, candidate: Candidate) -> Candidate:
        """Reject a net that has a name; the name is the detail."""
        if candidate.identity is None or candidate.identity.name is None:
            return candidate
        return candidate.reject("net known", candidate.identity.name)
