"""Tests of checks: what each finds, against brute force."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph.algorithms.clustering.audit import audit
from hummgraph.algorithms.clustering.choice import Evidence
from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.review.check import CheckReport, check
from hummgraph.algorithms.review.checks import CHECKS, MIN_JUDGED
from hummgraph.algorithms.review.findings import MAX_NAMES
from hummgraph.algorithms.review.reports import MAX_CASES, MAX_SHOWN
from hummgraph.errors import ArgumentError, NodeNotFoundError
from hummgraph.frames import visible
from hummgraph.graph.decisions import Decision
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.algorithms.review.strategies import PLACES, STATUSES, TREES, settings_of
from tests.support.browsing import PAYLOADS
from tests.support.builders import Row, catalogue, graph, record, uid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HALF = Setting(method="components", threshold=0.5)


def checked(linked: LinkGraph, **options: Any) -> CheckReport:
    """Return the report under a plain setting."""
    return check(linked, **{"setting": HALF} | options)


def result(report: CheckReport, name: str) -> dict[str, Any]:
    """Return the row of a check."""
    (row,) = report.checks.filter(check=name)
    return row


def sentences(report: CheckReport, name: str) -> list[str]:
    """Return what a check found."""
    found: list[str] = report.findings.filter(check=name)["sentence"]
    return found


# --- decisions ---------------------------------------------------------------------------------

CONTRADICTION: list[Row] = [
    ("a/t.x", "b/t.x", 0.9, "APPROVED"),
    ("b/t.x", "c/t.x", 0.8, "APPROVED"),
    ("a/t.x", "c/t.x", 0.7, "REJECTED"),
    ("a/t.y", "c/t.y", 0.9, "REJECTED"),
]


def test_a_contradiction_names_the_links_that_make_it() -> None:
    """A REJECTED pair that approvals unite is found, with the least sure approval."""
    report = checked(graph(CONTRADICTION))

    assert report.failed == ("contradictions",)
    assert sentences(report, "contradictions") == [
        (
            "a/t.x = c/t.x is REJECTED, but APPROVED links make them one. Take the rejection back,"
            f" or the least sure approvals: {uid('link 1')}."
        )
    ]
    (row,) = report.findings
    assert (row["link_id"], row["source_path"], row["target_path"]) == (
        uid("link 2"),
        "a/t.x",
        "c/t.x",
    )
    assert row["cluster_name"] == report.clusters.names[0]


@pytest.mark.parametrize("policy", [Policy(approved="score"), Policy(rejected="score")])
def test_a_contradiction_does_not_depend_on_the_policy(policy: Policy) -> None:
    """Decisions contradict each other whether or not they bind."""
    report = checked(graph(CONTRADICTION, policy=policy))

    assert result(report, "contradictions")["value"] == 1
    assert uid("link 1") in sentences(report, "contradictions")[0]


def test_only_the_first_contradictions_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cuts take time; from a number on they are left out."""
    monkeypatch.setattr("hummgraph.algorithms.review.checks.MAX_EXPLAINED", 0)

    assert sentences(checked(graph(CONTRADICTION)), "contradictions") == [
        "a/t.x = c/t.x is REJECTED, but APPROVED links make them one."
    ]


def test_rejected_pairs_are_together_where_no_rejection_binds() -> None:
    """Links that a policy scores join their ends, which reviewers had kept apart."""
    report = checked(graph(CONTRADICTION, policy=Policy(rejected="score")))

    assert sentences(report, "rejected_together") == [
        "a/t.y = c/t.y is REJECTED, and both are in one cluster. The policy lets no rejection bind."
    ]
    assert result(checked(graph(CONTRADICTION)), "rejected_together")["status"] == "passed"


CROWDED: list[Row] = [
    ("a/t.x", "b/t.x", 0.9),
    ("a/t.y", "b/t.x", 0.6),
    ("c/t.x", "d/t.x", 0.9, "APPROVED"),
    ("c/t.y", "d/t.x", 0.9, "APPROVED"),
]


def test_violations_are_of_a_rule_that_is_named() -> None:
    """Without a rule in the setting the check does not run, unless a rule is given."""
    linked = graph(CROWDED)
    without, ruled = checked(linked), checked(linked, one_per="table")

    assert result(without, "violations")["status"] == "not run"
    assert "no rule" in result(without, "violations")["sentence"]
    assert result(ruled, "violations")["value"] == 2
    tied, cut = sorted(sentences(ruled, "violations"), key=len)
    assert cut.endswith(
        " has 2 members of a/t: a/t.x, a/t.y. The least sure links to reject: "
        + uid("link 1")
        + "."
    )
    assert tied.endswith(" has 2 members of c/t: c/t.x, c/t.y. APPROVED links unite them.")
    assert result(checked(linked, one_per="table", many_in=["a", "c"]), "violations")["value"] == 0


def test_violations_are_of_the_rule_of_the_setting() -> None:
    """Under a rule only approvals break it; systems exempt there are exempt here."""
    linked = graph(CROWDED)
    setting = Setting(method="components", threshold=0.5, one_per="table")  # type: ignore[arg-type]
    exempt = Setting(
        method="components",
        threshold=0.5,
        one_per="table",  # type: ignore[arg-type]
        many_in=(uid("c"),),
    )

    assert result(checked(linked, setting=setting), "violations")["value"] == 1
    assert result(checked(linked, setting=exempt), "violations")["value"] == 0


