"""Tests of attributes that users add: written to every file, and read from GraphML."""

from __future__ import annotations

import contextlib
import re
import string
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import igraph
import networkx as nx
import numpy as np
import openpyxl  # type: ignore[import-untyped]  # has no types
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph import read_graphml, read_graphml_attributes, write
from hummgraph.errors import (
    ArgumentError,
    ConfigError,
    FormatError,
    LinkNotFoundError,
    NodeNotFoundError,
)
from hummgraph.export import FORMATS
from hummgraph.export.attributes import LINK_RESERVED, NODE_RESERVED, attributes_of
from tests.export.test_formats import everything
from tests.support import builders
from tests.support.builders import uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.graph.linkgraph import LinkGraph

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 6, UTC)


def small() -> LinkGraph:
    """Return two systems with a table and two columns each, and two links."""
    return builders.graph([("a/t.x", "b/u.y", 0.9), ("a/t.z", "b/u.w", None)])


def column(graph: LinkGraph, given_: Any, name: str = "rank") -> list[Any]:
    """Return an attribute of nodes in the order of the graph."""
    values: list[Any] = attributes_of(graph, {name: given_}, None).nodes.column(name).to_pylist()
    return values


# --- accepted values -----------------------------------------------------------------------------


def test_nodes_are_named_by_id_name_or_node() -> None:
    """Nodes that are not among the keys have no value."""
    graph = small()
    keys: list[Any] = [uid("a"), "b/u", graph.node("a/t.x")]
    found = column(graph, dict(zip(keys, (1, 2, 3), strict=True)))
    paths = dict(zip(graph.nodes["path"], found, strict=True))
    assert {path: value for path, value in paths.items() if value is not None} == {
        "a": 1,
        "b/u": 2,
        "a/t.x": 3,
    }


def test_links_are_named_by_id_or_link() -> None:
    """A key is a text, a UUID or a Link."""
    graph = small()
    first, second = graph.link(0), graph.link(1)
    for keys in ([first, second], [first.link_id.upper(), second.link_id]):
        given_ = {"flow": dict(zip(keys, (1.5, 2.5), strict=True))}
        found = attributes_of(graph, None, given_)
        assert found.links.column("flow").to_pylist() == [1.5, 2.5]
        assert not found.nodes.num_columns


def columns(values: list[Any]) -> dict[str, Any]:
    """Return values as the columns of several libraries."""
    return {
        "list": values,
        "tuple": tuple(values),
        "numpy": np.array(values),
        "pandas": pd.Series(values),
        "polars": pl.Series(values),
        "arrow": pa.array(values),
        "arrow, chunked": pa.chunked_array([values[:1], values[1:]]),
        "frame": hg.Frame(pa.table({"v": values}))["v"],
    }


@pytest.mark.parametrize(
    "value",
    [True, 3, 0.25, "text", MOMENT.replace(tzinfo=None)],
    ids=lambda value: type(value).__name__,
)
def test_columns_in_order_of_the_graph(value: Any) -> None:
    """Columns of every library and type are accepted."""
    graph = small()
    values = [value] * graph.n_nodes
    expected = [MOMENT if isinstance(value, datetime) else value] * graph.n_nodes
    for name, given_ in columns(values).items():
        found = column(graph, given_)
        assert found == expected, name
        assert type(found[0]) is type(expected[0])


def test_tables_have_a_column_of_ids() -> None:
    """Tables of every library are accepted, in any order and with some rows only."""
    graph = small()
    content = {"node_id": [uid("b"), "a/t"], "rank": [0.5, 0.25], "good": [True, None]}
    table = pa.table(content)
    indexed = pd.DataFrame(content).set_index("node_id")
    for given_ in (
        table,
        hg.Frame(table),
        pd.DataFrame(content),
        indexed,
        indexed.rename_axis(None),
        pl.DataFrame(content),
        table.rename_columns(["Id", "rank", "good"]),
        table.to_batches()[0],
    ):
        found = attributes_of(graph, given_, None).nodes
        assert found.schema.names == ["rank", "good"]
        rows = dict(zip(graph.nodes["path"], found.to_pylist(), strict=True))
        assert rows["b"] == {"rank": 0.5, "good": True}
        assert rows["a/t"] == {"rank": 0.25, "good": None}
        assert sum(row["rank"] is not None for row in rows.values()) == 2


