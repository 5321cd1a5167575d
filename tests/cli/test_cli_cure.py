"""``lossdoc cure``: measures whether the advice works, for people, for scripts, and for pages."""

import json

import pytest

from lossdoc.cli import curing
from lossdoc.cli.curing import state
from lossdoc.trainer.config import MLP, LeastSquares, TrainConfig
from lossdoc.trainer.scenarios import Scenario

torch = pytest.importorskip("torch")

LINEAR = TrainConfig(
    task=LeastSquares(n_train=64, n_val=16), model=MLP(depth=0), batch_size=None, lr=0.3, steps=160
)


def scenario(name, config, kind="fault"):
    told = {"kind": kind, "title": f"Title of {name}", "seen": "", "why": ""}
    return Scenario(name=name, config=config, oracle=lambda log: True, **told)


FEW = {
    one.name: one
    for one in (
        scenario("calm", LINEAR, kind="healthy"),
        scenario("explosion", LINEAR.replace(lr=30.0)),
        scenario("unseen", LINEAR),
    )
}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setattr(curing, "SCENARIOS", FEW)
    monkeypatch.setattr("lossdoc.cli.reproducing.SCENARIOS", FEW)


def test_one_scenario_is_told_run_by_run(lossdoc):
    code, out, err = lossdoc("cure", "explosion", "--seeds", 2, "--width", 200)

    assert (code, err) == (0, "")
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0] == "seed 1000"
    assert lines[1].startswith("LD101; validation loss ")
    assert "LD101: learning_rate " in lines[1]
    assert lines[2].startswith("clean; validation loss ")
    assert lines[3] == "cured"
    assert lines[-1].startswith("explosion  cured 2 of 2 (learning rate / 10 ")


def test_the_rates_that_were_prescribed_come_from_the_log(lossdoc):
    _, out, _ = lossdoc("cure", "explosion", "--seeds", 1, "--output-format", "json")
    [result] = json.loads(out)["scenarios"]
    first, *_, last = result["courses"][0]["visits"]

    assert first["by"] == "LD101"
    assert 0 < first["applied"]["learning_rate"] < 3.0
    assert last["codes"] == []
    assert result["rate"] == 1.0
    assert result["interval"][0] < 1.0 <= result["interval"][1] + 1e-9


def test_all_scenarios_are_a_line_each_and_a_sum(lossdoc):
    code, out, _ = lossdoc("cure", "--all", "--seeds", 1, "--first-seed", 7, "--width", 200)

    assert code == 0
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == list(FEW)
    assert "0 of 1 with a warning" in lines[0]
    assert "1 nothing was found" in lines[2]
    assert "1 of 2 faulty runs are cured: 50.0 %" in out


def test_markdown_is_ready_for_a_page(lossdoc):
    _, out, _ = lossdoc("cure", "explosion", "--seeds", 1, "--output-format", "markdown")

    assert out.startswith("- 1 of 1 faulty runs are cured")
    assert "| explosion | 1/1 |" in out


def test_a_required_share_makes_it_a_gate(lossdoc):
    assert lossdoc("cure", "unseen", "--seeds", 1, "--require", 0.5)[0] == 1
    assert lossdoc("cure", "explosion", "--seeds", 1, "--require", 0.5)[0] == 0
    assert lossdoc("cure", "calm", "--seeds", 1, "--require", 1)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "which scenario?"),
        (("explosion", "--all"), "--all and a name exclude each other"),
        (("explosoin",), "did you mean explosion?"),
        (("explosion", "--device", "abacus"), "no device 'abacus'"),
        (("explosion", "--seeds", "0"), "--seeds"),
    ],
)
def test_a_wrong_command_line_is_explained(lossdoc, arguments, problem):
    code, out, err = lossdoc("cure", *arguments)

    assert (code, out) == (2, "")
    assert problem in err


def test_the_line_of_progress_fits_the_terminal():
    assert state(40, "divergence-sgd", 12.3, 20) == "40 %, treating dive"
