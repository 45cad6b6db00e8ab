"""What commands print: tables and remarks for a person, JSON for a program."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hummgraph.algorithms.clustering.advice import suggest_one_per
from hummgraph.frames import Frame, marked, visible
from hummgraph.snapshot.atomic import written_into

if TYPE_CHECKING:
    from pathlib import Path

    from rich.text import Text

    from hummgraph.algorithms.clustering.audit import Audit
    from hummgraph.algorithms.clustering.clustering import Clusters
    from hummgraph.algorithms.clustering.merge_tree import MergeTree
    from hummgraph.algorithms.clustering.repair import Repair
    from hummgraph.graph.elements import Level
    from hummgraph.graph.linkgraph import LinkGraph
    from hummgraph.snapshot.snapshot import Snapshot

__all__ = [
    "err",
    "marked_names",
    "number",
    "out",
    "print_advice",
    "print_audit",
    "print_clusters",
    "print_json",
    "print_note",
    "print_path",
    "print_policies",
    "print_quality",
    "print_repair",
    "print_report",
    "print_tree",
    "print_written",
    "rich_table",
]


class _SafeConsole(Console):
    """A console on which no text acts: no name moves a cursor, or hides itself."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Build a text to print, with line breaks, and with nothing else that is not seen."""
        return super().render_str("\n".join(map(visible, text.split("\n"))), **options)


# Only the answer goes to standard output.
out = _SafeConsole(soft_wrap=False)
err = _SafeConsole(stderr=True)

