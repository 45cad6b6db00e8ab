"""Files of a crosswalk, for spreadsheets, browsers and programs."""

from __future__ import annotations

import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hummgraph.algorithms.entities.entity_map import EntityMap
from hummgraph.algorithms.entities.rules import Role
from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.errors.arguments import check_clusters, check_target
from hummgraph.export.excel import with_entities, workbook
from hummgraph.graph.labels import check_same_nodes
from hummgraph.snapshot.atomic import write_atomically, written_into

if TYPE_CHECKING:
    import os

    from hummgraph.algorithms.clustering.clusters import Clusters

__all__ = ["write_crosswalk"]

_SUFFIXES: Final = (".csv", ".xlsx", ".html", ".htm", ".json", ".yaml", ".yml")


def write_crosswalk(
    clusters: Clusters,
    path: str | os.PathLike[str],
    *,
    confidence: bool = True,
    node_attributes: Any = None,
    entities: EntityMap | None = None,
) -> Path:
    """Write the crosswalk of clusters: which fields of several systems mean the same.

    The file is written whole or not at all.

    Parameters
    ----------
    clusters
        Groups of fields.
    path
        Path of the file. Its suffix selects the format: ``.csv`` or ``.html`` for a table with a
        row for each cluster and a column for each system; ``.xlsx`` for a workbook with that table,
        the members, the clusters with their quality, and the contradictions; ``.json`` or ``.yaml``
        for the identity map that :meth:`Clusters.identity_map` returns.
    confidence
        Whether cells of the table include confidences; the identity map always does.
    node_attributes
        Attributes of nodes, as for :func:`write`, to add to the members of a workbook.
    entities
        An entity map of the same graph. Each cluster then has the entity of most of its members and
        their most frequent role; a workbook has a sheet of entities, too.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FormatError
        If the suffix is not one of these.
    ArgumentError
        If ``node_attributes`` is invalid, or is given for a file that is not a workbook; or if
        ``entities`` is not a map of the same nodes.
    NodeNotFoundError, AmbiguousNodeError
        If the node of an attribute does not exist or its name is ambiguous.
    MissingDependencyError
        If PyYAML is not installed and YAML is to be written, or XlsxWriter and a workbook.
    OutputError
        If the file cannot be written. An existing file stays unchanged.

    Notes
    -----
    The same clusters give the same bytes. In CSV, an apostrophe is put before a text that a
    spreadsheet would run as a formula.

    Examples
    --------
    >>> import tempfile
    >>> from hummgraph import LinkGraph, cluster
    >>> from hummgraph.datasets import load_demo
    >>> clusters = cluster(LinkGraph(load_demo().snapshot()))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_crosswalk(clusters, f"{folder}/identities.json").name
    'identities.json'
    """
    check_clusters(clusters, "write_crosswalk")
    check_target(path, "write_crosswalk", "a file")
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        allowed = ", ".join(_SUFFIXES)
        raise FormatError(
            f"{str(path)!r} does not have the suffix of a crosswalk; it must be one of {allowed}.",
            hint="Name a file whose suffix selects the format, for example crosswalk.csv."
            if written_into(path)
            else "",
        )
    if node_attributes is not None and suffix != ".xlsx":
        raise ArgumentError(
            f"A crosswalk as {suffix} cannot hold node_attributes=, since it has no rows of nodes.",
            hint="Write .xlsx, which has a sheet of members.",
        )
    named = None if entities is None else _named_clusters(clusters, entities)
    if suffix == ".xlsx":
        content = workbook(
            clusters,
            confidence=confidence,
            node_attributes=node_attributes,
            named=named,
            entities=entities,
        )
        with write_atomically(path) as file:
            file.write(content)
        return path
    if suffix in {".csv", ".html", ".htm"}:
        frame = with_entities(clusters.crosswalk(confidence=confidence), named)
        text = frame.to_csv() if suffix == ".csv" else frame.to_html(title="Crosswalk")
    elif suffix == ".json":
        text = json.dumps(_identity_map(clusters, named), indent=2, ensure_ascii=False) + "\n"
    else:
        if find_spec("yaml") is None:
            raise MissingDependencyError(
                "PyYAML is not installed.", hint="pip install 'hummgraph[yaml]', or write .json."
            )
        import yaml

        text = yaml.safe_dump(_identity_map(clusters, named), sort_keys=False, allow_unicode=True)
    with write_atomically(path) as file:
        file.write(text.encode())
    return path


def _named_clusters(clusters: Clusters, entities: EntityMap) -> list[tuple[str | None, str | None]]:
    """Return the entity of most members of each cluster, and their most frequent role."""
    if not isinstance(entities, EntityMap):
        raise ArgumentError(
            f"entities= must be an EntityMap, not a value of type {type(entities).__name__}.",
            hint="Write entities=entities(graph).",
        )
    check_same_nodes(entities.graph.arrays.nodes, clusters)
    names: list[Counter[str | None]] = [Counter() for _ in range(clusters.n_clusters)]
    roles: list[Counter[str]] = [Counter() for _ in range(clusters.n_clusters)]
    codes, labels = entities.roles.codes, entities.labels
    for code in clusters.member_index.tolist():
        at = int(clusters.labels[code])
        label = int(labels[code])
        names[at][entities.entities[label].name if label >= 0 else None] += 1
        if codes[code] >= 0:
            roles[at][list(Role)[codes[code]]] += 1
    return [
        (_most_frequent(name), _most_frequent(role))
        for name, role in zip(names, roles, strict=True)
    ]


def _most_frequent(count: Counter[Any]) -> str | None:
    """Return the most frequent value; of several, the first by name, and none last."""
    found = min(count, key=lambda one: (-count[one], one is None, one or ""), default=None)
    return None if found is None else str(found)


def _identity_map(
    clusters: Clusters, named: list[tuple[str | None, str | None]] | None
) -> dict[str, Any]:
    """Return the identity map, with entity and role of each identity if they are known."""
    found = clusters.identity_map()
    for identity, (entity, role) in zip(found["identities"], named or (), strict=False):
        identity.update(entity=entity, role=role)
    return found
