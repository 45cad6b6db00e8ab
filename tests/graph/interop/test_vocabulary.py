"""A graph that travelled shows of evidence what it showed before."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any, cast

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hummgraph as hg
from hummgraph.errors import ArgumentError, FormatError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import PLACEHOLDER, KeptEvidence
from hummgraph.snapshot.snapshot import read_snapshot
from tests.support import builders
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

N = 80


def odd() -> LinkGraph:
    """Return a graph whose evidence would be judged otherwise if a part of its links were all."""
    columns = [f"s{at % 4}/t.c{at}" for at in range(N + 1)]
    rows = [
        record(
            columns[at],
            columns[at + 1],
            at / N,
            id=uid(f"odd {at}"),
            evidence={
                "matcher": f"m{at % 30}",  # hidden; in a part of 19 it would be shown
                "rule": f"r{at % 3}",
                "field": f"s1.{columns[at % 5][3:]}",
                "per_person": {f"p{at}": 3},
                "value": at if at < 10 else 10_000_000 + at,
            },
            status="OPEN" if at % 10 else "call Jane",
            link_type="FUZZY" if at % 9 else f"by {at % 3}",
        )
        for at in range(N)
    ]
    return LinkGraph(hg.read_links(rows, catalogue=builders.catalogue(columns)))


def by_snapshot(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through a snapshot's folder."""
    graph.snapshot.write(folder / "x.hummgraph")
    read = LinkGraph(read_snapshot(folder / "x.hummgraph"))
    return read.take_links(np.flatnonzero(np.isin(read.links["link_id"], graph.links["link_id"])))


