"""What ``import hummgraph`` costs beyond the packages that it cannot do without.

Run ``python benchmarks/imports.py [--rounds 5]``. Fresh processes, in turns, medians; the first
round compiles bytecode and is not counted.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

from rows import print_rows, progress

BASE = "import numpy, scipy.sparse, httpx, pydantic, networkx"
PROBE = "import time; before = time.perf_counter(); {}; print(time.perf_counter() - before)"
OWN = "{}; import time; before = time.process_time(); {}; print(time.process_time() - before)"
AFTER = {
    "base": "",
    "more": "; import hummgraph",
    "models": "; from pydantic import BaseModel",
    "arrow": "; import pyarrow",
}
ALL = "import pyarrow.compute, msgspec; from pydantic import BaseModel"
UNWANTED = ("pyvis", "pandas", "IPython", "polars")


def seconds(code: str) -> float:
    """Run code that prints a time in a fresh process."""
    command = [sys.executable, "-c", code]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Measure in turns, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    probes = {what: PROBE.format(f"{BASE}{code}") for what, code in AFTER.items()}
    probes["own"] = OWN.format(f"{BASE}; {ALL}", "import hummgraph")
    taken: dict[str, list[float]] = {what: [] for what in probes}
    for turn in range(rounds + 1):
        for what, code in probes.items():
            taken[what].append(seconds(code))
        progress(f"round {turn} of {rounds}: {[round(times[-1], 3) for times in taken.values()]}")
    found = {what: statistics.median(times[1:]) for what, times in taken.items()}
    loaded = subprocess.run(
        [sys.executable, "-c", "import hummgraph, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    progress(f"imported without need: {[name for name in UNWANTED if name in loaded] or 'nothing'}")
    base = found["base"]
    figures: dict[str, float | tuple[float, str]] = {
        what: found[what] - base for what in ("models", "arrow")
    } | {"own": found["own"]}
    print_rows("imports", figures | {"more": (found["more"] - base, f"before it {base:.2f} s")})


if __name__ == "__main__":
    main()
