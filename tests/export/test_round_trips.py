"""Tests of files that other libraries read and write again: an equal graph is read from both."""

from __future__ import annotations

import json
import math
import re
import struct
import sys
import warnings
from typing import TYPE_CHECKING, Any

import igraph
import networkx as nx
import pytest
import rustworkx as rx
from hypothesis import assume, given

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.export import write
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.data import key_facts_of
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.graph.interop.test_dataframes import graphs, small
from tests.support import builders
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# --- the libraries -------------------------------------------------------------------------------


def _nx_read_graphml(path: Path) -> Any:
    return nx.read_graphml(path)


def _nx_node_link(path: Path) -> Any:
    return nx.node_link_graph(json.loads(path.read_text(encoding="utf-8")), edges="edges")


def _nx_write_node_link(graph: Any, path: Path) -> None:
    path.write_text(json.dumps(nx.node_link_data(graph, edges="edges")), encoding="utf-8")


def _rx_read_graphml(path: Path) -> Any:
    (graph,) = rx.read_graphml(str(path))
    return graph


def _rx_write_graphml(graph: Any, path: Path) -> None:
    """Write with rustworkx, which needs an attribute declared only if it occurs."""
    for node in graph.node_indices():
        graph[node] = {name: value for name, value in graph[node].items() if value is not None}
    for edge in graph.edge_indices():
        said = graph.get_edge_data_by_index(edge)
        graph.update_edge_by_index(
            edge, {name: value for name, value in said.items() if value is not None}
        )
    rx.write_graphml(graph, str(path))


# By library and format: its reader, its writer, and our conversion of the graph that it reads.
Way = tuple[
    "Callable[[Path], Any]", "Callable[[Any, Path], None]", "Callable[[Any], LinkGraph]", str
]
WAYS: dict[str, Way] = {
    "networkx, GraphML": (_nx_read_graphml, nx.write_graphml, LinkGraph.from_networkx, ".graphml"),
    "networkx, GEXF": (nx.read_gexf, nx.write_gexf, LinkGraph.from_networkx, ".gexf"),
    "networkx, node-link": (
        _nx_node_link,
        _nx_write_node_link,
        LinkGraph.from_networkx,
        ".json",
    ),
    "igraph, GraphML": (
        lambda path: igraph.Graph.Read_GraphML(str(path)),
        lambda graph, path: graph.write_graphml(str(path)),
        LinkGraph.from_igraph,
        ".graphml",
    ),
    "rustworkx, GraphML": (
        _rx_read_graphml,
        _rx_write_graphml,
        LinkGraph.from_rustworkx,
        ".graphml",
    ),
}
ways = pytest.mark.parametrize("way", WAYS)


def there_and_back(way: str, graph: LinkGraph, folder: Path) -> dict[str, LinkGraph]:
    """Return three graphs: one that a library read, one it wrote, and one we read from that."""
    read, write_again, back, suffix = WAYS[way]
    path = write(graph, folder / f"ours{suffix}", evidence="full")
    with warnings.catch_warnings():
        # igraph warns that it finds the ids of vertices in its own file twice.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = {"read": back(read(path))}
        again = folder / f"theirs{suffix}"
        write_again(read(path), again)
        found["read again"] = back(read(again))
    if suffix == ".graphml":
        found["by us"] = read_graphml(again)
    return found


def without_losses(way: str, graph: LinkGraph) -> tuple[Any, ...]:
    """Return the content of a graph, without the parts that a library loses.

    The list is in the documentation too: docs/how-to/graphml.md.
    """
    _, _, format_ = way.partition(", ")
    whole = (
        []
        if format_ == "GEXF"
        else [
            graph.policy,
            graph.snapshot.organization_id,
            graph.snapshot.organization_name or None,
        ]
    )
    if format_ == "GraphML":
        whole += [graph.relationships.rows.to_pylist()]

    def text(name: str, value: Any) -> Any:
        if value is None or not isinstance(value, str):
            return value
        if name == "evidence":
            return json.loads(value)
        if format_ == "GEXF":
            value = _xml(value)
        # They do not distinguish empty texts and nulls; names are empty then.
        return value or ("" if name == "name" else None)

    rows = [
        [{name: text(name, value) for name, value in row.items()} for row in table]
        for table in (graph.nodes, graph.links)
    ]
    for row in rows[0]:
        for name in ("path", "system", "table", "n_link_ends"):
            row.pop(name, None)
    for row in rows[1]:
        for name in ("source_path", "target_path", "weight"):
            row.pop(name, None)
    return (*whole, *rows)


