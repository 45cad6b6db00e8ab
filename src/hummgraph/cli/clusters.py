"""Commands that group what links join, and judge the groups: clusters and evaluate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummgraph import errors
from hummgraph.algorithms.clustering.audit import audit as audit_clusters
from hummgraph.algorithms.clustering.clustering import DEFAULT_METHOD, Clusters, cluster
from hummgraph.algorithms.clustering.merge_tree import MergeTree, merge_tree
from hummgraph.algorithms.clustering.repair import repair as repair_clusters
from hummgraph.algorithms.evaluation.cross_validation import CrossValidation, cross_validate
from hummgraph.algorithms.evaluation.evaluation import Evaluation
from hummgraph.algorithms.evaluation.evaluation import evaluate as evaluate_clusters
from hummgraph.algorithms.evaluation.reliability import reliability
from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.cli.app import app
from hummgraph.cli.options import (
    AsJson,
    Calibrate,
    CataloguePath,
    Columns,
    DecisionsPath,
    Ends,
    EndsOption,
    Method,
    NamesPath,
    OnePer,
    SnapshotPath,
    Threshold,
)
from hummgraph.cli.printing import (
    err,
    out,
    print_advice,
    print_audit,
    print_clusters,
    print_json,
    print_note,
    print_policies,
    print_quality,
    print_repair,
    print_tree,
    print_written,
)
from hummgraph.cli.reading import Reading, graph_from
from hummgraph.export.crosswalk import write_crosswalk
from hummgraph.graph.elements import Level
from hummgraph.snapshot.atomic import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["clusters", "evaluate"]


@app.command()
def clusters(
    snapshot: SnapshotPath,
    *,
    threshold: Threshold = None,
    method: Method = DEFAULT_METHOD,
    one_per: OnePer = None,
    calibrate: Calibrate = None,
    many_in: Annotated[
        list[str],
        typer.Option(
            "--many-in", metavar="SYSTEM", help="A system in which --one-per does not hold."
        ),
    ] = [],  # noqa: B006 - typer makes a new one
    level: Annotated[Level, typer.Option(help="Level of the members.")] = Level.COLUMN,
    tree: Annotated[
        bool, typer.Option("--tree", help="Say what the clusters are at every threshold.")
    ] = False,
    audit: Annotated[
        bool,
        typer.Option(
            "--audit", help="Cluster without --one-per, and say what breaks it and what to cut."
        ),
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Cluster without --one-per, and cut the cheapest links that break it."
        ),
    ] = False,
    quality: Annotated[
        bool, typer.Option("--quality", help="Say how well each cluster holds.")
    ] = False,
    policies: Annotated[
        bool,
        typer.Option("--policies", help="Say how many clusters would differ by other policies."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the crosswalk, one row a cluster and one column a system, as .csv or .html;"
            " or an identity map for programs, as .json or .yaml; with --tree, a picture as .svg.",
            show_default=False,
        ),
    ] = None,
    confidence: Annotated[
        bool, typer.Option(help="Write confidences into the cells of the crosswalk.")
    ] = True,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    columns: Columns = [],  # noqa: B006 - typer makes a new one
    ends: EndsOption = Ends.COLUMN,
    as_json: AsJson = False,
) -> None:
    """Group columns that links say are the same thing; decisions bind.

    With --tree, say what the clusters are at every threshold instead, and propose one.
    """
    graph = graph_from(snapshot, Reading(columns, ends, catalogue, names), decisions=decisions)
    answer = _asked(tree=tree, audit=audit, repair=repair, quality=quality, policies=policies)
    arguments: dict[str, Any] = {"method": method, "calibrate": calibrate, "level": level}
    rule: dict[str, Any] = {"one_per": one_per, "many_in": many_in}
    if answer == "tree":
        if threshold is not None:
            raise errors.ConfigError("--tree has every threshold: leave --threshold out.")
        _answer_tree(merge_tree(graph, **arguments, **rule), output=output, as_json=as_json)
        return
    if answer in {"audit", "repair"}:
        if one_per is None:
            raise errors.ConfigError(f"--{answer} needs the rule: add --one-per.")
        found = cluster(graph, threshold=threshold, **arguments)
    else:
        found = cluster(graph, threshold=threshold, **arguments, **rule)
    said = _said(answer, found, rule)
    if output is not None:
        write_crosswalk(said.clusters, output, confidence=confidence)
    if as_json:
        print_json(said.content())
        return
    said.show()
    print_note(said.clusters)
    if output is not None:
        print_written({output: "one row a cluster, one column a system"}, console=err)


def _answer_tree(tree: MergeTree, *, output: Path | None, as_json: bool) -> None:
    """Say what the clusters are at every threshold."""
    if output is not None:
        if output.suffix.lower() != ".svg":
            raise errors.ConfigError(
                "--tree has no crosswalk: name a file that ends in .svg, or leave -o out."
            )
        with write_atomically(output) as file:
            file.write(tree.to_svg().encode())
    if as_json:
        print_json(tree.to_dict())
    else:
        print_tree(tree)


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer about clusters, as data and as a table."""

    clusters: Clusters
    content: Callable[[], dict[str, Any]]
    show: Callable[[], None]


