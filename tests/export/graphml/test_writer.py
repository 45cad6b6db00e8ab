"""Tests of GraphML: other libraries read the values that were written."""

from __future__ import annotations

import io
import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import igraph
import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]  # has no types
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import ArgumentError
from hummgraph.export import rows, write
from hummgraph.export.graphml import writer as graphml
from hummgraph.export.graphml.writer import graphml_chunks
from hummgraph.graph.data import gather
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.records.redaction import KeptEvidence
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.builders import record, uid
from tests.support.places import SHARED

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clustering import Clusters
    from hummgraph.graph.projection import Projection

SCHEMA = SHARED / "schemas" / "graphml" / "graphml.xsd"
NODE_ATTRIBUTES = [
    "level",
    "name",
    "path",
    "parent_id",
    "system",
    "table",
    "kind",
    "schema_name",
    "api_identifier",
    "data_type",
    "description",
    "resolved",
    "is_active",
]


def written(
    graph: LinkGraph | Projection,
    *,
    clusters: Clusters | None = None,
    containment: bool = False,
    kept_evidence: KeptEvidence = KeptEvidence.FULL,
    **options: Any,
) -> bytes:
    """Return the bytes of the file."""
    return b"".join(
        graphml_chunks(
            rows.Rows(graph, clusters, kept_evidence), containment=containment, **options
        )
    )


def read_networkx(content: bytes) -> nx.MultiDiGraph[str]:
    """Read with networkx, as the documentation says."""
    read = nx.read_graphml(io.BytesIO(content), force_multigraph=True)
    assert isinstance(read, nx.MultiDiGraph)
    return read


def carried(text: str) -> str:
    """Replace characters that XML cannot hold, and escape text that looks like an escape."""
    told = "".join(
        f"_x005F_{part}" if re.match("x[0-9A-F]{4}_", part) else f"_{part}"
        for part in text.split("_")
    )[1 if not re.match("x[0-9A-F]{4}_", text) else 7 :]
    return re.sub(
        "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
        lambda found: f"_x{ord(found[0]):04X}_",
        told,
    )


