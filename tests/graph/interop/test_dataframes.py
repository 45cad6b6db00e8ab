"""Tests of tables out and back: Arrow, pandas, polars and DuckDB hold the same graph."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.graph.data import key_facts_of
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.duckdb import snapshot_to_duckdb
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.snapshot import Snapshot
from tests.support import builders
from tests.support.builders import uid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# --- any graph -----------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TIMES = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat())
# Where a link may end: in a database, in a service, in no known table, and in a table whose id is
# that of a system.
PLACES: dict[str, dict[str, str]] = {
    "system": {"integration_source_id": "a"},
    "table": {"integration_source_id": "a", "table_id": "a/t"},
    "column": {"integration_source_id": "a", "table_id": "a/t", "column_id": "a/t.x"},
    "another": {"integration_source_id": "a", "table_id": "a/t", "column_id": "a/t.y"},
    "service": {"integration_source_id": "b"},
    "object": {"integration_source_id": "b", "saas_object_id": "b/o"},
    "field": {"integration_source_id": "b", "saas_object_id": "b/o", "field_id": "b/o.f"},
    "lost": {"integration_source_id": "b", "column_id": "lost"},
    "twin": {"integration_source_id": "b", "table_id": "a"},
}
STATUSES = st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"])


def _link(draw: st.DrawFn, number: int) -> dict[str, Any]:
    row = {
        "id": uid(f"link {number}"),
        "organization_id": builders.ORGANIZATION,
        "created_at": draw(TIMES),
        "updated_at": draw(TIMES),
        "confidence_score": draw(st.none() | st.floats(0, 1, allow_subnormal=False)),
        "status": draw(STATUSES | NAMES),
        "link_type": draw(st.sampled_from(["DETERMINISTIC", "PROBABILISTIC"]) | NAMES),
        "evidence": draw(st.none() | st.dictionaries(NAMES, NAMES | st.floats(0, 1), max_size=3)),
    }
    for side in ("source", "target"):
        for field, name in PLACES[draw(st.sampled_from(list(PLACES)))].items():
            row[f"{side}_{field}"] = uid(name)
    return row


def _catalogue(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    records: dict[str, list[dict[str, Any]]] = {
        "integration_sources": [
            {"id": uid(name), "name": draw(NAMES), "connector_type": draw(st.none() | NAMES)}
            for name in ("a", "b")
        ],
        "tables": [
            {
                "id": uid("a/t"),
                "integration_source_id": uid("a"),
                "name": draw(NAMES),
                "schema_name": draw(st.none() | NAMES),
            }
        ],
        "saas_objects": [
            {
                "id": uid("b/o"),
                "integration_source_id": uid("b"),
                "object_name": draw(NAMES),
                "api_identifier": draw(st.none() | NAMES),
            }
        ],
        "columns": [
            {
                "id": uid(f"a/t.{name}"),
                "table_id": uid("a/t"),
                "name": draw(NAMES),
                "data_type": draw(st.none() | NAMES),
                "is_primary_key": draw(st.none() | st.booleans()),
                "ordinal_position": draw(st.none() | st.integers(0, 9)),
            }
            for name in ("x", "y")
        ],
        "saas_fields": [
            {"id": uid("b/o.f"), "saas_object_id": uid("b/o"), "field_name": draw(NAMES)}
        ],
    }
    for entry in [entry for entries in records.values() for entry in entries]:
        entry["description"] = draw(st.none() | NAMES)
        entry["is_active"] = draw(st.none() | st.booleans())
    kept = {kind: [r for r in rows if draw(st.booleans())] for kind, rows in records.items()}
    relationship = {
        "id": uid("relationship"),
        "integration_source_id": uid("a"),
        "from_column_id": uid("a/t.x"),
        "to_table_id": uid("a/t"),
        "to_column_name": draw(NAMES),
        "score": draw(st.none() | st.floats(0, 1)),
        "evidence": draw(st.none() | st.dictionaries(NAMES, NAMES, max_size=2)),
    }
    return kept | {"relationships": [relationship] if draw(st.booleans()) else []}


@st.composite
def graphs(draw: st.DrawFn) -> LinkGraph:
    """Draw a small graph: parallel links, loops, both directions, nulls, and texts of any kind."""
    rows = [_link(draw, number) for number in range(draw(st.integers(0, 6)))]
    policy = draw(st.sampled_from([Policy(), Policy(null_confidence=0.5, rejected="score")]))
    graph = LinkGraph(read_links(rows, catalogue=_catalogue(draw)), policy=policy)
    if graph.n_links:
        graph = graph.with_decisions({graph.link(0).link_id: draw(STATUSES)})
    kind = draw(st.sampled_from(["whole", "turned", "filtered", "part"]))
    if kind == "turned":
        return graph.reverse()
    if kind == "filtered":
        return graph.where(min_confidence=0.5)
    return graph.subgraph([graph.node(0)]) if kind == "part" and graph.n_nodes else graph


def small() -> LinkGraph:
    """Return two systems, parallel and opposite links, a self link, and nulls."""
    return builders.graph(
        [
            ("crm/contact.email", "shop/user.mail", 0.9, "SUGGESTED"),
            ("crm/contact.email", "shop/user.mail", None, "APPROVED"),
            ("shop/user.mail", "crm/contact.email", 1.0, "REJECTED"),
            ("crm/contact", "crm/contact", 0.5, "SUGGESTED"),
            ("crm", "shop/user", None, "SUGGESTED"),
        ],
        also=["shop/idle.column"],
    )


# --- there and back ------------------------------------------------------------------------------


def _by_arrow(graph: LinkGraph) -> LinkGraph:
    return LinkGraph.from_arrow(graph.to_arrow("nodes"), graph.to_arrow(), like=graph)


def _by_pandas(graph: LinkGraph) -> LinkGraph:
    return LinkGraph.from_pandas(graph.to_pandas("nodes"), graph.to_pandas(), like=graph)


def _by_polars(graph: LinkGraph) -> LinkGraph:
    return LinkGraph.from_polars(graph.to_polars("nodes"), graph.to_polars(), like=graph)


def _by_duckdb(graph: LinkGraph) -> LinkGraph:
    with LinkGraph.to_duckdb(graph) as connection:
        return LinkGraph.from_arrow(
            connection.table("nodes"), connection.table("links"), like=graph
        )


WAYS: dict[str, Callable[[LinkGraph], LinkGraph]] = {
    "arrow": _by_arrow,
    "pandas": _by_pandas,
    "polars": _by_polars,
    "duckdb": _by_duckdb,
}
ways = pytest.mark.parametrize("way", WAYS)


@ways
def test_a_small_graph_comes_back(way: str) -> None:
    """Every link is there, with its direction, nulls, evidence and times."""
    again = WAYS[way](small())
    assert again == small()
    assert again.links == small().links
    assert again.nodes == small().nodes


@ways
@given(graphs())
def test_any_graph_comes_back(way: str, graph: LinkGraph) -> None:
    """Without exception, with paths and weights that were worked out anew."""
    again = WAYS[way](graph)
    assert again == graph
    assert again.links == graph.links
    assert again.nodes == graph.nodes


@ways
def test_the_demo_organisation_comes_back(way: str, demo_graph: LinkGraph) -> None:
    """With relationships and keys, so that joins and clusters are the same too."""
    again = WAYS[way](demo_graph)
    assert again == demo_graph
    ends = ("Stripe/customers", "Zendesk/tickets")
    assert str(join_paths(again, *ends)) == str(join_paths(demo_graph, *ends))
    assert cluster(again).ids == cluster(demo_graph).ids


def test_what_was_read_says_where_it_came_from(tmp_path: Path) -> None:
    """And can be kept as any other snapshot."""
    again = _by_polars(small())
    assert again.snapshot.origin == "polars"
    again.snapshot.write(tmp_path / "again.hummgraph")


def test_without_another_graph_the_whole_is_unknown() -> None:
    """Nodes and links alone tell neither whose they are nor how to read them."""
    graph = small().with_policy(Policy(null_confidence=0.25))
    bare = LinkGraph.from_arrow(graph.nodes, graph.links)
    assert bare.snapshot.organization_id is None
    assert bare.policy == Policy()
    assert bare.nodes == graph.nodes
    assert LinkGraph.from_arrow(graph.nodes, graph.links, policy=graph.policy).links == graph.links
    assert (
        LinkGraph.from_arrow(graph.nodes, graph.links, like=graph, policy=Policy()).policy
        == Policy()
    )


# --- edited --------------------------------------------------------------------------------------


def test_edited_tables_of_pandas(demo_graph: LinkGraph) -> None:
    """Rows may be taken away, be in any order and have columns of one's own."""
    nodes, links = demo_graph.to_pandas("nodes"), demo_graph.to_pandas()
    links = links[links["link_type"] == "DETERMINISTIC"].sort_values("confidence")
    mine: Any = [{"any": "thing"} if number % 2 else 1 for number in range(len(links))]
    links["mine"] = mine
    nodes["level"] = nodes["level"].astype("category")
    found = LinkGraph.from_pandas(nodes.sample(frac=1, random_state=1), links, like=demo_graph)
    assert found == demo_graph.where(link_type="DETERMINISTIC")


