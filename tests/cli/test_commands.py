"""Tests of the command line, as a person and a script use it."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import csv as csv_of_arrow
from pyarrow import parquet as pq

from hummgraph import cli, cluster, errors, read_graphml_attributes
from hummgraph.cli.app import _CODES
from hummgraph.datasets import load_demo
from hummgraph.datasets.server import DemoServer
from hummgraph.export import FEATURES, FORMATS
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.readers import read_links
from hummgraph.snapshot.snapshot import Snapshot, read_snapshot
from tests.support.builders import catalogue, record, snapshot, uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Answer

CANARY = "pat-canary-5f3759df"


# --- the whole job ---------------------------------------------------------------------------


def test_demo_does_the_whole_job(run: Any, tmp_path: Path) -> None:
    """One command: fetched over HTTP, kept, clustered, shown, exported; a summary is printed."""
    answer = run("run", "--demo", "-o", tmp_path / "out")

    assert answer.code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "links.hummgraph",
        "links.html",
        "links.graphml",
        "crosswalk.csv",
    }
    kept = read_snapshot(tmp_path / "out" / "links.hummgraph")
    assert kept.origin == "api"
    assert kept.report == kept.require(max_bad=0.01).report
    found, expected = LinkGraph(kept), LinkGraph(load_demo().snapshot())
    for column in ("link_id", "source_path", "target_path", "status", "confidence"):
        assert found.links[column] == expected.links[column]
    for part in ("Systems", "Salesforce", "Clusters by", "links.html", "records ="):
        assert part in answer.out


def test_demo_command_is_the_same(run: Any, tmp_path: Path) -> None:
    """``demo -o DIR`` is ``run --demo -o DIR``."""
    assert run("demo", "-o", tmp_path / "out", "--quiet").code == 0
    assert (tmp_path / "out" / "links.graphml").exists()


def test_quiet_prints_nothing(run: Any, tmp_path: Path) -> None:
    """A script hears nothing but errors."""
    answer = run("run", "--demo", "-o", tmp_path / "out", "-q")

    assert (answer.out, answer.err) == ("", "")


def test_same_demo_same_files(run: Any, tmp_path: Path) -> None:
    """Run twice, the page, the GraphML and the crosswalk are byte for byte the same."""
    for name in ("one", "two"):
        assert run("demo", "-o", tmp_path / name, "-q").code == 0
    for file in ("links.html", "links.graphml", "crosswalk.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_settings_come_from_the_environment(
    run: Any, tmp_path: Path, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With HUMM_PAT and ORG_ID set the same command works on an account."""
    monkeypatch.setenv("HUMM_PAT", server.token)
    monkeypatch.setenv("ORG_ID", server.organization_id)
    monkeypatch.setenv("HUMM_BASE_URL", server.base_url)

    assert run("run", "-o", tmp_path / "out", "-q").code == 0
    answer = run("fetch", "-o", tmp_path / "acme.hummgraph")
    assert answer.code == 0
    assert answer.out.strip() == str(tmp_path / "acme.hummgraph")
    assert "records =" in answer.err


# --- reading what is kept --------------------------------------------------------------------


def test_info_says_what_is_there(run: Any, kept: Path) -> None:
    """A report for a person."""
    answer = run("info", kept)

    assert answer.code == 0
    assert "5 records = 5 kept + 0 quarantined" in answer.out
    assert "crm" in answer.out


def test_info_as_json(run: Any, kept: Path) -> None:
    """One object, with counts that add up."""
    found = run("info", kept, "--json").json

    assert found["schema"] == 1
    assert (found["records"], found["kept"], found["quarantined"]) == (5, 5, 0)
    assert found["links_by_status"] == {"SUGGESTED": 4, "APPROVED": 0, "REJECTED": 1}
    assert found["links_by_type"] == {"DETERMINISTIC": 0, "PROBABILISTIC": 5}
    assert found["nodes_by_level"] == {"integration_source": 3, "table": 3, "column": 5}


def test_clusters_for_a_person(run: Any, kept: Path) -> None:
    """A table, with contradictions marked and what was not used counted."""
    answer = run("clusters", kept, "--threshold", "0.9", "--format", "table")

    assert answer.code == 0
    assert "Clusters by average at 0.9 confidence\n" in answer.out
    assert "1 link at or above the threshold did not join" in answer.out
    assert "1 link with an end at another level" in answer.out


def test_clusters_as_json(run: Any, kept: Path) -> None:
    """One object: threshold, method, policy, contradictions, clusters with their members."""
    found = run("clusters", kept, "--threshold", "0.9", "--json").json

    assert (found["schema"], found["threshold"], found["method"]) == (1, 0.9, "average")
    assert found["policy"]["rejected"] == "refuse"
    (cluster,) = found["clusters"]
    assert cluster["size"] == len(cluster["members"]) == 2
    assert uid("billing/customer.email") in cluster["members"]
    assert found["contradictions"] == []
    (refused,) = found["refused"]
    assert refused["rejected_link_id"] == uid("link 2")


