"""GraphML that networkx, igraph, Gephi and others read: streamed, one type an attribute.

Every node and link is there, with its id. What readers need, each rule for a reason:

- An attribute has one type over the whole file; a confidence is a double even where it is 1.
- A null has no element. Where a reader would put 0 or false in its place, a companion tells:
  ``has_confidence``, ``has_weight`` and ``has_is_active`` are always there.
- Times are ISO 8601 texts and evidence is JSON text: GraphML knows neither times nor objects.
- A link's id is the edge's id, and ``link_id`` besides: igraph 1.0 reads wrong ids of edges.
- A character that XML cannot carry becomes U+FFFD, and is counted in ``replaced_characters``.

The standard has no word for "multigraph": networkx makes a ``DiGraph`` of a file without parallel
links, unless it is asked with ``networkx.read_graphml(path, force_multigraph=True)``.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph._ids import id_strings
from hummgraph.elements import Level
from hummgraph.errors import ArgumentError
from hummgraph.graph import LinkGraph
from hummgraph.redaction import Redaction, redact_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering import Clusters
    from hummgraph.projection import Projection

__all__ = ["NO_CLUSTER", "graphml_chunks"]

NO_CLUSTER: Final = -1
"""Cluster of a node that is in none, as in ``Clusters.labels``."""

_BATCH: Final = 8_192  # rows formatted at once: some megabytes, whatever the size of the graph
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
    ' http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd">\n'
)
# Markup; a carriage return, of which a reader makes a newline unless it is escaped; and whatever
# is outside the production Char of XML 1.0.
_SPECIAL: Final = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_UNCARRIED: Final = "\ufffd"

_NODE_TEXTS: Final = (
    "level",
    "name",
    "label",
    "path",
    "parent_id",
    "system",
    "table",
    "kind",
    "schema_name",
    "api_identifier",
    "data_type",
    "description",
)
_LINK_TEXTS: Final = ("link_id", "link_type", "status", "evidence", "created_at", "updated_at")
# Of the states and types that the contract does not name, only the total tells.
_LIFTED_COUNTS: Final = (
    "n_links",
    "n_suggested",
    "n_approved",
    "n_rejected",
    "n_deterministic",
    "n_probabilistic",
)
_LIFTED_NUMBERS: Final = ("max_confidence", "mean_confidence", "noisy_or_confidence", "weight")


class _Writer:
    """Declares attributes and formats their values; counts what XML could not carry."""

    def __init__(self) -> None:
        self.replaced = 0
        self.declarations: list[str] = []
        self._tags: dict[tuple[str, str], str] = {}

    def declare(self, domain: str, kind: str, *names: str) -> None:
        """Declare attributes of the graph, of nodes or of edges."""
        for name in names:
            # Short, since it stands before every value.
            key = f"{domain[0]}{sum(known == domain for known, _ in self._tags)}"
            self._tags[domain, name] = f'<data key="{key}">'
            self.declarations.append(
                f'  <key id="{key}" for="{domain}" attr.name="{name}" attr.type="{kind}"/>\n'
            )

    def _entity(self, match: re.Match[str]) -> str:
        entity = _ENTITIES.get(match[0])
        if entity is None:
            self.replaced += 1
            return _UNCARRIED
        return entity

    def texts(self, domain: str, name: str, values: Iterable[str | None]) -> list[str]:
        """Format texts; a null gives nothing."""
        tag, special = self._tags[domain, name], _SPECIAL.search
        return [
            ""
            if text is None
            # Few texts need it, and to look is a third of the work.
            else f"{tag}{_SPECIAL.sub(self._entity, text) if special(text) else text}</data>"
            for text in values
        ]

    def plain(self, domain: str, name: str, values: Iterable[object]) -> list[str]:
        """Format whole numbers and texts that need no escaping; a null gives nothing."""
        tag = self._tags[domain, name]
        return ["" if value is None else f"{tag}{value}</data>" for value in values]

    def coded(
        self, domain: str, name: str, codes: NDArray[np.integer[Any]], names: Sequence[str]
    ) -> list[str]:
        """Format values of which there are few, given by their positions among ``names``."""
        few, lost = [], []
        before = self.replaced
        for text in names:
            few.extend(self.texts(domain, name, [text]))
            lost.append(self.replaced - before)
            self.replaced = before
        # Counted where it is written, like every other character.
        self.replaced += int(np.bincount(codes, minlength=len(names)) @ np.array(lost))
        return [few[code] for code in codes.tolist()]

    def flags(self, domain: str, name: str, values: NDArray[np.bool_]) -> list[str]:
        """Format truth values."""
        return self.coded(domain, name, values.astype(np.int8), ("false", "true"))

    def numbers(self, domain: str, name: str, values: NDArray[np.float64]) -> list[str]:
        """Format numbers, NaN for null, with the companion that says which are there."""
        tag, there, absent = (
            self._tags[domain, name],
            *self.coded(domain, f"has_{name}", np.array([1, 0]), ("false", "true")),
        )
        return [
            f"{tag}{value}</data>{there}" if value == value else absent  # noqa: PLR0124 - NaN
            for value in values.tolist()
        ]


def graphml_chunks(
    graph: LinkGraph | Projection,
    *,
    clusters: Clusters | None,
    containment: bool,
    redaction: Redaction,
) -> Iterator[bytes]:
    """Give a graph as GraphML, piece by piece.

    Parameters
    ----------
    graph
        Nodes of all levels and their links; or those of one level, with lifted links.
    clusters
        Adds ``cluster_index`` (-1 in none), ``cluster_id``, ``cluster_name`` and
        ``cluster_contradictions`` to nodes.
    containment
        Adds edges of kind ``contains``.
    redaction
        What is left out.

    Yields
    ------
    bytes
        UTF-8. Equal input gives equal bytes.

    Raises
    ------
    ArgumentError
        If containment is asked for with lifted links: what contains their nodes is not there.

    Notes
    -----
    O(n_nodes + n_links), in memory for some thousand rows besides the graph's own arrays.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> chunks = graphml_chunks(
    ...     graph, clusters=None, containment=False, redaction=Redaction.ALL
    ... )
    >>> b"".join(chunks).count(b"<edge ") == graph.n_links
    True
    """
    writer = _Writer()
    lifted = None if isinstance(graph, LinkGraph) else graph
    whole = graph if isinstance(graph, LinkGraph) else graph.graph
    if lifted is not None and containment:
        raise ArgumentError(
            f"Containment cannot be added to links lifted to one level ({lifted.level}).",
            hint="Write the graph itself, or leave containment out.",
        )
    texts, counts = _facts(whole, lifted, clusters, redaction)
    writer.declare("graph", "string", *texts)
    writer.declare("graph", "long", *counts, "replaced_characters")
    writer.declare("node", "string", *_NODE_TEXTS)
    writer.declare("node", "boolean", "resolved", "is_active", "has_is_active")
    if clusters is not None:
        writer.declare("node", "long", "cluster_index")
        writer.declare("node", "string", "cluster_id")
        writer.declare("node", "string", "cluster_name")
        writer.declare("node", "long", "cluster_contradictions")
    writer.declare("edge", "string", "kind")
    numbers = ("confidence", "weight") if lifted is None else _LIFTED_NUMBERS
    writer.declare("edge", "double", *numbers)
    writer.declare("edge", "boolean", *(f"has_{name}" for name in numbers))
    if lifted is None:
        writer.declare("edge", "string", *_LINK_TEXTS)
    else:
        writer.declare("edge", "long", *_LIFTED_COUNTS)

    def chunks() -> Iterator[bytes]:
        facts = [
            *(data for name in texts for data in writer.texts("graph", name, [texts[name]])),
            *(data for name in counts for data in writer.plain("graph", name, [counts[name]])),
        ]
        yield "".join(
            [
                _HEAD,
                *writer.declarations,
                '  <graph id="links" edgedefault="directed">\n',
                *(f"    {data}\n" for data in facts if data),
            ]
        ).encode()
        yield from _node_rows(writer, whole, lifted, clusters, redaction)
        if lifted is None:
            yield from _link_rows(writer, whole, redaction)
        else:
            yield from _lifted_rows(writer, lifted)
        if containment:
            yield from _containment_rows(writer, whole)
        # Known only now that everything has been escaped.
        (replaced,) = writer.plain("graph", "replaced_characters", [writer.replaced])
        yield f"    {replaced}\n  </graph>\n</graphml>\n".encode()

    return chunks()


def _facts(
    graph: LinkGraph,
    lifted: Projection | None,
    clusters: Clusters | None,
    redaction: Redaction,
) -> tuple[dict[str, str | None], dict[str, int]]:
    """Say what is true of the whole file: texts, and counts."""
    texts = {
        "organization": graph.snapshot.organization_name or None,
        "organization_id": str(graph.snapshot.organization_id or "") or None,
        "policy": json.dumps(graph.policy.to_dict()),
        "redaction": str(redaction),
        "left_out": redaction.describe(),
    }
    if clusters is not None:
        summary = {
            "method": clusters.method,
            "parameters": dict(clusters.parameters),
            "threshold": clusters.threshold,
            "threshold_scale": clusters.threshold_scale,
            "one_per": None if clusters.one_per is None else str(clusters.one_per),
            "level": str(clusters.level),
            "policy": clusters.policy.to_dict(),
            "n_clusters": clusters.n_clusters,
            "n_contradictions": len(clusters.contradictions),
        }
        texts["clusters"] = json.dumps(summary)
    if lifted is not None:
        texts["lifted_to"] = str(lifted.level)
        return texts, {"n_links": graph.n_links, "n_links_above": lifted.n_links_above}
    return texts, {
        "n_links": graph.n_links,
        "n_links_without_confidence": int(np.isnan(graph.arrays.links.confidence).sum()),
        "n_links_without_weight": int(np.isnan(graph.weights).sum()),
    }


def _batches(begin: int, end: int) -> Iterator[slice]:
    return (slice(first, min(first + _BATCH, end)) for first in range(begin, end, _BATCH))


def _joined(opening: Iterable[str], *attributes: list[str], closing: str) -> bytes:
    """Put rows together: the element's beginning, then its attributes."""
    rows = zip(opening, *attributes, strict=True)
    return "".join([part for row in rows for part in (*row, closing)]).encode()


