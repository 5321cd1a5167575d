"""Prescriptions become settings of the next run, or an error that says which one does not."""

import ast
from pathlib import Path

import numpy as np
import pytest

import lossdoc
from lossdoc.errors import UsageError
from lossdoc.model import Change, Prescription
from lossdoc.trainer.config import (
    CNN,
    GPT,
    MLP,
    RNN,
    Adding,
    Constant,
    Cosine,
    Digits,
    Fault,
    Interruption,
    Linear,
    LossScale,
    Mixture,
    ModularAddition,
    OneCycle,
    RangeTest,
    Stairs,
    Text,
    TrainConfig,
    WarmupStableDecay,
)
from lossdoc.trainer.schedules import Restarts, rates
from lossdoc.trainer.setters import SETTERS

CONFIG = TrainConfig(task=Mixture(), lr=3.0, steps=400, schedule=Linear(), warmup_steps=20)

NO_SETTINGS_OF_A_RUN = {"log_batch_at_step", "validation_samples"}
"""What lossdoc prescribes to people: to look at a batch, to validate on other samples."""


def prescription(**changes):
    listed = tuple(Change(name, None, after) for name, after in changes.items())
    return Prescription(kind="test", action="change it", changes=listed)


def test_a_prescription_is_applied_as_a_whole():
    given = prescription(learning_rate=0.1, schedule="cosine to 0", warmup_steps=40)

    assert CONFIG.apply(given) == CONFIG.replace(lr=0.1, schedule=Cosine(), warmup_steps=40)


def test_a_mapping_does_as_well():
    assert CONFIG.apply({"learning_rate": 0.1}) == CONFIG.apply(prescription(learning_rate=0.1))


