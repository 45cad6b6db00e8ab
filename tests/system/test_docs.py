"""Tests that what is written holds: README, documentation, notebook."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hummgraph
from hummgraph import cli
from hummgraph.cli.reports import print_findings
from hummgraph.datasets import server as demo_server
from hummgraph.records import quarantine
from hummgraph.snapshot.reading import CATALOGUE_FILES
from tests.support.places import ROOT
from tests.system import doc_examples as examples
from tests.system import doc_tables as tables

DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *DOCS.rglob("*.rst"))
    if not {"_build", "generated"} & set(path.parts)
)
COMMANDS = {
    command.callback.__name__.replace("_", "-")
    for command in cli.app.registered_commands
    if command.callback
}


def text_of(path: Path) -> str:
    """Read a page."""
    return path.read_text(encoding="utf-8")


def block_after(marker: str) -> str:
    """Return the block that follows a marker in the README."""
    found = re.search(
        rf"<!-- {marker} -->\n```sh\n(.*?)```", text_of(ROOT / "README.md"), re.DOTALL
    )
    assert found is not None
    return found[1].strip()


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def notebook(path: Path) -> dict[str, Any]:
    """Return a notebook."""
    content: dict[str, Any] = json.loads(text_of(path))
    return content


# --- README ----------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", ["demo", "test"])
def test_the_readme_has_one_command_for_each_purpose(marker: str) -> None:
    """One line, so that it can be pasted, in a fresh virtual environment."""
    command = block_after(marker)

    assert "\n" not in command
    steps = [shlex.split(step) for step in command.split("&&")]
    assert steps[0] == ["python3", "-m", "venv", ".venv"]
    assert all(step[0].startswith(".venv/bin/") for step in steps[1:])


def test_the_demo_command_does_the_main_job() -> None:
    """It ends in a command that exists, with options that exist."""
    last = shlex.split(block_after("demo").split("&&")[-1])

    assert last[0] == ".venv/bin/hummgraph"
    assert last[1] in COMMANDS
    page = text_of(DOCS / "reference" / "command-line.md")
    section = page.partition(f"### hummgraph {last[1]}\n")[2].partition("\n### ")[0]
    for word in last[2:]:
        assert not word.startswith("-") or f"`{word}`" in section


def test_the_test_command_installs_a_group_that_exists() -> None:
    """The group is in pyproject.toml, and pip is renewed first: it must know groups."""
    import tomllib

    command = block_after("test")
    groups = tomllib.loads(text_of(ROOT / "pyproject.toml"))["dependency-groups"]
    found = re.search(r"--group (\w+)", command)

    assert found is not None
    assert found[1] in groups
    assert command.index("-U pip") < command.index("--group")
    assert "-m pytest" in command


def test_every_command_is_in_a_guide() -> None:
    """Every command is shown where somebody looks for its task."""
    guides = [*DOCS.glob("how-to/*.md"), *DOCS.glob("*/index.md"), *DOCS.glob("operate/*.md")]
    shown = {
        name
        for path in (ROOT / "README.md", *guides)
        for name in re.findall(r"hummgraph (\w[\w-]*)", text_of(path))
    }

    assert shown >= COMMANDS


def test_the_readme_quotes_figures_of_the_page_of_figures() -> None:
    """The figures of speed are those that a benchmark printed."""
    line = text_of(ROOT / "README.md").partition("**How fast:**")[2].partition("(`")[0]
    figures = re.findall(r"[\d.]+ s\b", line)
    rows = re.findall(
        r"\(([\d.]+ s)\) \|$", text_of(DOCS / "explanation/performance.md"), re.MULTILINE
    )

    assert len(figures) == 2
    assert set(figures) <= set(rows)


def test_every_page_opens_with_a_question() -> None:
    """After its title a page says which question it answers; only modules do not."""
    for path in PAGES:
        if path.suffix == ".md" and path.parent not in (ROOT, DOCS):
            lines = [line for line in text_of(path).splitlines() if line.strip()]
            title = next(n for n, line in enumerate(lines) if line.startswith("# "))
            assert re.fullmatch(r"\*[^*]+\?\*", lines[title + 1]), path


def test_the_readme_shows_what_the_demo_prints(
    demo_snapshot: hummgraph.Snapshot,
    demo_graph: hummgraph.LinkGraph,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is what the command prints first."""
    shown = text_of(ROOT / "README.md").partition("It prints")[2].split("```")[1]
    found = hummgraph.cluster(demo_graph)
    print_findings(demo_snapshot, found)

    assert capsys.readouterr().out.splitlines() == shown.splitlines()[1:]


