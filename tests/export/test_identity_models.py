"""Identity plans as models of dbt, judged by dbt itself if it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from hummgraph import LinkGraph, identity_table, write
from hummgraph.datasets import load_demo
from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError, OutputError
from hummgraph.warehouse import IdentityPlan
from tests.warehouse.test_identity_run import DEALS

GRAPH = LinkGraph(load_demo().snapshot())
PLACES = {
    "HubSpot/deals": "hub.deals",
    "Salesforce/Opportunity": '"Sales force"."Opportunity"',
    "Snowflake/RAW_SALESFORCE.OPPORTUNITY": "landed",
}


@cache
def plan(**places: str) -> IdentityPlan:
    """Return the plan of deals."""
    return identity_table(GRAPH, "deal", schemas=places or PLACES)


def files_of(folder: Path) -> dict[str, str]:
    """Return the texts of a folder's files."""
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_models_are_written(tmp_path: Path) -> None:
    """One file for each step, which refers to those before it, and the properties."""
    write(plan(), tmp_path / "models", dialect="snowflake", rounds=2)
    files = files_of(tmp_path / "models")

    assert "identity_deal.sql" in files
    models = {name.removesuffix(".sql") for name in files if name.endswith(".sql")}
    for text in files.values():
        assert set(re.findall(r"ref\('(\w+)'\)", text)) <= models
    sources = yaml.safe_load(files["identity_deal.yml"])["sources"]
    known = {(one["name"], table["name"]) for one in sources for table in one["tables"]}
    used = re.findall(r"source\('(\w+)', '(\w+)'\)", files["identity_deal__rows.sql"])
    assert set(used) == known
    assert len(used) == 3
    placed = {
        (one["schema"], table.get("identifier", table["name"]))
        for one in sources
        for table in one["tables"]
    }
    assert placed == {
        ("hub", "deals"),
        ("Sales force", "Opportunity"),
        ("{{ target.schema }}", "landed"),
    }
    (quoted,) = [one for one in sources if one["schema"] == "Sales force"]
    assert quoted["quoting"] == {"schema": True}


def test_names_are_never_templates(tmp_path: Path) -> None:
    """Braces of names are written so that dbt renders them as they are."""
    places = PLACES | {"HubSpot/deals": '"{{ env_var(1) }}"."dbt0 {% x %}"'}
    made = identity_table(GRAPH, "deal", schemas=places)
    write(made, tmp_path / "models")

    for text in files_of(tmp_path / "models").values():
        assert "env_var(1) }}" not in re.sub(r"\{\{ '[{}]' \}\}", "", text).replace("\\u", "")
        assert "{% x" not in text


def test_equal_plans_give_equal_files(tmp_path: Path) -> None:
    """Written twice, and over an earlier export, the files are the same."""
    write(plan(), tmp_path / "a", rounds=8)
    write(plan(), tmp_path / "b")
    write(plan(), tmp_path / "a")

    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_files_of_others_stay(tmp_path: Path) -> None:
    """A folder with a model of somebody else is not replaced."""
    folder = tmp_path / "models"
    write(plan(), folder)
    (folder / "mine.sql").write_text("select 1")

    with pytest.raises(OutputError, match=r"mine\.sql"):
        write(plan(), folder)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"format": "csv"}, FormatError, "is not written as 'csv'"),
        ({"dialect": "klingon"}, ArgumentError, "unknown to sqlglot"),
        ({"table": "a.b"}, ArgumentError, "a name of letters, digits and underscores"),
        ({"rounds": 0}, ArgumentError, "rounds is 0"),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """The error has the value and what is allowed; nothing is written."""
    with pytest.raises(error, match=message):
        write(plan(), tmp_path / "models", **options)
    assert not (tmp_path / "models").exists()


def test_places_are_needed(tmp_path: Path) -> None:
    """Models without the place of a table would not run."""
    with pytest.raises(ArgumentError, match=r"The place of 'HubSpot/deals', .* is not known"):
        write(identity_table(GRAPH, "deal"), tmp_path / "models")


def test_yaml_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML the error names the extra."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingDependencyError, match=r"hummgraph\[yaml\]"):
        write(plan(), tmp_path / "models")


DBT = os.environ.get("HUMMGRAPH_DBT") or shutil.which("dbt")


@pytest.mark.skipif(DBT is None, reason="needs dbt with dbt-duckdb")
def test_dbt_makes_the_table(tmp_path: Path) -> None:
    """Built by dbt in DuckDB, the models make the table that run makes, and their tests pass."""
    assert DBT is not None
    database = tmp_path / "x.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute('CREATE SCHEMA hub; CREATE SCHEMA "Sales force"')
        for path, place in PLACES.items():
            connection.register("given", DEALS[path])
            connection.table("given").create(place)
            connection.unregister("given")
        plan().run(connection, table="expected")
    (tmp_path / "models").mkdir()
    write(plan(), tmp_path / "models" / "identity")
    (tmp_path / "dbt_project.yml").write_text("name: x\nversion: '1.0.0'\nprofile: x\n")
    (tmp_path / "profiles.yml").write_text(
        "x: {target: d, outputs: {d: {type: duckdb, threads: 1, path: '" + str(database) + "'}}}\n"
    )
    done = subprocess.run(
        [DBT, "build", "--project-dir", tmp_path, "--profiles-dir", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    with duckdb.connect(str(database)) as connection:
        rows = [
            sorted(connection.table(table).fetchall()) for table in ("expected", "identity_deal")
        ]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 8
