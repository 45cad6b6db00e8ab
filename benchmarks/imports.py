"""What ``import hummgraph`` costs beyond the packages that it cannot do without.

Run ``python benchmarks/imports.py [--rounds 15]``. Fresh processes, in turns, medians; bytecode is
compiled beforehand.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

BASE = "import numpy, scipy.sparse, httpx, pydantic, networkx"
PROBE = "import time; before = time.perf_counter(); {}; print(time.perf_counter() - before)"
UNWANTED = ("pyvis", "pandas", "IPython", "polars")


def seconds(code: str) -> float:
    """Time an import in a fresh process."""
    command = [sys.executable, "-c", PROBE.format(code)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Measure in turns and print the difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    base, both = [], []
    for _ in range(rounds + 1):
        base.append(seconds(BASE))
        both.append(seconds(f"{BASE}; import hummgraph"))
    usual, ours = statistics.median(base[1:]), statistics.median(both[1:])
    loaded = subprocess.run(
        [sys.executable, "-c", "import hummgraph, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    print(f"{BASE}: {usual:.3f} s")
    print(f"... and hummgraph: {ours:.3f} s, {ours - usual:.3f} s more ({ours / usual:.2f} of it)")
    print(f"imported without need: {[name for name in UNWANTED if name in loaded] or 'nothing'}")


if __name__ == "__main__":
    main()
