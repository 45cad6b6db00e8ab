"""Calls of the documented API, answered from an organisation's records."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

    from hummgraph.datasets import Organization

__all__ = ["PREFIX", "Api", "Refusal"]

PREFIX: Final = "/api"
_STATUSES: Final = ("SUGGESTED", "APPROVED", "REJECTED")
_LINK_TYPES: Final = ("DETERMINISTIC", "PROBABILISTIC")
_RELATION_TYPES: Final = ("FOREIGN_KEY", "INFERRED", "MANUAL")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}

Record = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """Reply with a status other than 200, and its ``detail``."""

    def __init__(self, status: int, detail: object) -> None:
        self.status = status
        self.detail = detail


def _not_found_reply(what: str) -> Refusal:
    return Refusal(404, f"{what} not found")


def _validation_reply(place: str, name: str, message: str, kind: str) -> Refusal:
    return Refusal(422, [{"loc": [place, name], "msg": message, "type": kind}])


def _check_uuid(text: str, place: str, name: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise _validation_reply(
            place, name, "Input should be a valid UUID", "uuid_parsing"
        ) from None


def _check_ids(query: dict[str, str], *names: str) -> dict[str, str]:
    return {name: _check_uuid(query[name], "query", name) for name in names if name in query}


def _check_option(query: dict[str, str], name: str, options: tuple[str, ...]) -> str | None:
    value = query.get(name)
    if value is not None and value not in options:
        allowed = " or ".join(f"'{option}'" for option in options)
        raise _validation_reply("query", name, f"Input should be {allowed}", "enum")
    return value


class Api:
    """Calls of the contract, over the records of one organisation."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._catalogue: dict[str, list[Record]] = defaultdict(list, organization.catalogue)
        self._table_system = self._systems_of_tables()

    def _systems_of_tables(self) -> dict[str, str | None]:
        """Return the system of every table; for unlisted tables, by the links of their columns."""
        systems: dict[str, str | None] = {}
        tables: dict[str | None, str] = {
            record["id"]: record["table_id"] for record in self._catalogue["columns"]
        }
        for link in self._organization.links:
            for side in ("source", "target"):
                table_id = tables.get(link.get(f"{side}_column_id"), link.get(f"{side}_table_id"))
                if table_id is not None:
                    systems[table_id] = link[f"{side}_integration_source_id"]
        for record in self._catalogue["tables"]:
            systems[record["id"]] = record.get("integration_source_id")
        return systems

    def answer(self, path: str, query: dict[str, str]) -> object:
        """Return the content of the reply to a GET; raise `Refusal` for any other reply."""
        for pattern, call in _ROUTES:
            match = pattern.fullmatch(path)
            if match:
                ids = {
                    name: _check_uuid(unquote(text), "path", name)
                    for name, text in match.groupdict().items()
                }
                return call(self, query, **ids)
        raise Refusal(404, "Not Found")

    def organization(self, query: dict[str, str], organization_id: str) -> object:  # noqa: ARG002
        return _find_record(self._catalogue["organization"], "Organization", id=organization_id)

    def entity_links(self, query: dict[str, str], organization_id: str) -> object:
        self._check_organization(organization_id)
        filters = _check_ids(query, "source_integration_source_id", "target_integration_source_id")
        for name, options in (("status", _STATUSES), ("link_type", _LINK_TYPES)):
            value = _check_option(query, name, options)
            if value is not None:
                filters[name] = value
        return _filter_records(self._organization.links, filters)

    def entity_link(
        self,
        query: dict[str, str],  # noqa: ARG002
        organization_id: str,
        entity_link_id: str,
    ) -> object:
        self._check_organization(organization_id)
        return _find_record(self._organization.links, "Entity link", id=entity_link_id)

    def integration_sources(self, query: dict[str, str]) -> object:
        if "organization_id" in query:
            self._check_organization(
                _check_uuid(query["organization_id"], "query", "organization_id")
            )
        return self._catalogue["integration_sources"]

    def integration_source(self, query: dict[str, str], source_id: str) -> object:  # noqa: ARG002
        return self._find_integration_source(source_id)

    def databases(self, query: dict[str, str], source_id: str) -> object:  # noqa: ARG002
        self._find_integration_source(source_id)
        return []

    def tables(self, query: dict[str, str], source_id: str) -> object:  # noqa: ARG002
        self._find_integration_source(source_id)
        return _filter_records(self._catalogue["tables"], {"integration_source_id": source_id})

    def columns(self, query: dict[str, str], source_id: str) -> object:
        self._find_integration_source(source_id)
        text = query.get("active_only", "true")
        if text.lower() not in _BOOLEANS:
            message = "Input should be a valid boolean, unable to interpret input"
            raise _validation_reply("query", "active_only", message, "bool_parsing")
        active_only = _BOOLEANS[text.lower()]
        inactive = {
            record["id"] for record in self._catalogue["tables"] if record.get("is_active") is False
        }
        return [
            record
            for record in self._catalogue["columns"]
            if self._table_system.get(record["table_id"]) == source_id
            and not (
                active_only and (record.get("is_active") is False or record["table_id"] in inactive)
            )
        ]

    def saas_objects(self, query: dict[str, str], source_id: str) -> object:  # noqa: ARG002
        self._find_integration_source(source_id)
        return _filter_records(
            self._catalogue["saas_objects"], {"integration_source_id": source_id}
        )

    def saas_object(self, query: dict[str, str], source_id: str, object_id: str) -> object:  # noqa: ARG002
        self._find_integration_source(source_id)
        return _find_record(
            self._catalogue["saas_objects"],
            "SaaS object",
            id=object_id,
            integration_source_id=source_id,
        )

    def saas_fields(self, query: dict[str, str], source_id: str, object_id: str) -> object:
        self.saas_object(query, source_id, object_id)
        return _filter_records(self._catalogue["saas_fields"], {"saas_object_id": object_id})

    def saas_associations(self, query: dict[str, str], source_id: str) -> object:
        self._find_integration_source(source_id)
        filters = _check_ids(query, "from_object_id", "to_object_id")
        filters["integration_source_id"] = source_id
        return self._related_records("associations", "relationship_type", filters, query)

    def relationships(self, query: dict[str, str], integration_source_id: str) -> object:
        self._find_integration_source(integration_source_id)
        filters = {"integration_source_id": integration_source_id}
        return self._related_records("relationships", "type", filters, query)

    def _related_records(
        self, kind: str, type_field: str, filters: dict[str, str], query: dict[str, str]
    ) -> object:
        for name, option, options in (
            ("status", "status", _STATUSES),
            (type_field, "type", _RELATION_TYPES),
        ):
            value = _check_option(query, option, options)
            if value is not None:
                filters[name] = value
        return _filter_records(self._catalogue[kind], filters)

    def _check_organization(self, organization_id: str) -> None:
        if organization_id != self._organization.organization_id:
            raise _not_found_reply("Organization")

    def _find_integration_source(self, source_id: str) -> Record:
        return _find_record(
            self._catalogue["integration_sources"], "Integration source", id=source_id
        )


