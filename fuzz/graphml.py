"""Feed bytes to the GraphML reader; see README.md."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["hummgraph"]):
    import hummgraph as hg
    from hummgraph.datasets import load_demo

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


def seeds(folder: Path) -> None:
    """Put something into an empty corpus to begin with."""
    folder.mkdir(parents=True, exist_ok=True)
    organization = load_demo()
    places = {kind: records[:3] for kind, records in organization.catalogue.items()}
    graph = hg.LinkGraph(hg.read_links(organization.links[:3], catalogue=places))
    hg.write(graph, folder / "plain.graphml", evidence="full")
    for profile in ("gephi", "yed", "cytoscape", "neo4j"):
        hg.write(graph, folder / f"{profile}.graphml", profile=profile)
    (folder / "bomb.graphml").write_text(
        '<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><graphml>&d;</graphml>'
    )


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        if not argument.startswith("-") and not Path(argument).is_file():
            seeds(Path(argument))
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
