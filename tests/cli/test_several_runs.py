"""``lossdoc analyze`` over several seeds of one configuration."""

import json

import pytest
from cli_logs import fall, row, table


@pytest.fixture
def seeds(logs):
    """Three seeds that end in NaN, and one that does not."""
    folder = logs / "seeds"
    folder.mkdir()
    for seed in range(4):
        end = 300 + 10 * seed if seed < 3 else 400
        rows = [row(i, "nan" if i >= end else f"{fall(i + seed):.6f}") for i in range(400)]
        (folder / f"seed-{seed}.csv").write_text(table(rows))
    return "seeds"


def test_what_they_have_in_common_is_told_once_before_the_count(lossdoc, seeds):
    code, out, _ = lossdoc("analyze", seeds)

    told = " ".join(out.split())
    assert code == 1
    assert told.count("runs that differ in their number alone: 1 healthy, 3 failing") == 1
    assert "LD101 non-finite-terminal in 3 of 4 runs, onset at steps 300–320; not in seed-3" in told
    assert out.endswith("\n 4 runs: 3 failing, 1 healthy · exit 1\n")


def test_concise_and_quiet(lossdoc, seeds):
    _, concise, _ = lossdoc("analyze", seeds, "--output-format", "concise")
    _, quiet, _ = lossdoc("analyze", seeds, "-q")

    assert concise.splitlines()[-2].startswith("seeds/seed-#.csv: error LD101 non-finite-terminal")
    assert "#" not in quiet


def test_json_and_files(lossdoc, seeds, logs):
    _, out, _ = lossdoc("analyze", seeds, "--output-format", "json", "-o", "all.txt")

    (told,) = json.loads(out)["ensembles"]
    assert told["runs"] == ["seed-0", "seed-1", "seed-2", "seed-3"]
    assert told["findings"][0]["silent"] == ["seed-3"]
    assert "in 3 of 4 runs" in " ".join((logs / "all.txt").read_text("utf-8").split())


def test_a_single_run_is_compared_with_nothing(lossdoc):
    _, out, _ = lossdoc("analyze", "nan.csv", "--output-format", "json")

    assert json.loads(out)["ensembles"] == []
