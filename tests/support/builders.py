"""Small organisations, written as literals."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hummgraph.graph.policy import Policy
    from hummgraph.snapshot.snapshot import Snapshot

TIME = "2026-01-05T09:30:00Z"


def uid(name: str) -> str:
    """Return a stable id for a name."""
    return str(uuid5(NAMESPACE_OID, name))


ORGANIZATION = uid("organisation")


def ends(side: str, place: str) -> dict[str, str]:
    """Return the ids of one end; ``crm/contact.email`` is a column, ``crm/contact`` a table."""
    system, _, below = place.partition("/")
    table, _, column = below.partition(".")
    ids = {f"{side}_integration_source_id": uid(system)}
    if table:
        ids[f"{side}_table_id"] = uid(f"{system}/{table}")
    if column:
        ids[f"{side}_column_id"] = uid(place)
    return ids


def record(
    source: str, target: str, confidence: float | None = 0.9, **other: Any
) -> dict[str, Any]:
    """Return one link record as the API sends it."""
    return {
        "id": uid(f"{source} {target}"),
        "organization_id": ORGANIZATION,
        "created_at": TIME,
        "updated_at": TIME,
        "confidence_score": confidence,
        **ends("source", source),
        **ends("target", target),
        **other,
    }


def catalogue(
    places: Iterable[str], *, inactive: Iterable[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Return catalogue records that name all places and what they lie in, some not active."""
    systems: dict[str, dict[str, Any]] = {}
    tables: dict[str, dict[str, Any]] = {}
    columns: dict[str, dict[str, Any]] = {}
    for place in places:
        system, _, below = place.partition("/")
        table, _, column = below.partition(".")
        systems[system] = {"id": uid(system), "name": system, "source_type": "database"}
        if table:
            path = f"{system}/{table}"
            tables[path] = {
                "id": uid(path),
                "name": table,
                "integration_source_id": uid(system),
            }
        if column:
            columns[place] = {"id": uid(place), "name": column, "table_id": uid(path)}
    for place in inactive:
        (systems | tables | columns)[place]["is_active"] = False
    return {
        "integration_sources": list(systems.values()),
        "tables": list(tables.values()),
        "columns": list(columns.values()),
    }


Row = tuple[str, str] | tuple[str, str, float | None] | tuple[str, str, float | None, str]


def snapshot(
    rows: Sequence[Row], *, also: Iterable[str] = (), inactive: Iterable[str] = ()
) -> Snapshot:
    """Build a snapshot of rows ``(source, target, confidence, status)``."""
    records = []
    for number, row in enumerate(rows):
        source, target, *rest = row
        confidence = rest[0] if rest else 0.9
        status = rest[1] if len(rest) > 1 else "SUGGESTED"
        records.append(
            record(source, target, confidence, status=status, id=uid(f"link {number}"))  # type: ignore[arg-type]
        )
    places = [place for row in rows for place in row[:2]]
    return read_links(records, catalogue=catalogue([*places, *also], inactive=inactive))


def graph(
    rows: Sequence[Row],
    *,
    also: Iterable[str] = (),
    inactive: Iterable[str] = (),
    policy: Policy | None = None,
) -> LinkGraph:
    """Build a graph from rows ``(source, target, confidence, status)``."""
    return LinkGraph(snapshot(rows, also=also, inactive=inactive), policy=policy)


def grid_rows(side: int, confidence: float = 0.9, status: str = "SUGGESTED") -> list[Row]:
    """Return the links of a square grid of columns, ``r0/t.c0`` in one corner."""
    rows: list[Row] = []
    for row, column in product(range(side), repeat=2):
        here = f"r{row}/t.c{column}"
        if column + 1 < side:
            rows.append((here, f"r{row}/t.c{column + 1}", confidence, status))
        if row + 1 < side:
            rows.append((here, f"r{row + 1}/t.c{column}", confidence, status))
    return rows


def chain_rows(n: int, confidence: float = 0.9, status: str = "SUGGESTED") -> list[Row]:
    """Return ``n`` links one after the other, from ``s0/t.x`` to ``sn/t.x``."""
    return [(f"s{i}/t.x", f"s{i + 1}/t.x", confidence, status) for i in range(n)]
