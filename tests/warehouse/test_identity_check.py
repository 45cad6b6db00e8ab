"""Identity plans against data: verdicts on pairs, what is left out, and questions."""

from __future__ import annotations

import random
import traceback
from functools import cache
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hummgraph import LinkGraph, cluster, entities, read_links, verify
from hummgraph.datasets import demo_records, load_demo
from hummgraph.errors import ArgumentError
from hummgraph.warehouse import IdentityPlan, identity_table
from hummgraph.warehouse.identity_check import AGREES, Seen, judge

GRAPH = LinkGraph(load_demo().snapshot())
CANARY = "canary-77aa"
RIGHT, WRONG, OTHER, NAME, CITY = (1, 11), (2, 12), (3, 13), (4, 14), (5, 15)


@cache
def found() -> tuple[Any, Any]:
    """Return the entities and clusters of the demo."""
    return entities(GRAPH), cluster(GRAPH)


def plan(entity: str, **options: Any) -> IdentityPlan:
    """Return a plan for the demo."""
    known, clusters = found()
    return identity_table(GRAPH, entity, entities=known, clusters=clusters, **options)


def seen(
    agreements: dict[tuple[int, int], float] | None = None,
    *,
    unique: float = 1.0,
    overlap: float = 0.5,
    shared: int = 50,
    plain: bool = False,
) -> Seen:
    """Return what is counted of a pair, of a hundred records compared by each other pair."""
    by = {pair: (share, 100) for pair, share in (agreements or {}).items()}
    return Seen(shared, (unique, unique), overlap, plain, by)


def verdicts(counts: dict[tuple[int, int], Seen]) -> dict[tuple[int, int], str]:
    """Return the verdict on each pair."""
    return {pair: one.verdict for pair, one in judge(counts).items()}


def test_pairs_that_agree_are_supported() -> None:
    """Two keys that agree support each other; the reason has the share and the number."""
    judged = judge({RIGHT: seen({OTHER: 0.9}), OTHER: seen({RIGHT: 0.95})})

    assert judged[RIGHT].verdict == judged[OTHER].verdict == "supported"
    assert judged[RIGHT].reason == "90% of 100 records agree by other keys"
    assert judged[RIGHT].agreement == 0.9


def test_the_pair_that_agrees_least_leaves() -> None:
    """Of three keys, the one that the other two contradict is wrong, and they stay."""
    assert verdicts(
        {
            RIGHT: seen({OTHER: 0.9, WRONG: 0.0}),
            OTHER: seen({RIGHT: 0.9, WRONG: 0.01}),
            WRONG: seen({RIGHT: 0.0, OTHER: 0.0}),
        }
    ) == {RIGHT: "supported", OTHER: "supported", WRONG: "contradicted"}


def test_a_coarser_key_leaves() -> None:
    """Values that colleagues share disagree with their own keys, which agree with each other."""
    judged = judge(
        {
            RIGHT: seen({WRONG: 1.0}),
            WRONG: seen({RIGHT: 0.86}, unique=0.8),
        }
    )

    assert judged[WRONG].verdict == "contradicted"
    assert judged[RIGHT].verdict == "supported"
    assert "which joins more" in judged[RIGHT].reason


def test_two_keys_that_disagree_are_a_question() -> None:
    """With nothing else, data cannot tell which is wrong: both leave, as rivals."""
    judged = judge({RIGHT: seen({WRONG: 0.0}), WRONG: seen({RIGHT: 0.02})})

    assert {one.verdict for one in judged.values()} == {"contradicted"}
    assert judged[RIGHT].rivals == (WRONG,)
    assert judged[WRONG].rivals == (RIGHT,)


def test_other_columns_tell() -> None:
    """Names that agree support a key that is alone; if none does, it is contradicted."""
    assert verdicts({RIGHT: seen({NAME: 0.9}, plain=True)}) == {RIGHT: "supported"}
    assert verdicts({RIGHT: seen({NAME: 0.9}, plain=True, unique=0.5)}) == {RIGHT: "cannot say"}
    three = {NAME: 0.01, CITY: 0.1, (6, 16): 0.0}
    assert verdicts({RIGHT: seen(three)}) == {RIGHT: "contradicted"}
    assert verdicts({RIGHT: seen({NAME: 0.01}, plain=True)}) == {RIGHT: "cannot say"}


