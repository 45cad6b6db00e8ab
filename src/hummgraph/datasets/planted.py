"""Generation of organisations and replies, behind the functions of `hummgraph.datasets`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import isnan
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hummgraph.errors import ArgumentError
from hummgraph.records.schema import END_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["Parameters", "plant", "reply_chunks", "table_end_ids", "uuids"]

_TIME_STAMP: Final = "2025-11-03T08:00:00Z"
_NAME: Final = "Planted"
_COLUMNS_PER_TABLE: Final = 12
MAX_ENTITY_SIZE: Final = 8
_RECALL: Final = 0.6
_LINKS_PER_CHUNK: Final = 600
_STATUSES: Final = ("SUGGESTED", "APPROVED", "REJECTED")
_LINK_TYPES: Final = ("DETERMINISTIC", "PROBABILISTIC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Checked arguments of `hummgraph.datasets.generate_organization`."""

    n_links: int
    n_systems: int
    n_entities: int | None
    noise: float
    right: tuple[float, float]
    wrong: tuple[float, float]
    decided: float
    deterministic: float
    duplicates: float
    parallel: float
    nulls: float


@dataclass(frozen=True, slots=True)
class _PlantedColumns:
    """Columns by position: entity and place; tables are counted over all systems."""

    entity: NDArray[np.int64]
    table: NDArray[np.int64]
    tables_per_system: int


@dataclass(frozen=True, slots=True)
class _FoundLinks:
    """Links by position; a confidence of NaN stands for none."""

    pairs: NDArray[np.int64]
    status: NDArray[np.str_]
    exact: NDArray[np.bool_]
    confidence: NDArray[np.float64]


def plant(
    parameters: Parameters, rng: np.random.Generator
) -> tuple[str, list[dict[str, Any]], dict[str, list[dict[str, Any]]], tuple[tuple[str, ...], ...]]:
    """Return the id of an organisation, its links, its catalogue and the truth."""
    n_parallel = min(round(parameters.parallel * parameters.n_links), parameters.n_links - 1)
    n_pairs = parameters.n_links - n_parallel
    n_wrong = round(parameters.noise * n_pairs)
    n_right = n_pairs - n_wrong
    planted = _plant_columns(rng, parameters, n_right, n_wrong)

    pairs = np.concatenate(
        [_right_pairs(rng, planted.entity, n_right), _wrong_pairs(rng, planted.entity, n_wrong)]
    )
    is_right = np.arange(n_pairs) < n_right
    flip = rng.random(n_pairs) < 0.5
    pairs[flip] = pairs[flip][:, ::-1]
    is_decided = rng.random(n_pairs) < parameters.decided
    status = np.where(is_decided, np.where(is_right, "APPROVED", "REJECTED"), "SUGGESTED")
    exact = is_right & (rng.random(n_pairs) < parameters.deterministic)

    repeated = rng.integers(0, n_pairs, n_parallel)
    backwards = rng.random(n_parallel) < 0.5
    again = np.where(backwards[:, None], pairs[repeated][:, ::-1], pairs[repeated])
    pair_of_link = np.concatenate([np.arange(n_pairs), repeated])
    found = _FoundLinks(
        np.concatenate([pairs, again]),
        np.concatenate([status, np.full(n_parallel, "SUGGESTED")]),
        exact[pair_of_link],
        _confidences(rng, is_right[pair_of_link], parameters),
    )
    return _build_records(rng, planted, found, parameters.n_systems)


