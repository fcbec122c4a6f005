"""Discovery and use of plugins: what is broken is reported and quoted, and the rest goes on working."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zeo.errors import (
    AmbiguousPluginError,
    ConfigError,
    PluginLoadError,
    PluginTypeError,
    PluginVersionError,
    UnknownPluginError,
)
from zeo.plugin.declare import API_VERSION
from zeo.plugin.discovery import discover
from zeo.plugin.moved import MOVED
from zeo.plugin.registry import Plugins, installed_plugins, refreshed_plugins

HEAVY = {"torch", "numpy", "scipy", "pymatgen", "networkx", "numba"}

GOOD = """
from zeo import ProbeSpec, QuantitySpec, hookimpl

@hookimpl
def zeo_probes():
    return [ProbeSpec(name="{name}", summary="test", target="{module}_probe:Probe", api={api},
                      requires={requires}, quantities=[QuantitySpec("size", "A")], channels=["made:{name}"])]
"""

PROBE = """
import attrs
from zeo.plugin.interfaces import PropertyProbe
from zeo.plugin.options import option
from zeo.plugin.quantity import Quantity

class Probe(PropertyProbe):
    @attrs.frozen
    class Options:
        size: float = option(1.0, "what it answers", unit="A", above=0)

    def properties(self, source):
        return {"size": Quantity(self.options.size, "A")}
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """A function that installs a distribution by hand: its modules and its dist-info."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("ZEO_PLUGINS", raising=False)
    monkeypatch.delenv("ZEO_STRICT_PLUGINS", raising=False)
    installed: set[str] = set()

    def write(distribution: str, version: str = "1.0", entry: str = "entry", **modules: str) -> None:
        installed.update(modules)
        for name, source in modules.items():
            (tmp_path / f"{name}.py").write_text(source)
        first = next(iter(modules), "no_such_module")
        info = tmp_path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[zeo]\n{entry} = {first}\n")

    yield write
    for name in installed:
        sys.modules.pop(name, None)


def good(module: str, name: str, api: int = API_VERSION, requires: tuple[str, ...] = ()) -> dict[str, str]:
    """The modules of a distribution with one working probe."""
    source = GOOD.format(module=module, name=name, api=api, requires=requires)
    return {module: source, f"{module}_probe": PROBE}


def found() -> Plugins:
    return Plugins(discover())


def reasons(plugins: Plugins) -> str:
    return "\n".join(map(str, plugins.failures))


def own_names() -> set[tuple[str, str]]:
    return {entry.key for entry in found().entries() if entry.distribution.is_own}


def test_own_plugins_come_first_and_take_the_same_road(install: Install) -> None:
    install("aaa-early", **good("aaa_early", "early"))
    entries = found().entries()
    assert entries[0].distribution.name == "zeo-framework"
    assert "early" in [entry.name for entry in entries]
    assert not found().failures


def test_a_stranger_is_found_loaded_and_built(install: Install) -> None:
    install("zeo-good", **good("good_plugin", "sizer"))
    plugins = found()
    entry = plugins.find("probe", "sizer")
    assert str(entry) == "probe sizer (zeo-good 1.0)"
    assert plugins.find("probe", "zeo-good/sizer") is entry
    assert plugins.find("probe", "Zeo_Good/sizer") is entry
    probe = plugins.create("probe", "sizer")
    assert probe.plugins is plugins
    assert probe.properties(None)["size"].value == 1.0  # type: ignore[arg-type]
    assert plugins.create("probe", "zeo-good/sizer") is probe


def test_listing_runs_no_target(install: Install) -> None:
    modules = good("lazy_plugin", "lazy")
    modules["lazy_plugin_probe"] = "raise RuntimeError('imported too early')"
    install("zeo-lazy", **modules)
    plugins = found()
    assert "lazy" in [entry.name for entry in plugins.entries("probe")]
    with pytest.raises(
        PluginLoadError, match=r"probe lazy \(zeo-lazy 1.0\).*RuntimeError: imported too early"
    ):
        plugins.load("probe", "lazy")


BROKEN = {
    "import error": (
        "import no_such_package_at_all",
        PluginLoadError,
        "No module named 'no_such_package_at_all'",
    ),
    "error on import": ("1 / 0", PluginLoadError, "ZeroDivisionError: division by zero"),
    "exit on import": ("import sys; sys.exit('bye')", PluginLoadError, "SystemExit: bye"),
    "syntax error": ("def", PluginLoadError, "SyntaxError"),
    "no hook": ("x = 1", PluginTypeError, "implements no hook of zeo"),
    "misspelt hook": (
        "from zeo import hookimpl\n@hookimpl\ndef zeo_probe(): return []",
        PluginTypeError,
        "unknown hook 'zeo_probe': did you mean 'zeo_probes'?",
    ),
    "extra argument": (
        "from zeo import hookimpl\n@hookimpl\ndef zeo_probes(config): return []",
        PluginTypeError,
        r"Argument\(s\) {'config'} are declared in the hookimpl but can not be found in the hookspec",
    ),
    "raising hook": (
        "from zeo import hookimpl\n@hookimpl\ndef zeo_probes(): raise ValueError('no GPU\\nhere')",
        PluginTypeError,
        "zeo_probes raised ValueError: no GPU here",
    ),
    "not a list": (
        "from zeo import hookimpl\n@hookimpl\ndef zeo_probes(): return None",
        PluginTypeError,
        "zeo_probes must return a list of ProbeSpec, not None",
    ),
    "record of another kind": (
        "from zeo import GeneratorSpec, hookimpl\n@hookimpl\n"
        "def zeo_probes(): return [GeneratorSpec(name='broken', summary='', target='a:B')]",
        PluginTypeError,
        "must return records of type ProbeSpec, not something of type GeneratorSpec",
    ),
    "class instead of record": (
        "from zeo import hookimpl\n@hookimpl\ndef zeo_probes(): return [dict]",
        PluginTypeError,
        "must return records of type ProbeSpec, not something of type type",
    ),
    "bad name": (
        "from zeo import GeneratorSpec, hookimpl\n@hookimpl\n"
        "def zeo_generators(): return [GeneratorSpec(name='Bad Name', summary='', target='a:B')]",
        PluginTypeError,
        "zeo_generators raised ValueError: 'name' must match regex",
    ),
    "free samples": (
        "from zeo import GeneratorSpec, hookimpl\n@hookimpl\n"
        "def zeo_generators(): return [GeneratorSpec(name='x', summary='', target='a:B', seconds=0)]",
        PluginTypeError,
        "zeo_generators raised ValueError: 'seconds' must be > 0",
    ),
    "unknown field": (
        "from zeo import GeneratorSpec, hookimpl\n@hookimpl\n"
        "def zeo_generators(): return [GeneratorSpec(name='x', summary='', target='a:B', colour='red')]",
        PluginTypeError,
        "unexpected keyword argument 'colour'",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_one_failure_and_the_rest_goes_on(install: Install, case: str) -> None:
    source, error, reason = BROKEN[case]
    own = own_names()
    install("zeo-broken", "2.5", entry="broken", broken_plugin=source)
    install("zeo-good", **good("good_plugin", "sizer"))
    plugins = found()
    assert len(plugins.failures) == 1
    assert str(plugins.failures[0]).startswith("zeo-broken 2.5 [broken]: ")
    assert "\n" not in str(plugins.failures[0])
    assert own | {("probe", "zeo-good/sizer")} == {entry.key for entry in plugins.entries()}
    with pytest.raises(error, match=reason):
        plugins.find("probe", "broken")
    with pytest.raises(error, match=reason):
        plugins.find("probe", "zeo-broken/broken")


def test_strict_mode_raises_the_first_failure(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("zeo-broken", entry="broken", broken_plugin="import no_such_package_at_all")
    monkeypatch.setenv("ZEO_STRICT_PLUGINS", "1")
    with pytest.raises(PluginLoadError, match=r"zeo-broken 1.0 \[broken\]"):
        discover()


def test_one_bad_record_leaves_its_neighbours_alone(install: Install) -> None:
    source = GOOD.format(module="half_plugin", name="half", api=API_VERSION, requires=())
    source = source.replace('channels=["made:half"])]', 'channels=["made:half"]), "nonsense"]')
    install("zeo-half", half_plugin=source, half_plugin_probe=PROBE)
    plugins = found()
    assert plugins.create("probe", "half")
    assert "something of type str" in reasons(plugins)


def test_a_plugin_for_another_interface_is_refused_by_name(install: Install) -> None:
    install("zeo-future", "3.0", **good("future_plugin", "oracle", api=API_VERSION + 1))
    plugins = found()
    with pytest.raises(
        PluginVersionError, match=f"speaks plugin API {API_VERSION + 1}, this zeo speaks {API_VERSION}$"
    ):
        plugins.find("probe", "oracle")
    with pytest.raises(UnknownPluginError, match=r"not loaded: zeo-future 3.0 \(see `zeo plugins list`\)"):
        plugins.find("probe", "zzz")


WHAT_CHANGED = (
    r"speaks plugin API 1, this zeo speaks 2: the contract moved to zeo.plugin.\* \(zeo.declare ->"
    r" zeo.plugin.declare, ...\), Sample.grid is now Sample.encoded; see docs/plugins.md#api-2"
)


def test_a_plugin_of_api_1_is_told_what_changed(install: Install) -> None:
    install("zeo-old", "0.1", **good("old_plugin", "elder", api=1))
    with pytest.raises(PluginVersionError, match=rf"zeo-old 0.1 .*'elder' {WHAT_CHANGED}$"):
        found().find("probe", "elder")


@pytest.mark.parametrize(
    ("module", "now"),
    [("zeo.declare", "zeo.plugin.declare"), ("zeo.data.frameworks", "zeo.data.known.frameworks")],
)
def test_so_is_one_that_imports_what_has_moved(install: Install, module: str, now: str) -> None:
    install("zeo-old", "0.1", entry="elder", old_plugin=f"import {module}")
    because = rf"zeo-old 0.1 \[elder\]: {WHAT_CHANGED} \({module} is now {now}\)$"
    with pytest.raises(PluginVersionError, match=because):
        found().find("probe", "elder")


def test_and_one_whose_class_does(install: Install) -> None:
    modules = good("old_plugin", "elder")
    modules["old_plugin_probe"] = "from zeo.interfaces import PropertyProbe"
    install("zeo-old", "0.1", **modules)
    because = rf"probe elder \(zeo-old 0.1\) {WHAT_CHANGED} \(zeo.interfaces is now zeo.plugin.interfaces\)$"
    with pytest.raises(PluginVersionError, match=because):
        found().load("probe", "elder")


def test_what_has_moved_is_where_we_say() -> None:
    for old, new in MOVED.items():
        assert importlib.util.find_spec(new), new
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(old)


def test_a_name_of_ours_stays_ours(install: Install) -> None:
    source = """
