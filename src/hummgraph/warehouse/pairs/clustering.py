"""Clusters of a table of pairs that anybody scored, as a table of the same library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hummgraph.algorithms.clustering.clustering import AUTO, labels_of
from hummgraph.algorithms.clustering.scored_pairs import cluster_ids, pair_problem, quality_table
from hummgraph.errors import ArgumentError
from hummgraph.graph.elements import Level
from hummgraph.warehouse.pairs.reading import PairColumns, PairTable, read_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.algorithms.clustering.scored_pairs import PairProblem
    from hummgraph.algorithms.clustering.setting import Setting
    from hummgraph.warehouse.pairs.remote_reading import RemoteTable

__all__ = ["cluster_pairs", "engine_clusters", "pairs_setting"]


def cluster_pairs(
    pairs: Any,
    *,
    source: str = "source",
    target: str = "target",
    score: str | None = "score",
    status: str | None = None,
    groups: tuple[str, str] | Mapping[Any, Any] | None = None,
    method: str = AUTO,
    threshold: float | None = None,
    one_per_group: bool | str | None = AUTO,
    many_in: Iterable[str] = (),
    calibrate: str | None = AUTO,
    no_match: float | None = None,
    floor: float | str | None = AUTO,
    setting: Setting | None = None,
    quality: bool = False,
    engine: Any = None,
    **parameters: Any,
) -> Any:
    """Group the ends of scored pairs, respecting reviewed decisions, for ids of any kind.

    It does for a table of pairs what :func:`cluster` does for a graph, by the same methods and with
    the same numbers: pairs that a person approved are together, those that a person rejected are
    apart unless approved ones force it, and a cluster takes one node of a group where groups hold a
    thing once.

    Parameters
    ----------
    pairs
        A table of pandas, polars, pyarrow or DuckDB, or any object with Arrow's stream interface; a
        list of dicts, or a dict of columns; the path of a Parquet, CSV or JSON file, gzipped or
        not, or the content of such a file as bytes. An engine reads folders and patterns of Parquet
        files as well. Other columns than those named are not read.
    source, target
        Columns with the ids of the two ends: texts, whole numbers, UUIDs or bytes, both of one
        kind. Which end is which does not matter.
    score
        Column with the scores, in [0, 1], the higher the more alike; ``None`` without one. A pair
        with a null score counts only if it is decided.
    status
        Column with decisions: ``APPROVED``, ``REJECTED`` or ``SUGGESTED`` in any case; true, false
        or null; or words such as ``match`` and ``distinct``. ``None`` without decisions.
    groups
        The groups of nodes, such as the systems that records come from: the two columns that have
        those of source and target, or a mapping from node to group.
    method, threshold, calibrate, no_match, floor
        The same as for :func:`cluster`. With ``"auto"``, the setting is chosen by the groups: if
        all nodes have one and no pair is inside a group, each group holds a thing once, so that a
        cluster takes one node of a group and pairs compete; otherwise, and without groups, nodes
        are records among which a thing may occur any number of times.
    one_per_group
        Whether a cluster takes at most one node of each group, except for nodes that APPROVED pairs
        unite; ``"auto"`` as described above.
    many_in
        Groups, by name, in which that rule does not hold.
    setting
        A setting, used unchanged except for ``threshold`` if that is given; :func:`pairs_setting`
        and ``clusters.setting`` are settings.
    quality
        Whether to return the quality of clusters as well; not with an engine.
    engine
        Engine that joins, groups and sorts: a connection of DuckDB, within its ``memory_limit``,
        with files for what does not fit, or a session of Spark, on its machines; ``None`` does all
        in Python's memory. Clusters are the same. Every method but ``"leiden"`` has parts for an
        engine. With Spark, ``pairs`` is a DataFrame of Spark or the path of Parquet files, and the
        workers need hummgraph.
    **parameters
        The method's own parameters, as :func:`cluster` takes them.

    Returns
    -------
    Any
        A table of the library of the pairs (a `Frame` for files), with one row for each
        node that occurs in a pair, sorted by id: ``node`` and ``cluster_id``, sixteen hexadecimal
        digits made of the ids of all members. A node alone has a cluster of its own. With an
        engine, a table of its own: a relation of the connection, or a DataFrame of the session.

        With ``quality``, two tables. The second has one row for each cluster of several nodes, the
        largest first: ``cluster_id``; ``members``; ``groups``, the number of groups of the members,
        if groups are given; ``pairs``, the number of scored pairs inside that nobody rejected;
        ``density``, their share of all pairs of members, in [0, 1]; ``min_score`` and
        ``mean_score`` of them; ``approved`` and ``rejected``, the number of decided pairs inside,
        of which rejected ones are contradictions; and ``expected_precision``, the expected share of
        right pairs, in [0, 1].

    Raises
    ------
    FormatError
        If a column is missing, an id is null, a score is not in [0, 1], a status is unknown, or the
        ids of the two ends cannot be equal; the message names the row. If the library of the table
        cannot read it; the message has its reason.
    ArgumentError
        If ``pairs`` is not a table, a node is in two groups, or a parameter is out of range.
    ThresholdError
        If ``threshold`` is not a number in [0, 1].
    ConfigError
        If the file does not exist, or the connection of an engine is read-only.
    MissingDependencyError
        If ``method="leiden"`` and its extra is not installed, or a worker of Spark lacks a package.

    Warns
    -----
    LargePartWarning
        If an engine joins more than a million pairs of clusters at once, as they hang together at
        one score.

    See Also
    --------
    read_links : Read links between columns or tables of systems, for which everything else works.
    cluster : The same for a graph.

    Notes
    -----
    O(n log² n) for n pairs, with the methods that ``"auto"`` chooses; memory is linear.
    Pairs may occur several times and in both directions: the highest score counts, and every
    decision binds. A pair of a node with itself makes the node known, no more.
    Neither the order of rows nor the direction of pairs matters. Ties go to the pair that is
    APPROVED, then to the pair with the smaller ids.

    Examples
    --------
    >>> pairs = [
    ...     {"source": "crm-1", "target": "shop-7", "score": 0.94},
    ...     {"source": "shop-7", "target": "desk-3", "score": 0.81},
    ...     {"source": "crm-2", "target": "shop-7", "score": 0.78, "status": "REJECTED"},
    ... ]
    >>> clusters = cluster_pairs(pairs, status="status")
    >>> [row["node"] for row in clusters]
    ['crm-1', 'crm-2', 'desk-3', 'shop-7']
    >>> len({row["cluster_id"] for row in clusters})
    2
    """
    columns = PairColumns(source, target, score, status)
    arguments = {
        "threshold": threshold,
        "method": method,
        "one_per_group": one_per_group,
        "many_in": many_in,
        "calibrate": calibrate,
        "no_match": no_match,
        "floor": floor,
        "parameters": parameters,
    }
    if engine is not None:
        if quality:
            raise ArgumentError(
                "quality=True with engine: quality looks at all pairs in memory.",
                hint="Join the clusters with the pairs in SQL, or leave out engine=.",
            )
        return engine_clusters(engine, pairs, columns, groups, setting, **arguments)[0]
    table, problem = _read(pairs, "cluster_pairs", columns, groups, setting, **arguments)
    label = labels_of(problem)
    ids = cluster_ids(table.pairs.texts, label)
    clusters = table.give(pa.table({"node": table.ids, "cluster_id": ids.take(pa.array(label))}))
    if not quality:
        return clusters
    return clusters, table.give(quality_table(problem, label, ids))


def pairs_setting(
    pairs: Any,
    *,
    source: str = "source",
    target: str = "target",
    score: str | None = "score",
    status: str | None = None,
    groups: tuple[str, str] | Mapping[Any, Any] | None = None,
    method: str = AUTO,
    one_per_group: bool | str | None = AUTO,
    many_in: Iterable[str] = (),
    calibrate: str | None = AUTO,
    no_match: float | None = None,
    floor: float | str | None = AUTO,
    engine: Any = None,
    **parameters: Any,
) -> Setting:
    """Return the setting that :func:`cluster_pairs` would use, without clustering.

    Its ``reason`` says why it was chosen. Keep it for later pairs, because one more decision
    may change a setting that is chosen again.

    Parameters
    ----------
    pairs, source, target, score, status, groups
        The same as for :func:`cluster_pairs`.
    method, one_per_group, many_in, calibrate, no_match, floor, engine
        The same as for :func:`cluster_pairs`.
    **parameters
        The method's own parameters, as ``cluster_pairs`` takes them.

    Notes
    -----
    O(n log n) for n pairs.

    Examples
    --------
    >>> pairs = {"source": [1, 2], "target": [2, 3], "score": [0.9, 0.4]}
    >>> pairs_setting(pairs)
    <Setting: average at 0.1 confidence>
    >>> pairs_setting(pairs).reason
    'No groups are given: no rule, no floor, and confidences as they are.'
    """
    columns = PairColumns(source, target, score, status)
    arguments: dict[str, Any] = {
        "threshold": None,
        "method": method,
        "one_per_group": one_per_group,
        "many_in": many_in,
        "calibrate": calibrate,
        "no_match": no_match,
        "floor": floor,
        "parameters": parameters,
    }
    if engine is not None:
        from hummgraph.warehouse.pairs.remote_links import setting_for

        rules = _rules(None, **arguments)
        with _in_engine(engine, pairs, columns, groups, "pairs_setting") as remote:
            return setting_for(remote.links, None, **rules)
    _, problem = _read(pairs, "pairs_setting", columns, groups, None, **arguments)
    return problem.setting


def engine_clusters(
    engine: Any,
    pairs: Any,
    columns: PairColumns,
    groups: Any,
    setting: Setting | None,
    **arguments: Any,
) -> tuple[Any, Setting]:
    """Return the clusters of a table of pairs as a table of an engine, and their setting."""
    from hummgraph.warehouse.pairs.remote_labels import labels
    from hummgraph.warehouse.pairs.remote_links import setting_for

    rules = _rules(setting, **arguments)
    with _in_engine(engine, pairs, columns, groups, "cluster_pairs") as table:
        chosen = setting_for(table.links, setting, **rules)
        return table.clusters(labels(table.links, chosen)), chosen


@contextmanager
def _in_engine(
    given: Any, pairs: Any, columns: PairColumns, groups: Any, function: str
) -> Iterator[RemoteTable]:
    """Yield a table of pairs that an engine has read; it is gone afterwards."""
    from hummgraph.warehouse.engines.duckdb import DuckDBEngine, is_connection
    from hummgraph.warehouse.engines.spark import SparkEngine, is_session
    from hummgraph.warehouse.pairs.remote_reading import read_remote
    from hummgraph.warehouse.pairs.spark_reading import read_spark

    named = columns.with_groups(groups)
    mapping = groups if isinstance(groups, Mapping) else None
    if is_connection(given):
        with DuckDBEngine(given) as engine:
            yield read_remote(engine, pairs, named, mapping, function)
    elif is_session(given):
        with SparkEngine(given) as spark:
            yield read_spark(spark, given, pairs, named, mapping)
    else:
        raise ArgumentError(
            f"engine is a {type(given).__name__}; it must be a connection of DuckDB or a session of"
            " Spark.",
            hint="duckdb.connect() opens a connection.",
        )


def _rules(
    setting: Setting | None, *, one_per_group: bool | str | None, many_in: Any, **others: Any
) -> dict[str, Any]:
    """Return arguments as a graph's setting takes them; they are checked."""
    if setting is not None and one_per_group != AUTO:
        raise ArgumentError(
            "one_per_group with setting: a setting decides all but the threshold.",
            hint="dataclasses.replace(setting, ...) makes another setting.",
        )
    if not isinstance(many_in, Iterable):
        raise ArgumentError(f"many_in is {many_in!r}; it must be a list of groups, by name.")
    exempt = many_in if isinstance(many_in, str) else tuple(many_in)
    return {"one_per": _rule(one_per_group), "many_in": exempt, **others}


def _read(
    pairs: Any,
    function: str,
    columns: PairColumns,
    groups: Any,
    setting: Setting | None,
    **arguments: Any,
) -> tuple[PairTable, PairProblem]:
    """Read a table of pairs, and return it with its clustering problem."""
    rules = _rules(setting, **arguments)
    named = columns.with_groups(groups)
    table = read_pairs(pairs, named, groups if isinstance(groups, Mapping) else None, function)
    return table, pair_problem(table.pairs, setting, **rules)


def _rule(one_per_group: object) -> Level | str | None:
    """Return the rule of one node of a group as that of one column of a system."""
    if one_per_group is None or one_per_group is False:
        return None
    if one_per_group is True:
        return Level.INTEGRATION_SOURCE
    if one_per_group == AUTO:
        return AUTO
    raise ArgumentError(f"one_per_group is {one_per_group!r}; it must be true, false or 'auto'.")
