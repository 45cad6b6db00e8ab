"""Tests of the public functions: one order of arguments in all of them."""

from __future__ import annotations

from inspect import Parameter, isfunction, signature

import pytest

import hummgraph

FUNCTIONS = {
    name: value for name in hummgraph.__all__ if isfunction(value := getattr(hummgraph, name))
}
ASKED = ("graph", "clusters", "found", "old", "pairs", "decisions", "evidence", "links")
"""Subjects of functions: a graph or a result, or the records that it takes."""

NODES = ("node", "a", "b", "cluster", "entity")
"""Parts of the subject; two nodes are ``a`` and ``b``."""

THEN = ("new", "text", "status", "decisions", "truth", "columns", "connections", "links", "path")
"""Another value that a function cannot do without; one only."""

READERS = {"read_catalogue", "read_graphml", "read_graphml_attributes", "read_links"}
READERS |= {"read_parquet", "read_snapshot", "read_decisions", "read_datahub"}
"""Functions of a file or folder alone."""


def _positional(name: str) -> list[str]:
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    found = signature(FUNCTIONS[name]).parameters.values()
    return [one.name for one in found if one.kind in kinds]


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - READERS - {"merge_decisions"}))
def test_the_graph_or_the_result_then_nodes_then_keywords(name: str) -> None:
    """First what is asked about, then which nodes of it, then at most one thing more."""
    first, *others = _positional(name)
    nodes = [one for one in others if one in NODES]
    rest = others[len(nodes) :]

    assert first in ASKED
    assert others[: len(nodes)] == nodes == sorted(nodes)
    assert len(rest) <= 1
    assert set(rest) <= set(THEN)


@pytest.mark.parametrize("name", sorted(READERS))
def test_readers_take_their_file_only(name: str) -> None:
    """All else is by keyword."""
    assert _positional(name) in (["path"], ["folder"], ["links"])


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_options_are_keywords(name: str) -> None:
    """Parameters with a default are given by name, except the links of a table of evidence."""
    optional = [
        one
        for one in _positional(name)
        if signature(FUNCTIONS[name]).parameters[one].default is not Parameter.empty
    ]

    assert optional == (["links"] if name == "evidence_table" else [])
