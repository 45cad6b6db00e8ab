"""Tests of the order of ways: what identifies, what is decided, who is referred to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import JoinKey, JoinPaths, LinkGraph, join_paths, read_links
from hummgraph.algorithms.joins.keys import Meanings
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError
from tests.algorithms.joins.applications import CLINIC, FREIGHT
from tests.algorithms.joins.trades import HOSPITAL, LOGISTICS, Trade
from tests.graph.test_relationships import saas
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from tests.support.builders import Row


def joins(found: JoinPaths) -> list[str]:
    """Return each path as its comparisons."""
    return [path.comparisons for path in found]


def test_keys_come_first() -> None:
    """Paths over keys are first; those over names and shared values only if they are asked for."""
    rows: list[Row] = [
        ("a/t.created_at", "b/u.created_at", 1.0),
        ("a/t.name", "b/u.name", 0.9),
        ("a/t.email", "b/u.email", 0.6),
    ]
    linked = graph(rows)
    by_key = ["email", "name", "created_at"]

    def columns(**options: Any) -> list[str]:
        found = join_paths(linked, "a/t", "b/u", **options)
        return [path.steps[0].source_path.partition(".")[2] for path in found]

    assert columns() == by_key[:1]
    assert columns(keys="describing") == by_key
    assert columns(keys="any") == by_key[::-1]
    assert columns(keys="describing", k=2) == by_key[:2]
    keys = [path.key for path in join_paths(linked, "a/t", "b/u", keys="describing")]
    assert keys == [JoinKey.IDENTIFYING, JoinKey.DESCRIBING, JoinKey.SHARED]


def test_without_a_way_that_identifies_the_best_other_is_named() -> None:
    """If no way identifies rows, the result says so, with the best of the others."""
    linked = graph([("a/t.name", "b/u.name", 0.9)])
    found = join_paths(linked, "a/t", "b/u")

    assert len(found) == 0
    assert found.advice == (
        "No way identifies rows. The best of the others compares texts: a/t.name = b/u.name,"
        " confidence 0.9. keys='describing' finds such ways."
    )
    assert found.to_dict()["other"]["key"] == "describing"
    assert repr(found) == f"<JoinPaths: {found.advice}>"


def test_rows_of_one_account_are_not_each_other() -> None:
    """Rows that refer to one account are joined as such, after all that identify each other."""
    rows: list[Row] = [
        ("a/t.account_id", "b/account.id", 1.0),
        ("b/account.id", "c/v.account_id", 1.0),
        ("a/t.email", "d/w.email", 0.9),
        ("d/w.id", "c/v.w_id", 0.9),
    ]
    linked = graph(rows)

    found = join_paths(linked, "a/t", "c/v")
    assert joins(found)[:2] == [
        "a/t.email = d/w.email; d/w.id = c/v.w_id",
        "a/t.account_id = c/v.account_id",
    ]
    assert [path.key for path in found][:2] == [JoinKey.IDENTIFYING, JoinKey.RELATED]
    assert joins(join_paths(linked, "a/t", "b/account", k=1)) == ["a/t.account_id = b/account.id"]
    assert joins(join_paths(linked, "b/account", "c/v", k=1)) == ["b/account.id = c/v.account_id"]


def test_rows_that_one_agent_handled_have_nothing_in_common() -> None:
    """A way over those who handle rows identifies nothing, however sure its links are."""
    rows: list[Row] = [
        ("a/deal.owner_id", "b/agent.id", 1.0, "APPROVED"),
        ("b/agent.id", "c/invoice.assignee_id", 1.0, "APPROVED"),
    ]
    found = join_paths(graph(rows), "a/deal", "c/invoice")

    assert joins(found) == []
    assert found.other is not None
    assert found.other.key is JoinKey.SHARED
    assert "compares what many rows share" in found.advice
    shown = joins(join_paths(graph(rows), "a/deal", "c/invoice", keys="describing"))
    assert "a/deal.owner_id = c/invoice.assignee_id" in shown


def _contacts(*more: Row) -> LinkGraph:
    """Return two tables that hold one thing, and some links more."""
    rows: list[Row] = [
        ("a/contact.email", "b/contact.email", 0.9),
        ("a/contact.first_name", "b/contact.first_name", 0.9),
        ("a/contact.last_name", "b/contact.last_name", 0.9),
    ]
    return graph([*rows, *more])


def test_two_tables_of_one_thing_are_not_joined_by_what_rows_have_in_common() -> None:
    """Two contacts of one account are not the same contact."""
    linked = _contacts(
        ("a/contact.account_id", "b/contact.account_id", 0.9, "APPROVED"),
        ("a/contact.account_id", "a/account.id", 0.9, "APPROVED"),
        ("b/contact.account_id", "b/account.id", 0.9, "APPROVED"),
    )
    found = join_paths(linked, "a/contact", "b/contact", keys="describing")

    assert joins(found)[0] == "a/contact.email = b/contact.email"
    keys = {path.comparisons: path.key for path in found}
    assert keys["a/contact.account_id = b/contact.account_id"] is JoinKey.SHARED


def test_an_id_of_something_unknown_is_doubtful_unless_it_is_decided() -> None:
    """Rows of one thing may have a campaign in common, or an id of themselves."""
    name = "campaign_id"
    doubtful = _contacts((f"a/contact.{name}", f"b/contact.{name}", 0.99))
    found = join_paths(doubtful, "a/contact", "b/contact", keys="describing")
    keys = {path.comparisons: path.key for path in found}
    assert keys[f"a/contact.{name} = b/contact.{name}"] is JoinKey.DOUBTFUL

    decided = _contacts((f"a/contact.{name}", f"b/contact.{name}", 0.99, "APPROVED"))
    first = join_paths(decided, "a/contact", "b/contact").paths[0]
    assert first.comparisons == f"a/contact.{name} = b/contact.{name}"
    assert first.key is JoinKey.IDENTIFYING


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("requester_id", "assignee_id"),
        ("user_id", "owner_id"),
        ("customer_id", "agent_id"),
        ("contact_id", "created_by"),
        ("owner_id", "created_by_id"),
        ("user_id", "ship_to_user_id"),
    ],
)
def test_references_to_those_who_handle_a_row_are_last(first: str, second: str) -> None:
    """Of several references, those to whom a row is about come before those who handle it."""
    rows: list[Row] = [
        ("a/person.id", f"a/ticket.{name}", 1.0, "APPROVED") for name in (second, first)
    ]
    for ends in (("a/person", "a/ticket"), ("a/ticket", "a/person")):
        found = join_paths(graph(rows), *ends)
        columns = [path.comparisons for path in found]
        assert [f".{first}" in text for text in columns] == [True, False]


def test_a_reference_to_those_who_handle_a_row_leads_to_their_table() -> None:
    """If those who handle rows are asked for, their reference is as good as any."""
    rows: list[Row] = [
        ("a/agent.id", "a/ticket.agent_id", 0.7, "APPROVED"),
        ("a/agent.id", "a/ticket.first_backup_user_id", 0.7, "APPROVED"),
    ]
    found = joins(join_paths(graph(rows), "a/agent", "a/ticket"))
    assert found[0] == "a/agent.id = a/ticket.agent_id"


def test_words_are_added_to_those_who_handle_rows() -> None:
    """A word that the caller adds is read like the bundled ones."""
    rows: list[Row] = [
        ("a/user.id", "a/ticket.bearbeiter_id", 1.0, "APPROVED"),
        ("a/user.id", "a/ticket.kunde_id", 0.9, "APPROVED"),
    ]
    linked = graph(rows)
    plain = joins(join_paths(linked, "a/user", "a/ticket", k=1))
    assert plain == ["a/user.id = a/ticket.bearbeiter_id"]
    words = {"roles": {"actor": ["bearbeiter"]}}
    told = joins(join_paths(linked, "a/user", "a/ticket", k=1, words=words))
    assert told == ["a/user.id = a/ticket.kunde_id"]
    with pytest.raises(ArgumentError, match="words has no list 'actors'"):
        join_paths(linked, "a/user", "a/ticket", words={"roles": {"actors": ["bearbeiter"]}})


def test_ids_of_separate_counts_are_no_keys_unless_somebody_says_so() -> None:
    """Ids counted separately in two systems are keys only if the link is decided."""
    linked = graph([("a/t.id", "b/u.Id", 0.9)])
    one = join_paths(linked, "a/t", "b/u")
    assert one.paths == ()
    assert one.other is not None
    assert one.other.key is JoinKey.DOUBTFUL
    assert one.advice.startswith("No way identifies rows. The best of the others is doubtful: a/t.")
    assert join_paths(linked, "a/t", "b/u", keys="describing").paths == (one.other,)
    approved = join_paths(graph([("a/t.id", "b/u.Id", 0.9, "APPROVED")]), "a/t", "b/u")
    assert approved.paths[0].key is JoinKey.IDENTIFYING
    sure = record("a/t.id", "b/u.id", 0.9, link_type="DETERMINISTIC")
    found = join_paths(
        LinkGraph(read_links([sure], catalogue=catalogue(["a/t.id", "b/u.id"]))), "a/t", "b/u"
    )
    assert found.paths[0].key is JoinKey.IDENTIFYING


@pytest.mark.parametrize("name", ["Workspace_Id__c", "WORKSPACEID", "WorkspaceUid", "ws_fk"])
def test_a_decided_id_of_others_comes_before_a_weak_suggestion(name: str) -> None:
    """An approved link over another system's id comes first, however the id is spelled."""
    places = [f"a/account.{name}", "b/org.workspace_id", "a/account.Email", "b/org.email"]
    links = [
        record(places[0], places[1], 1.0, status="APPROVED", link_type="DETERMINISTIC"),
        record(places[2], places[3], 0.05, status="SUGGESTED"),
    ]
    linked = LinkGraph(read_links(links, catalogue=catalogue(places)))

    found = join_paths(linked, "a/account", "b/org")
    assert joins(found) == [f"{places[0]} = {places[1]}", f"{places[2]} = {places[3]}"]
    assert found.paths[0].key is JoinKey.IDENTIFYING


