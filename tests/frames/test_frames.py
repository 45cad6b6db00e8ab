"""Tests of the table of results."""

from __future__ import annotations

import csv
import io
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.completer import IPCompleter, provisionalcompleter

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.frames import Frame


@pytest.fixture
def frame() -> Frame:
    """Return two rows of a text, a number and a list."""
    return Frame(pa.table({"name": ["a", None], "share": [0.123456, 2.0], "ids": [["x", "y"], []]}))


def test_columns_rows_and_cells(frame: Frame) -> None:
    """A table has columns, a shape, rows and cells."""
    assert frame.columns == ["name", "share", "ids"]
    assert frame.shape == (2, 3)
    assert len(frame) == 2
    assert next(iter(frame)) == {"name": "a", "share": 0.123456, "ids": ["x", "y"]}
    assert frame["name"] == ["a", None]
    with pytest.raises(ArgumentError, match="there are name, share, ids"):
        frame["nothing"]


def test_some_columns_and_another_order(frame: Frame) -> None:
    """Columns are in the wanted order; sorting by one column is stable."""
    assert frame.select("ids", "name").columns == ["ids", "name"]
    assert frame.sort_by("share", descending=True)["share"] == [2.0, 0.123456]
    assert frame.sort_by("name")["name"] == ["a", None]
    ties = Frame(pa.table({"same": [1] * 50, "n": list(range(50))}))
    assert ties.sort_by("same")["n"] == ties.sort_by("same", descending=True)["n"] == ties["n"]
    with pytest.raises(ArgumentError, match="No column 'no'"):
        frame.select("name", "no")
    with pytest.raises(ArgumentError, match="No column 'no'"):
        frame.sort_by("no")


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ([True] * 500, r"A list of 500 .*filter\(mask\)"),
        (np.array([True] * 500), r"A ndarray of 500 .*filter\(mask\)"),
        ([], r"A list of 0 .*filter\(mask\)"),
        (["name", "share"], r"A list of 2 .*select\(\*names\)"),
    ],
)
def test_a_mask_or_several_names_are_no_column(frame: Frame, wanted: Any, hint: str) -> None:
    """The message is short, and names the method for it."""
    with pytest.raises(ArgumentError, match=hint) as caught:
        frame[wanted]
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("part", [slice(2, 5), slice(-3, None), slice(None, None, -2), slice(9, 2)])
def test_a_slice_is_a_table_of_some_rows(part: slice) -> None:
    """Slices work like those of lists, and return tables."""
    rows = list(range(8))

    assert Frame(pa.table({"n": rows}))[part]["n"] == rows[part]


def test_a_position_is_no_column(frame: Frame) -> None:
    """The error says how to get a row, or which column has a similar name."""
    with pytest.raises(ArgumentError, match=r"No column 1; .* frame\[1:2\] is a table of one row"):
        frame[1]  # type: ignore[call-overload]  # tests a wrong type
    with pytest.raises(ArgumentError, match=r"No column -1; .* frame\[-1:\] is a table of one row"):
        frame[-1]  # type: ignore[call-overload]  # tests a wrong type
    assert len(frame[-1:]) == 1
    with pytest.raises(ArgumentError, match=r"Did you mean 'share'\?"):
        frame["shares"]
    with pytest.raises(ArgumentError, match=r"No column None; there are name, share, ids\.$"):
        frame[None]  # type: ignore[call-overload]  # tests a wrong type


@given(st.data())
def test_rows_that_fit(data: st.DataObject) -> None:
    """A filter keeps the rows that a loop with the same condition keeps, in order."""
    cell = st.none() | st.integers(0, 3)
    rows = data.draw(st.lists(st.tuples(cell, st.none() | st.sampled_from("ab"))))
    n, text = [row[0] for row in rows], [row[1] for row in rows]
    frame = Frame(pa.table({"n": pa.array(n, pa.int64()), "text": pa.array(text, pa.string())}))
    mask = [data.draw(st.none() | st.booleans()) for _ in rows]
    wanted, among = data.draw(cell), data.draw(st.lists(cell))

    assert list(frame.filter(mask)) == [row for row, kept in zip(frame, mask, strict=True) if kept]
    assert list(frame.filter(n=wanted)) == [row for row in frame if row["n"] == wanted]
    assert list(frame.filter(mask, n=among, text="a")) == [
        row
        for row, kept in zip(frame, mask, strict=True)
        if kept and row["n"] in among and row["text"] == "a"
    ]


@pytest.mark.parametrize(
    "mask", [[True], [1, 0], "ab", [True, "x"], np.array([1, 0]), 5, [[True], [False]]]
)
def test_what_is_no_mask(frame: Frame, mask: Any) -> None:
    """A mask must have exactly one truth value for each row."""
    with pytest.raises(ArgumentError, match="A mask must be 2 truth values, one for each row, not"):
        frame.filter(mask)


def test_masks_of_other_libraries(frame: Frame) -> None:
    """NumPy, Arrow, pandas and polars masks are accepted."""
    for mask in (
        np.array([True, False]),
        pa.array([True, None]),
        pa.chunked_array([[True], [False]]),
        pd.Series([True, False]),
        pl.Series([True, False]),
    ):
        assert frame.filter(mask)["name"] == ["a"]


