"""Tests of files of links: recognised by content, with errors that name the file."""

from __future__ import annotations

import codecs
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hummgraph.errors import (
    ArgumentError,
    ConfigError,
    ContractError,
    DecisionError,
    FormatError,
    HummgraphError,
    SnapshotDamagedError,
)
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.journal import read_decisions
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_catalogue, read_links
from hummgraph.snapshot.snapshot import read_snapshot
from tests.support.builders import record, snapshot

LINKS = [
    {"source": "a/t.x", "target": "b/u.y", "confidence": 0.5},
    {"source": "a/t.x", "target": "b/u.z", "confidence": 0.25},
]
CSV = "source,target,confidence\na/t.x,b/u.y,0.5\na/t.x,b/u.z,0.25\n"
EXPECTED = LinkGraph(read_links(LINKS))


def parquet() -> bytes:
    """Return the links as Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(LINKS), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


CONTENTS = {
    "json": json.dumps(LINKS).encode(),
    "json with a mark": codecs.BOM_UTF8 + json.dumps(LINKS).encode(),
    "one a line": b"\n".join(json.dumps(link).encode() for link in LINKS),
    "csv": CSV.encode(),
    "csv with a mark": codecs.BOM_UTF8 + CSV.encode(),
    "csv of Windows": CSV.replace("\n", "\r\n").encode(),
    "csv of old": CSV.replace("\n", "\r").encode(),
    "semicolons": CSV.replace(",", ";").replace("0.", "0,").encode(),
    "tabs": CSV.replace(",", "\t").encode(),
    "bars": CSV.replace(",", "|").encode(),
    "quotes": b'"source","target ","confidence"\n\n"a/t.x","b/u.y","0.5"\na/t.x,b/u.z," .25 "\n',
    "parquet": parquet(),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["links", "links.json", "links.csv", "links.txt", "x.CSV.GZ"])
@pytest.mark.parametrize("kind", CONTENTS)
def test_files_are_told_apart_by_content(
    kind: str, name: str, tmp_path: Path, *, packed: bool
) -> None:
    """Files are recognised by content, whatever their name, gzipped or not, also in memory."""
    content = gzip.compress(CONTENTS[kind]) if packed else CONTENTS[kind]
    (tmp_path / name).write_bytes(content)
    for given in (tmp_path / name, str(tmp_path / name), content, memoryview(content)):
        assert LinkGraph(read_links(given)) == EXPECTED


@pytest.mark.parametrize(
    ("name", "content", "kind", "said"),
    [
        ("x.csv", b"", FormatError, "'PATH' is empty. A file of links needs at least a header"),
        ("x.csv", "source,target\n".encode("utf-16"), FormatError, "UTF-16 or UTF-32. Save"),
        ("x.csv", CSV.encode() + b"a/t.\xe9,b/u.z,1\n", FormatError, "'PATH' is not UTF-8"),
        ("x.csv", CSV.encode() + b"\n\na/t.x\n", FormatError,
         "'PATH' has 3 columns by its header, and 1 in row 4."),
        ("x.csv", CSV.encode() + b"a/t.x,1,2,3\n", FormatError, "and 4 in row 4."),
        ("x.csv", b"a,b\n1,2\n", FormatError, "'PATH' has no column 'source', 'target'"),
        ("x.csv", b"source,target,confidence\na,b,c\n", FormatError,
         "'PATH' has 1 record, and none can be kept"),
        ("x.parquet", b"source,target,confidence\n", FormatError, "'PATH' is not a Parquet file"),
        ("x.parquet", b"PAR1 PAR1", FormatError, "'PATH' cannot be read as Parquet"),
        ("x.parquet", parquet()[:4] + bytes(100) + parquet()[104:], FormatError,
         "'PATH' cannot be read as Parquet"),
        ("x.xlsx", b"PK\x03\x04", FormatError, "'PATH' is an Excel workbook.*Save the sheet"),
        ("x.arrow", b"ARROW1\0\0", FormatError, "'PATH' is an Arrow file"),
        ("x.db", b"SQLite format 3\0", FormatError, "'PATH' is an SQLite database"),
        ("x.csv", bytes(range(256)), FormatError, "'PATH' is not text. Check that it is the"),
        ("x.csv", b"\x89PNG\r\n\x1a\n\0\0", FormatError, "'PATH' is not text"),
        ("x.json", b"", ContractError, "'PATH' is empty"),
        ("x.json", bytes(256), ContractError, "'PATH' is not text. Check that it is the right"),
        ("x.json", b"\x89PNG\r\n\x1a\n\0\0", ContractError, "'PATH' is not text"),
        ("x.json", "[]".encode("utf-32"), ContractError, "'PATH' is encoded as UTF-16 or UTF-32"),
        ("x.json", b"5", ContractError, "'PATH' is neither a JSON array"),
        ("x.json", b"<html>", ContractError, "'PATH' is not JSON.*Save the JSON itself"),
        ("x.json", b'[{"id": 1}', ContractError,
         "'PATH' is cut off: it ends after 1 complete record. Write or copy the file again."),
        ("x.json", b'{"id": 1}\n{"id', ContractError, "'PATH' is cut off"),
        ("x.json", b'[{"id": 1}]\n\n x', ContractError,
         r"'PATH' goes on after its array, at line 3 \(byte 14\)"),
        ("x.json", b'[{"id": 1},\n\n {"id": "\xff"}]', ContractError,
         r"'PATH' is not UTF-8: line 3 \(byte 22\) cannot be decoded. Save it as UTF-8"),
        ("x.json", "[]".encode("utf-16"), ContractError, "'PATH' is encoded as UTF-16"),
        ("x.json", b'{"detail": "no"}', ContractError, "'PATH' is one object.*the API says"),
        ("x.json", b'{\n"a": 1}\n{"b": 2}', ContractError, "'PATH' is one object over several"),
        ("x.json", b'[{"id": 1}]', FormatError, "'PATH' has 1 record, and none can be kept"),
        ("x.json", b'[{"source": "a/b.c", "target": "a/b.d"', ContractError, "'PATH' is cut off"),
    ],
)  # fmt: skip
def test_errors_speak_of_the_file(
    name: str, content: bytes, kind: type[HummgraphError], said: str, tmp_path: Path
) -> None:
    """Errors name the path and a line or record, and never a reply or a fetch."""
    path = tmp_path / name
    for packed in (False, True):
        path.write_bytes(gzip.compress(content) if packed else content)
        with pytest.raises(kind, match=said.replace("PATH", str(path))) as caught:
            read_links(path)
        assert "reply" not in str(caught.value)
        assert "etch" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[1", b"<x>", b"a", b"\x1f\x8b"])
def test_errors_of_content_in_memory(content: bytes) -> None:
    """Errors of content in memory have no path."""
    with pytest.raises(HummgraphError, match=r"^The content ") as caught:
        read_links(content)
    assert "reply" not in str(caught.value)


def test_a_long_record_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that never ends is refused with the line at which it begins."""
    monkeypatch.setattr("hummgraph.records.decode.chunks._MAX_RECORD_BYTES", 1 << 20)
    path = tmp_path / "links.json"
    path.write_bytes(b"[" + b'"' + b"x" * (4 << 20))
    with pytest.raises(ContractError, match=rf"'{path}' has a record.* from line 1 \(byte 1\)"):
        read_links(path)


