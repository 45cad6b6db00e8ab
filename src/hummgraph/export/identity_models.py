"""Models of dbt that make an identity table: one SQL file for each step, and their properties."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.export.dbt import (
    _clean_names,
    _double_quotes,
    _dump_yaml,
    _needs_quotes,
    _own_name,
    _template_safe,
)
from hummgraph.frames import visible
from hummgraph.snapshot.folders import FolderKind, read_start, write_files_atomically
from hummgraph.warehouse.identity_script import (
    check_dialect,
    check_joinable,
    check_rounds,
    default_table,
    fan_outs,
    in_dialect,
    record_tables,
    steps,
    unknown_places,
)
from hummgraph.warehouse.identity_sql import final_statement, identifier

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator

    from hummgraph.warehouse.identity_plan import IdentityPlan

__all__ = ["write_identity"]

_MARK: Final = "Identity table by hummgraph"
_ROUNDS: Final = 6
_BRACE: Final = re.compile(r"[{}]")
_ABOUT: Final = {
    "entity_id": "Id that all records of one thing share.",
    "system": "System of the record.",
    "table_name": "Table or object of the record.",
    "record_key": "Key of the record in its table.",
    "joined_by": "Keys by which the record shares a value with another.",
    "weakest_key": "The weakest of these keys.",
}


def write_identity(
    plan: IdentityPlan,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 - as in write()
    overwrite: bool = False,
    dialect: str = "duckdb",
    table: str | None = None,
    rounds: int | None = None,
) -> Path:
    """Write a plan as a folder of dbt models; see :func:`write`."""
    if format not in {None, "dbt"}:
        raise FormatError(
            f"An identity plan is not written as {format!r}; it is written as dbt models.",
            hint="plan.to_sql(dialect) returns a script.",
        )
    files = dict(_files(plan, dialect, table, _ROUNDS if rounds is None else rounds))
    target = Path(path)
    content = ((name, iter([text.encode()])) for name, text in files.items())
    write_files_atomically(target, content, _KIND, overwrite=overwrite)
    return target


def _written(folder: Path) -> Collection[str]:
    """Return the files of an earlier export: those that begin with the mark."""
    marks = (f"-- {_MARK}".encode(), f"# {_MARK}".encode())
    return [
        path.name
        for path in folder.iterdir()
        if path.suffix in {".sql", ".yml"} and read_start(path).startswith(marks)
    ]


_KIND: Final = FolderKind("an identity table as dbt models", _written)


def _files(
    plan: IdentityPlan, dialect: str, table: str | None, rounds: int
) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each file."""
    check_dialect(dialect)
    check_joinable(plan)
    n_rounds = check_rounds(rounds)
    unknown = unknown_places(plan)
    if unknown:
        raise ArgumentError(
            f"The place of {', '.join(map(repr, unknown))} is not known, and dbt needs it.",
            hint='Write schemas={"Stripe": "raw.stripe", ...} when you make the plan.',
        )
    try:
        import yaml  # noqa: F401 - the properties are YAML
    except ImportError as error:
        raise MissingDependencyError.of("yaml") from error
    name = default_table(plan) if table is None else table
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ArgumentError(
            f"table is {table!r}; a model of dbt has a name of letters, digits and underscores."
        )
    sources = _sources(plan, name)
    marker = _unused(plan)
    tables = record_tables(
        plan,
        {index: identifier(f"{marker}{called}") for index, (_, called) in sources.items()},
        dialect,
    )
    prefix = f"{marker}_"

    def model(query: str, about: str) -> str:
        text = _BRACE.sub(lambda found: f"{{{{ '{found[0]}' }}}}", in_dialect(query, dialect))
        for source, called in sources.values():
            for quotes in ('""', "``", "[]"):
                text = text.replace(
                    f"{quotes[0]}{marker}{called}{quotes[1]}",
                    f"{{{{ source('{source}', '{called}') }}}}",
                )
        text = re.sub(rf"{prefix}(\w+)", rf"{{{{ ref('{name}__\1') }}}}", text)
        return (
            f"-- {_MARK} of {visible(_BRACE.sub('', plan.entity.name))}: {about}.\n"
            f"{{{{ config(materialized='table') }}}}\n\n{text}\n"
        )

    for step in steps(tables, fan_outs(plan), n_rounds, prefix):
        yield f"{name}__{step.name}.sql", model(step.query, step.about)
    keys = [key.name for key in plan.keys]
    final = final_statement(tables, keys, n_rounds=n_rounds, prefix=prefix)
    yield f"{name}.sql", model(final, "one row a record")
    edges = f"{prefix}edges_{n_rounds}"
    left = f"SELECT CASE WHEN COUNT(*) = 0 THEN 1 END AS complete FROM {edges}"  # noqa: S608
    yield f"{name}__complete.sql", model(left, "1, or null if there were too few rounds")
    text = _dump_yaml(_properties(plan, name, sources))
    yield f"{name}.yml", f"# {_MARK} of {visible(plan.entity.name)}.\n{text}"


