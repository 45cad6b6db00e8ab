"""Answers for an assistant: CPU time of each tool, warm.

Run ``python benchmarks/assistants.py [--links 142334] [--rounds 3]``. The organisation is generated
from a seed of its own, with 42 systems. Each tool is asked once before, and then in turns with
different columns; the figure is the median CPU time of making the answer and its text, as the
command ``hummgraph mcp`` does. Starting it (reading and clustering) is not counted.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from typing import TYPE_CHECKING, Any

from rows import print_rows, progress

import hummgraph as hg
from hummgraph.cli.answers import TOOLS, Answers
from hummgraph.cli.assistants import answer_text

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 31
WORDS = ("customer email", "invoice amount", "order id", "phone", "created at")


def questions(answers: Answers, turn: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return a question to each tool, about columns that are drawn by the turn."""
    dice = random.Random(SEED + turn)
    clusters, graph = answers.clustered, answers.graph
    first = list(clusters.order[: max(len(clusters.order) // 10, 1)])
    a, b = dice.sample(list(clusters.members[int(dice.choice(first))]), 2)
    tables = {
        name: graph.node(graph.node(node).parent).node_id
        for name, node in zip("ab", (a, b), strict=True)
    }
    link = graph.link(dice.randrange(graph.n_links)).link_id
    given: dict[str, dict[str, Any]] = {
        "find": {"text": WORDS[turn % len(WORDS)]},
        "why": {"a": a, "b": b},
        "same_as": {"node": a},
        "join": tables,
        "lineage": {"node": a},
        "clusters": {"offset": turn},
        "contradictions": {},
        "review_next": {},
        "preview": {"links": [link], "status": "APPROVED"},
    }
    for name in TOOLS:
        yield name, given[name]


def main() -> None:
    """Ask, and print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=142_334)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    made = hg.datasets.generate_organization(n_links=given.links, n_systems=42, seed=SEED)
    answers = Answers(hg.LinkGraph(made.snapshot()))
    answers.warm()
    taken: dict[str, list[float]] = {name: [] for name in TOOLS}
    for turn in range(given.rounds + 1):
        for name, arguments in questions(answers, turn):
            before = time.process_time()
            answer_text(getattr(answers, name)(**arguments))
            if turn:
                taken[name].append(time.process_time() - before)
        progress(f"round {turn}: { {name: times[-1:] for name, times in taken.items()} }")
    print_rows("assistants", {name: statistics.median(times) for name, times in taken.items()})


if __name__ == "__main__":
    main()
