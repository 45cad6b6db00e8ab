"""Reads every format back, with readers of others where there are such, into one shape."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import UUID

import networkx as nx
import pyarrow.parquet as pq
import pydot
import pytest
import rdflib
from defusedxml import ElementTree  # type: ignore[import-untyped]
from pyarrow import csv as arrow_csv

from tests.support.explorer_pages import packed_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["READERS", "Read"]

GEXF = "{http://gexf.net/1.3}"


@dataclass
class Read:
    """Content that a reader finds."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Attributes by id; a null is missing."""
    links: list[dict[str, Any]] = field(default_factory=list)
    """With ``source`` and ``target``; evidence as text."""
    contains: set[tuple[str, str]] = field(default_factory=set)
    facts: str = ""
    """Facts of the whole in the file, as text."""


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _graphml(path: Path) -> Read:
    graph = nx.read_graphml(path, force_multigraph=True)
    read = Read(dict(graph.nodes(data=True)), facts=json.dumps(graph.graph))
    for source, target, data in graph.edges(data=True):
        if data.pop("kind") == "contains":
            read.contains.add((source, target))
        else:
            read.links.append({"source": source, "target": target, **data})
    # As read_graphml() undoes it; a reader of others shows the escapes.
    for row in (*read.nodes.values(), *read.links):
        for name, value in row.items():
            if isinstance(value, str):
                row[name] = re.sub("_x([0-9A-F]{4})_", lambda one: chr(int(one[1], 16)), value)
    return read


def _html(path: Path) -> Read:
    pack = packed_of(path.read_text(encoding="utf-8"))
    head, arrays = pack.header, pack.arrays
    ids = [str(UUID(bytes=row.tobytes())) for row in arrays["node_id"].reshape(-1, 16)]
    described = dict(head["descriptions"])
    read = Read(facts=json.dumps([head["organization"], head["kept_evidence"], head["notes"]]))
    for code, node in enumerate(ids):
        row = {"name": head["names"][code], "description": described.get(code)}
        read.nodes[node] = _known(row)
        if arrays["parent"][code] >= 0:
            read.contains.add((ids[arrays["parent"][code]], node))
    labels = pack.labels(head["clustering"]["threshold"])
    for code, node in enumerate(ids):
        read.nodes[node]["cluster"] = int(labels[code])
    confidence = pack.numbers("confidence")
    evidence = pack.evidence()
    for number, link in enumerate(arrays["link_id"].reshape(-1, 16)):
        value = float(confidence[number])
        row = {
            "link_id": str(UUID(bytes=link.tobytes())),
            "source": ids[arrays["source"][number]],
            "target": ids[arrays["target"][number]],
            "status": head["statuses"][arrays["status"][number]],
            "confidence": value if value == value else None,  # noqa: PLR0124 - NaN
            "evidence": evidence[number],
        }
        read.links.append(_known(row))
    return read


def _gexf(path: Path) -> Read:
    root = ElementTree.parse(path).getroot()
    kinds: dict[str, Callable[[str], Any]] = {
        "boolean": lambda text: text == "true",
        "double": float,
        "long": int,
        "string": str,
    }
    types = {
        (group.get("class"), one.get("id")): kinds[one.get("type")]
        for group in root.iter(f"{GEXF}attributes")
        for one in group
    }

    def values(domain: str, element: Any) -> dict[str, Any]:
        found = {}
        for one in element.iter(f"{GEXF}attvalue"):
            found[one.get("for")] = types[domain, one.get("for")](one.get("value"))
        return found

    read = Read(facts=root.findtext(f".//{GEXF}description"))
    for node in root.iter(f"{GEXF}node"):
        read.nodes[node.get("id")] = {"label": node.get("label"), **values("node", node)}
        for parent in node.iter(f"{GEXF}parent"):
            read.contains.add((parent.get("for"), node.get("id")))
    for edge in root.iter(f"{GEXF}edge"):
        ends = {end: edge.get(end) for end in ("source", "target")}
        read.links.append({**ends, "edge_id": edge.get("id"), **values("edge", edge)})
    return read


def _evidence_as_text(row: dict[str, Any]) -> dict[str, Any]:
    if isinstance(row.get("evidence"), dict):
        row["evidence"] = json.dumps(row["evidence"])
    return _known(row)


def _node_link(path: Path) -> Read:
    graph = nx.node_link_graph(json.loads(path.read_text(encoding="utf-8")), edges="edges")
    assert isinstance(graph, nx.MultiDiGraph)
    read = Read(facts=json.dumps(graph.graph))
    read.nodes = {node: _known(data) for node, data in graph.nodes(data=True)}
    for source, target, data in graph.edges(data=True):
        if data.pop("kind") == "contains":
            read.contains.add((source, target))
        else:
            read.links.append(_evidence_as_text({"source": source, "target": target, **data}))
    return read


