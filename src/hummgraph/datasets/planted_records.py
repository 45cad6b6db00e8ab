"""Generation of rows for organisations with a known truth, behind `generate_records`.

Columns of one true cluster read one attribute of a thing. Which values it has follows from the role
and the type of its columns, or is drawn where an organisation has no roles.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.datasets.planted import uuids
from hummgraph.datasets.truth_tables import references_table, truth_table
from hummgraph.datasets.words import (
    FIRST_NAMES,
    LAST_NAMES,
    choose,
    codes,
    numbers,
    sentences,
    shop_names,
    spread,
    times,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.datasets import Organization

__all__ = ["plant_rows"]

_DAY: Final = 86_400_000_000
_HUB: Final = "info@planted.example"
_STATUSES: Final = ("active", "open", "closed", "pending", "archived", "draft")
_COUNTRIES: Final = ("GB", "IE", "DE", "FR", "ES", "PT", "NO", "AT", "US", "CA")
_FAMILIES: Final = ("number", "email", "code", "status", "country", "date", "flag", "name", "text")
_DRAWN: Final = (0.72, 0.04, 0.04, 0.05, 0.02, 0.06, 0.02, 0.03, 0.02)
"""Shares of the families where roles do not say them: most keys are small numbers, so that a third
of wrong links, which join any two columns, joins two ranges of them."""
_PATTERNS: Final = (
    (r"mail", "email"),
    (r"phone|mobile", "phone"),
    (r"domain|website", "domain"),
    (r"number|(^|_)no$", "counted"),
    (r"country|language|locale", "country"),
    (r"first_?name|given", "first name"),
    (r"last_?name|surname|family_name", "last name"),
)

_KEYS: Final = {"int": "number", "number": "number", "uuid": "uuid"}
_ROLES: Final = {"CATEGORY": "status", "TEXT": "text", "MEASURE": "amount", "TIME": "date"}


def _kind(number: int) -> str:
    return f"thing {number}"


@dataclass(slots=True)
class _Column:
    id: str
    name: str
    data_type: str
    role: str
    is_key: bool
    attribute: int = -1


@dataclass(slots=True)
class _Table:
    path: str
    system: str
    thing: int
    columns: list[_Column] = field(default_factory=list)


@dataclass(slots=True)
class _Attribute:
    """Data of the columns of one cluster: values of all things of a kind, and who has one."""

    owner: int
    values: Any = None


def plant_rows(
    organization: Organization, rng: np.random.Generator, n_things: int
) -> tuple[dict[str, Any], Any, Any]:
    """Return Arrow tables by path, and the tables of the truth, as `Records` describes them."""
    return _Planter(organization, rng, n_things).plant()


class _Planter:
    """Rows of one organisation, as they are drawn."""

    def __init__(self, organization: Organization, rng: np.random.Generator, n_things: int) -> None:
        self.rng = rng
        self.tables = _read_tables(organization)
        self.has_roles = bool(organization.roles)
        n_kinds = max((table.thing for table in self.tables), default=0) + 1
        self.counts = [int(n_things * it) for it in rng.uniform(0.7, 1.3, n_kinds)]
        self.attributes: list[_Attribute] = []
        self.relations: dict[tuple[int, int], NDArray[np.int64]] = {}
        self._number_attributes(organization)
        self.members = self._draw_members()

    # --- what there is ----------------------------------------------------------------------

    def _number_attributes(self, organization: Organization) -> None:
        """Set attributes: columns of one true cluster have one, any other column one of its own."""
        cluster = {node: at for at, ids in enumerate(organization.truth) for node in ids}
        number: dict[object, int] = {}
        columns = [(table, column) for table in self.tables for column in table.columns]
        # A reference belongs to what it refers to, which another column of its cluster tells.
        for table, column in sorted(columns, key=lambda it: it[1].role == "REFERENCE"):
            key = cluster.get(column.id, column.id)
            if key not in number:
                number[key] = len(self.attributes)
                self.attributes.append(_Attribute(table.thing))
            column.attribute = number[key]

    def _draw_members(self) -> list[NDArray[np.int64]]:
        """Return the things of each table; tables whose keys are one attribute are copies."""
        by_key: dict[int, NDArray[np.int64]] = {}
        found = []
        for table in self.tables:
            key = next((c.attribute for c in table.columns if c.role == "KEY"), None)
            rows = None if key is None else by_key.get(key)
            if rows is None:
                share = self.rng.uniform(0.5, 0.95)
                n = self.counts[table.thing]
                rows = np.flatnonzero(self.rng.random(n) < share)
                if key is not None:
                    by_key[key] = rows
            found.append(rows)
        return found

    def plant(self) -> tuple[dict[str, Any], Any, Any]:
        self._draw_values()
        tables, truth = {}, []
        for at in sorted(range(len(self.tables)), key=lambda it: self.tables[it].path):
            table = self.tables[at]
            rows = self.rng.permutation(self.members[at])
            made = {column.name: self._cells(table, column, rows) for column in table.columns}
            tables[table.path] = pa.table(made)
            key = next((made[column.name] for column in table.columns if column.is_key), None)
            kinds = [_kind(table.thing)] * len(rows)
            truth.append((kinds, rows, table.path, key, np.zeros(len(rows), dtype=bool)))
        references = sorted(self.relations.items())
        return (
            tables,
            truth_table(truth),
            references_table((_kind(one), _kind(other), at) for (one, other), at in references),
        )

    # --- values -----------------------------------------------------------------------------

    def _draw_values(self) -> None:
        columns: dict[int, list[_Column]] = defaultdict(list)
        held: dict[int, NDArray[np.int64]] = {}
        for table, rows in zip(self.tables, self.members, strict=True):
            for column in table.columns:
                columns[column.attribute].append(column)
                if column.role == "KEY":
                    held[column.attribute] = rows
        for number, attribute in enumerate(self.attributes):
            n = self.counts[attribute.owner]
            family = self._family(columns[number])
            values = pa.array(_VALUES[family](self.rng, n))
            if number in held:
                # An id in a system: things that the system does not have are without.
                has = np.zeros(n, dtype=bool)
                has[held[number]] = True
                values = pc.if_else(pa.array(has), values, pa.scalar(None, values.type))
            attribute.values = values

    def _family(self, columns: list[_Column]) -> str:
        """Return the family of values that the columns of one attribute hold."""
        if not self.has_roles:
            return str(self.rng.choice(_FAMILIES, p=_DRAWN))
        first = next((column for column in columns if column.role == "KEY"), columns[0])
        types = {column.data_type.lower() for column in columns}
        if first.role in {"KEY", "REFERENCE"}:
            return _KEYS.get(first.data_type.lower(), "code")
        if "boolean" in types:
            return "flag"
        for pattern, family in _PATTERNS:
            if any(re.search(pattern, column.name, re.IGNORECASE) for column in columns):
                return family
        if first.role == "TEXT" and re.search("name|title", first.name, re.IGNORECASE):
            return "name"
        return _ROLES.get(first.role, "code")

    def _cells(self, table: _Table, column: _Column, rows: NDArray[np.int64]) -> Any:
        attribute = self.attributes[column.attribute]
        at = rows
        if attribute.owner != table.thing:
            at = self._relation(table.thing, attribute.owner)[rows]
        array = attribute.values.take(pa.array(at))
        array = self._written(array, column)
        if column.role in {"", "KEY"} or column.is_key:
            return array
        share = 0.1 if column.role == "REFERENCE" else 0.3
        null = pa.scalar(None, array.type)
        return pc.if_else(pa.array(self.rng.random(len(rows)) < share), null, array)

    def _relation(self, thing: int, other: int) -> NDArray[np.int64]:
        """Return the other thing that each thing refers to."""
        if (thing, other) not in self.relations:
            drawn = self.rng.integers(0, self.counts[other], self.counts[thing])
            self.relations[thing, other] = drawn
        return self.relations[thing, other]

    def _written(self, array: Any, column: _Column) -> Any:
        """Return values as the type of a column has them, and as people enter them."""
        kind = array.type
        lowered = column.data_type.lower()
        if pa.types.is_integer(kind):
            if column.role == "ALTERNATE_KEY" and lowered == "text":
                padded = pc.utf8_lpad(array.cast(pa.string()), width=8, padding="0")
                return self._some(0.1, padded, array.cast(pa.string()))
            return array.cast(pa.string()) if lowered == "text" and self.has_roles else array
        if pa.types.is_timestamp(kind) and lowered == "date":
            return array.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)
        if (
            pa.types.is_string(kind)
            and not column.is_key
            and column.role not in {"KEY", "REFERENCE"}
        ):
            typed = self._some(
                0.5, pc.utf8_upper(array), pc.binary_join_element_wise(array, "", " ")
            )
            return self._some(0.05, typed, array)
        return array

    def _some(self, share: float, some: Any, others: Any) -> Any:
        return pc.if_else(pa.array(self.rng.random(len(others)) < share), some, others)


def _read_tables(organization: Organization) -> list[_Table]:
    """Return the tables of a catalogue with their columns, by the graph's paths."""
    catalogue = organization.catalogue
    system = {record["id"]: record["name"] for record in catalogue["integration_sources"]}
    thing = {node: at for at, ids in enumerate(organization.entities) for node in ids}
    tables = {}
    for record in (*catalogue["tables"], *catalogue["saas_objects"]):
        name = record.get("object_name") or f"{record['schema_name']}.{record['name']}"
        within = system[record["integration_source_id"]]
        tables[record["id"]] = _Table(f"{within}/{name}", within, thing.get(record["id"], 0))
    for record in (*catalogue["columns"], *catalogue["saas_fields"]):
        holder = tables[record.get("table_id") or record["saas_object_id"]]
        holder.columns.append(
            _Column(
                record["id"],
                record.get("api_identifier") or record["name"],
                record["data_type"] or "",
                organization.roles.get(record["id"], ""),
                is_key=bool(record.get("is_primary_key") or record.get("is_unique")),
            )
        )
    return [table for table in tables.values() if table.columns]


