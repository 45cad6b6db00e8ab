"""What every library is handed besides nodes and links, and what is read back from all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph._ids import id_bytes
from hummgraph._nodes import find_ids
from hummgraph._rebuilt import graph_of
from hummgraph.columns import COLUMN_SCHEMA, DECLARED_SCHEMA
from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clusters import Clusters
    from hummgraph.graph import LinkGraph

__all__ = [
    "defined_links",
    "facts_of",
    "graph_like",
    "graph_with_facts",
    "link_attributes",
    "missing",
    "node_attributes",
    "typed",
]

_KEY_FACTS: Final = (
    "is_primary_key",
    "is_nullable",
    "is_unique",
    "ordinal_position",
    "semantic_type",
    "role",
)
_IDS: Final = tuple(field.name for field in DECLARED_SCHEMA if field.type == pa.binary(16))


def missing(package: str) -> MissingDependencyError:
    """Say that an optional library is not installed, and how to have it."""
    return MissingDependencyError(
        f"{package} is not installed.", hint=f"pip install 'hummgraph[{package}]'"
    )


# --- out -----------------------------------------------------------------------------------------


def defined_links(graph: LinkGraph, *, undefined: bool) -> tuple[NDArray[np.intp], dict[str, int]]:
    """Give positions of the links that are handed on, and how many of each status are not.

    Parameters
    ----------
    graph
        Whose links they are.
    undefined
        Whether those go too that the policy leaves without a weight.
    """
    if undefined:
        return np.arange(graph.n_links), {}
    defined = ~np.isnan(graph.weights)
    left_out = np.bincount(graph.arrays.links.status[~defined]).tolist()
    told = {graph.arrays.statuses[code]: n for code, n in enumerate(left_out) if n}
    return np.flatnonzero(defined), told


def node_attributes(graph: LinkGraph, clusters: Clusters | None) -> dict[str, list[Any]]:
    """Give the columns of :attr:`LinkGraph.nodes` as lists, with clusters if they are given."""
    table = graph.nodes.to_arrow().drop_columns(["n_link_ends"])
    columns: dict[str, list[Any]] = table.to_pydict()
    if clusters is None:
        return columns
    nodes, others = graph.arrays.nodes, clusters.graph.arrays.nodes
    if not (np.array_equal(nodes.ids, others.ids) and np.array_equal(nodes.depth, others.depth)):
        raise ArgumentError(
            f"The clusters are of another graph: {len(others):,} nodes, not these {len(nodes):,}.",
            hint="Cluster this graph, or one that where() made of it.",
        )
    labels = clusters.labels
    place = pa.array(labels, mask=labels < 0)
    return columns | {
        "cluster_index": labels.tolist(),
        "cluster_id": pa.array(clusters.ids, pa.string()).take(place).to_pylist(),
        "cluster_name": pa.array(clusters.names, pa.string()).take(place).to_pylist(),
    }


def link_attributes(
    graph: LinkGraph, links: NDArray[np.intp]
) -> tuple[list[tuple[int, int]], dict[str, list[Any]]]:
    """Give links' ends as positions of nodes, and the other columns of them as lists."""
    ends = graph.arrays.links.ends
    pairs = zip(ends.source[links].tolist(), ends.target[links].tolist(), strict=True)
    # Their ends say these already.
    table = graph.links.to_arrow().drop_columns(["source", "target", "source_path", "target_path"])
    if len(links) < graph.n_links:
        table = table.take(pa.array(links))
    return list(pairs), table.to_pydict()


def facts_of(graph: LinkGraph) -> dict[str, Any]:
    """Give what is true of the whole graph, as plain data that :func:`graph_with_facts` reads."""
    declared = graph.relationships.rows.to_pylist()
    return {
        "organization_id": str(graph.snapshot.organization_id or ""),
        "organization": graph.snapshot.organization_name,
        "policy": graph.policy.to_dict(),
        "relationships": [
            {
                name: str(UUID(bytes=value)) if isinstance(value, bytes) else value
                for name, value in row.items()
                if value is not None
            }
            for row in declared
        ],
        "key_facts": [
            {name: value for name, value in row.items() if value is not None}
            for row in _key_facts(graph).to_pylist()
        ],
    }


