import json

from lossdoc.rules import builtin


def test_a_rule_is_explained_by_code_or_name(lossdoc):
    code, out, _ = lossdoc("explain", "LD101")

    assert code == 0
    assert out.startswith(" LD101 non-finite-terminal  error")
    assert lossdoc("explain", "non-finite-terminal")[1] == out


def test_several_rules_are_explained(lossdoc):
    out = lossdoc("explain", "LD101", "LD102")[1]

    assert out.index(" LD102 diverged") > out.index(" LD101 non-finite-terminal")


def test_a_figure_shows_the_problem(lossdoc):
    assert "▲" in lossdoc("explain", "LD101")[1]


def test_an_unknown_rule_is_an_error_with_a_hint(lossdoc):
    code, out, err = lossdoc("explain", "divergd")

    assert (code, out) == (2, "")
    assert "no rule fits 'divergd'" in err
    assert "did you mean diverged" in err


def test_the_table_lists_every_rule_by_code(lossdoc):
    out = lossdoc("rules", "--width", "100")[1]

    listed = [line.split()[0] for line in out.splitlines() if line.startswith(" LD")]
    assert listed == [*sorted(rule.code for rule in builtin()), "LD990"]


def test_the_rules_as_json(lossdoc):
    told = json.loads(lossdoc("rules", "--output-format", "json")[1])

    assert [rule["code"] for rule in told] == [*sorted(rule.code for rule in builtin()), "LD990"]
    assert {"name", "severity", "summary", "needs", "options", "url"} <= set(told[0])
