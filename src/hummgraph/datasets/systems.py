"""Generation of organisations whose tables hold known things, behind `generate_systems`."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from hummgraph.datasets.planted import table_end_ids, uuids

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Scheme", "plant_systems"]

_TIME_STAMP: Final = "2025-11-03T08:00:00Z"
_LETTERS: Final = {
    "K": "ALTERNATE_KEY",
    "T": "TEXT",
    "C": "CATEGORY",
    "M": "MEASURE",
    "D": "TIME",
    "X": "TECHNICAL",
}
_REFERRED: Final = {
    "invoice": ("company", "person", "order"),
    "order": ("person", "company", "staff"),
    "invoice_line": ("invoice", "product"),
    "order_line": ("order", "product"),
    "ticket": ("person", "company", "staff"),
    "task": ("staff", "person", "ticket"),
    "shipment": ("order", "site"),
    "contract": ("company", "product"),
    "campaign": ("staff",),
    "payment": ("invoice", "person", "bank_account"),
    "bank_account": ("company", "supplier"),
    "review": ("product", "person"),
    "product": ("supplier",),
    "person": ("company", "staff"),
    "staff": ("site",),
    "company": ("staff",),
    "supplier": ("staff",),
}
"""Things that rows of a thing refer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Checked arguments of `hummgraph.datasets.generate_systems`."""

    n_systems: int
    n_things: int
    found: float
    noise: float
    decided: float
    named: bool


@dataclass(frozen=True, slots=True)
class _Column:
    table: int
    name: str
    data_type: str
    role: str
    meaning: str
    """Columns with one meaning hold the same attribute."""
    primary: bool = False
    refers: int = -1
    """Table that it refers to, where the system declares it."""


@dataclass(slots=True)
class _Table:
    system: int
    schema: str
    name: str
    thing: str
    copy_of: int = -1
    columns: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Link:
    a: int
    b: int
    confidence: float
    exact: bool
    right: bool


@cache
def _description() -> dict[str, Any]:
    text = files("hummgraph").joinpath("datasets", "things.toml").read_text("utf-8")
    return tomllib.loads(text)


class _Planter:
    """Systems, tables and columns of one organisation, as they are drawn."""

    def __init__(self, scheme: Scheme, rng: np.random.Generator) -> None:
        self.scheme = scheme
        self.rng = rng
        self.tables: list[_Table] = []
        self.columns: list[_Column] = []
        things = _description()["things"]
        kin: dict[str, list[str]] = defaultdict(list)
        for thing, about in things.items():
            kin[about["kin"]].append(thing)
        # Whole kins, so that look-alikes are there.
        drawn = [thing for one in rng.permutation(sorted(kin)).tolist() for thing in kin[one]]
        self.things = drawn[: scheme.n_things]
        self.about = things
        self.systems = [f"{word}{'' if n < 12 else n}" for n, word in enumerate(_SYSTEMS * 9)][
            : scheme.n_systems
        ]

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def draw(self, options: list[str], first: float = 0.5) -> str:
        """Return an option: the first with a given chance, else any."""
        if self.chance(first):
            return options[0]
        return options[int(self.rng.integers(len(options)))]

    # --- tables -----------------------------------------------------------------------------

    def plant(self) -> None:
        for system in range(self.scheme.n_systems - 1):
            share = self.rng.uniform(0.25, 0.6)
            chosen = [thing for thing in self.things if self.chance(share)] or self.things[:2]
            style = _STYLES[int(self.rng.integers(len(_STYLES)))]
            names: set[str] = set()
            here: dict[str, int] = {}
            for thing in chosen:
                name = self.draw(self.about[thing]["tables"], 0.35)
                if name in names:
                    name = f"{thing}_{name}"
                names.add(name)
                here[thing] = self.add_table(system, "", style(name), thing)
            for thing, table in here.items():
                self.fill(table, thing, here, style)
        self.plant_warehouse()

    def add_table(self, system: int, schema: str, name: str, thing: str, copy_of: int = -1) -> int:
        self.tables.append(_Table(system, schema, name, thing, copy_of))
        return len(self.tables) - 1

    def add(
        self, table: int, name: str, data_type: str, role: str, meaning: str, **more: Any
    ) -> None:
        taken = {self.columns[column].name for column in self.tables[table].columns}
        if name not in taken:
            self.columns.append(_Column(table, name, data_type, role, meaning, **more))
            self.tables[table].columns.append(len(self.columns) - 1)

    def fill(self, table: int, thing: str, here: dict[str, int], style: Any) -> None:
        system = self.tables[table].system
        attributes = _description()["attributes"]
        id_type = ["int", "uuid", "text"][int(self.rng.integers(3))]
        self.add(table, style("id"), id_type, "KEY", f"{thing} {system} id", primary=True)
        for attribute in self.about[thing]["has"]:
            letter, data_type, *names = attributes[attribute]
            if self.chance(0.8 if letter == "K" else 0.6):
                meaning = f"{thing} {attribute}"
                self.add(table, style(self.draw(names)), data_type, _LETTERS[letter], meaning)
        for other, to in here.items():
            if other in _REFERRED.get(thing, ()) and self.chance(0.75):
                name = style(f"{_singular(self.tables[to].name)}_id")
                meaning = f"{other} {system} id"
                declared = to if self.chance(0.5) else -1
                self.add(table, name, id_type, "REFERENCE", meaning, refers=declared)
        # Ids of another system's rows of the same thing.
        for before in range(table):
            known = self.tables[before]
            if known.thing == thing and known.system != system and self.chance(0.25):
                called = f"{self.systems[known.system]}_{_singular(known.name)}_id"
                name = style(called if self.chance(0.7) else "external_id")
                self.add(table, name, "text", "ALTERNATE_KEY", f"{thing} {known.system} id")
        for name, data_type, role in _EVERYWHERE:
            if self.chance(0.7):
                self.add(table, style(name), data_type, role, f"{table} {name}")

    def plant_warehouse(self) -> None:
        """Plant copies of tables, each system's in a schema, and models made of several."""
        warehouse = self.scheme.n_systems - 1
        for table in range(len(self.tables)):
            original = self.tables[table]
            if self.chance(0.5):
                schema = f"RAW_{self.systems[original.system].upper()}"
                copy = self.add_table(
                    warehouse, schema, _snake(original.name).upper(), original.thing, table
                )
                for place in original.columns:
                    column = self.columns[place]
                    if self.chance(0.85):
                        self.add(
                            copy,
                            _snake(column.name).upper(),
                            _WAREHOUSE_TYPES.get(column.data_type, "TEXT"),
                            column.role,
                            column.meaning,
                            primary=column.primary,
                        )
                self.add(copy, "_FIVETRAN_SYNCED", "TIMESTAMP_TZ", "TECHNICAL", f"{copy} synced")
        attributes = _description()["attributes"]
        for thing in self.things:
            holders = [
                n for n, one in enumerate(self.tables) if one.thing == thing and one.copy_of < 0
            ]
            if len(holders) > 1 and self.chance(0.6):
                word = self.about[thing]["tables"][0]
                model = self.add_table(warehouse, "MARTS", f"DIM_{_singular(word).upper()}", thing)
                key = f"{_singular(word).upper()}_KEY"
                self.add(model, key, "TEXT", "KEY", f"{model} key", primary=True)
                for holder in holders[:4]:
                    known = self.tables[holder]
                    name = f"{self.systems[known.system]}_{_singular(known.name)}_id"
                    meaning = f"{thing} {known.system} id"
                    self.add(model, _snake(name).upper(), "TEXT", "ALTERNATE_KEY", meaning)
                for attribute in self.about[thing]["has"]:
                    letter, data_type, *names = attributes[attribute]
                    if self.chance(0.6):
                        self.add(
                            model,
                            names[0].upper(),
                            _WAREHOUSE_TYPES.get(data_type, "TEXT"),
                            _LETTERS[letter],
                            f"{thing} {attribute}",
                        )

    # --- links ------------------------------------------------------------------------------

    def links(self) -> list[_Link]:
        """Return the links of a matcher of names and values: right pairs, and look-alikes."""
        found = []
        wrong: dict[tuple[int, int], list[tuple[float, int, int]]] = defaultdict(list)
        for a, b in combinations(range(len(self.columns)), 2):
            one, other = self.columns[a], self.columns[b]
            t, u = self.tables[one.table], self.tables[other.table]
            if (t.system, t.schema) == (u.system, u.schema):
                continue
            like = _likeness(one.name, other.name)
            if one.meaning == other.meaning:
                exact = one.table == u.copy_of or other.table == t.copy_of
                if exact or self.chance(self.scheme.found * (0.35 + 0.65 * like)):
                    drawn = 0.3 + 0.35 * like + 0.35 * self.rng.beta(6.0, 2.0)
                    found.append(_Link(a, b, 1.0 if exact else drawn, exact, right=True))
            elif like >= 0.6 and one.role == other.role:
                rank = like + 0.3 * _likeness(t.name, u.name) + 0.1 * float(self.rng.random())
                for end, there in ((a, u.system), (b, t.system)):
                    wrong[end, there].append((rank, a, b))
        chosen = sorted(
            {pair[1:] for pairs in wrong.values() for pair in sorted(pairs, reverse=True)[:3]}
        )
        n_wrong = round(len(found) * self.scheme.noise / max(1.0 - self.scheme.noise, 0.01))
        order = self.rng.permutation(len(chosen))[:n_wrong]
        for at in sorted(order.tolist()):
            a, b = chosen[at]
            like = _likeness(self.columns[a].name, self.columns[b].name)
            drawn = 0.2 + 0.5 * like + 0.28 * self.rng.beta(2.0, 2.0)
            found.append(_Link(a, b, float(drawn), exact=False, right=False))
        return found


