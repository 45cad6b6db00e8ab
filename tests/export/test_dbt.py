"""Tests of the properties file for dbt, judged by dbt itself if it is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hummgraph.export import write
from hummgraph.export.dbt import RESERVED
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.graph.interop.test_dataframes import NAMES
from tests.support.builders import record, uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Names that mean something to YAML, to Jinja, to SQL, or to dbt itself.
HOSTILE = (
    "no", "y", "null", "1e3", "1", "0x1f", "12:30", "2024-01-01", "~", "- a", "a: b", "a #b", "?",
    "[a]", "{a}", "{{ x }}", "{{ var('x') }}", "{% raw %}", "{# x #}", "}}", "%}", "a {{ 1 }} b",
    "{{ '{{ 1 }}' }}", "source('a', 'b')", "ref('x')", "env_var('HOME')", "doc(1)", "it's",
    'a"b', "a\\b", "a`b", "$1", "a$b", "a.b", "a.b.c", "a b", " a", "a ", "\ta\n", "a\r\nb\r",
    "order", "Order", "ORDER", "select", "createdAt", "createdat", "stra\u00dfe", "\u65e5\u672c",
    "\U0001f600", "e\u0301", "\u00e9", "\u2028", "\u0085", "%s", "%(x)s", "a/b", "../a", "-", "_",
    "CRM (EU)", "CRM EU", "crm_eu", "crm_eu_2", "x" * 300, "True", "None", "*", ";drop", "--", "/*",
)  # fmt: skip


# "shop" and "shop~~2" are two systems, or tables, of one name.
TWIN = re.compile(r"~~\d+\Z")


# --- the file ------------------------------------------------------------------------------------


def organisation(
    names: Sequence[tuple[str, str | None, str, str]],
    links: Sequence[tuple[int, int]],
) -> LinkGraph:
    """Build APPROVED links between columns ``(system, schema, table, column)``, all different."""
    records: dict[str, list[dict[str, Any]]] = {"tables": [], "columns": []}
    systems: dict[str, dict[str, Any]] = {}
    ends = []
    for number, (system, schema, table, column) in enumerate(names):
        systems[system] = {"id": uid(system), "name": TWIN.sub("", system)}
        place = (system, schema, table)
        if uid(str(place)) not in {one["id"] for one in records["tables"]}:
            records["tables"].append(
                {
                    "id": uid(str(place)),
                    "integration_source_id": uid(system),
                    "schema_name": schema,
                    "name": TWIN.sub("", table),
                }
            )
        records["columns"].append(
            {"id": uid(f"column {number}"), "table_id": uid(str(place)), "name": column}
        )
        ends.append((uid(system), uid(str(place)), uid(f"column {number}")))
    rows = []
    for number, pair in enumerate(links):
        row = record("a/t.x", "b/t.y", 0.9, status="APPROVED", id=uid(f"link {number}"))
        for side, at in zip(("source", "target"), pair, strict=True):
            for level, value in zip(
                ("integration_source", "table", "column"), ends[at], strict=True
            ):
                row[f"{side}_{level}_id"] = value
        rows.append(row)
    return LinkGraph(
        read_links(rows, catalogue={"integration_sources": list(systems.values()), **records})
    )


def written(graph: LinkGraph, folder: Path, system: str = "dwh") -> dict[str, Any]:
    """Return the content of the file."""
    path = write(graph, folder / "links.yml", system=uid(system))
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def arguments_of(content: dict[str, Any]) -> list[dict[str, str]]:
    """Return the arguments of each test."""
    return [
        test["relationships"]["arguments"]
        for source in content["sources"]
        for table in source["tables"]
        for column in table["columns"]
        for test in column.get("data_tests", ())
    ]


def test_what_a_test_refers_to_is_declared(tmp_path: Path) -> None:
    """The target of a test is declared, since dbt never runs a test of an undeclared table."""
    content = written(
        organisation(
            [("dwh", "raw", "orders", "user_id"), ("dwh", "core", "users", "id")], [(0, 1)]
        ),
        tmp_path,
    )
    assert {source["name"]: source["tables"] for source in content["sources"]} == {
        "raw": [
            {
                "name": "orders",
                "columns": [
                    {
                        "name": "user_id",
                        "data_tests": [
                            {
                                "relationships": {
                                    "arguments": {"to": "source('core', 'users')", "field": "id"}
                                }
                            }
                        ],
                    }
                ],
            }
        ],
        "core": [{"name": "users", "columns": [{"name": "id"}]}],
    }


def test_a_test_stands_there_once(tmp_path: Path) -> None:
    """Two links between the same columns make one test, as do two tables of one name."""
    names = [("dwh", "raw", "a", "x"), ("dwh", "raw", "b", "y"), ("dwh", "raw", "b~~2", "y")]
    content = written(organisation(names, [(0, 1), (0, 1), (0, 2)]), tmp_path)
    (source,) = content["sources"]
    assert [table["name"] for table in source["tables"]] == ["a", "b"]
    assert len(arguments_of(content)) == 1


def test_systems_of_one_name_are_two_exposures(tmp_path: Path) -> None:
    """Systems stay apart even if their names become equal as names of dbt."""
    names: list[tuple[str, str | None, str, str]] = [("dwh", "raw", "a", "x")]
    systems = ["CRM (EU)", "CRM EU", "crm_eu", "shop", "shop~~2", "()"]
    names += [(system, None, "t", "c") for system in systems]
    content = written(
        organisation(names, [(0, at) for at in range(1, len(names))] + [(1, 0)]), tmp_path
    )
    found = {one["label"]: one["name"] for one in content["exposures"]}
    assert len(found) == len(content["exposures"]) == len(systems)
    shops = {name for label, name in found.items() if label.startswith("shop")}
    assert len(shops) == 2
    assert {label: name for label, name in found.items() if name not in shops} == {
        "()": "system",
        "CRM (EU)": "crm_eu_2",
        "CRM EU": "crm_eu_3",
        "crm_eu": "crm_eu",
    }


@pytest.mark.parametrize(
    ("schema", "table", "found"),
    [
        ("raw", "events.v2", {"source": "raw", "name": "events_v2", "identifier": "events.v2"}),
        ("my raw", "t", {"source": "my_raw", "schema": "my raw", "name": "t"}),
        (None, "raw.events", {"source": "raw", "name": "events"}),
        (None, "events", {"source": "dwh", "name": "events"}),
        (None, "a.b.c", {"source": "dwh", "name": "a_b_c", "identifier": "a.b.c"}),
        (None, ".c", {"source": "dwh", "name": "_c", "identifier": ".c"}),
        ("raw", "Users", {"source": "raw", "name": "Users"}),
    ],
)
def test_the_known_schema_is_used(
    schema: str | None, table: str, found: dict[str, str], tmp_path: Path
) -> None:
    """A dot in the name of a table does not replace a known schema."""
    graph = organisation([("dwh", schema, table, "x"), ("dwh", "z", "t", "x")], [(1, 0)])
    content = written(graph, tmp_path)
    (source,) = (one for one in content["sources"] if one["name"] != "z")
    (entry,) = source["tables"]
    assert {
        "source": source["name"],
        **{name: source[name] for name in ("schema",) if name in source},
        **{name: entry[name] for name in ("name", "identifier") if name in entry},
    } == found
    text = (tmp_path / "links.yml").read_text(encoding="utf-8")
    assert ("The schema of 1 tables is not known" in text) == (source["name"] == "dwh")


def test_names_that_differ_by_case_stay_two(tmp_path: Path) -> None:
    """Names differ by more than case, which files and warehouses may ignore."""
    names = [("dwh", "raw", "a", "x"), ("dwh", "RAW", "a", "x"), ("dwh", "RAW", "A", "x")]
    content = written(organisation(names, [(0, 1), (1, 2)]), tmp_path)
    assert [
        (source["name"], source.get("schema"), [table["name"] for table in source["tables"]])
        for source in content["sources"]
    ] == [("RAW", None, ["A", "a_2"]), ("raw_2", "raw", ["a"])]


def test_names_that_need_quotes_have_them(tmp_path: Path) -> None:
    """Other names have no quotes, so that a warehouse can fold their case."""
    names = [
        ("dwh", "raw", "a", column) for column in ("plain", "PLAIN_2", "order", "createdAt", "a b")
    ]
    content = written(organisation(names, [(0, at) for at in range(1, 5)]), tmp_path)
    ((table,),) = (source["tables"] for source in content["sources"])
    quoted = {column["name"] for column in table["columns"] if column.get("quote")}
    assert quoted == {"order", "createdAt", "a b"}
    (plain,) = (column for column in table["columns"] if column["name"] == "plain")
    fields = [test["relationships"]["arguments"]["field"] for test in plain["data_tests"]]
    assert fields == [
        "PLAIN_2",
        "{{ adapter.quote('a b') }}",
        "{{ adapter.quote('createdAt') }}",
        "{{ adapter.quote('order') }}",
    ]


def test_every_reserved_word_of_duckdb_is_quoted() -> None:
    """The reserved words in DuckDB's own catalogue are quoted."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
        ).fetchall()
    assert {word for (word,) in rows} <= RESERVED
    assert len(rows) > 50


