"""Tests of the explorer's page as a file: its opening, its content and its safety."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import numpy as np
import pytest

from hummgraph.algorithms.clustering.clustering import cluster
from hummgraph.algorithms.entities.mapping import entities
from hummgraph.algorithms.explain.why import Why, why
from hummgraph.algorithms.joins.join_paths import join_paths
from hummgraph.algorithms.joins.path import JoinPaths
from hummgraph.algorithms.lineage.lineage import Lineage, downstream, neighborhood, upstream
from hummgraph.algorithms.paths.link_paths import LinkPaths
from hummgraph.algorithms.paths.paths import (
    DisjointPaths,
    disjoint_paths,
    strongest_path,
    strongest_paths,
)
from hummgraph.algorithms.review.diff import diff
from hummgraph.errors import ArgumentError
from hummgraph.explorer import opening, page
from hummgraph.explorer.opening import opening_of
from hummgraph.explorer.pack import Result
from hummgraph.explorer.page import html_page
from hummgraph.export import ENGINES, LargeGraphWarning, show, write
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import KeptEvidence
from hummgraph.snapshot.link_readers import read_links
from tests.support import builders
from tests.support.builders import record, uid
from tests.support.explorer_pages import packed_of

if TYPE_CHECKING:
    from pathlib import Path

    from hummgraph.algorithms.paths.paths import LinkPath

SCRIPT, STYLE = "document.documentElement.dataset.ready = '1'", "body{margin:0}"


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace script and style sheet by short ones."""
    real = page.read_asset
    parts = {"built/page.js": SCRIPT, "built/page.css": STYLE}
    monkeypatch.setattr(
        page, "read_asset", lambda name: parts[name] if name in parts else real(name)
    )


def settings(start: str) -> dict[str, str]:
    """Return the settings as the page reads them."""
    return dict(parse_qsl(start))


def found(thing: Any, **options: Any) -> tuple[LinkGraph, Result]:
    """Return the result that a page opens on."""
    opened = opening_of(thing, **options)
    assert opened.result is not None
    focus: str | None = "result" if opened.result.joined is None else None
    if isinstance(thing, Why):
        focus = ":".join(["path", *thing.nodes])
    if not isinstance(thing, Lineage):  # which may be found again by the page
        assert settings(opened.start).get("f") == focus
    return opened.graph, opened.result


def names(graph: LinkGraph, result: Result) -> list[str]:
    """Return the names of a result's nodes."""
    return [graph.node(node).path for node in result.nodes]


def chain() -> LinkGraph:
    """Return three systems in a row, a REJECTED link and evidence with quotes."""
    rows = [
        record("a/t.x", "b/t.x", 0.9, status="APPROVED", evidence={"said": "canary"}),
        record("b/t.x", "c/t.x", 0.8, evidence={"said": "canary"}),
        record("a/t.x", "c/t.x", 0.4, status="REJECTED", evidence={"said": "canary"}),
        record("c/t.y", "d/t.y", None),
    ]
    places = builders.catalogue(["a/t.x", "b/t.x", "c/t.x", "c/t.y", "d/t.y"])
    return LinkGraph(read_links(rows, catalogue=places))


# --- what it opens on ----------------------------------------------------------------------------


