"""The commands about things and their columns: entities, roles, and names of tables."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hummgraph import errors
from hummgraph.algorithms.entities.core import THRESHOLD
from hummgraph.algorithms.entities.mapping import entities as entities_of
from hummgraph.algorithms.entities.mapping import roles as roles_of
from hummgraph.algorithms.entities.rules import Role
from hummgraph.algorithms.entities.table_names import find_table_names
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import (
    ListFile,
    Listing,
    print_list,
    refuse_list,
    refuse_list_in_json,
    writes_list,
)
from hummgraph.cli.options import AsJson, DecisionsPath, Evidence, PageFile, SnapshotPath, WordsPath
from hummgraph.cli.paths import draw
from hummgraph.cli.printing import err, print_json, print_path, remark
from hummgraph.cli.reading import Reading, attributes_from, graph_from
from hummgraph.export import KeptEvidence, write
from hummgraph.snapshot.atomic import is_standard_output, write_atomically

if TYPE_CHECKING:
    from hummgraph.algorithms.entities.entity_map import EntityMap
    from hummgraph.frames import Frame

__all__ = ["entities", "names", "roles"]


class _Part(StrEnum):
    """Lists of an entity map."""

    ENTITIES = "entities"
    TABLES = "tables"
    KEYS = "keys"
    REFERENCES = "references"
    QUESTIONS = "questions"
    ALONE = "alone"
    CONTRADICTIONS = "contradictions"
    NODES = "nodes"


_MAIN = {
    _Part.ENTITIES: ("name", "n_tables", "n_systems", "keys", "n_references", "tables"),
    _Part.TABLES: ("entity", "path", "copy_of", "keys", "confidence"),
    _Part.KEYS: ("entity", "key", "path", "n_systems", "sure_links", "weakest"),
    _Part.REFERENCES: ("entity", "path", "target_path", "reason"),
    _Part.QUESTIONS: ("question", "alternative", "source_path", "target_path", "settles"),
    _Part.ALONE: ("path", "nearest", "linkage", "n_links"),
    _Part.NODES: ("node_id", "entity", "role"),
    _Part.CONTRADICTIONS: ("entity", "level", "path", "other_path", "link_id"),
}
_OF_ONE = {_Part.TABLES, _Part.KEYS, _Part.REFERENCES, _Part.CONTRADICTIONS}


@command
def entities(
    snapshot: SnapshotPath,
    *,
    entity: Annotated[
        str | None,
        typer.Option(
            "--entity",
            metavar="NAME",
            help="Only one entity, by its name, or by a table or column in it.",
            show_default=False,
        ),
    ] = None,
    part: Annotated[
        _Part | None,
        typer.Option(
            "--list",
            metavar="WHAT",
            help=f"List {', '.join(_Part)}; entities by default, with --entity its tables.",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            "-t",
            metavar="NUMBER",
            help=f"Lowest linkage at which tables are joined, in [0, 1]; {THRESHOLD:g} by default.",
            show_default=False,
        ),
    ] = None,
    words: WordsPath = None,
    decisions: DecisionsPath = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Draw a picture as .svg or .mmd (Mermaid), or write the list as .csv ... An"
            " existing file is replaced.",
            show_default=False,
        ),
    ] = None,
    html: PageFile = None,
    as_json: AsJson = False,
    evidence: Evidence = KeptEvidence.VOCABULARY,
    listing: Listing,
    reading: Reading,
) -> None:
    """List things, such as persons or invoices, and the tables of all systems that hold them.

    With their keys, what is uncertain, and the decisions that would settle it.
    """
    if as_json:
        refuse_list_in_json(file=writes_list(output, listing))
        refuse_idle("with --json, which prints all lists", "part")
    if html is None:
        refuse_idle("without --html, a page, which has evidence", "evidence")
    elif is_standard_output(html):
        where = f"with --html {html}, which prints the page"
        refuse_idle(where, "as_json", "part")
        refuse_list(where, file=writes_list(output, listing))
    graph = graph_from(snapshot, reading, decisions=decisions)
    found = entities_of(graph, threshold=threshold, words=words)
    chosen = found if entity is None else found[entity]
    if html is not None:
        print_path(write(found, html, format="html", evidence=evidence), console=err)
    if as_json:
        print_json(chosen.to_dict())
    file = draw(chosen.diagram(), output, listing)
    if output is not None and file is None:
        refuse_list("with a picture", file=False)
        refuse_idle("with a picture", "part")
    elif not as_json and (html is None or not is_standard_output(html)):
        _print_lists(found, entity, part, listing, file)


def _print_lists(
    found: EntityMap, entity: str | None, part: _Part | None, listing: Listing, file: Path | None
) -> None:
    """Print one list of the map, or of one entity, with uncertainties."""
    wanted = part or (_Part.ENTITIES if entity is None else _Part.TABLES)
    console = listing.console(file)
    frame = _part_of(found, wanted)
    notes: tuple[str, ...] = ()
    if entity is not None:
        if wanted not in _OF_ONE:
            raise errors.ConfigError(
                f"--list {wanted} is of all entities; --entity lists"
                f" {', '.join(one for one in _Part if one in _OF_ONE)}.",
                hint="Leave --entity out.",
            )
        one = found[entity]
        frame, notes = frame.filter(entity=one.name), (one.why, *one.notes)
        first = one.name.partition(" (")[0]
        alike = [e.name for e in found if e != one and e.name.partition(" (")[0] == first]
        if alike:
            notes = (*notes, f"See also: {', '.join(alike)}.")
    elif wanted is _Part.ENTITIES:
        for note in found.notes:
            remark(note, console=console, style="")
        notes = tuple(f"Perhaps the same: {one}" for one in found.candidates["question"][:3])
    print_list(frame, listing, title=_TITLES[wanted], shown=_MAIN[wanted], output=file)
    for note in notes:
        remark(note, console=console)


_TITLES = {
    _Part.ENTITIES: "Entities",
    _Part.TABLES: "Tables in entities",
    _Part.KEYS: "Keys of entities",
    _Part.REFERENCES: "References to entities",
    _Part.QUESTIONS: "Questions",
    _Part.ALONE: "Tables alone",
    _Part.NODES: "Entities and roles of nodes",
    _Part.CONTRADICTIONS: "Rejected pairs inside entities",
}


def _part_of(found: EntityMap, part: _Part) -> Frame:
    if part is _Part.ENTITIES:
        return found.to_frame()
    if part is _Part.NODES:
        return found.node_attributes()
    name = "candidates" if part is _Part.QUESTIONS else str(part)
    frame: Frame = getattr(found, name)
    return frame


@command
def roles(
    snapshot: SnapshotPath,
    *,
    role: Annotated[
        list[Role],
        typer.Option(
            "--role",
            metavar="ROLE",
            help=f"Only columns of a role: {', '.join(Role)}; repeatable.",
            case_sensitive=False,
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    of: Annotated[
        list[str],
        typer.Option(
            "--of",
            metavar="NODE",
            help="Only columns of a system or table; repeatable.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    words: WordsPath = None,
    decisions: DecisionsPath = None,
    output: ListFile = None,
    listing: Listing,
    reading: Reading,
) -> None:
    """List what each column is for: key, reference, text, category, time, measure.

    With the reason, and the table that a reference leads to.
    """
    listing.chosen(output)
    graph = graph_from(snapshot, reading, decisions=decisions)
    found = roles_of(graph, words=words)
    frame = found.to_frame()
    mask = [True] * len(frame)
    if role:
        wanted = set(map(str, role))
        mask = [one in wanted for one in frame["role"]]
    if of:
        above = {graph.index_of(node) for node in of}
        ancestor = graph.arrays.nodes.ancestor
        codes = [code for code in range(graph.n_nodes) if found.codes[code] >= 0]
        inside = [not above.isdisjoint(ancestor[:, code].tolist()) for code in codes]
        mask = [one and other for one, other in zip(mask, inside, strict=True)]
    shown = ("path", "data_type", "role", "reason", "target_path")
    print_list(frame.filter(mask), listing, title="Roles", shown=shown, output=output)


@command
def names(
    snapshot: SnapshotPath,
    *,
    listed: Annotated[
        Path,
        typer.Option(
            "--from",
            metavar="FILE",
            help="All columns of the database, as .csv or .parquet: schema, table and column.",
            show_default=False,
        ),
    ],
    system: Annotated[
        str | None,
        typer.Option(
            "--system",
            metavar="SYSTEM",
            help="Only tables of this system, whose columns the file lists.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--write",
            "-w",
            metavar="FILE",
            help="Write the names that were found to a file for --names. An existing file is"
            " replaced.",
            show_default=False,
        ),
    ] = None,
    listing: Listing,
    reading: Reading,
) -> None:
    """Find names of tables by their columns, where the API gives none.

    The file is a database's answer to SELECT table_schema, table_name, column_name FROM
    information_schema.columns.
    """
    listing.chosen()
    graph = graph_from(snapshot, reading, decisions=None)
    found = find_table_names(graph, attributes_from(listed), system=system)
    shown = ("path", "name", "share", "next_name", "next_share")
    print_list(found.matches, listing, title="Tables without a name", shown=shown)
    if file is not None:
        with write_atomically(file) as target:
            text = json.dumps(found.names, indent=2, ensure_ascii=False, sort_keys=True)
            target.write(f"{text}\n".encode())
        print_path(file, console=err)