def test_only_the_first_violations_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the others the members are listed, and no links to cut."""
    monkeypatch.setattr("hummgraph.algorithms.review.checks.MAX_EXPLAINED", 0)
    found = sentences(checked(graph(CROWDED), one_per="table"), "violations")

    assert all(line.endswith(".y.") for line in found)


def test_long_lists_of_names_say_how_many_more() -> None:
    """A sentence lists eight names."""
    rows: list[Row] = [(f"a/t.c{n:02}", "b/t.x", 0.9) for n in range(12)]
    (found,) = sentences(checked(graph(rows), one_per="table"), "violations")

    assert found.count("a/t.c") == MAX_NAMES
    assert " and 4 more." in found


# --- links that are gone -----------------------------------------------------------------------

OLD: list[Row] = [
    ("a/t.x", "b/t.x", 0.9, "APPROVED"),
    ("a/t.y", "b/t.y", 0.9, "REJECTED"),
    ("a/t.z", "b/t.z", 0.9, "SUGGESTED"),
]
ENDS = [place for row in OLD for place in row[:2]]


def now(*rows: tuple[str, str, str, str], but: Sequence[str] = ()) -> LinkGraph:
    """Return a graph of links with ids of their own, whose catalogue has most columns of before."""
    records = [
        record(one, other, 0.9, status=status, id=uid(name)) for one, other, status, name in rows
    ]
    return LinkGraph(read_links(records, catalogue=catalogue(set(ENDS) - {*but})))


def test_decided_links_that_vanished_are_found() -> None:
    """An APPROVED and a REJECTED link that are gone are found, and no suggestion."""
    report = checked(now(), against=graph(OLD))

    assert sorted(sentences(report, "vanished")) == [
        "a/t.x = b/t.x is APPROVED, but the link is gone.",
        "a/t.y = b/t.y is REJECTED, but the link is gone.",
    ]
    assert result(report, "vanished")["status"] == "failed"


def test_a_decision_that_another_link_has_is_not_lost() -> None:
    """A link that is there again under another id, in either direction, keeps the decision."""
    report = checked(
        now(("b/t.x", "a/t.x", "APPROVED", "new"), ("a/t.y", "b/t.y", "SUGGESTED", "other")),
        against=graph(OLD),
    )

    assert sentences(report, "vanished") == [
        (
            f"a/t.y = b/t.y is REJECTED, but the link is gone; link {uid('other')} joins the two"
            " now, and is SUGGESTED."
        )
    ]


def test_decisions_of_a_file_are_lost_with_their_links() -> None:
    """Without an earlier state, decisions whose link is missing are found."""
    ends: dict[str, Any] = {"source": uid("a/t.x"), "target": uid("b/t.x")}
    decisions = [
        Decision(uid("link 0"), "APPROVED", **ends),
        Decision(uid("link 1"), "REJECTED"),
        Decision(uid("link 2"), "SUGGESTED"),
        Decision(uid("elsewhere"), "REJECTED", source=uid("q/t.x"), target=uid("b/t.x")),
    ]
    report = checked(now().with_decisions(decisions, missing="skip"))

    assert sorted(sentences(report, "vanished")) == sorted(
        [
            "a/t.x = b/t.x is APPROVED, but the link is gone.",
            f"Link {uid('link 1')} is REJECTED, but gone.",
            (
                f"{uid('q/t.x')} = b/t.x is REJECTED, but the link is gone, and {uid('q/t.x')} is"
                " deleted."
            ),
        ]
    )
    laid = now(("a/t.x", "b/t.x", "SUGGESTED", "link 0")).with_decisions(decisions[:1])
    assert result(checked(laid), "vanished")["status"] == "passed"
    assert result(checked(now()), "vanished")["status"] == "not run"


def test_a_later_decision_replaces_the_status_of_before() -> None:
    """A decision that the file takes back is not lost; another status is that of the file."""
    later = [Decision(uid("link 0"), "SUGGESTED"), Decision(uid("link 1"), "APPROVED")]
    report = checked(now().with_decisions(later, missing="skip"), against=graph(OLD))

    assert sentences(report, "vanished") == ["a/t.y = b/t.y is APPROVED, but the link is gone."]


def test_a_decision_about_a_node_of_before_has_its_name() -> None:
    """A node that only the earlier state has is called by its name there."""
    gone = Decision(uid("q"), "REJECTED", source=uid("a/t.x"), target=uid("b/t.x"))
    report = checked(
        now(but=["a/t.x"]).with_decisions([gone], missing="skip"), against=graph(OLD[2:], also=ENDS)
    )

    assert sentences(report, "vanished") == [
        "a/t.x = b/t.x is REJECTED, but the link is gone, and a/t.x is deleted."
    ]


def test_columns_deleted_under_an_approved_link_are_found() -> None:
    """Deleted in the catalogue, or gone from it with the link: one check has both."""
    marked = graph(OLD, inactive=["a/t.x", "b/t.y"])
    report = checked(marked)
    assert sentences(report, "deleted") == ["a/t.x = b/t.x is APPROVED, but a/t.x is deleted."]
    both = checked(graph(OLD, inactive=["a", "b/t.x"]))
    assert sentences(both, "deleted") == [
        "a/t.x = b/t.x is APPROVED, but a/t.x and b/t.x are deleted."
    ]

    gone = checked(now(but=["a/t.x", "b/t.x", "a/t.y"]), against=graph(OLD))
    assert sentences(gone, "deleted") == [
        "a/t.x = b/t.x is APPROVED, but the link is gone, and a/t.x and b/t.x are deleted."
    ]
    assert sentences(gone, "vanished") == [
        "a/t.y = b/t.y is REJECTED, but the link is gone, and a/t.y is deleted."
    ]


def test_without_a_catalogue_no_column_is_deleted() -> None:
    """If no column has a name, a column without links is not known to be gone."""
    bare = LinkGraph(read_links([record("a/t.z", "b/t.z", id=uid("link 2"))]))
    report = checked(bare, against=graph(OLD))

    assert result(report, "deleted")["value"] == 0
    assert result(report, "vanished")["value"] == 2


# --- shares ------------------------------------------------------------------------------------


def test_coverage_is_of_members_that_are_not_deleted() -> None:
    """Four of seven living columns are in clusters; the least covered systems are named."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9), ("a/t.y", "b/t.y", 0.9), ("c/t.x", "a/t.z", 0.1)]
    linked = graph(rows, also=["c/t.y"], inactive=["c/t.y"])
    report = checked(linked, limits={"coverage": 0.6})

    assert result(report, "coverage")["value"] == pytest.approx(4 / 6)
    assert report.failed == ()
    assert checked(linked, limits={"coverage": 0.7}).failed == ("coverage",)
    assert sentences(checked(linked, limits={"coverage": 0.7}), "coverage") == [
        (
            "4 of 6 columns (66.7%) are in a cluster. Least covered: c (0 of 1), a (2 of 3). The"
            " limit is 0.7."
        )
    ]
    without = result(checked(linked), "coverage")
    assert (without["status"], without["limit"]) == ("not run", None)
    assert without["sentence"].startswith("There is no limit. 4 of 6 columns")


