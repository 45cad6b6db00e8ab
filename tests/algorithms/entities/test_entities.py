"""Tests of entity maps."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.entities.columns import ALTERNATE_KEY, KEY
from hummgraph.algorithms.entities.core import map_tables
from hummgraph.algorithms.entities.naming import different, entity_names
from hummgraph.algorithms.entities.words import read_words
from hummgraph.datasets import generate_systems, load_demo
from hummgraph.errors import ArgumentError, NodeNotFoundError, ThresholdError
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from tests.support.builders import Row


@pytest.fixture(scope="module")
def demo() -> hg.EntityMap:
    """Return the demo's map."""
    return hg.entities(hg.LinkGraph(load_demo().snapshot()))


PERSON = ("email", "phone", "first_name", "last_name", "job_title", "nickname")


def people(*tables: str, status: str = "SUGGESTED", confidence: float = 0.95) -> list[Row]:
    """Return links between equal columns of tables of people."""
    return [
        (f"{one}.{name}", f"{other}.{name}", confidence, status)
        for at, one in enumerate(tables)
        for other in tables[at + 1 :]
        for name in PERSON
    ]


# Tables without links make what is linked rare.
OTHERS = [f"erp/ledger_{letter}.id" for letter in "abcdefghijklmnopqrst"]


def groups(found: hg.EntityMap) -> list[set[str]]:
    """Return the paths of the tables of each entity."""
    return [{path for paths in one.by_system.values() for path in paths} for one in found]


def test_tables_with_linked_keys_and_texts_are_one_entity() -> None:
    """Tables of several systems whose columns are linked one to one hold one thing."""
    found = hg.entities(graph(people("crm/contacts", "shop/buyers", "help/askers"), also=OTHERS))

    assert groups(found) == [{"crm/contacts", "shop/buyers", "help/askers"}]
    (person,) = found
    assert person.name == "asker"
    assert person.words == ("asker", "buyer", "contact")
    assert {key.name for key in person.keys} == {"email", "phone"}
    assert person.keys[0].n_systems == 3
    assert person.why.startswith("Weakest join, ")
    assert "email = email" in person.why
    assert [row["path"] for row in found.alone] == sorted(
        place.rpartition(".")[0] for place in OTHERS
    )


def test_words_name_an_entity_and_join_nothing() -> None:
    """Tables that a list calls alike stay apart without links, and words change no group."""
    places = ["crm/contacts.email", "shop/leads.email"]
    assert len(hg.entities(graph([], also=places))) == 0

    linked = graph(people("crm/kunden", "shop/kaeufer"), also=OTHERS)
    named = hg.entities(linked, words={"entities": {"Kunde": ["kunden", "kaeufer"]}})
    assert [entity.name for entity in named] == ["Kunde"]
    assert groups(named) == groups(hg.entities(linked))
    assert hg.entities(linked)["kaeufer"].name == "kaeufer"


def test_decisions_about_tables_bind() -> None:
    """An approved link between tables joins them, a rejected one keeps them apart."""
    rows = people("crm/contacts", "shop/buyers")
    tables = ("crm/contacts", "shop/buyers")
    assert len(hg.entities(graph([*rows, (*tables, 0.5, "REJECTED")], also=OTHERS))) == 0

    both: list[Row] = [("crm/contacts", "shop/things", 0.1, "APPROVED")]
    found = hg.entities(graph(both, also=OTHERS))
    assert groups(found) == [{"crm/contacts", "shop/things"}]
    assert found.entities[0].why == "Copies or approved links join all tables."
    assert found.entities[0].confidence == 1.0
    assert found.entities[0].notes == ("No key is shared: names and texts hold it together.",)

    score = hg.Policy(approved="score", rejected="score")
    assert len(hg.entities(graph(both, also=OTHERS, policy=score))) == 0


