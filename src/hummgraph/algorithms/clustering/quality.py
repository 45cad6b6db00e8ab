"""The quality of clusters: the links that hold each one together, and how strongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.entities.columns import ROLES
from hummgraph.algorithms.kernels.components import components
from hummgraph.algorithms.kernels.connectivity import articulation_points, bridges
from hummgraph.frames import Frame
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import (
    APPROVED,
    DETERMINISTIC,
    PROBABILISTIC,
    REJECTED,
    SUGGESTED,
    rounded,
)
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = [
    "BASES",
    "articulation_frame",
    "bridge_frame",
    "generic_clusters",
    "quality_frame",
    "rests_on",
]

_STATUSES = {"suggested": SUGGESTED, "approved": APPROVED, "rejected": REJECTED}
_TYPES = {"deterministic": DETERMINISTIC, "probabilistic": PROBABILISTIC}

MIN_GENERIC_TABLES: Final = 6
"""Fewest tables of a generic cluster."""

MIN_STRENGTH: Final = 0.2
"""Least strength of a relation between two tables: one other cluster of six tables, or two of
eleven."""

MAX_RELATED_SHARE: Final = 0.2
"""Largest share of a generic cluster's pairs of tables that other clusters relate."""

BASES: Final = ("keys", "approvals", "approvals in part", "names only")
"""Bases on which a cluster may rest."""


def quality_frame(clusters: Clusters) -> Frame:
    """Return one row a cluster; :attr:`Clusters.quality` describes the columns."""
    graph = clusters.graph
    links, nodes, n = graph.arrays.links, graph.arrays.nodes, clusters.n_clusters
    sizes = clusters.sizes
    inside = np.flatnonzero(clusters.internal_links)
    holds = np.flatnonzero(clusters.holding_links)
    label = clusters.labels[links.ends.source]

    def count(chosen: NDArray[np.intp]) -> NDArray[np.int64]:
        return np.bincount(label[chosen], minlength=n).astype(np.int64)

    a, _, _ = _linked_pairs(clusters)
    dense = np.bincount(clusters.labels[a], minlength=n) / (sizes * (sizes - 1) / 2)
    weight = graph.weights[holds]
    known = holds[~np.isnan(weight)]
    lowest, mean = _least_and_mean(graph.weights[known], label[known], n)
    deterministic = count(holds[links.link_type[holds] == DETERMINISTIC])
    held = count(holds)
    ratio = np.divide(deterministic, held, out=np.full(n, np.nan), where=held > 0)
    weakest = _weakest_links(clusters, holds)
    central = _central_members(clusters, holds)
    bridge, cutting = _cut_links_and_nodes(clusters)
    covered, missing = _system_names(clusters)
    columns: dict[str, Any] = {
        "cluster_id": pa.array(clusters.ids, pa.string()),
        "cluster_name": pa.array(clusters.names, pa.string()),
        "name_share": clusters.name_shares,
        "identity_value": clusters.identity_values,
        "role": _role_names(clusters),
        "entity": pa.array([name or None for name in clusters.identity.entity], pa.string()),
        "members": sizes,
        "deleted": np.bincount(
            clusters.labels[(clusters.labels >= 0) & nodes.deleted], minlength=n
        ).astype(np.int64),
        "systems": pa.array([len(names) for names in covered], pa.int64()),
        "links": count(inside),
    }
    for name, code in _STATUSES.items():
        columns[f"links_{name}"] = count(inside[links.status[inside] == code])
    for name, code in _TYPES.items():
        columns[f"links_{name}"] = count(inside[links.link_type[inside] == code])
    ids = id_strings(graph.link_ids)
    columns |= {
        "links_holding": held,
        "density": dense,
        "min_confidence": pa.array(lowest, mask=np.isnan(lowest)),
        "mean_confidence": pa.array(mean, mask=np.isnan(mean)),
        "determinism_ratio": pa.array(ratio, mask=np.isnan(ratio)),
        "weakest_link_id": ids.take(pa.array(weakest, mask=weakest < 0)),
        "central_node_id": nodes.id_text.take(pa.array(central)),
        "central_path": nodes.path.take(pa.array(central)),
        "bridges": np.bincount(clusters.labels[a[bridge]], minlength=n),
        "articulation_points": np.bincount(clusters.labels[cutting], minlength=n),
        "expected_precision": clusters.expected_precision,
        "generic": clusters.generic,
        "rests_on": pa.array(rests_on(clusters), pa.string()),
        "systems_covered": pa.array(["; ".join(names) for names in covered], pa.string()),
        "systems_missing": pa.array(["; ".join(names) for names in missing], pa.string()),
        "contradictions": clusters.n_contradictions,
    }
    for level in (Level.INTEGRATION_SOURCE, Level.TABLE):
        columns[f"more_than_one_per_{level}"] = _with_several_members(clusters, level)
    return Frame(pa.table(columns).take(pa.array(clusters.order)))


