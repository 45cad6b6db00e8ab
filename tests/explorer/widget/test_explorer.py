"""The widget in Python: what its attributes take, and what pages may tell it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hummgraph import Decision, GivenName, LinkGraph, cluster, explore, write_decisions
from hummgraph.errors import (
    ArgumentError,
    DecisionError,
    HummgraphError,
    MissingDependencyError,
    NodeNotFoundError,
    ThresholdError,
)
from hummgraph.graph.journal import journal_of
from tests.support.browsing import PAYLOADS
from tests.support.notebooks import seen, sent

if TYPE_CHECKING:
    from pathlib import Path

EMAIL = "Stripe/customers.email"


def test_importing_the_library_imports_no_widget() -> None:
    """Heavy or optional packages are imported when they are used."""
    code = "import hummgraph, sys; print({'anywidget', 'ipywidgets', 'traitlets'} & {*sys.modules})"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert found.stdout.strip() == "set()"


def test_without_anywidget_the_error_says_what_to_install(
    demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is called widget."""
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "hummgraph.explorer.widget.explorer", raising=False)

    with pytest.raises(MissingDependencyError) as caught:
        explore(demo_graph)

    assert caught.value.hint == "pip install 'hummgraph[widget]'"


def test_wrong_arguments_are_refused(demo_graph: LinkGraph) -> None:
    """As by show()."""
    with pytest.raises(ArgumentError, match="height is 100"):
        explore(demo_graph, height=100)
    with pytest.raises(ArgumentError, match="height is True"):
        explore(demo_graph, height=True)
    with pytest.raises(ArgumentError):
        explore("graph")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError):
        explore(demo_graph, clusters="leiden")  # type: ignore[arg-type]


def test_it_begins_as_it_is_told(demo_graph: LinkGraph) -> None:
    """The clusters of the library, or those that are given, and one of them open."""
    clusters = cluster(demo_graph, threshold=0.4)

    w = explore(demo_graph, clusters=clusters, cluster=EMAIL)

    assert w.threshold == 0.4
    assert w.cluster == w.selection == clusters[EMAIL]
    assert (w.decisions, w.graph, w.clusters) == ((), demo_graph, clusters)
    assert explore(demo_graph).cluster is None


def test_what_is_set_is_told(demo_graph: LinkGraph) -> None:
    """Each message has all that pages have not followed yet."""
    w = explore(demo_graph)
    name = GivenName(demo_graph.node(EMAIL).node_id, "mail")

    w.threshold = 0.5
    w.decisions = [name]
    w.cluster = EMAIL

    member = w.clusters[EMAIL].members[0].node_id
    assert w._told == {
        "token": w._token,
        "n": 3,
        "set": {
            "threshold": 0.5,
            "journal": journal_of([name]),
            "address": f"p=concepts&f=cluster:{member}",
        },
    }
    assert w.selection == w.cluster == w.clusters["mail"]
    w.selection = EMAIL
    assert w.cluster is None
    assert w._told["n"] == 4


@pytest.mark.parametrize("threshold", [-0.1, 1.1, "0.5", None, True])
def test_a_threshold_is_a_share(threshold: Any, demo_graph: LinkGraph) -> None:
    """The error is the library's own, and nothing changes."""
    w = explore(demo_graph)

    with pytest.raises(ThresholdError):
        w.threshold = threshold

    assert w.threshold == 0.1
    assert w._told == {}


def test_decisions_must_fit(demo_graph: LinkGraph) -> None:
    """The errors are those of with_decisions."""
    w = explore(demo_graph)
    with pytest.raises(DecisionError):
        w.decisions = {"01890a5d-ac96-774b-bcce-b302099a8057": "APPROVED"}
    with pytest.raises(ArgumentError):
        w.decisions = 7
    with pytest.raises(DecisionError):
        w.apply(
            [
                Decision(demo_graph.link(0).link_id, "APPROVED"),
                Decision(demo_graph.link(0).link_id, "REJECTED"),
            ]
        )

    assert w.decisions == ()


