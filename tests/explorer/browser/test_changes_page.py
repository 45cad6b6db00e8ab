"""Tests of the page of changes: it says what the diff says, and leads to where that is."""

from __future__ import annotations

import json
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.clustering.setting import Setting
from hummgraph.algorithms.entities.mapping import entities
from hummgraph.algorithms.review.diff import Diff, diff
from hummgraph.explorer.pack import pack
from hummgraph.export import write
from hummgraph.graph.decisions import Decision
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import KeptEvidence
from hummgraph.snapshot.link_readers import read_links
from tests.algorithms.review.strategies import OTHERS, POLICIES, TREES
from tests.explorer.browser.test_access import check_themes
from tests.explorer.browser.test_model import bundled
from tests.support.browsing import Explorer, explorer, hostile
from tests.support.builders import catalogue, record, uid
from tests.support.changed_graphs import random_pair, random_setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

N_PAIRS = 25
MAX_NAMED = 4
N_ISLANDS = 260
HALF = Setting(method="components", threshold=0.5)
SECTIONS = {
    "concepts": "changes",
    "moves": "moves",
    "nodes": "nodes",
    "contradictions": "contradictions",
}


# --- against the diff ----------------------------------------------------------------------------


def _renamed(found: Diff) -> list[list[str]]:
    """Return what concepts of each change are called now, of those that keep another name."""
    labels = {id_: label for label, id_ in enumerate(found.after.ids)}
    renamed = []
    for change in found.changes:
        ids = (change["after_ids"] or "").split("; ")
        # A head names four concepts at most, or three and how many more.
        n = len(ids) if len(ids) <= MAX_NAMED else MAX_NAMED - 1
        now = [labels[one] for one in ids[:n] if one]
        kept = [found._compared.names[label] for label in now]
        renamed.append(
            [
                found.after.names[at]
                for at, name in zip(now, kept, strict=True)
                if found.after.names[at] != name
            ]
        )
        assert all(name in change["after"] for name in kept)
    return renamed


def check_answers(found: Diff, mine: dict[str, Any]) -> None:
    """Compare the tables, counts and sentences of a page with those of a diff."""
    assert mine["isEmpty"] is found.is_empty
    for section, name in SECTIONS.items():
        assert mine["csv"][section] == getattr(found, name).to_csv()
    decisions = [change == "re-decided" for change in found.links["change"]]
    for section, wanted in (("decisions", True), ("links", False)):
        kept = [is_one is wanted for is_one in decisions]
        assert mine["csv"][section] == found.links.filter(np.array(kept)).to_csv()
    counts = {kind: [n, n] for kind, n in found.n_clusters_by_change.items() if n}
    assert mine["kinds"]["concepts"] == counts
    links = {
        kind: [n, n] for kind, n in found.n_links_by_change.items() if n and kind != "re-decided"
    }
    assert mine["kinds"]["links"] == links
    nodes: dict[str, int] = {}
    for of_level in found.n_nodes_by_change.values():
        for kind, n in of_level.items():
            nodes[kind] = nodes.get(kind, 0) + n
    assert mine["kinds"]["nodes"] == {kind: [n, n] for kind, n in nodes.items()}
    assert mine["because"]["decided"] == [
        row for row, decided in enumerate(found.changes["decided"]) if decided
    ]
    assert mine["because"]["none"] == [
        row for row, n in enumerate(found.changes["causes"]) if n == 0
    ]
    for row, (change, causes) in enumerate(zip(found.changes, mine["causes"], strict=True)):
        # Names and sizes are those of the table; another name of today stands beside them.
        firsts = [(change[side] or "").split(", ")[0].rstrip(")") for side in ("before", "after")]
        for first in firsts:
            assert first in mine["heads"][row]
        told = found.causes.filter(row=row)
        assert [one is None for one in causes] == [cause == "moved" for cause in told["cause"]]
        for cause, said in zip(told, causes, strict=True):
            assert said is None or (cause["source_path"] in said and cause["target_path"] in said)
        ids = [found.after.ids[found.after.labels[member]] for member in mine["members"][row]]
        assert "; ".join(ids) == (change["after_ids"] or "")
    for head, names in zip(mine["heads"], _renamed(found), strict=True):
        assert head.count(", now called ") == len(names)
        assert all(f", now called {name})" in head for name in names)
    n, n_decisions = len(found.changes), sum(decisions)
    if found.is_empty:
        assert mine["title"] == "Nothing changed"
    else:
        assert mine["title"].startswith(f"{n:,} change" if n else "No concept changed")
        assert (f"{n_decisions:,} decision" in mine["title"]) == (n_decisions > 0)