def test_coverage_may_be_of_systems_and_whole() -> None:
    """Clusters of systems cover systems; what is covered wholly is not named."""
    systems = cluster(graph([("a", "b", 0.9)]), setting=HALF, level="integration_source")
    report = check(systems.graph, clusters=systems, limits={"coverage": 1})

    assert result(report, "coverage")["sentence"] == "2 of 2 systems (100.0%) are in a cluster."
    assert result(report, "coverage")["status"] == "passed"


def test_an_empty_catalogue_covers_nothing() -> None:
    """Without columns the share is 0, which fails where there is a limit."""
    bare = graph([("a", "b", 0.9)])
    assert "no column" in result(checked(bare), "coverage")["sentence"]
    assert checked(bare, limits={"coverage": 0.1}).failed == ("coverage",)
    nothing = LinkGraph(read_links([]))
    for report in (checked(nothing), checked(nothing, against=nothing)):
        assert report.failed == ()
        assert len(report.checks) == report.to_junit().count("<testcase ") == len(CHECKS)
    assert checked(nothing, against=graph(OLD)).failed == ("vanished",)


def test_coverage_names_known_systems_only() -> None:
    """A column whose table is not known has no system that could be named."""
    lone = record("a/t.x", "b/t.x", 0.9)
    for side in ("source", "target"):
        del lone[f"{side}_table_id"]
    adrift = LinkGraph(read_links([lone]))
    assert result(checked(adrift), "coverage")["sentence"] == (
        "There is no limit. 2 of 2 columns (100.0%) are in a cluster."
    )


def judged(right: int, wrong: int, confidence: float = 0.9) -> LinkGraph:
    """Return a graph with decided links of one confidence."""
    return graph(
        [
            (f"a/t{n}.x", f"b/t{n}.x", confidence, "APPROVED" if n < right else "REJECTED")
            for n in range(right + wrong)
        ]
    )


def test_calibration_is_off_where_decisions_say_otherwise() -> None:
    """Links of confidence 0.9 of which 4 of 20 are right lie far outside the interval."""
    report = checked(judged(4, 16))
    share = hg.reliability(judged(4, 16)).bins[9]

    assert result(report, "calibration")["value"] == pytest.approx(0.9 - (share.high or 0))
    assert report.failed == ("calibration",)
    assert sentences(report, "calibration") == [
        (
            "Confidences are off by 0.484, beyond chance: of 20 decided links, 4 are right, and"
            " 18.0 were expected. The limit is 0.1."
        )
    ]
    assert result(checked(judged(18, 2)), "calibration")["value"] == 0


def test_calibration_needs_enough_decided_links() -> None:
    """With one link less it does not run; links chosen by their value do not count."""
    few = checked(judged(4, MIN_JUDGED - 5))
    assert result(few, "calibration")["status"] == "not run"
    assert "19 links of 20" in result(few, "calibration")["sentence"]
    asked = judged(4, 16).with_decisions([Decision(uid("link 0"), "APPROVED", asked="chosen")])
    assert result(checked(asked), "calibration")["status"] == "not run"


