"""Settings of Splink: which columns of an entity's tables it compares, how, and by which it blocks.

Splink finds records of one thing without a common key. It compares columns of equal names, so each
table has a query that gives its columns the names of their concepts, in a common form.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities import Role, roles
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Frame, Shows, counted, visible
from hummgraph.warehouse.identity import identity_table
from hummgraph.warehouse.identity_keys import key_of
from hummgraph.warehouse.identity_sql import identifier
from hummgraph.warehouse.normal import Normal, Normals, normal_sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.algorithms.entities.entity import Entity
    from hummgraph.algorithms.joins.places import Schemas
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.warehouse.identity_plan import IdentityPlan

__all__ = ["SplinkSettings", "splink_settings"]

_UNIQUE: Final = "unique_id"
_LINK_TYPES: Final = ("link_only", "link_and_dedupe")
_COMPARED: Final = frozenset(
    {Role.KEY, Role.ALTERNATE_KEY, Role.TEXT, Role.CATEGORY, Role.TIME, Role.MEASURE}
)
_OF_THE_RECORD: Final = frozenset(
    """
    change changed create created creation deleted edited insert inserted last loaded login
    modified seen sync synced update updated visited
    """.split()  # noqa: SIM905 - a list of literals would take a line for each word
)
"""Words of times that each system has of its own record, not of the thing."""

_POSTAL: Final = frozenset({"zip", "postal", "postcode", "plz"})


@dataclass(frozen=True, slots=True)
class _Compared:
    """Columns that are compared: one position for each table, -1 for a table without."""

    name: str
    columns: tuple[int, ...]
    kind: str
    normal: Normal
    blocks: bool


@dataclass(frozen=True, eq=False, repr=False)
class SplinkSettings(Shows):
    """Settings of Splink for tables of one entity, and a query for each table.

    Parameters
    ----------
    entity
        Name of the entity.
    settings
        Settings for ``splink.Linker``, as plain data. The dialect is DuckDB's.
    queries
        Query whose rows Splink compares, for each table by path: ``unique_id`` and one column
        for each comparison, in a common form.
    columns
        One row a comparison and table: ``comparison``, ``kind`` (how values are compared),
        ``table_path``, ``path`` (null where the table has no such column) and ``blocks`` (whether
        records with an equal value are compared).
    notes
        Notes to read before you use the settings, as sentences.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> tables = ["HubSpot/contacts", "Salesforce/Contact"]
    >>> hg.splink_settings(graph, "person", tables=tables)
    <SplinkSettings of person: 7 comparisons of 2 tables>
    """

    entity: str
    settings: Mapping[str, Any]
    queries: Mapping[str, str]
    columns: Frame = field(repr=False)
    notes: tuple[str, ...]

    def to_json(self) -> str:
        """Return the settings as a JSON file that ``splink.Linker`` loads.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> tables = ["HubSpot/contacts", "Salesforce/Contact"]
        >>> found = hg.splink_settings(graph, "person", tables=tables)
        >>> json.loads(found.to_json())["link_type"]
        'link_only'
        """
        return json.dumps(self.settings, indent=2) + "\n"

    def to_sql(self) -> str:
        """Return the queries as one script, each after a comment with its table.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> tables = ["HubSpot/contacts", "Salesforce/Contact"]
        >>> print(hg.splink_settings(graph, "person", tables=tables).to_sql()[:19])
        -- HubSpot/contacts
        """
        return "\n".join(f"-- {visible(path)}\n{sql};\n" for path, sql in self.queries.items())

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data.

        Examples
        --------
        >>> import hummgraph as hg
        >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
        >>> tables = ["HubSpot/contacts", "Salesforce/Contact"]
        >>> sorted(hg.splink_settings(graph, "person", tables=tables).to_dict())
        ['columns', 'entity', 'notes', 'queries', 'settings']
        """
        return {
            "entity": self.entity,
            "settings": self.settings,
            "queries": dict(self.queries),
            "columns": list(self.columns),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        found = counted(len(self.settings["comparisons"]), "comparison")
        return (
            f"<SplinkSettings of {visible(self.entity)}: {found} of"
            f" {counted(len(self.queries), 'table')}>"
        )

    def _card_(self) -> Card:
        title = repr(self).removeprefix("<").removesuffix(">")
        return Card(title, (), self.columns, "columns", len(self.columns), list(self.notes))


def splink_settings(
    graph: LinkGraph,
    entity: Entity | str,
    *,
    tables: Sequence[str],
    clusters: Clusters | None = None,
    schemas: Schemas | None = None,
    record_keys: Mapping[str, str] | None = None,
    link_type: str = "link_only",
) -> SplinkSettings:
    """Return settings with which Splink links the records of tables of one entity.

    Each cluster with columns of two of the tables becomes a comparison: e-mails, names, postcodes,
    days and numbers by how alike they are, others by whether they are equal. Times of a system's
    own records, references to other things and technical columns are not compared.

    Parameters
    ----------
    graph
        A graph.
    entity
        The entity, its name or id, one of its words, or a table in it.
    tables
        Two or more tables of the entity, by path or id.
    clusters
        Clusters of columns of the graph; those of :func:`cluster` by default.
    schemas
        Places of tables in the warehouse, as for :func:`join_paths`.
    record_keys
        Columns that name the records of tables, as for :func:`identity_table`.
    link_type
        ``"link_only"`` if a table has a thing once, or ``"link_and_dedupe"``.

    Returns
    -------
    SplinkSettings
        The settings, not trained: Splink estimates its parameters from the data.

    Raises
    ------
    ArgumentError
        If there are fewer than two tables, one of them is not of the entity or has no known key,
        no columns can be compared or none of them finds pairs, or an argument is invalid.
    NodeNotFoundError
        If there is no such entity.

    See Also
    --------
    identity_table : Join records by keys alone, exactly.
    cluster_pairs : Group the pairs that Splink predicts.

    Notes
    -----
    As slow as :func:`identity_table`. Records are compared if they have an equal value of a column
    that identifies the thing, or equal values of the two texts that the most tables have. Among
    several columns of one table in a cluster, the one with the best link to another table is taken.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> tables = ["HubSpot/contacts", "Salesforce/Contact"]
    >>> found = hg.splink_settings(graph, "person", tables=tables)
    >>> [one["output_column_name"] for one in found.settings["comparisons"]][:3]
    ['person_phone', 'person_email', 'salesforce_contact_id']
    """
    check_graph(graph, "splink_settings")
    if link_type not in _LINK_TYPES:
        allowed = ", ".join(map(repr, _LINK_TYPES))
        raise ArgumentError(f"link_type is {link_type!r}; it must be one of {allowed}.")
    if clusters is None:
        clusters = cluster(graph)
    plan = identity_table(
        graph, entity, clusters=clusters, schemas=schemas, tables=tables, record_keys=record_keys
    )
    if len(plan.tables) < 2:
        raise ArgumentError(
            f"Splink links the records of two tables or more, and {len(plan.tables)} with a known"
            " key are given.",
            hint="Name the tables by tables=, and their keys by record_keys=.",
        )
    found = _Columns(plan, clusters).compared()
    if not found:
        raise ArgumentError(
            "The tables have no columns in common that could be compared.",
            hint="Take other tables of the entity, or clusters at a lower threshold.",
        )
    rules = _blocking(found)
    if not rules:
        raise ArgumentError(
            "Nothing that the tables have in common tells which records to compare: neither a"
            " column that identifies the thing nor a text.",
            hint="Take other tables of the entity, or clusters at a lower threshold.",
        )
    settings = {
        "link_type": link_type,
        "unique_id_column_name": _UNIQUE,
        "comparisons": [_comparison(one) for one in found],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in rules
        ],
    }
    unplaced = [table.path for table in plan.tables if plan.places.parts(table.index) is None]
    notes = ["Not trained: Splink estimates its parameters from your records."]
    if unplaced:
        notes.append(
            f"The place of {counted(len(unplaced), 'table')} is not known, such as"
            f" {unplaced[0]!r}: schemas= names it."
        )
    return SplinkSettings(
        plan.entity.name,
        settings,
        {table.path: _query(plan, at, found) for at, table in enumerate(plan.tables)},
        _as_frame(plan, found),
        tuple(notes),
    )


