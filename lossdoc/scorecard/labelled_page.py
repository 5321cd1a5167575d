"""The part of the page that is about labelled logs of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.scorecard.corpus import FEWEST
from lossdoc.scorecard.markdown import alarm_table, confidence_table, fraction, table
from lossdoc.scorecard.prose import LABELLED
from lossdoc.scorecard.tally import f1

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossdoc.scorecard.results import CorpusScore


def section(corpora: Mapping[str, CorpusScore]) -> str:
    """Everything about labelled logs."""
    parts = [LABELLED, _overview(corpora)]
    for name, score in corpora.items():
        parts += [f"### {name}", _classes(score)]
        if any(score.confidence.values()):
            parts.append(confidence_table(score.confidence))
        parts += _draws(score)
        if score.relogged:
            parts += ["Its healthy logs, logged differently:", alarm_table(score.relogged)]
    return "\n\n".join(part for part in parts if part)


def _overview(corpora: Mapping[str, CorpusScore]) -> str:
    rows = []
    for name, whole in corpora.items():
        parts = [(name, whole)]
        parts += [(f"{name}, half {i}", half) for i, half in enumerate(whole.halves, start=1)]
        rows += [
            (
                label,
                score.logs,
                score.judged,
                fraction(score.alarms, score.healthy),
                fraction(score.silent, score.faulty),
                "–" if score.macro_f1 is None else f"{score.macro_f1:.3f}",
            )
            for label, score in parts
        ]
    head = ("logs", "of them", "judged", "healthy with an alarm", "faulty without one", "macro-F1")
    return table(head, rows)


def _classes(score: CorpusScore) -> str:
    rows = []
    for name, c in score.classes.items():
        if c["tp"] + c["fn"] >= FEWEST:
            precision = fraction(c["tp"], c["tp"] + c["fp"])
            recall = fraction(c["tp"], c["tp"] + c["fn"])
            rows.append(
                (name.replace("_", " "), precision, recall, f"{f1(c['tp'], c['fp'], c['fn']):.3f}")
            )
    return table(("class", "precision", "recall", "F1"), rows)


def _draws(score: CorpusScore) -> list[str]:
    scores = [draw.macro_f1 for draw in score.draws if draw.macro_f1 is not None]
    alarms = [draw.alarms for draw in score.draws]
    if not scores:
        return []
    said = (
        f"With other thresholds ({len(scores)} draws): macro-F1 from {min(scores):.3f} to "
        f"{max(scores):.3f}, {min(alarms)} to {max(alarms)} healthy logs with an alarm."
    )
    return [said]
