"""Pairs in an engine: the setting that suits them, and their scores, best first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.calibration import CONFIDENCES, SHARES, odds_of, probability
from hummgraph.algorithms.clustering.choice import Decided, Evidence
from hummgraph.algorithms.clustering.clustering import PLAIN, ROBUST, setting_of
from hummgraph.algorithms.clustering.scored_pairs import PairProblem, choose_by_groups, pair_links
from hummgraph.errors import ArgumentError
from hummgraph.graph.policy import APPROVED, REJECTED, UNIT, rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.scored_pairs import GroupShape
    from hummgraph.algorithms.clustering.setting import Setting
    from hummgraph.warehouse.engines.engine import Engine

__all__ = ["MAX_PART_EDGES", "RemoteLinks", "score_pairs", "setting_for"]

MAX_PART_EDGES: Final = 1_000_000
"""Most edges of a part, unless one component of the highest linkage has more."""


# Pairs as methods see them without calibration: by score and status, 2 * u + approved.
_KEYS: Final = f"""
    SELECT a, b, MAX(2 * COALESCE(u, {UNIT}) + CASE WHEN status = {APPROVED} THEN 1 ELSE 0 END)
        AS code
    FROM link
    WHERE status <> {REJECTED} AND (u IS NOT NULL OR status = {APPROVED})
    GROUP BY a, b"""

# The same as though nothing was decided; the status only breaks ties.
_NEUTRAL_KEYS: Final = f"""
    SELECT a, b, MAX(2 * u + CASE WHEN status = {APPROVED} THEN 1 ELSE 0 END) AS code
    FROM link WHERE u IS NOT NULL GROUP BY a, b"""


@dataclass(frozen=True, slots=True, eq=False)
class RemoteLinks:
    """Pairs in a table ``link`` of an engine.

    Its columns are ``a < b``, the codes of two nodes; ``u``, the score in billionths or null; and
    ``status``.
    """

    engine: Engine
    n_nodes: int
    group: NDArray[np.int32] | None
    """Code of each node's group, -1 where it has none: shape (n_nodes,); ``None`` without groups.
    """
    groups: tuple[str, ...]
    shape: GroupShape
    id_bytes: Callable[[NDArray[np.int32]], bytes]

    def read(self, select: str, **types: Any) -> dict[str, NDArray[Any]]:
        """Return the columns of a query as arrays of the types given."""
        found: dict[str, list[NDArray[Any]]] = {name: [] for name in types}
        for batch in self.engine.rows(select):
            for name, kind in types.items():
                column = batch.column(name).to_numpy(zero_copy_only=False)
                found[name].append(column.astype(kind, copy=False))
        return {
            name: np.concatenate(arrays) if arrays else np.empty(0, dtype=types[name])
            for name, arrays in found.items()
        }

    def decided(self, status: int) -> NDArray[np.int32]:
        """Return the distinct pairs of a status: shape (n, 2)."""
        rows = self.read(
            f"SELECT DISTINCT a, b FROM link WHERE status = {status} ORDER BY a ASC, b ASC",
            a=np.int32,
            b=np.int32,
        )
        return np.column_stack((rows["a"], rows["b"]))


def setting_for(links: RemoteLinks, setting: Setting | None, **arguments: Any) -> Setting:
    """Return a setting that was given, or the one that arguments describe.

    Parameters
    ----------
    links
        The pairs.
    setting
        A setting to hold, or ``None``.
    **arguments
        The same as for :func:`cluster`.
    """
    rows = links.read(
        f"SELECT a, b, u, status FROM link WHERE status IN ({APPROVED}, {REJECTED})",
        a=np.int32,
        b=np.int32,
        u=np.float64,
        status=np.int8,
    )
    decided = pair_links(
        rows["a"],
        rows["b"],
        rows["u"] / UNIT,
        rows["status"],
        links.n_nodes,
        group=links.group,
        groups=links.groups,
        id_bytes=links.id_bytes,
    )
    plain = PairProblem(decided, PLAIN, None if links.group is None else links.groups)
    if arguments.get("floor") == ROBUST:
        raise ArgumentError(
            "floor='robust' looks at all pairs at once, which an engine does not.",
            hint="Compute the setting of a sample by pairs_setting, and pass setting=.",
        )

    def choose(evidence: Evidence) -> tuple[Setting, str]:
        return choose_by_groups(links.shape, evidence)

    def evidence() -> Evidence:
        return _RemoteEvidence(
            decided, plain.confident_pairs, plain.constraints, Decided.of(decided), links
        )

    made = setting_of(plain, choose, setting, evidence=evidence, **arguments)
    if made.method == "leiden":
        raise ArgumentError(
            "method='leiden' starts from one seed over all pairs: an engine has no parts for it.",
            hint="Choose another method, such as 'average' or 'markov', or leave out engine=.",
        )
    return plain.with_setting(made).setting


@dataclass(frozen=True, eq=False)
class _RemoteEvidence(Evidence):
    """Decided pairs in arrays, and the others in an engine."""

    remote: RemoteLinks

    def weakest(self) -> float:
        """Return the lowest confidence among the pairs, decided or not."""
        lowest = f"SELECT MIN(code - code % 2) / 2 AS u FROM ({_NEUTRAL_KEYS}) AS keyed"
        return _lowest(self.remote, lowest)

    def decided_shares(self, no_match: float | None = None) -> NDArray[np.float64]:
        """Return the scores of competition that decided pairs had before they were decided."""
        _rank(self.remote, "neutral", _NEUTRAL_KEYS, approved="0")
        weakest = self.weakest() if no_match is None else no_match
        _compete(self.remote, "neutral", weakest)
        chosen = self.decided.link_index
        a, b = self.links.source[chosen], self.links.target[chosen]
        self.remote.engine.put("asked", pa.table({"place": np.arange(len(a)), "a": a, "b": b}))
        rows = self.remote.read(
            "SELECT place, shares.u AS u FROM asked JOIN neutral USING (a, b)"
            " JOIN shares USING (pos)",
            place=np.int64,
            u=np.float64,
        )
        found = np.full(len(a), np.nan)
        found[rows["place"]] = rows["u"] / UNIT
        return found


def _lowest(links: RemoteLinks, select: str) -> float:
    """Return the lowest score of a query, 1 without any."""
    lowest = links.read(select, u=np.float64)["u"]
    return 1.0 if np.isnan(lowest).all() else float(lowest[0]) / UNIT


def _rank(links: RemoteLinks, name: str, keys: str, *, approved: str) -> None:
    """Make a table of pairs, with their positions when the best is first."""
    plain = f"SELECT a, b, CAST((code - code % 2) / 2 AS BIGINT) AS u, {approved} AS approved"
    links.engine.ranked(name, f"{plain}, code FROM ({keys}) AS keyed", "code DESC, a ASC, b ASC")


def _compete(links: RemoteLinks, name: str, no_match: float) -> None:
    """Make a table ``shares`` of the scores of pairs against their rivals, in billionths."""
    engine, n = links.engine, links.n_nodes
    place = n + np.arange(n, dtype=np.int64)
    if links.group is not None:
        place = np.where(links.group >= 0, links.group, place)
    engine.put("place", pa.table({"node": np.arange(n, dtype=np.int32), "place": place}))
    n_rows = 2 * int(links.read(f"SELECT COUNT(*) AS n FROM {name}", n=np.int64)["n"][0])
    n_parts = 1 + n_rows // MAX_PART_EDGES
    sides = " UNION ALL ".join(
        f"SELECT p.{one} % {n_parts} AS part, p.{one} AS node, s.place, p.pos, p.u, p.approved"
        f" FROM {name} AS p JOIN place AS s ON p.{other} = s.node"
        for one, other in (("a", "b"), ("b", "a"))
    )
    schema = pa.schema([("pos", pa.int64()), ("share", pa.float64())])
    engine.apply("sides", sides, partial(_shares, no_match=no_match), schema)
    both = (
        f"SELECT CAST(FLOOR(pos / {MAX_PART_EDGES}) AS INT) AS part, pos, SUM(share) AS share"
        " FROM sides GROUP BY pos"
    )
    engine.apply("shares", both, _halves, pa.schema([("pos", pa.int64()), ("u", pa.int64())]))
    engine.drop("sides", "place")


def _shares(rows: pa.Table, *, no_match: float) -> pa.Table:
    """Return the probability of each candidate among those of a node in a group."""
    node, place, pos = (rows[name].to_numpy() for name in ("node", "place", "pos"))
    # From the last pair to the first, as they are summed on one machine.
    order = np.lexsort((-pos, place, node))
    node, place = node[order], place[order]
    score = np.where(rows["approved"].to_numpy() == 1, 1.0, rows["u"].to_numpy() / UNIT)[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (node[1:] != node[:-1]) | (place[1:] != place[:-1])
    contest = np.cumsum(new) - 1
    odds = odds_of(score)
    total = np.bincount(contest, weights=odds)
    share = odds / (odds_of(np.array([no_match]))[0] + total[contest])
    return pa.table({"pos": pos[order], "share": share})


def _halves(rows: pa.Table) -> pa.Table:
    share = rounded(rows["share"].to_numpy() / 2)
    return pa.table({"pos": rows["pos"], "u": np.rint(share * UNIT).astype(np.int64)})


def _probable(rows: pa.Table, *, setting: Setting) -> pa.Table:
    """Return pairs with the probabilities of their scores."""
    curve = CONFIDENCES if setting.calibrate == "decisions" else SHARES
    weights = setting.weights
    assert weights is not None  # noqa: S101 - the caller looked
    score = probability(rows["u"].to_numpy() / UNIT, curve, weights)
    place = rows.schema.get_field_index("u")
    return rows.set_column(place, "u", pa.array(np.rint(score * UNIT).astype(np.int64)))


_PAIR_ROWS: Final = pa.schema(
    [
        ("pos", pa.int64()),
        ("a", pa.int32()),
        ("b", pa.int32()),
        ("u", pa.int64()),
        ("approved", pa.int32()),
    ]
)


def score_pairs(links: RemoteLinks, setting: Setting) -> None:
    """Make a table ``pair`` of the pairs that methods see, with positions when best is first."""
    engine = links.engine
    _rank(links, "pair", _KEYS, approved="CAST(code % 2 AS INT)")
    if setting.floor is not None:
        engine.make(
            "kept", f"SELECT * FROM pair WHERE u / 1e9 >= {setting.floor!r} OR approved = 1"
        )
        engine.make("pair", "SELECT * FROM kept")
        engine.drop("kept")
    if setting.calibrate in {"competition", "both"}:
        no_match = setting.no_match
        if no_match is None:
            no_match = _lowest(links, "SELECT MIN(u) AS u FROM pair")
        _compete(links, "pair", no_match)
        engine.ranked(
            "scored",
            "SELECT p.a, p.b, s.u, p.approved, p.pos AS before FROM pair AS p JOIN shares AS s"
            " ON p.pos = s.pos",
            "u DESC, before ASC",
        )
        engine.make("pair", "SELECT pos, a, b, u, approved FROM scored")
        engine.drop("scored", "shares")
    if setting.weights is not None:
        # A curve rises, so that the order of pairs stays.
        parted = f"CAST(FLOOR(pos / {MAX_PART_EDGES}) AS INT) AS part, pos, a, b, u, approved"
        work = partial(_probable, setting=setting)
        engine.apply("probable", f"SELECT {parted} FROM pair", work, _PAIR_ROWS)
        engine.make("pair", "SELECT * FROM probable")
        engine.drop("probable")
