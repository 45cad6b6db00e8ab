"""Normal forms of values: what two systems write differently and mean alike.

A form is an SQL expression over a text, in plain functions that warehouses share, and the same in
Python. Which form two columns are compared by follows from their names, types and roles.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hummgraph.algorithms.entities import roles
from hummgraph.algorithms.entities.columns import (
    CATEGORY,
    MEASURE,
    TECHNICAL,
    TEXT,
    TIME,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hummgraph.graph.linkgraph import LinkGraph

__all__ = ["JAVA", "ORDER", "Normal", "Normals", "normal_sql", "normal_value"]


class Normal(StrEnum):
    """Form in which values of two columns are compared; blank values are none in all of them.

    Texts that stand for nothing, as ``n/a`` or ``0000000000`` for a telephone number, are none,
    too.

    Examples
    --------
    >>> Normal("e-mail") is Normal.EMAIL
    True
    """

    EXACT = "exact"
    """The value as it is."""
    CASE_AND_BLANKS = "case and blanks"
    """The text in lower case, without blanks around it, and with one blank for several."""
    EMAIL = "e-mail"
    """The text in lower case, without any blank; nothing without an ``@``, except for digests of 32
    or more characters."""
    TELEPHONE = "telephone"
    """The last nine digits of at least five, without an extension, unless all of them are the same;
    other texts with a digit in lower case, and nothing for the rest."""
    UUID = "UUID"
    """The 32 digits in lower case; other texts in lower case."""
    SALESFORCE = "Salesforce id"
    """The first 15 characters of an id of 15 or 18 letters and digits; others as for leading
    zeros."""
    LEADING_ZEROS = "leading zeros"
    """A whole number without zeros before it or a fraction of zeros; other texts without blanks
    around them."""
    NUMBER = "number"
    """A decimal number without zeros that do not count; other texts without blanks around them."""
    TRUTH = "truth value"
    """``true`` or ``false`` for yes, t, 1 and their like; other texts in lower case."""
    DAY = "day"
    """The date of a time as ISO 8601 writes it, or of seconds since 1970; other texts as is."""


JAVA: Final = frozenset({"athena", "databricks", "hive", "presto", "spark", "spark2", "trino"})
"""Dialects with Java's regular expressions, which have no named classes in brackets."""
_GLOBAL_BY_FLAG: Final = frozenset({"duckdb", "postgres"})
"""Dialects whose REGEXP_REPLACE replaces the first match only, unless a flag says all."""
_DIGEST: Final = 32
"""Least number of characters of a digest in place of an e-mail."""
_TRUE: Final = ("1", "t", "true", "y", "yes", "on")
_FALSE: Final = ("0", "f", "false", "n", "no", "off")


def normal_sql(normal: Normal, text: str, *, dialect: str = "duckdb") -> str:
    """Return the SQL expression of a value's normal form; it is NULL for a blank value.

    Parameters
    ----------
    normal
        The form.
    text
        SQL expression of the value, of a type of text. It is repeated in the result.
    dialect
        Name of the dialect in sqlglot: ``"duckdb"``, ``"postgres"``, ``"snowflake"``,
        ``"bigquery"``, ``"databricks"`` or ``"redshift"``. Dialects differ in how all matches of an
        expression are replaced. ``Normal.DAY`` is of DuckDB only.

    Examples
    --------
    >>> normal_sql(Normal.CASE_AND_BLANKS, "t.name", dialect="snowflake")
    "NULLIF(LOWER(TRIM(REGEXP_REPLACE(t.name, '[[:space:]]+', ' '))), '')"
    """
    made = _SQL[normal](text, ", 'g'" if dialect in _GLOBAL_BY_FLAG else "")
    # Java reads the class as a list of letters; a literal there takes a backslash for an escape.
    return made.replace("[[:space:]]", r"\\s") if dialect in JAVA else made


def _replaced(text: str, pattern: str, by: str, flag: str) -> str:
    return f"REGEXP_REPLACE({text}, '{pattern}', '{by}'{flag})"