def test_calibration_is_of_the_scores_of_the_setting() -> None:
    """Probabilities of a held setting are compared, not confidences."""
    linked = judged(4, 16)
    plain: dict[str, Any] = {"method": "components", "threshold": 0.5}
    sure = Setting(**plain, calibrate="decisions", weights=(5.0, 1.0))
    doubtful = Setting(**plain, calibrate="decisions", weights=(-3.9, 1.0))

    assert checked(linked, setting=sure).failed == ("calibration",)
    assert "Probabilities are off by" in sentences(checked(linked, setting=sure), "calibration")[0]
    assert result(checked(linked, setting=doubtful), "calibration")["value"] == 0
    rivals = checked(linked, setting=Setting(**plain, calibrate="competition"))
    assert "not probabilities" in result(rivals, "calibration")["sentence"]
    both = Setting(**plain, calibrate="both", weights=(0.0, 1.0), no_match=0.3)
    problem = cluster(linked, setting=both).problem
    assert result(checked(linked, setting=both), "calibration")["value"] > 0.3
    # Rivals are those before anything was decided: each link is alone.
    assert len(set(Evidence.of(problem).decided_shares(0.3).tolist())) == 1


# --- clusters that split or merged -------------------------------------------------------------

CHAIN: list[Row] = [
    ("a/t.x", "b/t.x", 0.9),
    ("b/t.x", "c/t.x", 0.9),
    ("c/t.x", "d/t.x", 0.9),
]


def chain(*changes: tuple[int, float, str], n: int = 3, also: Sequence[str] = ()) -> LinkGraph:
    """Return a chain of four columns, with other confidences and statuses of some links."""
    rows: list[Any] = list(CHAIN[:n])
    for at, confidence, status in changes:
        rows[at] = (*rows[at][:2], confidence, status)
    return graph(rows, also=[*(place for row in CHAIN for place in row[:2]), *also])


def test_a_cluster_that_split_is_found_with_the_link_that_did_it() -> None:
    """A link that lost its confidence is named; the reverse is a merge."""
    weak = chain((1, 0.1, "SUGGESTED"))
    apart, joined = checked(weak, against=chain()), checked(chain(), against=weak)

    assert apart.failed == ("split",)
    (found,) = sentences(apart, "split")
    assert found.endswith(" without a decision, because of b/t.x = c/t.x (re-scored).")
    assert found.startswith("x (4) became x (2), t x (a) (2) ")
    assert joined.failed == ("merged",)
    assert sentences(joined, "merged") == [
        (
            "t x (2), t x (a) (2) became t x (4) without a decision, because of b/t.x = c/t.x"
            " (re-scored)."
        )
    ]


@pytest.mark.parametrize("status", ["APPROVED", "REJECTED"])
def test_a_decision_explains_what_it_changes(status: str) -> None:
    """Neither a decision, nor one that is taken back, nor a link that comes decided is found."""
    confidence = 0.1 if status == "APPROVED" else 0.9
    decided = chain((1, confidence, status))
    plain = chain((1, confidence, "SUGGESTED"))

    assert checked(decided, against=plain).failed == ()
    assert checked(plain, against=decided).failed == ()
    if status == "APPROVED":
        assert checked(chain((2, confidence, status)), against=chain(n=2)).failed == ()


def test_an_approved_link_that_is_gone_is_no_decision() -> None:
    """Both its loss and the split are found."""
    report = checked(chain(n=2), against=chain((2, 0.9, "APPROVED")))
    assert report.failed == ("vanished",)  # one member alone: the cluster shrank
    rows: list[Row] = [*CHAIN[:1], (*CHAIN[1][:2], 0.9, "APPROVED"), CHAIN[2]]
    whole = graph(rows)
    linked = read_links(
        [
            record(*CHAIN[0][:2], 0.9, id=uid("link 0")),
            record(*CHAIN[2][:2], 0.9, id=uid("link 2")),
        ],
        catalogue=catalogue(place for row in CHAIN for place in row[:2]),
    )
    report = checked(LinkGraph(linked), against=whole)

    assert report.failed == ("vanished", "split")
    assert "b/t.x = c/t.x (removed)" in sentences(report, "split")[0]


def test_clusters_that_swap_members_split_and_merged() -> None:
    """Clusters that became others are found by both checks; one that won and lost is not."""
    sides = [("a/t.x", "b/t.x"), ("a/t.x", "c/t.x"), ("p/t.y", "q/t.y"), ("c/t.x", "p/t.y")]
    before: list[Row] = [(*sides[0], 0.9), (*sides[1], 0.9), (*sides[2], 0.9), (*sides[3], 0.1)]
    after: list[Row] = [(*sides[0], 0.9), (*sides[1], 0.1), (*sides[2], 0.9), (*sides[3], 0.9)]
    report = checked(graph(after), against=graph(before))

    assert report.failed == ("split", "merged")
    assert sentences(report, "split") == sentences(report, "merged")
    assert sentences(report, "split")[0].endswith("(re-scored).")

    lost: list[Row] = [(*sides[0], 0.9), (*sides[1], 0.9), ("a/t.x", "d/t.x", 0.1)]
    won: list[Row] = [(*sides[0], 0.9), (*sides[1], 0.1), ("a/t.x", "d/t.x", 0.9)]
    assert checked(graph(won), against=graph(lost)).failed == ()


