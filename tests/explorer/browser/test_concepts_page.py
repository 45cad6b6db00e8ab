"""Tests of the page of concepts: which it lists, what its cells say, and what it saves."""

from __future__ import annotations

import re
from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities import entities
from hummgraph.algorithms.entities.rules import Role
from hummgraph.export import write
from hummgraph.export.crosswalk_files import write_crosswalk
from hummgraph.graph.linkgraph import LinkGraph
from tests.support import builders
from tests.support.browsing import Explorer, explorer, hostile

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Locator

    from hummgraph.algorithms.clustering.clusters import Clusters

IDENTIFIES = {Role.KEY, Role.ALTERNATE_KEY, Role.REFERENCE}
SIGNS = {
    "approved links tie it to others": "approved",
    "only suggestions tie it to others": "suggested",
    "held against a rejection": "rejected",
}


@pytest.fixture(scope="module")
def clusters(demo_graph: LinkGraph) -> Clusters:
    """Clusters of the bundled organisation."""
    return cluster(demo_graph)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, clusters: Clusters) -> Path:
    """Its page."""
    path = tmp_path_factory.mktemp("concepts") / "page.html"
    return write(clusters.graph, path, clusters=clusters)


@pytest.fixture
def page(context: BrowserContext, file: Path) -> Explorer:
    """Its concepts."""
    return Explorer(context.new_page()).opened(file, "#p=concepts")


def rows_of(clusters: Clusters, *, single: bool = False) -> list[dict[str, Any]]:
    """Return rows of Python's crosswalk with their quality: of several systems, or of one."""
    rows = [
        row | {"quality": facts, "systems": [name for name in list(row)[5:] if row[name]]}
        for row, facts in zip(clusters.crosswalk(), clusters.quality, strict=True)
    ]
    return [row for row in rows if (len(row["systems"]) == 1) == single]


def kinds_of(clusters: Clusters) -> dict[str, str]:
    """Return what the fields of each cluster do, by its id."""
    roles = list(Role)
    found = {}
    for label, code in enumerate(clusters.identity.role.tolist()):
        role = None if code < 0 else roles[code]
        kind = "describes" if role == Role.TEXT else "shared"
        found[clusters.ids[label]] = "identifies" if role is None or role in IDENTIFIES else kind
    return found


def lines(page: Explorer) -> Locator:
    """Return the rows that are drawn."""
    return page.page.locator(".concepts-table tbody tr[data-row]")


def names(page: Explorer) -> list[str]:
    """Return the names of the concepts that are drawn."""
    return page.page.locator(".concept-name").all_inner_texts()


def check_axe(page: Explorer) -> None:
    """Fail on anything that axe-core finds."""
    found: Any = Axe().run(page.page)
    assert [
        (one["id"], [node["target"] for node in one["nodes"]][:3])
        for one in found.response["violations"]
    ] == []


def test_rows_are_those_of_python(page: Explorer, clusters: Clusters) -> None:
    """Names, order, best fields, marks, strength and approvals; the tab counts the same."""
    wanted = rows_of(clusters)
    fields = sum(row["size"] for row in wanted)
    expect(page.page.locator("h1")).to_have_text(f"{len(wanted)} concepts in several systems")
    expect(page.page.locator(".concepts-title p")).to_contain_text(f"They hold {fields} of ")
    tab = page.page.locator(".pages.above [aria-current=page]")
    expect(tab).to_have_text(f"Concepts {len(wanted)}")
    expect(page.page.locator(".range")).to_have_text(re.compile(rf"^1\D\d+ of {len(wanted)}$"))
    shown = lines(page).count()
    assert shown >= 12
    assert names(page) == [row["cluster_name"] for row in wanted[:shown]]
    heads = page.page.locator("thead th.system .system-name").all_inner_texts()
    assert heads == list(clusters.crosswalk().columns[5:])
    for at, row in enumerate(wanted[:12]):
        cells = lines(page).nth(at).locator("td")
        for system, cell in zip(heads, cells.all()[: len(heads)], strict=True):
            if not row[system]:
                assert cell.inner_text() == ""
                continue
            members = row[system].split("; ")
            title = str(cell.locator(".field").get_attribute("title"))
            # The best field that the cell's mark is about.
            assert any(text.startswith(title) for text in members)
            if len(members) == 1:
                assert members[0].startswith(title)
            more = cell.locator(".count [aria-hidden]").all_inner_texts()
            assert more == ([f"+{len(members) - 1}"] if len(members) > 1 else [])
            assert cell.locator(".icon-sign .visually-hidden").text_content() in SIGNS
        quality = row["quality"]
        strength, approved = cells.nth(len(heads)), cells.nth(len(heads) + 1)
        mean = quality["mean_confidence"]
        shown_mean = ">0.99" if mean >= 0.995 and mean < 1 else f"{mean:.2f}"
        expect(strength).to_contain_text(shown_mean)
        expect(approved).to_have_text(
            re.compile(rf"{quality['links_approved']} of {quality['links']}$")
        )
        warned = lines(page).nth(at).locator(".pill").count()
        assert warned == (1 if row["contradictions"] else 0)
    page.ok()


