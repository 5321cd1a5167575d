"""What single names mean, spelled in every way in which logs spell them."""

import pytest

from lossdoc.sources.naming import Kind, meaning, words

SPELLINGS = [
    ("Train Loss", "train loss"),
    ("trainLoss", "train loss"),
    ("train/loss", "train loss"),
    ("train-loss", "train loss"),
    ("trainloss", "train loss"),
    ("TrainLoss", "train loss"),
    ("learningRate", "lr"),
    ("Train/CrossEntropyLoss", "train nll loss"),
    ("metrics/mAP50-95(B)", "metrics map50 95 b"),
    ("val_mean_io_u", "val mean iou"),
    ("lossG+lossD", "loss g loss d"),
    ("top_5_accuracy", "acc5 acc"),
]


@pytest.mark.parametrize(("name", "expected"), SPELLINGS)
def test_words(name, expected):
    assert words(name) == tuple(expected.split())


LOSSES = [  # name, split, what is left
    *[
        (name, "", "")
        for name in ("loss", "Loss", "total_loss", "mean_loss", "avg_loss", "lm_loss")
    ],
    ("Average loss", "", ""),
    ("lm loss value", "", ""),
    ("main/loss", "", ""),
    ("epoch_loss", "", ""),
    ("train_loss", "train", ""),
    ("training loss", "train", ""),
    ("Loss/train", "train", ""),
    ("train/train_loss", "train", ""),
    ("train_loss_step", "train", ""),
    ("train/CrossEntropyLoss", "train", ""),
    ("trl", "train", ""),
    ("tel", "test", ""),
    ("val_loss", "val", ""),
    ("eval_loss", "val", ""),
    ("valid_loss", "val", ""),
    ("validation/main/loss", "val", ""),
    ("evaluation_loss_vs_iterations", "val", ""),
    ("test_loss", "test", ""),
    ("train/box_loss", "train", "box"),
    ("train/box_om", "train", "box om"),
    ("loss_rpn_cls", "", "rpn cls"),
    ("train_loss_ce_0", "train", "ce 0"),
    ("eval_books_loss", "val", "books"),
    ("Test Robust Loss", "test", "robust"),
    ("val_rl", "val", "rl"),
    ("value_loss", "", "value"),
    ("validation_0-logloss", "val", "0"),
]


@pytest.mark.parametrize(("name", "split", "rest"), LOSSES)
def test_losses(name, split, rest):
    found = meaning(name)

    assert (found.kind, found.split, found.rest) == (Kind.LOSS, split, tuple(rest.split()))


LOOK_ALIKES = [
    "loss_weight",
    "loss_coef",
    "value_loss_coef",
    "best_loss",
    "num_loss_tokens",
    "loss_type",
    "train_loss_bbox_unscaled",
    "stop_loss",
    "profit_loss",
    "packet_loss",
    "max_loss",
    "min_loss",
    "loss_pct",
    "loss_count",
    "loss_std",
    "val_loss_every",
    "FOCAL_LOSS_ALPHA",
    "number_of_nan_iterations",
    "max_grad_norm",
    "grad_clip",
    "clip_fraction",
    "clip_ratio/high_mean",
    "num_dead_units",
    "frac_reward_zero_std",
    "deadline",
    "lr_decay_iters",
    "learningRateDecay",
    "lr_scheduler",
    "accumulated_submission_time",
    "total_flos",
    "epoch_time",
    "step_avg",
    "grad_accum_steps",
    "train_runtime",
    "eval_steps_per_second",
    "reward_std",
    "value",
]


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_look_alikes_mean_nothing(name):
    assert meaning(name).kind is Kind.OTHER


OTHERS = [
    *[
        (name, Kind.LEARNING_RATE)
        for name in ["lr", "LR", "learning_rate", "train_lr", "lr/pg0", "x/lr0"]
    ],
    ("lr-Adam", Kind.LEARNING_RATE),
    ("lr-AdamW/pg1", Kind.LEARNING_RATE),
    ("Loss/learning_rate", Kind.LEARNING_RATE),
    ("optim/learning_rate_group0", Kind.LEARNING_RATE),
    ("grad_norm", Kind.GRAD_NORM),
    ("train_gnorm", Kind.GRAD_NORM),
    ("norm", Kind.GRAD_NORM),
    ("optim/total_grad_norm", Kind.GRAD_NORM),
    ("train/agent/grad_norm_loss_critic", Kind.GRAD_NORM),
    ("train_loss_scale", Kind.LOSS_SCALE),
    ("loss-scale", Kind.LOSS_SCALE),
    ("grad_scale", Kind.LOSS_SCALE),
    ("GradScaler/scale", Kind.LOSS_SCALE),
    ("gradients/layer.0.weight", Kind.GRAD_NORM),
    ("grad_2.0_norm/fc1.weight", Kind.GRAD_NORM),
    ("clip_coef", Kind.CLIP_COEF),
    ("train/grad_clip_coefficient", Kind.CLIP_COEF),
    ("dead_frac", Kind.DEAD_SHARE),
    ("dead_relu/layer1", Kind.DEAD_SHARE),
    ("frac_dead_neurons", Kind.DEAD_SHARE),
    ("dormant_ratio", Kind.DEAD_SHARE),
    ("grad_zero_frac", Kind.DEAD_SHARE),
    ("zero_grad_share", Kind.DEAD_SHARE),
    ("step", Kind.STEP),
    ("_step", Kind.STEP),
    ("current_steps", Kind.STEP),
    ("time/total_timesteps", Kind.STEP),
    ("num_input_tokens_seen", Kind.STEP),
    ("Epoch", Kind.EPOCH),
    ("num_epoch", Kind.EPOCH),
    ("_timestamp", Kind.TIME),
    ("Wall time", Kind.TIME),
    ("val_accuracy", Kind.ACCURACY),
    ("Train Acc.", Kind.ACCURACY),
    ("test_acc1", Kind.ACCURACY),
    ("sparse_categorical_accuracy", Kind.ACCURACY),
    ("test_acc5", Kind.METRIC),
    ("mean_token_accuracy", Kind.METRIC),
    ("fast_rcnn/cls_accuracy", Kind.METRIC),
    ("eval_mean_accuracy", Kind.METRIC),
    ("eval_wer", Kind.METRIC),
    ("train_mean_nll", Kind.STAND_IN),
    ("val_RMSE", Kind.STAND_IN),
    ("mean_squared_error", Kind.STAND_IN),
    ("Valid Perplexity", Kind.PERPLEXITY),
    ("rollout/ep_rew_mean", Kind.REWARD),
    ("train/return", Kind.REWARD),
]


@pytest.mark.parametrize(("name", "kind"), OTHERS)
def test_other_quantities(name, kind):
    assert meaning(name).kind is kind


@pytest.mark.parametrize(
    ("name", "higher"),
    [("val_f1", True), ("eval_wer", False), ("test_class_error", False), ("val_psnr", True)],
)
def test_direction_of_a_metric(name, higher):
    assert meaning(name).higher_is_better is higher


def test_a_step_of_the_run_is_preferred_to_a_planned_total():
    assert meaning("global_step").rank < meaning("iteration").rank < meaning("total_steps").rank
