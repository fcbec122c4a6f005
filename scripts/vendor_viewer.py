"""Fetch the viewer of atoms that report pages hold: python scripts/vendor_viewer.py

npm's own client brings the package; what it brings must be what was looked at.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "3dmol@2.5.5"

FILES = {
    "package/build/3Dmol-min.js": "f7cc78921ae72e7623e89cdd111434f58c2efddd2ffda1cd212644b406fb8016",
    "package/LICENSE": "4c6eaaed856f3f28a3b1a98e74f4a8a71618de7d51ea4155c29f6f793bcef861",
}
"""SHA-256 of each file that is kept. The licence is BSD-3-Clause, and names what 3Dmol is built on."""

HOME = Path(__file__).parents[1] / "core" / "zeo" / "page" / "viewer"


def main() -> None:
    """Write the files, or say which of them is another."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=sys.stderr)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as contents:
            for name, expected in FILES.items():
                member = contents.extractfile(name)
                data = member.read() if member else b""
                if (found := hashlib.sha256(data).hexdigest()) != expected:
                    sys.exit(f"{name} of {PACKAGE} is not the one that was looked at: SHA-256 {found}")
                (HOME / Path(name).name).write_bytes(data)


if __name__ == "__main__":
    main()
