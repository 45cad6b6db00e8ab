"""Tests of features that all commands share: help, pipes, completion, messages."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import hummgraph
from hummgraph import cli, errors
from hummgraph.cli import app
from hummgraph.cli.app import _CODES
from hummgraph.cli.hints import error_text, options_of
from hummgraph.cli.sections import SECTIONS
from tests.support.places import ROOT

COMMANDS = {one.callback.__name__: one.callback for one in app.registered_commands if one.callback}
OPTIONS = {"--help", "--version", "--no-confidence", "--require-nodes"} | {
    option for command in COMMANDS for option in options_of([command]).values()
}


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of eighty columns."""
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_and_explains(run: Any, command: str) -> None:
    """Help fits eighty columns, each option has a text, flags take no value, brackets are kept."""
    answer = run(command, "--help")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Usage: ")
    # Names of types are for programmers.
    assert not re.search(r"<[a-z]+>|\bbool\b|\blist\[|x>=|PATH|INTEGER|FLOAT", answer.out)
    for option in options_of([command]).values():
        assert re.search(rf"^  (-\w, )?{re.escape(option)}( |$)", answer.out, re.MULTILINE), option
    for name, parameter in signature(COMMANDS[command]).parameters.items():
        info = parameter.annotation.__metadata__[0]
        assert info.help, name
        assert info.help.endswith((".", "..."))


@pytest.mark.usefixtures("narrow")
def test_help_keeps_brackets(run: Any) -> None:
    """Text in brackets is not markup."""
    assert "hummgraph[sql]" in run("join", "--help").out
    assert "[0, 1)" in run("fetch", "--help").out


@pytest.mark.usefixtures("narrow")
def test_the_first_help_has_whole_sentences(run: Any) -> None:
    """Commands are listed by task, and each exit code has a line."""
    out = run("--help").out
    assert "..." not in out.partition("Exit codes")[0].replace("[ARGS]...", "")
    assert re.search(r"^ +9  no path leads from one to the other$", out, re.MULTILINE)
    listed = [name for name in re.findall(r"^  (\w+)  ", out, re.MULTILINE) if name in COMMANDS]
    assert listed == [name for names in SECTIONS.values() for name in names]


def test_usage_errors_name_what_comes_close(run: Any, kept: Path) -> None:
    """The error for an unknown option names it, without markup."""
    answer = run("clusters", kept, "--colums", "[bold]")
    assert answer.code == 2
    assert "No such option: --colums" in answer.err
    answer = run("info", kept, "--format", "[red]")
    assert "[red]" in answer.err


# --- messages ----------------------------------------------------------------------------------