def test_a_key_alone_is_judged_by_its_values() -> None:
    """Long distinct values of which many are in both are of one thing; small numbers are not."""
    assert verdicts({RIGHT: seen()}) == {RIGHT: "supported"}
    assert verdicts({RIGHT: seen(plain=True)}) == {RIGHT: "cannot say"}
    assert verdicts({RIGHT: seen(overlap=0.1)}) == {RIGHT: "cannot say"}
    assert verdicts({RIGHT: seen(unique=0.5)}) == {RIGHT: "cannot say"}
    assert verdicts({RIGHT: seen(shared=0, overlap=0.0)}) == {RIGHT: "cannot say"}


def test_a_pair_of_few_shared_values_judges_no_other() -> None:
    """A pair without overlap is not a witness, but others judge it."""
    assert verdicts(
        {
            RIGHT: seen({WRONG: 0.0}),
            WRONG: seen({RIGHT: 0.0}, overlap=0.01, shared=1),
            OTHER: seen({RIGHT: 0.9}, overlap=0.01, shared=1),
        }
    ) == {RIGHT: "supported", WRONG: "contradicted", OTHER: "supported"}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_pairs_that_are_kept_agree(data: st.DataObject) -> None:
    """Whatever the agreements: every pair has one verdict, and supported ones agree."""
    pairs = [(at, 10 + at) for at in range(data.draw(st.integers(0, 5)))]
    shares = st.floats(0, 1)
    counts = {
        pair: seen({other: data.draw(shares) for other in pairs if other != pair}) for pair in pairs
    }
    judged = judge(counts)

    assert set(judged) == set(pairs)
    kept = [pair for pair, one in judged.items() if one.verdict == "supported"]
    for pair in kept:
        for other in kept:
            if other != pair:
                assert counts[pair].agreements[other][0] >= AGREES


def test_the_demo_keeps_what_is_right() -> None:
    """A website, which colleagues share, and numbers that two companies count leave."""
    records = demo_records(n_persons=400).tables
    made = plan("person").verify(records)

    left = {row["path"]: row["reason"] for row in made.left_out if row["key"] == "website"}
    assert set(left) == {"HubSpot/contacts.website", "Salesforce/Lead.Website"}
    assert "records that it joins agree by another key" in left["Salesforce/Lead.Website"]
    assert "email" in {key.name for key in made.keys}
    assert all(key.agreement is None or key.agreement >= AGREES for key in made.keys)
    assert made.verified
    assert repr(made).endswith("verified>")
    assert [key.name for key in plan("invoice").verify(records).keys] == ["invoice id"]


def test_links_outside_clusters_are_looked_at() -> None:
    """A link that no cluster has joins where data supports it."""
    records = demo_records(n_persons=400).tables
    before, after = plan("ticket"), plan("ticket").verify(records)

    assert len(before.keys[0].columns) == 2
    assert after.keys[0].paths == (
        "Snowflake/ANALYTICS.FCT_TICKETS.TICKET_ID",
        "Snowflake/RAW_ZENDESK.TICKET.ID",
        "Zendesk/tickets.id",
    )


def deals(n: int, *, numbers: bool = False) -> dict[str, pa.Table]:
    """Return the deals of two systems, whose ids agree with their amounts."""
    chance = random.Random(1)
    amounts = [str(chance.randrange(10**6)) for _ in range(n)]
    ids = [str(at) if numbers else f"006{at:09}" for at in range(n)]
    return {
        "HubSpot/deals": pa.table(
            {"hs_object_id": [f"h{at}" for at in range(n)], "salesforceopportunityid": ids,
             "amount": amounts}
        ),
        "Salesforce/Opportunity": pa.table({"Id": ids, "Amount": amounts}),
    }  # fmt: skip