def test_edited_tables_of_polars(demo_graph: LinkGraph) -> None:
    """A value that was changed is changed, and nothing else."""
    links = demo_graph.to_polars().with_columns(
        status=pl.lit("APPROVED").cast(pl.Categorical), confidence=pl.lit(1).cast(pl.Int32)
    )
    found = LinkGraph.from_polars(demo_graph.to_polars("nodes"), links, like=demo_graph)
    assert found.n_links_by_status["APPROVED"] == found.n_links == demo_graph.n_links
    assert found.link(0).confidence == 1.0
    assert found.link(0).evidence == demo_graph.link(0).evidence


def test_nodes_that_were_taken_away(demo_graph: LinkGraph) -> None:
    """Their relationships and keys go with them."""
    part = demo_graph.subgraph(["Stripe", "Zendesk"])
    found = LinkGraph.from_arrow(part.nodes, part.links, like=demo_graph)
    assert found == part
    assert 0 < len(found.relationships) < len(demo_graph.relationships)


def test_result_of_a_query_comes_back(demo_graph: LinkGraph) -> None:
    """A relation of DuckDB is a table too; its times are in the session's zone."""
    with LinkGraph.to_duckdb(demo_graph) as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        links = connection.sql("FROM links WHERE link_type = 'DETERMINISTIC' ORDER BY random()")
        found = LinkGraph.from_arrow(demo_graph.nodes, links, like=demo_graph)
    assert found == demo_graph.where(link_type="DETERMINISTIC")


