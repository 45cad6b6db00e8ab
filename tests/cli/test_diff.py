"""Tests of the command that compares two snapshots."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import LinkGraph, cluster, diff, read_snapshot
from tests.cli.conftest import rows_of
from tests.support.builders import Row, snapshot, uid
from tests.support.explorer_pages import packed_of

if TYPE_CHECKING:
    from pathlib import Path

OLD: list[Row] = [
    ("crm/contact.email", "shop/customer.email", 0.95),
    ("shop/customer.email", "desk/user.email", 0.9),
    ("crm/contact.id", "shop/customer.id", 0.9),
]
NEW: list[Row] = [OLD[0], ("shop/customer.email", "desk/user.email", 0.9, "REJECTED"), OLD[2]]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two snapshots, and a setting in a file beside them."""
    folder = tmp_path_factory.mktemp("both")
    old, new = folder / "old.hummgraph", folder / "new.hummgraph"
    snapshot(OLD).write(old)
    snapshot(NEW).write(new)
    made = cluster(LinkGraph(read_snapshot(old)), method="components", threshold=0.5)
    made.setting.write(folder / "setting.json")
    return old, new


def test_a_person_reads_sentences(run: Any, both: tuple[Path, Path]) -> None:
    """The output has the changes, their causes, and where more is."""
    answer = run("diff", *both, "--setting", both[0].with_name("setting.json"))

    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "Links: 1 re-decided."
    assert lines[1].endswith(
        "because of shop/customer.email = desk/user.email re-decided to REJECTED."
    )
    assert lines[-1] == "--list causes has the links behind each change."
    assert len(lines) <= 11


def test_nothing_changed(run: Any, both: tuple[Path, Path]) -> None:
    """Then no list has anything to add."""
    answer = run("diff", both[0], both[0])

    assert answer.out.startswith("Links: none changed.\n")
    assert "--list" not in answer.out


def test_lists(run: Any, both: tuple[Path, Path]) -> None:
    """Each table of the diff is a list."""
    setting = both[0].with_name("setting.json")
    found = diff(
        *(LinkGraph(read_snapshot(path)) for path in both),
        setting=cluster(
            LinkGraph(read_snapshot(both[0])), method="components", threshold=0.5
        ).setting,
    )
    for part, frame in {
        "changes": found.changes,
        "causes": found.causes,
        "members": found.moves,
        "clusters": found.continuity,
        "links": found.links,
        "nodes": found.nodes,
        "contradictions": found.contradictions,
        "setting": found.setting_changes,
    }.items():
        answer = run("diff", *both, "--setting", setting, "--list", part, "--format", "json")
        assert rows_of(answer) == list(frame)
    whole = run("diff", *both, "--setting", setting, "--json").json
    assert whole["changes"] == list(found.changes)
    assert whole["schema"] == 1


def test_documents(run: Any, both: tuple[Path, Path], tmp_path: Path) -> None:
    """Markdown, a page and JSON are written whole."""
    for name in ("a.md", "a.html", "a.JSON"):
        answer = run("diff", *both, "-o", tmp_path / name)
        assert answer.code == 0, answer.err
        assert str(tmp_path / name) in answer.out
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("# Changes of clusters")
    page = packed_of((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert page.header["start"].startswith("p=changes&")
    assert "changes" in page.arrays
    assert json.loads((tmp_path / "a.JSON").read_text(encoding="utf-8"))["links"]
    assert run("diff", *both, "-o", "-").code == 2
    told = run("diff", *both, "-o", tmp_path / "b.html", "--evidence", "none")
    assert told.code == 0
    page = packed_of((tmp_path / "b.html").read_text(encoding="utf-8"))
    assert page.header["kept_evidence"] == "none"
    for options in ((), ("-o", tmp_path / "a.md")):
        answer = run("diff", *both, *options, "--evidence", "none")
        assert (answer.code, "--evidence has no effect" in answer.err) == (2, True)


def test_files_that_are_no_documents_are_refused(
    run: Any, both: tuple[Path, Path], tmp_path: Path
) -> None:
    """The error says what there is, and where lists go."""
    answer = run("diff", *both, "-o", tmp_path / "a.csv")

    assert answer.code == 2
    assert "No diff is written as '.csv'; there are .md, .html, .json." in answer.err
    assert "--list" in answer.err
    assert run("diff", *both, "--limit", 3).code == 2
    assert run("diff", *both, "--list", "causes", "-o", tmp_path / "a.md").code == 2
    assert run("diff", *both, "--list", "causes", "-o", tmp_path / "a.csv").code == 0


def test_decisions_apply_to_the_new_links(
    run: Any, both: tuple[Path, Path], tmp_path: Path
) -> None:
    """So a journal is compared with the snapshot without it."""
    journal = tmp_path / "decisions.json"
    content = {"schema": 1, "decisions": [{"link_id": uid("link 1"), "status": "REJECTED"}]}
    journal.write_text(json.dumps(content))
    setting = both[0].with_name("setting.json")

    by_journal = run("diff", both[0], both[0], "--decisions", journal, "--setting", setting)
    assert by_journal.out == run("diff", *both, "--setting", setting).out
