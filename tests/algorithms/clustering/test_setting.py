"""Tests of settings: how they are chosen, held, calibrated and written."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from hummgraph.algorithms.clustering.calibration import CONFIDENCES, SHARES, fitted, probability
from hummgraph.algorithms.clustering.choice import PRIOR_FLOOR, Decided, Evidence, usual_floor
from hummgraph.algorithms.clustering.clustering import cluster, cluster_setting
from hummgraph.algorithms.clustering.merge_tree import merge_tree
from hummgraph.algorithms.clustering.problem import LevelLinks
from hummgraph.algorithms.clustering.quality import generic_clusters, rests_on
from hummgraph.algorithms.clustering.repair import repair
from hummgraph.algorithms.clustering.review import FloorCheck, ReviewBias, review_bias
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.evaluation.evaluation import evaluate
from hummgraph.algorithms.evaluation.truth import Truth
from hummgraph.datasets import generate_organization
from hummgraph.errors import ArgumentError, ThresholdError
from hummgraph.graph.decisions import Decision
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import Row, catalogue, graph, record, uid

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.clustering.clusters import Clusters

STATUSES = ["SUGGESTED", "SUGGESTED", "APPROVED", "REJECTED"]
AVERAGING: list[dict[str, Any]] = [
    {"method": "average", "average_over": "possible"},
    {"method": "average", "average_over": "present"},
    {"method": "complete"},
    {"method": "gaec"},
    {"calibrate": "decisions", "method": "average"},
]


def groups(clusters: Clusters) -> set[frozenset[str]]:
    """Return the members of each cluster by path."""
    paths = {row["node_id"]: row["path"] for row in clusters.graph.nodes}
    return {frozenset(paths[member] for member in members) for members in clusters.members}


def copied(value: Any) -> Any:
    """Return a value that was pickled and read back."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


def catalogue_rows() -> list[Any]:
    """Return links of a system with two tables, some of them decided."""
    rows: list[Any] = []
    for number in range(30):
        score = 0.5 + number / 60
        status = "SUGGESTED" if number % 3 else "APPROVED" if number > 14 else "REJECTED"
        rows.append((f"a/t{number % 2}.x{number}", f"b/t.x{number}", score, status))
    return rows


# --- structure ---------------------------------------------------------------------------------


def test_a_catalogue_gets_the_rule_of_tables_a_floor_and_probabilities() -> None:
    """A system with two linked tables is a catalogue."""
    setting = cluster(graph(catalogue_rows())).setting

    assert (setting.method, setting.one_per, setting.calibrate) == ("average", "table", "decisions")
    assert setting.threshold == 0.1
    assert setting.options == {"average_over": "possible"}
    assert (setting.n_approved, setting.n_rejected) == (5, 5)
    assert setting.floor is not None
    assert setting.floor != PRIOR_FLOOR
    assert setting.reason.startswith(
        "A catalogue: a has 2 tables with linked columns. 0.0% of 30 links are within one table,"
        " so a cluster takes one column of a table. 5 approved and 5 rejected links"
    )


@pytest.mark.parametrize("status", ["SUGGESTED", "APPROVED", "REJECTED"])
def test_one_sided_or_no_decisions_leave_the_floor_alone(status: str) -> None:
    """Without decisions of both kinds the floor is the usual one."""
    rows = [(a, b, score, status) for a, b, score, _ in catalogue_rows()]
    setting = cluster(graph(rows)).setting

    assert setting.floor == PRIOR_FLOOR
    assert "for want of both kinds" in setting.reason


def test_links_within_tables_lift_the_rule() -> None:
    """From 2 % of the links within one table on, a table may hold a thing twice."""
    rows = catalogue_rows()
    for number in range(2):
        within = [*rows, *[(f"b/t.x{at}", f"b/t.y{at}", 0.9) for at in range(number)]]
        setting = cluster(graph(within)).setting
        assert (setting.one_per is None) == (number / len(within) >= 0.02)


def test_approved_links_within_tables_lift_the_rule_from_twenty_on() -> None:
    """A share of the APPROVED links counts, too, if there are twenty of them."""
    rows: list[Row] = [(f"a/t{n % 2}.x{n}", f"b/t.x{n}", 0.9) for n in range(100)]
    for n_approved, rule in ((18, "table"), (19, None)):
        approved = [(a, b, 0.9, "APPROVED") for a, b, *_ in rows[:n_approved]]
        decided = [*approved, *rows[n_approved:], ("b/t.x1", "b/t.x2", 0.9, "APPROVED")]
        assert cluster(graph(decided)).setting.one_per == rule


