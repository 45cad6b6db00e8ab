"""Tests of snapshots: equal after reading, and refused when changed."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import stat
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hummgraph.errors import (
    ArgumentError,
    ContractError,
    HummgraphError,
    OutputError,
    SnapshotDamagedError,
    SnapshotNotFoundError,
    SnapshotVersionError,
    TooManyBadRecordsError,
)
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.catalogue import Catalogue, CatalogueBuilder
from hummgraph.records.schema import DECLARED_SCHEMA, FORMAT_VERSION
from hummgraph.snapshot import on_disk as snapshot_files
from hummgraph.snapshot import reading
from hummgraph.snapshot.folders import OthersKeptWarning
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.manifest import parse_quarantine_line, quarantine_line
from hummgraph.snapshot.reading import manifest_sum
from hummgraph.snapshot.snapshot import (
    EmptySnapshotWarning,
    Snapshot,
    read_snapshot,
    snapshot_from_validated,
    validate_spool,
)
from hummgraph.snapshot.spool import ReplyWriter, Spool
from tests.support.builders import ORGANIZATION, catalogue, record, snapshot, uid

if TYPE_CHECKING:
    from collections.abc import Callable


def fetched(records: list[dict[str, Any]], builder: CatalogueBuilder | None = None) -> Snapshot:
    """Build a snapshot as the client does, with replies in a spool and calls counted."""
    spool = Spool()
    with spool.new_reply() as reply:
        reply.write(json.dumps(records).encode())
    builder = builder or CatalogueBuilder()
    validated = validate_spool(spool, organization_id=UUID(ORGANIZATION))
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    return snapshot_from_validated(
        validated,
        spool=spool,
        catalogue=builder.build(),
        organization_id=UUID(ORGANIZATION),
        request={"status": "APPROVED"},
        started_at=moment,
        finished_at=moment,
        names={uid("a"): "CRM"},
    )


@pytest.fixture
def rich() -> Snapshot:
    """A snapshot of links, bad records, drift, a catalogue, failed calls, names and replies."""
    builder = CatalogueBuilder()
    builder.add("organization", json.dumps({"id": ORGANIZATION, "name": "Acme"}).encode())
    for kind, records in catalogue(["a/t.x", "b/u.y", "c/v.z"]).items():
        builder.add(kind, json.dumps(records).encode())
    builder.add("columns", b'[{"id": "nonsense"}]')
    builder.note_lookup("GET /integration-sources/{source_id}/tables", "404")
    bad = record("a/t.x", "b/u.y", 7.0, id=uid("bad"))
    good = record("a/t.x", "b/u.y", evidence={"why": "\ud800 caf\u00e9"}, novel=1)
    return fetched([good, record("a/t.x", "c/v.z", None, status="NEW"), bad, good], builder)


def test_written_and_read_is_equal_in_all_it_holds(rich: Snapshot, tmp_path: Path) -> None:
    """A snapshot read back has equal links, catalogue, quarantine, counts, drift and replies."""
    path = tmp_path / "acme.hummgraph"
    rich.write(path)
    again = read_snapshot(path)

    assert again.links.to_pylist() == rich.links.to_pylist()
    assert again.links.schema == rich.links.schema
    for name in ("integration_sources", "tables", "columns", "associations", "relationships"):
        assert getattr(again.catalogue, name).equals(getattr(rich.catalogue, name))
    assert again.quarantine == rich.quarantine
    assert again.catalogue.quarantine == rich.catalogue.quarantine
    assert again.catalogue.names == rich.catalogue.names
    assert again.catalogue.lookups == rich.catalogue.lookups
    assert again.report == rich.report
    assert (again.origin, again.request) == ("api", {"status": "APPROVED"})
    assert (again.started_at, again.finished_at) == (rich.started_at, rich.finished_at)
    assert again.replies is not None
    assert rich.replies is not None
    with again.replies.openers()[0]() as first, rich.replies.openers()[0]() as second:
        assert first.read() == second.read()
    assert LinkGraph(again).links == LinkGraph(rich).links


def test_a_read_snapshot_can_be_written_again(rich: Snapshot, tmp_path: Path) -> None:
    """A snapshot that was read can be written again with its replies, also to the same folder."""
    rich.write(tmp_path / "one")
    read_snapshot(tmp_path / "one").write(tmp_path / "two")
    read_snapshot(tmp_path / "two").write(tmp_path / "two")

    assert read_snapshot(tmp_path / "two").report == rich.report
    assert (tmp_path / "two" / "reply-001.json.zst").exists()


def test_only_the_owner_may_read_it(rich: Snapshot, tmp_path: Path) -> None:
    """Only the owner may read the files and folder, as evidence may quote data."""
    rich.write(tmp_path / "acme")

    assert stat.S_IMODE((tmp_path / "acme").stat().st_mode) == 0o700
    for file in (tmp_path / "acme").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_ids_are_uuids_to_other_readers(rich: Snapshot, tmp_path: Path) -> None:
    """Ids are UUIDs in Parquet, so that databases show them like the API."""
    rich.write(tmp_path / "acme")
    schema = pq.ParquetFile(tmp_path / "acme" / "links.parquet").schema

    assert schema.column(0).logical_type.type == "UUID"


def test_snapshot_of_records_has_no_reply_and_says_so(tmp_path: Path) -> None:
    """A snapshot of records has no reply, and the manifest has its origin."""
    snapshot([("a/t.x", "b/u.y")]).write(tmp_path / "acme")
    manifest = json.loads((tmp_path / "acme" / "manifest.json").read_text())

    assert (manifest["origin"], manifest["raw_reply"]) == ("records", False)
    assert read_snapshot(tmp_path / "acme").replies is None


def test_many_rows_are_written_in_groups(
    rich: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are written in groups of bounded size, and read in order."""
    monkeypatch.setattr(snapshot_files, "_ROW_GROUP_SIZE", 1)
    rich.write(tmp_path / "acme")

    assert pq.ParquetFile(tmp_path / "acme" / "links.parquet").num_row_groups == 2
    assert read_snapshot(tmp_path / "acme").links.to_pylist() == rich.links.to_pylist()