def test_decided_links_come_before_suggestions_of_like_kind() -> None:
    """An approved link with a low confidence comes before a suggested one with a high one."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.99),
        ("a/t.sku", "b/u.sku", 0.6, "APPROVED"),
    ]
    assert joins(join_paths(graph(rows), "a/t", "b/u")) == [
        "a/t.sku = b/u.sku",
        "a/t.email = b/u.email",
    ]


def test_words_with_key_in_them_are_not_keys() -> None:
    """Only a declared primary key is one: a monkey or a sort key is not."""
    records = catalogue(["a/t.code", "a/t.other", "a/t.third", "a/t.fourth"])
    roles = ("primary_key", "foreign_key", "sort_key", "monkey")
    for column, role in zip(records["columns"], roles, strict=True):
        column["role"] = role
        column["name"] = f"plain {column['name']}"
    linked = LinkGraph(read_links([], catalogue=records))

    keys = [Meanings(linked).of(linked.index_of(column["id"])) for column in records["columns"]]
    assert [key.own for key in keys] == [True, False, False, False]
    # A foreign key identifies rows of another table.
    assert [key.refers for key in keys] == [False, True, False, False]
    assert [key.quality is JoinKey.IDENTIFYING for key in keys] == [True, True, False, False]


def test_an_id_that_another_system_keeps_of_a_row_is_a_key_of_it() -> None:
    """``a_contact_id`` of a contact is the contact's own, and joins it level."""
    linked = _contacts(
        ("a/contact.id", "b/contact.crm_contact_id", 0.85),
        ("c/log.crm_contact_id", "b/contact.crm_contact_id", 0.9, "APPROVED"),
    )
    assert not Meanings(linked).of(linked.index_of("b/contact.crm_contact_id")).refers
    assert joins(join_paths(linked, "a/contact", "b/contact"))[:2] == [
        "a/contact.email = b/contact.email",
        "a/contact.id = b/contact.crm_contact_id",
    ]
    (first, *_) = join_paths(linked, "c/log", "b/contact")
    assert first.key is JoinKey.IDENTIFYING


