"""One rule for all generators: what identifies a training, and how it ends and goes on."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")

from attrs import evolve  # noqa: E402
from click.testing import CliRunner  # noqa: E402

from zeo.cli import main  # noqa: E402
from zeo.crystal.cif import cif_text  # noqa: E402
from zeo.data.known.frameworks import open_frameworks  # noqa: E402
from zeo.data.known.relaxed import relaxed_structure  # noqa: E402
from zeo.errors import BusyError, ConfigError, StoppedError  # noqa: E402
from zeo.plugin.registry import installed_plugins  # noqa: E402
from zeo.tools.files import held  # noqa: E402
from zeo_learning import callback  # noqa: E402
from zeo_learning.checkpoint import STATE, TRAINING, SafetensorsIO  # noqa: E402
from zeo_learning.curve import Curve  # noqa: E402
from zeo_learning.folder import DESCRIPTION, WEIGHTS  # noqa: E402
from zeo_learning.learned_nets import FILE as NETS  # noqa: E402
from zeo_zeodiff.training import DiffusionTraining  # noqa: E402
from zeo_zeogan.training import AdversarialTraining  # noqa: E402
from zeo_zeosym.examples import Examples  # noqa: E402
from zeo_zeosym.training import NetTraining  # noqa: E402

DATA = evolve(open_frameworks("relaxed"), names=("SOD", "LTA"), sources=("two",))
OTHER = evolve(DATA, names=("SOD", "LTA", "ABW"), sources=("three",))
PLUGINS = installed_plugins().configured({"voxel": {"n": 8}})
COMMON = {"precision": "32-true", "accelerator": "cpu", "draw_every": 0, "check_every": 2, "batch": 2}
SMALL = {
    "zeodiff": {"width": 8},
    "zeogan": {"width": 8, "critic_updates": 1},
    "zeosym": {"width": 8, "layers": 1, "skewed_types": False},
}
CHANGES = {
    "zeodiff": [("width", 16), ("symmetric_share", 0.5)],
    "zeogan": [("width", 16), ("critic_updates", 2), ("penalty", 0.5)],
    "zeosym": [("width", 16), ("layers", 2)],
}
every_generator = pytest.mark.parametrize("name", sorted(SMALL))


def train(name, out, steps, data=DATA, start=None, progress=lambda *_: None, plugins=PLUGINS, **options):
    settings = {"steps": steps, **COMMON, **SMALL[name], **options}
    plugins = plugins.configured({name: settings})
    return plugins.create("generator", name).train(data, out, progress, start)


def facts(out):
    return json.loads((out / DESCRIPTION).read_text())["training"]


def learned(out):
    """What a training is: all tensors of its state and its model."""
    state = SafetensorsIO().load_checkpoint(out / STATE)
    tensors = state["state_dict"] | {"optimisers": state["optimizer_states"], "step": state["global_step"]}
    return tensors | {"weights": (out / WEIGHTS).read_bytes()}


def same(one, two):
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return torch.equal(one, two) if isinstance(one, torch.Tensor) else one == two


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Of each generator a training of four steps without a break."""
    made = {name: tmp_path_factory.mktemp(name) for name in SMALL}
    for name, out in made.items():
        train(name, out, 4)
    return made


@every_generator
def test_a_model_names_its_data_and_what_identifies_its_training(whole, name):
    known = facts(whole[name])
    assert (known["data"], known["frameworks"], known["steps"]) == ("two", 2, 4)
    assert len(known["data_hash"]) == 16
    assert known["started_from"] is None
    expected = {
        f"{name}.{option}": value for option, value in SMALL[name].items() if option != "skewed_types"
    }
    assert {f"{name}.batch": 2, f"{name}.seed": 0, **expected}.items() <= known["options"].items()


@every_generator
def test_another_training_is_named_and_refused(whole, name):
    out, before = whole[name], learned(whole[name])
    changes = [("batch", 4), ("learning_rate", 0.5), ("average", 0.5), ("seed", 1), *CHANGES[name]]
    with pytest.raises(ConfigError) as refusal:
        train(name, out, 5, OTHER, **dict(changes))
    message = str(refusal.value)
    assert "\n" not in message
    for option, value in changes:
        assert f"{name}.{option}=" in message
        assert f", not {value}" in message
    assert "data=two (2 frameworks to learn from), not three (3 frameworks to learn from)" in message
    assert same(before, learned(out))


