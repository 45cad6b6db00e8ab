"""Matching of table columns with fields of links, and errors for missing columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from hummgraph.errors import ArgumentError, FormatError
from hummgraph.errors.texts import quoted
from hummgraph.records.models import EntityLink
from hummgraph.records.tables.cells import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "KINDS",
    "REQUIRED",
    "LinkFields",
    "check_columns",
    "guessed_columns",
    "has_names",
    "is_field",
    "link_fields",
    "missing_fields",
]

_END_NAMES: Final = ("source", "target")
_ALIASES: Final = {"link_id": "id", "confidence": "confidence_score"}
_WORD_FIELDS: Final = frozenset({"link_type", "status"})
_TIME_FIELDS: Final = frozenset({"created_at", "updated_at"})


def _kind_of_field(name: str) -> Kind:
    if name in _WORD_FIELDS:
        return Kind.WORD
    if name in _TIME_FIELDS:
        return Kind.TIME
    return {"confidence_score": Kind.NUMBER, "evidence": Kind.EVIDENCE}.get(name, Kind.ID)


KINDS: Final[Mapping[str, Kind]] = {
    **{name: _kind_of_field(name) for name in EntityLink.model_fields},
    **dict.fromkeys(_END_NAMES, Kind.NAME),
}
"""Kind of value of each field: the API's eighteen, and both ends where they are names."""

REQUIRED: Final = tuple(
    name for name, field in EntityLink.model_fields.items() if field.is_required()
)
_ALLOWED_FIELDS: Final = (*KINDS, *_ALIASES)
_MAX_SHOWN_COLUMNS: Final = 8

# Names that matchers and spreadsheets use, for hints only: columns are not guessed.
_USUAL_NAMES: Final = {
    "source": ("from", "left", "src", "source_column", "column_1", "a", "source_name"),
    "target": ("to", "right", "dst", "target_column", "column_2", "b", "target_name"),
    "confidence": ("score", "similarity", "probability", "weight", "match_score", "sim"),
}


@dataclass(frozen=True, slots=True)
class LinkFields:
    """Columns of a table that are fields of links.

    Parameters
    ----------
    columns
        Column name by field.
    others
        Columns that are not fields.
    named
        Whether the ends are names instead of ids.
    """

    columns: Mapping[str, str]
    others: tuple[str, ...]
    named: bool


def has_names(names: Sequence[str]) -> bool:
    """Return whether column names or keys belong to links whose ends are names."""
    plain = set(map(_normalise, names))
    return set(_END_NAMES) <= plain and "source_integration_source_id" not in plain


def check_columns(columns: object) -> Mapping[str, str]:
    """Return the option ``columns`` with its keys as text: column names may be numbers.

    Raises
    ------
    ArgumentError
        If it is not a mapping of columns to fields.
    """
    if columns is None:
        return {}
    hint = "Write columns={'score': 'confidence'}: your column first, then the field."
    if not isinstance(columns, Mapping):
        raise ArgumentError(
            f"columns must be a dict of column to field, not a value of type"
            f" {type(columns).__name__}.",
            hint=hint,
        )
    for name, field in columns.items():
        if not isinstance(field, str):
            raise ArgumentError(
                f"columns maps {name!r} to a value of type {type(field).__name__}; a field is"
                " text.",
                hint=hint,
            )
    return {str(name): field for name, field in columns.items()}


def is_field(name: str) -> bool:
    """Return whether a column has the name of a field, apart from case and blanks."""
    plain = _normalise(name)
    return plain in KINDS or plain in _ALIASES


def _normalise(name: str) -> str:
    """Return a name in lower case, without blanks, as fields are spelled."""
    return "_".join(name.casefold().split())


def link_fields(
    names: Sequence[str], given: Mapping[str, str], what: str, hint: str = ""
) -> LinkFields:
    """Return the columns of a table that are fields of links.

    Parameters
    ----------
    names
        Columns of the table.
    given
        Field by column, as chosen by the user.
    what
        Name of the table in errors.
    hint
        Hint for a table without any column named as a field.

    Raises
    ------
    ArgumentError
        If ``given`` names a missing column, an unknown field, or a field twice.
    FormatError
        If a required column is missing, or a column occurs twice.
    """
    chosen = _match_choices(names, given, what)
    taken = set(chosen.values())
    for name, field in _match_names(names).items():
        if name not in taken and field not in chosen:
            chosen[field] = name
    for name in chosen.values():
        if list(names).count(name) > 1:
            raise FormatError(
                f"{what} has the column {quoted(name)} more than once.",
                hint="Rename or remove all but one.",
            )
    named = has_names(tuple(chosen))
    if missing := _required_missing(chosen, named=named):
        raise missing_fields(names, missing, what, "" if chosen else hint)
    columns = {field: name for field, name in chosen.items() if named or field not in _END_NAMES}
    used = set(columns.values())
    return LinkFields(columns, tuple(name for name in names if name not in used), named)