def test_what_a_library_computed_is_taken_as_it_is() -> None:
    """Dicts of networkx, lists of igraph, and Series with ids as index are accepted."""
    graph = small()
    view = graph.to_networkx()
    ranks = nx.pagerank(view)
    in_order = [ranks[node] for node in graph.nodes["node_id"]]
    assert column(graph, ranks) == in_order == column(graph, pd.Series(ranks))
    degrees = graph.to_igraph().degree()
    assert column(graph, degrees) == degrees


@pytest.mark.parametrize(
    "missing",
    [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), Decimal("nan")],
)
def test_what_stands_for_nothing_is_missing(missing: Any) -> None:
    """Missing values in mappings, lists and columns of numbers become nulls."""
    graph = small()
    assert column(graph, {"a": 1, "b": missing}).count(None) == graph.n_nodes - 1
    assert column(graph, [missing] * graph.n_nodes) == [None] * graph.n_nodes
    numbers = np.array([1.5, *[np.nan] * (graph.n_nodes - 1)])
    for given_ in (numbers, pd.Series(numbers), pl.Series(numbers), pa.array(numbers)):
        assert column(graph, given_) == [1.5, *[None] * (graph.n_nodes - 1)]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.float32(0.5), 0.5),
        (Decimal("0.5"), 0.5),
        (np.str_("x"), "x"),
        (hg.Level.TABLE, "table"),
        (pd.Timestamp(MOMENT), MOMENT),
        (np.datetime64("2026-01-02T03:04:05.000006"), MOMENT),
        (MOMENT.astimezone(tz=None), MOMENT),
    ],
    ids=repr,
)
def test_values_of_other_libraries_are_pythons_own(value: Any, written: Any) -> None:
    """Scalars of NumPy and pandas, and subclasses of numbers and texts, become built-in types."""
    (found,) = {one for one in column(small(), {"a": value}) if one is not None}
    assert (type(found), found) == (type(written), written)


def test_whole_numbers_and_others_are_numbers() -> None:
    """Whole and other numbers make a column of numbers; truth values are not numbers."""
    graph = small()
    assert column(graph, {"a": 1, "b": 0.5}).count(1.0) == 1
    assert attributes_of(graph, {"n": {"a": 1, "b": 0.5}}, None).nodes.schema.field("n").type == (
        pa.float64()
    )
    assert attributes_of(graph, {"n": {}}, None).nodes.schema.field("n").type == pa.string()
    with pytest.raises(ArgumentError, match="several types as 'n': bool, int"):
        attributes_of(graph, {"n": {"a": 1, "b": True}}, None)


def test_arrow_types_are_those_of_files() -> None:
    """Small numbers, categories, decimals, and times of any unit and zone are converted."""
    graph = small()
    n = graph.n_nodes
    naive = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - tests times without a zone
    for values, expected in (
        (pa.array([1] * n, pa.uint8()), 1),
        (pa.array([0.5] * n, pa.float32()), 0.5),
        (pa.array([Decimal("0.50")] * n), 0.5),
        (pa.array(["x"] * n).dictionary_encode(), "x"),
        (pa.array(["x"] * n, pa.large_string()), "x"),
        (pa.array(["x"] * n, pa.string_view()), "x"),
        (pa.array([naive] * n, pa.timestamp("s")), naive.replace(tzinfo=UTC)),
        (pa.array([naive] * n, pa.timestamp("ns", "UTC")), naive.replace(tzinfo=UTC)),
        (pa.nulls(n), None),
    ):
        assert column(graph, values) == [expected] * n


