"""Links checked against values that PostgreSQL holds, by psycopg and ADBC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hummgraph import verify
from hummgraph.errors import ValuesError
from hummgraph.warehouse.sources import open_database
from hummgraph.warehouse.values import Values
from tests.support import builders
from tests.support.postgres import Server, started_postgres
from tests.warehouse.test_verification import LINKS, tables


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server with the persons of the CRM."""
    table = tables()["crm/person"]
    columns = ", ".join(f"{name} text" for name in table.column_names)
    marks = ", ".join(["%s"] * len(table.column_names))
    with started_postgres() as started:
        with started.connect() as connection:
            connection.execute(f"CREATE TABLE person ({columns})")
            connection.cursor().executemany(
                f"INSERT INTO person VALUES ({marks})",
                [tuple(row.values()) for row in table.to_pylist()],
            )
        yield started


def _adbc(server: Server) -> Any:
    from adbc_driver_postgresql import dbapi

    return dbapi.connect(server.uri)


@pytest.mark.parametrize("driver", ["psycopg", "psycopg autocommit", "adbc"])
def test_rows_of_a_server_are_those_of_arrow(server: Server, driver: str) -> None:
    """Whatever the driver, and after an error too, the verification is the same."""
    data = tables()
    graph = builders.graph(LINKS)
    connection = (
        _adbc(server) if driver == "adbc" else server.connect(autocommit=driver != "psycopg")
    )
    with connection:
        wrong = Values.of(graph, {"crm": connection}, {"crm": "nowhere"})
        column = graph.index_of("crm/person.email")
        with pytest.raises(ValuesError, match="SQLSTATE 42P01"):
            wrong.relation(open_database(), graph.index_of("crm/person"), [column])
        found = verify(graph, {"crm": connection, "app/user": data["app/user"]})

    assert list(found.to_frame()) == list(verify(graph, data).to_frame())
