"""The reference of known nets as a whole: what a net is called, and to what a net without a name is new."""

from __future__ import annotations

import hashlib
from functools import cached_property

from attrs import field, frozen

from zeo.data.known.added import AddedNet, added_nets
from zeo.data.known.nets import AS_OF, reference_nets, symbols_by_fingerprint, symbols_by_key


@frozen(eq=False)
class Reference:
    """The framework types that ship with zeo, and what the user has added.

    Args:
        added: by the user; what is on disk when it is made.

    Raises:
        ZeoError: the user's additions cannot be read.
    """

    added: tuple[AddedNet, ...] = field(factory=added_nets)

    def by_key(self, key: str) -> str | None:
        """The name of a net; the Structure Commission's comes first."""
        return symbols_by_key().get(key) or self._added_by_key.get(key)

    def by_fingerprint(self, mark: str) -> str | None:
        """The names of the nets with these coordination sequences; a slash separates them."""
        names = [net.name for net in self.added if net.fingerprint == mark]
        return "/".join(filter(None, [symbols_by_fingerprint().get(mark), *names])) or None

    @property
    def names(self) -> frozenset[str]:
        """All that a net can be called, those included that coordination sequences cannot tell apart."""
        shared = [*symbols_by_fingerprint().items(), *((net.fingerprint, net.name) for net in self.added)]
        together = filter(None, (self.by_fingerprint(mark) for mark, _ in shared))
        return frozenset([*symbols_by_key().values(), *(net.name for net in self.added), *together])

    @cached_property
    def _added_by_key(self) -> dict[str, str]:
        return {net.key: net.name for net in self.added}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all names and keys."""
        named = [
            *((r.symbol, r.key) for r in reference_nets().values()),
            *((n.name, n.key) for n in self.added),
        ]
        return hashlib.sha256("\n".join(f"{name} {key}" for name, key in sorted(named)).encode()).hexdigest()


def reference_state() -> dict[str, str]:
    """What a result that names nets depends on: ``date``, ``added`` (how many) and ``sha256``.

    Raises:
        ZeoError: the user's additions cannot be read.
    """
    reference = Reference()
    return {"date": AS_OF, "added": str(len(reference.added)), "sha256": reference.digest}


def new_to(added: int, folder: object = None, date: str | None = AS_OF) -> str:
    """What it says of a net that it has no name, such as ``in no IZA type as of 2024-03-07``.

    Args:
        added: nets that the user has added.
        folder: a folder that was searched as well, or None.
        date: of the framework types; None where nobody noted it.
    """
    places = [f"in no IZA type as of {date or 'an older zeo'}"]
    if added:
        places.append(f"nor in the {added} that you added" if added > 1 else "nor in the one that you added")
    if folder:
        places.append(f"nor in {folder}")
    return ", ".join(places)
