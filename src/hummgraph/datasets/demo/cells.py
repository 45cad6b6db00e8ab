"""Cells of the demo's tables: what each column reads of a thing, how systems write it, and dirt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.datasets.demo.things import DAY, instants
from hummgraph.datasets.planted import uuids
from hummgraph.datasets.words import (
    CITIES,
    choose,
    codes,
    numbers,
    sentences,
    spread,
    times,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hummgraph.datasets.demo.description import SchemaNode
    from hummgraph.datasets.demo.things import Things

__all__ = ["COPIED", "MEMBERS", "arrow_type", "cells"]

MEMBERS: Final[dict[str, tuple[tuple[str, str, float], ...]]] = {
    "Salesforce/Account": (("company", "sf_account_id", 1.0),),
    "Salesforce/Contact": (("person", "sf_contact_id", 1.0),),
    "Salesforce/Lead": (("person", "sf_lead_id", 1.0),),
    "Salesforce/Opportunity": (("deal", "", 1.0),),
    "Salesforce/OpportunityLineItem": (("deal item", "", 1.0),),
    "Salesforce/Product2": (("product", "", 1.0),),
    "Salesforce/User": (("staff", "", 1.0),),
    "Salesforce/Campaign": (("campaign", "", 1.0),),
    "Salesforce/Task": (("task", "", 1.0),),
    "HubSpot/contacts": (("person", "hs_contact_id", 1.0),),
    "HubSpot/companies": (("company", "hs_company_id", 1.0),),
    "HubSpot/deals": (("deal", "hs_deal_id", 1.0),),
    "HubSpot/owners": (("staff", "hs_owner_id", 1.0),),
    "HubSpot/marketing_emails": (("letter", "", 1.0),),
    "HubSpot/forms": (("form", "", 1.0),),
    "HubSpot/email_events": (("letter event", "", 1.0),),
    "Stripe/customers": (("company", "stripe_customer_id", 1.0),),
    "Stripe/subscriptions": (("subscription", "", 1.0),),
    "Stripe/subscription_items": (("subscription item", "", 1.0),),
    "Stripe/invoices": (("invoice", "", 1.0),),
    "Stripe/invoice_line_items": (("invoice line", "", 1.0),),
    "Stripe/charges": (("charge", "", 1.0),),
    "Stripe/prices": (("price", "", 1.0),),
    "Stripe/products": (("product", "", 1.0),),
    "Stripe/refunds": (("refund", "", 1.0),),
    "Zendesk/users": (("person", "zd_user_id", 1.0), ("staff", "zd_user_id", 1.0)),
    "Zendesk/organizations": (("company", "zd_organization_id", 1.0),),
    "Zendesk/tickets": (("ticket", "", 1.0),),
    "Zendesk/ticket_comments": (("ticket comment", "", 1.0),),
    "Zendesk/ticket_metrics": (("ticket metric", "", 1.0),),
    "Zendesk/satisfaction_ratings": (("rating", "", 1.0),),
    "Zendesk/groups": (("group", "", 1.0),),
    "Mixpanel/Event": (("event", "", 1.0),),
    "Mixpanel/Profile": (("person", "app_user_id", 0.95),),
    "Mixpanel/Group": (("company", "app_org_id", 0.95),),
    "Mixpanel/Cohort": (("cohort", "", 1.0),),
    "PostgreSQL/public.users": (("person", "app_user_id", 1.0),),
    "PostgreSQL/public.organizations": (("company", "app_org_id", 1.0),),
    "PostgreSQL/public.memberships": (("membership", "", 1.0),),
    "PostgreSQL/public.subscriptions": (("subscription", "", 1.0),),
    "PostgreSQL/public.plans": (("price", "", 1.0),),
    "PostgreSQL/public.invoices": (("invoice", "", 0.95),),
    "PostgreSQL/public.titles": (("title", "", 1.0),),
    "PostgreSQL/public.api_keys": (("api key", "", 1.0),),
    "PostgreSQL/public.audit_log": (("log entry", "", 1.0),),
    "PostgreSQL/auth.users": (("person", "app_user_id", 1.0),),
    "PostgreSQL/auth.identities": (("identity", "", 1.0),),
    "PostgreSQL/auth.sessions": (("session", "", 1.0),),
    "Snowflake/ANALYTICS.DIM_CUSTOMER": (("company", "app_org_id", 1.0),),
    "Snowflake/ANALYTICS.DIM_USER": (("person", "app_user_id", 1.0),),
    "Snowflake/ANALYTICS.FCT_INVOICES": (("invoice", "", 1.0),),
    "Snowflake/ANALYTICS.FCT_TICKETS": (("ticket", "", 1.0),),
    "Snowflake/ANALYTICS.FCT_EVENTS": (("event", "", 1.0),),
    "Snowflake/SANDBOX.CHURN_SCORES": (("company", "sf_account_id", 0.8),),
    "Snowflake/SANDBOX.OUTREACH_LIST": (("person", "in_outreach", 1.0),),
}
"""Kinds of rows of tables that are no replicas, the attribute that members have, and a share."""

COPIED: Final = frozenset(
    {
        "Salesforce/Account",
        "Salesforce/Contact",
        "Salesforce/Lead",
        "HubSpot/contacts",
        "HubSpot/companies",
        "Stripe/customers",
    }
)
"""Tables in which colleagues have copied rows, to test something."""

_READS: Final = {
    "Salesforce/Task.WhatId": "what_id",
    "HubSpot/marketing_emails.id": "letter_id",
    "HubSpot/marketing_emails.replyTo": "staff_email",
    "HubSpot/marketing_emails.fromName": "staff_first_name",
    "HubSpot/email_events.emailCampaignId": "letter_number",
    "Zendesk/users.name": "zd_name",
    "Zendesk/users.role": "zd_role",
    "Zendesk/tickets.submitter_id": "submitter_id",
    "Zendesk/groups.name": "group_name",
    "PostgreSQL/public.memberships.invited_by": "invited_by",
    "PostgreSQL/public.titles.created_by": "app_user_id",
    "Snowflake/ANALYTICS.DIM_CUSTOMER.CUSTOMER_KEY": "customer_key",
    "Snowflake/ANALYTICS.DIM_CUSTOMER.MRR": "mrr",
    "Snowflake/ANALYTICS.DIM_USER.USER_KEY": "user_key",
    "Snowflake/ANALYTICS.FCT_INVOICES.CUSTOMER_KEY": "customer_key",
    "Snowflake/ANALYTICS.FCT_TICKETS.CUSTOMER_KEY": "customer_key",
    "Stripe/customers.currency": "currency",
}
"""Attributes that columns read which no other column means the same as."""

_HALF_KNOWN: Final = frozenset(
    {
        "Salesforce/Account.Workspace_Id__c",
        "Salesforce/Account.Stripe_Customer_Id__c",
        "HubSpot/companies.workspace_id",
        "HubSpot/companies.salesforceaccountid",
        "HubSpot/contacts.salesforcecontactid",
        "HubSpot/contacts.salesforceleadid",
        "Zendesk/users.external_id",
        "Zendesk/organizations.external_id",
        "Zendesk/organizations.organization_fields.salesforce_id",
        "PostgreSQL/public.users.legacy_crm_id",
        "PostgreSQL/public.organizations.salesforce_account_id",
        "PostgreSQL/public.organizations.zendesk_org_id",
    }
)
"""Ids of other systems that nobody has entered in 30 % of the rows."""

_NULLS: Final = 0.3
_STATUSES: Final = ("active", "open", "closed", "pending", "archived")
_COUNTRIES: Final = ("GB", "IE", "DE", "FR", "ES", "PT", "NO", "AT", "US", "CA")
_ENUMERATIONS: Final = (
    (r"country", _COUNTRIES),
    (r"status|state|stage|type$|pipeline|score", _STATUSES),
    (r"priority", ("low", "normal", "high", "urgent")),
    (r"currency", ("eur", "usd")),
    (r"locale", ("en", "de", "fr", "es", "pt")),
    (r"zone", ("Europe/London", "Europe/Berlin", "America/New_York")),
    (r"plan|family|department", ("starter", "counter", "shelf", "chain")),
    (r"source|channel|provider", ("web", "email", "api", "chat")),
    (r"role", ("owner", "member", "viewer")),
    (r"reason|failure|collection", ("duplicate", "requested", "expired", "automatic")),
    (r"action", ("create", "update", "delete", "open")),
)
_PHONES: Final = {
    "Salesforce": ("+{0} {1} {2}", "+{0} ({1}) {2}"),
    "HubSpot": ("+{0}{1}{2}", "+{0}{1}{2}"),
    "Zendesk": ("+{0} {1}-{2}", "00{0}{1}{2}"),
    "Stripe": ("+{0}{1}{2}", "+{0}{1}{2}"),
    "Mixpanel": ("+{0}{1}{2}", "+{0}{1}{2}"),
    "PostgreSQL": ("+{0}{1}{2}", "+{0}.{1}.{2}"),
    "Snowflake": ("+{0}{1}{2}", "+{0}{1}{2}"),
}
"""Format of most telephone numbers of each system, and of the others."""
_CALLING_CODES: Final = re.compile(r"\+(1|44|353|49|33|34|351|47|43)(\d{3})(\d+)")
_UNTIDY: Final = {"Salesforce": 0.12, "HubSpot": 0.06, "Zendesk": 0.05, "Mixpanel": 0.04}
"""Share of texts that people have typed in another case, or with blanks around them."""
_TYPED: Final = frozenset(
    {"person_email", "company_name", "first_name", "last_name", "company_domain", "job_title"}
)


_TYPES: Final = (
    (r".*ntz", pa.timestamp("us")),
    (r"date$", pa.date32()),
    (r".*time", pa.timestamp("us", "UTC")),
    (r"bool", pa.bool_()),
    (r"currency|percent|double|float|numeric", pa.float64()),
    (r"int|integer|bigint|number", pa.int64()),
)


def arrow_type(data_type: str) -> Any:
    """Return the type that holds values of a declared type."""
    name = data_type.lower()
    return next((found for pattern, found in _TYPES if re.match(pattern, name)), pa.string())


def cells(
    rng: np.random.Generator,
    things: Things,
    groups: list[tuple[str, NDArray[np.int64]]],
    column: SchemaNode,
) -> Any:
    """Return the cells of a column for rows that hold things of one kind or of several."""
    n = sum(len(rows) for _, rows in groups)
    attribute = _READS.get(column.path, column.meaning)
    found = [things.values(kind, rows, attribute) for kind, rows in groups]
    to = arrow_type(column.data_type)
    if found[0] is None:
        array = _invented(rng, n, column)
    else:
        # Things of another kind may lack it: an agent belongs to no customer's organisation.
        parts = [
            pa.nulls(len(rows), found[0].type) if some is None else some
            for some, (_, rows) in zip(found, groups, strict=True)
        ]
        array = _written(rng, pa.concat_arrays(parts), column)
    array = _cast(array, to)
    share = _share_of_nulls(column, known=found[0] is not None)
    if share:
        array = pc.if_else(pa.array(rng.random(n) < share), pa.scalar(None, array.type), array)
    return array


def _cast(array: Any, to: Any) -> Any:
    if to == pa.date32() and array.type != to:
        array = array.cast(pa.timestamp("us"))
    return array.cast(to, safe=False) if array.type != to else array


def _share_of_nulls(column: SchemaNode, *, known: bool) -> float:
    """Return the share of cells that are empty though there is something to enter."""
    if column.path in _HALF_KNOWN:
        return _NULLS
    if {"pk", "required"} & column.marks or column.ref or column.system == "Snowflake":
        return 0.0
    if column.role in {"TEXT", "CATEGORY", "MEASURE"} and column.family != "flag":
        return _NULLS
    if re.search(r"phone|domain|website", column.column, re.IGNORECASE):
        return _NULLS
    if column.role == "TIME" and not known:
        return 0.9 if re.search(r"delet|revoke", column.column) else _NULLS
    return 0.0


# --- how systems write it ----------------------------------------------------------------------


def _written(rng: np.random.Generator, array: Any, column: SchemaNode) -> Any:
    """Return attributes as a system writes them, and as people type them."""
    meaning = column.meaning
    if meaning in {"person_phone", "company_phone"}:
        return _phones(rng, array, column.system)
    untidy = 0.2 if "OUTREACH" in column.path else _UNTIDY.get(column.system, 0.0)
    if meaning in _TYPED and untidy and not column.ref:
        return _retyped(rng, array, untidy)
    if meaning == "app_org_id" and column.system == "HubSpot":
        return _chosen(rng, 0.1, pc.utf8_upper(array), array)
    if meaning == "app_user_id" and column.path == "Zendesk/users.external_id":
        return _chosen(rng, 0.05, pc.replace_substring(array, "-", ""), array)
    return array


def _chosen(rng: np.random.Generator, share: float, some: Any, others: Any) -> Any:
    return pc.if_else(pa.array(rng.random(len(others)) < share), some, others)


def _retyped(rng: np.random.Generator, array: Any, share: float) -> Any:
    shouted = _chosen(rng, 0.5, pc.utf8_upper(array), pc.utf8_title(array))
    blank = pc.binary_join_element_wise(array, "", " ")
    return _chosen(rng, share, _chosen(rng, 0.3, blank, shouted), array)


def _phones(rng: np.random.Generator, array: Any, system: str) -> Any:
    most, others = _PHONES[system]
    other = (rng.random(len(array)) < 0.2).tolist()
    written = []
    for value, is_other in zip(array.to_pylist(), other, strict=True):
        match = _CALLING_CODES.fullmatch(value) if value else None
        written.append((others if is_other else most).format(*match.groups()) if match else None)
    return pa.array(written, pa.string())


# --- what no thing has -------------------------------------------------------------------------


def _invented(rng: np.random.Generator, n: int, column: SchemaNode) -> Any:
    """Return cells that are this table's alone."""
    name = column.column.lower()
    if "pk" in column.marks:
        return _keys(rng, n, column)
    if column.family == "time":
        return _moments(rng, n, name, column.data_type)
    if column.family == "number":
        return _measures(rng, n, name)
    if column.family == "flag":
        usual = 0.9 if re.search(r"active|visible", name) else 0.1
        share = {"livemode": 1.0, "paid": 1.0}.get(name, usual)
        return pa.array(rng.random(n) < share)
    return _strings(rng, n, column)