def _node_rows(
    writer: _Writer,
    graph: LinkGraph,
    lifted: Projection | None,
    clusters: Clusters | None,
    redaction: Redaction,
) -> Iterator[bytes]:
    nodes = graph.arrays.nodes
    depth = None if lifted is None else lifted.level.depth
    begin, end = (0, len(nodes)) if depth is None else nodes.first[[depth, depth + 1]].tolist()
    for batch in _batches(begin, end):
        n = batch.stop - batch.start

        def some(column: pa.Array, batch: slice = batch, n: int = n) -> list[Any]:
            values: list[Any] = column.slice(batch.start, n).to_pylist()
            return values

        parent = nodes.parent[batch]
        columns: dict[str, list[str | None]] = {
            name: some(getattr(nodes, name))
            for name in _NODE_TEXTS
            if name not in {"level", "label", "parent_id"}
        }
        columns["label"] = [
            name if table is None or table == name else f"{table}.{name}" if deep == 2 else table
            for name, table, deep in zip(
                columns["name"], columns["table"], nodes.depth[batch].tolist(), strict=True
            )
        ]
        columns["parent_id"] = nodes.id_text.take(pa.array(parent, mask=parent < 0)).to_pylist()
        if redaction is Redaction.ALL:
            columns["description"] = [None] * n
        active = nodes.is_active.slice(batch.start, n)
        rows = [
            writer.coded("node", "level", nodes.depth[batch], list(map(str, Level))),
            *(writer.texts("node", name, columns[name]) for name in _NODE_TEXTS[1:]),
            writer.flags("node", "resolved", nodes.resolved[batch]),
            writer.plain("node", "is_active", pc.cast(active, pa.string()).to_pylist()),
            writer.flags("node", "has_is_active", active.is_valid().to_numpy(zero_copy_only=False)),
        ]
        if clusters is not None:
            labels = clusters.labels[batch].tolist()
            rejected = clusters.n_contradictions.tolist()
            rows += [
                writer.plain("node", "cluster_index", labels),
                *(
                    writer.texts(
                        "node",
                        name,
                        [None if label == NO_CLUSTER else values[label] for label in labels],
                    )
                    for name, values in (
                        ("cluster_id", clusters.ids),
                        ("cluster_name", clusters.names),
                    )
                ),
                writer.plain(
                    "node",
                    "cluster_contradictions",
                    [0 if label == NO_CLUSTER else rejected[label] for label in labels],
                ),
            ]
        opening = [f'    <node id="{node_id}">' for node_id in some(nodes.id_text)]
        yield _joined(opening, *rows, closing="</node>\n")