@pytest.mark.parametrize("methods", [TREES, OTHERS])
def test_the_page_says_what_the_diff_says(methods: tuple[str, ...], tmp_path: Path) -> None:
    """Tables to the byte, counts, causes and names: of random snapshots with decisions."""
    script = bundled("changes-answers.ts", tmp_path)
    random, found = Random(len(methods) * 7 + len(methods[0])), []
    for number in range(N_PAIRS):
        pair = random_pair(
            random,
            n_links=random.randint(0, 40),
            n_changes=random.randint(0, 9),
            moves=random.random() < 0.3,
            policy=random.choice(POLICIES),
        )
        old, new = pair.old.graph(pair.policy), pair.new.graph()
        one = diff(old, new, setting=random_setting(random, methods))
        found.append(one)
        packed = pack(one.new, one.after, diff=one, kept_evidence=KeptEvidence.FULL)
        (tmp_path / f"{number}.pack").write_bytes(packed)
    subprocess.run(["node", str(script), str(tmp_path)], check=True)
    for number, one in enumerate(found):
        check_answers(one, json.loads((tmp_path / f"{number}.answers.json").read_text("utf-8")))
    assert sum(len(one.changes) for one in found) > N_PAIRS // 2


# --- in the browser ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def changes(demo_graph: LinkGraph) -> Diff:
    """The bundled organisation, then without the links of a table and with two decisions."""
    (found,) = cluster(demo_graph).contradictions
    charges = set(demo_graph.where(nodes="Stripe/charges").links["link_id"])
    links = demo_graph.links["link_id"]
    kept = [at for at, link in enumerate(links) if link not in charges]
    suggested = demo_graph.where(status="SUGGESTED").links["link_id"]
    approved = next(link for link in suggested if link not in charges)
    new = demo_graph.take_links(np.array(kept)).with_decisions(
        [Decision(found.cut[0], "REJECTED", who="Ana"), Decision(approved, "APPROVED", who="Ana")]
    )
    return diff(demo_graph, new)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, changes: Diff) -> Path:
    """The page of what changed."""
    return write(changes, tmp_path_factory.mktemp("changes") / "changes.html")


@pytest.fixture
def page(context: BrowserContext, file: Path) -> Iterator[Explorer]:
    """The page as it opens; no complaint when the test has ended."""
    opened = Explorer(context.new_page()).opened(file, "")
    yield opened
    opened.ok()


def section(page: Explorer, name: str) -> None:
    """Open a part of the list."""
    page.page.locator(".changes-filters").get_by_role("button", name=name).first.click()
    page.settled()


def test_it_opens_on_what_changed(page: Explorer, changes: Diff) -> None:
    """The finding is the title; each change has both sides, and its causes."""
    assert page.state("page") == "changes"
    title = page.page.locator("h1")
    expect(title).to_have_text(page.page.title().split(" · ", maxsplit=1)[0])
    expect(title).to_contain_text(f"{len(changes.changes)} changes of concepts: ")
    expect(title).to_contain_text("; 2 decisions since")
    cards = page.page.locator(".changes-card")
    assert cards.count() == len(changes.changes)
    first = cards.first
    expect(first.locator("h2")).to_contain_text("person email (15)")
    expect(first).to_contain_text("was rejected by Ana")
    # The same field is at the same height on both sides.
    rows = first.locator(".changes-sides tbody tr:not(.changes-group, .changes-rest)")
    for row in range(rows.count()):
        names = rows.nth(row).locator(".changes-place")
        boxes = [names.nth(at).bounding_box() for at in range(names.count())]
        assert len({round(box["y"]) for box in boxes if box}) == 1
    moved = changes.moves["path"][0].rpartition(".")[2]
    expect(first.locator("tr", has=page.page.locator(".pill")).first).to_contain_text(moved)
    tab = page.page.locator(".head .pages [aria-current]")
    expect(tab).to_contain_text("Changes")


def test_all_fields_of_a_change(page: Explorer, changes: Diff) -> None:
    """Those that stay are counted until they are asked for."""
    first = page.page.locator(".changes-card").first
    expect(first.locator(".changes-rest")).to_have_count(1)
    n = changes.changes["members"][0]
    first.get_by_role("button", name=f"Show all {n} fields").click()
    expect(first.locator(".changes-rest")).to_have_count(0)
    expect(first.locator("tbody tr:not(.changes-group)")).to_have_count(n)