def test_cells_that_are_too_long_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells above the maximum size are refused."""
    monkeypatch.setattr("hummgraph.records.tables.csv._BLOCK_BYTES", 64)
    with pytest.raises(FormatError, match=r"^The content cannot be read as CSV: .*straddl"):
        read_links((CSV + "x" * 1_000 + ",b/u.z,1\n").encode())


def test_folders_are_no_files(tmp_path: Path) -> None:
    """The folder of a snapshot is refused, with a hint at its own reader."""
    with pytest.raises(ConfigError, match=r"it is a folder.*read_snapshot"):
        read_links(tmp_path)


def test_lines_are_counted_over_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are counted across chunks of any size."""
    monkeypatch.setattr("hummgraph.records.validation._CHUNK_SIZE", 1_000)
    text = "[" + ",\n".join(json.dumps(record("a/t.x", f"b/u.y{n}")) for n in range(20)) + "]\n\nx"
    (tmp_path / "links.json").write_text(text)
    with pytest.raises(ContractError, match=rf"line 22 \(byte {len(text) - 1:,}\)"):
        read_links(tmp_path / "links.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[\n{", "line 2, column 2"),
        (b"\xff", "is not JSON"),
        (b"5", "neither an array nor an object"),
    ],
)
def test_errors_of_a_catalogue_speak_of_its_file(content: bytes, said: str, tmp_path: Path) -> None:
    """Errors of a catalogue name the path, line and column."""
    (tmp_path / "tables.json").write_bytes(content)
    with pytest.raises(ContractError, match=f"'{tmp_path / 'tables.json'}' is .*{said}|{said}"):
        read_catalogue(tmp_path)
    with pytest.raises(ContractError) as caught:
        read_catalogue(tmp_path)
    assert str(caught.value).startswith(repr(str(tmp_path / "tables.json")))


