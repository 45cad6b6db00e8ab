"""Tests of metadata files of DataHub, judged by DataHub itself if it is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.export.test_dbt import HOSTILE, organisation
from tests.graph.interop.test_dataframes import NAMES
from tests.support import builders
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = os.environ.get("HUMMGRAPH_DATAHUB")

JUDGEMENT = """
import sys
from datahub.ingestion.run.pipeline import Pipeline
from datahub.ingestion.source.file import read_metadata_file
from datahub.metadata.urns import Urn
from pathlib import Path

source, sink = sys.argv[1:]
for one in read_metadata_file(Path(source)):
    assert str(Urn.from_string(one.entityUrn)) == one.entityUrn
    if one.aspectName == "erModelRelationshipProperties":
        for urn in (one.aspect.source, one.aspect.destination):
            assert str(Urn.from_string(urn)) == urn, urn
pipeline = Pipeline.create({
    "source": {"type": "file", "config": {"path": source}},
    "sink": {"type": "file", "config": {"filename": sink}},
})
pipeline.run()
pipeline.raise_from_status(raise_warnings=True)
"""


def built(proposals: list[dict[str, Any]], entity: str) -> list[dict[str, Any]]:
    """Return the proposals of one kind of entity."""
    return [one for one in proposals if one["entityType"] == entity]


def written(graph: LinkGraph, folder: Path, **options: Any) -> list[dict[str, Any]]:
    """Return the proposals of the file."""
    path = write(graph, folder / "links.datahub.json", **options)
    content: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def small(**attributes: Any) -> LinkGraph:
    """Return an approved, a suggested and a rejected link."""
    rows = [
        record("crm/contact.email", "shop/user.mail", 0.9, id=uid("one"), status="APPROVED"),
        record("crm/contact.id", "shop/user.id", 0.8, id=uid("two")),
        record("crm/contact.id", "shop/user.mail", 0.1, id=uid("three"), status="REJECTED"),
        record("crm/contact", "shop/user", 0.9, id=uid("tables"), status="APPROVED"),
    ]
    places = builders.catalogue(
        ["crm/contact.email", "crm/contact.id", "shop/user.mail", "shop/user.id"], **attributes
    )
    return LinkGraph(read_links(rows, catalogue=places))


def datasets(proposals: list[dict[str, Any]]) -> set[str]:
    """Return the datasets that relationships join."""
    return {
        one["aspect"]["json"][end]
        for one in built(proposals, "erModelRelationship")
        for end in ("source", "destination")
    }


# --- the file ------------------------------------------------------------------------------------


def test_an_approved_link_is_a_relationship(tmp_path: Path) -> None:
    """It joins two fields and has no cardinality; other links are left out."""
    (one,) = written(small(), tmp_path)
    value = one["aspect"]["json"]
    said = value.pop("customProperties")
    assert one["entityUrn"] == f"urn:li:erModelRelationship:hummgraph.{uid('one')}"
    assert said["status"] == "APPROVED"
    assert said["confidence"] == "0.9"
    assert value["relationshipFieldMappings"] == [
        {"sourceField": "email", "destinationField": "mail"}
    ]
    assert (value["source"], value["destination"]) == (
        "urn:li:dataset:(urn:li:dataPlatform:crm,contact,PROD)",
        "urn:li:dataset:(urn:li:dataPlatform:shop,user,PROD)",
    )
    assert "cardinality" not in value


def test_suggested_links_are_written_on_request(tmp_path: Path) -> None:
    """Rejected links are never written, nor links between tables."""
    found = built(written(small(), tmp_path, suggested=True), "erModelRelationship")
    assert {one["aspect"]["json"]["customProperties"]["link_id"] for one in found} == {
        uid("one"),
        uid("two"),
    }


def test_names_of_datahub_can_be_given(tmp_path: Path) -> None:
    """A system has a platform or a pattern of URNs, a table a URN."""
    urn = "urn:li:dataset:(urn:li:dataPlatform:postgres,prod.{schema}.{table},DEV)"
    assert datasets(
        written(small(), tmp_path, platforms={"crm": "salesforce", "shop": urn}, env="TEST")
    ) == {
        "urn:li:dataset:(urn:li:dataPlatform:salesforce,contact,TEST)",
        "urn:li:dataset:(urn:li:dataPlatform:postgres,prod..user,DEV)",
    }
    whole = "urn:li:dataset:(urn:li:dataPlatform:mysql,a.b,PROD)"
    assert whole in datasets(written(small(), tmp_path, platforms={"shop/user": whole}))


@pytest.mark.parametrize(
    ("platforms", "message"),
    [
        (["crm"], "must be a mapping"),
        ({"crm": ""}, "which is not a name"),
        ({"crm": 1}, "which is not a name"),
        ({"crm": "urn:li:tag:x"}, "not the URN of a dataset"),
        ({"crm": "urn:li:dataset:(urn:li:dataPlatform:a,b,PROD)"}, "must have {table} in it"),
        ({"crm": "urn:li:dataset:(urn:li:dataPlatform:a,{table}{x},PROD)"}, "must have {table}"),
        ({"crm/contact": "mysql"}, "must be the URN of one dataset"),
        ({"crm/contact.id": "mysql"}, "which is a column"),
    ],
)
def test_invalid_names_are_refused(tmp_path: Path, platforms: Any, message: str) -> None:
    """The error has the value and what is allowed, and nothing is written."""
    with pytest.raises(ArgumentError, match=re.escape(message)):
        written(small(), tmp_path, platforms=platforms)
    with pytest.raises(NodeNotFoundError):
        written(small(), tmp_path, platforms={"nowhere": "mysql"})
    with pytest.raises(ArgumentError, match="env is 'a,b'"):
        written(small(), tmp_path, env="a,b")
    with pytest.raises(ArgumentError, match="not links lifted"):
        write(small().project("table"), tmp_path / "x.datahub.json")
    assert not list(tmp_path.iterdir())


def test_platforms_are_kinds_of_systems(tmp_path: Path) -> None:
    """If two systems are of one kind or name, their tables stay apart."""
    names: list[tuple[str, str | None, str, str]] = [
        ("dwh", "raw", "users", "id"),
        ("CRM EU", None, "users", "id"),
        ("CRM (EU)", None, "users", "id"),
        ("()", None, "users", "id"),
    ]
    graph = organisation(names, [(0, 1), (0, 2), (0, 3)])
    assert datasets(written(graph, tmp_path)) == {
        "urn:li:dataset:(urn:li:dataPlatform:dwh,raw.users,PROD)",
        "urn:li:dataset:(urn:li:dataPlatform:crm_eu,users,PROD)",
        "urn:li:dataset:(urn:li:dataPlatform:crm_eu_2,users,PROD)",
        "urn:li:dataset:(urn:li:dataPlatform:unknown,users,PROD)",
    }
    records = [record("a/t.x", "b/t.x", 0.9, status="APPROVED")]
    places = builders.catalogue(["a/t.x", "b/t.x"])
    for kinds, expected in (
        (("postgresql", "sqlserver"), {"postgres", "mssql"}),
        (("mysql", "mysql"), {"a", "b"}),
    ):
        for system, kind in zip(places["integration_sources"], kinds, strict=True):
            system["connector_type"] = kind
        graph = LinkGraph(read_links(records, catalogue=places))
        found = datasets(written(graph, tmp_path))
        assert {re.findall(r"Platform:(\w+),", urn)[0] for urn in found} == expected


def test_clusters_are_terms_of_fields(tmp_path: Path) -> None:
    """Terms are added by patches, which replace nothing that people wrote in DataHub."""
    graph = small()
    clusters = cluster(graph, method="components", threshold=0.5)
    found = written(graph, tmp_path, clusters=clusters)
    terms = {one["entityUrn"]: one["aspect"]["json"] for one in built(found, "glossaryTerm")}
    assert sorted(terms) == sorted(f"urn:li:glossaryTerm:hummgraph.{one}" for one in clusters.ids)
    email = next(urn for urn, term in terms.items() if "email" in term["definition"])
    assert terms[email]["definition"] == "2 fields in 2 systems: crm/contact.email, shop/user.mail."
    patches = built(found, "dataset")
    assert {one["changeType"] for one in patches} == {"PATCH"}
    assert {
        (one["entityUrn"].split(",")[1], patch["path"])
        for one in patches
        for patch in json.loads(one["aspect"]["value"])
        if patch["value"] == {"urn": email}
    } == {
        (table, f"/editableSchemaFieldInfo/{field}/glossaryTerms/terms/{email}")
        for table, field in (("contact", "email"), ("user", "mail"))
    }


def test_clusters_of_tables_are_terms_of_datasets(tmp_path: Path) -> None:
    """They are attached to the dataset as a whole."""
    graph = small()
    clusters = cluster(graph, level="table", method="components", threshold=0.5)
    patches = built(written(graph, tmp_path, clusters=clusters), "dataset")
    assert {one["aspectName"] for one in patches} == {"glossaryTerms"}
    assert len(patches) == 2


def test_what_is_deleted_or_rejected_by_datahub_is_left_out(tmp_path: Path) -> None:
    """A proposal would bring a deleted dataset back; a long URN would fail the whole run."""
    deleted = small(inactive=["shop/user"])
    clusters = cluster(deleted, method="components", threshold=0.5)
    assert "shop" not in json.dumps(written(deleted, tmp_path))
    assert "dataPlatform:shop" not in json.dumps(written(deleted, tmp_path, clusters=clusters))
    for table, column in (("t" * 500, "x"), (" t", "x"), ("t", "x "), ("t", "")):
        graph = organisation([("dwh", None, table, column), ("b", None, "t", "x")], [(0, 1)])
        assert written(graph, tmp_path) == []


# --- DataHub -------------------------------------------------------------------------------------

judged = pytest.mark.skipif(PYTHON is None, reason="HUMMGRAPH_DATAHUB names no Python of DataHub")


def judge(path: Path, sink: Path) -> list[dict[str, Any]]:
    """Return what DataHub's own source reads, as its sink writes it."""
    done = subprocess.run(
        [str(PYTHON), "-c", JUDGEMENT, str(path), str(sink)],
        check=False,
        capture_output=True,
        env={**os.environ, "DATAHUB_TELEMETRY_ENABLED": "false"},
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    content: list[dict[str, Any]] = json.loads(sink.read_text(encoding="utf-8"))
    return content


def plain(proposals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return proposals without what DataHub adds, and patches as objects."""
    kept = []
    for one in proposals:
        aspect = one["aspect"]
        value = aspect["json"] if "json" in aspect else json.loads(aspect["value"])
        if one["aspectName"] == "erModelRelationshipProperties":
            value = {"cardinality": "N_N", **value}
        kept.append({**one, "aspect": value, "systemMetadata": None})
    return kept


@judged
def test_datahub_reads_all_of_it(tmp_path: Path, demo_graph: LinkGraph) -> None:
    """Its sink writes the same proposals, with the cardinality that its model fills in."""
    path = write(
        demo_graph, tmp_path / "in.datahub.json", clusters=cluster(demo_graph), suggested=True
    )
    found = judge(path, tmp_path / "out.json")
    assert plain(found) == plain(json.loads(path.read_text(encoding="utf-8")))
    assert len(found) > 1_000


@judged
def test_datahub_reads_hostile_names(tmp_path: Path) -> None:
    """Every name makes a URN that DataHub parses, and a patch of the field."""
    names: list[tuple[str, str | None, str, str]] = [(name, name, name, name) for name in HOSTILE]
    graph = organisation(names, [(0, at) for at in range(1, len(names))])
    clusters = cluster(graph, method="components", threshold=0.5)
    path = write(graph, tmp_path / "in.datahub.json", clusters=clusters)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert len(built(content, "erModelRelationship")) > 60
    assert plain(judge(path, tmp_path / "out.json")) == plain(content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.tuples(NAMES, st.none() | NAMES, NAMES, NAMES), min_size=2, max_size=5))
def test_urns_of_any_names_have_three_parts(
    tmp_path: Path, names: list[tuple[str, str | None, str, str]]
) -> None:
    """Whatever is in a name does not end a part of the URN of its dataset."""
    graph = organisation(names, [(0, at) for at in range(1, len(names))])
    for urn in datasets(written(graph, tmp_path)):
        assert re.fullmatch(
            r"urn:li:dataset:\(urn:li:dataPlatform:\w+,[^,()\u241f]+,PROD\)", urn, re.DOTALL
        )
