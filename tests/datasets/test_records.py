"""Tests of invented records: what is the same is the same, references lead somewhere, and dirt."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv, parquet

from hummgraph.datasets import (
    Organization,
    Records,
    demo_records,
    generate_organization,
    generate_records,
    generate_systems,
    load_demo,
)
from hummgraph.datasets.demo.cells import arrow_type
from hummgraph.datasets.demo.things import HUB_EMAIL
from hummgraph.errors import ArgumentError
from hummgraph.graph.linkgraph import LinkGraph

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def demo() -> Organization:
    """The bundled organisation."""
    return load_demo()


@pytest.fixture(scope="module")
def records() -> Records:
    """Its records, as many as by default."""
    return demo_records()


class Columns:
    """Columns of an organisation's records by id, and what their rows are."""

    def __init__(self, organization: Organization, records: Records) -> None:
        nodes = LinkGraph(organization.snapshot()).nodes
        of_node = dict(
            zip(nodes["node_id"], zip(nodes["path"], nodes["name"], strict=True), strict=True)
        )
        catalogue = organization.catalogue
        self.records = records
        self.place: dict[str, tuple[str, str]] = {}
        self.key: dict[str, str] = {}
        self.type: dict[str, str] = {}
        for record in (*catalogue["columns"], *catalogue["saas_fields"]):
            table = record.get("table_id") or record["saas_object_id"]
            self.place[record["id"]] = (of_node[table][0], of_node[record["id"]][1])
            self.type[record["id"]] = record["data_type"]
            if record.get("is_primary_key") or record.get("is_unique"):
                self.key[table] = record["id"]
        self.table = {node: path for node, (path, _) in of_node.items()}
        self._values: dict[str, set[str]] = {}
        self.thing: dict[str, list[tuple[str, int]]] = defaultdict(list)
        truth = records.truth
        for path, kind, thing in zip(truth["table"], truth["entity"], truth["thing"], strict=True):
            self.thing[path].append((kind, thing))

    def __getitem__(self, column: str) -> list[Any]:
        path, name = self.place[column]
        cells: list[Any] = self.records.tables[path][name].to_pylist()
        return cells

    def values(self, column: str) -> set[str]:
        """Return the distinct values of a column, as plain text."""
        if column not in self._values:
            self._values[column] = {plain(cell) for cell in self[column] if cell is not None}
        return self._values[column]

    def by_thing(self, column: str) -> dict[tuple[str, int], set[str]]:
        """Return the values of each thing, as plain text."""
        found: dict[tuple[str, int], set[str]] = defaultdict(set)
        for thing, value in zip(self.thing[self.place[column][0]], self[column], strict=True):
            if value is not None:
                found[thing].add(plain(value))
        return found

    def declared(
        self, catalogue: dict[str, list[dict[str, Any]]]
    ) -> Iterator[tuple[str, list[Any], list[Any]]]:
        """Return each declared reference: its name, its cells, and the keys that it leads to."""
        by_name = {place: column for column, place in self.place.items()}
        for record in catalogue["relationships"]:
            to = by_name[self.table[record["to_table_id"]], record["to_column_name"]]
            yield (
                ".".join(self.place[record["from_column_id"]]),
                self[record["from_column_id"]],
                self[to],
            )
        for record in catalogue["associations"]:
            place = (self.table[record["from_object_id"]], record["association_type_id"])
            yield ".".join(place), self[by_name[place]], self[self.key[record["to_object_id"]]]


@pytest.fixture(scope="module")
def columns(demo: Organization, records: Records) -> Columns:
    """The columns of the demo's records."""
    return Columns(demo, records)


@lru_cache(maxsize=None, typed=True)
def plain(value: object) -> str:
    """Return a value without what only its writing adds: case, blanks, marks, zeros, midnight."""
    text = re.sub(r" 00:00:00(\+00:00)?$", "", str(value)).strip().lower()
    if re.fullmatch(r"[\d.]+", text):
        text = str(float(text)) if "." in text and text.count(".") == 1 else text.lstrip("0")
    text = re.sub(r"^00", "+", re.sub(r"\.0$", "", text)) if text.startswith("00") else text
    return re.sub(r"[^a-z0-9@]", "", re.sub(r"\.0$", "", text))