@pytest.mark.parametrize(
    ("content", "said"),
    [("{\n]", "line 2, column 1"), ('{"x": "y"}', "the key 'x', which is not an id")],
)
def test_errors_of_names_speak_of_their_file(content: str, said: str, tmp_path: Path) -> None:
    """Errors of names have the path and the reason."""
    (tmp_path / "names.json").write_text(content)
    with pytest.raises(ConfigError, match=rf"names\.json'.*{said}"):
        read_links([], names=tmp_path / "names.json")


@pytest.mark.parametrize(
    "content",
    [
        {"schema": 1, "decisions": [{"link_id": "x", "status": "APPROVED"}]},
        {"schema": 9, "decisions": []},
        {"schema": 1, "decisions": 5},
        {"schema": 1, "decisions": [5]},
        {"schema": 1, "decisions": [{"other": 5}]},
        [],
    ],
)
def test_errors_of_decisions_speak_of_their_file(content: Any, tmp_path: Path) -> None:
    """Errors of decisions begin with the path."""
    path = tmp_path / "decisions.json"
    path.write_text(json.dumps(content))
    with pytest.raises(DecisionError, match=f"^'{path}'"):
        read_decisions(path)
    path.write_text('{"schema": 1, "schema": 1}')
    with pytest.raises(DecisionError, match=f"^'{path}'.*'schema' twice"):
        read_decisions(path)


def test_errors_of_graphml_speak_of_its_file(tmp_path: Path) -> None:
    """Errors of GraphML have the path, and the line at which it is not XML."""
    path = tmp_path / "x.graphml"
    path.write_text("<graphml\n>")
    with pytest.raises(FormatError, match=f"^'{path}': "):
        read_graphml(path)
    path.write_text("<graphml>\n<x")
    with pytest.raises(FormatError, match=f"^'{path}': .*line 2|not GraphML"):
        read_graphml(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("quarantine.jsonl", b"{}\n", r"do not match \(quarantine.jsonl, line 1\)"),
        ("names.json", b"[]", r"do not match \(names.json\)"),
        ("tables.parquet", b"x", r"do not match \(tables.parquet: ArrowInvalid\)"),
    ],
)
def test_errors_of_a_snapshot_speak_of_its_file(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    """Errors of a snapshot do not advise to fetch again, as it may be read from a file."""
    from tests.snapshot.test_snapshot import rewrite_manifest

    path = tmp_path / "acme"
    snapshot([("a/t.x", "b/u.y")]).write(path)
    (path / name).write_bytes(content)
    manifest = json.loads((path / "manifest.json").read_text())
    import hashlib

    digest = hashlib.sha256(content).hexdigest()
    manifest["files"][name] = {"bytes": len(content), "sha256": digest}
    rewrite_manifest(path, files=manifest["files"])
    with pytest.raises(SnapshotDamagedError, match=f"{said}.*Copy it again") as caught:
        read_snapshot(path)
    assert "etch" not in str(caught.value)


def test_bytes_of_other_kinds_are_refused() -> None:
    """Bytes of other formats are refused like a file of that format."""
    with pytest.raises(FormatError, match=r"^The content is an Excel workbook"):
        read_links(b"PK\x03\x04")
    with pytest.raises(ArgumentError, match="no such column"):
        read_links(CSV.encode(), columns={"score": "confidence"})
