"""Tests of the commands that follow links: path, join, lineage, why."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph.algorithms.joins import join_paths
from hummgraph.cli.paths import join
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, record, snapshot
from tests.support.explorer_pages import packed_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.builders import Row


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Three tables in a row, the first two joined twice, the last apart."""
    rows: list[Row] = [
        ("crm/contact.email", "shop/customer.email", 0.9),
        ("crm/contact.name", "shop/customer.name", 0.8),
        ("shop/customer.id", "desk/user.customer_id", 0.7),
        ("desk/user.login", "lake/person.login", 0.9, "REJECTED"),
    ]
    path = tmp_path / "chain.hummgraph"
    snapshot(rows).write(path)
    return path


def test_a_path_is_printed_step_by_step(run: Any, chain: Path) -> None:
    """A path is printed with its confidence, and several with -k."""
    answer = run("path", chain, "crm/contact", "shop/customer", "-k", 2, "--format", "table")
    assert answer.code == 0
    assert "Confidence 0.900, 1 step and 0.800, 1 step" in answer.out
    assert "crm/contact.email" in answer.out


def test_a_path_as_json_keeps_evidence_back(run: Any, chain: Path) -> None:
    """JSON has full evidence or none on request only."""
    arguments = ("path", chain, "crm/contact.email", "shop/customer.email", "--json")
    (path,) = run(*arguments).json["paths"]
    assert path["names"] == ["crm/contact.email", "shop/customer.email"]
    assert path["steps"][0]["evidence"] is None
    assert "evidence" not in run(*arguments, "--evidence", "none").json["paths"][0]["steps"][0]


def test_no_path_ends_in_a_code_of_its_own(run: Any, chain: Path) -> None:
    """The error has the reach of either side."""
    answer = run("path", chain, "desk/user", "crm/contact.email")
    assert (answer.code, answer.out) == (9, "")
    assert "[no-path]" in answer.err
    weak = run("path", chain, "crm/contact", "shop/customer", "--min-confidence", 0.95)
    assert weak.code == 9
    against = run("path", chain, "shop/customer.email", "crm/contact.email", "--directed")
    assert "if links may be followed either way: without --directed." in against.err


@pytest.mark.parametrize(("suffix", "begin"), [(".svg", "<svg "), (".mmd", "---")])
def test_the_best_is_drawn(run: Any, chain: Path, tmp_path: Path, suffix: str, begin: str) -> None:
    """The suffix chooses the format of the picture."""
    file = tmp_path / f"best{suffix}"
    for command in ("path", "join"):
        answer = run(command, chain, "crm/contact", "shop/customer", "-o", file, "--json")
        assert answer.code == 0
        assert file.read_text().startswith(begin)
        assert str(file) in answer.err
    answer = run("path", chain, "crm/contact", "shop/customer", "-o", tmp_path / "best.png")
    assert answer.code == 2
    assert "'.png'" in answer.err


def test_a_join_says_which_rows_match_many(run: Any, tmp_path: Path) -> None:
    """What a way joins besides rows of one thing is printed below the list, and is in the JSON."""
    path = tmp_path / "many.hummgraph"
    snapshot([("a/t.w_id", "b/u.w_id", 0.9)], also=["c/w.id"]).write(path)
    said = "Joins each a/t with all b/u of the same w."
    answer = run("join", path, "a/t", "b/u")
    assert (answer.code, answer.err.strip()) == (0, said)
    assert "\tn:m\t" in answer.out
    assert run("join", path, "a/t", "b/u", "--json").json["paths"][0]["remark"] == said


def test_joins_are_printed_or_written_as_sql(run: Any, chain: Path) -> None:
    """Joins are listed, or the best one is printed as SQL."""
    answer = run("join", chain, "crm/contact", "desk/user")
    assert answer.code == 0
    assert "identifying" in answer.out
    sql = run("join", chain, "crm/contact", "desk/user", "--sql", "bigquery")
    assert "ON t1.`email` = t2.`email`" in sql.out
    found = run("join", chain, "crm/contact", "desk/user", "--json", "-k", 1, "--keys", "any").json
    assert [step["source_path"] for step in found["paths"][0]["steps"]] == [
        "crm/contact.email",
        "shop/customer.id",
    ]
    assert "-- It does not run yet: <crm>, <shop>, <desk> stand for the place" in sql.out
    assert "-- Pass --schemas crm=... --schemas shop=... --schemas desk=..., or write" in sql.out
    assert run("join", chain, "crm/contact", "desk/user", "--sql", "x", "--json").code == 2
    assert run("join", chain, "crm/contact", "desk/user", "--keys", "best").code == 2


