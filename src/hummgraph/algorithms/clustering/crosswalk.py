"""The crosswalk: equal fields of different systems, as a table and as a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.algorithms.clustering.quality import rests_on
from hummgraph.frames import Frame, marked

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = [
    "clusters_to_dict",
    "crosswalk_frame",
    "identity_map",
    "members_frame",
]

SCHEMA: Final = 1

MAX_EXPLAINED: Final = 100
"""Contradictions that plain data explains; the others are listed."""

_IDENTITY_COLUMNS: Final = ("cluster_id", "cluster_name", "members")


def crosswalk_frame(clusters: Clusters, *, confidence: bool) -> Frame:
    """Return one row a cluster and one column a system: see :meth:`Clusters.crosswalk`."""
    members = clusters.member_index
    nodes = clusters.graph.arrays.nodes
    paths = nodes.path.take(pa.array(members)).to_pylist()
    systems = nodes.system.take(pa.array(members)).fill_null("?").to_pylist()
    sure = clusters.member_confidence[members].tolist()
    gone = nodes.deleted[members].tolist()
    cells: dict[str, list[list[tuple[bool, str]]]] = {
        system: [[] for _ in range(clusters.n_clusters)]
        for system in sorted(pc.unique(pa.array(systems, pa.string())).to_pylist())
    }
    labels = clusters.labels[members].tolist()
    for label, system, path, score, deleted in zip(labels, systems, paths, sure, gone, strict=True):
        known = confidence and score == score  # noqa: PLR0124 - not NaN
        cell = marked(path.removeprefix(f"{system}/"), deleted=deleted)
        cells[system][label].append((deleted, cell + (f" ({score:.2f})" if known else "")))
    columns: dict[str, Any] = {
        "cluster_id": pa.array(clusters.ids, pa.string()),
        "cluster_name": pa.array(clusters.names, pa.string()),
        "size": clusters.sizes,
        "contradictions": clusters.n_contradictions,
        "rests_on": pa.array(rests_on(clusters), pa.string()),
    }
    for system, rows in cells.items():
        # A system may be called like one of the first columns.
        name = f"{system} (system)" if system in columns else system
        columns[name] = pa.array(
            ["; ".join(cell for _, cell in sorted(row)) or None for row in rows], pa.string()
        )
    return Frame(pa.table(columns).take(pa.array(clusters.order)))


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
            }
        )
    )
