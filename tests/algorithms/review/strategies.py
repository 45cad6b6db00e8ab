"""Random graphs with decisions, and settings of every kind."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, record, uid

TREES = ("components", "single", "average", "complete")
OTHERS = ("gaec", "best_links", "clip", "markov")
STATUSES = ("SUGGESTED", "APPROVED", "REJECTED")
PLACES = [f"{system}/{table}.{name}" for system in "abc" for table in "tu" for name in "wxyz"]
POLICIES = (
    *[None] * 4,
    Policy(null_confidence=0.4),
    Policy(approved="score"),
    Policy(rejected="score"),
)


@st.composite
def decided_graphs(draw: st.DrawFn, *, decided: bool = False) -> LinkGraph:
    """Draw links between few columns, some or most of them decided, some parallel or unscored."""
    suggested = 1 if decided else 5
    places = draw(st.sampled_from([PLACES[:9], PLACES]))
    grid = draw(st.sampled_from([10, 1_000]))
    scores = st.integers(0, grid).map(lambda number: number / grid)
    link = st.tuples(
        st.sampled_from(places),
        st.sampled_from(places),
        st.one_of(scores, scores, scores, st.none()),
        st.sampled_from(["SUGGESTED"] * suggested + ["APPROVED", "REJECTED"]),
        st.sampled_from(["DETERMINISTIC", "PROBABILISTIC"]),
    )
    # Lists that are drawn are mostly short; these are not.
    size = draw(st.integers(1, 60))
    records = [
        record(one, other, score, status=status, link_type=kind, id=uid(f"link {number}"))
        for number, (one, other, score, status, kind) in enumerate(
            draw(st.lists(link, min_size=size, max_size=size))
        )
    ]
    snapshot = read_links(records, catalogue=catalogue(PLACES))
    return LinkGraph(snapshot, policy=draw(st.sampled_from(POLICIES)))


@st.composite
def settings_of(draw: st.DrawFn, methods: tuple[str, ...]) -> Setting:
    """Draw a setting with any rule, calibration, floor and stop."""
    method = draw(st.sampled_from(methods))
    options: dict[str, Any] = {"method": method}
    options["calibrate"] = draw(st.sampled_from([None, "competition", "decisions", "both"]))
    options["one_per"] = draw(st.sampled_from([None, "table", "integration_source"]))
    options["threshold"] = draw(st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7]))
    options["floor"] = draw(st.sampled_from([None, None, 0.3, 0.5]))
    if method == "average":
        options["parameters"] = {"average_over": draw(st.sampled_from(["present", "possible"]))}
    if method == "markov":
        options["parameters"] = {"inflation": 2.0, "max_memory": 2**31}
    if options["calibrate"] in {"decisions", "both"}:
        options["weights"] = draw(st.sampled_from([(-1.13, 0.88), (0.2, 1.5)]))
    if options["calibrate"] in {"competition", "both"}:
        options["no_match"] = draw(st.sampled_from([None, 0.3]))
    return Setting(**options)


def decisions_for(graph: LinkGraph) -> st.SearchStrategy[dict[str, str]]:
    """Draw new statuses of some links."""
    links = st.integers(0, graph.n_links - 1).map(lambda index: graph.link(index).link_id)
    return st.dictionaries(links, st.sampled_from(STATUSES), min_size=1, max_size=4)
