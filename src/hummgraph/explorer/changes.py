"""Changes of a page: a diff of two graphs as text that the page reads late."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.entities.mapping import entities
from hummgraph.algorithms.review.causes import FOUND
from hummgraph.algorithms.review.diff_tables import NODE_CHANGES
from hummgraph.algorithms.review.matched import LINK_CHANGES
from hummgraph.algorithms.review.regrouping import KINDS
from hummgraph.records.redaction import (
    KeptEvidence,
    kept_link_types,
    kept_statuses,
    redact_evidence,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hummgraph.algorithms.review.comparison import Comparison
    from hummgraph.algorithms.review.diff import Diff
    from hummgraph.algorithms.review.matched import Matched
    from hummgraph.algorithms.review.regrouping import Regrouping
    from hummgraph.records.nodes import Nodes

__all__ = ["changes_of"]

#: Most links of a graph of which the entities are compared: they take seconds in a larger one.
_MAX_LINKS = 50_000


def changes_of(found: Diff, kept_evidence: KeptEvidence) -> NDArray[np.uint8]:
    """Return a diff as JSON in UTF-8, for a page of its new graph.

    A node is its position in the new graph; one that only the old graph has is counted from -1
    downwards in ``gone``. Old names and places of nodes are included where they differ.

    Parameters
    ----------
    found
        The diff.
    kept_evidence
        Amount of evidence of removed links to keep. Notes of decisions are kept with full evidence,
        who decided and when unless it is none.

    Notes
    -----
    O(n log n) for n nodes and links, besides the search for causes.

    Examples
    --------
    >>> from hummgraph import LinkGraph, diff, read_links
    >>> graph = LinkGraph(read_links([]))
    >>> packed = json.loads(changes_of(diff(graph, graph), KeptEvidence.FULL).tobytes())
    >>> packed["changes"], packed["before"]
    ([], {'links': 0, 'clusters': 0})
    """
    matched, compared = found._matched, found._compared  # noqa: SLF001 - the page of that class
    refs = _references(matched)
    old_labels = sorted({label for one in compared.regroupings for label in one.before})
    new_labels = sorted({label for one in compared.regroupings for label in one.after})
    numbers = _Numbers(old_labels, new_labels)
    told = {
        "before": {"links": found.old.n_links, "clusters": found.before.n_clusters},
        "after": {"links": found.new.n_links, "clusters": found.after.n_clusters},
        "kinds": list(KINDS),
        "found": list(FOUND),
        "link_kinds": list(LINK_CHANGES),
        "node_kinds": list(NODE_CHANGES),
        "gone": _places(matched, np.flatnonzero(matched.is_gone), ids=True),
        "past": _past(matched, refs),
        "old": [
            [found.before.names[label], int(found.before.sizes[label]), found.before.ids[label]]
            for label in old_labels
        ],
        "new": [
            # The name that the tables of the diff keep, and the one that its own page has.
            [
                compared.names[label],
                int(found.after.sizes[label]),
                found.after.ids[label],
                found.after.names[label],
            ]
            for label in new_labels
        ],
        "changes": _changes(found, compared, refs, numbers),
        "moves": _moves(compared, refs, numbers),
        "links": _links(found, matched, refs, kept_evidence),
        "nodes": _nodes(found, matched, refs),
        "contradictions": _contradictions(found, matched, refs),
        "entities": _entities(found, new_labels),
        "setting": {
            "differs": found.new_setting != found.setting,
            "changes": len(found.setting_changes),
        },
    }
    text = json.dumps(told, separators=(",", ":"), allow_nan=False)
    return np.frombuffer(text.encode(), dtype=np.uint8)


class _Numbers:
    """Positions of old and new clusters among those of the page; -1 stays."""

    def __init__(self, old: list[int], new: list[int]) -> None:
        self.old = {label: at for at, label in enumerate(old)} | {-1: -1}
        self.new = {label: at for at, label in enumerate(new)} | {-1: -1}


# --- nodes -----------------------------------------------------------------------------------


def _references(matched: Matched) -> NDArray[np.int64]:
    """Return the page's number of each node of either graph: shape (n_nodes,)."""
    refs = np.empty(len(matched.nodes), dtype=np.int64)
    refs[matched.code_new] = np.arange(len(matched.code_new))
    gone = np.flatnonzero(matched.is_gone)
    refs[gone] = -1 - np.arange(len(gone))
    return refs


