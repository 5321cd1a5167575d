"""One command trains, judges, and writes the page, the numbers and the records of the rules."""

import json

import pytest
import torch
from scorecard_samples import FAULT, SOUND, scenario

from lossdoc.measured import Measured
from lossdoc.scorecard import __main__ as command
from lossdoc.scorecard import page, results
from lossdoc.trainer.cure_report import Kept
from lossdoc.trainer.scenarios import onsets
from lossdoc.trainer.survey import recipe

torch.set_num_threads(1)

DATED = scenario("dated", onset=onsets.at(1))
HIDDEN = scenario("hidden", oracle=lambda log: False)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Four scenarios, and a folder for what is kept."""
    known = {one.name: one for one in (FAULT, DATED, HIDDEN, SOUND)}
    monkeypatch.setattr(command, "SCENARIOS", known)
    monkeypatch.setattr("lossdoc.trainer.scenarios.SCENARIOS", known)
    monkeypatch.setattr(results, "RESULTS", tmp_path / "scorecard.json")
    monkeypatch.setattr(results, "RECORDS", tmp_path / "measured.json")
    nothing = Kept(versions={}, recipes={}, scenarios={})
    monkeypatch.setattr("lossdoc.trainer.cure_report.kept", lambda: nothing)
    return tmp_path


def run(*arguments):
    return command.main([*arguments, "--first-seed", "0", "--device", "cpu"])


def test_everything_is_measured_and_kept(folder, capsys):
    assert run("--seeds", "2", "--draws", "2", "--cache", str(folder / "logs")) == 0

    found = results.saved(results.RESULTS)
    assert (found.runs, found.first_seed, found.seeds) == (8, 0, 2)
    assert found.scenarios["grows"] == (2, 2, 0)
    assert found.hidden == {"hidden": (2, 2)}
    assert found.families == {"LD1": (4, 4, 0)}
    assert found.rules["LD102"].counts["runs"] == 4
    assert found.rules["LD102"].onsets == 2
    assert found.sound["healthy"].runs == found.relogged["as it is"].runs == 2
    assert found.tasks["LeastSquares"].faulty == 4
    assert len(found.draws) == 2
    records = json.loads(results.RECORDS.read_text())
    assert Measured(**records["rules"]["LD102"]).runs == 4
    assert records["seeds"] == [0, 1]
    assert (folder / "scorecard.md").read_text() == page.generated(found)
    said = capsys.readouterr().out
    assert "2 shown, 2 named, 0 wrong; LD" in said
    assert "Of 4 faulty runs 4 are named rightly" in said


def test_kept_logs_are_judged_again_without_training(folder, monkeypatch):
    logs = ("--cache", str(folder / "logs"), "--quick", "--seeds", "1")
    assert run(*logs) == 0
    monkeypatch.setattr("lossdoc.trainer.batch.run_batch", None)

    assert run(*logs, "--no-train") == 0


def test_a_dry_run_prints_the_page_and_keeps_nothing(folder, capsys):
    assert run("grows", "calm", "--seeds", "1", "--quick", "--dry-run") == 0

    text = capsys.readouterr().out
    assert "# Scorecard" in text
    assert "1/1 (21–100 %)" in text
    assert list(folder.iterdir()) == []


def test_cures_are_those_of_the_scenarios_that_a_rule_answers_best(folder, monkeypatch):
    from lossdoc.trainer import cure_report
    from lossdoc.trainer.cure import cure

    treated = cure(FAULT, first_seed=0, seeds=2, rounds=1, device="cpu")
    for fingerprint, runs in ((recipe(FAULT), 2), ("another recipe", 0)):
        kept = Kept(versions={}, recipes={"grows": fingerprint}, scenarios={"grows": treated})
        monkeypatch.setattr(cure_report, "kept", lambda kept=kept: kept)

        run("grows", "--seeds", "1", "--quick")

        score = results.saved(results.RESULTS).rules["LD102"]
        assert (score.treated, score.cured) == (runs, treated.cured if runs else 0)


def test_labelled_logs_alone_need_no_training(folder, monkeypatch, capsys):
    monkeypatch.setattr("lossdoc.trainer.batch.run_batch", None)
    logs = folder / "others"
    (logs / "data" / "one").mkdir(parents=True)
    losses = "".join(f"{k},{2 * 0.9**k + 0.1}\n" for k in range(60))
    (logs / "data" / "one" / "log.csv").write_text(f"step,train_loss\n{losses}")
    (logs / "labels.csv").write_text("id,repo,healthy\none,a/b,1\n")

    assert run("--corpus", str(logs), "--corpus-only", "--draws", "1") == 0

    assert "| others | 1 | 1 | 0/1 (0–79 %) | – | – |" in capsys.readouterr().out
    assert not results.RESULTS.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing-such"], "no such scenario: nothing-such"),
        (["--no-train"], "--no-train needs --cache"),
        (["--corpus-only"], "--corpus-only needs --corpus"),
        (["grows", "--no-train", "--cache", "nowhere"], "holds no log of grows, seed 0"),
        (["grows", "--seeds", "1", "--corpus", "nowhere"], "holds no labels.csv"),
    ],
)
def test_what_cannot_be_done_is_refused(folder, arguments, message, capsys):
    with pytest.raises(SystemExit) as left:
        run(*arguments)

    assert left.value.code == 2
    assert message in capsys.readouterr().err


def test_a_page_without_results_says_so():
    assert "Nothing has been measured yet" in page.page(None)


def test_the_slice_alone(monkeypatch, capsys):
    from lossdoc.scorecard import slice as part

    score = part.SliceScore(9, 8, 1, 4, 0, {"grows 0": "not named"})
    monkeypatch.setattr(part, "slice_score", lambda: score)

    assert command.main(["--slice"]) == 0
    assert capsys.readouterr().out == (
        f"{'grows 0':34} not named\n"
        "named 8 of 9 faulty runs, 1 of them wrongly as well; alarms in 0 of 4 sound runs\n"
    )
