"""The clustering methods, their thresholds and their parameters."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "AUTO",
    "METHODS",
    "Method",
    "checked_method",
    "default_threshold",
]


@dataclass(frozen=True, slots=True)
class Method:
    """Properties of a clustering method.

    Parameters
    ----------
    name
        The name that ``cluster`` takes.
    threshold
        Default threshold, on the scale of confidences.
    calibrated_threshold
        Default threshold with ``calibrate="competition"``.
    parameters
        Parameters of the method, and their defaults.
    tree
        Whether its joins are independent of the threshold, so that one merge tree has them all.
    """

    name: str
    threshold: float
    calibrated_threshold: float
    parameters: Mapping[str, Any]
    tree: bool = False


_NO_PARAMETERS: Final[Mapping[str, Any]] = MappingProxyType({})

METHODS: Final[Mapping[str, Method]] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method("components", 0.85, 0.95, _NO_PARAMETERS, tree=True),
            Method("single", 0.85, 0.95, _NO_PARAMETERS, tree=True),
            Method("average", 0.1, 0.1, MappingProxyType({"average_over": None}), tree=True),
            Method("complete", 0.05, 0.05, _NO_PARAMETERS, tree=True),
            Method("gaec", 0.8, 0.5, _NO_PARAMETERS),
            Method("best_links", 0.8, 0.5, _NO_PARAMETERS),
            Method("assignment", 0.5, 0.35, _NO_PARAMETERS),
            Method("clip", 0.5, 0.35, _NO_PARAMETERS),
            Method(
                "markov",
                0.5,
                0.35,
                MappingProxyType({"inflation": 2.0, "max_memory": 2 * 2**30}),
            ),
            Method("leiden", 0.5, 0.35, MappingProxyType({"resolution": 0.4, "seed": 0})),
        )
    }
)
"""The methods, by name."""

AUTO: Final = "auto"
"""The default of what the setting decides."""

PRESENT_THRESHOLD: Final = 0.4
CALIBRATED_PRESENT_THRESHOLD: Final = 0.35
"""Thresholds of averages over present pairs, which are higher than those over possible ones."""


def checked_method(name: Any, parameters: Mapping[str, Any]) -> tuple[Method, dict[str, Any]]:
    """Return a method and its complete parameters."""
    if name not in METHODS:
        allowed = ", ".join(map(repr, (AUTO, *METHODS)))
        raise ArgumentError(f"method is {name!r}; it must be one of {allowed}.")
    method = METHODS[name]
    for unknown in parameters.keys() - method.parameters.keys():
        own = ", ".join(method.parameters) or "none of its own"
        raise ArgumentError(f"method={name!r} has no parameter {unknown!r}; it has {own}.")
    return method, {**method.parameters, **parameters}


def default_threshold(method: Method, options: Mapping[str, Any], calibrate: str | None) -> float:
    """Return the constant of a method."""
    if options.get("average_over") == "present":
        return PRESENT_THRESHOLD if calibrate is None else CALIBRATED_PRESENT_THRESHOLD
    return method.threshold if calibrate is None else method.calibrated_threshold