def _places(matched: Matched, at: NDArray[np.int64], *, ids: bool = False) -> list[list[Any]]:
    """Return level, path, names of system and table, own name and mark of nodes, as they were."""
    nodes = matched.old_nodes
    rows = pa.array(at)
    columns = [
        nodes.depth[at].tolist(),
        nodes.path.take(rows).to_pylist(),
        _names_above(nodes, at, 0),
        _names_above(nodes, at, 1),
        nodes.name.take(rows).to_pylist(),
        nodes.deleted[at].astype(int).tolist(),
        _systems(matched, at),
    ]
    if ids:
        columns.append(nodes.id_text.take(rows).to_pylist())
    return list(map(list, zip(*columns, strict=True)))


def _names_above(nodes: Nodes, at: NDArray[np.int64], depth: int) -> list[str | None]:
    """Return the names of the systems of nodes, or of their tables with their schemas."""
    above = nodes.ancestor[depth][at]
    texts = nodes.name if depth == 0 else nodes.table
    names: list[str | None] = texts.take(pa.array(above, mask=above < 0)).to_pylist()
    return names


def _systems(matched: Matched, at: NDArray[np.int64]) -> list[int]:
    """Return the systems of nodes by their positions in the new graph, -1 where it has none."""
    system = matched.old_nodes.ancestor[0][at]
    position = np.append(np.where(matched.is_gone, -1, _references(matched)), -1)
    found: list[int] = position[system].tolist()
    return found


def _past(matched: Matched, refs: NDArray[np.int64]) -> list[list[Any]]:
    """Return the nodes of both graphs that had another name or place, with these."""
    old, new = matched.old_nodes, matched.nodes
    differs = np.array(old.path.to_pylist(), dtype=object) != np.array(
        new.path.to_pylist(), dtype=object
    )
    at = np.flatnonzero(differs & ~(matched.is_gone | matched.is_new))
    places = _places(matched, at)
    return [[ref, *place] for ref, place in zip(refs[at].tolist(), places, strict=True)]


def _nodes(found: Diff, matched: Matched, refs: NDArray[np.int64]) -> list[list[Any]]:
    """Return the nodes that changed: what happened, the node, and its paths before and after."""
    ref_of = dict(zip(matched.nodes.id_text.to_pylist(), refs.tolist(), strict=True))
    return [
        [
            NODE_CHANGES.index(row["change"]),
            ref_of[row["node_id"]],
            row["path_before"],
            row["path_after"],
        ]
        for row in found.nodes
    ]


# --- clusters --------------------------------------------------------------------------------


def _changes(
    found: Diff, compared: Comparison, refs: NDArray[np.int64], numbers: _Numbers
) -> list[dict[str, Any]]:
    """Return the changes of clusters, as :attr:`Diff.changes`, with their members and causes."""
    rows = zip(compared.regroupings, found.changes, found._attributed, strict=True)  # noqa: SLF001 - the page of that class
    return [
        {
            "kind": KINDS.index(one.kind),
            "before": [numbers.old[label] for label in one.before],
            "after": [numbers.new[label] for label in one.after],
            "members": row["members"],
            "moved": row["moved"],
            "decided": int(row["decided"]),
            "found": FOUND.index(causes.found),
            # Changed links by their positions; `PLACES` for where fields lie.
            "causes": list(causes.causes),
            "parts": [
                [numbers.old[old], numbers.new[new], moved, refs[nodes].tolist()]
                for old, new, moved, nodes in _parts(compared, one)
            ],
        }
        for one, row, causes in rows
    ]


_Part = tuple[int, int, int, "NDArray[np.int64]"]


