"""Damaged files of every kind that zeo reads, and what the commands that read them make of each.

A command may give a right answer, or one line and a non-zero exit code; never a traceback, an "unexpected"
error or no end.
"""

from __future__ import annotations

import copy
import io
import json
import math
import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from click.testing import CliRunner
from kept import loosen

from zeo.cli import main
from zeo.data.making import build

HANG = 10
"""Seconds after which a command counts as hanging, on a machine that does nothing else."""

TOKENS = (
    *(b"nan", b"inf", b"-1", b"0", b"1e999", b"-1e308", b"99999999999999999999", b"1e-320", b"9" * 5000),
    *(
        b"\0",
        b"\n",
        b"\r",
        b"\xff\xfe",
        b"\x1b[2J",
        b"'",
        b'"',
        b"#",
        b"_",
        b"[" * 3000,
        b"{",
        b"}",
        b"=",
        b",",
    ),
)

VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1.5, 10**30, 1e308, -1e-320, "", "x" * 2000, "\x1b[2J", "../..", "\ud800"),
    *([], {}, [None], [[]] * 3, {"": None}, ["a", 1], {"a": {"b": {}}}),
)

RAW = ("[" * 100_000, "9" * 5000, "1e999", "NaN", "-Infinity", '"\\ud800"')
"""What JSON text can hold and Python does not write."""


@frozen
class Subject:
    """A file that is damaged, and the commands that read it.

    Args:
        name: of the kind.
        folder: with the file and what goes with it, sound.
        file: within the folder.
        commands: with ``{}`` in place of the folder.
    """

    name: str
    folder: Path
    file: str
    commands: tuple[tuple[str, ...], ...]

    def damaged(self, rng: random.Random) -> bytes:
        """The content of the file with a few changes."""
        data = (self.folder / self.file).read_bytes()
        if self.file.endswith(".json") and rng.random() < 0.6:
            return damaged_json(data, rng)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            data = rng.choice(CHANGES)(data, rng)
        return data


@frozen
class Finding:
    """What should not have happened."""

    kind: str
    subject: str
    command: str
    detail: str


def damaged_json(data: bytes, rng: random.Random) -> bytes:
    """A document in which one node is another value, or is missing."""
    document = [copy.deepcopy(json.loads(data))]
    holder, key = rng.choice(list(_nodes(document)))
    choice = rng.random()
    if choice < 0.2 and holder is not document:
        del holder[key]
        return json.dumps(document[0]).encode()
    if choice < 0.8:
        holder[key] = copy.deepcopy(rng.choice(VALUES))
        return json.dumps(document[0]).encode()
    holder[key] = "@raw@"
    return json.dumps(document[0]).replace('"@raw@"', rng.choice(RAW)).encode()


def _nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _nodes(value[key])


def _place(data: bytes, rng: random.Random) -> int:
    return rng.randrange(len(data) + 1)


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    start = _place(data, rng)
    return data[:start] + data[start + rng.choice((1, 3, 20, 200)) :]


def _end(data: bytes, rng: random.Random) -> bytes:
    return data[: _place(data, rng)]


def _insert(data: bytes, rng: random.Random) -> bytes:
    place = _place(data, rng)
    return data[:place] + rng.choice(TOKENS) + data[place:]


def _repeat(data: bytes, rng: random.Random) -> bytes:
    start = _place(data, rng)
    piece = data[start : start + rng.choice((5, 50, 500))]
    return data[:start] + piece * rng.choice((2, 20)) + data[start:]


def _word(data: bytes, rng: random.Random) -> bytes:
    """Another word, or number, in place of one."""
    words = data.split(b" ")
    words[rng.randrange(len(words))] = rng.choice((*TOKENS, rng.choice(words)))
    return b" ".join(words)


def _swap_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    lines.insert(rng.randrange(len(lines) + 1), lines.pop(rng.randrange(len(lines))))
    return b"\n".join(lines)


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _cut, _end, _insert, _repeat, _word, _swap_lines),
)


def subjects(folder: Path) -> list[Subject]:
    """One for each kind of file, with sound files in folders below this one."""
    kinds = (_structures, _grids, _runs, _data_sets, _settings)
    return [subject for kind in kinds for subject in kind(folder)]


def _structures(folder: Path) -> Iterator[Subject]:
    """A framework in each format of the registry that something here can write."""
    import ase.io

    import zeo
    from zeo.crystal.formats.reading import BY_LIBRARIES
    from zeo.crystal.io import SUFFIXES

    structure = zeo.read("SOD")
    texts: dict[str, bytes] = {}
    for form in ("cif", "cssr", "gulp", "lammps", "poscar", "extxyz"):
        conversion = zeo.convert("SOD", form)
        for name, content in conversion.files.items():
            texts[Path(name).suffix or ".vasp"] = content
    for suffix, form in (*BY_LIBRARIES.items(), (".res", "res"), (".pdb", "proteindatabank")):
        if suffix not in texts:
            path = folder / f"written{suffix}"
            with_calculator = structure.to_ase()
            ase.io.write(path, with_calculator, format=form)
            texts[suffix] = path.read_bytes()
    texts[".json"] = structure.to_pymatgen().to_json().encode()
    texts[".v1"] = _v1(structure).encode()
    texts[".cuc"] = _cuc(structure).encode()
    known = (*SUFFIXES, ".json")
    for suffix in sorted(set(texts) & set(known)):
        place = folder / f"structure{suffix}"
        place.mkdir()
        (place / f"a{suffix}").write_bytes(texts[suffix])
        yield Subject(suffix, place, f"a{suffix}", (("identify", "{}/" + f"a{suffix}"),))


