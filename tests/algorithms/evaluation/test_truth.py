"""Tests of truths: verdicts, files, and nodes in a graph."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any
from uuid import UUID

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.evaluation.evaluation import evaluate
from hummgraph.algorithms.evaluation.truth import RIGHT, SILENT, WRONG, Truth, place_truth
from hummgraph.errors import AmbiguousNodeError, ArgumentError, FormatError, NodeNotFoundError
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, graph, record, uid

if TYPE_CHECKING:
    from pathlib import Path

LINKED = graph([("a/t.x", "b/t.x"), ("a/t.y", "b/t.y"), ("c/t.x", "c/t.y")])


def verdict(truth: Truth, a: str, b: str) -> int:
    """Return the verdict of a truth on a pair of columns."""
    placed = place_truth(truth, LINKED, Level.COLUMN, missing="raise")
    first = int(LINKED.arrays.nodes.first[2])
    source, target = (np.array([LINKED.index_of(name) - first]) for name in (a, b))
    return int(placed.verdicts(source, target)[0])


def test_without_families_clusters_exclude_each_other() -> None:
    """A pair in one cluster is right, in two clusters wrong, and with an unknown node silent."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"], ["a/t.y"]])

    assert verdict(truth, "a/t.x", "b/t.x") == RIGHT
    assert verdict(truth, "a/t.x", "a/t.y") == WRONG
    assert verdict(truth, "a/t.x", "c/t.x") == SILENT


def test_clusters_of_different_families_are_silent() -> None:
    """Clusters of different families do not judge each other's members."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"], ["a/t.y"], ["c/t.x"]], ["f", "f", "g"])

    assert verdict(truth, "b/t.x", "a/t.y") == WRONG
    assert verdict(truth, "b/t.x", "c/t.x") == SILENT


def test_right_in_one_family_is_right() -> None:
    """A pair in one cluster is right even if another family separates its nodes."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"], ["a/t.x"], ["b/t.x"]], ["f", "g", "g"])

    assert verdict(truth, "a/t.x", "b/t.x") == RIGHT


