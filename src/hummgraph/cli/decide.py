"""The command that decides links: previews decisions, and writes them to a journal."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import pyarrow as pa
import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.review.choosing import decide_suggestions, decisions_of, take_out
from hummgraph.algorithms.review.preview import preview
from hummgraph.algorithms.review.undoing import lay_over, undoing
from hummgraph.cli.app import command
from hummgraph.cli.completion import complete_words
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.links import as_sent_values
from hummgraph.cli.listing import list_table
from hummgraph.cli.options import (
    AsJson,
    MinConfidence,
    SettingPath,
    SnapshotPath,
    cluster_arguments,
)
from hummgraph.cli.printing import (
    err,
    is_terminal,
    number,
    out,
    print_block,
    print_json,
    print_written,
    remark,
)
from hummgraph.cli.reading import Reading, snapshot_from
from hummgraph.frames import Frame
from hummgraph.graph.decisions import Asked, Decision
from hummgraph.graph.journal import append_decisions, as_records, read_decisions
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.merging import merge_decisions
from hummgraph.graph.policy import SUGGESTED
from hummgraph.graph.sheet import read_decision_sheet, write_decision_sheet
from hummgraph.records.display import LinkDisplay
from hummgraph.records.models import LinkType, Status
from hummgraph.snapshot.atomic import written_into

if TYPE_CHECKING:
    from hummgraph.algorithms.clustering.clusters import Clusters
    from hummgraph.graph.decisions import Record

__all__ = ["decide", "decision_rows"]

_WHICH: Final = "Which links"
_FILES: Final = "Sheets and journals"
_TERMINAL_ROWS: Final = 25
_SELECTORS: Final = ("between", "link_type", "min_confidence", "max_confidence")
_ANSWERS: Final = {
    "approve": Status.APPROVED,
    "reject": Status.REJECTED,
    "suggest": Status.SUGGESTED,
}
_ABOUT: Final = ("note", "who", "asked")
_HOW: Final = "hummgraph decide --help lists the ways."


@command
def decide(
    snapshot: SnapshotPath,
    link: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LINK]...", help="Ids of links, whatever their status.", show_default=False
        ),
    ] = None,
    *,
    approve: Annotated[
        bool, typer.Option("--approve", help="Decide that the ends are the same thing.")
    ] = False,
    reject: Annotated[
        bool, typer.Option("--reject", help="Decide that the ends are not the same thing.")
    ] = False,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Take a decision back: the link is open again.")
    ] = False,
    note: Annotated[
        str | None,
        typer.Option("--note", metavar="TEXT", help="Why.", show_default=False),
    ] = None,
    who: Annotated[
        str | None,
        typer.Option("--who", metavar="NAME", help="Who decides.", show_default=False),
    ] = None,
    asked: Annotated[
        str,
        typer.Option(
            "--asked",
            metavar="HOW",
            help="How the links were selected: random and imported ones calibrate confidences.",
        ),
    ] = str(Asked.CHOSEN),
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            "-j",
            metavar="FILE",
            help="The journal: its decisions apply, and new ones are appended to it.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what would change, and write nothing."),
    ] = False,
    setting: SettingPath = None,
    as_json: AsJson = False,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--between",
            metavar="A B",
            help="All suggestions between two systems, tables or columns.",
            show_default=False,
            rich_help_panel=_WHICH,
        ),
    ] = None,
    link_type: Annotated[
        list[str],
        typer.Option(
            "--type",
            metavar="TYPE",
            help="All suggestions of a type: DETERMINISTIC or PROBABILISTIC; repeatable.",
            show_default=False,
            autocompletion=complete_words(*LinkType),
            rich_help_panel=_WHICH,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    min_confidence: MinConfidence = None,
    max_confidence: Annotated[
        float | None,
        typer.Option(
            "--max-confidence",
            metavar="NUMBER",
            help="Leave out links above this confidence, and those without one.",
            show_default=False,
        ),
    ] = None,
    out_of: Annotated[
        str | None,
        typer.Option(
            "--take-out",
            metavar="COLUMN",
            help="Reject all links of a column to the rest of its cluster.",
            show_default=False,
            rich_help_panel=_WHICH,
        ),
    ] = None,
    undo: Annotated[
        bool,
        typer.Option(
            "--undo",
            help="Take back the last decisions of the journal, or the last about each LINK; a"
            " second time, make them again.",
            rich_help_panel=_WHICH,
        ),
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write a sheet (CSV): the suggestions, and the links that are decided; with empty"
            " cells for answers.",
            show_default=False,
            rich_help_panel=_FILES,
        ),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--import",
            metavar="FILE",
            help="Decide by a filled-in sheet; nothing if any row is wrong.",
            show_default=False,
            rich_help_panel=_FILES,
        ),
    ] = None,
    merge: Annotated[
        list[Path],
        typer.Option(
            "--merge",
            metavar="FILE",
            help="Append what is new in another journal, or in a folder of them, and list"
            " conflicts; repeatable.",
            show_default=False,
            rich_help_panel=_FILES,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    reading: Reading,
) -> None:
    """Decide links: preview it, and write it to a journal.

    Nothing is sent: decisions stay in your file, which --decisions of other commands reads.
    """
    asked_for = [
        name for name, given in zip(_ANSWERS, (approve, reject, suggest), strict=True) if given
    ]
    way = _way(
        asked_for,
        {
            "take_out": out_of is not None,
            "undo": undo,
            "export": export is not None,
            "import": sheet is not None,
            "merge": bool(merge),
        },
    )
    _check_options(way, has_links=bool(link), dry_run=dry_run, has_journal=journal is not None)
    fetched = LinkGraph(snapshot_from(snapshot, reading))
    known = _known(journal)
    if way == "merge":
        _merge(fetched, known, merge, journal, dry_run=dry_run, as_json=as_json)
        return
    laid = lay_over(fetched, known)
    graph = laid.graph
    _remark_on(graph, laid.n_open)
    about: dict[str, Any] = {"note": note, "who": who, "decided_at": _now(known)}
    chosen = _Chosen(link or [], between, link_type, min_confidence, max_confidence)
    if way == "export":
        assert export is not None  # noqa: S101 - for the type checker: it is the way
        _export(graph, chosen, export)
        return
    needs_clusters = dry_run or way == "take_out"
    clusters = cluster(graph, **cluster_arguments(setting=setting)) if needs_clusters else None
    if way == "take_out":
        assert clusters is not None and out_of is not None  # noqa: S101, PT018 - as above
        decisions = take_out(clusters, out_of, asked=asked, **about)
    elif way == "undo":
        decisions = undoing(fetched, known, _ids(graph, link or []), **about)
    elif way == "import":
        assert sheet is not None  # noqa: S101 - as above
        decisions = read_decision_sheet(
            graph, sheet, who=who, decided_at=about["decided_at"], asked=asked
        )
    else:
        decisions = chosen.decisions(graph, _ANSWERS[way], asked=asked, **about)
    if clusters is not None and dry_run:
        _print_preview(clusters, decisions, as_json=as_json)
    else:
        assert journal is not None  # noqa: S101 - as above
        append_decisions(decisions, journal)
        _print_decided(graph, decisions, journal, as_json=as_json)


# --- what is asked for -----------------------------------------------------------------------


def _way(answers: list[str], others: dict[str, bool]) -> str:
    """Return the one thing that is asked for."""
    ways = [*answers, *(name for name, given in others.items() if given)]
    if len(ways) == 1:
        return ways[0]
    options = ", ".join(f"--{name.replace('_', '-')}" for name in (*_ANSWERS, *others))
    raise errors.ConfigError(
        f"{'Nothing is' if not ways else 'Several things are'} asked for: name one of {options}.",
        hint=_HOW,
    )


def _check_options(way: str, *, has_links: bool, dry_run: bool, has_journal: bool) -> None:
    """Raise for options without an effect, and for those that are missing."""
    where = f"with --{way.replace('_', '-')}"
    idle: dict[str, tuple[str, ...]] = {
        "take_out": _SELECTORS,
        "undo": ("asked", *_SELECTORS),
        "import": ("note", *_SELECTORS),
        "export": (*_ABOUT, "dry_run", "setting", "as_json"),
        "merge": (*_ABOUT, "setting", *_SELECTORS),
    }
    refuse_idle(where, *idle.get(way, ()))
    if way == "merge" and not has_journal:
        refuse_idle("without --journal, since nothing is written then", "dry_run")
    if has_links:
        refuse_idle("with LINK, which names the links", *_SELECTORS)
    if has_links and way in {"take_out", "import", "merge"}:
        raise errors.ConfigError(f"LINK has no effect {where}.", hint="Leave it out.")
    if not dry_run and way not in {"take_out", "export", "merge"}:
        refuse_idle("without --dry-run, which previews", "setting")
    if not has_journal and (way == "undo" or (way not in {"export", "merge"} and not dry_run)):
        raise errors.ConfigError(
            "A journal is missing.",
            hint="Add --journal decisions.jsonl, which is created if it does not exist"
            + ("." if way == "undo" else ", or --dry-run, which writes nothing."),
        )


def _known(journal: Path | None) -> tuple[Record, ...]:
    """Return the content of a journal, which is empty if there is no file yet."""
    if journal is not None and (journal.is_dir() or written_into(journal)):
        what = "the folder" if journal.is_dir() else "a pipe, a device or standard output,"
        raise errors.ConfigError(
            f"--journal is {what} {str(journal)!r}; it must be a file.",
            hint="Name a file, as decisions.jsonl.",
        )
    if journal is None or not (journal.exists() or journal.is_symlink()):
        return ()
    return read_decisions(journal)


def _now(known: tuple[Record, ...]) -> datetime:
    """Return the present time, or the next after all known ones, so that it is the latest."""
    times = [row.decided_at for row in known if row.decided_at is not None]
    now = datetime.now(UTC)
    return max([now, *(time + timedelta(microseconds=1) for time in times)])


def _ids(graph: LinkGraph, links: list[str]) -> list[str]:
    return [graph.link(link_id).link_id for link_id in links]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The links that a command line names."""

    ids: list[str]
    between: tuple[str, str] | None
    link_type: list[str]
    min_confidence: float | None
    max_confidence: float | None

    @property
    def is_all(self) -> bool:
        """Whether no link is named."""
        conditions = (
            self.between,
            self.link_type or None,
            self.min_confidence,
            self.max_confidence,
        )
        return not self.ids and all(one is None for one in conditions)

    def index(self, graph: LinkGraph) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the positions of links that are named, each once."""
        found = [graph.link(link_id).link_index for link_id in self.ids]
        return np.unique(np.array(found, dtype=np.int64))

    def where(self, graph: LinkGraph) -> LinkGraph:
        """Return the links that meet the conditions."""
        return graph.where(
            between=self.between,
            link_type=as_sent_values(self.link_type, graph.n_links_by_type) or None,
            min_confidence=self.min_confidence,
            max_confidence=self.max_confidence,
        )

    def decisions(self, graph: LinkGraph, status: str, **about: Any) -> tuple[Decision, ...]:
        """Return the decisions about them."""
        if self.ids:
            return decisions_of(graph, self.index(graph), status, **about)
        if self.is_all:
            raise errors.ConfigError(
                "No links are named.",
                hint="Name ids of links, or suggestions by --between, --type, --min-confidence or"
                " --max-confidence.",
            )
        return decide_suggestions(self.where(graph), status, **about)


# --- what is printed -------------------------------------------------------------------------


def _remark_on(graph: LinkGraph, n_open: int) -> None:
    """Print how the decisions of the journal were found, if not by their ids."""
    found = Counter(graph.decisions["found"])
    said = {
        "ends": "is about a link that has another id now, found by its ends",
        "ambiguous": "may be about several links between its ends, and changes none",
        "superseded": "is about a link whose ends are decided by others",
        "missing": "is about a link that the snapshot does not have",
    }
    for how, text in said.items():
        if found[how]:
            verb = text if found[how] == 1 else text.replace("is", "are", 1)
            remark(f"{number(found[how], 'decision')} {verb}.", console=err)
    if n_open:
        remark(
            f"{number(n_open, 'link')} with two equally late answers in the journal: decide again.",
            console=err,
        )


def _frame(graph: LinkGraph, decisions: tuple[Decision, ...]) -> Frame:
    """Return one row a decision, with both ends by name and the status before."""
    index = [graph.link(row.link_id).link_index for row in decisions]
    links, nodes = graph.arrays.links, graph.arrays.nodes
    text = pa.string()
    table = pa.table(
        {
            "link_id": pa.array([row.link_id for row in decisions], text),
            "source_path": nodes.path.take(pa.array(links.ends.source[index])),
            "target_path": nodes.path.take(pa.array(links.ends.target[index])),
            "previous_status": pa.array(
                [graph.arrays.statuses[code] for code in links.status[index]], text
            ),
            "status": pa.array([str(row.status) for row in decisions], text),
            "note": pa.array([row.note for row in decisions], text),
            "who": pa.array([row.who for row in decisions], text),
        }
    )
    return Frame(table, display=LinkDisplay(graph.snapshot)).shown()


def _print_preview(clusters: Clusters, decisions: tuple[Decision, ...], *, as_json: bool) -> None:
    would = preview(clusters.graph, decisions, clusters=clusters)
    if as_json:
        print_json({"decisions": decision_rows(decisions), "preview": would.to_dict()})
        return
    for sentence in would.sentences:
        remark(sentence, console=out, style="")
    if decisions:
        out.print()
        _print_table(_frame(clusters.graph, decisions), "Would be decided")


def _print_decided(
    graph: LinkGraph, decisions: tuple[Decision, ...], journal: Path, *, as_json: bool
) -> None:
    if as_json:
        print_json({"journal": str(journal), "decisions": decision_rows(decisions)})
        return
    if not decisions:
        remark("Nothing was decided: no link is chosen, or all of it is known.", console=out)
        return
    _print_table(_frame(graph, decisions), "Decided")
    print_written({journal: "the journal; --undo takes back what was decided last"}, console=err)


def _print_table(frame: Frame, title: str) -> None:
    shown = ("source_path", "target_path", "previous_status", "status", "note", "who", "link_id")
    columns = [name for name in shown if name not in {"note", "who"} or any(frame[name])]
    some = frame.head(_TERMINAL_ROWS) if is_terminal(sys.stdout) else frame
    counts = f"{len(frame):,}" if len(some) == len(frame) else f"{len(some)} of {len(frame):,}"
    print_block(list_table(some, columns, title=f"{title}: {counts}"))


def decision_rows(decisions: tuple[Decision, ...]) -> list[dict[str, Any]]:
    """Return decisions as plain data."""
    return [
        asdict(row) | {"decided_at": row.decided_at and row.decided_at.isoformat()}
        for row in decisions
    ]


# --- sheets and journals ---------------------------------------------------------------------


def _export(graph: LinkGraph, chosen: _Chosen, path: Path) -> None:
    """Write a sheet of chosen links, or of suggestions and of links that are decided."""
    if chosen.ids:
        links = graph.take_links(chosen.index(graph))
    else:
        links = chosen.where(graph)
        decided = {row.link_id for row in graph.arrays.decisions.decisions}
        kept = links.arrays.links.status == SUGGESTED
        kept |= np.array([link_id in decided for link_id in links.links["link_id"]], dtype=bool)
        links = links.take_links(np.flatnonzero(kept))
    write_decision_sheet(links, path)
    print_written({path: f"{number(links.n_links, 'link')}; fill in new_status"}, console=err)


def _merge(
    graph: LinkGraph,
    known: tuple[Record, ...],
    paths: list[Path],
    journal: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Append new records of other journals, and list conflicts."""
    merged = merge_decisions(known, *(as_records(path) for path in paths))
    here = {*known}
    new = [row for row in merged.entries if row not in here]
    written = journal if journal is not None and not dry_run else None
    if written is not None:
        append_decisions(new, written)
    conflicts = _named(graph, merged.conflicts)
    if as_json:
        counts = {"entries": len(merged.entries), "new": len(new)}
        print_json({**counts, "conflicts": list(conflicts)})
        return
    shown = ("what", "earlier", "earlier_who", "later", "later_who", "holds", "link_id")
    print_block(list_table(conflicts, shown, title=f"Conflicts: {len(conflicts):,}"))
    entries = f"{len(merged.entries):,} {'entry' if len(merged.entries) == 1 else 'entries'}"
    remark(f"{entries}, {len(new):,} of them new to the journal.", console=err)
    if None in conflicts["holds"]:
        remark(
            "Links without an answer have equally late ones, and no command takes the journal:"
            " decide them again, by link id.",
            console=err,
        )
    if written is not None:
        print_written({written: "the journal"}, console=err)


def _named(graph: LinkGraph, conflicts: Frame) -> Frame:
    """Return conflicts with the names of their links and nodes, as far as the graph knows them."""
    what: list[str | None] = []
    for row in conflicts:
        try:
            link = graph.link(row["link_id"]) if row["link_id"] else None
            ends = [row["node_id"]] if link is None else [link.source, link.target]
            what.append(" = ".join(graph.node(end).path for end in ends))
        except errors.HummgraphError:
            what.append(None)
    table = conflicts.to_arrow()
    return Frame(table.add_column(0, "what", pa.array(what, pa.string())))
