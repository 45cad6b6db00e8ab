"""Conversions between graphs of hummgraph and of networkx, igraph, rustworkx and scipy.

Other libraries are imported when they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from hummgraph.graph.table_conversions import TableConversions

if TYPE_CHECKING:
    import igraph
    import networkx as nx
    import rustworkx as rx
    from scipy.sparse import csr_array

    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.policy import Policy
    from hummgraph.records.nodes import Level

__all__ = ["Conversions"]


class Conversions(TableConversions):
    """Conversions of a graph to and from other libraries; the base class of :class:`LinkGraph`."""

    # --- graphs ------------------------------------------------------------------------------

    def to_networkx(
        self,
        *,
        containment: bool = False,
        evidence: str = "none",
        relationships: bool = False,
        keep_unweighted: bool = False,
        flat: bool = False,
    ) -> nx.MultiDiGraph[str]:
        """Return a frozen :class:`networkx.MultiDiGraph` over the graph's own arrays.

        Nodes are ids, edge keys are link ids. ``confidence`` of an edge is the stored value, and
        ``weight`` what the policy makes of it. A link without a stored confidence that the policy
        weighs 1, as APPROVED ones by default, has no ``confidence``: networkx takes 1 for it. One
        that the policy weighs otherwise has ``None``, which networkx refuses: use ``weight`` then.

        Parameters
        ----------
        containment
            Add an edge of kind ``contains``, without weight, from each node to those in it.
        evidence
            Evidence (JSON text) of edges and of ``graph["relationships"]``: ``"none"``, all of it
            with ``"full"``, or with ``"vocabulary"`` as :func:`write` writes it, without texts and
            keys that may be data. With evidence, edges have times too.
        relationships
            Add the edges of :attr:`relationships`, of kind ``relationship`` or ``association``,
            between columns where these are known and tables elsewhere. Their keys are their ids;
            the kind stands before an id that another edge has too.
        keep_unweighted
            Keep links whose weight the policy leaves undefined (by default those without a
            confidence and REJECTED ones); they have no ``weight``. Otherwise they are left out and
            counted in ``view.graph["links_left_out"]``. So with relationships, which are counted
            in ``view.graph["relationships_left_out"]``.
        flat
            Have only text, numbers and truth values as attributes, so that networkx can write the
            graph as GraphML, GEXF, GML or JSON: a null is left out, times are ISO 8601 text in UTC,
            objects of the graph's own attributes are JSON text, edges have their ``link_id``, and
            characters that XML cannot carry are written ``_xHHHH_``, which :meth:`from_networkx`
            undoes.

        Returns
        -------
        networkx.MultiDiGraph
            Read-only; ``networkx.MultiDiGraph(view)`` is an ordinary copy to edit. Organisation,
            policy, relationships and key facts are in ``view.graph``, so that :meth:`from_networkx`
            returns an equal graph if unweighted links and all evidence were kept.

        Notes
        -----
        O(n log n) for n links, and no copy of them as Python objects: attributes are made when
        they are asked for. Some functions of networkx, such as ``nx.pagerank``, are answered from
        the arrays, with the same values: the first view puts ``hummgraph`` last in
        ``nx.config.backend_priority``.

        Examples
        --------
        >>> import networkx as nx
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> view = LinkGraph(load_demo().snapshot()).to_networkx()
        >>> ranks = nx.pagerank(view, weight="weight")
        >>> len(ranks) == view.number_of_nodes()
        True
        >>> flat = LinkGraph(load_demo().snapshot()).to_networkx(flat=True)
        >>> len(list(nx.generate_gml(flat))) > flat.number_of_edges()
        True
        """
        from hummgraph.graph.interop.networkx_view import view_of

        return view_of(
            self.arrays,
            containment=containment,
            evidence=evidence,
            relationships=relationships,
            keep_unweighted=keep_unweighted,
            flat=flat,
        )

    @classmethod
    def from_networkx(cls, graph: nx.Graph[Any], *, policy: Policy | None = None) -> Self:
        """Build a graph from one of :meth:`LinkGraph.to_networkx`, edited or read from a file.

        Parameters
        ----------
        graph
            A MultiDiGraph, or a DiGraph, which networkx makes of a file without parallel links.
            Nodes are ids with ``level``, ``name`` and ``parent_id``; an edge's key, ``link_id`` or
            ``id`` is the link's id, and edges have ``status``, ``link_type`` and ``confidence``.
            An edge without status or type has the API's default (SUGGESTED, PROBABILISTIC). Edges
            of kind ``contains`` are ignored, since ``parent_id`` holds the same, and so are those
            of kind ``relationship`` and ``association``, which are in ``graph["relationships"]``.
        policy
            The new graph's policy; when not given, the graph's attribute ``policy``, else the usual
            one.

        Raises
        ------
        ArgumentError
            If the graph is undirected, or not one of networkx.
        FormatError
            The same as in :meth:`from_arrow`, and if the links are lifted to a level.

        Notes
        -----
        O(n log n) for n edges.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> view = graph.to_networkx(keep_unweighted=True, evidence="full")
        >>> LinkGraph.from_networkx(view) == graph
        True
        """
        from hummgraph.graph.interop.networkx_reader import networkx_data

        return cls.from_arrays(networkx_data(graph, policy))

    def to_igraph(
        self,
        *,
        clusters: ClusterLabels | None = None,
        keep_unweighted: bool = False,
        evidence: str = "none",
    ) -> igraph.Graph:
        """Return a directed :class:`igraph.Graph` with all that the graph knows.

        Vertex ``i`` is node ``i``. igraph finds vertices by ``name``, so that is the node's id, and
        ``label``, which it draws, is the node's name; the other attributes are the columns of
        :attr:`nodes`. Edges stand in the order of their ids and have the columns of :attr:`links`:
        evidence is JSON text, times are datetimes. A null is ``None``, of ``confidence`` and
        ``weight`` NaN.

        Parameters
        ----------
        clusters
            Adds ``cluster_index`` (``None`` in none), ``cluster_id`` and ``cluster_name`` to
            vertices.
        keep_unweighted
            Keep links whose weight the policy leaves undefined (by default those without a
            confidence and REJECTED ones). Otherwise they are left out and counted in
            ``["links_left_out"]``.
        evidence
            Evidence of edges and relationships, as in :meth:`to_networkx`.

        Returns
        -------
        igraph.Graph
            An ordinary one, to edit. Organisation, policy, relationships and key facts are
            attributes of the whole, so that :meth:`from_igraph` returns an equal graph if
            unweighted links and all evidence were kept.

        Raises
        ------
        ArgumentError
            If the clusters are those of a graph with other nodes, or there is no such ``evidence``.
        MissingDependencyError
            If igraph is not installed.

        Notes
        -----
        O(n_nodes + n_links); every value becomes a Python object.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> made = graph.to_igraph()
        >>> made.vcount() == graph.n_nodes, made["links_left_out"]
        (True, {'SUGGESTED': 66, 'REJECTED': 80})
        >>> len(made.pagerank(weights="weight")) == graph.n_nodes
        True
        """
        from hummgraph.graph.interop.igraph import igraph_of

        return igraph_of(
            self.arrays, clusters=clusters, keep_unweighted=keep_unweighted, evidence=evidence
        )

    @classmethod
    def from_igraph(cls, graph: igraph.Graph, *, policy: Policy | None = None) -> Self:
        """Build a graph from one of :meth:`LinkGraph.to_igraph`, or from a file that igraph read.

        Parameters
        ----------
        graph
            A directed one. Its vertices need ``name`` (an id), ``level`` and ``label``; edges
            ``link_id``, ``link_type`` and ``status``. A missing attribute is null; other attributes
            are ignored, and so are edges of containment. A graph that ``igraph.Graph.Read_GraphML``
            read from a file of :func:`write` has the ids as ``id`` and names as ``name``; there an
            empty text is null, since igraph does not tell the two apart. A GraphML file that igraph
            wrote does not come back: igraph writes a null as the text ``None``, and leaves out
            policy and relationships; keep a graph of igraph with pickle.
        policy
            The new graph's policy; when not given, the graph's attribute ``policy``, else the usual
            one.

        Raises
        ------
        ArgumentError
            If the graph is not directed, or not one of igraph.
        FormatError
            The same as in :meth:`from_arrow`, and if the links are lifted to a level.

        Notes
        -----
        O(n log n) for n vertices and edges.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> LinkGraph.from_igraph(graph.to_igraph(keep_unweighted=True, evidence="full")) == graph
        True
        """
        from hummgraph.graph.interop.igraph import igraph_data

        return cls.from_arrays(igraph_data(graph, policy))

    def to_rustworkx(
        self,
        *,
        clusters: ClusterLabels | None = None,
        keep_unweighted: bool = False,
        evidence: str = "none",
    ) -> rx.PyDiGraph[dict[str, Any], dict[str, Any]]:
        """Return a :class:`rustworkx.PyDiGraph` with all that the graph knows.

        Node ``i`` is node ``i`` here, a dict with the columns of :attr:`nodes`. Edges stand in the
        order of their ids; each is a dict with the columns of :attr:`links`: evidence is JSON text,
        times are datetimes. A null is ``None``.

        Parameters
        ----------
        clusters
            Adds ``cluster_index`` (``None`` in none), ``cluster_id`` and ``cluster_name`` to nodes.
        keep_unweighted
            Keep links whose weight the policy leaves undefined (by default those without a
            confidence and REJECTED ones). Otherwise they are left out and counted in
            ``attrs["links_left_out"]``.
        evidence
            Evidence of edges and relationships, as in :meth:`to_networkx`.

        Returns
        -------
        rustworkx.PyDiGraph
            An ordinary one, to edit. Organisation, policy, relationships and key facts are in its
            ``attrs``, so that :meth:`from_rustworkx` returns an equal graph if unweighted links
            and all evidence were kept.

        Raises
        ------
        ArgumentError
            If the clusters are those of a graph with other nodes, or there is no such ``evidence``.
        MissingDependencyError
            If rustworkx is not installed.

        Notes
        -----
        O(n_nodes + n_links); every value becomes a Python object.

        Examples
        --------
        >>> import rustworkx as rx
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> made = graph.to_rustworkx()
        >>> made.num_nodes() == graph.n_nodes, made.attrs["links_left_out"]
        (True, {'SUGGESTED': 66, 'REJECTED': 80})
        >>> len(rx.pagerank(made, weight_fn=lambda link: link["weight"])) == graph.n_nodes
        True
        """
        from hummgraph.graph.interop.rustworkx import rustworkx_of

        return rustworkx_of(
            self.arrays, clusters=clusters, keep_unweighted=keep_unweighted, evidence=evidence
        )

    @classmethod
    def from_rustworkx(cls, graph: rx.PyDiGraph[Any, Any], *, policy: Policy | None = None) -> Self:
        """Build a graph from one of :meth:`LinkGraph.to_rustworkx`, edited or read from a file.

        Parameters
        ----------
        graph
            Graph whose nodes are dicts with ``node_id``, ``level`` and ``name``, its edges dicts
            with ``link_id``, ``link_type`` and ``status``. A missing key is null; other keys are
            ignored, and so are edges of containment. A graph that ``rustworkx.read_graphml`` read
            from a file of :func:`write` has the ids as ``id``.
        policy
            The new graph's policy; when not given, ``attrs["policy"]``, else the usual one.

        Raises
        ------
        ArgumentError
            If the graph is not directed or not one of rustworkx, or a node or an edge is not a
            dict.
        FormatError
            The same as in :meth:`from_arrow`, and if the links are lifted to a level.

        Notes
        -----
        O(n log n) for n nodes and edges.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> made = graph.to_rustworkx(keep_unweighted=True, evidence="full")
        >>> LinkGraph.from_rustworkx(made) == graph
        True
        """
        from hummgraph.graph.interop.rustworkx import rustworkx_data

        return cls.from_arrays(rustworkx_data(graph, policy))

    # --- matrices ----------------------------------------------------------------------------

    def to_scipy(
        self, *, level: Level | str | None = "column", weight: str = "weight", combine: str = "max"
    ) -> csr_array[Any, tuple[int, int]]:
        """Return the links as a square :class:`scipy.sparse.csr_array`, one entry an ordered pair.

        Parameters
        ----------
        level
            Links are lifted to this level, as :meth:`project` does it: row and column ``i`` are the
            ``i``-th node of the level, row ``i`` of ``graph.project(level).nodes``. Links with an
            end above the level are not in it. With ``None`` every link stands at its own ends, and
            ``i`` is the node's position in the graph.
        weight
            ``"weight"``: what the policy makes of a link; links without a weight are not in the
            matrix. ``"confidence"``: the stored value, of REJECTED links too; links without one are
            not in it. ``"count"``: 1 for every link.
        combine
            Function that makes one number of the links from one node to another: ``"max"``,
            ``"min"``, ``"sum"`` or ``"mean"``. Counts are added up in any case.

        Returns
        -------
        scipy.sparse.csr_array
            ``array[i, j]`` is of the links from ``i`` to ``j``; those back, and of a node to
            itself, have entries of their own. Entries are sorted, float64 or for counts int64. A
            link that weighs 0 is an entry, not a gap.

        Raises
        ------
        ArgumentError
            If there is no such level, weight or way to combine.

        Notes
        -----
        O(n log n) for n links. Links are added up in the order of their ids, so that equal graphs
        give equal arrays. ``array.maximum(array.T)`` forgets the direction.

        Examples
        --------
        >>> from hummgraph import LinkGraph
        >>> from hummgraph.datasets import load_demo
        >>> graph = LinkGraph(load_demo().snapshot())
        >>> systems = graph.to_scipy(level="integration_source", weight="count")
        >>> systems.shape, int(systems.sum()) == graph.n_links
        ((7, 7), True)
        >>> bool(graph.to_scipy().max() <= 1)
        True
        """
        from hummgraph.graph.interop.scipy import sparse_array

        return sparse_array(self.arrays, level=level, weight=weight, combine=combine)
