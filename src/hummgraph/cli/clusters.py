"""The command that groups linked columns, and lists the clusters and their faults."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.audit import audit as audit_clusters
from hummgraph.algorithms.clustering.clustering import AUTO, Clusters, cluster
from hummgraph.algorithms.clustering.merge_tree import MergeTree, merge_tree
from hummgraph.algorithms.clustering.repair import repair as repair_clusters
from hummgraph.cli.app import command
from hummgraph.cli.given import refuse_idle
from hummgraph.cli.listing import (
    Listing,
    print_list,
    refuse_list,
    refuse_list_in_json,
    writes_list,
)
from hummgraph.cli.options import (
    AsJson,
    Calibrate,
    Calibration,
    DecisionsPath,
    Floor,
    MemberLevel,
    Method,
    OnePer,
    PageFile,
    Rule,
    SettingPath,
    SnapshotPath,
    Threshold,
)
from hummgraph.cli.printing import err, number, print_json, print_path, print_written, remark
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.cli.reports import (
    cluster_list,
    kept_out,
    print_cluster_advice,
    print_clusters,
    remark_on_clusters,
)
from hummgraph.cli.setting import held_setting
from hummgraph.export import write
from hummgraph.export.crosswalk_files import write_crosswalk
from hummgraph.frames import Frame
from hummgraph.graph.elements import Level
from hummgraph.graph.search import find
from hummgraph.snapshot.atomic import is_standard_output, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hummgraph.algorithms.clustering.audit import Audit
    from hummgraph.algorithms.clustering.repair import Repair
    from hummgraph.graph.elements import Node

__all__ = ["clusters", "clusters_of_node"]

_MAPS = (".json", ".yaml", ".yml")
_ANSWER = "Another answer"
_DENSITY = "density is the share of a cluster's pairs that are linked."
_NEAREST: Final = 3
"""Most clusters that are proposed instead of one that there is not."""
_CUTTING = "--repair cuts the cheapest links; --json has chains and cuts."


@command
def clusters(
    snapshot: SnapshotPath,
    *,
    threshold: Threshold = None,
    method: Method = AUTO,
    one_per: OnePer = Rule.AUTO,
    many_in: Annotated[
        list[str],
        typer.Option(
            "--many-in",
            metavar="SYSTEM",
            help="A system exempt from --one-per; repeatable.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    calibrate: Calibrate = Calibration.AUTO,
    floor: Floor = AUTO,
    setting: SettingPath = None,
    recalibrate: Annotated[
        bool,
        typer.Option(
            "--recalibrate",
            help="Choose a new setting by the present decisions, print what that alone changes, and"
            " write it to the file of --setting.",
        ),
    ] = False,
    level: MemberLevel = Level.COLUMN,
    decisions: DecisionsPath = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the crosswalk, one row a cluster and one column a system, as .csv, .xlsx or"
            " .html; or an identity map for programs, as .json or .yaml. With another answer or"
            " an option of lists, write the list; with --tree also a picture, as .svg. An existing"
            " file is replaced.",
            show_default=False,
        ),
    ] = None,
    html: PageFile = None,
    confidence: Annotated[
        bool,
        typer.Option(
            "--confidence/--no-confidence",
            help="Write confidences into the cells of systems, in the crosswalk and the list.",
        ),
    ] = True,
    as_json: AsJson = False,
    of: Annotated[
        str | None,
        typer.Option(
            "--of",
            metavar="NODE",
            help="List the members of the cluster of a node; for a node above the members' level,"
            " the clusters with a member in it.",
            show_default=False,
            rich_help_panel=_ANSWER,
        ),
    ] = None,
    named: Annotated[
        str | None,
        typer.Option(
            "--named",
            metavar="WORDS",
            help="List the clusters whose name, or a member's, has these words, best first, as"
            " 'hummgraph find' reads them.",
            show_default=False,
            rich_help_panel=_ANSWER,
        ),
    ] = None,
    tree: Annotated[
        bool,
        typer.Option(
            "--tree",
            help="Count the clusters at every threshold, and propose a threshold.",
            rich_help_panel=_ANSWER,
        ),
    ] = False,
    quality: Annotated[
        bool,
        typer.Option(
            "--quality", help="List the quality of each cluster.", rich_help_panel=_ANSWER
        ),
    ] = False,
    bridges: Annotated[
        bool,
        typer.Option(
            "--bridges",
            help="List the links without which a cluster falls apart.",
            rich_help_panel=_ANSWER,
        ),
    ] = False,
    refused: Annotated[
        bool,
        typer.Option(
            "--refused",
            help="List the links at or above the threshold that did not join, with reasons.",
            rich_help_panel=_ANSWER,
        ),
    ] = False,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit",
            help="Cluster without --one-per, and list its violations and the links to cut.",
            rich_help_panel=_ANSWER,
        ),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Cluster without --one-per, and cut the cheapest links that break it.",
            rich_help_panel=_ANSWER,
        ),
    ] = False,
    policies: Annotated[
        bool,
        typer.Option(
            "--policies",
            help="Count the clusters that would differ under other policies.",
            rich_help_panel=_ANSWER,
        ),
    ] = False,
    listing: Listing,
    reading: Reading,
) -> None:
    """Group columns that links say are the same thing; decisions bind.

    Each cluster is one row. An option of "Another answer" lists that instead.
    """
    answer = _chosen_answer(
        of=of is not None,
        named=named is not None,
        tree=tree,
        quality=quality,
        bridges=bridges,
        refused=refused,
        audit=audit,
        repair=repair,
        policies=policies,
    )
    files = _files(answer, output, listing)
    _check_options(answer, files, as_json=as_json)
    graph = graph_from(snapshot, reading, decisions=decisions)
    chosen = held_setting(
        graph,
        setting,
        recalibrate=recalibrate,
        level=level,
        many_in=many_in,
        options={
            "method": method,
            "one_per": one_per,
            "calibrate": calibrate,
            "floor": floor,
        },
    )
    if answer == "tree":
        if threshold is not None:
            raise errors.ConfigError("--tree covers every threshold: leave --threshold out.")
        tree_found = merge_tree(graph, level=level, setting=chosen, max_memory=reading.max_memory)
        said = _tree_answer(tree_found, files.picture)
    elif answer in {"audit", "repair"}:
        rule = {"one_per": chosen.one_per, "many_in": chosen.many_in}
        if chosen.one_per is None:
            raise errors.ConfigError(f"--{answer} needs the rule: add --one-per.")
        free = replace(chosen, one_per=None, many_in=())
        found = cluster(
            graph, threshold=threshold, level=level, setting=free, max_memory=reading.max_memory
        )
        judge = _audit_answer if answer == "audit" else _repair_answer
        said = judge(found, rule)
    else:
        found = cluster(
            graph, threshold=threshold, level=level, setting=chosen, max_memory=reading.max_memory
        )
        said = (
            _node_answer(found, of)
            if of is not None
            else _named_answer(found, named)
            if named is not None
            else _ANSWERS[answer](found, confidence)
        )
    if files.table is not None and said.crosswalk is not None:
        write_crosswalk(said.crosswalk, files.table, confidence=confidence)
    if _wrote_page(said.crosswalk, html):
        return
    if as_json:
        print_json(said.content())
        return
    said.show(listing, files.list)
    if files.table is not None:
        print_written({files.table: "one row a cluster, one column a system"}, console=err)


def _wrote_page(found: Clusters | None, page: Path | None) -> bool:
    """Write the page of clusters, if it is asked for; return whether nothing else is printed."""
    if page is None or found is None:
        return False
    print_path(write(found, page, format="html"), console=err)
    return is_standard_output(page)


@dataclass(frozen=True, slots=True)
class _Files:
    """The file of an answer, by its content."""

    table: Path | None = None
    """The crosswalk or the identity map."""
    picture: Path | None = None
    list: Path | None = None


def _files(answer: str, output: Path | None, listing: Listing) -> _Files:
    """Return the content of a file, by its suffix and the options of lists."""
    if output is None:
        return _Files()
    suffix = output.suffix.lower()
    if answer == "tree" and suffix == ".svg":
        return _Files(picture=output)
    # Any option of lists asks for the list; without one these suffixes ask for a crosswalk.
    tables = {".csv", ".json"} if listing == Listing() else set()
    if answer in {"", "repair"} and (suffix in tables or not writes_list(output, listing)):
        return _Files(table=output)
    return _Files(list=output)


def _check_options(answer: str, files: _Files, *, as_json: bool) -> None:
    """Raise an error for options without an effect on the output."""
    if answer not in {"", "repair"}:
        refuse_idle("with another answer: a page has clusters", "html")
    if as_json:
        refuse_list_in_json(file=files.table is None and files.picture is None)
    if files.table is None:
        if answer or as_json:
            refuse_idle("where neither a crosswalk nor the clusters are listed", "confidence")
        return
    refuse_list(
        f"on {files.table}, which gets the whole result",
        file=False,
        hint="Name a file of a list: .tsv, .csv, .json, .jsonl or .parquet.",
    )
    if files.table.suffix.lower() in _MAPS:
        refuse_idle(f"on {files.table}, an identity map, which has confidences", "confidence")


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer about clusters, as data and as a list."""

    content: Callable[[], dict[str, Any]]
    show: Callable[[Listing, Path | None], None]
    crosswalk: Clusters | None = None
    """Clusters whose crosswalk ``-o`` writes."""


