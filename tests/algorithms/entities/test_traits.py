"""Tests of traits: what is kept of names gives what reading them anew does."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.entities.columns import ROLES
from hummgraph.algorithms.entities.mapping import roles
from hummgraph.algorithms.entities.rules import Role
from hummgraph.algorithms.entities.traits import traits
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, graph, record, uid

COLUMNS = (
    "shop/customer.id",
    "shop/customer.email",
    "shop/orders.buyer",
    "shop/orders.number",
    "crm/account.account_id",
    "crm/account.shop_customer",
    "crm/visit.visitor",
    "crm/visit.shop_id",
)


@given(st.data())
def test_traits_of_decided_graphs_are_those_of_a_new_graph(data: Any) -> None:
    """Roles that decisions change are read anew; nothing else of the names differs."""
    ends = st.lists(st.sampled_from(COLUMNS), min_size=2, max_size=2, unique=True)
    pairs = data.draw(st.lists(ends, min_size=1, max_size=8))
    linked = graph([(*two, 0.9) for two in pairs], also=list(COLUMNS))
    traits(linked)
    statuses = st.sampled_from(["APPROVED", "REJECTED", "SUGGESTED"])
    decisions = {uid(f"link {at}"): data.draw(statuses) for at in range(len(pairs))}

    warm = traits(linked.with_decisions(decisions))
    cold = traits(LinkGraph(linked.snapshot, policy=linked.policy).with_decisions(decisions))

    for field in fields(cold):
        assert np.array_equal(getattr(warm, field.name), getattr(cold, field.name)), field.name


def test_a_decision_changes_what_a_name_says() -> None:
    """A text that is approved as the id of a row is a reference, in words and worth."""
    linked = graph([("a/deal.buyer", "b/customer.customer_id", 0.9)])
    at = linked.index_of("a/deal.buyer")
    before = traits(linked)
    decided = linked.with_decisions({uid("link 0"): "APPROVED"})
    after = traits(decided)

    assert ROLES[before.role[at]] is Role.TEXT
    assert not before.is_id[at]
    assert ROLES[after.role[at]] is Role.REFERENCE
    assert after.is_id[at]
    assert after.value[at] > before.value[at]
    assert roles(linked).role_of("a/deal.buyer").role is Role.TEXT


@pytest.mark.parametrize(
    ("schema", "system"),
    [
        ("crm", "CRM"),
        ("RAW_CRM", "CRM"),
        ("raw_help_desk", "HelpDesk"),
        ("crm_help_desk", "mart"),
        ("raw", "mart"),
        ("mart", "mart"),
        (None, "mart"),
    ],
)
def test_a_schema_that_is_called_like_a_system_is_of_it(schema: str | None, system: str) -> None:
    """A table of ``RAW_CRM`` was landed from the CRM, also if no links show that it is a copy."""
    places = ["CRM/contact.email", "HelpDesk/user.mail", "mart/contact.email", "42/t.x"]
    known = catalogue(places)
    for table in known["tables"]:
        if table["id"] == uid("mart/contact"):
            table["schema_name"] = schema
    linked = LinkGraph(read_links([record(places[0], places[2])], catalogue=known))
    of = traits(linked)
    for id_of in ("mart/contact", "mart/contact.email"):
        assert of.texts[of.origin[linked.index_of(uid(id_of))]] == system
    assert of.texts[of.origin[linked.index_of("mart")]] == "mart"


@pytest.mark.parametrize(
    ("table", "system"),
    [
        ("stg_crm__contact", "CRM"),
        ("STG_HELP_DESK__CONTACT", "HelpDesk"),
        ("dim_contact__crm", "mart"),
        ("crm__contact", "mart"),
        ("stg_crm", "mart"),
    ],
)
def test_a_staging_table_is_of_the_system_that_it_names(table: str, system: str) -> None:
    """What stands before ``__`` in the name of a staging table is its source."""
    places = ["CRM/contact.email", "HelpDesk/user.mail", f"mart/{table}.email"]
    of = traits(linked := graph([("CRM/contact.email", places[2])], also=places))
    assert of.texts[of.origin[linked.index_of(places[2])]] == system
