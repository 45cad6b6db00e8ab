"""GraphML without loss: streamed, with one type for each attribute, valid by the official schema.

The file has every node and link with its id, and :func:`hummgraph.read_graphml` reads an equal
graph from it. The needs of readers lead to these rules:

- An attribute has one type in the whole file; a confidence of 1 is a double, too.
- A null has no element. Since some readers then assume 0 or false, the attributes
  ``has_confidence``, ``has_weight`` and ``has_is_active`` are always present.
- Times are ISO 8601 texts and evidence is JSON text: GraphML has neither times nor objects.
- The id of a link is the id of its edge and the attribute ``link_id``, since igraph 1.0 misreads
  ids of edges.
- A character that XML cannot hold is written as ``_xHHHH_``, as in files of spreadsheets, and
  counted in ``uncarried_characters``. The first underscore of text that already looks like this is
  written as ``_x005F_``. Profiles of single tools, which would show such escapes, write U+FFFD.
- Facts of the whole graph are attributes of the graph. These include relationships and
  associations, which readers would count as links if they were edges.

GraphML cannot mark a multigraph: networkx reads a file without parallel links as a ``DiGraph``,
unless it is called as ``networkx.read_graphml(path, force_multigraph=True)``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.export.graphml.profiles import PLAIN, PROFILES, Look, Profile, as_profile
from hummgraph.export.graphml.text import Writer, kind_of
from hummgraph.export.rows import (
    BATCH,
    NO_CLUSTER,
    Rows,
    check_containment,
    encoded_rows,
    moments,
    relationship_facts,
)
from hummgraph.graph.data import gather, key_facts_of
from hummgraph.graph.elements import Level
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


__all__ = ["NO_CLUSTER", "PROFILES", "graphml_chunks"]

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{namespaces}'
    ' xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns'
    ' http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd">\n'
)

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
# Statuses and types that the API does not document are counted in n_links only.
_LIFTED_COUNTS: Final = (
    "n_links",
    "n_suggested",
    "n_approved",
    "n_rejected",
    "n_deterministic",
    "n_probabilistic",
)
_LIFTED_NUMBERS: Final = ("max_confidence", "mean_confidence", "noisy_or_confidence", "weight")


def graphml_chunks(
    rows: Rows, *, containment: bool = False, nested: bool = False, profile: str = "plain"
) -> Iterator[bytes]:
    """Yield a graph as GraphML, piece by piece.

    Parameters
    ----------
    rows
        Nodes of all levels and their links, or nodes of one level and lifted links. Clusters add
        ``cluster_index`` (-1 for a node in no cluster), ``cluster_id``, ``cluster_name`` and
        ``cluster_contradictions`` to nodes, ``contradiction`` to links, and their settings,
        quality and contradictions to the graph.
    containment
        Add an edge of kind ``contains`` from each system or table to each of its parts.
    nested
        Nest tables in their systems and columns in their tables, as graphs within nodes. Few
        readers besides yEd and Cytoscape support this; networkx reads the outermost nodes only.
    profile
        ``"plain"`` for every reader of GraphML, or the conventions of one tool: ``"gephi"``
        (positions, colours, sizes, labels of edges), ``"yed"`` (shapes of nodes and edges),
        ``"cytoscape"`` (names and interactions) or ``"neo4j"`` (labels and types, for
        ``apoc.import.graphml``).

    Yields
    ------
    bytes
        UTF-8 text. Equal graphs give equal bytes.

    Raises
    ------
    ArgumentError
        If the profile is unknown, an attribute of the user has the name of one that the profile
        adds, or containment or nesting is to be written with lifted links.

    Notes
    -----
    O(n_nodes + n_links), or O(n_nodes log n_nodes + n_links) if nested. Memory for some thousand
    rows, besides the graph's own arrays.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.NONE)
    >>> b"".join(graphml_chunks(rows)).count(b"<edge ")
    1490
    """
    chosen = PLAIN if profile == PLAIN.name else as_profile(profile)
    check_containment(rows, containment=containment or nested)
    return _Document(rows, chosen).chunks(containment=containment, nested=nested)


class _Document:
    """One file: the declarations of attributes, and the rows as elements."""

    def __init__(self, rows: Rows, profile: Profile) -> None:
        self.rows = rows
        self.profile = profile
        # The plain profile adds nothing.
        self.look = None if profile is PLAIN else Look(rows)
        self.facts = rows.facts | _structure_facts(rows) | {"profile": profile.name}
        self.writer = writer = Writer(reversible=profile.reversible)
        texts = [name for name, value in self.facts.items() if isinstance(value, str)]
        counts = [name for name in self.facts if name not in texts]
        writer.declare("graph", "string", *texts)
        writer.declare("graph", "long", *counts, "uncarried_characters")
        writer.declare("node", "string", *_NODE_TEXTS)
        writer.declare("node", "boolean", "resolved", "is_active", "has_is_active", "deleted")
        self.key_facts = _key_facts_by_position(rows)
        if self.key_facts:
            writer.declare("node", "string", "key_facts")
        if rows.clusters is not None:
            writer.declare("node", "long", "cluster_index")
            writer.declare("node", "string", "cluster_id")
            writer.declare("node", "string", "cluster_name")
            writer.declare("node", "long", "cluster_contradictions")
        writer.declare("edge", "string", "kind")
        self.numbers = ("confidence", "weight") if rows.lifted is None else _LIFTED_NUMBERS
        writer.declare("edge", "double", *self.numbers)
        writer.declare("edge", "boolean", *(f"has_{name}" for name in self.numbers))
        if rows.lifted is None:
            writer.declare("edge", "string", *_LINK_TEXTS)
        else:
            writer.declare("edge", "long", *_LIFTED_COUNTS)
        if rows.clusters is not None and rows.lifted is None:
            writer.declare("edge", "boolean", "contradiction")
        if self.look is not None:
            profile.declare(writer)
        if rows.attributes is not None:
            for domain, batch in (
                ("node", rows.attributes.nodes),
                ("edge", rows.attributes.links),
            ):
                for field in batch.schema:
                    writer.declare(domain, kind_of(field.type), field.name)

    def chunks(self, *, containment: bool, nested: bool) -> Iterator[bytes]:
        """Yield the file, piece by piece."""
        writer = self.writer
        facts = [
            data
            for name, value in self.facts.items()
            for data in writer.texts("graph", name, [str(value)])
        ]
        yield "".join(
            [
                _HEAD.format(namespaces=self.profile.namespaces),
                *writer.declarations,
                '  <graph id="links" edgedefault="directed">\n',
                *(f"    {data}\n" for data in facts),
            ]
        ).encode()
        yield from self._nested_node_chunks() if nested else self._flat_node_chunks()
        yield from self._link_chunks() if self.rows.lifted is None else self._lifted_chunks()
        if containment:
            yield from self._containment_chunks()
        # The count is complete once everything has been escaped.
        (uncarried,) = writer.plain("graph", "uncarried_characters", [writer.uncarried])
        yield f"    {uncarried}\n  </graph>\n</graphml>\n".encode()

    # --- nodes -------------------------------------------------------------------------------

    def _flat_node_chunks(self) -> Iterator[bytes]:
        """Yield the nodes one after the other."""
        for batch in _row_slices(*self.rows.node_range):
            codes = np.arange(batch.start, batch.stop)
            yield encoded_rows(*self._node_columns(codes), ["</node>\n"] * len(codes))

    def _nested_node_chunks(self) -> Iterator[bytes]:
        """Yield each node with its parts nested in it."""
        nodes = self.rows.whole.arrays.nodes
        system, table, column = nodes.ancestor
        order = np.lexsort((column, table, system))
        n_above = (nodes.ancestor >= 0).sum(axis=0)[order] - 1
        has_children = np.bincount(nodes.parent[nodes.parent >= 0], minlength=len(nodes)) > 0
        # The number of elements that end after a node: its own, and those whose last part it is.
        ended = n_above + 1 - np.append(n_above[1:], 0)
        for batch in _row_slices(0, len(order)):
            codes = order[batch]
            ids = nodes.id_text.take(pa.array(codes)).to_pylist()
            closings = [
                f'<graph id="in-{node_id}" edgedefault="directed">\n'
                if opens
                else "</node>\n" + "</graph></node>\n" * (n_ended - 1)
                for node_id, opens, n_ended in zip(
                    ids, has_children[codes].tolist(), ended[batch].tolist(), strict=True
                )
            ]
            yield encoded_rows(*self._node_columns(codes), closings)

    def _node_columns(self, codes: NDArray[np.intp]) -> list[list[str]]:
        """Return columns of the start tags of nodes and their attributes."""
        writer, profile = self.writer, self.profile
        nodes = self.rows.whole.arrays.nodes
        batch = self.rows.node_batch(codes)
        texts = {name: batch.column(name).to_pylist() for name in _NODE_TEXTS if name != "level"}
        names = texts["name"]
        if profile.name == "cytoscape":
            texts["name"] = texts["label"]
        active, has_active = writer.optional_flags(
            "node", "is_active", batch.column("is_active").to_pylist()
        )
        ids = batch.column("node_id").to_pylist()
        columns = [
            [f'    <node id="{node_id}">' for node_id in ids]
            if self.look is None
            else profile.openings(ids, nodes.depth[codes]),
            writer.coded("node", "level", nodes.depth[codes], list(map(str, Level))),
            *(writer.texts("node", name, values) for name, values in texts.items()),
            writer.flags("node", "resolved", nodes.resolved[codes]),
            active,
            has_active,
            writer.flags("node", "deleted", nodes.deleted[codes]),
        ]
        if self.key_facts:
            columns.append(
                writer.texts("node", "key_facts", map(self.key_facts.get, codes.tolist()))
            )
        if self.rows.clusters is not None:
            columns += [
                # Some readers of GraphML take a missing number for 0.
                writer.plain(
                    "node",
                    "cluster_index",
                    batch.column("cluster_index").fill_null(NO_CLUSTER).to_pylist(),
                ),
                writer.texts("node", "cluster_id", batch.column("cluster_id").to_pylist()),
                writer.texts("node", "cluster_name", batch.column("cluster_name").to_pylist()),
                writer.plain(
                    "node",
                    "cluster_contradictions",
                    batch.column("cluster_contradictions").to_pylist(),
                ),
            ]
        if self.look is not None:
            columns += profile.node_rows(writer, self.look, codes, texts["label"], names)
        for name, values in self.rows.node_attributes(codes).items():
            columns.append(writer.column("node", name, values))
        return columns

    # --- edges -------------------------------------------------------------------------------

    def _link_chunks(self) -> Iterator[bytes]:
        """Yield the links."""
        writer, graph, clusters = self.writer, self.rows.whole, self.rows.clusters
        arrays = graph.arrays
        links, ids = arrays.links, arrays.nodes.id_text
        stored = graph.snapshot.links
        (kind,) = writer.plain("edge", "kind", ["entity_link"])
        broken = np.zeros(graph.n_links, dtype=bool)
        if clusters is not None:
            label = clusters.labels[links.ends.source]
            broken = (label == clusters.labels[links.ends.target]) & (label != NO_CLUSTER)
            broken &= np.array([name == "REJECTED" for name in arrays.statuses])[links.status]
        for batch in _row_slices(0, graph.n_links):
            rows = links.row[batch]
            link_ids = id_strings(graph.link_ids[batch]).to_pylist()
            ends = list(
                zip(
                    ids.take(pa.array(links.ends.source[batch])).to_pylist(),
                    ids.take(pa.array(links.ends.target[batch])).to_pylist(),
                    strict=True,
                )
            )
            evidence = gather(stored.column("evidence"), rows).to_pylist()
            columns = [
                [
                    f'    <edge id="{link_id}" source="{source}" target="{target}">{kind}'
                    for link_id, (source, target) in zip(link_ids, ends, strict=True)
                ],
                writer.plain("edge", "link_id", link_ids),
                writer.coded("edge", "link_type", links.link_type[batch], self.rows.link_types),
                writer.coded("edge", "status", links.status[batch], self.rows.statuses),
                writer.numbers("edge", "confidence", links.confidence[batch]),
                writer.numbers("edge", "weight", graph.weights[batch]),
                writer.texts("edge", "evidence", self.rows.redact(evidence)),
                *(
                    writer.plain("edge", name, moments(gather(stored.column(name), rows)))
                    for name in ("created_at", "updated_at")
                ),
            ]
            if clusters is not None:
                columns.append(writer.flags("edge", "contradiction", broken[batch]))
            if self.look is not None:
                statuses = [self.rows.statuses[code] for code in links.status[batch].tolist()]
                columns += self.profile.edge_rows(writer, statuses, ends)
            for name, values in self.rows.link_attributes(batch.start, batch.stop).items():
                columns.append(writer.column("edge", name, values))
            yield encoded_rows(*columns, ["</edge>\n"] * len(link_ids))

    def _lifted_chunks(self) -> Iterator[bytes]:
        """Yield the lifted edges."""
        writer = self.writer
        (kind,) = writer.plain("edge", "kind", ["lifted_links"])
        for part in self.rows.links():
            ends = list(
                zip(
                    part.column("source").to_pylist(),
                    part.column("target").to_pylist(),
                    strict=True,
                )
            )
            columns = [
                [
                    f'    <edge id="{source}--{target}" source="{source}" target="{target}">{kind}'
                    for source, target in ends
                ],
                *(
                    writer.plain("edge", name, part.column(name).to_pylist())
                    for name in _LIFTED_COUNTS
                ),
                *(
                    writer.numbers(
                        "edge",
                        name,
                        pc.fill_null(
                            part.column("max_confidence" if name == "weight" else name), np.nan
                        ).to_numpy(zero_copy_only=False),
                    )
                    for name in _LIFTED_NUMBERS
                ),
            ]
            if self.look is not None:
                labels = [f"{n:,}" for n in part.column("n_links").to_pylist()]
                columns += self.profile.edge_rows(writer, labels, ends)
            yield encoded_rows(*columns, ["</edge>\n"] * len(ends))

    def _containment_chunks(self) -> Iterator[bytes]:
        """Yield the edges of containment."""
        writer, nodes = self.writer, self.rows.whole.arrays.nodes
        (kind,) = writer.plain("edge", "kind", ["contains"])
        absent = "".join(
            text
            for name in self.numbers
            for text in writer.numbers("edge", name, np.array([np.nan]))
        )
        children = np.flatnonzero(nodes.parent >= 0)
        for batch in _row_slices(0, len(children)):
            below = nodes.id_text.take(pa.array(children[batch])).to_pylist()
            above = nodes.id_text.take(pa.array(nodes.parent[children[batch]])).to_pylist()
            yield encoded_rows(
                [
                    f'    <edge id="contains-{child}" source="{parent}" target="{child}">'
                    for parent, child in zip(above, below, strict=True)
                ],
                [f"{kind}{absent}</edge>\n"] * len(below),
            )


def _structure_facts(rows: Rows) -> dict[str, str | int]:
    """Return relationships, and the quality and contradictions of clusters, as facts."""
    facts = relationship_facts(rows)
    if rows.clusters is not None:
        facts["cluster_quality"] = json.dumps(list(rows.clusters.quality))
        facts["contradictions"] = json.dumps(
            [
                {
                    "cluster_id": found.cluster_id,
                    "link_id": found.link_id,
                    "source": found.source,
                    "target": found.target,
                }
                for found in rows.clusters.contradictions
            ]
        )
    return facts


def _key_facts_by_position(rows: Rows) -> dict[int, str]:
    """Return the key facts of columns that have any, as JSON, by the column's position."""
    nodes = rows.whole.arrays.nodes
    facts = key_facts_of(rows.whole.arrays)
    place = pc.index_in(facts.column("node_id"), value_set=nodes.id_text).to_pylist()
    return {
        code: json.dumps({name: value for name, value in row.items() if value is not None})
        for code, row in zip(place, facts.drop_columns(["node_id"]).to_pylist(), strict=True)
    }


def _row_slices(begin: int, end: int) -> Iterator[slice]:
    """Split a range into batches."""
    return (slice(first, min(first + BATCH, end)) for first in range(begin, end, BATCH))
