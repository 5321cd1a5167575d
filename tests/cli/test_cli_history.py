"""``lossdoc analyze --history``."""

import json

import pytest


def log(end, rate, rise=0.0):
    rows = [f"{i},{0.4 + 2 * 2.7 ** (-i / 60) + rise * (i >= end)},{rate}" for i in range(400)]
    return "\n".join(["step,train_loss,lr", *rows]) + "\n"


@pytest.fixture
def old(logs):
    """A healthy run at 0.001 among earlier ones; the present one diverged at 0.003."""
    folder = logs / "old"
    folder.mkdir()
    (folder / "fine.csv").write_text(log(400, 1e-3))
    (folder / "new.csv").write_text(log(200, 3e-3, rise=30.0))
    (folder / "torn.jsonl").write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "lo')
    return folder


def test_the_rate_lies_between_the_two(lossdoc, old):
    code, out, err = lossdoc("analyze", "old/new.csv", "--history", "old", "--no-plot")
    told = " ".join(out.split())

    assert code == 1
    assert "learning_rate 0.003 → 0.002" in told
    assert "geometric mean of healthy at 0.001 (old/fine.csv) and LD102 at 0.003 (this run)" in told
    assert "history 1 earlier run: healthy at 0.001 (old/fine.csv)" in told
    assert err == ""


def test_what_cannot_be_judged_in_it_is_told_and_does_not_change_the_exit_code(lossdoc, old):
    for output in ("text", "concise"):
        code, out, _ = lossdoc(
            "analyze", "healthy.csv", "--history", "old", "--output-format", output
        )
        assert code == 0
        assert "old/torn.jsonl was not judged: only 1" in " ".join(out.split())


def test_json_holds_what_was_told(lossdoc, old):
    _, out, _ = lossdoc("analyze", "old/new.csv", "--history", "old", "--output-format", "json")
    told = json.loads(out)

    assert told["runs"][0]["history"] == "1 earlier run: healthy at 0.001 (old/fine.csv)"
    assert told["history"]["runs"] == 2
    assert [u["path"] for u in told["history"]["unread"]] == ["old/torn.jsonl"]


def test_a_history_that_is_missing_is_told_and_is_no_error(lossdoc, old):
    code, out, _ = lossdoc("analyze", "old/new.csv", "--history", "nowhere", "--no-plot")
    told = " ".join(out.split())

    assert code == 1
    assert "history no earlier run could be judged" in told
    assert "nowhere was not judged: " in told


def test_it_may_be_given_twice(lossdoc, old):
    _, out, _ = lossdoc(
        "analyze", "old/new.csv", "--history", "healthy.csv", "--history", "old/fine.csv"
    )

    assert "2 earlier runs: healthy at 0.001" in " ".join(out.split())


def test_without_a_history_nothing_is_said_of_it(lossdoc, old):
    _, out, _ = lossdoc("analyze", "old/new.csv", "--output-format", "json")
    told = json.loads(out)

    assert told["history"] is None
    assert told["runs"][0]["history"] == ""
    assert "history" not in lossdoc("analyze", "old/new.csv")[1]
