"""Rows of the logs that tests of the command line read."""

import math


def table(rows):
    return "\n".join(["step,train_loss,val_loss,lr,grad_norm", *rows]) + "\n"


def row(step, loss):
    val = 0.45 + 2 * math.exp(-step / 60)
    return f"{step},{loss},{val:.6f},{1e-3 * (1 - step / 400):.3e},{1 + 0.1 * math.sin(step):.4f}"


def fall(step):
    return 0.4 + 2 * math.exp(-step / 60) + 0.02 * math.sin(7.1 * step)