def test_sources_without_duplicates_compete() -> None:
    """One table a system and no link within a system: rivals count, one column of a system."""
    rows: list[Any] = [(f"a/t.x{n}", f"b/t.x{n}", 0.5 + n / 100) for n in range(40)]
    setting = cluster(graph(rows)).setting

    assert (setting.one_per, setting.calibrate) == ("integration_source", "competition")
    assert (setting.threshold, setting.no_match, setting.floor) == (0.4, 0.5, None)
    assert "0 decided links, fewer than the 20" in setting.reason

    decided = [(a, b, s, "APPROVED" if n % 2 else "REJECTED") for n, (a, b, s) in enumerate(rows)]
    for n, (calibrate, stop) in ((19, ("competition", 0.4)), (20, ("both", 0.2))):
        setting = cluster(graph([*decided[:n], *rows[n:]])).setting
        assert (setting.calibrate, setting.threshold) == (calibrate, stop)
        assert (setting.weights is not None) == (n == 20)


def test_scores_for_the_fit_are_those_before_the_decisions() -> None:
    """A decision does not change the score that it is fitted by."""
    rows: list[Any] = [(f"a/t.x{n}", f"b/t.x{n // 2}", 0.5 + n / 100) for n in range(40)]
    decided = [(a, b, s, "APPROVED" if n % 2 else "REJECTED") for n, (a, b, s) in enumerate(rows)]
    free = graph(rows)
    scores = cluster(free, calibrate="competition", no_match=0.5, method="average")
    right = np.array([status == "APPROVED" for *_, status in decided])
    by_link = {uid(f"link {n}"): yes for n, yes in enumerate(right)}
    ordered = np.array([by_link[free.link(n).link_id] for n in range(free.n_links)])

    setting = cluster(graph(decided)).setting
    assert setting.weights == fitted(scores.problem.link_scores, ordered, SHARES)


def test_records_of_dirty_sources_get_no_rule() -> None:
    """One table a system and a link within it: a thing may be there twice."""
    setting = cluster(graph([("a/t.x", "b/t.x", 0.9), ("a/t.x", "a/t.y", 0.8)])).setting

    assert (setting.one_per, setting.calibrate, setting.floor) == (None, None, None)
    assert "1 link of 2 within a system: no rule" in setting.reason


def test_unknown_tables_and_other_levels_get_no_rule() -> None:
    """Without tables, without links and above columns there is nothing to go by."""
    records = [record("a/t.x", "b/t.x")]
    for row in records:
        del row["source_table_id"], row["target_table_id"]
    unknown = cluster(LinkGraph(read_links(records))).setting
    tables = cluster(graph([("a/t", "b/t", 0.9)]), level="table").setting
    systems = cluster(graph([("a", "b", 0.9)]), level="integration_source").setting

    assert "Not all tables of the linked columns are known" in unknown.reason
    assert tables.reason.startswith("Clusters of tables have no tables to go by")
    assert systems.reason.startswith("Clusters of systems")
    assert cluster(graph([])).setting.reason.startswith("No links join two columns")
    assert {made.calibrate for made in (unknown, tables, systems)} == {None}


def test_no_catalogue_is_needed() -> None:
    """The structure is that of the links: a catalogue of their columns changes nothing."""
    rows = catalogue_rows()
    records = [
        record(a, b, score, id=uid(f"link {n}"), status=status)
        for n, (a, b, score, status) in enumerate(rows)
    ]
    named = catalogue([end for a, b, *_ in rows for end in (a, b)])
    with_names = cluster(LinkGraph(read_links(records, catalogue=named))).setting

    assert with_names == cluster(LinkGraph(read_links(records))).setting


# --- what is asked for -------------------------------------------------------------------------


def test_a_method_by_name_takes_nothing_from_the_setting() -> None:
    """A method by name has its own defaults."""
    linked = graph(catalogue_rows())
    setting = cluster(linked, method="average").setting

    assert (setting.one_per, setting.calibrate, setting.floor) == (None, None, None)
    assert setting.threshold == 0.1
    assert setting.reason == "average, as asked for, with its own defaults."
    assert cluster(linked, method="components", calibrate="decisions").threshold == 0.95


def test_parts_of_a_setting_can_be_chosen() -> None:
    """Each part given replaces that of the setting; None switches it off."""
    linked = graph(catalogue_rows())
    usual = cluster(linked).setting

    assert cluster(linked, floor=None).setting == replace(usual, floor=None)
    assert cluster(linked, floor=0.6).setting == replace(usual, floor=0.6)
    assert cluster(linked, one_per=None).setting == replace(usual, one_per=None)
    assert cluster(linked, threshold=0.3).setting == replace(usual, threshold=0.3)
    assert cluster(linked, calibrate=None).setting == replace(usual, calibrate=None, weights=None)
    assert cluster(linked, many_in=["a"]).setting.many_in == (uid("a"),)
    over = cluster(linked, average_over="present").setting
    assert over == replace(usual, parameters={"average_over": "present"})
    assert cluster_setting(linked, floor=0.6).floor == 0.6
    for options in ({"floor": None}, {"floor": 0.6}, {"one_per": None}):
        assert merge_tree(linked, **options).setting == cluster(linked, **options).setting