from zeo import RepresentationSpec, hookimpl

@hookimpl
def zeo_representations():
    return [RepresentationSpec(name="voxel", summary="", target="usurper:Voxel"),
            RepresentationSpec(name="points", summary="", target="usurper:Points")]
"""
    install("aaa-usurper", usurper=source)
    plugins = found()
    assert plugins.find("representation", "voxel").distribution.is_own
    stranger = plugins.find("representation", "aaa-usurper/voxel")
    assert stranger.distribution.name == "aaa-usurper"
    assert plugins.shown_name(stranger) == "aaa-usurper/voxel"
    assert plugins.find("representation", "points").distribution.name == "aaa-usurper"
    assert not plugins.failures


def test_two_strangers_with_one_name_are_ambiguous_only_when_used(install: Install) -> None:
    install("zeo-one", **good("one_plugin", "sizer"))
    install("zeo-two", **good("two_plugin", "sizer"))
    plugins = found()
    assert not plugins.failures
    with pytest.raises(AmbiguousPluginError, match="write zeo-one/sizer or zeo-two/sizer"):
        plugins.find("probe", "sizer")
    with pytest.raises(AmbiguousPluginError):
        plugins.configured({"sizer": {"size": 2}})
    assert plugins.create("probe", "zeo-two/sizer").__module__ == "two_plugin_probe"
    assert {plugins.shown_name(entry) for entry in plugins.entries("probe")} >= {
        "zeo-one/sizer",
        "zeo-two/sizer",
    }
    with pytest.raises(AmbiguousPluginError, match="ZEO_PLUGINS"):
        plugins.probe_of_channel("made:sizer")


def test_a_name_declared_twice_by_one_distribution_counts_once(install: Install) -> None:
    source = GOOD.format(module="twice_plugin", name="twice", api=API_VERSION, requires=())
    source = source.replace("return [", "return 2 * [")
    install("zeo-twice", twice_plugin=source, twice_plugin_probe=PROBE)
    plugins = found()
    assert plugins.find("probe", "twice")
    assert "probe 'twice' is declared twice" in reasons(plugins)


def test_a_distribution_seen_twice_counts_once(install: Install) -> None:
    install("zeo-good", "1.0", **good("good_plugin", "sizer"))
    install("Zeo.Good", "2.0", **good("good_plugin", "sizer"))
    plugins = found()
    assert [entry.name for entry in plugins.entries("probe")].count("sizer") == 1
    assert not plugins.failures


def test_unreadable_metadata_of_others_does_not_matter(install: Install, tmp_path: Path) -> None:
    own = own_names()
    (tmp_path / "wreck-1.0.dist-info").mkdir()
    (tmp_path / "wreck-1.0.dist-info" / "entry_points.txt").write_text(
        "[console_scripts]\nnonsense without value\n"
    )
    assert own_names() == own


def test_missing_requirements_are_named(install: Install) -> None:
    install("zeo-needy", **good("needy_plugin", "needy", requires=("no_such_package_at_all",)))
    with pytest.raises(PluginLoadError, match=r"probe needy .* needs no_such_package_at_all"):
        found().load("probe", "needy")


@pytest.mark.parametrize(
    ("source", "error", "reason"),
    [
        ("Other = 1", PluginLoadError, "has no Probe"),
        ("Probe = 1", PluginTypeError, "is something of type int, not a class"),
        ("class Probe: pass", PluginTypeError, "does not derive from zeo.plugin.interfaces.PropertyProbe"),
        (
            "from zeo.plugin.interfaces import PropertyProbe\nclass Probe(PropertyProbe): pass",
            PluginTypeError,
            "does not implement properties",
        ),
        (
            PROBE.replace("    @attrs.frozen\n", ""),
            PluginTypeError,
            "Options is not an attrs class",
        ),
        (
            PROBE.replace('option(1.0, "what it answers", unit="A", above=0)', "attrs.field()"),
            PluginTypeError,
            "options without a default: size",
        ),
    ],
)
def test_a_class_is_checked_when_it_is_used(
    install: Install, source: str, error: type[Exception], reason: str
) -> None:
    modules = good("odd_plugin", "odd")
    modules["odd_plugin_probe"] = source
    install("zeo-odd", **modules)
    plugins = found()
    assert not plugins.failures
    with pytest.raises(error, match=reason) as raised:
        plugins.create("probe", "odd")
    assert "probe odd (zeo-odd 1.0)" in str(raised.value)


def test_a_constructor_that_raises(install: Install) -> None:
    modules = good("odd_plugin", "odd")
    modules["odd_plugin_probe"] = (
        PROBE + "\n    def __init__(self, options=None, plugins=None):\n        1 / 0\n"
    )
    install("zeo-odd", **modules)
    with pytest.raises(PluginLoadError, match="constructing it raised ZeroDivisionError"):
        found().create("probe", "odd")


def test_options_reach_the_plugin(install: Install) -> None:
    install("zeo-good", **good("good_plugin", "sizer"))
    plain = found()
    plugins = plain.configured({"sizer": {"size": "2.5"}})
    assert plugins.create("probe", "sizer").options.size == 2.5
    assert plugins.configured({"zeo-good/sizer": {"size": 3}}).create("probe", "sizer").options.size == 3.0
    assert plugins.configured({"voxel": {}}).create("probe", "sizer").options.size == 2.5
    assert plain.create("probe", "sizer").options.size == 1.0
    with pytest.raises(ConfigError, match="sizer has no option 'sise': did you mean 'size'"):
        plain.configured({"sizer": {"sise": 1}}).create("probe", "sizer")
    with pytest.raises(ConfigError, match=r"sizer\.size must be above 0"):
        plain.configured({"sizer": {"size": -1}}).create("probe", "sizer")


def test_options_for_nobody_are_refused(install: Install) -> None:
    install("zeo-good", **good("good_plugin", "sizer"))
    with pytest.raises(ConfigError, match=r"options for 'sizzer'.*did you mean 'sizer'"):
        found().configured({"sizzer": {"size": 1}})


def test_plugins_of_two_kinds_share_a_name_and_each_takes_its_own_options(install: Install) -> None:
    modules = good("pair_plugin", "pair")
    modules["pair_plugin"] += """
