"""Tests of the command that clusters."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hummgraph import cluster
from hummgraph.datasets import load_demo
from tests.cli.conftest import chained, rows_of
from tests.support.builders import record, snapshot, uid
from tests.support.explorer_pages import packed_of

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph import LinkGraph


def test_clusters_for_a_person(run: Any, kept: Path) -> None:
    """The table marks contradictions and counts unused links."""
    answer = run("clusters", kept, "-m", "average", "--threshold", "0.9", "--format", "table")

    assert answer.code == 0
    assert "Clusters by average at 0.9 confidence\n" in answer.out
    assert "1 link at or above the threshold did not join" in answer.out
    assert "1 link with an end at another level" in answer.out


def test_clusters_as_json(run: Any, kept: Path) -> None:
    """The JSON object has threshold, method, policy, contradictions and clusters with members."""
    found = run("clusters", kept, "-m", "average", "--threshold", "0.9", "--json").json

    assert (found["schema"], found["threshold"], found["method"]) == (1, 0.9, "average")
    assert found["policy"]["rejected"] == "refuse"
    (one,) = found["clusters"]
    assert one["size"] == len(one["members"]) == 2
    assert uid("billing/customer.email") in one["members"]
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
    """Method, calibration and the rule of one per system can be chosen."""
    options = ("--one-per", "integration_source", "--calibrate", "competition", "--many-in", "crm")
    found = run("clusters", kept, "--method", "clip", *options, "--json").json

    assert (found["method"], found["threshold_scale"]) == ("clip", "competition")
    assert (found["one_per"], found["many_in"]) == ("integration_source", [uid("crm")])
    assert run("clusters", kept, "--method", "magic").code == 2
    assert run("clusters", kept, "--one-per", "row").code == 2


def test_tree_has_every_threshold(run: Any, kept: Path) -> None:
    """The table has a proposal; JSON has the whole profile and all joins."""
    answer = run("clusters", kept, "--tree", "--format", "table")
    assert "Proposed: 0.4. The stop of the setting: expected precision" in answer.out
    assert "0.95" in answer.out
    found = run("clusters", kept, "-m", "average", "--tree", "--json").json
    assert (found["schema"], found["method"]) == (1, "average")
    assert [join["height"] for join in found["joins"]] == [0.95]
    refused = run("clusters", kept, "--tree", "--threshold", "0.5")
    assert refused.code == 2
    assert "--tree covers every threshold" in refused.err
    picture = kept.parent / "tree.svg"
    assert run("clusters", kept, "--tree", "-o", picture).code == 0
    assert picture.read_text().startswith("<svg")
    assert run("clusters", kept, "--tree", "-o", kept.parent / "tree.csv").code == 0
    assert (kept.parent / "tree.csv").read_text().startswith("threshold,")
    assert "No list is written as '.txt'" in run("clusters", kept, "--tree", "-o", "x.txt").err


def test_audit_and_repair(run: Any, tmp_path: Path) -> None:
    """The audit lists violations of a rule; the repair cuts, and writes the crosswalk after it."""
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
    """Quality has a row a cluster, and policies count the clusters that differ."""
    path = chained(tmp_path)
    assert "bridges" in run("clusters", path, "--quality").out
    whole = run("clusters", path, "-m", "average", "--quality", "--json").json
    assert whole["quality"][0]["members"] == 3
    assert "null as 0.5" in run("clusters", path, "--policies").out
    effect = run("clusters", path, "-m", "average", "--policies", "--json").json["effect"]
    assert {row["policy"]: row["new"] for row in effect}["null as 0.5"] == 1


def test_one_answer_at_a_time(run: Any, tmp_path: Path) -> None:
    """Two answers at once, or an audit without a rule, are wrong usage."""
    path = chained(tmp_path)
    both = run("clusters", path, "--tree", "--quality")
    assert (both.code, "--tree and --quality are different answers" in both.err) == (2, True)
    ruleless = run("clusters", path, "--audit", "--one-per", "none")
    assert (ruleless.code, "--audit needs the rule" in ruleless.err) == (2, True)


def test_rules_are_advised(run: Any, tmp_path: Path) -> None:
    """If decided links support a rule, a remark names the option to consider."""
    rows = [(f"my crm/t{n}.x", f"shop/t{n}.x") for n in range(20)]
    rows += [(f"shop/t{n}.x", f"my crm/u{n}.x") for n in range(20)]
    rows += [(f"a/t{n}.x", f"b/t{n}.x") for n in range(40)]
    path = tmp_path / "records.json"
    path.write_text(json.dumps([record(a, b, status="APPROVED") for a, b in rows]))
    advised = run("clusters", path, "-m", "average").err
    assert "Consider --one-per integration_source --many-in" in advised
    assert "Consider" not in run("clusters", path, "--one-per", "table").err
    assert "Consider" not in run("clusters", path, "--level", "integration_source").err
    assert "Consider" not in run("clusters", chained(tmp_path)).err


def test_clusters_of_a_level_without_links(run: Any, tmp_path: Path) -> None:
    """Every answer succeeds and names the level of the links."""
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


def test_crosswalk_is_a_csv(run: Any, kept: Path, tmp_path: Path) -> None:
    """The crosswalk has one row a cluster and one column a system."""
    answer = run("clusters", kept, "-m", "average", "-t", "0.9", "-o", tmp_path / "crosswalk.csv")
    with (tmp_path / "crosswalk.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)

    assert answer.code == 0
    assert row["billing"] == "customer.email (0.95)"
    assert row["contradictions"] == "0"


def test_clusters_have_a_page(run: Any, kept: Path, tmp_path: Path) -> None:
    """It opens on their table, and stands beside the list, unless it is printed itself."""
    page = tmp_path / "clusters.html"
    answer = run("clusters", kept, "-t", "0.9", "--html", page)
    assert answer.code == 0
    assert answer.out.startswith("cluster")
    assert str(page) in answer.err
    packed = packed_of(page.read_text(encoding="utf-8"))
    assert packed.header["start"].startswith("p=concepts&")
    assert packed.header["clustering"]["threshold"] == 0.9
    printed = run("clusters", kept, "--html", "-")
    assert packed_of(printed.out).header["start"].startswith("p=concepts&")
    assert run("clusters", kept, "--bridges", "--html", page).code == 2


def test_level_and_no_clusters(run: Any, kept: Path) -> None:
    """Tables can be clustered, and no clusters is a valid result."""
    assert run("clusters", kept, "--level", "table", "-t", "0.5", "--json").json["clusters"]
    assert run("clusters", kept, "--level", "table", "-t", "1").out.count("\n") == 1


def test_what_a_crosswalk_needs(run: Any, tmp_path: Path) -> None:
    """A crosswalk needs a suffix, which standard output does not have."""
    for output in ("-", "/dev/stdout"):
        answer = run("clusters", chained(tmp_path), "-o", output)
        assert answer.code == 2
        assert "for example crosswalk.csv" in " ".join(answer.err.split())


def test_members_are_as_sure_as_python_says(
    run: Any, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """Of every cluster each member has its own confidence, the surest and approved ones first."""
    demo_graph.snapshot.write(tmp_path / "demo.hummgraph")
    for one in list(cluster(demo_graph))[:25]:
        answer = run("clusters", tmp_path / "demo.hummgraph", "--of", one.id, "--format", "json")
        rows = rows_of(answer)
        sure = {
            node.path: (confidence, approved)
            for node, confidence, approved in zip(one, one.confidences, one.approved, strict=True)
        }

        assert {row["path"]: (row["confidence"], row["approved"]) for row in rows} == sure
        keys = [(-row["approved"], -(row["confidence"] or 0), row["path"]) for row in rows]
        assert keys == sorted(keys)


def test_members_of_the_cluster_of_a_node(run: Any, kept: Path) -> None:
    """Members have confidences; for a node in no cluster the list is empty, with a remark."""
    of = ("clusters", kept, "-m", "average", "-t", "0.9", "--of")
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
    """Whole clusters are listed; a column cannot be asked for clusters of tables."""
    of = ("clusters", kept, "-m", "average", "-t", "0.9", "--of")
    for node in ("desk", "desk/user", "billing"):
        rows = rows_of(run(*of, node, "--format", "json"))
        assert [row["size"] for row in rows] == [2]
    assert rows_of(run(*of, "crm", "--format", "json")) == []
    answer = run(*of, "desk/user.email", "--level", "table")
    assert answer.code == 2
    assert "Add --level column." in answer.err
    assert run(*of, "nowhere").code == 2


def test_a_list_goes_where_the_crosswalk_does_not(run: Any, kept: Path, tmp_path: Path) -> None:
    """The suffix and --format decide between crosswalk and list."""
    command = ("clusters", kept, "-m", "average", "-t", "0.9")
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
    """Bridges and refused links are lists and whole results."""
    command = ("clusters", kept, "-m", "average", "-t", "0.9")
    (bridge,) = rows_of(run(*command, "--bridges", "--format", "json"))
    assert bridge["source_path"] == "billing/customer.email"
    assert run(*command, "--bridges", "--json").json["bridges"] == [bridge]
    (refused,) = rows_of(run(*command, "--refused", "--format", "json"))
    assert refused["reason"] == "rejected"
    assert run(*command, "--refused", "--json").json["refused"] == [refused]
    assert "'hummgraph clusters --refused' lists it." in run(*command).err


def test_options_of_lists_ask_for_the_list(run: Any, kept: Path, tmp_path: Path) -> None:
    """A file gets the rows and columns that were asked for, or the options are refused."""
    command = (
        "clusters",
        kept,
        "-m",
        "average",
        "-t",
        "0.9",
        "--limit",
        5,
        "--columns",
        "size",
        "--sort",
        "-size",
    )
    answer = run(*command, "-o", tmp_path / "sizes.csv")
    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / "sizes.csv").read_text().split() == ["size", "2"]
    for suffix in (".xlsx", ".html", ".yaml"):
        answer = run(*command, "-o", tmp_path / f"crosswalk{suffix}")
        assert answer.code == 2
        assert "--limit and --sort and --columns have no effect on" in answer.err
        assert not (tmp_path / f"crosswalk{suffix}").exists()


def test_a_cluster_is_found_by_its_name_and_id(run: Any, kept: Path) -> None:
    """The id that find prints of a cluster is taken by --of; other texts are no node."""
    of = ("clusters", kept, "-m", "average", "-t", "0.9", "--of")
    (one,) = {row["cluster_id"]: row for row in rows_of(run(*of[:-1], "--format", "json"))}.values()
    by_name = run(*of, one["cluster_name"], "--format", "json")
    assert rows_of(by_name) == rows_of(run(*of, one["cluster_id"], "--format", "json"))
    assert {row["cluster_id"] for row in rows_of(by_name)} == {one["cluster_id"]}
    assert (run(*of, "nothing").code, "No node is called" in run(*of, "nothing").err) == (2, True)


def test_recalibration_keeps_what_was_asked_for(run: Any, kept: Path, tmp_path: Path) -> None:
    """A floor that was chosen stays; only what the setting decides is made anew."""
    setting = tmp_path / "setting.json"
    run("clusters", kept, "--floor", "0.5", "--setting", setting)
    first = json.loads(setting.read_text())
    assert first["asked"] == {"floor": 0.5}
    assert "The floor is 0.500, as asked for." in first["reason"]
    assert run("clusters", kept, "--setting", setting, "--recalibrate").code == 0
    assert json.loads(setting.read_text()) == first


def test_confidences_are_left_out_of_the_list(run: Any, kept: Path) -> None:
    """Cells of systems have no confidences in the list either, if asked."""
    command = ("clusters", kept, "-m", "average", "-t", "0.9", "--format", "json")
    assert rows_of(run(*command))[0]["billing"] == "customer.email (0.95)"
    assert rows_of(run(*command, "--no-confidence"))[0]["billing"] == "customer.email"


def test_a_setting_is_kept_in_a_file(run: Any, tmp_path: Path) -> None:
    """A new file gets the setting; then it is held, until it is made anew."""
    rows = [
        record(f"a/t{n % 2}.x{n}", f"b/t.x{n}", 0.5 + n / 90, id=uid(f"link {n}"))
        for n in range(40)
    ]
    path, setting = tmp_path / "records.json", tmp_path / "setting.json"
    path.write_text(json.dumps(rows))
    missing = run("evaluate", path, "--setting", setting)
    assert (missing.code, "Cannot read a setting from" in missing.err) == (2, True)
    first = run("clusters", path, "--setting", setting)
    assert (first.code, "which --setting holds from now on" in first.err) == (0, True)
    assert json.loads(setting.read_text())["floor"] == 0.7
    assert "does not know" not in run("clusters", path, "--setting", setting).err

    for n in range(10):
        rows[n]["status"] = "REJECTED"
        rows[-1 - n]["status"] = "APPROVED"
    path.write_text(json.dumps(rows))
    held = run("clusters", path, "--setting", setting)
    assert "The setting does not know 20 new decisions: --recalibrate makes" in held.err
    assert run("clusters", path, "--setting", setting, "--json").json["floor"] == 0.7
    new = run("clusters", path, "--setting", setting, "--recalibrate")
    assert "Recalibrated with 20 new decisions: floor 0.700 to 0." in new.err
    assert "This alone keeps" in new.err
    assert json.loads(setting.read_text())["n_approved"] == 10
    assert json.loads(setting.read_text())["floor"] != 0.7
    for row in rows[:5]:
        row["status"] = "SUGGESTED"
    path.write_text(json.dumps(rows))
    counts = "changed decisions (10 approved and 10 rejected links before, 10 and 5 now)"
    assert f"does not know {counts}: --recal" in run("clusters", path, "--setting", setting).err
    run("clusters", path, "--setting", setting, "--recalibrate")
    rows[0]["status"], rows[5]["status"] = rows[5]["status"], rows[0]["status"]
    path.write_text(json.dumps(rows))
    counts = "changed decisions (10 approved and 5 rejected links before, 10 and 5 now)"
    assert f"does not know {counts}: --recal" in run("clusters", path, "--setting", setting).err
    again = run("clusters", path, "--setting", setting, "--recalibrate")
    assert f"Recalibrated with {counts}: floor" in again.err
    again = run("clusters", path, "--setting", setting, "--recalibrate")
    assert "Recalibrated with the same decisions: floor" in again.err
    for command in (("clusters",), ("evaluate", "--truth", "none.csv")):
        both = run(command[0], path, *command[1:], "--setting", setting, "--method", "gaec")
        assert (both.code, "--method has no effect with --setting" in both.err) == (2, True)
    alone = run("clusters", path, "--recalibrate")
    assert (alone.code, "--recalibrate needs the file" in alone.err) == (2, True)


def test_a_floor_is_a_number_or_a_word(run: Any, tmp_path: Path) -> None:
    """Links below the floor are absent; none sets no floor, and other words are refused."""
    path = chained(tmp_path)
    plain = ("clusters", path, "-m", "components", "-t", "0", "--json")
    assert len(run(*plain, "--floor", "none").json["clusters"]) == 1
    assert run(*plain, "--floor", "1").json["clusters"] == []
    assert run(*plain, "--floor", "1").json["floor"] == 1
    assert run(*plain, "--floor", "robust").json["floor"] is None
    assert run(*plain, "--calibrate", "none", "--one-per", "none").json["calibrate"] is None
    refused = run(*plain, "--floor", "low")
    assert (refused.code, "auto, robust or none" in refused.err) == (2, True)
    assert run(*plain, "--floor", "7").code == 2


def test_clusters_are_found_by_their_members(run: Any, tmp_path: Path) -> None:
    """Words of a member's name find its cluster, after those that are called so."""
    load_demo().snapshot().write(tmp_path / "demo.hummgraph")
    answer = run(
        "clusters", tmp_path / "demo.hummgraph", "--named", "custmer email", "--format", "json"
    )
    assert [row["cluster_name"] for row in rows_of(answer)] == ["company email", "person email"]
    assert "customer" in str(rows_of(answer)[0]).lower()


