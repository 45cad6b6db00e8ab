"""A reply, cut into chunks of whole records while it streams in.

A reply is one JSON array, or one record a line (NDJSON). Where a chunk may end is guessed from
how the first record begins, and believed only if a decoder accepts the chunk as an array:
a beginning of an array, closed with a bracket, is JSON exactly when it was cut between two of its
elements. Otherwise strings and brackets are followed exactly, which takes longer.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hummgraph._json import WHITESPACE, elements, find_cuts, printable
from hummgraph.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

__all__ = ["Chunk", "LinkRow", "decode_any", "decode_row", "read_chunks", "read_records"]

_RECORD_LIMIT: Final = 1 << 26  # 64 MiB: what a catalogue reply may have, all records together.
_DETAIL_LIMIT: Final = 200

_OPENING = re.compile(rb'\{\s*"[^"\\]{1,100}"\s*:')

_OptionalText = str | None | msgspec.UnsetType


class LinkRow(msgspec.Struct, gc=False):
    """One record as the fast decoder reads it: texts unchecked, evidence unread.

    The fields are those of `EntityLink`, in its order; what did not come is ``UNSET``, and evidence
    that did not come is empty.
    """

    organization_id: str
    source_integration_source_id: str
    target_integration_source_id: str
    id: str
    created_at: str
    updated_at: str
    source_table_id: _OptionalText = msgspec.UNSET
    source_saas_object_id: _OptionalText = msgspec.UNSET
    source_column_id: _OptionalText = msgspec.UNSET
    source_field_id: _OptionalText = msgspec.UNSET
    target_table_id: _OptionalText = msgspec.UNSET
    target_saas_object_id: _OptionalText = msgspec.UNSET
    target_column_id: _OptionalText = msgspec.UNSET
    target_field_id: _OptionalText = msgspec.UNSET
    link_type: str | msgspec.UnsetType = msgspec.UNSET
    status: str | msgspec.UnsetType = msgspec.UNSET
    confidence_score: float | msgspec.UnsetType | None = msgspec.UNSET
    evidence: msgspec.Raw = msgspec.Raw(b"")


_ROWS: Final = msgspec.json.Decoder(list[LinkRow])
_ROW: Final = msgspec.json.Decoder(LinkRow)
_ANY: Final = msgspec.json.Decoder()

# What msgspec raises: bad JSON and wrong types, bad UTF-8, deep nesting.
_REFUSALS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some whole records of a reply.

    Parameters
    ----------
    start
        Offset of the text in the reply, in bytes.
    text
        The records, with commas between them, or on lines of their own.
    lines
        Whether they are on lines of their own.
    rows
        The records as the fast decoder reads them, or ``None`` when it does not.
    """

    start: int
    text: bytes
    lines: bool
    rows: list[LinkRow] | None

    def records(self) -> list[bytes]:
        """Give each record's JSON exactly as it came."""
        return _records(self.text, lines=self.lines)

    def values(self) -> list[Any] | None:
        """Decode the records as plain values, or give ``None`` when that fails."""
        if self.lines:
            return _checked_lines(self.text, _ANY)
        return decode_any(b"[" + self.text + b"]")


def decode_any(text: bytes) -> Any | None:
    """Decode a value with the fast decoder, or give ``None`` when it refuses."""
    try:
        return _ANY.decode(text)
    except _REFUSALS:
        return None


def decode_row(record: bytes) -> LinkRow | None:
    """Decode one record with the fast decoder, or give ``None`` when it refuses."""
    try:
        return _ROW.decode(record)
    except _REFUSALS:
        return None


def _records(text: bytes, *, lines: bool) -> list[bytes]:
    if lines:
        return [line for line in map(_strip, text.split(b"\n")) if line]
    return elements(text)


def _strip(text: bytes) -> bytes:
    return text.strip(WHITESPACE)


def _decode_array(text: bytes) -> list[LinkRow] | None:
    try:
        # An element that is not there is a fault; an array without elements never comes here.
        return _ROWS.decode(b"[" + text + b"]") or None
    except _REFUSALS:
        return None


