"""Tests of the structure inside systems: relationships of databases, associations of SaaS."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any
from uuid import UUID

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hummgraph import cluster
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.graph.relationships import Relationships, relationships_of
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, record, uid

Records = dict[str, Any]
RETIRED = "retired"  # a status that the contract does not name


def relationship(column: str, to: str, **other: Any) -> Records:
    """Return a relationship record: ``db/orders.user_id`` refers to ``db/users.id``."""
    table, _, name = to.partition(".")
    return {
        "id": uid(f"{column} > {to}"),
        "integration_source_id": uid(column.partition("/")[0]),
        "from_column_id": uid(column),
        "to_table_id": uid(table),
        "to_column_name": name,
        **other,
    }


def association(begin: str, end: str, name: str | None = None, **other: Any) -> Records:
    """Return an association record from one object to another."""
    return {
        "id": uid(f"{begin} ~ {end} {name}"),
        "integration_source_id": uid(begin.partition("/")[0]),
        "from_object_id": uid(begin),
        "to_object_id": uid(end),
        "association_type_id": name,
        **other,
    }


def saas(*places: str) -> Records:
    """Return catalogue records of SaaS objects and fields; ``=`` precedes an API identifier."""
    records: dict[str, list[Records]] = {"saas_objects": [], "saas_fields": []}
    for path in sorted({place.partition(".")[0] for place in places}):
        records["saas_objects"].append(
            {
                "id": uid(path),
                "integration_source_id": uid(path.partition("/")[0]),
                "object_name": path.partition("/")[2],
            }
        )
    for place in places:
        spelled, _, api = place.partition("=")
        path, _, name = spelled.partition(".")
        if name:
            field = {"id": uid(spelled), "saas_object_id": uid(path), "field_name": name}
            records["saas_fields"].append(field | ({"api_identifier": api} if api else {}))
    return records


def read(records: Records, links: Any = (), policy: Policy | None = None) -> LinkGraph:
    """Build a graph from catalogue records, and of links where there are any."""
    return LinkGraph(read_links(links, catalogue=records), policy=policy)


def of_database(*relationships: Records, places: Any = (), links: Any = ()) -> LinkGraph:
    """Build a graph from relationships in databases whose columns are known."""
    return read(catalogue(places) | {"relationships": list(relationships)}, links)


def of_saas(*associations: Records, fields: Any) -> LinkGraph:
    """Build a graph from associations in a SaaS system whose fields are known."""
    return read(saas(*fields) | {"associations": list(associations)})


def ends(linked: LinkGraph) -> list[tuple[str, str, str]]:
    """Return what each row joins, and how its columns were told."""
    rows = linked.relationships.to_frame()
    return [(row["source_path"], row["target_path"], row["columns"]) for row in rows]


PLACES = ("db/orders.user_id", "db/users.id", "db/users.email")


# --- the columns of a relationship -----------------------------------------------------------


def test_a_relationship_names_both_columns() -> None:
    """The source column is an id, the target one a name of the table's: both are declared."""
    linked = of_database(relationship("db/orders.user_id", "db/users.id"), places=PLACES)
    rows = linked.relationships

    assert ends(linked) == [("db/orders.user_id", "db/users.id", "declared")]
    assert rows.source_column.tolist() == [linked.index_of("db/orders.user_id")]
    assert rows.target_column.tolist() == [linked.index_of("db/users.id")]
    assert rows.source_table.tolist() == [linked.index_of("db/orders")]
    assert rows.target_table.tolist() == [linked.index_of("db/users")]
    assert rows.system.tolist() == [linked.index_of("db")]