def test_marks_are_what_the_links_say(page: Explorer, clusters: Clusters) -> None:
    """A rejection inside first, then an approval to another system, else only suggestions."""
    row = next(row for row in rows_of(clusters) if row["contradictions"])
    links = clusters.graph.arrays.links
    paths = clusters.graph.arrays.nodes.path.to_pylist()
    wanted: dict[str, str] = {}
    order = ["suggested", "approved", "rejected"]
    label = clusters.ids.index(row["cluster_id"])
    for link in np.flatnonzero(clusters.internal_links).tolist():
        ends = [int(links.ends.source[link]), int(links.ends.target[link])]
        if clusters.labels[ends[0]] != label:
            continue
        systems = [paths[end].split("/", maxsplit=1)[0] for end in ends]
        status = clusters.graph.arrays.statuses[links.status[link]]
        approved = "approved" if systems[0] != systems[1] else "suggested"
        mark = {"REJECTED": "rejected", "APPROVED": approved}.get(status, "suggested")
        for system in systems:
            wanted[system] = max(wanted.get(system, "suggested"), mark, key=order.index)
    line = lines(page).filter(has_text="contradiction").first
    heads = page.page.locator("thead th.system .system-name").all_inner_texts()
    for system, cell in zip(heads, line.locator("td").all()[: len(heads)], strict=True):
        if system in wanted:
            said = str(cell.locator(".icon-sign .visually-hidden").text_content())
            assert SIGNS[said] == wanted[system], system


