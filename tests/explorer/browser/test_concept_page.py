"""Tests of the page of one concept: it says what Python says, and does what a reader wants."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.explain.merge_history import merge_history
from hummgraph.algorithms.explain.why import why
from hummgraph.algorithms.review.choosing import take_out
from hummgraph.algorithms.review.preview import preview
from hummgraph.explorer.pack import pack
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.snapshot.link_readers import read_links
from tests.explorer.browser.test_access import check_themes
from tests.explorer.browser.test_model import STATUSES, bundled, positions, random_cases
from tests.support import builders
from tests.support.browsing import Explorer, explorer, hostile
from tests.support.builders import catalogue, record

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext

    from hummgraph.algorithms.clustering.clusters import Clusters

N_PAIRS = 12
MEMBER = "Stripe/customers.email"
# Words of Python and of the command line that no sentence of the page has.
NOT_IN_PAGE = re.compile(r"cluster|column|threshold|bridge|confidence|APPROVED|REJECTED|SUGGESTED")


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Concepts of the page, as one script."""
    return bundled("concept-answers.ts", tmp_path_factory.mktemp("concepts"))


def answers(
    script: Path, folder: Path, clusters: Clusters, questions: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what the page says."""
    folder.mkdir()
    (folder / "0.pack").write_bytes(pack(clusters.graph, clusters))
    (folder / "0.json").write_text(json.dumps(questions), encoding="utf-8")
    subprocess.run(["node", str(script), str(folder)], check=True)
    found: list[dict[str, Any]] = json.loads((folder / "0.answers.json").read_text("utf-8"))
    return found


def check_history(clusters: Clusters, index: int, mine: dict[str, Any]) -> int:
    """Compare the joins of a cluster, and where it splits."""
    history = merge_history(clusters, index)
    links_of = positions(clusters.graph)
    assert mine["joins"] == [
        [join.height, links_of[join.link.link_id], join.source_size, join.target_size]
        for join in history.joins
    ]
    lowest, splits_off = mine["splits"]
    last = history.joins[-1]
    assert lowest == last.height
    if lowest is not None:
        assert splits_off == min(last.source_size, last.target_size)
    return len(history)


def check_ways(clusters: Clusters, mine: list[dict[str, Any]]) -> int:
    """Compare the ways out of contradictions, and what each resolves."""
    graph = clusters.graph
    links_of = positions(graph)
    assert len(mine) == len(clusters.contradictions)
    n_ways = 0
    for one, found in zip(mine, clusters.contradictions, strict=True):
        assert one["link"] == links_of[found.link_id]
        assert one["chain"] == [
            links_of[link] for link in (found.conflicts[0] if found.conflicts else ())
        ]
        ways = [(links, STATUSES[status]) for links, status, _ in one["ways"]]
        cut = [links_of[link] for link in found.cut]
        approving = ([one["link"]], "APPROVED")
        wanted = [(cut, "REJECTED"), approving, *(([link], "REJECTED") for link in one["chain"])]
        if len(cut) == 1:
            wanted = [way for at, way in enumerate(wanted) if way not in wanted[:at]]
        shown = []
        for links, status in wanted:
            resolved = resolved_by(clusters, links, status)
            if one["link"] in resolved or status == "APPROVED":
                shown.append((links, status))
                assert [*links, resolved] in [[*way[0], way[2]] for way in one["ways"]]
        assert ways == shown
        n_ways += len(shown)
    return n_ways


def resolved_by(clusters: Clusters, links: list[int], status: str) -> list[int]:
    """Return the contradictions that a decision resolves."""
    graph = clusters.graph
    links_of = positions(graph)
    decided = {graph.link(link).link_id: status for link in links}
    rows = preview(graph, decided, clusters=clusters).contradictions.filter(change="resolved")
    return sorted(links_of[row["link_id"]] for row in rows)


def check_taken_out(clusters: Clusters, members: list[int], mine: list[dict[str, Any]]) -> int:
    """Compare the links that taking a member out rejects, and whose clusters that changes."""
    graph = clusters.graph
    links_of = positions(graph)
    first = clusters.problem.first
    n_taken = 0
    for member, one in zip(members, mine, strict=True):
        if clusters.labels[member] < 0:
            assert one["links"] == []
            continue
        out = take_out(clusters, graph.node(member))
        assert one["links"] == sorted(links_of[decision.link_id] for decision in out)
        would = preview(graph, out, clusters=clusters)
        nodes = [node for found in would.regroupings for node in found.nodes.tolist()]
        assert one["nodes"] == nodes
        # It is said whom the effect reaches, and nothing is if there is none.
        stays = f"All {clusters.sizes[clusters.labels[member]]:,} "
        assert one["said"][0].startswith(stays) is (member - first not in nodes) or nodes
        n_taken += 1
    return n_taken


def check_weakest(clusters: Clusters, pairs: list[list[int]], mine: list[int]) -> int:
    """Compare the marked link of each way between two that are apart; return how many have one."""
    links_of = positions(clusters.graph)
    nodes = clusters.graph.arrays.nodes
    n_weakest = 0
    for (a, b), link in zip(pairs, mine, strict=True):
        if nodes.depth[a] != nodes.depth[b] or nodes.depth[a] != clusters.level.depth:
            continue
        found = why(
            clusters.graph, nodes.id_text[a].as_py(), nodes.id_text[b].as_py(), clusters=clusters
        )
        if found.together:
            continue
        weakest = -1
        if found.nearest is not None and len(found.nearest) > 1 and found.weakest_score != 1:
            assert found.weakest is not None
            weakest = links_of[found.weakest.link_id]
            n_weakest += 1
        assert link == weakest
    return n_weakest


def test_concepts_are_pythons(script: Path, tmp_path: Path) -> None:
    """Joins, heights, splits, ways out and what takes a field out, with decisions of the reader."""
    seen: Counter[str] = Counter()
    for seed, case in enumerate(random_cases()[:12]):
        random = Random(seed)
        graph = case.graph
        questions: list[dict[str, Any]] = []
        for n_decisions in (0, 6):
            links = random.sample(range(graph.n_links), min(n_decisions, graph.n_links))
            made = [[link, {"status": random.randrange(3), "at": 0, "note": ""}] for link in links]
            questions.append(
                {
                    "threshold": random.choice([0.0, 0.2, 0.5]),
                    "decisions": made,
                    "members": random.sample(range(graph.n_nodes), min(8, graph.n_nodes)),
                    "pairs": [random.sample(range(graph.n_nodes), 2) for _ in range(N_PAIRS)],
                }
            )
        found = answers(script, tmp_path / str(seed), case.clusters, questions)
        for question, mine in zip(questions, found, strict=True):
            decided = graph.with_decisions(case.decisions({**question, "names": []}))
            clusters = cluster(decided, threshold=question["threshold"], **case.held)
            assert mine["labels"] == clusters.labels.tolist()
            for index, history in enumerate(mine["histories"]):
                seen["joins"] += check_history(clusters, index, history)
            seen["ways"] += check_ways(clusters, mine["ways"])
            seen["taken"] += check_taken_out(clusters, question["members"], mine["out"])
            seen["weakest"] += check_weakest(clusters, question["pairs"], mine["weakest"])
            for sentence in mine["said"]:
                assert not NOT_IN_PAGE.search(sentence), sentence
                seen["sentences"] += 1
    assert min(seen.values()) > 20, seen
    assert sum(seen.values()) > 600


def test_concepts_of_the_demo(script: Path, tmp_path: Path, demo_graph: LinkGraph) -> None:
    """The same of the bundled organisation, member by member of its largest cluster."""
    clusters = cluster(demo_graph)
    members = np.flatnonzero(clusters.labels == 0).tolist()
    question: dict[str, Any] = {
        "threshold": clusters.threshold,
        "decisions": [],
        "members": members,
        "pairs": [[members[0], members[-1]], *([members[0], other] for other in range(0, 600, 7))],
    }
    (mine,) = answers(script, tmp_path / "demo", clusters, [question])
    for index, history in enumerate(mine["histories"]):
        check_history(clusters, index, history)
    assert check_ways(clusters, mine["ways"]) >= 2
    assert check_weakest(clusters, question["pairs"], mine["weakest"]) > 10
    assert check_taken_out(clusters, members, mine["out"]) == len(members)


# --- in a browser ---------------------------------------------------------------------------------


def address_of(graph: LinkGraph, member: str) -> str:
    """Return the address of the concept of a member."""
    return f"#p=concepts&f=cluster:{graph.node(member).node_id}"


@pytest.fixture
def demo(context: BrowserContext, tmp_path: Path, demo_graph: LinkGraph) -> Explorer:
    """The e-mail of a person in the bundled organisation, which has a contradiction."""
    return explorer(context, demo_graph, tmp_path, address=address_of(demo_graph, MEMBER))


def decided(page: Explorer) -> dict[str, str]:
    """Return the reader's decisions by link id."""
    found: list[list[Any]] = page.ask(
        "[...h.state().decisions].map(([link, { status }]) => [h.view().pack.linkId(link), status])"
    )
    return {link: STATUSES[status] for link, status in found}


def n_fields(page: Explorer) -> int:
    """Read how many fields the concept has."""
    return int(page.page.locator(".totals li").first.inner_text().split()[0])


def test_a_concept_is_told(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Name, totals, fields with marks, joins and links are those of Python."""
    clusters = cluster(demo_graph)
    mine = clusters[MEMBER]
    facts = next(row for row in clusters.quality if row["cluster_id"] == clusters.ids[mine.index])
    expect(demo.page.get_by_role("heading", level=1)).to_have_text(clusters.names[mine.index])
    totals = demo.page.locator(".totals li").all_inner_texts()
    assert [text.split()[0] for text in totals] == [
        str(facts["members"]),
        str(facts["systems"]),
        f"{facts['mean_confidence']:.2f}",
        str(facts["links_approved"]),
        str(facts["links_suggested"]),
        str(facts["links_rejected"]),
    ]
    members = [demo_graph.node(int(node)) for node in np.flatnonzero(clusters.labels == mine.index)]
    titles = demo.page.locator(".field-button").evaluate_all("(all) => all.map((one) => one.title)")
    assert sorted(titles) == sorted(node.path for node in members)
    leaves = demo.page.locator(".leaf").evaluate_all("(all) => all.map((one) => one.title)")
    assert sorted(leaves) == sorted(titles)
    marked = demo.page.locator(".field-button", has=demo.page.locator(".is-contradiction"))
    ends = {
        demo_graph.node(end).path
        for one in clusters.contradictions
        for end in (one.source, one.target)
    }
    assert {one.get_attribute("title") for one in marked.all()} == ends
    heights = [join.height for join in merge_history(clusters, MEMBER) if join.height is not None]
    pills = demo.page.locator(".join-pill").all_inner_texts()
    assert pills == [f"{height:.2f}" for height in heights]
    n_held = len(merge_history(clusters, MEMBER)) + 1 - len(heights)
    expect(demo.page.locator(".answer")).to_contain_text(f"{n_held} fields are held by approvals")
    expect(demo.page.locator(".answer")).to_contain_text(pills[-1])
    expect(demo.page.locator(".concept-links .count")).to_have_text(f"all {facts['links']}")
    expect(demo.page.locator(".concept-links .link-line").first).to_contain_text(
        "2,611 of 5,000 sampled rows in both"
    )
    demo.page.get_by_role("button", name="Next concept").click()
    following = clusters.order.tolist()[clusters.order.tolist().index(mine.index) + 1]
    expect(demo.page.get_by_role("heading", level=1)).to_contain_text(clusters.names[following])
    demo.page.go_back()
    expect(demo.page.get_by_role("heading", level=1)).to_have_text(clusters.names[mine.index])
    demo.ok()


def test_a_contradiction_is_decided_by_key(demo: Explorer, demo_graph: LinkGraph) -> None:
    """Each way says what Python says; Enter takes the chosen one, and an undo takes it back."""
    clusters = cluster(demo_graph)
    (found,) = clusters.contradictions
    ways = demo.page.locator(".way")
    expect(ways).to_have_count(3)
    expect(demo.page.locator(".contradictions-card")).to_contain_text("Approved links hold both")
    decisions = [
        {found.cut[0]: "REJECTED"},
        {found.link_id: "APPROVED"},
        {next(link for link in found.conflicts[0] if link not in found.cut): "REJECTED"},
    ]
    for number, decision in enumerate(decisions):
        after = preview(demo_graph, decision, clusters=clusters).after
        stay = max(np.bincount(after.labels[clusters.labels == clusters[MEMBER].index] + 1)[1:])
        expect(ways.nth(number)).to_contain_text(f"{stay} fields")
    moved = preview(demo_graph, decisions[0], clusters=clusters).after
    others = np.flatnonzero(moved.labels == moved[MEMBER].index).tolist()
    (joined,) = {int(label) for label in clusters.labels[others]} - {clusters[MEMBER].index}
    expect(ways.nth(0)).to_contain_text(f"moves to {clusters.names[joined]}")
    ways.nth(0).locator("input").focus()
    demo.page.keyboard.press("ArrowDown")
    demo.page.keyboard.press("ArrowUp")
    demo.page.keyboard.press("Enter")
    expect(demo.page.locator(".contradictions-card")).to_have_count(0)
    assert decided(demo) == decisions[0]
    assert demo.clusters_at() == moved.labels.tolist()
    # The page stays with the part that the concept goes on as, although the field left it.
    largest = np.bincount(moved.labels[clusters.labels == clusters[MEMBER].index] + 1)[1:].argmax()
    assert n_fields(demo) == moved.sizes[largest]
    # The keyboard is at the title, and each key of an undo works from there and from a button.
    expect(demo.page.get_by_role("heading", level=1)).to_be_focused()
    for key, decision in (("z", decisions[0]), ("Control+z", decisions[1])):
        assert decided(demo) == decision
        demo.page.keyboard.press(key)
        expect(demo.page.locator(".contradictions-card")).to_be_visible()
        assert decided(demo) == {}
        ways.nth(1).locator("input").check()
        demo.page.get_by_role("button", name="Decide").click()
        expect(demo.page.locator(".contradictions-card")).to_have_count(0)
    demo.page.keyboard.press("z")
    assert decided(demo) == {}


def test_the_next_contradiction_has_the_keyboard(context: BrowserContext, tmp_path: Path) -> None:
    """After a decision: its heading, which Enter does not decide."""
    rows = [
        ("a/t.x", "b/t.x", 0.9, "APPROVED"),
        ("b/t.x", "c/t.x", 0.9, "APPROVED"),
        ("c/t.x", "d/t.x", 0.9, "APPROVED"),
        ("a/t.x", "c/t.x", 0.5, "REJECTED"),
        ("b/t.x", "d/t.x", 0.5, "REJECTED"),
    ]
    page = explorer(context, builders.graph(rows), tmp_path, address="#p=concepts&q=")
    page.ask("h.set({focus: {kind: 'cluster', member: x}})", page.ask("h.view().pack.source[0]"))
    expect(page.page.locator(".contradictions-card")).to_contain_text("1 of 2")
    page.page.locator(".way", has_text="Approve").locator("input").check()
    page.page.keyboard.press("Enter")
    expect(page.page.locator(".contradictions-card h2")).to_be_focused()
    assert len(decided(page)) == 1
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("z")
    expect(page.page.locator(".contradictions-card")).to_contain_text("1 of 2")
    assert decided(page) == {}
    page.ok()


def test_why_not_has_one_key(demo: Explorer) -> None:
    """From the title, a button or a choice, wherever the concept was opened from."""
    box = demo.page.get_by_role("searchbox", name="The first field, or both")
    demo.page.get_by_role("button", name="Next concept").click()
    expect(demo.page.get_by_role("heading", level=1)).to_be_focused()
    demo.page.keyboard.press("w")
    expect(box).to_be_focused()
    demo.page.keyboard.type("w")
    expect(box).to_have_value("w")
    demo.page.go_back()
    demo.settled()
    for place in (".field-button", ".way input"):
        demo.page.locator(place).first.focus()
        demo.page.keyboard.press("w")
        expect(box).to_be_focused()
        demo.page.get_by_role("button", name="Close this answer").click()
        demo.settled()
        expect(demo.page.get_by_role("heading", level=1)).to_be_focused()
    demo.ok()


def test_two_fields_that_are_chosen_say_why(demo: Explorer, demo_graph: LinkGraph) -> None:
    """In two acts, by what Python says holds them; the address and the way back have the pair."""
    other = "Salesforce/Contact.Email"
    chain = why(demo_graph, MEMBER, other).chain
    assert chain is not None
    demo.page.locator(f".field-button[title='{MEMBER}']").click()
    demo.page.locator(f".field-button[title='{other}']").click()
    way = demo.page.locator(".why-way > li")
    expect(way.locator(".link-line")).to_have_count(len(chain))
    expect(way.locator(".link-line", has_text="approved")).to_have_count(len(chain))
    # The contradiction is held by the same chain.
    for name in chain.names[1:-1]:
        field = name.rpartition(".")[2]
        expect(demo.page.locator(".contradictions-card > p")).to_contain_text(field)
    ids = [demo_graph.node(name).node_id for name in (MEMBER, other)]
    assert demo.page.url.endswith("why=" + ",".join(ids))
    demo.page.reload()
    expect(way.locator(".link-line")).to_have_count(len(chain))
    demo.page.get_by_role("button", name="Close this answer").click()
    expect(way).to_have_count(0)
    # The tree chooses as well, and back takes the answer away.
    leaves = demo.page.locator(".leaf")
    leaves.nth(0).click()
    leaves.nth(2).click()
    expect(demo.page.locator(".why-card .answer")).to_be_visible()
    demo.page.go_back()
    expect(demo.page.locator(".why-card")).to_have_count(0)
    assert demo.complaints == []


def test_the_head_stays_when_an_answer_comes_into_sight(demo: Explorer) -> None:
    """From the foot of the page: the answer begins below the bar, which stays where it is."""
    demo.page.evaluate("document.querySelector('#content').scrollTo(0, 1200)")
    demo.page.keyboard.press("w")
    demo.page.keyboard.type("stripe customers email and contacts email")
    demo.page.keyboard.press("Enter")
    expect(demo.page.locator(".why-card h2")).to_be_focused()
    expect(demo.page.locator(".why-card h2")).to_be_in_viewport(ratio=1)
    head = demo.page.locator(".head").bounding_box()
    title = demo.page.locator(".why-card h2").bounding_box()
    assert head is not None
    assert title is not None
    assert head["y"] == 0
    assert title["y"] >= head["height"]


def test_one_key_leads_to_the_contradiction(demo: Explorer) -> None:
    """X from the title; there Enter decides what is chosen, which is said, with its undo."""
    expect(demo.page.locator(".way")).not_to_have_count(0)
    demo.page.keyboard.press("x")
    expect(demo.page.locator(".way input").first).to_be_focused()
    demo.page.keyboard.press("Enter")
    expect(demo.page.locator(".contradictions-card")).to_have_count(0)
    expect(demo.page.locator(".done")).to_contain_text("1 link is rejected now.")
    demo.page.locator(".done").get_by_role("button", name="Undo").click()
    expect(demo.page.locator(".contradictions-card")).to_be_visible()
    assert decided(demo) == {}


def test_whose_dependents_is_asked(demo: Explorer) -> None:
    """A concept is many fields: those that most depend on come first."""
    demo.page.keyboard.press("d")
    listed = demo.page.locator(".dependents-list button")
    numbers = [int(text.split()[-1]) for text in listed.all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) > 1
    listed.first.click()
    assert demo.state("focus")["kind"] == "down"


@pytest.mark.parametrize("by", ["mouse", "keys"])
def test_escape_closes_what_is_open_and_keeps_its_place(demo: Explorer, by: str) -> None:
    """First the question, then the menu, wherever the keyboard is; the concept stays."""
    field = demo.page.locator(".field-button[title='Zendesk/users.email']")
    ask = demo.page.get_by_role("button", name="Reject it from the concept")
    group = demo.page.get_by_role("group", name="Reject this field from the concept")
    title = demo.page.locator("h1").inner_text()
    for one in (field, ask):
        if by == "keys":
            one.press("Enter")
        else:
            one.click()
    expect(group).to_be_focused()
    if by == "mouse":
        demo.page.evaluate("document.activeElement.blur()")
    demo.page.keyboard.press("Escape")
    expect(group).to_have_count(0)
    expect(field).to_be_focused()
    demo.page.keyboard.press("Escape")
    expect(ask).to_have_count(0)
    expect(field).to_be_focused()
    expect(demo.page.locator("h1")).to_have_text(title)
    demo.ok()


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_that_is_said_covers_what_acts(demo: Explorer, width: int) -> None:
    """Neither what was done nor the choice of a second field lies over a part of the page."""
    demo.page.set_viewport_size({"width": width, "height": 800})
    covers = """(box) => {
      const {left, right, top, bottom} = box.getBoundingClientRect();
      const at = document.querySelector('#content').getBoundingClientRect();
      const isSeen = bottom > at.top && top < at.bottom && right > at.left && left < at.right;
      return getComputedStyle(box).position === 'fixed' || isSeen;
    }"""
    demo.page.get_by_role("button", name="Rename").click()
    demo.page.get_by_label("Name of the concept").fill("who it is")
    demo.page.keyboard.press("Enter")
    done = demo.page.locator(".done")
    expect(done).to_contain_text("named who it is")
    assert not done.evaluate(covers)
    demo.page.locator(".leaf").first.click()
    second = demo.page.locator(".choose-second p")
    expect(second).to_contain_text("Now choose the second field")
    assert second.evaluate("(box) => getComputedStyle(box).position") == "static"
    demo.page.locator(".leaf").nth(1).click()
    expect(second).to_have_count(0)
    expect(demo.page.locator("#content")).to_contain_text("Why they are together")
    demo.ok()


def test_a_concept_is_printed_whole(demo: Explorer, demo_graph: LinkGraph) -> None:
    """All its links, and no button."""
    clusters = cluster(demo_graph)
    label = clusters.labels == clusters[MEMBER].index
    ends = demo_graph.arrays.links.ends
    n = int((label[ends.source] & label[ends.target] & (ends.source != ends.target)).sum())
    demo.page.emulate_media(media="print")
    demo.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(demo.page.locator(".concept-links li .link-line")).to_have_count(n)
    expect(demo.page.get_by_role("button", name="Decide")).to_be_hidden()
    demo.page.evaluate("dispatchEvent(new Event('afterprint'))")


def test_a_field_is_taken_out(demo: Explorer, demo_graph: LinkGraph) -> None:
    """The links are those of Python, the page shows the effect first, and one undo reverts all."""
    clusters = cluster(demo_graph)
    out = take_out(clusters, "Zendesk/users.email")
    field = demo.page.locator(".field-button[title='Zendesk/users.email']")
    field.focus()
    demo.page.keyboard.press("Enter")
    demo.page.get_by_role("button", name="Reject it from the concept").click()
    after = preview(demo_graph, out, clusters=clusters).after
    group = demo.page.get_by_role("group", name="Reject this field from the concept")
    approved = sum(demo_graph.link(one.link_id).status == "APPROVED" for one in out)
    expect(group).to_contain_text(f"This rejects {len(out)} links to the others")
    said = f"{approved} of them approved"
    expect(group).to_contain_text(said if approved < len(out) else f"all {said}")
    before = clusters.labels == clusters[MEMBER].index
    stay = int(np.bincount(after.labels[before] + 1)[1:].max())
    expect(group).to_contain_text(f"{stay} fields in")
    group.get_by_role("button", name="Reject").click()
    assert n_fields(demo.settled()) == after.sizes[after[MEMBER].index]
    assert decided(demo) == {one.link_id: "REJECTED" for one in out}
    assert demo.clusters_at() == after.labels.tolist()
    demo.page.keyboard.press("Control+z")
    assert n_fields(demo.settled()) == len(
        np.flatnonzero(clusters.labels == clusters[MEMBER].index)
    )
    assert decided(demo) == {}


def test_a_name_is_a_record_of_the_journal(
    demo: Explorer, demo_graph: LinkGraph, tmp_path: Path
) -> None:
    """Python reads the name that was given, and gives it to the same cluster; undo forgets it."""
    demo.page.get_by_role("button", name="Rename").click()
    box = demo.page.get_by_role("textbox", name="Name of the concept")
    expect(box).to_be_focused()
    box.fill("  ")
    demo.page.keyboard.press("Enter")
    expect(demo.page.locator(".problem-text")).to_contain_text("at least one character")
    box.fill(" Company Email")
    expect(demo.page.locator(".problem-text")).to_have_text("Another concept has this name, too.")
    box.fill("Customer email")
    expect(demo.page.locator(".problem-text")).to_have_text("")
    demo.page.keyboard.press("Enter")
    title = demo.page.get_by_role("heading", level=1)
    expect(title).to_contain_text("Customer email")
    with demo.page.expect_download() as caught:
        demo.page.locator(".head .save").press("Enter")
    journal = tmp_path / "decisions.jsonl"
    caught.value.save_as(journal)
    named = cluster(demo_graph.with_decisions(journal))
    assert named.names[named[MEMBER].index] == "Customer email"
    demo.page.keyboard.press("Control+z")
    expect(title).to_have_text("person email")


def test_the_handle_moves_the_setting(demo: Explorer, demo_graph: LinkGraph) -> None:
    """By key: what splits off stays in sight, and comes back; a field alone has a way back."""
    handle = demo.page.get_by_role("slider", name="Joined from")
    handle.focus()
    assert handle.get_attribute("aria-valuenow") == "0.1"
    for _ in range(3):
        demo.page.keyboard.press("PageUp")
    setting = cluster(demo_graph).setting
    parts = cluster(demo_graph, threshold=0.4, setting=setting)
    n_left = int(parts.sizes[parts[MEMBER].index])
    expect(demo.page.locator(".totals li").first).to_have_text(f"{n_left} fields")
    assert demo.state("threshold") == 0.4
    assert demo.clusters_at() == parts.labels.tolist()
    expect(demo.page.locator(".leaf")).to_have_count(15)
    expect(demo.page.locator(".leaf.is-apart")).to_have_count(15 - n_left)
    expect(demo.page.locator(".answer")).to_contain_text("fall into 12, 2 and 1")
    demo.page.keyboard.press("Home")
    whole = cluster(demo_graph, threshold=0.0, setting=setting)
    n_whole = int(whole.sizes[whole[MEMBER].index])
    expect(demo.page.locator(".totals li").first).to_have_text(f"{n_whole} fields")
    expect(demo.page.locator(".leaf.is-apart")).to_have_count(0)
    assert demo.clusters_at() == whole.labels.tolist()
    profile = demo_graph.index_of("Mixpanel/Profile.$email")
    demo.ask(
        "h.set({threshold: 0.9, focus: {kind: 'cluster', member: x}, page: 'concepts'})", profile
    )
    demo.page.get_by_role("button", name="Join from").click()
    expect(demo.page.get_by_role("heading", level=2).first).to_have_text("Fields by system")
    demo.ok()


def test_why_and_why_not_in_one_act(demo: Explorer) -> None:
    """Near fields say why they are apart; any other field is found; all by key."""
    near = demo.page.locator(".close-but-apart li").first
    expect(near).to_contain_text("was rejected for it")
    near.get_by_role("button", name="Why not").click()
    card = demo.page.locator(".why-card")
    expect(card.locator("h2")).to_be_focused()
    expect(card.locator(".answer")).to_contain_text("are not in one concept")
    demo.page.keyboard.press("w")
    expect(card.get_by_role("searchbox", name="The first field, or both")).to_be_focused()
    demo.page.keyboard.type("salesforce contact email = invoices customer_email")
    demo.page.keyboard.press("Enter")
    expect(card.locator(".answer")).to_contain_text(
        "They are not in one concept: one is in person email"
    )
    expect(card.locator(".why-way li").last).to_contain_text("invoices customer_email")
    texts = card.locator("p").all_inner_texts()
    assert not any(NOT_IN_PAGE.search(text) for text in texts), texts
    # A member, from its own menu.
    demo.page.locator(".field-button[title='Zendesk/users.email']").click()
    demo.page.get_by_role("button", name="Why is it here, with").click()
    card.get_by_role("searchbox").fill("zebra")
    expect(card.get_by_role("status")).to_contain_text("No other field is called")
    card.get_by_role("searchbox").fill("contact email")
    demo.page.keyboard.press("Enter")
    expect(card.locator(".answer")).to_have_text(
        "They are in one concept, person email, of 15 fields."
    )
    # Each field is named once, whatever else is folded away.
    way = card.locator(".why-way > li")
    assert len(set(way.all_inner_texts())) == way.count() > 1
    whole = card.locator("details p")
    expect(whole.first).to_be_hidden()
    card.get_by_text("Everything that is known of it").click()
    expect(whole.first).to_contain_text("are in one concept of 15 fields")


@pytest.mark.parametrize(("method", "width"), [("auto", 1440), ("auto", 390), ("leiden", 1024)])
def test_nobody_is_kept_out(
    browser: Browser, tmp_path: Path, demo_graph: LinkGraph, method: str, width: int
) -> None:
    """Axe finds nothing, no text but badges is below 11 pixels, nothing is wider than the page."""
    clusters = cluster(demo_graph, method=method)
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        address = address_of(demo_graph, MEMBER)
        page = explorer(context, demo_graph, tmp_path, clusters=clusters, address=address)
        expect(page.page.locator(".way").first).to_be_visible()
        page.page.locator(".field-button").first.click()
        page.page.get_by_role("button", name="Reject it from").click()
        page.page.locator(".close-but-apart button.act").first.click()
        check_themes(page)
        small, wide = page.page.evaluate(
            """() => {
              const all = [...document.querySelectorAll(".concept-page *")];
              const isText = (it) => it.nodeType === 3 && it.data.trim();
              const size = (one) => parseFloat(getComputedStyle(one).fontSize);
              const least = (one) => (one.closest(".badge-system") ? 10 : 11);
              const small = all.filter(
                (one) => [...one.childNodes].some(isText) && size(one) < least(one));
              const { scrollWidth, clientWidth } = document.querySelector("#content");
              return [small.map((one) => one.outerHTML), scrollWidth - clientWidth];
            }"""
        )
        assert small == []
        assert wide <= 0
        if method == "leiden":
            expect(page.page.locator(".score-matrix")).to_be_visible()
            expect(page.page.locator(".contradictions-card")).to_contain_text("needs Python")
        page.ok()


def test_many_fields_are_groups(context: BrowserContext, tmp_path: Path) -> None:
    """More than forty collapse by system, each group opens; names of any kind stay text."""
    places = [
        f"{system}/t.{name}{n:02}"
        for system, name in (("crm", "email"), ("desk", "m"))
        for n in range(30)
    ]
    rows = [record(places[0], place, 0.9, status="APPROVED") for place in places[1:]]
    graph = LinkGraph(read_links(rows, catalogue=catalogue(places)))
    page = explorer(context, graph, tmp_path, address=address_of(graph, places[0]))
    leaves = page.page.locator(".leaf")
    expect(leaves).to_have_count(2)
    expect(leaves.filter(has_text="30 fields of crm")).to_have_count(1)
    expect(page.page.locator(".answer")).to_contain_text("All 60 fields are held by approvals")
    leaves.first.click()
    expect(leaves).to_have_count(31)
    page.page.get_by_role("button", name="Close the groups").click()
    expect(leaves).to_have_count(2)
    page.ok()


def test_hostile_names_stay_text(context: BrowserContext, tmp_path: Path) -> None:
    """Names that attack a page are shown, and nothing else."""
    graph = hostile()
    clusters = cluster(graph, method="components", threshold=0.5)
    member = graph.node(int(np.flatnonzero(clusters.labels == 0)[0])).node_id
    page = explorer(
        context, graph, tmp_path, clusters=clusters, address=f"#p=concepts&f=cluster:{member}"
    )
    expect(page.page.get_by_role("heading", level=1)).to_be_visible()
    page.page.locator(".field-button").first.click()
    page.page.get_by_role("button", name="Why is it here, with").click()
    page.page.locator(".why-card li button").first.click()
    expect(page.page.locator(".why-card .answer")).to_be_visible()
    page.ok()
