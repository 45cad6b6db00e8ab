"""Tests of the graph: nodes, links, filters."""

from __future__ import annotations

import json
import random
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.errors import (
    AmbiguousNodeError,
    ArgumentError,
    LinkNotFoundError,
    NodeNotFoundError,
    ThresholdError,
)
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, graph, record, snapshot, uid


def paths(linked: LinkGraph) -> list[tuple[str, str]]:
    """Return the ends of all links, sorted."""
    return sorted(zip(linked.links["source_path"], linked.links["target_path"], strict=True))


# --- nodes -----------------------------------------------------------------------------------


def test_a_link_brings_its_ends_and_what_they_lie_in() -> None:
    """Systems, tables and columns that a link names are nodes, each once."""
    linked = graph([("a/t.x", "b/u.y"), ("a/t.x", "b/u.z")])

    assert linked.nodes["path"] == sorted(["a", "b"], key=uid) + sorted(
        ["a/t", "b/u"], key=uid
    ) + sorted(["a/t.x", "b/u.y", "b/u.z"], key=uid)
    assert linked.n_nodes_by_level == {"integration_source": 2, "table": 2, "column": 3}


def test_the_deepest_id_is_the_end() -> None:
    """A link ends at its column, else its table, else its system."""
    linked = graph([("a/t.x", "b/u"), ("a", "b")])

    assert paths(linked) == [("a", "b"), ("a/t.x", "b/u")]


def test_what_no_link_touches_is_there_too() -> None:
    """The catalogue's nodes are in the graph, so that coverage is an answer."""
    linked = graph([("a/t.x", "b/u.y")], also=["c/v.z", "d"])

    assert linked.node("c/v.z").level is Level.COLUMN
    assert linked.summary().unlinked_tables == ("c/v",)


def test_parallel_reverse_and_self_links_are_kept() -> None:
    """Nothing is folded: every record is a link."""
    linked = graph([("a/t.x", "b/u.y"), ("a/t.x", "b/u.y"), ("b/u.y", "a/t.x"), ("a/t.x", "a/t.x")])

    assert linked.n_links == 4
    assert paths(linked).count(("a/t.x", "b/u.y")) == 2


def test_a_column_without_its_table_hangs_from_its_system() -> None:
    """An orphan column keeps its system, and gets its table where any other link names it."""
    orphan = record("a/t.x", "b/u.y")
    del orphan["source_table_id"]
    alone = LinkGraph(read_links([orphan]))
    column = alone.node(uid("a/t.x"))
    assert column.parent == alone.index_of(uid("a"))
    assert column.path == f"{uid('a')[:8]}/?.{uid('a/t.x')[:8]}"

    helped = LinkGraph(read_links([orphan, record("a/t.x", "c/v.z")]))
    assert helped.node(uid("a/t.x")).parent == helped.index_of(uid("a/t"))


def test_containment_is_the_catalogues_before_the_links() -> None:
    """If catalogue and link disagree on a column's table, the catalogue is right."""
    moved = record("a/t.x", "b/u.y", source_table_id=uid("a/other"))
    linked = LinkGraph(read_links([moved], catalogue=catalogue(["a/t.x", "b/u.y", "a/other"])))

    assert linked.node("a/t.x").parent == linked.index_of("a/t")


def test_without_a_catalogue_short_ids_are_names() -> None:
    """A node nobody named is called by the first characters of its id, and says so."""
    linked = LinkGraph(read_links([record("a/t.x", "b/u.y")]))
    node = linked.node(uid("a/t"))

    assert node.name == uid("a/t")[:8]
    assert not node.resolved


def test_names_given_by_the_user_win() -> None:
    """A names file names what the catalogue does not, and corrects what it does."""
    linked = LinkGraph(
        read_links(
            [record("a/t.x", "b/u.y")],
            catalogue=catalogue(["a/t.x"]),
            names={uid("a/t"): "customers", uid("b"): "Billing"},
        )
    )

    assert linked.node("a/customers.x").node_id == uid("a/t.x")
    assert linked.node(uid("b")).name == "Billing"


