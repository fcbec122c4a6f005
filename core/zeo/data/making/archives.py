"""Archives read member by member, in bounded memory: nothing is ever extracted to disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from zeo.errors import InputError

ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".zip")
"""How the names of archives end."""

LARGEST_MEMBER = 64 * 2**20
"""Bytes. No structure file is larger; what is would fill the memory."""

LARGEST_PASSED_OVER = 2**36
"""Bytes of a member that is not read. A header that says more lies, and to pass over it would take hours."""

LARGEST_DICTIONARY = 2**28
"""Bytes that a file of xz may have its decompressor take: four times what ``xz -9`` wants."""

LARGEST_HEADER = 2**20
"""Bytes of a long name or of other extensions of a header of a tar archive; tarfile reads them whole."""

Read = Callable[[], bytes]
"""The content of a member, to be had until the next one is asked for; raises InputError."""

_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # an encrypted member of a zip
    NotImplementedError,  # a compression that Python does not know
    ValueError,
)

_EXTENSIONS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
"""Headers that come before the one that they are of."""


def is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ENDINGS)


def members(path: Path) -> Iterator[tuple[str, Read]]:
    """The files in a tar archive (compressed or not) or a zip archive: path within it and content.

    Raises:
        DamagedArchiveError: where the archive turns out to be damaged, after the members before.
    """
    if not path.is_file():
        raise DamagedArchiveError("not a file" if path.exists() else "no such file")
    count = 0
    try:
        for name, read in _zip_members(path) if path.suffix.lower() == ".zip" else _tar_members(path):
            yield name, read
            count += 1
    except _DAMAGE as error:
        complaint = f"the archive is damaged after {count} files ({_one_line(error)})"
        raise DamagedArchiveError(complaint) from error


def _tar_members(path: Path) -> Iterator[tuple[str, Read]]:
    with _decompressed(path) as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
        while (member := archive.next()) is not None:
            del archive.members[:]  # type: ignore[attr-defined]  # 331,163 of them would fill 0.3 GB
            if not member.isdir():
                yield member.name, _reader(member.size, _opener(archive, member))


def _decompressed(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        start = file.read(6)
    for mark, opened in _COMPRESSIONS.items():
        if start.startswith(mark):
            stream: IO[bytes] = opened(path)
            return stream
    return path.open("rb")


class _Xz(io.RawIOBase):
    """A file of xz in bounded memory, which ``lzma.open`` does not offer."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._stream = lzma.LZMADecompressor(memlimit=LARGEST_DICTIONARY)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = b""
        while not content:
            compressed = self._compressed()
            if self._stream.eof:
                if not compressed:
                    break
                self._stream = lzma.LZMADecompressor(memlimit=LARGEST_DICTIONARY)  # of one more stream
            elif self._stream.needs_input and not compressed:
                raise EOFError("it ends too early")
            content = self._stream.decompress(compressed, len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def _compressed(self) -> bytes:
        """What the decompressor needs to go on; nothing where it has enough, or the file has no more."""
        if self._stream.eof and self._stream.unused_data:
            return self._stream.unused_data
        wants = self._stream.eof or self._stream.needs_input
        return self._file.read(io.DEFAULT_BUFFER_SIZE) if wants else b""

    def close(self) -> None:
        self._file.close()
        super().close()


_COMPRESSIONS: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": _Xz,
}
"""How files are opened, by the bytes that they begin with."""


class DamagedArchiveError(InputError):
    """The rest of an archive cannot be read, however much that is."""


class _Header(tarfile.TarInfo):
    """One that is damaged, which tarfile would take for the end of the archive, or that lies on sizes."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Any:
        header = super().frombuf(buf, encoding, errors)
        _check_size(header.size, LARGEST_HEADER if header.type in _EXTENSIONS else LARGEST_PASSED_OVER)
        return header

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Any:
        try:
            header = super().fromtarfile(archive)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise tarfile.ReadError(str(error)) from error
        _check_size(header.size, LARGEST_PASSED_OVER)  # an extension may have said another
        return header


def _check_size(size: int, largest: int) -> None:
    if not 0 <= size <= largest:
        raise tarfile.ReadError(f"a header says {size} bytes")


def _opener(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        content = archive.extractfile(member) if member.isreg() else None
        if content is None:
            raise InputError("a link or a device, not a file")
        return content

    return opened


def _zip_members(path: Path) -> Iterator[tuple[str, Read]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                yield member.filename, _reader(member.file_size, partial(archive.open, member))


def _reader(size: int, opened: Callable[[], IO[bytes]]) -> Read:
    def read() -> bytes:
        if size > LARGEST_MEMBER:
            raise InputError(f"{size / 2**20:.0f} MiB, too large for a structure file")
        try:
            with opened() as content:
                return content.read(size)  # and no more, whatever follows
        except _DAMAGE as error:
            raise InputError(f"damaged in the archive ({_one_line(error)})") from error

    return read


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
