"""What every format takes, made of diagnoses as `lossdoc analyze` makes it."""

from pathlib import Path

from lossdoc import ensemble
from lossdoc.model import Severity
from lossdoc.report import ci, facts, json
from lossdoc.report.pictures import Painter
from lossdoc.report.places import Places, anchored
from lossdoc.report.together import Together


def judged(*diagnoses, root=None, anchor="", fail_on="error", history=None, passed_over=0):
    gate = None if fail_on == "never" else Severity[fail_on.upper()]
    tally = facts.tally([facts.outcome(d, gate) for d in diagnoses], passed_over)
    members = [m for d in diagnoses if (m := ensemble.member(d)) is not None]
    told = Together(tuple(ensemble.together(members)), history)
    config = json.config(select=["ALL"], ignore=[], min_confidence="medium", fail_on=fail_on)
    report = json.report([json.run(d) for d in diagnoses], config, tally, told)
    painter = Painter(1_000_000)
    places = anchored(Places(Path(root or Path.cwd())), anchor)
    return ci.Judged(report, told, places, [painter.paint(d) for d in diagnoses])
