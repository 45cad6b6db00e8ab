"""Change a file of a snapshot, with checksums that fit all the same, and read it; see README.md."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import engine

with engine.instrumented():
    import hummgraph as hg
    from hummgraph.datasets import load_demo
    from hummgraph.snapshot.reading import manifest_sum

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(tempfile.mkdtemp())
WHOLE = FOLDER / "whole"
CHANGED = FOLDER / "changed"


def small() -> hg.Snapshot:
    """Return a snapshot with some of everything."""
    organization = load_demo()
    places = {kind: records[:8] for kind, records in organization.catalogue.items()}
    return hg.read_links([*organization.links[:12], {"id": "bad"}], catalogue=places)


def one_input(data: bytes) -> None:
    """Take the first byte as the choice of a file, the rest as what it holds or gets put in."""
    files = sorted(path.name for path in WHOLE.iterdir())
    if not data:
        return
    name = files[data[0] % len(files)]
    content = (WHOLE / name).read_bytes()
    if data[0] >= 128 and len(data) > 3:
        place = int.from_bytes(data[1:3], "big") % (len(content) + 1)
        content = content[:place] + data[3:] + content[place + len(data) - 3 :]
    else:
        content = data[1:]
    shutil.rmtree(CHANGED, ignore_errors=True)
    shutil.copytree(WHOLE, CHANGED)
    (CHANGED / name).write_bytes(content)
    if name != "manifest.json":
        manifest = json.loads((CHANGED / "manifest.json").read_bytes())
        about = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest["files"][name] = about
        manifest["sha256"] = manifest_sum(manifest)
        (CHANGED / "manifest.json").write_text(json.dumps(manifest))
    else:
        try:
            manifest = json.loads(content)
            manifest["sha256"] = manifest_sum(manifest)
            (CHANGED / name).write_text(json.dumps(manifest))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            pass  # then it stays as it is
    try:
        snapshot = hg.read_snapshot(CHANGED)
        str(snapshot.report)
        graph = hg.LinkGraph(snapshot)
        str(graph.summary())
    except hg.HummgraphError:
        pass


def seeds() -> Iterator[bytes]:
    """Yield what the files of strangers' snapshots hold, each behind the choice of its file."""
    from tests.support.hostile import SNAPSHOTS

    files = sorted(path.name for path in WHOLE.iterdir())
    for change in SNAPSHOTS.values():
        shutil.rmtree(CHANGED, ignore_errors=True)
        shutil.copytree(WHOLE, CHANGED)
        change(CHANGED)
        for place, name in enumerate(files):
            path = CHANGED / name
            if path.is_symlink() or not path.is_file() or path.stat().st_size > 1 << 20:
                continue
            content = path.read_bytes()
            if content != (WHOLE / name).read_bytes():
                yield bytes([place]) + content


if __name__ == "__main__":
    small().write(WHOLE)
    engine.run(one_input, list(seeds()))
