"""Where there is no browser the tests of pages are skipped, and say what to install; not in CI."""

import types

import chromium
import pytest


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine without a browser; only Playwright's place for its own is known."""
    for name in ("CI", "TESTS_NEED_BROWSER", "CHROMIUM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    own = tmp_path / "own-chromium"
    return types.SimpleNamespace(chromium=types.SimpleNamespace(executable_path=str(own)))


def test_without_one_the_tests_are_skipped_with_what_to_install(nowhere):
    assert chromium.executable(nowhere) is None
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        chromium.absent()


@pytest.mark.parametrize("name", ["CI", "TESTS_NEED_BROWSER"])
def test_in_ci_a_missing_browser_is_a_failure(nowhere, monkeypatch, name):
    monkeypatch.setenv(name, "true")

    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        chromium.absent()


def test_ci_may_say_that_there_can_be_none(nowhere, monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("TESTS_NEED_BROWSER", "0")

    with pytest.raises(pytest.skip.Exception):
        chromium.absent()


def test_the_browser_that_is_named_comes_first_then_the_path_then_playwrights_own(
    nowhere, tmp_path, monkeypatch
):
    own = tmp_path / "own-chromium"
    own.touch(0o755)
    assert chromium.executable(nowhere) == str(own)

    (tmp_path / "google-chrome").touch(0o755)
    assert chromium.executable(nowhere) == str(tmp_path / "google-chrome")

    monkeypatch.setenv("CHROMIUM", str(own))
    assert chromium.executable(nowhere) == str(own)

    monkeypatch.setenv("CHROMIUM", "/nowhere/chrome")
    assert chromium.executable(nowhere) is None
