"""Levels that agree: what is lifted adds up, and drilling down gives back exactly the links."""

from __future__ import annotations

from collections import defaultdict
from math import isnan, prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.errors import ArgumentError, LinkNotFoundError
from hummgraph.graph.projection import CONFIDENCE_RULES, Projection
from tests.support.builders import graph, uid

places = st.sampled_from(["a/t.x", "a/t.y", "a/u.x", "a/u", "b/v.x", "b/v", "b", "c/w.x", "c/w.y"])
rows = st.lists(
    st.tuples(
        places,
        places,
        st.none() | st.floats(0, 1),
        st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ),
    max_size=30,
)
LEVELS = ["integration_source", "table", "column"]


@given(rows, st.sampled_from(LEVELS))
def test_counts_and_confidences_agree_with_the_links(links: Any, level: str) -> None:
    """Every edge's figures are those of its links, taken one by one."""
    linked = graph(links)
    lifted = linked.project(level)
    beneath = defaultdict(list)
    for row in lifted.links:
        beneath[row["source"], row["target"]].append(linked.link(row["link_id"]))

    assert sum(map(len, beneath.values())) + lifted.n_links_above == linked.n_links
    assert len(beneath) == lifted.n_edges
    for edge in lifted.edges:
        found = beneath[edge["source"], edge["target"]]
        assert edge["n_links"] == len(found)
        for status in ("SUGGESTED", "APPROVED", "REJECTED"):
            assert edge[f"n_{status.lower()}"] == sum(link.status == status for link in found)
        for kind in ("DETERMINISTIC", "PROBABILISTIC"):
            assert edge[f"n_{kind.lower()}"] == sum(link.link_type == kind for link in found)
        scores = [
            link.confidence
            for link in found
            if link.confidence is not None and link.status != "REJECTED"
        ]
        if scores:
            assert edge["max_confidence"] == max(scores)
            assert edge["mean_confidence"] == pytest.approx(sum(scores) / len(scores))
            assert edge["noisy_or_confidence"] == pytest.approx(1 - prod(1 - s for s in scores))
        else:
            assert edge["max_confidence"] is None
            assert edge["mean_confidence"] is None
            assert edge["noisy_or_confidence"] is None


@given(rows)
def test_levels_add_up(links: Any) -> None:
    """A system edge has what the table edges beneath it have, and the links that end above them."""
    linked = graph(links)
    systems = linked.project("integration_source")

    assert systems.counts.sum() == linked.n_links
    for edge in systems.edges:
        tables = systems.drill_down(edge["source"], edge["target"])
        beneath = systems.links_of(edge["source"], edge["target"])
        assert tables.counts.sum() + tables.n_links_above == edge["n_links"]
        assert tables.graph.links["link_id"] == beneath.links["link_id"]
        for finer in tables.edges:
            columns = tables.drill_down(finer["source"], finer["target"])
            assert columns.counts.sum() + columns.n_links_above == finer["n_links"]


@given(rows)
def test_every_link_is_beneath_one_edge(links: Any) -> None:
    """Drilling down all edges gives back each lifted link once."""
    lifted = graph(links).project("table")
    back = [
        link
        for edge in lifted.edges
        for link in lifted.links_of(edge["source"], edge["target"]).links["link_id"]
    ]

    assert back == lifted.links["link_id"]
    assert len(set(back)) == len(back)


def simple() -> Projection:
    """Return two table edges, one without a confidence."""
    return graph(
        [("a/t.x", "b/u.y", 0.5), ("a/t.w", "b/u.z", 0.6), ("b/u.y", "a/t.x", None)]
    ).project("table")


def test_a_rule_weighs_the_networkx_graph() -> None:
    """Each rule gives its own weights; an edge without confidence has none."""
    weight = {
        rule: simple().to_networkx(weight=rule).edges[uid("a/t"), uid("b/u")]["weight"]
        for rule in CONFIDENCE_RULES
    }

    assert weight == {"max": 0.6, "mean": pytest.approx(0.55), "noisy_or": pytest.approx(0.8)}
    assert sum(map(isnan, simple().confidence("mean"))) == 1


def test_confidence_without_edges_is_empty() -> None:
    """No link, no edge, no number."""
    assert graph([], also=["a/t.x"]).project("table").confidence("noisy_or").tolist() == []
    assert np.isnan(graph([("a/t", "b/u", None)]).project("table").confidence()).all()


def test_what_cannot_be_asked_is_said() -> None:
    """An unknown rule, an edge that is not there, and what lies below columns."""
    with pytest.raises(ArgumentError, match="no confidence rule 'median'") as wrong:
        simple().confidence("median")
    assert wrong.value.hint == "One of: max, mean, noisy_or."
    with pytest.raises(LinkNotFoundError, match="No table edge"):
        simple().drill_down("a/t", "a/t")
    columns = simple().graph.project("column")
    with pytest.raises(ArgumentError, match="There is no level below columns"):
        columns.drill_down("a/t.x", "b/u.y")