@pytest.mark.parametrize(
    ("named", "columns", "found"),
    [
        ("ID", ["id", "ID"], "ID"),
        ("Id", ["id"], "id"),
        ("Id", ["id", "ID"], None),
        ("key", ["id"], None),
        ("", ["id"], None),
    ],
)
def test_a_target_is_found_as_written_then_in_any_case(
    named: str, columns: list[str], found: str | None
) -> None:
    """The spelling of the record goes first; in another case only one column may fit."""
    linked = of_database(
        relationship("db/orders.user_id", f"db/users.{named}"),
        places=["db/orders.user_id", *(f"db/users.{column}" for column in columns)],
    )
    target = f"db/users.{found}" if found else "db/users"

    assert ends(linked) == [("db/orders.user_id", target, "declared" if found else "unknown")]


def test_a_target_is_found_by_api_identifier() -> None:
    """If no name fits, the name that a column has for programs does."""
    records = saas("db/users.Key=user_key", "db/orders.user")
    records["relationships"] = [relationship("db/orders.user", "db/users.USER_KEY")]
    linked = read(records)

    assert linked.relationships.to_frame()["target"] == [uid("db/users.Key")]


def test_an_unknown_target_column_leaves_the_table() -> None:
    """A missing column is -1, and the row ends at the table."""
    linked = of_database(relationship("db/orders.user_id", "db/users.uuid"), places=PLACES)
    rows = linked.relationships

    assert rows.target_column.tolist() == [-1]
    assert rows.target.tolist() == rows.target_table.tolist() == [linked.index_of("db/users")]
    assert rows.columns.to_pylist() == ["unknown"]


# --- the columns of an association -----------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "fields", "source", "target"),
    [
        # The field of the first object refers to the second's id, in any case.
        ("AccountId", ["s/A.AccountId", "s/B.ID"], "s/A.AccountId", "s/B.ID"),
        ("account", ["s/A.Account=account", "s/B.Key=id"], "s/A.Account", "s/B.Key"),
        # The second object's field refers to the first.
        ("deal", ["s/A.id", "s/B.deal"], "s/A.id", "s/B.deal"),
        # The first object goes before the second where both have such a field.
        ("deal", ["s/A.id", "s/A.deal", "s/B.id", "s/B.deal"], "s/A.deal", "s/B.id"),
        # Two fields fit, or none, or in another case only: nothing is told.
        ("x", ["s/A.one=x", "s/A.x", "s/B.id"], None, None),
        ("279", ["s/A.id", "s/B.id"], None, None),
        ("accountid", ["s/A.AccountId", "s/B.Id"], None, None),
        (None, ["s/A.id", "s/B.id"], None, None),
        # The other side has no id, or two.
        ("b", ["s/A.b", "s/B.key"], "s/A.b", None),
        ("b", ["s/A.b", "s/B.id", "s/B.ID"], "s/A.b", None),
        ("a", ["s/A.key", "s/B.a"], None, "s/B.a"),
    ],
)
def test_the_columns_of_an_association_follow_one_convention(
    named: str | None, fields: list[str], source: str | None, target: str | None
) -> None:
    """Its type names a field, the other object is known by its id; nothing else is guessed."""
    linked = of_saas(association("s/A", "s/B", named), fields=fields)
    rows = linked.relationships.to_frame()
    told = "inferred" if source and target else "unknown"

    assert rows["columns"] == [told]
    assert rows["source"] == [uid(source or "s/A")]
    assert rows["target"] == [uid(target or "s/B")]
    assert rows["source_table_path"] == [linked.node(uid("s/A")).path]
    assert rows["target_table_path"] == [linked.node(uid("s/B")).path]


@pytest.mark.parametrize(
    ("keys", "found"),
    [(["number"], "number"), (["number", "region"], "id"), ([], "id")],
)
def test_a_flagged_key_goes_before_a_field_called_id(keys: list[str], found: str) -> None:
    """One primary key identifies a record; of several none does alone."""
    records = catalogue(["s/A.b", "s/B.id", "s/B.number", "s/B.region"])
    for column in records["columns"]:
        column["is_primary_key"] = column["name"] in keys
    records["associations"] = [association("s/A", "s/B", "b")]

    assert read(records).relationships.to_frame()["target"] == [uid(f"s/B.{found}")]


