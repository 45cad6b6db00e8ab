"""Pack of a page's content: a JSON header, followed by arrays that need no parsing.

``u32 length of the header | header, padded with spaces | arrays``, all little-endian, each array at
a multiple of eight bytes. Nodes and links are known by their positions in the graph, so that
numbers, ties and orders are the same in Python and in the page. The page reads this in
``src/explorer/source/model/pack.ts``; both change together.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.explorer.changes import changes_of
from hummgraph.explorer.clustering import clustering_of
from hummgraph.explorer.entities import entities_of
from hummgraph.explorer.joins import joins_of
from hummgraph.explorer.notes import notes_of
from hummgraph.frames import visible
from hummgraph.graph.relationships import KINDS
from hummgraph.records.redaction import (
    KeptEvidence,
    kept_link_types,
    kept_statuses,
    redact_evidence,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.entities.entity_map import EntityMap
    from hummgraph.algorithms.review.diff import Diff
    from hummgraph.explorer.joins import Joined
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["SCHEMA", "Asked", "Result", "ShownPath", "heading", "pack"]

SCHEMA: Final = 1
"""Version of the format; a page reads only its own."""

_TYPE_CODES: Final = {"u1": "u8", "u2": "u16", "u4": "u32", "i4": "i32", "f8": "f64"}
_ID_LENGTH: Final = 36  # a longer id is preceded by its level
MAX_CODES: Final = 255  # distinct statuses and types of a byte, and one code for the others
MAX_DISTINCT_TEXTS: Final = 65_535
_COST_UNIT: Final = 1 << 30  # see algorithms/kernels/adjacency.py
MAX_SECOND: Final = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that a lineage answers, as far as a page needs it to find the ways again.

    Parameters
    ----------
    node
        Position of the start in the graph.
    direction
        ``"down"``, ``"up"`` or ``"both"``.
    hops
        Greatest number of hops; ``None`` for any number.
    made
        Number of hops that each search made: that downstream first.
    kept
        Nodes that each search shows, if it left some out; ``None`` if it shows all.
    directed
        Whether links were followed in their direction only.
    level
        Depth of the level that links were lifted to; ``None`` for none.
    weights
        Weights of the declared relationships of the result.
    call
        The search as it is written in Python.

    Examples
    --------
    >>> Asked(0, "down", 2, (2,), None, True, None, (), "downstream(graph, 'a')").hops
    2
    """

    node: int
    direction: str
    hops: int | None
    made: Sequence[int]
    kept: Sequence[Sequence[int]] | None
    directed: bool
    level: int | None
    weights: Sequence[float]
    call: str


@dataclass(frozen=True, slots=True)
class ShownPath:
    """One path of a result, from its first node to its last.

    Parameters
    ----------
    confidence
        Product of the weights of its steps, in (0, 1].
    nodes
        Positions of its nodes in the graph.
    links
        Position of the link of each step, or -1 minus the position of a declared relationship.
    weights
        Weight of each step, in (0, 1].
    besides
        Number of other links between the two nodes of each step.

    Examples
    --------
    >>> ShownPath(0.5, (0, 1), (7,), (0.5,), (0,)).links
    (7,)
    """

    confidence: float
    nodes: Sequence[int]
    links: Sequence[int]
    weights: Sequence[float]
    besides: Sequence[int]


