"""The reader of console logs: what it accepts, what it refuses, what it says about damage."""

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lossdoc.errors import LossdocError, NoUsableMetric
from lossdoc.sources import textlog
from lossdoc.sources.base import Source


@pytest.fixture
def source(tmp_path):
    def make(text, encoding="utf-8"):
        path = tmp_path / "train.log"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return Source(path, "train.log")

    return make


class TestSniff:
    def test_says_what_a_record_is(self, source):
        assert textlog.sniff(source("step 1: loss 2.0\nstep 2: loss 1.0\n")) == (
            "text with 2 lines of step, loss"
        )

    def test_accepts_text_whose_records_come_late(self, source):
        assert textlog.sniff(source("import os\n" * 9)) == "text; no records in the first 64 KiB"

    @pytest.mark.parametrize("data", [b"", b"   \n", bytes(range(256)) * 9, b"\x00\x01loss 1"])
    def test_refuses_what_is_no_text(self, source, data):
        assert textlog.sniff(source(data)) is None

    def test_accepts_another_eight_bit_encoding(self, source):
        text = "epoka 1: učení loss 2.0 přesnost 0.5\n" * 5
        assert textlog.sniff(source(text, "cp1250")) is not None


class TestWhatIsNoRecord:
    @pytest.mark.parametrize(
        "text",
        [
            "Namespace(batch_size=64, lr=0.1, epochs=10, loss_weight=1.0)\n" * 2,
            "lr: 0.1\nloss_weight: 1.0\nepochs: 30\nstep_size: 7\n",
            (
                'Traceback (most recent call last):\n  File "a.py", line 157, in train\n    step()\n'
                '  File "b.py", line 28, in step\n    loss.backward()\nRuntimeError: epoch\n'
            ),
            "The loss of 5 experiments fell within 3 epochs, see table 4.\n" * 3,
            "def loss(x):\n    step = 0\n    loss = 0.5\n    lr = 0.1\n    step = 1\n    loss = 0.5\n",
            '{\n  "loss": 0.5,\n  "step": 3,\n  "loss": 0.4\n}\n',
        ],
        ids=["namespace", "settings", "traceback", "prose", "code", "json"],
    )
    def test_is_refused_with_a_reason(self, source, text):
        with pytest.raises(NoUsableMetric, match="no training records found in"):
            textlog.read(source(text))

    def test_the_error_shows_the_beginning(self, source):
        with pytest.raises(NoUsableMetric) as caught:
            textlog.read(source("hello\n\nworld\n"))
        assert caught.value.details == ("it begins: hello", "it begins: world")


class TestDamage:
    LOG = "".join(f"step {i} loss {3 - i / 10:.2f} lr 0.10\n" for i in range(10))

    def issues(self, source, data):
        (table,) = textlog.read(source(data))
        return {i.kind: i for i in table.issues}, {c.name: c for c in table.columns}

    @pytest.mark.parametrize(
        "cut", [len("lr 0.10\n"), len(".10\n"), 2], ids=["key", "value", "digit"]
    )
    def test_a_torn_last_line_is_left_out(self, source, cut):
        issues, columns = self.issues(source, self.LOG[:-cut])
        assert issues["torn-tail"].row == 10
        assert not issues["torn-tail"].lost
        assert columns["loss"].rows.tolist() == list(range(1, 10))

    def test_a_log_may_end_without_a_newline(self, source):
        issues, columns = self.issues(source, self.LOG[:-1])
        assert not issues
        assert columns["lr"].rows[-1] == 10

    def test_bad_bytes_beside_the_numbers_lose_nothing(self, source):
        data = self.LOG.replace("loss", "· loss").encode("latin-1")
        issues, columns = self.issues(source, data)
        assert issues["bad-bytes"].count == 10
        assert not issues["bad-bytes"].lost
        assert len(columns["loss"].rows) == 10

    @pytest.mark.parametrize("where", ["step 4 l", "step 4 loss 2."])
    def test_bad_bytes_in_a_record_lose_it(self, source, where):
        data = bytearray(self.LOG.encode())
        data[self.LOG.index(where) + len(where)] = 0xFF
        issues, columns = self.issues(source, bytes(data))
        assert issues["bad-bytes"].lost
        assert issues["bad-bytes"].row == 5
        assert 5 not in columns["loss"].rows

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
    def test_other_encodings(self, source, encoding):
        issues, columns = self.issues(source, self.LOG.encode(encoding))
        assert not issues
        assert len(columns["loss"].rows) == 10

    def test_windows_line_ends(self, source):
        _, columns = self.issues(source, self.LOG.replace("\n", "\r\n"))
        assert columns["lr"].rows.tolist() == list(range(1, 11))


