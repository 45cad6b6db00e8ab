"""The crosswalk: equal fields of different systems, as a table and as a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.algorithms.clustering.quality import rests_on
from hummgraph.frames import Frame, marked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = [
    "clusters_to_dict",
    "crosswalk_cells",
    "crosswalk_frame",
    "identity_map",
    "members_frame",
]

SCHEMA: Final = 1

MAX_EXPLAINED: Final = 100
"""Contradictions that plain data explains; the others are listed."""

FIXED_COLUMNS: Final = ("cluster_id", "cluster_name", "size", "contradictions", "rests_on")
"""Columns of a crosswalk before those of systems."""

_IDENTITY_COLUMNS: Final = ("cluster_id", "cluster_name", "members")


def crosswalk_frame(clusters: Clusters, *, confidence: bool) -> Frame:
    """Return one row a cluster and one column a system: see :meth:`Clusters.crosswalk`."""
    sure = clusters.member_confidence if confidence else None
    cells = crosswalk_cells(clusters, clusters.member_index, sure)
    every = range(clusters.n_clusters)
    columns: dict[str, Any] = {
        "cluster_id": pa.array(clusters.ids, pa.string()),
        "cluster_name": pa.array(clusters.names, pa.string()),
        "size": clusters.sizes,
        "contradictions": clusters.n_contradictions,
        "rests_on": pa.array(rests_on(clusters), pa.string()),
    }
    for name, of_label in cells.items():
        columns[name] = pa.array([of_label.get(label) for label in every], pa.string())
    return Frame(pa.table(columns).take(pa.array(clusters.order)))


def crosswalk_cells(
    clusters: Clusters, members: NDArray[np.int64], sure: NDArray[np.float64] | None
) -> dict[str, dict[int, str]]:
    """Return the cells of a crosswalk that members are in: by column, then by label.

    Parameters
    ----------
    clusters
        The clusters.
    members
        Positions of all members of some of them.
    sure
        Confidence of every node, to put behind members; none by default.
    """
    nodes = clusters.graph.arrays.nodes
    column_of = _system_columns(clusters)
    rows = pa.array(members)
    paths = nodes.path.take(rows).to_pylist()
    systems = nodes.system.take(rows).fill_null("?").to_pylist()
    gone = nodes.deleted[members].tolist()
    scores = np.full(len(members), np.nan) if sure is None else sure[members]
    texts: dict[str, dict[int, list[tuple[bool, str]]]] = {
        column: {} for column in column_of.values()
    }
    labels = clusters.labels[members].tolist()
    for label, system, path, score, deleted in zip(
        labels, systems, paths, scores.tolist(), gone, strict=True
    ):
        known = score == score  # noqa: PLR0124 - not NaN
        cell = marked(path.removeprefix(f"{system}/"), deleted=deleted)
        text = cell + (f" ({score:.2f})" if known else "")
        texts[column_of[system]].setdefault(label, []).append((deleted, text))
    return {
        column: {label: "; ".join(cell for _, cell in sorted(row)) for label, row in found.items()}
        for column, found in texts.items()
    }


def _system_columns(clusters: Clusters) -> dict[str, str]:
    """Return the column of each system that has members, in the order of columns."""
    systems = clusters.graph.arrays.nodes.system.take(pa.array(clusters.member_index))
    columns: dict[str, str] = {}
    taken = set(FIXED_COLUMNS)
    for system in sorted(pc.unique(systems.fill_null("?")).to_pylist()):
        # A system may be called like one of the first columns.
        columns[system] = f"{system} (system)" if system in taken else system
        taken.add(columns[system])
    return columns


def identity_map(clusters: Clusters) -> dict[str, Any]:
    """Return the clusters as a map for programs: see :meth:`Clusters.identity_map`."""
    nodes, rows = clusters.graph.arrays.nodes, pa.array(clusters.member_index)
    sure = clusters.member_confidence[clusters.member_index]
    members = [
        {
            "id": node,
            "system": system,
            "table": table,
            "name": name,
            "deleted": deleted,
            "confidence": None if np.isnan(score) else round(float(score), 6),
        }
        for node, system, table, name, deleted, score in zip(
            nodes.id_text.take(rows).to_pylist(),
            nodes.system.take(rows).to_pylist(),
            nodes.table.take(rows).to_pylist(),
            nodes.name.take(rows).to_pylist(),
            nodes.deleted[clusters.member_index].tolist(),
            sure,
            strict=True,
        )
    ]
    ends, sizes = np.cumsum(clusters.sizes).tolist(), clusters.sizes.tolist()
    bases = rests_on(clusters)
    return {
        "schema": SCHEMA,
        "level": str(clusters.level),
        "method": clusters.method,
        "threshold": clusters.threshold,
        "setting": clusters.setting.to_dict(),
        "choice": clusters.choice,
        "threshold_scale": clusters.threshold_scale,
        "policy": clusters.policy.to_dict(),
        "identities": [
            {
                "id": clusters.ids[label],
                "name": clusters.names[label],
                "contradictions": int(clusters.n_contradictions[label]),
                "rests_on": bases[label],
                "members": members[ends[label] - sizes[label] : ends[label]],
            }
            for label in clusters.order.tolist()
        ],
    }


def clusters_to_dict(clusters: Clusters) -> dict[str, Any]:
    """Return clusters as plain data; see :meth:`Clusters.to_dict`."""
    named = dict(zip(clusters.ids, clusters.names, strict=True))
    contradictions = [
        found.to_dict(explained=at < MAX_EXPLAINED) | {"cluster_name": named[found.cluster_id]}
        for at, found in enumerate(clusters.contradictions)
    ]
    nodes = clusters.graph.arrays.nodes
    gone = set(nodes.id_text.take(pa.array(np.flatnonzero(nodes.deleted))).to_pylist())
    paths = nodes.path.take(pa.array(clusters.member_index)).to_pylist()
    ends = np.cumsum(clusters.sizes).tolist()
    return {
        "threshold": clusters.threshold,
        "threshold_scale": clusters.threshold_scale,
        "method": clusters.method,
        "parameters": clusters.parameters,
        "floor": clusters.setting.floor,
        "setting": clusters.setting.to_dict(),
        "choice": clusters.choice,
        "calibrate": clusters.calibrate,
        "no_match": clusters.problem.no_match,
        "one_per": None if clusters.one_per is None else str(clusters.one_per),
        "many_in": list(clusters.problem.many_in),
        "many_in_names": clusters.problem.exempt_names,
        "level": str(clusters.level),
        "policy": clusters.policy.to_dict(),
        "links_used": clusters.n_links_used,
        "links_refused": clusters.n_links_refused,
        "links_at_other_levels": clusters.n_links_other_level,
        "note": clusters.note or None,
        "contradictions": contradictions,
        "refused": list(clusters.refused),
        "clusters": [
            {
                "id": clusters.ids[label],
                "name": clusters.names[label],
                "size": len(clusters.members[label]),
                "members": list(clusters.members[label]),
                "member_paths": paths[ends[label] - len(clusters.members[label]) : ends[label]],
                "deleted": [node for node in clusters.members[label] if node in gone],
                "quality": {key: row[key] for key in row if key not in _IDENTITY_COLUMNS},
            }
            for label, row in zip(clusters.order.tolist(), clusters.quality, strict=True)
        ],
    }


def members_frame(clusters: Clusters) -> Frame:
    """Return one row a member; see :meth:`Clusters.to_frame`."""
    nodes = clusters.graph.arrays.nodes
    place = np.argsort(clusters.order)
    member = clusters.member_index
    member = member[np.argsort(place[clusters.labels[member]], kind="stable")]
    rows, labels = pa.array(member), pa.array(clusters.labels[member])
    sure = clusters.member_confidence[member]
    return Frame(
        pa.table(
            {
                "node_id": nodes.id_text.take(rows),
                "cluster_id": pa.array(clusters.ids, pa.string()).take(labels),
                "cluster_index": labels,
                "cluster_name": pa.array(clusters.names, pa.string()).take(labels),
                "contradictions": pa.array(clusters.n_contradictions).take(labels),
                "path": nodes.path.take(rows),
                "system": nodes.system.take(rows),
                "table": nodes.table.take(rows),
                "name": nodes.name.take(rows),
                "deleted": pa.array(nodes.deleted[member]),
                "confidence": pa.array(sure, mask=np.isnan(sure)),
                "approved": pa.array(clusters.member_approved[member]),
            }
        )
    )
