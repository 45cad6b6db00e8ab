"""LinkGraph: systems, tables and columns, and the links between them."""

from __future__ import annotations

from hummgraph.graph.decisions import Decision, GivenName
from hummgraph.graph.elements import Level, Link, Node
from hummgraph.graph.journal import append_decisions, read_decisions, write_decisions
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.merging import Merged, merge_decisions
from hummgraph.graph.policy import Policy
from hummgraph.graph.projection import Projection
from hummgraph.graph.relationships import Relationships
from hummgraph.graph.search import find
from hummgraph.graph.sheet import read_decision_sheet, write_decision_sheet
from hummgraph.graph.summary import Summary

__all__ = [
    "Decision",
    "GivenName",
    "Level",
    "Link",
    "LinkGraph",
    "Merged",
    "Node",
    "Policy",
    "Projection",
    "Relationships",
    "Summary",
    "append_decisions",
    "find",
    "merge_decisions",
    "read_decision_sheet",
    "read_decisions",
    "write_decision_sheet",
    "write_decisions",
]
