"""Files from strangers: each is read, or ends in an error of hummgraph, at once."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

import hummgraph as hg
from hummgraph.errors import (
    ArgumentError,
    ConfigError,
    ContractError,
    HummgraphError,
    MemoryLimitError,
)
from hummgraph.records.catalogue import CatalogueBuilder
from hummgraph.records.json_stream import array_items, is_json
from hummgraph.records.quarantine import (
    MAX_SAMPLE_RECORDS,
    NameCounts,
    Quarantine,
    QuarantineCounts,
    QuarantinedRecord,
    QuarantineSample,
    Reason,
)
from hummgraph.records.strict_json import MAX_VALUES
from hummgraph.records.tables.files import read_whole
from hummgraph.records.validation import validate_links
from hummgraph.records.verdicts import validate_record
from hummgraph.snapshot.manifest import names_of
from tests.support.builders import record, uid
from tests.support.hostile import DATA_FILES

SECONDS = 60.0  # on a busy machine; most take some milliseconds


@pytest.fixture(scope="module")
def graph() -> hg.LinkGraph:
    """Return a small graph to lay decisions and truths over."""
    return hg.LinkGraph(hg.read_links([{"source": "a/b.c", "target": "d/e.f", "confidence": 1}]))


def read(path: Path, graph: hg.LinkGraph) -> None:
    """Read a file by its name, in every way that a person may; use what was read."""
    match path.stem:
        case "links":
            snapshot = hg.read_links(path)
            report = snapshot.report
            assert report.records == report.kept + report.quarantined
            assert str(report).replace("\n", "").isprintable()
            hg.LinkGraph(snapshot).summary()
        case "names":
            hg.read_links([], names=path)
        case "decisions":
            graph.with_decisions(path, missing="skip")
        case "truth":
            hg.evaluate(hg.cluster(graph, threshold=0.5), hg.Truth.read(path), missing="skip")
        case "tables":
            hg.read_catalogue(path.parent)
        case "graph":
            try:
                hg.read_graphml_attributes(path)
            finally:
                hg.read_graphml(path)


@pytest.mark.parametrize(("name", "what"), DATA_FILES)
def test_a_hostile_file_is_read_or_refused(
    name: str, what: str, graph: hg.LinkGraph, tmp_path: Path
) -> None:
    """No foreign error, no wait, and a short message without control characters."""
    path = tmp_path / name
    path.write_bytes(DATA_FILES[name, what])
    began = time.monotonic()
    said = ""
    try:
        read(path, graph)
    except HummgraphError as error:
        said = str(error)
    assert said.replace("\n", " ").isprintable()
    assert len(said) < 2_000
    assert time.monotonic() - began < SECONDS


def test_there_are_as_many_as_were_tried() -> None:
    """The list is at least as long as the one that was tried first."""
    assert len(DATA_FILES) >= 122


@pytest.mark.parametrize("name", ["a\0b.json", "a\0b.csv", "a\0b.graphml", "x" * 5_000 + ".json"])
@pytest.mark.parametrize(
    "reader",
    [
        hg.read_links,
        hg.read_snapshot,
        hg.read_graphml,
        hg.read_graphml_attributes,
        hg.read_parquet,
        hg.read_decisions,
        hg.Truth.read,
        hg.read_catalogue,
        lambda name: hg.read_links([], names=name),
    ],
)
def test_paths_that_no_file_has_are_errors_of_ours(reader: Any, name: str) -> None:
    """NUL in a path raises ValueError in Python, and a name that is too long OSError."""
    with pytest.raises(HummgraphError) as caught:
        reader(name)
    assert str(caught.value).isprintable()


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [b"{}", b"0", b"[]", b'""', b'{"a":1}', b'{"id":1}', b"NaN"])
def test_a_bounded_sample_is_kept_and_all_are_counted(record: bytes) -> None:
    """A million bytes of short records fill a sample of a thousand, and counts that are exact."""
    n = 20_000
    reply = b"[" + b",".join([record] * n) + b"]"

    found = validate_links([lambda: io.BytesIO(reply)])

    with pytest.raises(ContractError) as caught:
        validate_record(record)
    reasons = {code for code, _ in getattr(caught.value, "reasons", ())}
    assert found.n_records == n
    assert len(found.quarantine) == MAX_SAMPLE_RECORDS
    assert found.quarantine.counts == QuarantineCounts(n, n, dict.fromkeys(sorted(reasons), n))
    assert sum(len(kept.record) for kept in found.quarantine) == len(record) * MAX_SAMPLE_RECORDS
    assert [kept.index for kept in found.quarantine] == list(range(MAX_SAMPLE_RECORDS))
    assert all(kept.record == record for kept in found.quarantine)


def test_a_rare_reason_is_kept_behind_a_frequent_one() -> None:
    """The sample is one for each reason, so that nothing rare hides behind what is frequent."""
    reply = b"[" + b"{}," * 5_000 + b"NaN," + b"{}," * 5_000 + b"null]"

    found = validate_links([lambda: io.BytesIO(reply)]).quarantine

    assert [kept.index for kept in found[-2:]] == [5_000, 10_001]
    assert found.counts.reasons == {"missing_field": 10_000, "not_finite": 1, "not_object": 1}
    assert str(found).startswith("1,002 of 10,002 QuarantinedRecords")


def test_duplicates_beyond_the_sample_are_counted() -> None:
    """Links set aside for others are sampled as well, and their places stay right."""
    link = {
        "id": "33333333-3333-4333-8333-333333333333",
        "organization_id": "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01",
        "source_integration_source_id": "11111111-1111-4111-8111-111111111111",
        "target_integration_source_id": "22222222-2222-4222-8222-222222222222",
        "created_at": "2026-01-05T09:30:00Z",
        "updated_at": "2026-01-06T10:00:00Z",
    }
    text = json.dumps(link).encode()
    reply = b"[{}," + b",".join([text] * (MAX_SAMPLE_RECORDS + 10)) + b"]"

    found = validate_links([lambda: io.BytesIO(reply)])

    assert found.links.num_rows == 1
    assert found.quarantine.counts.reasons == {
        "duplicate": MAX_SAMPLE_RECORDS + 9,
        "missing_field": 1,
    }
    assert found.quarantine.counts.bad == 1
    assert len(found.quarantine) == MAX_SAMPLE_RECORDS + 1
    assert [kept.index for kept in found.quarantine[:3]] == [0, 2, 3]
    assert {kept.record for kept in found.quarantine[1:]} == {text}


def test_a_sample_holds_no_more_than_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long records are counted once the room is used, and shorter ones may still be kept."""
    monkeypatch.setattr("hummgraph.records.quarantine.MAX_SAMPLE_BYTES", 10)
    sample, reasons = QuarantineSample(), (Reason("not_json", ""),)
    for index, text in enumerate((b"x" * 8, b"x" * 8, b"x")):
        sample.count(reasons)
        if sample.takes(reasons, len(text)):
            sample.add(QuarantinedRecord("entity_link", 0, index, reasons, text))
    found = sample.build()
    assert [kept.index for kept in found] == [0, 2]
    assert found.counts.records == 3