# --- weights ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "values", "weight"),
    [
        ({}, {"score": 0.7}, 0.7),
        ({}, {"score": 0.7, "type": "FOREIGN_KEY"}, 0.7),
        ({}, {"score": 0.0, "status": "APPROVED"}, 0.0),
        ({}, {"type": "FOREIGN_KEY"}, 1.0),
        ({}, {"type": "MANUAL", "status": "SUGGESTED"}, 1.0),
        ({}, {"type": "INFERRED"}, None),
        ({}, {}, None),
        ({}, {"type": "INFERRED", "status": "APPROVED"}, 1.0),
        ({"approved": "score"}, {"status": "APPROVED"}, None),
        ({"null_confidence": 0.0}, {"type": "INFERRED"}, 0.0),
        ({"null_confidence": 0.5}, {"type": "FOREIGN_KEY"}, 1.0),
        ({"null_deterministic": 0.5}, {"type": "INFERRED"}, None),
        # A scale that nobody documents is no score.
        ({}, {"score": 87.0}, None),
        ({}, {"score": 87.0, "type": "FOREIGN_KEY"}, 1.0),
        ({}, {"score": -0.1, "status": "APPROVED"}, 1.0),
        ({}, {"score": 1.0, "status": "REJECTED", "type": "FOREIGN_KEY"}, None),
        ({"rejected": "score"}, {"score": 0.6, "status": "REJECTED"}, 0.6),
        ({}, {"score": 0.9, "status": RETIRED}, None),
    ],
)
def test_what_a_relationship_weighs(
    policy: dict[str, Any], values: Records, weight: float | None
) -> None:
    """A score in [0, 1] counts; without one, what was stated or approved counts 1."""
    records = catalogue(PLACES)
    records["relationships"] = [relationship("db/orders.user_id", "db/users.id", **values)]
    rows = read(records, policy=Policy(**policy)).relationships.to_frame()

    assert rows["weight"] == [weight]
    assert rows["score"] == [values.get("score")]
    assert rows["status"] == [values.get("status")]
    assert rows["type"] == [values.get("type")]


@pytest.mark.parametrize(("active", "weight"), [(True, 0.8), (None, 0.8), (False, None)])
def test_a_retired_association_weighs_nothing(active: bool | None, weight: float | None) -> None:
    """It is kept, without a weight."""
    linked = of_saas(
        association("s/A", "s/B", "b", score=0.8, is_active=active), fields=["s/A.b", "s/B.id"]
    )

    assert linked.relationships.to_frame()["weight"] == [weight]


def test_another_policy_weighs_anew() -> None:
    """The weights are those of the graph's policy, and filters of links leave them alone."""
    linked = of_database(
        relationship("db/orders.user_id", "db/users.id", status="REJECTED", score=0.4),
        places=PLACES,
    )
    lenient = linked.with_policy(Policy(rejected="score"))

    assert math.isnan(linked.relationships.weight[0])
    assert lenient.relationships.weight.tolist() == [0.4]
    assert lenient.where(min_confidence=0.9).relationships is lenient.relationships


# --- rows ------------------------------------------------------------------------------------


def test_rows_have_all_that_the_record_says() -> None:
    """Label, status, type, score and evidence come as they were sent."""
    linked = of_saas(
        association(
            "s/A",
            "s/B",
            "b",
            association_label="A to B",
            relationship_type="MANUAL",
            status="APPROVED",
            score=0.5,
            evidence={"why": "said so"},
        ),
        fields=["s/A.b", "s/B.id"],
    )

    (row,) = linked.relationships.to_frame()
    assert json.loads(row.pop("evidence")) == {"why": "said so"}
    system = linked.node(uid("s")).name
    assert row == {
        "relationship_id": uid("s/A ~ s/B b"),
        "kind": "association",
        "type": "MANUAL",
        "status": "APPROVED",
        "score": 0.5,
        "weight": 0.5,
        "label": "A to B",
        "columns": "inferred",
        "source": uid("s/A.b"),
        "target": uid("s/B.id"),
        "source_path": f"{system}/A.b",
        "target_path": f"{system}/B.id",
        "source_deleted": False,
        "target_deleted": False,
        "source_table_path": f"{system}/A",
        "target_table_path": f"{system}/B",
        "system": system,
    }


