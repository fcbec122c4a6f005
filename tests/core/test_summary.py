from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import attrs
import pytest
from command_line import done

from zeo.errors import ConfigError
from zeo.plugin.candidate import Energy, Identity, StageRecord
from zeo.plugin.catalogue import Catalogue
from zeo.plugin.columns import columns_of
from zeo.plugin.declare import ProbeSpec, QuantitySpec
from zeo.plugin.quantity import Quantity
from zeo.records.record import Cell, Record
from zeo.records.store import Listed
from zeo.running.achieved import Met
from zeo.running.plan import Plan
from zeo.running.report import funnel_table, report_json, summary_csv, survivor_table, target_table
from zeo.running.summary import Summary, summarise
from zeo.running.wanted import Objective, wanted_of

SummaryOf = Callable[..., Summary]

STAGES = ["generate", "decode", "repair", "identify", "probe"]
METHANE = ProbeSpec(
    name="methane",
    summary="",
    target="m:C",
    quantities=[
        QuantitySpec("qst", "kJ/mol"),
        QuantitySpec("kh", "1"),
        QuantitySpec("pores", "1", headline=False),
    ],
)
COLUMNS = columns_of([METHANE])


def identity(key: str, name: str | None) -> Identity:
    return Identity(
        key=key,
        name=name,
        t_atoms=12,
        unique_t=1,
        coordination_sequences=((4, 10),),
        vertex_symbols=("4.4",),
        multiplicities=(12,),
        td10=791.0,
    )


def record(
    index: int,
    *,
    key: str = "",
    name: str | None = None,
    qst: float | None = 20.0,
    energy: float | None = None,
    reason: str = "",
) -> Record:
    last = len(STAGES) if not reason else 3
    history = [
        StageRecord(
            stage=stage,
            plugin=stage,
            outcome="rejected" if reason and stage == "repair" else "passed",
            reason=reason if stage == "repair" else "",
            notes={"perfect_before": not reason} if stage == "repair" else {},
        )
        for stage in STAGES[:last]
    ]
    if energy is not None:
        notes = {"net_unchanged": True}
        history.append(StageRecord(stage="relax", plugin="relax", outcome="passed", notes=notes))
    measured = {"qst": Quantity(qst, "kJ/mol"), "kh": Quantity(54.321, "1"), "pores": Quantity(1.0, "1")}
    cell = Cell(lengths=(8.9, 8.9, 8.9), angles=(90, 90, 90), volume=705.0, framework_density=17.0)
    return Record(
        index=index,
        seed=index,
        survived=not reason,
        source={"framework": "SOD"},
        history=tuple(history),
        cell=cell,
        identity=None if reason else identity(key, name),
        energy=None if energy is None else Energy(value=energy, potential="SLC"),
        unrelaxed_properties={},
        properties={} if reason else {"methane": measured},
        grid_properties={},
    )


RECORDS = [
    record(0, key="sod", name="SOD", qst=24.0),
    record(1, reason="too few neighbours"),
    record(2, key="new", qst=19.0),
    record(3, key="sod", name="SOD", qst=21.0),
    record(4, key="dense", name="BCT", qst=None),
]


def counted(records: Sequence[Record], plan: Plan) -> Summary:
    return summarise(Listed(records, plan.columns), plan)


@pytest.fixture(scope="module")
def summary_of(plan_with: Callable[..., Plan]) -> SummaryOf:
    """Of some records, in a run with these targets."""

    def make(records: Sequence[Record], *targets: str) -> Summary:
        return counted(records, plan_with(COLUMNS, targets, without=("relax",)))

    return make


@pytest.fixture(scope="module")
def summary(summary_of: SummaryOf) -> SummaryOf:
    return partial(summary_of, RECORDS)


