"""Tests of what a reader reads: panels, tables, the keys; in light and dark, narrow, on paper."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.explain.why import why
from hummgraph.frames import marked
from hummgraph.graph.elements import Level
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.policy import Policy
from hummgraph.snapshot.link_readers import read_links
from tests.explorer.browser.test_reading import (  # noqa: F401 - fixtures
    Reader,
    averages,
    chain,
    clustered,
    opened,
    pages,
)
from tests.support import builders
from tests.support.builders import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

    from hummgraph.algorithms.clustering.clusters import Clusters

ROWS = """(rows) => rows.map((row) => [...row.cells].map(
  (cell) => cell.textContent.trim()))"""
WORDS = {"DETERMINISTIC": "exact rule", "PROBABILISTIC": "estimate"}


def plain(value: float) -> str:
    """Write a number as JavaScript does."""
    return repr(value).removesuffix(".0")


def shortly(value: float) -> str:
    """Write a confidence as the panels do."""
    return f"{value:.4f}" if 0.995 <= value < 1 else f"{value:.2f}"


def percent(share: float) -> str:
    """Write a share as the panels do."""
    return f"{100 * share:.{1 if share < 0.1 else 0}f} %"


def rows_of(page: Reader) -> list[list[str]]:
    """Read the rows of the table, once what was chosen is drawn."""
    page.settled()
    found: list[list[str]] = page.page.locator(".tables tbody tr").evaluate_all(ROWS)
    return found


def tab(page: Reader, name: str) -> None:
    """Choose one of the tables."""
    page.page.get_by_role("tab", name=name).click()
    expect(page.page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def by_label(clusters: Clusters) -> list[dict[str, Any]]:
    """Return the quality of clusters by label."""
    rows = dict(zip(clusters.order.tolist(), clusters.quality, strict=True))
    return [rows[label] for label in range(len(clusters))]


# --- panels --------------------------------------------------------------------------------------


def test_link_is_told_whole(opened: Callable[..., Reader]) -> None:  # noqa: F811
    """Names, type, status, confidence, times, evidence key by key; its ends lead on."""
    evidence = {
        "scores": {"nameMatch": 0.5, "sampled_values": [1, "x"]},
        "same": True,
        "none": None,
        "why": "<b>they match",
        "steps": [{"n": 3}, {"n": 4}],
    }
    row = record(
        "crm/contact.email", "shop/user.mail", 0.875, evidence=evidence, link_type="DETERMINISTIC"
    )
    places = builders.catalogue(["crm/contact.email", "shop/user.mail"])
    places["columns"][0] |= {"data_type": "varchar", "description": "Where to <i>write</i> to"}
    graph = LinkGraph(read_links([row], catalogue=places))
    page = opened(graph, evidence="full")
    page.press("t")
    page.page.locator(".tables tbody tr").click()
    expect(page.details.locator("h2")).to_have_text("Link")
    assert page.details.locator(".ends-box .node").evaluate_all(
        "(all) => all.map((one) => one.title)"
    ) == ["crm/contact.email", "shop/user.mail"]
    times = dict.fromkeys(("Created", "Updated"), "2026-01-05 09:30 UTC")
    facts = page.facts()
    assert facts.pop("Status").endswith("suggested")
    assert facts == {
        "Found by": "exact rule",
        "Score": "0.875",
        "Competition": "0.50",
        "Concept": "mail",
        **times,
    }
    told = page.details.locator(".evidence tr").evaluate_all(
        "(rows) => Object.fromEntries(rows.map((row) => [...row.cells].map((c) => c.textContent)))"
    )
    assert told == {
        "scores, name match": "0.5",
        "scores, sampled values": "1, x",
        "same": "yes",
        "none": "null",
        "why": "<b>they match",
        "steps, 1, n": "3",
        "steps, 2, n": "4",
    }
    page.details.get_by_text("As it came").click()
    expect(page.details.locator("pre")).to_contain_text('"sampled_values"')
    expect(page.details.locator(".id")).to_have_text(str(row["id"]))
    page.details.locator(".ends-box button").first.click()
    expect(page.details.locator("h2")).to_contain_text("crm / contact email")
    expect(page.details).to_contain_text("field, varchar")
    expect(page.details.locator("i")).to_have_count(0)


def test_links_that_lack_something(opened: Callable[..., Reader]) -> None:  # noqa: F811
    """Neither confidence nor evidence is made up; what the policy makes of it is told."""
    rows = [
        record("a/t.x", "b/t.x", None, evidence={}),
        record("a/t.y", "b/t.y", 0.4),
    ]
    places = builders.catalogue(["a/t.x", "b/t.x", "a/t.y", "b/t.y"])
    graph = LinkGraph(read_links(rows, catalogue=places), policy=Policy(null_confidence=0.6))
    page = opened(graph)
    page.press("t")
    page.page.get_by_label("Filter rows").fill("t.x")
    page.page.locator(".tables tbody tr").click()
    facts = page.facts()
    assert facts["Score"] == "no score"
    assert facts["Counts as"] == "0.60, by the policy"
    expect(page.details.locator(".evidence tr")).to_have_count(0)
    page.page.get_by_label("Filter rows").fill("t.y")
    expect(page.page.locator(".tables tbody tr")).to_have_count(1)
    page.page.locator(".tables tbody tr").click()
    facts = page.facts()
    assert facts["Score"] == "0.4"
    assert "Counts as" not in facts
    expect(page.details).to_contain_text("None came with it.")


def test_clusters_are_told_whole(clustered: Reader, averages: Clusters) -> None:  # noqa: F811
    """Members, quality, bridges, contradictions and reasons are those of Python."""
    quality = by_label(averages)
    bridged = next(n for n, row in enumerate(quality) if row["bridges"] >= 4)
    contradicted = next(n for n, row in enumerate(quality) if row["contradictions"])
    clustered.press("t")
    tab(clustered, "Concepts")
    assert len({0, bridged, contradicted}) == 3
    for n in (0, bridged, contradicted):
        row, details = quality[n], clustered.details
        clustered.page.get_by_label("Filter rows").fill(row["cluster_name"])
        row_of(clustered, averages, n).click()
        expect(details.locator("h2")).to_have_text(averages.names[n])
        expect(details).to_contain_text(f"{row['members']} members in {row['systems']} systems")
        members = details.locator(".crosswalk button").evaluate_all(
            "(all) => all.map((one) => one.title)"
        )
        paths = [averages.graph.node(node).path for node in averages.members[n]]
        assert sorted(members) == sorted(paths)
        covered = details.locator(".crosswalk th .badge-system").evaluate_all(
            "(all) => all.map((one) => one.title)"
        )
        assert sorted(covered) == row["systems_covered"].split("; ")
        facts = clustered.facts()
        assert facts.pop("Several of", "").count(",") + 1 == max(
            1, row["more_than_one_per_integration_source"]
        )
        statuses = {
            status: row[f"links_{status}"] for status in ("suggested", "approved", "rejected")
        }
        assert facts.pop("Entity", None) == row["entity"]
        assert facts == {
            "Role": row["role"].lower().replace("_", " "),
            "Rests on": row["rests_on"],
            "Identity value": f"{row['identity_value']:.2f}",
            "Links inside": f"{row['links']}, {row['links_holding']} of them hold it together",
            "By status": ", ".join(f"{k} {status}" for status, k in statuses.items() if k),
            "Linked pairs": f"{percent(row['density'])} of the pairs of members",
            "Scores": f"least {shortly(row['min_confidence'])},"
            f" mean {shortly(row['mean_confidence'])}",
            "By exact rules": f"{percent(row['determinism_ratio'])} of its links",
        }
        check_lists(clustered, averages, row)


def row_of(page: Reader, clusters: Clusters, label: int) -> Locator:
    """Return the row of a cluster among those with its name."""
    alike = [one.index for one in clusters if clusters.names[one.index] == clusters.names[label]]
    rows = page.page.locator(".tables tbody tr").filter(
        has=page.page.get_by_text(clusters.names[label], exact=True)
    )
    expect(rows).to_have_count(len(alike))
    return rows.nth(alike.index(label))


def check_lists(page: Reader, clusters: Clusters, row: dict[str, Any]) -> None:
    """Compare the weakest link, bridges and reasons in the panel with those of a frame's row."""
    rows = page.details.locator(".link-row")
    told = rows.evaluate_all(
        """(all) => all.map((one) => [
          one.closest("ul").previousElementSibling.textContent,
          one.querySelector(".ends").textContent,
          one.querySelector(".note")?.textContent ?? "",
        ])"""
    )
    bridges = [one for one in clusters.bridges if one["cluster_id"] == row["cluster_id"]]
    assert len(bridges) == row["bridges"]
    assert [one[1:] for one in told if "falls apart" in one[0]] == [
        [f"{one['source_path']} \u2192to {one['target_path']}", f"splits off {one['splits_off']}"]
        for one in bridges
    ]
    links = {one["link_id"]: one for one in clusters.graph.links}
    weakest = links[row["weakest_link_id"]]
    assert [one[1] for one in told if one[0] == "Weakest link"] == [
        f"{weakest['source_path']} \u2192to {weakest['target_path']}"
    ]
    assert len([one for one in told if "Rejected" in one[0]]) == row["contradictions"]
    sentences = page.details.locator("h3:has-text('Why are these together?') ~ p")
    expect(sentences.first).to_contain_text(f"{row['cluster_name']}: {row['members']} columns")
    expect(sentences.filter(has_text="Most confidence rests on")).to_have_text(
        f"Most confidence rests on {row['central_path']}."
    )
    expect(sentences.filter(has_text="without which it falls apart")).to_have_count(
        1 if bridges else 0
    )