def test_filters_count_and_list_what_python_says(
    page: Explorer, clusters: Clusters, file: Path
) -> None:
    """Each button says how many it leaves, and leaves them; the address brings all of it back."""
    wanted, single = rows_of(clusters), rows_of(clusters, single=True)
    kinds = kinds_of(clusters)
    count = Counter(kinds[row["cluster_id"]] for row in wanted)
    bar = page.page.locator(".concepts-bar")

    def press(name: str) -> Locator:
        return bar.get_by_role("button", name=re.compile(name))

    expect(press("^Describes")).to_have_text(f"Describes {count['describes']}")
    expect(press("^Shared values")).to_have_text(f"Shared values {count['shared']}")
    contradicted = [row for row in wanted if row["contradictions"]]
    undecided = [row for row in wanted if not row["quality"]["links_approved"]]
    expect(press("Contradictions")).to_contain_text(f"Contradictions {len(contradicted)}")
    expect(press("In one system")).to_have_text(f"In one system {len(single)}")
    entries = page.page.evaluate("history.length")
    press("Identifies").click()
    expect(page.page.locator("h1")).to_have_text(
        f"{count['identifies']} of {len(wanted)} concepts in several systems"
    )
    press("Nothing approved").click()
    both = [row for row in undecided if kinds[row["cluster_id"]] == "identifies"]
    expect(page.page.locator("h1")).to_contain_text(f"{len(both)} of {len(wanted)}")
    expect(lines(page)).to_have_count(min(len(both), lines(page).count()))
    assert names(page) == [row["cluster_name"] for row in both][: len(names(page))]
    # The head of a system leaves those that it has.
    page.page.locator("thead").get_by_role("button", name="Only concepts in Stripe").click()
    fewer = [row for row in both if row["Stripe"]]
    expect(page.page.locator("h1")).to_contain_text(f"{len(fewer)} of {len(wanted)}")
    assert names(page) == [row["cluster_name"] for row in fewer]
    order = page.page.get_by_label("Order", exact=True)
    order.select_option("name")
    expect(page.page.locator("thead th").first).to_have_attribute("aria-sort", "ascending")
    assert names(page) == sorted(row["cluster_name"] for row in fewer)
    assert page.page.evaluate("history.length") == entries
    page.page.wait_for_url(re.compile("by=name"))
    address = page.page.evaluate("location.hash")
    again = Explorer(page.page.context.new_page()).opened(file, address)
    assert names(again) == names(page)
    expect(again.page.get_by_role("button", name="In Stripe", exact=True)).to_be_visible()
    again.page.get_by_role("button", name="Clear all").click()
    expect(again.page.locator("h1")).to_have_text(f"{len(wanted)} concepts in several systems")
    # No button leads to nothing, but an address may.
    page.ask("h.set({query: 'zzzz', listing: 'describes', only: 'single', having: new Set()})")
    none = page.page.locator(".none")
    expect(none.locator("h2")).to_have_text(
        "No concept has \u201czzzz\u201d in its name or fields, describes rows"
        " and is in one system only."
    )
    expect(none).to_contain_text(f"{len(wanted)} concepts are in several systems")
    none.get_by_role("button", name="Clear all filters").click()
    expect(page.page.locator("h1")).to_have_text(f"{len(wanted)} concepts in several systems")
    again.ok()
    page.ok()


def test_a_text_is_looked_for_as_in_the_search(page: Explorer, clusters: Clusters) -> None:
    """In any order, case and spelling; what matches is marked; nothing found says why."""
    box = page.page.get_by_role("searchbox", name=re.compile("Filter .* concepts"))
    box.fill("ID-Stripe_customer")
    expect(page.page.locator(".concept-name").first).to_have_text("Stripe customer id")
    assert page.page.locator(".concept-name").first.locator("mark").all_inner_texts()
    box.fill("workspace")
    expect(page.page.locator(".concept-name").first).to_have_text(re.compile("workspace"))
    shown = names(page)
    by_name = [row["cluster_name"] for row in rows_of(clusters)]
    assert [name for name in by_name if name in shown] == shown
    assert [name for name in by_name if "workspace" in name] == [
        name for name in shown if "workspace" in name
    ]
    # One whose name does not say so tells which of its fields does.
    for name, line in zip(shown, lines(page).all(), strict=True):
        assert line.locator("th .line mark").count() == ("workspace" not in name)
    box.fill("zzzz")
    expect(page.page.locator(".none h2")).to_have_text(
        "No concept has \u201czzzz\u201d in its name or fields."
    )
    check_axe(page)
    page.page.locator(".none").get_by_role("button", name="Show all concepts").click()
    expect(box).to_have_value("")
    # Escape empties the text first.
    box.fill("mail")
    box.press("Escape")
    expect(box).to_have_value("")
    page.ok()


