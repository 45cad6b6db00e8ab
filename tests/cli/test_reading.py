"""Tests of files in place of a snapshot: files of links, GraphML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph.datasets import load_demo
from hummgraph.errors import MemoryLimitError
from hummgraph.graph.decisions import Decision, GivenName
from hummgraph.graph.journal import write_decisions
from hummgraph.records.limits import Limits, MemoryBudget
from tests.support.builders import catalogue, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.datasets.server import DemoServer


TABLE = "left,right,score\ncrm/contact.email,desk/user.email,0.9\ncrm/contact.id,desk/user.id,0.4\n"

MAPPED = ["--map", "left=source", "--map", "right=target", "--map", "score=confidence"]


def test_graphml_is_read_where_a_snapshot_is(run: Any, kept: Path, tmp_path: Path) -> None:
    """A GraphML file can be read again."""
    path = tmp_path / "all.graphml"
    assert run("export", kept, "-o", path, "--evidence", "full").code == 0
    one, other = run("info", kept, "--json"), run("info", path, "--json")
    assert json.loads(other.out)["systems"] == json.loads(one.out)["systems"]
    answer = run("info", path, "--ends", "table")
    assert "are for files of links" in answer.err


def test_a_file_of_records_serves_as_a_snapshot(run: Any, records: Path, tmp_path: Path) -> None:
    """Every command reads a file of records, with names and catalogue."""
    (tmp_path / "names.json").write_text(json.dumps({uid("a/t"): "customers"}))
    (tmp_path / "catalogue").mkdir()
    for kind, items in catalogue(["a/t.x", "b/u.y"]).items():
        (tmp_path / "catalogue" / f"{kind}.json").write_text(json.dumps(items))
    extra = ("--names", tmp_path / "names.json", "--catalogue", tmp_path / "catalogue")

    assert run("info", records, *extra, "--json").json["kept"] == 1
    (found,) = run("clusters", records, *extra, "--json").json["clusters"]
    assert found["name"] in {"x", "y"}
    assert run("export", records, "-o", tmp_path / "a.graphml", *extra).code == 0
    assert run("show", records, "-o", tmp_path / "a.html", *extra).code == 0


def test_decisions_are_laid_over(run: Any, kept: Path, tmp_path: Path) -> None:
    """Decisions apply to clusters; decisions on unknown links are refused."""
    path = tmp_path / "decisions.json"
    content = {"schema": 1, "decisions": [{"link_id": uid("link 2"), "status": "APPROVED"}]}
    path.write_text(json.dumps(content))
    (cluster,) = run("clusters", kept, "--decisions", path, "--json").json["clusters"]
    assert cluster["size"] == 3
    content["decisions"][0]["link_id"] = uid("nothing")  # type: ignore[index]
    path.write_text(json.dumps(content))
    answer = run("clusters", kept, "--decisions", path)
    assert answer.code == 2
    assert "1 of 1 decision is about a link that the graph does not have:" in re.sub(
        r"\s+", " ", answer.err
    )


def test_a_journal_is_laid_over(run: Any, kept: Path, tmp_path: Path) -> None:
    """It is read as the older file is, names in it too; one that is cut off is refused."""
    path = tmp_path / "decisions.jsonl"
    write_decisions([Decision(uid("link 2"), "APPROVED", who="Ada", asked="random")], path)
    (cluster,) = run("clusters", kept, "--decisions", path, "--json").json["clusters"]
    assert cluster["size"] == 3
    path.write_text(path.read_text() + '{"schema": 2, "kind"')
    answer = run("clusters", kept, "--decisions", path)
    assert answer.code == 2
    assert "Line 2, the last, is not finished" in re.sub(r"\s+", " ", answer.err)
    write_decisions([GivenName(uid("nothing"), "x")], path)
    answer = run("clusters", kept, "--decisions", path)
    assert "1 of 1 name is of a node that the graph does not have:" in re.sub(
        r"\s+", " ", answer.err
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A file of links between names, with columns of its own."""
    path = tmp_path / "matches.csv"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["info", "{}"], "2 records = 2 kept"),
        (["clusters", "{}", "-t", "0.5"], "contact.email"),
        (["path", "{}", "crm/contact.email", "desk/user.email"], "0.9"),
        (["join", "{}", "crm/contact", "desk/user"], "email"),
        (["lineage", "{}", "crm/contact.email"], "desk/user.email"),
        (["why", "{}", "crm/contact.email", "desk/user.email"], "0.9"),
        (["export", "{}", "-o", "{}.graphml"], "matches.csv.graphml"),
        (["show", "{}", "-o", "{}.html"], "matches.csv.html"),
    ],
)
def test_commands_read_tables_of_links(
    run: Any, table: Path, command: list[str], said: str
) -> None:
    """Every command reads names with a mapping of columns, also from Parquet."""
    import pyarrow.csv
    import pyarrow.parquet

    answer = run(*[part.format(table) for part in command], *MAPPED)
    assert (answer.code, said in answer.out) == (0, True), answer.err
    content = pyarrow.csv.read_csv(table)
    pyarrow.parquet.write_table(content, table)
    assert run(*[part.format(table) for part in command], *MAPPED).out == answer.out


def test_names_of_tables_need_an_option(run: Any, tmp_path: Path) -> None:
    """Names of tables need an option, which the hint names."""
    path = tmp_path / "matches.csv"
    path.write_text("source,target,confidence\ncrm/contact,desk/user,0.9\n")
    assert json.loads(run("info", path, "--ends", "table", "--json").out)["kept"] == 1
    answer = run("info", path)
    assert answer.code == 2
    assert "none can be kept" in answer.err


