"""Tests of the bundled demo organisation, and of the generators."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from hummgraph.datasets import Organization, generate_organization, generate_reply, load_demo
from hummgraph.datasets.demo.build import BUNDLED, write_organization
from hummgraph.errors import ArgumentError

if TYPE_CHECKING:
    from pathlib import Path

COLUMN_KINDS = {
    "columns": ("table_id", "tables"),
    "saas_fields": ("saas_object_id", "saas_objects"),
}


@pytest.fixture(scope="module")
def demo() -> Organization:
    """Load the bundled organisation."""
    return load_demo()


def column_end(link: dict[str, Any], side: str) -> str | None:
    """Return the id of the column or field at one side."""
    found: str | None = link[f"{side}_column_id"] or link[f"{side}_field_id"]
    return found


def column_pairs(links: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return the ends of the links that join two columns or fields."""
    ends = [(column_end(link, "source"), column_end(link, "target")) for link in links]
    return [(a, b) for a, b in ends if a and b]


def right_pairs(organization: Organization) -> set[frozenset[str]]:
    """Return the pairs that the truth calls the same."""
    return {frozenset(pair) for ids in organization.truth for pair in combinations(ids, 2)}


def pair_precision(organization: Organization, threshold: float) -> float:
    """Return the share of right pairs in the components of the links at a threshold."""
    counting = [
        link
        for link in organization.links
        if link["status"] == "APPROVED"
        or (link["status"] != "REJECTED" and threshold <= (link["confidence_score"] or -1.0) <= 1.0)
    ]
    pairs = column_pairs(counting)
    codes = {column: code for code, column in enumerate({end for pair in pairs for end in pair})}
    ends = np.array([[codes[a], codes[b]] for a, b in pairs])
    graph = coo_matrix(
        (np.ones(len(pairs)), (ends[:, 0], ends[:, 1])), shape=(len(codes), len(codes))
    )
    members: dict[int, list[str]] = {}
    for column, label in zip(
        codes, connected_components(graph, directed=False)[1].tolist(), strict=True
    ):
        members.setdefault(label, []).append(column)
    found = [frozenset(pair) for ids in members.values() for pair in combinations(ids, 2)]
    right = right_pairs(organization)
    return sum(pair in right for pair in found) / len(found)


def test_bundled_file_is_what_the_script_makes(tmp_path: Path) -> None:
    """The bundled file equals the result of the script.

    The bytes may differ by the version of zlib, but not by the time of writing.
    """
    path = tmp_path / "organization.json.gz"
    write_organization(path)
    assert gzip.decompress(path.read_bytes()) == gzip.decompress(BUNDLED.read_bytes())
    assert path.read_bytes()[4:8] == bytes(4)


def test_demo_has_the_promised_size(demo: Organization) -> None:
    """The demo has seven systems, about 60 tables, 600 columns and 1,500 links."""
    catalogue = demo.catalogue
    tables = {column["table_id"] for column in catalogue["columns"]}
    n_columns = len(catalogue["columns"]) + len(catalogue["saas_fields"])
    assert len(catalogue["integration_sources"]) == 7
    assert 55 <= len(tables) + len(catalogue["saas_objects"]) <= 65
    assert 570 <= n_columns <= 640
    assert 1_450 <= len(demo.links) <= 1_550


def test_demo_has_every_kind_of_link(demo: Organization) -> None:
    """The demo has links of both types, three states, all levels, null, parallel and reversed."""
    links = demo.links
    pairs = Counter(column_pairs(links))
    assert {link["status"] for link in links} == {"SUGGESTED", "APPROVED", "REJECTED"}
    assert {link["link_type"] for link in links} == {"DETERMINISTIC", "PROBABILISTIC"}
    assert any(link["confidence_score"] is None for link in links)
    assert any(link["evidence"] is None for link in links)
    assert any(link["evidence"] == {} for link in links)
    assert max(pairs.values()) >= 2
    assert any((b, a) in pairs for a, b in pairs if a != b)
    assert any(a == b for a, b in pairs)
    bare = [link for link in links if column_end(link, "source") is None]
    assert any(link["source_table_id"] or link["source_saas_object_id"] for link in bare)
    assert any(not (link["source_table_id"] or link["source_saas_object_id"]) for link in bare)


