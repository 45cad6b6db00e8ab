"""Tests of rules of single formats: workbooks, lineage events, dbt, RDF, Mermaid and CSV."""

from __future__ import annotations

import csv
import json
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import openpyxl  # type: ignore[import-untyped]  # has no types
import pytest
import rdflib
import yaml
from hypothesis import given

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import (
    ArgumentError,
    FormatError,
    MissingDependencyError,
    NodeNotFoundError,
)
from hummgraph.export import excel, write, write_crosswalk
from hummgraph.export.gexf import gexf_chunks
from hummgraph.export.parquet import parquet_files
from hummgraph.export.rows import Rows
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import KeptEvidence
from hummgraph.snapshot.link_readers import read_links
from tests.export.graphml.test_writer import graphs
from tests.support import builders
from tests.support.builders import record, uid
from tests.support.places import SHARED

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters

SCHEMAS = SHARED / "schemas"
FORMULA = '=HYPERLINK("http://example.invalid")'


def clustered(name: str = "mail") -> Clusters:
    """Return three columns that approvals join although one pair is rejected."""
    places = builders.catalogue(["a/t.x", "b/t.y", "c/t.z"])
    places["columns"][0]["name"] = name
    rows = [
        record("a/t.x", "b/t.y", 0.9, status="APPROVED"),
        record("b/t.y", "c/t.z", 0.8, status="APPROVED"),
        record("c/t.z", "a/t.x", 0.7, status="REJECTED"),
    ]
    return cluster(LinkGraph(read_links(rows, catalogue=places)))


# --- workbooks -----------------------------------------------------------------------------------


def test_workbook_has_what_the_frames_have(tmp_path: Path) -> None:
    """Crosswalk, clusters, members and contradictions are sheets, and numbers are numbers."""
    clusters = clustered()
    path = write_crosswalk(clusters, tmp_path / "crosswalk.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["crosswalk", "clusters", "members", "contradictions"]
    head, row = book["clusters"].values
    assert dict(zip(head, row, strict=True)) == next(iter(clusters.quality))
    head, *rows = book["crosswalk"].values
    assert list(head) == clusters.crosswalk().columns
    assert len(rows) == clusters.n_clusters
    _, *members = book["members"].values
    assert [row[3] for row in members] == list(clusters.members[0])
    _, broken = book["contradictions"].values
    assert broken[3] == clusters.contradictions[0].link_id
    again = write_crosswalk(clustered(), tmp_path / "again.xlsx")
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", [FORMULA, "+1", "@x", "{=1}", "http://x.invalid", "1e5", "\x07a"])
def test_texts_in_workbooks_are_texts(tmp_path: Path, name: str) -> None:
    """No text becomes a formula, a link or a number."""
    path = write_crosswalk(clustered(name), tmp_path / "crosswalk.xlsx")
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(entry) for entry in archive.namelist() if "sheet" in entry]
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
    cells = [
        cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row
    ]
    texts = [cell for cell in cells if not isinstance(cell.value, bool)]
    named = [cell for cell in texts if name.lstrip("\x07") in str(cell.value)]
    assert named
    assert all(cell.data_type in {"s", "f"} and cell.hyperlink is None for cell in named)