def test_the_arrays_are_as_described() -> None:
    """Codes are 32-bit, numbers 64-bit, and nothing can be written to."""
    rows = of_database(
        relationship("db/orders.user_id", "db/users.id", score=0.5), places=PLACES
    ).relationships

    assert rows.ids.shape == (1, 16)
    for name in ("system", "source_table", "target_table", "source_column", "target_column"):
        assert getattr(rows, name).dtype == np.int32
    for array in (rows.ids, rows.score, rows.weight, rows.system, rows.source_table):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert rows.score.dtype == rows.weight.dtype == np.float64


def test_relationships_show_themselves() -> None:
    """In one line, and in a notebook as a table whose texts are no markup."""
    linked = read(
        catalogue(PLACES)
        | {
            "relationships": [relationship("db/orders.user_id", "db/users.id")],
            "associations": [association("s/A", "s/B", "b", association_label="<b>")],
        }
    )

    assert repr(linked.relationships) == (
        "<Relationships: 1 relationships, 1 associations; both columns known of 1 of 2>"
    )
    assert "&lt;b&gt;" in linked.relationships._repr_html_()


def test_without_a_catalogue_there_are_none() -> None:
    """An empty answer has all columns, too."""
    linked = LinkGraph(read_links([record("a/t.x", "b/u.y")]))

    assert len(linked.relationships) == 0
    assert linked.relationships.to_frame().shape == (0, 18)
    assert repr(linked.relationships).startswith("<Relationships: 0 relationships, 0 assoc")
    assert linked.to_networkx(relationships=True).number_of_edges() == 1


# --- nodes that only structure names ---------------------------------------------------------


def test_what_only_a_relationship_names_is_a_node() -> None:
    """Column, table and system of an otherwise empty catalogue; both lie in the system."""
    linked = read({"relationships": [relationship("db/orders.user_id", "db/users.id")]})
    column, table = linked.node(uid("db/orders.user_id")), linked.node(uid("db/users"))
    rows = linked.relationships

    assert linked.n_nodes_by_level == {"integration_source": 1, "table": 1, "column": 1}
    assert column.parent == table.parent == linked.index_of(uid("db"))
    assert (column.kind, table.kind) == ("column", "table")
    assert rows.source_table.tolist() == [-1]
    assert rows.source.tolist() == [column.index]
    assert rows.to_frame()["source_table_path"] == [None]
    assert rows.to_frame()["columns"] == ["unknown"]


def test_what_only_an_association_names_is_a_node() -> None:
    """Both objects are, in the system that the record names."""
    linked = read({"associations": [association("s/A", "s/B", "b")]})

    assert linked.n_nodes_by_level == {"integration_source": 1, "table": 2, "column": 0}
    for name in ("s/A", "s/B"):
        node = linked.node(uid(name))
        assert (node.parent, node.kind) == (linked.index_of(uid("s")), "saas_object")
    assert len(linked.relationships) == 1


def test_catalogue_and_links_know_better_where_a_table_lies() -> None:
    """A relationship's own system is the last word, where nothing else says one."""
    odd = relationship("db/orders.user_id", "db/users.id", integration_source_id=uid("other"))
    known = of_database(odd, places=PLACES)
    assert known.node(uid("db/users")).parent == known.index_of(uid("db"))
    assert known.relationships.system.tolist() == [known.index_of(uid("other"))]

    linked = read({"relationships": [odd]}, [record("db/orders.user_id", "db/users")])
    assert linked.node(uid("db/users")).parent == linked.index_of(uid("db"))
    assert linked.node(uid("db/orders.user_id")).parent == linked.index_of(uid("db/orders"))