def test_what_was_rejected_as_the_same_is_printed(run: Any, tmp_path: Path) -> None:
    """After the list, in plain data and in the query."""
    rows: list[Row] = [("a/t.email", "b/u.email", 0.9), ("b/u.email", "a/t.email", 0.8, "REJECTED")]
    path = tmp_path / "twice.hummgraph"
    snapshot(rows).write(path)
    said = "REJECTED as the same: b/u.email and a/t.email (link"
    assert f"Path 0: {said}" in run("join", path, "a/t", "b/u").err
    assert f"-- {said}" in run("join", path, "a/t", "b/u", "--sql", "duckdb").out
    told = run("join", path, "a/t", "b/u", "--json", "--evidence", "none").json["paths"][0]
    assert told["note"].startswith(said)
    assert "evidence" not in told["rejected"][0]


def test_places_of_tables_are_given_one_by_one_or_in_a_file(
    run: Any, chain: Path, tmp_path: Path
) -> None:
    """``--schemas`` takes pairs or a file, and only with ``--sql``."""
    join = ("join", chain, "crm/contact", "shop/customer")
    file = tmp_path / "places.toml"
    file.write_text('crm = "raw.crm"\n"shop/customer" = "shop.people"\n')
    pairs = ("--schemas", "crm=raw.crm", "--schemas", "shop/customer=shop.people")
    for places in (("--schemas", file), pairs):
        sql = run(*join, "--sql", "duckdb", *places).out
        assert 'FROM raw.crm."contact" AS t1\nJOIN shop.people AS t2' in sql
    idle = run(*join, "--schemas", file)
    assert (idle.code, "--schemas has no effect without --sql" in idle.err) == (2, True)
    for wrong in (("=x", "a=b"), ("crm=a", "crm=b"), ("crm", "shop=a")):
        options = [part for pair in wrong for part in ("--schemas", pair)]
        answer = run(*join, "--sql", "duckdb", *options)
        assert (answer.code, "it must be one file, or NAME=PLACE" in answer.err) == (2, True)


def test_chains_are_listed_with_what_they_pass(run: Any, tmp_path: Path) -> None:
    """A join by way of other tables is listed with their columns."""
    path = tmp_path / "way.hummgraph"
    snapshot([("a/t.email", "b/u.email", 0.9), ("b/u.email", "c/v.email", 0.9)]).write(path)
    answer = run("join", path, "a/t", "c/v", "--format", "table")
    assert "b/u.email" in answer.out
    found = run("join", path, "a/t", "c/v", "--json").json
    assert [link["target_path"] for link in found["paths"][0]["steps"][0]["links"]] == [
        "b/u.email",
        "c/v.email",
    ]


def test_words_of_references_are_read_from_a_file(run: Any, tmp_path: Path) -> None:
    """``--words`` adds words for those who handle a row."""
    path, words = tmp_path / "kept.hummgraph", tmp_path / "words.toml"
    rows: list[Row] = [
        ("a/user.id", "a/ticket.bearbeiter_id", 1.0, "APPROVED"),
        ("a/user.id", "a/ticket.kunde_id", 0.9, "APPROVED"),
    ]
    snapshot(rows).write(path)
    words.write_text('[roles]\nactor = ["bearbeiter"]\n')
    join = ("join", path, "a/user", "a/ticket", "-k", 1, "--json")
    for options, column in (((), "bearbeiter_id"), (("--words", words), "kunde_id")):
        step = run(*join, *options).json["paths"][0]["steps"][0]
        assert step["target_path"] == f"a/ticket.{column}"


def test_what_cannot_be_joined_says_what_is_missing(run: Any, chain: Path) -> None:
    """The advice is printed, and is in JSON too."""
    answer = run("join", chain, "crm/contact", "lake/person", "--json")
    assert answer.code == 9
    assert "REJECTED" in answer.err
    assert answer.json["missing"]["steps"][-1]["status"] == "REJECTED"