def test_a_filter_refuses_what_it_cannot_find(frame: Frame) -> None:
    """An unknown column, or a value of another type than the column, raises an error."""
    with pytest.raises(ArgumentError, match="No column 'no'"):
        frame.filter(no=1)
    with pytest.raises(ArgumentError, match="share='x' cannot match a column of type double"):
        frame.filter(share="x")


def test_notebooks_complete_names_of_columns(frame: Frame) -> None:
    """IPython completes the names of columns as keys."""
    names = {"frame": frame}
    completer = IPCompleter(namespace=names)  # type: ignore[no-untyped-call]  # IPython has no types
    with provisionalcompleter():
        found = [completion.text for completion in completer.completions('frame["s', 8)]

    assert frame._ipython_key_completions_() == ["name", "share", "ids"]
    assert any(text.startswith("share") for text in found)


def test_equality_is_by_value(frame: Frame) -> None:
    """Tables with equal columns are equal; a table cannot be hashed."""
    assert frame == Frame(frame.to_arrow())
    assert frame != frame.head(1)
    assert frame != "frame"
    with pytest.raises(TypeError):
        hash(frame)


def test_head_is_never_too_much(frame: Frame) -> None:
    """A head of too many rows has all rows, and a head of a negative number none."""
    assert len(frame.head(99)) == 2
    assert len(frame.head(-1)) == 0


def test_other_libraries_take_it(frame: Frame) -> None:
    """Arrow, pandas, polars and DuckDB read equal cells, by Arrow's stream or by methods."""
    assert pa.table(frame).equals(frame.to_arrow())
    assert pa.schema(frame).equals(frame.to_arrow().schema)
    assert pa.RecordBatchReader.from_stream(frame).read_all().equals(frame.to_arrow())
    assert pl.DataFrame(frame).equals(frame.to_polars())
    # This function reads a stream as one column of structs, which is unnested.
    unnested = pl.from_arrow(frame).struct.unnest()  # type: ignore[union-attr]  # always a Series
    assert unnested.equals(frame.to_polars())
    from_arrow = pd.DataFrame.from_arrow  # type: ignore[attr-defined]  # missing in its stubs
    assert from_arrow(frame)["share"].tolist() == frame["share"]
    with duckdb.connect() as connection:
        assert connection.from_arrow(frame).fetchall() == [tuple(row.values()) for row in frame]
    assert isinstance(frame.to_pandas(), pd.DataFrame)
    assert isinstance(frame.to_polars(), pl.DataFrame)
    assert frame.to_polars()["share"].to_list() == frame["share"]


def test_a_missing_library_is_named(frame: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which package to install."""
    monkeypatch.setattr("hummgraph.frames.frame.find_spec", lambda _: None)

    with pytest.raises(MissingDependencyError, match=r"pip install 'hummgraph\[pandas\]'"):
        frame.to_pandas()
    with pytest.raises(MissingDependencyError, match="polars is not installed"):
        frame.to_polars()


def test_text_shows_some_rows_and_says_so() -> None:
    """Long tables and wide cells are cut, rows are counted, and control characters are replaced."""
    text = str(Frame(pa.table({"n": list(range(20)), "long": ["x\x07" + "y" * 99] * 20})))

    assert "shown 10 of 20 rows" in text
    assert "x\ufffdyyy" in text
    assert "\u2026" in text
    assert max(map(len, text.splitlines())) <= 100


def test_text_of_an_empty_table() -> None:
    """An empty table has its headings only."""
    assert str(Frame(pa.table({"a": pa.array([], pa.string())}))) == "a\n-"


def test_notebook_shows_data_as_text() -> None:
    """Names and cells never become markup."""
    shown = Frame(pa.table({"<b>": ["<script>alert(1)</script>"]}))._repr_html_()

    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;" in shown


def test_representation_is_short(frame: Frame) -> None:
    """The repr has the shape and columns on one line."""
    assert repr(frame) == "<Frame 2 x 3: name, share, ids>"
    assert "x; y" in str(frame)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_csv_defuses_formulas(first: str) -> None:
    """An apostrophe is put before a text that a spreadsheet would run, unless raw is set."""
    frame = Frame(pa.table({"cell": [f"{first}1+1"], f"{first}head": [-1]}))
    safe = list(csv.reader(io.StringIO(frame.to_csv(), newline="")))
    raw = list(csv.reader(io.StringIO(frame.to_csv(raw=True), newline="")))

    assert safe == [["cell", f"'{first}head"], [f"'{first}1+1", "-1"]]
    assert raw[1][0] == f"{first}1+1"


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.none() | st.integers())))
def test_raw_csv_reads_back(rows: list[tuple[str, int | None]]) -> None:
    """A reader of CSV finds equal cells, whatever they contain."""
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


def test_csv_spells_booleans_as_other_lists_do() -> None:
    """As in TSV and JSON, in lower case; a null is empty."""
    frame = Frame(pa.table({"a": [True, None], "b": ["True", "x"]}))
    assert frame.to_csv() == frame.to_csv(raw=True) == "a,b\r\ntrue,True\r\n,x\r\n"
