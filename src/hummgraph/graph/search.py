"""Search by text: systems, tables, columns, clusters and ids, with mistakes in spelling allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from unicodedata import combining, normalize

import numpy as np
import pyarrow as pa

from hummgraph.errors import ArgumentError
from hummgraph.errors.arguments import check_graph
from hummgraph.frames import Frame
from hummgraph.graph.labels import check_same_nodes
from hummgraph.records.ids import id_strings
from hummgraph.records.nodes import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from hummgraph.graph.labels import ClusterLabels
    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["KINDS", "find", "typing_distance"]

KINDS: Final = ("system", "table", "column", "cluster", "link")
"""Kinds of matches; of equal matches that are no cluster the first kind comes first."""

_ID: Final = re.compile(r"(?:-*[0-9a-f]){6,32}-*", re.IGNORECASE)
"""An id, or at least the first six digits of one."""
_CASES: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS: Final = re.compile(r"[\W_]+")
_ONE_LETTER: Final = re.compile(r"(?<![^\W_])([^\W\d_])-(?=[^\W_])")
"""A letter and a hyphen before a word, which are written together too: e-mail."""

_EXACT: Final = 1.0
_BEST: Final = 0.99
"""Highest score of what matches word by word."""
_ID_PREFIX: Final = 0.95
_ABOVE: Final = 0.9
"""Weight of a word that only the table or the system has."""
_MISTAKES: Final = (0.0, 0.7, 0.55)
"""Weights of a word that is one or two mistakes away."""


def find(
    graph: LinkGraph,
    text: str,
    *,
    kinds: str | Iterable[str] | None = None,
    clusters: ClusterLabels | None = None,
    partial: bool = False,
) -> Frame:
    """Search systems, tables, columns, clusters and ids, best first.

    Parameters
    ----------
    graph
        Graph to search.
    text
        Words, a name such as ``system/table.column``, an id, or at least the first six digits of
        one. Neither case nor accents matter, nor how words are joined: ``customerId``,
        ``customer_id`` and ``customer id`` are the same, and so are ``e-mail`` and ``email``. A
        word matches one that is equal, begins with it or holds it; or that is one mistake away,
        from eight letters two: a letter that is missing, added, wrong or swapped with the next one.
        Words of up to three letters must be right.
    kinds
        One or several of ``"system"``, ``"table"``, ``"column"``, ``"cluster"`` and ``"link"``;
        all when not given. Links are found by id.
    clusters
        Clusters of the graph's nodes, to search too, by name, by id and by what is in them.
    partial
        Whether to return the matches of the most words of the text, if nothing has all of them.

    Returns
    -------
    Frame
        One row each: ``kind``; ``id``; ``name``, the path of a node, the name of a cluster or both
        ends of a link; ``score`` in (0, 1], 1 for a name or id that is the text; ``n_links``, the
        number of links that touch a node or its parts, or join members of a cluster; ``deleted``.
        All words of the text are in the name or, but for one of them, in the names of the table or
        system; the name itself counts more. With ``partial``, a word that is not there counts as 0
        in the score. A cluster matches by its name, or by that of a node in it,
        which counts less. First comes what the text names in full: ids, paths, and systems, tables
        and clusters called so; then the other clusters; then the rest. Each part is sorted by
        score; among equal scores, deleted ones come last, then those with most links first.

    Raises
    ------
    ArgumentError
        If the text has no letter or digit, there is no such kind, or the clusters are of other
        nodes.

    Notes
    -----
    O(n + v) for n nodes, links and clusters, and v distinct names. The distance is that of
    optimal string alignment [1]_, to the best beginning of a word.

    References
    ----------
    .. [1] F. J. Damerau, "A technique for computer detection and correction of spelling errors",
       Communications of the ACM 7 (1964) 171-176.

    Examples
    --------
    >>> from hummgraph import LinkGraph, find
    >>> from hummgraph.datasets import load_demo
    >>> graph = LinkGraph(load_demo().snapshot())
    >>> found = find(graph, "zendesk tickts")
    >>> found["kind"][0], found["name"][0]
    ('table', 'Zendesk/tickets')
    >>> find(graph, found["id"][0][:8])["name"]
    ['Zendesk/tickets']
    >>> find(graph, "zendesk tickets fax", partial=True)["name"][0]
    'Zendesk/tickets'
    """
    check_graph(graph, "find")
    if clusters is not None:
        check_same_nodes(graph.arrays.nodes, clusters)
    query = _Query.of(text)
    chosen = _wanted_kinds(kinds)
    if not partial:
        return _sort_found(_find_all(graph, query, chosen, clusters))
    found = _find_all(graph, replace(query, least=1), chosen, clusters)
    n_words = found.column("n_words").to_numpy()
    return _sort_found(found.filter(n_words == n_words.max(initial=0)))


def _find_all(
    graph: LinkGraph, query: _Query, kinds: list[str], clusters: ClusterLabels | None
) -> pa.Table:
    """Return all matches of some kinds."""
    by_name = _match_nodes(graph, query)
    parts = [_find_nodes(graph, query, by_name), _find_links(graph, query)]
    if clusters is not None:
        parts.append(_find_clusters(clusters, query, by_name))
    table = pa.concat_tables(parts)
    return table.filter(np.isin(table.column("kind").to_numpy(), kinds))


def _sort_found(table: pa.Table) -> Frame:
    """Return matches in order, without the columns that only choose and sort them."""
    kind = np.array(table.column("kind").to_pylist(), dtype=object)
    rank = np.array([KINDS.index(one) for one in kind], dtype=np.int64)
    full, score, n_links, deleted = (
        table.column(name).to_numpy() for name in ("full", "score", "n_links", "deleted")
    )
    names = np.array(table.column("name").to_pylist(), dtype=object)
    part = np.where(full, 0, np.where(kind == "cluster", 1, 2))
    order = np.lexsort((names, -n_links, rank, deleted, -score, part))
    return Frame(table.drop_columns(["full", "n_words"]).take(pa.array(order)))


def typing_distance(typed: str, word: str, most: int) -> int:
    """Return the number of mistakes from the best beginning of a word to the typed text.

    A mistake is a letter missing, added, wrong or swapped with the next.

    Parameters
    ----------
    typed, word
        Texts.
    most
        Largest distance that matters, from 0; a larger one is ``most + 1``.

    Notes
    -----
    O(len(typed) * most).

    Examples
    --------
    >>> typing_distance("custmer", "customers", 2), typing_distance("emial", "email", 2)
    (1, 1)
    >>> typing_distance("phone", "email", 2)
    3
    """
    far = most + 1
    if len(word) < len(typed) - most:
        return far
    columns = min(len(word), len(typed) + most)
    before = [far] * (columns + 1)
    row = list(range(columns + 1))
    for i, letter in enumerate(typed, 1):
        earlier, before, row = before, row, [i, *[far] * columns]
        for j in range(max(1, i - most), min(columns, i + most) + 1):
            cost = before[j - 1] + (letter != word[j - 1])
            cost = min(cost, before[j] + 1, row[j - 1] + 1)
            if i > 1 < j and letter == word[j - 2] and typed[i - 2] == word[j - 1]:
                cost = min(cost, earlier[j - 2] + 1)
            row[j] = cost
        if min(row) > most:
            return far
    return min(far, *row)


# --- the text --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Query:
    """A text to search for, split into words."""

    folded: str
    words: tuple[str, ...]
    digits: str
    """Hexadecimal digits of an id or of its beginning; empty for what is none."""
    level: str | None
    """The level that stands before an id."""
    least: int
    """Number of words that must be there."""

    @classmethod
    def of(cls, text: str) -> _Query:
        if not isinstance(text, str):
            raise ArgumentError(f"text is {text!r}; it must be a text.")
        words = _split_name(text)
        if not words:
            raise ArgumentError(f"text is {text!r}; it must have a letter or a digit.")
        level, _, rest = text.strip().rpartition(":")
        known = level if level in set(Level) else None
        bare = rest if known else text.strip()
        digits = bare.replace("-", "").lower() if _ID.fullmatch(bare) else ""
        distinct = tuple(dict.fromkeys(words))
        return cls(_fold_text(text.strip()), distinct, digits, known, len(distinct))


def _fold_text(text: str) -> str:
    """Return a text without case and accents."""
    if text.isascii():
        return text.casefold()
    parts = normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not combining(one))


def _split_name(name: str) -> list[str]:
    """Split a name into words."""
    name = _ONE_LETTER.sub(r"\1", _CASES.sub(" ", name))
    parts = _SEPARATORS.split(_fold_text(name))
    return [word for word in parts if word]


def _wanted_kinds(kinds: str | Iterable[str] | None) -> list[str]:
    if kinds is None:
        return list(KINDS)
    chosen = [kinds] if isinstance(kinds, str) else list(kinds)
    for kind in chosen:
        if kind not in KINDS:
            raise ArgumentError(f"No kind {kind!r}; there are {', '.join(KINDS)}.")
    return chosen


# --- names -----------------------------------------------------------------------------------


def _word_similarity(typed: str, word: str) -> float:
    """Return the similarity of a word with one of the text: in [0, 1], 0 for none."""
    if typed == word:
        return _BEST
    share = min(len(typed), len(word)) / max(len(typed), len(word))
    if len(typed) > 1 and word.startswith(typed):
        return 0.75 + 0.2 * share
    if len(typed) > 2 and typed in word:
        return 0.6 + 0.2 * share
    most = 0 if len(typed) < 4 else 1 if len(typed) < 8 else 2
    if not most:
        return 0.0
    mistakes = typing_distance(typed, word, most)
    return 0.0 if mistakes > most else _MISTAKES[mistakes] * (0.8 + 0.2 * share)


@dataclass(frozen=True, slots=True)
class _Scores:
    """Scores of distinct names: arrays of shape (words of the text, names)."""

    words: NDArray[np.float64]
    covered: NDArray[np.float64]
    """Share of each name's own words that match: shape (names,)."""
    whole: NDArray[np.float64]
    """Score of each name that is written as one word: shape (names,)."""