def test_the_funnel_counts_every_candidate_once(summary: SummaryOf) -> None:
    counted = summary()
    assert [stage.passed for stage in counted.funnel] == [5, 5, 4, 4, 4]
    assert counted.funnel[2].lost == {"too few neighbours": 1}
    for before, after in zip(counted.funnel, counted.funnel[1:], strict=False):
        assert before.passed == after.passed + sum(after.lost.values())
    assert (counted.perfect_before, counted.distinct, counted.distinct_named) == (4, 3, 2)
    assert (counted.from_known, counted.returned) == (5, 2)


def test_what_no_repair_says_is_not_known(summary_of: SummaryOf) -> None:
    """Zero would be a claim: a repair that does not look says nothing of the atoms before it."""
    silent = [
        attrs.evolve(each, history=tuple(attrs.evolve(step, notes={}) for step in each.history))
        for each in RECORDS
    ]
    counted = summary_of(silent)
    assert counted.perfect_before is None
    assert "perfect before repair      -" in funnel_table(counted)
    assert json.loads(report_json(counted))["perfect_before_repair"] is None
    assert summary_of([]).perfect_before == 0


def test_without_targets_survivors_keep_their_order_and_duplicates_are_flagged(
    summary: SummaryOf,
) -> None:
    rows = summary().rows
    assert [row.record.index for row in rows] == [0, 2, 3, 4]
    assert [row.duplicate_of for row in rows] == [None, None, "000000", None]


def test_targets_order_by_hits_then_distance_and_the_undefined_come_last(
    summary: SummaryOf,
) -> None:
    counted = summary("qst=20..22 kJ/mol")
    assert [row.record.index for row in counted.rows] == [3, 2, 0, 4]
    assert [row.wishes_met for row in counted.rows] == [1, 0, 0, 0]
    assert counted.on_target == 1


def test_a_single_value_is_hit_within_its_tolerance(summary: SummaryOf) -> None:
    counted = summary("qst=20 kJ/mol", "kh=60")
    assert [row.record.index for row in counted.rows] == [2, 3, 0, 4]
    assert [row.wishes_met for row in counted.rows] == [2, 2, 1, 1]


def test_target_against_achieved_on_grids_and_on_feasible_frameworks(
    summary_of: SummaryOf,
) -> None:
    drawn = {"methane": {"qst": Quantity(16.0, "kJ/mol"), "kh": Quantity(None, "1")}}
    low, high = record(0, key="a", energy=12.0, qst=19.0), record(1, key="b", energy=40.0, qst=30.0)
    lost = attrs.evolve(record(2, reason="odd"), grid_properties=drawn)
    records = [attrs.evolve(low, grid_properties=drawn), high, lost]
    targets = ["qst=18..22 kJ/mol", "kh=50"]
    counted = summary_of(records, *targets)
    qst, kh = counted.achieved
    assert qst.drawn == Met(count=2, hit=0, mean=16.0, median=16.0)
    assert qst.frameworks == Met(count=1, hit=1, mean=19.0, median=19.0)
    assert kh.drawn == Met(count=2, hit=0, mean=None, median=None)
    unrelaxed = summary_of([attrs.evolve(high, energy=None)], *targets)
    assert unrelaxed.achieved[0].frameworks == Met(count=1, hit=0, mean=30.0, median=30.0)
    table = target_table(counted)
    assert "methane.qst = 18..22 kJ/mol  in range" in table
    assert "methane.kh = 50              +-5" in table
    assert "1 of 1 (100 %)     19      19" in table
    assert "drawn grids" in table
    assert "drawn" not in target_table(unrelaxed)
    assert "0 of 1 (0 %)     30      30" in target_table(unrelaxed)
    assert "feasible" not in target_table(unrelaxed)
    assert json.loads(report_json(counted))["achieved"][0]["frameworks"]["hit"] == 1


def test_large_counts_are_written_in_thousands(summary_of: SummaryOf) -> None:
    counted = summary_of([record(index, key=str(index)) for index in range(1200)], "qst=18..22")
    funnel = funnel_table(counted)
    for words in ("drawn", "distinct nets", "  of these new", "on target"):
        (line,) = (line for line in funnel.splitlines() if line.startswith(f"{words}  "))
        assert "1,200" in line
    assert "1,200 of 1,200 (100 %)" in target_table(counted)