_SHOWN = 15


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON object, marked with the version of its shape."""
    # Plain print: a console would wrap and colour what a program reads.
    sys.stdout.write(json.dumps({"schema": 1, **content}, indent=2, default=str) + "\n")


def print_path(path: Path, *, console: Console = out) -> None:
    """Print where a file was written; nothing where it may have gone to standard output itself."""
    if not written_into(path):
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)


def print_report(snapshot: Snapshot, graph: LinkGraph, *, console: Console = out) -> None:
    """Print what a snapshot holds."""
    report = Table.grid(padding=(0, 2))
    report.add_column(style="dim", no_wrap=True)
    report.add_column()
    for subject, found in snapshot.report.rows():
        report.add_row(escape(subject), escape(found))
    console.print()
    console.print(f"[bold]{escape(snapshot.organization_name or 'Links')}[/bold]")
    console.print(report)
    console.print()
    console.print(rich_table(graph.summary().systems, title="Systems"))


def print_clusters(found: Clusters) -> None:
    """Print the first clusters, and what did not become one."""
    shown = min(_SHOWN, found.n_clusters)
    table = Table(header_style="dim", box=None)
    table.add_column("id", style="dim")
    table.add_column("name", overflow="fold")
    table.add_column("size", justify="right")
    gone = found.quality["deleted"][:shown]
    if any(gone):
        table.add_column("deleted", justify="right")
    table.add_column("contradictions", justify="right")
    table.add_column("systems", justify="right")
    members = found.crosswalk().head(shown)
    systems = found.crosswalk().columns[4:]
    for row, n_deleted in zip(members, gone, strict=True):
        table.add_row(
            row["cluster_id"],
            escape(row["cluster_name"]),
            f"{row['size']:,}",
            *([f"{n_deleted:,}" if n_deleted else ""] if any(gone) else []),
            f"[red]{row['contradictions']:,}[/red]" if row["contradictions"] else "",
            str(sum(row[name] is not None for name in systems)),
        )
    out.print()
    out.print(
        f"[bold]Clusters by {found.method} at {found.threshold:g} {found.threshold_scale}:"
        f" shown {shown} of {found.n_clusters:,}[/bold]",
        highlight=False,
        soft_wrap=True,
    )
    out.print(table)
    if found.contradictions:
        pairs = number(len(found.contradictions), "rejected pair")
        out.print(f"[red]{pairs} inside a cluster all the same: approved links force it.[/red]")
    if found.n_links_refused:
        links = number(found.n_links_refused, "link")
        out.print(f"[dim]{links} at or above the threshold did not join.[/dim]")
    if found.n_links_other_level:
        links = number(found.n_links_other_level, "link")
        out.print(f"[dim]{links} with an end at another level than {found.level}: not used.[/dim]")


def print_note(found: Clusters) -> None:
    """Print why there are no clusters, where the links are of another level."""
    if found.note:
        out.print(escape(found.note), highlight=False, soft_wrap=True)


def print_advice(graph: LinkGraph, level: Level) -> None:
    """Print which rule decided links speak for, if any."""
    advice = suggest_one_per(graph, level=level)
    if advice.one_per is not None:
        option = f"--one-per {advice.one_per}" + "".join(
            f" --many-in {shlex.quote(system)}" for system in advice.many_in
        )
        out.print(f"[dim]{escape(f'Consider {option}: {advice.reason}')}[/dim]", highlight=False)


def print_audit(found: Audit) -> None:
    """Print what breaks a rule, and how many links to cut."""
    table = Table(header_style="dim", box=None)
    for name in ("cluster", str(found.one_per).replace("_", " "), "members"):
        table.add_column(name, overflow="fold")
    for name in ("chain", "links to cut"):
        table.add_column(name, justify="right")
    for row in found.violations[:_SHOWN]:
        own = [path.removeprefix(f"{row.group_path}") for path in row.marked]
        tied = " (approved)" if row.tied else ""
        table.add_row(
            escape(row.cluster_name),
            escape(row.group_path),
            escape("; ".join(path.lstrip("/.") for path in own)),
            f"{max(map(len, row.paths)):,}",
            f"{len(row.cut):,}{tied}",
        )
    out.print()
    out.print(
        f"[bold]More than one of one {found.one_per}:"
        f" shown {min(_SHOWN, len(found))} of {len(found):,},"
        f" in {found.n_clusters:,} of {found.clusters.n_clusters:,} clusters[/bold]",
        highlight=False,
        soft_wrap=True,
    )
    if found.violations:
        out.print(table)
        out.print("[dim]--repair cuts the cheapest links; --json has chains and cuts.[/dim]")


def print_repair(mended: Repair) -> None:
    """Print what was cut, and the clusters after it."""
    before = mended.audit
    out.print()
    out.print(
        f"[bold]Cut {number(len(mended.cut), 'link')} in"
        f" {number(before.n_clusters, 'cluster')};"
        f" {len(mended.left):,} of {number(len(before), 'violation')} left, which approved links"
        " force[/bold]",
        highlight=False,
        soft_wrap=True,
    )
    columns = ("cluster_name", "members", "violations", "links_cut", "clusters_after")
    divided = mended.to_frame().select(*columns, "violations_left")
    if len(divided):
        title = f"Divided: shown {min(_SHOWN, len(divided))} of {len(divided):,} clusters"
        out.print(rich_table(divided.head(_SHOWN), title=title))
    print_clusters(mended.clusters)


def print_quality(found: Clusters) -> None:
    """Print how well the first clusters hold."""
    shown = min(_SHOWN, found.n_clusters)
    table = Table(header_style="dim", box=None)
    table.add_column("name", overflow="fold")
    for name in ("size", "systems", "links", "density", "least", "mean", "sure", "bridges"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found.quality.head(shown):
        shares = ("density", "min_confidence", "mean_confidence", "determinism_ratio")
        table.add_row(
            escape(row["cluster_name"]),
            *(f"{row[name]:,}" for name in ("members", "systems", "links_holding")),
            *("" if row[name] is None else f"{row[name]:.2f}" for name in shares),
            f"{row['bridges']:,}",
        )
    out.print()
    out.print(f"[bold]Quality: shown {shown} of {found.n_clusters:,} clusters[/bold]")
    out.print(table)
    out.print(
        "[dim]links hold the cluster; density is the share of pairs linked, least and mean are"
        " confidences, sure is the share that is DETERMINISTIC. --json has more.[/dim]",
        highlight=False,
    )


def print_policies(found: Clusters) -> None:
    """Print how many clusters would differ by other policies."""
    columns = ("policy", "clusters", "same", "gone", "new", "contradictions")
    out.print()
    title = f"Against the {found.n_clusters:,} clusters of this policy"
    out.print(rich_table(found.policy_effect.select(*columns), title=title))


def print_tree(tree: MergeTree) -> None:
    """Print the profile at round thresholds."""
    table = Table(header_style="dim", box=None)
    columns = ("threshold", "clusters", "members", "largest", "contradictions")
    for name in (*columns, "two of a system", "two of a table"):
        table.add_column(name, justify="right")
    for row in tree.at([step / 20 for step in range(20, -1, -1)]):
        table.add_row(f"{row.pop('threshold'):.2f}", *(f"{count:,}" for count in row.values()))
    out.print()
    out.print(
        f"[bold]Clusters by {tree.method} at every threshold of {tree.threshold_scale}[/bold]",
        highlight=False,
    )
    out.print(table)
    proposed = f"Proposed: {tree.proposal.threshold:g}. " if len(tree) else ""
    out.print(f"{proposed}{tree.proposal.reason}", highlight=False)


def marked_names(frame: Frame) -> Frame:
    """Return a table with the mark of deleted nodes after their names, not in own columns."""
    table = frame.to_arrow()
    for name, flag in (
        ("path", "deleted"),
        ("source_path", "source_deleted"),
        ("target_path", "target_deleted"),
    ):
        if flag in table.column_names and name in table.column_names:
            names = [
                marked(text, deleted=gone)
                for text, gone in zip(
                    table.column(name).to_pylist(), table.column(flag).to_pylist(), strict=True
                )
            ]
            place = table.column_names.index(name)
            table = table.set_column(place, name, pa.array(names, pa.string())).drop_columns(flag)
    return Frame(table)


def number(n: int, thing: str) -> str:
    """Count things."""
    return f"{n:,} {thing}" if n == 1 else f"{n:,} {thing}s"


def rich_table(frame: Frame, *, title: str) -> Table:
    """Build a table for the terminal."""
    table = Table(
        title=title, title_justify="left", title_style="bold", header_style="dim", box=None
    )
    for name in frame.columns:
        numbers = all(isinstance(cell, int | float | None) for cell in frame[name])
        heading = escape(name.replace("_", " "))
        table.add_column(heading, justify="right" if numbers else "left", overflow="fold")
    for row in frame:
        table.add_row(
            *(
                f"{cell:,}"
                if isinstance(cell, int)
                else f"{cell:.2f}"
                if isinstance(cell, float)
                else escape(str(cell or ""))
                for cell in row.values()
            )
        )
    return table


def print_written(files: dict[Path, str], *, console: Console = out) -> None:
    """Print the files that were written and what each is for."""
    width = max(len(str(path)) for path in files)
    console.print()
    for path, meaning in files.items():
        # Never wrapped: a person copies the path.
        name = escape(str(path).ljust(width))
        console.print(f"[bold]{name}[/bold]  [dim]{meaning}[/dim]", soft_wrap=True, highlight=False)