@pytest.mark.parametrize("wrong", ["score", "=confidence", "score=", "left=source"])
def test_wrong_mappings_are_wrong_usage(run: Any, table: Path, wrong: str) -> None:
    """The message shows a correct mapping."""
    answer = run("info", table, *MAPPED, "--map", wrong)
    assert answer.code == 2
    assert "--map score=confidence" in answer.err


def test_options_for_files_go_with_files(run: Any, kept: Path) -> None:
    """A snapshot refuses options for files of links."""
    for options in (MAPPED, ["--ends", "table"]):
        answer = run("info", kept, *options)
        assert answer.code == 2
        assert "are for files of links" in answer.err


def test_files_that_cannot_be_read_are_named(run: Any, kept: Path, tmp_path: Path) -> None:
    """The error names the path, without a traceback."""
    missing = tmp_path / "none.graphml"
    answer = run("info", missing)
    assert answer.code == 2
    assert f"Cannot read '{missing}'" in answer.err
    answer = run("export", kept, "-o", tmp_path / "x.ndjson", "--lineage", tmp_path / "none.txt")
    assert answer.code == 2
    assert "none.txt" in answer.err
    (tmp_path / "ids.txt").write_bytes(b"\xff")
    answer = run("export", kept, "-o", tmp_path / "x.ndjson", "--lineage", tmp_path / "ids.txt")
    assert answer.code == 2
    assert "is not UTF-8: byte 0" in answer.err


def test_memory_is_limited_by_an_option(run: Any, kept: Path) -> None:
    """It limits what is read, and clustering; the error has what was needed."""
    answer = run("info", kept, "--memory", "1K")
    assert answer.code == 1
    assert "would need at least" in answer.err
    assert "--memory" in answer.err
    assert run("info", kept, "--memory", "64M").code == 0
    assert run("clusters", kept, "--memory", "1g").code == 0


@pytest.mark.parametrize("size", ["", "0", "-1", "1.5G", "lots", "9" * 20])
def test_what_is_no_size_of_memory_is_wrong_usage(run: Any, kept: Path, size: str) -> None:
    """A size is a whole number, with K, M, G or T behind it or not."""
    answer = run("info", kept, "--memory", size)
    assert answer.code == 2
    assert "must be a number of bytes" in answer.err


def test_a_fetch_is_limited_too(run: Any, server: DemoServer, tmp_path: Path) -> None:
    """Nothing is written if the memory allowed is not enough."""
    output = tmp_path / "acme"
    account = ("--token", server.token, "--organization", server.organization_id)
    answer = run(
        *("fetch", "-o", output, "--base-url", server.base_url, "--memory", "10K", "-q"), *account
    )
    assert answer.code == 1
    assert "10,240 bytes are allowed" in answer.err
    assert not output.exists()


def test_names_are_added_to_a_snapshot(run: Any, kept: Path, tmp_path: Path) -> None:
    """Names of a file name the nodes of a stored snapshot, as ``hummgraph names`` writes them."""
    path = tmp_path / "names.json"
    path.write_text(json.dumps({uid("crm/contact.email"): "mail address"}))
    found = json.loads(run("find", kept, "mail address", "--names", path, "--format", "json").out)
    assert found[0]["kind"] in {"column", "cluster"}
    path.write_text("[]")
    answer = run("info", kept, "--names", path)
    assert (answer.code, "is not a JSON object" in answer.err) == (2, True)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the snapshot of the bundled organisation."""
    path = tmp_path_factory.mktemp("demo") / "demo.hummgraph"
    load_demo().snapshot().write(path)
    return path


@pytest.mark.parametrize(
    "command",
    [
        ("clusters",),
        ("clusters", "--tree"),
        ("clusters", "--of", "Stripe/customers.email"),
        ("clusters", "--audit", "--one-per", "table"),
        ("clusters", "--repair", "--one-per", "table"),
        ("evaluate",),
        ("find", "email"),
        ("export", "--clusters", "0.5"),
    ],
)
def test_memory_is_limited_wherever_clusters_are_made(
    run: Any, demo: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """The links fit into it, and the clusters do not."""
    output = ("-o", tmp_path / "out.graphml") if command[0] == "export" else ()
    answer = run(command[0], demo, *command[1:], *output, "--memory", "900K")
    assert answer.code == 1
    assert "may need 1,032,800 bytes of memory, and max_memory allows 921,600 bytes" in answer.err


def test_sizes_that_differ_look_different() -> None:
    """The needed size is rounded up, the allowed one down."""
    with pytest.raises(MemoryLimitError, match=r"at least 2\.1 MiB of .*, and 2 MiB are allowed"):
        MemoryBudget(Limits(memory=2**21)).take(2**21 + 1, "The links")
    with pytest.raises(MemoryLimitError, match=r"at least 2 bytes of .*, and 1 byte is allowed"):
        MemoryBudget(Limits(memory=1)).take(2, "The links")


def test_commands_read_an_export(run: Any, demo_snapshot: Any, tmp_path: Path) -> None:
    """All commands read the folder, or one of its files, in place of a snapshot."""
    kept, folder = tmp_path / "demo.hummgraph", tmp_path / "tables"
    demo_snapshot.write(kept)
    assert run("export", kept, "-o", folder, "--to", "parquet", "--evidence", "full").code == 0
    for path in (folder, folder / "links.parquet", folder / "nodes.parquet"):
        for command in ("links", "clusters"):
            assert run(command, path, "--limit", 0).out == run(command, kept, "--limit", 0).out
        assert run("info", path).code == 0
    told = run("info", folder, "--catalogue", tmp_path)
    assert "an export have their own catalogue" in told.err