def test_why_two_are_together(clustered: Reader, averages: Clusters) -> None:  # noqa: F811
    """Of any two members: the sentences of Python's own explanation, and the path."""
    graph = averages.graph
    clustered.filters().locator(".clusters button").nth(2).click()
    details = clustered.details
    details.get_by_text("Why two of them?").click()
    third = averages.members[averages.order[2]]
    paths = [graph.node(node).path for node in third]
    a, b = paths[1], paths[-1]
    details.get_by_label("One member").select_option(label=a)
    details.get_by_label("Another member").select_option(label=b)
    found = why(graph, a, b, clusters=averages)
    told = details.locator("details", has_text="Why two").locator("p")
    expect(told.first).to_contain_text(
        f"{a} and {b} are in one cluster of {found.sizes[0]} columns"
    )
    texts = told.all_text_contents()
    assert found.chain is not None
    steps = [f"{step.source_path} > {step.target_path}" for step in found.chain.steps]
    assert [text for text in texts if any(text.startswith(f"{step}:") for step in steps)]
    assert found.sentences[1] == texts[-1]  # the page says last what Python says after the answer
    details.get_by_role("button", name="Show the path").click()
    expect(details.locator("h2")).to_have_text("Strongest path")
    assert clustered.state("focus")["kind"] == "path"


