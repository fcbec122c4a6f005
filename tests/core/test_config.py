from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from zeo.cli import main
from zeo.errors import ConfigError
from zeo.running.config import make_config, merge_options, parse_settings, read_toml
from zeo.tools.differences import differences


def test_settings_become_options_by_plugin() -> None:
    settings = ["dataset.noise=0.1", "dataset.max-t=50", "my-dist/dataset.x=a=b"]
    assert parse_settings(settings) == {
        "dataset": {"noise": "0.1", "max_t": "50"},
        "my-dist/dataset": {"x": "a=b"},
    }


@pytest.mark.parametrize("setting", ["noise=0.1", "dataset.noise", "dataset.=1", ".noise=1", ""])
def test_a_setting_of_another_form_is_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match=r"PLUGIN\.OPTION=VALUE"):
        parse_settings([setting])


def test_later_options_win() -> None:
    merged = merge_options({"a": {"x": 1, "y": 1}}, {"a": {"x": 2}, "b": {"z": 3}})
    assert merged == {"a": {"x": 2, "y": 1}, "b": {"z": 3}}


def test_a_toml_file_makes_a_configuration(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('generator = "dataset"\nprobes = ["methane"]\nn = 5\n[options.dataset]\nnoise = 0.1\n')
    config = make_config(read_toml(file))
    assert config.probes == ("methane",)
    assert config.options == {"dataset": {"noise": 0.1}}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"probs": ["methane"]}, "did you mean 'probes'"),
        ({"n": 0}, "at least 1"),
        ({"n": "many"}, "run.n"),
        ({"options": {"dataset": 1}}, r"\[options.PLUGIN\]"),
    ],
)
def test_bad_values_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_config(values)


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        read_toml(tmp_path / "missing.toml")
    (tmp_path / "bad.toml").write_text("n = = 3")
    with pytest.raises(ConfigError, match="not TOML"):
        read_toml(tmp_path / "bad.toml")


def test_differences_name_nested_keys() -> None:
    old, new = {"n": 1, "options": {"a": {"x": 1}}}, {"n": 1, "options": {"a": {"x": 2}}}
    assert differences(old, new) == ["options.a.x (1 -> 2)"]


@pytest.mark.parametrize("text", ["options = 3", "[options]\nvoxel = 3"])
def test_options_that_are_no_tables_are_refused_on_the_command_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text)
    done = CliRunner().invoke(main, ["run", "--config", str(file), "--out", str(tmp_path / "run")])
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: plugin options are written as [options.PLUGIN] tables\n",
    )


def test_a_probe_named_twice_measures_once() -> None:
    assert make_config({"probes": ["methane", "argon", "methane"]}).probes == ("methane", "argon")