def test_complete_truth_knows_every_node() -> None:
    """In a complete truth a node outside all clusters differs from every other node."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"]], complete=True)

    assert verdict(truth, "a/t.x", "c/t.x") == WRONG
    assert verdict(truth, "c/t.y", "c/t.x") == WRONG
    assert verdict(truth, "a/t.x", "b/t.x") == RIGHT


def test_members_are_ids_names_or_nodes() -> None:
    """Members are ids in any spelling, UUIDs, names or nodes, also repeatedly."""
    truth = Truth.from_clusters(
        [[uid("a/t.x").upper(), UUID(uid("b/t.x")), "B/T.X", LINKED.node("c/t.x")]]
    )
    placed = place_truth(truth, LINKED, Level.COLUMN, missing="raise")

    assert len(placed.entity.node) == 3
    assert verdict(truth, "a/t.x", "c/t.x") == RIGHT


def test_unknown_nodes_are_refused_or_counted() -> None:
    """A member missing from the graph raises with its name, unless it is skipped."""
    truth = Truth.from_clusters([["a/t.x", "a/t.z", "d", "e", "f"]])

    with pytest.raises(NodeNotFoundError, match=r"4 nodes .*'a/t.z', 'd', 'e' \.\.\.") as caught:
        place_truth(truth, LINKED, Level.COLUMN, missing="raise")
    assert "a/t.x" in caught.value.near
    assert place_truth(truth, LINKED, Level.COLUMN, missing="skip").n_missing == 4
    with pytest.raises(NodeNotFoundError, match=r"1 node of the truth .*: 'd'\."):
        place_truth(Truth.from_clusters([["d"]]), LINKED, Level.COLUMN, missing="raise")
    with pytest.raises(ArgumentError, match="missing is 'drop'"):
        place_truth(truth, LINKED, Level.COLUMN, missing="drop")


def test_nodes_of_other_levels_are_counted() -> None:
    """Members at another level are counted and not judged."""
    placed = place_truth(
        Truth.from_clusters([["a", "a/t", "a/t.x"]]), LINKED, Level.TABLE, missing="raise"
    )

    assert (len(placed.entity.node), placed.n_other_level, placed.n_missing) == (1, 2, 0)


@pytest.mark.parametrize("families", [None, ["f", "f"]])
def test_clusters_may_overlap(families: list[str] | None) -> None:
    """A pair is right if any cluster has both nodes, and wrong only if none has."""
    truth = Truth.from_clusters([["a/t.x", "b/t.x"], [uid("a/t.x"), "c/t.x"]], families)
    placed = place_truth(truth, LINKED, Level.COLUMN, missing="raise")

    assert verdict(truth, "a/t.x", "b/t.x") == verdict(truth, "a/t.x", "c/t.x") == RIGHT
    assert verdict(truth, "b/t.x", "c/t.x") == WRONG
    assert placed.n_overlapping == 1


def test_overlaps_are_counted() -> None:
    """Nodes in several clusters of one family count as overlapping."""
    crossed = [["a", "b"], ["b", "c"], ["b"]]

    assert Truth.from_clusters(crossed).n_overlapping == 1
    assert Truth.from_clusters(crossed, ["f", "g", "h"]).n_overlapping == 0
    assert repr(Truth.from_clusters(crossed)) == (
        "<Truth: 3 clusters of 3 nodes, 1 in several clusters>"
    )
    assert repr(Truth.from_clusters(crossed, ["f", "f", "g"])) == (
        "<Truth: 3 clusters of 3 nodes, 2 families, 1 in several clusters of one family>"
    )


memberships = st.lists(st.frozensets(st.sampled_from(range(6)), max_size=4), max_size=6)


@given(memberships, st.lists(st.sampled_from(["f", "g", None]), min_size=6, max_size=6), st.data())
def test_verdicts_are_those_of_all_clusters(
    drawn: list[frozenset[int]], families: list[str | None], data: st.DataObject
) -> None:
    """A verdict equals that of a search through all clusters of either node."""
    names = ["a/t.x", "b/t.x", "a/t.y", "b/t.y", "c/t.x", "c/t.y"]
    own = data.draw(st.sampled_from([None, families[: len(drawn)]]))
    truth = Truth.from_clusters([[names[n] for n in members] for members in drawn], own)
    if not any(drawn):
        assert truth.clusters == ()
        return
    told = own or [None] * len(drawn)
    for a, b in combinations(range(6), 2):
        right = any({a, b} <= members for members in drawn)
        known = any(
            f == g and a in one and b in other
            for one, f in zip(drawn, told, strict=True)
            for other, g in zip(drawn, told, strict=True)
        )
        assert verdict(truth, names[a], names[b]) == (
            RIGHT if right else WRONG if known else SILENT
        )


def test_what_says_nothing_is_ignored_and_counted() -> None:
    """Empty and repeated members and clusters are ignored and counted."""
    nothing: list[Any] = [None, "", " ", float("nan"), pd.NA, pd.NaT]
    truth = Truth.from_clusters([["a", "b", "a"], nothing, [], ["b", "a"], ["c", *nothing[:1]]])

    assert truth.clusters == (("a", "b"), ("c",))
    assert truth.notes == (
        "Ignored: 7 nameless members, 1 repeated member, 2 empty clusters, 1 repeated cluster.",
    )
    assert repr(truth) == f"<Truth: 2 clusters of 3 nodes. {truth.notes[0]}>"
    assert replace(truth, complete=True).notes == truth.notes
    assert Truth.from_clusters([["a"], ["a"]], ["f", "g"]).notes == ()


def test_clusters_without_a_family_are_one() -> None:
    """Clusters with a null or blank family form one family, and other families are texts."""
    truth = Truth.from_clusters([["a/t.x"], ["b/t.x"], ["c/t.x"]], [None, " ", 3])  # type: ignore[list-item]

    assert truth.families == (None, None, "3")
    assert verdict(truth, "a/t.x", "b/t.x") == WRONG
    assert verdict(truth, "a/t.x", "c/t.x") == SILENT


def test_names_of_several_nodes_are_refused_or_counted() -> None:
    """A name of several nodes is refused, or counted separately."""
    records = catalogue(["a/t.x"])
    records["columns"].append({"id": uid("other"), "name": "x", "table_id": uid("a/t")})
    linked = LinkGraph(read_links([record("a/t.x", "b/t.x")], catalogue=records))
    truth = Truth.from_clusters([["a/t.x", uid("a/t.x"), uid("b/t.x")]])

    assert place_truth(truth, linked, Level.COLUMN, missing="skip").n_ambiguous == 1
    assert "1 of a name that fits several nodes" in repr(evaluate(cluster(linked), truth))
    with pytest.raises(AmbiguousNodeError):
        place_truth(truth, linked, Level.COLUMN, missing="raise")


def test_half_a_character_is_no_node() -> None:
    """A name with half a surrogate pair is not in the graph."""
    truth = Truth.from_clusters([["a/t.x", "\ud800"]])

    assert place_truth(truth, LINKED, Level.COLUMN, missing="skip").n_missing == 1


def test_what_is_no_truth_is_refused() -> None:
    """Clusters that are not lists, families that do not match, and both options are refused."""
    with pytest.raises(ArgumentError, match="Cluster 1 is 'b'"):
        Truth.from_clusters([["a"], "b"])
    with pytest.raises(ArgumentError, match="Cluster 0 is 3"):
        Truth.from_clusters([3])  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match="Cluster 0 has the member 3; it must be an id, a name"):
        Truth.from_clusters([[3]])  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match="No member of the clusters has an id or a name"):
        Truth.from_clusters([[""]])
    with pytest.raises(ArgumentError, match="1 families for 2 clusters"):
        Truth.from_clusters([["a"], ["b"]], ["f"])
    with pytest.raises(ArgumentError, match="complete"):
        Truth.from_clusters([["a"]], ["f"], complete=True)


def test_repr_counts() -> None:
    """The repr has the numbers of clusters, distinct nodes and families."""
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
    """JSON is a list of clusters, bare or in an object, of texts or objects, gzipped or not."""
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
        ("node_id;Entity;FAMILY;note\r\na;1;f;x,y\r\nb;1;f;\r\nc;2;;\r\n", ("f", None)),
        ("note\tentity\tnode_id\n\t1\ta\n\t1\tb\n\t2\tc\n", None),
        ("node_id,entity,,\na,1,,\nb,1,,\n,,,\nc,2,,\n", None),
        ("node_id,entity\ra,1\rb,1\rc,2", None),
    ],
)
def test_csv(tmp_path: Path, text: str, families: Any) -> None:
    """CSV rows with one entity and family form a cluster, with columns in any order."""
    path = tmp_path / "truth.csv"
    path.write_text(text, encoding="utf-8", newline="")
    truth = Truth.read(path)

    assert truth.clusters == (("a", "b"), ("c",))
    assert truth.families == families


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_csv(tmp_path: Path, encoding: str) -> None:
    """CSV may be UTF-8, UTF-16 or Windows-1252, of which only the last is guessed."""
    path = tmp_path / "truth.csv"
    path.write_text("node_id;entity\nCafé/t.x;1\n", encoding=encoding)
    truth = Truth.read(path)

    assert truth.clusters == (("Café/t.x",),)
    guessed = ("The file is not UTF-8 and was read as Windows-1252.",)
    assert truth.notes == (guessed if encoding == "cp1252" else ())


def test_lines_of_csv_that_say_nothing_are_ignored(tmp_path: Path) -> None:
    """A CSV line without an entity, or with a cell too many, is ignored alone."""
    path = tmp_path / "truth.csv"
    path.write_text("node_id,entity\na,1\nb\n,2\nb, \nc,d,1\na,1\nb,1\n")
    truth = Truth.read(path)

    assert truth.clusters == (("a", "b"),)
    incomplete, repeated = truth.notes
    assert incomplete == (
        "4 lines that did not fill node_id and entity, or had too many cells, were ignored;"
        " the first is line 3."
    )
    assert repeated == "Ignored: 1 repeated member."


def test_json_that_is_odd(tmp_path: Path) -> None:
    """Unusual JSON of lists and objects, without members or family, is read as far as possible."""
    path = tmp_path / "truth.json"
    content = [["a", "b"], {"members": ["c", {"name": "x"}], "family": 3}, {"id": 4}]
    path.write_text(json.dumps(content), encoding="utf-16")
    truth = Truth.read(path)

    assert truth.clusters == (("a", "b"), ("c",))
    assert truth.families == (None, "3")
    assert truth.notes == ("Ignored: 1 nameless member, 1 empty cluster.",)


def test_a_file_may_be_complete(tmp_path: Path) -> None:
    """A truth from a file may be complete."""
    path = tmp_path / "truth.json"
    path.write_text("[]")

    assert Truth.read(path, complete=True).complete


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", b"[", "not JSON"),
        ("t.json", b"[" * 100_000, "not JSON"),
        ("t.json", b"\xff", "not UTF-8"),
        ("t.json.gz", b"[]", "it is not a complete gzip"),
        ("t.json.gz", gzip.compress(b"[]", mtime=0)[:-9], "it is not a complete gzip"),
        ("t.json", b"{}", "list of clusters"),
        ("t.json", b"3", "list of clusters"),
        ("t.json", b'["a"]', "cluster 0 is not a list"),
        ("t.json", b'[{"members": "a"}]', "cluster 0 is not a list"),
        ("t.json", b'[{"family": "f"}]', "none of its 1 clusters has a member"),
        ("t.json", b"[[], []]", "none of its 2 clusters has a member"),
        ("t.json", b"[[1]]", "Cluster 0 has the member 1"),
        ("t.json", b'[[{"name": "a"}]]', "No member of the clusters"),
        ("t.json", b'[{"members": ["a"], "family": ["f"]}]', "cluster 0 has the family"),
        ("t.json", b"[" + b"1" * 5_000 + b"]", "not JSON"),
        ("t.csv", b"", "columns are none"),
        ("t.csv", b"node,entity\n", "columns are node, entity; they must include node_id"),
        ("t.csv", b"node_id,entity,entity\n", "columns are node_id, entity, entity; each"),
        ("t.csv", b"node_id,entity\na\n", "none of its lines .* the first is line 2"),
        ("t.csv", b"node_id,entity\na," + b"1" * (1 << 21), "not CSV"),
        ("t.csv", b"node_id,entity\na\x81,1", "not UTF-8"),
    ],
)
def test_files_that_are_no_truth(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """An invalid file is refused with its path and the reason."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ArgumentError, match=message) as caught:
        Truth.read(path)
    assert name in str(caught.value)


