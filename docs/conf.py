"""Sphinx settings; CONTRIBUTING.md says how to build."""

from __future__ import annotations

import re
import runpy
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from pydantic import BaseModel

_HERE = Path(__file__).parent

project = "hummgraph"
author = "The hummgraph developers"
copyright = author
release = version_of("hummgraph")
version = release

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
]
exclude_patterns = ["_build"]
default_role = "literal"  # single backticks in docstrings: a name, printed as one
python_use_unqualified_type_names = True  # annotations say Frame, not hummgraph.frames.Frame

html_theme = "pydata_sphinx_theme"
html_title = "hummgraph"
html_show_sourcelink = False
html_static_path = ["_static"]
html_js_files = ["access.js"]
html_theme_options = {
    "navigation_with_keys": False,
    "show_nav_level": 2,
    "header_links_before_dropdown": 8,
    "footer_start": ["copyright"],
    "footer_end": [],
}

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True  # as written, not as their values print
autosummary_generate = False  # pages are grouped by task; the tables at their head only list
numpydoc_show_class_members = False  # autodoc lists them with their documentation
numpydoc_xref_param_type = False  # types stand in the signatures

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# notebooks/check.py runs the notebook and compares what it prints with what is kept in it, so that
# the build only has to show it.
nb_execution_mode = "off"

# Names of other projects: their inventories would have to be fetched, and no network is used.
nitpick_ignore_regex = [
    (r"py:.*", r"(numpy|np|pyarrow|pa|networkx|nx|pandas|pd|polars|pl)\..*"),
    (r"py:.*", r"(httpx|pydantic|pydantic_core|pyvis|scipy|duckdb|igraph|rustworkx|ig|rx)\..*"),
    (r"py:.*", r"(t|traitlets)\..*"),
    (r"py:.*", r"(collections|contextlib|datetime|enum|os|pathlib|ssl|types|typing|uuid)\..*"),
    (r"py:class", r"NDArray|Network|Path|UUID|datetime|timedelta"),
    (r"py:class", r"AsyncTransport"),  # httpx.AsyncBaseTransport, which only one module imports
    # The graph's own arrays, the spool of replies and the like are for modules of the package.
    (
        r"py:class",
        r"(.*\.)?(Agreement|Attributes|CatalogueNames|Change|ClusterLabels|ColumnRoles|Expected|Record|WordSource|ClusterNet|Direction|Edges|GraphData|Held|Identity|Joins|Nodes|Normal|Options|Origin|Overlap|ClusteringProblem|Display|KnowsVocabulary|MemoryBudget|Place|Places|Reached|Regrouping|Side|Spool|Walk|Matched|Result)",
    ),
    (r"py:class", r"PathLike"),  # os.PathLike, and what takes one
    (
        r"py:class",
        r"Connections|DecisionSource|Schemas|Showable|csr_array|DuckDBPyConnection|PyDiGraph",
    ),
]


def _show_notebooks() -> None:
    """Copy the notebooks to where Sphinx looks; paths in them are relative to their own folder."""
    for notebook in (_HERE.parent / "notebooks").glob("*.ipynb"):
        text = notebook.read_text(encoding="utf-8").replace("../docs/", "../")
        copy = _HERE / "tutorial" / notebook.name
        if not copy.exists() or copy.read_text(encoding="utf-8") != text:
            copy.write_text(text, encoding="utf-8")


def _link_shown_notebooks(app: object, name: str, source: list[str]) -> None:  # noqa: ARG001 - the event's
    """Make links to the notebooks of the clone lead to their pages; see :func:`_show_notebooks`."""
    if name == "tutorial/index":
        source[0] = source[0].replace("](../../notebooks/", "](")


def _draw_gallery() -> None:
    """Draw the pictures of the gallery by the lines that it shows."""
    runpy.run_path(str(_HERE / "images" / "gallery.py"))["main"]()


def _readable_signature(  # noqa: PLR0917 - the event's signature
    app: object,  # noqa: ARG001 - the event's
    what: str,  # noqa: ARG001 - the event's
    name: str,  # noqa: ARG001 - the event's
    target: object,
    options: object,  # noqa: ARG001 - the event's
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Leave out what a table says better; put an ellipsis where a default has no source form."""
    if isinstance(target, type) and issubclass(target, BaseModel):
        return "", None
    return signature and re.sub(r"<[^<>]*>", "...", signature), returns


def _plain_underscores(  # noqa: PLR0917 - the event's signature
    app: object,  # noqa: ARG001 - the event's
    what: str,  # noqa: ARG001 - the event's
    name: str,  # noqa: ARG001 - the event's
    target: object,  # noqa: ARG001 - the event's
    options: object,  # noqa: ARG001 - the event's
    lines: list[str],
) -> None:
    """Write ``np.bool_`` in a Returns section as a type; reST would take it for a reference."""
    lines[:] = [re.sub(r"\bnp\.(\w+)_\b(?!`)", r"np.\1\_", line) for line in lines]


def _class_of_a_module(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Find a class that a docstring names as its module does, without saying where it lives."""
    if node.get("refdomain") != "py":
        return None
    for module in ("errors", "models", "client", "export"):
        found = env.domains["py"].resolve_xref(
            env,
            node.get("refdoc"),
            app.builder,
            "class",
            f"hummgraph.{module}.{node['reftarget']}",
            node,
            content,
        )
        if found is not None:
            return found
    return None


def _write_for_programs(app: Any, failure: Exception | None) -> None:
    """Write ``llms.txt`` and the pages as Markdown beside the HTML."""
    if failure is None and app.builder.format == "html":
        runpy.run_path(str(_HERE / "llms.py"))["write"](Path(app.outdir))


def setup(app: Any) -> None:
    """Connect to Sphinx."""
    app.connect("source-read", _link_shown_notebooks)
    app.connect("autodoc-process-signature", _readable_signature)
    app.connect("autodoc-process-docstring", _plain_underscores, priority=900)  # after numpydoc
    app.connect("missing-reference", _class_of_a_module)
    app.connect("build-finished", _write_for_programs)


_show_notebooks()
_draw_gallery()
