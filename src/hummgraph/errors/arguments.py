"""Checks of arguments, with hints on what to pass instead of a wrong value.

Types are recognised by class names: no other library is imported to check a value, nor a package of
this library above this one. For a valid value the check is one look-up of its class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike, fsdecode, fsencode, fspath
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Final
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
"""Kind of this library's own values, by class."""

_LIBRARIES: Final = ("networkx", "igraph", "rustworkx")
_TABLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pandas": ("DataFrame",),
        "polars": ("DataFrame", "LazyFrame"),
        "pyarrow": ("Table", "RecordBatch", "RecordBatchReader"),
        "duckdb": ("DuckDBPyRelation",),
    }
)

_TABLE_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pyarrow._dataset.Dataset": "Write read_links(dataset.to_table()).",
        "pyarrow._dataset.Scanner": "Write read_links(scanner.to_table()).",
        "pyarrow.parquet.core.ParquetFile": "Write read_links(file.read()).",
        "_duckdb.DuckDBPyConnection": 'Write read_links(con.sql("SELECT * FROM links")).',
        "duckdb.duckdb.DuckDBPyConnection": 'Write read_links(con.sql("SELECT * FROM links")).',
    }
)
"""Advice on getting a table from a value, by class."""

_GRAPH_HINTS: Final[Mapping[str, str]] = MappingProxyType(
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
"""Advice on building a graph from a value, or finding it there, by class."""

_CLUSTERS_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "merge tree": "tree.cut(threshold)",
        "audit": "audit.clusters",
        "repair": "repair.clusters",
    }
)
"""Advice on finding clusters in a value that is not a graph, by class."""

_LIFTING_FUNCTIONS: Final = frozenset({"downstream", "upstream", "neighborhood"})
"""Functions whose ``level`` lifts links first."""

_RECORD_SUFFIXES: Final = (".json", ".ndjson", ".jsonl", ".csv", ".parquet")

_CREATION_HINT: Final = (
    "LinkGraph(snapshot) builds a graph; Client.fetch(), read_snapshot() and read_links() return"
    " snapshots."
)


def check_graph(value: Any, function: str, *, level: bool = False) -> None:
    """Raise unless a value is a graph.

    Parameters
    ----------
    value
        The value to check.
    function
        Name of the function that takes the graph.
    level
        Whether the function has a parameter ``level``.

    Raises
    ------
    ArgumentError
        If it is anything else; the hint has the code to write.
    """
    kind = _kind_of(type(value))
    if kind == "graph":
        return
    found = _graph_hint(value, kind)
    if kind == "projection" and level:
        found += _format_level_argument(value, lifts=function in _LIFTING_FUNCTIONS)
    raise refuse(
        value, function, "a LinkGraph", _format_call(function, found) if found else _CREATION_HINT
    )


def check_clusters(value: Any, function: str) -> None:
    """Raise unless a value is a result of clustering."""
    kind = _kind_of(type(value))
    if kind == "clusters":
        return
    graph = _graph_hint(value, kind)
    found = _CLUSTERS_HINTS.get(kind) or (f"cluster({graph})" if graph else "")
    hint = _format_call(function, found) if found else "cluster(graph) returns clusters."
    raise refuse(value, function, "Clusters", hint)


def check_clusters_option(value: Any) -> None:
    """Raise unless the value of the option ``clusters=`` is a result of clustering."""
    kind = _kind_of(type(value))
    if kind == "clusters":
        return
    graph = _graph_hint(value, kind)
    found = _CLUSTERS_HINTS.get(kind) or f"cluster({graph or 'graph'})"
    raise ArgumentError(
        f"clusters= must be Clusters, not a value of type {type(value).__name__}.",
        hint=f"Write clusters={found}.",
    )


