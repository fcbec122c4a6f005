"""Every plugin that zeo ships keeps the promises that it asks of others."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHECK_ALL = """
from zeo.errors import RequirementError
from zeo.plugin.registry import installed_plugins
from zeo.testing import check_plugin

found = installed_plugins()
plugins = found.configured({f"{entry.kind}:{entry.name}": entry.spec.quick for entry in found.entries()})
for entry in plugins.entries():
    print(entry, flush=True)
    try:
        plugin = plugins.create(entry.kind, entry.name)
    except RequirementError as error:  # an extra
        print(error, flush=True)
        continue
    check_plugin(entry.kind, plugin, entry.spec)
"""


@pytest.mark.slow
def test_all_of_zeo_s_own_plugins_conform() -> None:
    command = [sys.executable, "-c", CHECK_ALL]  # a process of its own: compiled code may crash
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
