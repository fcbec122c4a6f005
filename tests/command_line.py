"""The command line as tests call it."""

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
