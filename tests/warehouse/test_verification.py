"""Links checked against planted values: verdicts, evidence, proposals, and that no value leaves."""

from __future__ import annotations

import json
import logging
import pickle
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

import hummgraph as hg
from hummgraph import Verdict, verify
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError, LinkNotFoundError, MissingDependencyError
from hummgraph.warehouse import verification
from hummgraph.warehouse.measure import measure_pairs
from hummgraph.warehouse.things import things_differ
from hummgraph.warehouse.values import Values
from tests.support import builders

CANARY = "canary-7f3a"
N = 300

# Two systems hold the same persons under ids of their own; both count rows from one.
LINKS: list[builders.Row] = [
    ("crm/person.email", "app/user.mail"),
    ("crm/person.full_name", "app/user.full_name"),
    ("crm/person.id", "app/user.id"),
    ("crm/person.country", "app/user.country"),
    ("crm/person.state", "app/user.state"),
    ("crm/person.created_at", "app/user.updated_at"),
]
RIGHT = {"email", "full_name", "country"}


def tables(seed: int = 0) -> dict[str, pa.Table]:
    """Return persons of a CRM and users of an application, most of them the same."""
    rng = random.Random(seed)
    persons = [
        {
            "email": f"{CANARY}.{number}@example.org",
            "full_name": f"Person {rng.randrange(10**6)} {CANARY}",
            "country": rng.choice(["DE", "FR", "GB", "US"]),
        }
        for number in range(N)
    ]

    def rows(order: list[int], mail: str, moment: str) -> pa.Table:
        return pa.table(
            {
                "id": [str(at + 1) for at in range(len(order))],
                mail: [
                    persons[at]["email"].upper() if rng.random() < 0.2 else persons[at]["email"]
                    for at in order
                ],
                "full_name": [persons[at]["full_name"] for at in order],
                "country": [persons[at]["country"] for at in order],
                "state": [rng.choice(["new", "open", "done"]) for _ in order],
                moment: [f"2025-0{rng.randrange(1, 9)}-1{rng.randrange(9)}" for _ in order],
            }
        )

    return {
        "crm/person": rows(rng.sample(range(N), 250), "email", "created_at"),
        "app/user": rows(rng.sample(range(N), 260), "mail", "updated_at"),
    }


def verdicts(found: hg.Verification) -> dict[str, str]:
    """Return verdicts by the name of the source's column."""
    frame = found.to_frame()
    names = [path.rpartition(".")[2] for path in frame["source_path"]]
    return dict(zip(names, frame["verdict"], strict=True))


def test_agreement_tells_wrong_links_from_right_ones() -> None:
    """Ids that count from one share most values, and rows that share one agree in nothing."""
    found = verify(builders.graph(LINKS), tables())

    assert {name for name, verdict in verdicts(found).items() if verdict == "supported"} == RIGHT
    assert {n for n, v in verdicts(found).items() if v == "contradicted"} == {
        "id",
        "state",
        "created_at",
    }
    row = found.to_frame().filter(source_path="crm/person.id")
    assert row["source_overlap"] == [1.0]
    assert row["agreement"][0] < 0.1
    assert "in 0 of 2" in row["reason"][0]


def test_counts_are_those_of_the_rows() -> None:
    """Rows, values, distinct and shared values are counted after the normal form."""
    data = tables()
    found = verify(builders.graph(LINKS), data)
    (row,) = found.to_frame().filter(source_path="crm/person.email")
    mine, theirs = (
        {value.lower() for value in data[path].column(name).to_pylist()}
        for path, name in (("crm/person", "email"), ("app/user", "mail"))
    )

    assert row["normal"] == "e-mail"
    assert (row["source_rows"], row["source_values"], row["source_distinct"]) == (250, 250, 250)
    assert row["shared"] == len(mine & theirs)
    assert row["target_overlap"] == round(len(mine & theirs) / 260, 6)
    assert row["cardinality"] == "1:1"