def test_a_direct_way_is_among_the_ways() -> None:
    """A direct way is among the ways even if others are better."""
    rows: list[Row] = [
        (f"a/t.{key}", f"m{at}/u.{key}", 1.0, "APPROVED")
        for at, key in enumerate(("email", "login", "sku"))
    ]
    rows += [(f"m{at}/u.id", f"c/v.m{at}_id", 1.0, "APPROVED") for at in range(3)]
    linked = graph([*rows, ("a/t.isbn", "c/v.isbn", 0.1), ("a/t.vin", "c/v.vin", 0.2)])

    ways = joins(join_paths(linked, "a/t", "c/v", k=3))
    assert [len(path) for path in join_paths(linked, "a/t", "c/v", k=3)] == [2, 2, 1]
    assert ways[-1] == "a/t.vin = c/v.vin"
    assert [len(path) for path in join_paths(linked, "a/t", "c/v", k=1)] == [2]


def test_a_table_that_is_left_as_it_was_entered_drops_out() -> None:
    """Columns that a chain of links joins are compared directly, by the strongest chain."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.9),
        ("b/u.email", "c/v.email", 0.8, "APPROVED"),
        ("a/t.email", "d/w.email", 0.9),
        ("d/w.email", "c/v.email", 0.6),
    ]
    found = join_paths(graph(rows), "a/t", "c/v")

    (path,) = found
    assert path.comparisons == "a/t.email = c/v.email"
    assert path.confidence == pytest.approx(0.72)
    assert [link.link_id for link in path.chains[0]] == [uid("link 0"), uid("link 1")]
    (step,) = path.steps
    assert (step.kind, step.status, step.link_id) == ("chain", "SUGGESTED", uid("link 0"))
    assert path.to_frame()["via"] == ["b/u.email"]
    assert [box.title for box in path.diagram().boxes] == ["email"] * 3
    assert len(path.to_dict()["steps"][0]["links"]) == 2
    assert "a/t.email = c/v.email: SUGGESTED, 0.72, by way of b/u.email" in path.to_sql()
    assert "t3" not in path.to_sql()


def test_a_chain_of_decided_links_confirms_a_doubtful_one() -> None:
    """Ids that a matcher suggests are the same are so if decided links lead from one to other."""
    rows: list[Row] = [
        ("a/t.id", "b/u.id", 0.6),
        ("a/t.id", "c/v.t_id", 0.9, "APPROVED"),
        ("c/v.t_id", "b/u.id", 0.9, "APPROVED"),
    ]
    (path, *_) = join_paths(graph(rows), "a/t", "b/u")
    assert (path.comparisons, path.steps[0].kind) == ("a/t.id = b/u.id", "chain")
    assert path.key is JoinKey.IDENTIFYING


def test_a_rejected_pair_is_not_joined_by_a_chain() -> None:
    """A chain joins no two columns that somebody said are not the same."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.9),
        ("b/u.email", "c/v.email", 0.9),
        ("a/t.email", "c/v.email", 0.9, "REJECTED"),
    ]
    assert joins(join_paths(graph(rows), "a/t", "c/v")) == []