def ends_of(organization: Organization) -> Iterator[tuple[str, str, bool]]:
    """Return the ends of links between columns that are listed, and whether they are right."""
    cluster = {node: at for at, ids in enumerate(organization.truth) for node in ids}
    catalogue = organization.catalogue
    there = {record["id"] for record in (*catalogue["columns"], *catalogue["saas_fields"])}
    for link in organization.links:
        a = link["source_column_id"] or link["source_field_id"]
        b = link["target_column_id"] or link["target_field_id"]
        if a in there and b in there:
            yield a, b, cluster.get(a, a) == cluster.get(b, b)


def overlap(columns: Columns, a: str, b: str) -> float:
    """Return which share of the values of the one that has fewer both hold."""
    left, right = columns.values(a), columns.values(b)
    return len(left & right) / max(min(len(left), len(right)), 1)


# --- the demo --------------------------------------------------------------------------------


def test_tables_are_those_of_the_demo_with_its_columns_and_types(
    demo: Organization, records: Records, columns: Columns
) -> None:
    """Each listed column is there, under the graph's path of its table; nothing else is."""
    nodes = LinkGraph(demo.snapshot()).nodes
    paths = {p for p, level in zip(nodes["path"], nodes["level"], strict=True) if level == "table"}
    listed = Counter(path for path, _ in columns.place.values())

    assert set(records.tables) == paths
    assert list(records.tables) == sorted(paths)
    assert {path: len(table.column_names) for path, table in records.tables.items()} == listed
    for column, (path, name) in columns.place.items():
        assert records.tables[path].schema.field(name).type == arrow_type(columns.type[column])


def test_each_row_is_in_the_truth_by_its_key(records: Records) -> None:
    """The truth has as many rows as there are records, and their keys are the tables' own."""
    truth = records.truth.to_arrow()
    assert len(truth) == sum(table.num_rows for table in records.tables.values())
    for path, table in records.tables.items():
        mine = truth.filter(pc.equal(truth["table"], path))
        assert mine["row"].to_pylist() == list(range(table.num_rows))
        keys = mine["record_key"].to_pylist()
        assert len(set(keys)) == (1 if keys[0] is None else len(keys)), path
        if keys[0] is not None:
            held = [
                name
                for name in table.column_names
                if keys == list(map(str, table[name].to_pylist()))
            ]
            assert held, path


def test_columns_that_mean_the_same_hold_the_same_of_a_thing(
    demo: Organization, columns: Columns
) -> None:
    """Two values of one thing differ at most in how they are written."""
    n_compared = 0
    for cluster in demo.truth:
        found = [columns.by_thing(column) for column in cluster if column in columns.place]
        for one, other in combinations(found, 2):
            for thing in one.keys() & other.keys():
                # Rows of one thing may refer to several others, as a person's events to shops.
                if len(one[thing]) == len(other[thing]) == 1:
                    assert one[thing] == other[thing]
                    n_compared += 1
    assert n_compared > 100_000


def test_declared_references_lead_to_rows_that_exist(demo: Organization, columns: Columns) -> None:
    """Every value of a declared reference is a key of the table that it refers to."""
    seen = 0
    for name, cells, keys in columns.declared(demo.catalogue):
        values = {cell for cell in cells if cell is not None}
        assert values, name
        assert values <= set(keys), name
        seen += 1
    assert seen == len(demo.catalogue["relationships"]) + len(demo.catalogue["associations"])


def test_references_say_what_columns_refer_to(records: Records) -> None:
    """A contact's account is the record of the company that the person refers to."""
    truth, tables = records.truth.to_arrow(), records.tables

    def things(table: str) -> dict[str, int]:
        mine = truth.filter(pc.equal(truth["table"], table))
        return dict(zip(mine["record_key"].to_pylist(), mine["thing"].to_pylist(), strict=True))

    employer = {
        row["thing"]: row["other_thing"]
        for row in records.references.filter(entity="person", other_entity="company")
        .to_arrow()
        .to_pylist()
    }
    contacts, accounts = things("Salesforce/Contact"), things("Salesforce/Account")
    seen = 0
    for row in tables["Salesforce/Contact"].select(["Id", "AccountId"]).to_pylist():
        if row["AccountId"] is not None:
            assert accounts[row["AccountId"]] == employer[contacts[row["Id"]]]
            seen += 1
    assert seen > 500