def _checked_lines(text: bytes, decoder: msgspec.json.Decoder[Any]) -> list[Any] | None:
    """Decode lines, if it is certain that each holds exactly one record.

    The decoder itself would take two records on a line, or one on two lines. When every line break
    stands between a closing and an opening brace, it stands between records: inside a record a
    comma or bracket would have to follow the closing brace.
    """
    text = _strip(text)
    try:
        values: list[Any] = decoder.decode_lines(text)
    except _REFUSALS:
        return None
    n_breaks = text.count(b"\n")
    n_between = text.count(b"}\n{") + text.count(b"}\r\n{")
    return values if n_breaks == n_between == len(values) - 1 else None


def read_chunks(stream: IO[bytes], chunk_size: int) -> Iterator[Chunk]:
    """Cut a reply into chunks of whole records, of about `chunk_size` bytes each.

    Raises
    ------
    ContractError
        If the reply as a whole is no array and no NDJSON: empty, HTML, an error object, not UTF-8,
        cut off, or followed by something else.
    """
    source = _Source(stream)
    source.fill(max(chunk_size, 4))  # enough to know UTF-16 by
    if source.pending.startswith(codecs.BOM_UTF8):
        source.skip(len(codecs.BOM_UTF8))
    while not source.ended and not source.pending.strip(WHITESPACE):
        source.skip(len(source.pending))
        source.fill(chunk_size)
    first = source.pending.lstrip(WHITESPACE)[:1]
    if first == b"[":
        source.skip(source.pending.index(b"[") + 1)
        yield from _array_chunks(source, chunk_size)
    elif first == b"{":
        if source.ended and _is_one_object(source.pending):
            text = source.pending
            yield Chunk(source.start, text, lines=False, rows=_decode_array(text))
        else:
            yield from _line_chunks(source, chunk_size)
    else:
        raise _not_records(first)


def read_records(
    stream: IO[bytes], extents: Iterable[tuple[int, int, bool]]
) -> Iterator[list[bytes]]:
    """Give the records of chunks met before, by start, length and kind, in rising order."""
    at = 0
    for start, length, lines in extents:
        while at < start:
            skipped = stream.read(min(start - at, 1 << 20))
            at += len(skipped)
        yield _records(_read(stream, length), lines=lines)
        at += length


def _read(stream: IO[bytes], n_bytes: int) -> bytes:
    """Read so many bytes, or to the end; streams may give less than asked for at a time."""
    blocks = []
    while n_bytes and (block := stream.read(n_bytes)):
        blocks.append(block)
        n_bytes -= len(block)
    return blocks[0] if len(blocks) == 1 else b"".join(blocks)


class _Source:
    """A reply's bytes that are not yet cut into chunks, and where they stand in it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._n_read = 0
        self.pending = b""
        self.start = 0
        self.ended = False

    def fill(self, n_bytes: int) -> None:
        """Read so many bytes more, or to the end, and check that they are UTF-8."""
        if len(self.pending) > _RECORD_LIMIT:
            raise ContractError(
                f"A record, or what stands in its place, is longer than {_RECORD_LIMIT >> 20} MiB."
            )
        block = _read(self._stream, n_bytes)
        self.ended = len(block) < n_bytes
        if self._n_read == 0 and (
            block[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or 0 in block[:4]
        ):
            raise ContractError(
                "The reply is encoded as UTF-16 or UTF-32; JSON is exchanged as UTF-8."
            )
        held = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError as error:
            offset = self._n_read - held + error.start
            raise ContractError(f"The reply is not UTF-8: byte {offset} cannot be read.") from None
        self._n_read += len(block)
        self.pending = self.pending + block if self.pending else block

    def skip(self, n_bytes: int) -> None:
        """Leave bytes behind."""
        self.pending = self.pending[n_bytes:]
        self.start += n_bytes


def _array_chunks(source: _Source, chunk_size: int) -> Iterator[Chunk]:
    """Cut what follows an array's opening bracket."""
    opening = _OPENING.match(source.pending.lstrip(WHITESPACE))
    n_records = 0
    while True:
        text = _guess(source, opening[0] if opening else b"{")
        rows = _decode_array(text)
        if rows is None:
            cuts = find_cuts(source.pending)
            if cuts.close is not None:
                text = source.pending[: cuts.close]
                if n_records or text.strip(WHITESPACE):
                    yield Chunk(source.start, text, lines=False, rows=_decode_array(text))
                source.skip(cuts.close + 1)
                _expect_nothing(source, chunk_size)
                return
            if source.ended:
                raise _cut_off(n_records + cuts.n_whole)
            if not len(cuts.commas):
                # Read as much again, so that a long record is looked at a few times only.
                source.fill(max(chunk_size, len(source.pending)))
                continue
            text = source.pending[: cuts.commas[-1]]
            rows = _decode_array(text)
            n_records += len(cuts.commas)
        else:
            n_records += len(rows)
        yield Chunk(source.start, text, lines=False, rows=rows)
        source.skip(len(text) + 1)  # the comma too, or the closing bracket
        if source.ended and not source.pending.strip(WHITESPACE):
            return
        source.fill(chunk_size)