def test_a_chain_that_is_likely_wrong_joins_nothing() -> None:
    """A chain with a confidence below one half is not a join."""
    rows: list[Row] = [("a/t.email", "b/u.email", 0.6), ("b/u.email", "c/v.email", 0.6)]
    assert joins(join_paths(graph(rows), "a/t", "c/v", keys="describing")) == []


@pytest.mark.parametrize(
    "trade",
    [HOSPITAL, LOGISTICS, CLINIC, FREIGHT],
    ids=["hospital", "logistics", "clinic", "freight"],
)
def test_first_ways_are_right_in_other_trades(trade: Trade) -> None:
    """First ways of four other organisations are right from both ends, or there is none."""
    linked = trade.graph()
    wrong = []
    for (one, other), right in trade.right.items():
        for ends, ways in (((one, other), right), ((other, one), tuple(map(_turned, right)))):
            found = joins(join_paths(linked, *ends, k=1))
            if (found[0] not in ways) if ways and found else bool(ways or found):
                wrong.append((*ends, found))
    assert {frozenset(ends) for *ends, _ in wrong} == _WRONG & {frozenset(p) for p in trade.right}


# Orders and claims are taken for one thing there, as ids, numbers and states are linked by chance.
_WRONG = {frozenset({"Sales/account", "Workshop/truck"})}


def _turned(way: str) -> str:
    """Return a way from its other end."""
    return "; ".join(" = ".join(reversed(step.split(" = "))) for step in reversed(way.split("; ")))