# --- invalid values ------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Any, Any, str]] = {
    "no mapping": (3, None, "node_attributes is of type int; it must be a mapping or a table"),
    "a column": (pl.Series([1]), None, "Arrow cannot read as a table|no column 'node_id'"),
    "no column of ids": (pa.table({"rank": [1]}), None, "no column 'node_id'; it has rank"),
    "a null id": (pa.table({"node_id": ["a", None], "n": [1, 2]}), None, "'node_id'.* has nulls"),
    "an id twice": (pa.table({"node_id": ["a", "a"], "n": [1, 2]}), None, "two values for 'a'"),
    "a node twice": ({"n": {"a": 1, uid("a"): 2}}, None, "two values for"),
    "a position": ({"n": {3: 1}}, None, "A node is an id, a name or a Node"),
    "a link's position": (None, {"n": {3: 1}}, "a key of type int; a link is an id or a Link"),
    "too few": ({"n": [1, 2]}, None, r"2 values of 'n' for 8 nodes"),
    "too many": (None, {"n": [1, 2, 3]}, r"3 values of 'n' for 2 links"),
    "two dimensions": ({"n": np.zeros((8, 1))}, None, "an array of 2 dimensions as 'n'"),
    "one value": ({"n": 3}, None, "a value of type int as 'n'; it must be a mapping"),
    "text": ({"n": "abcdefgh"}, None, "a value of type str as 'n'"),
    "a list as a value": ({"n": {"a": [1]}}, None, "a value of type list as 'n'; values are bool"),
    "a set": ({"n": {"a": {1}}}, None, "a value of type set"),
    "bytes": ({"n": {"a": b"x"}}, None, "a value of type bytes"),
    "a day": ({"n": {"a": MOMENT.date()}}, None, "a value of type date"),
    "a duration": ({"n": {"a": timedelta(1)}}, None, "a value of type timedelta"),
    "half a character": ({"n": {"a": "\ud800"}}, None, "half of a surrogate pair"),
    "infinite": ({"n": {"a": float("-inf")}}, None, "an infinite number as 'n'"),
    "infinite in an array": ({"n": np.full(8, np.inf)}, None, "an infinite number as 'n'"),
    "too large": ({"n": {"a": 2**63}}, None, "values of 'n' that do not fit 64 bits"),
    "too large in an array": (
        {"n": pa.array([2**64 - 1] * 8, pa.uint64())},
        None,
        "values of 'n' that do not fit 64 bits",
    ),
    "mixed": ({"n": {"a": 1, "b": "x"}}, None, "values of several types as 'n': int, str"),
    "lists of arrow": ({"n": pa.array([[1]] * 8)}, None, "a value of type list"),
    "one name in two cases": ({"rank": {}, "Rank": {}}, None, "'Rank' twice, in different case"),
    "no text for a name": ({3: {}}, None, "an attribute 3; a name consists of"),
    **{
        f"name {name!r}": ({name: {}}, None, "a name consists of")
        for name in ("", " a", "a ", "a:b", "@id", '"', "a\nb", "<b>", "=1+1", "a&b", "-", "a\0")
    },
    **{f"end {name!r}": ({name: {}}, None, "and ends with one of these") for name in ("a-", "a.")},
    "an accent alone": ({"\u0301a": {}}, None, "It begins with a letter"),
    "one name in two forms": ({"caf\xe9": {}, "cafe\u0301": {}}, None, "twice"),
    **{
        f"node {name}": ({name.title(): {}}, None, "uses for an attribute of nodes")
        for name in sorted(NODE_RESERVED)
    },
    **{
        f"link {name}": (None, {name: {}}, "uses for an attribute of links")
        for name in sorted(LINK_RESERVED)
    },
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_file_can_have_is_refused(name: str, tmp_path: Path) -> None:
    """The error names the attribute, and nothing is written."""
    nodes, links, message = REFUSED[name]
    with pytest.raises(ArgumentError, match=message):
        write(small(), tmp_path / "x.graphml", node_attributes=nodes, link_attributes=links)
    assert not list(tmp_path.iterdir())