def test_a_setting_is_used_unchanged() -> None:
    """With a setting, other decisions change only what they are about."""
    linked = graph(catalogue_rows())
    held = cluster(linked).setting
    more = linked.with_decisions({uid("link 1"): "REJECTED", uid("link 2"): "APPROVED"})

    assert cluster(more).setting != held
    assert cluster(more, setting=held).setting == held
    assert cluster(more, setting=held, threshold=0.4).setting == replace(held, threshold=0.4)
    assert merge_tree(more, setting=held).cut(0.1).ids == cluster(more, setting=held).ids
    other = cluster(more, setting=held).with_policy(Policy(null_confidence=0.5))
    assert other.setting == held


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"setting": "auto"}, "it must be a Setting"),
        ({"setting": Setting(method="average", threshold=0.1), "floor": 0.3}, "floor with"),
        (
            {"setting": Setting(method="average", threshold=0.1), "method": "gaec", "many_in": "a"},
            "method and many_in with setting",
        ),
        ({"setting": Setting(method="magic", threshold=0.1)}, "method is 'magic'"),
        ({"setting": Setting(method="average", threshold=1), "inflation": 2}, "parameters with"),
        ({"floor": "low"}, "floor is 'low'"),
        ({"method": "magic"}, "must be one of 'auto', 'components'"),
    ],
)
def test_bad_settings_are_refused(options: dict[str, Any], message: str) -> None:
    """An error says what was wrong and what was allowed."""
    with pytest.raises(ArgumentError, match=message):
        cluster(graph(catalogue_rows()), **options)


def test_a_floor_is_a_share() -> None:
    """A floor outside [0, 1] is refused, as is the tree of a method without one."""
    with pytest.raises(ThresholdError, match="floor is 2"):
        cluster(graph(catalogue_rows()), floor=2)
    with pytest.raises(ArgumentError, match="'clip' has no merge tree"):
        merge_tree(graph([]), setting=Setting(method="clip", threshold=0.5))


# --- the value ---------------------------------------------------------------------------------


def test_a_setting_is_written_and_read(tmp_path: Path) -> None:
    """A file has all of a setting, and the reason with it."""
    for made in (
        cluster(graph(catalogue_rows()), many_in=["b"]).setting,
        Setting(method="markov", threshold=0.5, parameters={"inflation": 2.0}),
        cluster(graph([("a/t.x", "b/t.x", 0.9)])).setting,
    ):
        path = tmp_path / "setting.json"
        made.write(path)
        again = Setting.read(path)
        assert again == made
        assert again.reason == made.reason
        assert hash(again) == hash(made)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "not a setting of schema 1"),
        ('{"schema": 2}', "not a setting of schema 1"),
        ('{"schema": 1, "method": "average"}', "needs the member 'threshold'"),
        ('{"schema": 1, "method": "a", "threshold": 0, "stop": 1}', "no member 'stop'; it has"),
        ('{"schema": 1, "method": "a", "threshold": 0, "parameters": 3}', "is not a setting: "),
        ('{"schema": 1, "method": "a", "threshold": 2}', "threshold is 2"),
    ],
)
def test_files_that_are_not_settings_are_refused(
    tmp_path: Path, content: str, message: str
) -> None:
    """The message names the file and what is wrong with it."""
    path = tmp_path / "setting.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ArgumentError, match=message) as caught:
        Setting.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"one_per": "row"}, "one_per is 'row'"),
        ({"many_in": ("a",)}, "without one_per it has no effect"),
        ({"calibrate": "magic"}, "calibrate is 'magic'"),
        ({"weights": (0.0, 1.0)}, "not to None"),
        ({"calibrate": "decisions"}, "weights is None"),
        ({"calibrate": "both", "weights": (0.0, -1.0)}, "a slope above 0"),
        ({"calibrate": "both", "weights": (0.0, "1")}, "must be two numbers"),
        ({"no_match": 0.5}, "without a competition"),
        ({"floor": -1.0}, "floor is -1"),
    ],
)
def test_a_setting_excludes_nonsense(values: dict[str, Any], message: str) -> None:
    """Values that exclude each other are refused."""
    with pytest.raises(ArgumentError, match=message):
        Setting(method="average", threshold=0.1, **values)


