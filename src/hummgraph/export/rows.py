"""Nodes, links and facts of a graph for every format, some thousand rows at a time.

Formats take them as Arrow columns, as dictionaries or as lines of text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.errors import ArgumentError
from hummgraph.graph.data import gather, key_facts_of
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.relationships import plain_relationships
from hummgraph.records.ids import id_strings
from hummgraph.records.redaction import (
    KeptEvidence,
    kept_link_types,
    kept_statuses,
    redact_evidence,
)
from hummgraph.records.vocabulary import NO_VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.export.attributes import Attributes
    from hummgraph.graph.projection import Projection

__all__ = [
    "BATCH",
    "LIFTED_COLUMNS",
    "NO_CLUSTER",
    "Rows",
    "all_facts",
    "array_lines",
    "check_containment",
    "encoded_lines",
    "encoded_object",
    "encoded_rows",
    "link_rows",
    "moments",
    "node_rows",
    "relationship_facts",
]

BATCH: Final = 4_096
"""Number of rows in a batch: some megabytes as text, whatever the size of the graph."""

_LINES_PER_CHUNK: Final = 500
_PARTS_PER_CHUNK: Final = 3_000  # three for each member of an array

LIFTED_COLUMNS: Final = (
    "source",
    "target",
    "source_path",
    "target_path",
    "n_links",
    "n_suggested",
    "n_approved",
    "n_rejected",
    "n_deterministic",
    "n_probabilistic",
    "max_confidence",
    "mean_confidence",
    "noisy_or_confidence",
)
"""Columns of lifted edges.

