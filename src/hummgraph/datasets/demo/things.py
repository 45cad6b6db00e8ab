"""Invented things that the demo's systems keep records of: persons, companies, invoices.

A thing has its attributes once. Columns that mean the same read the same attribute, so the truth
about columns holds for the records by construction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hummgraph.datasets.planted import uuids
from hummgraph.datasets.words import (
    CITIES,
    FIRST_NAMES,
    INDUSTRIES,
    JOB_TITLES,
    LAST_NAMES,
    choose,
    codes,
    numbers,
    sentences,
    shop_names,
    spread,
    times,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BACKWARDS", "DAY", "HUB_EMAIL", "Kind", "Things", "instants", "invent_things", "taken"]

HUB_EMAIL: Final = "info@quillharbor.example"
"""Address that colleagues enter for persons whose own they do not know."""
_ACCOUNTANT: Final = "bills@ledgerhouse.example"
BACKWARDS: Final = frozenset(
    {("product", "price"), ("company", "subscription"), ("subscription", "invoice")}
)
"""Links to one of several things that themselves refer to this one, as to the newest invoice."""
_MICROSECONDS: Final = pa.timestamp("us", "UTC")
DAY: Final = 86_400_000_000
_PLANS: Final = ("Starter", "Counter", "Shelf", "Storefront", "Chain", "Events", "Web", "Archive")
_EVENTS: Final = (
    "Signed in", "Title added", "Sale made", "Report opened", "Label printed", "Order placed",
    "Stock counted", "Invoice opened", "Colleague invited",
)  # fmt: skip


@dataclass(slots=True)
class Kind:
    """Things of one kind, numbered from 0.

    Attributes are arrays of as many values as there are things; an id in a system is null where
    the system does not have the thing. Links are numbers of things of other kinds, -1 for none.
    """

    n: int
    attributes: dict[str, Any] = field(default_factory=dict)
    links: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    def put(self, name: str, values: Any, where: NDArray[np.bool_] | None = None) -> None:
        """Set an attribute, null for things that are not chosen."""
        array = values if isinstance(values, pa.Array) else pa.array(values)
        if where is not None:
            array = pc.if_else(pa.array(where), array, pa.scalar(None, array.type))
        self.attributes[name] = array

    def has(self, name: str) -> NDArray[np.bool_]:
        """Return the things that have an attribute."""
        found: NDArray[np.bool_] = pc.is_valid(self.attributes[name]).to_numpy(zero_copy_only=False)
        return found


def taken(array: Any, rows: NDArray[np.int64]) -> Any:
    """Return the values at positions; null at -1."""
    return pc.take(array, pa.array(rows, mask=rows < 0))


@dataclass(slots=True)
class Things:
    """Things by kind."""

    kinds: dict[str, Kind] = field(default_factory=dict)

    def values(self, kind: str, rows: NDArray[np.int64], attribute: str) -> Any | None:
        """Return an attribute of things or of the nearest linked ones; None if none has it."""
        seen = {kind}
        queue = [(kind, rows)]
        for name, at in queue:
            about = self.kinds[name]
            if attribute in about.attributes:
                return taken(about.attributes[attribute], at)
            for other, linked in about.links.items():
                if other not in seen:
                    seen.add(other)
                    queue.append((other, np.where(at < 0, -1, linked[at])))
        return None


def instants(values: NDArray[np.int64]) -> Any:
    """Return microseconds since 1970 as an array of moments."""
    return pa.array(values, pa.int64()).cast(_MICROSECONDS)


def invent_things(rng: np.random.Generator, n_persons: int) -> Things:
    """Return persons, and companies, subscriptions and tickets in proportion."""
    things = Things()
    _invent_staff(rng, things, max(n_persons // 50, 10))
    _invent_prices(rng, things)
    _invent_companies(rng, things, max(n_persons // 4, 8))
    _invent_persons(rng, things, n_persons)
    _invent_sales(rng, things)
    _invent_bills(rng, things)
    _invent_tickets(rng, things)
    _invent_use(rng, things)
    _invent_letters(rng, things)
    return things


def _some(rng: np.random.Generator, n: int, share: float) -> NDArray[np.bool_]:
    return rng.random(n) < share


def _of(rng: np.random.Generator, chosen: NDArray[np.bool_], n: int) -> NDArray[np.int64]:
    """Return n numbers of chosen things."""
    found: NDArray[np.int64] = rng.choice(np.flatnonzero(chosen), n)
    return found


def _invent_staff(rng: np.random.Generator, things: Things, n: int) -> None:
    groups = things.kinds["group"] = Kind(6)
    groups.put("zd_group_id", numbers(rng, 6))
    groups.put("group_name", ["Tills", "Billing", "Web", "Titles", "Onboarding", "Second line"])
    staff = things.kinds["staff"] = Kind(n)
    first, last = choose(rng, FIRST_NAMES, n), choose(rng, LAST_NAMES, n)
    staff.put("staff_first_name", first)
    staff.put("staff_last_name", last)
    emails = [
        f"{a}.{b}{at}@quillharbor.example".lower()
        for at, (a, b) in enumerate(zip(first, last, strict=True))
    ]
    staff.put("staff_email", emails)
    staff.put("sf_user_id", codes(rng, n, "005", 12, "AAA"))
    staff.put("hs_owner_id", [str(it) for it in numbers(rng, n, 10_001)], _some(rng, n, 0.7))
    is_agent = np.arange(n) % 2 == 0
    # Agents are users of Zendesk too, numbered from the same range as those who ask.
    staff.put("zd_agent_id", numbers(rng, n, 1, 0.02), is_agent)
    staff.attributes["zd_user_id"] = staff.attributes["zd_agent_id"]
    staff.attributes["person_email"] = staff.attributes["staff_email"]
    staff.put("zd_name", [f"{a} {b}" for a, b in zip(first, last, strict=True)])
    staff.put("app_user_id", pa.nulls(n, pa.string()))
    staff.put("person_phone", pa.nulls(n, pa.string()))
    staff.put("zd_role", ["agent"] * n)


def _invent_prices(rng: np.random.Generator, things: Things) -> None:
    products = things.kinds["product"] = Kind(len(_PLANS))
    n = products.n
    products.put("product_name", list(_PLANS))
    products.put("product_description", [f"All that a shop needs: {name}." for name in _PLANS])
    products.put("sf_product_id", codes(rng, n, "01t", 12, "AAA"))
    products.put("stripe_product_id", codes(rng, n, "prod_", 14))
    prices = things.kinds["price"] = Kind(2 * n)
    prices.links["product"] = np.arange(2 * n) // 2
    products.links["price"] = 2 * np.arange(n)
    prices.put("plan_id", np.arange(1, 2 * n + 1))
    prices.put(
        "plan_code", [f"{name.lower()}-{every}" for name in _PLANS for every in ("month", "year")]
    )
    prices.put("stripe_price_id", codes(rng, 2 * n, "price_", 14))
    amounts = [(29 + 20 * at) * (10 if year else 1) * 100 for at in range(n) for year in (0, 1)]
    prices.put("unit_price", amounts)
    prices.put("billing_interval", ["month", "year"] * n)


def _invent_companies(rng: np.random.Generator, things: Things, n: int) -> None:
    companies = things.kinds["company"] = Kind(n)
    names = shop_names(rng, n)
    cities = choose(rng, CITIES, n)
    domains = [f"{name.lower().replace(' ', '-')}.example" for name in names]
    companies.put("company_name", names)
    companies.put("company_domain", domains)
    companies.put("company_city", [city for city, _, _ in cities])
    companies.put("company_country", [country for _, country, _ in cities])
    lines = spread(rng, n, 2_000_000, 9_000_000)
    phones = [f"+{code}{line}00" for (_, _, code), line in zip(cities, lines.tolist(), strict=True)]
    companies.put("company_phone", phones)
    companies.put("industry", choose(rng, INDUSTRIES, n))
    companies.put("employees", rng.integers(1, 200, n))
    companies.put("annual_revenue", (rng.integers(50, 5_000, n) * 1_000).astype(np.float64))
    companies.put("lifecycle_stage", choose(rng, ("lead", "opportunity", "customer"), n))
    in_app = _some(rng, n, 0.7)
    in_crm = _some(rng, n, 0.75) | ~in_app
    pays = in_app & _some(rng, n, 0.85)
    companies.put("app_org_id", uuids(rng, n), in_app)
    companies.put("sf_account_id", codes(rng, n, "001", 12, "AAA"), in_crm)
    companies.put("hs_company_id", numbers(rng, n), _some(rng, n, 0.7))
    companies.put("stripe_customer_id", codes(rng, n, "cus_", 14), pays)
    companies.put("zd_organization_id", numbers(rng, n), in_app & _some(rng, n, 0.6))
    companies.put("customer_key", codes(rng, n, "c", 31), in_app)
    companies.put("mrr", (rng.integers(29, 900, n)).astype(np.float64))
    # Two legal entities of Quillharbor: the second one has its customers in America.
    companies.put("currency", ["usd" if c in {"US", "CA"} else "eur" for _, c, _ in cities])
    companies.links["staff"] = rng.integers(0, things.kinds["staff"].n, n)
    companies.links["group"] = rng.integers(0, 6, n)
    companies.links["price"] = rng.integers(0, things.kinds["price"].n, n)


def _invent_persons(rng: np.random.Generator, things: Things, n: int) -> None:
    persons = things.kinds["person"] = Kind(n)
    companies = things.kinds["company"]
    # A few companies have many persons, and each has one before any has two.
    more = (companies.n * rng.random(max(n - companies.n, 0)) ** 2).astype(np.int64)
    company = np.concatenate([rng.permutation(companies.n)[:n], more])
    first, last = choose(rng, FIRST_NAMES, n), choose(rng, LAST_NAMES, n)
    domains = companies.attributes["company_domain"].take(pa.array(company)).to_pylist()
    private = _some(rng, n, 0.15).tolist()
    in_app = companies.has("app_org_id")[company] & _some(rng, n, 0.85)
    no_address = ~in_app & _some(rng, n, 0.025)
    taken_by: dict[str, int] = {}
    emails = []
    for at in range(n):
        name = f"{first[at]}.{last[at]}".lower()
        host = "post.example" if private[at] else domains[at]
        count = taken_by[f"{name}@{host}"] = taken_by.get(f"{name}@{host}", 0) + 1
        own = f"{name}{count if count > 1 else ''}@{host}"
        emails.append(HUB_EMAIL if no_address[at] else own)
    persons.put("person_email", emails)
    persons.put("first_name", first)
    persons.put("last_name", last)
    persons.put("zd_name", [f"{a} {b}" for a, b in zip(first, last, strict=True)])
    persons.put("zd_role", ["end-user"] * n)
    country = {code: call for _, code, call in CITIES}
    codes_of = companies.attributes["company_country"].take(pa.array(company)).to_pylist()
    lines = spread(rng, n, 20_000_000, 90_000_000)
    calls = zip(codes_of, lines.tolist(), strict=True)
    persons.put("person_phone", [f"+{country[code]}{line}7" for code, line in calls])
    persons.put("job_title", choose(rng, JOB_TITLES, n))
    persons.put("email_opt_out", _some(rng, n, 0.2))
    sources = ("Web", "Fair", "Referral", "Partner", "Advert")
    persons.put("lead_source", choose(rng, sources, n))
    persons.put("app_user_id", uuids(rng, n), in_app)
    persons.put("app_user_created", instants(times(rng, n, "2023-01-01", 1_000)))
    persons.put("member_role", choose(rng, ("owner", "member", "viewer"), n, (0.2, 0.6, 0.2)))
    persons.put("user_key", codes(rng, n, "u", 31))
    persons.links["company"] = company
    persons.links["staff"] = rng.integers(0, things.kinds["staff"].n, n)
    _place_persons(rng, things, in_app, no_address)
    _address_bills(rng, companies, persons)


def _address_bills(rng: np.random.Generator, companies: Kind, persons: Kind) -> None:
    """Set where bills go to: to a person of most companies, or to an accountant that many have."""
    emails = persons.attributes["person_email"].to_pylist()
    person: dict[int, str] = {}
    for at, company in enumerate(persons.links["company"].tolist()):
        if emails[at] != HUB_EMAIL:
            person.setdefault(company, emails[at])
    domains = companies.attributes["company_domain"].to_pylist()
    own = [f"accounts@{domain}" for domain in domains]
    drawn = rng.random(companies.n).tolist()
    bills = [
        _ACCOUNTANT if it < 0.03 else person.get(at, own[at]) if it < 0.65 else own[at]
        for at, it in enumerate(drawn)
    ]
    companies.put("billing_email", bills)


def _place_persons(
    rng: np.random.Generator,
    things: Things,
    in_app: NDArray[np.bool_],
    no_address: NDArray[np.bool_],
) -> None:
    """Set the ids that each system gives to the persons whom it knows."""
    persons, companies = things.kinds["person"], things.kinds["company"]
    n, company = persons.n, persons.links["company"]
    in_crm = companies.has("sf_account_id")[company] & _some(rng, n, 0.65)
    in_marketing = _some(rng, n, 0.7) | no_address | ~(in_app | in_crm)
    persons.put("sf_contact_id", codes(rng, n, "003", 12, "AAA"), in_crm)
    is_lead = (in_crm & _some(rng, n, 0.3)) | (~in_app & _some(rng, n, 0.5))
    persons.put("sf_lead_id", codes(rng, n, "00Q", 12, "AAA"), is_lead)
    persons.put("hs_contact_id", numbers(rng, n), in_marketing)
    asks = (in_app & _some(rng, n, 0.65)) | _some(rng, n, 0.05)
    # After the numbers of the agents, in one range with them.
    agents = things.kinds["staff"].attributes["zd_user_id"]
    others = np.setdiff1d(np.arange(1, 2 * n + 2 * len(agents)), agents.drop_null().to_numpy())
    persons.put("zd_user_id", rng.permutation(others)[:n], asks)
    # The account's own customer id is with the one user who set up the payment.
    _, at = np.unique(np.where(in_app, company, -1), return_index=True)
    pays = np.zeros(n, dtype=bool)
    pays[at] = True
    found = companies.attributes["stripe_customer_id"].take(pa.array(company))
    persons.put("stripe_customer_id", found, pays & in_app)
    persons.put("in_outreach", pa.array([True] * n), _some(rng, n, 0.15))


def _invent_sales(rng: np.random.Generator, things: Things) -> None:
    persons, companies = things.kinds["person"], things.kinds["company"]
    campaigns = things.kinds["campaign"] = Kind(30)
    seasons = ("Spring", "Summer", "Autumn", "Winter", "Fair")
    named = [f"{season} {2020 + year} letter" for year in range(6) for season in seasons]
    campaigns.put("campaign_name", named)
    campaigns.put("sf_campaign_id", codes(rng, 30, "701", 12, "AAA"))
    campaigns.links["staff"] = rng.integers(0, things.kinds["staff"].n, 30)
    n = 2 * companies.n
    deals = things.kinds["deal"] = Kind(n)
    person = _of(rng, companies.has("sf_account_id")[persons.links["company"]], n)
    deals.links["company"] = persons.links["company"][person]
    deals.links["person"] = person
    deals.links["staff"] = rng.integers(0, things.kinds["staff"].n, n)
    deals.links["campaign"] = np.where(_some(rng, n, 0.5), rng.integers(0, 30, n), -1)
    shops = companies.attributes["company_name"].take(pa.array(deals.links["company"])).to_pylist()
    years = rng.integers(2023, 2026, n).tolist()
    plans = choose(rng, _PLANS, n)
    deals.put(
        "deal_name",
        [f"{shop}: {plan} {year}" for shop, plan, year in zip(shops, plans, years, strict=True)],
    )
    stages = ("Prospecting", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
    deals.put("deal_stage", choose(rng, stages, n))
    deals.put("deal_amount", (rng.integers(3, 900, n) * 100).astype(np.float64))
    deals.put("deal_close_date", instants(times(rng, n, "2024-01-01", 700) // DAY * DAY))
    deals.put("sf_opportunity_id", codes(rng, n, "006", 12, "AAA"))
    deals.put("hs_deal_id", numbers(rng, n), _some(rng, n, 0.65))
    n_items = 2 * n
    items = things.kinds["deal item"] = Kind(n_items)
    items.links["deal"] = rng.integers(0, n, n_items)
    items.links["price"] = rng.integers(0, things.kinds["price"].n, n_items)
    tasks = things.kinds["task"] = Kind(3 * companies.n)
    who = _of(rng, persons.has("sf_contact_id"), tasks.n)
    tasks.links["person"] = who
    tasks.links["staff"] = rng.integers(0, things.kinds["staff"].n, tasks.n)
    accounts = taken(companies.attributes["sf_account_id"], persons.links["company"][who])
    sales = taken(deals.attributes["sf_opportunity_id"], rng.integers(0, n, tasks.n))
    tasks.put("what_id", pc.if_else(pa.array(_some(rng, tasks.n, 0.5)), accounts, sales))


def _invent_bills(rng: np.random.Generator, things: Things) -> None:
    companies = things.kinds["company"]
    paying = np.flatnonzero(companies.has("stripe_customer_id"))
    company = np.concatenate([paying, paying[_some(rng, len(paying), 0.15)]])
    n = len(company)
    subscriptions = things.kinds["subscription"] = Kind(n)
    subscriptions.links["company"] = company
    subscriptions.links["price"] = rng.integers(0, things.kinds["price"].n, n)
    current = np.full(companies.n, -1)
    current[company[::-1]] = np.arange(n)[::-1]
    companies.links["subscription"] = current
    status = choose(rng, ("active", "past_due", "canceled", "trialing"), n, (0.7, 0.1, 0.15, 0.05))
    subscriptions.put("stripe_subscription_id", codes(rng, n, "sub_", 14))
    subscriptions.put("subscription_status", status)
    starts = times(rng, n, "2025-10-01", 30)
    subscriptions.put("period_start", instants(starts))
    subscriptions.put("period_end", instants(starts + 30 * DAY))
    subscriptions.put("cancel_at_period_end", _some(rng, n, 0.1))
    gone = np.array([it == "canceled" for it in status])
    subscriptions.put("canceled_at", instants(times(rng, n, "2025-06-01", 150)), gone)
    subscriptions.put("trial_end", instants(times(rng, n, "2023-02-01", 900)), _some(rng, n, 0.7))
    subscriptions.put("seats", rng.integers(1, 30, n))
    items = things.kinds["subscription item"] = Kind(n + n // 5)
    items.links["subscription"] = np.concatenate([np.arange(n), rng.integers(0, n, n // 5)])
    items.links["price"] = rng.integers(0, things.kinds["price"].n, items.n)
    _invent_invoices(rng, things)


def _invent_invoices(rng: np.random.Generator, things: Things) -> None:
    companies, subscriptions = things.kinds["company"], things.kinds["subscription"]
    n = subscriptions.n
    subscription = np.repeat(np.arange(n), rng.integers(1, 12, n))
    m = len(subscription)
    invoices = things.kinds["invoice"] = Kind(m)
    invoices.links["subscription"] = subscription
    invoices.links["company"] = subscriptions.links["company"][subscription]
    invoices.put("stripe_invoice_id", codes(rng, m, "in_", 14))
    currency = taken(companies.attributes["currency"], invoices.links["company"])
    invoices.put("invoice_currency", currency)
    # Each legal entity counts its own bills, from one: both have a QH-00001.
    american = np.array(currency.to_pylist()) == "usd"
    counted = np.where(american, np.cumsum(american), np.cumsum(~american))
    invoices.put("invoice_number", [f"QH-{it:05}" for it in counted.tolist()])
    paid = _some(rng, m, 0.85)
    other = choose(rng, ("open", "draft", "void"), m, (0.8, 0.1, 0.1))
    status = ["paid" if it else at for it, at in zip(paid.tolist(), other, strict=True)]
    invoices.put("invoice_status", status)
    due = rng.integers(10, 900, m) * 100
    invoices.put("invoice_amount_due", due)
    invoices.put("invoice_amount_paid", np.where(paid, due, 0))
    created = times(rng, m, "2023-03-01", 950)
    invoices.put("invoice_created", instants(created))
    invoices.put("invoice_due_date", instants(created // DAY * DAY + 14 * DAY))
    last = np.full(n, -1)
    last[subscription] = np.arange(m)
    subscriptions.links["invoice"] = last
    lines = things.kinds["invoice line"] = Kind(m + m // 3)
    lines.links["invoice"] = np.concatenate([np.arange(m), rng.integers(0, m, m // 3)])
    lines.links["price"] = rng.integers(0, things.kinds["price"].n, lines.n)
    charges = things.kinds["charge"] = Kind(int(paid.sum()))
    charges.links["invoice"] = np.flatnonzero(paid)
    charges.put("stripe_charge_id", codes(rng, charges.n, "ch_", 14))
    refunds = things.kinds["refund"] = Kind(max(charges.n // 20, 1))
    refunds.links["charge"] = rng.integers(0, charges.n, refunds.n)


def _invent_tickets(rng: np.random.Generator, things: Things) -> None:
    persons, staff = things.kinds["person"], things.kinds["staff"]
    n = persons.n + persons.n // 4
    tickets = things.kinds["ticket"] = Kind(n)
    tickets.links["person"] = _of(rng, persons.has("zd_user_id"), n)
    agent = _of(rng, staff.has("zd_agent_id"), n)
    tickets.links["staff"] = np.where(_some(rng, n, 0.9), agent, -1)
    tickets.links["group"] = rng.integers(0, 6, n)
    tickets.put("zd_ticket_id", numbers(rng, n, 1, 0.9))
    tickets.put("ticket_subject", sentences(rng, n))
    closed = _some(rng, n, 0.8)
    open_as = choose(rng, ("new", "open", "pending"), n)
    status = ["closed" if it else at for it, at in zip(closed.tolist(), open_as, strict=True)]
    tickets.put("ticket_status", status)
    tickets.put("ticket_priority", choose(rng, ("low", "normal", "high", "urgent"), n))
    created = times(rng, n, "2024-01-01", 650)
    tickets.put("ticket_created_at", instants(created))
    after = rng.integers(1, 20 * 86_400, n) * 1_000_000
    tickets.put("ticket_solved_at", instants(created + after), closed)
    tickets.put("first_reply_minutes", rng.integers(1, 2_000, n))
    rated = closed & _some(rng, n, 0.35)
    tickets.put("csat_score", choose(rng, ("good", "bad"), n, (0.85, 0.15)), rated)
    asked = taken(persons.attributes["zd_user_id"], tickets.links["person"])
    answered = taken(staff.attributes["zd_user_id"], agent)
    by_agent = pa.array(_some(rng, n, 0.1))
    tickets.put("submitter_id", pc.if_else(by_agent, answered, asked))
    comments = things.kinds["ticket comment"] = Kind(2 * n)
    ticket = np.concatenate([np.arange(n), rng.integers(0, n, n)])
    comments.links["ticket"] = ticket
    authors = (taken(answered, ticket), taken(asked, ticket))
    comments.put("zd_user_id", pc.if_else(pa.array(_some(rng, 2 * n, 0.4)), *authors))
    metrics = things.kinds["ticket metric"] = Kind(n)
    metrics.links["ticket"] = np.arange(n)
    ratings = things.kinds["rating"] = Kind(int(rated.sum()))
    ratings.links["ticket"] = np.flatnonzero(rated)


def _invent_use(rng: np.random.Generator, things: Things) -> None:
    persons, companies = things.kinds["person"], things.kinds["company"]
    users = persons.has("app_user_id")
    at_shops = companies.has("app_org_id")
    n_users = int(users.sum())

    def used(kind: str, n: int, *, always: bool = True) -> Kind:
        made = things.kinds[kind] = Kind(n)
        made.links["person"] = np.where(
            _some(rng, n, 1.0 if always else 0.9), _of(rng, users, n), -1
        )
        return made

    events = used("event", 4 * persons.n)
    events.put("event_id", codes(rng, events.n, "", 20))
    events.put("event_name", choose(rng, _EVENTS, events.n))
    events.put("event_time", instants(times(rng, events.n, "2025-08-01", 90)))
    members = things.kinds["membership"] = Kind(n_users + n_users // 10)
    second = _of(rng, users, n_users // 10)
    members.links["person"] = np.concatenate([np.flatnonzero(users), second])
    company = persons.links["company"][members.links["person"]]
    company[n_users:] = _of(rng, at_shops, len(second))
    members.links = {"company": company, "person": members.links["person"]}
    inviter = _of(rng, users, members.n)
    invited = taken(persons.attributes["app_user_id"], inviter)
    members.put("invited_by", invited, _some(rng, members.n, 0.5))
    titles = used("title", persons.n // 2, always=False)
    titles.links = {"company": _of(rng, at_shops, titles.n), **titles.links}
    keys = things.kinds["api key"] = Kind(max(companies.n // 3, 1))
    keys.links["company"] = _of(rng, at_shops, keys.n)
    log = used("log entry", persons.n, always=False)
    log.links = {"company": _of(rng, at_shops, log.n), **log.links}
    identities = things.kinds["identity"] = Kind(n_users)
    identities.links["person"] = np.flatnonzero(users)
    used("session", persons.n)


def _invent_letters(rng: np.random.Generator, things: Things) -> None:
    persons = things.kinds["person"]
    letters = things.kinds["letter"] = Kind(60)
    letters.links["campaign"] = np.where(_some(rng, 60, 0.8), rng.integers(0, 30, 60), -1)
    letters.links["staff"] = rng.integers(0, things.kinds["staff"].n, 60)
    ids = numbers(rng, 60, 20_001)
    letters.put("letter_id", [str(it) for it in ids.tolist()])
    letters.put("letter_number", ids)
    opened = things.kinds["letter event"] = Kind(2 * persons.n)
    opened.links["person"] = _of(rng, persons.has("hs_contact_id"), opened.n)
    opened.links["letter"] = rng.integers(0, 60, opened.n)
    things.kinds["form"] = Kind(20)
    things.kinds["cohort"] = Kind(25)
