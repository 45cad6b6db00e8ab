"""Normal forms of values, in SQL and in Python."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from hummgraph import LinkGraph
from hummgraph.datasets import load_demo
from hummgraph.warehouse.normal import Normal, Normals, normal_sql, normal_value

CASES = [
    (Normal.EXACT, " A ", " A "),
    (Normal.EXACT, " \t", None),
    (Normal.CASE_AND_BLANKS, " Ada \n Lovelace ", "ada lovelace"),
    (Normal.CASE_AND_BLANKS, "", None),
    (Normal.EMAIL, " Ada@X.org ", "ada@x.org"),
    (Normal.EMAIL, "ada @x.org", "ada@x.org"),
    (Normal.TELEPHONE, "+49 30 901820", "930901820"),
    (Normal.TELEPHONE, "0049 (30) 901820 ext. 12", "930901820"),
    (Normal.TELEPHONE, "(555) 123-4567 x9", "551234567"),
    (Normal.TELEPHONE, "N/A 12", "n/a 12"),
    (Normal.TELEPHONE, "n/a", None),
    (Normal.TELEPHONE, "-", None),
    (Normal.TELEPHONE, "0000000000", None),
    (Normal.TELEPHONE, "+1 000 000 0000", None),
    (Normal.TELEPHONE, "99999", None),
    (Normal.EMAIL, "unknown", None),
    (Normal.EMAIL, "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"),
    (Normal.UUID, "{0A000000-0000-4000-8000-00000000000F}", "0a00000000004000800000000000000f"),
    (
        Normal.UUID,
        "urn:uuid:0a000000-0000-4000-8000-00000000000f",
        "0a00000000004000800000000000000f",
    ),
    (Normal.UUID, "Zeta", "zeta"),
    (Normal.SALESFORCE, " 001A0000001AbCd ", "001A0000001AbCd"),
    (Normal.SALESFORCE, "001A0000001AbCdIAV", "001A0000001AbCd"),
    (Normal.SALESFORCE, "001A0000001AbCdiav", "001A0000001AbCdiav"),
    (Normal.SALESFORCE, "001000000000012345", "1000000000012345"),
    (Normal.SALESFORCE, "0012", "12"),
    (Normal.LEADING_ZEROS, "000", "0"),
    (Normal.LEADING_ZEROS, "00120", "120"),
    (Normal.LEADING_ZEROS, " 120.00 ", "120"),
    (Normal.LEADING_ZEROS, "0120.5", "0120.5"),
    (Normal.LEADING_ZEROS, "00aB", "00aB"),
    (Normal.NUMBER, "-012.500", "-12.5"),
    (Normal.NUMBER, "0.50", "0.5"),
    (Normal.NUMBER, "-0.0", "0"),
    (Normal.NUMBER, "100", "100"),
    (Normal.NUMBER, "1e5", "1e5"),
    (Normal.NUMBER, "7.", "7."),
    (Normal.TRUTH, "Yes", "true"),
    (Normal.TRUTH, "0", "false"),
    (Normal.TRUTH, "Perhaps", "perhaps"),
    (Normal.DAY, "2025-03-01T23:10:00Z", "2025-03-01"),
    (Normal.DAY, "2025-03-01", "2025-03-01"),
    (Normal.DAY, "1740870600", "2025-03-01"),
    (Normal.DAY, "1740870600000", "2025-03-01"),
    (Normal.DAY, "soon", "soon"),
]


@pytest.mark.parametrize(("normal", "value", "expected"), CASES)
def test_what_each_form_makes_of_a_value(normal: Normal, value: str, expected: str | None) -> None:
    """A form unites spellings, and leaves what it does not know."""
    assert normal_value(normal, value) == expected
    assert _in_duckdb(normal, value) == expected


@pytest.mark.parametrize("normal", list(Normal))
def test_nulls_have_no_form(normal: Normal) -> None:
    """A null stays one."""
    assert normal_value(normal, None) is None
    assert _in_duckdb(normal, None) is None


_TEXTS = st.one_of(
    st.text(st.sampled_from(" \t\n+-.()#{}0123456789abcdefxXtZT@:/"), max_size=40),
    st.from_regex(r"\A-?0{0,3}[0-9]{0,6}(\.[0-9]{0,4})?\Z"),
    st.uuids().map(str),
    st.datetimes().map(str),
    st.from_regex(r"\A[0-9A-Za-z]{14,19}\Z"),
    st.from_regex(r"\A([0-9])\1{3,11}\Z"),
)


@given(st.sampled_from(list(Normal)), _TEXTS)
def test_sql_and_python_make_the_same(normal: Normal, value: str) -> None:
    """The expression of DuckDB equals the plain function for any text."""
    assert _in_duckdb(normal, value) == normal_value(normal, value)


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "databricks", "redshift", "postgres"])
@pytest.mark.parametrize("normal", [normal for normal in Normal if normal is not Normal.DAY])
def test_other_dialects_read_their_expressions(normal: Normal, dialect: str) -> None:
    """An expression has no flag where the dialect has none for it, and it is SQL there."""
    text = normal_sql(normal, "t.x", dialect=dialect)

    sqlglot.parse_one(text, read=dialect)
    assert ("'g'" in text) == (dialect == "postgres")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Stripe/customers.email", "HubSpot/contacts.email", Normal.EMAIL),
        ("PostgreSQL/public.users.id", "Zendesk/users.external_id", Normal.UUID),
        ("Salesforce/Contact.Phone", "HubSpot/contacts.phone", Normal.TELEPHONE),
        ("Salesforce/Account.Industry", "HubSpot/companies.industry", Normal.CASE_AND_BLANKS),
        (
            "HubSpot/companies.domain",
            "Snowflake/ANALYTICS.DIM_CUSTOMER.DOMAIN",
            Normal.CASE_AND_BLANKS,
        ),
        ("Salesforce/User.IsActive", "HubSpot/owners.archived", Normal.TRUTH),
        ("PostgreSQL/public.plans.created_at", "Stripe/customers.email", Normal.EMAIL),
        ("PostgreSQL/public.plans.created_at", "Salesforce/Account.CreatedDate", Normal.DAY),
        ("Stripe/prices.unit_amount", "PostgreSQL/public.invoices.amount_paid", Normal.NUMBER),
        ("HubSpot/companies.hs_object_id", "Stripe/charges.customer", Normal.LEADING_ZEROS),
        ("HubSpot/email_events.emailCampaignId", "Stripe/refunds.charge", Normal.LEADING_ZEROS),
    ],
)
def test_names_types_and_roles_choose_the_form(one: str, other: str, expected: Normal) -> None:
    """The most special of the two ends decides, in either order."""
    graph = LinkGraph(load_demo().snapshot())
    normals, ends = Normals(graph), (graph.index_of(one), graph.index_of(other))

    assert normals.of_pair(*ends) is expected
    assert normals.of_pair(*reversed(ends)) is expected


_CONNECTION = duckdb.connect(":memory:")


def _in_duckdb(normal: Normal, value: str | None) -> str | None:
    query = f"SELECT {normal_sql(normal, 't.x')} FROM (SELECT CAST(? AS VARCHAR) AS x) t"
    row = _CONNECTION.execute(query, [value]).fetchone()
    assert row is not None
    found: str | None = row[0]
    return found


def test_java_reads_white_space() -> None:
    """Dialects with Java's expressions name no class in brackets."""
    made = normal_sql(Normal.CASE_AND_BLANKS, "t.x", dialect="databricks")
    assert "[[:space:]]" not in made
    (text,) = sqlglot.parse_one(made, dialect="databricks").find_all(sqlglot.exp.RegexpReplace)
    assert text.expression.this == r"\s+"