def test_workbooks_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long cell ends in an ellipsis; too many rows for a sheet raise an error."""
    path = write_crosswalk(clustered("x" * 40_000), tmp_path / "long.xlsx")
    texts = [cell for row in openpyxl.load_workbook(path)["members"].values for cell in row]
    assert max(len(text) for text in texts) == 32_767
    monkeypatch.setattr(excel, "_MAX_ROWS", 3)
    with pytest.raises(FormatError, match="a sheet holds up to 2"):
        write_crosswalk(clustered(), tmp_path / "many.xlsx")
    assert not (tmp_path / "many.xlsx").exists()


def test_workbook_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which package to install."""
    monkeypatch.setattr(excel, "find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match="XlsxWriter"):
        write_crosswalk(clustered(), tmp_path / "crosswalk.xlsx")


# --- lineage events ------------------------------------------------------------------------------


def flows() -> LinkGraph:
    """Return approved, suggested and odd links."""
    rows = [
        record("crm/contact.email", "dwh/person.mail", 0.9, id=uid("one"), status="APPROVED"),
        record("shop/user.mail", "dwh/person.mail", None, id=uid("two"), status="APPROVED"),
        record("shop/user.id", "dwh/person.id", 0.5, id=uid("open")),
        record("crm/contact", "dwh/person", 0.5, id=uid("tables"), status="APPROVED"),
    ]
    rows[1] |= {"created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-05-01T00:00:00Z"}
    places = [row.split("=")[0] for row in ("crm/contact.email", "shop/user.mail", "shop/user.id")]
    return LinkGraph(
        read_links(
            rows, catalogue=builders.catalogue([*places, "dwh/person.mail", "dwh/person.id"])
        )
    )


def events(path: Path) -> list[dict[str, Any]]:
    """Return the events of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_only_declared_links_are_lineage(tmp_path: Path) -> None:
    """Each table that data flows into has one event, with links from source to target."""
    path = tmp_path / "lineage.ndjson"
    (one,) = events(write(flows(), path, lineage=[uid("one")]))
    fields = one["dataset"]["facets"]["columnLineage"]["fields"]
    assert (one["dataset"]["namespace"], one["dataset"]["name"]) == ("hummgraph://dwh", "person")
    assert [(i["namespace"], i["name"], i["field"]) for i in fields["mail"]["inputFields"]] == [
        ("hummgraph://crm", "contact", "email")
    ]
    (every,) = events(write(flows(), path, lineage="approved"))
    inputs = every["dataset"]["facets"]["columnLineage"]["fields"]["mail"]["inputFields"]
    assert [one["namespace"] for one in inputs] == ["hummgraph://crm", "hummgraph://shop"]


@pytest.mark.parametrize(
    ("lineage", "said"),
    [
        (None, "none are declared"),
        ("all", "'approved'"),
        ([uid("open")], "not APPROVED"),
        ([uid("tables")], "not between columns"),
        ([uid("one"), uid("nowhere")], "1 ids that the graph does not have"),
    ],
)
def test_what_is_no_lineage_is_refused(tmp_path: Path, lineage: Any, said: str) -> None:
    """An invalid declaration raises an error, and nothing is written."""
    with pytest.raises(ArgumentError, match=said):
        write(flows(), tmp_path / "lineage.ndjson", lineage=lineage)
    assert not list(tmp_path.iterdir())


def test_lifted_links_are_no_lineage(tmp_path: Path) -> None:
    """Lifted links raise an error for OpenLineage, dbt and JSON-LD."""
    tables = flows().project("table")
    with pytest.raises(ArgumentError, match="lifted"):
        write(tables, tmp_path / "x.ndjson", lineage="approved")
    with pytest.raises(ArgumentError, match="lifted"):
        write(tables, tmp_path / "x.yml", system="dwh")
    with pytest.raises(ArgumentError, match="lifted"):
        write(tables, tmp_path / "x.jsonld")


def test_events_are_valid(tmp_path: Path, demo_graph: LinkGraph) -> None:
    """Events are valid by the official schemas of the event and of its facet."""
    jsonschema = pytest.importorskip("jsonschema")
    registry = pytest.importorskip("referencing")
    if not SCHEMAS.is_dir():
        pytest.skip("needs the official schemas beside the project")
    from referencing.jsonschema import DRAFT202012

    base = json.loads((SCHEMAS / "openlineage" / "OpenLineage.json").read_text())
    facet = json.loads(
        (SCHEMAS / "openlineage" / "facets" / "ColumnLineageDatasetFacet.json").read_text()
    )
    known = registry.Registry().with_resources(
        [(one["$id"], DRAFT202012.create_resource(one)) for one in (base, facet)]
    )
    event = jsonschema.Draft202012Validator(base, registry=known)
    columns = jsonschema.Draft202012Validator(
        {"$ref": f"{facet['$id']}#/$defs/ColumnLineageDatasetFacet"}, registry=known
    )
    found = events(write(demo_graph, tmp_path / "demo.ndjson", lineage="approved"))
    assert len(found) > 20
    for one in found:
        event.validate(one)
        columns.validate(one["dataset"]["facets"]["columnLineage"])


# --- dbt -----------------------------------------------------------------------------------------


def warehouse() -> LinkGraph:
    """Return links within a warehouse and to other systems, some of unnamed columns."""
    rows = [
        record("dwh/raw.user_id", "dwh/dim.id", 0.9, status="APPROVED"),
        record("dwh/dim.id", "crm/contact.id", 0.9, status="APPROVED"),
        record("dwh/raw.user_id", "dwh/dim.name", 0.9),
        record("dwh/lost.x", "dwh/dim.id", 0.9, status="APPROVED"),
        record("crm/contact.id", "shop/user.id", 0.9, status="APPROVED"),
    ]
    places = builders.catalogue(
        ["dwh/raw.user_id", "dwh/dim.id", "dwh/dim.name", "crm/contact.id", "shop/user.id"]
    )
    for table in places["tables"]:
        table["schema_name"] = "core" if table["name"] == "dim" else None
    return LinkGraph(read_links(rows, catalogue=places))


def test_dbt_has_tests_and_exposures(tmp_path: Path) -> None:
    """APPROVED links become tests and exposures; those without names are counted only."""
    path = write(warehouse(), tmp_path / "links.yml", system="dwh")
    text = path.read_text(encoding="utf-8")
    assert "Left out: 1 links" in text
    content = yaml.safe_load(text)
    assert content["version"] == 2
    sources = {source["name"]: source["tables"] for source in content["sources"]}
    assert set(sources) == {"core", "dwh"}
    ((column,),) = (table["columns"] for table in sources["dwh"])
    assert column == {
        "name": "user_id",
        "data_tests": [
            {"relationships": {"arguments": {"to": "source('core', 'dim')", "field": "id"}}}
        ],
    }
    (exposure,) = content["exposures"]
    assert exposure["name"] == "crm"
    assert exposure["depends_on"] == ["source('core', 'dim')"]


def test_dbt_needs_a_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing or unknown system, or a missing PyYAML, raises an error."""
    with pytest.raises(ArgumentError, match="one warehouse; none is named"):
        write(warehouse(), tmp_path / "x.yml")
    with pytest.raises(NodeNotFoundError):
        write(warehouse(), tmp_path / "x.yml", system="nowhere")
    monkeypatch.setattr("hummgraph.export.dbt.find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match="PyYAML"):
        write(warehouse(), tmp_path / "x.yml", system="dwh")


# --- others --------------------------------------------------------------------------------------


def test_only_approved_links_are_asserted(tmp_path: Path) -> None:
    """RDF asserts the match of APPROVED links; suggestions are statements about a match."""
    path = write(warehouse(), tmp_path / "links.jsonld")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from the parser of rdflib
        graph = rdflib.Graph().parse(path, format="json-ld")
    asserted = {(str(a), str(b)) for a, b in graph.subject_objects(rdflib.SKOS.closeMatch)}
    approved = warehouse().where(status="APPROVED")
    assert asserted == {
        (f"urn:uuid:{row['source']}", f"urn:uuid:{row['target']}") for row in approved.links
    }
    assert not list(graph.subject_objects(rdflib.OWL.sameAs))


@given(graphs())
def test_gexf_is_valid(graph: LinkGraph) -> None:
    """GEXF is valid by the official schema, whatever the texts contain."""
    etree = pytest.importorskip("lxml.etree")
    path = SCHEMAS / "gexf" / "gexf.xsd"
    if not path.is_file():
        pytest.skip("needs the official schema beside the project")
    schema = etree.XMLSchema(etree.parse(str(path)))
    clusters = cluster(graph, threshold=0.5)
    for rows, containment in (
        (Rows(graph, clusters, KeptEvidence.FULL), True),
        (Rows(graph.project("table"), None, KeptEvidence.VOCABULARY), False),
    ):
        content = b"".join(gexf_chunks(rows, containment=containment))
        schema.assertValid(etree.fromstring(content))


def test_mermaid_is_refused_above_its_limits(tmp_path: Path, demo_graph: LinkGraph) -> None:
    """The error for too large a graph says how to take a part of it."""
    with pytest.raises(FormatError, match="1,490 links are too many") as caught:
        write(demo_graph, tmp_path / "links.mmd")
    assert "where(min_confidence=...)" in str(caught.value)
    rows = [(f"s/{'long' * 15}{n}.c", f"r/{'long' * 15}{n}.c", 0.5) for n in range(400)]
    with pytest.raises(FormatError, match="characters; Mermaid reads up to 50,000"):
        write(builders.graph(rows), tmp_path / "links.mmd")


def test_csv_runs_nothing_unless_asked(tmp_path: Path) -> None:
    """An apostrophe is put before a text that a spreadsheet would run, unless raw is set."""
    places = builders.catalogue(["a/t.x"])
    places["columns"][0]["name"] = FORMULA
    graph = LinkGraph(read_links([], catalogue=places))
    for raw, begins in ((False, "'="), (True, "=")):
        folder = write(graph, tmp_path / f"raw-{raw}", format="csv", raw=raw)
        with (folder / "nodes.csv").open(newline="", encoding="utf-8") as file:
            names = [row["name"] for row in csv.DictReader(file)]
        assert any(name.startswith(begins) for name in names)
        assert (folder / "about.json").is_file()


def test_parquet_comes_in_pieces(demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups are yielded one by one and make one valid file."""
    import io

    import pyarrow.parquet as pq

    monkeypatch.setattr("hummgraph.export.rows.BATCH", 50)
    monkeypatch.setattr("hummgraph.export.parquet._ROW_GROUP", 4)
    rows = Rows(demo_graph, None, KeptEvidence.FULL)
    pieces = {name: list(content) for name, content in parquet_files(rows)}
    assert len(pieces["links.parquet"]) > 5
    read = pq.read_table(io.BytesIO(b"".join(pieces["links.parquet"])))
    assert read.column("link_id").to_pylist() == demo_graph.links["link_id"]
    assert read.schema.metadata[b"organization"] == b"Quillharbor"


@pytest.mark.parametrize(
    ("system", "said"),
    [
        (3, "system is 3; it must be a system by name or id"),
        (True, "system is True"),
        (["dwh"], "system is"),
        ("dwh/dim", "which is a table; it must be a system. Its system is 'dwh'"),
        ("dwh/dim.id", "which is a column"),
    ],
)
def test_dbt_takes_a_system_only(tmp_path: Path, system: Any, said: str) -> None:
    """A position, a table and a column raise an error; a system is named by id, name or node."""
    with pytest.raises(ArgumentError, match=said):
        write(warehouse(), tmp_path / "x.yml", system=system)
    graph = warehouse()
    node = graph.node("dwh")
    files = [
        write(graph, tmp_path / "x.yml", system=one).read_bytes()
        for one in ("dwh", node, node.node_id, UUID(node.node_id))
    ]
    assert len(set(files)) == 1


def test_dbt_says_that_there_is_nothing_to_test(tmp_path: Path) -> None:
    """A comment says that a warehouse has no APPROVED link between columns."""
    bare = builders.graph([("dwh/t.x", "crm/t.x", 0.9)])
    text = write(bare, tmp_path / "x.yml", system="dwh").read_text(encoding="utf-8")
    assert "# It has no such link: there is nothing to test, and no exposure." in text
    assert "nothing to test" not in write(warehouse(), tmp_path / "x.yml", system="dwh").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("x.graphml", {"nested": "no"}, "nested is 'no'; it must be True or False"),
        ("x.graphml", {"profile": ["yed"]}, "profile is"),
        ("x.graphml", {"profile": None}, "profile is None"),
        ("x", {"format": "csv", "raw": 1}, "raw is 1"),
        ("x.ndjson", {"lineage": 3}, "lineage is 3"),
    ],
)
def test_options_of_the_wrong_kind(
    tmp_path: Path, name: str, options: dict[str, Any], said: str
) -> None:
    """Options of another type raise an error; texts do not count as true."""
    with pytest.raises(ArgumentError, match=said):
        write(warehouse(), tmp_path / name, **options)


def test_what_formats_there_are(tmp_path: Path) -> None:
    """The error for an unknown format lists the formats and marks folders."""
    with pytest.raises(FormatError, match=r"csv \(a folder\)"):
        write(warehouse(), tmp_path / "x", format=3)  # type: ignore[arg-type]  # tests a wrong type
    with pytest.raises(
        FormatError, match=r"has no suffix to select the format; .* Or name one with format="
    ):
        write(warehouse(), tmp_path / "x")