def test_order_of_rows_and_links_does_not_matter() -> None:
    """The same rows in another order give the same verification."""
    data = tables()
    turned = {path: table.take(list(range(table.num_rows))[::-1]) for path, table in data.items()}
    first = verify(builders.graph(LINKS), data).to_frame()

    assert list(verify(builders.graph(LINKS), turned).to_frame()) == list(first)


def test_connections_of_all_kinds_say_the_same(tmp_path: Path) -> None:
    """A table in SQLite and one in DuckDB meet, as two of Arrow do."""
    data = tables()
    crm, app = data["crm/person"], data["app/user"]
    graph = builders.graph(LINKS)
    with (
        closing(sqlite3.connect(tmp_path / "crm.sqlite")) as lite,
        closing(duckdb.connect()) as duck,
    ):
        columns = ", ".join(crm.column_names)
        marks = ", ".join("?" * len(crm.column_names))
        lite.execute(f"CREATE TABLE person ({columns})")
        lite.executemany(
            f"INSERT INTO person VALUES ({marks})", [tuple(row.values()) for row in crm.to_pylist()]
        )
        duck.register("incoming", app)
        duck.execute("CREATE TABLE user AS SELECT * FROM incoming".replace("user", '"user"'))
        found = verify(graph, {"crm": lite, "app": duck})

    assert list(found.to_frame()) == list(verify(graph, data).to_frame())


def test_a_sample_has_the_same_values_in_both_systems() -> None:
    """Verdicts are those of all values, and shares of overlap stay near."""
    graph = builders.graph(LINKS)
    whole, part = verify(graph, tables()), verify(graph, tables(), sample=0.4)

    assert verdicts(part) == verdicts(whole)
    (row,) = part.to_frame().filter(source_path="crm/person.email")
    (all_,) = whole.to_frame().filter(source_path="crm/person.email")
    assert row["source_values"] == 250
    assert 0.2 * 250 < row["source_distinct"] < 0.6 * 250
    assert abs(row["source_overlap"] - all_["source_overlap"]) < 0.15


def test_one_link_is_judged_by_the_others() -> None:
    """Columns of other links between the two tables are read, though only one link is asked for."""
    graph = builders.graph(LINKS)
    (wrong,) = graph.links.filter(source_path="crm/person.id")["link_id"]
    found = verify(graph, tables(), links=[wrong])

    assert (len(found), found.measures[0].verdict) == (1, Verdict.CONTRADICTED)
    assert verify(graph, tables(), links=wrong).counts[Verdict.CONTRADICTED] == 1


def test_rejected_links_do_not_judge_others() -> None:
    """A link that somebody rejected is no witness."""
    rows = [*LINKS[2:3], (*LINKS[0][:2], 0.9, "REJECTED")]
    graph = builders.graph(rows)
    asked = [link.link_id for link in map(graph.link, range(2)) if link.status == "SUGGESTED"]

    (measure,) = verify(graph, tables(), links=asked).measures
    assert measure.agreement is None


def test_keys_of_other_tables_lead_from_row_to_row() -> None:
    """Two tables without a key in common meet by a table that has both keys."""
    data = tables()
    crm, app = data["crm/person"], data["app/user"]
    known = dict(zip(app.column("mail").to_pylist(), app.column("id").to_pylist(), strict=True))
    rows = {value.lower(): number for value, number in known.items()}
    ids = [rows.get(value.lower()) for value in crm.column("email").to_pylist()]
    bridge = pa.table(
        {
            "email": crm.column("email"),
            "user_key": [None if one is None else f"user-key-{one}" for one in ids],
        }
    )
    app = app.append_column("key", pa.array([f"user-key-{one}" for one in app["id"].to_pylist()]))
    links: list[builders.Row] = [
        ("crm/person.email", "mid/bridge.email"),
        ("mid/bridge.user_key", "app/user.key"),
        ("crm/person.country", "app/user.country"),
        ("crm/person.state", "app/user.state"),
    ]
    data = {"crm/person": crm, "app/user": app, "mid/bridge": bridge}

    found = verify(builders.graph(links), data)
    assert verdicts(found) == {
        "email": "supported",
        "user_key": "supported",
        "country": "supported",
        "state": "contradicted",
    }
    (row,) = found.to_frame().filter(source_path="crm/person.country")
    assert "by way of other tables" in row["reason"]


