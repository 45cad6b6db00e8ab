"""Tests of the structure: who may import what, and what an import costs."""

from __future__ import annotations

import ast
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


def test_version_is_the_packages() -> None:
    """The version is read when asked for; other unknown names fail as usual."""
    assert hummgraph.__version__.count(".") == 2
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = hummgraph.nonsense


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