def test_what_has_an_empty_name_is_counted(tmp_path: Path) -> None:
    """Links with a column or table without a name are left out and counted."""
    names = [("dwh", "raw", "a", "x"), ("dwh", "raw", "a", ""), ("dwh", "raw", "", "x")]
    content = written(organisation(names, [(0, 1), (2, 0)]), tmp_path)
    assert (content["sources"], content["exposures"]) == ([], [])
    assert "Left out: 2 links" in (tmp_path / "links.yml").read_text(encoding="utf-8")


@given(st.lists(st.sampled_from(HOSTILE) | NAMES, min_size=8, max_size=8))
def test_any_yaml_has_one_name_for_each_thing(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    """Sources, tables, tests and exposures occur once, and every reference is declared."""
    folder = tmp_path_factory.mktemp("dbt")
    columns: list[tuple[str, str | None, str, str]] = [
        ("dwh", names[at], names[at + 2], names[at + 4]) for at in (0, 1, 2, 3)
    ]
    columns += [(f"{names[at]}~~{at}", None, "t", "c") for at in (6, 7)]
    graph = organisation(columns, [(0, 1), (0, 1), (1, 2), (2, 3), (0, 4), (5, 0)])
    content = written(graph, folder)
    declared = set()
    for source in content["sources"]:
        for table in source["tables"]:
            assert re.fullmatch(r"\w+", source["name"])
            assert re.fullmatch(r"\w+", table["name"])
            declared.add(f"source('{source['name']}', '{table['name']}')")
            for column in table["columns"]:
                tests = [json.dumps(test) for test in column.get("data_tests", ())]
                assert len(set(tests)) == len(tests)
    assert len({text.casefold() for text in declared}) == sum(
        len(source["tables"]) for source in content["sources"]
    )
    wanted = {place for one in content["exposures"] for place in one["depends_on"]}
    wanted |= {arguments["to"] for arguments in arguments_of(content)}
    assert wanted <= declared
    exposures = [one["name"] for one in content["exposures"]]
    assert len(set(exposures)) == len(exposures)


# --- judged by dbt -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dbt() -> str:
    """The command of dbt: the one that HUMMGRAPH_DBT names, or the one on the path."""
    command = os.environ.get("HUMMGRAPH_DBT") or shutil.which("dbt")
    if command is None:
        pytest.skip("needs dbt: scripts/neighbours installs it and runs this")
    return command


class Project:
    """A project of dbt with one properties file, over a DuckDB database."""

    def __init__(self, dbt: str, folder: Path) -> None:
        self.dbt = dbt
        self.folder = folder
        self.database = folder / "dwh.duckdb"
        (folder / "models").mkdir()
        (folder / "dbt_project.yml").write_text(
            "name: hummgraph\nversion: '1.0'\nconfig-version: 2\nprofile: hummgraph\n"
            "flags: {send_anonymous_usage_stats: false}\n"
        )
        output = {"type": "duckdb", "path": str(self.database)}
        profile = {"hummgraph": {"target": "dev", "outputs": {"dev": output}}}
        (folder / "profiles.yml").write_text(json.dumps(profile))

    def run(self, command: str) -> list[dict[str, Any]]:
        """Run a command that succeeds without warnings, and return its log."""
        done = subprocess.run(
            [
                *(self.dbt, "--log-format", "json", "--log-level", "info", "--no-partial-parse"),
                *("--show-all-deprecations", command),
                *("--project-dir", str(self.folder), "--profiles-dir", str(self.folder)),
            ],
            cwd=self.folder,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},  # from libraries that dbt imports
            capture_output=True,
            text=True,
            check=False,
        )
        logged = [json.loads(line) for line in done.stdout.splitlines() if line[:1] == "{"]
        loud = [
            line["info"]["msg"] for line in logged if line["info"]["level"] not in {"info", "debug"}
        ]
        assert (loud, done.returncode) == ([], 0), f"{done.stdout}{done.stderr}"
        assert logged
        return logged

    def manifest(self) -> dict[str, Any]:
        """Return the manifest that dbt builds from the file."""
        content: dict[str, Any] = json.loads(
            (self.folder / "target" / "manifest.json").read_text(encoding="utf-8")
        )
        return content


