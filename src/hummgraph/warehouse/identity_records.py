"""Columns that name the records of a table: by declarations and names, then by values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hummgraph.algorithms.entities.columns import ALTERNATE_KEY, KEY, MEASURE, REFERENCE, TEXT
from hummgraph.algorithms.entities.tokens import ends_with
from hummgraph.algorithms.entities.words import read_words
from hummgraph.errors import ArgumentError
from hummgraph.errors.texts import quoted
from hummgraph.records.ids import id_bytes
from hummgraph.warehouse.normal import Normal, normal_sql

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import duckdb

    from hummgraph.algorithms.entities.column_roles import Roles
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.warehouse.identity_keys import IdentityTable
    from hummgraph.warehouse.values import Relation

__all__ = ["Candidates", "NameCount", "Names", "RecordNames", "given_names", "name_counts"]

_DECLARED, _KEY, _OWN, _NUMBER, _OTHER, _SPARE = range(6)
"""Ranks of columns that may name the rows of their table; the first three are taken as certain."""

# Words before an id that say that it is the row's own, in whatever table; the likeliest first.
_OWN_WORDS: Final = (
    "internal", "sys", "system", "hs", "object", "obj", "record", "rec", "row", "node", "entity",
)  # fmt: skip
_ALONE: Final = frozenset({"nid", "urn"})
"""Names of ids without a word before them."""
_ENDINGS: Final = ("id", "no", "nr", "key", "pk")
_NAMING: Final = frozenset({ALTERNATE_KEY, REFERENCE, TEXT, MEASURE})
"""Roles of columns that may name rows besides keys, the last two by their names only."""


class Candidates(NamedTuple):
    """Columns that may name a table's rows, the likeliest first.

    ``sure`` says whether the first is the table's own id by its declaration or name, and ``fit``
    whether it identifies rows at all: ids of things that are not known may do so only by values.
    """

    columns: tuple[int, ...]
    sure: bool
    fit: bool


class RecordNames:
    """Columns that may name the rows of tables, the likeliest first.

    A declared primary key comes first, then the table's id by its name, ids that are called the
    row's own (``internal_id``, ``sys_id``, ``record_id``), numbers and codes of the table, what
    identifies its rows elsewhere, and at last ids of no known thing.

    Parameters
    ----------
    graph
        The graph.
    roles
        Roles of its columns.
    """

    def __init__(self, graph: LinkGraph, roles: Roles) -> None:
        self._nodes, self._arrays = graph.arrays.nodes, roles.arrays
        self._lists = read_words(None).roles
        self._nullable = _nullable(graph)

    def of(self, table: int, columns: Sequence[int]) -> Candidates:
        """Return the columns that may name a table's rows."""
        ranked = []
        for column in columns:
            rank = self._rank(column, table)
            if rank is not None:
                ranked.append((*rank, column in self._nullable, column))
        ranked.sort()
        return Candidates(
            tuple(rank[-1] for rank in ranked),
            any(rank[0] <= _OWN for rank in ranked),
            any(rank[0] < _SPARE for rank in ranked),
        )

    def _rank(self, column: int, table: int) -> tuple[int, int] | None:
        arrays = self._arrays
        role, words = int(arrays.role[column]), arrays.words.of[column]
        if role == KEY:
            if arrays.declared[column]:
                return _DECLARED, int("primary" not in arrays.reason[column])
            return _KEY, int(words != ("id",))
        refers = role == REFERENCE and (arrays.declared[column] or arrays.target[column] >= 0)
        if refers or role not in _NAMING:
            return None
        own = self._own(words, table, is_key=role == ALTERNATE_KEY)
        if own is None and role == ALTERNATE_KEY:
            own = (_OTHER if self._is_elsewhere(words, table) else _NUMBER), 0
        return (_SPARE, 0) if own is None and role == REFERENCE else own

    def _is_elsewhere(self, words: tuple[str, ...], table: int) -> bool:
        """Return whether words name another system, or what identifies rows outside of any."""
        lists = self._lists
        systems = self._arrays.words.systems - self._words_of_system(table)
        return not (lists["other_id"] | lists["contact"] | systems).isdisjoint(words)

    def _own(self, words: tuple[str, ...], table: int, *, is_key: bool) -> tuple[int, int] | None:
        """Return the rank of an id that is the row's own by its name; ``None`` for others."""
        called = self._arrays.words.of[table]
        stem = self._stem(words, called)
        if stem is None:
            return None
        is_number = words[-1] in self._lists["number"]
        if is_number and not is_key:
            return None
        rest = stem
        if called and ends_with(stem, called):
            rest = stem[: -len(called)]
        elif called and stem[-1:] == called[-1:]:
            rest = stem[:-1]
        mine = self._words_of_system(table)
        if all(word in _OWN_WORDS or word in mine for word in rest):
            said = [_OWN_WORDS.index(word) for word in rest if word in _OWN_WORDS]
            return _NUMBER if is_number else _OWN, min(said, default=len(_OWN_WORDS))
        if len(rest) < len(stem) and not self._is_elsewhere(rest, table):
            return _NUMBER, 1  # an id of the table's thing, by a word that is not known
        return None

    def _stem(self, words: tuple[str, ...], called: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the part of a name before the word for id or number; ``None`` without one."""
        if not words:
            return None
        lists, last = self._lists, words[-1]
        if last in lists["id"] | lists["number"] | lists["weak_id"]:
            return words[:-1]
        if len(words) == 1 and last in _ALONE:
            return ()
        # `entityid`, `contactid`: two words that nothing separates.
        known = {*_OWN_WORDS, *called[-1:]}
        for ending in _ENDINGS:
            if last.endswith(ending) and last[: -len(ending)] in known:
                return *words[:-1], last[: -len(ending)]
        return None

    def _words_of_system(self, table: int) -> frozenset[str]:
        system = int(self._nodes.ancestor[0][table])
        return frozenset(self._arrays.words.of[system]) if system >= 0 else frozenset()


def _nullable(graph: LinkGraph) -> frozenset[int]:
    """Return the columns of which the catalogue says that they may be empty."""
    columns = graph.snapshot.catalogue.columns
    codes = graph.arrays.nodes.find(id_bytes(columns.column("id").combine_chunks()), 2)
    said = columns.column("is_nullable").to_pylist()
    return frozenset(
        code for code, is_so in zip(codes.tolist(), said, strict=True) if is_so and code >= 0
    )


def given_names(graph: LinkGraph, record_keys: Any, inside: Collection[int]) -> dict[int, int]:
    """Return the columns by which a caller names records, by table.

    Raises
    ------
    ArgumentError
        If a table is not one of the entity, or a column not one of its table.
    """
    if record_keys is None:
        return {}
    hint = 'For example: record_keys={"ERP/invoice": "internal_id"}'
    if not isinstance(record_keys, Mapping):
        raise ArgumentError(
            "record_keys must be a mapping of tables to columns, not a value of type"
            f" {type(record_keys).__name__}.",
            hint=hint,
        )
    nodes = graph.arrays.nodes
    found = {}
    for key, name in record_keys.items():
        table = graph.index_of(key)
        if table not in inside:
            paths = sorted(nodes.path[one].as_py() for one in inside)
            listed = ", ".join(map(quoted, paths))
            raise ArgumentError(
                f"record_keys has {quoted(key)}, which is not a table of the entity; these are"
                f" {listed}.",
                hint=hint,
            )
        found[table] = _column_of(graph, table, name)
    return found


def _column_of(graph: LinkGraph, table: int, name: object) -> int:
    """Return a column of a table by its name, path or id."""
    nodes = graph.arrays.nodes
    mine = [
        column
        for column in range(*nodes.first[[2, 3]].tolist())
        if int(nodes.ancestor[1][column]) == table
    ]
    if isinstance(name, str):
        known = (nodes.name, nodes.path, nodes.id_text)
        for column in mine:
            if any(texts[column].as_py() == name for texts in known):
                return column
        alike = [at for at in mine if nodes.name[at].as_py().casefold() == name.casefold()]
        if len(alike) == 1:
            return alike[0]
    names = sorted(nodes.name[column].as_py() for column in mine)
    listed = ", ".join(map(quoted, names)) or "none"
    raise ArgumentError(
        f"record_keys has {name!r} for {quoted(nodes.path[table].as_py())}, whose columns are"
        f" {listed}."
    )


@dataclass(frozen=True, slots=True)
class NameCount:
    """Rows of a table, those with a value of a column, and its distinct values."""

    rows: int
    filled: int
    distinct: int

    @property
    def is_sound(self) -> bool:
        """Whether every row has a value, which no other has."""
        return self.distinct == self.rows

    @property
    def repeated(self) -> int:
        """Number of rows whose value an earlier row has."""
        return self.filled - self.distinct


def name_counts(
    connection: duckdb.DuckDBPyConnection, relation: Relation, columns: Sequence[int]
) -> dict[int, NameCount]:
    """Return counts of columns of a table until one of them names every row."""
    found: dict[int, NameCount] = {}
    for column in columns:
        if column in relation.missing:
            continue
        value = normal_sql(Normal.EXACT, relation.columns[column])
        ((rows, filled, distinct),) = connection.execute(
            "SELECT count(*), count(v), count(DISTINCT v)"
            f" FROM (SELECT {value} AS v FROM {relation.name})"
        ).fetchall()
        found[column] = NameCount(int(rows), int(filled), int(distinct))
        if found[column].is_sound:
            break
    return found


class Names:
    """Columns by which the records of tables are named, as far as values allow.

    Parameters
    ----------
    tables
        The tables of a plan that are connected.
    """

    def __init__(self, tables: Sequence[IdentityTable]) -> None:
        self.tables = {table.index: table for table in tables}
        self._counts: dict[int, dict[int, NameCount]] = {}
        self._copies: dict[int, dict[int, bool | None]] = {}

    def candidates(self, table: int) -> list[int]:
        """Return the columns that may name the records of a table, the likeliest first."""
        return [self.tables[table].key_index, *self.tables[table].others]

    def see(self, table: int, counts: dict[int, NameCount]) -> None:
        """Keep the counts of the columns of a table."""
        self._counts[table], self._copies[table] = counts, {}

    def naming(self, table: int) -> set[int]:
        """Return the columns that differ in every row, and so tell nothing of two of them."""
        counts = self._counts[table]
        sound = {column for column, count in counts.items() if count.is_sound}
        return sound or {self.tables[table].key_index}

    def unsure(self, table: int) -> list[int]:
        """Return the columns with a value on several rows, of a table without a better one."""
        counts = self._counts[table]
        if any(count.is_sound for count in counts.values()):
            return []
        return [column for column, count in counts.items() if count.repeated]

    def compare(self, table: int, column: int, copies: bool | None) -> None:  # noqa: FBT001
        """Keep whether rows that share a value of a column agree on the rest, if that is known."""
        self._copies[table][column] = copies

    def _chosen(self, table: IdentityTable) -> int | None:
        """Return the column that names each row, else the fullest one that names no two things."""
        counts, copies = self._counts[table.index], self._copies[table.index]
        if table.given:
            return next(iter(counts), None)
        sound = next((column for column, count in counts.items() if count.is_sound), None)
        usable = [column for column in counts if copies.get(column) is not False]
        fullest = max(usable, key=lambda column: counts[column].filled, default=None)
        return sound if sound is not None else fullest

    def kept(self, graph: LinkGraph) -> tuple[IdentityTable, ...]:
        """Return the tables whose records a column names, with the best column."""
        name = graph.arrays.nodes.name
        chosen = [(table, self._chosen(table)) for table in self.tables.values()]
        return tuple(
            replace(table, record_key=name[column].as_py(), key_index=column)
            for table, column in chosen
            if column is not None
        )

    def left_out(self, graph: LinkGraph) -> Iterator[dict[str, str]]:
        """Yield the tables whose records nothing names, and the rows of others that are not."""
        names = graph.arrays.nodes.name
        for table in self.tables.values():
            counts, chosen = self._counts[table.index], self._chosen(table)
            if chosen is not None:
                yield from _rows_left_out(table.path, names[chosen].as_py(), counts[chosen])
                continue
            listed = " or ".join(repr(names[column].as_py()) for column in counts)
            reason = (
                f"rows with one value of {listed} are different things, and record_keys= names no"
                " other column"
                if counts
                else f"its data have no {table.record_key!r} by which its records are named"
            )
            yield {"what": "table", "path": table.path, "key": "", "reason": reason}


def _rows_left_out(path: str, name: str, count: NameCount) -> list[dict[str, str]]:
    """Return a note on a table whose rows a column does not all name."""
    reasons = []
    if count.filled < count.rows:
        reasons.append(f"{count.rows - count.filled:,} of {count.rows:,}, which have no {name!r}")
    if count.repeated:
        reasons.append(
            f"{count.repeated:,} of {count.rows:,}, which have the {name!r} of another row: they"
            " are one record with it"
        )
    return [{"what": "rows", "path": path, "key": "", "reason": reason} for reason in reasons]
