"""The rows of docs/explanation/performance.md: each is declared here, and measured by one program.

A program hands its figures to :func:`print_rows`, which prints them as rows of a Markdown table. A
figure of no declared row is an error, and so is a declared row without a figure. Whether a target
is missed is computed from the figure as it is printed. ``benchmarks/page.py`` runs the programs and
writes the rows into the page.
"""

from __future__ import annotations

import math
import os
import platform
import re
import sys
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["BENCHMARKS", "HEAD", "Benchmark", "Row", "filled", "print_rows", "progress", "shown"]

HEAD = "| What | Compared with | Target | Measured |\n| --- | --- | --- | --- |"
REPORTED = "reported"

_TARGET = re.compile(r"(?P<side>at most|at least) (?P<number>[\d.]+(?:/\d+)?)(?: (?P<unit>.+))?")
_FIGURE = re.compile(r"-?[\d,]*\.?\d+")


@dataclass(frozen=True)
class Row:
    """A row of the page: one figure, and the bound that it should keep.

    Parameters
    ----------
    key
        Name in the program that measures it.
    what, peer
        First and second cell: what is measured, compared with what.
    target
        ``"at most 1/10"``, ``"at least 40 frames a second"``, or ``"reported"`` without a bound.
    unit
        Unit of the figure, empty for a ratio.
    """

    key: str
    what: str
    peer: str
    target: str = REPORTED
    unit: str = ""

    def __post_init__(self) -> None:
        if self.target == REPORTED:
            return
        found = _TARGET.fullmatch(self.target)
        if found is None or (found["unit"] or "") != self.unit:
            raise ValueError(
                f"{self.what}: the target {self.target!r} is none of 'reported', 'at most NUMBER'"
                f" and 'at least NUMBER', followed by the unit {self.unit!r}."
            )

    def measured(self, value: float, note: str = "") -> str:
        """Return the last cell: the figure, ``missed`` if it breaks the bound, and a note."""
        figure = f"{shown(value)} {self.unit}".strip()
        verdict = ": missed" if self.misses(figure) else ""
        return f"{figure}{verdict}{f' ({note})' if note else ''}"

    def misses(self, cell: str) -> bool:
        """Return whether the figure at the start of a cell breaks the bound."""
        found = _FIGURE.match(cell)
        if found is None:
            raise ValueError(f"{self.what}: {cell!r} does not start with a figure.")
        value = float(found[0].replace(",", ""))
        target = _TARGET.fullmatch(self.target)
        if target is None:
            return False
        bound = float(Fraction(target["number"]))
        return value > bound if target["side"] == "at most" else value < bound

    def line(self, value: float, note: str = "") -> str:
        """Return the row as Markdown."""
        cells = (self.what, self.peer, self.target, self.measured(value, note))
        return f"| {' | '.join(cells)} |"


@dataclass(frozen=True)
class Benchmark:
    """A program of this folder: its rows, and the packages whose versions matter to them."""

    rows: tuple[Row, ...]
    packages: tuple[str, ...]


def shown(value: float) -> str:
    """Return a figure with two or three digits that count; a count has all of them."""
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a figure.")
    size = abs(value)
    if size >= 100:
        digits = 0
    elif size >= 10:
        digits = 1
    elif size >= 0.1 or size == 0:
        digits = 2
    else:
        digits = 1 - math.floor(math.log10(size))
    return f"{value:,.{digits}f}"


def progress(text: str) -> None:
    """Print a line that is not part of the answer to standard error."""
    print(text, file=sys.stderr, flush=True)


