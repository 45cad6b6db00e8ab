"""Tests of diagrams: complete, readable, and safe with any name."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Literal

import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from hummgraph.drawing.diagram.diagram import Box, Diagram, Line, LineStyle
from hummgraph.drawing.diagram.layout import Layout, Rectangle, place_grid
from hummgraph.drawing.diagram.ordering import arrange_grid
from hummgraph.drawing.diagram.routing import Route, place_labels, route_lines, sample_points
from hummgraph.drawing.diagram.text import cut_text, text_width, wrap_text
from hummgraph.errors import ArgumentError
from hummgraph.frames import visible

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACE = "{http://www.w3.org/2000/svg}"
STYLES = list(LineStyle)
PLACED = [style for style in STYLES if style not in {LineStyle.ADDED, LineStyle.REMOVED}]
"""Styles of random pictures, where lines run alike whatever their style."""
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "' onload='alert(1)",
    "</title></text></svg>",
    "<![CDATA[x]]>",
    "<!-- x --><?xml?>",
    "&lt;b&gt; &#60; &nbsp;",
    "a\x00b\x1b[31mc\x7f",
    "line\nbreak\ttab\r",
    "\u202eevil\u202c \u2066x\u2069",
    "\ud800 lone \udfff",
    "\ufeff\ufffe\uffff\u2028",
    "e\u0301" + "\u0301" * 500,
    "W" * 5000,
    "日本語" * 60,
    "مرحبا بالعالم",
    "🙂" * 90,
    "",
    " ",
    '"]; click n0 "javascript:alert(1)"',
    '"] --> evil["x',
    '%%{init: {"securityLevel": "loose"}}%%',
    "`**bold**` _em_ # 1. - *",
    "end",
    "direction TB",
    "#60;#quot;",
    "\ufb02\xb0\xb060\xb6\xdf",
    "fa:fa-car $$x^2$$ a\\nb",
    "---\ntitle: x\n---",
]


def box(key: str, lane: str = "CRM", rank: int = 0, *, title: str = "", subtitle: str = "t") -> Box:
    """Return a box identified by its title."""
    return Box(key, title or f"box {key}", subtitle, lane, rank)


def line(
    source: str,
    target: str,
    style: LineStyle = LineStyle.OTHER,
    *,
    label: str = "",
    directed: bool = True,
) -> Line:
    """Return a line."""
    return Line(source, target, label, style, directed)


def some_diagram(seed: int, lanes: Literal["rows", "columns"]) -> Diagram:
    """Return a random lineage of 40 columns, or a cluster of 12."""
    lots = random.Random(seed)
    names = ["email", "customer_reference", "id", "AccountOwner__c"]
    n = 40 if lanes == "rows" else 12
    boxes = tuple(
        Box(str(i), lots.choice(names), "contacts", f"System {lots.randrange(5)}", i * 4 // n)
        for i in range(n)
    )
    ends = [(str(lots.randrange(i)), str(i)) for i in range(1, n)]
    ends += [(str(lots.randrange(n)), str(lots.randrange(n))) for _ in range(4)]
    lines = tuple(line(*pair, lots.choice(PLACED), label=f"{lots.random():.2f}") for pair in ends)
    return Diagram("Lots", boxes, lines, lanes=lanes)


def parsed(diagram: Diagram) -> Element:
    """Return a picture parsed as an XML document."""
    root: Element = ElementTree.fromstring(diagram.to_svg().encode())
    return root


def groups(root: Element) -> dict[str, list[Element]]:
    """Return the elements of each title shown under a pointer."""
    found: dict[str, list[Element]] = {}
    for group in root.iter(f"{NAMESPACE}g"):
        found.setdefault(group.findtext(f"{NAMESPACE}title") or "", []).append(group)
    return found


def texts(root: Element) -> list[str]:
    """Return all texts."""
    return [text.text or "" for text in root.iter(f"{NAMESPACE}text")]


def rectangle(rect: Element) -> Rectangle:
    """Return the position of a rectangle."""
    left, top, wide, high = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return Rectangle(left, top, left + wide, top + high)


def meet(one: Rectangle, other: Rectangle) -> bool:
    """Return whether two parts of a picture have an area in common."""
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


def drawn_boxes(root: Element) -> list[Rectangle]:
    """Return the positions of boxes, which have their own corner radius."""
    rects = root.iter(f"{NAMESPACE}rect")
    return [rectangle(rect) for rect in rects if rect.get("rx") == "7"]


def drawn_paths(root: Element) -> list[Element]:
    """Return all paths in a picture."""
    return list(root.iter(f"{NAMESPACE}path"))


def planned(diagram: Diagram) -> tuple[Layout, list[Route], list[Rectangle]]:
    """Return the layout of a diagram, and the places of its labels."""
    columns = diagram.lanes == "columns"
    grid = arrange_grid(diagram.boxes, diagram.lines, columns=columns)
    layout = place_grid(grid, 40.0, 300.0)
    routes = route_lines(layout)
    return layout, routes, [plate for plate in place_labels(layout, routes) if plate is not None]


@st.composite
def diagrams(draw: st.DrawFn, text: st.SearchStrategy[str] | None = None) -> Diagram:
    """Draw a small random diagram."""
    names = st.sampled_from(["", "id", "customer_email_address_of_the_account", "日本語"])
    text = names if text is None else text
    n = draw(st.integers(1, 14))
    boxes = tuple(
        Box(
            str(i),
            draw(text),
            draw(text),
            draw(text),
            draw(st.integers(-3, 3)),
            draw(st.booleans()),
        )
        for i in range(n)
    )
    key = st.integers(0, n - 1).map(str)
    lines = draw(
        st.lists(
            st.builds(Line, key, key, text, st.sampled_from(STYLES), st.booleans()), max_size=20
        )
    )
    lanes: Literal["rows", "columns"] = draw(st.sampled_from(["rows", "columns"]))
    return Diagram(draw(text), boxes, tuple(lines), (draw(text),), lanes)


# --- what a diagram is -----------------------------------------------------------------------


def test_keys_are_unique_and_not_told() -> None:
    """Two boxes with the same key are refused without quoting it."""
    boxes = (box("secret"), box("secret"), box("b"))

    with pytest.raises(ArgumentError, match="1 occur more than once") as caught:
        Diagram("", boxes, ())
    assert "secret" not in str(caught.value)


def test_lines_end_at_boxes() -> None:
    """A line without a box at an end is refused."""
    with pytest.raises(ArgumentError, match="2 do not"):
        Diagram("", (box("a"),), (line("a", "b"), line("c", "a"), line("a", "a")))


def test_lanes_are_rows_or_columns() -> None:
    """Any other value of lanes is refused."""
    with pytest.raises(ArgumentError, match="'rows' or 'columns'"):
        Diagram("", (), (), lanes="diagonal")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("n_boxes", "n_lines", "told"),
    [(1, 1, "1 box, 1 line"), (2, 0, "2 boxes, 0 lines"), (0, 0, "0 boxes, 0 lines")],
)
def test_it_tells_its_size(n_boxes: int, n_lines: int, told: str) -> None:
    """The repr of a diagram has its size."""
    boxes = tuple(box(str(i)) for i in range(n_boxes))

    assert repr(Diagram("x", boxes, (line("0", "0"),) * n_lines)) == f"<Diagram 'x': {told}>"


def test_it_shows_itself_in_a_notebook() -> None:
    """A notebook shows the picture."""
    diagram = Diagram("x", (box("a"),), ())

    assert diagram.to_svg() in diagram._repr_html_()


# --- what is drawn ---------------------------------------------------------------------------


@given(diagrams())
def test_all_is_drawn_and_no_box_covers_another(diagram: Diagram) -> None:
    """Each box is drawn once inside the picture, and each line and label is drawn."""
    root = parsed(diagram)
    boxes = drawn_boxes(root)
    high, wide = float(root.attrib["height"]), float(root.attrib["width"])

    assert len(boxes) == len(diagram.boxes)
    assert all(b.left > 0 and b.top > 0 and b.right < wide and b.bottom < high for b in boxes)
    assert not any(meet(one, other) for one, other in itertools.combinations(boxes, 2))
    assert sum(path.get("stroke-opacity") == "0" for path in drawn_paths(root)) == len(
        diagram.lines
    )
    plates = [rect for rect in root.iter(f"{NAMESPACE}rect") if rect.get("stroke-width") == "0.8"]
    assert len(plates) == sum(bool(line.label) for line in diagram.lines)


@given(diagrams())
def test_lines_pass_boxes_and_stay_in_the_picture(diagram: Diagram) -> None:
    """No line crosses a box, even if it passes many."""
    layout, routes, plates = planned(diagram)
    boxes = [layout.box(number) for number in range(len(diagram.boxes))]

    for x, y in (point for route in routes for point in sample_points(route)):
        assert 0 < x < layout.right
        assert 40 < y < layout.bottom
        assert not any(b.left + 1 < x < b.right - 1 and b.top + 1 < y < b.bottom - 1 for b in boxes)
    for plate in plates:
        assert plate.left > 0
        assert plate.right < layout.right
        assert plate.top > 40
        assert plate.bottom < layout.bottom


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lanes", ["rows", "columns"])
def test_labels_cover_neither_boxes_nor_each_other(
    seed: int, lanes: Literal["rows", "columns"]
) -> None:
    """Labels do not cover boxes or each other in full pictures."""
    diagram = some_diagram(seed, lanes)
    layout, _, plates = planned(diagram)
    boxes = [layout.box(number) for number in range(len(diagram.boxes))]

    assert len(plates) == len(diagram.lines)
    assert not any(meet(one, other) for one, other in itertools.combinations(plates, 2))
    assert not any(meet(plate, box) for plate in plates for box in boxes)


def test_rows_are_lanes_and_ranks_run_right() -> None:
    """In rows, boxes are in the band of their system, in order of rank."""
    boxes = (box("a", "CRM", -5), box("b", "Shop", 70), box("c", "CRM", 70), box("d", "Shop", 9))
    found = groups(parsed(Diagram("", boxes, ())))
    at = {b.key: rectangle(found[f"box {b.key}, t, {b.lane}"][0][1]) for b in boxes}
    bands = {lane: rectangle(found[lane][0][1]) for lane in ("CRM", "Shop")}

    assert bands["CRM"].bottom < bands["Shop"].top
    assert at["a"].right < at["d"].left < at["d"].right < at["b"].left
    assert at["b"].left == at["c"].left
    for b in boxes:
        assert bands[b.lane].top < at[b.key].top < at[b.key].bottom < bands[b.lane].bottom


def test_columns_are_lanes_and_near_where_linked() -> None:
    """In columns, each system is a column, next to those with most links."""
    boxes = (box("a", "A"), box("b", "B"), box("c", "C"), box("d", "C"))
    lines = (line("a", "c"), line("a", "d"), line("b", "c", directed=False))
    found = groups(parsed(Diagram("", boxes, lines, lanes="columns")))
    lanes = {lane: rectangle(found[lane][0][1]) for lane in "ABC"}

    assert min(lanes["A"].left, lanes["B"].left) < lanes["C"].left
    assert lanes["C"].left < max(lanes["A"].left, lanes["B"].left)
    for b in boxes:
        area = rectangle(found[f"box {b.key}, t, {b.lane}"][0][1])
        assert lanes[b.lane].left < area.left < area.right < lanes[b.lane].right


def test_order_follows_the_lines() -> None:
    """Lines that need not cross do not, and without lines the order is kept."""
    boxes = (box("a"), box("b"), box("c", rank=1), box("d", rank=1))
    crossed = (line("a", "d"), line("b", "c"))
    told = {}
    for lines in (crossed, ()):
        found = groups(parsed(Diagram("", boxes, lines)))
        told[lines] = [rectangle(found[f"box {key}, t, CRM"][0][1]).top for key in "abcd"]

    a, b, c, d = told[crossed]
    assert (a < b) is (d < c)
    a, b, c, d = told[()]
    assert a < b
    assert c < d


def test_a_box_grows_with_what_ends_at_it() -> None:
    """A box grows with the number of its lines, up to a limit."""
    boxes = (box("hub"), *(box(str(i), rank=1) for i in range(30)))
    heights = []
    for n in (1, 6, 30):
        diagram = Diagram("", boxes, tuple(line("hub", str(i)) for i in range(n)))
        area = rectangle(groups(parsed(diagram))["box hub, t, CRM"][0][1])
        heights.append(area.bottom - area.top)

    assert heights == [46.0, 78.0, 118.0]


@pytest.mark.parametrize("lanes", ["rows", "columns"])
def test_loops_parallels_and_ways_back_are_told_apart(lanes: Literal["rows", "columns"]) -> None:
    """Loops, parallel and backward lines have different courses."""
    boxes = (box("a"), box("b"), box("c", "Shop", 1), box("d", rank=2))
    ends = ["aa", "aa", "ab", "ab", "ba", "ac", "ac", "ca", "ca", "cc", "ad", "da", "dc", "cd"]
    lines = tuple(line(*pair, directed=number % 3 > 0) for number, pair in enumerate(ends))
    paths = drawn_paths(parsed(Diagram("", boxes, lines, lanes=lanes)))
    line_paths = [path.attrib["d"] for path in paths if path.get("stroke-opacity") == "0"]

    assert len(line_paths) == len(set(line_paths)) == len(ends)


@pytest.mark.parametrize(
    ("lanes", "lane", "rank", "points"),
    [
        ("rows", "CRM", 1, "right"),
        ("rows", "CRM", -1, "right"),  # around, and in from the left
        ("rows", "CRM", 0, "left"),  # round its side
        ("columns", "A", 0, "either"),
        ("columns", "CRM", 0, "left"),
    ],
)
def test_arrow_heads_point_at_targets(
    lanes: Literal["rows", "columns"], lane: str, rank: int, points: str
) -> None:
    """The tip of an arrow head touches its target in every direction."""
    boxes = (box("a", "CRM", 0), box("b", lane, rank))
    found = groups(parsed(Diagram("", boxes, (line("a", "b"),), lanes=lanes)))
    head = found[f"box a, t, CRM \u2192 box b, t, {lane}: other"][0][-1].attrib["d"]
    tip, back = map(float, re.findall(r"[ML](\S+) ", head))
    area = rectangle(found[f"box b, t, {lane}"][0][1])

    assert points == "either" or (tip > back) is (points == "right")
    assert abs(tip - (area.left if tip > back else area.right)) < 0.2


def test_a_line_to_the_left_keeps_its_target() -> None:
    """A line drawn from its target has its head at the target."""
    boxes = (box("a", "A"), box("b", "B"))
    found = groups(parsed(Diagram("", boxes, (line("b", "a"),), lanes="columns")))
    head = found["box b, t, B \u2192 box a, t, A: other"][0][-1].attrib["d"]
    tip = float(head[1:].split()[0])

    assert tip == pytest.approx(rectangle(found["box a, t, A"][0][1]).right, abs=0.2)


# --- styles, legend, words -------------------------------------------------------------------


def test_styles_are_told_by_shape_too() -> None:
    """Each style has its own strokes besides its colour."""
    shapes = {}
    for style in STYLES:
        diagram = Diagram("", (box("a"), box("b", rank=1)), (line("a", "b", style),))
        (group,) = (g for name, g in groups(parsed(diagram)).items() if "\u2192" in name)
        paths = list(group[0].iter(f"{NAMESPACE}path"))[1:]
        names = ("stroke-width", "stroke-dasharray")
        shapes[style] = tuple(tuple(path.get(name) for name in names) for path in paths)

    assert len(set(shapes.values())) == len(STYLES)
    assert len(shapes[LineStyle.WITHIN]) == 1  # no head
    assert len(shapes[LineStyle.RELATIONSHIP]) == 3  # a light line on a heavy one, and a head
    assert len(shapes[LineStyle.REJECTED]) == 4  # a cross, with a light rim


def test_lines_without_direction_have_no_head() -> None:
    """Lines without direction, and moves within a table, have no arrow head."""
    boxes = (box("a"), box("b", rank=1))
    for style, directed in ((LineStyle.OTHER, False), (LineStyle.WITHIN, True)):
        root = parsed(Diagram("", boxes, (line("a", "b", style, directed=directed),)))
        assert all(path.get("fill") == "none" for path in drawn_paths(root))


def test_the_legend_lists_what_occurs() -> None:
    """The legend has each style in use once, and is missing without lines."""
    boxes = (box("a"), box("b", rank=1))
    used = (LineStyle.OTHER, LineStyle.REJECTED, LineStyle.REJECTED, LineStyle.APPROVED)
    some = texts(parsed(Diagram("", boxes, tuple(line("a", "b", style) for style in used))))
    every = texts(parsed(Diagram("", boxes, tuple(line("a", "b", style) for style in STYLES))))

    assert some[-3:] == ["approved", "rejected", "other"]
    assert every[-8:-5] == ["approved", "suggested", "rejected"]
    assert every[-5:-3] == ["declared relationship", "within one table"]
    assert every[-3:] == ["added", "removed", "other"]
    assert texts(parsed(Diagram("", boxes, ())))[-1] == "t"


def test_a_pointer_is_told_what_it_is_on() -> None:
    """A line's title has its ends, style and label, unless it has its own."""
    boxes = (box("a", subtitle=""), box("b", rank=1))
    lines = (
        line("a", "b", LineStyle.SUGGESTED, label="0.9", directed=False),
        Line("a", "b", "", LineStyle.APPROVED, title="in words"),
    )
    found = groups(parsed(Diagram("", boxes, lines)))

    assert len(found["box a, CRM \u2013 box b, t, CRM: suggested, 0.9"]) == 2  # and its label
    assert len(found["in words"]) == 1