def _parts(compared: Comparison, one: Regrouping) -> list[_Part]:
    """Return members that are together before and after, so that either side is in few pieces.

    Old clusters are in their order; each begins with those that are in the last new cluster
    before it, and its rest follows. Members of no old cluster follow those that they join.
    """
    ends = compared.label_before[one.nodes].tolist(), compared.label_after[one.nodes].tolist()
    members: dict[tuple[int, int], list[int]] = {}
    news: dict[int, list[int]] = {}
    for at, pair in enumerate(zip(*ends, strict=True)):
        if pair not in members:
            news.setdefault(pair[0], []).append(pair[1])
        members.setdefault(pair, []).append(at)
    rank = {label: at for at, label in enumerate(one.after)} | {-1: len(one.after)}
    heir = {old: new for new, old in one.heir.items()}
    order: list[tuple[int, int]] = []
    last = -1
    for label in one.before:
        joins, stays = last, heir.get(label, -1)
        mine = sorted(
            news[label],
            key=lambda new: (new < 0 or new != joins, new < 0 or new != stays, rank[new]),
        )
        order += [(label, new) for new in mine]
        last = mine[-1]
        # Between two old clusters, what comes into the one above.
        if stays >= 0 and (-1, stays) in members:
            order.append((-1, stays))
    placed = set(order)
    order += sorted(members.keys() - placed, key=lambda pair: rank[pair[1]])
    moved = compared.moved(one.nodes)
    return [(*pair, int(moved[members[pair][0]]), one.nodes[members[pair]]) for pair in order]


def _moves(compared: Comparison, refs: NDArray[np.int64], numbers: _Numbers) -> list[list[int]]:
    """Return members in another cluster, as :attr:`Diff.moves`: node, old and new cluster."""
    return [
        [
            int(refs[node]),
            numbers.old[int(compared.label_before[node])],
            numbers.new[int(compared.label_after[node])],
        ]
        for one in compared.regroupings
        for node in one.nodes[compared.moved(one.nodes)].tolist()
    ]


def _contradictions(
    found: Diff, matched: Matched, refs: NDArray[np.int64]
) -> list[list[str | int]]:
    """Return contradictions made and resolved, as :attr:`Diff.contradictions`."""
    told: list[list[str | int]] = []
    code = {True: matched.code_new, False: matched.code_old}
    for row in found.contradictions:
        made = row["change"] == "made"
        graph = found.new if made else found.old
        link = graph.link(row["link_id"])
        ends = [int(refs[code[made][graph.index_of(end)]]) for end in (link.source, link.target)]
        told.append([int(made), row["cluster_name"], row["link_id"], *ends])
    return told


# --- entities --------------------------------------------------------------------------------


def _entities(found: Diff, labels: list[int]) -> list[list[list[str]]]:
    """Return the entities that merged or fell apart, where new clusters are called by them.

    Each by the names of the old ones and of the new ones. An entity is in another if most of its
    tables are, of those in both graphs. None where names stay, or the graphs are large.
    """
    own, kept = found.after.names, found._compared.names  # noqa: SLF001 - the page of that class
    renamed = [label for label in labels if own[label] != kept[label]]
    if not renamed or max(found.old.n_links, found.new.n_links) > _MAX_LINKS:
        return []
    old, new = (
        {one.name: set(one.tables) for one in entities(graph)} for graph in (found.old, found.new)
    )
    known = set().union(*old.values()) & set().union(*new.values())
    nodes = found.new.arrays.nodes
    members = np.flatnonzero(np.isin(found.after.labels, renamed))
    above = nodes.ancestor[1][members]
    called = set(nodes.id_text.take(pa.array(np.unique(above[above >= 0]))).to_pylist())
    merged = _within(old, new, known)
    parted = _within(new, old, known)
    told = [[sorted(ones), [name]] for name, ones in merged.items() if called & new[name]]
    told += [
        [[name], sorted(ones)]
        for name, ones in parted.items()
        if any(called & new[one] for one in ones)
    ]
    return told


