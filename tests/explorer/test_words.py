"""Tests of the words of the page."""

from __future__ import annotations

import pytest

from hummgraph.explorer.words import page_note, page_score


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("1 link without weight not followed.", "1 link without a score not followed."),
        (
            "2 nodes both up- and downstream: listed where nearer.",
            "2 both link to it and depend on it: listed where nearer.",
        ),
        ("1,200 nodes left out by max_per_hop.", "1,200 left out: too many for one step."),
        ("2 links above the level not lifted.", "2 links of a higher level not followed."),
        (
            "Not followed, as they are of another level: a column; level='x' takes them together.",
            "Not followed, as they are of another level: a field.",
        ),
        ("Stopped after 9 links (max_work): more.", "Stopped after 9 links: more."),
        ("Followed from 'a/column' alone.", "Followed from 'a/column' alone."),
    ],
)
def test_notes_name_nothing_of_python(note: str, said: str) -> None:
    """Arguments and words of Python go; names stay."""
    assert page_note(note) == said


def test_scores_pass_what_is_written() -> None:
    """A score is never below what the page writes of it."""
    for score in (1.0, 0.99999, 0.5, 0.1, 0.0999, 0.00123, 1e-5):
        written = float(page_score(score))
        assert 0.9 * score <= written <= score
    assert page_score(1e-9) == "0"