def test_true_links_over_custom_fields_are_first(demo_graph: LinkGraph) -> None:
    """Between tables with a true link over a custom field, the first way is such a link."""
    nodes, links = demo_graph.arrays.nodes, demo_graph.arrays.links
    cluster = {column: at for at, members in enumerate(load_demo().truth) for column in members}
    custom = [str(name).endswith("__c") for name in nodes.api_identifier.to_pylist()]
    true: dict[frozenset[str], set[frozenset[str]]] = {}
    n_links = 0
    for ends in zip(links.ends.source.tolist(), links.ends.target.tolist(), strict=True):
        ids = [nodes.id_text[end].as_py() for end in ends]
        same = ids[0] in cluster and cluster[ids[0]] == cluster.get(ids[1])
        if same and any(custom[end] for end in ends):
            tables = frozenset(nodes.id_text[int(nodes.ancestor[1][end])].as_py() for end in ends)
            true.setdefault(tables, set()).add(frozenset(ids))
            n_links += 1
    assert n_links == 24

    for tables, pairs in true.items():
        (path,) = join_paths(demo_graph, *sorted(tables), k=1)
        (step,) = path.steps
        assert frozenset([step.source, step.target]) in pairs, path


def test_ways_that_go_up_and_down_and_up_share_nothing() -> None:
    """A specimen has nothing in common with the wards where its patient was at some time."""
    found = join_paths(HOSPITAL.graph(), "Orchard/specimen", "Epic/ward", keys="any", k=10)
    keys = {path.comparisons: path.key for path in found}
    for begin in (
        (
            "Orchard/specimen.patient_mrn = Epic/patient.mrn;"
            " Epic/patient.id = Epic/encounter.patient_id"
        ),
        (
            "Orchard/specimen.ordering_physician_npi = Epic/physician.npi;"
            " Epic/physician.id = Epic/encounter.attending_physician_id"
        ),
    ):
        assert keys[f"{begin}; Epic/encounter.ward_id = Epic/ward.id"] is JoinKey.SHARED
    assert joins(join_paths(HOSPITAL.graph(), "Orchard/specimen", "Epic/ward")) == []


def test_rows_that_refer_to_one_row_by_different_keys_are_related() -> None:
    """If two references lead to different keys of a row, its table is joined between them."""
    rows: list[Row] = [
        ("a/t.account_id", "b/account.id", 1.0, "APPROVED"),
        ("b/account.email", "c/v.account_email", 1.0, "APPROVED"),
        ("a/t.account_id", "d/account.id", 1.0, "APPROVED"),
        ("d/account.email", "c/v.account_email", 0.9, "APPROVED"),
    ]
    found = join_paths(graph(rows), "a/t", "c/v", k=2)
    assert found.paths[0].key is JoinKey.RELATED
    assert joins(found)[0] == ("a/t.account_id = b/account.id; b/account.email = c/v.account_email")


def _keys(one: str, other: str, **options: Any) -> tuple[JoinKey, float]:
    records = catalogue([one, other, *options.pop("also", ())])
    for column in records["columns"]:
        column["is_primary_key"] = column["name"] in options.get("primary", ())
    linked = LinkGraph(read_links(options.get("links", ()), catalogue=records))
    grade = Meanings(linked).grade(linked.index_of(one), linked.index_of(other), decided=False)
    return grade.key, grade.factor


def test_ids_of_one_name_may_be_the_same() -> None:
    """Two tables of patients that both have their own ``patient_id`` perhaps share it."""
    key, factor = _keys("a/patient.patient_id", "b/patient.patient_id")
    assert (key, factor < 1) == (JoinKey.IDENTIFYING, True)
    assert _keys("a/patient.id", "b/patient.patient_id")[0] is JoinKey.DOUBTFUL


def test_ids_of_a_copy_are_those_of_its_original() -> None:
    """Own ids of a table and its landed copy are the same without a decision."""
    names = ("email", "name", "phone")
    links = [record(f"a/t.{name}", f"b/t.{name}", 1.0, link_type="DETERMINISTIC") for name in names]
    also = [f"{system}/t.{name}" for name in names for system in "ab"]
    assert _keys("a/t.id", "b/t.id", also=also, links=links) == (JoinKey.IDENTIFYING, 1.0)