def prescribed_names():
    """Names of all changes in the source code of lossdoc."""
    package = Path(lossdoc.__file__).parent
    for file in [package / "prescribe.py", *package.glob("rules/*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Change":
                name = node.args[0]
                yield from [name.value] if isinstance(name, ast.Constant) else ["steps", "epochs"]


def test_whatever_lossdoc_prescribes_to_a_run_can_be_applied():
    names = set(prescribed_names())

    assert len(names) > 10
    assert names - set(SETTERS) == NO_SETTINGS_OF_A_RUN


@pytest.mark.parametrize("name", sorted(NO_SETTINGS_OF_A_RUN))
def test_what_a_person_must_do_is_no_setting(name):
    with pytest.raises(UsageError, match=f"no setting for {name}"):
        CONFIG.apply({name: 3, "learning_rate": 0.1})


# ---- learning rate and schedule


@pytest.mark.parametrize(
    "schedule",
    [Constant(), Cosine(), Restarts(period=50), WarmupStableDecay(), Stairs(milestones=(100,))],
)
def test_the_learning_rate_is_the_peak_and_the_schedule_stays(schedule):
    made = CONFIG.replace(schedule=schedule).apply({"learning_rate": 0.3})

    assert made == CONFIG.replace(schedule=schedule, lr=0.3)
    assert rates(made).max() == pytest.approx(0.3)


def test_where_stairs_go_up_the_rate_is_the_one_that_they_lead_to():
    config = CONFIG.replace(schedule=Stairs(milestones=(100,), gamma=10.0))

    assert rates(config.apply({"learning_rate": 0.3})).max() == pytest.approx(0.3)
    assert rates(config.apply({"learning_rate_factor": 0.1})).max() == pytest.approx(3.0)


def test_a_range_test_becomes_a_run_at_one_rate():
    ramp = CONFIG.replace(lr=10.0, schedule=RangeTest(), warmup_steps=0)

    assert set(rates(ramp.apply({"learning_rate": 0.3}))) == {0.3}
    assert set(rates(ramp.apply({"learning_rate_factor": 0.1}))) == {1.0}


@pytest.mark.parametrize(
    ("word", "schedule"),
    [
        ("constant", Constant()),
        ("cosine", Cosine()),
        ("cosine to 0", Cosine()),
        ("linear to 0", Linear()),
        ("wsd", WarmupStableDecay()),
        ("step", Stairs(milestones=(400, 600))),
    ],
)
def test_words_for_schedules(word, schedule):
    config = CONFIG.replace(schedule=OneCycle())

    assert config.apply({"schedule": word, "steps": 800}).schedule == schedule


def test_a_decay_over_the_whole_run_is_no_longer_that_of_a_period():
    rebound = CONFIG.replace(schedule=Cosine(period=100))

    assert rebound.apply({"decay_steps": 400.0}).schedule == Cosine()
    assert rebound.apply(prescription(schedule="cosine to 0", decay_steps=400.0)).steps == 400


# ---- length


def test_a_longer_run_stretches_its_schedule():
    longer = CONFIG.apply({"steps": 800.0})

    assert longer.steps == 800
    assert rates(longer)[420] == pytest.approx(rates(CONFIG)[220], rel=0.1)


def test_epochs_are_counted_by_the_data():
    config = CONFIG.replace(task=Mixture(n_train=640))

    assert config.apply({"epochs": 7}).steps == 70


@pytest.mark.parametrize(
    "schedule",
    [
        Constant(),
        Cosine(final=0.1),
        Cosine(period=50),
        Linear(final=0.2),
        WarmupStableDecay(decay=0.5, final=0.1),
        Restarts(period=60),
        Stairs(milestones=(100, 200)),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
@pytest.mark.parametrize("step", [10, 137, 260, 400])
def test_up_to_the_checkpoint_the_rates_are_the_same(schedule, step):
    config = CONFIG.replace(schedule=schedule, label_smoothing=0.1)
    changed = config.apply({"checkpoint_step": float(step), "label_smoothing": 0.0})

    assert changed.steps == step
    np.testing.assert_allclose(rates(changed), rates(config)[:step], rtol=1e-12)


def test_the_beginning_of_one_cycle_is_no_schedule():
    with pytest.raises(UsageError, match=r"checkpoint_step 137 cannot be applied .* OneCycle"):
        CONFIG.replace(schedule=OneCycle()).apply({"checkpoint_step": 137})


def test_a_run_that_ends_before_its_interruption_has_none():
    config = CONFIG.replace(interruption=Interruption(after=200, checkpoint=150))

    assert config.apply({"steps": 200}).interruption is None
    assert config.apply({"steps": 300}).interruption == config.interruption


# ---- data


@pytest.mark.parametrize(
    ("skipped", "left"),
    [
        ("90-300", ()),
        ("90-109", ((110, 120),)),
        ("111-300", ((100, 110),)),
        ("105-110", ((100, 104), (111, 120))),
        ("100-102,115-300", ((103, 114),)),
        ("100-110, 111-120", ()),
    ],
)
def test_skipped_batches_have_no_faults(skipped, left):
    config = CONFIG.replace(faults=(Fault(first=100, last=120, inputs=30.0),))
    made = config.apply(prescription(resume_from_step=80.0, skip_batches=skipped))

    assert made.faults == tuple(Fault(first=a, last=b, inputs=30.0) for a, b in left)


def test_the_first_batches_can_be_skipped():
    config = CONFIG.replace(faults=(Fault(first=1, last=8, inputs=30.0),))

    assert config.apply({"skip_batches": "1-5"}).faults == (Fault(first=6, last=8, inputs=30.0),)


def test_batches_without_a_fault_cannot_be_skipped():
    with pytest.raises(UsageError, match=r"skip_batches 5-9 cannot be applied .*no batch"):
        CONFIG.apply({"skip_batches": "5-9"})


def test_one_batch_of_data():
    assert CONFIG.apply({"batches_in_the_data_set": 1}).task.n_train == CONFIG.batch_size


def test_more_samples_for_validation():
    made = CONFIG.apply({"validation_samples_factor": 9})

    assert made.task == CONFIG.task.replace(n_val=9 * CONFIG.task.n_val)


def test_a_fixed_set_has_no_more_samples_for_validation():
    with pytest.raises(UsageError, match="Digits validates on what is left"):
        CONFIG.replace(task=Digits()).apply({"validation_samples_factor": 9})


# ---- model and optimizer


def test_a_usual_initialisation():
    dead = CONFIG.replace(model=MLP(init="small", gain=9.0, bias=-8.0, activation="sigmoid"))
    made = dead.apply(prescription(init="he_normal", activation="relu"))

    assert made.model == MLP(init="he")


@pytest.mark.parametrize(
    ("model", "usual"), [(GPT(std=0.2), GPT()), (RNN(recurrent_gain=2.0), RNN())]
)
def test_models_with_one_scheme_go_back_to_its_usual_scale(model, usual):
    assert CONFIG.replace(model=model).apply({"init": "he_normal"}).model == usual


@pytest.mark.parametrize(
    ("model", "wider"),
    [
        (MLP(width=8), MLP(width=32)),
        (GPT(width=32), GPT(width=128)),
        (CNN(channels=4), CNN(channels=16)),
        (RNN(hidden=6), RNN(hidden=24)),
    ],
)
def test_a_wider_model(model, wider):
    assert CONFIG.replace(model=model).apply({"width_factor": 4.0}).model == wider


@pytest.mark.parametrize(
    ("model", "deeper"), [(MLP(depth=0), MLP(depth=2)), (GPT(layers=2), GPT(layers=4))]
)
def test_more_layers(model, deeper):
    assert CONFIG.replace(model=model).apply({"more_layers": 2}).model == deeper


@pytest.mark.parametrize("model", [CNN(channels=4), RNN(hidden=4)])
def test_a_model_of_fixed_depth_can_only_be_widened(model):
    config = CONFIG.replace(model=model)

    assert config.apply({"width_factor": 4.0, "more_layers": 2}) == config.apply(
        {"width_factor": 4.0}
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("batch_size", 128), ("clip_grad_norm", 1.5), ("weight_decay", 0.1), ("momentum", 0.5)],
)
def test_other_settings_have_the_names_of_the_config(name, value):
    assert CONFIG.apply({name: value}) == CONFIG.replace(**{name: value})


def test_factors_and_precision():
    config = CONFIG.replace(weight_decay=0.01, loss_scale=LossScale())

    assert config.apply({"weight_decay_factor": 3.0}).weight_decay == pytest.approx(0.03)
    assert config.apply({"precision": "bfloat16"}).loss_scale is None
    assert config.apply({"dropout": 0.2}).model.dropout == 0.2
    assert config.replace(log_every=50).apply({"logging_steps": 4}).log_every == 4
    assert config.replace(eval_every=50).apply({"eval_steps": 10}).eval_every == 10


# ---- what cannot be applied


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"weight_decay_factor": 3.0}, "weight_decay_factor 3.0 .* no weight decay"),
        ({"precision": "bfloat16"}, "precision bfloat16"),
        ({"activation": "softplus"}, "activation softplus"),
        ({"init": "zeros"}, "init zeros"),
        ({"learning_rate": None}, "learning_rate None .* a number"),
        ({"learning_rate": 0.0}, "above 0"),
        ({"steps": 0}, "from 1"),
        ({"schedule": "triangle"}, "schedule triangle"),
        ({"skip_batches": "some"}, "skip_batches some"),
        ({"batch_size": "many"}, "batch_size many"),
        ({"learning_rate": 3.0}, "changes nothing"),
        ({}, "changes nothing"),
    ],
)
def test_what_cannot_be_applied_is_named(changes, why):
    with pytest.raises(UsageError, match=why):
        CONFIG.apply(changes)


@pytest.mark.parametrize(
    ("config", "changes"),
    [
        (TrainConfig(task=Text(), model=GPT()), {"activation": "relu"}),
        (TrainConfig(task=Adding(), model=RNN()), {"dropout": 0.1}),
        (TrainConfig(task=ModularAddition()), {"batches_in_the_data_set": 1}),
        (CONFIG.replace(batch_size=None), {"batches_in_the_data_set": 1}),
        (CONFIG.replace(schedule=Constant()), {"decay_steps": 400}),
    ],
)
def test_a_run_without_such_a_setting(config, changes):
    with pytest.raises(UsageError, match="cannot be applied to this run"):
        config.apply(changes)
