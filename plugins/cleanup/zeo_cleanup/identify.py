"""The ``identify`` stage: what is this framework called, if it has a name?"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, frozen

from zeo.crystal.fingerprint import fingerprint
from zeo.crystal.net import Net, NetError, NotFourConnectedError
from zeo.crystal.structure import Structure
from zeo.data.known.nets import symbols_by_key
from zeo.data.known.reference import Reference
from zeo.data.sets.store import is_data_set
from zeo.errors import ConfigError
from zeo.plugin.candidate import Candidate, Identity
from zeo.plugin.interfaces import Postprocessor
from zeo.plugin.options import option
from zeo.tools.printing import print_line
from zeo_cleanup.coordination import topological_density
from zeo_cleanup.key import Topology, topology_of
from zeo_cleanup.reference_folder import ReferenceFolder
from zeo_cleanup.reference_set import ReferenceSet
from zeo_cleanup.rings import vertex_symbols

if TYPE_CHECKING:
    from zeo.plugin.registry import Plugins

MATCHES: tuple[Literal["key"], Literal["coordination-sequence"]] = ("key", "coordination-sequence")


@frozen(kw_only=True)
class Options:
    match: str = option(
        "key",
        "compare exact keys, or coordination sequences to shell 10 as ZeoGAN and ZeoDiff did",
        choices=MATCHES,
    )
    max_unique: int | None = option(
        None,
        "reject frameworks with more T atoms that symmetry does not make equal; 10 in ZeoGAN",
        at_least=1,
    )
    reference: Path | None = option(
        None,
        "folder of structure files with further names, such as a PCOD copy; a data set or a run",
        files=True,
    )
    interrupted: bool = option(
        False, "pass the interrupted framework types of the IZA too, which are not four-connected"
    )


class Identify(Postprocessor):
    """Computes the net of a candidate's structure and looks it up.

    A candidate whose atoms are not one four-connected, three-periodic net is rejected.
    """

    Options = Options

    def __init__(self, options: Any = None, plugins: Plugins | None = None) -> None:
        super().__init__(options, plugins)
        reference = self.options.reference
        if reference is None:
            return
        if is_data_set(str(reference)):
            if self.options.match != "key":
                raise ConfigError(
                    f"identify.match={self.options.match}: the data set {reference} has exact keys alone;"
                    " leave it out, or give a folder of structure files as identify.reference"
                )
        elif not reference.is_dir():
            raise ConfigError(f"identify.reference: there is no folder {reference}")

    def apply(self, candidate: Candidate) -> Candidate:
        structure = candidate.structure
        if structure is None:
            return candidate.reject("no structure")
        if others := structure.framework.others:
            candidate = candidate.note(left_out=", ".join(others))
        try:
            net = Net.from_structure(structure)
            topology = topology_of(net)
        except NotFourConnectedError as error:
            return self._not_four_connected(candidate, structure, error)
        except NetError as error:
            return candidate.reject(error.reason, error.detail)
        identified = evolve(candidate, net=net, identity=self._identity(topology))
        unique, most = len(topology.sites), self.options.max_unique
        if most is not None and unique > most:
            return identified.reject("too many unique T atoms", f"{unique} (at most {most})")
        return identified

    def _not_four_connected(
        self, candidate: Candidate, structure: Structure, error: NotFourConnectedError
    ) -> Candidate:
        """What becomes of it depends on whether it is one of the interrupted framework types."""
        net, topology = _interrupted(structure)
        symbol = symbols_by_key().get(topology.key) if topology else None
        if topology is None or symbol is None:
            return candidate.reject(error.reason, error.detail)
        if self.options.interrupted:
            candidate = candidate.note(interrupted=error.detail)
            return evolve(candidate, net=net, identity=self._identity(topology))
        remark = f"its bridges are those of the interrupted framework {symbol}"
        return candidate.reject(error.reason, f"{error.detail}; {remark}")

    @cached_property
    def known(self) -> Reference:
        """The framework types, and what the user has added to them.

        Raises:
            ZeoError: the additions cannot be read.
        """
        return Reference()

    @cached_property
    def folder(self) -> ReferenceFolder | ReferenceSet | None:
        """The reference, read on first use, when standard error tells what it holds.

        Raises:
            ZeoError: a folder without structures, a damaged data set, or a cache that cannot be written.
        """
        if self.options.reference is None:
            return None
        if is_data_set(str(self.options.reference)):
            known = ReferenceSet(str(self.options.reference))
            print_line(f"{self.options.reference}: {len(known):,} nets", err=True)
            return known
        folder = ReferenceFolder(self.options.reference)
        count = folder.count()
        print_line(
            f"{self.options.reference}: {count.nets} nets in {count.files} files, {count.unusable} unusable",
            err=True,
        )
        return folder

    def _identity(self, topology: Topology) -> Identity:
        return Identity(
            key=topology.key,
            name=self._name(topology),
            matched_by=self.options.match,
            t_atoms=len(topology.orbit),
            unique_t=len(topology.sites),
            coordination_sequences=tuple(map(tuple, topology.sequences.tolist())),
            vertex_symbols=vertex_symbols(topology.half, topology.sites),
            multiplicities=tuple(topology.multiplicities.tolist()),
            td10=topological_density(topology.sequences, topology.multiplicities),
        )

    def _name(self, topology: Topology) -> str | None:
        if self.options.match == "key":
            name = self.known.by_key(topology.key)
            return name or (self.folder.by_key(topology.key) if self.folder else None)
        mark = fingerprint(topology.sequences.tolist(), topology.multiplicities.tolist())
        folder = self.folder
        assert not isinstance(folder, ReferenceSet), "refused at the beginning"
        return self.known.by_fingerprint(mark) or (folder.by_fingerprint(mark) if folder else None)


def _interrupted(structure: Structure) -> tuple[Net | None, Topology | None]:
    """The net of the bridges that are there; None where they make none."""
    try:
        net = Net.of_bridges(structure)
        return net, topology_of(net)
    except NetError:
        return None, None