def _strings(rng: np.random.Generator, n: int, column: SchemaNode) -> Any:
    name = column.column.lower()
    if "phone" in name:
        lines = spread(rng, n, 20_000_000, 90_000_000)
        return _phones(rng, pa.array([f"+44{it}3" for it in lines.tolist()]), column.system)
    if column.role == "CATEGORY":
        found = (options for pattern, options in _ENUMERATIONS if re.search(pattern, name))
        return pa.array(choose(rng, next(found, _STATUSES), n))
    if column.role == "ALTERNATE_KEY":
        return _own_keys(rng, n, name)
    if column.role == "TECHNICAL":
        return _technical(rng, n, name)
    return pa.array(_texts(rng, n, name))


def _keys(rng: np.random.Generator, n: int, column: SchemaNode) -> Any:
    if column.data_type == "uuid":
        return pa.array(uuids(rng, n))
    if column.family == "number":
        return pa.array(numbers(rng, n))
    prefix = {
        "OpportunityLineItem": "00k",
        "Task": "00T",
        "subscription_items": "si_",
        "invoice_line_items": "il_",
        "refunds": "re_",
    }.get(column.table)
    if prefix is None:
        return pa.array([str(it) for it in numbers(rng, n).tolist()])
    short = prefix.endswith("_")
    return pa.array(codes(rng, n, prefix, 14 if short else 12, "" if short else "AAA"))