def _asked(**answers: bool) -> str | None:
    """Return the one answer that was asked for."""
    asked = [f"--{name}" for name, given in answers.items() if given]
    if len(asked) > 1:
        raise errors.ConfigError(f"{' and '.join(asked)} are different answers: ask for one.")
    return asked[0].removeprefix("--") if asked else None


def _said(answer: str | None, found: Clusters, rule: dict[str, Any]) -> _Said:
    """Work out an answer about clusters."""
    if answer == "audit":
        audited = audit_clusters(found, **rule)
        return _Said(found, audited.to_dict, lambda: print_audit(audited))
    if answer == "repair":
        mended = repair_clusters(found, **rule)
        return _Said(mended.clusters, mended.to_dict, lambda: print_repair(mended))
    if answer == "quality":
        return _Said(found, lambda: {"quality": list(found.quality)}, lambda: print_quality(found))
    if answer == "policies":
        return _Said(
            found,
            lambda: {"policy": found.policy.to_dict(), "effect": list(found.policy_effect)},
            lambda: print_policies(found),
        )

    def show() -> None:
        print_clusters(found)
        if found.one_per is None and found.level is not Level.INTEGRATION_SOURCE:
            print_advice(found.graph, found.level)

    return _Said(found, found.to_dict, show)


@app.command()
def evaluate(
    snapshot: SnapshotPath,
    *,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="A file of what is right: .csv with node_id and entity, or .json, also as .gz."
            " Without one, hide reviews from the clusters and see whether they foresee them.",
            show_default=False,
        ),
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="The truth has all there is: others are alone.")
    ] = False,
    skip_settled: Annotated[
        bool, typer.Option("--skip-settled", help="Leave out pairs that decisions settle.")
    ] = False,
    skip_missing: Annotated[
        bool,
        typer.Option(
            "--skip-missing/--require-nodes",
            help="Ignore nodes of the truth that are missing from the snapshot, or fail.",
        ),
    ] = True,
    folds: Annotated[int, typer.Option(help="Parts into which reviews are split.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the split.")] = 0,
    threshold: Threshold = None,
    method: Method = DEFAULT_METHOD,
    one_per: OnePer = None,
    calibrate: Calibrate = None,
    level: Annotated[Level, typer.Option(help="Level of the members.")] = Level.COLUMN,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="SVG", help="Draw how sure is how right.", show_default=False
        ),
    ] = None,
    decisions: DecisionsPath = None,
    catalogue: CataloguePath = None,
    names: NamesPath = None,
    columns: Columns = [],  # noqa: B006 - typer makes a new one
    ends: EndsOption = Ends.COLUMN,
    as_json: AsJson = False,
) -> None:
    """Say how right the clusters are, and whether links of a confidence are right that often."""
    graph = graph_from(snapshot, Reading(columns, ends, catalogue, names), decisions=decisions)
    missing = "skip" if skip_missing else "raise"
    options: dict[str, Any] = {
        "threshold": threshold,
        "method": method,
        "one_per": one_per,
        "calibrate": calibrate,
        "level": level,
    }
    found: Evaluation | CrossValidation
    if truth is None:
        known = None
        found = cross_validate(graph, folds=folds, seed=seed, **options)
    else:
        known = Truth.read(truth, complete=complete)
        settled = "skip" if skip_settled else "count"
        found = evaluate_clusters(
            cluster(graph, **options), known, settled=settled, missing=missing
        )
    sure = reliability(graph, truth=known, level=level, missing=missing)
    if output is not None:
        with write_atomically(output) as file:
            file.write(sure.to_svg().encode())
    if as_json:
        kind = "cross_validation" if truth is None else "evaluation"
        said = {} if known is None else {"truth": {"notes": list(known.notes)}}
        print_json({kind: found.to_dict(), "reliability": sure.to_dict(), **said})
        return
    out.print()
    if known is not None:
        out.print(repr(known).strip("<>"), markup=False, highlight=False)
        out.print()
    out.print(repr(found).strip("<>"), markup=False, highlight=False)
    out.print()
    out.print(str(sure), markup=False, highlight=False)
    if output is not None:
        print_written({output: "confidence against the share that is right"}, console=err)
