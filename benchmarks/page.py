"""Run benchmarks and write their rows into docs/explanation/performance.md.

Run ``python benchmarks/page.py [NAME ...]``: all benchmarks, or those that are named. Each runs
in a process of its own, at the sizes that the page states, and its rows are written when it ends;
the rest of the page stays as it is. Use a machine that has nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from rows import BENCHMARKS, filled, progress

__all__ = ["main", "run"]

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "explanation" / "performance.md"


def run(program: Path) -> list[str]:
    """Run a program, and return the lines that it printed.

    Raises
    ------
    subprocess.CalledProcessError
        If the program fails.
    """
    done = subprocess.run(
        [sys.executable, str(program)], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()


def main() -> None:
    """Run what was asked for, and write the page after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="*", help=f"of {', '.join(BENCHMARKS)}")
    names = parser.parse_args().name or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    begin = time.monotonic()
    failed = []
    for place, name in enumerate(names):
        busy = os.getloadavg()[0]
        progress(
            f"\n== {name}, {place + 1} of {len(names)}; {time.monotonic() - begin:.0f} s so far"
        )
        if not place and busy > 1:
            progress(f"The machine is busy (load {busy:.1f}): figures of times will be wrong.")
        try:
            lines = run(HERE / f"{name}.py")
        except subprocess.CalledProcessError:
            failed.append(name)
            continue
        print("\n".join(lines), flush=True)
        PAGE.write_text(filled(PAGE.read_text("utf-8"), name, lines), "utf-8")
    progress(f"\n{len(names)} benchmarks in {time.monotonic() - begin:.0f} s")
    if failed:
        sys.exit(f"Failed, rows not written: {', '.join(failed)}")


if __name__ == "__main__":
    main()
