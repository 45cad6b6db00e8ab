"""Tests that an analysis keeps nothing of a graph which nobody uses any more."""

from __future__ import annotations

import gc
import inspect
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import hummgraph as hg
from hummgraph.datasets import demo_records, load_demo

if TYPE_CHECKING:
    from collections.abc import Callable

EMAIL, OTHER = "Stripe/customers.email", "HubSpot/contacts.email"
TABLES = "Stripe/customers", "Zendesk/tickets"


def _queue(graph: hg.LinkGraph) -> Any:
    queue = hg.review_queue(graph)
    return queue, next(queue)


def _preview(graph: hg.LinkGraph) -> Any:
    return hg.preview(graph, {str(next(hg.review_queue(graph)).link.link_id): "APPROVED"})


ANALYSES: dict[str, Callable[[hg.LinkGraph, Path], Any]] = {
    "audit": lambda graph, _: hg.audit(hg.cluster(graph), one_per="table"),
    "check": lambda graph, _: hg.check(graph, against=graph),
    "cluster": lambda graph, _: hg.cluster(graph),
    "cluster_setting": lambda graph, _: hg.cluster_setting(graph),
    "compare_evidence": lambda graph, _: hg.compare_evidence(graph),
    "cross_validate": lambda graph, _: hg.cross_validate(graph),
    "decide_suggestions": lambda graph, _: hg.decide_suggestions(graph, "REJECTED"),
    "diff": lambda graph, _: hg.diff(graph, graph),
    "disjoint_paths": lambda graph, _: hg.disjoint_paths(graph, EMAIL, OTHER),
    "downstream": lambda graph, _: hg.downstream(graph, EMAIL),
    "entities": lambda graph, _: hg.entities(graph),
    "evidence_table": lambda graph, _: hg.evidence_table(graph),
    "find": lambda graph, _: hg.find(graph, "e-mail"),
    "identity_table": lambda graph, _: hg.identity_table(graph, "person"),
    "join_paths": lambda graph, _: hg.join_paths(graph, *TABLES),
    "merge_history": lambda graph, _: hg.merge_history(hg.cluster(graph), EMAIL),
    "merge_tree": lambda graph, _: hg.merge_tree(graph),
    "neighborhood": lambda graph, _: hg.neighborhood(graph, EMAIL),
    "pair_confidence": lambda graph, _: hg.pair_confidence(graph, EMAIL, OTHER, seed=0),
    "preview": lambda graph, _: _preview(graph),
    "reliability": lambda graph, _: hg.reliability(graph),
    "repair": lambda graph, _: hg.repair(
        hg.cluster(graph, method="components", threshold=0.5), one_per="table"
    ),
    "review_queue": lambda graph, _: _queue(graph),
    "roles": lambda graph, _: hg.roles(graph),
    "splink_settings": lambda graph, _: hg.splink_settings(
        graph, "person", tables=["HubSpot/contacts", "Salesforce/Contact"]
    ),
    "strongest_path": lambda graph, _: hg.strongest_path(graph, EMAIL, OTHER),
    "strongest_paths": lambda graph, _: hg.strongest_paths(graph, EMAIL, OTHER),
    "suggest_one_per": lambda graph, _: hg.suggest_one_per(graph),
    "take_out": lambda graph, _: hg.take_out(hg.cluster(graph), EMAIL),
    "to_pyvis": lambda graph, _: hg.to_pyvis(graph),
    "upstream": lambda graph, _: hg.upstream(graph, EMAIL),
    "verify": lambda graph, _: hg.verify(graph, demo_records(n_persons=40).tables),
    "why": lambda graph, _: hg.why(graph, EMAIL, OTHER),
    "write": lambda graph, folder: hg.write(hg.cluster(graph), folder / "page.html"),
    "write_crosswalk": lambda graph, folder: hg.write_crosswalk(
        hg.cluster(graph), folder / "crosswalk.csv"
    ),
}
UNTRIED = {
    "evaluate": "takes clusters as `audit` does",
    "evaluate_entities": "takes entities, which refer to the graph themselves",
    "explore": "needs a notebook",
    "find_table_names": "asks for tables of a warehouse",
    "read_decision_sheet": "makes decisions, which refer to no graph",
    "show": "is `write` in a notebook",
    "verification_queries": "is the first half of `verify`",
    "write_decision_sheet": "writes the links only",
}


@pytest.mark.parametrize("name", ANALYSES)
def test_a_graph_is_released(name: str, tmp_path: Path) -> None:
    """What is kept for the next question goes with the graph, whose result goes as well."""
    graph = hg.LinkGraph(load_demo().snapshot())
    released = weakref.ref(graph)
    assert ANALYSES[name](graph, tmp_path) is not None
    del graph
    gc.collect()
    assert released() is None


def test_each_analysis_of_a_graph_is_tried() -> None:
    """Or a reason stands beside its name."""
    functions = {name: getattr(hg, name) for name in hg.__all__}
    of_graphs = {
        name
        for name, function in functions.items()
        if inspect.isfunction(function)
        and next(iter(inspect.signature(function).parameters), "")
        in {"graph", "clusters", "found", "old"}
    }
    assert of_graphs == {*ANALYSES, *UNTRIED}
