"""Measure identity tables: how right they are, that engines agree, and ten million records.

``python benchmarks/identity.py`` plans the entities of the demo from its default clusters, verifies
the plans by invented records of twenty seeds and joins them, without a human; joins random records
of a hundred seeds in DuckDB, in PostgreSQL and by networkx; and joins ten million records in DuckDB
with 3 GB for its memory. Its thresholds were chosen on seeds 0 and 3, and one of its rules on seeds
from 100 to 112.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import duckdb
from rows import print_rows, progress

import hummgraph as hg
from hummgraph.datasets import demo_records, load_demo

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.identities import Rows, components, joined
from tests.support.postgres import Server, postgres_program, started_postgres

FIRST_SEED = 200
PAIRS = """
    WITH known AS (
        SELECT entity_id AS e, truth.entity || ':' || truth.thing AS t
        FROM {table} AS i JOIN truth
        ON i.system || '/' || i.table_name = truth."table" AND i.record_key = truth.record_key
    ), pairs AS (
        SELECT e, t, COUNT(*) * (COUNT(*) - 1) / 2 AS n FROM known
        GROUP BY GROUPING SETS ((e, t), (e), (t))
    )
    SELECT SUM(n) FILTER (e IS NOT NULL AND t IS NOT NULL), SUM(n) FILTER (t IS NULL),
        SUM(n) FILTER (e IS NULL) FROM pairs
"""


def quality(n_seeds: int, n_persons: int = 500) -> dict[str, tuple[float, str]]:
    """Return precision and recall of pairs of records, of all entities and seeds together."""
    graph = hg.LinkGraph(load_demo().snapshot())
    entities, clusters = hg.entities(graph), hg.cluster(graph)
    sums: dict[str, Counter[str]] = {name: Counter() for name in ("plain", "data")}
    least = {"precision": 1.0, "recall": 1.0}
    n_records = 0
    for seed in range(FIRST_SEED, FIRST_SEED + n_seeds):
        records = demo_records(seed, n_persons=n_persons)
        truth = records.truth.to_arrow()
        mine: Counter[str] = Counter()
        for entity in entities:
            plan = hg.identity_table(graph, entity, clusters=clusters, entities=entities)
            if not plan.keys:
                continue
            for name, one in (("plain", plan), ("data", plan.verify(records.tables))):
                database = duckdb.connect()
                database.register("truth", truth)
                run = one.run(database, connections=records.tables)
                ((both, found, true),) = database.execute(PAIRS.format(table=run.table)).fetchall()
                counts = {"both": int(both), "found": int(found), "true": int(true)}
                sums[name].update(counts)
                if name == "data":
                    mine.update(counts)
                    n_records += run.n_records
        least["precision"] = min(least["precision"], mine["both"] / mine["found"])
        least["recall"] = min(least["recall"], mine["both"] / mine["true"])
        progress(
            f"seed {seed}: {mine['both'] / mine['found']:.4f} {mine['both'] / mine['true']:.4f}"
        )
    precision = {name: found["both"] / found["found"] for name, found in sums.items()}
    recall = {name: found["both"] / found["true"] for name, found in sums.items()}
    of = f"{n_seeds} seeds, {n_records // n_seeds:,} records each"
    return {
        "precision": (precision["data"], f"{of}; least of a seed {least['precision']:.4f}"),
        "recall": (recall["data"], f"least of a seed {least['recall']:.4f}"),
        "plain": (precision["plain"], f"recall {recall['plain']:.4f}"),
    }


def random_rows(seed: int) -> tuple[dict[str, Rows], int]:
    """Return random records of a few tables, and the largest number of records that join."""
    chance = random.Random(seed)
    n, n_values = chance.choice([5, 40, 400]), chance.choice([3, 30, 300, 600])
    values = [None, "", "  ", *map(str, range(n_values))]

    def value() -> str | None:
        found = chance.choice(values)
        return f" {found}X" if found and chance.random() < 0.5 else found and f"{found}x "

    return {
        name: [(str(chance.randrange(n)), value(), value()) for _ in range(n)]
        for name in ("a", 'odd "name"', "c")
    }, chance.choice([1, 3, 10])


def differing(n_seeds: int) -> tuple[int, str]:
    """Return the number of seeds of which DuckDB, PostgreSQL and networkx differ."""
    n_wrong = n_records = 0
    with ExitStack() as stack:
        server = stack.enter_context(started_postgres()) if postgres_program() else None
        for seed in range(n_seeds):
            data, fan_out = random_rows(seed)
            here = joined(data, 2, fan_out=fan_out)[:2]
            known = components(data, fan_out=fan_out)
            same = {(row[2], row[3]): row[0] for row in here[0]} == known
            if server:
                # A new connection, to a database without the tables of the last seed.
                there = joined(data, 2, fan_out=fan_out, connection=_Postgres(server))
                same &= here == there[:2]
            n_wrong += not same
            n_records += len(known)
    lacking = "" if server else ", without PostgreSQL, which is not here"
    return n_wrong, f"of {n_seeds} seeds, {n_records:,} records{lacking}"


class _Postgres:
    """A connection of PostgreSQL with the two methods of DuckDB's that the tests use."""

    def __init__(self, server: Server) -> None:
        self._connection = server.connect()
        self._connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def execute(self, statement: str) -> object:
        """Run a statement."""
        return self._connection.execute(statement)

    def executemany(self, statement: str, rows: Rows) -> None:
        """Run a statement for each row."""
        self._connection.cursor().executemany(statement.replace("?", "%s"), rows)


