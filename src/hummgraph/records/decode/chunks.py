"""Chunks of whole records, cut from a reply while it streams in.

A reply is one JSON array, or one record a line (NDJSON). The end of a chunk is guessed from the
beginning of the first record, and the guess holds only if a decoder accepts the chunk as an array:
the first part of an array, closed with a bracket, is valid JSON exactly when the cut lies between
two elements. If the guess fails, strings and brackets are scanned exactly, which takes longer.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from hummgraph.errors import ContractError
from hummgraph.records.decode.layout import RecordLayout
from hummgraph.records.decode.rows import REFUSALS, LinkRow
from hummgraph.records.strict_json import WHITESPACE, elements, find_cuts, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

    from hummgraph.records.decode.builder import LinkBatch

__all__ = [
    "REPLY",
    "Chunk",
    "Origin",
    "decode_any",
    "decode_row",
    "is_wide",
    "read_chunks",
    "read_records",
]

_MAX_RECORD_BYTES: Final = 1 << 26  # 64 MiB, the limit of a whole catalogue reply
_MAX_DETAIL_LENGTH: Final = 200

_OPENING = re.compile(rb'\{\s*"[^"\\]{1,100}"\s*:')

_T = TypeVar("_T")

_ROWS_DECODER: Final = msgspec.json.Decoder(list[LinkRow])
_ROW_DECODER: Final = msgspec.json.Decoder(LinkRow)
_ANY_DECODER: Final = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class Origin:
    """Origin of a text, as errors name it.

    Parameters
    ----------
    name
        Name of the text, as the first words of a sentence.
    again
        Advice for a text that is cut off.
    is_reply
        Whether the API sent the text. Its errors name bytes; those of a file name lines as well.
    """

    name: str
    again: str
    is_reply: bool = False

    @classmethod
    def of_file(cls, path: str) -> Origin:
        """Return the origin of a file."""
        return cls(repr(path), "Write or copy the file again.")

    def place(self, byte: int, line: int) -> str:
        """Return a place in the text, as errors name it."""
        return f"byte {byte}" if self.is_reply else f"line {line:,} (byte {byte:,})"


REPLY: Final = Origin("The reply", "Fetch it again.", is_reply=True)
"""A reply of the API."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole records of a reply.

    Parameters
    ----------
    start
        Offset of the text in the reply, in bytes.
    text
        The records, separated by commas or line breaks.
    lines
        Whether the records are separated by line breaks.
    columns
        The records as columns, if all have one layout and are proven valid.
    rows
        Otherwise the records as the decoder reads them, if it can.
    unknown_fields
        Names of fields that the contract does not have, for columns; each record has them.
    """

    start: int
    text: bytes
    lines: bool
    columns: LinkBatch | None = None
    rows: list[LinkRow] | None = None
    unknown_fields: tuple[str, ...] = ()
    _records: list[bytes] = field(default_factory=list, repr=False, compare=False)

    def __len__(self) -> int:
        """Return the number of records."""
        known = self.columns if self.columns is not None else self.rows
        return len(self.records() if known is None else known)

    def records(self) -> list[bytes]:
        """Return the JSON of each record, exactly as received."""
        # Split once: a chunk may hold a third of a million records.
        if not self._records:
            self._records.extend(_split_records(self.text, lines=self.lines))
        return self._records

    def values(self) -> list[Any] | None:
        """Return the records as plain values, or ``None`` if they cannot be decoded."""
        if self.lines:
            return _decode_lines(self.text, _ANY_DECODER)
        return decode_any(b"[" + self.text + b"]")


def decode_any(text: bytes) -> Any | None:
    """Decode a value with the fast decoder; return ``None`` if it fails."""
    return _decode(_ANY_DECODER, text)


def decode_row(record: bytes) -> LinkRow | None:
    """Decode one record with the fast decoder; return ``None`` if it fails."""
    return _decode(_ROW_DECODER, record)


def _split_records(text: bytes, *, lines: bool) -> list[bytes]:
    if lines:
        return [line for line in map(_strip, text.split(b"\n")) if line]
    return elements(text)


def _strip(text: bytes) -> bytes:
    return text.strip(WHITESPACE)


def _decode_array(start: int, text: bytes) -> Chunk:
    """Decode records separated by commas with the fast decoders, as far as possible."""
    layout = RecordLayout.of(text)
    columns = None if layout is None else layout.read(text)
    if layout is not None and columns is not None:
        names = layout.unknown_fields
        return Chunk(start, text, lines=False, columns=columns, unknown_fields=names)
    # A missing element is a fault, and an empty array never reaches this line.
    rows = _decode(_ROWS_DECODER, b"[" + text + b"]") or None if text else None
    return Chunk(start, text, lines=False, rows=rows)


def _decode(decoder: msgspec.json.Decoder[_T], text: bytes) -> _T | None:
    try:
        return decoder.decode(text)
    except REFUSALS:
        return None


def _decode_lines(text: bytes, decoder: msgspec.json.Decoder[Any]) -> list[Any] | None:
    """Decode lines; return ``None`` unless each is certain to hold exactly one record.

    The decoder would accept two records on a line, or one on two lines. If every line break
    stands between a closing and an opening brace, it stands between records: inside a record a
    comma or bracket would have to follow the closing brace.
    """
    text = _strip(text)
    try:
        values: list[Any] = decoder.decode_lines(text)
    except REFUSALS:
        return None
    n_breaks = text.count(b"\n")
    n_between = text.count(b"}\n{") + text.count(b"}\r\n{")
    return values if n_breaks == n_between == len(values) - 1 else None


def read_chunks(stream: IO[bytes], chunk_size: int, origin: Origin = REPLY) -> Iterator[Chunk]:
    """Yield chunks of whole records of a reply, of about `chunk_size` bytes each.

    Raises
    ------
    ContractError
        If the reply is neither an array nor NDJSON: empty, HTML, an error object, not UTF-8, cut
        off, or followed by something else.
    """
    source = _Source(stream, origin)
    source.fill(max(chunk_size, 4))  # four bytes identify UTF-16
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
        if source.ended and _is_one_object(source.pending, origin):
            text = source.pending
            yield _decode_array(source.start, text)
        else:
            yield from _line_chunks(source, chunk_size)
    else:
        raise _not_records_error(first, origin)


def read_records(
    stream: IO[bytes], extents: Iterable[tuple[int, int, bool]]
) -> Iterator[list[bytes]]:
    """Yield the records of chunks read before, by their start, length and kind, in rising order."""
    at = 0
    for start, length, lines in extents:
        while at < start:
            skipped = stream.read(min(start - at, 1 << 20))
            at += len(skipped)
        yield _split_records(_read_fully(stream, length), lines=lines)
        at += length


def _read_fully(stream: IO[bytes], n_bytes: int) -> bytes:
    """Read so many bytes, or to the end; a stream may return fewer bytes than requested."""
    blocks = []
    while n_bytes and (block := stream.read(n_bytes)):
        blocks.append(block)
        n_bytes -= len(block)
    return blocks[0] if len(blocks) == 1 else b"".join(blocks)


def is_wide(head: bytes) -> bool:
    """Return whether the first bytes of a file are text in UTF-16 or UTF-32.

    Examples
    --------
    >>> is_wide("source".encode("utf-16")), is_wide("source".encode("utf-32-be"))
    (True, True)
    >>> is_wide(bytes(range(256)))
    False
    """
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        width = 4 if "32" in encoding else 2
        first = head[: min(len(head), 16) // width * width]
        text = first.decode(encoding, errors="replace")
        begins = text[:1] == "\ufeff" or text[:1].isascii()
        text = text.removeprefix("\ufeff")
        if first and begins and all(sign.isprintable() or sign.isspace() for sign in text):
            return True
    return False


class _Source:
    """Bytes of a reply that are not yet cut into chunks, with their position in it."""

    def __init__(self, stream: IO[bytes], origin: Origin) -> None:
        self._stream = stream
        self._n_lines = 0  # before the pending bytes; counted for files only
        self.origin = origin
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._n_read = 0
        self.pending = b""
        self.start = 0
        self.ended = False

    def fill(self, n_bytes: int) -> None:
        """Read so many more bytes, or to the end, and check that they are UTF-8."""
        if len(self.pending) > _MAX_RECORD_BYTES:
            raise ContractError(
                f"{self.origin.name} has a record, or other content, longer than"
                f" {_MAX_RECORD_BYTES >> 20} MiB, from {self.place(0)}."
            )
        block = _read_fully(self._stream, n_bytes)
        self.ended = len(block) < n_bytes
        if self._n_read == 0 and (
            block[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or 0 in block[:4]
        ):
            if not is_wide(block):
                raise self._not_text_error()
            raise ContractError(
                f"{self.origin.name} is encoded as UTF-16 or UTF-32; JSON is exchanged as UTF-8.",
                hint="" if self.origin.is_reply else "Save it as UTF-8.",
            )
        held = len(self._decoder.getstate()[0])
        if held or not block.isascii():
            try:
                self._decoder.decode(block)
            except UnicodeDecodeError as error:
                if self._n_read == 0 and 0 in block:
                    raise self._not_text_error() from None
                self.pending += block
                place = self.place(len(self.pending) - len(block) - held + error.start)
                raise ContractError(
                    f"{self.origin.name} is not UTF-8: {place} cannot be decoded.",
                    hint="" if self.origin.is_reply else "Save it as UTF-8.",
                ) from None
        self._n_read += len(block)
        self.pending = self.pending + block if self.pending else block

    def _not_text_error(self) -> ContractError:
        return ContractError(
            f"{self.origin.name} is not text.",
            hint="" if self.origin.is_reply else "Check that it is the right file.",
        )

    def skip(self, n_bytes: int) -> None:
        """Drop bytes from the pending ones."""
        if not self.origin.is_reply:
            self._n_lines += self.pending.count(b"\n", 0, n_bytes)
        self.pending = self.pending[n_bytes:]
        self.start += n_bytes

    def n_blank(self) -> int:
        """Return the number of white space bytes at the start of the pending ones."""
        return len(self.pending) - len(self.pending.lstrip(WHITESPACE))

    def place(self, offset: int) -> str:
        """Return a place by its offset in the pending bytes, as errors name it."""
        line = self._n_lines + self.pending.count(b"\n", 0, offset) + 1
        return self.origin.place(self.start + offset, line)


def _array_chunks(source: _Source, chunk_size: int) -> Iterator[Chunk]:
    """Yield chunks of an array, from behind its opening bracket."""
    opening = _OPENING.match(source.pending.lstrip(WHITESPACE))
    n_records = 0
    while True:
        chunk = _decode_array(source.start, _guess_chunk(source, opening[0] if opening else b"{"))
        if chunk.columns is None and chunk.rows is None:
            cuts = find_cuts(source.pending)
            if cuts.close is not None:
                text = source.pending[: cuts.close]
                if n_records or text.strip(WHITESPACE):
                    yield _decode_array(source.start, text)
                source.skip(cuts.close + 1)
                _expect_end(source, chunk_size)
                return
            if source.ended:
                raise _cut_off_error(n_records + cuts.n_whole, source.origin)
            if not len(cuts.commas):
                # Read as much again, so that a long record is scanned only a few times.
                source.fill(max(chunk_size, len(source.pending)))
                continue
            chunk = _decode_array(source.start, source.pending[: cuts.commas[-1]])
        n_records += len(chunk)
        yield chunk
        source.skip(len(chunk.text) + 1)  # also the comma or the closing bracket
        if source.ended and not source.pending.strip(WHITESPACE):
            return
        source.fill(chunk_size)


def _guess_chunk(source: _Source, opening: bytes) -> bytes:
    """Return the records up to the probable start of the last one, or to the probable end."""
    pending = source.pending
    end = len(pending) if source.ended else pending.rfind(opening)
    while end > 0 and pending[end - 1] in WHITESPACE:
        end -= 1
    mark = b"]" if source.ended else b","
    return pending[: end - 1] if end > 0 and pending[end - 1 : end] == mark else b""


def _expect_end(source: _Source, chunk_size: int) -> None:
    while not source.pending.strip(WHITESPACE):
        if source.ended:
            return
        source.skip(len(source.pending))
        source.fill(chunk_size)
    origin = source.origin
    if origin.is_reply:
        raise ContractError(
            f"The reply goes on after its array, from byte {source.start}.",
            hint="One reply is one JSON document.",
        )
    raise ContractError(
        f"{origin.name} goes on after its array, at {source.place(source.n_blank())}.",
        hint="It must be one JSON array, or have one record a line.",
    )


def _line_chunks(source: _Source, chunk_size: int) -> Iterator[Chunk]:
    """Yield chunks of NDJSON, cut at line breaks."""
    n_records = 0
    while True:
        cut = len(source.pending) if source.ended else source.pending.rfind(b"\n")
        if cut < 0:
            source.fill(max(chunk_size, len(source.pending)))
            continue
        text = source.pending[:cut]
        if text.strip(WHITESPACE):
            chunk = Chunk(source.start, text, lines=True, rows=_decode_lines(text, _ROW_DECODER))
            if chunk.rows is None:
                records = chunk.records()
                if n_records == 0:
                    _check_lines(records, source.origin, is_all=source.ended)
                n_records += len(records)
                if source.ended and not find_cuts(records[-1]).whole:
                    raise _cut_off_error(n_records - 1, source.origin)
            else:
                n_records += len(chunk.rows)
            yield chunk
        if source.ended:
            return
        source.skip(cut + 1)
        source.fill(chunk_size)


def _check_lines(records: list[bytes], origin: Origin, *, is_all: bool) -> None:
    """Raise if a reply that begins with a brace is one object, not one record a line."""
    if is_all and len(records) == 1:
        _is_one_object(records[0], origin)
    if records[0].endswith((b"{", b"[", b",")):
        raise ContractError(
            f"{origin.name} is one object over several lines, not an array of links.",
            hint="Pass a JSON array of link records, or one record a line.",
        )


def _cut_off_error(n_records: int, origin: Origin) -> ContractError:
    return ContractError(
        f"{origin.name} is cut off: it ends after {n_records:,} complete"
        f" record{'s' * (n_records != 1)}.",
        hint=origin.again,
    )


def _is_one_object(text: bytes, origin: Origin) -> bool:
    """Return whether a whole reply is one record; raise if it is any other single object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if value.keys() & {"id", "organization_id", "source"}:
        return True
    detail = _error_detail(value.get("detail"))
    raise ContractError(
        f"{origin.name} is one object, not an array of links"
        + (f'; the API says: "{detail}".' if detail else "."),
        hint="" if detail else "Pass a JSON array of link records, or one record a line.",
    )


def _error_detail(detail: object) -> str:
    """Return the message of an API error reply: a text, or a list of problems."""
    if isinstance(detail, list):
        messages = (item.get("msg") for item in detail if isinstance(item, dict))
        detail = "; ".join(message for message in messages if isinstance(message, str))
    return printable(detail, _MAX_DETAIL_LENGTH) if isinstance(detail, str) else ""


def _not_records_error(first: bytes, origin: Origin) -> ContractError:
    if not first:
        return ContractError(
            f"{origin.name} is empty.", hint="An organisation without links is the empty array []."
        )
    if first == b"<":
        return ContractError(
            f"{origin.name} is not JSON: it starts like HTML or XML.",
            hint="Check the base URL: a login or error page answers with HTML."
            if origin.is_reply
            else "Save the JSON itself, not a page that shows it.",
        )
    return ContractError(
        f"{origin.name} is neither a JSON array of links nor one record a line.",
        hint="It must begin with [ or {.",
    )