def expected_node(row: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that a reader should find at a node: its row, without nulls."""
    return {
        name: carried(row[name]) if isinstance(row[name], str) else row[name]
        for name in NODE_ATTRIBUTES
        if row[name] is not None
    }


def expected_link(row: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that a reader should find at a link: its row, without nulls."""
    link = {
        "kind": "entity_link",
        "link_id": row["link_id"],
        "has_confidence": row["confidence"] is not None,
        "has_weight": row["weight"] is not None,
    }
    for name in ("link_type", "status", "evidence", "confidence", "weight"):
        if row[name] is not None:
            link[name] = carried(row[name]) if isinstance(row[name], str) else row[name]
    for name in ("created_at", "updated_at"):
        link[name] = row[name].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return link


def check_networkx(graph: LinkGraph, content: bytes) -> None:
    """Compare every node, link and attribute with the graph's own tables."""
    read = read_networkx(content)
    nodes = {row["node_id"]: expected_node(row) for row in graph.nodes}
    found = {
        node: {name: data[name] for name in NODE_ATTRIBUTES if name in data}
        for node, data in read.nodes(data=True)
    }
    assert found == nodes
    links = {
        (row["source"], row["target"], row["link_id"]): expected_link(row) for row in graph.links
    }
    assert {(a, b, key): data for a, b, key, data in read.edges(keys=True, data=True)} == links


def check_igraph(graph: LinkGraph, content: bytes, folder: Path) -> None:
    """Compare the same with igraph, which has NaN, empty texts and companions in place of nulls."""
    path = folder / "links.graphml"
    path.write_bytes(content)
    read = igraph.Graph.Read_GraphML(str(path))
    assert read.is_directed()
    rows = {row["node_id"]: row for row in graph.nodes}
    assert sorted(read.vs["id"]) == sorted(rows) if rows else read.vcount() == 0
    for vertex in read.vs:
        expected = expected_node(rows[vertex["id"]])
        assert vertex["has_is_active"] == ("is_active" in expected)
        for name in NODE_ATTRIBUTES:
            if name in {"resolved", "is_active"}:
                assert vertex[name] == expected.get(name, False)
            else:
                assert vertex[name] == expected.get(name, "")
    by_id = {row["link_id"]: row for row in graph.links}
    assert read.ecount() == len(by_id)
    for edge in read.es:
        row = by_id[edge["link_id"]]
        expected = expected_link(row)
        assert (read.vs[edge.source]["id"], read.vs[edge.target]["id"]) == (
            row["source"],
            row["target"],
        )
        for name in expected:
            assert edge[name] == expected[name]
        assert math.isnan(edge["confidence"]) == (row["confidence"] is None)
        assert math.isnan(edge["weight"]) == (row["weight"] is None)


def check_schema(content: bytes) -> None:
    """Validate by the official schema, if the schema and a validator are present."""
    etree = pytest.importorskip("lxml.etree")
    if not SCHEMA.is_file():
        pytest.skip("needs the official schema beside the project")
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    schema.assertValid(etree.fromstring(content))


def small() -> LinkGraph:
    """Return two systems, parallel and opposite links, a self link, and nulls."""
    rows = [
        ("crm/contact.email", "shop/user.mail", 0.9, "SUGGESTED"),
        ("crm/contact.email", "shop/user.mail", None, "APPROVED"),
        ("shop/user.mail", "crm/contact.email", 1.0, "REJECTED"),
        ("crm/contact", "crm/contact", 0.5, "SUGGESTED"),
        ("crm", "shop/user", None, "SUGGESTED"),
    ]
    return builders.graph(rows, also=["shop/idle.column"])


# --- what is in the file -------------------------------------------------------------------------


def test_networkx_reads_everything() -> None:
    """Every node, link and attribute is read, including parallel links and both directions."""
    check_networkx(small(), written(small()))


def test_igraph_reads_everything(tmp_path: Path) -> None:
    """A second, independent reader agrees."""
    check_igraph(small(), written(small()), tmp_path)


def test_is_valid() -> None:
    """A file with every kind of element and attribute is valid by the official schema."""
    graph = small()
    check_schema(written(graph, clusters=cluster(graph), containment=True))
    check_schema(written(graph.project("table")))
    check_schema(written(LinkGraph(read_links([]))))


def test_demo_organisation(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """A whole organisation is read as completely as a few links."""
    content = written(demo_graph)
    check_networkx(demo_graph, content)
    check_igraph(demo_graph, content, tmp_path)
    check_schema(content)


def test_attribute_has_one_type_and_no_reader_trips_over_its_name() -> None:
    """Each attribute is declared once for each domain, and none has a name that readers reserve."""
    graph = small()
    content = written(graph, clusters=cluster(graph), containment=True).decode()
    keys = re.findall(r'<key id="(\w+)" for="(\w+)" attr.name="(\w+)" attr.type="(\w+)"/>', content)
    assert len({(domain, name) for _, domain, name, _ in keys}) == len(keys)
    types: dict[str, set[str]] = {}
    for _, _, name, kind in keys:
        types.setdefault(name, set()).add(kind)
    assert all(len(kinds) == 1 for kinds in types.values())
    assert types["confidence"] == types["weight"] == {"double"}
    assert not types.keys() & {"id", "x", "y", "z", "size", "r", "g", "b", "color", "key"}


def test_graph_says_what_holds_for_the_file() -> None:
    """The graph has the organisation, the policy, the kept evidence and the counts of nulls."""
    graph = builders.graph(
        [("a/t.x", "b/t.y", None), ("a/t.x", "b/t.z", 0.4)], policy=Policy(null_confidence=0.5)
    )
    facts = read_networkx(written(graph, kept_evidence=KeptEvidence.VOCABULARY)).graph
    assert facts["organization_id"] == builders.ORGANIZATION
    assert json.loads(facts["policy"]) == graph.policy.to_dict()
    assert facts["kept_evidence"] == "vocabulary"
    assert "replaced" in facts["left_out"]
    assert facts["n_links"] == 2
    assert facts["n_links_without_confidence"] == 1
    assert facts["n_links_without_weight"] == 0
    assert facts["uncarried_characters"] == 0


def test_labels_are_names_as_people_say_them() -> None:
    """A label is the system, the table with its schema, or the table and column."""
    records = {
        "integration_sources": [{"id": uid("s"), "name": "Shop"}],
        "tables": [
            {
                "id": uid("t"),
                "name": "users",
                "schema_name": "public",
                "integration_source_id": uid("s"),
            }
        ],
        "columns": [{"id": uid("c"), "name": "mail", "table_id": uid("t")}],
    }
    read = read_networkx(written(LinkGraph(read_links([], catalogue=records))))
    assert {node: data["label"] for node, data in read.nodes(data=True)} == {
        uid("s"): "Shop",
        uid("t"): "public.users",
        uid("c"): "public.users.mail",
    }


def test_column_without_a_table_keeps_its_own_name_as_label() -> None:
    """The label of a column whose table is unknown does not invent one."""
    lost = {key: value for key, value in record("a/t.x", "b/t.y").items() if "table_id" not in key}
    read = read_networkx(written(LinkGraph(read_links([lost]))))
    assert read.nodes[uid("a/t.x")]["label"] == uid("a/t.x")[:8]


def test_containment_is_written_on_request() -> None:
    """Each table and column has one edge from its parent, without a weight."""
    graph = small()
    read = read_networkx(written(graph, containment=True))
    contains = [
        (a, b, key, data)
        for a, b, key, data in read.edges(keys=True, data=True)
        if data["kind"] == "contains"
    ]
    parents = {row["node_id"]: row["parent_id"] for row in graph.nodes if row["parent_id"]}
    assert {b: a for a, b, _, _ in contains} == parents
    assert all(key == f"contains-{b}" for _, b, key, _ in contains)
    assert all(
        data == {"kind": "contains", "has_confidence": False, "has_weight": False}
        for *_, data in contains
    )
    assert read.number_of_edges() == graph.n_links + len(contains)


def test_clusters_are_attributes_of_nodes() -> None:
    """A node in no cluster has -1 and no name, so that no reader puts it in cluster 0."""
    graph = small()
    clusters = cluster(graph, threshold=0.9)
    read = read_networkx(written(graph, clusters=clusters))
    for index, row in enumerate(graph.nodes):
        label = int(clusters.labels[index])
        data = read.nodes[row["node_id"]]
        assert data["cluster_index"] == label
        assert data.get("cluster_id") == (clusters.ids[label] if label >= 0 else None)
        assert data.get("cluster_name") == (clusters.names[label] if label >= 0 else None)
        assert data["cluster_contradictions"] == (label >= 0 and clusters.n_contradictions[label])
    assert json.loads(read.graph["clusters"])["n_clusters"] == clusters.n_clusters


def test_lifted_links_are_one_edge_a_pair() -> None:
    """A projection is written with its counts, and its largest confidence as the weight."""
    graph = small()
    tables = graph.project("table")
    read = read_networkx(written(tables))
    assert set(read.nodes) == {row["node_id"] for row in tables.nodes}
    assert {data["level"] for _, data in read.nodes(data=True)} == {"table"}
    for row in tables.edges:
        data = read.edges[row["source"], row["target"], f"{row['source']}--{row['target']}"]
        assert data["kind"] == "lifted_links"
        for name in ("n_links", "n_suggested", "n_approved", "n_rejected", "n_deterministic"):
            assert data[name] == row[name]
        for name in ("max_confidence", "mean_confidence", "noisy_or_confidence"):
            assert data.get(name) == row[name]
            assert data[f"has_{name}"] == (row[name] is not None)
        assert data.get("weight") == row["max_confidence"]
    assert read.number_of_edges() == tables.n_edges
    assert read.graph["lifted_to"] == "table"
    assert read.graph["n_links_above"] == tables.n_links_above == 1


def test_lifted_links_have_no_containment() -> None:
    """Containment with lifted links raises an error before anything is written."""
    with pytest.raises(ArgumentError, match="one level"):
        graphml_chunks(
            rows.Rows(small().project("table"), None, KeptEvidence.NONE), containment=True
        )


def test_id_of_two_levels_stays_apart() -> None:
    """If a system and a table have one id, the level is put before it, in valid XML."""
    same = uid("same")
    row = record("a/t", "b/t") | {"source_integration_source_id": same, "source_table_id": same}
    graph = LinkGraph(read_links([row]))
    content = written(graph, containment=True)
    check_networkx(graph, written(graph))
    assert f'id="contains-table:{same}"'.encode() in content
    check_schema(content)


def test_all_leaves_out_evidence_and_descriptions() -> None:
    """With ``evidence="none"`` the file has neither evidence nor descriptions."""
    places = builders.catalogue(["a/t.x", "b/t.y"])
    places["columns"][0]["description"] = "secret words"
    row = record("a/t.x", "b/t.y", evidence={"sample": "secret value"})
    graph = LinkGraph(read_links([row], catalogue=places))
    assert b"secret" not in written(graph, kept_evidence=KeptEvidence.NONE)
    kept = written(graph, kept_evidence=KeptEvidence.VOCABULARY)
    assert b"secret words" in kept
    assert b"secret value" not in kept
    assert b'{"sample":"[redacted]"}' in kept
    assert written(graph).count(b"secret") == 2


# --- characters ----------------------------------------------------------------------------------


def named(name: str) -> LinkGraph:
    """Return a graph of one system with a name."""
    catalogue = {"integration_sources": [{"id": uid("s"), "name": name}]}
    return LinkGraph(read_links([], catalogue=catalogue))


@pytest.mark.parametrize(
    "name", ["<b>&amp;\"'</b>", " \t\n\r\r\n ", "]]>", "\u2028\x85\ufeff", "\U0001f600", "e\u0301"]
)
def test_text_survives(name: str) -> None:
    """Markup, white space, all kinds of line ends and all of Unicode are read as written."""
    read = read_networkx(written(named(name)))
    assert read.nodes[uid("s")]["name"] == name
    assert read.graph["uncarried_characters"] == 0


def test_what_xml_cannot_carry_is_escaped_and_counted() -> None:
    """A control character is written as its code and counted at each occurrence."""
    content = written(named("a\x00b\x1bc\ufffe_x0000_d_x_"))
    read = read_networkx(content)
    assert read.nodes[uid("s")]["name"] == "a_x0000_b_x001B_c_xFFFE__x005F_x0000_d_x_"
    # In name, label, path and system.
    assert read.graph["uncarried_characters"] == 12


def test_what_a_tool_would_show_is_replaced_and_counted() -> None:
    """In the profile of a tool a control character becomes U+FFFD."""
    content = written(named("a\x00b\x1bc\ufffe_x0000_"), profile="gephi")
    read = read_networkx(content)
    assert read.nodes[uid("s")]["name"] == "a\ufffdb\ufffdc\ufffd_x0000_"
    assert read.graph["uncarried_characters"] == content.decode().count("\ufffd") == 12


def test_uncarried_characters_of_repeated_values_are_counted() -> None:
    """The characters of an undocumented status are counted for every link that has it."""
    rows = [record("a/t.x", f"b/t.{number}", status="NEW\x01") for number in range(3)]
    content = written(LinkGraph(read_links(rows)))
    assert read_networkx(content).graph["uncarried_characters"] == 3
    assert content.decode().count("NEW_x0001_") == 3


def test_empty_text_is_not_null() -> None:
    """An empty description is an empty element; a missing one has no element."""
    catalogue = {
        "integration_sources": [
            {"id": uid("empty"), "name": "a", "description": ""},
            {"id": uid("none"), "name": "b", "description": None},
        ]
    }
    read = read_networkx(written(LinkGraph(read_links([], catalogue=catalogue))))
    assert read.nodes[uid("empty")]["description"] == ""
    assert "description" not in read.nodes[uid("none")]


# --- the way it is written -----------------------------------------------------------------------


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch, demo_graph: LinkGraph) -> None:
    """The file comes in pieces, and is the same for every number of rows in a batch."""
    clusters = cluster(demo_graph)
    tables = demo_graph.project("table")
    whole = written(demo_graph, clusters=clusters, containment=True), written(tables)
    monkeypatch.setattr(graphml, "BATCH", 100)
    monkeypatch.setattr(rows, "BATCH", 100)
    assert (written(demo_graph, clusters=clusters, containment=True), written(tables)) == whole
    pieces = list(graphml_chunks(rows.Rows(demo_graph, None, KeptEvidence.FULL)))
    assert max(map(len, pieces)) < len(b"".join(pieces)) / 10


def test_chunked_columns_are_read_where_they_lie() -> None:
    """Rows are found in columns of many chunks, in any order."""
    column = pa.chunked_array([["a", "b"], [], ["c"], [None, "e"]])
    rows = np.array([4, 0, 2, 0, 3])
    assert gather(column, rows).to_pylist() == ["e", "a", "c", "a", None]


def test_order_of_records_does_not_matter() -> None:
    """The same links in another order give the same bytes."""
    rows = [record("a/t.x", f"b/t.{number}", number / 10) for number in range(9)]
    assert written(LinkGraph(read_links(rows))) == written(LinkGraph(read_links(rows[::-1])))


def test_first_and_last_moment() -> None:
    """Times keep their microseconds from the first year to the last."""
    row = record("a", "b") | {
        "created_at": "0001-01-01T00:00:00.000005Z",
        "updated_at": "9999-12-31T23:59:59.999999Z",
    }
    read = read_networkx(written(LinkGraph(read_links([row]))))
    ((_, _, data),) = read.edges(data=True)
    assert data["created_at"] == "0001-01-01T00:00:00.000005Z"
    assert data["updated_at"] == "9999-12-31T23:59:59.999999Z"


def test_without_parallel_links_networkx_needs_to_be_asked(tmp_path: Path) -> None:
    """As the documentation says, networkx reads a file without parallel links as a ``DiGraph``."""
    path = write(builders.graph([("a", "b")]), tmp_path / "links.graphml")
    assert type(nx.read_graphml(path)) is nx.DiGraph
    assert type(nx.read_graphml(path, force_multigraph=True)) is nx.MultiDiGraph


# --- any graph -----------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
PLACES = ["a", "b", "a/t", "b/u", "a/t.x", "a/t.y", "b/u.x", "b/u.z"]


@st.composite
def graphs(draw: st.DrawFn) -> LinkGraph:
    """Draw a small graph with arbitrary texts."""
    catalogue = builders.catalogue(draw(st.lists(st.sampled_from(PLACES), max_size=6)))
    for records in catalogue.values():
        for entry in records:
            entry["name"] = draw(NAMES)
            entry["description"] = draw(st.none() | NAMES)
            entry["is_active"] = draw(st.none() | st.booleans())
    for entry in catalogue["columns"]:
        entry["data_type"] = draw(st.none() | NAMES)
    rows = [
        record(
            draw(st.sampled_from(PLACES)),
            draw(st.sampled_from(PLACES)),
            # igraph refuses a file with a number below 2.2e-308.
            draw(st.none() | st.floats(0, 1, allow_subnormal=False)),
            id=uid(f"link {number}"),
            status=draw(st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]) | NAMES),
            link_type=draw(st.sampled_from(["DETERMINISTIC", "PROBABILISTIC"])),
            evidence=draw(st.none() | st.dictionaries(NAMES, JSON, max_size=3)),
        )
        for number in range(draw(st.integers(0, 6)))
    ]
    return LinkGraph(read_links(rows, catalogue=catalogue))


