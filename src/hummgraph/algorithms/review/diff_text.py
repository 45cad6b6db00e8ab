"""A diff as text: sentences, and Markdown for a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hummgraph.algorithms.review.diff_tables import SHOWN, cluster_words
from hummgraph.errors import ArgumentError
from hummgraph.frames import counted, visible
from hummgraph.frames.text import cell_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hummgraph.algorithms.review.diff import Diff
    from hummgraph.frames import Frame

__all__ = ["diff_markdown", "diff_sentences", "summary_of"]

MAX_SENTENCES: Final = 10

MAX_LINKS: Final = 2
"""Links that are named as the causes of one change."""

_NOUNS: Final = {"integration_source": "system", "table": "table", "column": "column"}


def summary_of(found: Diff) -> str:
    """Return the changes in one line."""
    parts = [
        f"{counted(number, 'link')} {kind}"
        for kind, number in found.n_links_by_change.items()
        if number
    ]
    for level, changes in found.n_nodes_by_change.items():
        parts += [f"{counted(number, _NOUNS[level])} {kind}" for kind, number in changes.items()]
    parts += [
        f"{counted(number, 'cluster')} {kind}"
        for kind, number in found.n_clusters_by_change.items()
        if number
    ]
    for change in ("resolved", "made"):
        if number := len(found.contradictions.filter(change=change)):
            parts.append(f"{counted(number, 'contradiction')} {change}")
    return "; ".join(parts) or "nothing changed"


def diff_sentences(found: Diff) -> tuple[str, ...]:
    """Return the sentences of a diff; see :attr:`Diff.sentences`."""
    first = _links(found)
    first += _nodes(found)
    last = [_clusters(found)]
    if moved := len(found.moves):
        verb = "is" if moved == 1 else "are"
        last.append(f"{counted(moved, 'member')} {verb} in another cluster or in none.")
    last += _contradictions(found)
    last.append(_setting(found))
    changes = _changes(found)
    room = MAX_SENTENCES - len(first) - len(last)
    if len(changes) > room:
        shown = changes[: room - 1]
        changes = [*shown, f"Clusters: shown {len(shown)} of {len(changes):,} changes."]
    return tuple(map(visible, first + changes + last))


def _links(found: Diff) -> list[str]:
    parts = [f"{number:,} {kind}" for kind, number in found.n_links_by_change.items() if number]
    return [f"Links: {', '.join(parts) or 'none changed'}."]


def _nodes(found: Diff) -> list[str]:
    parts = [
        f"{counted(number, _NOUNS[level])} {kind}"
        for level, changes in found.n_nodes_by_change.items()
        for kind, number in changes.items()
    ]
    return [f"Catalogue: {', '.join(parts)}."] if parts else []


def _changes(found: Diff) -> list[str]:
    compared, said = found._compared, []  # noqa: SLF001 - this module is the text of that class
    causes: dict[int, list[str]] = {}
    for row in found.causes.shown():
        causes.setdefault(row["row"], []).append(_cause(row))
    for at, one in enumerate(compared.regroupings):
        words = cluster_words(compared, one)
        said.append(f"Cluster changed: {words}{_because(causes.get(at, []))}.")
    return said


def _cause(row: dict[str, object]) -> str:
    if row["cause"] == "moved":
        return "columns or tables lie elsewhere"
    gone = " with its column" if row["with_end"] else ""
    status = f" to {row['status']}" if row["cause"] == "re-decided" else ""
    return f"{row['source_path']} = {row['target_path']} {row['cause']}{status}{gone}"


def _because(causes: Sequence[str]) -> str:
    if not causes:
        return ""
    rest = len(causes) - MAX_LINKS
    more = f"; and {rest:,} more" if rest > 0 else ""
    return f", because of {'; '.join(causes[:MAX_LINKS])}{more}"


def _clusters(found: Diff) -> str:
    n_before, n_after = found.before.n_clusters, found.after.n_clusters
    same = len({*found.before.ids} & {*found.after.ids})
    return f"Clusters: {n_before:,} before, {n_after:,} after, {same:,} of them the same."


def _contradictions(found: Diff) -> list[str]:
    parts = [
        f"{number:,} {change}"
        for change in ("resolved", "made")
        if (number := len(found.contradictions.filter(change=change)))
    ]
    return [f"Contradictions: {', '.join(parts)}."] if parts else []


def _setting(found: Diff) -> str:
    if found.new_setting == found.setting:
        return "A new setting would be the same."
    if number := len(found.setting_changes):
        return f"A new setting would differ: {counted(number, 'further change')} of clusters."
    return "A new setting would differ, and change no cluster."


# --- Markdown ---------------------------------------------------------------------------------


def diff_markdown(found: Diff, *, max_rows: int) -> str:
    """Return a diff as Markdown; see :meth:`Diff.to_markdown`."""
    if isinstance(max_rows, bool) or not isinstance(max_rows, int) or max_rows < 0:
        raise ArgumentError(f"max_rows is {max_rows!r}; it must be a whole number, at least 0.")
    lines = ["# Changes of clusters and links", ""]
    lines += [f"- {_escaped(sentence)}" for sentence in found.sentences]
    for title, name in (
        ("Clusters", "changes"),
        ("Causes", "causes"),
        ("Members", "moves"),
        ("Links", "links"),
        ("Systems, tables and columns", "nodes"),
        ("Contradictions", "contradictions"),
        ("What a new setting would change", "setting_changes"),
    ):
        frame: Frame = getattr(found, name)
        lines += _table(title, frame.select(*SHOWN[name]), max_rows)
    return "\n".join(lines) + "\n"


def _table(title: str, frame: Frame, max_rows: int) -> list[str]:
    """Return a table under its heading; nothing for one without rows."""
    if not len(frame):
        return []
    lines = ["", f"## {title}", ""]
    shown = frame.head(max_rows).shown()
    if len(shown):
        lines.append(f"| {' | '.join(name.replace('_', ' ') for name in shown.columns)} |")
        lines.append("|" + " --- |" * len(shown.columns))
        lines += [
            f"| {' | '.join(_escaped(cell_text(c)) for c in row.values())} |" for row in shown
        ]
    if len(shown) < len(frame):
        lines += ["", f"Shown {len(shown):,} of {len(frame):,} rows."]
    return lines


def _escaped(text: str) -> str:
    """Return a text in which nothing is markup, a link, a mention or the end of a cell."""
    whole = visible(text)
    inside = {at for found in _INSIDE.finditer(whole) for at in range(*found.span())}
    found = "".join(
        f"&#{ord(c)};" if c in _MARKUP and at not in inside else c for at, c in enumerate(whole)
    )
    return found.replace("://", "&#58;//").replace("www.", "www&#46;")


_INSIDE: Final = re.compile(r"(?<=[^\W_])_+(?=[^\W_])")
"""Lines inside words, which are no markup: credit_note stays as it is."""
_MARKUP: Final = frozenset("\\`*_{}[]<>#|&@~!$^\"'")
