"""Tests that clusters do not depend on ids, on the order of records or on a link's direction."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import METHODS, cluster
from hummgraph.algorithms.evaluation.evaluation import evaluate
from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.datasets import load_demo
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, record, uid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hummgraph.algorithms.clustering.clusters import Clusters

_ID = re.compile(r'"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')
_ENDS = ("integration_source_id", "table_id", "column_id", "saas_object_id", "field_id")
PERMUTATIONS = int(os.environ.get("HUMMGRAPH_PERMUTATIONS", "2"))
"""Number of permutations of the large organisation: each takes some seconds."""
CALIBRATIONS = (None, "competition")
RULES = (None, "table", "integration_source")


def relabelled(value: Any, seed: int) -> Any:
    """Return JSON values in which each id is replaced by another one."""
    key = random.Random(seed).getrandbits(128)

    def other(found: re.Match[str]) -> str:
        # A multiplication by an odd number is a permutation of all numbers of 128 bits.
        number = (UUID(found[1]).int ^ key) * (2 * key + 1) % 2**128
        return f'"{UUID(int=number)}"'

    return json.loads(_ID.sub(other, json.dumps(value)))


def shuffled(records: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Return link records in another order, half of them with their ends exchanged."""
    chance = random.Random(seed)
    found = []
    for one in chance.sample(records, len(records)):
        turned = dict(one)
        if chance.random() < 0.5:
            for end in _ENDS:
                turned[f"source_{end}"] = one.get(f"target_{end}")
                turned[f"target_{end}"] = one.get(f"source_{end}")
        found.append(turned)
    return found


def partition(clusters: Clusters) -> set[frozenset[str]]:
    """Return the members of each cluster by their paths, independent of ids."""
    path = {row["node_id"]: row["path"] for row in clusters.graph.nodes}
    return {frozenset(path[member] for member in members) for members in clusters.members}


def permuted_graph(records: list[dict[str, Any]], known: Mapping[str, Any], seed: int) -> LinkGraph:
    """Return the graph of the same links under other ids, in another order, ends exchanged."""
    other = relabelled({"links": records, "catalogue": known}, seed)
    snapshot = read_links(shuffled(other["links"], seed), catalogue=other["catalogue"])
    return LinkGraph(snapshot)


PLACES = [f"{system}/{table}.{name}" for system in "abc" for table in "tu" for name in "xy"]
columns = st.sampled_from(PLACES)
pairs_of_columns = st.tuples(columns, columns).filter(lambda ends: ends[0] < ends[1])


@st.composite
def distinct_links(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw links of different confidences between different pairs of columns."""
    pairs = draw(st.lists(pairs_of_columns, unique=True, min_size=1, max_size=24))
    scores = draw(
        st.lists(st.integers(1, 999), unique=True, min_size=len(pairs), max_size=len(pairs))
    )
    statuses = draw(
        st.lists(
            st.sampled_from(["SUGGESTED"] * 5 + ["APPROVED", "REJECTED"]),
            min_size=len(pairs),
            max_size=len(pairs),
        )
    )
    return [
        record(*ends, score / 1_000, status=status, id=uid(f"link {number}"))
        for number, (ends, score, status) in enumerate(zip(pairs, scores, statuses, strict=True))
    ]


@given(
    records=distinct_links(),
    one_per=st.sampled_from(RULES),
    threshold=st.sampled_from([None, 0.0, 0.3, 0.6]),
    seed=st.integers(0, 2**32),
)
def test_clusters_do_not_depend_on_ids_order_or_direction(
    *, records: list[dict[str, Any]], one_per: str | None, threshold: float | None, seed: int
) -> None:
    """If no two confidences are equal, permuted ids leave the partition unchanged."""
    # Assignment is for two systems.
    of_two = [one for one in records if uid("c") not in json.dumps(one)]
    graphs = {}
    for systems, links in (("abc", records), ("ab", of_two)):
        known = catalogue([place for place in PLACES if place[0] in systems])
        plain = LinkGraph(read_links(links, catalogue=known))
        graphs[systems] = plain, permuted_graph(links, known, seed)
    for method, calibrate in product(sorted(METHODS), CALIBRATIONS):
        plain, other = graphs["ab" if method == "assignment" else "abc"]
        options: dict[str, Any] = {
            "method": method,
            "calibrate": calibrate,
            "one_per": one_per,
            "threshold": threshold,
        }
        found = partition(cluster(other, **options))
        assert found == partition(cluster(plain, **options)), (method, calibrate)


def test_scores_do_not_depend_on_ids() -> None:
    """Calibrated scores of the bundled organisation are the same to the last bit."""
    demo = load_demo()
    # Three records are broken on purpose, two of them with ids that are used twice.
    records = [json.loads(one) for one in {json.dumps(one, sort_keys=True) for one in demo.links}]

    def scores(graph: LinkGraph) -> list[float]:
        scored: list[float] = cluster(graph, calibrate="competition").problem.pairs.score.tolist()
        return scored

    plain = scores(LinkGraph(read_links(records, catalogue=demo.catalogue)))
    for seed in range(3):
        assert scores(permuted_graph(records, demo.catalogue, seed)) == plain


def read_json(path: Path) -> Any:
    """Read a file of JSON, packed or not."""
    raw = path.read_bytes()
    return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)


@pytest.fixture(scope="session")
def real_graphs(real_organization: Path) -> list[tuple[LinkGraph, Truth]]:
    """A large real organisation and the truth of it, as they are and under other ids."""
    known = {
        path.name.partition(".")[0]: read_json(path)
        for path in sorted(real_organization.glob("*.json*"))
    }
    records, true = known["entity_links"], known["truth"]["clusters"]
    kinds = ("integration_sources", "tables", "columns", "saas_objects", "saas_fields")
    listed = {kind: known[kind] for kind in kinds}

    def truth(clusters: Any) -> Truth:
        return Truth.from_clusters(
            [[member["id"] for member in one["members"]] for one in clusters],
            families=[one["family"] for one in clusters],
        )

    return [(LinkGraph(read_links(records, catalogue=listed)), truth(true))] + [
        (permuted_graph(records, listed, seed), truth(relabelled(true, seed)))
        for seed in range(PERMUTATIONS)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("calibrate", CALIBRATIONS)
@pytest.mark.parametrize("one_per", RULES)
def test_a_real_catalogue_hardly_depends_on_ids(
    real_graphs: list[tuple[LinkGraph, Truth]], one_per: str | None, calibrate: str | None
) -> None:
    """Among many equal confidences, other ids change pair F1 by at most 0.002 on average."""
    plain, *moved = [
        evaluate(cluster(graph, one_per=one_per, calibrate=calibrate), truth, missing="skip").f1
        for graph, truth in real_graphs
    ]
    assert np.abs(np.array(moved) - plain).mean() <= 0.002
