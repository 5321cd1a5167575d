"""Remedies: formulas, rounding, and silence where the log says nothing."""

import numpy as np
import pytest

from lossdoc import curves, prescribe
from lossdoc.robust.case import Case


@pytest.mark.parametrize(
    ("value", "snapped"),
    [(0.00075, 0.001), (0.003, 0.003), (0.0012, 0.001), (4.4, 5.0), (0.8, 1.0), (2.5e-5, 3e-5)],
)
def test_snap_rounds_to_the_nearest_in_ratio_of_one_two_three_five(value, snapped):
    assert prescribe.snap(value) == snapped


@pytest.mark.parametrize(("steps", "rounded"), [(7.2, 8), (99, 99), (1234, 1300), (60_001, 61_000)])
def test_counts_are_rounded_up_to_two_digits(steps, rounded):
    assert prescribe.round_up(steps) == rounded


def case(**columns) -> Case:
    columns.setdefault("train_loss", np.linspace(2, 1, 400))
    return Case(curves.build(columns))


class TestLowerRate:
    def test_divides_the_rate_in_force_at_the_step(self):
        rates = np.where(np.arange(400) < 200, 4e-3, 1e-3)
        lower = prescribe.lower_rate(case(lr=rates), 4.0, at=100.0, reference="")
        (change,) = lower.changes

        assert (change.name, change.before, change.after) == ("learning_rate", 4e-3, 1e-3)
        assert "step 100" in lower.rationale

    def test_without_a_logged_rate_it_is_a_factor(self):
        (change,) = prescribe.lower_rate(case(), 10.0, reference="").changes

        assert (change.name, change.after) == ("learning_rate_factor", 0.1)

    def test_the_rate_of_the_hyper_parameters_will_do(self):
        run = curves.build({"train_loss": np.ones(50)}, context={"learning_rate": 0.3})
        (change,) = prescribe.lower_rate(Case(run), 10.0, reference="").changes

        assert (change.before, change.after) == (0.3, pytest.approx(0.03))

    def test_warm_up_is_a_share_of_the_run_and_a_cosine_only_where_nothing_decays(self):
        constant = prescribe.lower_rate(
            case(lr=np.full(400, 1e-2)), 3.0, warm_up=True, cosine=True, reference=""
        )
        decayed = prescribe.lower_rate(case(lr=curves.cosine(400)), 3.0, cosine=True, reference="")

        assert {c.name: c.after for c in constant.changes} == {
            "learning_rate": pytest.approx(3e-3),
            "schedule": "cosine to 0",
            "warmup_steps": 20,
        }
        assert [c.name for c in decayed.changes] == ["learning_rate"]

    @pytest.mark.parametrize(
        ("now", "after"), [(None, 20), (5, 20), (20, None), (80, None), (200, 40)]
    )
    def test_a_warm_up_of_usual_length_is_left_alone(self, now, after):
        context = {} if now is None else {"warmup_steps": now}
        run = curves.build({"train_loss": np.ones(401)}, context=context)
        lower = prescribe.lower_rate(Case(run), 3.0, warm_up=True, reference="")

        assert {c.name: c.after for c in lower.changes}.get("warmup_steps") == after

    def test_a_warm_up_is_a_share_of_the_planned_length(self):
        case = Case(curves.build({"train_loss": np.ones(401)}), total_steps=4000)
        lower = prescribe.lower_rate(case, 3.0, warm_up=True, reference="")

        assert lower.changes[-1].after == 200


class TestAfterBlowUp:
    """Gradient descent on a bowl of curvature λ = 2: stable below a rate of 1."""

    def grown(self, rate, momentum=0.0, optimizer="sgd", steps=60):
        w, before = 1.0, 1.0
        loss = []
        for _ in range(steps):
            loss.append(1.0 + w * w)
            w, before = w - rate * 2 * w + momentum * (w - before), w
        columns = {"train_loss": np.array(loss), "lr": np.full(steps, rate)}
        return curves.build(columns, context={"optimizer": optimizer, "momentum": momentum})

    def rate(self, run, onset=3.0):
        case = Case(run)
        change = prescribe.after_blow_up(case, case.train, onset).changes[0]
        assert change.name == "learning_rate"
        return change.after

    @pytest.mark.parametrize(
        ("rate", "momentum", "stable"), [(3.0, 0.0, 1.0), (1.2, 0.0, 1.0), (5.0, 0.9, 1.9)]
    )
    def test_the_growth_of_the_loss_tells_which_rate_is_stable(self, rate, momentum, stable):
        assert self.rate(self.grown(rate, momentum)) == prescribe.snap(stable / 3)

    def test_of_an_adaptive_optimizer_it_tells_nothing(self):
        assert self.rate(self.grown(3.0, optimizer="adam")) == pytest.approx(0.1)

    def test_without_growth_the_rate_is_divided(self):
        run = curves.build(
            {"train_loss": np.r_[np.linspace(2, 1, 50), np.full(50, 2.3)], "lr": np.full(100, 0.5)},
            context={"optimizer": "sgd"},
        )
        assert self.rate(run, onset=51.0) == pytest.approx(0.05)


class TestClip:
    def test_takes_the_90th_percentile_before_the_step_and_nothing_after_it(self):
        norms = np.random.default_rng(0).uniform(1.0, 2.0, 400)
        norms[300:] = 1e6
        clip = prescribe.clip(case(grad_norm=norms), 300.0)

        assert clip is not None
        assert clip.changes[0].after == pytest.approx(1.9, abs=0.06)

    def test_a_run_that_is_clipped_at_that_norm_needs_none(self):
        norms = np.random.default_rng(0).uniform(1.0, 2.0, 400)

        def clip(now):
            columns = {"train_loss": np.ones(400), "grad_norm": norms}
            run = curves.build(columns, context={"clip_grad_norm": now})
            return prescribe.clip(Case(run), 300.0)

        assert clip(1.0) is None
        assert clip(5.0).changes[0].before == 5.0

    def test_without_norms_there_is_none(self):
        assert prescribe.clip(case(), 300.0) is None
        assert prescribe.clip(case(grad_norm=np.ones(400)), 5.0) is None
