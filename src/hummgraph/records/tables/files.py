"""Files of links: opened, decompressed, and recognised by their content."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, cast

from hummgraph.errors import ArgumentError, ConfigError, ContractError, FormatError
from hummgraph.errors.texts import quoted
from hummgraph.frames import counted
from hummgraph.records.decode.chunks import Origin
from hummgraph.records.strict_json import WHITESPACE
from hummgraph.records.tables.fields import is_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hummgraph.records.limits import MemoryBudget
    from hummgraph.records.tables.rows import Rows

__all__ = [
    "MAX_NAMES_BYTES",
    "Opened",
    "as_utf8",
    "decompressed",
    "file_rows",
    "first_keys",
    "is_file",
    "is_gzip",
    "is_pipe",
    "open_file",
    "opened",
    "piped",
    "read_whole",
]

MAX_NAMES_BYTES: Final = 1 << 28
"""Greatest size of a file of names, decisions or true clusters, after decompression."""


_GZIP: Final = b"\x1f\x8b"
_HEAD_BYTES: Final = 1 << 16
_PIECE_BYTES: Final = 1 << 20
_PARQUET: Final = b"PAR1"
_OTHER_FORMATS: Final = {
    b"PK\x03\x04": (
        "an Excel workbook or a zip file",
        "Save the sheet as CSV, or pass pandas.read_excel(path).",
    ),
    b"ARROW1": ("an Arrow file", "Pass pyarrow.feather.read_table(path)."),
    **{
        b"BZh%d1AY&SY" % level: ("compressed by bzip2", "Decompress it first, or use gzip.")
        for level in range(1, 10)
    },
    b"\xfd7zXZ\0": ("compressed by xz", "Decompress it first, or use gzip."),
    b"(\xb5/\xfd": ("compressed by zstd", "Decompress it first, or use gzip."),
    b"SQLite": ("an SQLite database", "Pass a query's result, as pandas.read_sql() returns it."),
}
# Excel's line that names the separator, or a comment above a table.
_SEPARATOR_LINE: Final = re.compile(
    rb'"?sep=[,;|\t]|(?:#[^\r\n]*[\r\n]+)+[^#\r\n,;|\t]*[,;|\t]', re.IGNORECASE
)
_KEY: Final = re.compile(rb'"([^"\\]{1,100})"\s*:')
_CSV_SUFFIXES: Final = (".csv", ".tsv", ".txt")
_JSON_SUFFIXES: Final = (".json", ".jsonl", ".ndjson")


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading, decompressed if it is a gzip file.

    Raises
    ------
    ConfigError
        If the file cannot be read.
    """
    try:
        packed = is_gzip(path)
        return cast("IO[bytes]", _GzipFile(path)) if packed else path.open("rb")
    except IsADirectoryError as error:
        raise ConfigError(
            f"Cannot read {str(path)!r}: it is a folder.",
            hint="read_snapshot() reads a snapshot's folder, and read_parquet() that of an export.",
        ) from error
    except OSError as error:
        raise _reading_error(path, error) from error


def read_whole(path: Path, limit: int) -> bytes:
    """Read a file as a whole, decompressed if it is a gzip file.

    Raises
    ------
    ConfigError
        If the file cannot be read, or is larger than ``limit`` bytes.
    """
    content = _piped_bytes(path, limit) if is_pipe(path) else None
    try:
        with open_file(path) if content is None else decompressed(content) as file:
            found = file.read(limit + 1)
    except OSError as error:
        raise _reading_error(path, error) from error
    if len(found) > limit:
        raise _too_large_error(path, limit)
    return found


