"""Display of a table in place of some cells, whichever rows and columns are left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from hummgraph.frames import Card, Frame

if TYPE_CHECKING:
    from collections.abc import Sequence


class Masked:
    """A display that shows the key in place of the value, and other heads."""

    def cells(self, rows: pa.Table) -> dict[str, Sequence[object]]:
        """Return what is shown of values, which depends on keys."""
        keys = rows.column("key").to_pylist()
        return {"value": [f"of {key}" for key in keys], "absent": keys}

    def heads(self, columns: Sequence[str]) -> list[str]:
        """Return the heads in capitals."""
        return [name.upper() for name in columns]


def masked() -> Frame:
    """Return three rows of keys and secret values."""
    table = pa.table({"key": ["c", "a", "b"], "value": ["secret 1", "secret 2", "secret 3"]})
    return Frame(table, display=Masked())


def test_cells_are_what_they_are() -> None:
    """Only what is printed or on a page is masked; cells and other libraries have all."""
    frame = masked()
    assert frame["value"] == ["secret 1", "secret 2", "secret 3"]
    assert "secret 1" in frame.to_csv()
    assert frame.to_arrow().column("value").to_pylist() == frame["value"]
    assert frame == Frame(frame.to_arrow())
    for text in (str(frame), repr(frame), frame._repr_html_(), frame.to_html()):
        assert "secret" not in text
        assert "VALUE" in text
    assert repr(frame) == "<Frame 3 x 2: KEY, VALUE>"
    assert "secret 1" in Frame(frame.to_arrow()).to_html()
    card = Card("Title", table=frame)
    assert "secret" not in card.to_text() + card.to_html()
    assert "of c" in card.to_text()


def test_masks_stay_with_rows_and_columns() -> None:
    """Whatever is left of a table, each cell is masked as in the whole."""
    frame = masked()
    for part, expected in (
        (frame[1:], ["of a", "of b"]),
        (frame[::-2], ["of b", "of c"]),
        (frame.head(1), ["of c"]),
        (frame.sort_by("value", descending=True), ["of b", "of a", "of c"]),
        (frame.filter(key=["a", "c"]), ["of c", "of a"]),
        (frame.select("value"), ["of c", "of a", "of b"]),
        (frame.select("value").sort_by("value", descending=True)[:2], ["of b", "of a"]),
        (frame.select("value").filter([False, True, True])[1:], ["of b"]),
        (frame.select("value")[::2].head(5), ["of c", "of b"]),
    ):
        assert part.shown()["VALUE"] == expected
    assert frame.select("key").shown().columns == ["KEY"]
    assert frame.shown().shown() == frame.shown()


def test_a_context_of_its_own() -> None:
    """Columns that a display needs may be missing from the table."""
    keys = pa.table({"key": ["x", "y"]})
    frame = Frame(pa.table({"value": ["1", "2"]}), display=Masked(), context=keys)
    assert frame[1:].shown()["VALUE"] == ["of y"]
