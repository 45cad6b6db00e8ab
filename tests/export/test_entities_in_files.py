"""Tests of entities and roles in crosswalks, workbooks, GraphML and JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest
import yaml

import hummgraph as hg
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError
from tests.support.builders import graph

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def clusters() -> hg.Clusters:
    """Return the demo's clusters."""
    return hg.cluster(hg.LinkGraph(load_demo().snapshot()), method="average")


@pytest.fixture(scope="module")
def found(clusters: hg.Clusters) -> hg.EntityMap:
    """Return the demo's entities."""
    return hg.entities(clusters.graph)


def test_a_crosswalk_names_the_entity_and_role_of_each_cluster(
    clusters: hg.Clusters, found: hg.EntityMap, tmp_path: Path
) -> None:
    """CSV, HTML, JSON and YAML say alike what most members of a cluster are."""
    text = hg.write_crosswalk(clusters, tmp_path / "x.csv", entities=found).read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    plain = json.loads(
        hg.write_crosswalk(clusters, tmp_path / "x.json", entities=found).read_text("utf-8")
    )
    same = hg.write_crosswalk(clusters, tmp_path / "x.yaml", entities=found).read_text("utf-8")
    assert yaml.safe_load(same) == plain
    assert [(row["entity"] or None, row["role"]) for row in rows] == [
        (one["entity"], one["role"]) for one in plain["identities"]
    ]
    page = hg.write_crosswalk(clusters, tmp_path / "x.html", entities=found).read_text("utf-8")
    assert "<th" in page
    assert "entity" in page
    for row in rows:
        members = clusters[row["cluster_id"]].members
        entities: list[Any] = [found.entity_of(member) for member in members]
        names = [one.name if one else "" for one in entities]
        assert names.count(row["entity"]) == max(map(names.count, names))
    assert list(rows[0])[:6] == [
        "cluster_id",
        "cluster_name",
        "size",
        "contradictions",
        "entity",
        "role",
    ]
    without = hg.write_crosswalk(clusters, tmp_path / "y.csv").read_text("utf-8")
    assert "entity" not in without.splitlines()[0]


def test_a_workbook_has_sheets_of_entities(
    clusters: hg.Clusters, found: hg.EntityMap, tmp_path: Path
) -> None:
    """Entities, their tables and keys have sheets; members can have their attributes."""
    path = hg.write_crosswalk(
        clusters, tmp_path / "x.xlsx", entities=found, node_attributes=found.node_attributes()
    )
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[-3:] == ["entities", "tables of entities", "keys of entities"]
    assert book["entities"].max_row == len(found) + 1
    heads = [cell.value for cell in book["members"][1]]
    assert {"entity", "role"} <= set(heads)


def test_systems_may_be_called_entity(tmp_path: Path) -> None:
    """A system's column keeps its cells."""
    given = graph([("entity/t.email", "b/u.email", 0.9, "APPROVED")])
    clusters = hg.cluster(given, method="average")
    path = hg.write_crosswalk(clusters, tmp_path / "x.csv", entities=hg.entities(given))
    (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8")))
    assert row["entity (system)"].startswith("t.email")
    assert (row["entity"], row["role"]) == ("t", "ALTERNATE_KEY")
    tables = hg.cluster(given, level="table", method="average")
    assert hg.write_crosswalk(tables, tmp_path / "y.csv", entities=hg.entities(given)).exists()


def test_other_maps_are_refused(clusters: hg.Clusters, tmp_path: Path) -> None:
    """A map is one of the same nodes."""
    with pytest.raises(ArgumentError, match="entities= must be an EntityMap"):
        hg.write_crosswalk(clusters, tmp_path / "x.csv", entities=clusters)  # type: ignore[arg-type]
    other = hg.entities(graph([("a/t.x", "b/u.x")]))
    with pytest.raises(ArgumentError, match="another graph"):
        hg.write_crosswalk(clusters, tmp_path / "x.csv", entities=other)


@pytest.mark.parametrize("name", ["x.graphml", "x.json", "x.gexf"])
def test_files_of_a_graph_take_entities_as_attributes(
    found: hg.EntityMap, tmp_path: Path, name: str
) -> None:
    """Every format with attributes of nodes has entity, id of the entity, and role."""
    path = tmp_path / name
    hg.write(found.graph, path, node_attributes=found.node_attributes())
    assert (
        path.read_text("utf-8").count("ALTERNATE_KEY") == found.roles.counts[hg.Role.ALTERNATE_KEY]
    )
    if name.endswith("graphml"):
        nodes, _ = hg.read_graphml_attributes(path)
        read = {row["node_id"]: row["entity"] for row in nodes}
        table = found["deal"].tables[0]
        assert read[table] == "deal"
