"""Clusters of pairs in an engine: parts that need no other, clustered by methods of ours.

Python holds a few numbers for each node, and 16 bytes for each edge between clusters.
"""

from __future__ import annotations

import warnings
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.agglomeration import Edges, Linkage, linkage_of
from hummgraph.algorithms.clustering.clustering import labels_by
from hummgraph.algorithms.clustering.constraints import Constraints
from hummgraph.algorithms.clustering.parts import (
    PART_ROWS,
    Kind,
    cut_at,
    joined_part,
    linkage_values,
    next_cut,
)
from hummgraph.algorithms.clustering.problem import Pairs
from hummgraph.algorithms.kernels.components import components, first_seen
from hummgraph.graph.policy import APPROVED, REJECTED, UNIT, rounded
from hummgraph.warehouse.pairs.remote_links import MAX_PART_EDGES, RemoteLinks, score_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.setting import Setting

__all__ = ["LargePartWarning", "Levels", "labels"]

_TOTALS: Final = {Linkage.COMPLETE: "MIN", Linkage.SINGLE: "MAX"}
"""Totals of merged edges, where they are not sums."""

_SINGLE_METHODS: Final = frozenset({"components", "single"})
_LEVEL_METHODS: Final = _SINGLE_METHODS | {"average", "complete"}

MIN_PART_EDGES: Final = 256
"""Edges that a part may have, however few there are."""

MIN_PARTS: Final = 20
"""A part has at most this share of all edges, so that several processors have work."""


class LargePartWarning(UserWarning):
    """Very many pairs hang together at a level, and are joined at once in one process.

    Examples
    --------
    >>> import warnings
    >>> warnings.simplefilter("error", LargePartWarning)
    """


def _warn_if_large(n_edges: int, score: float) -> None:
    """Report a part that no level makes smaller, once it is larger than others ever are."""
    if n_edges > MAX_PART_EDGES:
        warnings.warn(
            f"{n_edges:,} pairs hang together by scores of at least {score:g}, so that one process"
            " joins them in its memory. A higher threshold, or scores with more decimals, makes"
            " parts smaller.",
            LargePartWarning,
            stacklevel=2,
        )


def labels(links: RemoteLinks, setting: Setting) -> NDArray[np.int32]:
    """Return the cluster of each node by a setting, numbered by first nodes: shape (n_nodes,).

    Labels are those of one machine, whatever the engine and the sizes of parts.
    """
    score_pairs(links, setting)
    must, cannot = links.decided(APPROVED), links.decided(REJECTED)
    group = _rule(links, setting)
    if setting.method in _LEVEL_METHODS:
        return first_seen(Levels(links, setting, must, cannot, group).run())
    return first_seen(_packed(links, setting, must, cannot, group))


def _rule(links: RemoteLinks, setting: Setting) -> NDArray[np.int32] | None:
    """Return the group of each node of which a cluster takes one, -1 where it takes any number."""
    if setting.one_per is None or links.group is None:
        return None
    exempt = [links.groups.index(name) for name in setting.many_in]
    return np.where(np.isin(links.group, exempt), np.int32(-1), links.group)