def test_rejected_tables_that_approved_ones_force_together_are_shown() -> None:
    """They are one entity, and a contradiction that names the rejected link."""
    rows: list[Row] = [
        ("a/t", "b/u", 0.9, "APPROVED"),
        ("b/u", "c/v", 0.9, "APPROVED"),
        ("a/t", "c/v", 0.9, "REJECTED"),
    ]
    found = hg.entities(graph(rows))

    assert groups(found) == [{"a/t", "b/u", "c/v"}]
    assert list(found.contradictions) == [
        {
            "entity": found.entities[0].name,
            "level": "table",
            "path": found.contradictions["path"][0],
            "other_path": found.contradictions["other_path"][0],
            "link_id": uid("link 2"),
        }
    ]
    assert {found.contradictions["path"][0], found.contradictions["other_path"][0]} == {
        "a/t",
        "c/v",
    }
    assert "1 rejected pair inside an entity" in found.notes[0]


def test_a_rejected_key_speaks_against_and_is_shown_inside() -> None:
    """A rejected pair of e-mails keeps look-alikes apart; inside an entity it is shown."""
    rows = people("crm/contacts", "hr/staff", confidence=0.75)
    rejected = [(*row[:3], "REJECTED") if ".email" in row[0] else row for row in rows]
    assert len(hg.entities(graph(rows, also=OTHERS))) == 1
    assert len(hg.entities(graph(rejected, also=OTHERS))) == 0

    # Where another key is certain, the columns differ and not the tables.
    sure = [(*row[:3], "APPROVED") if ".phone" in row[0] else row for row in rejected]
    found = hg.entities(graph(sure, also=OTHERS))
    assert len(found) == 1
    assert found.contradictions["level"] == ["column"]
    assert {key.name for key in found.entities[0].keys} == {"phone"}


def test_linked_references_speak_for_the_tables_that_they_lead_to() -> None:
    """Two linked columns that refer to tables say that these hold one thing."""
    rows: list[Row] = [
        ("a/orders.buyer_id", "b/sales.client_id", 0.95, "APPROVED"),
        ("a/buyer.email", "b/client.email", 0.6),
    ]
    also = ["a/buyer.id", "b/client.id", "a/orders.id", "b/sales.id", *OTHERS]
    found = hg.entities(graph(rows, also=also))
    assert groups(found) == [{"a/buyer", "b/client"}]
    assert len(hg.entities(graph(rows[1:], also=also))) == 0
    assert [row["path"] for row in found.references] == ["a/orders.buyer_id", "b/sales.client_id"]
    only = hg.entities(graph(rows[:1], also=also))
    assert "references to both are linked" in only.entities[0].why


def copied(*, saas: bool = False) -> hg.LinkGraph:
    """Return a graph of a table and its copy, with deterministic links."""
    names = ("id", "email", "city", "x1", "owner_id")
    rows = catalogue([f"crm/contact.{name}" for name in names])
    more = catalogue([f"warehouse/contact.{name}" for name in names])
    rows = {kind: [*rows[kind], *more[kind]] for kind in rows}
    for table in rows["tables"]:
        if table["id"] == uid("warehouse/contact"):
            table["schema_name"] = "raw_crm"
    if saas:
        objects = [
            {
                "id": table["id"],
                "integration_source_id": table["integration_source_id"],
                "object_name": table["name"],
            }
            for table in rows.pop("tables")
        ]
        fields = [
            {"id": one["id"], "saas_object_id": one["table_id"], "field_name": one["name"]}
            for one in rows.pop("columns")
        ]
        rows |= {"saas_objects": objects, "saas_fields": fields}
    links = [
        record(f"crm/contact.{name}", f"warehouse/contact.{name}", 0.2, link_type="DETERMINISTIC")
        for name in names
    ]
    if saas:
        for link in links:
            for side in ("source", "target"):
                link[f"{side}_saas_object_id"] = link.pop(f"{side}_table_id")
                link[f"{side}_field_id"] = link.pop(f"{side}_column_id")
    return hg.LinkGraph(hg.read_links(links, catalogue=rows))