def _guess(source: _Source, opening: bytes) -> bytes:
    """Give the records up to where the last one seems to begin, or to the array's seeming end."""
    pending = source.pending
    end = len(pending) if source.ended else pending.rfind(opening)
    while end > 0 and pending[end - 1] in WHITESPACE:
        end -= 1
    mark = b"]" if source.ended else b","
    return pending[: end - 1] if end > 0 and pending[end - 1 : end] == mark else b""


def _expect_nothing(source: _Source, chunk_size: int) -> None:
    while not source.pending.strip(WHITESPACE):
        if source.ended:
            return
        source.skip(len(source.pending))
        source.fill(chunk_size)
    raise ContractError(
        f"Something follows the array, from byte {source.start} of the reply.",
        hint="One reply is one JSON document.",
    )


def _line_chunks(source: _Source, chunk_size: int) -> Iterator[Chunk]:
    """Cut NDJSON at line breaks."""
    n_records = 0
    while True:
        cut = len(source.pending) if source.ended else source.pending.rfind(b"\n")
        if cut < 0:
            source.fill(max(chunk_size, len(source.pending)))
            continue
        text = source.pending[:cut]
        if text.strip(WHITESPACE):
            chunk = Chunk(source.start, text, lines=True, rows=_checked_lines(text, _ROW))
            if chunk.rows is None:
                records = chunk.records()
                if n_records == 0:
                    _expect_lines(records, is_all=source.ended)
                n_records += len(records)
                if source.ended and not find_cuts(records[-1]).whole:
                    raise _cut_off(n_records - 1)
            else:
                n_records += len(chunk.rows)
            yield chunk
        if source.ended:
            return
        source.skip(cut + 1)
        source.fill(chunk_size)


def _expect_lines(records: list[bytes], *, is_all: bool) -> None:
    """Raise if a reply that begins with a brace is one object rather than one record a line."""
    if is_all and len(records) == 1:
        _is_one_object(records[0])
    if records[0].endswith((b"{", b"[", b",")):
        raise ContractError(
            "The reply is one object over several lines, not an array of links.",
            hint="Give a JSON array of link records, or one record a line.",
        )


def _cut_off(n_records: int) -> ContractError:
    return ContractError(
        f"The reply is cut off: it ends after {n_records} complete records.",
        hint="Fetch it again.",
    )


def _is_one_object(text: bytes) -> bool:
    """Say whether a whole reply is one record; raise if it is one object of another kind."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if "id" in value or "organization_id" in value:
        return True
    detail = _detail(value.get("detail"))
    raise ContractError(
        "The reply is one object, not an array of links"
        + (f'; the API says: "{detail}".' if detail else "."),
        hint="" if detail else "Give a JSON array of link records, or one record a line.",
    )


def _detail(detail: object) -> str:
    """Read what an error reply of the API says: a text, or a list of complaints."""
    if isinstance(detail, list):
        messages = (item.get("msg") for item in detail if isinstance(item, dict))
        detail = "; ".join(message for message in messages if isinstance(message, str))
    return printable(detail, _DETAIL_LIMIT) if isinstance(detail, str) else ""


def _not_records(first: bytes) -> ContractError:
    if not first:
        return ContractError(
            "The reply is empty.", hint="An organisation without links is the empty array []."
        )
    if first == b"<":
        return ContractError(
            "The reply is no JSON: it starts like HTML or XML.",
            hint="Check the base URL: a login or error page answers with HTML.",
        )
    return ContractError(
        "The reply is neither a JSON array of links nor one record a line.",
        hint="It must begin with [ or {.",
    )
