"""Check causes of changes of clusters between random graphs, and measure diffs.

Run ``python benchmarks/diff.py [--pairs 300] [--links 100000]``. Each pair has up to 40 links, of
which up to seven change, and a setting drawn at random: half of the pairs by methods with a merge
tree, half by others. For each change of clusters the links said to have caused it are put back, and
all sets of fewer links, up to three; each graph between both is made of records and clustered
anew. Then two graphs of an organisation of 20 systems are compared, of whose links 100 are removed
and 100 decided. Figures of time are of CPU time, and of one run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
from rows import print_rows, progress

from hummgraph import LinkGraph, cluster, diff
from hummgraph.datasets import generate_organization

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.changed_graphs import checked_causes, random_pair, random_setting

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_SEED = 10_000
N_CHANGED = 200
MAX_SUBSETS = 1_000
METHODS = (
    ("components", "single", "average", "complete"),
    ("gaec", "best_links", "clip", "markov"),
)


def checked(n_pairs: int) -> tuple[float, str]:
    """Return the number of faults, and what was looked at."""
    faults, subsets = 0, 0
    found: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + n_pairs):
        random = Random(seed)
        pair = random_pair(
            random,
            n_links=random.randint(1, 40),
            n_changes=random.randint(1, 7),
            moves=random.random() < 0.3,
        )
        setting = random_setting(random, METHODS[seed % 2])
        changes = diff(pair.old.graph(), pair.new.graph(), setting=setting)
        one = checked_causes(changes, pair, setting, max_subsets=MAX_SUBSETS)
        faults += len(one.faults)
        subsets += one.n_subsets
        found += one.found
    parts = ", ".join(f"{number:,} {name}" for name, number in sorted(found.items()))
    return faults, f"{found.total():,} changes: {parts or 'none'}; {subsets:,} smaller sets tried"


def milliseconds(run: Callable[[], object]) -> float:
    """Return the CPU time of one run."""
    begin = time.process_time()
    run()
    return 1_000 * (time.process_time() - begin)


def measured(n_links: int) -> dict[str, tuple[float, str]]:
    """Return the times of a diff, and of the causes of a change."""
    made = generate_organization(n_links=n_links, n_systems=20, noise=0.5, seed=1)
    old = LinkGraph(made.snapshot())
    random = np.random.default_rng(3)
    chosen = random.permutation(old.n_links)[: min(N_CHANGED, old.n_links // 2)]
    removed, decided = np.array_split(chosen, 2)
    new = old.take_links(np.setdiff1d(np.arange(old.n_links), removed)).with_decisions(
        {
            old.link(link).link_id: ("APPROVED", "REJECTED")[at % 2]
            for at, link in enumerate(decided.tolist())
        }
    )
    setting = cluster(old).setting
    anew = milliseconds(lambda: (cluster(old, setting=setting), cluster(new, setting=setting)))
    found = diff(old, new, setting=setting)
    compared = milliseconds(
        lambda: (diff(old, new, setting=setting), found.links, found.n_clusters_by_change)
    )
    causes = milliseconds(lambda: found.causes)
    n_changes = max(len(found.changes), 1)
    how = Counter(found.changes["found"])
    parts = ", ".join(f"{number:,} {name}" for name, number in sorted(how.items()))
    return {
        "diff": (compared, f"clustering both {anew:.0f} ms"),
        "causes": (causes / n_changes, f"{len(found.changes):,} changes: {parts or 'none'}"),
    }


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--links", type=int, default=100_000)
    options = parser.parse_args()
    progress(f"{options.pairs} pairs of graphs")
    figures = {"wrong": checked(options.pairs)}
    progress(f"two graphs of {options.links:,} links")
    print_rows("diff", figures | measured(options.links))


if __name__ == "__main__":
    main()
