"""JSON documents: series are found by their shape, at any depth, also in a document cut short."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossdoc.errors import NoUsableMetric, UnreadableLog
from lossdoc.sources import jsondoc
from lossdoc.sources.base import HEAD_BYTES, Source

STATE = {
    "best_metric": None,
    "epoch": 2.0,
    "global_step": 30,
    "log_history": [
        {"epoch": 1.0, "grad_norm": 3.1, "learning_rate": 5e-5, "loss": 2.0, "step": 10},
        {"epoch": 1.0, "eval_loss": 2.1, "eval_runtime": 9.0, "step": 10},
        {"epoch": 2.0, "grad_norm": float("nan"), "learning_rate": 2e-5, "loss": 1.5, "step": 20},
        {
            "epoch": 2.0,
            "step": 30,
            "total_flos": 1e15,
            "train_loss": 1.7,
            "train_runtime": 60.0,
            "train_samples_per_second": 5.0,
            "train_steps_per_second": 0.5,
        },
    ],
    "max_steps": 30,
    "num_train_epochs": 2,
    "stateful_callbacks": {"TrainerControl": {"args": {"should_log": True}}},
    "train_batch_size": 8,
    "trial_name": None,
}


@pytest.fixture
def log(tmp_path):
    """Makes a source of an object, a text or bytes."""

    def make(content, name="log.json"):
        path = tmp_path / name
        text = content if isinstance(content, str | bytes) else json.dumps(content, indent=2)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return Source(path, name)

    return make


def cells(table):
    """Column name -> {row: value}."""
    return {
        c.name: dict(zip(c.rows.tolist(), c.values.tolist(), strict=True)) for c in table.columns
    }


def one(source):
    assert jsondoc.sniff(source) is not None
    (table,) = jsondoc.read(source)
    return cells(table)


def several(source):
    assert jsondoc.sniff(source) is not None
    return {table.name: cells(table) for table in jsondoc.read(source)}


# ---- Hugging Face


@pytest.mark.parametrize("indent", [None, 2])
def test_trainer_state(log, indent):
    source = log(json.dumps(STATE, indent=indent))

    (table,) = jsondoc.read(source)
    found = cells(table)

    assert "log_history" in jsondoc.sniff(source)
    assert found["loss"] == {1: 2.0, 3: 1.5}
    assert found["eval_loss"] == {2: 2.1}
    assert found["step"] == {1: 10, 2: 10, 3: 20, 4: 30}
    assert np.isnan(found["grad_norm"][3])
    assert table.context == {"global_step": 30, "total_steps": 30, "epochs": 2, "batch_size": 8}
    assert table.issues == ()


def test_the_summary_row_adds_no_point(log):
    """It repeats the mean loss of the whole run, an outlier at its end."""
    summary = set(STATE["log_history"][-1]) - {"epoch", "step"}

    assert not summary & set(one(log(STATE)))


def test_an_unlimited_number_of_epochs_is_no_number_of_epochs(log):
    (table,) = jsondoc.read(log(STATE | {"num_train_epochs": 2**63 - 1}))

    assert "epochs" not in table.context


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: rows,
        lambda rows: {"log_history": rows},
        lambda rows: {"state": {"log_history": rows}, "args": {"lr": 0.1}},
        lambda rows: {"metrics": rows, "betas": [0.9, 0.999]},
        lambda rows: {str(i): row for i, row in enumerate(rows)},
    ],
)
def test_records_are_found_in_every_wrapper(log, wrap):
    rows = [{"step": i, "loss": 1 / i} for i in range(1, 40)]

    found = one(log(wrap(rows)))

    assert set(found) == {"step", "loss"}
    assert found["loss"][39] == 1 / 39


def test_states_of_several_runs_are_several_tables(log):
    source = log({"a": STATE, "b": STATE | {"max_steps": 50}})

    tables = jsondoc.read(source)

    assert [table.name for table in tables] == ["a", "b"]
    assert [table.context["total_steps"] for table in tables] == [30, 50]


# ---- histories


def test_history_of_lists(log):
    source = log({"train_loss": [0.5, 0.25, None, "0.1"], "val_loss": [0.6], "note": "a run"})

    assert one(source) == {"train_loss": {1: 0.5, 2: 0.25, 4: 0.1}, "val_loss": {1: 0.6}}


def test_nested_lists_of_one_element(log):
    source = log({"loss": [[0.5], [0.25]], "val_loss": [[0.6, 0.5]]})

    assert one(source) == {"loss": {1: 0.5, 2: 0.25}, "val_loss": {1: 0.6, 2: 0.5}}


def test_more_digits_than_python_likes(log):
    assert one(log('{"loss": [1' + "0" * 5000 + ", 2]}"))["loss"] == {1: float("inf"), 2: 2}


def test_lists_of_lists_and_of_texts_are_no_series(log):
    source = log({"loss": [0.5, 0.25], "confusion": [[1, 2], [3, 4]], "names": ["cat", "dog"]})

    assert set(one(source)) == {"loss"}


def test_settings_beside_a_history_are_its_context(log):
    source = log(
        {
            "config": {"learning_rate": 0.05, "optimizer": "SGD", "epochs": 3},
            "history": {"loss": [3, 2, 1], "accuracy": [0.1, 0.2, 0.3]},
        }
    )

    (table,) = jsondoc.read(source)

    assert cells(table)["loss"] == {1: 3, 2: 2, 3: 1}
    assert table.context == {"learning_rate": 0.05, "optimizer": "SGD", "epochs": 3}


def test_folds_are_several_runs(log):
    fold = {"loss": [2, 1], "val_loss": [3, 2]}
    source = log({"results": {"fold_0": fold | {"lr": 0.1}, "fold_1": fold | {"lr": 0.2}}})

    tables = jsondoc.read(source)

    assert [(table.name, dict(table.context)) for table in tables] == [
        ("fold_0", {"learning_rate": 0.1}),
        ("fold_1", {"learning_rate": 0.2}),
    ]
    assert all(cells(table)["val_loss"] == {1: 3, 2: 2} for table in tables)


def test_a_list_of_runs_is_several_runs_by_name(log):
    runs = [{"name": n, "seed": 1, "lr": 0.1, "history": {"loss": [2, 1]}} for n in ("a", "b")]

    assert several(log(runs)) == {
        "a/history": {"loss": {1: 2, 2: 1}},
        "b/history": {"loss": {1: 2, 2: 1}},
    }


def test_parts_of_the_data_are_one_run(log):
    source = log({"train": {"loss": [2, 1], "acc": [0.1, 0.2]}, "val": {"loss": [3, 2]}})

    assert one(source) == {
        "train/loss": {1: 2, 2: 1},
        "train/acc": {1: 0.1, 2: 0.2},
        "val/loss": {1: 3, 2: 2},
    }


def test_parts_of_the_data_within_metrics_are_one_run(log):
    source = log(
        {"loss": {"train": [2, 1], "val": [3, 2]}, "acc": {"train": [0, 1], "val": [0, 1]}}
    )

    assert set(one(source)) == {"loss/train", "loss/val", "acc/train", "acc/val"}


def test_parts_of_the_data_within_folds(log):
    fold = {"train": {"loss": [2, 1]}, "val": {"loss": [3, 2]}}

    found = several(log({"fold 1": fold, "fold 2": fold}))

    assert {name: set(table) for name, table in found.items()} == {
        "fold 1": {"train/loss", "val/loss"},
        "fold 2": {"train/loss", "val/loss"},
    }


def test_lists_of_records_of_different_pace_are_merged_by_step(log):
    """Row numbers follow the steps, so that nothing seems to go back."""
    source = log(
        {
            "train_log": [{"step": i, "loss": 10 - i} for i in range(1, 7)],
            "eval_log": [{"step": 3, "loss": 8}, {"step": 6, "loss": 5}],
        }
    )

    found = one(source)

    assert list(found["step"].values()) == [1, 2, 3, 3, 4, 5, 6, 6]
    assert found["val/loss"] == {3: 8, 7: 5} or found["val/loss"] == {4: 8, 8: 5}
    assert len(found["train/loss"]) == 6


def test_lists_that_cannot_be_brought_into_one_order_stay_apart(log):
    source = log(
        {
            "train": [{"step": s, "loss": 1} for s in (1, 2, 1, 2)],
            "val": [{"epoch": e, "loss": 1} for e in (1, 2)],
        }
    )

    assert set(several(source)) == {"train", "val"}


def test_a_data_frame_written_column_by_column(log):
    source = log({"loss": {"0": 3.0, "1": 2.0, "10": 0.5, "2": 1.0}, "lr": {"0": 1, "1": 1}})

    assert one(source)["loss"] == {1: 3.0, 2: 2.0, 3: 1.0, 4: 0.5}


def test_records_by_epoch_keep_the_number_of_the_epoch(log):
    source = log({"epoch_10": {"loss": 1.0}, "epoch_5": {"loss": 2.0}})

    assert one(source) == {"epoch": {1: 5, 2: 10}, "loss": {1: 2.0, 2: 1.0}}


def test_records_by_number_keep_gaps_as_steps(log):
    source = log({"100": {"loss": 2.0}, "200": {"loss": 1.0}})

    assert one(source) == {"step": {1: 100, 2: 200}, "loss": {1: 2.0, 2: 1.0}}


def test_objects_over_several_lines_one_after_another(log):
    rows = [{"step": i, "loss": 1 / i} for i in (1, 2, 3)]
    source = log("\n".join(json.dumps(row, indent=1) for row in rows) + '\n{\n "step": 4,')

    assert one(source)["step"] == {1: 1, 2: 2, 3: 3}
    assert [(i.kind, i.lost) for i in jsondoc.read(source)[0].issues] == [("torn-tail", False)]


# ---- recognising


@pytest.mark.parametrize(
    "content",
    [
        {"traceEvents": [{"ts": 1, "dur": 2, "name": "op" * 40_000}, {"ts": 2, "name": "op"}]},
        '{"step": 1, "loss": 2}\n{"step": 2, "loss": 1}\n',
        '{"step": 1, "loss": 2}',
        '{"step": 1, "loss": 2},\n{"step": 2, "loss": 1},\n',
        '{"step": 1, "loss": 2}\n{"step": 2, "lo',
        "epoch,loss\n1,2\n",
        "[INFO] step 1 loss 2\n",
        "{\n  lua : 1\n}\n",
        "",
        "[" * 70_000,
    ],
)
def test_what_is_no_log_or_another_format_is_refused(log, content):
    assert jsondoc.sniff(log(content)) is None


@pytest.mark.parametrize(
    "content",
    [
        {"name": "package", "version": "1.0", "files": ["a", "b"], "scripts": {"test": "jest"}},
        {"eval_loss": 0.5, "eval_accuracy": 0.9},
        {"model_a": {"loss": {"part_1": 0.5, "part_2": 0.75}}, "model_b": {"loss": {"part_1": 1}}},
    ],
)
def test_a_small_document_is_taken_so_that_its_refusal_says_what_it_holds(log, content):
    assert jsondoc.sniff(log(content)) == "a JSON document"
    with pytest.raises(NoUsableMetric, match="without records") as refusal:
        jsondoc.read(log(content))
    assert next(iter(content)) in refusal.value.details[0]


@pytest.mark.parametrize(
    "content",
    [
        {f"epoch_{e}": {"loss": e, "val_loss": e + 1} for e in (1, 2, 3)},
        {"loss": {str(e): e for e in (1, 2, 3)}, "val_loss": {str(e): e + 1 for e in (1, 2, 3)}},
        {"columns": ["loss", "val_loss"], "data": [[1, 2], [2, 3], [3, 4]]},
        {"final": {"loss": 3}, "history": [{"loss": e, "val_loss": e + 1} for e in (1, 2, 3)]},
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_a_history_on_one_line_is_read_like_one_on_many(log, content, indent):
    found = one(log(json.dumps(content, indent=indent)))

    assert list(found["loss"].values()) == [1, 2, 3]
    assert list(found["val_loss"].values()) == [2, 3, 4]


def test_parts_of_the_data_in_another_language(log):
    content = {"treino": {"perda": [3, 2]}, "validação": {"perda": [4, 3]}}

    assert set(one(log(content))) == {"train/perda", "val/perda"}


def test_two_keys_of_one_part_of_the_data_keep_their_names(log):
    content = {"validation_0": {"logloss": [3, 2]}, "validation_1": {"logloss": [4, 3]}}

    assert one(log(content)) == {
        "validation_0/logloss": {1: 3, 2: 2},
        "validation_1/logloss": {1: 4, 2: 3},
    }


# ---- what the name of the file says


def test_a_bare_list_is_named_after_its_file(log):
    assert one(log([2.5, 2.25, None, 2.0], "loss_history.json")) == {
        "loss_history": {1: 2.5, 2: 2.25, 4: 2.0}
    }


def test_a_bare_list_in_a_file_of_another_name_stays_without_meaning(log):
    with pytest.raises(NoUsableMetric):
        jsondoc.read(log([2.5, 2.25], "durations.json"))


def test_parts_of_the_data_in_a_file_of_losses(log):
    content = {"steps": [0, 10], "train": [2.5, 2.25], "val": [2.75, 2.5]}

    assert one(log(content, "losses.json")) == {
        "steps": {1: 0, 2: 10},
        "losses/train": {1: 2.5, 2: 2.25},
        "losses/val": {1: 2.75, 2: 2.5},
    }


def test_parts_of_the_data_under_a_key_of_losses(log):
    content = {"loss": {"train": [2.5, 2.25], "val": [2.75, 2.5]}}

    assert set(one(log(content, "run.json"))) == {"loss/train", "loss/val"}


def test_a_document_is_recognised_by_its_head(log):
    rows = [{"step": i, "loss": 1 / (i + 1)} for i in range(20_000)]
    text = json.dumps({"log_history": rows})
    assert len(text) > 2 * HEAD_BYTES

    assert len(one(log(text))["loss"]) == 20_000


def test_a_history_whose_first_list_fills_the_head(log):
    assert len(one(log(json.dumps({"loss": [1 / 3] * 10_000, "val": [1.5]})))["val"]) == 1


def test_a_document_without_series_says_what_it_holds(log):
    source = log({"name": "package", "version": "1.0"})

    with pytest.raises(NoUsableMetric, match="without records or lists of numbers") as error:
        jsondoc.read(source)
    assert error.value.details == ("an object with the keys name, version",)


@pytest.mark.parametrize("content", ["[]", "3", '"text"', "null", "{}", "[1, 2]", "[[1, 2]]"])
def test_any_other_value_is_no_log(log, content):
    with pytest.raises(NoUsableMetric):
        jsondoc.read(log(content))


# ---- damage


def test_a_cut_document_gives_its_whole_records(log):
    text = json.dumps(STATE, indent=2)
    source = log(text[: text.index('"loss": 1.5') + 8])

    (table,) = jsondoc.read(source)

    assert cells(table)["step"] == {1: 10, 2: 10}
    (issue,) = table.issues
    assert (issue.kind, issue.lost) == ("broken-document", True)
    assert "line 23, column" in issue.message


def test_a_cut_history_gives_its_whole_numbers(log):
    source = log('{"train_loss": [0.5, 0.25, 0.125], "val_loss": [0.6, 0.55, 0.5')

    assert one(source) == {
        "train_loss": {1: 0.5, 2: 0.25, 3: 0.125},
        "val_loss": {1: 0.6, 2: 0.55},
    }


def test_a_cut_list_of_runs_gives_the_part_of_the_first_one(log):
    source = log('[{"name": "a", "history": {"loss": [3, 2, 1')

    assert one(source) == {"loss": {1: 3, 2: 2}}


def test_a_list_of_records_that_is_still_open(log):
    assert one(log('[\n{"step": 1, "loss": 2},\n{"step": 2, "loss": 1},\n'))["loss"] == {1: 2, 2: 1}


def test_garbage_behind_the_document_is_reported(log):
    (table,) = jsondoc.read(log(json.dumps(STATE) + "\nSegmentation fault\n"))

    assert [(i.kind, i.row, i.lost) for i in table.issues] == [("broken-document", 2, True)]


def test_a_document_without_anything_whole_names_the_place(log):
    with pytest.raises(UnreadableLog, match="line 2, column 6") as error:
        jsondoc.read(log('{"loss":\n [0.5'))
    assert "try again" in error.value.hint


def test_too_deep_a_document_is_unreadable(log):
    with pytest.raises(UnreadableLog, match="nested too deeply"):
        jsondoc.read(log('{"a":' * 100_000))


TEXT = json.dumps(STATE, indent=1).encode()


@settings(max_examples=200)
@given(
    cut=st.integers(0, len(TEXT)),
    flips=st.lists(st.tuples(st.integers(0, len(TEXT) - 1), st.integers(1, 255)), max_size=2),
)
def test_damage_never_crashes_and_a_cut_is_always_reported(tmp_path_factory, cut, flips):
    data = bytearray(TEXT)
    for place, bits in flips:
        data[place] ^= bits
    del data[cut:]
    path = tmp_path_factory.mktemp("damage") / "state.json"
    path.write_bytes(data)
    source = Source(path, "state.json")

    with contextlib.suppress(UnreadableLog, NoUsableMetric):
        jsondoc.sniff(source)
        tables = jsondoc.read(source)
        assert cut == len(TEXT) or all(table.issues for table in tables)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text("ab1", max_size=3),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["loss", "train", "val", "0", "1", "01", "x"]), inner)
        ),
        max_leaves=20,
    )
)
def test_no_shape_of_document_crashes(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("shape") / "any.json"
    path.write_text(json.dumps(value))
    source = Source(path, "any.json")

    jsondoc.sniff(source)
    with contextlib.suppress(NoUsableMetric):
        for table in jsondoc.read(source):
            assert table.columns
            assert all(np.all(np.diff(c.rows) > 0) for c in table.columns)
