"""Tests of relationships of DataHub that are read as a graph."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from hummgraph import read_datahub
from hummgraph.client import Limits
from hummgraph.errors import ArgumentError, ConfigError, FormatError, MemoryLimitError
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.export.graphml.test_writer import graphs
from tests.export.test_datahub import judge, judged

if TYPE_CHECKING:
    from pathlib import Path

LINK = ("source", "target", "link_type", "status", "confidence", "weight", "source_path")
TIMES = ("created_at", "updated_at")
NODE = ("level", "name", "path", "parent_id", "kind", "schema_name", "api_identifier")


def check_same(read: LinkGraph, graph: LinkGraph) -> None:
    """Check that links and nodes that were read are those of a graph."""
    links = {row["link_id"]: row for row in graph.links}
    for row in read.links:
        for name in (*LINK, *TIMES):
            assert row[name] == links[row["link_id"]][name], name
    nodes = {row["node_id"]: row for row in graph.nodes}
    for row in read.nodes:
        for name in NODE:
            assert row[name] == nodes[row["node_id"]][name], name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs())
def test_what_is_written_comes_back(tmp_path: Path, graph: LinkGraph) -> None:
    """Every link of the file is read with its values, and every node with its names."""
    path = write(graph, tmp_path / "any.datahub.json", suggested=True)
    content = json.loads(path.read_text(encoding="utf-8"))
    if not content:
        with pytest.raises(FormatError, match="has no erModelRelationship"):
            read_datahub(path)
        return
    read = read_datahub(path)
    assert read.n_links == len(content)
    check_same(read, graph)


@judged
def test_what_datahub_writes_comes_back(tmp_path: Path, demo_graph: LinkGraph) -> None:
    """The file may have passed through DataHub."""
    path = write(demo_graph, tmp_path / "in.datahub.json", suggested=True)
    judge(path, tmp_path / "out.json")
    read = read_datahub(tmp_path / "out.json")
    check_same(read, demo_graph)
    assert read == read_datahub(path)
    assert read.snapshot.organization_id == demo_graph.snapshot.organization_id


def proposal(**value: Any) -> dict[str, Any]:
    """Return a relationship that somebody else wrote."""
    return {
        "entityType": "erModelRelationship",
        "entityUrn": "urn:li:erModelRelationship:orders",
        "changeType": "UPSERT",
        "aspectName": "erModelRelationshipProperties",
        "aspect": {
            "json": {
                "name": "orders",
                "source": "urn:li:dataset:(urn:li:dataPlatform:mysql,shop.orders,PROD)",
                "destination": "urn:li:dataset:(urn:li:dataPlatform:hive,dim%2Cusers,PROD)",
                "relationshipFieldMappings": [
                    {"sourceField": "user", "destinationField": "id"},
                    {"sourceField": "mail", "destinationField": "email"},
                ],
                **value,
            }
        },
    }


def test_relationships_of_others_are_links_of_their_fields(tmp_path: Path) -> None:
    """Ids are those of the same names in a file of links, so that decisions apply."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"entityType": "tag"}, proposal()]))
    read = read_datahub(path)
    assert set(read.links["link_type"]) == {"DETERMINISTIC"}
    assert set(read.links["status"]) == {"SUGGESTED"}
    assert sorted(zip(read.links["source_path"], read.links["target_path"], strict=True)) == [
        ("mysql/shop.orders.mail", "hive/dim,users.email"),
        ("mysql/shop.orders.user", "hive/dim,users.id"),
    ]
    named = read_links(
        [{"source": "mysql/shop.orders.user", "target": "hive/dim,users.id", "confidence": 1}]
    )
    assert set(LinkGraph(named).nodes["node_id"]) <= set(read.nodes["node_id"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "has no erModelRelationship"),
        ("[1]", "proposal 0 is not a metadata change proposal"),
        ('{"a": 1}', "proposal 0 is not a metadata change proposal"),
        (json.dumps([proposal(source="urn:li:tag:x")]), "proposal 0 has an invalid"),
        (json.dumps([proposal(source=None)]), "proposal 0 has an invalid"),
        (json.dumps([proposal(relationshipFieldMappings=[1])]), "proposal 0 has an invalid"),
        (json.dumps([proposal(customProperties=[1])]), "proposal 0 has an invalid"),
        (json.dumps([proposal(customProperties={"written_by": "hummgraph"})]), "has an invalid"),
        (json.dumps([{**proposal(), "aspect": {"value": "[]"}}]), "has an invalid"),
        (json.dumps([{**proposal(), "aspect": None}]), "has an invalid"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, message: str) -> None:
    """The error names the file and the proposal."""
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(FormatError, match=message):
        read_datahub(path)


def test_paths_and_limits_are_checked(tmp_path: Path) -> None:
    """As for other readers."""
    with pytest.raises(ArgumentError):
        read_datahub(3)  # type: ignore[arg-type]
    with pytest.raises(ConfigError):
        read_datahub(tmp_path / "none.json")
    (tmp_path / "x.json").write_text(json.dumps([proposal()]))
    with pytest.raises(MemoryLimitError):
        read_datahub(tmp_path / "x.json", limits=Limits(memory=2_000))
