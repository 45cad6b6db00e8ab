"""The setting of clusters: everything that decides how links become clusters, as one value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_path, check_target
from hummgraph.errors.texts import json_fault
from hummgraph.frames import Shows
from hummgraph.graph.elements import Level
from hummgraph.graph.policy import check_threshold
from hummgraph.snapshot.atomic import write_atomically

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["CALIBRATIONS", "ONE_PER", "Setting"]

CALIBRATIONS: Final = ("competition", "decisions", "both")
"""Calibrations, by name."""

FITTED: Final = ("decisions", "both")
"""Calibrations whose scores are probabilities, by weights fitted to decided links."""

ONE_PER: Final = (Level.INTEGRATION_SOURCE, Level.TABLE)

SCHEMA: Final = 1

_SCALES: Final = {None: "confidence", "competition": "competition"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Setting(Shows):
    """Method, rule, calibration, floor and stop by which links become clusters.

    A setting is chosen once, from all decisions, and then held: ``cluster(graph, setting=setting)``
    uses it unchanged. Calibration and floor depend on all decisions, so that one more decision,
    with a newly chosen setting, may change unrelated clusters.

    Parameters
    ----------
    method
        A clustering method, as ``cluster`` takes it.
    threshold
        The stop: least score of a join, in [0, 1], on the scale of the calibration.
    parameters
        Parameters of the method, as a mapping or as pairs of name and value.
    one_per
        Level of which a cluster takes at most one member: ``"integration_source"``, ``"table"`` or
        ``None``.
    many_in
        Ids of the systems exempt from ``one_per``.
    calibrate
        ``"competition"``, ``"decisions"``, ``"both"``, or ``None`` for confidences as they are.
    weights
        Offset and slope of the curve that ``"decisions"`` and ``"both"`` use.
    no_match
        Confidence at which a lone candidate is as likely to match as not, for ``"competition"`` and
        ``"both"``; ``None`` takes the weakest among the graph's pairs.
    floor
        Links below this confidence, in [0, 1], count as absent; ``None`` for no floor.
    n_approved, n_rejected
        Number of decided links by which it was calibrated.
    reason
        Reason for the choice, in sentences.
    asked
        Arguments of ``cluster`` that were not its defaults, by name: another setting is made with
        the same. Settings that differ in ``reason``, ``asked`` and ``decisions`` only are equal.
    decisions
        Digest of the decided links by which it was calibrated; empty if it is not known.

    Raises
    ------
    ArgumentError
        If a value is not one of those above, or two of them exclude each other.

    Examples
    --------
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> clusters = cluster(graph)
    >>> clusters.setting.method, clusters.setting.calibrate
    ('average', 'decisions')
    >>> cluster(graph, setting=clusters.setting).ids == clusters.ids
    True
    """

    method: str
    threshold: float
    parameters: tuple[tuple[str, Any], ...] | Mapping[str, Any] = ()
    one_per: Level | None = None
    many_in: tuple[str, ...] = ()
    calibrate: str | None = None
    weights: tuple[float, float] | None = None
    no_match: float | None = None
    floor: float | None = None
    n_approved: int = 0
    n_rejected: int = 0
    reason: str = field(default="", compare=False)
    asked: tuple[tuple[str, Any], ...] | Mapping[str, Any] = field(default=(), compare=False)
    decisions: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        changed: dict[str, Any] = {
            "threshold": check_threshold("threshold", self.threshold),
            "parameters": _pairs(self.parameters),
            "asked": _pairs(self.asked),
            "many_in": tuple(sorted(map(str, self.many_in))),
        }
        for name in ("no_match", "floor"):
            if (value := getattr(self, name)) is not None:
                changed[name] = check_threshold(name, value)
        if self.one_per is not None:
            changed["one_per"] = checked_rule(self.one_per)
        elif self.many_in:
            raise ArgumentError(
                "many_in lists exceptions to one_per; without one_per it has no effect."
            )
        if wrong := dict(changed["asked"]).keys() & _NOT_ASKED:
            raise ArgumentError(f"asked has {min(wrong)!r}, but a setting does not have it.")
        check_calibration(self.calibrate)
        if self.calibrate in FITTED:
            changed["weights"] = _checked_weights(self.weights)
        elif self.weights is not None:
            raise ArgumentError(
                f"weights belong to calibrate='decisions' or 'both', not to {self.calibrate!r}."
            )
        check_no_match(self.no_match, self.calibrate)
        for name, value in changed.items():
            object.__setattr__(self, name, value)

    @property
    def scale(self) -> str:
        """Scale of the stop: ``"confidence"``, ``"competition"`` or ``"probability"``."""
        return scale_of(self.calibrate)

    @property
    def n_decided(self) -> int:
        """Number of decided links by which it was calibrated."""
        return self.n_approved + self.n_rejected

    @property
    def options(self) -> dict[str, Any]:
        """Parameters of the method, by name."""
        return dict(self.parameters)

    def to_dict(self) -> dict[str, Any]:
        """Return the setting as plain data.

        Examples
        --------
        >>> Setting(method="components", threshold=0.85).to_dict()["threshold"]
        0.85
        """
        return {
            "schema": SCHEMA,
            "method": self.method,
            "threshold": self.threshold,
            "parameters": self.options,
            "one_per": None if self.one_per is None else str(self.one_per),
            "many_in": list(self.many_in),
            "calibrate": self.calibrate,
            "weights": None if self.weights is None else list(self.weights),
            "no_match": self.no_match,
            "floor": self.floor,
            "n_approved": self.n_approved,
            "n_rejected": self.n_rejected,
            "reason": self.reason,
            "asked": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in _pairs(self.asked)
            },
            "decisions": self.decisions,
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Setting:
        """Return the setting from the plain data of :meth:`to_dict`.

        Raises
        ------
        ArgumentError
            If the data is something else.

        Examples
        --------
        >>> setting = Setting(method="components", threshold=0.85)
        >>> Setting.from_dict(setting.to_dict()) == setting
        True
        """
        if not isinstance(content, Mapping) or content.get("schema") != SCHEMA:
            raise ArgumentError(
                f"It is not a setting of schema {SCHEMA}.",
                hint="setting.write(path) writes one; clusters.setting is one.",
            )
        known = set(cls.__dataclass_fields__)
        if unknown := content.keys() - known - {"schema"}:
            raise ArgumentError(
                f"A setting has no member {min(map(str, unknown))!r}; it has"
                f" {', '.join(sorted(known))}."
            )
        if missing := {"method", "threshold"} - content.keys():
            raise ArgumentError(f"A setting needs the member {min(missing)!r}.")
        values = {name: value for name, value in content.items() if name != "schema"}
        try:
            if isinstance(values.get("weights"), list):
                values["weights"] = tuple(values["weights"])
            return cls(**values)
        except (TypeError, ValueError, AttributeError) as error:
            raise ArgumentError(f"It is not a setting: {error}.") from error

    def write(self, path: str | PathLike[str]) -> None:
        """Write the setting as a file of JSON, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "setting.json"
        ...     Setting(method="components", threshold=0.85).write(path)
        ...     Setting.read(path).method
        'components'
        """
        check_target(path, "Setting.write", "a file")
        with write_atomically(path) as file:
            file.write((json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n").encode())

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Setting:
        """Read a setting from a file of JSON.

        Raises
        ------
        ArgumentError
            If the file cannot be read or is not a setting.

        Examples
        --------
        >>> Setting.read("missing.json")
        Traceback (most recent call last):
            ...
        hummgraph.errors.ArgumentError: Cannot read a setting from 'missing.json': No such file...
        """
        check_path(path, "Setting.read", "a file of JSON")
        try:
            content = json.loads(Path(path).read_bytes())
        except OSError as error:
            raise ArgumentError(
                f"Cannot read a setting from {str(path)!r}: {error.strerror}."
            ) from error
        except (ValueError, RecursionError) as error:
            raise ArgumentError(f"{str(path)!r} is not JSON: {json_fault(error)}.") from error
        try:
            return cls.from_dict(content)
        except ArgumentError as error:
            raise ArgumentError(f"{str(path)!r}: {error.message}", hint=error.hint) from None

    def __repr__(self) -> str:
        parts = [f"{self.method} at {self.threshold:g} {self.scale}"]
        if self.floor is not None:
            parts.append(f"floor {self.floor:.3g}")
        if self.one_per is not None:
            parts.append(f"one per {str(self.one_per).replace('integration_source', 'system')}")
        if self.calibrate is not None:
            parts.append(f"calibrated by {_CALIBRATED_BY[self.calibrate]}")
        return f"<Setting: {', '.join(parts)}>"


_NOT_ASKED: Final = {"graph", "level", "setting", "policy", "threshold"}

_CALIBRATED_BY: Final = {
    "competition": "competition",
    "decisions": "decisions",
    "both": "competition and decisions",
}


def _pairs(given: Any) -> tuple[tuple[str, Any], ...]:
    """Return a mapping or pairs of name and value as sorted pairs."""
    pairs = given.items() if isinstance(given, Mapping) else given
    return tuple(sorted((str(name), _plain(value)) for name, value in pairs))


def _plain(value: Any) -> Any:
    """Return a number of numpy as one of Python; anything else as it is."""
    return value.item() if hasattr(value, "item") else value


def scale_of(calibrate: str | None) -> str:
    """Return the scale of the scores that a calibration makes."""
    return _SCALES.get(calibrate, "probability")


def check_calibration(calibrate: object) -> None:
    """Raise an error if there is no such calibration."""
    if calibrate is not None and calibrate not in CALIBRATIONS:
        allowed = ", ".join(map(repr, CALIBRATIONS))
        raise ArgumentError(f"calibrate is {calibrate!r}; it must be {allowed}, 'auto' or None.")


def check_no_match(no_match: float | None, calibrate: str | None) -> None:
    """Raise an error if ``no_match`` is given without a competition."""
    if no_match is not None and calibrate not in {"competition", "both"}:
        raise ArgumentError(
            "no_match belongs to calibrate='competition' or 'both'; without a competition it does"
            " nothing."
        )


def checked_rule(one_per: object) -> Level:
    """Return the level of a ``one_per`` rule."""
    if one_per not in ONE_PER:
        allowed = ", ".join(repr(str(known)) for known in ONE_PER)
        raise ArgumentError(f"one_per is {one_per!r}; it must be {allowed}, 'auto' or None.")
    return Level(str(one_per))


def _checked_weights(weights: object) -> tuple[float, float]:
    if (
        not isinstance(weights, tuple | list)
        or len(weights) != 2
        or not all(isinstance(weight, int | float) for weight in weights)
        or not weights[1] > 0
    ):
        raise ArgumentError(
            f"weights is {weights!r}; with calibrate='decisions' or 'both' it must be two numbers,"
            " an offset and a slope above 0."
        )
    return float(weights[0]), float(weights[1])