class Levels:
    """Agglomeration from level to level: in each, the edges between the clusters so far.

    A cluster has the code of its first node.
    """

    def __init__(
        self,
        links: RemoteLinks,
        setting: Setting,
        must: NDArray[np.int32],
        cannot: NDArray[np.int32],
        group: NDArray[np.int32] | None,
    ) -> None:
        self.links, self.engine = links, links.engine
        single = setting.method in _SINGLE_METHODS
        self.linkage = Linkage.SINGLE if single else linkage_of(setting)
        self.stop = rounded(setting.threshold)
        n = links.n_nodes
        self.now = np.arange(n, dtype=np.int32)
        if len(must):
            unit = components(n, must[:, 0], must[:, 1])
            self.now = np.unique(unit, return_index=True)[1].astype(np.int32)[unit]
        # A unit is one node, whatever its size.
        self.size = np.ones(n, dtype=np.int64)
        moved = np.flatnonzero(self.now != np.arange(n))
        self._put_moves(moved, self.now[moved])
        self.engine.make("edge", _FIRST_EDGES)
        apart = np.sort(self.now[cannot], axis=1)
        apart = np.unique(apart[apart[:, 0] != apart[:, 1]], axis=0)
        self.engine.put("apart", pa.table({"x": apart[:, 0], "y": apart[:, 1]}))
        has = np.flatnonzero(group >= 0) if group is not None else np.empty(0, dtype=np.int64)
        rows = np.empty((0, 2), dtype=np.int32)
        if group is not None:
            rows = np.unique(np.column_stack((self.now[has], group[has])), axis=0)
        self.engine.put("member", pa.table({"x": rows[:, 0], "y": rows[:, 1]}))
        self.n_levels, self.largest, self.n_edges = 0, 0, 0

    def _put_moves(self, old: NDArray[Any], new: NDArray[Any]) -> None:
        columns = {"x": old.astype(np.int32), "y": new.astype(np.int32)}
        self.engine.put("moved", pa.table(columns))

    def run(self) -> NDArray[np.int32]:
        """Return the code of each node's cluster: shape (n_nodes,)."""
        while self._step():
            self.n_levels += 1
        self.engine.drop("edge", "apart", "member", "moved", "pair")
        return self.now

    def _step(self) -> bool:
        """Join down to the next level; return whether a lower one follows."""
        x, y, value = self._values()
        self.n_edges = self.n_edges or len(x)
        if not len(x) or value.max() < self.stop:
            return False
        n, budget = self.links.n_nodes, self._budget
        whole = cut_at(self.stop, n, x, y, value)
        cut = (
            whole if whole.largest <= budget else next_cut(self.stop, n, x, y, value, budget=budget)
        )
        self.largest = max(self.largest, cut.largest)
        _warn_if_large(cut.largest, cut.level)
        del x, y, value
        live = np.flatnonzero(whole.size[whole.region] > 0)
        part = cut.parts(budget)
        region = cut.region[live]
        self.engine.put(
            "place",
            pa.table(
                {
                    "cluster": live.astype(np.int32),
                    "stop": whole.region[live],
                    "region": region,
                    "part": part[region],
                    "size": self.size[live],
                }
            ),
        )
        work = partial(joined_part, linkage=self.linkage, level=cut.level)
        self.engine.apply("joined", _PART_SELECT, work, PART_ROWS)
        moves = self.links.read(
            f"SELECT x, y FROM joined WHERE kind = {int(Kind.CLUSTER)} AND x <> y",
            x=np.int32,
            y=np.int32,
        )
        self._move(moves["x"], moves["y"])
        if cut.level <= self.stop:
            self.engine.drop("joined", "place")
            return False
        left = f"SELECT x, y, total, count, best FROM joined WHERE kind = {int(Kind.EDGE)}"
        across = _across(_TOTALS.get(self.linkage, "SUM"))
        self._renew("edge", f"{left} UNION ALL {across}")
        apart = f"SELECT DISTINCT LEAST({_X}, {_Y}) AS x, GREATEST({_X}, {_Y}) AS y"
        self._renew("apart", f"{apart} FROM apart AS e {_MOVED}")
        member = f"SELECT DISTINCT {_X} AS x, e.y FROM member AS e"
        self._renew("member", f"{member} LEFT JOIN moved AS m ON e.x = m.x")
        self.engine.drop("joined", "place")
        return True

    def _renew(self, name: str, select: str) -> None:
        """Replace a table by the rows of a query of it."""
        self.engine.make(f"next_{name}", select)
        self.engine.make(name, f"SELECT * FROM next_{name}")
        self.engine.drop(f"next_{name}")

    @property
    def _budget(self) -> int:
        return max(MIN_PART_EDGES, min(MAX_PART_EDGES, self.n_edges // MIN_PARTS))

    def _move(self, old: NDArray[np.int32], new: NDArray[np.int32]) -> None:
        """Join clusters to others, whose codes are smaller."""
        to = np.arange(self.links.n_nodes, dtype=np.int32)
        to[old] = new
        self.now = to[self.now]
        np.add.at(self.size, new, self.size[old])
        self._put_moves(old, new)

    def _values(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """Return the ends and the linkage of each edge."""
        n = int(self.links.read("SELECT COUNT(*) AS n FROM edge", n=np.int64)["n"][0])
        x, y = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
        value = np.empty(n)
        begin = 0
        for batch in self.engine.rows("SELECT x, y, total, count FROM edge"):
            some = slice(begin, begin + len(batch))
            x[some], y[some] = batch.column("x").to_numpy(), batch.column("y").to_numpy()
            edges = Edges(
                x[some],
                y[some],
                batch.column("total").to_numpy(),
                batch.column("count").to_numpy(),
                np.empty(0, dtype=np.int64),
            )
            value[some] = linkage_values(edges, self.size, self.linkage)
            begin += len(batch)
        return x, y, value


_X: Final = "COALESCE(m.y, e.x)"
_Y: Final = "COALESCE(o.y, e.y)"
_MOVED: Final = "LEFT JOIN moved AS m ON e.x = m.x LEFT JOIN moved AS o ON e.y = o.x"

# Of the pairs between two units the best counts.
_FIRST_EDGES: Final = f"""
    SELECT x, y, MAX(u) AS total, CAST(1 AS BIGINT) AS count, MIN(pos) AS best FROM (
        SELECT LEAST({_X}, {_Y}) AS x, GREATEST({_X}, {_Y}) AS y, u, pos
        FROM (SELECT a AS x, b AS y, u, pos FROM pair) AS e {_MOVED}
    ) AS located WHERE x <> y GROUP BY x, y"""


def _across(reduce: str) -> str:
    """Return a query of the edges between clusters of two components, merged."""
    return f"""
    SELECT x, y, CAST({reduce}(total) AS BIGINT) AS total, CAST(SUM(count) AS BIGINT) AS count,
        MIN(best) AS best FROM (
        SELECT LEAST({_X}, {_Y}) AS x, GREATEST({_X}, {_Y}) AS y, e.total, e.count, e.best
        FROM edge AS e JOIN place AS p ON e.x = p.cluster JOIN place AS q ON e.y = q.cluster
        {_MOVED} WHERE p.stop = q.stop AND p.region <> q.region
    ) AS located GROUP BY x, y"""


_PART_SELECT: Final = f"""
    SELECT p.part, {int(Kind.EDGE)} AS kind, e.x, e.y, e.total, e.count, e.best FROM edge AS e
        JOIN place AS p ON e.x = p.cluster JOIN place AS q ON e.y = q.cluster
        WHERE p.region = q.region AND p.part >= 0
    UNION ALL
    SELECT p.part, {int(Kind.GROUP)}, e.x, e.y, 0, 0, 0 FROM member AS e
        JOIN place AS p ON e.x = p.cluster WHERE p.part >= 0
    UNION ALL
    SELECT p.part, {int(Kind.APART)}, e.x, e.y, 0, 0, 0 FROM apart AS e
        JOIN place AS p ON e.x = p.cluster JOIN place AS q ON e.y = q.cluster
        WHERE p.region = q.region AND p.part >= 0
    UNION ALL
    SELECT part, {int(Kind.CLUSTER)}, cluster, 0, size, 0, 0 FROM place WHERE part >= 0"""


class _Row(IntEnum):
    """Kind of a row of a packed part."""

    PAIR = 0
    MUST = 1
    CANNOT = 2
    NODE = 3


def _packed(
    links: RemoteLinks,
    setting: Setting,
    must: NDArray[np.int32],
    cannot: NDArray[np.int32],
    group: NDArray[np.int32] | None,
) -> NDArray[np.int32]:
    """Cluster the components of the pairs that reach the threshold, many of them in one part."""
    engine, n = links.engine, links.n_nodes
    high = f"u / 1e9 >= {setting.threshold!r}"
    strong = links.read(f"SELECT a, b FROM pair WHERE {high}", a=np.int32, b=np.int32)
    if setting.method == "assignment":
        from hummgraph.algorithms.clustering.matching import check_two_systems

        of_node = np.full(n, -1, dtype=np.int32) if links.group is None else links.group
        check_two_systems(np.union1d(strong["a"], strong["b"]), of_node)
    a = np.concatenate((strong["a"], must[:, 0]))
    b = np.concatenate((strong["b"], must[:, 1]))
    cut = cut_at(0.0, n, a, b, np.ones(len(a)))
    _warn_if_large(cut.largest, setting.threshold)
    part = cut.parts(MAX_PART_EDGES)[cut.region]
    nodes = np.flatnonzero(part >= 0)
    columns = {
        "node": nodes.astype(np.int32),
        "region": cut.region[nodes],
        "part": part[nodes],
        "rule": (np.full(n, -1, dtype=np.int32) if group is None else group)[nodes],
        "system": (np.full(n, -1) if links.group is None else links.group)[nodes].astype(np.int64),
    }
    engine.put("place", pa.table(columns))
    for name, pairs in (("must", must), ("cannot", cannot)):
        engine.put(name, pa.table({"a": pairs[:, 0], "b": pairs[:, 1]}))
    inside = "JOIN place AS p ON e.a = p.node JOIN place AS q ON e.b = q.node"
    # Pairs below the threshold count in GAEC only.
    chosen = "" if setting.method == "gaec" else f" AND e.{high}"
    select = " UNION ALL ".join(
        (
            (
                f"SELECT p.part, {int(_Row.PAIR)} AS kind, e.a AS x, e.b AS y, e.u AS total,"
                f" CAST(e.approved AS BIGINT) AS count, e.pos AS best FROM pair AS e {inside}"
                f" WHERE p.region = q.region{chosen}"
            ),
            *(
                (
                    f"SELECT p.part, {int(kind)}, e.a, e.b, 0, 0, 0 FROM {name} AS e {inside}"
                    " WHERE p.region = q.region"
                )
                for name, kind in (("must", _Row.MUST), ("cannot", _Row.CANNOT))
            ),
            f"SELECT part, {int(_Row.NODE)}, node, rule, system, 0, 0 FROM place",
        )
    )
    work = partial(_clustered_part, setting=setting, ruled=group is not None)
    schema = pa.schema([("x", pa.int32()), ("y", pa.int32())])
    engine.apply("joined", select, work, schema)
    found = links.read("SELECT x, y FROM joined", x=np.int32, y=np.int32)
    engine.drop("joined", "place", "must", "cannot", "pair")
    now = np.arange(n, dtype=np.int32)
    now[found["x"]] = found["y"]
    return now


def _clustered_part(rows: pa.Table, *, setting: Setting, ruled: bool) -> pa.Table:
    """Return the first node of each node's cluster, among the components of a part."""
    kind = rows["kind"].to_numpy()
    columns = {name: rows[name].to_numpy() for name in PART_ROWS.names[1:]}
    of_kind = {one: {name: column[kind == one] for name, column in columns.items()} for one in _Row}
    nodes = of_kind[_Row.NODE]
    order = np.argsort(nodes["x"])
    code, rule, system = (nodes[name][order] for name in ("x", "y", "total"))

    def ends(one: _Row) -> NDArray[np.int32]:
        found = [np.searchsorted(code, of_kind[one][end]) for end in ("x", "y")]
        return np.column_stack(found).astype(np.int32)

    pairs = of_kind[_Row.PAIR]
    best = np.argsort(pairs["best"])
    a, b = ends(_Row.PAIR)[best].T
    scored = Pairs(
        len(code),
        np.ascontiguousarray(a),
        np.ascontiguousarray(b),
        pairs["total"][best] / UNIT,
        pairs["count"][best] == 1,
        pairs["best"][best],
    )
    cannot = ends(_Row.CANNOT)
    constraints = Constraints(
        n_nodes=len(code),
        must=ends(_Row.MUST),
        cannot=cannot,
        cannot_link=np.arange(len(cannot)),
        group=rule.astype(np.int32) if ruled else None,
    )
    system = system.astype(np.int32)
    if setting.method == "assignment":
        from hummgraph.algorithms.clustering.matching import assigned

        label = assigned(scored.at_least(setting.threshold), constraints, system)
    else:
        label = labels_by(scored, constraints, system, setting)
    first = np.unique(label, return_index=True)[1]
    return pa.table({"x": code, "y": code[first[label]]})
