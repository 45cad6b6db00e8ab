"""Fixtures that several test modules share."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from hummgraph.datasets import load_demo
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.snapshot import Snapshot
from tests.support import slow
from tests.support.places import SHARED, SLOW
from tests.support.postgres import Server, started_postgres

pytest.register_assert_rewrite("tests.support.browsing")

from tests.support.browsing import started_browser  # noqa: E402 - after its rewrite is registered

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser, BrowserContext

# A machine under load must not fail a property for being slow.
settings.register_profile(
    "hummgraph",
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
# For the loop of work: scripts/test.
settings.register_profile("quick", settings.get_profile("hummgraph"), max_examples=10)
# The same examples for the same tests: what CI says of a commit, coverage too, it says again.
settings.register_profile("ci", settings.get_profile("hummgraph"), derandomize=True, database=None)
# For those who have the time: pytest --hypothesis-profile=thorough
settings.register_profile("thorough", settings.get_profile("hummgraph"), max_examples=1_000)
settings.load_profile("hummgraph")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, ``browser`` and ``system``, and those that are listed as slow.

    What a browser or the whole runs is not counted as covered: that a room's own tests reach each
    of its lines is a stronger claim, and the tests of the whole take half the time.
    """
    left_out = set(SLOW.read_text(encoding="utf-8").split())
    for item in items:
        for marker in ("browser", "system"):
            if marker in item.path.parts:
                item.add_marker(marker)
                item.add_marker("no_cover")
        if item.nodeid.partition("[")[0] in left_out:
            item.add_marker("slow")


def pytest_collection_finish() -> None:
    """Keep the thousands of tests themselves out of every later search for garbage."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Keep how much CPU a test takes, without what fixtures share, where results are written."""
    before = slow.cpu_seconds()
    try:
        return (yield)
    finally:
        item.user_properties.append((slow.PROPERTY, slow.cpu_seconds() - before))


@pytest.fixture(scope="session")
def demo_snapshot() -> Snapshot:
    """The bundled organisation, validated."""
    return load_demo().snapshot()


@pytest.fixture(scope="session")
def demo_graph(demo_snapshot: Snapshot) -> LinkGraph:
    """The bundled organisation as a graph."""
    return LinkGraph(demo_snapshot)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, where the program is on this machine."""
    with started_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def real_organization() -> Path:
    """A folder with a large real catalogue, where there is one beside the project."""
    folder = SHARED / "orgs" / "revops"
    if not folder.is_dir():
        pytest.skip("needs the example organisation beside the project")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module, where there is one: it keeps an event loop while it runs."""
    with started_browser() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser's window of a common size, as new as if nobody had been there."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        # A dialog of the system would wait for somebody to choose a file.
        context.add_init_script("delete window.showSaveFilePicker")
        yield context
