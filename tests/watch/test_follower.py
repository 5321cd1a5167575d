"""A log is followed through everything that happens to logs."""

import json

import pytest
from growing import (
    Clock,
    append,
    codes,
    explodes,
    falls,
    header,
    kinds,
    rows,
    turns_nan,
    write_events,
)

from lossdoc.api import Settings, analyze
from lossdoc.model import Severity
from lossdoc.sources import Found
from lossdoc.watch import Follower


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.csv"


def following(path, clock=None, **options):
    settings = Settings(total_steps=options.pop("total_steps", None))
    found = Found(str(path), str(path), named=True)
    return Follower(found, settings, clock=clock or Clock(), **options)


def tick(follower):
    return list(follower.tick())


def status(events):
    (event,) = [event for event in events if event.kind == "status"]
    return event


class TestRows:
    def test_a_growing_log_is_judged_again(self, path):
        header(path)
        append(path, range(100))
        follower = following(path)
        assert len(status(tick(follower)).diagnosis.run["train_loss"]) == 100
        append(path, range(100, 150))
        assert len(status(tick(follower)).diagnosis.run["train_loss"]) == 150

    def test_nothing_happens_while_nothing_is_written(self, path):
        header(path)
        append(path, range(100))
        follower = following(path)
        tick(follower)
        assert [tick(follower) for _ in range(3)] == [[], [], []]

    def test_a_half_written_line_waits_for_its_end(self, path):
        header(path)
        append(path, range(100))
        with path.open("a") as file:
            file.write("100,0.5")
        follower = following(path)
        run = status(tick(follower)).diagnosis.run
        assert len(run["train_loss"]) == 100
        assert run.issues == ()
        with path.open("a") as file:
            file.write("1,0.001\n")
        assert status(tick(follower)).diagnosis.run["train_loss"].values[-1] == 0.51

    def test_a_half_line_is_no_row(self, path):
        header(path)
        append(path, range(100))
        clock = Clock()
        follower = following(path, clock, stall=60)
        tick(follower)
        for piece in "100,0.51":
            clock.now += 20
            with path.open("a") as file:
                file.write(piece)
            if kinds(tick(follower)) == ["stalled"]:
                break
        assert clock.now == 60

    def test_a_finding_is_told_once(self, path):
        header(path)
        append(path, range(210), turns_nan)
        follower = following(path)
        assert codes(tick(follower)) == ["LD101"]
        append(path, range(210, 260), turns_nan)
        assert codes(tick(follower)) == []

    def test_what_holds_no_more_is_told_once(self, path):
        header(path)
        append(path, range(210), turns_nan)
        follower = following(path)
        tick(follower)
        append(path, range(210, 300))
        cleared = [e.message for e in tick(follower) if e.kind == "cleared"]
        assert cleared == ["LD101 holds no more"]

    def test_the_last_judgement_is_that_of_analyze(self, path):
        header(path)
        follower = following(path)
        for start in range(0, 400, 50):
            append(path, range(start, start + 50), explodes)
            diagnosis = status(tick(follower)).diagnosis
        whole = {f.code: f.message for f in analyze(path)}
        seen = {f.code: f.message for f in diagnosis}
        assert "LD102" in seen
        assert {code: whole[code] for code in seen} == seen

    def test_notes_are_told_where_they_are_asked_for(self, path):
        header(path)
        append(path, range(400))
        loud = following(path, tell_from=Severity.NOTE)
        assert codes(tick(loud)) == ["LD903"]
        assert codes(tick(following(path))) == []