def by_graphml(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through GraphML with all evidence."""
    return hg.read_graphml(hg.write(graph, folder / "x.graphml", evidence="full"))


def by_default_graphml(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through GraphML as it is by default."""
    return hg.read_graphml(hg.write(graph, folder / "x.graphml"))


def by_networkx(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through networkx."""
    del folder
    return LinkGraph.from_networkx(graph.to_networkx(keep_unweighted=True, evidence="full"))


def by_networkx_graphml(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through GraphML by networkx."""
    view = graph.to_networkx(keep_unweighted=True, evidence="full", flat=True)
    nx.write_graphml(view, folder / "x.graphml")
    return LinkGraph.from_networkx(cast("Any", nx.read_graphml(folder / "x.graphml")))


def by_node_link(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through node-link JSON."""
    path = hg.write(graph, folder / "x.json", evidence="full")
    return LinkGraph.from_networkx(nx.node_link_graph(json.loads(path.read_bytes()), edges="edges"))


def by_igraph(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through igraph."""
    del folder
    pytest.importorskip("igraph")
    return LinkGraph.from_igraph(graph.to_igraph(keep_unweighted=True, evidence="full"))


def by_rustworkx(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through rustworkx."""
    del folder
    pytest.importorskip("rustworkx")
    return LinkGraph.from_rustworkx(graph.to_rustworkx(keep_unweighted=True, evidence="full"))


def by_arrow(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through tables of Arrow."""
    del folder
    return LinkGraph.from_arrow(graph.to_arrow("nodes"), graph.to_arrow("links"))


def by_parquet(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through Parquet files."""
    path = hg.write(graph, folder / "x", format="parquet", evidence="full")
    return LinkGraph.from_arrow(
        *(pq.read_table(path / f"{name}.parquet") for name in ("nodes", "links"))
    )


def by_pandas(graph: LinkGraph, folder: Path) -> LinkGraph:
    """Return the graph after a way through tables of pandas."""
    del folder
    pytest.importorskip("pandas")
    return LinkGraph.from_pandas(graph.to_pandas("nodes"), graph.to_pandas("links"), like=graph)


ROUTES = [
    by_snapshot,
    by_graphml,
    by_default_graphml,
    by_networkx,
    by_networkx_graphml,
    by_node_link,
    by_igraph,
    by_rustworkx,
    by_arrow,
    by_parquet,
    by_pandas,
]


def shown(graph: LinkGraph) -> list[Any]:
    """Return what a printed table of the links has."""
    frame = graph.links.select("link_id", "status", "link_type", "evidence").shown()
    return [{**row, "evidence": json.loads(row["evidence"])} for row in frame]


def test_the_rule_of_the_whole() -> None:
    """The vocabulary of all links is another one than that of a part."""
    graph = odd()
    (first,) = [row for row in shown(graph) if row["link_id"] == uid("odd 1")]
    assert first["evidence"] == {
        "matcher": PLACEHOLDER,
        "rule": "r1",
        "field": "s1.t.c1",
        "per_person": {PLACEHOLDER: 3},
        "value": PLACEHOLDER,
    }
    assert (first["status"], first["link_type"]) == ("OPEN", "FUZZY")
    part = graph.take_links(np.arange(10))
    rows = part.to_arrow("links").replace_schema_metadata()
    anew = LinkGraph.from_arrow(part.to_arrow("nodes").replace_schema_metadata(), rows)
    assert shown(anew) != shown(part)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("part", [slice(None), slice(0, 10), slice(30, 60)])
def test_what_travelled_answers_alike(
    route: Callable[[LinkGraph, Path], LinkGraph], part: slice, tmp_path: Path
) -> None:
    """Whole or in part, there and back, twice."""
    graph = odd()
    chosen = graph.take_links(np.arange(N)[part])
    expected = [row for row in shown(graph) if row["link_id"] in set(chosen.links["link_id"])]
    assert shown(chosen) == expected
    once = route(chosen, tmp_path)
    assert shown(once) == expected
    (tmp_path / "again").mkdir()
    assert shown(route(once, tmp_path / "again")) == expected


def test_filters_answer_alike() -> None:
    """Filters, decisions, policies, subgraphs and turned links show what the whole shows."""
    graph = odd()
    every = {row["link_id"]: row for row in shown(graph)}
    for some in (
        graph.where(min_confidence=0.9),
        graph.where(status="call Jane"),
        graph.with_policy(hg.Policy(null_confidence=0.5)),
        graph.reverse(),
        graph.subgraph(["s1", "s2"]),
        graph.where(level="column"),
    ):
        for row in shown(some):
            assert row == every[row["link_id"]]


def test_a_frame_that_was_pickled_shows_no_more() -> None:
    """A pickled table has its cells and the decision, without names of the catalogue."""
    frame = odd().links
    again = pickle.loads(pickle.dumps(frame))  # noqa: S301 - its own
    assert again == frame
    assert "call Jane" not in f"{again}{again._repr_html_()}"
    assert json.loads(again.shown()["evidence"][0]) | {"field": None} == json.loads(
        frame.shown()["evidence"][0]
    ) | {"field": None}
    table = hg.evidence_table(odd(), [0])
    assert pickle.loads(pickle.dumps(table)) == table  # noqa: S301 - its own


def test_without_evidence_only_labels_are_kept() -> None:
    """Without evidence, its vocabulary is left out, too."""
    view = odd().to_networkx(keep_unweighted=True)
    assert view.graph["vocabulary"] == {"statuses": ["OPEN"], "link_types": ["FUZZY"]}
    back = LinkGraph.from_networkx(view)
    assert set(back.links.shown()["status"]) == {"OPEN", PLACEHOLDER}
    assert back.snapshot.vocabulary.evidence is not None
    assert "vocabulary" not in builders.graph([("a/t.x", "b/t.x")]).to_networkx().graph


def test_files_say_what_was_left_out(tmp_path: Path) -> None:
    """Lost evidence stays lost, and a file with all that is left says so."""
    graph = odd()
    for kept in KeptEvidence:
        path = hg.write(graph, tmp_path / f"{kept}.graphml", evidence=kept)
        assert (b'attr.name="vocabulary"' in path.read_bytes()) == (kept is not KeptEvidence.NONE)
        read = hg.read_graphml(path)
        assert read.snapshot.kept_evidence is kept
        assert (read == graph) == (kept is KeptEvidence.FULL)
        again = hg.read_graphml(hg.write(read, tmp_path / "again.graphml", evidence="full"))
        assert again.snapshot.kept_evidence is kept
        assert again == read
        for copy in (
            by_arrow(read, tmp_path),
            by_pandas(read, tmp_path),
            by_igraph(read, tmp_path),
        ):
            assert copy.snapshot.kept_evidence is (
                KeptEvidence.FULL if copy.snapshot.origin == "igraph" else kept
            )
        report = dict(read.snapshot.report.rows())
        assert ("Left out" in report) == (kept is not KeptEvidence.FULL)
        read.snapshot.write(tmp_path / f"{kept}.hummgraph")
        assert read_snapshot(tmp_path / f"{kept}.hummgraph").kept_evidence is kept


def test_nodes_alone_say_nothing_about_evidence() -> None:
    """Nodes have no evidence, so links without metadata count as complete."""
    graph = odd()
    links = graph.to_arrow("links").replace_schema_metadata()
    made = LinkGraph.from_arrow(graph.to_arrow("nodes"), links)
    assert made.snapshot.kept_evidence is KeptEvidence.FULL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vocabulary", "3"),
        ("vocabulary", '{"evidence": {"texts": 3}}'),
        ("vocabulary", "["),
        ("vocabulary", '{"evidence": ' * 3),
        ("kept_evidence", "some"),
    ],
)
def test_metadata_by_another_hand_are_checked(name: str, value: str) -> None:
    """A vocabulary that is none raises an error that names it."""
    graph = builders.graph([("a/t.x", "b/t.x")])
    links = graph.to_arrow("links")
    links = links.replace_schema_metadata({**links.schema.metadata, name.encode(): value})
    with pytest.raises(FormatError, match=f"The graph's '{name}' cannot be read"):
        LinkGraph.from_arrow(graph.to_arrow("nodes"), links)


def test_a_request_by_another_hand_is_no_setting() -> None:
    """Only the known settings are believed."""
    snapshot = builders.snapshot([("a/t.x", "b/t.x")])
    object.__setattr__(snapshot, "request", {"kept_evidence": ["all"]})
    assert snapshot.kept_evidence is KeptEvidence.FULL
    assert pa.table(LinkGraph(snapshot).links).num_rows == 1


def test_summaries_and_edges_show_what_pages_show() -> None:
    """Counts by status or type that are not shown are counted together."""
    graph = odd()
    summary = graph.summary()
    assert "8 [redacted]" in str(summary)
    assert "call Jane" not in f"{summary}{summary!r}{summary._repr_html_()}"
    assert summary.shown().links_by_type == {
        "DETERMINISTIC": 0,
        "PROBABILISTIC": 0,
        "FUZZY": 71,
        PLACEHOLDER: 9,
    }
    assert "8 call Jane" in str(summary.kept(KeptEvidence.FULL))
    assert "80 [redacted]" in str(summary.kept(KeptEvidence.NONE))
    assert summary.kept(KeptEvidence.VOCABULARY) == summary
    edges = graph.project("table").edges
    assert "n_call jane" in edges.columns
    assert "n_call jane" not in f"{edges}{edges!r}{edges._repr_html_()}{edges.to_html()}"
    assert "n_[redacted]" in edges.shown().columns
    beneath = graph.project("table").links
    assert "call Jane" in beneath["status"]
    assert "call Jane" not in beneath.to_html()
    report = graph.snapshot.report
    assert report.links_by_status["call Jane"] == 8
    assert "call Jane" not in f"{report}{report._repr_html_()}{report.shown().to_dict()}"
    assert "8 status=[redacted]" in str(report)
    link = graph.link(graph.links["status"].index("call Jane"))
    assert "call Jane" not in f"{link!r}{link}{link._repr_html_()}"
    assert link.status == "call Jane"


def test_errors_and_decisions_name_what_is_shown() -> None:
    """An error lists statuses that may be read, and so does the table of decisions."""
    graph = odd()
    with pytest.raises(ArgumentError, match=r"REJECTED, OPEN, \[redacted\]\.$"):
        graph.where(status="CLOSED")
    with pytest.raises(ArgumentError, match=r"PROBABILISTIC, FUZZY, \[redacted\]\.$"):
        graph.where(link_type="EXACT")
    link = graph.link(graph.links["status"].index("call Jane"))
    decided = graph.with_decisions({link.link_id: "APPROVED"}).decisions
    assert decided["previous_status"] == ["call Jane"]
    assert decided.shown()["previous_status"] == [PLACEHOLDER]
