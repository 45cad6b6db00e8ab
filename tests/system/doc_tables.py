"""Tables of the pages that the code decides: write them with ``python -m tests.system.doc_tables``.

They are kept in the pages, so that they can be read without a build; a test compares.
"""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from datetime import datetime
from enum import StrEnum
from inspect import Parameter, getdoc, signature
from itertools import combinations
from math import comb
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

import pyarrow as pa
from typer.models import ArgumentInfo

from hummgraph import cli, errors
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.review.checks import CHECKS, Kind
from hummgraph.cli.answers import TOOLS, Answers
from hummgraph.cli.check import CONFIG_KEYS
from hummgraph.cli.listing import Listing
from hummgraph.cli.reading import Reading
from hummgraph.cli.sections import EXAMPLES, SECTIONS
from hummgraph.datasets import load_demo
from hummgraph.export import FEATURES, FORMATS
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records import models, quarantine
from hummgraph.records import schema as columns
from tests.support.places import DOCS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["NAMES", "PAGES", "filled"]


PAGES = (
    DOCS / "explanation" / "clusters.md",
    *(
        DOCS / "reference" / name
        for name in (
            "assistants.md",
            "checks.md",
            "command-line.md",
            "errors.md",
            "formats.md",
            "quarantine.md",
            "records.md",
            "snapshot.md",
        )
    ),
)
"""The pages with tables."""

_BLOCK = re.compile(
    r"(?P<open><!-- table: (?P<name>[\w-]+) -->\n).*?(?P<close><!-- end of table -->)", re.DOTALL
)


def filled(page: str) -> str:
    """Return the text of a page with its tables as the code has them."""

    def fill(block: re.Match[str]) -> str:
        return f"{block['open']}\n{_TABLES[block['name']]()}\n{block['close']}"

    return _BLOCK.sub(fill, page)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


def _exit_codes() -> str:
    return _table(
        ("Code", "Meaning"),
        ((str(code), meaning) for code, meaning in cli.EXIT_CODES.items()),
    )


def _error_codes() -> str:
    kinds = [getattr(errors, name) for name in errors.__all__]
    return _table(
        ("Code", "Class", "Also a", "Exit code", "Meaning"),
        (
            (
                f"`{kind.code}`",
                f"`{kind.__name__}`",
                _builtin(kind),
                str(cli.exit_code(kind.__new__(kind))),
                str(kind.__doc__).splitlines()[0],
            )
            for kind in sorted(kinds, key=lambda kind: str(kind.code))
        ),
    )


def _formats() -> str:
    rows = []
    for known in FORMATS:
        suffixes = " ".join(f"`{suffix}`" for suffix in known.suffixes)
        where = f"a folder: {', '.join(f'`{name}`' for name in known.files)}" if known.files else ""
        options = ", ".join(f"`{name}`" for name in known.options)
        rows.append((f"`{known.name}`", suffixes or where, options, known.about))
    return _table(("Format", "Suffix or files", "Options", "For"), rows)


def _features() -> str:
    return _table(
        ("Holds", *(f"`{known.name}`" for known in FORMATS)),
        (
            (feature, *("yes" if feature in known.carries else "-" for known in FORMATS))
            for feature in FEATURES
        ),
    )


def _builtin(kind: type[errors.HummgraphError]) -> str:
    plain = next(base for base in kind.__mro__ if base.__module__ == "builtins")
    return "" if plain is Exception else f"`{plain.__name__}`"


def _reason_codes() -> str:
    return _table(
        ("Code", "Meaning"),
        ((f"`{code}`", meaning) for code, meaning in quarantine.REASON_CODES.items()),
    )


def _schema(name: str) -> Callable[[], str]:
    def table() -> str:
        schema: pa.Schema = getattr(columns, name)
        return _table(
            ("Column", "Arrow type in memory", "Null"),
            (
                (f"`{field.name}`", f"`{_type(field.type)}`", "yes" if field.nullable else "no")
                for field in schema
            ),
        )

    return table


