"""The data blocks of a CIF, of those that keep to its grammar and of those that do not.

What keeps to the grammar (S. R. Hall, F. H. Allen and I. D. Brown, Acta Cryst. A47 (1991) 655) is read by
gemmi. What does not is read once more, line by line: a tag and the rest of its line, a row of a loop on each
line. So words without quotes, names of blocks with blanks and loops without rows are understood, while a row
that is longer or shorter than its loop is an error in every loop that matters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import field, frozen

from zeo.crystal.formats.lines import LONGEST_LINE, shortened
from zeo.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@frozen
class Loop:
    """A table.

    Args:
        tags: of its columns, as :func:`tag_key` gives them.
        rows: values without their quotes.
    """

    tags: tuple[str, ...]
    rows: Sequence[Sequence[str]]


@frozen
class Block:
    """A data block.

    Args:
        name: in the file.
        items: every value that is given to a tag outside of loops, in order; the tags as :func:`tag_key`
            gives them.
        loops: its tables.
    """

    name: str
    items: dict[str, list[str]] = field(factory=dict)
    loops: list[Loop] = field(factory=list)

    def value(self, *tags: str) -> str | None:
        """What the first of some tags that says anything says.

        Raises:
            InputError: a tag that says two things.
        """
        for tag in tags:
            said = {value for value in self.column(tag) if not says_nothing(value)}
            if len(said) > 1:
                first, second = sorted(said)[:2]
                raise InputError(f"_{tag} is given twice: {shortened(first)} and {shortened(second)}")
            if said:
                return said.pop()
        return None

    def column(self, *tags: str) -> list[str]:
        """The values of the first of some tags that is there, in a loop or not."""
        for tag in tags:
            for loop in self.loops:
                if tag in loop.tags:
                    index = loop.tags.index(tag)
                    return [row[index] for row in loop.rows]
            if tag in self.items:
                return self.items[tag]
        return []

    def loop_with(self, tag: str) -> Loop | None:
        """The table that has a column.

        Raises:
            InputError: two have it, or it has the column twice.
        """
        found = [loop for loop in self.loops if tag in loop.tags]
        if len(found) > 1 or any(loop.tags.count(tag) > 1 for loop in found):
            raise InputError(f"_{tag} is given twice")
        return found[0] if found else None


def says_nothing(value: str) -> bool:
    """Whether a value is unknown (``?``) or inapplicable (``.``)."""
    return value == "." or not value.strip("?")


def cif_blocks(data: bytes) -> list[Block]:
    """The data blocks of a CIF, in order.

    Raises:
        InputError: it has none that can be told apart, or is no text.
    """
    text = decoded(data)
    if "\0" in text:
        raise InputError("not a valid CIF (it holds zero bytes)")
    try:
        return _strict(text)
    except (RuntimeError, ValueError) as error:
        blocks = _tolerant(text)
        if not any(loop.rows for block in blocks for loop in block.loops):
            raise InputError(f"not a valid CIF ({_place(error)})") from error
        return blocks


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or an encoding of Windows, with line feeds alone.

    Raises:
        InputError: lines that are too long for a structure file.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\x1a")
    longest = max(map(len, text.split("\n")))
    if longest > LONGEST_LINE:
        raise InputError(f"a line of {longest} characters: not a structure file")
    return text


def tag_key(tag: str) -> str:
    """A tag as it is compared: in lower case, without its underscore, newer CIFs' dots as underscores."""
    return tag.removeprefix("_").lower().replace(".", "_")


def _place(error: Exception) -> str:
    """gemmi's complaint with the line that it names."""
    complaint = str(error).splitlines()[0].removeprefix("string:").lstrip()
    return re.sub(r"^(\d+).*?:\s*(?=[^:]*$)", r"line \1: ", complaint)


def _strict(text: str) -> list[Block]:
    import gemmi

    blocks = []
    # names and tags that come twice are told apart here, or looked at where they matter
    document: Any = gemmi.cif.read_string(text, check_level=0)
    for found in document:
        block = Block(found.name)
        for item in found:
            if item.pair is not None:
                tag, value = item.pair
                block.items.setdefault(tag_key(tag), []).append(_plain(value))
            elif item.loop is not None:
                block.loops.append(_of_gemmi(item.loop))
        blocks.append(block)
    return blocks