def _cytoscape(path: Path) -> Read:
    content = json.loads(path.read_text(encoding="utf-8"))
    read = Read(facts=json.dumps(content["data"]))
    for one in content["elements"]["nodes"]:
        data = one["data"]
        node = data.pop("id")
        if "parent" in data:
            read.contains.add((data.pop("parent"), node))
        read.nodes[node] = _known(data)
    ids = [
        one["data"]["id"]
        for group in content["elements"].values()
        for one in group
        if "id" in one["data"]
    ]
    assert len(set(ids)) == len(ids)
    read.links = [_evidence_as_text(one["data"]) for one in content["elements"]["edges"]]
    return read


def _unquoted(value: object) -> str:
    text = str(value)
    assert text[0] == text[-1] == '"'
    return re.sub(r'\\(["\\])', r"\1", text[1:-1])


def _dot(path: Path) -> Read:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what it parses with
        found = pydot.graph_from_dot_data(path.read_bytes().decode())
    assert found is not None
    (graph,) = found
    read = Read()
    for node in graph.get_nodes():
        attributes = _dot_attributes(node.get_attributes())
        if node.get_name() == "graph":
            read.facts = json.dumps(attributes)
        else:
            attributes["name"] = attributes.pop("node_name")
            read.nodes[_unquoted(node.get_name())] = attributes
    for edge in graph.get_edges():
        attributes = _dot_attributes(edge.get_attributes())
        ends = _unquoted(edge.get_source()), _unquoted(edge.get_destination())
        if attributes.pop("kind") == "contains":
            read.contains.add(ends)
        else:
            read.links.append({"source": ends[0], "target": ends[1], **attributes})
    graph_facts = graph.get_graph_defaults()
    if graph_facts:
        read.facts = json.dumps([{k: _unquoted(v) for k, v in one.items()} for one in graph_facts])
    return read


def _dot_attributes(said: dict[str, str]) -> dict[str, Any]:
    """Return names and values without their quotes."""
    return {
        name if name[:1] != '"' else _unquoted(name): _unquoted(value)
        for name, value in said.items()
    }


def _mermaid(path: Path) -> Read:
    text = path.read_text(encoding="utf-8")
    read = Read(facts=text)
    for source, target in re.findall(
        r"^  (n\d+) [-=][^n]*?(?:\|\"[^\"]*\"\| )?(n\d+)$", text, re.MULTILINE
    ):
        read.links.append({"source": source, "target": target})
    return read


def _rows(path: Path) -> list[dict[str, Any]]:
    """Read CSV, whose empty texts are quoted and whose nulls are not."""
    with path.open(newline="", encoding="utf-8") as file:
        assert len({len(row) for row in csv.reader(file)}) <= 1
    content = path.read_bytes()
    if content.count(b"\n") == 1 and content.endswith(b"\n"):
        return []
    options = arrow_csv.ConvertOptions(
        strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
    )
    names = next(csv.reader(io.StringIO(content.decode())))
    import pyarrow as pa

    options.column_types = {name: pa.string() for name in names}
    table = arrow_csv.read_csv(
        path, convert_options=options, parse_options=arrow_csv.ParseOptions(newlines_in_values=True)
    )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _csv(path: Path) -> Read:
    read = Read(facts=(path / "about.json").read_text(encoding="utf-8"))
    for row in _rows(path / "nodes.csv"):
        if row["parent_id"] is not None:
            read.contains.add((row["parent_id"], row["node_id"]))
        read.nodes[row.pop("node_id")] = _known(row)
    read.links = [_known(row) for row in _rows(path / "links.csv")]
    return read


def _parquet(path: Path) -> Read:
    nodes, links = (pq.read_table(path / f"{name}.parquet") for name in ("nodes", "links"))
    read = Read(facts=str(nodes.schema.metadata))
    for row in nodes.to_pylist():
        if row["parent_id"] is not None:
            read.contains.add((row["parent_id"], row["node_id"]))
        read.nodes[row.pop("node_id")] = _known(row)
    for row in links.to_pylist():
        for name in ("created_at", "updated_at"):
            if row.get(name) is not None:
                row[name] = row[name].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        read.links.append(_known(row))
    return read


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """Read what Neo4j's headers say of types."""
    made: dict[str, Callable[[str], Any]] = {
        "double": float,
        "long": int,
        "boolean": lambda text: text == "true",
        "datetime": str,
        "": str,
    }
    typed = {}
    for name, value in _known(row).items():
        plain, _, kind = name.partition(":")
        typed[plain or kind] = made.get(kind, str)(value)
    return typed


def _neo4j(path: Path) -> Read:
    read = Read(facts=(path / "import.sh").read_text(encoding="utf-8"))
    for row in map(_typed, _rows(path / "nodes.csv")):
        read.nodes[row.pop("node_id")] = row
    for row in map(_typed, _rows(path / "links.csv")):
        read.links.append({"source": row.pop("START_ID"), "target": row.pop("END_ID"), **row})
    for row in map(_typed, _rows(path / "contains.csv")):
        read.contains.add((row["START_ID"], row["END_ID"]))
    return read


