"""Interface of engines: tables by SQL, and functions of ours on parts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

__all__ = ["Engine"]


class Engine(Protocol):
    """A place for tables, where SQL that DuckDB and Spark both understand is run."""

    def text(self, column: str) -> str:
        """Return the SQL of a column of texts as texts; an engine may hold them as bytes."""

    def make(self, name: str, select: str) -> None:
        """Make a table of the rows of a query; one of the same name is replaced."""

    def ranked(self, name: str, select: str, order: str) -> None:
        """Make a table of the rows of a query, with their positions from 0 in ``pos``."""

    def put(self, name: str, table: pa.Table) -> None:
        """Make a table of one of Arrow; one of the same name is replaced."""

    def rows(self, select: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a query, in its order."""

    def apply(
        self, name: str, select: str, work: Callable[[pa.Table], pa.Table], schema: pa.Schema
    ) -> None:
        """Make a table of what a function returns for the rows of each ``part`` of a query.

        The function gets the other columns, in any order of rows.
        """

    def drop(self, *names: str) -> None:
        """Remove tables."""

    def give(self, select: str) -> Any:
        """Return the rows of a query, in its order, as a table of the engine's user."""