def test_a_source_table_that_only_links_know_is_used() -> None:
    """The catalogue has not the column, but a link says which table it is in."""
    linked = read(
        {"relationships": [relationship("db/orders.user_id", "db/users.id")]},
        [record("db/orders.user_id", "crm/person.key")],
    )

    assert linked.relationships.source_table.tolist() == [linked.index_of(uid("db/orders"))]


def test_records_that_disagree_give_one_answer_in_any_order() -> None:
    """A table that two systems claim goes to the smaller id."""
    claims = [
        relationship(
            "db/orders.user_id", "db/users.id", id=uid(name), integration_source_id=uid(name)
        )
        for name in ("one", "two")
    ]
    for records in (claims, claims[::-1]):
        linked = read({"relationships": records})
        assert linked.node(uid("db/users")).parent == 0


# --- subgraphs -------------------------------------------------------------------------------


def test_a_subgraph_has_the_rows_of_its_tables() -> None:
    """Rows are found again by id among fewer nodes; one with a table outside is left out."""
    linked = of_database(
        relationship("db/orders.user_id", "db/users.id"),
        relationship("db/orders.shop_id", "db/shops.id"),
        places=[*PLACES, "db/orders.shop_id", "db/shops.id"],
    )

    part = linked.subgraph(["db/orders", "db/users"])
    assert ends(part) == [("db/orders.user_id", "db/users.id", "declared")]
    assert len(linked.subgraph(["db"]).relationships) == 2
    assert len(linked.subgraph(["db/orders"]).relationships) == 0


def test_a_column_that_a_subgraph_has_not_is_unknown_there() -> None:
    """The tables are, so the row stays, and ends at them."""
    linked = of_database(relationship("db/orders.user_id", "db/users.id"), places=PLACES)
    part = linked.subgraph(["db/orders", "db/users.email"])

    assert ends(part) == [("db/orders.user_id", "db/users", "unknown")]


def test_what_a_name_fits_does_not_depend_on_a_subgraph() -> None:
    """Two columns fit a name in the whole: dropping one does not make the other right."""
    linked = of_database(
        relationship("db/orders.user_id", "db/users.Id"),
        places=["db/orders.user_id", "db/users.id", "db/users.ID"],
    )
    part = linked.subgraph(["db/orders", uid("db/users.id")])

    assert ends(part) == [("db/orders.user_id", "db/users", "unknown")]


def test_a_column_without_table_stands_for_itself_in_a_subgraph() -> None:
    """With the column the row stays; without it nothing is left to begin at."""
    linked = read({"relationships": [relationship("db/orders.user_id", "db/users.id")]})
    both = [uid("db/orders.user_id"), uid("db/users")]

    assert len(linked.subgraph(both).relationships) == 1
    assert len(linked.subgraph(both[1:]).relationships) == 0


# --- all records, in any order ---------------------------------------------------------------

