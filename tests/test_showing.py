"""What a diagnosis shows of itself: as documents, at the prompt, in notebooks, as a table, as an exception."""

import copy
import io
import json
import pickle
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner

import lossdoc
from lossdoc.cli.app import build
from lossdoc.report import embedded

SAMPLES = Path(__file__).parent.parent / "sample_logs"
DIVERGED = str(SAMPLES / "divergence.csv")
HEALTHY = str(SAMPLES / "healthy.csv")
LOGS = sorted(str(p) for p in SAMPLES.glob("*.*") if p.suffix not in {".md", ".py"})
ONE_RUN = [log for log in LOGS if "panel" not in log]

STEPS = np.arange(200)
FALL = 0.4 + 2 * np.exp(-STEPS / 40) + 0.02 * np.sin(7.1 * STEPS)
HOSTILE = '</style></div><script>alert(1)</script>"onload=x [link](http://x) \x1b[2J'


@pytest.fixture(scope="module")
def failing():
    return lossdoc.analyze(DIVERGED)


@pytest.fixture(scope="module")
def healthy():
    return lossdoc.analyze(HEALTHY)


@pytest.fixture(scope="module")
def found():
    return lossdoc.compare(DIVERGED, HEALTHY)


@pytest.fixture(scope="module")
def unread():
    return lossdoc.analyze("nowhere.csv")


class TestDocuments:
    @pytest.mark.parametrize("log", ONE_RUN, ids=lambda log: Path(log).name)
    @pytest.mark.parametrize(("kind", "method"), [("json", "to_json"), ("markdown", "to_markdown")])
    def test_are_those_of_the_command_line(self, log, kind, method):
        assert getattr(lossdoc.analyze(log), method)().encode() == printed(log, kind)

    @pytest.mark.parametrize("log", [DIVERGED, str(SAMPLES / "not_a_log.csv")])
    def test_the_page_is_that_of_the_command_line(self, log):
        assert lossdoc.analyze(log).to_html().encode() == printed(log, "html")

    def test_what_was_left_out_is_no_longer_all(self):
        told = json.loads(lossdoc.analyze(DIVERGED, select=["LD1"], min_confidence="low").to_json())

        assert "LD102" in told["config"]["select"]
        assert {code[:3] for code in told["config"]["select"]} == {"LD1"}
        assert told["config"]["min_confidence"] == "low"


def printed(log, kind):
    """What the command line prints, byte by byte."""
    command = ["analyze", log, "--output-format", kind, "--isolated"]
    return CliRunner().invoke(build(), command).stdout_bytes


class TestPrompt:
    def test_one_line_tells_path_verdict_and_cause(self, failing, healthy, unread):
        assert repr(failing) == (
            f"<Diagnosis {DIVERGED}: failing, LD102 diverged at step 24 and 1 more>"
        )
        assert repr(healthy) == f"<Diagnosis {HEALTHY}: healthy>"
        assert repr(unread) == "<Diagnosis nowhere.csv: inconclusive, there is no nowhere.csv>"

    def test_names_from_a_log_steer_no_terminal(self):
        assert "\x1b" not in repr(lossdoc.analyze("\x1b[2Jgone.csv"))

    def test_rich_prints_the_report_as_wide_as_the_terminal(self, failing):
        console = Console(width=60, record=True, file=io.StringIO())
        console.print(failing)
        told = console.export_text()

        assert "FAILING" in told
        assert "0.24 → 0.05" in told
        assert max(map(len, told.splitlines())) <= 60

    def test_ipython_prints_the_report_and_a_line_within_a_list(self, failing):
        pretty = pytest.importorskip("IPython.lib.pretty")

        assert "0.24 → 0.05" in pretty.pretty(failing)
        assert pretty.pretty([failing]) == f"[{failing!r}]"


