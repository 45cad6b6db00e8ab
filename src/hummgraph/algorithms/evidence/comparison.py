"""Comparison of the evidence of approved links with that of rejected ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.evidence.display import EvidenceDisplay
from hummgraph.algorithms.evidence.rows import (
    BOOLEAN,
    NUMBER,
    TEXT,
    EvidenceRows,
    as_texts,
    kind_of,
    value_text,
)
from hummgraph.algorithms.evidence.separation import (
    Runs,
    Separation,
    mean_and_median,
    separate,
    share_of,
)
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Card, Frame, Shows
from hummgraph.graph.policy import APPROVED, REJECTED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.graph.linkgraph import LinkGraph

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["CONFIDENCE", "MAX_VALUES", "EvidenceComparison", "compare_evidence"]

CONFIDENCE: Final = "(confidence)"
"""Key of the row about confidences; a member of evidence with this name is quoted."""

MAX_VALUES: Final = 20
"""Greatest number of values shown of a key."""

_MAX_NAMED_KEYS: Final = 8  # keys that a short description names
_MAX_KEY_WIDTH: Final = 48  # characters of a key there

_SCALE: Final = (
    "Separation and presence: 0.5 says nothing, more speaks for approved links, less for rejected"
    " ones. What says nothing lies within its chance of 0.5, 19 times in 20."
)
_CAVEAT: Final = (
    "Reviewed links are no random sample, and reviewers may have gone by the evidence itself."
)
_SHOWN: Final = (
    "key",
    "kind",
    "approved",
    "rejected",
    "separation",
    "separation_chance",
    "presence",
    "presence_chance",
    "value",
)


@dataclass(frozen=True, slots=True, repr=False)
class EvidenceComparison(Shows):
    """Differences between the evidence of APPROVED and REJECTED links, key by key.

    Parameters
    ----------
    keys
        One row a key and kind of value; a key with numbers in some links and texts or nulls in
        others has a row for each kind. The first row is ``(confidence)``, then keys in order of how
        far `separation` or `presence` lies from 0.5 beyond its chance. Columns:

        - ``key``, ``kind``: as in :func:`evidence_table`;
        - ``approved``, ``rejected``: numbers of links with the key, on which the row rests, and
          ``approved_share``, ``rejected_share`` of all such links, in [0, 1];
        - ``presence``: the probability that of a random approved and a random rejected link only
          the first has the key, plus half the probability that both or neither have it, in [0, 1];
        - ``separation``, in [0, 1]: for numbers and truth values, the probability that a random
          approved link's is above a random rejected one's, equal ones counting half; for texts, the
          same as `presence` for the single text ``value`` with the greatest difference, among links
          that have the key. Null if one side has no value, and for nulls;
        - ``presence_chance``, ``separation_chance``: how far from 0.5 the value is by chance
          alone in 19 of 20 keys without any information;
        - ``distinct``: number of distinct values;
        - ``approved_mean``, ``rejected_mean``, ``approved_median`` and ``rejected_median`` of
          numbers.
    values
        One row a key and text or truth value: numbers of ``approved`` and ``rejected`` links with
        it, their shares of the links with the key, and ``shown``: how many of the key's values are
        listed, at most 20, in order of the difference of their shares.
    n_approved, n_rejected
        Numbers of links.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> found = compare_evidence(LinkGraph(load_demo().snapshot()))
    >>> found.n_approved, found.n_rejected
    (105, 80)
    >>> found.keys["key"][0]
    '(confidence)'
    """

    keys: Frame
    values: Frame
    n_approved: int
    n_rejected: int

    @property
    def note(self) -> str:
        """Caution about the result, in a sentence: whether there are enough links to compare."""
        counts = {"APPROVED": self.n_approved, "REJECTED": self.n_rejected}
        absent = [status for status, n in counts.items() if not n]
        return f"Too little to compare: no {' and no '.join(absent)} links." if absent else _CAVEAT

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data; undefined values are ``None``.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> sorted(compare_evidence(LinkGraph(load_demo().snapshot())).to_dict())
        ['keys', 'n_approved', 'n_rejected', 'note', 'values']
        """
        return {
            "n_approved": self.n_approved,
            "n_rejected": self.n_rejected,
            "note": self.note,
            "keys": list(self.keys),
            "values": list(self.values),
        }

    def _headline(self) -> str:
        links = f"{self.n_approved:,} approved and {self.n_rejected:,} rejected links"
        n = len(set(self.keys["key"])) - 1
        return f"{links}, {n:,} key{'' if n == 1 else 's'} of evidence"

    def __repr__(self) -> str:
        pairs = zip(self.keys["key"], self.keys.shown()["key"], strict=True)
        names = list(dict(pairs).values())[1:]
        named = ", ".join(
            name if len(name) <= _MAX_KEY_WIDTH else f"{name[: _MAX_KEY_WIDTH - 1]}\u2026"
            for name in names[:_MAX_NAMED_KEYS]
        )
        more = (
            f" (shown {_MAX_NAMED_KEYS} of {len(names):,})" if len(names) > _MAX_NAMED_KEYS else ""
        )
        return f"<EvidenceComparison: {self._headline()}{': ' if names else ''}{named}{more}>"

    def _card_(self) -> Card:
        return Card(
            f"EvidenceComparison: {self._headline()}.",
            table=self.keys.select(*_SHOWN),
            things="keys",
            notes=[self.note, _SCALE],
        )


