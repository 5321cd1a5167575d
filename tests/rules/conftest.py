"""Rules are tested by themselves: what the scorecard measured of them does not count here."""

import pytest

from lossdoc import measured


@pytest.fixture(autouse=True)
def no_records(monkeypatch):
    monkeypatch.setattr(measured, "_records", dict)