def test_systems_are_called_by_instance_label_and_told_apart() -> None:
    """A label goes before the name; equal ones get the name, then the id, beside them."""

    def system(key: str, name: str, label: str | None) -> dict[str, Any]:
        return {"id": uid(key), "name": name, "instance_label": label, "connector_type": "crm"}

    linked = LinkGraph(
        read_links(
            [],
            catalogue={
                "integration_sources": [
                    system("1", "Salesforce", "EU"),
                    system("2", "HubSpot", "EU"),
                    system("3", "Zendesk", None),
                    system("4", "Stripe", None),
                    system("5", "Stripe", None),
                ]
            },
        )
    )

    assert set(linked.nodes["name"]) == {
        "EU (Salesforce)",
        "EU (HubSpot)",
        "Zendesk",
        f"Stripe ({uid('4')[:8]})",
        f"Stripe ({uid('5')[:8]})",
    }


def test_an_id_at_two_levels_is_two_nodes() -> None:
    """A node is level and id; the id text gets the level only where it is needed."""
    same = uid("same")
    linked = LinkGraph(
        read_links([record("a/t.x", "b/u.y", source_table_id=same, source_column_id=same)])
    )

    assert linked.node(f"table:{same}").level is Level.TABLE
    assert linked.node(f"column:{same}").level is Level.COLUMN
    assert uid("b/u.y") in linked.nodes["node_id"]
    with pytest.raises(AmbiguousNodeError) as caught:
        linked.node(same)
    assert caught.value.candidates == (f"table:{same}", f"column:{same}")


def test_kind_comes_from_the_links_where_no_catalogue_says_it() -> None:
    """A field of a SaaS object is one even without a catalogue."""
    saas = record("a/t.x", "b/u.y")
    saas["source_saas_object_id"] = saas.pop("source_table_id")
    saas["source_field_id"] = saas.pop("source_column_id")
    linked = LinkGraph(read_links([saas]))

    assert linked.node(uid("a/t")).kind == "saas_object"
    assert linked.node(uid("a/t.x")).kind == "saas_field"
    assert linked.node(uid("b/u.y")).kind == "column"


# --- finding ---------------------------------------------------------------------------------


def test_a_node_is_found_by_id_in_any_spelling() -> None:
    """Upper case, without dashes, as UUID: one id."""
    linked = graph([("a/t.x", "b/u.y")])
    index = linked.index_of("a/t.x")

    assert linked.index_of(uid("a/t.x").upper()) == index
    assert linked.index_of(UUID(uid("a/t.x"))) == index
    assert linked.index_of(linked.node(index)) == index


def test_case_counts_first_and_then_no_more() -> None:
    """As written if that exists, else without regard to case if that fits one node."""
    linked = graph([("a/t.Email", "b/u.y"), ("a/t.email", "b/u.Phone")])

    assert linked.node("a/t.email").name == "email"
    assert linked.node("B/U.PHONE").name == "Phone"
    with pytest.raises(AmbiguousNodeError, match="may be 2 nodes"):
        linked.node("a/t.EMAIL")


def test_the_longest_known_table_wins() -> None:
    """Table and field names may hold dots; the reading with the longest table is meant."""
    linked = LinkGraph(
        read_links(
            [],
            catalogue={
                "integration_sources": [{"id": uid("a"), "name": "a"}],
                "tables": [
                    {"id": uid("t"), "name": "t", "integration_source_id": uid("a")},
                    {"id": uid("t.u"), "name": "t.u", "integration_source_id": uid("a")},
                ],
                "columns": [
                    {"id": uid("short"), "name": "u.x", "table_id": uid("t")},
                    {"id": uid("long"), "name": "x", "table_id": uid("t.u")},
                    {"id": uid("like a table"), "name": "u", "table_id": uid("t")},
                ],
            },
        )
    )

    assert linked.node("a/t.u.x").node_id == uid("long")
    assert linked.node("a/t.u").node_id == uid("t.u")


