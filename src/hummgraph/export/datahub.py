"""Metadata files of DataHub: links as relationships between fields, clusters as glossary terms.

The file is a list of metadata change proposals, which DataHub's source ``file`` reads:

- An APPROVED link between two columns becomes an ``erModelRelationship`` of their datasets. Its
  cardinality is left out, since a link does not have one.
- A cluster becomes a glossary term. Terms are attached to fields by patches, which add to what
  DataHub holds and replace nothing.

DataHub knows a dataset by its platform, name and environment. A graph has none of these: kinds or
names of systems become platforms, unless the user says what DataHub calls them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

from hummgraph.errors import ArgumentError
from hummgraph.export.rows import array_lines, link_rows, node_rows
from hummgraph.frames import counted
from hummgraph.graph.elements import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hummgraph.export.rows import Rows

__all__ = ["MARK", "datahub_chunks"]

MARK: Final = "hummgraph"
"""Value of the property ``written_by`` of what hummgraph wrote."""

_NODE: Final = "urn:li:glossaryNode:hummgraph"
_ACTOR: Final = "urn:li:corpuser:hummgraph"
_DATASET: Final = "urn:li:dataset:(urn:li:dataPlatform:"
_RESERVED: Final = {letter: quote(letter) for letter in ",()\u241f"}
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_MAX_URN: Final = 512  # bytes when percent-encoded; DataHub rejects longer ones
_SHOWN_MEMBERS: Final = 30
_PLATFORMS: Final = {"postgresql": "postgres", "sqlserver": "mssql", "sql_server": "mssql"}
"""Names of platforms of DataHub for kinds of systems that have another name."""

_HINT: Final = "For example: platforms={'Snowflake': 'snowflake'}."


def datahub_chunks(
    rows: Rows,
    *,
    platforms: Mapping[Any, str] | None = None,
    env: str = "PROD",
    suggested: bool = False,
) -> Iterator[bytes]:
    """Yield links and clusters as a metadata file of DataHub.

    Parameters
    ----------
    rows
        Nodes and links to write.
    platforms
        Names in DataHub of systems and tables, by name, id or node. For a system, the name of a
        platform, such as ``"snowflake"``, or the URN of its datasets with ``{table}`` and perhaps
        ``{schema}`` in it; for a table, the URN of its dataset. The platform of a system that is
        not given is its kind or, if there are several systems of the kind, its name, in lower case
        with underscores in place of other characters.
    env
        Environment of datasets for which no URN is given.
    suggested
        Whether SUGGESTED links are written as well.

    Yields
    ------
    bytes
        UTF-8 text. Equal graphs give equal bytes.

    Raises
    ------
    ArgumentError
        If the links are lifted, or ``platforms`` or ``env`` is invalid.
    NodeNotFoundError, AmbiguousNodeError
        If a key of ``platforms`` is not a node, or ambiguous.

    Notes
    -----
    O(n log n) for n nodes and links. Columns and tables that are deleted or have no name are left
    out, as are those whose URN DataHub rejects: longer than 512 bytes, or with blanks at an end.

    Examples
    --------
    >>> import json
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> from hummgraph.export.rows import Rows
    >>> from hummgraph.records.redaction import KeptEvidence
    >>> rows = Rows(LinkGraph(load_demo().snapshot()), None, KeptEvidence.VOCABULARY)
    >>> read = json.loads(b"".join(datahub_chunks(rows)))
    >>> {one["entityType"] for one in read}
    {'erModelRelationship'}
    """
    if rows.lifted is not None:
        raise ArgumentError(
            "DataHub relates fields, not links lifted to a level.", hint="Write the graph itself."
        )
    if not isinstance(env, str) or not re.fullmatch("[A-Za-z_]+", env):
        raise ArgumentError(f"env is {env!r}; it must be a name such as 'PROD'.")
    places = _Places(rows, _read_platforms(rows, platforms), env)
    return _file_chunks(rows, places, {"APPROVED", *(["SUGGESTED"] if suggested else [])})


def _file_chunks(rows: Rows, places: _Places, statuses: set[str]) -> Iterator[bytes]:
    """Yield the file, piece by piece."""
    yield b"["
    proposals = [_relationships(rows, places, statuses), *_glossary(rows, places)]
    yield from array_lines(msgspec.json.encode(one) for many in proposals for one in many)
    yield b"\n]\n"


# --- names of DataHub ----------------------------------------------------------------------------


def _read_platforms(rows: Rows, platforms: object) -> dict[int, str]:
    """Return the platforms of systems and tables, by position, after checking each."""
    if platforms is None:
        return {}
    if not isinstance(platforms, Mapping):
        raise ArgumentError(
            f"platforms is {platforms!r}; it must be a mapping of systems and tables to names.",
            hint=_HINT,
        )
    found = {}
    for key, value in platforms.items():
        node = rows.whole.node(rows.whole.index_of(key))
        where = f"platforms has {value!r} for {node.path!r}, "
        if node.level is Level.COLUMN:
            raise ArgumentError(f"{where}which is a column; keys are systems and tables.")
        if not isinstance(value, str) or not value.strip():
            raise ArgumentError(f"{where}which is not a name.", hint=_HINT)
        is_urn = value.startswith("urn:")
        if is_urn and not re.fullmatch(r"urn:li:dataset:\(urn:li:dataPlatform:.+,.+,\w+\)", value):
            raise ArgumentError(f"{where}which is not the URN of a dataset.", hint=f"{_DATASET}...")
        holes = set(_PLACEHOLDER.findall(value)) if is_urn else set()
        if node.level is Level.TABLE and (not is_urn or holes):
            raise ArgumentError(f"{where}a table; its value must be the URN of one dataset.")
        if is_urn and node.level is not Level.TABLE and not {"table"} <= holes <= _HOLES:
            raise ArgumentError(
                f"{where}a system; its URN must have {{table}} in it, and may have {{schema}}."
            )
        found[node.index] = value
    return found


_HOLES: Final = {"table", "schema"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Dataset of a column or table, and the column's field; empty for a table."""

    dataset: str
    field: str