def _score_names(query: _Query, names: list[str]) -> _Scores:
    """Compare the text with distinct names."""
    joined = "".join(query.words)
    known: dict[str, list[float] | None] = {}
    words = np.zeros((len(query.words), len(names)))
    covered, whole = np.zeros(len(names)), np.zeros(len(names))
    for at, name in enumerate(names):
        own = _split_name(name)
        for word in own:
            if word not in known:
                found = [_word_similarity(typed, word) for typed in query.words]
                known[word] = found if any(found) else None
        if not own:
            continue
        if matching := [alike for word in own if (alike := known[word]) is not None]:
            words[:, at] = [max(column) for column in zip(*matching, strict=True)]
            covered[at] = len(matching) / len(own)
        squashed = "".join(own)
        if squashed.startswith(joined) or abs(len(squashed) - len(joined)) <= 2:
            whole[at] = _word_similarity(joined, squashed) * 0.98
        if _fold_text(name) == query.folded:
            whole[at] = _EXACT
    return _Scores(words, covered, whole)


@dataclass(frozen=True, slots=True)
class _Matches:
    """Matches by name of nodes or clusters: arrays of shape (nodes or clusters,)."""

    score: NDArray[np.float64]
    """0 for what does not match."""
    n_words: NDArray[np.int64]
    """Number of the text's words that are there."""
    full: NDArray[np.bool_]
    """Whether the text names it in full."""


