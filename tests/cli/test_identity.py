"""Tests of the command that plans, verifies and makes identity tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from hummgraph import LinkGraph, identity_table
from hummgraph.datasets import demo_records, load_demo

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the demo as a snapshot folder."""
    path = tmp_path_factory.mktemp("demo") / "demo.hummgraph"
    load_demo().snapshot().write(path)
    return path


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the demo's records."""
    path = tmp_path_factory.mktemp("values")
    demo_records(n_persons=80).write(path)
    return path


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that says where the demo's tables lie."""
    path = tmp_path_factory.mktemp("schemas") / "places.json"
    path.write_text('{"Salesforce": "raw.salesforce", "HubSpot": "raw.hubspot", "Snowflake": ""}')
    return path


def test_a_plan_is_listed(run: Any, demo: Path) -> None:
    """One row a column that joins records; then what is not sure, and what is left out."""
    answer = run("identity", demo, "deal", "--format", "table")

    assert answer.code == 0
    assert "HubSpot/deals.salesforceopportunityid" in answer.out
    assert "3 tables, 1 key." in answer.out
    assert "Not verified" in answer.out
    assert "see --list left-out" in answer.out
    rows = json.loads(run("identity", demo, "deal", "--format", "json").out)
    plan = identity_table(LinkGraph(load_demo().snapshot()), "deal")
    assert [row["path"] for row in rows] == plan.to_frame()["path"]


@pytest.mark.parametrize(
    ("part", "column", "cell"),
    [
        ("tables", "record_key", "hs_object_id"),
        ("left-out", "reason", "it refers to HubSpot/owners"),
        ("questions", "question", None),
    ],
)
def test_other_lists(run: Any, demo: Path, part: str, column: str, cell: str | None) -> None:
    """Tables, what is left out, and questions are lists, too."""
    rows = json.loads(run("identity", demo, "deal", "--list", part, "--format", "json").out)

    assert cell is None or cell in {row[column] for row in rows}


def test_a_record_key_is_named(run: Any, demo: Path) -> None:
    """The column that names a table's records is an option; what is no column is refused."""
    column = "HubSpot/deals.salesforceopportunityid"
    command = ("identity", demo, "deal", "--list", "tables", "--format", "json", "--record-key")
    rows = json.loads(run(*command, column).out)
    assert "salesforceopportunityid" in {row["record_key"] for row in rows}

    table = run(*command, "HubSpot/deals")
    assert (table.code, "which is not a column" in table.err) == (2, True)
    twice = run(*command, column, "--record-key", "HubSpot/deals.hs_object_id")
    assert (twice.code, "names two columns of 'HubSpot/deals'" in twice.err) == (2, True)


def test_values_verify_and_are_counted(run: Any, demo: Path, values: Path, tmp_path: Path) -> None:
    """With values the plan is verified, and the table is made; only counts are printed."""
    into = tmp_path / "identity.duckdb"
    answer = run(
        "identity", demo, "person", "--values", values, "--into", into, "--format", "table"
    )

    assert answer.code == 0, answer.err
    assert "Not verified" not in answer.out
    assert "records of" in answer.out
    assert "@" not in answer.out.replace("$email", "")
    assert str(into) in answer.err
    with duckdb.connect(str(into)) as connection:
        ((n,),) = connection.execute("SELECT COUNT(*) FROM identity_person").fetchall()
    counts = json.loads(
        run("identity", demo, "person", "--values", values, "--list", "records",
            "--format", "json").out
    )  # fmt: skip
    assert n == sum(row["records"] for row in counts)
    again = run("identity", demo, "person", "--values", values, "--into", into)
    assert (again.code, "identity_person" in again.err) == (1, True)
    assert "If the table exists, --replace replaces it." in " ".join(again.err.split())
    renewed = run("identity", demo, "person", "--values", values, "--into", into, "--replace")
    assert renewed.code == 0, renewed.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--key", "nope"), "--key has 'nope'; the keys that are found are"),
        (("--values", "nowhere"), "--values: 'nowhere' is not a folder. A folder of values has"),
        (("--sql", "nope"), "--sql is 'nope', which is unknown to sqlglot"),
        (("--replace",), "--replace has no effect without --into FILE."),
    ],
)
def test_errors_name_options(run: Any, demo: Path, options: Any, message: str) -> None:
    """An error is about what the person typed, not about Python."""
    answer = run("identity", demo, "deal", *options)

    assert answer.code == 2
    text = " ".join(answer.err.split())
    assert message in text
    assert "connections=" not in text


def test_errors_about_places_name_the_option(run: Any, demo: Path, tmp_path: Path) -> None:
    """A file of places with a wrong name is an error about --schemas."""
    file = tmp_path / "places.json"
    file.write_text('{"Nope": "raw"}')
    text = " ".join(run("identity", demo, "deal", "--schemas", file).err.split())

    assert "--schemas has 'Nope', which is not a system" in text
    assert "Write a file for --schemas of {" in text


