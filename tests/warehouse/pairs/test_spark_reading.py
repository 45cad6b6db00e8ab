"""Tests that Spark makes the clusters of one machine, if it is installed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hummgraph import cluster_pairs
from hummgraph.errors import ArgumentError, FormatError
from tests.warehouse.pairs.test_remote_labels import packed_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PYTHON = os.environ.get("HUMMGRAPH_SPARK")

pytestmark = pytest.mark.skipif(PYTHON is None, reason="HUMMGRAPH_SPARK names no Python of Spark")

N_GRAPHS = 20
SETTINGS: tuple[dict[str, Any], ...] = (
    {"method": "average", "threshold": 0.3, "one_per_group": True, "calibrate": "both"},
    {"method": "average", "average_over": "present", "threshold": 0.5},
    {"method": "complete", "threshold": 0.1, "one_per_group": True},
    {"method": "single", "threshold": 0.5, "one_per_group": True, "calibrate": "competition"},
    {"method": "gaec", "threshold": 0.5, "calibrate": "decisions"},
    {"method": "best_links", "threshold": 0.3},
)


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Return a session of Spark with two workers on this machine."""
    from pyspark.sql import SparkSession

    # A session reads it as it begins; else its workers run the first python3 on PATH.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]")
    for name, value in {
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.showConsoleProgress": "false",
    }.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Return the pairs of many random graphs that share no node."""
    return packed_pairs(N_GRAPHS)


ARGUMENTS: dict[str, Any] = {"status": "status", "groups": ("left", "right")}


@pytest.mark.parametrize("options", SETTINGS, ids=lambda options: options["method"])
def test_clusters_are_those_of_one_machine(
    options: dict[str, Any], session: Any, table: pa.Table
) -> None:
    """Twenty random graphs with decisions and groups have equal clusters."""
    wanted = cluster_pairs(table, **ARGUMENTS, **options)
    given = session.createDataFrame(table)
    found = cluster_pairs(given, engine=session, **ARGUMENTS, **options).collect()
    assert [tuple(row) for row in found] == list(
        zip(wanted["node"].to_pylist(), wanted["cluster_id"].to_pylist(), strict=True)
    )


def test_files_and_numbers_are_read(session: Any, tmp_path: Path) -> None:
    """The path of Parquet files is read, and numbers come back as numbers of their type."""
    pairs = pa.table(
        {
            "source": pa.array([5, 3], pa.int16()),
            "target": pa.array([20, 7], pa.int16()),
            "score": [0.9, 0.2],
        }
    )
    pq.write_table(pairs, tmp_path / "pairs.parquet")
    found = cluster_pairs(tmp_path / "pairs.parquet", engine=session, threshold=0.5)
    wanted = cluster_pairs(pairs, threshold=0.5)
    assert found.dtypes[0] == ("node", "smallint")
    rows = zip(wanted["node"].to_pylist(), wanted["cluster_id"].to_pylist(), strict=True)
    assert [tuple(row) for row in found.collect()] == list(rows)
    assert not session.catalog.listTables()


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no table": ({}, {"pairs": [1]}, "pairs is a list; with Spark it is a DataFrame"),
    "no column": ({}, {"source": "from"}, "has no column 'from'"),
    "null id": ({"source": [None]}, {}, "source is null or empty in a row"),
    "ids": ({"source": [0.5]}, {}, "source is of type double"),
    "kinds": ({"source": [4]}, {}, "source has whole numbers and target has texts"),
    "score": ({"score": [7.0]}, {}, "score is 7.0 in a row"),
    "text": ({"score": ["high"]}, {}, "score is of type string"),
    "status": ({"status": ["odd"]}, {}, "status is 'odd' in a row"),
}


@pytest.mark.parametrize(("column", "arguments", "message"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named(
    column: dict[str, Any], arguments: dict[str, Any], message: str, session: Any
) -> None:
    """A faulty table is refused before anything is clustered."""
    rows = {"source": ["a"], "target": ["b"], "score": [0.9], "status": ["match"], **column}
    if rows["source"] == [None]:
        rows["source"] = pa.array([None], pa.string())
    given = arguments.pop("pairs", None) or session.createDataFrame(pa.table(rows))
    with pytest.raises((ArgumentError, FormatError), match=message):
        cluster_pairs(given, engine=session, **{"status": "status", **arguments})
