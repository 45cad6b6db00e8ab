"""OpenLineage events, with a column lineage facet, of links that somebody declares to be lineage.

A link says that two fields mean the same. That is no data flow, so that nothing is written unless
the user says which APPROVED links are one, from the link's source to its target.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from hummgraph.errors import ArgumentError
from hummgraph.export.rows import link_rows, node_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.export.rows import Rows

__all__ = ["openlineage_chunks"]

_PRODUCER: Final = "urn:hummgraph:export"
_EVENT: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent"
_COLUMNS: Final = (
    "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json"
    "#/$defs/ColumnLineageDatasetFacet"
)
_BEGINNING: Final = "1970-01-01T00:00:00.000000Z"  # of a link that says no time


def openlineage_chunks(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - a dataset names its system
    lineage: Iterable[str] | str | None = None,
) -> Iterator[bytes]:
    """Return one event for each table or object that data flows into, one JSON object a line.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect.
    lineage
        Ids of the APPROVED links between columns that are data flows, from source to target; or
        ``"approved"`` for all of them.

    Yields
    ------
    bytes
        UTF-8. Equal input gives equal bytes: an event's time is that of its latest link.

    Raises
    ------
    ArgumentError
        If nothing was declared, or a declared link is not there, is not APPROVED, or does not join
        two columns of known tables; or the links are lifted.

    Notes
    -----
    A dataset's namespace is ``hummgraph://`` with the name of its system, its name that of the
    table: neither the API nor its catalogue says what a system's own address is.

    Examples
    --------
    >>> import json
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> event = json.loads(next(openlineage_chunks(rows, lineage="approved")))
    >>> sorted(event["dataset"])
    ['facets', 'name', 'namespace']
    """
    if rows.lifted is not None:
        raise ArgumentError("Lineage is of columns; the links are lifted.", hint="Give the graph.")
    if lineage is None:
        raise ArgumentError(
            "Links are no lineage until somebody says so.",
            hint="Give lineage= the ids of APPROVED links, or 'approved' for all of them.",
        )
    nodes = {row["node_id"]: row for row in node_rows(rows)}
    into: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    latest: dict[tuple[str, str], str] = {}
    for link in _declared(rows, nodes, lineage):
        source, target = nodes[link["source"]], nodes[link["target"]]
        dataset = _dataset(target)
        namespace, name = _dataset(source)
        into[dataset][target["name"]].append(
            {
                "namespace": namespace,
                "name": name,
                "field": source["name"],
                "transformations": [
                    {
                        "type": "DIRECT",
                        "subtype": "IDENTITY",
                        "description": _about(link, source, target),
                    }
                ],
            }
        )
        moment = link["updated_at"] or link["created_at"] or _BEGINNING
        latest[dataset] = max(moment, latest.get(dataset, _BEGINNING))
    for dataset in sorted(into):
        fields = {
            name: {
                "inputFields": sorted(
                    inputs, key=lambda one: (one["namespace"], one["name"], one["field"])
                )
            }
            for name, inputs in sorted(into[dataset].items())
        }
        yield msgspec.json.encode(_event(dataset, latest[dataset], fields)) + b"\n"


def _declared(
    rows: Rows, nodes: dict[str, dict[str, Any]], lineage: Iterable[str] | str
) -> Iterator[dict[str, Any]]:
    """Return the declared links, each checked."""
    every = isinstance(lineage, str)
    if isinstance(lineage, str) and lineage != "approved":
        raise ArgumentError(f"lineage is {lineage!r}; it must be ids of links, or 'approved'.")
    if not isinstance(lineage, Iterable):
        raise ArgumentError(f"lineage is {lineage!r}; it must be ids of links, or 'approved'.")
    wanted = set() if isinstance(lineage, str) else {str(one) for one in lineage}
    for link in link_rows(rows):
        if not (every or link["link_id"] in wanted):
            continue
        wanted.discard(link["link_id"])
        ends = [nodes[link[end]] for end in ("source", "target")]
        plain = all(end["level"] == "column" and end["table"] is not None for end in ends)
        if plain and link["status"] == "APPROVED":
            yield link
        elif not every:
            what = "not APPROVED" if plain else "not between columns of known tables"
            raise ArgumentError(f"Link {link['link_id']} is {what}, so it is no lineage.")
    if wanted:
        raise ArgumentError(f"The graph has no link {min(wanted)}; {len(wanted):,} are missing.")


def _dataset(node: dict[str, Any]) -> tuple[str, str]:
    return f"hummgraph://{quote(node['system'] or '?', safe='')}", node["table"]


def _about(link: dict[str, Any], source: dict[str, Any], target: dict[str, Any]) -> str:
    confidence = "none" if link["confidence"] is None else f"{link['confidence']:g}"
    gone = [
        f"{end} deleted" for end, row in (("source", source), ("target", target)) if row["deleted"]
    ]
    about = f"Entity link {link['link_id']}, APPROVED, confidence {confidence}"
    return ", ".join([about, *gone])


def _event(dataset: tuple[str, str], moment: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "eventTime": moment,
        "producer": _PRODUCER,
        "schemaURL": _EVENT,
        "dataset": {
            "namespace": dataset[0],
            "name": dataset[1],
            "facets": {
                "columnLineage": {"_producer": _PRODUCER, "_schemaURL": _COLUMNS, "fields": fields}
            },
        },
    }