def test_a_setting_shows_itself() -> None:
    """One line has what matters."""
    setting = Setting(
        method="average",
        threshold=0.1,
        one_per="integration_source",  # type: ignore[arg-type] # a level by name
        calibrate="both",
        weights=(0.0, 1.0),
        floor=0.25,
    )

    assert repr(setting) == (
        "<Setting: average at 0.1 probability, floor 0.25, one per system, calibrated by"
        " competition and decisions>"
    )
    assert repr(Setting(method="clip", threshold=0.5)) == "<Setting: clip at 0.5 confidence>"


# --- units -------------------------------------------------------------------------------------


NAMES = [f"{system}/t{column}.{column}" for system in "abcd" for column in "xyz"]
BY_ID = {uid(name): name for name in NAMES}
names = st.sampled_from(NAMES)
linked_rows = st.lists(
    st.tuples(
        names,
        names,
        st.sampled_from([0.0, 0.3, 0.5, 0.7, 0.9, 1.0]) | st.floats(0, 1),
        st.sampled_from(STATUSES),
    ),
    max_size=30,
)


@given(linked_rows, st.sampled_from(AVERAGING), st.sampled_from([0.1, 0.3, 0.5]))
def test_a_unit_counts_as_one_column(
    rows: list[Row], options: dict[str, Any], threshold: float
) -> None:
    """Replacing an approved unit by one column with its best links gives the same clusters."""
    whole = graph([row for row in rows if row[0] != row[1]])
    setting = cluster(whole, threshold=threshold, floor=0.2, **options).setting
    found = cluster(whole, setting=setting)
    unit, first = found.problem.constraints.unit, found.problem.first
    paths = [BY_ID[node] for node in whole.arrays.nodes.id_text.to_pylist()[first:]]
    stands = {
        path: paths[int(np.flatnonzero(unit == u)[0])] for path, u in zip(paths, unit, strict=True)
    }
    # Of parallel links the best is kept, as it stands, with its id.
    best: dict[tuple[str, ...], dict[str, Any]] = {}
    for index in range(whole.n_links):
        link = whole.link(index)
        ends = tuple(sorted(stands[BY_ID[end]] for end in (link.source, link.target)))
        if ends[0] == ends[1] or link.status == "APPROVED":
            continue
        key = (*ends, "REJECTED" if link.status == "REJECTED" else "")
        made = record(ends[0], ends[1], link.confidence, id=link.link_id, status=str(link.status))
        known = best.get(key)
        better = known is None or (made["confidence_score"], known["id"]) > (
            known["confidence_score"],
            made["id"],
        )
        if better:
            best[key] = made
    single = LinkGraph(read_links(list(best.values())))
    plain = cluster(single, setting=setting)

    def members(clusters: Clusters) -> set[frozenset[str]]:
        stand = [{stands[BY_ID[node]] for node in ids} for ids in clusters.members]
        return {frozenset(names) for names in stand if len(names) > 1}

    assert members(plain) == members(found)


def test_ten_approved_columns_take_an_eleventh() -> None:
    """The more is approved, the more joins, not the less."""
    rows: list[Row] = [(f"s{n}/t.x", f"s{n + 1}/t.x", 0.9, "APPROVED") for n in range(9)]
    linked = graph([*rows, ("s0/t.x", "new/t.x", 0.99)])

    for options in AVERAGING:
        assert cluster(linked, **options).sizes.tolist() == [11]


# --- calibration -------------------------------------------------------------------------------


decided_scores = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30)


@given(decided_scores, st.sampled_from([CONFIDENCES, SHARES]))
def test_weights_are_the_most_probable(rows: list[tuple[float, bool]], curve: Any) -> None:
    """Newton's weights have the least loss that a general optimiser finds."""
    score = np.array([score for score, _ in rows])
    right = np.array([yes for _, yes in rows], dtype=bool)
    x = curve.feature(score)

    def loss(weights: Any) -> float:
        odds = weights[0] + weights[1] * x
        fit = np.logaddexp(0, np.where(right, -odds, odds)).sum()
        prior = ((weights - np.array(curve.means)) / np.array(curve.deviations)) ** 2
        return float(fit + prior.sum() / 2)

    best = minimize(loss, curve.means, bounds=[(None, None), (0.1, None)])
    mine = np.array(fitted(score, right, curve))
    assert loss(mine) <= best.fun + 1e-6
    assert mine[1] >= 0.1


