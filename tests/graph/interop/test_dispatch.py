"""Tests of the backend of networkx: arrays answer what networkx would have answered."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module, util
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest

from hummgraph.graph.interop.dispatch import Backend, backend
from hummgraph.graph.interop.networkx_view import _offer_backend
from hummgraph.graph.policy import Policy
from tests.support.builders import Row, graph, grid_rows, uid
from tests.support.places import ROOT

if TYPE_CHECKING:
    from hummgraph.graph.linkgraph import LinkGraph

View = nx.MultiDiGraph
INSTALLED = "hummgraph" in import_module("networkx.utils.backends").backends
ANSWERED = (
    *("betweenness_centrality", "degree_centrality", "pagerank"),
    *("shortest_path", "single_source_dijkstra", "weakly_connected_components"),
)
PLACES = [f"{system}/t{table}.c{column}" for system in "abc" for table in "12" for column in "xy"]

needs_installation = pytest.mark.skipif(
    not INSTALLED, reason="networkx finds backends of installed projects: pip install -e ."
)


def random_graph(seed: int) -> LinkGraph:
    """Return a graph with parallel links, loops, ties, nulls, decisions and nodes without links."""
    dice = random.Random(seed)
    places = dice.sample(PLACES, dice.randint(2, len(PLACES)))
    rows: list[Row] = [
        (
            dice.choice(places),
            dice.choice(places),
            dice.choice([None, 0.0, 0.1, 0.25, 0.5, 0.5, 1.0, round(dice.random(), 3)]),
            dice.choice(["SUGGESTED", "SUGGESTED", "APPROVED", "REJECTED"]),
        )
        for _ in range(dice.randint(0, 30))
    ]
    return graph(rows, also=places, policy=dice.choice([None, Policy(null_confidence=0.5)]))


def random_view(seed: int) -> View[str]:
    """Return a view of it by options of all kinds."""
    dice = random.Random(seed)
    return random_graph(seed).to_networkx(
        containment=dice.random() < 0.4,
        relationships=dice.random() < 0.3,
        keep_unweighted=dice.random() < 0.5,
        flat=dice.random() < 0.3,
    )


def outcome(call: Callable[[], Any]) -> str:
    """Return a result with the order, types and bits of what is in it, or the error."""
    try:
        found = call()
        if isinstance(found, Iterator | list):
            found = [sorted(one) if isinstance(one, set) else one for one in found]
    except Exception as error:  # noqa: BLE001 - whichever it is, both must raise it
        return f"{type(error).__name__}: {error}"
    return repr(found)


def calls(view: View[str], dice: random.Random) -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    """Return calls of the functions with arguments of all kinds, those refused too."""
    nodes = [*view, "nobody"] if len(view) else ["nobody"]
    some = {node: dice.choice([0, 0.5, 1, 3]) for node in dice.sample(nodes, min(3, len(nodes)))}
    for weight in ("weight", None, "confidence"):
        source, target = dice.choice(nodes), dice.choice(nodes)
        yield "pagerank", (), {"weight": weight}
        yield "pagerank", (dice.choice([0.85, 0.5, 1.0]), some), {"weight": weight}
        yield "pagerank", (), {"nstart": some, "dangling": some, "tol": 1e-12, "weight": weight}
        yield "pagerank", (), {"max_iter": 1, "tol": 1e-15, "weight": weight}
        yield "single_source_dijkstra", (source,), {"weight": weight}
        yield "single_source_dijkstra", (source, target), {"weight": weight}
        yield "single_source_dijkstra", (source,), {"cutoff": 0.6, "weight": weight}
        for ends in ((source, target), (source,), (None, target), ()):
            yield "shortest_path", ends, {"weight": weight}
        yield "shortest_path", (source, target), {"weight": weight, "method": "bellman-ford"}
        yield "shortest_path", (source,), {"weight": weight, "method": "bellman-ford"}
        yield "shortest_path", (source,), {"weight": weight, "method": "by guessing"}
    yield "weakly_connected_components", (), {}
    yield "degree_centrality", (), {}


def ways() -> dict[str, Callable[..., Any]]:
    """Return the ways to a function: by default, by the argument, and by the configuration."""

    def chosen(name: str, *args: Any, **kwargs: Any) -> Any:
        with nx.config(backend_priority=["hummgraph"]):
            found = getattr(nx, name)(*args, **kwargs)
            return list(found) if isinstance(found, Iterator) else found

    return {
        "default": lambda name, *args, **kwargs: getattr(nx, name)(*args, **kwargs),
        "argument": lambda name, *args, **kwargs: getattr(nx, name)(
            *args, **kwargs, backend="hummgraph"
        ),
        "configuration": chosen,
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions that networkx asked the backend for, in order."""
    names: list[str] = []

    def noted(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def answer(*args: Any, **kwargs: Any) -> Any:
            names.append(name)
            return original(*args, **kwargs)

        return answer

    for name in ANSWERED:
        monkeypatch.setattr(backend, name, noted(name, getattr(backend, name)))
    return names


# --- equal to networkx on a copy -----------------------------------------------------------------


@pytest.mark.parametrize("tens", range(20))
def test_arrays_answer_what_networkx_answers_on_a_copy(tens: int) -> None:
    """Values to the bit, order of keys, types and errors are equal on 200 random graphs."""
    declined = 0
    for seed in range(10 * tens, 10 * tens + 10):
        view, dice = random_view(seed), random.Random(seed)
        copy: View[str] = nx.MultiDiGraph(view)
        for name, args, kwargs in calls(view, dice):
            if backend.can_run(name, (view, *args), kwargs) is not True:
                declined += 1
                assert kwargs["weight"] == "confidence"
                continue
            ours = outcome(lambda: getattr(backend, name)(view, *args, **kwargs))  # noqa: B023
            theirs = outcome(lambda: getattr(nx, name)(copy, *args, **kwargs))  # noqa: B023
            assert ours == theirs, (seed, name, args, kwargs)
    assert declined < 10 * 14


@needs_installation
@pytest.mark.parametrize("way", ["default", "argument", "configuration"])
@pytest.mark.filterwarnings("error")
def test_networkx_asks_the_arrays(way: str, asked: list[str]) -> None:
    """The same through networkx' own functions, however the backend is chosen."""
    call = ways()[way]
    n_calls = 0
    for seed in range(200, 212):
        view, dice = random_view(seed), random.Random(seed)
        copy: View[str] = nx.MultiDiGraph(view)
        for name, args, kwargs in calls(view, dice):
            if backend.can_run(name, (view, *args), kwargs) is not True:
                continue
            ours = outcome(lambda: call(name, view, *args, **kwargs))  # noqa: B023
            assert ours == outcome(lambda: getattr(nx, name)(copy, *args, **kwargs))  # noqa: B023
            n_calls += 1

    assert len(asked) == n_calls
    assert set(asked) == set(ANSWERED) - {"betweenness_centrality"}


@pytest.mark.parametrize("library", ["igraph", "rustworkx"])
@pytest.mark.parametrize("normalized", [True, False])
def test_betweenness_is_equal_up_to_rounding(
    library: str, normalized: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever library counts the paths, in the order of nodes, on 200 random graphs."""
    monkeypatch.setattr(
        "hummgraph.graph.interop.dispatch.find_spec",
        lambda name: util.find_spec(name) if name == library else None,
    )
    for seed in range(200):
        view = random_view(seed)
        assert backend.can_run("betweenness_centrality", (view,), {}) is True
        found = backend.betweenness_centrality(view, normalized=normalized)
        copy: View[str] = nx.MultiDiGraph(view)
        theirs = nx.betweenness_centrality(copy, normalized=normalized)

        assert list(found) == list(theirs)
        assert found == pytest.approx(theirs, rel=1e-12, abs=1e-12)
        assert {type(value) for value in found.values()} <= {float}


def test_a_graph_of_nothing_and_of_one_node() -> None:
    """The smallest graphs answer as networkx does."""
    nothing = graph([("a/t.x", "b/u.y")]).subgraph([]).to_networkx()
    alone = graph([], also=["a"]).to_networkx()
    assert (len(nothing), len(alone)) == (0, 1)

    for view in (nothing, alone):
        copy: View[str] = nx.MultiDiGraph(view)
        for name in ("pagerank", "degree_centrality", "weakly_connected_components"):
            ours = outcome(lambda: getattr(backend, name)(view))  # noqa: B023
            assert ours == outcome(lambda: getattr(nx, name)(copy))  # noqa: B023
        assert backend.betweenness_centrality(view) == nx.betweenness_centrality(copy)


def test_a_weight_that_networkx_takes_for_one_is_its_whole_one() -> None:
    """An edge without a weight counts 1, not 1.0, and of parallel edges the first least one."""
    view = graph([("a/t.x", "b/u.y", 1.0)]).to_networkx(containment=True)
    lengths, _ = backend.single_source_dijkstra(view, uid("a"))

    assert repr([lengths[uid(place)] for place in ("a", "a/t", "a/t.x")]) == "[0, 1, 2]"
    assert repr(lengths[uid("b/u.y")]) == "3.0"


def test_rows_are_kept_while_the_view_is() -> None:
    """A second question to the same view does not make its rows again."""
    kept = import_module("hummgraph.graph.interop.dispatch")._KEPT
    before = len(kept)
    view = graph(grid_rows(3)).to_networkx()
    source = next(iter(view))
    backend.shortest_path(view, source, weight="weight")
    rows = list(kept.values())[-1]["weight"]
    backend.single_source_dijkstra(view, source)

    assert len(kept) == before + 1
    assert list(kept.values())[-1]["weight"] is rows
    assert list(rows[0]) == list(view)
    assert len(rows[0]) == len(view)
    del view
    assert len(kept) == before


# --- what is left to networkx --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kwargs", "reason"),
    [
        ("pagerank", {"weight": "label"}, "edges have no array of 'label'"),
        ("shortest_path", {"weight": len}, "edges have no array of <built-in function len>"),
        ("shortest_path", {"weight": ["weight"]}, "edges have no array of ['weight']"),
        ("betweenness_centrality", {"k": 2}, "samples, weights and end points are"),
        ("betweenness_centrality", {"weight": "weight"}, "samples, weights and end points are"),
        ("betweenness_centrality", {"endpoints": True}, "samples, weights and end points are"),
        ("pagerank", {"weights": "weight"}, "got an unexpected keyword argument 'weights'"),
        ("hits", {}, "the function is left to networkx"),
    ],
)
def test_what_arrays_cannot_answer_is_declined(
    name: str, kwargs: dict[str, Any], reason: str
) -> None:
    """The backend says why it does not answer."""
    view = graph([("a/t.x", "b/u.y")]).to_networkx()

    assert str(backend.can_run(name, (view,), kwargs)).startswith(reason)
    assert str(backend.can_run(name, (), {"G": view, **kwargs})).startswith(reason)


def test_only_our_own_views_are_answered_for() -> None:
    """A copy, a part, the reverse and a graph of others are networkx'."""
    view = graph(grid_rows(2)).to_networkx()
    others: list[Any] = [
        nx.MultiDiGraph(view),
        view.copy(),
        view.reverse(copy=False),
        view.subgraph(list(view)[:3]),
        view.to_undirected(as_view=True),
        nx.path_graph(3),
        None,
        7,
    ]
    for other in others:
        assert backend.can_run("pagerank", (other,), {}) == (
            "the graph is not a view made by to_networkx()"
        )
    for ask in (backend.pagerank, backend.shortest_path):
        with pytest.raises(NotImplementedError, match="not a view"):
            ask(others[0])
    with pytest.raises(NotImplementedError, match="no array of 'label'"):
        backend.pagerank(view, weight="label")
    with pytest.raises(AttributeError):
        _ = backend.no_such_function


def test_without_a_library_for_it_betweenness_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither igraph nor rustworkx: networkx counts the paths itself."""
    monkeypatch.setattr("hummgraph.graph.interop.dispatch.find_spec", lambda _: None)
    view = graph([("a/t.x", "b/u.y")]).to_networkx()

    assert backend.can_run("betweenness_centrality", (view,), {}) == (
        "neither igraph nor rustworkx is installed"
    )


@needs_installation
def test_everything_else_falls_through(asked: list[str]) -> None:
    """Other functions, two graphs at once, copies, and a chosen networkx are not ours."""
    view = graph(grid_rows(3)).to_networkx()
    copy: View[str] = nx.MultiDiGraph(view)

    assert nx.closeness_centrality(view) == nx.closeness_centrality(copy)
    assert nx.is_isomorphic(view, copy)
    assert nx.compose(view, copy).number_of_edges() == copy.number_of_edges()
    assert nx.pagerank(copy) == nx.pagerank(view, backend="networkx")
    assert nx.pagerank(view.reverse(copy=False)) == nx.pagerank(copy.reverse())
    assert nx.betweenness_centrality(view, weight="weight") == nx.betweenness_centrality(
        copy, weight="weight"
    )
    with nx.config(backend_priority=[]):
        nx.pagerank(view)
    with pytest.raises(NotImplementedError):
        nx.pagerank(copy, backend="hummgraph")
    with pytest.raises(nx.NetworkXError, match="Frozen graph"):
        nx.set_edge_attributes(view, dict.fromkeys(view.edges, 1), "weight")
    assert not asked
    assert nx.number_weakly_connected_components(view) == 7
    assert asked == ["weakly_connected_components"]


# --- how networkx finds it -----------------------------------------------------------------------


def test_the_entry_point_names_the_backend() -> None:
    """The declared entry point is the backend, which converts nothing and always should run."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = declared["entry-points"]["networkx.backends"]["hummgraph"].partition(":")
    view = graph([("a/t.x", "b/u.y")]).to_networkx()

    assert getattr(import_module(module), name) is backend
    assert backend.convert_from_nx(view, edge_attrs={"weight": 1}) is view
    assert backend.convert_to_nx(found := {"a": 1.0}, name="pagerank") is found
    assert backend.should_run("pagerank", (view,), {}) is True
    assert {name for name in vars(Backend) if name in ANSWERED} == set(ANSWERED)


def offered(installed: list[object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the backends that networkx asks after the first view, of a process as it is said."""
    monkeypatch.setattr("hummgraph.graph.interop.networkx_view.entry_points", lambda **_: installed)
    _offer_backend.__wrapped__()
    chosen: Any = nx.config.backend_priority
    return list(chosen.algos)


def test_what_is_not_installed_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend whose entry point networkx has not seen would be refused by it."""
    with nx.config(backend_priority=[]):
        assert offered([], monkeypatch) == []


PROGRAM = """
import json, sys
import networkx as nx
found = [list(nx.config.backend_priority.algos)]
found.append("hummgraph" in sys.modules)
from tests.support.builders import graph
linked = graph([("a/t.x", "b/u.y")])
nx.config.backend_priority = ["networkx"]
linked.to_networkx()
found.append(list(nx.config.backend_priority.algos))
nx.config.backend_priority = []
linked.to_networkx()
found.append(list(nx.config.backend_priority.algos))
print(json.dumps(found))
"""


@needs_installation
def test_the_first_view_offers_the_backend_last_and_once() -> None:
    """``import networkx`` loads nothing of ours; who takes the backend out, has it out."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, cwd=ROOT
    )

    assert json.loads(done.stdout) == [[], False, ["networkx", "hummgraph"], []]