@given(graphs())
def test_any_graph_is_read_back(graph: LinkGraph) -> None:
    """Networkx reads every node, link and value, whatever the texts contain."""
    content = written(graph)
    ElementTree.fromstring(content)  # well-formed for a second, stricter parser
    check_networkx(graph, content)


@given(graphs())
def test_any_graph_is_read_back_by_igraph(
    tmp_path_factory: pytest.TempPathFactory, graph: LinkGraph
) -> None:
    """So does igraph, which has an XML parser and reader of its own."""
    check_igraph(graph, written(graph), tmp_path_factory.mktemp("igraph"))


@given(graphs(), st.sampled_from(KeptEvidence), st.booleans())
def test_any_graph_is_valid(
    graph: LinkGraph, kept_evidence: KeptEvidence, containment: bool
) -> None:
    """Every graph is valid by the official schema, with every setting."""
    clusters = cluster(graph, threshold=0.5, level=Level.TABLE)
    check_schema(
        written(graph, clusters=clusters, containment=containment, kept_evidence=kept_evidence)
    )


# --- clusters, structure and nesting -------------------------------------------------------------


def test_contradictions_and_quality_come_with_clusters() -> None:
    """A REJECTED link in a cluster is marked, and the graph has the quality of the clusters."""
    graph = builders.graph(
        [
            ("a/t.x", "b/t.y", 0.9, "APPROVED"),
            ("b/t.y", "c/t.z", 0.9, "APPROVED"),
            ("c/t.z", "a/t.x", 0.9, "REJECTED"),
            ("c/t.z", "d/t.w", 0.9, "REJECTED"),
        ]
    )
    clusters = cluster(graph)
    read = read_networkx(written(graph, clusters=clusters))
    marked = [data["link_id"] for *_, data in read.edges(data=True) if data["contradiction"]]
    (found,) = clusters.contradictions
    assert marked == [found.link_id]
    assert json.loads(read.graph["contradictions"]) == [
        {
            "cluster_id": found.cluster_id,
            "link_id": found.link_id,
            "source": found.source,
            "target": found.target,
        }
    ]
    assert json.loads(read.graph["cluster_quality"]) == list(clusters.quality)