def test_times_without_a_zone_are_utc() -> None:
    """As pandas has them when somebody took the zone away."""
    graph = small()
    links = graph.to_pandas()
    for name in ("created_at", "updated_at"):
        links[name] = links[name].dt.tz_localize(None)
    assert LinkGraph.from_pandas(graph.to_pandas("nodes"), links, like=graph) == graph


# --- DuckDB --------------------------------------------------------------------------------------


def test_views_hold_what_the_tables_hold(demo_graph: LinkGraph) -> None:
    """Every value of every column."""
    clusters = cluster(demo_graph)
    expected = {
        "nodes": demo_graph.nodes,
        "links": demo_graph.links,
        "relationships": demo_graph.relationships.to_frame(),
        "clusters": clusters.to_frame(),
    }
    tables = {name: frame.to_arrow() for name, frame in expected.items()}
    with LinkGraph.to_duckdb(demo_graph, clusters=clusters) as connection:
        for name, table in tables.items():
            found = pa.table(connection.table(name))
            assert found.cast(table.schema).equals(table), name
            counted = connection.sql(f"SELECT count(*) FROM {name}").fetchall()  # noqa: S608 - of four names
            assert counted == [(table.num_rows,)]


def test_nothing_is_copied(demo_graph: LinkGraph) -> None:
    """Registering takes the memory of the relationships' few rows, which are made for it."""
    size = demo_graph.to_arrow().nbytes + demo_graph.to_arrow("nodes").nbytes
    before = pa.total_allocated_bytes()
    with LinkGraph.to_duckdb(demo_graph):
        assert pa.total_allocated_bytes() - before < size / 10


def test_queries_across_views(demo_graph: LinkGraph) -> None:
    """SQL counts what the graph counts, evidence can be asked into, and clusters be joined."""
    clusters = cluster(demo_graph)
    with LinkGraph.to_duckdb(demo_graph, clusters=clusters) as connection:
        counts = connection.sql("SELECT status, count(*) FROM links GROUP BY status").fetchall()
        assert dict(counts) == {k: n for k, n in demo_graph.n_links_by_status.items() if n}
        sizes = connection.sql(
            "SELECT count(*) FROM clusters JOIN nodes USING (node_id) GROUP BY cluster_index"
            " ORDER BY cluster_index"
        ).fetchall()
        assert [size for (size,) in sizes] == clusters.sizes.tolist()
        ((told,),) = connection.sql(
            "SELECT count(*) FROM links WHERE json_valid(evidence)"
        ).fetchall()
        assert told == sum(row["evidence"] is not None for row in demo_graph.links)