systems = st.sampled_from(["s", "db"])
tables = st.builds("{}/{}".format, systems, st.sampled_from(["t", "u", "v"]))
names = st.sampled_from(["id", "ID", "key", "u"])
columns = st.builds("{}.{}".format, tables, names)
common = {
    "status": st.sampled_from([None, "SUGGESTED", "APPROVED", "REJECTED", RETIRED]),
    "score": st.none() | st.floats(-1, 2, allow_nan=False),
}
drawn_relationships = st.lists(
    st.builds(
        lambda number, column, to, **other: relationship(column, to, id=uid(number), **other),
        st.sampled_from("1234567"),
        columns,
        columns,
        type=st.sampled_from([None, "FOREIGN_KEY", "INFERRED"]),
        **common,
    ),
    max_size=6,
)
drawn_associations = st.lists(
    st.builds(
        lambda number, begin, end, name, **other: association(
            begin, end, name, id=uid(number), **other
        ),
        st.sampled_from("1234567"),
        tables,
        tables,
        st.none() | names,
        is_active=st.none() | st.booleans(),
        **common,
    ),
    max_size=6,
)
drawn_links = st.lists(
    st.builds(
        lambda number, source, target, **other: record(source, target, id=uid(number), **other),
        st.sampled_from("1234567"),
        columns | tables,
        columns | tables,
        status=st.sampled_from(["SUGGESTED", "APPROVED", "REJECTED"]),
    ),
    max_size=6,
    unique_by=lambda link: link["id"],
)


@given(
    drawn_relationships,
    drawn_associations,
    drawn_links,
    st.sets(columns | tables),
    st.randoms(use_true_random=False),
)
def test_every_kept_record_is_one_row(
    relationships: list[Records],
    associations: list[Records],
    links: list[Records],
    known: set[str],
    shuffle: random.Random,
) -> None:
    """Whatever the catalogue knows besides: none is lost, none twice, in any order."""
    first: dict[str, dict[str, Records]] = {}
    for kind, several in (("relationships", relationships), ("associations", associations)):
        # A second record of an id is quarantined; which is the second would depend on the order.
        first[kind] = {item["id"]: item for item in several}
    records: Records = {kind: list(items.values()) for kind, items in first.items()}
    linked = read(catalogue(known) | records, links)
    rows = linked.relationships
    kept = linked.snapshot.catalogue

    for kind, held in (("relationship", kept.relationships), ("association", kept.associations)):
        found = [str(UUID(bytes=packed)) for packed in held.column("id").to_pylist()]
        frame = rows.to_frame()
        ids = zip(frame["relationship_id"], frame["kind"], strict=True)
        assert sorted(key for key, of in ids if of == kind) == sorted(found)
        assert len(found) == len(first[f"{kind}s"])
    assert sorted(map(bytes, rows.ids)) == list(map(bytes, rows.ids))
    assert ((rows.source >= 0) & (rows.target >= 0)).all()
    weights = rows.weight[~np.isnan(rows.weight)]
    assert ((weights >= 0) & (weights <= 1)).all()
    both = (rows.source_column >= 0) & (rows.target_column >= 0)
    assert [told != "unknown" for told in rows.columns.to_pylist()] == both.tolist()

    for several in records.values():
        shuffle.shuffle(several)
    shuffled = read(catalogue(known) | records, links)
    assert shuffled.relationships.to_frame() == rows.to_frame()
    assert shuffled.nodes == linked.nodes


@given(drawn_relationships, drawn_associations, drawn_links)
def test_clusters_do_not_use_them(
    relationships: list[Records], associations: list[Records], links: list[Records]
) -> None:
    """With and without structure, the same links make the same clusters and projections."""
    places = [f"{system}/{table}.id" for system in ("s", "db") for table in "tuv"]
    bare = read(catalogue(places), links)
    full = read(
        catalogue(places) | {"relationships": relationships, "associations": associations}, links
    )

    found, same = cluster(full, threshold=0.5), cluster(bare, threshold=0.5)
    # Names and order use roles, which declared references decide.
    assert (found.ids, found.members) == (same.ids, same.members)
    assert found.refused == same.refused
    assert full.links == bare.links
    assert full.project("integration_source").edges == bare.project("integration_source").edges


# --- networkx --------------------------------------------------------------------------------