def test_counts_of_a_quarantine_default_to_its_records() -> None:
    """A quarantine that was built from records has all of them."""
    copy = QuarantinedRecord("entity_link", 0, 0, (Reason("duplicate", "/id"),), b"{}")
    assert Quarantine([copy]).counts == QuarantineCounts(1, 0, {"duplicate": 1})


def test_names_of_strangers_are_counted_up_to_a_thousand() -> None:
    """Values after a thousand names are counted in one number."""
    counts = NameCounts()
    counts.update(f"f{i}" for i in range(1_005))
    counts.update(["f0", "f1004"])
    assert (len(counts), counts["(others)"], counts["f0"]) == (1_001, 6, 2)


def test_a_catalogue_reply_of_empty_objects_is_counted() -> None:
    """Catalogue replies have the same bounds as the list of links."""
    builder = CatalogueBuilder()
    builder.add("tables", b"[" + b"{}," * 50_000 + b'{"id": 7}, {"id": 7}]')
    found = builder.build().quarantine
    assert found.counts.reasons == {"invalid_uuid": 2, "missing_field": 50_000}
    assert len(found) == MAX_SAMPLE_RECORDS + 2


@pytest.mark.parametrize("text", ['{"a": [%s]}', '[{"a": [%s]}]', '[1, {"a": [%s]}]'])
def test_one_record_may_not_have_millions_of_values(text: str) -> None:
    """Python needs a hundred bytes for what takes two in JSON."""
    body = (text % ("[]," * (MAX_VALUES + 1) + "[]")).encode()
    with pytest.raises(ContractError, match="has a record with too many values"):
        CatalogueBuilder().add("tables", body)


