"""The setting of clusters that a file holds: read, or chosen and written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import cluster, cluster_setting
from hummgraph.cli.options import cluster_arguments
from hummgraph.cli.printing import err, number, print_written, remark

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.clustering.clustering import Clusters
    from hummgraph.algorithms.clustering.setting import Setting
    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["held_setting"]


def held_setting(
    graph: LinkGraph,
    path: Path | None,
    *,
    recalibrate: bool,
    level: Level,
    many_in: list[str],
    options: dict[str, Any],
) -> Setting:
    """Return the setting of a file, or one that is chosen, and written to the file if it is new."""
    if path is None:
        if recalibrate:
            raise errors.ConfigError("--recalibrate needs the file of a setting: add --setting.")
        asked = {**cluster_arguments(**options), "many_in": many_in}
        return cluster_setting(graph, level=level, **asked)
    if not path.exists():
        asked = {**cluster_arguments(**options), "many_in": many_in}
        chosen = cluster_setting(graph, level=level, **asked)
        chosen.write(path)
        print_written({path: "the setting, which --setting holds from now on"}, console=err)
        return chosen
    held: Setting = cluster_arguments(setting=path, **options)["setting"]
    new = cluster_setting(graph, level=level, **dict(held.asked))
    if recalibrate:
        before = cluster(graph, level=level, setting=held)
        after = cluster(graph, level=level, setting=new)
        remark(_recalibrated(before, after), console=err, style="")
        new.write(path)
        return new
    if changed := _changed_decisions(held, new):
        remark(f"The setting does not know {changed}: --recalibrate makes a new one.", console=err)
    return held


def _changed_decisions(held: Setting, new: Setting) -> str:
    """Return the changes of decisions since a setting was made; empty without any."""
    approved = new.n_approved - held.n_approved
    rejected = new.n_rejected - held.n_rejected
    same = held.decisions in {"", new.decisions}
    if not approved and not rejected and same:
        return ""
    if min(approved, rejected) >= 0 and approved + rejected:
        return number(approved + rejected, "new decision")
    return (
        f"changed decisions ({held.n_approved:,} approved and {held.n_rejected:,} rejected links"
        f" before, {new.n_approved:,} and {new.n_rejected:,} now)"
    )


def _recalibrated(before: Clusters, after: Clusters) -> str:
    """Return the changes by another setting alone, in words."""
    same = len(set(before.ids) & set(after.ids))
    floors = [
        "none" if floor is None else f"{floor:.3f}"
        for floor in (before.setting.floor, after.setting.floor)
    ]
    changed = _changed_decisions(before.setting, after.setting) or "the same decisions"
    return (
        f"Recalibrated with {changed}: floor {floors[0]} to {floors[1]}."
        f" This alone keeps {number(same, 'cluster')}, ends {before.n_clusters - same:,} and makes"
        f" {after.n_clusters - same:,}."
    )
