"""Tests of the commands about entities, roles and names of tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import LinkGraph, entities, read_links, roles
from hummgraph.datasets import load_demo
from tests.support.explorer_pages import packed_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo as a snapshot folder."""
    path = tmp_path_factory.mktemp("demo") / "demo.hummgraph"
    load_demo().snapshot().write(path)
    return path


def test_entities_are_listed_with_what_is_uncertain(run: Any, demo: Path) -> None:
    """One row an entity; missing names come first, questions last."""
    answer = run("entities", demo, "--format", "table")
    assert answer.code == 0
    first, *_ = answer.out.splitlines()
    assert first == "2 of 63 tables have no name: 'hummgraph names' finds names by their columns."
    assert "Perhaps the same: Are person and company the same? (0.15)" in answer.out
    rows = json.loads(run("entities", demo, "--format", "json").out)
    found = entities(LinkGraph(load_demo().snapshot()))
    assert [row["name"] for row in rows] == [entity.name for entity in found]


def test_one_entity_has_its_tables_and_its_reason(run: Any, demo: Path) -> None:
    """An entity is named, or a table in it."""
    by_name = run("entities", demo, "--entity", "person", "--format", "table").out
    assert by_name == run("entities", demo, "--entity", "HubSpot/contacts", "--format", "table").out
    assert "Weakest join, 0." in by_name
    rows = json.loads(
        run("entities", demo, "--entity", "person", "--list", "keys", "--format", "json").out
    )
    assert {row["entity"] for row in rows} == {"person"}
    answer = run("entities", demo, "--entity", "person", "--list", "alone")
    assert (answer.code, "--list alone is of all entities" in answer.err) == (2, True)
    assert run("entities", demo, "--entity", "nonsense").code == 2


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("tables", "tables"),
        ("keys", "keys"),
        ("references", "references"),
        ("questions", "candidates"),
        ("alone", "alone"),
        ("contradictions", "contradictions"),
    ],
)
def test_each_list_is_that_of_the_library(run: Any, demo: Path, part: str, field: str) -> None:
    """The lists are the frames of the map."""
    found = entities(LinkGraph(load_demo().snapshot()))
    rows = json.loads(run("entities", demo, "--list", part, "--format", "json").out)
    assert rows == list(getattr(found, field))


def test_nodes_are_what_an_export_reads(run: Any, demo: Path, tmp_path: Path) -> None:
    """The list of nodes gives GraphML the entity and the role of each node."""
    nodes, graphml = tmp_path / "nodes.csv", tmp_path / "demo.graphml"
    assert run("entities", demo, "--list", "nodes", "-o", nodes).code == 0
    assert run("export", demo, "-o", graphml, "--node-attributes", nodes).code == 0
    assert ">person</data>" in graphml.read_text(encoding="utf-8")


def test_json_and_pictures_have_the_whole_result(run: Any, demo: Path, tmp_path: Path) -> None:
    """``--json`` prints the map or one entity; a picture is drawn by the suffix."""
    whole = run("entities", demo, "--json").json
    assert whole["entities"][0]["name"] == "person"
    assert run("entities", demo, "--json", "--entity", "deal").json["name"] == "deal"
    picture = tmp_path / "map.svg"
    answer = run("entities", demo, "-o", picture)
    assert (answer.code, answer.out) == (0, "")
    assert picture.read_text().startswith("<svg ")
    assert run("entities", demo, "--entity", "deal", "-o", tmp_path / "deal.mmd").code == 0
    assert "flowchart LR" in (tmp_path / "deal.mmd").read_text()
    listed = tmp_path / "map.csv"
    assert run("entities", demo, "-o", listed).code == 0
    assert listed.read_text().startswith("entity_id,name,")
    assert run("entities", demo, "-o", tmp_path / "map.png").code == 2
    assert run("entities", demo, "-o", picture, "--limit", "3").code == 2
    assert run("entities", demo, "-o", picture, "--list", "keys").code == 2
    assert run("entities", demo, "--json", "--list", "keys").code == 2
    assert run("entities", demo, "--json", "--limit", "3").code == 2