@pytest.mark.parametrize(
    ("options", "reached"),
    [
        (["--down"], ["desk/user.customer_id"]),
        (["--up"], []),
        ([], ["desk/user.customer_id"]),
        (["--down", "--up", "--depth", 1], ["desk/user.customer_id"]),
    ],
)
def test_lineage_follows_links(run: Any, chain: Path, options: Any, reached: list[str]) -> None:
    """Lineage goes down, up or both ways, with a note on the meaning of direction."""
    found = run("lineage", chain, "shop/customer.id", *options, "--json").json
    assert [row["path"] for row in found["nodes"] if row["depth"]] == reached
    printed = run("lineage", chain, "shop/customer.id", *options)
    assert printed.code == 0
    assert "shop/customer.id" in printed.out
    assert "not proof of data flow" in printed.err
    table = run("lineage", chain, "shop/customer.id", *options, "--format", "table")
    assert "By system and table" in table.out
    assert "not proof of data flow" in table.out


def test_a_table_of_lineage_has_a_head_for_each_direction(run: Any, tmp_path: Path) -> None:
    """What is downstream and what is upstream are apart, each with the nearest first."""
    kept = tmp_path / "way.hummgraph"
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.9),
        ("b/t.x", "c/t.x", 0.8),
        ("c/t.x", "d/t.x", 0.7),
        ("d/t.x", "e/t.x", 0.6),
    ]
    snapshot(rows).write(kept)
    down = "Downstream of c/t.x, where links lead to: 2 nodes"
    up = "Upstream of c/t.x, where links come from: 2 nodes"

    def rows_below(said: str, head: str) -> list[list[str]]:
        block = said.split(head)[1].split("\n\n", maxsplit=1)[0]
        return [line.split()[:2] for line in block.splitlines()[2:]]

    both = run("lineage", kept, "c/t.x", "--format", "table").out
    assert both.index(down) < both.index(up) < both.index("By system and table")
    assert rows_below(both, down) == [["d/t.x", "1"], ["e/t.x", "2"]]
    assert rows_below(both, up) == [["b/t.x", "-1"], ["a/t.x", "-2"]]
    alone = run("lineage", kept, "c/t.x", "--up", "--format", "table").out
    assert down not in alone
    assert rows_below(alone, up) == [["b/t.x", "1"], ["a/t.x", "2"]]
    ended = run("lineage", kept, "e/t.x", "--down", "--format", "table").out
    assert ended.startswith("Downstream of e/t.x, where links lead to: 0 nodes\n\nBy system")
    tables = run("lineage", kept, "c/t.x", "--level", "table", "--format", "table")
    assert "n_columns" not in " ".join(tables.out.split())
    assert "Followed from 'c/t' with all that it contains" in " ".join(tables.out.split())
    cut = run("lineage", kept, "c/t.x", "--format", "table", "--limit", 1).out
    assert f"{down}: 1 of 2" in cut
    assert f"{up}: 1 of 2" in cut


def test_heads_of_lineage_count_what_is_nearer_the_other_way(run: Any, tmp_path: Path) -> None:
    """A head names the nodes of its direction that stand in the other list."""
    kept = tmp_path / "turn.hummgraph"
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.9),
        ("b/t.x", "c/t.x", 0.8),
        ("c/t.x", "d/t.x", 0.7),
        ("d/t.x", "a/t.x", 0.6),
    ]
    snapshot(rows).write(kept)
    both = run("lineage", kept, "a/t.x", "--format", "table").out
    assert "lead to: 2 nodes, and 1 that is nearer upstream" in both
    assert "come from: 1 node, and 2 that are nearer downstream" in both
    assert "3 nodes both up- and downstream: listed where nearer." in both
    for option in ("--down", "--up"):
        alone = run("lineage", kept, "a/t.x", option, "--format", "table").out
        assert ": 3 nodes\n" in alone
        assert "nearer" not in alone


def test_lineage_is_drawn_and_lifted(run: Any, chain: Path, tmp_path: Path) -> None:
    """Lineage is lifted to a level, with a cap for each hop."""
    file = tmp_path / "lineage.svg"
    arguments = ("--level", "table", "--per-hop", 1, "--min-confidence", 0.5, "-o", file, "--json")
    found = run("lineage", chain, "crm/contact", "--down", *arguments).json
    assert [row["path"] for row in found["nodes"]] == ["crm/contact", "shop/customer", "desk/user"]
    assert file.read_text().startswith("<svg ")