def test_a_schema_may_be_given_or_left_out() -> None:
    """``schema.table`` always works; ``table`` where it is the only one of that name."""
    tables = [
        {
            "id": uid(f"{schema}.{name}"),
            "name": name,
            "schema_name": schema,
            "integration_source_id": uid("w"),
        }
        for schema, name in [("raw", "users"), ("mart", "users"), ("raw", "orders")]
    ]
    linked = LinkGraph(
        read_links(
            [],
            catalogue={"integration_sources": [{"id": uid("w"), "name": "w"}], "tables": tables},
        )
    )

    assert linked.node("w/mart.users").path == "w/mart.users"
    assert linked.node("w/orders").path == "w/raw.orders"
    with pytest.raises(AmbiguousNodeError, match=r"w/mart\.users"):
        linked.node("w/users")


def test_api_identifiers_are_names_too() -> None:
    """A SaaS object or field is found by what its API calls it."""
    linked = LinkGraph(
        read_links(
            [],
            catalogue={
                "integration_sources": [{"id": uid("s"), "name": "Salesforce"}],
                "saas_objects": [
                    {
                        "id": uid("o"),
                        "integration_source_id": uid("s"),
                        "object_name": "Contact",
                        "api_identifier": "contacts",
                    }
                ],
                "saas_fields": [
                    {
                        "id": uid("f"),
                        "saas_object_id": uid("o"),
                        "field_name": "E-mail",
                        "api_identifier": "Email",
                    }
                ],
            },
        )
    )

    for name in ("salesforce/Contact.E-mail", "salesforce/contacts.Email"):
        assert linked.node(name).node_id == uid("f")


def test_an_unknown_name_says_what_comes_close() -> None:
    """The error offers names of the same system."""
    linked = graph([("crm/contact.email", "b/u.y")])

    with pytest.raises(NodeNotFoundError, match=r"Did you mean 'crm/contact\.email'") as caught:
        linked.node("crm/contact.emial")
    assert caught.value.near[0] == "crm/contact.email"


@pytest.mark.parametrize(
    ("wanted", "near"),
    [
        # The case that was typed comes first, then whole parts, then the shortest name.
        ("SALES.CONTACT.EMAIL", ["dwh/RAW_SALES.CONTACT.EMAIL", "sales/contact.email"]),
        ("sales.contact.email", ["sales/contact.email", "dwh/RAW_SALES.CONTACT.EMAIL"]),
        ("DWH/sales.contact.email", ["dwh/RAW_SALES.CONTACT.EMAIL"]),
        ("dwh/sales/contact/email", ["dwh/RAW_SALES.CONTACT.EMAIL"]),
        ("contact.email_id", ["sales/contact.email_id"]),
        ("CONTACT", ["dwh/RAW_SALES.CONTACT", "sales/contact"]),
        # Half a word is no part: names alike come instead.
        ("sales/ontact.email", ["sales/contact.email", "sales/contact.email_id"]),
        ("sales.contcat", ["sales/contact"]),
    ],
)
def test_a_part_of_a_name_says_what_ends_with_it(wanted: str, near: list[str]) -> None:
    """The error suggests the whole name where its system or the start of its schema is missing."""
    named = {
        "integration_sources": [{"id": uid(name), "name": name} for name in ("dwh", "sales")],
        "tables": [
            {
                "id": uid("wide"),
                "name": "CONTACT",
                "schema_name": "RAW_SALES",
                "integration_source_id": uid("dwh"),
            },
            {"id": uid("own"), "name": "contact", "integration_source_id": uid("sales")},
        ],
        "columns": [
            {"id": uid("w"), "name": "EMAIL", "table_id": uid("wide")},
            {"id": uid("e"), "name": "email", "table_id": uid("own")},
            {"id": uid("i"), "name": "email_id", "table_id": uid("own")},
        ],
    }
    linked = LinkGraph(read_links([], catalogue=named))

    with pytest.raises(NodeNotFoundError) as caught:
        linked.node(wanted)

    assert list(caught.value.near[: len(near)]) == near
    assert caught.value.hint.startswith(f"Did you mean {near[0]!r}")
    for name in caught.value.near:
        assert linked.node(name).path == name


@pytest.mark.parametrize("wanted", ["", "nothing like it", "/", "column:nonsense", uid("no")])
def test_what_is_nowhere_is_not_found(wanted: str) -> None:
    """Odd names are no names; the error says how a name reads."""
    with pytest.raises(NodeNotFoundError, match="No node is called"):
        graph([("a/t.x", "b/u.y")]).node(wanted)