def test_the_whole_result_is_json(run: Any, demo: Path, values: Path) -> None:
    """With --json all lists are one object, with the counts."""
    content = run("identity", demo, "deal", "--values", values, "--json").json

    assert content["schema"] == 1
    assert content["plan"]["verified"]
    assert content["run"]["n_records"] == sum(row["records"] for row in content["run"]["tables"])
    assert "run" not in run("identity", demo, "deal", "--json").json


def test_the_demo_shows_the_whole_way(run: Any) -> None:
    """--demo needs nothing: it verifies, joins, and compares with the truth."""
    answer = run("identity", "--demo", "deal")

    assert answer.code == 0, answer.err
    assert "opportunity id" in answer.out
    assert "100.0% are one by the demo's truth" in answer.err


def test_a_plan_without_keys_is_not_run(run: Any, demo: Path, values: Path) -> None:
    """If nothing joins, the lists say so, and nothing is made."""
    answer = run("identity", demo, "product", "--values", values, "--format", "table")

    assert answer.code == 0, answer.err
    assert "2 tables, 0 keys." in answer.out
    assert "records of" not in answer.out


def test_a_script_is_printed_or_written(
    run: Any, demo: Path, schemas: Path, tmp_path: Path
) -> None:
    """--sql prints the script; with -o it is a file, or models of dbt in a folder."""
    printed = run("identity", demo, "deal", "--sql", "snowflake", "--schemas", schemas)
    assert printed.code == 0, printed.err
    assert "CREATE TABLE identity_deal AS" in printed.out

    file = tmp_path / "deal.sql"
    written = run("identity", demo, "deal", "--sql", "snowflake", "--schemas", schemas, "-o", file)
    assert (written.code, file.read_text()) == (0, printed.out)
    pairs = ("Salesforce=raw.salesforce", "HubSpot=raw.hubspot", "Snowflake=")
    places = [word for pair in pairs for word in ("--schemas", pair)]
    assert run("identity", demo, "deal", "--sql", "snowflake", *places).out == printed.out
    dashed = run("identity", demo, "deal", "--sql", "snowflake", "--schemas", schemas, "-o", "-")
    assert dashed.out == printed.out

    folder = tmp_path / "models"
    models = run("identity", demo, "deal", "--sql", "duckdb", "--schemas", schemas, "-o", folder)
    assert models.code == 0, models.err
    assert (folder / "identity_deal.sql").exists()
    assert (folder / "identity_deal.yml").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "A snapshot and an entity are needed"),
        (("SNAPSHOT",), "A snapshot and an entity are needed"),
        (("SNAPSHOT", "user"), "word of several entities"),
        (("SNAPSHOT", "deal", "--fan-out", "0"), "it must be a whole number, at least 1"),
        (("SNAPSHOT", "deal", "--key", "x"), "the keys that are found are 'opportunity id'"),
        (("SNAPSHOT", "deal", "--into", "x.duckdb"), "--into has no effect"),
        (("SNAPSHOT", "deal", "--overwrite"), "--overwrite has no effect"),
        (("SNAPSHOT", "deal", "--sql", "klingon"), "unknown to sqlglot"),
        (("SNAPSHOT", "deal", "--sql", "duckdb", "-o", "a.csv"), "No script is written as '.csv'"),
        (("SNAPSHOT", "deal", "--sql", "duckdb", "--list", "tables"), "--list has no effect"),
        (("SNAPSHOT", "deal", "--sql", "duckdb", "--json"), "--json has no effect"),
        (("SNAPSHOT", "deal", "--sql", "duckdb", "--overwrite"), "--overwrite has no effect"),
        (("SNAPSHOT", "deal", "--json", "--list", "tables"), "--list has no effect"),
        (("SNAPSHOT", "deal", "--list", "records"), "Add --values FOLDER"),
        (("--demo", "deal", "more"), "--demo has its own snapshot"),
        (("--demo", "--values", "."), "--values has no effect with --demo"),
        (("SNAPSHOT", "deal", "--values", "nowhere-at-all"), "is not a folder"),
    ],
)
def test_wrong_usage(run: Any, demo: Path, arguments: tuple[str, ...], message: str) -> None:
    """The error names the fault and its remedy; the exit code is 2."""
    words = [demo if word == "SNAPSHOT" else word for word in arguments]
    answer = run("identity", *words)

    assert message in " ".join(answer.err.split())
    assert answer.code == 2


def test_a_file_that_is_no_database(run: Any, demo: Path, values: Path, tmp_path: Path) -> None:
    """A file that DuckDB cannot open is an error of output, without its text."""
    file = tmp_path / "x.duckdb"
    file.write_bytes(b"not a database" * 500)
    answer = run("identity", demo, "deal", "--values", values, "--into", file)

    assert answer.code == 8
    assert "cannot be opened as a database of DuckDB" in answer.err