def check_showable(value: Any, function: str, kinds: Any) -> None:
    """Raise unless a value is a graph or a result that can be shown or written."""
    if isinstance(value, kinds):
        return
    kind = _kind_of(type(value))
    found = _CLUSTERS_HINTS.get(kind) or _graph_hint(value, kind)
    hint = (
        _format_call(function, found)
        if found
        else (
            "Pass a graph, a projection, clusters (for a crosswalk too), entities, a path, a join"
            " path, a lineage, a diff, or the result of why()."
        )
    )
    if kind == "path" and function == "write":
        hint = "The path comes second: write write(graph, path)."
    raise refuse(value, function, "a graph or a result that can be shown", hint)


def check_option(value: Any, option: str, wanted: str) -> None:
    """Raise unless the value of an option is a mapping or a path."""
    if isinstance(value, Mapping):
        return
    if _kind_of(type(value)) == "path" and isinstance(fspath(value), str):
        _check_characters(value)
        return
    raise ArgumentError(f"{option}= must be {wanted}, not a value of type {type(value).__name__}.")


def check_snapshot(value: Any, function: str) -> None:
    """Raise unless a value is a snapshot."""
    kind = _kind_of(type(value))
    if kind == "snapshot":
        return
    if kind == "graph":
        hint = "It is a graph already; graph.with_policy(policy) reads it by another policy."
    else:
        found = _graph_hint(value, kind)
        hint = f"Write {found}." if found else _CREATION_HINT
    raise refuse(value, function, "a Snapshot", hint)


def check_truth(value: Any, function: str) -> None:
    """Raise unless a value is a truth."""
    kind = _kind_of(type(value))
    if kind == "truth":
        return
    found = {
        "path": "Truth.read(path)",
        "clusters": "Truth.from_clusters(clusters.members)",
        "records": "Truth.from_clusters(lists_of_nodes)",
    }.get(kind)
    hint = f"Write {found}." if found else "Truth.from_clusters() and Truth.read() return truths."
    raise refuse(value, function, "a Truth", hint)


def check_true_clusters(value: Any, function: str) -> None:
    """Raise unless a value may be lists of nodes."""
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
    """Raise unless a value is a policy."""
    if _kind_of(type(value)) != "policy":
        hint = "Write Policy(null_confidence=0.5) or similar."
        raise refuse(value, function, "a Policy", hint)


def check_path(value: Any, function: str, what: str) -> None:
    """Raise unless a value is a path."""
    kind = _kind_of(type(value))
    if kind == "path" and isinstance(fspath(value), str):
        _check_characters(value)
        return
    here = kind in _GRAPH_HINTS and kind not in {"client", "async client", "records"}
    hint = (
        "It is in memory already; there is nothing to read."
        if here
        else "Pass the path as text or a pathlib.Path."
    )
    raise refuse(value, function, f"the path of {what}", hint)


def _check_characters(path: Any) -> None:
    """Raise if a path holds NUL or half a surrogate pair, for which Python has errors of its own.

    Raises
    ------
    ArgumentError
        If it does.
    """
    text = fspath(path)
    try:
        fsencode(text)
    except UnicodeEncodeError:
        text = "\0"
    if "\0" in text:
        raise ArgumentError(f"{fspath(path)!r} is not a path: no path has such a character.")


def check_target(value: Any, function: str, what: str) -> None:
    """Raise unless a value is a path to write to, or ``-``."""
    kind = _kind_of(type(value))
    if kind == "path" and isinstance(fspath(value), str):
        _check_characters(value)
        return
    hint = "Pass the path as text or a pathlib.Path."
    if kind == "clusters" and function == "write":
        hint = "Write write(graph, path, clusters=clusters)."
    raise refuse(value, function, f"the path of {what}", hint)


def check_records(
    value: Any,
    function: str,
    wanted: str = "records of links, a table of them or a path",
    hint: str = "A record is a dict, as the API sends it.",
) -> None:
    """Raise if a value cannot hold records, of links or others, or is a snapshot already."""
    kind = _kind_of(type(value))
    if kind == "path" and isinstance(fspath(value), str):
        _check_characters(value)
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
        found = "It is a graph already; graph.snapshot is its snapshot."
    found = found or next(filter(None, map(_TABLE_HINTS.get, _class_names(type(value)))), None)
    graph = _graph_hint(value, kind)
    hint = found or (f"Write {graph}." if graph else hint)
    if function != "read_links":
        hint = hint.replace("read_links", function).replace("FROM links", "FROM pairs")
    raise refuse(value, function, wanted, hint)


