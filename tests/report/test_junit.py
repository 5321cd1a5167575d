"""JUnit XML, read back by a library that others use."""

import pytest
from judged_samples import judged
from junitparser import Failure, JUnitXml, Skipped
from report_samples import failing, finding, healthy, unjudged

from lossdoc.model import Severity, Verdict
from lossdoc.report import junit


def document(*diagnoses, **more):
    return JUnitXml.fromstring(junit.render(judged(*diagnoses, **more)).encode())


def cases(*diagnoses, **more):
    return {case.name: case for suite in document(*diagnoses, **more) for case in suite}


def test_a_run_is_a_suite_and_a_rule_a_case():
    (suite,) = document(failing())

    assert suite.name == "runs/gpt-small.csv"
    names = [case.name for case in suite]
    assert names[0] == "LD102 diverged"
    assert {"LD305 flat-tail", "LD401 overfitting"} < set(names)
    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (8, 1, 4, 0)


def test_the_counts_of_the_suites_add_up():
    whole = document(failing(), healthy(), unjudged())

    read = (whole.tests, whole.failures, whole.skipped, whole.errors)
    whole.update_statistics()
    assert read == (whole.tests, whole.failures, whole.skipped, whole.errors)


def test_a_failure_tells_what_to_change():
    (failure,) = cases(failing())["LD102 diverged"].result

    assert isinstance(failure, Failure)
    assert failure.type == "error"
    assert "fix: resume and lower the learning rate" in failure.text
    assert "learning_rate 0.003 → 0.0003" in failure.text


@pytest.mark.parametrize(
    ("severity", "fail_on", "failed"),
    [
        (Severity.ERROR, "error", True),
        (Severity.ERROR, "never", True),
        (Severity.WARNING, "error", False),
        (Severity.WARNING, "warning", True),
        (Severity.NOTE, "warning", False),
        (Severity.NOTE, "note", True),
    ],
)
def test_what_fails_the_command_fails_and_errors_always(severity, fail_on, failed):
    found = failing(findings=(finding(severity=severity),), verdict=Verdict.AT_RISK)

    case = cases(found, fail_on=fail_on)["LD102 diverged"]

    assert bool(case.result) is failed
    assert failed or "loss rose from" in case.system_out


def test_what_could_not_be_judged_is_skipped():
    (result,) = cases(unjudged())["verdict"].result

    assert isinstance(result, Skipped)
    assert "no usable loss" in result.message


def test_a_log_named_twice_makes_two_suites():
    names = [suite.name for suite in document(failing(), failing())]

    assert names == ["runs/gpt-small.csv", "runs/gpt-small.csv #2"]


def test_runs_of_one_configuration_say_how_many_have_it():
    seeds = [failing(path=f"runs/seed-{i}.csv") for i in range(3)]

    text = junit.render(judged(*seeds))

    assert text.count("3 of the 3 runs runs/seed-#.csv have it") == 3
