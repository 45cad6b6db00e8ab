"""Wrong and right links that values tell apart, on organisations with planted records.

``python benchmarks/verify.py`` reports the default thresholds on seeds from 100; with ``--choose``
it compares others on seeds below 100, which they were chosen on. Overlap alone is judged kindly: by
the threshold that loses one in a hundred right links of the same organisation.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

from hummgraph import LinkGraph
from hummgraph.datasets import Organization, generate_organization, generate_systems, load_demo
from hummgraph.datasets.records import Records, demo_records, generate_records
from hummgraph.warehouse.measure import PairMeasure, measure_pairs
from hummgraph.warehouse.values import Values
from hummgraph.warehouse.verdicts import THRESHOLDS, Thresholds, Verdict, contained

KINDS = ("demo", "systems", "columns")
LOSS = 0.01
CANDIDATES: dict[str, Thresholds] = {
    "as they are": THRESHOLDS,
    "agrees .3": replace(THRESHOLDS, agrees=0.3),
    "agrees .7": replace(THRESHOLDS, agrees=0.7),
    "differs .1": replace(THRESHOLDS, differs=0.1),
    "differs .4": replace(THRESHOLDS, differs=0.4),
    "words .2": replace(THRESHOLDS, words=0.2),
    "words .5": replace(THRESHOLDS, words=0.5),
    "loosely .05": replace(THRESHOLDS, loosely=0.05),
    "loosely .2": replace(THRESHOLDS, loosely=0.2),
    "by chance .25": replace(THRESHOLDS, by_chance=0.25),
}


def planted(kind: str, seed: int) -> tuple[Organization, Records]:
    """Return an organisation and its records."""
    if kind == "demo":
        return load_demo(), demo_records(seed)
    made = generate_systems(seed=seed) if kind == "systems" else generate_organization(seed=seed)
    return made, generate_records(made, seed=seed)


def measured(kind: str, seed: int, limits: Thresholds) -> tuple[list[PairMeasure], list[bool]]:
    """Return measures of the suggested pairs of columns, and whether each is right."""
    organization, records = planted(kind, seed)
    graph = LinkGraph(organization.snapshot())
    cluster = {
        graph.index_of(node): at for at, ids in enumerate(organization.truth) for node in ids
    }
    suggested = graph.where(status="SUGGESTED", level="column").arrays.links.ends
    pairs = sorted(
        {
            (min(a, b), max(a, b))
            for a, b in zip(suggested.source.tolist(), suggested.target.tolist(), strict=True)
            if a != b
        }
    )
    values = Values.of(graph, records.tables)
    return measure_pairs(graph, values, pairs, limits=limits), [
        cluster.get(a, -1) == cluster.get(b, -2) for a, b in pairs
    ]


def by_overlap(measures: list[PairMeasure], right: list[bool]) -> tuple[float, float]:
    """Return the share of wrong pairs above .2, and that recognised by overlap alone."""
    shares = np.array([0.0 if one.overlap is None else contained(one.overlap) for one in measures])
    is_right = np.array(right)
    ordered = np.sort(shares[is_right])
    threshold = ordered[int(LOSS * len(ordered))]
    wrong = shares[~is_right]
    return float((wrong > 0.2).mean()), float((wrong < threshold).mean())


def main() -> None:
    """Print one row for each organisation, or for each candidate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    first = 0 if options.choose else 100
    seeds = range(first, first + options.seeds)
    candidates = CANDIDATES if options.choose else {"": THRESHOLDS}
    print(
        "kind      seed  right  wrong  over .2  recognised  lost   supported  by overlap  seconds"
    )
    for name, limits in candidates.items():
        if name:
            print(name)
        for kind in KINDS:
            total, shares = np.zeros(5), []
            for seed in seeds:
                start = time.perf_counter()
                measures, right = measured(kind, seed, limits)
                seconds = time.perf_counter() - start
                verdicts = [one.verdict for one in measures]
                pairs = list(zip(verdicts, right, strict=True))
                n_right = sum(right)
                n_wrong = len(right) - n_right
                found = sum(v is Verdict.CONTRADICTED and not ok for v, ok in pairs)
                lost = sum(v is Verdict.CONTRADICTED and ok for v, ok in pairs)
                kept = sum(v is Verdict.SUPPORTED and ok for v, ok in pairs)
                total += (n_right, n_wrong, found, lost, kept)
                over, alone = by_overlap(measures, right)
                shares.append((over, alone))
                print(
                    f"{kind:9} {seed:4}  {n_right:5}  {n_wrong:5}  {over:7.2f}"
                    f"  {found / n_wrong:10.3f}  {lost / n_right:.3f}  {kept / n_right:9.3f}"
                    f"  {alone:10.3f}  {seconds:7.1f}",
                    flush=True,
                )
            right_, wrong_, found_, lost_, kept_ = total.tolist()
            over, alone = np.mean(shares, axis=0).tolist()
            print(
                f"{kind:9}  all  {right_:5.0f}  {wrong_:5.0f}  {over:7.2f}"
                f"  {found_ / wrong_:10.3f}  {lost_ / right_:.3f}  {kept_ / right_:9.3f}"
                f"  {alone:10.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
