"""What a caller gave in place of a graph, clusters or a path, and what to write instead.

Kinds are told by the names of classes: nothing is imported to look at a value, neither another
library nor a part of this one that stands above. A right value costs the look-up of its class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike, fsdecode, fspath
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from hummgraph.errors import ArgumentError

__all__ = [
    "check_clusters",
    "check_clusters_option",
    "check_graph",
    "check_library_graph",
    "check_mapping",
    "check_option",
    "check_path",
    "check_policy",
    "check_records",
    "check_showable",
    "check_snapshot",
    "check_table",
    "check_target",
    "check_true_clusters",
    "check_truth",
    "checked_decisions",
    "refuse",
]

T = TypeVar("T")

_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hummgraph.graph.linkgraph.LinkGraph": "graph",
        "hummgraph.snapshot.snapshot.Snapshot": "snapshot",
        "hummgraph.datasets.Organization": "organization",
        "hummgraph.client.client.Client": "client",
        "hummgraph.client.async_client.AsyncClient": "async client",
        "hummgraph.graph.projection.Projection": "projection",
        "hummgraph.algorithms.clustering.clusters.Clusters": "clusters",
        "hummgraph.algorithms.clustering.merge_tree.MergeTree": "merge tree",
        "hummgraph.algorithms.clustering.audit.Audit": "audit",
        "hummgraph.algorithms.clustering.repair.Repair": "repair",
        "hummgraph.algorithms.evaluation.truth.Truth": "truth",
        "hummgraph.graph.policy.Policy": "policy",
        "hummgraph.frames.frame.Frame": "frame",
    }
)
"""Kinds of this library's own values, by class."""

_LIBRARIES: Final = ("networkx", "igraph", "rustworkx")
_TABLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pandas": ("DataFrame",),
        "polars": ("DataFrame", "LazyFrame"),
        "pyarrow": ("Table", "RecordBatch", "RecordBatchReader"),
        "duckdb": ("DuckDBPyRelation",),
    }
)

_ROWS_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pyarrow._dataset.Dataset": "Write read_links(dataset.to_table()).",
        "pyarrow._dataset.Scanner": "Write read_links(scanner.to_table()).",
        "pyarrow.parquet.core.ParquetFile": "Write read_links(file.read()).",
        "_duckdb.DuckDBPyConnection": 'Write read_links(con.sql("SELECT * FROM links")).',
        "duckdb.duckdb.DuckDBPyConnection": 'Write read_links(con.sql("SELECT * FROM links")).',
    }
)
"""How a table is had of what holds one, by class."""

_GRAPH_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "graph": "graph",
        "snapshot": "LinkGraph(snapshot)",
        "organization": "LinkGraph(organization.snapshot())",
        "client": "LinkGraph(client.fetch())",
        "async client": "LinkGraph(await client.fetch())",
        "projection": "projection.graph",
        "clusters": "clusters.graph",
        "merge tree": "tree.graph",
        "audit": "audit.clusters.graph",
        "repair": "repair.clusters.graph",
        "table": "LinkGraph(read_links(table))",
        "records": "LinkGraph(read_links(records))",
        **{library: f"LinkGraph.from_{library}(graph)" for library in _LIBRARIES},
    }
)
"""How a graph is made of, or found in, what was given."""

_CLUSTERS_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "merge tree": "tree.cut(threshold)",
        "audit": "audit.clusters",
        "repair": "repair.clusters",
    }
)
"""How clusters are found in what was given, where it is not a graph to cluster."""

_LIFTING: Final = frozenset({"downstream", "upstream", "neighborhood"})
"""Functions whose ``level`` lifts links first."""

_RECORDS: Final = (".json", ".ndjson", ".jsonl", ".csv", ".parquet")

_MAKING: Final = (
    "LinkGraph(snapshot) makes a graph; Client.fetch(), read_snapshot() and read_links() return"
    " snapshots."
)


def check_graph(value: Any, function: str, *, level: bool = False) -> None:
    """Refuse what is not a graph.

    Parameters
    ----------
    value
        What was given.
    function
        Name of the function that takes it.
    level
        Whether the function has a parameter ``level``.

    Raises
    ------
    ArgumentError
        If it is something else; the error says what to write.
    """
    kind = _kind_of(type(value))
    if kind == "graph":
        return
    found = _graph_of(value, kind)
    if kind == "projection" and level:
        found += _level_argument(value, lifts=function in _LIFTING)
    raise refuse(value, function, "a LinkGraph", _call(function, found) if found else _MAKING)


def check_clusters(value: Any, function: str) -> None:
    """Refuse what are not clusters."""
    kind = _kind_of(type(value))
    if kind == "clusters":
        return
    graph = _graph_of(value, kind)
    found = _CLUSTERS_OF.get(kind) or (f"cluster({graph})" if graph else "")
    hint = _call(function, found) if found else "cluster(graph) makes clusters."
    raise refuse(value, function, "Clusters", hint)


