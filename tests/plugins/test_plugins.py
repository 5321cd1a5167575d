"""Rules of others: which are accepted, where they stand, and what they cannot break."""

import logging
import zipfile
from dataclasses import replace
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from lossdoc import curves, plugins, troubles
from lossdoc.engine import diagnose
from lossdoc.model import Confidence, Evidence, Onset, Severity, Verdict
from lossdoc.plugins import Absent, as_rule, foreign, known, scan
from lossdoc.rules import builtin
from lossdoc.rules.base import Rule
from lossdoc.selection import select


class Ours(Rule):
    """Sees what others do not see."""

    code = "MY101"
    name = "seen-by-us"
    severity = Severity.WARNING

    def check(self, case):
        yield self.finding(case, onset=Onset(1.0), message="seen", series="train_loss")


def variant(**changes):
    return type("Variant", (Ours,), {"__doc__": Ours.__doc__, **changes})


@pytest.fixture
def plugged(monkeypatch):
    """Install entry points for the time of a test: name -> what loading gives or raises."""
    found = {}

    class Entry(EntryPoint):
        def load(self):
            target = found[self.name]
            if isinstance(target, BaseException):
                raise target
            return target

    def plug(**targets):
        found.update(targets)
        entries = tuple(Entry(name, "x:y", scan.GROUP) for name in sorted(targets))
        monkeypatch.setattr(plugins, "declared", lambda: scan.Declared(entries))

    def forget():
        plugins.installed.cache_clear()
        plugins.known.cache_clear()
        troubles._told.clear()

    monkeypatch.setattr(troubles, "_listener", None)
    forget()
    yield plug
    forget()


class TestAcceptance:
    @pytest.mark.parametrize("target", [Ours, Ours(), [Ours], lambda: [Ours], lambda: Ours])
    def test_a_class_an_instance_a_list_or_a_function(self, plugged, target):
        plugged(mylab=target)

        assert [type(r) for r in plugins.installed().rules] == [Ours]
        assert plugins.installed().rules[0].plugin == "mylab"

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"code": "LD777"}, "capital letters"),
            ({"code": "my1"}, "capital letters"),
            ({"code": 5}, "must be a str"),
            ({"name": "diverged"}, "words like"),
            ({"name": "loss-spike-recovered"}, "another rule has this name"),
            ({"severity": 3}, "must be a Severity"),
            ({"needs": {"train_loss"}}, "needs must be a frozenset"),
            ({"supersedes": frozenset({1})}, "supersedes"),
            ({"__doc__": " "}, "no docstring"),
            ({"min_points": None}, "min_points"),
        ],
    )
    def test_what_is_declared_wrong_is_left_out(self, changes, complaint):
        taken = {word for r in builtin() for word in (r.code, r.name)}
        with pytest.raises((TypeError, ValueError), match=complaint):
            as_rule(variant(**changes), taken)

    def test_of_two_with_one_code_the_first_counts(self, plugged, caplog):
        plugged(alpha=Ours, beta=variant(name="another-name"))

        assert [r.plugin for r in plugins.installed().rules] == ["alpha"]
        assert "plug-in beta" in caplog.text
        assert "another rule has this code" in caplog.text

    def test_one_bad_rule_leaves_its_neighbours(self, plugged):
        plugged(mylab=[variant(code="LD102"), Ours, 3])

        assert [r.code for r in plugins.installed().rules] == ["MY101"]
        assert len(plugins.installed().troubles) == 2

    def test_what_can_be_a_code_of_theirs(self):
        assert [c for c in ("MY101", "MY", "LD102", "LDX101", "A101", "my101") if foreign(c)] == [
            "MY101",
            "MY",
        ]


class TestOrder:
    def test_they_come_last(self, plugged):
        plugged(mylab=Ours)

        assert known()[:-1] == builtin()
        assert select()[-1].code == "MY101"

    def test_or_before_what_they_explain(self, plugged):
        plugged(mylab=variant(supersedes=frozenset({"LD301", "LD401"})))

        order = [r.code for r in known()]
        assert order.index("MY101") == order.index("LD301") - 1

    def test_what_is_not_loaded_stands_first_and_judges_nothing(self, plugged):
        plugged(mylab=ImportError("gone"))
        first, *others = select()
        diagnosis = diagnose(curves.healthy()(0), rules=select())

        assert isinstance(first, Absent)
        assert tuple(others) == builtin()
        assert diagnosis.verdict is Verdict.HEALTHY
        assert diagnosis.not_checked[0].code == "mylab"
        assert diagnosis.not_checked[0].reason == "cannot be loaded: ImportError: gone"

    def test_built_in_rules_alone_import_no_plugin(self, plugged):
        imported = []
        plugged(mylab=lambda: imported.append("mylab") or [Ours])

        assert [r.code for r in select(["LD102", "overfitting"])] == ["LD102", "LD401"]
        assert imported == []


def judged(plugged, rule, caplog):
    caplog.set_level(logging.WARNING, "lossdoc")
    plugged(mylab=rule)
    run = curves.healthy()(0)
    return diagnose(run, rules=select()), run


def never(self, case):
    yield from ()


