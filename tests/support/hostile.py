"""Snapshots, files and names as strangers make them: built by code; the fuzzers begin there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hummgraph.snapshot.reading import manifest_sum

Change = Callable[[Path], None]

# --- snapshots ---------------------------------------------------------------------------------


def seal(folder: Path, **changes: Any) -> None:
    """Make a manifest fit the files of its folder again, with members changed."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    for name in manifest.get("files", {}):
        member = folder / name
        if member.is_file():
            content = member.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            manifest["files"][name] = {"bytes": len(content), "sha256": digest}
    for dotted, value in changes.items():
        place, *rest = dotted.split("__")
        target = manifest
        while rest:
            target, place, rest = target[place], rest[0], rest[1:]
        target[place] = value
    manifest["sha256"] = manifest_sum(manifest)
    path.write_text(json.dumps(manifest))


def manifest_with(**changes: Any) -> Change:
    """Return a change of members of the manifest, whose sum fits."""
    return lambda folder: seal(folder, **changes)


def manifest_text(text: str | bytes) -> Change:
    """Return a change of the manifest to a text."""
    content = text if isinstance(text, bytes) else text.encode()

    def change(folder: Path) -> None:
        (folder / "manifest.json").write_bytes(content)

    return change


def without(*members: str) -> Change:
    """Return a change that drops members of the manifest."""

    def change(folder: Path) -> None:
        path = folder / "manifest.json"
        manifest = json.loads(path.read_bytes())
        for member in members:
            manifest.pop(member)
        manifest["sha256"] = manifest_sum(manifest)
        path.write_text(json.dumps(manifest))

    return change


def content(name: str, value: bytes) -> Change:
    """Return a change of the content of a file, with a manifest that fits."""

    def change(folder: Path) -> None:
        (folder / name).write_bytes(value)
        seal(folder)

    return change


def special(name: str, make: Callable[[Path], None]) -> Change:
    """Return a change of a member to something that is not a regular file."""

    def change(folder: Path) -> None:
        path = folder / name
        path.unlink()
        make(path)

    return change


def column(name: str, field: str, values: Callable[[pa.Table], Any]) -> Change:
    """Return a change of one column of a Parquet file."""

    def change(folder: Path) -> None:
        path = folder / name
        table = pq.read_table(path)
        place = table.schema.get_field_index(field)
        array = values(table)
        kind = getattr(array, "type", table.schema.field(field).type)
        table = table.set_column(place, pa.field(field, kind), pa.chunked_array([array]))
        pq.write_table(table, path, compression="zstd")
        seal(folder)

    return change


def all_of(value: Any, kind: pa.DataType) -> Callable[[pa.Table], pa.Array]:
    """Return a column of one value in all rows."""
    return lambda table: pa.array([value] * table.num_rows, kind)


def bomb(
    n_rows: int,
    n_bytes: int,
    name: str = "links.parquet",
    *,
    at: tuple[str, ...] = ("evidence", "description"),
) -> Change:
    """Return a change to a Parquet file of some kilobytes that stands for gigabytes of text."""

    def change(folder: Path) -> None:
        path = folder / name
        schema = pq.read_schema(path)
        text = pa.array(["x" * n_bytes])
        codes = pa.DictionaryArray.from_arrays(pa.array([0] * n_rows, pa.int32()), text)
        one = pq.read_table(path).slice(0, 1)
        columns = []
        for field in schema:
            if field.name in at:
                columns.append(codes)
                continue
            value = one.column(field.name).combine_chunks()
            storage = value.storage if isinstance(value.type, pa.UuidType) else value
            plain = pa.DictionaryArray.from_arrays(pa.array([0] * n_rows, pa.int32()), storage)
            columns.append(plain.dictionary_decode())
        pq.write_table(pa.table(columns, names=schema.names), path, compression="zstd")
        seal(folder)

    return change


