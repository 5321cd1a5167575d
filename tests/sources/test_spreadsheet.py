"""Workbooks need openpyxl; without it the user is told what to do."""

import zipfile

import pytest

from lossdoc.errors import UnreadableLog
from lossdoc.sources import spreadsheet
from lossdoc.sources.base import Source


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "results.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return Source(path, "results.xlsx")


def test_a_workbook_is_known_by_its_bytes_and_its_name(workbook, tmp_path):
    other = tmp_path / "model.pt"
    other.write_bytes(workbook.path.read_bytes())

    assert spreadsheet.sniff(workbook) == "Excel workbook, first sheet"
    assert spreadsheet.sniff(Source(other, "model.pt")) is None


def test_without_openpyxl_the_way_out_is_told(workbook, monkeypatch):
    monkeypatch.setattr(spreadsheet, "find_spec", lambda _: None)

    with pytest.raises(UnreadableLog, match="openpyxl is not installed") as refusal:
        spreadsheet.read(workbook)

    assert "CSV" in refusal.value.hint


def test_a_damaged_workbook(workbook):
    pytest.importorskip("openpyxl")

    with pytest.raises(UnreadableLog, match="cannot be read"):
        spreadsheet.read(workbook)


def test_the_first_sheet(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["step", " loss ", "note"], [1, 0.5, "a"], [2, None, "b"], [3, 0.25, "c"]):
        book.active.append(row)
    path = tmp_path / "results.xlsx"
    book.save(path)

    (table,) = spreadsheet.read(Source(path, "results.xlsx"))

    assert {c.name: (c.rows.tolist(), c.values.tolist()) for c in table.columns} == {
        "step": ([2, 3, 4], [1, 2, 3]),
        "loss": ([2, 4], [0.5, 0.25]),
    }
