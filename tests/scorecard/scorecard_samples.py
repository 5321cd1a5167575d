"""Scenarios, runs and judgements that the tests of the scorecard share."""

from lossdoc.scorecard.judging import Judged, Told
from lossdoc.scorecard.tally import Case
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.models import MLP
from lossdoc.trainer.scenarios import Scenario
from lossdoc.trainer.tasks import LeastSquares

NOTE, WARNING, ERROR = 1, 2, 3
LOW, MEDIUM, HIGH = 1, 2, 3


def scenario(name="grows", kind="fault", expected=("LD102", "LD101"), forbidden=("LD401",), **rest):
    """Full-batch descent on a linear problem: it diverges at a rate above one, 60 steps of it."""
    faulty = kind == "fault"
    settings = {"task": LeastSquares(), "model": MLP(depth=0), "batch_size": None, "steps": 60}
    settings |= {"lr": 1.1 if faulty else 0.1}
    made = {
        "config": TrainConfig(**settings),
        "oracle": lambda log: bool(log["train_loss"][-1] > log["train_loss"][0]) == faulty,
        "title": "Something",
        "seen": "Something.",
        "why": "For a reason.",
    }
    return Scenario(
        name=name,
        kind=kind,
        expected=expected if faulty else (),
        forbidden=forbidden if faulty else (),
        **(made | rest),
    )


FAULT = scenario()
SOUND = scenario("calm", "healthy")


def told(code, severity=WARNING, level=HIGH, onset=1.0):
    """Return a finding as it is counted."""
    return Told(code, severity, level, onset)


def case(of, *findings, seed=0, explained=(), **rest):
    """Return a run of a scenario about which some findings are told."""
    made = [finding if isinstance(finding, Told) else told(finding) for finding in findings]
    return Case(of, seed, Judged(tuple(made), tuple(explained)), **rest)
