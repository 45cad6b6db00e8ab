"""Relationships of DataHub's metadata files, read as a graph."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote
from uuid import uuid5

import msgspec

from hummgraph.errors import FormatError
from hummgraph.errors.arguments import check_path
from hummgraph.errors.texts import quoted
from hummgraph.export.datahub import MARK
from hummgraph.graph.columns import LINK_COLUMNS, NODE_COLUMNS
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.tables import GraphTables, columns_of, data_of
from hummgraph.records.limits import MemoryBudget, checked_limits
from hummgraph.records.redaction import KeptEvidence
from hummgraph.records.tables.files import as_utf8, read_whole
from hummgraph.records.tables.named import NAMESPACE

if TYPE_CHECKING:
    import os

    from hummgraph.records.limits import Limits

__all__ = ["read_datahub"]

_ASPECT: Final = "erModelRelationshipProperties"
_DATASET: Final = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:([^,()]+),([^,()]+),[^,()]+\)")
_ENDS: Final = ("source", "target")
_BYTES: Final = 40  # in memory for each byte of the file, once it is objects


def read_datahub(path: str | os.PathLike[str], *, limits: Limits | None = None) -> LinkGraph:
    """Read the relationships of a metadata file of DataHub as a graph.

    Parameters
    ----------
    path
        A JSON file of metadata change proposals, as :func:`hummgraph.write` and DataHub's sink
        ``file`` write it.
    limits
        Limits on memory (`memory`); those of `Limits()` by default.

    Returns
    -------
    LinkGraph
        The links that hummgraph wrote, with their ids, types, statuses, confidences and times, and
        the nodes at their ends, with their ids and names. A relationship of others becomes one
        DETERMINISTIC link of status SUGGESTED and confidence 1 for each pair of fields, between
        columns of datasets, whose systems are platforms; their ids are those that
        :func:`read_links` gives to such names. Evidence, descriptions, other nodes and glossary
        terms are not in the graph.

    Raises
    ------
    FormatError
        If the file is not a list of proposals, has no relationship, or a relationship is invalid.
    ConfigError
        If the file cannot be read.
    ArgumentError
        If ``path`` is not a path.
    MemoryLimitError
        If the file needs more memory than `limits` allow.

    Notes
    -----
    O(n log n) for n proposals.

    Examples
    --------
    >>> import tempfile
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = hg.write(graph, Path(folder) / "demo.datahub.json")
    ...     again = hg.read_datahub(path)
    >>> set(again.links["status"]), again.n_links
    ({'APPROVED'}, 90)
    """
    check_path(path, "read_datahub", "a metadata file of DataHub")
    memory = MemoryBudget(checked_limits(limits))
    what = Path(path).name
    content = read_whole(Path(path), int(memory.limits.memory))
    memory.take(len(content) * _BYTES, quoted(what))
    try:
        proposals = msgspec.json.decode(as_utf8(content))
    except (msgspec.DecodeError, RecursionError) as error:
        raise FormatError(f"{quoted(what)} is not JSON.") from error
    read = _Read()
    for number, one in enumerate(proposals if isinstance(proposals, list) else [proposals]):
        where = f"{quoted(what)}, proposal {number:,}"
        if not isinstance(one, dict) or "entityType" not in one:
            raise FormatError(f"{where} is not a metadata change proposal of DataHub.")
        if one.get("aspectName") == _ASPECT and one.get("changeType") == "UPSERT":
            read.add(one, where)
    if not read.links:
        raise FormatError(f"{quoted(what)} has no erModelRelationship of DataHub.")
    return read.graph(f"DataHub, {what}")


class _Read:
    """Nodes and links that were read, by id."""

    def __init__(self) -> None:
        self.nodes: dict[str, dict[str, Any]] = {}
        self.links: dict[str, dict[str, Any]] = {}
        self.organizations: set[str] = set()

    def add(self, proposal: dict[str, Any], where: str) -> None:
        """Add a relationship.

        Raises
        ------
        FormatError
            If it lacks what DataHub's model requires.
        """
        try:
            value = _aspect_of(proposal)
            said = value.get("customProperties") or {}
            if said.get("written_by") == MARK:
                self._add_own(said)
            else:
                self._add_foreign(str(proposal["entityUrn"]), value)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise FormatError(f"{where} has an invalid {_ASPECT}.") from error

    def _add_own(self, said: dict[str, str]) -> None:
        ends = {}
        for end in _ENDS:
            rows = msgspec.json.decode(said[f"{end}_nodes"], type=list[dict[str, str]])
            ends[end] = rows[0]["node_id"]
            for row in rows:
                self.nodes.setdefault(row["node_id"], {**row, "resolved": True})
        confidence = said.get("confidence")
        self.organizations.add(said.get("organization_id", ""))
        self.links[said["link_id"]] = {
            **{name: said.get(name) for name in ("link_id", "link_type", "status")},
            **{name: said.get(name) for name in ("created_at", "updated_at")},
            **ends,
            "confidence": None if confidence is None else float(confidence),
        }

    def _add_foreign(self, urn: str, value: dict[str, Any]) -> None:
        datasets = [_dataset_of(value[name]) for name in ("source", "destination")]
        for number, mapping in enumerate(value["relationshipFieldMappings"]):
            fields = [str(mapping[name]) for name in ("sourceField", "destinationField")]
            link = str(uuid5(NAMESPACE, f"link:{urn}:{number}"))
            self.links[link] = {
                "link_id": link,
                "link_type": "DETERMINISTIC",
                "status": "SUGGESTED",
                "confidence": 1.0,
                **{
                    end: self._named(*dataset, field)
                    for end, dataset, field in zip(_ENDS, datasets, fields, strict=True)
                },
            }

    def _named(self, system: str, table: str, column: str) -> str:
        """Return the id of a column by its names, after adding it, its table and its system."""
        parent, path = None, ""
        for level, name, before in (
            ("integration_source", system, ""),
            ("table", table, "/"),
            ("column", column, "."),
        ):
            path = f"{path}{before}{name}"
            node = str(uuid5(NAMESPACE, f"{level}:{path}"))
            row = {"node_id": node, "level": level, "name": name, "parent_id": parent}
            self.nodes.setdefault(node, {**row, "resolved": True})
            parent = node
        return str(parent)

    def graph(self, origin: str) -> LinkGraph:
        """Return the graph of all that was added."""
        organization = self.organizations.pop() if len(self.organizations) == 1 else ""
        tables = GraphTables.with_metadata(
            columns_of(list(self.nodes.values()), list(NODE_COLUMNS)),
            columns_of(list(self.links.values()), list(LINK_COLUMNS)),
            {"organization_id": organization, "kept_evidence": str(KeptEvidence.NONE)},
        )
        return LinkGraph.from_arrays(data_of(tables, origin=origin))


def _aspect_of(proposal: dict[str, Any]) -> dict[str, Any]:
    """Return the value of an aspect, which DataHub writes as an object or as text."""
    aspect = proposal["aspect"]
    value = aspect["json"] if "json" in aspect else msgspec.json.decode(aspect["value"])
    if not isinstance(value, dict):
        raise TypeError
    return value


def _dataset_of(urn: object) -> tuple[str, str]:
    """Return the platform and name of a dataset."""
    found = _DATASET.fullmatch(str(urn))
    if found is None:
        raise ValueError
    platform, name = found.groups()
    return unquote(platform), unquote(name)