def test_more_causes_are_counted() -> None:
    """A sentence names three links."""
    columns = [f"{system}/t.x" for system in "abcdefgh"]
    links = [(one, other) for half in (columns[:4], columns[4:]) for one, other in pairwise(half)]
    bridges = [(columns[at], columns[at + 4]) for at in range(4)]
    weak: list[Row] = [*((*pair, 0.9) for pair in links), *((*pair, 0.1) for pair in bridges)]
    strong: list[Row] = [(*pair, 0.9) for pair in (*links, *bridges)]
    (found,) = sentences(checked(graph(strong), against=graph(weak)), "merged")

    assert found.count("(re-scored)") == 3
    assert found.endswith(" and 1 more.")


def test_columns_that_lie_elsewhere_may_be_the_cause() -> None:
    """Under a rule, a column that moved to another table may join."""
    rows: list[Row] = [("a/t.x", "b/t.x", 0.9), ("b/t.x", "a/u.x", 0.8)]
    ruled = Setting(method="components", threshold=0.5, one_per="table")  # type: ignore[arg-type]
    rows += [("a/u.x", "c/t.x", 0.95)]
    moved = catalogue(place for row in rows for place in row[:2])
    for column in moved["columns"]:
        if column["id"] == uid("a/u.x"):
            column["table_id"] = uid("a/t")
    records = []
    for number, (row, confidence) in enumerate(zip(rows, (0.9, 0.8, 0.95), strict=True)):
        one = record(row[0], row[1], confidence, id=uid(f"link {number}"))
        for side in ("source", "target"):
            if one[f"{side}_column_id"] == uid("a/u.x"):
                one[f"{side}_table_id"] = uid("a/t")
        records.append(one)
    together, apart = graph(rows), LinkGraph(read_links(records, catalogue=moved))
    report = checked(apart, against=together, setting=ruled)

    assert report.failed == ("split",)
    assert "because of columns that lie elsewhere." in sentences(report, "split")[0]


# --- against brute force -----------------------------------------------------------------------


@st.composite
def states(draw: st.DrawFn) -> tuple[LinkGraph, LinkGraph]:
    """Draw two states of a catalogue: links stay, go, come, and change their status and id."""
    places = PLACES[:9]
    policy = draw(st.sampled_from([None, None, Policy(approved="score"), Policy(rejected="score")]))
    graphs: list[LinkGraph] = []
    records: dict[str, Any] = {}
    for _ in range(2):
        link = st.tuples(
            st.sampled_from(places),
            st.sampled_from(places),
            st.sampled_from([0.2, 0.5, 0.9, None]),
            st.sampled_from(STATUSES),
            st.integers(0, 2),
        )
        size = draw(st.integers(1, 5 if graphs else 25))
        drawn = draw(st.lists(link, min_size=size, max_size=size))
        gone = draw(st.sets(st.sampled_from(sorted(records)), max_size=4)) if records else ()
        records = {one: records[one] for one in records.keys() - gone}
        records |= {
            uid(f"{one} {other} {n}"): record(
                one, other, score, status=status, id=uid(f"{one} {other} {n}")
            )
            for one, other, score, status, n in drawn
        }
        known = draw(st.lists(st.sampled_from(PLACES), min_size=4, unique=True))
        inactive = draw(st.lists(st.sampled_from(known), max_size=2))
        rows = catalogue(known, inactive=inactive)
        graphs.append(LinkGraph(read_links(list(records.values()), catalogue=rows), policy=policy))
    return graphs[0], graphs[1]


def ends_of(linked: LinkGraph, link_id: str) -> frozenset[str]:
    """Return the ids of the ends of a link."""
    link = linked.link(link_id)
    return frozenset((link.source, link.target))


