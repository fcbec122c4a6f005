from types import SimpleNamespace

import pytest

pytest.importorskip("lightning")

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from zeo_learning.callback import CheckpointCallback
from zeo_learning.curve import Curve
from zeo_learning.drawn_samples import Drawn, figures
from zeo_learning.options import TrainingOptions
from zeo_learning.schedule import Hardware, ProgressSoFar, Schedule
from zeo_learning.stopping import Stopper
from zeo_learning.trainer import BatchesToCome

SCHEDULE = Schedule(
    steps=1000,
    minutes=None,
    batch=4,
    learning_rate=1e-3,
    warm_up=100,
    decay=200,
    ema_decay=0.999,
    save_every=60.0,
    check_every=100,
    draw_every=30.0,
)


def test_learning_rate_rises_stays_and_falls():
    share = SCHEDULE.share_of_learning_rate
    assert [share(step) for step in (0, 49, 99, 500, 800, 900, 999)] == [0.01, 0.5, 1, 1, 1, 0.5, 0.005]
    assert evolve(SCHEDULE, decay=0).share_of_learning_rate(999) == 1.0


@given(seen=st.integers(0, 50), world=st.integers(1, 4), batch=st.integers(1, 5), steps=st.integers(1, 9))
@settings(deadline=None)
def test_devices_share_the_examples_and_none_is_seen_twice(seen, world, batch, steps):
    """At every step of a slice that begins anywhere, what is yet to come goes on from what was seen."""
    so_far = ProgressSoFar(steps=3, samples_seen=seen)
    schedule = evolve(SCHEDULE, steps=3 + steps, batch=batch)
    for done in range(steps + 1):
        come = [
            list(
                BatchesToCome(
                    SimpleNamespace(global_step=3 + done, global_rank=rank, world_size=world),
                    schedule,
                    so_far,
                )
            )
            for rank in range(world)
        ]
        first = seen + done * batch * world
        numbers = [number for batches in come for numbers in batches for number in numbers]
        assert sorted(numbers) == list(range(first, seen + steps * batch * world))
        assert all([len(numbers) for numbers in batches] == [batch] * (steps - done) for batches in come)


def test_curve_has_one_row_a_step_and_a_column_for_everything(tmp_path):
    curve = Curve(tmp_path)
    assert curve.rows() == {}
    curve.add(20, {"loss": 0.5, "validation_loss": None})
    curve.add(10, {"loss": 0.75})
    curve.add(20, {"loss": 0.25, "perfect": 1 / 3})
    assert curve.path.read_text() == "step,loss,validation_loss,perfect\n10,0.75,,\n20,0.25,,0.333333\n"


class Clock:
    """Stands still unless it is moved."""

    seconds = 0.0

    def __call__(self):
        return self.seconds


def callback(out, hours, **changes):
    so_far = ProgressSoFar(steps=5, samples_seen=20, hours=hours)
    schedule = evolve(SCHEDULE, **changes)
    return CheckpointCallback(out, schedule, dict, dict, so_far, {}, print, Stopper(), Clock())


def test_samples_are_drawn_when_the_hours_of_all_slices_pass_the_interval(tmp_path):
    watched, never = callback(tmp_path, 0.9), callback(tmp_path, 0.9, draw_every=0.0)
    drawn = []
    for minutes in range(0, 70, 2):
        watched.clock.seconds = never.clock.seconds = 60.0 * minutes
        assert not never.time_to_draw()
        if watched.time_to_draw():
            drawn.append(minutes)
    assert drawn == [6, 36, 66]


def test_a_slice_ends_after_its_own_minutes(tmp_path):
    watched = callback(tmp_path, 5.0, minutes=10.0)
    watched.clock.seconds = 599.0
    assert not watched.time_to_stop()
    watched.clock.seconds = 601.0
    assert watched.time_to_stop()


def test_figures_of_drawn_samples():
    drawn = [Drawn(12, 24, 1.0, True), Drawn(11, 24, 0.5, True), Drawn(10, 24, 0.25, False), Drawn()]
    assert figures(drawn) == {"drawn_si_to_o": 0.5, "drawn_connectivity": 0.375, "drawn_perfect": 0.5}


def test_everything_that_a_step_tells_is_averaged_reported_and_noted(tmp_path):
    told = []
    watched = callback(tmp_path, 0.0)
    watched.progress = lambda *facts: told.append(facts)
    trainer = SimpleNamespace(is_global_zero=True, global_step=6, world_size=1, loggers=[])
    watched.report(trainer, {"gap": 1.0, "edge_error": 0.5})
    watched.report(trainer, {"gap": 2.0, "edge_error": 0.5})
    assert told[-1] == (6, 1000, "gap 1.0200, edge error 0.5000")
    watched.note(trainer, {"drawn_perfect": 0.25})
    (row,) = watched.curve.rows().values()
    assert (row["gap"], row["edge_error"], row["drawn_perfect"]) == ("1.02", "0.5", "0.25")


@pytest.mark.parametrize(
    ("accelerator", "fast", "expected"),
    [("cpu", True, "bf16-mixed"), ("cpu", False, "32-true"), ("gpu", False, "bf16-mixed")],
)
def test_half_precision_is_for_processors_that_are_made_for_it(monkeypatch, accelerator, fast, expected):
    monkeypatch.setattr("torch.ops.mkldnn._is_mkldnn_bf16_supported", lambda: fast)
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"cpu_name": "AMD EPYC"}, raising=False)
    assert Hardware.of(TrainingOptions(accelerator=accelerator)).precision == expected
    asked = TrainingOptions(accelerator=accelerator, precision="32-true")
    assert Hardware.of(asked).precision == "32-true"


@pytest.mark.parametrize(
    ("processor", "expected"),
    [
        ({"cpu_name": "AMD EPYC", "amx_bf16": False}, "bf16-mixed"),
        ({"cpu_name": "Intel Xeon", "amx_bf16": True}, "bf16-mixed"),
        ({"cpu_name": "Intel Xeon", "amx_bf16": False}, "32-true"),
    ],
)
def test_bfloat16_without_its_fast_unit_is_not_chosen(monkeypatch, processor, expected):
    monkeypatch.setattr("torch.ops.mkldnn._is_mkldnn_bf16_supported", lambda: True)
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: processor, raising=False)
    assert Hardware.of(TrainingOptions(accelerator="cpu")).precision == expected
