"""Tests of the scripts: what asks programs of others, and what is measured of coverage."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import slow
from tests.support.places import ROOT, SLOW

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = ROOT / "scripts"
DESCRIPTIONS = sorted((SCRIPTS / "programs").glob("*.toml"))


DESCRIBED = 'variable = "READER"\ntests = ["test_reading.py"]\njudges = ["writer.py"]\n'


@pytest.fixture
def neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module, in a project of its own with one program, which echoes."""
    spec = importlib.util.spec_from_loader(
        "neighbours", SourceFileLoader("neighbours", str(SCRIPTS / "neighbours"))
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "neighbours", module)
    spec.loader.exec_module(module)
    for name, place in {
        "ROOT": "",
        "PROGRAMS": "scripts/programs",
        "RECORD": "scripts/neighbours.json",
        "ENVIRONMENTS": ".neighbours",
    }.items():
        monkeypatch.setattr(module, name, tmp_path / place)
    (tmp_path / "scripts" / "programs").mkdir(parents=True)
    (tmp_path / "writer.py").write_text("first")
    (tmp_path / "test_reading.py").write_text(
        "import os\n\n\ndef test_reading():\n    assert os.environ['READER'] == 'a-reader'\n"
    )
    (tmp_path / "scripts" / "programs" / "reader.toml").write_text(
        'requirements = []\ncommand = "reader"\n' + DESCRIBED
    )
    monkeypatch.setenv("READER", "a-reader")
    monkeypatch.setenv("VENV", "none")
    return module


def test_a_program_is_asked_once_until_its_files_change(
    neighbours: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The hash of what has passed is kept; a changed file, or asking for it, runs the tests."""
    told = []
    for change, arguments in ((None, []), (None, []), ("second", []), (None, ["--all"])):
        if change:
            (tmp_path / "writer.py").write_text(change)
        assert neighbours.main(arguments) == 0
        told.append(capfd.readouterr().out.splitlines()[-1])

    passed, unchanged = "reader: passed", "reader: its files are those that it has passed"
    assert told == [passed, unchanged, passed, passed]
    assert set(json.loads((tmp_path / "scripts" / "neighbours.json").read_text())) == {"reader"}


@pytest.mark.parametrize("test", ["assert False", "import pytest; pytest.skip('no reader')"])
def test_a_program_that_refuses_or_was_not_asked_fails(
    neighbours: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], test: str
) -> None:
    """A test that fails or is skipped is no judgement in our favour, and is not kept as one."""
    (tmp_path / "test_reading.py").write_text(f"def test_reading():\n    {test}\n")

    assert neighbours.main([]) == 1
    assert "reader: NOT passed" in capfd.readouterr().out
    assert not (tmp_path / "scripts" / "neighbours.json").exists()


@pytest.mark.parametrize(
    ("line", "arguments", "reason"),
    [
        ('needs = ["no-such-command"]', [], "it needs no-such-command, which is not on PATH"),
        ("", ["--minutes", "-1"], "no time is left"),
    ],
)
def test_a_program_that_cannot_be_had_is_left_out_with_a_reason(
    neighbours: Any,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    *,
    line: str,
    arguments: list[str],
    reason: str,
) -> None:
    """It is no failure, and nothing is kept of it."""
    path = tmp_path / "scripts" / "programs" / "reader.toml"
    path.write_text(f"{line}\n{path.read_text()}")

    assert neighbours.main(arguments) == 0
    assert capfd.readouterr().out == f"reader: left out, {reason}\n"
    assert not (tmp_path / "scripts" / "neighbours.json").exists()


def test_a_program_of_debian_is_found_where_its_package_puts_it(
    neighbours: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest is asked; nothing is installed."""
    path = tmp_path / "scripts" / "programs" / "reader.toml"
    path.write_text(f'debian = "readers"\ncommand = "{tmp_path}/*/reader"\n' + DESCRIBED)
    monkeypatch.delenv("READER")
    monkeypatch.setenv("PATH", str(tmp_path))
    for version in ("9", "15"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "reader").touch()
    (tmp_path / "test_reading.py").write_text(
        "import os\n\n\ndef test_reading():\n"
        "    assert os.environ['READER'].endswith('/15/reader')\n"
    )

    assert neighbours.main([]) == 0
    assert set(json.loads((tmp_path / "scripts" / "neighbours.json").read_text())) == {"reader"}


@pytest.mark.parametrize(
    ("user", "ends", "reason"),
    [
        (0, None, "it needs Debian's package readers, which only root can install"),
        (1000, 0, "it needs Debian's package readers, which only root can install"),
        (0, 100, "apt-get -qq update ended with 100"),
        (0, 0, "Debian's package readers has no /no-such-folder/*/reader"),
    ],
)
def test_a_program_that_debian_does_not_give_is_left_out_with_a_reason(
    neighbours: Any,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    user: int,
    ends: int | None,
    reason: str,
) -> None:
    """Without apt-get or its user, or where it fails, it is no failure."""
    path = tmp_path / "scripts" / "programs" / "reader.toml"
    path.write_text('debian = "readers"\ncommand = "/no-such-folder/*/reader"\n' + DESCRIBED)
    monkeypatch.delenv("READER")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if ends is not None:
        program = tmp_path / "apt-get"
        program.write_text(f"#!/bin/sh\nexit {ends}\n")
        program.chmod(0o755)

    assert neighbours.main([]) == 0
    assert capfd.readouterr().out == f"reader: left out, {reason}\n"


def test_a_file_that_is_not_there_is_an_error(neighbours: Any, tmp_path: Path) -> None:
    """A description that names a file which was moved would judge nothing."""
    (tmp_path / "writer.py").unlink()

    with pytest.raises(SystemExit, match=r"reader.toml names 'writer.py', which is not there"):
        neighbours.main([])


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: path.stem)
def test_descriptions_name_what_is_there(path: Path) -> None:
    """Files exist, and the tests look for the program by the variable that is set."""
    described = tomllib.loads(path.read_text(encoding="utf-8"))

    assert set(described) <= {
        "requirements",
        "debian",
        "command",
        "variable",
        "tests",
        "judges",
        "needs",
        "runs_in",
    }
    for pattern in (*described["tests"], *described["judges"]):
        assert list(ROOT.glob(pattern)), pattern
    tests = "".join((ROOT / name).read_text(encoding="utf-8") for name in described["tests"])
    assert described["variable"] in tests