def test_links_within_a_table_are_judged_row_by_row() -> None:
    """Columns of one table mean the same if they are equal in its rows."""
    rng = random.Random(1)
    values = [f"value-{rng.randrange(10**6)}" for _ in range(50)]
    table = pa.table({"a": values, "b": values, "c": values[::-1]})
    graph = builders.graph([("s/t.a", "s/t.b"), ("s/t.a", "s/t.c")])

    found = verify(graph, {"s/t": table}).to_frame()
    assert dict(zip(found["target_path"], found["verdict"], strict=True)) == {
        "s/t.b": "supported",
        "s/t.c": "contradicted",
    }


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "is not connected"),
        ({"a/t": pa.table({"y": ["1"]})}, "The data have no column a/t.x."),
        ({"a/t": pa.table({})}, "The data of a/t have no columns at all."),
        ({"a/t": pa.table({"x": pa.array([], pa.string())})}, "a/t.x has no values to compare."),
        ({"a/t": pa.table({"x": [None, " "]})}, "a/t.x has no values to compare."),
        ({"a/t": pa.table({"x": ["1"]})}, "One end has 1 row with a value: too few."),
    ],
)
def test_what_cannot_be_said_has_a_reason(data: dict[str, Any], reason: str) -> None:
    """Missing tables, columns and values are no contradiction."""
    graph = builders.graph([("a/t.x", "b/t.x")])
    other = {"b/t": pa.table({"x": ["1", "2"]})}

    (measure,) = verify(graph, {**other, **data}).measures
    assert measure.verdict is Verdict.CANNOT_SAY
    assert reason in measure.reason


def test_links_of_whole_tables_and_of_one_column_have_no_values() -> None:
    """They are asked for by id only, and cannot be said."""
    graph = builders.graph([("a/t", "b/t"), ("a/t.x", "a/t.x")])

    assert len(verify(graph, {"a/t": pa.table({"x": ["1"]})})) == 1
    found = verify(graph, {"a/t": pa.table({"x": ["1"]})}, links=[0, 1])
    assert found.counts[Verdict.CANNOT_SAY] == 2
    reasons = sorted(measure.reason for measure in found.measures)
    assert reasons[::-1] == [
        "Both ends are one column.",
        "An end is not a column of a known table.",
    ]


def test_telling_values_need_no_witness() -> None:
    """Long values that both tables have support a link alone; others that are apart refute it."""
    keys = [f"cus_{number:08d}" for number in range(40)]
    graph = builders.graph([("a/t.key", "b/t.key"), ("a/t.key", "c/t.key")])
    data = {
        "a/t": pa.table({"key": keys}),
        "b/t": pa.table({"key": keys[:30]}),
        "c/t": pa.table({"key": [f"sub_{number:08d}" for number in range(40)]}),
    }
    found = verify(graph, data).to_frame()

    assert dict(zip(found["target_path"], found["verdict"], strict=True)) == {
        "b/t.key": "supported",
        "c/t.key": "contradicted",
    }


def test_a_reference_repeats_the_key() -> None:
    """The end that repeats values is the many of one to many."""
    keys = [f"cus_{number:08d}" for number in range(40)]
    data = {
        "a/t": pa.table({"key": keys}),
        "b/t": pa.table({"key": keys * 3}),
        "c/t": pa.table({"key": keys * 2}),
    }
    graph = builders.graph([("a/t.key", "b/t.key"), ("b/t.key", "a/t.key"), ("b/t.key", "c/t.key")])
    found = verify(graph, data)

    assert set(found.to_frame()["cardinality"]) == {"1:n", "n:1", "n:m"}
    column = {path: graph.index_of(path) for path in ("a/t.key", "b/t.key")}
    assert found.cardinalities[column["a/t.key"], column["b/t.key"]] == "1:n"


