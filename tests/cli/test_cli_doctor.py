"""``lossdoc doctor``: its two outputs and its exit codes."""

import json


def test_all_is_well(lossdoc):
    code, out, err = lossdoc("doctor")

    assert (code, err) == (0, "")
    assert out.rstrip().endswith("All is well.")
    assert "judged failing" in out


def test_something_is_broken(lossdoc, logs):
    (logs / "lossdoc.toml").write_text("[rules.LD102]\nno_such_option = 1\n")
    code, out, _ = lossdoc("doctor")

    assert code == 2
    assert "1 of these must be mended" in out


def test_json_says_the_same(lossdoc, logs):
    (logs / "lossdoc.toml").write_text("select = 5\n")
    code, out, _ = lossdoc("doctor", "--output-format", "json")
    told = json.loads(out)

    assert (code, told["ok"]) == (2, False)
    assert [c["name"] for c in told["checks"] if c["state"] == "failed"] == ["settings"]