def test_names_of_files(tmp_path: Path) -> None:
    """The suffix of a file determines its format, and a missing file is refused."""
    with pytest.raises(FormatError, match=r"\.json or \.csv"):
        Truth.read(tmp_path / "truth.xlsx")
    with pytest.raises(ArgumentError, match="No such file"):
        Truth.read(tmp_path / "truth.json")


def test_a_large_partial_truth(real_organization: Path) -> None:
    """A large partial truth with overlapping families is read and evaluated."""
    truth = Truth.read(real_organization / "truth.json.gz")
    links = json.loads(gzip.decompress((real_organization / "entity_links.json.gz").read_bytes()))
    linked = LinkGraph(read_links(links))
    found = evaluate(cluster(linked), truth, missing="skip")

    assert truth.families is not None
    assert found.n_right <= min(found.n_found, found.n_true) <= found.n_judged


@pytest.mark.parametrize(
    ("clusters", "said"),
    [
        ("acme.graphml", r"Truth\(\) takes lists of nodes, .*Write Truth\.read\(path\)"),
        (3, "takes lists of nodes"),
        ([{"a": 1}], r"Cluster 0 is \{'a': 1\}; .*Truth\.from_clusters"),
        (["ab", "cd"], "Cluster 0 is 'ab'"),
        ([["a"], 3], "Cluster 1 is 3"),
    ],
)
def test_the_class_itself_checks(clusters: Any, said: str) -> None:
    """The class itself refuses clusters that are not lists of lists."""
    with pytest.raises(ArgumentError, match=said):
        Truth(clusters)
    with pytest.raises(ArgumentError, match=said.replace(r"Truth\(\)", r"from_clusters\(\)")):
        Truth.from_clusters(clusters)


def test_graphs_and_clusters_are_no_truth() -> None:
    """A graph and clusters are refused, although both can be iterated over."""
    graph: Any = nx.Graph([("ab", "cd")])
    with pytest.raises(ArgumentError, match="not a value of type Graph"):
        Truth(graph)
    with pytest.raises(ArgumentError, match="families is 'x'"):
        Truth((("a",),), "x")  # type: ignore[arg-type]
    assert Truth([["a", "b"]], ["x"]).families == ("x",)  # type: ignore[arg-type]


def test_a_file_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    """The error for a missing file names the path and the reason once."""
    path = tmp_path / "none.json"
    with pytest.raises(ArgumentError) as caught:
        Truth.read(path)
    assert str(caught.value) == (
        f"{str(path)!r} is not a truth: it cannot be read: No such file or directory."
    )
