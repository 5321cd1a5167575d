"""Where the documentation of a rule stands."""

from __future__ import annotations

from lossdoc.measured import OWN

DOCS = "https://github.com/lossdoc/lossdoc/blob/main/docs"


def rule_page(code: str, name: str) -> str:
    """File of a rule's page below ``docs/rules``."""
    return f"{code}-{name}.md"


def rule_url(code: str, name: str) -> str:
    """Address of a rule's page; empty for those of plug-ins."""
    return f"{DOCS}/rules/{rule_page(code, name)}" if code.startswith(OWN) else ""
