"""Clusters of few pairs by Spark: what its steps take where one machine needs none of them.

Run ``python benchmarks/spark.py [--pairs 142334]`` with the environment variable
``HUMMGRAPH_SPARK``, a Python with pyspark, pandas and hummgraph. The random pairs of
``benchmarks/engines.py`` are clustered from Parquet by one machine, and by a session of Spark with
two cores of the same machine. The start of the session is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from engines import FEW_PAIRS, case, write_pairs
from rows import print_rows, progress

import hummgraph as hg

ROUNDS = 3
VARIABLE = "HUMMGRAPH_SPARK"


def clustered(path: str) -> dict[str, float]:
    """Cluster the pairs of a file in Spark; return the seconds."""
    from pyspark.sql import SparkSession

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
    session = builder.getOrCreate()
    seconds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        n_nodes = hg.cluster_pairs(path, engine=session).count()
        seconds.append(time.perf_counter() - begin)
    session.stop()
    return {"seconds": median(seconds), "n_nodes": n_nodes}


def main() -> None:
    """Print the row, or run one case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=FEW_PAIRS, help="pairs in Parquet")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(clustered(arguments.case)))
        return
    if VARIABLE not in os.environ:
        parser.error(f"{VARIABLE} names no Python of Spark")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.parquet"
        write_pairs(path, arguments.pairs)
        spark = case(__file__, "--case", str(path), python=os.environ[VARIABLE])
        progress(f"Spark: {spark}")
        engines = str(Path(__file__).with_name("engines.py"))
        one = case(engines, "--case", "cluster", str(path), str(ROUNDS))
        progress(f"one machine: {one}")
    if one["n_nodes"] != spark["n_nodes"]:
        raise RuntimeError("Spark and one machine have different nodes.")
    note = f"{spark['seconds']:.1f} of {one['seconds']:.2f} s"
    print_rows("spark", {"few": (spark["seconds"] / one["seconds"], note)})


if __name__ == "__main__":
    main()
