"""Tests of the command that checks links against values."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from pyarrow import csv, parquet

from hummgraph import verify
from hummgraph.datasets import load_demo
from hummgraph.warehouse.measure import Reading
from tests.support import builders
from tests.warehouse.test_verification import CANARY, LINKS, tables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """Return a snapshot of six links between two tables."""
    path = tmp_path / "acme.hummgraph"
    builders.snapshot(LINKS).write(path)
    return path


@pytest.fixture
def values(tmp_path: Path) -> Path:
    """Return a folder of the values of both systems."""
    for path, table in tables().items():
        system, _, name = path.partition("/")
        folder = tmp_path / "values" / system
        folder.mkdir(parents=True)
        if system == "crm":
            parquet.write_table(table, folder / f"{name}.parquet")
        else:
            csv.write_csv(table, folder / f"{name}.csv")
    return tmp_path / "values"


def test_links_are_listed_with_verdicts(run: Any, snapshot: Path, values: Path) -> None:
    """One row a link, as Python has them, and a line of counts; no value is printed."""
    answer = run("verify", snapshot, "--values", values, "--format", "json")
    expected = verify(builders.graph(LINKS), values).for_review()

    assert answer.code == 0
    assert json.loads(answer.out) == list(expected)
    order = {"contradicted": 0, "cannot say": 1, "supported": 2}
    shown = [(order[row["verdict"]], row["source_path"]) for row in json.loads(answer.out)]
    assert shown == sorted(shown)
    assert len({rank for rank, _ in shown}) > 1
    shown = run("verify", snapshot, "--values", values, "--format", "table")
    assert "6 links: 3 supported, 3 contradicted, 0 cannot say." in shown.out + shown.err
    assert CANARY not in (answer.out + answer.err + shown.out + shown.err).lower()


def test_the_whole_result_is_json(run: Any, snapshot: Path, values: Path) -> None:
    """``--json`` prints counts and links; options of a list are refused."""
    found = run("verify", snapshot, "--values", values, "--json").json

    assert found["counts"] == {"supported": 3, "contradicted": 3, "cannot say": 0}
    assert len(found["links"]) == 6
    refused = run("verify", snapshot, "--values", values, "--json", "--proposals")
    assert (refused.code, "--proposals has no effect" in refused.err) == (2, True)


def test_proposals_are_a_list(run: Any, snapshot: Path, values: Path, tmp_path: Path) -> None:
    """Proposals can be written to a file, which decides nothing."""
    file = tmp_path / "proposals.csv"
    answer = run("verify", snapshot, "--values", values, "--proposals", "-o", file)

    assert answer.code == 0
    assert file.read_text("utf-8").splitlines()[0] == "link_id,status,why"
    assert len(file.read_text("utf-8").splitlines()) == 7


def test_connections_are_read_from_a_file(
    run: Any, snapshot: Path, values: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Databases, folders and files; what begins with a dollar is of the environment."""
    data = tables()
    with closing(duckdb.connect(str(tmp_path / "crm.duckdb"))) as connection:
        connection.register("incoming", data["crm/person"])
        connection.execute("CREATE TABLE person AS SELECT * FROM incoming")
    monkeypatch.setenv("CRM_PLACE", str(tmp_path / "crm.duckdb"))
    file = tmp_path / "acme.toml"
    file.write_text(
        '"crm" = { driver = "duckdb", at = "$CRM_PLACE" }\n"app/user" = "values/app/user.csv"\n',
        "utf-8",
    )

    answer = run("verify", snapshot, "--connections", file, "--format", "json")
    assert (answer.code, answer.err) == (0, "") or "6 links" in answer.err
    verdicts = [row["verdict"] for row in json.loads(answer.out)]
    assert sorted(verdicts) == ["contradicted"] * 3 + ["supported"] * 3
    assert values.is_dir()