def oracle(linked: LinkGraph, *, keep_unweighted: bool) -> nx.MultiDiGraph[str]:
    """Build links and structure by hand, as an ordinary graph."""
    built: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    built.add_nodes_from(linked.nodes["node_id"])
    taken = set(linked.links["link_id"])
    for row in linked.links:
        if keep_unweighted or row["weight"] is not None:
            built.add_edge(row["source"], row["target"], row["link_id"], kind="entity_link")
    rows = list(linked.relationships.to_frame())
    ids = [row["relationship_id"] for row in rows]
    for row in rows:
        key = row["relationship_id"]
        if key in taken or ids.count(key) > 1:
            key = f"{row['kind']}:{key}"
        if keep_unweighted or row["weight"] is not None:
            parts = ["kind", "type", "status", "score", "label"]
            parts += ["weight"] if row["weight"] is not None else []
            attributes = {name: row[name] for name in parts}
            assert not built.has_edge(row["source"], row["target"], key)
            built.add_edge(row["source"], row["target"], key, **attributes)
    return built


def plain(view: nx.MultiDiGraph[str]) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """Return an adjacency as dicts; of a link only that it is one."""
    return {
        node: {
            other: {
                key: {"kind": data["kind"]} if data["kind"] == "entity_link" else dict(data)
                for key, data in keys.items()
            }
            for other, keys in others.items()
        }
        for node, others in view.adj.items()
    }


@given(drawn_relationships, drawn_associations, drawn_links, st.booleans())
def test_the_view_equals_a_graph_built_by_hand(
    relationships: list[Records],
    associations: list[Records],
    links: list[Records],
    keep_unweighted: bool,
) -> None:
    """Ids of links, relationships and associations may be alike: no edge overwrites another."""
    linked = read({"relationships": relationships, "associations": associations}, links)
    view = linked.to_networkx(relationships=True, keep_unweighted=keep_unweighted)
    built = oracle(linked, keep_unweighted=keep_unweighted)

    assert plain(view) == plain(built)
    assert plain(view.reverse()) == plain(built.reverse())
    assert view.number_of_edges() == built.number_of_edges()
    assert plain(nx.MultiDiGraph(view)) == plain(built)
    left_out = 0 if keep_unweighted else int(np.isnan(linked.relationships.weight).sum())
    assert view.graph["relationships_left_out"] == left_out


def test_relationships_are_edges_only_when_asked_for() -> None:
    """By default the view has links, and says nothing of what else there is."""
    linked = of_database(
        relationship("db/orders.user_id", "db/users.id", type="FOREIGN_KEY"),
        places=PLACES,
        links=[record("db/orders.user_id", "db/users.id")],
    )

    assert linked.to_networkx().number_of_edges() == 1
    assert "relationships_left_out" not in linked.to_networkx().graph
    assert linked.to_networkx(relationships=True).number_of_edges() == 2


def test_all_kinds_of_edges_stand_side_by_side() -> None:
    """Links, structure and containment keep their keys and attributes; evidence if asked for."""
    foreign = relationship(
        "db/orders.user_id", "db/users.id", type="FOREIGN_KEY", evidence={"n": 1}
    )
    link = record("db/orders.user_id", "db/users.id")
    linked = of_database(foreign, places=PLACES, links=[link])
    view = linked.to_networkx(relationships=True, containment=True, evidence="full")
    parallel = view[uid("db/orders.user_id")][uid("db/users.id")]

    assert set(parallel) == {link["id"], foreign["id"]}
    assert parallel[foreign["id"]] == {
        "kind": "relationship",
        "type": "FOREIGN_KEY",
        "status": None,
        "score": None,
        "label": None,
        "weight": 1.0,
        "evidence": '{"n": 1}',
    }
    assert parallel[link["id"]]["kind"] == "entity_link"
    assert view[uid("db")][uid("db/users")]["contains"] == {"kind": "contains"}
    assert view.number_of_edges() == 1 + 1 + 5


