"""Tests of worlds: putting links back, against joining everything for each trial."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.review.causes import Causes, fewest
from hummgraph.algorithms.review.diff import diff
from hummgraph.algorithms.review.worlds import PLACES, World, Worlds
from tests.algorithms.review.strategies import TREES
from tests.support.changed_graphs import random_pair, random_setting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.review.diff import Diff

MAX_TRIALS = 1_000


def undone(
    world: World, causes: tuple[int, ...], nodes: NDArray[np.int64], label: NDArray[np.int64]
) -> bool:
    """Return whether a change is undone, by the labels of all nodes."""
    held = world.held_elsewhere() if PLACES in causes else world.held
    chosen = [world.rows[cause] for cause in causes if cause != PLACES]
    links = np.concatenate([np.empty(0, dtype=np.int64), *chosen])
    would = held.change(links, world.old[links])
    now = held.label.copy()
    now[would.nodes] = held.n_labels + would.group
    here = now[np.searchsorted(world.nodes, nodes)]
    if np.count_nonzero(np.isin(now, here)) != len(nodes):
        return False
    both = len(np.unique(np.column_stack((here, label)), axis=0))
    return both == len(np.unique(here)) == len(np.unique(label))


def slow_causes(found: Diff) -> list[Causes]:
    """Return the causes of all changes, each search for itself: near links, then all."""
    worlds = Worlds(found._matched, found.before.level, found.setting)
    causes = []
    for change in found._compared.regroupings:
        nodes = change.nodes - worlds.first
        label = found._compared.group_before[change.nodes]
        world, near = worlds.of(int(nodes[0])), worlds.near(nodes)
        candidates = sorted(world.rows, key=lambda cause: (cause not in near, cause))
        if worlds.places_count:
            candidates.append(PLACES)
        causes.append(
            fewest(
                lambda some: undone(world, some, nodes, label),  # noqa: B023 - used at once
                candidates,
                n_near=len(near & world.rows.keys()),
                max_trials=MAX_TRIALS,
            )
        )
    return causes


@given(random=st.randoms(use_true_random=False))
def test_causes_are_those_of_searches_on_their_own(random: Random) -> None:
    """Shared results, and sets tried before all links, change no set that is smallest."""
    pair = random_pair(
        random,
        n_links=random.randint(0, 60),
        n_changes=random.randint(0, 12),
        moves=random.random() < 0.3,
    )
    found = diff(pair.old.graph(), pair.new.graph(), setting=random_setting(random, TREES))

    for own, slow in zip(found._attributed, slow_causes(found), strict=True):
        assert own.found == slow.found
        if own.found == "smallest":
            assert own == slow


@given(random=st.randoms(use_true_random=False))
def test_sets_of_links_undo_what_they_undo_among_all_nodes(random: Random) -> None:
    """Trials give the same answer in any order, wider sets among them."""
    check_sets(random)


@pytest.mark.parametrize("seed", [29, 36, 38])
def test_wider_sets_undo_what_they_undo_among_all_nodes(seed: int) -> None:
    """The same of graphs that have several wider sets for one change."""
    assert check_sets(Random(seed)) > 1


def check_sets(random: Random) -> int:
    """Compare trials of two random graphs; return the number of wider sets."""
    n_wider = 0
    pair = random_pair(random, n_links=60, n_changes=12)
    found = diff(pair.old.graph(), pair.new.graph(), setting=random_setting(random, TREES))
    worlds = Worlds(found._matched, found.before.level, found.setting)
    for change in found._compared.regroupings:
        nodes = change.nodes - worlds.first
        label = found._compared.group_before[change.nodes]
        world = worlds.of(int(nodes[0]))
        known = sorted(world.rows)
        tried = [tuple(random.sample(known, random.randint(0, len(known)))) for _ in range(6)]
        wider = list(world.wider(nodes, worlds.near))
        n_wider += len(wider)
        for causes in (*tried, *wider, *tried, tuple(known)):
            assert world.undoes(causes, nodes, label)[0] == undone(world, causes, nodes, label)
        for less, more in pairwise(wider):
            assert set(less) < set(more) <= world.rows.keys()
    return n_wider