def test_contradictions_are_shown(run: Any, tmp_path: Path) -> None:
    """Approvals that force a rejected pair together are counted, and explained in JSON."""
    path = tmp_path / "odd.hummgraph"
    ends = ("crm/contact.email", "billing/customer.email")
    snapshot([(*ends, 0.9, "APPROVED"), (*ends, 0.8, "REJECTED")]).write(path)

    answer = run("clusters", path, "--format", "table")
    assert "1 rejected pair inside" in answer.out
    (contradiction,) = run("clusters", path, "--json").json["contradictions"]
    assert contradiction["cut"] == [uid("link 0")]


def test_rules_of_clustering_are_options(run: Any, kept: Path) -> None:
    """Method, calibration and one per system can be chosen."""
    options = ("--one-per", "integration_source", "--calibrate", "competition", "--many-in", "crm")
    found = run("clusters", kept, "--method", "clip", *options, "--json").json

    assert (found["method"], found["threshold_scale"]) == ("clip", "competition")
    assert (found["one_per"], found["many_in"]) == ("integration_source", [uid("crm")])
    assert run("clusters", kept, "--method", "magic").code == 2
    assert run("clusters", kept, "--one-per", "row").code == 2


def test_tree_has_every_threshold(run: Any, kept: Path) -> None:
    """A table for a person with a proposal; the whole profile and all joins as JSON."""
    answer = run("clusters", kept, "--tree", "--format", "table")
    assert "Proposed:" in answer.out
    assert "0.95" in answer.out
    found = run("clusters", kept, "--tree", "--json").json
    assert (found["schema"], found["method"]) == (1, "average")
    assert [join["height"] for join in found["joins"]] == [0.95]
    refused = run("clusters", kept, "--tree", "--threshold", "0.5")
    assert refused.code == 2
    assert "--tree has every threshold" in refused.err
    picture = kept.parent / "tree.svg"
    assert run("clusters", kept, "--tree", "-o", picture).code == 0
    assert picture.read_text().startswith("<svg")
    assert run("clusters", kept, "--tree", "-o", kept.parent / "tree.csv").code == 0
    assert (kept.parent / "tree.csv").read_text().startswith("threshold,")
    assert "No list is written as '.txt'" in run("clusters", kept, "--tree", "-o", "x.txt").err


def chained(tmp_path: Path) -> Path:
    """Write records that a chain makes one cluster with two columns of one system."""
    rows = [
        ("crm/contact.email", "shop/customer.email", 0.9),
        ("shop/customer.email", "crm/lead.email", 0.6),
        ("shop/customer.id", "crm/contact.key", None),
    ]
    path = tmp_path / "records.json"
    path.write_text(json.dumps([record(*row) for row in rows]))
    return path


def test_audit_and_repair(run: Any, tmp_path: Path) -> None:
    """The audit says what breaks a rule; the repair cuts, and writes the crosswalk after it."""
    path = chained(tmp_path)
    rule = ("--method", "components", "-t", "0.5", "--one-per", "integration_source")
    audited = run("clusters", path, *rule, "--audit", "--format", "table")
    assert "More than one of one integration_source, in 1 of 1 cluster" in audited.out
    found = run("clusters", path, *rule, "--audit", "--json").json
    assert found["one_per"] == "integration_source"
    assert len(found["violations"][0]["cut"]) == 1
    mended = run("clusters", path, *rule, "--repair", "-o", tmp_path / "map.json")
    assert "Cut 1 link in 1 cluster; 0 of 1 violation left" in mended.err
    assert len(json.loads((tmp_path / "map.json").read_text())["identities"][0]["members"]) == 2
    assert run("clusters", path, *rule, "--repair", "--json").json["cut"][0]["score"] == 0.6
    table = ("clusters", path, *rule[:-1], "table")
    assert ", in 0 of 1 cluster" in run(*table, "--audit", "--format", "table").out
    assert "Cut 0 links in 0 clusters" in run(*table, "--repair").err


def test_quality_and_policies(run: Any, tmp_path: Path) -> None:
    """How well each cluster holds, and how many would differ by other policies."""
    path = chained(tmp_path)
    assert "bridges" in run("clusters", path, "--quality").out
    assert run("clusters", path, "--quality", "--json").json["quality"][0]["members"] == 3
    assert "null as 0.5" in run("clusters", path, "--policies").out
    effect = run("clusters", path, "--policies", "--json").json["effect"]
    assert {row["policy"]: row["new"] for row in effect}["null as 0.5"] == 1


def test_one_answer_at_a_time(run: Any, tmp_path: Path) -> None:
    """Two answers at once, or an audit without a rule, are wrong usage."""
    path = chained(tmp_path)
    both = run("clusters", path, "--tree", "--quality")
    assert (both.code, "--tree and --quality are different answers" in both.err) == (2, True)
    ruleless = run("clusters", path, "--audit")
    assert (ruleless.code, "--audit needs the rule" in ruleless.err) == (2, True)


