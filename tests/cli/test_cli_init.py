"""``lossdoc init``: what it writes is read back, and what is there stays."""

import re
import shlex
import tomllib

import pytest

from lossdoc.cli.recipes import RECIPES, SETTINGS
from lossdoc.config import KEYS

yaml = pytest.importorskip("yaml")


@pytest.fixture
def project(logs):
    """A repository with a healthy log in ``runs``."""
    (logs / ".git").mkdir()
    (logs / "runs").mkdir()
    (logs / "healthy.csv").rename(logs / "runs" / "healthy.csv")
    for rest in logs.glob("*.csv"):
        rest.unlink()
    return logs


def test_the_settings_are_written_and_in_force(lossdoc, project):
    code, out, _ = lossdoc("init")

    assert (code, out) == (
        0,
        "wrote lossdoc.toml\nNext: lossdoc analyze runs/healthy.csv\n",
    )
    assert "lossdoc.toml" in lossdoc("config")[1]
    assert lossdoc("analyze", "runs")[0] == 0
    assert [p.name for p in project.iterdir() if p.name.startswith(".l")] == []


def test_every_comment_of_the_settings_is_a_setting_at_its_default():
    text = SETTINGS.format(map="")
    told = tomllib.loads(
        "\n".join(re.findall(r"^# ([\w-]+ = .*)", text.split("# Options")[0], re.MULTILINE))
    )

    defaults = {name: told[name] for name in told if name != "select"}
    assert told["select"] == ["ALL"]
    assert {n: KEYS[n].parse(v) for n, v in defaults.items()} == {
        n: KEYS[n].default for n in defaults
    }
    assert set(told) <= set(KEYS)


def test_all_comments_taken_away_it_is_still_read(lossdoc, project):
    lossdoc("init")
    file = project / "lossdoc.toml"
    lines = file.read_text().splitlines()
    file.write_text("\n".join(re.sub(r"^# (?=\[|[\w-]+ = )", "", line) for line in lines))

    code, _, err = lossdoc("config")
    assert (code, err) == (0, "")


def test_what_exists_is_kept_unless_forced(lossdoc, project):
    (project / "lossdoc.toml").write_text('fail-on = "note"\n')

    code, out, err = lossdoc("init")
    assert (code, out) == (2, "")
    assert "exists; nothing was written" in err
    assert (project / "lossdoc.toml").read_text() == 'fail-on = "note"\n'

    assert lossdoc("init", "--force")[0] == 0
    assert "fail-on" in (project / "lossdoc.toml").read_text()


def test_settings_in_the_project_count_as_there(lossdoc, project):
    (project / "pyproject.toml").write_text('[tool.lossdoc]\nfail-on = "note"\n')

    assert lossdoc("init")[0] == 2
    assert "kept pyproject.toml" in lossdoc("init", "--ci", "github")[1]
    assert not (project / "lossdoc.toml").exists()


@pytest.mark.parametrize("system", RECIPES)
def test_the_gate_is_written_and_its_command_runs(lossdoc, project, system):
    code, out, _ = lossdoc("init", "--ci", system)
    path = project / RECIPES[system].path
    text = path.read_text()

    assert code == 0
    assert f"wrote {RECIPES[system].path}" in out
    assert yaml.safe_load(text)
    (command,) = re.findall(r"lossdoc analyze .*", text)
    extra = ["runs/healthy.csv"] if system == "pre-commit" else []
    assert lossdoc(*shlex.split(command)[1:], *extra)[0] == 0


def test_the_files_that_pre_commit_hands_over_are_logs(lossdoc, project):
    lossdoc("init", "--ci", "pre-commit")
    (repo,) = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())["repos"]
    pattern = repo["hooks"][0]["files"]

    assert re.search(pattern, "runs/a/b.csv")
    assert not re.search(pattern, "src/runs/b.csv")
    assert not re.search(pattern, "runs/b.png")


@pytest.mark.parametrize("system", ["gitlab", "pre-commit"])
@pytest.mark.parametrize("options", [[], ["--force"]])
def test_a_shared_file_is_never_touched(lossdoc, project, system, options):
    path = project / RECIPES[system].path
    path.write_text("mine: 1\n")

    code, out, _ = lossdoc("init", "--ci", system, *options)

    assert code == 0
    assert path.read_text() == "mine: 1\n"
    assert "exists; add this to it" in out
    assert "lossdoc analyze" in out


def test_the_own_workflow_is_replaced_only_by_force(lossdoc, project):
    path = project / RECIPES["github"].path
    path.parent.mkdir(parents=True)
    path.write_text("mine: 1\n")

    assert "add this to it" in lossdoc("init", "--ci", "github")[1]
    assert path.read_text() == "mine: 1\n"
    assert "wrote .github" in lossdoc("init", "--ci", "github", "--force")[1]
    assert "lossdoc analyze runs" in path.read_text()


def test_from_a_folder_inside_the_gate_goes_to_the_root(lossdoc, project, monkeypatch):
    inner = project / "train"
    (inner / "logs").mkdir(parents=True)
    (project / "runs" / "healthy.csv").rename(inner / "logs" / "a.csv")
    monkeypatch.chdir(inner)

    assert lossdoc("init", "--ci", "github")[0] == 0
    assert (inner / "lossdoc.toml").exists()
    text = (project / RECIPES["github"].path).read_text()
    assert "lossdoc analyze train/logs " in text


def test_columns_that_do_not_tell_are_named(lossdoc, project):
    log = project / "runs" / "healthy.csv"
    log.write_text(log.read_text().replace("train_loss", "j_main").replace("val_loss", "j_other"))
    lossdoc("init")

    text = (project / "lossdoc.toml").read_text()
    assert "# no usable loss in runs/healthy.csv" in text
    assert "j_main" in text
    assert tomllib.loads(text) == {}


def test_a_log_cannot_write_settings(lossdoc, project):
    log = project / "runs" / "healthy.csv"
    log.write_text('step,"x\nfail-on = ""never"""\n1,2\n2,3\n3,4\n')
    lossdoc("init")

    assert tomllib.loads((project / "lossdoc.toml").read_text()) == {}


def test_a_folder_that_cannot_be_written_is_an_error(lossdoc, project):
    (project / ".github").write_text("a file where a folder should be")

    code, _, err = lossdoc("init", "--ci", "github")
    assert code == 2
    assert "cannot write" in err