def test_tables_without_data_are_left_out() -> None:
    """A table that is not connected is left out of the plan, with the reason."""
    made = plan("deal").verify(deals(60))

    assert [table.path for table in made.tables] == ["HubSpot/deals", "Salesforce/Opportunity"]
    reasons = {row["path"]: row["reason"] for row in made.left_out if row["what"] == "table"}
    assert reasons == {"Snowflake/RAW_SALESFORCE.OPPORTUNITY": "it is not connected"}
    assert made.run(duckdb.connect(), connections=deals(60)).n_entities == 60


def test_one_table_is_not_enough() -> None:
    """With fewer than two connected tables there is nothing to compare."""
    data = {"HubSpot/deals": deals(5)["HubSpot/deals"]}
    with pytest.raises(ArgumentError, match="connections have 1 of the 3 tables of 'deal'"):
        plan("deal").verify(data)


def test_a_wrong_link_between_numbers_is_left_out() -> None:
    """Numbers that count the rows of either table share all values, and the records differ."""
    data = deals(200, numbers=True)
    chance = random.Random(2)
    other = [str(chance.randrange(10**6)) for _ in range(200)]
    data["Salesforce/Opportunity"] = data["Salesforce/Opportunity"].set_column(
        1, "Amount", pa.array(other)
    )
    made = plan("deal").verify(data)

    assert made.keys == ()
    (row,) = [
        row for row in made.evidence if row["path"] == "HubSpot/deals.salesforceopportunityid"
    ]
    assert row["verdict"] != "supported"
    assert row["shared"] == 200


def disagreeing() -> tuple[IdentityPlan, dict[str, pa.Table]]:
    """Return a plan of two keys that disagree, and nothing else tells."""
    made = plan(
        "person",
        tables=["HubSpot/contacts", "Zendesk/users"],
        keys={
            "email": ["HubSpot/contacts.email", "Zendesk/users.email"],
            "phone": ["HubSpot/contacts.phone", "Zendesk/users.phone"],
        },
    )
    n = 50
    data = {
        "HubSpot/contacts": pa.table(
            {
                "hs_object_id": [str(at) for at in range(n)],
                "email": [f"{CANARY}{at}@x.org" for at in range(n)],
                "phone": [f"+1 555 {at:07}" for at in range(n)],
            }
        ),
        "Zendesk/users": pa.table(
            {
                "id": [str(at) for at in range(n)],
                "email": [f"{CANARY}{at}@x.org" for at in range(n)],
                "phone": [f"+1 555 {(at + 1) % n:07}" for at in range(n)],
            }
        ),
    }
    return made, data


def test_keys_that_disagree_go_to_the_reviewer() -> None:
    """The question names both pairs and a link to decide; neither joins records."""
    made, data = disagreeing()
    checked = made.verify(data)

    assert checked.keys == ()
    (question,) = checked.questions
    assert question["question"].startswith("Records disagree: which is wrong, HubSpot/contacts.")
    assert {question["path"], question["other_path"]} == {
        "HubSpot/contacts.email = Zendesk/users.email",
        "HubSpot/contacts.phone = Zendesk/users.phone",
    }
    wanted = question["link_id"]
    assert wanted is None or GRAPH.link(wanted).link_id == wanted
    assert "Records disagree" in str(checked)


def test_nothing_shows_a_value() -> None:
    """No value is in the plan, its frames, its script or the run."""
    made, data = disagreeing()
    checked = made.verify(data)
    kept = plan("person", tables=["HubSpot/contacts", "Zendesk/users"], keys=["email"])
    run = kept.run(duckdb.connect(), connections=data)
    shown = [str(checked), str(checked.to_dict()), repr(checked), str(run.to_dict()), str(run)]
    shown += [frame.to_csv() for frame in (checked.evidence, checked.left_out, checked.questions)]
    shown.append(kept.to_sql("duckdb"))
    shown.append(str(checked._repr_html_()))
    with pytest.raises(ArgumentError) as caught:
        made.verify({"HubSpot/contacts": data["HubSpot/contacts"]})
    shown += traceback.format_exception(caught.value)

    assert CANARY not in "".join(shown)