def test_relationships_are_a_fact_of_the_graph(demo_graph: LinkGraph) -> None:
    """Relationships are not edges, which count as links; their evidence is redacted."""
    for kept_evidence, texts in ((KeptEvidence.FULL, True), (KeptEvidence.NONE, False)):
        facts = read_networkx(written(demo_graph, kept_evidence=kept_evidence)).graph
        told = json.loads(facts["relationships"])
        assert len(told) == len(demo_graph.relationships)
        assert any("evidence" in row for row in told) == texts


def inner_nodes(graph: Any, within: str | None = None) -> dict[str, str | None]:
    """Return the parent of each nested node."""
    found = {}
    for node in graph.iterfind("{*}node"):
        found[node.get("id")] = within
        for inner in node.iterfind("{*}graph"):
            found |= inner_nodes(inner, node.get("id"))
    return found


@given(graphs())
def test_nested_nodes_lie_in_what_contains_them(graph: LinkGraph) -> None:
    """Each node is in the graph of its parent, with its attributes; links follow the nodes."""
    content = written(graph, nested=True)
    (outermost,) = ElementTree.fromstring(content).iterfind("{*}graph")
    assert inner_nodes(outermost) == {row["node_id"]: row["parent_id"] for row in graph.nodes}
    assert len(list(outermost.iterfind("{*}edge"))) == graph.n_links
    for data in (b"<data ", b"</data>"):
        assert content.count(data) == written(graph).count(data)


