"""Tests of options together: each has an effect in every combination, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from hummgraph.cli.hints import options_of
from hummgraph.snapshot.link_readers import read_links
from tests.support.builders import catalogue, record, uid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS: list[tuple[str, str, float | None, str]] = [
    ("crm/contact.email", "shop/customer.email", 0.95, "SUGGESTED"),
    ("shop/customer.email", "desk/user.email", 0.6, "SUGGESTED"),
    ("crm/lead.email", "shop/customer.email", 0.9, "SUGGESTED"),
    ("crm/contact.email", "desk/user.email", 0.4, "REJECTED"),
    ("crm/contact.old", "shop/customer.old", 0.9, "SUGGESTED"),
    ("crm/contact.a", "shop/customer.a", 0.9, "APPROVED"),
    ("crm/contact.b", "shop/customer.b", 0.9, "APPROVED"),
    ("crm/contact.=c", "desk/user.c", 0.9, "APPROVED"),
    ("crm/contact.d", "desk/user.d", 0.7, "APPROVED"),
    ("crm/contact.a", "shop/customer.b", 0.3, "REJECTED"),
    ("crm/contact", "shop/customer", 0.9, "SUGGESTED"),
    ("shop/customer.email", "crm/contact.old", 0.9, "APPROVED"),
]

LIST: dict[str, list[object]] = {
    "--limit": [-1],
    "--sort": ["nothing"],
    "--columns": ["nothing"],
    "--format": ["jsonl"],
}
CLUSTERS: dict[str, list[object]] = {
    "--threshold": [0.97],
    "--method": ["magic"],
    "--one-per": ["integration_source"],
    "--calibrate": ["competition"],
    "--floor": [0.95],
    "--setting": ["{folder}/nothing.json"],
}

COMMANDS: dict[str, tuple[list[object], dict[str, list[object]], list[list[object]]]] = {
    "clusters": (
        ["{path}"],
        {
            **CLUSTERS,
            **LIST,
            "--many-in": ["crm"],
            "--recalibrate": [],
            "--level": ["table"],
            "--decisions": ["{folder}/nothing.json"],
            "--output": ["{folder}/extra.csv"],
            "--html": ["{folder}/extra.html"],
            "--no-confidence": [],
            "--json": [],
        },
        [
            [],
            ["--html", "{folder}/b.html"],
            ["-o", "{folder}/a.csv"],
            ["-o", "{folder}/a.html"],
            ["-o", "{folder}/a.json"],
            ["-o", "{folder}/a.tsv"],
            ["--json"],
            ["--json", "-o", "{folder}/a.csv"],
            ["--of", "shop/customer.email", "-t", 0.5],
            ["--of", "shop/customer"],
            ["--named", "email"],
            ["--tree"],
            ["--tree", "-o", "{folder}/a.svg"],
            ["--quality"],
            ["--bridges"],
            ["--refused", "-t", 0.3],
            ["--audit", "--one-per", "integration_source", "-m", "components", "-t", 0.5],
            ["--repair", "--one-per", "integration_source", "-m", "components", "-t", 0.5],
            ["--policies"],
        ],
    ),
    "pairs": (
        ["{pairs}"],
        {
            **LIST,
            "--source": ["nothing"],
            "--target": ["nothing"],
            "--score": ["nothing"],
            "--status": ["nothing"],
            "--groups": ["nothing", "nothing"],
            "--threshold": [0.97],
            "--method": ["magic"],
            "--one-per-group": ["yes"],
            "--many-in": ["nothing"],
            "--calibrate": ["competition"],
            "--floor": [2],
            "--setting": ["{folder}/setting.json"],
            "--quality": [],
            "--memory-limit": ["1GB"],
            "--output": ["{folder}/extra.csv"],
        },
        [[], ["--quality"], ["-o", "{folder}/a.parquet"]],
    ),
    "links": (
        ["{path}"],
        {
            **LIST,
            "--between": ["crm", "shop"],
            "--of": ["desk"],
            "--status": ["APPROVED"],
            "--type": ["DETERMINISTIC"],
            "--system": ["desk"],
            "--level": ["table"],
            "--min-confidence": [0.65],
            "--max-confidence": [0.65],
            "--active-only": [],
            "--evidence": ["full"],
            "--decisions": ["{folder}/nothing.json"],
            "--output": ["{folder}/extra.csv"],
        },
        [[], ["--format", "table"], ["-o", "{folder}/a.csv"]],
    ),
    "find": (
        ["{path}", "email"],
        {
            **LIST,
            "--kind": ["table"],
            "--decisions": ["{folder}/nothing.json"],
            "--threshold": [0.97],
            "--method": ["magic"],
            "--setting": ["{folder}/nothing.json"],
            "--output": ["{folder}/extra.csv"],
        },
        [[], ["--kind", "column"], ["--kind", "cluster", "-t", 0.5]],
    ),
    "info": (
        ["{path}"],
        {
            **LIST,
            "--list": ["nodes"],
            "--json": [],
            "--output": ["{folder}/extra.csv"],
        },
        [[], ["--json"], ["--list", "systems"], ["-o", "{folder}/a.csv"]],
    ),
    "formats": (
        [],
        {**LIST, "--json": [], "--output": ["{folder}/extra.csv"]},
        [[], ["--json"], ["-o", "{folder}/a.csv"]],
    ),
    "evaluate": (
        ["{path}"],
        {
            **CLUSTERS,
            **LIST,
            "--truth": ["{truth}"],
            "--complete": [],
            "--skip-settled": [],
            "--require-nodes": [],
            "--folds": [3],
            "--seed": [-1],
            "--level": ["table"],
            "--decisions": ["{folder}/nothing.json"],
            "--output": ["{folder}/extra.csv"],
            "--json": [],
        },
        [
            ["--folds", 2],
            ["--truth", "{truth}", "-t", 0.5],
            ["--truth", "{truth}", "--json", "-t", 0.5],
            ["--folds", 2, "--json"],
            ["--folds", 2, "-o", "{folder}/a.svg"],
        ],
    ),
    "decide": (
        ["{path}"],
        {
            "--approve": [],
            "--reject": [],
            "--suggest": [],
            "--note": ["because"],
            "--who": ["Ada"],
            "--asked": ["magic"],
            "--journal": ["{folder}"],
            "--dry-run": [],
            "--setting": ["{folder}/nothing.json"],
            "--json": [],
            "--between": ["desk", "crm"],
            "--type": ["DETERMINISTIC"],
            "--min-confidence": [0.95],
            "--max-confidence": [0.65],
            "--take-out": ["shop/customer.a"],
            "--undo": [],
            "--export": ["{folder}/extra.csv"],
            "--import": ["{folder}/nothing.csv"],
            "--merge": ["{folder}/nothing.jsonl"],
        },
        [
            [uid("link 0"), "--approve", "--dry-run"],
            [uid("link 0"), "--reject", "--journal", "{folder}/j.jsonl"],
            ["--between", "crm", "shop", "--reject", "--dry-run"],
            ["--take-out", "shop/customer.email", "--dry-run"],
            ["--undo", "--journal", "{journal}", "--dry-run"],
            ["--import", "{sheet}", "--dry-run"],
            ["--export", "{folder}/a.csv"],
            ["--merge", "{journal}"],
        ],
    ),
    "path": (
        ["{path}", "desk/user.email", "crm/contact.email"],
        {
            **LIST,
            "--directed": [],
            "-k": [0],
            "--max-work": [0],
            "--min-confidence": [0.65],
            "--evidence": ["full"],
            "--decisions": ["{folder}/nothing.json"],
            "--output": ["{folder}/extra.csv"],
            "--html": ["{folder}/extra.html"],
            "--json": [],
        },
        [
            [],
            ["--json"],
            ["--html", "-"],
            ["--html", "{folder}/a.html"],
            ["-o", "{folder}/a.svg"],
            ["-o", "{folder}/a.csv"],
        ],
    ),
    "join": (
        ["{path}", "crm/contact", "desk/user"],
        {
            **LIST,
            "-k": [0],
            "--max-work": [0],
            "--keys": ["magic"],
            "--decisions": ["{folder}/nothing.json"],
            "--sql": ["postgres"],
            "--schemas": ["crm=raw"],
            "--words": ["{folder}/nothing.toml"],
            "--min-confidence": [0.95],
            "--evidence": ["full"],
            "--output": ["{folder}/extra.csv"],
            "--html": ["{folder}/extra.html"],
            "--json": [],
        },
        [[], ["--json"], ["--html", "-"], ["--html", "{folder}/a.html"], ["--sql", "postgres"]],
    ),
    "lineage": (
        ["{path}", "shop/customer.email"],
        {
            **LIST,
            "--down": [],
            "--level": ["table"],
            "--active-only": [],
            "--decisions": ["{folder}/nothing.json"],
            "--up": [],
            "--depth": [0],
            "--per-hop": [1],
            "--min-confidence": [0.92],
            "--output": ["{folder}/extra.csv"],
            "--html": ["{folder}/extra.html"],
            "--json": [],
        },
        [[], ["--json"], ["--html", "-"], ["-o", "{folder}/a.mmd"], ["-o", "{folder}/a.csv"]],
    ),
    "why": (
        ["{path}", "crm/contact.email", "shop/customer.email"],
        {
            **CLUSTERS,
            "--decisions": ["{folder}/nothing.json"],
            "--evidence": ["full"],
            "--output": ["{folder}/extra.svg"],
            "--html": ["{folder}/extra.html"],
            "--json": [],
        },
        [[], ["--json"], ["--html", "-"], ["-o", "{folder}/a.svg"]],
    ),
    "export": (
        ["{path}"],
        {
            "--clusters": ["auto"],
            "--method": ["magic"],
            "--setting": ["{folder}/nothing.json"],
            "--containment": [],
            "--evidence": ["full"],
            "--min-confidence": [0.95],
            "--active-only": [],
            "--profile": ["gephi"],
            "--nested": [],
            "--raw": [],
            "--lineage": ["{ids}"],
            "--option": ["a=1"],
            "--platforms": ["{folder}/nothing.json"],
            "--env": ["DEV"],
            "--suggested": [],
            "--system": ["crm"],
            "--node-attributes": ["{attributes}"],
            "--link-attributes": ["{folder}/nothing.csv"],
            "--decisions": ["{folder}/nothing.json"],
            "--level": ["table"],
        },
        [
            ["-o", "{folder}/a.graphml"],
            ["-o", "{folder}/a.mmd"],
            ["-o", "{folder}/a.json"],
            ["-o", "{folder}/a.dot"],
            ["-o", "{folder}/a.gexf"],
            ["-o", "{folder}/a.cyjs"],
            ["-o", "{folder}/a.jsonld"],
            ["-o", "{folder}/a.html"],
            ["-o", "{folder}/a", "--to", "csv"],
            ["-o", "{folder}/a", "--to", "neo4j"],
            ["-o", "{folder}/a", "--to", "parquet"],
            ["-o", "{folder}/a.ndjson", "--lineage", "{ids}"],
            ["-o", "{folder}/a.datahub.json", "--suggested"],
        ],
    ),
    "review": (
        ["{path}", "--list"],
        {
            **LIST,
            "--journal": ["{folder}/nothing.jsonl"],
            "--order": ["flips"],
            "--random-share": [0],
            "--seed": [-1],
            "--who": ["Ada"],
            "--setting": ["{folder}/nothing.json"],
            "--output": ["{folder}/extra.csv"],
            "--json": [],
        },
        [[], ["--json"], ["-o", "{folder}/a.csv"]],
    ),
    "check": (
        ["{path}"],
        {
            "--against": ["{folder}/nothing.hummgraph"],
            "--config": ["{folder}/nothing.toml"],
            "--setting": ["{folder}/nothing.json"],
            "--decisions": ["{folder}/nothing.json"],
            "--format": ["markdown"],
            "--output": ["{folder}/extra.md"],
        },
        [
            ["--fail-on", "none"],
            ["--fail-on", "none", "--against", "{path}", "--format", "json"],
            ["--fail-on", "none", "-o", "{folder}/a.xml"],
        ],
    ),
    "show": (
        ["{path}"],
        {
            **CLUSTERS,
            "--min-confidence": [0.65],
            "--active-only": [],
            "--evidence": ["full"],
            "--open": [],
            "--decisions": ["{folder}/nothing.json"],
        },
        [["-o", "-"], ["-o", "-", "--engine", "pyvis"]],
    ),
    "diff": (
        ["{path}", "{later}"],
        {
            **LIST,
            "--setting": ["{folder}/nothing.json"],
            "--level": ["table"],
            "--decisions": ["{folder}/nothing.json"],
            "--list": ["nodes"],
            "--evidence": ["full"],
            "--output": ["{folder}/extra.csv"],
            "--json": [],
        },
        [
            [],
            ["--json"],
            ["--list", "causes"],
            ["--list", "members", "-o", "{folder}/a.csv"],
            ["-o", "{folder}/a.md"],
            ["-o", "{folder}/a.html"],
            ["-o", "{folder}/a.json"],
        ],
    ),
    "run": (
        ["-o", "{folder}/out", "--quiet"],
        {
            "--token": ["x"],
            "--organization": ["x"],
            "--base-url": ["http://127.0.0.1:9"],
            "--complete": [],
            "--deadline": [1],
        },
        [["--demo"], ["{path}"]],
    ),
    "doctor": (
        ["--offline"],
        {
            **LIST,
            "--token": ["x"],
            "--organization": ["x"],
            "--base-url": ["http://a.b"],
            "--proxy": ["nothing"],
            "--ca-bundle": ["nothing"],
            "--output": ["{folder}/extra.csv"],
            "--json": [],
        },
        [[], ["--json"], ["-o", "{folder}/a.csv"]],
    ),
}
"""Arguments, options, and the ways to ask for an answer.