def _v1(structure: Any) -> str:
    rows = [f"v{axis}: {_numbers(row)}" for axis, row in zip("abc", structure.lattice, strict=True)]
    atoms = _atoms(structure.species, structure.cart_coords)
    return "\n".join(["Unit cell vectors:", *rows, str(len(atoms)), *atoms]) + "\n"


def _cuc(structure: Any) -> str:
    cell = _numbers((*structure.lengths, 90.0, 90.0, 90.0))
    atoms = _atoms(structure.species, structure.frac_coords)
    return "\n".join(["Processing: a.cif", f"Unit_cell: {cell}", *atoms]) + "\n"


def _atoms(species: Any, coords: Any) -> list[str]:
    return [f"{element} {_numbers(xyz)}" for element, xyz in zip(species, coords, strict=True)]


def _numbers(values: Any) -> str:
    return " ".join(f"{value:.6f}" for value in values)


def _grids(folder: Path) -> Iterator[Subject]:
    import zeo

    for form, suffixes in (("npz", (".npz",)), ("griday", (".grid", ".griddata"))):
        conversion = zeo.convert("SOD", form, grid_size=8)
        for suffix in suffixes:
            place = folder / f"grid{suffix}"
            place.mkdir()
            for name, content in conversion.files.items():
                (place / f"a{Path(name).suffix}").write_bytes(content)
            main_file = "a.npz" if form == "npz" else "a.grid"
            command = ("convert", "{}/" + main_file, "--to", "cif", "--out", "{}/out", "--force")
            yield Subject(suffix, place, f"a{suffix}", (command,))


