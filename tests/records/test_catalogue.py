"""Tests of the catalogue: names, containment and the removal of secrets."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from hummgraph.errors import ArgumentError, ConfigError, ContractError
from hummgraph.records.catalogue import CATALOGUE_KINDS, Catalogue, CatalogueBuilder, Lookup
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import ORGANIZATION, TIME, catalogue, record, uid

SYSTEM = {"id": uid("s"), "name": "CRM", "source_type": "saas", "connector_type": "crm"}
OBJECT = {"id": uid("o"), "integration_source_id": uid("s"), "object_name": "Contact"}
FIELD = {"id": uid("f"), "saas_object_id": uid("o"), "field_name": "Email", "is_required": True}
CANARY = "canary-c0ffee"


def build(**records: Any) -> Catalogue:
    """Build a catalogue from records by kind."""
    return Catalogue.from_records(records)


def test_objects_and_fields_become_tables_and_columns() -> None:
    """SaaS and database records share tables and differ in their kind."""
    found = build(
        integration_sources=[SYSTEM],
        saas_objects=[OBJECT],
        saas_fields=[FIELD],
        tables=[{"id": uid("t"), "name": "users", "schema_name": "public"}],
        columns=[{"id": uid("c"), "table_id": uid("t"), "name": "email"}],
    )

    assert sorted(zip(found.tables["kind"].to_pylist(), found.tables["name"].to_pylist())) == [  # noqa: B905
        ("saas_object", "Contact"),
        ("table", "users"),
    ]
    columns = {row["name"]: row for row in found.columns.to_pylist()}
    assert columns["Email"]["kind"] == "saas_field"
    assert columns["Email"]["is_nullable"] is False
    assert columns["email"]["is_nullable"] is None


def test_rows_are_sorted_by_id() -> None:
    """The same records in any order give the same tables."""
    records = catalogue([f"a/t.{n}" for n in range(9)])["columns"]

    assert build(columns=records).columns.equals(build(columns=records[::-1]).columns)


def test_associations_and_relationships_are_kept() -> None:
    """Relationships within a system are kept with status, score and evidence."""
    found = build(
        associations=[
            {
                "id": uid("x"),
                "integration_source_id": uid("s"),
                "from_object_id": uid("o"),
                "to_object_id": uid("p"),
                "association_label": "contact to account",
                "relationship_type": "FOREIGN_KEY",
                "status": "APPROVED",
                "score": 1.0,
                "evidence": {"b": 1, "a": 2},
                "metadata_": {"secret": CANARY},
            }
        ],
        relationships=[
            {
                "id": uid("r"),
                "integration_source_id": uid("s"),
                "from_column_id": uid("c"),
                "to_table_id": uid("t"),
                "to_column_name": "id",
                "status": "NEW",
            }
        ],
    )

    (association,) = found.associations.to_pylist()
    assert association["type"] == "FOREIGN_KEY"
    assert association["evidence"] == '{"a": 2, "b": 1}'
    (relationship,) = found.relationships.to_pylist()
    assert (relationship["to_column_name"], relationship["status"]) == ("id", "NEW")
    assert relationship["evidence"] is None


def test_secrets_are_dropped_at_the_door() -> None:
    """Settings, keys and sample values are kept nowhere, not even in the quarantine."""
    found = build(
        organization={"id": ORGANIZATION, "name": "Acme", "customer_aws_access_key_id": CANARY},
        integration_sources=[
            SYSTEM | {"configuration": {"password": CANARY}},
            {"id": "bad", "configuration": {"password": CANARY}},
        ],
        columns=[
            {"id": uid("c"), "table_id": uid("t"), "name": "x", "sample_values": [CANARY]},
            {"id": "bad", "sample_values": [CANARY], "minhash_signature": [CANARY]},
        ],
    )
    stored = [
        str(table.to_pylist()) for table in (found.integration_sources, found.tables, found.columns)
    ]

    assert CANARY not in "".join(stored)
    assert len(found.quarantine) == 2
    assert all(CANARY.encode() not in bad.record for bad in found.quarantine)


def test_bad_records_are_set_aside_and_counted() -> None:
    """Every record received is a row or in the quarantine."""
    found = build(
        tables=[{"id": uid("t")}, {"id": "bad"}, 5, {"id": uid("t")}, {"id": uid("t"), "name": "x"}]
    )

    assert found.n_records == 5
    assert found.tables.num_rows + len(found.quarantine) == 5
    codes = [bad.reasons[0].code for bad in found.quarantine]
    assert codes[0] == "invalid_uuid"
    assert codes[2:] == ["duplicate", "duplicate_conflict"]
    assert [bad.index for bad in found.quarantine] == [1, 2, 3, 4]
    assert [bad.is_bad for bad in found.quarantine[2:]] == [False, True]


def test_texts_that_cannot_be_written_are_set_aside() -> None:
    """A record is set aside if its name holds half a surrogate pair, and the rest is kept."""
    body = b'[{"id": "%s", "name": "\\ud800"}]' % uid("t").encode()
    builder = CatalogueBuilder()
    builder.add("tables", body)
    (bad,) = builder.build().quarantine

    assert [(reason.code, reason.pointer) for reason in bad.reasons] == [("not_unicode", "/name")]


def test_unknown_fields_are_counted_and_documented_ones_are_not() -> None:
    """Only fields that the contract does not name count as drift."""
    found = build(
        columns=[
            {
                "id": uid("c"),
                "table_id": uid("t"),
                "name": "x",
                "created_at": TIME,
                "null_pct": 0.5,
                "novel": 1,
            }
        ]
    )

    assert found.unknown_fields == {"columns.novel": 1}


def test_a_column_brings_its_table_and_system() -> None:
    """The columns call determines the tables and their systems, as no call lists tables."""
    builder = CatalogueBuilder()
    builder.add(
        "columns",
        json.dumps([{"id": uid("c"), "table_id": uid("t"), "name": "x"}]).encode(),
        integration_source_id=UUID(uid("s")),
    )
    builder.add("saas_fields", json.dumps([FIELD]).encode(), integration_source_id=UUID(uid("z")))
    rows = {row["id"]: row for row in builder.build().tables.to_pylist()}

    assert rows[UUID(uid("t")).bytes]["integration_source_id"] == UUID(uid("s")).bytes
    assert rows[UUID(uid("t")).bytes]["name"] is None
    assert rows[UUID(uid("o")).bytes]["kind"] == "saas_object"


def test_a_table_gets_its_system_from_the_call() -> None:
    """A record without a system belongs to the system that the call asked for."""
    builder = CatalogueBuilder()
    builder.add(
        "tables", json.dumps([{"id": uid("t")}]).encode(), integration_source_id=UUID(int=3)
    )

    assert builder.build().tables["integration_source_id"].to_pylist() == [UUID(int=3).bytes]


def test_builder_answers_what_the_client_asks() -> None:
    """The builder returns the kinds of systems and the ids of objects needed for further calls."""
    builder = CatalogueBuilder()
    builder.add("integration_sources", json.dumps([SYSTEM, {"id": uid("q"), "name": "Q"}]).encode())
    builder.add("saas_objects", json.dumps([OBJECT]).encode())

    assert builder.integration_source_kinds() == {UUID(uid("s")): "saas", UUID(uid("q")): ""}
    assert builder.has_integration_source(UUID(uid("s")))
    assert builder.saas_object_ids(UUID(uid("s"))) == [UUID(uid("o"))]
    assert builder.saas_object_ids(UUID(uid("q"))) == []


def test_lookups_are_counted() -> None:
    """Equal outcomes of one call are counted together, and calls are sorted."""
    builder = CatalogueBuilder()
    for outcome in ("ok", "404", "ok"):
        builder.note_lookup("GET /x", outcome)

    assert builder.build().lookups == (Lookup("GET /x", "404", 1), Lookup("GET /x", "ok", 2))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff", b"[1" + b"0" * 5000])
def test_bodies_that_are_not_json_are_refused(body: bytes) -> None:
    """The error for invalid JSON names the kind of record and does not quote the body."""
    with pytest.raises(ContractError, match="'tables' is not JSON"):
        CatalogueBuilder().add("tables", body)


def test_bodies_of_another_shape_are_refused() -> None:
    """A reply that is neither an array nor an object is refused."""
    with pytest.raises(ContractError, match="neither an array nor an object"):
        CatalogueBuilder().add("tables", b"5")


def test_unknown_kinds_are_refused() -> None:
    """The error for an unknown kind lists the known kinds."""
    with pytest.raises(ArgumentError, match=", ".join(CATALOGUE_KINDS)):
        build(views=[])


@pytest.mark.parametrize(
    "names", [{"customers": "x"}, {uid("t"): ""}, {uid("t"): 5}, {uid("t"): None}]
)
def test_unusable_names_are_refused(names: dict[str, Any]) -> None:
    """A key of the names must be an id, and a name must be a text."""
    with pytest.raises(ConfigError):
        Catalogue.empty().with_names(names)


def test_names_add_up() -> None:
    """Later names replace earlier ones for the same id, and the others are kept."""
    found = Catalogue.empty().with_names({uid("a"): "x", uid("b"): "y"}).with_names({uid("a"): "z"})

    assert sorted(found.names.values()) == ["y", "z"]


@pytest.mark.parametrize("name", ["", None, 3, "x\ud800", "\udc00"])
def test_names_are_texts(name: Any) -> None:
    """A name that a table cannot hold is refused together with the whole mapping."""
    given = {uid("s"): "CRM", uid("t"): name}
    with pytest.raises(ConfigError, match="The name of"):
        Catalogue.empty().with_names(given)
    with pytest.raises(ConfigError, match="The name of"):
        read_links([record("a/t.x", "b/u.y")], names=given)