@given(st.data())
def test_checks_are_those_of_brute_force(data: st.DataObject) -> None:
    """Each check of decisions, clusters and coverage finds what its definition says."""
    old, new = data.draw(states())
    setting = data.draw(settings_of(TREES))
    report = check(new, against=old, setting=setting, one_per="table", limits={"coverage": 1.0})
    found = {name: report.findings.filter(check=name) for name in CHECKS}
    links = [new.link(index) for index in range(new.n_links)]
    clusters = cluster(new, setting=setting)

    approved: nx.Graph[str] = nx.Graph()
    approved.add_nodes_from(end for link in links for end in (link.source, link.target))
    approved.add_edges_from((one.source, one.target) for one in links if one.status == "APPROVED")
    rejected = [one for one in links if one.status == "REJECTED" and one.source != one.target]
    contradictions = {
        one.link_id for one in rejected if nx.has_path(approved, one.source, one.target)
    }
    assert set(found["contradictions"]["link_id"]) == contradictions
    together = {
        one.link_id
        for one in rejected
        if (label := clusters.cluster_of(one.source)) is not None
        and label == clusters.cluster_of(one.target)
    }
    assert set(found["rejected_together"]["link_id"]) == together - contradictions
    if new.policy == Policy():
        assert contradictions == {one.link_id for one in clusters.contradictions}
        assert not found["rejected_together"]

    violations = audit(clusters, one_per="table").violations
    assert len(found["violations"]) == len(violations)

    before = [old.link(index) for index in range(old.n_links)]
    ids = {one.link_id for one in links}
    lost = {
        one.link_id: one
        for one in before
        if one.status != "SUGGESTED"
        and one.link_id not in ids
        and not any(
            {two.source, two.target} == {one.source, one.target} and two.status == one.status
            for two in links
        )
    }
    nodes = set(new.nodes["node_id"])
    deleted = {
        one.link_id
        for one in lost.values()
        if one.status == "APPROVED" and not {one.source, one.target} <= nodes
    }
    assert set(found["vanished"]["link_id"]) == set(lost) - deleted
    under = {
        one.link_id
        for one in links
        if one.status == "APPROVED"
        and (new.node(one.source).deleted or new.node(one.target).deleted)
    }
    assert set(found["deleted"]["link_id"]) == deleted | under

    living = [node for node in map(new.node, range(new.n_nodes)) if not node.deleted]
    columns = [node.node_id for node in living if node.level == "column"]
    covered = sum(clusters.cluster_of(node) is not None for node in columns)
    row = result(report, "coverage")
    assert row["value"] == pytest.approx(covered / max(len(columns), 1))
    changes = hg.diff(old, new, setting=setting)
    causes: dict[int, list[dict[str, Any]]] = {}
    for one in changes.causes:
        causes.setdefault(one["row"], []).append(one)
    expected = {"split": 0, "merged": 0}
    for at, change in enumerate(changes.changes):
        counts = [len((change[ids] or "").split("; ")) for ids in ("before_ids", "after_ids")]
        decided = any(
            cause["status"] in {"APPROVED", "REJECTED"}
            if cause["cause"] == "added"
            else cause["cause"] == "re-decided"
            for cause in causes.get(at, [])
        )
        if not decided:
            expected["split"] += counts[1] > 1
            expected["merged"] += counts[0] > 1
    assert {name: len(found[name]) for name in expected} == expected

    for name, kind in CHECKS.items():
        row = result(report, name)
        if not kind.is_share and row["status"] != "not run":
            assert row["value"] == len(found[name])
        assert (name in report.failed) == (row["status"] == "failed") == bool(found[name])


@given(
    st.lists(st.tuples(st.sampled_from([0.05, 0.1, 0.35, 0.9, 1.0]), st.booleans()), min_size=20)
)
def test_calibration_is_that_of_brute_force(decided: list[tuple[float, bool]]) -> None:
    """The mean distance of each bin from Wilson's interval, weighted by links."""
    linked = graph(
        [
            (f"a/t{n}.x", f"b/t{n}.x", score, "APPROVED" if right else "REJECTED")
            for n, (score, right) in enumerate(decided)
        ]
    )
    off = 0.0
    for number in range(10):
        here = [(one, right) for one, right in decided if min(int(one * 10), 9) == number]
        if not here:
            continue
        n, share, z2 = len(here), np.mean([right for _, right in here]), 1.959963984540054**2
        mean = np.mean([one for one, _ in here])
        middle = (share + z2 / (2 * n)) / (1 + z2 / n)
        half = z2**0.5 / (1 + z2 / n) * (share * (1 - share) / n + z2 / (4 * n * n)) ** 0.5
        low, high = min(share, middle - half), max(share, middle + half)
        off += n * max(0.0, low - mean, mean - high)
    found = result(checked(linked), "calibration")["value"]

    assert found == pytest.approx(off / len(decided), abs=1e-8)


# --- what fails, and arguments -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "why"),
    [("split", "earlier state"), ("vanished", "earlier state"), ("coverage", "limit")],
)
def test_a_check_that_is_named_must_be_able_to_fail(name: str, why: str) -> None:
    """A job that forgot the earlier state would never fail; without names, nothing is relied on."""
    linked = graph(CONTRADICTION)
    with pytest.raises(ArgumentError, match=f"{name}, cannot run: There is no .*{why}"):
        checked(linked, fail_on=["contradictions", name])
    assert result(checked(linked), name)["status"] == "not run"
    if name != "coverage":
        assert checked(linked, fail_on=[name], against=linked).failed == ()


def test_only_chosen_checks_fail() -> None:
    """Others that find something are noted and listed; a limit allows some."""
    linked = graph(CONTRADICTION)
    noted = checked(linked, fail_on=["violations"])

    assert noted.failed == ()
    assert result(noted, "contradictions")["status"] == "noted"
    assert noted.findings["status"] == ["noted"]
    assert checked(linked, fail_on="contradictions").failed == ("contradictions",)
    allowed = checked(linked, limits={"contradictions": 1})
    assert (allowed.failed, len(allowed.findings)) == ((), 0)
    assert result(allowed, "contradictions")["sentence"] == "1 found, at most 1 allowed."
    free = result(checked(linked, limits={"contradictions": None}), "contradictions")
    assert (free["status"], free["sentence"]) == ("passed", "1 found.")


