"""Tests of names of tables that are found by their columns."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.errors import ArgumentError, FormatError
from tests.support.builders import catalogue, uid


def unnamed(tables: dict[str, list[str]]) -> hg.LinkGraph:
    """Return a graph of tables whose columns are known and whose names are not."""
    places = [f"db/{table}.{column}" for table, columns in tables.items() for column in columns]
    rows = catalogue(places)
    del rows["tables"]
    return hg.LinkGraph(hg.read_links([], catalogue=rows))


def listed(tables: dict[str, list[str]]) -> list[dict[str, str]]:
    """Return an information schema of tables."""
    return [
        {"TABLE_SCHEMA": "s", "TABLE_NAME": table, "COLUMN_NAME": column}
        for table, columns in tables.items()
        for column in columns
    ]


@given(
    st.dictionaries(
        st.sampled_from(["t1", "t2", "t3"]),
        st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True),
        min_size=1,
    ),
    st.dictionaries(
        st.sampled_from(["x", "y", "z"]),
        st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True),
        max_size=3,
    ),
)
def test_names_are_those_of_the_best_listed_tables(
    tables: dict[str, list[str]], known: dict[str, list[str]]
) -> None:
    """A name is the one of most common columns, by a margin, and is given once."""
    found = hg.find_table_names(unnamed(tables), listed(known))

    assert len(set(found.names.values())) == len(found.names)
    for table, columns in tables.items():
        shares = sorted(
            (
                (len({*columns} & {*other}) / len({*columns} | {*other}), f"s.{name}")
                for name, other in known.items()
            ),
            key=lambda one: (-one[0], one[1]),
        )
        shares = [*shares, (0.0, ""), (0.0, "")]
        name = found.names.get(uid(f"db/{table}"))
        if name is not None:
            assert shares[0][1] == name
            assert shares[0][0] >= 0.5
            assert shares[0][0] - shares[1][0] >= 0.1
        elif shares[0][0] >= 0.5 and shares[0][0] - shares[1][0] >= 0.1:
            assert shares[0][1] in found.names.values()
    assert len(found.matches) == len(tables)


def test_tables_of_several_libraries_are_read() -> None:
    """Rows, a table of pandas, and columns without a schema."""
    given_graph = unnamed({"t": ["a", "b"]})
    rows = listed({"x": ["A", "B"]})
    names = {uid("db/t"): "s.x"}
    assert hg.find_table_names(given_graph, rows).names == names
    assert hg.find_table_names(given_graph, pd.DataFrame(rows)).names == names
    bare = [{"table": "x", "column": name} for name in ("a", "b", None)]
    assert hg.find_table_names(given_graph, bare).names == {uid("db/t"): "x"}
    assert "1 of 1 table without a name" in repr(hg.find_table_names(given_graph, rows))
    assert "s.x" in str(hg.find_table_names(given_graph, rows))


def test_names_make_a_snapshot_readable() -> None:
    """The names found are valid for a catalogue."""
    given_graph = unnamed({"t": ["a", "b"]})
    found = hg.find_table_names(given_graph, listed({"x": ["A", "B"]}))
    named = given_graph.snapshot.catalogue.with_names(found.names)
    assert set(named.names.values()) == {"s.x"}


@pytest.mark.parametrize("columns", [3, ["x"], "columns.csv"])
def test_other_values_are_refused(columns: Any) -> None:
    """A value that is no table of columns is refused, with an example of a row."""
    with pytest.raises((ArgumentError, FormatError)):
        hg.find_table_names(unnamed({"t": ["a"]}), columns)


def test_a_system_is_a_system() -> None:
    """A table is not one."""
    given_graph = unnamed({"t": ["a"]})
    with pytest.raises(ArgumentError, match="is not a system"):
        hg.find_table_names(given_graph, [], system=uid("db/t"))
    with pytest.raises(FormatError, match="has no 'table'; its columns are x"):
        hg.find_table_names(given_graph, [{"x": 1}], system="db")
    assert hg.find_table_names(given_graph, []).names == {}
