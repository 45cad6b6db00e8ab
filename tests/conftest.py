"""Fixtures that several test modules share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from hummgraph.datasets import load_demo
from hummgraph.graph import LinkGraph
from hummgraph.snapshot import Snapshot

# A machine under load must not fail a property for being slow.
settings.register_profile(
    "hummgraph", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("hummgraph")


@pytest.fixture(scope="session")
def demo_snapshot() -> Snapshot:
    """The bundled organisation, validated."""
    return load_demo().snapshot()


@pytest.fixture(scope="session")
def demo_graph(demo_snapshot: Snapshot) -> LinkGraph:
    """The bundled organisation as a graph."""
    return LinkGraph(demo_snapshot)


@pytest.fixture(scope="session")
def real_organization() -> Path:
    """A folder with a large real catalogue, where there is one beside the project."""
    folder = Path(__file__).parents[2] / "shared" / "orgs" / "revops"
    if not folder.is_dir():
        pytest.skip("needs the example organisation beside the project")
    return folder
