"""The plugin that authors get: skips that say what to type, errors where CI lacks a server."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ("pytester",)

WITHOUT = """
import zhidu.testing.services as services
services.redis = lambda run: services.Missing("Redis", "none here", "brew install redis")
"""
NEEDY = """
import pytest

@pytest.mark.redis
def test_needs_it():
    raise AssertionError

def test_needs_nothing():
    pass
"""


@pytest.fixture
def needy(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Lay out a project whose machine has no Redis."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("ZHIDU_TEST_RUN", raising=False)
    pytester.makeconftest(WITHOUT)
    pytester.makepyfile(NEEDY)
    return pytester


@pytest.mark.parametrize("processes", ["-n0", "-n1"])
def test_what_is_missing_is_skipped_by_name(needy: pytest.Pytester, processes: str) -> None:
    """The end of the run names the test, the cause, the cure and the number."""
    result = needy.runpytest_subprocess(processes)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*not run on this machine*",
            "*::test_needs_it",
            "1 test: needs Redis: none here; type: brew install redis",
        ]
    )


def test_what_is_missing_in_ci_is_an_error(
    needy: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that skips is not green."""
    monkeypatch.setenv("CI", "true")
    result = needy.runpytest_subprocess("-n0")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*CI is set, and this test needs Redis*"])


def test_a_run_without_our_fixtures_imports_little(pytester: pytest.Pytester) -> None:
    """The plugin is loaded by every pytest of the environment: it must cost nothing."""
    pytester.makepyfile(
        """
        import sys

        def test_it():
            heavy = {"sqlalchemy", "flask", "celery", "playwright", "babel"}
            assert not heavy & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess("-n0").assert_outcomes(passed=1)


def test_a_database_test_runs_on_the_kinds_it_is_marked_with(pytester: pytest.Pytester) -> None:
    """Unmarked means both."""
    pytester.makepyfile(
        """
        import pytest

        def test_both(database_kind):
            pass

        @pytest.mark.sqlite
        def test_one(database_kind):
            assert database_kind == "sqlite"

        @pytest.mark.postgresql
        def test_other(database_kind):
            pass
        """
    )
    result = pytester.runpytest_subprocess("-n0", "--collect-only", "-q")
    result.stdout.fnmatch_lines_random(
        ["*test_both?sqlite?", "*test_both?postgresql?", "*test_one?sqlite?", "*_other?postgresql?"]
    )
    result.stdout.no_fnmatch_line("*test_one?postgresql?")
    result.stdout.no_fnmatch_line("*test_other?sqlite?")


def test_no_run_is_begun_for_nothing(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder is made for a run that needs no server."""
    folder = pytester.mkdir("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.delenv("ZHIDU_TEST_RUN", raising=False)
    pytester.makepyfile("def test_it():\n    pass")
    pytester.runpytest_subprocess("-n0", "-p", "no:tmpdir").assert_outcomes(passed=1)
    assert list(Path(folder).glob("zhidu-*")) == []
