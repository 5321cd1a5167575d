"""Settings that do not fit are refused by their place, with what they may be."""

import pytest

from lossdoc.errors import UsageError
from lossdoc.trainer import TrainConfig
from lossdoc.trainer.config import Fault, LossScale
from lossdoc.trainer.models import MLP
from lossdoc.trainer.schedules import Cosine
from lossdoc.trainer.tasks import LeastSquares

CONFIG = TrainConfig(
    task=LeastSquares(),
    model=MLP(depth=0),
    schedule=Cosine(),
    steps=20,
    loss_scale=LossScale(),
    faults=(Fault(first=1, last=2),),
)
KINDS = "constant, stairs, linear, cosine, restarts, warmupstabledecay, onecycle, rangetest, reduceonplateau"


def put(data, place, value):
    """Replace what stands at a place of nested settings."""
    *path, last = place
    for name in path:
        data = data[name]
    data[last] = value


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (["steps"], "many", 'steps must be a whole number, not "many"'),
        (["steps"], 1.5, "steps must be a whole number, not 1.5"),
        (["lr"], None, "lr must be a number, not null"),
        (["nesterov"], 1, "nesterov must be true or false, not 1"),
        (["batch_size"], [8], "batch_size must be a whole number or null, not [8]"),
        (["order"], "random", 'order must be one of fixed, shuffled, sorted, not "random"'),
        (["model", "width"], "wide", 'model.width must be a whole number, not "wide"'),
        (["schedule", "kind"], "foo", f'schedule.kind must be one of {KINDS}, not "foo"'),
        (["schedule"], "cosine", 'schedule must be settings of its own, not "cosine"'),
        (["loss_scale"], 8, "loss_scale must be settings of its own or null, not 8"),
        (["loss_scale", "skip"], "no", 'loss_scale.skip must be true or false, not "no"'),
        (["faults"], 3, "faults must be a list, not 3"),
        (["faults"], [3], "faults[0] must be settings of its own, not 3"),
        (["faults", 0, "last"], "x", 'faults[0].last must be a whole number, not "x"'),
        (["faults"], [{"first": 1}], "faults[0] needs last"),
        (["task"], {}, "task needs kind"),
    ],
)
def test_a_value_that_does_not_fit(place, value, told):
    data = CONFIG.to_dict()
    put(data, place, value)

    with pytest.raises(UsageError) as refused:
        TrainConfig.from_dict(data)
    assert refused.value.message == told


@pytest.mark.parametrize(
    ("place", "told", "hint"),
    [
        (["stepps"], "there is no setting stepps", "did you mean steps?"),
        (["model", "widht"], "there is no setting model.widht", "did you mean width?"),
        (["schedule", "x"], "there is no setting schedule.x", "one of: kind, final, period"),
        (["faults", 0, "lst"], "there is no setting faults[0].lst", "did you mean last?"),
    ],
)
def test_a_name_that_does_not_exist(place, told, hint):
    data = CONFIG.to_dict()
    put(data, place, 1)

    with pytest.raises(UsageError) as refused:
        TrainConfig.from_dict(data)
    assert (refused.value.message, refused.value.hint) == (told, hint)


def test_the_kinds_of_a_setting_are_told():
    with pytest.raises(UsageError) as refused:
        TrainConfig.from_dict(CONFIG.to_dict() | {"schedule": "cosine"})

    assert refused.value.hint == f"schedule.kind is one of: {KINDS}"


@pytest.mark.parametrize("data", [None, [], "lr=0.1"])
def test_what_is_no_record_is_refused(data):
    with pytest.raises(UsageError, match="TrainConfig: Expected `object`"):
        TrainConfig.from_dict(data)