def test_energy_orders_what_targets_do_not(summary_of: SummaryOf) -> None:
    relaxed = [record(0, key="a", energy=25.0), record(1, key="b", energy=12.0), record(2, key="c")]
    counted = summary_of(relaxed)
    assert [row.record.index for row in counted.rows] == [1, 0, 2]
    assert [counted.below(limit) for limit in (20.5, 30.0)] == [1, 2]
    assert "12.0" in survivor_table(counted, limit=3)
    assert "up to 30 kJ/mol Si" in funnel_table(counted)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("qts=1", "nothing measures 'qts': did you mean 'qst'"),
        ("argon.qst=1", "nothing measures"),
        ("qst=18..22 bar", "bar is no unit of methane.qst"),
    ],
)
def test_a_target_that_nothing_measures_is_refused(target: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        wanted_of([target], Catalogue(tuple(COLUMNS)))


def test_a_quantity_of_two_probes_needs_the_probe() -> None:
    other = ProbeSpec(name="argon", summary="", target="m:C", quantities=[QuantitySpec("qst", "kJ/mol")])
    with pytest.raises(ConfigError, match=r"write methane\.qst or argon\.qst"):
        wanted_of(["qst=20"], Catalogue(columns_of([METHANE, other])))


def test_the_csv_holds_every_quantity_and_leaves_the_undefined_empty(summary: SummaryOf) -> None:
    rows = list(csv.DictReader(io.StringIO(summary_csv(summary()))))
    assert [row["name"] for row in rows] == ["SOD", "", "SOD", "BCT"]
    assert rows[0]["methane.qst [kJ/mol]"] == "24.0"
    assert rows[3]["methane.qst [kJ/mol]"] == ""
    assert rows[0]["methane.pores"] == "1.0"
    assert rows[2]["duplicate_of"] == rows[0]["id"] == "zeo_000000"


def test_the_tables_say_what_the_summary_says(summary: SummaryOf) -> None:
    table = survivor_table(summary(), limit=3)
    assert "SOD (= 000000)" in table
    assert "kJ/mol" in table
    assert "pores" not in table
    assert "000004" not in table
    funnel = funnel_table(summary("qst=20..22"))
    assert "1 too few neighbours" in funnel
    assert json.loads(report_json(summary()))["distinct_nets"] == 3


def test_a_record_survives_json() -> None:
    for item in RECORDS:
        assert Record.from_json(item.to_json()) == item


def test_wishes_on_what_zeo_knows_of_every_framework(summary_of: SummaryOf) -> None:
    low, high = record(0, key="a", energy=12.0, qst=19.0), record(1, key="b", energy=40.0, qst=30.0)
    counted = summary_of([high, low], "energy<16 kJ/mol", "methane.qst/energy > 1")
    assert [row.record.id for row in counted.rows] == [low.id, high.id]
    assert [row.wishes_met for row in counted.rows] == [2, 0]
    assert counted.on_target == 1


def test_objectives_rank_and_mark_the_front(plan_with: Callable[..., Plan]) -> None:
    records = [
        record(index, key=str(index), energy=energy, qst=qst)
        for index, (energy, qst) in enumerate([(20.0, 20.0), (10.0, 18.0), (15.0, 19.0), (25.0, 19.0)])
    ]
    objectives = (Objective("maximise", "methane.qst"), Objective("minimise", "energy"))
    plan = plan_with(COLUMNS, objectives=objectives, without=("relax",))
    rows = counted(records, plan).rows
    assert [row.record.index for row in rows if row.on_front] == [1, 2, 0]
    assert rows[-1].record.index == 3


def test_nets_that_nothing_identified_are_neither_known_nor_new(tmp_path: Path) -> None:
    words = "run --generator search --identify none -n 2 --relax none --no-report --top 0"
    shown = done(*words.split(), "--out", tmp_path / "run").output
    assert re.search(r"distinct nets +-", shown)
    assert "of these" not in shown
    assert "distinct nets" not in done("status", tmp_path / "run").output
