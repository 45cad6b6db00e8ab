"""The widget: its traits, and its answers to the messages of its pages."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from hummgraph.algorithms.clustering.cluster import Cluster
from hummgraph.errors import HummgraphError
from hummgraph.explorer.opening import opening_of
from hummgraph.explorer.page import explorer_page, read_asset
from hummgraph.explorer.still import image_of, still_of
from hummgraph.explorer.widget.address import Selection, address_of, resolve, selection_at
from hummgraph.explorer.widget.messages import Question, Seen, read_question, read_seen
from hummgraph.explorer.widget.worlds import clusters_under, labels_of
from hummgraph.explorer.words import PAGES
from hummgraph.frames import Listing
from hummgraph.graph.decisions import Decision
from hummgraph.graph.journal import as_records, journal_of, journal_records
from hummgraph.graph.policy import check_threshold
from hummgraph.records.redaction import KeptEvidence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.decisions import Record
    from hummgraph.graph.elements import Node
    from hummgraph.graph.journal import DecisionSource
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["Explorer"]


class _Threshold(traitlets.TraitType[float, float]):
    """A number in [0, 1]."""

    def validate(self, obj: Any, value: Any) -> float:
        """Return the threshold, rounded as scores are."""
        del obj
        return check_threshold("threshold", value)


class _Decisions(traitlets.TraitType[Any, Any]):
    """Decisions and names that fit the graph."""

    def validate(self, obj: Any, value: Any) -> tuple[Record, ...]:
        """Return them as a list; raise if they do not fit."""
        records = as_records(value, "explore")
        obj.fits(records)
        return Listing(records)


class _Selection(traitlets.TraitType[Any, Any]):
    """Something of the graph."""

    def validate(self, obj: Any, value: Any) -> Selection:
        """Return the thing that is meant."""
        return resolve(value, obj.graph, lambda: obj.clusters)


class _Cluster(traitlets.TraitType[Any, Any]):
    """One of the clusters."""

    def validate(self, obj: Any, value: Any) -> Cluster | None:
        """Return the cluster that is meant, as ``clusters[...]`` does."""
        if isinstance(value, Cluster):
            value = value.members[0]
        return None if value is None else obj.clusters[value]


class Explorer(anywidget.AnyWidget):
    """A page in a notebook, with its selection and decisions.

    :func:`hummgraph.explore` makes it. Every change in the page is in these attributes at once,
    and setting one of them changes the page. Each can be observed: ``w.observe(f, "decisions")``
    calls ``f(change)``, where ``change.new`` is the new value.

    Parameters
    ----------
    graph
        The graph to look at.
    clusters
        Clusters of the same nodes.
    cluster
        The cluster on which the page opens.
    height
        Height of the page in pixels.
    kept_evidence
        Amount of evidence in the page.

    Attributes
    ----------
    selection
        Selection of the page: a :class:`hummgraph.Node`, a :class:`hummgraph.Link`, a
        :class:`hummgraph.Cluster`, two nodes between which links or a path are shown, or ``None``.
        Set it to one of these, or to an id or name.
    cluster
        The cluster that is open, or ``None``. Set it to whatever ``clusters[...]`` takes.
    threshold
        Lowest score of a join, in [0, 1].
    decisions
        Decisions and names that were made in the page or given here, by time; what
        ``graph.with_decisions`` and :func:`hummgraph.write_decisions` take. Set it to whatever
        ``graph.with_decisions`` takes; an empty list takes all back.

    Examples
    --------
    >>> from hummgraph import LinkGraph, explore
    >>> from hummgraph.datasets import load_demo
    >>> w = explore(LinkGraph(load_demo().snapshot()))
    >>> (found,) = w.clusters.contradictions
    >>> w.apply({found.cut[0]: "REJECTED"})
    >>> len(w.decisions), w.clusters["Salesforce/Contact.Email"].size
    (1, 14)
    """

    _esm = read_asset("built/widget.js")
    _page = traitlets.Unicode().tag(sync=True)
    _title = traitlets.Unicode().tag(sync=True)
    _token = traitlets.Unicode().tag(sync=True)
    _height = traitlets.Int().tag(sync=True)
    _told = traitlets.Dict().tag(sync=True)
    _seen = traitlets.Dict().tag(sync=True)

    threshold = _Threshold()
    decisions = _Decisions()
    selection = _Selection(allow_none=True)
    cluster = _Cluster(allow_none=True)

    def __init__(
        self,
        graph: LinkGraph,
        *,
        clusters: Clusters | None = None,
        cluster: str | int | UUID | Node | None = None,
        height: int = 480,
        kept_evidence: KeptEvidence = KeptEvidence.VOCABULARY,
    ) -> None:
        opening = opening_of(graph, clusters=clusters, cluster=cluster)
        self._base = graph
        self._made = opening.clusters
        self._current: tuple[tuple[Record, ...], float, Clusters]
        self._current = ((), self._made.threshold, self._made)
        self._listens = True
        token = secrets.token_urlsafe(16)
        super().__init__(
            _page=explorer_page(opening, kept_evidence, widget=token),
            _title=graph.snapshot.organization_name or "Entity links",
            _token=token,
            _height=height,
        )
        self._picture = still_of(graph, clusters=opening.clusters, cluster=cluster)
        with self._quietly():
            self.threshold = self._made.threshold
            self.decisions = ()
            self.cluster = None if cluster is None else self._made[cluster]
            self.selection = self.cluster
        self.observe(self._tell, ["threshold", "decisions", "selection", "cluster"])
        self.observe(self._see, "_seen")
        self.on_msg(self._on_message)

    # --- what it is about -----------------------------------------------------------------------

    @property
    def graph(self) -> LinkGraph:
        """The graph, with the decisions applied."""
        return self._graph_with(self.decisions)

    @property
    def clusters(self) -> Clusters:
        """The clusters under the decisions and the threshold, by the method of the first ones.

        Notes
        -----
        Takes as long as clustering after a change, and O(1) until the next one.
        """
        return self._clusters_with(self.decisions, self.threshold)

    def _graph_with(self, records: Sequence[Record]) -> LinkGraph:
        return self._base.with_decisions(list(records)) if records else self._base

    def _clusters_with(self, records: Sequence[Record], threshold: float) -> Clusters:
        known, at, clusters = self._current
        if known != tuple(records) or at != threshold:
            clusters = clusters_under(self._made, list(records), threshold)
            self._current = (tuple(records), threshold, clusters)
        return clusters

    def fits(self, records: Sequence[Record]) -> None:
        """Raise unless the graph has the links and nodes of decisions and names."""
        self._base.with_decisions(list(records))

    # --- what can be asked of it ----------------------------------------------------------------

    def goto(self, target: object) -> None:
        """Show something in the page.

        Parameters
        ----------
        target
            A system, table, column or link, by itself, its id or its name; a cluster, by itself,
            its id or its name; two nodes, for the links or the path between them; or the name of a
            page: ``"start"``, ``"concepts"``, ``"map"``, ``"tables"``, ``"lineage"``, ``"join"``,
            ``"review"``, ``"links"`` or ``"changes"``.

        Raises
        ------
        NodeNotFoundError, AmbiguousNodeError
            If there is no such thing, or several nodes have the name.
        ArgumentError
            If it is a value of another kind.

        Examples
        --------
        >>> from hummgraph import LinkGraph, explore
        >>> from hummgraph.datasets import load_demo
        >>> w = explore(LinkGraph(load_demo().snapshot()))
        >>> w.goto("Stripe/customers.email")
        >>> w.selection.path
        'Stripe/customers.email'
        """
        if isinstance(target, str) and target in PAGES:
            with self._quietly():
                self.selection = self.cluster = None
            self._say(address=address_of(target, self._base))
            return
        found = resolve(target, self.graph, lambda: self.clusters)
        with self._quietly():
            self.selection = found
            self.cluster = found if isinstance(found, Cluster) else None
        self._say(address=address_of(found, self._base))

    def apply(self, decisions: DecisionSource) -> None:
        """Add decisions and names to those that there are; they replace others about the same.

        Parameters
        ----------
        decisions
            The same as for ``graph.with_decisions``.

        Raises
        ------
        DecisionError
            If decisions cannot be read, contradict each other, or do not fit the graph.
        ArgumentError
            If ``decisions`` is something else.

        Examples
        --------
        >>> from hummgraph import LinkGraph, explore
        >>> from hummgraph.datasets import load_demo
        >>> w = explore(LinkGraph(load_demo().snapshot()))
        >>> w.apply({w.graph.link(0).link_id: "REJECTED"})
        >>> w.graph.link(0).status
        'REJECTED'
        """
        records = as_records(decisions, "apply")
        about = {_about(record) for record in records}
        kept = [record for record in self.decisions if _about(record) not in about]
        self.decisions = [*kept, *records]

    # --- to the pages ---------------------------------------------------------------------------

    def _tell(self, change: Any) -> None:
        """Send a change to the pages that did not come from them."""
        if not self._listens:
            return
        if change.name == "threshold":
            self._say(threshold=self.threshold)
        elif change.name == "decisions":
            self._say(journal=journal_of(self.decisions))
        else:
            self._tell_focus(change)

    def _tell_focus(self, change: Any) -> None:
        new = change.new
        with self._quietly():
            if change.name == "cluster":
                self.selection = new
            else:
                self.cluster = new if isinstance(new, Cluster) else None
        self._say(address=address_of(new, self._base))

    def _say(self, **said: object) -> None:
        """Send wishes to the pages, with all that they have not followed yet."""
        told = self._told
        self._told = {
            "token": self._token,
            "n": told.get("n", 0) + 1,
            "set": {**told.get("set", {}), **said},
        }

    # --- from the pages -------------------------------------------------------------------------

    def _see(self, change: Any) -> None:
        seen = read_seen(change.new, self._token)
        if seen is None:
            return
        told = self._told
        if told and seen.followed > told["n"]:
            return
        waiting = told["set"] if told and seen.followed < told["n"] else {}
        if told and not waiting and told["set"]:
            self._told = {**told, "set": {}}
        try:
            self._follow(seen, waiting)
        except HummgraphError:
            return
        self.send({"kind": "got", "token": self._token, "view": seen.view, "seq": seen.seq})

    def _follow(self, seen: Seen, waiting: dict[str, Any]) -> None:
        """Take over the state of a page, except for wishes that it has yet to follow."""
        records = self.decisions
        if "journal" not in waiting:
            records = journal_records(seen.journal)
            self.fits(records)
        threshold = (
            self.threshold
            if "threshold" in waiting
            else check_threshold("threshold", seen.threshold)
        )
        found = self.selection
        if "address" not in waiting:
            graph = self._graph_with(records)
            found = selection_at(seen.focus, graph, lambda: self._clusters_with(records, threshold))
        # All is known to be right before anything changes.
        with self._quietly(), self.hold_trait_notifications():
            if tuple(records) != tuple(self.decisions):
                self.decisions = list(records)
            self.threshold = threshold
            self.selection = found
            self.cluster = found if isinstance(found, Cluster) else None

    def _on_message(self, _: Any, content: Any, buffers: Any) -> None:
        del buffers
        question = read_question(content, self._token)
        if question is not None:
            self._answer(question)

    def _answer(self, question: Question) -> None:
        answer = {
            "kind": "answer",
            "token": self._token,
            "view": question.view,
            "n": question.n,
            "problem": "",
        }
        try:
            labels = [labels_of(self._made, world) for world in question.worlds]
        except HummgraphError as error:
            self.send({**answer, "problem": error.message})
            return
        self.send(answer, buffers=labels)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Add a still picture, for where no widget is shown."""
        bundle = super()._repr_mimebundle_(**options)
        if isinstance(bundle, tuple):
            data, metadata = bundle
            still = {
                "image/svg+xml": self._picture,
                "text/html": image_of(self._picture, self._title),
            }
            return {**data, **still}, metadata
        return bundle

    def _quietly(self) -> _Quiet:
        return _Quiet(self)


class _Quiet:
    """Within it, changes of a widget are not sent to its pages."""

    def __init__(self, widget: Explorer) -> None:
        self._widget = widget

    def __enter__(self) -> None:
        self._before = self._widget._listens  # noqa: SLF001 - a part of it
        self._widget._listens = False  # noqa: SLF001 - a part of it

    def __exit__(self, *_: object) -> None:
        self._widget._listens = self._before  # noqa: SLF001 - a part of it


def _about(record: Record) -> str:
    """Return the subject of a record: the latest about it holds."""
    return record.link_id if isinstance(record, Decision) else record.node_id
