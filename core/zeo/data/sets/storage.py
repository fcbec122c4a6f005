"""Files of a directory, here or in object storage (through fsspec)."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from attrs import frozen

from zeo.errors import InputError
from zeo.tools.foreign import describe


@frozen
class Storage:
    """A directory that can be read.

    Args:
        location: path or URL, as the user wrote it.
        filesystem: of fsspec.
        root: path within it.
    """

    location: str
    filesystem: Any
    root: str

    @classmethod
    def at(cls, location: str | Path) -> Storage:
        """The directory at a path or URL; nothing is read yet.

        Raises:
            InputError: the URL needs a driver that is not installed, or nobody knows its kind.
        """
        import fsspec

        text = str(location)
        try:
            filesystem, root = fsspec.core.url_to_fs(text)
        except (ImportError, ValueError) as error:
            raise InputError(f"{text}: {error}") from error
        return cls(text.rstrip("/"), filesystem, root)

    def __str__(self) -> str:
        return self.location

    def path(self, name: str) -> str:
        """Where a file is, for messages."""
        return f"{self.location}/{name}"

    def open(self, name: str) -> IO[bytes]:
        """A file of the directory.

        Raises:
            InputError: it is missing or cannot be read.
        """
        try:
            stream: IO[bytes] = self.filesystem.open(f"{self.root}/{name}", "rb")
        except FileNotFoundError as error:
            raise InputError(f"{self.path(name)}: no such file") from error
        except Exception as error:  # each driver fails in its own way
            raise InputError(f"{self.path(name)}: cannot be read ({describe(error)})") from error
        return stream

    def read(self, name: str, most: int) -> bytes:
        """All of a file.

        Args:
            name: of the file.
            most: bytes.

        Raises:
            InputError: as :meth:`open`, or a larger file.
        """
        with self.open(name) as stream:
            try:
                content = stream.read(most + 1)
            except Exception as error:  # as above
                raise InputError(f"{self.path(name)}: cannot be read ({describe(error)})") from error
        if len(content) > most:
            raise InputError(f"{self.path(name)}: larger than {most / 1e6:g} MB")
        return content