def test_a_key_that_refers_to_a_key_joins_from_the_one_that_declares_it() -> None:
    """A primary key that is declared as a reference refers to the other table's row."""
    from tests.graph.test_relationships import relationship

    records: dict[str, Any] = catalogue(["d/user_detail.user_id", "d/users.id"])
    for column in records["columns"]:
        column["is_primary_key"] = True
    records["relationships"] = [
        relationship("d/user_detail.user_id", "d/users.id", type="FOREIGN_KEY")
    ]
    linked = LinkGraph(read_links([], catalogue=records))
    (path,) = join_paths(linked, "d/users", "d/user_detail")
    assert (path.comparisons, path.key) == (
        "d/users.id = d/user_detail.user_id",
        JoinKey.IDENTIFYING,
    )


def test_what_is_missing_is_found_from_either_end() -> None:
    """A link without a confidence is named in the direction of the question."""
    found = join_paths(graph([("c/v.email", "a/t.email", None)]), "a/t", "c/v")
    assert "a/t.email = c/v.email (SUGGESTED, no confidence" in found.advice


def test_a_way_of_several_steps_that_is_likely_wrong_is_doubtful() -> None:
    """Two suggestions of 0.6 together are wrong more likely than right; decided, they are right."""
    rows: list[Row] = [("a/t.email", "b/u.email", 0.6), ("b/u.login", "c/v.login", 0.6)]
    found = join_paths(graph(rows), "a/t", "c/v")
    assert joins(found) == []
    assert found.other is not None
    assert found.other.key is JoinKey.DOUBTFUL
    decided: list[Row] = [(one, other, 0.6, "APPROVED") for one, other, _ in rows]  # type: ignore[misc]  # rows of three
    (path,) = join_paths(graph(decided), "a/t", "c/v")
    assert path.key is JoinKey.IDENTIFYING


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        # Another system's id of the row stands before what people enter.
        (
            [
                ("app/organizations.stripe_customer_id", "Stripe/customers.id", 0.7),
                ("app/organizations.billing_email", "Stripe/customers.email", 0.9),
            ],
            "app/organizations.stripe_customer_id = Stripe/customers.id",
        ),
        (
            [
                ("erp/invoice.external_id", "billing/invoice.id", 0.7),
                ("erp/invoice.other_ref_num", "billing/invoice.po_number", 0.65),
            ],
            "erp/invoice.external_id = billing/invoice.id",
        ),
        # What is decided is not put back by that.
        (
            [
                ("app/organizations.stripe_customer_id", "Stripe/customers.id", 0.7),
                ("app/organizations.email", "Stripe/customers.email", 1.0, "APPROVED"),
            ],
            "app/organizations.email = Stripe/customers.email",
        ),
        # Ids that both have from elsewhere are keys as others are.
        (
            [
                ("a/contact.external_id", "b/user.external_id", 0.62),
                ("a/contact.email", "b/user.email", 0.64),
            ],
            "a/contact.email = b/user.email",
        ),
        # A link between keys stands before a detour, however uncertain.
        (
            [
                ("a/user.email", "b/owner.email", 0.55),
                ("a/user.username", "c/user.username", 1.0, "APPROVED"),
                ("c/user.email", "b/owner.email", 0.9),
            ],
            "a/user.email = b/owner.email",
        ),
        # A reference to another row of the kind is not the row.
        *(
            (
                [
                    (f"a/account.{name}", "b/account.id", 0.8),
                    ("a/account.website", "b/account.domain", 0.7),
                ],
                "a/account.website = b/account.domain",
            )
            for name in ("parent_id", "merged_into_id", "duplicate_of_id", "reports_to_id")
        ),
        # An address of those who wrote the row is not that of whom it is about.
        (
            [
                ("a/person.email", "b/deal.created_by_email", 0.9),
                ("a/person.email", "b/deal.contact_email", 0.65),
            ],
            "a/person.email = b/deal.contact_email",
        ),
        # The customer is the account that another system calls so.
        (
            [
                ("app/accounts.bill_customer_id", "Bill/customer.id", 0.9, "APPROVED"),
                ("app/accounts.id", "web/users.account_id", 0.9),
                ("web/users.email", "Bill/customer.email", 0.82),
                ("Bill/customer.id", "Bills/invoice.customer_id", 1.0, "APPROVED"),
            ],
            "app/accounts.bill_customer_id = Bills/invoice.customer_id",
        ),
    ],
)
def test_the_first_way_is_what_a_person_would_take(rows: list[Row], first: str) -> None:
    """Keys by which systems know each other's rows come before whatever else would do."""
    tables = [column.partition(".")[0] for column in first.split(" = ")]
    found = join_paths(graph(rows), *tables)
    assert joins(found)[0] == first
    assert found.paths[0].key is JoinKey.IDENTIFYING


