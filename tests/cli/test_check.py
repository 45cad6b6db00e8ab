"""Tests of the command that checks a snapshot."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from defusedxml import ElementTree  # type: ignore[import-untyped]

import hummgraph as hg
from hummgraph.algorithms.review.checks import CHECKS
from hummgraph.cli.check import CONFIG_KEYS
from tests.support.builders import Row, snapshot, uid
from tests.support.places import DOCS

ROWS: list[Row] = [
    ("crm/contact.email", "shop/customer.email", 0.9, "APPROVED"),
    ("shop/customer.email", "desk/user.email", 0.8, "APPROVED"),
    ("crm/contact.email", "desk/user.email", 0.7, "REJECTED"),
    ("crm/contact.id", "desk/user.id", None),
]
CLEAN: list[Row] = [ROWS[0], ROWS[1]]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, where no file of limits is."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A snapshot with a contradiction."""
    path = tmp_path / "new.hummgraph"
    snapshot(ROWS).write(path)
    return path


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A snapshot in which nothing is found."""
    path = tmp_path / "clean.hummgraph"
    snapshot(CLEAN).write(path)
    return path


def report_of(path: Path, **options: Any) -> hg.CheckReport:
    """Return the report of the library."""
    return hg.check(hg.LinkGraph(hg.read_snapshot(path)), **options)


def test_the_exit_code_says_whether_a_check_failed(run: Any, bad: Path, clean: Path) -> None:
    """11 where something is found, 0 where nothing is, or where it may not fail."""
    found = run("check", bad)
    assert (found.code, found.out, found.err) == (11, report_of(bad).to_text(), "")
    nothing = run("check", clean)
    assert (nothing.code, nothing.out) == (0, report_of(clean).to_text())
    assert run("check", bad, "--fail-on", "none").code == 0
    assert run("check", bad, "--fail-on", "all").code == 11
    assert run("check", bad, "--fail-on", "violations, deleted").code == 0
    refused = run("check", bad, "--fail-on", "vanished,deleted")
    assert (refused.code, "vanished, cannot run" in refused.err) == (2, True)
    assert run("check", bad, "--fail-on", "violations", "--fail-on", "contradictions").code == 11


def test_every_format_is_that_of_the_library(run: Any, bad: Path, tmp_path: Path) -> None:
    """Printed and written bytes are the same; a suffix names the format."""
    report = report_of(bad)
    texts = {
        "text": report.to_text(),
        "json": json.dumps({"schema": 1, **report.to_dict()}, indent=2) + "\n",
        "markdown": report.to_markdown(),
        "junit": report.to_junit(),
    }
    for (name, text), suffix in zip(texts.items(), ("txt", "json", "md", "XML"), strict=True):
        printed = run("check", bad, "--format", name)
        assert (printed.code, printed.out) == (11, text)
        file = tmp_path / f"report.{suffix}"
        written = run("check", bad, "-o", file)
        assert (written.code, written.out) == (11, "")
        assert written.err == f"{report.headline}\n{file}\n"
        assert file.read_text("utf-8") == text
        other = tmp_path / f"report-{name}.log"
        assert run("check", bad, "-o", other, "--format", name).code == 11
        assert other.read_text("utf-8") == text
    assert run("check", bad, "-o", "-").out == texts["text"]
    both = run("check", bad, "-o", tmp_path / "a.md", "-o", tmp_path / "a.xml")
    assert both.err == f"{report.headline}\n{tmp_path / 'a.md'}\n{tmp_path / 'a.xml'}\n"
    assert (tmp_path / "a.xml").read_text("utf-8") == texts["junit"]
    assert ElementTree.fromstring(texts["junit"]).tag == "testsuites"


def test_a_suffix_without_a_format_is_refused(run: Any, bad: Path, tmp_path: Path) -> None:
    """Nothing is written, and the error names the suffixes."""
    answer = run("check", bad, "-o", tmp_path / "report.html")

    assert answer.code == 2
    assert "No report is written as '.html'; there are .txt, .json, .md, .xml." in answer.err
    assert not (tmp_path / "report.html").exists()
    assert run("check", bad, "-o", tmp_path / "no" / "report.md").code == 8


def test_an_earlier_snapshot_is_compared(run: Any, bad: Path, clean: Path, tmp_path: Path) -> None:
    """Decided links that are gone are found; the file may be of any kind."""
    answer = run("check", clean, "--against", bad, "--format", "json")
    old, new = (hg.LinkGraph(hg.read_snapshot(path)) for path in (bad, clean))

    assert answer.code == 11
    assert answer.json["failed"] == ["vanished"]
    assert answer.json == {"schema": 1, **hg.check(new, against=old).to_dict()}
    graphml = tmp_path / "old.graphml"
    assert run("export", bad, "-o", graphml).code == 0
    again = run("check", clean, "--against", graphml, "--format", "json")
    assert again.json["failed"] == ["vanished"]


def test_files_of_links_are_read_with_their_options(run: Any, clean: Path, tmp_path: Path) -> None:
    """Options of reading are for files; a snapshot beside one does not refuse them."""
    table = tmp_path / "links.csv"
    table.write_text(
        "left,right,confidence,status\n"
        "crm/contact.email,shop/customer.email,0.9,APPROVED\n"
        "shop/customer.email,desk/user.email,0.9,APPROVED\n"
    )
    mapped = ("--map", "left=source", "--map", "right=target")
    answer = run("check", table, "--against", clean, *mapped, "--format", "json")
    assert answer.json["failed"] == ["deleted"]  # names have other ids
    same = run("check", table, "--against", table, *mapped, "--format", "json")
    assert (same.code, same.json["failed"]) == (0, [])


def test_decisions_are_applied_to_both(run: Any, bad: Path, clean: Path, tmp_path: Path) -> None:
    """A decision resolves the contradiction, and one without a link is found."""
    journal = tmp_path / "decisions.jsonl"
    hg.write_decisions([hg.Decision(uid("link 2"), "SUGGESTED")], journal)
    assert run("check", bad, "--decisions", journal).code == 0
    assert run("check", clean, "--against", bad, "--decisions", journal).code == 0

    hg.write_decisions([hg.Decision(uid("gone"), "APPROVED")], journal)
    lost = run("check", clean, "--decisions", journal, "--format", "json")
    assert (lost.code, lost.json["failed"]) == (11, ["vanished"])


def test_a_setting_is_held(run: Any, bad: Path, tmp_path: Path) -> None:
    """The report has the setting of the file."""
    setting = hg.Setting(method="components", threshold=0.5)
    setting.write(tmp_path / "setting.json")
    answer = run("check", bad, "--setting", tmp_path / "setting.json", "--format", "json")

    assert answer.json["setting"] == setting.to_dict()
    assert run("check", bad, "--setting", tmp_path / "nothing.json").code == 2


# --- hummgraph.toml ----------------------------------------------------------------------------


def config(folder: Path, text: str, name: str = "hummgraph.toml") -> Path:
    """Write a file of limits."""
    path = folder / name
    path.write_text(text)
    return path


def test_limits_are_read_from_the_working_directory(run: Any, bad: Path, tmp_path: Path) -> None:
    """The file is read if it is there, and a remark says so; --config names another."""
    config(tmp_path, "[check]\ncontradictions = 1\n")
    allowed = run("check", bad)
    assert (allowed.code, allowed.err) == (0, "Limits are those of hummgraph.toml.\n")
    first = config(tmp_path, "[check]\nfail_on = ['vanished', 'split']\n", "first.toml")
    assert run("check", bad, "--config", first).code == 0  # there is no earlier state yet
    other = config(tmp_path, "[check]\ncoverage = 1\nfail_on = ['coverage']\n", "other.toml")
    strict = run("check", bad, "--config", other, "--format", "json")
    assert (strict.code, strict.json["failed"], strict.err) == (11, ["coverage"], "")
    assert run("check", bad, "--config", config(tmp_path, "", "empty.toml")).code == 11


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("fail_on = 'none'", 0),
        ("fail_on = []", 0),
        ("fail_on = 'all'", 11),
        ("fail_on = ['contradictions']", 11),
        ("fail_on = 'deleted'", 0),
    ],
)
def test_the_file_may_say_what_fails(
    run: Any, bad: Path, tmp_path: Path, text: str, code: int
) -> None:
    """The option is stronger than the file."""
    config(tmp_path, f"[check]\n{text}\n")

    assert run("check", bad).code == code
    assert run("check", bad, "--fail-on", "contradictions").code == 11


def test_the_file_may_name_a_rule(run: Any, tmp_path: Path) -> None:
    """Violations are of the rule; exempt systems are read by name."""
    path = tmp_path / "crowded.hummgraph"
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9, "APPROVED"), ("a/t.y", "b/t.x", 0.9, "APPROVED")]
    snapshot(rows).write(path)
    config(tmp_path, "[check]\none_per = 'table'\n")
    assert run("check", path, "--format", "json").json["failed"] == ["violations"]
    config(tmp_path, "[check]\none_per = 'table'\nmany_in = ['a']\n")
    assert run("check", path).code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[check\n", "'hummgraph.toml' is not TOML: "),
        ("[checks]\n", "'hummgraph.toml' has 'checks'; there is [check] only."),
        ("check = 1\n", "'hummgraph.toml': check must be a table."),
        ("[check]\ncovrage = 1\n", "[check] has 'covrage'; there are contradictions, "),
        ("[check]\ncovrage = 1\n", "Did you mean 'coverage'?"),
        ("[check]\nzzz = 1\n", "[check] has 'zzz'; there are contradictions, "),
        ("[check]\ncoverage = 2\n", "The limit of coverage is 2; it must be a number in [0, 1]."),
        ("[check]\nsplit = 0.5\n", "The limit of split is 0.5; it must be a whole number"),
        ("[check]\nfail_on = ['x']\n", "'hummgraph.toml': fail_on names 'x', but there is no"),
        ("[check]\nfail_on = 3\n", "fail_on is 3; it must be a list of names of checks."),
        ("[check]\none_per = 3\n", "one_per is 3; it must be 'integration_source', 'table'"),
        ("[check]\nmany_in = ['a']\n", "without one_per it has no effect."),
        ("[check]\none_per = 'table'\nmany_in = 3\n", "many_in is 3; it must be a list"),
    ],
)
def test_a_wrong_file_is_refused(
    run: Any, bad: Path, tmp_path: Path, text: str, message: str
) -> None:
    """Wrong usage, with what there is; nothing is ignored."""
    config(tmp_path, text)
    answer = run("check", bad)

    assert answer.code == 2
    assert message in answer.err


def test_a_file_that_is_not_there_is_refused(run: Any, bad: Path, tmp_path: Path) -> None:
    """Named by --config it must exist; in the working directory it need not."""
    answer = run("check", bad, "--config", tmp_path / "nothing.toml")

    assert answer.code == 2
    assert "Cannot read" in answer.err


def test_the_keys_of_the_file_are_those_of_the_library() -> None:
    """No key stands for two things."""
    assert CONFIG_KEYS.keys().isdisjoint(CHECKS)


def test_wrong_names_of_checks_are_refused(run: Any, bad: Path) -> None:
    """The error names the option and the checks."""
    answer = run("check", bad, "--fail-on", "contradiction")

    assert answer.code == 2
    assert "--fail-on names 'contradiction', but there is no such check" in answer.err
    assert "Did you mean 'contradictions'?" in answer.err


# --- the workflow ------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="the workflow runs on Linux")
@pytest.mark.parametrize(
    ("before", "accept", "code"), [(None, "", 11), ("same", "", 11), ("same", "true", 0)]
)
def test_the_step_of_the_workflow_runs(
    bad: Path, tmp_path: Path, before: str | None, accept: str, code: int
) -> None:
    """With and without an earlier snapshot, both reports are there, and the code is kept."""
    page = (DOCS / "how-to" / "watch.md").read_text("utf-8")
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (job,) = yaml.safe_load(text)["jobs"].values()
    (script,) = (step["run"] for step in job["steps"] if step.get("name") == "check")
    bad.rename(tmp_path / "tonight.hummgraph")
    if before is not None:
        snapshot(ROWS).write(tmp_path / "passed.hummgraph")
    summary = tmp_path / "summary.md"
    found = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PATH": found, "GITHUB_STEP_SUMMARY": str(summary), "ACCEPT": accept},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert summary.read_bytes() == (tmp_path / "check.md").read_bytes()
    assert (tmp_path / "check.xml").exists()
    assert ("vanished | passed" in summary.read_text("utf-8")) == (before is not None)