@given(
    names=st.lists(st.sampled_from(["crm/person", "shop/person", "help/asker"]), unique=True),
    confidence=st.floats(0.0, 1.0),
    status=st.sampled_from(["SUGGESTED", "APPROVED"]),
    tables=st.floats(0.0, 1.0),
)
@example(names=["crm/person", "shop/person"], confidence=1.0, status="APPROVED", tables=1.0)
def test_confidences_are_at_most_one(
    names: list[str], confidence: float, status: str, tables: float
) -> None:
    """Columns, equal names and table links add up to a linkage above 1, never a confidence."""
    rows = people(*names, status=status, confidence=confidence)
    rows += [(one, other, tables) for one, other in pairwise(names)]
    found = hg.entities(graph(rows, also=OTHERS))
    assert all(0 <= one <= 1 for one in found.tables["confidence"])
    assert [entity.confidence for entity in found] == [
        min(found.tables.filter(entity=entity.name)["confidence"]) for entity in found
    ]


def test_the_weakest_join_is_named_where_all_are_sure() -> None:
    """Of two linkages above 1, which both show as 1, it is the smaller one."""
    tables = ["crm/person", "shop/person", "help/person"]
    rows = people(*tables, status="APPROVED", confidence=1.0)
    rows += [("crm/person", "shop/person", 1.0)]
    rows += [(one, "help/person", 0.8) for one in tables[:2]]
    (person,) = hg.entities(graph(rows, also=OTHERS))
    assert person.confidence == 1.0
    assert person.why.startswith("Weakest join, 1.00: crm/person and help/person: ")


def test_copies_are_joined_and_know_their_original() -> None:
    """Deterministic links of equal names make a copy; two objects of SaaS systems are none."""
    found = hg.entities(copied())
    (entity,) = found
    assert entity.copies == {uid("warehouse/contact"): uid("crm/contact")}
    assert found.tables["copy_of"] == [None, "crm/contact"]
    assert found.tables["confidence"] == [1.0, 1.0]
    assert len(hg.entities(copied(saas=True))) == 0


def test_a_rejected_copy_is_apart() -> None:
    """A decision is stronger than what links say."""
    given = copied()
    records = [
        record("crm/contact", "warehouse/contact", 0.9, status="REJECTED"),
        *(
            record(f"crm/contact.{name}", f"warehouse/contact.{name}", link_type="DETERMINISTIC")
            for name in ("id", "email", "city")
        ),
    ]
    snapshot = hg.read_links(
        records, catalogue=catalogue(["crm/contact.id", "warehouse/contact.id"])
    )
    assert len(hg.entities(given)) == 1
    assert len(hg.entities(hg.LinkGraph(snapshot))) == 0


def test_ids_of_other_systems_are_keys_of_their_entity() -> None:
    """A reference without a target that good links join to keys of its own entity is a key."""
    rows = [
        *people("crm/contacts", "shop/buyers"),
        ("crm/contacts.web_profile_id", "shop/buyers.id", 0.9),
        ("crm/contacts.parent_id", "hr/person.id", 0.9),
    ]
    found = hg.entities(graph(rows, also=["hr/person.id", *OTHERS]))

    known = found.roles.role_of("crm/contacts.web_profile_id")
    assert (known.role, known.reason) == (hg.Role.ALTERNATE_KEY, "links to keys of its own entity")
    assert found.roles.role_of("crm/contacts.parent_id").role is hg.Role.REFERENCE
    assert hg.roles(found.graph).role_of("crm/contacts.web_profile_id") == known
    assert hg.roles(found.graph).role_of("crm/contacts.web_profile_id") == known
    words = {"roles": {"time": ["datum"]}}
    assert hg.roles(found.graph, words=words).role_of("crm/contacts.web_profile_id") == known