def check_table(value: Any, function: str, library: str) -> None:
    """Raise unless a value is a table of a library; for ``arrow``, any table."""
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
        found = _graph_hint(value, kind)
        hint = f"Write {found}." if found and kind != "records" else ""
    wanted = "tables of nodes and links" + ("" if library == "arrow" else f" of {library}")
    raise refuse(value, function, wanted, hint)


def checked_decisions(value: Any, function: str, kinds: tuple[type, ...]) -> list[Any]:
    """Return decisions as a list; raise unless each is of one of the classes."""
    wanted = f"a list of {' and '.join(kind.__name__ for kind in kinds)}"
    if _kind_of(type(value)) != "records" or isinstance(value, Mapping):
        hint = f"Write {function}([{kinds[0].__name__}(link_id, status), ...], path)."
        raise refuse(value, function, wanted, hint)
    several = list(value)
    for item in several:
        if not isinstance(item, kinds):
            hint = f"Write {kinds[0].__name__}(link_id, status) for each."
            raise refuse(item, function, wanted, hint)
    return several


def check_mapping(value: Any, function: str, wanted: str, hint: str) -> None:
    """Raise unless a value is a mapping."""
    if not isinstance(value, Mapping):
        raise refuse(value, function, wanted, hint)


def check_library_graph(value: Any, function: str, library: str) -> None:
    """Raise unless a value is a graph of a library."""
    kind = _kind_of(type(value))
    if kind == library:
        return
    found = _graph_hint(value, kind)
    hint = f"Write {found}." if found and kind != "graph" else ""
    if kind == "graph":
        hint = f"It is a LinkGraph already; graph.to_{library}() returns one of {library}."
    raise refuse(value, function, f"a graph of {library}", hint)


def refuse(value: Any, function: str, wanted: str, hint: str) -> ArgumentError:
    """Return the error for a value of the wrong kind, without quoting the value."""
    return ArgumentError(
        f"{function}() takes {wanted}, not a value of type {type(value).__name__}.", hint=hint
    )


def _format_level_argument(projection: Any, *, lifts: bool) -> str:
    """Return the argument ``level`` for the graph of a projection, as code.

    It is the projection's own level if the function lifts links, or if links join nodes of that
    level; else it is the default, the level of columns.
    """
    here = projection.graph.link_levels == projection.level.depth
    return f', level="{projection.level}"' if lifts or here.any() else ""


def _format_call(function: str, argument: str) -> str:
    return f"Write {function}({argument}, ...)."


def _graph_hint(value: Any, kind: str) -> str:
    """Return the code that builds a graph from a value; empty if there is none."""
    if kind != "path":
        return _GRAPH_HINTS.get(kind, "")
    path = fspath(value)
    suffixes = PurePath(path if isinstance(path, str) else fsdecode(path)).suffixes
    last = [suffix.lower() for suffix in suffixes if suffix.lower() != ".gz"][-1:]
    if last == [".graphml"]:
        return "read_graphml(path)"
    reader = "read_links" if last and last[0] in _RECORD_SUFFIXES else "read_snapshot"
    return f"LinkGraph({reader}(path))"


def _class_names(cls: type) -> list[str]:
    return [f"{base.__module__}.{base.__qualname__}" for base in cls.__mro__]


def _package_of(cls: type) -> str:
    """Return the library of a table; empty if the class is not one of its tables."""
    for base in cls.__mro__:
        package = base.__module__.partition(".")[0]
        if base.__name__ in _TABLES.get(package, ()):
            return package
    return ""


_known_kinds: WeakKeyDictionary[type, str] = WeakKeyDictionary()


def _kind_of(cls: type) -> str:
    """Return the kind that this library gives a class; empty if it is unknown."""
    kind = _known_kinds.get(cls)
    if kind is None:
        kind = _known_kinds[cls] = _kind_by_name(cls)
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