@dataclass(frozen=True, slots=True)
class Result:
    """Focus of a page besides the whole graph.

    Parameters
    ----------
    kind
        ``"path"``, ``"paths"``, ``"join path"``, ``"lineage"`` or ``"why"``.
    title
        Short title.
    sentences
        Sentences on the result.
    nodes, links, relations
        Positions of its nodes, links and declared relationships in the graph.
    depths
        Distance of each node from the start, negative for upstream; as long as ``nodes``.
    joined
        Ways between two tables, if it is about these.
    asked
        Arguments of a lineage.
    paths, notes
        Its paths, if it is some, and sentences on all of them.

    Examples
    --------
    >>> Result("path", "a to b", ("One step.",), (0, 1), (0,), (), (0, 1)).depths
    (0, 1)
    """

    kind: str
    title: str
    sentences: Sequence[str]
    nodes: Sequence[int]
    links: Sequence[int]
    relations: Sequence[int]
    depths: Sequence[int]
    joined: Joined | None = None
    asked: Asked | None = None
    paths: Sequence[ShownPath] = ()
    notes: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data; its ways are packed by themselves.

        Examples
        --------
        >>> Result("why", "a and b", (), (), (), (), ()).to_dict()["kind"]
        'why'
        """
        plain = replace(self, joined=None)
        return {name: value for name, value in asdict(plain).items() if name != "joined"}


def pack(
    graph: LinkGraph,
    clusters: Clusters | None = None,
    *,
    kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
    result: Result | None = None,
    found_entities: EntityMap | None = None,
    diff: Diff | None = None,
    start: str = "",
    widget: str = "",
) -> bytes:
    """Return a graph and its clusters as bytes.

    Parameters
    ----------
    graph
        The graph that the page draws.
    clusters
        Clusters of the same nodes, possibly of a graph with more links. By default the page gets
        the merge tree of a suitable method.
    kept_evidence
        Amount of evidence to keep. Descriptions are packed only with full evidence.
    result
        The result that the page focuses on.
    found_entities
        Entities of the graph. By default those that ``entities(graph)`` returns.
    diff
        Changes from another graph to this one.
    start
        First settings, in the form of a page's address.
    widget
        Token of the messages by which a page in a notebook talks to Python; empty for a page that
        talks to nobody.

    Returns
    -------
    bytes
        The pack; equal input gives equal bytes.

    Notes
    -----
    O(n log n) for n nodes and links, besides the merge tree and the evidence.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> packed = pack(LinkGraph(read_links([])))
    >>> length = int.from_bytes(packed[:4], "little")
    >>> json.loads(packed[4 : 4 + length])["first"]
    [0, 0, 0, 0]
    """
    made = clustering_of(graph, clusters)
    policy = graph.policy if clusters is None else clusters.policy
    arrays = {
        **_node_arrays(graph),
        **_link_arrays(graph, policy, made.scores),
        **_evidence_arrays(graph, kept_evidence),
        **made.arrays,
        **_relation_arrays(graph),
        "entities": entities_of(
            graph if clusters is None else clusters.graph, found=found_entities
        ),
        "joins": joins_of(graph, made.clusters, None if result is None else result.joined),
    }
    if diff is not None:
        arrays["changes"] = changes_of(diff, kept_evidence)
    nodes, labels = graph.arrays.nodes, graph.snapshot.label_vocabulary
    # What was read from a shared file has lost something already.
    kept = kept_evidence.stricter(graph.snapshot.kept_evidence)
    header = {
        "schema": SCHEMA,
        "title": heading(graph),
        "organization": graph.snapshot.organization_name or None,
        "first": nodes.first.tolist(),
        "names": nodes.name.to_pylist(),
        "qualified": _qualified_tables(graph),
        "prefixed": np.flatnonzero(
            pc.greater(pc.binary_length(nodes.id_text), _ID_LENGTH).to_numpy(zero_copy_only=False)
        ).tolist(),
        "kinds": _code_texts(nodes.kind)[0],
        "data_types": _code_texts(nodes.data_type)[0],
        "descriptions": _descriptions(graph, kept_evidence),
        "statuses": _limit_names(kept_statuses(graph.arrays.statuses, kept_evidence, labels)),
        "types": _limit_names(kept_link_types(graph.arrays.link_types, kept_evidence, labels)),
        "policy": policy.to_dict(),
        "kept_evidence": str(kept),
        "vocabulary": None
        if kept_evidence is KeptEvidence.NONE
        else json.dumps(graph.snapshot.vocabulary.to_dict()),
        "notes": notes_of(graph, policy, kept),
        "given": _given_names(graph if clusters is None else clusters.graph),
        "clustering": made.info,
        "texts": made.texts,
        "relation_kinds": list(KINDS),
        "result": None if result is None else result.to_dict(),
        "start": start,
        **({"widget": widget} if widget else {}),
    }
    return _assemble(header, arrays)


def heading(graph: LinkGraph) -> str:
    """Return the heading of a page: the organisation of its links.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> heading(LinkGraph(read_links([])))
    'Entity links'
    """
    name = visible(graph.snapshot.organization_name)
    return f"{name}: entity links" if name else "Entity links"


def _assemble(header: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    parts: list[bytes] = []
    index: dict[str, list[str | int]] = {}
    offset = 0
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        index[name] = [_TYPE_CODES[array.dtype.str[1:]], offset, array.size]
        parts += [raw, bytes(-len(raw) % 8)]
        offset += len(raw) + -len(raw) % 8
    # Characters outside ASCII are escaped, including halves of surrogate pairs.
    text = json.dumps(header | {"arrays": index}, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


# --- nodes -----------------------------------------------------------------------------------


def _node_arrays(graph: LinkGraph) -> dict[str, NDArray[Any]]:
    nodes = graph.arrays.nodes
    return {
        "node_id": nodes.ids.ravel(),
        "parent": nodes.parent.astype(np.int32),
        "kind": _code_texts(nodes.kind)[1],
        "data_type": _code_texts(nodes.data_type)[1],
        # Nodes deleted with their table or system are computed in the page.
        "resolved": nodes.resolved.astype(np.uint8),
        "active": nodes.is_active.cast(pa.uint8()).fill_null(2).to_numpy(zero_copy_only=False),
    }


def _code_texts(texts: pa.StringArray) -> tuple[list[str], NDArray[np.uint16]]:
    """Return texts as codes in a sorted list of them; the code of null follows the list."""
    coded = texts.dictionary_encode()
    known = coded.dictionary.to_pylist()
    order = sorted(range(len(known)), key=known.__getitem__)
    rank = np.full(len(known) + 1, MAX_DISTINCT_TEXTS)
    rank[order] = np.minimum(np.arange(len(known)), MAX_DISTINCT_TEXTS)
    codes = coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return [known[place] for place in order[:MAX_DISTINCT_TEXTS]], rank[codes].astype(np.uint16)


def _qualified_tables(graph: LinkGraph) -> list[tuple[int, str]]:
    """Return the tables whose schema is shown before their name."""
    nodes = graph.arrays.nodes
    given = nodes.schema_name.is_valid().to_numpy(zero_copy_only=False)
    codes = np.flatnonzero(given & (nodes.depth == 1))
    return list(zip(codes.tolist(), nodes.table.take(pa.array(codes)).to_pylist(), strict=True))


def _given_names(graph: LinkGraph) -> list[tuple[int, str, float]]:
    """Return the names that people gave: node, name, and milliseconds since 1970, 0 if unknown."""
    return [
        (
            graph.index_of(given.node_id),
            given.name,
            0 if given.decided_at is None else given.decided_at.timestamp() * 1e3,
        )
        for given in graph.given_names.values()
    ]


def _descriptions(graph: LinkGraph, kept_evidence: KeptEvidence) -> list[tuple[int, str]]:
    if kept_evidence is not KeptEvidence.FULL:
        return []
    texts = graph.arrays.nodes.description.to_pylist()
    return [(code, text) for code, text in enumerate(texts) if text is not None]


# --- links -----------------------------------------------------------------------------------


def _limit_names(names: list[str]) -> list[str]:
    """Return as many names as the codes of a byte allow."""
    return names if len(names) <= MAX_CODES else [*names[:MAX_CODES], "others"]


def _link_arrays(
    graph: LinkGraph, policy: Policy, scores: NDArray[np.float64] | None
) -> dict[str, NDArray[Any]]:
    links = graph.arrays.links
    weights = policy.weights(links.confidence, links.status, links.link_type)
    constants = [1.0, policy.null_confidence, policy.null_deterministic]
    known = np.array([value for value in constants if value is not None])
    parts = [known, links.confidence, weights, *([] if scores is None else [scores])]
    every = np.concatenate(parts)
    # Adding zero turns -0.0 into 0.0.
    values = np.unique(every[~np.isnan(every)] + 0.0)[::-1]
    with np.errstate(divide="ignore"):  # 0 costs infinity: no path uses it
        nats = np.rint(-np.log(values) * _COST_UNIT) + 0.0
    arrays: dict[str, NDArray[Any]] = {
        "link_id": graph.link_ids.ravel(),
        "source": links.ends.source.astype(np.int32),
        "target": links.ends.target.astype(np.int32),
        "status": np.minimum(links.status.astype(np.int64), MAX_CODES).astype(np.uint8),
        "type": np.minimum(links.link_type.astype(np.int64), MAX_CODES).astype(np.uint8),
        "values": values,
        "nats": nats,
        "confidence": _positions_in(links.confidence, values),
        "created": _seconds_since_1970(graph, "created_at"),
        "updated": _seconds_since_1970(graph, "updated_at"),
    }
    if scores is not None:
        arrays["score"] = _positions_in(scores, values)
    return arrays


def _positions_in(numbers: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return the position of each number in a falling list of values; NaN follows the list."""
    codes = np.searchsorted(-values, -np.nan_to_num(numbers, nan=0.0))
    found: NDArray[np.uint32] = np.where(np.isnan(numbers), len(values), codes).astype(np.uint32)
    return found


