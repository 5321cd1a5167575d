"""A log that cannot be judged: what to try instead."""

import pytest

from lossdoc.errors import NoUsableMetric
from lossdoc.sources import open_runs


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("step,train,val", "--map train_loss=train --map val_loss=val"),
        ("epoch,Training", "--map train_loss=Training"),
        ("epoch,score", "--map train_loss=<column>"),
        ("L_A,L_B", "--map train_loss=<column>"),
    ],
)
def test_the_hint_names_the_columns_to_map(tmp_path, header, hint):
    log = tmp_path / "log.csv"
    log.write_text(header + "\n" + "".join(f"{i}," * header.count(",") + "1.5\n" for i in range(9)))

    with pytest.raises(NoUsableMetric) as refusal:
        open_runs(str(log))
    assert refusal.value.hint.endswith(f"lossdoc analyze {log} {hint}")
    if "<" not in hint:
        mapping = dict(part.split("=") for part in hint.split() if "=" in part)
        assert open_runs(str(log), mapping=mapping)


def test_a_monitor_of_stable_baselines_holds_rewards_only(tmp_path):
    log = tmp_path / "monitor.csv"
    log.write_text('#{"t_start": 1.5, "env_id": "None"}\nr,l,t\n-20.5,200,3.25\n-18.0,180,6.5\n')

    with pytest.raises(NoUsableMetric, match="rewards only"):
        open_runs(str(log))