def test_an_unknown_uuid_is_not_found() -> None:
    """A UUID is looked up as an id only."""
    with pytest.raises(NodeNotFoundError, match="has the id"):
        graph([]).node(UUID(int=1))


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ([-1], "from -1 to -1"),
        ([0, 3], "from 0 to 3"),
        ([1, 0], "increase"),
        ([1, 1], "increase"),
        ([True, False, True], "array of bool .*flatnonzero"),
        ([0.0], "array of float64"),
        ([[0]], r"shape \(1, 1\)"),
        (0, r"shape \(\)"),
    ],
)
def test_links_are_kept_by_their_own_positions(positions: Any, message: str) -> None:
    """A position from the end, a mask or a repeat never means some other link silently."""
    linked = graph([("a/t.x", "b/t.x"), ("a/t.y", "b/t.y"), ("a/t.z", "b/t.z")])

    with pytest.raises(ArgumentError, match=message):
        linked.take_links(np.array(positions))
    assert linked.take_links(np.array([], dtype=bool)).n_links == 0
    assert linked.take_links([0, 2]).n_links == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [True, np.True_, 1.0, None, b"x"])
def test_what_is_no_position_finds_nothing(wrong: Any) -> None:
    """True is not the node at 1; whole numbers of NumPy are positions."""
    linked = graph([("a/t.x", "b/t.x"), ("a/t.y", "b/t.y")])

    for find in (linked.node, linked.link):
        with pytest.raises(ArgumentError, match=f"not a value of type {type(wrong).__name__}"):
            find(wrong)
    assert linked.node(np.int64(1)).index == 1  # type: ignore[arg-type]
    assert linked.link(np.uint8(1)).link_index == 1  # type: ignore[arg-type]


def test_one_node_is_several() -> None:
    """A name given alone is that node, and not its letters; what is no node is refused by type."""
    linked = graph([("a/t.x", "b/t.x"), ("c/t.x", "c/t.y")])

    assert linked.subgraph("c").n_links == 1
    assert linked.subgraph("c") == linked.subgraph(linked.node("c")) == linked.subgraph(["c"])
    with pytest.raises(ArgumentError, match="not a value of type int"):
        linked.subgraph(3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="not a value of type LinkGraph"):
        linked.where(nodes=linked)  # type: ignore[arg-type]


def test_a_position_is_no_name() -> None:
    """Parameters for ids and names refuse a position, and say where it goes."""
    linked = graph([("a/t.x", "b/t.x")])

    with pytest.raises(ArgumentError, match=r"not a value of type int\. graph\.node\(\) finds"):
        linked.index_of(1)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"not a value of type NoneType\.$"):
        linked.index_of(None)  # type: ignore[arg-type]


def test_positions_outside_are_refused() -> None:
    """Positions run from 0."""
    linked = graph([("a/t.x", "b/u.y")])

    with pytest.raises(ArgumentError, match="run from 0 to 5"):
        linked.node(6)
    with pytest.raises(LinkNotFoundError, match="run from 0 to 0"):
        linked.link(-1)


def test_many_candidates_are_counted_not_listed() -> None:
    """An error lists eight candidates and counts the others."""
    tables = [
        {"id": uid(str(n)), "name": "t", "integration_source_id": uid("w")} for n in range(10)
    ]
    records = {"integration_sources": [{"id": uid("w"), "name": "w"}], "tables": tables}
    linked = LinkGraph(read_links([], catalogue=records))

    with pytest.raises(AmbiguousNodeError, match="and 2 more"):
        linked.node("w/t")


# --- links -----------------------------------------------------------------------------------


def test_a_link_is_whole() -> None:
    """A link by id has everything that the record had."""
    evidence = {"method": "overlap", "share": 0.5}
    linked = LinkGraph(
        read_links([record("a/t.x", "b/u.y", None, evidence=evidence, link_type="DETERMINISTIC")])
    )
    link = linked.link(linked.links["link_id"][0])

    assert (link.source, link.target) == (uid("a/t.x"), uid("b/u.y"))
    assert (link.confidence, link.weight) == (None, None)
    assert link.evidence == evidence
    assert link.link_type == "DETERMINISTIC"
    assert link.created_at is not None
    assert "method" not in repr(link)


