"""Fetch the JavaScript of others that zeo holds: python scripts/vendor_javascript.py

npm's own client brings the packages; what it brings must be what was looked at.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parents[1]


@frozen
class Package:
    """What is taken from a package.

    Args:
        name: with its version.
        home: folder for the files.
        files: SHA-256 of each file that is kept.
    """

    name: str
    home: Path
    files: Mapping[str, str]


PACKAGES = (
    Package(  # draws atoms on report pages; BSD-3-Clause, and its licence names what it is built on
        "3dmol@2.5.5",
        ROOT / "core" / "zeo" / "page" / "viewer",
        {
            "build/3Dmol-min.js": "f7cc78921ae72e7623e89cdd111434f58c2efddd2ffda1cd212644b406fb8016",
            "LICENSE": "4c6eaaed856f3f28a3b1a98e74f4a8a71618de7d51ea4155c29f6f793bcef861",
        },
    ),
    Package(  # judges contrast and names in tests; MPL-2.0, no part of what is installed
        "axe-core@4.14.1",
        ROOT / "tests" / "browser" / "axe",
        {
            "axe.min.js": "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
            "LICENSE": "af175b9d96ee93c21a036152e1b905b0b95304d4ae8c2c921c7609100ba8df7e",
            "LICENSE-3RD-PARTY.txt": "4f8563870d0fca38bbc3e00b6f670cb7fa9f380ba9f26a7f7d1184a6b18b1653",
        },
    ),
)


def main() -> None:
    """Write the files, or say which of them is another."""
    for package in PACKAGES:
        for path, data in fetched(package).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def fetched(package: Package) -> dict[Path, bytes]:
    """The files of a package by where they belong; ends with a line where one is another."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package.name], cwd=folder, check=True, stdout=sys.stderr)
        (archive,) = Path(folder).glob("*.tgz")
        found = {}
        with tarfile.open(archive) as contents:
            for name, expected in package.files.items():
                member = contents.extractfile(f"package/{name}")
                data = member.read() if member else b""
                if (digest := hashlib.sha256(data).hexdigest()) != expected:
                    sys.exit(f"{name} of {package.name} is not the one that was looked at: SHA-256 {digest}")
                found[package.home / Path(name).name] = data
        return found


if __name__ == "__main__":
    main()