def compare_evidence(graph: LinkGraph) -> EvidenceComparison:
    """Compare the evidence of APPROVED links with that of REJECTED ones, key by key.

    Parameters
    ----------
    graph
        A graph with decisions; those of :meth:`LinkGraph.with_decisions` count like any other.

    Returns
    -------
    EvidenceComparison
        The comparison. Confidence is in the first row, to compare keys with. Each key is tested
        alone: one that separates less may still add to the confidence. Without approved or without
        rejected links there is nothing to compare: values that need both are null, and
        :attr:`EvidenceComparison.note` says so.

    Notes
    -----
    O(n + v log v) for n characters of evidence and v values. Keys are those of
    :func:`flatten_evidence`.

    The separation of numbers is Mann and Whitney's U [1]_ as a share of all pairs, which is the
    area under the ROC curve [2]_. For texts it uses the single text whose shares differ most: the
    total variation distance over all texts would call ids, which differ in every link, a perfect
    separator. It has the same scale, and the row names the text.

    Chance is 1.96 standard deviations of U under the hypothesis that both sides are alike, with the
    correction for ties [3]_; for the text with the greatest difference among m, as many deviations
    as Bonferroni's bound for m trials requires. It applies to each key alone: among a hundred keys
    without information, about five exceed it. Links that share a table or a matcher are not
    independent, so the true chance is larger. With few links it is a rough guide.

    References
    ----------
    .. [1] H. Mann, D. Whitney: On a test of whether one of two random variables is stochastically
       larger than the other. Annals of Mathematical Statistics 18(1), 1947.
    .. [2] J. Hanley, B. McNeil: The meaning and use of the area under a receiver operating
       characteristic (ROC) curve. Radiology 143(1), 1982.
    .. [3] W. Kruskal, W. Wallis: Use of ranks in one-criterion variance analysis. Journal of the
       American Statistical Association 47, 1952.

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> found = compare_evidence(LinkGraph(load_demo().snapshot()))
    >>> print(found.keys.select("key", "approved", "rejected", "separation").head(2))
    key             | approved | rejected | separation
    ----------------+----------+----------+-----------
    (confidence)    | 89       | 80       | 0.7717
    name_similarity | 11       | 73       | 0.4819
    """
    check_graph(graph, "compare_evidence")
    links = graph.arrays.links
    decided = np.flatnonzero((links.status == APPROVED) | (links.status == REJECTED))
    side = links.status[decided] == APPROVED
    sizes = (int(np.count_nonzero(side)), int(np.count_nonzero(~side)))
    rows = EvidenceRows.of(graph, decided)
    kinds = list(map(kind_of, rows.values))
    # A feature is a key and a kind of value; the first one is the confidence.
    features: dict[tuple[str, str], int] = {(CONFIDENCE, NUMBER): 0}
    codes = [features.setdefault(it, len(features)) for it in zip(rows.keys, kinds, strict=True)]
    points, texts = _value_points(rows, kinds)
    confidence = links.confidence[decided]
    known = ~np.isnan(confidence)
    runs = Runs.of(
        np.concatenate((np.zeros(np.count_nonzero(known), np.int64), np.array(codes, np.int64))),
        np.concatenate((confidence[known], points)),
        np.concatenate((side[known], np.repeat(side, rows.counts))),
        len(features),
    )
    kind = np.array([kind for _, kind in features])
    measured = separate(runs, kind, sizes)
    order = _order_features(measured, list(features))
    display = EvidenceDisplay(graph.snapshot)
    return EvidenceComparison(
        Frame(_key_table(list(features), measured, runs, texts, order), display=display),
        Frame(_value_table(list(features), kind, runs, texts, order), display=display),
        *sizes,
    )