def _blanks(text: str, flag: str) -> str:
    return f"TRIM({_replaced(text, '[[:space:]]+', ' ', flag)})"


def _exact(text: str, flag: str) -> str:
    return f"CASE WHEN {_blanks(text, flag)} = '' THEN NULL ELSE {text} END"


def _case_and_blanks(text: str, flag: str) -> str:
    return f"NULLIF(LOWER({_blanks(text, flag)}), '')"


def _email(text: str, flag: str) -> str:
    lower = f"LOWER({_replaced(text, '[[:space:]]+', '', flag)})"
    return f"CASE WHEN {lower} LIKE '%@%' OR LENGTH({lower}) >= {_DIGEST} THEN {lower} END"


def _telephone(text: str, flag: str) -> str:
    lower = f"LOWER({_blanks(text, flag)})"
    digits = _replaced(_replaced(lower, "(ext[.]?|x|#) *[0-9]+$", "", flag), "[^0-9]", "", flag)
    last = f"RIGHT({digits}, 9)"
    return (
        f"CASE WHEN LENGTH({digits}) >= 5 AND REPLACE({last}, LEFT({last}, 1), '') <> ''"
        f" THEN {last} WHEN LENGTH({digits}) BETWEEN 1 AND 4 THEN {lower} END"
    )


def _uuid(text: str, flag: str) -> str:
    lower = f"LOWER({_blanks(text, flag)})"
    digits = _replaced(_replaced(lower, "^urn:uuid:", "", flag), "[{}-]", "", flag)
    rest = _replaced(digits, "[0-9a-f]", "", flag)
    return (
        f"CASE WHEN LENGTH({digits}) = 32 AND {rest} = '' THEN {digits}"
        f" ELSE NULLIF({lower}, '') END"
    )


def _leading_zeros(text: str, flag: str) -> str:
    plain = f"NULLIF({_blanks(text, flag)}, '')"
    whole = _replaced(plain, "[.]0+$", "", flag)
    number = f"COALESCE(NULLIF(LTRIM({whole}, '0'), ''), '0')"
    return (
        f"CASE WHEN {_replaced(plain, '^[0-9]+([.]0+)?$', '', flag)} = '' THEN {number}"
        f" ELSE {plain} END"
    )


def _salesforce(text: str, flag: str) -> str:
    plain = _blanks(text, flag)
    return (
        f"CASE WHEN {_replaced(plain, '^[0-9A-Za-z]{15}([A-Z0-5]{3})?$', '', flag)} = ''"
        f" AND {_replaced(plain, '[0-9]', '', flag)} <> '' THEN LEFT({plain}, 15)"
        f" ELSE {_leading_zeros(text, flag)} END"
    )


def _number(text: str, flag: str) -> str:
    plain = f"NULLIF({_blanks(text, flag)}, '')"
    # Zeros at the end go first, then the point that nothing follows.
    fraction = f"RTRIM(RTRIM({plain}, '0'), '.')"
    cut = f"CASE WHEN {plain} LIKE '%.%' THEN {fraction} ELSE {plain} END"
    sign = f"CASE WHEN {plain} LIKE '-%' THEN '-' ELSE '' END"
    digits = f"LTRIM({cut}, '-0')"
    padded = f"CASE WHEN {digits} LIKE '.%' THEN CONCAT('0', {digits}) ELSE {digits} END"
    return (
        f"CASE WHEN {_replaced(plain, '^-?[0-9]+([.][0-9]+)?$', '', flag)} <> '' THEN {plain}"
        f" WHEN {plain} IS NULL THEN NULL"
        f" WHEN {digits} = '' THEN '0' ELSE CONCAT({sign}, {padded}) END"
    )


def _truth(text: str, flag: str) -> str:
    lower = f"LOWER({_blanks(text, flag)})"
    yes, no = (", ".join(f"'{word}'" for word in words) for words in (_TRUE, _FALSE))
    return (
        f"CASE WHEN {lower} IN ({yes}) THEN 'true' WHEN {lower} IN ({no}) THEN 'false'"
        f" ELSE NULLIF({lower}, '') END"
    )


