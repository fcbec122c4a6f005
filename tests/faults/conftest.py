"""Distributions with plugins, installed by hand: modules and a dist-info on the path. Drills are with the
benchmarks, where they are longer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zeo.plugin.registry import installed_plugins

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """A function that installs a distribution; returns the folder to put on the path of other processes."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.delenv("ZEO_PLUGINS", raising=False)
    installed: set[str] = set()

    def write(distribution: str, version: str = "1.0", **modules: str) -> Path:
        installed.update(modules)
        for name, source in modules.items():
            (site / f"{name}.py").write_text(source)
        info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[zeo]\nentry = {next(iter(modules))}\n")
        installed_plugins.cache_clear()
        return site

    yield write
    installed_plugins.cache_clear()
    for name in installed:
        sys.modules.pop(name, None)
