"""Tests of the command that evaluates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.cli.conftest import chained, rows_of
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from pathlib import Path


def test_evaluate(run: Any, tmp_path: Path) -> None:
    """Clusters are evaluated against a truth or hidden reviews, with a reliability diagram."""
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
    refused = run("evaluate", path, "--truth", truth, *rule, "-o", tmp_path / "sure.png")
    assert (refused.code, "name an .svg" in refused.err) == (2, True)
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


def test_evaluation_has_a_list(run: Any, tmp_path: Path) -> None:
    """The list has ranges of confidences, with the report or alone."""
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
