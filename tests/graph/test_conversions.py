"""Tests of the methods that lead into other libraries and back."""

from __future__ import annotations

import inspect
import re

import pytest

from hummgraph.graph.conversions import Conversions
from hummgraph.graph.linkgraph import LinkGraph
from tests.support import builders

METHODS = sorted(
    name for name in dir(Conversions) if re.match("(to|from)_", name) and name != "from_arrays"
)


@pytest.mark.parametrize("name", METHODS)
def test_help_is_complete(name: str) -> None:
    """The method's own docstring has each parameter, what it raises, and an example."""
    method = getattr(LinkGraph, name)
    text = inspect.getdoc(method) or ""
    _, _, listed = text.partition("Parameters\n----------\n")
    found = {
        part
        for line in re.findall(r"^(\w[\w, ]*)$", listed, re.MULTILINE)
        for part in line.split(", ")
    }
    assert set(inspect.signature(method).parameters) - {"self"} <= found
    assert "Examples\n--------\n" in text
    assert f".{name}(" in text


def test_ways_back_make_a_graph_of_the_same_class() -> None:
    """A subclass's ways back return that subclass."""

    class Mine(LinkGraph):
        """A graph of somebody else."""

    graph = builders.graph([("a/t.x", "b/u.y", 0.5)])
    found = Mine.from_arrow(graph.nodes, graph.links)
    assert type(found) is Mine
    assert type(found.where(min_confidence=0.5)) is Mine
