"""Runs laid side by side on what they count, or on what their logs tell beside it."""

import numpy as np
import pytest

import lossdoc
from lossdoc.comparison.axes import placed, translated
from lossdoc.errors import SourceError
from lossdoc.model import Channel

TOKENS_A_STEP = 1000


def run_log(seed, *, batch=1, n=120, factor=1.0, clock=None, tell=("tokens", "epoch", "wall_time")):
    """Learns by the tokens that it saw: ``batch`` times as many in each of its steps."""
    random = np.random.default_rng(seed)
    steps = np.arange(n, dtype=float)
    tokens = (steps + 1) * TOKENS_A_STEP * batch
    level = factor * np.exp(0.01 * random.standard_normal())
    loss = level * (0.5 + 2 * np.exp(-tokens / 20_000)) * np.exp(0.002 * random.standard_normal(n))
    told = {
        "tokens": (steps, tokens),
        "epoch": (steps, tokens / 40_000),
        "wall_time": (steps, 2.0 * steps if clock is None else clock),
    }
    return {"train_loss": (steps, loss), **{name: told[name] for name in tell}}


def side(first, **how):
    return [run_log(first + i, **how) for i in range(3)]


@pytest.mark.parametrize("by", ["tokens", "epoch"])
def test_other_batch_sizes_are_matched_on_what_was_seen(by):
    small, large = side(0), side(20, batch=4, n=30)

    found = lossdoc.compare(small, large, by=by)

    assert found.pairing.by == by
    assert found.pairing.covered > 0.95
    assert found.outcome == "cannot tell"  # the same curve, but for the seed
    assert found.speed[0].candidate == pytest.approx(found.speed[0].reference, rel=0.3)


def test_in_the_same_steps_the_larger_batch_looks_better():
    found = lossdoc.compare(side(0), side(20, batch=4), measure="mean")

    assert found.outcome == "better"
    seen = {r.axis: r for r in found.reach}
    assert seen["tokens"].candidate == 4 * seen["tokens"].reference


def test_matched_on_tokens_a_fault_is_still_a_fault():
    found = lossdoc.compare(side(0), side(20, batch=4, n=30, factor=1.3), by="tokens")

    assert found.outcome == "worse"


def test_time_begins_at_the_first_row_whatever_the_clock_says():
    steps = np.arange(120.0)
    dates = side(20, clock=1.7e9 + 2.0 * steps)

    found = lossdoc.compare(side(0), dates, by="time")

    assert (found.pairing.first, found.pairing.last) == (0.0, 238.0)
    assert found.outcome == "cannot tell"


def test_a_slower_machine_has_come_less_far_in_the_same_time():
    slow = side(20, clock=8.0 * np.arange(120.0))

    found = lossdoc.compare(side(0), slow, by="time")

    assert found.outcome == "worse"
    assert {r.axis: r.candidate / r.reference for r in found.reach}["step"] == pytest.approx(
        0.25, 0.1
    )


def elapsed(clock, **how):
    run = lossdoc.load(run_log(0, clock=clock))
    return translated(run, np.arange(120.0), "time")


def test_a_clock_that_starts_again_goes_on():
    steps = np.arange(120.0)
    again = 2.0 * np.where(steps < 60, steps, steps - 60)

    assert elapsed(again) == pytest.approx(2.0 * steps)


def test_the_night_before_a_resume_is_no_training_time(tmp_path):
    """Rows 40 to 59 are trained again after ten hours, from the checkpoint at 40."""
    before = [(i, 2.0 * i) for i in range(60)]
    after = [(i, 36_000 + 2.0 * i) for i in range(40, 120)]
    rows = [f"{i},{t},{0.5 + 2 * np.exp(-i / 20):.6f}" for i, t in before + after]
    log = tmp_path / "run.csv"
    log.write_text("step,wall_time,train_loss\n" + "\n".join(rows) + "\n")
    run = lossdoc.load(log)
    assert run.resumes == (40.0,)

    assert placed(run, Channel.TRAIN_LOSS, "time").steps == pytest.approx(2.0 * np.arange(120.0))


def test_epochs_in_whole_numbers_rise_evenly_within_each():
    steps = np.arange(100.0)
    run = lossdoc.load({"train_loss": (steps, 1 / (steps + 1)), "epoch": (steps, steps // 20)})

    assert placed(run, Channel.TRAIN_LOSS, "epoch").steps == pytest.approx(steps / 20)


def test_a_log_of_one_row_an_epoch_is_matched_with_one_of_steps():
    by_epoch = np.arange(1.0, 31.0)
    rows = {
        "epoch": (by_epoch, by_epoch),
        "train_loss": (by_epoch, 0.5 + 2 * np.exp(-by_epoch / 5)),
    }
    steps = np.arange(10.0, 301.0, 5.0)
    counted = {
        "epoch": (steps, steps / 10),
        "train_loss": (steps, 0.5 + 2 * np.exp(-steps / 50)),
    }

    found = lossdoc.compare(rows, counted, by="epoch")

    assert (found.pairing.by, found.pairing.first, found.pairing.last) == ("epoch", 1.0, 30.0)
    assert found.rows[0].contrast.difference == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("by", ["tokens", "epoch", "time"])
def test_what_one_side_does_not_tell_is_said_with_what_would_do(by):
    bare = side(20, tell=())

    with pytest.raises(SourceError, match="wall time" if by == "time" else by) as caught:
        lossdoc.compare(side(0), bare, by=by)

    assert "--by step" in caught.value.hint
    assert any(line.endswith("tells: step") for line in caught.value.details)
    assert any("step, epoch, tokens, time" in line for line in caught.value.details)


def test_a_clock_that_was_never_read_places_nothing():
    blank = side(20, clock=np.full(120, np.nan))

    with pytest.raises(SourceError, match="time"):
        lossdoc.compare(side(0), blank, by="time")


def test_a_log_that_counts_tokens_is_matched_with_one_that_tells_them(tmp_path):
    logs = []
    for i, head in enumerate(("tokens_seen,train_loss", "step,tokens_seen,train_loss")):
        rows = []
        for k in range(60):
            cells = [str((k + 1) * 4096), f"{0.5 + 2 * np.exp(-k / 10):.6f}"]
            rows.append(",".join([str(k), *cells] if i else cells))
        logs.append(tmp_path / f"{i}.csv")
        logs[-1].write_text(head + "\n" + "\n".join(rows) + "\n")

    found = lossdoc.compare([logs[0]], [logs[1]])

    assert lossdoc.load(logs[0]).axis == "tokens"
    assert found.pairing.by == "tokens"
