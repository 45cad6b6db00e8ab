"""Columns of one cluster that are kept apart in keys of identity."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hummgraph import LinkGraph, identity_table
from hummgraph.algorithms.joins.keys import Meanings
from hummgraph.warehouse.identity_apart import parted
from tests.algorithms.joins.test_kinds import applications

if TYPE_CHECKING:
    from tests.support.builders import Row

COLUMNS = tuple(
    f"{system}/contact.{name}"
    for system in ("Crm", "Desk", "Mail")
    for name in ("id", "email", "email_domain", "crm_id")
)


def _group(graph: LinkGraph, columns: list[str]) -> set[int]:
    return {graph.index_of(column) for column in columns}


@given(
    st.dictionaries(
        st.sampled_from(list(combinations(COLUMNS, 2))),
        st.tuples(st.sampled_from([0.6, 0.8, 0.95]), st.sampled_from(["SUGGESTED", "APPROVED"])),
        max_size=12,
    )
)
def test_parts_have_no_pair_apart_that_nobody_approved(
    chosen: dict[tuple[str, str], tuple[float, str]],
) -> None:
    """Parts are those columns again, none twice; approved links hold; the rest is not apart."""
    rows: list[Row] = [(*ends, *said) for ends, said in chosen.items()]
    graph = applications(*rows, also=COLUMNS)
    group = _group(graph, list(COLUMNS))

    parts, refused = parted(graph, [group])

    assert sorted(column for part in parts for column in part) == sorted(group)
    at = {column: number for number, part in enumerate(parts) for column in part}
    sure = [_group(graph, list(ends)) for ends, (_, said) in chosen.items() if said == "APPROVED"]
    assert all(len({at[column] for column in pair}) == 1 for pair in sure)
    meanings = Meanings(graph)
    if not sure:
        assert not any(meanings.apart(*two) for part in parts for two in combinations(part, 2))
    assert bool(refused) == (len(parts) > 1)
    for one in refused:
        assert set(one.columns) == group
        assert all(at[a] != at[b] and meanings.apart(a, b) == why for a, b, why in one.pairs)


def test_a_column_that_only_one_part_takes_stays_with_it() -> None:
    """It may hang in the cluster by way of a column that is no key."""
    rows: list[Row] = [("Crm/contact.email", "Mail/contact.email"), ("Crm/contact.id", "Desk/a.id")]
    also = ("Desk/contact.email_domain", "Desk/contact.email")
    graph = applications(*rows, also=also)

    parts, _ = parted(graph, [_group(graph, [*also, *rows[0][:2]])])

    assert parts == [
        _group(graph, ["Crm/contact.email", "Mail/contact.email", "Desk/contact.email"]),
        _group(graph, ["Desk/contact.email_domain"]),
    ]


def test_groups_without_such_pairs_stay_as_they_are() -> None:
    """Even where links inside them are few."""
    graph = applications(*pairwise(COLUMNS[1::4]))
    group = _group(graph, list(COLUMNS[1::4]))

    assert parted(graph, [group]) == ([group], ())


def test_data_decides_on_own_ids() -> None:
    """Own ids that data supports are a key, and are no more left out; others stay left out."""
    names = ("email", "phone", "id")
    rows: list[Row] = [(f"Crm/contact.{one}", f"Desk/contact.{one}", 0.9) for one in names]
    graph = applications(*rows)
    for shift, joined in ((0, True), (400_000, False)):
        tables = {
            f"{system}/contact": pa.table(
                {
                    "id": [f"c-{number + more:06d}" for number in range(0, 9000, 30)],
                    "email": [f"person{number:05d}@example.org" for number in range(300)],
                    "phone": [f"+49301{number:06d}" for number in range(300)],
                }
            )
            for system, more in (("Crm", 0), ("Desk", shift))
        }
        made = identity_table(graph, "contact").verify(tables)

        assert (("Crm/contact.id", "Desk/contact.id") in [key.paths for key in made.keys]) == joined
        assert bool(len(made.left_out.filter(what="key"))) != joined