def _match_words(
    query: _Query,
    own: NDArray[np.float64],
    above: NDArray[np.float64],
    covered: NDArray[np.float64],
    whole: NDArray[np.float64],
) -> _Matches:
    """Return matches from the own words of each node, those of its ancestors, and whole names."""
    best = np.maximum(own, above * _ABOVE)
    total = best.mean(axis=0) * (0.85 + 0.15 * covered)
    n_words = np.where(whole > 0, len(query.words), np.count_nonzero(best, axis=0))
    matched = (n_words >= query.least) & (own > 0).any(axis=0)
    score = np.maximum(np.where(matched, np.minimum(total, _BEST), 0.0), whole)
    return _Matches(score, n_words, whole == _EXACT)


def _match_nodes(graph: LinkGraph, query: _Query) -> _Matches:
    """Compare the text with the names and paths of nodes."""
    nodes = graph.arrays.nodes
    n = len(nodes)
    texts = pa.chunked_array([nodes.name, nodes.api_identifier, nodes.schema_name])
    coded = texts.combine_chunks().dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy().reshape(3, n)
    # One more name, which matches nothing, for what is null or has nothing above.
    found = _score_names(query, [*coded.dictionary.to_pylist(), ""])
    name, alias, schema = codes
    own = np.maximum(found.words[:, name], found.words[:, alias])
    system, table = nodes.ancestor[:2]
    # A last column of zeros, which -1 takes.
    padded = np.concatenate([own, np.zeros((len(own), 1))], axis=1)
    schemas = np.concatenate([found.words[:, schema], np.zeros((len(own), 1))], axis=1)
    above = np.maximum(padded[:, table], padded[:, system])
    above = np.maximum(above, np.maximum(schemas[:, :-1], schemas[:, table]))
    covered = np.maximum(found.covered[name], found.covered[alias])
    whole = np.maximum(found.whole[name], found.whole[alias])
    matches = _match_words(query, own, above, covered, whole)
    # Many columns have one name, which names none of them in full.
    matches.full[nodes.depth == Level.COLUMN.depth] = False
    paths = nodes.path
    for row in np.flatnonzero(matches.score > 0).tolist():
        if _fold_text(paths[row].as_py()) == query.folded:
            matches.score[row], matches.full[row] = _EXACT, True
    return matches


