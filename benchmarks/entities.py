"""Measure roles and entities of a large organisation.

``python benchmarks/entities.py`` joins copies of generated organisations, whose names are those of
systems, by wrong links: 58,000 columns and 142,000 links, of which some columns have thousands.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from functools import partial
from uuid import UUID

import numpy as np
from rows import print_rows, progress

import hummgraph as hg
from hummgraph.datasets import generate_systems

_ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
N_COLUMNS = 58_000
N_LINKS = 142_000


def _moved(found: re.Match[str], number: int) -> str:
    """Return another id."""
    return str(UUID(int=UUID(found[0]).int ^ (number << 64)))


def organization(share: float) -> hg.Snapshot:
    """Return the snapshot of a large organisation, or of a share of it."""
    rng = np.random.default_rng(1)
    parts = [
        generate_systems(n_systems=9, n_things=14, found=0.9, noise=0.6, seed=seed)
        for seed in range(4)
    ]
    links: list[dict[str, object]] = []
    catalogue: dict[str, list[dict[str, object]]] = {}
    ends: list[tuple[str, str, str, str]] = []
    number = 0
    while len(ends) < share * N_COLUMNS:
        part = parts[number % len(parts)]
        text = json.dumps([part.links, part.catalogue])
        # Other ids, in another copy; all of them are of version 4.
        text = _ID.sub(partial(_moved, number=number), text)
        more, rows = json.loads(text)
        links += more
        for kind, records in rows.items():
            catalogue.setdefault(kind, []).extend(records)
        system = {row["id"]: row["integration_source_id"] for row in rows["tables"]}
        system |= {row["id"]: row["integration_source_id"] for row in rows["saas_objects"]}
        for kind, table in (("columns", "table_id"), ("saas_fields", "saas_object_id")):
            column = "column_id" if kind == "columns" else "field_id"
            ends += [
                (system[row[table]], table, column, f"{row[table]} {row['id']}")
                for row in rows[kind]
            ]
        number += 1
    model = links[0]
    while len(links) < share * N_LINKS:
        a, b = (len(ends) * rng.random(2) ** 3).astype(int).tolist()
        link = dict(model) | {"id": str(UUID(bytes=rng.bytes(16), version=4))}
        for side, end in (("source", ends[a]), ("target", ends[b])):
            for name in ("table_id", "saas_object_id", "column_id", "field_id"):
                link[f"{side}_{name}"] = None
            link[f"{side}_integration_source_id"] = end[0]
            link[f"{side}_{end[1]}"], link[f"{side}_{end[2]}"] = end[3].split()
        link |= {"status": "SUGGESTED", "confidence_score": round(float(rng.beta(4, 2)), 4)}
        links.append(link)
    catalogue["organization"] = catalogue["organization"][:1]
    for link in links:
        link["organization_id"] = catalogue["organization"][0]["id"]
    return hg.read_links(links, catalogue=catalogue)


def main() -> None:
    """Print the row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="share of the columns and links")
    share = parser.parse_args().share
    progress("an organisation of 58,000 columns")
    graph = hg.LinkGraph(organization(share))
    nodes = graph.n_nodes_by_level
    begin = time.process_time()
    found = hg.entities(graph)
    roles = hg.roles(graph)
    seconds = time.process_time() - begin
    note = (
        f"{nodes['column']:,} columns, {nodes['table']:,} tables, {graph.n_links:,} links;"
        f" {len(found):,} entities, {len(roles):,} roles"
    )
    print_rows("entities", {"seconds": (seconds, note)})


if __name__ == "__main__":
    main()
