"""Print the first joins of sixteen pairs of tables, and whether they are acceptable.

``python benchmarks/joins.py CATALOGUE`` reads links and catalogue of a revenue-operations
organisation from a folder. What is acceptable was written down from the names of tables and columns
alone, before the planner ranked anything.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import hummgraph as hg

__all__ = ["QUESTIONS", "Question"]


@dataclass(frozen=True)
class Question:
    """Pair of tables that a revenue-operations engineer joins.

    Parameters
    ----------
    start, end
        Paths of the tables.
    first
        First steps that are acceptable, as columns before and after. A landed copy of a table
        counts as the table.
    nothing
        Whether it is right that no way identifies rows: no column of the catalogue does.
    """

    start: str
    end: str
    first: tuple[tuple[str, str], ...] = ()
    nothing: bool = False


QUESTIONS = (
    # The same person in four systems: e-mail is the only key that all of them have.
    Question("Stripe/customer", "Zendesk/user", (("Stripe/customer.email", "Zendesk/user.email"),)),
    Question(
        "Stripe/customer", "HubSpot/contact", (("Stripe/customer.email", "HubSpot/contact.email"),)
    ),
    Question(
        "Stripe/customer",
        "Salesforce/contact",
        (("Stripe/customer.email", "Salesforce/contact.email"),),
    ),
    Question("Zendesk/user", "HubSpot/contact", (("Zendesk/user.email", "HubSpot/contact.email"),)),
    Question(
        "Zendesk/user", "Salesforce/contact", (("Zendesk/user.email", "Salesforce/contact.email"),)
    ),
    Question(
        "HubSpot/contact",
        "Salesforce/contact",
        (("HubSpot/contact.email", "Salesforce/contact.email"),),
    ),
    # Customer to ticket: over the user who asks, then `requester_id`.
    Question(
        "Stripe/customer", "Zendesk/ticket", (("Stripe/customer.email", "Zendesk/user.email"),)
    ),
    # Contact to invoice: over the customer, or the e-mail that the invoice has of them.
    Question(
        "Salesforce/contact",
        "Stripe/invoice",
        (
            ("Salesforce/contact.email", "Stripe/customer.email"),
            ("Salesforce/contact.email", "Stripe/invoice.customer_email"),
        ),
    ),
    # Deal to subscription: a deal has neither contact nor company, only the owner, who is staff.
    Question("HubSpot/deal", "Stripe/subscription", nothing=True),
    # Company to company: names, industries and addresses, but no domain and no other's id.
    Question("HubSpot/company", "Salesforce/account", nothing=True),
    # Account to organisation: by its id kept elsewhere, by domain, or over the people of both.
    Question(
        "Salesforce/account",
        "Zendesk/organization",
        (
            ("Salesforce/account.id", "Zendesk/organization.external_id"),
            ("Salesforce/account.website", "Zendesk/organization.domain_names"),
            ("Salesforce/account.id", "Salesforce/contact.account_id"),
        ),
    ),
    # Product to price: within one system, as declared.
    Question("Stripe/product", "Stripe/price", (("Stripe/product.id", "Stripe/price.product"),)),
    # Opportunity to deal: neither keeps the other's id; owners are staff.
    Question("Salesforce/opportunity", "HubSpot/deal", nothing=True),
    # Issue to ticket: only if the ticket keeps the issue; reporters and requesters are others.
    Question(
        "Jira/issue",
        "Zendesk/ticket",
        (
            ("Jira/issue.id", "Zendesk/ticket.external_id"),
            ("Jira/issue.key", "Zendesk/ticket.external_id"),
        ),
        nothing=True,
    ),
    # Contact to opportunity: the same contact, then their role or their account.
    Question(
        "HubSpot/contact",
        "Salesforce/opportunity",
        (("HubSpot/contact.email", "Salesforce/contact.email"),),
    ),
    # Customer to account: over the contact, who belongs to one.
    Question(
        "Stripe/customer",
        "Salesforce/account",
        (("Stripe/customer.email", "Salesforce/contact.email"),),
    ),
)

HEAD = "| From | To | First way | Confidence | Acceptable |\n| --- | --- | --- | --- | --- |"


def original(found: hg.EntityMap, path: str) -> str:
    """Return the path of a column, or of the same column of the table that its own is a copy of."""
    graph = found.graph
    table, _, column = path.rpartition(".")
    entity = found.entity_of(table)
    if entity is None:
        return path.casefold()
    copied = entity.copies.get(graph.node(table).node_id)
    return f"{graph.node(copied).path if copied else table}.{column}".casefold()


def is_acceptable(question: Question, ways: hg.JoinPaths, found: hg.EntityMap) -> bool:
    """Return whether the first way, or that there is none, was said to be right."""
    if not ways.paths:
        return question.nothing
    first = ways.paths[0]
    step = first.steps[0]
    ends = original(found, step.source_path), original(found, step.target_path)
    wanted = [tuple(path.casefold() for path in pair) for pair in question.first]
    return ends in wanted and first.key <= hg.JoinKey.RELATED


def main() -> None:
    """Print the table of first ways, and how many are acceptable."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path, help="folder of links and catalogue")
    folder = parser.parse_args().catalogue
    graph = hg.LinkGraph(hg.read_links(folder / "entity_links.json.gz", catalogue=folder))
    found = hg.entities(graph)
    print(HEAD)
    right = 0
    for question in QUESTIONS:
        ways = hg.join_paths(graph, question.start, question.end, k=1)
        acceptable = is_acceptable(question, ways, found)
        right += acceptable
        way, confidence = "No way identifies rows", ""
        if ways.paths:
            (first,) = ways.paths
            way = f"`{first.comparisons}`" + " (all of one row)" * (first.key is hg.JoinKey.RELATED)
            confidence = f"{first.confidence:.3f}"
        yes = "Yes" if acceptable else "No"
        print(f"| {question.start} | {question.end} | {way} | {confidence} | {yes} |")
    print(f"\nAcceptable: {right} of {len(QUESTIONS)}.")


if __name__ == "__main__":
    main()
