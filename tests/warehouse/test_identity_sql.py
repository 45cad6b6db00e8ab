"""Connected records in SQL, against components by networkx."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hummgraph.warehouse.identity_sql import identifier, literal
from tests.support.identities import Rows, components, entity_id, joined


def entities(rows: list[tuple[object, ...]]) -> dict[tuple[object, object], object]:
    """Return the entity of each record of an identity table."""
    found = {(row[2], row[3]): row[0] for row in rows}
    assert len(found) == len(rows), "one row a record"
    return found


def test_records_that_share_a_value_are_one() -> None:
    """Equal normal forms of one key join, and the row says by which keys, and the weakest."""
    rows, counts, _ = joined(
        {
            "a": [("1", "Ada@x.org", "7"), ("2", None, "8")],
            "b": [("9", " ada@X.ORG", None), ("8", "bob@x.org", "8")],
        },
        2,
    )

    ada, bob = (
        min(entity_id("a", "1"), entity_id("b", "9")),
        min(entity_id("a", "2"), entity_id("b", "8")),
    )
    assert rows == sorted(
        [
            (ada, "s", "a", "1", "key 1", "key 1"),
            (ada, "s", "b", "9", "key 1", "key 1"),
            (bob, "s", "a", "2", "key 2", "key 2"),
            (bob, "s", "b", "8", "key 2", "key 2"),
        ]
    )
    assert counts == [(1, 1, 0, 0, 1), (2, 1, 0, 0, 1)]


def test_the_weakest_key_is_the_last() -> None:
    """A record that two keys join has both, and the last of them is the weakest."""
    rows, _, _ = joined({"a": [("1", "x", "y")], "b": [("2", "x", "y")]}, 2)

    assert {row[4:] for row in rows} == {("key 1, key 2", "key 2")}


@pytest.mark.parametrize("nothing", [None, "", "   "])
def test_nothing_joins_nothing(nothing: str | None) -> None:
    """Nulls and blank values never join, and a row without a key is no record."""
    rows, _, rounds = joined(
        {"a": [("1", nothing), ("2", nothing), (None, "x"), ("", "x")], "b": [("3", nothing)]}, 1
    )

    assert len({row[0] for row in rows}) == len(rows) == 3
    assert {row[4:] for row in rows} == {(None, None)}
    assert rounds == 0


def test_a_hub_value_is_stopped() -> None:
    """A value of more records of one table than allowed joins none, and is counted."""
    hub: Rows = [(str(number), "sales@x.org", f"p{number}") for number in range(10_000)]
    rows, counts, _ = joined({"a": hub, "b": [("1", "sales@x.org", "p7")]}, 2)

    assert len({row[0] for row in rows}) == 10_000
    assert counts == [(1, 1, 1, 10_001, 10_000), (2, 1, 0, 0, 1)]


def test_rows_of_one_key_are_one_record() -> None:
    """Rows with the same key are one record, with the values of all of them."""
    rows, _, _ = joined(
        {"a": [("1", "x"), ("1", "y"), ("1", "y")], "b": [("2", "x"), ("3", "y")]}, 1, fan_out=1
    )

    assert len(rows) == 3
    assert len({row[0] for row in rows}) == 1


def test_ids_stay_when_rows_are_added_elsewhere() -> None:
    """An entity keeps its id when records are added that have nothing to do with it."""
    before, _, _ = joined({"a": [("1", "x")], "b": [("2", "x")]}, 1)
    added: Rows = [(f"more {number}", f"v{number // 2}") for number in range(100)]
    after, _, _ = joined({"a": [*added, ("1", "x")], "b": [("2", "x")], "c": [*added]}, 1)

    known = entities(after)
    assert {known["a", "1"], known["b", "2"]} == {row[0] for row in before}


@pytest.mark.parametrize("n_records", [2, 3, 10, 200, 3_000])
def test_chains_need_few_rounds(n_records: int) -> None:
    """A chain of n records, the worst case, is one entity after at most 2 log2(n) rounds."""
    chain: Rows = [
        (str(number), f"a{number // 2}", f"b{(number + 1) // 2}") for number in range(n_records)
    ]
    rows, _, rounds = joined({"a": chain}, 2)

    assert len({row[0] for row in rows}) == 1
    assert rounds <= 2 * n_records.bit_length()


def test_too_few_rounds_are_noticed() -> None:
    """After too few rounds the count of what is left is not 0, and no wrong records are joined."""
    chain: Rows = [(str(n), f"a{n // 2}", f"b{(n + 1) // 2}") for n in range(3_000)]
    rows, _, left = joined({"a": chain, "b": [("alone", "z", "z")]}, 2, n_rounds=1)

    known = entities(rows)
    assert left > 0
    assert known["b", "alone"] == entity_id("b", "alone")
    assert joined({"a": chain[:5]}, 2, n_rounds=6)[2] == 0


VALUES = st.one_of(
    st.none(), st.sampled_from(["", " ", "x", "X ", "y", "z", "'", '"']), st.text("abc", max_size=2)
)
KEYS = st.one_of(st.none(), st.sampled_from(["", "1", "2", "3", "4", "5", "'", "\n"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["a", 'odd "name"', "a'b", "c"]),
        st.lists(st.tuples(KEYS, VALUES, VALUES), max_size=8),
        min_size=1,
    ),
    st.integers(1, 3),
)
def test_components_are_those_of_networkx(data: dict[str, Rows], fan_out: int) -> None:
    """For any rows, records are one exactly if networkx connects them by shared values."""
    rows, _, _ = joined(data, 2, fan_out=fan_out)

    assert entities(rows) == components(data, fan_out=fan_out)


@pytest.mark.parametrize("seed", range(6))
def test_large_components_are_those_of_networkx(seed: int) -> None:
    """Random records near the point where all of them become one."""
    chance = random.Random(seed)
    n_values = 600 + 300 * seed
    data: dict[str, Rows] = {
        table: [
            (str(number), *(str(chance.randrange(n_values)) for _ in range(2)))
            for number in range(400)
        ]
        for table in ("a", "b", "c")
    }
    rows, _, _ = joined(data, 2, fan_out=4)

    assert entities(rows) == components(data, fan_out=4)


def test_names_and_texts_are_quoted() -> None:
    """Quotes inside names and texts are doubled."""
    assert identifier("a", 'b"c') == '"a"."b""c"'
    assert literal("it's") == "'it''s'"