def _filter_records(records: list[Record], filters: dict[str, str]) -> list[Record]:
    return [
        record
        for record in records
        if all(record.get(name) == value for name, value in filters.items())
    ]


def _find_record(records: list[Record], what: str, **filters: str) -> Record:
    found = _filter_records(records, filters)
    if not found:
        raise _not_found_reply(what)
    return found[0]


def _compile_route(
    path: str, call: Callable[..., object]
) -> tuple[re.Pattern[str], Callable[..., object]]:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", PREFIX + path)
    return re.compile(pattern), call


_ORGANIZATION_PATH: Final = "/organization/{organization_id}"
_SOURCE_PATH: Final = "/integration-sources/{source_id}"

_ROUTES: Final = (
    _compile_route(_ORGANIZATION_PATH, Api.organization),
    _compile_route(f"{_ORGANIZATION_PATH}/entity-links", Api.entity_links),
    _compile_route(f"{_ORGANIZATION_PATH}/entity-links/{{entity_link_id}}", Api.entity_link),
    _compile_route("/integration-sources", Api.integration_sources),
    _compile_route(_SOURCE_PATH, Api.integration_source),
    _compile_route(f"{_SOURCE_PATH}/databases", Api.databases),
    _compile_route(f"{_SOURCE_PATH}/tables", Api.tables),
    _compile_route(f"{_SOURCE_PATH}/columns", Api.columns),
    _compile_route(f"{_SOURCE_PATH}/saas-objects", Api.saas_objects),
    _compile_route(f"{_SOURCE_PATH}/saas-objects/{{object_id}}", Api.saas_object),
    _compile_route(f"{_SOURCE_PATH}/saas-objects/{{object_id}}/saas-fields", Api.saas_fields),
    _compile_route(f"{_SOURCE_PATH}/saas-associations", Api.saas_associations),
    _compile_route("/integration-sources/{integration_source_id}/relationships", Api.relationships),
)
