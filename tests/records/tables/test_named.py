"""Tests of links whose ends are names: lasting ids, the catalogue and invalid names."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.errors import ArgumentError, FormatError
from hummgraph.export import write
from hummgraph.export.graphml.reader import read_graphml
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.catalogue import Catalogue
from hummgraph.records.models import EntityLink
from hummgraph.records.tables.named import NAMESPACE, uuids
from hummgraph.snapshot.link_readers import read_links
from hummgraph.snapshot.snapshot import read_snapshot
from tests.support.builders import record, uid

Records = list[dict[str, Any]]

LINKS: Records = [
    {"source": "crm/contacts.email", "target": "billing/customer.email", "confidence": 0.92},
    {"source": "crm/contacts.email", "target": "billing/customer.email", "confidence": 0.4},
    {"source": "wh/public.users.e mail", "target": "crm/contacts.email", "confidence": None},
    {"source": "größe/x/y.z", "target": "crm/contacts.email", "confidence": 1},
]


def id_of(text: str) -> str:
    """Return the id of a text, as the reference documents it."""
    return str(uuid5(uuid5(NAMESPACE_OID, "hummgraph"), text))


def test_ids_are_of_names() -> None:
    """Ids of nodes and links are derived from names as documented."""
    graph = LinkGraph(read_links(LINKS))

    email = id_of("column:crm/contacts.email")
    assert graph.node("crm/contacts.email").node_id == email
    assert graph.node("crm/contacts").node_id == id_of("table:crm/contacts")
    assert graph.node("crm").node_id == id_of("integration_source:crm")
    assert graph.node("wh/public.users.e mail").name == "e mail"
    assert graph.node("wh/public.users").name == "public.users"
    assert graph.node("größe/x/y").name == "x/y"
    other = id_of("column:billing/customer.email")
    expected = {
        id_of(f"link:{email}:{other}:0:PROBABILISTIC"): 0.92,
        id_of(f"link:{email}:{other}:1:PROBABILISTIC"): 0.4,
    }
    links = graph.to_arrow("links").to_pylist()
    found = {link["link_id"]: link["confidence"] for link in links if link["target"] == other}
    assert found == expected
    assert {(link["status"], link["link_type"]) for link in links} == {
        ("SUGGESTED", "PROBABILISTIC")
    }
    assert {link["created_at"] for link in links} == {None}


def test_uuids_are_the_standard_ones() -> None:
    """UUIDs equal those of the standard library."""
    texts = ["", "a", "ü b"]
    assert [row.tobytes() for row in uuids(texts)] == [uuid5(NAMESPACE, t).bytes for t in texts]
    assert uuids([]).shape == (0, 16)


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "tsv", "parquet", "arrow", "pandas"])
def test_every_form_gives_the_same_graph(form: str, tmp_path: Path) -> None:
    """Files and tables of three columns all give the same graph."""
    expected = LinkGraph(read_links(LINKS))
    path = tmp_path / f"links.{form}"
    given: Any = path
    if form == "json":
        path.write_text(json.dumps(LINKS))
    elif form == "ndjson":
        path.write_text("\n".join(map(json.dumps, LINKS)))
    elif form == "parquet":
        pq.write_table(pa.Table.from_pylist(LINKS), path)
    elif form == "arrow":
        given = pa.Table.from_pylist(LINKS)
    else:
        frame = pytest.importorskip("pandas").DataFrame(LINKS)
        given = frame if form == "pandas" else path
        frame.to_csv(path, index=False, sep="\t" if form == "tsv" else ",")
    snapshot = read_links(given)

    assert LinkGraph(snapshot) == expected
    assert not any(snapshot.report.unnamed.values())


def test_names_work_everywhere(tmp_path: Path) -> None:
    """Names appear in clusters, crosswalk, snapshot and GraphML."""
    snapshot = read_links(LINKS)
    graph = LinkGraph(snapshot)
    found = cluster(graph, threshold=0.9, method="components")
    assert found.crosswalk()["crm"] == ["contacts.email (1.00)"]
    assert found.sizes.tolist() == [3]
    snapshot.write(tmp_path / "links.hummgraph")
    assert LinkGraph(read_snapshot(tmp_path / "links.hummgraph")) == graph
    write(graph, tmp_path / "links.graphml", evidence="full")
    assert read_graphml(tmp_path / "links.graphml") == graph
    assert repr(snapshot) == "<Snapshot of records: 4 links, 0 quarantined>"
    assert snapshot.organization_id is None


def test_decisions_hold_when_links_are_read_again() -> None:
    """Decisions still apply when the links are read in another order, among other links."""
    graph = LinkGraph(read_links(LINKS))
    link_id = next(row["link_id"] for row in graph.to_arrow().to_pylist() if row["confidence"] == 1)
    more = [{"source": "a/b.c", "target": "d/e.f", "confidence": 0.1}, *LINKS[::-1]]
    decided = LinkGraph(read_links(more)).with_decisions({link_id: "REJECTED"})
    assert [
        row["confidence"] for row in decided.to_arrow().to_pylist() if row["status"] == "REJECTED"
    ] == [1.0]


PLACES = st.sampled_from(["a/t.x", "a/t.y", "b/t.x", "b/u.v.x"])
LINK = st.fixed_dictionaries(
    {
        "source": PLACES,
        "target": PLACES,
        "confidence": st.sampled_from([None, 0.0, -0.0, 0.5, 1.0]),
        "status": st.sampled_from([None, "APPROVED", "approved", "ODD", "AB"]),
        "link_type": st.sampled_from([None, "DETERMINISTIC"]),
        "evidence": st.sampled_from([None, {"a": 1, "b": 2}, {"b": 2, "a": 1.0}, {"a": 2}]),
        "created_at": st.sampled_from([None, "2026-01-05T09:30:00Z", "2026-01-06T09:30:00"]),
    }
)


@given(st.lists(LINK, max_size=12), st.randoms())
def test_order_does_not_matter(links: Records, chance: random.Random) -> None:
    """Equal links in any order give equal graphs, and each link has its own id."""
    mixed = links[:]
    chance.shuffle(mixed)
    graph = LinkGraph(read_links(links))

    assert graph.n_links == len(links)
    again = LinkGraph(read_links(mixed))
    # Spelling of evidence is kept as it came; what it says is compared.
    rows, others = (
        [{**row, "evidence": row["evidence"] and json.loads(row["evidence"])} for row in g]
        for g in (graph.to_arrow().to_pylist(), again.to_arrow().to_pylist())
    )
    assert rows == others


def test_the_surest_link_is_the_first() -> None:
    """Links of a pair and type are numbered from the highest confidence down, nulls last."""
    pair = {"source": "a/t.x", "target": "b/u.y"}
    links = [
        {**pair, "confidence": None},
        {**pair, "confidence": 0.2},
        {**pair, "confidence": 0.7, "link_type": "DETERMINISTIC"},
        {**pair, "confidence": 0.9, "status": "REJECTED"},
        {**pair, "confidence": 0.9, "status": "APPROVED"},
    ]
    ends = f"{id_of('column:a/t.x')}:{id_of('column:b/u.y')}"
    by_id = {
        row["link_id"]: (row["confidence"], row["status"])
        for row in LinkGraph(read_links(links)).to_arrow().to_pylist()
    }
    assert by_id == {
        id_of(f"link:{ends}:0:PROBABILISTIC"): (0.9, "APPROVED"),
        id_of(f"link:{ends}:1:PROBABILISTIC"): (0.9, "REJECTED"),
        id_of(f"link:{ends}:2:PROBABILISTIC"): (0.2, "SUGGESTED"),
        id_of(f"link:{ends}:3:PROBABILISTIC"): (None, "SUGGESTED"),
        id_of(f"link:{ends}:0:DETERMINISTIC"): (0.7, "SUGGESTED"),
    }


def test_links_of_one_confidence_are_ordered_by_their_content() -> None:
    """Evidence, then times number links of one pair, in whatever order they are read."""
    ends: dict[str, Any] = {
        "source": "crm/contacts.email",
        "target": "billing/customer.email",
        "confidence": 0.9,
    }
    links = [
        ends | {"evidence": {"score": 1}},
        ends | {"evidence": {"score": 2}, "created_at": "2026-01-01T00:00:00Z"},
        ends | {"evidence": {"score": 2}, "created_at": "2026-01-02T00:00:00Z"},
        ends,
    ]

    def by_number(records: Records) -> list[tuple[Any, Any]]:
        graph = LinkGraph(read_links(records))
        a, b = (graph.node(ends[end]).node_id for end in ("source", "target"))
        found = [graph.link(id_of(f"link:{a}:{b}:{n}:PROBABILISTIC")) for n in range(4)]
        return [(link.evidence, link.created_at) for link in found]

    found = by_number(links)
    assert [evidence for evidence, _ in found] == [None, {"score": 1}, {"score": 2}, {"score": 2}]
    times = [created for _, created in found[2:]]
    assert times == sorted(times)
    assert by_number(links[::-1]) == found


def test_links_between_tables() -> None:
    """At level table a name is not split at its dots."""
    links = [{"source": "crm/contacts", "target": "wh/public.users", "confidence": 0.7}]
    graph = LinkGraph(read_links(links, level="table"))

    assert repr(graph) == "<LinkGraph: 2 systems, 2 tables, 0 columns, 1 links>"
    assert graph.node("wh/public.users").level == "table"
    assert graph.node("crm/contacts").node_id == id_of("table:crm/contacts")
    with pytest.raises(FormatError, match="level='table' is for links between tables"):
        read_links([{"source": "crm/contacts", "target": "wh/users", "confidence": 0.7}])


@pytest.mark.parametrize(
    "name", ["", " ", None, "crm", "crm/", "crm/contacts", "/contacts.email", "crm/.email",
             "crm/contacts.", "contacts.email", 5, float("nan")]
)  # fmt: skip
def test_what_is_no_name_is_set_aside(name: object) -> None:
    """A record whose end is not a name is set aside unchanged, with that end as the reason."""
    bad = {"source": LINKS[0]["source"], "target": name, "confidence": 0.5}
    found = read_links([*LINKS, bad])

    (quarantined,) = found.quarantine
    assert [(r.code, r.pointer) for r in quarantined.reasons] == [("invalid_name", "/target")]
    assert quarantined.index == 4
    assert json.loads(quarantined.record)["confidence"] == 0.5
    assert LinkGraph(found) == LinkGraph(read_links(LINKS))


def test_all_that_is_wrong_is_said() -> None:
    """All faults of a record are listed: those of its ends and of its other fields."""
    bad = {
        "source": "crm",
        "target": "a/t.\ud800",
        "confidence": 2,
        "id": "x",
        "created_at": "now",
        "evidence": [1],
    }
    (quarantined,) = read_links([*LINKS, bad]).quarantine
    assert [(r.code, r.pointer) for r in quarantined.reasons] == [
        ("invalid_name", "/source"),
        ("invalid_name", "/target"),
        ("invalid_uuid", "/id"),
        ("date_time", "/created_at"),
        ("wrong_type", "/evidence"),
    ]


def test_blanks_around_names_are_cut() -> None:
    """Blanks around names are removed."""
    links = [{**link, "source": f" {link['source']}\t"} for link in LINKS]
    assert LinkGraph(read_links(links)) == LinkGraph(read_links(LINKS))


def test_what_links_bring_themselves_is_kept() -> None:
    """Ids, organisations, times, types and statuses of the input are kept, and nulls derived."""
    own = str(uuid4())
    whole = {
        "source": "a/t.x",
        "target": "b/u.y",
        "confidence": "0.5",
        "id": UUID(own).hex,
        "organization_id": uid("organisation"),
        "created_at": "2026-01-05T09:30:00Z",
        "status": "approved",
        "link_type": "DETERMINISTIC",
        "evidence": {"a": 1},
        "note": "x",
    }
    rest = {"source": "a/t.x", "target": "b/u.z", "confidence": 0.5}
    snapshot = read_links([whole, {**rest, "organization_id": uid("organisation")}])
    first, second = snapshot.links.to_pylist()

    assert UUID(bytes=first["link_id"]) == UUID(own)
    assert first["organization_id"] == UUID(uid("organisation")).bytes
    assert str(first["created_at"]) == "2026-01-05 09:30:00+00:00"
    assert (first["status"], first["link_type"], first["confidence"]) == (
        "APPROVED",
        "DETERMINISTIC",
        0.5,
    )
    assert first["evidence"] == '{"a": 1}'
    assert (first["updated_at"], second["created_at"], second["evidence"]) == (None, None, None)
    assert str(snapshot.organization_id) == uid("organisation")
    assert snapshot.drift.unknown_fields == {"note": 1}
    assert snapshot.flags["respelled"] == 1


def test_links_with_one_id_are_compared() -> None:
    """Of links with one id the newest is kept; one without a time is older than any other."""
    link = {**LINKS[0], "id": str(uuid4())}
    newer = {**link, "confidence": 0.1, "updated_at": "2026-01-05T09:30:00Z"}
    found = read_links([link, newer])

    assert found.links.column("confidence").to_pylist() == [0.1]
    assert json.loads(found.quarantine[0].record) == link
    assert dict(found.report.reasons) == {"duplicate_conflict": 1}


def test_confidence_may_be_missing_where_there_is_a_status() -> None:
    """Confidence may be missing if there is a status, as in a list of approved pairs."""
    links = [{"source": "a/t.x", "target": "b/u.y", "status": "APPROVED"}]
    assert len(cluster(LinkGraph(read_links(links)))) == 1
    with pytest.raises(FormatError, match="no column 'confidence'"):
        read_links([{"source": "a/t.x", "target": "b/u.y"}])


def test_a_field_may_come_late() -> None:
    """A field may occur for the first time in a late record."""
    late = [LINKS[0], {**LINKS[3], "status": "REJECTED"}]
    for links in (late, json.dumps(late).encode()):
        assert read_links(links).report.links_by_status == {"REJECTED": 1, "SUGGESTED": 1}


def test_ids_at_the_ends_are_no_names() -> None:
    """Links with ids at their ends are refused with a hint at the reader of a graph's tables."""
    table = LinkGraph(read_links(LINKS)).to_arrow("links")
    with pytest.raises(
        FormatError, match=r"The ends are ids.*read_parquet\(\).*LinkGraph\.from_arrow"
    ):
        read_links(table)
    columns = {"source_path": "source", "target_path": "target"}
    graph = LinkGraph(read_links(table, columns=columns))
    assert graph == LinkGraph(read_links(LINKS))


