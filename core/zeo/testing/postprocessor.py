"""Conformance of postprocessors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import evolve

from zeo.crystal.structure import Structure
from zeo.errors import ConfigError
from zeo.plugin.candidate import Candidate, Properties
from zeo.plugin.columns import Column
from zeo.plugin.declare import STAGES, PostprocessorSpec, QuantitySpec
from zeo.plugin.facts import RelaxFacts, RepairFacts, check_facts
from zeo.plugin.interfaces import Postprocessor
from zeo.testing.common import ConformanceError, check_common, is_json, require, snapshot
from zeo.testing.frameworks import sodalite, sodalite_net
from zeo.tools.foreign import describe

NOISE = 0.1
"""Standard deviation in angstrom by which the atoms of the noisy candidate are displaced along each axis."""

UNTOUCHED = ("index", "seed", "source", "grid", "properties", "grid_properties", "history")
"""What belongs to the pipeline, not to a postprocessor."""

KEPT_BY_FILTERS = ("structure", "net", "identity", "energy", "unrelaxed_properties")
"""What a filter leaves alone beside them."""


def check_postprocessor(
    postprocessor: Postprocessor,
    spec: PostprocessorSpec,
    structure: Structure | None = None,
    properties: Properties | None = None,
) -> str:
    """Check a postprocessor on good, noisy and hopeless candidates.

    Args:
        postprocessor: with the options to check.
        spec: its record.
        structure: what the good candidate holds; sodalite when None.
        properties: that were measured on it, for a filter; none when None.

    Returns:
        A remark when it cannot work before an option is set, or, a filter, without properties.

    Raises:
        ConformanceError: which promise is broken.
    """
    check_common("postprocessor", postprocessor, spec)
    at_once = postprocessor.at_once
    require(isinstance(at_once, int) and at_once > 0, f"at_once is {at_once!r}, not a number from 1")
    if spec.stage == "filter":
        try:
            postprocessor.check(STAGES, _columns(properties or {}))
        except ConfigError as error:
            require(not properties, f"check() refuses what was measured: {error}")
            return f"not applied without properties: {error}"
    applied = []
    for name, candidate in _candidates(structure, spec.stage, properties or {}):
        before = snapshot(candidate)
        try:
            result = _apply(postprocessor, candidate, name)
        except ConfigError as error:
            if postprocessor.options == type(postprocessor).Options():
                return f"not applied with default options: {error}"
            raise ConformanceError(f"the {name} candidate raised {describe(error)}") from error
        require(snapshot(candidate) == before, f"apply() changed the {name} candidate that it was given")
        _check_result(candidate, result, name)
        _check_facts(spec.stage, candidate, result, name)
        if spec.stage == "filter":
            _check_filtered(candidate, result, name)
        if spec.stage == "identify" and result.rejection is None:
            require(result.identity is not None, f"the {name} candidate passed without an identity")
            require(result.net is not None, f"the {name} candidate passed without a net")
        repeated = _apply(postprocessor, candidate, name)
        require(_same(result, repeated), f"the {name} candidate gave two different results")
        applied.append((name, candidate, result))
    if type(postprocessor).apply_many is not Postprocessor.apply_many:
        _check_many(postprocessor, applied)
    return ""


def _columns(properties: Properties) -> tuple[Column, ...]:
    """The quantities that were measured, as a run declares them."""
    return tuple(
        Column(probe, QuantitySpec(name=name, unit=quantity.unit))
        for probe, quantities in properties.items()
        for name, quantity in quantities.items()
    )


def _check_many(postprocessor: Postprocessor, applied: Sequence[tuple[str, Candidate, Candidate]]) -> None:
    """Whether candidates fare together as each of them alone."""
    try:
        together = list(postprocessor.apply_many([candidate for _, candidate, _ in applied]))
    except Exception as error:
        raise ConformanceError(f"apply_many() raised {describe(error)}") from error
    require(
        [result.index for result in together] == [candidate.index for _, candidate, _ in applied],
        "apply_many() did not return a candidate for each that it was given, in their order",
    )
    for result, (name, _, alone) in zip(together, applied, strict=True):
        one, other = (found.rejection.reason if found.rejection else None for found in (result, alone))
        require(one == other, f"apply_many() and apply() differ on the {name} candidate: {one} and {other}")


def _candidates(
    structure: Structure | None, stage: str, properties: Properties
) -> Iterator[tuple[str, Candidate]]:
    good = sodalite() if structure is None else structure
    late = stage in ("relax", "filter")  # a candidate without a net never comes as far
    net = sodalite_net() if late and structure is None else None
    rng = np.random.default_rng(0)
    shaken = good.frac_coords + NOISE * rng.normal(size=(len(good), 3)) @ np.linalg.inv(good.lattice)
    plain = Candidate(index=0, seed=7, structure=good, net=net, properties=properties)
    yield "good", evolve(plain, source={"from": "zeo.testing"})
    yield "noisy", evolve(plain, index=1, seed=8, structure=evolve(good, frac_coords=shaken))
    if not late:
        random = Structure.from_si_o(good.lattice, rng.random((5, 3)), rng.random((3, 3)))
        yield "random", Candidate(index=2, seed=9, structure=random)
        yield "empty", Candidate(index=3, seed=10, structure=Structure.from_si_o(good.lattice, [], []))


def _apply(postprocessor: Postprocessor, candidate: Candidate, name: str) -> Candidate:
    try:
        result = postprocessor.apply(candidate)
    except ConfigError:
        raise
    except Exception as error:
        raise ConformanceError(
            f"the {name} candidate raised {describe(error)}; it should be rejected with a reason"
        ) from error
    require(isinstance(result, Candidate), f"apply() returned {type(result).__name__}, not a Candidate")
    return result


def _check_result(candidate: Candidate, result: Candidate, name: str) -> None:
    for field in UNTOUCHED:
        same = snapshot(getattr(result, field)) == snapshot(getattr(candidate, field))
        require(same, f"apply() changed {field!r} of the {name} candidate, which belongs to the pipeline")
    require(is_json(dict(result.notes)), f"the notes on the {name} candidate are not JSON: {result.notes}")
    if result.rejection is not None:
        reason = result.rejection.reason
        require(
            isinstance(reason, str) and reason.strip(), f"the {name} candidate is rejected without a reason"
        )
    else:
        require(result.structure is not None, f"the {name} candidate passed without a structure")


def _check_facts(stage: str, candidate: Candidate, result: Candidate, name: str) -> None:
    """Whether the notes are facts that others can read."""
    try:
        check_facts(stage, result.notes)
    except TypeError as error:
        raise ConformanceError(f"its notes on the {name} candidate: {error}") from error
    if stage == "repair":
        _check_repair_facts(candidate, RepairFacts.read(result.notes), name)
    if stage == "relax" and result.rejection is None:
        _check_relax_facts(result, RelaxFacts.read(result.notes), name)


def _check_repair_facts(candidate: Candidate, facts: RepairFacts, name: str) -> None:
    if candidate.structure is None or candidate.structure.count("Si") == 0:
        return
    require(
        facts.perfect_before is not None and facts.connectivity_before is not None,
        f"it does not say how perfect the {name} candidate was:"
        " state RepairFacts(perfect_before=..., connectivity_before=...)",
    )


def _check_relax_facts(result: Candidate, facts: RelaxFacts, name: str) -> None:
    require(
        facts.net_unchanged is not None,
        f"it does not say whether the {name} candidate kept its net: state RelaxFacts(net_unchanged=...)",
    )
    require(result.energy is not None, f"the {name} candidate passed without an energy")
    assert result.energy is not None
    require(
        facts.potential == result.energy.potential,
        f"it labels the energy of the {name} candidate {result.energy.potential!r},"
        f" but states the potential {facts.potential!r}",
    )


def _check_filtered(candidate: Candidate, result: Candidate, name: str) -> None:
    for field in KEPT_BY_FILTERS:
        same = snapshot(getattr(result, field)) == snapshot(getattr(candidate, field))
        require(same, f"a filter passes or rejects, but this one changed {field!r} of the {name} candidate")


def _same(one: Candidate, other: Candidate) -> bool:
    return all(
        snapshot(getattr(one, field)) == snapshot(getattr(other, field))
        for field in ("structure", "rejection", "identity", "notes")
    )
