"""Tests of pairs that Splink itself predicted, if it is installed."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hummgraph import cluster_pairs, pairs_setting
from hummgraph.errors import FormatError

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = os.environ.get("HUMMGRAPH_SPLINK")

pytestmark = pytest.mark.skipif(PYTHON is None, reason="HUMMGRAPH_SPLINK names no Python of Splink")

PREDICTION = """
import random, sys
import pyarrow as pa, pyarrow.parquet as pq
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

chance = random.Random(7)
pick = lambda words: chance.choice(words.split())
names = [
    pick("B D F G K L M N") + pick("a e i o u") + pick("l m n r") + pick("ard bert son ton a")
    for _ in range(300)
]

def records(system):
    return pa.Table.from_pylist([
        {"unique_id": f"{system}-{n}", "first": name, "year": 1950 + n % 50,
         "city": f"city {n % 5}" if chance.random() < 0.9 else "elsewhere"}
        for n, name in enumerate(names) if chance.random() < 0.8
    ])

api = DuckDBAPI()
tables = [api.register(records(name), dataset_display_name=name) for name in ("crm", "shop")]
linker = Linker(tables, SettingsCreator(
    link_type="link_only",
    comparisons=[cl.NameComparison("first"), cl.ExactMatch("year"), cl.ExactMatch("city")],
    blocking_rules_to_generate_predictions=[block_on("year"), block_on("first")],
))
linker.training.estimate_probability_two_random_records_match(
    [block_on("first", "year")], recall=0.8
)
linker.training.estimate_u_using_random_sampling(max_pairs=1e5, seed=1)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("year"))
found = linker.inference.predict()
pq.write_table(found.as_pyarrow_table(), sys.argv[1])
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
    found, threshold_match_probability=0.5
)
pq.write_table(clusters.as_pyarrow_table(), sys.argv[2])
"""

ENDS: dict[str, Any] = {
    "source": "unique_id_l",
    "target": "unique_id_r",
    "score": "match_probability",
}
GROUPS = ("source_dataset_l", "source_dataset_r")


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Pairs that Splink predicts, and its own clusters of them."""
    folder = tmp_path_factory.mktemp("splink")
    paths = folder / "pairs.parquet", folder / "clusters.parquet"
    subprocess.run(
        [str(PYTHON), "-c", PREDICTION, *map(str, paths)], check=True, capture_output=True
    )
    return paths


def sets(table: pa.Table, node: str) -> set[frozenset[str]]:
    """Return the clusters of several nodes of a table."""
    members: dict[str, set[str]] = {}
    for row in table.to_pylist():
        members.setdefault(row["cluster_id"], set()).add(row[node])
    return {frozenset(nodes) for nodes in members.values() if len(nodes) > 1}


def test_components_are_splink_s_own(predicted: tuple[Path, Path]) -> None:
    """Connected components at a threshold are those that Splink finds."""
    pairs, clusters = map(pq.read_table, predicted)

    found = cluster_pairs(pairs, **ENDS, method="components", threshold=0.5)

    assert isinstance(found, pa.Table)
    assert sets(found, "node") == sets(clusters, "unique_id")


def test_two_systems_are_matched_one_to_one(predicted: tuple[Path, Path]) -> None:
    """The datasets are groups that hold a thing once, and most clusters are right."""
    pairs = pq.read_table(predicted[0])

    found = sets(cluster_pairs(pairs, **ENDS, groups=GROUPS), "node")

    assert pairs_setting(pairs, **ENDS, groups=GROUPS).one_per == "integration_source"
    assert all(len({node.partition("-")[0] for node in nodes}) == len(nodes) for nodes in found)
    right = sum(len({node.partition("-")[2] for node in nodes}) == 1 for nodes in found)
    assert right > 0.9 * len(found) > 100


def test_match_weights_are_refused(predicted: tuple[Path, Path]) -> None:
    """The error names the column to take."""
    with pytest.raises(FormatError) as caught:
        cluster_pairs(predicted[0], **{**ENDS, "score": "match_weight"})
    assert caught.value.hint.startswith("Write score='match_probability'")
