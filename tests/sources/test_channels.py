"""Which column plays which role beside which others."""

import json

import numpy as np
import pytest

import lossdoc
from lossdoc.errors import AmbiguousMetric, NoUsableMetric, UsageError
from lossdoc.model import Channel
from lossdoc.sources.frames import run_from_mapping

N = 10
FALLING = np.linspace(2, 1, N)


def run_of(*names, **given):
    """A run of ten epochs with falling columns; some columns as given."""
    columns = {"epoch": np.arange(N), **dict.fromkeys(names, FALLING), **given}
    return run_from_mapping(columns)


def names(run, channel):
    return [series.name for series in run.all(channel)]


PAIRS = [  # columns, training loss, validation loss
    ("loss val_loss", "loss", "val_loss"),
    ("train_loss valid_loss", "train_loss", "valid_loss"),
    ("loss test_loss", "loss", "test_loss"),
    ("train_loss val_loss test_loss", "train_loss", "val_loss"),
    ("train/loss eval/loss", "train/loss", "eval/loss"),
    ("Loss/train Loss/test", "Loss/train", "Loss/test"),
    ("main/loss validation/main/loss", "main/loss", "validation/main/loss"),
    ("trl tel", "trl", "tel"),
    ("train_mean_nll test/nll", "train_mean_nll", "test/nll"),
    ("train_loss val_RMSE", "train_loss", "val_RMSE"),
    ("loss_tgt_mean num_loss_tokens", "loss_tgt_mean", None),
    ("train/ctc_loss validation/ctc_loss", "train/ctc_loss", "validation/ctc_loss"),
    ("loss value_every", "loss", None),
]


@pytest.mark.parametrize(("columns", "train", "val"), PAIRS)
def test_principal_losses(columns, train, val):
    run = run_of(*columns.split())

    assert run[Channel.TRAIN_LOSS].name == train
    found = run.get(Channel.VAL_LOSS)
    assert (found.name if found else None) == val


def test_a_total_is_preferred_and_its_parts_are_components():
    run = run_of("loss_cls", "loss_bbox", "total_loss")

    assert names(run, Channel.TRAIN_LOSS) == ["total_loss"]
    assert names(run, Channel.TRAIN_COMPONENT) == ["loss_cls", "loss_bbox"]


def test_parts_without_a_total_are_summed_and_stay_components():
    run = run_of("train/box_loss", "train/cls_loss", "val/box_loss", "val/cls_loss")

    assert names(run, Channel.TRAIN_LOSS) == ["sum of train/box_loss, train/cls_loss"]
    assert np.array_equal(run[Channel.TRAIN_LOSS].values, 2 * FALLING)
    assert names(run, Channel.VAL_LOSS) == ["sum of val/box_loss, val/cls_loss"]
    assert len(run.all(Channel.VAL_COMPONENT)) == 2
    assert any("no total: sum of the parts" in line for line in run.why)


def test_a_nan_in_a_part_is_a_nan_in_the_sum():
    broken = np.where(np.arange(N) == 4, np.nan, FALLING)
    run = run_of("train/cls_loss", **{"train/box_loss": broken})

    assert np.flatnonzero(np.isnan(run[Channel.TRAIN_LOSS].values)).tolist() == [4]


def test_several_evaluation_sets_are_not_summed():
    run = run_of("loss", "eval_books_loss", "eval_code_loss")

    assert names(run, Channel.VAL_LOSS) == ["eval_books_loss", "eval_code_loss"]


def test_the_evaluation_loss_comes_before_those_of_single_sets():
    run = run_of("loss", "eval_books_loss", "eval_loss")

    assert run[Channel.VAL_LOSS].name == "eval_loss"


def test_two_objectives_side_by_side_stay_two_losses():
    run = run_of("Train Robust Loss", "Train Loss", "Test Robust Loss", "Test Loss")

    assert names(run, Channel.TRAIN_LOSS) == ["Train Loss", "Train Robust Loss"]
    assert names(run, Channel.VAL_LOSS) == ["Test Loss", "Test Robust Loss"]


def test_a_loss_of_the_first_steps_only_is_a_side_series():
    first = [2.0, 1.9, *[None] * (N - 2)]
    run = run_of("train/loss", "validation/loss", loss=first)

    assert names(run, Channel.TRAIN_LOSS) == ["train/loss", "loss"]


def test_the_loss_logged_more_often_is_principal():
    epoch_means = [None if i % 3 else 1.5 for i in range(N)]
    run = run_of("train_loss_step", train_loss_epoch=epoch_means)

    assert names(run, Channel.TRAIN_LOSS) == ["train_loss_step", "train_loss_epoch"]


