"""Rows of a table of pairs, checked: ids, scores, statuses and groups as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.algorithms.clustering.scored_pairs import ScoredPairs
from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.texts import quoted
from hummgraph.graph.policy import APPROVED, REJECTED, SUGGESTED
from hummgraph.records.tables.cells import is_null, number_column, value_at
from hummgraph.warehouse.pairs.ids import (
    IdKind,
    id_array,
    id_texts,
    joined_ids,
    read_ids,
    same_kind,
)
from hummgraph.warehouse.pairs.libraries import Library, pair_rows, returns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hummgraph.records.tables.cells import Values
    from hummgraph.records.tables.rows import Rows

__all__ = [
    "STATUS_WORDS",
    "OpenPairs",
    "PairColumns",
    "PairTable",
    "as_given",
    "check_names",
    "group_texts",
    "mapped_groups",
    "read_pairs",
    "read_scores",
    "read_statuses",
]

STATUS_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("approved", "accepted", "match", "same", "yes", "y", "true"), APPROVED),
    **dict.fromkeys(("1", "1.0"), APPROVED),
    **dict.fromkeys(
        ("rejected", "no match", "non-match", "different", "distinct", "no", "n", "false"),
        REJECTED,
    ),
    **dict.fromkeys(("0", "0.0"), REJECTED),
    **dict.fromkeys(("suggested", "unsure", "unknown", "maybe", ""), SUGGESTED),
}
"""Values that a status may have, without regard to case."""

_USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "source": ("unique_id_l", "left", "from", "a", "id_1", "id_a"),
    "target": ("unique_id_r", "right", "to", "b", "id_2", "id_b"),
    "score": ("match_probability", "probability", "confidence", "similarity"),
}
"""Names that matchers use, for hints only: columns are not guessed."""

_PROBABILITY: Final = "match_probability"


@dataclass(frozen=True, slots=True)
class PairColumns:
    """Names of the columns of a table of pairs."""

    source: str = "source"
    target: str = "target"
    score: str | None = "score"
    status: str | None = None
    groups: tuple[str, str] | None = None

    def with_groups(self, groups: Any) -> PairColumns:
        """Return the columns with those of groups, if they are in two columns."""
        if groups is None or isinstance(groups, Mapping):
            return self
        if isinstance(groups, str) or not isinstance(groups, Sequence) or len(groups) != 2:
            raise ArgumentError(
                f"groups is {quoted(groups)}; it must be the names of two columns, or a mapping"
                " from node to group."
            )
        return replace(self, groups=(groups[0], groups[1]))

    @property
    def needed(self) -> dict[str, str]:
        """Column by parameter, for those that are read."""
        named = {"source": self.source, "target": self.target}
        named |= {"score": self.score} if self.score is not None else {}
        named |= {"status": self.status} if self.status is not None else {}
        if self.groups is not None:
            named |= {"groups[0]": self.groups[0], "groups[1]": self.groups[1]}
        for parameter, name in named.items():
            if not isinstance(name, str):
                raise ArgumentError(f"{parameter} is {name!r}; it must be the name of a column.")
        return named


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """A table of pairs, read."""

    pairs: ScoredPairs
    ids: pa.Array
    """Ids of the nodes, sorted, of the type of their columns."""
    give: Callable[[pa.Table], Any]
    """Function from a table of Arrow to one of the library of the pairs."""


def read_pairs(
    given: Any, columns: PairColumns, groups: Mapping[Any, Any] | None, function: str
) -> PairTable:
    """Read a table of pairs.

    Parameters
    ----------
    given
        The table.
    columns
        Names of its columns.
    groups
        Group by node, where no columns have it.
    function
        The function that takes the table, for errors.

    Raises
    ------
    ArgumentError
        If it is not a table, or a node has two groups.
    FormatError
        If a column is missing, or a value is not one of its column.

    Notes
    -----
    O(n log n) for n rows.
    """
    opened = OpenPairs.of(given, columns, function)
    rows, give = opened.rows, returns(given, opened.library)
    read: dict[str, list[Values]] = {name: [] for name in columns.needed.values()}
    n_rows = 0
    for n_block, values in opened.blocks():
        n_rows += n_block
        for name, block in values.items():
            read[name].append(block)
    ends = [read_ids(name, read[name], rows.place) for name in (columns.source, columns.target)]
    kind = same_kind((columns.source, columns.target), ends[0], ends[1])
    both = joined_ids((columns.source, columns.target), ends[0], ends[1])
    ids, codes = _coded(both)
    score = np.full(n_rows, np.nan)
    if columns.score is not None:
        score = read_scores(columns.score, read[columns.score], rows)
    status = np.zeros(n_rows, dtype=np.int8)
    if columns.status is not None:
        status = read_statuses(columns.status, read[columns.status], rows)
    texts = id_texts(ids, kind)
    group: NDArray[np.int32] | None = None
    names: tuple[str, ...] = ()
    if columns.groups is not None:
        group, names = _column_groups(codes, columns.groups, read, texts)
    elif groups is not None:
        group, names = mapped_groups(texts, kind, groups)
    pairs = ScoredPairs(texts, codes[:n_rows], codes[n_rows:], score, status, group, names)
    types = {end.type for end in ends if end.kind is not None}
    return PairTable(pairs, as_given(ids, kind, types), give)


@dataclass(frozen=True, slots=True, eq=False)
class OpenPairs:
    """A table of pairs whose columns are known."""

    rows: Rows
    library: Library
    needed: Mapping[str, str]
    """Column by parameter."""

    @classmethod
    def of(
        cls, given: Any, columns: PairColumns, function: str, *, once: bool = False
    ) -> OpenPairs:
        """Open a table, to be read once or more; raise if it is none, or a column is missing."""
        needed = columns.needed
        rows, library = pair_rows(given, function, needed.values(), once=once)
        if rows.names:  # a list without records has no columns
            check_names(rows.names, needed, rows.what)
        return cls(rows, library, needed)

    def place_after(self, begin: int) -> Callable[[int], str]:
        """Return the function that names the rows of a block, which begins at a row."""
        return lambda row: self.rows.place(begin + row)

    def blocks(self) -> Iterator[tuple[int, dict[str, Values]]]:
        """Yield the number of rows of each block and its columns by name."""
        n_rows = 0
        for block in self.rows.blocks():
            _refuse_faults(block.faults, self.rows, n_rows)
            n_rows += block.n_rows
            nothing = [None] * block.n_rows
            names = dict.fromkeys(self.needed.values())
            yield block.n_rows, {name: block.columns.get(name, nothing) for name in names}


def _refuse_faults(faults: Mapping[int, Any], rows: Rows, n_rows: int) -> None:
    for row in faults:
        raise FormatError(
            f"{rows.place(n_rows + row)} of {rows.what[:1].lower()}{rows.what[1:]} is not an"
            " object of JSON with each name once.",
            hint="Write or copy the file again.",
        )


def check_names(names: Sequence[str], needed: Mapping[str, str], what: str) -> None:
    """Raise if a column is missing, or there are two of its name."""
    for parameter, name in needed.items():
        found = list(names).count(name)
        if found > 1:
            raise FormatError(
                f"Two columns are called {quoted(name)}: which of them counts is unclear.",
                hint="Rename or drop one.",
            )
        if found:
            continue
        free = [one for one in names if one not in needed.values()]
        usual = [one for one in _USUAL.get(parameter, ()) if one in free]
        near = usual or get_close_matches(name, free, n=1)
        shown = ", ".join(map(quoted, names[:12]))
        raise FormatError(
            f"{what} has no column {quoted(name)}; it has {shown}.",
            hint=f"Write {parameter}={near[0]!r}." if near else f"Name it by {parameter}=.",
        )


def _coded(both: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int32]]:
    """Return the distinct values, sorted, and the place of each value among them."""
    coded = both.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    codes: NDArray[np.int32] = rank[coded.indices.to_numpy()]
    return coded.dictionary.take(pa.array(order)), codes


def read_scores(
    name: str, blocks: Sequence[Values], rows: Rows, n_rows: int = 0
) -> NDArray[np.float64]:
    """Return scores in [0, 1], NaN for null; the first block begins at row ``n_rows``."""
    found = [np.empty(0)]
    for block in blocks:
        score, odd = number_column(block)
        wrong = odd | (score < 0.0) | (score > 1.0)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise _score_error(name, value_at(block, row), rows, rows.place(n_rows + row))
        found.append(score)
        n_rows += len(score)
    return np.concatenate(found)


def _score_error(name: str, value: Any, rows: Rows, place: str) -> FormatError:
    hint = "Divide percentages by 100, and turn a distance into a similarity."
    if name != _PROBABILITY and _PROBABILITY in rows.names:
        hint = f"Write score={_PROBABILITY!r}: {name} is not a probability."
    elif name == "match_weight":
        hint = "A match weight w is the probability 2**w / (1 + 2**w); pass a column of that."
    return FormatError(
        f"{name} is {quoted(value)} in {place}; a score is a number in [0, 1].", hint=hint
    )


def read_statuses(
    name: str, blocks: Sequence[Values], rows: Rows, n_rows: int = 0
) -> NDArray[np.int8]:
    """Return the status of each row: SUGGESTED, APPROVED or REJECTED."""
    found = [np.empty(0, dtype=np.int8)]
    for block in blocks:
        if isinstance(block, pa.Array):
            coded = block if pa.types.is_dictionary(block.type) else block.dictionary_encode()
            known = [_status(value) for value in coded.dictionary.to_pylist()]
            codes = np.array([*known, SUGGESTED], dtype=np.int8)
            place = coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
            status = codes[place]
        else:
            status = np.array([_status(value) for value in block], dtype=np.int8)
        wrong = status < 0
        if wrong.any():
            row = int(np.argmax(wrong))
            raise FormatError(
                f"{name} is {quoted(value_at(block, row))} in {rows.place(n_rows + row)}; a status"
                " is APPROVED, REJECTED or SUGGESTED, or true, false or null.",
                hint="Replace other words first.",
            )
        found.append(status)
        n_rows += len(status)
    return np.concatenate(found)


def _status(value: Any) -> int:
    """Return the code of a status, -1 for an unknown one."""
    if is_null(value):
        return SUGGESTED
    value = getattr(value, "value", value)
    if isinstance(value, float | np.floating | Decimal) and value in {0, 1}:
        value = int(value)  # numbers are floats where others are null
    return STATUS_WORDS.get(str(value).strip().casefold(), -1)


def _column_groups(
    codes: NDArray[np.int32],
    names_of_columns: tuple[str, str],
    read: Mapping[str, Sequence[Values]],
    texts: pa.Array,
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the group of each node and the names of groups, from the columns of both ends."""
    named = [group_texts(name, block) for name in names_of_columns for block in read[name]]
    of_row, names = _coded_groups(pa.chunked_array(named, pa.large_string()).combine_chunks())
    group = np.full(len(texts), -1, dtype=np.int32)
    known = of_row >= 0
    group[codes[known]] = of_row[known]
    differ = np.flatnonzero(known & (group[codes] != of_row))
    if len(differ):
        row = differ[np.argmin(codes[differ])]
        two = sorted((names[of_row[row]], names[group[codes[row]]]))
        raise ArgumentError(
            f"The node {quoted(texts[int(codes[row])].as_py())} is in the groups {quoted(two[0])}"
            f" and {quoted(two[1])}; a node is in one.",
            hint="Where ids are unique only within a group, put the group before the id.",
        )
    return group, names


