"""Tests of results in a notebook: they fit a screen and are readable in every theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.support.results import RESULTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# How notebooks set their colours: the page around a result, and whether the system is dark.
JUPYTERLAB_DARK = "--jp-layout-color0:#111111;--jp-content-font-color1:#ffffff"
JUPYTERLAB_LIGHT = "--jp-layout-color0:#ffffff;--jp-content-font-color1:#000000dd"
VSCODE_DARK = "--vscode-editor-background:#1f1f1f;--vscode-editor-foreground:#cccccc"
THEMES: dict[str, tuple[str, Literal["light", "dark"]]] = {
    "plain light": ("", "light"),
    "plain dark": ("color-scheme:light dark", "dark"),
    "dark page without variables": ("background:#202020;color:#eeeeee", "light"),
    "jupyterlab dark": (f"{JUPYTERLAB_DARK};background:#111111;color:#ffffff", "light"),
    "jupyterlab light on a dark system": (f"{JUPYTERLAB_LIGHT};background:#ffffff", "dark"),
    "vs code dark": (f"{VSCODE_DARK};background:#1f1f1f;color:#cccccc", "light"),
}
# The rules that JupyterLab has for what a cell shows.
JUPYTERLAB = """
.out{width:1000px;font-size:14px}
.out table{border-collapse:collapse;border:none;font-size:12px;table-layout:fixed;margin:0 auto 1em}
.out td,.out th{text-align:right;vertical-align:middle;padding:.5em;line-height:normal;
white-space:normal;max-width:none;border:none}
.out tbody tr:nth-child(odd){background:rgb(245 245 245)}
.out p{margin:0 0 1em}
"""
MEASURE = """() => {
  const box = document.querySelector('.hummgraph-result')
  const cell = box.querySelector('td') ?? box.querySelector('li') ?? box.querySelector('p')
  const look = getComputedStyle(box)
  const rows = [...box.querySelectorAll('tr')].map(row => getComputedStyle(row).backgroundColor)
  return {
    height: document.querySelector('.out').getBoundingClientRect().height,
    wide: document.documentElement.scrollWidth,
    ink: getComputedStyle(cell).color,
    paper: look.backgroundColor,
    rows,
    ran: window.PWNED === undefined ? 0 : 1,
  }
}"""


def measured(browser: Browser, html: str, theme: str) -> dict[str, Any]:
    """Return the heights and colours of a result in a page of a theme."""
    return all_measured(browser, {"": html}, theme)[""]


def all_measured(
    browser: Browser, results: dict[str, str], theme: str
) -> dict[str, dict[str, Any]]:
    """Return the same of several results, one after the other."""
    style, system = THEMES[theme]
    with browser.new_context(
        color_scheme=system, viewport={"width": 1040, "height": 800}
    ) as context:
        page = context.new_page()
        found: dict[str, dict[str, Any]] = {}
        for name, html in results.items():
            page.set_content(
                f"<!doctype html><style>{JUPYTERLAB} body{{margin:0}}</style>"
                f'<body style="{style}"><div class="out">{html}</div></body>'
            )
            found[name] = page.evaluate(MEASURE)
        return found


def luminance(colour: str) -> float:
    """Return the relative luminance of ``rgb(...)``, as WCAG 2 defines it."""
    parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_result_is_no_higher_than_a_screen(browser: Browser) -> None:
    """A result is at most 600 pixels high, stays in its cell, and no name acts on the page."""
    heights = {}
    results = {name: result()._repr_html_() for name, result in RESULTS.items()}
    for name, found in all_measured(browser, results, "plain light").items():
        heights[name] = found["height"]
        assert found["wide"] <= 1040, name
        assert not found["ran"], name

    assert {name: height for name, height in heights.items() if not 0 < height <= 600} == {}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["clusters", "report", "why_together"])
def test_results_can_be_read_in_any_theme(browser: Browser, name: str, theme: str) -> None:
    """Text has a contrast of at least 7, and no row has a background of its own."""
    found = measured(browser, RESULTS[name]()._repr_html_(), theme)

    assert contrast(found["ink"], found["paper"]) >= 7
    assert set(found["rows"]) <= {"rgba(0, 0, 0, 0)"}
    dark = luminance(found["paper"]) < 0.2
    assert dark == (theme in {"plain dark", "jupyterlab dark", "vs code dark"})
