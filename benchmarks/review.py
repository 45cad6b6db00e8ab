"""Gain of a review, by the order of its questions: an oracle answers, on known truth.

Run ``python benchmarks/review.py`` for eight generated organisations of 1,000 links each, the same
seeds every time,
and ``python benchmarks/review.py --links FILE --catalogue FOLDER --truth FILE`` for real links with
a partial truth. All links begin undecided. The reviewer makes no mistakes; links on which the truth
is silent are skipped, and are not counted. Clusters are evaluated after answers to 0, 1, 2, 5 and
10 % of the judged links: the F1 of all judged pairs, under the setting of the beginning, which is
held, and with a new setting at each of these stages.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from quality import ORGANIZATIONS

from hummgraph import LinkGraph, Truth, cluster, evaluate, read_links, review_queue
from hummgraph.datasets import generate_organization

if TYPE_CHECKING:
    from collections.abc import Callable

    from hummgraph import Clusters

STAGES = (0.0, 0.01, 0.02, 0.05, 0.10)
ORDERS: tuple[tuple[str, float], ...] = (
    ("uncertainty", 0.0),
    ("uncertainty", 0.5),
    ("flips", 0.0),
    ("flips", 0.5),
    ("random", 1.0),
)


def oracle(graph: LinkGraph, truth: Truth) -> dict[str, str]:
    """Return the right answer about each link that the truth judges."""
    nodes = graph.arrays.nodes
    names = {node_id: at for at, node_id in enumerate(nodes.id_text.to_pylist())}
    names |= {path: at for at, path in enumerate(nodes.path.to_pylist())}
    groups: dict[int, set[tuple[str | None, int]]] = {}
    families = truth.families or [None] * len(truth.clusters)
    for number, (members, family) in enumerate(zip(truth.clusters, families, strict=True)):
        for member in members:
            if member in names:
                groups.setdefault(names[member], set()).add((family, number))
    answers = {}
    ends = graph.arrays.links.ends
    for link_id, one, other in zip(
        graph.links["link_id"], ends.source.tolist(), ends.target.tolist(), strict=True
    ):
        mine, theirs = groups.get(one, set()), groups.get(other, set())
        if mine & theirs:
            answers[link_id] = "APPROVED"
        elif truth.complete or {family for family, _ in mine} & {family for family, _ in theirs}:
            answers[link_id] = "REJECTED"
    return answers


def f1_of(clusters: Clusters, truth: Truth) -> float:
    """Return the F1 of judged pairs."""
    found = evaluate(clusters, truth, settled="count", missing="skip").f1
    return 0.0 if np.isnan(found) else found


def staged(graph: LinkGraph, truth: Truth, order: str, share: float, *, anew: bool) -> list[float]:
    """Return the F1 at each stage of a review."""
    right = oracle(graph, truth)
    judged = sum(link in right for link in graph.links["link_id"])
    queue = review_queue(graph, order=order, random_share=share, seed=1)
    scores = []
    answered = 0
    for stage in STAGES:
        while answered < round(stage * judged):
            question = next(queue, None)
            if question is None:
                break
            if question.link.link_id in right:
                queue.answer(right[question.link.link_id])
                answered += 1
        if not anew:
            scores.append(f1_of(queue.clusters, truth))
            continue
        # A new setting, for the answers so far; the questions go on from there.
        decided = queue.graph
        done = queue
        scores.append(f1_of(cluster(decided), truth))
        queue = review_queue(decided, order=order, random_share=share, seed=1)
        queue._done |= done._done  # noqa: SLF001 - what was passed on is not asked again
    return scores


def measured(cases: list[tuple[LinkGraph, Truth]], *, anew: bool) -> None:
    """Print the mean F1 of each order at each stage."""
    print(f"| Order | {' | '.join(f'{stage:.0%}' for stage in STAGES)} |")
    print(f"|---|{'---:|' * len(STAGES)}")
    for order, share in ORDERS:
        run: Callable[..., list[float]] = partial(staged, order=order, share=share, anew=anew)
        scores = np.array([run(graph, truth) for graph, truth in cases]).mean(axis=0)
        name = order if share in {0.0, 1.0} else f"{order}, {share:.0%} at random"
        print(f"| {name} | {' | '.join(f'{score:.3f}' for score in scores)} |", flush=True)


def undecided(graph: LinkGraph) -> LinkGraph:
    """Return the graph as nobody has decided it."""
    return graph.with_decisions(dict.fromkeys(graph.links["link_id"], "SUGGESTED"))


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=Path)
    parser.add_argument("--catalogue", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--n-links", type=int, default=1_000, help="links of an organisation")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    if chosen.links is None:
        cases = []
        for options in ORGANIZATIONS:
            changed = {"decided": 0.0, "n_links": chosen.n_links}
            made = generate_organization(**{**options, **changed})
            truth = Truth.from_clusters(made.truth, complete=True)
            cases.append((undecided(LinkGraph(made.snapshot())), truth))
    else:
        graph = LinkGraph(read_links(chosen.links, catalogue=chosen.catalogue))
        cases = [(undecided(graph), Truth.read(chosen.truth))]
    for title, anew in (("The setting held", False), ("A new setting at each stage", True)):
        print(f"\n{title}\n")
        measured(cases, anew=anew)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
