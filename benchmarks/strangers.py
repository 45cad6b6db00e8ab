"""Time and memory for the smallest records of all: a reply of ``{}``, again and again.

Run ``python benchmarks/strangers.py [--records 5000000]``. The reply is 3 bytes a record; the
figures are of a fresh process that reads it from disk: seconds of the wall clock, and the peak of
resident memory, imports included. It fails if they are above 60 s or 300 MB.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_SECONDS = 60.0
MOST_MEGABYTES = 300.0


def peak_of_memory() -> float:
    """Return the peak of this process in megabytes.

    That of `getrusage` begins with the peak of the process that started this one.
    """
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1000


def measure(reply: Path) -> dict[str, float]:
    """Validate a reply in this process; return what it took."""
    from hummgraph.records.validation import validate_links

    began = time.perf_counter()
    found = validate_links([lambda: reply.open("rb")])
    return {
        "seconds": time.perf_counter() - began,
        "megabytes": peak_of_memory(),
        "records": found.quarantine.counts.records,
        "kept": len(found.quarantine),
    }


def main() -> int:
    """Measure, print, and return whether a bound was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=5_000_000)
    parser.add_argument("--reply", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reply:
        print(json.dumps(measure(options.reply)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        reply = Path(folder) / "reply.json"
        reply.write_bytes(b"[" + b",".join([b"{}"] * options.records) + b"]")
        done = subprocess.run(
            [sys.executable, __file__, "--reply", str(reply)],
            check=True,
            capture_output=True,
            text=True,
        )
    found = json.loads(done.stdout)
    print(
        f"{found['records']:,} records of 3 bytes: {found['seconds']:.1f} s,"
        f" {found['megabytes']:.0f} MB, {found['kept']:,} kept"
    )
    return int(found["seconds"] > MOST_SECONDS or found["megabytes"] > MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
