"""JSON bytes to validated columns, against orjson.

Run ``python benchmarks/decode.py [--links 1000000] [--runs 3]``. The reply is seeded: 850 bytes a
link, evidence of five keys, 50 systems, 60,000 columns. Every figure is taken in a fresh process
that reads the reply from disk: CPU seconds, of them those of the system (which hands out memory),
and growth of the peak of resident memory. The median of the runs counts. Ratios are against
``orjson.loads`` of the same bytes, which checks nothing; below 1 we need less than it.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rows import print_rows, progress

SEED = 7
TOTAL = [0.0, 0.0, 0.0]

_TICK = 0.01
"""The clock of CPU time ticks in hundredths of a second; for few links it may not tick at all."""


def _orjson(reply: Path) -> None:
    import orjson

    body = reply.read_bytes()
    with _Measured():
        kept = orjson.loads(body)
    assert kept


def _decoded(reply: Path) -> None:
    """Decode with all checks of a record, no key twice among them; do not compare records."""
    from hummgraph.records import validation
    from hummgraph.records.decode.builder import LinkTableBuilder
    from hummgraph.records.decode.chunks import read_chunks

    with _Measured(), reply.open("rb") as stream:
        validation._keep_freed_memory()  # noqa: SLF001 - as validate_links does
        columns = LinkTableBuilder()
        for chunk in read_chunks(stream, validation._CHUNK_SIZE):  # noqa: SLF001 - its own
            assert chunk.columns is not None
            columns.add(chunk.columns)
        links = columns.finish().finish()
    assert links.num_rows


def _validated(reply: Path) -> None:
    from hummgraph.records.validation import validate_links

    with _Measured():
        validated = validate_links([lambda: reply.open("rb")])
    assert not validated.quarantine


def _written(reply: Path) -> None:
    """Compress the reply as it comes, and write the snapshot; validation is not counted."""
    from hummgraph.records.catalogue import Catalogue
    from hummgraph.snapshot.snapshot import snapshot_from_validated, validate_spool
    from hummgraph.snapshot.spool import Spool

    spool = Spool()
    with _Measured(), reply.open("rb") as stream, spool.new_reply() as writer:
        while piece := stream.read(1 << 16):
            writer.write(piece)
    snapshot = snapshot_from_validated(
        validate_spool(spool), catalogue=Catalogue.empty(), spool=spool
    )
    with tempfile.TemporaryDirectory() as folder, _Measured():
        snapshot.write(Path(folder) / "measured.hummgraph")


WAYS = {
    "orjson.loads": _orjson,
    "decode and checks": _decoded,
    "validate_links": _validated,
    "compress, write snapshot": _written,
}


class _Measured:
    """Adds up what happens inside: CPU seconds, those of the system, growth of the peak."""

    def __enter__(self) -> None:
        gc.collect()
        # Let the peak start from what is in use now; a child inherits that of its parent.
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        self._before = _figures()

    def __exit__(self, *_: object) -> None:
        grown = [now - before for now, before in zip(_figures(), self._before, strict=True)]
        TOTAL[:] = [total + more for total, more in zip(TOTAL, grown, strict=True)]


def _figures() -> tuple[float, float, float]:
    """Return CPU seconds, those of the system, and the peak of resident memory in bytes (Linux)."""
    times = os.times()
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return times.user + times.system, times.system, int(peak.split()[1]) * 1024.0


def _measure(way: str, reply: Path) -> list[float]:
    command = [sys.executable, __file__, "--way", way, "--reply", str(reply)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: list[float] = json.loads(answer.stdout)
    return figures


def _write_reply(path: Path, n_links: int) -> None:
    from hummgraph.datasets import generate_reply

    with path.open("wb") as file:
        file.writelines(generate_reply(n_links, seed=SEED))


def main() -> None:
    """Measure every way, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--reply", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        WAYS[options.way](options.reply)
        print(json.dumps(TOTAL))
        return
    with tempfile.TemporaryDirectory() as folder:
        reply = Path(folder) / "reply.json"
        _write_reply(reply, options.links)
        progress(f"{options.links:,} links, {reply.stat().st_size / options.links:.0f} bytes each")
        # One way after the other, run by run, so that a loaded minute falls on all of them.
        runs = []
        for _ in range(options.runs):
            runs.append([_measure(way, reply) for way in WAYS])
            progress(f"CPU seconds, of the system, bytes: {dict(zip(WAYS, runs[-1], strict=True))}")
    medians = {
        way: [statistics.median(run[place][figure] for run in runs) for figure in range(3)]
        for place, way in enumerate(WAYS)
    }
    orjson, decoded, validated, written = (medians[way] for way in WAYS)
    print_rows(
        "decode",
        {
            "decode": (decoded[0] / max(orjson[0], _TICK), f"{decoded[0]:.2f} s"),
            "validate": (validated[0] / max(orjson[0], _TICK), f"{validated[0]:.2f} s"),
            "memory": (
                validated[2] / options.links,
                f"`orjson.loads`: {orjson[2] / options.links:,.0f}",
            ),
            "user": (decoded[0] - decoded[1]) / max(orjson[0] - orjson[1], _TICK),
            "write": written[0] / max(orjson[0], _TICK),
        },
    )


if __name__ == "__main__":
    main()