def _archives(folder: Path) -> Iterator[Subject]:
    import tarfile
    import zipfile

    import zeo

    contents = zeo.convert("SOD", "cif").files | zeo.convert("ABW", "cif").files
    for suffix, mode in ((".tar", "w"), (".tar.gz", "w:gz"), (".tar.bz2", "w:bz2"), (".tar.xz", "w:xz")):
        place = folder / f"archive{suffix}"
        place.mkdir()
        with tarfile.open(place / f"a{suffix}", mode) as archive:
            for name, content in contents.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        yield _archive(suffix, place)
    place = folder / "archive.zip"
    place.mkdir()
    with zipfile.ZipFile(place / "a.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in contents.items():
            zipped.writestr(name, content)
    yield _archive(".zip", place)


def _archive(suffix: str, place: Path) -> Subject:
    command = ("data", "build", "{}/a" + suffix, "--out", "{}/set", "--min-kh", "0")
    return Subject(suffix, place, f"a{suffix}", (command,))


def _runs(folder: Path) -> Iterator[Subject]:
    place = folder / "run"
    place.mkdir()
    options = (
        "--generator",
        "dataset",
        "--set",
        "dataset.source=iza",
        "--set",
        "dataset.max_t=12",
        "-n",
        "2",
    )
    invoke("run", *options, "--relax", "none", "--out", str(place / "run"))
    evaluate = (("evaluate", "{}/run", "--json"),)
    old = place / "old"
    shutil.copytree(place / "run", old)
    loosen(old)
    record = min((old / "candidates").iterdir()).name
    yield Subject("run.json", place, "run/run.json", evaluate)
    yield Subject("part", place, "run/records/part-000000.parquet", evaluate)
    yield Subject("record", place, f"old/candidates/{record}", (("evaluate", "{}/old", "--json"),))
    yield Subject("log.txt", place, "run/log.txt", evaluate)


def _data_sets(folder: Path) -> Iterator[Subject]:
    place = folder / "data"
    place.mkdir()
    cifs = place / "cifs"
    cifs.mkdir()
    invoke("convert", "SOD", "LTA", "--to", "cif", "--out", str(cifs))
    invoke("data", "build", str(cifs), "--out", str(place / "set"))
    shutil.rmtree(cifs)
    export = (
        ("data", "export", "{}/set", "--out", "{}/x.xyz"),
        ("data", "export", "{}/set", "--out", "{}/x.db"),
    )
    yield Subject("dataset.json", place, "set/dataset.json", export)
    yield Subject("parquet", place, "set/frameworks/part-00000.parquet", export)


def _killed_builds(folder: Path) -> Iterator[Subject]:
    """What a build has written when it is killed, which the next one goes on with."""
    place = folder / "building"
    cifs = folder / "cifs"
    place.mkdir()
    invoke("convert", "SOD", "ABW", "--to", "cif", "--out", str(cifs))
    command = ("data", "build", str(cifs), "--out", "{}/set", "--min-kh", "0")
    _killed_before_the_parts([word.replace("{}", str(place)) for word in command])
    for file in ("chunk-00000.json", "rows/dataset.json", "rows/frameworks/part-00000.parquet"):
        assert (place / "set" / build.BUILDING / file).is_file()
        yield Subject(f"chunk {Path(file).suffix}", place, f"set/{build.BUILDING}/{file}", (command,))


def _killed_before_the_parts(arguments: list[str]) -> None:
    child = os.fork()
    if child == 0:
        build._write_parts = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        invoke(*arguments)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _settings(folder: Path) -> Iterator[Subject]:
    import zeo_probes

    place = folder / "toml"
    place.mkdir()
    # a folder that is in use ends the command once all has been read
    (place / "run.toml").write_text(
        'generator = "dataset"\nn = 1\nrelax = "none"\nseed = 3\ntargets = ["void_fraction=0.1"]\n'
        '[options.dataset]\nsource = "iza"\nmax_t = 12\nnoise = 0.1\n'
    )
    yield Subject("run.toml", place, "run.toml", (("run", "--config", "{}/run.toml", "--out", "{}"),))
    packaged = Path(str(zeo_probes.__file__)).parent / "data" / "force_fields.toml"
    (place / "forces.toml").write_bytes(packaged.read_bytes())
    command = (
        "probe",
        "SOD",
        "--probe",
        "methane",
        "--grid-size",
        "4",
        "--set",
        "methane.force_field={}/forces.toml",
    )
    yield Subject("force field", place, "forces.toml", (command,))


def costly(folder: Path) -> Iterator[Subject]:
    """Those that start processes or take torch, hence seconds."""
    for kind in (_archives, _killed_builds, _models, _trainings):
        yield from kind(folder)


def _models(folder: Path) -> Iterator[Subject]:
    from zeo.plugin.registry import installed_plugins
    from zeo.plugin.weights import weights_of

    shipped = weights_of("zeogan", None, installed_plugins())
    assert shipped is not None
    place = folder / "model"
    shutil.copytree(shipped, place / "weights")
    run = ("run", "--generator", "zeogan", "--checkpoint", "{}/weights", "-n", "1", "--relax", "none")
    for name in ("model.json", "weights.safetensors"):
        yield Subject(name, place, f"weights/{name}", ((*run, "--out", "{}/run"),))


def _trainings(folder: Path) -> Iterator[Subject]:
    """The state of a training, which the same command goes on with."""
    place = folder / "training"
    place.mkdir()
    cifs = folder / "learned"
    invoke("convert", "SOD", "ABW", "--to", "cif", "--out", str(cifs))
    small = ("width=8", "layers=1", "batch=2", "accelerator=cpu", "draw_every=0")
    settings = (word for setting in small for word in ("--set", setting))
    command = ("train", "zeosym", "--data", str(cifs), "--out", "{}/out", *settings)
    invoke(*(word.replace("{}", str(place)) for word in command), "--set", "zeosym.steps=2")
    for name in ("state.safetensors", "model.json"):
        yield Subject(f"training {name}", place, f"out/{name}", ((*command, "--set", "zeosym.steps=3"),))


def invoke(*arguments: str) -> None:
    """Run a command that has to succeed."""
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, (arguments, done.output)


def tried(subject: Subject, rng: random.Random, place: Path) -> Iterator[Finding]:
    """Damage the file once, and run the commands."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(subject.folder, place)
    damaged = subject.damaged(rng)
    (place / subject.file).write_bytes(damaged)
    command = rng.choice(subject.commands)
    kind, detail = outcome([word.replace("{}", str(place)) for word in command])
    if kind:
        yield Finding(kind, subject.name, " ".join(command), detail)


def outcome(arguments: list[str]) -> tuple[str, str]:
    """What is wrong with how a command ended, and more of it; two empty texts where nothing is."""
    try:
        with _alarm():
            done = CliRunner().invoke(main, arguments)
    except _HangsError:
        return "hang", ""
    printed = done.stdout + done.stderr
    if "Error: unexpected" in printed:
        return "unexpected", next(line for line in printed.splitlines() if "unexpected" in line)
    if "Traceback" in printed or not isinstance(done.exception, SystemExit | None):
        return "traceback", f"{done.exception!r} {printed[-500:]}"
    if done.exit_code and not printed.strip():
        return "silence", f"exit code {done.exit_code}"
    return "", ""


class _HangsError(BaseException):
    pass


@contextmanager
def _alarm() -> Iterator[None]:
    def ring(*_: Any) -> None:
        raise _HangsError

    before = signal.signal(signal.SIGALRM, ring)
    others = os.getloadavg()[0] / (os.cpu_count() or 1)
    signal.alarm(math.ceil(HANG * max(1.0, others)))
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
