"""Tests of the commands that write the graph: export, formats, show."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv as csv_of_arrow
from pyarrow import parquet as pq

from hummgraph import LinkGraph, read_graphml_attributes, read_links, read_snapshot
from hummgraph.errors import FormatError
from hummgraph.export import FEATURES, FORMATS, write
from tests.cli.conftest import chained
from tests.support.builders import uid
from tests.support.plugin_packages import install, install_example


def test_export_writes_graphml(run: Any, kept: Path, tmp_path: Path) -> None:
    """The suffix chooses the format, and the path is printed."""
    path = tmp_path / "acme.graphml"
    answer = run("export", kept, "-o", path, "--clusters", "0.9", "--containment")

    assert (answer.code, answer.out.strip()) == (0, str(path))
    assert b"</graphml>" in path.read_bytes()
    assert run("export", kept, "-o", tmp_path / "x", "--to", "graphml").code == 0


def test_export_lifts_links_and_takes_a_profile(run: Any, kept: Path, tmp_path: Path) -> None:
    """Links are lifted to tables and written with the conventions of one tool."""
    path = tmp_path / "tables.graphml"
    assert run("export", kept, "-o", path, "--level", "table", "--profile", "gephi").code == 0
    text = path.read_text(encoding="utf-8")
    assert 'attr.name="lifted_to"' in text
    assert 'attr.name="r"' in text
    assert run("export", kept, "-o", path, "--profile", "other").code == 2
    answer = run("export", kept, "-o", tmp_path / "a.html", "--nested")
    assert answer.code == 2
    assert "html has no option 'nested'" in answer.err


def test_export_takes_what_single_formats_need(run: Any, kept: Path, tmp_path: Path) -> None:
    """OpenLineage takes the links that are lineage, and dbt takes the warehouse."""
    ids = tmp_path / "flows.txt"
    ids.write_text("\n", encoding="utf-8")
    path = tmp_path / "flows.ndjson"
    assert run("export", kept, "-o", path, "--lineage", ids).code == 0
    assert path.read_bytes() == b""
    assert run("export", kept, "-o", path).code == 2
    system = json.loads(run("info", kept, "--json").out)["systems"][0]["system"]
    assert run("export", kept, "-o", tmp_path / "a.yml", "--system", system).code == 0
    folder = tmp_path / "cells"
    assert run("export", kept, "-o", folder, "--to", "csv", "--raw").code == 0
    assert (folder / "links.csv").is_file()


def test_export_says_what_writes_a_snapshot(run: Any, kept: Path, tmp_path: Path) -> None:
    """A snapshot is no format of a graph; the error names the command that writes one."""
    answer = run("export", kept, "-o", tmp_path / "acme.hummgraph")
    assert answer.code == 2
    assert f"A snapshot is written by: hummgraph run {kept} -o DIR" in answer.err


def test_a_folder_called_like_a_file_says_how(run: Any, kept: Path, tmp_path: Path) -> None:
    """Formats of folders have no suffix: the command that writes one is named."""
    path = tmp_path / "y.csv"
    answer = run("export", kept, "-o", path)
    assert answer.code == 2
    assert "An export to csv is a folder" in answer.err
    assert f"--to csv -o {tmp_path / 'y'}" in answer.err
    with pytest.raises(FormatError, match=r"An export to parquet is a folder.*y\.parquet"):
        write(LinkGraph(read_links([])), tmp_path / "y.parquet")


def test_formats_are_listed(run: Any) -> None:
    """Each format has its suffixes, and the parts of a graph it cannot hold."""
    answer = run("formats")
    for known in FORMATS:
        assert known.name in answer.out
    told = json.loads(run("formats", "--json").out)["formats"]
    assert [one["name"] for one in told] == [known.name for known in FORMATS]
    assert all(list(one["carries"]) == list(FEATURES) for one in told)


def test_export_can_leave_weak_links_out(run: Any, kept: Path, tmp_path: Path) -> None:
    """Links below a confidence are not exported."""
    assert run("export", kept, "-o", tmp_path / "a.graphml", "--min-confidence", "0.94").code == 0

    assert (tmp_path / "a.graphml").read_text().count("<edge ") == 2


def test_show_writes_a_page(run: Any, kept: Path, tmp_path: Path) -> None:
    """The page is one HTML file."""
    answer = run("show", kept, "-o", tmp_path / "acme.html", "-t", "0.9")

    assert (answer.code, answer.out.strip()) == (0, str(tmp_path / "acme.html"))
    assert (tmp_path / "acme.html").read_text().lower().startswith("<!doctype html>")


def test_a_large_page_is_remarked_on(
    run: Any, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning is one line on standard error, and the page is written."""
    monkeypatch.setattr("hummgraph.export.pyvis.page._SLOW_NODES", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        answer = run("show", kept, "-o", tmp_path / "acme.html", "--engine", "pyvis")

    assert answer.code == 0
    assert answer.err.startswith("Note: ")
    assert ".py" not in answer.err


def test_show_opens_the_page_when_asked(
    run: Any, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The browser gets the page's path."""
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    run("show", kept, "-o", tmp_path / "acme.html", "--open")

    assert opened == [str(tmp_path / "acme.html")]


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_every_format_of_one_file_goes_to_standard_output(
    run: Any, kept: Path, tmp_path: Path, known: Any
) -> None:
    """The output is the bytes of the file; a format with a folder is refused."""
    options: list[object] = []
    if known.name == "dbt":
        options = ["--system", uid("crm")]
    if known.name == "openlineage":
        (tmp_path / "ids").write_text("")
        options = ["--lineage", tmp_path / "ids"]
    told = run("export", kept, "-o", "-", "--to", known.name, *options)
    if known.files:
        assert told.code == 2
        assert f"{known.name} is a folder of {len(known.files)} files" in told.err
        assert "formats of one file are graphml, html" in told.err
        assert told.out == ""
        return
    path = tmp_path / f"links{known.suffixes[0]}"
    assert run("export", kept, "-o", path, "--to", known.name, *options).code == 0
    assert told.code == 0, told.err
    assert told.out == path.read_text(encoding="utf-8")
    assert not Path("-").exists()


def test_a_page_goes_to_standard_output(run: Any, kept: Path) -> None:
    """Nothing else is printed with it."""
    told = run("show", kept, "-o", "-", "--threshold", 0.5)
    assert told.code == 0
    assert told.out.lower().startswith("<!doctype html>")
    assert told.out.rstrip().endswith("</html>")


def test_standard_output_has_no_suffix(run: Any, kept: Path) -> None:
    """Standard output needs a named format."""
    told = run("export", kept, "-o", "-")
    assert told.code == 2
    assert "'-' has no suffix" in told.err


def test_options_are_named_as_the_command_line_has_them(run: Any, tmp_path: Path) -> None:
    """Errors name --to; an empty system is not a missing one."""
    path = chained(tmp_path)
    answer = run("export", path, "-o", tmp_path / "o")
    assert answer.code == 2
    assert "--to" in answer.err
    assert "format=" not in answer.err
    answer = run("export", path, "-o", tmp_path / "o.graphml", "--system", "")
    assert answer.code == 2
    assert "graphml has no option 'system'" in answer.err
    answer = run("export", path, "-o", tmp_path / "o.yml", "--system", uid("crm/contact"))
    assert answer.code == 2
    assert "which is a table" in answer.err


def test_a_full_device_has_a_hint_that_fits(run: Any, tmp_path: Path) -> None:
    """The hint for a full device does not suggest another folder."""
    answer = run("export", chained(tmp_path), "-o", "/dev/full", "--to", "graphml")
    assert answer.code == 8
    assert "No space left on device. Make room there" in answer.err


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_export_takes_attributes(run: Any, kept: Path, tmp_path: Path, suffix: str) -> None:
    """Attributes are typed tables with ids or names; an empty cell is missing."""
    link = LinkGraph(read_snapshot(kept)).link(0)
    tables = {
        "nodes": pa.table(
            {"node_id": ["crm", "desk/user"], "rank": [0.5, None], "note": ["", "a\nb"]}
        ),
        "links": pa.table({"link_id": [link.link_id], "checked": [True]}),
    }
    for name, table in tables.items():
        path = tmp_path / f"{name}{suffix}"
        pq.write_table(table, path) if suffix == ".parquet" else csv_of_arrow.write_csv(table, path)
    options = [
        "--node-attributes",
        tmp_path / f"nodes{suffix}",
        "--link-attributes",
        tmp_path / f"links{suffix}",
    ]
    path = tmp_path / "out.graphml"
    assert run("export", kept, "-o", path, *options).code == 0
    nodes, links = read_graphml_attributes(path)
    graph = LinkGraph(read_snapshot(kept))
    found = {row["node_id"]: (row["rank"], row["note"]) for row in nodes if row["note"] is not None}
    assert found == {
        graph.node("crm").node_id: (0.5, ""),
        graph.node("desk/user").node_id: (None, "a\nb"),
    }
    assert [row for row in links if row["checked"] is not None] == [
        {"link_id": link.link_id, "checked": True}
    ]
    # A filter leaves some links out, and with them what was said of them.
    strict = ["--min-confidence", "1"]
    assert run("export", kept, "-o", path, *options, *strict).code == 0


def test_codes_with_zeros_stay_text(run: Any, kept: Path, tmp_path: Path) -> None:
    """A number that begins with a zero is a code; other numbers are numbers, 0 too."""
    given, path = tmp_path / "nodes.csv", tmp_path / "out.graphml"
    given.write_text("node_id,code,rank,share\ncrm,007,0,0.5\ndesk/user,12,-3,00.5\n")
    assert run("export", kept, "-o", path, "--node-attributes", given).code == 0
    nodes, _ = read_graphml_attributes(path)
    found = [(row["code"], row["rank"], row["share"]) for row in nodes if row["code"] is not None]
    assert sorted(found) == [("007", 0, "0.5"), ("12", -3, "00.5")]


def test_export_refuses_what_are_no_attributes(run: Any, kept: Path, tmp_path: Path) -> None:
    """The error names the fault of the file, the column or the format."""
    bad = tmp_path / "bad.csv"
    for content, code, words in (
        (b"", 2, "neither CSV in UTF-8 nor Parquet"),
        (b"PAR1 but nothing more", 2, "neither CSV in UTF-8 nor Parquet"),
        (b"rank\n1\n", 2, "no column 'node_id'"),
        (b"node_id,level\ncrm,1\n", 2, "a name that hummgraph uses"),
        (b"node_id,rank\nnowhere,1\n", 2, "nowhere"),
    ):
        bad.write_bytes(content)
        answer = run("export", kept, "-o", tmp_path / "x.graphml", "--node-attributes", bad)
        assert answer.code == code
        assert words in answer.err
    answer = run("export", kept, "-o", tmp_path / "x.graphml", "--link-attributes", tmp_path)
    assert "Cannot read" in answer.err
    bad.write_text("node_id,rank\ncrm,1\n")
    answer = run("export", kept, "-o", tmp_path / "x.html", "--node-attributes", bad)
    assert "html cannot hold --node-attributes" in answer.err


def test_overwriting_is_for_folders(run: Any, kept: Path, tmp_path: Path) -> None:
    """A file replaces a file anyway; in a folder, --overwrite keeps what is not ours."""
    answer = run("export", kept, "-o", tmp_path / "a.graphml", "--overwrite")
    assert answer.code == 2
    assert "--overwrite has no effect for graphml, which is one file" in answer.err
    folder = tmp_path / "csv"
    assert run("export", kept, "-o", folder, "--to", "csv").code == 0
    (folder / "notes.txt").write_text("mine")
    refused = run("export", kept, "-o", folder, "--to", "csv")
    assert refused.code == 8
    assert "it holds 'notes.txt'" in refused.err
    assert "or pass --overwrite" in refused.err
    assert run("export", kept, "-o", folder, "--to", "csv", "--overwrite").code == 0
    assert (folder / "notes.txt").read_text() == "mine"


def test_the_command_line_finds_plugins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Any
) -> None:
    """By suffix or --to, with --option; the list of formats has them, and files are read."""
    install_example(monkeypatch, tmp_path)
    path = tmp_path / "links.pairs"
    path.write_text("a/t.x\tb/t.x\t0.9\na/t.x\tb/t.y\t0.25\n")
    told = run("export", path, "-o", "-", "--to", "pairs", "--option", "least=0.5")
    assert (told.code, told.out) == (0, "a/t.x\tb/t.x\t0.9\n"), told.err
    assert run("export", path, "-o", tmp_path / "x.pairs").code == 0
    assert run("export", path, "-o", tmp_path / "x.pairs", "--option", "least").code == 2
    install(monkeypatch, tmp_path, "broken", {"hummgraph.exporters": {"bad": "broken:One"}}, "")
    told = run("formats")
    assert told.code == 0
    assert "pairs" in told.out
    assert "The plug-in 'bad' of broken 1.0 cannot be loaded" in told.err
    listed = json.loads(run("formats", "--json").out)["formats"]
    assert listed[-1]["name"] == "pairs"
    assert listed[-1]["carries"]["every link"]
    (tmp_path / "bad.pairs").write_text("x\n")
    told = run("links", tmp_path / "bad.pairs")
    assert told.code == 1
    assert "The plug-in 'pairs' of hummgraph_pairs 1.0 failed: ValueError" in told.err


def test_datahub_takes_its_names_from_a_file(run: Any, kept: Path, tmp_path: Path) -> None:
    """As JSON or TOML; what is neither is refused, with the path."""
    (tmp_path / "names.json").write_text('{"crm": "salesforce"}')
    (tmp_path / "names.toml").write_text('crm = "salesforce"')
    path = tmp_path / "x.datahub.json"
    for name in ("names.json", "names.toml"):
        told = run(
            "export", kept, "-o", path, "--platforms", tmp_path / name, "--env", "DEV",
            "--suggested", "--clusters", "0.5",
        )  # fmt: skip
        assert told.code == 0, told.err
        found = json.loads(path.read_text(encoding="utf-8"))
        assert "(urn:li:dataPlatform:salesforce," in json.dumps(found)
        assert ",DEV)" in json.dumps(found)
    for name, content in (("a.json", "{"), ("a.json", "[]"), ("a.toml", "{")):
        (tmp_path / name).write_text(content)
        told = run("export", kept, "-o", path, "--platforms", tmp_path / name)
        assert told.code == 2
        assert name in told.err