Statuses and types that the API does not document have no column: only ``n_links`` counts them.
"""

NO_CLUSTER: Final = -1
"""Label of a node in no cluster, as in ``Clusters.labels``."""


@dataclass(frozen=True, eq=False)
class Rows:
    """A graph as rows, with evidence redacted, and with clusters if they are given.

    Parameters
    ----------
    graph
        A graph, or its links lifted to a level.
    clusters
        Clusters of the same nodes.
    kept_evidence
        The part of the evidence that is written.
    attributes
        Attributes that the user adds to nodes and links.

    Notes
    -----
    Memory for some thousand rows, besides the graph's own arrays.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> sum(len(batch) for batch in rows.links())
    1490
    """

    graph: LinkGraph | Projection
    clusters: Clusters | None
    kept_evidence: KeptEvidence
    attributes: Attributes | None = None

    @cached_property
    def whole(self) -> LinkGraph:
        """The graph, or the one of which links are lifted."""
        return self.graph if isinstance(self.graph, LinkGraph) else self.graph.graph

    @cached_property
    def lifted(self) -> Projection | None:
        """The lifted links; ``None`` if the rows are those of a graph."""
        return None if isinstance(self.graph, LinkGraph) else self.graph

    @property
    def link_kind(self) -> str:
        """Kind of the edges: ``entity_link`` or ``lifted_links``."""
        return "entity_link" if self.lifted is None else "lifted_links"

    @cached_property
    def node_range(self) -> tuple[int, int]:
        """Position of the first node that is written, and the position after the last."""
        nodes = self.whole.arrays.nodes
        if self.lifted is None:
            return 0, len(nodes)
        first, last = nodes.first[[self.lifted.level.depth, self.lifted.level.depth + 1]].tolist()
        return first, last

    @property
    def n_nodes(self) -> int:
        """Number of nodes that are written."""
        begin, end = self.node_range
        return end - begin

    @property
    def n_links(self) -> int:
        """Number of links that are written, or of lifted edges."""
        return self.whole.n_links if self.lifted is None else self.lifted.n_edges

    @cached_property
    def facts(self) -> dict[str, str | int]:
        """Facts of the whole graph: texts, JSON texts and counts. Unknown ones are left out.

        These are ``organization``, ``organization_id``, ``policy``, ``kept_evidence``,
        ``left_out``, ``vocabulary`` (if evidence is kept), ``clusters``, ``lifted_to``, counts of
        links, and, if the user adds
        attributes, their names and types as ``node_attributes`` and ``link_attributes``.
        """
        snapshot = self.whole.snapshot
        # What was read from a shared file has lost something already.
        kept = self.kept_evidence.stricter(snapshot.kept_evidence)
        organization_id = str(snapshot.organization_id or "") or None
        facts: dict[str, str | int | None] = {
            "organization": snapshot.catalogue.organization_name or organization_id,
            "organization_id": organization_id,
            "policy": json.dumps(self.whole.policy.to_dict()),
            "kept_evidence": str(kept),
            "left_out": kept.describe(),
        }
        if self.lifted is None and self.kept_evidence is not KeptEvidence.NONE:
            facts["vocabulary"] = json.dumps(snapshot.vocabulary.to_dict())
        if self.clusters is not None:
            facts["clusters"] = json.dumps(_cluster_settings(self.clusters))
        if self.lifted is not None:
            facts["lifted_to"] = str(self.lifted.level)
            facts["n_links"] = self.whole.n_links
            facts["n_links_above"] = self.lifted.n_links_above
        else:
            links = self.whole.arrays.links
            facts["n_links"] = self.whole.n_links
            facts["n_links_without_confidence"] = int(np.isnan(links.confidence).sum())
            facts["n_links_without_weight"] = int(np.isnan(self.whole.weights).sum())
        known = {name: value for name, value in facts.items() if value is not None}
        if self.attributes is not None:
            known.update(self.attributes.facts)
        return known

    def redact(self, evidence: Iterable[str | None]) -> list[str | None]:
        """Return evidence, JSON texts, as it is written."""
        # The vocabulary is not decided if nothing is redacted by it.
        vocabulary = (
            self.whole.snapshot.vocabulary
            if self.kept_evidence is KeptEvidence.VOCABULARY
            else NO_VOCABULARY
        )
        return redact_evidence(evidence, self.kept_evidence, vocabulary)

    @cached_property
    def statuses(self) -> list[str]:
        """Names of the status codes, as they are written."""
        known = self.whole.arrays.statuses
        return kept_statuses(known, self.kept_evidence, self.whole.snapshot.label_vocabulary)

    @cached_property
    def link_types(self) -> list[str]:
        """Names of the type codes, as they are written."""
        known = self.whole.arrays.link_types
        return kept_link_types(known, self.kept_evidence, self.whole.snapshot.label_vocabulary)

    # --- nodes -------------------------------------------------------------------------------

    def nodes(self) -> Iterator[pa.RecordBatch]:
        """Yield the nodes in the order of their positions.

        Columns are ``node_id``, ``level``, ``name``, ``label`` (``table.column`` for a column,
        followed by ``(deleted)`` if the node is deleted), ``path``, ``parent_id``, ``system``,
        ``table``, ``kind``, ``schema_name``, ``api_identifier``, ``data_type``, ``description``,
        ``resolved``, ``is_active`` and ``deleted`` (inactive, or in an inactive table or system).
        Clusters add ``cluster_index`` (null for a node in no cluster), ``cluster_id``,
        ``cluster_name`` and ``cluster_contradictions``. Attributes of the user come last.
        """
        for begin, end in _row_ranges(*self.node_range):
            yield self.node_batch(np.arange(begin, end))

    def node_batch(self, codes: NDArray[np.intp]) -> pa.RecordBatch:
        """Return the nodes at some positions, with the columns of :meth:`nodes`."""
        nodes = self.whole.arrays.nodes
        place = pa.array(codes)
        parent, deep = nodes.parent[codes], nodes.depth[codes]
        description = nodes.description.take(place)
        if self.kept_evidence is KeptEvidence.NONE:
            description = pa.nulls(len(codes), pa.string())
        columns = {
            "node_id": nodes.id_text.take(place),
            "level": pa.array([str(level) for level in Level]).take(pa.array(deep)),
            "name": nodes.name.take(place),
            "label": nodes.label.take(place),
            "path": nodes.path.take(place),
            "parent_id": nodes.id_text.take(pa.array(parent, mask=parent < 0)),
            "system": nodes.system.take(place),
            "table": nodes.table.take(place),
            "kind": nodes.kind.take(place),
            "schema_name": nodes.schema_name.take(place),
            "api_identifier": nodes.api_identifier.take(place),
            "data_type": nodes.data_type.take(place),
            "description": description,
            "resolved": pa.array(nodes.resolved[codes]),
            "is_active": nodes.is_active.take(place),
            "deleted": pa.array(nodes.deleted[codes]),
        }
        return pa.record_batch(columns | self._membership(codes) | self.node_attributes(codes))

    def node_attributes(self, codes: NDArray[np.intp]) -> dict[str, pa.Array]:
        """Return the user's attributes of the nodes at some positions."""
        if self.attributes is None or not self.attributes.nodes.num_columns:
            return {}
        rows = self.attributes.nodes.take(pa.array(codes - self.node_range[0]))
        return dict(zip(rows.schema.names, rows.columns, strict=True))

    def link_attributes(self, begin: int, end: int) -> dict[str, pa.Array]:
        """Return the user's attributes of the links from position ``begin`` to before ``end``."""
        if self.attributes is None:
            return {}
        rows = self.attributes.links.slice(begin, end - begin)
        return dict(zip(rows.schema.names, rows.columns, strict=True))

    def _membership(self, codes: NDArray[np.intp]) -> dict[str, pa.Array]:
        """Return the columns that say in which cluster each node is; none without clusters."""
        if self._cluster_columns is None:
            return {}
        labels, ids, names, rejected = self._cluster_columns
        label = labels[codes]
        place = pa.array(label, mask=label == NO_CLUSTER)
        return {
            "cluster_index": place,
            "cluster_id": ids.take(place),
            "cluster_name": names.take(place),
            "cluster_contradictions": rejected.take(place).fill_null(0),
        }

    @cached_property
    def _cluster_columns(self) -> tuple[NDArray[np.int64], pa.Array, pa.Array, pa.Array] | None:
        """Labels of nodes, and the id, name and number of contradictions of each cluster."""
        clusters = self.clusters
        if clusters is None:
            return None
        return (
            clusters.labels,
            pa.array(clusters.ids, pa.string()),
            pa.array(clusters.names, pa.string()),
            pa.array(clusters.n_contradictions, pa.int64()),
        )

    # --- links -------------------------------------------------------------------------------

    def links(self) -> Iterator[pa.RecordBatch]:
        """Yield the links in the order of their ids, or the lifted edges.

        Columns of links are ``link_id``, ``source``, ``target``, ``link_type``, ``status``,
        ``confidence``, ``weight``, ``evidence`` (JSON text), ``created_at`` and ``updated_at``
        (times in UTC), and then the user's attributes. Lifted edges have ``LIFTED_COLUMNS``.
        """
        if self.lifted is not None:
            edges = self.lifted.edges.to_arrow().select(LIFTED_COLUMNS).combine_chunks()
            nothing = pa.RecordBatch.from_pylist([], schema=edges.schema)
            yield from edges.to_batches(max_chunksize=BATCH) or [nothing]
            return
        for begin, end in _row_ranges(0, self.whole.n_links):
            yield self._link_batch(begin, end)

    def _link_batch(self, begin: int, end: int) -> pa.RecordBatch:
        graph = self.whole
        links = graph.arrays.links
        stored, ids = graph.snapshot.links, graph.arrays.nodes.id_text
        rows = links.row[begin:end]
        confidence, weight = links.confidence[begin:end], graph.weights[begin:end]
        evidence = self.redact(gather(stored.column("evidence"), rows).to_pylist())
        return pa.record_batch(
            {
                "link_id": id_strings(graph.link_ids[begin:end]),
                "source": ids.take(pa.array(links.ends.source[begin:end])),
                "target": ids.take(pa.array(links.ends.target[begin:end])),
                "link_type": _decode_names(links.link_type[begin:end], self.link_types),
                "status": _decode_names(links.status[begin:end], self.statuses),
                "confidence": pa.array(confidence, mask=np.isnan(confidence)),
                "weight": pa.array(weight, mask=np.isnan(weight)),
                "evidence": pa.array(evidence, pa.large_string()),
                "created_at": gather(stored.column("created_at"), rows),
                "updated_at": gather(stored.column("updated_at"), rows),
                **self.link_attributes(begin, end),
            }
        )


