from pathlib import Path

import pytest

from lossdoc.cli.judging import gate_of, with_company
from lossdoc.cli.outputs import file_format
from lossdoc.cli.request import Request, roles, split
from lossdoc.errors import UsageError
from lossdoc.model import Severity


def test_comma_lists_may_be_repeated():
    assert split(["LD1, LD2", "", "overfitting,"]) == ["LD1", "LD2", "overfitting"]


def test_roles_are_pairs():
    assert roles(["train_loss=loss/total=1", "lr = rate"]) == {
        "train_loss": "loss/total=1",
        "lr": "rate",
    }


@pytest.mark.parametrize("pair", ["train_loss", "train_loss=", "=loss", ""])
def test_half_a_pair_is_refused(pair):
    with pytest.raises(UsageError, match="expected role=COLUMN"):
        roles([pair])


@pytest.mark.parametrize(
    ("text", "path", "kind"),
    [
        ("a.json", "a.json", "json"),
        ("dir.x/A.JSON", "dir.x/A.JSON", "json"),
        ("a.txt", "a.txt", "text"),
        ("a.log:json", "a.log", "json"),
        ("C:/x/a.txt", "C:/x/a.txt", "text"),
        ("a:b:concise", "a:b", "concise"),
    ],
)
def test_the_name_of_a_file_tells_its_format(text, path, kind, tmp_path, monkeypatch):
    for folder in ("dir.x", "C:/x"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    assert file_format(text) == (Path(path), kind)


@pytest.mark.parametrize("text", ["report", "report.tex", "report.json:yaml", ":json"])
def test_other_names_tell_none(text):
    with pytest.raises(UsageError):
        file_format(text)


@pytest.mark.parametrize(
    ("fail_on", "gate"), [("error", Severity.ERROR), ("note", Severity.NOTE), ("never", None)]
)
def test_the_gate(fail_on, gate):
    request = Request(("x",), settings={"fail-on": fail_on}, isolated=True)

    assert gate_of(request.in_force()) is gate


@pytest.mark.parametrize(
    ("count", "many"), [(0, []), (1, [False]), (2, [True] * 2), (4, [True] * 4)]
)
def test_a_run_knows_whether_it_is_alone(count, many):
    assert [company for _, company in with_company(iter(range(count)))] == many


def test_no_run_is_read_before_the_one_before_the_last_was_told():
    read = []

    def runs():
        for i in range(4):
            read.append(i)
            yield i

    told = with_company(runs())
    next(told)
    assert read == [0, 1]
    next(told)
    assert read == [0, 1]
    next(told)
    assert read == [0, 1, 2]