def test_the_record_is_of_programs_that_are_described() -> None:
    """A program that is no longer asked is not kept."""
    kept = json.loads((SCRIPTS / "neighbours.json").read_text(encoding="utf-8"))

    assert set(kept) <= {path.stem for path in DESCRIPTIONS}
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in kept.values())


@pytest.mark.parametrize("name", ["install", "check", "test", "docs", "coverage", "neighbours"])
def test_scripts_run_and_are_described(name: str) -> None:
    """Each can be run as it is, and has a row in the page."""
    assert os.access(SCRIPTS / name, os.X_OK)
    assert f"| `scripts/{name}` |" in (ROOT / "docs/development/checks.md").read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for bash")
@pytest.mark.parametrize("name", ["install", "docs"])
def test_unknown_arguments_print_the_usage(name: str) -> None:
    """Nothing is installed or built by mistake."""
    done = subprocess.run(
        [SCRIPTS / name, "--nonsense"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert f"scripts/{name}" in done.stderr


def test_coverage_is_asked_of_packages_that_are_there() -> None:
    """The core is these packages, whole; a pattern that matches nothing would always pass."""
    script = (SCRIPTS / "coverage").read_text(encoding="utf-8")
    found = re.search(r"^for package in (.*); do$", script, re.MULTILINE)

    assert found is not None
    assert found[1].split() == [
        "frames",
        "records",
        "snapshot",
        "graph",
        "drawing",
        "algorithms",
    ]
    for package in found[1].split():
        place = ROOT / "src" / "hummgraph" / package
        assert place.is_dir() or place.with_suffix(".py").is_file()


# --- slow tests ----------------------------------------------------------------------------------


def test_slow_tests_are_there() -> None:
    """A test that was renamed is listed under its new name, or in no need of the list."""
    names = SLOW.read_text(encoding="utf-8").split()

    assert names == sorted(set(names))
    for name in names:
        file, _, function = name.rpartition("::")
        path = ROOT / file.partition("::")[0]
        assert path.is_file(), name
        assert re.search(rf"^ *def {function}\(", path.read_text("utf-8"), re.MULTILINE), name


def test_a_test_is_slow_where_its_cases_are_in_sum(tmp_path: Path) -> None:
    """Cases of one test count together, by their CPU; what did not run stays where it was.

    The folders that have a marker are left out.
    """
    cases = [
        ("tests.graph.test_policy", "test_a[1]", 0.6),
        ("tests.graph.test_policy", "test_a[2[3]]", 0.6),
        ("tests.graph.test_policy", "test_b", 0.9),
        ("tests.system.test_docs", "test_c", 9.0),
        ("tests.system.test_fault_sequences.TestFetches", "runTest", 9.0),
        ("tests.explorer.browser.test_model", "test_d", 9.0),
    ]
    results = tmp_path / "results.xml"
    results.write_text(
        "<testsuites><testsuite>"
        + "".join(
            f'<testcase classname="{c}" name="{n}" time="99"><properties>'
            f'<property name="{slow.PROPERTY}" value="{t}"/></properties></testcase>'
            for c, n, t in cases
        )
        + '<testcase classname="tests.graph.test_data" name="test_e"><skipped/></testcase>'
        + "</testsuite></testsuites>"
    )
    seconds = slow.seconds_of_tests(str(results))

    assert seconds["tests/system/test_fault_sequences.py::TestFetches::runTest"] == 9
    assert slow.listed(seconds, 1) == ["tests/graph/test_policy.py::test_a"]
    assert slow.listed(seconds, 0.5) == [
        "tests/graph/test_policy.py::test_a",
        "tests/graph/test_policy.py::test_b",
    ]
    before = [f"tests/graph/{name}" for name in ("test_data.py::test_e", "test_policy.py::test_b")]
    assert slow.listed(seconds, 1, before) == [before[0], "tests/graph/test_policy.py::test_a"]


def _program(path: Path, text: str, *, to: str = "1") -> None:
    """Write a program that prints a text, to its output or its errors, and exits with 1."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\ncat >&{to} <<'X'\n{text}\nX\nexit 1\n")
    path.chmod(0o755)


def _audit(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the audit with the programs in ``tmp_path``."""
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [sys.executable, SCRIPTS / "audit", *arguments],
        env=dict(os.environ, VENV=str(tmp_path), PATH=path),
        capture_output=True,
        text=True,
        check=False,
    )


def _python_report(*vulnerabilities: dict[str, Any], not_asked: int = 0) -> str:
    package = {"name": "httpx", "version": "0.27", "vulns": list(vulnerabilities)}
    left_out = [{"name": f"own{number}", "skip_reason": "unknown"} for number in range(not_asked)]
    return json.dumps({"dependencies": [package, *left_out]})


def test_an_audit_of_some_packages_only_is_not_enough(tmp_path: Path) -> None:
    """Packages that the registry does not know are named, and fail an audit that is required."""
    _program(tmp_path / "bin" / "pip-audit", _python_report(not_asked=2))
    _program(tmp_path / "bin" / "npm", '{"vulnerabilities": {}}')
    made = _audit(tmp_path)
    assert made.returncode == 0
    assert "pip-audit: 2 not asked\n  own0: unknown\n  own1: unknown\n" in made.stdout
    assert _audit(tmp_path, "--required").returncode == 1


def test_programs_that_are_missing_are_named(tmp_path: Path) -> None:
    """Without an environment or npm the audit prints what it cannot run, one line each."""
    (tmp_path / "bin").mkdir()
    made = subprocess.run(
        [sys.executable, SCRIPTS / "audit", "--required"],
        env=dict(os.environ, VENV=str(tmp_path), PATH=str(tmp_path / "bin")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stderr) == (1, "")
    first, second = made.stdout.splitlines()
    assert first.startswith("pip-audit: not asked: cannot run ")
    assert first.endswith("pip-audit: No such file or directory")
    assert second == "npm audit: not asked: cannot run npm: No such file or directory"


def test_the_audit_passes_without_known_vulnerabilities(tmp_path: Path) -> None:
    """Both registries were asked for every package."""
    _program(tmp_path / "bin" / "pip-audit", _python_report())
    _program(tmp_path / "bin" / "npm", '{"vulnerabilities": {}}')
    made = _audit(tmp_path, "--required")
    assert made.returncode == 0
    assert "pip-audit: 0 vulnerable" in made.stdout
    assert "npm audit: 0 vulnerable" in made.stdout


@pytest.mark.parametrize("which", ["pip-audit", "npm"])
def test_a_known_vulnerability_fails_the_audit(tmp_path: Path, which: str) -> None:
    """One in either lock file is enough; its package is named."""
    found = {"id": "CVE-1", "fix_versions": ["0.28"]} if which == "pip-audit" else None
    _program(tmp_path / "bin" / "pip-audit", _python_report(*([found] if found else [])))
    preact = '"preact": {"severity": "high"}' if which == "npm" else ""
    _program(tmp_path / "bin" / "npm", f'{{"vulnerabilities": {{{preact}}}}}')
    made = _audit(tmp_path)
    assert made.returncode == 1
    assert ("httpx 0.27: CVE-1" if found else "preact: high") in made.stdout


@pytest.mark.parametrize(
    "answer",
    ["connection refused", '{"dependencies": [{"name": "httpx", "skip_reason": "no connection"}]}'],
)
def test_a_registry_that_does_not_answer_fails_a_required_audit_only(
    tmp_path: Path, answer: str
) -> None:
    """No answer is not taken for a good one: it is reported, and refused before a release."""
    _program(tmp_path / "bin" / "pip-audit", answer, to="1" if answer[0] == "{" else "2")
    _program(tmp_path / "bin" / "npm", '{"message": "405 Method Not Allowed"}')
    made = _audit(tmp_path)
    assert made.returncode == 0
    assert made.stdout.splitlines()[0].startswith("pip-audit: not asked: ")
    assert ("packages not asked: 1" in made.stdout) == (answer[0] == "{")
    assert "npm audit: not asked: 405 Method Not Allowed" in made.stdout
    assert _audit(tmp_path, "--required").returncode == 1


def test_the_list_of_bundled_packages_is_that_of_their_licences() -> None:
    """The SBOM of the page names the packages, versions and hashes of the notices and the lock."""
    built = ROOT / "src" / "hummgraph" / "explorer" / "built"
    components = json.loads((built / "page.cdx.json").read_text())["components"]
    noticed = re.findall(r"^(\S+) (\d+\.\S+)$", (built / "licenses.txt").read_text(), re.MULTILINE)
    assert [(one["name"], one["version"]) for one in components] == noticed
    lock = json.loads((ROOT / "src" / "explorer" / "package-lock.json").read_text())["packages"]
    for one in components:
        assert one["version"] == lock[f"node_modules/{one['name']}"]["version"]
        assert len(one["hashes"][0]["content"]) == 128


def test_actions_are_pinned_and_only_what_needs_it_may_write() -> None:
    """Each action of the workflow is a commit; permissions are none unless a job asks."""
    yaml = pytest.importorskip("yaml")
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert len(used) >= 5
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used)
    assert workflow["permissions"] == {}
    may_sign = [n for n, job in workflow["jobs"].items() if "id-token" in job["permissions"]]
    assert may_sign == ["publish"]


def test_the_version_stands_in_one_place() -> None:
    """The installed package, the command line and the project's file agree."""
    import hummgraph

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert hummgraph.__version__ == project["version"]
    sources = [path.read_text() for path in (ROOT / "src" / "hummgraph").rglob("*.py")]
    assert not any(f'"{project["version"]}"' in text for text in sources)


def test_every_version_of_python_is_tested_before_a_release() -> None:
    """The workflow runs the tests on each Python that the classifiers promise."""
    yaml = pytest.importorskip("yaml")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    promised = [line.rpartition(" ")[2] for line in project["classifiers"] if ":: 3." in line]

    assert workflow["jobs"]["pythons"]["strategy"]["matrix"]["python"] == promised
    assert {"pythons", "build"} <= set(workflow["jobs"]["publish"]["needs"])
    assert project["requires-python"] == f">={promised[0]}"


def test_the_citation_names_the_project_as_it_names_itself() -> None:
    """Title, authors, licence and abstract are those of the package; it states no version."""
    yaml = pytest.importorskip("yaml")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())

    assert cited["title"] == project["name"]
    assert cited["authors"] == project["authors"]
    assert cited["license"] == project["license"]
    assert cited["abstract"] == project["description"]
    assert "version" not in cited