def test_the_mean_of_the_whole_run_in_the_last_row_is_left_out():
    run = run_of("loss", train_loss=[*[None] * (N - 1), 1.5])

    assert names(run, Channel.TRAIN_LOSS) == ["loss"]


def test_one_final_test_row_is_no_validation():
    run = run_of("train_loss", test_loss=[*[None] * (N - 1), 1.5])

    assert Channel.VAL_LOSS not in run


def test_perplexity_stands_in_as_its_logarithm():
    run = run_of(ppl=np.exp(FALLING))

    assert run[Channel.TRAIN_LOSS].name == "log(ppl)"
    assert np.allclose(run[Channel.TRAIN_LOSS].values, FALLING)


def test_perplexity_and_errors_beside_a_loss_are_metrics():
    run = run_of("loss", "val_loss", "ppl", "val_mae")

    assert names(run, Channel.TRAIN_METRIC) == ["ppl"]
    assert run[Channel.VAL_METRIC].higher_is_better is False


# ---- accuracy


def test_percent_becomes_a_fraction_for_all_accuracies_together():
    run = run_of("loss", train_acc=100 * FALLING / 2, val_acc=FALLING / 2)

    assert run[Channel.TRAIN_ACCURACY].values[0] == pytest.approx(1.0)
    assert run[Channel.VAL_ACCURACY].values[0] == pytest.approx(0.01)
    assert any("percent" in line for line in run.why)


@pytest.fixture
def mixed(tmp_path):
    """A run whose bars show an accuracy, beside summaries of each epoch on lines of their own."""

    def run(bar, summary):
        path = tmp_path / "run.jsonl"
        with path.open("w") as log:
            for i, (shown, told) in enumerate(zip(bar, summary, strict=True)):
                print(json.dumps({"epoch": i, "loss": FALLING[i], "acc": shown}), file=log)
                print(json.dumps({"epoch": i, "train_acc": told, "val_acc": told}), file=log)
        return lossdoc.load(path)

    return run


def test_a_bar_in_percent_says_nothing_of_shares_in_a_summary(mixed):
    run = mixed(bar=100 * FALLING / 4, summary=FALLING / 4)

    accuracies = [*run.all(Channel.TRAIN_ACCURACY), *run.all(Channel.VAL_ACCURACY)]
    assert {series.name: series.values[0] for series in accuracies} == {
        "acc": 0.5,
        "train_acc": 0.5,
        "val_acc": 0.5,
    }


@pytest.mark.parametrize("stuck", [0.9, 1.1])
def test_accuracies_near_one_per_cent_are_none_of_a_hundred(mixed, stuck):
    run = mixed(bar=np.full(N, 5.0), summary=np.full(N, stuck))

    assert run[Channel.VAL_ACCURACY].values[0] == pytest.approx(stuck / 100)


@pytest.mark.parametrize(
    ("columns", "channel"),
    [
        ("loss acc val_acc", Channel.TRAIN_ACCURACY),
        ("loss acc", Channel.TRAIN_ACCURACY),
        ("train_loss valid_loss acc", Channel.VAL_ACCURACY),
        ("loss_bbox loss_cls loss acc", Channel.TRAIN_METRIC),
        ("D_loss G_loss acc", Channel.TRAIN_METRIC),
    ],
)
def test_an_accuracy_without_a_split(columns, channel):
    chosen = dict.fromkeys([c for c in columns.split() if "acc" in c], FALLING / 2)
    run = run_of(*[c for c in columns.split() if "acc" not in c], **chosen)

    assert "acc" in names(run, channel)


def test_only_top_1_is_an_accuracy():
    run = run_of("loss", "test_loss", test_acc1=FALLING, test_acc5=FALLING)

    assert names(run, Channel.VAL_ACCURACY) == ["test_acc1"]
    assert names(run, Channel.VAL_METRIC) == ["test_acc5"]


# ---- rates and norms


def test_the_plain_rate_comes_first_and_the_smallest_last():
    run = run_of("loss", "train_min_lr", "lr/pg0", "train_lr")

    assert names(run, Channel.LEARNING_RATE) == ["train_lr", "lr/pg0", "train_min_lr"]


def test_norms_of_layers_are_not_the_norm_of_the_gradient():
    run = run_of("loss", "grad_norm/layer.0", "grad_norm", "grad_norm/layer.1")

    assert names(run, Channel.GRAD_NORM) == ["grad_norm"]
    assert len(run.all(Channel.LAYER_GRAD_NORM)) == 2


