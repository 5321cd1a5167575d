"""What must not change a verdict: the writer's unit, order, habits and repetitions."""

import csv
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossdoc import curves
from lossdoc.engine import diagnose
from lossdoc.model import Severity
from lossdoc.rules import builtin
from lossdoc.sources import open_runs
from lossdoc.testing import scaled

SICK = {
    rule.code: next(e.make for e in rule.examples if e.fires)
    for rule in builtin()
    if rule.severity >= Severity.WARNING
}
MAKERS = {"healthy": curves.healthy(), "epochs": curves.epochs(), **SICK}


def records(run):
    """Rows of a run as a script would log them: a cell is empty where nothing was measured."""
    table: dict[float, dict[str, float]] = {}
    for s in run.series:
        for x, y in zip(s.steps, s.values, strict=True):
            table.setdefault(float(x), {})[s.name] = float(y)
    counter = "epoch" if run.axis == "epoch" else "step"
    return [{counter: x, **row} for x, row in sorted(table.items())]


def verdict(path, rows, order):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, order)
        writer.writeheader()
        writer.writerows(rows)
    (run,) = open_runs(path)
    diagnosis = diagnose(run)
    found = {f.code for f in diagnosis.findings if f.severity > Severity.NOTE}
    return diagnosis.verdict, found


def columns_of(rows):
    return list(dict.fromkeys(key for row in rows for key in row))


@pytest.mark.parametrize("name", MAKERS)
@given(seed=st.integers(0, 3), shuffle=st.integers(0, 99), twice=st.booleans())
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_order_of_columns_and_repeated_rows_do_not_matter(tmp_path, name, seed, shuffle, twice):
    run = MAKERS[name](seed)
    rows = records(run)
    order = columns_of(rows)
    expected = verdict(tmp_path / "a.csv", rows, order)
    random.Random(shuffle).shuffle(order)
    if twice:
        rows = [row for row in rows for _ in (1, 2)]

    assert verdict(tmp_path / "b.csv", rows, order) == expected


# A loss in nats has a scale: the chance test compares it with an accuracy.
@pytest.mark.parametrize("name", [name for name in MAKERS if name not in {"LD302", "LD403"}])
@pytest.mark.parametrize(("loss", "steps"), [(1e-3, 1.0), (250.0, 1.0), (1.0, 100.0), (0.5, 8.0)])
def test_units_of_loss_and_steps_do_not_matter(tmp_path, name, loss, steps):
    run = MAKERS[name](1)
    plain, other = records(run), records(scaled(run, loss=loss, steps=steps))
    order = columns_of(plain)

    assert verdict(tmp_path / "b.csv", other, order) == verdict(tmp_path / "a.csv", plain, order)
