"""The exceptions that a user may meet. Each message says what is wrong, where, and what to do about it.

The command line prints the message of a :class:`ZeoError` on one line and exits with code 1; anything
else that escapes is a bug.
"""

from __future__ import annotations


class ZeoError(Exception):
    """Base of every error that is the input's or the environment's fault, not zeo's."""


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


class LostError(ZeoError):
    """Work whose process was killed each time that it was tried."""


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
