"""Where a curve's progress was made."""

import numpy as np
import pytest

from lossdoc import curves
from lossdoc.robust.case import Case
from lossdoc.robust.progress import progress

AXIS = np.linspace(0, 1, 401)
SHAPES = {
    "line": (2.0 - AXIS, 2.0),
    "logarithm": (2.0 - 0.2 * np.log(AXIS + 1e-3), 1.0),
    "power law": (2.0 * (AXIS + 0.01) ** -0.5, 2**-0.5),
    "exponential": (2.0 * np.exp(-AXIS / 0.15), 0.2),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_second_half_over_the_second_quarter_tells_the_shape(shape):
    values, ratio = SHAPES[shape]
    c = Case(curves.build({"train_loss": values})).train
    p = progress(c, AXIS)

    assert p.late / p.early == pytest.approx(ratio, rel=0.15)
    assert p.steady(few=False) == (shape == "line")


@pytest.mark.parametrize("n", [8, 9, 10, 13])
def test_a_line_of_few_points_is_a_line(n):
    c = Case(curves.build({"train_loss": np.linspace(2.0, 1.0, n)})).train
    p = progress(c, np.linspace(0, 1, n))

    assert p[:4] == pytest.approx((0.25, 0.5, 0.25, 1.0))


def test_noise_is_no_progress():
    values = 2.0 + 0.1 * np.random.default_rng(0).standard_normal(401)
    p = progress(Case(curves.build({"train_loss": values})).train, AXIS)

    assert not p.significant
