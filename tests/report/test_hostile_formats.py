"""Names in a log belong to whoever wrote it: in no format can they say what lossdoc did not."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from judged_samples import judged
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from report_samples import failing, finding, run, series, unjudged

from lossdoc.history import History
from lossdoc.model import Change, Channel, LogIssue, NotChecked, Prescription, Superseded
from lossdoc.report import github, gitlab, html, jsonl, junit, markdown, sarif
from lossdoc.report import json as json_format
from lossdoc.report.links import DOCS

SCHEMA = json.loads((Path(__file__).parent.parent / "data/sarif-2.1.0-rtm.5.json").read_text())

PAYLOADS = {
    "newlines": "a\nb\r\nc\x0b\x0c\x85\u2028\u2029d",
    "workflow command": "\n::error file=x,line=1::pwned\n::set-output name=a::b",
    "command at the start": "::error::pwned",
    "old command": "##[error]pwned ##vso[task.setvariable]x ##teamcity[x]",
    "properties": "x,line=9,title=a::b%0A::error::c%2C",
    "tags": "<script>alert(1)</script><img src=x onerror=y><!-- ",
    "cdata": "]]><failure/>&lt;&#0;&entity;",
    "quotes": "\"'\\\" onload='x",
    "terminal": "\x1b[2J\x1b]0;t\x07\x1b]8;;http://x\x07\x9b31m\x08\x7f",
    "surrogates": "a\udcff\ud800b",
    "bidi": "a\u202eb\u2066c\u200fd\u2069\ufeff\u200be",
    "not XML": "a\x00\x01\x08\x0b\x1f\ufffe\uffffb",
    "table": "a|b||`c` ``d```\n| --- |\n```\nx\n```",
    "links": "[a](http://evil) ![b](http://evil/i.png) <http://evil> http://evil www.evil.x @me #1",
    "headings": "# x\n\n## y\n\n---\n\n- z\n1. w\n> q",
    "html end": "</summary></details></code><b>",
    "braces": "{0} {x} {{y}} [t](1)",
    "huge": "é" * 300_000,
    "blank": " \t ",
    "emphasis": "*a* _b_ ~~c~~ $d$ \\",
}

STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""What no output has, whatever the log holds."""

OLD_COMMAND = re.compile(r"##\w*\[")


def diagnoses(text):
    """Runs in which every text that comes from outside is one and the same."""
    fix = Prescription(
        "learning_rate", text, (Change(text, text, text), Change(text, None, 0.5)), text, "", text
    )
    item = finding(series=text, message=text, caveat=text, prescriptions=(fix,))
    loss = series(Channel.TRAIN_LOSS, run().series[0].values, text)
    seen = run(
        path=text,
        name=text,
        series=(loss,),
        context={text: text},
        settings={text: text},
        issues=(LogIssue("k", text, 3),),
    )
    found = failing(
        path=text,
        run=seen,
        summary=text,
        findings=(item,),
        superseded=(Superseded(finding(code="LD305", name="x", message=text), "LD102"),),
        not_checked=(NotChecked("LD401", "overfitting", text),),
        history=text,
    )
    return found, unjudged(path=text, problem=text, details=(text,), hint=text)


def whole(text):
    return judged(*diagnoses(text), history=History((), ((text, text),)))


BENIGN = whole("name")
HOSTILE = pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)


VISIBLE = pytest.mark.parametrize(
    "text", [t for t in PAYLOADS.values() if t.strip()], ids=[n for n in PAYLOADS if n != "blank"]
)
"""Where nothing is left of a text, its paragraph is gone."""

RENDERERS = {
    "json": json_format.render,
    "sarif": sarif.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "junit": junit.render,
    "markdown": markdown.render,
    "html": html.render,
}


@HOSTILE
@pytest.mark.parametrize("name", RENDERERS)
def test_nothing_steers_a_terminal_or_a_service_that_runs_jobs(name, text):
    told = RENDERERS[name](whole(text))

    assert STEERING.search(told) is None
    assert OLD_COMMAND.search(told) is None
    assert told.encode("utf-8")
    if name != "github":
        assert not [line for line in told.split("\n") if line.lstrip().startswith("::")]


