"""OpenLineage events, with a column lineage facet, for links that the user declares to be lineage.

A link means that two fields have the same meaning, not that data flows between them. The user
declares which APPROVED links are data flows, from the source of the link to its target.
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
_EVENT_SCHEMA: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent"
_FACET_SCHEMA: Final = (
    "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json"
    "#/$defs/ColumnLineageDatasetFacet"
)
_NO_TIME: Final = "1970-01-01T00:00:00.000000Z"  # for links without a time


def openlineage_chunks(
    rows: Rows,
    *,
    lineage: Iterable[str] | str | None = None,
) -> Iterator[bytes]:
    """Yield one event for each table that data flows into, as one line of JSON.

    Parameters
    ----------
    rows
        Nodes and links to write.
    lineage
        Ids of the APPROVED links between columns that are data flows, from source to target; or
        ``"approved"`` for all of them.

    Yields
    ------
    bytes
        UTF-8 text. Equal graphs give equal bytes: the time of an event is that of its latest link.

    Raises
    ------
    ArgumentError
        If ``lineage`` is missing; if a declared link does not exist, is not APPROVED or does not
        join two columns of known tables; or if the links are lifted.

    Notes
    -----
    The namespace of a dataset is ``hummgraph://`` with the name of the system, and its name is that
    of the table, since neither the API nor its catalogue has the addresses of systems.

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
        raise ArgumentError(
            "OpenLineage describes columns, not links lifted to a level.",
            hint="Write the graph itself.",
        )
    if lineage is None:
        raise ArgumentError(
            "OpenLineage holds only links that are declared to be data flows; none are declared.",
            hint="Declare APPROVED links by their ids, or all of them by lineage='approved'.",
        )
    nodes = {row["node_id"]: row for row in node_rows(rows)}
    into: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    latest: dict[tuple[str, str], str] = {}
    for link in _declared_links(rows, nodes, lineage):
        source, target = nodes[link["source"]], nodes[link["target"]]
        dataset = _dataset_of(target)
        namespace, name = _dataset_of(source)
        into[dataset][target["name"]].append(
            {
                "namespace": namespace,
                "name": name,
                "field": source["name"],
                "transformations": [
                    {
                        "type": "DIRECT",
                        "subtype": "IDENTITY",
                        "description": _describe_link(link, source, target),
                    }
                ],
            }
        )
        moment = link["updated_at"] or link["created_at"] or _NO_TIME
        latest[dataset] = max(moment, latest.get(dataset, _NO_TIME))
    for dataset in sorted(into):
        fields = {
            name: {
                "inputFields": sorted(
                    inputs, key=lambda one: (one["namespace"], one["name"], one["field"])
                )
            }
            for name, inputs in sorted(into[dataset].items())
        }
        yield msgspec.json.encode(_build_event(dataset, latest[dataset], fields)) + b"\n"


def _declared_links(
    rows: Rows, nodes: dict[str, dict[str, Any]], lineage: Iterable[str] | str
) -> Iterator[dict[str, Any]]:
    """Yield the declared links, after checking each."""
    every = isinstance(lineage, str)
    if (every and lineage != "approved") or not isinstance(lineage, Iterable):
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
            raise ArgumentError(
                f"lineage has the link {link['link_id']}, which is {what}.",
                hint="Leave it out.",
            )
    if wanted:
        raise ArgumentError(
            f"lineage has {len(wanted):,} ids that the graph does not have, such as"
            f" {min(wanted)!r}.",
            hint="Use ids that are in graph.links.",
        )


def _dataset_of(node: dict[str, Any]) -> tuple[str, str]:
    """Return the namespace and name of the dataset of a column."""
    return f"hummgraph://{quote(node['system'] or '?', safe='')}", node["table"]


def _describe_link(link: dict[str, Any], source: dict[str, Any], target: dict[str, Any]) -> str:
    """Return the description of a link: id, confidence and which ends are deleted."""
    confidence = "none" if link["confidence"] is None else f"{link['confidence']:g}"
    gone = [
        f"{end} deleted" for end, row in (("source", source), ("target", target)) if row["deleted"]
    ]
    about = f"Entity link {link['link_id']}, APPROVED, confidence {confidence}"
    return ", ".join([about, *gone])


def _build_event(dataset: tuple[str, str], moment: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Build an event from the input fields of each column of a dataset."""
    return {
        "eventTime": moment,
        "producer": _PRODUCER,
        "schemaURL": _EVENT_SCHEMA,
        "dataset": {
            "namespace": dataset[0],
            "name": dataset[1],
            "facets": {
                "columnLineage": {
                    "_producer": _PRODUCER,
                    "_schemaURL": _FACET_SCHEMA,
                    "fields": fields,
                }
            },
        },
    }
