"""Feed bytes to the readers of names, decisions, true clusters and tables; see README.md."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import engine

with engine.instrumented():
    import hummgraph as hg

FOLDER = Path(tempfile.mkdtemp())
NAMES = ("links.csv", "names.json", "decisions.json", "truth.json", "truth.csv")
GRAPH = hg.LinkGraph(hg.read_links([{"source": "a/b.c", "target": "d/e.f", "confidence": 1}]))


def one_input(data: bytes) -> None:
    """Take the first byte as the choice of a reader, the rest as the file."""
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    path = FOLDER / name
    path.write_bytes(data[1:])
    with suppress(hg.HummgraphError):
        match name:
            case "links.csv":
                snapshot = hg.read_links(path)
                assert snapshot.report.records == snapshot.report.kept + snapshot.report.quarantined
            case "names.json":
                hg.read_links([], names=path)
            case "decisions.json":
                GRAPH.with_decisions(path, missing="skip")
            case _:
                hg.Truth.read(path)


if __name__ == "__main__":
    from tests.support.hostile import DATA_FILES

    engine.run(
        one_input,
        (
            bytes([NAMES.index(name)]) + text
            for (name, _), text in DATA_FILES.items()
            if name in NAMES
        ),
    )
