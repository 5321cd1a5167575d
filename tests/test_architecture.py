"""Imports go one way, and what is heavy is loaded only where it is used."""

import ast
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "lossdoc"

ALLOWED = {
    "arrays": set(),
    "errors": set(),
    "intervals": set(),
    "measured": set(),
    "troubles": set(),
    "model": set(),
    "sources": {"arrays", "errors", "model"},
    "robust": {"arrays", "model"},
    "curves": {"model", "robust"},
    "prescribe": {"arrays", "model", "robust"},
    "rules": {"arrays", "curves", "measured", "model", "prescribe", "robust"},
    "composition": {"model", "rules"},
    "ensemble": {"composition", "model", "prescribe", "rules"},
    "comparison": {"arrays", "errors", "model", "robust", "rules"},
    "comparing": {"", "api", "reading", "comparison", "engine", "errors", "model"},
    "history": {"model", "prescribe", "robust", "rules"},
    "components": {"model"},
    "plugins": {"measured", "model", "robust", "rules", "troubles"},
    "checkup": {"", "config", "curves", "engine", "errors", "model", "plugins", "troubles"},
    "testing": {"engine", "model", "plugins", "rules", "troubles"},
    "selection": {"errors", "measured", "plugins", "rules"},
    "config": {"budgets", "errors", "model", "plugins", "rules", "selection"},
    "verdict": {"model", "robust", "rules"},
    "runfacts": {"model", "robust"},
    "settings": {"baseline", "errors", "history", "model", "rules"},
    "baseline": {"errors", "model", "runfacts"},
    "budgets": {"ensemble", "errors", "model", "robust", "rules", "runfacts"},
    "engine": {
        "components", "composition", "errors", "model", "plugins", "robust", "rules", "troubles",
        "verdict",
    },
    "arguments": {"errors", "model"},
    "asked": {"arguments", "budgets", "config", "model", "rules", "selection", "settings"},
    "reading": {"arguments", "errors", "model", "sources"},
    "api": {
        "arguments", "asked", "baseline", "budgets", "reading", "engine", "errors", "history", "model", "rules", "selection", "settings", "sources",
    },
    "report": {
        "", "arrays", "baseline", "budgets", "comparison", "engine", "ensemble", "errors", "history", "measured", "model", "robust",
        "rules", "runfacts", "troubles",
    },
    "trainer": {
        "", "api", "arrays", "curves", "engine", "errors", "intervals", "model", "prescribe",
        "report", "robust", "rules", "sources",
    },
    "scorecard": {
        "api", "comparison", "engine", "errors", "intervals", "measured", "model", "report", "rules",
        "trainer",
    },
    "cli": {
        "", "api", "arguments", "baseline", "budgets", "checkup", "comparison", "config", "engine", "ensemble", "errors", "guard",
        "model", "plugins", "report", "rules", "selection", "sources", "trainer", "troubles", "watch",
    },
    "showing": {"comparison", "errors", "model", "report", "rules"},
    "pacing": set(),
    "lasting": {"model"},
    "guard": {"errors"},
    "watch": {"api", "errors", "lasting", "model", "pacing", "sources"},
    "integrations": {"api", "errors", "lasting", "model", "pacing", "selection"},
    "handbook": {"engine", "model", "report", "rules", "scorecard", "trainer"},
    "new_rule": {"measured", "plugins", "rules"},
    "docs": {
        "budgets", "cli", "handbook", "measured", "report", "rules", "scorecard", "trainer",
    },
    "__main__": {"cli", "errors", "report", "troubles"},
    "": {"api", "comparing", "errors", "integrations", "model"},
}  # fmt: skip
"""Part of the package -> parts that it may import; the empty name is the package itself."""

LATE = {"lossdoc.model.shown": {"showing"}}
"""Module -> parts above it that it imports when a method is called, never before.

The one exception: a diagnosis or comparison at hand has methods that show it. What they do stands above the reports, and
importing the model loads none of it."""

HEAVY = {
    "matplotlib", "msgspec", "pandas", "pydantic", "pyarrow", "rich", "scipy", "tbparse",
    "tensorboard", "tensorboardX", "torch",
}  # fmt: skip


def part(module):
    """``rules`` of ``lossdoc.rules.base``; empty for ``lossdoc`` itself."""
    return module.removeprefix("lossdoc").removeprefix(".").split(".")[0]


def imports(file):
    """Modules of lossdoc that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "lossdoc")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lossdoc":
            inner = [f"{node.module}.{a.name}" for a in node.names]
            for name in inner:
                path = PACKAGE.parent / name.replace(".", "/")
                is_module = path.with_suffix(".py").exists() or path.is_dir()
                yield name if is_module else node.module


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_go_one_way(file):
    name = file.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", ".")
    own = part(name.removesuffix(".__init__"))
    allowed = ALLOWED[own] | LATE.get(name, set())

    wrong = {m for m in imports(file) if part(m) != own and part(m) not in allowed}

    assert wrong == set()


def test_the_trainer_alone_needs_its_extra():
    extra = {"torch", "sklearn", "tensorboardX"}
    found = {
        file.relative_to(PACKAGE).parts[0]
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
        )
        if name.split(".")[0] in extra
    }

    assert found == {"trainer"}


def test_scenarios_and_settings_need_no_torch():
    code = "from lossdoc.trainer import SCENARIOS, TrainConfig\n"
    code += "print(TrainConfig.from_dict(SCENARIOS['grokking'].config.to_dict()).steps)"
    modules, out = loaded(code)

    assert int(out) > 0
    assert modules & HEAVY == {"msgspec"}


def test_readers_do_not_know_each_other_by_way_of_the_package():
    """A reader that imports ``lossdoc.sources`` itself would load the list of all readers."""
    readers = [f for f in (PACKAGE / "sources").glob("*.py") if f.name != "__init__.py"]

    assert [f.name for f in readers if "lossdoc.sources" in set(imports(f))] == []


def loaded(code, *arguments):
    """Top-level packages that are loaded after some code ran in a process of its own."""
    script = f"{code}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}, done.stdout


def test_the_model_knows_how_to_show_itself_only_when_asked():
    code = "import sys, lossdoc.model\nprint([m for m in sys.modules if m.startswith('lossdoc.')])"
    _, out = loaded(code)

    parts = {part(name) for name in ast.literal_eval(out.splitlines()[0])}
    assert parts == {"model"}


def test_the_command_line_starts_light():
    modules, _ = loaded("import lossdoc.cli.app")

    assert modules & (HEAVY | {"numpy"}) == set()


def test_the_package_starts_empty():
    modules, _ = loaded("import lossdoc")

    assert modules & (HEAVY | {"numpy", "typer"}) == set()


@pytest.fixture
def log(tmp_path):
    rows = [f"{i},{0.4 + 2 * math.exp(-i / 40)}" for i in range(200)]
    path = tmp_path / "run.csv"
    path.write_text("\n".join(["step,train_loss", *rows]) + "\n")
    return str(path)


MAIN = "import sys\nfrom lossdoc.__main__ import main\nmain(sys.argv[1:])"


def test_a_small_table_is_judged_without_anything_heavy(log):
    modules, out = loaded(MAIN, "analyze", log)

    assert "HEALTHY" in out
    assert modules & HEAVY == set()


def test_json_needs_msgspec_and_nothing_else(log):
    modules, _ = loaded(MAIN, "analyze", log, "--output-format", "json")

    assert modules & HEAVY == {"msgspec"}


def test_help_and_version_need_no_arithmetic():
    for command in ("--help", "--version"):
        modules, _ = loaded(MAIN, command)
        assert modules & (HEAVY | {"numpy"}) == set()
