"""Tests of generated organisations whose tables hold known things."""

from __future__ import annotations

from typing import Any

import pytest

import hummgraph as hg
from hummgraph.datasets import Organization, generate_systems, load_demo
from hummgraph.errors import ArgumentError


def columns_of(organization: Organization) -> dict[str, dict[str, Any]]:
    """Return the records of columns and fields by id."""
    rows = [*organization.catalogue["columns"], *organization.catalogue["saas_fields"]]
    return {row["id"]: row for row in rows}


@pytest.mark.parametrize("seed", range(4))
def test_a_generated_organisation_is_whole(seed: int) -> None:
    """Records are valid; every table is in one thing, and every column has a role."""
    planted = generate_systems(n_systems=6, n_things=8, seed=seed)
    graph = hg.LinkGraph(planted.snapshot())

    assert graph.snapshot.report.quarantined == 0
    assert graph.snapshot.report.catalogue_quarantined == 0
    assert graph.n_links == len(planted.links)
    tables = [table for group in planted.entities for table in group]
    assert len(tables) == len(set(tables)) == graph.n_nodes_by_level["table"]
    columns = columns_of(planted)
    assert set(planted.roles) == set(columns)
    assert set(planted.roles.values()) <= set(map(str, hg.Role))
    assert {column for group in planted.truth for column in group} <= set(columns)
    assert len(graph.relationships) == sum(
        len(planted.catalogue[kind]) for kind in ("relationships", "associations")
    )
    assert planted.links == generate_systems(n_systems=6, n_things=8, seed=seed).links


def test_things_are_in_several_systems_with_copies_and_look_alikes() -> None:
    """Tables of a thing lie in several systems; some are copies; some names are of two things."""
    planted = generate_systems(n_things=14, seed=3)
    graph = hg.LinkGraph(planted.snapshot())
    nodes = graph.arrays.nodes
    systems = [
        {nodes.system[graph.index_of(table)].as_py() for table in group}
        for group in planted.entities
    ]
    assert max(map(len, systems)) >= 4
    schemas = set(nodes.schema_name.to_pylist())
    assert "MARTS" in schemas
    assert all(planted.catalogue[kind] for kind in ("relationships", "associations"))
    assert any(str(schema).startswith("RAW_") for schema in schemas)
    names: dict[str, set[int]] = {}
    for number, group in enumerate(planted.entities):
        for table in group:
            name = nodes.name[graph.index_of(table)].as_py().casefold()
            names.setdefault(name, set()).add(number)
    assert any(len(things) > 1 for things in names.values())


def test_reviewers_make_no_mistakes_and_copies_are_exact() -> None:
    """Approved links are right, rejected ones wrong, deterministic ones right."""
    planted = generate_systems(decided=1.0, noise=0.5, seed=5)
    group = {column: n for n, members in enumerate(planted.truth) for column in members}
    wrong = 0
    for link in planted.links:
        ends = [
            link[f"{side}_column_id"] or link[f"{side}_field_id"] for side in ("source", "target")
        ]
        right = ends[0] in group and group[ends[0]] == group.get(ends[1])
        assert link["status"] == ("APPROVED" if right else "REJECTED")
        assert right or link["link_type"] == "PROBABILISTIC"
        wrong += not right
    assert 0.2 < wrong / len(planted.links) <= 0.5


def test_names_can_be_left_out() -> None:
    """Without names, tables and columns are numbers, without types and declared keys."""
    planted = generate_systems(named=False, seed=2)
    graph = hg.LinkGraph(planted.snapshot())

    assert all(row["data_type"] is None for row in columns_of(planted).values())
    assert {row["name"][0] for row in graph.nodes if row["level"] == "column"} == {"c"}
    assert len(graph.relationships) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_systems": 2}, "n_systems is 2"),
        ({"n_things": 1}, "n_things is 1"),
        ({"found": 1.5}, "found is 1.5"),
        ({"noise": -0.1}, "noise is -0.1"),
        ({"decided": 2}, "decided is 2"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    """The error names the argument and its value."""
    with pytest.raises(ArgumentError, match=message):
        generate_systems(**{"seed": 1, **arguments})


def test_extremes_are_organisations_too() -> None:
    """No right link, no wrong one, few or many systems."""
    assert all(
        link["link_type"] == "DETERMINISTIC"
        for link in generate_systems(found=0.0, noise=0.0, seed=1).links
    )
    assert len(generate_systems(n_systems=3, n_things=2, seed=4).entities) == 2
    many = generate_systems(n_systems=15, n_things=2, noise=1.0, seed=1)
    assert len({row["name"] for row in many.catalogue["integration_sources"]}) == 15


def test_the_demo_says_what_its_tables_and_columns_are() -> None:
    """Ten things, 21 tables alone, two tables of which nothing is said."""
    demo = load_demo()
    sizes = sorted(map(len, demo.entities))

    assert (sizes.count(1), sum(size > 1 for size in sizes), sum(sizes)) == (21, 10, 61)
    assert set(demo.roles.values()) == set(map(str, hg.Role))
    graph = hg.LinkGraph(demo.snapshot())
    assert {graph.node(column).level for column in demo.roles} == {hg.Level.COLUMN}