def test_a_record_of_links_with_millions_of_values_is_set_aside() -> None:
    """It is set aside whole, and what follows it is read."""
    reply = b'[{"a": [' + b"{}," * MAX_VALUES + b"{}]}, {}]"
    found = validate_links([lambda: io.BytesIO(reply)]).quarantine
    assert found.counts.reasons == {"missing_field": 1, "too_many_values": 1}
    assert len(found[0].record) > 3 * MAX_VALUES


def test_memory_is_compared_before_links_are_kept(tmp_path: Path) -> None:
    """Whatever the form of the links, the error has what was needed."""
    rows = [{"source": f"a/b.c{i}", "target": f"d/e.f{i}", "confidence": 1} for i in range(100)]
    path = tmp_path / "links.json"
    path.write_text(json.dumps(rows))
    for given in (rows, path, path.read_bytes(), hg.datasets.load_demo().links):
        with pytest.raises(MemoryLimitError, match="The links would need at least") as caught:
            hg.read_links(given, limits=hg.Limits(memory=1_000))
        assert caught.value.needed > caught.value.limit == 1_000
    with pytest.raises(ArgumentError, match="limits is a int; it must be a Limits"):
        hg.read_links(rows, limits=7)  # type: ignore[arg-type]


def test_a_device_that_never_ends_is_too_large() -> None:
    """Bytes of a device are compared with the memory allowed."""
    with pytest.raises(MemoryLimitError, match="The content of '/dev/zero'"):
        hg.read_links("/dev/zero", limits=hg.Limits(memory=1 << 22))


