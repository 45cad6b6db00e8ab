"""Tests of reading GraphML: an equal graph is read, and only from files of hummgraph."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any

import igraph
import networkx as nx
import pytest
from hypothesis import given

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.errors import ConfigError, FormatError
from hummgraph.export import write
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.records.redaction import KeptEvidence
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.snapshot import read_snapshot
from tests.export.graphml.test_writer import graphs, written
from tests.support import builders
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from pathlib import Path

HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'


def again(graph: LinkGraph, folder: Path, **options: Any) -> LinkGraph:
    """Write a graph and read it."""
    path = folder / "links.graphml"
    path.write_bytes(written(graph, **options))
    return read_graphml(path)


def refused(content: str, folder: Path) -> str:
    """Return the text of the error that reading raises."""
    path = folder / "other.graphml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        read_graphml(path)
    return str(caught.value)


def two() -> LinkGraph:
    """Return one link between two columns."""
    return builders.graph([("crm/contact.email", "shop/user.mail", 0.9)])


# --- the same graph ------------------------------------------------------------------------------


@given(graphs())
def test_any_graph_comes_back(tmp_path_factory: pytest.TempPathFactory, graph: LinkGraph) -> None:
    """An equal graph is read, whatever its nulls, parallel links, times and texts are."""
    assert again(graph, tmp_path_factory.mktemp("graphml")) == graph


@given(graphs())
def test_so_it_does_with_everything_else_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, graph: LinkGraph
) -> None:
    """Clusters, containment and nesting do not change the graph that is read."""
    folder = tmp_path_factory.mktemp("graphml")
    clusters = cluster(graph, threshold=0.5)
    assert again(graph, folder, clusters=clusters, containment=True) == graph
    assert again(graph, folder, clusters=clusters, nested=True) == graph


def test_demo_organisation_comes_back(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Relationships and keys are read as well, so that joins are the same."""
    read = again(demo_graph, tmp_path)
    assert read == demo_graph
    assert len(read.relationships) == 64
    ends = ("Stripe/customers", "Zendesk/tickets")
    assert str(join_paths(read, *ends)) == str(join_paths(demo_graph, *ends))
    assert cluster(read).names == cluster(demo_graph).names