def test_panels_lead_to_each_other(clustered: Reader, averages: Clusters) -> None:  # noqa: F811
    """Node, its concept, back to the map; link, its review, and all the way back."""
    clustered.look("Stripe/customers.email")
    details = clustered.details
    label = averages.cluster_of("Stripe/customers.email", missing="raise")
    trail = []

    def follow(button: Any, title: str | re.Pattern[str]) -> None:
        trail.append(clustered.state("focus"))
        button.click()
        expect(details.locator("h2")).to_have_text(title)
        clustered.settled()
        assert clustered.state("focus") != trail[-1]

    email = averages.graph.index_of("Stripe/customers.email")
    concept = details.get_by_role("button", name=averages.names[label], exact=True)
    concept.click()
    clustered.settled()
    assert clustered.state("page") == "concepts"
    first = int(np.flatnonzero(averages.labels == label)[0])
    assert clustered.state("focus") == {"kind": "cluster", "member": first}
    clustered.page.go_back()
    follow(details.locator(".link-row button").first, "Link")
    details.get_by_role("button", name="Review").click()
    clustered.settled()
    assert clustered.state("page") == "review"
    assert clustered.state("focus")["kind"] == "link"
    clustered.page.go_back()
    follow(details.locator(".ends-box button").last, re.compile(" / "))
    for focus in reversed(trail):
        clustered.page.keyboard.press("Escape")
        clustered.until(focus)
    # The members that the picture shows lead to the concept too.
    clustered.ask("h.set({focus: {kind: 'cluster', member: x}})", email)
    members = details.locator(".crosswalk button[title='Zendesk/users.email']")
    follow(members, re.compile("Zendesk / users email"))
    clustered.page.go_back()
    details.get_by_role("button", name="Open the concept").click()
    clustered.settled()
    assert clustered.state("page") == "concepts"