@every_generator
def test_time_hardware_and_habits_do_not_identify_a_training(whole, name, tmp_path):
    train(name, tmp_path, 2, minutes=60.0, save_every=7.0, check_every=9)
    moved = evolve(DATA, sources=("elsewhere/two",))
    train(name, tmp_path, 4, moved, decay=2, nodes=1, drawn_samples=3, save_every=9.0)
    assert facts(tmp_path)["data"] == "two"
    assert facts(tmp_path)["steps"] == 4


@every_generator
def test_where_a_training_started_from_is_kept_and_cannot_be_changed(whole, name, tmp_path):
    out, origin = tmp_path / "out", whole[name]
    train(name, out, 1, start=origin)
    train(name, out, 2)
    assert (facts(out)["started_from"], facts(out)["steps"]) == (origin.name, 2)
    train(name, out, 3, start=origin)
    assert facts(out)["started_from"] == origin.name
    train(name, tmp_path / "other", 1, seed=7)
    with pytest.raises(ConfigError, match=f"the weights of {origin.name}, not with those that other has"):
        train(name, out, 4, start=tmp_path / "other")
    with pytest.raises(ConfigError, match="began with random weights, not with"):
        train(name, origin, 5, start=out)


@every_generator
def test_a_state_of_an_older_zeo_says_what_to_do(whole, name, tmp_path):
    """Its model may still be started from: model.json says nothing of data and options either."""
    old = SafetensorsIO().load_checkpoint(whole[name] / STATE)
    del old[TRAINING]
    SafetensorsIO().save_checkpoint(old, tmp_path / STATE)
    model = json.loads((whole[name] / DESCRIPTION).read_text())
    model["training"] = {"frameworks": 2, "batch": 2, "steps": 4, "samples_seen": 8, "hours": 0.1}
    (tmp_path / DESCRIPTION).write_text(json.dumps(model))
    (tmp_path / WEIGHTS).write_bytes((whole[name] / WEIGHTS).read_bytes())
    with pytest.raises(ConfigError, match=f"begun by an older zeo.*--from {tmp_path}"):
        train(name, tmp_path, 5)
    train(name, tmp_path / "new", 1, start=tmp_path)
    assert facts(tmp_path / "new")["started_from"] == tmp_path.name


@every_generator
def test_one_training_at_a_time_works_in_a_folder(name, tmp_path):
    with held(tmp_path), pytest.raises(BusyError, match=f"another process is working in {tmp_path}"):
        train(name, tmp_path, 1)
    assert not (tmp_path / STATE).exists()


@every_generator
def test_what_ends_a_save_leaves_a_folder_that_goes_on(whole, name, tmp_path, monkeypatch):
    """The disk is full from some write of the first save on."""
    replace, writes = os.replace, []

    def until_full(source, target):
        if len(writes) >= room:
            raise OSError(28, "No space left on device", str(target))
        writes.append(target.name)
        replace(source, target)

    for room in range(4):
        out = tmp_path / str(room)
        writes.clear()
        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", until_full)
            with pytest.raises(OSError, match="No space"):
                train(name, out, 2, check_every=100)
        assert not (out / STATE).exists()
        assert writes == [NETS, WEIGHTS, DESCRIPTION][:room]
        train(name, out, 4, check_every=100)
        assert same(learned(out), learned(whole[name]))


