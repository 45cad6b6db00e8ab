"""Tests of truths: what they say, how they are read, and how they meet a graph."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pytest

from hummgraph.algorithms.clustering import cluster
from hummgraph.algorithms.evaluation import evaluate
from hummgraph.algorithms.truth import RIGHT, SILENT, WRONG, Truth, place
from hummgraph.elements import Level
from hummgraph.errors import ArgumentError, FormatError, NodeNotFoundError
from tests.builders import graph, uid

if TYPE_CHECKING:
    from pathlib import Path

LINKED = graph([("a/t.x", "b/t.x"), ("a/t.y", "b/t.y"), ("c/t.x", "c/t.y")])


def verdict(truth: Truth, a: str, b: str) -> int:
    """Say what a truth makes of a pair of columns."""
    placed = place(truth, LINKED, Level.COLUMN, missing="raise")
    first = int(LINKED.arrays.nodes.first[2])
    source, target = (np.array([LINKED.index_of(name) - first]) for name in (a, b))
    return int(placed.verdicts(source, target, LINKED.n_nodes - first)[0])


def test_without_families_clusters_exclude_each_other() -> None:
    """Same cluster: right; different clusters: wrong; a node the truth does not know: silent."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"], ["a/t.y"]])

    assert verdict(truth, "a/t.x", "b/t.x") == RIGHT
    assert verdict(truth, "a/t.x", "a/t.y") == WRONG
    assert verdict(truth, "a/t.x", "c/t.x") == SILENT


def test_clusters_of_different_families_are_silent() -> None:
    """Two clusters exclude each other only within their family."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"], ["a/t.y"], ["c/t.x"]], ["f", "f", "g"])

    assert verdict(truth, "b/t.x", "a/t.y") == WRONG
    assert verdict(truth, "b/t.x", "c/t.x") == SILENT


def test_right_in_one_family_is_right() -> None:
    """A pair that one family unites is right, though another holds its nodes apart."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"], ["a/t.x"], ["b/t.x"]], ["f", "g", "g"])

    assert verdict(truth, "a/t.x", "b/t.x") == RIGHT


def test_complete_truth_knows_every_node() -> None:
    """In a complete truth a node that no cluster has is like no other."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"]], complete=True)

    assert verdict(truth, "a/t.x", "c/t.x") == WRONG
    assert verdict(truth, "c/t.y", "c/t.x") == WRONG
    assert verdict(truth, "a/t.x", "b/t.x") == RIGHT


def test_members_are_ids_names_or_nodes() -> None:
    """A node may be given as its id in any spelling, a UUID, a name or itself, also repeatedly."""
    truth = Truth.from_clusters(
        [[uid("a/t.x").upper(), UUID(uid("b/t.x")), "B/T.X", LINKED.node("c/t.x")]]
    )
    placed = place(truth, LINKED, Level.COLUMN, missing="raise")

    assert len(placed.node) == 3
    assert verdict(truth, "a/t.x", "c/t.x") == RIGHT


def test_unknown_nodes_are_refused_or_counted() -> None:
    """A member that the graph does not have is an error that names it, unless it is skipped."""
    truth = Truth.from_clusters([["a/t.x", "a/t.z", "d", "e", "f"]])

    with pytest.raises(NodeNotFoundError, match=r"4 nodes .*'a/t.z', 'd', 'e' \.\.\.") as caught:
        place(truth, LINKED, Level.COLUMN, missing="raise")
    assert "a/t.x" in caught.value.near
    assert place(truth, LINKED, Level.COLUMN, missing="skip").n_missing == 4
    with pytest.raises(NodeNotFoundError, match=r"1 node of the truth .*: 'd'\."):
        place(Truth.from_clusters([["d"]]), LINKED, Level.COLUMN, missing="raise")
    with pytest.raises(ArgumentError, match="missing is 'drop'"):
        place(truth, LINKED, Level.COLUMN, missing="drop")


def test_nodes_of_other_levels_are_counted() -> None:
    """Members at another level than the clusters' say nothing, and are counted."""
    placed = place(
        Truth.from_clusters([["a", "a/t", "a/t.x"]]), LINKED, Level.TABLE, missing="raise"
    )

    assert (len(placed.node), placed.n_other_level, placed.n_missing) == (1, 2, 0)


@pytest.mark.parametrize("families", [None, ["f", "f"]])
def test_a_node_is_in_one_cluster_of_a_family(families: list[str] | None) -> None:
    """A node in two clusters of one family is refused, also where two names mean it."""
    where = r" of the family 'f'" if families else ""
    with pytest.raises(ArgumentError, match=f"'a/t.x' is in two clusters{where}; it can"):
        Truth.from_clusters([["a/t.x"], ["a/t.x"]], families)
    truth = Truth.from_clusters([["a/t.x"], [uid("a/t.x")]], families)
    with pytest.raises(ArgumentError, match=f"'a/t.x' is in two clusters{where}; it can"):
        place(truth, LINKED, Level.COLUMN, missing="raise")


def test_what_is_no_truth_is_refused() -> None:
    """Clusters are lists of members; families fit them; a complete truth has none."""
    with pytest.raises(ArgumentError, match="Cluster 1 is 'b'"):
        Truth.from_clusters([["a"], "b"])
    with pytest.raises(ArgumentError, match="Cluster 0 is 3"):
        Truth.from_clusters([3])  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match="Cluster 0 has a member without"):
        Truth.from_clusters([[""]])
    with pytest.raises(ArgumentError, match="1 families for 2 clusters"):
        Truth.from_clusters([["a"], ["b"]], ["f"])
    with pytest.raises(ArgumentError, match="complete"):
        Truth.from_clusters([["a"]], ["f"], complete=True)


