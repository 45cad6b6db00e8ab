"""Tests of keys that identify things of one kind, and of ids that are an application's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import JoinKey, LinkGraph, join_paths, read_links
from hummgraph.algorithms.joins.keys import Meanings
from tests.graph.test_relationships import saas
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from hummgraph import JoinPaths
    from tests.support.builders import Row


def joins(found: JoinPaths) -> list[str]:
    """Return each path as its comparisons."""
    return [path.comparisons for path in found]


@pytest.mark.parametrize(
    ("one", "other", "key"),
    [
        ("a/contact.website", "b/lead.website", JoinKey.SHARED),
        ("a/contact.domain", "b/contact.company_domain", JoinKey.SHARED),
        ("a/lead.vat_number", "b/patient.vat", JoinKey.SHARED),
        ("a/employee.website", "b/agent.homepage", JoinKey.SHARED),
        ("a/company.website", "b/organization.domain", JoinKey.IDENTIFYING),
        ("a/contact.website", "b/company.domain", JoinKey.IDENTIFYING),
        ("a/vehicle.vin", "b/truck.vin", JoinKey.IDENTIFYING),
        ("a/product.sku", "b/variant.sku", JoinKey.IDENTIFYING),
        ("a/thing.domain", "b/other.domain", JoinKey.IDENTIFYING),
        ("a/contact.email", "b/lead.email", JoinKey.IDENTIFYING),
        ("a/patient.mrn", "b/guest.mrn", JoinKey.IDENTIFYING),
        ("a/physician.npi", "b/nurse.npi", JoinKey.IDENTIFYING),
    ],
)
@pytest.mark.parametrize("status", ["SUGGESTED", "APPROVED"])
def test_a_key_of_another_kind_identifies_no_row(
    one: str, other: str, key: JoinKey, status: str
) -> None:
    """The web site of a person's company does not say who the person is, whoever decided."""
    # Two texts make one entity of tables that are called alike.
    tables = [column.partition(".")[0] for column in (one, other)]
    rows: list[Row] = [(one, other, 0.95, status)]
    rows += [(f"{tables[0]}.{name}", f"{tables[1]}.{name}", 0.9) for name in ("city", "street")]
    found = join_paths(graph(rows), *tables, keys="describing")
    keys = {path.comparisons: path.key for path in found}
    assert keys[f"{one} = {other}"] is key


def test_a_table_with_first_and_last_names_holds_persons() -> None:
    """The name of a table does not matter if its columns say that it holds persons."""
    names = ("first_name", "last_name")
    rows: list[Row] = [(f"a/x.{name}", f"b/y.{name}", 0.9) for name in names]
    plain = graph([("a/x.website", "b/y.website", 0.9)])
    persons = graph([*rows, ("a/x.website", "b/y.website", 0.9)])
    assert joins(join_paths(plain, "a/x", "b/y")) == ["a/x.website = b/y.website"]
    assert joins(join_paths(persons, "a/x", "b/y")) == []


def test_a_key_of_a_kind_refers_to_the_table_of_that_kind() -> None:
    """If a system has products, other rows with their codes refer to them."""
    linked = graph(
        [
            ("a/product.sku", "a/order_line.sku", 0.9, "APPROVED"),
            ("a/order_line.sku", "b/stock.sku", 0.9),
            ("b/stock.sku", "b/item.sku", 0.9, "APPROVED"),
        ]
    )
    meanings = Meanings(linked)
    line, stock = (
        meanings.of(linked.index_of(f"{one}.sku")) for one in ("a/order_line", "b/stock")
    )
    assert line.refers
    assert stock.refers
    assert line.thing == meanings.thing_of(linked.index_of("a/product"))
    assert joins(join_paths(linked, "a/order_line", "b/stock")) == []


def test_the_kind_of_a_thing_is_that_of_its_tables() -> None:
    """A table without a word of a kind has that of the thing whose rows it holds."""
    names = ("email", "phone", "nickname", "city")
    rows: list[Row] = [(f"a/contact.{name}", f"b/usr.{name}", 0.95, "APPROVED") for name in names]
    linked = graph([*rows, ("a/contact.website", "b/usr.website", 0.99)])
    assert joins(join_paths(linked, "a/contact", "b/usr", k=1)) == ["a/contact.email = b/usr.email"]
    assert all(".website" not in way for way in joins(join_paths(linked, "a/contact", "b/usr")))


def test_staff_are_not_each_other_because_both_handle_one_customer() -> None:
    """Two members of staff are one by their e-mail, not by a contact and its account."""
    rows: list[Row] = [
        ("a/owner.id", "a/contact.owner_id", 1.0, "APPROVED"),
        ("a/contact.email", "b/contact.email", 1.0, "APPROVED"),
        ("b/contact.owner_id", "b/agent.id", 1.0, "APPROVED"),
        ("a/owner.first_name", "b/agent.first_name", 0.9),
        ("a/owner.last_name", "b/agent.last_name", 0.9),
        ("a/owner.city", "b/agent.city", 0.9),
    ]
    linked = graph(rows)
    found = join_paths(linked, "a/owner", "b/agent")
    assert joins(found) == []
    assert found.advice.startswith("No way identifies rows. The best of the others compares texts")
    mail = graph([*rows, ("a/owner.email", "b/agent.email", 0.8)])
    assert joins(join_paths(mail, "a/owner", "b/agent")) == ["a/owner.email = b/agent.email"]