def test_repeated_values_join_where_records_agree() -> None:
    """Rows that somebody copied agree and stay one; numbers that two tenants count do not join."""
    n = 60
    names = [f"name {at}" for at in range(n)]

    def made(copied: bool) -> IdentityPlan:
        # Each of the first 10 e-mails is on two rows of the first table.
        emails = [f"p{at}@x.org" for at in range(n)]
        first = [*emails, *emails[:10]]
        called = [*names, *(names[:10] if copied else [f"else {at}" for at in range(10)])]
        data = {
            "HubSpot/contacts": pa.table(
                {"hs_object_id": [str(at) for at in range(n + 10)], "email": first,
                 "firstname": called}
            ),
            "Zendesk/users": pa.table(
                {"id": [str(at) for at in range(n)], "email": emails, "name": names}
            ),
            "Salesforce/Contact": pa.table(
                {"Id": [f"003{at:09}" for at in range(n)], "Email": emails, "FirstName": names}
            ),
        }  # fmt: skip
        return plan(
            "person",
            tables=list(data),
            keys={"mail": ["HubSpot/contacts.email", "Zendesk/users.email",
                           "Salesforce/Contact.Email"]},
        ).verify(data)  # fmt: skip

    (copied,), (different,) = made(copied=True).keys, made(copied=False).keys
    assert copied.repeats
    assert not different.repeats
    assert "values" in made(copied=False).left_out["what"]


@pytest.mark.parametrize("value", ["n/a", "-", "unknown", "0000000000", "+10000000000", "none"])
@pytest.mark.parametrize("column", ["phone", "email", "external_id"])
def test_what_stands_for_nothing_contradicts_no_key(column: str, value: str) -> None:
    """A default in half of the rows of one column is no comparison: all keys stay."""
    n = 200
    graph = LinkGraph(
        read_links(
            [
                {"source": f"crm/contact.{one}", "target": f"bill/customer.{one}"}
                | {"confidence": 0.9}
                for one in ("email", "external_id", "phone")
            ]
        )
    )
    right = {
        "email": [f"p{row}@x.io" for row in range(n)],
        "external_id": [f"b{row:05}" for row in range(n)],
        "phone": [f"+1555{row:07}" for row in range(n)],
    }
    halved = [cell if row % 2 else value for row, cell in enumerate(right[column])]
    data = {
        "crm/contact": pa.table({"id": [f"c{row}" for row in range(n)], **right}),
        "bill/customer": pa.table({**right, column: halved, "id": range(n)}),
    }
    checked = identity_table(graph, "person").verify(data)

    assert {key.paths[0].rpartition(".")[2] for key in checked.keys} == set(right)
    assert not checked.questions
    found = {row["source_path"]: row for row in verify(graph, data).to_frame()}
    assert {row["verdict"] for row in found.values()} == {"supported"}
    assert found[f"crm/contact.{column}"]["agreement"] == 1


def _spelt(way: str) -> tuple[list[str], list[str]]:
    """Return the ids of two systems: the same ones, written in two ways."""
    ids = [f"ABC{row:05}x" for row in range(200)]
    if way == "case":
        return ids, [text.swapcase() for text in ids]
    if way == "UUID":
        known = [UUID(int=row * 7919 + 10**30) for row in range(200)]
        return [str(one).upper() for one in known], [f"{{{one.hex}}}" for one in known]
    long = [f"001A00000{row:05}a" for row in range(200)]
    return long, [f"{text}IAV" for text in long]