def _find_nodes(graph: LinkGraph, query: _Query, by_name: _Matches) -> pa.Table:
    """Return the nodes that match, by name or id."""
    nodes = graph.arrays.nodes
    same_level = nodes.depth == Level(query.level).depth if query.level else True
    by_id = _id_scores(nodes.ids, query.digits) * same_level
    score = np.maximum(by_name.score, by_id)
    rows = np.flatnonzero(score > 0)
    kinds = pa.DictionaryArray.from_arrays(nodes.depth[rows], list(KINDS[:3])).cast(pa.string())
    return _result_table(
        kinds,
        nodes.id_text.take(pa.array(rows)),
        nodes.path.take(pa.array(rows)),
        score=score[rows],
        n_links=_count_links(graph)[rows],
        deleted=nodes.deleted[rows],
        full=by_name.full[rows] | (by_id[rows] > 0),
        n_words=np.where(by_id > 0, len(query.words), by_name.n_words)[rows],
    )


def _count_links(graph: LinkGraph) -> NDArray[np.int64]:
    """Count the links that touch each node or what lies in it: shape (n_nodes,)."""
    nodes, ends = graph.arrays.nodes, graph.arrays.links.ends
    count = np.zeros(len(nodes), dtype=np.int64)
    for ancestor in nodes.ancestor:
        source, target = ancestor[ends.source], ancestor[ends.target]
        count += np.bincount(source[source >= 0], minlength=len(nodes))
        other = (target >= 0) & (target != source)  # a link within one node touches it once
        count += np.bincount(target[other], minlength=len(nodes))
    return count


