"""One result of every kind, from an organisation whose names attack and are long."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import hummgraph as hg
from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.frames import Listing
from tests.support.browsing import PAYLOADS
from tests.support.builders import catalogue, record, uid

if TYPE_CHECKING:
    from collections.abc import Callable

N_SYSTEMS, N_TABLES = 14, 12
STATUSES = ("SUGGESTED", "APPROVED", "SUGGESTED", "REJECTED", "SUGGESTED")


def hostile_name(number: int) -> str:
    """Return a name that is markup, turns text around, breaks lines, or is very long."""
    return (
        f"{PAYLOADS[number % len(PAYLOADS)]}\u202e\n\x1b[31m{number} {'long ' * (number % 7 * 12)}"
    )


@cache
def graph() -> hg.LinkGraph:
    """Return 14 systems with 12 tables each, linked column by column, in both directions."""
    ends = [
        [f"s{system}/t{table}.{name}" for system in range(N_SYSTEMS)]
        for table in range(N_TABLES)
        for name in ("id", "x")
    ]
    records: list[dict[str, Any]] = []
    for group, members in enumerate(ends):
        for step in (1, 2, 5):
            for at, source in enumerate(members):
                number = len(records)
                records.append(
                    record(
                        source,
                        members[(at + step) % N_SYSTEMS],
                        None if number % 17 == 0 else 1 - (number * 37 % 90) / 100,
                        status=STATUSES[(number + group) % len(STATUSES)],
                        link_type="DETERMINISTIC" if number % 3 else "PROBABILISTIC",
                        id=uid(f"hostile {number}"),
                        evidence={hostile_name(number): hostile_name(number + 1), "score": number},
                    )
                )
    # A cluster that spreads within a system, and a link that does not fit the contract.
    records.append(record("s0/t0.id", "s0/t0.x", 0.99, status="APPROVED", id=uid("within")))
    records += [record("s0/t0.id", "s1/t0.id", 7.5, id=uid(f"bad {n}")) for n in range(12)]
    rows = catalogue([end for members in ends for end in members])
    for column in rows["columns"]:
        column["is_primary_key"] = column["name"] == "id"
    for number, row in enumerate(row for kind in rows.values() for row in kind):
        row["name"] = hostile_name(number)
    rows["organization"] = [{"id": uid("organisation"), "name": hostile_name(3)}]
    rows["relationships"] = [
        {
            "id": uid(f"key {number}"),
            "integration_source_id": uid("s1"),
            "from_column_id": uid(f"s1/t{number % N_TABLES}.x"),
            "to_table_id": uid(f"s1/t{(number + 1) % N_TABLES}"),
            "to_column_name": "id",
            "status": "APPROVED",
            "score": 0.9,
        }
        for number in range(15)
    ]
    return hg.LinkGraph(hg.read_links(records, catalogue=rows))


@cache
def clusters() -> hg.Clusters:
    """Return clusters with contradictions, and with several members of one table."""
    return hg.cluster(graph(), method="components", threshold=0.3)


@cache
def decisions() -> Any:
    """Return what :func:`hummgraph.read_decisions` reads from a file of 40 decisions."""
    import tempfile
    from pathlib import Path

    made = [
        hg.Decision(uid(f"hostile {number}"), "REJECTED", note=hostile_name(number))
        for number in range(40)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "decisions.json")
        hg.write_decisions(made, path)
        return hg.read_decisions(path)


@cache
def truth() -> Truth:
    """Return a truth of many clusters."""
    return Truth.from_clusters(
        [[uid(f"s{s}/t{t}.id") for s in range(N_SYSTEMS)] for t in range(N_TABLES)]
    )


A, B = uid("s0/t0.id"), uid("s7/t0.id")
TABLES = uid("s0/t0"), uid("s7/t0")


@cache
def why() -> hg.Why:
    """Return why two columns are, or are not, in one cluster."""
    return hg.why(graph(), A, B, clusters=clusters())


@cache
def apart() -> hg.Why:
    """Return why two columns are in two clusters."""
    return hg.why(graph(), A, uid("s7/t1.id"))


@cache
def would() -> hg.Preview:
    """Return what forty decisions would change."""
    return hg.preview(graph(), decisions(), clusters=clusters())


@cache
def changed() -> hg.Diff:
    """Return what the same forty decisions changed."""
    return hg.diff(graph(), graph().with_decisions(decisions()), setting=clusters().setting)


@cache
def verification() -> hg.Verification:
    """Return what values say of links whose tables have one column of ids."""
    import pyarrow as pa

    nodes = graph().arrays.nodes
    ids = [f"key-{number:06}" for number in range(30)]
    tables = {
        nodes.id_text[at].as_py(): pa.table({"x": ids})
        for at in range(*nodes.first[[1, 2]].tolist())
    }
    return hg.verify(graph(), tables)


@cache
def identity_plan() -> hg.IdentityPlan:
    """Return an identity plan, whose names attack and are long."""
    tables = [uid(f"s{s}/t0") for s in range(N_SYSTEMS)]
    entity = next(one for one in hg.entities(graph(), threshold=0.0) if tables[0] in one.tables)
    return hg.identity_table(
        graph(), entity, schemas={table: f"raw.t{at}" for at, table in enumerate(entity.tables)}
    )


@cache
def identity_run() -> hg.IdentityRun:
    """Return what was counted when the table of the plan was made."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA raw")
    plan = identity_plan()
    for at, table in enumerate(plan.entity.tables):
        columns = {
            plan.places.name_of(column)
            for key in plan.keys
            for column in key.index
            if graph().node(column).parent == graph().index_of(table)
        } | {one.record_key for one in plan.tables if one.table_id == table}
        chosen = ", ".join("'x' AS \"" + name.replace('"', '""') + '"' for name in sorted(columns))
        connection.execute(f"CREATE TABLE raw.t{at} AS SELECT {chosen or '1 AS x'}")
    return plan.run(connection)