class _Places:
    """The dataset and field of each node that DataHub can hold."""

    def __init__(self, rows: Rows, given: Mapping[int, str], env: str) -> None:
        self.nodes = {row["node_id"]: row for row in node_rows(rows)}
        self._env = env
        index = {node_id: code for code, node_id in enumerate(self.nodes)}
        self._given = {
            node_id: given[index[node_id]] for node_id in self.nodes if index[node_id] in given
        }
        systems = [row for row in self.nodes.values() if row["level"] == "integration_source"]
        self._platforms: dict[str, str] = {}
        taken = {value for value in self._given.values() if not value.startswith("urn:")}
        kinds = Counter(row["kind"] for row in systems)
        for row in sorted(systems, key=lambda row: (row["name"], row["node_id"])):
            # Two systems of a kind may have tables of one name, which are different datasets.
            usual = row["kind"] if row["kind"] and kinds[row["kind"]] == 1 else row["name"]
            usual = re.sub(r"\W+", "_", usual.casefold()).strip("_") or "unknown"
            usual = _PLATFORMS.get(usual, usual)
            name, number = usual, 1
            while name in taken:
                number += 1
                name = f"{usual}_{number}"
            taken.add(name)
            self._platforms[row["node_id"]] = self._given.get(row["node_id"], name)

    def ancestors(self, row: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Return a node and those above it, by level."""
        found = {row["level"]: row}
        while row["parent_id"] is not None:
            row = self.nodes[row["parent_id"]]
            found[row["level"]] = row
        return found

    def of(self, row: dict[str, Any]) -> _Place | None:
        """Return the place of a column or table; ``None`` if DataHub cannot hold it."""
        above = self.ancestors(row)
        if "table" not in above or "integration_source" not in above or row["deleted"]:
            return None
        own = [above[level] for level in ("table", "column") if level in above]
        if not all(one["resolved"] and one["name"] for one in own):
            return None
        table, *column = (one["api_identifier"] or one["name"] for one in own)
        if column and column[0] != column[0].strip():
            return None
        dataset = self._dataset(above, table)
        accepted = len(quote(dataset, safe="")) <= _MAX_URN and table == table.strip()
        return _Place(dataset, *(column or [""])) if accepted else None

    def _dataset(self, above: dict[str, dict[str, Any]], table: str) -> str:
        """Return the URN of the dataset of a table."""
        if own := self._given.get(above["table"]["node_id"]):
            return own
        platform = self._platforms[above["integration_source"]["node_id"]]
        schema = above["table"]["schema_name"] or ""
        if platform.startswith("urn:"):
            values = {"table": _encoded(table), "schema": _encoded(schema)}
            return _PLACEHOLDER.sub(lambda found: values[found[1]], platform)
        name = f"{schema}.{table}" if schema else table
        return f"{_DATASET}{_encoded(platform)},{_encoded(name)},{self._env})"


def _encoded(text: str) -> str:
    """Return a text as a part of a URN, as DataHub itself encodes it."""
    return "".join(_RESERVED.get(letter, letter) for letter in text)


# --- proposals -----------------------------------------------------------------------------------


def _upsert(entity: str, urn: str, aspect: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return the proposal that sets an aspect of an entity."""
    return {
        "entityType": entity,
        "entityUrn": urn,
        "changeType": "UPSERT",
        "aspectName": aspect,
        "aspect": {"json": value},
    }


def _relationships(rows: Rows, places: _Places, statuses: set[str]) -> Iterator[dict[str, Any]]:
    """Yield a relationship for each link whose ends DataHub can hold."""
    organization = {"organization_id": rows.facts.get("organization_id")}
    for link in link_rows(rows):
        ends = [places.nodes[link[end]] for end in ("source", "target")]
        if link["status"] not in statuses or any(end["level"] != "column" for end in ends):
            continue
        source, target = map(places.of, ends)
        if source is None or target is None:
            continue
        properties = {
            "written_by": MARK,
            "link_id": link["link_id"],
            **organization,
            **{name: link[name] for name in ("link_type", "status", "created_at", "updated_at")},
            "confidence": None if link["confidence"] is None else repr(link["confidence"]),
            "source_nodes": _end_as_text(places.ancestors(ends[0])),
            "target_nodes": _end_as_text(places.ancestors(ends[1])),
        }
        yield _upsert(
            "erModelRelationship",
            f"urn:li:erModelRelationship:hummgraph.{link['link_id']}",
            "erModelRelationshipProperties",
            {
                "customProperties": {
                    name: value for name, value in properties.items() if value is not None
                },
                "name": f"{ends[0]['path']} = {ends[1]['path']}",
                "source": source.dataset,
                "destination": target.dataset,
                "relationshipFieldMappings": [
                    {"sourceField": source.field, "destinationField": target.field}
                ],
                **{
                    name: {"time": _milliseconds(link[moment]), "actor": _ACTOR}
                    for name, moment in (("created", "created_at"), ("lastModified", "updated_at"))
                    if link[moment] is not None
                },
            },
        )


def _end_as_text(above: dict[str, dict[str, Any]]) -> str:
    """Return the nodes of an end as JSON: what its URN and field do not tell."""
    known = ("node_id", "level", "name", "parent_id", "kind", "schema_name", "api_identifier")
    rows = [{name: row[name] for name in known if row[name] is not None} for row in above.values()]
    return msgspec.json.encode(rows).decode()


def _milliseconds(moment: str) -> int:
    """Return a time as DataHub counts it: milliseconds since 1970."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def _glossary(rows: Rows, places: _Places) -> Iterator[Iterable[dict[str, Any]]]:
    """Yield the terms of the clusters, and what attaches them."""
    if rows.clusters is None:
        return
    members: dict[str, list[tuple[dict[str, Any], _Place]]] = defaultdict(list)
    for row in places.nodes.values():
        if row["cluster_id"] is not None and (place := places.of(row)) is not None:
            members[row["cluster_id"]].append((row, place))
    if not members:
        return
    about = "Fields of several systems that mean the same, found by hummgraph in entity links."
    value = {"customProperties": {"written_by": MARK}, "definition": about, "name": MARK}
    yield [_upsert("glossaryNode", _NODE, "glossaryNodeInfo", value)]
    yield (_term(members[cluster]) for cluster in sorted(members))
    yield _attachments(members)


def _term(members: list[tuple[dict[str, Any], _Place]]) -> dict[str, Any]:
    """Return the term of a cluster."""
    first = members[0][0]
    paths = sorted(row["path"] for row, _ in members)
    systems = {row["system"] for row, _ in members}
    more = f" and {len(paths) - _SHOWN_MEMBERS:,} more" if len(paths) > _SHOWN_MEMBERS else ""
    what = "field" if first["level"] == "column" else "table"
    definition = (
        f"{counted(len(paths), what)} in {counted(len(systems), 'system')}:"
        f" {', '.join(paths[:_SHOWN_MEMBERS])}{more}."
    )
    return _upsert(
        "glossaryTerm",
        _term_urn(first["cluster_id"]),
        "glossaryTermInfo",
        {
            "customProperties": {
                "written_by": MARK,
                "cluster_id": first["cluster_id"],
                "contradictions": str(first["cluster_contradictions"]),
            },
            "definition": definition,
            "name": first["cluster_name"],
            "parentNode": _NODE,
            "sourceRef": MARK,
            "termSource": "EXTERNAL",
        },
    )


def _term_urn(cluster: str) -> str:
    return f"urn:li:glossaryTerm:hummgraph.{cluster}"


def _attachments(
    members: Mapping[str, list[tuple[dict[str, Any], _Place]]],
) -> Iterator[dict[str, Any]]:
    """Yield one patch for each dataset that adds its terms, and keeps those that are there."""
    terms: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for cluster, found in members.items():
        for _, place in found:
            aspect = "editableSchemaMetadata" if place.field else "glossaryTerms"
            terms[place.dataset, aspect].add((place.field, _term_urn(cluster)))
    for (dataset, aspect), added in sorted(terms.items()):
        patch = [
            {"op": "add", "path": f"{_pointer(name)}/terms/{urn}", "value": {"urn": urn}}
            for name, urn in sorted(added)
        ]
        yield {
            "entityType": "dataset",
            "entityUrn": dataset,
            "changeType": "PATCH",
            "aspectName": aspect,
            "aspect": {
                "value": msgspec.json.encode(patch).decode(),
                "contentType": "application/json-patch+json",
            },
        }


def _pointer(name: str) -> str:
    """Return the JSON pointer to the terms of a field; empty for those of a dataset."""
    if not name:
        return ""
    return f"/editableSchemaFieldInfo/{name.replace('~', '~0').replace('/', '~1')}/glossaryTerms"