@pytest.mark.parametrize(
    ("way", "normal"),
    [("case", "case and blanks"), ("UUID", "UUID"), ("Salesforce", "Salesforce id")],
)
def test_ids_written_in_two_ways_are_the_same(way: str, normal: str) -> None:
    """If ids share nothing, their other forms are tried, and the one that fits is named."""
    ends = {"email": "email", "external_id": "id", "phone": "phone"}
    graph = LinkGraph(
        read_links(
            [
                {"source": f"crm/contact.{one}", "target": f"bill/customer.{other}"}
                | {"confidence": 0.9}
                for one, other in ends.items()
            ]
        )
    )
    mine, theirs = _spelt(way)
    rest = {
        "email": [f"p{row}@x.io" for row in range(200)],
        "phone": [f"+1555{row:07}" for row in range(200)],
    }
    data = {
        "crm/contact": pa.table({"external_id": mine, **rest}),
        "bill/customer": pa.table({"id": theirs, **rest}),
    }
    (row,) = verify(graph, data).to_frame().filter(source_path="crm/contact.external_id")
    assert (row["verdict"], row["normal"], row["shared"]) == ("supported", normal, 200)

    plan = identity_table(graph, "person").verify(data)
    (key,) = (key for key in plan.keys if "bill/customer.id" in key.paths)
    assert str(key.normal) == normal
    only = identity_table(
        graph, "person", keys={"id": ["crm/contact.external_id", "bill/customer.id"]}
    ).verify(data)
    assert only.run(duckdb.connect(), connections=data).n_joined == 400


def test_ids_that_share_nothing_in_any_form_are_contradicted() -> None:
    """Other ids of the same length and kind stay different."""
    links = [{"source": "a/t.external_id", "target": "b/u.id", "confidence": 0.9}]
    graph = LinkGraph(read_links(links))
    data = {
        "a/t": pa.table({"external_id": [f"ABC{row:05}x" for row in range(200)]}),
        "b/u": pa.table({"id": [f"xyz{row:05}a" for row in range(200)]}),
    }
    (row,) = verify(graph, data).to_frame()

    assert (row["verdict"], row["normal"], row["shared"]) == ("contradicted", "leading zeros", 0)
    assert row["reason"] == "Of 200 and 200 distinct values (leading zeros), none is shared."


CONTACTS = [
    {"source": f"crm/contact.{one}", "target": f"bill/customer.{one}", "confidence": weight}
    for one, weight in {"email": 0.9, "phone": 0.9, "id": 0.05}.items()
]


@pytest.mark.parametrize("n_shared", [3, 8, 60])
def test_an_address_that_several_share_joins_none(n_shared: int) -> None:
    """If other keys tell rows of one value apart, it is stopped, and that is a question."""
    n = 120
    graph = LinkGraph(read_links(CONTACTS))
    shared = ["info@shop.io"] * n_shared
    emails = [*shared, *(f"p{row}@x.io" for row in range(n_shared, n))]
    phones = [f"+1555{row:07}" if row % 3 else None for row in range(n)]
    columns = {"id": [str(row) for row in range(n)], "email": emails, "phone": phones}
    other = [f"c{row}" for row in range(n)]
    data = {"crm/contact": pa.table(columns), "bill/customer": pa.table(columns | {"id": other})}
    made = identity_table(graph, "person").verify(data)
    run = made.run(duckdb.connect(), connections=data)

    (row,) = run.keys.filter(key="email")
    assert (row["stopped_values"], row["stopped_records"]) == (1, 2 * n_shared)
    assert max(run.sizes["records"]) == 2, "no two persons are joined"
    if n_shared > made.fan_out:
        assert not made.questions, "so many are stopped anyway"
        return
    (question,) = made.questions
    assert question["path"].endswith(".email")
    assert question["other_path"].endswith(".phone")
    assert "or several that share it?" in question["question"]


def test_copies_that_agree_are_no_question() -> None:
    """Three rows of one person that agree on the rest stay joined."""
    n = 60
    graph = LinkGraph(read_links(CONTACTS))
    things = [*[0] * 3, *range(3, n)]
    columns = {
        "id": [str(row) for row in range(n)],
        "email": [f"p{thing}@x.io" for thing in things],
        "phone": [f"+1555{thing:07}" for thing in things],
    }
    other = [f"c{row}" for row in range(n)]
    data = {"crm/contact": pa.table(columns), "bill/customer": pa.table(columns | {"id": other})}
    made = identity_table(graph, "person").verify(data)

    assert not made.questions
    assert max(made.run(duckdb.connect(), connections=data).sizes["records"]) == 6