def test_hint_for_names_of_another_kind() -> None:
    """Names of another form are refused with a hint at the expected form."""
    with pytest.raises(FormatError, match=r"A name reads system/table\.column"):
        read_links([{"source": "a", "target": "b", "confidence": 1}])


def test_arguments_that_do_not_fit() -> None:
    """A catalogue is refused for links between names, and a level for links between ids."""
    with pytest.raises(ArgumentError, match="level is 'field'; it must be 'column' or 'table'"):
        read_links(LINKS, level="field")
    with pytest.raises(ArgumentError, match="the ends of these links are names"):
        read_links(LINKS, catalogue=Catalogue.empty())
    with pytest.raises(ArgumentError, match="the ends of these links are ids"):
        read_links([], level="table")


def test_one_record_of_the_api_says_that_ends_are_ids() -> None:
    """All records of a list have one form; records of the other form are set aside."""
    found = read_links([LINKS[0], EntityLink.model_validate(record("a/t.x", "b/u.y"))])
    assert found.report.kept == 1
    assert [q.index for q in found.quarantine] == [0]
    assert set(found.report.reasons) == {"missing_field"}


def test_records_of_json_that_are_none_are_set_aside() -> None:
    """Values that are not records are set aside with their own text and reasons."""
    lines = [json.dumps(LINKS[0]), "xx", "5", '{"source": 1, "source": 2}', json.dumps(LINKS[3])]
    found = read_links("\n".join(lines).encode())

    assert [(q.index, q.record.decode(), q.reasons[0].code) for q in found.quarantine] == [
        (1, "xx", "not_json"),
        (2, "5", "not_object"),
        (3, lines[3], "duplicate_key"),
    ]
    assert found.report.kept == 2
    deep = '{"source": "a/b.c", "target": "a/b.d", "evidence": ' + "[" * 200 + "]" * 200 + "}"
    found = read_links("\n".join([lines[0], deep]).encode())
    assert dict(found.report.reasons) == {"too_deep": 1}


def test_many_links_are_read_in_blocks() -> None:
    """Ids and columns stay with their links across blocks."""
    chance = np.random.default_rng(4)
    names = [f"s{a}/t{b}.c{c}" for a in range(3) for b in range(4) for c in range(5)]
    n = 40_000
    table = pa.table(
        {
            "source": [names[i] for i in chance.integers(0, 60, n)],
            "target": [names[i] for i in chance.integers(0, 60, n)],
            "confidence": chance.random(n),
        }
    )
    snapshot = read_links(table)
    links = (
        LinkGraph(snapshot).to_arrow("links").select(["source_path", "target_path", "confidence"])
    )
    assert sorted(zip(*(c.to_pylist() for c in links.columns), strict=True)) == sorted(
        zip(*(c.to_pylist() for c in table.columns), strict=True)
    )
    assert snapshot.report.catalogue == {
        "systems": 3,
        "tables": 12,
        "columns": 60,
        "relationships": 0,
        "associations": 0,
    }
