"""Collecting records without keeping the log."""

import pytest

from lossdoc.sources.text import records as module
from lossdoc.sources.text.keyvalue import understand
from lossdoc.sources.text.lines import Passage
from lossdoc.sources.text.records import Records


def collected(lines, **extra):
    records = Records()
    records.feed(Passage(1, lines, **extra))
    return records


def test_lines_with_the_same_keys_are_one_template():
    records = collected(["step 1 loss 2.0", "step 2, loss: 1.5", "lr = 0.1", "step 3 loss nan"])
    (template,) = [t for t in records.templates() if t.shape.counts]
    assert template.lines.tolist() == [1, 2, 4]
    assert template.values[:2].tolist() == [[1.0, 2.0], [2.0, 1.5]]


def test_lines_that_never_recur_are_forgotten(monkeypatch):
    monkeypatch.setattr(module, "_CACHE", 50)
    odd = [f"loss of item{i}x: 0.{i}" for i in range(1000)]
    records = collected([*odd, *(f"step {i} loss 0.5" for i in range(100))])
    assert len(records.piles) < 60
    assert max(len(t) for t in records.templates()) == 100


def test_a_template_survives_that_its_shape_is_forgotten(monkeypatch):
    monkeypatch.setattr(module, "_CACHE", 3)
    records = collected([f"run{i % 7}x | step {i} | loss 0.5" for i in range(70)])
    assert sorted(len(t) for t in records.templates()) == [70]


def test_lines_that_differ_in_an_id_are_understood_once(monkeypatch):
    seen = []
    monkeypatch.setattr(module, "understand", lambda line: seen.append(line) or understand(line))
    records = collected([f"job-{i}f | step {i} | loss 0.5" for i in range(100, 200)])
    assert [len(t) for t in records.templates()] == [100]
    assert len(seen) < 5


def test_digits_in_names_tell_them_apart():
    lines = [f"step {i} | {name} 0.5 | loss 1" for i in range(3) for name in ("acc1", "acc5")]
    names = [t.shape.fields[1].name for t in collected(lines).templates()]
    assert names == ["acc1", "acc5"]


@pytest.mark.parametrize(
    ("last", "torn"),
    [
        ("step 3 loss 1.25 lr 0.10", False),
        ("step 3 loss 1.25 lr 0.1", True),  # a digit short
        ("step 3 loss 1.25 lr", True),
        ("step 3 loss 1.2", True),
        ("step 3 lo", True),
        ("training fin", False),
    ],
)
def test_a_torn_last_line(last, torn):
    lines = ["step 1 loss 2.25 lr 0.10", "step 2 loss 1.75 lr 0.10", last]
    assert collected(lines, torn=True).torn == (3 if torn else 0)
