"""zeo plugins: list, show and check."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import attrs
import pytest
from click.testing import CliRunner, Result

from zeo import PostprocessorSpec, ProbeSpec, QuantitySpec
from zeo.cli import main
from zeo.plugin.candidate import Candidate
from zeo.plugin.discovery import Discovery, Distribution, Failure
from zeo.plugin.interfaces import Postprocessor, PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity
from zeo.plugin.registry import Plugins

MODULE = "zeo_plugins_of_this_test"


class Volume(PropertyProbe):
    """Volume of the cell."""

    @attrs.frozen(kw_only=True)
    class Options:
        unit: str = option("A3", "of the answer", choices=("A3", "nm3"))
        scale: float = option(1.0, "factor", unit="1", above=0)
        atoms: tuple[str, ...] = option((), "unused")

    def properties(self, source):
        volume = source.volume if hasattr(source, "volume") else 1.0
        return {"volume": Quantity(float(volume), "A3")}


class Thrower(Postprocessor):
    """Raises on everything."""

    def apply(self, candidate: Candidate) -> Candidate:
        raise RuntimeError("not today")


@pytest.fixture
def installed(plugin_set: Callable[..., Plugins], install: Callable[[Plugins], None]) -> Plugins:
    probe = ProbeSpec(
        name="volume",
        summary="volume of the cell",
        target=f"{MODULE}:Volume",
        quantities=[QuantitySpec("volume", "A3", "of the cell")],
    )
    thrower = PostprocessorSpec(name="thrower", summary="raises", target=f"{MODULE}:Thrower", stage="repair")
    namesake = PostprocessorSpec(name="volume", summary="namesake", target=f"{MODULE}:Thrower", stage="relax")
    working = plugin_set((probe, Volume), (thrower, Thrower), (namesake, Thrower))
    failure = Failure(distribution=Distribution("zeo-broken", "2.0"), entry_point="broken", reason="no GPU")
    found = Plugins(Discovery(working.entries(), (failure,)))
    install(found)
    return found


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plugins", *arguments])


def test_list(installed: Plugins) -> None:
    lines = invoke("list").output.splitlines()
    assert lines[0].split() == ["kind", "name", "distribution", "trainable", "summary"]
    assert lines[2].split() == ["probe", "volume", "test-plugins", "1.0", "volume", "of", "the", "cell"]
    assert lines[-2:] == ["Not loaded:", "  zeo-broken 2.0 [broken]: no GPU"]


def test_list_of_one_kind_as_json(installed: Plugins) -> None:
    listed = json.loads(invoke("list", "--json", "--kind", "probe").output)
    (probe,) = listed["plugins"]
    assert probe["name"] == "volume"
    assert probe["distribution"] == "test-plugins"
    assert probe["quantities"][0]["unit"] == "A3"
    assert listed["failures"][0]["reason"] == "no GPU"


def test_unknown_kind(installed: Plugins) -> None:
    done = invoke("list", "--kind", "prob")
    assert done.exit_code == 2
    assert "did you mean 'probe'?" in done.output


def test_show_describes_options_and_quantities(installed: Plugins) -> None:
    text = invoke("show", "volume", "--kind", "probe").output
    assert "probe volume: volume of the cell" in text
    assert "distribution    test-plugins 1.0" in text
    assert __file__ in text
    rows = [line.split() for line in text.splitlines()]
    assert ["volume", "A3", "of", "the", "cell"] in rows
    assert ["unit", "A3", "|", "nm3", "A3", "of", "the", "answer"] in rows
    assert ["scale", "number", "1", "1.0", "factor"] in rows


def test_show_finds_all_kinds_of_one_name(installed: Plugins) -> None:
    shown = json.loads(invoke("show", "volume", "--json").output)
    assert [plugin["kind"] for plugin in shown] == ["probe", "postprocessor"]
    assert shown[1]["stage"] == "relax"
    assert shown[0]["options"][0]["choices"] == ["A3", "nm3"]


def test_show_quotes_what_failed(installed: Plugins) -> None:
    done = invoke("show", "broken")
    assert "no GPU" in done.output


def test_show_of_one_that_does_not_load_exits_with_1(
    installed: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, MODULE)
    done = invoke("show", "thrower")
    assert done.exit_code == 1
    assert (
        f"It cannot be used: postprocessor thrower (test-plugins 1.0): importing {MODULE} raised"
        in done.output
    )


def test_check_reports_one_line_each(installed: Plugins) -> None:
    done = invoke("check")
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "ok      probe volume",
        "FAILED  postprocessor thrower  the good candidate raised RuntimeError: not today;"
        " it should be rejected with a reason",
        "FAILED  postprocessor volume   the good candidate raised RuntimeError: not today;"
        " it should be rejected with a reason",
        "FAILED  zeo-broken 2.0 [broken]: no GPU",
    ]


def test_check_of_a_good_one(installed: Plugins) -> None:
    done = invoke("check", "volume", "--kind", "probe")
    assert (done.exit_code, done.output) == (0, "ok      probe volume\n")


def test_what_is_not_installed_has_not_failed(
    plugin_set: Callable[..., Plugins], install: Callable[[Plugins], None]
) -> None:
    probe = ProbeSpec(
        name="volume",
        summary="volume of the cell",
        target=f"{MODULE}:Volume",
        quantities=[QuantitySpec("volume", "A3", "of the cell")],
        requires=("no_such_package_at_all",),
        extra="big",
    )
    found = plugin_set((probe, Volume))
    install(found)
    line = (
        "absent  probe volume  not installed: needs no_such_package_at_all: pip install 'test-plugins[big]'\n"
    )
    everything, alone = invoke("check"), invoke("check", "volume")
    assert (everything.exit_code, everything.output) == (0, line)
    assert (alone.exit_code, alone.output) == (1, line)