def _value_points(rows: EvidenceRows, kinds: list[str]) -> tuple[Floats, list[str]]:
    """Return each value as a point: a number as it is, a text as its rank among all texts."""
    texts: dict[str, int] = {}
    points: list[float] = []
    for value, kind in zip(rows.values, kinds, strict=True):
        if kind == TEXT:
            points.append(texts.setdefault(str(value_text(value)), len(texts)))
        else:
            points.append(0.0 if value is None else value)  # type: ignore[arg-type] # a number
    names = sorted(texts)
    place = np.empty(len(names), dtype=np.float64)
    place[[texts[name] for name in names]] = np.arange(len(names))
    found = np.array(points, dtype=np.float64)
    textual = np.array([kind == TEXT for kind in kinds], dtype=bool)
    found[textual] = place[found[textual].astype(np.int64)]
    return found, names


def _order_features(measured: Separation, features: list[tuple[str, str]]) -> Ints:
    """Return features in order: the confidence, then by difference beyond chance and key."""
    beyond = np.fmax(
        np.abs(measured.separation - 0.5) - measured.separation_chance,
        np.abs(measured.presence - 0.5) - measured.presence_chance,
    )
    telling = np.nan_to_num(beyond, nan=-1.0).tolist()
    size = (measured.approved + measured.rejected).tolist()
    others = sorted(range(1, len(features)), key=lambda i: (-telling[i], -size[i], features[i]))
    return np.array([0, *others])


def _key_table(
    features: list[tuple[str, str]],
    measured: Separation,
    runs: Runs,
    texts: list[str],
    order: Ints,
) -> pa.Table:
    """Return one row a feature."""
    number = np.array([kind == NUMBER for _, kind in features])

    def column(values: Floats, kind: pa.DataType | None = None) -> pa.Array:
        chosen = values[order]
        return pa.array(chosen, mask=np.isnan(chosen)).cast(kind or pa.float64())

    columns: dict[str, Any] = {
        "key": pa.array([features[i][0] for i in order.tolist()], pa.string()),
        "kind": pa.array([features[i][1] for i in order.tolist()], pa.string()),
    }
    for name in ("approved", "rejected"):
        columns[name] = column(getattr(measured, name), pa.int64())
    for name in (
        "approved_share",
        "rejected_share",
        "presence",
        "presence_chance",
        "separation",
        "separation_chance",
    ):
        columns[name] = column(getattr(measured, name))
    best = measured.best[order].tolist()
    columns["value"] = as_texts([None if i < 0 else texts[int(runs.point[i])] for i in best])
    columns["distinct"] = column(measured.distinct, pa.int64())
    means, medians = {}, {}
    for name in ("approved", "rejected"):
        mean, median = mean_and_median(runs, getattr(runs, name), getattr(measured, name))
        means[f"{name}_mean"] = column(np.where(number, mean, np.nan))
        medians[f"{name}_median"] = column(np.where(number, median, np.nan))
    return pa.table(columns | means | medians)


def _value_table(
    features: list[tuple[str, str]],
    kind: NDArray[np.str_],
    runs: Runs,
    texts: list[str],
    order: Ints,
) -> pa.Table:
    """Return one row a feature and text or truth value, features in the given order."""
    listed = np.flatnonzero(np.isin(kind, (TEXT, BOOLEAN))[runs.feature])
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    approved, rejected = (
        share_of(counts, runs.sums(counts)[runs.feature])
        for counts in (runs.approved, runs.rejected)
    )
    size = runs.approved + runs.rejected
    keys = (listed, -size[listed], -runs.differences()[listed], place[runs.feature[listed]])
    listed = listed[np.lexsort(keys)]
    feature = runs.feature[listed]
    _, start, of, n = np.unique(
        place[feature], return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.arange(len(listed)) - start[of]
    kept = rank < MAX_VALUES
    listed, feature, n = listed[kept], feature[kept], n[of][kept]
    pairs = [features[i] for i in feature.tolist()]
    values = [
        texts[int(point)] if kind == TEXT else value_text(bool(point))
        for point, (_, kind) in zip(runs.point[listed].tolist(), pairs, strict=True)
    ]
    return pa.table(
        {
            "key": pa.array([key for key, _ in pairs], pa.string()),
            "kind": pa.array([kind for _, kind in pairs], pa.string()),
            "value": as_texts(values),
            "approved": runs.approved[listed].astype(np.int64),
            "rejected": runs.rejected[listed].astype(np.int64),
            "approved_share": pa.array(approved[listed], mask=np.isnan(approved[listed])),
            "rejected_share": pa.array(rejected[listed], mask=np.isnan(rejected[listed])),
            "shown": pa.array([f"{min(m, MAX_VALUES)} of {m:,}" for m in n.tolist()], pa.string()),
        }
    )
