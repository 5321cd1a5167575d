"""``lossdoc analyze --baseline``: accepted findings from the command line to the reports."""

import json

import pytest

FILE = "lossdoc-baseline.toml"


@pytest.fixture
def accept(lossdoc):
    """Write the present findings of some logs to the baseline."""

    def write(*logs, reason="known", code=0, **options):
        more = [word for name, value in options.items() for word in (f"--{name}", value)]
        got, out, err = lossdoc(
            "analyze", *logs, "--baseline", FILE, "--write-baseline", "--reason", reason, *more
        )
        assert got == code, out + err
        return out

    return write


def against(lossdoc, *arguments):
    code, out, err = lossdoc("analyze", *arguments, "--baseline", FILE)
    return code, " ".join((out + err).split())


def test_from_now_on_what_is_known_does_not_count(lossdoc, accept, logs):
    assert "new: nan.csv: LD101:train_loss" in " ".join(accept("nan.csv").split())

    code, told = against(lossdoc, "nan.csv")

    assert code == 0
    assert "HEALTHY" in told
    assert "LD101 non-finite-terminal at step 300: known" in told
    assert "1 finding accepted by the baseline" in told
    assert "# train_loss" in (logs / FILE).read_text()


def test_what_is_new_counts(lossdoc, accept):
    accept("nan.csv")

    assert against(lossdoc, "nan.csv", "noted.csv", "--fail-on", "note")[0] == 1


def test_it_works_from_another_folder(lossdoc, accept, logs, monkeypatch):
    accept("nan.csv")
    (logs / "sub").mkdir()
    monkeypatch.chdir(logs / "sub")

    assert lossdoc("analyze", "../nan.csv", "--baseline", f"../{FILE}")[0] == 0
    assert lossdoc("analyze", logs / "nan.csv", "--baseline", logs / FILE)[0] == 0


def test_a_settings_file_names_it_from_its_own_folder(lossdoc, accept, logs, monkeypatch):
    accept("nan.csv")
    (logs / ".git").mkdir()
    (logs / "lossdoc.toml").write_text(f'baseline = "{FILE}"')
    (logs / "sub").mkdir()
    monkeypatch.chdir(logs / "sub")

    assert lossdoc("analyze", "../nan.csv")[0] == 0
    assert lossdoc("analyze", "../nan.csv", "--isolated")[0] == 1


def test_an_expired_entry_counts_and_is_told(lossdoc, accept, logs):
    accept("nan.csv")
    file = logs / FILE
    file.write_text(file.read_text() + "expires = 2020-01-31\n")

    code, told = against(lossdoc, "nan.csv")

    assert code == 1
    assert "LD101 non-finite-terminal counts again: accepted until 2020-01-31 (known)" in told
    assert "expired on 2020-01-31" in told
    # Writing does not renew it.
    before = file.read_text()
    accept("nan.csv", code=1)
    assert file.read_text() == before


def test_a_stale_entry_is_told_and_dropped_on_request(lossdoc, accept, logs):
    accept("nan.csv")
    (logs / "nan.csv").write_bytes((logs / "healthy.csv").read_bytes())

    code, told = against(lossdoc, "nan.csv")
    assert code == 0
    assert "stale, its finding is gone: nan.csv: LD101" in told
    assert "dropped: nan.csv: LD101" in " ".join(accept("nan.csv").split())
    assert "[[accepted]]" not in (logs / FILE).read_text()


def test_writing_keeps_what_was_not_judged(lossdoc, accept, logs):
    accept("nan.csv", reason="the first reason")
    before = (logs / FILE).read_text()

    accept("healthy.csv")
    assert (logs / FILE).read_text() == before
    (logs / "nan.csv").write_bytes((logs / "short.csv").read_bytes())
    accept("nan.csv", code=3)
    assert (logs / FILE).read_text() == before


def test_writing_again_keeps_reasons(lossdoc, accept, logs):
    accept("nan.csv", reason="the first reason")
    before = (logs / FILE).read_bytes()

    accept("nan.csv", reason="another")

    assert (logs / FILE).read_bytes() == before


def test_notes_are_accepted_only_where_they_fail(lossdoc, accept, logs):
    accept("noted.csv")
    assert "[[accepted]]" not in (logs / FILE).read_text()
    accept("noted.csv", **{"fail-on": "note"})
    assert 'severity = "note"' in (logs / FILE).read_text()


@pytest.mark.parametrize("log", ["short.csv", "empty.csv", "missing.csv"])
def test_what_could_not_be_judged_never_becomes_clean(lossdoc, accept, logs, log):
    accept(log, code=3)
    (logs / FILE).write_text(f'[[accepted]]\npath = "{log}"\ncode = "LD901"\nreason = "short"\n')

    assert against(lossdoc, log)[0] == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--write-baseline", "--reason", "x"), "--write-baseline needs a file"),
        (("--baseline", FILE, "--write-baseline"), "needs a reason"),
        (("--baseline", FILE, "--write-baseline", "--reason", " "), "needs a reason"),
        (("--baseline", FILE, "--reason", "x"), "--reason goes with --write-baseline"),
        (("--baseline", FILE), "no baseline"),
        (("--baseline", "no/b", "--write-baseline", "--reason", "x"), "no folder"),
        (
            ("--baseline", FILE, "--write-baseline", "--reason", "x", "--exit-zero"),
            "nothing is at or above --fail-on never",
        ),
    ],
)
def test_what_does_not_fit_together_is_wrong_usage(lossdoc, arguments, told):
    code, out, err = lossdoc("analyze", "nan.csv", *arguments)

    assert (code, out) == (2, "")
    assert told in " ".join(err.split())


def test_json_lists_what_was_accepted(lossdoc, accept):
    accept("nan.csv")
    report = json.loads(
        lossdoc("analyze", "nan.csv", "--baseline", FILE, "--output-format", "json")[1]
    )

    (run,) = report["runs"]
    assert run["verdict"] == "healthy"
    assert "LD101" not in {f["code"] for f in run["findings"]}
    (item,) = run["accepted"]
    assert (item["finding"]["code"], item["reason"], item["expires"]) == ("LD101", "known", None)
    assert report["baseline"]["accepted"] == 1
    assert report["baseline"]["stale"] == []


def test_a_hostile_reason_does_not_steer_the_terminal(lossdoc, logs):
    text = '[[accepted]]\npath = "*"\ncode = "LD101"\nreason = "a\\u001b[31m\\u202e\\n\\nred"\n'
    (logs / FILE).write_text(text)

    code, out, _ = lossdoc("analyze", "nan.csv", "--baseline", FILE, "--color", "never")

    assert code == 0
    assert "a red" in " ".join(out.split())
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_every_output_says_so(lossdoc, accept):
    accept("nan.csv")

    _, concise, _ = lossdoc("analyze", "nan.csv", "--baseline", FILE, "--output-format", "concise")
    assert "nan.csv: accepted LD101" in concise
    assert "baseline: 1 finding accepted" in concise
    assert "1 accepted" in lossdoc("analyze", "nan.csv", "--baseline", FILE, "-q")[1]
    _, several, _ = lossdoc("analyze", "nan.csv", "healthy.csv", "--baseline", FILE)
    assert "LD101 non-finite-terminal at step 300: known" in " ".join(several.split())
