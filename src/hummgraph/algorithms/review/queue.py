"""The queue of a review: what to look at next, re-scored after each answer."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
import pyarrow as pa

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.contradictions import Contradiction
from hummgraph.algorithms.explain.why import check_own_clusters
from hummgraph.algorithms.review.choosing import decisions_of
from hummgraph.algorithms.review.held import held_clusters
from hummgraph.algorithms.review.question import QUESTION_SCHEMA, Question
from hummgraph.algorithms.review.ranking import GROUPS, ORDERS, Open, Ranking
from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_clusters_option, check_graph
from hummgraph.frames import MAX_ROWS, Card, Frame, Shows, counted, title_of
from hummgraph.graph.decisions import Asked, Decision
from hummgraph.graph.policy import REJECTED, check_threshold
from hummgraph.records.display import LinkDisplay
from hummgraph.records.models import Status
from hummgraph.records.nodes import find_ids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["ReviewQueue", "review_queue", "reviewed_links"]

SHOWN: Final = 20
"""Questions that a table of the queue has."""

_BY_QUEUE: Final = frozenset({Asked.CONTRADICTION, Asked.UNCERTAINTY, Asked.FLIPS, Asked.RANDOM})
"""Reasons for which a queue asks."""


@dataclass(frozen=True, slots=True)
class _Pick:
    """A link that is asked about next."""

    link: int
    group: str
    asked: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Step:
    """An answer or a skip, with the data to take it back."""

    decision: Decision | None
    """The answer; ``None`` if the question was skipped."""
    link: int
    previous: int


class ReviewQueue(Shows):
    """Questions of a review, the next of which depends on the answers so far.

    Iterate over it and answer each question, or skip it::

        queue = review_queue(graph)
        for question in queue:
            print(question)
            queue.answer("APPROVED" if input("right? ") == "y" else "REJECTED")

    A question that is not answered before the next one counts as skipped.

    Parameters
    ----------
    clusters
        The clusters at the beginning, whose setting is held.
    order, random_share, seed, limit
        The same as for :func:`review_queue`.

    Examples
    --------
    >>> from hummgraph import LinkGraph, review_queue
    >>> from hummgraph.datasets import load_demo
    >>> queue = review_queue(LinkGraph(load_demo().snapshot()), random_share=0)
    >>> next(queue).link.status
    'APPROVED'
    >>> queue.answer("REJECTED").asked
    'contradiction'
    >>> queue
    <ReviewQueue: by uncertainty, 1 answered, 0 skipped, 1,155 open>
    """

    def __init__(
        self, clusters: Clusters, *, order: str, random_share: float, seed: int, limit: int | None
    ) -> None:
        self._before = clusters
        self._held = held_clusters(clusters)
        self._order = order
        self._share = 1.0 if order == "random" else random_share
        self._seed = seed
        self._limit = limit
        self._ranking = Ranking(self._held, order, seed)
        self._done = np.zeros(clusters.graph.n_links, dtype=bool)
        self._steps: list[_Step] = []
        # A queue goes on where one before it ended: what was confirmed is not asked again, and
        # short reviews have their share of random questions, too.
        reviewed = reviewed_links(clusters.graph)
        self._done[reviewed] = True
        self._n_before = len(reviewed)
        self._current: Question | None = None

    # --- one after another ---------------------------------------------------------------------

    def __iter__(self) -> Iterator[Question]:
        return self

    def __len__(self) -> int:
        """Return the number of questions that are left, at most as many as the limit allows."""
        left = self.n_questions
        return left if self._limit is None else min(left, self._limit - len(self._steps))

    def __next__(self) -> Question:
        if self._current is not None:
            self.skip()
        if self._limit is not None and len(self._steps) >= self._limit:
            raise StopIteration
        picks = self._plan(1)
        if not picks:
            raise StopIteration
        self._current = self._question(picks[0])
        return self._current

    @property
    def current(self) -> Question | None:
        """The question that waits for an answer, if any."""
        return self._current

    def answer(
        self,
        status: str,
        *,
        note: str | None = None,
        who: str | None = None,
        decided_at: datetime | None = None,
    ) -> Decision:
        """Answer the question that was asked last; the queue is re-scored.

        Parameters
        ----------
        status
            ``"APPROVED"``, ``"REJECTED"``, or ``"SUGGESTED"``, which takes a decision back.
        note, who
            The same as for :class:`Decision`.
        decided_at
            Time of the answer, with a time zone; now when not given.

        Returns
        -------
        Decision
            Decision with ends, confidence and reason of the question: for a journal.

        Raises
        ------
        ArgumentError
            If no question waits for an answer.
        DecisionError
            If the status does not exist, or a value does not fit a decision.
        """
        question = self._waiting("answer")
        link = question.link.link_index
        when = datetime.now(UTC) if decided_at is None else decided_at
        (decision,) = decisions_of(
            self._before.graph,
            np.array([link]),
            status,
            asked=question.asked,
            note=note,
            who=who,
            decided_at=when,
        )
        previous = int(self._held.status[link])
        self._held = self._held.after(question.change(list(Status).index(Status(status))))
        self._steps.append(_Step(decision, link, previous))
        self._done[link] = True
        self._current = None
        return decision

    def skip(self) -> None:
        """Leave the question that was asked last unanswered; it is not asked again.

        Raises
        ------
        ArgumentError
            If no question waits for an answer.
        """
        link = self._waiting("skip").link.link_index
        self._steps.append(_Step(None, link, int(self._held.status[link])))
        self._done[link] = True
        self._current = None

    def undo(self) -> Decision | None:
        """Undo the last step, an answer or a skip; its question may be asked again.

        Returns
        -------
        Decision or None
            The answer, which is no longer in `decisions`; ``None`` if the question was skipped.

        Raises
        ------
        ArgumentError
            If nothing was answered or skipped.
        """
        if not self._steps:
            raise ArgumentError("Nothing was answered or skipped; there is nothing to take back.")
        last = self._steps.pop()
        status = np.array([last.previous], dtype=self._held.status.dtype)
        self._held = self._held.after(self._held.change(np.array([last.link]), status))
        self._done[last.link] = False
        self._current = None
        return last.decision

    def _waiting(self, what: str) -> Question:
        if self._current is None:
            raise ArgumentError(
                f"There is no question to {what}.", hint="next(queue) asks the next one."
            )
        return self._current

    # --- what is known -------------------------------------------------------------------------

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The answers so far, in their order."""
        return tuple(step.decision for step in self._steps if step.decision is not None)

    @property
    def graph(self) -> LinkGraph:
        """The graph with the answers so far."""
        return self._before.graph.with_decisions(self.decisions)

    @property
    def clusters(self) -> Clusters:
        """The clusters with the answers so far, under the setting that is held."""
        return self._held.clusters(self.graph)

    @property
    def n_open(self) -> int:
        """Number of suggestions that neither answers nor other decisions settle."""
        return len(self._ranking.open(self._held, self._done))

    @property
    def n_questions(self) -> int:
        """Number of questions that are left now: each answer may settle some.

        There is one for each contradiction, and for suggestions between the same two clusters.
        """
        return len(self._plan(sys.maxsize))

    @property
    def n_skipped(self) -> int:
        """Number of questions that were skipped."""
        return sum(step.decision is None for step in self._steps)

    # --- the plan ------------------------------------------------------------------------------

    def _plan(self, n: int) -> list[_Pick]:
        """Return the next questions as they stand now."""
        picks = list(islice(self._contradicting(), n))
        if len(picks) < n:
            taken = {pick.link for pick in picks}
            picks += islice(self._suggested(taken, len(picks)), n - len(picks))
        return picks

    def _contradicting(self) -> Iterator[_Pick]:
        """Yield one question for each contradiction: the decision that is most likely wrong."""
        found = self._held.contradictions
        if not len(found):
            return
        problem = self._held.problem_with(self._held.status)
        graph = problem.graph
        taken: set[int] = set()
        for rejected in found.tolist():
            link = graph.link(rejected)
            contradiction = Contradiction(
                "", link.link_id, link.source, link.target, problem, rejected
            )
            # The other answer to each question resolves it: about the rejection and the cheapest
            # link that alone ties both ends, then about the others that do.
            single = [graph.link(one).link_index for one in contradiction.single_cuts]
            single = [one for one in single if self._resolves(one, rejected)]
            cut = [graph.link(one).link_index for one in contradiction.cut]
            first = [*(one for one in cut if one in single), rejected]
            for several in (first, single):
                left = [one for one in several if not self._done[one] and one not in taken]
                if left:
                    right = self._ranking.surety(np.array(left))
                    wrong = [
                        sure if one == rejected else 1 - sure
                        for one, sure in zip(left, right.tolist(), strict=True)
                    ]
                    link_index = left[int(np.argmax(wrong))]
                    taken.add(link_index)
                    yield self._contradiction(rejected, link_index)
                    break

    def _resolves(self, approved: int, rejected: int) -> bool:
        """Return whether to reject a link that alone ties a contradiction resolves that one."""
        if self._before.graph.policy.rejected == "refuse":
            return True
        # Rejections do not bind: scores may hold both together nevertheless.
        change = self._held.change(np.array([approved]), np.array([REJECTED]))
        return rejected not in self._held.after(change).contradictions

    def _contradiction(self, rejected: int, asked: int) -> _Pick:
        nodes, ends = self._before.graph.arrays.nodes, self._before.graph.arrays.links.ends
        one, other = (nodes.path[int(end[rejected])].as_py() for end in (ends.source, ends.target))
        reason = (
            f"{one} and {other} are rejected as the same, but approved links unite them; of the"
            " decisions about it that were not confirmed, this one is the likeliest to be wrong."
        )
        return _Pick(asked, GROUPS[0], Asked.CONTRADICTION, reason)

    def _suggested(self, taken: set[int], n_picked: int) -> Iterator[_Pick]:
        """Yield suggestions in their order, random ones among them."""
        step = self._n_before + len(self._steps) + n_picked
        open_ = self._ranking.open(self._held, self._done)
        taken = set(taken)
        in_order = self._left(open_, self._ranking.ranked(open_), taken)
        at_random = self._left(open_, self._ranking.sampled(open_), taken)
        while True:
            row = None
            is_random = self._order == "random"
            if not is_random and np.random.default_rng([self._seed, step]).random() < self._share:
                row = next(at_random, None)
                is_random = row is not None
            if row is None:
                row = next(in_order, None)
            if row is None:
                return
            step += 1
            taken.add(int(open_.link[row]))
            yield self._pick(open_, row, is_random=is_random)

    @staticmethod
    def _left(open_: Open, rows: Iterator[int], taken: set[int]) -> Iterator[int]:
        """Yield the rows whose links are not taken when it is their turn."""
        return (row for row in rows if int(open_.link[row]) not in taken)

    def _pick(self, open_: Open, row: int, *, is_random: bool) -> _Pick:
        link, group = int(open_.link[row]), GROUPS[int(open_.group[row])]
        number = counted(len(open_), "open suggestion")
        if is_random:
            return _Pick(link, group, Asked.RANDOM, f"It was drawn at random from {number}.")
        things = f"{self._before.level}s".replace("integration_source", "system")
        changes = f"an answer is expected to change {open_.flips[row]:.1f} pairs of {things}"
        if self._order == "flips":
            reason = f"A{changes[1:]}"
        elif np.isnan(open_.probability[row]):
            reason = "Nothing is known of its probability"
        else:
            reason = f"It is right with probability {open_.probability[row]:.2f}, and {changes}"
        ahead = {"exact rule": "an exact rule joins two clusters", "scored": "", "unscored": ""}
        reason += f"; {ahead[group]}." if ahead[group] else f"; {self._rank_words(number)}."
        return _Pick(link, group, Asked(self._order), reason)

    def _rank_words(self, number: str) -> str:
        if self._order == "flips":
            return f"of {number} no other changes more"
        return f"of {number} none is clearly less certain, and none about as uncertain changes more"

    def _question(self, pick: _Pick) -> Question:
        graph, held = self._before.graph, self._held
        link = graph.link(pick.link)
        source, target = graph.node(link.source), graph.node(link.target)
        found = float(self._ranking.probabilities(held, np.array([pick.link]))[0])
        status = graph.arrays.statuses[int(held.status[pick.link])]
        return Question(
            link=replace(link, status=status),
            source=source,
            target=target,
            group=pick.group,
            asked=str(pick.asked),
            probability=None if np.isnan(found) else found,
            reason=pick.reason,
            _before=self._before,
            _held=held,
        )

    # --- as tables -----------------------------------------------------------------------------

    def to_frame(self, n: int = SHOWN) -> Frame:
        """Return the next questions: one row each, in their order.

        Each answer may change those after it. ``evidence`` is JSON, shown as its vocabulary.

        Parameters
        ----------
        n
            Greatest number of questions, from 0.

        Raises
        ------
        ArgumentError
            If ``n`` is something else.

        Notes
        -----
        O(n + m) for n nodes and m links, and the time of two previews for each question.

        Examples
        --------
        >>> from hummgraph import LinkGraph, review_queue
        >>> from hummgraph.datasets import load_demo
        >>> queue = review_queue(LinkGraph(load_demo().snapshot()), random_share=0)
        >>> queue.to_frame(3)["group"]
        ['contradiction', 'exact rule', 'exact rule']
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 0:
            raise ArgumentError(f"n is {n!r}; it must be a whole number, at least 0.")
        rows = []
        left = n if self._limit is None else min(n, self._limit - len(self._steps))
        for pick in self._plan(max(left, 0)):
            question = self._question(pick)
            evidence = question.link.evidence
            text = None if evidence is None else json.dumps(evidence)
            rows.append(question.to_dict() | {"evidence": text})
        table = pa.Table.from_pylist(rows, schema=QUESTION_SCHEMA)
        return Frame(table, display=LinkDisplay(self._before.graph.snapshot))

    def to_dict(self, n: int = SHOWN) -> dict[str, Any]:
        """Return the queue as plain data: counts and the next questions, without evidence.

        Parameters
        ----------
        n
            Greatest number of questions, from 0.

        Raises
        ------
        ArgumentError
            If ``n`` is something else.

        Examples
        --------
        >>> from hummgraph import LinkGraph, review_queue
        >>> from hummgraph.datasets import load_demo
        >>> review_queue(LinkGraph(load_demo().snapshot())).to_dict(0)["contradictions"]
        1
        """
        rows = [
            {name: cell for name, cell in row.items() if name != "evidence"}
            for row in self.to_frame(n)
        ]
        return {
            "order": self._order,
            "random_share": self._share,
            "answered": len(self.decisions),
            "skipped": self.n_skipped,
            "open": self.n_open,
            "contradictions": len(self._held.contradictions),
            "questions": rows,
        }

    def __repr__(self) -> str:
        return (
            f"<ReviewQueue: by {self._order}, {len(self.decisions):,} answered,"
            f" {self.n_skipped:,} skipped, {self.n_open:,} open>"
        )

    def _card_(self) -> Card:
        shown = self.to_frame(MAX_ROWS).select(
            "source_path", "target_path", "group", "probability", "approving", "rejecting"
        )
        total = self.n_questions
        return Card(title_of(self), table=shown, things="questions", total=total)


def reviewed_links(graph: LinkGraph) -> NDArray[np.int64]:
    """Return the links whose decisions answered the questions of a queue: positions, sorted."""
    asked = graph.arrays.decisions.asked
    answered = [UUID(link).bytes for link, how in asked.items() if how in _BY_QUEUE]
    ids = np.frombuffer(b"".join(answered), dtype=np.uint8).reshape(-1, 16)
    place = find_ids(ids, graph.link_ids)
    return np.unique(place[place >= 0]).astype(np.int64)


def review_queue(
    graph: LinkGraph,
    *,
    clusters: Clusters | None = None,
    order: str = "uncertainty",
    random_share: float = 0.5,
    seed: int = 0,
    limit: int | None = None,
) -> ReviewQueue:
    """Return the questions of a review: which link to look at next, and what either answer does.

    Contradictions come first, each with the decision that is likeliest to be wrong among those
    that resolve it in one answer. Then come suggestions: those of exact rules (DETERMINISTIC)
    between two clusters, those with a score, those without. One of the suggestions between the same
    two clusters is asked about, last in its group if a rejection keeps the two apart. Suggestions
    that decisions settle by transitivity are left out. After each answer clusters and questions are
    updated, under the setting in force, which is held.

    Parameters
    ----------
    graph
        Links, some of them decided.
    clusters
        Result of :func:`cluster` on the graph, whose setting is held; ``cluster(graph)`` by
        default.
    order
        Order inside a group. ``"uncertainty"``: a link whose probability, after calibration, is
        between 0.4 and 0.6, else between 0.2 and 0.8; of several the one whose answer is expected
        to move most pairs of nodes together or apart. ``"flips"``: the answer that is expected to
        move most. ``"random"``: a sample of all suggestions, whose groups do not matter.
    random_share
        Share of questions drawn at random from all open suggestions with a confidence, in [0, 1].
        Only these answers, and imported ones, calibrate a new setting; ``0`` draws none.
    seed
        Seed of random choices, not negative.
    limit
        Greatest number of questions, from 0; ``None`` asks until none is left.

    Returns
    -------
    ReviewQueue
        An iterator of questions, and a table of the next ones.

    Raises
    ------
    ArgumentError
        If an argument is out of range, or the clusters belong to another graph.

    Notes
    -----
    O(n + m) for the next question, for n nodes and m links, after the time of clustering once; with
    methods without a merge tree each answer takes the time of clustering.

    Uncertainty sampling goes back to Lewis and Gale [1]_; for match graphs see [2]_.

    References
    ----------
    .. [1] D. Lewis, W. Gale: A sequential algorithm for training text classifiers. SIGIR 1994.
       https://doi.org/10.1007/978-1-4471-2099-5_1
    .. [2] S. Sarawagi, A. Bhamidipaty: Interactive deduplication using active learning. KDD 2002.
       https://doi.org/10.1145/775047.775087

    Examples
    --------
    >>> from hummgraph import LinkGraph
    >>> from hummgraph.datasets import load_demo
    >>> queue = review_queue(LinkGraph(load_demo().snapshot()), limit=3)
    >>> [queue.answer("REJECTED").asked for question in queue]
    ['contradiction', 'uncertainty', 'random']
    """
    check_graph(graph, "review_queue")
    if order not in ORDERS:
        raise ArgumentError(f"order is {order!r}; it must be one of {', '.join(ORDERS)}.")
    share = check_threshold("random_share", random_share)
    for name, value in (("seed", seed), ("limit", limit)):
        is_whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        if not is_whole and not (name == "limit" and value is None):
            raise ArgumentError(f"{name} is {value!r}; it must be a whole number, 0 or more.")
    if clusters is None:
        clusters = cluster(graph)
    check_clusters_option(clusters)
    check_own_clusters(graph, clusters)
    return ReviewQueue(clusters, order=order, random_share=share, seed=seed, limit=limit)