def _role_names(clusters: Clusters) -> pa.Array:
    names = pa.array([str(role) for role in ROLES], pa.string())
    codes = clusters.identity.role
    return names.take(pa.array(codes, mask=codes < 0))


def bridge_frame(clusters: Clusters) -> Frame:
    """Return one row a bridge; :attr:`Clusters.bridges` describes the columns."""
    graph = clusters.graph
    nodes, names = graph.arrays.nodes, clusters.names
    a, b, link_index = _linked_pairs(clusters)
    bridge, _ = _cut_links_and_nodes(clusters)
    aside = _set_aside(clusters.labels, a, b, bridge)
    index = link_index[bridge]
    label = clusters.labels[a[bridge]]
    # The least sure first, then the one that divides most evenly.
    scores = clusters.problem.link_scores[index]
    order = np.lexsort((index, -aside, scores))
    index, label, aside, scores = index[order], label[order], aside[order], scores[order]
    ends = graph.arrays.links.ends
    return Frame(
        pa.table(
            {
                "cluster_id": pa.array([clusters.ids[row] for row in label.tolist()], pa.string()),
                "cluster_name": pa.array([names[row] for row in label.tolist()], pa.string()),
                "link_id": id_strings(graph.link_ids[index]),
                "source_path": nodes.path.take(pa.array(ends.source[index])),
                "target_path": nodes.path.take(pa.array(ends.target[index])),
                **nodes.deleted_ends(ends.source[index], ends.target[index]),
                "score": pa.array(scores, mask=np.isnan(scores)),
                "splits_off": aside,
            }
        )
    )


def articulation_frame(clusters: Clusters) -> Frame:
    """Return one row a node; :attr:`Clusters.articulation_points` describes the columns."""
    nodes = clusters.graph.arrays.nodes
    _, cutting = _cut_links_and_nodes(clusters)
    label = clusters.labels[cutting]
    place = np.argsort(clusters.order)
    cutting = cutting[np.argsort(place[label], kind="stable")]
    label = clusters.labels[cutting]
    return Frame(
        pa.table(
            {
                "cluster_id": pa.array([clusters.ids[row] for row in label.tolist()], pa.string()),
                "cluster_name": pa.array(
                    [clusters.names[row] for row in label.tolist()], pa.string()
                ),
                "node_id": nodes.id_text.take(pa.array(cutting)),
                "path": nodes.path.take(pa.array(cutting)),
                "deleted": pa.array(nodes.deleted[cutting]),
            }
        )
    )