def test_decisions_in_any_order_give_the_same_weights() -> None:
    """No weight depends on the order of records, even where the surest links are wrong."""
    random = np.random.default_rng(3)
    score, right = random.random(200), random.random(200) < 0.5
    order = random.permutation(200)

    assert fitted(score, right, CONFIDENCES) == fitted(score[order], right[order], CONFIDENCES)
    wrong = fitted(np.repeat([0.1, 1.0], 500), np.repeat([True, False], 500), CONFIDENCES)
    assert wrong[1] == 0.1


def test_the_floor_is_where_expected_f1_is_highest() -> None:
    """The floor approaches the best of all cuts through the undecided pairs."""
    linked = graph(catalogue_rows())
    found = cluster(linked)
    evidence = Evidence.of(found.problem)
    scores = sorted(evidence.undecided().tolist(), reverse=True)
    assert found.setting.weights is not None
    q = probability(np.array(scores), CONFIDENCES, found.setting.weights)
    f1 = [2 * q[:k].sum() / (k + q.sum()) for k in range(1, len(q) + 1)]
    best = scores[int(np.argmax(f1))]

    expected = (10 * best + 10 * 0.7) / 20  # 5 approved and 5 rejected links are worth ten
    assert found.setting.floor == pytest.approx(expected, abs=1e-9)
    assert usual_floor(evidence, replace(found.setting, n_approved=0)) == PRIOR_FLOOR


def decided_links(linked: LinkGraph) -> set[str]:
    """Return the ids of the links that calibrate."""
    fair = Decided.of(LevelLinks.of(linked, Level.COLUMN))
    return {linked.link(int(n)).link_id for n in fair.link_index}


WAYS = [None, "random", "imported", "uncertainty", "flips", "contradiction", "chosen"]


def test_only_fair_decisions_calibrate() -> None:
    """Decisions that were asked for by their value do not count; random and imported ones do."""
    linked = graph([(a, b, score) for a, b, score, _ in catalogue_rows()])
    made = [Decision(uid(f"link {n}"), "REJECTED", asked=way) for n, way in enumerate(WAYS)]

    assert decided_links(linked.with_decisions(made)) == {uid(f"link {n}") for n in (0, 1, 2)}


def test_unfair_decisions_stay_unfair() -> None:
    """Later overlays and filters leave them so; a new decision about the same link does not."""
    linked = graph([(a, b, score) for a, b, score, _ in catalogue_rows()])
    zero, one = uid("link 0"), uid("link 1")
    chosen = linked.with_decisions([Decision(zero, "APPROVED", asked="chosen")])
    later = chosen.with_decisions({one: "REJECTED"})

    assert decided_links(later) == {one}
    assert decided_links(later.where(status=["APPROVED", "REJECTED"])) == {one}
    assert decided_links(later.where(status="APPROVED")) == set()
    again = later.with_decisions([Decision(zero, "REJECTED", asked="random")])
    assert decided_links(again) == {zero, one}


def test_decisions_that_do_not_bind_do_not_calibrate() -> None:
    """A policy that reads decisions by their scores leaves the weights at the prior."""
    free = graph(catalogue_rows(), policy=Policy(approved="score", rejected="score"))
    setting = cluster(free).setting

    assert setting.weights == CONFIDENCES.means
    assert setting.n_decided == 0
    assert "No decided link calibrates" in setting.reason


# --- how the review was drawn ------------------------------------------------------------------


def reviewed(right: float, wrong: float, seed: int = 2) -> LinkGraph:
    """Return an organisation whose right and wrong links were reviewed at two rates."""
    organisation = generate_organization(
        n_links=6_000, n_systems=12, noise=0.6, decided=0.0, deterministic=0.4, seed=seed
    )
    linked = LinkGraph(organisation.snapshot())
    of = {member: n for n, members in enumerate(organisation.truth) for member in members}
    random = np.random.default_rng(seed)
    decisions = {}
    for index in range(linked.n_links):
        link = linked.link(index)
        same = of.get(link.source, -1) == of.get(link.target, -2)
        if random.random() < (right if same else wrong):
            decisions[link.link_id] = "APPROVED" if same else "REJECTED"
    return linked.with_decisions(decisions)


@pytest.mark.parametrize(("right", "wrong"), [(0.3, 0.06), (0.15, 0.15), (0.06, 0.3)])
def test_the_bias_of_a_review_is_found(right: float, wrong: float) -> None:
    """Capture and recapture finds how often right links were reviewed, against wrong ones."""
    linked = reviewed(right, wrong)
    bias = review_bias(LevelLinks.of(linked, Level.COLUMN))

    error = abs(np.log(bias.ratio) - np.log(right / wrong))
    assert error < 2.5 * bias.standard_error + 0.1
    assert bias.is_notable == (right != wrong)
    if right != wrong:
        more = "Right" if right > wrong else "Wrong"
        assert bias.sentence().startswith(f"{more} links were reviewed about ")