def test_each_part_has_its_rows(page: Explorer, changes: Diff) -> None:
    """Moved fields, decisions, links, contradictions: as many as Python says."""
    n = {
        "Fields moved": len(changes.moves),
        "Decisions": changes.n_links_by_change["re-decided"],
        "Links": changes.n_links_by_change["removed"],
        "Contradictions": len(changes.contradictions),
    }
    for name, number in n.items():
        section(page, name)
        expect(page.page.locator(".changes-table tbody tr")).to_have_count(number)
    section(page, "Decisions")
    decisions = page.page.locator(".changes-table")
    expect(decisions).to_contain_text("Ana")
    page.page.wait_for_url("**#g=decisions")
    page.page.go_back()


def test_filters_count_what_they_leave(page: Explorer, changes: Diff) -> None:
    """By kind, cause and words; all of it is in the address, and cleared at once."""
    shrank = changes.n_clusters_by_change["shrank"]
    section(page, "Shrank")
    expect(page.page.locator(".changes-card")).to_have_count(shrank)
    section(page, "All")
    decided = sum(changes.changes["decided"])
    why = page.page.get_by_role("combobox", name="Why it changed")
    why.select_option(label=f"Because of a decision ({decided})")
    expect(page.page.locator(".changes-card")).to_have_count(decided)
    page.page.wait_for_url("**g=concepts::decided*")
    page.page.get_by_role("searchbox").fill("nothing of this name")
    expect(page.page.locator(".changes-none")).to_contain_text("Nothing passes these filters")
    page.page.get_by_role("button", name="Clear the filters").click()
    expect(page.page.locator(".changes-card")).to_have_count(len(changes.changes))
    page.page.get_by_role("searchbox").fill("HubSpot contacts.email")
    expect(page.page.locator(".changes-card")).to_have_count(1)


def test_it_leads_to_the_concept_and_to_the_link(page: Explorer, changes: Diff) -> None:
    """A name opens the concept as it is now, a cause its link in Review; back is back."""
    first = page.page.locator(".changes-card").first
    first.locator("h2").get_by_role("button", name="person email").click()
    page.settled()
    assert (page.state("page"), page.state("focus")["kind"]) == ("concepts", "cluster")
    member = page.ask("h.view().pack.nodeId(h.state().focus.member)")
    assert changes.after[member].id in changes.changes["after_ids"][0]
    page.page.go_back()
    expect(page.page.locator(".changes-card").first).to_be_visible()
    first.get_by_role("button", name="Evidence in Review").first.click()
    page.settled()
    assert page.state("page") == "review"
    link = page.ask("h.view().pack.linkId(h.state().focus.link)")
    assert link in changes.causes["link_id"]
    page.page.keyboard.press("Escape")
    page.settled()
    assert page.state("page") == "changes"


def test_a_row_opens_its_link(page: Explorer) -> None:
    """One that is gone has none."""
    section(page, "Links")
    assert page.page.locator(".changes-table .changes-open").count() == 0
    section(page, "Decisions")
    page.page.locator(".changes-table .changes-open").first.click()
    page.settled()
    assert page.state("page") == "review"


def test_what_is_listed_is_saved(page: Explorer, changes: Diff) -> None:
    """As the diff's own table; filters apply."""
    for name, frame in (
        ("Concepts", changes.changes),
        ("Fields moved", changes.moves),
        ("Decisions", changes.links.filter(change="re-decided")),
        ("Links", changes.links.filter(change="removed")),
        ("Contradictions", changes.contradictions),
    ):
        section(page, name)
        with page.page.expect_download() as download:
            page.page.get_by_role("button", name="Save as CSV").click()
        assert download.value.path().read_bytes().decode() == frame.to_csv()


def test_by_keyboard(page: Explorer) -> None:
    """J and K go from change to change, Enter opens; Escape comes back."""
    keyboard, heads = page.page.keyboard, page.page.locator(".changes-card h2")
    keyboard.press("j")
    expect(heads.nth(0)).to_be_focused()
    keyboard.press("j")
    expect(heads.nth(1)).to_be_focused()
    keyboard.press("k")
    expect(heads.nth(0)).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")
    page.settled()
    assert page.state("page") == "concepts"
    keyboard.press("Escape")
    page.settled()
    assert page.state("page") == "changes"
    keyboard.press("?")
    expect(page.page.get_by_role("dialog")).to_contain_text("In lists of changes")


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing(browser: Browser, file: Path, width: int) -> None:
    """In each part of it; nothing is wider than the window, no text is under ten pixels."""
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        page = Explorer(context.new_page()).opened(file, "")
        for group in ("", "concepts:split", "moves", "decisions", "links", "contradictions"):
            page.ask("h.set({group: x})", group)
            check_themes(page)
            assert page.page.locator("h1").count() == 1
            assert page.page.evaluate(
                "document.documentElement.scrollWidth <= innerWidth"
                " && document.querySelector('#content').scrollWidth <= innerWidth"
            )
            sizes = page.page.evaluate(
                "[...document.querySelectorAll('#content *')].filter((one) =>"
                " [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))"
                ".map((one) => parseFloat(getComputedStyle(one).fontSize))"
            )
            assert min(sizes) >= 10
        page.ok()


