"""Logs to write pages of: real ones, and those of somebody who means harm."""

import json
import math
from pathlib import Path

ROOT = Path(__file__).parents[2]

SAMPLES = {
    "failing": ("divergence.csv",),
    "at-risk": ("overfitting.csv",),
    "healthy": ("healthy.csv",),
    "inconclusive": ("too_short.csv",),
    "several": (
        *("divergence.csv", "overfitting.csv", "healthy.csv", "too_short.csv", "not_a_log.csv"),
        *("wandb_panel.csv", "gradient_spike.jsonl", "tensorboard"),
    ),
}
"""Names of pages -> real logs, for which `lossdoc report` writes the page."""

PAGES = (*SAMPLES, "compared", "hostile", "huge")

HOSTILE = {
    "script": "<script>pwned=1;alert(1)</script>",
    "end of script": "</script><script>pwned=1</script>",
    "comment": "<!--<script>pwned=1--></title></textarea>",
    "cdata": "]]><script>pwned=1</script><![CDATA[",
    "handler": "<img src=x onerror=pwned=1><svg onload=pwned=1>",
    "attribute": '"\' onmouseover=\'pwned=1\' onfocus="pwned=1" autofocus tabindex=1 x="',
    "frame": '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe><object data=x>',
    "link": 'javascript:pwned=1//<a href="javascript:pwned=1">x</a>',
    "style": "</style><style>*{display:none;background:url(http://evil.example/s)}</style>",
    "refresh": "<meta http-equiv=refresh content=0;url=http://evil.example/><base href=//evil.example>",
    "image": "<img src=http://evil.example/i.png><link rel=stylesheet href=http://evil.example/c>",
    "drawing": "</text></g></svg><svg><script>pwned=1</script><a xlink:href=javascript:pwned=1>",
    "entity": "&lt;script&gt;&#60;script&#62;&amp;lt;",
    "direction": "a\u202egpj.exe\u2066b\u2069\u200f",
    "terminal": "\x1b[2J\x1b]8;;http://evil.example\x07x\x1b]8;;\x07\x9b31m\x00",
    "formula": "$\\frac{1}{0}$ $ \\input{/etc/passwd}",
    "blanks": "\n\r\u2028\u2029\v\f\t",
    "letters": "损失 ضياع 🔥\U0001f468\u200d\U0001f469 z\u0335\u0321\u0322",
}
"""Kinds of harm -> the name of a file, of a column, and the value of a setting."""


def prepare(name, folder):
    """Write the logs of a page where they are not there; return their folder and the command."""
    report = ["report", "-q", "--isolated", "--exit-zero", "--gpu-hour-price", "2.5", "--gpus", "4"]
    if name in SAMPLES:
        return ROOT / "sample_logs", [*report, *SAMPLES[name]]
    folder.mkdir()
    if name == "compared":
        write_compared(folder)
        return folder, ["compare", "good", "--against", "new", "--fail-on", "never"]
    {"hostile": write_hostile, "huge": write_huge}[name](folder)
    logs = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return folder, ["analyze", "-qq", "--isolated", "--exit-zero", *logs]


def write_hostile(folder):
    """Write three logs of each kind: a sick one, one without a loss, and one that is broken."""
    for kind, text in HOSTILE.items():
        name = text.replace("/", "∕").replace("\0", "")
        home = folder / kind
        home.mkdir()
        (home / f"{name}.jsonl").write_text(_sick(text))
        (home / "no loss.csv").write_text(f'step,"{_quoted(text)}"\n1,2\n2,3\n3,4\n')
        (home / "broken.jsonl").write_text(
            json.dumps({text: text}) + f"\n{text}\n" + json.dumps({"loss": text})
        )


def write_compared(folder):
    """Write three good runs and three worse ones, with names and columns that mean harm."""
    for place, (side, level) in enumerate([("good", 0.4), ("new", 0.5)] * 3):
        text = list(HOSTILE.values())[place + 1]
        home = folder / side
        home.mkdir(exist_ok=True)
        rows = ((i, _fall(i, level) + 0.001 * place) for i in range(200))
        records = [{"step": i, f"{text}/train_loss": y, f"{text}/val_loss": y} for i, y in rows]
        path = home / f"{text.replace('/', '∕')}.jsonl"
        path.write_text("\n".join(map(json.dumps, records)))


def write_huge(folder):
    """Write logs whose columns have names of sixty kilobytes, and of a megabyte."""
    for size in (60_000, 1_000_000):
        name = "<b>" + "n" * size
        history = {f"{name}/train_loss": [_loss(i) for i in range(200)], f"{name}/lr": [0.01] * 200}
        (folder / f"huge {size}.json").write_text(json.dumps(history))


def _fall(step, level):
    return level + 2 * math.exp(-step / 40) + 0.02 * math.sin(7.1 * step)


def _loss(step):
    """Fall, then NaN."""
    return _fall(step, 0.4) if step < 150 else math.nan


def _sick(text):
    """A loss that ends in NaN, in a column of that name, with settings of that value."""
    rows = [{"optimizer": text, "config": {"optimizer": text, text: text}, "precision": text}]
    for step in range(200):
        values = {f"{text}/train_loss": _loss(step), f"{text}/lr": 0.01, text: text}
        rows.append({"step": step, **values})
    return "\n".join(map(json.dumps, rows))


def _quoted(text):
    return text.replace('"', '""')
