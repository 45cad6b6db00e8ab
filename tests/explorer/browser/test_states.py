"""Tests of what a page says of itself: what is saved, what filters do, and why it is empty."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.paths.paths import strongest_path
from hummgraph.graph.decisions import Decision
from hummgraph.graph.journal import read_decisions, write_decisions
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.graph.merging import merge_decisions
from hummgraph.records.models import Status
from tests.support import builders
from tests.support.browsing import Explorer, explorer, page_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

A, B = "Stripe/customers.email", "Zendesk/users.email"


def suggested(graph: LinkGraph, n: int = 0) -> str:
    """Return the id of a SUGGESTED link."""
    ids = [row["link_id"] for row in graph.links if row["status"] == "SUGGESTED"]
    return str(ids[n])


# --- joined from another score ------------------------------------------------------------------


def test_another_score_to_join_from_is_said_where_it_counts(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """One line on each page whose numbers depend on it, on paper too, with the way back."""
    page = explorer(context, demo_graph, tmp_path, address="")
    line = page.page.get_by_role("note").filter(has_text="Joined from 0.40, not 0.10.")
    head = page.page.locator("#content h1").inner_text()
    for name in ("start", "review", "concepts", "map"):
        page.ask("h.set({page: x, threshold: 0.4})", name)
        expect(line).to_have_count(1)
        page.page.emulate_media(media="print")
        expect(line).to_be_visible()
        expect(line.get_by_role("button")).to_be_hidden()
        page.page.emulate_media(media="screen")
        page.ask("h.set({threshold: 0.1})")
        expect(line).to_have_count(0)
    page.ask("h.set({page: 'start', threshold: 0.4})")
    expect(page.page.locator("#content h1")).not_to_have_text(head)
    line.get_by_role("button", name="Back to 0.10").press("Enter")
    expect(line).to_have_count(0)
    expect(page.page.locator("#content h1")).to_have_text(head)
    expect(page.page.locator("#content h1")).to_be_focused()
    page.ok()


# --- loading -------------------------------------------------------------------------------------


def test_decisions_are_loaded_from_everywhere(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """From the head, Review and the help; what is in a file is saved, after a reload as well."""
    file = tmp_path / "mine.jsonl"
    page = explorer(context, demo_graph, tmp_path, address="#p=review")
    page.page.keyboard.press("s")
    page.page.keyboard.press("r")
    with page.page.expect_download() as caught:
        page.page.locator(".head .save").click()
    caught.value.save_as(file)
    other = explorer(context, demo_graph, tmp_path, address="#p=review")
    save = other.page.locator(".head .save")
    for place in (".head", ".review-line", "dialog[open]"):
        if place == "dialog[open]":
            other.page.keyboard.press("?")
        elif place == ".review-line":
            # The head of a phone has no room for it.
            other.page.set_viewport_size({"width": 390, "height": 844})
            other.page.get_by_role("button", name="Groups, order and what comes next").click()
        load = other.page.locator(place).get_by_role("button", name="Load")
        with other.page.expect_file_chooser() as chooser:
            load.click()
        chooser.value.set_files(file)
        other.page.set_viewport_size({"width": 1440, "height": 900})
        expect(other.page.locator(".done")).to_contain_text("loaded from mine.jsonl")
        expect(save).to_have_text("1 decision \u00b7 saved")
        other.page.locator(".done").get_by_role("button", name="Close").click()
    other.page.reload()
    other.page.wait_for_selector("html[data-ready]")
    expect(save).to_have_text("1 decision \u00b7 saved")
    other.page.keyboard.press("a")
    expect(save).to_have_text("2 decisions \u00b7 Save")
    other.page.on("dialog", lambda dialog: dialog.accept())


def test_of_a_loaded_file_and_the_page_the_latest_decisions_hold(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Newer decisions stay, wait to be saved, and equal Python's merge; an error disappears."""
    page = explorer(context, demo_graph, tmp_path, address="#p=review")
    page.page.keyboard.press("a")
    page.page.keyboard.press("r")
    save = page.page.locator(".head .save")
    mine, theirs, saved, bad = (
        tmp_path / f"{name}.jsonl" for name in ("mine", "theirs", "saved", "bad")
    )
    with page.page.expect_download() as caught:
        save.click()
    caught.value.save_as(mine)
    first, second = sorted(read_decisions(mine), key=lambda one: str(one.decided_at))
    assert isinstance(first, Decision)
    assert isinstance(second, Decision)
    assert first.decided_at is not None
    assert second.decided_at is not None
    hour = timedelta(hours=1)
    write_decisions(
        [
            replace(first, status=Status.REJECTED, decided_at=first.decided_at - hour),
            replace(second, status=Status.APPROVED, decided_at=second.decided_at + hour),
            Decision(suggested(demo_graph, 40), Status.REJECTED, first.decided_at - hour),
        ],
        theirs,
    )
    bad.write_text("No journal", encoding="utf-8")
    chosen = page.page.locator("#file-of-decisions")
    chosen.set_input_files(bad)
    problem = page.page.locator(".problem")
    expect(problem).to_contain_text("This is no file of decisions")
    under = problem.evaluate("(e) => e.getBoundingClientRect().bottom")
    assert under <= page.page.locator("#content").evaluate("(e) => e.getBoundingClientRect().top")
    chosen.set_input_files(theirs)
    expect(page.page.locator(".done")).to_contain_text(
        "2 decisions loaded from theirs.jsonl; 1 of yours is newer and stays."
    )
    expect(problem).to_have_count(0)
    expect(save).to_have_text("3 decisions \u00b7 Save")
    with page.page.expect_download() as caught:
        save.click()
    caught.value.save_as(saved)
    merged = demo_graph.with_decisions(merge_decisions(mine, theirs).entries)
    ours = demo_graph.with_decisions(saved)
    assert [link["status"] for link in ours.links] == [link["status"] for link in merged.links]
    page.page.on("dialog", lambda dialog: dialog.accept())


