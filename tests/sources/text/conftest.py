"""What the tests of console logs share."""

import pytest

from lossdoc.sources import textlog
from lossdoc.sources.base import Source


@pytest.fixture
def source(tmp_path):
    """Make a source of a text."""

    def make(text, encoding="utf-8"):
        path = tmp_path / "train.log"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return Source(path, "train.log")

    return make


class Columns(dict):
    """Rows and values of the columns of a log, by name."""

    def numbers(self, name):
        return self[name][1]


@pytest.fixture
def read(source):
    """Read a text as a log."""

    def columns(text, encoding="utf-8"):
        (table,) = textlog.read(source(text, encoding))
        return Columns({c.name: (c.rows.tolist(), c.values.tolist()) for c in table.columns})

    return columns
