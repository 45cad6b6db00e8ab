"""Records of the API: models, decoding, checks, quarantine, catalogue."""

from __future__ import annotations

from hummgraph.records.catalogue import Catalogue, Lookup
from hummgraph.records.models import EntityLink, LinkType, Status
from hummgraph.records.quarantine import QuarantinedRecord, Reason

__all__ = [
    "Catalogue",
    "EntityLink",
    "LinkType",
    "Lookup",
    "QuarantinedRecord",
    "Reason",
    "Status",
]