def test_it_is_told_in_words() -> None:
    """The description for screen readers has the first twenty lines."""
    boxes = (box("a"), box("b", rank=1))
    told = parsed(Diagram("", boxes, (line("a", "b"),) * 22)).findtext(f"{NAMESPACE}desc") or ""

    assert told.startswith(
        "Boxes: 2, lanes: 1, lines: 22. box a, t, CRM \u2192 box b, t, CRM: other."
    )
    assert told.count("\u2192") == 20
    assert told.endswith("More lines: 2.")


def test_emphasis_is_a_heavy_border() -> None:
    """A box with emphasis has a heavy border."""
    root = parsed(Diagram("", (Box("a", "x", "", "CRM", 0, emphasis=True), box("b")), ()))
    widths = [r.get("stroke-width") for r in root.iter(f"{NAMESPACE}rect") if r.get("rx") == "7"]

    assert widths == ["2.2", None]


@pytest.mark.parametrize("lanes", ["rows", "columns"])
def test_long_names_are_cut_and_told_whole(lanes: Literal["rows", "columns"]) -> None:
    """Long names are cut with an ellipsis, and titles have the whole name."""
    name, label = "column_" * 20, "label_" * 20
    lane = "An exceedingly long name of a system of the European headquarters"
    boxes = (Box("a", name, name, lane, 0), Box("b", "b", "", lane, 1))
    root = parsed(Diagram("", boxes, (line("a", "b", label=label),), lanes=lanes))
    found = groups(root)

    assert sum(text.endswith("\u2026") for text in texts(root)) == 4
    assert f"{name}, {name}, {lane}" in found
    assert lane in found
    assert any(label in told for told in found)


