"""Markdown that untrusted text cannot change: no markup, links, mentions or HTML of its own."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from lossdoc.report import ci, phrases
from lossdoc.report.spans import clean, inert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lossdoc.report import schema

_SIGNS = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "$": "&#36;",
    **{sign: f"\\{sign}" for sign in "\\`*[]~"},
}  # fmt: skip
"""What means something wherever it stands; a bar as an entity keeps out of every table."""

_SIGN = re.compile("[" + re.escape("".join(_SIGNS)) + "]")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
"""Those within a word mean nothing, and train_loss is easier to read as it is."""

_START = re.compile(r"^(?:[-+=#]|\d+(?=[.)]))")
_REFERENCE = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)")
_ADDRESS = re.compile(r"(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)
_SIMPLE = re.compile(r"[^`|\\]+")
_KEY = re.compile(r"[A-Za-z_][\w.-]*")
_FENCE = re.compile("`{3,}")


def escape(text: str, most: int = ci.MOST) -> str:
    r"""Return text that is shown as it is, on one line.

    >>> escape("*a* | <b> [c](http://d) train_loss @me #1")
    '\\*a\\* &#124; &lt;b&gt; \\[c\\](http&#58;//d) train_loss @\u200bme #\u200b1'
    """
    # Sites find mentions and numbers of issues in the text that the markup leaves. This comes
    # first: afterwards there are numbers in our own entities.
    text = _REFERENCE.sub("\N{ZERO WIDTH SPACE}", ci.shown(text, most))
    text = _SIGN.sub(lambda sign: _SIGNS[sign[0]], text)
    text = _UNDERSCORE.sub(r"\\_", text)
    text = _START.sub(lambda start: _quoted(start[0]), text)
    return _ADDRESS.sub(lambda sign: "&#58;" if sign[1] else "&#46;", text)


def _quoted(start: str) -> str:
    return f"&#{ord(start[0])};{start[1:]}" if start[0].isdigit() else f"\\{start}"


def code(text: str, most: int = ci.MOST) -> str:
    """Return text in the letters of code."""
    text = ci.shown(text, most)
    if _SIMPLE.fullmatch(text):
        return f"`{text}`"
    # Within backticks neither bars nor backticks can be written so that every reader agrees.
    return f"<code>{escape(text)}</code>"


def link(text: str, address: str) -> str:
    """Return a link; the address is our own, or empty: then it is the text alone."""
    return f"[{escape(text)}]({address})" if address else escape(text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def block(text: str, language: str = "") -> str:
    """Return lines as they are; the fence is longer than any within."""
    lines = [inert(clean(line)[: ci.MOST]).rstrip() for line in text.split("\n")]
    longest = max((len(run) for line in lines for run in _FENCE.findall(line)), default=2)
    fence = "`" * (longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def folded(title: str, lines: Sequence[str]) -> str:
    """Return a list that opens when its title is chosen; nothing where it is empty."""
    if not lines:
        return ""
    items = "\n".join(f"- {line}" for line in lines)
    return f"<details>\n<summary>{escape(title)}</summary>\n\n{items}\n\n</details>"


def settings(changes: Sequence[schema.Change]) -> str:
    """Return changes as YAML to copy, with what the values were before."""
    return "\n".join(map(_setting, changes))


def _setting(item: schema.Change) -> str:
    factor = ci.factor(item)
    if factor is not None:
        return f"# {factor}: times {_value(item.after)}"
    name = ci.shown(item.name)
    key = name if _KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    before = "not in the log" if item.before is None else ci.shown(phrases.setting(item.before))
    return f"{key}: {_value(item.after)}  # was {before}"


def _value(value: schema.Setting) -> str:
    if isinstance(value, str):
        return json.dumps(ci.shown(value), ensure_ascii=False)
    # YAML takes 1e-05 for a text, 1.0e-05 for a number.
    text = json.dumps(value) if not isinstance(value, float) else f"{value:.6g}"
    return re.sub(r"^(-?\d+)e", r"\1.0e", text)
