"""Hand-made diagnoses: what the engine could say, with easy numbers."""

from types import MappingProxyType

import numpy as np

from lossdoc.model import (
    Change,
    Channel,
    Confidence,
    Diagnosis,
    Evidence,
    Finding,
    LogIssue,
    NotChecked,
    Onset,
    Prescription,
    Run,
    Series,
    Severity,
    Superseded,
    Verdict,
)


def series(channel, values, name=None, steps=None, **more):
    values = np.asarray(values, dtype=np.float64)
    steps = np.arange(len(values)) if steps is None else np.asarray(steps)
    rows = np.arange(2, len(values) + 2)
    return Series(channel, name or channel.value, steps.astype(np.float64), values, rows, **more)


def run(**changes):
    """300 steps: the loss falls to 0.4 and climbs to 8 from step 200 on."""
    x = np.arange(300.0)
    loss = 0.4 + 2 * np.exp(-x / 40) + np.where(x > 200, (x - 200) ** 2 / 1300, 0)
    told = {
        "path": "runs/gpt-small.csv",
        "format": "csv",
        "series": (
            series(Channel.TRAIN_LOSS, loss, "loss"),
            series(Channel.LEARNING_RATE, np.full(300, 0.003), "lr"),
        ),
        "context": MappingProxyType({"batch_size": 64.0, "optimizer": "AdamW"}),
    }
    return Run(**(told | changes))


def finding(**changes):
    told = {
        "code": "LD102",
        "name": "diverged",
        "severity": Severity.ERROR,
        "confidence": Confidence.HIGH,
        "channel": Channel.TRAIN_LOSS,
        "series": "loss",
        "onset": Onset(200.0, row=202),
        "last_step": 299.0,
        "message": "loss rose from 0.41 to 8, 20 times its best level",
        "evidence": (Evidence("rise", 242.0, "x the noise", 8.0), Evidence("end", 8.0, "loss")),
        "prescriptions": (
            Prescription(
                kind="learning_rate",
                action="resume and lower the learning rate",
                changes=(
                    Change("learning_rate", 0.003, 0.0003),
                    Change("clip_grad_norm", None, 1.6),
                ),
                rationale="a tenth of the rate in force",
                reference="Someone 2020",
                caveat="the data changed",
                from_step=190.0,
            ),
        ),
        "factors": MappingProxyType({"effect": True, "points": True, "agreement": True}),
        "caveat": "unless the loss definition changed near step 200",
    }
    return Finding(**(told | changes))


def failing(**changes):
    told = {
        "path": "runs/gpt-small.csv",
        "run": run(),
        "verdict": Verdict.FAILING,
        "summary": "Loss diverged at step 200 and did not return.",
        "findings": (finding(),),
        "superseded": (
            Superseded(finding(code="LD305", name="flat-tail", onset=Onset(210.0)), "LD102"),
        ),
        "not_checked": (
            NotChecked("LD401", "overfitting", "no val_loss in this log"),
            NotChecked("LD402", "generalization-gap", "no val_loss in this log"),
            NotChecked("LD204", "gradient-spike", "no grad_norm in this log"),
        ),
        "passed": ("LD101", "LD201", "LD202"),
    }
    return Diagnosis(**(told | changes))


def healthy(**changes):
    x = np.arange(90.0)
    losses = (
        series(Channel.TRAIN_LOSS, 0.8 + np.exp(-x / 20), "train/loss"),
        series(Channel.VAL_LOSS, 0.94 + np.exp(-x / 20), "val/loss"),
    )
    told = {
        "path": "runs/resnet.jsonl",
        "run": run(path="runs/resnet.jsonl", format="jsonl", series=losses, axis="epoch"),
        "verdict": Verdict.HEALTHY,
        "summary": "",
        "not_checked": (NotChecked("LD204", "gradient-spike", "no grad_norm in this log"),),
        "passed": ("LD101", "LD102", "LD401"),
    }
    return Diagnosis(**(told | changes))


def unjudged(**changes):
    told = {
        "path": "runs/x.csv",
        "run": None,
        "verdict": Verdict.INCONCLUSIVE,
        "summary": "",
        "problem": "no usable loss in runs/x.csv",
        "details": ("columns: epoch, acc, top5",),
        "hint": "--map train_loss=COLUMN",
    }
    return Diagnosis(**(told | changes))


HOSTILE = "ev\x1b[31mil\x1b]8;;http://x\x07\r\n\u202e[bold]{x}\u009b2J\udcff"
"""A name that tries to clear the screen, to colour, to link, to turn the text round."""

ISSUE = LogIssue("skipped-lines", "2 lines are not JSON", row=12, count=2, lost=True)