class TestJudging:
    def test_its_findings_are_never_sure(self, plugged, caplog):
        diagnosis, _ = judged(plugged, Ours, caplog)

        (finding,) = diagnosis.findings
        assert diagnosis.verdict is Verdict.AT_RISK
        assert finding.confidence is Confidence.MEDIUM
        assert not finding.factors["record"]

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"message": ""}, "without a message"),
            ({"series": "no_such"}, "no series"),
            ({"onset": Onset(float("nan"))}, "finite"),
            ({"severity": Severity.ERROR}, "at most"),
            ({"evidence": (("x", "y"),)}, "where Evidence is needed"),
            ({"evidence": (Evidence("x", "many"),)}, "Evidence.value is str 'many'"),
            ({"caveat": 5}, "Finding.caveat is int 5"),
            ({"channel": "train_loss"}, "Finding.channel"),
        ],
    )
    def test_a_finding_that_cannot_be_reported_counts_as_a_failure(
        self, plugged, caplog, changes, complaint
    ):
        def check(self, case):
            fits = {"onset": Onset(1.0), "message": "seen", "series": "train_loss"}
            yield self.finding(case, **{**fits, **changes})

        diagnosis, _ = judged(plugged, variant(check=check), caplog)

        assert diagnosis.verdict is Verdict.HEALTHY
        assert complaint in next(n.reason for n in diagnosis.not_checked if n.code == "MY101")

    def test_sureness_cannot_be_claimed(self, plugged, caplog):
        def check(self, case):
            found = self.finding(case, onset=Onset(1.0), message="seen", series="train_loss")
            yield replace(found, confidence=Confidence.HIGH)

        diagnosis, _ = judged(plugged, variant(check=check), caplog)

        assert "nobody measured" in next(
            n.reason for n in diagnosis.not_checked if n.code == "MY101"
        )

    def test_the_run_cannot_be_written_to(self, plugged, caplog):
        def check(self, case):
            case.run.series[0].values[:] = 0.0
            yield from ()

        diagnosis, run = judged(plugged, variant(check=check), caplog)

        assert "read-only" in next(n.reason for n in diagnosis.not_checked if n.code == "MY101")
        assert np.all(run.series[0].values > 0)
        run.series[0].values[0] = 1.0  # its owner still can

    def test_a_failure_is_logged_once(self, plugged, caplog):
        def check(self, case):
            raise ValueError("oops")

        for _ in range(3):
            judged(plugged, variant(check=check), caplog)

        assert caplog.text.count("plug-in mylab: MY101 failed: ValueError: oops") == 1

    def test_a_built_in_rule_that_fails_is_a_bug_all_the_same(self):
        def check(self, case):
            raise ValueError("oops")

        with pytest.raises(ValueError, match="oops"):
            diagnose(curves.healthy()(0), rules=[variant(check=check)()])

    def test_silence_is_passed(self, plugged, caplog):
        diagnosis, _ = judged(plugged, variant(check=never), caplog)

        assert diagnosis.passed[-1] == "MY101"


class TestScan:
    def write(self, folder, text, name="mylab-1.0.dist-info"):
        place = folder / name
        place.mkdir()
        (place / "METADATA").write_text("Metadata-Version: 2.1\nName: mylab\nVersion: 1.0\n")
        (place / "entry_points.txt").write_text(text)

    def test_a_declaration_is_found(self, tmp_path):
        self.write(tmp_path, "[lossdoc.rules]\nmylab = mylab_rules:rules\n")

        ((entry,), _) = scan.declared([str(tmp_path)])
        assert (entry.name, entry.value) == ("mylab", "mylab_rules:rules")

    def test_the_first_of_two_installations_counts(self, tmp_path):
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            self.write(tmp_path / name, f"[lossdoc.rules]\nmylab = {name}:rules\n")

        found = scan.declared([str(tmp_path / "a"), str(tmp_path / "b")])
        assert [entry.value for entry in found.entries] == ["a:rules"]

    def test_other_groups_and_missing_folders_are_no_matter(self, tmp_path):
        self.write(tmp_path, "[console_scripts]\nmylab = mylab:main\n")

        assert scan.declared([str(tmp_path), str(tmp_path / "gone")]) == ((), ())

    def test_a_package_that_cannot_be_read_hides_no_other(self, tmp_path):
        self.write(tmp_path, "[lossdoc.rules]\nmylab = mylab_rules:rules\n")
        self.write(tmp_path, "[lossdoc.rules]\nno = equals = sign\n", "bad-1.0.dist-info")
        (tmp_path / "bad-1.0.dist-info" / "entry_points.txt").write_bytes(b"[lossdoc.rules]\n\xff")

        (entry,), ((name, error),) = scan.declared([str(tmp_path)])
        assert (entry.name, name) == ("mylab", "bad-1.0.dist-info")
        assert isinstance(error, UnicodeDecodeError)

    def test_an_archive_is_looked_into(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "mylab.zip", "w") as archive:
            archive.writestr("mylab-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: mylab\n")
            archive.writestr(
                "mylab-1.0.dist-info/entry_points.txt", "[lossdoc.rules]\nmylab = a:rules\n"
            )

        assert [e.value for e in scan.declared([str(tmp_path / "mylab.zip")]).entries] == [
            "a:rules"
        ]