def test_the_file_is_that_of_python(
    page: Explorer, clusters: Clusters, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """The same bytes for the same rows and columns, and four columns more."""
    path = write_crosswalk(clusters, tmp_path / "all.csv", entities=entities(demo_graph))
    theirs = path.read_bytes().decode().split("\r\n")
    listed = {row["cluster_id"] for row in rows_of(clusters)}
    with page.page.expect_download() as caught:
        page.page.get_by_role("button", name="Save as CSV").click()
    assert caught.value.suggested_filename.endswith("concepts.csv")
    mine = caught.value.path().read_bytes().decode().split("\r\n")
    head, *rows = [line.rsplit(",", 4) for line in mine if line]
    assert head[1:] == ["links", "approved", "scored", "mean_confidence"]
    assert head[0] == theirs[0]
    assert [row[0] for row in rows] == [line for line in theirs[1:] if line[:16] in listed]
    for row, facts in zip(rows, rows_of(clusters), strict=True):
        quality = facts["quality"]
        assert [int(row[1]), int(row[2])] == [quality["links"], quality["links_approved"]]
        assert row[4] == ("" if quality["mean_confidence"] is None else row[4])
    # What is filtered is what is saved.
    page.page.locator(".concepts-bar").get_by_role("button", name="Contradictions").click()
    page.settled()
    with page.page.expect_download() as caught:
        page.page.get_by_role("button", name="Save as CSV").click()
    text = caught.value.path().read_bytes().decode()
    few = [row["cluster_id"] for row in rows_of(clusters) if row["contradictions"]]
    assert [line[:16] for line in text.split("\r\n")[1:-1]] == few


def test_joined_from_moves_all_that_is_listed(page: Explorer, demo_graph: LinkGraph) -> None:
    """As Python joins from there; the way back to Python's own setting is named."""
    own = cluster(demo_graph)
    higher = cluster(demo_graph, threshold=0.9)
    page.page.get_by_role("button", name=re.compile(f"Joined from {own.threshold:.2f}")).click()
    panel = page.page.get_by_role("dialog", name="Joined from")
    expect(panel).to_contain_text(f"Python joined them from {own.threshold:.2f}")
    number = panel.get_by_label("Joined from, as a number")
    number.fill("0.9")
    number.press("Enter")
    n = len(rows_of(higher))
    expect(page.page.locator("h1")).to_have_text(f"{n} concepts in several systems")
    assert names(page) == [row["cluster_name"] for row in rows_of(higher)][: len(names(page))]
    panel.get_by_role("button", name=f"Back to {own.threshold:.2f}, as in Python").click()
    expect(page.page.locator("h1")).to_have_text(f"{len(rows_of(own))} concepts in several systems")
    page.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.page.locator("h1")).to_be_visible()
    page.ok()


def test_by_keyboard_alone(page: Explorer, clusters: Clusters) -> None:
    """One stop for the whole table; arrows go by cell, Enter opens, Escape comes back."""
    keys = page.page.keyboard
    page.page.locator(".concepts-bar button").last.focus()
    keys.press("Tab")

    def at(row: int, column: int) -> Locator:
        return page.page.locator(f"[data-at='{row} {column}']")

    expect(at(0, 0)).to_be_focused()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"):
        keys.press(key)
    expect(at(2, 1)).to_be_focused()
    keys.press("Control+End")
    n = len(rows_of(clusters))
    expect(at(n - 1, len(clusters.crosswalk().columns) - 5 + 2)).to_be_focused()
    expect(page.page.locator(".range")).to_contain_text(f"{n} of {n}")
    keys.press("Home")
    keys.press("ArrowUp")
    expect(at(n - 2, 0)).to_be_focused()
    keys.press("Enter")
    wanted = rows_of(clusters)[n - 2]["cluster_id"]
    focus = page.state("focus")
    assert focus["kind"] == "cluster"
    assert clusters.ids[int(clusters.labels[focus["member"]])] == wanted
    keys.press("Escape")
    expect(at(n - 2, 0)).to_be_focused()
    # The head is above the first row.
    keys.press("Control+Home")
    keys.press("ArrowUp")
    keys.press("ArrowRight")
    expect(at(-1, 1)).to_be_focused()
    keys.press("Enter")
    expect(page.page.locator("h1")).to_contain_text(" of ")
    keys.press("Tab")
    assert page.page.evaluate("document.activeElement.closest('.concepts-table')") is None
    page.ok()


