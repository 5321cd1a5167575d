"""JSON lines: a line for each run, as soon as it is judged.

The objects are those of ``runs`` in the JSON report. Lines that follow the runs have one key alone:
``ensemble``, what runs of one configuration have in common, ``budget``, a budget over several runs, and
``history``, the earlier runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lossdoc.report import json, json_gate

if TYPE_CHECKING:
    from lossdoc.model import Diagnosis
    from lossdoc.report.together import Together


def line(diagnosis: Diagnosis) -> str:
    """Return one run as a line."""
    return json.dump(json.run(diagnosis), indent=0)


def closing(told: Together) -> str:
    """Return the lines that follow the runs; none where there is nothing to tell."""
    lines = [json.dump({"ensemble": json.ensemble(each)}, indent=0) for each in told.ensembles]
    lines += [json.dump({"budget": json_gate.shared(each)}, indent=0) for each in told.budgets]
    if told.history is not None:
        lines.append(json.dump({"history": json.history(told.history)}, indent=0))
    return "".join(lines)
