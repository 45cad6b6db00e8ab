"""Names of a catalogue, and texts that are made of nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hummgraph.records.catalogue import Catalogue

__all__ = ["CatalogueNames"]

_SEPARATORS: Final = re.compile(r"[./:_\s]+")
_MAX_LENGTH: Final = 400  # characters of a text that is looked at
_MAX_ASKED: Final = 20_000  # answers that are kept
_MAX_PARTS: Final = 32  # parts of it between separators
_NAME_COLUMNS: Final = (
    ("integration_sources", ("name", "connector_type")),
    ("tables", ("name", "schema_name", "api_identifier")),
    ("columns", ("name", "api_identifier")),
)


@dataclass(frozen=True, eq=False)
class CatalogueNames:
    """The names of systems, schemas, tables and columns.

    Parameters
    ----------
    catalogue
        The catalogue; ``None`` has no names.

    Examples
    --------
    >>> from hummgraph.records.catalogue import Catalogue
    >>> names = CatalogueNames(
    ...     Catalogue.from_records(
    ...         {
    ...             "integration_sources": [
    ...                 {"id": "11111111-1111-4111-8111-111111111111", "name": "My CRM"}
    ...             ]
    ...         }
    ...     )
    ... )
    >>> names.holds("my crm"), names.holds("My CRM / my crm"), names.holds("My CRM / Jane")
    (True, True, False)
    """

    catalogue: Catalogue | None = None

    def __reduce__(self) -> tuple[type[CatalogueNames], tuple[()]]:
        # What is pickled does not take a whole catalogue along: fewer texts are shown then.
        return CatalogueNames, ()

    @cached_property
    def folded(self) -> frozenset[str]:
        """All names, without regard to case; one that the user replaced is not among them."""
        return frozenset(name.casefold() for name in self._all() if name)

    def _all(self) -> Iterator[str]:
        catalogue = self.catalogue
        if catalogue is None:
            return
        yield from catalogue.names.values()
        for kind, columns in _NAME_COLUMNS:
            table = getattr(catalogue, kind)
            ids = table.column("id").to_pylist() if catalogue.names else ()
            for column in columns:
                found = table.column(column)
                if column == "name" and catalogue.names:
                    for packed, name in zip(ids, found.to_pylist(), strict=True):
                        if packed not in catalogue.names and name is not None:
                            yield name
                else:
                    yield from filter(None, found.unique().to_pylist())

    def holds(self, text: str) -> bool:
        """Return whether a text is a name, or several joined by ``. / : _`` or blanks.

        Case does not matter. At least one of several names has a letter: numbers alone, which may
        be a telephone number, are not names. Texts of over 400 characters or 32 parts are not.

        Notes
        -----
        O(p²) for p parts between separators.
        """
        if len(text) > _MAX_LENGTH or not self.folded:
            return False
        known = self._asked.get(text)
        if known is None:
            known = self._is_made_of_names(text.casefold())
            if len(self._asked) < _MAX_ASKED:
                self._asked[text] = known
        return known

    @cached_property
    def _asked(self) -> dict[str, bool]:
        """Answers that were given: evidence says the same again and again."""
        return {}

    def _is_made_of_names(self, text: str) -> bool:
        if text in self.folded:
            return True
        gaps = [found.span() for found in _SEPARATORS.finditer(text)]
        if not gaps or len(gaps) >= _MAX_PARTS or not any(map(str.isalpha, text)):
            return False
        ends = [begin for begin, _ in gaps] + [len(text)]
        starts = [0]  # where a name may begin: all before it is made of names
        for place, end in enumerate(ends):
            if any(text[start:end] in self.folded for start in starts):
                if end == len(text):
                    return True
                starts.append(gaps[place][1])
        return False
