"""The command line as tests call it."""

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from zeo.cli import main


def run_zeo(*arguments: object) -> Result:
    """However it ends."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def done(*arguments: object, exit_code: int = 0) -> Result:
    """What ends with this exit code."""
    result = run_zeo(*arguments)
    assert result.exit_code == exit_code, result.output
    return result


LIMITED = """
import resource, signal, sys
from zeo.__main__ import main

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
main()
"""


def limited(size: int, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, where no file can be larger than so many bytes."""
    command = [sys.executable, "-c", LIMITED, str(size), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
