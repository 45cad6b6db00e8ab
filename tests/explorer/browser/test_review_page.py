"""Tests of the page Review: what is asked, what answers do, and what is kept of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.review.preview import preview
from hummgraph.algorithms.review.queue import review_queue
from hummgraph.graph.decisions import Decision
from hummgraph.graph.journal import read_decisions
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.support.browsing import Explorer, explorer, hostile
from tests.support.builders import catalogue, record, uid
from tests.support.builders import graph as graph_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Locator

    from hummgraph.algorithms.review.question import Question

KEYS = {"APPROVED": "a", "REJECTED": "r", None: "s"}


@pytest.fixture
def demo(context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph) -> Explorer:
    """The bundled organisation, at the review."""
    return explorer(context, demo_graph, tmp_path, address="#p=review")


def named(card: Locator) -> list[str]:
    """Return the names of both fields that are asked about."""
    return card.locator(".field-name").all_inner_texts()


def names_of(question: Question) -> list[str]:
    """Return the same of Python's question."""
    return [question.source.name, question.target.name]


def count_of(page: Explorer, group: str = "Contradictions") -> Locator:
    """Return where the number of questions of a group stands."""
    return page.page.locator(".groups button", has_text=group).locator("b")


def saved(page: Explorer, file: Path) -> list[Decision]:
    """Save the decisions by the button in the head, and return what Python reads of the file."""
    with page.page.expect_download() as caught:
        page.page.locator(".head .save").click()
    caught.value.save_as(file)
    return [row for row in read_decisions(file) if isinstance(row, Decision)]


