"""YAML for dbt: sources with ``relationships`` tests, and exposures, of APPROVED links.

dbt tests what lies in one warehouse. A link between two of its columns becomes a ``relationships``
test, from the link's source to its target; one that leaves it for another system says that this
system shows the same field, which is an exposure.

What dbt would refuse, or read as something else, is written so that it does not:

- Names by which dbt refers to sources, tables and exposures are made of letters, digits and
  underscores, and no two are alike, whatever the case. Where that is not what the warehouse says,
  ``schema`` and ``identifier`` have its words.
- dbt runs texts as templates. Those with braces are written as a template that gives them.
- A name that a database would not take bare is quoted: by ``quoting``, by ``quote``, and by
  the adapter where it is the field of a test.
- A test or exposure stands there once, however many links say it; the target of a test is declared,
  since a test of an undeclared table never runs.
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
    """.split()  # noqa: SIM905 - read as the manuals have them
)
"""Words that PostgreSQL, DuckDB or Snowflake, by their manuals, take for no name without quotes."""

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEMPLATE: Final = re.compile(r"\{[{%#]|[#}%]\}")
_UNCLEAN: Final = re.compile(r"\W+")


def dbt_chunks(
    rows: Rows,
    *,
    containment: bool = False,  # noqa: ARG001 - sources tell it in any case
    system: str | UUID | Node | None = None,
) -> Iterator[bytes]:
    """Return the APPROVED links of a warehouse as a properties file of dbt.

    Parameters
    ----------
    rows
        What is written.
    containment
        Of no effect.
    system
        The warehouse: a system by name or id, or its node.

    Yields
    ------
    bytes
        UTF-8. Equal input gives equal bytes.

    Raises
    ------
    ArgumentError
        If no system is named, what is named is no system, or the links are lifted.
    NodeNotFoundError, AmbiguousNodeError
        If the system does not exist or its name is ambiguous.
    MissingDependencyError
        If PyYAML is not installed.

    Notes
    -----
    O(n log n) for n nodes and links. Arguments of tests stand under ``arguments``, as dbt wants
    them from 1.10.5 on; dbt 1.10 reads that with ``require_generic_test_arguments_property: true``
    among the flags of the project.

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
        raise ArgumentError("dbt tests columns; the links are lifted.", hint="Give the graph.")
    if system is None:
        raise ArgumentError("dbt works in one warehouse.", hint="Name it: system='Snowflake', say.")
    warehouse = _system(rows.whole, system)
    if find_spec("yaml") is None:
        raise MissingDependencyError(
            "PyYAML is not installed.", hint="pip install 'hummgraph[yaml]'"
        )
    found = _Found(rows, warehouse.index)
    about = [f"Of APPROVED entity links of {_words(warehouse.name)}.", rows.facts["left_out"]]
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
    yield f"{comment}{_yaml(found.content())}".encode()


def _system(graph: LinkGraph, system: object) -> Node:
    """Return a system of a graph.

    Raises
    ------
    ArgumentError
        If it is something else; positions are refused, since a wrong one is that of another node.
    NodeNotFoundError, AmbiguousNodeError
        If it does not exist, or its name is ambiguous.
    """
    if not isinstance(system, str | UUID | Node):
        raise ArgumentError(
            f"system is {system!r}; it must be a system by name or id.",
            hint="Name it: system='Snowflake', say.",
        )
    node = graph.node(graph.index_of(system))
    if node.level is not Level.INTEGRATION_SOURCE:
        at = int(graph.arrays.nodes.ancestor[0][node.index])
        raise ArgumentError(
            f"system is {system!r}, which is a {node.level}; it must be a system.",
            hint=f"It lies in {graph.node(at).path!r}." if at >= 0 else "",
        )
    return node


@dataclass(frozen=True, order=True, slots=True)
class _Place:
    """A table of the warehouse: two of one name in one schema are one to the warehouse."""

    schema: str
    table: str


@dataclass(slots=True)
class _System:
    """Another system, and the tables of which it shows fields."""

    name: str
    tables: set[_Place] = field(default_factory=set)


class _Found:
    """What there is to be tested, and what other systems show of it."""

    def __init__(self, rows: Rows, warehouse: int) -> None:
        self.n_nameless = 0
        """Links of the warehouse with an end there that nobody named."""
        self.n_deleted = 0
        """Links of the warehouse with an end that is deleted."""
        self.tests: dict[_Place, dict[str, set[tuple[_Place, str]]]] = defaultdict(
            lambda: defaultdict(set)
        )
        """Tables, their columns, and the columns in which values of each must be found."""
        self.shown: dict[str, _System] = {}
        """Other systems by id."""
        self._nodes = {row["node_id"]: row for row in node_rows(rows)}
        self._unplaced: set[_Place] = set()
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
            # A test of a column that is gone would stop the whole project.
            if any(end["deleted"] for end in ends):
                self.n_deleted += 1
                continue
            here = [end for end, at in zip(ends, systems, strict=True) if at == warehouse]
            if not all(map(self._named, here)):
                self.n_nameless += 1
                continue
            # Declared in any case, so that tests find it.
            columns = [self.tests[self._place(end)][end["name"]] for end in here]
            if len(here) == 2:
                columns[0].add((self._place(ends[1]), ends[1]["name"]))
                continue
            (other,) = (at for at in systems if at != warehouse)
            name = self._nodes[ids[other]]["name"] if other >= 0 else "?"
            shown = self.shown.setdefault(ids[other] if other >= 0 else "", _System(name))
            shown.tables.add(self._place(here[0]))

    @property
    def n_left_out(self) -> int:
        """Number of links of the warehouse that are not written."""
        return self.n_nameless + self.n_deleted

    @property
    def n_unplaced(self) -> int:
        """Number of tables whose schema is not known."""
        return len(self._unplaced)

    def _named(self, column: dict[str, Any]) -> bool:
        table = self._nodes[column["parent_id"]]
        return all(node["resolved"] and node["name"] for node in (column, table))

    def _place(self, column: dict[str, Any]) -> _Place:
        """Return where a column lies.

        A name of two parts has its schema in it where none is known; what has no schema at all lies
        in one called after its system.
        """
        table = self._nodes[column["parent_id"]]
        if table["schema_name"]:
            return _Place(table["schema_name"], table["name"])
        schema, dot, name = table["name"].partition(".")
        if dot and schema and name and "." not in name:
            return _Place(schema, name)
        place = _Place(column["system"] or "?", table["name"])
        self._unplaced.add(place)
        return place

    # --- as dbt reads it ---------------------------------------------------------------------

    def content(self) -> dict[str, Any]:
        """Return what the file says."""
        schemas = sorted({place.schema for place in self.tests})
        sources = dict(zip(schemas, _clean(schemas, "source"), strict=True))
        names: dict[_Place, tuple[str, str]] = {}
        for schema in schemas:
            places = sorted(place for place in self.tests if place.schema == schema)
            clean = _clean([place.table for place in places], "table")
            names |= {
                place: (sources[schema], name) for place, name in zip(places, clean, strict=True)
            }
        shown = [self.shown[key] for key in sorted(self.shown, key=self._by_name)]
        labels = _clean([one.name.casefold() for one in shown], "system", strip="_")
        return {
            "version": 2,
            "sources": [
                {
                    "name": sources[schema],
                    **_own("schema", schema, sources[schema]),
                    "tables": [
                        self._table(place, names)
                        for place in sorted(names)
                        if place.schema == schema
                    ],
                }
                for schema in schemas
            ],
            "exposures": [
                {
                    "name": name,
                    "label": _text(one.name),
                    "type": "application",
                    "owner": {"name": _text(one.name)},
                    "depends_on": [_reference(*names[place]) for place in sorted(one.tables)],
                }
                for name, one in zip(labels, shown, strict=True)
            ],
        }

    def _by_name(self, system: str) -> tuple[str, str]:
        return self.shown[system].name, system

    def _table(self, place: _Place, names: dict[_Place, tuple[str, str]]) -> dict[str, Any]:
        _, name = names[place]
        return {
            "name": name,
            **_own("identifier", place.table, name),
            "columns": [
                {
                    "name": _text(_doubled(column)),
                    **({"quote": True} if _quoted(column) else {}),
                    **({"data_tests": _tests(wanted, names)} if wanted else {}),
                }
                for column, wanted in sorted(self.tests[place].items())
            ],
        }


def _tests(
    wanted: Iterable[tuple[_Place, str]], names: dict[_Place, tuple[str, str]]
) -> list[dict[str, Any]]:
    return [
        {
            "relationships": {
                "arguments": {
                    "to": _reference(*names[place]),
                    "field": (
                        f"{{{{ adapter.quote({_literal(_doubled(column))}) }}}}"
                        if _quoted(column)
                        else column
                    ),
                }
            }
        }
        for place, column in sorted(wanted)
    ]


def _clean(texts: list[str], usual: str, *, strip: str = "") -> list[str]:
    """Return a name that dbt takes for each text: no two alike, the texts that are one as they are.

    Two that differ only by case count as alike, as they do to many warehouses and file systems.
    """
    clean = [_UNCLEAN.sub("_", text).strip(strip or None) or usual for text in texts]
    names, taken = [""] * len(texts), set()
    for at in sorted(range(len(texts)), key=lambda at: (clean[at] != texts[at], at)):
        name, number = clean[at], 1
        while name.casefold() in taken:
            number += 1
            name = f"{clean[at]}_{number}"
        taken.add(name.casefold())
        names[at] = name
    return names


def _own(word: str, text: str, name: str) -> dict[str, Any]:
    """Return what the warehouse calls a schema or table, where dbt's name does not say it."""
    own: dict[str, Any] = {} if text == name else {word: _text(_doubled(text))}
    return own | ({"quoting": {word: True}} if _quoted(text) else {})