def test_a_table_that_keeps_ids_of_both_says_which_are_one() -> None:
    """A crosswalk joins two tables of one thing, unless both ids are of those who handle a row."""
    texts = [(f"a/contact.{name}", f"b/contact.{name}", 0.9) for name in ("city", "street")]
    rows: list[Row] = [
        *texts,
        ("a/contact.id", "c/pairing.a_contact_id", 1.0, "APPROVED"),
        ("c/pairing.b_contact_id", "b/contact.id", 1.0, "APPROVED"),
    ]
    found = join_paths(graph(rows), "a/contact", "b/contact")
    assert [path.key for path in found] == [JoinKey.IDENTIFYING]
    handled: list[Row] = [
        *texts,
        ("a/contact.id", "c/pairing.owner_id", 1.0, "APPROVED"),
        ("c/pairing.assignee_id", "b/contact.id", 1.0, "APPROVED"),
    ]
    assert joins(join_paths(graph(handled), "a/contact", "b/contact")) == []


def test_persons_of_one_company_are_not_each_other() -> None:
    """A way over companies leads to all their persons, not to the same one."""
    texts = [(f"a/contact.{name}", f"b/contact.{name}", 0.9) for name in ("city", "street")]
    rows: list[Row] = [
        *texts,
        ("a/contact.email", "c/company.email", 1.0, "APPROVED"),
        ("c/company.id", "b/contact.company_id", 1.0, "APPROVED"),
    ]
    assert joins(join_paths(graph(rows), "a/contact", "b/contact")) == []


def applications(*rows: Row, also: tuple[str, ...] = ()) -> LinkGraph:
    """Return a graph whose systems are applications, which have objects instead of tables."""
    places = sorted({*also, *(str(place) for row in rows for place in row[:2])})
    records: dict[str, Any] = saas(*places)
    records["integration_sources"] = catalogue(places)["integration_sources"]
    links = []
    for one, other, *rest in rows:
        confidence = rest[0] if rest else 0.9
        links.append(record(one, other, confidence, status=rest[1] if rest[1:] else "SUGGESTED"))  # type: ignore[arg-type]  # rows of four
    return LinkGraph(read_links(links, catalogue=records))


@pytest.mark.parametrize(
    ("one", "other", "also", "status", "key"),
    [
        # A project's lead is nobody's marketing lead: it may be a row of its own application.
        ("Desk/ticket.brand_id", "Crm/deal.id", ("Desk/brand.id",), "SUGGESTED", "doubtful"),
        ("Desk/ticket.user_id", "Crm/user.id", ("Desk/user.id",), "SUGGESTED", "doubtful"),
        ("Desk/ticket.user_id", "Crm/user.id", ("Desk/user.id",), "APPROVED", "identifying"),
        ("Desk/ticket.crm_user_id", "Crm/user.id", ("Desk/user.id",), "SUGGESTED", "identifying"),
        ("Desk/ticket.external_id", "Crm/deal.id", (), "SUGGESTED", "identifying"),
        ("Bills/note.number", "Crm/order.po_number", (), "SUGGESTED", "doubtful"),
        ("Bills/note.number", "Crm/credit.note_number", (), "SUGGESTED", "identifying"),
        ("Bills/note.number", "Crm/order.po_number", (), "APPROVED", "identifying"),
        ("Desk/user.number", "Crm/worker.code", (), "SUGGESTED", "identifying"),
        # Both number their own rows, whatever the id is called.
        ("Desk/deal.deal_id", "Crm/deal.deal_id", (), "SUGGESTED", "doubtful"),
        ("Desk/deal.deal_id", "Crm/deal.deal_id", (), "APPROVED", "identifying"),
    ],
)
def test_ids_are_an_application_s_own_unless_something_says_whose(
    one: str, other: str, also: tuple[str, ...], status: str, key: str
) -> None:
    """An application keeps another's ids only under a name that says so, or as was decided."""
    linked = applications((one, other, 0.9, status), also=also)
    ends = [column.partition(".")[0] for column in (one, other)]
    (path, *_) = join_paths(linked, *ends, keys="describing")
    assert (path.comparisons, path.key.name.lower()) == (f"{one} = {other}", key)


def test_a_reference_to_nothing_of_its_own_is_likely_not_the_other_s() -> None:
    """A plain ``lead_id`` alone is no ground for a way of several steps."""
    rows: list[Row] = [
        ("Crm/lead.email", "Shop/customer.email", 0.95),
        ("Crm/lead.id", "Jobs/project.lead_id", 0.8),
    ]
    found = join_paths(applications(*rows), "Shop/customer", "Jobs/project")
    assert joins(found) == []
    assert found.other is not None
    assert found.other.key is JoinKey.DOUBTFUL
    one = join_paths(applications(*rows), "Crm/lead", "Jobs/project")
    assert joins(one) == ["Crm/lead.id = Jobs/project.lead_id"]


def test_a_landed_table_has_the_ids_of_its_application() -> None:
    """A schema or a table that is called after an application tells whose ids it has."""
    records: dict[str, Any] = saas("Crm/lead.id", "Jobs/project.lead_id")
    for landed in ("jobs_project", "own_project"):
        records.setdefault("tables", []).append(
            {"id": uid(landed), "name": landed, "integration_source_id": uid("Lake")}
        )
        records.setdefault("columns", []).append(
            {"id": uid(f"{landed}.lead_id"), "name": "lead_id", "table_id": uid(landed)}
        )
    records["integration_sources"] = catalogue(["Crm/t", "Jobs/t", "Lake/t"])["integration_sources"]
    linked = LinkGraph(read_links([], catalogue=records))
    meanings = Meanings(linked)
    lead = linked.index_of("Crm/lead.id")
    factors = [
        meanings.grade(linked.index_of(uid(f"{landed}.lead_id")), lead, decided=False).factor
        for landed in ("jobs_project", "own_project")
    ]
    assert factors == [0.6, 1.0]