def _unused(plan: IdentityPlan) -> str:
    """Return a word that no name of the plan has, for what dbt is to fill in."""
    nodes = plan.graph.arrays.nodes
    texts = [*(key.name for key in plan.keys), *(table.path for table in plan.tables)]
    for table in plan.tables:
        texts.append(plan.places.name_of(table.key_index))
        texts += plan.places.parts(table.index) or ()
    for key in plan.keys:
        texts += [plan.places.name_of(at) for at in key.index]
    texts += nodes.system.take([table.index for table in plan.tables]).to_pylist()
    number = 0
    while any(f"dbt{number}" in text for text in texts):
        number += 1
    return f"dbt{number}"


def _sources(plan: IdentityPlan, name: str) -> dict[int, tuple[str, str]]:
    """Return the names of each table's source and of the table in it, by position."""
    where = {one.index: plan.places.placed[one.index][:-1] for one in plan.tables}
    groups = sorted({tuple(part.name for part in parts) for parts in where.values()})
    clean = _clean_names([one.path for one in plan.tables], "table", strip="_")
    return {
        one.index: (
            _source_name(name, groups.index(tuple(p.name for p in where[one.index]))),
            called,
        )
        for one, called in zip(plan.tables, clean, strict=True)
    }


def _source_name(name: str, number: int) -> str:
    return name if number == 0 else f"{name}_{number + 1}"


def _properties(
    plan: IdentityPlan, name: str, sources: dict[int, tuple[str, str]]
) -> dict[str, Any]:
    """Return the properties of the models, and where the tables lie."""
    found: dict[str, dict[str, Any]] = {}
    for table in plan.tables:
        *where, own = plan.places.placed[table.index]
        source, called = sources[table.index]
        entry: dict[str, Any] = {"name": called}
        if own.exact:
            entry |= _own_name("identifier", own.name, called)
        elif own.name != called:
            entry["identifier"] = _template_safe(own.name)
        one = found.setdefault(source, {"name": source})
        one["schema"] = "{{ target.schema }}"
        for word, part in zip(("schema", "database"), reversed(where), strict=False):
            one[word] = _template_safe(_double_quotes(part.name))
            if part.exact and _needs_quotes(part.name):
                one.setdefault("quoting", {})[word] = True
        # Rows without a record key, or with that of another row, are no records of their own.
        key = _template_safe(plan.places.name_of(table.key_index))
        entry["columns"] = [{"name": key, "quote": True, "data_tests": ["unique", "not_null"]}]
        one.setdefault("tables", []).append(entry)
    return {
        "version": 2,
        "sources": [found[source] for source in sorted(found)],
        "models": [
            {
                "name": name,
                "description": _template_safe(
                    f"Which records of {plan.entity.name} are one: one row a record."
                ),
                "columns": [
                    {
                        "name": column,
                        "description": about,
                        **(
                            {"data_tests": ["not_null"]}
                            if column in {"entity_id", "system", "table_name", "record_key"}
                            else {}
                        ),
                    }
                    for column, about in _ABOUT.items()
                ],
            },
            {
                "name": f"{name}__complete",
                "description": "Whether the rounds were enough: 1, or null if some are left.",
                "columns": [{"name": "complete", "data_tests": ["not_null"]}],
            },
        ],
    }
