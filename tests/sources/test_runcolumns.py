"""Several runs in one table are several runs, not swings or parts of one."""

import pytest

from lossdoc.model import Channel
from lossdoc.sources import open_runs


@pytest.fixture
def losses(tmp_path):
    """Names of the runs of a table, and their training losses."""

    def read(header, rows, **options):
        log = tmp_path / "log.csv"
        log.write_text("\n".join([header, *rows]) + "\n")
        return {
            run.name: run[Channel.TRAIN_LOSS].values.tolist()
            for run in open_runs(str(log), **options)
        }

    return read


EPOCHS = range(1, 7)


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("fold_1_loss", "fold_2_loss", ("fold 1", "fold 2")),
        ("loss (seed 7)", "loss (seed 8)", ("seed 7", "seed 8")),
        ("SGD_loss", "RMSprop_loss", ("sgd", "rmsprop")),
    ],
)
def test_columns_that_name_their_runs(losses, first, second, names):
    rows = [f"{e},{1 / e},{2 / e}" for e in EPOCHS]

    assert losses(f"epoch,{first},{second}", rows) == {
        names[0]: [1 / e for e in EPOCHS],
        names[1]: [2 / e for e in EPOCHS],
    }


@pytest.mark.parametrize("header", ["epoch,box_loss,run_1_loss", "epoch,loss,fold_1_loss"])
def test_a_loss_that_names_no_run_keeps_the_table_whole(losses, header):
    assert len(losses(header, [f"{e},{1 / e},{2 / e}" for e in EPOCHS])) == 1


def test_what_the_user_names_is_the_loss_of_the_whole_table(losses):
    rows = [f"{e},{1 / e},{2 / e}" for e in EPOCHS]

    mapped = losses("epoch,adam_loss,sgd_loss", rows, mapping={"train_loss": "sgd_loss"})
    assert list(mapped.values()) == [[2 / e for e in EPOCHS]]


@pytest.mark.parametrize(
    ("key", "values", "names"),
    [
        ("fold", (1, 2), ("fold 1", "fold 2")),
        ("client_id", (0, 5), ("client_id 0", "client_id 5")),
        ("model", ("small", "large"), ("small", "large")),
    ],
)
def test_rows_that_go_on_by_turns(losses, key, values, names):
    rows = [f"{e},{v},{k / e}" for e in EPOCHS for k, v in enumerate(values, 1)]

    assert losses(f"epoch,{key},loss", rows) == {
        names[0]: [1 / e for e in EPOCHS],
        names[1]: [2 / e for e in EPOCHS],
    }


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("epoch,fold,loss", "{e},1,{v}"),
        ("epoch,seed,loss", "{e},{e},{v}"),
        ("epoch,fold_size,loss", "{e},{odd},{v}"),
        ("epoch,model,loss", "{e},base,{v}"),
    ],
)
def test_a_column_that_does_not_part_the_rows(losses, header, row):
    rows = [row.format(e=e, v=1 / e, odd=e % 2) for e in EPOCHS]

    assert losses(header, rows) == {"": [1 / e for e in EPOCHS]}


def test_players_of_one_training_stay_together(losses):
    rows = [f"{e},{m},{1 / e}" for e in EPOCHS for m in ("generator", "discriminator")]

    assert len(losses("epoch,model,loss", rows)) == 1