def test_graph_opens_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph opens on its start; its picture has tables, or systems if too many or none."""
    graph = chain()
    opened = opening_of(graph)
    assert (opened.graph, opened.result) == (graph, None)
    usual = cluster(graph)
    assert opened.clusters.labels.tolist() == usual.labels.tolist()
    threshold = repr(usual.threshold)
    assert settings(opened.start) == {"p": "start", "v": "table", "c": "system", "t": threshold}
    monkeypatch.setattr(opening, "MAX_TABLES_DRAWN", 3)
    assert settings(opening_of(graph).start)["v"] == "system"
    systems = builders.graph([("a", "b")], also=["c/t"])
    assert settings(opening_of(systems).start)["v"] == "system"


def test_clusters_colour_the_graph() -> None:
    """Clusters colour the graph, and their threshold is the first one of the page."""
    graph = chain()
    clusters = cluster(graph, threshold=0.85)
    assert settings(opening_of(graph, clusters=clusters).start) == {
        "p": "start",
        "v": "table",
        "c": "cluster",
        "t": "0.85",
    }


def test_answer_opens_with_the_clusters_that_it_is_about() -> None:
    """The page of ``why`` does not contradict its sentences, whatever clusters were asked about."""
    graph = chain()
    for clusters in (cluster(graph), cluster(graph, method="components", threshold=0.85)):
        opened = opening_of(why(graph, "b/t.x", "c/t.x", clusters=clusters))
        assert opened.clusters is clusters
        assert settings(opened.start)["t"] == repr(clusters.threshold)
    usual = opening_of(why(graph, "b/t.x", "c/t.x"), clusters=clusters)
    assert usual.clusters is clusters
    found = opening_of(strongest_path(graph, "a/t.x", "b/t.x"))
    assert found.clusters.setting == cluster(graph).setting


def test_projection_opens_at_its_level() -> None:
    """A projection opens at its level with the whole graph."""
    graph = chain()
    for level, shown in (
        ("integration_source", "system"),
        ("table", "table"),
        ("column", "column"),
    ):
        opened = opening_of(graph.project(level))
        assert opened.graph is graph
        assert settings(opened.start)["v"] == shown


def test_clusters_open_as_a_crosswalk() -> None:
    """Clusters open as concepts, each in a row; one of them as itself."""
    clusters = cluster(chain())
    opened = opening_of(clusters)
    assert (opened.graph, opened.clusters) == (clusters.graph, clusters)
    assert settings(opened.start)["p"] == "concepts"
    with pytest.raises(ArgumentError, match="Two clusterings"):
        opening_of(clusters, clusters=cluster(chain()))
    assert opening_of(clusters, clusters=clusters).clusters is clusters


def test_a_diff_opens_on_its_changes() -> None:
    """The page has the new graph, with the clusters that the diff compares."""
    graph = chain()
    found = diff(graph, graph.where(min_confidence=0.85))
    opened = opening_of(found)
    assert (opened.graph, opened.clusters, opened.diff) == (found.new, found.after, found)
    begin = settings(opened.start)
    assert (begin["p"], begin["t"]) == ("changes", repr(found.after.threshold))
    assert opening_of(found, clusters=found.after).diff is found
    with pytest.raises(ArgumentError, match="A diff has clusters of its own"):
        opening_of(found, clusters=cluster(graph))
    assert settings(opening_of(found, cluster=0).start)["p"] == "concepts"
    assert "changes" in packed_of(html_page(found)).arrays


def test_entities_open_on_the_start(demo_graph: LinkGraph) -> None:
    """The page has those that were found, not those that it would find itself."""
    found = entities(demo_graph, threshold=0.4)
    opened = opening_of(found)
    assert (opened.graph, opened.found_entities) == (demo_graph, found)
    assert settings(opened.start)["p"] == "start"
    told = json.loads(packed_of(html_page(found)).arrays["entities"].tobytes())
    assert [one["name"] for one in told["entities"]] == [one.name for one in found]


def test_one_cluster() -> None:
    """One cluster is selected by position, id or member."""
    graph = chain()
    clusters = cluster(graph, threshold=0.5, method="components")
    first = graph.node(int(np.flatnonzero(clusters.labels == 0)[0])).node_id
    for given in (clusters, graph):
        options: Any = {} if given is clusters else {"clusters": clusters}
        for wanted in (0, clusters.ids[0], "b/t.x"):
            begin = settings(opening_of(given, cluster=wanted, **options).start)
            assert (begin["p"], begin["f"]) == ("concepts", f"cluster:{first}")
    with pytest.raises(ArgumentError, match="pass these with clusters="):
        opening_of(graph, cluster=0)
    with pytest.raises(ArgumentError, match="has its own focus"):
        opening_of(strongest_path(graph, "a/t", "b/t"), clusters=clusters, cluster=0)
    with pytest.raises(ArgumentError, match="No cluster at 9"):
        opening_of(clusters, cluster=9)


def test_a_member_whose_id_occurs_at_two_levels() -> None:
    """The level of an ambiguous id precedes a tilde, as colons separate other parts."""
    rows = [record("a/t.x", "b/u.y"), record("a/t.x", "c/v.z") | {"target_column_id": uid("a/t")}]
    graph = LinkGraph(read_links(rows))
    clusters = cluster(graph, threshold=0.1, method="components")
    wanted = int(clusters.labels[graph.index_of(f"column:{uid('a/t')}")])
    begin = settings(opening_of(clusters, cluster=wanted).start)
    member = graph.node(int((clusters.labels == wanted).argmax())).node_id
    assert begin["f"] == f"cluster:{member.replace(':', '~')}"


def test_a_path() -> None:
    """A path opens with its nodes, links and steps from left to right."""
    graph = chain()
    path = strongest_path(graph, "a/t", "c/t.x")
    drawn, result = found(path)
    assert drawn is graph
    assert (result.kind, result.title) == ("path", "a/t.x to c/t.x")
    assert list(result.depths) == [0, 1, 2]
    assert names(graph, result) == ["a/t.x", "b/t.x", "c/t.x"]
    assert [graph.link(link).link_id for link in result.links] == [s.link_id for s in path.steps]
    assert list(result.sentences) == [
        "2 steps, score 0.72, the product of its steps.",
        "a/t.x > b/t.x: approved, estimate, score 0.9.",
        "b/t.x > c/t.x: suggested, estimate, score 0.8.",
    ]


def test_a_status_of_no_contract_is_not_quoted() -> None:
    """It may be data: the sentences on a path leave it out, as all outputs do by default."""
    rows = [builders.record("a/t.x", "b/t.x", status="call Jane", link_type="Jane said so")]
    graph = LinkGraph(read_links(rows))
    path = join_paths(graph, uid("a/t"), uid("b/t")).missing
    assert path is not None
    said = " ".join(found(path)[1].sentences)
    assert "[redacted], [redacted], score 0.9" in said
    assert "Jane" not in said


def test_paths_open_on_their_page(demo_graph: LinkGraph) -> None:
    """Each path has its nodes in order, and what each step rests on, declared ones too."""
    ends = "Stripe/customers", "Snowflake/RAW_STRIPE.INVOICE"
    several = strongest_paths(demo_graph, *ends, k=30, relationships=True)
    one = strongest_path(demo_graph, "Stripe/customers.email", "Zendesk/users.email")
    apart = disjoint_paths(demo_graph, "Stripe/customers.email", "Zendesk/users.email", limit=2)
    ids = demo_graph.relationships.to_frame()["relationship_id"]
    for thing, paths in ((several, list(several)), (one, [one]), (apart, list(apart))):
        opened = opening_of(thing)
        assert settings(opened.start)["p"] == "paths"
        assert opened.result is not None
        shown = opened.result.paths
        assert [path.confidence for path in shown] == [path.confidence for path in paths]
        for mine, theirs in zip(shown, paths, strict=True):
            assert [demo_graph.node(node).path for node in mine.nodes] == list(theirs.names)
            assert list(mine.weights) == [step.weight for step in theirs.steps]
            assert list(mine.besides) == [step.n_parallel for step in theirs.steps]
            rests = [
                demo_graph.link(link).link_id if link >= 0 else ids[-1 - link]
                for link in mine.links
            ]
            assert rests == [step.link_id for step in theirs.steps]
            kinds = [link >= 0 for link in mine.links]
            assert kinds == [step.kind == "link" for step in theirs.steps]
    assert any(step.kind != "link" for path in several for step in path.steps)
    stopped = LinkPaths(several.paths[:2], stopped_at=9)
    said: tuple[tuple[LinkPath | LinkPaths | DisjointPaths, list[str]], ...] = (
        (one, []),
        (several, []),
        (apart, ["Shown 2 of 7 paths that share no link."]),
        (stopped, ["Stopped after 9 links: there may be more paths."]),
    )
    for found_paths, notes in said:
        result = opening_of(found_paths).result
        assert result is not None
        assert list(result.notes) == notes


def test_paths_that_share_no_link(demo_graph: LinkGraph) -> None:
    """Disjoint paths open together, and without any there is an error."""
    paths = disjoint_paths(demo_graph, "Stripe/customers.email", "Zendesk/users.email", limit=3)
    _, result = found(paths)
    assert result.kind == "paths"
    assert result.title.endswith("Zendesk/users.email: 7 independent paths")
    steps = [step.link_id for path in paths for step in path.steps]
    assert [demo_graph.link(link).link_id for link in result.links] == steps
    assert result.sentences[0] == "Shown 3 of 7 paths that share no link."
    with pytest.raises(ArgumentError, match="nothing to show"):
        opening_of(DisjointPaths((), 0))


def test_several_paths(demo_graph: LinkGraph) -> None:
    """Several paths open together with a note on a stopped search, or raise if there are none."""
    paths = strongest_paths(demo_graph, "Stripe/customers.email", "Zendesk/users.email", k=2)
    _, result = found(paths)
    assert result.kind == "paths"
    assert result.title == "Stripe/customers.email to Zendesk/users.email: 2 paths"
    assert len(result.sentences) == 2
    _, result = found(LinkPaths(paths.paths, stopped_at=9))
    assert result.sentences[-1] == "Stopped after 9 links: there may be more paths."
    with pytest.raises(ArgumentError, match="nothing to show"):
        opening_of(LinkPaths(()))


def test_parallel_and_declared_steps_are_told(demo_graph: LinkGraph) -> None:
    """Parallel steps are counted, and relationships have their own positions."""
    paths = strongest_paths(
        demo_graph, "Stripe/customers", "Snowflake/RAW_STRIPE.INVOICE", k=30, relationships=True
    )
    (path, *_) = (one for one in paths if any(step.kind != "link" for step in one.steps))
    _, result = found(path)
    declared = [step for step in path.steps if step.kind != "link"]
    ids = demo_graph.relationships.to_frame()["relationship_id"]
    assert [ids[place] for place in result.relations] == [step.link_id for step in declared]
    assert len(result.links) + len(result.relations) == len(path)
    assert any(
        f": {declared[0].kind} " in said or "FOREIGN_KEY" in said for said in result.sentences
    )
    email = strongest_path(demo_graph, "Stripe/customers.email", "Zendesk/users.email")
    assert any("1 more between the same two" in said for said in found(email)[1].sentences)


def test_join_paths(demo_graph: LinkGraph) -> None:
    """One join path, several, or the missing one open."""
    ways = join_paths(demo_graph, "Stripe/customers", "HubSpot/contacts", k=2)
    _, one = found(ways.paths[0])
    assert one.title == "Join Stripe/customers to HubSpot/contacts"
    assert one.sentences[0] == (
        "Stripe/customers.email = HubSpot/contacts.email: score 0.87, identifying."
    )
    assert one.joined is not None
    assert (one.joined.paths, one.joined.keys) == ([ways.paths[0]], None)
    opened = opening_of(ways)
    assert opened.start.startswith("p=join&")
    assert "f=" not in opened.start
    assert names(demo_graph, one) == ["Stripe/customers.email", "HubSpot/contacts.email"]
    _, both = found(ways)
    assert both.joined is not None
    assert (both.joined.paths, both.joined.keys, both.joined.detour) == (
        ways.paths,
        "identifying",
        0.8,
    )
    assert both.sentences[0] == "2 ways to join them, the best first."
    assert set(one.links) < set(both.links)
    graph = chain()
    drawn, missing = found(join_paths(graph, "c/t", "d/t"))
    assert drawn is graph
    assert missing.sentences == [join_paths(graph, "c/t", "d/t").advice]
    lacking = join_paths(graph, "c/t", "d/t").missing
    assert lacking is not None
    _, alone = found(lacking)
    assert alone.sentences[0] == "c/t.y = d/t.y: not all of these links count."
    assert alone.sentences[1] == "c/t.y > d/t.y: suggested, estimate, no score."
    with pytest.raises(ArgumentError, match=r"There is nothing to show\. No way to join them"):
        opening_of(JoinPaths(()))


def test_lineages(demo_graph: LinkGraph) -> None:
    """Lineages open in either direction or both, lifted or not."""
    for follow, title in (
        (downstream, "Downstream of"),
        (upstream, "Upstream of"),
        (neighborhood, "Neighbourhood of"),
    ):
        lineage = follow(demo_graph, "Stripe/customers.email", max_depth=2)
        _, result = found(lineage)
        assert result.kind == "lineage"
        sign = -1 if follow is upstream else 1
        assert list(result.depths) == [sign * depth for depth in lineage.nodes["depth"]]
        assert result.title == f"{title} Stripe/customers.email"
        assert names(demo_graph, result) == lineage.nodes["path"]
        assert [demo_graph.link(link).link_id for link in result.links] == lineage.links["link_id"]
        assert "no proof that data flows so" in " ".join(result.sentences)
        assert not re.search("node|depth|weight|level=|max_|column", " ".join(result.sentences))
    lifted = downstream(demo_graph, "Stripe", level="integration_source", relationships=True)
    _, result = found(lifted)
    assert names(demo_graph, result) == lifted.nodes["path"]
    kinds = lifted.links["kind"]
    assert len(result.links) == kinds.count("link")
    assert len(result.relations) == len(kinds) - kinds.count("link")
    weak = downstream(demo_graph, "Stripe/customers.email", min_confidence=0.9)
    assert opening_of(weak).graph is weak.graph


def test_why_quotes_no_evidence() -> None:
    """Sentences of an explanation quote no evidence, which the page has with the links."""
    graph = chain()
    clusters = cluster(graph, threshold=0.5, method="components")
    together = why(graph, "a/t.x", "b/t.x", clusters=clusters)
    apart = why(graph, "a/t.x", "c/t.x", clusters=clusters)
    for answer, word in ((together, "together"), (apart, "apart")):
        assert "canary" in "".join(answer.to_sentences(evidence="full"))
        assert "canary" not in f"{answer}{answer._repr_html_()}"
        _, result = found(answer, clusters=clusters)
        assert result.title == f"Why {answer.names[0]} and {answer.names[1]} are {word}"
        assert "canary" not in " ".join(result.sentences)
        assert len(result.sentences) == len(answer.sentences)
        assert set(answer.names) <= set(names(graph, result))
    assert [graph.link(link).status for link in found(apart)[1].links].count("REJECTED") == 1
    unlinked = why(graph, "a/t.x", "d/t.y", clusters=clusters)
    assert names(graph, found(unlinked)[1])[:2] == ["a/t.x", "d/t.y"]


def test_names_in_results_are_made_visible() -> None:
    """Direction marks in names of results are made visible."""
    places = builders.catalogue(["a/t.x", "b/t.x"])
    places["columns"][0]["name"] = "\u202ex"
    graph = LinkGraph(read_links([record("a/t.x", "b/t.x")], catalogue=places))
    result = found(strongest_path(graph, "a/t", "b/t"))[1]
    assert result.title.startswith("a/t.\ufffdx to")
    assert "\u202e" not in "".join(result.sentences)


def test_what_has_no_page(tmp_path: Path) -> None:
    """A crosswalk has no page, and its clusters do."""
    crosswalk: Any = cluster(chain()).crosswalk()
    with pytest.raises(ArgumentError, match=r"not a value of type Frame.*for a crosswalk too"):
        write(crosswalk, tmp_path / "x.html")
    assert not list(tmp_path.iterdir())


def test_a_result_has_a_level_and_a_layout_of_its_own(
    demo_graph: LinkGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result opens at its own level from left to right, whatever the size of the graph."""
    path = strongest_path(demo_graph, "Stripe/customers.email", "Zendesk/users.email")
    monkeypatch.setattr(opening, "MAX_TABLES_DRAWN", 1)
    begin = settings(opening_of(path).start)
    assert begin["p"] == "paths"
    assert (begin["v"], begin["l"], begin["f"]) == ("table", "layers", "result")
    for level, shown in (("integration_source", "system"), ("table", "table")):
        lifted = downstream(demo_graph, "Stripe", level=level)
        begin = settings(opening_of(lifted).start)
        assert (begin["p"], begin["v"], begin["f"]) == ("lineage", shown, "result")