def test_records_are_dirty_in_the_stated_amounts(records: Records) -> None:
    """Nulls, copies, numbers counted twice, shared addresses, and other ways of writing."""
    tables = records.tables

    titles = tables["Salesforce/Contact"]["Title"]
    assert 0.25 < titles.null_count / len(titles) < 0.35
    assert tables["Salesforce/Contact"]["Id"].null_count == 0

    copied = records.truth.filter(copied=True)
    assert 5 <= len(set(copied["table"])) <= 12
    test_rows = tables["Stripe/customers"].filter(pc.invert(tables["Stripe/customers"]["livemode"]))
    assert test_rows.num_rows == sum(path == "Stripe/customers" for path in copied["table"])

    numbers = Counter(tables["Stripe/invoices"]["number"].to_pylist())
    assert set(numbers.values()) == {1, 2}
    assert Counter(tables["Stripe/invoices"]["id"].to_pylist()).most_common(1)[0][1] == 1

    emails = Counter(
        filter(None, map(plain, filter(None, tables["HubSpot/contacts"]["email"].to_pylist())))
    )
    assert emails.most_common(1)[0][0] == plain(HUB_EMAIL)
    assert emails[plain(HUB_EMAIL)] > 10
    written = tables["Salesforce/Contact"]["Email"].drop_null().to_pylist()
    untidy = sum(it != it.strip().lower() for it in written) / len(written)
    assert 0.08 < untidy < 0.16
    assert {it[:2] for it in tables["Zendesk/users"]["phone"].drop_null().to_pylist()} > {"00"}


def test_small_numbers_and_shared_words_make_wrong_links_look_right(
    demo: Organization, columns: Columns
) -> None:
    """About a third of the wrong links share values; nearly all right ones do."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for a, b, right in ends_of(demo):
        found[right].append(overlap(columns, a, b))

    assert sum(it > 0.2 for it in found[False]) / len(found[False]) > 0.3
    assert sum(it > 0.2 for it in found[True]) / len(found[True]) > 0.98


def test_landed_tables_are_copies(records: Records) -> None:
    """A table in the warehouse's RAW schemas has the cells of its original."""
    original = records.tables["HubSpot/contacts"]
    landed = records.tables["Snowflake/RAW_HUBSPOT.CONTACT"]
    by_key = {row["hs_object_id"]: row for row in original.to_pylist()}

    assert landed.num_rows == original.num_rows
    for row in landed.to_pylist():
        source = by_key[row["HS_OBJECT_ID"]]
        assert (row["EMAIL"], row["LASTNAME"]) == (source["email"], source["lastname"])
    metadata = records.tables["Snowflake/RAW_STRIPE.CUSTOMER"]["METADATA"].to_pylist()
    assert all(re.fullmatch(r'\{"workspace_id": "[^"]{36}"\}', cell) for cell in metadata)


def test_records_are_the_same_for_the_same_seed() -> None:
    """Also in order and types; another seed has others."""
    one, same, other = (demo_records(seed, n_persons=60) for seed in (3, 3, 4))

    assert one.tables == same.tables
    assert one.truth == same.truth
    assert one.tables != other.tables


@pytest.mark.parametrize("n_persons", [40, 97])
def test_few_persons_are_enough(demo: Organization, n_persons: int) -> None:
    """All tables have rows, and references lead to some."""
    few = demo_records(n_persons=n_persons)

    assert all(table.num_rows for table in few.tables.values())
    for name, cells, keys in Columns(demo, few).declared(demo.catalogue):
        assert {cell for cell in cells if cell is not None} <= set(keys), name


@pytest.mark.parametrize("arguments", [{"seed": -1}, {"n_persons": 39}])
def test_numbers_that_are_too_small_are_refused(arguments: dict[str, int]) -> None:
    """The error names the argument, its value and what is allowed."""
    ((name, value),) = arguments.items()
    with pytest.raises(ArgumentError, match=rf"{name} is {value}; it must be a whole number"):
        demo_records(**arguments)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_tables_are_written_to_a_folder_per_system(tmp_path: Path, kind: str) -> None:
    """Each file holds its table."""
    records = demo_records(n_persons=40)
    records.write(tmp_path / "new" / "rows", format=kind)
    written = sorted((tmp_path / "new" / "rows").rglob("*.*"))

    assert len(written) == len(records.tables)
    file = tmp_path / "new" / "rows" / "PostgreSQL" / f"public.users.{kind}"
    table = parquet.read_table(file) if kind == "parquet" else csv.read_csv(file)
    assert table.num_rows == records.tables["PostgreSQL/public.users"].num_rows
    if kind == "parquet":
        assert table == records.tables["PostgreSQL/public.users"]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(ArgumentError, match="format is 'xlsx'; it must be 'parquet' or 'csv'"):
        demo_records(n_persons=40).write(tmp_path, format="xlsx")
    assert not list(tmp_path.iterdir())