def _quoted(name: str) -> bool:
    """Whether a database needs quotes to take a name as it is spelled."""
    mixed = name not in {name.lower(), name.upper()}
    return mixed or _BARE.fullmatch(name) is None or name.lower() in RESERVED


def _doubled(name: str) -> str:
    """Write a name so that it can stand in quotes; dbt's adapters put them round it, no more."""
    return name.replace('"', '""')


def _reference(source: str, table: str) -> str:
    return f"source('{source}', '{table}')"


def _text(text: str) -> str:
    """Write a text so that dbt, which runs it as a template, gives it back."""
    if _TEMPLATE.search(text) or not text.isprintable():
        return f"{{{{ {_literal(text)} }}}}"
    return text


def _literal(text: str) -> str:
    """Write a text in quotes, as the template language of dbt reads it."""
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


def _yaml(content: dict[str, Any]) -> str:
    """Write YAML in which a text is a text to every reader, as ``no`` and ``1e3`` are not bare."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Quotes what is not a word or a template."""

    def represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        plain = _BARE.fullmatch(text) and text.lower() not in _NO_TEXTS
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')

    Dumper.add_representer(str, represented)
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10**9)


# Words that a reader of YAML 1.1 or 1.2 takes for no text.
_NO_TEXTS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def _words(text: str) -> str:
    """Write a text for a comment: on one line."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
