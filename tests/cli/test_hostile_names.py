"""Names from strangers: through every output, on consoles of any code page."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import hummgraph as hg
from hummgraph import cli
from hummgraph.export.formats import FORMATS
from tests.support.hostile import NAMES

# Breaks of lines and tabs between cells are written by us.
LAYOUT = frozenset("\n\r\t")
# Mermaid and soft breaks: characters without a width that we write ourselves.
OURS = frozenset("\u200b")
MARKS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x61C, 0x200E, 0x200F)))
# Cells for programs, which a spreadsheet shows as they are.
AS_THEY_ARE = frozenset({"csv", "neo4j", "parquet", "excel"})


def raw_characters(text: str) -> set[str]:
    """Return the characters of a text that are not seen, other than those of its layout."""
    return {char for char in set(text) if not char.isprintable()} - LAYOUT - OURS


def controls(text: str) -> set[str]:
    """Return the control characters of a text."""
    return {char for char in set(text) if ord(char) < 32 or 0x7F <= ord(char) < 0xA0} - LAYOUT


@pytest.fixture(scope="module")
def hostile_snapshot() -> hg.Snapshot:
    """Return a snapshot with every hostile name as that of a column, a table and a system."""
    links = [
        {
            "source": f"s{i}/t{i}.c{i}",
            "target": f"s{(i + 1) % 7}/u{i}.d{i}",
            "confidence": 0.9,
            "evidence": {name: name},
        }
        for i, name in enumerate(NAMES)
    ]
    snapshot = hg.read_links(links)
    catalogue = snapshot.catalogue
    given: dict[str, str] = {}
    for table in (catalogue.columns, catalogue.tables, catalogue.integration_sources):
        ids = table.column("id").to_pylist()
        given |= {
            str(UUID(bytes=packed)): NAMES[place % len(NAMES)] for place, packed in enumerate(ids)
        }
    return replace(snapshot, catalogue=catalogue.with_names(given))


@pytest.fixture(scope="module")
def hostile(hostile_snapshot: hg.Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return it on disk."""
    path = tmp_path_factory.mktemp("hostile") / "names.hummgraph"
    hostile_snapshot.write(path)
    return path


def test_there_are_as_many_names_as_were_tried() -> None:
    """The list is at least as long as the one that was tried first."""
    assert len(NAMES) >= 87


COMMANDS = {
    "info": (),
    "info of systems": ("--list", "systems"),
    "info of nodes": ("--list", "nodes"),
    "info as JSON": ("--json",),
    "clusters": ("--threshold", "0.5"),
    "clusters as JSON": ("--threshold", "0.5", "--json"),
    "links": (),
    "links with evidence": ("--evidence", "full"),
    "check": ("--fail-on", "none"),
    "check as JSON": ("--fail-on", "none", "--format", "json"),
    "find": ("a",),
    "find as JSON": ("a", "--json"),
    "find nothing": ("\x1b[31m\u202e",),
}


def arguments_of(name: str, path: Path, *more: str) -> list[str]:
    """Return the command line of a row of COMMANDS."""
    command, options = name.split(maxsplit=1)[0], COMMANDS[name]
    return [command, str(path), *options, *more]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_hidden_character_is_printed(name: str, run: Any, hostile: Path) -> None:
    """Whatever is printed for a person has none of them."""
    answer = run(*arguments_of(name, hostile))
    assert raw_characters(answer.out) == set()
    assert raw_characters(answer.err) == set()


@pytest.mark.parametrize(
    ("encoding", "errors"),
    [
        *((encoding, "strict") for encoding in ("cp1252", "cp437", "ascii", "cp932", "utf-8")),
        ("ascii", "surrogateescape"),
        ("cp437", "surrogatepass"),
    ],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_console_of_any_code_page_is_written_to(
    name: str, encoding: str, errors: str, hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Characters that cannot be written are replaced, and JSON is the same in all of them."""
    streams = {stream: io.BytesIO() for stream in ("stdout", "stderr")}
    for stream, content in streams.items():
        monkeypatch.setattr(
            sys, stream, io.TextIOWrapper(content, encoding=encoding, errors=errors)
        )
    monkeypatch.setattr(sys, "argv", ["hummgraph", *arguments_of(name, hostile)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = streams["stdout"].getvalue().decode("utf-8", errors="replace")  # lists are files
    assert ended.value.code in {0, None, 2}
    assert "Traceback" not in said + streams["stderr"].getvalue().decode(encoding)
    if "JSON" in name:
        assert said.isascii()


@pytest.mark.parametrize(
    ("encoding", "errors", "written"),
    [
        ("utf-8", "surrogateescape", b"caf\xc3\xa9 \xff"),
        ("utf-8", "strict", b"caf\xc3\xa9 ?"),
        ("ascii", "surrogateescape", b"caf? ?"),
        ("ascii", "backslashreplace", rb"caf\xe9 \udcff"),
    ],
)
def test_what_a_console_can_write_is_written(
    encoding: str, errors: str, written: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes of paths stay what they are in UTF-8, and handlers that never raise stay."""
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, encoding=encoding, errors=errors))
    monkeypatch.setattr(sys, "argv", ["hummgraph", "--version"])

    def print_name() -> None:
        sys.stdout.write("caf\xe9 \udcff")

    monkeypatch.setattr(cli, "_command_line", lambda: print_name)
    with pytest.raises(SystemExit):
        cli.main()
    assert content.getvalue() == written