def test_what_invents_records_is_loaded_only_when_it_is_used() -> None:
    """The demo's links are loaded without it."""
    program = (
        "import sys, hummgraph.datasets as d; d.load_demo();"
        "print(*sorted(m for m in sys.modules if m.startswith('hummgraph.datasets')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert not {"hummgraph.datasets.demo.rows", "hummgraph.datasets.planted_records"} & set(
        done.stdout.split()
    )


# --- generated organisations -----------------------------------------------------------------

MAKERS: list[Any] = [
    pytest.param(lambda seed: generate_systems(n_systems=5, n_things=8, seed=seed), id="systems"),
    pytest.param(
        lambda seed: generate_systems(n_systems=4, n_things=6, named=False, seed=seed), id="unnamed"
    ),
    pytest.param(lambda seed: generate_organization(n_links=400, seed=seed), id="organization"),
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_generated_records_agree_with_the_truth(make: Any, seed: int) -> None:
    """Tables of one kind hold things of one number, and their columns the same of each."""
    organization = make(seed)
    records = generate_records(organization, n_things=60, seed=seed)
    columns = Columns(organization, records)

    assert {path for path, _ in columns.place.values()} == set(records.tables)
    n_compared = 0
    for cluster in organization.truth:
        for one, other in combinations(map(columns.by_thing, cluster), 2):
            for thing in one.keys() & other.keys():
                assert one[thing] == other[thing]
                n_compared += 1
    assert n_compared > 200
    for ids in organization.entities:
        kinds = {kind for node in ids for kind, _ in columns.thing[columns.table[node]]}
        assert len(kinds) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_generated_references_lead_to_rows_that_exist(seed: int) -> None:
    """A reference holds keys of the table whose key is in its cluster."""
    organization = generate_systems(n_systems=8, n_things=12, seed=seed)
    columns = Columns(organization, generate_records(organization, n_things=60, seed=seed))
    keys = set(columns.key.values())
    n_references = 0
    for cluster in organization.truth:
        held = [set(map(plain, columns[column])) for column in cluster if column in keys]
        for column in cluster:
            if held and organization.roles[column] == "REFERENCE":
                cells = {plain(cell) for cell in columns[column] if cell is not None}
                assert cells <= held[0]
                n_references += len(cells)
    assert n_references > 100


@pytest.mark.parametrize("make", [MAKERS[0], MAKERS[2]])
def test_wrong_links_of_generated_organisations_overlap(make: Any) -> None:
    """At least a third of them share more than a fifth of their values."""
    shares = []
    for seed in range(4):
        organization = make(seed)
        columns = Columns(organization, generate_records(organization, n_things=300, seed=seed))
        wrong = [overlap(columns, a, b) for a, b, right in ends_of(organization) if not right]
        shares.append(sum(it > 0.2 for it in wrong) / len(wrong))
    assert sum(shares) / len(shares) > 1 / 3


def test_generated_records_are_the_same_for_the_same_seed() -> None:
    """Another seed has others."""
    organization = generate_systems(n_systems=4, n_things=5, seed=0)
    one, same, other = (generate_records(organization, n_things=20, seed=s) for s in (1, 1, 2))

    assert one.tables == same.tables
    assert one.tables != other.tables
    with pytest.raises(ArgumentError, match="n_things is 9"):
        generate_records(organization, n_things=9, seed=0)


def test_values_have_the_types_of_their_columns() -> None:
    """Numbers in columns of text are text, some with zeros before them; days have no time."""
    organization = generate_systems(n_systems=8, n_things=12, seed=1)
    records = generate_records(organization, n_things=60, seed=1)
    types = {
        str(table.schema.field(name).type)
        for table in records.tables.values()
        for name in table.column_names
    }
    padded = [
        cell
        for table in records.tables.values()
        for name in table.column_names
        if pa.types.is_string(table.schema.field(name).type)
        for cell in table[name].drop_null().to_pylist()
        if re.fullmatch(r"0{4,}\d+", cell)
    ]
    assert types == {"int64", "string", "bool", "date32[day]", "timestamp[us, tz=UTC]"}
    assert padded
