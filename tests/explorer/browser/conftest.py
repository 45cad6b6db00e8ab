"""Fixtures of the tests of pages."""

from __future__ import annotations

import pytest

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.explorer.joins import joins_of
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links


@pytest.fixture
def without_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pack graphs without the ways to join their tables, which take longer than all the rest."""
    graph = LinkGraph(read_links([]))
    none = joins_of(graph, cluster(graph))
    monkeypatch.setattr("hummgraph.explorer.pack.joins_of", lambda *_: none)