def _key_facts(graph: LinkGraph) -> pa.Table:
    """Say what tells keys, for those columns of the graph of which any of it is known."""
    columns, nodes = graph.snapshot.catalogue.columns, graph.arrays.nodes
    begin, end = nodes.first[[2, 3]].tolist()
    place = find_ids(id_bytes(columns.column("id").combine_chunks()), nodes.ids[begin:end])
    here = np.flatnonzero(place >= 0)
    facts = columns.select(_KEY_FACTS).take(pa.array(here))
    facts = facts.add_column(0, "node_id", nodes.id_text.take(pa.array(place[here] + begin)))
    known = [pc.is_valid(facts.column(name)) for name in _KEY_FACTS]
    return facts.filter(pc.greater(pc.max_element_wise(*(k.cast(pa.int8()) for k in known)), 0))


# --- back ----------------------------------------------------------------------------------------


def typed(
    columns: Mapping[str, Sequence[Any]], kinds: Mapping[str, pa.DataType], what: str
) -> pa.Table:
    """Make a table of the attributes that are read; what is missing is left out.

    Raises
    ------
    FormatError
        If a value is of another type.
    """
    made = {}
    for name, kind in kinds.items():
        if name not in columns:
            continue
        try:
            made[name] = pa.array(columns[name], kind, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise FormatError(f"An attribute {name!r} of the {what} is no {kind}.") from error
    return pa.table(made)


def graph_with_facts(
    nodes: pa.Table,
    links: pa.Table,
    facts: Mapping[str, Any],
    *,
    origin: str,
    policy: Policy | None,
) -> LinkGraph:
    """Make a graph of nodes, links and what :func:`facts_of` gave, as far as that is there.

    Raises
    ------
    FormatError
        If any of it cannot be read.
    """
    try:
        organization_id = facts.get("organization_id")
        told = {
            "policy": policy or Policy(**facts.get("policy", {})),
            "organization_id": UUID(organization_id) if organization_id else None,
            "organization_name": facts.get("organization"),
            "declared": _declared(facts.get("relationships", [])),
            "key_facts": pa.Table.from_pylist(
                [{**row} for row in facts.get("key_facts", [])],
                pa.schema(
                    [pa.field("node_id", pa.string()), *(map(COLUMN_SCHEMA.field, _KEY_FACTS))]
                ),
            ),
        }
    except (ValueError, TypeError, AttributeError, pa.ArrowException) as error:
        raise FormatError("What is said of the whole graph cannot be read.") from error
    return _made(nodes, links, origin=origin, **told)


def graph_like(
    nodes: pa.Table,
    links: pa.Table,
    like: LinkGraph | None,
    *,
    origin: str,
    policy: Policy | None,
) -> LinkGraph:
    """Make a graph of nodes and links; what is true of the whole, another graph tells."""
    if like is None:
        return graph_of(nodes, links, origin=origin, policy=policy)
    return _made(
        nodes,
        links,
        origin=origin,
        policy=policy or like.policy,
        organization_id=like.snapshot.organization_id,
        organization_name=like.snapshot.organization_name,
        declared=like.relationships.rows,
        key_facts=_key_facts(like),
    )


def _declared(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    packed = [
        {**row, **{name: UUID(row[name]).bytes for name in _IDS if row.get(name)}} for row in rows
    ]
    return pa.Table.from_pylist(packed, DECLARED_SCHEMA)


def _made(nodes: pa.Table, links: pa.Table, *, key_facts: pa.Table, **told: Any) -> LinkGraph:
    if "node_id" in nodes.column_names:
        # Keys of nodes that somebody took away go with them.
        here = pc.is_in(
            key_facts.column("node_id"), value_set=nodes.column("node_id").cast(pa.string())
        )
        key_facts = key_facts.filter(here)
    return graph_of(nodes, links, key_facts=key_facts, **told)
