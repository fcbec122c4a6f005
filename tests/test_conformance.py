"""Every plugin that zeo ships keeps the promises that it asks of others."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_all_of_zeo_s_own_plugins_conform() -> None:
    command = [
        sys.executable,
        "-m",
        "zeo",
        "plugins",
        "check",
    ]  # a process of its own: compiled code may crash
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