def test_views_of_a_connection_that_is_there() -> None:
    """Tables of its own stay as they are; views of an earlier call are put in place of."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE customers AS SELECT 1 AS id")
    assert LinkGraph.to_duckdb(small(), connection) is connection
    LinkGraph.to_duckdb(small().where(status="REJECTED"), connection)
    assert connection.sql("SELECT count(*) FROM links").fetchall() == [(1,)]
    LinkGraph.to_duckdb(small(), connection, prefix="whole_")
    assert connection.sql("SELECT count(*) FROM whole_links").fetchall() == [(5,)]
    assert connection.sql("SELECT id FROM customers").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE Links AS SELECT 1",
        "CREATE VIEW links AS SELECT 1",
        "CREATE TEMP TABLE links AS SELECT 1",
    ],
)
def test_nothing_is_hidden(statement: str) -> None:
    """A table that is there is not made unreachable, and no view is left behind."""
    connection = duckdb.connect()
    connection.execute(statement)
    with pytest.raises(ArgumentError, match="already has a table or view 'links'") as caught:
        LinkGraph.to_duckdb(small(), connection)
    assert "prefix" in caught.value.hint
    with pytest.raises(duckdb.CatalogException):
        connection.execute("FROM nodes")


ids_are_typed = pytest.mark.skipif(
    int(pa.__version__.partition(".")[0]) < 21,
    reason="this pyarrow writes ids to Parquet as bytes, not as UUIDs",
)


def _described(connection: duckdb.DuckDBPyConnection, what: str) -> list[Any]:
    return connection.sql(f"DESCRIBE FROM {what}").fetchall()


@ids_are_typed
@pytest.mark.parametrize("rebuilt", [False, True], ids=["as fetched", "of tables"])
def test_snapshot_is_queried_as_its_files_are(
    rebuilt: bool, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """The same query gives the same rows of the same types, from memory and from the folder."""
    snapshot = _by_arrow(demo_graph).snapshot if rebuilt else demo_graph.snapshot
    snapshot.write(tmp_path / "demo.hummgraph")
    files = sorted((tmp_path / "demo.hummgraph").glob("*.parquet"))
    with snapshot_to_duckdb(snapshot, prefix="my_") as connection:
        views = {
            name for (name,) in connection.sql("SELECT view_name FROM duckdb_views()").fetchall()
        }
        assert {f"my_{path.stem}" for path in files} <= views
        assert ("my_declared" in views) == rebuilt
        for path in files:
            view, file = f"my_{path.stem}", f"'{path.as_posix()}'"
            assert _described(connection, view) == _described(connection, file)
            for one, other in ((view, file), (file, view)):
                assert not connection.sql(f"FROM {one} EXCEPT ALL FROM {other}").fetchall()


@ids_are_typed
def test_ids_of_files_are_uuids(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """So they are compared with the ids that a graph has as text, and shown so."""
    demo_graph.snapshot.write(tmp_path / "demo.hummgraph")
    link = demo_graph.link(0)
    with LinkGraph.to_duckdb(demo_graph) as connection:
        found = connection.execute(
            f"SELECT link_id::VARCHAR, confidence FROM '{tmp_path}/demo.hummgraph/links.parquet'"  # noqa: S608 - a test's folder
            " WHERE link_id = ?",
            [link.link_id],
        ).fetchall()
        assert found == [(link.link_id, link.confidence)]
        both = connection.sql(
            f"SELECT count(*) FROM '{tmp_path}/demo.hummgraph/links.parquet' JOIN links"  # noqa: S608 - as above
            " USING (link_id)"
        )
        assert both.fetchall() == [(demo_graph.n_links,)]


def test_an_empty_snapshot_has_all_tables() -> None:
    """Without rows, with types."""
    empty = read_links([])
    assert isinstance(empty, Snapshot)
    with snapshot_to_duckdb(empty) as connection:
        assert connection.sql("SELECT link_id FROM links").fetchall() == []
        assert dict(row[:2] for row in _described(connection, "links"))["link_id"] == "UUID"


# --- what is refused -----------------------------------------------------------------------------


def test_what_is_no_table_is_told() -> None:
    """The error names the argument and the type."""
    with pytest.raises(
        ArgumentError, match="takes tables of nodes and links, not a value of type int"
    ):
        LinkGraph.from_arrow(small().nodes, 3)


def test_wrong_columns_are_told() -> None:
    """The error names the column, and its fault."""
    nodes, links = small().to_pandas("nodes"), small().to_pandas()
    with pytest.raises(FormatError, match="nodes have no 'level'"):
        LinkGraph.from_pandas(nodes.drop(columns="level"), links)
    with pytest.raises(FormatError, match="nodes have no 'node_id'"):
        LinkGraph.from_pandas(nodes.drop(columns="node_id"), links, like=small())
    with pytest.raises(FormatError, match="nodes row 0: 'node_id' is not text"):
        listed = pd.Series([["x"] for _ in range(len(nodes))], dtype=object)
        LinkGraph.from_pandas(nodes.assign(node_id=listed), links, like=small())
    with pytest.raises(FormatError, match="links row 0: 'confidence' is not a number"):
        LinkGraph.from_pandas(nodes, links.assign(confidence="high"))
    mixed = pd.Series(["a", 1] * 3)[: len(links)].astype(object)
    with pytest.raises(FormatError, match="links row 1: 'status' is not text"):
        LinkGraph.from_pandas(nodes, links.assign(status=mixed))
    with pytest.raises(
        FormatError, match=f"links row 0: target '{uid('nowhere')}' is not among the nodes"
    ):
        LinkGraph.from_pandas(nodes, links.assign(target=uid("nowhere")))
    with pytest.raises(FormatError, match="occurs twice"):
        LinkGraph.from_polars(small().to_polars("nodes"), pl.concat([small().to_polars()] * 2))


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'hummgraph\[duckdb\]'"):
        LinkGraph.to_duckdb(small())


def test_first_and_last_moment() -> None:
    """Times keep their microseconds from the first year to the last, in every library."""
    rows = [
        builders.record("a/t.x", "b/t.y", id=uid(str(number))) | {"created_at": moment}
        for number, moment in enumerate(
            ["0001-01-01T00:00:00.000005Z", "9999-12-31T23:59:59.999999Z"]
        )
    ]
    graph = LinkGraph(read_links(rows))
    for way in WAYS.values():
        found = {link["created_at"] for link in way(graph).links}
        assert found == {datetime(1, 1, 1, 0, 0, 0, 5, UTC), datetime.max.replace(tzinfo=UTC)}


# --- methods of the graph --------------------------------------------------------------------


def test_methods_hand_on_every_argument(demo_graph: LinkGraph) -> None:
    """Options of a method reach what it calls."""
    graph = small()
    assert (graph.to_scipy() - graph.to_scipy(level="column", weight="weight")).nnz == 0
    clusters = cluster(demo_graph)
    connection = duckdb.connect()
    assert demo_graph.to_duckdb(connection, clusters=clusters, prefix="my_") is connection
    tables = {name for (name,) in connection.sql("SHOW TABLES").fetchall()}
    assert tables
    assert all(name.startswith("my_") for name in tables)
    assert "my_clusters" in tables
    with graph.to_duckdb() as own:
        assert "links" in {name for (name,) in own.sql("SHOW TABLES").fetchall()}
    policy = Policy(null_confidence=0.25)
    nodes, links = graph.to_pandas("nodes"), graph.to_pandas()
    assert LinkGraph.from_pandas(nodes, links, like=graph) == graph
    assert LinkGraph.from_pandas(nodes, links, like=graph, policy=policy).policy == policy
    made = graph.to_igraph(keep_unweighted=True, evidence="full")
    assert LinkGraph.from_igraph(made, policy=policy).policy == policy


def test_whole_numbers_of_keys_are_exact(demo_graph: LinkGraph) -> None:
    """A number that a float cannot hold comes back as it is."""
    nodes = demo_graph.to_arrow("nodes")
    large = 2**53 + 1
    facts = [{"node_id": nodes["node_id"][-1].as_py(), "ordinal_position": large}]
    metadata = {"policy": "{}", "kept_evidence": "none", "key_facts": json.dumps(facts)}
    found = LinkGraph.from_arrow(
        nodes.replace_schema_metadata(metadata), demo_graph.to_arrow().replace_schema_metadata(None)
    )
    assert key_facts_of(found.arrays).column("ordinal_position").to_pylist() == [large]


def test_metadata_of_nodes_quote_no_evidence(demo_graph: LinkGraph) -> None:
    """Evidence of relationships goes with the links, whose table has evidence anyway."""
    assert any(row["evidence"] for row in demo_graph.relationships.to_frame())
    nodes, links = demo_graph.to_arrow("nodes"), demo_graph.to_arrow()
    assert "evidence" not in json.loads(nodes.schema.metadata[b"relationships"])[0]
    assert LinkGraph.from_arrow(nodes, links) == demo_graph
