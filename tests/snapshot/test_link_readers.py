"""Tests of the readers of files and records."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.errors import ArgumentError, ConfigError, ContractError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.models import EntityLink
from hummgraph.snapshot.link_readers import read_catalogue, read_links
from tests.support.builders import catalogue, record, uid

RECORDS = [record("a/t.x", "b/u.y", 0.5), record("a/t.x", "c/v.z", None, evidence={"n": [1]})]


def rows(snapshot: Any) -> list[dict[str, Any]]:
    """Return the links of a snapshot as plain rows."""
    found: list[dict[str, Any]] = snapshot.links.to_pylist()
    for row in found:
        row["evidence"] = row["evidence"] and json.loads(row["evidence"])
    return sorted(found, key=lambda row: row["link_id"])


EXPECTED = rows(read_links(RECORDS))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("lines", [False, True])
def test_files_of_records(tmp_path: Path, *, packed: bool, lines: bool) -> None:
    """Files hold an array or one record a line, gzipped or plain, under any name."""
    text = "\n".join(map(json.dumps, RECORDS)) if lines else json.dumps(RECORDS)
    path = tmp_path / "links"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())

    assert rows(read_links(path)) == EXPECTED
    assert rows(read_links(str(path))) == EXPECTED


PACKED = gzip.compress(json.dumps(RECORDS).encode(), mtime=0)


@pytest.mark.parametrize(
    "spoilt",
    [
        PACKED[:1],
        PACKED[:2] + b"{}",
        *(PACKED[:n] for n in range(2, len(PACKED), len(PACKED) // 20)),
        PACKED[:-1],
        PACKED[:-5] + b"\0" + PACKED[-4:],
        PACKED[:30] + b"\xff\xff" + PACKED[32:],
        PACKED + b"garbage",
    ],
)
def test_damaged_packed_files(tmp_path: Path, spoilt: bytes) -> None:
    """A damaged gzip file of links, catalogue or truth raises one kind of error."""
    path = tmp_path / "links.json.gz"
    path.write_bytes(spoilt)
    with pytest.raises(ContractError):
        read_links(path)
    path.rename(tmp_path / "columns.json.gz")
    with pytest.raises(ContractError):
        read_catalogue(tmp_path)
    (tmp_path / "columns.json.gz").rename(path)
    with pytest.raises(ArgumentError, match="is not a truth: it"):
        Truth.read(path)


def test_models_and_mixed_records() -> None:
    """EntityLink models and dicts give the same links."""
    models = [EntityLink.model_validate(item) for item in RECORDS]

    assert rows(read_links(models)) == EXPECTED
    assert rows(read_links([models[0], RECORDS[1]])) == EXPECTED


def test_python_values_are_understood() -> None:
    """UUIDs, times, enums and models inside a dict are written as the API would write them."""

    class Kind(Enum):
        SCORED = "PROBABILISTIC"

    item = record("a/t.x", "b/u.y", 0.5, link_type=Kind.SCORED)
    item["id"] = UUID(item["id"])
    item["created_at"] = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    item["evidence"] = {"like": EntityLink.model_validate(RECORDS[1])}
    (row,) = rows(read_links([item]))

    assert row["link_id"] == item["id"].bytes
    assert row["created_at"] == item["created_at"]
    assert row["link_type"] == "PROBABILISTIC"
    assert row["evidence"]["like"]["id"] == RECORDS[1]["id"]


@pytest.mark.parametrize("value", [{1, 2}, object(), {("a", "b"): 3}, {"a": 10**5_000}])
def test_values_that_json_cannot_carry_are_set_aside(value: object) -> None:
    """A value that JSON cannot hold sets its record aside, and the others are read."""
    found = read_links([RECORDS[0], record("a/t.x", "b/u.y", evidence=value)])
    assert [(q.index, q.reasons[0].code) for q in found.quarantine] == [(1, "wrong_type")]


def test_nan_among_records_is_null() -> None:
    """NaN in records is null, and infinity sets its record aside."""
    found = read_links([RECORDS[0], record("a/t.x", "b/u.z", float("nan"))])
    assert found.links.column("confidence").to_pylist() == [0.5, None]

    found = read_links([RECORDS[0], record("a/t.x", "b/u.z", float("inf"))])
    assert found.report.kept == 1
    assert found.report.reasons == {"not_finite": 1}


@pytest.mark.parametrize("text", ["", "<html></html>", '{"detail": "no"}', "5"])
def test_files_that_hold_no_records_are_refused(tmp_path: Path, text: str) -> None:
    """A file without records is refused, and the error does not quote it."""
    (tmp_path / "links.json").write_text(text)
    with pytest.raises(ContractError):
        read_links(tmp_path / "links.json")


def test_missing_files_are_said_so(tmp_path: Path) -> None:
    """The error for a missing file names its path."""
    with pytest.raises(ConfigError, match=r"none\.json.*No such file"):
        read_links(tmp_path / "none.json")
    with pytest.raises(ConfigError, match=r"none\.json.*No such file"):
        read_links([], names=tmp_path / "none.json")


def test_names_from_a_file(tmp_path: Path) -> None:
    """A file of names is a JSON object of ids to names, and anything else is refused."""
    path = tmp_path / "names.json"
    path.write_text(json.dumps({uid("a/t"): "customers"}))
    assert LinkGraph(read_links(RECORDS, names=path)).node(uid("a/t")).name == "customers"

    for text in ("[]", "{", "[" * 100_000):
        path.write_text(text)
        with pytest.raises(ConfigError, match="not a JSON object"):
            read_links(RECORDS, names=path)


def test_catalogue_in_all_its_forms(tmp_path: Path) -> None:
    """A Catalogue, records by kind and a folder of files give the same names."""
    records = catalogue(["a/t.x", "b/u.y", "c/v.z"])
    (tmp_path / "integration_sources.json").write_text(json.dumps(records["integration_sources"]))
    (tmp_path / "tables.json.gz").write_bytes(gzip.compress(json.dumps(records["tables"]).encode()))
    (tmp_path / "columns.json").write_text(json.dumps(records["columns"]))
    (tmp_path / "saas_associations.json").write_text("[]")

    forms: list[Any] = [Catalogue.from_records(records), records, tmp_path, str(tmp_path)]
    for form in forms:
        assert LinkGraph(read_links(RECORDS, catalogue=form)).node("a/t.x").node_id == uid("a/t.x")


def test_a_folder_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    """A folder without catalogue files is refused with the expected file names."""
    with pytest.raises(ConfigError, match=r"holds no catalogue file.*saas_objects"):
        read_catalogue(tmp_path)


def test_a_real_organization_is_read_whole(real_organization: Path) -> None:
    """Thousands of links with names are all kept and named."""
    snapshot = read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)

    assert (snapshot.report.records, snapshot.report.kept) == (8338, 8338)
    assert not any(snapshot.report.unnamed.values())
    assert LinkGraph(snapshot).node("stripe/customer.email").resolved


def test_a_report_of_no_records_counts_nothing_else() -> None:
    """Without links there are no counts by status and type."""
    rows = read_links([]).report.rows()
    assert rows[0] == ("Entity links", "0 records = 0 kept + 0 quarantined")
    assert not {"By status", "By type"} & {subject for subject, _ in rows}