def _link_rows(writer: _Writer, graph: LinkGraph, redaction: Redaction) -> Iterator[bytes]:
    arrays = graph.arrays
    links, ids = arrays.links, arrays.nodes.id_text
    stored = graph.snapshot.links
    (kind,) = writer.plain("edge", "kind", ["entity_link"])
    for batch in _batches(0, graph.n_links):
        rows = links.row[batch]
        ends = (
            id_strings(graph.link_ids[batch]).to_pylist(),
            ids.take(pa.array(links.ends.source[batch])).to_pylist(),
            ids.take(pa.array(links.ends.target[batch])).to_pylist(),
        )
        evidence = _gather(stored.column("evidence"), rows).to_pylist()
        yield _joined(
            [
                f'    <edge id="{link_id}" source="{source}" target="{target}">{kind}'
                for link_id, source, target in zip(*ends, strict=True)
            ],
            writer.plain("edge", "link_id", ends[0]),
            writer.coded("edge", "link_type", links.link_type[batch], arrays.link_types),
            writer.coded("edge", "status", links.status[batch], arrays.statuses),
            writer.numbers("edge", "confidence", links.confidence[batch]),
            writer.numbers("edge", "weight", graph.weights[batch]),
            writer.texts("edge", "evidence", redact_evidence(evidence, redaction)),
            *(
                writer.plain("edge", name, _moments(_gather(stored.column(name), rows)))
                for name in ("created_at", "updated_at")
            ),
            closing="</edge>\n",
        )


