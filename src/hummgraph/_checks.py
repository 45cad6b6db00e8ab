"""Checks of arguments that several functions take."""

from __future__ import annotations

from hummgraph._nodes import Level
from hummgraph.errors import ArgumentError, ThresholdError
from hummgraph.scores import rounded

__all__ = ["as_level", "check_threshold"]


def check_threshold(name: str, value: float) -> float:
    """Return a threshold as scores are compared with it; refuse what is not in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise ThresholdError(f"{name} is {value!r}; it must be a number in [0, 1].")
    return rounded(value)


def as_level(level: Level | str) -> Level:
    """Read a level's name."""
    try:
        return Level(level)
    except ValueError:
        allowed = ", ".join(repr(str(known)) for known in Level)
        raise ArgumentError(f"level is {level!r}; it must be one of {allowed}.") from None