_SYSTEMS: Final = [
    "altair", "boreal", "cascade", "dovetail", "ember", "fathom", "gantry", "harbor", "inkwell",
    "juniper", "keystone", "lumen",
]  # fmt: skip
_EVERYWHERE: Final = (
    ("created_at", "timestamp", "TIME"),
    ("updated_at", "timestamp", "TIME"),
    ("is_deleted", "boolean", "CATEGORY"),
    ("notes", "text", "TEXT"),
)
_WAREHOUSE_TYPES: Final = {
    "int": "NUMBER",
    "numeric": "NUMBER",
    "timestamp": "TIMESTAMP_TZ",
    "date": "DATE",
    "boolean": "BOOLEAN",
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))


def _pascal(name: str) -> str:
    return "".join(map(str.title, name.split("_")))


def _snake(name: str) -> str:
    return "".join(
        f"_{c.lower()}" if c.isupper() and at else c.lower() for at, c in enumerate(name)
    )


def _singular(name: str) -> str:
    plain = _snake(name)
    if plain.endswith("ies"):
        return f"{plain[:-3]}y"
    return plain.removesuffix("s")


_STYLES: Final = (str, str, _camel, _pascal)


def _likeness(a: str, b: str) -> float:
    """Return Dice's coefficient of the letter pairs of two names, in [0, 1]."""
    left, right = _letter_pairs(a), _letter_pairs(b)
    return 2 * len(left & right) / (len(left) + len(right))