def test_what_the_readme_writes_is_ignored() -> None:
    """Files of its commands, run in the project's folder, never get into a commit."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    lines = re.findall(r"hummgraph [a-z]+ [^`\n|]*", text_of(ROOT / "README.md"))
    options = r" (?:-o|--output|--journal|--write) ([\w./-]+)"
    written = {name for line in lines for name in re.findall(options, line)}
    assert written

    ignored = subprocess.run(
        ["git", "check-ignore", *(f"{name}/x" for name in written)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()

    assert {name.removesuffix("/x") for name in ignored} == written


# --- reference -------------------------------------------------------------------------------


def test_every_public_name_is_in_the_reference() -> None:
    """`hummgraph.__all__` and the reference are one list."""
    pages = "".join(text_of(path) for path in (DOCS / "reference").iterdir() if path.is_file())
    documented = set(
        re.findall(
            r"\.\. auto(?:class|function|module):: (?:hummgraph\.)?(\w+)$", pages, re.MULTILINE
        )
    )

    assert documented >= set(hummgraph.__all__)
    assert documented - set(hummgraph.__all__) <= {"columns", "demo_server"}


@pytest.mark.parametrize("path", tables.PAGES, ids=lambda path: path.stem)
def test_tables_are_as_the_code_has_them(path: Path) -> None:
    """Run ``python -m tests.system.doc_tables`` when this fails."""
    assert text_of(path) == tables.filled(text_of(path))


def test_no_table_is_left_out() -> None:
    """Each table that the code decides stands in one page."""
    pages = "".join(map(text_of, tables.PAGES))
    placed = re.findall(r"<!-- table: ([\w-]+) -->", pages)

    assert sorted(placed) == sorted(tables.NAMES)


def test_the_json_output_is_as_described(demo_graph: hummgraph.LinkGraph) -> None:
    """The members of what ``--json`` prints are listed in the reference."""
    page = text_of(DOCS / "reference" / "command-line.md")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    report = demo_graph.snapshot.report.to_dict() | demo_graph.summary().to_dict()
    found = hummgraph.cluster(demo_graph).to_dict()
    ends = ("Stripe/customers.email", "Zendesk/users.email")
    paths = hummgraph.strongest_paths(demo_graph, *ends).to_dict()
    joins = hummgraph.join_paths(demo_graph, "Stripe/customers", "Zendesk/users").to_dict()

    for command, members in (
        ("info", [*report, "bad_share"]),
        ("clusters", found),
        ("path", paths),
        ("join", joins),
        ("lineage", hummgraph.downstream(demo_graph, ends[0]).to_dict()),
    ):
        described = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", rows[command]))
        assert set(described) == set(members)
    for command, result in (("clusters", found), ("path", paths), ("join", joins)):
        for name, members in re.findall(r"`(\w+)` \(each with ([^)]*)\)", rows[command]):
            assert re.findall(r"`(\w+)`", members) == list(result[name][0])


def test_the_files_of_a_snapshot_are_described(
    demo_snapshot: hummgraph.Snapshot, tmp_path: Path
) -> None:
    """Every file that is written, and every table's schema."""
    page = text_of(DOCS / "reference" / "snapshot.md")
    demo_snapshot.write(tmp_path / "demo.hummgraph")

    for path in (tmp_path / "demo.hummgraph").iterdir():
        assert f"| `{path.name}` |" in page
    for name in ("links", *CATALOGUE_FILES):
        assert f"### {name}\n" in page


def test_flags_are_described(demo_snapshot: hummgraph.Snapshot) -> None:
    """Each oddity that a report counts is in the reference."""
    page = text_of(DOCS / "reference" / "quarantine.md")

    for flag in demo_snapshot.flags:
        assert f"| `{flag}` |" in page


def test_reasons_that_the_demo_shows_are_known(demo_snapshot: hummgraph.Snapshot) -> None:
    """Reason codes of a quarantine are those of the table."""
    for record in demo_snapshot.quarantine:
        for reason in record.reasons:
            assert reason.code in quarantine.REASON_CODES


