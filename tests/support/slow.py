"""Writes the list of slow tests: ``python -m tests.support.slow RESULTS.xml [SECONDS]``.

The results are those of ``scripts/test --junitxml=RESULTS.xml``, or of fewer tests. A test whose
cases take more CPU in sum is listed in ``tests/slow.txt``, and ``scripts/test`` leaves it out.
Tests of a browser and of the whole are left out in any case; those that did not run stay listed if
they were.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.support.places import ROOT, SLOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PROPERTY", "cpu_seconds", "listed", "seconds_of_tests"]

LIMIT = 0.15
"""Seconds of CPU, above which a test is listed."""

PROPERTY = "cpu"
"""The property of a case in a file of results: its seconds of CPU."""


def cpu_seconds() -> float:
    """Return how much CPU this process has taken, and those that it started and that ended."""
    return sum(os.times()[:4])


def seconds_of_tests(path: str) -> dict[str, float]:
    """Read how much CPU the cases of each test that ran took in sum, by the test's name."""
    seconds: dict[str, float] = defaultdict(float)
    for case in ET.parse(path).iter("testcase"):  # noqa: S314 - pytest's own file
        found = case.find(f"properties/property[@name='{PROPERTY}']")
        if found is None:  # skipped
            continue
        parts = case.get("classname", "").split(".")
        # Classes of tests stand after their module, which is a file.
        for n in range(len(parts), 0, -1):
            file = "/".join(parts[:n]) + ".py"
            if (ROOT / file).is_file():
                name = case.get("name", "").partition("[")[0]
                seconds["::".join([file, *parts[n:], name])] += float(found.get("value", 0))
                break
    return seconds


def listed(seconds: Mapping[str, float], limit: float, before: Iterable[str] = ()) -> list[str]:
    """Return the names of slow tests, sorted: those that ran, and of the others those before."""
    left_out = ("src/", "tests/system/")
    slow = {
        name
        for name, taken in seconds.items()
        if taken > limit and "/browser/" not in name and not name.startswith(left_out)
    }
    return sorted(slow | (set(before) - seconds.keys()))


if __name__ == "__main__":
    limit = float(sys.argv[2]) if len(sys.argv) > 2 else LIMIT
    before = SLOW.read_text(encoding="utf-8").split()
    names = listed(seconds_of_tests(sys.argv[1]), limit, before)
    SLOW.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
