"""Tests of the command that lists links."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import LinkGraph, read_snapshot
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, record, uid

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        ([], {}),
        (["--between", "crm", "desk/user"], {"between": ("crm", "desk/user")}),
        (
            ["--between", "desk", "crm/contact", "--status", "rejected"],
            {"between": ("crm", "desk"), "status": "REJECTED"},
        ),
        (["--of", "billing", "--of", "crm/contact.id"], {"nodes": ["billing", "crm/contact.id"]}),
        (["--status", "SUGGESTED", "--status", "APPROVED"], {"status": ["SUGGESTED", "APPROVED"]}),
        (["--type", "probabilistic"], {"link_type": "PROBABILISTIC"}),
        (["--system", "billing"], {"system": "billing"}),
        (["--level", "table"], {"level": "table"}),
        (["--min-confidence", 0.95], {"min_confidence": 0.95}),
        (["--max-confidence", 0.9], {"max_confidence": 0.9}),
        (["--active-only"], {"active": True}),
    ],
)
def test_conditions_are_those_of_where(run: Any, kept: Path, options: Any, condition: Any) -> None:
    """The links are those of LinkGraph.where, the surest first, then by id."""
    rows = json.loads(run("links", kept, *options, "--format", "json").out)
    expected = LinkGraph(read_snapshot(kept)).where(**condition)
    assert {row["link_id"] for row in rows} == set(expected.links["link_id"])
    order = [(-(row["weight"] or -1), -(row["confidence"] or -1), row["link_id"]) for row in rows]
    assert order == sorted(order)


def test_conditions_that_are_wrong_say_what_is_right(run: Any, kept: Path) -> None:
    """Errors name the options and allowed values."""
    for options, said in (
        (["--status", "maybe"], "No status 'maybe'; there are SUGGESTED"),
        (["--min-confidence", 2], "--min-confidence is 2.0; it must be"),
        (["--between", "crm", "nowhere"], "No node is called 'nowhere'"),
        (["--between", "crm"], "--between"),
    ):
        answer = run("links", kept, *options)
        assert answer.code == 2
        assert said in answer.err


def test_texts_of_evidence_are_shown_on_request(run: Any, tmp_path: Path) -> None:
    """By default evidence has keys and numbers only."""
    link = record("a/t.x", "b/u.y", 0.9, evidence={"seen": "canary", "score": 0.25})
    path = tmp_path / "kept.hummgraph"
    read_links([link], catalogue=catalogue(["a/t.x", "b/u.y"])).write(path)
    for form in ("tsv", "csv", "json", "jsonl"):
        shown = run("links", path, "--format", form).out
        assert "canary" not in shown
        assert "0.25" in shown
        assert "canary" in run("links", path, "--format", form, "--evidence", "full").out
        assert "0.25" not in run("links", path, "--format", form, "--evidence", "none").out


def test_decisions_are_laid_over(run: Any, kept: Path, tmp_path: Path) -> None:
    """Decisions apply before the links are filtered."""
    path = tmp_path / "decisions.json"
    decided = [{"link_id": uid("link 0"), "status": "APPROVED"}]
    path.write_text(json.dumps({"schema": 1, "decisions": decided}))
    out = run(
        "links", kept, "--decisions", path, "--status", "APPROVED", "--columns", "link_id"
    ).out
    assert out.split() == ["link_id", uid("link 0")]