@pytest.mark.skipif(os.name == "nt", reason="locales of POSIX")
@pytest.mark.parametrize(
    "setting",
    [
        {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"},
        {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii:surrogateescape"},
    ],
)
def test_the_locale_of_a_bare_machine(setting: dict[str, str], hostile: Path) -> None:
    """A process of its own prints names there, without a traceback."""
    code = "from hummgraph.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "links", str(hostile), "--format", "table"],
        env={**os.environ, **setting},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, b"Traceback" in ended.stderr) == (0, False)
    assert b"?" in ended.stdout


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_no_control_character_is_in_any_file_of_text(
    known: Any, hostile_snapshot: hg.Snapshot, tmp_path: Path
) -> None:
    """They are replaced, or escaped where the format has escapes; cells are as they are."""
    graph = hg.LinkGraph(hostile_snapshot)
    path = tmp_path / "out"
    options: dict[str, dict[str, Any]] = {
        "dbt": {"system": "s0"},
        "openlineage": {"lineage": "approved"},
    }
    if known.name in options:
        graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        options["dbt"]["system"] = "Snowflake"
    hg.write(graph, path, format=known.name, **options.get(known.name, {}))
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    for file in files:
        try:
            text = file.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            continue  # Parquet, Excel
        assert known.name in AS_THEY_ARE or controls(text) == set()
        assert known.name in AS_THEY_ARE or not MARKS & set(text)


def test_what_a_notebook_or_a_person_prints_has_no_hidden_character(
    hostile_snapshot: hg.Snapshot,
) -> None:
    """Every repr and text of the main values is printable."""
    graph = hg.LinkGraph(hostile_snapshot)
    clusters = hg.cluster(graph, threshold=0.5)
    shown = [
        hostile_snapshot,
        hostile_snapshot.report,
        graph,
        graph.nodes,
        graph.links,
        graph.summary(),
        clusters,
        clusters.crosswalk(),
        graph.node(graph.ids[0] if hasattr(graph, "ids") else graph.nodes["node_id"][0]),
    ]
    for value in shown:
        assert raw_characters(str(value)) == set(), type(value)
        assert raw_characters(repr(value)) == set(), type(value)
        if hasattr(value, "_repr_html_"):
            assert raw_characters(value._repr_html_()) == set(), type(value)


@pytest.mark.parametrize("dialect", [None, "snowflake", "bigquery", "mysql"])
def test_sql_has_no_hidden_character(dialect: str | None) -> None:
    """Names in the statement and in its comments are shown as in any other output."""
    pytest.importorskip("sqlglot")
    name = "a\x1b[31m\u202eb"
    links = [{"source": "s/t.c", "target": "u/v.d", "confidence": 0.9}]
    snapshot = hg.read_links(links)
    ids = {
        str(UUID(bytes=packed)): name + str(place)
        for table in (snapshot.catalogue.columns, snapshot.catalogue.tables)
        for place, packed in enumerate(table.column("id").to_pylist())
    }
    named = replace(snapshot, catalogue=snapshot.catalogue.with_names(ids))
    graph = hg.LinkGraph(named)
    tables = [
        node
        for node, level in zip(graph.nodes["node_id"], graph.nodes["level"], strict=True)
        if level == "table"
    ]
    text = hg.join_paths(graph, *tables, keys="any").paths[0].to_sql(dialect=dialect)
    assert raw_characters(text) == set()
    assert "a\ufffd[31m\ufffdb" in text
    assert "Names with characters that are not seen" in text
