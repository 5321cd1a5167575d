"""``lossdoc init``: a file of settings, and the gate in CI."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


def init(
    ci: Annotated[
        Literal["github", "gitlab", "pre-commit"] | None,
        typer.Option(
            metavar="SYSTEM", help="Also the gate for this one: github, gitlab or pre-commit."
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace lossdoc's own files where they exist.")
    ] = False,
) -> None:
    """Write lossdoc.toml with comments into this folder, and a gate for CI.

    What exists is left alone: what to add to a .gitlab-ci.yml or a .pre-commit-config.yaml is
    printed.
    """
    from pathlib import Path

    from lossdoc.cli.initialising import init as write
    from lossdoc.config.files import shown

    done, log = write(Path.cwd(), ci, force=force)
    for file in done:
        if file.what == "add":
            typer.echo(f"{shown(file.path)} exists; add this to it:\n\n{file.text}")
        else:
            typer.echo(f"{file.what} {shown(file.path)}{'; ' * bool(file.next)}{file.next}")
    typer.echo(f"Next: lossdoc analyze {log or 'runs'}")