def texts() -> list[tuple[str, str]]:
    """Return the texts of the source except docstrings, with their modules."""
    found = []
    for path in sorted((ROOT / "src" / "hummgraph").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        described = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        found += [
            (str(path), node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in described
        ]
    return found


def test_texts_name_options_that_exist() -> None:
    """Every option in a message, hint or help text exists."""
    mentioned = {
        (path, option)
        for path, text in texts()
        if "<!--" not in text and "-->" not in text
        for option in re.findall(r"(?<![\w<:!-])--[a-z][a-z-]*\b(?![(:])", text)
    }
    assert len(mentioned) > 40
    unknown = {(path, option) for path, option in mentioned if option not in OPTIONS}
    # Variables of stylesheets, commands of Neo4j and pip, arrows of Mermaid look like options.
    others = ("/explorer/", "/frames/screen.py", "/neo4j.py", "/mermaid.py", "/cli/doctor.py")
    assert not {one for one in unknown if not any(part in one[0] for part in others)}


@pytest.mark.parametrize(
    ("command", "error", "said"),
    [
        (
            "lineage",
            errors.ArgumentError("m.", hint="level='table' lifts."),
            "--level table lifts.",
        ),
        ("path", errors.ArgumentError("m.", hint="Use level='a b'."), "m. Use level 'a b'."),
        ("lineage", errors.ArgumentError("m.", hint="Use level='a b'."), "m. Use --level 'a b'."),
        (
            "path",
            errors.NoPathError("No.", hint="Yes: directed=False."),
            "No. Yes: without --directed.",
        ),
        ("path", errors.ArgumentError("m.", hint="missing='skip' skips."), "m."),
        ("clusters", errors.ThresholdError("threshold is 2; it must be 1."), "--threshold is 2; "),
        ("links", errors.ArgumentError("link_type is 2."), "--type is 2."),
        ("lineage", errors.ArgumentError("9 left out by max_per_hop."), "9 left out by --per-hop."),
        (
            "path",
            errors.ArgumentError("Stopped after 9 (max_work): more."),
            "Stopped after 9 (--max-work allows more): more.",
        ),
        (
            "why",
            errors.ArgumentError("Stopped after 9 (max_work): more."),
            "Stopped after 9: more.",
        ),
        ("nonsense", errors.ArgumentError("level='a' is b."), "level 'a' is b."),
    ],
)
def test_parameters_become_options(command: str, error: Any, said: str) -> None:
    """Parameters are replaced by options of the command; hints without an option are left out."""
    assert said in error_text(error, ["--quiet", command, "x"])
    assert "None" not in error_text(error, [command])


def test_wrong_tables_of_links_name_options(run: Any, tmp_path: Path) -> None:
    """Errors name the options for the mapping and the level of names."""
    path = tmp_path / "matches.csv"
    path.write_text("left,right,score\na/t.x,b/u.y,0.5\n")
    answer = run("info", path)
    assert answer.code == 2
    assert "--map left=source --map right=target --map score=confidence" in answer.err
    assert "columns=" not in answer.err
    path.write_text("source,target,confidence\ncrm/contact,desk/user,0.9\n")
    answer = run("clusters", path)
    assert "--ends table" in answer.err
    assert "level=" not in answer.err


# --- pipes -------------------------------------------------------------------------------------

STARTED = {
    "python -m": [sys.executable, "-m", "hummgraph"],
    "function": [sys.executable, "-c", "from hummgraph.cli import main; main()"],
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
@pytest.mark.parametrize(
    ("started", "arguments"),
    [
        ("function", ["links", "{}"]),
        *(
            ("python -m", arguments)
            for arguments in (
                ["links", "{}"],
                ["links", "{}", "--format", "parquet"],
                ["links", "{}", "-o", "-", "--format", "csv"],
                ["clusters", "{}", "--json"],
                ["info", "{}"],
                ["clusters", "--help"],
                ["--version"],
                ["export", "{}", "-o", "-", "--to", "html"],
                ["export", "{}", "-o", "/dev/stdout", "--to", "html"],
            )
        ),
    ],
)
def test_a_reader_that_leaves_is_no_error(kept: Path, started: str, arguments: list[str]) -> None:
    """If the reader of the output leaves, nothing is printed and the exit code is 0."""
    given = [word.format(kept) for word in arguments]
    with subprocess.Popen(
        [*STARTED[started], *given], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_reader_that_leaves_in_the_middle(tmp_path: Path) -> None:
    """A reader may leave after part of a large output, also if errors go to the same pipe."""
    from tests.support.builders import snapshot

    path = tmp_path / "many.hummgraph"
    rows: list[Any] = [(f"a/t{n}.x", f"b/u{n}.x", 0.9) for n in range(2000)]
    snapshot(rows).write(path)
    command = [sys.executable, "-m", "hummgraph", "links", str(path)]
    for errors_go in (subprocess.PIPE, subprocess.STDOUT):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors_go) as running:
            assert running.stdout is not None
            assert running.stdout.readline().startswith(b"link_id\t")
            running.stdout.close()
            if running.stderr is not None:
                assert running.stderr.read() == b""
        assert running.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_an_error_keeps_its_code_where_nobody_reads_it() -> None:
    """The exit code is kept if the reader of standard error has left."""
    command = [sys.executable, "-m", "hummgraph", "info", "nowhere.hummgraph"]
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(command, stdout=writing, stderr=writing) as running:
        os.close(writing)
    assert running.returncode in {0, 7}


def test_python_m_is_the_same_command() -> None:
    """The command runs with python -m, and its help shows that."""
    done = subprocess.run(
        [*STARTED["python -m"], "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"hummgraph {hummgraph.__version__}\n"
    done = subprocess.run(
        [*STARTED["python -m"], "clusters", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Usage: python -m hummgraph clusters SNAPSHOT [OPTIONS]")


# --- a full disk ---------------------------------------------------------------------------------

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["formats"], ["info", "{demo}"], ["info", "{demo}", "--json"]],
    ids=" ".join,
)
def test_a_full_standard_output_is_an_error_of_ours(arguments: list[str], kept: Path) -> None:
    """Whatever is printed, the exit code is that of an output that cannot be written."""
    words = [word.format(demo=kept) for word in arguments]
    with FULL.open("w") as full:
        made = subprocess.run(
            [sys.executable, "-m", "hummgraph", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert made.returncode == 8, made.stderr
    assert "Traceback" not in made.stderr
    assert "No space left on device" in made.stderr


# --- wrong usage ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "x", "--format", "graphml"), "(Possible options: --to)"),
        (("links", "x", "--redact"), None),
        (("links", "x", "--to", "csv"), "(Possible options: --format)"),
        (("links", "x", "--limits", "5"), "(Possible options: --limit)"),
        (("why", "x", "a", "b", "--format", "tsv"), None),
    ],
)
def test_an_unknown_option_is_answered_by_the_one_that_was_meant(
    run: Any, arguments: tuple[str, ...], said: str | None
) -> None:
    """Other words for the same thing are known, and what is not similar is not proposed."""
    answer = run(*arguments)
    assert answer.code == 2
    assert ("Possible" in answer.err) == (said is not None), answer.err
    assert (said or "No such option") in answer.err


def test_a_wrong_choice_is_answered_in_plain_words(run: Any) -> None:
    """Nothing of Python's is left in the message."""
    answer = run("info", "x", "--list", "nix")
    assert answer.code == 2
    assert "Value error" not in answer.err
    assert "'nix' is not one of 'systems'" in answer.err


# --- completion --------------------------------------------------------------------------------


def test_completion_can_be_shown(run: Any) -> None:
    """The completion script is that of the running or the named shell."""
    done = subprocess.run(
        [sys.executable, "-c", "from hummgraph.cli import main; main()", "--show-completion"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr
    assert "--show-completion" in run("--help").out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("hummgraph cl", {"clusters"}),
        ("hummgraph clusters --bri", {"--bridges"}),
        ("hummgraph links --format pa", {"parquet"}),
        ("hummgraph links x --status a", {"approved"}),
        ("hummgraph links x --type P", {"PROBABILISTIC"}),
        ("hummgraph links x --level t", {"table"}),
        ("hummgraph find x --kind c", {"column", "cluster"}),
        ("hummgraph links x --sort conf", {"confidence"}),
        ("hummgraph links x --columns status,w", {"status,weight"}),
        ("hummgraph clusters x --quality --sort d", {"deleted", "density", "determinism_ratio"}),
        ("hummgraph info x --list unlinked --columns p", {"path"}),
        ("hummgraph export x --evidence v", {"vocabulary"}),
    ],
)
def test_the_shell_completes_commands_options_and_values(words: str, offered: set[str]) -> None:
    """Completion works as bash requests it."""
    done = subprocess.run(
        [sys.executable, "-c", "from hummgraph.cli import app; app(prog_name='hummgraph')"],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "_HUMMGRAPH_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        },
    )
    assert set(done.stdout.split()) == offered, done.stderr


# --- codes -------------------------------------------------------------------------------------


def test_help_lists_the_commands_and_exit_codes(run: Any) -> None:
    """Help lists commands and exit codes."""
    answer = run("--help")

    assert answer.code == 0
    for word in ("run", "demo", "fetch", "info", "clusters", "export", "show", "130"):
        assert word in answer.out


@pytest.mark.parametrize("command", ["run", "demo", "fetch", "info", "clusters", "export", "show"])
def test_each_command_has_help(run: Any, command: str) -> None:
    """Every command has help."""
    assert "Usage" in run(command, "-h").out


def test_version(run: Any) -> None:
    """The version is printed."""
    assert re.fullmatch(r"hummgraph \d+\.\d+\.\d+\n", run("--version").out)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["info", "nothing.hummgraph"], 7),
        (["clusters", "{kept}", "-t", "1.5"], 2),
        (["clusters", "{kept}", "-t", "much"], 2),
        (["clusters", "{kept}", "--method", "magic"], 2),
        (["export", "{kept}", "-o", "file.unknown"], 2),
        (["export", "{kept}", "-o", "nowhere/file.graphml"], 8),
        (["show", "{kept}", "-o", "nowhere/page.html"], 8),
        (["info", "{kept}", "--names", "names.json"], 2),
        (["info", "{html}"], 6),
        (["run", "--demo", "-o", "{html}/out", "-q"], 8),
        (["nonsense"], 2),
        (["info"], 2),
        (["info", "--nonsense"], 2),
    ],
)
def test_errors_have_codes(
    run: Any, kept: Path, tmp_path: Path, arguments: list[str], code: int
) -> None:
    """Each kind of failure has its exit code, a message, and nothing on standard output."""
    html = tmp_path / "page.html"
    html.write_text("<!doctype html><p>Sign in</p>")
    before = sorted(tmp_path.rglob("*"))
    answer = run(*(argument.format(kept=kept, html=html) for argument in arguments))

    assert answer.code == code
    assert answer.err
    assert answer.out == ""
    assert sorted(tmp_path.rglob("*")) == before


def test_every_error_has_a_code() -> None:
    """Only documented codes are used; other errors have code 1."""
    documented = set(cli.EXIT_CODES)
    used = {code for code, _ in _CODES}

    assert used < documented
    assert cli.exit_code(errors.MissingDependencyError("x")) == 1
    assert cli.exit_code(errors.ThresholdError("x")) == 2
    assert cli.exit_code(errors.RateLimitError("x")) == 5


def test_columns_of_the_environment_break_no_line_in_a_pipe(kept: Path) -> None:
    """COLUMNS is the width of a terminal; remarks on standard error stay whole in a pipe."""
    answer = subprocess.run(
        [sys.executable, "-m", "hummgraph", "clusters", kept, "-m", "average", "-t", "0.9"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "40"},
    )
    assert "1 link at or above the threshold did not join." in answer.stderr
    assert "'hummgraph clusters --refused' lists it." in answer.stderr
