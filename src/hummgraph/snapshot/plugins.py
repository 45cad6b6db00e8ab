"""Plug-ins: exporters and readers of other packages, found by their entry points.

A package names its exporters in the group ``hummgraph.exporters`` and its readers in
``hummgraph.readers``. They are searched only if a name or suffix is not one of hummgraph's own,
and when formats are listed. A plug-in never replaces what hummgraph has.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

from hummgraph.errors import HummgraphError, PluginError
from hummgraph.errors.texts import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint
    from pathlib import Path

__all__ = ["EXPORTERS", "READERS", "PlugIn", "Reader", "by_end", "plugins", "reader_of", "unusable"]

EXPORTERS: Final = "hummgraph.exporters"
"""Group of entry points of exporters."""

READERS: Final = "hummgraph.readers"
"""Group of entry points of readers."""

_OWN_SUFFIXES: Final = frozenset(
    {".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".parquet", ".gz", ".graphml"}
)


@runtime_checkable
class Reader(Protocol):
    """Reader of links from files of another program, as a plug-in.

    Attributes
    ----------
    about
        The program or people whose files it reads, in some words.
    suffixes
        Ends of the names of its files, in lower case, each with its dot.

    Examples
    --------
    >>> class Pairs:
    ...     about = "Pairs of names, one a line"
    ...     suffixes = (".pairs",)
    ...
    ...     def read(self, path):
    ...         for line in path.read_text().splitlines():
    ...             source, target, confidence = line.split()
    ...             yield {"source": source, "target": target, "confidence": float(confidence)}
    >>> isinstance(Pairs(), Reader)
    True
    """

    about: str
    suffixes: tuple[str, ...]

    def read(self, path: Path) -> Any:
        """Return the links of a file, in any form that :func:`hummgraph.read_links` takes.

        Parameters
        ----------
        path
            The file.
        """


@dataclass(frozen=True, slots=True)
class PlugIn:
    """Plug-in of another package, loaded.

    Parameters
    ----------
    name
        Name of its entry point.
    package
        Name and version of the package.
    value
        Object that the entry point names; a class is called without arguments.
    """

    name: str
    package: str
    value: Any

    def __str__(self) -> str:
        return f"The plug-in {quoted(self.name)} of {self.package}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Raise what the plug-in raises as an error that names the plug-in.

        Errors of hummgraph stay as they are, since a plug-in may raise them for its arguments.

        Raises
        ------
        PluginError
            If the plug-in raises another exception, which is its cause.
        """
        try:
            yield
        except (HummgraphError, BrokenPipeError):
            raise
        except Exception as error:
            raise PluginError(
                f"{self} failed: {type(error).__name__}: {error}.",
                plugin=self.name,
                hint="Tell the maintainers of the package.",
            ) from error


def plugins(group: str, kind: type) -> tuple[list[PlugIn], list[PluginError]]:
    """Return the plug-ins of a group, and the errors of those that cannot be used.

    Parameters
    ----------
    group
        ``EXPORTERS`` or ``READERS``.
    kind
        The protocol that each fulfils.

    Notes
    -----
    Entry points are read, and plug-ins loaded, at each call.

    Examples
    --------
    >>> plugins("no.such.group", Reader)
    ([], [])
    """
    found: dict[str, PlugIn] = {}
    errors = []
    for point in sorted(entry_points(group=group), key=lambda one: (one.name, one.value)):
        try:
            loaded = _load(point, kind)
            if point.name in found:
                other = found[point.name].package
                raise PluginError(  # noqa: TRY301 - it is one of the errors that are returned
                    f"{loaded} has the name of one of {other}, which is used.",
                    plugin=point.name,
                    hint="Remove one of the packages.",
                )
            found[point.name] = loaded
        except PluginError as error:
            errors.append(error)
    return list(found.values()), errors


def _load(point: EntryPoint, kind: type) -> PlugIn:
    """Return a plug-in, after checking that it is of a kind."""
    package = f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"
    named = PlugIn(point.name, package, None)
    try:
        value = point.load()
        value = value() if isinstance(value, type) else value
    except Exception as error:
        raise PluginError(
            f"{named} cannot be loaded: {type(error).__name__}: {error}.",
            plugin=point.name,
            hint=f"It is {point.value!r}. Remove the package, or tell its maintainers.",
        ) from error
    suffixes = getattr(value, "suffixes", None)
    if (
        not isinstance(value, kind)
        or not (
            isinstance(value.about, str)  # type: ignore[attr-defined] # both protocols have it
            and isinstance(suffixes, tuple | list)
            and all(isinstance(one, str) and one[:1] == "." for one in suffixes)
        )
    ):
        raise PluginError(
            f"{named} does not have what {kind.__module__}.{kind.__name__} requires.",
            plugin=point.name,
            hint=f"It is {point.value!r}. Remove the package, or tell its maintainers.",
        )
    return PlugIn(point.name, package, value)


def unusable(errors: list[PluginError]) -> str:
    """Return the errors of plug-ins that cannot be used as the end of a message, or nothing.

    Examples
    --------
    >>> unusable([])
    ''
    >>> unusable([PluginError("The plug-in 'odd' of odd 1.0 cannot be loaded: KeyError: 1.")])
    " Unusable plug-ins: The plug-in 'odd' of odd 1.0 cannot be loaded: KeyError: 1."
    """
    return f" Unusable plug-ins: {' '.join(error.message for error in errors)}" if errors else ""


def by_end(path: Path, found: list[PlugIn]) -> PlugIn | None:
    """Return the plug-in with the longest suffix that ends a file's name.

    Raises
    ------
    PluginError
        If two plug-ins have that suffix.
    """
    name = path.name.lower()
    ends = [
        (len(suffix), one)
        for one in found
        for suffix in one.value.suffixes
        if name.endswith(suffix.lower())
    ]
    longest = max((length for length, _ in ends), default=0)
    fitting = {one.name: one for length, one in ends if length == longest}
    if len(fitting) > 1:
        listed = " and ".join(f"{quoted(one.name)} of {one.package}" for one in fitting.values())
        raise PluginError(
            f"Several plug-ins have the suffix of {quoted(path.name)}: {listed}.",
            hint="Remove one of the packages, or name a format if you write.",
        )
    return next(iter(fitting.values()), None)


def reader_of(path: Path) -> tuple[PlugIn | None, list[PluginError]]:
    """Return the plug-in that reads a file, and the errors of those that cannot be used.

    It is ``None`` for a suffix of hummgraph's own, and for one that no plug-in has.

    Raises
    ------
    PluginError
        If several plug-ins have the suffix.

    Examples
    --------
    >>> from pathlib import Path
    >>> reader_of(Path("links.csv"))
    (None, [])
    """
    if path.suffix.lower() in {"", *_OWN_SUFFIXES}:
        return None, []
    found, errors = plugins(READERS, Reader)
    return by_end(path, found), errors
