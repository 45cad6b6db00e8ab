"""YAML for dbt: sources with ``relationships`` tests, and exposures, of APPROVED links.

dbt tests the tables of one warehouse. A link between two columns of the warehouse becomes a
``relationships`` test, from the source of the link to its target. A link between a column of the
warehouse and one of another system means that the other system shows the same field, and becomes an
exposure.

Names and texts that dbt would reject or misread are written as follows:

- Names of sources, tables and exposures consist of letters, digits and underscores, and differ by
  more than case. If the warehouse uses another name, ``schema`` or ``identifier`` has it.
- dbt renders texts as templates. A text with braces is written as a template that renders to it.
- A name that a database would not accept without quotes is quoted: by ``quoting``, by ``quote``,
  and by the adapter for the field of a test.
- Several links between the same columns become one test or exposure. The target of a test is always
  declared, since dbt never runs a test of an undeclared table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from hummgraph.errors import ArgumentError, MissingDependencyError
from hummgraph.export.rows import link_rows, node_rows
from hummgraph.graph.elements import Level, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hummgraph.export.rows import Rows
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["RESERVED", "dbt_chunks"]

RESERVED: Final = frozenset(
    """
    all alter analyse analyze and any array as asc asymmetric between both by case cast check
    collate column connect constraint create cross current current_catalog current_date
    current_role current_time current_timestamp current_user default deferrable delete desc
    describe distinct do drop else end except exists false fetch following for foreign from full
    grant group having ilike in increment initially inner insert intersect into is join lambda
    lateral leading left like limit localtime localtimestamp minus natural not null of offset on
    only or order pivot pivot_longer pivot_wider placing primary qualify references regexp
    returning revoke right rlike row rows sample select session_user set show some start
    summarize symmetric table tablesample then to trailing trigger true try_cast union unique
    unpivot update user using values variadic when whenever where window with
    """.split()  # noqa: SIM905 - a list of literals would take a line for each word
)
"""Words that cannot be names without quotes, by the manuals of PostgreSQL, DuckDB or Snowflake."""

_BARE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEMPLATE_BRACES: Final = re.compile(r"\{[{%#]|[#}%]\}")
_NON_WORD: Final = re.compile(r"\W+")
_HINT: Final = "For example: system='Snowflake'."


def dbt_chunks(
    rows: Rows,
    *,
    system: str | UUID | Node | None = None,
) -> Iterator[bytes]:
    """Yield the APPROVED links of a warehouse as a properties file of dbt.

    Parameters
    ----------
    rows
        Nodes and links to write.
    system
        The warehouse: a system by name or id, or its node.

    Yields
    ------
    bytes
        UTF-8 text. Equal graphs give equal bytes.

    Raises
    ------
    ArgumentError
        If ``system`` is missing or is not a system, or the links are lifted.
    NodeNotFoundError, AmbiguousNodeError
        If the system does not exist or its name is ambiguous.
    MissingDependencyError
        If PyYAML is not installed.

    Notes
    -----
    O(n log n) for n nodes and links. Arguments of tests are written under ``arguments``, the form
    that dbt needs since 1.10.5; earlier releases of 1.10 need the flag
    ``require_generic_test_arguments_property: true`` in the project.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> next(dbt_chunks(rows, system="Snowflake")).decode().splitlines()[3]
    'version: 2'
    """
    if rows.lifted is not None:
        raise ArgumentError(
            "dbt tests columns, not links lifted to a level.", hint="Write the graph itself."
        )
    if system is None:
        raise ArgumentError("dbt tests the tables of one warehouse; none is named.", hint=_HINT)
    warehouse = _find_system(rows.whole, system)
    if find_spec("yaml") is None:
        raise MissingDependencyError(
            "PyYAML is not installed.", hint="pip install 'hummgraph[yaml]'"
        )
    found = _Properties(rows, warehouse.index)
    about = [f"Of APPROVED entity links of {_one_line(warehouse.name)}.", rows.facts["left_out"]]
    if not found.tests:
        none = "All that it has are left out" if found.n_left_out else "It has no such link"
        about.append(f"{none}: there is nothing to test, and no exposure.")
    if found.n_nameless:
        about.append(
            f"Left out: {found.n_nameless:,} links with tables or columns that have no name."
        )
    if found.n_deleted:
        about.append(f"Left out: {found.n_deleted:,} links with deleted tables or columns.")
    if found.n_unplaced:
        about.append(
            f"The schema of {found.n_unplaced:,} tables is not known: they stand in one that is"
            " called as the system. Write where they lie."
        )
    comment = "".join(f"# {line}\n" for line in about)
    yield f"{comment}{_dump_yaml(found.content())}".encode()


def _find_system(graph: LinkGraph, system: object) -> Node:
    """Return a system of a graph.

    Raises
    ------
    ArgumentError
        If it is not a system by name, id or node. Positions are not accepted, since a wrong
        position would name another node.
    NodeNotFoundError, AmbiguousNodeError
        If it does not exist, or its name is ambiguous.
    """
    if not isinstance(system, str | UUID | Node):
        raise ArgumentError(
            f"system is {system!r}; it must be a system by name or id.",
            hint=_HINT,
        )
    node = graph.node(graph.index_of(system))
    if node.level is not Level.INTEGRATION_SOURCE:
        at = int(graph.arrays.nodes.ancestor[0][node.index])
        raise ArgumentError(
            f"system is {system!r}, which is a {node.level}; it must be a system.",
            hint=f"Its system is {graph.node(at).path!r}." if at >= 0 else "",
        )
    return node


@dataclass(frozen=True, order=True, slots=True)
class _TablePlace:
    """Schema and name of a table, by which the warehouse identifies it."""

    schema: str
    table: str


@dataclass(slots=True)
class _OtherSystem:
    """Another system, and the tables of the warehouse whose fields it shows."""

    name: str
    tables: set[_TablePlace] = field(default_factory=set)


class _Properties:
    """Tests and exposures of the links of a warehouse."""

    def __init__(self, rows: Rows, warehouse: int) -> None:
        self.n_nameless = 0
        """Number of links with a table or column of the warehouse that has no name."""
        self.n_deleted = 0
        """Number of links of the warehouse with a deleted end."""
        self.tests: dict[_TablePlace, dict[str, set[tuple[_TablePlace, str]]]] = defaultdict(
            lambda: defaultdict(set)
        )
        """Tables, their columns, and for each column those that must contain its values."""
        self.shown: dict[str, _OtherSystem] = {}
        """Other systems by id."""
        self._nodes = {row["node_id"]: row for row in node_rows(rows)}
        self._unplaced: set[_TablePlace] = set()
        system = rows.whole.arrays.nodes.ancestor[0]
        index = {node_id: code for code, node_id in enumerate(self._nodes)}
        ids = list(self._nodes)
        for link in link_rows(rows):
            ends = [self._nodes[link[end]] for end in ("source", "target")]
            systems = [int(system[index[link[end]]]) for end in ("source", "target")]
            if (
                link["status"] != "APPROVED"
                or warehouse not in systems
                or any(end["level"] != "column" or not end["table"] for end in ends)
            ):
                continue
            # A test of a deleted column would make the whole project fail.
            if any(end["deleted"] for end in ends):
                self.n_deleted += 1
                continue
            here = [end for end, at in zip(ends, systems, strict=True) if at == warehouse]
            if not all(map(self._has_names, here)):
                self.n_nameless += 1
                continue
            # Looking a column up declares it, so that tests of it run.
            columns = [self.tests[self._place_of(end)][end["name"]] for end in here]
            if len(here) == 2:
                columns[0].add((self._place_of(ends[1]), ends[1]["name"]))
                continue
            (other,) = (at for at in systems if at != warehouse)
            name = self._nodes[ids[other]]["name"] if other >= 0 else "?"
            shown = self.shown.setdefault(ids[other] if other >= 0 else "", _OtherSystem(name))
            shown.tables.add(self._place_of(here[0]))

    @property
    def n_left_out(self) -> int:
        """Number of APPROVED links of the warehouse that are left out."""
        return self.n_nameless + self.n_deleted

    @property
    def n_unplaced(self) -> int:
        """Number of tables without a known schema."""
        return len(self._unplaced)

    def _has_names(self, column: dict[str, Any]) -> bool:
        """Return whether a column and its table have names."""
        table = self._nodes[column["parent_id"]]
        return all(node["resolved"] and node["name"] for node in (column, table))

    def _place_of(self, column: dict[str, Any]) -> _TablePlace:
        """Return the schema and table of a column.

        If the schema is unknown, a table name of two parts contains it; otherwise the schema is
        called after the system.
        """
        table = self._nodes[column["parent_id"]]
        if table["schema_name"]:
            return _TablePlace(table["schema_name"], table["name"])
        schema, dot, name = table["name"].partition(".")
        if dot and schema and name and "." not in name:
            return _TablePlace(schema, name)
        place = _TablePlace(column["system"] or "?", table["name"])
        self._unplaced.add(place)
        return place

    # --- the file ----------------------------------------------------------------------------

    def content(self) -> dict[str, Any]:
        """Return the content of the file."""
        schemas = sorted({place.schema for place in self.tests})
        sources = dict(zip(schemas, _clean_names(schemas, "source"), strict=True))
        names: dict[_TablePlace, tuple[str, str]] = {}
        for schema in schemas:
            places = sorted(place for place in self.tests if place.schema == schema)
            clean = _clean_names([place.table for place in places], "table")
            names |= {
                place: (sources[schema], name) for place, name in zip(places, clean, strict=True)
            }
        shown = [self.shown[key] for key in sorted(self.shown, key=self._name_key)]
        labels = _clean_names([one.name.casefold() for one in shown], "system", strip="_")
        return {
            "version": 2,
            "sources": [
                {
                    "name": sources[schema],
                    **_own_name("schema", schema, sources[schema]),
                    "tables": [
                        self._table_entry(place, names)
                        for place in sorted(names)
                        if place.schema == schema
                    ],
                }
                for schema in schemas
            ],
            "exposures": [
                {
                    "name": name,
                    "label": _template_safe(one.name),
                    "type": "application",
                    "owner": {"name": _template_safe(one.name)},
                    "depends_on": [_source_call(*names[place]) for place in sorted(one.tables)],
                }
                for name, one in zip(labels, shown, strict=True)
            ],
        }

    def _name_key(self, system: str) -> tuple[str, str]:
        """Return the key by which systems are sorted: name and id."""
        return self.shown[system].name, system

    def _table_entry(
        self, place: _TablePlace, names: dict[_TablePlace, tuple[str, str]]
    ) -> dict[str, Any]:
        """Return the entry of a table, with its columns and tests."""
        _, name = names[place]
        return {
            "name": name,
            **_own_name("identifier", place.table, name),
            "columns": [
                {
                    "name": _template_safe(_double_quotes(column)),
                    **({"quote": True} if _needs_quotes(column) else {}),
                    **({"data_tests": _test_entries(wanted, names)} if wanted else {}),
                }
                for column, wanted in sorted(self.tests[place].items())
            ],
        }


def _test_entries(
    wanted: Iterable[tuple[_TablePlace, str]], names: dict[_TablePlace, tuple[str, str]]
) -> list[dict[str, Any]]:
    """Return the ``relationships`` tests of a column."""
    return [
        {
            "relationships": {
                "arguments": {
                    "to": _source_call(*names[place]),
                    "field": (
                        f"{{{{ adapter.quote({_template_literal(_double_quotes(column))}) }}}}"
                        if _needs_quotes(column)
                        else column
                    ),
                }
            }
        }
        for place, column in sorted(wanted)
    ]


def _clean_names(texts: list[str], usual: str, *, strip: str = "") -> list[str]:
    """Return a valid name of dbt for each text; texts that are valid names stay unchanged.

    No two names are equal when case is ignored, as many warehouses and file systems do.
    """
    clean = [_NON_WORD.sub("_", text).strip(strip or None) or usual for text in texts]
    names, taken = [""] * len(texts), set()
    for at in sorted(range(len(texts)), key=lambda at: (clean[at] != texts[at], at)):
        name, number = clean[at], 1
        while name.casefold() in taken:
            number += 1
            name = f"{clean[at]}_{number}"
        taken.add(name.casefold())
        names[at] = name
    return names


def _own_name(word: str, text: str, name: str) -> dict[str, Any]:
    """Return the entries for a name of the warehouse, unless it is the name that dbt uses."""
    own: dict[str, Any] = {} if text == name else {word: _template_safe(_double_quotes(text))}
    return own | ({"quoting": {word: True}} if _needs_quotes(text) else {})


def _needs_quotes(name: str) -> bool:
    """Return whether a database needs quotes to keep the spelling of a name."""
    mixed = name not in {name.lower(), name.upper()}
    return mixed or _BARE_NAME.fullmatch(name) is None or name.lower() in RESERVED


def _double_quotes(name: str) -> str:
    """Return a name with its quotes doubled; adapters of dbt add the outer quotes only."""
    return name.replace('"', '""')


def _source_call(source: str, table: str) -> str:
    """Return the call by which dbt refers to a table."""
    return f"source('{source}', '{table}')"


def _template_safe(text: str) -> str:
    """Return a text, or a template that dbt renders to the text."""
    if _TEMPLATE_BRACES.search(text) or not text.isprintable():
        return f"{{{{ {_template_literal(text)} }}}}"
    return text


def _template_literal(text: str) -> str:
    """Return a text as a quoted literal of dbt's template language."""
    return "".join(
        [
            "'",
            *(
                letter
                if letter == " " or letter.isalnum()
                else f"\\u{ord(letter):04x}"
                if ord(letter) <= 0xFFFF
                else f"\\U{ord(letter):08x}"
                for letter in text
            ),
            "'",
        ]
    )


def _dump_yaml(content: dict[str, Any]) -> str:
    """Return YAML in which every reader takes texts, such as ``no`` and ``1e3``, for texts."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """A dumper that quotes every text except plain words."""

    def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        plain = _BARE_NAME.fullmatch(text) and text.lower() not in _YAML_CONSTANTS
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')

    Dumper.add_representer(str, represent_text)
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10**9)


# Words that a reader of YAML 1.1 or 1.2 takes for a truth value or null.
_YAML_CONSTANTS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def _one_line(text: str) -> str:
    """Return a text on one line, for a comment."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
