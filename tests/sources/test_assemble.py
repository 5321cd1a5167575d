"""Tables become runs: several runs, segments, refusals, units, issues."""

import numpy as np
import pytest

from lossdoc.errors import AmbiguousMetric, NoUsableMetric
from lossdoc.model import Channel, LogIssue
from lossdoc.sources.assemble import assemble
from lossdoc.sources.base import Column, Table, column
from lossdoc.sources.frames import run_from_mapping


def table(name="", issues=(), **columns):
    made = [
        column(key.replace("__", "/"), list(range(2, len(values) + 2)), list(values))
        for key, values in columns.items()
    ]
    return Table(tuple(made), name=name, issues=tuple(issues))


def runs_of(*tables, **options):
    return assemble(list(tables), "logs/x.csv", "csv", **options)


def test_a_run_knows_where_it_comes_from():
    torn = LogIssue("torn-tail", "the last line is torn")
    (run,) = runs_of(table(name="seed-1", issues=[torn], epoch=[1, 2], loss=[2, 1]), why=("csv",))

    assert (run.path, run.format, run.name) == ("logs/x.csv", "csv", "seed-1")
    assert run.issues == (torn,)
    assert run.why[0] == "csv"


def test_several_tables_are_several_runs_and_those_without_a_loss_are_left_out():
    runs = runs_of(table("a", loss=[2, 1]), table("settings", seed=[1, 2]), table("b", loss=[3, 1]))

    assert [run.name for run in runs] == ["a", "b"]


def test_segments_of_appended_runs():
    (run,) = runs_of(table(epoch=[0, 1, 2, 0, 1], loss=[5, 4, 3, 5, 4], val_loss=[6, 5, 4, 6, 5]))

    assert run.restarts == (5,)
    assert [len(part[Channel.VAL_LOSS]) for part in run.segments()] == [3, 2]


def test_a_resume_keeps_one_value_per_step_in_every_series():
    steps = [*range(0, 100, 10), *range(60, 200, 10)]
    losses = [*np.linspace(2, 1, 10), *np.linspace(1.5, 0.5, 14)]
    (run,) = runs_of(table(step=steps, loss=losses, lr=[1.0] * 24))

    assert run.resumes == (60,)
    assert run[Channel.TRAIN_LOSS].steps.tolist() == list(range(0, 200, 10))
    assert run[Channel.TRAIN_LOSS].values[6] == 1.5
    assert len(run[Channel.LEARNING_RATE]) == 20


def test_values_logged_again_for_a_step_are_counted():
    (run,) = runs_of(table(step=[0, 1, 1, 2, 3], loss=[5, 4, 3, 2, 1]))

    assert [(i.kind, i.count, i.lost) for i in run.issues] == [("duplicate-steps", 1, False)]


def test_times_stored_beside_the_values_are_the_clock():
    steps = {"loss": np.array([0.0, 10.0])}
    panel = Table(
        (column("loss", [1, 2], [2, 1]),),
        steps=steps,
        wall_times={"loss": np.array([100.0, 160.0])},
    )

    (run,) = runs_of(panel)

    assert run[Channel.WALL_TIME].values.tolist() == [100, 160]
    assert run[Channel.WALL_TIME].steps.tolist() == [0, 10]


def test_parts_with_records_of_their_own_are_summed_by_step():
    box, cls = (
        column("train/box_loss", [1, 3, 5], [3, 2, 1]),
        column("train/cls_loss", [2, 4], [1, 1]),
    )
    steps = {"train/box_loss": np.arange(3.0), "train/cls_loss": np.arange(2.0)}

    (run,) = runs_of(Table((box, cls), steps=steps))

    assert run[Channel.TRAIN_LOSS].values.tolist() == [4, 3]


@pytest.mark.parametrize(
    ("name", "values", "seconds"),
    [
        ("time", [60, 120], [60, 120]),
        ("time_min", [1, 2], [60, 120]),
        ("train_time_ms", [1000, 2000], [1, 2]),
        ("timestamp", [1.7e12, 1.7e12 + 1000], [1.7e9, 1.7e9 + 1]),
    ],
)
def test_times_are_seconds(name, values, seconds):
    run = run_from_mapping({"step": [1, 2], "loss": [2, 1], name: values})

    assert run[Channel.WALL_TIME].values.tolist() == pytest.approx(seconds)


# ---- refusals


def test_no_rows():
    with pytest.raises(NoUsableMetric, match=r"logs/x\.csv holds no data rows"):
        runs_of(table(epoch=[], loss=[]))


