"""A part of our page within somebody else's: a notebook, light or dark, that keeps its own looks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from lossdoc.report.html_style import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCOPE = ".lossdoc.lossdoc"
"""Named twice, so that our rules go before a notebook's for tables, headings and lists."""

_CLASSES = "lossdoc tex2jax_ignore mathjax_ignore"
"""The last two keep notebooks from reading dollar signs in names as mathematics."""

_DARK = (
    'body[data-jp-theme-light="false"]',  # JupyterLab, nbconvert
    'body[data-vscode-theme-kind="vscode-dark"]',
    'html[theme="dark"]',  # Colab
    'html[data-theme="dark"]',  # Sphinx
    '[data-md-color-scheme="slate"]',  # MkDocs
)
"""How pages say that they are dark; what the system prefers says nothing about a notebook."""

_PREFERS_DARK = "@media (prefers-color-scheme: dark)"

_OWN = """
:root { padding: .2rem 1rem 1rem; font-size: 14px; overflow-wrap: anywhere; max-width: 56rem;
  border: 1px solid var(--line); border-radius: .3rem; text-align: left; }
h2 { font-size: 1.25rem; margin: 1rem 0 .5rem; } .story { font-size: 1rem; }
h3 { margin: .8rem 0 .4rem; } article h3 { margin: 0 0 .4rem; } p, ul { margin: .5rem 0; }
table { margin: .5rem 0; font-size: inherit; border: none; }
tr:nth-child(n), tr:hover, td, th { background: none; color: inherit; }
a { text-decoration: underline; } pre, code { color: inherit; font: 1em monospace; } details { margin: 0; }
"""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def element(content: str) -> str:
    """Return HTML of ours as one element with its own style, and without any script."""
    return f'<div class="{_CLASSES}">\n<style>{style()}</style>\n{content}\n</div>'


@lru_cache(maxsize=1)
def style() -> str:
    """Return the style of our pages for what lies within our element."""
    return "\n".join(_scoped(STYLE + _OWN))


def _scoped(sheet: str) -> Iterator[str]:
    for head, body in _rules(sheet):
        if head == _PREFERS_DARK:
            for selectors, settings in _rules(f"{body} :root {{ color-scheme: dark; }}"):
                yield f"{_within(selectors, _DARK)} {{{settings}}}"
        elif head.startswith("@"):
            yield f"{head} {{{' '.join(_scoped(body))}}}"
        else:
            told = body.replace("color-scheme: light dark", "color-scheme: light")
            yield f"{_within(head)} {{{told}}}"


def _within(selectors: str, pages: tuple[str, ...] = ("",)) -> str:
    """Return selectors that fit within our element alone, on the pages that are named."""
    return ", ".join(
        f"{page} {_inner(each.strip())}".strip() for page in pages for each in selectors.split(",")
    )


def _inner(selector: str) -> str:
    return _SCOPE if selector in {":root", "body"} else f"{_SCOPE} {selector}"


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Rules of a style sheet: what stands before the braces, and what between them."""
    sheet = _COMMENT.sub("", sheet)
    start = depth = 0
    head = ""
    for place, char in enumerate(sheet):
        if char == "{":
            depth += 1
            if depth == 1:
                head, start = " ".join(sheet[start:place].split()), place + 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                yield head, sheet[start:place]
                start = place + 1