class TestHowOften:
    def judged(self, follower, path, pieces, loss=falls):
        return [i for i, piece in enumerate(pieces) if self.grows(follower, path, piece, loss)]

    def grows(self, follower, path, piece, loss):
        append(path, piece, loss)
        return "status" in kinds(tick(follower))

    def test_dear_judgements_wait_until_the_log_has_grown_by_a_tenth(self, path):
        header(path)
        append(path, range(1000, 2000))
        follower = following(path, Clock(step=1.0))
        tick(follower)
        pieces = [range(2000 + 10 * i, 2010 + 10 * i) for i in range(14)]
        assert self.judged(follower, path, pieces) == [10]

    def test_the_bell_does_not_wait(self, path):
        header(path)
        append(path, range(190), turns_nan)
        follower = following(path, Clock(step=1.0))
        tick(follower)
        pieces = [range(190 + 2 * i, 192 + 2 * i) for i in range(8)]
        assert self.judged(follower, path, pieces, turns_nan)[0] == 5

    def test_the_bell_hears_only_new_lines_of_a_long_log(self, path):
        header(path)
        append(path, range(20_000))
        follower = following(path, Clock(step=1.0))
        tick(follower)
        assert not self.grows(follower, path, range(20_000, 20_300), falls)
        assert self.grows(follower, path, range(20_300, 20_310), explodes)


class TestFiles:
    def test_a_file_that_comes_late(self, path):
        follower = following(path)
        assert kinds(tick(follower)) == ["waiting"]
        assert tick(follower) == []
        path.write_text("")
        assert tick(follower) == []
        header(path)
        append(path, range(100))
        assert kinds(tick(follower)) == ["status"]

    def test_a_header_without_rows_is_waited_out(self, path):
        follower = following(path)
        path.write_text("step,tra")
        tick(follower)
        header(path)
        tick(follower)
        append(path, range(100))
        assert kinds(tick(follower)) == ["status"]

    def test_a_file_that_vanishes_and_comes_back(self, path):
        header(path)
        append(path, range(100))
        follower = following(path)
        tick(follower)
        path.rename(path.with_suffix(".old"))
        assert kinds(tick(follower)) == ["vanished"]
        assert tick(follower) == []
        path.with_suffix(".old").rename(path)
        append(path, range(100, 200))
        assert kinds(tick(follower)) == ["status"]

    def test_rotation(self, path):
        header(path)
        append(path, range(210), turns_nan)
        follower = following(path)
        tick(follower)
        path.rename(path.with_suffix(".1"))
        path.write_text("step,train_loss,lr\n" + rows(range(300)))
        events = tick(follower)
        assert kinds(events) == ["replaced", "status"]
        assert len(status(events).diagnosis.run["train_loss"]) == 300

    def test_truncation(self, path):
        header(path)
        append(path, range(300))
        follower = following(path)
        tick(follower)
        header(path)
        append(path, range(100))
        events = tick(follower)
        assert kinds(events) == ["replaced", "status"]
        assert "cut short" in events[0].message
        assert len(status(events).diagnosis.run["train_loss"]) == 100

    def test_a_job_that_starts_again_and_appends(self, path):
        header(path)
        append(path, range(200))
        follower = following(path)
        tick(follower)
        header_again = path.read_text().splitlines()[0]
        with path.open("a") as file:
            file.write(f"{header_again}\n")
        append(path, range(150, 300))
        run = status(tick(follower)).diagnosis.run
        assert run["train_loss"].steps[-1] == 299
        assert run.resumes or run.restarts

    def test_a_document_that_is_written_anew(self, tmp_path):
        path = tmp_path / "trainer_state.json"
        follower = following(path)
        for count in (40, 80):
            history = [{"step": i, "loss": falls(i), "learning_rate": 1e-3} for i in range(count)]
            fresh = tmp_path / "new"
            fresh.write_text(json.dumps({"log_history": history, "global_step": count}))
            fresh.replace(path)
            events = tick(follower)
            assert kinds(events)[-1] == "status"
            assert "replaced" not in kinds(events)
            assert len(events[-1].diagnosis.run["train_loss"]) == count

    def test_bytes_that_are_no_log(self, path):
        path.write_bytes(bytes(range(256)) * 40)
        follower = following(path)
        assert kinds(tick(follower)) == ["waiting"]

    def test_a_log_may_not_be_readable_for_a_while(self, path, monkeypatch):
        header(path)
        append(path, range(100))
        follower = following(path)

        def stale(*_):
            raise OSError(116, "Stale file handle")

        with monkeypatch.context() as broken:
            broken.setattr("lossdoc.watch.reading.lines_end", stale)
            assert [e.message for e in tick(follower)] == ["Stale file handle"]
        append(path, range(100, 120))
        assert kinds(tick(follower)) == ["status"]

    def test_other_line_formats(self, tmp_path):
        path = tmp_path / "log.jsonl"
        follower = following(path)
        with path.open("w") as file:
            for step in range(100):
                file.write(json.dumps({"step": step, "loss": falls(step)}) + "\n")
            file.write('{"step": 100, "lo')
        assert len(status(tick(follower)).diagnosis.run["train_loss"]) == 100
        with path.open("a") as file:
            file.write('ss": 0.4}\n')
        assert len(status(tick(follower)).diagnosis.run["train_loss"]) == 101