def _chosen_answer(**answers: bool) -> str:
    """Return the chosen answer; empty for the clusters themselves."""
    asked = [f"--{name}" for name, given in answers.items() if given]
    if len(asked) > 1:
        raise errors.ConfigError(f"{' and '.join(asked)} are different answers: choose one.")
    return asked[0].removeprefix("--") if asked else ""


def _list_answer(
    found: Clusters,
    content: Callable[[], dict[str, Any]],
    frame: Callable[[], Frame],
    *,
    shown: Sequence[str],
    title: str,
    remarks: Sequence[str] = (),
) -> _Answer:
    """Return an answer that is one list."""

    def show(listing: Listing, output: Path | None) -> None:
        print_list(frame(), listing, title=title, shown=shown, output=output)
        console = listing.console(output)
        for text in remarks:
            remark(text, console=console)
        remark(found.note, console=console, style="")

    return _Answer(content, show)


def _cluster_answer(found: Clusters, *, confidence: bool) -> _Answer:
    def show(listing: Listing, output: Path | None) -> None:
        print_clusters(found, listing, output=output, confidence=confidence)
        print_cluster_advice(found, console=listing.console(output))

    return _Answer(found.to_dict, show, crosswalk=found)


def _quality_answer(found: Clusters) -> _Answer:
    return _list_answer(
        found,
        lambda: {"quality": list(found.quality)},
        lambda: found.quality,
        shown=(
            "cluster_name",
            "members",
            "density",
            "mean_confidence",
            "expected_precision",
            "rests_on",
            "bridges",
        ),
        title=f"Quality of {number(found.n_clusters, 'cluster')}",
        remarks=[_DENSITY],
    )