def _xml(value: str) -> str:
    """Replace characters that XML cannot hold, as the format does."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", value)


def check(way: str, graph: LinkGraph, folder: Path) -> None:
    """Compare the graphs that are read with the one that was written."""
    for name, found in there_and_back(way, graph, folder).items():
        both = without_losses(way, found), without_losses(way, graph)
        if name != "read" and not way.startswith("networkx"):
            both = _written_by(way, both[0]), _written_by(way, both[1])
        assert both[0] == both[1], name


def _written_by(way: str, said: Any) -> Any:
    """Return a graph as a library leaves it when it writes."""
    for row in said[-1]:
        confidence = row["confidence"]
        if confidence is not None:
            row["confidence"] = (
                # igraph writes 15 digits, rustworkx numbers of 32 bits.
                float(f"{confidence:.15g}")
                if way.startswith("igraph")
                else struct.unpack("f", struct.pack("f", confidence))[0]
            )
    return _newlines(said)


def _newlines(value: Any) -> Any:
    """Replace carriage returns, which libraries write unescaped, as parsers of XML do."""
    if isinstance(value, str):
        return re.sub("\r\n?", "\n", value)
    if isinstance(value, dict):
        return {name: _newlines(one) for name, one in value.items()}
    return type(value)(map(_newlines, value)) if isinstance(value, list | tuple) else value


@ways
def test_a_small_graph_comes_back(way: str, tmp_path: Path) -> None:
    """Parallel and opposite links, self links and nulls are equal, except for the listed losses."""
    check(way, small(), tmp_path)
    found = there_and_back(way, small(), tmp_path)
    if way.startswith("rustworkx"):
        del found["read again"]
    if "GEXF" not in way:
        assert all(one == small() for one in found.values())


@ways
def test_the_demo_organisation_comes_back(way: str, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Decisions, evidence and times are equal; from GraphML relationships and keys, too."""
    check(way, demo_graph, tmp_path)
    if way in {"networkx, GraphML", "igraph, GraphML"}:
        for found in there_and_back(way, demo_graph, tmp_path).values():
            assert found == demo_graph
            assert key_facts_of(found.arrays).equals(key_facts_of(demo_graph.arrays))


@ways
def test_a_graph_without_parallel_links_comes_back(way: str, tmp_path: Path) -> None:
    """Networkx makes a DiGraph of the file, whose edges have no keys."""
    graph = builders.graph([("a/t.x", "b/u.y", 0.5), ("b/u.y", "a/t.x", 1.0)])
    check(way, graph, tmp_path)
    if way == "networkx, GraphML":
        read = _nx_read_graphml(write(graph, tmp_path / "one.graphml"))
        assert type(read) is nx.DiGraph
        assert LinkGraph.from_networkx(read) == graph


@ways
@given(graphs())
def test_any_graph_comes_back(
    way: str, tmp_path_factory: pytest.TempPathFactory, graph: LinkGraph
) -> None:
    """Any texts are equal, except an empty status or type, which libraries do not write."""
    assume(all(row["status"] and row["link_type"] for row in graph.links))
    # igraph cannot read subnormal numbers, and makes one of the least others: it writes 15 digits.
    least = 2 * sys.float_info.min
    assume(all(not 0 < (row["confidence"] or 0) < least for row in graph.links))
    check(way, graph, tmp_path_factory.mktemp("way"))


@ways
def test_a_graph_without_links_comes_back(way: str, tmp_path: Path) -> None:
    """Graphs without links, and graphs without nodes, are equal."""
    check(way, builders.graph([], also=["a/t.x"]), tmp_path)
    empty = LinkGraph(read_links([]))
    assert WAYS[way][2](WAYS[way][0](write(empty, tmp_path / f"none{WAYS[way][3]}"))) == empty


def test_rustworkx_reads_no_node_link_json_of_others(tmp_path: Path) -> None:
    """Rustworkx numbers nodes and has texts only; if that changes, the list of losses must."""
    path = write(small(), tmp_path / "links.json")
    with pytest.raises(rx.JSONDeserializationError):
        rx.from_node_link_json_file(str(path))


