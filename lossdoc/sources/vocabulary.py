"""The words by which logs name things, as found in several hundred public logs.

Every set holds words as `lossdoc.sources.naming.words` gives them: lower-case, synonyms unified.
"""

from __future__ import annotations

import re


def word_set(text: str) -> frozenset[str]:
    """Words of a text."""
    return frozenset(text.split())


SPLITS = {
    **dict.fromkeys(word_set("train training trn"), "train"),
    **dict.fromkeys(word_set("val valid validation eval evaluation dev holdout heldout"), "val"),
    **dict.fromkeys(word_set("test testing predict"), "test"),
}
SAME = {
    "losses": "loss",
    "accuracy": "acc",
    "accuracies": "acc",
    "accs": "acc",
    "lrs": "lr",
    "rates": "rate",
    "errors": "error",
    "err": "error",
    "average": "avg",
    "averaged": "avg",
    "gradient": "grad",
    "gradients": "grad",
    "grads": "grad",
    "norms": "norm",
    "coefficient": "coef",
    "coeff": "coef",
    "zeros": "zero",
    "steps": "step",
    "epochs": "epoch",
    "rounds": "round",
    "iteration": "iter",
    "iterations": "iter",
    "iters": "iter",
    "it": "iter",
    "timesteps": "timestep",
    "updates": "update",
    "batches": "batch",
    "samples": "sample",
    "examples": "sample",
    "example": "sample",
    "tokens": "token",
    "frames": "frame",
    "episodes": "episode",
    "rewards": "reward",
    "rew": "reward",
    "returns": "return",
    "perplexity": "ppl",
    "ppls": "ppl",
    "minibatch": "batch",
    "logloss": "loss",
    "xent": "nll",
    "ep": "epoch",
    "prec1": "acc1",
    "top1": "acc1",
    "prec5": "acc5",
    "top5": "acc5",
}
PHRASES = (
    (("learning", "rate"), ("lr",)),
    (("tasa", "de", "aprendizaje"), ("lr",)),
    (("tasa", "aprendizaje"), ("lr",)),
    (("taxa", "de", "aprendizado"), ("lr",)),
    (("taxa", "aprendizado"), ("lr",)),
    (("cross", "entropy"), ("nll",)),
    (("categorical", "nll"), ("nll",)),
    (("binary", "nll"), ("nll",)),
    (("root", "mean", "squared", "error"), ("rmse",)),
    (("mean", "squared", "error"), ("mse",)),
    (("mean", "absolute", "error"), ("mae",)),
    (("bits", "per", "byte"), ("bpb",)),
    (("bits", "per", "character"), ("bpc",)),
    (("bits", "per", "dim"), ("bpd",)),
    (("top", "1"), ("acc1",)),
    (("top", "5"), ("acc5",)),
    (("log", "loss"), ("loss",)),
    (("io", "u"), ("iou",)),
    (("gnorm",), ("grad", "norm")),
    (("grad", "2", "0"), ("grad",)),  # Lightning's grad_2.0_norm
)

SHORT = {"trl": "train", "tel": "test"}  # llm.c
NO_LOSS = word_set(
    "weight weights weighting coef coeff coefficient coefficients factor lambda best lowest token "
    "num number count unscaled type ratio rate stop profit packet limit max min pct percent "
    "percentage every interval patience threshold nan skipped streak hearing improvement seconds "
    "ms time usd cut trade trades tax id spike spikes flag"
)
NO_LOSS_AFTER = word_set("std var variance stderr alpha gamma change delta diff scaler")
UNNAMED_LOSSES = word_set("om oo sl rl")
"""YOLOv10's two heads, and standard and robust loss: their names do not contain the word."""
PACE = {"step": "step", "batch": "step", "iter": "step", "epoch": "epoch"}
EMPTY_OF_LOSS = word_set(
    "loss mean avg total running smooth smoothed overall sum final cur current last moving global "
    "reduced per vs step batch iter epoch sample main lm model nll log history metric metrics "
    "scalar scalars objective the of"
)
STAND_INS = ("nll", "ce", "bpb", "bpc", "bpd", "bce", "mse", "rmse", "mae", "mape", "smape", "cost")
LOWER = word_set("wer cer ter eer fid kid error lpips")
HIGHER = re.compile(
    r"(map|ap|ar|auc|auroc|mauc|roc|f|dice|mdice|iou|miou|macc|aacc|precision|recall|psnr|ssim|bleu|"
    r"sacrebleu|rouge|meteor|cider|chrf|r2|mcc|kappa|ndcg|mrr|hit|hits|specificity|sensitivity|"
    r"jaccard|spearman|spearmanr|pearson|pearsonr|kendall|matthews|snr|sisdr|pesq|stoi|acc|acc5|em)"
    r"\d*(?<!^f)"
)
PLAIN_ACC = word_set(
    "acc acc1 sparse categorical binary avg running step batch epoch iter 1 metric metrics log "
    "history cur current percent pct model main"
)
NO_LR = word_set(
    "decay iter scheduler schedule max final mult multiplier ratio factor patience warmup weight "
    "loss reduce cut update gamma"
)
PLAIN_LR = word_set(
    "lr optim opt optimizer cur current step log history group param adam w adamw sgd cfg loss"
)
NO_GRAD = word_set("max clip clipping clipped accum accumulation threshold coef ratio scaled scale")
PLAIN_GRAD = word_set(
    "grad norm total global overall optim optimizer value l2 2 step epoch batch avg mean pre before "
    "log history model unclipped full"
)
CLIP_COEF = frozenset({("clip", "coef"), ("clipping", "coef"), ("clip", "factor")})
DEAD = word_set("dead dormant")
SHARE = word_set("frac fraction share ratio pct percent percentage sparsity")
OF_UNITS = word_set("relu unit units neuron neurons feature features activation activations")
NO_SHARE = word_set("num n count number std reward loss")
NO_REWARD = word_set("std min max var variance len length early rate on penalty coef scale ep_len")
STEP_RANKS = {
    **dict.fromkeys(word_set("step iter timestep s gstep nstep"), 1),
    "update": 2,
    "batch": 3,
    "round": 4,
    "frame": 5,
    "sample": 6,
    "token": 7,
    "episode": 8,
}
WITH_STEP = word_set(
    "global current cur train trained trainer num no n total counters consumed seen idx index id opt optim "
    "optimizer input so far progress main log history env step processed number"
)
WITH_EPOCH = word_set(
    "num no n current cur total train trainer idx index global log history number"
)
TIME_UNITS = {
    **dict.fromkeys(word_set("s sec secs second seconds"), 1.0),
    **dict.fromkeys(word_set("ms millis milliseconds"), 1e-3),
    **dict.fromkeys(word_set("m min mins minute minutes"), 60.0),
    **dict.fromkeys(word_set("h hr hrs hour hours"), 3600.0),
}
TIMES = frozenset(
    tuple(phrase.split())
    for phrase in re.split(
        ";",
        "timestamp;time;wall time;walltime;runtime;elapsed;elapsed time;time elapsed;total time;"
        "total duration;duration;elapse;train time;training time;time total;relative time;"
        "time time elapsed;timers total time;time total time",
    )
)
