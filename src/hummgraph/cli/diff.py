"""The command that compares two snapshots."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.diff import Diff
from hummgraph.algorithms.review.diff import diff as diff_of
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import Listing, print_list, refuse_list, refuse_list_in_json
from hummgraph.cli.options import AsJson, Evidence, MemberLevel, SettingPath
from hummgraph.cli.printing import out, print_json, print_path, remark, styled
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.export import KeptEvidence, write
from hummgraph.graph.elements import Level
from hummgraph.snapshot.atomic import write_atomically

if TYPE_CHECKING:
    from hummgraph.frames import Frame

__all__ = ["diff"]


class _Part(StrEnum):
    """Lists of a diff."""

    CHANGES = "changes"
    CAUSES = "causes"
    MEMBERS = "members"
    CLUSTERS = "clusters"
    LINKS = "links"
    NODES = "nodes"
    CONTRADICTIONS = "contradictions"
    SETTING = "setting"


_TITLES = {
    _Part.CHANGES: "Changes of clusters",
    _Part.CAUSES: "Causes of changes",
    _Part.MEMBERS: "Members in another cluster",
    _Part.CLUSTERS: "Clusters before and after",
    _Part.LINKS: "Changed links",
    _Part.NODES: "Changed systems, tables and columns",
    _Part.CONTRADICTIONS: "Contradictions",
    _Part.SETTING: "What a new setting would change",
}
_PAGE = ".html"
_DOCUMENTS = (".md", _PAGE, ".json")


@command
def diff(
    old: Annotated[
        Path,
        typer.Argument(
            metavar="OLD", help="The snapshot, or file of links, before.", show_default=False
        ),
    ],
    new: Annotated[
        Path,
        typer.Argument(
            metavar="NEW", help="The snapshot, or file of links, after.", show_default=False
        ),
    ],
    *,
    decisions: Annotated[
        Path | None,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="Apply a file of review decisions to the new links.",
            show_default=False,
        ),
    ] = None,
    setting: SettingPath = None,
    level: MemberLevel = Level.COLUMN,
    part: Annotated[
        _Part | None,
        typer.Option(
            "--list",
            metavar="WHAT",
            help=f"List {', '.join(_Part)}, instead of the report.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the diff to a .md, .html or .json file; with --list, the list as .csv ..."
            " An existing file is replaced.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    listing: Listing,
    reading: Reading,
) -> None:
    """Compare two snapshots: links, columns and clusters, and which links caused each change.

    Both are clustered by the setting of the old one, or that of --setting. An .html file is a page
    of the new graph that opens on what changed.
    """
    if output is None or part is not None or output.suffix.lower() != _PAGE:
        refuse_idle("without -o FILE.html, a page, which has evidence", "evidence")
    if as_json:
        refuse_list_in_json(file=output is not None)
        refuse_idle("with --json, which prints all lists", "part")
    elif part is None:
        refuse_list("without --list WHAT", file=False)
        _check_document(output)
    else:
        listing.chosen(output)
    held = None if setting is None else Setting.read(setting)
    found = diff_of(
        graph_from(old, reading, decisions=None),
        graph_from(new, reading, decisions=decisions),
        setting=held,
        level=level,
    )
    if as_json:
        print_json(found.to_dict())
    elif part is not None:
        print_list(_list_of(found, part), listing, title=_TITLES[part], output=output)
    elif output is None:
        _print(found)
    else:
        _write(found, output, evidence)


def _check_document(output: Path | None) -> None:
    """Raise an error for a file that is not a document."""
    if output is not None and output.suffix.lower() not in _DOCUMENTS:
        raise errors.FormatError(
            f"No diff is written as {output.suffix or output.name!r}; there are"
            f" {', '.join(_DOCUMENTS)}.",
            hint="--list WHAT writes one of its lists, such as to a .csv file.",
        )


def _list_of(found: Diff, part: _Part) -> Frame:
    frames: dict[_Part, str] = {
        _Part.MEMBERS: "moves",
        _Part.CLUSTERS: "continuity",
        _Part.SETTING: "setting_changes",
    }
    frame: Frame = getattr(found, frames.get(part, str(part)))
    return frame


def _print(found: Diff) -> None:
    """Print what a person reads."""
    for sentence in found.sentences:
        out.print(styled(sentence))
    if len(found.changes):
        remark("--list causes has the links behind each change.", console=out)


def _write(found: Diff, output: Path, evidence: KeptEvidence) -> None:
    """Write the whole diff."""
    if output.suffix.lower() == _PAGE:
        print_path(write(found, output, evidence=evidence))
        return
    text: dict[str, Any] = {
        ".md": found.to_markdown,
        ".json": lambda: json.dumps({"schema": 1, **found.to_dict()}, indent=2, default=str) + "\n",
    }
    content = text[output.suffix.lower()]()
    with write_atomically(output) as file:
        file.write(content.encode())
    print_path(output)