def test_nested_is_valid() -> None:
    """A second validator is used, as the first one takes nested graphs for duplicate nodes."""
    xmlschema = pytest.importorskip("xmlschema")
    if not SCHEMA.is_file():
        pytest.skip("needs the official schema beside the project")
    graph = small()
    xmlschema.XMLSchema(str(SCHEMA)).validate(
        written(graph, nested=True, clusters=cluster(graph)).decode()
    )


# --- the conventions of single tools -------------------------------------------------------------


def test_profile_is_checked() -> None:
    """The error for an unknown profile lists the profiles."""
    with pytest.raises(ArgumentError, match="'gephi', 'yed', 'cytoscape', 'neo4j'"):
        graphml_chunks(rows.Rows(small(), None, KeptEvidence.FULL), profile="graph-tool")


@pytest.mark.parametrize("profile", ["gephi", "cytoscape"])
def test_profile_only_adds(profile: str) -> None:
    """Every profile has all attributes of the plain profile and is valid by the official schema."""
    graph = small()
    content = written(graph, profile=profile, clusters=cluster(graph))
    check_schema(content)
    plain, other = read_networkx(written(graph)), read_networkx(content)
    for node, data in plain.nodes(data=True):
        kept = {k: v for k, v in data.items() if (profile, k) != ("cytoscape", "name")}
        assert kept.items() <= other.nodes[node].items()
    for *edge, data in plain.edges(keys=True, data=True):
        assert data.items() <= other.edges[tuple(edge)].items()