# --- pages -----------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    with examples.account():
        yield


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the examples of the command line are for bash")
@pytest.mark.parametrize("path", examples.PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_examples_print_what_the_page_says(path: Path) -> None:
    """Run ``python -m tests.system.doc_examples`` when only the output changed."""
    assert examples.run_page(text_of(path), path.name) == text_of(path)


@pytest.mark.parametrize("path", examples.PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_example_prints_something(path: Path) -> None:
    """An output that is shown is not empty: the reader would see an example that finds nothing."""
    assert not re.search(r"^```text\n\s*```$", text_of(path), re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_relative_links_lead_somewhere(path: Path) -> None:
    """A link to a file of the project names one that exists; a heading, one that is there."""
    for target in re.findall(r"(?:\]\(|\{image\} )([^)\s]+)", text_of(path)):
        if re.match(r"https?://", target):
            continue
        name, _, heading = target.partition("#")
        there = path.parent / name if name else path
        if name.startswith("pictures/") and path.stem == "gallery":
            there = DOCS / "images" / "gallery.py"  # the build draws it
        assert there.exists(), target
        if heading:
            slugs = {
                re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-")
                for line in re.findall(r"^#+ (.*)$", text_of(there), re.MULTILINE)
            }
            assert heading in slugs, target


def test_links_of_the_readme_lead_to_pages_that_read_well_on_a_code_host() -> None:
    """A code host shows plain Markdown: a list of contents or a picture must not be a directive."""
    targets = set(re.findall(r"\]\((docs/[^)#]+)", text_of(ROOT / "README.md")))
    pages = [ROOT / target for target in targets if not target.endswith(".png")]
    assert len(pages) > 10
    for page in pages:
        assert page.suffix == ".md", page
        shown = re.sub(r"^```\{toctree\}\n:hidden:\n", "", text_of(page), flags=re.MULTILINE)
        assert not re.findall(r"^```\{\w+\}.*", shown, re.MULTILINE), page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nothing_is_left_to_fill_in(path: Path) -> None:
    """No placeholder is published."""
    assert not re.findall(r"\b(TODO|XXX|[A-Z]+_TEXT)\b", text_of(path))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_commands_that_are_shown_exist(path: Path) -> None:
    """After ``hummgraph`` in code stands a command."""
    page = text_of(path)
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    lines = re.findall(r"^(?:\$ )?hummgraph (\w[\w-]*)", "".join(blocks), re.MULTILINE)

    assert {*lines, *re.findall(r"`hummgraph (\w[\w-]*)", page)} <= COMMANDS


# --- notebooks -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_was_run_whole_and_in_order(path: Path) -> None:
    """It is kept with the outputs of one run without an error."""
    code = [cell for cell in notebook(path)["cells"] if cell["cell_type"] == "code"]

    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert kinds <= {"stream", "display_data", "execute_result"}
    streams = {o["name"] for cell in code for o in cell["outputs"] if o["output_type"] == "stream"}
    assert streams <= {"stdout"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_tells_nothing_of_the_machine_it_ran_on(path: Path) -> None:
    """No path, port or user name is kept with it."""
    outputs = json.dumps([cell.get("outputs", []) for cell in notebook(path)["cells"]])

    assert not re.search(r"127\.0\.0\.1|localhost|/tmp/|/home/|/root/|\\\\Users\\\\", outputs)
    assert str(Path.home()) not in outputs


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_answers_one_question_in_few_cells(path: Path) -> None:
    """Its title is the question, a picture is kept that needs no script, and nothing is hidden."""
    cells = notebook(path)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]

    assert "".join(cells[0]["source"]).splitlines()[0].endswith("?")
    assert len(cells) < 20
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)
    assert "[redacted]" not in json.dumps(cells)


def test_the_notebooks_cover_the_main_job() -> None:
    """From fetching to exporting, each verb is used."""
    source = "".join(
        "".join(cell["source"]) for path in NOTEBOOKS for cell in notebook(path)["cells"]
    )

    assert demo_server.__name__ in source
    for verb in (
        "client.fetch()",
        "snapshot.report",
        "hg.LinkGraph(snapshot)",
        "graph.where(",
        ".project(",
        "hg.cluster(",
        ".contradictions",
        ".crosswalk()",
        "nx.pagerank(",
        "hg.write(",
        "hg.show(",
    ):
        assert verb in source


# --- faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("table", "n_rows"), [("faults", 48), ("records", 25)])
def test_every_fault_has_tests_that_are_there(table: str, n_rows: int) -> None:
    """Each row names tests by functions that exist."""
    page = text_of(DOCS / "development" / "faults.md")
    section = page.split(f"<!-- tests: {table} -->")[1].split("<!-- end of tests -->")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
    written = "".join(text_of(path) for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)\(", written, re.MULTILINE))
    assert len(rows) == n_rows
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row.rsplit("|", 2)[1])
        assert named, row
        assert set(named) <= there, row
