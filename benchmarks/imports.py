"""Cost of ``import hummgraph`` and ``hummgraph --help``, beside other packages.

Run ``python benchmarks/imports.py [--rounds 5]``. Fresh processes, in turns, medians of seconds of
CPU; the first round compiles bytecode and is not counted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

from rows import print_rows, progress

BASE = "import numpy, scipy.sparse, httpx, pydantic, networkx"
PROBE = "import time; before = time.process_time(); {}; print(time.process_time() - before)"
OWN = "{}; import time; before = time.process_time(); {}; print(time.process_time() - before)"
AFTER = {
    "base": "",
    "more": "; import hummgraph",
    "models": "; from pydantic import BaseModel",
    "arrow": "; import pyarrow",
}
ALL = "import pyarrow.compute, msgspec; from pydantic import BaseModel"
WHOLE = {
    "nothing": ["-c", "pass"],
    "hummgraph": ["-c", "import hummgraph"],
    "httpx": ["-c", "import httpx"],
    "polars": ["-c", "import polars"],
    "help": ["-m", "hummgraph", "--help"],
}
UNWANTED = ("pyvis", "pandas", "IPython", "polars")


def seconds(code: str) -> float:
    """Run code that prints a time in a fresh process."""
    command = [sys.executable, "-c", code]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def whole_seconds(arguments: list[str]) -> float:
    """Return the CPU time of a process from its start to its end."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = os.times()
    spent = after.children_user - before.children_user
    return spent + after.children_system - before.children_system


def main() -> None:
    """Measure in turns, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    probes = {what: PROBE.format(f"{BASE}{code}") for what, code in AFTER.items()}
    probes["own"] = OWN.format(f"{BASE}; {ALL}", "import hummgraph")
    taken: dict[str, list[float]] = {what: [] for what in probes}
    whole: dict[str, list[float]] = {what: [] for what in WHOLE}
    for turn in range(rounds + 1):
        for what, code in probes.items():
            taken[what].append(seconds(code))
        for what, arguments in WHOLE.items():
            whole[what].append(whole_seconds(arguments))
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
    times = {what: statistics.median(each[1:]) for what, each in whole.items()}
    for what in ("httpx", "polars"):
        figures[what] = (times["hummgraph"] / times[what], _of_seconds(times, "hummgraph", what))
    figures["help"] = (times["help"] / times["httpx"], _of_seconds(times, "help", "httpx"))
    figures["seconds"] = times["help"] - times["nothing"]
    print_rows("imports", figures | {"more": (found["more"] - base, f"before it {base:.2f} s")})


def _of_seconds(times: dict[str, float], what: str, other: str) -> str:
    return f"{times[what]:.2f} of {times[other]:.2f} s"


if __name__ == "__main__":
    main()
