"""Files of a crosswalk, for spreadsheets, browsers and programs."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError, FormatError, MissingDependencyError
from hummgraph.errors.arguments import check_clusters, check_target
from hummgraph.export.excel import workbook
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

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FormatError
        If the suffix is not one of these.
    ArgumentError
        If ``node_attributes`` is invalid, or is given for a file that is not a workbook.
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
    if suffix == ".xlsx":
        content = workbook(clusters, confidence=confidence, node_attributes=node_attributes)
        with write_atomically(path) as file:
            file.write(content)
        return path
    if suffix == ".csv":
        text = clusters.crosswalk(confidence=confidence).to_csv()
    elif suffix in {".html", ".htm"}:
        text = clusters.crosswalk(confidence=confidence).to_html(title="Crosswalk")
    elif suffix == ".json":
        text = json.dumps(clusters.identity_map(), indent=2, ensure_ascii=False) + "\n"
    else:
        if find_spec("yaml") is None:
            raise MissingDependencyError(
                "PyYAML is not installed.", hint="pip install 'hummgraph[yaml]', or write .json."
            )
        import yaml

        text = yaml.safe_dump(clusters.identity_map(), sort_keys=False, allow_unicode=True)
    with write_atomically(path) as file:
        file.write(text.encode())
    return path
