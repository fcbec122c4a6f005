"""Archives read member by member: every kind, every sort of damage."""

import gzip
import io
import random
import tarfile
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