def test_every_link_is_found_by_its_id() -> None:
    """Position and id agree for all links."""
    linked = graph([(f"a/t.{n}", f"b/u.{n}") for n in range(20)])

    assert [linked.link(link_id).link_index for link_id in linked.links["link_id"]] == list(
        range(20)
    )
    for missing in (uid("no such link"), "nonsense"):
        with pytest.raises(LinkNotFoundError, match="No link has the id"):
            linked.link(missing)


def test_ids_that_share_their_first_half_are_told_apart() -> None:
    """Links are sorted and found by all sixteen bytes of their ids."""
    ids = [f"aaaaaaaa-aaaa-4aaa-8aaa-{n:012}" for n in (3, 1, 2)]
    ids += [f"aaaaaaaa-aaaa-4aaa-aaaa-{n:012}" for n in (1, 2)]
    linked = LinkGraph(
        read_links([record(f"a/t.{n}", "b/u.y", id=link_id) for n, link_id in enumerate(ids)])
    )

    assert linked.links["link_id"] == sorted(ids)
    assert linked.link(ids[4]).source == uid("a/t.4")
    with pytest.raises(LinkNotFoundError):
        linked.link("aaaaaaaa-aaaa-4aaa-8aaa-000000000009")


# --- filters ---------------------------------------------------------------------------------


def test_confidence_filter_is_inclusive_and_null_fails() -> None:
    """At or above stays; a missing confidence fails; APPROVED passes whatever it has."""
    linked = graph(
        [
            ("a/t.1", "b/u.1", 0.9),
            ("a/t.2", "b/u.2", 0.8),
            ("a/t.3", "b/u.3", None),
            ("a/t.4", "b/u.4", 0.1, "APPROVED"),
            ("a/t.5", "b/u.5", None, "APPROVED"),
            ("a/t.6", "b/u.6", 0.95, "REJECTED"),
            ("a/t.7", "b/u.7", 0.2, "REJECTED"),
        ]
    )

    kept = [source for source, _ in paths(linked.where(min_confidence=0.9))]
    assert kept == ["a/t.1", "a/t.4", "a/t.5", "a/t.6"]
    assert [source for source, _ in paths(linked.where(max_confidence=0.2))] == ["a/t.4", "a/t.7"]


def test_policy_decides_what_null_counts_as_in_a_filter() -> None:
    """A policy that gives nulls a value lets them pass."""
    policy = Policy(null_confidence=0.9)

    assert graph([("a/t", "b/t", None)], policy=policy).where(min_confidence=0.9).n_links == 1


def test_status_type_and_level_filters() -> None:
    """One value or several; levels keep links whose ends both stand there."""
    linked = graph(
        [("a/t.x", "b/u.y"), ("a/t", "b/u", 0.9, "REJECTED"), ("a/t.x", "b/u", 0.9, "APPROVED")]
    )

    assert linked.where(status="REJECTED").n_links == 1
    assert linked.where(status=["REJECTED", "APPROVED"]).n_links == 2
    assert linked.where(link_type="DETERMINISTIC").n_links == 0
    assert paths(linked.where(level="column")) == [("a/t.x", "b/u.y")]
    assert paths(linked.where(level=Level.TABLE)) == [("a/t", "b/u")]


def test_system_and_node_filters_keep_what_touches_them() -> None:
    """A system, or a node and all below it, keeps the links that touch it."""
    linked = graph([("a/t.x", "b/u.y"), ("b/u.y", "c/v.z"), ("c/v.w", "d/s.q")])

    assert paths(linked.where(system="b")) == [("a/t.x", "b/u.y"), ("b/u.y", "c/v.z")]
    assert linked.where(system=["a", "d"]).n_links == 2
    assert paths(linked.where(nodes="c/v")) == [("b/u.y", "c/v.z"), ("c/v.w", "d/s.q")]
    assert paths(linked.where(nodes=["a/t.x", linked.node("d")])) == [
        ("a/t.x", "b/u.y"),
        ("c/v.w", "d/s.q"),
    ]
    assert paths(linked.where(nodes=UUID(uid("a")))) == [("a/t.x", "b/u.y")]
    with pytest.raises(ArgumentError, match="not a system"):
        linked.where(system="a/t")


