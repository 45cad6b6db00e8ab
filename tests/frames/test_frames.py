"""Tests of the small table."""

from __future__ import annotations

import csv
import io

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.frames import Frame


@pytest.fixture
def frame() -> Frame:
    """Two rows of a text, a number and a list."""
    return Frame(pa.table({"name": ["a", None], "share": [0.123456, 2.0], "ids": [["x", "y"], []]}))


def test_columns_rows_and_cells(frame: Frame) -> None:
    """A table knows its columns, its shape, its rows and its cells."""
    assert frame.columns == ["name", "share", "ids"]
    assert frame.shape == (2, 3)
    assert len(frame) == 2
    assert next(iter(frame)) == {"name": "a", "share": 0.123456, "ids": ["x", "y"]}
    assert frame["name"] == ["a", None]
    with pytest.raises(ArgumentError, match="there are name, share, ids"):
        frame["nothing"]


def test_some_columns_and_another_order(frame: Frame) -> None:
    """Columns in the order asked for; rows sorted by one, equal ones left in order."""
    assert frame.select("ids", "name").columns == ["ids", "name"]
    assert frame.sort_by("share", descending=True)["share"] == [2.0, 0.123456]
    assert frame.sort_by("name")["name"] == ["a", None]
    ties = Frame(pa.table({"same": [1] * 50, "n": list(range(50))}))
    assert ties.sort_by("same")["n"] == ties.sort_by("same", descending=True)["n"] == ties["n"]
    with pytest.raises(ArgumentError, match="No column 'no'"):
        frame.select("name", "no")
    with pytest.raises(ArgumentError, match="No column 'no'"):
        frame.sort_by("no")


def test_equality_is_by_value(frame: Frame) -> None:
    """Two tables with equal columns are equal; a table is no key."""
    assert frame == Frame(frame.to_arrow())
    assert frame != frame.head(1)
    assert frame != "frame"
    with pytest.raises(TypeError):
        hash(frame)


def test_head_is_never_too_much(frame: Frame) -> None:
    """More rows than there are, or less than none, give what there is."""
    assert len(frame.head(99)) == 2
    assert len(frame.head(-1)) == 0


def test_other_libraries_take_it(frame: Frame) -> None:
    """Arrow, pandas and polars get the same cells."""
    assert pa.table(frame).equals(frame.to_arrow())
    assert isinstance(frame.to_pandas(), pd.DataFrame)
    assert isinstance(frame.to_polars(), pl.DataFrame)
    assert frame.to_polars()["share"].to_list() == frame["share"]


def test_a_missing_library_is_named(frame: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setattr("hummgraph.frames.frame.find_spec", lambda _: None)

    with pytest.raises(MissingDependencyError, match=r"pip install 'hummgraph\[pandas\]'"):
        frame.to_pandas()
    with pytest.raises(MissingDependencyError, match="polars is not installed"):
        frame.to_polars()


def test_text_shows_some_rows_and_says_so() -> None:
    """A long table is cut and counted; wide cells too; control characters show as one sign."""
    text = str(Frame(pa.table({"n": list(range(20)), "long": ["x\x07" + "y" * 99] * 20})))

    assert "shown 10 of 20 rows" in text
    assert "x\ufffdyyy" in text
    assert "\u2026" in text
    assert max(map(len, text.splitlines())) < 60


def test_text_of_an_empty_table() -> None:
    """Headings alone."""
    assert str(Frame(pa.table({"a": pa.array([], pa.string())}))) == "a\n-"


def test_notebook_shows_data_as_text() -> None:
    """Names and cells never become markup."""
    shown = Frame(pa.table({"<b>": ["<script>alert(1)</script>"]}))._repr_html_()

    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;" in shown


def test_representation_is_short(frame: Frame) -> None:
    """Shape and columns on one line."""
    assert repr(frame) == "<Frame 2 x 3: name, share, ids>"
    assert "x; y" in str(frame)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_csv_defuses_formulas(first: str) -> None:
    """A text that a spreadsheet would run gets an apostrophe, unless asked for raw."""
    frame = Frame(pa.table({"cell": [f"{first}1+1"], f"{first}head": [-1]}))
    safe = list(csv.reader(io.StringIO(frame.to_csv(), newline="")))
    raw = list(csv.reader(io.StringIO(frame.to_csv(raw=True), newline="")))

    assert safe == [["cell", f"'{first}head"], [f"'{first}1+1", "-1"]]
    assert raw[1][0] == f"{first}1+1"


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.none() | st.integers())))
def test_raw_csv_reads_back(rows: list[tuple[str, int | None]]) -> None:
    """Whatever the cells hold, a reader of CSV gets it back."""
    table = pa.table(
        {
            "text": pa.array([row[0] for row in rows], pa.string()),
            "n": pa.array([None if row[1] is None else str(row[1]) for row in rows], pa.string()),
        }
    )
    text = Frame(table).to_csv(raw=True)
    found = list(csv.reader(io.StringIO(text, newline="")))[1:]

    # A row of empty cells is written so that it is not a blank line.
    assert [(cells[0], cells[1]) for cells in found] == [
        (row[0], "" if row[1] is None else str(row[1])) for row in rows
    ]