def _match_names(names: Sequence[str]) -> dict[str, str]:
    """Return fields by the columns of the same name, the first column of a field first.

    A field's own spelling precedes its other names, and both precede a spelling that differs in
    case or blanks, which counts only if a single column has it.
    """
    exact = {name: name for name in names if name in KINDS}
    exact |= {name: _ALIASES[name] for name in names if name in _ALIASES}
    spelled: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        plain = _normalise(name)
        if name not in exact and is_field(name):
            spelled.setdefault(_ALIASES.get(plain, plain), []).append(name)
    return exact | {some[0]: field for field, some in spelled.items() if len(some) == 1}


def _match_choices(names: Sequence[str], given: Mapping[str, str], what: str) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for name, wanted in given.items():
        if name not in names:
            near = get_close_matches(name, names, n=1)
            raise ArgumentError(
                f"columns has the key {quoted(name)}, and"
                f" {what.lower() if what[:1].isalpha() else what} has no such column; it has"
                f" {_list_columns(names)}.",
                hint=f"Did you mean {near[0]!r}?" if near else "",
            )
        field = _ALIASES.get(wanted, wanted)
        if field not in KINDS:
            near = get_close_matches(wanted, _ALLOWED_FIELDS, n=1)
            raise ArgumentError(
                f"columns maps {quoted(name)} to {quoted(wanted)}, which is not a field of a link;"
                f" there are {', '.join(_ALLOWED_FIELDS)}.",
                hint=f"Did you mean {near[0]!r}?" if near else "",
            )
        if field in chosen:
            raise ArgumentError(
                f"columns maps both {chosen[field]!r} and {name!r} to {wanted!r}; choose"
                " one column."
            )
        chosen[field] = name
    return chosen


def _required_missing(chosen: Mapping[str, str], *, named: bool) -> list[str]:
    # A list of approved pairs needs no confidence: its status is enough.
    no_score = [] if chosen.keys() & {"confidence_score", "status"} else ["confidence"]
    if named:
        return no_score
    if any(name.endswith("_integration_source_id") for name in chosen):
        return [name for name in REQUIRED if name not in chosen]
    return [*(end for end in _END_NAMES if end not in chosen), *no_score]


def missing_fields(
    names: Sequence[str], missing: Sequence[str], what: str, hint: str = ""
) -> FormatError:
    """Build the error for a table without required columns."""
    near = guessed_columns(names, missing)
    return FormatError(
        f"{what} has no column {_join_with_or(missing)}; it has {_list_columns(names)}.",
        hint=(
            f"Did you mean columns={near!r}?"
            if near
            else hint
            or "Links need source, target and confidence, or the fields of the API's records:"
            f" {', '.join(REQUIRED)} ...; columns={{'yours': 'ours'}} maps columns to fields."
        ),
    )


def guessed_columns(
    names: Sequence[str], missing: Sequence[str] = tuple(_USUAL_NAMES)
) -> dict[str, str]:
    """Return likely columns for missing fields, for hints."""
    plain = {_normalise(name).replace("-", "_"): name for name in names}
    guessed: dict[str, str] = {}
    for field in missing:
        likely = [word for word in (field, *_USUAL_NAMES.get(field, ())) if word in plain]
        found = likely or get_close_matches(field, list(plain), n=1, cutoff=0.7)
        if found and plain[found[0]] not in guessed:
            guessed[plain[found[0]]] = field
    return guessed


def _join_with_or(names: Sequence[str]) -> str:
    shown = [repr(name) for name in names]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _list_columns(names: Sequence[str]) -> str:
    shown = ", ".join(map(quoted, names[:_MAX_SHOWN_COLUMNS])) or "none"
    return (
        f"{shown} and {len(names) - _MAX_SHOWN_COLUMNS:,} more"
        if len(names) > _MAX_SHOWN_COLUMNS
        else shown
    )