def test_a_robust_floor_allows_for_the_review() -> None:
    """The floor rises if right links were reviewed more often, and falls if less often."""
    for right, wrong in ((0.3, 0.06), (0.06, 0.3)):
        linked = reviewed(right, wrong)
        usual, robust = cluster(linked), cluster(linked, floor="robust")
        assert usual.setting.floor is not None
        assert robust.setting.floor is not None
        assert (robust.setting.floor > usual.setting.floor) == (right > wrong)
        assert robust.setting.weights != usual.setting.weights
        assert "floor='robust' allows for it." in usual.choice
        plain = cluster(linked, floor="robust", method="average")
        assert plain.setting.weights is None
        assert plain.setting.floor is not None


def test_a_robust_floor_without_a_review_is_none() -> None:
    """If a setting has no floor, a robust one needs decisions of both kinds."""
    sources = graph([("a/t.x", "b/t.x", 0.9), ("a/t.y", "b/t.y", 0.8)])
    found = cluster(sources, floor="robust")
    assert found.setting.floor is None
    assert found.choice.endswith(
        "There is no floor: a robust one would need links of both decisions."
    )
    rows: list[Row] = [
        (
            f"a/t.x{n}",
            f"b/t.x{n}",
            0.5 + n / 100,
            "REJECTED" if n < 10 else "APPROVED" if n > 29 else "SUGGESTED",
        )
        for n in range(40)
    ]
    decided = cluster(graph(rows), floor="robust")
    assert decided.setting.calibrate == "both"
    assert 0.0 < (decided.setting.floor or 0.0) < 1.0
    assert "a robust one allows for how the review was drawn" in decided.choice


def test_the_choice_says_what_was_asked_for() -> None:
    """The choice names what was asked for, and another setting is made with the same arguments."""
    linked = graph(catalogue_rows())
    plain = cluster(linked, floor=None, one_per=None, calibrate=None).setting
    assert plain.reason.endswith(
        "are within one table. No rule of one column each, as asked for. Confidences are as they"
        " are, as asked for. There is no floor, as asked for."
    )
    rule = cluster(linked, one_per="table", many_in=["a"], floor=0.25, calibrate="competition")
    asked = dict(rule.setting.asked)
    assert asked.keys() == {"one_per", "many_in", "floor", "calibrate"}
    assert "A cluster takes one column of a table, as asked for." in rule.choice
    assert "Links compete, as asked for. The floor is 0.250, as asked for." in rule.choice
    assert cluster_setting(linked, **asked) == rule.setting
    one_by_one = cluster_setting(linked, one_per="table", many_in=(name for name in ["a"]))
    assert dict(one_by_one.asked)["many_in"] == ("a",)
    named = cluster(linked, method="average", calibrate="decisions").setting
    assert named.reason == (
        "average, as asked for, with its own defaults. 5 approved and 5 rejected links calibrate"
        " the confidences, as asked for."
    )
    assert (named.n_approved, named.n_rejected) == (5, 5)
    for floor in ([1], {"a": 1}, "x"):
        with pytest.raises(ArgumentError, match="floor is"):
            cluster(linked, floor=floor)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ArgumentError, match="asked has 'level'"):
        replace(named, asked={"level": "table"})


def test_few_reviews_say_nothing() -> None:
    """With fewer than five reviewed links of known value the offset is 0."""
    assert ReviewBias(10.0, 0.1, 2, 2).offset == 0.0
    assert ReviewBias(10.0, 0.1, 3, 2).offset == pytest.approx(np.log(10) - 0.1)
    assert ReviewBias(0.1, 0.1, 3, 2).offset == pytest.approx(0.1 - np.log(10))
    nothing = review_bias(LevelLinks.of(graph([]), Level.COLUMN))
    assert (nothing.ratio, nothing.n_right, nothing.n_wrong) == (1.0, 0, 0)