def test_gephi_has_places_colours_and_labels() -> None:
    """Systems stand side by side above their parts, and no two nodes have one position."""
    graph = small()
    clusters = cluster(graph, threshold=0.9)
    read = read_networkx(written(graph, profile="gephi", clusters=clusters))
    places = {(data["x"], data["y"]) for _, data in read.nodes(data=True)}
    assert len(places) == graph.n_nodes
    for row in graph.nodes:
        data = read.nodes[row["node_id"]]
        if row["parent_id"]:
            above = read.nodes[row["parent_id"]]
            assert (data["x"] - above["x"], data["y"] > above["y"]) == (24, True)
            assert data["size"] < above["size"]
        assert all(0 <= data[channel] <= 255 for channel in "rgb")
    colour = {
        tuple(read.nodes[row["node_id"]][channel] for channel in "rgb")
        for index, row in enumerate(graph.nodes)
        if clusters.labels[index] == 0
    }
    assert colour == {(0x56, 0xB4, 0xE9)}
    assert {data["label"] for *_, data in read.edges(data=True)} == set(graph.n_links_by_status)


def test_gephi_colours_by_system_without_clusters() -> None:
    """Nodes of one system share a colour; nodes of no known system are grey."""
    lost = {key: value for key, value in record("a/t.x", "b/t.y").items() if "table_id" not in key}
    graph = LinkGraph(read_links([lost], catalogue={"tables": [{"id": uid("z/t"), "name": "z"}]}))
    read = read_networkx(written(graph, profile="gephi"))
    colours: dict[str | None, set[tuple[int, ...]]] = {}
    for row in graph.nodes:
        data = read.nodes[row["node_id"]]
        colours.setdefault(row["system"], set()).add(tuple(data[channel] for channel in "rgb"))
    assert all(len(found) == 1 for found in colours.values())
    assert colours[None] == {(0xC9, 0xD1, 0xD8)}
    assert len(colours) == len(set.union(*colours.values())) == 3


