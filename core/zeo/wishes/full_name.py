"""Full names of quantities, ``methane.kh[T=350 K]``: put together and taken apart here alone.

A dot is no mark by itself, since conditions may hold others: ``methane.kh[T=298.15 K]``.
"""

from __future__ import annotations

from attrs import frozen

from zeo.wishes.conditions import split_name


@frozen
class FullName:
    """The parts of a full name.

    Args:
        subject: what it is of, such as ``"methane"``; empty for what zeo knows of every framework.
        quantity: such as ``"kh"``.
        conditions: that stand in brackets, in canonical form: ``("T=350 K",)``.
    """

    subject: str
    quantity: str
    conditions: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str) -> FullName:
        """The parts of a name.

        Raises:
            ConfigError: brackets that are empty or not closed.
        """
        base, conditions = split_name(name)
        subject, _, quantity = base.rpartition(".")
        return cls(subject, quantity, conditions)

    @classmethod
    def measured_by(cls, probe: str, quantity: str, subject: str = "") -> FullName:
        """The name of what a probe measures.

        Args:
            probe: by name, with the conditions that it is asked to measure under: ``"methane[T=350 K]"``.
            quantity: of the probe.
            subject: what it is of, where the probe has another name.

        Raises:
            ConfigError: brackets that are empty or not closed.
        """
        base, conditions = split_name(probe)
        return cls(subject or base, quantity, conditions)

    @property
    def base(self) -> str:
        """The name without conditions."""
        return f"{self.subject}.{self.quantity}" if self.subject else self.quantity

    @property
    def stated(self) -> str:
        """The conditions as they stand between the brackets; empty without any."""
        return ", ".join(self.conditions)

    @property
    def is_henry_coefficient(self) -> bool:
        """Whether it is one, of all pores or of some, per volume or mass: these span decades."""
        return self.quantity.startswith("kh")

    def __str__(self) -> str:
        return f"{self.base}[{self.stated}]" if self.conditions else self.base
