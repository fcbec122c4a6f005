"""A folder of structure files as a reference: their nets, computed once and kept in a cache.

The cache is one SQLite file for all folders. What a file holds is filed under the digest of its bytes, so
that a renamed, touched or copied file is not computed again, and an interrupted first run loses nothing.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path

import click
from attrs import frozen

from zeo.crystal.fingerprint import fingerprint
from zeo.crystal.io import iterate_structures, structure_files
from zeo.crystal.net import Net
from zeo.errors import ZeoError
from zeo.tools.progress import lines
from zeo_cleanup.key import topology_of

KEY_VERSION = 1
"""Raised when the keys change: old caches are then left alone and a new one is begun."""

COMMIT_EVERY = 100
"""Files between commits, in other words what an interruption can lose."""

_TABLES = """
CREATE TABLE IF NOT EXISTS nets (
    content TEXT, place TEXT, key TEXT, fingerprint TEXT, problem TEXT, PRIMARY KEY (content, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    folder TEXT, name TEXT, size INTEGER, modified INTEGER, content TEXT, PRIMARY KEY (folder, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nets_by_key ON nets (key);
CREATE INDEX IF NOT EXISTS nets_by_fingerprint ON nets (fingerprint);
CREATE INDEX IF NOT EXISTS files_by_content ON files (content);
"""


@frozen
class FolderCount:
    """What an indexed folder holds."""

    files: int
    nets: int
    unusable: int


def cache_path() -> Path:
    """The cache file, in ``$ZEO_CACHE`` or the user's folder for zeo."""
    folder = Path(os.environ.get("ZEO_CACHE") or click.get_app_dir("zeo"))
    return folder / f"nets-{KEY_VERSION}.sqlite"


class ReferenceFolder:
    """The nets of all structure files in a folder and those below it.

    Args:
        folder: it is indexed now, which takes a few milliseconds for each file that is new.

    Raises:
        InputError: it has no structure files.
        ZeoError: the cache cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        path = cache_path()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._cache = sqlite3.connect(path, timeout=60.0)
            self._cache.executescript(_TABLES)
            self._update()
        except (OSError, sqlite3.Error) as error:
            raise ZeoError(
                f"{path}: the cache of reference nets cannot be used ({error}); "
                "delete it, or set ZEO_CACHE to another folder"
            ) from error

    def by_key(self, key: str) -> str | None:
        """The first file, by name, that holds this net."""
        return self._first("key", key)

    def by_fingerprint(self, fingerprint: str) -> str | None:
        """The first file, by name, with these coordination sequences."""
        return self._first("fingerprint", fingerprint)

    def count(self) -> FolderCount:
        """How many files, nets and unusable structures there are."""
        [(files,)] = self._cache.execute("SELECT count(*) FROM files WHERE folder = ?", [str(self._folder)])
        [(nets, unusable)] = self._cache.execute(
            "SELECT count(key), count(problem) FROM files JOIN nets USING (content) WHERE folder = ?",
            [str(self._folder)],
        )
        return FolderCount(files, nets, unusable)

    def _first(self, column: str, value: str) -> str | None:
        row = self._cache.execute(
            f"SELECT name || place FROM nets JOIN files USING (content) WHERE {column} = ? AND folder = ?"
            " ORDER BY name, place LIMIT 1",
            [value, str(self._folder)],
        ).fetchone()
        return row[0] if row else None

    def _update(self) -> None:
        """Make the cache agree with the folder."""
        folder = str(self._folder)
        known = {
            name: (size, modified)
            for name, size, modified in self._cache.execute(
                "SELECT name, size, modified FROM files WHERE folder = ?", [folder]
            )
        }
        changed = []
        for file in structure_files(self._folder):
            name, stat = str(file.relative_to(self._folder)), file.stat()
            if known.pop(name, None) != (stat.st_size, stat.st_mtime_ns):
                changed.append((file, name, stat))
        self._cache.executemany(
            "DELETE FROM files WHERE folder = ? AND name = ?", [(folder, n) for n in known]
        )
        self._cache.commit()
        advance = lines(f"reading {self._folder.name}", len(changed))
        for done, (file, name, stat) in enumerate(changed, start=1):
            try:
                content = self._read(file)
            except OSError:  # unreadable, or gone in the meantime; the next run tries again
                continue
            row = (folder, name, stat.st_size, stat.st_mtime_ns, content)
            self._cache.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", row)
            if done % COMMIT_EVERY == 0:
                self._cache.commit()
            advance(name)
        self._cache.commit()

    def _read(self, file: Path) -> str:
        """File the nets of a file under the digest of its content, and return the digest."""
        # the ending counts: it decides how the bytes are read
        digest = hashlib.blake2b(file.read_bytes(), person=file.suffix.lower().encode()[:16], digest_size=16)
        content = digest.hexdigest()
        if self._cache.execute("SELECT 1 FROM nets WHERE content = ?", [content]).fetchone():
            return content
        for name, structure in iterate_structures([file]):
            place = name.removeprefix(str(file))
            key = mark = problem = None
            try:
                if isinstance(structure, ZeoError):
                    raise structure
                topology = topology_of(Net.from_structure(structure))
                key = topology.key
                mark = fingerprint(topology.sequences.tolist(), topology.multiplicities.tolist())
            except ZeoError as error:
                problem = str(error)
            row = (content, place, key, mark, problem)
            self._cache.execute("INSERT OR REPLACE INTO nets VALUES (?, ?, ?, ?, ?)", row)
        return content
