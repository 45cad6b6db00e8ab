"""Tests of the table of what neighbours hold, which the guide has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hummgraph import read_datahub, splink_settings
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import FormatError
from hummgraph.export import write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "neighbours.md"
BOTH = ["dwh/person", "crm/person"]
STATUSES = {"email": "APPROVED", "mobile": "SUGGESTED", "fax": "REJECTED"}


def linked() -> LinkGraph:
    """Return an approved, a suggested and a rejected link, with all that could be written."""
    places = builders.catalogue(
        [f"{table}.{column}" for table in BOTH for column in ("id", *STATUSES)]
    )
    for column in places["columns"]:
        column["is_primary_key"] = column["name"] == "id"
        column["description"] = "said of a column"
    rows = [
        record(
            f"dwh/person.{name}",
            f"crm/person.{name}",
            0.9375 if status != "REJECTED" else 0.125,
            id=uid(name),
            status=status,
            evidence={"rule": "said by a matcher"},
        )
        for name, status in STATUSES.items()
    ]
    return LinkGraph(read_links(rows, catalogue=places))


def texts(folder: Path) -> dict[str, str]:
    """Return what is written for each neighbour."""
    graph = linked()
    clusters = cluster(graph, method="components", threshold=0.5)
    paths = {
        "DataHub": write(graph, folder / "x.datahub.json", suggested=True, clusters=clusters),
        "OpenLineage": write(graph, folder / "x.ndjson", lineage="approved", clusters=clusters),
        "dbt": write(graph, folder / "x.yml", system="dwh", clusters=clusters),
    }
    settings = splink_settings(graph, "dwh/person", tables=BOTH, clusters=clusters)
    return {
        **{name: path.read_text(encoding="utf-8") for name, path in paths.items()},
        "Splink": settings.to_json() + settings.to_sql(),
    }


def comes_back(folder: Path, neighbour: str) -> bool:
    """Return whether the links of what is written can be read."""
    suffix = {"DataHub": ".datahub.json", "OpenLineage": ".ndjson", "dbt": ".yml"}.get(neighbour)
    if suffix is None:
        return False
    try:
        read = read_datahub(folder / f"x{suffix}")
    except FormatError:
        return False
    own = {row["link_id"]: row for row in linked().links if row["status"] != "REJECTED"}
    assert set(read.links["link_id"]) == set(own)
    names = ("source", "target", "source_path", "status", "confidence", "created_at")
    for row in read.links:
        assert [row[name] for name in names] == [own[row["link_id"]][name] for name in names]
    return True


HOLDS: dict[str, Callable[[str], bool]] = {
    "columns of approved links": lambda text: "email" in text,
    "columns of suggested links": lambda text: "mobile" in text,
    "columns of rejected links": lambda text: "fax" in text,
    "ids of links": lambda text: uid("email") in text,
    "confidences": lambda text: "0.9375" in text,
    "types of links": lambda text: "PROBABILISTIC" in text,
    "times of links": lambda text: str(linked().links["updated_at"][0].date()) in text,
    "ids of columns": lambda text: uid("dwh/person.email") in text,
    "clusters": lambda text: any(
        name in text or f'"{name.replace(" ", "_")}"' in text
        for name in cluster(linked(), method="components", threshold=0.5).names
    ),
    "evidence": lambda text: "said by a matcher" in text,
    "descriptions": lambda text: "said of a column" in text,
}


def table() -> dict[str, dict[str, str]]:
    """Return the cells of the guide, by row and column."""
    text = PAGE.read_text(encoding="utf-8")
    lines = text.split("<!-- neighbours -->")[1].split("<!-- end of neighbours -->")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in lines.split("\n") if line
    ]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def test_every_row_is_tested() -> None:
    """A row that is added needs a test."""
    assert list(table()) == [*HOLDS, "comes back"]


@pytest.mark.parametrize("part", table())
def test_cell(tmp_path: Path, part: str) -> None:
    """A neighbour's file has all parts that are claimed for it, and no others."""
    found: dict[str, Any] = {
        neighbour: comes_back(tmp_path, neighbour) if part == "comes back" else HOLDS[part](text)
        for neighbour, text in texts(tmp_path).items()
    }
    assert {name: "yes" if held else "-" for name, held in found.items()} == table()[part]