def test_budgets_are_kept_and_said() -> None:
    """A budget that leaves a table out is the reason of its links' verdict."""
    graph = builders.graph(LINKS)
    found = verify(graph, tables(), budget=hg.Budget(rows=300))
    assert found.counts[Verdict.CANNOT_SAY] == len(LINKS)
    assert "that may still be read" in found.measures[0].reason

    with closing(sqlite3.connect(":memory:")) as lite:
        lite.execute("CREATE TABLE person (email, full_name, id, country, state, created_at)")
        found = verify(graph, {"crm": lite, "app": lite}, budget=hg.Budget(queries=2))
    assert "The budget of 2 queries was spent" in found.measures[0].reason


@pytest.mark.parametrize("value", [-1, 1.5, True, "many"])
def test_budgets_are_whole_numbers(value: Any) -> None:
    """Anything else is an error that says so."""
    with pytest.raises(ArgumentError, match="must"):
        hg.Budget(rows=value)


@pytest.mark.parametrize("sample", [0, 1.5, -1, True, "all"])
def test_samples_are_shares(sample: Any) -> None:
    """A sample is above 0, and at most 1."""
    with pytest.raises(ArgumentError, match="above 0, and at most 1"):
        verify(builders.graph(LINKS), tables(), sample=sample)


def test_unknown_links_are_refused() -> None:
    """A link that the graph does not have is an error."""
    with pytest.raises(LinkNotFoundError):
        verify(builders.graph(LINKS), tables(), links=[builders.uid("nothing")])


def test_progress_is_told_of_tables_and_pairs() -> None:
    """Rows are counted while they arrive."""
    heard: list[hg.Reading] = []
    verify(builders.graph(LINKS), tables(), progress=heard.append)

    assert [one.what for one in heard] == ["tables"] * 4 + ["pairs"]
    assert (heard[3].done, heard[3].total, heard[3].rows) == (2, 2, 510)


