"""Which names differ by a counter alone, and how runs are called briefly."""

import pytest

from lossdoc.ensemble.names import labels, pattern, shared_pattern


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("runs/seed-0/log.csv", "runs/seed-11/log.csv"),
        ("gpt-s3.jsonl", "gpt-s4.jsonl"),
        ("version_0/metrics.csv", "version_12/metrics.csv"),
        ("2024-01-05_09.30/log.csv", "2024-02-17_11.04/log.csv"),
        ("wandb/run-20240105_093011-k3j2h1a9/x", "wandb/run-20240106_120001-zzqpwoei/x"),
        ("a91f03c/log.csv", "0cc17d2e4/log.csv"),
    ],
)
def test_counters_dates_and_hashes_do_not_tell_runs_apart(one, other):
    assert pattern(one) == pattern(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lr0.1_s0.csv", "lr0.01_s0.csv"),
        ("lr=1e-3/log.csv", "lr=1e-4/log.csv"),
        ("width64.csv", "width128.csv"),
        ("bs-32/seed-1.csv", "bs-64/seed-1.csv"),
        ("adam-1.csv", "sgd-1.csv"),
        ("a/seed-1.csv", "b/seed-1.csv"),
    ],
)
def test_settings_and_words_do(one, other):
    assert pattern(one) != pattern(other)


def test_a_word_that_ends_like_a_setting_is_none():
    assert pattern("url1.csv") == pattern("url2.csv")


def test_the_shared_pattern_hides_only_what_differs():
    names = ["fp16/2024-s0.csv", "fp16/2024-s1.csv"]

    assert shared_pattern(names) == "fp16/2024-s#.csv"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([("runs/seed-3/log.csv", ""), ("runs/seed-4/log.csv", "")], ("seed-3", "seed-4")),
        ([("runs/gpt-s3.jsonl", ""), ("runs/gpt-s4.jsonl", "")], ("s3", "s4")),
        ([("export.csv", "run 1"), ("export.csv", "run 2")], ("run 1", "run 2")),
        ([("1/x.csv", ""), ("2/x.csv", "")], ("1", "2")),
        ([("a/1/x.csv", ""), ("x-2.csv", "")], ("a/1/x.csv", "x-2.csv")),
        ([("a/s1/x-1.csv", ""), ("a/s2/x-2.csv", "")], ("s1/x-1", "s2/x-2")),
        ([(r"runs\s1.csv", ""), (r"runs\s2.csv", "")], ("s1", "s2")),
    ],
)
def test_a_label_is_what_tells_a_run_from_the_others(names, expected):
    assert labels(names) == expected
