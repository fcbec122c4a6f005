"""Archives read member by member: every kind, every sort of damage."""

import gzip
import io
import lzma
import os
import random
import tarfile
import tracemalloc
import zipfile
from itertools import islice
from pathlib import Path

import pytest

from zeo.data.making import archives
from zeo.data.making.archives import members
from zeo.errors import InputError

CONTENTS = {f"cifs/{number}.cif": random.Random(number).randbytes(5000) for number in range(5)}


def write_tar(path: Path, mode: str, contents: dict[str, bytes] = CONTENTS) -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def write_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in CONTENTS.items():
            archive.writestr(name, data)
    return path


def read_all(path: Path) -> list[tuple[str, object]]:
    """Names with contents or error messages, the last of them without a name if the archive itself is bad."""
    found: list[tuple[str, object]] = []
    try:
        for name, read in members(path):
            try:
                found.append((name, read()))
            except InputError as error:
                found.append((name, str(error)))
    except InputError as error:
        found.append(("", str(error)))
    return found


def listed_only(path: Path) -> list[tuple[str, object]]:
    """The same without reading any."""
    found: list[tuple[str, object]] = []
    try:
        found += ((name, None) for name, _ in members(path))
    except InputError as error:
        found.append(("", str(error)))
    return found


@pytest.mark.parametrize(
    ("ending", "mode"), [("tar", "w"), ("tar.gz", "w:gz"), ("tar.bz2", "w:bz2"), ("tar.xz", "w:xz")]
)
def test_members_of_a_tar_archive(tmp_path, ending, mode):
    path = write_tar(tmp_path / f"a.{ending}", mode)
    assert archives.is_archive(path)
    assert read_all(path) == list(CONTENTS.items())


def test_members_of_a_zip_archive(tmp_path):
    assert read_all(write_zip(tmp_path / "a.zip")) == list(CONTENTS.items())


def test_a_name_that_comes_twice_is_two_members(tmp_path):
    path = write_tar(tmp_path / "a.tar", "w")
    with tarfile.open(path, "a") as archive:
        member = tarfile.TarInfo("cifs/0.cif")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"new"))
    found = read_all(path)
    assert [data for name, data in found if name == "cifs/0.cif"] == [CONTENTS["cifs/0.cif"], b"new"]


def test_members_may_be_passed_over_unread(tmp_path):
    path = write_tar(tmp_path / "a.tar.gz", "w:gz")
    listing = members(path)
    name, read = next(islice(listing, 3, None))
    assert (name, read()) == ("cifs/3.cif", CONTENTS["cifs/3.cif"])


def test_links_and_giants_are_refused(tmp_path, monkeypatch):
    path = write_tar(tmp_path / "a.tar", "w")
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("cifs/link.cif")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    monkeypatch.setattr(archives, "LARGEST_MEMBER", 4000)
    messages = [message for _, message in read_all(path)]
    assert all("too large" in str(message) for message in messages[:5])
    assert "link" in str(messages[5])


def test_a_truncated_archive_gives_what_it_can(tmp_path):
    whole = write_tar(tmp_path / "a.tar", "w").read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(gzip.compress(whole)[:-40])
    found = read_all(cut)
    assert found[:3] == list(CONTENTS.items())[:3]  # what tarfile reads ahead is lost
    assert "damaged after" in str(found[-1][1])


@pytest.mark.parametrize("offset", [257, 500])
def test_a_damaged_header_is_not_the_end_of_the_archive(tmp_path, offset):
    path = write_tar(tmp_path / "a.tar", "w")
    data = bytearray(path.read_bytes())
    second = 2 * (512 + 5120)  # the header of the third member: each takes 512 and 5000 bytes, rounded up
    data[second + 100 : second + 156] = b"x" * 56
    path.write_bytes(data[: second + offset] if offset == 257 else data)
    found = read_all(path)
    assert found[:2] == list(CONTENTS.items())[:2]
    assert "damaged after 2 files" in str(found[-1][1])


def test_a_damaged_member_of_a_zip_costs_only_itself(tmp_path):
    path = write_zip(tmp_path / "a.zip")
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("cifs/2.cif").header_offset
    data = bytearray(path.read_bytes())
    data[place + 45 : place + 50] = b"\xff" * 5
    path.write_bytes(data)
    found = dict(read_all(path))
    assert "damaged in the archive" in str(found.pop("cifs/2.cif"))
    assert found == {name: data for name, data in CONTENTS.items() if name != "cifs/2.cif"}


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "zip"])
def test_what_is_no_archive_is_an_error(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"This is a text, and a longer one than it looks." * 30)
    with pytest.raises(InputError, match="damaged after 0 files"):
        list(members(path))