def test_a_snapshot_is_replaced_but_nothing_else(rich: Snapshot, tmp_path: Path) -> None:
    """An old snapshot is replaced, and any other folder or file is not."""
    rich.write(tmp_path / "acme")
    snapshot([("a/t.x", "b/u.y")]).write(tmp_path / "acme")
    assert read_snapshot(tmp_path / "acme").links.num_rows == 1

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("{}")
    (tmp_path / "list").mkdir()
    (tmp_path / "list" / "manifest.json").write_text("[]")
    for name, why in (
        ("mine", r"holds 'notes.txt', which hummgraph did not write as part of a snapshot"),
        ("file", "is a file, not a snapshot, and is not replaced"),
        ("list", r"holds 'manifest.json', which hummgraph did not write"),
    ):
        with pytest.raises(OutputError, match=why):
            rich.write(tmp_path / name)


@pytest.mark.parametrize("name", ["nothing", "file"])
def test_no_snapshot_there(tmp_path: Path, name: str) -> None:
    """The error for a missing snapshot describes a snapshot."""
    (tmp_path / "file").write_text("")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "links.json").write_text("[]")
    with pytest.raises(SnapshotNotFoundError) as raised:
        read_snapshot(tmp_path / "raw")
    assert "hummgraph run " in raised.value.hint
    assert "links.json --catalogue " in raised.value.hint
    with pytest.raises(SnapshotNotFoundError, match="no snapshot"):
        read_snapshot(tmp_path / name)


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    """A change of any byte of any file raises a typed error on reading."""
    path = tmp_path / "acme"
    snapshot([("a/t.x", "b/u.y")]).write(path)
    for file in sorted(path.iterdir()):
        whole = file.read_bytes()
        step = max(len(whole) // 40, 1)
        for position in {*range(0, len(whole), step), len(whole) - 1} if whole else set():
            spoilt = bytearray(whole)
            spoilt[position] ^= 0x01
            file.write_bytes(spoilt)
            with pytest.raises((SnapshotDamagedError, SnapshotVersionError)):
                read_snapshot(path)
        file.write_bytes(whole)
    assert read_snapshot(path).links.num_rows == 1


@pytest.mark.parametrize("name", ["links.parquet", "names.json", "quarantine.jsonl"])
def test_a_missing_file_is_found(tmp_path: Path, name: str) -> None:
    """The error for a missing file names it."""
    snapshot([("a/t.x", "b/u.y")]).write(tmp_path / "acme")
    (tmp_path / "acme" / name).unlink()

    with pytest.raises(SnapshotDamagedError, match=name):
        read_snapshot(tmp_path / "acme")


@pytest.mark.parametrize("signed", [True, False])
def test_a_stranger_s_manifest_makes_no_file_ours(
    rich: Snapshot, tmp_path: Path, *, signed: bool
) -> None:
    """A name that no snapshot has, or another size or sum, is the user's whatever it declares."""
    thesis, names = b"four years of work", b'{"mine": "kept"}'
    for name in ("thesis.doc", "names.json", "reply-1.pdf", "manifest.json.bak"):
        path = tmp_path / name / ("signed" if signed else "not")
        path.mkdir(parents=True)
        mine = names if name == "names.json" else thesis
        (path / name).write_bytes(mine)
        about: dict[str, Any] = {"bytes": len(mine), "sha256": sha256(mine).hexdigest()}
        if name == "names.json":
            about["sha256"] = sha256(thesis).hexdigest()
        offers: list[Any] = [about, {}, None, [], {"bytes": len(mine)}, {"bytes": True}]
        for declared in offers:
            manifest: dict[str, Any] = {
                "format": "hummgraph-snapshot",
                "format_version": 1,
                "files": {name: declared, "../up": declared, "links.parquet": declared},
            }
            if signed:
                manifest["sha256"] = manifest_sum(manifest)
            (path / "manifest.json").write_text(json.dumps(manifest))
            with pytest.raises(OutputError, match=f"'{name}'"):
                rich.write(path)
            assert (path / name).read_bytes() == mine
    nothing: list[Any] = [[], None, "x"]
    for files in nothing:
        manifest = {"format": "hummgraph-snapshot", "files": files}
        manifest["sha256"] = manifest_sum(manifest)
        (path / "manifest.json").write_text(json.dumps(manifest))
        with pytest.raises(OutputError, match=r"it holds 'manifest\.json\.bak', which"):
            rich.write(path)


def test_a_snapshot_that_was_changed_is_kept(rich: Snapshot, tmp_path: Path) -> None:
    """With overwrite the changed file is beside the new snapshot, and the rest is replaced."""
    path = tmp_path / "acme"
    rich.write(path)
    size = (path / "names.json").stat().st_size
    (path / "names.json").write_bytes(b" " * size)
    with pytest.raises(OutputError, match=r"it holds 'names\.json', which"):
        rich.write(path)
    with pytest.warns(OthersKeptWarning, match=r"acme\.old-1"):
        rich.write(path, overwrite=True)
    assert (tmp_path / "acme.old-1" / "names.json").read_bytes() == b" " * size
    assert [entry.name for entry in (tmp_path / "acme.old-1").iterdir()] == ["names.json"]


def test_long_files_are_known_by_their_size(
    rich: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their sum would take long; a file of another size is not ours."""
    monkeypatch.setattr("hummgraph.snapshot.reading._MAX_SUMMED_BYTES", 0)
    path = tmp_path / "acme"
    rich.write(path)
    size = (path / "links.parquet").stat().st_size
    (path / "links.parquet").write_bytes(b" " * size)
    rich.write(path)
    (path / "links.parquet").write_bytes(b" " * (size + 1))
    with pytest.raises(OutputError, match=r"it holds 'links\.parquet', which"):
        rich.write(path)


def rewrite_manifest(path: Path, **changes: Any) -> None:
    """Change a manifest and update its checksum, as another version might have written it."""
    manifest = json.loads((path / "manifest.json").read_text())
    manifest |= changes
    manifest["sha256"] = manifest_sum(manifest)
    (path / "manifest.json").write_text(json.dumps(manifest))


def test_a_newer_version_is_refused_clearly(tmp_path: Path) -> None:
    """The error for a newer format has both versions and the command to install."""
    snapshot([]).write(tmp_path / "acme")
    rewrite_manifest(tmp_path / "acme", format_version=FORMAT_VERSION + 1)

    with pytest.raises(SnapshotVersionError, match=r"version 2.*newer hummgraph"):
        read_snapshot(tmp_path / "acme")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', "\x00"])
def test_a_manifest_that_is_none_is_damage(tmp_path: Path, text: str) -> None:
    """An invalid manifest raises a typed error, whatever its content."""
    snapshot([]).write(tmp_path / "acme")
    (tmp_path / "acme" / "manifest.json").write_text(text)

    with pytest.raises(SnapshotDamagedError, match=r"manifest\.json"):
        read_snapshot(tmp_path / "acme")


def test_a_manifest_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    """A folder in place of the manifest raises a typed error."""
    (tmp_path / "acme" / "manifest.json").mkdir(parents=True)

    with pytest.raises(SnapshotDamagedError, match="is not a regular file"):
        read_snapshot(tmp_path / "acme")


def test_a_signed_manifest_without_its_parts_is_damage(tmp_path: Path) -> None:
    """A manifest with a valid checksum and missing members raises a typed error."""
    snapshot([]).write(tmp_path / "acme")
    rewrite_manifest(tmp_path / "acme", counts={})

    with pytest.raises(SnapshotDamagedError, match="do not match"):
        read_snapshot(tmp_path / "acme")


def test_a_failed_write_leaves_the_old_snapshot(
    rich: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed write leaves the old snapshot and nothing else."""
    path = tmp_path / "acme"
    snapshot([("a/t.x", "b/u.y")]).write(path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshot_files, "quarantine_line", full)
    with pytest.raises(OutputError, match="No space left"):
        rich.write(path)

    assert read_snapshot(path).links.num_rows == 1
    assert [item.name for item in tmp_path.iterdir()] == ["acme"]


def test_records_that_are_no_text_are_kept() -> None:
    """A quarantined record with illegal bytes is equal after reading."""
    spool = Spool()
    with spool.new_reply() as reply:
        reply.write(json.dumps([record("a/t.x", "b/u.y")]).encode())
    made = snapshot_from_validated(validate_spool(spool), catalogue=Catalogue.empty(), spool=spool)
    line = parse_quarantine_line(quarantine_line(_odd_record(b"\xff\xfe")))

    assert line.record == b"\xff\xfe"
    assert made.organization_id == UUID(ORGANIZATION)


def _odd_record(raw: bytes) -> Any:
    from hummgraph.records.quarantine import QuarantinedRecord, Reason

    return QuarantinedRecord("entity_link", 0, 0, (Reason("not_json", ""),), raw)


# --- report ----------------------------------------------------------------------------------


def test_report_adds_up(rich: Snapshot) -> None:
    """The number of records is that of kept plus quarantined ones; duplicates are not bad."""
    report = rich.report

    assert (report.records, report.kept, report.quarantined, report.bad) == (4, 2, 2, 1)
    assert report.records == report.kept + report.quarantined
    assert report.bad_share == 0.25
    assert report.reasons == {"confidence_range": 1, "duplicate": 1}
    assert report.links_by_status == {"NEW": 1, "SUGGESTED": 1}
    assert report.unknown_fields == {"novel": 2}
    assert report.unknown_values == {"status=NEW": 1}
    assert report.catalogue_quarantined == 1
    assert report.organization == "Acme"


def test_report_counts_what_has_no_name() -> None:
    """Nodes of links without a name are counted by level."""
    report = read_links(
        [record("a/t.x", "b/u.y")], catalogue=catalogue(["a/t.x"]), names={uid("b/u"): "users"}
    ).report

    assert report.unnamed == {"systems": 1, "tables": 0, "columns": 1}


def test_report_says_it_in_words(rich: Snapshot) -> None:
    """Text and notebook show the same rows, and data is escaped."""
    text = str(rich.report)

    assert text.startswith("Acme\n")
    for part in (
        "4 records = 2 kept + 2 quarantined",
        "1 confidence_range, 1 duplicate",
        "1 without a confidence",
        "novel",
        "1 status=[redacted]",
        "tables: 404 (1x)",
        "Catalogue quarantined",
    ):
        assert part in text
    assert repr(rich) == "<Snapshot of Acme: 2 links, 2 quarantined>"
    assert "<table " in rich._repr_html_()
    assert rich.report.to_dict()["kept"] == 2
    assert read_links([]).report.bad_share == 0.0


def test_names_with_hidden_characters_are_reported() -> None:
    """Names with invisible characters are counted once each, unless words need these."""
    rows = catalogue(["crm/t.a", "shop/u.b"])
    rows["integration_sources"][0]["name"] = "crm\u202e"
    rows["tables"][0]["name"] = "\x1b[31mt\x00"
    rows["columns"][0]["name"] = "\u0645\u06cc\u200c\u0634\u0648\u062f"  # Persian, with a joiner
    rows["columns"][1]["name"] = "caf\u00e9\t"
    links = [record("crm/t.a", "shop/u.b")]
    found = read_links(links, catalogue=rows, names={uid("shop"): "\ufeffshop"}).report
    assert found.hidden_names == 4
    rows["organization"] = [{"id": ORGANIZATION, "name": "Acme\u2066"}]
    assert read_links(links, catalogue=rows).report.hidden_names == 4
    assert ("Hidden characters", "in 4 names, shown as \ufffd") in found.rows()
    plain = read_links(links, catalogue=catalogue(["crm/t.a", "shop/u.b"])).report
    assert plain.hidden_names == 0
    assert "Hidden characters" not in dict(plain.rows())


def test_a_snapshot_that_loses_all_links_is_remarked_on(tmp_path: Path) -> None:
    """Replacing a snapshot with links by one without emits a warning, and nothing else does."""
    path = tmp_path / "acme"
    empty, full = read_links([]), read_links([record("crm/t.a", "shop/u.b")])
    for one in (empty, empty, full, full):
        one.write(path)
    with pytest.warns(EmptySnapshotWarning) as told:
        empty.write(path)
    (warning,) = told
    assert warning.filename == __file__
    assert str(warning.message) == (
        f"{str(path)!r} has no links now; the snapshot before it had 1."
    )
    assert read_snapshot(path).links.num_rows == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_an_empty_snapshot_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    """A pipe in the place of a manifest is not read, and a snapshot is not written over it."""
    path = tmp_path / "acme"
    path.mkdir()
    os.mkfifo(path / "manifest.json")
    with pytest.raises(OutputError, match=r"holds 'manifest\.json'"):
        read_links([]).write(path)
    with pytest.warns(OthersKeptWarning):
        read_links([]).write(path, overwrite=True)
    assert read_snapshot(path).links.num_rows == 0
    assert (tmp_path / "acme.old-1" / "manifest.json").is_fifo()


def test_unnamed_nodes_are_reported() -> None:
    """Without a catalogue every node of the links counts as unnamed."""
    assert "2 systems, 2 tables, 2 columns" in str(read_links([record("a/t.x", "b/u.y")]).report)


def test_too_many_bad_records() -> None:
    """A share of bad records above the limit raises with its reasons, unlike one at the limit."""
    half = read_links([record("a/t.x", "b/u.y"), record("a/t.x", "b/u.z", 7.0)])

    assert half.require(max_bad=0.5) is half
    with pytest.raises(TooManyBadRecordsError, match=r"50 %.*1 confidence_range") as caught:
        half.require(max_bad=0.01)
    assert (caught.value.share, caught.value.limit) == (0.5, 0.01)
    for wrong in (1.0, -0.1, float("nan")):
        with pytest.raises(ArgumentError, match="max_bad"):
            half.require(max_bad=wrong)


def test_a_discarded_reply_is_gone() -> None:
    """A discarded reply leaves no file, and the folder is removed with the spool."""
    spool = Spool()
    with pytest.raises(RuntimeError), spool.new_reply() as reply:
        reply.write(b"[")
        raise RuntimeError

    assert spool.paths == []
    folder = spool._folder
    assert folder is not None
    assert list(folder.iterdir()) == []
    spool.close()
    assert not folder.exists()


def test_a_full_disk_while_fetching_is_typed() -> None:
    """The error for a full disk advises where to make room."""

    class Full:
        def write(self, _: bytes) -> None:
            raise OSError(28, "No space left on device")

    spool = Spool()
    reply = spool.new_reply()
    stream, reply._stream = reply._stream, Full()
    with pytest.raises(OutputError, match="TMPDIR"):
        reply.write(b"x")
    reply._stream = stream
    reply.discard()


class Last:
    """A writer that fails on its last bytes."""

    def close(self) -> None:
        """Fail at the end."""
        raise OSError(28, "No space left on device")


def test_a_disk_that_is_full_at_the_end_is_typed() -> None:
    """An error while the last compressed bytes are written is an OutputError."""
    spool = Spool()
    reply = spool.new_reply()
    stream, reply._stream = reply._stream, Last()
    with pytest.raises(OutputError, match="No space left on device"):
        reply.close()
    assert spool.paths == []
    reply._stream = stream
    reply.discard()


def test_a_reply_that_cannot_be_created_is_typed(tmp_path: Path) -> None:
    """A folder for temporary files that is removed meanwhile is an OutputError too."""
    with pytest.raises(OutputError, match="No such file or directory"):
        ReplyWriter(tmp_path / "nowhere" / "reply", [])


def test_discarding_on_a_full_disk_is_quiet() -> None:
    """A reply that is discarded need not be written, so the first error is raised."""
    spool = Spool()
    reply = spool.new_reply()
    reply._stream.close()
    reply._stream = Last()
    reply.discard()
    assert spool.paths == []
    spool.close()


def test_a_spool_of_another_process_owns_nothing() -> None:
    """A copy for another process reads the same files, and its end removes none."""
    spool = Spool()
    with spool.new_reply() as reply:
        reply.write(b"[]")
    copy = pickle.loads(pickle.dumps(spool))  # noqa: S301 - of our own
    assert copy.paths == spool.paths
    copy.close()
    with copy.openers()[0]() as stored:
        assert stored.read() == b"[]"
    spool.close()
    assert not spool.paths[0].exists()


def test_no_room_for_temporary_files_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing folder for temporary files is an OutputError."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(OutputError, match="No such file or directory"):
        Spool().new_reply()


def test_reading_makes_no_temporary_folder(
    rich: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replies of a snapshot on disk are read there, and kept when it is released."""
    rich.write(tmp_path / "acme")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    replies = read_snapshot(tmp_path / "acme").replies
    assert replies is not None
    assert replies.give_back() is None
    replies.close()
    assert [path.exists() for path in replies.paths] == [True]


# --- by another hand -------------------------------------------------------------------------


def put_in(path: Path, name: str, content: bytes) -> None:
    """Change a file, and update the checksums."""
    (path / name).write_bytes(content)
    files = json.loads((path / "manifest.json").read_text())["files"]
    rewrite_manifest(path, files={**files, name: {"sha256": sha256(content).hexdigest()}})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("names.json", b"2"),
        ("names.json", b'{"nonsense": "x"}'),
        ("names.json", b'{"11111111-1111-4111-8111-111111111111": 2}'),
        ("names.json", b'{"11111111-1111-4111-8111-111111111111": "\\ud800"}'),
        ("names.json", b"[" * 100_000),
        ("names.json", b""),
        ("quarantine.jsonl", b"2\n"),
        ("quarantine.jsonl", b'{"kind": "entity_link"}\n'),
        ("quarantine.jsonl", b'{"kind":"x","reply":0,"index":0,"reasons":[{"code":1}]}\n'),
        ("links.parquet", b""),
        ("links.parquet", b"PAR1"),
        ("tables.parquet", b"nonsense"),
    ],
)
def test_contents_by_another_hand_are_checked(tmp_path: Path, name: str, content: bytes) -> None:
    """Files with valid checksums and inconsistent content raise a typed error."""
    snapshot([("a/t.x", "b/u.y")]).write(tmp_path / "acme")
    put_in(tmp_path / "acme", name, content)
    with pytest.raises(SnapshotDamagedError, match="do not match"):
        read_snapshot(tmp_path / "acme")


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"../acme/names.json": {"sha256": "0"}}},
        {"files": {"/etc/passwd": {"sha256": "0"}}},
        {"files": {"reply-/../../x": {"sha256": "0"}}},
        {"files": {"..": {"sha256": "0"}}},
        {"files": []},
        {"flags": {"self_link": "many"}},
        {"lookups": [{"call": "GET /x"}]},
        {"organization": {"id": "nonsense", "name": None}},
        {"organization": {"id": None, "name": 3}},
        {"organization": {"id": None, "name": "\ud800"}},
        {"started_at": "yesterday"},
        {"request": None},
        {"drift": {}},
        {"vocabulary": 3},
        {"vocabulary": {"evidence": {"texts": [3]}}},
        {"vocabulary": {"evidence": {"members": []}}},
    ],
)
def test_manifest_by_another_hand_is_checked(tmp_path: Path, change: dict[str, Any]) -> None:
    """Types in the manifest are checked, and every file must lie in the folder."""
    snapshot([("a/t.x", "b/u.y")]).write(tmp_path / "acme")
    rewrite_manifest(tmp_path / "acme", **change)
    with pytest.raises(SnapshotDamagedError, match="is damaged"):
        read_snapshot(tmp_path / "acme")


COPY = "Copy it again from an intact copy, or create it again."


def test_columns_that_are_missing_or_null_are_damage(tmp_path: Path) -> None:
    """A table with another schema raises a typed error."""
    path = tmp_path / "acme"
    snapshot([("a/t.x", "b/u.y")]).write(path)
    links = pq.read_table(path / "links.parquet")
    nulls = pa.nulls(links.num_rows, links.schema.field("link_id").type)
    for changed in (
        links.drop_columns(["status"]),
        links.set_column(0, "link_id", nulls),
        links.set_column(0, "link_id", pa.array(["x"] * links.num_rows)),
    ):
        pq.write_table(changed, tmp_path / "changed")
        put_in(path, "links.parquet", (tmp_path / "changed").read_bytes())
        with pytest.raises(SnapshotDamagedError, match="do not match"):
            read_snapshot(path)


# --- to the letter ---------------------------------------------------------------------------


def test_manifest_is_what_the_reference_says(rich: Snapshot, tmp_path: Path) -> None:
    """Every member of the manifest is documented, as other programs read it."""
    path = tmp_path / "acme"
    rich.write(path)
    text = (path / "manifest.json").read_text()
    manifest = json.loads(text)
    files = manifest.pop("files")
    found = manifest.pop("sha256")

    assert manifest == {
        "format": "hummgraph-snapshot",
        "format_version": 1,
        "created_by": f"hummgraph {version('hummgraph')}",
        "origin": "api",
        "raw_reply": True,
        "organization": {"id": ORGANIZATION, "name": "Acme"},
        "request": {"status": "APPROVED"},
        "started_at": "2026-03-01T00:00:00+00:00",
        "finished_at": "2026-03-01T00:00:00+00:00",
        "counts": {
            "records": 4,
            "kept": 2,
            "quarantined": 2,
            "bad": 1,
            "reasons": dict(rich.report.reasons),
            "catalogue_records": 11,
            "catalogue_quarantined": 1,
            "catalogue_bad": 1,
            "catalogue_reasons": {"invalid_uuid": 1, "missing_field": 1},
        },
        "flags": dict(rich.flags),
        "drift": {
            "unknown_fields": {"novel": 2},
            "unknown_values": {"status=NEW": 1},
            "catalogue_unknown_fields": {},
        },
        "lookups": [
            {"call": "GET /integration-sources/{source_id}/tables", "outcome": "404", "count": 1}
        ],
        "vocabulary": {"evidence": {"others": {}}},
    }
    assert text.startswith('{\n  "format"')
    assert text.endswith("}\n")
    assert set(files) == {entry.name for entry in path.iterdir()} - {"manifest.json"}
    for name, about in files.items():
        content = (path / name).read_bytes()
        assert about == {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    rest = json.dumps({**manifest, "files": files}, sort_keys=True)
    assert found == sha256(rest.encode()).hexdigest()


def test_checksum_does_not_depend_on_the_order_of_members(rich: Snapshot, tmp_path: Path) -> None:
    """The checksum of the manifest does not depend on the order of its members."""
    rich.write(tmp_path / "acme")
    manifest = json.loads((tmp_path / "acme" / "manifest.json").read_text())
    (tmp_path / "acme" / "manifest.json").write_text(json.dumps(dict(sorted(manifest.items()))))
    assert read_snapshot(tmp_path / "acme").report == rich.report


def test_everything_of_the_catalogue_comes_back(rich: Snapshot, tmp_path: Path) -> None:
    """Organisation, counts, unknown fields and declared relationships are equal after reading."""
    builder = CatalogueBuilder()
    builder.add("tables", json.dumps([{"id": uid("t"), "name": "t", "odd": 1}]).encode())
    given = replace(
        rich,
        catalogue=replace(
            builder.build(),
            organization_id=UUID(uid("other")),
            declared=DECLARED_SCHEMA.empty_table(),
        ),
    )
    for one in (rich, given):
        one.write(tmp_path / "acme")
        again = read_snapshot(tmp_path / "acme")
        assert again.organization_id == one.organization_id == UUID(ORGANIZATION)
        assert again.catalogue.organization_id == UUID(ORGANIZATION)
        assert again.catalogue.organization_name == one.catalogue.organization_name
        assert again.catalogue.n_records == one.catalogue.n_records
        assert again.catalogue.unknown_fields == one.catalogue.unknown_fields
        assert (again.catalogue.declared is None) == (one.catalogue.declared is None)
    assert again.catalogue.declared is not None
    assert again.catalogue.declared.schema.equals(DECLARED_SCHEMA)
    assert given.catalogue.unknown_fields == {"tables.odd": 1}


def test_a_fetched_snapshot_knows_whose_it_is_and_when(rich: Snapshot) -> None:
    """A fetched snapshot has the requested organisation unless the catalogue names another."""
    assert rich.catalogue.organization_id == UUID(ORGANIZATION)
    assert rich.started_at == rich.finished_at == datetime(2026, 3, 1, tzinfo=UTC)
    spool = Spool()
    with spool.new_reply() as reply:
        reply.write(json.dumps([record("a/t.x", "b/u.y")]).encode())
    with pytest.raises(ContractError, match="another organisation"):
        validate_spool(spool, organization_id=UUID(uid("other")))
    validated = validate_spool(spool, organization_id=UUID(ORGANIZATION))
    named = replace(Catalogue.empty(), organization_id=UUID(uid("other")))
    kept = snapshot_from_validated(
        validated, catalogue=named, organization_id=UUID(ORGANIZATION), spool=spool
    )
    assert kept.catalogue.organization_id == UUID(uid("other"))
    unnamed = snapshot_from_validated(
        validated, catalogue=Catalogue.empty(), organization_id=UUID(ORGANIZATION), spool=spool
    )
    assert unnamed.catalogue.organization_id == UUID(ORGANIZATION)


def test_files_are_small_and_in_plain_unicode(rich: Snapshot, tmp_path: Path) -> None:
    """Parquet is compressed, and names are plain text in names.json."""
    named = replace(rich, catalogue=rich.catalogue.with_names({uid("a"): "caf\u00e9"}))
    named.write(tmp_path / "acme")
    columns = pq.ParquetFile(tmp_path / "acme" / "links.parquet").metadata.row_group(0)
    assert {columns.column(i).compression for i in range(columns.num_columns)} == {"ZSTD"}
    names = (tmp_path / "acme" / "names.json").read_bytes()
    assert names == b'{"%s": "caf\xc3\xa9"}\n' % uid("a").encode()


def test_what_errors_say(rich: Snapshot, tmp_path: Path) -> None:
    """Each error states exactly what is wrong, where, and what to do."""
    path = tmp_path / "acme"
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").touch()

    def told(call: Callable[[], object]) -> str:
        with pytest.raises(HummgraphError) as caught:
            call()
        return str(caught.value)

    assert told(lambda: rich.write(mine)) == (
        f"{str(mine)!r} is not replaced: it holds 'notes.txt', which hummgraph did not write as"
        " part of a snapshot. Choose another name, or pass overwrite=True, which replaces what"
        " hummgraph wrote there and keeps everything else."
    )
    assert told(lambda: read_snapshot(path)) == (
        f"There is no snapshot at {str(path)!r}. A snapshot is a folder written by 'hummgraph"
        " fetch' or Snapshot.write()."
    )
    rich.write(path)
    rewrite_manifest(path, format_version=2)
    assert told(lambda: read_snapshot(path)) == (
        f"{str(path)!r} has format version 2; this hummgraph reads versions up to 1. Install a"
        " newer hummgraph: pip install -U hummgraph"
    )
    damaged = f"The snapshot at {str(path)!r} is damaged: "
    rewrite_manifest(path, format_version=1, counts={})
    assert told(lambda: read_snapshot(path)) == (
        f"{damaged}its contents do not match (Object missing required field `records` - at"
        f" `$.counts`). {COPY}"
    )
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | {"origin": "elsewhere"}))
    assert told(lambda: read_snapshot(path)) == (
        f"{damaged}manifest.json was changed after it was written. {COPY}"
    )
    (path / "manifest.json").write_text(json.dumps(manifest | {"format": "other"}))
    assert told(lambda: read_snapshot(path)) == (
        f"{damaged}manifest.json is not that of a snapshot. {COPY}"
    )
    (path / "manifest.json").write_text("{")
    assert told(lambda: read_snapshot(path)) == (f"{damaged}manifest.json is not JSON. {COPY}")
    (path / "manifest.json").unlink()
    (path / "manifest.json").mkdir()
    assert told(lambda: read_snapshot(path)) == (
        f"{damaged}manifest.json is not a regular file. {COPY}"
    )
    (path / "manifest.json").rmdir()
    shutil.rmtree(path)
    rich.write(path)
    (path / "links.parquet").write_bytes(b"other")
    assert told(lambda: read_snapshot(path)) == (
        f"{damaged}links.parquet was changed after it was written. {COPY}"
    )
    (path / "links.parquet").unlink()
    assert told(lambda: read_snapshot(path)) == (
        f"{damaged}links.parquet cannot be read (No such file or directory). {COPY}"
    )


def test_what_too_many_bad_records_say() -> None:
    """The error for bad records has their number, share, reasons and limit."""
    links = [record("a/t.x", "b/u.y")]
    bad = [
        record("a/t.x", "b/u.z", 7.0),
        record("a/t.x", "b/u.w", confidence_score="1"),
        links[0],
    ]
    found = read_links([*links, *bad])
    with pytest.raises(TooManyBadRecordsError) as caught:
        found.require(max_bad=0.125)
    assert str(caught.value) == (
        "2 of 4 records (50 %) break the contract, more than the 12.5 % allowed: 1"
        " confidence_range, 1 wrong_type. Look at the quarantine, or allow a larger share."
    )
    assert read_links(links).require(max_bad=0.0).links.num_rows == 1
    with pytest.raises(ArgumentError) as refused:
        found.require(max_bad=1)
    assert str(refused.value) == "max_bad is 1; it must be in [0, 1)."


def test_reading_never_waits_for_the_disk(
    rich: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading does not sync files; writing syncs each file and the folders around them."""
    synced: list[str] = []
    fsync = os.fsync

    def watched(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    rich.write(tmp_path / "acme")
    assert {entry.name for entry in (tmp_path / "acme").iterdir()} <= set(synced)
    synced.clear()
    read_snapshot(tmp_path / "acme")
    assert synced == []


def test_snapshots_from_before_a_column_are_read(tmp_path: Path) -> None:
    """A snapshot written before shares of distinct values were kept has none; others are damage."""
    snapshot([("a/t.x", "b/u.y")]).write(tmp_path / "acme")
    columns = pq.read_table(tmp_path / "acme" / "columns.parquet")

    def without(name: str) -> None:
        pq.write_table(columns.drop_columns([name]), tmp_path / "columns.parquet")
        put_in(tmp_path / "acme", "columns.parquet", (tmp_path / "columns.parquet").read_bytes())

    without("distinct_pct")
    found = read_snapshot(tmp_path / "acme").catalogue.columns
    assert found.column("distinct_pct").to_pylist() == [None, None]
    assert found.column("name").to_pylist() == columns.column("name").to_pylist()

    without("role")
    with pytest.raises(SnapshotDamagedError, match="do not match"):
        read_snapshot(tmp_path / "acme")


def test_a_snapshot_that_is_replaced_meanwhile_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of two snapshots do not match; if the folder is another one now, that is read."""
    path = tmp_path / "a.hummgraph"
    one, other = snapshot([("a/t.x", "b/t.x", 0.9)]), snapshot([("c/t.x", "d/t.x", 0.5)])
    one.write(path)
    read = reading._read_manifest

    def replaced_once(folder: Path) -> dict[str, Any]:
        monkeypatch.setattr(reading, "_read_manifest", read)
        found: dict[str, Any] = read(folder)
        shutil.rmtree(path)
        other.write(path)
        return found

    monkeypatch.setattr(reading, "_read_manifest", replaced_once)
    assert LinkGraph(read_snapshot(path)) == LinkGraph(other)
