"""Budgets from the settings to the exit code and the reports."""

import json
import math

import pytest


@pytest.fixture
def budgets(logs):
    """Write the budgets of the working directory."""

    def write(text):
        (logs / ".git").mkdir(exist_ok=True)
        (logs / "lossdoc.toml").write_text(f"[budgets]\n{text}\n")

    return write


@pytest.fixture
def seeds(logs):
    """Three seeds, one of which ends badly."""
    (logs / "runs").mkdir()
    for seed, level in enumerate((0.5, 0.52, 3.0)):
        rows = [f"{i},{0.4 + 2 * math.exp(-i / 60)},{level + 1 / (i + 1)}" for i in range(200)]
        text = "\n".join(["step,train_loss,val_loss", *rows]) + "\n"
        (logs / "runs" / f"seed-{seed}.csv").write_text(text)


def told(lossdoc, *arguments):
    return json.loads(lossdoc("analyze", *arguments, "--output-format", "json")[1])


def test_a_budget_that_is_kept_is_told(lossdoc, budgets):
    budgets('"val_loss.best" = { max = 1.0 }')
    code, out, _ = lossdoc("analyze", "healthy.csv")

    assert code == 0
    assert "val_loss.best 0.453 (at most 1): kept" in " ".join(out.split())


def test_one_that_is_not_is_a_finding(lossdoc, budgets):
    budgets('"val_loss.best" = { max = 0.3 }')
    code, out, _ = lossdoc("analyze", "healthy.csv")

    assert code == 1
    assert "LD990 budget-exceeded" in out
    assert "val_loss.best is 0.453, above its limit of 0.3" in " ".join(out.split())
    assert "lossdoc explain LD990" in out


def test_levels_meet_the_gate_as_those_of_rules_do(lossdoc, budgets):
    budgets('steps = { max = 9, level = "warning" }')

    assert lossdoc("analyze", "healthy.csv")[0] == 0
    assert lossdoc("analyze", "healthy.csv", "--fail-on", "warning")[0] == 1
    assert lossdoc("analyze", "healthy.csv", "--fail-on", "warning", "--exit-zero")[0] == 0


def test_json_lists_them(lossdoc, budgets):
    budgets('steps = { max = 9 }\nwall_time = { max = 9 }\n"val_loss.best" = { max = 1 }')
    (run,) = told(lossdoc, "healthy.csv")["runs"]

    assert [(b["measure"], b["value"], b["ok"]) for b in run["budgets"]] == [
        ("steps", 399, False),
        ("wall_time", None, None),
        ("val_loss.best", pytest.approx(0.4526, abs=1e-3), True),
    ]
    assert run["not_checked"][0]["reason"] == "wall_time: no wall_time in this log"


def test_what_is_not_measured_does_not_pass(lossdoc, budgets):
    budgets("wall_time = { max = 9 }")
    code, out, _ = lossdoc("analyze", "healthy.csv")

    assert code == 3
    assert "no verdict on a budget: wall_time: no wall_time in this log" in " ".join(out.split())
    assert lossdoc("analyze", "healthy.csv", "--allow-inconclusive")[0] == 0
    assert lossdoc("analyze", "nan.csv")[0] == 1


def test_an_unknown_measure_is_named_with_the_file(lossdoc, budgets):
    budgets('"val_los.best" = { max = 9 }')
    code, out, err = lossdoc("analyze", "healthy.csv")

    assert (code, out) == (2, "")
    assert "lossdoc.toml: budgets.val_los.best" in err
    assert "did you mean val_loss.best?" in " ".join(err.split())


def test_on_the_command_line(lossdoc):
    given = 'budgets."steps_to(val_loss<1.0)"={max=10}'

    assert lossdoc("analyze", "healthy.csv", "--config", given)[0] == 1


def test_no_baseline_accepts_one(lossdoc, budgets, logs):
    budgets("steps = { max = 9 }")
    code, _, _ = lossdoc(
        "analyze", "healthy.csv", "--baseline", "b.toml", "--write-baseline", "--reason", "x"
    )

    assert code == 1
    assert "LD990" not in (logs / "b.toml").read_text()


def test_the_median_of_several_seeds(lossdoc, budgets, seeds):
    budgets('"val_loss.final" = { max = 1.0 }')
    assert lossdoc("analyze", "runs")[0] == 1

    budgets('"val_loss.final" = { max = 1.0, aggregate = "median" }')
    code, out, _ = lossdoc("analyze", "runs", "--ignore", "LD4")
    assert code == 0
    words = " ".join(out.split())
    assert "runs/seed-#.csv (3 runs): median of val_loss.final 0.525 (at most 1): kept" in words

    budgets('"val_loss.final" = { max = 1.0, aggregate = "worst" }')
    assert lossdoc("analyze", "runs", "--ignore", "LD4")[0] == 1
    assert "not kept" in lossdoc("analyze", "runs", "-q")[1]


def test_a_median_in_json(lossdoc, budgets, seeds):
    budgets('"val_loss.final" = { max = 0.1, aggregate = "median", level = "warning" }')
    report = told(lossdoc, "runs")

    (shared,) = report["budgets"]
    assert shared["runs"] == ["seed-0", "seed-1", "seed-2"]
    assert len(shared["values"]) == 3
    assert (shared["budget"]["ok"], shared["budget"]["level"]) == (False, "warning")
    assert all(run["budgets"] == [] for run in report["runs"])


def test_a_median_of_a_single_run_is_its_value(lossdoc, budgets):
    budgets('steps = { max = 9, aggregate = "median" }')

    assert lossdoc("analyze", "healthy.csv")[0] == 1


def test_a_median_that_cannot_be_judged_does_not_pass(lossdoc, budgets, seeds):
    budgets('wall_time = { max = 9, aggregate = "median" }')

    code, out, _ = lossdoc("analyze", "runs", "--ignore", "LD4")
    assert code == 3
    assert "not judged: seed-0: no wall_time in this log" in " ".join(out.split())
    assert lossdoc("analyze", "runs", "--ignore", "LD4", "--allow-inconclusive")[0] == 0


def test_they_are_explained(lossdoc):
    code, out, _ = lossdoc("explain", "LD990")

    assert code == 0
    assert "wasted_fraction" in out
    assert lossdoc("explain", "budget-exceeded")[1] == out
