"""Tests of the command that writes settings of Splink."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import LinkGraph, splink_settings
from hummgraph.datasets import load_demo

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("--table", "HubSpot/contacts", "--table", "Salesforce/Contact")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the demo's snapshot."""
    path = tmp_path_factory.mktemp("splink") / "demo"
    load_demo().snapshot().write(path)
    return path


def test_settings_and_queries_are_written(run: Any, demo: Path, tmp_path: Path) -> None:
    """Beside each other, as Python returns them; their paths are printed."""
    file = tmp_path / "person.json"
    answer = run("splink", demo, "person", *TABLES, "-o", file)

    found = splink_settings(LinkGraph(load_demo().snapshot()), "person", tables=TABLES[1::2])
    assert answer.code == 0, answer.err
    assert answer.out.split()[:2] == [str(file), str(tmp_path / "person.sql")]
    assert "Not trained" in " ".join((answer.out + answer.err).split())
    assert file.read_text(encoding="utf-8") == found.to_json()
    assert (tmp_path / "person.sql").read_text(encoding="utf-8") == found.to_sql()


def test_what_is_compared_is_listed(run: Any, demo: Path, tmp_path: Path) -> None:
    """As a table, as rows, and all of it as JSON; with places, keys and repeated things."""
    answer = run("splink", demo, "person", *TABLES, "--format", "table")
    assert (answer.code, "person_last_name" in answer.out) == (0, True), answer.err
    rows = json.loads(run("splink", demo, "person", *TABLES, "--format", "json").out)
    assert len(rows) == 14
    schemas = tmp_path / "places.json"
    schemas.write_text('{"HubSpot": "hub"}')
    content, again = (
        run(
            "splink", demo, "person", *TABLES, "--json", "--dedupe", "--schemas", places,
            "--record-key", "HubSpot/contacts.email",
        ).json
        for places in (schemas, "HubSpot=hub")
    )  # fmt: skip
    assert again == content
    assert content["settings"]["link_type"] == "link_and_dedupe"
    query = content["queries"]["HubSpot/contacts"]
    assert 'CAST("email" AS VARCHAR) AS unique_id' in query
    assert 'FROM "hub"."contacts"' in query


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((*TABLES, "-o", "x.yaml"), "No settings are written as '.yaml'"),
        (TABLES[:2], "two tables or more"),
        ((), "Missing option"),
        ((*TABLES, "-o", "x.json", "--json"), "--json has no effect"),
        ((*TABLES, "--record-key", "HubSpot/contacts"), "which is not a column"),
    ],
)
def test_wrong_usage(
    run: Any, demo: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    """The error names the fault, and nothing is written; the exit code is 2."""
    words = [tmp_path / word if word.startswith("x.") else word for word in options]
    answer = run("splink", demo, "person", *words)
    assert message in " ".join(answer.err.split())
    assert answer.code == 2
    assert not list(tmp_path.iterdir())