class TestNotebook:
    def test_a_fragment_holds_verdict_finding_figures_and_numbers(self, failing):
        told = failing._repr_html_()

        assert 'class="badge failing"' in told
        assert "LD102 diverged" in told
        assert told.count("<svg") >= 2
        assert "learning_rate: 0.05  # was 0.24" in told

    def test_a_fragment_is_one_element_without_script(self, failing, healthy, unread):
        for diagnosis in (failing, healthy, unread):
            found = Elements(diagnosis._repr_html_())
            assert found.roots == ["div"]
            assert not found.names & {"html", "head", "body", "script", "link", "meta", "iframe"}

    def test_its_style_reaches_nothing_outside(self):
        for selectors in re.findall(r"([^{}]+)\{[^{}]*\}", embedded.style()):
            told = selectors.rpartition("{")[2]
            assert all(".lossdoc.lossdoc" in each for each in told.split(",")), told

    def test_it_is_dark_where_the_notebook_says_so(self):
        (rule,) = re.findall(
            r"body\[data-jp-theme-light=\"false\"\] \.lossdoc\.lossdoc,.*?\{([^}]*--ink[^}]*)\}",
            embedded.style(),
        )

        assert "--page: #16181c" in rule
        assert "prefers-color-scheme" not in embedded.style()

    def test_names_from_a_log_become_no_markup(self):
        frame = pd.DataFrame({"step": STEPS, f"loss {HOSTILE}": FALL, f"val_loss {HOSTILE}": FALL})
        plain = lossdoc.analyze(frame.set_axis(["step", "loss x", "val_loss x"], axis=1))
        hostile = lossdoc.analyze(frame)

        assert Elements(hostile._repr_html_()).names == Elements(plain._repr_html_()).names
        assert hostile._repr_html_().count("<style>") == 1

    def test_dollars_in_names_are_no_mathematics(self, failing):
        assert failing._repr_html_().startswith(
            '<div class="lossdoc tex2jax_ignore mathjax_ignore">'
        )

    def test_parts_of_figures_have_names_of_their_own(self, failing):
        other = lossdoc.analyze(str(SAMPLES / "overfitting.csv"))
        first, second = (
            set(re.findall(r' id="([^"]+)"', each._repr_html_())) for each in (failing, other)
        )

        assert first
        assert not first & second
        assert failing._repr_html_() == failing._repr_html_()


class Elements(HTMLParser):
    """Names of all elements, and those that stand in no other."""

    VOID = frozenset({"br", "img", "meta", "link"})

    def __init__(self, text):
        super().__init__()
        self.names, self.roots, self._depth = set(), [], 0
        self.feed(text)
        assert self._depth == 0, "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if self._depth == 0:
            self.roots.append(tag)
        self._depth += tag not in self.VOID

    def handle_endtag(self, tag):
        self._depth -= 1


class TestPlot:
    def test_a_figure_shows_itself_where_pyplot_does_not(self, failing):
        figure = failing.plot()
        picture, size = figure._repr_png_()

        assert [ax.get_ylabel() for ax in figure.axes] == ["loss", "lr", "grad_norm"]
        assert picture.startswith(b"\x89PNG")
        assert size["width"] == 640

    def test_axes_of_ones_own_are_drawn_into_and_returned(self, failing):
        from matplotlib.figure import Figure

        ax = Figure().subplots()

        assert failing.plot(ax) is ax
        assert failing.plot(ax=ax) is ax
        assert "LD102" in " ".join(t.get_text() for t in ax.texts)

    def test_what_was_not_read_cannot_be_drawn(self, unread):
        with pytest.raises(lossdoc.SourceError, match=r"nothing to draw: there is no nowhere\.csv"):
            unread.plot()


class TestFrame:
    def test_a_row_for_each_finding(self, failing):
        frame = failing.to_frame()
        first = frame.iloc[0]

        assert frame["code"].tolist() == ["LD102", "LD507"]
        assert (first["severity"], first["onset_step"]) == ("error", 24)
        assert first["changes"]["learning_rate"] == pytest.approx((0.24, 0.05), rel=0.02)
        assert "learning_rate 0.24 → 0.05" in first["fix"]

    def test_several_runs_lie_below_each_other(self, failing, healthy):
        both = pd.concat([failing.to_frame(), failing.to_frame()])

        assert set(both["path"]) == {DIVERGED}
        assert healthy.to_frame().empty
        assert healthy.to_frame().columns.tolist() == both.columns.tolist()