An option has a value that changes any answer, or one that is wrong: an error shows that it is read.
"""

RULES = ("--calibrate", "--one-per", "--floor", "--many-in")
"""Options that change the clusters of these links in some answers only."""

IMPLIED = {".datahub.json": {"--active-only"}}
"""Behaviour of formats: an entry about something deleted would bring it back in DataHub."""

SHORT = {"--output": "-o", "--threshold": "-t", "--method": "-m"}

UNTRIED = {
    "--catalogue",
    "--names",
    "--overwrite",
    "--map",
    "--ends",
    "--memory",
    "--relationships",
    "--confidence",
} | {"--skip-missing", "--engine"}
"""Options of reading a file of links, which a snapshot refuses; one that needs relationships; the
long halves of pairs whose other half is tried; and an engine, which answers as Python does."""

CASES = [
    pytest.param(command, way, id=" ".join([command, *map(str, way)]))
    for command, (_, _, ways) in COMMANDS.items()
    for way in ways
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A snapshot and the files that options name."""
    folder = tmp_path_factory.mktemp("combinations")
    records = [
        record(
            source,
            target,
            confidence,
            status=status,
            id=uid(f"link {n}"),
            link_type="DETERMINISTIC" if n % 2 else "PROBABILISTIC",
            evidence={"seen": "canary", "score": 0.25},
        )
        for n, (source, target, confidence, status) in enumerate(ROWS)
    ]
    named = catalogue([place for row in ROWS for place in row[:2]], inactive=["crm/contact.old"])
    snapshot = read_links(records, catalogue=named)
    files = {
        name: folder / file
        for name, file in {
            "path": "small.hummgraph",
            "later": "later.hummgraph",
            "truth": "truth.csv",
            "pairs": "pairs.csv",
            "ids": "ids.txt",
            "attributes": "attributes.csv",
            "journal": "journal.jsonl",
            "sheet": "sheet.csv",
        }.items()
    }
    snapshot.write(files["path"])
    read_links([*records[2:-2], {**records[-1], "status": "REJECTED"}], catalogue=named).write(
        files["later"]
    )
    entities = {
        "crm/contact.email": 1,
        "shop/customer.email": 1,
        "desk/user.email": 2,
        "crm/contact.a": 3,
        "shop/customer.a": 3,
        "nowhere": 4,
    }
    files["truth"].write_text(
        "node_id,entity\n" + "".join(f"{uid(path)},{one}\n" for path, one in entities.items())
    )
    lines = [f"{source},{target},{score}\n" for source, target, score, _ in ROWS[:5]]
    files["pairs"].write_text("source,target,score\n" + "".join(lines))
    files["journal"].write_text(
        f'{{"schema": 2, "kind": "decision", "link_id": "{uid("link 0")}", "status": "REJECTED"}}\n'
    )
    files["sheet"].write_text(f"link_id,new_status\n{uid('link 0')},APPROVED\n")
    files["ids"].write_text(f"{uid('link 6')}\n{uid('link 11')}\n")
    files["attributes"].write_text(f"node_id,rank\n{uid('crm/contact.email')},0.5\n")
    return files


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a folder."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.relative_to(folder).as_posix(), file.read_bytes()