def test_keys_of_the_list_work_from_its_title(page: Explorer, clusters: Clusters) -> None:
    """The title has the keyboard when the page opens; from there J goes to the first row."""
    first = page.page.locator("[data-at='0 0']")
    title = page.page.locator("h1", has_text="concepts in several systems")
    wanted = rows_of(clusters)[0]["cluster_id"]
    page.page.keyboard.press("j")
    expect(first).to_be_focused()
    for key in ("ArrowDown", "ArrowUp", "j", "k"):
        page.page.locator(".pages.above button", has_text="Start").click()
        page.page.keyboard.press("c")
        expect(title).to_be_focused()
        page.page.keyboard.press(key)
        expect(first).to_be_focused()
    page.page.locator(".concepts-bar button").last.focus()
    page.page.keyboard.press("j")
    expect(first).to_be_focused()
    page.page.keyboard.press("j")
    expect(page.page.locator("[data-at='1 0']")).to_be_focused()
    page.page.locator(".pages.above [aria-current=page]").click()
    expect(title).to_be_focused()
    page.page.keyboard.press("k")
    page.page.keyboard.press("Control+Home")
    page.page.locator(".pages.above [aria-current=page]").click()
    expect(title).to_be_focused()
    page.page.keyboard.press("Enter")
    expect(page.page.locator(".concept-head")).to_be_visible()
    assert clusters.ids[int(clusters.labels[page.state("focus")["member"]])] == wanted
    page.ok()


def test_chips_count_what_a_click_lists(page: Explorer, clusters: Clusters) -> None:
    """Choosing another of them replaces the first, and its number says what is listed then."""
    bar = page.page.locator(".concepts-bar")
    several = rows_of(clusters)
    wanted = {
        "Contradictions": sum(row["contradictions"] > 0 for row in several),
        "Nothing approved": sum(row["quality"]["links_approved"] == 0 for row in several),
        "In one system": len(rows_of(clusters, single=True)),
    }
    for first, other in permutations(wanted, 2):
        bar.get_by_role("button", name=first).click()
        chip = bar.get_by_role("button", name=other)
        expect(chip).to_have_text(f"{other} {wanted[other]}")
        chip.click()
        expect(page.page.locator(".range")).to_have_text(re.compile(rf" of {wanted[other]}$"))
        chip.click()
    page.ok()


def test_a_row_is_opened_by_a_click(page: Explorer, clusters: Clusters) -> None:
    """Anywhere in it, as one step that the browser can go back."""
    lines(page).nth(3).locator("td").nth(4).click()
    focus = page.state("focus")
    assert clusters.ids[int(clusters.labels[focus["member"]])] == rows_of(clusters)[3]["cluster_id"]
    page.page.go_back()
    expect(lines(page).nth(3)).to_be_visible()


def test_concepts_of_an_entity(page: Explorer, clusters: Clusters, demo_graph: LinkGraph) -> None:
    """Those with a field in its tables, whose names stand above; one act leads back to all."""
    known = entities(demo_graph)
    entity = known.entities[0]
    wanted = [
        row["cluster_name"]
        for row in rows_of(clusters)
        if any(
            known.labels[demo_graph.index_of(member)] == 0
            for member in clusters.members[clusters.ids.index(row["cluster_id"])]
        )
    ]
    page.ask("h.set({entity: x})", demo_graph.index_of(entity.tables[0]))
    title = page.page.locator("h1")
    expect(title).to_have_text(f"{len(wanted)} concepts of {entity.name} in several systems")
    assert names(page) == wanted[: len(names(page))]
    assert page.page.locator("thead th.system .secondary").count() > 1
    check_axe(page)
    page.page.get_by_role("button", name="All concepts").click()
    expect(title).to_have_text(f"{len(rows_of(clusters))} concepts in several systems")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Explorer, theme: str) -> None:
    """In the table and in its panels."""
    page.ask("h.set({theme: x})", theme)
    check_axe(page)
    page.page.get_by_role("button", name=re.compile("^Systems")).click()
    check_axe(page)
    page.page.get_by_role("button", name=re.compile("^Joined from")).click()
    check_axe(page)
    page.ok()


