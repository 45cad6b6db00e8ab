"""Snapshots from strangers: each ends in an error of a snapshot, at once, and in little memory."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hummgraph import Limits, LinkGraph, read_links, read_snapshot
from hummgraph.datasets import load_demo
from hummgraph.errors import (
    MemoryLimitError,
    SnapshotDamagedError,
    SnapshotVersionError,
)
from tests.support.hostile import SNAPSHOTS, bomb, seal

SECONDS = 30.0  # on a busy machine; each takes a fraction of a second


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a snapshot with some of everything: links, catalogue, a quarantined record."""
    demo = load_demo()
    places = {kind: records[:8] for kind, records in demo.catalogue.items()}
    path = tmp_path_factory.mktemp("whole") / "acme"
    read_links([*demo.links[:12], {"id": "bad"}], catalogue=places).write(path)
    return path


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    return Path(shutil.copytree(whole, tmp_path / "acme"))


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_a_hostile_snapshot_is_damaged_or_of_another_version(folder: Path, name: str) -> None:
    """No foreign error, no wait, and the message is short and holds no control character."""
    SNAPSHOTS[name](folder)
    before, began = pa.total_allocated_bytes(), time.monotonic()
    with pytest.raises((SnapshotDamagedError, SnapshotVersionError)) as caught:
        read_snapshot(folder)
    assert time.monotonic() - began < SECONDS
    assert pa.total_allocated_bytes() - before < 64 << 20
    message = str(caught.value)
    assert len(message.replace(str(folder), "")) < 400
    assert message.isprintable()


def test_there_are_sixty_of_them() -> None:
    """The list is at least as long as the one that was tried first."""
    assert len(SNAPSHOTS) >= 60


def test_the_whole_one_is_read(folder: Path) -> None:
    """The snapshot that other tests change is valid, also with its manifest sealed again."""
    seal(folder)
    read = read_snapshot(folder)
    assert (read.links.num_rows, read.report.quarantined) == (12, 1)
    assert LinkGraph(read).n_links == 12


def test_a_bomb_is_small(folder: Path) -> None:
    """Some kilobytes stand for 20 GiB, and the largest batch of them is not read."""
    bomb(20_000, 1 << 20)(folder)
    assert (folder / "links.parquet").stat().st_size < 20_000
    before = pa.total_allocated_bytes()
    with pytest.raises(SnapshotDamagedError, match="expands to more than 67,108,864 bytes"):
        read_snapshot(folder)
    assert pa.total_allocated_bytes() - before < 64 << 20


@pytest.mark.parametrize("column", ["link_id", "organization_id", "confidence", "status"])
def test_a_bomb_in_any_column_stays_coded(folder: Path, column: str) -> None:
    """Also in one that holds no text, where nothing of it is decoded before it is refused."""
    bomb(70_000, 1 << 16, at=(column,))(folder)
    pool = pa.proxy_memory_pool(pa.default_memory_pool())
    before = pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        with pytest.raises(SnapshotDamagedError):
            read_snapshot(folder)
    finally:
        pa.set_memory_pool(before)
    assert pool.max_memory() < 128 << 20


def test_memory_is_compared_before_it_is_used(folder: Path) -> None:
    """The error has what was needed; with as much the snapshot is read."""
    with pytest.raises(MemoryLimitError, match="would need at least") as caught:
        read_snapshot(folder, limits=Limits(memory=1000))
    assert (caught.value.limit, caught.value.needed > 1000) == (1000, True)
    read_snapshot(folder, limits=Limits(memory=200_000))
    assert caught.value.needed < 200_000


def test_files_of_others_in_the_folder_are_ignored(folder: Path) -> None:
    """Files that the manifest does not list are no part of the snapshot, and not read."""
    (folder / "notes.txt").write_text("mine")
    (folder / "link").symlink_to("/dev/zero")
    assert read_snapshot(folder).links.num_rows == 12


def test_counts_of_a_manifest_without_reasons_are_those_of_its_lines(folder: Path) -> None:
    """Snapshots of earlier versions have every record in the file."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in ("reasons", "catalogue_reasons"):
        del manifest["counts"][name]
    seal(folder, counts=manifest["counts"])
    assert read_snapshot(folder).quarantine.counts.records == 1


def test_evidence_that_the_fast_way_refuses_is_judged_strictly(folder: Path) -> None:
    """Half a surrogate pair, and 300 digits in a text, are allowed in evidence."""
    path = folder / "links.parquet"
    table = pq.read_table(path)
    texts = ['{"a": "\\ud800"}', json.dumps({"a": "9" * 400})] * 6
    place = table.schema.get_field_index("evidence")
    table = table.set_column(place, "evidence", pa.array(texts, pa.large_string()))
    pq.write_table(table, path)
    seal(folder)
    assert read_snapshot(folder).links.column("evidence").to_pylist() == texts