def test_node_tells_what_filters_hide(opened: Callable[..., Reader]) -> None:  # noqa: F811
    """Numbers of links that pass and that do not, and the columns; each leads on."""
    page = opened(chain())
    page.filters().locator("#threshold").fill("0.75")
    page.look("a/t")
    # An APPROVED link passes whatever its confidence is.
    expect(page.details.locator("h3")).to_have_text("Links 2 of 3 shown")
    expect(page.details.locator(".link-row:visible")).to_have_count(2)
    page.details.get_by_text("1 link that the filters hide").click()
    expect(page.details.locator("details .link-row:visible")).to_contain_text("c/t.y")
    page.details.get_by_text("2 fields, 2 with links").click()
    page.details.locator("details .node:visible").last.click()
    expect(page.details.locator("h2")).to_contain_text("a / t y")


# --- tables --------------------------------------------------------------------------------------


Row = tuple[str, ...]
Keys = dict[str, list[Any]]


def ranks(texts: list[str]) -> dict[str, int]:
    """Return the rank of each text among all."""
    return {text: rank for rank, text in enumerate(sorted(set(texts)))}


def expected(clusters: Clusters, threshold: float, name: str) -> tuple[list[Row], Keys]:
    """Build the rows of a table, in the order of positions, and what each column is sorted by."""
    graph = clusters.graph
    nodes = [graph.node(node) for node in range(graph.n_nodes)]
    labels = clusters.labels.tolist()
    name_ranks = ranks(list(clusters.names))
    named = {label: name_ranks[name] for label, name in enumerate(clusters.names)} | {-1: -1}
    passing = graph.where(min_confidence=threshold)
    order = sorted(range(len(nodes)), key=lambda node: (nodes[node].path.lower(), node))
    places = {node: rank for rank, node in enumerate(order)}
    if name == "Links":
        index = {node.node_id: node.index for node in nodes}
        links = list(passing.links)
        ends = [(index[link["source"]], index[link["target"]]) for link in links]
        both = [labels[a] if labels[a] == labels[b] else -1 for a, b in ends]
        sure = [-1 if link["confidence"] is None else link["confidence"] for link in links]
        rows: list[Row] = [
            (
                link["status"].lower(),
                marked(link["source_path"], deleted=link["source_deleted"]),
                marked(link["target_path"], deleted=link["target_deleted"]),
                WORDS[link["link_type"]],
                plain(value) if value >= 0 else "",
                clusters.names[label] if label >= 0 else "",
            )
            for link, value, label in zip(links, sure, both, strict=True)
        ]
        return rows, {
            "Status": [row[0] for row in rows],
            "From": [places[a] for a, _ in ends],
            "To": [places[b] for _, b in ends],
            "Found by": [link["link_type"] for link in links],
            "Score": sure,
            "Concept": [named[label] for label in both],
        }
    if name == "Concepts":
        quality = by_label(clusters)
        columns = ("members", "systems", "links", "contradictions")
        rows = [
            (
                clusters.names[n],
                f"{row['identity_value']:.2f}",
                *(f"{row[column]:,}" if row[column] else "" for column in columns),
            )
            for n, row in enumerate(quality)
        ]
        rank = np.argsort(clusters.order)
        titles = ("Members", "Systems", "Links inside", "Contradictions")
        return rows, {
            "Concept": list(clusters.names),
            "Identity value": (-rank).tolist(),
            **{
                title: [row[column] for row in quality]
                for title, column in zip(titles, columns, strict=True)
            },
        }
    counts = [touching(graph, nodes), touching(passing, nodes)]
    rows = [
        (
            marked(node.path, deleted=node.deleted),
            KINDS[node.level],
            node.data_type or "",
            *(f"{count[node.index]:,}" if count[node.index] else "" for count in counts),
            clusters.names[labels[node.index]] if labels[node.index] >= 0 else "",
        )
        for node in nodes
    ]
    return rows, {
        "Place": [places[node.index] for node in nodes],
        "Kind": [KINDS[node.level] for node in nodes],
        "Data type": [node.data_type or "" for node in nodes],
        "Links": counts[0],
        "Shown": counts[1],
        "Concept": [named[label] for label in labels],
    }


def touching(graph: LinkGraph, nodes: list[Any]) -> list[int]:
    """Count the links that touch each node or anything below it."""
    index = {node.node_id: node.index for node in nodes}
    counts = [0] * len(nodes)
    for link in graph.links:
        above = set()
        for end in (link["source"], link["target"]):
            at: int | None = index[end]
            while at is not None:
                above.add(at)
                at = nodes[at].parent
        for node in above:
            counts[node] += 1
    return counts


