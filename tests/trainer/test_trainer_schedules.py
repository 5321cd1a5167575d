"""Schedules against PyTorch's, and the table of rates that a run makes of them."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossdoc.errors import UsageError
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.schedules import (
    Constant,
    Cosine,
    Linear,
    OneCycle,
    RangeTest,
    ReduceOnPlateau,
    Restarts,
    Stairs,
    WarmupStableDecay,
    rates,
)
from lossdoc.trainer.tasks import LeastSquares

ONE_OF_EACH = (
    Constant(),
    Stairs(milestones=(30, 60)),
    Linear(final=0.1),
    Cosine(final=0.01, period=40),
    Restarts(period=10, mult=2, decay=0.5),
    WarmupStableDecay(decay=0.3),
    OneCycle(),
    RangeTest(span=1e3),
    ReduceOnPlateau(patience=3),
)


def config(**changed) -> TrainConfig:
    return TrainConfig(task=LeastSquares(), **{"steps": 100, "lr": 0.5, **changed})


def torch_shares(name: str, steps: int, **options) -> np.ndarray:
    """What a scheduler of torch.optim makes of a rate of 1."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **options)
    shares = []
    for t in range(steps):
        shares.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if t + 1 < steps:
            scheduler.step()
    return np.array(shares)


def agree(ours, theirs) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


class TestAgainstPyTorch:
    @pytest.mark.parametrize("milestones", [(30, 60), (0, 50), (20, 20), (99,), (100, 200), ()])
    def test_stairs_are_multisteplr(self, milestones):
        agree(
            Stairs(milestones=milestones, gamma=0.3).shares(100),
            torch_shares("MultiStepLR", 100, milestones=milestones, gamma=0.3),
        )

    @pytest.mark.parametrize("final", [0.0, 0.1, 1.0])
    def test_linear_is_linearlr(self, final):
        agree(
            Linear(final=final).shares(90),
            torch_shares("LinearLR", 90, start_factor=1.0, end_factor=final, total_iters=90),
        )

    @pytest.mark.parametrize("final", [0.0, 0.1])
    @pytest.mark.parametrize("period", [7, 40, 100, 150])
    def test_cosine_is_cosineannealinglr_beyond_its_period_too(self, final, period):
        agree(
            Cosine(final=final, period=period).shares(100),
            torch_shares("CosineAnnealingLR", 100, T_max=period, eta_min=final),
        )

    @pytest.mark.parametrize(("period", "mult"), [(10, 1), (10, 2), (3, 3), (200, 1), (1, 1)])
    def test_restarts_are_cosineannealingwarmrestarts(self, period, mult):
        agree(
            Restarts(period=period, mult=mult, final=0.05).shares(100),
            torch_shares("CosineAnnealingWarmRestarts", 100, T_0=period, T_mult=mult, eta_min=0.05),
        )

    @pytest.mark.parametrize(("rise", "steps"), [(0.3, 100), (0.3, 101), (0.45, 33), (0.05, 200)])
    def test_one_cycle_is_onecyclelr(self, rise, steps):
        agree(
            OneCycle(rise=rise).shares(steps),
            torch_shares(
                "OneCycleLR",
                steps,
                max_lr=1.0,
                total_steps=steps,
                pct_start=rise,
                cycle_momentum=False,
            ),
        )

    def test_a_range_test_is_exponentiallr(self):
        span, steps = 1e4, 120
        gamma = span ** (1 / (steps - 1))
        agree(
            RangeTest(span=span).shares(steps),
            torch_shares("ExponentialLR", steps, gamma=gamma) / span,
        )


class TestKinds:
    def test_a_cosine_spans_the_run_unless_told_otherwise(self):
        shares = Cosine().shares(200)

        assert shares[0] == 1.0
        assert shares[100] == pytest.approx(0.5)
        assert 0.0 < shares[-1] < 1e-3
        np.testing.assert_array_equal(shares, Cosine(period=200).shares(200))

    def test_a_cosine_climbs_back_to_the_peak_after_a_short_period(self):
        shares = Cosine(period=25).shares(100)

        assert shares[25] == pytest.approx(0.0)
        assert shares[50] == pytest.approx(1.0)

    def test_a_line_goes_on_below_zero_after_a_short_period_as_lambdalr_does(self):
        theirs = torch_shares("LambdaLR", 10, lr_lambda=lambda t: 1 - t / 8)

        agree(Linear(period=8).shares(10), theirs)
        assert theirs[-1] < 0

    def test_the_peaks_of_restarts_decay(self):
        shares = Restarts(period=10, mult=2, decay=0.5, final=0.2).shares(100)

        assert shares[[0, 10, 30, 70]] == pytest.approx([1.0, 0.5, 0.25, 0.2])
        assert shares[70:] == pytest.approx(0.2)

    def test_warmup_stable_decay_is_flat_and_then_straight(self):
        shares = WarmupStableDecay(decay=0.25, final=0.2).shares(100)

        assert shares[:76] == pytest.approx(1.0)
        assert np.diff(shares[75:]) == pytest.approx(-0.8 / 25)

    def test_a_range_test_grows_by_the_same_factor_and_ends_at_the_rate(self):
        shares = RangeTest(span=1e3).shares(301)

        assert (shares[0], shares[-1]) == pytest.approx((1e-3, 1.0))
        assert shares[1:] / shares[:-1] == pytest.approx(10 ** (1 / 100))

    def test_reduce_on_plateau_leaves_the_table_alone(self):
        assert ReduceOnPlateau().shares(50).tolist() == [1.0] * 50

    def test_stairs_may_jump_above_the_peak(self):
        assert Stairs(milestones=(2,), gamma=10.0).shares(4).tolist() == [1.0, 1.0, 10.0, 10.0]


