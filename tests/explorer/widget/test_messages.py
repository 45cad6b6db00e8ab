"""Messages of pages: what is none of them is ignored."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.explorer.widget.messages import Seen, World, read_question, read_seen

SEEN: dict[str, Any] = {
    "token": "t",
    "view": "v",
    "seq": 1,
    "followed": 0,
    "threshold": 0.1,
    "page": "start",
    "focus": "",
    "journal": "",
}
WORLD: dict[str, Any] = {"threshold": 0.5, "decisions": [["link", "APPROVED"]]}
QUESTION: dict[str, Any] = {
    "kind": "question",
    "token": "t",
    "view": "v",
    "n": 1,
    "worlds": [WORLD],
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_a_state_is_read() -> None:
    """All that a page tells is there."""
    assert read_seen(SEEN, "t") == Seen("v", 1, 0, 0.1, "start", "", "")


def test_a_question_is_read() -> None:
    """A page asks for several worlds at once."""
    question = read_question(QUESTION, "t")

    assert question is not None
    assert (question.view, question.n) == ("v", 1)
    assert question.worlds == (World(0.5, (("link", "APPROVED"),)),)


@pytest.mark.parametrize(
    "change",
    [
        {"token": "another"},
        {"token": None},
        {"view": 3},
        {"view": "v" * 401},
        {"seq": -1},
        {"seq": True},
        {"followed": 1.5},
        {"followed": 2**53},
        {"threshold": 1.01},
        {"threshold": -0.1},
        {"threshold": nan},
        {"threshold": inf},
        {"threshold": "0.1"},
        {"threshold": True},
        {"page": None},
        {"focus": []},
        {"focus": "f" * 401},
        {"journal": 7},
    ],
)
def test_another_state_is_none(change: dict[str, Any]) -> None:
    """A wrong token, kind of value or range makes it no message."""
    assert read_seen(SEEN | change, "t") is None


@pytest.mark.parametrize(
    "change",
    [
        {"token": "another"},
        {"kind": "state"},
        {"view": None},
        {"n": "1"},
        {"worlds": []},
        {"worlds": {}},
        {"worlds": [WORLD] * 65},
        {"worlds": [WORLD, None]},
        {"worlds": [WORLD | {"threshold": 2}]},
        {"worlds": [WORLD | {"decisions": None}]},
        {"worlds": [WORLD | {"decisions": [["link", "WONDERFUL"]]}]},
        {"worlds": [WORLD | {"decisions": [["link", ["APPROVED"]]]}]},
        {"worlds": [WORLD | {"decisions": [[1, "APPROVED"]]}]},
        {"worlds": [WORLD | {"decisions": ["link"]}]},
        {"worlds": [WORLD | {"decisions": [["link"]]}]},
    ],
)
def test_another_question_is_none(change: dict[str, Any]) -> None:
    """A wrong token, kind of value or range makes it no question."""
    assert read_question(QUESTION | change, "t") is None


def test_without_a_token_nothing_is_believed() -> None:
    """A widget without a token believes no message."""
    assert read_seen(SEEN | {"token": ""}, "") is None
    assert read_question(QUESTION | {"token": ""}, "") is None


@given(JSON, st.sampled_from([*SEEN, *QUESTION]))
def test_any_json_is_a_message_or_none(value: object, member: str) -> None:
    """Whatever comes, nothing is raised."""
    for read, whole in ((read_seen, SEEN), (read_question, QUESTION)):
        read(value, "t")
        read(whole | {member: value}, "t")