KINDS = {Level.INTEGRATION_SOURCE: "system", Level.TABLE: "table", Level.COLUMN: "field"}

TABS = {
    "Links": "Score",
    "Concepts": "Identity value",
    "Systems, tables, fields": "Shown",
}


@pytest.mark.parametrize("name", TABS)
def test_tables_hold_everything(
    clustered: Reader,  # noqa: F811
    averages: Clusters,  # noqa: F811
    name: str,
) -> None:
    """Page by page every row of Python, in order; and sorted by each column, either way."""
    clustered.press("t")
    tab(clustered, name)
    rows, keys = expected(averages, 0.1, name)
    status = clustered.page.locator(".table-tools [role=status]")
    table = clustered.page.locator(".tables table")
    expect(table).to_have_attribute("aria-rowcount", str(len(rows) + 1))

    def ordered(title: str, sign: int) -> list[list[str]]:
        values = keys[title]
        if isinstance(values[0], str):
            order = ranks(values)
            values = [order[value] for value in values]
        worth = keys.get("Identity value", [])
        ties = [-place for place in worth] if name == "Concepts" else range(len(rows))
        return [
            list(rows[at])
            for at in sorted(range(len(rows)), key=lambda at: (sign * values[at], ties[at]))
        ]

    first = TABS[name]
    whole: list[list[str]] = []
    following = clustered.page.get_by_role("button", name="Next")
    while True:
        end = min(len(whole) + 100, len(rows))
        expect(status).to_have_text(f"rows {len(whole) + 1:,}\u2013{end:,} of {len(rows):,}")
        index = clustered.page.locator(".tables tbody tr").last.get_attribute("aria-rowindex")
        assert index == str(end + 1)
        whole += rows_of(clustered)
        if following.is_disabled():
            break
        following.click()
    assert whole == ordered(first, -1)
    clustered.page.get_by_label("Filter rows").fill(" ")  # to the first page again
    for title in keys:
        head = clustered.page.get_by_role("columnheader", name=title, exact=True)
        for _ in range(2):
            head.get_by_role("button").click()
            clustered.settled()
            direction = head.get_attribute("aria-sort")
            assert direction in {"ascending", "descending"}
            sign = 1 if direction == "ascending" else -1
            assert rows_of(clustered) == ordered(title, sign)[:100], (title, direction)
            others = clustered.page.locator("th[aria-sort]:not([aria-sort=none])")
            expect(others).to_have_count(1)


def test_rows_can_be_filtered(clustered: Reader, averages: Clusters) -> None:  # noqa: F811
    """By words of names and by status; what is there follows the threshold too."""
    clustered.press("t")
    status = clustered.page.locator(".table-tools [role=status]")
    field = clustered.page.get_by_label("Filter rows")
    rows, _ = expected(averages, 0.1, "Links")
    for words in ("email users", "REJECTED", "zendesk rejected"):
        field.fill(words)
        hits = [
            row
            for row in rows
            if all(word in " ".join((*row[1:3], row[0])).lower() for word in words.lower().split())
        ]
        assert 0 < len(hits) < len(rows)
        expect(status).to_have_text(re.compile(rf"of {len(hits):,}$"))
        assert all(tuple(row) in hits for row in rows_of(clustered))
    field.fill("no such thing")
    expect(status).to_have_text("no rows")
    expect(clustered.page.locator(".tables .empty")).to_have_text("The filters leave nothing here.")
    field.fill("")
    clustered.filters().locator("#threshold").fill("0.95")
    n_passing = averages.graph.where(min_confidence=0.95).n_links
    expect(status).to_have_text(re.compile(rf"of {n_passing:,}$"))
    clustered.page.locator("#threshold").fill("0.1")
    tab(clustered, "Concepts")
    # A concept is found by its members as well.
    field.fill("zendesk/users.email")
    label = averages.cluster_of("Zendesk/users.email", missing="raise")
    expect(clustered.page.locator(".tables tbody tr")).to_have_count(1)
    assert rows_of(clustered)[0][0] == averages.names[label]