def test_an_id_of_several_edges_gets_the_kind_before_it() -> None:
    """Between the same nodes, a link, a relationship and an association of one id are three."""
    same = uid("same")
    fields = saas("s/A.b", "s/B.id")
    fields["relationships"] = [relationship("s/A.b", "s/B.id", id=same, type="MANUAL")]
    fields["associations"] = [association("s/A", "s/B", "b", id=same, score=0.5)]
    pair = [uid("s/A.b"), uid("s/B.id")]

    def keys(links: list[Records]) -> set[str]:
        view = read(fields, links).to_networkx(relationships=True)
        return set(view[pair[0]][pair[1]])

    both = {f"relationship:{same}", f"association:{same}"}
    assert keys([]) == both
    assert keys([record("s/A.b", "s/B.id", id=same)]) == {same, *both}
    del fields["associations"]
    assert keys([]) == {same}
    assert keys([record("s/A.b", "s/B.id", id=same)]) == {same, f"relationship:{same}"}


def test_a_relationship_without_weight_is_never_weighed_one_by_silence() -> None:
    """It is left out and counted, or comes without a weight when asked for."""
    linked = of_database(
        relationship("db/orders.user_id", "db/users.id", status="REJECTED", score=0.9),
        places=PLACES,
    )

    assert linked.to_networkx(relationships=True).graph["relationships_left_out"] == 1
    assert linked.to_networkx(relationships=True).number_of_edges() == 0
    view = linked.to_networkx(relationships=True, keep_unweighted=True)
    ((*_, data),) = view.edges(data=True)
    assert "weight" not in data
    assert data["score"] == 0.9


@given(drawn_relationships, drawn_associations, drawn_links)
def test_the_way_back_makes_no_links_of_structure(
    relationships: list[Records], associations: list[Records], links: list[Records]
) -> None:
    """Links and relationships come back, and no relationship has become a link."""
    linked = read({"relationships": relationships, "associations": associations}, links)
    view = linked.to_networkx(relationships=True, keep_unweighted=True, evidence="full")
    again = LinkGraph.from_networkx(view)

    assert again.links == linked.links
    assert again.relationships.rows.equals(linked.relationships.rows)


# --- whole organisations ---------------------------------------------------------------------


def test_the_demo_organisation_has_both_kinds(demo_graph: LinkGraph) -> None:
    """All columns are told but one: the object that it refers to has no field called id."""
    rows = list(demo_graph.relationships.to_frame())
    told = {
        kind: [row for row in rows if row["columns"] == kind] for kind in ("declared", "unknown")
    }

    assert {row["kind"] for row in told["declared"]} == {"relationship"}
    assert [(row["source_path"], row["target_path"]) for row in told["unknown"]] == [
        ("HubSpot/contacts.associatedcompanyid", "HubSpot/companies")
    ]
    assert all(row["source_path"].startswith(f"{row['system']}/") for row in rows)


def test_relationships_can_be_read_for_any_nodes(demo_graph: LinkGraph) -> None:
    """The function gives what the graph keeps, and of no nodes nothing."""
    nodes, known = demo_graph.arrays.nodes, demo_graph.snapshot.catalogue
    found = relationships_of(nodes, known, demo_graph.policy)
    no_nodes = nodes.take(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.int32))

    assert isinstance(found, Relationships)
    assert found.to_frame() == demo_graph.relationships.to_frame()
    assert len(relationships_of(no_nodes, known, demo_graph.policy)) == 0


@pytest.mark.slow
def test_a_real_catalogue_is_told_whole(real_organization: Path) -> None:
    """Twelve relationships and fifty-four associations, each with both columns in its system."""
    linked = LinkGraph(
        read_links(real_organization / "entity_links.json.gz", catalogue=real_organization)
    )
    rows = linked.relationships

    assert repr(rows) == (
        "<Relationships: 12 relationships, 54 associations; both columns known of 66 of 66>"
    )
    for row in rows.to_frame():
        assert row["source_path"] != row["target_path"]
        assert row["target_path"].rpartition(".")[2].casefold() == "id"
        assert row["source_path"].startswith(f"{row['system']}/")
