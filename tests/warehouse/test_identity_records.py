"""Record keys of identity tables: which column names the rows of a table."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from hummgraph import LinkGraph, read_links
from hummgraph.errors import ArgumentError
from hummgraph.warehouse import identity_table
from tests.support import builders

N = 40
IDS = [f"inv_{number}" for number in range(N)]
BILL = pa.table({"id": IDS, "total": [float(n) for n in range(N)]})


def graph_of(name: str) -> LinkGraph:
    """Return a graph of contacts, one of whose tables has a column of that name."""
    ends = {"email": "email", "id": "external_id", "phone": "phone", "x": name}
    return LinkGraph(
        read_links(
            [
                {
                    "source": f"billing/contact.{one}",
                    "target": f"erp/contact.{other}",
                    "confidence": 0.1 if one == "x" else 0.9,
                }
                for one, other in ends.items()
            ]
        )
    )


def invoices(*columns: str) -> LinkGraph:
    """Return a graph of invoices in two systems; the second has these columns besides its own."""
    links = [
        {"source": "bill/invoice.id", "target": "erp/invoice.external_id", "confidence": 0.9},
        {"source": "bill/invoice.total", "target": "erp/invoice.total", "confidence": 0.9},
    ]
    links += [
        {"source": "bill/invoice.memo", "target": f"erp/invoice.{name}", "confidence": 0.1}
        for name in columns
    ]
    return LinkGraph(read_links(links))


def record_keys(plan: Any) -> dict[str, str]:
    """Return the record key of each table."""
    return {table.path: table.record_key for table in plan.tables}


def lost(plan: Any) -> list[str]:
    """Return what is said of rows and tables that are left out."""
    return [row["reason"] for row in plan.left_out if row["what"] in {"rows", "table"}]


@pytest.mark.parametrize(
    "name",
    """
    id _id pk gid guid uuid uid key internal_id InternalId sys_id record_id recordId object_id
    hs_object_id row_id node_id entity_id entityid recordid nid urn contact_id contactid ContactID
    contact_guid contact_no number dynamics_contactid erp_id erp_contact_id internal_contact_id
    """.split(),  # noqa: SIM905 - a list of literals would take a line for each word
)
def test_an_id_of_its_own_names_a_record(name: str) -> None:
    """A table's own id goes before another system's id, an e-mail and a telephone number."""
    assert record_keys(identity_table(graph_of(name), "contact"))["erp/contact"] == name


@pytest.mark.parametrize("name", ["account_id", "billing_id", "nickname", "manager", "row_number"])
def test_no_id_of_another_thing_names_a_record(name: str) -> None:
    """References and descriptions are not taken; the plan names the loss."""
    plan = identity_table(graph_of(name), "contact")

    assert record_keys(plan)["erp/contact"] == "external_id"
    assert lost(plan) == ["those without 'external_id', as it has no other key"]


def test_a_declared_key_goes_before_every_name() -> None:
    """A declared primary key names the records, whatever its name is."""
    rows = [("crm/contact.email", "erp/contact.email"), ("crm/contact.id", "erp/contact.id")]
    places = [*(place for row in rows for place in row), "erp/contact.rowx", "erp/contact.ext"]
    catalogue = builders.catalogue(places)
    for column in catalogue["columns"]:
        column["is_primary_key"] = column["name"] == "rowx"
        column["is_nullable"] = column["name"] == "id"
    links = [builders.record(*row) for row in rows]
    graph = LinkGraph(read_links(links, catalogue=catalogue))

    assert record_keys(identity_table(graph, "contact"))["erp/contact"] == "rowx"


@pytest.mark.parametrize("nullable", ["external_id", "legacy_id"])
def test_a_column_that_may_be_empty_comes_last(nullable: str) -> None:
    """Of columns that identify rows elsewhere, those go first that the catalogue has as filled."""
    rows = [
        ("crm/contact.email", "erp/contact.external_id"),
        ("crm/contact.id", "erp/contact.legacy_id"),
    ]
    catalogue = builders.catalogue(place for row in rows for place in row)
    for column in catalogue["columns"]:
        column["is_nullable"] = column["name"] == nullable
    graph = LinkGraph(read_links([builders.record(*row) for row in rows], catalogue=catalogue))

    assert record_keys(identity_table(graph, "contact"))["erp/contact"] != nullable


def test_values_choose_the_column_that_names_each_row() -> None:
    """Of columns that may name a record, the first goes that is filled and unique."""
    graph = invoices("record_id", "internal_id")
    data = {
        "bill/invoice": BILL,
        "erp/invoice": pa.table(
            {
                "internal_id": [f"x{n % 5}" for n in range(N)],
                "record_id": [f"{n:04}" for n in range(N)],
                "external_id": [*IDS[: N // 2], *[None] * (N // 2)],
                "total": BILL["total"],
            }
        ),
    }
    plan = identity_table(graph, "invoice")
    assert record_keys(plan)["erp/invoice"] == "internal_id"

    checked = plan.verify(data)
    run = checked.run(duckdb.connect(), connections=data)

    assert record_keys(checked)["erp/invoice"] == "record_id"
    assert not lost(checked)
    assert (run.n_records, run.n_joined, run.lost()) == (2 * N, N, [])


def test_a_foreign_key_of_all_rows_goes_before_none() -> None:
    """An id of what no table here is names records if its values name every row."""
    graph = invoices("ledger_id")
    data = {
        "bill/invoice": BILL,
        "erp/invoice": pa.table(
            {
                "ledger_id": [f"{n:04}" for n in range(N)],
                "external_id": [*IDS[1:], None],
                "total": BILL["total"],
            }
        ),
    }
    plan = identity_table(graph, "invoice")
    assert record_keys(plan)["erp/invoice"] == "external_id"
    assert record_keys(plan.verify(data))["erp/invoice"] == "ledger_id"


def test_a_column_that_names_two_things_leaves_the_table_out() -> None:
    """Rows of one id that differ in the rest are different records: nothing names them."""
    data = {
        "bill/invoice": BILL,
        "erp/invoice": pa.table(
            {
                "external_id": IDS,
                "internal_id": [str(n // 2) for n in range(N)],
                "total": BILL["total"],
            }
        ).select(["internal_id", "total"]),
    }
    plan = identity_table(invoices("internal_id"), "invoice")
    checked = plan.verify(data)

    assert record_keys(checked) == {"bill/invoice": "id"}
    assert lost(checked) == [
        (
            "rows with one value of 'internal_id' are different things, and record_keys= names no"
            " other column"
        )
    ]
    chosen = identity_table(
        invoices("internal_id"), "invoice", record_keys={"erp/invoice": "internal_id"}
    ).verify(data)
    assert record_keys(chosen)["erp/invoice"] == "internal_id", "whoever names it is heard"
    assert lost(chosen) == [
        f"{N // 2} of {N}, which have the 'internal_id' of another row: they are one record with it"
    ]


def test_copies_of_a_row_are_one_record() -> None:
    """Rows of one id that agree on the rest are one record, and are counted as such."""
    twice = pa.table(
        {
            "external_id": [*IDS, *IDS],
            "internal_id": [*map(str, range(N)), *map(str, range(N))],
            "total": pa.concat_arrays([BILL["total"].combine_chunks()] * 2),
        }
    )
    plan = identity_table(invoices("internal_id"), "invoice")
    checked = plan.verify({"bill/invoice": BILL, "erp/invoice": twice})

    assert record_keys(checked)["erp/invoice"] == "internal_id"
    assert lost(checked) == [
        f"{N} of {2 * N}, which have the 'internal_id' of another row: they are one record with it"
    ]


def test_the_fullest_column_names_records_where_none_names_all() -> None:
    """Rows without it are left out, and counted."""
    data = {
        "bill/invoice": BILL,
        "erp/invoice": pa.table(
            {"external_id": [*IDS[2:], None, ""], "total": BILL["total"], "internal_id": [None] * N}
        ),
    }
    checked = identity_table(invoices("internal_id"), "invoice").verify(data)

    assert record_keys(checked)["erp/invoice"] == "external_id"
    assert lost(checked) == [f"2 of {N}, which have no 'external_id'"]


def test_data_without_any_of_the_columns_leave_the_table_out() -> None:
    """The reason names the column that is missing."""
    data = {"bill/invoice": BILL, "erp/invoice": pa.table({"total": BILL["total"]})}
    checked = identity_table(invoices("internal_id"), "invoice").verify(data)

    assert lost(checked) == ["its data have no 'internal_id' by which its records are named"]


@pytest.mark.parametrize("name", ["other_ref", "OTHER_REF", "erp/invoice.other_ref"])
def test_a_caller_names_the_column(name: str) -> None:
    """By its name, its path or its name in another case."""
    plan = identity_table(
        invoices("internal_id", "other_ref"), "invoice", record_keys={"erp/invoice": name}
    )
    assert record_keys(plan)["erp/invoice"] == "other_ref"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("internal_id", "record_keys must be a mapping of tables to columns"),
        ({"erp/invoice": "nothing"}, "whose columns are 'external_id', 'internal_id', 'total'"),
        ({"erp/invoice": 3}, "record_keys has 3 for 'erp/invoice'"),
        ({"bill": "id"}, "which is not a table of the entity; these are 'bill/invoice', "),
    ],
)
def test_a_wrong_record_key_is_refused(wrong: Any, message: str) -> None:
    """The error has what there is."""
    with pytest.raises(ArgumentError, match=message):
        identity_table(invoices("internal_id"), "invoice", record_keys=wrong)


def test_a_script_counts_rows_that_are_lost() -> None:
    """Rows without a record key, and rows with that of another."""
    sqlglot = pytest.importorskip("sqlglot")
    plan = identity_table(
        invoices("internal_id"),
        "invoice",
        schemas={"bill/invoice": "bill", "erp/invoice": "erp"},
    )
    connection = duckdb.connect()
    connection.execute("CREATE TABLE bill (id TEXT); INSERT INTO bill VALUES ('a'), ('b'), ('')")
    connection.execute(
        "CREATE TABLE erp (external_id TEXT, internal_id TEXT);"
        " INSERT INTO erp VALUES ('a', '1'), ('b', '1'), ('c', NULL)"
    )
    (counts,) = (
        part for part in sqlglot.transpile(plan.to_sql(), read="duckdb") if "row_c" in part
    )

    assert connection.execute(counts).fetchall() == [
        ("bill", "invoice", 3, 1, 0),
        ("erp", "invoice", 3, 1, 1),
    ]


def test_what_joins_after_all_is_not_listed_as_left_out() -> None:
    """A weak link that data supports joins records: its columns are not left out any more."""
    rows: list[builders.Row] = [
        ("bill/invoice.email", "erp/invoice.email"),
        ("bill/invoice.total", "erp/invoice.total"),
        ("bill/invoice.id", "bill/line.invoice_id", 0.95),
        ("erp/invoice.external_id", "erp/ledger.invoice_id", 0.95),
        ("bill/invoice.id", "erp/invoice.external_id", 0.3),
    ]
    graph = builders.graph(rows)
    data = {
        "bill/invoice": BILL.append_column("email", pa.array([f"{one}@x.io" for one in IDS])),
        "erp/invoice": pa.table(
            {
                "external_id": IDS,
                "email": [f"{one}@x.io" for one in IDS],
                "total": BILL["total"],
            }
        ),
    }
    plan = identity_table(graph, "invoice")
    assert "erp/invoice.external_id" in plan.left_out["path"]
    checked = plan.verify(data)

    assert "erp/invoice.external_id" in checked.to_frame()["path"]
    assert "erp/invoice.external_id" not in checked.left_out["path"]