def test_the_setting_of_before_is_held() -> None:
    """Without a setting, that of the earlier state is held, and then that of the graph."""
    old, new = graph(CONTRADICTION), graph([*CONTRADICTION, *OLD])

    held = check(new, against=old)
    assert held.before is not None
    assert held.clusters.setting == held.before.setting == cluster(old).setting
    assert check(new).clusters.setting == cluster(new).setting
    given_clusters = cluster(new, setting=HALF)
    assert check(new, clusters=given_clusters, against=old).before.setting == HALF  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"fail_on": ["contradiction"]}, "Did you mean 'contradictions'"),
        ({"fail_on": ["zzz"]}, "there is no such check; there are contradictions, viol"),
        ({"fail_on": 3}, "fail_on is 3; it must be a list"),
        ({"limits": ["coverage"]}, "limits is a value of type list"),
        ({"limits": {"cover": 1}}, "limits names 'cover'"),
        ({"limits": {"coverage": 1.5}}, "coverage is 1.5; it must be a number in \\[0, 1\\]"),
        ({"limits": {"coverage": True}}, "coverage is True"),
        ({"limits": {"coverage": "1"}}, "coverage is '1'"),
        ({"limits": {"vanished": 0.5}}, "vanished is 0.5; it must be a whole number, 0 or more"),
        ({"limits": {"vanished": -1}}, "vanished is -1"),
        ({"one_per": "row"}, "one_per is 'row'"),
        ({"many_in": ["a"]}, "without one_per it has no effect"),
        ({"against": 3}, "takes a LinkGraph"),
        ({"clusters": 3}, "clusters= must be Clusters"),
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any], message: str) -> None:
    """The error says what was wrong and what is allowed."""
    with pytest.raises(ArgumentError, match=message) as refused:
        check(graph(OLD), **wrong)
    assert refused.value.code == "argument"


def test_clusters_are_of_the_graph_and_have_the_setting() -> None:
    """Clusters of other decisions are refused, and so are two settings."""
    linked = graph(OLD)
    clusters = cluster(linked, setting=HALF)

    with pytest.raises(ArgumentError, match="belong to another graph"):
        check(graph(CONTRADICTION), clusters=clusters)
    with pytest.raises(ArgumentError, match="Clusters have a setting"):
        check(linked, clusters=clusters, setting=HALF)
    with pytest.raises(NodeNotFoundError):
        check(linked, one_per="table", many_in=["nowhere"])


# --- formats -----------------------------------------------------------------------------------


def many(n: int) -> LinkGraph:
    """Return a graph with a number of contradictions."""
    rows: list[Row] = []
    for at in range(n):
        rows.append((f"a/t{at}.x", f"b/t{at}.x", 0.9, "APPROVED"))
        rows.append((f"a/t{at}.x", f"b/t{at}.x", 0.9, "REJECTED"))
    return graph(rows)


def hostile() -> CheckReport:
    """Return a report with names that are markup."""
    names = [
        *PAYLOADS[:6],
        "`code`",
        "``two``",
        " blank ",
        "@everyone #1",
        "a|b",
        "{braces} {0}",
        "]]>",
        "\u202e\x00\x1b[31m",
    ]
    rows = catalogue(f"{side}/t.c{n}" for n in range(len(names)) for side in "ab")
    for column in rows["columns"]:
        column["name"] = names[int(column["name"][1:])]
    records = [
        record(f"a/t.c{n}", f"b/t.c{n}", 0.9, status=status, id=uid(f"{status} {n}"))
        for n in range(len(names))
        for status in ("APPROVED", "REJECTED")
    ]
    linked = LinkGraph(read_links(records, catalogue=rows))
    return checked(linked, fail_on=["violations"], limits={"coverage": 1})


GRAMMAR = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="testsuites"><xs:complexType><xs:sequence>
    <xs:element name="testsuite"><xs:complexType><xs:sequence>
      <xs:element name="properties"><xs:complexType/></xs:element>
      <xs:element name="testcase" maxOccurs="unbounded"><xs:complexType>
        <xs:choice minOccurs="0">
          <xs:element name="skipped"><xs:complexType>
            <xs:attribute name="message" type="xs:string"/>
          </xs:complexType></xs:element>
          <xs:element name="failure"><xs:complexType><xs:simpleContent>
            <xs:extension base="xs:string">
              <xs:attribute name="message" type="xs:string"/>
              <xs:attribute name="type" type="xs:string" use="required"/>
            </xs:extension>
          </xs:simpleContent></xs:complexType></xs:element>
        </xs:choice>
        <xs:attribute name="name" type="xs:token" use="required"/>
        <xs:attribute name="classname" type="xs:token" use="required"/>
        <xs:attribute name="time" type="xs:decimal" use="required"/>
      </xs:complexType></xs:element>
      <xs:element name="system-out" type="xs:string"/>
      <xs:element name="system-err" type="xs:string"/>
    </xs:sequence>
    <xs:attribute name="name" type="xs:token" use="required"/>
    <xs:attribute name="package" type="xs:token" use="required"/>
    <xs:attribute name="id" type="xs:int" use="required"/>
    <xs:attribute name="hostname" type="xs:token" use="required"/>
    <xs:attribute name="timestamp" type="xs:dateTime" use="required"/>
    <xs:attribute name="tests" type="xs:int" use="required"/>
    <xs:attribute name="failures" type="xs:int" use="required"/>
    <xs:attribute name="errors" type="xs:int" use="required"/>
    <xs:attribute name="skipped" type="xs:int" use="required"/>
    <xs:attribute name="time" type="xs:decimal" use="required"/>
    </xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
