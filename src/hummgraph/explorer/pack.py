"""What the page is given, as bytes: a header in JSON, and behind it arrays that it need not parse.

``u32 length of the header | header, padded with spaces | arrays``, all little-endian, each array
at a multiple of eight bytes. Nodes and links are known by their positions in the graph, so that
numbers, ties and orders mean the same here and there. The page reads this in
``src/explorer/source/model/pack.ts``; both change together.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.explorer.clustering import clustering_of
from hummgraph.explorer.notes import notes_of
from hummgraph.frames import visible
from hummgraph.graph.relationships import KINDS
from hummgraph.records.redaction import KeptEvidence, redact_evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.graph.policy import Policy

__all__ = ["SCHEMA", "Result", "heading", "pack"]

SCHEMA: Final = 1
"""Version of the format; a page reads its own only."""

_TYPES: Final = {"u1": "u8", "u2": "u16", "u4": "u32", "i4": "i32", "f8": "f64"}
_ID_CHARACTERS: Final = 36  # an id that has more has its level before it
_MOST_CODES: Final = 255  # statuses and types that a byte can tell apart, and one for the others
_MOST_KINDS: Final = 65_535
_UNIT: Final = 1 << 30  # of costs; see algorithms/kernels/adjacency.py
_LAST_SECOND: Final = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Result:
    """What a page opens on, beside the whole graph.

    Parameters
    ----------
    kind
        ``"path"``, ``"paths"``, ``"join path"``, ``"lineage"`` or ``"why"``.
    title
        What it is, in a few words.
    sentences
        What there is to say about it.
    nodes, links, relations
        Positions of its nodes, links and declared relationships in the graph.
    depths
        How far each node is from where it begins, below 0 for what is upstream; as long as
        ``nodes``.

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


def pack(
    graph: LinkGraph,
    clusters: Clusters | None = None,
    *,
    kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
    result: Result | None = None,
    start: str = "",
) -> bytes:
    """Pack a graph and its clusters.

    Parameters
    ----------
    graph
        Its links are what the page draws.
    clusters
        Clusters of the same nodes; of a graph with more links, too. Without, the page gets the
        merge tree of a method that suits it.
    kept_evidence
        What is left out of evidence. Descriptions are packed only where nothing is left out.
    result
        What the page opens on.
    start
        Settings to begin with, as the address of a page has them.

    Returns
    -------
    bytes
        Equal input gives equal bytes.

    Notes
    -----
    O(n log n) for n nodes and links, beside the merge tree and the evidence.

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
        **_evidence(graph, kept_evidence),
        **made.arrays,
        **_relations(graph),
    }
    nodes = graph.arrays.nodes
    header = {
        "schema": SCHEMA,
        "title": heading(graph),
        "organization": graph.snapshot.organization_name or None,
        "first": nodes.first.tolist(),
        "names": nodes.name.to_pylist(),
        "qualified": _qualified(graph),
        "prefixed": np.flatnonzero(
            pc.greater(pc.binary_length(nodes.id_text), _ID_CHARACTERS).to_numpy(
                zero_copy_only=False
            )
        ).tolist(),
        "kinds": _distinct(nodes.kind)[0],
        "data_types": _distinct(nodes.data_type)[0],
        "descriptions": _descriptions(graph, kept_evidence),
        "statuses": _some(graph.arrays.statuses),
        "types": _some(graph.arrays.link_types),
        "policy": policy.to_dict(),
        "kept_evidence": str(kept_evidence),
        "notes": notes_of(graph, policy, kept_evidence),
        "clustering": made.info,
        "relation_kinds": list(KINDS),
        "result": None if result is None else asdict(result),
        "start": start,
    }
    return _assembled(header, arrays)


def heading(graph: LinkGraph) -> str:
    """Say whose links these are.

    Examples
    --------
    >>> from hummgraph import LinkGraph, read_links
    >>> heading(LinkGraph(read_links([])))
    'Entity links'
    """
    name = visible(graph.snapshot.organization_name)
    return f"{name}: entity links" if name else "Entity links"


def _assembled(header: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    parts: list[bytes] = []
    index: dict[str, list[str | int]] = {}
    offset = 0
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        index[name] = [_TYPES[array.dtype.str[1:]], offset, array.size]
        parts += [raw, bytes(-len(raw) % 8)]
        offset += len(raw) + -len(raw) % 8
    # Whatever is not ASCII is an escape, halves of surrogate pairs among it.
    text = json.dumps(header | {"arrays": index}, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([struct.pack("<I", len(text)), text, *parts])


# --- nodes -----------------------------------------------------------------------------------


def _node_arrays(graph: LinkGraph) -> dict[str, NDArray[Any]]:
    nodes = graph.arrays.nodes
    return {
        "node_id": nodes.ids.ravel(),
        "parent": nodes.parent.astype(np.int32),
        "kind": _distinct(nodes.kind)[1],
        "data_type": _distinct(nodes.data_type)[1],
        # What is deleted with its table or system the page works out itself.
        "resolved": nodes.resolved.astype(np.uint8),
        "active": nodes.is_active.cast(pa.uint8()).fill_null(2).to_numpy(zero_copy_only=False),
    }


def _distinct(texts: pa.StringArray) -> tuple[list[str], NDArray[np.uint16]]:
    """Code texts by a sorted list of them; null has a code beyond it."""
    coded = texts.dictionary_encode()
    known = coded.dictionary.to_pylist()
    order = sorted(range(len(known)), key=known.__getitem__)
    rank = np.full(len(known) + 1, _MOST_KINDS)
    rank[order] = np.minimum(np.arange(len(known)), _MOST_KINDS)
    codes = coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    return [known[place] for place in order[:_MOST_KINDS]], rank[codes].astype(np.uint16)


def _qualified(graph: LinkGraph) -> list[tuple[int, str]]:
    """Return the tables whose schema stands before their name."""
    nodes = graph.arrays.nodes
    given = nodes.schema_name.is_valid().to_numpy(zero_copy_only=False)
    codes = np.flatnonzero(given & (nodes.depth == 1))
    return list(zip(codes.tolist(), nodes.table.take(pa.array(codes)).to_pylist(), strict=True))


def _descriptions(graph: LinkGraph, kept_evidence: KeptEvidence) -> list[tuple[int, str]]:
    if kept_evidence is not KeptEvidence.FULL:
        return []
    texts = graph.arrays.nodes.description.to_pylist()
    return [(code, text) for code, text in enumerate(texts) if text is not None]


# --- links -----------------------------------------------------------------------------------


def _some(names: list[str]) -> list[str]:
    """Keep as many names as codes of a byte can tell apart."""
    return names if len(names) <= _MOST_CODES else [*names[:_MOST_CODES], "others"]


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
    with np.errstate(divide="ignore"):  # 0 costs infinity: no path takes it
        nats = np.rint(-np.log(values) * _UNIT) + 0.0
    arrays: dict[str, NDArray[Any]] = {
        "link_id": graph.link_ids.ravel(),
        "source": links.ends.source.astype(np.int32),
        "target": links.ends.target.astype(np.int32),
        "status": np.minimum(links.status.astype(np.int64), _MOST_CODES).astype(np.uint8),
        "type": np.minimum(links.link_type.astype(np.int64), _MOST_CODES).astype(np.uint8),
        "values": values,
        "nats": nats,
        "confidence": _codes(links.confidence, values),
        "created": _seconds(graph, "created_at"),
        "updated": _seconds(graph, "updated_at"),
    }
    if scores is not None:
        arrays["score"] = _codes(scores, values)
    return arrays


def _codes(numbers: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return the position of each number among falling values; that of NaN is behind them."""
    codes = np.searchsorted(-values, -np.nan_to_num(numbers, nan=0.0))
    found: NDArray[np.uint32] = np.where(np.isnan(numbers), len(values), codes).astype(np.uint32)
    return found