def _day(text: str, flag: str) -> str:
    plain = f"NULLIF({_blanks(text, flag)}, '')"
    days = f"CAST(DATE '1970-01-01' + CAST(FLOOR(CAST({plain} AS BIGINT) / {{}}) AS INTEGER)"
    seconds, thousandths = (f"{days.format(by)} AS VARCHAR)" for by in ("86400", "86400000"))
    return (
        f"CASE WHEN {_replaced(plain, '^[0-9]{9,10}$', '', flag)} = '' THEN {seconds}"
        f" WHEN {_replaced(plain, '^[0-9]{12,13}$', '', flag)} = '' THEN {thousandths}"
        f" WHEN {_replaced(plain, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?$', '', flag)} = ''"
        f" THEN LEFT({plain}, 10) ELSE {plain} END"
    )


_SQL: Final[Mapping[Normal, Callable[[str, str], str]]] = {
    Normal.EXACT: _exact,
    Normal.CASE_AND_BLANKS: _case_and_blanks,
    Normal.EMAIL: _email,
    Normal.TELEPHONE: _telephone,
    Normal.UUID: _uuid,
    Normal.SALESFORCE: _salesforce,
    Normal.LEADING_ZEROS: _leading_zeros,
    Normal.NUMBER: _number,
    Normal.TRUTH: _truth,
    Normal.DAY: _day,
}

_SPACES: Final = re.compile(r"[ \t\n\v\f\r]+")


def normal_value(normal: Normal, value: str | None) -> str | None:
    """Return the normal form of a value; ``None`` for a blank one.

    It is what :func:`normal_sql` computes, for texts without letters whose lower case depends on
    the program.

    Examples
    --------
    >>> normal_value(Normal.TELEPHONE, "+49 (0)30 901820-12")
    '090182012'
    >>> normal_value(Normal.LEADING_ZEROS, "00120.0")
    '120'
    """
    if value is None:
        return None
    plain = _SPACES.sub(" ", value).strip(" ")
    return _PYTHON[normal](value, plain) or None if plain else None


def _telephone_value(_: str, plain: str) -> str:
    digits = re.sub(r"[^0-9]", "", re.sub(r"(ext[.]?|x|#) *[0-9]+\Z", "", plain.lower()))
    if len(digits) >= 5:
        return digits[-9:] if len(set(digits[-9:])) > 1 else ""
    return plain.lower() if digits else ""


def _email_value(_: str, plain: str) -> str:
    lower = plain.lower().replace(" ", "")
    return lower if "@" in lower or len(lower) >= _DIGEST else ""


def _uuid_value(_: str, plain: str) -> str:
    digits = re.sub(r"[{}-]", "", plain.lower().removeprefix("urn:uuid:"))
    return digits if re.fullmatch(r"[0-9a-f]{32}", digits) else plain.lower()


def _leading_zeros_value(_: str, plain: str) -> str:
    found = re.fullmatch(r"0*([0-9]+?)([.]0+)?", plain)
    return found[1] if found else plain


def _salesforce_value(_: str, plain: str) -> str:
    if re.fullmatch(r"[0-9A-Za-z]{15}([A-Z0-5]{3})?", plain) and not plain.isdigit():
        return plain[:15]
    return _leading_zeros_value(_, plain)


def _number_value(_: str, plain: str) -> str:
    found = re.fullmatch(r"(-?)0*([0-9]+?)(?:[.]([0-9]*?)0*)?", plain)
    if found is None or plain.endswith("."):
        return plain
    number = f"{found[2]}.{found[3]}" if found[3] else found[2]
    return number if number == "0" else found[1] + number


def _truth_value(_: str, plain: str) -> str:
    lower = plain.lower()
    return "true" if lower in _TRUE else "false" if lower in _FALSE else lower