@pytest.fixture
def project(dbt: str, tmp_path: Path) -> Project:
    """An empty project."""
    return Project(dbt, tmp_path)


def approved(graph: LinkGraph, system: str) -> Iterator[tuple[Any, ...]]:
    """Yield the names of both ends of each APPROVED link between named columns of a warehouse."""
    nodes = {row["node_id"]: row for row in graph.nodes}
    for link in graph.links:
        ends = [nodes[link[end]] for end in ("source", "target")]
        if link["status"] != "APPROVED" or any(end["level"] != "column" for end in ends):
            continue
        tables = [nodes[end["parent_id"]] for end in ends]
        if all(
            end["system"] == system and end["resolved"] and table["resolved"]
            for end, table in zip(ends, tables, strict=True)
        ):
            yield tuple(
                (table["schema_name"] or system, table["name"], end["name"])
                for end, table in zip(ends, tables, strict=True)
            )


def create_tables(graph: LinkGraph, system: str, database: Path) -> None:
    """Create empty tables of a catalogue, with its types as far as DuckDB knows them."""
    nodes = {row["node_id"]: row for row in graph.nodes}
    tables: dict[tuple[str, str], dict[str, str]] = {}
    for row in nodes.values():
        if row["level"] == "column" and row["system"] == system and row["parent_id"] in nodes:
            above = nodes[row["parent_id"]]
            place = (above["schema_name"] or system, above["name"])
            tables.setdefault(place, {})[row["name"]] = row["data_type"] or "TEXT"
    with duckdb.connect(str(database)) as connection:
        for (schema, table), columns in tables.items():
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            made = ", ".join(
                f"{quoted(name)} {known(connection, kind)}" for name, kind in columns.items()
            )
            connection.execute(f"CREATE TABLE {quoted(schema)}.{quoted(table)} ({made})")


