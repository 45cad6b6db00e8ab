"""Tests of how sure each member of a cluster is."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities.traits import traits
from hummgraph.graph.policy import APPROVED
from tests.support.builders import Row, catalogue, graph, record

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters

NAMES = [f"{system}/{table}.id" for system in ("crm", "shop", "desk") for table in "abcd"]
LINKED = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.sampled_from([None, 0.3, 0.5, 0.7, 0.9, 1.0]),
        st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ).filter(lambda row: row[0] != row[1]),
    min_size=1,
    max_size=25,
)


def chained(rows: list[Row]) -> Clusters:
    """Return the components of links."""
    return cluster(graph(rows), method="components", threshold=0.4)


def sure_of(clusters: Clusters, path: str) -> tuple[float | None, bool]:
    """Return the confidence of a member, and whether it is approved."""
    one = clusters[path]
    at = [node.path for node in one.members].index(path)
    return one.confidences[at], one.approved[at]


def tied(clusters: Clusters, node: int, links: NDArray[np.int64]) -> bool:
    """Return whether links tie a node to another system; if there is only one, to any node."""
    ends, home = clusters.graph.arrays.links.ends, traits(clusters.graph).origin
    reached, size = {node}, 0
    while len(reached) > size:
        size = len(reached)
        for link in links.tolist():
            pair = {int(ends.source[link]), int(ends.target[link])}
            reached |= pair if pair & reached else set()
    homes = {int(home[at]) for at in np.flatnonzero(clusters.labels == clusters.labels[node])}
    return len(reached) > 1 if len(homes) == 1 else len({int(home[at]) for at in reached}) > 1


@given(LINKED)
def test_each_member_is_as_sure_as_its_chain_to_another_system(rows: list[Row]) -> None:
    """Confidence is the highest level from which links reach another system, for all graphs."""
    clusters = chained(rows)
    weights, status = clusters.graph.weights, clusters.graph.arrays.links.status
    holding = np.flatnonzero(clusters.holding_links)
    approved = holding[status[holding] == APPROVED]
    for node in np.flatnonzero(clusters.labels >= 0).tolist():
        levels = sorted({*weights[holding].tolist()}, reverse=True)
        found = [
            level for level in levels if tied(clusters, node, holding[weights[holding] >= level])
        ]
        sure = clusters.member_confidence[node]
        assert sure == found[0] if found else np.isnan(sure)
        assert clusters.member_approved[node] == tied(clusters, node, approved)


def test_a_link_within_a_system_does_not_tie_to_others() -> None:
    """A reference that is sure of its key is as sure of the cluster as the key is."""
    rows: list[Row] = [
        ("pay/product.price", "pay/plan.id", 1.0, "APPROVED"),
        ("pay/plan.id", "desk/company.id", 0.7),
        ("desk/company.id", "crm/company.id", 0.9, "APPROVED"),
    ]
    clusters = chained(rows)

    assert sure_of(clusters, "pay/product.price") == (0.7, False)
    assert sure_of(clusters, "pay/plan.id") == (0.7, False)
    assert sure_of(clusters, "desk/company.id") == (0.9, True)
    # Alone they are sure of each other.
    assert sure_of(chained(rows[:1]), "pay/product.price") == (1.0, True)


def test_a_landed_copy_does_not_tie_to_others() -> None:
    """A link to the column's own copy says nothing of the rest; the copy's best link counts."""
    names = ("id", "email", "city", "owner_id")
    places = [f"{system}/contact.{name}" for system in ("crm", "warehouse") for name in names]
    links = [
        record(
            f"crm/contact.{name}",
            f"warehouse/contact.{name}",
            1.0,
            link_type="DETERMINISTIC",
            status="APPROVED",
        )
        for name in names
    ]
    links.append(record("warehouse/contact.email", "desk/user.mail", 0.6))
    known = catalogue([*places, "desk/user.mail"])
    linked = hg.LinkGraph(hg.read_links(links, catalogue=known))
    clusters = cluster(linked, method="components", threshold=0.4)

    assert len(clusters["crm/contact.email"]) == 3
    for path in ("crm/contact.email", "warehouse/contact.email", "desk/user.mail"):
        assert sure_of(clusters, path) == (0.6, False)
    assert sure_of(clusters, "crm/contact.city") == (1.0, True)


@pytest.mark.parametrize("clockwise", [True, False])
def test_long_chains_within_a_system_take_no_longer(*, clockwise: bool) -> None:
    """A chain of ten thousand columns of one system is followed in no time."""
    n = 10_000
    rows: list[Row] = [(f"crm/t{i}.x", f"crm/t{i + 1}.x", 0.9) for i in range(n)]
    rows.append(("desk/t.x", f"crm/t{n if clockwise else 0}.x", 0.5))
    clusters = chained(rows)
    assert clusters.names
    began = perf_counter()
    assert set(clusters.member_confidence[clusters.labels >= 0].tolist()) == {0.5}
    assert perf_counter() - began < 5.0


def test_a_real_catalogue(real_organization: Path) -> None:
    """A price that its own system's plans tie to a cluster is not sure of it."""
    links = hg.read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    clusters = cluster(hg.LinkGraph(links))
    sure, approved = sure_of(clusters, "Stripe/product.default_price")
    assert sure is not None
    assert sure < 0.9
    assert not approved