# --- which columns are compared ------------------------------------------------------------------


class _Columns:
    """Columns of the tables of a plan that hold the same."""

    def __init__(self, plan: IdentityPlan, clusters: Clusters) -> None:
        self._plan = plan
        self._clusters = clusters
        self._graph = plan.graph
        self._roles = roles(plan.graph)
        self._normals = Normals(plan.graph)
        self._table = plan.graph.arrays.nodes.ancestor[1]
        self._weight = self._best_links()

    def _best_links(self) -> dict[int, float]:
        """Return the best weight of a link of each column to another of the tables."""
        links, weights = self._graph.arrays.links, self._graph.weights
        wanted = {table.index for table in self._plan.tables}
        best: dict[int, float] = {}
        for source, target, weight in zip(
            links.ends.source.tolist(), links.ends.target.tolist(), weights.tolist(), strict=True
        ):
            one, other = int(self._table[source]), int(self._table[target])
            if one != other and {one, other} <= wanted and weight == weight:  # noqa: PLR0124 - NaN
                for column in (source, target):
                    best[column] = max(best.get(column, 0.0), weight)
        return best

    def compared(self) -> list[_Compared]:
        """Return the compared columns: identifying ones first, then the rest."""
        keys = [(key.name, list(key.index), True) for key in self._plan.keys]
        joined = {column for _, columns, _ in keys for column in columns}
        for name, members in zip(self._clusters.names, self._clusters.members, strict=True):
            columns = [self._graph.index_of(member) for member in members]
            # A key of the plan is a cluster, too, in which its column may not be a key.
            if joined.isdisjoint(columns):
                keys.append((name, columns, False))
        groups = []
        for name, columns, blocks in keys:
            chosen = self._one_per_table(columns)
            known = [column for column in chosen if column >= 0]
            if len(known) >= 2 and (blocks or self._is_compared(known)):
                groups.append((name, chosen, known, blocks))
        names = _clean_names([self._concept_of(known, name) for name, _, known, _ in groups])
        found = []
        for (_, chosen, known, blocks), name in zip(groups, names, strict=True):
            normal = key_of(self._graph, known, self._normals).normal
            found.append(
                _Compared(name, tuple(chosen), self._kind_of(known, normal), normal, blocks)
            )
        return found

    def _concept_of(self, columns: Sequence[int], name: str) -> str:
        """Return the name of the cluster that holds columns, or else another name."""
        labels = {int(self._clusters.labels[column]) for column in columns}
        label = labels.pop()
        return name if labels or label < 0 else self._clusters.names[label]

    def _one_per_table(self, columns: Sequence[int]) -> list[int]:
        """Return the column of each table with the best link, -1 for a table without."""
        nodes = self._graph.arrays.nodes
        ranked = sorted(
            (column for column in columns if not nodes.deleted[column]),
            key=lambda at: (-self._weight.get(at, 0.0), nodes.path[at].as_py()),
        )
        return [
            next((column for column in ranked if self._table[column] == table.index), -1)
            for table in self._plan.tables
        ]

    def _words(self, columns: Sequence[int]) -> set[str]:
        return {word for column in columns for word in self._roles.arrays.words.of[column]}

    def _is_compared(self, columns: Sequence[int]) -> bool:
        """Return whether columns describe the thing itself."""
        found = {self._role_of(column) for column in columns}
        if Role.TIME in found and not self._words(columns).isdisjoint(_OF_THE_RECORD):
            return False
        return found <= _COMPARED

    def _role_of(self, column: int) -> Role:
        return list(Role)[int(self._roles.codes[column])]

    def _kind_of(self, columns: Sequence[int], normal: Normal) -> str:
        """Return the kind of comparison for values."""
        if normal in {Normal.EMAIL, Normal.DAY, Normal.NUMBER}:
            return str(normal)
        if normal is Normal.CASE_AND_BLANKS and self._role_of(columns[0]) is Role.TEXT:
            return "text" if self._words(columns).isdisjoint(_POSTAL) else "postcode"
        return "equal"


