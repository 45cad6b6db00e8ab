"""Tests of every way in and out: the same graph comes back, the same faults are refused alike."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

import duckdb
import igraph
import networkx as nx
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import rustworkx as rx
from hypothesis import given

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.export import write
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.data import key_facts_of
from hummgraph.graph.interop.attributes import LinksLeftOutWarning
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.graph.interop.test_dataframes import graphs
from tests.support import builders
from tests.support.builders import uid

Rows = list[dict[str, Any]]
Metadata = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """A way out and back.

    ``there_and_back`` sends a graph; ``take`` reads nodes, links and metadata that somebody wrote
    for it by hand, right or wrong.
    """

    there_and_back: Callable[[LinkGraph, Path], LinkGraph]
    take: Callable[[Rows, Rows, Metadata, Path], LinkGraph]
    lacks: frozenset[str] = field(default_factory=frozenset)
    """Faults that it cannot hold."""


# --- tables --------------------------------------------------------------------------------------


def _columns(rows: Rows) -> dict[str, list[Any]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def _arrow(rows: Rows) -> pa.Table:
    return pa.table(_columns(rows))


def _by_arrow(graph: LinkGraph, _: Path) -> LinkGraph:
    return LinkGraph.from_arrow(graph.to_arrow("nodes"), graph.to_arrow())


def _by_pandas(graph: LinkGraph, _: Path) -> LinkGraph:
    return LinkGraph.from_pandas(graph.to_pandas("nodes"), graph.to_pandas(), like=graph)


def _by_polars(graph: LinkGraph, _: Path) -> LinkGraph:
    return LinkGraph.from_polars(graph.to_polars("nodes"), graph.to_polars(), like=graph)


def _by_duckdb(graph: LinkGraph, _: Path) -> LinkGraph:
    with graph.to_duckdb() as connection:
        tables = (connection.table(name) for name in ("nodes", "links"))
        return LinkGraph.from_arrow(*tables, like=graph)


def _take_duckdb(nodes: Rows, links: Rows, _: Metadata, __: Path) -> LinkGraph:
    with duckdb.connect() as connection:
        connection.register("given_nodes", _arrow(nodes))
        connection.register("given_links", _arrow(links))
        tables = (connection.table(name) for name in ("given_nodes", "given_links"))
        return LinkGraph.from_arrow(*tables)


def _by_parquet(graph: LinkGraph, folder: Path) -> LinkGraph:
    path = write(graph, folder / "pair", format="parquet", evidence="full")
    return LinkGraph.from_arrow(*(pq.read_table(path / f"{n}.parquet") for n in ("nodes", "links")))


def _take_parquet(nodes: Rows, links: Rows, metadata: Metadata, folder: Path) -> LinkGraph:
    texts = {"policy": json.dumps(Policy().to_dict()), "kept_evidence": "full"}
    texts |= {name: _text_of(value) for name, value in metadata.items()}
    for name, rows in (("nodes", nodes), ("links", links)):
        pq.write_table(_arrow(rows).replace_schema_metadata(texts), folder / f"{name}.parquet")
    tables = (pq.read_table(folder / f"{name}.parquet") for name in ("nodes", "links"))
    return LinkGraph.from_arrow(*tables)


def _read_csv(path: Path) -> pa.Table:
    """Read a table whose cells are all texts; an empty cell is null, an empty text is not."""
    with path.open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    return pacsv.read_csv(
        path,
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _by_csv(graph: LinkGraph, folder: Path) -> LinkGraph:
    path = write(graph, folder / "csv", format="csv", raw=True, evidence="full")
    tables = (_read_csv(path / f"{name}.csv") for name in ("nodes", "links"))
    return LinkGraph.from_arrow(*tables, like=graph)


def _take_csv(nodes: Rows, links: Rows, _: Metadata, __: Path) -> LinkGraph:
    frames = []
    for rows in (nodes, links):
        file = io.StringIO()
        writer = csv.DictWriter(file, list(_columns(rows)))
        writer.writeheader()
        writer.writerows({name: _text_of(value) for name, value in row.items()} for row in rows)
        file.seek(0)
        frames.append(pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""]))
    return LinkGraph.from_pandas(*frames)


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(value)


# --- graphs of other libraries -------------------------------------------------------------------


def _by_networkx(graph: LinkGraph, _: Path) -> LinkGraph:
    view = graph.to_networkx(keep_unweighted=True, evidence="full")
    assert LinkGraph.from_networkx(view) == graph
    return LinkGraph.from_networkx(nx.MultiDiGraph(view))


def _take_networkx(nodes: Rows, links: Rows, metadata: Metadata, _: Path) -> LinkGraph:
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph(**metadata)
    for row in nodes:
        made.add_node(row["node_id"], **{k: v for k, v in row.items() if k != "node_id"})
    for row in links:
        attributes = {k: v for k, v in row.items() if k not in {"link_id", "source", "target"}}
        made.add_edge(row["source"], row["target"], row.get("link_id"), **attributes)
    return LinkGraph.from_networkx(made)


def _by_igraph(graph: LinkGraph, _: Path) -> LinkGraph:
    return LinkGraph.from_igraph(graph.to_igraph(keep_unweighted=True, evidence="full"))


def _take_igraph(nodes: Rows, links: Rows, metadata: Metadata, _: Path) -> LinkGraph:
    place = {row["node_id"]: code for code, row in enumerate(nodes)}
    vertices, edges = _columns(nodes), _columns(links)
    for ours, theirs in (("name", "label"), ("node_id", "name")):
        if ours in vertices:
            vertices[theirs] = vertices.pop(ours)
    ends = zip(edges.pop("source"), edges.pop("target"), strict=True)
    pairs = [(place[source], place[target]) for source, target in ends]
    return LinkGraph.from_igraph(
        igraph.Graph(
            len(nodes),
            pairs,
            directed=True,
            graph_attrs=metadata,
            vertex_attrs=vertices,
            edge_attrs=edges,
        )
    )


def _by_rustworkx(graph: LinkGraph, _: Path) -> LinkGraph:
    return LinkGraph.from_rustworkx(graph.to_rustworkx(keep_unweighted=True, evidence="full"))


def _take_rustworkx(nodes: Rows, links: Rows, metadata: Metadata, _: Path) -> LinkGraph:
    made: rx.PyDiGraph[Any, Any] = rx.PyDiGraph(attrs=metadata)
    place = {
        row["node_id"]: code for row, code in zip(nodes, made.add_nodes_from(nodes), strict=True)
    }
    for row in links:
        made.add_edge(place[row["source"]], place[row["target"]], row)
    return LinkGraph.from_rustworkx(made)


# --- files ---------------------------------------------------------------------------------------


def _by_graphml(graph: LinkGraph, folder: Path) -> LinkGraph:
    return read_graphml(write(graph, folder / "graph.graphml", evidence="full"))


def _graphml(nodes: Rows, links: Rows, metadata: Metadata) -> str:
    metadata = {"policy": Policy().to_dict(), "profile": "plain"} | metadata
    names = {
        "graph": list(metadata),
        "node": [name for name in _columns(nodes) if name != "node_id"],
        "edge": [name for name in _columns(links) if name not in {"source", "target"}],
    }

    def data(what: str, row: Mapping[str, Any]) -> str:
        return "".join(
            f'<data key="{what}-{name}">{escape(_text_of(row[name]))}</data>'
            for name in names[what]
            if row.get(name) is not None
        )

    keys = "".join(
        f'<key id="{what}-{name}" for="{what}" attr.name="{name}" attr.type="string"/>'
        for what, several in names.items()
        for name in several
    )
    drawn = "".join(
        f"<node id={quoteattr(_text_of(row['node_id']))}>{data('node', row)}</node>"
        for row in nodes
    )
    edges = "".join(
        f"<edge source={quoteattr(row['source'])} target={quoteattr(row['target'])}>"
        f"{data('edge', row)}</edge>"
        for row in links
    )
    head = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    whole = f'<graph edgedefault="directed">{data("graph", metadata)}{drawn}{edges}</graph>'
    return f"{head}{keys}{whole}</graphml>"


def _take_graphml(nodes: Rows, links: Rows, metadata: Metadata, folder: Path) -> LinkGraph:
    path = folder / "given.graphml"
    path.write_text(_graphml(nodes, links, metadata), encoding="utf-8")
    try:
        return read_graphml(path)
    except FormatError as error:
        # The path stands before what every other way says.
        raise FormatError(error.message.removeprefix(f"{str(path)!r}: ")) from error


def _by_graphml_of_networkx(graph: LinkGraph, folder: Path) -> LinkGraph:
    path = write(graph, folder / "graph.graphml", evidence="full")
    return LinkGraph.from_networkx(nx.read_graphml(path))


def _take_graphml_of_networkx(
    nodes: Rows, links: Rows, metadata: Metadata, folder: Path
) -> LinkGraph:
    path = folder / "given.graphml"
    path.write_text(_graphml(nodes, links, metadata), encoding="utf-8")
    return LinkGraph.from_networkx(nx.read_graphml(path, force_multigraph=True))


def _by_node_link(graph: LinkGraph, folder: Path) -> LinkGraph:
    path = write(graph, folder / "graph.json", evidence="full")
    content = json.loads(path.read_text(encoding="utf-8"))
    return LinkGraph.from_networkx(nx.node_link_graph(content, edges="edges"))


def _take_node_link(nodes: Rows, links: Rows, metadata: Metadata, _: Path) -> LinkGraph:
    content = {
        "directed": True,
        "multigraph": True,
        "graph": metadata,
        "nodes": [{**row, "id": row["node_id"]} for row in nodes],
        "edges": [{**row, "key": row.get("link_id")} for row in links],
    }
    content = json.loads(json.dumps(content, default=_text_of))
    return LinkGraph.from_networkx(nx.node_link_graph(content, edges="edges"))


def _by_gexf(graph: LinkGraph, folder: Path) -> LinkGraph:
    path = write(graph, folder / "graph.gexf", evidence="full")
    return LinkGraph.from_networkx(nx.read_gexf(path), policy=graph.policy)


def _take_gexf(nodes: Rows, links: Rows, _: Metadata, folder: Path) -> LinkGraph:
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in nodes:
        attributes = {k: _text_of(v) for k, v in row.items() if v is not None and k != "node_id"}
        made.add_node(_text_of(row["node_id"]), **attributes)
    for row in links:
        attributes = {k: _text_of(v) for k, v in row.items() if v is not None}
        for end in ("source", "target"):
            del attributes[end]
        attributes.pop("id", None)
        made.add_edge(row["source"], row["target"], **attributes)
    nx.write_gexf(made, folder / "given.gexf")
    return LinkGraph.from_networkx(nx.read_gexf(folder / "given.gexf"))


_NO_WHOLE = frozenset(
    {
        "policy",
        "organization",
        "relationships",
        "relationships without an id",
        "relationships of another kind",
        "relationships without JSON",
        "relationships with an infinite score",
        "relationships with a text as score",
        "relationships with a number as status",
        "relationships at a column that is no id",
        "relationships that are no list",
        "keys",
        "keys of no node",
        "keys of a node without an id",
        "keys with a text as flag",
        "keys with a part of a position",
        "lifted",
    }
)
_TEXTS_ONLY = frozenset({"number as status", "number as name"})
# A graph has each node once, and an edge without its ends is none.
_NETWORKX = frozenset({"node twice"})
_EDGES = frozenset({"end missing", "end no id"})

ROUTES = {
    "arrow": Route(
        _by_arrow,
        lambda nodes, links, _, __: LinkGraph.from_arrow(_arrow(nodes), _arrow(links)),
        _NO_WHOLE,
    ),
    "pandas": Route(
        _by_pandas,
        lambda nodes, links, _, __: LinkGraph.from_pandas(pd.DataFrame(nodes), pd.DataFrame(links)),
        _NO_WHOLE,
    ),
    "polars": Route(
        _by_polars,
        lambda nodes, links, _, __: LinkGraph.from_polars(
            pl.DataFrame(_columns(nodes)), pl.DataFrame(_columns(links))
        ),
        _NO_WHOLE,
    ),
    "duckdb": Route(_by_duckdb, _take_duckdb, _NO_WHOLE),
    "parquet": Route(_by_parquet, _take_parquet),
    "csv": Route(_by_csv, _take_csv, _NO_WHOLE | _TEXTS_ONLY),
    "networkx": Route(_by_networkx, _take_networkx, _NETWORKX),
    "igraph": Route(_by_igraph, _take_igraph, _EDGES | {"node twice"}),
    "rustworkx": Route(_by_rustworkx, _take_rustworkx, _EDGES | {"node twice"}),
    "graphml": Route(_by_graphml, _take_graphml, _TEXTS_ONLY),
    "graphml by networkx": Route(
        _by_graphml_of_networkx, _take_graphml_of_networkx, _NETWORKX | _TEXTS_ONLY
    ),
    "node-link": Route(_by_node_link, _take_node_link, _NETWORKX),
    # networkx gives the ends of edges a label when it writes them.
    "gexf": Route(_by_gexf, _take_gexf, _NETWORKX | _TEXTS_ONLY | _NO_WHOLE | _EDGES),
}
routes = pytest.mark.parametrize("route", ROUTES)

LOSSES = {
    "graphml by networkx": "empty texts",
    "gexf": "the whole, empty texts, characters that XML cannot carry",
}
"""Losses of a library's route; the other routes return an equal graph."""

