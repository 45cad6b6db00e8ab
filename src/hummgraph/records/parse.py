"""Parsing of replies that are records of a model, or lists of them."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hummgraph.errors import ContractError, InvalidRecordError
from hummgraph.records.quarantine import reasons_of
from hummgraph.records.strict_json import strict_json

__all__ = ["read_many", "read_one"]

R = TypeVar("R", bound=BaseModel)


def read_one(model: type[R], body: bytes) -> R:
    """Read a body that holds one record."""
    return _parse_record(model, strict_json(body))


def read_many(model: type[R], body: bytes) -> list[R]:
    """Read a body that holds an array of records."""
    content = strict_json(body)
    if not isinstance(content, list):
        raise ContractError("The reply is not a JSON array.")
    return [_parse_record(model, item) for item in content]


def _parse_record(model: type[R], item: object) -> R:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        reasons = reasons_of(error)
    # Raised outside the except block: pydantic's error holds the record.
    shown = ", ".join(f"{reason.code} at {reason.pointer or '/'}" for reason in reasons)
    raise InvalidRecordError(
        f"The record breaks the contract: {shown}.",
        reasons=[(reason.code, reason.pointer) for reason in reasons],
    )
