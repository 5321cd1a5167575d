# ruff: noqa: INP001 - a hook of MkDocs, no part of a package
"""What the site does beyond MkDocs: pages from outside `docs`, links as GitHub reads them, patterns.

The sources are written for GitHub, where links lead to any file of the repository. Here

- `README`-like pages outside `docs` become pages of the site (`INCLUDED`);
- a link to a file or a folder that is no page leads to the repository on GitHub, and one to
  nothing is a warning, which fails a strict build;
- a pattern in the navigation stands for the pages that it fits and that nothing else lists.
"""

from __future__ import annotations

import logging
import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

TOP = Path(__file__).resolve().parent.parent
DOCS = TOP / "docs"
REPOSITORY = "https://github.com/lossdoc/lossdoc/blob/main"

INCLUDED = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "sample_logs/README.md": "sample-logs.md",
}
"""Pages outside `docs` -> where they stand on the site; the home page stands for the README."""

NOT_SHOWN = ("docs/*.py", "docs/notebooks/*")
"""Of `docs`, what is no part of the site: GitHub shows notebooks as they are."""

_OUTSIDE = re.compile(r"^[a-z][a-z+.-]*:|^#|^/")
_CODE = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)[ ]*$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\]\()([^)\s]+)(?=[)\s])")
_COMMENT = re.compile(r"\A\s*<!--.*?-->\s*", re.DOTALL)
_LOG = logging.getLogger("mkdocs.hooks.lossdoc")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Spell out the patterns of the navigation."""
    pages = sorted([*(p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md")), *_added()])
    config.nav = spelled_out(config.nav or [], pages)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside `docs`."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - tests of the rest need no MkDocs

    for source, name in _added().items():
        files.append(File.generated(config, source, abs_src_path=str(TOP / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Turn the links of a page into those of the site."""
    source = Path(page.file.abs_src_path or DOCS / page.file.src_uri)
    # A comment before the title would keep MkDocs from seeing the title.
    markdown = _COMMENT.sub("", markdown, count=1)
    text, lost = relinked(markdown, source.relative_to(TOP).as_posix(), page.file.src_uri)
    for link in lost:
        _LOG.warning("%s links to %s, which is not there", source.relative_to(TOP), link)
    return text


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Load pictures when they come into view: the gallery has many."""
    return re.sub(r"<img (?![^>]*loading=)", '<img loading="lazy" ', html)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001
    """Name the search for those who do not see it, which the theme forgets."""
    search = 'data-md-component="search" role="dialog"'
    return output.replace(search, f'{search} aria-label="Search"')


def relinked(markdown: str, source: str, target: str) -> tuple[str, list[str]]:
    """Return a page with its links for the site, and those that lead nowhere.

    Parameters
    ----------
    markdown
        Text of the page; code in it stays as it is.
    source
        Its path in the repository, from which its links start.
    target
        Its path on the site.
    """
    lost: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        link = match[2]
        if _OUTSIDE.match(link):
            return match[0]
        place = address(link, source, target)
        if place is None:
            lost.append(link)
        return match[1] + (place or link)

    parts = _CODE.split(markdown)
    parts[::2] = [_LINK.sub(replaced, part) for part in parts[::2]]
    return "".join(parts), lost


def address(link: str, source: str, target: str) -> str | None:
    """Where a relative link of a page leads on the site; None if to nothing."""
    path, mark, anchor = link.partition("#")
    found = os.path.normpath(TOP / Path(source).parent / path)
    if not Path(found).exists() or not Path(found).is_relative_to(TOP):
        return None
    name = Path(found).relative_to(TOP).as_posix()
    if Path(found).is_dir() and (Path(found) / "README.md").exists():
        name += "/README.md"
    elif Path(found).is_dir() and (Path(found) / "index.md").exists():
        name += "/index.md"
    page = INCLUDED.get(name)
    shown = not any(fnmatchcase(name, pattern) for pattern in NOT_SHOWN)
    if page is None and shown and name.startswith("docs/") and (TOP / name).is_file():
        page = name.removeprefix("docs/")
    if page is None:
        return f"{REPOSITORY}/{name}{mark}{anchor}"
    start = os.path.dirname(target)  # noqa: PTH120 - of an address, no file
    return os.path.relpath(page, start or ".").replace(os.sep, "/") + mark + anchor


def spelled_out(nav: list[Any], pages: Iterable[str]) -> list[Any]:
    """Return a navigation with its patterns replaced, sections that remain empty left out.

    The first pattern that fits a page takes it.
    """
    free = set(pages) - {entry for entry in _entries(nav) if "*" not in entry}
    return _spelled(nav, free)


def _spelled(nav: list[Any], free: set[str]) -> list[Any]:
    made: list[Any] = []
    for entry in nav:
        if isinstance(entry, dict):
            made += [{k: inner} for k, v in entry.items() if (inner := _inner(v, free))]
        elif "*" in entry:
            depth = entry.count("/")
            here = (page for page in free if page.count("/") == depth)
            taken = sorted(page for page in here if fnmatchcase(page, entry))
            free -= set(taken)
            made += taken
        else:
            made.append(entry)
    return made


def _inner(value: Any, free: set[str]) -> Any:
    return _spelled(value, free) if isinstance(value, list) else value


def _entries(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for value in nav.values():
            yield from _entries(value)
    else:
        for entry in nav:
            yield from _entries(entry)


def _added() -> dict[str, str]:
    return {page: name for name, page in INCLUDED.items() if not (DOCS / page).exists()}
