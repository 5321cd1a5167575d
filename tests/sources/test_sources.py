"""From bytes to runs, with the real readers."""

import gzip
import importlib
import io
import json
import sys

import pytest

from lossdoc.errors import AmbiguousMetric, NoUsableMetric, UnreadableLog, UsageError
from lossdoc.model import Channel
from lossdoc.sources import READERS, open_all, open_runs

CSV = "epoch,loss,val_loss\n" + "".join(f"{i},{2 - i / 10},{2.1 - i / 10}\n" for i in range(10))
JSONL = "".join(json.dumps({"step": i, "loss": 2 - i / 10}) + "\n" for i in range(10))


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def event_folder(folder, **scalars):
    writer = pytest.importorskip("tensorboardX").SummaryWriter(str(folder))
    for tag, values in scalars.items():
        for step, value in enumerate(values):
            writer.add_scalar(tag.replace("__", "/"), value, step)
    writer.close()


# ---- the registry


@pytest.mark.parametrize("name", READERS)
def test_every_reader_has_the_shape_of_a_reader(name):
    module = importlib.import_module(f"lossdoc.sources.{READERS[name]}")

    assert name == module.FORMAT
    assert callable(module.sniff)
    assert callable(module.read)


def test_free_text_is_asked_last():
    assert list(READERS)[-1] == "text"


# ---- single inputs


def test_a_file_is_read_by_what_is_in_it_not_by_its_name(tmp_path):
    write(tmp_path, a__txt=JSONL, b__log=CSV)

    assert open_runs(tmp_path / "a.txt")[0].format == "jsonl"
    assert open_runs(tmp_path / "b.log")[0].format == "csv"


def test_a_run_carries_the_path_as_given(tmp_path, monkeypatch):
    write(tmp_path / "logs", a__csv=CSV)
    monkeypatch.chdir(tmp_path)

    assert open_runs("logs/../logs/a.csv")[0].path == "logs/../logs/a.csv"


def test_compressed(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV.encode()))

    assert len(open_runs(tmp_path / "a.csv.gz")[0][Channel.TRAIN_LOSS]) == 10


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CSV.encode())))

    (run,) = open_runs("-")

    assert run.path == "-"
    assert len(run[Channel.VAL_LOSS]) == 10


def test_a_run_says_why_it_was_read_so(tmp_path):
    write(tmp_path, a__csv=CSV)

    why = open_runs(tmp_path / "a.csv")[0].why

    assert why[0].startswith("read as csv: ")
    assert "x axis: epoch" in why


# ---- what cannot be read


def test_a_missing_file_names_the_one_that_was_meant(tmp_path):
    write(tmp_path, metrics__csv=CSV)

    with pytest.raises(UnreadableLog, match="there is no") as caught:
        open_runs(tmp_path / "metric.csv")
    assert caught.value.hint == f"did you mean {tmp_path / 'metrics.csv'}?"


def test_a_missing_folder(tmp_path):
    with pytest.raises(UnreadableLog) as caught:
        open_runs(tmp_path / "runs" / "a.csv")
    assert "no folder" in caught.value.hint


def test_a_file_that_may_not_be_opened(tmp_path, monkeypatch):
    write(tmp_path, a__csv=CSV)
    path = type(tmp_path)

    def forbid(self, *_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(path, "open", forbid)

    with pytest.raises(UnreadableLog, match="Permission denied"):
        open_runs(tmp_path / "a.csv")


def test_an_empty_file(tmp_path):
    write(tmp_path, a__csv="")

    with pytest.raises(NoUsableMetric, match="is empty"):
        open_runs(tmp_path / "a.csv")


def test_a_header_without_rows(tmp_path):
    write(tmp_path, a__csv="epoch,loss\n")

    with pytest.raises((NoUsableMetric, UnreadableLog)):
        open_runs(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, b"PK\x03\x04" + bytes(500), b"\x00" * 999],
)
def test_binary_files(tmp_path, content):
    (tmp_path / "a.bin").write_bytes(content)

    with pytest.raises((NoUsableMetric, UnreadableLog)):
        open_runs(tmp_path / "a.bin")


def test_prose_is_no_log(tmp_path):
    write(tmp_path, a__txt="It was a loss for everyone.\nNothing was trained that year.\n" * 20)

    with pytest.raises((NoUsableMetric, UnreadableLog)):
        open_runs(tmp_path / "a.txt")


# ---- what the user says


def test_the_format_can_be_named(tmp_path):
    write(tmp_path, a__data=CSV)

    assert open_runs(tmp_path / "a.data", format="csv")[0].format == "csv"


def test_an_unknown_format_is_a_wrong_setting(tmp_path):
    write(tmp_path, a__csv=CSV)

    with pytest.raises(UsageError) as caught:
        open_runs(tmp_path / "a.csv", format="tensorbord")
    assert "tensorboard" in caught.value.hint


