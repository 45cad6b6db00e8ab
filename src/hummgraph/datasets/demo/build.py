"""Build of the bundled demo organisation from `catalogue.toml`.

Run ``python -m hummgraph.datasets.demo.build`` after a change of that file or of the scripts; a
test compares the bundled file with their result.

The systems, tables and columns, and the truth, are written by hand. Simple matchers then propose
links as an honest, untuned pipeline would. Random numbers are hashes of the names they belong to,
so that an addition to the description leaves the rest unchanged, and every platform and every
version of Python builds the same organisation.

The reply is valid except for three records that demonstrate the quarantine: an exact duplicate, a
confidence above 1, and one side that is both a table and an object.
"""

from __future__ import annotations

import gzip
import json
from itertools import chain
from pathlib import Path
from typing import Any, Final

from hummgraph.datasets.demo.description import (
    SchemaNode,
    catalogue_records,
    draw,
    entities_of,
    moment,
    read_description,
    read_nodes,
    uuid,
)
from hummgraph.datasets.demo.matchers import MatchProposal, propose

__all__ = ["BUNDLED", "build_organization", "write_organization"]

BUNDLED: Final = Path(__file__).with_name("organization.json.gz")


def _manual_proposals(
    description: dict[str, Any], nodes: dict[str, SchemaNode]
) -> list[MatchProposal]:
    return [
        MatchProposal(
            nodes[link["ends"][0]],
            nodes[link["ends"][1]],
            f"by hand {number}",
            link.get("confidence"),
            link.get("evidence"),
            link.get("type", "PROBABILISTIC"),
            link.get("status", "SUGGESTED"),
        )
        for link in description["link"]
        for number in range(link.get("times", 1))
    ]


def _link_record(it: MatchProposal, organization_id: str) -> dict[str, Any]:
    link_id = uuid("link", *it.words)
    created = moment("created", link_id)
    updated = max(created, moment("updated", link_id, days=125.0))
    return {
        "organization_id": organization_id,
        "source_integration_source_id": uuid(it.source.system),
        "target_integration_source_id": uuid(it.target.system),
        "id": link_id,
        "created_at": created,
        "updated_at": created if it.status == "SUGGESTED" else updated,
        **_end_ids("source", it.source, link_id),
        **_end_ids("target", it.target, link_id),
        "link_type": it.link_type,
        "status": it.status,
        "confidence_score": it.confidence,
        "evidence": it.evidence,
    }


def _end_ids(side: str, node: SchemaNode, link_id: str) -> dict[str, str | None]:
    """Return one side's four ids; some columns lack their table, which is allowed."""
    table_id = uuid(node.table_path) if node.table else None
    column_id = uuid(node.path) if node.column else None
    if column_id and draw("bare", side, link_id) < 0.03:
        table_id = None
    return {
        f"{side}_table_id": None if node.is_saas else table_id,
        f"{side}_saas_object_id": table_id if node.is_saas else None,
        f"{side}_column_id": None if node.is_saas else column_id,
        f"{side}_field_id": column_id if node.is_saas else None,
    }


def _invalid_records(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return three records that belong in quarantine, derived from valid ones that stay."""
    suggested = [
        link for link in links if link["status"] == "SUGGESTED" and link["source_field_id"]
    ]
    duplicate, out_of_range, two_families = suggested[10], suggested[20], suggested[30]
    return [
        dict(duplicate),
        {**out_of_range, "id": uuid("spoiled", "range"), "confidence_score": 1.04},
        {
            **two_families,
            "id": uuid("spoiled", "families"),
            "source_table_id": uuid("spoiled", "table"),
        },
    ]


def build_organization() -> dict[str, Any]:
    """Build the demo organisation: name, id, records of links and catalogue, and the truth.

    Returns
    -------
    dict
        Keys ``name``, ``organization_id``, ``links``, ``catalogue``, ``entities``, ``roles`` and
        ``truth``: the true role of each column, and lists of ids of tables that hold one thing and
        of columns with the same attribute.
    """
    description = read_description()
    nodes = read_nodes(description)
    organization_id = uuid(description["organization"]["name"])
    records: dict[str, dict[str, Any]] = {}
    by_hand = _manual_proposals(description, nodes)
    for it in chain(by_hand, _drop_reviewed_pairs(by_hand, propose(nodes))):
        record = _link_record(it, organization_id)
        records[record["id"]] = record
    links = [records[link_id] for link_id in sorted(records)]
    links = sorted(
        links + _invalid_records(links), key=lambda link: (link["created_at"], link["id"])
    )
    meanings: dict[str, list[str]] = {}
    for node in nodes.values():
        if node.column:
            meanings.setdefault(node.meaning, []).append(uuid(node.path))
    return {
        "name": description["organization"]["name"],
        "organization_id": organization_id,
        "links": links,
        "catalogue": catalogue_records(description, nodes),
        "entities": entities_of(nodes),
        "roles": {uuid(node.path): node.role for node in nodes.values() if node.role},
        "truth": sorted(sorted(members) for members in meanings.values() if len(members) > 1),
    }


def _drop_reviewed_pairs(
    by_hand: list[MatchProposal], proposals: list[MatchProposal]
) -> list[MatchProposal]:
    """Return proposals without those for pairs that are written by hand."""
    done = {frozenset((it.source.path, it.target.path)) for it in by_hand}
    return [it for it in proposals if frozenset((it.source.path, it.target.path)) not in done]


def write_organization(path: Path = BUNDLED) -> None:
    """Write the demo organisation, compressed, without a time stamp."""
    text = json.dumps(build_organization(), separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":  # pragma: no cover - would replace the bundled file
    write_organization()