def _find_clusters(clusters: ClusterLabels, query: _Query, members: _Matches) -> pa.Table:
    """Return the clusters that match, by name, by id or by what is in them."""
    names, n = list(clusters.names), len(clusters.ids)
    words = _score_names(query, names)
    nothing = np.zeros_like(words.words)
    found = _match_words(query, words.words, nothing, words.covered, words.whole)
    score, n_words, full = found.score, found.n_words, found.full
    # Words count first, then the score, which is below 2.
    best = np.where(score > 0, 2.0 * n_words + score, 0.0)
    inside = np.flatnonzero((clusters.labels >= 0) & (members.score > 0))
    by_member = 2.0 * members.n_words[inside] + members.score[inside] * _ABOVE
    np.maximum.at(best, clusters.labels[inside], by_member)
    n_words, score = (best // 2.0).astype(np.int64), best % 2.0
    if query.digits:
        for at, cluster_id in enumerate(clusters.ids):
            if cluster_id.startswith(query.digits):
                score[at] = _EXACT if cluster_id == query.digits else _ID_PREFIX
                n_words[at], full[at] = len(query.words), True
    ends = clusters.graph.arrays.links.ends
    label = clusters.labels[ends.source]
    inside = (label >= 0) & (label == clusters.labels[ends.target])
    n_links = np.bincount(label[inside], minlength=n)
    living = np.bincount(
        clusters.labels[(clusters.labels >= 0) & ~clusters.graph.arrays.nodes.deleted], minlength=n
    )
    rows = np.flatnonzero(score > 0)
    return _result_table(
        pa.array(["cluster"] * len(rows), pa.string()),
        pa.array([clusters.ids[row] for row in rows.tolist()], pa.string()),
        pa.array([names[row] for row in rows.tolist()], pa.string()),
        score=score[rows],
        n_links=n_links[rows],
        deleted=living[rows] == 0,
        full=full[rows],
        n_words=n_words[rows],
    )


# --- ids -------------------------------------------------------------------------------------


def _id_scores(ids: NDArray[np.uint8], digits: str) -> NDArray[np.float64]:
    """Return 1 for an id that has the digits, less for one that begins with them, else 0."""
    if not digits:
        return np.zeros(len(ids))
    whole, odd = divmod(len(digits), 2)
    begin = np.frombuffer(bytes.fromhex(digits[: 2 * whole]), dtype=np.uint8)
    found = (ids[:, :whole] == begin).all(axis=1)
    if odd:
        found &= ids[:, whole] >> 4 == int(digits[-1], 16)
    return np.where(found, _EXACT if len(digits) == 32 else _ID_PREFIX, 0.0)


def _find_links(graph: LinkGraph, query: _Query) -> pa.Table:
    """Return the links whose ids match."""
    score = _id_scores(graph.link_ids, "" if query.level else query.digits)
    rows = np.flatnonzero(score)
    nodes, ends = graph.arrays.nodes, graph.arrays.links.ends
    source, target = ends.source[rows], ends.target[rows]
    pairs = zip(
        nodes.path.take(pa.array(source)).to_pylist(),
        nodes.path.take(pa.array(target)).to_pylist(),
        strict=True,
    )
    return _result_table(
        pa.array(["link"] * len(rows), pa.string()),
        id_strings(graph.link_ids[rows]),
        pa.array([f"{one} -> {other}" for one, other in pairs], pa.string()),
        score=score[rows],
        n_links=np.ones(len(rows), dtype=np.int64),
        deleted=graph.links_to_deleted[rows],
        full=np.ones(len(rows), dtype=np.bool_),
        n_words=np.full(len(rows), len(query.words)),
    )


def _result_table(
    kind: pa.Array,
    ids: pa.Array,
    names: pa.Array,
    *,
    score: NDArray[np.float64],
    n_links: NDArray[np.int64],
    deleted: NDArray[np.bool_],
    full: NDArray[np.bool_],
    n_words: NDArray[np.int64],
) -> pa.Table:
    return pa.table(
        {
            "kind": kind.cast(pa.string()),
            "id": ids.cast(pa.string()),
            "name": names.cast(pa.string()),
            "score": np.round(score, 3),
            "n_links": n_links.astype(np.int64),
            "deleted": pa.array(deleted),
            "full": pa.array(full),
            "n_words": n_words.astype(np.int64),
        }
    )