def test_a_phone_shows_all_filters(browser: Browser, file: Path) -> None:
    """Nothing that is typed into or chosen sticks out sideways."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = Explorer(context.new_page()).opened(file)
        for part in page.page.locator(".changes-bar > input, .changes-bar > select").all():
            box = part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390


def test_no_change_and_no_diff(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Either says so, with a way out; only a page of a diff has the tab."""
    same = explorer(context, diff(demo_graph, demo_graph), tmp_path, address="")
    expect(same.page.locator("h1")).to_have_text("Nothing changed")
    same.page.get_by_role("button", name="See all concepts").click()
    same.settled()
    assert same.state("page") == "concepts"
    same.ok()
    plain = explorer(context, demo_graph, tmp_path, address="#p=changes")
    expect(plain.page.locator("h1")).to_have_text("No changes in this page")
    expect(plain.page.locator(".head .pages")).not_to_contain_text("Changes")
    plain.page.get_by_role("button", name="Go to Start").click()
    plain.settled()
    assert plain.state("page") == "start"
    plain.ok()


def islands(score: float) -> LinkGraph:
    """Return many pairs of columns, each joined by a link."""
    names = [f"{system}/t{n}.x" for n in range(N_ISLANDS) for system in "ab"]
    rows = [record(f"a/t{n}.x", f"b/t{n}.x", score, id=uid(f"link {n}")) for n in range(N_ISLANDS)]
    return LinkGraph(read_links(rows, catalogue=catalogue(names)))


def test_many_changes_are_in_parts(context: BrowserContext, tmp_path: Path) -> None:
    """A part is drawn at once; all of them are counted, and saved."""
    found = diff(islands(0.9), islands(0.2), setting=HALF)
    page = explorer(context, found, tmp_path, address="")
    expect(page.page.locator("h1")).to_contain_text(f"{N_ISLANDS} changes of concepts")
    expect(page.page.locator(".changes-card")).to_have_count(20)
    pager = page.page.locator(".changes-pager")
    expect(pager).to_contain_text(f"1\u201320 of {N_ISLANDS} changes")
    page.page.get_by_role("button", name="Next").click()
    expect(pager).to_contain_text(f"21\u201340 of {N_ISLANDS} changes")
    expect(page.page.locator("h1")).to_be_focused()
    page.page.wait_for_url("**#n=2")
    # Paper has no next part, and nothing to press.
    page.page.emulate_media(media="print")
    page.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.page.locator(".changes-card")).to_have_count(N_ISLANDS)
    for pressed in (".changes-filters", ".changes-pager button", ".changes-evidence"):
        expect(page.page.locator(f"{pressed}:visible")).to_have_count(0)
    page.page.emulate_media(media="screen")
    page.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.page.locator(".changes-card")).to_have_count(20)
    section(page, "Links")
    expect(page.page.locator(".changes-table tbody tr")).to_have_count(100)
    page.ok()


def test_hostile_names_are_text(context: BrowserContext, tmp_path: Path) -> None:
    """Names, statuses, notes and who decided, of what is there and of what is gone."""
    old = hostile()
    links = old.links["link_id"]
    text = "<img src=x onerror=window.PWNED=1>"
    kept = np.arange(0, len(links), 2)
    new = old.take_links(kept).with_decisions(
        [
            Decision(links[at], "APPROVED" if at % 4 else "REJECTED", who=text, note=text)
            for at in kept[:40].tolist()
        ]
    )
    for found in (diff(old, new), diff(new, old)):
        page = explorer(context, found, tmp_path, address="", evidence="full")
        for group in ("concepts", "moves", "decisions", "links", "nodes", "contradictions"):
            for part in range(3):
                page.ask("h.set({group: x[0], part: x[1]})", [group, part])
                page.settled()
                inside = page.page.evaluate(
                    "[...new Set([...document.querySelectorAll('#app *')].map((n) => n.localName))]"
                )
                assert not set(inside) & {"img", "iframe", "script", "style", "form", "video"}
        page.ok()


def test_entities_open_on_start(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """With those that were found, by whatever threshold."""
    found = entities(demo_graph, threshold=0.4)
    page = explorer(context, found, tmp_path, address="")
    assert page.state("page") == "start"
    names = page.ask("h.entities().entities.map(({name}) => name)")
    assert names == [one.name for one in found]
    assert len(names) != len(entities(demo_graph))
    page.ok()