def test_unknown_nodes_and_links_are_refused() -> None:
    """The error for an unknown node suggests similar names."""
    graph = small()
    with pytest.raises(NodeNotFoundError, match=r"b/u\.v"):
        attributes_of(graph, {"n": {"b/u.v": 1}}, None)
    for wrong in (uid("nowhere"), "x"):
        with pytest.raises(LinkNotFoundError, match="No link has the id"):
            attributes_of(graph, None, {"n": {wrong: 1}})


def test_what_is_not_written_has_no_attributes() -> None:
    """Values of filtered links, and of nodes at other levels than lifted links, are ignored."""
    graph = small()
    flow = {row["link_id"]: row["source_path"] for row in graph.links}
    found = attributes_of(graph.where(min_confidence=0.5), None, {"flow": flow})
    assert found.links.column("flow").to_pylist() == ["a/t.x"]
    tables = graph.project("table")
    lifted = attributes_of(tables, {"n": {"a": 1, "a/t": 2, "a/t.x": 3}, "m": [7, 8]}, None).nodes
    assert dict(zip(tables.nodes["path"], lifted.to_pylist(), strict=True)) == {
        "a/t": {"n": 2, "m": lifted.column("m")[tables.nodes["path"].index("a/t")].as_py()},
        "b/u": {"n": None, "m": lifted.column("m")[tables.nodes["path"].index("b/u")].as_py()},
    }
    with pytest.raises(ArgumentError, match="links lifted to a level"):
        attributes_of(tables, None, {"flow": flow})


def test_a_profile_keeps_its_own_attributes(tmp_path: Path) -> None:
    """Positions may be added for Gephi, but not to the profile that has positions already."""
    graph = small()
    places = {"x": {"a": 1.0}, "y": {"a": 2.0}}
    path = write(graph, tmp_path / "x.graphml", node_attributes=places)
    assert read_graphml_attributes(path)[0].columns == ["node_id", "x", "y"]
    with pytest.raises(ArgumentError, match="profile has an attribute 'x' of its own"):
        write(graph, path, profile="gephi", node_attributes=places)
    assert read_graphml_attributes(path)[0].columns == ["node_id", "x", "y"]


def test_the_file_says_what_is_not_hummgraphs() -> None:
    """The facts have the names and types of the attributes as JSON."""
    graph = small()
    found = attributes_of(graph, {"rank": {"a": 1.0}, "seen": {"a": MOMENT}}, {})
    assert found.facts == {"node_attributes": '{"rank": "double", "seen": "time"}'}


def test_reserved_names_are_those_that_files_have(tmp_path: Path) -> None:
    """Every attribute that GraphML declares is reserved, except those of profiles."""
    graph = everything()
    clusters = hg.cluster(graph)
    path = write(graph, tmp_path / "x.graphml", clusters=clusters, containment=True)
    found = re.findall(r'for="(\w+)" attr.name="(\w+)"', path.read_text(encoding="utf-8"))
    for domain, reserved in (("node", NODE_RESERVED), ("edge", LINK_RESERVED)):
        assert {name for for_, name in found if for_ == domain} <= reserved
    parquet = write(graph, tmp_path / "out", format="parquet", clusters=clusters)
    for file, reserved in (("nodes", NODE_RESERVED), ("links", LINK_RESERVED)):
        assert set(pa.parquet.read_schema(parquet / f"{file}.parquet").names) <= reserved
    assert read_graphml_attributes(path)[0].columns == ["node_id"]
    assert read_graphml_attributes(path)[1].columns == ["link_id"]