# --- the same graph ------------------------------------------------------------------------------

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "a\x00b\x1f",
    "\u202egnp.exe",
    "NaN",
    "None",
    "null",
    "007",
    "1e5",
    "true",
    "_x0041_",
    "line\r\nbreak\ttab",
    "'quoted\" \\ back",
    " space ",
    "\ufeffmark",
    "\U0001f600",
    "a/b.c",
    "2026-01-01",
)
PLAIN = tuple(name for name in HOSTILE if name.isprintable() or "\u202e" in name)


def hostile(names: tuple[str, ...] = HOSTILE) -> LinkGraph:
    """Return a graph in which names, kinds, types and evidence are hostile, with relationships."""
    places = builders.catalogue([f"s/t.{number}" for number in range(len(names))])
    for entry, name in zip(places["columns"], names, strict=True):
        entry |= {
            "name": name,
            "description": name,
            "data_type": name,
            "is_primary_key": name == "007",
            "is_active": None if name == "null" else name != "NaN",
        }
    places["integration_sources"][0]["name"] = names[0]
    places["tables"][0]["schema_name"] = names[1]
    places["relationships"] = [
        {
            "id": uid("relationship"),
            "integration_source_id": uid("s"),
            "from_column_id": uid("s/t.0"),
            "to_table_id": uid("s/t"),
            "to_column_name": names[1],
            "type": names[0],
            "score": 0.25,
            "evidence": {"why": names[0]},
        }
    ]
    places["organization"] = [{"id": builders.ORGANIZATION, "name": names[1]}]
    rows = [
        builders.record(
            f"s/t.{number}",
            f"s/t.{(number + 1) % len(names)}",
            None if number == 1 else number / 19,
            id=uid(f"link {number}"),
            evidence={name: [name, {"deep": number}]} if number else None,
        )
        for number, name in enumerate(names)
    ]
    rows[2] |= {"status": names[2], "link_type": names[3]}
    rows[3] |= {"status": "APPROVED", "link_type": "DETERMINISTIC"}
    rows.append(rows[4] | {"id": uid("parallel"), "status": "REJECTED"})
    rows.append(
        rows[5]
        | {
            "id": uid("back"),
            **{
                f"{one}_{name}": rows[5].get(f"{other}_{name}")
                for one, other in (("source", "target"), ("target", "source"))
                for name in ("integration_source_id", "table_id", "column_id")
            },
        }
    )
    policy = Policy(null_confidence=0.5, rejected="score")
    return LinkGraph(read_links(rows, catalogue=places), policy=policy)


