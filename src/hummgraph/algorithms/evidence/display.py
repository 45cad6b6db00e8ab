"""Display of flattened evidence in tables, without keys and values that are no vocabulary."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hummgraph.algorithms.evidence.rows import NUMBER, TEXT
from hummgraph.records.display import DecidedVocabulary, LinkDisplay
from hummgraph.records.redaction import PLACEHOLDER, redact_value
from hummgraph.records.vocabulary import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from hummgraph.records.display import KnowsVocabulary
    from hummgraph.records.vocabulary import Place, Vocabulary

__all__ = ["EvidenceDisplay"]

# A name, quoted or not, with a digest if it was cut; or a position or a mark of what follows.
_PARTS: Final = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*")(?P<cut>~[0-9a-f]+)?|(?P<plain>[^.\[\]{}"]+)"""
    r"""|(?P<mark>\[\d*(?:\.\.\.)?\]|\{(?:\.\.\.)?\})|\.""",
    re.DOTALL,
)
_STATISTICS: Final = ("approved_mean", "rejected_mean", "approved_median", "rejected_median")


@dataclass(frozen=True, slots=True)
class EvidenceDisplay:
    """The display of a table with columns ``key``, ``kind`` and values.

    Parameters
    ----------
    source
        Owner of the vocabulary, such as a snapshot.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from hummgraph.records.vocabulary import NO_VOCABULARY
    >>> rows = pa.table({"key": ["jane.score"], "kind": ["text"], "value": ["hers"]})
    >>> EvidenceDisplay(DecidedVocabulary(NO_VOCABULARY)).cells(rows)
    {'key': ['[redacted].score'], 'value': ['[redacted]']}
    """

    source: KnowsVocabulary

    def cells(self, rows: pa.Table) -> dict[str, Sequence[Any]]:
        """Return the cells that are shown, by column."""
        vocabulary = self.source.vocabulary
        found = dict(LinkDisplay(self.source).cells(rows))
        keys = [_shown_key(key, vocabulary) for key in rows.column("key").to_pylist()]
        kinds = rows.column("kind").to_pylist()
        found["key"] = [shown for shown, _, _ in keys]
        for name in ("value", "number", *_STATISTICS):
            if name not in rows.column_names:
                continue
            columns = zip(rows.column(name).to_pylist(), kinds, keys, strict=True)
            kept = [_shown_cell(cell, kind, key, vocabulary) for cell, kind, key in columns]
            # A hidden number leaves no text in a column of numbers.
            is_text = name == "value"
            found[name] = [None if cell == PLACEHOLDER and not is_text else cell for cell in kept]
        return found

    def heads(self, columns: Sequence[str]) -> Sequence[str]:
        """Return the names of columns as they are."""
        return columns

    def __reduce__(self) -> tuple[type[EvidenceDisplay], tuple[DecidedVocabulary]]:
        return EvidenceDisplay, (DecidedVocabulary(self.source.vocabulary),)


def _shown_key(key: str, vocabulary: Vocabulary) -> tuple[str, Place, bool]:
    """Return a flat key as it is shown, its place, and whether its value is a mark of ours."""
    place = vocabulary.evidence or UNKNOWN
    if key.startswith("("):
        return key, place, True
    parts = []
    is_mark = False
    for found in _PARTS.finditer(key):
        name = found["plain"] or (found["quoted"] and json.loads(found["quoted"]))
        is_mark = found["mark"] is not None and not found["mark"][1:-1].isdigit()
        if name is None:
            parts.append(found[0])
            continue
        is_shown, place = vocabulary.member(name, place)
        if found["cut"] or not is_shown:
            place = place if found["cut"] is None else UNKNOWN
            parts.append(PLACEHOLDER)
        else:
            parts.append(found[0])
    return "".join(parts), place, is_mark


def _shown_cell(cell: Any, kind: str, key: tuple[str, Place, bool], vocabulary: Vocabulary) -> Any:
    """Return a value or a statistic as it is shown."""
    _, place, is_mark = key
    if is_mark or cell is None or kind not in {TEXT, NUMBER}:
        return cell
    if kind == TEXT or not isinstance(cell, str):
        return redact_value(cell, place, vocabulary)
    return cell if vocabulary.shows_number(float(cell), place) else PLACEHOLDER