def test_a_workbook_has_attributes_of_members(tmp_path: Path) -> None:
    """The sheet of members has typed attributes; other crosswalk files raise an error."""
    graph = small()
    clusters = hg.cluster(graph, threshold=0.5)
    given_ = {
        "rank": {"a/t.x": 0.25},
        "hops": {"a/t.x": 3, "b/u.y": 2**60},
        "good": {"a/t.x": True},
        "note": {"a/t.x": "=1+1"},
        "seen": {"a/t.x": MOMENT},
    }
    path = hg.write_crosswalk(clusters, tmp_path / "x.xlsx", node_attributes=given_)
    head, *found = openpyxl.load_workbook(path)["members"].iter_rows(values_only=True)
    assert head[5:] == tuple(given_)
    assert {row[2]: row[5:] for row in found} == {
        "a/t.x": (0.25, 3, True, "=1+1", "2026-01-02T03:04:05.000006Z"),
        "b/u.y": (None, str(2**60), None, None, None),
    }
    with pytest.raises(ArgumentError, match="'member', a name that the sheet of members uses"):
        hg.write_crosswalk(clusters, path, node_attributes={"Member": {}})
    with pytest.raises(ArgumentError, match=r"as \.csv cannot hold node_attributes="):
        hg.write_crosswalk(clusters, tmp_path / "x.csv", node_attributes=given_)


# --- read from GraphML ---------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
kinds = st.sampled_from(
    [
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
        st.datetimes(timezones=st.just(UTC)),
    ]
)
names = st.text(string.ascii_letters + "_.", min_size=1, max_size=6).filter(
    lambda name: (
        name[-1] != "." and name[0] != "." and name.casefold() not in NODE_RESERVED | LINK_RESERVED
    )
)


@st.composite
def tables(draw: st.DrawFn, key: str, ids: list[str]) -> pa.Table:
    """Build attributes of any names and types, for some nodes or links."""
    found = {key: pa.array(ids, pa.string())}
    for name in draw(st.lists(names, max_size=4, unique_by=str.casefold)):
        values = draw(st.lists(st.none() | draw(kinds), min_size=len(ids), max_size=len(ids)))
        times = any(isinstance(value, datetime) for value in values)
        found[name] = pa.array(values, pa.timestamp("us", "UTC") if times else None)
        if all(value is None for value in values):
            found[name] = pa.nulls(len(ids), pa.string())
    return pa.table(found)


