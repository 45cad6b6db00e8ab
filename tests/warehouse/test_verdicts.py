"""Verdicts from counts alone: one rule each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.warehouse.counting import Codes, End, Overlap, sampled
from hummgraph.warehouse.normal import Normal
from hummgraph.warehouse.reasons import reason_of
from hummgraph.warehouse.verdicts import (
    Agreement,
    Evidence,
    Ground,
    Verdict,
    contained,
    is_key,
    is_telling,
    kappa,
    verdict_of,
)

END = End(
    rows=100,
    filled=100,
    counted=100,
    distinct=100,
    shared=60,
    repeated=0,
    counting=False,
    luck=0.0,
    marked=1.0,
    length=12.0,
)


def overlap(shared: int = 60, **changes: Any) -> Overlap:
    """Return counts of two alike ends."""
    end = replace(END, **changes)
    return Overlap((end, end), shared, 0.01)


def agreement(rows: int, equal: int, chance: float = 0.1, **more: bool) -> Agreement:
    """Return an agreement by some other pair."""
    return Agreement(rows, equal, chance, (1, 2), **more)


PLAIN: dict[str, Any] = {"length": 4.0, "distinct": 20, "marked": 0.0}
COUNTING: dict[str, Any] = {"length": 3.0, "counting": True, "luck": 0.5}
CASES: list[tuple[Evidence, Verdict, Ground]] = [
    (Evidence(overlap(distinct=0), Normal.EXACT), Verdict.CANNOT_SAY, Ground.EMPTY),
    (
        Evidence(overlap(**PLAIN), Normal.DAY, best=agreement(50, 40)),
        Verdict.SUPPORTED,
        Ground.AGREES,
    ),
    (Evidence(overlap(0), Normal.EXACT), Verdict.CONTRADICTED, Ground.NOTHING_SHARED),
    (Evidence(overlap(0, counted=3), Normal.EXACT), Verdict.CANNOT_SAY, Ground.FEW),
    (Evidence(overlap(2, counted=5), Normal.EXACT), Verdict.CANNOT_SAY, Ground.FEW),
    (
        Evidence(overlap(2, counted=5), Normal.DAY, alone=True, things_differ=True),
        Verdict.CONTRADICTED,
        Ground.ALONE,
    ),
    (Evidence(overlap(2, counted=5), Normal.DAY, alone=True), Verdict.CANNOT_SAY, Ground.FEW),
    (
        Evidence(overlap(), Normal.EXACT, joined=agreement(50, 5)),
        Verdict.CONTRADICTED,
        Ground.DIFFERS,
    ),
    (
        Evidence(overlap(**PLAIN), Normal.DAY, loose=agreement(50, 5)),
        Verdict.CONTRADICTED,
        Ground.DIFFERS,
    ),
    (
        Evidence(overlap(**PLAIN), Normal.DAY, loose=agreement(10, 1)),
        Verdict.CANNOT_SAY,
        Ground.OPEN,
    ),
    (
        Evidence(overlap(**PLAIN), Normal.DAY, loose=agreement(50, 15)),
        Verdict.CANNOT_SAY,
        Ground.OPEN,
    ),
    (Evidence(overlap(), Normal.EXACT), Verdict.SUPPORTED, Ground.TELLING),
    (Evidence(overlap(9), Normal.EXACT), Verdict.SUPPORTED, Ground.TELLING),
    (Evidence(overlap(6), Normal.EXACT), Verdict.CANNOT_SAY, Ground.OPEN),
    (Evidence(overlap(4), Normal.EXACT), Verdict.CONTRADICTED, Ground.APART),
    (Evidence(overlap(20, marked=0.1), Normal.EXACT), Verdict.CANNOT_SAY, Ground.OPEN),
    (Evidence(overlap(14, marked=0.1), Normal.EXACT), Verdict.CONTRADICTED, Ground.APART),
    (
        Evidence(overlap(80, **COUNTING), Normal.LEADING_ZEROS),
        Verdict.SUPPORTED,
        Ground.BEYOND_CHANCE,
    ),
    (
        Evidence(overlap(52, **COUNTING), Normal.LEADING_ZEROS, alone=True, things_differ=True),
        Verdict.CONTRADICTED,
        Ground.ALONE,
    ),
    (
        Evidence(overlap(52, **COUNTING), Normal.LEADING_ZEROS, alone=True),
        Verdict.CANNOT_SAY,
        Ground.UNJOINED,
    ),
    (
        Evidence(overlap(65, **COUNTING), Normal.LEADING_ZEROS, alone=True),
        Verdict.CANNOT_SAY,
        Ground.OPEN,
    ),
    (
        Evidence(overlap(99, **{**COUNTING, "luck": 0.99}), Normal.LEADING_ZEROS, alone=True),
        Verdict.CANNOT_SAY,
        Ground.OPEN,
    ),
    (Evidence(overlap(15, **PLAIN), Normal.EXACT), Verdict.CANNOT_SAY, Ground.OPEN),
    (
        Evidence(overlap(15, **PLAIN), Normal.EXACT, alone=True, things_differ=True),
        Verdict.CONTRADICTED,
        Ground.ALONE,
    ),
    (Evidence(overlap(15, **PLAIN), Normal.EXACT, alone=True), Verdict.CANNOT_SAY, Ground.UNJOINED),
    (Evidence(overlap(20, **PLAIN), Normal.EXACT, alone=True), Verdict.CANNOT_SAY, Ground.OPEN),
]


@pytest.mark.parametrize(("evidence", "verdict", "ground"), CASES)
def test_the_first_rule_that_applies_decides(
    evidence: Evidence, verdict: Verdict, ground: Ground
) -> None:
    """Agreement, number of values, difference, telling values and isolation, in this order."""
    assert verdict_of(evidence) == (verdict, ground)


@pytest.mark.parametrize("ground", list(Ground))
def test_every_ground_has_a_sentence(ground: Ground) -> None:
    """A reason ends with a full stop, and names columns where it needs them."""
    by = ("a/t.x", "b/t.x")
    for shown in (
        agreement(50, 40),
        agreement(50, 50, 0.0, is_key=True),
        agreement(50, 1, through=True),
    ):
        text = reason_of(ground, by, (overlap(distinct=0), Normal.DAY), shown, by)
        assert text.endswith(".")
        assert "  " not in text
    assert "60 %" in reason_of(Ground.TELLING, by, (overlap(), Normal.EXACT))
    assert "over 99 %" in reason_of(
        Ground.TELLING, by, (overlap(999, distinct=1_000), Normal.EXACT)
    )


@given(st.integers(0, 1_000), st.floats(0, 1), st.floats(0, 1))
def test_agreement_beyond_chance_is_a_share(rows: int, part: float, chance: float) -> None:
    """It is 1 where all agree, 0 where as many do as by chance, and never outside."""
    share = kappa(rows, int(rows * part), chance)
    assert 0 <= share <= 1
    assert kappa(rows, rows, chance) == (1 if rows and chance < 1 else 0)


@pytest.mark.parametrize(
    ("normal", "changes", "telling", "key"),
    [
        (Normal.EXACT, {}, True, True),
        (Normal.DAY, {}, False, False),
        (Normal.EXACT, {"counting": True}, False, True),
        (Normal.EXACT, {"distinct": 7}, False, False),
        (Normal.EXACT, {"length": 7.0}, True, True),
        (Normal.EXACT, {"length": 7.0, "distinct": 90}, False, True),
        (Normal.EXACT, {"length": 3.0, "distinct": 30}, False, False),
        (Normal.EXACT, {"length": 3.0, "distinct": 30, "counted": 30}, False, True),
    ],
)
def test_what_values_are_worth_alone(
    normal: Normal, changes: dict[str, Any], telling: bool, key: bool
) -> None:
    """Long or many values tell; short ones may join rows if they are unique at one end."""
    counts = overlap(**changes)
    assert (is_telling(counts, normal), is_key(counts, normal)) == (telling, key)


def test_nothing_is_contained_in_nothing() -> None:
    """Ends without values share nothing, and have no share of distinct values."""
    counts = overlap(0, distinct=0, counted=0)
    assert (contained(counts), counts.ends[0].unique) == (0.0, 0.0)


def test_a_sample_of_everything_has_every_code() -> None:
    """The condition of a share of 1 holds for the greatest code, too."""
    assert sampled("v", 1.0) == f"md5_number_lower(v) <= {2**64 - 1}"


@pytest.mark.parametrize(
    ("rows", "default", "distinct", "left"),
    [
        (40, 20, 20, 20),
        (40, 10, 30, 40),
        (120, 100, 20, 120),
        (60, 30, 15, 60),
        (31, 11, 19, 31),
    ],
)
def test_a_default_among_distinct_values_is_none(
    rows: int, default: int, distinct: int, left: int
) -> None:
    """A value of more than ten rows is none if the others differ, are 20, and a fifth of all."""
    others = np.arange(2, 2 + rows - default) % distinct + 2
    codes = Codes(np.concatenate([np.ones(default), others]).astype(np.uint64), 2**64 - 1)

    assert (codes.n, int((codes.written > 0).sum())) == (left, rows)