def test_filters_keep_every_node_and_leave_the_graph_alone() -> None:
    """A filter is about links; it gives a new graph."""
    linked = graph([("a/t.x", "b/u.y", 0.5)])
    none = linked.where(min_confidence=0.9)

    assert (none.n_links, none.n_nodes) == (0, linked.n_nodes)
    assert linked.n_links == 1


@pytest.mark.parametrize("wrong", [{"status": "MAYBE"}, {"link_type": "GUESSED"}, {"level": "row"}])
def test_unknown_values_are_refused(wrong: dict[str, Any]) -> None:
    """The error lists what there is."""
    with pytest.raises(ArgumentError, match=r"there are|one of"):
        graph([]).where(**wrong)


@pytest.mark.parametrize("name", ["min_confidence", "max_confidence"])
def test_confidences_outside_their_range_are_refused(name: str) -> None:
    """A confidence is a number in [0, 1]; the error names the argument."""
    wrong: dict[str, Any] = {name: 1.5}
    with pytest.raises(ThresholdError, match=name):
        graph([]).where(**wrong)


@given(st.data())
def test_filters_commute(data: st.DataObject) -> None:
    """Filtering twice is filtering by both, in any order, with all answers alike."""
    rows = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(["a/t.x", "a/t.y", "b/u.x"]),
                st.sampled_from(["c/v.x", "b/u.y", "c/v"]),
                st.none() | st.floats(0, 1),
                st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
            )
        )
    )
    linked = graph(rows, also=["a/t.x", "b/u.x"])
    first: dict[str, Any] = {"min_confidence": data.draw(st.floats(0, 1))}
    second: dict[str, Any] = data.draw(
        st.sampled_from([{"status": "SUGGESTED"}, {"system": "b"}, {"level": "column"}])
    )

    both = linked.where(**first, **second)
    for twice in (linked.where(**first).where(**second), linked.where(**second).where(**first)):
        assert twice.links == both.links
        np.testing.assert_array_equal(twice.weights, both.weights)
        np.testing.assert_array_equal(twice.link_levels, both.link_levels)


def test_subgraph_keeps_what_lies_among_the_nodes() -> None:
    """Links within, nodes below, and what the nodes lie in."""
    linked = graph([("a/t.x", "b/u.y"), ("a/t.x", "c/v.z"), ("a/t.w", "b/u.y")], also=["a/s"])
    part = linked.subgraph(["a/t.x", "b"])

    assert paths(part) == [("a/t.x", "b/u.y")]
    assert set(part.nodes["path"]) == {"a", "a/t", "a/t.x", "b", "b/u", "b/u.y"}
    assert part.node("b/u.y").parent == part.index_of("b/u")
    assert part.link(part.links["link_id"][0]).target == uid("b/u.y")


def test_a_subgraph_of_nothing_is_empty() -> None:
    """No nodes asked for, none given."""
    part = graph([("a/t.x", "b/u.y")]).subgraph([])

    assert (part.n_nodes, part.n_links) == (0, 0)


def test_reverse_turns_links_around() -> None:
    """Twice reversed is the same again."""
    linked = graph([("a/t.x", "b/u.y")])

    assert paths(linked.reverse()) == [("b/u.y", "a/t.x")]
    assert linked.reverse().reverse().links == linked.links


def test_with_policy_changes_answers_not_links() -> None:
    """Another policy weighs the same links otherwise."""
    linked = graph([("a/t", "b/u", None)])
    other = linked.with_policy(Policy(null_confidence=0.5))

    assert linked.links["weight"] == [None]
    assert other.links["weight"] == [0.5]
    assert linked.where(status="SUGGESTED").with_policy(other.policy).links["weight"] == [0.5]


def test_the_order_of_records_does_not_matter() -> None:
    """The same records in any order give the same graph."""
    records = [record(f"a/t.{n % 5}", f"b/u.{n % 7}", n / 40, id=uid(str(n))) for n in range(40)]
    shuffled = records.copy()
    random.Random(5).shuffle(shuffled)
    first, second = (LinkGraph(read_links(rows)) for rows in (records, shuffled))

    assert first.links == second.links
    assert first.nodes == second.nodes