from zeo import GeneratorSpec

@hookimpl
def zeo_generators():
    return [GeneratorSpec(name="pair", summary="", target="pair_plugin_generator:Maker")]
"""
    modules["pair_plugin_generator"] = """
import attrs
from zeo.plugin.interfaces import Generator
from zeo.plugin.options import option

class Maker(Generator):
    @attrs.frozen
    class Options:
        steps: int = option(1, "how many")

    def sample(self, seeds, condition=None):
        yield from ()
"""
    install("zeo-pair", **modules)
    plugins = found().configured({"pair": {"size": 2.0, "steps": 7}})
    assert plugins.create("probe", "pair").options.size == 2.0
    assert plugins.create("generator", "pair").options.steps == 7
    assert len(plugins.named("pair")) == 2
    with pytest.raises(ConfigError, match="pair has no option 'stops'"):
        plugins.configured({"pair": {"stops": 1}}).create("generator", "pair")


def test_unknown_names(install: Install) -> None:
    install("zeo-good", **good("good_plugin", "sizer"))
    plugins = found()
    with pytest.raises(UnknownPluginError, match="there is no probe 'sizr': did you mean 'sizer'"):
        plugins.find("probe", "sizr")
    with pytest.raises(UnknownPluginError, match=r"there are: .*sizer.*pip install -e \."):
        plugins.find("probe", "qqqq")
    with pytest.raises(UnknownPluginError, match="no plugins of the kind 'probes': did you mean 'probe'"):
        plugins.find("probes", "sizer")


def test_probe_of_channel(install: Install) -> None:
    install("zeo-good", **good("good_plugin", "sizer"))
    plugins = found()
    assert plugins.probe_of_channel("made:sizer") is plugins.create("probe", "sizer")
    with pytest.raises(UnknownPluginError, match="no probe computes the channel 'made:sizr': did you mean"):
        plugins.probe_of_channel("made:sizr")


def test_a_channel_of_ours_stays_ours(install: Install) -> None:
    modules = good("aaa_plugin", "sizer")
    modules["aaa_plugin"] = modules["aaa_plugin"].replace("made:sizer", "energy:methane")
    install("aaa-usurper", **modules)
    assert type(found().probe_of_channel("energy:methane")).__module__.startswith("zeo_probes")


def test_allow_list(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    own = own_names()
    install("zeo-one", **good("one_plugin", "one"))
    install("zeo-two", **good("two_plugin", "two"))
    monkeypatch.setenv("ZEO_PLUGINS", "Zeo_Two, zeo-three")
    plugins = found()
    assert {entry.key for entry in plugins.entries()} == own | {("probe", "zeo-two/two")}
    assert "zeo-three: named in ZEO_PLUGINS, but no installed distribution" in reasons(plugins)
    monkeypatch.setenv("ZEO_PLUGINS", "")
    assert own_names() == {entry.key for entry in found().entries()}


def test_installed_plugins_are_read_once_and_on_request(install: Install) -> None:
    try:
        before = refreshed_plugins()
        install("zeo-good", **good("good_plugin", "sizer"))
        assert installed_plugins() is before
        assert refreshed_plugins().find("probe", "sizer")
    finally:
        installed_plugins.cache_clear()


def test_discovery_imports_nothing_heavy() -> None:
    code = "import sys, zeo.plugin.registry; zeo.plugin.registry.installed_plugins(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())
