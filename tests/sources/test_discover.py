"""Which files and folders a path of the command line stands for."""

import os

import pytest

from lossdoc.sources.discover import Found, expand

CSV = "epoch,loss\n1,2\n2,1\n"


def put(root, *names, text=CSV):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(root, *below):
    """Paths found below a folder, relative to it."""
    arguments = [root / part for part in below] or [root]
    return [os.path.relpath(entry.path, root) for entry in expand(arguments)]


def test_a_file_and_standard_input_stand_for_themselves(tmp_path):
    put(tmp_path, "weights.bin")
    name = str(tmp_path / "weights.bin")

    assert list(expand([name, "-"])) == [
        Found(name, name, named=True),
        Found("-", "-", named=True),
    ]


def test_a_pattern_that_the_shell_left_alone_is_expanded(tmp_path, monkeypatch):
    put(tmp_path, "runs/a/log.csv", "runs/b/log.csv", "runs/b/notes.md", "odd[1].csv")
    monkeypatch.chdir(tmp_path)

    assert [f.path for f in expand(["runs/**/*.csv"])] == ["runs/a/log.csv", "runs/b/log.csv"]
    assert [f.path for f in expand(["runs/?"])] == ["runs/a/log.csv", "runs/b/log.csv"]
    assert [f.path for f in expand(["odd[1].csv"])] == ["odd[1].csv"]
    assert [f.path for f in expand(["no*.csv"])] == ["no*.csv"]


def test_a_missing_path_is_listed_so_that_reading_it_says_why(tmp_path):
    assert found(tmp_path, "nothing.csv") == ["nothing.csv"]


def test_names_inside_a_folder_begin_with_the_argument_as_typed(tmp_path, monkeypatch):
    put(tmp_path, "runs/a/log.csv")
    monkeypatch.chdir(tmp_path)

    assert [f.path for f in expand(["./runs/"])] == ["./runs/a/log.csv"]
    assert [f.named for f in expand(["./runs/"])] == [False]


def test_natural_order(tmp_path):
    put(tmp_path, "run10.csv", "run2.csv", "Run1.csv")

    assert found(tmp_path) == ["Run1.csv", "run2.csv", "run10.csv"]


def test_files_that_look_like_logs(tmp_path):
    logs = [
        "a.csv",
        "b.tsv",
        "c.jsonl",
        "d.json",
        "e.log",
        "f.txt",
        "g.out",
        "h.CSV.gz",
        "i.log.zst",
    ]
    put(tmp_path, *logs, "model.pt", "photo.png", "script.py", "weights.tar.gz", "README")
    put(tmp_path, "a.meta.json")

    assert found(tmp_path) == logs


def test_hidden_folders_and_folders_of_code_are_left_out(tmp_path):
    put(tmp_path, ".git/x.csv", "node_modules/x.csv", "__pycache__/x.csv", ".hidden.csv", "a/x.csv")

    assert found(tmp_path) == ["a/x.csv"]


def test_links_that_lead_back_are_followed_once(tmp_path):
    put(tmp_path, "a/x.csv")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)

    assert found(tmp_path) == ["a/x.csv"]


def test_of_several_checkpoints_only_the_last_counts(tmp_path):
    states = [f"out/checkpoint-{n}/trainer_state.json" for n in (500, 1000, 90)]
    put(tmp_path, *states, "other/trainer_state.json", "other/checkpoint-5/trainer_state.json")

    assert found(tmp_path) == [
        "other/trainer_state.json",
        "out/checkpoint-1000/trainer_state.json",
    ]


def test_a_folder_that_cannot_be_opened_is_listed(tmp_path, monkeypatch):
    put(tmp_path, "a/x.csv", "b/x.csv")
    scandir = os.scandir

    def forbid(folder):
        if os.fspath(folder).endswith("b"):
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", forbid)

    assert found(tmp_path) == ["a/x.csv", "b"]
    assert list(expand([tmp_path]))[1].named


@pytest.mark.parametrize("empty", [[], ["notes.md"]])
def test_a_folder_without_anything_like_a_log(tmp_path, empty):
    put(tmp_path, *empty)

    assert found(tmp_path) == []