@pytest.mark.parametrize("driver", ["sqlite", "adbc_sqlite"])
def test_a_dry_run_prints_queries(run: Any, snapshot: Path, tmp_path: Path, driver: str) -> None:
    """Queries can be read before anything is; tables without a connection are said."""
    sqlite3.connect(tmp_path / "crm.sqlite").close()
    file = tmp_path / "acme.json"
    place = str(tmp_path / "crm.sqlite") if driver == "adbc_sqlite" else "crm.sqlite"
    file.write_text(json.dumps({"crm": {"driver": driver, "at": place}}), "utf-8")

    answer = run("verify", snapshot, "--connections", file, "--dry-run")
    assert answer.code == 0
    assert 'SELECT * FROM "person" WHERE 1 = 0;' in answer.out
    assert "-- 'app/user' is not connected, nor is its system." in answer.out
    placed = ("--schemas", "crm=main", "--schemas", "app=main")
    answer = run("verify", snapshot, "--connections", file, "--dry-run", *placed)
    assert 'SELECT * FROM "main"."person" WHERE 1 = 0;' in answer.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no connections"),
        ("crm = [", "has no connections"),
        ("crm = 7", "is neither a path nor a driver with a place"),
        ('crm = { driver = "sqlite" }', "is neither a path nor a driver with a place"),
        ('crm = { driver = "odbc", at = "x" }', "the driver of 'crm' is unknown"),
        ('crm = { driver = "sqlite", at = "$NOT_SET" }', "the environment has no NOT_SET"),
        ('crm = { driver = "sqlite", at = "nowhere" }', "cannot be reached: OperationalError"),
        ('crm = { driver = "psycopg", at = "host=/nowhere-secret" }', "cannot be reached"),
        ('crm = { driver = "adbc_postgresql", at = "x-secret" }', "cannot be reached"),
    ],
)
def test_wrong_files_of_connections_are_refused(
    run: Any, snapshot: Path, tmp_path: Path, content: str, message: str
) -> None:
    """The error says what is wrong, and never what a driver said of a place."""
    file = tmp_path / "acme.toml"
    file.write_text(content, "utf-8")
    answer = run("verify", snapshot, "--connections", file)

    assert message in " ".join(answer.err.split())
    assert answer.code in {1, 2}
    assert "secret" not in answer.err


def test_a_driver_that_is_not_installed_is_named(
    run: Any, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the driver."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    file = tmp_path / "acme.toml"
    file.write_text('crm = { driver = "psycopg", at = "x" }', "utf-8")

    answer = run("verify", snapshot, "--connections", file)
    assert (answer.code, "is not installed" in answer.err) == (1, True)


def test_values_have_one_place(run: Any, snapshot: Path, values: Path) -> None:
    """None or two of the options are refused, and a snapshot with the demo."""
    assert "Exactly one of --values" in " ".join(run("verify", snapshot).err.split())
    assert run("verify", snapshot, "--values", values, "--connections", values).code == 2
    assert "--demo has its own links" in run("verify", snapshot, "--demo").err
    assert "SNAPSHOT is missing" in run("verify", "--values", values).err
    assert run("verify", snapshot, "--connections", values / "no.toml").code == 2


def test_the_demo_needs_nothing(run: Any, tmp_path: Path) -> None:
    """One link of the bundled organisation, by its invented records, with a decision."""
    link = load_demo().links[0]["id"]
    file = tmp_path / "decisions.json"
    text = {"schema": 1, "decisions": [{"link_id": link, "status": "REJECTED"}]}
    file.write_text(json.dumps(text), "utf-8")
    for more in ((), ("--decisions", file)):
        answer = run("verify", "--demo", "--link", link, *more, "--format", "json")
        (row,) = json.loads(answer.out)
        assert (answer.code, row["link_id"]) == (0, link)
    assert row["status"] == "REJECTED"


def test_progress_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal has a line that changes; nothing is shown elsewhere."""
    module = __import__("hummgraph.cli.verify", fromlist=["_progress"])
    with module._progress() as nothing:
        assert nothing is None
    monkeypatch.setattr(module, "is_terminal", lambda _: True)
    with module._progress() as told:
        told(Reading("tables", 1, 2, 3))
