"""Tables of a preview: clusters, members, contradictions, cells and joins before and after."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.audit import Audit
from hummgraph.algorithms.clustering.crosswalk import crosswalk_cells
from hummgraph.algorithms.entities.mapping import known_map
from hummgraph.algorithms.entities.words import read_words
from hummgraph.algorithms.joins.names import Names
from hummgraph.frames import Frame
from hummgraph.graph.policy import REJECTED
from hummgraph.records.ids import id_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.review.preview import Preview
    from hummgraph.algorithms.review.regrouping import Regrouping

__all__ = [
    "Named",
    "changed_cells",
    "changed_contradictions",
    "changed_joins",
    "changed_violations",
    "cluster_changes",
    "member_moves",
]


class Named:
    """Old and new clusters of a regrouping, by label.

    Parameters
    ----------
    found
        The preview.
    one
        One of its regroupings.
    """

    def __init__(self, found: Preview, one: Regrouping) -> None:
        first = found.before.problem.first
        self.members = one.nodes + first
        self.label_before = found.before.labels[self.members]
        self.label_after = found.after.labels[self.members]
        self.before = _known(self.label_before)
        self.after = _known(self.label_after)
        # Labels of groups and clusters number the same sets.
        by_group = dict(zip(one.groups.tolist(), self.label_after.tolist(), strict=True))
        self.heir = {by_group[group]: old for group, old in one.heir.items()}
        continued = np.array([self.heir.get(label, -2) for label in self.label_after.tolist()])
        self.moved: NDArray[np.bool_] = np.where(
            self.label_after < 0, self.label_before >= 0, continued != self.label_before
        )
        """Members whose cluster is not the one that theirs continues: shape (n,)."""


def _known(labels: NDArray[np.int64]) -> list[int]:
    """Return the clusters among labels, the largest first."""
    found, number = np.unique(labels[labels >= 0], return_counts=True)
    return [int(label) for label in found[np.lexsort((found, -number))]]


def sized(clusters: Clusters, labels: Iterable[int]) -> str:
    """Return names of clusters and their numbers of members."""
    return ", ".join(f"{clusters.names[label]} ({clusters.sizes[label]:,})" for label in labels)


def _worth(found: Preview, named: Named) -> float:
    before = found.before.identity_values[named.before].max(initial=0.0)
    after = found.after.identity_values[named.after].max(initial=0.0)
    return float(max(before, after))


def cluster_changes(found: Preview) -> Frame:
    """Return one row a regrouping; see :attr:`Preview.changes`."""
    before, after = found.before, found.after
    rows = []
    for one in found.regroupings:
        named = Named(found, one)
        rows.append(
            (
                -_worth(found, named),
                {
                    "change": one.kind,
                    "before": sized(before, named.before) or None,
                    "after": sized(after, named.after) or None,
                    "members": len(one.nodes),
                    "moved": int(named.moved.sum()),
                    "before_ids": "; ".join(before.ids[label] for label in named.before) or None,
                    "after_ids": "; ".join(after.ids[label] for label in named.after) or None,
                },
            )
        )
    rows.sort(key=lambda row: row[0])
    return _frame(
        [row for _, row in rows],
        change=pa.string(),
        before=pa.string(),
        after=pa.string(),
        members=pa.int64(),
        moved=pa.int64(),
        before_ids=pa.string(),
        after_ids=pa.string(),
    )


def member_moves(found: Preview) -> Frame:
    """Return one row a member that moves; see :attr:`Preview.moves`."""
    before, after, nodes = found.before, found.after, found.graph.arrays.nodes
    rows = []
    for one in found.regroupings:
        named = Named(found, one)
        for at in np.flatnonzero(named.moved).tolist():
            old, new = int(named.label_before[at]), int(named.label_after[at])
            node = int(named.members[at])
            rows.append(
                {
                    "node_id": nodes.id_text[node].as_py(),
                    "path": nodes.path[node].as_py(),
                    "cluster_before": before.names[old] if old >= 0 else None,
                    "cluster_after": after.names[new] if new >= 0 else None,
                    "deleted": bool(nodes.deleted[node]),
                }
            )
    return _frame(
        rows,
        node_id=pa.string(),
        path=pa.string(),
        cluster_before=pa.string(),
        cluster_after=pa.string(),
        deleted=pa.bool_(),
    )


def changed_contradictions(found: Preview) -> Frame:
    """Return contradictions made and resolved; see :attr:`Preview.contradictions`."""
    inside = [
        one.internal_links & (one.graph.arrays.links.status == REJECTED)
        for one in (found.before, found.after)
    ]
    index = np.flatnonzero(inside[0] != inside[1])
    made = inside[1][index]
    ends, nodes = found.graph.arrays.links.ends, found.graph.arrays.nodes
    label = [one.labels[ends.source[index]] for one in (found.before, found.after)]
    names = [
        found.after.names[new] if is_made else found.before.names[old]
        for old, new, is_made in zip(*(one.tolist() for one in label), made.tolist(), strict=True)
    ]
    table = pa.table(
        {
            "change": pa.array(["made" if one else "resolved" for one in made], pa.string()),
            "cluster_name": pa.array(names, pa.string()),
            "link_id": id_strings(found.graph.link_ids[index]),
            "source_path": nodes.path.take(pa.array(ends.source[index])),
            "target_path": nodes.path.take(pa.array(ends.target[index])),
            **nodes.deleted_ends(ends.source[index], ends.target[index]),
        }
    )
    return Frame(table)


def changed_violations(found: Preview) -> Frame:
    """Return violations of the rule made and resolved; see :attr:`Preview.violations`."""
    rule = found.before.one_per
    nodes = found.graph.arrays.nodes
    rows = []
    if rule is not None:
        before, after = (
            {
                (group, tuple(members.tolist())): label
                for label, group, members in Audit(one, rule, one.problem).rows
            }
            for one in (found.before, found.after)
        )
        for change, clusters, violations, others in (
            ("made", found.after, after, before),
            ("resolved", found.before, before, after),
        ):
            for (group, members), label in violations.items():
                if (group, members) not in others:
                    paths = nodes.marked_path.take(pa.array(members)).to_pylist()
                    rows.append(
                        {
                            "change": change,
                            "cluster_name": clusters.names[label],
                            "group_path": nodes.path[group].as_py(),
                            "members": len(members),
                            "member_paths": "; ".join(paths),
                        }
                    )
    return _frame(
        rows,
        change=pa.string(),
        cluster_name=pa.string(),
        group_path=pa.string(),
        members=pa.int64(),
        member_paths=pa.string(),
    )


def changed_cells(found: Preview) -> Frame:
    """Return the cells of the crosswalk that change; see :attr:`Preview.cells`.

    Only clusters that regroup, or whose members are held by other confidences, are compared.
    """
    sides = found.before, found.after
    sure = [one.member_confidence for one in sides]
    same = (sure[0] == sure[1]) | (np.isnan(sure[0]) & np.isnan(sure[1]))
    labels = _touched(found, ~same)
    before, after = (
        _cells(one, label, own) for one, label, own in zip(sides, labels, sure, strict=True)
    )
    continued = {label: _label_before(found, label) for label in labels[1].tolist()}
    for one in found.regroupings:
        named = Named(found, one)
        continued |= {label: named.heir.get(label, -1) for label in named.after}
    heirs = {*continued.values()}
    compared = [(continued[new], new) for new in labels[1].tolist()]
    compared += [(old, -1) for old in labels[0].tolist() if old not in heirs]
    nothing: Mapping[str, str] = {}
    changed = []
    for old, new in compared:
        mine, theirs = before.get(old, nothing), after.get(new, nothing)
        changed += [
            (old, new, system, mine.get(system), theirs.get(system))
            for system in sorted({*mine, *theirs})
            if mine.get(system) != theirs.get(system)
        ]
    rows = []
    if changed:  # the order and the names of clusters are read only where there are any
        place = [np.argsort(one.order) for one in sides]

        def listed(row: tuple[int, int, str, str | None, str | None]) -> tuple[bool, int]:
            old, new, *_ = row
            return (new < 0, int(place[0][old] if new < 0 else place[1][new]))

        rows = [
            {
                "cluster_before": found.before.names[old] if old >= 0 else None,
                "cluster_after": found.after.names[new] if new >= 0 else None,
                "system": system,
                "before": mine_is,
                "after": theirs_is,
            }
            for old, new, system, mine_is, theirs_is in sorted(changed, key=listed)
        ]
    return _frame(
        rows,
        cluster_before=pa.string(),
        cluster_after=pa.string(),
        system=pa.string(),
        before=pa.string(),
        after=pa.string(),
    )


def _touched(found: Preview, nodes: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the labels, before and after, of clusters that regroup or have one of some nodes."""
    nodes = nodes.copy()
    for one in found.regroupings:
        nodes[one.nodes + found.before.problem.first] = True
    labels = [np.unique(one.labels[nodes]) for one in (found.before, found.after)]
    return [label[label >= 0] for label in labels]


