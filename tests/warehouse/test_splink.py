"""Tests of settings of Splink, judged by Splink itself if it is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
import pytest

from hummgraph import splink_settings
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.datasets import demo_records
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from hummgraph.warehouse.identity_sql import identifier
from tests.support import builders
from tests.support.builders import record

if TYPE_CHECKING:
    from hummgraph.warehouse import SplinkSettings

PYTHON = os.environ.get("HUMMGRAPH_SPLINK")
NAMES = ("person_first_name", "person_last_name")
CRM = ["HubSpot/contacts", "Salesforce/Contact"]

GIVEN = """
import json, sys
from types import SimpleNamespace
import duckdb
import pyarrow.parquet as pq

given, predicted, *tables = sys.argv[1:]
found = SimpleNamespace(**json.load(open(given)))
connection = duckdb.connect()
for path, table in zip(found.queries, tables, strict=True):
    connection.from_arrow(pq.read_table(table)).create(path)
"""
"""What the block of the page is given: settings with queries, and a connection with tables."""
TAKEN = "pq.write_table(pairs, predicted)"


def block_of_the_page() -> str:
    """Return the lines that the how-to page tells people to run."""
    page = Path("docs/how-to/neighbours.md").read_text(encoding="utf-8")
    block: str
    (block,) = re.findall(r"```{code-block} python\n(from splink .*?)```", page, re.DOTALL)
    return block


def comparisons(found: SplinkSettings) -> dict[str, dict[str, Any]]:
    """Return the comparisons by name."""
    return {one["output_column_name"]: one for one in found.settings["comparisons"]}


def rules(found: SplinkSettings) -> list[str]:
    """Return the conditions of the blocking rules."""
    return [
        one["blocking_rule"] for one in found.settings["blocking_rules_to_generate_predictions"]
    ]


def two_tables(*columns: tuple[str, str | None], **settings: Any) -> LinkGraph:
    """Return two linked tables, each with an id and columns of some names and types."""
    paths = [f"{system}.{name}" for system in ("crm/person", "shop/person") for name, _ in columns]
    places = builders.catalogue(["crm/person.id", "shop/person.id", *paths], **settings)
    types = dict(columns)
    for column in places["columns"]:
        column["data_type"] = types.get(column["name"])
        column["is_primary_key"] = column["name"] == "id"
    rows = [
        record(f"crm/person.{name}", f"shop/person.{name}", 0.95, status="APPROVED")
        for name, _ in columns
    ]
    return LinkGraph(read_links(rows, catalogue=places))


BOTH = ["crm/person", "shop/person"]


# --- settings ------------------------------------------------------------------------------------


def test_what_two_tables_share_is_compared(demo_graph: LinkGraph) -> None:
    """Identifying columns block, and so do equal first and last names."""
    found = splink_settings(demo_graph, "person", tables=CRM)
    assert list(comparisons(found)) == [
        "person_phone",
        "person_email",
        "salesforce_contact_id",
        "person_first_name",
        "person_last_name",
        "person_title",
        "person_hs_email_optout",
    ]
    assert rules(found) == [
        'l."person_phone" = r."person_phone"',
        'l."person_email" = r."person_email"',
        'l."salesforce_contact_id" = r."salesforce_contact_id"',
        " AND ".join(f'l."{name}" = r."{name}"' for name in NAMES),
    ]
    assert json.loads(found.to_json()) == found.settings
    assert found.settings["link_type"] == "link_only"
    assert repr(found) == "<SplinkSettings of person: 7 comparisons of 2 tables>"
    assert "Not trained" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["entity"] == "person"


def test_values_are_compared_by_what_they_are() -> None:
    """E-mails, names, postcodes, days and numbers have levels of their own."""
    graph = two_tables(
        ("email", "text"), ("last_name", "text"), ("postcode", "text"), ("birth_date", "date"),
        ("total_amount", "decimal"), ("is_active", "boolean"), ("created_at", "timestamp"),
    )  # fmt: skip
    found = splink_settings(graph, "crm/person", tables=BOTH)
    kinds = {row["comparison"]: row["kind"] for row in found.columns}
    assert {name.removeprefix("person_"): kind for name, kind in kinds.items()} == {
        "email": "e-mail",
        "last_name": "text",
        "postcode": "postcode",
        "birth_date": "day",
        "total_amount": "number",
        "is_active": "equal",
    }
    with duckdb.connect() as connection:
        for name, one in comparisons(found).items():
            conditions = [level["sql_condition"] for level in one["comparison_levels"]]
            assert conditions[-1] == "ELSE"
            for condition in conditions[:-1]:
                connection.execute(
                    f'SELECT {condition} FROM (SELECT NULL::VARCHAR AS "{name}_l",'
                    f" 'x' AS \"{name}_r\")"
                )


@pytest.mark.parametrize(
    ("kind", "left", "right", "level"),
    [
        ("email", None, "a@b.c", 0),
        ("email", "a@b.c", "a@b.c", 1),
        ("email", "jane@b.c", "jane@other.org", 2),
        ("email", "jane.doe@b.com", "jane.do@b.com", 3),
        ("email", "x@y.z", "other@b.com", 4),
        ("last_name", "martha", "marhta", 2),
        ("last_name", "doe", "smith", 5),
        ("postcode", "10115", "10119", 2),
        ("birth_date", "1990-01-02", "1990-01-03", 2),
        ("birth_date", "1990-01-02", "1990-02-01", 3),
        ("birth_date", "1990-01-02", "1990-10-31", 4),
        ("birth_date", "soon", "1990-10-31", 5),
        ("total_amount", "100", "100.5", 2),
        ("total_amount", "100", "108", 3),
        ("total_amount", "n/a", "108", 4),
    ],
)
def test_levels_are_ordered_from_equal_to_other(
    kind: str, left: str | None, right: str, level: int
) -> None:
    """The first condition that holds is the level of a pair."""
    graph = two_tables(
        ("email", "text"), ("last_name", "text"), ("postcode", "text"), ("birth_date", "date"),
        ("total_amount", "decimal"),
    )  # fmt: skip
    found = comparisons(splink_settings(graph, "crm/person", tables=BOTH))
    name = next(name for name in found if name.endswith(kind))
    *conditions, _ = [one["sql_condition"] for one in found[name]["comparison_levels"]]
    cases = " ".join(f"WHEN {condition} THEN {n}" for n, condition in enumerate(conditions))
    rows = (
        duckdb.connect()
        .execute(
            f'SELECT CASE {cases} ELSE {len(conditions)} END FROM (SELECT ?::VARCHAR AS "{name}_l",'
            f' ?::VARCHAR AS "{name}_r")',
            [left, right],
        )
        .fetchall()
    )
    assert rows == [(level,)]


def test_queries_name_the_columns_alike(demo_graph: LinkGraph) -> None:
    """DuckDB runs each on the table at its place; an absent column is null."""
    tables = [*CRM, "Zendesk/users"]
    places = {"HubSpot": "hub", "Salesforce/Contact": 'raw."Con""tact"'}
    found = splink_settings(demo_graph, "person", tables=tables, schemas=places)
    assert 'FROM "hub"."contacts"' in found.queries["HubSpot/contacts"]
    assert 'FROM "raw"."Con""tact"' in found.queries["Salesforce/Contact"]
    assert "'Zendesk/users'" in found.notes[1]
    assert 'CAST(NULL AS VARCHAR) AS "person_first_name"' in found.queries["Zendesk/users"]
    assert found.to_sql().count("-- ") == 3
    names = {"unique_id", *comparisons(found)}
    records = demo_records().tables
    plain = splink_settings(demo_graph, "person", tables=tables)
    with duckdb.connect() as connection:
        for path, query in plain.queries.items():
            connection.register(path, records[path])
            assert set(connection.sql(query).to_arrow_table().column_names) == names


def test_hostile_names_are_quoted() -> None:
    """Neither a table, nor a column, nor a cluster ends a literal or a comment."""
    odd = "na\"me'; DROP TABLE x --\n"
    columns = ("email", "phone", odd)
    places = builders.catalogue(
        [f"{table}.{column}" for table in BOTH for column in ("id", "email", "phone", "odd")]
    )
    for entry in places["tables"]:
        entry["name"] = 'per"son;--\n'
    for column in places["columns"]:
        column["name"] = odd if column["name"] == "odd" else column["name"]
        column["is_primary_key"] = column["name"] == "id"
    rows = [
        record(f"crm/person.{name}", f"shop/person.{name}", 0.95, status="APPROVED")
        for name in ("email", "phone", "odd")
    ]
    graph = LinkGraph(read_links(rows, catalogue=places))
    tables = [row["node_id"] for row in graph.nodes if row["level"] == "table"]
    schemas = {"crm": "crm", "shop": "shop"}
    found = splink_settings(graph, tables[0], tables=tables, schemas=schemas)
    assert odd in {row["path"].partition(".")[2] for row in found.columns}
    assert all(re.fullmatch("[a-z0-9_]+", name) for name in comparisons(found))
    with duckdb.connect() as connection:
        names = ", ".join(f"{identifier(name)} VARCHAR" for name in ("id", *columns))
        for schema in ("crm", "shop"):
            connection.execute(f"CREATE SCHEMA {schema}")
            table = identifier(schema, 'per"son;--\n')
            connection.execute(f"CREATE TABLE {table} ({names})")
        for sql in found.queries.values():
            assert connection.execute(sql).fetchall() == []
        connection.execute(found.to_sql())


def test_one_column_of_a_table_is_compared() -> None:
    """Of several in a cluster, the one with the best link to another table."""
    rows = [
        record("crm/person.mail", "shop/person.email", 0.95, status="APPROVED"),
        record("crm/person.other_mail", "shop/person.email", 0.9),
    ]
    places = builders.catalogue(
        ["crm/person.id", "shop/person.id", "crm/person.mail", "crm/person.other_mail",
         "shop/person.email"]
    )  # fmt: skip
    graph = LinkGraph(read_links(rows, catalogue=places))
    clusters = cluster(graph, method="components", threshold=0.5)
    found = splink_settings(graph, "crm/person", tables=BOTH, clusters=clusters)
    assert [row["path"] for row in found.columns] == ["crm/person.mail", "shop/person.email"]


def test_what_cannot_be_linked_is_refused(demo_graph: LinkGraph) -> None:
    """One table, tables of other things, other words, and tables that share nothing."""
    with pytest.raises(ArgumentError, match="two tables or more"):
        splink_settings(demo_graph, "person", tables=CRM[:1])
    with pytest.raises(ArgumentError, match="link_type is 'all'"):
        splink_settings(demo_graph, "person", tables=CRM, link_type="all")
    with pytest.raises(ArgumentError):
        splink_settings(demo_graph, "person", tables=["HubSpot/contacts", "Stripe/invoices"])
    with pytest.raises(NodeNotFoundError):
        splink_settings(demo_graph, "dragon", tables=CRM)
    clusters = cluster(two_tables(("email", "text")), method="components", threshold=0.5)
    with pytest.raises(ArgumentError):
        splink_settings(demo_graph, "person", tables=CRM, clusters=clusters)


# --- Splink --------------------------------------------------------------------------------------


@pytest.mark.skipif(PYTHON is None, reason="HUMMGRAPH_SPLINK names no Python of Splink")
def test_splink_predicts_by_the_lines_of_the_page(demo_graph: LinkGraph, tmp_path: Path) -> None:
    """Most pairs that it finds between two systems are of one person."""
    found = splink_settings(demo_graph, "person", tables=CRM)
    given, predicted_file = tmp_path / "given.json", tmp_path / "pairs.parquet"
    given.write_text(json.dumps({"settings": found.settings, "queries": found.queries}))
    records = demo_records()
    paths = [tmp_path / f"{number}.parquet" for number in range(len(found.queries))]
    for table, path in zip(found.queries, paths, strict=True):
        with duckdb.connect() as connection:
            connection.register("held", records.tables[table])
            pq.write_table(connection.sql("FROM held").to_arrow_table(), path)
    script = f"{GIVEN}\n{block_of_the_page()}\n{TAKEN}"
    command = [str(PYTHON), "-c", script, given, predicted_file, *paths]
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]

    person = {
        (row["table"], row["record_key"]): row["thing"]
        for row in records.truth
        if row["entity"] == "person" and row["table"] in CRM
    }
    ends = {f"table_{number}": path for number, path in enumerate(found.queries)}
    predicted = {
        (person[ends[row["source_dataset_l"]], row["unique_id_l"]],
         person[ends[row["source_dataset_r"]], row["unique_id_r"]])
        for row in pq.read_table(predicted_file).to_pylist()
        if row["match_probability"] > 0.9
    }  # fmt: skip
    both = {thing for (table, _), thing in person.items() if table == CRM[0]} & {
        thing for (table, _), thing in person.items() if table == CRM[1]
    }
    right = {one for one, other in predicted if one == other}
    assert len(right) > 0.9 * len(predicted)
    assert len(right) > 0.8 * len(both)