@cache
def _letter_pairs(name: str) -> frozenset[str]:
    plain = f"^{''.join(c for c in name.lower() if c.isalnum())}$"
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def plant_systems(scheme: Scheme, rng: np.random.Generator) -> dict[str, Any]:
    """Return the fields of an organisation whose tables hold known things."""
    planter = _Planter(scheme, rng)
    planter.plant()
    tables, columns = planter.tables, planter.columns
    organization_id, *system_ids = uuids(rng, 1 + scheme.n_systems)
    table_ids, column_ids = uuids(rng, len(tables)), uuids(rng, len(columns))
    links = planter.links()
    saas = [system % 2 == 0 and system < scheme.n_systems - 1 for system in range(scheme.n_systems)]
    ends = [
        (
            system_ids[tables[column.table].system],
            table_ids[column.table],
            column_id,
            saas[tables[column.table].system],
        )
        for column, column_id in zip(columns, column_ids, strict=True)
    ]
    records = []
    for link, link_id in zip(links, uuids(rng, len(links)), strict=True):
        status = "SUGGESTED"
        if rng.random() < scheme.decided:
            status = "APPROVED" if link.right else "REJECTED"
        records.append(
            {
                "organization_id": organization_id,
                "source_integration_source_id": ends[link.a][0],
                "target_integration_source_id": ends[link.b][0],
                "id": link_id,
                "created_at": _TIME_STAMP,
                "updated_at": _TIME_STAMP,
                **table_end_ids("source", ends[link.a]),
                **table_end_ids("target", ends[link.b]),
                "link_type": "DETERMINISTIC" if link.exact else "PROBABILISTIC",
                "status": status,
                "confidence_score": round(link.confidence, 4),
                "evidence": {"matcher": "planted"},
            }
        )
    meanings: dict[str, list[str]] = defaultdict(list)
    for column, column_id in zip(columns, column_ids, strict=True):
        meanings[column.meaning].append(column_id)
    things: dict[str, list[str]] = defaultdict(list)
    for table, table_id in zip(tables, table_ids, strict=True):
        things[table.thing].append(table_id)
    order = rng.permutation(len(records)).tolist()
    return {
        "organization_id": organization_id,
        "links": [records[at] for at in order],
        "catalogue": _catalogue(
            planter,
            organization_id,
            system_ids=system_ids,
            table_ids=table_ids,
            column_ids=column_ids,
            saas=saas,
        ),
        "truth": tuple(sorted(tuple(sorted(ids)) for ids in meanings.values() if len(ids) > 1)),
        "entities": tuple(sorted(tuple(sorted(ids)) for ids in things.values())),
        "roles": {i: column.role for i, column in zip(column_ids, columns, strict=True)},
    }