def _lifted_rows(writer: _Writer, lifted: Projection) -> Iterator[bytes]:
    edges = lifted.edges.to_arrow()
    (kind,) = writer.plain("edge", "kind", ["lifted_links"])
    for batch in _batches(0, lifted.n_edges):
        part = edges.slice(batch.start, batch.stop - batch.start)
        ends = (part.column("source").to_pylist(), part.column("target").to_pylist())
        yield _joined(
            [
                f'    <edge id="{source}--{target}" source="{source}" target="{target}">{kind}'
                for source, target in zip(*ends, strict=True)
            ],
            *(writer.plain("edge", name, part.column(name).to_pylist()) for name in _LIFTED_COUNTS),
            *(
                writer.numbers(
                    "edge",
                    name,
                    part.column("max_confidence" if name == "weight" else name)
                    .fill_null(np.nan)
                    .to_numpy(),
                )
                for name in _LIFTED_NUMBERS
            ),
            closing="</edge>\n",
        )


def _containment_rows(writer: _Writer, graph: LinkGraph) -> Iterator[bytes]:
    nodes = graph.arrays.nodes
    (kind,) = writer.plain("edge", "kind", ["contains"])
    absent = "".join(writer.numbers("edge", "confidence", np.array([np.nan])))
    absent += "".join(writer.numbers("edge", "weight", np.array([np.nan])))
    children = np.flatnonzero(nodes.parent >= 0)
    for batch in _batches(0, len(children)):
        below = nodes.id_text.take(pa.array(children[batch])).to_pylist()
        above = nodes.id_text.take(pa.array(nodes.parent[children[batch]])).to_pylist()
        yield _joined(
            [
                f'    <edge id="contains-{child}" source="{parent}" target="{child}">'
                for parent, child in zip(above, below, strict=True)
            ],
            closing=f"{kind}{absent}</edge>\n",
        )


def _gather(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> pa.Array:
    """Take rows of a column; Arrow's own ``take`` would copy all chunks of it together first."""
    starts = np.cumsum([0, *(len(chunk) for chunk in column.chunks)])
    chunk = np.searchsorted(starts, rows, side="right") - 1
    order = np.argsort(chunk, kind="stable")
    found, first = np.unique(chunk[order], return_index=True)
    parts = [
        column.chunk(number).take(pa.array(rows[here] - starts[number]))
        for number, here in zip(found.tolist(), np.split(order, first[1:]), strict=True)
    ]
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(place))


def _moments(times: pa.Array) -> list[str | None]:
    """Write UTC times as ISO 8601, to the microsecond, as they are stored."""
    # Without its zone, since a system may lack the time-zone database. The cast puts a blank
    # between day and time; pc.strftime takes ten times as long.
    texts = pc.binary_replace_slice(times.cast(pa.timestamp("us")).cast(pa.string()), 10, 11, "T")
    written: list[str | None] = pc.binary_join_element_wise(texts, "Z", "").to_pylist()
    return written