"""
"""Elements that the schemas of Ant and of Jenkins both allow, and require."""


REPORTS: dict[str, Callable[[], CheckReport]] = {
    "failed": lambda: checked(many(3)),
    "passed": lambda: checked(graph(OLD)),
    "noted": lambda: checked(many(3), fail_on=()),
    "hostile": hostile,
    "long": lambda: checked(many(MAX_CASES + 30)),
    "compared": lambda: checked(
        judged(4, 16), against=judged(4, 16), one_per="table", limits={"coverage": 0}
    ),
    "demo": lambda: check(LinkGraph(hg.datasets.load_demo().snapshot())),
}


@pytest.mark.parametrize("name", REPORTS)
def test_junit_is_valid_and_counts(name: str) -> None:
    """XML by the schema; failures and skipped cases are those that are counted."""
    report = REPORTS[name]()
    text = report.to_junit()
    assert text == REPORTS[name]().to_junit()
    etree = pytest.importorskip("lxml.etree")
    root = etree.fromstring(text.encode())
    etree.XMLSchema(etree.fromstring(GRAMMAR)).assertValid(root)
    suite = root[0]

    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == list(CHECKS)
    assert tuple(case.get("name") for case in cases if case.find("failure") is not None) == (
        report.failed
    )
    assert int(suite.get("tests")) == len(CHECKS)
    assert int(suite.get("failures")) == len(report.failed)
    assert int(suite.get("skipped")) == report.checks["status"].count("not run")
    for case in suite.findall("testcase/failure"):
        number = sum(
            report.findings["check"][at] == case.get("type") for at in range(len(report.findings))
        )
        lines = case.text.split("\n")
        assert len(lines) == min(number, MAX_CASES) + (number > MAX_CASES)
    noted = [row["sentence"] for row in report.findings.filter(status="noted")]
    assert (suite.findtext("system-out") or "") == "\n".join(noted)


@pytest.mark.parametrize("name", REPORTS)
def test_text_and_markdown_say_all_or_how_many(name: str) -> None:
    """The first twenty findings of each check, and the number of all."""
    report = REPORTS[name]()
    text, markdown = report.to_text(), report.to_markdown()

    for check_name in CHECKS:
        found = sentences(report, check_name)
        for shown in found[:MAX_SHOWN]:
            assert f"  {shown}\n" in text
        more = f"Shown {MAX_SHOWN} of {len(found)}."
        assert (more in text) == (more in markdown) == (len(found) > MAX_SHOWN)
        assert (f"\n### {check_name}\n" in markdown) == bool(found)
    assert text.startswith(f"Check: {report.headline}\n")
    assert markdown.startswith(f"## Check: {report.headline}\n")


def test_names_in_markdown_are_code() -> None:
    """No name is markup, a mention or a cell: each stands in a code span that holds it whole."""
    report = hostile()
    spans = [
        token
        for line in report.to_markdown().splitlines()
        if line.startswith("- ")
        for token in _spans(line)
    ]

    for row in report.findings.filter(check="contradictions"):
        assert visible(row["source_path"]) in spans


def _spans(line: str) -> list[str]:
    """Return the code spans of a line as CommonMark reads them."""
    found, at = [], 0
    while (begin := line.find("`", at)) >= 0:
        length = len(line[begin:]) - len(line[begin:].lstrip("`"))
        end = begin + length
        while True:
            end = line.find("`" * length, end)
            assert end >= 0, line
            run = len(line[end:]) - len(line[end:].lstrip("`"))
            if run == length:
                break
            end += run
        span = line[begin + length : end]
        if span.startswith(" ") and span.endswith(" ") and span.strip():
            span = span[1:-1]
        found.append(span)
        at = end + length
    return found


def test_plain_data_is_json_and_stable() -> None:
    """Equal graphs in any order make equal data, and frames have the same rows."""
    rows = [*CONTRADICTION, *CROWDED]
    report = checked(graph(rows), one_per="table")
    found = json.loads(json.dumps(report.to_dict()))

    assert list(found) == ["failed", "setting", "checks", "findings"]
    assert found["failed"] == ["contradictions", "violations"]
    assert found["findings"] == list(report.findings)
    assert [row["check"] for row in found["checks"]] == list(CHECKS)
    assert repr(report) == f"<CheckReport: {report.headline}>"
    assert str(report).startswith(f"CheckReport: {report.headline}\n")
    assert report.headline == "2 of 9 checks failed; 2 passed, 5 not run."