def _plant_columns(
    rng: np.random.Generator, parameters: Parameters, n_right: int, n_wrong: int
) -> _PlantedColumns:
    n_systems = parameters.n_systems
    if parameters.n_entities is None:
        # Enough for the right pairs to have the stated share of all there are, and for the wrong
        # ones
        # to have room. An entity has 12 pairs on average.
        sizes = rng.integers(2, MAX_ENTITY_SIZE + 1, 32 + round(n_right / _RECALL / 4))
        n_pairs = np.cumsum(sizes * (sizes - 1) // 2)
        enough = int(np.searchsorted(n_pairs, n_right / _RECALL)) + 1
        sizes = sizes[: max(enough, 8)]
        room = max(0, n_wrong // 20 - len(sizes))
        sizes = np.concatenate([sizes, np.full(room, 2)])
    else:
        sizes = rng.integers(2, MAX_ENTITY_SIZE + 1, parameters.n_entities)
    n_entities = len(sizes)
    entity = np.repeat(np.arange(n_entities), sizes)
    # One column without any other of its meaning for every three that have one.
    n_lone = len(entity) // 3
    entity = np.concatenate([entity, np.arange(n_entities, n_entities + n_lone)])
    member = np.arange(len(entity)) - np.searchsorted(entity, entity)

    # The j-th member goes to the j-th system of the entity's own order of systems, and after the
    # last one to the next table of the system: so no table has an entity twice.
    per_system = max(
        -(-MAX_ENTITY_SIZE // n_systems), len(entity) // (_COLUMNS_PER_TABLE * n_systems) + 1
    )
    order = np.argsort(rng.random((n_entities + n_lone, n_systems)), axis=1)
    first = rng.integers(0, per_system, (n_entities + n_lone, n_systems))
    system = order[entity, member % n_systems]
    table = system * per_system + (first[entity, system] + member // n_systems) % per_system
    twice = (entity < n_entities) & (rng.random(len(entity)) < parameters.duplicates)
    return _PlantedColumns(
        np.concatenate([entity, entity[twice]]),
        np.concatenate([table, table[twice]]),
        per_system,
    )


def _right_pairs(
    rng: np.random.Generator, entity: NDArray[np.int64], n_right: int
) -> NDArray[np.int64]:
    by_entity = np.argsort(entity, kind="stable")
    groups = np.split(by_entity, np.flatnonzero(np.diff(entity[by_entity])) + 1)
    every = np.array(
        [pair for group in groups for pair in combinations(group.tolist(), 2)], dtype=np.int64
    )
    if n_right > len(every):
        raise ArgumentError(
            f"{n_right} right pairs are needed, and the entities have {len(every)}.",
            hint="Raise n_entities or noise, or leave n_entities out.",
        )
    return every[rng.permutation(len(every))[:n_right]]


def _wrong_pairs(
    rng: np.random.Generator, entity: NDArray[np.int64], n_wrong: int
) -> NDArray[np.int64]:
    n = len(entity)
    counts = np.bincount(entity)
    there_are = n * (n - 1) // 2 - int((counts * (counts - 1) // 2).sum())
    if n_wrong > there_are // 2:
        raise ArgumentError(
            f"{n_wrong} wrong pairs are needed, more than half of the {there_are} there are.",
            hint="Raise n_entities, or lower n_links or noise.",
        )
    # Ends near 0 are drawn more often: a few columns gather wrong links.
    hubs = rng.permutation(n)
    codes = np.empty(0, dtype=np.int64)
    while len(codes) < n_wrong:
        missing = n_wrong - len(codes) + 16
        crowded = hubs[(n * rng.random(missing) ** 4).astype(np.int64)]
        ends = np.concatenate(
            [
                np.stack([crowded, rng.integers(0, n, missing)], axis=1),
                rng.integers(0, n, (missing, 2)),
            ]
        )
        ends = np.sort(ends[entity[ends[:, 0]] != entity[ends[:, 1]]], axis=1)
        codes = np.concatenate([codes, ends[:, 0] * n + ends[:, 1]])
        codes = codes[np.sort(np.unique(codes, return_index=True)[1])]
    chosen = rng.permutation(codes)[:n_wrong]
    return np.stack([chosen // n, chosen % n], axis=1)


def _confidences(
    rng: np.random.Generator,
    is_right: NDArray[np.bool_],
    parameters: Parameters,
) -> NDArray[np.float64]:
    n = len(is_right)
    drawn = np.where(
        is_right, rng.beta(*parameters.right, size=n), rng.beta(*parameters.wrong, size=n)
    )
    return np.where(rng.random(n) < parameters.nulls, np.nan, drawn.round(4))


def _build_records(
    rng: np.random.Generator, planted: _PlantedColumns, found: _FoundLinks, n_systems: int
) -> tuple[str, list[dict[str, Any]], dict[str, list[dict[str, Any]]], tuple[tuple[str, ...], ...]]:
    organization_id = uuids(rng, 1)[0]
    system_ids = uuids(rng, n_systems)
    table_ids = uuids(rng, n_systems * planted.tables_per_system)
    column_ids = uuids(rng, len(planted.entity))
    ends = [
        (
            system_ids[table // planted.tables_per_system],
            table_ids[table],
            column_ids[column],
            _is_saas(table // planted.tables_per_system),
        )
        for column, table in enumerate(planted.table.tolist())
    ]
    # The order of the reply does not reveal which links are right.
    order = rng.permutation(len(found.pairs))
    confidences = [None if isnan(it) else it for it in found.confidence[order].tolist()]
    links = [
        {
            "organization_id": organization_id,
            "source_integration_source_id": ends[a][0],
            "target_integration_source_id": ends[b][0],
            "id": link_id,
            "created_at": _TIME_STAMP,
            "updated_at": _TIME_STAMP,
            **table_end_ids("source", ends[a]),
            **table_end_ids("target", ends[b]),
            "link_type": "DETERMINISTIC" if is_exact else "PROBABILISTIC",
            "status": status,
            "confidence_score": confidence,
            "evidence": {"matcher": "planted"},
        }
        for link_id, (a, b), is_exact, status, confidence in zip(
            uuids(rng, len(order)),
            found.pairs[order].tolist(),
            found.exact[order].tolist(),
            found.status[order].tolist(),
            confidences,
            strict=True,
        )
    ]
    clusters: dict[int, list[str]] = {}
    for column_id, entity in zip(column_ids, planted.entity.tolist(), strict=True):
        clusters.setdefault(entity, []).append(column_id)
    return (
        organization_id,
        links,
        _build_catalogue(planted, organization_id, system_ids, table_ids, column_ids),
        tuple(sorted(tuple(sorted(ids)) for ids in clusters.values() if len(ids) > 1)),
    )


def _is_saas(system: int) -> bool:
    return system % 2 == 0


def table_end_ids(side: str, end: tuple[str, str, str, bool]) -> dict[str, str | None]:
    """Return one side's four ids; an end is a system, a table, a column and whether it is SaaS."""
    _, table_id, column_id, is_saas = end
    return {
        f"{side}_table_id": None if is_saas else table_id,
        f"{side}_saas_object_id": table_id if is_saas else None,
        f"{side}_column_id": None if is_saas else column_id,
        f"{side}_field_id": column_id if is_saas else None,
    }


def _build_catalogue(
    planted: _PlantedColumns,
    organization_id: str,
    system_ids: list[str],
    table_ids: list[str],
    column_ids: list[str],
) -> dict[str, list[dict[str, Any]]]:
    times = {"created_at": _TIME_STAMP, "updated_at": _TIME_STAMP}
    systems = [
        {
            "name": f"System {number}",
            "source_type": "saas" if _is_saas(number) else "database",
            "connector_type": "planted",
            "organization_id": organization_id,
            "id": system_id,
            "description_version": 1,
            **times,
        }
        for number, system_id in enumerate(system_ids)
    ]
    catalogue: dict[str, list[dict[str, Any]]] = {
        "organization": [{"name": _NAME, "id": organization_id, **times}],
        "integration_sources": systems,
        "tables": [],
        "saas_objects": [],
        "columns": [],
        "saas_fields": [],
        "associations": [],
        "relationships": [],
    }
    for number, table_id in enumerate(table_ids):
        system = number // planted.tables_per_system
        record: dict[str, Any] = {
            "id": table_id,
            "integration_source_id": system_ids[system],
            **times,
        }
        name = f"table_{number}"
        if _is_saas(system):
            catalogue["saas_objects"].append(
                {"object_name": name, "api_identifier": name, **record}
            )
        else:
            catalogue["tables"].append({"name": name, "schema_name": "public", **record})
    for number, (column_id, table, entity) in enumerate(
        zip(column_ids, planted.table.tolist(), planted.entity.tolist(), strict=True)
    ):
        name = f"attribute_{entity}_{number}"
        record = {"id": column_id, "data_type": "text", **times}
        if _is_saas(table // planted.tables_per_system):
            field = {"saas_object_id": table_ids[table], "field_name": name, "api_identifier": name}
            catalogue["saas_fields"].append(field | record)
        else:
            column = {"table_id": table_ids[table], "name": name, "description_version": 1}
            catalogue["columns"].append(column | record)
    return catalogue


def uuids(rng: np.random.Generator, n: int) -> list[str]:
    """Return random ids of version 4."""
    text = rng.bytes(16 * n).hex()
    return [
        f"{text[i : i + 8]}-{text[i + 8 : i + 12]}-4{text[i + 13 : i + 16]}"
        f"-a{text[i + 17 : i + 20]}-{text[i + 20 : i + 32]}"
        for i in range(0, 32 * n, 32)
    ]


def reply_chunks(
    rng: np.random.Generator,
    n_links: int,
    n_systems: int,
    n_columns: int,
    *,
    with_evidence: bool,
) -> Iterator[bytes]:
    """Yield a JSON array of random links, in pieces."""
    organization_id = uuids(rng, 1)[0]
    ends = _end_texts(rng, n_systems, n_columns)
    # Ends near the front of this order are drawn more often: u ** 3 makes the degree fall with the
    # rank to the power -2/3.
    by_degree = rng.permutation(n_columns)
    moments = [
        f'"2025-{1 + i // 28:02}-{1 + i % 28:02}T{i % 24:02}:{i % 60:02}:00Z"' for i in range(336)
    ]
    yield b"["
    for start in range(0, n_links, _LINKS_PER_CHUNK):
        n = min(_LINKS_PER_CHUNK, n_links - start)
        rank = (n_columns * rng.random((n, 2)) ** 3).astype(np.int64)
        confidence = [
            "null" if empty else repr(value)
            for value, empty in zip(
                rng.beta(4.0, 2.0, n).round(6).tolist(),
                (rng.random(n) < 0.04).tolist(),
                strict=True,
            )
        ]
        drawn = zip(
            uuids(rng, n),
            by_degree[rank].tolist(),
            confidence,
            rng.choice(_STATUSES, n, p=(0.8, 0.12, 0.08)).tolist(),
            rng.choice(_LINK_TYPES, n, p=(0.15, 0.85)).tolist(),
            rng.integers(0, len(moments), n).tolist(),
            _evidence_texts(rng, n) if with_evidence else ["null"] * n,
            strict=True,
        )
        text = ",".join(
            f'{{"organization_id":"{organization_id}",'
            f'"source_integration_source_id":"{ends[a][0]}",'
            f'"target_integration_source_id":"{ends[b][0]}",'
            f'"id":"{link_id}","created_at":{moments[moment]},"updated_at":{moments[moment]},'
            f"{ends[a][1]},{ends[b][2]},"
            f'"link_type":"{link_type}","status":"{status}",'
            f'"confidence_score":{confidence_text},"evidence":{evidence}}}'
            for link_id, (a, b), confidence_text, status, link_type, moment, evidence in drawn
        )
        yield (("," if start else "") + text).encode()
    yield b"]"


def _end_texts(
    rng: np.random.Generator, n_systems: int, n_columns: int
) -> list[tuple[str, str, str]]:
    """Return each column's system, and its ids as JSON for either side of a link."""
    n_tables = -(-n_columns // _COLUMNS_PER_TABLE)
    system_ids, table_ids = uuids(rng, n_systems), uuids(rng, n_tables)
    system_of_table = rng.integers(0, n_systems, n_tables).tolist()
    texts = []
    for column, column_id in enumerate(uuids(rng, n_columns)):
        table = column // _COLUMNS_PER_TABLE
        system = system_of_table[table]
        table_text, column_text = f'"{table_ids[table]}"', f'"{column_id}"'
        ids = ("null", table_text, "null", column_text)
        if not _is_saas(system):
            ids = (table_text, "null", column_text, "null")
        source, target = (
            ",".join(f'"{side}_{name}":{text}' for name, text in zip(END_FIELDS, ids, strict=True))
            for side in ("source", "target")
        )
        texts.append((system_ids[system], source, target))
    return texts


def _evidence_texts(rng: np.random.Generator, n: int) -> list[str]:
    return [
        f'{{"matcher":"generated","name_similarity":{name},"value_overlap":{overlap},'
        f'"sampled_rows":{rows},"type_compatible":true}}'
        for name, overlap, rows in zip(
            rng.random(n).round(4).tolist(),
            rng.random(n).round(4).tolist(),
            rng.integers(100, 100_000, n).tolist(),
            strict=True,
        )
    ]