def _type(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return f"dictionary[{kind.index_type}, {kind.value_type}]"
    return str(kind)


def _fields(name: str) -> Callable[[], str]:
    def table() -> str:
        return _table(
            ("Field", "Type", "Required"),
            (
                (
                    f"`{field}`",
                    _wire_type(info.annotation),
                    "yes" if info.is_required() else "no",
                )
                for field, info in getattr(models, name).model_fields.items()
            ),
        )

    return table


_WIRE_TYPES: dict[Any, str] = {
    UUID: "UUID",
    datetime: "RFC 3339 date-time",
    float: "number",
    int: "integer",
    bool: "boolean",
    str: "text",
    NoneType: "null",
}


def _wire_type(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return ", ".join(annotation)
    if get_origin(annotation) in {Union, UnionType}:
        parts = [_wire_type(part) for part in get_args(annotation)]
        known = any(
            isinstance(part, type) and issubclass(part, StrEnum) for part in get_args(annotation)
        )
        return " or ".join("any other text" if known and part == "text" else part for part in parts)
    if get_origin(annotation) is Annotated:
        return _wire_type(get_args(annotation)[0])
    return "object" if get_origin(annotation) is dict else _WIRE_TYPES[annotation]


def _dropped() -> str:
    return _table(
        ("Record", "Fields that are dropped"),
        (
            (
                f"`{name}`",
                ", ".join(f"`{field}`" for field in sorted(getattr(models, name).left_out)),
            )
            for name in models.__all__
            if getattr(getattr(models, name), "left_out", None)
        ),
    )


def _commands() -> str:
    # Read from typer's own registrations: the parser beneath it changes between releases.
    functions = [command.callback for command in cli.app.registered_commands]
    named = {function.__name__: function for function in functions if function is not None}
    return "\n".join(_command(named[name]) for names in SECTIONS.values() for name in names)


def _command(function: Any) -> str:
    arguments, options = [], []
    parts = {"lists": _fields_of(Listing), "files-of-links": _fields_of(Reading)}
    left_out = set()
    for name, parameter in signature(function).parameters.items():
        info = parameter.annotation.__metadata__[0]
        shared = {part for part in parts if name in parts[part] and info.rich_help_panel}
        left_out |= shared
        if isinstance(info, ArgumentInfo):
            arguments.append(info.metavar or name.upper())
        elif not shared:
            options.append(_option(parameter.annotation, parameter.default))
    title = "hummgraph " + function.__name__.replace("_", "-")
    usage = " ".join([title, *arguments, "[OPTIONS]"])
    table = _table(("Option", "Setting", "Default", "Meaning"), options)
    links = [f"[of {_SECTIONS[part]}](#{part})" for part in parts if part in left_out]
    more = f"\nAlso the options {' and '.join(links)}.\n" if links else ""
    examples = "\n".join(EXAMPLES[function.__name__])
    shown = f"```sh\n{examples}\n```"
    usage = f"```text\n{usage}\n```"
    return f"### {title}\n\n{usage}\n\n{getdoc(function)}\n\n{shown}\n\n{table}{more}"


_SECTIONS = {"lists": "every list", "files-of-links": "files of links"}


def _fields_of(group: type) -> dict[str, Any]:
    """Return the options of a group that commands share, by name."""
    hints = get_type_hints(group, include_extras=True)
    return {field.name: hints[field.name] for field in fields(group)}


def _group(group: type) -> Callable[[], str]:
    def table() -> str:
        options = _fields_of(group)
        defaults = {field.name: field.default for field in fields(group)}
        return _table(
            ("Option", "Setting", "Default", "Meaning"),
            (
                _option(kind, None if defaults[name] is MISSING else defaults[name])
                for name, kind in options.items()
            ),
        )

    return table


def _option(annotation: Any, default: Any) -> tuple[str, str, str, str]:
    kind, info = get_args(annotation)
    # Inside Annotated, the first word of an option stands where its default once stood.
    words = [word for word in (info.default, *(info.param_decls or ())) if isinstance(word, str)]
    spelt = ", ".join(f"`{word}`" for word in words)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        taken = " or ".join(f"`{choice}`" for choice in kind)
    else:
        taken = info.metavar or ""
    if default is Parameter.empty:
        shown = "required"
    else:
        shown = "" if default in (None, []) or kind is bool else f"`{default}`"
    setting = f"`{info.envvar}`" if info.envvar else ""
    return f"{spelt} {taken}".strip(), setting, shown, info.help


def _checks() -> str:
    def default(kind: Kind) -> str:
        if kind.limit is None:
            return "none"
        way = "at least" if kind.is_lowest else "at most"
        return f"{way} {kind.limit:g}"

    rows = [
        (f"`{name}`", kind.what, default(kind), "yes" if kind.compares else "")
        for name, kind in CHECKS.items()
    ]
    return _table(("Check", "What it finds", "Limit by default", "Needs an earlier state"), rows)


def _check_keys() -> str:
    rows = [
        (f"`{name}`", "limit: a number in [0, 1]" if kind.is_share else "limit: a whole number")
        for name, kind in CHECKS.items()
    ]
    rows += [(f"`{name}`", what) for name, what in CONFIG_KEYS.items()]
    return _table(("Key", "Value"), rows)


def _chaining() -> str:
    demo = load_demo()
    graph = LinkGraph(demo.snapshot())
    thing = {member: number for number, members in enumerate(demo.truth) for member in members}

    def same(one: str, other: str) -> bool:
        return one in thing and thing[one] == thing.get(other)

    n_true = sum(comb(len(members), 2) for members in demo.truth)
    rows = []
    for threshold in (0.7, 0.8, 0.9, 0.95):
        clusters = cluster(graph, threshold=threshold, method="components")
        links = graph.where(
            status=["SUGGESTED", "APPROVED"], min_confidence=threshold, level="column"
        )
        right_links = [same(link["source"], link["target"]) for link in links.links]
        right = [same(*pair) for members in clusters.members for pair in combinations(members, 2)]
        rows.append(
            (
                f"{threshold:g}",
                f"{sum(right_links) / len(right_links):.0%}",
                f"{sum(right) / len(right):.0%}",
                f"{sum(right) / n_true:.0%}",
                f"{max(clusters.sizes)} columns",
            )
        )
    head = ("Threshold", "Right links", "Right pairs", "True pairs found", "Largest cluster")
    return _table(head, rows)


_EQUAL: Final = {
    "find": "`find --format json`, as `rows`",
    "why": "`why --json`",
    "same_as": "`clusters --of NODE --json`",
    "join": "`join --json`",
    "lineage": "`lineage --json`",
    "clusters": "`clusters --json`",
    "contradictions": "`contradictions` of `clusters --json`",
    "review_next": "`review --list --json`, its first questions",
    "preview": "`decide --dry-run --json`",
}
"""Answers of each tool for assistants, by the command that prints it."""


def _assistant_tools() -> str:
    rows = []
    for name in TOOLS:
        method = getattr(Answers, name)
        hints = get_type_hints(method, include_extras=True)
        given = [one for one in signature(method).parameters if one != "self"]
        said = [
            f"`{one}`: {get_args(hints[one])[1].description}" for one in given if one != "limit"
        ]
        meaning = str(getdoc(method)).partition("\n")[0]
        rows.append((f"`{name}`", meaning, " ".join(said), _EQUAL[name]))
    return _table(("Tool", "What it does", "Parameters besides `limit`", "Returns"), rows)


_TABLES: dict[str, Callable[[], str]] = {
    "assistant-tools": _assistant_tools,
    "chaining": _chaining,
    "checks": _checks,
    "check-keys": _check_keys,
    "commands": _commands,
    "list-options": _group(Listing),
    "reading-options": _group(Reading),
    "exit-codes": _exit_codes,
    "formats": _formats,
    "features": _features,
    "error-codes": _error_codes,
    "reason-codes": _reason_codes,
    "entity-link": _fields("EntityLink"),
    "organization-record": _fields("OrganizationRecord"),
    "integration-source-record": _fields("IntegrationSourceRecord"),
    "table-record": _fields("TableRecord"),
    "saas-object-record": _fields("SaasObjectRecord"),
    "column-record": _fields("ColumnRecord"),
    "saas-field-record": _fields("SaasFieldRecord"),
    "association-record": _fields("AssociationRecord"),
    "relationship-record": _fields("RelationshipRecord"),
    "dropped-fields": _dropped,
    "links": _schema("LINK_SCHEMA"),
    "integration-sources": _schema("INTEGRATION_SOURCE_SCHEMA"),
    "tables": _schema("TABLE_SCHEMA"),
    "columns": _schema("COLUMN_SCHEMA"),
    "relationships": _schema("RELATIONSHIP_SCHEMA"),
    "associations": _schema("ASSOCIATION_SCHEMA"),
}

NAMES = tuple(_TABLES)
"""The tables, each of which stands in one page."""

if __name__ == "__main__":
    for path in PAGES:
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