def test_tables_and_picture_are_tied(
    clustered: Reader,  # noqa: F811
    averages: Clusters,  # noqa: F811
) -> None:
    """A row chosen in one is chosen, and brought into sight, in the other."""
    graph = averages.graph
    clustered.press("t")
    field = clustered.page.get_by_label("Filter rows")
    link = next(
        link
        for link in graph.where(system="Zendesk", min_confidence=0.1).links
        if link["source_path"].startswith("Stripe/")
    )
    field.fill(f"{link['source_path']} {link['target_path']}")
    rows = clustered.page.locator(".tables tbody tr")
    expect(rows).to_have_count(1)
    faded = clustered.settled().ask("h.picture.svg()")
    rows.click()
    clustered.settled()
    ends = [graph.index_of(link["source"]), graph.index_of(link["target"])]
    assert clustered.state("focus")["kind"] == "link"
    assert clustered.seen()[0] == set(ends)
    assert clustered.in_sight(*ends)
    assert clustered.ask("h.picture.svg()") != faded
    expect(rows).to_have_attribute("aria-current", "true")
    # From the picture to the table: the page of it that has the row, and there the row.
    tab(clustered, "Systems, tables, fields")
    current = clustered.page.locator("[aria-current=true]")
    clustered.press("f")
    for wanted in ("Zendesk/satisfaction_ratings", "Salesforce/Campaign"):
        clustered.click(graph.index_of(wanted))
        expect(current).to_have_count(1)
        expect(current.locator(".path")).to_have_text(wanted)
        expect(current).to_be_in_viewport(ratio=0.9)
    clustered.page.get_by_label("only what is looked at").check()
    nodes, links = clustered.seen()
    status = clustered.page.locator(".table-tools [role=status]")
    expect(status).to_have_text(re.compile(rf"of {len(nodes)}$"))
    tab(clustered, "Links")
    clustered.page.get_by_label("only what is looked at").check()
    expect(status).to_have_text(re.compile(rf"of {len(links)}$"))
    tab(clustered, "Concepts")
    rows.nth(3).click()
    clustered.settled()
    members = averages.members[averages.order[3]]
    assert {graph.index_of(node) for node in members} <= clustered.seen()[0]


def test_tables_by_keyboard(clustered: Reader) -> None:  # noqa: F811
    """Opened, made larger, sorted, paged, walked, chosen from and closed without a pointer."""
    clustered.press("t")
    section = clustered.page.get_by_role("region", name="Tables")
    before = section.bounding_box()
    clustered.page.get_by_role("separator").focus()
    clustered.press("ArrowUp", "ArrowUp")
    after = section.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] == before["height"] + 80
    clustered.page.get_by_role("tab", name="Links").focus()
    clustered.press("ArrowLeft")
    expect(clustered.page.get_by_role("tab", name="Decisions")).to_be_focused()
    clustered.press("ArrowRight")
    expect(clustered.page.get_by_role("tab", name="Links")).to_be_focused()
    clustered.press("Tab", "Tab")
    expect(clustered.page.get_by_label("Filter rows")).to_be_focused()
    clustered.press("Tab")  # what is looked at cannot be asked for, nor what was before
    expect(clustered.page.get_by_role("button", name="Next")).to_be_focused()
    clustered.press("Enter")
    expect(section.get_by_role("status")).to_contain_text("rows 101\u2013200")
    clustered.press("Shift+Tab", "Enter")
    expect(section.get_by_role("status")).to_contain_text("rows 1\u2013100")
    clustered.page.get_by_role("button", name="From", exact=True).focus()
    clustered.press("Enter")
    head = clustered.page.get_by_role("columnheader", name="From")
    expect(head).to_have_attribute("aria-sort", "ascending")
    rows = clustered.page.locator(".tables tbody tr")
    for _ in range(8):
        clustered.press("Tab")
        if rows.first.evaluate("(one) => one === document.activeElement"):
            break
    clustered.press("ArrowDown", "ArrowDown", "ArrowUp")
    expect(rows.nth(1)).to_be_focused()
    chosen = rows_of(clustered)[1]
    clustered.press("Enter")
    expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    expect(rows.nth(1)).to_be_focused()
    assert [
        one.get_attribute("title") for one in clustered.details.locator(".ends-box .node").all()
    ] == chosen[1:3]
    clustered.page.reload()
    clustered.page.wait_for_selector("html[data-ready]")
    expect(clustered.page.locator("[aria-current=true]")).to_have_count(1)
    clustered.page.get_by_role("button", name="Close the tables").focus()
    clustered.press("Enter")
    expect(section).to_have_count(0)
    expect(clustered.page.locator("#stage")).to_be_focused()


# --- light, dark, narrow, paper ------------------------------------------------------------------

