"""Tests of the structure: who may import what, and what an import costs."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

import hummgraph

PACKAGE = Path(hummgraph.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
OPTIONAL = {
    "IPython",
    "duckdb",
    "igraph",
    "jinja2",
    "pandas",
    "polars",
    "pyvis",
    "rustworkx",
    "sqlglot",
    "xlsxwriter",
    "yaml",
}


MAX_CIRCLE = 4
MAX_LINES = 600
MAX_ROOMS = 13
MAX_MODULES_OF_CLUSTER = 13


def module_name(path: Path) -> str:
    """Return the name by which a file is imported."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, *, top: bool) -> set[str]:
    """Name the packages that a module imports, anywhere or when it is imported itself."""
    found: set[str] = set()
    nodes = ast.iter_child_nodes(tree) if top else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_import_only_what_they_may(path: Path) -> None:
    """One module speaks HTTP; optional and heavy packages wait until they are used."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert not imports(tree, top=True) & OPTIONAL
    if path.name != "transport.py":
        assert "httpx" not in imports(tree, top=False)
    assert "pickle" not in imports(tree, top=False)


def import_graph() -> nx.DiGraph[str]:
    """Return which module of ours imports which, for types too, and wherever it does."""
    names = {path: module_name(path) for path in MODULES}
    known = set(names.values())
    graph: nx.DiGraph[str] = nx.DiGraph()
    for path, here in names.items():
        graph.add_node(here)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found: list[str] = []
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                # What is imported may be a module itself.
                found = [
                    below if (below := f"{node.module}.{alias.name}") in known else node.module
                    for alias in node.names
                ]
            graph.add_edges_from(
                (here, other) for other in found if other in known and other != here
            )
    return graph


def test_circles_of_imports_are_small() -> None:
    """At most four modules import each other, directly or through others, for types too."""
    circles = [sorted(circle) for circle in nx.strongly_connected_components(import_graph())]

    large = [circle for circle in circles if len(circle) > MAX_CIRCLE]
    assert large == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_can_be_read_at_one_sitting(path: Path) -> None:
    """No module has more than 600 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_the_package_has_few_rooms() -> None:
    """Beside ``__init__`` and ``__main__`` at most 13 packages and modules are at the top."""
    rooms = {path.name for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}

    assert len(rooms - {"__init__.py", "__main__.py", "__pycache__"}) <= MAX_ROOMS


def test_clustering_runs_in_few_modules() -> None:
    """A reader of ``cluster(graph)`` opens thirteen modules at most, without errors."""
    code = """
import json, sys
import hummgraph as hg
from hummgraph.datasets import load_demo
graph = hg.LinkGraph(load_demo().snapshot())
seen = set()
def note(frame, event, argument):
    if event == "call" and frame.f_code.co_name != "<module>":
        seen.add(str(frame.f_globals.get("__name__")))
sys.setprofile(note)
hg.cluster(graph)
sys.setprofile(None)
print(json.dumps(sorted(seen)))
"""
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    ours = [name for name in json.loads(answer.stdout) if name.startswith("hummgraph.")]

    looked_at = [name for name in ours if name.split(".")[1] not in {"errors", "frames"}]
    assert 0 < len(looked_at) <= MAX_MODULES_OF_CLUSTER, looked_at


def test_importing_stays_light() -> None:
    """``import hummgraph`` brings nothing optional, and nothing that only some answers need."""
    code = "import json, sys, hummgraph; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    loaded = set(json.loads(answer.stdout))

    assert not loaded & (OPTIONAL | {"typer", "scipy", "networkx", "pyarrow.parquet"})


def test_public_names_are_sorted_and_there() -> None:
    """``__all__`` is the public interface, and every name in it exists."""
    assert hummgraph.__all__ == sorted(hummgraph.__all__)
    for name in hummgraph.__all__:
        assert getattr(hummgraph, name) is not None


def test_a_list_of_names_has_the_public_ones_alone() -> None:
    """Completion offers neither imports nor what begins with one underscore."""
    listed = dir(hummgraph)
    assert [name for name in listed if not name.startswith("__")] == hummgraph.__all__
    assert {"__doc__", "__all__", "__version__"} <= set(listed)
    assert all(hasattr(hummgraph, name) for name in listed)


def test_what_is_not_needed_at_once_is_read_later() -> None:
    """HTTP, files, pages and warehouses are read when one of their names is first asked for."""
    later = ("client", "datasets", "explorer", "export", "warehouse")
    code = (
        "import sys, hummgraph\n"
        f"print([name for name in {later} if f'hummgraph.{{name}}' in sys.modules])\n"
        "print('httpx' in sys.modules, 'write' in dir(hummgraph), 'write' in vars(hummgraph))\n"
        "print(hummgraph.datasets.__name__, hummgraph.write.__name__, 'write' in vars(hummgraph))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [
        "[]",
        "False True False",
        "hummgraph.datasets write True",
    ]


def test_version_is_the_packages() -> None:
    """The version is read when asked for; other unknown names fail as usual."""
    assert hummgraph.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = hummgraph.nonsense


def test_packages_name_what_is_public() -> None:
    """Names that a user imports from ``hummgraph`` come from the package that has them."""
    packages = [
        importlib.import_module(f"hummgraph.{name}")
        for name in [
            "records",
            "snapshot",
            "client",
            "graph",
            "drawing",
            "explorer.widget",
            "export",
            "algorithms.clustering",
            "algorithms.entities",
            "algorithms.evaluation",
            "algorithms.evidence",
            "algorithms.explain",
            "algorithms.joins",
            "algorithms.lineage",
            "algorithms.paths",
            "algorithms.review",
            "warehouse",
        ]
    ]
    public = {name: getattr(package, name) for package in packages for name in package.__all__}
    elsewhere = {
        "Frame",
        "HummgraphError",
        "Step",
        "datasets",
        "errors",
        "read_graphml",
        "read_graphml_attributes",
        "read_parquet",
    }
    assert set(hummgraph.__all__) - elsewhere <= set(public)
    assert all(public[name] is getattr(hummgraph, name, public[name]) for name in public)


def test_one_circle_in_the_graph_s_package() -> None:
    """A graph, its projection and its summary know each other; nothing else there runs back up."""
    room = PACKAGE / "graph"
    names = {
        ".".join(("hummgraph", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in room.rglob("*.py")
        if path.name != "__init__.py"
    }
    found: nx.DiGraph[str] = nx.DiGraph()
    for name, path in names.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in names:
                found.add_edge(name, node.module)
    circles = [part for part in nx.strongly_connected_components(found) if len(part) > 1]

    assert found.has_edge("hummgraph.graph.linkgraph", "hummgraph.graph.data")
    assert circles == [
        {f"hummgraph.graph.{name}" for name in ("linkgraph", "projection", "summary")}
    ]
