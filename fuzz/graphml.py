"""Feed bytes to the GraphML reader; see README.md."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import engine

with engine.instrumented():
    import hummgraph as hg
    from hummgraph.datasets import load_demo

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = Path(tempfile.mkdtemp()) / "links.graphml"


def one_input(data: bytes) -> None:
    """Read it; what is read can be written, and is read again as the same."""
    PATH.write_bytes(data)
    with contextlib.suppress(hg.HummgraphError):
        hg.read_graphml_attributes(PATH)
    try:
        graph = hg.read_graphml(PATH)
    except hg.HummgraphError:
        return
    hg.write(graph, PATH, evidence="full")
    assert hg.read_graphml(PATH) == graph


def seeds() -> Iterator[bytes]:
    """Yield files that hummgraph wrote, and those of strangers."""
    from tests.support.hostile import DATA_FILES

    organization = load_demo()
    places = {kind: records[:3] for kind, records in organization.catalogue.items()}
    graph = hg.LinkGraph(hg.read_links(organization.links[:3], catalogue=places))
    for profile in ("plain", "gephi", "yed", "cytoscape", "neo4j"):
        hg.write(graph, PATH, profile=profile)
        yield PATH.read_bytes()
    yield from (text for (name, _), text in DATA_FILES.items() if name == "graph.graphml")


if __name__ == "__main__":
    engine.run(one_input, seeds())