# --- families of values: what things have, one value each --------------------------------------


def _names(rng: np.random.Generator, n: int) -> list[str]:
    parts = zip(choose(rng, FIRST_NAMES, n), choose(rng, LAST_NAMES, n), strict=True)
    return [f"{first} {last}" for first, last in parts]


def _emails(rng: np.random.Generator, n: int) -> list[str]:
    own = zip(_names(rng, n), spread(rng, n, 1, 10**6).tolist(), strict=True)
    found = [f"{name.lower().replace(' ', '.')}{number}@planted.example" for name, number in own]
    shared = (rng.random(n) < 0.02).tolist()
    return [_HUB if hub else email for hub, email in zip(shared, found, strict=True)]


def _counted(rng: np.random.Generator, n: int) -> list[str]:
    """Return numbers of documents; a second legal entity counts its own from one."""
    second = rng.random(n) < 0.15
    return [f"{it:05}" for it in np.where(second, np.cumsum(second), np.cumsum(~second)).tolist()]


def _moments(rng: np.random.Generator, n: int) -> Any:
    found = times(rng, n, "2025-04-01", 200)
    midnight = np.where(rng.random(n) < 0.7, found // _DAY * _DAY, found)
    return pa.array(midnight).cast(pa.timestamp("us", "UTC"))


_VALUES: Final[dict[str, Any]] = {
    "number": lambda rng, n: numbers(rng, n, 1, 0.8),
    "uuid": uuids,
    "code": lambda rng, n: codes(rng, n, "", 16),
    "email": _emails,
    "phone": lambda rng, n: [f"+44{it}" for it in spread(rng, n, 10**9, 9 * 10**9).tolist()],
    "domain": lambda rng, n: [
        f"{name.lower().replace(' ', '-')}.example" for name in shop_names(rng, n)
    ],
    "counted": _counted,
    "status": lambda rng, n: choose(rng, _some_of(rng, _STATUSES, 4), n),
    "country": lambda rng, n: choose(rng, _some_of(rng, _COUNTRIES, 7), n),
    "flag": lambda rng, n: (rng.random(n) < 0.2).tolist(),
    "date": _moments,
    "amount": lambda rng, n: rng.integers(1, 500, n),
    "first name": lambda rng, n: choose(rng, FIRST_NAMES, n),
    "last name": lambda rng, n: choose(rng, LAST_NAMES, n),
    "name": _names,
    "text": sentences,
}


def _some_of(rng: np.random.Generator, options: tuple[str, ...], n: int) -> list[str]:
    """Return some of the options, as an enumeration of its own has them."""
    return [options[at] for at in sorted(rng.permutation(len(options))[:n].tolist())]