def test_atoms_of_the_score_are_reported() -> None:
    """The most common confidence, and what would leave or enter at the next ones."""
    rows: list[Row] = [(f"a/t{n % 2}.x{n}", f"b/t.x{n}", 0.72) for n in range(20)]
    rows += [(f"a/t{n % 2}.y{n}", f"b/t.y{n}", 0.6) for n in range(5)]
    found = cluster(graph(rows))

    assert found.floor_check == replace(
        found.floor_check,
        floor=0.7,
        n_pairs=25,
        common=0.72,
        common_share=0.8,
        next_above=0.72,
        n_leave=20,
        next_below=0.6,
        n_enter=5,
    )
    assert found.choice.endswith(
        "80% of the 25 open pairs have the confidence 0.72. With a floor above 0.72 20 pairs would"
        " leave, and at 0.6 5 pairs would enter."
    )
    assert found.to_dict()["choice"] == found.choice
    plain = cluster(graph(rows), floor=None)
    assert (plain.floor_check.next_above, plain.floor_check.next_below) == (None, None)
    assert plain.choice == plain.setting.reason
    few = cluster(graph(rows[:19]))
    assert few.choice == few.setting.reason + " With a floor above 0.72 19 pairs would leave."
    sure = cluster(graph([(row[0], row[1], 1.0) for row in rows]))
    assert "would leave" not in sure.choice
    highest = cluster(graph(rows), floor=0.9).floor_check
    assert (highest.next_above, highest.n_leave, highest.n_enter) == (None, 0, 20)
    assert "With a floor at 0.72 20 pairs would enter." in highest.sentences()
    lowest = cluster(graph(rows), floor=0.5).floor_check
    assert (lowest.next_below, lowest.n_enter) == (None, 0)
    empty = cluster(graph([]), floor=0.5).floor_check
    assert empty == FloorCheck(0.5, 0, None, None, None, 0, None, 0, empty.bias)
    assert empty.sentences() == []


# --- marks -------------------------------------------------------------------------------------


def test_clusters_rest_on_approvals_or_names() -> None:
    """Approved links unite all members of a cluster, some, or none; keys come first."""
    linked = graph(
        [
            ("a/t.x", "b/t.x", 0.9, "APPROVED"),
            ("a/t.y", "b/t.y", 0.9, "APPROVED"),
            ("b/t.y", "c/u.y", 0.9),
            ("a/t.z", "b/t.z", 0.9),
        ]
    )
    found = cluster(linked, method="components", threshold=0.5)
    rows = {row["size"] * 10 + (row["rests_on"] == "approvals"): row for row in found.crosswalk()}

    assert {key: row["rests_on"] for key, row in rows.items()} == {
        30: "approvals in part",
        21: "approvals",
        20: "names only",
    }
    assert sorted(found.quality["rests_on"]) == sorted(row["rests_on"] for row in rows.values())
    assert {row["rests_on"] for row in found.identity_map()["identities"]} == {
        "approvals",
        "approvals in part",
        "names only",
    }
    mails = graph([("a/t.email", "b/t.email", 0.9)])
    assert rests_on(cluster(mails, method="components", threshold=0.5)) == ["keys"]


def test_what_is_in_unrelated_tables_is_generic() -> None:
    """A cluster of many tables that share nothing else is generic."""
    rows: list[Row] = [("s0/t.created", f"s{n}/t.created", 0.9) for n in range(1, 8)]
    assert generic_clusters(cluster(graph(rows), method="components")).tolist() == [True]
    # Names and numbers tie the same tables.
    rows += [(f"s0/t.c{m}", f"s{n}/t.c{m}", 0.9) for m in range(3) for n in range(1, 8)]
    found = cluster(graph(rows), method="components")
    assert found.generic.tolist() == [False] * 4
    assert found.quality["generic"] == [False] * 4
    few = cluster(graph([("a/t.x", "b/t.x", 0.9)]), method="components", threshold=0.5)
    assert few.generic.tolist() == [False]


def test_expected_precision_is_that_of_all_pairs() -> None:
    """Approved pairs are right, linked ones as probable as their link, others as the cluster."""
    linked = graph(
        [
            ("a/t.x", "b/t.x", 0.9, "APPROVED"),
            ("b/t.x", "c/t.x", 0.8),
            ("c/t.x", "d/t.x", 0.7),
        ]
    )
    found = cluster(linked, method="components", threshold=0.1, calibrate="decisions")
    weights = found.setting.weights
    assert weights is not None
    q8, q7 = probability(np.array([0.8, 0.7]), CONFIDENCES, weights)
    # Three units make five open pairs of columns, of which links have three.
    right = 1 + 2 * q8 + q7 + 2 * ((2 * q8 + q7) / 5) ** 0.5
    assert found.expected_precision.tolist() == pytest.approx([right / 6])
    assert found.quality["expected_precision"] == pytest.approx([right / 6])


@pytest.mark.parametrize("calibrate", [None, "competition", "both", "decisions"])
def test_probabilities_are_known_on_every_scale(calibrate: str | None) -> None:
    """Expected precision is a share whatever the scale is."""
    found = cluster(graph(catalogue_rows()), method="average", calibrate=calibrate, floor=0.6)

    assert found.n_clusters > 1
    assert np.all((found.expected_precision > 0) & (found.expected_precision <= 1))


# --- the whole ---------------------------------------------------------------------------------


