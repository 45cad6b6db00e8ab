"""Print which rows the demo's first joins bring together, of those that belong together.

``python benchmarks/joined_rows.py [SEED ...]`` joins every two tables of one entity of the demo's
truth, and tables of which one refers to the other, on invented records in DuckDB, by default of
seed 0.
Precision and recall are of pairs of rows, and averaged over pairs of tables.
"""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import duckdb
import pyarrow as pa
import sqlglot

import hummgraph as hg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.planted_rows import Found, PlantedRows
from tests.support.postgres import load_duckdb, place_of

_REFERENCES = (
    ("Stripe/customers", "Zendesk/tickets"),
    ("Salesforce/Account", "Stripe/invoices"),
    ("HubSpot/companies", "PostgreSQL/public.subscriptions"),
    ("Salesforce/Contact", "Zendesk/tickets"),
    ("PostgreSQL/public.users", "Snowflake/ANALYTICS.FCT_EVENTS"),
    ("Stripe/customers", "Stripe/charges"),
    ("Salesforce/Contact", "Salesforce/Task"),
    ("Mixpanel/Group", "Stripe/invoices"),
)


def main(seeds: list[int]) -> None:
    """Print a line for each pair that is not perfect, and one for each entity."""
    organization = hg.datasets.load_demo()
    graph = hg.LinkGraph(organization.snapshot())
    paths = dict(zip(graph.nodes["node_id"], graph.nodes["path"], strict=True))
    asked = [
        list(combinations(sorted(paths[one] for one in ids), 2))
        for ids in organization.entities
        if len(ids) > 1
    ]
    ways = {
        pair: hg.join_paths(graph, *pair, k=1).paths
        for pairs in (*asked, _REFERENCES)
        for pair in pairs
    }
    for seed in seeds:
        records = hg.datasets.demo_records(seed)
        places = {path: place_of(path) for path in records.tables}
        planted = PlantedRows.of(records)
        with duckdb.connect() as database:
            numbered = {
                path: table.append_column("row", pa.array(range(table.num_rows)))
                for path, table in records.tables.items()
            }
            load_duckdb(database, numbered)
            for pairs in (*asked, _REFERENCES):
                name = "reference" if pairs is _REFERENCES else planted.rows[pairs[0][0]][0][0]
                found: list[Found] = []
                for pair in pairs:
                    if not ways[pair]:
                        print(f"  {' - '.join(pair)}: no way")
                        continue
                    way = ways[pair][0]
                    query = sqlglot.parse_one(
                        way.to_sql(dialect="duckdb", schemas=places), dialect="duckdb"
                    ).select('t1."row"', f't{len(way.tables)}."row"', append=False)
                    rows = database.execute(query.distinct().sql(dialect="duckdb")).fetchall()
                    one = planted.found(*pair, set(rows))
                    found.append(one)
                    if one.precision < 0.99 or one.recall < 0.5:
                        print(f"  {way!r}: precision {one.precision:.3f}, recall {one.recall:.3f}")
                if found:
                    precision = sum(one.precision for one in found) / len(found)
                    recall = sum(one.recall for one in found) / len(found)
                    print(
                        f"seed {seed}, {name}: {len(found)} of {len(pairs)} pairs of tables,"
                        f" precision {precision:.3f}, recall {recall:.3f}"
                    )


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [0])