def _clean_names(names: Sequence[str]) -> list[str]:
    """Return names of letters, digits and underscores, no two alike, for columns."""
    found: list[str] = []
    taken = {_UNIQUE, "source_dataset"}
    for name in names:
        usual = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_") or "field"
        usual = f"field_{usual}" if usual[0].isdigit() else usual
        clean, number = usual, 1
        while clean in taken:
            number += 1
            clean = f"{usual}_{number}"
        taken.add(clean)
        found.append(clean)
    return found


def _blocking(found: Sequence[_Compared]) -> list[str]:
    """Return the conditions of which one must hold for a pair to be compared."""
    rules = [_equal(one.name) for one in found if one.blocks]
    texts = [one for one in found if one.kind == "text"]
    texts.sort(key=lambda one: -sum(column >= 0 for column in one.columns))
    if texts:
        rules.append(" AND ".join(_equal(one.name) for one in texts[:2]))
    return rules


def _equal(name: str) -> str:
    return f'l."{name}" = r."{name}"'


# --- settings ------------------------------------------------------------------------------------

_USER: Final = "NULLIF(regexp_extract({}, '^[^@]+', 0), '')"
_ALIKE: Final = (0.92, 0.88, 0.7)


def _comparison(one: _Compared) -> dict[str, Any]:
    """Return the comparison of a column, from equal values to all others."""
    left, right = (f'"{one.name}_{side}"' for side in "lr")
    levels: list[dict[str, Any]] = [
        {
            "sql_condition": f"{left} IS NULL OR {right} IS NULL",
            "label_for_charts": "One is missing",
            "is_null_level": True,
        },
        {"sql_condition": f"{left} = {right}", "label_for_charts": "Equal"},
    ]
    if one.kind in {"text", "postcode", Normal.EMAIL}:
        # Equal values of a rare name say more than those of a frequent one.
        levels[-1] |= {"tf_adjustment_column": one.name, "tf_adjustment_weight": 1.0}
    levels += [
        {"sql_condition": condition, "label_for_charts": label}
        for condition, label in _near(one.kind, left, right)
    ]
    levels.append({"sql_condition": "ELSE", "label_for_charts": "All other"})
    return {
        "output_column_name": one.name,
        "comparison_description": f"{one.name}: {one.kind}",
        "comparison_levels": levels,
    }


