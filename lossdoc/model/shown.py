"""How a diagnosis and a comparison show themselves: in notebooks and terminals, and as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast, overload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

    from lossdoc.model.diagnosis import Severity


class Presented:
    """What has a report: documents of the command line, and ways to show itself."""

    def to_html(self) -> str:
        """Return a page that explains itself, as the command line writes it to ``report.html``.

        It lacks the command in the last line, for there was none.
        """
        return cast("str", _module(self).document(self, "html"))

    def to_markdown(self) -> str:
        """Return a report for people, as the command line writes it to ``report.md``."""
        return cast("str", _module(self).document(self, "markdown"))

    def to_json(self) -> str:
        """Return the report for programs, as the command line writes it to ``report.json``."""
        return cast("str", _module(self).document(self, "json"))

    def __repr__(self) -> str:
        return cast("str", _module(self).line(self))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Print the report in colour with Rich."""
        del console
        yield from _showing().coloured(self, options.max_width)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the report at IPython's prompt; within a list, one line."""
        alone = len(printer.stack) == 1 and not cycle
        printer.text(_showing().report(self) if alone else repr(self))

    def _repr_html_(self) -> str:
        """Return the page of `to_html` as a part of a notebook."""
        return cast("str", _module(self).fragment(self))


class Shown(Presented):
    """What else can be done with a diagnosis at the prompt."""

    @overload
    def plot(self) -> Figure: ...

    @overload
    def plot(self, ax: Axes) -> Axes: ...

    def plot(self, ax: Axes | None = None) -> Figure | Axes:
        """Draw the run with the onsets of its findings.

        Parameters
        ----------
        ax
            Axes to draw the losses into; None for a figure of its own, which shows the learning
            rate and the gradient norm, too, and itself where a notebook prints it.

        Returns
        -------
        Figure or Axes
            The new figure, or the axes that were given.

        Raises
        ------
        SourceError
            Nothing could be read, so there is nothing to draw.
        """
        return cast("Figure | Axes", _module(self).plot(self, ax))

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each finding, the root cause first; without any, no row.

        Columns
        -------
        path, run, verdict
            Of the diagnosis, in every row: frames of several runs can be laid one below the other.
        code, name, severity, confidence, message
            Of the finding.
        onset_step, last_step
            First and last affected step.
        fix
            What to do, in words; empty where nothing is advised.
        changes
            Setting -> its value before and after.
        """
        return cast("pd.DataFrame", _module(self).frame(self))

    def raise_for_findings(
        self, level: str | Severity = "error", *, allow_inconclusive: bool = False
    ) -> Self:
        """Raise where ``lossdoc analyze`` would not exit with 0; else return the diagnosis.

        Parameters
        ----------
        level
            ``note``, ``warning`` or ``error``: severity from which findings count.
        allow_inconclusive
            Whether a run that could not be judged passes.

        Raises
        ------
        LossdocFindings
            There is a finding at or above the level (exit code 1).
        SourceError
            The run could not be judged (exit code 3).
        UsageError
            There is no such level.
        """
        _module(self).check(self, level, allow_inconclusive=allow_inconclusive)
        return self


def _module(shown: Presented) -> ModuleType:
    """Return what shows an object of its kind."""
    return cast("ModuleType", _showing().of(shown))


def _showing() -> ModuleType:
    """Import what shows a diagnosis, and a comparison.

    This is the only place where the model knows of a layer above: methods at hand are worth it,
    and it happens when one is called, so that the model itself still needs numpy alone.
    """
    from lossdoc import showing

    return showing