CORNER = """() => {
  const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  copy.drawImage(document.querySelector("#stage canvas"), -2, -2);
  return `rgb(${[...copy.getImageData(0, 0, 1, 1).data].slice(0, 3).join(", ")})`;
}"""


def ground(page: Reader) -> str:
    """Return the colour behind everything, which is that of the page and of the picture."""
    page.settled()
    colour: str = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.page.evaluate(CORNER) == colour
    return lightness(colour)


def lightness(colour: str) -> str:
    """Return whether a colour is light or dark, and neither grey nor anything between."""
    parts = [int(part) for part in re.findall(r"\d+", colour)]
    assert min(parts) > 230 or max(parts) < 40
    return "light" if min(parts) > 230 else "dark"


SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]


def test_themes(clustered: Reader) -> None:  # noqa: F811
    """The system's unless one is chosen; the button goes round, and the picture follows."""
    button = clustered.page.get_by_role("button", name="Theme")
    for theme in ("auto", "light", "dark", "auto"):
        expect(button).to_have_accessible_name(f"Theme: {theme}")
        for scheme in SCHEMES:
            clustered.page.emulate_media(color_scheme=scheme)
            assert ground(clustered) == (scheme if theme == "auto" else theme)
        button.click()


@pytest.fixture
def narrow(browser: Browser, pages: dict[str, Path]) -> Iterator[Reader]:  # noqa: F811
    """The page on a telephone."""
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = Reader(context.new_page())
        page.opened(pages["clustered"])
        yield page
        page.fine()


