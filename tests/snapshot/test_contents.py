"""Values of tables that no snapshot has."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from hummgraph.snapshot import contents

TIME = pa.timestamp("us", tz="UTC")
LAST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "column", "kept", "refused"),
    [
        ("links", "confidence", [0.0, 1.0, None], [1.5, -0.1, math.nan]),
        ("declared", "score", [-7.5, 1e300, None], [math.inf, -math.inf, math.nan]),
        ("links", "created_at", [pa.scalar(LAST, TIME), None], [2**62, -(2**62)]),
    ],
)
def test_ranges(name: str, column: str, kept: list[Any], refused: list[Any]) -> None:
    """Values at the ends of a range are kept, and those beyond it refused; the table is named."""
    contents._ranges.cache_clear()

    def table(value: Any) -> dict[str, pa.Table]:
        kind = TIME if column == "created_at" else pa.float64()
        value = value if isinstance(value, pa.Scalar) else pa.scalar(value, kind)
        cells = pa.array([value.value if column == "created_at" else value.as_py()], kind)
        ids = pa.array([bytes(16)], pa.binary(16))
        return {name: pa.table({"link_id": ids, column: cells})}

    for value in kept:
        contents.check_tables(table(value))
    for value in refused:
        with pytest.raises(ValueError, match=rf"^{name}: {column} is out of range$"):
            contents.check_tables(table(value))