def check_clusters_option(value: Any) -> None:
    """Refuse what are not clusters as the option ``clusters=``."""
    kind = _kind_of(type(value))
    if kind == "clusters":
        return
    graph = _graph_of(value, kind)
    found = _CLUSTERS_OF.get(kind) or f"cluster({graph or 'graph'})"
    raise ArgumentError(
        f"clusters= takes Clusters, not a value of type {type(value).__name__}.",
        hint=f"Write clusters={found}.",
    )


def check_showable(value: Any, function: str, kinds: Any) -> None:
    """Refuse what has no file or page: what is neither a graph nor one of its results."""
    if isinstance(value, kinds):
        return
    kind = _kind_of(type(value))
    found = _CLUSTERS_OF.get(kind) or _graph_of(value, kind)
    hint = (
        _call(function, found)
        if found
        else (
            "Give a graph, a projection, clusters (for a crosswalk too), a path, a join path, a"
            " lineage, or what why() returns."
        )
    )
    if kind == "path" and function == "write":
        hint = "The path comes second: write write(graph, path)."
    raise refuse(value, function, "a graph or a result that can be shown", hint)


def check_option(value: Any, option: str, wanted: str) -> None:
    """Refuse what is neither a mapping nor a path as an option."""
    if isinstance(value, Mapping):
        return
    if _kind_of(type(value)) == "path" and isinstance(fspath(value), str):
        return
    raise ArgumentError(f"{option}= takes {wanted}, not a value of type {type(value).__name__}.")


def check_snapshot(value: Any, function: str) -> None:
    """Refuse what is not a snapshot where a graph is made of one."""
    kind = _kind_of(type(value))
    if kind == "snapshot":
        return
    if kind == "graph":
        hint = "It is a graph already; graph.with_policy(policy) reads it by another policy."
    else:
        found = _graph_of(value, kind)
        hint = f"Write {found}." if found else _MAKING
    raise refuse(value, function, "a Snapshot", hint)


def check_truth(value: Any, function: str) -> None:
    """Refuse what is not a truth."""
    kind = _kind_of(type(value))
    if kind == "truth":
        return
    found = {
        "path": "Truth.read(path)",
        "clusters": "Truth.from_clusters(clusters.members)",
        "records": "Truth.from_clusters(lists_of_nodes)",
    }.get(kind)
    hint = f"Write {found}." if found else "Truth.from_clusters() and Truth.read() make truths."
    raise refuse(value, function, "a Truth", hint)


def check_true_clusters(value: Any, function: str) -> None:
    """Refuse what are not lists of nodes."""
    kind = _kind_of(type(value))
    if kind == "records":
        return
    hint = {
        "path": "Write Truth.read(path).",
        "clusters": "Write Truth.from_clusters(clusters.members).",
        "truth": "It is a truth already.",
    }.get(kind, "A cluster is a list of ids or names.")
    raise refuse(value, function, "lists of nodes", hint)


def check_policy(value: Any, function: str) -> None:
    """Refuse what is not a policy."""
    if _kind_of(type(value)) != "policy":
        hint = "Write Policy(null_confidence=0.5) or similar."
        raise refuse(value, function, "a Policy", hint)


def check_path(value: Any, function: str, what: str) -> None:
    """Refuse what is not a path."""
    kind = _kind_of(type(value))
    if kind == "path" and isinstance(fspath(value), str):
        return
    here = kind in _GRAPH_OF and kind not in {"client", "async client", "records"}
    hint = (
        "It is in memory already; there is nothing to read."
        if here
        else "Give the path as text or a pathlib.Path."
    )
    raise refuse(value, function, f"the path of {what}", hint)


def check_target(value: Any, function: str, what: str) -> None:
    """Refuse what is not a path, or ``-``, where something is written."""
    kind = _kind_of(type(value))
    if kind == "path" and isinstance(fspath(value), str):
        return
    hint = "Give the path as text or a pathlib.Path."
    if kind == "clusters" and function == "write":
        hint = "Write write(graph, path, clusters=clusters)."
    raise refuse(value, function, f"the path of {what}", hint)


def check_records(value: Any, function: str) -> None:
    """Refuse what holds no records of links, and what need not be read."""
    kind = _kind_of(type(value))
    if kind in {"path", "table", "records"} or hasattr(value, "__arrow_c_stream__"):
        return
    if isinstance(value, bytes | bytearray | memoryview):  # the content of a file
        return
    found = {
        "snapshot": "It is a snapshot already: write LinkGraph(snapshot).",
        "organization": "Write organization.snapshot().",
        "client": "Write client.fetch().",
        "async client": "Write await client.fetch().",
    }.get(kind)
    if kind == "graph":
        found = "It is a graph already; graph.snapshot is what it was made of."
    found = found or next(filter(None, map(_ROWS_OF.get, _class_names(type(value)))), None)
    graph = _graph_of(value, kind)
    hint = found or (f"Write {graph}." if graph else "A record is a dict, as the API sends it.")
    raise refuse(value, function, "records of links, a table of them or a path", hint)


