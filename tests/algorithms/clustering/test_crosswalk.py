"""Tests of the crosswalk, as a table and as a map."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import FormatError, MissingDependencyError
from hummgraph.export.crosswalk_files import write_crosswalk
from tests.support.builders import Row, graph, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.clustering.clusters import Clusters


def clusters(*more: Row) -> Clusters:
    """Return a cluster of three columns in two systems, and others."""
    rows: list[Row] = [
        ("crm/contact.email", "shop/customer.email", 0.93),
        ("shop/customer.email", "crm/lead.email", 0.8),
        *more,
    ]
    return cluster(graph(rows), method="components", threshold=0.5)


def test_cells_have_fields_and_confidence() -> None:
    """A cell lists the members in that system, each with its surest link; empty ones are null."""
    (first, second) = clusters(("a/t.x", "b/t.y", None, "APPROVED")).crosswalk()

    assert first["crm"] == "contact.email (0.93); lead.email (0.80)"
    assert first["shop"] == "customer.email (0.93)"
    assert first["a"] is None
    assert second["a"] == "t.x (1.00)"


def test_a_cluster_says_how_sure_each_member_is() -> None:
    """A member has its surest link, whether an APPROVED one holds it, and is listed by both."""
    rows: list[Row] = [
        ("a/t.x", "b/t.y", 0.6, "APPROVED"),
        ("b/t.y", "c/t.z", 0.93),
        ("c/t.z", "d/t.w", 0.9),
    ]
    one = cluster(graph(rows), method="components", threshold=0.5)["a/t.x"]

    assert {
        node.path: (sure, approved)
        for node, sure, approved in zip(one, one.confidences, one.approved, strict=True)
    } == {
        "a/t.x": (0.6, True),
        "b/t.y": (0.93, True),
        "c/t.z": (0.93, False),
        "d/t.w": (0.9, False),
    }
    assert [
        [cell.strip() for cell in line.split("|")[:3]] for line in str(one).splitlines()[4:]
    ] == [
        ["b/t.y", "0.93", "yes"],
        ["a/t.x", "0.6", "yes"],
        ["c/t.z", "0.93", ""],
        ["d/t.w", "0.9", ""],
    ]


def test_a_cluster_is_a_table_of_its_members() -> None:
    """One row a member, as in the table of all clusters."""
    found = clusters(("a/t.x", "b/t.y", None, "APPROVED"))
    for one in found:
        frame = one.to_frame()
        assert frame["path"] == [node.path for node in one]
        names = ("node_id", "path", "name", "deleted", "confidence", "approved")
        rows = found.to_frame().filter(cluster_id=one.id)
        assert list(frame.select(*names)) == list(rows.select(*names))


def test_a_number_is_a_label_and_iteration_has_its_order() -> None:
    """A cluster in iteration knows its label, by which it is found among names and sizes."""
    found = clusters(("a/t.x", "b/t.y", None, "APPROVED")).sort_by("identity")
    assert [one.index for one in found] == found.order.tolist()
    for one in found:
        assert found[one.index].id == one.id == found.ids[one.index]
        assert (found.names[one.index], found.sizes[one.index]) == (one.name, one.size)
    assert found[0].size == max(found.sizes)


def test_confidence_can_be_left_out() -> None:
    """Cells without confidences are bare names, as for joins."""
    (row,) = clusters().crosswalk(confidence=False)

    assert (row["crm"], row["shop"]) == ("contact.email; lead.email", "customer.email")


def test_identity_map_names_every_member() -> None:
    """Each identity has its members with system, table, name and confidence."""
    found = clusters()
    content = found.identity_map()
    (identity,) = content["identities"]

    assert (content["schema"], content["threshold"]) == (1, 0.5)
    assert (identity["id"], identity["name"]) == (found.ids[0], "email")
    assert identity["contradictions"] == 0
    assert {
        "id": uid("crm/lead.email"),
        "system": "crm",
        "table": "lead",
        "name": "email",
        "deleted": False,
        "confidence": 0.8,
    } in identity["members"]
    assert [member["id"] for member in identity["members"]] == list(found.members[0])


def test_members_without_a_weight_have_no_confidence() -> None:
    """A member whose links have no weight has no confidence."""
    import numpy as np

    found = clusters()
    high = found.problem.with_setting(replace(found.setting, threshold=1.0))
    alone = type(found)(high, found.labels, found.remake)

    (identity,) = alone.identity_map()["identities"]
    assert {member["confidence"] for member in identity["members"]} == {None}
    assert next(iter(alone.crosswalk()))["shop"] == "customer.email"
    assert np.array_equal(alone.labels, found.labels)


class _Page(HTMLParser):
    """Collects the texts of cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag, which has nothing that would run or load."""
        assert not {name for name, _ in attrs} & {"src", "href", "onclick", "style"}
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text.append(data)


def read(path: Path) -> Any:
    """Read a file of a crosswalk with another library."""
    text = path.read_bytes().decode()
    if path.suffix == ".json":
        return json.loads(text)
    return yaml.safe_load(text)


@pytest.mark.parametrize("suffix", [".json", ".yaml", ".yml"])
def test_identity_maps_are_read_as_they_were(tmp_path: Path, suffix: str) -> None:
    """JSON and YAML hold the same data in any script; the same clusters give the same bytes."""
    found = clusters(("a/no: yes.ключ", "b/t.#x", 0.9))
    path = write_crosswalk(found, tmp_path / f"map{suffix}")

    assert read(path) == found.identity_map()
    assert write_crosswalk(found, tmp_path / f"again{suffix}").read_bytes() == path.read_bytes()


def test_tables_are_safe_to_open(tmp_path: Path) -> None:
    """No name becomes a formula in a spreadsheet or markup in a page; all rows are present."""
    more: list[Row] = [(f"a/=t{n}.<b>x", f"b/t{n}.y", 0.9) for n in range(20)]
    found = clusters(*more)
    text = write_crosswalk(found, tmp_path / "x.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == found.n_clusters == 21
    assert sum(row["a"].startswith("'=t") for row in rows) == 20
    bare = write_crosswalk(found, tmp_path / "y.csv", confidence=False).read_text()
    assert "(0.9" not in bare

    page = _Page()
    page.feed(write_crosswalk(found, tmp_path / "x.HTML").read_text())
    assert "=t19.<b>x (0.90)" in page.text
    assert "21 rows" in page.text
    assert not page.tags & {"b", "script", "link", "img"}


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    """The error names the allowed suffixes."""
    with pytest.raises(FormatError, match=r"x\.doc' .* \.csv, \.xlsx, \.html"):
        write_crosswalk(clusters(), tmp_path / "x.doc")


def test_yaml_needs_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML the error names the package to install, and nothing is written."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.setattr("hummgraph.export.crosswalk_files.find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match=r"hummgraph\[yaml\]"):
        write_crosswalk(clusters(), tmp_path / "x.yaml")
    assert not list(tmp_path.iterdir())
