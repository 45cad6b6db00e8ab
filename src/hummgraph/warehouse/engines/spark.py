"""Spark as an engine: on as many machines as its session has."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import uuid4

import pyarrow as pa

from hummgraph.errors import MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SparkEngine", "is_session"]

_POSITION_BITS: Final = 33
"""Bits that a position within a partition takes in Spark's increasing numbers."""

_ASKED: Final = 16
"""Number of tasks that ask workers for their packages."""

_REASON: Final = re.compile(
    r"^\S*?((?:ModuleNotFound|Import|PySparkImport|PySparkRuntime)Error: .+)$", re.MULTILINE
)
"""The line of a worker's traceback that names the missing package."""

_SQL_TYPES: Final = {
    pa.int32(): "INT",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.string(): "STRING",
}


def is_session(value: object) -> bool:
    """Return whether something is a session of Spark."""
    kind = type(value)
    return kind.__module__.partition(".")[0] == "pyspark" and kind.__name__ == "SparkSession"


class SparkEngine:
    """Tables in a session of its own beside a given one, on the same machines.

    Workers need the project installed, as they run its functions on their parts.

    Parameters
    ----------
    session
        A session of Spark 4; its views and settings are not touched.

    Raises
    ------
    MissingDependencyError
        If the Python of a worker lacks a package, or has another version of the project.
    """

    def __init__(self, session: Any) -> None:
        self._given = session
        self._session = session.newSession()
        self._session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1000000")
        self._check_workers()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove all tables."""
        for table in self._session.catalog.listTables():
            if table.isTemporary:
                self._session.catalog.dropTempView(table.name)

    def _check_workers(self) -> None:
        """Raise, before anything is read, if a worker cannot run the project's functions."""
        from pyspark.errors import PySparkException

        # A function within another is sent as it is, so that it runs where the project is not.
        def found(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            from importlib.metadata import version

            for _ in batches:
                pass
            try:
                import hummgraph.algorithms.clustering.parts  # noqa: F401 - whether it can be

                text = version("hummgraph")
            except ImportError as error:
                text = f"{type(error).__name__}: {error}"
            yield pa.RecordBatch.from_pydict({"text": pa.array([text], pa.string())})

        asked = self._session.range(0, _ASKED, 1, _ASKED).mapInArrow(found, "text STRING")
        own = version("hummgraph")
        try:
            answers = [row["text"] for row in asked.distinct().orderBy("text").collect()]
        except PySparkException as error:
            reasons = _REASON.findall(str(error))
            if not reasons:
                raise
            answers = [reasons[-1]]
        for answer in answers:
            if answer == own:
                continue
            lacks = f"has hummgraph {answer}, and this process {own}"
            if not answer[:1].isdigit():
                lacks = f"cannot run hummgraph: {answer.partition(': ')[2]}"
            raise MissingDependencyError(
                f"A worker of Spark {lacks}.".replace("..", "."),
                hint=f"Install hummgraph {own}, pyarrow and pandas in a Python of all workers, and"
                " name it by the environment variable PYSPARK_PYTHON before the session begins.",
            )

    def _keep(self, name: str, frame: Any) -> None:
        """Compute a table once, and give it a name."""
        frame.localCheckpoint(eager=True).createOrReplaceTempView(name)

    def take(self, name: str, frame: Any) -> None:
        """Make a table of one of the given session."""
        shared = f"hummgraph_{uuid4().hex}"
        frame.createOrReplaceGlobalTempView(shared)
        try:
            self.make(name, f"SELECT * FROM global_temp.{shared}")
        finally:
            self._given.catalog.dropGlobalTempView(shared)

    def text(self, column: str) -> str:
        """Return the SQL of a column of texts as texts."""
        return column

    def make(self, name: str, select: str) -> None:
        """Make a table of the rows of a query; one of the same name is replaced."""
        self._keep(name, self._session.sql(select))

    def ranked(self, name: str, select: str, order: str) -> None:
        """Make a table of the rows of a query, with their positions from 0 in ``pos``."""
        from pyspark.sql import functions

        # A window without partitions would move all rows to one machine.
        plain = self._session.sql(f"SELECT * FROM ({select}) AS unsorted ORDER BY {order}")
        self._keep(name, plain.withColumn("mark", functions.monotonically_increasing_id()))
        size = 1 << _POSITION_BITS
        counts = self._session.sql(
            f"SELECT CAST(FLOOR(mark / {size}) AS BIGINT) AS chunk, COUNT(*) AS n FROM {name}"
            " GROUP BY 1 ORDER BY 1"
        ).collect()
        begins, begin = [], 0
        for row in counts:
            begins.append((row["chunk"], begin))
            begin += row["n"]
        chunk, first = zip(*begins, strict=True) if begins else ((), ())
        columns = {"chunk": pa.array(chunk, pa.int64()), "first": pa.array(first, pa.int64())}
        self.put("chunks", pa.table(columns))
        self.make(
            name,
            f"SELECT t.*, c.first + t.mark % {size} AS pos FROM {name} AS t JOIN chunks AS c"
            f" ON CAST(FLOOR(t.mark / {size}) AS BIGINT) = c.chunk",
        )
        self.drop("chunks")

    def put(self, name: str, table: pa.Table) -> None:
        """Make a table of one of Arrow; one of the same name is replaced."""
        self._keep(name, self._session.createDataFrame(table))

    def rows(self, select: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a query, in its order."""
        yield from self._session.sql(select).toArrow().to_batches()

    def apply(
        self, name: str, select: str, work: Callable[[pa.Table], pa.Table], schema: pa.Schema
    ) -> None:
        """Make a table of what a function returns for the rows of each ``part`` of a query."""

        def of_part(rows: pa.Table) -> pa.Table:
            return work(rows.drop_columns("part")).cast(schema)

        types = ", ".join(f"`{field.name}` {_SQL_TYPES[field.type]}" for field in schema)
        self._keep(name, self._session.sql(select).groupBy("part").applyInArrow(of_part, types))

    def drop(self, *names: str) -> None:
        """Remove tables."""
        for name in names:
            self._session.catalog.dropTempView(name)

    def give(self, select: str) -> Any:
        """Return the rows of a query, in its order, as a table of the given session."""
        shared = f"hummgraph_{uuid4().hex}"
        made = self._session.sql(select).localCheckpoint(eager=True)
        made.createOrReplaceGlobalTempView(shared)
        try:
            return self._given.table(f"global_temp.{shared}")
        finally:
            self._given.catalog.dropGlobalTempView(shared)
