"""Tests of the command that groups pairs, with an engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one Parquet file of pairs."""
    made = tmp_path / "pairs"
    made.mkdir()
    rows = {"source": ["a", "b", "d"], "target": ["b", "c", "e"], "score": [0.9, 0.8, 0.05]}
    pq.write_table(pa.table(rows), made / "one.parquet")
    return made


def test_an_engine_gives_the_clusters_of_one_machine(run: Any, folder: Path) -> None:
    """Rows, title and setting are those without an engine; a folder of Parquet is read."""
    alone, beside = folder / "alone.json", folder / "beside.json"
    wanted = run("pairs", folder / "one.parquet", "--setting", alone, "--format", "json")
    limit = ("--engine", "duckdb", "--memory-limit", "1GB")
    found = run("pairs", folder, *limit, "--setting", beside, "--format", "json")
    assert (wanted.code, found.code) == (0, 0), found.err
    assert json.loads(found.out) == json.loads(wanted.out)
    assert beside.read_bytes() == alone.read_bytes()
    held = run("pairs", folder, *limit, "--setting", beside, "--format", "table")
    assert "1 cluster of several nodes, among 5 nodes" in held.out
    out = folder.with_name("clusters.parquet")
    assert run("pairs", folder, *limit, "-o", out).code == 0
    assert pq.read_table(out).column_names == ["node", "cluster_id"]


def test_what_duckdb_cannot_read_is_named(run: Any, folder: Path) -> None:
    """A file that is cut off is named, without a traceback."""
    cut = folder / "two.parquet"
    cut.write_bytes((folder / "one.parquet").read_bytes()[:-9])
    answer = run("pairs", folder, "--engine", "duckdb")
    assert answer.code == 2
    assert "DuckDB cannot read the rows" in answer.err
    assert "two.parquet" in "".join(answer.err.split())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--engine", "duckdb", "--method", "leiden"), "or leave out --engine."),
        (("--score", "alike"), "Name it by --score."),
        (("--memory-limit", "1GB"), "--memory-limit has no effect without --engine"),
        (("--engine", "duckdb", "--quality"), "--quality has no effect with --engine"),
        (("--engine", "duckdb", "--memory-limit", "much"), "--memory-limit is 'much'; it must be"),
    ],
)
def test_what_has_no_sense_is_refused(
    run: Any, folder: Path, given: tuple[str, ...], message: str
) -> None:
    """Options without effect, and a size that is none, are named."""
    answer = run("pairs", folder / "one.parquet", *given)
    assert answer.code == 2
    assert message in " ".join(answer.err.split())
