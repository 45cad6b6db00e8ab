"""Tables of the reference that the code decides: write them with ``python docs/tables.py``.

They are kept in the pages, so that they can be read without a build; a test compares.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin
from uuid import UUID

import pyarrow as pa
from typer.main import get_command

from hummgraph import _cli, columns, errors, models, validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["PAGES", "filled"]

_REFERENCE = Path(__file__).parent / "reference"

PAGES = tuple(
    _REFERENCE / name
    for name in ("command-line.md", "errors.md", "quarantine.md", "records.md", "snapshot.md")
)
"""The pages with tables."""

_BLOCK = re.compile(
    r"(?P<open><!-- table: (?P<name>[\w-]+) -->\n).*?(?P<close><!-- end of table -->)", re.DOTALL
)


def filled(page: str) -> str:
    """Give the text of a page with its tables as the code has them."""

    def fill(block: re.Match[str]) -> str:
        return f"{block['open']}\n{_TABLES[block['name']]()}\n{block['close']}"

    return _BLOCK.sub(fill, page)


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in lines)


def _exit_codes() -> str:
    return _table(
        ("Code", "Meaning"),
        ((str(code), meaning) for code, meaning in _cli.EXIT_CODES.items()),
    )


def _error_codes() -> str:
    kinds = [getattr(errors, name) for name in errors.__all__]
    return _table(
        ("Code", "Class", "Also a", "Exit code", "Meaning"),
        (
            (
                f"`{kind.code}`",
                f"`{kind.__name__}`",
                ", ".join(
                    f"`{base.__name__}`"
                    for base in kind.__bases__
                    if base.__module__ == "builtins" and base is not Exception
                ),
                str(_cli.exit_code(kind.__new__(kind))),
                str(kind.__doc__).splitlines()[0],
            )
            for kind in sorted(kinds, key=lambda kind: str(kind.code))
        ),
    )


def _reason_codes() -> str:
    return _table(
        ("Code", "Meaning"),
        ((f"`{code}`", meaning) for code, meaning in validation.REASON_CODES.items()),
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
        known = any(isinstance(part, type) and issubclass(part, StrEnum) for part in get_args(annotation))
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
    root: Any = get_command(_cli.app)
    return "\n".join(_command(f"hummgraph {name}", command) for name, command in root.commands.items())


def _command(name: str, command: Any) -> str:
    arguments = [
        parameter.metavar or parameter.name.upper()
        for parameter in command.params
        if parameter.param_type_name == "argument"
    ]
    options = [
        parameter
        for parameter in command.params
        if parameter.param_type_name == "option" and parameter.name != "help"
    ]
    # A paragraph of a docstring is one line of help.
    text = re.sub(r"(?<!\n)\n(?!\n)", " ", command.help.strip())
    table = _table(
        ("Option", "Setting", "Default", "Meaning"),
        (
            (
                ", ".join(f"`{opt}`" for opt in sorted(option.opts, key=len, reverse=True))
                + ("" if option.is_flag else f" {_metavar(option)}"),
                f"`{option.envvar}`" if option.envvar else "",
                _default(option),
                option.help,
            )
            for option in options
        ),
    )
    usage = " ".join([name, *arguments, "[OPTIONS]"])
    return f"### {name}\n\n```text\n{usage}\n```\n\n{text}\n\n{table}"


def _metavar(option: Any) -> str:
    if option.metavar:
        return str(option.metavar)
    choices = getattr(option.type, "choices", None)
    if choices:
        return " or ".join(f"`{getattr(choice, 'value', choice)}`" for choice in choices)
    return str(option.type.name).upper()


def _default(option: Any) -> str:
    if option.is_flag or option.default is None:
        return "required" if option.required else ""
    return f"`{getattr(option.default, 'value', option.default)}`"


_TABLES: dict[str, Callable[[], str]] = {
    "commands": _commands,
    "exit-codes": _exit_codes,
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


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
