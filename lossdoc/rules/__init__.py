"""One file for each rule; `builtin` is the list of them, in the order of root causes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossdoc.rules.base import Rule


@cache
def builtin() -> tuple[Rule, ...]:
    """Every built-in rule with its default options; what explains others comes first."""
    from lossdoc.rules.ld101_non_finite_terminal import NonFiniteTerminal
    from lossdoc.rules.ld102_diverged import Diverged
    from lossdoc.rules.ld103_train_loss_regression import TrainLossRegression
    from lossdoc.rules.ld104_gradient_explosion import GradientExplosion
    from lossdoc.rules.ld105_isolated_non_finite import IsolatedNonFinite
    from lossdoc.rules.ld106_overflow_risk import OverflowRisk
    from lossdoc.rules.ld201_oscillation import Oscillation
    from lossdoc.rules.ld202_loss_spike_recovered import LossSpikeRecovered
    from lossdoc.rules.ld203_loss_spike_lingering import LossSpikeLingering
    from lossdoc.rules.ld204_gradient_spike import GradientSpike
    from lossdoc.rules.ld205_level_shift import LevelShift
    from lossdoc.rules.ld206_late_noise_floor import LateNoiseFloor
    from lossdoc.rules.ld207_clip_saturated import ClipSaturated
    from lossdoc.rules.ld301_no_learning import NoLearning
    from lossdoc.rules.ld302_chance_level import ChanceLevel
    from lossdoc.rules.ld303_too_slow import TooSlow
    from lossdoc.rules.ld304_still_improving import StillImproving
    from lossdoc.rules.ld305_early_plateau import EarlyPlateau
    from lossdoc.rules.ld306_vanishing_gradient import VanishingGradient
    from lossdoc.rules.ld307_dead_units import DeadUnits
    from lossdoc.rules.ld401_overfitting import Overfitting
    from lossdoc.rules.ld402_generalisation_gap import GeneralisationGap
    from lossdoc.rules.ld403_underfitting import Underfitting
    from lossdoc.rules.ld404_val_better_than_train import ValBetterThanTrain
    from lossdoc.rules.ld405_val_instability import ValInstability
    from lossdoc.rules.ld501_no_warm_up import NoWarmUp
    from lossdoc.rules.ld502_decayed_too_early import DecayedTooEarly
    from lossdoc.rules.ld503_rate_rebound import RateRebound
    from lossdoc.rules.ld504_never_decayed import NeverDecayed
    from lossdoc.rules.ld505_long_warm_up import LongWarmUp
    from lossdoc.rules.ld506_decay_unfinished import DecayUnfinished
    from lossdoc.rules.ld507_rate_ramp import RateRamp
    from lossdoc.rules.ld508_rate_not_positive import RateNotPositive
    from lossdoc.rules.ld901_too_few_points import TooFewPoints
    from lossdoc.rules.ld902_restarted import Restarted
    from lossdoc.rules.ld903_missing_series import MissingSeries
    from lossdoc.rules.ld904_smoothed_log import SmoothedLog
    from lossdoc.rules.ld905_repeated_values import RepeatedValues
    from lossdoc.rules.ld906_scale_mismatch import ScaleMismatch
    from lossdoc.rules.ld907_sparse_evaluations import SparseEvaluations
    from lossdoc.rules.ld908_clipped_norm_logged import ClippedNormLogged
    from lossdoc.rules.ld909_epoch_sawtooth import EpochSawtooth
    from lossdoc.rules.ld910_non_stationary_objective import NonStationaryObjective

    return (
        RateNotPositive(),
        RateRebound(),
        NoWarmUp(),
        OverflowRisk(),
        GradientExplosion(),
        NonFiniteTerminal(),
        Diverged(),
        LossSpikeLingering(),
        TrainLossRegression(),
        Oscillation(),
        GradientSpike(),
        ClipSaturated(),
        LossSpikeRecovered(),
        LevelShift(),
        DecayedTooEarly(),
        NeverDecayed(),
        LateNoiseFloor(),
        RateRamp(),
        LongWarmUp(),
        DecayUnfinished(),
        DeadUnits(),
        VanishingGradient(),
        ChanceLevel(),
        NoLearning(),
        TooSlow(),
        StillImproving(),
        Underfitting(),
        EarlyPlateau(),
        Overfitting(),
        GeneralisationGap(),
        ValInstability(),
        ValBetterThanTrain(),
        IsolatedNonFinite(),
        TooFewPoints(),
        Restarted(),
        MissingSeries(),
        SmoothedLog(),
        RepeatedValues(),
        ScaleMismatch(),
        SparseEvaluations(),
        ClippedNormLogged(),
        EpochSawtooth(),
        NonStationaryObjective(),
    )