@HOSTILE
def test_a_line_of_json_is_one_line(text):
    for diagnosis in diagnoses(text):
        told = jsonl.line(diagnosis)

        assert told.endswith("\n")
        assert STEERING.search(told[:-1]) is None
        assert len(told.splitlines()) == 1
        assert json.loads(told)["verdict"] == diagnosis.verdict


@HOSTILE
def test_json_keeps_what_the_log_says(text):
    found = json.loads(json_format.render(whole(text)))

    assert found["runs"][0]["summary"] == text.encode("utf-8", "backslashreplace").decode()


@HOSTILE
def test_sarif_stays_valid_and_says_as_much(text):
    found, benign = json.loads(sarif.render(whole(text))), json.loads(sarif.render(BENIGN))

    jsonschema.Draft4Validator(SCHEMA).validate(found)
    assert shape(found["runs"][0]["results"]) == shape(benign["runs"][0]["results"])
    for result in found["runs"][0]["results"]:
        assert "](" not in result["message"]["text"]
        assert re.fullmatch(r"(?:[^{}]|\{\{|\}\})*", result["message"]["text"])
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:file:///)?[\w./~%-]*", uri, re.ASCII)


def shape(found):
    """Keys and lengths, without the texts."""
    if isinstance(found, dict):
        return {key: shape(value) for key, value in found.items() if key != "uriBaseId"}
    return [shape(each) for each in found] if isinstance(found, list) else type(found)


COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:\r\n]*,?)+)::([^\r\n]*)")


@HOSTILE
def test_github_reads_as_many_commands_with_the_same_properties(text):
    def read(whole_):
        found = [COMMAND.fullmatch(line) for line in github.render(whole_).split("\n")[:-1]]
        assert all(found)
        return [(f[1], [p.partition("=")[0] for p in f[2].split(",")]) for f in found]

    assert read(whole(text)) == read(BENIGN)


@HOSTILE
def test_gitlab_gets_as_many_entries(text):
    found, benign = json.loads(gitlab.render(whole(text))), json.loads(gitlab.render(BENIGN))

    assert shape(found) == shape(benign)
    assert [e["check_name"] for e in found] == [e["check_name"] for e in benign]
    assert all(len(e["description"]) <= 2000 for e in found)


@HOSTILE
def test_junit_stays_xml_with_the_same_cases(text):
    def read(whole_):
        suites = JUnitXml.fromstring(junit.render(whole_).encode())
        return [
            [(case.name, [type(result) for result in case.result]) for case in suite]
            for suite in suites
        ]

    assert read(whole(text)) == read(BENIGN)


PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OWN_TAGS = {"<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"}


def pieces(told):
    """Blocks, then the kinds of what stands within a line, then addresses and tags."""
    blocks, inline, told_urls, tags = [], set(), set(), set()
    for token in PARSER.parse(told):
        blocks.append((token.type, token.tag))
        if token.type == "html_block":
            tags |= set(re.findall(r"<[^>]*>", token.content))
        for child in token.children or ():
            inline.add(child.type)
            tags |= {child.content} if child.type == "html_inline" else set()
            told_urls |= {child.attrs["href"]} if child.type == "link_open" else set()
    return blocks, inline, told_urls, tags


@VISIBLE
def test_markdown_has_the_same_blocks_links_and_tags(text):
    blocks, inline, addresses, tags = pieces(markdown.render(whole(text)))
    benign, benign_inline, benign_addresses, _ = pieces(markdown.render(BENIGN))

    assert blocks == benign
    assert inline <= benign_inline | {"html_inline", "text_special", "code_inline"}
    assert addresses == benign_addresses
    assert all(address.startswith(DOCS) for address in addresses)
    assert tags <= OWN_TAGS


@HOSTILE
def test_markdown_holds_no_address_or_mention_that_sites_would_find(text):
    told = markdown.render(whole(text)).replace(DOCS, "")
    prose = re.sub(r"(?ms)^(`{3,}).*?^\1$|`[^`\n]*`", "", told)

    prose = re.sub(r"&#\d+;", "", prose)  # our own entities

    assert not re.search(r"https?://|www\.|@\w|#\d", prose)
    assert "&#\N{ZERO WIDTH SPACE}" not in told  # they are whole