def test_repr_counts() -> None:
    """A truth shows how many clusters, nodes and families it has; a node counts once."""
    truth = Truth.from_clusters([["a", "b"], ["a"]], ["f", "g"])

    assert repr(truth) == "<Truth: 2 clusters of 2 nodes, 2 families>"
    assert repr(Truth.from_clusters([["a"]], ["f"])) == "<Truth: 1 cluster of 1 node, 1 family>"
    whole = Truth.from_clusters([["a"]], complete=True)
    assert repr(whole) == "<Truth: 1 cluster of 1 node, complete>"
    assert (len(truth), truth.n_nodes) == (2, 2)


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "families"),
    [
        ([["a", "b"], ["c"]], None),
        ({"clusters": [["a", "b"], ["c"]], "about": 1}, None),
        ({"clusters": [{"members": ["a", "b"]}, {"members": [{"id": "c", "label": "d"}]}]}, None),
        (
            [{"members": ["a", "b"], "family": "f"}, {"members": ["c"], "family": "g", "id": "x"}],
            ("f", "g"),
        ),
    ],
)
@pytest.mark.parametrize("suffix", ["json", "JSON.gz"])
def test_json(tmp_path: Path, content: object, families: Any, suffix: str) -> None:
    """A truth is a list of clusters, bare or in an object, of texts or objects, gzipped or not."""
    path = tmp_path / f"truth.{suffix}"
    packed = json.dumps(content).encode()
    path.write_bytes(gzip.compress(packed) if suffix.endswith("gz") else packed)
    truth = Truth.read(path)

    assert truth.clusters == (("a", "b"), ("c",))
    assert truth.families == families


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("node_id,entity\na,1\nc,2\n\nb,1\n", None),
        ("\ufefffamily,node_id,entity\r\nf,a,1\r\nf,b,1\r\nf,c,2\r\n", ("f", "f")),
        ("node_id, entity, family\na, 1, f\nb, 1, f\nc, 1, g\n", ("f", "g")),
    ],
)
def test_csv(tmp_path: Path, text: str, families: Any) -> None:
    """Rows with one entity, and family if there is one, are a cluster; columns in any order."""
    path = tmp_path / "truth.csv"
    path.write_text(text, encoding="utf-8", newline="")
    truth = Truth.read(path)

    assert truth.clusters == (("a", "b"), ("c",))
    assert truth.families == families


def test_a_file_may_be_complete(tmp_path: Path) -> None:
    """That a truth is complete is said where it is read."""
    path = tmp_path / "truth.json"
    path.write_text("[]")

    assert Truth.read(path, complete=True).complete


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", b"[", "not JSON"),
        ("t.json", b"[" * 100_000, "not JSON"),
        ("t.json", b"\xff", "not UTF-8"),
        ("t.json.gz", b"[]", "Cannot read"),
        ("t.json.gz", gzip.compress(b"[]", mtime=0)[:-9], "Cannot read"),
        ("t.json", b"{}", "list of clusters"),
        ("t.json", b"3", "list of clusters"),
        ("t.json", b'["a"]', "cluster 0 is not a list"),
        ("t.json", b'[["a"], {"members": []}]', "some clusters are objects"),
        ("t.json", b'[{"family": "f"}]', "cluster 0 is not a list"),
        ("t.json", b"[[1]]", "cluster 0 has the member 1"),
        ("t.json", b'[[{"name": "a"}]]', "cluster 0 has the member None"),
        ("t.json", b'[{"members": []}, {"members": [], "family": "f"}]', "cluster 0 has the fam"),
        ("t.json", b'[{"members": [], "family": 3}]', "has the family 3"),
        ("t.json", b'[["a"], ["a"]]', "in two clusters"),
        ("t.csv", b"", "columns are none"),
        ("t.csv", b"node,entity\n", "columns are node, entity"),
        ("t.csv", b"node_id,entity,entity\n", "columns are node_id, entity, entity"),
        ("t.csv", b"node_id,entity\na,1\nb\n", "line 3"),
        ("t.csv", b"node_id,entity\na,1\nb, \n", "line 3"),
        ("t.csv", b"node_id,entity\na,1,2\n", "line 2"),
    ],
)
def test_files_that_are_no_truth(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """A file that cannot be read as a truth is refused with its path and what is wrong."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ArgumentError, match=message) as caught:
        Truth.read(path)
    assert name in str(caught.value)


def test_names_of_files(tmp_path: Path) -> None:
    """The name of a file says how it is read; a file that is not there cannot be."""
    with pytest.raises(FormatError, match=r"\.json or \.csv"):
        Truth.read(tmp_path / "truth.xlsx")
    with pytest.raises(ArgumentError, match="No such file"):
        Truth.read(tmp_path / "truth.json")


def test_a_large_partial_truth(real_organization: Path) -> None:
    """A partial truth in families, some nodes in two of them, is read and judged."""
    from hummgraph.graph import LinkGraph
    from hummgraph.readers import read_links

    truth = Truth.read(real_organization / "truth.json.gz")
    links = json.loads(gzip.decompress((real_organization / "entity_links.json.gz").read_bytes()))
    linked = LinkGraph(read_links(links))
    found = evaluate(cluster(linked), truth, missing="skip")

    assert truth.families is not None
    assert found.n_right <= min(found.n_found, found.n_true) <= found.n_judged