def test_demo_links_are_good_but_for_three(demo: Organization) -> None:
    """The quarantine has a duplicate, a confidence out of range and a side of both families."""
    snapshot = demo.snapshot()
    codes = sorted(reason.code for record in snapshot.quarantine for reason in record.reasons)
    assert codes == ["ambiguous_endpoint", "confidence_range", "duplicate"]
    assert snapshot.links.num_rows == len(demo.links) - 3


def test_demo_catalogue_is_clean(demo: Organization) -> None:
    """All catalogue records are valid, and have no unknown field."""
    catalogue = demo.snapshot().catalogue
    assert not catalogue.quarantine
    assert not catalogue.unknown_fields


def test_demo_ids_are_those_of_one_thing(demo: Organization) -> None:
    """The ids of the catalogue are distinct."""
    ids = [record["id"] for records in demo.catalogue.values() for record in records]
    assert len(ids) == len(set(ids))


def test_demo_keeps_some_names_back(demo: Organization) -> None:
    """Two tables and one linked field are unlisted, and some links end at inactive columns."""
    listed = {table["id"] for table in demo.catalogue["tables"]}
    unlisted = {column["table_id"] for column in demo.catalogue["columns"]} - listed
    columns = demo.catalogue["columns"] + demo.catalogue["saas_fields"]
    linked = {end for pair in column_pairs(demo.links) for end in pair}
    assert len(unlisted) == 2
    assert len(linked - {column["id"] for column in columns}) == 1
    assert {column["id"] for column in columns if not column["is_active"]} & linked


def test_demo_truth_is_disjoint_and_known(demo: Organization) -> None:
    """A column is in at most one true cluster, and all but one are in the catalogue."""
    ids = [column for cluster in demo.truth for column in cluster]
    columns = demo.catalogue["columns"] + demo.catalogue["saas_fields"]
    assert len(ids) == len(set(ids))
    assert all(len(cluster) > 1 for cluster in demo.truth)
    assert len(set(ids) - {column["id"] for column in columns}) == 1


def test_demo_reviewers_made_one_mistake(demo: Organization) -> None:
    """Reviews are right except for one approved pair."""
    right = right_pairs(demo)
    verdicts = Counter(
        (link["status"], frozenset(pair) in right)
        for link in demo.links
        for pair in column_pairs([link])
    )
    assert verdicts["REJECTED", True] == 0
    assert verdicts["APPROVED", False] == 1


def test_demo_has_a_contradiction(demo: Organization) -> None:
    """Approved links join the ends of a rejected one, because of the wrong approval."""
    approved = [link for link in demo.links if link["status"] == "APPROVED"]
    pairs = {frozenset(pair) for pair in column_pairs(approved)}
    rejected = column_pairs([link for link in demo.links if link["status"] == "REJECTED"])
    columns = {end for pair in pairs for end in pair}
    between = [
        (a, middle, b)
        for a, b in rejected
        for middle in columns
        if {frozenset((a, middle)), frozenset((middle, b))} <= pairs
    ]
    assert between


def test_demo_components_chain_unless_the_threshold_is_high(demo: Organization) -> None:
    """Most pairs of a component are wrong at 0.7, and nearly all are right at 0.95."""
    assert pair_precision(demo, 0.7) < 0.2
    assert pair_precision(demo, 0.95) > 0.9


def test_demo_references_lead_somewhere(demo: Organization) -> None:
    """The targets of relationships and the objects of associations exist."""
    names = {(column["table_id"], column["name"]) for column in demo.catalogue["columns"]}
    objects = {record["id"] for record in demo.catalogue["saas_objects"]}
    relationships = demo.catalogue["relationships"]
    assert relationships
    assert all((it["to_table_id"], it["to_column_name"]) in names for it in relationships)
    assert demo.catalogue["associations"]
    for it in demo.catalogue["associations"]:
        assert {it["from_object_id"], it["to_object_id"]} <= objects


def ends_of_columns(organization: Organization) -> dict[str, tuple[str, str]]:
    """Return the table and the system of each column."""
    catalogue = organization.catalogue
    systems = {
        table["id"]: table["integration_source_id"]
        for kind in ("tables", "saas_objects")
        for table in catalogue[kind]
    }
    return {
        column["id"]: (column[parent], systems[column[parent]])
        for kind, (parent, _) in COLUMN_KINDS.items()
        for column in catalogue[kind]
    }