def _of_gemmi(loop: Any) -> Loop:
    width = loop.width()
    values = [_plain(value) for value in loop.values]
    rows = [values[start : start + width] for start in range(0, len(values), width)]
    return Loop(tuple(map(tag_key, loop.tags)), rows)


def _plain(value: str) -> str:
    import gemmi

    # a null is '' to gemmi; here it stays what the file says
    return value if value in ("?", ".") else str(gemmi.cif.as_string(value)).strip()


def _tolerant(text: str) -> list[Block]:
    """The blocks of a file that does not keep to the grammar.

    Raises:
        InputError: a row that does not fit its loop, or a text without an end.
    """
    blocks = [Block("")]
    header: list[str] | None = None
    rows: list[tuple[int, str]] = []
    tag: str | None = None

    def end_loop() -> None:
        nonlocal header, rows
        if header:
            blocks[-1].loops.append(_loop(header, rows))
        header, rows = None, []

    for number, line in _lines(text):
        first, _, rest = line.partition(" ")
        keyword = first.lower()
        if keyword.startswith(("data_", "save_", "global_", "stop_")):
            end_loop()
            tag = None
            if keyword.startswith("data_"):
                blocks.append(Block(line[5:].strip()))
        elif keyword == "loop_":
            end_loop()
            header, tag = [tag_key(word) for word in rest.split()], None
        elif first.startswith("_"):
            words = rest.split()
            if header is not None and not rows and all(word.startswith("_") for word in words):
                header += map(tag_key, (first, *words))
                continue
            end_loop()
            tag = tag_key(first)
            blocks[-1].items.setdefault(tag, []).append(_unquoted(rest.strip()))
        elif header:
            rows.append((number, line))
        elif tag is not None:
            values = blocks[-1].items[tag]
            values[-1] = f"{values[-1]} {_unquoted(line)}".strip()
    end_loop()
    return blocks


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that hold something, with their numbers; a text between semicolons is one line in quotes."""
    begun: int | None = None
    held: list[str] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        if begun is not None:
            if raw.startswith(";"):
                yield begun, f'"{" ".join(held).replace(chr(34), chr(39))}"'
                begun, held = None, []
            else:
                held.append(raw.strip())
        elif raw.startswith(";"):
            begun, held = number, [raw[1:].strip()]
        else:
            line = raw.replace("\t", " ").strip()
            if line and not line.startswith("#"):
                yield number, line
    if begun is not None:
        raise InputError(f"line {begun}: a text that begins with ; and does not end")


def _loop(tags: list[str], lines: list[tuple[int, str]]) -> Loop:
    """A table of one row on each line; of tables that no structure is read from, rows that do not fit go.

    Raises:
        InputError: a row of atoms that does not fit.
    """
    rows = []
    for number, line in lines:
        words = _words(line)
        if any("as_xyz" in tag or "operation_xyz" in tag for tag in tags) and len(words) > len(tags) <= 2:
            # x, y, z without quotes, after the number of the operation
            words = [*words[: len(tags) - 1], "".join(words[len(tags) - 1 :])]
        if len(words) == len(tags):
            rows.append(words)
        elif any(tag.startswith(("atom_site_", "symmetry_", "space_group_")) for tag in tags):
            raise InputError(f"line {number}: {len(words)} values in a row, but {len(tags)} columns")
    return Loop(tuple(tags), rows)


def _words(line: str) -> list[str]:
    """The words of a line, with what is in quotes as one of them; a # after a blank begins a comment."""
    words = []
    start = 0
    while start < len(line):
        if line[start] == " ":
            start += 1
            continue
        if line[start] == "#":
            break
        end = _closing(line, start) if line[start] in "'\"" else None
        if end is None:
            end = line.find(" ", start)
            end = len(line) if end < 0 else end
            words.append(line[start:end])
        else:
            words.append(line[start + 1 : end].strip())
            end += 1
        start = end
    return words


def _closing(line: str, start: int) -> int | None:
    """Where what is quoted from ``start`` ends: at the same quote before a blank or the end of the line."""
    end = line.find(f"{line[start]} ", start + 1)
    if end < 0 and line.endswith(line[start]) and len(line) - 1 > start:
        return len(line) - 1
    return end if end >= 0 else None


def _unquoted(value: str) -> str:
    """A value with what is around it left out: quotes, or a comment."""
    words = _words(value)
    return words[0] if len(words) == 1 else " ".join(words)