@given(st.data())
def test_any_attributes_come_back_from_graphml(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Names, types, nulls and characters are kept, and the frames can be written again."""
    graph = small()
    nodes = hg.Frame(data.draw(tables("node_id", graph.nodes["node_id"])))
    links = hg.Frame(data.draw(tables("link_id", graph.links["link_id"])))
    folder = tmp_path_factory.mktemp("attributes")
    path = write(
        graph, folder / "a.graphml", evidence="full", node_attributes=nodes, link_attributes=links
    )
    found = read_graphml_attributes(path)
    assert found == (nodes, links)
    assert read_graphml(path) == graph
    again = write(
        graph,
        folder / "b.graphml",
        evidence="full",
        node_attributes=found[0],
        link_attributes=found[1],
    )
    assert again.read_bytes() == path.read_bytes()


NODES: dict[str, Any] = {
    "rank": {"a": 0.1, "b": 2.0},
    "hops": {"a": 3},
    "good": {"a": True, "b": False},
    "group": {"a": "one", "b": "<&> \U0001f600"},
    "seen": {"b": MOMENT},
}


def rows_of(frame: hg.Frame) -> list[dict[str, Any]]:
    """Return rows in the order of their ids, without nulls."""
    found = [{name: value for name, value in row.items() if value is not None} for row in frame]
    return sorted(found, key=lambda row: str(row.get("node_id", row.get("link_id"))))


@pytest.mark.parametrize("library", ["networkx", "igraph"])
def test_what_another_library_adds_is_read(library: str, tmp_path: Path) -> None:
    """Attributes that a library adds are read with their types, as are those of our file."""
    graph = small()
    path = write(
        graph,
        tmp_path / "ours.graphml",
        node_attributes=NODES,
        link_attributes={"flow": {graph.link(0): 1.5}},
    )
    before = [rows_of(frame) for frame in read_graphml_attributes(path)]
    theirs = tmp_path / "theirs.graphml"
    if library == "networkx":
        made: Any = nx.read_graphml(path, force_multigraph=True)
        nx.set_node_attributes(made, {node: at for at, node in enumerate(made)}, "added")
        nx.set_edge_attributes(made, dict.fromkeys(made.edges(keys=True), 0.5), "cost")
        nx.write_graphml(made, theirs)
    else:
        read = igraph.Graph.Read_GraphML(str(path))
        read.vs["added"] = list(range(read.vcount()))
        read.es["cost"] = 0.5
        read.write_graphml(str(theirs))
    nodes, links = read_graphml_attributes(theirs)
    found, edges = rows_of(nodes), rows_of(links)
    assert sorted(row.pop("added") for row in found) == list(range(graph.n_nodes))
    assert [row.pop("cost") for row in edges] == [0.5] * graph.n_links
    if library == "igraph":
        # igraph has false for a missing truth value.
        found = [
            {name: value for name, value in row.items() if name != "good" or value} for row in found
        ]
        before[0] = [
            {name: value for name, value in row.items() if name != "good" or value}
            for row in before[0]
        ]
    assert [found, edges] == before


GEPHI = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key attr.name="label" attr.type="string" for="node" id="label"/>
<key attr.name="Edge Label" attr.type="string" for="edge" id="edgelabel"/>
<key attr.name="weight" attr.type="double" for="edge" id="weight"/>
<key attr.name="PageRank" attr.type="double" for="node" id="pageranks"/>
<key attr.name="Modularity Class" attr.type="int" for="node" id="modularity_class">
<default>0</default></key>
<key attr.name="x" attr.type="float" for="node" id="x"/>
<graph edgedefault="directed">
<node id="{a}"><data key="label">a</data><data key="pageranks">0.25</data><data key="x">-1</data>
</node>
<node id="drawn"><data key="label">by hand</data></node>
<node id="{b}"><data key="modularity_class">4</data></node>
<edge id="{one}" source="{a}" target="{b}"><data key="edgelabel">APPROVED</data></edge>
<edge id="e7" source="drawn" target="{b}"/>
</graph></graphml>"""


def test_what_gephi_adds_is_read(tmp_path: Path) -> None:
    """Gephi keeps ids but not the facts of the graph, so only attributes can be read."""
    path = tmp_path / "gephi.graphml"
    path.write_text(GEPHI.format(a=uid("a"), b=uid("b"), one=uid("link 0")))
    nodes, links = read_graphml_attributes(path)
    assert list(nodes) == [
        {"node_id": uid("a"), "PageRank": 0.25, "Modularity Class": 0, "x": -1.0},
        {"node_id": uid("b"), "PageRank": None, "Modularity Class": 4, "x": None},
    ]
    assert list(links) == [{"link_id": uid("link 0"), "Edge Label": "APPROVED"}]
    with pytest.raises(FormatError, match="not written by hummgraph"):
        read_graphml(path)
    graph = small()
    path = write(graph, tmp_path / "again.graphml", node_attributes=nodes, link_attributes=links)
    assert read_graphml_attributes(path)[0].columns == nodes.columns


YED = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"
 xmlns:y="http://www.yworks.com/xml/graphml" xmlns:yed="http://www.yworks.com/xml/yed/3">
<key attr.name="path" attr.type="string" for="node" id="d4"/>
<key attr.name="url" attr.type="string" for="node" id="d5"/>
<key attr.name="owner" attr.type="string" for="node" id="d6"/>
<key for="node" id="d7" yfiles.type="nodegraphics"/>
<key attr.name="link_id" attr.type="string" for="edge" id="d8"/>
<key attr.name="checked" attr.type="boolean" for="edge" id="d9"/>
<graph edgedefault="directed" id="G">
<node id="n0"><data key="d4" xml:space="preserve"><![CDATA[a/t.x]]></data>
<data key="d6">Ada</data>
<data key="d7"><y:ShapeNode><y:NodeLabel>x</y:NodeLabel></y:ShapeNode></data></node>
<node id="n1"><data key="d4">b/u.y</data><data key="d7"/></node>
<edge id="e0" source="n0" target="n1"><data key="d8">{one}</data><data key="d9">true</data></edge>
</graph></graphml>"""


def test_what_yed_adds_is_read(tmp_path: Path) -> None:
    """In files of yEd, nodes are known by their path and links by their own id."""
    path = tmp_path / "yed.graphml"
    path.write_text(YED.format(one=uid("link 0")))
    nodes, links = read_graphml_attributes(path)
    assert list(nodes) == [
        {"node_id": "a/t.x", "owner": "Ada"},
        {"node_id": "b/u.y", "owner": None},
    ]
    assert list(links) == [{"link_id": uid("link 0"), "checked": True}]
    assert column(small(), {"a/t.x": "Ada"}, "owner") == (
        attributes_of(small(), nodes, links).nodes.column("owner").to_pylist()
    )


@pytest.mark.parametrize("profile", ["gephi", "yed", "cytoscape", "neo4j"])
@pytest.mark.parametrize("nested", [False, True])
def test_attributes_come_back_from_every_profile(
    profile: str, tmp_path: Path, *, nested: bool
) -> None:
    """Attributes are read from every profile, nested or not."""
    graph = small()
    path = write(
        graph,
        tmp_path / "x.graphml",
        profile=profile,
        nested=nested,
        node_attributes=NODES,
        link_attributes={"flow": [1.5, None]},
    )
    nodes, links = read_graphml_attributes(path)
    plain = read_graphml_attributes(write(graph, path, node_attributes=NODES))[0]
    assert nodes.columns == plain.columns
    assert rows_of(nodes) == rows_of(plain)
    assert links.columns == ["link_id", "flow"]
    assert links["flow"] == [1.5, None]


def test_attributes_come_back_beside_lifted_links(tmp_path: Path) -> None:
    """Attributes of nodes are read; lifted edges are not links."""
    tables_ = small().project("table")
    path = write(tables_, tmp_path / "x.graphml", node_attributes={"n": {"a/t": 1}})
    nodes, links = read_graphml_attributes(path)
    assert sorted(map(str, nodes["n"])) == ["1", "None"]
    assert len(links) == 0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ((">0.25<", ">much<"), "'PageRank' of the nodes .* is not of type double"),
        ((">4<", ">4.5<"), "'Modularity Class' of the nodes .* is not of type long"),
        ((">4<", f">{2**64}<"), "'Modularity Class' of the nodes .* is not of type long"),
        (("<graph ", '<key id="g" for="graph" attr.name="node_attributes"/><graph '), ""),
    ],
)
def test_values_that_are_not_what_the_file_says(
    spoil: tuple[str, str], message: str, tmp_path: Path
) -> None:
    """The error for a value of another type names the attribute."""
    path = tmp_path / "gephi.graphml"
    content = GEPHI.format(a=uid("a"), b=uid("b"), one=uid("link 0"))
    if message:
        path.write_text(content.replace(*spoil))
        with pytest.raises(FormatError, match=message):
            read_graphml_attributes(path)
        return
    for said in ("[]", "{", "[" * 100_000, '{"x": "colour"}'):
        broken = content.replace(*spoil).replace(
            'edgedefault="directed">', f'edgedefault="directed"><data key="g">{said}</data>'
        )
        path.write_text(broken)
        with pytest.raises(FormatError, match=r"'node_attributes' .* is not in the form"):
            read_graphml_attributes(path)


@pytest.mark.parametrize(("text", "value"), [("4", 4), ("4.0", 4), (" ", None), ("nan", None)])
def test_whole_numbers_as_other_programs_write_them(
    text: str, value: int | None, tmp_path: Path
) -> None:
    """A whole number may have a decimal point; a blank text and ``nan`` are null."""
    content = GEPHI.format(a=uid("a"), b=uid("b"), one=uid("link 0"))
    path = tmp_path / "gephi.graphml"
    path.write_text(content.replace(">4<", f">{text}<"))
    assert read_graphml_attributes(path)[0]["Modularity Class"][1] == value


@given(st.lists(st.tuples(st.integers(0, 5_000), st.binary(max_size=3)), min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]]
) -> None:
    """Damage of any kind raises only errors of hummgraph."""
    folder = tmp_path_factory.mktemp("damaged")
    path = write(
        small(),
        folder / "x.graphml",
        node_attributes=NODES,
        link_attributes={"flow": [1.5, None]},
    )
    content = bytearray(path.read_bytes())
    for place, new in changes:
        content[place % len(content) : place % len(content) + len(new)] = new
    path.write_bytes(content)
    with contextlib.suppress(hg.HummgraphError):
        nodes, links = read_graphml_attributes(path)
        assert nodes.columns[0] == "node_id"
        assert links.columns[0] == "link_id"


def test_a_small_file_makes_no_large_tables(tmp_path: Path) -> None:
    """Neither many declarations nor long defaults can fill memory."""
    path = tmp_path / "x.graphml"
    content = GEPHI.format(a=uid("a"), b=uid("b"), one=uid("link 0"))
    many = "".join(
        f'<key id="k{at}" for="node" attr.name="n{at}"><default>x</default></key>'
        for at in range(1_001)
    )
    for keys in (
        many,
        f'<key id="k" for="all" attr.name="n"><default>{"x" * 2**26}</default></key>',
    ):
        path.write_text(content.replace("<graph ", f"{keys}<graph ", 1))
        with pytest.raises(FormatError, match="more than 1,000 attributes of nodes, or defaults"):
            read_graphml_attributes(path)
    unused = many.replace("<default>x</default>", "")
    path.write_text(content.replace("<graph ", f"{unused}<graph ", 1))
    assert len(read_graphml_attributes(path)[0].columns) == 4


def test_types_of_one_name_that_differ(tmp_path: Path) -> None:
    """Mixed numbers become numbers, and other mixed types text, as networkx writes them."""
    graph = small()
    made: Any = nx.MultiDiGraph(graph.to_networkx(flat=True))
    for at, node in enumerate(made):
        made.nodes[node]["n"] = at if at % 2 else at + 0.5
        made.nodes[node]["m"] = at if at % 2 else "x"
        made.nodes[node]["odd"] = float("nan")
    nx.write_graphml(made, tmp_path / "x.graphml")
    nodes, _ = read_graphml_attributes(tmp_path / "x.graphml")
    assert nodes["n"] == [at if at % 2 else at + 0.5 for at in range(8)]
    assert nodes["m"] == [str(at) if at % 2 else "x" for at in range(8)]
    assert nodes["odd"] == [None] * 8


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file that is not GraphML, one of unknown nodes, and a missing file raise errors."""
    path = tmp_path / "x.graphml"
    for content, message in (
        ("<x/>", "not GraphML"),
        (GEPHI.format(a="1", b="2", one="3"), "No node of this GraphML has an id"),
    ):
        path.write_text(content)
        with pytest.raises(FormatError, match=message):
            read_graphml_attributes(path)
    with pytest.raises(ConfigError, match="Cannot read"):
        read_graphml_attributes(tmp_path / "none.graphml")
    with pytest.raises(ConfigError, match="it is a folder"):
        read_graphml_attributes(tmp_path)
    with pytest.raises(ArgumentError, match="read_graphml_attributes"):
        read_graphml_attributes(3)  # type: ignore[arg-type]  # tests a wrong type


@pytest.mark.parametrize("name", ["हिन्दी", "ชื่อ", "cafe\u0301", "நிறம் (%)"])
def test_letters_of_all_scripts_are_letters(name: str, tmp_path: Path) -> None:
    """Vowel signs and accents after a letter belong to it, in every format."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)])
    for known in FORMATS:
        if "attributes" in known.carries:
            write(graph, tmp_path / known.name, format=known.name, node_attributes={name: {"a": 1}})
    assert read_graphml_attributes(tmp_path / "graphml")[0][name]
