"""The frame of a page of HTML: one file that asks the network for nothing and runs nothing of a log.

Every text passes `text`, so nothing that a log holds becomes markup. The content security policy
allows our own style and the one script of copy buttons; the page can be read without it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from typing import TYPE_CHECKING

from lossdoc.report import ci
from lossdoc.report.html_style import SCRIPT, STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def document(title: str, parts: Iterable[str], *, data: str, foot: str) -> str:
    """Return a whole page.

    Parameters
    ----------
    title
        Text for the window.
    parts
        HTML of the page.
    data
        The same for programs: a JSON document, which stands in the page as ``lossdoc-report``.
    foot
        HTML of its last line.
    """
    head = (
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>"
    )
    # Within a script only "</" and "<!--" end or change it; as escapes they are the same JSON.
    held = data.replace("<", "\\u003c").strip()
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n<main>\n'
        + "\n".join(parts)
        + f"\n</main>\n<footer>{foot}</footer>\n"
        f'<script type="application/json" id="lossdoc-report">{held}</script>\n'
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _policy() -> str:
    script = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )


def text(words: str) -> str:
    """Text that is shown as it is."""
    return escape(ci.shown(words))


def tag(name: str, content: str, kind: str = "") -> str:
    """Return HTML within a tag."""
    return f'<{name} class="{kind}">{content}</{name}>' if kind else f"<{name}>{content}</{name}>"


def badge(verdict: str) -> str:
    """Return a verdict, coloured and in words."""
    return tag("span", verdict.upper(), f"badge {verdict.replace(' ', '-')}")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Return a table of cells that are HTML already; it scrolls where the page is narrow.

    One of the kind ``overview`` becomes a list there.
    """
    # A heading without a word would be read out as one.
    top = "".join(f'<th scope="col">{cell}</th>' if cell else "<td></td>" for cell in head)
    body = "\n".join(tag("tr", "".join(tag("td", cell) for cell in row)) for row in rows)
    whole = f"<table><thead><tr>{top}</tr></thead>\n<tbody>{body}</tbody></table>"
    # What scrolls must be reachable by the keyboard.
    return f'<div class="{f"wide {kind}".strip()}" tabindex="0">{whole}</div>'


def folded(title: str, content: str) -> str:
    """Return HTML that opens when its title is chosen."""
    return f"<details><summary>{text(title)}</summary>\n{content}</details>"


def listing(lines: Iterable[str]) -> str:
    """Return texts as a list."""
    return tag("ul", "\n".join(tag("li", text(line)) for line in lines))


_CODE = re.compile(r"`+([^`]+)`+")


def prose(words: str) -> str:
    """Return the text of our own documentation: paragraphs, lists, formulas, names of code."""
    parts = []
    for paragraph in words.split("\n\n"):
        if paragraph.startswith("    "):
            parts.append(f'<pre tabindex="0">{escape(paragraph)}</pre>')
            continue
        first, *items = [" ".join(x.split()) for x in f"\n{paragraph}".split("\n- ")]
        parts += [tag("p", _coded(first))] if first else []
        parts += [tag("ul", "\n".join(tag("li", _coded(x)) for x in items))] if items else []
    return "\n".join(parts)


def _coded(words: str) -> str:
    return _CODE.sub(lambda found: tag("code", found[1]), text(words))


def copied(content: str) -> str:
    """Return text to copy, as it is; the script puts a button beside it."""
    return f'<pre class="copy" tabindex="0">{escape(content)}</pre>'


def figure(svg: str, caption: str) -> str:
    """Return a picture (an inline SVG of ours) with what it shows."""
    return tag("figure", f"{svg}\n{tag('figcaption', text(caption))}")
