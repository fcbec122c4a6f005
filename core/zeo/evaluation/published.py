"""What the reference papers report, each figure at the stage to which it belongs.

Kim, Lee & Kim, Sci. Adv. 2020, 6, eaax9324 (ZeoGAN); Park et al., J. Mater. Chem. A 2024, 12, 6507 (ZeoDiff).
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen
class Reported:
    """A published figure.

    Args:
        count: as reported; None where the paper has the share alone.
        of: how many it is a share of; None where the paper does not say.
        share: as reported; computed where there is a count.
    """

    count: int | None
    of: int | None
    share: float

    @classmethod
    def ratio(cls, count: int, of: int) -> Reported:
        return cls(count, of, count / of)


@frozen(kw_only=True)
class System:
    """A published generator.

    Args:
        name: of it.
        source: the paper.
        repair: how its samples were repaired.
        figures: by the names of :data:`zeo.evaluation.figures.LINES`.
        atoms: mean number in the cell.
        remarks: what readers of the figures must know.
    """

    name: str
    source: str
    repair: str
    figures: Mapping[str, Reported]
    atoms: float | None = None
    remarks: tuple[str, ...]

    @property
    def drawn(self) -> int | None:
        """Grids of most figures."""
        return self.figures["drawn"].of


RANDOM_SEARCH = "random search"

ZEODIFF = System(
    name="ZeoDiff",
    source="J. Mater. Chem. A 2024, 12, 6507",
    repair=RANDOM_SEARCH,
    figures={
        "drawn": Reported.ratio(10_000, 10_000),
        "perfect": Reported.ratio(183, 10_000),
        "nets_of_perfect": Reported.ratio(102, 183),
        "nets_of_perfect_train": Reported.ratio(9, 102),
        "nets_of_perfect_test": Reported.ratio(9, 102),
        "nets_of_perfect_new": Reported.ratio(84, 102),
    },
    atoms=159.1,
    remarks=(
        "after connectivity repair; no energies, no limit on unique T; training and test sets are random"
        " halves of 63,426 frameworks (IZA, PCOD)",
        "5,000 grids aimed at a void fraction of 0.25: mean 0.247, 35.8 % above; without a target: mean"
        " 0.069, 0.51 % above",
    ),
)

ZEOGAN = System(
    name="ZeoGAN",
    source="Sci. Adv. 2020, 6, eaax9324",
    repair=RANDOM_SEARCH,
    figures={
        "drawn": Reported.ratio(1_000_000, 1_000_000),
        "si_o_window": Reported(None, 1_000_000, 0.65),
        "both_gates": Reported.ratio(901, 1_000_000),
        "perfect": Reported.ratio(674, 1_000_000),
        "perfect_10_unique_t": Reported.ratio(8, 1_000_000),
        "up_to_105.6": Reported.ratio(1138, 2_000_000),
        "feasible": Reported.ratio(121, 2_000_000),
    },
    remarks=(
        "energies are of 2,000,000 grids, half of them aimed at a heat of adsorption, with any number of"
        " unique T",
        "of the 8, none was in its training set, 7 in its test set or among the IZA types, 1 in neither;"
        " with the 6 of the aimed half there are 14",
        "the ratio of 2000 between the papers compares 183 of 10,000 (after repair) with 8 of 1,000,000"
        " (after the limit on unique T); after repair alone it is 27",
    ),
)

SYSTEMS = (ZEODIFF, ZEOGAN)