class TestEventFiles:
    @pytest.fixture
    def folder(self, tmp_path):
        return tmp_path / "logdir"

    def test_an_event_file_that_grows_and_a_second_one(self, folder):
        write_events(folder / "events.out.tfevents.1700000000.host", range(50))
        follower = following(folder)
        assert len(status(tick(follower)).diagnosis.run["train_loss"]) == 50
        write_events(folder / "events.out.tfevents.1700000000.host", range(50, 90))
        assert len(status(tick(follower)).diagnosis.run["train_loss"]) == 90
        write_events(folder / "events.out.tfevents.1700000900.host", range(90, 150))
        events = tick(follower)
        assert "replaced" not in kinds(events)
        assert len(status(events).diagnosis.run["train_loss"]) == 150

    def test_an_event_that_is_half_written(self, folder):
        file = folder / "events.out.tfevents.1700000000.host"
        write_events(file, range(51))
        whole = file.read_bytes()
        file.write_bytes(whole[:-9])
        follower = following(folder)
        assert len(status(tick(follower)).diagnosis.run["train_loss"]) == 50
        file.write_bytes(whole)
        assert len(status(tick(follower)).diagnosis.run["train_loss"]) == 51


class TestTheEnd:
    def test_a_log_that_stalls_and_goes_on(self, path):
        header(path)
        append(path, range(100))
        clock = Clock()
        follower = following(path, clock, stall=900)
        tick(follower)
        clock.now = 899.0
        assert tick(follower) == []
        clock.now = 900.0
        assert [e.message for e in tick(follower)] == ["no new row for 15 min"]
        assert follower.stalled
        append(path, range(100, 120))
        assert kinds(tick(follower)) == ["resumed", "status"]
        assert not follower.stalled

    def test_a_log_that_never_comes_stalls(self, path):
        clock = Clock()
        follower = following(path, clock, stall=60)
        tick(follower)
        clock.now = 61.0
        assert kinds(tick(follower)) == ["stalled"]

    def test_the_planned_length(self, path):
        header(path)
        append(path, range(199))
        follower = following(path, total_steps=200)
        tick(follower)
        append(path, range(199, 200))
        assert kinds(tick(follower)) == ["status"]
        assert kinds(tick(follower)) == ["ended"]
        assert follower.ended
        assert tick(follower) == []

    def test_how_a_run_ends_is_not_judged_before(self, path):
        header(path)
        append(path, range(100))
        diagnosis = status(tick(following(path))).diagnosis
        assert "LD304" not in {*diagnosis.passed, *(f.code for f in diagnosis)}

    def test_the_time_that_is_left(self, path):
        header(path)
        append(path, range(100))
        clock = Clock()
        follower = following(path, clock, total_steps=1000)
        assert status(tick(follower)).eta is None
        clock.now = 50.0
        append(path, range(100, 200))
        assert status(tick(follower)).eta == pytest.approx((1000 - 199) / 2)