def fits(page: Reader) -> None:
    """Fail if anything is wider than the screen, or sticks out of it."""
    page.settled()
    assert page.page.evaluate("document.documentElement.scrollWidth") == 390
    sticking = page.page.evaluate(
        """() => [...document.querySelectorAll(
          ".head *, .sheets *, .panel :not(table *), .counts, .zoom *, #matches *")]
          .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden"))
          .filter((one) => getComputedStyle(one).clipPath === "none")
          .filter((one) => one.getBoundingClientRect().right > 391)
          .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert sticking == []


def test_narrow_screen(narrow: Reader) -> None:
    """Nothing is wider than the screen, and every panel is one touch away."""
    sheets = narrow.page.get_by_role("navigation", name="Panels")
    filters = narrow.page.locator(".filters")
    fits(narrow)
    expect(filters).to_be_hidden()
    expect(sheets.get_by_role("button", name="Details")).to_be_disabled()
    sheets.get_by_role("button", name="Filters").tap()
    expect(filters).to_be_visible()
    fits(narrow)
    narrow.page.get_by_label("approved").tap()
    expect(narrow.page.locator(".counts")).to_contain_text("1,319 of 1,490")
    sheets.get_by_role("button", name="Filters").tap()
    expect(filters).to_be_hidden()
    sheets.get_by_role("button", name="Table").tap()
    expect(narrow.page.locator(".tables")).to_be_visible()
    fits(narrow)
    narrow.page.locator(".tables tbody tr").first.tap()
    expect(narrow.details.locator("h2")).to_have_text("Link")
    fits(narrow)
    sheets.get_by_role("button", name="Picture").tap()
    expect(narrow.page.locator(".tables")).to_have_count(0)
    expect(narrow.details).to_be_hidden()
    sheets.get_by_role("button", name="Details").tap()
    expect(narrow.details).to_be_visible()
    narrow.press("Escape")
    expect(narrow.details).to_be_hidden()
    assert narrow.state("focus")["kind"] == "link"
    narrow.page.set_viewport_size({"width": 844, "height": 390})
    narrow.settled()
    assert narrow.page.evaluate("document.documentElement.scrollWidth") == 844


def test_narrow_screen_shows_what_is_found(narrow: Reader, demo_graph: LinkGraph) -> None:
    """Between the list of matches and the panel about it; a thing can be touched as well."""
    narrow.page.get_by_role("button", name="Find a field, table or concept").tap()
    narrow.page.keyboard.type("email")
    fits(narrow)
    narrow.page.locator("#matches .is-field").first.tap()
    expect(narrow.details).to_be_visible()
    fits(narrow)
    assert narrow.in_sight(narrow.state("focus")["node"])
    narrow.page.get_by_role("button", name="Picture").tap()
    narrow.page.get_by_role("button", name="Show everything").tap()
    node = demo_graph.index_of("Zendesk/tickets")
    box = narrow.place(node)
    narrow.page.touchscreen.tap(box["x"] + 20, box["y"] + box["height"] / 2)
    expect(narrow.details.locator("h2")).to_contain_text("tickets")
    assert narrow.state("focus")["node"] == node
    fits(narrow)


def test_window_that_says_it_was_resized_and_was_not(narrow: Reader) -> None:
    """As when the keyboard of a telephone comes and goes: the picture is still laid out for it."""
    narrow.settled().page.evaluate("window.dispatchEvent(new Event('resize'))")
    narrow.node("Zendesk/tickets")
    assert narrow.in_sight(narrow.state("focus")["node"])


def parts_of(pdf: bytes) -> list[bytes]:
    """Return the streams of a PDF, unpacked."""
    found = []
    for part in pdf.split(b"stream\n")[1:]:
        try:
            found.append(zlib.decompressobj().decompress(part))
        except zlib.error:
            continue
    return found


def test_paper(clustered: Reader, averages: Clusters) -> None:  # noqa: F811
    """Printed, there are picture, legend, panel and table, in light, and no controls."""
    page = clustered.page
    page.get_by_role("button", name="Theme").click()
    assert ground(clustered) == "dark"
    clustered.filters()
    clustered.look("Stripe/customers")
    clustered.press("t")
    page.evaluate(
        f"() => addEventListener('beforeprint', () => {{ window.printed = ({CORNER})(); }})"
    )
    streams = parts_of(page.pdf())
    assert lightness(page.evaluate("window.printed")) == "light"
    # The picture is an image of many colours; those of systems are printed in the legend as well.
    image = np.frombuffer(max(streams, key=len)[: 3 * 10**6], dtype="u1").reshape(-1, 3)
    assert len(np.unique(image.astype("u4") @ np.array([1 << 16, 1 << 8, 1], dtype="u4"))) > 200
    lines = b"".join(part for part in streams if b" rg" in part)
    colours = set(re.findall(rb"([\d.]+ [\d.]+ [\d.]+) rg", lines))
    assert len(colours) > 14
    assert ground(clustered) == "dark"
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    clustered.settled()
    # A transparent canvas over the picture would hide it on paper.
    expect(page.locator("#stage canvas:visible")).to_have_count(1)
    assert clustered.ink() > 50
    for shown in (".counts p", ".details h2", ".about", ".filters .swatch", ".tables tbody tr"):
        expect(page.locator(shown).first).to_be_visible()
    for hidden in (".search", ".levels", ".tools", ".zoom", ".tabs", ".ways", ".decide"):
        for one in page.locator(hidden).all():
            expect(one).to_be_hidden()
    stage, counts = (page.locator(one).bounding_box() for one in ("#stage", ".counts"))
    assert stage is not None
    assert counts is not None
    assert counts["y"] >= stage["y"] + stage["height"]
    # How much of the table is there is told, and nothing of it is cut off.
    expect(page.locator(".table-tools .note")).to_have_text("rows 1\u2013100 of 1,424")
    cut = page.locator(".tables td, .details *, .filters *").evaluate_all(
        "(all) => all.filter((one) => !one.matches('.visually-hidden'))"
        ".filter((one) => one.scrollWidth > one.clientWidth + 1"
        " && getComputedStyle(one).overflowX === 'hidden').map((one) => one.textContent)"
    )
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert averages.n_clusters > 12
    expect(page.locator(".filters .clusters li")).to_have_count(12)


def test_help(clustered: Reader) -> None:  # noqa: F811
    """By key and button: what keys do, and none of them does it meanwhile."""
    clustered.look("Stripe/customers")
    focus = clustered.state("focus")
    clustered.press("?")
    dialog = clustered.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    keys = " ".join(dialog.locator("kbd").all_text_contents())
    for key in ("/", "N", "U", "D", "B", "1", "9", "P", "O", "Esc", "F", "T", "Double-click"):
        assert key in keys
    assert dialog.locator("dd").count() == dialog.locator("dt").count() >= 12
    clustered.press("d", "t")
    assert clustered.state("focus") == focus
    assert clustered.state("tab") is None
    clustered.press("Escape")
    expect(dialog).to_have_count(0)
    assert clustered.state("focus") == focus
    clustered.page.get_by_role("button", name="Help").click()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    clustered.press("d")
    assert clustered.state("focus")["kind"] == "down"