def test_clusters_can_be_pickled() -> None:
    """Clusters, repaired ones and trees come back equal, and can be remade."""
    found = cluster(graph(catalogue_rows()))
    again = copied(found)

    assert again.labels.tolist() == found.labels.tolist()
    assert again.setting == found.setting
    assert again.with_policy(Policy(null_confidence=0.5)).ids == found.ids
    mended = copied(repair(found, one_per="integration_source").clusters)
    assert mended.with_policy(Policy()).one_per == "integration_source"
    tree = copied(merge_tree(graph(catalogue_rows())))
    assert tree.cut(0.1).ids == found.ids


def test_links_below_the_floor_are_absent() -> None:
    """A link below the floor joins nothing and has no score, unless it is APPROVED."""
    rows: list[Row] = [
        ("a/t.x", "b/t.x", 0.6),
        ("a/t.y", "b/t.y", 0.3),
        ("a/t.z", "b/t.z", 0.1, "APPROVED"),
    ]
    for calibrate in (None, "competition", "decisions"):
        found = cluster(
            graph(rows), method="components", threshold=0.0, floor=0.5, calibrate=calibrate
        )
        assert found.sizes.tolist() == [2, 2]
        assert np.isnan(found.problem.link_scores).sum() == 1
        assert found.n_links_refused == 0
    scored = graph(rows, policy=Policy(approved="score"))
    assert cluster(scored, method="components", threshold=0.0, floor=0.5).sizes.tolist() == [2]


def test_strict_f1_counts_silent_pairs_as_wrong() -> None:
    """With families a cluster through all of them has a high F1 and a low strict one."""
    rows: list[Row] = [(f"s{n}/t.x", f"s{n + 1}/t.x", 0.9) for n in range(7)]
    found = cluster(graph(rows), method="components", threshold=0.5)
    pairs = [[f"s{n}/t.x", f"s{n + 1}/t.x"] for n in (0, 2, 4, 6)]
    truth = Truth.from_clusters(pairs, ["one", "two", "three", "four"])
    judged = evaluate(found, truth)

    assert (judged.f1, judged.n_found_strict) == (1.0, 28)
    assert judged.strict_precision == 4 / 28
    assert judged.strict_f1 == 2 * 4 / (28 + 4)
    assert "strict   precision 0.143" in repr(judged)
    assert judged.to_dict()["strict_f1"] == judged.strict_f1
    assert evaluate(found, truth, settled="skip").n_found_strict == 28
    plain = evaluate(found, Truth.from_clusters(pairs))
    assert np.isnan(plain.strict_f1)
    assert np.isnan(plain.strict_precision)
    assert plain.to_dict()["strict_f1"] is None
    assert "strict" not in repr(plain)
    assert json.dumps(plain.to_dict())


def test_a_floor_counts_approved_links_as_the_policy_does() -> None:
    """If approvals do not bind, an approved link below the floor is absent, too."""
    linked = graph([("a/t.x", "b/t.x", 0.3, "APPROVED"), ("c/t.x", "d/t.x", 0.9)])
    bound = cluster(linked, method="components", threshold=0.0, floor=0.5)
    free = cluster(
        linked, method="components", threshold=0.0, floor=0.5, policy=Policy(approved="score")
    )
    assert (len(bound), len(free)) == (2, 1)


def test_a_floor_that_nothing_is_above_or_below() -> None:
    """The sentences name only what there is."""
    check = floor_check_of(common_share=0.5, next_above=None, next_below=0.4)
    assert "at 0.4" in " ".join(check.sentences())
    assert "above" not in " ".join(check.sentences())


def floor_check_of(**parts: Any) -> FloorCheck:
    """Return a check of a floor with some of its parts."""
    linked = graph([(a, b, score, status) for a, b, score, status in catalogue_rows()])
    known = cluster(linked).floor_check
    given = {"floor": 0.5, "common": 0.5, "common_share": 0.0, "n_leave": 9, "n_enter": 9}
    return replace(known, **(given | {"n_pairs": 10} | parts))


def test_fits_end_after_their_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that has not come to rest returns what it has."""
    monkeypatch.setattr("hummgraph.algorithms.clustering.calibration.MAX_STEPS", 1)
    linked = graph([(a, b, score, status) for a, b, score, status in catalogue_rows()])
    assert len(cluster(linked, calibrate="decisions", method="average").labels)


def test_a_level_that_was_asked_for_is_kept_by_its_name() -> None:
    """So that the setting can be written as JSON."""
    linked = graph([("a/t.x", "b/t.x", 0.9)])
    asked = dict(cluster(linked, one_per=Level.TABLE).setting.asked)
    assert asked == {"one_per": "table"}
    assert type(asked["one_per"]) is str
