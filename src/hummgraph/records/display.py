"""Display of evidence, statuses and types in tables of links."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Protocol

from hummgraph.records.redaction import (
    PLACEHOLDER,
    KeptEvidence,
    hidden_name,
    kept_link_types,
    kept_statuses,
    redact_evidence,
)
from hummgraph.records.vocabulary import NO_VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from hummgraph.records.vocabulary import Vocabulary

__all__ = [
    "SHOWN_LABELS",
    "DecidedVocabulary",
    "EdgeDisplay",
    "KnowsVocabulary",
    "LinkDisplay",
    "shown_field",
    "shown_label",
    "shown_repr",
]


class KnowsVocabulary(Protocol):
    """Something with a vocabulary, which may be decided when it is first asked for."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary."""


@dataclass(frozen=True, slots=True)
class DecidedVocabulary:
    """A vocabulary, where a snapshot has one too.

    Examples
    --------
    >>> from hummgraph.records.vocabulary import NO_VOCABULARY
    >>> DecidedVocabulary(NO_VOCABULARY).vocabulary is NO_VOCABULARY
    True
    """

    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class LinkDisplay:
    """The display of a table with columns ``evidence``, ``status`` and types.

    Parameters
    ----------
    source
        Owner of the vocabulary, such as a snapshot.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from hummgraph.records.vocabulary import NO_VOCABULARY
    >>> rows = pa.table({"evidence": ['{"note": "Jane"}'], "status": ["call Jane"]})
    >>> LinkDisplay(DecidedVocabulary(NO_VOCABULARY)).cells(rows)
    {'evidence': ['{"note":"[redacted]"}'], 'status': ['[redacted]']}
    """

    source: KnowsVocabulary

    def cells(self, rows: pa.Table) -> dict[str, Sequence[Any]]:
        """Return the cells that are shown, by column."""
        found: dict[str, Sequence[Any]] = {}
        kept = KeptEvidence.VOCABULARY
        for name in rows.column_names:
            if name == "evidence":
                texts = rows.column(name).to_pylist()
                found[name] = redact_evidence(texts, kept, self.source.vocabulary)
            elif name in _LABELS:
                texts = rows.column(name).to_pylist()
                found[name] = _LABELS[name](texts, kept, self.source.vocabulary)
        return found

    def heads(self, columns: Sequence[str]) -> Sequence[str]:
        """Return the names of columns as they are."""
        return columns

    def __reduce__(self) -> tuple[type[LinkDisplay], tuple[DecidedVocabulary]]:
        # A table that is pickled takes the decision along, and not the whole snapshot.
        return LinkDisplay, (DecidedVocabulary(self.source.vocabulary),)


_LABELS: Final = {
    "status": kept_statuses,
    "previous_status": kept_statuses,
    "link_type": kept_link_types,
    "previous_link_type": kept_link_types,
    "type": kept_link_types,
}


@dataclass(frozen=True, slots=True)
class EdgeDisplay:
    """The display of a table with a column of counts for each status and type.

    Parameters
    ----------
    hidden
        Names of columns that are not shown.

    Examples
    --------
    >>> EdgeDisplay(frozenset({"n_jane", "n_joe"})).heads(["n_jane", "n_links", "n_joe"])
    ['n_[redacted]', 'n_links', 'n_[redacted 2]']
    """

    hidden: frozenset[str]

    def cells(self, rows: pa.Table) -> dict[str, Sequence[Any]]:  # noqa: ARG002 - of the protocol
        """Return no cells: all are counts."""
        return {}

    def heads(self, columns: Sequence[str]) -> Sequence[str]:
        """Return the names that columns are shown by."""
        n_hidden = count(1)
        return [
            f"n_{hidden_name(next(n_hidden))}" if name in self.hidden else name for name in columns
        ]


SHOWN_LABELS: Final = LinkDisplay(DecidedVocabulary(NO_VOCABULARY))
"""The display of tables of links where no snapshot is known, of which statuses and types are those
that the contract names."""


def shown_label(text: str | None) -> str | None:
    """Return a status or type as it is shown where no snapshot is known.

    Examples
    --------
    >>> shown_label("APPROVED"), shown_label("FOREIGN_KEY"), shown_label("call Jane")
    ('APPROVED', 'FOREIGN_KEY', '[redacted]')
    """
    known = NO_VOCABULARY.shown_status(text) or NO_VOCABULARY.shown_link_type(text)
    return text if known else PLACEHOLDER


def shown_field(value: Any, name: str) -> Any:
    """Return a field of a link or step as it is shown.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> shown_field(SimpleNamespace(status="call Jane"), "status")
    '[redacted]'
    """
    cell = getattr(value, name)
    return shown_label(cell) if name in _LABEL_FIELDS else cell


def shown_repr(value: Any) -> str:
    """Return the ``repr`` of a link or step, its status and type as they are shown."""
    names = (part.name for part in fields(value) if part.repr)
    cells = (f"{name}={shown_field(value, name)!r}" for name in names)
    return f"{type(value).__qualname__}({', '.join(cells)})"


_LABEL_FIELDS: Final = frozenset({"status", "link_type"})
