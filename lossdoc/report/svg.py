"""A figure of Matplotlib as part of a page: coloured by the page, small, and with names of its own.

What is drawn in black takes the colour of the text; the colours of curves become variables that a
style sheet may set anew in the dark. Comments and metadata are left out, texts stay texts.
"""

from __future__ import annotations

import io
import itertools
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np

from lossdoc.report.figure import COLOURS, drawing
from lossdoc.report.figure_onsets import QUIET
from lossdoc.report.figure_points import pieces, thinned
from lossdoc.report.plot import log_helps, scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from lossdoc.model import Series

_LINK = "{http://www.w3.org/1999/xlink}href"
_VARIABLES = {
    colour.lower(): channel.value.replace("_", "-") for channel, colour in COLOURS.items()
} | {QUIET.lower(): "quiet"}
_COLOUR = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b")
_DIGITS = re.compile(r"(\.\d)\d+")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"font:[^;]*?([\d.]+)px[^;]*;?")


def inline(figure: Figure, label: str, prefix: str) -> str:
    """Return a figure as an SVG element of a page of HTML.

    Parameters
    ----------
    figure
        Drawn; its own background is left out.
    label
        What it shows, for those who do not see it.
    prefix
        Stands before the names within the figure; must differ between the figures of a page.
    """
    made = io.BytesIO()
    with drawing():
        figure.savefig(made, format="svg", transparent=True, metadata={"Date": None})
    # Matplotlib escapes what it writes; to read it as XML and write it again makes sure.
    root = ET.fromstring(made.getvalue())  # noqa: S314 - Matplotlib wrote it
    for parent in list(root.iter()):
        for child in list(parent):
            # A style within an SVG would style the whole page.
            if _plain(child.tag) in {"metadata", "style"}:
                parent.remove(child)
    used = set(_used(root))
    for element in root.iter():
        _settle(element, used, prefix)
    view = root.get("viewBox", "")
    root.attrib = {"viewBox": view, "role": "img", "aria-label": label}
    ET.indent(root, "")
    return ET.tostring(root, encoding="unicode", short_empty_elements=False)


_SMALL = (120, 28)
"""Width and height of a curve within a table, pixels."""


def sparkline(series: Series, onset: float | None) -> str:
    """Return a curve for one cell of a table, the onset of the first finding marked."""
    width, height = _SMALL
    keep = np.isfinite(series.values)
    steps, values = series.steps[keep], series.values[keep]
    if len(values) < 2 or np.ptp(steps) == 0:
        return ""
    first, span = float(steps.min()), float(np.ptp(steps))
    heights = height - 2 - scaled(values, log_helps(values)) * (height - 4)
    lines = []
    for x, y in pieces((steps - first) / span * width, heights):
        points = zip(*thinned(x, y, max(4, round(2 * width * len(x) / len(steps)))), strict=True)
        lines.append(" ".join(f"{a:.0f},{b:.0f}" for a, b in points))
    mark = ""
    if onset is not None:
        place = min(max((onset - first) / span, 0.0), 1.0) * width
        mark = f'<path d="M{place:.0f} 0V{height}" class="onset"></path>'
    return (
        f'<svg class="small" viewBox="0 0 {width} {height}" aria-hidden="true">'
        + mark
        + "".join(f'<polyline points="{line}"></polyline>' for line in lines)
        + "</svg>"
    )


def _settle(element: ET.Element, used: set[str], prefix: str) -> None:
    """Make one element the page's own."""
    element.tag = _plain(element.tag)
    kept: dict[str, str] = {}
    for name, value in element.attrib.items():
        if name == "id":
            if value in used:
                kept["id"] = prefix + value
        elif name == _LINK:
            kept["href"] = f"#{prefix}{value.removeprefix('#')}"
        elif name == "d":
            kept["d"] = " ".join(_DIGITS.sub(r"\1", value).split())
        elif name in {"x", "y"}:
            kept[name] = _DIGITS.sub(r"\1", value)
        elif name == "transform" and value.startswith("rotate(-0 "):
            continue
        elif name == "style":
            kept["style"] = _styled(value)
        else:
            kept[name] = _REFERENCE.sub(rf"url(#{prefix}\1)", value)
    element.attrib = kept


def _styled(text: str) -> str:
    text = _COLOUR.sub(lambda found: _coloured(found[0]), text)
    return _FONT.sub(r"font-size: \1px;", text).strip()


def _coloured(colour: str) -> str:
    if colour in {"#000", "#000000"}:
        return "currentColor"
    name = _VARIABLES.get(colour)
    return f"var(--{name}, {colour})" if name else colour


def _used(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        values = itertools.chain(element.attrib.values())
        for value in values:
            yield from _REFERENCE.findall(value)
        if _LINK in element.attrib:
            yield element.attrib[_LINK].removeprefix("#")


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