@given(
    n_links=st.integers(1, 300),
    n_systems=st.integers(2, 12),
    noise=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
    duplicates=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 10_000),
)
def test_planted_organisation_is_whole(
    n_links: int, n_systems: int, noise: float, duplicates: float, seed: int
) -> None:
    """All links are valid, as many as requested, with ends in their tables and systems."""
    planted = generate_organization(
        n_links=n_links, n_systems=n_systems, noise=noise, duplicates=duplicates, seed=seed
    )
    homes = ends_of_columns(planted)
    assert len(planted.links) == n_links
    for link in planted.links:
        for side in ("source", "target"):
            table = link[f"{side}_table_id"] or link[f"{side}_saas_object_id"]
            end = column_end(link, side)
            assert end is not None
            assert homes[end] == (table, link[f"{side}_integration_source_id"])
    snapshot = planted.snapshot()
    assert not snapshot.quarantine
    assert not snapshot.catalogue.quarantine


@given(n_systems=st.integers(2, 9), seed=st.integers(0, 10_000))
def test_planted_entities_are_once_in_a_table(n_systems: int, seed: int) -> None:
    """Without duplicates no true cluster has two columns of one table."""
    planted = generate_organization(n_links=150, n_systems=n_systems, seed=seed)
    homes = ends_of_columns(planted)
    for cluster in planted.truth:
        assert len({homes[column][0] for column in cluster}) == len(cluster)


def test_planted_duplicates_share_a_table() -> None:
    """With duplicates some true cluster has two columns of one table."""
    planted = generate_organization(n_links=150, duplicates=1.0, seed=2)
    homes = ends_of_columns(planted)
    assert all(len({homes[c][0] for c in cluster}) * 2 == len(cluster) for cluster in planted.truth)


def test_planted_noise_is_the_share_of_wrong_pairs() -> None:
    """The share of wrong pairs among the distinct ones is `noise`."""
    planted = generate_organization(n_links=1_000, noise=0.3, parallel=0.0, seed=4)
    right = right_pairs(planted)
    pairs = {frozenset(pair) for pair in column_pairs(planted.links)}
    assert len(pairs) == 1_000
    assert len(pairs - right) == 300


def test_planted_reviewers_make_no_mistakes() -> None:
    """If all pairs are decided, right ones are APPROVED and wrong ones REJECTED."""
    planted = generate_organization(n_links=300, decided=1.0, parallel=0.0, seed=5)
    right = right_pairs(planted)
    for link in planted.links:
        (pair,) = column_pairs([link])
        assert link["status"] == ("APPROVED" if frozenset(pair) in right else "REJECTED")


def test_planted_parallel_links_repeat_pairs_in_both_directions() -> None:
    """A parallel link has the pair of another link, and no decision."""
    planted = generate_organization(n_links=1_000, parallel=0.4, decided=1.0, seed=6)
    pairs = column_pairs(planted.links)
    assert len({frozenset(pair) for pair in pairs}) == 600
    assert any((b, a) in set(pairs) for a, b in pairs)
    assert sum(link["status"] == "SUGGESTED" for link in planted.links) == 400


def test_planted_deterministic_links_are_right() -> None:
    """Only right pairs are DETERMINISTIC, as many as requested."""
    planted = generate_organization(n_links=200, deterministic=1.0, seed=7)
    right = right_pairs(planted)
    for link in planted.links:
        (pair,) = column_pairs([link])
        assert (link["link_type"] == "DETERMINISTIC") == (frozenset(pair) in right)


def test_planted_confidences_follow_the_two_distributions() -> None:
    """Mean confidences are those of the Beta distributions, and `nulls` are missing."""
    planted = generate_organization(
        n_links=5_000, right=(9.0, 1.0), wrong=(1.0, 9.0), nulls=0.2, seed=8
    )
    right = right_pairs(planted)
    scores: dict[bool, list[float]] = {True: [], False: []}
    for link in planted.links:
        (pair,) = column_pairs([link])
        if link["confidence_score"] is not None:
            scores[frozenset(pair) in right].append(link["confidence_score"])
    assert np.mean(scores[True]) == pytest.approx(0.9, abs=0.02)
    assert np.mean(scores[False]) == pytest.approx(0.1, abs=0.02)
    assert len(scores[True]) + len(scores[False]) == pytest.approx(4_000, abs=150)


def test_planted_wrong_links_gather_at_hubs() -> None:
    """Some columns have far more wrong links than others."""
    planted = generate_organization(n_links=3_000, noise=1.0, parallel=0.0, seed=9)
    degrees = Counter(end for pair in column_pairs(planted.links) for end in pair)
    assert max(degrees.values()) > 5 * np.mean(list(degrees.values()))


