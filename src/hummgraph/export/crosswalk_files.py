"""Files of a crosswalk: for a spreadsheet, for a browser, for programs."""

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
    """Write which field of one system is which field of another, whole or not at all.

    Parameters
    ----------
    clusters
        Groups of fields.
    path
        Where to; its suffix says as what: ``.csv`` or ``.html``, one row a cluster and one column a
        system; ``.xlsx``, a workbook with that table, the members, the clusters and their quality,
        and the contradictions; ``.json`` or ``.yaml``, an identity map for programs, as
        :meth:`Clusters.identity_map` gives it.
    confidence
        Whether cells of the table have confidences; the map has them in any case.
    node_attributes
        What somebody computed for nodes, as for :func:`write`: columns of a workbook's members.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    FormatError
        If the suffix is another.
    ArgumentError
        If ``node_attributes`` is given for another file than a workbook, or is not such.
    NodeNotFoundError, AmbiguousNodeError
        If attributes are of a node that the graph does not have.
    MissingDependencyError
        If YAML or a workbook is asked for and PyYAML or XlsxWriter is not installed.
    OutputError
        If the file cannot be written; what stood there before still stands.

    Notes
    -----
    The same clusters give the same bytes. In CSV, text that a spreadsheet would run as a formula
    gets an apostrophe before it.

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
            f"{str(path)!r} has no suffix of a crosswalk; there are {allowed}.",
            hint="A crosswalk goes to a file, whose suffix says as what: crosswalk.csv, say."
            if written_into(path)
            else "",
        )
    if node_attributes is not None and suffix != ".xlsx":
        raise ArgumentError(
            f"A crosswalk as {suffix} does not hold node_attributes=, for it has no row a node.",
            hint="Write .xlsx, whose sheet of members has.",
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