@pytest.mark.parametrize(("command", "way"), CASES)
def test_every_option_has_an_effect_or_is_refused(
    run: Any, tmp_path: Path, places: dict[str, Path], command: str, way: list[object]
) -> None:
    """An option changes what is printed or written, or is wrong usage that names the option."""
    arguments, options, _ = COMMANDS[command]
    idle = []

    def tried(name: str, *more: object) -> tuple[int, str, str, Any]:
        folder = tmp_path / name
        folder.mkdir()
        values = {**places, "folder": folder}
        words = [str(word).format(**values) for word in (*arguments, *way, *more)]
        answer = run(command, *words)
        said = answer.err.replace(str(folder), "")
        return answer.code, answer.out.replace(str(folder), ""), said, dict(contents(folder))

    before = tried("before")
    assert before[0] == 0, before[2]
    for at, (option, value) in enumerate(options.items()):
        if option in way or SHORT.get(option) in way:
            continue
        after = tried(str(at), option, *value)
        if after == before and option not in RULES:
            idle.append(option)
        if "no effect" in after[2]:
            assert after[0] == 2
            assert option in after[2] or SHORT.get(option, option) in after[2]
    implied = [names for end, names in IMPLIED.items() if any(str(w).endswith(end) for w in way)]
    assert set(idle) == set().union(*implied)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_rules_of_clustering_have_an_effect_somewhere(
    run: Any, tmp_path: Path, places: dict[str, Path], command: str
) -> None:
    """Each rule changes at least one answer of each command that clusters."""
    arguments, options, ways = COMMANDS[command]
    for option in [rule for rule in RULES if rule in options]:
        for way in ways:
            words = [str(w).format(**places, folder=tmp_path) for w in (*arguments, *way)]
            changed = run(command, *words, option, *options[option])
            if (changed.out, changed.err) != (run(command, *words).out, ""):
                break
        else:
            pytest.fail(f"{option} has no effect on {command}")


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "run"])
def test_every_option_of_an_answer_is_tried(command: str) -> None:
    """Every option of a command is in the table above."""
    _, options, ways = COMMANDS[command]
    words = {str(word) for way in ways for word in way} | set(options) | UNTRIED
    long = {SHORT.get(word, word) for word in words} | words
    tried = set(options_of([command]).values())
    long |= set(map(str, COMMANDS[command][0]))
    missing = {name for name in tried if not {name, SHORT.get(name, name)} & long}
    if command in {"path", "join"}:
        missing -= {"--active-only"}  # no path of these links uses a deleted node
    assert missing == set()