def test_a_cancelled_dialog_is_said(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Nothing was saved, and that is seen."""
    page = explorer(context, demo_graph, tmp_path, address="#p=review")
    page.page.evaluate(
        "() => { window.showSaveFilePicker = async () => {"
        " throw new DOMException('', 'AbortError'); }; }"
    )
    page.page.keyboard.press("s")
    page.page.keyboard.press("a")
    page.page.locator(".head .save").click()
    expect(page.page.locator(".done")).to_contain_text("Nothing was saved.")
    expect(page.page.locator(".head .save")).to_contain_text("Save")


# --- saving --------------------------------------------------------------------------------------


def test_a_frame_that_may_not_save_has_the_text_to_copy(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """No file, no clipboard: nothing counts as saved, and the text can be selected."""
    text = page_of(demo_graph, tmp_path / "page.html").read_text(encoding="utf-8")
    outside = context.new_page()
    downloads: list[Any] = []
    outside.on("download", lambda download: downloads.append(download))  # noqa: PLW0108 - Playwright asks for a function of Python
    outside.set_content("<iframe sandbox='allow-scripts' width=1300 height=800></iframe>")
    outside.evaluate("(text) => { document.querySelector('iframe').srcdoc = text; }", text)
    frame = outside.frame_locator("iframe")
    expect(frame.locator("html[data-ready]")).to_have_count(1)
    inside = outside.frames[1]
    inside.evaluate("(id) => hummgraph.decide(id, 'REJECTED')", suggested(demo_graph))
    bar = frame.locator(".decided")
    save = frame.locator(".head .save")
    save.click()
    box = bar.get_by_role("textbox", name="Text of decisions.jsonl")
    expect(box).to_have_value(re.compile(suggested(demo_graph)))
    expect(save).to_contain_text("1 decision \u00b7 Save")
    bar.get_by_role("button", name=re.compile("^Copy ")).click()
    expect(save).to_contain_text("1 decision \u00b7 Save")
    assert not downloads
    # A file is there when somebody has seen it.
    bar.get_by_role("button", name="They are in a file now").click()
    expect(save).to_contain_text("1 decision \u00b7 saved")
    expect(box).to_have_count(0)
    # Other files are as uncertain, and it is said.
    inside.evaluate("hummgraph.set({page: 'tables'})")
    frame.locator(".menu > button").click()
    frame.get_by_role("menuitem", name="Links shown as CSV").click()
    expect(frame.get_by_role("alert")).to_contain_text("this frame may save none")


def test_a_file_that_the_reader_chose_is_saved(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """The page names the place that the browser wrote to, and none if that was left or failed."""
    page = explorer(context, demo_graph, tmp_path)
    page.ask(
        """(() => {
          window.wanted = 'leave';
          window.showSaveFilePicker = async ({ suggestedName }) => {
            if (window.wanted === 'leave') throw new DOMException('left', 'AbortError');
            return { createWritable: async () => ({
              write: async (text) => { window.file = suggestedName + '\\n' + text; },
              close: async () => { if (window.wanted === 'fail') throw new Error('full'); },
            }) };
          };
        })()"""
    )
    page.ask("h.decide(x, 'APPROVED')", suggested(demo_graph))
    bar = page.page.locator(".decided")
    save = page.saving
    save.click()
    expect(save).to_contain_text("1 decision \u00b7 Save")
    page.page.evaluate("window.wanted = 'fail'")
    with page.page.expect_download():
        save.click()
    expect(bar).to_contain_text("Did the file come?")
    expect(save).to_contain_text("1 decision \u00b7 Save")
    page.page.evaluate("window.wanted = 'write'")
    save.click()
    expect(save).to_contain_text("1 decision \u00b7 saved")
    name, text = page.page.evaluate("window.file").split("\n", 1)
    assert name == "decisions.jsonl"
    assert suggested(demo_graph) in text
    # One more decision is in no file.
    page.ask("h.decide(x, 'APPROVED')", suggested(demo_graph, 1))
    expect(save).to_contain_text("2 decisions \u00b7 Save")
    page.ok()


def test_undo_by_key_restores_what_was_before(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Act by act, also a decision that replaced another; while typing, the text is undone."""
    page = explorer(context, demo_graph, tmp_path)
    first, second = suggested(demo_graph), suggested(demo_graph, 1)
    statuses = "[...h.state().decisions.values()].map(({status}) => status)"
    before = page.clusters_at()
    for link, status in ((first, "APPROVED"), (second, "REJECTED"), (first, "REJECTED")):
        page.ask(f"h.decide(x, '{status}')", link)
    assert page.ask(statuses) == [2, 2]
    page.page.locator("#search").focus()
    page.page.keyboard.press("Control+z")
    assert page.ask(statuses) == [2, 2]
    page.page.locator("#stage").focus()
    page.page.keyboard.press("Control+z")
    assert page.ask(statuses) == [1, 2]
    page.page.keyboard.press("Control+z")
    assert page.ask(statuses) == [1]
    page.page.keyboard.press("Control+z")
    assert page.ask(statuses) == []
    assert page.clusters_at() == before
    page.page.keyboard.press("Control+z")
    expect(page.saving).to_have_count(0)
    page.ok()


# --- filters -------------------------------------------------------------------------------------


def test_the_slider_fades_links_of_a_result(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """The result stays whole; what fails the filters is faint, and counted."""
    page = explorer(context, strongest_path(demo_graph, A, B), tmp_path)
    number = page.filters().locator(".threshold input[type=number]")
    lines = "h.picture.scene().lines.filter(({seen}) => seen).map(({fails}) => fails)"
    n = len(page.ask(lines))
    assert n
    number.fill("1")
    number.press("Enter")
    failing = page.ask(
        "(({seen, passes}) => [...seen.links].filter((link) => !passes[link]).length)(h.view())"
    )
    page.settled()
    assert failing
    assert sum(page.ask(lines)) == failing
    assert len(page.ask(lines)) == n
    expect(page.page.locator(".counts")).to_contain_text(f"({failing} of them faint")
    number.fill("0")
    number.press("Enter")
    assert not any(page.settled().ask(lines))
    expect(page.page.locator(".counts")).not_to_contain_text("faint")
    page.ok()


def test_filters_say_that_clusters_stay(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Each filter that hides something does, as long as it does; the button counts them."""
    page = explorer(context, demo_graph, tmp_path, clusters=cluster(demo_graph))
    stays = page.filters().locator(".stays")
    labels = page.clusters_at()
    button = page.page.locator(".picture-bar").get_by_role("button", name="Filters")
    for box in ("suggested", "exact rule", "Stripe"):
        expect(button).to_have_text("Filters")
        expect(stays).to_have_count(0)
        choice = page.page.locator(".filters").get_by_role("checkbox", name=re.compile(f"^{box}"))
        choice.uncheck()
        expect(stays).to_have_count(1)
        expect(stays).to_contain_text("Hidden links still hold concepts together")
        expect(button).to_have_text("Filters 1")
        assert page.clusters_at() == labels
        choice.check()
    page.page.get_by_label("Least score that joins").fill("0.9")
    page.page.keyboard.press("Enter")
    expect(button).to_have_text("Filters 1")
    # Escape closes them, and gives the keyboard to what opened them.
    page.page.locator("#threshold").focus()
    page.page.keyboard.press("Escape")
    expect(page.page.locator(".filters")).to_have_count(0)
    expect(button).to_be_focused()
    page.ok()


def test_a_score_that_is_being_typed_stays(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """The page may be drawn anew before the reader presses Enter; what is no score is not taken."""
    page = explorer(context, demo_graph, tmp_path)
    box = page.filters().get_by_label("Least score that joins")
    before = page.state("threshold")
    for typed, taken in (("0.9", 0.9), ("7", 0.9), ("", 0.9), ("0", 0)):
        box.fill(typed)
        page.ask("h.set({colour: h.state.colour === 'status' ? 'system' : 'status'})")
        page.settled()
        assert box.input_value() == typed
        assert page.state("threshold") == before
        box.press("Enter")
        page.settled()
        before = page.state("threshold")
        assert before == taken
        assert box.input_value() == str(taken)
    page.ok()


@pytest.mark.parametrize("level", [0, 1, 2])
def test_an_empty_canvas_says_why(context: BrowserContext, tmp_path: Path, level: int) -> None:
    """And leads out of it: all systems hidden, no link left."""
    graph = builders.graph(
        [("a/t.x", "b/t.x", 0.6), ("a/t.y", "b/t.x", 0.5)], also=["c/u.x", "c/v.x"]
    )
    page = explorer(context, graph, tmp_path, address="#p=tables&t=0")
    page.filters()
    said = page.page.locator(".nothing")
    for layout in ("lanes", "layers", "force", "matrix"):
        page.ask("h.set({layout: x[0], level: x[1]})", [layout, level])
        page.settled()
        expect(said).to_have_count(0)
        page.page.get_by_role("button", name="Systems: none").click()
        expect(said).to_contain_text("All systems are hidden.")
        said.get_by_role("button", name="Show all systems").click()
        expect(said).to_have_count(0)
        page.ask("h.set({threshold: 0.97, hiddenStatuses: new Set([1, 2])})")
        expect(said).to_contain_text(
            "No link fits the filters: a score of at least 0.97 and only suggested status."
        )
        said.get_by_role("button", name="Clear all filters").click()
        expect(said).to_have_count(0)
        assert len(page.links()) == 2
        # One system without links is left.
        page.ask("h.set({hiddenSystems: new Set(x)})", [graph.index_of("a"), graph.index_of("b")])
        page.settled()
        expect(said).to_have_count(1)
        said.get_by_role("button").click()
        page.ask("h.set({threshold: 0, hiddenSystems: new Set()})")
    page.ok()


# --- the first screen ----------------------------------------------------------------------------


def test_without_scripts_the_numbers_are_on_the_first_screen(
    browser: Browser, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Not below an empty one."""
    file = page_of(demo_graph, tmp_path / "page.html")
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(file.as_uri())
        for element in (page.locator("noscript h1"), page.locator("noscript table").first):
            box = element.bounding_box()
            assert box is not None
            assert box["y"] < 300


def test_the_first_tab_stop_leads_to_the_content(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """It can be seen while it has the focus, and the content has it next."""
    page = explorer(context, demo_graph, tmp_path)
    page.page.keyboard.press("Tab")
    skip = page.page.get_by_role("button", name="To content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.page.keyboard.press("Enter")
    expect(page.page.locator("#content :focus")).to_have_count(1)
    expect(skip).not_to_be_in_viewport()
    page.ok()


@pytest.mark.parametrize("width", [390, 1024, 1440, 1920])
def test_no_text_leaves_its_panel(context: BrowserContext, tmp_path: Path, width: int) -> None:
    """However long the names are, without a place to break."""
    long = "x" * 90
    graph = builders.graph(
        [(f"{long}a/{long}t.{long}{n}", f"{long}b/{long}u.{long}{n}", 0.9) for n in range(4)]
    )
    page: Explorer = explorer(context, graph, tmp_path, clusters=cluster(graph))
    page.page.set_viewport_size({"width": width, "height": 900})
    over = """(() => {
      const every = document.querySelectorAll('.panel *, .decided *, .counts *, .nothing');
      return [...every].filter((one) => {
      const panel = one.closest('.panel, .decided, .counts, .nothing');
      if (!one.getClientRects().length || one.closest('.visually-hidden, svg, input')) return false;
      const own = one.getBoundingClientRect();
      const all = panel.getBoundingClientRect();
      const style = getComputedStyle(one);
      const wide = one.clientWidth && one.scrollWidth > one.clientWidth + 1;
      const cut = wide && style.overflowX === 'hidden';
      return own.right > all.right + 1 || own.left < all.left - 1 || cut;
      }).map((one) => one.outerHTML.slice(0, 200));
    })()"""
    focuses = [
        None,
        {"kind": "near", "node": graph.n_nodes - 1, "hops": 1},
        {"kind": "link", "link": 0},
        {"kind": "cluster", "member": graph.n_nodes - 1},
        {"kind": "line", "source": 0, "target": 1},
    ]
    page.ask("h.decide(x, 'APPROVED')", suggested(graph))
    if width > 800:
        page.filters()
    for sheet in ("Filters", "Details") if width < 800 else ("",):
        for focus in focuses:
            page.ask("h.set({focus: x})", focus)
            page.settled()
            if sheet and (focus or sheet == "Filters"):
                button = page.page.locator(".sheets").get_by_role("button", name=sheet)
                if button.get_attribute("aria-pressed") != "true":
                    button.click()
            assert page.settled().ask(over) == []
    page.ok()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("#p=nonsense", "a page \u201cnonsense\u201d"),
        ("#o=unknown", "a table"),
        ("#p=join&a=x", "a table to join"),
        ("#f=link:unknown", "a link"),
        ("#p=concepts&f=cluster:unknown", "a concept"),
        ("#p=concepts&why=x,y", "two fields"),
        ("#zz=1&p=lineage&f=down:unknown:2", "a field or table and \u201czz=1\u201d"),
    ],
)
def test_an_address_of_something_else_says_so(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph, address: str, said: str
) -> None:
    """A page opens, with a title, and a sentence says what is not there and leads on."""
    page = explorer(context, demo_graph, tmp_path, address=address)
    problem = page.page.locator(".problem")
    expect(problem).to_contain_text(f"not in this page: {said}. It may be")
    expect(page.page.locator("#content h1").first).not_to_be_empty()
    page.page.evaluate("location.hash = '#p=links'")
    expect(problem).to_have_count(0)
    page.page.evaluate("location.hash = '#p=elsewhere'")
    expect(problem).to_contain_text("a page \u201celsewhere\u201d")
    page.ok()