def _seconds(graph: LinkGraph, name: str) -> NDArray[np.uint32]:
    """Return times in seconds since 1970, 0 where there is none."""
    column = graph.snapshot.links.column(name).combine_chunks().cast(pa.int64())
    micros = column.fill_null(0).to_numpy(zero_copy_only=False)[graph.arrays.links.row]
    seconds: NDArray[np.uint32] = np.clip(micros // 1_000_000, 0, _LAST_SECOND).astype(np.uint32)
    return seconds


def _evidence(graph: LinkGraph, kept_evidence: KeptEvidence) -> dict[str, NDArray[Any]]:
    """Join the texts, and say where each ends; a link without has none."""
    rows = pa.array(graph.arrays.links.row)
    texts = graph.snapshot.links.column("evidence").take(rows)
    if kept_evidence is not KeptEvidence.FULL:
        texts = pa.chunked_array(
            [pa.array(redact_evidence(texts.to_pylist(), kept_evidence), pa.large_string())]
        )
    whole = texts.combine_chunks()
    sizes = pc.binary_length(whole).fill_null(0).to_numpy(zero_copy_only=False)
    joined = "".join(text for text in whole.to_pylist() if text is not None).encode()
    return {
        "evidence": np.concatenate(([0], np.cumsum(sizes))).astype(np.uint32),
        "evidence_text": np.frombuffer(joined, dtype=np.uint8),
    }


def _relations(graph: LinkGraph) -> dict[str, NDArray[Any]]:
    declared = graph.relationships
    kinds = declared.kind.to_pylist()
    return {
        "relation_source": declared.source.astype(np.int32),
        "relation_target": declared.target.astype(np.int32),
        "relation_kind": np.array([KINDS.index(kind) for kind in kinds], dtype=np.uint8),
    }