_FRAGMENTS = st.sampled_from(
    [*"[](){}:=,;/|'\"\n\r\b\t%-* ", "step ", "Epoch ", "loss", "val ", "Test: [", "0/5]", "1", "2.5",
     "nan", "inf", "%|", "it/s", "Averaged stats: ", "60/60 [==", "[rank1]: ", "\x1b[32m", "é", "\ufffd",
     "1,000", "12:30:01", "2024-01-01", "1e999", "9" * 400, "train", "acc", "lr", "e-5", "of"]
)  # fmt: skip
_LOG = "".join(
    f"Epoch {e}/3\n" + "".join(f"step {10 * e + i} loss {3 - i / 9:.3f}\n" for i in range(9))
    for e in range(3)
).encode()


def _check(path):
    """Whatever a file holds: either columns in order, or one of our errors."""
    source = Source(path, "train.log")
    try:
        textlog.sniff(source)
        (table,) = textlog.read(source)
    except LossdocError:
        return
    for column in table.columns:
        assert len(column.rows) == len(column.values) > 0
        assert column.rows[0] >= 1
        assert (np.diff(column.rows) > 0).all()


class TestHostileInput:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "train.log"

    FEW = settings(
        max_examples=150,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )

    @FEW
    @given(data=st.binary(max_size=2000))
    def test_any_bytes(self, path, data):
        path.write_bytes(data)
        _check(path)

    @FEW
    @given(line=st.lists(_FRAGMENTS, max_size=40), times=st.integers(1, 4))
    def test_lines_of_anything_that_occurs_in_logs(self, path, line, times):
        text = "".join(line)
        path.write_bytes("\n".join(text.replace("1", str(i)) for i in range(times)).encode())
        _check(path)

    @FEW
    @given(flips=st.lists(st.integers(0, 8 * len(_LOG) - 1), max_size=30), cut=st.integers(0, 99))
    def test_flipped_bits_and_a_torn_end(self, path, flips, cut):
        data = bytearray(_LOG[: len(_LOG) - cut])
        for flip in flips:
            if flip // 8 < len(data):
                data[flip // 8] ^= 1 << flip % 8
        path.write_bytes(data)
        _check(path)

    @FEW
    @given(cut=st.integers(1, len(_LOG) - 1))
    def test_a_cut_log_gives_what_stands_before_the_cut(self, path, cut):
        path.write_bytes(_LOG)
        (whole,) = textlog.read(Source(path, ""))
        path.write_bytes(_LOG[:cut])
        try:
            (part,) = textlog.read(Source(path, ""))
        except NoUsableMetric:
            return
        for column in part.columns:
            full = next(c for c in whole.columns if c.name == column.name)
            size = len(column.rows)
            assert np.array_equal(column.rows, full.rows[:size])
            assert np.array_equal(column.values, full.values[:size])

    @pytest.mark.parametrize("piece", ["[", '"', "::", "loss ", "1 ", "a(", "- ", "1,", "a=1 "])
    def test_long_lines_take_no_time(self, source, piece):
        lines = (piece * 5000 + "\n" + piece * (4000 // len(piece)) + "=1 loss\n") * 20
        began = time.process_time()
        with pytest.raises(NoUsableMetric):
            textlog.read(source(lines))
        assert time.process_time() - began < 2