def test_unknown_statuses_are_kept_and_join_nothing() -> None:
    """A state that the contract does not name is kept as sent."""
    linked = LinkGraph(read_links([record("a/t.x", "b/u.y", status="ARCHIVED")]))

    assert linked.n_links_by_status == {"SUGGESTED": 0, "APPROVED": 0, "REJECTED": 0, "ARCHIVED": 1}
    assert linked.links["weight"] == [None]


# --- out -------------------------------------------------------------------------------------


def test_frames_have_one_row_a_node_and_a_link() -> None:
    """Both tables come as Arrow, pandas and polars."""
    linked = graph([("a/t.x", "b/u.y", 0.9)])

    assert linked.to_arrow("nodes").num_rows == 6
    assert linked.to_pandas().loc[0, "confidence"] == 0.9
    assert linked.to_polars("nodes").height == 6
    assert linked.nodes["n_link_ends"] == [0, 0, 0, 0, 1, 1]
    with pytest.raises(ArgumentError, match="'links' and 'nodes'"):
        linked.to_arrow("edges")


def test_graph_shows_itself() -> None:
    """Counts in text, a table in a notebook."""
    linked = graph([("a/t.x", "b/u.y")])

    assert repr(linked) == "<LinkGraph: 2 systems, 2 tables, 2 columns, 1 links>"
    assert "<table " in linked._repr_html_()
    assert linked.snapshot.report.kept == 1


def test_summary_counts_links_of_a_system_once() -> None:
    """A link within a system counts once for it, one between two once for each."""
    summary = graph([("a/t.x", "a/t.y"), ("a/t.x", "b/u.y", None)], also=["a/s.z"]).summary()
    rows = {row["system"]: row for row in summary.systems}

    assert rows["a"]["links"] == 2
    assert rows["b"]["links"] == 1
    assert (rows["a"]["tables"], rows["a"]["linked_tables"]) == (2, 1)
    assert (rows["a"]["columns"], rows["a"]["linked_columns"]) == (3, 2)
    assert summary.null_confidence == 1
    assert summary.to_dict()["unlinked_tables"] == ["a/s"]
    assert "2 systems, 3 tables" in str(summary)


def test_empty_graph_answers() -> None:
    """No links, no nodes, no errors."""
    linked = graph([])

    assert (linked.n_nodes, linked.n_links) == (0, 0)
    assert len(linked.nodes) == len(linked.links) == 0
    assert linked.where(min_confidence=0.5).n_links == 0
    assert linked.project("table").n_edges == 0
    assert linked.to_networkx().number_of_nodes() == 0
    assert len(linked.summary().systems) == 0


# --- projection ------------------------------------------------------------------------------


def test_projection_lifts_links_and_keeps_drill_down() -> None:
    """One edge an ordered pair; counts by status; the links beneath are given back."""
    linked = graph(
        [
            ("a/t.x", "b/u.y", 0.9),
            ("a/t.w", "b/u.z", 0.7),
            ("b/u.y", "a/t.x", None),
            ("a/t.x", "b/u.y", 0.99, "REJECTED"),
        ]
    )
    tables = linked.project("table")
    forth = next(row for row in tables.edges if row["source_path"] == "a/t")

    assert tables.n_edges == 2
    assert (forth["n_links"], forth["n_suggested"], forth["n_rejected"]) == (3, 2, 1)
    assert forth["max_confidence"] == 0.9
    assert forth["mean_confidence"] == pytest.approx(0.8)
    assert paths(tables.links_of("a/t", "b/u")) == [
        ("a/t.w", "b/u.z"),
        ("a/t.x", "b/u.y"),
        ("a/t.x", "b/u.y"),
    ]
    back = next(row for row in tables.edges if row["source_path"] == "b/u")
    assert back["max_confidence"] is back["mean_confidence"] is None


def test_links_above_the_level_are_counted() -> None:
    """A link of two systems has no tables to lift to."""
    linked = graph([("a", "b"), ("a/t", "b/u.y")])

    assert linked.project("table").n_links_above == 1
    assert linked.project("column").n_links_above == 2
    assert linked.project("integration_source").n_links_above == 0