# --- what is in it -------------------------------------------------------------------------------


class Inventory(HTMLParser):
    """Parser that lists elements, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element."""
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data: str) -> None:
        """Add the content of an element."""
        self.text[self._open] = self.text.get(self._open, "") + data


@pytest.mark.usefixtures("small_parts")
def test_page_has_the_data_and_says_how_it_begins(demo_graph: LinkGraph) -> None:
    """The page contains the pack and the first settings."""
    clusters = cluster(demo_graph)
    packed = packed_of(html_page(demo_graph, clusters=clusters))
    assert packed.header["names"] == demo_graph.arrays.nodes.name.to_pylist()
    assert packed.header["start"] == "p=start&v=table&c=cluster&t=0.1"
    assert packed.header["result"] is None
    packed = packed_of(html_page(clusters, cluster=0))
    assert packed.header["result"] is None


@pytest.mark.parametrize("small", [True, False])
def test_policy_allows_its_own_script_and_style_and_nothing_else(
    small: bool, request: pytest.FixtureRequest
) -> None:
    """The security policy permits only the page's own script and style, by their hashes."""
    if small:
        request.getfixturevalue("small_parts")
    text = html_page(chain())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))

    def digest(tag: str) -> str:
        (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        return f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "script-src": digest("script"),
        "style-src": digest("style"),
        "img-src": "data: blob:",
        "worker-src": "blob:",
        "connect-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert text.index("Content-Security-Policy") < text.index("<style>") < text.index("<script>")
    assert "\r" not in text


def test_built_script_and_style_stand_in_their_elements() -> None:
    """Script and style do not end their elements, and refer to no source map."""
    script, style = page.read_asset("built/page.js"), page.read_asset("built/page.css")
    assert not re.search("</script|<!--", script, re.IGNORECASE)
    assert not re.search("</style|<!--", style, re.IGNORECASE)
    assert "sourceMappingURL" not in script + style
    assert script.isascii()


PAYLOAD = "</script></title></noscript><img src=x onerror=alert(1)>$title${script}\u2028"


def hostile() -> LinkGraph:
    """Return a graph with markup in every text that can reach a page."""
    places = builders.catalogue(["a/t.x", "b/u.y"])
    for entries in places.values():
        for entry in entries:
            entry |= {"name": PAYLOAD, "description": PAYLOAD}
    for column in places["columns"]:
        column["data_type"] = PAYLOAD
    places["organization"] = [{"id": builders.ORGANIZATION, "name": PAYLOAD}]
    row = record("a/t.x", "b/u.y", status=PAYLOAD, link_type=PAYLOAD, evidence={PAYLOAD: [PAYLOAD]})
    rows = [row, record("a/t.x", "b/u.y", id=uid("second"))]
    return LinkGraph(read_links(rows, catalogue=places))


@pytest.mark.usefixtures("small_parts")
def test_data_is_in_no_element_but_those_for_it() -> None:
    """Names are text in the title and the fallback table, and packed everywhere else."""
    graph = hostile()
    text = html_page(graph, clusters=cluster(graph), kept_evidence=KeptEvidence.FULL)
    inventory = Inventory(text)
    tags = [tag for tag, _ in inventory.elements]
    assert tags.count("script") == 2
    assert not {"img", "iframe", "link", "object", "base", "form", "a"} & set(tags)
    for tag, attributes in inventory.elements:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert "alert" not in str(attributes), tag
    shown = re.sub(r"<title>.*?</title>|<noscript>.*?</noscript>", "", text, flags=re.DOTALL)
    shown = re.sub(r'id="data">[^<]*<', "", shown)
    assert "alert" not in shown
    assert "onerror" in packed_of(text).header["names"][0]
    assert "&lt;img" in re.findall("<title>(.*?)</title>", text, re.DOTALL)[0]


@pytest.mark.usefixtures("small_parts")
def test_without_scripts_there_is_a_table(demo_graph: LinkGraph) -> None:
    """Without scripts the summary table is shown."""
    (inside,) = re.findall("<noscript>(.*?)</noscript>", html_page(demo_graph), re.DOTALL)
    assert "needs scripts" in inside
    assert '<th scope="col">Fields</th>' in inside
    assert "63 tables, 624 fields, 1,490 links (1,305 suggested, " in inside
    assert "<td>PostgreSQL</td><td>12</td><td>106</td><td>516</td>" in inside


@pytest.mark.usefixtures("small_parts")
def test_equal_graphs_give_equal_pages() -> None:
    """The order of records does not change the bytes of the page."""
    rows = [record("a/t.x", f"b/t.{number}", number / 10) for number in range(9)]
    one, other = (LinkGraph(read_links(some)) for some in (rows, rows[::-1]))
    assert html_page(one) == html_page(other)


@pytest.mark.usefixtures("small_parts")
def test_page_asks_for_nothing(demo_graph: LinkGraph) -> None:
    """The page contains no address."""
    text = re.sub(r'id="data">[^<]*<', "", html_page(demo_graph))
    assert not re.search("https?:|//[a-z]", text)


# --- engines -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_parts")
def test_engine_is_the_explorer_unless_another_is_named(tmp_path: Path) -> None:
    """The explorer is the default engine for pages, and other formats have no engine."""
    graph = chain()
    usual = write(graph, tmp_path / "a.html").read_text(encoding="utf-8")
    assert usual == write(graph, tmp_path / "b.html", engine="explorer").read_text("utf-8")
    assert usual == html_page(graph)
    assert "vis-network" in write(graph, tmp_path / "c.html", engine="pyvis").read_text("utf-8")
    assert ENGINES == ("explorer", "pyvis")
    with pytest.raises(ArgumentError, match="engine is 'explorer'; graphml has no engines"):
        write(graph, tmp_path / "d.graphml", engine="explorer")
    with pytest.raises(ArgumentError, match="must be one of 'explorer', 'pyvis'"):
        write(graph, tmp_path / "d.html", engine="d3")
    with pytest.raises(ArgumentError, match="must be one of 'explorer', 'pyvis'"):
        show(graph, engine="d3")


@pytest.mark.usefixtures("small_parts")
def test_results_are_written_and_shown(tmp_path: Path) -> None:
    """Results are written and shown by the explorer, and refused by other formats."""
    graph = chain()
    path = strongest_path(graph, "a/t", "c/t.x")
    text = write(path, tmp_path / "path.html").read_text(encoding="utf-8")
    assert packed_of(text).header["result"]["title"] == "a/t.x to c/t.x"
    assert show(path).page == text
    assert repr(show(path)) == repr(show(graph))
    clusters = cluster(graph)
    one = write(clusters, tmp_path / "c.html", cluster=0).read_text(encoding="utf-8")
    assert show(graph, clusters=clusters, cluster="a/t.x").page == one
    plain: tuple[dict[str, Any], ...] = (
        {"format": "graphml"},
        {"format": "html", "engine": "pyvis"},
    )
    for options in plain:
        with pytest.raises(ArgumentError, match="holds a graph or a projection, not a LinkPath"):
            write(path, tmp_path / "no", **options)
        with pytest.raises(ArgumentError, match="cannot open on a cluster"):
            write(graph, tmp_path / "no", clusters=clusters, cluster=0, **options)
    with pytest.raises(ArgumentError, match="not a Clusters"):
        show(clusters, engine="pyvis")


@pytest.mark.usefixtures("small_parts")
@pytest.mark.filterwarnings("error")
def test_explorer_takes_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The explorer accepts sizes that are refused by pyvis."""
    monkeypatch.setattr("hummgraph.export.pyvis.page._SLOW_NODES", 1)
    assert show(chain()).page
    with pytest.raises(LargeGraphWarning):
        show(chain(), engine="pyvis")