def _near(kind: str, left: str, right: str) -> list[tuple[str, str]]:
    """Return the conditions for values that are alike, the nearest first, with their labels."""
    if kind == "text":
        return [
            (f"jaro_winkler_similarity({left}, {right}) >= {least}", f"Jaro-Winkler {least}")
            for least in _ALIKE
        ]
    if kind == "postcode":
        return [(f"LEFT({left}, 3) = LEFT({right}, 3)", "First three characters equal")]
    if kind == Normal.EMAIL:
        ends = [_USER.format(end) for end in (left, right)]
        return [
            (f"{ends[0]} = {ends[1]}", "Equal before the @"),
            (f"jaro_winkler_similarity({left}, {right}) >= 0.88", "Jaro-Winkler 0.88"),
        ]
    if kind == Normal.DAY:
        apart = f"ABS(date_diff('day', TRY_CAST({left} AS DATE), TRY_CAST({right} AS DATE)))"
        return [
            (f"levenshtein({left}, {right}) <= 1", "One character apart"),
            (f"{apart} <= 31", "A month apart"),
            (f"{apart} <= 366", "A year apart"),
        ]
    if kind == Normal.NUMBER:
        ends = [f"TRY_CAST({end} AS DOUBLE)" for end in (left, right)]
        largest = f"GREATEST(ABS({ends[0]}), ABS({ends[1]}))"
        return [
            (f"ABS({ends[0]} - {ends[1]}) <= {share} * {largest}", f"{share:.0%} apart")
            for share in (0.01, 0.1)
        ]
    return []


def _query(plan: IdentityPlan, at: int, found: Sequence[_Compared]) -> str:
    """Return the query of a table: its id and its columns, renamed and in a common form."""
    table = plan.tables[at]
    parts = plan.places.parts(table.index)
    relation = identifier(*parts) if parts else identifier(table.path)
    key = identifier(plan.places.name_of(table.key_index))
    selected = [f"CAST({key} AS VARCHAR) AS {_UNIQUE}"]
    for one in found:
        column = one.columns[at]
        value = "CAST(NULL AS VARCHAR)"
        if column >= 0:
            text = f"CAST({identifier(plan.places.name_of(column))} AS VARCHAR)"
            value = normal_sql(one.normal, text)
        selected.append(f'{value} AS "{one.name}"')
    lines = ",\n  ".join(selected)
    return f"SELECT\n  {lines}\nFROM {relation}\nWHERE {key} IS NOT NULL"


def _as_frame(plan: IdentityPlan, found: Sequence[_Compared]) -> Frame:
    """Return one row a comparison and table."""
    paths = plan.graph.arrays.nodes.path
    rows = [
        {
            "comparison": one.name,
            "kind": one.kind,
            "table_path": table.path,
            "path": paths[column].as_py() if column >= 0 else None,
            "blocks": one.blocks,
        }
        for one in found
        for table, column in zip(plan.tables, one.columns, strict=True)
    ]
    return Frame(pa.Table.from_pylist(rows))