def test_titles_and_notes_are_broken_into_lines() -> None:
    """A title has up to two lines and a note four, and both may be missing."""
    words = "word " * 400
    long = parsed(Diagram(words, (), (), (words, "short")))
    none = parsed(Diagram("", (), ()))

    assert len(texts(long)) == 2 + 4 + 1
    assert [text.endswith("\u2026") for text in texts(long)] == [0, 1, 0, 0, 0, 1, 0]
    assert none.findtext(f"{NAMESPACE}title") == "Diagram"
    assert texts(none) == []


# --- texts -----------------------------------------------------------------------------------


@given(st.text(st.characters(), max_size=80), st.floats(20, 300))
def test_no_text_leaves_its_room(text: str, room: float) -> None:
    """A text that is cut or broken fits its width, and reports whether it was cut."""
    shown = cut_text(text, 12, room)
    lines = wrap_text(text, 12, room, 3)

    assert text_width(shown, 12) <= room
    assert shown == visible(text) or shown.endswith("\u2026")
    assert len(lines) <= 3
    assert all(text_width(line, 12) <= room for line in lines)
    assert " ".join(lines) == " ".join(visible(text).split()) or "\u2026" in "".join(lines)


def test_a_text_has_an_end() -> None:
    """A million combining marks are not drawn, although they have no width."""
    marks = "e" + "\u0301" * 1_000_000

    assert len(cut_text(marks, 12, 190)) < 100
    assert sum(map(len, wrap_text(marks, 12, 190, 2))) < 200
    assert text_width("\u0301", 12) == 0.0


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("lanes", ["rows", "columns"])
def test_no_text_is_markup(text: str, lanes: Literal["rows", "columns"]) -> None:
    """Texts are escaped everywhere, so nothing runs and nothing is loaded."""
    boxes = (Box("a", text, text, text, 0), Box("b", text, text, "other", 1))
    lines = (line("a", "b", label=text), Line("a", "b", text, LineStyle.REJECTED, title=text))
    diagram = Diagram(text, boxes, lines, (text,), lanes)
    root = parsed(diagram)

    allowed = {"svg", "title", "desc", "rect", "g", "text", "path"}
    assert {element.tag.removeprefix(NAMESPACE) for element in root.iter()} == allowed
    for element in root.iter():
        assert not any(
            name == "id" or "href" in name or name[:2] == "on" for name in element.attrib
        )
        assert not any("url(" in value for value in element.attrib.values())
    told = visible(", ".join(part for part in (text, text, text) if part))
    assert told in groups(root)
    assert all(char.isprintable() for char in diagram.to_svg().replace("\n", ""))


