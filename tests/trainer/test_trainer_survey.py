"""A survey counts what scenarios show and what lossdoc says; its page repeats the numbers."""

import dataclasses

import pytest
import torch

from lossdoc.trainer import page, survey
from lossdoc.trainer.config import TrainConfig
from lossdoc.trainer.models import MLP
from lossdoc.trainer.scenarios import FAMILIES, SCENARIOS, Scenario
from lossdoc.trainer.tasks import LeastSquares

torch.set_num_threads(1)

GROWS = Scenario(
    name="grows",
    kind="fault",
    title="The loss grows",
    config=TrainConfig(task=LeastSquares(), model=MLP(depth=0), batch_size=None, steps=60, lr=1.1),
    oracle=lambda log: bool(log["train_loss"][-1] > 1e3 * log["train_loss"][0]),
    seen="It grows.",
    why="The rate is beyond 2 / λ.",
    expected=("LD102", "LD101"),
    forbidden=("LD401",),
)


def test_a_fault_is_counted_where_it_shows_and_where_it_is_named():
    measured, first = survey.measure(GROWS, first_seed=5, seeds=3, device="cpu")

    assert (measured.first_seed, measured.seeds) == (5, 3)
    assert measured.shown == 3
    assert measured.named == 3
    assert measured.wrong == 0
    assert set(measured.codes) & {"LD101", "LD102"}
    assert first.findings


def test_what_does_not_show_is_not_counted():
    calm = dataclasses.replace(GROWS, config=GROWS.config.replace(lr=0.1))

    measured, _ = survey.measure(calm, seeds=2, device="cpu")

    assert (measured.shown, measured.named) == (0, 0)


def test_every_warning_about_a_run_without_a_fault_is_wrong():
    innocent = dataclasses.replace(GROWS, kind="healthy", expected=(), forbidden=())

    measured, _ = survey.measure(innocent, seeds=2, device="cpu")

    assert measured.named is None
    assert measured.wrong == 2


def test_a_fingerprint_is_that_of_the_settings():
    same = dataclasses.replace(GROWS, title="Something else")
    other = dataclasses.replace(GROWS, config=GROWS.config.replace(lr=1.2))

    assert survey.recipe(same) == survey.recipe(GROWS)
    assert survey.recipe(other) != survey.recipe(GROWS)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(survey, "RESULTS", tmp_path / "scenarios.json")
    monkeypatch.setattr(survey, "PICTURES", tmp_path)
    monkeypatch.setattr(page, "PICTURES", tmp_path)
    return tmp_path


@pytest.fixture
def results(folder):
    """Results of two scenarios: one that shows on every seed, one that seldom does."""
    steady, shaky = list(SCENARIOS.values())[:2]
    made = {}
    for scenario, shown in ((steady, 20), (shaky, 11)):
        made[scenario.name] = survey.Measured(
            recipe=survey.recipe(scenario),
            first_seed=1000,
            seeds=20,
            shown=shown,
            named=None,
            wrong=0,
            codes={},
            notes={"LD305": 4},
            seconds=2.5,
            device="cpu",
        )
    results = survey.Results(versions={"torch": "2.13.0"}, scenarios=made)
    survey.save(results)
    return results


def test_results_come_back_as_they_were_kept(results):
    assert survey.saved() == results


def test_the_page_has_every_scenario_and_every_number(results):
    text = page.page()
    steady, shaky = list(SCENARIOS)[:2]

    assert all(f"### {name}" in text for name in SCENARIOS)
    assert all(f"## {title}" in text for title in FAMILIES)
    assert f"[{steady}](#{steady})" in text
    assert "20/20 (84–100 %)" in text
    assert "11/20 (34–74 %)" in text
    assert "1 of 2 scenarios show" in text
    assert f"- [{shaky}](#{shaky}): 11 of 20." in text
    assert "LD305 4 (note)" in text


def test_a_recipe_that_was_changed_must_be_measured_again(results):
    steady, shaky = list(SCENARIOS)[:2]
    for name in (steady, shaky):
        (survey.PICTURES / f"{name}.png").touch()
    assert not {steady, shaky} & set(page.unmeasured())

    changed = results.scenarios[steady].replace(recipe="another")
    survey.save(results.replace(scenarios={**results.scenarios, steady: changed}))

    assert steady in page.unmeasured()
    assert shaky not in page.unmeasured()


def test_a_survey_measures_draws_and_keeps(folder, monkeypatch, capsys):
    monkeypatch.setattr(survey, "SCENARIOS", {"grows": GROWS})

    assert survey.main(["grows", "--seeds", "2", "--device", "cpu"]) == 0

    assert "shown 2/2, named 2" in capsys.readouterr().out
    assert survey.saved().scenarios["grows"].shown == 2
    assert (folder / "grows.png").read_bytes().startswith(b"\x89PNG")


def test_an_unknown_scenario_is_refused(capsys):
    with pytest.raises(SystemExit) as left:
        survey.main(["nothing-such"])

    assert left.value.code == 2
    assert "no such scenario: nothing-such" in capsys.readouterr().err
