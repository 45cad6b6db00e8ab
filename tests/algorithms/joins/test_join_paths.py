"""Tests of join paths, and of the advice where there are none."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import isnan, prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hummgraph import JoinKey, JoinPaths, LinkGraph, Policy, join_paths, read_links
from hummgraph.algorithms.joins.keys import Meanings
from hummgraph.algorithms.joins.path import by_remark
from hummgraph.errors import ArgumentError
from tests.graph.test_relationships import association, relationship, saas
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.joins.path import JoinPath
    from tests.support.builders import Row


def joins(found: JoinPaths) -> list[str]:
    """Return each path as its comparisons."""
    return [
        "; ".join(f"{step.source_path} = {step.target_path}" for step in path.steps)
        for path in found
    ]


def test_a_link_between_columns_joins_their_tables() -> None:
    """A link between columns joins their tables in both directions."""
    rows: list[Row] = [("b/u.email", "a/t.email", 0.9), ("b/u.login", "c/v.login", 0.8)]

    found = join_paths(graph(rows), "a/t", "c/v")
    assert joins(found) == ["a/t.email = b/u.email; b/u.login = c/v.login"]
    path = found.paths[0]
    assert path.tables == (uid("a/t"), uid("b/u"), uid("c/v"))
    assert path.confidence == pytest.approx(0.72)
    assert [step.forward for step in path.steps] == [False, True]
    assert (len(found), found.advice) == (1, "")


def test_confidence_ranks_then_length() -> None:
    """Paths are ranked by confidence, reduced for each further step unless detour=1."""
    rows: list[Row] = [
        ("a/t.email", "c/v.email", 0.8),
        ("a/t.email", "b/u.email", 0.95),
        ("b/u.email", "c/v.email", 0.95),
        ("a/t.login", "c/v.login", 0.8),
    ]
    linked = graph([*rows, ("a/t.id", "b/u.a_id", 0.99), ("b/u.login", "c/v.login", 0.99)])
    direct = ["a/t.email = c/v.email", "a/t.login = c/v.login"]
    round_ = "a/t.id = b/u.a_id; b/u.login = c/v.login"

    assert sorted(joins(join_paths(linked, "a/t", "c/v"))[:2]) == direct
    assert joins(join_paths(linked, "a/t", "c/v", keys="any", detour=1.0))[0] == round_
    even = graph(
        [("a/t.email", "c/v.email", 0.9), ("a/t.x", "b/u.x", 0.9), ("b/u.y", "c/v.y", 1.0)]
    )
    assert [len(path) for path in join_paths(even, "a/t", "c/v", keys="any", detour=1)] == [1, 2]


def test_a_bridge_table_leads_down_and_up() -> None:
    """A table that refers to two others joins them."""
    rows: list[Row] = [("b/m.user_id", "a/t.id", 1.0), ("b/m.group_id", "c/v.id", 1.0)]
    assert joins(join_paths(graph(rows), "a/t", "c/v", keys="identifying")) == [
        "a/t.id = b/m.user_id; b/m.group_id = c/v.id"
    ]


@pytest.mark.parametrize(
    ("column", "key", "refers"),
    [
        ({"name": "email"}, JoinKey.IDENTIFYING, False),
        ({"name": "AccountId"}, JoinKey.IDENTIFYING, True),
        ({"name": "account_id", "is_primary_key": True}, JoinKey.IDENTIFYING, False),
        ({"name": "code", "is_primary_key": True}, JoinKey.IDENTIFYING, False),
        ({"name": "code", "semantic_type": "IDENTIFIER"}, JoinKey.IDENTIFYING, False),
        ({"name": "code", "role": "primary_key"}, JoinKey.IDENTIFYING, False),
        ({"name": "full name"}, JoinKey.DESCRIBING, False),
        ({"name": "$$$"}, JoinKey.DESCRIBING, False),
        ({"name": "seats", "data_type": "integer"}, JoinKey.SHARED, False),
        ({"name": "invoice number", "data_type": "integer"}, JoinKey.IDENTIFYING, False),
        ({"name": "joined", "data_type": "timestamp with time zone"}, JoinKey.SHARED, False),
        ({"name": "createdAt"}, JoinKey.SHARED, False),
        ({"name": "email", "data_type": "boolean"}, JoinKey.SHARED, False),
    ],
)
def test_what_a_column_is_good_for(column: dict[str, Any], key: JoinKey, refers: bool) -> None:
    """The quality of a column follows its declaration, then its type and the end of its name."""
    records = catalogue(["a/t.x"])
    records["columns"][0] |= column
    linked = LinkGraph(read_links([], catalogue=records))
    keys, index = Meanings(linked), linked.index_of(uid("a/t.x"))

    assert keys.of(index).quality is key
    assert keys.of(index).refers is refers


def test_a_unique_field_is_a_key() -> None:
    """A field declared unique is a key, whatever its name."""
    records = saas("s/Lead.Nickname")
    records["saas_fields"][0]["is_unique"] = True
    linked = LinkGraph(read_links([], catalogue=records))
    meaning = Meanings(linked).of(linked.index_of(uid("s/Lead.Nickname")))
    assert meaning.quality is JoinKey.IDENTIFYING


def test_no_table_is_visited_twice() -> None:
    """No path visits a table twice, not even through a table that refers to it twice."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.9),
        ("b/u.id", "d/m.owner_id", 0.9),
        ("b/u.id", "d/m.user_id", 0.9),
        ("b/u.email", "c/v.email", 0.9),
    ]
    found = join_paths(graph(rows), "a/t", "c/v", keys="any", k=50)
    assert all(len(set(path.tables)) == len(path.tables) for path in found)
    assert joins(found) == ["a/t.email = c/v.email"]