def print_rows(name: str, figures: Mapping[str, float | tuple[float, str]]) -> None:
    """Print the rows of a benchmark as Markdown.

    Parameters
    ----------
    name
        Name of the program, without ``.py``.
    figures
        A figure for the key of each declared row, or a figure and a note.

    Raises
    ------
    ValueError
        If a declared row has no figure, or a figure has no declared row.
    """
    rows = BENCHMARKS[name].rows
    keys = [row.key for row in rows]
    unknown, absent = sorted(figures.keys() - set(keys)), sorted(set(keys) - figures.keys())
    if unknown or absent:
        raise ValueError(
            f"benchmarks/{name}.py must print the rows that rows.py declares for it: not declared"
            f" {unknown or 'none'}, not measured {absent or 'none'}."
        )
    # Options change what is measured; only a run without any is for the page.
    print(
        f"\nNot for the page: {' '.join(sys.argv[1:])}" if sys.argv[1:] else f"\n{_opening(name)}"
    )
    print(f"\n{HEAD}")
    for row in rows:
        figure = figures[row.key]
        print(row.line(*figure) if isinstance(figure, tuple) else row.line(figure))
    packages = ", ".join(f"{package} {version(package)}" for package in BENCHMARKS[name].packages)
    print(
        f"\n`python benchmarks/{name}.py` on {os.cpu_count()} {platform.machine()} cores,"
        f" {platform.python_implementation()} {platform.python_version()}, {packages}."
    )
    if not sys.argv[1:]:
        print(f"\n{_CLOSING}")


def filled(page: str, name: str, printed: Sequence[str]) -> str:
    """Return the page with the rows of one benchmark as the program printed them.

    Parameters
    ----------
    page
        Text of the page, with a line ``<!-- rows: NAME -->`` and ``<!-- end of rows -->`` for each
        benchmark.
    name
        Name of the program, without ``.py``.
    printed
        Lines that it printed.

    Raises
    ------
    ValueError
        If the program printed no rows for the page, or the page has no place for them.
    """
    opening = _opening(name)
    try:
        first = list(printed).index(opening)
        block = printed[first : list(printed).index(_CLOSING, first) + 1]
    except ValueError:
        raise ValueError(f"benchmarks/{name}.py printed no rows for the page.") from None
    place = re.compile(rf"{re.escape(opening)}\n.*?{re.escape(_CLOSING)}", re.DOTALL)
    if not place.search(page):
        raise ValueError(f"The page has no line {opening}.")
    return place.sub(lambda _: "\n".join(block), page, count=1)


def _opening(name: str) -> str:
    return f"<!-- rows: {name} -->"


_CLOSING = "<!-- end of rows -->"

_ORJSON = "CPU time of `orjson.loads` on the same bytes"
_NETWORKX = "Building `networkx.MultiDiGraph` with the same attributes"
_SCIPY = "`scipy.sparse.csgraph.connected_components` on ready arrays"
_DIJKSTRA = "`scipy.sparse.csgraph.dijkstra` from the same node"
_ON_THE_VIEW = "CPU time of networkx on the same view, without the backend"
_SORT = "One sort of the confidences"
_IGRAPH = "igraph, on a graph that is built already"
_BUILT = "igraph, with building its graph"
_TEN_M = "10 M pairs of Parquet in DuckDB"
_PYVIS = "pyvis' page of the same nodes, links and evidence, positions given"
_WRITE_HTML = "`pyvis.from_nx` and `write_html`"


def _pages() -> tuple[Row, ...]:
    """Return the rows that are alike for pages of three sizes."""
    rows: list[Row] = []
    for n_links, size, closed, opened in (
        (2_000, "1/3", "3", "2"),
        (10_000, "1/6", "6", "3.5"),
        (50_000, "1/6", "8", "5"),
    ):
        page = f"Page of {n_links:,} links"
        rows += (
            Row(f"{n_links} size", f"{page}: size of the file", _PYVIS, f"at most {size}"),
            Row(
                f"{n_links} start",
                f"{page}: start ready",
                "the map of the same page, tables closed",
                "at most 1.5",
            ),
            Row(
                f"{n_links} closed",
                f"{page}: map ready, tables closed",
                _PYVIS,
                f"at least {closed} times as soon",
                "times as soon",
            ),
            Row(
                f"{n_links} open",
                f"{page}: map ready, everything open",
                _PYVIS,
                f"at least {opened} times as soon",
                "times as soon",
            ),
        )
    frames = "frames a second"
    for n_links, pan, zoom in ((10_000, 50, 30), (50_000, 50, 20)):
        page = f"Page of {n_links:,} links"
        rows += (
            Row(f"{n_links} pan", f"{page}: panned", _PYVIS, f"at least {pan} {frames}", frames),
            Row(f"{n_links} zoom", f"{page}: zoomed", _PYVIS, f"at least {zoom} {frames}", frames),
        )
    return tuple(rows)


