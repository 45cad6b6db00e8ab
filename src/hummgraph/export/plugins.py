"""Exporters of other packages, as formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from hummgraph.errors import PluginError
from hummgraph.export.format import FEATURES, Format, by_suffix
from hummgraph.snapshot.plugins import EXPORTERS, PlugIn, plugins

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from hummgraph.export.format import Job
    from hummgraph.export.rows import Rows

__all__ = ["Exporter", "exporter_of", "exporters"]


@runtime_checkable
class Exporter(Protocol):
    r"""Exporter of another package, found by its entry point in ``hummgraph.exporters``.

    The name of the entry point is the name of the format.

    Attributes
    ----------
    about
        The programs or people that use its files, in some words.
    suffixes
        Ends of the names of its files, in lower case, each with its dot.
    carries
        The parts of a graph that it holds, from ``hummgraph.export.FEATURES``.
    options
        Names of the options that :func:`hummgraph.write` takes for it.

    Examples
    --------
    >>> class Ends:
    ...     about = "Lines of two paths"
    ...     suffixes = (".ends",)
    ...     carries = frozenset({"every link", "direction"})
    ...     options = ()
    ...
    ...     def chunks(self, rows):
    ...         for batch in rows.links():
    ...             for row in batch.to_pylist():
    ...                 yield f"{row['source']} {row['target']}\n".encode()
    >>> isinstance(Ends(), Exporter)
    True
    """

    about: str
    suffixes: tuple[str, ...]
    carries: frozenset[str]
    options: tuple[str, ...]

    def chunks(self, rows: Rows, **options: Any) -> Iterable[bytes]:
        """Yield the bytes of the file.

        Parameters
        ----------
        rows
            Nodes, links and facts of the graph, with evidence redacted as the user asked.
        **options
            Options of the format that the user gave.
        """


def exporters(own: Iterable[Format]) -> tuple[list[Format], list[PluginError]]:
    """Return the formats of plug-ins, and the errors of those that cannot be used.

    Parameters
    ----------
    own
        Formats of hummgraph, whose names and suffixes no plug-in takes.

    Examples
    --------
    >>> from hummgraph.export import FORMATS
    >>> exporters(FORMATS)
    ([], [])
    """
    found, errors = plugins(EXPORTERS, Exporter)
    names = {known.name for known in own}
    taken = {suffix for known in own for suffix in known.suffixes}
    formats = []
    for one in found:
        carries = getattr(one.value, "carries", ())
        if one.name in names:
            text = f"{one} has the name of a format of hummgraph."
            errors.append(PluginError(text, plugin=one.name))
        elif unknown := set(carries) - set(FEATURES):
            text = f"{one} carries {min(unknown)!r}, which is not a part of a graph."
            errors.append(PluginError(text, plugin=one.name))
        else:
            formats.append(_format_of(one, taken))
    return formats, errors


def exporter_of(
    path: Path, name: str | None, own: Iterable[Format]
) -> tuple[Format | None, list[Format], list[PluginError]]:
    """Return the format of the plug-in with a name, or else with the suffix of a path.

    The formats of all plug-ins follow, and the errors of those that cannot be used.

    Raises
    ------
    PluginError
        If several plug-ins have the suffix, or the plug-in with the name cannot be used.

    Examples
    --------
    >>> from pathlib import Path
    >>> exporter_of(Path("links.none"), None, ())
    (None, [], [])
    """
    formats, errors = exporters(own)
    if name is not None:
        chosen = next((known for known in formats if known.name == name), None)
        own_error = next((error for error in errors if error.plugin == name), None)
        if chosen is None and own_error is not None:
            raise own_error
    else:
        chosen = by_suffix(path, formats)
        others = [known for known in formats if known is not chosen]
        other = by_suffix(path, others)
        if chosen and other and _end_of(path, chosen) == _end_of(path, other):
            raise PluginError(
                f"{chosen.name} and {other.name} both have the suffix {_end_of(path, chosen)!r}.",
                hint="Name one of the formats.",
            )
    return chosen, formats, errors


def _end_of(path: Path, known: Format) -> str:
    """Return the longest suffix of a format that ends a file's name."""
    return max((one for one in known.suffixes if path.name.lower().endswith(one)), key=len)


def _format_of(one: PlugIn, taken: Collection[str]) -> Format:
    """Return the format of a plug-in, without suffixes that hummgraph has."""

    def chunks(job: Job) -> Iterator[bytes]:
        return _checked(one, job.rows(f"The plug-in {one.name!r}"), job.options)

    return Format(
        one.name,
        f"{one.value.about} (plug-in of {one.package})",
        tuple(end for end in map(str.lower, one.value.suffixes) if end not in taken),
        frozenset(one.value.carries),
        chunks,
        options=tuple(one.value.options),
    )


def _checked(one: PlugIn, rows: Rows, options: Any) -> Iterator[bytes]:
    """Yield the bytes that a plug-in yields.

    Raises
    ------
    PluginError
        If it raises an exception, or yields something else.
    """
    with one.running():
        for chunk in one.value.chunks(rows, **options):
            if not isinstance(chunk, bytes):
                raise PluginError(f"{one} yielded a {type(chunk).__name__}, not bytes.")
            yield chunk