# --- other spellings -----------------------------------------------------------------------------


def content_of(graph: LinkGraph, folder: Path, **options: Any) -> str:
    """Return a graph as GraphML."""
    return write(graph, folder / "made.graphml", evidence="full", **options).read_text(
        encoding="utf-8"
    )


def read_text(content: str, folder: Path) -> LinkGraph:
    """Read a graph from the text of GraphML."""
    path = folder / "other.graphml"
    path.write_text(content, encoding="utf-8")
    return read_graphml(path)


@pytest.mark.parametrize(
    ("true", "false"),
    [("True", "False"), ("1", "0"), (" true ", "\n false"), ("TRUE", "FALSE"), ("1.0", "0.0")],
)
def test_truth_values_are_read_in_any_spelling(true: str, false: str, tmp_path: Path) -> None:
    """Truth values are read in the spellings of several programs."""
    places = builders.catalogue(["a/t.x", "b/u.y"])
    places["columns"][0]["is_active"] = True
    places["columns"][1]["is_active"] = False
    graph = LinkGraph(read_links([record("a/t.x", "b/u.y", None)], catalogue=places))
    content = content_of(graph, tmp_path)
    for word, put in (("true", true), ("false", false)):
        assert f">{word}<" in content
        content = content.replace(f">{word}<", f">{put}<")
    assert read_text(content, tmp_path) == graph


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-05T09:30:00Z",
        "2026-01-05 09:30:00+00:00",
        "2026-01-05T10:30:00+01:00",
        "20260105T093000Z",
    ],
)
def test_times_are_read_in_any_spelling(moment: str, tmp_path: Path) -> None:
    """Several spellings of a time are the same moment."""
    content = re.sub("2026-01-05T[^<]*", moment, content_of(small(), tmp_path))
    assert read_text(content, tmp_path) == small()


def test_missing_columns_are_null(tmp_path: Path) -> None:
    """Optional attributes and companions may be missing."""
    content = content_of(small(), tmp_path)
    for name in (
        "has_confidence",
        "has_is_active",
        "resolved",
        "path",
        "weight",
        "uncarried_characters",
    ):
        key = re.search(rf'<key id="(\w+)" for="\w+" attr.name="{name}"[^>]*>\n', content)
        assert key is not None
        content = content.replace(key[0], "")
        content = re.sub(rf'<data key="{key[1]}">[^<]*</data>', "", content)
    assert read_text(content, tmp_path) == small()


def test_numbers_may_be_of_another_type(tmp_path: Path) -> None:
    """The count of links may be a float, as igraph writes it, but not a text."""
    content = content_of(small(), tmp_path)
    assert ">5</data>" in content
    assert read_text(content.replace(">5</data>", ">5.0</data>"), tmp_path) == small()
    with pytest.raises(FormatError, match="'n_links' of this GraphML is not a number"):
        read_text(content.replace(">5</data>", ">five</data>"), tmp_path)


def test_a_file_that_has_lost_links_is_refused(tmp_path: Path) -> None:
    """The error says how many links the file declares and how many it has."""
    content = content_of(small(), tmp_path)
    fewer = re.sub(r" *<edge .*</edge>\n", "", content, count=2)
    with pytest.raises(FormatError, match=r"declares 5 links, but has 3: .*remove.*'n_links'"):
        read_text(fewer, tmp_path)
    number = re.search(r' *<data key="\w+">5</data>\n', fewer)
    assert number is not None
    assert read_text(fewer.replace(number[0], ""), tmp_path).n_links == 3


def test_containment_is_no_link(tmp_path: Path) -> None:
    """Every library reads edges of containment, which do not become links."""
    graph = small()
    path = write(graph, tmp_path / "all.graphml", containment=True, evidence="full")
    assert LinkGraph.from_networkx(_nx_read_graphml(path)) == graph
    assert LinkGraph.from_igraph(igraph.Graph.Read_GraphML(str(path))) == graph
    assert LinkGraph.from_rustworkx(_rx_read_graphml(path)) == graph
    nx.write_graphml(_nx_read_graphml(path), path)
    assert read_graphml(path) == graph