def _within(
    ones: dict[str, set[str]], others: dict[str, set[str]], known: set[str]
) -> dict[str, list[str]]:
    """Return the entities that have most of two or more others, with these."""
    found: dict[str, list[str]] = {}
    home = {table: name for name, tables in others.items() for table in tables}
    for name, tables in ones.items():
        left = tables & known
        for other, n in Counter(home[table] for table in left).items():
            if 2 * n > len(left):
                found.setdefault(other, []).append(name)
    return {name: within for name, within in found.items() if len(within) > 1}


# --- links -----------------------------------------------------------------------------------


def _links(
    found: Diff, matched: Matched, refs: NDArray[np.int64], kept_evidence: KeptEvidence
) -> dict[str, list[Any]]:
    """Return the links that changed, as :attr:`Diff.links`, by columns."""
    changed, ends, frame = matched.links, matched.link_ends, found.links
    labels = found.new.snapshot.label_vocabulary
    status = _kept_names(matched.statuses, kept_statuses(matched.statuses, kept_evidence, labels))
    kind = _kept_names(
        matched.link_types, kept_link_types(matched.link_types, kept_evidence, labels)
    )
    removed = changed.new < 0
    return {
        "kind": changed.kind.tolist(),
        "link": changed.new.tolist(),
        "ids": [
            link_id for link_id, is_gone in zip(frame["link_id"], removed, strict=True) if is_gone
        ],
        "source": refs[ends.source].tolist(),
        "target": refs[ends.target].tolist(),
        "old_status": [status[name] for name in frame["previous_status"]],
        "status": [status[name] for name in frame["status"]],
        "old_score": frame["previous_confidence"],
        "score": frame["confidence"],
        "old_type": [kind[name] for name in frame["previous_link_type"]],
        "type": [kind[name] for name in frame["link_type"]],
        "with_end": list(map(int, frame["with_end"])),
        "evidence": _lost_evidence(found, changed.old[removed], kept_evidence),
        "renewed": _renewed(found, changed.old, changed.new),
        "decisions": _decisions(found, frame["link_id"], frame["status"], kept_evidence),
    }


def _kept_names(names: list[str], kept: list[str]) -> dict[str | None, str | None]:
    """Return the names of statuses or types that are kept; null stays null."""
    found: dict[str | None, str | None] = dict(zip(names, kept, strict=True))
    return found | {None: None}


def _lost_evidence(
    found: Diff, removed: NDArray[np.int64], kept_evidence: KeptEvidence
) -> list[str | None]:
    """Return the evidence of removed links, by their positions in the old graph."""
    if kept_evidence is KeptEvidence.NONE:
        return [None] * len(removed)
    rows = pa.array(found.old.arrays.links.row[removed])
    texts: list[str | None] = found.old.snapshot.links.column("evidence").take(rows).to_pylist()
    return redact_evidence(texts, kept_evidence, found.old.snapshot.vocabulary)


def _renewed(found: Diff, old: NDArray[np.int64], new: NDArray[np.int64]) -> list[int]:
    """Return the changed links of both graphs that were last changed in Humm between the two."""
    both = np.flatnonzero((old >= 0) & (new >= 0))
    times = [
        graph.snapshot.links.column("updated_at").take(pa.array(graph.arrays.links.row[links]))
        for graph, links in ((found.old, old[both]), (found.new, new[both]))
    ]
    differs = [was != now for was, now in zip(*(time.to_pylist() for time in times), strict=True)]
    renewed: list[int] = both[np.array(differs, dtype=bool)].tolist()
    return renewed


def _decisions(
    found: Diff,
    links: Iterable[str],
    statuses: Iterable[str | None],
    kept_evidence: KeptEvidence,
) -> list[list[Any]]:
    """Return the decisions applied to the new graph: link, time, who, and a note."""
    if kept_evidence is KeptEvidence.NONE:
        return []
    made = {row["link_id"]: row for row in found.new.decisions if row["in_graph"]}
    told: list[list[Any]] = []
    for at, (link, status) in enumerate(zip(links, statuses, strict=True)):
        row = made.get(link)
        if row is None or row["status"] != status:
            continue
        when = 0 if row["decided_at"] is None else row["decided_at"].timestamp() * 1e3
        note = row["note"] if kept_evidence is KeptEvidence.FULL else None
        told.append([at, when, row["who"], note])
    return told