def test_rules_are_advised(run: Any, tmp_path: Path) -> None:
    """Where decided links speak for a rule, the answer says which option to consider."""
    rows = [(f"my crm/t{n}.x", f"shop/t{n}.x") for n in range(20)]
    rows += [(f"shop/t{n}.x", f"my crm/u{n}.x") for n in range(20)]
    rows += [(f"a/t{n}.x", f"b/t{n}.x") for n in range(40)]
    path = tmp_path / "records.json"
    path.write_text(json.dumps([record(a, b, status="APPROVED") for a, b in rows]))
    advised = run("clusters", path).err
    assert "Consider --one-per integration_source --many-in" in advised
    assert "Consider" not in run("clusters", path, "--one-per", "table").err
    assert "Consider" not in run("clusters", path, "--level", "integration_source").err
    assert "Consider" not in run("clusters", chained(tmp_path)).err


def test_clusters_of_a_level_without_links(run: Any, tmp_path: Path) -> None:
    """Every answer says between what the links are, and succeeds."""
    path = chained(tmp_path)
    for more in ((), ("--quality",), ("--audit", "--one-per", "integration_source"), ("--tree",)):
        answer = run("clusters", path, "--level", "table", *more)
        assert answer.code == 0
        assert "links, between columns. Choose level" in answer.err
    assert (
        run("clusters", path, "--level", "table", "--json")
        .json["note"]
        .startswith("This graph has")
    )
    assert "Choose level" not in run("clusters", path).err


def test_evaluate(run: Any, tmp_path: Path) -> None:
    """Against a truth, or against hidden reviews; and how sure is how right, with a picture."""
    path = chained(tmp_path)
    truth = tmp_path / "truth.csv"
    ids = [uid("crm/contact.email"), uid("shop/customer.email"), uid("crm/lead.email")]
    truth.write_text("node_id,entity\n" + "".join(f"{node},{node != ids[2]}\n" for node in ids))
    rule = ("--method", "components", "-t", "0.5")
    found = run("evaluate", path, "--truth", truth, *rule, "--json").json
    assert found["evaluation"]["n_found"] == 3
    assert found["evaluation"]["n_right"] == 1
    assert found["reliability"]["judged_by"] == "truth"
    answer = run("evaluate", path, "--truth", truth, *rule, "-o", tmp_path / "sure.svg")
    assert "precision 0.333" in answer.out
    assert (tmp_path / "sure.svg").read_text().startswith("<svg")
    lost = tmp_path / "lost.csv"
    lost.write_text(truth.read_text() + f"{uid('x')},True\n")
    assert run("evaluate", path, "--truth", lost, "--require-nodes").code == 2
    more = ("--skip-settled", "--complete", "--json")
    assert run("evaluate", path, "--truth", lost, *more).json["evaluation"]["n_missing"] == 1
    lost.write_text(lost.read_text() + f"{ids[0]},Other\n{uid('y')},Other\nz\n")
    said = " ".join(run("evaluate", path, "--truth", lost).out.split())
    assert "3 clusters of 5 nodes, 1 in several clusters. 1 line that did not fill" in said
    assert "Nodes of the truth: 1 in several true clusters, 2 not in the graph." in said
    notes = run("evaluate", path, "--truth", lost, "--json").json["truth"]["notes"]
    assert [note.partition(" that")[0] for note in notes] == ["1 line"]

    few = run("evaluate", path)
    assert (few.code, "fewer than 5 folds" in few.err) == (2, True)
    rows = [record(f"a/t{n}.x", f"b/t{n}.x", 0.9, status="APPROVED") for n in range(6)]
    path.write_text(json.dumps(rows))
    hidden = run("evaluate", path, "--folds", "2")
    assert "6 hidden approvals, 1.000 of them together" in " ".join(hidden.out.split())
    assert run("evaluate", path, "--json").json["cross_validation"]["recall"] == 1.0