def test_columns_can_be_named(tmp_path):
    write(tmp_path, a__csv=CSV.replace("loss", "objective"))

    (run,) = open_runs(tmp_path / "a.csv", mapping={"train_loss": "objective"}, step_column="epoch")

    assert run[Channel.TRAIN_LOSS].name == "objective"
    with pytest.raises(AmbiguousMetric):
        open_runs(tmp_path / "a.csv", mapping={"train_loss": "nothing"})


# ---- folders


def test_a_folder_holds_many_runs_and_other_files_are_counted(tmp_path):
    write(tmp_path / "runs" / "a", metrics__csv=CSV)
    write(
        tmp_path / "runs" / "b", log__jsonl=JSONL, config__json='{"seed": 1}', notes__txt="hello\n"
    )

    opened = list(open_all([tmp_path / "runs"]))

    assert [len(entry.runs) for entry in opened] == [1, 1, 0]
    assert opened[-1].passed_over == 2
    assert all(entry.problem is None for entry in opened)


def test_final_results_beside_a_log_are_passed_over(tmp_path):
    write(tmp_path, all_results__json='{"epoch": 3.0, "eval_loss": 0.5}', log__csv=CSV)

    assert len(open_runs(tmp_path)) == 1
    assert len(open_runs(tmp_path / "all_results.json")) == 1


def test_a_data_set_in_a_folder_is_not_read_to_its_end(tmp_path, monkeypatch):
    write(tmp_path, train__csv="x,y\n" + "1,2\n" * 10)
    monkeypatch.setattr("lossdoc.sources._LARGE", 20)
    monkeypatch.setattr("lossdoc.sources.csv.read", lambda source: pytest.fail(source.display))

    (opened,) = open_all([tmp_path])

    assert "1 file read, none with a loss" in opened.problem.details


def test_a_folder_without_a_log_says_what_was_seen(tmp_path):
    write(tmp_path, notes__txt="hello\n", accuracy__csv="epoch,accuracy\n1,0.5\n2,0.6\n")

    with pytest.raises(NoUsableMetric, match="no logs in") as caught:
        open_runs(tmp_path)
    assert caught.value.details[0] == "2 files read, none with a loss"
    assert f"no usable loss in {tmp_path / 'accuracy.csv'}" in caught.value.details


def test_an_empty_folder(tmp_path):
    with pytest.raises(UnreadableLog, match="no logs in"):
        open_runs(tmp_path)


def test_a_broken_log_in_a_folder_is_a_problem_not_a_silence(tmp_path):
    write(tmp_path, a__csv=CSV)
    (tmp_path / "b.csv.gz").write_bytes(b"\x1f\x8b" + b"broken" * 9)

    problems = [entry.problem for entry in open_all([tmp_path]) if entry.problem]

    assert len(problems) == 1
    assert isinstance(problems[0], UnreadableLog)


def test_a_column_that_is_missing_in_one_log_of_a_folder_is_a_problem_there(tmp_path):
    write(tmp_path, a__csv=CSV.replace("val_loss", "objective"), b__csv=CSV, notes__txt="hello\n")

    opened = list(open_all([tmp_path], mapping={"train_loss": "objective"}))

    assert [type(entry.problem) for entry in opened] == [type(None), AmbiguousMetric, type(None)]
    assert opened[-1].passed_over == 1


def test_a_folder_of_event_files_is_one_run(tmp_path):
    event_folder(tmp_path / "run", train__loss=[3, 2, 1], val__loss=[3, 2, 2])

    (run,) = open_runs(tmp_path / "run")

    assert run.format == "tensorboard"
    assert run[Channel.VAL_LOSS].values.tolist() == [3, 2, 2]
    assert Channel.WALL_TIME in run


def test_a_table_beside_event_files_of_the_same_run_is_preferred(tmp_path):
    write(tmp_path / "lightning_logs" / "version_0", metrics__csv=CSV)
    event_folder(tmp_path / "lightning_logs" / "version_0", loss=[3, 2, 1])
    event_folder(tmp_path / "lightning_logs" / "version_1", loss=[3, 2, 1])

    assert [run.format for run in open_runs(tmp_path)] == ["csv", "tensorboard"]


def test_an_mlflow_store_is_read_run_by_run(tmp_path):
    for name in ("aaa", "bbb"):
        folder = tmp_path / "mlruns" / "0" / name
        write(folder / "metrics", loss="".join(f"{1000 + i} {2 - i} {i}\n" for i in range(3)))
        write(folder, meta__yaml=f"run_id: {name}\nrun_name: {name}\n")

    runs = open_runs(tmp_path)

    assert [run.format for run in runs] == ["mlflow", "mlflow"]


def test_reading_a_table_loads_no_heavy_library(tmp_path):
    import subprocess

    write(tmp_path, a__csv=CSV)
    code = (
        "import sys; from lossdoc.sources import open_runs; "
        f"open_runs({str(tmp_path / 'a.csv')!r}); "
        "print([m for m in ('pandas', 'tbparse', 'tensorboard', 'rich') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
