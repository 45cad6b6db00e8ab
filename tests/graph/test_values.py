"""Tests of values that other programs give back: what is read, and what is refused by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.graph.columns import LINK_COLUMNS, NODE_COLUMNS
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.values import check_json, is_null, read_columns
from tests.support import builders
from tests.support.builders import uid

LINK = {
    "link_id": [uid("one"), uid("two")],
    "source": [uid("a"), uid("a")],
    "target": [uid("b"), uid("b")],
    "link_type": ["PROBABILISTIC", "PROBABILISTIC"],
    "status": ["SUGGESTED", "SUGGESTED"],
}
NODE = {"node_id": [uid("a")], "level": ["table"], "name": ["t"]}


def links(**columns: Any) -> pa.Table:
    """Return links that are read of columns."""
    return read_columns({**LINK, **columns}, LINK_COLUMNS, "links")


def refused(**columns: Any) -> str:
    """Return what the error says of links."""
    with pytest.raises(FormatError) as caught:
        links(**columns)
    return caught.value.message


@pytest.mark.parametrize(
    ("given_", "read"),
    [
        ([0.5, 1], [0.5, 1.0]),
        (["0.5", " 1 "], [0.5, 1.0]),
        ([np.float32(0.5), None], [0.5, None]),
        ([float("nan"), pd.NA], [None, None]),
        (["", "0.25"], [None, 0.25]),
        (pa.array([1, 0], pa.int8()), [1.0, 0.0]),
        (pa.array([0.5, float("nan")]), [0.5, None]),
        (pa.array(["0.5", ""]), [0.5, None]),
        (pa.chunked_array([[0.5], [None]]), [0.5, None]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_numbers_are_read_in_any_spelling(given_: Any, read: list[float | None]) -> None:
    """As Python values or a column of Arrow; NaN and an empty text are null."""
    assert links(confidence=given_).column("confidence").to_pylist() == read


@pytest.mark.parametrize(
    "given_",
    [
        ["2026-01-05T09:30:00Z", None],
        [datetime(2026, 1, 5, 9, 30, tzinfo=UTC), pd.NaT],
        [pd.Timestamp("2026-01-05 10:30:00+01:00"), ""],
        pa.array([datetime(2026, 1, 5, 9, 30), None], pa.timestamp("ms")),  # noqa: DTZ001 - naive is UTC
        pa.array(["2026-01-05 09:30:00", ""]),
    ],
)
def test_times_are_read_in_any_spelling(given_: Any) -> None:
    """A time without a zone is UTC."""
    read = links(created_at=given_).column("created_at").to_pylist()
    assert read == [datetime(2026, 1, 5, 9, 30, tzinfo=UTC), None]


def test_ids_may_be_objects() -> None:
    """As DuckDB and drivers of databases return them."""
    ids = [UUID(text) for text in LINK["link_id"]]
    assert links(link_id=ids).column("link_id").to_pylist() == LINK["link_id"]


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("confidence", [0.5, "nan"], "links row 1: 'confidence' is not a number."),
        ("confidence", [0.5, True], "links row 1: 'confidence' is not a number."),
        ("confidence", [0.5, [1]], "links row 1: 'confidence' is not a number."),
        ("created_at", [None, 5], "links row 1: 'created_at' is not a time."),
        ("created_at", pa.array([5, 6]), "links row 0: 'created_at' is not a time."),
        ("status", ["x", "\ud800"], "links row 1: 'status' is not text."),
        ("status", ["x", b"x"], "links row 1: 'status' is not text."),
        ("evidence", [None, {1, object()}], "links row 1: 'evidence' is not a JSON object."),
        ("link_id", [uid("one"), None], "links row 1: 'link_id' is missing."),
        ("link_id", [None, None], "The links have no 'link_id'."),
        ("status", pa.nulls(2), "The links have no 'status'."),
    ],
)
def test_a_wrong_value_is_named_by_its_row(column: str, values: Any, said: str) -> None:
    """The error has the table, the row and the column, and not the value."""
    assert refused(**{column: values}) == said


def test_half_a_surrogate_pair_in_evidence_is_escaped() -> None:
    """It is no UTF-8 by itself, and readers of JSON return it, in texts and in names."""
    read = links(evidence=[{"note": "cut \ud83d", "\ude00": 1}, {"whole": "\U0001f600"}])
    first, second = read.column("evidence").to_pylist()
    assert json.loads(first) == {"note": "cut \ud83d", "\ude00": 1}
    assert second == '{"whole":"\U0001f600"}'


def test_nanoseconds_are_not_cut_off() -> None:
    """A graph keeps microseconds; a time that has more is refused rather than changed."""
    times = pa.array([1, 2], pa.timestamp("ns", tz="UTC"))
    assert refused(created_at=times) == "links row 0: 'created_at' is not a time."


def test_companions_tell_a_null_from_a_reader_s_default() -> None:
    """GraphML has no nulls: ``has_confidence`` says whether there is one."""
    read = links(confidence=[0.0, 0.5], has_confidence=["false", "true"])
    assert read.column("confidence").to_pylist() == [None, 0.5]
    told = pa.array([False, None])
    read = links(confidence=pa.array([0.0, 0.5]), has_confidence=told)
    assert read.column("confidence").to_pylist() == [None, 0.5]
    assert "'has_confidence'" in refused(confidence=[None, 0.5], has_confidence=[True, True])
    assert "'has_confidence'" in refused(has_confidence=[True, None])
    assert links(has_confidence=[False, None]).column("confidence").null_count == 2
    assert refused(confidence=[1, 1], has_confidence=["perhaps", 1]).startswith("links row 0")


def test_names_that_are_missing() -> None:
    """A node that is said to have a name has an empty one; another is called by its id."""
    rows = {name: values * 3 for name, values in NODE.items()}
    nodes = rows | {"name": [None, None, "x"], "resolved": [True, None, None]}
    read = read_columns(nodes, NODE_COLUMNS, "nodes")
    assert read.column("name").to_pylist() == ["", uid("a")[:8], "x"]
    assert read.column("resolved").to_pylist() == [True, False, True]


def test_no_rows() -> None:
    """Tables without rows have all columns, of their types."""
    empty: dict[str, list[Any]] = {name: [] for name in LINK}
    read = read_columns(empty, LINK_COLUMNS, "links")
    assert dict(zip(read.column_names, read.schema.types, strict=True)) == dict(LINK_COLUMNS)
    assert read_columns(read, LINK_COLUMNS, "links").equals(read)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"a": "\\ud800"}',
        '{"a": [' + ", ".join(["[]"] * 200) + "]}",
        '{"a": 1e300, "b": [null, true, {"c": -0.0}]}',
    ],
)
def test_evidence_is_any_json_object(text: str) -> None:
    """With as many members as it likes."""
    check_json(pa.array([None, text]), "links")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", '{"a": Infinity}', '{"a": 1e999}', "{} {}", '{"a": ' * 200 + "}" * 200],
)
def test_what_is_no_json_object_is_refused(text: str) -> None:
    """Numbers must be finite, and nesting has an end, as in the API's records."""
    with pytest.raises(FormatError, match="links row 1: 'evidence' is not a JSON object"):
        check_json(pa.array(["{}", text]), "links")


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.floats())))
def test_only_nothing_is_null(value: Any) -> None:
    """None and NaN are; zero, empty texts and lists are not."""
    assert is_null(value) == (value is None or (isinstance(value, float) and np.isnan(value)))