def group_texts(name: str, block: Values) -> pa.Array:
    """Return groups as texts; null for none."""
    texts = id_texts(*id_array(name, block))
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _coded_groups(texts: pa.Array) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the group of each text, -1 for null, and the names of groups, sorted."""
    names = pc.unique(texts).drop_null()
    names = names.take(pc.sort_indices(names))
    place = pc.index_in(texts, value_set=names).fill_null(-1)
    return place.to_numpy().astype(np.int32), tuple(names.to_pylist())


def mapped_groups(
    texts: pa.Array, kind: IdKind, groups: Mapping[Any, Any]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the group of each node and the names of groups, from a mapping."""
    keys = read_ids("groups", [list(groups)], lambda row: f"key {row:,}, counted from 0")
    if keys.kind not in {None, kind}:
        raise ArgumentError(
            f"The keys of groups are {keys.kind}, and the ids of nodes are {kind}.",
            hint="Cast one of them, so that equal ids are equal.",
        )
    of_key, names = _coded_groups(group_texts("groups", list(groups.values())))
    wanted = id_texts(keys.values.combine_chunks(), kind)
    place = pc.index_in(texts, value_set=wanted).fill_null(-1).to_numpy()
    return np.append(of_key, np.int32(-1))[place], names


def as_given(ids: pa.Array, kind: IdKind, types: set[pa.DataType | None]) -> pa.Array:
    """Return ids as the type that both columns had; otherwise as that of their kind."""
    (own,) = types if len(types) == 1 else (None,)
    if own is not None and pa.types.is_dictionary(own):
        own = own.value_type
    if kind is IdKind.UUID:
        return pa.ExtensionArray.from_storage(pa.uuid(), ids.cast(pa.binary(16)))
    if kind is IdKind.TEXT and own is None:
        return ids.cast(pa.string())
    if own is None or not (pa.types.is_integer(own) or kind is not IdKind.NUMBER):
        return ids
    return ids.cast(own)