def test_an_interruption_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database in memory is closed, and nothing is cached."""
    opened: list[duckdb.DuckDBPyConnection] = []
    before = measure_pairs.__globals__["open_database"]

    def opening() -> duckdb.DuckDBPyConnection:
        opened.append(before())
        return opened[-1]

    monkeypatch.setitem(measure_pairs.__globals__, "open_database", opening)

    def stop(_: hg.Reading) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(builders.graph(LINKS), tables(), progress=stop)
    with pytest.raises(duckdb.ConnectionException):
        opened[0].execute("SELECT 1")


def test_evidence_is_added_and_the_rest_stays() -> None:
    """A new graph has the counts under ``values``; the old graph has not."""
    graph = builders.graph(LINKS)
    checked = verify(graph, tables()).to_graph()

    assert graph.link(0).evidence is None
    for at in range(graph.n_links):
        before, after = graph.link(at), checked.link(at)
        assert after.evidence is not None
        assert set(after.evidence) == {"values"}
        assert (before.link_id, before.status, before.confidence) == (
            after.link_id,
            after.status,
            after.confidence,
        )
    assert "values.agreement" in set(hg.evidence_table(checked)["key"])


def test_evidence_of_matchers_is_kept() -> None:
    """Older evidence stays beside the measures; a sample names its share."""
    records = [
        builders.record(*LINKS[0][:2], evidence={"matcher": "name"}),
        builders.record(*LINKS[1][:2], evidence=None),
    ]
    places = [place for row in LINKS for place in row[:2]]
    graph = hg.LinkGraph(hg.read_links(records, catalogue=builders.catalogue(places)))

    checked = verify(graph, tables(), sample=0.5).to_graph()
    found = [checked.link(at).evidence or {} for at in range(2)]
    assert sorted("matcher" in one for one in found) == [False, True]
    assert {one["values"]["sample"] for one in found} == {0.5}


def test_proposals_are_no_decisions() -> None:
    """Decided links are proposed only where values say otherwise."""
    rows = [
        ("crm/person.email", "app/user.mail", 0.9, "APPROVED"),
        ("crm/person.full_name", "app/user.full_name", 0.9, "REJECTED"),
        ("crm/person.id", "app/user.id", 0.9, "APPROVED"),
        ("crm/person.state", "app/user.state"),
    ]
    graph = builders.graph(rows)  # type: ignore[arg-type]
    found = verify(graph, tables())

    assert found.proposals.columns == ["link_id", "status", "why"]
    paths = dict(zip(graph.links["link_id"], graph.links["source_path"], strict=True))
    named = {paths[row["link_id"]].rpartition(".")[2]: row["status"] for row in found.proposals}
    assert named == {"full_name": "APPROVED", "id": "REJECTED", "state": "REJECTED"}
    assert graph.n_links_by_status["REJECTED"] == 1
    assert len(verify(builders.graph(LINKS), {"crm/person": tables()["crm/person"]}).proposals) == 0


def test_a_dry_run_reads_nothing() -> None:
    """Queries are those that would be sent; tables without a connection say so."""

    class Untouched:
        def cursor(self) -> None:
            pytest.fail("it was read")

    asked = hg.verification_queries(builders.graph(LINKS), {"crm": Untouched()})

    assert set(asked["table"]) == {"crm/person", "app/user"}
    assert asked.filter(table="crm/person")["query"][0] == 'SELECT * FROM "person" WHERE 1 = 0'
    assert asked.filter(table="app/user")["query"] == [None]
    assert "is not connected" in asked.filter(table="app/user")["problem"][0]


def test_results_show_the_contradicted_first() -> None:
    """Links that somebody should check come first."""
    found = verify(builders.graph(LINKS), tables())

    assert repr(found) == "<Verification of 6 links: 3 supported, 3 contradicted, 0 cannot say>"
    text = str(found)
    assert text.index("contradicted") < text.index("| supported")
    assert set(found.to_dict()) == {"counts", "sample", "links"}


def test_duckdb_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(MissingDependencyError, match=r"hummgraph\[duckdb\]"):
        verify(builders.graph(LINKS), tables())


def test_no_value_leaves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """No value is in results, evidence, snapshots, pickles or logs."""
    caplog.set_level(logging.DEBUG)
    graph = builders.graph(LINKS)
    found = verify(graph, tables())
    checked = found.to_graph()
    checked.snapshot.write(tmp_path / "checked.hummgraph")
    hg.write(checked, tmp_path / "checked.graphml")
    said = [
        str(found),
        found._repr_html_(),
        json.dumps(found.to_dict()),
        json.dumps(list(found.proposals)),
        repr(found.measures),
        caplog.text,
        pickle.dumps(found.measures).decode("latin-1"),
        *(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file()),
    ]
    for text in said:
        assert CANARY not in text.lower()


def test_demo_records_are_told_apart() -> None:
    """On the demo's invented records few right links are lost, and few wrong ones missed."""
    organization = hg.datasets.load_demo()
    graph = hg.LinkGraph(organization.snapshot())
    cluster = {
        graph.index_of(node): at for at, ids in enumerate(organization.truth) for node in ids
    }
    found = verify(graph, hg.datasets.demo_records(7, n_persons=600).tables)
    right = np.array(
        [cluster.get(m.columns[0], -1) == cluster.get(m.columns[1], -2) for m in found.measures]
    )
    verdict = np.array([str(measure.verdict) for measure in found.measures])

    assert (verdict[right] == "contradicted").mean() < 0.02
    assert (verdict[~right] == "contradicted").mean() > 0.9
    assert (verdict[right] == "supported").mean() > 0.9


def test_pairs_without_a_link_are_measured() -> None:
    """Columns of one cluster may be compared though no link joins them."""
    graph = builders.graph(LINKS)
    data = Values.of(graph, tables())
    pair = graph.index_of("app/user.mail"), graph.index_of("crm/person.email")

    (measure,) = measure_pairs(graph, data, [pair])
    assert measure.columns == pair
    assert measure.verdict is Verdict.SUPPORTED
    assert measure.overlap is not None
    assert measure.overlap.ends[0].rows == 260
    assert verification.__all__