def _cluster_settings(clusters: Clusters) -> dict[str, Any]:
    """Return the settings with which clusters were made, and how many there are."""
    return {
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


def check_containment(rows: Rows, *, containment: bool) -> None:
    """Raise if containment is to be written with lifted links.

    Raises
    ------
    ArgumentError
        If both are asked for: lifted links have nodes of one level, without their parents.
    """
    if rows.lifted is not None and containment:
        raise ArgumentError(
            f"Containment cannot be added to links lifted to one level ({rows.lifted.level}).",
            hint="Write the graph itself, or leave containment out.",
        )


def _row_ranges(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Split a range into batches; an empty range has one empty batch, whose schema is read."""
    starts = range(begin, end, BATCH) if begin < end else (begin,)
    return ((first, min(first + BATCH, end)) for first in starts)


def _decode_names(codes: NDArray[np.integer[Any]], names: list[str]) -> pa.Array:
    """Return the name for each code."""
    return pa.array(names, pa.string()).take(pa.array(codes))


def moments(times: pa.Array) -> list[str | None]:
    """Return UTC times as ISO 8601 texts, to the microsecond, as they are stored."""
    # The zone is dropped, since a machine may lack the time-zone database. The cast puts a blank
    # between day and time; pc.strftime would take ten times as long.
    texts = pc.binary_replace_slice(times.cast(pa.timestamp("us")).cast(pa.string()), 10, 11, "T")
    written: list[str | None] = pc.binary_join_element_wise(texts, "Z", "").to_pylist()
    return written


# --- as dictionaries and lines -------------------------------------------------------------------


def node_rows(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield nodes as dictionaries, with times as ISO 8601 texts."""
    for batch in rows.nodes():
        yield from _plain_rows(batch)


def link_rows(rows: Rows) -> Iterator[dict[str, Any]]:
    """Yield links as dictionaries, with times as ISO 8601 texts.

    The ``link_id`` of a lifted edge consists of the ids of its ends.
    """
    for batch in rows.links():
        if rows.lifted is None:
            yield from _plain_rows(batch)
        else:
            for row in _plain_rows(batch):
                yield {"link_id": f"{row['source']}--{row['target']}", **row}


def _plain_rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return the rows of a batch as dictionaries."""
    columns = [
        pa.array(moments(column), pa.string()) if pa.types.is_timestamp(column.type) else column
        for column in batch.columns
    ]
    plain: list[dict[str, Any]] = pa.record_batch(columns, batch.schema.names).to_pylist()
    return plain


def encoded_object(row: dict[str, Any]) -> bytes:
    """Return a row as a JSON object; evidence is JSON already and stays unchanged."""
    evidence = row.get("evidence")
    if evidence is not None:
        row = {**row, "evidence": msgspec.Raw(evidence.encode())}
    return msgspec.json.encode(row)


def array_lines(items: Iterator[bytes], *, indent: bytes = b"  ") -> Iterator[bytes]:
    """Yield the members of a JSON array, one a line, with commas between them."""
    gathered: list[bytes] = []
    comma = b"\n"
    for item in items:
        gathered += [comma, indent, item]
        comma = b",\n"
        if len(gathered) > _PARTS_PER_CHUNK:
            yield b"".join(gathered)
            gathered = []
    yield b"".join(gathered)


def encoded_lines(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield lines as UTF-8, some hundred at a time."""
    gathered: list[str] = []
    for line in lines:
        gathered.append(line)
        if len(gathered) == _LINES_PER_CHUNK:
            yield "".join(gathered).encode()
            gathered = []
    yield "".join(gathered).encode()


def encoded_rows(*columns: Iterable[str]) -> bytes:
    """Return columns of text as UTF-8, row after row."""
    return "".join([part for row in zip(*columns, strict=True) for part in row]).encode()


def all_facts(rows: Rows) -> dict[str, str | int]:
    """Return the facts, relationships and key facts from which a reader rebuilds the graph.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> len(json.loads(all_facts(rows)["relationships"]))
    64
    """
    facts = rows.facts | relationship_facts(rows)
    if rows.lifted is None:
        known = [
            {name: value for name, value in row.items() if value is not None}
            for row in key_facts_of(rows.whole.arrays).to_pylist()
        ]
        facts["key_facts"] = json.dumps(known)
    return facts


def relationship_facts(rows: Rows) -> dict[str, str | int]:
    """Return relationships and associations, with evidence redacted; none for lifted links."""
    if rows.lifted is not None or not len(rows.whole.relationships):
        return {}
    declared = rows.whole.relationships.rows
    vocabulary = rows.whole.snapshot.label_vocabulary
    columns = {
        "evidence": rows.redact(declared.column("evidence").to_pylist()),
        "status": kept_statuses(
            declared.column("status").to_pylist(), rows.kept_evidence, vocabulary
        ),
        "type": kept_link_types(
            declared.column("type").to_pylist(), rows.kept_evidence, vocabulary
        ),
    }
    if rows.kept_evidence is KeptEvidence.NONE:
        columns["label"] = [None] * len(declared)
    for name, values in columns.items():
        place = declared.column_names.index(name)
        declared = declared.set_column(place, name, [pa.array(values, pa.string())])
    return {"relationships": json.dumps(plain_relationships(declared))}


# DEL, the controls above it, and marks of direction, as UTF-8.
_HIDDEN_IN_UTF_8: Final = re.compile(
    rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]"
)


def escape_hidden_in_json(chunk: bytes) -> bytes:
    r"""Return JSON with the same content, in which no character is hidden from a person.

    Examples
    --------
    >>> escape_hidden_in_json('{"name": "a\u202eb"}'.encode())
    b'{"name": "a\\u202eb"}'
    """
    if chunk.isascii() and b"\x7f" not in chunk:
        return chunk
    return _HIDDEN_IN_UTF_8.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), chunk)
