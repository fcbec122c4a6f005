"""Tables that spreadsheets open come back as they were."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zeo.tools.printing import printable
from zeo.tools.spreadsheets import FORMULAS, csv_text, data_frame_in, objects_in

WORDS = st.text(min_size=1, max_size=12).map(printable) | st.from_regex(
    r"['=+@-]{0,3}[A-Z0-9.]{1,6}", fullmatch=True
)
NAMES = WORDS | st.sampled_from(["007", "NA", "8331112", "1e5", "-CLO", "'-CLO", "nan", "None", "=1+1"])


@given(names=st.lists(NAMES, min_size=1), number=st.integers(-9, 9))
def test_names_are_neither_numbers_nor_formulas_nor_missing(names: list[str], number: int) -> None:
    text = csv_text([["name", "number"], *([name, number] for name in names)])
    assert [row["name"] for row in objects_in(text, ["name"])] == names
    assert [row["number"] for row in objects_in(text, ["name"])] == [number] * len(names)
    table = data_frame_in(text, ["name"])
    assert table["name"].tolist() == names
    assert table["number"].tolist() == [number] * len(names)


@pytest.mark.parametrize("number", [float("inf"), -float("inf"), float("nan")])
def test_what_json_has_no_number_for_is_null(number: float) -> None:
    text = csv_text([["name", "number"], ["inf", number]])
    assert objects_in(text, ["name"]) == [{"name": "inf", "number": None}]


@given(NAMES)
def test_no_spreadsheet_computes_a_cell(name: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(csv_text([[name]])))
    if cell.startswith(FORMULAS):
        float(cell)  # a number at most
