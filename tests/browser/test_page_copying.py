"""Copy buttons: what is to be changed goes to the clipboard, and is said to have gone there."""

import re

import pytest

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


@pytest.mark.parametrize("name", ["failing", "several", "hostile"])
def test_every_change_has_a_button_that_copies_it(visit, written, name):
    page = visit(name, **CLIPBOARD)
    blocks, buttons = page.locator("pre.copy"), page.get_by_role("button", name="Copy")

    assert blocks.count() == buttons.count() > 0
    for i in {0, blocks.count() - 1}:
        buttons.nth(i).click()
        page.get_by_role("status").nth(i).get_by_text("copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == blocks.nth(i).text_content()


def test_the_copy_holds_the_numbers_of_the_prescription(visit, written):
    page = visit("at-risk", **CLIPBOARD)
    page.get_by_role("button", name="Copy").first.press("Enter")
    page.get_by_role("status").get_by_text("copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()").replace('"', "")

    changes = written("at-risk").report["runs"][0]["findings"][0]["prescriptions"][0]["changes"]
    assert changes
    for change in changes:
        assert f"{change['name']}: {change['after']}" in copied


def test_where_the_clipboard_is_refused_the_text_is_copied_the_old_way_or_selected(visit):
    page = visit("failing")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()) }")
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("status").get_by_text(re.compile("copied|Ctrl")).wait_for()

    selected = page.evaluate("getSelection().toString()").strip()
    assert selected == page.locator("pre.copy").first.inner_text().strip()


def test_a_page_that_runs_no_script_has_no_dead_button(visit):
    assert visit("failing", java_script_enabled=False).locator("button").count() == 0