def test_parts_of_a_graph_come_back(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Filtered and reversed graphs, decisions and other policies are read as written."""
    part = demo_graph.subgraph(["Stripe", "Zendesk"])
    for graph in (
        demo_graph.where(min_confidence=0.9),
        demo_graph.reverse(),
        part,
        demo_graph.with_policy(Policy(null_confidence=0.25, rejected="score")),
        demo_graph.with_decisions({demo_graph.link(0).link_id: "REJECTED"}),
    ):
        read = again(graph, tmp_path)
        assert read == graph
        assert (graph == demo_graph) is False


def test_snapshot_of_what_was_read_is_one_like_any_other(
    demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """The snapshot of a graph that was read can be written, and gives an equal graph."""
    again(demo_graph, tmp_path).snapshot.write(tmp_path / "again.hummgraph")
    snapshot = read_snapshot(tmp_path / "again.hummgraph")
    assert snapshot.origin == "graphml"
    assert LinkGraph(snapshot) == demo_graph


def test_what_was_redacted_stays_redacted(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Only the redacted evidence differs from the graph that was written."""
    path = write(demo_graph, tmp_path / "shared.graphml")
    read = read_graphml(path)
    assert read != demo_graph
    assert "[redacted]" in "".join(map(str, read.links["evidence"]))
    assert read.snapshot.kept_evidence is KeptEvidence.VOCABULARY
    assert ("Left out", KeptEvidence.VOCABULARY.describe()) in read.snapshot.report.rows()
    assert (
        read.to_arrow()
        .drop_columns(["evidence"])
        .equals(demo_graph.to_arrow().drop_columns(["evidence"]))
    )


def test_equality_looks_at_everything() -> None:
    """Another value in any part of a graph makes it unequal; another order does not."""
    row = record("a/t.x", "b/t.y", 0.9, evidence={"n": 1})
    places = builders.catalogue(["a/t.x", "b/t.y"])

    def made(**changes: Any) -> LinkGraph:
        return LinkGraph(read_links([row | changes], catalogue=places))

    one = made()
    assert one == made()
    assert hash(one) == hash(made())
    assert one != "a graph"
    assert one != LinkGraph(read_links([], catalogue=places))
    for changes in (
        {"id": uid("other")},
        {"confidence_score": 0.8},
        {"confidence_score": None},
        {"status": "REJECTED"},
        {"link_type": "DETERMINISTIC"},
        {"evidence": {"n": 2}},
        {"created_at": "2020-01-01T00:00:00Z"},
    ):
        assert one != made(**changes), changes
    for name in ("name", "description", "is_active"):
        changed = builders.catalogue(["a/t.x", "b/t.y"])
        changed["columns"][0][name] = False if name == "is_active" else "other"
        assert one != LinkGraph(read_links([row], catalogue=changed)), name


# --- what is refused -----------------------------------------------------------------------------


def test_document_types_are_refused(tmp_path: Path) -> None:
    """No entity is defined, expanded or fetched."""
    bomb = '<!DOCTYPE g [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    outside = '<!DOCTYPE g SYSTEM "file:///etc/passwd">'
    for prolog in (bomb, outside):
        assert "document type" in refused(f"{prolog}{HEAD}</graphml>", tmp_path)


def test_other_xml_is_refused(tmp_path: Path) -> None:
    """The error for XML that is not GraphML of hummgraph names the fault."""
    assert "not well-formed XML" in refused(f"{HEAD}<graph>", tmp_path)
    assert "not well-formed XML" in refused("", tmp_path)
    assert "not GraphML" in refused("<svg/>", tmp_path)
    assert "not GraphML" in refused("<graphml/>", tmp_path)
    assert "not written by hummgraph" in refused(f"{HEAD}<graph/></graphml>", tmp_path)
    deep = "<node>" * 100 + "</node>" * 100
    assert "64 deep" in refused(f"{HEAD}<graph>{deep}</graph></graphml>", tmp_path)


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    """Profiles for one tool and lifted links do not hold the graph, and raise an error."""
    tool = written(two(), profile="gephi").decode()
    assert "profile 'gephi'" in refused(tool, tmp_path)
    lifted = written(two().project("table")).decode()
    assert "lifted to one level (table)" in refused(lifted, tmp_path)


@pytest.mark.parametrize(
    ("pattern", "put", "said"),
    [
        (r"0\.9</data>", "high</data>", "links row 0: 'confidence' is not a number"),
        (r"0\.9</data>", "1.5</data>", "'confidence' is 1.5; it must be in [0, 1]"),
        (r"0\.9</data>", "nan</data>", "'confidence' is not a number"),
        (r">true<", ">maybe<", "nodes row 0: 'resolved' is not true or false"),
        (
            r"2025-\d\d-\d\dT[^<]*",
            "yesterday",
            "links row 0: 'created_at' is not a time",
        ),
        (r"<node id=\"[^\"]*\"", '<node id="first"', "nodes row 0: 'node_id' is not an id"),
        (r"target=\"[^\"]*\"", 'target="nowhere"', "links row 0: target is not among the nodes"),
        (r">integration_source<", ">planet<", "nodes row 0: 'level' is not one of"),
        (r">SUGGESTED</data>", "></data>", None),
        (r"{&quot;|\{\"null", "{!", "cannot be read"),
        (r">\{\}<", ">[]<", "links row 0: 'evidence' is not a JSON object"),
        (r">\{\}<", ">{<", "links row 0: 'evidence' is not a JSON object"),
    ],
)
def test_damage_is_told(pattern: str, put: str, said: str | None, tmp_path: Path) -> None:
    """A value that is not of its type raises an error that names the attribute."""
    row = record("a/t.x", "b/t.y", 0.9, evidence={}) | {"created_at": "2025-01-01T00:00:00Z"}
    content = written(
        LinkGraph(read_links([row], catalogue=builders.catalogue(["a/t.x", "b/t.y"])))
    ).decode()
    damaged, n = re.subn(pattern, put, content, count=1)
    assert n == 1
    if said is not None:
        assert said in refused(damaged, tmp_path)
    else:
        (tmp_path / "odd.graphml").write_text(damaged, encoding="utf-8")
        assert read_graphml(tmp_path / "odd.graphml").n_links_by_status[""] == 1


@pytest.mark.parametrize("name", ["UTF-A", "UTF-16", "cp437", "rot13", "big5", "idna", "x" * 300])
def test_encodings_are_not_looked_up(name: str, tmp_path: Path) -> None:
    """A declared encoding is ignored, and bytes that are not UTF-8 raise an error."""
    content = written(two())
    said = content.replace(b'encoding="UTF-8"', f'encoding="{name}"'.encode(), 1)
    said = said.replace(b"encoding='UTF-8'", f"encoding='{name}'".encode(), 1)
    said = said.replace(b"encoding='utf-8'", f"encoding='{name}'".encode(), 1)
    assert said != content
    path = tmp_path / "said.graphml"
    path.write_bytes(said)
    assert read_graphml(path) == two()
    path.write_bytes(content.decode().replace(">", "\u00e9>", 1).encode("latin-1"))
    with pytest.raises(FormatError, match="not well-formed"):
        read_graphml(path)


def test_ids_that_occur_twice_are_told(tmp_path: Path) -> None:
    """Nodes or links with equal ids raise an error and are not merged."""
    content = written(two()).decode()
    edge = re.search(r" *<edge .*?</edge>\n", content)
    node = re.search(r" *<node .*?</node>\n", content)
    assert edge is not None
    assert node is not None
    assert "link_id" in refused(content.replace(edge[0], 2 * edge[0]), tmp_path)
    assert "node_id" in refused(content.replace(node[0], 2 * node[0]), tmp_path)


def test_missing_attributes_are_told(tmp_path: Path) -> None:
    """A link without a status and a node that is its own parent raise an error."""
    content = written(two()).decode()
    key = re.search(r'<key id="(\w+)" for="edge" attr.name="status"', content)
    assert key is not None
    bare = re.sub(rf'<data key="{key[1]}">SUGGESTED</data>', "", content)
    assert "The links have no 'status'" in refused(bare, tmp_path)
    key = re.search(r'<key id="(\w+)" for="node" attr.name="parent_id"', content)
    assert key is not None
    own = re.sub(
        rf'(<node id="([^"]*)">.*)<data key="{key[1]}">[^<]*</data>',
        rf'\1<data key="{key[1]}">\2</data>',
        content,
        count=1,
    )
    assert "stands no higher" in refused(own, tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    """A missing file and a folder raise the same error as for other files of links."""
    with pytest.raises(ConfigError, match=r"Cannot read '.*none\.graphml': No such file"):
        read_graphml(tmp_path / "none.graphml")
    with pytest.raises(ConfigError, match=r"it is a folder\. read_snapshot\(\) reads"):
        read_graphml(tmp_path)


def test_lost_confidences(tmp_path: Path) -> None:
    """A missing confidence, or another number of them than declared, raises an error."""
    path = tmp_path / "small.graphml"
    write(builders.graph([("a/t.x", "b/t.x", 0.9), ("a/t.y", "b/t.y", None)]), path)
    content = path.read_text(encoding="utf-8")
    (key,) = re.findall(r'<key id="([^"]*)"[^>]* attr.name="confidence"', content)
    (has,) = re.findall(r'<key id="([^"]*)"[^>]* attr.name="has_confidence"', content)
    confidence, flags = (rf'<data key="{name}">[^<]*</data>' for name in (key, has))
    assert len(re.findall(confidence, content)) == 1
    path.write_text(re.sub(confidence, "", content), encoding="utf-8")
    with pytest.raises(FormatError, match=r"'has_confidence' of some of the links .* missing"):
        read_graphml(path)
    path.write_text(re.sub(f"{confidence}|{flags}", "", content), encoding="utf-8")
    with pytest.raises(FormatError, match=r"declares 1 links without a confidence, but has 2"):
        read_graphml(path)
    filled = re.sub(flags, f'<data key="{key}">0.5</data>', re.sub(confidence, "", content))
    path.write_text(filled, encoding="utf-8")
    with pytest.raises(FormatError, match=r"declares 1 links without a confidence, but has 0"):
        read_graphml(path)


def test_confidences_that_networkx_lost() -> None:
    """A networkx graph whose links have all lost their confidence raises an error."""
    graph = builders.graph([("a/t.x", "b/t.x", 0.9)]).to_networkx(keep_unweighted=True)
    view: nx.MultiDiGraph[str] = nx.MultiDiGraph(graph)
    for *_, row in view.edges(data=True):
        del row["confidence"]
        row["has_confidence"] = True
    with pytest.raises(FormatError, match=r"'has_confidence' of some of the links"):
        LinkGraph.from_networkx(view)


# --- tables --------------------------------------------------------------------------------------


def test_a_graph_of_tables() -> None:
    """Only the columns that define a graph are required; missing ones become null."""
    graph = two()
    nodes = graph.to_arrow("nodes").select(["node_id", "level", "name"])
    links = graph.to_arrow().select(["link_id", "source", "target", "link_type", "status"])
    bare = LinkGraph.from_arrow(nodes, links)
    assert bare.n_links_by_status == graph.n_links_by_status
    assert bare.link(0).confidence is None
    tables = {row["path"] for row in bare.nodes if row["level"] == "table"}
    assert tables == {"?/contact", "?/user"}
    with pytest.raises(FormatError, match="nodes have no 'level'"):
        LinkGraph.from_arrow(nodes.drop_columns(["level"]), links)
    with pytest.raises(FormatError, match="links row 0: 'confidence' is not a number"):
        LinkGraph.from_arrow(nodes, links.append_column("confidence", [["high"]]))


def test_what_others_add_is_passed_over(tmp_path: Path) -> None:
    """Elements of other namespaces and attributes without a name are ignored."""
    content = written(two()).decode()
    content = content.replace('<graph id="links"', '<key id="drawn" for="node"/><graph id="links"')
    added = '<data key="drawn">big<y:node xmlns:y="urn:y"><y:data>1</y:data></y:node></data></node>'
    (tmp_path / "more.graphml").write_text(content.replace("</node>", added), encoding="utf-8")
    assert read_graphml(tmp_path / "more.graphml") == two()


def test_a_file_of_igraph_has_a_hint(tmp_path: Path) -> None:
    """The error for a foreign file says how to read it with the library that wrote it."""
    path = tmp_path / "foreign.graphml"
    igraph.Graph(edges=[(0, 1)]).write_graphml(str(path))
    with pytest.raises(FormatError, match=r"from_networkx\(\) and LinkGraph\.from_igraph\(\)"):
        read_graphml(path)


def test_a_gzipped_file_is_the_same_graph(tmp_path: Path, demo_graph: LinkGraph) -> None:
    """It is written and read by its name; a damaged one is named."""
    plain = write(demo_graph, tmp_path / "plain.graphml")
    packed = write(demo_graph, tmp_path / "packed.graphml.GZ")

    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert read_graphml(packed).links["link_id"] == read_graphml(plain).links["link_id"]

    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(FormatError, match="damaged or cut off"):
        read_graphml(packed)