def test_copies_and_lists_and_parts_make_no_key_of_several_systems() -> None:
    """The first key is one that a person takes: a staged copy is no other system's."""
    tables = ("crm/contacts", "shop/buyers")
    rows = [
        *people(*tables),
        ("crm/contacts.id", "mart/stg_crm__contacts.contact_id", 1.0, "APPROVED"),
        *((f"crm/contacts.{name}", f"mart/stg_crm__contacts.{name}", 0.95) for name in PERSON[2:]),
        ("crm/contacts.id", "shop/buyers.merged_buyer_ids", 0.95),
        ("crm/contacts.email", "shop/buyers.email_domain", 0.99),
    ]
    (person,) = hg.entities(graph(rows, also=OTHERS))

    keys = [(key.name, key.n_systems, key.n_sure) for key in person.keys]
    assert keys == [("contact id", 1, 1), ("email", 2, 0), ("phone", 2, 0)]
    assert person.keys[1].paths == ("crm/contacts.email", "shop/buyers.email")


def test_keys_have_one_column_of_a_table_and_no_rejected_pair(demo: hg.EntityMap) -> None:
    """Each key joins one column of a table at most, and respects what was rejected."""
    nodes, links = demo.graph.arrays.nodes, demo.graph.arrays.links
    codes = {text: code for code, text in enumerate(nodes.id_text.to_pylist())}
    rejected = {
        frozenset((int(links.ends.source[row]), int(links.ends.target[row])))
        for row in np.flatnonzero(links.status == 2)
    }
    for entity in demo:
        for key in entity.keys:
            columns = [codes[column] for column in key.columns]
            tables = [int(nodes.ancestor[1][column]) for column in columns]
            assert len(set(tables)) == len(tables) > 1
            assert {nodes.id_text[table].as_py() for table in tables} <= set(entity.tables)
            pairs = {frozenset((a, b)) for a in columns for b in columns if a != b}
            assert not pairs & rejected
            assert set(demo.roles.codes[columns].tolist()) <= {KEY, ALTERNATE_KEY}
    assert len(demo.keys) == sum(len(key.columns) for one in demo for key in one.keys)


def test_questions_name_the_decision_that_settles_them() -> None:
    """Approving the link that a question names makes the two one, where it says so."""
    asked = 0
    for seed in range(6):
        given = hg.LinkGraph(generate_systems(n_systems=5, n_things=8, seed=seed).snapshot())
        found = hg.entities(given)
        for row in found.candidates:
            assert 0.08 <= row["linkage"] < found.threshold
            if row["settles"]:
                decided = hg.entities(given.with_decisions({row["link_id"]: "APPROVED"}))
                here, there = decided.entity_of(row["path"]), decided.entity_of(row["other_path"])
                asked += here is not None and here is there
                assert given.link(row["link_id"]).status == "SUGGESTED"
    assert asked


def test_lookup_is_by_name_and_node_never_by_number(demo: hg.EntityMap) -> None:
    """A number would mean another entity after the next decision."""
    person = demo["person"]
    assert demo[person.id] is person
    assert demo["HubSpot/contacts"] is person
    assert demo[demo.graph.node("HubSpot/contacts.email")] is person
    assert demo.entity_of("Salesforce/Campaign") is None
    assert "person" in demo
    assert "Salesforce/Campaign" not in demo
    assert 0 not in demo
    assert [*demo] == list(demo.entities)
    with pytest.raises(ArgumentError, match="found by its name or by a node, not by 0"):
        demo[0]  # type: ignore[index]  # the wrong type on purpose
    with pytest.raises(ArgumentError, match="'Salesforce/Campaign' is in no entity"):
        demo["Salesforce/Campaign"]
    with pytest.raises(
        NodeNotFoundError, match="No entity and no node is called 'persno'"
    ) as caught:
        demo["persno"]
    assert "person" in str(caught.value.hint)
    with pytest.raises(NodeNotFoundError, match="'qqqqqq'"):
        demo["qqqqqq"]


def test_lookup_ignores_case_and_suggests_by_words(demo: hg.EntityMap) -> None:
    """Case decides between two names that differ in nothing else; a word finds its entities."""
    names = ("company (account)", "Staff", "staff")
    first = tuple(replace(one, name=name) for one, name in zip(demo, names, strict=False))
    found = replace(demo, entities=first)

    assert found["COMPANY (Account)"].name == "company (account)"
    assert found["Staff"].name == "Staff"
    with pytest.raises(NodeNotFoundError) as caught:
        found["STAFF"]
    assert list(caught.value.near) == ["Staff", "staff"]
    with pytest.raises(NodeNotFoundError, match=r"Did you mean 'company \(account\)'\?"):
        found["account"]


