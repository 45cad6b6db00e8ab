"""Measure previews of single decisions, and the next question of a review.

Run ``python benchmarks/previews.py [--links 100000]``: a generated organisation of 20 systems, of
whose suggestions half are wrong. Each preview is of one link, another status drawn at random; the
peer clusters the decided graph anew under the same setting, in the same run. Figures are medians of
CPU time, and notes have the 95th percentile. The queue has half as many links; a question counts
with its answer, what either answer would do, and the search for it.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from rows import print_rows, progress

from hummgraph import LinkGraph, cluster, preview, review_queue
from hummgraph.datasets import generate_organization

if TYPE_CHECKING:
    from collections.abc import Callable

N_LINKS = 100_000
N_DECISIONS = 200
N_ANEW = 5
N_QUESTIONS = 100
SYSTEM = "integration_source"
SETTINGS: dict[str, dict[str, Any]] = {
    "auto": {},
    "components": {"method": "components"},
    "average": {"method": "average"},
    "complete": {"method": "complete"},
    "competition": {"method": "average", "one_per": SYSTEM, "calibrate": "competition"},
}
STATUSES = ("SUGGESTED", "APPROVED", "REJECTED")


def milliseconds(run: Callable[[], object]) -> float:
    """Return the CPU time of one run."""
    begin = time.process_time()
    run()
    return 1_000 * (time.process_time() - begin)


def organization(n_links: int) -> LinkGraph:
    """Return a graph of a generated organisation."""
    made = generate_organization(n_links=n_links, n_systems=20, noise=0.5, seed=1)
    return LinkGraph(made.snapshot())


def previewed(graph: LinkGraph, options: dict[str, Any]) -> tuple[float, str]:
    """Return the median time of a preview of one decision, and what it is compared with."""
    random = np.random.default_rng(2)
    clusters = cluster(graph, **options)
    first = milliseconds(lambda: preview(graph, {}, clusters=clusters))
    links = random.integers(0, graph.n_links, N_DECISIONS).tolist()
    chosen = [{graph.link(at).link_id: STATUSES[random.integers(0, len(STATUSES))]} for at in links]
    times = [
        milliseconds(partial(preview, graph, decision, clusters=clusters)) for decision in chosen
    ]
    anew = []
    for decision in chosen[:N_ANEW]:
        held = partial(cluster, graph.with_decisions(decision), setting=clusters.setting)
        anew.append(milliseconds(held))
        # What is fast is also right.
        found = preview(graph, decision, clusters=clusters)
        assert np.array_equal(found.after.labels, held().labels)
    note = (
        f"95 % within {np.quantile(times, 0.95):.0f} ms; anew {np.median(anew):.0f} ms;"
        f" the first {first:.0f} ms"
    )
    return float(np.median(times)), note


def asked(graph: LinkGraph) -> tuple[float, str]:
    """Return the median time of one question of a review."""
    queue = review_queue(graph, random_share=0.5)
    begin = milliseconds(lambda: next(queue).approving)
    times = []
    for number in range(N_QUESTIONS):

        def once(number: int = number) -> None:
            queue.answer("APPROVED" if number % 2 else "REJECTED")
            question = next(queue)
            _ = question.approving, question.rejecting

        times.append(milliseconds(once))
    note = (
        f"95 % within {np.quantile(times, 0.95):.0f} ms; the first {begin:.0f} ms, names included"
    )
    return float(np.median(times)), note


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=N_LINKS)
    n_links = parser.parse_args().links
    progress(f"an organisation of {n_links:,} links")
    graph = organization(n_links)
    figures: dict[str, float | tuple[float, str]] = {}
    for name, options in SETTINGS.items():
        progress(f"previews, {name}")
        figures[name] = previewed(graph, options)
    progress("a review")
    figures["question"] = asked(organization(n_links // 2))
    print_rows("previews", figures)


if __name__ == "__main__":
    main()
