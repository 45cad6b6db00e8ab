"""What a command is about, from its arguments: a snapshot, or the graph of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hummgraph import errors
from hummgraph.graph import LinkGraph
from hummgraph.graphml_reader import read_graphml
from hummgraph.readers import read_links
from hummgraph.snapshot import Snapshot, read_snapshot

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["graph_from", "snapshot_from"]


def snapshot_from(path: Path, *, catalogue: Path | None, names: Path | None) -> Snapshot:
    """Read a snapshot folder, or a file of link records or GraphML as one."""
    is_graphml = path.suffix.lower() == ".graphml"
    if path.is_file() and not is_graphml:
        return read_links(path, catalogue=catalogue, names=names)
    if catalogue is not None or names is not None:
        raise errors.ConfigError(
            "--catalogue and --names go with a file of records; what else there is has its own.",
            hint="Give names to 'hummgraph fetch' instead.",
        )
    return read_graphml(path).snapshot if is_graphml else read_snapshot(path)


def graph_from(
    path: Path, *, catalogue: Path | None, names: Path | None, decisions: Path | None
) -> LinkGraph:
    """Read a graph, with decisions laid over it where there are any."""
    graph = LinkGraph(snapshot_from(path, catalogue=catalogue, names=names))
    return graph if decisions is None else graph.with_decisions(decisions)