def _linked_pairs(
    clusters: Clusters,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of nodes that hold clusters, each once, and the first link of each."""
    ends, n = clusters.graph.arrays.links.ends, clusters.graph.n_nodes
    holds = np.flatnonzero(clusters.holding_links)
    low = np.minimum(ends.source[holds], ends.target[holds]).astype(np.int64)
    high = np.maximum(ends.source[holds], ends.target[holds]).astype(np.int64)
    key, first = np.unique(low * n + high, return_index=True)
    return key // n, key % n, holds[first]


def _cut_links_and_nodes(clusters: Clusters) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Return masks of the pairs that are bridges and the nodes that are articulation points."""
    a, b, _ = _linked_pairs(clusters)
    first, n = clusters.problem.first, clusters.problem.constraints.n_nodes
    bridge = bridges(n, a - first, b - first)
    return bridge, np.flatnonzero(articulation_points(n, a - first, b - first)) + first


def _set_aside(
    labels: NDArray[np.int64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    bridge: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Count the nodes on the smaller side of each bridge."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    # Between bridges lie blocks, and the bridges make a forest of them: below each hangs a subtree.
    block = components(len(labels), a[~bridge], b[~bridge])
    size = np.bincount(block)
    here, there = block[a[bridge]], block[b[bridge]]
    tree = components(len(size), here, there)
    _, root = np.unique(tree, return_index=True)
    above_all = len(size)
    rows = np.concatenate((here, np.full(len(root), above_all))).astype(np.int32)
    columns = np.concatenate((there, root)).astype(np.int32)
    forest = coo_array(
        (np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(above_all + 1,) * 2
    )
    order, parent = breadth_first_order(forest.tocsr(), above_all, directed=False)
    below = np.append(size, 0).tolist()
    above = parent.tolist()
    for node in order[:0:-1].tolist():
        below[above[node]] += below[node]
    child = np.where(parent[here] == there, here, there)
    beneath = np.array(below)[child]
    whole = np.array(below)[root[tree[here]]]
    smaller: NDArray[np.int64] = np.minimum(beneath, whole - beneath)
    return smaller


def _least_and_mean(
    values: NDArray[np.float64], label: NDArray[np.int64], n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the mean value of each label, NaN where it has none."""
    least = np.full(n, np.inf)
    np.minimum.at(least, label, values)
    least[np.isinf(least)] = np.nan
    number = np.bincount(label, minlength=n)
    total = np.bincount(label, weights=values, minlength=n)
    return least, np.divide(total, number, out=np.full(n, np.nan), where=number > 0)


def _weakest_links(clusters: Clusters, holds: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the holding link of the lowest score of each cluster, -1 where none has a score."""
    score = clusters.problem.link_scores[holds]
    holds, score = holds[~np.isnan(score)], score[~np.isnan(score)]
    label = clusters.labels[clusters.graph.arrays.links.ends.source[holds]]
    order = np.lexsort((holds, score, label))
    weakest = np.full(clusters.n_clusters, -1, dtype=np.int64)
    owner, first = np.unique(label[order], return_index=True)
    weakest[owner] = holds[order][first]
    return weakest


def _central_members(clusters: Clusters, holds: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the member of each cluster with the most confidence; ties go to the first id."""
    ends, n_nodes = clusters.graph.arrays.links.ends, clusters.graph.n_nodes
    # Millionths, so that no sum depends on its order.
    weight = np.rint(np.nan_to_num(clusters.graph.weights[holds]) * 1e6)
    strength = np.bincount(ends.source[holds], weights=weight, minlength=n_nodes)
    strength += np.bincount(ends.target[holds], weights=weight, minlength=n_nodes)
    members = np.flatnonzero(clusters.labels >= 0)
    order = members[np.lexsort((members, -strength[members], clusters.labels[members]))]
    first: NDArray[np.int64] = order[np.cumsum(clusters.sizes) - clusters.sizes]
    return first


def _system_names(clusters: Clusters) -> tuple[list[list[str]], list[list[str]]]:
    """Return the names of the systems that each cluster has members in, and of the others."""
    nodes = clusters.graph.arrays.nodes
    members = np.flatnonzero(clusters.labels >= 0)
    system = nodes.ancestor[0][members]
    known = system >= 0
    rows = np.unique(np.column_stack((clusters.labels[members][known], system[known])), axis=0)
    n_systems = int(nodes.first[1])
    every = nodes.path.slice(0, n_systems).to_pylist()
    has = np.zeros((clusters.n_clusters, n_systems), dtype=bool)
    has[rows[:, 0], rows[:, 1]] = True
    covered = [sorted(name for name, yes in zip(every, row, strict=True) if yes) for row in has]
    missing = [sorted(name for name, yes in zip(every, row, strict=True) if not yes) for row in has]
    return covered, missing


def _with_several_members(clusters: Clusters, level: Level) -> NDArray[np.int64] | pa.Array:
    """Count the systems or tables of which each cluster has more than one member."""
    if level.depth >= clusters.level.depth:
        return pa.nulls(clusters.n_clusters, pa.int64())
    members = np.flatnonzero(clusters.labels >= 0)
    above = clusters.graph.arrays.nodes.ancestor[level.depth][members]
    known = above >= 0
    rows, number = np.unique(
        np.column_stack((clusters.labels[members][known], above[known])), axis=0, return_counts=True
    )
    return np.bincount(rows[number > 1, 0], minlength=clusters.n_clusters).astype(np.int64)


def refused_frame(clusters: Clusters) -> Frame:
    """Return the links that did not join, and why; see :attr:`Clusters.refused`."""
    graph, constraints = clusters.graph, clusters.problem.constraints
    index = np.flatnonzero(clusters.refused_links)
    ends, nodes = graph.arrays.links.ends, graph.arrays.nodes
    # Nodes in no cluster are clusters of their own here.
    alone = clusters.labels < 0
    whole = np.where(alone, clusters.n_clusters + np.cumsum(alone) - 1, clusters.labels)
    n = graph.n_nodes
    first = clusters.problem.first
    source, target = whole[ends.source[index]], whole[ends.target[index]]
    key = np.minimum(source, target) * n + np.maximum(source, target)
    reason = np.full(len(index), "method", dtype=object)
    if constraints.group is not None:
        shared = _share_group(
            whole[first : first + constraints.n_nodes], constraints.group, source, target
        )
        reason[shared] = "one_per"
    apart = np.sort(whole[constraints.cannot + first], axis=1)
    closed, which = np.unique(apart[:, 0] * n + apart[:, 1], return_index=True)
    blocker = np.full(len(index), -1)
    if len(closed):
        place = np.minimum(np.searchsorted(closed, key), len(closed) - 1)
        blocked = closed[place] == key
        reason[blocked] = "rejected"
        blocker[blocked] = constraints.cannot_link[which[place[blocked]]]
    scores = clusters.problem.link_scores[index]
    return Frame(
        pa.table(
            {
                "link_id": id_strings(graph.link_ids[index]),
                "source": nodes.id_text.take(pa.array(ends.source[index])),
                "target": nodes.id_text.take(pa.array(ends.target[index])),
                "source_path": nodes.path.take(pa.array(ends.source[index])),
                "target_path": nodes.path.take(pa.array(ends.target[index])),
                **nodes.deleted_ends(ends.source[index], ends.target[index]),
                "score": pa.array(scores, mask=np.isnan(scores)),
                "reason": pa.array(reason, pa.string()),
                "rejected_link_id": id_strings(graph.link_ids).take(
                    pa.array(blocker, mask=blocker < 0)
                ),
            }
        )
    )


def _share_group(
    label: NDArray[np.int64],
    group: NDArray[np.int32],
    x: NDArray[np.int64],
    y: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return a mask of the pairs of clusters that have members of one group: O(n log n)."""
    from scipy.sparse import csr_array

    has = group >= 0
    shape = (
        int(max(label.max(initial=0), x.max(initial=0), y.max(initial=0))) + 1,
        int(group.max(initial=0)) + 1,
    )
    table = csr_array((np.ones(int(has.sum()), dtype=bool), (label[has], group[has])), shape=shape)
    shared: NDArray[np.bool_] = np.asarray(table[x].multiply(table[y]).sum(axis=1)).ravel() > 0
    return shared


def policy_frame(clusters: Clusters) -> Frame:
    """Compare the clusters with those of other policies; see :attr:`Clusters.policy_effect`."""
    here = {clusters.ids[label]: clusters.names[label] for label in clusters.order.tolist()}
    rows = []
    for name, policy in clusters.policy.alternatives().items():
        other = clusters.with_policy(policy)
        there = set(other.ids)
        gone = [named for cluster_id, named in here.items() if cluster_id not in there]
        same = clusters.n_clusters - len(gone)
        changed = (len(gone), len(there) - same, len(other.contradictions), "; ".join(gone))
        rows.append((name, other.n_clusters, same, *changed))
    names = ("policy", "clusters", "same", "gone", "new", "contradictions", "changed_names")
    return Frame(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))


def rests_on(clusters: Clusters) -> list[str]:
    """Return the basis of each cluster, as one of `BASES`, by label.

    Notes
    -----
    O(n + m) for n nodes and m links. A cluster rests on keys if at least two members identify rows,
    on approvals if APPROVED links unite all its members, in part if they unite some, and otherwise
    on names only: on suggestions.
    """
    n, labels = clusters.n_clusters, clusters.labels
    links = clusters.graph.arrays.links
    chosen = clusters.internal_links & (links.status == APPROVED)
    source, target = links.ends.source[chosen], links.ends.target[chosen]
    member = np.flatnonzero(labels >= 0)
    part = components(len(labels), source, target)[member]
    _, first = np.unique(part, return_index=True)
    parts = np.bincount(labels[member[first]], minlength=n)
    whole = np.where(parts == 1, 1, np.where(parts == clusters.sizes, 3, 2))
    whole[clusters.identity.rests_on_keys] = 0
    return [BASES[code] for code in whole.tolist()]


def generic_clusters(clusters: Clusters) -> NDArray[np.bool_]:
    """Return a mask of the clusters that span many unrelated tables: shape (n_clusters,).

    Two tables are related if other clusters have columns of both, the more the fewer tables such a
    cluster has: one of t tables adds 1 / (t - 1). A cluster of at least six tables is generic if
    at most a fifth of their pairs are related: a ``created_at`` is in every table, whatever the
    tables are about.

    Notes
    -----
    O(sum of squares of the numbers of tables of the clusters).
    """
    from scipy.sparse import csr_array, diags_array

    nodes, n = clusters.graph.arrays.nodes, clusters.n_clusters
    generic = np.zeros(n, dtype=bool)
    member = np.flatnonzero((clusters.labels >= 0) & (nodes.depth == 2) & (nodes.ancestor[1] >= 0))
    rows = np.unique(np.column_stack((clusters.labels[member], nodes.ancestor[1][member])), axis=0)
    tables, column = np.unique(rows[:, 1], return_inverse=True)
    number = np.bincount(rows[:, 0], minlength=n)
    if number.max(initial=0) < MIN_GENERIC_TABLES:
        return generic
    has = csr_array((np.ones(len(rows)), (rows[:, 0], column)), shape=(n, len(tables)))
    own = 1.0 / np.maximum(number - 1, 1)
    strength = (has.T @ diags_array(own) @ has).tocsr()
    ends = np.cumsum(number)
    for label in np.flatnonzero(number >= MIN_GENERIC_TABLES).tolist():
        mine = column[ends[label] - number[label] : ends[label]]
        among = strength[mine][:, mine].toarray() - own[label]
        related = np.count_nonzero(np.triu(rounded(among) >= MIN_STRENGTH, k=1))
        pairs = number[label] * (number[label] - 1) / 2
        generic[label] = related <= MAX_RELATED_SHARE * pairs
    return generic