def test_what_was_not_compared_is_contradicted_only_between_different_things() -> None:
    """Days that no key leads to are wrong for another thing, and open for the same thing."""
    days = [f"2024-{1 + at % 12:02d}-{1 + at % 28:02d}" for at in range(300)]
    keys = [f"cus_{number:08d}" for number in range(300)]
    rows: list[builders.Row] = [
        ("a/order.key", "c/order.key"),
        ("a/order.made_on", "b/order.made_on"),
        ("a/order.made_on", "b/visit.made_on"),
    ]
    data = {
        "a/order": pa.table({"key": keys, "made_on": days}),
        "b/order": pa.table({"made_on": days}),
        "b/visit": pa.table({"made_on": days}),
        "c/order": pa.table({"key": keys}),
    }
    found = verify(builders.graph(rows), data).to_frame()
    said = {row["target_path"]: (row["verdict"], row["reason"]) for row in found}
    assert said["b/order.made_on"][0] == "cannot say"
    assert said["b/order.made_on"][1].startswith("No key joins rows of these tables, directly or")
    assert "none were compared" in said["b/order.made_on"][1]
    assert said["b/visit.made_on"][0] == "contradicted"
    assert said["b/visit.made_on"][1].startswith("The tables hold different things")


def test_things_differ_by_entities_then_by_names() -> None:
    """Tables of one entity, copies and tables without a name do not differ; others may."""
    graph = hg.LinkGraph(load_demo().snapshot())
    tables = {
        name: graph.index_of(name)
        for name in (
            "Stripe/invoices",
            "Snowflake/RAW_STRIPE.INVOICE",
            "PostgreSQL/public.invoices",
            "Zendesk/tickets",
            "Mixpanel/Group",
        )
    }
    of = [*tables.values()]
    assert [things_differ(graph, of[0], other) for other in of[1:]] == [False, False, True, True]
    unnamed = builders.graph([("a/t.x", "b/t.x"), ("c/u.x", "b/t.x")])
    ends = [unnamed.index_of(name) for name in ("a/t", "b/t", "c/u")]
    assert not things_differ(unnamed, ends[0], ends[1])
    assert things_differ(unnamed, ends[0], ends[2])


def _of_constants(column: str, cells: list[str], others: list[str]) -> Any:
    """Return the verification of two keys and a column of these cells."""
    keys = {"email": [f"a{n}@x.io" for n in range(300)], "ext": [f"K{n:05}" for n in range(300)]}
    graph = hg.LinkGraph(
        hg.read_links(
            [
                {"source": f"a/customer.{one}", "target": f"b/user.{one}", "confidence": 0.9}
                for one in (*keys, column)
            ]
        )
    )
    data = {
        "a/customer": pa.table({**keys, column: cells}),
        "b/user": pa.table({**keys, column: others}),
    }
    return verify(graph, data)


@pytest.mark.parametrize(
    ("column", "value", "rare"),
    [("currency", "USD", "EUR"), ("is_active", "true", "false"), ("country", "DE", "FR")],
)
@pytest.mark.parametrize("n_rare", [0, 1, 2])
def test_a_constant_is_not_contradicted(column: str, value: str, rare: str, n_rare: int) -> None:
    """Rows that agree as all of them would by chance are no reason to reject a link."""
    cells = [rare] * n_rare + [value] * (300 - n_rare)
    found = _of_constants(column, cells, cells)

    verdicts = dict(zip(found.to_frame()["source_path"], found.to_frame()["verdict"], strict=True))
    assert verdicts[f"a/customer.{column}"] == "cannot say"
    assert not found.proposals.filter(status="REJECTED")["link_id"]


def test_a_flag_that_differs_is_contradicted() -> None:
    """Agreement as by chance is a reason where a right link would agree on more rows."""
    cells = [["true", "false"][n % 2] for n in range(300)]
    others = [["true", "false"][n // 2 % 2] for n in range(300)]
    frame = _of_constants("is_active", cells, others).to_frame()

    assert dict(zip(frame["source_path"], frame["verdict"], strict=True)) == {
        "a/customer.email": "supported",
        "a/customer.ext": "supported",
        "a/customer.is_active": "contradicted",
    }
