"""Tests that clusters by an engine are those of one machine."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hummgraph as hg
from hummgraph import cluster_pairs, pairs_setting
from hummgraph.errors import ArgumentError, ConfigError, FormatError
from hummgraph.records.tables.rows import BLOCK_ROWS
from hummgraph.warehouse.engines import duckdb as engine_module
from hummgraph.warehouse.pairs import libraries, remote_labels, remote_links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

duckdb = pytest.importorskip("duckdb")

METHODS: tuple[dict[str, Any], ...] = (
    {"method": "average", "average_over": "possible"},
    {"method": "average", "average_over": "present"},
    {"method": "complete"},
    {"method": "single"},
    {"method": "components"},
    {"method": "gaec"},
    {"method": "best_links"},
    {"method": "clip"},
    {"method": "markov"},
    {"method": "auto"},
)
LINKAGES = METHODS[:4]
LARGE = "hummgraph.warehouse.pairs.remote_labels.LargePartWarning"


@pytest.fixture
def connection() -> Iterator[Any]:
    """Return a connection of its own."""
    with duckdb.connect() as made:
        yield made


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let parts be so small that levels and parts are many."""
    monkeypatch.setattr(remote_labels, "MIN_PART_EDGES", 4)
    monkeypatch.setattr(remote_labels, "MAX_PART_EDGES", 16)
    monkeypatch.setattr(remote_links, "MAX_PART_EDGES", 16)
    monkeypatch.setattr(engine_module, "MAX_ROWS_HELD", 10)


def random_pairs(seed: int) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Return a dict of columns of random pairs, and the group of each node."""
    chance = random.Random(seed)
    n, n_groups = chance.randint(2, 40), chance.randint(1, 6)
    columns: dict[str, list[Any]] = {"source": [], "target": [], "score": [], "status": []}
    for _ in range(chance.randint(1, 4 * n)):
        columns["source"].append(f"n{chance.randrange(n)}")
        columns["target"].append(f"n{chance.randrange(n)}")
        score = chance.random()
        columns["score"].append(chance.choice([None, score, round(score, 1), round(score, 2)]))
        statuses = ["SUGGESTED"] * 8 + ["APPROVED", "REJECTED"]
        columns["status"].append(chance.choice(statuses))
    return columns, {f"n{node}": f"g{chance.randrange(n_groups)}" for node in range(n)}


def rows_of(found: Any) -> list[tuple[Any, str]]:
    """Return the rows of a dict of columns, or of a relation."""
    if isinstance(found, dict):
        return list(zip(found["node"], found["cluster_id"], strict=True))
    rows: list[tuple[Any, str]] = found.fetchall()
    return rows


@pytest.mark.usefixtures("small_parts")
@pytest.mark.filterwarnings(f"ignore::{LARGE}")
@pytest.mark.parametrize("options", METHODS, ids=lambda options: "-".join(options.values()))
def test_clusters_are_those_of_one_machine(options: dict[str, Any], connection: Any) -> None:
    """Whatever the method, rule, calibration and stop, clusters are the same."""
    for seed in range(12):
        pairs, groups = random_pairs(seed)
        chance = random.Random(seed)
        arguments = dict(options, status="status")
        if options["method"] != "auto":
            arguments["threshold"] = chance.choice([0.1, 0.3, 0.5, 0.8])
        if chance.random() < 0.7:
            arguments["groups"] = groups
            arguments["one_per_group"] = chance.choice(["auto", True, False])
            calibrations = ["auto", None, "competition", "decisions", "both"]
            arguments["calibrate"] = chance.choice(calibrations)
            arguments["floor"] = chance.choice(["auto", 0.3])
        wanted = cluster_pairs(pairs, **arguments)
        found = cluster_pairs(pairs, engine=connection, **arguments)
        assert rows_of(found) == rows_of(wanted), (seed, arguments)


N_GRAPHS = 300


def packed_pairs(n_graphs: int) -> pa.Table:
    """Return the pairs of many random graphs that share no node, with decisions and groups."""
    rows: dict[str, list[Any]] = {"source": [], "target": [], "score": [], "status": []}
    groups: dict[str, list[str]] = {"left": [], "right": []}
    for seed in range(n_graphs):
        pairs, group = random_pairs(seed)
        for end, side in (("source", "left"), ("target", "right")):
            rows[end] += [f"{seed}-{node}" for node in pairs[end]]
            groups[side] += [group[node] for node in pairs[end]]
        rows["score"] += pairs["score"]
        rows["status"] += pairs["status"]
    return pa.table({**rows, **groups})


@pytest.mark.slow
@pytest.mark.usefixtures("small_parts")
@pytest.mark.filterwarnings(f"ignore::{LARGE}")
@pytest.mark.parametrize("method", ["average", "complete", "single"])
def test_many_constrained_graphs_have_the_same_clusters(method: str, connection: Any) -> None:
    """Three hundred random graphs with decisions and a rule have equal clusters."""
    table = packed_pairs(N_GRAPHS)
    arguments: dict[str, Any] = {"status": "status", "groups": ("left", "right")}
    arguments |= {"method": method, "threshold": 0.3, "one_per_group": True}
    wanted = cluster_pairs(table, **arguments)
    found = cluster_pairs(table, engine=connection, **arguments).to_arrow_table()
    assert found["node"].to_pylist() == wanted["node"].to_pylist()
    assert found["cluster_id"].to_pylist() == wanted["cluster_id"].to_pylist()


def test_a_part_that_no_level_cuts_is_reported(
    connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairs of one score that hang together are joined at once, with a warning."""
    monkeypatch.setattr(remote_labels, "MIN_PART_EDGES", 4)
    monkeypatch.setattr(remote_labels, "MAX_PART_EDGES", 4)
    monkeypatch.setattr(remote_links, "MAX_PART_EDGES", 4)
    ends = list(range(8))
    pairs = {"source": ends, "target": [end + 1 for end in ends], "score": [0.5] * 8}
    for method in ("single", "best_links"):
        wanted = cluster_pairs(pairs, method=method, threshold=0.5)
        with pytest.warns(remote_labels.LargePartWarning, match=r"8 pairs hang together .* 0\.5,"):
            found = cluster_pairs(pairs, engine=connection, method=method, threshold=0.5)
        assert rows_of(found) == rows_of(wanted)