class TestRaising:
    def test_findings_are_raised_with_verdict_code_and_onset(self, failing):
        with pytest.raises(lossdoc.LossdocFindings) as raised:
            failing.raise_for_findings("note")

        error = raised.value
        assert str(error) == f"{DIVERGED} is failing: LD102 diverged at step 24 and 1 more"
        assert error.details == (
            "error: LD102 diverged at step 24",
            "note: LD507 lr-ramp at step 12",
        )
        assert error.diagnosis is failing

    def test_what_is_below_the_level_passes_and_is_returned(self):
        at_risk = lossdoc.analyze(str(SAMPLES / "overfitting.csv"))

        assert at_risk.raise_for_findings() is at_risk
        with pytest.raises(lossdoc.LossdocFindings):
            at_risk.raise_for_findings(lossdoc.Severity.WARNING)

    def test_what_could_not_be_judged_never_passes_unasked(self, unread):
        with pytest.raises(lossdoc.SourceError, match="could not be judged: there is no nowhere"):
            unread.raise_for_findings()
        assert unread.raise_for_findings(allow_inconclusive=True) is unread

    @pytest.mark.parametrize("log", ONE_RUN, ids=lambda log: Path(log).name)
    def test_agrees_with_the_exit_code(self, log):
        code = CliRunner().invoke(build(), ["analyze", log, "-q", "--isolated"]).exit_code
        told = {None: 0, lossdoc.LossdocFindings: 1, lossdoc.SourceError: 3}
        try:
            lossdoc.analyze(log).raise_for_findings()
            raised = None
        except lossdoc.LossdocError as error:
            raised = (
                lossdoc.LossdocFindings
                if type(error) is lossdoc.LossdocFindings
                else lossdoc.SourceError
            )

        assert told[raised] == code

    def test_an_unknown_level_is_the_callers_error(self, failing):
        with pytest.raises(lossdoc.UsageError, match="unknown severity 'fatal'"):
            failing.raise_for_findings("fatal")

    def test_it_travels_between_processes(self, failing):
        with pytest.raises(lossdoc.LossdocFindings) as raised:
            failing.raise_for_findings()

        again = pickle.loads(pickle.dumps(raised.value))
        assert str(again) == str(raised.value)
        assert again.diagnosis.findings[0].code == "LD102"


def test_runs_are_judged_in_other_processes_and_come_back(failing):
    again = pickle.loads(pickle.dumps(failing))

    assert again.to_json() == failing.to_json()
    assert copy.deepcopy(failing).to_json() == failing.to_json()


def test_what_to_change_is_at_hand(failing):
    (first, *_) = failing.prescriptions

    assert first.changes[0].name == "learning_rate"


class TestComparison:
    @pytest.mark.parametrize(
        ("kind", "method"),
        [("json", "to_json"), ("markdown", "to_markdown"), ("html", "to_html")],
    )
    def test_its_documents_are_those_of_the_command_line(self, found, kind, method):
        command = ["compare", DIVERGED, HEALTHY, "--output-format", kind]
        told = CliRunner().invoke(build(), command).stdout_bytes

        assert getattr(found, method)().encode() == told

    def test_it_is_told_in_a_line_and_as_a_report(self, found):
        pretty = pytest.importorskip("IPython.lib.pretty")
        console = Console(width=60, record=True, file=io.StringIO())
        console.print(found)

        assert repr(found) == f"<Comparison {found.outcome}: {found.why}>"
        assert "final val_loss" in pretty.pretty(found)
        assert "final val_loss" in console.export_text()

    def test_its_fragment_is_one_element_with_figures_of_its_own(self, found, failing):
        told = found._repr_html_()
        other = lossdoc.compare(HEALTHY, DIVERGED)._repr_html_()
        first, second = (set(re.findall(r' id="([^"]+)"', each)) for each in (told, other))

        assert Elements(told).roots == ["div"]
        assert "script" not in Elements(told).names
        assert first
        assert not first & second