def test_words_in_a_panel_are_as_good_as_their_boxes(page: Explorer) -> None:
    """A click on the name of a system chooses it, and the panel stays."""
    before = page.page.locator("h1").inner_text()
    page.page.get_by_role("button", name=re.compile("^Systems")).click()
    panel = page.page.get_by_role("dialog", name="Systems")
    panel.get_by_text("HubSpot", exact=True).click()
    expect(panel.get_by_role("checkbox", name="HubSpot")).to_be_checked()
    panel.locator("p").first.click()
    expect(panel).to_be_visible()
    expect(page.page.locator("h1")).not_to_have_text(before)
    page.page.locator("h1").click()
    expect(panel).to_have_count(0)
    page.ok()


def test_a_mark_is_that_of_the_field_beside_it(page: Explorer, demo_graph: LinkGraph) -> None:
    """A field that is only suggested has no tick, though another one in its system has one."""
    row = page.page.locator("tbody tr", has_text="person email").first
    cell = row.locator("td", has_text="users").filter(has=page.page.locator(".field")).first
    name = cell.locator(".field").get_attribute("title")
    node = next(
        n for n in range(demo_graph.n_nodes) if demo_graph.node(n).path.endswith(f"/{name}")
    )
    links = demo_graph.arrays.links
    touches = (links.ends.source == node) | (links.ends.target == node)
    assert (links.status[touches] == 1).any()


