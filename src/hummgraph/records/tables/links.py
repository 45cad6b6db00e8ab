"""Links in a table whose columns are the API's fields, validated block by block."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from hummgraph.errors import InvalidRecordError
from hummgraph.records.decode.builder import NO_TIME, LinkBatch
from hummgraph.records.decode.table import FAMILIES
from hummgraph.records.link_check import LinkCheck
from hummgraph.records.models import EntityLink
from hummgraph.records.tables.cells import (
    evidence_column,
    id_column,
    json_or_kind,
    json_text,
    number_column,
    time_column,
    value_at,
    wire_value,
    word_column,
)
from hummgraph.records.tables.fields import KINDS, REQUIRED
from hummgraph.records.verdicts import validate_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from hummgraph.records.decode.rows import LinkRow
    from hummgraph.records.limits import MemoryBudget
    from hummgraph.records.link_check import TextsOf
    from hummgraph.records.tables.cells import Values
    from hummgraph.records.tables.fields import LinkFields
    from hummgraph.records.tables.rows import Block, Rows
    from hummgraph.records.verdicts import ValidatedLinks

__all__ = ["BlockFields", "check_table", "texts_of_rows"]

_DEFAULTS: Final = {
    name: str(EntityLink.model_fields[name].default) for name in ("link_type", "status")
}


class BlockFields:
    """Fields of links in one block of a table."""

    def __init__(self, block: Block, fields: LinkFields) -> None:
        self._block = block
        self._fields = fields
        self._columns = {
            field: block.columns[name]
            for field, name in fields.columns.items()
            if name in block.columns
        }

    def __len__(self) -> int:
        return self._block.n_rows

    def values(self, field: str) -> Values:
        """Return the column of a field; nulls if there is none."""
        return self._columns.get(field, pa.nulls(len(self)))

    def parts(self, check: LinkCheck) -> tuple[dict[str, Any], NDArray[np.bool_]]:
        """Return the columns that do not depend on how ends are written, and a mask of odd rows."""
        odd = np.zeros(len(self), dtype=np.bool_)
        odd[list(self._block.faults)] = True
        words = {}
        for name, coder in check.words.items():
            words[name], bad = word_column(self.values(name), coder, _DEFAULTS[name])
            odd |= bad
        confidence, bad = number_column(self.values("confidence_score"))
        # NaN fails both comparisons.
        odd |= bad | (confidence < 0) | (confidence > 1)
        evidence, bad = evidence_column(self.values("evidence"))
        odd |= bad
        created, naive_created, bad = time_column(self.values("created_at"))
        odd |= bad
        updated, naive_updated, bad = time_column(self.values("updated_at"))
        parts = {
            "words": words,
            "confidence": confidence,
            "evidence": evidence,
            "created_at": created,
            "updated_at": updated,
            "naive_time": naive_created | naive_updated,
        }
        return parts, odd | bad

    def count_others(self, check: LinkCheck) -> None:
        """Count the rows that are not null in columns that are not fields."""
        for name in self._fields.others:
            values = self._block.columns.get(name, [])
            if isinstance(values, pa.Array):
                check.note_unknown_field(name, len(values) - values.null_count)
            else:
                found = (value_at(values, row) is not None for row in range(len(values)))
                check.note_unknown_field(name, sum(found))

    def wire(self, row: int) -> dict[str, Any]:
        """Return a row as a record of the API, without its nulls."""
        found = {
            field: wire_value(value_at(values, row), KINDS[field])
            for field, values in self._columns.items()
        }
        return {field: value for field, value in found.items() if value is not None}

    def judged(self, row: int, record: Mapping[str, Any]) -> LinkRow:
        """Validate a row with the reference.

        Raises
        ------
        InvalidRecordError
            If the row is invalid, or not a record at all.
        """
        self.raise_fault(row)
        return validate_row(_record_text(record))[0]

    def raise_fault(self, row: int) -> None:
        """Raise if a row is not a record at all."""
        if row in self._block.faults:
            reasons, _ = self._block.faults[row]
            raise InvalidRecordError("The row is not a record.", reasons=reasons)

    def text(self, row: int) -> bytes:
        """Return a row as JSON for the quarantine: its cells by column, without nulls."""
        if row in self._block.faults:
            return self._block.faults[row][1]
        cells = {name: value_at(values, row) for name, values in self._block.columns.items()}
        known = {name: value for name, value in cells.items() if value is not None}
        try:
            return json_text(known).encode()
        except (TypeError, ValueError, RecursionError):
            return _best_effort_json(known)


def _best_effort_json(cells: Mapping[str, Any]) -> bytes:
    """Return cells as JSON; those that JSON cannot hold are written as Python prints them."""
    pieces = []
    for name, value in cells.items():
        try:
            text = json.dumps(value, default=str)
        except (TypeError, ValueError, RecursionError):
            text = json_or_kind(value)
        pieces.append(f"{json.dumps(name)}: {text}")
    return f"{{{', '.join(pieces)}}}".encode()


def _record_text(record: Mapping[str, Any]) -> bytes:
    """Return a record as text, with its evidence unchanged where it is JSON."""
    rest = {name: value for name, value in record.items() if name != "evidence"}
    text = json.dumps(rest)
    if "evidence" not in record:
        return text.encode()
    evidence = record["evidence"]
    try:
        json.loads(evidence)
    except (ValueError, RecursionError):
        evidence = json.dumps(evidence)
    return f'{text[:-1]}{", " if rest else ""}"evidence": {evidence}}}'.encode()


def check_table(rows: Rows, fields: LinkFields, memory: MemoryBudget) -> ValidatedLinks:
    """Validate links whose ends are ids, and build columns of the valid ones."""
    check = LinkCheck(memory)
    for block in rows.blocks():
        if block.n_rows:
            _check_block(check, BlockFields(block, fields))
    return check.finish(texts_of_rows(rows, fields))


def _check_block(check: LinkCheck, block: BlockFields) -> None:
    parts, odd = block.parts(check)
    ids = {}
    for name in ("id", *FAMILIES):
        ids[name], bad = id_column(block.values(name))
        odd |= bad
        if name in REQUIRED:
            odd |= ~ids[name].given
    odd |= (parts["created_at"] == NO_TIME) | (parts["updated_at"] == NO_TIME)
    columns = LinkBatch(link_id=ids.pop("id").raw, ids=ids, **parts)
    odd |= columns.out_of_contract()
    block.count_others(check)
    columns, _ = check.validate_rows(
        columns, odd, lambda row: block.judged(row, block.wire(row)), block.text
    )
    check.add(columns)


def texts_of_rows(rows: Rows, fields: LinkFields) -> TextsOf:
    """Build the function that returns the text of some rows, by reading the table again."""

    def texts_of(numbers: Sequence[int], _: Any) -> Iterator[tuple[int, bytes]]:
        wanted = np.array(numbers)
        start = 0
        for block in rows.blocks():
            here = BlockFields(block, fields)
            inside = wanted[(wanted >= start) & (wanted < start + len(here))]
            for number in inside.tolist():
                yield number, here.text(number - start)
            start += len(here)

    return texts_of