def test_the_demo_is_mapped_rightly(demo: hg.EntityMap) -> None:
    """No pair of tables is wrongly together, and few are missing."""
    truth = load_demo().entities
    found = hg.evaluate_entities(demo, truth)

    assert found.precision >= 0.95
    assert found.f1 >= 0.9
    assert found.bcubed >= 0.95


def test_roles_of_the_demo_are_right() -> None:
    """At least 95 % of the roles that the description states are found."""
    organization = load_demo()
    found = hg.roles(hg.LinkGraph(organization.snapshot())).to_frame()
    known = dict(zip(found["column_id"], found["role"], strict=True))
    right = [known[column] == role for column, role in organization.roles.items()]

    assert len(right) == 622
    assert np.mean(right) >= 0.95


def test_where_names_say_nothing_links_judge_alone() -> None:
    """Without names few entities come out, rightly, and the map says so."""
    wrong = right = 0
    for seed in range(300, 306):
        organization = generate_systems(named=False, seed=seed)
        found = hg.entities(hg.LinkGraph(organization.snapshot()))
        assert "Names say little here: tables were judged by links alone." in found.notes
        judged = hg.evaluate_entities(found, organization.entities)
        right, wrong = right + judged.right, wrong + judged.wrong
    assert right / (right + wrong) >= 0.75


def test_missing_names_are_told(demo: hg.EntityMap) -> None:
    """Tables without a name are counted, with the command that finds their names."""
    assert demo.notes[0] == (
        "2 of 63 tables have no name: 'hummgraph names' finds names by their columns."
    )
    links = [
        record("a/t", "b/u", status="APPROVED"),
        record("a/t.x", "b/u.x", status="APPROVED"),
    ]
    bare = hg.entities(hg.LinkGraph(hg.read_links(links)))
    assert [entity.name for entity in bare] == ["unnamed"]
    assert bare.notes[0] == (
        "2 of 2 tables have no name, nor have their columns: --catalogue or --names adds names."
    )
    numbers = catalogue(["a/t.1", "b/u.2"])
    for column in numbers["columns"]:
        column["is_primary_key"] = True
    links = [record("a/t", "b/u", status="APPROVED"), record("a/t.1", "b/u.2", status="APPROVED")]
    keyed = hg.entities(hg.LinkGraph(hg.read_links(links, catalogue=numbers)))
    assert [key.name for key in keyed.entities[0].keys] == ["unnamed"]


def test_frames_and_plain_data_agree(demo: hg.EntityMap) -> None:
    """Frames, dictionaries and entities have the same tables and keys."""
    assert len(demo.to_frame()) == len(demo)
    assert sum(demo.to_frame()["n_tables"]) == len(demo.tables)
    assert len(demo.tables) + len(demo.alone) == 63
    plain = demo.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert [one["name"] for one in plain["entities"]] == [one.name for one in demo]
    labels = {row["table_id"]: row["entity"] for row in demo.tables}
    for code in np.flatnonzero(demo.labels >= 0).tolist():
        node = demo.graph.arrays.nodes
        table = node.id_text[int(node.ancestor[1][code])].as_py()
        assert labels[table] == demo.entities[int(demo.labels[code])].name
    assert {row["entity"] for row in demo.references} <= {one.name for one in demo}
    assert len(demo.references) == sum(len(one.references) for one in demo)


