"""Tables of a diff: links, nodes, clusters, members and causes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.review.matched import LINK_CHANGES
from hummgraph.algorithms.review.worlds import PLACES
from hummgraph.frames import Frame, counted
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import APPROVED, REJECTED
from hummgraph.records.display import LinkDisplay
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.clustering.contradictions import Contradiction
    from hummgraph.algorithms.review.causes import Causes
    from hummgraph.algorithms.review.comparison import Comparison
    from hummgraph.algorithms.review.matched import Matched
    from hummgraph.algorithms.review.regrouping import Regrouping
    from hummgraph.records.nodes import Nodes

__all__ = [
    "NODE_CHANGES",
    "SHOWN",
    "cause_rows",
    "changed_links",
    "changed_nodes",
    "cluster_continuity",
    "cluster_words",
    "kept_contradictions",
    "moved_members",
    "node_changes",
    "regrouped_clusters",
    "sized",
]

NODE_CHANGES: Final = ("added", "removed", "moved", "renamed", "deleted", "restored")
"""Changes of a node; of several the first is listed."""

_DECIDED: Final = {APPROVED, REJECTED}

_VALUES: Final = ("previous_status", "status", "previous_confidence", "confidence")

SHOWN: Final = {
    "changes": ("change", "before", "after", "members", "moved", "causes", "found"),
    "causes": ("row", "change", "cause", "source_path", "target_path", *_VALUES, "link_id"),
    "moves": ("path", "cluster_before", "cluster_after", "removed"),
    "links": ("change", "source_path", "target_path", *_VALUES, "link_id"),
    "nodes": ("change", "level", "path_before", "path_after"),
    "contradictions": ("change", "cluster_name", "source_path", "target_path", "link_id"),
    "continuity": ("name", "name_after", "members_before", "members_after", "shared", "overlap"),
    "setting_changes": ("change", "before", "after", "members", "moved"),
}
"""The main columns of each table."""

_REGROUPED: Final = {
    "change": pa.string(),
    "before": pa.string(),
    "after": pa.string(),
    "members": pa.int64(),
    "moved": pa.int64(),
    "causes": pa.int64(),
    "decided": pa.bool_(),
    "found": pa.string(),
    "before_ids": pa.string(),
    "after_ids": pa.string(),
}


# --- links ------------------------------------------------------------------------------------


def changed_links(matched: Matched) -> Frame:
    """Return the links that changed; see :attr:`Diff.links`."""
    changed, ends, nodes = matched.links, matched.link_ends, matched.nodes
    once = matched.is_new | matched.is_gone
    with_end = (changed.old < 0) | (changed.new < 0)
    with_end &= once[ends.source] | once[ends.target]
    kinds = pa.DictionaryArray.from_arrays(pa.array(changed.kind), list(LINK_CHANGES))
    columns: dict[str, Any] = {
        "change": kinds.cast(pa.string()),
        "link_id": id_strings(matched.link_ids),
        "source_path": nodes.path.take(pa.array(ends.source)),
        "target_path": nodes.path.take(pa.array(ends.target)),
        **_side(matched, "status"),
        **_side(matched, "confidence"),
        **_side(matched, "link_type"),
        "with_end": pa.array(with_end),
        "source": nodes.id_text.take(pa.array(ends.source)),
        "target": nodes.id_text.take(pa.array(ends.target)),
    }
    return Frame(pa.table(columns), display=LinkDisplay(matched.new.snapshot))


def _side(matched: Matched, name: str) -> dict[str, pa.Array]:
    """Return a field of the changed links before and after; null where a graph has no link."""
    found = {}
    for title, graph, at in (
        (f"previous_{name}", matched.old, matched.links.old),
        (name, matched.new, matched.links.new),
    ):
        data = graph.arrays
        values = getattr(data.links, name)[at] if data.links.n else np.zeros(len(at))
        if name == "confidence":
            found[title] = pa.array(values, pa.float64(), mask=(at < 0) | np.isnan(values))
        else:
            names = data.statuses if name == "status" else data.link_types
            codes = pa.array(values.astype(np.int32), mask=at < 0)
            found[title] = pa.DictionaryArray.from_arrays(codes, names).cast(pa.string())
    return found


# --- nodes ------------------------------------------------------------------------------------


def _node_kinds(matched: Matched) -> NDArray[np.int64]:
    """Return the change of each node, as a position in `NODE_CHANGES`; -1 for nothing."""
    old, new = matched.old_nodes, matched.nodes
    kind = np.full(len(new), -1, dtype=np.int64)
    gone, was = new.own_deleted, old.own_deleted
    names = zip(_names(old), _names(new), strict=True)
    renamed = np.array([name != other for name, other in names], dtype=bool)
    renamed &= old.resolved & new.resolved  # a name that is not known is not another name
    for number, happened in (
        (5, was & ~gone),
        (4, gone & ~was),
        (3, renamed),
        (2, new.parent != old.parent),
        (1, matched.is_gone),
        (0, matched.is_new),
    ):
        kind[happened] = number
    return kind


def _names(nodes: Nodes) -> list[tuple[str | None, str | None]]:
    return list(zip(nodes.schema_name.to_pylist(), nodes.name.to_pylist(), strict=True))


def changed_nodes(matched: Matched) -> Frame:
    """Return the nodes that changed; see :attr:`Diff.nodes`."""
    old, new = matched.old_nodes, matched.nodes
    kind = _node_kinds(matched)
    at = np.flatnonzero(kind >= 0)
    at = at[np.lexsort((new.depth[at], kind[at]))]
    index = pa.array(at)
    levels = pa.DictionaryArray.from_arrays(pa.array(new.depth[at]), list(map(str, Level)))
    kinds = pa.DictionaryArray.from_arrays(pa.array(kind[at]), list(NODE_CHANGES))
    table = pa.table(
        {
            "change": kinds.cast(pa.string()),
            "level": levels.cast(pa.string()),
            "node_id": new.id_text.take(index),
            "path_before": _unless(old.path, at, matched.is_new),
            "path_after": _unless(new.path, at, matched.is_gone),
        }
    )
    return Frame(table)


def _unless(
    path: pa.StringArray, at: NDArray[np.int64], missing: NDArray[np.bool_]
) -> pa.StringArray:
    """Return the paths of some nodes, null for missing ones."""
    return path.take(pa.array(at, mask=missing[at]))


def node_changes(matched: Matched) -> dict[str, dict[str, int]]:
    """Return the number of nodes by level and change; see :attr:`Diff.n_nodes_by_change`."""
    kind, depth = _node_kinds(matched), matched.nodes.depth
    found: dict[str, dict[str, int]] = {}
    for level in reversed(Level):
        counts = np.bincount(
            kind[(kind >= 0) & (depth == level.depth)], minlength=len(NODE_CHANGES)
        )
        of_level = {
            name: number
            for name, number in zip(NODE_CHANGES, counts.tolist(), strict=True)
            if number
        }
        if of_level:
            found[str(level)] = of_level
    return found


# --- clusters ---------------------------------------------------------------------------------


def sized(clusters: Clusters, labels: Iterable[int], names: Sequence[str]) -> str:
    """Return names of clusters and their numbers of members."""
    return ", ".join(f"{names[label]} ({clusters.sizes[label]:,})" for label in labels)


def regrouped_clusters(
    compared: Comparison, matched: Matched | None, causes: Sequence[Causes]
) -> Frame:
    """Return one row a regrouping, without causes where none are given; see `Diff.changes`."""
    before, after = compared.before, compared.after
    rows = []
    for at, one in enumerate(compared.regroupings):
        row = {
            "change": one.kind,
            "before": sized(before, one.before, before.names) or None,
            "after": sized(after, one.after, compared.names) or None,
            "members": len(one.nodes),
            "moved": int(compared.moved(one.nodes).sum()),
            "before_ids": "; ".join(before.ids[label] for label in one.before) or None,
            "after_ids": "; ".join(after.ids[label] for label in one.after) or None,
        }
        if matched is not None:
            found = causes[at]
            row["causes"] = len(found.causes)
            row["decided"] = any(is_decision(matched, cause) for cause in found.causes)
            row["found"] = found.found
        rows.append(row)
    schema = dict(_REGROUPED)
    if matched is None:
        schema = {name: kind for name, kind in schema.items() if name not in _OF_CAUSES}
    return _frame(rows, **schema)


def cluster_words(compared: Comparison, one: Regrouping) -> str:
    """Return the changes of clusters in words, without a full stop."""
    old = sized(compared.before, one.before, compared.before.names)
    new = sized(compared.after, one.after, compared.names)
    out = len(one.nodes) - sum(int(compared.after.sizes[label]) for label in one.after)
    rest = f", with {counted(out, 'member')} left out" if out else ""
    return {
        "appeared": f"{new} appeared",
        "vanished": f"{old} vanished",
        "merged": f"{old} became one, {new}{rest}",
        "split": f"{old} fell apart into {new}{rest}",
        "regrouped": f"{old} became {new}{rest}",
        "grew": f"{old} grew to {new}",
        "shrank": f"{old} shrank to {new}",
    }[one.kind]


_OF_CAUSES: Final = {"causes", "decided", "found"}


def is_decision(matched: Matched, cause: int) -> bool:
    """Return whether a cause is another decision: an answer made, taken back or lost."""
    if cause == PLACES:
        return False
    before, after = (
        None if at < 0 else graph.arrays.statuses[graph.arrays.links.status[at]]
        for graph, at in (
            (matched.old, matched.links.old[cause]),
            (matched.new, matched.links.new[cause]),
        )
    )
    answers = {matched.statuses[code] for code in _DECIDED}
    return before != after and not answers.isdisjoint({before, after})


def cause_rows(compared: Comparison, matched: Matched, causes: Sequence[Causes]) -> Frame:
    """Return one row a cause; see :attr:`Diff.causes`."""
    links = matched.links
    every = [
        (row, found.found, cause) for row, found in enumerate(causes) for cause in found.causes
    ]
    at = np.array([cause for *_, cause in every], dtype=np.int64)
    listed = changed_links(matched).to_arrow()
    taken = listed.take(pa.array(at, mask=at == PLACES))
    kinds = ["moved" if cause == PLACES else LINK_CHANGES[links.kind[cause]] for *_, cause in every]
    table = pa.table(
        {
            "row": pa.array([row for row, *_ in every], pa.int64()),
            "change": pa.array([compared.regroupings[row].kind for row, *_ in every], pa.string()),
            "cause": pa.array(kinds, pa.string()),
            **{name: taken.column(name) for name in listed.column_names[1:]},
            "decided": pa.array([is_decision(matched, cause) for *_, cause in every], pa.bool_()),
        }
    )
    return Frame(table, display=LinkDisplay(matched.new.snapshot))


def moved_members(compared: Comparison, matched: Matched) -> Frame:
    """Return one row a member that moved; see :attr:`Diff.moves`."""
    nodes = matched.nodes
    before, after = compared.before, compared.after
    rows = []
    for one in compared.regroupings:
        for node in one.nodes[compared.moved(one.nodes)].tolist():
            old, new = int(compared.label_before[node]), int(compared.label_after[node])
            rows.append(
                {
                    "node_id": nodes.id_text[node].as_py(),
                    "path": nodes.path[node].as_py(),
                    "cluster_before": before.names[old] if old >= 0 else None,
                    "cluster_after": compared.names[new] if new >= 0 else None,
                    "removed": bool(matched.is_gone[node]),
                    "cluster_before_id": before.ids[old] if old >= 0 else None,
                    "cluster_after_id": after.ids[new] if new >= 0 else None,
                }
            )
    return _frame(
        rows,
        node_id=pa.string(),
        path=pa.string(),
        cluster_before=pa.string(),
        cluster_after=pa.string(),
        removed=pa.bool_(),
        cluster_before_id=pa.string(),
        cluster_after_id=pa.string(),
    )


def cluster_continuity(compared: Comparison) -> Frame:
    """Return clusters that continue each other; see :attr:`Diff.continuity`."""
    before, after = compared.before, compared.after
    both = (compared.label_before >= 0) & (compared.label_after >= 0)
    pairs, number = np.unique(
        np.column_stack((compared.label_before[both], compared.label_after[both])),
        axis=0,
        return_counts=True,
    )
    shared = {(old, new): n for (old, new), n in zip(pairs.tolist(), number.tolist(), strict=True)}
    found: list[tuple[int, int]] = list(enumerate(compared.continued_by.tolist()))
    found += [(-1, new) for new in np.flatnonzero(compared.continued < 0).tolist()]
    rows = []
    for old, new in found:
        sizes = (
            int(before.sizes[old]) if old >= 0 else 0,
            int(after.sizes[new]) if new >= 0 else 0,
        )
        common = shared.get((old, new), 0)
        own = after.names[new] if new >= 0 else None
        rows.append(
            {
                "name": before.names[old] if old >= 0 else own,
                "name_after": own,
                "members_before": sizes[0],
                "members_after": sizes[1],
                "shared": common,
                "overlap": common / (sum(sizes) - common),
                "before_id": before.ids[old] if old >= 0 else None,
                "after_id": after.ids[new] if new >= 0 else None,
            }
        )
    return _frame(
        rows,
        name=pa.string(),
        name_after=pa.string(),
        members_before=pa.int64(),
        members_after=pa.int64(),
        shared=pa.int64(),
        overlap=pa.float64(),
        before_id=pa.string(),
        after_id=pa.string(),
    )


def kept_contradictions(compared: Comparison, matched: Matched) -> Frame:
    """Return contradictions made and resolved; see :attr:`Diff.contradictions`."""
    before = {one.link_id: one for one in compared.before.contradictions}
    after = {one.link_id: one for one in compared.after.contradictions}
    names = (
        dict(zip(compared.before.ids, compared.before.names, strict=True)),
        dict(zip(compared.after.ids, compared.names, strict=True)),
    )
    rows = []
    # The rejected link of the same contradiction may have another id now.
    kept = {_ends(one) for one in before.values()} & {_ends(one) for one in after.values()}
    for link_id in sorted(before.keys() ^ after.keys()):
        made = link_id in after
        one = after[link_id] if made else before[link_id]
        if _ends(one) in kept:
            continue
        graph = matched.new if made else matched.old
        rows.append(
            {
                "change": "made" if made else "resolved",
                "cluster_name": names[made][one.cluster_id],
                "link_id": link_id,
                "source_path": graph.node(one.source).path,
                "target_path": graph.node(one.target).path,
            }
        )
    return _frame(
        rows,
        change=pa.string(),
        cluster_name=pa.string(),
        link_id=pa.string(),
        source_path=pa.string(),
        target_path=pa.string(),
    )


def _ends(one: Contradiction) -> frozenset[str]:
    return frozenset({one.source, one.target})


def _frame(rows: list[dict[str, Any]], **schema: pa.DataType) -> Frame:
    """Return rows as a table whose columns are there without rows, too."""
    return Frame(pa.Table.from_pylist(rows, schema=pa.schema(list(schema.items()))))