def _moments(rng: np.random.Generator, n: int, name: str, data_type: str) -> Any:
    late = re.search(r"updat|modif|last|synced|seen", name) is not None
    first, days = ("2025-09-01", 60.0) if late else ("2023-01-01", 1_000.0)
    found = times(rng, n, first, days)
    # Many rows come at midnight, with an import; so tables that have nothing in common share times.
    nightly = rng.random(n) < (1.0 if data_type.lower() == "date" else 0.6)
    return instants(np.where(nightly, found // DAY * DAY, found))


def _measures(rng: np.random.Generator, n: int, name: str) -> Any:
    if re.search(r"amount|price|cost|budget|balance|cents", name):
        return pa.array(rng.integers(0, 900, n) * 100)
    if re.search(r"probab|score", name):
        return pa.array(rng.integers(0, 100, n).astype(np.float64))
    if name == "userid":
        return pa.array(numbers(rng, n))
    if name == "appid":
        return pa.array(choose(rng, (113, 114), n))
    return pa.array(rng.integers(1, 12, n))


def _own_keys(rng: np.random.Generator, n: int, name: str) -> Any:
    if "isbn" in name:
        return pa.array([f"978{it:010}" for it in spread(rng, n, 10**9, 10**10).tolist()])
    if "username" in name:
        return pa.array([f"user{it}@crm.example" for it in numbers(rng, n).tolist()])
    return pa.array([str(it) for it in numbers(rng, n, 100_000).tolist()])


_BROWSERS: Final = ("Firefox", "Chrome", "Safari", "Edge")


def _technical(rng: np.random.Generator, n: int, name: str) -> Any:
    if re.search(r"browser|agent", name):
        return pa.array(choose(rng, _BROWSERS, n))
    if "os" in name:
        return pa.array(choose(rng, ("Windows", "macOS", "Android", "iOS"), n))
    if "url" in name:
        pages = ("titles", "sales", "reports", "labels", "account")
        return pa.array([f"https://app.quillharbor.example/{it}" for it in choose(rng, pages, n)])
    if name == "ip":
        parts = rng.integers(1, 255, (n, 2)).tolist()
        return pa.array([f"10.20.{a}.{b}" for a, b in parts])
    if re.search(r"payload|meta", name):
        return pa.array([f'{{"version": {it}}}' for it in rng.integers(1, 9, n).tolist()])
    return pa.array(codes(rng, n, "", 40))


def _texts(rng: np.random.Generator, n: int, name: str) -> list[str]:
    numbered = rng.integers(1_000, 99_999, n).tolist()
    if "street" in name:
        streets = choose(rng, ("High Street", "Mill Lane", "Market Place", "Harbor Road"), n)
        return [f"{number % 99} {street}" for number, street in zip(numbered, streets, strict=True)]
    if re.search(r"postal|prefix|subject_id", name):
        return [f"{number:05}" for number in numbered]
    if "city" in name:
        return choose(rng, [city for city, _, _ in CITIES], n)
    if "recipient" in name:
        return ["support@quillharbor.example"] * n
    return sentences(rng, n)