def many_rows(name: str, n_rows: int) -> Change:
    """Return a change to a file of very many equal rows."""

    def change(folder: Path) -> None:
        path = folder / name
        table = pq.read_table(path).slice(0, 1)
        with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
            group = pa.concat_tables([table] * 1000).combine_chunks()
            for _ in range(n_rows // 1000):
                writer.write_table(group)
        seal(folder)

    return change


def doubled(name: str) -> Change:
    """Return a change that writes all rows of a file twice."""

    def change(folder: Path) -> None:
        path = folder / name
        table = pq.read_table(path)
        pq.write_table(pa.concat_tables([table, table]), path)
        seal(folder, counts__records=2 * table.num_rows + 1)

    return change


def _deep(n: int) -> str:
    return "[" * n + "]" * n


_NUMBER = "9" * 5_000
_LINKS = "links.parquet"
_LINE = {"kind": "entity_link", "reply": 0, "index": 0, "reasons": [], "record": "{}"}
_TIME = pa.timestamp("us", tz="UTC")
_FLOATS = pa.float64()
_TEXT = pa.large_string()


def _line(**changes: Any) -> bytes:
    return json.dumps({**_LINE, **changes}).encode() + b"\n"


SNAPSHOTS: dict[str, Change] = {
    # the manifest as a text
    "manifest: empty": manifest_text(""),
    "manifest: not JSON": manifest_text("{"),
    "manifest: not UTF-8": manifest_text(b"\xff\xfe{}"),
    "manifest: a list": manifest_text("[]"),
    "manifest: a number": manifest_text("7"),
    "manifest: deep lists": manifest_text(_deep(100_000)),
    "manifest: deep objects": manifest_text('{"a":' * 50_000 + "1" + "}" * 50_000),
    "manifest: 5,000 digits": manifest_text(f'{{"format_version": {_NUMBER}}}'),
    "manifest: NaN": manifest_text('{"format": "hummgraph-snapshot", "format_version": NaN}'),
    "manifest: a key twice": manifest_text(
        '{"format": "hummgraph-snapshot", "format_version": 1, "format_version": 1}'
    ),
    "manifest: 20 MB": manifest_text("[" + "{}," * 7_000_000 + "{}]"),
    "manifest: another format": manifest_with(format="other"),
    # versions
    "version: text 999": manifest_with(format_version="999"),
    "version: 999": manifest_with(format_version=999),
    "version: 10**300": manifest_with(format_version=10**300),
    "version: 0": manifest_with(format_version=0),
    "version: -1": manifest_with(format_version=-1),
    "version: 1.5": manifest_with(format_version=1.5),
    "version: true": manifest_with(format_version=True),
    "version: null": manifest_with(format_version=None),
    "version: a list": manifest_with(format_version=[1]),
    "version: none": without("format_version"),
    # members of the manifest
    "files: none": without("files"),
    "files: empty": manifest_with(files={}),
    "files: a list": manifest_with(files=[]),
    "files: a path outside": manifest_with(files={"../x": {"bytes": 1, "sha256": "0" * 64}}),
    "files: an absolute path": manifest_with(
        files={"/etc/passwd": {"bytes": 1, "sha256": "0" * 64}}
    ),
    "files: NUL in a name": manifest_with(files={"a\0b": {"bytes": 1, "sha256": "0" * 64}}),
    "files: no sum": manifest_with(files__links={"bytes": 1}),
    "files: a size that differs": lambda folder: seal(
        folder, files={**_files(folder), _LINKS: {**_files(folder)[_LINKS], "bytes": 1}}
    ),
    "counts: negative": manifest_with(counts__records=-1),
    "counts: more than there are": manifest_with(counts__records=10**9),
    "counts: a text": manifest_with(counts__records="1"),
    "counts: quarantined are fewer than the file has": manifest_with(
        counts__quarantined=0, counts__bad=0
    ),
    "counts: huge": manifest_with(counts__catalogue_records=10**18),
    "flags: negative": manifest_with(flags={"self_link": -1}),
    "flags: a list": manifest_with(flags=[]),
    "drift: nested": manifest_with(drift__unknown_fields={"a": {"b": 1}}),
    "lookups: a text": manifest_with(lookups="ok"),
    "origin: a number": manifest_with(origin=7),
    "origin: a megabyte": manifest_with(origin="x" * 1_000_000),
    "request: a text": manifest_with(request="GET"),
    "request: slices are a number": manifest_with(request={"slices": 7}),
    "request: slices are texts": manifest_with(request={"slices": ["a"]}),
    "times: the year 99999": manifest_with(started_at="99999-01-01T00:00:00Z"),
    "times: no zone": manifest_with(started_at="2026-01-01T00:00:00"),
    "times: a number": manifest_with(finished_at=10**30),
    "organization: half a surrogate pair": manifest_with(organization__name="\ud800"),
    "organization: no id": manifest_with(organization__id="../.."),
    # members that are not files
    "links: a pipe": special(_LINKS, os.mkfifo),
    "names: a pipe": special("names.json", os.mkfifo),
    "manifest: a pipe": special("manifest.json", os.mkfifo),
    "links: a link to a device": special(_LINKS, lambda path: path.symlink_to("/dev/zero")),
    "manifest: a link to a device": special(
        "manifest.json", lambda path: path.symlink_to("/dev/zero")
    ),
    "quarantine: a link to a file": special(
        "quarantine.jsonl", lambda path: path.symlink_to("/etc/hostname")
    ),
    "names: a folder": special("names.json", Path.mkdir),
    "names: missing": special("names.json", lambda _: None),
    # Parquet
    "links: not Parquet": content(_LINKS, b"PAR1 nonsense PAR1"),
    "links: empty": content(_LINKS, b""),
    "links: 20 GiB of evidence": bomb(20_000, 1 << 20),
    "links: 20 GiB in many rows": bomb(2_000_000, 10_000),
    "tables: 20 GiB of descriptions": bomb(20_000, 1 << 20, "tables.parquet"),
    "links: 100,000 rows of one id": many_rows(_LINKS, 100_000),
    "links: ids twice": doubled(_LINKS),
    "tables: ids twice": doubled("tables.parquet"),
    "links: confidence NaN": column(_LINKS, "confidence", all_of(float("nan"), _FLOATS)),
    "links: confidence infinite": column(_LINKS, "confidence", all_of(float("inf"), _FLOATS)),
    "links: confidence 1e300": column(_LINKS, "confidence", all_of(1e300, _FLOATS)),
    "links: confidence -1": column(_LINKS, "confidence", all_of(-1.0, _FLOATS)),
    "links: confidence is text": column(_LINKS, "confidence", all_of("high", pa.string())),
    "links: time beyond all years": column(_LINKS, "created_at", all_of(2**62, _TIME)),
    "links: time before all years": column(_LINKS, "updated_at", all_of(-(2**62), _TIME)),
    "links: evidence is deep": column(
        _LINKS, "evidence", all_of('{"a":' + _deep(100_000) + "}", _TEXT)
    ),
    "links: evidence is a list": column(_LINKS, "evidence", all_of("[1]", _TEXT)),
    "links: evidence is two objects": column(_LINKS, "evidence", all_of("{},{}", _TEXT)),
    "links: evidence is 5,000 digits": column(
        _LINKS, "evidence", all_of(f'{{"n": {_NUMBER}}}', _TEXT)
    ),
    "links: evidence is 1e999": column(_LINKS, "evidence", all_of('{"n": 1e999}', _TEXT)),
    "links: evidence is cut off": column(_LINKS, "evidence", all_of('{"n": 1', _TEXT)),
    "links: status is not UTF-8": column(
        _LINKS,
        "status",
        lambda table: pa.array([b"\xff"] * table.num_rows, pa.binary()).view(pa.string()),
    ),
    "links: status is null": column(_LINKS, "status", all_of(None, pa.string())),
    "links: ids are texts": column(_LINKS, "link_id", all_of("no id", pa.string())),
    "links: ids are nested": column(_LINKS, "link_id", all_of([b"0"], pa.list_(pa.binary()))),
    "tables: a kind of its own": column("tables.parquet", "kind", all_of("view", pa.string())),
    # names and quarantine
    "names: deep": content("names.json", _deep(100_000).encode()),
    "names: a list": content("names.json", b"[]"),
    "names: not an id": content("names.json", b'{"x": "y"}'),
    "names: an id twice": content(
        "names.json",
        b'{"0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01": "a",'
        b' "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01": "b"}',
    ),
    "names: an id in two spellings": content(
        "names.json",
        b'{"0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01": "a",'
        b' "0B0F5A52-6F1C-4F55-9D0A-6A3C5F2F1A01": "b"}',
    ),
    "names: too long": content(
        "names.json",
        b'{"0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01": "' + b"x" * 10_001 + b'"}',
    ),
    "names: a number": content("names.json", b'{"0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01": 7}'),
    "names: half a surrogate pair": content(
        "names.json", b'{"0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01": "\\ud800"}'
    ),
    "quarantine: deep": content("quarantine.jsonl", _deep(100_000).encode()),
    "quarantine: not JSON": content("quarantine.jsonl", b"{\n"),
    "quarantine: another shape": content("quarantine.jsonl", b"{}\n"),
    "quarantine: 5,000 digits": content(
        "quarantine.jsonl", _line().replace(b'"reply": 0', b'"reply": ' + _NUMBER.encode())
    ),
    "quarantine: negative index": content("quarantine.jsonl", _line(index=-1)),
    "quarantine: bad base64": content("quarantine.jsonl", _line(record=None, record_base64="%%%")),
    "quarantine: more lines than counted": content("quarantine.jsonl", _line() * 5),
}
"""Changes of a whole snapshot after which reading it must end in an error of a snapshot."""


def _files(folder: Path) -> dict[str, Any]:
    files: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())["files"]
    return files


