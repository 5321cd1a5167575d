"""What stands in for slower parts of numpy gives the same to the last bit."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossdoc.arrays import median, quantile, row_medians, unique

VALUES = arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e9, 1e9))


@given(VALUES, st.floats(0, 1))
def test_a_quantile_is_that_of_numpy(values, share):
    assert quantile(values, share) == np.quantile(values, share)


@given(VALUES)
def test_unique_values_are_those_of_numpy(values):
    assert np.array_equal(unique(values), np.unique(values))
    whole = np.floor(values / 1e8).astype(np.int64)
    assert np.array_equal(unique(whole), np.unique(whole))


@given(VALUES)
def test_a_median_is_that_of_numpy(values):
    assert median(values) == pytest.approx(np.median(values), rel=1e-15)


@given(
    arrays(
        np.float64, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.floats(-1e9, 1e9)
    )
)
def test_medians_of_rows_are_those_of_numpy(table):
    assert row_medians(table) == pytest.approx(np.median(table, axis=1), rel=1e-15)


def test_of_nothing_or_nan_there_is_no_quantile():
    assert np.isnan(quantile(np.empty(0), 0.5))
    assert np.isnan(quantile(np.array([1.0, np.nan, 2.0]), 0.5))
    assert len(unique(np.empty(0))) == 0


def test_masked_arrays_are_not_imported_to_judge_a_log(tmp_path):
    log = tmp_path / "log.csv"
    rows = (f"{i},{2 / (i + 1) + 0.01 * (i % 3)},{1e-3}" for i in range(300))
    log.write_text("\n".join(["step,loss,lr", *rows]))
    code = (
        "import sys\nfrom lossdoc.cli.judging import judge\nfrom lossdoc.cli.request import Request\n"
        f"judge(Request(paths=({str(log)!r},)))\n"
        "sys.exit('numpy.ma' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, check=False
    )

    assert done.returncode == 0
    assert b"300 points" in done.stdout