def test_the_total_of_a_table_of_norms_is_the_norm_of_the_gradient():
    run = run_of(
        "loss", "grad_2.0_norm/fc1.weight", "grad_2.0_norm/fc2.weight", "grad_2.0_norm_total"
    )

    assert names(run, Channel.GRAD_NORM) == ["grad_2.0_norm_total"]
    assert len(run.all(Channel.LAYER_GRAD_NORM)) == 2


def test_what_the_trainer_tells_about_gradients_has_its_channels():
    run = run_of(
        "train_loss", "grad_norm", "grad_norm_first", "grad_norm_last", "clip_coef", "dead_frac"
    )

    assert names(run, Channel.GRAD_NORM) == ["grad_norm"]
    assert names(run, Channel.LAYER_GRAD_NORM) == ["grad_norm_first", "grad_norm_last"]
    assert names(run, Channel.CLIP_COEF) == ["clip_coef"]
    assert names(run, Channel.DEAD_SHARE) == ["dead_frac"]
    assert names(run, Channel.TRAIN_LOSS) == ["train_loss"]


def test_a_percentage_of_dead_units_becomes_a_share():
    run = run_of("loss", dead_pct=np.full(len(FALLING), 75.0), dead_frac=np.full(len(FALLING), 0.5))

    assert [float(s.values[0]) for s in run.all(Channel.DEAD_SHARE)] == [0.75, 0.5]


def test_scale_and_components_are_no_gradient():
    run = run_of("loss", "train_loss_scale", "max_grad_norm")

    assert names(run, Channel.LOSS_SCALE) == ["train_loss_scale"]
    assert Channel.GRAD_NORM not in run


# ---- objective


@pytest.mark.parametrize(
    ("columns", "objective"),
    [
        ("loss val_loss", "supervised"),
        ("train_loss val_loss train_domain_loss", "supervised"),
        ("loss rewards/chosen rewards/margins", "supervised"),
        ("loss val_loss return", "supervised"),
        ("loss reward kl", "reinforcement"),
        ("train/loss rollout/ep_rew_mean", "reinforcement"),
        ("train/policy_gradient_loss train/value_loss", "reinforcement"),
        ("critic_loss actor_loss", "reinforcement"),
        ("D_loss G_loss", "adversarial"),
        ("lossD lossG val_loss", "adversarial"),
        ("critic_loss generator_loss", "adversarial"),
    ],
)
def test_objective(columns, objective):
    assert run_of(*columns.split()).objective == objective


def test_losses_without_a_falling_goal_are_kept_one_by_one():
    run = run_of("train/value_loss", "train/loss", "rollout/ep_rew_mean")

    assert names(run, Channel.TRAIN_LOSS) == ["train/loss", "train/value_loss"]
    assert Channel.REWARD in run


# ---- what the user says


def test_the_user_overrules_the_names():
    run = run_from_mapping(
        {"step": np.arange(N), "loss": FALLING, "objective_b": FALLING + 1},
        mapping={"train_loss": "objective_b", "val_loss": "loss"},
    )

    assert run[Channel.TRAIN_LOSS].name == "objective_b"
    assert run[Channel.VAL_LOSS].name == "loss"


def test_an_unknown_channel_is_a_wrong_setting():
    with pytest.raises(UsageError) as caught:
        run_from_mapping({"loss": FALLING}, mapping={"trian_loss": "loss"})
    assert "train_loss" in caught.value.hint


def test_an_unknown_column_names_what_was_meant():
    with pytest.raises(AmbiguousMetric) as caught:
        run_from_mapping(
            {"step": FALLING, "objective": FALLING}, mapping={"train_loss": "objectve"}
        )
    assert "objective" in caught.value.hint


def test_no_loss_says_what_was_seen_and_what_to_try():
    with pytest.raises(NoUsableMetric) as caught:
        run_of("accuracy", "top5")
    assert "epoch, accuracy, top5" in caught.value.details[0]
    assert "--map train_loss=" in caught.value.hint


def test_every_role_is_explained():
    why = run_of("loss", "val_loss").why

    assert "loss -> train_loss (by its name)" in why
    assert "val_loss -> val_loss (by its name)" in why


def test_numbered_validation_sets_are_no_parts_of_a_sum():
    run = run_of("validation_0/logloss", "validation_1/logloss")

    assert names(run, Channel.VAL_LOSS) == ["validation_0/logloss", "validation_1/logloss"]