def _bridge_answer(found: Clusters) -> _Answer:
    return _list_answer(
        found,
        lambda: {"bridges": list(found.bridges)},
        lambda: found.bridges,
        shown=("cluster_name", "source_path", "target_path", "score", "splits_off"),
        title="Links without which a cluster falls apart",
    )


def _refusal_answer(found: Clusters) -> _Answer:
    return _list_answer(
        found,
        lambda: {"refused": list(found.refused)},
        lambda: found.refused,
        shown=("source_path", "target_path", "score", "reason"),
        title="Links at or above the threshold that did not join",
    )


def _policy_answer(found: Clusters) -> _Answer:
    return _list_answer(
        found,
        lambda: {"policy": found.policy.to_dict(), "effect": list(found.policy_effect)},
        lambda: found.policy_effect,
        shown=("policy", "clusters", "same", "gone", "new", "contradictions"),
        title=f"Against the {number(found.n_clusters, 'cluster')} of this policy",
    )


_ANSWERS: dict[str, Callable[[Clusters, bool], _Answer]] = {
    "": lambda found, confidence: _cluster_answer(found, confidence=confidence),
    "quality": lambda found, _: _quality_answer(found),
    "bridges": lambda found, _: _bridge_answer(found),
    "refused": lambda found, _: _refusal_answer(found),
    "policies": lambda found, _: _policy_answer(found),
}