def test_an_id_at_two_levels_has_its_level_before_it() -> None:
    """Without it, an end could be either node."""
    nodes = pa.table(
        {
            "node_id": [uid("a"), uid("a")],
            "level": ["integration_source", "table"],
            "name": ["s", "t"],
            "parent_id": pa.nulls(2, pa.string()),
        }
    )
    empty = pa.table({name: pa.array([], pa.string()) for name in LINK})
    with pytest.raises(FormatError, match="nodes: a node_id occurs at two levels"):
        LinkGraph.from_arrow(nodes, empty)
    told = [f"integration_source:{uid('a')}", f"table:{uid('a')}"]
    nodes = nodes.set_column(0, "node_id", pa.array(told))
    assert LinkGraph.from_arrow(nodes, empty).nodes["node_id"] == told


def test_like_is_a_graph() -> None:
    """Any other value there is refused by its type."""
    graph = builders.graph([("a/t.x", "b/u.y", 0.5)])
    wrong: Any = graph.snapshot
    with pytest.raises(ArgumentError, match="like= takes a LinkGraph, not a value of type Snapsh"):
        LinkGraph.from_arrow(graph.nodes, graph.links, like=wrong)


def test_columns_of_pandas_with_values_of_several_types() -> None:
    """Each value is read by itself; the first that is wrong is named."""
    graph = builders.graph([("a/t.x", "b/u.y", 0.5), ("a/t.x", "b/u.z", 0.25)])
    nodes, table = graph.to_pandas("nodes"), graph.to_pandas()
    mixed: Any = pd.Series([0.5, "0.25"], dtype=object)
    found = LinkGraph.from_pandas(nodes, table.assign(confidence=mixed), like=graph)
    assert sorted(found.links["confidence"]) == [0.25, 0.5]
    mixed = pd.Series([0.5, {"a": 1}], dtype=object)
    with pytest.raises(FormatError, match="links row 1: 'confidence' is not a number"):
        LinkGraph.from_pandas(nodes, table.assign(confidence=mixed), like=graph)


def test_a_mapping_that_is_no_table() -> None:
    """Columns that Arrow makes no table of are refused by the argument's name."""
    with pytest.raises(ArgumentError, match="The nodes are of type dict, not a table"):
        LinkGraph.from_arrow({"node_id": [uid("a"), 1]}, {})
