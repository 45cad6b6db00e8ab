"""Tests of errors for arguments of the wrong type, and of their hints."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb
import igraph
import networkx as nx
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import rustworkx as rx

import hummgraph as hg
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError
from tests.support.builders import graph as graph_of
from tests.support.builders import record, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = [("a/t.x", "b/t.x", 0.9), ("a/t.x", "b/t.y", 0.4)]
GRAPH = graph_of(ROWS)
CLUSTERS = hg.cluster(GRAPH)
RECORDS = [record("a/t.x", "b/t.x")]
FRAME = pd.DataFrame({"source": ["a/t.x"]})
MAKING = "LinkGraph(snapshot) builds a graph"


class Given(NamedTuple):
    """A value of the wrong type, with the graph and clusters of its hint."""

    value: Any
    graph: str
    clusters: str = ""

    @property
    def made(self) -> str:
        """The clusters of the hint."""
        return self.clusters or (f"cluster({self.graph})" if self.graph else "")


GIVEN = {
    "graphml": Given("acme.graphml", "read_graphml(path)"),
    "folder": Given("acme.hummgraph", "LinkGraph(read_snapshot(path))"),
    "file": Given(Path("links.JSON.gz"), "LinkGraph(read_links(path))"),
    "table file": Given("links.parquet", "LinkGraph(read_links(path))"),
    "no suffix": Given("acme", "LinkGraph(read_snapshot(path))"),
    "snapshot": Given(snapshot(ROWS), "LinkGraph(snapshot)"),
    "organization": Given(load_demo(), "LinkGraph(organization.snapshot())"),
    "client": Given(object.__new__(hg.Client), "LinkGraph(client.fetch())"),
    "async client": Given(object.__new__(hg.AsyncClient), "LinkGraph(await client.fetch())"),
    "graph": Given(GRAPH, "graph"),
    "projection": Given(GRAPH.project("table"), "projection.graph"),
    "clusters": Given(CLUSTERS, "clusters.graph"),
    "merge tree": Given(hg.merge_tree(GRAPH), "tree.graph", "tree.cut(threshold)"),
    "audit": Given(hg.audit(CLUSTERS, one_per="table"), "audit.clusters.graph", "audit.clusters"),
    "repair": Given(
        hg.repair(CLUSTERS, one_per="table"), "repair.clusters.graph", "repair.clusters"
    ),
    "networkx": Given(GRAPH.to_networkx(keep_unweighted=True), "LinkGraph.from_networkx(graph)"),
    "networkx copy": Given(nx.MultiDiGraph(), "LinkGraph.from_networkx(graph)"),
    "networkx other": Given(nx.Graph(), "LinkGraph.from_networkx(graph)"),
    "igraph": Given(GRAPH.to_igraph(keep_unweighted=True), "LinkGraph.from_igraph(graph)"),
    "rustworkx": Given(GRAPH.to_rustworkx(keep_unweighted=True), "LinkGraph.from_rustworkx(graph)"),
    "rustworkx other": Given(rx.PyGraph(), "LinkGraph.from_rustworkx(graph)"),
    "pandas": Given(FRAME, "LinkGraph(read_links(table))"),
    "polars": Given(pl.DataFrame(FRAME.to_dict("list")), "LinkGraph(read_links(table))"),
    "lazy": Given(pl.LazyFrame(FRAME.to_dict("list")), "LinkGraph(read_links(table))"),
    "arrow": Given(pa.table({"source": ["a/t.x"]}), "LinkGraph(read_links(table))"),
    "duckdb": Given(duckdb.sql("SELECT 1 AS source"), "LinkGraph(read_links(table))"),
    "records": Given(RECORDS, "LinkGraph(read_links(records))"),
    "frame": Given(GRAPH.nodes, ""),
    "truth": Given(hg.Truth.from_clusters([["a/t.x"]]), ""),
    "number": Given(3, ""),
    "nothing": Given(None, ""),
    "bytes": Given(b"acme", ""),
    "class": Given(hg.LinkGraph, ""),
}
"""Values by what they are."""

KINDS = {
    "LinkGraph": "graph",
    "Clusters": "clusters",
    "Showable": "showable",
    "Showable | IdentityPlan": "showable",
    "str | os.PathLike[str]": "path",
    "str | PathLike[str]": "path",
    "Any": "records",
    "LinkGraph | Projection": "drawn",
    "Iterable[Record]": "decisions",
    "DecisionSource": "journal",
    "Mapping[str, Any] | None": "mapping",
    "EntityMap": "entities",
}
"""Values that the first parameter of a public function takes, by its annotation."""

RIGHT = {
    "graph": {"graph"},
    "clusters": {"clusters"},
    "showable": {"graph", "projection", "clusters"},
    "path": {"graphml", "folder", "file", "table file", "no suffix"},
    "records": {
        *("graphml", "folder", "file", "table file", "no suffix", "records"),
        *("pandas", "polars", "lazy", "arrow", "duckdb", "frame", "bytes"),
    },
    "drawn": {"graph", "projection"},
    "decisions": set(),
    "journal": {"graphml", "folder", "file", "table file", "no suffix"},
    "mapping": {"nothing"},
    "entities": set(),
}
"""The right value for each."""

FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: found for name in hg.__all__ if isinstance(found := getattr(hg, name), FunctionType)
}


def kind_of(function: Callable[..., Any]) -> str:
    """Return the kind of a function's first parameter."""
    first = next(iter(inspect.signature(function).parameters.values()))
    return KINDS[str(first.annotation)]