def _day_value(_: str, plain: str) -> str:
    from datetime import date, timedelta

    if re.fullmatch(r"[0-9]{9,10}|[0-9]{12,13}", plain):
        days = int(plain) // (86_400 if len(plain) < 12 else 86_400_000)
        return str(date(1970, 1, 1) + timedelta(days=days))
    return plain[:10] if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?", plain) else plain


_PYTHON: Final[Mapping[Normal, Callable[[str, str], str]]] = {
    Normal.EXACT: lambda value, _: value,
    Normal.CASE_AND_BLANKS: lambda _, plain: plain.lower(),
    Normal.EMAIL: _email_value,
    Normal.TELEPHONE: _telephone_value,
    Normal.UUID: _uuid_value,
    Normal.SALESFORCE: _salesforce_value,
    Normal.LEADING_ZEROS: _leading_zeros_value,
    Normal.NUMBER: _number_value,
    Normal.TRUTH: _truth_value,
    Normal.DAY: _day_value,
}

_EMAIL_WORDS: Final = frozenset({"email", "mail"})
_TELEPHONE_WORDS: Final = frozenset(
    {"cell", "fax", "mobile", "msisdn", "phone", "tel", "telephone"}
)
_UUID_WORDS: Final = frozenset({"guid", "uid", "uuid"})
_CODE_WORDS: Final = frozenset({"domain", "login", "slug", "username", "website"})
_FLAG: Final = re.compile(r"bool|checkbox|^bit$|^bit\(1\)|^flag$")
_UUID_TYPE: Final = re.compile(r"uuid|guid|uniqueid")


class Normals:
    """Normal forms that the columns of a graph are compared by.

    Parameters
    ----------
    graph
        The graph; its roles are found once.
    found
        Forms that values showed for pairs of columns, in place of those by names and types.

    Examples
    --------
    >>> import hummgraph as hg
    >>> graph = hg.LinkGraph(hg.datasets.load_demo().snapshot())
    >>> ends = ("Stripe/customers.email", "HubSpot/contacts.email")
    >>> Normals(graph).of_pair(*map(graph.index_of, ends))
    <Normal.EMAIL: 'e-mail'>
    """

    def __init__(
        self, graph: LinkGraph, found: Mapping[frozenset[int], Normal] | None = None
    ) -> None:
        self._found = found or {}
        self._types = graph.arrays.nodes.data_type
        self._roles = roles(graph).arrays

    def of_pair(self, one: int, other: int) -> Normal:
        """Return the form for two columns, by position.

        A property of either end decides, the most special first: UUID, telephone, e-mail, truth
        value, time, number. Otherwise texts and categories are compared without regard to case, and
        ids without leading zeros.
        """
        shown = self._found.get(frozenset((one, other)))
        found = {shown} if shown else {self._of_column(one), self._of_column(other)}
        return next(normal for normal in ORDER if normal in found)

    def _of_column(self, column: int) -> Normal:
        words = frozenset(self._roles.words.of[column])
        kind = (self._types[column].as_py() or "").strip().casefold()
        role = int(self._roles.role[column])
        fits = {
            Normal.UUID: _UUID_TYPE.search(kind) or words & _UUID_WORDS,
            Normal.TRUTH: _FLAG.search(kind),
            Normal.DAY: role == TIME,
            Normal.NUMBER: role == MEASURE,
            Normal.TELEPHONE: kind == "phone" or words & _TELEPHONE_WORDS,
            Normal.EMAIL: words & _EMAIL_WORDS and "id" not in words,
            Normal.CASE_AND_BLANKS: role in _TEXTS or words & _CODE_WORDS,
        }
        return next((normal for normal, found in fits.items() if found), Normal.LEADING_ZEROS)


_TEXTS: Final = frozenset({TEXT, CATEGORY, TECHNICAL})
ORDER: Final = (
    Normal.UUID,
    Normal.SALESFORCE,
    Normal.TELEPHONE,
    Normal.EMAIL,
    Normal.TRUTH,
    Normal.DAY,
    Normal.NUMBER,
    Normal.CASE_AND_BLANKS,
    Normal.LEADING_ZEROS,
)