def quoted(name: str) -> str:
    """Return a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def known(connection: duckdb.DuckDBPyConnection, kind: str) -> str:
    """Return DuckDB's type for a type of another system, and text for an unknown one."""
    kind = {
        "FLOAT64": "DOUBLE",
        "NUMBER": "DECIMAL(38, 0)",
        "TIMESTAMP_TZ": "TIMESTAMPTZ",
        "TIMESTAMP_NTZ": "TIMESTAMP",
    }.get(kind.upper(), kind)
    try:
        connection.execute(f"SELECT CAST(NULL AS {kind})")
    except duckdb.Error:
        return "TEXT"
    return kind


def check(graph: LinkGraph, project: Project, system: str) -> list[tuple[Any, ...]]:
    """Parse the file, and build it against empty tables of the catalogue, so that every test runs.

    Returns both ends of each test, as schema, table and column.
    """
    write(graph, project.folder / "models" / "links.yml", system=system)
    project.run("parse")
    manifest = project.manifest()
    sources = {
        f"source('{one['source_name']}', '{one['name']}')": (one["schema"], one["identifier"])
        for one in manifest["sources"].values()
    }
    tests = [one for one in manifest["nodes"].values() if one["resource_type"] == "test"]
    given_ = [test["test_metadata"]["kwargs"] for test in tests]
    create_tables(graph, system, project.database)
    project.run("build")
    results = json.loads((project.folder / "target" / "run_results.json").read_text())["results"]
    assert {
        result["unique_id"]: result["status"]
        for result in results
        if result["unique_id"].startswith("test.")
    } == {test["unique_id"]: "pass" for test in tests}
    return [
        (
            (
                *sources[re.findall(r"source\('[^']*', '[^']*'\)", one["model"])[0]],
                one["column_name"],
            ),
            (*sources[one["to"]], one["field"]),
        )
        for one in given_
    ]


