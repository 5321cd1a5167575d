"""A growing log is judged often enough, and never too often."""

import math

import pytest

from lossdoc.pacing import Bell, Pace


def judgements(pace, sizes, *, seconds=1e9, rung=False, news=False):
    """Sizes at which a log is judged that grows as told, a second for each."""
    found = []
    for now, size in enumerate(sizes):
        if pace.due(size, now, rung=rung):
            found.append(size)
            pace.judged(now, seconds, news=news)
    return found


def test_the_first_judgement_waits_for_a_few_rows():
    assert judgements(Pace(20), range(30)) == [20]


def test_a_log_is_judged_when_it_has_grown_by_a_tenth():
    assert judgements(Pace(), [100, 105, 109, 111, 120, 123]) == [100, 111, 123]


def test_all_judgements_cost_about_as_much_as_eleven_of_the_whole_log():
    rows = 20_000
    assert sum(judgements(Pace(20), range(rows + 1))) < 12 * rows


def test_a_log_that_grows_slowly_is_judged_as_soon_as_that_is_cheap():
    pace = Pace(share=0.01)
    assert pace.due(1000, now=0.0)
    pace.judged(0.0, seconds=0.5, news=False)
    assert not pace.due(1001, now=49.0)
    assert pace.due(1002, now=50.0)


def test_nothing_is_judged_twice():
    pace = Pace()
    assert pace.due(1000, now=0.0)
    pace.judged(0.0, 0.0, news=False)
    assert not pace.due(1000, now=1e9)


def test_a_ring_is_heard_at_once():
    pace = Pace()
    pace.due(1000, 0.0)
    pace.judged(0.0, 10.0, news=False)
    assert not pace.due(1010, 1.0)
    assert pace.due(1010, 1.0, rung=True)


@pytest.mark.parametrize("rows", [2_000, 20_000])
def test_a_bell_that_never_stops_is_heard_less_and_less(rows):
    calm = sum(judgements(Pace(20), range(rows)))
    rung = sum(judgements(Pace(20), range(rows), rung=True))
    assert rung < 2 * calm


def test_a_ring_that_told_something_is_heard_soon_again():
    pace = Pace()
    pace.due(1000, 0.0)
    pace.judged(0.0, 10.0, news=True)
    for size in (1010, 1021, 1032):
        assert pace.due(size, 1.0, rung=True)
        pace.judged(1.0, 10.0, news=True)


class TestBell:
    def ringing(self, values):
        bell = Bell()
        return [i for i, value in enumerate(values) if bell.hear(value)]

    def test_it_is_silent_while_a_loss_falls(self):
        noisy = [0.4 + 2 * math.exp(-i / 60) + 0.1 * math.sin(7.1 * i) for i in range(2000)]
        assert self.ringing(noisy) == []

    def test_it_rings_for_what_is_no_number(self):
        assert self.ringing([2.0, math.nan, 1.9, math.inf]) == [1, 3]

    def test_it_rings_when_a_value_is_far_above_the_recent_ones(self):
        values = [1 + 0.1 * (i % 5) for i in range(100)]
        assert self.ringing([*values, 1.5, 8.0]) == [101]

    def test_it_rings_for_a_climb_within_a_few_values(self):
        flat = [1 + 0.01 * (i % 5) for i in range(200)]
        climb = [1.02 * 1.05**i for i in range(20)]
        assert 200 < self.ringing(flat + climb)[0] < 208

    def test_it_needs_a_band_first(self):
        assert self.ringing([1.0, 100.0, 1e6]) == []

    def test_it_takes_many_at_once(self):
        bell = Bell()
        assert not bell.hear_all([1.0] * 50)
        assert bell.hear_all([1.0, 30.0, 1.0])