@pytest.mark.parametrize(
    "columns",
    [
        ("price", "equity", "stop_loss"),
        ("time", "latest_price", "recent_signal_count"),
        ("time", "price", "loss"),
        ("host", "latency", "packet_loss"),
    ],
)
def test_logs_of_something_else(columns):
    with pytest.raises(NoUsableMetric, match="is not a training log"):
        runs_of(table(**dict.fromkeys(columns, (3, 2, 1))))


def test_a_training_log_may_mention_prices():
    (run,) = runs_of(table(epoch=[1, 2], loss=[2, 1], balance=[10, 11]))

    assert Channel.TRAIN_LOSS in run


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"epoch": [1, 2], "accuracy": [0.1, 0.2]}, "no usable loss in logs/x.csv"),
        ({"step": [1, 2], "episode_reward": [1, 2]}, "rewards only"),
    ],
)
def test_a_training_log_without_a_loss(columns, message):
    with pytest.raises(NoUsableMetric, match=message):
        runs_of(table(**columns))


def test_a_loss_column_without_values_is_mentioned():
    with pytest.raises(NoUsableMetric) as caught:
        runs_of(table(epoch=[1, 2], accuracy=[0.1, 0.2], loss=[]))
    assert "without any value: loss" in caught.value.details


def test_many_columns_are_not_all_listed():
    with pytest.raises(NoUsableMetric) as caught:
        runs_of(table(**{f"metric_{i}": [1, 2] for i in range(40)}, step=[1, 2]))
    assert "… 41 in all" in caught.value.details[0]


def test_a_column_of_the_user_must_be_in_one_of_the_runs():
    first, second = table("a", step=[1, 2], objective=[2, 1]), table("b", step=[1, 2], loss=[2, 1])
    chosen = {"train_loss": "objective"}

    assert [run.name for run in runs_of(first, second, mapping=chosen)] == ["a", "b"]
    with pytest.raises(AmbiguousMetric):
        runs_of(second, mapping=chosen)


def test_a_column_of_the_user_may_be_spelled_alike():
    (run,) = runs_of(table(step=[1, 2], Objective_B=[2, 1]), mapping={"train_loss": "objective/b"})

    assert run[Channel.TRAIN_LOSS].name == "Objective_B"


# ---- what every run promises

NAMES = (
    "loss train_loss val_loss test_loss eval_a_loss eval_b_loss train/box_loss train/cls_loss step "
    "epoch iter total_steps tokens time lr grad_norm grad_norm/a acc val_acc f1 val_ppl val_mse "
    "D_loss G_loss reward value_loss price x train_loss_step train_loss_epoch"
)


def random_values(rng, n):
    """Noise, counters that fall now and then, constants, and everything that is not finite."""
    odd = rng.choice([np.nan, np.inf, -np.inf], n)
    return [
        rng.random(n),
        np.arange(n, dtype=float),
        np.full(n, rng.choice([0, 1, np.nan, np.inf])),
        np.floor(5 * rng.random(n)),
        np.cumsum(rng.integers(-3, 6, n)).astype(float),
        np.where(rng.random(n) < 0.3, odd, rng.random(n)),
    ][rng.integers(6)]


def random_table(rng):
    length = int(rng.integers(1, 40))
    columns, steps = [], {}
    own_steps = rng.random() < 0.3
    for name in dict.fromkeys(rng.choice(NAMES.split(), int(rng.integers(1, 10)))):
        rows = np.flatnonzero(rng.random(length) < rng.choice([1, 0.5, 0.1])) + 1
        columns.append(Column(str(name), rows, random_values(rng, len(rows))))
        if own_steps:
            steps[str(name)] = np.cumsum(rng.integers(-1, 5, len(rows))).astype(float)
    return Table(tuple(columns), steps=steps)


@pytest.mark.parametrize("seed", range(10))
def test_any_table_is_an_orderly_run_or_refused(seed):
    rng = np.random.default_rng(seed)
    for _ in range(100):
        try:
            (run,) = assemble([random_table(rng)], "x", str(rng.choice(["csv", "jsonl"])))
        except NoUsableMetric:
            continue
        for series in run.series:
            assert len(series.steps) == len(series.values) == len(series.rows) > 0
            assert np.all(np.isfinite(series.steps))
            assert np.all(np.diff(series.rows) > 0)
        for part in run.segments():
            assert all(np.all(np.diff(series.steps) > 0) for series in part.series)