def test_ten_reviews_by_keys_alone(demo: Explorer, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """The questions and effects are the library's, and the file says how each was asked."""
    queue = review_queue(demo_graph)
    card = demo.page.locator(".question")
    acts = ["REJECTED", None, "APPROVED", "REJECTED", "APPROVED", None, *["APPROVED"] * 4]
    for act in acts:
        question = next(queue)
        expect(card.locator(".field-name")).to_have_text(names_of(question))
        approving = card.locator(".effect").first
        if "no cluster changes" in question.approving:
            expect(approving).to_contain_text(re.compile("Nothing changes|confirmed|stays"))
        else:
            for size in re.findall(r"\((\d+)\)", question.approving.split(";")[0]):
                expect(approving).to_contain_text(size)
        demo.page.keyboard.press(KEYS[act])
        if act is None:
            queue.skip()
        else:
            queue.answer(act)
    expect(demo.page.locator(".review-line")).to_contain_text("8 decided, 2 skipped")
    expect(count_of(demo)).to_have_text(str(len(queue.clusters.contradictions)))

    written = saved(demo, tmp_path / "decisions.jsonl")
    mine = {row.link_id: row for row in written}
    for row in queue.decisions:
        assert (mine[row.link_id].status, mine[row.link_id].asked) == (row.status, row.asked)
        assert mine[row.link_id].confidence == row.confidence
    assert len(written) == len(queue.decisions) == 8
    decided = demo_graph.with_decisions(tmp_path / "decisions.jsonl")
    assert decided.n_links_by_status == queue.graph.n_links_by_status
    assert demo.clusters_at() == queue.clusters.labels.tolist()
    demo.ok()


def test_a_review_goes_on_after_a_reload(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Answers and skips are kept, so the next question is that which would have come."""
    queue = review_queue(demo_graph)
    card = demo.page.locator(".question")
    for key in "rsas":
        next(queue)
        demo.page.keyboard.press(key)
        queue.skip() if key == "s" else queue.answer({"a": "APPROVED", "r": "REJECTED"}[key])
    question = next(queue)
    expect(card.locator(".field-name")).to_have_text(names_of(question))
    demo.page.on("dialog", lambda dialog: dialog.accept())
    demo.page.reload()
    demo.page.wait_for_selector("html[data-ready]")
    expect(card.locator(".field-name")).to_have_text(names_of(question))
    expect(demo.page.locator(".review-line")).to_contain_text("2 decided, 2 skipped")
    # Without the session's own list of acts, undoing takes the last decision back.
    demo.page.keyboard.press("z")
    expect(demo.page.locator(".review-line")).to_contain_text("1 decided, 2 skipped")
    assert demo.complaints == []


def test_a_contradiction_is_asked_first(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Contradictions are listed, and the resolving answer says so; undoing restores them."""
    question = next(review_queue(demo_graph))
    assert question.group == "contradiction"
    assert question.link.status == "APPROVED"
    card = demo.page.locator(".question")
    expect(card.get_by_role("heading", level=1)).to_have_text("Are these two the same?")
    expect(card.locator(".pills")).to_contain_text("now: approved, in a contradiction")
    expect(demo.page.locator(".answers button").nth(0)).to_contain_text("Approve")
    expect(demo.page.locator(".answers button").nth(1)).to_contain_text("Reject")
    expect(card.locator(".chain li[aria-current]")).to_have_count(1)
    # The rejected link first: its ends are not the same.
    signs = [re.sub("[^=\u2260]", "", text) for text in card.locator(".chain li").all_inner_texts()]
    assert signs == ["\u2260", "=", "="]
    expect(card.locator(".effect").nth(1)).to_contain_text("Resolves a contradiction")
    contradictions = count_of(demo)
    expect(contradictions).to_have_text("1")
    demo.page.keyboard.press("r")
    expect(contradictions).to_have_text("0")
    demo.page.keyboard.press("z")
    expect(contradictions).to_have_text("1")
    expect(card.locator(".field-name")).to_have_text(names_of(question))
    demo.ok()


def copies_of_two_tables(graph: LinkGraph) -> list[str]:
    """Return the suggested links of exact rules between those two tables that have most of them."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in graph.where(status="SUGGESTED", link_type="DETERMINISTIC", level="column").links:
        tables = [row[end].rpartition(".")[0] for end in ("source_path", "target_path")]
        one, other = sorted(tables)
        found.setdefault((one, other), []).append(row["link_id"])
    return max(found.values(), key=len)


def test_copies_between_two_tables_are_approved_at_once(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """They are chosen, it asks once, the joint effect is Python's, and one undo takes all back."""
    links = copies_of_two_tables(demo_graph)
    assert len(links) > 2
    page = explorer(context, demo_graph, tmp_path, address=f"#p=review&f=link:{links[0]}")
    before = page.clusters_at()
    between = page.page.locator(".between")
    expect(between.get_by_role("checkbox", checked=True)).to_have_count(len(links))
    would = preview(demo_graph, dict.fromkeys(links, "APPROVED"), clusters=cluster(demo_graph))
    joint = between.locator(".together-effect")
    if would.regroupings:
        (first, *_) = would.regroupings
        sizes = [str((first.groups == group).sum()) for group in first.after]
        expect(joint.locator(".sizes")).to_contain_text(f"become {' and '.join(sizes)}")
    else:
        expect(joint).to_contain_text("No concept changes.")
    page.page.keyboard.press("Shift+A")
    confirm = between.get_by_role("group", name=f"Approve all {len(links)}?")
    expect(confirm.get_by_role("button", name="Yes")).to_be_focused()
    page.page.keyboard.press("Escape")
    expect(confirm).to_have_count(0)
    assert page.ask("h.state().decisions.size") == 0
    page.page.keyboard.press("Shift+A")
    page.page.keyboard.press("Enter")
    save = page.page.locator(".head .save")
    expect(save).to_have_text(f"{len(links)} decisions \u00b7 Save")
    assert page.clusters_at() == would.after.labels.tolist()
    written = saved(page, tmp_path / "decisions.jsonl")
    assert {(row.link_id, row.asked) for row in written} == {(one, "chosen") for one in links}
    page.page.locator(".question-body").focus()
    page.page.keyboard.press("z")
    expect(save).to_have_count(0)
    assert page.clusters_at() == before
    page.ok()


@pytest.mark.parametrize("width", [1024, 1440, 1920])
def test_the_foot_of_the_queue_is_one_line(demo: Explorer, width: int) -> None:
    """No words of it are broken; a panel without a choice is as high as its words."""
    demo.page.set_viewport_size({"width": width, "height": 900})
    heights = demo.page.locator(".line-foot > :visible").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert len(heights) == 2
    assert max(heights) <= 30
    alone = demo.page.locator(".between.is-alone")
    if width > 1240:
        box = alone.bounding_box()
        assert box is not None
        assert box["height"] < 150
    demo.ok()


def test_scores_can_be_hidden(demo: Explorer) -> None:
    """Neither the score nor the probability stands anywhere, until they are wanted again."""
    for _ in range(8):
        demo.page.keyboard.press("s")
    card = demo.page.locator(".question")
    score = card.locator("dt", has_text=re.compile("^Score$"))
    expect(score).to_have_count(1)
    switch = demo.page.get_by_role("switch", name="hide scores")
    switch.check()
    expect(score).to_have_count(0)
    expect(card).not_to_contain_text("probability")
    switch.uncheck()
    expect(score).to_have_count(1)


def test_a_group_is_asked_about_until_it_is_left(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Its questions alone come and are listed, the address has it, and what is done says so."""
    groups = demo.page.locator(".groups button")
    unscored = groups.filter(has_text="Without a score")
    unscored.click()
    for key in "ars":
        expect(demo.page.locator(".groups li[aria-current]")).to_contain_text("Without a score")
        expect(demo.page.locator(".evidence-lines")).to_contain_text("none given")
        demo.page.keyboard.press(key)
    expect(unscored).to_have_attribute("aria-pressed", "true")
    assert demo.page.url.endswith("of=unscored")
    groups.filter(has_text="Contradictions").click()
    question = next(review_queue(demo_graph))
    expect(demo.page.locator(".question .field-name")).to_have_text(names_of(question))
    demo.page.keyboard.press("r")
    expect(demo.page.get_by_role("heading", level=1)).to_have_text("Nothing is left of this group")
    demo.page.get_by_role("button", name="Ask about all groups").click()
    expect(demo.page.locator(".question")).to_be_visible()
    expect(groups.filter(has_text="All groups")).to_have_attribute("aria-pressed", "true")
    expect(groups.filter(has_text="Contradictions")).to_be_disabled()
    demo.ok()


def test_a_note_stays_with_its_link(demo: Explorer, tmp_path: Path) -> None:
    """A note under one link is saved with that link, and with no other."""
    note = demo.page.get_by_label("Note to this decision")
    asked = demo.ask("h.review().next().link")
    note.fill("about the first")
    demo.page.keyboard.press("Enter")
    demo.page.keyboard.press("s")
    expect(note).to_have_value("")
    demo.page.keyboard.press("a")
    assert [row.note for row in saved(demo, tmp_path / "one.jsonl")] == [None]
    # It waits for the answer about its own link.
    demo.ask("h.set({focus: {kind: 'link', link: x}})", asked)
    expect(note).to_have_value("about the first")
    demo.page.keyboard.press("r")
    expect(demo.page.locator(".head .save")).to_contain_text("2 decisions")
    written = saved(demo, tmp_path / "two.jsonl")
    assert sorted(row.note or "" for row in written) == ["", "about the first"]


def test_what_was_done_is_said_and_undone(demo: Explorer) -> None:
    """Each answer has a word that is seen, with the way back beside it."""
    done = demo.page.locator(".done")
    for key, said in (("s", "Skipped."), ("a", "Approved."), ("r", "Rejected.")):
        demo.page.keyboard.press(key)
        expect(done).to_contain_text(said)
    demo.page.locator(".answers .undo").click()
    expect(done).to_contain_text("Undone.")
    expect(demo.page.locator(".head .save")).to_contain_text("1 decision")
    done.get_by_role("button", name="Close").click()
    expect(done).to_have_count(0)


def test_rejecting_several_tells_its_own_effect(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """The subject of the question is above it, and leaving the subject leaves the question, too."""
    links = copies_of_two_tables(demo_graph)
    page = explorer(context, demo_graph, tmp_path, address=f"#p=review&f=link:{links[0]}")
    joint = page.page.locator(".together-effect")
    expect(joint).to_contain_text("If approved:")
    page.page.keyboard.press("Shift+R")
    expect(joint).to_contain_text("If rejected:")
    expect(joint.get_by_role("group", name=f"Reject all {len(links)}?")).to_be_visible()
    would = preview(demo_graph, dict.fromkeys(links, "REJECTED"), clusters=cluster(demo_graph))
    told = joint.get_by_label("What they would do together")
    if would.regroupings:
        (first, *_) = would.regroupings
        for group in first.after:
            expect(told).to_contain_text(str((first.groups == group).sum()))
    else:
        expect(told).to_contain_text("No concept changes.")
    page.page.get_by_role("button", name="Start", exact=True).click()
    expect(joint).to_have_count(0)
    page.page.go_back()
    expect(joint).to_be_visible()
    expect(joint.get_by_role("group", name="Reject all")).to_have_count(0)
    page.ok()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
def test_evidence_and_score_are_in_sight(demo: Explorer, size: tuple[int, int]) -> None:
    """Of every question, with other fields or without; the effect is below, never over them."""
    width, height = size
    demo.page.set_viewport_size({"width": width, "height": height})
    for _ in range(14):
        below = demo.ask(
            "(() => { const box = (one) => document.querySelector(one).getBoundingClientRect();"
            " const rows = [...document.querySelectorAll('.evidence-lines dl > div')];"
            " const score = rows.find((row) => row.innerText.startsWith('Score'));"
            " return [score.getBoundingClientRect().bottom, box('.question-body').bottom,"
            " box('.effects').top]; })()"
        )
        assert below == sorted(below)
        demo.page.keyboard.press("s")
    demo.ok()


@pytest.mark.parametrize("size", [(1024, 768), (1280, 720), (390, 844)])
def test_badges_have_a_line_of_their_own(demo: Explorer, size: tuple[int, int]) -> None:
    """They lie over no letter of the question, whatever it is about."""
    width, height = size
    demo.page.set_viewport_size({"width": width, "height": height})
    for _ in range(8):
        overlap = demo.ask(
            "(() => { const box = (one) => one.getBoundingClientRect();"
            " const range = document.createRange();"
            " range.selectNodeContents(document.querySelector('.question h1'));"
            " const title = box(range);"
            " const badges = [...document.querySelectorAll('.question .pills > *')].map(box);"
            " return badges.filter((one) => one.left < title.right && one.right > title.left"
            " && one.top < title.bottom && one.bottom > title.top).length; })()"
        )
        assert overlap == 0
        demo.page.keyboard.press("s")
    demo.ok()


def test_the_effect_of_several_is_small_and_whole_on_demand(demo: Explorer) -> None:
    """It has the number of changed concepts in at most five lines, and no box is too wide."""
    told = demo.page.locator(".bulk-told")
    more = told.get_by_role("button", name="Show all of it")
    for _ in range(40):
        if demo.settled().page.locator(".between-list input").count() > 4:
            demo.page.get_by_role("button", name="Choose all").click()
            expect(told).to_contain_text(re.compile("change|become"))
            demo.settled()
            if more.count():
                break
            demo.page.locator(".question-body").focus()
        demo.page.keyboard.press("s")
    expect(told).to_contain_text(re.compile(r"\d+ concepts (become \d+|change)\."))
    text = told.locator(".effect-told")
    assert text.evaluate("(one) => one.clientHeight") <= 5 * 18 + 1
    expect(more).to_be_visible()
    is_whole = "(one) => one.scrollHeight <= one.clientHeight + 1"
    demo.page.keyboard.press("Shift+a")
    yes = demo.page.get_by_role("button", name="Yes: approve all")
    expect(yes).to_be_in_viewport(ratio=1)
    # What is decided is read whole.
    expect(more).to_have_count(0)
    assert text.evaluate(is_whole)
    demo.page.keyboard.press("Escape")
    more.click()
    assert text.evaluate(is_whole)
    widths = demo.page.locator(".size").evaluate_all("(all) => all.map((one) => one.offsetWidth)")
    assert all(width < 100 for width in widths)
    demo.ok()


def test_low_windows_show_the_evidence(demo: Explorer) -> None:
    """On a laptop the first lines of evidence are above the effects, not under them."""
    demo.page.set_viewport_size({"width": 1024, "height": 700})
    for key in "sss":
        demo.page.keyboard.press(key)
    expect(demo.page.locator(".evidence-lines dd").first).to_be_in_viewport(ratio=1)
    body = demo.page.locator(".question-body").bounding_box()
    line = demo.page.locator(".evidence-lines dl > div").first.bounding_box()
    assert body is not None
    assert line is not None
    assert line["y"] + line["height"] <= body["y"] + body["height"]


@pytest.mark.parametrize("size", [(720, 450), (1280, 500)])
def test_nothing_stands_over_a_question_in_very_low_windows(
    demo: Explorer, size: tuple[int, int]
) -> None:
    """At twice the size both names are in sight; the answers come after evidence and effect."""
    width, height = size
    demo.page.set_viewport_size({"width": width, "height": height})
    demo.page.keyboard.press("s")
    demo.page.wait_for_timeout(100)
    for name in demo.page.locator(".field-name").all():
        expect(name).to_be_in_viewport(ratio=1)
    approve = demo.page.locator(".answers").get_by_role("button", name="Approve")
    expect(approve).not_to_be_in_viewport()
    below = [
        demo.page.locator(one).bounding_box()
        for one in (".evidence-lines", ".effects", ".answered", ".answers")
    ]
    tops = [box["y"] for box in below if box]
    assert len(tops) == 4
    assert tops == sorted(tops)
    approve.scroll_into_view_if_needed()
    approve.click()
    expect(demo.page.locator(".review-line")).to_contain_text("1 decided")
    demo.ok()


def test_a_question_is_printed_alone(demo: Explorer) -> None:
    """Neither lists nor buttons are on paper, and nothing lies over anything."""
    demo.page.emulate_media(media="print")
    for gone in (".review-line", ".between", ".answers", ".head .tools"):
        expect(demo.page.locator(gone)).to_be_hidden()
    effects = demo.page.locator(".effects").bounding_box()
    evidence = demo.page.locator(".evidence-lines").bounding_box()
    assert effects is not None
    assert evidence is not None
    bottom = min(effects["y"], evidence["y"])
    assert (
        bottom + (effects if effects["y"] == bottom else evidence)["height"]
        <= max(effects["y"], evidence["y"]) + 1
    )


def test_recalibrating_is_in_sight_and_taken_back(demo: Explorer) -> None:
    """The banner says what changed until another decision, an undo, or another page."""
    demo.page.set_viewport_size({"width": 1440, "height": 900})
    for key in "arasaraara":
        demo.page.keyboard.press(key)
    button = demo.page.get_by_role("button", name="Recalibrate with")
    expect(button).to_be_in_viewport(ratio=1)
    before = demo.clusters_at()
    decided = demo.ask("h.state().decisions.size")
    told = demo.page.locator(".decided")
    button.click()
    expect(told).to_contain_text("Links count from a calibrated score of")
    expect(demo.page.locator(".question-body")).to_be_focused()
    told.get_by_role("button", name="Take it back").click()
    expect(told).to_have_count(0)
    assert demo.clusters_at() == before
    assert demo.ask("h.state().decisions.size") == decided
    button.click()
    expect(told).to_have_count(1)
    demo.page.keyboard.press("a")
    expect(told).to_have_count(0)
    demo.ok()


def test_any_link_is_opened_by_its_address(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """A decided one says what it is and can be changed; then the queue goes on."""
    approved = demo_graph.where(status="APPROVED").link(0).link_id
    page = explorer(context, demo_graph, tmp_path, address=f"#p=review&f=link:{approved}")
    card = page.page.locator(".question")
    expect(card.get_by_role("heading", level=1)).to_have_text("Are these two the same?")
    expect(card.locator(".pills")).to_contain_text("now: approved")
    page.page.keyboard.press("r")
    expect(card.locator(".field-name")).to_have_text(
        names_of(next(review_queue(demo_graph.with_decisions({approved: "REJECTED"}))))
    )
    assert page.state("focus") is None
    # It is in the list of what was done, and from there it is taken back.
    page.page.locator(".coming li").first.get_by_role("button").click()
    expect(card).to_contain_text("You made it rejected")
    card.get_by_role("button", name="Take it back").click()
    assert page.ask("h.state().decisions.size") == 0
    page.ok()


def small() -> LinkGraph:
    """Two links, one of them without a score and without evidence."""
    ends = [("crm/contact.email", "shop/customer.email"), ("shop/customer.mail", "desk/user.mail")]
    records = [
        record(*ends[0], 0.9, id=uid("one"), evidence={"matcher": "odd", "n": 3}),
        record(*ends[1], None, id=uid("two"), evidence=None),
    ]
    return LinkGraph(
        read_links(records, catalogue=catalogue([place for pair in ends for place in pair]))
    )


def test_nothing_left_is_said_and_leads_on(context: BrowserContext, tmp_path: Path) -> None:
    """The page has the number decided, the number to be saved, and the place of decisions."""
    page = explorer(context, small(), tmp_path, address="#p=review")
    card = page.page.locator(".question")
    told = []
    for _ in range(2):
        told.append(card.inner_text())
        page.page.keyboard.press("a")
        page.settled()
    assert any("No evidence given." in text and "none given" in text for text in told)
    assert any("By odd" in text for text in told)
    empty = page.page.locator(".review-empty")
    expect(empty).to_contain_text("All 2 links are decided: 2 approved, 0 rejected.")
    page.page.keyboard.press("z")
    expect(empty).to_have_count(0)
    page.page.keyboard.press("s")
    expect(empty).to_contain_text("You skipped 1")
    empty.get_by_role("button", name="Ask the 1 skipped again").click()
    expect(card).to_be_visible()
    page.page.keyboard.press("r")
    empty.get_by_role("button", name="See all decisions").click()
    assert page.state("page") == "links"
    page.ok()


def test_a_double_click_decides_once(demo: Explorer) -> None:
    """The second question was not seen by whoever clicks twice; keys are as fast as they are."""
    said = demo.page.locator(".line-head .secondary").first
    approve = demo.page.locator(".answers").get_by_role("button", name="Approve")
    approve.dblclick()
    expect(said).to_have_text("1 decided")
    # A finger taps twice: two clicks of their own.
    demo.page.wait_for_timeout(450)
    click = "at.dispatchEvent(new MouseEvent('click', { detail: 1, bubbles: true }))"
    approve.evaluate(f"(at) => {{ {click}; {click}; }}")
    expect(said).to_have_text("2 decided")
    demo.page.keyboard.press("a")
    demo.page.keyboard.press("r")
    expect(said).to_have_text("4 decided")
    demo.page.wait_for_timeout(450)
    demo.page.locator(".answers .undo").dblclick()
    expect(said).to_have_text("3 decided")
    demo.ok()


def test_what_needs_no_answer_waits_nowhere(context: BrowserContext, tmp_path: Path) -> None:
    """Where decisions settle the rest, head and Start do not count it; it can be listed."""
    linked: list[Any] = [
        ("a/t.x", "b/t.x", 0.9, "APPROVED"),
        ("b/t.x", "c/t.x", 0.8, "APPROVED"),
        ("a/t.x", "c/t.x", 0.7),
        ("a/t.y", "b/t.y", 0.6),
    ]
    page = explorer(context, graph_of(linked), tmp_path, address="#p=review")
    head = page.page.locator(".pages.above button", has_text="Review").locator(".count")
    expect(head).to_have_text("1")
    none = page.page.get_by_role("button", name="Need no answer 1")
    none.click()
    assert page.state("page") == "links"
    expect(page.page.locator("tbody tr")).to_have_count(1)
    page.page.go_back()
    page.page.keyboard.press("a")
    expect(page.page.locator(".review-empty")).to_contain_text("1 suggestion needs no answer")
    expect(head).to_have_text("0")
    page.page.get_by_role("button", name="Start", exact=True).click()
    lead = page.page.locator(".lead")
    expect(lead).to_contain_text("that matters is decided. 1 suggestion needs no answer.")
    expect(page.page.locator(".task.primary")).to_have_count(0)
    lead.get_by_role("button", name="1 suggestion").click()
    expect(page.page.locator("h1")).to_have_text("1 of 4 links")
    page.ok()


def test_the_effect_needs_python_without_a_tree(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """It is said, and not guessed: neither of effects nor of what is left of a contradiction."""
    clusters = cluster(demo_graph, method="leiden")
    page = explorer(context, clusters, tmp_path, address="#p=review")
    contradictions = count_of(page)
    expect(contradictions).to_have_text(str(len(clusters.contradictions)))
    page.page.keyboard.press("r")
    expect(contradictions).to_have_text("0")
    before = "Concepts are from before your decisions: Python makes new ones."
    expect(page.page.locator(".question")).to_contain_text(before)
    page.page.keyboard.press("z")
    expect(contradictions).to_have_text(str(len(clusters.contradictions)))
    page.page.keyboard.press("s")
    expect(page.page.locator(".effect").first).to_contain_text("needs Python: leiden")
    page.page.keyboard.press("a")
    expect(page.page.locator(".head .save")).to_contain_text("1 decision")
    page.ok()


def test_hostile_names_are_text(context: BrowserContext, tmp_path: Path) -> None:
    """Nothing of them runs, in the question, its evidence, the lists, and after an answer."""
    page = explorer(context, hostile(), tmp_path, address="#p=review", evidence="full")
    for key in ("a", "j", "r", "k", "s", "z"):
        page.page.keyboard.press(key)
    page.page.wait_for_timeout(200)
    page.ok()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(demo: Explorer, theme: str) -> None:
    """In a question, in a contradiction, while several are confirmed, and with the text to copy."""

    def check() -> None:
        demo.page.wait_for_timeout(300)
        found: Any = Axe().run(demo.page)
        assert [
            (one["id"], [node["target"] for node in one["nodes"]][:3])
            for one in found.response["violations"]
        ] == []

    demo.ask("h.set({theme: x})", theme)
    check()
    for key in "sss":
        demo.page.keyboard.press(key)
    check()
    demo.page.keyboard.press("r")
    demo.page.locator(".coming li").first.get_by_role("button").click()
    demo.page.locator(".between").get_by_role("button", name="Choose all").or_(
        demo.page.locator(".answers")
    ).first.click()
    check()


def test_on_a_phone_buttons_stay_in_reach(
    context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph
) -> None:
    """Four buttons of 44 px above the pages, nothing wider than the screen, lists behind links."""
    page = explorer(context, demo_graph, tmp_path, address="#p=review")
    page.page.set_viewport_size({"width": 390, "height": 844})
    for _ in range(3):
        page.page.keyboard.press("s")
    buttons = page.page.locator(".answers button")
    expect(buttons).to_have_count(4)
    tabs = page.page.locator(".pages.below").bounding_box()
    assert tabs is not None
    for index in range(4):
        box = buttons.nth(index).bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["y"] + box["height"] <= tabs["y"]
    wide = "document.querySelector('#content').scrollWidth <= innerWidth"
    assert page.page.evaluate(wide)
    page.page.get_by_role("button", name="Groups, order and what comes next").click()
    expect(page.page.get_by_label("Order of questions")).to_be_visible()
    assert page.page.evaluate(wide)
    page.page.get_by_role("complementary", name="Queue").get_by_role(
        "button", name="Close", exact=True
    ).click()
    expect(page.page.locator(".question")).to_be_visible()
    effects = page.page.locator(".effects").bounding_box()
    evidence = page.page.locator(".evidence-lines").bounding_box()
    assert effects is not None
    assert evidence is not None
    assert evidence["y"] + evidence["height"] <= effects["y"]
    # Short texts are whole: no button saves two words.
    expect(page.page.locator(".effects").get_by_text("Show all of it")).to_have_count(0)
    page.ok()


def test_an_undo_brings_back_the_note_and_what_was_chosen(demo: Explorer) -> None:
    """After one undo all is as it was before the answer, for one link and for several."""
    page = demo.page
    page.evaluate("location.hash = '#p=review'")
    note = page.get_by_label("Note to this decision")
    note.fill(" my note ")
    note.press("Enter")
    page.keyboard.press("r")
    expect(note).to_have_value("")
    page.keyboard.press("z")
    expect(note).to_have_value(" my note ")
    for _ in range(60):
        if page.locator(".between-list input").count() >= 3:
            break
        page.keyboard.press("s")
        demo.settled()
    boxes = page.locator(".between-list input")
    question = page.locator("#question").inner_text()
    ends = page.locator(".field-name").all_inner_texts()
    page.locator(".review-choose").get_by_role("button", name="None").click()
    demo.settled()
    for place in (0, 2):
        boxes.nth(place).check()
    demo.settled()
    chosen = boxes.evaluate_all("(all) => all.map((one) => one.checked)")
    page.locator(".question-body").focus()
    page.keyboard.press("Shift+A")
    page.keyboard.press("Enter")
    page.keyboard.press("z")
    expect(page.locator("#question")).to_have_text(question)
    expect(page.locator(".field-name").first).to_have_text(ends[0])
    demo.settled()
    assert boxes.evaluate_all("(all) => all.map((one) => one.checked)") == chosen
    demo.ok()


def test_the_numbers_of_the_queue_add_up(demo: Explorer) -> None:
    """All groups and what was skipped are what the head says, without what needs no answer."""

    def told() -> list[int]:
        demo.settled()
        rows = demo.page.locator(".groups li:not(.is-part, .needs-none) b").all_inner_texts()
        parts = demo.page.locator(".groups .is-part b").all_inner_texts()
        head = demo.page.locator(".review-line h2 .count").inner_text()
        assert head == demo.page.locator(".pages.above [aria-current] .count").inner_text()
        expect(demo.page.locator(".place-in-queue")).to_have_text(f"{head} to go")
        numbers = [int(text.replace(",", "")) for text in (head, *rows)]
        assert sum(numbers[1:]) == numbers[0]
        assert sum(int(text.replace(",", "")) for text in parts) == numbers[1]
        return numbers

    begun = told()
    demo.page.keyboard.press("s")
    # A contradiction is there as long as nobody resolves it.
    assert told() == begun
    expect(count_of(demo)).to_have_text("1")
    for _ in range(4):
        demo.page.keyboard.press("s")
    expect(demo.page.locator(".line-head .secondary").first).to_have_text("0 decided, 5 skipped")
    assert told() == [begun[0], begun[1] - 2, 2, *begun[2:]]
    demo.page.get_by_role("button", name="Skipped: ask again 2").click()
    assert told() == begun
    skipped = demo.page.get_by_role("button", name="3 questions skipped: ask again")
    skipped.click()
    expect(skipped).to_have_count(0)
    assert demo.page.locator(".line-head .secondary").first.inner_text() == "0 decided"
    demo.ok()