def check_table(value: Any, function: str, library: str) -> None:
    """Refuse what is not a table of a library, or, of ``arrow``, no table at all."""
    package = _package_of(type(value))
    lazy = type(value).__name__ == "LazyFrame"
    any_table = hasattr(value, "__arrow_c_stream__") or isinstance(value, Mapping)
    if (package == library and not lazy) or (library == "arrow" and any_table):
        return
    kind = _kind_of(type(value))
    if lazy:
        hint = "Write LinkGraph.from_polars(nodes.collect(), links.collect())."
    elif kind == "table":
        other = package if package in {"pandas", "polars"} else "arrow"
        hint = f"Write LinkGraph.from_{other}(nodes, links)."
    else:
        found = _graph_of(value, kind)
        hint = f"Write {found}." if found and kind != "records" else ""
    wanted = "tables of nodes and links" + ("" if library == "arrow" else f" of {library}")
    raise refuse(value, function, wanted, hint)


def checked_decisions(value: Any, function: str, kind: type[T]) -> list[T]:
    """Return decisions of a class, each of which is one."""
    if _kind_of(type(value)) != "records" or isinstance(value, Mapping):
        hint = f"Write {function}([{kind.__name__}(link_id, status), ...], path)."
        raise refuse(value, function, f"a list of {kind.__name__}", hint)
    several = list(value)
    for item in several:
        if not isinstance(item, kind):
            hint = f"Write {kind.__name__}(link_id, status) for each."
            raise refuse(item, function, f"a list of {kind.__name__}", hint)
    return several


def check_mapping(value: Any, function: str, wanted: str, hint: str) -> None:
    """Refuse what is not a mapping."""
    if not isinstance(value, Mapping):
        raise refuse(value, function, wanted, hint)


def check_library_graph(value: Any, function: str, library: str) -> None:
    """Refuse what is not a graph of a library."""
    kind = _kind_of(type(value))
    if kind == library:
        return
    found = _graph_of(value, kind)
    hint = f"Write {found}." if found and kind != "graph" else ""
    if kind == "graph":
        hint = f"It is a LinkGraph already; graph.to_{library}() makes one of {library}."
    raise refuse(value, function, f"a graph of {library}", hint)


def refuse(value: Any, function: str, wanted: str, hint: str) -> ArgumentError:
    """Build the error about a value of the wrong kind; the value itself is not quoted."""
    return ArgumentError(
        f"{function}() takes {wanted}, not a value of type {type(value).__name__}.", hint=hint
    )


def _level_argument(projection: Any, *, lifts: bool) -> str:
    """Return the argument ``level`` for the graph of a projection.

    It is the projection's own level where the function lifts links, or links join such nodes
    themselves; else the level of columns, which is the default.
    """
    here = projection.graph.link_levels == projection.level.depth
    return f', level="{projection.level}"' if lifts or here.any() else ""


def _call(function: str, argument: str) -> str:
    return f"Write {function}({argument}, ...)."


def _graph_of(value: Any, kind: str) -> str:
    """Return how a graph is made of a value; empty where nothing is known."""
    if kind != "path":
        return _GRAPH_OF.get(kind, "")
    path = fspath(value)
    suffixes = PurePath(path if isinstance(path, str) else fsdecode(path)).suffixes
    last = [suffix.lower() for suffix in suffixes if suffix.lower() != ".gz"][-1:]
    if last == [".graphml"]:
        return "read_graphml(path)"
    return f"LinkGraph({'read_links' if last and last[0] in _RECORDS else 'read_snapshot'}(path))"


def _class_names(cls: type) -> list[str]:
    return [f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__]


def _package_of(cls: type) -> str:
    """Return the library that a table is of; empty if it is none."""
    for base in cls.__mro__:
        package = base.__module__.partition(".")[0]
        if base.__name__ in _TABLES.get(package, ()):
            return package
    return ""


_seen: WeakKeyDictionary[type, str] = WeakKeyDictionary()


def _kind_of(cls: type) -> str:
    """Return what values of a class are to this library; empty if it is unknown."""
    kind = _seen.get(cls)
    if kind is None:
        kind = _seen[cls] = _kind_by_name(cls)
    return kind


def _kind_by_name(cls: type) -> str:
    for base in cls.__mro__:
        known = _KINDS.get(f"{base.__module__}.{base.__qualname__}")
        if known:
            return known
        package = base.__module__.partition(".")[0]
        if package in _LIBRARIES and "Graph" in base.__name__:
            return package
    if _package_of(cls):
        return "table"
    if issubclass(cls, str | PathLike):
        return "path"
    if issubclass(cls, Iterable) and not issubclass(cls, bytes | bytearray):
        return "records"
    return ""