def _members(clusters: Clusters, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the members of some clusters, cluster by cluster, in the order of their ids."""
    wanted = np.zeros(clusters.n_clusters, dtype=bool)
    wanted[labels] = True
    members = clusters.member_index
    return members[wanted[clusters.labels[members]]]


def _label_before(found: Preview, label: int) -> int:
    """Return the cluster before that has the members of one after."""
    first = _members(found.after, np.array([label]))[0]
    return int(found.before.labels[first])


def _cells(
    clusters: Clusters, labels: NDArray[np.int64], sure: NDArray[np.float64]
) -> dict[int, dict[str, str]]:
    """Return the cells of some clusters by label, then by column."""
    cells: dict[int, dict[str, str]] = {}
    for system, of_label in crosswalk_cells(clusters, _members(clusters, labels), sure).items():
        for label, cell in of_label.items():
            cells.setdefault(label, {})[system] = cell
    return cells


def changed_joins(found: Preview) -> Frame:
    """Return pairs of tables that can be joined now, or no longer; see :attr:`Preview.joins`.

    Only clusters that regroup, or have a column of another role, are compared; others that join
    the same tables already are searched for these tables.
    """
    nodes = found.graph.arrays.nodes
    sides = found.before, found.after
    maps = [known_map(one.graph) for one in sides]
    labels = _touched(found, maps[0].roles.role != maps[1].roles.role)
    names = [
        Names(one.graph, read_words(None), mapped) for one, mapped in zip(sides, maps, strict=True)
    ]
    before, after = (
        _joinable(one, called, _members(one, label))
        for one, called, label in zip(sides, names, labels, strict=True)
    )
    rows = []
    for change, clusters, joins, others in (
        ("appears", found.after, after, before),
        ("vanishes", found.before, before, after),
    ):
        differ = joins.keys() - others.keys()
        for tables in sorted(differ - _joined_by(found.before, names[0], differ, labels[0])):
            one, other = joins[tables]
            rows.append(
                {
                    "change": change,
                    "source_table": nodes.path[tables[0]].as_py(),
                    "target_table": nodes.path[tables[1]].as_py(),
                    "source": nodes.path[one].as_py(),
                    "target": nodes.path[other].as_py(),
                    "cluster_name": clusters.names[clusters.labels[one]],
                }
            )
    return _frame(
        rows,
        change=pa.string(),
        source_table=pa.string(),
        target_table=pa.string(),
        source=pa.string(),
        target=pa.string(),
        cluster_name=pa.string(),
    )


def _identifying(clusters: Clusters, names: Names, members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of some members that identify rows of a table."""
    members = members[clusters.graph.arrays.nodes.ancestor[1][members] >= 0]
    known = np.array([names.identifies(node) for node in members.tolist()], dtype=bool)
    found: NDArray[np.int64] = members[known]
    return found


def _joinable(
    clusters: Clusters, names: Names, members: NDArray[np.int64]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Return columns that identify rows of two tables in one cluster, the first of each pair.

    O(k²) for k tables of a cluster.
    """
    table = clusters.graph.arrays.nodes.ancestor[1]
    members = _identifying(clusters, names, members)
    rows = np.column_stack((clusters.labels[members], table[members]))
    # One column of each table in a cluster, in the order of their ids.
    _, first = np.unique(rows, axis=0, return_index=True)
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for group in np.split(first, np.flatnonzero(np.diff(rows[first, 0])) + 1):
        columns, tables = members[group].tolist(), rows[group, 1].tolist()
        for at, (one, x) in enumerate(zip(columns, tables, strict=True)):
            for other, y in zip(columns[at + 1 :], tables[at + 1 :], strict=True):
                found.setdefault((x, y), (one, other))
    return found


def _joined_by(
    clusters: Clusters,
    names: Names,
    pairs: set[tuple[int, int]],
    without: NDArray[np.int64],
) -> set[tuple[int, int]]:
    """Return the pairs of tables that other clusters than some have identifying columns of."""
    table = clusters.graph.arrays.nodes.ancestor[1]
    wanted = np.unique(np.array([*pairs], dtype=np.int64))
    members = clusters.member_index
    members = members[np.isin(table[members], wanted)]
    members = members[~np.isin(clusters.labels[members], without)]
    members = _identifying(clusters, names, members)
    clusters_of: dict[int, set[int]] = defaultdict(set)
    for one, label in zip(table[members].tolist(), clusters.labels[members].tolist(), strict=True):
        clusters_of[one].add(label)
    return {
        (one, other) for one, other in pairs if not clusters_of[one].isdisjoint(clusters_of[other])
    }


def _frame(rows: list[dict[str, Any]], **schema: pa.DataType) -> Frame:
    """Return rows as a table whose columns are there without rows, too."""
    return Frame(pa.Table.from_pylist(rows, schema=pa.schema(list(schema.items()))))