def test_no_edge_no_links() -> None:
    """Asking for an edge that is not there says that edges have a direction."""
    with pytest.raises(LinkNotFoundError, match="direction"):
        graph([("a/t.x", "b/u.y")]).project("table").links_of("b/u", "a/t")


def test_projection_as_networkx_and_table() -> None:
    """Nodes of the level only; the largest confidence is the weight, absent without one."""
    linked = graph([("a/t.x", "b/u.y", 0.9), ("b/u.y", "a/t.x", None)])
    systems = linked.project("integration_source")
    found = systems.to_networkx()

    assert set(found) == {uid("a"), uid("b")}
    assert found.edges[uid("a"), uid("b")]["weight"] == 0.9
    assert "weight" not in found.edges[uid("b"), uid("a")]
    assert repr(systems) == (
        "<Projection to integration_source: 2 nodes, 2 edges over 2 of 2 links>"
    )
    assert "<table " in systems._repr_html_()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a/t.x", "a/s.x", "b/u.y", "a/t", "b"]),
            st.sampled_from(["c/v.x", "b/u.y", "c/v", "a"]),
            st.none() | st.floats(0, 1),
            st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
        )
    )
)
def test_levels_agree(rows: list[Any]) -> None:
    """At every level counts add up to the links, and drilling down gives back exactly them."""
    linked = LinkGraph(snapshot(rows))
    for level in Level:
        lifted = linked.project(level)
        assert sum(lifted.edges["n_links"]) + lifted.n_links_above == linked.n_links
        found: list[str] = []
        for edge in lifted.edges:
            beneath = lifted.links_of(edge["source"], edge["target"])
            assert beneath.n_links == edge["n_links"]
            assert beneath.n_links_by_status["REJECTED"] == edge["n_rejected"]
            found += beneath.links["link_id"]
        assert len(found) == len(set(found)) == len(lifted.link_index)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"a": 1, "b": [2]}', '{"b":[2.0],"a":1e0}', True),
        ('{"a": 1, "b": null}', '{"a": 1}', True),
        ('{"a": [{"b": null}]}', '{"a": [{}]}', True),
        ('{"a": [null]}', '{"a": []}', False),
        ('{"a": 1}', '{"a": 2}', False),
        ('{"a": 1}', "null", False),
        ("null", "null", True),
        ("null", "{}", False),
    ],
)
def test_evidence_is_equal_if_it_says_the_same(one: str, other: str, *, equal: bool) -> None:
    """Spelling does not matter, nor a member that is null."""
    text = json.dumps([record("a/t.x", "b/u.y", evidence="?"), record("a/t.x", "b/u.z")])
    graphs = [LinkGraph(read_links(text.replace('"?"', said).encode())) for said in (one, other)]
    assert (graphs[0] == graphs[1]) is equal


def test_ids_are_found_as_they_stand_in_arrays(demo_graph: LinkGraph) -> None:
    """A row of ``link_ids``, its bytes, a UUID and text are one id; so are those of nodes."""
    for index in range(0, demo_graph.n_links, 97):
        row = demo_graph.link_ids[index]
        link = demo_graph.link(index)
        for link_id in (row, row.tobytes(), UUID(bytes=row.tobytes()), link.link_id):
            assert demo_graph.link(link_id) == link
    for index in range(0, demo_graph.n_nodes, 97):
        row = demo_graph.arrays.nodes.ids[index]
        node = demo_graph.node(index)
        for node_id in (row, row.tobytes(), UUID(bytes=row.tobytes()), node.node_id):
            assert demo_graph.node(node_id) == node
            assert demo_graph.index_of(node_id) == index


@pytest.mark.parametrize("wrong", [b"short", np.zeros(15, np.uint8), np.zeros(16), [0] * 16])
def test_other_bytes_are_no_id(demo_graph: LinkGraph, wrong: Any) -> None:
    """An id has sixteen bytes."""
    with pytest.raises(ArgumentError, match="not a value of type"):
        demo_graph.link(wrong)
    with pytest.raises(ArgumentError, match="not a value of type"):
        demo_graph.index_of(wrong)