def called(function: Callable[..., Any], value: object) -> Any:
    """Call a function with a first argument, and with some value for the others it needs."""
    _, *others = inspect.signature(function).parameters.values()
    needed = [p for p in others if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    places = ["x" for p in needed if p.kind is not p.KEYWORD_ONLY]
    return function(value, *places, **{p.name: "x" for p in needed if p.kind is p.KEYWORD_ONLY})


def test_every_public_function_is_among_them() -> None:
    """Every public function is in these tests."""
    assert {kind_of(function) for function in FUNCTIONS.values()} == set(RIGHT)
    assert {"cluster", "write", "show", "evaluate", "read_links", "why"} <= set(FUNCTIONS)


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wrong_first_argument_is_told(name: str, given: str) -> None:
    """The error names the function, the type of the argument and the code to write."""
    function, (value, *_) = FUNCTIONS[name], GIVEN[given]
    kind = kind_of(function)
    if given in RIGHT[kind]:
        return
    with pytest.raises(ArgumentError) as caught:
        called(function, value)

    said = str(caught.value)
    assert said.startswith(f"{name}() takes ")
    # Of a list it is an item that is wrong.
    kinds = {type(value).__name__}
    if kind == "decisions" and given == "records":
        kinds = {type(item).__name__ for item in value}
    assert any(f"not a value of type {found}. " in said for found in kinds)
    assert caught.value.hint.endswith(".")
    graph = GIVEN[given].graph
    has_level = "level" in inspect.signature(function).parameters
    lifts = name in {"downstream", "upstream", "neighborhood"}
    if kind == "graph" and given == "projection" and has_level and lifts:
        assert caught.value.hint == f'Write {name}(projection.graph, level="table", ...).'
    elif kind == "graph":
        assert caught.value.hint == f"Write {name}({graph}, ...)." if graph else MAKING in said
    elif kind == "clusters":
        made = GIVEN[given].made
        assert caught.value.hint == (
            f"Write {name}({made}, ...)." if made else "cluster(graph) returns clusters."
        )


@pytest.mark.parametrize("given", GIVEN)
def test_a_graph_is_made_of_a_snapshot(given: str) -> None:
    """The constructor of a graph has a hint for each type of argument."""
    value, graph, _ = GIVEN[given]
    if given == "snapshot":
        return
    with pytest.raises(ArgumentError) as caught:
        hg.LinkGraph(value)

    assert str(caught.value).startswith(
        f"LinkGraph() takes a Snapshot, not a value of type {type(value).__name__}. "
    )
    if given == "graph":
        assert caught.value.hint.startswith("It is a graph already")
    else:
        assert caught.value.hint == f"Write {graph}." if graph else MAKING in caught.value.hint


# Those that hold a graph, and are not somewhere else.
WHOLE = (
    *("snapshot", "organization", "graph", "projection", "clusters", "merge tree", "audit"),
    *("repair", "networkx", "networkx copy", "igraph", "rustworkx", "records"),
)


@pytest.mark.parametrize("given", WHOLE)
def test_what_is_said_works(given: str) -> None:
    """The code of a hint runs and gives a graph, or clusters."""
    value, graph, _ = GIVEN[given]
    names: dict[str, Any] = dict.fromkeys(WHOLE, value)
    names |= {"tree": value, "threshold": 0.5}
    made = eval(graph, {**vars(hg), **names})  # noqa: S307 - our own text
    clusters = eval(GIVEN[given].made, {**vars(hg), **names})  # noqa: S307

    assert isinstance(made, hg.LinkGraph)
    assert isinstance(clusters, hg.Clusters)


METHODS: dict[str, tuple[Callable[[Any], Any], set[str]]] = {
    "LinkGraph.from_networkx": (
        hg.LinkGraph.from_networkx,
        {"networkx", "networkx copy", "networkx other"},
    ),
    "LinkGraph.from_igraph": (hg.LinkGraph.from_igraph, {"igraph"}),
    "LinkGraph.from_rustworkx": (hg.LinkGraph.from_rustworkx, {"rustworkx", "rustworkx other"}),
    "LinkGraph.from_pandas": (lambda value: hg.LinkGraph.from_pandas(value, FRAME), {"pandas"}),
    "LinkGraph.from_polars": (
        lambda value: hg.LinkGraph.from_polars(value, pl.DataFrame()),
        {"polars"},
    ),
    "LinkGraph.from_arrow": (
        lambda value: hg.LinkGraph.from_arrow(value, pa.table({})),
        {"pandas", "polars", "arrow", "duckdb", "frame"},
    ),
    "with_policy": (GRAPH.with_policy, set()),
    "with_policy of clusters": (CLUSTERS.with_policy, set()),
    "with_decisions": (GRAPH.with_decisions, RIGHT["path"]),
    "to_duckdb": (GRAPH.to_duckdb, {"nothing"}),
    "Truth.read": (hg.Truth.read, RIGHT["path"]),
    "Truth.from_clusters": (hg.Truth.from_clusters, {"records", "pandas", "polars", "duckdb"}),
    "Catalogue.from_records": (hg.Catalogue.from_records, set()),
    "with_names": (hg.Catalogue.empty().with_names, set()),
    "evaluate": (lambda value: hg.evaluate(CLUSTERS, value), {"truth"}),
    "reliability": (lambda value: hg.reliability(GRAPH, truth=value), {"truth", "nothing"}),
}
"""Methods and other arguments, and what is right for each."""


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("name", METHODS)
def test_methods_tell_it_too(name: str, given: str) -> None:
    """Methods check graphs of other libraries, tables, policies, decisions and truths too."""
    method, right = METHODS[name]
    if given in right:
        return
    value = GIVEN[given].value
    with pytest.raises(ArgumentError) as caught:
        method(value)
    assert str(caught.value).startswith(f"{name.partition(' ')[0]}() takes ")
    assert f"not a value of type {type(value).__name__}." in str(caught.value)


@pytest.mark.parametrize(
    ("name", "given", "hint"),
    [
        ("LinkGraph.from_networkx", "graph", "graph.to_networkx() returns one of networkx."),
        ("LinkGraph.from_networkx", "igraph", "Write LinkGraph.from_igraph(graph)."),
        ("LinkGraph.from_igraph", "graphml", "Write read_graphml(path)."),
        ("LinkGraph.from_pandas", "polars", "Write LinkGraph.from_polars(nodes, links)."),
        ("LinkGraph.from_pandas", "arrow", "Write LinkGraph.from_arrow(nodes, links)."),
        ("LinkGraph.from_polars", "lazy", "from_polars(nodes.collect(), links.collect())."),
        ("LinkGraph.from_arrow", "networkx", "Write LinkGraph.from_networkx(graph)."),
        ("Truth.from_clusters", "file", "Write Truth.read(path)."),
        ("Truth.from_clusters", "clusters", "Write Truth.from_clusters(clusters.members)."),
        ("Truth.from_clusters", "truth", "It is a truth already."),
        ("evaluate", "file", "Write Truth.read(path)."),
        ("evaluate", "records", "Write Truth.from_clusters(lists_of_nodes)."),
        ("evaluate", "number", "Truth.from_clusters() and Truth.read() return truths."),
        ("to_duckdb", "file", "Write to_duckdb(duckdb.connect(path))."),
    ],
)
def test_what_methods_say(name: str, given: str, hint: str) -> None:
    """The hint of a method fits the argument."""
    with pytest.raises(ArgumentError) as caught:
        METHODS[name][0](GIVEN[given].value)
    assert caught.value.hint.endswith(hint)


@pytest.mark.parametrize(
    "take",
    [
        lambda value: hg.write(GRAPH, "x.graphml", clusters=value),
        lambda value: hg.show(GRAPH, clusters=value),
        lambda value: hg.why(GRAPH, "a/t.x", "b/t.x", clusters=value),
        lambda value: GRAPH.to_igraph(clusters=value),
        lambda value: GRAPH.to_rustworkx(clusters=value),
        lambda value: GRAPH.to_duckdb(clusters=value),
        lambda value: hg.to_pyvis(GRAPH, clusters=value),
    ],
)
def test_clusters_as_an_option(take: Callable[[Any], Any]) -> None:
    """The option for clusters is checked like a first argument."""
    for given in ("graph", "merge tree", "number"):
        with pytest.raises(ArgumentError) as caught:
            take(GIVEN[given].value)
        said, kind = str(caught.value), type(GIVEN[given].value).__name__
        assert said.startswith(f"clusters= must be Clusters, not a value of type {kind}.")
        assert caught.value.hint == f"Write clusters={GIVEN[given].made or 'cluster(graph)'}."


def test_arguments_in_the_wrong_order() -> None:
    """A path in place of a graph has a hint at the order of the arguments."""
    with pytest.raises(ArgumentError, match=r"The path comes second: write write\(graph, path\)"):
        hg.write("acme.html", GRAPH)  # type: ignore[arg-type]


def test_decisions_are_decisions() -> None:
    """Each decision is checked, and decisions read from a file have a hint of their own."""
    decision = hg.Decision(GRAPH.link(0).link_id, "APPROVED")
    with pytest.raises(ArgumentError, match=r"Write Decision\(link_id, status\) for each"):
        hg.write_decisions([decision, "x"], "decisions.json")  # type: ignore[list-item]
    assert GRAPH.with_decisions((decision,)).link(0).status == "APPROVED"


def test_a_subclass_is_what_it_is_one_of() -> None:
    """A subclass is recognised by its base class."""

    class Mine(hg.LinkGraph):
        """A graph class of another library's user."""

    class Frame(pd.DataFrame):
        """A table class of another library's user."""

    assert hg.cluster(Mine(snapshot(ROWS))).n_clusters == CLUSTERS.n_clusters
    with pytest.raises(ArgumentError, match=r"read_links\(table\)"):
        hg.cluster(Frame(FRAME))  # type: ignore[arg-type]


def test_a_snapshot_is_checked_where_it_arrives() -> None:
    """A function behind a method checks what it is given as well."""
    from hummgraph.snapshot.duckdb import snapshot_to_duckdb

    with pytest.raises(ArgumentError, match="takes a Snapshot"):
        snapshot_to_duckdb(GRAPH)  # type: ignore[arg-type]
    assert igraph.Graph.__module__ == "igraph"


class BytesPath:
    """A path object of bytes, as ``os.scandir(b".")`` returns them."""

    def __fspath__(self) -> bytes:
        """Return it."""
        return b"x.graphml"


@pytest.mark.parametrize("given", [None, 3, b"x.csv", BytesPath(), CLUSTERS, []])
@pytest.mark.parametrize(
    ("name", "take"),
    [
        ("write", lambda path: hg.write(GRAPH, path)),
        ("write_crosswalk", lambda path: hg.write_crosswalk(CLUSTERS, path)),
        ("write_decisions", lambda path: hg.write_decisions([], path)),
        ("Snapshot.write", GRAPH.snapshot.write),
    ],
)
def test_where_to_write(name: str, take: Callable[[Any], Any], given: Any) -> None:
    """A value that is not a path is refused by the writing function's name."""
    with pytest.raises(ArgumentError) as caught:
        take(given)
    assert str(caught.value).startswith(f"{name}() takes the path of a ")
    if name == "write" and given is CLUSTERS:
        assert caught.value.hint == "Write write(graph, path, clusters=clusters)."


def test_paths_of_bytes_are_refused() -> None:
    """Paths of bytes are refused, for reading as well and in place of a graph."""
    functions: tuple[Callable[[Any], Any], ...] = (
        hg.read_graphml,
        hg.read_snapshot,
        hg.read_decisions,
        hg.cluster,
    )
    for function in functions:
        with pytest.raises(ArgumentError, match=r"not a value of type BytesPath"):
            function(BytesPath())


@pytest.mark.parametrize("given", [3, [3], b"names.json", GRAPH, BytesPath()])
@pytest.mark.parametrize("option", ["names", "catalogue"])
def test_options_of_read_links(option: str, given: Any) -> None:
    """Errors about options name the option."""
    with pytest.raises(ArgumentError) as caught:
        hg.read_links(RECORDS, **{option: given})
    said = str(caught.value)
    assert said.startswith(f"{option}= must be ")
    assert said.endswith(f"not a value of type {type(given).__name__}.")


def test_a_projection_of_links_between_its_nodes() -> None:
    """The hint for a projection names its own level if its clusters exist, else columns."""
    tables = graph_of([("a/t", "b/t", 0.9)])
    for graph, hint in (
        (tables, 'Write cluster(projection.graph, level="table", ...).'),
        (GRAPH, "Write cluster(projection.graph, ...)."),
    ):
        with pytest.raises(ArgumentError) as caught:
            hg.cluster(graph.project("table"))  # type: ignore[arg-type]
        assert caught.value.hint == hint
        level = "table" if graph is tables else "column"
        assert hg.cluster(graph, level=level).n_clusters


def test_many_in_is_a_list_of_systems() -> None:
    """The option ``many_in`` must be a list of systems."""
    with pytest.raises(ArgumentError, match="many_in is 3; it must be a list of systems"):
        hg.cluster(GRAPH, one_per="table", many_in=3)  # type: ignore[arg-type]