@pytest.mark.parametrize("wants", [True, False])
def test_a_damaged_archive_lists_the_same_whether_read_or_not(tmp_path, wants):
    """A build that is taken up again passes over what it has read."""
    whole = write_tar(tmp_path / "a.tar", "w").read_bytes()
    for cut in range(600, 5 * 5632, 1700):  # each member takes 512 and 5000 bytes, rounded up
        path = tmp_path / "cut.tar"
        path.write_bytes(whole[:cut])
        *listed, last = read_all(path) if wants else listed_only(path)
        assert "damaged after" in str(last[1])
        assert [name for name, _ in listed] == list(CONTENTS)[: (cut + 5119) // 5632]


HUGE = 3 * 2**30


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.GNU_FORMAT)


LIES = {
    "a long name of 3 GiB": header("././@LongLink", HUGE, tarfile.GNUTYPE_LONGNAME),
    "extensions of 3 GiB": header("PaxHeaders/x", HUGE, tarfile.XHDTYPE),
    "extensions of all files, of 3 GiB": header("PaxHeaders/x", HUGE, tarfile.XGLTYPE),
    "a file of 8 EiB": header("x.cif", 2**63),
    "a file of 8 EiB, in an extension": (
        header("PaxHeaders/x", 29, tarfile.XHDTYPE)
        + b"29 size=9223372036854775807\n\n".ljust(512, b"\0")
        + header("x.cif", 3)
    ),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("packed", [False, True])
def test_sizes_that_lie_take_neither_time_nor_memory(tmp_path, lie, packed):
    whole = write_tar(tmp_path / "a.tar", "w").read_bytes()[: 5 * 5632]
    data = whole + LIES[lie] + bytes(10240)
    path = tmp_path / f"lie.tar{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(data) if packed else data)
    tracemalloc.start()
    *found, last = read_all(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found[:5] == list(CONTENTS.items())
    assert "damaged after" in str(last[1]) or "too large" in str(found[-1][1])
    assert most < 20 * 2**20


def test_a_member_of_a_zip_that_is_larger_than_it_says_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_MEMBER", 6000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.cif", bytes(100_000))
    size = (100_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (5000).to_bytes(4, "little")))
    ((name, found),) = read_all(path)
    assert name == "bomb.cif"
    assert isinstance(found, str)


@pytest.mark.parametrize("ending", ["tar.gz", "tar", "zip"])
def test_pipes_devices_and_folders_are_no_archives(tmp_path, ending):
    os.mkfifo(tmp_path / f"pipe.{ending}")
    (tmp_path / f"device.{ending}").symlink_to("/dev/zero")
    (tmp_path / f"folder.{ending}").mkdir()
    for kind in ("pipe", "device", "folder"):
        with pytest.raises(InputError, match="not a file"):
            list(members(tmp_path / f"{kind}.{ending}"))


def test_links_pipes_and_devices_in_an_archive_are_refused(tmp_path):
    path = write_tar(tmp_path / "a.tar", "w")
    with tarfile.open(path, "a") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE):
            member = tarfile.TarInfo(f"kind{kind.decode()}.cif")
            member.type, member.linkname = kind, "/dev/zero"
            archive.addfile(member)
    assert [found for _, found in read_all(path)][5:] == ["a link or a device, not a file"] * 5


def test_xz_streams_may_follow_each_other(tmp_path):
    data = write_tar(tmp_path / "a.tar", "w").read_bytes()
    path = tmp_path / "b.tar.xz"
    path.write_bytes(lzma.compress(data[:7000]) + lzma.compress(data[7000:]))
    assert read_all(path) == list(CONTENTS.items())


def test_xz_that_wants_gigabytes_is_refused(tmp_path):
    data = write_tar(tmp_path / "a.tar", "w").read_bytes()
    path = tmp_path / "b.tar.xz"
    path.write_bytes(lzma.compress(data, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**29}]))
    [(name, complaint)] = read_all(path)
    assert not name
    assert "emory usage limit" in str(complaint)


def test_xz_that_ends_too_early_says_so(tmp_path):
    path = write_tar(tmp_path / "b.tar.xz", "w:xz")
    path.write_bytes(path.read_bytes()[:-3000])
    assert "too early" in str(read_all(path)[-1][1])