def test_a_reference_does_not_lead_to_rows_that_are_called_otherwise() -> None:
    """Tickets have no id of a brand, unless a good link says so; users are called in many ways."""
    doubted = join_paths(
        graph([("a/ticket.brand_id", "b/ticket.id", 0.65)]), "a/ticket", "b/ticket"
    )
    linked = graph([("a/task.matter_id", "b/case.id", 0.9)])
    other = graph([("a/ticket.brand_id", "b/user.id", 0.65)])

    assert doubted.other is not None
    assert doubted.other.key is JoinKey.DOUBTFUL
    assert joins(join_paths(linked, "a/task", "b/case")) == ["a/task.matter_id = b/case.id"]
    assert joins(join_paths(other, "a/ticket", "b/user")) == ["a/ticket.brand_id = b/user.id"]


def test_a_column_called_as_a_table_is_a_reference_to_it() -> None:
    """``invoice.customer`` is the id of a customer; ``lead.company`` is a company's name."""
    rows: list[Row] = [("a/invoice.customer", "b/customer.id", 0.8)]
    (path,) = join_paths(graph(rows), "a/invoice", "b/customer")
    (back,) = join_paths(graph(rows), "b/customer", "a/invoice")
    (sure,) = join_paths(graph([(*rows[0], "APPROVED")]), "a/invoice", "b/customer")
    named = join_paths(graph([("a/lead.company", "b/company.id", 0.8)]), "a/lead", "b/company")

    assert {path.key, back.key, sure.key} == {JoinKey.IDENTIFYING}
    assert not named.paths


def test_users_of_an_application_with_contacts_are_staff() -> None:
    """A deal's user sells; whom the deal is about is its person."""
    places = (
        *("P/user.id", "P/user.email", "P/person.id", "P/person.email", "P/deal.id"),
        *("P/deal.user_id", "P/deal.person_id", "B/customer.id", "B/customer.email"),
        *("B/invoice.id", "B/invoice.customer_id"),
    )
    rows = [
        record("P/deal.user_id", "P/user.id", 1.0, status="APPROVED"),
        record("P/deal.person_id", "P/person.id", 1.0, status="APPROVED"),
        record("P/user.email", "B/customer.email", 0.95),
        record("P/person.email", "B/customer.email", 0.8),
        record("B/invoice.customer_id", "B/customer.id", 1.0, status="APPROVED"),
    ]
    sources = catalogue(places)["integration_sources"]
    records = {**saas(*places), "integration_sources": sources}
    linked = LinkGraph(read_links(rows, catalogue=records))
    first = join_paths(linked, "P/deal", "B/invoice").paths[0]

    assert first.comparisons == (
        "P/deal.person_id = P/person.id; P/person.email = B/customer.email;"
        " B/customer.id = B/invoice.customer_id"
    )


def test_staff_are_not_whom_they_serve() -> None:
    """An agent who has a customer's address is doubted more than two customers with one."""
    meanings = Meanings(
        linked := graph(
            [
                ("a/person.email", "b/agent.email", 0.9),
                ("a/person.email", "c/contact.email", 0.9),
                ("a/person.name", "b/agent.name", 0.9),
            ]
        )
    )
    person, agent, contact = (
        linked.index_of(name) for name in ("a/person.email", "b/agent.email", "c/contact.email")
    )
    apart = meanings.grade(person, agent, decided=False)
    same = meanings.grade(person, contact, decided=False)
    assert apart.factor <= same.factor
    assert apart.factor < 1


def test_the_frame_has_the_quality_of_each_way() -> None:
    """If all rows of one customer meet, each row of the frame says so."""
    linked = graph(
        [
            ("a/ticket.customer_id", "a2/customer.id", 1.0, "APPROVED"),
            ("a2/customer.id", "b/invoice.customer_id", 1.0, "APPROVED"),
        ]
    )
    found = join_paths(linked, "a/ticket", "b/invoice")
    assert {row["key"] for row in found.to_frame()} == {
        path.key.name.lower() for path in found.paths
    }