def test_no_step_joins_clusters_without_an_edge(connection: Any) -> None:
    """A region of half of all clusters makes no more rows than there are edges."""
    n, m = 400, 4_000
    ends = np.sort(np.random.default_rng(1).integers(0, n, (m, 2)), axis=1).astype(np.int32)
    region = np.maximum(np.arange(n) - n // 2, 0).astype(np.int32)
    zero, nothing = np.zeros(m, dtype=np.int64), np.empty(0, dtype=np.int32)
    tables = {
        "edge": {"x": ends[:, 0], "y": ends[:, 1], "total": zero, "count": zero, "best": zero},
        "place": {
            "cluster": np.arange(n, dtype=np.int32),
            "stop": region,
            "region": region,
            "part": (region > 0).astype(np.int32),
            "size": np.ones(n, dtype=np.int64),
        },
        **{name: {"x": nothing, "y": nothing} for name in ("member", "apart", "moved")},
    }
    for name, columns in tables.items():
        connection.register("given", pa.table(columns))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    for select in (remote_labels._PART_SELECT, remote_labels._across("SUM")):
        ((_, plan),) = connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {select}").fetchall()
        rows = re.findall(r'"(?:intermediate_rows|operator_cardinality)": *(\d+)', plan)
        assert 0 < max(map(int, rows)) <= m


def test_an_engine_chooses_the_setting_of_one_machine(connection: Any) -> None:
    """The setting by an engine is that of one machine, to be held for later pairs."""
    pairs, groups = random_pairs(3)
    arguments: dict[str, Any] = {"status": "status", "groups": groups}
    setting = pairs_setting(pairs, engine=connection, **arguments)
    assert setting == pairs_setting(pairs, **arguments)


def test_folders_and_patterns_of_parquet_are_read(connection: Any, tmp_path: Path) -> None:
    """A folder has its folders' files, whose names are columns; a pattern has what it matches."""
    folder = tmp_path / "pairs [2026]"
    for year, ends in ((2025, ("a", "b")), (2026, ("b", "c"))):
        place = folder / f"year={year}"
        place.mkdir(parents=True)
        pq.write_table(pa.table({"source": ends[:1], "target": ends[1:]}), place / "one.parquet")
    arguments: dict[str, Any] = {"score": None, "engine": connection}
    for given in (folder, tmp_path / "pairs*" / "year=*" / "*.parquet"):
        found = cluster_pairs(given, **arguments)
        assert [node for node, _ in rows_of(found)] == ["a", "b", "c"]
    with pytest.raises(FormatError, match="it has 'source', 'target', 'year'"):
        cluster_pairs(folder, status="match", **arguments)
    for nothing in (tmp_path / "none*.parquet", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(ConfigError, match="There is no Parquet file in"):
            cluster_pairs(nothing, engine=connection)


def test_files_that_duckdb_cannot_read_are_named(connection: Any, tmp_path: Path) -> None:
    """The error for files that are cut off, foreign or in other folders has DuckDB's reason."""
    table = pa.table({"source": ["a"], "target": ["b"], "score": [0.5]})
    for folder in ("cut", "year/year=2026"):
        (tmp_path / folder).mkdir(parents=True)
        pq.write_table(table, tmp_path / folder / "one.parquet")
    pq.write_table(table, tmp_path / "year" / "two.parquet")
    whole = (tmp_path / "cut" / "one.parquet").read_bytes()
    (tmp_path / "cut" / "two.parquet").write_bytes(whole[:-9])
    (tmp_path / "pairs.csv").write_text("source,target,score")
    for given, said in (
        ("cut", r"No magic bytes found at end of file '.*two\.parquet'"),
        ("year", r"The files of '.*year' cannot be read: .*mismatch.* Either all files lie in"),
        ("*.csv", r"The files of '.*' cannot be read: .*pairs\.csv'\.$"),
    ):
        with pytest.raises(FormatError, match=said):
            cluster_pairs(tmp_path / given, engine=connection)
    connection.execute("SET enable_external_access = false")
    with pytest.raises(FormatError, match="disabled by configuration"):
        cluster_pairs(tmp_path / "cut", engine=connection)


def test_a_connection_that_only_reads_is_refused(tmp_path: Path) -> None:
    """An engine makes tables, for which such a connection has no place."""
    path = str(tmp_path / "given.duckdb")
    duckdb.connect(path).close()
    pairs = {"source": ["a"], "target": ["b"], "score": [0.5]}
    with (
        duckdb.connect(path, read_only=True) as connection,
        pytest.raises(ConfigError, match=r"read-only mode\. .* open duckdb\.connect\(\)"),
    ):
        cluster_pairs(pairs, engine=connection)


def test_a_relation_that_fails_has_its_reason(connection: Any) -> None:
    """The error for a table that cannot be computed has the reason, with and without an engine."""
    given = connection.sql(
        "SELECT 'a' AS source, 'b' AS target, CAST(x AS DOUBLE) AS score FROM"
        " (VALUES ('0.5'), ('zz')) AS t(x)"
    )
    for engine in (None, connection):
        with pytest.raises(FormatError, match=r"DuckDB cannot read the rows: .*'zz' to DOUBLE"):
            cluster_pairs(given, engine=engine)


def test_an_engine_holds_no_relation(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relation, of the engine's connection or another, is read in blocks, and not as a whole."""
    select = (
        f"SELECT i // 3 AS source, 9 * i AS target, (i % 10) / 10 AS score"
        f" FROM range({2 * BLOCK_ROWS + 5}) AS t(i)"
    )
    wanted = rows_of(cluster_pairs(connection.sql(select)))
    monkeypatch.setattr(libraries, "table_rows", None)
    with duckdb.connect() as other:
        for one in (connection, other):
            found = cluster_pairs(one.sql(select), engine=connection)
            assert rows_of(found) == wanted


@pytest.mark.usefixtures("small_parts")
@pytest.mark.filterwarnings(f"ignore::{LARGE}")
def test_a_given_setting_is_held(connection: Any) -> None:
    """A setting of one machine gives the same clusters by an engine."""
    pairs, groups = random_pairs(3)
    rules: dict[str, Any] = {"one_per_group": True, "many_in": ["g0"]}
    setting = pairs_setting(pairs, status="status", groups=groups, **rules)
    arguments: dict[str, Any] = {"status": "status", "groups": groups, "setting": setting}
    wanted = cluster_pairs(pairs, **arguments)
    assert rows_of(cluster_pairs(pairs, engine=connection, **arguments)) == rows_of(wanted)


@pytest.mark.parametrize("n_groups", [1, 2, 3])
def test_assignment_matches_two_groups(n_groups: int, connection: Any) -> None:
    """Components are assigned by themselves; the groups of all nodes are counted."""
    chance = random.Random(n_groups)
    ends = [(chance.randrange(12), 100 + chance.randrange(12)) for _ in range(30)]
    source, target = zip(*ends, strict=True)
    pairs = {"source": source, "target": target, "score": [chance.random() for _ in ends]}
    number = {node: node // 100 + node % 2 * (n_groups == 3) for node in {*source, *target}}
    groups = {node: f"g{group % n_groups}" for node, group in number.items()}
    arguments: dict[str, Any] = {"method": "assignment", "threshold": 0.2, "groups": groups}
    if n_groups == 2:
        found = cluster_pairs(pairs, engine=connection, **arguments)
        assert rows_of(found) == rows_of(cluster_pairs(pairs, **arguments))
        return
    for engine in (None, connection):
        with pytest.raises(ArgumentError, match=f"there are {n_groups}"):
            cluster_pairs(pairs, engine=engine, **arguments)


IDS: dict[str, tuple[Any, ...]] = {
    "small numbers": tuple(pa.array([5, 3, 9], pa.int16())),
    "large numbers": tuple(pa.array([2**64 - 1, 2**63, 7], pa.uint64())),
    "negative numbers": (-3, 20, 100),
    "uuids": tuple(UUID(int=number << 70) for number in (5, 3, 9)),
    "bytes": (b"\x00", b"\xff\x10", b"a"),
    "texts": ("é", "Z", "z' OR 1=1 --"),
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_ids_of_any_kind_come_back(ids: tuple[Any, ...], connection: Any) -> None:
    """Ids have the kind and order that they have without an engine."""
    plain = [value.as_py() if isinstance(value, pa.Scalar) else value for value in ids]
    kind = ids[0].type if isinstance(ids[0], pa.Scalar) else None
    a, b, c = plain
    pairs: Any = {"source": [a, b], "target": [b, c], "score": [0.9, 0.2]}
    if kind is not None:
        ends = {name: pa.array(pairs[name], kind) for name in ("source", "target")}
        pairs = pa.table({**ends, "score": pairs["score"]})
    wanted = cluster_pairs(pairs, threshold=0.5)
    found = rows_of(cluster_pairs(pairs, engine=connection, threshold=0.5))
    rows = list(zip(*(wanted[name] for name in ("node", "cluster_id")), strict=True))
    as_texts = rows
    if isinstance(a, UUID):
        as_texts = [(str(value), other) for value, other in rows]
    if kind is not None:
        as_texts = [(value.as_py(), other.as_py()) for value, other in rows]
        assert cluster_pairs(pairs, engine=connection).types[0].id == str(kind).replace(
            "uint64", "ubigint"
        ).replace("int16", "smallint")
    assert found == as_texts


WIDTHS: tuple[Any, ...] = (
    [2**63, 2**64 - 1],
    [1, 2],
    [-1, 2],
    pa.array([1, 2], pa.uint64()),
    pa.array([2**63, 2], pa.uint64()),
    pa.array([1, 2], pa.uint64()).dictionary_encode(),
    pa.array([-1, 2]),
    pa.array([1, 2], pa.int16()),
    pa.array([1.0, 2.0]),
    pa.array([b"x", b"y"], pa.binary_view()),
)


@pytest.mark.parametrize("source", WIDTHS, ids=str)
@pytest.mark.parametrize("target", WIDTHS, ids=str)
def test_numbers_of_any_width_are_those_of_one_machine(
    source: Any, target: Any, connection: Any
) -> None:
    """Numbers of two widths have the type or the error that they have without an engine."""
    pairs = {"source": source, "target": target, "score": [0.9, 0.2]}
    try:
        wanted = cluster_pairs(pairs)
    except FormatError as error:
        with pytest.raises(FormatError, match=re.escape(str(error))):
            cluster_pairs(pairs, engine=connection)
        return
    assert rows_of(cluster_pairs(pairs, engine=connection)) == rows_of(wanted)
    if isinstance(source, pa.Array) and isinstance(target, pa.Array):
        kind = str(cluster_pairs(pa.table(pairs))["node"].type)
        found = cluster_pairs(pa.table(pairs), engine=connection).types[0]
        names = {"uint64": "UBIGINT", "int64": "BIGINT", "int16": "SMALLINT", "double": "BIGINT"}
        assert str(found) == names.get(kind, "BLOB")


def test_a_batch_without_rows_is_nothing(connection: Any) -> None:
    """The type of ids is that of rows, not of an empty batch before them."""
    batch = pa.record_batch({"source": [1], "target": [2], "score": [0.9]})
    found = cluster_pairs(pa.Table.from_batches([batch.slice(0, 0), batch]), engine=connection)
    assert [node for node, _ in found.fetchall()] == [1, 2]


def test_groups_may_be_columns(connection: Any) -> None:
    """Two columns of groups are those of a mapping; null is none."""
    pairs: dict[str, list[Any]] = {
        "source": ["a", "b", "c"],
        "target": ["b", "c", "d"],
        "score": [0.9, 0.8, 0.7],
        "left": ["x", "y", "x"],
        "right": ["y", "x", None],
    }
    arguments: dict[str, Any] = {"groups": ("left", "right"), "one_per_group": True}
    wanted = cluster_pairs(pairs, **arguments)
    assert rows_of(cluster_pairs(pairs, engine=connection, **arguments)) == rows_of(wanted)
    pairs["left"][2] = "z"
    for engine in (None, connection):
        with pytest.raises(ArgumentError, match="'c' is in the groups 'x' and 'z'"):
            cluster_pairs(pairs, engine=engine, **arguments)


def test_tables_of_any_library_are_read(connection: Any, tmp_path: Path) -> None:
    """Files, relations of the connection and tables without rows are read."""
    pairs = pa.table({"source": ["a", "c"], "target": ["b", "d"], "score": [0.9, 0.1]})
    connection.register("pairs", pairs)
    connection.execute(f"COPY pairs TO '{tmp_path}/pairs.parquet' (FORMAT parquet)")
    wanted = rows_of(cluster_pairs(connection.table("pairs"), threshold=0.5))
    for given in (connection.table("pairs"), pairs, tmp_path / "pairs.parquet"):
        assert rows_of(cluster_pairs(given, engine=connection, threshold=0.5)) == wanted
    cluster_pairs(pairs, engine=connection).write_parquet(str(tmp_path / "clusters.parquet"))
    nothing = cluster_pairs(pairs.slice(0, 0), engine=connection)
    assert nothing.fetchall() == []
    assert cluster_pairs([], engine=connection).fetchall() == []


def test_the_connection_stays_as_it_was(connection: Any) -> None:
    """Nothing is left in a connection but the table of the result, and its reading goes on."""
    before = connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()
    reading = connection.execute("SELECT range FROM range(10)")
    pairs = {"source": ["a"], "target": ["b"], "score": [0.9]}
    cluster_pairs(pairs, engine=connection.cursor())
    assert len(reading.fetchall()) == 10
    with pytest.raises(FormatError, match="score is 7 in"):
        cluster_pairs({**pairs, "score": [7]}, engine=connection)
    assert connection.execute("SELECT database_name FROM duckdb_databases()").fetchall() == before


SETTINGS = (
    "default_collation = 'NOCASE'",
    "default_order = 'DESC'",
    "integer_division = true",
    "preserve_insertion_order = false",
    "python_enable_replacements = false",
    "enable_external_access = false",
)


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_and_names_of_the_user_mean_nothing(setting: str, connection: Any) -> None:
    """Tables and views of ours are found whatever else has their names, and ids are binary."""
    connection.execute(f"SET {setting}")
    for name in ("node", "link", "given"):
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT 'z' AS id, 0 AS code")
        connection.execute(f"CREATE TABLE main.{name} AS SELECT 'y' AS id, 1 AS code")
    for name in ("label", "cluster", "pairs"):
        connection.register(name, pa.table({"code": [0], "id": ["x"]}))
    ends = ["a", "A", "b", "é", "É", "e"]
    pairs = {
        "source": ends,
        "target": [*ends[1:], "a"],
        "score": [0.1, 0.9, 0.2, 0.9, 0.1, 0.8],
        "left": ["x", "X"] * 3,
        "right": ["X", "x"] * 3,
    }
    for groups in (None, ("left", "right")):
        arguments: dict[str, Any] = {"groups": groups, "threshold": 0.5}
        wanted = cluster_pairs(pairs, **arguments)
        found = cluster_pairs(pairs, engine=connection, **arguments)
        assert rows_of(found) == rows_of(wanted)


def test_many_rows_are_sorted_without_an_insertion_order(connection: Any) -> None:
    """A result is sorted by node, though DuckDB need not keep the order of what is inserted."""
    connection.execute("SET preserve_insertion_order = false")
    for texts in (True, False):
        ends = np.random.default_rng(5).permutation(400_000)
        column = ends.astype(str) if texts else ends
        pairs = {"source": column[::2], "target": column[1::2], "score": np.full(200_000, 0.5)}
        found = cluster_pairs(pairs, engine=connection, method="components", threshold=0.4)
        assert [node for node, _ in found.fetchall()] == sorted(column.tolist())


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no connection": ({"engine": 7}, "engine is a int; it must be a connection of DuckDB or"),
    "leiden": ({"method": "leiden"}, "method='leiden' starts from one seed"),
    "robust": ({"floor": "robust"}, "floor='robust' looks at all pairs"),
    "quality": ({"quality": True}, "quality=True with engine"),
    "kinds": ({"target": "number"}, "source has texts and number has whole numbers"),
}


@pytest.mark.parametrize(("arguments", "message"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named(arguments: dict[str, Any], message: str, connection: Any) -> None:
    """A method that an engine lacks is refused by name."""
    pairs = {"source": ["a"], "target": ["b"], "score": [0.9], "number": [4]}
    with pytest.raises((ArgumentError, FormatError), match=message):
        cluster_pairs(pairs, **{"engine": connection, **arguments})


def test_ids_of_several_types_are_refused(connection: Any) -> None:
    """Blocks whose ids differ in type are refused, wherever the second type begins."""
    pairs = [{"source": f"n{row}", "target": "b", "score": 0.5} for row in range(40_000)]
    pairs[-1]["source"] = 7
    for engine in (None, connection):
        with pytest.raises(FormatError, match="source has ids of several types"):
            cluster_pairs(pairs, engine=engine)


REVOPS: tuple[dict[str, Any], ...] = tuple(
    {**options, "threshold": threshold, "one_per_group": ruled}
    for options in LINKAGES
    for threshold, ruled in ((0.1, True), (0.5, False), (0.85, True))
)


@pytest.fixture(scope="module")
def catalogue(real_organization: Path) -> hg.LinkGraph:
    """Return the graph of a real catalogue."""
    links = real_organization / "entity_links.json.gz"
    return hg.LinkGraph(hg.read_links(links, catalogue=real_organization))


@pytest.mark.parametrize(
    "options", REVOPS, ids=lambda options: "-".join(map(str, options.values()))
)
def test_a_catalogue_has_the_same_clusters(
    options: dict[str, Any],
    connection: Any,
    catalogue: hg.LinkGraph,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Clusters of a real catalogue are equal, and no part has over a twentieth of the edges."""
    links = catalogue.arrays.links
    table = catalogue.arrays.nodes.ancestor[1]
    statuses = np.array(["SUGGESTED", "APPROVED", "REJECTED"])
    pairs = pa.table(
        {
            "source": links.ends.source,
            "target": links.ends.target,
            "score": pa.array(links.confidence, from_pandas=True),
            "status": statuses[links.status],
            "left": table[links.ends.source],
            "right": table[links.ends.target],
        }
    )
    runs: list[Any] = []
    run = remote_labels.Levels.run

    def recorded(levels: Any) -> Any:
        runs.append(levels)
        return run(levels)

    monkeypatch.setattr(remote_labels.Levels, "run", recorded)
    arguments = {**options, "status": "status", "groups": ("left", "right")}
    wanted = cluster_pairs(pairs, **arguments)
    found = cluster_pairs(pairs, engine=connection, **arguments).to_arrow_table()
    assert found["node"].to_pylist() == wanted["node"].to_pylist()
    assert found["cluster_id"].to_pylist() == wanted["cluster_id"].to_pylist()
    assert runs[0].largest <= runs[0].n_edges / 20