def _seconds_since_1970(graph: LinkGraph, name: str) -> NDArray[np.uint32]:
    """Return times in seconds since 1970, 0 for none."""
    column = graph.snapshot.links.column(name).combine_chunks().cast(pa.int64())
    micros = column.fill_null(0).to_numpy(zero_copy_only=False)[graph.arrays.links.row]
    seconds: NDArray[np.uint32] = np.clip(micros // 1_000_000, 0, MAX_SECOND).astype(np.uint32)
    return seconds


def _evidence_arrays(graph: LinkGraph, kept_evidence: KeptEvidence) -> dict[str, NDArray[Any]]:
    """Return the joined texts, and where each ends; a link without evidence has none."""
    rows = pa.array(graph.arrays.links.row)
    texts = graph.snapshot.links.column("evidence").take(rows)
    if kept_evidence is KeptEvidence.NONE:
        texts = pa.chunked_array([pa.nulls(len(texts), pa.large_string())])
    elif kept_evidence is KeptEvidence.VOCABULARY:
        redacted = redact_evidence(texts.to_pylist(), kept_evidence, graph.snapshot.vocabulary)
        texts = pa.chunked_array([pa.array(redacted, pa.large_string())])
    whole = texts.combine_chunks()
    sizes = pc.binary_length(whole).fill_null(0).to_numpy(zero_copy_only=False)
    joined = "".join(text for text in whole.to_pylist() if text is not None).encode()
    return {
        "evidence": np.concatenate(([0], np.cumsum(sizes))).astype(np.uint32),
        "evidence_text": np.frombuffer(joined, dtype=np.uint8),
    }


def _relation_arrays(graph: LinkGraph) -> dict[str, NDArray[Any]]:
    declared = graph.relationships
    kinds = declared.kind.to_pylist()
    return {
        "relation_source": declared.source.astype(np.int32),
        "relation_target": declared.target.astype(np.int32),
        "relation_kind": np.array([KINDS.index(kind) for kind in kinds], dtype=np.uint8),
    }