def _audit_answer(found: Clusters, rule: dict[str, Any]) -> _Answer:
    judged: Audit = audit_clusters(found, **rule)
    n_broken = f"in {judged.n_clusters:,} of {number(found.n_clusters, 'cluster')}"
    return _list_answer(
        found,
        judged.to_dict,
        lambda: _audit_frame(judged),
        shown=("cluster_name", "group_path", "member_paths", "longest_path", "links_to_cut"),
        title=f"More than one of one {judged.one_per}, {n_broken}",
        remarks=[_CUTTING] if len(judged) else [],
    )


def _audit_frame(judged: Audit) -> Frame:
    """Return one row a violation, with the number of links to cut."""
    cuts = pa.array([len(row.cut) for row in judged.violations], pa.int64())
    return Frame(judged.to_frame().to_arrow().append_column("links_to_cut", cuts))


def _repair_answer(found: Clusters, rule: dict[str, Any]) -> _Answer:
    repaired: Repair = repair_clusters(found, **rule)
    before = repaired.audit

    def show(listing: Listing, output: Path | None) -> None:
        console = listing.console(output)
        remark(
            f"Cut {number(len(repaired.cut), 'link')} in {number(before.n_clusters, 'cluster')};"
            f" {len(repaired.left):,} of {number(len(before), 'violation')} left.",
            console=console,
            style="bold",
        )
        divided = repaired.to_frame()
        columns = ("cluster_name", "members", "links_cut", "score_cut", "clusters_after")
        title = "Clusters that were divided"
        print_list(divided, listing, title=title, shown=columns, output=output)
        remark_on_clusters(repaired.clusters, console=console)

    return _Answer(repaired.to_dict, show, crosswalk=repaired.clusters)


def _tree_answer(found: MergeTree, output: Path | None) -> _Answer:
    """Return the counts of clusters at every threshold."""
    if output is not None:
        with write_atomically(output) as file:
            file.write(found.to_svg().encode())

    def show(listing: Listing, output: Path | None) -> None:
        profile = found.at([step / 20 for step in range(20, -1, -1)])
        title = f"Clusters by {found.method} at every threshold of {found.threshold_scale}"
        print_list(profile, listing, title=title, output=output)
        at = found.proposal.threshold
        proposed = "" if at is None else f"Proposed: {at:g}. "
        remark(f"{proposed}{found.proposal.reason}", console=listing.console(output), style="")

    return _Answer(found.to_dict, show)