@pytest.mark.slow
def test_what_is_killed_after_a_timed_save_goes_on_to_the_same_bytes(whole, tmp_path):
    """By SIGKILL, in the step after. The state was saved in the middle of Lightning's loop."""
    program = f"""
import os, signal, sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from pathlib import Path
from test_resuming import train
for name in ("zeodiff", "zeogan", "zeosym"):
    if os.fork() == 0:
        kill = lambda step, *_: step == 3 and os.kill(os.getpid(), signal.SIGKILL)
        train(name, Path({str(tmp_path)!r}) / name, 4, progress=kill, save_every=1e-9)
    assert os.wait()[1] == signal.SIGKILL
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in SMALL:
        out = tmp_path / name
        assert SafetensorsIO().load_checkpoint(out / STATE)["global_step"] == 2
        train(name, out, 4)
        assert same(learned(out), learned(whole[name]))


@every_generator
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_a_step_ends_the_training_after_it(whole, name, number, tmp_path):
    handlers = [signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]

    def stopping(step, *_):
        if step == 2:
            signal.raise_signal(number)

    with pytest.raises(StoppedError, match=f"saved in {tmp_path}") as stopped:
        train(name, tmp_path, 4, progress=stopping)
    assert stopped.value.exit_code == 128 + number
    assert facts(tmp_path)["steps"] == 2
    assert handlers == [signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    train(name, tmp_path, 4)
    assert same(learned(tmp_path), learned(whole[name]))


@pytest.mark.parametrize(
    ("name", "module", "done"), [("zeosym", NetTraining, 1), ("zeogan", AdversarialTraining, 2)]
)
def test_a_signal_never_leaves_half_a_step(whole, name, module, done, tmp_path, monkeypatch):
    """It is given up, or done to its end where several networks are updated in it."""
    step = module.training_step

    def signalled(self, batch, number):
        if self.global_step == 1:
            signal.raise_signal(signal.SIGTERM)
        return step(self, batch, number)

    with monkeypatch.context() as patched:
        patched.setattr(module, "training_step", signalled)
        with pytest.raises(StoppedError):
            train(name, tmp_path, 4)
    assert facts(tmp_path)["steps"] == done
    train(name, tmp_path, 4)
    assert same(learned(tmp_path), learned(whole[name]))


def test_a_model_to_start_from_is_looked_for_before_a_folder_is_made(whole, tmp_path):
    for start in (tmp_path, whole["zeodiff"]):
        done = CliRunner().invoke(
            main, ["train", "zeosym", "--data", "relaxed", "--out", f"{tmp_path}/out", "--from", str(start)]
        )
        assert done.exit_code == 1
        assert "checkpoint" in done.output
        assert not (tmp_path / "out").exists()


@pytest.fixture
def endless(monkeypatch):
    """From the third on, a batch is never ready; what is called meanwhile is up to the test."""
    made = Examples.__getitems__
    meanwhile = []

    def slow(examples, numbers):
        while numbers[0] >= 2 * COMMON["batch"]:
            for call in meanwhile:
                call()
        return made(examples, numbers)

    monkeypatch.setattr(Examples, "__getitems__", slow)
    return meanwhile


def test_a_signal_ends_a_batch_that_is_being_made(endless, whole, tmp_path, monkeypatch):
    """Through the command, which says how to go on."""
    endless.append(lambda: signal.raise_signal(signal.SIGTERM))
    cifs, out = tmp_path / "cifs", tmp_path / "out"
    cifs.mkdir()
    for framework in DATA:
        (cifs / f"{framework.name}.cif").write_text(cif_text(framework.structure, framework.name))
    settings = {"steps": 4, **COMMON, **SMALL["zeosym"]}
    command = ["train", "zeosym", "--data", str(cifs), "--out", str(out)]
    done = CliRunner().invoke(main, command + [f"--set={name}={value}" for name, value in settings.items()])
    assert done.exit_code == 143, done.output
    assert f"Stopped: the training was stopped and is saved in {out}; the same command goes on" in done.output
    assert (facts(out)["steps"], facts(out)["data"]) == (2, cifs.name)


def test_minutes_end_a_batch_that_is_being_made(endless, whole, tmp_path, monkeypatch):
    """That is no accident: nothing is raised."""
    monkeypatch.setattr(callback, "PATIENCE", 0.01)
    train("zeosym", tmp_path, 4, minutes=1.0 / 60)
    assert facts(tmp_path)["steps"] == 2


def test_a_measurement_is_broken_off(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "zeo_zeosym.validation.ValidationError.__call__", lambda *_: signal.raise_signal(signal.SIGTERM)
    )
    with pytest.raises(StoppedError):
        train("zeosym", tmp_path, 4)
    monkeypatch.undo()
    assert facts(tmp_path)["steps"] == 2
    assert not Curve(tmp_path).rows()
    train("zeosym", tmp_path, 4)
    assert same(learned(tmp_path), learned(whole["zeosym"]))


@every_generator
def test_a_batch_beyond_memory_is_refused_before_it_is_made(name, tmp_path):
    with pytest.raises(ConfigError, match=r"batch=1000000000: .* GB of memory, .*: choose a smaller one"):
        train(name, tmp_path, 4, batch=10**9)
    assert not (tmp_path / STATE).exists()


def test_a_batch_that_the_allocator_refuses_is_one_line(whole, tmp_path, monkeypatch):
    def training_step(*_):
        return torch.empty(10**15)

    with monkeypatch.context() as patched:
        patched.setattr(NetTraining, "training_step", training_step)
        with pytest.raises(ConfigError, match=f"out of memory with batch=2: .*{tmp_path} is as it was"):
            train("zeosym", tmp_path, 4)
    train("zeosym", tmp_path, 4)
    assert same(learned(tmp_path), learned(whole["zeosym"]))


@every_generator
def test_a_signal_while_the_frameworks_are_read_leaves_everything_as_it_was(whole, name, tmp_path):
    def read(code):
        signal.raise_signal(signal.SIGTERM)
        return relaxed_structure(code)

    handlers = [signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(StoppedError, match=f"before its first step, and {tmp_path} is as it was") as stopped:
        train(name, tmp_path, 4, evolve(DATA, read=read))
    assert stopped.value.exit_code == 128 + signal.SIGTERM
    assert handlers == [signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM)]
    train(name, tmp_path, 4)
    assert same(learned(tmp_path), learned(whole[name]))


@pytest.mark.parametrize("name", ["zeodiff", "zeosym"])
def test_a_long_step_is_given_up_and_done_again(whole, name, tmp_path, monkeypatch):
    """A signal in its forward pass; what was learned before is saved."""
    module = {"zeodiff": DiffusionTraining, "zeosym": NetTraining}[name]
    step = module.training_step

    def endless(self, batch, number):
        loss = step(self, batch, number)
        while self.global_step == 2:
            signal.raise_signal(signal.SIGTERM)
        return loss

    with monkeypatch.context() as patched:
        patched.setattr(module, "training_step", endless)
        with pytest.raises(StoppedError):
            train(name, tmp_path, 4)
    assert facts(tmp_path)["steps"] == 2
    train(name, tmp_path, 4)
    assert same(learned(tmp_path), learned(whole[name]))


@pytest.mark.parametrize("name", ["zeodiff", "zeogan"])
def test_options_of_probes_behind_channels_identify_a_training(whole, name):
    with pytest.raises(ConfigError, match=r"methane\.temperature=.*, not 400"):
        train(name, whole[name], 5, plugins=PLUGINS.configured({"methane": {"temperature": 400.0}}))


@every_generator
def test_other_frameworks_to_validate_by_are_named(whole, name):
    with pytest.raises(ConfigError, match="other frameworks of two to validate it"):
        train(name, whole[name], 5, evolve(DATA, validation=evolve(DATA, names=("ABW",))))


@every_generator
def test_the_folder_that_one_stands_in_has_a_name(whole, name, tmp_path, monkeypatch):
    monkeypatch.chdir(whole[name])
    train(name, tmp_path, 1, start=Path())
    assert facts(tmp_path)["started_from"] == whole[name].name


def test_networks_and_grids_are_those_of_the_start_where_nothing_else_is_said(tmp_path):
    channels = ("energy:methane", "si", "o", "boltzmann:methane")
    first, second = tmp_path / "first", tmp_path / "second"
    train("zeodiff", first, 1, plugins=PLUGINS.configured({"voxel": {"channels": channels}}))
    plain = installed_plugins()
    learner = plain.configured({"zeodiff": {"steps": 1, **COMMON}}).create("generator", "zeodiff")
    learner.train(DATA, second, lambda *_: None, first)
    one, two = (json.loads((folder / DESCRIPTION).read_text()) for folder in (first, second))
    assert two["network"] == one["network"]
    assert (two["n"], two["scaling"]["channels"]) == (8, list(channels))
    errors = [plain.create("generator", "zeodiff").error_on(DATA, folder) for folder in (first, second)]
    assert all(0 < error < 10 for error in errors)