BENCHMARKS: dict[str, Benchmark] = {
    "decode": Benchmark(
        (
            Row("decode", "Decode and check 1 M links with evidence", _ORJSON, "at most 0.7"),
            Row(
                "validate",
                "Decode and check 1 M links, and find records of one id",
                _ORJSON,
                "at most 1.0",
            ),
            Row(
                "memory",
                "Decode and check 1 M links, and find records of one id: memory growth",
                "`orjson.loads` of the same bytes",
                "at most 300 bytes a link",
                "bytes a link",
            ),
            Row(
                "user",
                "Decode and check 1 M links, CPU time of the process alone",
                "`orjson.loads`, without the time in which the system hands out memory",
            ),
            Row("write", "Compress the reply of 1 M links and write the snapshot", _ORJSON),
        ),
        ("orjson", "msgspec", "numpy", "pyarrow", "pydantic"),
    ),
    "fetch": Benchmark(
        (
            Row(
                "memory",
                "Fetch 1 M links from a server on the same machine: memory growth",
                "",
                "at most 400 MB",
                "MB",
            ),
            Row(
                "written memory",
                "Fetch 1 M links and write the snapshot: memory growth",
                "",
                "at most 400 MB",
                "MB",
            ),
            Row(
                "cpu",
                "Fetch 1 M links and write the snapshot: CPU time a link",
                "`httpx.get` and `json.loads` of 100,000 links: CPU time a link",
                "at most 0.7",
            ),
            Row(
                "memory a link",
                "Fetch 1 M links and write the snapshot: memory a link",
                "`httpx.get` and `json.loads` of 100,000 links: memory a link",
            ),
        ),
        ("httpx", "msgspec", "numpy", "pyarrow"),
    ),
    "limits": Benchmark(
        (
            *(
                Row(
                    f"{rate}{' with header' * header}",
                    f"Catalogue behind a limit of {rate} calls a second, {how} `Retry-After`: time",
                    "122 calls divided by the rate",
                    "at most 1.5",
                )
                for rate in (2, 5, 20)
                for header, how in ((True, "with"), (False, "without"))
            ),
            Row("lost", "Names that these six lose", "", "at most 0 calls", "calls"),
        ),
        ("httpx",),
    ),
    "graph": Benchmark(
        (
            Row("time", "Columns to `LinkGraph`, 1 M links: time", _NETWORKX, "at most 1/10"),
            Row("memory", "Columns to `LinkGraph`, 1 M links: memory", _NETWORKX, "at most 1/5"),
            Row(
                "components",
                "`where` and connected components, 1 M links, those without a decision",
                _SCIPY,
                "at most 2",
            ),
            Row(
                "decided components",
                "`where` and connected components, 1 M links, decisions bind",
                f"{_SCIPY}, decisions ignored",
            ),
            Row("view time", "`to_networkx()`, 1 M links: CPU time", "", "at most 1 s", "s"),
            Row("view memory", "`to_networkx()`, 1 M links: memory", "", "at most 100 MB", "MB"),
        ),
        ("networkx", "numpy", "pyarrow", "scipy"),
    ),
    "dispatch": Benchmark(
        (
            *(
                Row(name, f"`nx.{name}` on a view of 142,334 links{more}", _ON_THE_VIEW, target)
                for name, more, target in (
                    ("pagerank", "", "at most 1/10"),
                    ("weakly_connected_components", "", "at most 1/4"),
                    ("degree_centrality", "", "at most 1/10"),
                    ("single_source_dijkstra", ", from the node with most links", "at most 1/2"),
                    ("shortest_path", ", from the node with most links", "at most 1"),
                )
            ),
            Row(
                "import",
                "What `import networkx` takes more",
                "`import networkx` without the entry point",
                "at most 5 ms",
                "ms",
            ),
        ),
        ("networkx", "numpy", "scipy"),
    ),
    "assistants": Benchmark(
        tuple(
            Row(name, f"`{name}` for an assistant, 142,334 links: CPU time", "", "at most 1 s", "s")
            for name in (
                *("find", "why", "same_as", "join", "lineage"),
                *("clusters", "contradictions", "review_next", "preview"),
            )
        ),
        ("numpy", "pyarrow", "scipy"),
    ),
    "imports": Benchmark(
        (
            Row(
                "more",
                "`import hummgraph` after the packages that it needs",
                "`import numpy, scipy.sparse, httpx, pydantic, networkx` before it",
                "at most 0.35 s",
                "s",
            ),
            Row(
                "models",
                "Of it, what pydantic loads for models",
                "`from pydantic import BaseModel` after them",
                unit="s",
            ),
            Row("arrow", "Of it, pyarrow", "`import pyarrow` after them", unit="s"),
            Row(
                "own",
                "`import hummgraph` alone: CPU time",
                "these, `pyarrow.compute`, `msgspec` and what pydantic loads for models before it",
                "at most 0.15 s",
                "s",
            ),
            Row(
                "httpx",
                "A process that does `import hummgraph`",
                "one that does `import httpx`, which is part of it",
            ),
            Row("polars", "The same", "one that does `import polars`"),
            Row("help", "`hummgraph --help`, a process", "one that does `import httpx`"),
            Row("seconds", "`hummgraph --help`, a process", "`python -c pass` before it", unit="s"),
        ),
        ("httpx", "networkx", "numpy", "polars", "pyarrow", "pydantic", "scipy"),
    ),
    "clusters": Benchmark(
        (
            Row(
                "thresholds",
                "Components at 20 thresholds by a merge tree, 1 M links",
                "20 runs of scipy's `connected_components` on filtered arrays",
                "at most 1/2",
            ),
            Row(
                "tree sorts",
                "Merge tree of components, 1 M links",
                _SORT,
                "at most 3 sorts",
                "sorts",
            ),
            Row(
                "tree seconds",
                "Merge tree of components, 1 M links: CPU time",
                "",
                "at most 1 s",
                "s",
            ),
            Row(
                "average tree sorts",
                "Merge tree of average linkage, 1 M links",
                _SORT,
                "at most 25 sorts",
                "sorts",
            ),
            Row(
                "average tree seconds",
                "Merge tree of average linkage, 1 M links: CPU time",
                "",
                "at most 1 s",
                "s",
            ),
            Row(
                "auto",
                "Clusters by the setting of a catalogue, chosen and used, 1 M links",
                _SORT,
                "at most 15 sorts",
                "sorts",
            ),
            Row(
                "average",
                "Average linkage with decisions, 1 M links",
                _SORT,
                "at most 15 sorts",
                "sorts",
            ),
            Row(
                "average, table",
                "Average linkage with decisions, one per table, 1 M links",
                _SORT,
                "at most 15 sorts",
                "sorts",
            ),
            Row(
                "average, system",
                "Average linkage with decisions, one per system and competition, 1 M links",
                _SORT,
                "at most 15 sorts",
                "sorts",
            ),
            Row(
                "gaec",
                "GAEC with decisions and one per system, 1 M links",
                _SORT,
                "at most 15 sorts",
                "sorts",
            ),
            Row(
                "average growth",
                "Average linkage: time a link with 1 M links",
                "Time a link with 10,000 links; quadratic time would be 100",
                "at most 10",
            ),
            Row(
                "gaec growth",
                "GAEC and one per system: time a link with 1 M links",
                "Time a link with 10,000 links; quadratic time would be 100",
                "at most 10",
            ),
            Row(
                "memory",
                "Memory beyond the graph, 1 M links, the most of ten settings",
                "",
                "at most 200 bytes a link",
                "bytes a link",
            ),
            Row(
                "tree memory",
                "Memory beyond the graph, 1 M links, the more of two merge trees",
                "",
                "at most 200 bytes a link",
                "bytes a link",
            ),
            Row(
                "whole memory",
                "10 M links of a snapshot, read, graphed and clustered: memory of the process",
                "",
                "at most 4 GB",
                "GB",
            ),
            Row(
                "whole seconds",
                "10 M links of a snapshot, read, graphed and clustered: CPU time",
                "",
                unit="s",
            ),
        ),
        ("numpy", "scipy"),
    ),
    "entities": Benchmark(
        (
            Row(
                "seconds",
                "`entities` and `roles`, 58,000 columns, 6,000 tables, 142,000 links: CPU time",
                "",
                "at most 10 s",
                "s",
            ),
        ),
        ("numpy", "pyarrow"),
    ),
    "identity": Benchmark(
        (
            Row(
                "precision",
                "Identity tables of the demo's entities, verified by records: precision of pairs",
                "the truth of 20 seeds",
                "at least 0.97",
            ),
            Row("recall", "Recall of pairs", "the truth of 20 seeds", "at least 0.97"),
            Row("plain", "Precision without verification", "the truth of 20 seeds"),
            Row(
                "different",
                "Seeds of random records that DuckDB, PostgreSQL and networkx join differently",
                "",
                "at most 0",
            ),
            Row("seconds", "10 M records of four tables by three keys, in DuckDB", "", unit="s"),
            Row("memory", "Memory of the process for it", "", "at most 4 GB", "GB"),
        ),
        ("duckdb", "networkx", "psycopg"),
    ),
    "engines": Benchmark(
        (
            Row(
                "different",
                "Labels of 2 M pairs of a generated organisation that DuckDB and one machine give"
                " differently",
                "",
                "at most 0",
            ),
            Row(
                "largest",
                "Edges of the largest part, 2 M pairs",
                "all edges of these pairs",
                "at most 0.05",
            ),
            Row("few", "142,334 pairs of Parquet in DuckDB", "CPU time of one machine"),
            Row("one seconds", "10 M pairs of Parquet on one machine: CPU time", "", unit="s"),
            Row("seconds", f"{_TEN_M}: CPU time", "", unit="s"),
            Row("times", _TEN_M, "CPU time of one machine"),
            Row(
                "one",
                "10 M pairs of Parquet on one machine: memory growth",
                "",
                unit="bytes a pair",
            ),
            Row("python", f"{_TEN_M}: memory of Python", "", "at most 1 GB", "GB"),
            Row("duckdb", f"{_TEN_M}: memory of DuckDB", "", "at most 4 GB", "GB"),
            Row("process", f"{_TEN_M}: memory of the process", "", "at most 5 GB", "GB"),
        ),
        ("duckdb", "numpy", "pyarrow", "scipy"),
    ),
    "connectivity": Benchmark(
        (
            Row("bridges", "Bridges, 1 M edges", _IGRAPH, "at most 2"),
            Row("points", "Articulation points, 1 M edges", _IGRAPH, "at most 2"),
            Row("built", "The slower of the two, 1 M edges", _BUILT),
            Row("others", "The slowest of both on six other graphs", _IGRAPH, "at most 2"),
            Row(
                "others built", "The slowest of both on six other graphs, building counted", _BUILT
            ),
        ),
        ("igraph", "numpy"),
    ),
    "paths": Benchmark(
        (
            Row(
                "strongest",
                "Strongest path between two of 60,000 columns, 1 M links, median of 30 pairs",
                _DIJKSTRA,
                "at most 1/10",
            ),
            Row("worst", "The slowest of these pairs", _DIJKSTRA),
            Row(
                "networkx",
                "Strongest path, median of five pairs",
                "`networkx.dijkstra_path` on its own dict graph",
                "at most 1/50",
            ),
            Row(
                "bidirectional",
                "Strongest path, median of the same five",
                "`networkx.bidirectional_dijkstra` on its own dict graph",
            ),
            Row(
                "organization",
                "3 hops downstream of the busiest node, 1 M links, a generated organisation",
                _DIJKSTRA,
                "at most 1/20",
            ),
            Row(
                "organization tables",
                "Tables of the nodes, hops and impact of that lineage",
                "The 3 hops themselves",
            ),
            Row(
                "random",
                "3 hops downstream of the busiest node, 1 M random links with power-law ends",
                _DIJKSTRA,
                "at most 1/20",
            ),
            Row(
                "random capped",
                "3 hops downstream as before, with at most 500 nodes a hop",
                _DIJKSTRA,
            ),
            Row(
                "projection",
                "Projection of 1 M links to tables",
                "One `numpy.lexsort` of the links by table",
                "at most 1.5",
            ),
        ),
        ("networkx", "numpy", "scipy"),
    ),
    "exports": Benchmark(
        (
            Row(
                "graphml",
                "GraphML with every attribute, 100,000 links: CPU time",
                "`networkx.write_graphml` of the same attributes",
                "at most 1/10",
            ),
            Row(
                "graphml memory",
                "GraphML with every attribute, 100,000 links: memory",
                "",
                "at most 50 MB",
                "MB",
            ),
            Row(
                "growth",
                "GraphML of 1 M links: CPU time",
                "GraphML of 100,000 links",
                "at most 12",
            ),
            Row(
                "read graphml",
                "`read_graphml`, 100,000 links: CPU time",
                "`networkx.read_graphml`",
                "at most 1/3",
            ),
            Row(
                "read nothing",
                "The parser of the standard library with empty callbacks, the same file: CPU time",
                "`networkx.read_graphml`",
            ),
            Row(
                "snapshot",
                "Read a snapshot of 1 M links, checksums compared: CPU time",
                "`json.loads` of the reply",
                "at most 1/10",
            ),
            Row(
                "snapshot checked",
                "Read a snapshot of 1 M links: CPU time",
                "`read_links` of the reply",
            ),
        ),
        ("networkx", "numpy", "pyarrow"),
    ),
    "previews": Benchmark(
        (
            *(
                Row(
                    key,
                    f"Preview of one decision, 100,000 links, {name}",
                    "Clustering anew under the same setting, in the note",
                    target,
                    "ms",
                )
                for key, name, target in (
                    ("auto", "the setting of the graph", "at most 50 ms"),
                    ("components", "components", "at most 50 ms"),
                    ("average", "average", "at most 50 ms"),
                    ("complete", "complete", "at most 50 ms"),
                    ("competition", "average, one per system, competition", "at most 50 ms"),
                )
            ),
            Row(
                "question",
                "Answer a question of a review and get the next one, 50,000 links",
                "",
                "at most 50 ms",
                "ms",
            ),
        ),
        ("numpy", "scipy"),
    ),
    "diff": Benchmark(
        (
            Row(
                "wrong",
                "Changes of clusters between 300 random pairs of graphs that their causes do not"
                " undo, or that fewer would",
                "Clusters made anew of each graph between both",
                "at most 0",
            ),
            Row(
                "diff",
                "Compare two graphs of 100,000 links, 200 of which differ",
                "Clustering both, which it includes, in the note",
                unit="ms",
            ),
            Row(
                "causes",
                "Find the causes of one change of clusters between these",
                "",
                unit="ms",
            ),
        ),
        ("numpy", "scipy"),
    ),
    "map": Benchmark(
        (
            Row("ready", "Map of 142,334 links and 42 systems: ready", "", unit="ms"),
            *(
                Row(f"{key} pan", what, "", "at least 50 frames a second", "frames a second")
                for key, what in (
                    ("map", "Map of 142,334 links and 42 systems: scrolled"),
                    ("two", "Two of 42 systems side by side: scrolled"),
                    ("closed", "All tables of 142,334 links, closed: panned"),
                    ("open", "All tables of 142,334 links, everything open: panned"),
                )
            ),
        ),
        ("playwright", "numpy"),
    ),
    "explorer": Benchmark(
        (
            *_pages(),
            Row(
                "opened",
                "Open a table in the page of 50,000 links",
                "",
                "at most 100 ms",
                "ms",
            ),
            Row(
                "clusters",
                "Clusters at another threshold, 50,000 links",
                "",
                "at most 50 ms",
                "ms",
            ),
            Row(
                "threshold",
                "Clusters at another threshold, 50,000 links: until all that changed is painted",
                "",
                unit="ms",
            ),
            Row(
                "physics",
                "Page of 2,000 links: ready",
                "pyvis with physics",
                "at least 50 times as soon",
                "times as soon",
            ),
            Row(
                "python",
                "Make the page of 50,000 links in Python, clusters included",
                _WRITE_HTML,
                "at most 1/40",
            ),
            Row(
                "python clustered",
                "Make the page of 50,000 links in Python, clusters given",
                _WRITE_HTML,
            ),
        ),
        ("playwright", "pyvis", "networkx", "numpy"),
    ),
}
"""The programs whose rows are in the page, in its order."""
