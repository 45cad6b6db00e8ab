"""Quality of each clustering method: on generated organisations, and on one of your own.

Run ``python benchmarks/quality.py`` for eight generated organisations with planted truth, the same
seeds every time. Pairs that decisions settle are left out, for every method gets those right. Each
method stands at one threshold for all organisations, the best of those tried ("fixed"), at its
default, and at the best threshold of each organisation with the truth in hand ("best"): the mean F1
of pairs. Its B-cubed F1 is that at the fixed threshold. Strict F1, at the default, counts pairs on
which the truth is silent as wrong. The setting "auto" is chosen by structure and calibrated by
decisions, so that its threshold is its stop.

Run ``python benchmarks/quality.py --links FILE --catalogue FOLDER --truth FILE`` to measure on real
links with a partial truth, twice: without decisions, on all judged pairs; and with decisions in
force, on the pairs that they do not settle.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph import LinkGraph, Policy, Truth, cluster, evaluate, read_links
from hummgraph.datasets import generate_organization, load_demo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

THRESHOLDS = (
    *(0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.35),
    *(0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
)

ORGANIZATIONS: tuple[dict[str, Any], ...] = (
    {"seed": 1, "n_links": 2_000, "n_systems": 6, "noise": 0.3},
    {"seed": 2, "n_links": 2_000, "n_systems": 6, "noise": 0.6},
    {"seed": 3, "n_links": 4_000, "n_systems": 12, "noise": 0.7},
    {"seed": 4, "n_links": 4_000, "n_systems": 4, "noise": 0.5, "decided": 0.02},
    {"seed": 5, "n_links": 3_000, "n_systems": 8, "noise": 0.8},
    {"seed": 6, "n_links": 3_000, "n_systems": 8, "noise": 0.5, "duplicates": 0.2},
    {"seed": 7, "n_links": 6_000, "n_systems": 20, "noise": 0.6, "wrong": (5.0, 2.5)},
    {"seed": 8, "n_links": 2_000, "n_systems": 3, "noise": 0.5, "decided": 0.3},
)

SYSTEM, TABLE = "integration_source", "table"
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"floor": "robust"},
    {"method": "components"},
    {"method": "components", "one_per": TABLE},
    {"method": "single", "one_per": SYSTEM},
    {"method": "average"},
    {"method": "average", "one_per": TABLE},
    {"method": "average", "one_per": SYSTEM},
    {"method": "average", "one_per": SYSTEM, "calibrate": "competition"},
    {"method": "complete"},
    {"method": "gaec"},
    {"method": "gaec", "one_per": SYSTEM},
    {"method": "gaec", "one_per": SYSTEM, "calibrate": "competition"},
    {"method": "best_links"},
    {"method": "best_links", "one_per": SYSTEM},
    {"method": "clip"},
    {"method": "markov"},
    {"method": "leiden"},
)


def name_of(setting: dict[str, Any]) -> str:
    """Name a setting as it would be typed."""
    rule = {None: "", SYSTEM: ", one per system", TABLE: ", one per table"}
    calibrated = ", competition" if setting.get("calibrate") else ""
    floor = ", robust floor" if setting.get("floor") else ""
    return f"{setting.get('method', 'auto')}{rule[setting.get('one_per')]}{calibrated}{floor}"


def measured(
    graph: LinkGraph, truth: Truth, setting: dict[str, Any], thresholds: Iterable[float | None]
) -> Iterator[tuple[float, float, float, float, float]]:
    """Return precision, recall, pair F1, B-cubed F1 and strict F1 at each threshold."""
    for threshold in thresholds:
        clusters = cluster(graph, threshold=threshold, **setting)
        settled = "skip" if graph.policy == Policy() else "count"
        found = evaluate(clusters, truth, settled=settled, missing="skip")
        f1 = 0.0 if np.isnan(found.f1) else found.f1
        # Without families no pair of judged columns is silent.
        strict = f1 if np.isnan(found.strict_f1) else found.strict_f1
        yield found.precision, found.recall, f1, found.bcubed_f1, strict


def table_of(cases: list[tuple[LinkGraph, Truth]]) -> None:
    """Print one line a setting, best fixed F1 first."""
    rows = []
    for setting in SETTINGS:
        scores = np.array(
            [list(measured(graph, truth, setting, THRESHOLDS)) for graph, truth in cases]
        )
        default = np.array(
            [list(measured(graph, truth, setting, [None])) for graph, truth in cases]
        )
        fixed = scores[:, :, 2].mean(axis=0)
        at = int(np.argmax(fixed))
        cells = [
            f"{scores[:, :, 2].max(axis=1).mean():.3f}",
            f"{fixed[at]:.3f}",
            f"{THRESHOLDS[at]:g}",
            f"{default[:, 0, 2].mean():.3f}",
            f"{default[:, 0, 4].mean():.3f}",
            *(f"{np.nanmean(scores[:, at, measure]):.3f}" for measure in (0, 1, 3)),
        ]
        rows.append((fixed[at], f"| {name_of(setting)} | {' | '.join(cells)} |"))
    print(
        "| setting | best F1 | fixed F1 | at | default F1 | its strict F1 | precision | recall"
        " | B-cubed F1 |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for _, row in sorted(rows, reverse=True):
        print(row)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=Path)
    parser.add_argument("--catalogue", type=Path)
    parser.add_argument("--truth", type=Path)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    if chosen.links is None:
        organizations = [generate_organization(**options) for options in ORGANIZATIONS]
        organizations.append(load_demo())
        table_of(
            [
                (LinkGraph(one.snapshot()), Truth.from_clusters(one.truth, complete=True))
                for one in organizations
            ]
        )
        return
    snapshot = read_links(chosen.links, catalogue=chosen.catalogue)
    truth = Truth.read(chosen.truth)
    for title, policy in (
        ("Decisions ignored, all judged pairs", Policy(approved="score", rejected="score")),
        ("Decisions in force, pairs that they do not settle", Policy()),
    ):
        print(f"\n{title}\n")
        table_of([(LinkGraph(snapshot, policy=policy), truth)])


if __name__ == "__main__":
    main()