class TestRates:
    def test_warm_up_climbs_in_equal_parts_and_ends_at_the_peak(self):
        table = rates(config(warmup_steps=10, schedule=Cosine()))

        assert table[:10] == pytest.approx(0.5 * np.arange(1, 11) / 10)
        assert table[9] == 0.5

    @pytest.mark.parametrize("schedule", ONE_OF_EACH)
    def test_the_schedule_spans_what_the_warm_up_leaves(self, schedule):
        table = rates(config(warmup_steps=20, schedule=schedule))

        assert len(table) == 100
        if not isinstance(schedule, Stairs):
            np.testing.assert_array_equal(table[20:], 0.5 * schedule.shares(80))

    @pytest.mark.parametrize("warmup", [0, 20])
    def test_milestones_count_from_the_start_of_the_run(self, warmup):
        table = rates(config(warmup_steps=warmup, schedule=Stairs(milestones=(40, 70))))

        assert (np.flatnonzero(np.diff(table[20:])) + 21).tolist() == [40, 70]
        assert table[[39, 40, 70]] == pytest.approx([0.5, 0.05, 0.005])

    @pytest.mark.parametrize(
        ("schedule", "start"),
        [(Stairs(milestones=(5, 50)), 0.1), (OneCycle(), 0.04), (RangeTest(span=100.0), 0.01)],
    )
    def test_warm_up_leads_to_where_the_schedule_starts(self, schedule, start):
        table = rates(config(warmup_steps=10, schedule=schedule))

        assert table[[4, 9, 10]] == pytest.approx([0.25 * start, 0.5 * start, 0.5 * start])

    def test_a_warm_up_longer_than_the_run_is_cut_off(self):
        table = rates(config(warmup_steps=400, schedule=Linear()))

        assert table == pytest.approx(0.5 * np.arange(1, 101) / 400)

    @pytest.mark.parametrize("wrong", [{"steps": 0}, {"warmup_steps": -1}])
    def test_a_run_without_steps_is_refused(self, wrong):
        with pytest.raises(UsageError):
            rates(config(**wrong))


class TestSettings:
    @pytest.mark.parametrize("schedule", ONE_OF_EACH)
    def test_json_and_back_within_a_config(self, schedule):
        before = config(schedule=schedule)

        assert TrainConfig.from_dict(json.loads(json.dumps(before.to_dict()))) == before

    @pytest.mark.parametrize(
        ("kind", "wrong", "name"),
        [
            (Stairs, {"milestones": (60, 30)}, "milestones"),
            (Stairs, {"milestones": (-1, 30)}, "milestones"),
            (Stairs, {"milestones": (30,), "gamma": -0.1}, "gamma"),
            (Stairs, {"milestones": (30,), "gamma": float("inf")}, "gamma"),
            (Linear, {"final": 1.5}, "final"),
            (Linear, {"final": float("nan")}, "final"),
            (Linear, {"period": 0}, "period"),
            (Cosine, {"final": -0.1}, "final"),
            (Cosine, {"period": 0}, "period"),
            (Restarts, {"period": 0}, "period"),
            (Restarts, {"period": 5, "mult": 0}, "mult"),
            (Restarts, {"period": 5, "decay": 2.0}, "decay"),
            (WarmupStableDecay, {"decay": 1.1}, "decay"),
            (OneCycle, {"rise": -0.1}, "rise"),
            (OneCycle, {"start": 2.0}, "start"),
            (RangeTest, {"span": 1.0}, "span"),
            (ReduceOnPlateau, {"factor": 1.0}, "factor"),
            (ReduceOnPlateau, {"factor": 0.0}, "factor"),
            (ReduceOnPlateau, {"patience": -1}, "patience"),
            (ReduceOnPlateau, {"threshold": 1.0}, "threshold"),
            (ReduceOnPlateau, {"min_share": 2.0}, "min_share"),
        ],
    )
    def test_nonsense_is_refused_by_name(self, kind, wrong, name):
        with pytest.raises(UsageError, match=f"{kind.__name__} .*{name}"):
            kind(**wrong)
        with pytest.raises(UsageError, match=name):
            kind.from_dict({"kind": kind.__name__.lower(), **wrong})


share = st.floats(0.0, 1.0)
count = st.integers(1, 80)
schedules = st.one_of(
    st.builds(
        Stairs,
        milestones=st.lists(st.integers(0, 200)).map(lambda places: tuple(sorted(places))),
        gamma=share,
    ),
    st.builds(Linear, final=share),
    st.builds(Cosine, final=share, period=st.none() | count),
    st.builds(Restarts, period=count, mult=st.integers(1, 4), decay=share, final=share),
    st.builds(WarmupStableDecay, decay=share, final=share),
    st.builds(OneCycle, start=share, rise=share, final=share),
    st.builds(RangeTest, span=st.floats(1.0, 1e12, exclude_min=True)),
)


class TestEverySchedule:
    @given(schedule=schedules, steps=st.integers(0, 200))
    @settings(max_examples=200, deadline=None)
    def test_shares_lie_between_0_and_1_one_per_step(self, schedule, steps):
        shares = schedule.shares(steps)

        assert shares.shape == (steps,)
        assert shares.dtype == np.float64
        assert np.all((shares >= -1e-15) & (shares <= 1.0 + 1e-15))

    @given(schedule=schedules, steps=count, warmup=st.integers(0, 100))
    @settings(max_examples=200, deadline=None)
    def test_rates_never_exceed_the_peak(self, schedule, steps, warmup):
        table = rates(config(steps=steps, warmup_steps=warmup, schedule=schedule))

        assert table.shape == (steps,)
        assert np.all((table >= -1e-15) & (table <= 0.5 + 1e-15))