def _catalogue(
    planter: _Planter,
    organization_id: str,
    *,
    system_ids: list[str],
    table_ids: list[str],
    column_ids: list[str],
    saas: list[bool],
) -> dict[str, list[dict[str, Any]]]:
    times = {"created_at": _TIME_STAMP, "updated_at": _TIME_STAMP}
    named = planter.scheme.named
    kinds = ("tables", "saas_objects", "columns", "saas_fields", "associations", "relationships")
    found: dict[str, list[dict[str, Any]]] = {
        "organization": [{"name": "Planted", "id": organization_id, **times}],
        "integration_sources": [
            {
                "name": name if named else f"System {number}",
                "source_type": "saas" if saas[number] else "database",
                "connector_type": "planted",
                "organization_id": organization_id,
                "id": system_id,
                "description_version": 1,
                **times,
            }
            for number, (name, system_id) in enumerate(
                zip(planter.systems, system_ids, strict=True)
            )
        ],
        **{kind: [] for kind in kinds},
    }
    for number, (table, table_id) in enumerate(zip(planter.tables, table_ids, strict=True)):
        name = table.name if named else f"t{number}"
        common = {"id": table_id, "integration_source_id": system_ids[table.system], **times}
        if saas[table.system]:
            found["saas_objects"].append({"object_name": name, "api_identifier": name, **common})
        else:
            found["tables"].append(
                {"name": name, "schema_name": table.schema or "public", **common}
            )
    for number, (column, column_id) in enumerate(zip(planter.columns, column_ids, strict=True)):
        table = planter.tables[column.table]
        name = column.name if named else f"c{number}"
        data_type = column.data_type if named else None
        shared: dict[str, Any] = {"id": column_id, "data_type": data_type, **times}
        if saas[table.system]:
            found["saas_fields"].append(
                {
                    "saas_object_id": table_ids[column.table],
                    "field_name": name,
                    "api_identifier": name,
                    "is_unique": column.primary and named,
                    **shared,
                }
            )
        else:
            found["columns"].append(
                {
                    "table_id": table_ids[column.table],
                    "name": name,
                    "description_version": 1,
                    "is_primary_key": column.primary and named,
                    **shared,
                }
            )
    references = [
        (number, column)
        for number, column in enumerate(planter.columns)
        if column.refers >= 0 and named
    ]
    for number, column in references:
        to = planter.tables[column.refers]
        record = {
            "id": column_ids[number],
            "integration_source_id": system_ids[to.system],
            "status": "APPROVED",
            "score": 1.0,
            "evidence": None,
            **times,
        }
        if saas[to.system]:
            ends = {
                "from_object_id": table_ids[column.table],
                "to_object_id": table_ids[column.refers],
                "association_type_id": column.name,
                "relationship_type": "FOREIGN_KEY",
                "is_active": True,
            }
            found["associations"].append(record | ends)
        else:
            ends = {
                "from_column_id": column_ids[number],
                "to_table_id": table_ids[column.refers],
                "to_column_name": planter.columns[to.columns[0]].name,
                "type": "FOREIGN_KEY",
            }
            found["relationships"].append(record | ends)
    return found
