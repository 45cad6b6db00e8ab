"""Tests of decisions laid over a graph."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hummgraph.errors import ArgumentError, DecisionError, HummgraphError
from hummgraph.graph.decisions import Decision, latest
from hummgraph.graph.journal import read_decisions, write_decisions
from tests.support.builders import graph, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.graph.linkgraph import LinkGraph

ZERO, ONE, OTHER = uid("link 0"), uid("link 1"), uid("link 9")
NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def linked() -> LinkGraph:
    """Return three links of every status."""
    return graph(
        [
            ("a/t.x", "b/t.x", None),
            ("b/t.x", "c/t.x", 0.8, "APPROVED"),
            ("c/t.x", "d/t.x", 0.7, "REJECTED"),
        ]
    )


def statuses(decided: LinkGraph) -> dict[str, str]:
    """Return the status of each link by id."""
    return {row["link_id"]: row["status"] for row in decided.links}


def test_a_mapping_changes_statuses() -> None:
    """The new graph has them everywhere; the old one stays as it was."""
    before = linked()
    before.where(min_confidence=0.5)
    decided = before.with_decisions({ZERO: "APPROVED", ONE: "REJECTED"})

    assert statuses(decided) == {ZERO: "APPROVED", ONE: "REJECTED", uid("link 2"): "REJECTED"}
    assert statuses(before)[ONE] == "APPROVED"
    assert decided.n_links_by_status == {"SUGGESTED": 0, "APPROVED": 1, "REJECTED": 2}
    assert decided.link(ZERO).status == "APPROVED"
    # Weights follow: an APPROVED link without a confidence weighs 1, a REJECTED one nothing.
    assert (decided.link(ZERO).weight, decided.link(ONE).weight) == (1.0, None)
    assert decided.summary().to_dict() != before.summary().to_dict()


def test_other_graphs_of_it_have_them_too() -> None:
    """Filters, projections and views read the new statuses, also after the old ones were read."""
    before = linked().where(min_confidence=0.0)
    assert len(before.weights) == 2
    decided = before.with_decisions({ONE: "REJECTED"})

    assert decided.where(status="REJECTED").n_links == 2
    assert decided.subgraph(["b", "c"]).n_links_by_status["REJECTED"] == 1
    assert decided.subgraph(["b", "c"]).decisions["link_id"] == [ONE]
    assert decided.to_networkx(keep_unweighted=True).number_of_edges() == 2
    assert decided.to_networkx().number_of_edges() == 0
    assert decided.reverse().link(ONE).status == "REJECTED"


def test_decisions_are_listed() -> None:
    """What changed, from what, when and why; what was skipped comes last."""
    decided = linked().with_decisions(
        {
            "schema": 1,
            "decisions": [
                {"link_id": OTHER, "status": "APPROVED"},
                {
                    "link_id": ONE.upper(),
                    "status": "REJECTED",
                    "decided_at": "2026-01-31T13:00:00+01:00",
                    "note": "<b>no</b>",
                },
            ],
        },
        missing="skip",
    )

    assert list(decided.decisions) == [
        {
            "link_id": ONE,
            "status": "REJECTED",
            "previous_status": "APPROVED",
            "decided_at": NOON,
            "who": None,
            "note": "<b>no</b>",
            "asked": None,
            "confidence": None,
            "in_graph": True,
        },
        {
            "link_id": OTHER,
            "status": "APPROVED",
            "previous_status": None,
            "decided_at": None,
            "who": None,
            "note": None,
            "asked": None,
            "confidence": None,
            "in_graph": False,
        },
    ]
    assert len(linked().decisions) == 0


def test_decisions_can_be_taken_back() -> None:
    """SUGGESTED undoes, and overlays follow each other."""
    decided = linked().with_decisions({ONE: "REJECTED"}).with_decisions({ONE: "SUGGESTED"})

    assert statuses(decided)[ONE] == "SUGGESTED"
    assert decided.decisions["previous_status"] == ["REJECTED"]


def test_unknown_links_are_an_error() -> None:
    """The error counts them, names the first, and says what to do."""
    with pytest.raises(DecisionError, match=rf"1 of 2 decisions .* {OTHER}") as caught:
        linked().with_decisions({ONE: "REJECTED", OTHER: "REJECTED"})
    assert "missing='skip'" in str(caught.value)
    many = {uid(f"no {number}"): "REJECTED" for number in range(5)}
    with pytest.raises(DecisionError, match=r" \.\.\."):
        linked().with_decisions(many)
    with pytest.raises(ArgumentError, match="'raise' or 'skip'"):
        linked().with_decisions({}, missing="drop")


def test_the_latest_holds() -> None:
    """A later time wins, any time wins over none, and equals agree."""
    early = Decision(ONE, "APPROVED", NOON)
    late = Decision(ONE, "REJECTED", NOON + timedelta(hours=1))
    undated = Decision(ONE, "SUGGESTED")

    assert latest([late, undated, early]) == (late,)
    assert latest([early, late]) == (late,)
    assert latest([early, early]) == (early,)


@pytest.mark.parametrize(("time", "said"), [(NOON, "12:00"), (None, "without a time")])
def test_equally_late_contradictions_are_refused(time: datetime | None, said: str) -> None:
    """Nothing is chosen silently between two decisions of the same time."""
    here = None if time is None else time.astimezone(timezone(timedelta(hours=2)))
    with pytest.raises(DecisionError, match="both APPROVED and REJECTED") as caught:
        latest([Decision(ONE, "APPROVED", time), Decision(ONE, "REJECTED", here)])
    assert said in str(caught.value).replace("14:00", "12:00")


decisions = st.builds(
    Decision,
    st.sampled_from([uid(f"link {number}") for number in range(4)]),
    st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    st.none() | st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.none() | st.text(st.characters(exclude_categories=["Cs"])),
)


@example([Decision(ONE, "APPROVED", None, ""), Decision(ONE, "APPROVED")], Random(1))
@given(st.lists(decisions, max_size=6), st.randoms(use_true_random=False))
def test_a_file_keeps_decisions(
    tmp_path_factory: pytest.TempPathFactory, written: list[Decision], random: Any
) -> None:
    """What is written is read; the order does not matter to the bytes."""
    path = tmp_path_factory.mktemp("decisions") / "decisions.json"
    write_decisions(written, path)
    first = path.read_bytes()

    assert Counter(read_decisions(path)) == Counter(written)
    random.shuffle(written)
    write_decisions(written, path)
    assert path.read_bytes() == first


def test_a_path_is_read(tmp_path: Path) -> None:
    """A graph takes the path of a file, as text or as a path."""
    path = tmp_path / "decisions.json"
    write_decisions([Decision(ONE, "REJECTED", NOON, "no")], path)

    assert statuses(linked().with_decisions(path))[ONE] == "REJECTED"
    assert statuses(linked().with_decisions(str(path)))[ONE] == "REJECTED"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "not an object with 'schema'"),
        ('{"schema": 1, "schema": 1}', "'schema' twice"),
        ('{"decisions": []}', "schema of the decisions is None"),
        ('{"schema": 2, "decisions": []}', "is 2; this version reads schema 1"),
        ('{"schema": true, "decisions": []}', "is True"),
        ('{"schema": 1}', "'decisions' must be a list"),
        ('{"schema": 1, "decisions": [1]}', "Decision 0: it is not an object"),
        ('{"schema": 1, "decisions": [{"id": 1}]}', "Decision 0: it has the member 'id'"),
        ('{"schema": 1, "decisions": [{"link_id": 1}]}', "Decision 0: link_id is 1"),
        ('{"schema": 1, "decisions": [{"status": "APPROVED"}]}', "link_id is ''"),
        (json.dumps({"schema": 1, "decisions": [{"link_id": ONE}]}), "status is ''"),
        (
            json.dumps(
                {
                    "schema": 1,
                    "decisions": [{"link_id": ONE, "status": "APPROVED", "decided_at": "noon"}],
                }
            ),
            "decided_at is 'noon'",
        ),
        (
            json.dumps(
                {
                    "schema": 1,
                    "decisions": [
                        {"link_id": ONE, "status": "APPROVED", "decided_at": "2026-01-31T12:00"}
                    ],
                }
            ),
            "no time zone",
        ),
        (
            json.dumps(
                {"schema": 1, "decisions": [{"link_id": ONE, "status": "APPROVED", "note": 1}]}
            ),
            "note must be text",
        ),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """The error says where and what was expected, and is one of hummgraph's own."""
    path = tmp_path / "decisions.json"
    path.write_text(content)
    with pytest.raises(DecisionError, match=message):
        read_decisions(path)


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    """A missing file and one that is not text are said as such."""
    with pytest.raises(DecisionError, match="No such file"):
        read_decisions(tmp_path / "none.json")
    path = tmp_path / "bytes.json"
    path.write_bytes(b"\xff")
    with pytest.raises(DecisionError, match="not UTF-8"):
        read_decisions(path)


def test_other_things_are_refused() -> None:
    """Neither a mapping nor a path: the error says what is taken."""
    with pytest.raises(ArgumentError, match="takes decisions, not a value of type"):
        linked().with_decisions([ONE])  # type: ignore[list-item]
    with pytest.raises(HummgraphError, match="one of SUGGESTED, APPROVED, REJECTED"):
        linked().with_decisions({ONE: "MAYBE"})


def test_content_may_hold_times_as_values() -> None:
    """A file's content made in Python may have times in place of their text."""
    content = {
        "schema": 1,
        "decisions": [{"link_id": ONE, "status": "REJECTED", "decided_at": NOON}],
    }
    assert linked().with_decisions(content).decisions["decided_at"] == [NOON]


def test_json_of_something_else_is_no_decisions(tmp_path: Path) -> None:
    """It is not called decisions of an unknown schema."""
    path = tmp_path / "records.json"
    path.write_text('{"nodes": []}')
    with pytest.raises(DecisionError, match=r"It holds no decisions\. A file of them reads"):
        read_decisions(path)
    path.write_text("[]")
    with pytest.raises(DecisionError, match="holds no decisions: it is not an object"):
        read_decisions(path)