def _parsed(path: Path) -> rdflib.Graph:
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore", DeprecationWarning)  # of how it parses
        for module in ("parsers.jsonld", "shared.jsonld.util"):
            # Where it is installed, rdflib takes orjson, which rounds numbers beyond 64 bits.
            patch.setattr(f"rdflib.plugins.{module}._HAS_ORJSON", False)
        return rdflib.Graph().parse(path, format="json-ld")


def _json_ld(path: Path) -> Read:
    graph = _parsed(path)
    words = rdflib.Namespace("urn:hummgraph:words#")
    short: dict[Any, str] = {
        rdflib.SKOS.prefLabel: "name",
        rdflib.DCTERMS.created: "created_at",
        rdflib.DCTERMS.modified: "updated_at",
    }

    def plain(name: Any) -> str:
        uuid, _, level = str(name).removeprefix("urn:uuid:").partition("#")
        return f"{level}:{uuid}" if level else uuid

    def attributes(thing: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for predicate, value in graph.predicate_objects(thing):
            name = short.get(predicate) or unquote(str(predicate).removeprefix(str(words)))
            if isinstance(value, rdflib.Literal):
                is_text = name == "evidence" or value.datatype is None
                found[name] = str(value) if is_text else value.toPython()
                if name in {"created_at", "updated_at"}:
                    found[name] = found[name].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return found

    read = Read(facts=json.dumps(attributes(rdflib.URIRef("urn:hummgraph:graph")), default=str))
    for kind in ("IntegrationSource", "Table", "Column"):
        for thing in graph.subjects(rdflib.RDF.type, words[kind]):
            read.nodes[plain(thing)] = attributes(thing)
            for above in graph.objects(thing, rdflib.DCTERMS.isPartOf):
                read.contains.add((plain(above), plain(thing)))
    for thing in graph.subjects(rdflib.RDF.type, rdflib.RDF.Statement):
        (source,) = graph.objects(thing, rdflib.RDF.subject)
        (target,) = graph.objects(thing, rdflib.RDF.object)
        ends = {"source": plain(source), "target": plain(target)}
        read.links.append({"link_id": plain(thing), **ends, **attributes(thing)})
    return read


def _openlineage(path: Path) -> Read:
    read = Read()
    for line in path.read_text(encoding="utf-8").splitlines():
        dataset = json.loads(line)["dataset"]
        for name, column in dataset["facets"]["columnLineage"]["fields"].items():
            target = f"{dataset['namespace']}/{dataset['name']}.{name}"
            for one in column["inputFields"]:
                source = f"{one['namespace']}/{one['name']}.{one['field']}"
                read.links.append({"source": source, "target": target})
    return read


def _dbt(path: Path) -> Read:
    import yaml

    read = Read()
    for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
        for table in source["tables"]:
            for column in table["columns"]:
                for test in column.get("data_tests", ()):
                    place = f"{source['name']}.{table['name']}.{column['name']}"
                    said = test["relationships"]["arguments"]
                    schema, other = re.findall(r"'([^']*)'", said["to"])
                    read.links.append(
                        {"source": place, "target": f"{schema}.{other}.{said['field']}"}
                    )
    return read


def _datahub(path: Path) -> Read:
    read = Read()
    fields: dict[tuple[str, str], str] = {}
    terms: dict[str, str] = {}
    patches = []
    for one in json.loads(path.read_text(encoding="utf-8")):
        if one["changeType"] == "PATCH":
            patches.append(one)
            continue
        value = one["aspect"]["json"]
        if one["entityType"] == "glossaryTerm":
            terms[one["entityUrn"]] = value["customProperties"]["cluster_id"]
        if one["entityType"] != "erModelRelationship":
            continue
        said = value["customProperties"]
        (mapping,) = value["relationshipFieldMappings"]
        link = {}
        for end, other in (("source", "source"), ("target", "destination")):
            column = json.loads(said.pop(f"{end}_nodes"))[0]
            read.nodes[column["node_id"]] = {"name": column["name"]}
            fields[value[other], mapping[f"{other}Field"]] = link[end] = column["node_id"]
        read.links.append({**said, **link})
    for patch in patches:
        for added in json.loads(patch["aspect"]["value"]):
            parts = [
                text.replace("~1", "/").replace("~0", "~") for text in added["path"].split("/")
            ]
            node = fields[patch["entityUrn"], parts[2]]
            read.nodes[node]["cluster_id"] = terms[added["value"]["urn"]]
    return read


READERS: dict[str, Callable[[Path], Read]] = {
    "graphml": _graphml,
    "html": _html,
    "gexf": _gexf,
    "node-link": _node_link,
    "cytoscape": _cytoscape,
    "dot": _dot,
    "mermaid": _mermaid,
    "csv": _csv,
    "parquet": _parquet,
    "neo4j": _neo4j,
    "json-ld": _json_ld,
    "openlineage": _openlineage,
    "dbt": _dbt,
    "datahub": _datahub,
}