def test_a_phone_has_cards(browser: Browser, file: Path, clusters: Clusters) -> None:
    """The same concepts, their systems by letters and marks, and filters behind a button."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = Explorer(context.new_page()).opened(file, "#p=concepts")
        wanted = rows_of(clusters)
        assert names(page) == [row["cluster_name"] for row in wanted][: len(names(page))]
        card = page.page.locator(".concepts-cards li").first
        expect(card.locator(".badge-system")).to_have_count(len(wanted[0]["systems"]))
        expect(page.page.get_by_role("button", name="Save as CSV")).to_have_count(0)
        page.page.get_by_role("button", name="Filters").click()
        for button in page.page.locator(".concepts-bar button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44
            assert box["x"] + box["width"] <= 390
        check_axe(page)
        page.page.get_by_role("button", name="Filters").click()
        page.page.locator(".concepts-cards").evaluate("(one) => one.scrollTo(0, 1e6)")
        expect(page.page.locator(".concept-name").last).to_have_text(wanted[-1]["cluster_name"])
        card = page.page.locator(".concepts-cards li[data-row]").last
        top = page.page.locator(".concepts-cards").evaluate("(one) => one.scrollTop")
        card.get_by_role("button").click()
        assert page.state("focus")["kind"] == "cluster"
        page.page.go_back()
        expect(page.page.locator(".concept-name").last).to_have_text(wanted[-1]["cluster_name"])
        assert page.page.locator(".concepts-cards").evaluate("(one) => one.scrollTop") == top
        page.ok()


def test_many_systems_are_marks_with_names_on_request(
    context: BrowserContext, tmp_path: Path
) -> None:
    """A mark and a number; the pointer and the keyboard get the names, Escape takes them away."""
    rows = [(f"system {n}/t.email", f"system {n + 1}/t.email", 0.9) for n in range(15)]
    graph = builders.graph([*rows, ("system 3/u.mail", "system 3/t.email", 0.9)])
    page = explorer(context, graph, tmp_path, clusters=cluster(graph), address="#p=concepts")
    expect(page.page.locator("thead th.system")).to_have_count(16)
    cell = page.page.locator("td.dense").filter(has_text="system 3").first
    expect(cell.locator(".field")).to_have_count(0)
    tip = page.page.locator(".cell-tip")
    cell.hover()
    expect(tip).to_contain_text("t.email")
    expect(tip).to_contain_text("only suggestions tie it to others")
    page.page.mouse.move(5, 5)
    expect(tip).to_have_count(0)
    cell.focus()
    expect(tip).to_contain_text("system 3")
    page.page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    assert page.state("page") == "concepts"
    check_axe(page)
    page.ok()


STATES: dict[str, tuple[list[Any], str, str]] = {
    "no link": ([], "There are no links here", "See systems and tables"),
    "rejected": (
        [("a/t.x", "b/t.x", 0.9, "REJECTED")],
        "No two fields are joined",
        "Review 1 link",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_without_concepts_there_is_a_way_out(
    context: BrowserContext, tmp_path: Path, state: str
) -> None:
    """A sentence says why, and a button leads on."""
    links, says, way = STATES[state]
    graph = builders.graph(links, also=["a/t.x", "b/t.x"])
    page = explorer(context, graph, tmp_path, clusters=cluster(graph), address="#p=concepts")
    expect(page.page.locator("h1")).to_have_text("No concepts yet")
    expect(page.page.locator(".none")).to_contain_text(says)
    check_axe(page)
    page.page.locator(".none").get_by_role("button", name=way).click()
    assert page.state("page") != "concepts"
    page.ok()


def test_concepts_of_one_system_are_listed_if_there_are_no_others(
    context: BrowserContext, tmp_path: Path
) -> None:
    """And it is said; names of any length and direction stay in their cells."""
    long, hebrew, arabic = "x" * 90, "\u05e9\u05dd_\u05e2\u05d5", "\u0645\u0631\u062d\u0628"
    graph = builders.graph(
        [
            (f"a/{long}t.{long}1", f"a/{long}u.{long}2", None, "APPROVED"),
            (f"a/t.{hebrew}", f"a/u.{arabic}", 0.8),
        ]
    )
    page = explorer(context, graph, tmp_path, clusters=cluster(graph), address="#p=concepts")
    expect(page.page.locator("h1")).to_have_text("2 concepts in one system")
    expect(lines(page)).to_have_count(2)
    expect(page.page.locator(".concepts-title p")).to_contain_text("No two systems have the same")
    over = """() => [...document.querySelectorAll('.concepts-table td, .concepts-table th')]
      .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML)"""
    assert page.page.evaluate(over) == []
    check_axe(page)
    page.ok()


def test_names_are_text(context: BrowserContext, tmp_path: Path) -> None:
    """Whatever they look like, in cells, heads, panels and the file."""
    graph = hostile()
    page = explorer(context, graph, tmp_path, clusters=cluster(graph), address="#p=concepts")
    expect(page.page.locator(".concepts-table")).to_be_visible()
    page.page.get_by_role("button", name=re.compile("^Systems")).click()
    page.page.locator("td.dense:has(.icon-sign)").first.hover()
    with page.page.expect_download():
        page.page.get_by_role("button", name="Save as CSV").click()
    page.ok()


@pytest.mark.parametrize(("n", "width"), [(102, 1440), (102, 390), (1100, 1440)])
def test_all_concepts_are_printed(
    context: BrowserContext, tmp_path: Path, file: Path, n: int, width: int
) -> None:
    """Paper has every row up to a bound, which is said; the screen has those in sight again."""
    page = Explorer(context.new_page())
    page.page.set_viewport_size({"width": width, "height": 700})
    if n == 1100:
        linked: list[Any] = [(f"crm/t{at}.x", f"shop/t{at}.x", 0.9) for at in range(n)]
        file = write(LinkGraph(builders.graph(linked).snapshot), tmp_path / "page.html")
    page.opened(file, "#p=concepts&only=" if n == 1100 else "#p=concepts")
    rows = page.page.locator("[data-row]")
    n_seen = rows.count()
    assert n_seen < 60
    n_listed = int(page.page.locator("h1").inner_text().split(" ")[0].replace(",", ""))
    page.page.emulate_media(media="print")
    page.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(rows).to_have_count(min(n_listed, 1000))
    note = page.page.locator(".only-print")
    if n_listed > 1000:
        expect(note).to_have_text(
            "Printed are the first 1,000 of 1,100 concepts in this order."
            " \u201cSave as CSV\u201d has all."
        )
        expect(note).to_be_visible()
    else:
        expect(note).to_have_count(0)
    # Nothing is cut: what scrolls on the screen is as high as its rows.
    last = rows.last.bounding_box()
    assert last
    inside = page.page.locator(".concepts-table, .concepts-cards").bounding_box()
    assert inside
    assert last["y"] + last["height"] <= inside["y"] + inside["height"] + 1
    page.page.emulate_media(media="screen")
    page.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(rows).to_have_count(n_seen)
    page.ok()
