"""A run, data sets and a design, for the drill of kills: small ones, of real structures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from drills.killing import killed

import zeo
from zeo.crystal.cif import cif_text
from zeo.data.known.relaxed import relaxed_structure
from zeo.errors import RunDirectoryError

CODES = ("SOD", "ABW", "BIK", "CAN", "LTA", "GIS", "CHA", "RHO")


def run(out: Path) -> None:
    """Eight samples, begun or gone on with."""
    try:
        zeo.resume_run(out)
    except RunDirectoryError:  # it had not begun
        zeo.run("dataset", "pores", n=8, relax=None, batch_size=1, out=out)


def make(out: Path) -> None:
    zeo.make_data(out, 6, relax=False, seed=3)


def build(out: Path) -> None:
    cifs = out.parents[1] / "cifs"
    cifs.mkdir(exist_ok=True)
    for code in CODES:
        (cifs / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
    zeo.build_data(cifs, out=out, min_kh=0.0, jobs=1)


def design(out: Path) -> None:
    """Two new frameworks from eight known ones."""
    known = out.parents[1] / "known"
    if not known.exists():
        cifs = out.parents[1] / "known-cifs"
        cifs.mkdir()
        for code in CODES:
            (cifs / f"{code}.cif").write_text(cif_text(relaxed_structure(code), code))
        zeo.build_data(cifs, out=known, min_kh=0.0, relax=True)
    small = {"search": {"t_atoms": (4, 40)}}
    zeo.design("density<18", out=out, known=str(known), generators="search", until=2, options=small)


WORKS: dict[str, Callable[[Path], None]] = {"run": run, "make": make, "build": build, "design": design}


def contents(out: Path) -> dict[str, bytes]:
    """All files but logs and what killed writers left."""
    files = (file for file in out.rglob("*") if file.is_file())
    return {
        file.relative_to(out).as_posix(): file.read_bytes()
        for file in files
        if file.name != "log.txt" and not file.name.startswith(".")
    }


def drill(name: str, folder: Path, kills: int) -> Iterator[str]:
    """What became of some kills of a run, of a data set that is made or built, or of a design."""
    return killed(WORKS[name], contents, folder, kills)