RESULTS: dict[str, Callable[[], Any]] = {
    "audit": lambda: hg.audit(clusters(), one_per="integration_source"),
    "catalogue": lambda: graph().snapshot.catalogue,
    "check_report": lambda: hg.check(graph(), clusters=clusters(), one_per="table"),
    "column_role": lambda: hg.roles(graph()).role_of(A),
    "cluster": lambda: clusters()[0],
    "clusters": clusters,
    "clusters_average": lambda: hg.cluster(graph()),
    "comparison": lambda: hg.compare_evidence(graph()),
    "condensation": lambda: hg.downstream(graph(), A).condensation(),
    "contradiction": lambda: clusters().contradictions[0],
    "contradictions": lambda: clusters().contradictions,
    "cross_validation": lambda: hg.cross_validate(graph(), folds=12),
    "crosswalk": lambda: clusters().crosswalk(),
    "decision": lambda: decisions()[0],
    "decisions": decisions,
    "decisions_laid_over": lambda: graph().with_decisions(decisions()).decisions,
    "decisions_and_names": lambda: Listing([*decisions(), hg.GivenName(A, "person email")]),
    "diagram": lambda: clusters().diagram(0),
    "diff": changed,
    "disjoint_paths": lambda: hg.disjoint_paths(graph(), A, B, limit=12),
    "entities": lambda: hg.entities(graph()),
    "entity": lambda: hg.entities(graph(), threshold=0.0).entities[0],
    "entity_evaluation": lambda: hg.evaluate_entities(
        hg.entities(graph()), [[uid(f"s{s}/t{t}") for s in range(N_SYSTEMS)] for t in range(2)]
    ),
    "entity_key": lambda: next(
        key for entity in hg.entities(graph(), threshold=0.0) for key in entity.keys
    ),
    "evaluation": lambda: hg.evaluate(clusters(), truth()),
    "evidence": lambda: hg.evidence_table(graph()),
    "pair_measure": lambda: verification().measures[0],
    "verification": verification,
    "given_name": lambda: hg.GivenName(A, "person email", who="Ada"),
    "graph": graph,
    "history": lambda: hg.merge_history(clusters(), 0),
    "identity_key": lambda: identity_plan().keys[0],
    "identity_plan": identity_plan,
    "identity_run": identity_run,
    "identity_table": lambda: identity_plan().tables[0],
    "join": lambda: hg.merge_history(clusters(), 0).joins[0],
    "splink_settings": lambda: hg.splink_settings(
        hg.LinkGraph(hg.datasets.load_demo().snapshot()),
        "person",
        tables=["HubSpot/contacts", "Salesforce/Contact"],
    ),
    "join_path": lambda: hg.join_paths(graph(), *TABLES).paths[0],
    "join_paths": lambda: hg.join_paths(graph(), *TABLES, k=12),
    "join_paths_missing": lambda: hg.join_paths(graph(), TABLES[0], uid("s7/t5")),
    "lineage": lambda: hg.downstream(graph(), A, max_depth=2),
    "lineage_both_ways": lambda: hg.neighborhood(graph(), A, directed=False),
    "link": lambda: graph().link(1),
    "link_path": lambda: hg.strongest_path(graph(), A, B),
    "link_paths": lambda: hg.strongest_paths(graph(), A, B, k=12),
    "links": lambda: graph().links,
    "lookup": lambda: hg.Lookup(hostile_name(1), "404", 3),
    "merge_tree": lambda: hg.merge_tree(graph()),
    "merged": lambda: hg.merge_decisions(
        decisions(),
        [hg.Decision(one.link_id, "APPROVED", who=hostile_name(9)) for one in decisions()],
    ),
    "node": lambda: graph().node(A),
    "obstacle": lambda: hg.Obstacle(
        "one_per", A, B, hostile_name(4), hostile_name(5), place=hostile_name(6)
    ),
    "one_per_advice": lambda: hg.suggest_one_per(graph()),
    "pair_confidence": lambda: hg.pair_confidence(graph(), A, B),
    "policy": lambda: graph().policy,
    "preview": would,
    "projection": lambda: graph().project("table"),
    "proposal": lambda: hg.merge_tree(graph()).proposal,
    "quality": lambda: clusters().quality,
    "question": lambda: next(hg.review_queue(graph(), clusters=clusters())),
    "review_queue": lambda: hg.review_queue(graph(), clusters=clusters()),
    "quarantine": lambda: graph().snapshot.quarantine,
    "quarantined": lambda: graph().snapshot.quarantine[0],
    "reason": lambda: graph().snapshot.quarantine[0].reasons[0],
    "relationships": lambda: graph().relationships,
    "reliability": lambda: hg.reliability(graph(), bins=20),
    "reliability_bin": lambda: hg.reliability(graph(), bins=20).bins[0],
    "repair": lambda: hg.repair(clusters(), one_per="integration_source"),
    "report": lambda: graph().snapshot.report,
    "roles": lambda: hg.roles(graph()),
    "snapshot": lambda: graph().snapshot,
    "floor_check": lambda: hg.cluster(graph()).floor_check,
    "review_bias": lambda: hg.cluster(graph()).floor_check.bias,
    "setting": lambda: hg.cluster(graph()).setting,
    "step": lambda: hg.strongest_path(graph(), A, B).steps[0],
    "summary": lambda: graph().summary(),
    "table_names": lambda: hg.find_table_names(
        graph(), [{"schema": hostile_name(1), "table": hostile_name(2), "column": "x"}]
    ),
    "truth": truth,
    "violation": lambda: hg.audit(clusters(), one_per="integration_source").violations[0],
    "violations": lambda: hg.audit(clusters(), one_per="integration_source").violations,
    "why_apart": apart,
    "why_together": why,
}