def test_entities_have_a_page(run: Any, demo: Path, tmp_path: Path) -> None:
    """It opens on the start, and stands beside the list, unless it is printed itself."""
    page = tmp_path / "entities.html"
    answer = run("entities", demo, "--html", page, "--evidence", "none")
    assert answer.code == 0
    assert "person" in answer.out
    assert str(page) in answer.err
    packed = packed_of(page.read_text(encoding="utf-8"))
    assert packed.header["start"].startswith("p=start&")
    assert packed.header["kept_evidence"] == "none"
    printed = run("entities", demo, "--html", "-")
    assert packed_of(printed.out).header["start"].startswith("p=start&")
    for options in (("--json",), ("--list", "keys"), ("--limit", "3")):
        assert run("entities", demo, "--html", "-", *options).code == 2
    assert run("entities", demo, "--evidence", "none").code == 2


def test_threshold_and_words_are_options(run: Any, demo: Path, tmp_path: Path) -> None:
    """A higher threshold joins less; words rename."""
    few = json.loads(run("entities", demo, "--threshold", "1", "--format", "json").out)
    assert 0 < len(few) < 9
    assert run("entities", demo, "--threshold", "2").code == 2
    words = tmp_path / "words.toml"
    words.write_text('[entities]\nsale = ["deal", "opportunity"]\n', encoding="utf-8")
    rows = json.loads(run("entities", demo, "--words", words, "--format", "json").out)
    assert "sale" in {row["name"] for row in rows}
    assert run("entities", demo, "--words", tmp_path / "none.toml").code == 2


def test_roles_are_listed_by_role_and_place(run: Any, demo: Path) -> None:
    """All columns, or those of a role, a system or a table."""
    found = roles(LinkGraph(load_demo().snapshot()))
    rows = json.loads(run("roles", demo, "--format", "json").out)
    assert rows == list(found.to_frame())
    keys = json.loads(
        run("roles", demo, "--role", "key", "--of", "Zendesk", "--format", "json").out
    )
    assert {(row["role"], row["system"]) for row in keys} == {("KEY", "Zendesk")}
    some = run("roles", demo, "--of", "HubSpot/deals", "--of", "Stripe/prices", "--columns", "path")
    assert len(some.out.splitlines()) == 1 + 12 + 9
    assert run("roles", demo, "--role", "nonsense").code == 2


def test_names_are_found_by_columns(run: Any, demo: Path, tmp_path: Path) -> None:
    """The file of names has the tables whose columns one listed table has."""
    listed = tmp_path / "columns.csv"
    lines = ["table_schema,table_name,column_name"]
    churn = ("account_id", "workspace", "churn_score", "scored_at")
    lines += [f"sandbox,churn_scores,{name}" for name in churn]
    lines += [f"sandbox,outreach_{n},{name}" for n in "ab" for name in ("EMAIL", "COMPANY")]
    listed.write_text("\n".join(lines), encoding="utf-8")
    names = tmp_path / "names.json"

    answer = run("names", demo, "--from", listed, "--write", names, "--format", "json")

    first, second = sorted(json.loads(answer.out), key=lambda row: row["name"] or "~")
    assert first["name"] == "sandbox.churn_scores"
    assert json.loads(names.read_text()) == {first["table_id"]: "sandbox.churn_scores"}
    # Two listed tables fit alike: neither is certain.
    assert (second["name"], second["next_name"]) == (None, "sandbox.outreach_a")
    of_one = run("names", demo, "--from", listed, "--system", "Zendesk", "--format", "json")
    assert json.loads(of_one.out) == []
    assert run("names", demo, "--from", listed, "--system", "Zendesk/users").code == 2
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    bad = run("names", demo, "--from", tmp_path / "bad.csv")
    assert (bad.code, "has no 'table'" in bad.err) == (2, True)


def test_entities_of_one_first_word_are_named(
    run: Any, real_organization: Path, tmp_path: Path
) -> None:
    """Other matches of the name are listed below the tables of an entity."""
    links = real_organization / "entity_links.json.gz"
    read_links(links, catalogue=real_organization).write(tmp_path / "real.hummgraph")
    answer = run("entities", tmp_path / "real.hummgraph", "--entity", "Company")

    assert "See also: company (account), company (organization)." in answer.out + answer.err