def test_parallel_links_are_one_join() -> None:
    """Of parallel links the best is used, approved ones first, and the others are counted."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.9),
        ("b/u.email", "a/t.email", 0.9, "APPROVED"),
        ("a/t.email", "b/u.email", 0.7),
        ("a/t.email", "b/u.email", 0.99, "REJECTED"),
    ]
    found = join_paths(graph(rows), "a/t", "b/u")
    assert [(path.steps[0].status, path.steps[0].n_parallel) for path in found] == [("APPROVED", 3)]


def test_links_within_a_table_or_between_other_levels_join_nothing() -> None:
    """Links within a table, or of tables and systems, join nothing."""
    rows: list[Row] = [("a/t.x", "a/t.y", 1.0), ("a/t", "b/u", 1.0), ("a/t.x", "b/u", 1.0)]
    found = join_paths(graph(rows), "a/t", "b/u")
    assert (len(found), found.n_other_levels) == (0, 2)
    assert found.advice == (
        "No way to join them, and no link that would make one. 2 links of whole tables or systems"
        " lead on from there, but name no columns."
    )
    assert found.to_dict()["n_other_levels"] == 2


def _records() -> dict[str, Any]:
    """Return the catalogue of a foreign key, an association with columns and one without."""
    records: dict[str, Any] = saas("s/Lead.Id", "s/Lead.CompanyId", "s/Company.Id", "s/Note")
    records |= catalogue(["d/orders.user_id", "d/users.id", "d/users.email"])
    records["integration_sources"] += catalogue(["s"])["integration_sources"]
    records["relationships"] = [
        relationship("d/orders.user_id", "d/users.id", type="FOREIGN_KEY"),
    ]
    records["associations"] = [
        association("s/Lead", "s/Company", "CompanyId", status="APPROVED"),
        association("s/Note", "s/Lead", "unheard of", status="APPROVED"),
    ]
    records["saas_fields"].append(
        {"id": uid("s/Lead.Email"), "saas_object_id": uid("s/Lead"), "field_name": "Email"}
    )
    return records


def _structured() -> LinkGraph:
    """Return the graph of that catalogue, with one link between its systems."""
    records = _records()
    link = record("d/users.email", "s/Lead.Email", 0.9)
    for name in ("table", "column"):
        field = {"table": "saas_object", "column": "field"}[name]
        link[f"target_{field}_id"] = link.pop(f"target_{name}_id")
    return LinkGraph(read_links([link], catalogue=records))


def test_declared_structure_joins_within_systems() -> None:
    """Foreign keys and associations are steps of their own kind."""
    found = join_paths(_structured(), "d/orders", "s/Company")
    assert joins(found)[0].split("; ") == [
        "d/orders.user_id = d/users.id",
        "d/users.email = s/Lead.Email",
        "s/Lead.CompanyId = s/Company.Id",
    ]
    assert [step.kind for step in found.paths[0].steps] == ["relationship", "link", "association"]
    styles = [line.style for line in found.paths[0].diagram().lines]
    assert styles == ["within", "within", "relationship", "suggested", "relationship"]


def test_a_link_and_a_relationship_between_the_same_columns_are_one_join() -> None:
    """A way is not shown twice, as a link and as what the system declares."""
    records = _records()
    records["columns"].append(
        {"id": uid("d/orders.email"), "name": "email", "table_id": uid("d/orders")}
    )
    links = [
        record("d/orders.user_id", "d/users.id", 0.8),
        record("d/users.email", "d/orders.email", 0.7),
    ]
    found = join_paths(LinkGraph(read_links(links, catalogue=records)), "d/orders", "d/users")
    assert joins(found) == ["d/orders.user_id = d/users.id", "d/orders.email = d/users.email"]
    first = found.paths[0].steps[0]
    assert (first.kind, first.n_parallel) == ("relationship", 1)


def test_an_association_without_a_column_says_less_than_a_link_with_both() -> None:
    """An association of which a column is unknown is not shown beside the link that knows it."""
    records: dict[str, Any] = saas("s/Lead.CompanyId", "s/Company.Key")
    records |= {"integration_sources": catalogue(["s"])["integration_sources"]}
    records["associations"] = [
        association("s/Lead", "s/Company", "CompanyId", status="APPROVED"),
    ]
    records["saas_fields"][1]["is_unique"] = True
    link = record("s/Lead.CompanyId", "s/Company.Key", 0.9)
    for side in ("source", "target"):
        link[f"{side}_saas_object_id"] = link.pop(f"{side}_table_id")
        link[f"{side}_field_id"] = link.pop(f"{side}_column_id")
    alone = join_paths(LinkGraph(read_links([], catalogue=records)), "s/Lead", "s/Company")
    assert joins(alone) == ["s/Lead.CompanyId = s/Company"]
    both = join_paths(LinkGraph(read_links([link], catalogue=records)), "s/Lead", "s/Company")
    assert joins(both) == ["s/Lead.CompanyId = s/Company.Key"]


def test_associations_without_columns_join_tables() -> None:
    """An association without columns joins tables, and its SQL condition is to be filled in."""
    path = join_paths(_structured(), "s/Note", "s/Company").paths[0]
    assert [step.source_path for step in path.steps] == ["s/Note", "s/Lead.CompanyId"]
    sql = path.to_sql()
    assert "ON FALSE" in sql
    assert "-- Which columns that compares is not known: fill in ON FALSE." in sql


def test_what_is_missing_is_told() -> None:
    """Without a path, the nearest one over omitted links is reported with the reasons."""
    rows: list[Row] = [
        ("a/t.email", "b/u.email", 0.9),
        ("b/u.login", "c/v.login", 0.9, "REJECTED"),
        ("a/t.x", "d/w.x", None),
        ("d/w.x", "e/s.x", None),
        ("e/s.x", "c/v.x", None),
    ]
    found = join_paths(graph(rows), "a/t", "c/v")

    assert (len(found), found.missing is not None) == (0, True)
    assert found.advice == (
        "No way to join them. They could be joined if this counted:"
        f" b/u.login = c/v.login (REJECTED, link {uid('link 1')})."
    )
    missing: JoinPath = found.missing  # type: ignore[assignment]
    assert [isnan(step.weight) for step in missing.steps] == [False, True]
    assert isnan(missing.confidence)
    assert found.to_dict()["missing"]["steps"][1]["weight"] is None
    assert repr(found).startswith("<JoinPaths: No way to join them.")
    assert "No way" in found._repr_html_()
    assert "SUGGESTED, no confidence" in join_paths(graph(rows[2:]), "a/t", "c/v").advice
    zero = graph([("a/t.email", "b/u.email", 0.0)])
    assert "SUGGESTED, no weight" in join_paths(zero, "a/t", "b/u").advice
    free = Policy(rejected="score")
    assert len(join_paths(graph(rows, policy=free), "a/t", "c/v")) == 1


def test_columns_called_alike_are_told() -> None:
    """Without any link, columns with equal names in reachable tables are reported."""
    rows: list[Row] = [("a/t.email", "b/u.email", 0.9), ("c/v.login", "d/w.login", 0.9)]
    found = join_paths(
        graph(rows, also=["c/v.Email", "c/v.name", "a/t.name", "d/w.id"]), "a/t", "c/v"
    )
    assert found.alike == (("a/t.email", "c/v.Email"), ("b/u.email", "c/v.Email"))
    assert found.advice.endswith("Called alike: a/t.email and c/v.Email; b/u.email and c/v.Email.")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k is 0"),
        (
            {"keys": "first"},
            "keys is 'first'; it must be one of 'identifying', 'describing', 'any'.",
        ),
        ({"detour": 0}, "detour is 0"),
        ({"detour": True}, "detour is True"),
        ({"detour": "1"}, "detour is '1'"),
        ({"b": "a/t"}, "are the same table"),
        ({"b": "a"}, "'a' is not a table"),
        ({"b": "a/t.x"}, "'a/t.x' is not a table"),
    ],
)
def test_arguments_are_checked(options: dict[str, Any], message: str) -> None:
    """Each invalid argument is refused with its reason."""
    linked = graph([("a/t.x", "b/u.y", 0.9)])
    with pytest.raises(ArgumentError, match=message):
        join_paths(linked, "a/t", **({"b": "b/u"} | options))


def test_a_join_is_a_table_plain_data_and_two_pictures() -> None:
    """Frame, plain data and both pictures of a join agree."""
    rows: list[Row] = [("a/t.x", "b/u.y", 0.9), ("b/u.z", "c/v.z", 0.8)]
    found = join_paths(graph(rows), "a/t", "c/v", keys="any")
    path = found.paths[0]

    assert found.to_frame()["step"] == path.to_frame()["step"] == [0, 1]
    assert found.to_dict()["paths"] == [path.to_dict()]
    assert path.to_dict()["confidence"] == pytest.approx(0.72)
    assert [line.style for line in path.diagram().lines] == ["within", "suggested", "suggested"]
    assert [box.title for box in path.diagram().boxes] == ["x", "y", "z", "z"]
    assert path.to_svg().startswith("<svg ")
    assert "flowchart LR" in path.to_mermaid()
    assert path.to_svg() in path._repr_html_()
    assert path.to_svg() in found._repr_html_()
    assert repr(path) == "<JoinPath: a/t.x = b/u.y; b/u.z = c/v.z, confidence 0.72>"
    assert repr(found) == f"<JoinPaths: 1, the best is {path!r}>"


@pytest.mark.parametrize("seed", range(25))
def test_planted_joins_are_found_and_ranked(seed: int) -> None:
    """Planted joins are found among weaker ones, in the order of their confidences."""
    rng = np.random.default_rng(seed)
    tables = [f"s{system}/t{table}" for system in range(4) for table in range(4)]
    start, end = tables[0], tables[-1]
    planted: list[list[Row]] = []
    inner = rng.permutation(tables[1:-1]).tolist()
    for number, steps in enumerate((0, 1, 2, 3)):
        stops = [start, *(inner.pop() for _ in range(steps)), end]
        name = f"key_{number}.uuid"
        weight = float(0.99 - 0.02 * rng.permutation(4)[number] - 0.001 * number)
        planted.append(
            [
                (f"{one}.{name}", f"{other}.{name}", weight ** (1 / (steps + 1)))
                for one, other in pairwise(stops)
            ]
        )
    noise: list[Row] = []
    for _ in range(80):
        one, other = rng.choice(tables, 2, replace=False).tolist()
        column, confidence = int(rng.integers(6)), float(rng.uniform(0.1, 0.6))
        noise.append((f"{one}.n{column}", f"{other}.n{column}", confidence))
    rows = [row for path in planted for row in path] + noise
    order = rng.permutation(len(rows)).tolist()
    found = join_paths(graph([rows[at] for at in order]), start, end, k=4, keys="any", detour=1)

    def product(path: list[Row]) -> float:
        return prod(row[2] or 0 for row in path if len(row) == 3)

    best = sorted(planted, key=product, reverse=True)
    # Each is one comparison: all its columns are the same.
    assert joins(found) == [f"{path[0][0]} = {path[-1][1]}" for path in best]
    assert [path.confidence for path in found] == pytest.approx([product(path) for path in best])


def test_a_real_organisation_is_joined_by_email(real_organization: Path) -> None:
    """Customers of four systems are joined by their email, in all six pairs."""
    linked = LinkGraph(
        read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    )
    tables = ["Stripe/customer", "Zendesk/user", "HubSpot/contact", "Salesforce/contact"]
    for one, other in combinations(tables, 2):
        assert joins(join_paths(linked, one, other, k=1)) == [f"{one}.email = {other}.email"]


def test_a_search_for_joins_says_where_it_stopped() -> None:
    """A stopped search returns the paths found, and kinds of paths share the limit."""
    rows: list[Row] = [
        (f"{system}/t.{column}", f"{other}/t.{column}", 0.9, "APPROVED")
        for system, other in (("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("b", "d"))
        for column in ("email", "login", "sku")
    ]
    linked = graph(rows)
    whole = join_paths(linked, "a/t", "d/t", k=200)
    assert whole.stopped_at is None
    assert whole.note == ""
    some = join_paths(linked, "a/t", "d/t", k=200, max_work=100)
    assert 0 < len(some) < len(whole)
    assert some.stopped_at == some.to_dict()["stopped_at"] == 100
    assert "stopped after 100 links" in repr(some)
    first = "the best are looked for first"
    assert some.note == f"Stopped after 100 links (max_work): there may be more ways; {first}."
    assert some == join_paths(linked, "a/t", "d/t", k=200, max_work=100)
    with pytest.raises(ArgumentError, match="max_work is 0"):
        join_paths(linked, "a/t", "d/t", max_work=0)
    none = JoinPaths((), stopped_at=100)
    assert none.advice == f"No way to join them was found. {none.note}"


def test_a_search_that_stopped_before_any_way_misses_nothing() -> None:
    """If a search stopped before it found an existing way, no link is called missing."""
    rows: list[Row] = [(f"s{at}/t.email", f"s{at + 1}/u.email", 0.9) for at in range(30)]
    rows += [(f"s{at}/t.login", f"s{at}/u.login", 0.9) for at in range(1, 30)]
    found = join_paths(graph(rows), "s0/t", "s30/u", max_work=1)
    assert (len(found), found.missing, found.stopped_at) == (0, None, 1)
    assert found.advice == f"No way to join them was found. {found.note}"


@pytest.mark.parametrize("n_hubs", range(4, 13))
def test_hubs_are_joined_within_bounds(n_hubs: int) -> None:
    """Ways between tables that all are linked by two columns are found without a stop."""
    rows: list[Row] = [
        (f"s{one}/t.{column}", f"s{other}/t.{column}", 0.9)
        for one, other in combinations(range(n_hubs), 2)
        for column in ("id", "email")
    ]
    for keys in ("identifying", "describing", "any"):
        found = join_paths(graph(rows), "s0/t", f"s{n_hubs - 1}/t", keys=keys)
        assert found.stopped_at is None
        assert found.paths
        assert all(len(set(path.tables)) == len(path.tables) for path in found)


def test_a_link_that_would_identify_rows_is_named() -> None:
    """If no way uses keys, the advice names a link of keys without a weight, if not rejected."""
    rows: list[Row] = [("a/t.name", "b/u.name", 0.9), ("a/t.id", "b/u.id", None)]

    found = join_paths(graph(rows), "a/t", "b/u")
    assert (joins(found), found.other is not None) == ([], True)
    assert found.missing is not None
    assert [step.marked for step in found.missing.steps] == [("a/t.id", "b/u.id")]
    told = "This link would identify rows if it were approved: a/t.id = b/u.id (SUGGESTED, no"
    assert told in found.advice
    named: list[Row] = [rows[0], ("a/t.title", "b/u.title", None)]
    refused: list[Row] = [rows[0], (*rows[1], "REJECTED")]
    for others in (rows[:1], named, refused):
        found = join_paths(graph(others), "a/t", "b/u")
        assert (found.other is not None, found.missing) == (True, None)
        assert "if it were approved" not in found.advice
    approved: list[Row] = [rows[0], (*rows[1], "APPROVED")]
    assert joins(join_paths(graph(approved), "a/t", "b/u")) == ["a/t.id = b/u.id"]


def test_tables_of_one_system_are_joined(demo_graph: LinkGraph) -> None:
    """A search ends whose paths would mostly visit a table twice."""
    found = join_paths(demo_graph, "Stripe/prices", "Stripe/products")
    assert joins(found)[0] == "Stripe/prices.product = Stripe/products.id"
    assert (len(found), found.stopped_at) == (1, None)


def test_a_chain_of_decided_links_counts_whatever_their_confidence() -> None:
    """Suggestions that are wrong together more likely than right make no chain; decisions do."""
    rows: list[Row] = [("a/t.email", "b/u.email", 0.6), ("b/u.email", "c/v.email", 0.7)]
    decided: list[Row] = [(*row, "APPROVED") for row in rows]

    assert joins(join_paths(graph(rows), "a/t", "c/v")) == []
    assert joins(join_paths(graph(decided), "a/t", "c/v")) == ["a/t.email = c/v.email"]


def test_ways_up_and_down_say_that_rows_match_many() -> None:
    """A way up to one row and down again names it, and says how many rows meet in each step."""
    both = [("a/t.w_id", "b/u.w_id", 0.9)]
    up_and_down: list[Row] = [("a/t.w_id", "c/w.id", 0.9), ("c/w.id", "b/u.w_id", 0.9)]
    apart: list[Row] = [("a/t.x_id", "b/u.w_id", 0.9, "APPROVED")]

    for rows in (both, up_and_down):
        (path,) = join_paths(graph(rows, also=["c/w.id"]), "a/t", "b/u")
        assert path.key is JoinKey.RELATED
        assert path.remark == "Joins each a/t with all b/u of the same w."
        assert path.cardinalities == ("n:m",)
        assert path.to_frame()["cardinality"] == ["n:m"]
        assert path.to_dict()["remark"] == path.remark
        assert path.remark in str(path)
    (path,) = join_paths(graph(up_and_down[:1]), "a/t", "c/w")
    assert (path.remark, path.cardinalities) == ("", ("n:1",))
    (path,) = join_paths(graph(apart, also=["c/w.id", "d/x.id"]), "a/t", "b/u")
    assert path.remark == "Joins each a/t with all b/u that refer to the same row."


def test_remarks_are_said_once_for_their_paths() -> None:
    """A remark has the numbers of its paths unless it is about all."""
    rows: list[Row] = [("a/t.w_id", "b/u.w_id", 0.9), ("a/t.email", "b/u.email", 0.9)]
    paths = join_paths(graph(rows, also=["c/w.id"]), "a/t", "b/u").paths
    said = "Joins each a/t with all b/u of the same w."
    assert by_remark(paths, "Path", 0) == [f"Path 1: {said}"]
    assert by_remark(paths[1:], "Path", 0) == [said]
    assert by_remark([paths[1], paths[1], paths[0]], "Way", 1) == [f"Ways 1, 2: {said}"]


def test_a_second_search_that_stopped_is_said(demo_graph: LinkGraph) -> None:
    """No way was found, but the search for those that describe stopped: there may be some."""
    ends = "HubSpot/forms", "Zendesk/organizations"
    stopped = join_paths(demo_graph, *ends, max_work=2_000)
    assert (len(stopped), stopped.stopped_at) == (0, 2_000)
    assert "Stopped after 2,000 links" in stopped.advice
    assert join_paths(demo_graph, *ends, max_work=5_000).other is not None
