"""Feed bytes to everything that reads a reply or a file of links; see README.md."""

from __future__ import annotations

import io
import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import engine

with engine.instrumented():
    import hummgraph as hg
    from hummgraph.records import validation
    from hummgraph.records.catalogue import CatalogueBuilder
    from hummgraph.records.verdicts import validate_record

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("organization", "integration_sources", "tables", "columns", "saas_objects", "saas_fields")
KINDS += ("relationships", "associations")
FOLDER = Path(tempfile.mkdtemp())
# So that what is mutated begins as something that is right.
LINK = {
    "id": "5f2b1c9e-7a52-4a53-9d1e-0a4d5d2f7a10",
    "organization_id": "0b0f5a52-6f1c-4f55-9d0a-6a3c5f2f1a01",
    "source_integration_source_id": "11111111-1111-4111-8111-111111111111",
    "target_integration_source_id": "22222222-2222-4222-8222-222222222222",
    "source_table_id": "33333333-3333-4333-8333-333333333333",
    "source_column_id": "44444444-4444-4444-8444-444444444444",
    "target_saas_object_id": "55555555-5555-4555-8555-555555555555",
    "target_field_id": "66666666-6666-4666-8666-666666666666",
    "link_type": "PROBABILISTIC",
    "status": "SUGGESTED",
    "confidence_score": 0.5,
    "evidence": {"text": "\u00e9", "list": [1, None, True]},
    "created_at": "2026-01-05T09:30:00Z",
    "updated_at": "2026-01-05T09:30:00.123+02:00",
}


def one_input(data: bytes) -> None:
    """Read it in every way; the counts must add up, and what is kept must make a graph."""
    try:
        found = validation.validate_links([lambda: io.BytesIO(data)])
    except hg.HummgraphError:
        pass
    else:
        assert found.n_records == found.links.num_rows + found.quarantine.counts.records
    for piece in (data, data[1:-1]):
        with suppress(hg.HummgraphError):
            validate_record(piece)
    kind = KINDS[len(data) % len(KINDS)]
    with suppress(hg.HummgraphError):
        builder = CatalogueBuilder()
        builder.add(kind, data)
        builder.build()
    path = FOLDER / "links.json"
    path.write_bytes(data)
    try:
        snapshot = hg.read_links(path)
    except hg.HummgraphError:
        return
    report = snapshot.report
    assert report.records == report.kept + report.quarantined
    graph = hg.LinkGraph(snapshot)
    assert graph.n_links == report.kept
    str(report)


def seeds() -> Iterator[bytes]:
    """Yield replies that are right, and those of strangers."""
    from tests.support.hostile import DATA_FILES

    text = json.dumps(LINK)
    bad = json.dumps({**LINK, "confidence_score": 7})
    for seed in ("[]", f"[{text}]", f"[{text}, {bad}]", f"{text}\n{bad}\n", '{"detail": "no"}'):
        yield seed.encode()
    yield from (t for (name, _), t in DATA_FILES.items() if name in {"links.json", "tables.json"})


if __name__ == "__main__":
    engine.run(one_input, seeds())