def test_decisions_are_taken_in_every_form(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """As with_decisions takes them."""
    w = explore(demo_graph)
    link = demo_graph.link(0).link_id
    path = tmp_path / "decisions.jsonl"
    write_decisions([Decision(link, "APPROVED")], path)

    for given in ({link: "APPROVED"}, [Decision(link, "APPROVED")], path, str(path)):
        w.decisions = given
        assert w.decisions == (Decision(link, "APPROVED"),)
        assert w.graph.link(0).status == "APPROVED"
        w.decisions = []
        assert w.graph.link(0).status == demo_graph.link(0).status


def test_what_is_applied_replaces_what_is_about_the_same(demo_graph: LinkGraph) -> None:
    """Others stay."""
    w = explore(demo_graph)
    one, other = demo_graph.link(0).link_id, demo_graph.link(1).link_id
    w.decisions = {one: "APPROVED", other: "REJECTED"}

    w.apply({one: "REJECTED"})

    assert w.decisions == (Decision(other, "REJECTED"), Decision(one, "REJECTED"))


def test_clusters_are_those_of_the_library(demo_graph: LinkGraph) -> None:
    """Under the decisions and the threshold, by the same method."""
    given = cluster(demo_graph, method="leiden")
    w = explore(demo_graph, clusters=given)

    w.apply({demo_graph.link(0).link_id: "REJECTED"})

    wanted = cluster(w.graph, setting=given.setting)
    assert np.array_equal(w.clusters.labels, wanted.labels)
    assert w.clusters is w.clusters


@pytest.mark.parametrize("page", ["start", "concepts", "map", "review", "links"])
def test_it_goes_to_pages(page: str, demo_graph: LinkGraph) -> None:
    """By their names; then nothing is in focus."""
    w = explore(demo_graph, clusters=cluster(demo_graph), cluster=EMAIL)

    w.goto(page)

    assert w._told["set"]["address"] == f"p={page}&f="
    assert w.selection is w.cluster is None


def test_it_goes_nowhere_that_is_not_there(demo_graph: LinkGraph) -> None:
    """The error is that of a search."""
    w = explore(demo_graph)

    with pytest.raises(NodeNotFoundError):
        w.goto("Stripe/customers.emial")
    with pytest.raises(HummgraphError):
        w.cluster = "no such cluster"

    assert w._told == {}


def test_what_a_page_tells_is_taken_over(demo_graph: LinkGraph) -> None:
    """All at once, observed, acknowledged, and told to no page."""
    w = explore(demo_graph)
    found = sent(w)
    noted: list[str] = []
    w.observe(lambda change: noted.append(change.name), ["threshold", "decisions", "cluster"])
    decision = Decision(demo_graph.link(0).link_id, "REJECTED")
    email = demo_graph.node(EMAIL)

    w._seen = seen(
        w, threshold=0.5, focus=f"cluster:{email.node_id}", journal=journal_of([decision])
    )

    assert (w.threshold, w.decisions) == (0.5, (decision,))
    assert w.cluster == w.selection == w.clusters[EMAIL]
    assert sorted(noted) == ["cluster", "decisions", "threshold"]
    assert found == [
        {"message": {"kind": "got", "token": w._token, "view": "v", "seq": 1}, "buffers": []}
    ]
    assert w._told == {}


def test_what_a_page_has_yet_to_follow_stays(demo_graph: LinkGraph) -> None:
    """Of a page that has not heard all, only the rest is taken over."""
    w = explore(demo_graph)
    sent(w)
    decision = Decision(demo_graph.link(0).link_id, "REJECTED")
    before = seen(w, threshold=0.2, journal=journal_of([decision]))
    w.threshold = 0.5

    w._seen = before
    assert (w.threshold, w.decisions) == (0.5, (decision,))

    w._seen = seen(w, threshold=0.3, seq=2)
    assert (w.threshold, w.decisions) == (0.3, ())
    assert w._told["set"] == {}
    w.goto("review")
    assert w._told["set"] == {"address": "p=review&f="}


@pytest.mark.parametrize(
    "change",
    [
        {"token": "another"},
        {"threshold": 7},
        {"followed": 99},
        {"focus": "cluster:nothing"},
        {"focus": "link:nothing"},
        {"journal": "nothing"},
        {"journal": '{"schema": 2, "kind": "decision", "link_id": "x", "status": "APPROVED"}\n'},
        {
            "journal": '{"schema": 2, "kind": "decision", "status": "APPROVED", "link_id":'
            ' "01890a5d-ac96-774b-bcce-b302099a8057"}\n'
        },
        *({"focus": payload} for payload in PAYLOADS[:5]),
        *({"journal": payload} for payload in PAYLOADS[:5]),
    ],
)
def test_what_is_no_message_changes_nothing(change: dict[str, Any], demo_graph: LinkGraph) -> None:
    """Not even the parts of it that could be read."""
    w = explore(demo_graph)
    w.threshold = 0.4
    found = sent(w)

    w._seen = seen(
        w, **{"threshold": 0.9, "focus": f"near:{demo_graph.node(EMAIL).node_id}:1"} | change
    )

    assert (w.threshold, w.decisions, w.selection) == (0.4, (), None)
    assert found == []


def test_questions_are_answered_with_labels(demo_graph: LinkGraph) -> None:
    """Those of the method, under each world."""
    given = cluster(demo_graph, method="leiden")
    w = explore(demo_graph, clusters=given)
    found = sent(w)
    link = demo_graph.link(0).link_id
    worlds = [
        {"threshold": given.threshold, "decisions": [[link, "REJECTED"]]},
        {"threshold": 0.6, "decisions": []},
    ]

    w._on_message(
        None, {"kind": "question", "token": w._token, "view": "v", "n": 3, "worlds": worlds}, []
    )

    (answer,) = found
    assert answer["message"] == {
        "kind": "answer", "token": w._token, "view": "v", "n": 3, "problem": "",
    }  # fmt: skip
    labels = [np.frombuffer(buffer, "<i4") for buffer in answer["buffers"]]
    rejected = cluster(demo_graph.with_decisions({link: "REJECTED"}), setting=given.setting)
    assert np.array_equal(labels[0], rejected.labels)
    w.threshold = 0.6
    assert np.array_equal(labels[1], w.clusters.labels)


def test_a_question_that_cannot_be_answered_is_told_why(demo_graph: LinkGraph) -> None:
    """The page says it where the effect would stand."""
    w = explore(demo_graph, clusters=cluster(demo_graph, method="leiden"))
    found = sent(w)
    worlds = [{"threshold": 0.1, "decisions": [["no id", "REJECTED"]]}]

    w._on_message(
        None, {"kind": "question", "token": w._token, "view": "v", "n": 1, "worlds": worlds}, []
    )
    w._on_message(None, {"kind": "question", "token": "another", "n": 1, "worlds": worlds}, [])

    assert len(found) == 1
    assert found[0]["message"]["problem"] != ""
    assert found[0]["buffers"] == []


def test_where_no_widget_is_shown_there_is_a_picture(demo_graph: LinkGraph) -> None:
    """A notebook that is not trusted shows the image."""
    bundle, _ = explore(demo_graph)._repr_mimebundle_()

    assert bundle["image/svg+xml"].startswith("<svg ")
    assert bundle["text/html"].startswith("<img ")
    assert "application/vnd.jupyter.widget-view+json" in bundle