def test_crosswalk_is_a_csv(run: Any, kept: Path, tmp_path: Path) -> None:
    """One row a cluster, one column a system."""
    answer = run("clusters", kept, "-t", "0.9", "-o", tmp_path / "crosswalk.csv")
    with (tmp_path / "crosswalk.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)

    assert answer.code == 0
    assert row["billing"] == "customer.email (0.95)"
    assert row["contradictions"] == "0"


def test_level_and_no_clusters(run: Any, kept: Path) -> None:
    """Tables can be clustered; finding nothing is an answer."""
    assert run("clusters", kept, "--level", "table", "-t", "0.5", "--json").json["clusters"]
    assert run("clusters", kept, "--level", "table", "-t", "1").out.count("\n") == 1


def test_export_writes_graphml(run: Any, kept: Path, tmp_path: Path) -> None:
    """The suffix decides; the path is the answer."""
    path = tmp_path / "acme.graphml"
    answer = run("export", kept, "-o", path, "--clusters", "0.9", "--containment")

    assert (answer.code, answer.out.strip()) == (0, str(path))
    assert b"</graphml>" in path.read_bytes()
    assert run("export", kept, "-o", tmp_path / "x", "--to", "graphml").code == 0


def test_export_lifts_links_and_takes_a_profile(run: Any, kept: Path, tmp_path: Path) -> None:
    """Links of tables, in the conventions of one tool."""
    path = tmp_path / "tables.graphml"
    assert run("export", kept, "-o", path, "--level", "table", "--profile", "gephi").code == 0
    text = path.read_text(encoding="utf-8")
    assert 'attr.name="lifted_to"' in text
    assert 'attr.name="r"' in text
    assert run("export", kept, "-o", path, "--profile", "other").code == 2
    answer = run("export", kept, "-o", tmp_path / "a.html", "--nested")
    assert answer.code == 2
    assert "html has no option 'nested'" in answer.err


def test_graphml_is_read_where_a_snapshot_is(run: Any, kept: Path, tmp_path: Path) -> None:
    """What was written can be looked at again."""
    path = tmp_path / "all.graphml"
    assert run("export", kept, "-o", path, "--evidence", "full").code == 0
    one, other = run("info", kept, "--json"), run("info", path, "--json")
    assert json.loads(other.out)["systems"] == json.loads(one.out)["systems"]
    answer = run("info", path, "--names", path)
    assert "go with a file of links" in answer.err


def test_export_takes_what_single_formats_need(run: Any, kept: Path, tmp_path: Path) -> None:
    """The links that are lineage, and the warehouse of dbt."""
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


def test_gc_tidies_up(run: Any, kept: Path, tmp_path: Path) -> None:
    """What killed writers left is removed, what they had moved aside is put back."""
    folder = tmp_path / "results"
    folder.mkdir()
    kept.rename(folder / ".acme.abcd1234.old")
    (folder / ".acme.efgh5678.tmp").mkdir()
    (folder / ".a.html.ijkl9012.tmp").write_text("half")
    told = run("gc", folder, "--older-than", "0", "--dry-run").out
    assert told.count("removed") == 2
    assert "put back" in told
    assert len(list(folder.iterdir())) == 3
    assert run("gc", folder).out.count("removed") == 0  # they are young
    assert [entry.name for entry in folder.iterdir() if "old" in entry.name] == []
    assert run("gc", folder, "--older-than", "0").code == 0
    assert [entry.name for entry in folder.iterdir()] == ["acme"]
    assert run("info", folder / "acme").code == 0
    assert run("gc", folder / "nowhere").code == 2


def test_formats_are_listed(run: Any) -> None:
    """Each with its suffixes, and what of a graph it cannot hold."""
    answer = run("formats")
    for known in FORMATS:
        assert known.name in answer.out
    told = json.loads(run("formats", "--json").out)["formats"]
    assert [one["name"] for one in told] == [known.name for known in FORMATS]
    assert all(list(one["carries"]) == list(FEATURES) for one in told)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_export_takes_attributes(run: Any, kept: Path, tmp_path: Path, suffix: str) -> None:
    """Tables with a column of ids or names; typed, and a cell that is empty is missing."""
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


def test_export_refuses_what_are_no_attributes(run: Any, kept: Path, tmp_path: Path) -> None:
    """The error says what is wrong with the file, the column or the format."""
    bad = tmp_path / "bad.csv"
    for content, code, words in (
        (b"", 2, "neither CSV in UTF-8 nor Parquet"),
        (b"PAR1 but nothing more", 2, "neither CSV in UTF-8 nor Parquet"),
        (b"rank\n1\n", 2, "no column 'node_id'"),
        (b"node_id,level\ncrm,1\n", 2, "hummgraph's own name"),
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
    assert "html does not hold node_attributes=" in answer.err


def test_export_can_leave_weak_links_out(run: Any, kept: Path, tmp_path: Path) -> None:
    """A filter on the way out."""
    assert run("export", kept, "-o", tmp_path / "a.graphml", "--min-confidence", "0.94").code == 0

    assert (tmp_path / "a.graphml").read_text().count("<edge ") == 2


def test_show_writes_a_page(run: Any, kept: Path, tmp_path: Path) -> None:
    """One HTML file."""
    answer = run("show", kept, "-o", tmp_path / "acme.html", "-t", "0.9")

    assert (answer.code, answer.out.strip()) == (0, str(tmp_path / "acme.html"))
    assert (tmp_path / "acme.html").read_text().lower().startswith("<!doctype html>")


def test_a_large_page_is_remarked_on(
    run: Any, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning is a line on standard error, and the page is written all the same."""
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


def test_a_file_of_records_serves_as_a_snapshot(run: Any, records: Path, tmp_path: Path) -> None:
    """Everywhere; with names and catalogue beside it."""
    (tmp_path / "names.json").write_text(json.dumps({uid("a/t"): "customers"}))
    (tmp_path / "catalogue").mkdir()
    for kind, items in catalogue(["a/t.x", "b/u.y"]).items():
        (tmp_path / "catalogue" / f"{kind}.json").write_text(json.dumps(items))
    extra = ("--names", tmp_path / "names.json", "--catalogue", tmp_path / "catalogue")

    assert run("info", records, *extra, "--json").json["kept"] == 1
    (found,) = run("clusters", records, *extra, "--json").json["clusters"]
    assert found["name"] in {"customers.x", "u.y"}
    assert run("export", records, "-o", tmp_path / "a.graphml", *extra).code == 0
    assert run("show", records, "-o", tmp_path / "a.html", *extra).code == 0


# --- what goes wrong -------------------------------------------------------------------------


def test_help_lists_the_commands_and_exit_codes(run: Any) -> None:
    """A person finds the commands, a script the codes."""
    answer = run("--help")

    assert answer.code == 0
    for word in ("run", "demo", "fetch", "info", "clusters", "export", "show", "130"):
        assert word in answer.out


@pytest.mark.parametrize("command", ["run", "demo", "fetch", "info", "clusters", "export", "show"])
def test_each_command_has_help(run: Any, command: str) -> None:
    """Every command explains itself."""
    assert "Usage" in run(command, "-h").out


def test_version(run: Any) -> None:
    """The version is printed."""
    assert re.fullmatch(r"hummgraph \d+\.\d+\.\d+\n", run("--version").out)


def test_missing_settings_say_what_to_set(run: Any, tmp_path: Path) -> None:
    """Without a token the error names the variable and the demo; nothing is written."""
    answer = run("fetch", "-o", tmp_path / "acme")

    assert answer.code == 2
    assert "HUMM_PAT is not set" in answer.err
    assert answer.out == ""
    assert run("fetch", "-o", tmp_path / "acme", "--token", CANARY).code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_refused_token_is_its_own_code(run: Any, tmp_path: Path, server: DemoServer) -> None:
    """A wrong token and an organisation that is not there, or not for this user, are one code."""
    where = ("--base-url", server.base_url, "-o", tmp_path / "acme", "-q")

    wrong = run("fetch", "--token", "wrong", "--organization", server.organization_id, *where)
    assert wrong.code == 4
    unknown = run("fetch", "--token", server.token, "--organization", uid("nobody"), *where)
    assert unknown.code == 4
    assert list(tmp_path.iterdir()) == []


def test_too_many_bad_records_write_nothing(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3, and the folder is not there."""
    bad = read_links([record("a/t.x", "b/u.y"), {"id": "nonsense"}])

    def fetched(*_: object, **__: object) -> Snapshot:
        return bad

    monkeypatch.setattr("hummgraph.cli.fetch._fetched", fetched)
    answer = run("fetch", "-o", tmp_path / "acme", "-q")
    assert answer.code == 3
    assert "50 %" in answer.err
    assert list(tmp_path.iterdir()) == []
    assert run("fetch", "-o", tmp_path / "acme", "-q", "--max-bad", "0.5").code == 0


def test_fetch_in_slices_goes_on(run: Any, tmp_path: Path, server: DemoServer) -> None:
    """What came is kept where the snapshot could not be written, and is gone once it is."""
    partial = tmp_path / "acme.partial"
    account = ("--token", server.token, "--organization", server.organization_id)
    command = ("fetch", "--base-url", server.base_url, "--resume", partial, "-q")

    refused = run(*command, *account, "-o", tmp_path / "acme", "--max-bad", "0")
    assert refused.code == 3
    assert f"kept in {partial}; the same command goes on" in " ".join(refused.err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["acme.partial"]
    kept = {path: path.stat().st_mtime_ns for path in partial.glob("reply-*")}
    assert len(kept) > 3

    nowhere = run(*command, *account, "-o", tmp_path / "no" / "acme")
    assert nowhere.code == 8
    assert {path: path.stat().st_mtime_ns for path in partial.glob("reply-*")} == kept

    other = json.loads((partial / "fetch.json").read_bytes())
    (partial / "fetch.json").write_text(json.dumps({**other, "base_url": "https://other.example"}))
    another = run(*command, *account, "-o", tmp_path / "acme")
    assert another.code == 2
    assert "slices of another fetch" in another.err
    assert "goes on from there" not in another.err
    (partial / "fetch.json").write_text(json.dumps(other))

    assert run(*command, *account, "-o", tmp_path / "acme").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["acme"]
    assert json.loads(run("info", tmp_path / "acme", "--json").out)["n_slices"] == len(kept)
    assert "Not a point in time" in run("info", tmp_path / "acme").out


def test_fetch_in_slices_that_did_not_begin(run: Any, tmp_path: Path, server: DemoServer) -> None:
    """Nothing is said of what was kept where nothing was."""
    partial = tmp_path / "acme.partial"
    where = ("--base-url", server.base_url, "-o", tmp_path / "acme", "-q", "--resume", partial)
    wrong = run("fetch", "--token", "wrong", "--organization", server.organization_id, *where)
    assert wrong.code == 4
    assert "goes on from there" not in wrong.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["info", "nothing.hummgraph"], 7),
        (["clusters", "{kept}", "-t", "1.5"], 2),
        (["clusters", "{kept}", "-t", "much"], 2),
        (["clusters", "{kept}", "--method", "magic"], 2),
        (["export", "{kept}", "-o", "file.unknown"], 2),
        (["export", "{kept}", "-o", "nowhere/file.graphml"], 8),
        (["show", "{kept}", "-o", "nowhere/page.html"], 8),
        (["info", "{kept}", "--names", "names.json"], 2),
        (["info", "{html}"], 6),
        (["run", "--demo", "-o", "{html}/out", "-q"], 8),
        (["nonsense"], 2),
        (["info"], 2),
        (["info", "--nonsense"], 2),
    ],
)
def test_errors_have_codes(
    run: Any, kept: Path, tmp_path: Path, arguments: list[str], code: int
) -> None:
    """Each kind of failure has its exit code, a message, and nothing on standard output."""
    html = tmp_path / "page.html"
    html.write_text("<!doctype html><p>Sign in</p>")
    before = sorted(tmp_path.rglob("*"))
    answer = run(*(argument.format(kept=kept, html=html) for argument in arguments))

    assert answer.code == code
    assert answer.err
    assert answer.out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_every_error_has_a_code() -> None:
    """Documented codes only; what has none of its own is 1."""
    documented = set(cli.EXIT_CODES)
    used = {code for code, _ in _CODES}

    assert used < documented
    assert cli.exit_code(errors.MissingDependencyError("x")) == 1
    assert cli.exit_code(errors.ThresholdError("x")) == 2
    assert cli.exit_code(errors.RateLimitError("x")) == 5


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_interrupt_ends_promptly(tmp_path: Path) -> None:
    """Ctrl-C while waiting for the API: exit code 130, nothing written."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = {
            **os.environ,
            "HUMM_PAT": CANARY,
            "ORG_ID": uid("organisation"),
            "HUMM_BASE_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        # A shell's background jobs ignore Ctrl-C, and so would this one.
        code = (
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
            "from hummgraph.cli import main; main()"
        )
        command = [sys.executable, "-c", code]
        process = subprocess.Popen(
            [*command, "fetch", "-o", str(tmp_path / "acme"), "-q"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        time.sleep(0.2)  # the request is on its way
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=20)
        connection.close()

    assert process.returncode == 130
    assert CANARY not in error
    assert list(tmp_path.iterdir()) == []


def test_decisions_are_laid_over(run: Any, kept: Path, tmp_path: Path) -> None:
    """A file of decisions counts for clusters; one about unknown links is refused."""
    path = tmp_path / "decisions.json"
    content = {"schema": 1, "decisions": [{"link_id": uid("link 2"), "status": "APPROVED"}]}
    path.write_text(json.dumps(content))
    (cluster,) = run("clusters", kept, "--decisions", path, "--json").json["clusters"]
    assert cluster["size"] == 3
    content["decisions"][0]["link_id"] = uid("nothing")  # type: ignore[index]
    path.write_text(json.dumps(content))
    answer = run("clusters", kept, "--decisions", path)
    assert answer.code == 2
    assert "links that the graph does not have" in re.sub(r"\s+", " ", answer.err)


TABLE = "left,right,score\ncrm/contact.email,desk/user.email,0.9\ncrm/contact.id,desk/user.id,0.4\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A file of links between names, with columns of its own."""
    path = tmp_path / "matches.csv"
    path.write_text(TABLE)
    return path


MAPPED = ["--map", "left=source", "--map", "right=target", "--map", "score=confidence"]


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
    """Names and a mapping of columns, wherever a snapshot may stand; also as Parquet."""
    import pyarrow.csv
    import pyarrow.parquet

    answer = run(*[part.format(table) for part in command], *MAPPED)
    assert (answer.code, said in answer.out) == (0, True), answer.err
    content = pyarrow.csv.read_csv(table)
    pyarrow.parquet.write_table(content, table)
    assert run(*[part.format(table) for part in command], *MAPPED).out == answer.out


def test_names_of_tables_are_told_by_an_option(run: Any, tmp_path: Path) -> None:
    """Without it they are no names of columns, and the hint says so."""
    path = tmp_path / "matches.csv"
    path.write_text("source,target,confidence\ncrm/contact,desk/user,0.9\n")
    assert json.loads(run("info", path, "--ends", "table", "--json").out)["kept"] == 1
    answer = run("info", path)
    assert answer.code == 2
    assert "none can be kept" in answer.err


@pytest.mark.parametrize("wrong", ["score", "=confidence", "score=", "left=source"])
def test_wrong_mappings_are_wrong_usage(run: Any, table: Path, wrong: str) -> None:
    """The message shows what one looks like."""
    answer = run("info", table, *MAPPED, "--map", wrong)
    assert answer.code == 2
    assert "--map score=confidence" in answer.err


def test_options_for_files_go_with_files(run: Any, kept: Path) -> None:
    """A snapshot has its own names and columns."""
    for options in (MAPPED, ["--ends", "table"]):
        answer = run("info", kept, *options)
        assert answer.code == 2
        assert "go with a file of links" in answer.err


def test_files_that_cannot_be_read_are_said(run: Any, kept: Path, tmp_path: Path) -> None:
    """By their path, without a traceback."""
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


# --- standard output -----------------------------------------------------------------------------


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_every_format_of_one_file_goes_to_standard_output(
    run: Any, kept: Path, tmp_path: Path, known: Any
) -> None:
    """The bytes of the file and nothing else; a format that is a folder says so."""
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
    """Nothing else is printed with it, and there is no file to open."""
    told = run("show", kept, "-o", "-", "--threshold", 0.5, "--open")
    assert told.code == 0
    assert told.out.lower().startswith("<!doctype html>")
    assert told.out.rstrip().endswith("</html>")


def test_standard_output_has_no_suffix(run: Any, kept: Path) -> None:
    """So the format is named."""
    told = run("export", kept, "-o", "-")
    assert told.code == 2
    assert "'-' has no suffix" in told.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("path", ["-", "/dev/stdout"])
def test_a_reader_that_leaves_ends_a_command_quietly(path: str, kept: Path) -> None:
    """As with what a command prints: `| head -1` is no error to tell of."""
    arguments = {
        "written": ["export", str(kept), "-o", path, "--to", "html"],
        "printed": ["clusters", str(kept), "--json"],
    }
    codes = {}
    for name, given in arguments.items():
        with subprocess.Popen(
            [sys.executable, "-c", "from hummgraph.cli import main; main()", *given],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            running.stdout.close()
            assert running.stderr.read() == b""
        codes[name] = running.returncode
    assert codes["written"] == codes["printed"]


def test_folders_are_no_standard_output(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """What makes a folder refuses '-', before anything is fetched."""
    monkeypatch.chdir(tmp_path)
    for command in (("run", "--demo"), ("demo",), ("fetch",)):
        answer = run(*command, "-o", "-")
        assert answer.code == 8
        assert "'-' is standard output" in answer.err
    assert not list(tmp_path.iterdir())


def test_what_a_crosswalk_needs(run: Any, tmp_path: Path) -> None:
    """A suffix, which standard output has not."""
    for output in ("-", "/dev/stdout"):
        answer = run("clusters", chained(tmp_path), "-o", output)
        assert answer.code == 2
        assert "crosswalk.csv, say" in " ".join(answer.err.split())


def test_a_page_stands_alone_on_standard_output(run: Any, tmp_path: Path) -> None:
    """No path and no table are printed beside it."""
    path = chained(tmp_path)
    ends = (uid("crm/contact.email"), uid("shop/customer.email"))
    for command in (("path", path, *ends), ("why", path, *ends), ("lineage", path, ends[0])):
        answer = run(*command, "--html", "-")
        assert answer.code == 0
        assert not answer.err
        assert answer.out.rstrip().endswith("</html>")


def test_options_are_named_as_the_command_line_has_them(run: Any, tmp_path: Path) -> None:
    """A format is named with --to; an empty system is not taken for none."""
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
    """A folder that exists would not help."""
    answer = run("export", chained(tmp_path), "-o", "/dev/full", "--to", "graphml")
    assert answer.code == 8
    assert "No space left on device. Make room there" in answer.err


# --- lists of clusters and of what a snapshot holds -----------------------------------------------


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows of a list that was printed as JSON."""
    found: list[dict[str, Any]] = json.loads(answer.out)
    return found


def test_members_of_the_cluster_of_a_node(run: Any, kept: Path) -> None:
    """With how sure each is; nothing, and why, for a node in no cluster."""
    of = ("clusters", kept, "-t", "0.9", "--of")
    rows = rows_of(run(*of, "billing/customer.email", "--format", "json"))
    assert [row["path"] for row in rows] == ["billing/customer.email", "desk/user.email"]
    assert [row["confidence"] for row in rows] == [0.95, 0.95]
    answer = run(*of, "crm/contact.id")
    assert (answer.code, answer.out.count("\n")) == (0, 1)
    assert "crm/contact.id is in no cluster at 0.9 confidence." in answer.err
    whole = run(*of, "desk/user.email", "--json").json
    (one,) = whole["clusters"]
    assert sorted(one["member_paths"]) == [row["path"] for row in rows]
    assert one["members"] == [uid(path) for path in one["member_paths"]]
    assert run(*of, "crm/contact.id", "--json").json["clusters"] == []


def test_clusters_that_reach_into_a_table_or_system(run: Any, kept: Path) -> None:
    """Whole clusters; a column is no place for clusters of tables."""
    of = ("clusters", kept, "-t", "0.9", "--of")
    for node in ("desk", "desk/user", "billing"):
        rows = rows_of(run(*of, node, "--format", "json"))
        assert [row["size"] for row in rows] == [2]
    assert rows_of(run(*of, "crm", "--format", "json")) == []
    answer = run(*of, "desk/user.email", "--level", "table")
    assert answer.code == 2
    assert "Add --level column." in answer.err
    assert run(*of, "nowhere").code == 2


def test_a_list_goes_where_the_crosswalk_does_not(run: Any, kept: Path, tmp_path: Path) -> None:
    """The suffix and --format say which of both a file takes."""
    command = ("clusters", kept, "-t", "0.9")
    listed = run(*command, "--format", "csv").out
    assert "one row a cluster" in run(*command, "-o", tmp_path / "crosswalk.csv").err
    assert "deleted" not in (tmp_path / "crosswalk.csv").read_text()
    assert run(*command, "-o", tmp_path / "list.csv", "--format", "csv").out == ""
    with (tmp_path / "list.csv").open(newline="") as file:
        assert file.read() == listed
    assert run(*command, "-o", tmp_path / "list.tsv").out == ""
    assert (tmp_path / "list.tsv").read_text() == run(*command).out
    assert run(*command, "-o", tmp_path / "map.json").code == 0
    assert "identities" in json.loads((tmp_path / "map.json").read_text())
    assert run(*command, "--quality", "-o", tmp_path / "quality.json").code == 0
    assert json.loads((tmp_path / "quality.json").read_text())[0]["members"] == 2


def test_bridges_and_refused_links_are_listed(run: Any, kept: Path) -> None:
    """As lists and as whole results."""
    command = ("clusters", kept, "-t", "0.9")
    (bridge,) = rows_of(run(*command, "--bridges", "--format", "json"))
    assert bridge["source_path"] == "billing/customer.email"
    assert run(*command, "--bridges", "--json").json["bridges"] == [bridge]
    (refused,) = rows_of(run(*command, "--refused", "--format", "json"))
    assert refused["reason"] == "rejected"
    assert run(*command, "--refused", "--json").json["refused"] == [refused]
    assert "'hummgraph clusters --refused' lists it." in run(*command).err


def test_lists_about_a_snapshot(run: Any, kept: Path, tmp_path: Path) -> None:
    """Systems unless another is named; what is in quarantine without its values."""
    info = ("info", kept, "--format", "json")
    assert [row["system"] for row in rows_of(run(*info))] == ["billing", "crm", "desk"]
    assert rows_of(run(*info)) == rows_of(run(*info, "--list", "systems"))
    nodes = rows_of(run(*info, "--list", "nodes"))
    assert {row["path"] for row in nodes} >= {"crm", "crm/contact", "crm/contact.email"}
    assert rows_of(run(*info, "--list", "unlinked")) == []
    assert rows_of(run(*info, "--list", "relationships")) == []
    path = tmp_path / "bad.json"
    bad = record("a/t.x", "b/u.y") | {"confidence_score": 7, "status": "canary"}
    path.write_text(json.dumps([record("a/t.x", "b/u.y", 0.9), bad]))
    answer = run("info", path, "--list", "quarantine", "--format", "json")
    (row,) = rows_of(answer)
    assert (row["index"], row["reasons"]) == (1, "confidence_range")
    assert "canary" not in answer.out
    assert run(*info, "--list", "rows").code == 2


def test_evaluation_has_a_list(run: Any, tmp_path: Path) -> None:
    """Of ranges of confidences, beside the report or alone."""
    rows = [record(f"a/t{n}.x", f"b/t{n}.x", 0.9, status="APPROVED") for n in range(6)]
    path = tmp_path / "records.json"
    path.write_text(json.dumps(rows))
    command = ("evaluate", path, "--folds", "2")
    assert "hidden approvals" in run(*command).out
    listed = run(*command, "--format", "json")
    assert "hidden approvals" in listed.err
    assert rows_of(listed) == run(*command, "--json").json["reliability"]["bins"]
    assert run(*command, "-o", tmp_path / "bins.csv").code == 0
    assert (tmp_path / "bins.csv").read_text().startswith(next(iter(rows_of(listed)[0])))
    table = run(*command, "--format", "table", "--limit", "1").out
    assert "Links by confidence" in table


def test_names_stand_beside_ids_in_json(run: Any, demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Wherever a result as JSON has the id of a node or a cluster, that object has its name."""
    path = tmp_path / "demo.hummgraph"
    demo_graph.snapshot.write(path)
    found = cluster(demo_graph)
    names = dict(zip(demo_graph.nodes["node_id"], demo_graph.nodes["path"], strict=True))
    names |= dict(zip(found.ids, found.names, strict=True))
    ends = ("Stripe/customers.email", "Zendesk/users.email")
    rule = ("--one-per", "table", "--many-in", "Snowflake")
    seen = 0
    for arguments in (
        ("info", path),
        ("clusters", path),
        ("clusters", path, "--of", "Stripe"),
        ("clusters", path, "--bridges"),
        ("clusters", path, "--tree"),
        ("clusters", path, *rule, "--audit"),
        ("clusters", path, *rule, "--repair"),
        ("path", path, *ends, "-k", "2"),
        ("join", path, "Stripe/customers", "Zendesk/users"),
        ("lineage", path, ends[0]),
        ("why", path, *ends),
        ("why", path, ends[0], "Zendesk/users.name"),
    ):
        for each in objects(run(*arguments, "--json").json):
            texts = [text for value in each.values() for text in flat(value)]
            whole = "\n".join(texts)
            for text in texts:
                if text in names:
                    seen += 1
                    assert names[text] in whole, (arguments, each)
    assert seen > 1000


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the innermost objects of plain data, and the others without what these hold."""
    if isinstance(value, dict):
        yield {name: one for name, one in value.items() if not holds_objects(one)}
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from objects(one)


def holds_objects(value: Any) -> bool:
    """Return whether a value is a list of objects."""
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def flat(value: Any) -> Iterator[str]:
    """Yield the texts in lists, and in objects in them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from flat(one)
