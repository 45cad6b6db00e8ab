"""A PostgreSQL server of the tests' own, and rows in it.

It runs in a folder that is removed afterwards, answers at a socket in that folder only, and never
as root, which it refuses.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

VARIABLE: Final = "HUMMGRAPH_POSTGRES"
"""The path of the program `postgres`, where it is neither on PATH nor where Debian puts it."""
_USER: Final = "hummgraph"
_SECONDS: Final = 60.0
_TYPES: Final = {
    "bool": "boolean",
    "int32": "integer",
    "int64": "bigint",
    "double": "double precision",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
    "timestamp[us, tz=UTC]": "timestamptz",
}


def postgres_program(variable: str = VARIABLE) -> Path | None:
    """Return the path of the program, if it is on this machine."""
    if given := os.environ.get(variable):
        return Path(given)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    if debian:
        return debian[-1]
    found = shutil.which("postgres")
    return Path(found).resolve() if found else None


def _version(program: Path) -> float:
    return float(program.parts[-3])


@dataclass(frozen=True)
class Server:
    """A running server: the folder of its socket is its host."""

    folder: str

    def connect(self, **more: Any) -> Any:
        """Return a new connection, by psycopg."""
        import psycopg

        return psycopg.connect(host=self.folder, user=_USER, dbname="postgres", **more)

    @property
    def uri(self) -> str:
        """Address for other drivers."""
        return f"postgresql://{_USER}@/postgres?host={self.folder}"


@contextmanager
def started_postgres() -> Iterator[Server]:
    """Start a server and stop it; skip the test where there is none."""
    program = postgres_program()
    if program is None:
        pytest.skip("needs PostgreSQL: scripts/neighbours installs it and runs this")
    pytest.importorskip("psycopg")
    # Short, because the path of a socket may have about a hundred characters.
    folder = tempfile.mkdtemp(prefix="pg-")
    account = _account()
    if account:
        shutil.chown(folder, **account)
    data = f"{folder}/data"
    try:
        subprocess.run(
            [program.with_name("initdb"), "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8",
             "--locale=C", "--no-sync"],
            check=True, capture_output=True, cwd=folder, **account,
        )  # fmt: skip
        with Path(folder, "log").open("wb") as log:
            running = subprocess.Popen(
                [program, "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
                stdout=log, stderr=log, cwd=folder, **account,
            )  # fmt: skip
        try:
            server = Server(folder)
            _wait(server, running)
            yield server
        finally:
            running.terminate()
            try:
                running.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> dict[str, Any]:
    """Return the account to run as, where this is root's."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    name = "postgres" if "postgres" in names else "nobody"
    return {"user": name, "group": pwd.getpwnam(name).pw_gid}


def _wait(server: Server, running: subprocess.Popen[bytes]) -> None:
    import psycopg

    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            if running.poll() is not None or time.monotonic() > deadline:
                log = Path(server.folder, "log").read_text(errors="replace")
                pytest.fail(f"PostgreSQL does not start:\n{log}")
            time.sleep(0.05)
        else:
            return


# --- rows ------------------------------------------------------------------------------------


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def place_of(path: str) -> str:
    """Return where a table lies that is loaded by its path: in a schema named as its system."""
    system, _, table = path.partition("/")
    return f"{quoted(system)}.{quoted(table)}"


def load_postgres(
    connection: Any, tables: Mapping[str, Any], types: Mapping[tuple[str, str], str] | None = None
) -> None:
    """Create tables by path and copy rows into them.

    Columns have the types given by table and name; else those that a connector would choose.
    """
    given = types or {}
    for path, table in tables.items():
        columns = ", ".join(
            f"{quoted(one.name)} {given.get((path, one.name)) or _TYPES.get(str(one.type), 'text')}"
            for one in table.schema
        )
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(path.partition('/')[0])}")
        connection.execute(f"DROP TABLE IF EXISTS {place_of(path)}")  # of another test
        connection.execute(f"CREATE TABLE {place_of(path)} ({columns})")
        with connection.cursor().copy(f"COPY {place_of(path)} FROM STDIN") as copy:
            for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                copy.write_row(row)
    connection.commit()


def load_duckdb(connection: Any, tables: Mapping[str, Any]) -> None:
    """Create tables by path in a DuckDB database, of Arrow tables."""
    for path, table in tables.items():
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(path.partition('/')[0])}")
        connection.register("loaded", table)
        connection.execute(f"CREATE TABLE {place_of(path)} AS SELECT * FROM loaded")  # noqa: S608 - quoted
        connection.unregister("loaded")