def test_cytoscape_has_names_and_interactions() -> None:
    """A node's name is its label; an edge's name consists of its ends and its status."""
    graph = builders.graph([("crm/contact.email", "shop/user.mail", 0.9, "APPROVED")])
    read = read_networkx(written(graph, profile="cytoscape"))
    data = read.nodes[uid("crm/contact.email")]
    assert (data["name"], data["field"]) == ("contact.email", "email")
    ((source, target, data),) = read.edges(data=True)
    assert data["interaction"] == "APPROVED"
    assert data["name"] == f"{source} (APPROVED) {target}"


def test_neo4j_has_labels_and_types() -> None:
    """Labels are at the node elements and types at the edges, where Neo4j's importer reads them."""
    graph = builders.graph([("crm/contact.email", "shop/user.mail")])
    (root,) = ElementTree.fromstring(written(graph, profile="neo4j")).iterfind("{*}graph")
    assert {node.get("id"): node.get("labels") for node in root.iterfind("{*}node")} == {
        row["node_id"]: {
            "integration_source": ":IntegrationSource",
            "table": ":Table",
            "column": ":Column",
        }[row["level"]]
        for row in graph.nodes
    }
    ((_, _, data),) = read_networkx(written(graph, profile="neo4j")).edges(data=True)
    assert data["label"] == "ENTITY_LINK"


def test_yed_draws_nodes_and_edges() -> None:
    """Every node has a shape with its label, and every link a line that shows its status."""
    graph = builders.graph(
        [
            ("a/t.<x>", "b/t.y", 0.9, "APPROVED"),
            ("a/t.<x>", "b/t.y", 0.9, "REJECTED"),
            ("a/t.<x>", "b/t.y", 0.9, "SUGGESTED"),
        ]
    )
    root = ElementTree.fromstring(written(graph, profile="yed"))
    labels = [label.text for label in root.iter("{http://www.yworks.com/xml/graphml}NodeLabel")]
    assert labels == [data["label"] for _, data in read_networkx(written(graph)).nodes(data=True)]
    assert "t.<x>" in labels
    lines = {
        label.text: line.get("type")
        for line, label in zip(
            root.iter("{http://www.yworks.com/xml/graphml}LineStyle"),
            root.iter("{http://www.yworks.com/xml/graphml}EdgeLabel"),
            strict=True,
        )
    }
    assert lines == {"APPROVED": "line", "REJECTED": "dotted", "SUGGESTED": "dashed"}


@pytest.mark.parametrize("profile", ["gephi", "yed", "cytoscape", "neo4j"])
def test_lifted_links_have_profiles(profile: str) -> None:
    """The profile of a tool also holds links lifted to tables."""
    tables = small().project("table")
    read = ElementTree.fromstring(written(tables, profile=profile))
    assert len(read.findall("{*}graph/{*}edge")) == tables.n_edges