def test_a_catalogue_has_a_limit_of_memory_and_of_size(tmp_path: Path) -> None:
    """A gzip file may stand for a thousand times its size."""
    path = tmp_path / "tables.json.gz"
    path.write_bytes(gzip.compress(b" " * 1_000_000 + b"[]"))
    with pytest.raises(ConfigError, match="is larger than 1,000 bytes"):
        hg.read_catalogue(tmp_path, limits=hg.Limits(catalogue_bytes=1_000))
    path.write_bytes(
        gzip.compress(json.dumps(hg.datasets.load_demo().catalogue["tables"]).encode())
    )
    with pytest.raises(MemoryLimitError, match="The catalogue would need"):
        hg.read_catalogue(tmp_path, limits=hg.Limits(memory=5_000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_names_may_come_through_a_pipe(tmp_path: Path) -> None:
    """A pipe is read once, and as far as its limit."""
    import threading

    path = tmp_path / "names"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("{}",))
    writer.start()
    hg.read_links([], names=path)
    writer.join()


def test_clustering_has_a_limit_of_memory(graph: hg.LinkGraph) -> None:
    """It is compared before anything is computed."""
    needed = "Clustering 1 link between 6 nodes may need 1,800 bytes .* allows 100 bytes"
    for compute in (hg.cluster, hg.merge_tree):
        with pytest.raises(MemoryLimitError, match=needed) as caught:
            compute(graph, max_memory=100)
        assert caught.value.needed == 1_800
    assert len(hg.cluster(graph, threshold=0.5, max_memory=1_800)) == 1
    assert len(hg.cluster(graph, method="markov", threshold=0.5, max_memory=1 << 20)) == 1
    with pytest.raises(ArgumentError, match="max_memory is 0; it must be a whole number"):
        hg.cluster(graph, max_memory=0)


# --- bounds, one by one --------------------------------------------------------------------------


def test_files_of_too_many_values_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decisions, true clusters and names, before they are values of Python."""
    path = tmp_path / "many.json"
    path.write_text("[[],[],[]]")
    monkeypatch.setattr("hummgraph.graph.journal._MAX_VALUES", 1)
    monkeypatch.setattr("hummgraph.algorithms.evaluation.truth_file._MAX_VALUES", 1)
    with pytest.raises(hg.errors.DecisionError, match="more than 1 values"):
        hg.read_decisions(path)
    with pytest.raises(hg.errors.ArgumentError, match="more than 1 values"):
        hg.Truth.read(path)
    path.write_text("[" + "," * (MAX_VALUES + 1) + "]")
    with pytest.raises(hg.errors.ConfigError, match="more than 1,000,000 values"):
        hg.read_links([], names=path)


def test_missing_truth_that_should_be_compressed(tmp_path: Path) -> None:
    """The error names the reason of the system."""
    with pytest.raises(hg.errors.ArgumentError, match="No such file"):
        hg.Truth.read(tmp_path / "truth.csv.gz")


def test_names_are_not_empty() -> None:
    """An empty name in a snapshot's file of names is a fault."""
    with pytest.raises(ValueError, match="a name is empty"):
        names_of(b'{"11111111-1111-4111-8111-111111111111": ""}')


def test_catalogue_values_are_records() -> None:
    """A number is neither an array nor an object."""
    with pytest.raises(hg.errors.ContractError, match="neither an array nor an object"):
        CatalogueBuilder().add_records("tables", 5)


def test_remembered_refusals_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal records are judged once, of as many as there is room for."""
    monkeypatch.setattr("hummgraph.records.catalogue._MAX_REMEMBERED", 1)
    builder = CatalogueBuilder()
    builder.add("tables", b'[{"id": 1}, {"id": 2}, {"id": 1}]')
    assert builder.build().quarantine.counts.records == 3


def test_samples_are_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that have no room are counted, of the catalogue and of links, judged or removed."""
    monkeypatch.setattr("hummgraph.records.quarantine.MAX_SAMPLE_BYTES", 10)
    builder = CatalogueBuilder()
    builder.add("tables", b'[{"id": "no id, and long"}]')
    found = builder.build().quarantine
    assert (len(found), found.counts.records) == (0, 1)
    rows = [record("a/t.x", "b/u.y", 0.5, id=uid("one"))] * 2
    rows.append({**rows[0], "id": "no id, and long"})
    kept = validate_links([lambda: io.BytesIO(json.dumps(rows).encode())]).quarantine
    assert (len(kept), kept.counts.records) == (0, 2)


def test_nothing_kept_without_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has counts alone where no record had room."""
    monkeypatch.setattr("hummgraph.records.quarantine.MAX_SAMPLE_BYTES", 10)
    with pytest.raises(hg.errors.FormatError, match="none can be kept"):
        hg.read_links([record("a/t.x", "b/u.y", 0.5, id="no id, and long")])


class _Unreadable(type(Path())):  # type: ignore[misc]  # of the system's own class
    """A file that begins well, on a disk that then fails."""

    def open(self, *_: Any, **__: Any) -> Any:
        class Failing(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if size != 2:  # more than what shows whether it is compressed
                    raise OSError(5, "Input/output error")
                return super().read(size)

        return Failing(b"{}")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_pipes_of_small_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that cannot be read, a file that cannot be read, and one that never ends."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def refuse(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        with pytest.raises(hg.errors.ConfigError, match="Permission denied"):
            read_whole(pipe, 10)
    with pytest.raises(hg.errors.ConfigError, match="No such file"):
        read_whole(tmp_path / "missing", 10)
    with pytest.raises(hg.errors.ConfigError, match="larger than 10 bytes"):
        read_whole(Path("/dev/zero"), 10)
    with pytest.raises(hg.errors.ConfigError, match="Cannot read"):
        read_whole(_Unreadable(tmp_path / "names.json"), 10)


def test_elements_at_the_end_of_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """An element is read again where the window may have cut what follows it."""
    monkeypatch.setattr("hummgraph.records.json_stream._WINDOW", 40)
    for n in range(60):
        body = json.dumps(["x" * n, 1, [2], {"a": n}]).encode()
        assert [value for _, value in array_items(body)] == json.loads(body)


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (b'[{"a": 1}, 2]', True),
        (b'{"a": 1}', True),
        (b"1", True),
        (b"[" * 100_000, True),
        (b"[" + b"1" * 5_000 + b"]", True),
        (b'[{"a": 1}, 2', False),
        (b'{"a": 1} and more', False),
        (b"<html>", False),
        (b'["\xff"]', False),
        (b"", False),
    ],
    ids=["array", "object", "number", "deep", "digits", "cut", "more", "HTML", "bytes", "empty"],
)
def test_what_is_json(body: bytes, *, whole: bool) -> None:
    """A reply is JSON if it is whole, also where it is nothing that can be read as records."""
    assert is_json(body) is whole