def test_why_says_so_in_sentences(run: Any, chain: Path, tmp_path: Path) -> None:
    """The sentences explain both cases, and quote evidence if asked."""
    pair = ("crm/contact.email", "shop/customer.email")
    together = run("why", chain, *pair, "-o", tmp_path / "why.svg")
    assert together.code == 0
    assert together.out.startswith("crm/contact.email and shop/customer.email are in one cluster")
    assert (tmp_path / "why.svg").read_text().startswith("<svg ")
    apart = run("why", chain, "desk/user.login", "lake/person.login", "--json").json
    assert not apart["together"]
    assert apart["forbidden_by"]
    assert apart["direct"][0]["evidence"] is None
    assert run("why", chain, "desk/user.login", "lake/person").code == 2


def test_why_keeps_evidence_back(run: Any, tmp_path: Path) -> None:
    """By default evidence has keys and numbers only, at any depth."""
    evidence = {"seen": "canary", "at": [{"x": "canary"}], "deep": {"score": 0.25, "y": "canary"}}
    link = record("crm/contact.email", "shop/customer.email", 0.9, evidence=evidence)
    places = catalogue(["crm/contact.email", "shop/customer.email"])
    kept = tmp_path / "kept.hummgraph"
    read_links([link], catalogue=places).write(kept)
    pair = ("crm/contact.email", "shop/customer.email")
    for options in ((), ("--json",)):
        shown = run("why", kept, *pair, *options).out
        assert "canary" not in shown
        assert "0.25" in shown
        assert "0.25" not in run("why", kept, *pair, *options, "--evidence", "none").out
        assert "canary" in run("why", kept, *pair, *options, "--evidence", "full").out


def test_results_are_pages_too(run: Any, chain: Path, tmp_path: Path) -> None:
    """Each page opens on its result; texts of evidence are left out."""
    ends = ("crm/contact.email", "shop/customer.email")
    for command, arguments, kind in (
        ("path", ends, "path"),
        ("join", ("crm/contact", "shop/customer"), "join path"),
        ("lineage", ends[:1], "lineage"),
        ("why", (*ends, "-t", 0.5), "why"),
    ):
        file = tmp_path / f"{command}.html"
        answer = run(command, chain, *arguments, "--html", file)
        assert answer.code == 0
        assert str(file) in answer.err
        packed = packed_of(file.read_text(encoding="utf-8"))
        assert packed.header["result"]["kind"] == kind
        assert packed.header["kept_evidence"] == "vocabulary"
        assert (packed.header["clustering"]["threshold"] == 0.5) == (command == "why")


def test_what_is_of_another_level_is_printed(run: Any, tmp_path: Path) -> None:
    """Links of another level are noted with a lineage and with no path."""
    kept = tmp_path / "levels.hummgraph"
    snapshot([("a/t", "b/u", 0.9), ("b/u.x", "c/v.x", 0.8)], also=["a/t.x"]).write(kept)
    printed = run("lineage", kept, "a/t", "--down").err
    assert "1 link from 1 column; --level table takes them together." in printed
    found = run("lineage", kept, "a/t", "--down", "--json").json
    assert [row["path"] for row in found["other_levels"]] == ["b/u.x"]
    answer = run("path", kept, "a/t.x", "c/v.x")
    assert answer.code == 9
    assert "lifted to level 'table': the lineage of" in " ".join(answer.err.split())


def test_a_search_that_was_stopped_says_so(run: Any, chain: Path) -> None:
    """The note names the option for a longer search, apart from the result, and is in JSON too."""
    for command, *more in (["path"], ["join", "--keys", "any"]):
        asked = (command, chain, "crm/contact", "shop/customer", "-k", 3, *more)
        answer = run(*asked, "--max-work", 1)
        assert "Stopped after 1 link (--max-work allows more)" in answer.err
        assert run(*asked, "--max-work", 1, "--json").json["stopped_at"] == 1
        longer = run(*asked, "--max-work", 1_000)
        assert longer.code == 0
        assert "Stopped" not in longer.err


def test_the_help_of_why_offers_pictures_only(run: Any) -> None:
    """``why`` has no list, so its ``-o`` offers pictures only."""
    said = " ".join(run("why", "--help").out.split())
    assert "Draw the answer, as .svg or .mmd" in said
    assert ".csv ..." not in said


def test_join_finds_as_many_ways_as_python() -> None:
    """The number of ways by default is that of the function."""
    ways = [signature(one).parameters["k"].default for one in (join, join_paths)]
    assert ways == [5, 5]
