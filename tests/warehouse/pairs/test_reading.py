"""Tests of tables of pairs of any library, ids of any type, and what is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hummgraph import Frame, cluster_pairs
from hummgraph.errors import ArgumentError, ConfigError, FormatError, HummgraphError
from hummgraph.records.tables.rows import BLOCK_ROWS
from hummgraph.warehouse.pairs import libraries

ROWS: list[dict[str, Any]] = [
    {"source": "b", "target": "a", "score": 0.9},
    {"source": "c", "target": "b", "score": 0.05},
    {"source": "d", "target": "d", "score": 1.0},
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ("source", "target", "score")}
EXPECTED = cluster_pairs(ROWS)


def test_a_list_of_dicts_has_a_row_for_each_node() -> None:
    """Nodes are sorted; those alone have a cluster of their own."""
    assert [row["node"] for row in EXPECTED] == ["a", "b", "c", "d"]
    ids = [row["cluster_id"] for row in EXPECTED]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


# --- libraries -----------------------------------------------------------------------------------


def test_pandas_has_a_data_frame() -> None:
    """A table of pandas has a table of pandas, also one of objects and of categories."""
    frame = pd.DataFrame(ROWS)
    found = cluster_pairs(frame)
    assert isinstance(found, pd.DataFrame)
    assert found.to_dict("records") == EXPECTED
    for kind in ("object", "category"):
        other = cluster_pairs(frame.astype({"source": kind, "target": kind}))
        assert other.to_dict("records") == EXPECTED


def test_polars_has_a_data_frame() -> None:
    """Tables of polars, lazy or not, have a table of polars."""
    frame = pl.DataFrame(ROWS)
    for given in (frame, frame.lazy(), frame.with_columns(pl.col("source").cast(pl.Categorical))):
        found = cluster_pairs(given)
        assert isinstance(found, pl.DataFrame)
        assert found.to_dicts() == EXPECTED


def test_arrow_has_a_table() -> None:
    """Tables, batches, readers and streams of Arrow have a table of pyarrow."""
    table = pa.Table.from_pylist(ROWS)
    for given in (table, table.to_reader(), table.to_batches(), [table]):
        found = cluster_pairs(given)
        assert isinstance(found, pa.Table)
        assert found.to_pylist() == EXPECTED
    assert found.schema.types == [pa.string(), pa.string()]


def test_duckdb_has_a_relation_of_the_same_connection() -> None:
    """A relation of DuckDB has one that can be joined with it."""
    with duckdb.connect() as connection:
        connection.register("rows", pa.Table.from_pylist(ROWS))
        pairs = connection.sql("SELECT * FROM rows")
        found = cluster_pairs(pairs)
        joined = pairs.join(found.set_alias("c"), "source = node").fetchall()
        assert found.fetchall() == [tuple(row.values()) for row in EXPECTED]
        assert len(joined) == 3


@pytest.mark.parametrize(
    "setting",
    ["threads = 2", "enable_external_access = false", "python_enable_replacements = false"],
)
def test_a_relation_of_duckdb_has_no_table_of_the_user(setting: str) -> None:
    """The result is not looked up by a name, which a table may have or a setting forbid."""
    with duckdb.connect() as connection:
        connection.execute(f"SET {setting}")
        connection.execute("CREATE TABLE \"table\" AS SELECT 'z' AS node, 'oops' AS cluster_id")
        connection.execute("CREATE TEMP VIEW pairs_given AS SELECT 7 AS seven")
        pairs = connection.sql("SELECT 'a' AS source, 'b' AS target, 0.9 AS score")
        if hasattr(pairs, "_con") or setting == "threads = 2":
            found = cluster_pairs(pairs)
            assert [node for node, _ in found.fetchall()] == ["a", "b"]
        else:  # before DuckDB 2.0 nothing but a name leads to a table of Python
            with pytest.raises(ArgumentError, match="settings let no query read tables of Python"):
                cluster_pairs(pairs)
        assert connection.execute("FROM pairs_given").fetchall() == [(7,)]


def test_an_older_relation_is_asked_by_a_name_of_its_own() -> None:
    """A relation that does not tell its connection finds the result by a name that no other has."""

    class Older:
        def __init__(self, relation: Any, error: Exception | None = None) -> None:
            self.relation, self.error = relation, error

        def query(self, name: str, sql: str) -> Any:
            if self.error is not None:
                raise self.error
            table = vars(libraries)[sql.rpartition(" ")[2]]
            connection.register(sql.rpartition(" ")[2], table)
            return self.relation.query(name, sql)

    table = pa.table({"node": ["a"]})
    with duckdb.connect() as connection:
        pairs = connection.sql("SELECT 1 AS one")
        found = libraries.returns(Older(pairs), libraries.Library.DUCKDB)(table)
        assert found.fetchall() == [("a",)]
        refused = Older(pairs, duckdb.CatalogException("there is no such table"))
        with pytest.raises(ArgumentError, match="settings let no query read tables of Python"):
            libraries.returns(refused, libraries.Library.DUCKDB)(table)


def test_columns_frames_and_records_have_their_own() -> None:
    """A dict of columns has one again, and a Frame a Frame; any iterable of dicts a list."""
    expected = {name: [row[name] for row in EXPECTED] for name in ("node", "cluster_id")}
    assert cluster_pairs(COLUMNS) == expected
    arrays = {name: np.array(values) for name, values in COLUMNS.items()}
    assert cluster_pairs(arrays) == expected
    found = cluster_pairs(Frame(pa.table(COLUMNS)))
    assert isinstance(found, Frame)
    assert list(found) == EXPECTED
    assert cluster_pairs(iter(ROWS)) == EXPECTED


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.json", "a.jsonl"])
def test_files_have_a_frame(tmp_path: Path, name: str) -> None:
    """Files are read by content, from a path or as bytes."""
    path = tmp_path / name
    if name.endswith("parquet"):
        pq.write_table(pa.table(COLUMNS), path)
    elif name.endswith("csv"):
        pd.DataFrame(ROWS).to_csv(path, index=False)
    elif name.endswith("json"):
        path.write_text(json.dumps(ROWS))
    else:
        path.write_text("\n".join(map(json.dumps, ROWS)))

    for given in (path, str(path), path.read_bytes()):
        found = cluster_pairs(given)
        assert isinstance(found, Frame)
        assert list(found) == EXPECTED


def test_a_spreadsheet_keeps_its_ids() -> None:
    """In CSV ids are texts, decimals may have a comma, and an empty cell is null."""
    content = b"source;target;score;status\n007;7;0,9;\n7;8;;approved\n"

    found = cluster_pairs(content, status="status")

    assert found["node"] == ["007", "7", "8"]
    assert len(set(found["cluster_id"])) == 1


# --- ids -----------------------------------------------------------------------------------------

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("source", "target", "nodes"),
    [
        (pa.array([1], pa.int8()), pa.array([300]), [1, 300]),
        (pa.array([1], pa.int32()), pa.array([2], pa.int32()), [1, 2]),
        (pa.array([1], pa.uint64()), pa.array([2], pa.uint64()), [1, 2]),
        (pa.array([1]), pa.array([2**63], pa.uint64()), [1, 2**63]),
        (pa.array([1.0]), pa.array([2]), [1, 2]),
        (pa.array([Decimal(3)]), pa.array([2]), [2, 3]),
        (pa.array(["x"]), pa.array(["y"]).dictionary_encode(), ["x", "y"]),
        (pa.array(["x"]).dictionary_encode(), pa.array(["y"]).dictionary_encode(), ["x", "y"]),
        (pa.array(["x"], pa.large_string()), pa.array(["y"], pa.string_view()), ["x", "y"]),
        (pa.array([b"x"]), pa.array([b"y"], pa.binary(1)), [b"x", b"y"]),
        (pa.array([b"x"], pa.binary_view()), pa.array([b"y"], pa.binary_view()), [b"x", b"y"]),
        (pa.array(["x"], pa.string_view()), pa.array(["y"], pa.string_view()), ["x", "y"]),
        (pa.array([ONE.bytes], pa.uuid()), pa.array([TWO.bytes], pa.uuid()), [ONE, TWO]),
    ],
)
def test_ids_of_arrow(source: pa.Array, target: pa.Array, nodes: list[Any]) -> None:
    """Ids of any width compare, and come back as the type of both ends or as the widest."""
    table = pa.table({"source": source, "target": target, "score": [0.9]})

    found = cluster_pairs(table)

    assert found.column("node").to_pylist() == nodes
    columns = {name: table.column(name) for name in table.column_names}
    assert cluster_pairs({**columns, "source": source})["node"] == nodes
    if source.type == target.type and not pa.types.is_dictionary(source.type):
        assert found.schema.field("node").type == source.type


@pytest.mark.parametrize(
    ("source", "target", "nodes"),
    [
        (ONE, TWO, [ONE, TWO]),
        (1, np.int64(2), [1, 2]),
        (1, 2.0, [1, 2]),
        (1, 2**64 - 1, [1, 2**64 - 1]),
        (b"x", b"y", [b"x", b"y"]),
        (np.str_("x"), "y", ["x", "y"]),
    ],
)
def test_ids_of_python(source: Any, target: Any, nodes: list[Any]) -> None:
    """Ids may be objects of Python; those of UUIDs come back as UUIDs."""
    found = cluster_pairs([{"source": source, "target": target, "score": 0.9}])

    assert [row["node"] for row in found] == nodes
    assert len({row["cluster_id"] for row in found}) == 1


def test_bytes_in_other_libraries() -> None:
    """Bytes are ids in every library that has them."""
    columns = {"source": [b"x"], "target": [b"\xff"], "score": [0.9]}
    for frame in (pl.DataFrame(columns), pl.LazyFrame(columns), pd.DataFrame(columns)):
        assert list(cluster_pairs(frame)["node"]) == [b"x", b"\xff"]


def test_uuids_in_other_libraries() -> None:
    """Pandas has UUIDs, and libraries without them have texts."""
    columns = {"source": [ONE], "target": [TWO], "score": [0.9]}
    texts = [str(ONE), str(TWO)]

    assert cluster_pairs(pd.DataFrame(columns))["node"].to_list() == [ONE, TWO]
    assert cluster_pairs(Frame(pa.table(columns)))["node"] == texts
    objects = pl.DataFrame({**columns, "source": pl.Series([ONE], dtype=pl.Object)})
    objects = objects.with_columns(pl.Series("target", [TWO], dtype=pl.Object))
    assert cluster_pairs(objects)["node"].to_list() == texts


def test_blocks_of_rows_are_one_table() -> None:
    """Ids of several batches are one column, whatever their types."""
    rows = [{"source": 1, "target": 2, "score": 0.9}] * BLOCK_ROWS
    rows.append({"source": 2, "target": 2**63, "score": 0.9})

    found = cluster_pairs(rows)

    assert [row["node"] for row in found] == [1, 2, 2**63]


# --- decisions and groups ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statuses",
    [
        ["APPROVED", "rejected", None],
        [" Match ", "distinct", "unsure"],
        [True, False, None],
        [1, 0, None],
        [1.0, 0.0, None],
        [1.0, 0.0, float("nan")],
        ["1.0", "0.0", ""],
        [Decimal("1.00"), Decimal("0.00"), None],
        ["yes", "no", ""],
        ["true", "False", "unknown"],
    ],
)
@pytest.mark.parametrize("make", [list, pa.array, lambda v: pa.array(v).dictionary_encode()])
def test_decisions_in_words(statuses: list[Any], make: Any) -> None:
    """Words, truth values and nulls are decisions."""
    pairs = {"source": ["a", "b", "c"], "target": ["b", "c", "d"], "score": [0.0, 1.0, 1.0]}
    table: Any = {**pairs, "status": statuses} if make is list else None
    if table is None:
        table = pa.table({**pairs, "status": make(statuses)})

    found = cluster_pairs(table, status="status", method="components", threshold=0.5)

    found = found if make is list else found.to_pydict()
    ids = found["cluster_id"]
    assert [ids[0] == ids[1], ids[1] == ids[2], ids[2] == ids[3]] == [True, False, True]


def test_labels_of_numbers_with_nulls_are_decisions(tmp_path: Path) -> None:
    """Ones and zeros are floats in pandas where others are null, and so in its files."""
    frame = pd.DataFrame({"source": list("ac"), "target": list("bd"), "status": [1, None]})
    frame.to_csv(tmp_path / "pairs.csv", index=False)
    frame.to_parquet(tmp_path / "pairs.parquet")
    for given in (frame, tmp_path / "pairs.csv", tmp_path / "pairs.parquet"):
        found = cluster_pairs(given, score=None, status="status")
        ids = list(found["cluster_id"])
        assert [ids[0] == ids[1], ids[2] == ids[3]] == [True, False]
    frame["status"] = [2, None]
    with pytest.raises(FormatError, match=r"status is 2\.0 in record 0"):
        cluster_pairs(frame, score=None, status="status")


def test_enum_members_are_decisions() -> None:
    """A status of this library is one."""
    from hummgraph import Status

    rows: list[dict[str, Any]] = [
        {"source": "a", "target": "b", "score": 0.0, "status": Status.APPROVED}
    ]
    assert len({row["cluster_id"] for row in cluster_pairs(rows, status="status")}) == 1


def test_pairs_without_scores_are_decided() -> None:
    """Without a column of scores only decisions join."""
    rows = {"source": ["a", "c"], "target": ["b", "d"], "status": ["APPROVED", "SUGGESTED"]}

    found = cluster_pairs(rows, score=None, status="status")

    assert len(set(found["cluster_id"])) == 3


def test_groups_are_columns_or_a_mapping() -> None:
    """Both say the same; a node may have no group in one row and one in another."""
    rows = {
        "source": [1, 2],
        "target": [2, 3],
        "score": [0.9, 0.8],
        "one": pa.array(["x", None]).to_pylist(),
        "two": ["y", "x"],
    }
    mapping = {1: "x", 2: "y", 3: "x", 99: "z"}
    options: Any = {"method": "components", "threshold": 0.5, "one_per_group": True}

    assert cluster_pairs(rows, groups=("one", "two"), **options) == cluster_pairs(
        rows, groups=mapping, **options
    )
    assert len(set(cluster_pairs(rows, groups=mapping, **options)["cluster_id"])) == 2
    numbers = {**rows, "one": [1, None], "two": [2, 1]}
    assert cluster_pairs(numbers, groups=("one", "two"), **options) == cluster_pairs(
        rows, groups=mapping, **options
    )


# --- what is refused -----------------------------------------------------------------------------


def pair(**changed: Any) -> dict[str, list[Any]]:
    """Return a table of two pairs of which some columns are others."""
    return {"source": ["a", "b"], "target": ["b", "c"], "score": [0.9, 0.8], **changed}


@pytest.mark.parametrize(
    ("table", "options", "said", "hint"),
    [
        (
            pair(score=[0.9, 12.5]),
            {},
            "score is 12.5 in record 1, counted from 0; a score is a number in [0, 1].",
            "Divide percentages by 100, and turn a distance into a similarity.",
        ),
        (pair(score=[0.9, -0.1]), {}, "score is -0.1", "Divide"),
        (pair(score=[0.9, float("inf")]), {}, "score is inf", "Divide"),
        (pair(score=[0.9, "high"]), {}, "score is 'high'", "Divide"),
        (pair(score=[0.9, True]), {}, "score is True", "Divide"),
        (
            pair(match_weight=[3.1, 7.0], match_probability=[0.9, 0.99]),
            {"score": "match_weight"},
            "match_weight is 3.1 in record 0",
            "Write score='match_probability': match_weight is not a probability.",
        ),
        (
            pair(match_weight=[3.1, 7.0]),
            {"score": "match_weight"},
            "match_weight is 3.1",
            "A match weight w is the probability 2**w / (1 + 2**w); pass a column of that.",
        ),
        (pair(source=["a", None]), {}, "source is null or empty in record 1", "Drop such rows"),
        (pair(source=["a", float("nan")]), {}, "source is null or empty in record 1", "Drop"),
        (pair(target=["", "c"]), {}, "target is null or empty in record 0", "Drop such rows"),
        (pair(source=[None, None]), {}, "source is null or empty in record 0", "Drop"),
        (pair(source=["a", 1]), {}, "source has ids of several types: int and str.", "Cast"),
        (
            pair(source=[1, 2]),
            {},
            "source has whole numbers and target has texts: no id of one can equal",
            "Cast one of them",
        ),
        (pair(source=[1.5, 2.5]), {}, "source has the id 1.5", "Name the column that has the ids"),
        (pair(source=[2**70, 1]), {}, "source has the id 1180591620717411303424", "Name"),
        (pair(source=[-1, 2**63]), {}, "source has the id -1", "Name the column"),
        (pair(source=[True, False]), {}, "source has the id True", "Name the column"),
        (pair(source=[("a",), ("b",)]), {}, "source has the id ('a',)", "Name the column"),
        (
            pair(source=[-1, 2], target=[2**63, 2**64 - 1]),
            {},
            "source and target has negative ids, and ids of 2**63 or above.",
            "Cast them to text.",
        ),
        (
            pair(status=["APPROVED", "perhaps"]),
            {"status": "status"},
            "status is 'perhaps' in record 1, counted from 0; a status is APPROVED, REJECTED or",
            "Replace other words first.",
        ),
        (
            {"unique_id_l": ["a"], "unique_id_r": ["b"], "match_probability": [0.9]},
            {},
            "The dict of columns has no column 'source'; it has 'unique_id_l', 'unique_id_r',",
            "Write source='unique_id_l'.",
        ),
        (
            {"unique_id_l": ["a"], "unique_id_r": ["b"], "match_probability": [0.9]},
            {"source": "unique_id_l", "target": "unique_id_r"},
            "no column 'score'",
            "Write score='match_probability'.",
        ),
        (pair(), {"status": "Statuz"}, "no column 'Statuz'", "Name it by status=."),
        (pair(), {"groups": ("x", "y")}, "no column 'x'", "Name it by groups[0]=."),
        (
            {"source": ["a"], "target": ["b"]},
            {},
            "The dict of columns has no column 'score'; it has 'source', 'target'.",
            "Name it by score=.",
        ),
        (
            pair(source=["a", "\ud800"]),
            {},
            "source is '\\ud800' in record 1, counted from 0; half of a surrogate pair",
            "Read the file in the encoding",
        ),
        (
            [{"source": "a", "target": "b", "score": 0.9}] * BLOCK_ROWS
            + [{"source": "a", "target": "b\udfff", "score": 0.9}],
            {},
            f"target is 'b\\udfff' in record {BLOCK_ROWS:,}, counted from 0; half",
            "Read the file",
        ),
        (pair(x=["\ud800", "b"]), {"groups": ("x", "x")}, "x is '\\ud800' in a row", "Read"),
        (
            None,
            {},
            "cluster_pairs() takes a table of pairs, their records or a path, not a value of type",
            "the columns source, target and score",
        ),
        (
            duckdb.connect(),
            {},
            "takes a table of pairs",
            'Write cluster_pairs(con.sql("SELECT * FROM pairs")).',
        ),
        (pd.Series([1]), {}, "This Series is not a table.", "source, target and score"),
        (
            pair(x=["crm", "shop"], y=["crm", "shop"]),
            {"groups": ("x", "y")},
            "The node 'b' is in the groups 'crm' and 'shop'; a node is in one.",
            "put the group before the id",
        ),
        (
            pair(),
            {"groups": {1: "crm"}},
            "The keys of groups are whole numbers, and the ids of nodes are texts.",
            "Cast one of them",
        ),
        (pair(), {"groups": {None: "crm"}}, "groups is null or empty in key 0", "Drop"),
        ({"source": "abc", "target": ["b"]}, {}, "The column 'source' is a str", "dict of lists"),
        (pair(score=[0.9]), {}, "The columns differ in length: 1 and 2 values.", "one value"),
        ([{"source": "a"}, 3], {}, "Record 1, counted from 0, is a int, not a dict.", "a dict"),
        (b'[{"source": "a", "source": "b"}]', {}, "is not an object of JSON", "Write or copy"),
        ("[1, 2]", {}, "this one looks like JSON", "Pass JSON as bytes"),
    ],
)
def test_what_does_not_fit_is_told(table: Any, options: Any, said: str, hint: str) -> None:
    """The error names the column, the row and the value, and says what to do."""
    with pytest.raises(HummgraphError) as caught:
        cluster_pairs(table, **options)
    assert isinstance(caught.value, ArgumentError | FormatError)
    assert said in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array([1.5]), "source has numbers that are not whole, or above 64 bits"),
        (pa.array([True]), "source is of type bool; ids are texts, whole numbers, UUIDs or bytes."),
        (pa.array([[1]]), "source is of type list<"),
        (pa.array([float("nan")]), "source is null or empty in record 0"),
        (pa.array([None]), "source is null or empty in record 0"),
    ],
)
def test_types_of_arrow_that_are_no_ids(column: pa.Array, said: str) -> None:
    """Columns of Arrow of another type are refused by name."""
    table = pa.table({"source": column, "target": ["a"], "score": [0.9]})
    with pytest.raises(FormatError) as caught:
        cluster_pairs(table)
    assert said in caught.value.message


def test_ids_of_several_types_in_batches() -> None:
    """Numbers and texts in one column of objects are refused, in whichever row they are."""
    rows: list[dict[str, Any]] = [{"source": "a", "target": "b", "score": 0.9}] * BLOCK_ROWS
    rows.append({"source": 1, "target": "b", "score": 0.9})
    with pytest.raises(FormatError, match="source has ids of several types: texts and whole num"):
        cluster_pairs(rows)


def test_two_columns_of_one_name() -> None:
    """Two columns of one name are refused: neither of them counts."""
    frame = pd.DataFrame([["a", "b", "c", 0.9]], columns=["source", "source", "target", "score"])
    with pytest.raises(FormatError, match="Two columns are called 'source'"):
        cluster_pairs(frame)


def test_a_row_of_a_spreadsheet_is_named_as_there() -> None:
    """The header is row 1."""
    with pytest.raises(FormatError, match="score is '80' in row 3;"):
        cluster_pairs(b"source,target,score\na,b,0.5\nb,c,80\n")


def test_a_missing_file_is_told() -> None:
    """A path that is not there is an error of its own."""
    with pytest.raises(ConfigError, match=r"Cannot read 'nothing\.csv'"):
        cluster_pairs("nothing.csv")