def clusters_of_node(found: Clusters, wanted: str) -> tuple[Node, NDArray[np.int64]]:
    """Return a member, by its own or its cluster's name or id, and the labels of its clusters.

    Those of a table or system are the clusters with a member in it.

    Raises
    ------
    ConfigError
        If the node is below the level of the members.
    NodeError
        If there is no such node and no such cluster, or several nodes.
    """
    graph = found.graph
    try:
        index = graph.index_of(wanted)
    except errors.NodeNotFoundError:
        named = [label for label in range(found.n_clusters) if found.names[label] == wanted]
        label = found.ids.index(wanted) if wanted in found.ids else named[0] if named else -1
        if label < 0:
            raise
        index = graph.index_of(found.members[label][0])
    node = graph.node(index)
    if node.level.depth > found.level.depth:
        raise errors.ConfigError(
            f"{node.path!r} is a {node.level}, and the clusters are of {found.level}s.",
            hint=f"Add --level {node.level}.",
        )
    below = graph.arrays.nodes.ancestor[node.level.depth] == index
    return node, np.unique(found.labels[below & (found.labels >= 0)])


def _node_answer(found: Clusters, wanted: str) -> _Answer:
    """Return a cluster by a member, its name or id, or those with a member in a table or system."""
    node, labels = clusters_of_node(found, wanted)
    if node.level is found.level:
        frame = _member_frame(found, labels)
        shown: Sequence[str] = ("path", "system", "confidence", "approved")
        title = f"{found.names[labels[0]]} ({found.ids[labels[0]]})" if len(labels) else ""
    else:
        whole, shown = cluster_list(found)
        place = np.sort(np.argsort(found.order)[labels])
        frame = Frame(whole.to_arrow().take(pa.array(place)))
        title = f"Clusters with a member in {node.path}"
    lacking = f"{node.path} is in no cluster at {found.threshold:g} {found.threshold_scale}."

    remarks = [] if len(labels) else [lacking]
    if len(labels) and node.level is found.level:
        remarks.append(kept_out(found, int(labels[0])))
    return _some_answer(found, labels, frame, shown=shown, title=title, remarks=remarks)


def _named_answer(found: Clusters, words: str) -> _Answer:
    """Return the clusters whose names, or names of members, have some words, best first."""
    matches = find(found.graph, words, kinds="cluster", clusters=found)
    ids = {identity: label for label, identity in enumerate(found.ids)}
    labels = np.array([ids[one] for one in matches["id"]], dtype=np.int64)
    whole, shown = cluster_list(found)
    frame = Frame(whole.to_arrow().take(pa.array(np.argsort(found.order)[labels])))
    title = f"Clusters found for {words!r}"
    remarks = [] if len(labels) else [_none_named(found, words)]
    if len(labels) and (said := kept_out(found, int(labels[0]))):
        # Of several clusters, the first is the one that was meant.
        remarks.append(f"{found.names[labels[0]]}: {said[0].lower()}{said[1:]}")
    return _some_answer(found, labels, frame, shown=shown, title=title, remarks=remarks)


def _none_named(found: Clusters, words: str) -> str:
    """Return that no cluster has the words, and the nearest that there are."""
    nearest = find(found.graph, words, kinds="cluster", clusters=found, partial=True)
    named = ", ".join(map(repr, nearest["name"][:_NEAREST]))
    said = f"No cluster, and no member of one, is called {words!r}."
    return f"{said} Nearest: {named}." if named else said


def _some_answer(
    found: Clusters,
    labels: NDArray[np.int64],
    frame: Frame,
    *,
    shown: Sequence[str],
    title: str,
    remarks: Sequence[str],
) -> _Answer:
    """Return an answer of some clusters: their list, and as data all but the other clusters."""

    def content() -> dict[str, Any]:
        kept = {found.ids[label] for label in labels.tolist()}
        whole = found.to_dict()
        chosen = [one for one in whole["clusters"] if one["id"] in kept]
        return whole | {"clusters": chosen}

    return _list_answer(found, content, lambda: frame, shown=shown, title=title, remarks=remarks)


def _member_frame(found: Clusters, labels: Any) -> Frame:
    """Return one row for each member of some clusters, the surest first."""
    table = found.to_frame().to_arrow()
    table = table.filter(pc.is_in(table["cluster_index"], pa.array(labels)))
    order = [("approved", "descending"), ("confidence", "descending"), ("path", "ascending")]
    return Frame(table.sort_by(order))