@given(diagrams(st.text(st.characters(), max_size=12)))
@settings(max_examples=40)
def test_any_text_is_drawn(diagram: Diagram) -> None:
    """A picture is well-formed and can be written to a file with any names."""
    assert len(drawn_boxes(parsed(diagram))) == len(diagram.boxes)
    diagram.to_mermaid().encode()


def test_bytes_are_the_same_in_any_process() -> None:
    """Both pictures are equal in every process, whatever its hash seed."""
    code = (
        "import hashlib; from tests.drawing.test_diagram import some_diagram\n"
        "for lanes in ('rows', 'columns'):\n"
        "    diagram = some_diagram(7, lanes)\n"
        "    text = diagram.to_svg() + diagram.to_mermaid()\n"
        "    print(hashlib.sha256(text.encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(["."])},
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(told) == 1


# --- Mermaid ---------------------------------------------------------------------------------

QUOTED = r'"(?:[A-Za-z0-9_ \-.]|[^\x00-\x7f]|#[0-9]+;|<br/>)+"'
STATEMENTS = re.compile(
    rf"flowchart LR|  subgraph s\d+\[{QUOTED}\]|  end|    n\d+\[{QUOTED}\](?::::emphasis)?"
    rf"|  n\d+ (?:==>|===|-\.->|-\.-|--x|x--x|-->|---)(?:\|{QUOTED}\|)? n\d+"
    rf"|  note\d+\[{QUOTED}\]:::note"
    r"|  linkStyle [\d,]+ [a-z0-9:#.,\- ]+|  classDef \w+ [a-z0-9:#,\-]+"
)


def test_mermaid_says_all() -> None:
    """The Mermaid text has lanes as subgraphs, lines, notes and emphasis."""
    boxes = (
        Box("a", "email", "customers", "Stripe", 0, emphasis=True),
        Box("b", "id", "", "HubSpot", 1),
        Box("c", "", "", "Stripe", 2),
    )
    lines = (
        line("a", "b", LineStyle.APPROVED, label="0.93"),
        line("b", "c", LineStyle.SUGGESTED, directed=False),
        line("c", "a", LineStyle.REJECTED),
        line("c", "a", LineStyle.REJECTED, directed=False),
        line("a", "b", LineStyle.RELATIONSHIP, label="foreign key"),
        line("a", "c", LineStyle.WITHIN),
        line("a", "a"),
    )

    assert Diagram('A "path"', boxes, lines, ("3 of 4 shown",)).to_mermaid() == (
        "---\n"
        'title: "A \\"path\\""\n'
        "---\n"
        "flowchart LR\n"
        '  subgraph s0["Stripe"]\n'
        '    n0["email<br/>customers"]:::emphasis\n'
        '    n2[" "]\n'
        "  end\n"
        '  subgraph s1["HubSpot"]\n'
        '    n1["id"]\n'
        "  end\n"
        '  n0 ==>|"0.93"| n1\n'
        "  n1 -.- n2\n"
        "  n2 --x n0\n"
        "  n2 x--x n0\n"
        '  n0 -->|"foreign key"| n1\n'
        "  n0 -.- n2\n"
        "  n0 --> n0\n"
        '  note0["3 of 4 shown"]:::note\n'
        "  linkStyle 2,3 stroke:#d9363e,stroke-width:1.5px,stroke-dasharray:8 3 2 3\n"
        "  linkStyle 4 stroke:#00966f,stroke-width:2.5px\n"
        "  linkStyle 5 stroke:#7f8b96,stroke-width:2px,stroke-dasharray:2 3\n"
        "  linkStyle 6 stroke:#7f8b96,stroke-width:1px\n"
        "  classDef emphasis stroke:#0072b2,stroke-width:3px\n"
        "  classDef note fill:none,stroke:none,font-size:12px\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_statement(text: str) -> None:
    """Every line of the Mermaid text is a known statement with quoted texts."""
    boxes = (Box("a", text, text, text, 0, emphasis=True), Box("b", "b", text, "x", 1))
    written = Diagram(text, boxes, (line("a", "b", label=text),), (text,)).to_mermaid().splitlines()

    if text:
        title = json.loads(written[1].removeprefix("title: "))
        assert written[0] == written[2] == "---"
        assert not set(title) & set("<>\n\ufb02")
        written = written[3:]
    kinds = Counter(statement.split()[0][:4] for statement in written)
    assert all(STATEMENTS.fullmatch(statement) for statement in written)
    assert kinds["subg"] == kinds["end"] == 2


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b-c 1.5", "a_b-c 1.5"),
        ("__x v1.", "#95;#95;x v1#46;"),
        ("1. one", "1#46; one"),
        ("a direction TB", "a direction#32;TB"),
        ("fa:fa-x", "fa#58;\u200bfa-x"),
        ("$$ \\n", "#36;\u200b#36; #92;\u200bn"),
        ("\ufb02\xb0\xb060\xb6\xdf", "fl\xb0\xb060\xb6ss"),
        ("    four  spaces ", "four spaces"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "\u2026"),
    ],
)
def test_texts_are_written_so_that_they_are_shown(text: str, written: str) -> None:
    """Characters with a meaning for Mermaid are escaped or separated."""
    assert f'["{written}<br/>t"]' in Diagram("", (box("a", title=text),), ()).to_mermaid()
