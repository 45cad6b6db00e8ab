"""A graph made of a networkx one: the way back from :mod:`hummgraph.networkx_view`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa

from hummgraph._ids import parse_id
from hummgraph._nodes import Level
from hummgraph._objects import check_library_graph
from hummgraph.catalogue import Catalogue
from hummgraph.columns import (
    COLUMN_SCHEMA,
    INTEGRATION_SOURCE_SCHEMA,
    LINK_SCHEMA,
    TABLE_SCHEMA,
)
from hummgraph.errors import ArgumentError
from hummgraph.networkx_view import CONTAINS, NODE_DETAILS
from hummgraph.relationships import KINDS
from hummgraph.snapshot import Snapshot
from hummgraph.validation import Drift

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

__all__ = ["snapshot_of"]

# Kinds of edges that are not entity links.
_OTHERS = frozenset({CONTAINS, *KINDS})


def snapshot_of(graph: nx.MultiDiGraph[str]) -> Snapshot:
    """Read a networkx graph back; see :meth:`LinkGraph.from_networkx`.

    Edges that are not entity links are passed over: containment, which the nodes' ``parent`` says
    too, and relationships and associations, which are records of a catalogue and so are not kept.
    """
    check_library_graph(graph, "LinkGraph.from_networkx", "networkx")
    if not (graph.is_directed() and graph.is_multigraph()):
        raise ArgumentError(
            "The graph is not a MultiDiGraph.", hint="Give what to_networkx() gave, or a copy."
        )
    places = {node: _place(node, attributes) for node, attributes in graph.nodes.items()}
    catalogue = _catalogue(graph, places)
    rows = [
        _link_row(graph, places, source, target, key, attributes)
        for source, target, key, attributes in graph.edges(keys=True, data=True)
        if attributes.get("kind") not in _OTHERS
    ]
    links = pa.Table.from_pylist(
        rows,
        schema=pa.schema(
            [
                field.with_type(field.type.value_type)
                if pa.types.is_dictionary(field.type)
                else field
                for field in LINK_SCHEMA
            ]
        ),
    )
    columns = [
        links.column(field.name).dictionary_encode()
        if pa.types.is_dictionary(field.type)
        else links.column(field.name)
        for field in LINK_SCHEMA
    ]
    return Snapshot(
        links=pa.table(columns, schema=LINK_SCHEMA),
        catalogue=catalogue,
        quarantine=(),
        n_records=len(rows),
        flags={},
        drift=Drift({}, {}),
        origin="networkx",
        organization_id=catalogue.organization_id,
    )


class _Place:
    """Where a node of a networkx graph stands."""

    __slots__ = ("level", "packed", "parent", "saas")

    def __init__(self, packed: bytes, level: Level, parent: str | None, *, saas: bool) -> None:
        self.packed = packed
        self.level = level
        self.parent = parent
        self.saas = saas


def _place(node: object, attributes: Mapping[str, Any]) -> _Place:
    packed = parse_id(str(node).rpartition(":")[2])
    if packed is None:
        raise ArgumentError(f"Node {node!r} is not an id.")
    try:
        level = Level(attributes.get("level", ""))
    except ValueError:
        raise ArgumentError(
            f"Node {node!r} has no usable 'level'; it must be one of {', '.join(Level)}."
        ) from None
    saas = attributes.get("kind") in {"saas_object", "saas_field"}
    return _Place(packed, level, attributes.get("parent"), saas=saas)


def _catalogue(graph: nx.MultiDiGraph[str], places: Mapping[str, _Place]) -> Catalogue:
    rows: dict[Level, list[dict[str, Any]]] = {level: [] for level in Level}
    for node, place in places.items():
        attributes = graph.nodes[node]
        above = places.get(place.parent or "")
        row = {name: attributes.get(name) for name in NODE_DETAILS} | {"id": place.packed}
        if attributes.get("resolved", True):
            row["name"] = attributes.get("name")
        match place.level:
            case Level.INTEGRATION_SOURCE:
                row["connector_type"] = row["kind"]
            case Level.TABLE:
                row["kind"] = row["kind"] or "table"
                row["integration_source_id"] = above and above.packed
            case _:
                row["kind"] = row["kind"] or "column"
                row["table_id"] = above and above.packed
        # A column that hangs from its system has no table to name: the links say where it hangs.
        if place.level is not Level.COLUMN or (above and above.level is Level.TABLE):
            rows[place.level].append(row)
    organization = graph.graph.get("organization_id")
    empty = Catalogue.empty()
    return Catalogue(
        integration_sources=pa.Table.from_pylist(
            rows[Level.INTEGRATION_SOURCE], schema=INTEGRATION_SOURCE_SCHEMA
        ),
        tables=pa.Table.from_pylist(rows[Level.TABLE], schema=TABLE_SCHEMA),
        columns=pa.Table.from_pylist(rows[Level.COLUMN], schema=COLUMN_SCHEMA),
        associations=empty.associations,
        relationships=empty.relationships,
        organization_id=UUID(organization) if organization else None,
        organization_name=graph.graph.get("organization"),
    )


def _link_row(  # noqa: PLR0917 - an edge is these parts
    graph: nx.MultiDiGraph[str],
    places: Mapping[str, _Place],
    source: str,
    target: str,
    key: object,
    attributes: Mapping[str, Any],
) -> dict[str, Any]:
    packed = parse_id(str(key))
    if packed is None:
        raise ArgumentError(f"The edge from {source!r} to {target!r} has a key that is no id.")
    organization = parse_id(str(graph.graph.get("organization_id") or UUID(int=0)))
    row: dict[str, Any] = {
        "link_id": packed,
        "organization_id": organization,
        "link_type": attributes.get("link_type", "PROBABILISTIC"),
        "status": attributes.get("status", "SUGGESTED"),
        "confidence": attributes.get("confidence"),
        "evidence": attributes.get("evidence"),
        "created_at": _moment(attributes.get("created_at")),
        "updated_at": _moment(attributes.get("updated_at")),
    }
    for side, end in (("source", source), ("target", target)):
        place = places.get(end)
        for _ in Level:  # a path upwards has at most one node a level
            if place is None:
                break
            row[f"{side}_{_field(place)}"] = place.packed
            place = places.get(place.parent or "")
        if f"{side}_integration_source_id" not in row:
            raise ArgumentError(
                f"Node {end!r} lies in no system of the graph.",
                hint="Keep the nodes of level 'integration_source', and 'parent' on the others.",
            )
    return row


def _field(place: _Place) -> str:
    if place.level is Level.INTEGRATION_SOURCE:
        return "integration_source_id"
    if place.level is Level.TABLE:
        return "saas_object_id" if place.saas else "table_id"
    return "field_id" if place.saas else "column_id"


def _moment(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