@pytest.mark.slow
def test_dbt_takes_the_demo_organisation(demo_graph: LinkGraph, project: Project) -> None:
    """A build by dbt runs a test for every link on empty tables, without an error or a warning."""
    found = check(demo_graph, project, "Snowflake")
    assert len(found) == len(set(found)) > 5
    assert set(found) == set(approved(demo_graph, "Snowflake"))


@pytest.mark.slow
@pytest.mark.parametrize(("system", "n_tests"), [("Snowflake", 10), ("Stripe", 15)])
def test_dbt_takes_a_real_organisation(
    system: str, n_tests: int, real_organization: Path, project: Project
) -> None:
    """A real catalogue is accepted by dbt as the bundled one is."""
    graph = LinkGraph(
        read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    )
    found = check(graph, project, system)
    assert len(found) == len(set(found)) == n_tests
    assert set(found) == set(approved(graph, system))


@pytest.mark.slow
def test_dbt_takes_hostile_names(project: Project) -> None:
    """Hostile names of schemas, tables, columns and systems are found in the warehouse."""
    n = len(HOSTILE)
    names: list[tuple[str, str | None, str, str]] = [
        ("dwh", HOSTILE[at], HOSTILE[(at + 11) % n], HOSTILE[(at + 23) % n]) for at in range(n)
    ]
    names += [(f"{name}~~{at}", None, "t", "c") for at, name in enumerate(HOSTILE)]
    links = [(at, (at + 1) % n) for at in range(n)] + [(at, n + at) for at in range(n)]
    graph = organisation(names, links)
    assert len(check(graph, project, "dwh")) == n
    manifest = project.manifest()
    labels = {one["label"] for one in manifest["exposures"].values()}
    assert labels == {
        row["name"] for row in graph.nodes if row["level"] == "integration_source"
    } - {"dwh"}


@pytest.mark.slow
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # shrinking would take too long
)
@given(st.lists(st.sampled_from(HOSTILE) | NAMES, min_size=90, max_size=90))
def test_dbt_parses_any_names(
    dbt: str, tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    """Names of any characters are parsed, including those that no database accepts."""
    project = Project(dbt, tmp_path_factory.mktemp("dbt"))
    n = len(names) // 3
    places: list[tuple[str, str | None, str, str]] = [
        ("dwh", names[at], names[at + n], names[at + 2 * n]) for at in range(n)
    ]
    places += [(f"{name}~~{at}", None, "t", "c") for at, name in enumerate(names)]
    links = [(at, (at + 1) % n) for at in range(n)]
    links += [(at % n, n + at) for at in range(len(names))]
    write(organisation(places, links), project.folder / "models" / "links.yml", system=uid("dwh"))
    project.run("parse")
    kept = [place for place in places[:n] if place[2] and place[3]]
    found = {(one["schema"], one["identifier"]) for one in project.manifest()["sources"].values()}
    assert found >= {
        (schema.replace('"', '""'), table.replace('"', '""'))
        for _, schema, table, _ in kept
        if schema
    }