def as_utf8(content: bytes) -> bytes:
    """Return the content of a file of text as UTF-8 without a byte order mark.

    UTF-16, which some editors and shells of Windows write, is recognised by its mark.

    Raises
    ------
    UnicodeDecodeError
        If it has the mark of UTF-16 and is not.

    Examples
    --------
    >>> as_utf8("caf\u00e9".encode("utf-16")) == as_utf8("caf\u00e9".encode("utf-8-sig"))
    True
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16").encode()
    return content.removeprefix(codecs.BOM_UTF8)


def _reading_error(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"Cannot read {quoted(str(path))}: {error.strerror}.", hint="Check the path."
    )


def _too_large_error(path: Path, limit: int) -> ConfigError:
    return ConfigError(
        f"{str(path)!r} is larger than {counted(limit, 'byte')}, which is all that is read of such"
        " a file.",
        hint="Check that it is the right file.",
    )


def _piped_bytes(path: Path, limit: int) -> bytes:
    """Read a pipe or a device.

    Raises
    ------
    ConfigError
        If it cannot be read, or holds more than ``limit`` bytes.
    """
    try:
        with path.open("rb") as file:
            found = file.read(limit + 1)
    except OSError as error:
        raise _reading_error(path, error) from error
    if len(found) > limit:
        raise _too_large_error(path, limit)
    return found


def is_gzip(path: Path) -> bool:
    """Return whether a file begins as a gzip file does; raise `OSError` if it cannot be read."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def is_file(path: Path) -> bool:
    """Return whether a path is a file; a name that is too long is not."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_pipe(path: Path) -> bool:
    """Return whether a path is a pipe or a device, such as ``<(command)`` or ``/dev/stdin``."""
    try:
        return path.is_fifo() or path.is_char_device()
    except OSError:  # opening it will raise with the reason
        return False


def piped(path: Path, memory: MemoryBudget) -> bytes | None:
    """Return the whole content of a pipe or a device; ``None`` for any other path.

    The content may have to be read twice, and a pipe can be read once.

    Raises
    ------
    ConfigError
        If the pipe cannot be read.
    MemoryLimitError
        If it holds more than the memory allowed: a device may never end.
    """
    if not is_pipe(path):
        return None
    pieces: list[bytes] = []
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                memory.take(len(piece), f"The content of {str(path)!r}")
                pieces.append(piece)
    except OSError as error:
        raise _reading_error(path, error) from error
    return b"".join(pieces)


class Opened(NamedTuple):
    """A file or its content, ready to be read repeatedly."""

    opener: Callable[[], IO[bytes]]
    path: Path | None
    """Path of the file; ``None`` for content, and for a pipe, which is read already."""
    origin: Origin


def opened(given: Any, memory: MemoryBudget) -> Opened | None:
    """Return a path, or the content of a file as bytes, ready to be read; ``None`` for others.

    Raises
    ------
    ArgumentError
        If it is JSON as text, which would be a path.
    ConfigError
        If it is a pipe that cannot be read.
    """
    if isinstance(given, str) and given.lstrip()[:1] in {"[", "{"}:
        raise ArgumentError(
            "A text is read as the path of a file, but this one looks like JSON.",
            hint="Pass JSON as bytes: text.encode().",
        )
    if isinstance(given, str) or hasattr(given, "__fspath__"):
        path = Path(given)
        content, origin = piped(path, memory), Origin.of_file(str(path))
        if content is None:
            return Opened(partial(open_file, path), path, origin)
        return Opened(partial(decompressed, content), None, origin)
    if isinstance(given, bytes | bytearray | memoryview):
        origin = Origin("The content", "Pass all of it.")
        return Opened(partial(decompressed, bytes(given)), None, origin)
    return None


def decompressed(content: bytes) -> IO[bytes]:
    """Open the content of a file, decompressed if it is a gzip file."""
    file = io.BytesIO(content)
    return cast("IO[bytes]", _GzipFile(fileobj=file)) if content[:2] == _GZIP else file


class _GzipFile(gzip.GzipFile):
    """Gzip file; a damaged one raises the same error as any other damaged file."""

    def read(self, size: int | None = -1) -> bytes:
        try:
            return super().read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            what = repr(str(self.name)) if self.name else "The content"
            raise ContractError(
                f"{what} starts like a gzip file, but is damaged or cut off.",
                hint="Write or copy it again.",
            ) from None


def file_rows(
    opener: Callable[[], IO[bytes]],
    path: Path | None,
    origin: Origin,
    columns: Mapping[str, str],
    memory: MemoryBudget,
) -> Rows | None:
    """Read a file of Parquet or CSV as a table; ``None`` for JSON or an unknown format.

    The content decides; the suffix decides only if the content fits several formats.

    Raises
    ------
    FormatError
        If the format is not supported, or the content of a Parquet file is not Parquet.
    """
    with opener() as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_PARQUET):
        from hummgraph.records.tables.rows import parquet_rows

        return parquet_rows(_seekable_input(opener, path, memory), origin.name)
    for magic, (kind, hint) in _OTHER_FORMATS.items():
        if head.startswith(magic):
            raise FormatError(f"{origin.name} is {kind}, which is not read.", hint=hint)
    suffix = "" if path is None else path.name.lower().removesuffix(".gz")
    if suffix.endswith(".parquet"):
        raise FormatError(
            f"{origin.name} is not a Parquet file despite its name: it does not begin with PAR1.",
            hint="Write or copy the file again.",
        )
    if _is_csv(head, suffix, columns):
        from hummgraph.records.tables.csv import csv_rows

        return csv_rows(opener, origin.name)
    return None


def _seekable_input(
    opener: Callable[[], IO[bytes]], path: Path | None, memory: MemoryBudget
) -> object:
    """Return an input that Parquet can read repeatedly: its end is read before its middle."""
    with opener() as file:
        packed = isinstance(cast("object", file), _GzipFile)
        if path is not None and not packed:
            return str(path)
        import pyarrow as pa

        pieces = []
        while piece := file.read(_PIECE_BYTES):
            memory.take(len(piece), "The content of the Parquet file")
            pieces.append(piece)
        return pa.py_buffer(b"".join(pieces))


def _is_csv(head: bytes, suffix: str, columns: Mapping[str, str]) -> bool:
    text = head.removeprefix(codecs.BOM_UTF8).lstrip(WHITESPACE)
    if text[:1] in {b"[", b"{"}:
        return False
    if _SEPARATOR_LINE.match(text):
        return True
    if suffix.endswith(_CSV_SUFFIXES):
        return True
    text = text.lstrip(WHITESPACE + b",;|")  # rows without values
    first = re.split(rb"[\r\n]", text, maxsplit=1)[0].decode(errors="replace")
    cells = [cell.strip().strip('"') for cell in re.split(r"[,;\t|]", first)]
    known = {cell for cell in cells if is_field(cell) or cell in columns}
    if suffix.endswith(_JSON_SUFFIXES):
        return len(known) > 1
    return len(cells) > 1 and first[:1] != "<" and first.isprintable() | ("\t" in first)


def first_keys(opener: Callable[[], IO[bytes]]) -> tuple[str, ...]:
    """Return the probable keys of the first records of a JSON file."""
    with opener() as file:
        head = file.read(_HEAD_BYTES)
    return tuple(key.decode(errors="replace") for key in _KEY.findall(head))