def test_pictures_show_tables_keys_and_references(demo: hg.EntityMap) -> None:
    """An entity's picture has its tables; that of the map its entities and references."""
    person = demo["person"].diagram()
    assert len(person.boxes) == 11
    assert any(line.label == "copy" for line in person.lines)
    assert "email" in person.boxes[0].subtitle
    assert "more" in person.boxes[0].subtitle
    picture = demo.diagram(max_boxes=3)
    assert [box.title for box in picture.boxes] == [one.name for one in demo.entities[:3]]
    assert picture.notes[0].startswith("shown 3 of 9 entities")
    for shown in (demo, demo["person"]):
        assert shown.to_svg().startswith("<svg ")
        assert "flowchart LR" in shown.to_mermaid()
    with pytest.raises(ArgumentError, match="max_boxes"):
        demo.diagram(max_boxes=0)


def test_results_are_shown_on_a_screen(demo: hg.EntityMap) -> None:
    """Text and HTML name the entities, what limits the map and the first question."""
    assert "Perhaps the same: Are " in str(demo)
    assert "person" in demo._repr_html_()
    assert repr(demo) == "<EntityMap: 9 entities of 38 of 63 tables, 5 questions>"
    text = " ".join(str(demo["person"]).split())
    assert "One system has it more than once: Salesforce/Contact, Salesforce/Lead." in text
    assert "no shared key" in repr(demo["staff"])
    none = hg.entities(graph([]))
    assert repr(none) == "<EntityMap: 0 entities of 0 of 0 tables, 0 questions>"
    assert "0 entities" in str(none)
    one = hg.entities(graph([("a/t", "b/u", 0.9, "APPROVED")]))
    assert repr(one) == "<EntityMap: 1 entity of 2 of 2 tables, 0 questions>"


def test_deleted_tables_are_marked() -> None:
    """A deleted table in an entity is named in its notes and its row."""
    rows = people("crm/contacts", "shop/buyers")
    found = hg.entities(graph(rows, also=OTHERS, inactive=["shop/buyers"]))

    assert "Deleted: shop/buyers." in found.entities[0].notes
    assert found.tables["deleted"] == [False, True]


def test_thresholds_are_checked() -> None:
    """A threshold lies in [0, 1]; a higher one joins less."""
    given = hg.LinkGraph(load_demo().snapshot())
    with pytest.raises(ThresholdError, match="threshold is 2"):
        hg.entities(given, threshold=2)
    assert len(hg.entities(given, threshold=1.0).tables) < len(hg.entities(given).tables)
    with pytest.raises(ArgumentError, match="entities\\(\\) takes a LinkGraph"):
        hg.entities(load_demo())  # type: ignore[arg-type]  # the wrong type on purpose


def test_names_are_unique() -> None:
    """Names that lists or words would give twice get another word or a number."""
    words = read_words(None)
    assert entity_names([{"contact": 1}, {"lead": 1}, {}], words, "unnamed") == [
        "person",
        "person (lead)",
        "unnamed",
    ]
    assert entity_names([{"order": 1}, {"order": 1}, {"order": 1}], words, "x") == [
        "order",
        "order 2",
        "order 3",
    ]
    assert entity_names([{"contact": 1, "sale": 1, "ledger": 1}], words, "x") == ["contact"]
    # What most systems call it counts most.
    assert entity_names([{"encounter": 4, "account": 1}], words, "x") == ["encounter"]
    assert entity_names([{"encounter": 1, "account": 1}], words, "x") == ["company"]
    # A person who is called a patient is one.
    assert entity_names([{"patient": 3, "contact": 1}], words, "x") == ["patient"]
    assert entity_names([{"contact": 3, "patient": 1}], words, "x") == ["person"]
    assert different(["a", "a"], [[], ["b"]]) == ["a", "a (b)"]


