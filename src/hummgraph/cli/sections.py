"""The commands by task, as the help lists them, and examples of each."""

from __future__ import annotations

from typing import Final

__all__ = ["EXAMPLES", "SECTIONS"]

SECTIONS: Final = {
    "Get links": ("run", "demo", "fetch", "info"),
    "Find and follow": ("find", "links", "path", "join", "lineage", "why"),
    "Know what tables and columns are": ("entities", "roles", "names", "identity", "splink"),
    "Group what is the same": ("clusters", "pairs", "evaluate"),
    "Decide": ("review", "decide"),
    "Compare and check": ("diff", "check", "verify"),
    "Take along": ("show", "export", "formats", "mcp"),
    "Look after": ("doctor", "gc"),
}
"""Commands, each in one section, in the order of the help."""

EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "run": (
        "hummgraph run --demo -o demo",
        "hummgraph run -o acme --no-graphml",
        "hummgraph run links.json --catalogue catalogue -o acme",
    ),
    "demo": ("hummgraph demo -o demo",),
    "fetch": ("hummgraph fetch -o acme.hummgraph --complete",),
    "info": (
        "hummgraph info acme.hummgraph",
        "hummgraph info acme.hummgraph --list unlinked",
    ),
    "find": (
        "hummgraph find acme.hummgraph contact email",
        "hummgraph find acme.hummgraph ticket --kind table",
    ),
    "links": (
        "hummgraph links acme.hummgraph --between Stripe Salesforce",
        "hummgraph links acme.hummgraph --status SUGGESTED --format csv",
    ),
    "path": ("hummgraph path acme.hummgraph Stripe/customers Zendesk/users",),
    "join": (
        "hummgraph join acme.hummgraph Stripe/customers Zendesk/tickets",
        "hummgraph join acme.hummgraph Stripe/customers Zendesk/users --sql duckdb",
    ),
    "lineage": ("hummgraph lineage acme.hummgraph Stripe/customers.email",),
    "why": ("hummgraph why acme.hummgraph Salesforce/Contact.Email Zendesk/users.email",),
    "entities": (
        "hummgraph entities acme.hummgraph",
        "hummgraph entities acme.hummgraph --entity person --list keys",
    ),
    "roles": ("hummgraph roles acme.hummgraph --of Stripe --role KEY",),
    "names": ("hummgraph names acme.hummgraph --from columns.csv --write names.json",),
    "identity": (
        "hummgraph identity acme.hummgraph person",
        "hummgraph identity person --demo",
    ),
    "splink": (
        (
            "hummgraph splink acme.hummgraph person \\\n"
            "      --table HubSpot/contacts --table Zendesk/users -o person.json"
        ),
    ),
    "clusters": (
        "hummgraph clusters acme.hummgraph --named email",
        "hummgraph clusters acme.hummgraph --of Stripe/customers.email",
        "hummgraph clusters acme.hummgraph -o crosswalk.xlsx",
    ),
    "pairs": ("hummgraph pairs pairs.csv -o clusters.parquet",),
    "evaluate": (
        "hummgraph evaluate acme.hummgraph",
        "hummgraph evaluate acme.hummgraph --truth truth.csv",
    ),
    "review": ("hummgraph review acme.hummgraph", "hummgraph review acme.hummgraph --list"),
    "decide": (
        "hummgraph decide acme.hummgraph LINK --approve --dry-run",
        "hummgraph decide acme.hummgraph LINK --reject -j decisions.jsonl",
    ),
    "diff": ("hummgraph diff old.hummgraph acme.hummgraph -o diff.md",),
    "check": ("hummgraph check acme.hummgraph --against old.hummgraph",),
    "verify": ("hummgraph verify acme.hummgraph --values values", "hummgraph verify --demo"),
    "show": ("hummgraph show acme.hummgraph -o acme.html --open",),
    "export": (
        "hummgraph export acme.hummgraph -o acme.graphml.gz --clusters auto",
        "hummgraph export acme.hummgraph -o tables.dot --level table",
    ),
    "formats": ("hummgraph formats",),
    "mcp": ("hummgraph mcp acme.hummgraph",),
    "doctor": ("hummgraph doctor", "hummgraph doctor --offline --json"),
    "gc": ("hummgraph gc . --dry-run",),
}
"""Examples of each command; acme.hummgraph is a snapshot. A long one has two lines."""