def ten_million(n_records: int) -> dict[str, tuple[float, str]]:
    """Return the seconds and the memory for many records of four tables by three keys."""
    graph = hg.LinkGraph(load_demo().snapshot())
    tables = {
        "HubSpot/contacts": ("hs_object_id", "email", "phone", "salesforcecontactid"),
        "Salesforce/Contact": ("Id", "Email", "Phone", "Id"),
        "PostgreSQL/public.users": ("id", "email", "phone", "legacy_crm_id"),
        "Zendesk/users": ("id", "email", "phone", None),
    }
    with tempfile.TemporaryDirectory() as folder:
        database = duckdb.connect(f"{folder}/records.duckdb")
        database.execute("SET memory_limit = '3GB'; SET preserve_insertion_order = false")
        database.execute(f"SET temp_directory = '{folder}/spilled'")
        each = n_records // len(tables)
        for number, (key, email, phone, crm) in enumerate(tables.values()):
            thing = f"((i * 7 + {number}) % {n_records // 3})"
            values = {
                key: f"'{'003' if key == 'Id' else 'k'}' || i",
                email: f"'Person' || {thing} || '@Example.com'",
                phone: f"'+49 170 ' || (100000000 + {thing})",
            }
            if crm and crm != key:
                values[crm] = f"'003' || {thing}"
            filled = {
                name: text
                if name == key
                else f"CASE WHEN hash(i, '{name}', {number}) % 10 >= 3 THEN {text} END"
                for name, text in values.items()
            }
            columns = ", ".join(f'{text} AS "{name}"' for name, text in filled.items())
            database.execute(
                f"CREATE TABLE t{number} AS SELECT {columns} FROM range({each}) AS r(i)"  # noqa: S608 - our own names
            )
        plan = hg.identity_table(
            graph,
            "person",
            keys={
                "email": [f"{path}.{names[1]}" for path, names in tables.items()],
                "phone": [f"{path}.{names[2]}" for path, names in tables.items()],
                "contact id": [f"{path}.{names[3]}" for path, names in tables.items() if names[3]],
            },
            schemas={path: f"t{number}" for number, path in enumerate(tables)},
            tables=list(tables),
        )
        progress(f"{n_records:,} records are made")
        begin = time.perf_counter()
        run = plan.run(database)
        seconds = time.perf_counter() - begin
        database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    note = f"{run.n_records:,} records of {run.n_entities:,} entities, {run.rounds} rounds"
    return {
        "seconds": (seconds, note),
        "memory": (peak, "the largest of the process, in 10^9 bytes"),
    }


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the demo's records")
    parser.add_argument("--persons", type=int, default=500, help="persons of the demo's records")
    parser.add_argument("--random", type=int, default=100, help="seeds of random records")
    parser.add_argument("--records", type=int, default=10_000_000, help="records to join")
    arguments = parser.parse_args()
    # First, as the memory is that of the whole process.
    figures: dict[str, float | tuple[float, str]] = dict(ten_million(arguments.records))
    figures |= quality(arguments.seeds, arguments.persons)
    figures["different"] = differing(arguments.random)
    print_rows("identity", figures)


if __name__ == "__main__":
    main()
