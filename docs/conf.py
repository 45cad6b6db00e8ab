"""Sphinx settings; CONTRIBUTING.md says how to build."""

from __future__ import annotations

from importlib.metadata import version as version_of
from pathlib import Path

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
# A name in single backticks in a docstring is a reference, and -n checks that it exists.
default_role = "py:obj"

html_theme = "pydata_sphinx_theme"
html_title = "hummgraph"
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_nav_level": 2,
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
    (r"py:.*", r"(numpy|np|pyarrow|pa|networkx|nx|pandas|pd|polars|pl|pyvis|pydantic|httpx)\..*"),
    (r"py:.*", r"(collections|contextlib|datetime|enum|os|pathlib|typing|uuid|ssl)\..*"),
]


def _show_notebook() -> None:
    """Copy the notebook to where Sphinx looks; paths in it are relative to its own folder."""
    text = (_HERE.parent / "notebooks" / "demo.ipynb").read_text(encoding="utf-8")
    text = text.replace("../docs/", "../")
    copy = _HERE / "tutorial" / "demo.ipynb"
    if not copy.exists() or copy.read_text(encoding="utf-8") != text:
        copy.write_text(text, encoding="utf-8")


_show_notebook()
