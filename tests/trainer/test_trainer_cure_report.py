"""What treating scenarios came to: totals, tables, and the results that are kept."""

import json

import pytest

from lossdoc.trainer import cure_report
from lossdoc.trainer.courses import Cure
from lossdoc.trainer.cure import ANOTHER_SEED, TENTH
from lossdoc.trainer.cure_report import (
    keep,
    kept,
    line,
    page,
    sentences,
    to_json,
    to_markdown,
    total,
    unmeasured,
)


def result(name="divergence-sgd", kind="fault", cured=18, **more):
    told = {
        "scenario": name,
        "kind": kind,
        "first_seed": 1000,
        "seeds": 20,
        "rounds": 3,
        "cured": cured,
        "clean": cured + 1,
        "alarms": 20,
        "rate": cured / 20,
        "interval": (0.699, 0.972),
        "placebos": {TENTH: 5, ANOTHER_SEED: 1},
        "prescribed": {"LD102": 20},
        "why": {"clean, but no better": 20 - cured} if cured < 20 else {},
        "regret": 1.25,
        "incurable": "",
        "device": "cpu",
        "courses": (),
        **more,
    }
    return Cure(**told)


def healthy(alarms):
    return result(
        "healthy-digits-adam",
        "healthy",
        0,
        alarms=alarms,
        placebos={},
        prescribed={},
        why={},
        regret=None,
    )


def test_totals_leave_out_what_no_prescription_can_reach():
    results = [
        result(cured=20),
        result("edge", cured=17),
        result("lost", cured=0, incurable="no channel shows it"),
        healthy(1),
    ]
    sums = total(results)
    assert (sums.scenarios, sums.enough) == (2, 1)
    assert (sums.runs, sums.cured) == (40, 37)
    assert sums.placebos == {TENTH: 10, ANOTHER_SEED: 2}
    assert (sums.innocent, sums.alarms) == (20, 1)
    assert 0.79 < sums.interval[0] < 0.925 < sums.interval[1] < 0.98


def test_totals_are_told_in_sentences():
    assert sentences(total([result(cured=19), healthy(0)])) == [
        "19 of 20 faulty runs are cured: 95.0 % (76–99 %).",
        "1 of 1 scenarios are cured on 90% or more of their runs.",
        "The placebos cure 25.0 % (learning rate / 10) and 5.0 % (no change).",
        "0 of 20 runs of healthy scenarios and look-alikes have a warning, and a change prescribed.",
    ]
    assert sentences(total([])) == []


def test_markdown_has_a_table_of_faults_and_one_of_the_others():
    text = to_markdown([result(), healthy(2), result("lost", incurable="no channel shows it")])
    assert "| divergence-sgd | 18/20 | 70–97 % | 19 | LD102 | 5 | 1 | 1.25 | 2 clean" in text
    assert "| healthy-digits-adam | healthy | 20 | 2 |" in text
    assert "- lost (18/20 cured all the same): no channel shows it" in text


def test_json_holds_versions_totals_and_every_result():
    data = json.loads(to_json([result(), healthy(0)]))
    assert data["total"]["cured"] == 18
    assert [one["scenario"] for one in data["scenarios"]] == [
        "divergence-sgd",
        "healthy-digits-adam",
    ]
    assert "lossdoc" in data["versions"]


def test_a_line_says_what_came_of_a_scenario():
    assert line(result()) == (
        "cured 18 of 20 (learning rate / 10 5, no change 1); regret 1.25; 2 clean, but no better"
    )
    assert line(healthy(3)) == "3 of 20 with a warning"


@pytest.fixture
def results(tmp_path, monkeypatch):
    path = tmp_path / "cure.json"
    monkeypatch.setattr(cure_report, "RESULTS", path)
    return path


def test_results_are_kept_in_the_order_of_the_registry(results):
    assert "Nothing has been measured yet" in page()
    keep(result("divergence-cnn"))
    keep(healthy(0))
    keep(result("divergence-cnn", cured=20))
    assert list(kept().scenarios) == ["healthy-digits-adam", "divergence-cnn"]
    assert kept().scenarios["divergence-cnn"].cured == 20
    assert "seeds 1000 to 1019" in page()
    assert "divergence-cnn" not in unmeasured()
    assert "divergence-sgd" in unmeasured()
    assert results.read_text().endswith("}\n")


def test_the_command_keeps_what_it_measures(results, capsys):
    pytest.importorskip("torch")
    names = ["healthy-least-squares-gd", "--seeds", "1", "--first-seed", "0"]
    assert cure_report.main([*names, "--dry-run"]) == 0
    assert not results.exists()
    assert cure_report.main(names) == 0
    assert list(kept().scenarios) == ["healthy-least-squares-gd"]
    assert "0 of 1 with a warning" in capsys.readouterr().out


def test_an_unknown_scenario_is_named(capsys):
    with pytest.raises(SystemExit):
        cure_report.main(["nonsense"])
    assert "no such scenario: nonsense" in capsys.readouterr().err