# --- files of data -----------------------------------------------------------------------------

_ID = "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01"
_HOSTILE_JSON = {
    "empty": b"",
    "blank": b" \n\t ",
    "NUL": b"\0" * 8,
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "half a surrogate pair": b'{"a": "\\ud800"}',
    "deep lists": _deep(100_000).encode(),
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep and cut off": b"[" * 200_000,
    "5,000 digits": f"[{_NUMBER}]".encode(),
    "5,000 digits as a member": f'{{"schema": {_NUMBER}, "decisions": []}}'.encode(),
    "NaN": b"[NaN, Infinity, -Infinity]",
    "1e999": b"[1e999]",
    "two documents": b"[] []",
    "cut off": b'[{"a": ',
    "an unknown escape": b'["\\x"]',
    "a bare word": b"null",
    "a text": b'"text"',
    "a number": b"7",
    "lists of lists": b"[[[]], [[]]]",
    "empty objects": b"[" + b"{}," * 2_000 + b"{}]",
    "one object of empty objects": b'{"a": [' + b"{}," * 2_000 + b"{}]}",
    "gzip, cut off": b"\x1f\x8b\x08\x00abc",
    "gzip, corrupt": b"\x1f\x8b\x08\x00" + b"\xff" * 64,
    "an object of an id and a list": f'{{"{_ID}": []}}'.encode(),
    "an object of an id and an empty text": f'{{"{_ID}": ""}}'.encode(),
    "an object of no id": b'{"\\u0000": "x"}',
    "HTML": b"<html></html>",
}

_DECISION = f'"link_id": "{_ID}", "status": "APPROVED"'
_DECISIONS = {
    "schema 5,000 digits": f'{{"schema": {_NUMBER}, "decisions": []}}',
    "schema deep": f'{{"schema": {_deep(90)}, "decisions": []}}',
    "decisions an object": '{"schema": 1, "decisions": {}}',
    "a deep decision": f'{{"schema": 1, "decisions": [{_deep(90)}]}}',
    "an id that is a list": '{"schema": 1, "decisions": [{"link_id": [], "status": "APPROVED"}]}',
    "a status that is a list": (
        f'{{"schema": 1, "decisions": [{{"link_id": "{_ID}", "status": []}}]}}'
    ),
    "a status that is an object": (
        f'{{"schema": 1, "decisions": [{{"link_id": "{_ID}", "status": {{}}}}]}}'
    ),
    "the year 99999": (
        f'{{"schema": 1, "decisions": [{{{_DECISION}, "decided_at": "99999-01-01T00:00:00Z"}}]}}'
    ),
    "the year 1 in the east": (
        f'{{"schema": 1, "decisions": [{{{_DECISION}, "decided_at": "0001-01-01T00:00+14:00"}}]}}'
    ),
    "a time that is a number": (
        f'{{"schema": 1, "decisions": [{{{_DECISION}, "decided_at": 1e300}}]}}'
    ),
    "a note that is half a pair": (
        f'{{"schema": 1, "decisions": [{{{_DECISION}, "note": "\\ud800"}}]}}'
    ),
    "a note that is a list": f'{{"schema": 1, "decisions": [{{{_DECISION}, "note": [1]}}]}}',
    "an unknown member": f'{{"schema": 1, "decisions": [{{{_DECISION}, "\\u0000": 1}}]}}',
}
_JOURNAL_LINE = f'{{"schema": 2, "kind": "decision", {_DECISION}}}\n'
_JOURNALS = {
    "kind 5,000 digits": f'{{"schema": 2, "kind": {_NUMBER}}}\n',
    "kind deep": f'{{"schema": 2, "kind": {_deep(100_000)}}}\n',
    "kind an object": '{"schema": 2, "kind": {}}\n',
    "schema 5,000 digits": f'{{"kind": "decision", "schema": {_NUMBER}}}\n',
    "schema a list": '{"kind": "decision", "schema": [2]}\n',
    "a line of half a megabyte": f'{{"schema": 2, "kind": "name", "node_id": "{"x" * 500_000}"}}\n',
    "a member of half a megabyte": f'{{"schema": 2, "kind": "name", "{"x" * 500_000}": 1}}\n',
    "a member of half a pair": '{"schema": 2, "kind": "name", "\\ud800": 1}\n',
    "a million line breaks": _JOURNAL_LINE + "\n" * 1_000_001,
    "half a million lines of lists": _JOURNAL_LINE + "[]\n" * 500_000,
    "a line of a million lists": _JOURNAL_LINE + "[" + "[]," * 1_000_000 + "[]]\n",
    "cut off": _JOURNAL_LINE + _JOURNAL_LINE[:40],
    "cut off in the first line": _JOURNAL_LINE[:12],
    "lines of other breaks": _JOURNAL_LINE.replace("\n", "\u2028") * 3,
    "two on a line": _JOURNAL_LINE.strip() * 2 + "\n",
    "NUL between lines": _JOURNAL_LINE + "\0" + _JOURNAL_LINE,
    "two formats": _JOURNAL_LINE + '{"schema": 1, "decisions": []}\n',
    "a confidence of 1e999": _JOURNAL_LINE.replace("}", ', "confidence": 1e999}'),
    "a confidence of 4,000 digits": _JOURNAL_LINE.replace("}", f', "confidence": {"9" * 4_000}}}'),
    "a confidence that is a list": _JOURNAL_LINE.replace("}", ', "confidence": [1]}'),
    "ends that are objects": _JOURNAL_LINE.replace("}", ', "source": {}, "target": {}}'),
    "ends that are one text": _JOURNAL_LINE.replace("}", ', "source": ":", "target": "::"}'),
    "a way of asking that is a list": _JOURNAL_LINE.replace("}", ', "asked": []}'),
    "half a pair who decided": _JOURNAL_LINE.replace("}", ', "who": "\\ud800"}'),
    "the year 1 in the east": _JOURNAL_LINE.replace(
        "}", ', "decided_at": "0001-01-01T00:00+14:00"}'
    ),
    **{
        f"a name of {what}": (
            f'{{"schema": 2, "kind": "name", "node_id": "{_ID}", "name": {json.dumps(name)}}}\n'
        )
        for what, name in {
            "marks": "\u202egnp.exe",
            "controls": "\x1b[31mred",
            "breaks": "a\r\nb",
            "a megabyte": "x" * 1_000_000,
            "half a pair": "\ud800",
            "numbers": 7,
            "lists": [[]],
        }.items()
    },
}
_TRUTHS = {
    "members that are numbers": "[[1, 2]]",
    "members that are objects": '[[{"a": 1}]]',
    "members that are lists": "[[[1]]]",
    "a member of half a pair": '[["\\ud800", "b"]]',
    "families that are lists": '[{"family": [], "members": ["a"]}]',
    "clusters that are a text": '{"clusters": "a"}',
    "members 5,000 digits": f"[[{_NUMBER}]]",
}
_CSV = {
    "empty": b"",
    "only a header": b"source,target,confidence\n",
    "NUL": b"source,target,confidence\na/b.c\0,d/e.f,1\n",
    "a cell of 10 MB": b"source,target,confidence\n" + b"x" * 10_000_000 + b",b/c.d,1\n",
    "an open quote": b'source,target,confidence\n"a/b.c,d/e.f,1\n',
    "10,000 columns": b",".join(b"c%d" % i for i in range(10_000)) + b"\n1\n",
    "rows of other lengths": b"source,target,confidence\n1,2,3,4\n",
    "not UTF-8": b"source,target,confidence\n\xff\xfe,b/c.d,1\n",
    "5,000 digits": f"source,target,confidence\na/b.c,d/e.f,{_NUMBER}\n".encode(),
    "confidence 1e999": b"source,target,confidence\na/b.c,d/e.f,1e999\n",
    "confidence NaN": b"source,target,confidence\na/b.c,d/e.f,nan\n",
    "half a pair in evidence": (
        b'source,target,confidence,evidence\na/b.c,d/e.f,1,"{""a"": ""\\ud800""}"\n'
    ),
    "deep evidence": f"source,target,confidence,evidence\na/b.c,d/e.f,1,{_deep(50_000)}\n".encode(),
    "a header of a megabyte": b"x" * 1_100_000 + b",y\n1,2\n",
}
_XML = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{}</graphml>'
_GRAPH = (
    '<key id="p" for="graph" attr.name="policy" attr.type="string"/>'
    '<key id="q" for="graph" attr.name="profile" attr.type="string"/>'
    '<key id="r" for="graph" attr.name="{}" attr.type="string"/>'
    '<graph edgedefault="directed"><data key="p">{}</data><data key="q">plain</data>'
    '<data key="r">{}</data></graph>'
)
_GRAPHML = {
    "empty": "",
    "not XML": "{}",
    "another root": "<html/>",
    "deep elements": "<a>" * 10_000,
    "a document type": '<!DOCTYPE a [<!ENTITY b "c">]><graphml/>',
    "an encoding of its own": '<?xml version="1.0" encoding="utf-7"?><graphml/>',
    "no policy": _XML.format("<graph/>"),
    "deep policy": _XML.format(_GRAPH.format("x", _deep(100_000), "")),
    "a policy of 5,000 digits": _XML.format(_GRAPH.format("x", _NUMBER, "")),
    "a policy that is a list": _XML.format(_GRAPH.format("x", "[1]", "")),
    "a policy of unknown members": _XML.format(_GRAPH.format("x", '{"a": 1}', "")),
    "a policy of NaN": _XML.format(_GRAPH.format("x", '{"unscored": NaN}', "")),
    "deep relationships": _XML.format(_GRAPH.format("relationships", "{}", _deep(100_000))),
    "relationships of numbers": _XML.format(_GRAPH.format("relationships", "{}", "[1, 2]")),
    "relationships of 5,000 digits": _XML.format(
        _GRAPH.format("relationships", "{}", f"[{_NUMBER}]")
    ),
    "relationships of half a pair": _XML.format(
        _GRAPH.format("relationships", "{}", '[{"id": "\\ud800", "kind": "relationship"}]')
    ),
    "relationships with a score of 1e999": _XML.format(
        _GRAPH.format(
            "relationships", "{}", f'[{{"id": "{_ID}", "kind": "relationship", "score": 1e999}}]'
        )
    ),
    "deep key facts": _XML.format(_GRAPH.format("key_facts", "{}", _deep(100_000))),
    "key facts that are a text": _XML.format(_GRAPH.format("key_facts", "{}", '"a"')),
    "an organisation that is no id": _XML.format(_GRAPH.format("organization_id", "{}", "x")),
    "a number of links of 5,000 digits": _XML.format(_GRAPH.format("n_links", "{}", _NUMBER)),
    "a number of links that is NaN": _XML.format(_GRAPH.format("n_links", "{}", "nan")),
    "a number of links that is infinite": _XML.format(_GRAPH.format("n_links", "{}", "1e999")),
    "escapes of surrogates": _XML.format(_GRAPH.format("organization", "{}", "_xD800_")),
    "a node without an id": _XML.format(_GRAPH.format("x", "{}", "") + "<graph><node/></graph>"),
    "an edge to nothing": _XML.format("<graph><edge source='a' target='b'/></graph>"),
}
_LINK = {
    "id": _ID,
    "organization_id": _ID,
    "source_integration_source_id": _ID,
    "target_integration_source_id": _ID,
    "created_at": "2026-01-05T09:30:00Z",
    "updated_at": "2026-01-05T09:30:00Z",
}


def _records(**changes: str) -> bytes:
    """Return a list of one record, with members whose JSON is given."""
    members = {name: json.dumps(value) for name, value in _LINK.items()} | changes
    return ("[{" + ", ".join(f'"{name}": {text}' for name, text in members.items()) + "}]").encode()


_RECORDS = {
    "confidence NaN": _records(confidence_score="NaN"),
    "confidence 1e999": _records(confidence_score="1e999"),
    "confidence 5,000 digits": _records(confidence_score=_NUMBER),
    "confidence a text": _records(confidence_score='"1"'),
    "evidence deep": _records(evidence='{"a": ' + _deep(100_000) + "}"),
    "evidence with a million values": _records(evidence='{"a": [' + "{}," * 1_100_000 + "{}]}"),
    "evidence half a pair": _records(evidence='{"a": "\\ud800"}'),
    "status half a pair": _records(status='"\\ud800"'),
    "status a megabyte": _records(status='"' + "x" * 1_000_000 + '"'),
    "a time in the year 99999": _records(created_at='"99999-01-01T00:00:00Z"'),
    "a time in the year 1": _records(created_at='"0001-01-01T00:00:00+14:00"'),
    "a thousand unknown fields": _records(**{f"f{i}": "1" for i in range(5_000)}),
    "numbers": b"[" + b"1," * 100_000 + b"1]",
    "texts": b"[" + b'"",' * 100_000 + b'""]',
    "nulls, one a line": b"{}\n" * 50_000,
    "names, then empty objects": b'[{"source": "a/b.c", "target": "d/e.f"},'
    + b"{}," * 500
    + b"{}]",
    "other keys in each": b"[" + b",".join(b'{"k%d": 1}' % i for i in range(3_000)) + b"]",
}

_ID = "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01"
_NAMES: dict[str, str] = {
    "an id twice": f'{{"{_ID}": "a", "{_ID}": "b"}}',
    "an id in two spellings": f'{{"{_ID}": "a", "{_ID.upper()}": "b"}}',
    "a long name": f'{{"{_ID}": "{"x" * 5_000_000}"}}',
    "a long key": f'{{"{"x" * 300_000}": "a"}}',
}

DATA_FILES: dict[tuple[str, str], bytes] = {
    **{
        (reader, name): text
        for reader in (
            "links.json",
            "names.json",
            "decisions.json",
            "decisions.jsonl",
            "truth.json",
        )
        for name, text in _HOSTILE_JSON.items()
    },
    **{("names.json", name): text.encode() for name, text in _NAMES.items()},
    **{("decisions.json", name): text.encode() for name, text in _DECISIONS.items()},
    **{("decisions.jsonl", name): text.encode() for name, text in _JOURNALS.items()},
    **{("truth.json", name): text.encode() for name, text in _TRUTHS.items()},
    **{("links.csv", name): text for name, text in _CSV.items()},
    **{("truth.csv", name): text for name, text in _CSV.items()},
    **{("graph.graphml", name): text.encode() for name, text in _GRAPHML.items()},
    **{("links.json", f"record: {name}"): text for name, text in _RECORDS.items()},
    **{("tables.json", name): text for name, text in _HOSTILE_JSON.items()},
}
"""Contents of files by the name of the file, which decides what reads them, and what is wrong."""

# --- names -------------------------------------------------------------------------------------

_CONTROLS = [chr(code) for code in (*range(1, 32), 0x7F, *range(0x80, 0xA0))]
_MARKS = [
    chr(code)
    for code in (
        0xAD,
        0x61C,
        0x200B,
        0x200E,
        0x200F,
        *range(0x2028, 0x202F),
        *range(0x2060, 0x206A),
    )
]
NAMES = [f"a{mark}b" for mark in _CONTROLS + _MARKS] + [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;http://example.com\x1b\\link\x1b]8;;\x1b\\",
    "a\r\nb",
    "\u202eevil\u202c",
    "\ufeffname",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]>",
    "</title><script>",
    "=1+1",
    "+cmd",
    "@SUM(A1)",
    "-2",
    "`id`",
    "$(id)",
    "'; DROP TABLE x; --",
    '"; DROP TABLE x; --',
    "end",
    "graph TD",
    "%%{init: {}}%%",
    "a --> b",
    "../../etc/passwd",
    "..\\..\\x",
    "CON",
    "a\u0301" * 50,
    "x" * 5_000,
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\ufffe\uffff",
    "{{ 7*7 }}",
    "[bold]x[/bold]",
    ":smile:",
    "\\u0000",
]
"""Names that carry control characters, marks of direction, markup or code."""
