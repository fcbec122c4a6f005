"""The exceptions that a user may meet. Each message says what is wrong, where, and what to do about it.

The command line prints the message of a :class:`ZeoError` on one line and exits with code 1; anything
else that escapes is a bug.
"""

from __future__ import annotations

LONGEST_MESSAGE = 1000
"""Characters; what a user typed or a file holds may be longer than anybody wants to read back."""


def shortened(text: str) -> str:
    """A message of any length as one that can be read: what is wrong and what to do stay, at its two ends."""
    if len(text) <= LONGEST_MESSAGE:
        return text
    end = LONGEST_MESSAGE // 2
    return f"{text[:end]} ... ({len(text) - 2 * end:,} characters left out) ... {text[-end:]}"


class ZeoError(Exception):
    """Base of every error that is the input's or the environment's fault, not zeo's.

    Args:
        message: what is wrong, where, and what to do; shortened where it is very long.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(shortened(str(message)))


class ConfigError(ZeoError):
    """An option, unit, target or configuration file that makes no sense."""


class InputError(ZeoError):
    """A file or a structure that cannot be used: corrupt, empty, of the wrong species, partially occupied."""


class GridError(ZeoError):
    """A grid with the wrong shape, channels or values."""


class RunDirectoryError(ZeoError):
    """A run directory that cannot be written, or that belongs to another configuration."""


class BusyError(ZeoError):
    """A directory that another process is working in."""


class StoppedError(ZeoError):
    """Work that a signal ended after it was saved.

    Args:
        message: what was saved, and where.
        signal: that ended it.
    """

    def __init__(self, message: str, signal: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal
        """As shells expect it."""


class LostError(ZeoError):
    """Work whose process was killed each time that it was tried."""


class NotSteerableError(ConfigError):
    """A target that nothing can be steered by; it can still be measured and ranked by."""


class PluginError(ZeoError):
    """Base of everything that can go wrong with a plugin."""


class UnknownPluginError(PluginError):
    """No installed plugin of that kind has that name."""


class AmbiguousPluginError(PluginError):
    """Two distributions declare the same name; ``distribution/name`` picks one."""


class PluginLoadError(PluginError):
    """The plugin's code could not be imported."""


class RequirementError(PluginLoadError):
    """Something that the plugin requires is not installed."""


class PluginTypeError(PluginError):
    """The plugin is not what its kind requires."""


class PluginVersionError(PluginError):
    """The plugin was written for another version of zeo's plugin interface."""
