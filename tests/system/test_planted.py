"""Personal data planted in evidence, in every default output; and names of matchers there."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hummgraph as hg
from hummgraph import cli
from hummgraph.datasets import load_demo
from hummgraph.export import FORMATS
from hummgraph.graph.linkgraph import LinkGraph
from hummgraph.records.redaction import KeptEvidence, redact_evidence
from hummgraph.records.vocabulary import vocabulary_of
from tests.support import builders
from tests.support.builders import record, uid
from tests.support.explorer_pages import packed_of, readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Answer(NamedTuple):
    """Output of a command, and its end."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command in this process."""

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["hummgraph", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Answer(int(ended.value.code or 0), *capsys.readouterr())

    return call


N_PLANTED: Final = 10_000
TIMES: Final = (1, 2, 5, 10, 50)
"""In how many links a value stands."""

MOSTLY_ONCE: Final = (*[1] * 12, *[2] * 4, 5, 5, 10, 50)
"""The same for many values, of which most stand in few links, so that there are fewer links."""

MOST_SHOWN: Final = 5
"""Of 10,000 values, how many a default output may show."""

FIRST = ("Jane", "Joe", "Ann", "Omar", "Li", "Zoë", "Ivan", "Mary Ann")
MATCHERS = ("value_overlap", "name_similarity", "declared_key")
METHODS = ("landed copy", "exact_name")
CONNECTORS = ("fivetran", "airbyte")


def mark(number: int) -> str:
    """Return five letters that stand for a number, after two that no other text has."""
    letters = ""
    for _ in range(5):
        number, letter = divmod(number, 26)
        letters += chr(ord("a") + letter)
    return f"zq{letters}"


def shapes(number: int) -> list[Any]:
    """Return a person's data in thirty shapes, each of which can be told from all others."""
    first = FIRST[number % len(FIRST)]
    marks = (mark(number * 30 + at) for at in range(30))
    digits = f"{number:05}"
    parts = digits[:2], digits[2:]
    return [
        f"{next(marks)}@example.com",
        f"{first}.{next(marks)}+news@mail.example.co.uk".upper(),
        f"mailto:{next(marks)}@example.com",
        f"{first} {next(marks).title()}",
        f"{next(marks).title()}, {first}",
        next(marks),
        f"{first[0].lower()}{next(marks)}",
        f"{first.lower()}.{next(marks)}",
        f"{first} {(name := next(marks)).title()} <{name}@example.com>",
        f"Dr. {first} {next(marks).title()}",
        f"{next(marks).title()} GmbH",
        f"{next(marks).title()} Street {number % 90 + 1}",
        f"{number % 90 + 1} {next(marks).title()} Road, 10 115 Berlin",
        f"call {first} {next(marks)} back on Monday, she asked for the invoice twice",
        f"https://example.com/u/{next(marks)}?id={number}",
        f"@{next(marks)}",
        f"{next(marks)}-{parts[0]}-{parts[1]}",
        f"NHS {parts[0]} {parts[1]} {next(marks)}",
        f"DE89 3704 {parts[0]}44 05{parts[1]} {next(marks)}",
        f"{next(marks).upper()} {parts[0]}",
        f"eyJhbGciOiJIUzI1NiJ9.{next(marks)}",
        f"+49 151 77{parts[0]} {parts[1]}99",
        f"(030) 77{parts[0]}-{parts[1]}88",
        f"77{parts[0]}-66-{parts[1]}6",
        f"1980-77-{parts[0]}T{parts[1]}66",
        f"52.77{digits}, 13.40",
        f"10.77.{parts[0]}.{parts[1]}66",
        4_915_100_000_000 + number,
        770_000_000 + number,
        float(7_700_000_000 + number),
    ]


def planted(first: int, n: int) -> list[Any]:
    """Return values of the thirty shapes, of as many persons as needed."""
    persons = -(-n // 30)
    every = [value for person in range(first, first + persons) for value in shapes(person)]
    return every[:n]


def evidence_of(values: list[Any], number: int) -> dict[str, Any]:
    """Return evidence that quotes values at every kind of place."""
    found: dict[str, Any] = {
        "matcher": MATCHERS[number % 3],
        "method": METHODS[number % 2],
        "connector": CONNECTORS[number % 2],
        "score": number % 100 / 100,
        "sample": [value for value in values if isinstance(value, str)],
        "value": values[0],
        "profile": {"top": {"text": values[-1]}, "count": number % 50},
        "counts": {str(value): 3 for value in values},
    }
    if numbers := [value for value in values if not isinstance(value, str)]:
        found["ids"] = numbers
    return found


def spread(values: list[Any], per_link: int, how_often: Sequence[int]) -> list[list[Any]]:
    """Return values by link: each stands in 1, 2, 5, 10 or 50 links, and not twice in one."""
    times = [how_often[at // 30 % len(how_often)] for at in range(len(values))]
    n_links = max(max(times, default=1), -(-sum(times) // per_link))
    links: list[list[Any]] = [[] for _ in range(n_links)]
    place = 0
    for value, n in zip(values, times, strict=True):
        for _ in range(n):
            links[place % n_links].append(value)
            place += 1
    return [link or values[:1] for link in links]


def options_of(name: str, graph: LinkGraph) -> dict[str, Any]:
    """Return the options without which a format holds nothing."""
    if name == "dbt":
        return {"system": graph.node(0).node_id}
    return {"lineage": "approved"} if name == "openlineage" else {}


def organization(
    n_planted: int, per_link: int, n_links: int | None = None, how_often: Sequence[int] = TIMES
) -> LinkGraph:
    """Return a graph with planted values, statuses and types included."""
    links = spread(planted(0, n_planted), per_link, how_often)[:n_links]
    columns = [f"s{at % 7}/t{at % 60}.c{at % 420}" for at in range(420)]
    rows = [
        record(
            columns[at % 420],
            columns[(at * 7 + at // 420 + 1) % 420],
            0.5 + at % 50 / 100,
            id=uid(f"planted {at}"),
            evidence=evidence_of(values, at),
            status=f"{values[0]}" if at % 5 == 0 else ("SUGGESTED", "APPROVED")[at % 2],
            link_type=f"{values[-1]}" if at % 7 == 0 else "PROBABILISTIC",
        )
        for at, values in enumerate(links)
    ]
    return LinkGraph(hg.read_links(rows, catalogue=builders.catalogue(columns)))


def outputs(graph: LinkGraph, folder: Path, run: Any) -> Iterator[tuple[str, str]]:
    """Yield every kind of default output, with what a reader of it reads."""
    for name, frame in (
        ("links", graph.links.select("status", "link_type", "evidence")),
        ("evidence", hg.evidence_table(graph, range(min(graph.n_links, 400)))),
        ("compared keys", hg.compare_evidence(graph).keys),
        ("compared values", hg.compare_evidence(graph).values),
        ("edges", graph.project("table").edges),
    ):
        yield f"printed {name}", f"{frame!r}{frame}{frame._repr_html_()}"
        yield f"page of {name}", frame.to_html()
    for thing in (
        graph,
        graph.snapshot,
        graph.snapshot.report,
        graph.summary(),
        graph.link(0),
        hg.compare_evidence(graph),
        graph.relationships,
    ):
        yield f"printed {type(thing).__name__}", f"{thing!r}{thing}{thing._repr_html_()}"
    for at in range(0, graph.n_links, max(graph.n_links // 6, 1)):
        link = graph.link(at)
        found = hg.why(graph, link.source, link.target)
        yield "why", f"{found!r}{found}{found._repr_html_()}{found.sentences}"
    yield "notebook", readable(hg.show(graph.project("table")).page)
    yield "page", str(packed_of(hg.show(graph).page).evidence())
    for known in FORMATS:
        drawn = graph
        if known.name == "mermaid":  # it draws few links
            drawn = graph.take_links(np.arange(min(graph.n_links, 200)))
        path = hg.write(
            drawn, folder / known.name, format=known.name, **options_of(known.name, graph)
        )
        yield known.name, text_of(path)
    graph.snapshot.write(folder / "kept.hummgraph")
    kept = folder / "kept.hummgraph"
    link = graph.link(graph.n_links - 1)
    for arguments in (
        ("info", kept),
        ("info", kept, "--json"),
        ("links", kept),
        ("links", kept, "--format", "json"),
        ("links", kept, "-o", folder / "links.parquet"),
        ("path", kept, link.source, link.target, "--json"),
        ("why", kept, link.source, link.target),
        ("why", kept, link.source, link.target, "--json"),
    ):
        answer = run(*arguments)
        assert answer.code in {0, 9}, answer.err  # 9 is no path
        shown = answer.out + answer.err
        if "-o" in arguments:
            shown += text_of(folder / "links.parquet")
        yield " ".join(map(str, arguments[::2])), shown


def text_of(path: Path) -> str:
    """Return the readable text of a file or folder."""
    files = [path] if path.is_file() else sorted(path.iterdir())
    found = []
    for file in files:
        if file.suffix == ".parquet":
            table = pq.read_table(file)
            found.append(f"{table.to_pylist()}{table.schema.metadata}")
        else:
            found.append(readable(file.read_bytes().decode()))
    return "".join(found)


MARKED = re.compile("(?:zq|Zq)[a-z]{5}|ZQ[A-Z]{5}")
PACKED = re.compile('(?<=id="data">)[A-Za-z0-9+/=]+')
NUMBERS = re.compile(
    r"\+49 151 77\d\d \d+|\(030\) 77\d\d-\d+|77\d\d-66-\d+|1980-77-\d\dT\d+|52\.77\d{5}, 13|"
    r"10\.77\.\d\d\.\d+|49151\d{8}|(?<![\d.])77\d{7}(?!\d)|(?<![\d.])77\d{8}(?!\d)"
)


def leaked(text: str) -> set[str]:
    """Return the planted data in a text."""
    text = PACKED.sub("", text)  # it is read unpacked
    return {found.lower() for found in MARKED.findall(text)} | set(NUMBERS.findall(text))


def test_planted_data_can_be_found() -> None:
    """Each of the thirty shapes is found where it is shown, so that the other tests can fail."""
    values = shapes(1234)
    assert len(values) == len(set(map(str, values))) == 30
    for value in values:
        assert len(leaked(f'{{"sample": "{value}"}}')) == 1, value
        assert len(leaked(json.dumps([value]))) == 1, value


@pytest.mark.slow
def test_ten_thousand_values_in_every_default_output(tmp_path: Path, run: Any) -> None:
    """At most five of 10,000 values are shown anywhere, and names of matchers everywhere."""
    graph = organization(N_PLANTED, per_link=40, how_often=MOSTLY_ONCE)
    assert len(leaked(str(graph.links["evidence"]))) >= N_PLANTED
    shown: Counter[str] = Counter()
    for name, text in outputs(graph, tmp_path, run):
        shown[name] += len(leaked(text))
        if name in {"graphml", "page", "printed evidence", "why"}:
            assert any(matcher in text for matcher in MATCHERS), name
            assert any(connector in text for connector in CONNECTORS), name
    assert max(shown.values()) <= MOST_SHOWN, shown
    assert len(shown) > 30


@pytest.mark.parametrize("n_links", [1, 19, 40])
def test_planted_data_in_few_links(n_links: int, tmp_path: Path, run: Any) -> None:
    """In a few links nothing is shown either."""
    graph = organization(1_500, 40, n_links, TIMES[:3])
    assert graph.n_links == n_links
    for name, text in outputs(graph, tmp_path, run):
        assert not leaked(text), name


@given(
    st.integers(0, 300),
    st.lists(st.integers(0, 29), min_size=1, unique=True),
    st.integers(40, 60),
    st.sampled_from([1, 3, 10]),
)
def test_any_mixture_of_shapes_is_hidden(
    first: int, chosen: list[int], n_persons: int, per_link: int
) -> None:
    """Values of some shapes, in 1 to 50 links each, are shown at no place of evidence."""
    values = [shapes(first + person)[shape] for person in range(n_persons) for shape in chosen]
    times = [TIMES[at % len(TIMES)] for at in range(len(values))]
    every = [value for value, n in zip(values, times, strict=True) for _ in range(n)]
    texts = [
        json.dumps(evidence_of(every[at : at + per_link], at))
        for at in range(0, len(every), per_link)
    ]
    found = redact_evidence(texts, KeptEvidence.VOCABULARY, vocabulary_of(texts))
    assert leaked(str(found)) == set()
    assert all(json.loads(str(text))["matcher"] in MATCHERS for text in found)


@pytest.mark.parametrize("which", ["demo", "real"])
def test_names_of_matchers_are_shown(
    which: str, request: pytest.FixtureRequest, tmp_path: Path, run: Any
) -> None:
    """Names of matchers, methods and connectors of whole organisations stand in every output."""
    snapshot = load_demo().snapshot()
    if which == "real":
        folder = request.getfixturevalue("real_organization")
        snapshot = hg.read_links(folder / "entity_links.json.gz", catalogue=folder)
    graph = LinkGraph(snapshot)
    keys = ("matcher", "method", "connector")
    held: set[str] = set()
    for text in graph.links["evidence"]:
        evidence = json.loads(text or "{}")
        held.update(evidence[key] for key in keys if key in evidence)
    assert len(held) > 4
    for known in FORMATS:
        if "evidence" in known.carries:
            path = hg.write(
                graph, tmp_path / known.name, format=known.name, **options_of(known.name, graph)
            )
            text = text_of(path)
            assert [name for name in held if name not in text] == [], known.name
    assert [name for name in held if name not in hg.evidence_table(graph).to_html()] == []
    graph.snapshot.write(tmp_path / "kept.hummgraph")
    listed = run("links", tmp_path / "kept.hummgraph").out
    assert [name for name in held if name not in listed] == []
    page = str(packed_of(hg.show(graph).page).evidence())
    assert [name for name in held if name not in page] == []