def test_lifted_links_are_refused(tmp_path: Path) -> None:
    """Lifted links raise an error in every library, since they are not the links."""
    ways_in: list[tuple[str, Any, Any]] = [
        (".graphml", _nx_read_graphml, LinkGraph.from_networkx),
        (".json", _nx_node_link, LinkGraph.from_networkx),
        (".graphml", WAYS["igraph, GraphML"][0], LinkGraph.from_igraph),
        (".graphml", _rx_read_graphml, LinkGraph.from_rustworkx),
    ]
    for suffix, read, back in ways_in:
        path = write(small().project("table"), tmp_path / f"lifted{suffix}")
        with pytest.raises((FormatError, ArgumentError), match=r"lifted|system"):
            back(read(path))
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph(small().to_networkx(keep_unweighted=True))
    for *_, data in made.edges(data=True):
        data["kind"] = "lifted_links"
    with pytest.raises(FormatError, match="links lifted to one level"):
        LinkGraph.from_networkx(made)


def test_other_profiles_are_refused(tmp_path: Path) -> None:
    """Profiles of single tools raise an error, since they do not hold everything."""
    path = write(small(), tmp_path / "gephi.graphml", profile="gephi")
    with pytest.raises(FormatError, match="profile 'gephi'"):
        LinkGraph.from_networkx(_nx_read_graphml(path))


def test_a_view_says_its_policy(demo_graph: LinkGraph) -> None:
    """A view has its policy, so that weights are equal; an argument overrides it."""
    policy = Policy(null_confidence=0.5, rejected="score")
    view = demo_graph.with_policy(policy).to_networkx(keep_unweighted=True)
    assert LinkGraph.from_networkx(view).policy == policy
    assert LinkGraph.from_networkx(view, policy=Policy()).policy == Policy()


def test_evidence_may_be_an_object() -> None:
    """Evidence may be a parsed object; text that is not JSON raises an error."""
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph(small().to_networkx(keep_unweighted=True))
    for *_, data in made.edges(data=True):
        data["evidence"] = {"names": ["a", "b"], "score": 0.5}
    assert LinkGraph.from_networkx(made).link(0).evidence == {"names": ["a", "b"], "score": 0.5}
    for *_, data in made.edges(data=True):
        data["evidence"] = object()
    with pytest.raises(FormatError, match="'evidence' is not a JSON object"):
        LinkGraph.from_networkx(made)


def test_a_node_without_a_name_is_called_by_its_id() -> None:
    """An unresolved node without a name has its id for a name; a resolved one has an empty name."""
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph(small().to_networkx(keep_unweighted=True))
    for node in (uid("crm"), uid("shop")):
        del made.nodes[node]["name"]
    del made.nodes[uid("shop")]["resolved"]
    found = LinkGraph.from_networkx(made)
    assert (found.node(uid("crm")).name, found.node(uid("crm")).resolved) == ("", True)
    assert (found.node(uid("shop")).name, found.node(uid("shop")).resolved) == (
        uid("shop")[:8],
        False,
    )
    for _, data in made.nodes(data=True):
        data.pop("resolved", None)
    assert not LinkGraph.from_networkx(made).node(uid("crm")).resolved


def test_a_truth_value_is_no_confidence() -> None:
    """A truth value or a text as a confidence raises an error."""
    for wrong in (True, "high"):
        made: nx.MultiDiGraph[str] = nx.MultiDiGraph(small().to_networkx(keep_unweighted=True))
        for *_, data in made.edges(data=True):
            data["confidence"] = wrong
        with pytest.raises(FormatError, match="links row 0: 'confidence' is not a number"):
            LinkGraph.from_networkx(made)
        for *_, data in made.edges(data=True):
            data["confidence"] = math.nan
        assert LinkGraph.from_networkx(made).link(0).confidence is None


def test_names_that_are_all_empty_may_have_no_column(tmp_path: Path) -> None:
    """Rustworkx leaves out an attribute that no node has; names are empty then."""
    places = builders.catalogue(["a/t.x"])
    for entry in [entry for entries in places.values() for entry in entries]:
        entry["name"] = ""
    graph = LinkGraph(read_links([], catalogue=places))
    made = _rx_read_graphml(write(graph, tmp_path / "empty.graphml", evidence="full"))
    for node in made.nodes():
        del node["name"]
    assert LinkGraph.from_rustworkx(made).nodes["name"] == ["", "", ""]