def test_named_clusters(run: Any, kept: Path) -> None:
    """Words of a name choose clusters, also as JSON; one typing error does not matter."""
    named = rows_of(run("clusters", kept, "--named", "EMIAL", "--format", "json"))
    whole = run("clusters", kept, "--named", "email", "--json").json

    assert named
    assert "email" in named[0]["cluster_name"]
    assert [one["id"] for one in whole["clusters"]] == [row["cluster_id"] for row in named]
    none = run("clusters", kept, "--named", "zzzz")
    assert (none.code, rows_of(run("clusters", kept, "--named", "zzzz", "--format", "json"))) == (
        0,
        [],
    )
    assert none.err.strip() == "No cluster, and no member of one, is called 'zzzz'."
    near = run("clusters", kept, "--named", "email zzzz")
    assert (
        near.code,
        rows_of(run("clusters", kept, "--named", "email zzzz", "--format", "json")),
    ) == (
        0,
        [],
    )
    assert "is called 'email zzzz'. Nearest: 'email'" in near.err
    assert run("clusters", kept, "--named", "email", "--quality").code == 2


def test_strong_links_that_were_kept_out_are_named(run: Any, tmp_path: Path) -> None:
    """A column is outside although a strong link leads to it: that is said, with the reason."""
    rows = [
        ("a/t.x", "b/t.x", 1.0, "APPROVED"),
        ("a/t.x", "c/t.x", 0.95, "SUGGESTED"),
        ("b/t.x", "c/t.x", 0.1, "REJECTED"),
        ("a/t.x", "b/t.y", 0.97, "SUGGESTED"),
        *(("a/t.x", f"b/t.z{n}", 0.93 - n / 100, "SUGGESTED") for n in range(3)),
    ]
    snapshot(rows).write(tmp_path / "kept.hummgraph")
    options = ("-t", 0.5, "-m", "average", "--one-per", "integration_source", "--calibrate", "none")
    answer = run("clusters", tmp_path / "kept.hummgraph", "--of", "a/t.x", *options)
    assert answer.code == 0
    assert (
        "Kept out, though strongly linked: b/t.y (0.97, against one_per), c/t.x (0.95, against a"
        " rejection), b/t.z0 (0.93, against one_per) and 2 more. 'hummgraph why A B' says more."
    ) in " ".join(answer.err.split())
    named = run("clusters", tmp_path / "kept.hummgraph", "--named", "x", *options)
    assert "x: kept out, though strongly linked: b/t.y (0.97" in " ".join(named.err.split())
    alone = run("clusters", tmp_path / "kept.hummgraph", "--of", "a/t", *options)
    assert "Kept out" not in alone.err
    every = run("clusters", tmp_path / "kept.hummgraph", *options)
    assert (
        "Strong, but kept apart by a rejection: a/t.x = c/t.x. That rejection or an earlier join"
        " may be wrong: 'hummgraph why A B' says more."
    ) in " ".join(every.err.split())
    again = [*rows, *((f"a/t.x{n}", "c/t.x", 0.92, "SUGGESTED") for n in range(3))]
    again += [(f"a/t.x{n}", "a/t.x", 1.0, "APPROVED") for n in range(3)]
    snapshot(again).write(tmp_path / "more.hummgraph")
    more = run("clusters", tmp_path / "more.hummgraph", *options[:4], "--calibrate", "none")
    assert "= c/t.x and 1 more. That rejection" in " ".join(more.err.split())