@routes
def test_a_hostile_graph_comes_back(route: str, tmp_path: Path) -> None:
    """Nodes, links, relationships, policy, key facts and evidence are equal, whatever the texts."""
    graph = hostile(HOSTILE if route != "gexf" else PLAIN)
    again = ROUTES[route].there_and_back(graph, tmp_path)
    if route == "gexf":
        assert again.links == graph.links
        assert again.nodes == graph.nodes
        return
    assert again == graph
    assert again.nodes == graph.nodes
    assert len(again.relationships) == 1
    assert key_facts_of(again.arrays).equals(key_facts_of(graph.arrays))


@routes
def test_the_demo_comes_back(route: str, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """With all of its 64 relationships, where the route has a place for them."""
    again = ROUTES[route].there_and_back(demo_graph, tmp_path)
    if route == "gexf":
        assert again.links == demo_graph.links
        return
    assert again == demo_graph
    assert len(again.relationships) == len(demo_graph.relationships) == 64


@pytest.mark.parametrize("route", [name for name in ROUTES if name not in LOSSES])
@given(graph=graphs())
def test_any_graph_comes_back(
    route: str, tmp_path_factory: pytest.TempPathFactory, graph: LinkGraph
) -> None:
    """Without exception, on every route that says so."""
    assert ROUTES[route].there_and_back(graph, tmp_path_factory.mktemp("route")) == graph


# --- the same faults -----------------------------------------------------------------------------

Edit = Callable[[Rows, Rows, Metadata], None]


def _set(table: str, **values: Any) -> Edit:
    """Return an edit of the last node or the first link."""

    def edit(nodes: Rows, links: Rows, _: Metadata) -> None:
        (nodes[-1] if table == "nodes" else links[0]).update(values)

    return edit


def _drop(table: str, name: str) -> Edit:
    def edit(nodes: Rows, links: Rows, _: Metadata) -> None:
        for row in nodes if table == "nodes" else links:
            del row[name]

    return edit


def _whole(**values: Any) -> Edit:
    return lambda _, __, metadata: metadata.update(values)


def _relationship(**values: Any) -> dict[str, Any]:
    return {"id": uid("relationship"), "kind": "relationship", **values}


def _twice(_: Rows, links: Rows, __: Metadata) -> None:
    first = links[0]
    links.append({**first, "source": first["target"], "target": first["source"]})


def _node_twice(nodes: Rows, _: Rows, __: Metadata) -> None:
    nodes.append(dict(nodes[-1]))


def _named_by_numbers(nodes: Rows, _: Rows, __: Metadata) -> None:
    for row in nodes:
        row["name"] = 7


COLUMN, IDLE = uid("a/t.x"), uid("a/t.idle")
_RANGE = "it must be in [0, 1], or null."
FAULTS: dict[str, tuple[Edit, str]] = {
    "confidence 7.5": (
        _set("links", confidence=7.5),
        f"links row 0: 'confidence' is 7.5; {_RANGE}",
    ),
    "confidence 87": (_set("links", confidence=87.0), f"links row 0: 'confidence' is 87; {_RANGE}"),
    "confidence below": (
        _set("links", confidence=-0.25),
        f"links row 0: 'confidence' is -0.25; {_RANGE}",
    ),
    "confidence no number": (
        _set("links", confidence="high"),
        "links row 0: 'confidence' is not a number.",
    ),
    "confidence a truth value": (
        _set("links", confidence=True),
        "links row 0: 'confidence' is not a number.",
    ),
    "link twice": (_twice, f"links: the link_id {uid('link')} occurs twice."),
    "node twice": (_node_twice, f"nodes: the node_id {IDLE} occurs twice."),
    "link no id": (
        _set("links", link_id="one"),
        "links row 0: 'link_id' is not an id (a UUID).",
    ),
    "node no id": (
        _set("nodes", node_id="mail@example.org"),
        "nodes row 4: 'node_id' is not an id (a UUID).",
    ),
    "end missing": (
        _set("links", target=uid("nowhere")),
        f"links row 0: target {uid('nowhere')!r} is not among the nodes.",
    ),
    "end no id": (
        _set("links", target="mail@example.org"),
        "links row 0: target is not among the nodes.",
    ),
    "parent missing": (
        _set("nodes", parent_id=uid("nowhere")),
        f"nodes row 4: parent_id {uid('nowhere')!r} is not among the nodes.",
    ),
    "parent no higher": (
        _set("nodes", parent_id=COLUMN),
        "nodes row 4: its parent stands no higher than the node itself.",
    ),
    "evidence a list": (
        _set("links", evidence="[1]"),
        "links row 0: 'evidence' is not a JSON object.",
    ),
    "evidence no JSON": (
        _set("links", evidence="matched by hand"),
        "links row 0: 'evidence' is not a JSON object.",
    ),
    "evidence not finite": (
        _set("links", evidence='{"score": NaN}'),
        "links row 0: 'evidence' is not a JSON object.",
    ),
    "evidence too deep": (
        _set("links", evidence='{"a": ' + "[" * 5_000 + "]" * 5_000 + "}"),
        "links row 0: 'evidence' is not a JSON object.",
    ),
    "number as status": (_set("links", status=3), "links row 0: 'status' is not text."),
    "number as name": (
        _named_by_numbers,
        "nodes row 0: 'name' is not text.",
    ),
    "unknown level": (
        _set("nodes", level="planet"),
        "nodes row 4: 'level' is not one of integration_source, table, column.",
    ),
    "no truth value": (
        _set("nodes", is_active="maybe"),
        "nodes row 4: 'is_active' is not true or false.",
    ),
    "no time": (_set("links", created_at="yesterday"), "links row 0: 'created_at' is not a time."),
    "level null": (_set("nodes", level=None), "nodes row 4: 'level' is missing."),
    "without status": (_drop("links", "status"), "The links have no 'status'."),
    "without type": (_drop("links", "link_type"), "The links have no 'link_type'."),
    "without level": (_drop("nodes", "level"), "The nodes have no 'level'."),
    "policy": (_whole(policy={"approved": "maybe"}), "The graph's 'policy' cannot be read."),
    "organization": (
        _whole(organization_id="mine"),
        "The graph's 'organization_id' cannot be read.",
    ),
    "relationships": (
        _whole(relationships=[_relationship(), _relationship(id="x")]),
        "relationships row 1: 'id' is not an id (a UUID).",
    ),
    "relationships without an id": (
        _whole(relationships=[_relationship(id=None)]),
        "relationships row 0: 'id' is missing.",
    ),
    "relationships of another kind": (
        _whole(relationships=[_relationship(kind="friendship")]),
        "relationships row 0: 'kind' is not one of relationship, association.",
    ),
    "relationships without JSON": (
        _whole(relationships=[_relationship(), _relationship(evidence="{")]),
        "relationships row 1: 'evidence' is not a JSON object.",
    ),
    "relationships with an infinite score": (
        _whole(relationships=[_relationship(score=float("inf"))]),
        "relationships row 0: 'score' is not a finite number.",
    ),
    "relationships with a text as score": (
        _whole(relationships=[_relationship(score="high")]),
        "relationships row 0: 'score' is not a number.",
    ),
    "relationships with a number as status": (
        _whole(relationships=[_relationship(status=3)]),
        "relationships row 0: 'status' is not text.",
    ),
    "relationships at a column that is no id": (
        _whole(relationships=[_relationship(source_column=7)]),
        "relationships row 0: 'source_column' is not an id (a UUID).",
    ),
    "relationships that are no list": (
        _whole(relationships={"id": uid("x")}),
        "The graph's 'relationships' cannot be read.",
    ),
    "keys": (_whole(key_facts=["x"]), "The graph's 'key_facts' cannot be read."),
    "keys of no node": (
        _whole(key_facts=[{"is_unique": True}]),
        "key_facts row 0: 'node_id' is missing.",
    ),
    "keys of a node without an id": (
        _whole(key_facts=[{"node_id": "a/t.x", "is_unique": True}]),
        "key_facts row 0: 'node_id' is not an id (a UUID).",
    ),
    "keys with a text as flag": (
        _whole(key_facts=[{"node_id": uid("a/t.x"), "is_unique": "maybe"}]),
        "key_facts row 0: 'is_unique' is not true or false.",
    ),
    "keys with a part of a position": (
        _whole(key_facts=[{"node_id": uid("a/t.x"), "ordinal_position": 1.5}]),
        "key_facts row 0: 'ordinal_position' is not a whole number.",
    ),
    "lifted": (
        _whole(lifted_to="table"),
        "This graph has links lifted to one level (table), not the links themselves.",
    ),
}


def rows_of() -> tuple[Rows, Rows, Metadata]:
    """Return two systems, a table with two columns, and one link."""
    nodes = [
        ("a", "integration_source", None),
        ("b", "integration_source", None),
        ("a/t", "table", "a"),
        ("a/t.x", "column", "a/t"),
        ("a/t.idle", "column", "a/t"),
    ]
    return (
        [
            {
                "node_id": uid(name),
                "level": level,
                "name": name,
                "parent_id": parent and uid(parent),
                "is_active": None,
            }
            for name, level, parent in nodes
        ],
        [
            {
                "link_id": uid("link"),
                "source": uid("a/t.x"),
                "target": uid("b"),
                "link_type": "PROBABILISTIC",
                "status": "SUGGESTED",
                "confidence": 0.5,
                "evidence": '{"score": 0.5}',
                "created_at": datetime(2026, 1, 5, tzinfo=UTC),
            }
        ],
        {},
    )


@routes
def test_rows_written_by_hand_are_read(route: str, tmp_path: Path) -> None:
    """The table that faults are put into is right."""
    found = ROUTES[route].take(*rows_of(), tmp_path)
    assert (found.n_nodes, found.n_links) == (5, 1)
    assert found.link(0).confidence == 0.5
    assert found.link(0).evidence == {"score": 0.5}
    assert found.link(0).created_at == datetime(2026, 1, 5, tzinfo=UTC)


@routes
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_refused_alike(route: str, fault: str, tmp_path: Path) -> None:
    """One class of error and one text, on every route that can hold the fault."""
    if fault in ROUTES[route].lacks:
        pytest.skip("this route cannot hold it")
    edit, said = FAULTS[fault]
    nodes, links, metadata = rows_of()
    edit(nodes, links, metadata)
    with pytest.raises(FormatError) as caught:
        ROUTES[route].take(nodes, links, metadata, tmp_path)
    assert type(caught.value) is FormatError
    assert caught.value.message == said


@pytest.mark.parametrize(
    ("edit", "said", "names"),
    [
        (
            _set("nodes", node_id=7),
            "nodes row 4: 'node_id' is not text.",
            ("pandas", "networkx", "node-link"),
        ),
        (
            _set("links", source=7),
            "links row 0: 'source' is not text.",
            ("arrow", "pandas", "polars", "networkx", "node-link"),
        ),
        (
            _set("links", link_id=7),
            "links row 0: 'link_id' is not text.",
            ("arrow", "pandas", "polars", "node-link"),
        ),
        (
            _set("links", evidence={"score": float("inf")}),
            "links row 0: 'evidence' is not a JSON object.",
            ("arrow", "pandas", "polars", "networkx", "rustworkx", "igraph"),
        ),
        (
            _set("links", evidence={"raw": b"x"}),
            "links row 0: 'evidence' is not a JSON object.",
            ("arrow", "pandas", "polars", "networkx", "rustworkx", "igraph"),
        ),
        (
            _set("nodes", is_active=10**30),
            "nodes row 4: 'is_active' is not true or false.",
            ("pandas", "networkx", "node-link", "rustworkx", "igraph"),
        ),
    ],
)
def test_values_of_wrong_types_are_refused_alike(
    edit: Edit, said: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    """On every route whose own types hold such a value."""
    for route in names:
        nodes, links, metadata = rows_of()
        edit(nodes, links, metadata)
        with pytest.raises(FormatError) as caught:
            ROUTES[route].take(nodes, links, metadata, tmp_path)
        assert caught.value.message == said, route


@pytest.mark.parametrize("route", ["pandas", "networkx", "rustworkx", "igraph"])
def test_ids_may_be_uuids(route: str, tmp_path: Path) -> None:
    """An id is one, whether as text or as a UUID."""
    nodes, links, metadata = rows_of()
    for rows, names in ((nodes, ("node_id",)), (links, ("link_id", "source", "target"))):
        for row in rows:
            row |= {name: UUID(row[name]) for name in names}
    again = ROUTES[route].take(nodes, links, metadata, tmp_path)
    assert again == ROUTES[route].take(*rows_of(), tmp_path)


def test_two_columns_of_one_name_are_refused() -> None:
    """Two columns of one name are refused; a further column may be doubled."""
    nodes, links, _ = rows_of()
    frame, other = pd.DataFrame(nodes), pd.DataFrame(links)
    twice = pd.concat([frame, frame[["name"]]], axis=1)
    with pytest.raises(FormatError, match="Two columns are called 'name'"):
        LinkGraph.from_pandas(twice, other)
    table = _arrow(nodes)
    with pytest.raises(FormatError, match="Two columns are called 'name'"):
        LinkGraph.from_arrow(table.append_column("name", table["name"]), _arrow(links))
    noted = table.append_column("note", table["name"]).append_column("note", table["name"])
    assert LinkGraph.from_arrow(noted, _arrow(links)).n_nodes == 5


def test_a_number_that_polars_has_and_arrow_has_not_is_refused() -> None:
    """Integers of 128 bits are read one by one."""
    if not hasattr(pl, "Int128"):
        pytest.skip("this polars has no such integers")
    nodes, links, _ = rows_of()
    frame = pl.DataFrame(_columns(nodes)).with_columns(is_active=pl.lit(10**30, dtype=pl.Int128))
    with pytest.raises(FormatError, match="nodes row 0: 'is_active' is not true or false"):
        LinkGraph.from_polars(frame, pl.DataFrame(_columns(links)))


@pytest.mark.parametrize(
    ("take", "given"),
    [
        (LinkGraph.from_networkx, lambda graph: (graph.to_networkx(keep_unweighted=True),)),
        (LinkGraph.from_igraph, lambda graph: (graph.to_igraph(keep_unweighted=True),)),
        (LinkGraph.from_rustworkx, lambda graph: (graph.to_rustworkx(keep_unweighted=True),)),
        (LinkGraph.from_pandas, lambda graph: (graph.to_pandas("nodes"), graph.to_pandas())),
        (LinkGraph, lambda graph: (graph.snapshot,)),
    ],
)
def test_a_policy_of_another_type_is_refused_at_once(
    demo_graph: LinkGraph, take: Any, given: Any
) -> None:
    """Not where it is first used."""
    with pytest.raises(ArgumentError, match="takes a Policy, not"):
        take(*given(demo_graph), policy="strict")


def test_a_hostile_flat_view_comes_back_through_gexf(tmp_path: Path) -> None:
    """The format loses what is said of the whole graph, but no character of a node or link."""
    graph = hostile()
    flat = graph.to_networkx(flat=True, keep_unweighted=True, evidence="full")
    nx.write_gexf(flat, tmp_path / "flat.gexf")
    again = LinkGraph.from_networkx(nx.read_gexf(tmp_path / "flat.gexf"), policy=graph.policy)
    assert again.links == graph.links
    assert again.nodes == graph.nodes


@pytest.mark.parametrize("library", ["networkx", "igraph", "rustworkx"])
def test_evidence_is_that_of_a_setting(demo_graph: LinkGraph, library: str, tmp_path: Path) -> None:
    """The settings of files hold in memory too: by default none, and nothing but the three."""
    to, back = getattr(demo_graph, f"to_{library}"), getattr(LinkGraph, f"from_{library}")
    there = {
        "full": demo_graph,
        "vocabulary": read_graphml(write(demo_graph, tmp_path / "x.graphml")),
    }
    for evidence, expected in there.items():
        again = back(to(keep_unweighted=True, evidence=evidence))
        assert again.links["evidence"] == expected.links["evidence"]
        assert again.relationships.evidence == expected.relationships.evidence
    without = back(to(keep_unweighted=True))
    assert set(without.links["evidence"]) == {None}
    assert without.relationships.evidence.null_count == len(without.relationships)
    for wrong in (True, "bogus", None):
        with pytest.raises(ArgumentError, match=r"evidence is .*; it must be one of"):
            to(evidence=wrong)


@pytest.mark.parametrize("library", ["networkx", "igraph", "rustworkx"])
def test_links_that_were_left_out_are_told(demo_graph: LinkGraph, library: str) -> None:
    """A graph that comes back without REJECTED links warns of it; with all links it does not."""
    to, back = getattr(demo_graph, f"to_{library}"), getattr(LinkGraph, f"from_{library}")
    with pytest.warns(LinksLeftOutWarning, match="80 REJECTED links were left out by to_") as told:
        assert back(to()).n_links == demo_graph.n_links - 146
    assert told[0].filename == __file__
    assert back(to(keep_unweighted=True)).n_links == demo_graph.n_links


def test_links_left_out_of_a_flat_view_are_told(demo_graph: LinkGraph) -> None:
    """Counts in JSON text are read; other values are ignored."""
    flat = demo_graph.to_networkx(flat=True)
    with pytest.warns(LinksLeftOutWarning, match="80 REJECTED"):
        LinkGraph.from_networkx(flat)
    others: list[object] = ["{", "[]", 7, {}]
    for other in others:
        flat.graph["links_left_out"] = other
        assert LinkGraph.from_networkx(flat).n_links == demo_graph.n_links - 146


@routes
def test_null_states_are_those_of_the_api(route: str, tmp_path: Path) -> None:
    """A link without status or type has the defaults of the API's records, as read_links gives."""
    nodes, links, metadata = rows_of()
    other = {"link_id": uid("other"), "source": links[0]["target"], "target": links[0]["source"]}
    links.append(dict.fromkeys(links[0]) | other)
    found = ROUTES[route].take(nodes, links, metadata, tmp_path).link(uid("other"))
    assert (found.status, found.link_type, found.confidence) == ("SUGGESTED", "PROBABILISTIC", None)
    assert (found.evidence, found.created_at) == (None, None)
