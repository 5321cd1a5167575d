"""The same training, logged in other ways."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.model import Channel
from lossdoc.scorecard.relogging import CHANGES, relogged


def changed(name, run):
    return CHANGES[name](run, np.random.default_rng(0))


@pytest.fixture
def run():
    """Twenty rows in four epochs of five, with a validation after each."""
    n = np.arange(1.0, 21.0)
    return curves.build(
        {
            "train_loss": n,
            "val_loss": 100 + n,
            "lr": n / 10,
            "grad_norm": 2 * n,
            "epoch": n / 5,
        }
    )


def series(run, channel):
    one = run[channel]
    return one.steps.tolist(), one.values.tolist()


def test_every_fifth_row(run):
    thin = changed("every 5th row", run)

    assert series(thin, Channel.TRAIN_LOSS) == ([5, 10, 15, 20], [5, 10, 15, 20])
    assert len(thin[Channel.VAL_LOSS]) == 20


def test_means_of_losses_and_the_last_of_all_else(run):
    mean = changed("means of 5 rows", run)

    assert series(mean, Channel.TRAIN_LOSS) == ([5, 10, 15, 20], [3, 8, 13, 18])
    assert series(mean, Channel.GRAD_NORM)[1] == [6, 16, 26, 36]
    assert series(mean, Channel.LEARNING_RATE)[1] == [0.5, 1.0, 1.5, 2.0]


def long_run(epochs):
    """A hundred rows in some epochs."""
    n = np.arange(1.0, 101.0)
    return curves.build({"train_loss": n, "val_loss": 2 * n, "epoch": n * epochs / 100})


def test_a_row_per_epoch():
    short = changed("a row per epoch", long_run(10))

    assert short.axis == "epoch"
    assert Channel.EPOCH not in short
    assert series(short, Channel.TRAIN_LOSS)[0] == list(range(1, 11))
    assert series(short, Channel.TRAIN_LOSS)[1] == [5.5 + 10 * k for k in range(10)]
    assert series(short, Channel.VAL_LOSS)[1] == [20 * k for k in range(1, 11)]
    assert short[Channel.TRAIN_LOSS].rows.tolist() == list(range(1, 11))


def test_twentieths_where_there_are_too_few_epochs():
    assert len(changed("a row per epoch", long_run(2))[Channel.TRAIN_LOSS]) == 20


def test_epochs_are_not_made_of_few_rows_nor_of_epochs(run):
    assert changed("a row per epoch", run) is None
    assert changed("a row per epoch", curves.epochs(60)(0)) is None


def test_noise_touches_the_validation_loss_alone(run):
    noisy = changed("validation loss off by 5 %", run)
    ratio = noisy[Channel.VAL_LOSS].values / run[Channel.VAL_LOSS].values

    assert 0.02 < np.std(np.log(ratio)) < 0.08
    assert series(noisy, Channel.TRAIN_LOSS) == series(run, Channel.TRAIN_LOSS)


def test_channels_are_left_out_where_they_are(run):
    assert Channel.VAL_LOSS not in changed("no validation", run)
    assert {s.channel for s in changed("training loss alone", run).series} == {Channel.TRAIN_LOSS}
    bare = changed("training loss alone", run)
    assert changed("no learning rate", bare) is None
    assert changed("validation loss off by 5 %", bare) is None


def test_the_loss_is_never_left_out(run):
    only_val = curves.build({"val_loss": np.ones(30)})

    assert changed("no validation", only_val) is None
    assert changed("training loss alone", only_val) is None


@pytest.mark.parametrize(("name", "first"), [("first row lost", 2), ("first 5 % lost", 6)])
def test_the_beginning_is_lost(name, first):
    late = changed(name, long_run(10))

    assert {s.steps[0] for s in late.series} == {float(first)}


def test_every_variant_has_a_name_of_its_own_and_prefixes_come_with_and_without_their_end():
    found = dict(relogged(curves.healthy()(0), 400))

    assert next(iter(found)) == "as it is"
    assert {"every 2nd row", "no learning rate", "first 30 %"} <= set(found)
    assert found["first 30 %"].total_steps is None
    assert found["first 30 %, planned length known"].total_steps == 400
    assert found["first 30 %"].run[Channel.TRAIN_LOSS].steps[-1] == 120


def test_nothing_is_changed_in_the_run_itself(run):
    before = [s.values.copy() for s in run.series]

    for _ in relogged(run, 20):
        pass

    assert all(np.array_equal(a, s.values) for a, s in zip(before, run.series, strict=True))