def test_planted_number_of_entities_is_kept() -> None:
    """The number of true clusters is `n_entities`."""
    planted = generate_organization(n_links=200, n_entities=40, seed=10)
    assert len(planted.truth) == 40


def test_planted_organisation_is_the_same_for_a_seed() -> None:
    """Equal seeds give equal organisations, and other seeds others."""
    first = generate_organization(n_links=50, seed=11)
    assert first == generate_organization(n_links=50, seed=11)
    assert first != generate_organization(n_links=50, seed=12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_links": 0}, "n_links is 0; it must be a whole number, at least 1"),
        ({"n_systems": 1}, "n_systems is 1"),
        ({"n_entities": 1}, "n_entities is 1"),
        ({"seed": -1}, "seed is -1"),
        ({"noise": 1.5}, r"noise is 1\.5; it must be a share, in \[0, 1\]"),
        ({"nulls": float("nan")}, "nulls is nan"),
        ({"right": (0.0, 1.0)}, r"right is \(0\.0, 1\.0\); it must be two numbers above 0"),
        ({"wrong": (1.0,)}, r"wrong is \(1\.0,\)"),
        ({"n_entities": 5, "noise": 0.0}, "right pairs are needed, and the entities have"),
        ({"n_entities": 5, "noise": 1.0}, "wrong pairs are needed, more than half"),
    ],
)
def test_planted_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    """An invalid argument is named with its range."""
    with pytest.raises(ArgumentError, match=message):
        generate_organization(**{"seed": 1, **arguments})


def test_reply_is_one_array_of_valid_records() -> None:
    """A reply of several pieces is one JSON array of valid records."""
    reply = Organization("", "", json.loads(b"".join(generate_reply(1_500, seed=1))), {}, ())
    snapshot = reply.snapshot()
    assert snapshot.links.num_rows == 1_500
    assert not snapshot.drift.unknown_fields


def test_reply_columns_stay_in_their_tables() -> None:
    """A column has one table and system throughout, and some columns have very many links."""
    links = json.loads(b"".join(generate_reply(5_000, n_columns=2_000, seed=2)))
    homes: dict[str, set[tuple[str, str]]] = {}
    for link in links:
        for side in ("source", "target"):
            table = link[f"{side}_table_id"] or link[f"{side}_saas_object_id"]
            end = column_end(link, side)
            assert end is not None
            homes.setdefault(end, set()).add((table, link[f"{side}_integration_source_id"]))
    degrees = Counter(end for pair in column_pairs(links) for end in pair)
    assert all(len(home) == 1 for home in homes.values())
    assert max(degrees.values()) > 20 * np.median(list(degrees.values()))


def test_reply_has_evidence_of_five_keys_or_none() -> None:
    """Evidence has five keys or is left out, without affecting the other fields."""
    with_it = json.loads(b"".join(generate_reply(4, seed=3)))
    without = json.loads(b"".join(generate_reply(4, evidence=False, seed=3)))
    assert all(len(link["evidence"]) == 5 for link in with_it)
    assert all(link["evidence"] is None for link in without)


def test_reply_may_be_empty() -> None:
    """A reply without links is an empty array."""
    assert b"".join(generate_reply(0, seed=1)) == b"[]"


def test_reply_is_the_same_for_a_seed() -> None:
    """Equal seeds give equal bytes."""
    assert list(generate_reply(10, seed=4)) == list(generate_reply(10, seed=4))


def test_reply_ids_are_proper_uuids() -> None:
    """Ids are UUIDs of version 4 in the usual spelling."""
    (link,) = json.loads(b"".join(generate_reply(1, n_systems=1, n_columns=1, seed=5)))
    assert UUID(link["id"]).version == 4
    assert str(UUID(link["id"])) == link["id"]


def test_reply_arguments_are_checked_at_the_call() -> None:
    """Invalid arguments raise at the call, before the first piece."""
    with pytest.raises(ArgumentError, match="n_columns is 0"):
        generate_reply(1, n_columns=0, seed=1)


def test_organization_repr_counts() -> None:
    """The repr of an organisation has only counts."""
    assert repr(Organization("Small", "", [], {}, ())) == (
        "<Organization Small: 0 link records, 0 systems, 0 true clusters>"
    )