def test_evaluation_takes_a_map_and_groups(demo: hg.EntityMap) -> None:
    """Other values are refused, and so is a table in two groups."""
    with pytest.raises(ArgumentError, match="takes an EntityMap"):
        hg.evaluate_entities(demo.graph, [])  # type: ignore[arg-type]  # on purpose
    with pytest.raises(ArgumentError, match="takes lists of nodes"):
        hg.evaluate_entities(demo, "truth.json")
    with pytest.raises(ArgumentError, match="is in two groups"):
        hg.evaluate_entities(demo, [["HubSpot/contacts"], ["HubSpot/contacts"]])
    nothing = hg.evaluate_entities(demo, [])
    assert (nothing.precision, nothing.recall, nothing.n_tables) == (1.0, 1.0, 0)
    assert nothing.bcubed == 0.0
    assert nothing.to_dict()["f1"] == 1.0
    assert "pairs" in str(nothing)
    assert repr(nothing) == (
        "<EntityEvaluation: 0 tables, precision 1.000, recall 1.000, F1 1.000, B-cubed 0.000>"
    )


@given(st.lists(st.integers(0, 2), min_size=38, max_size=38))
def test_evaluation_counts_pairs(demo: hg.EntityMap, groups_of: list[int]) -> None:
    """Counts are those of going through all pairs of tables."""
    tables = demo.tables["table_id"]
    truth = [[t for t, g in zip(tables, groups_of, strict=True) if g == n] for n in range(3)]
    entity = dict(zip(tables, demo.tables["entity"], strict=True))
    group = dict(zip(tables, groups_of, strict=True))

    found = hg.evaluate_entities(demo, truth)

    both = [
        (entity[a] == entity[b], group[a] == group[b])
        for at, a in enumerate(tables)
        for b in tables[:at]
    ]
    assert found.right == both.count((True, True))
    assert found.wrong == both.count((True, False))
    assert found.missing == both.count((False, True))
    shares = [
        [b for b in tables if entity[a] == entity[b] and group[a] == group[b]] for a in tables
    ]
    held = [sum(entity[a] == entity[b] for b in tables) for a in tables]
    assert found.bcubed_precision == pytest.approx(
        np.mean([len(share) / n for share, n in zip(shares, held, strict=True)])
    )


def relabelled(organization: hg.datasets.Organization, salt: str) -> hg.LinkGraph:
    """Return the graph of an organisation with other ids, and so in another order."""
    text = json.dumps([organization.links, organization.catalogue])
    ids = {
        value for kind in organization.catalogue.values() for row in kind for value in (row["id"],)
    } | {link["id"] for link in organization.links}
    for value in ids:
        text = text.replace(value, uid(f"{value} {salt}"))
    records, rows = json.loads(text)
    return hg.LinkGraph(hg.read_links(records, catalogue=rows))


@pytest.mark.parametrize("seed", range(4))
def test_maps_do_not_depend_on_ids(seed: int) -> None:
    """Other ids, and so another order of nodes and links, give the same map."""
    organization = generate_systems(n_systems=5, n_things=8, seed=seed)

    def told(given: hg.LinkGraph) -> Any:
        found = hg.entities(given)
        return (
            [(one.name, one.by_system, one.why, [key.paths for key in one.keys]) for one in found],
            [(row["question"], row["alternative"], row["source_path"]) for row in found.candidates],
            [row["path"] for row in found.alone],
        )

    assert told(relabelled(organization, "x")) == told(relabelled(organization, "y"))


def test_masses_and_scores_are_those_of_the_definition() -> None:
    """The affinity of two tables is what matched columns contribute over the smaller mass."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.8),
        ("a/t.nickname", "b/u.nickname", 0.6, "APPROVED"),
        ("a/t.email", "b/u.phone", 0.7),
        ("a/t.balance", "b/u.balance", 0.4),
    ]
    given = graph(rows, also=["c/w.id", "d/x.id"])
    found = map_tables(given, read_words(None), threshold=1.0).affinity

    rare = np.log(5 / 2) / np.log(5)  # one more than there are tables
    # The best link of the e-mail; text that is approved counts twice, with weight 1.
    matched = 0.8 * 1.0 * rare**0.5 + 1.0 * 0.5 * 2.0 * rare
    mass = 1.0 * rare**0.5 + 0.5 * rare
    assert found.score.tolist() == pytest.approx([matched / (mass + 4.0)])
    assert sorted(found.part.tolist()) == pytest.approx(sorted([0.8 * rare**0.5, rare]))
