"""The command line: exit codes, one sentence for an error, JSON, nothing asked without a terminal."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.core.jobs_stage import leave_a_mark, offering

from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.cli import entry
from zhidu.cli.databases import _throw_away
from zhidu.cli.lock import running_here
from zhidu.cli.speech import said, terminal_locale
from zhidu.config import Config
from zhidu.db import Database
from zhidu.enabling import connect
from zhidu.errors import Conflict, NotFound, ZhiduError
from zhidu.jobs import JobType, enqueue
from zhidu.jobs.models import Job, JobStatus
from zhidu.org.companies import create_company
from zhidu.testing.databases import environ
from zhidu.testing.on_disk import forget_addons, write_addon
from zhidu.texts import use_locale


class Said:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Zhidu = Callable[..., Said]


@pytest.fixture
def zhidu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path) -> Zhidu:
    """Run commands in this process, in English, on an installation of their own."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "ZHIDU_DEBUG", "ZHIDU_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZHIDU_LOCALE", "en")
    monkeypatch.setenv("ZHIDU_HOME", str(home))

    def run(*words: str, stdin: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = entry.run(words)
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run


@pytest.fixture
def ready(zhidu: Zhidu, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Zhidu:
    """Run commands on a migrated database."""
    monkeypatch.setenv("ZHIDU_DATABASE_URL", database_url)
    return zhidu


def test_help_makes_nothing(zhidu: Zhidu, home: Path) -> None:
    found = zhidu("--help")
    assert found.code == 0
    for name in ("run", "init", "demo", "db", "addon", "company", "user", "policy", "doctor"):
        assert f"  {name} " in found.out
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [["nosuch"], ["company", "create"], ["run", "--port", "x"], ["db", "status", "--nosuch"]],
)
def test_a_wrong_command_line_is_one_sentence_and_two(zhidu: Zhidu, words: list[str]) -> None:
    found = zhidu(*words)
    assert (found.code, found.out) == (2, "")
    assert len(found.err.splitlines()) == 1
    assert "--help" in found.err


def test_without_tables_a_command_says_what_to_run(zhidu: Zhidu) -> None:
    found = zhidu("company", "list")
    assert (found.code, found.out) == (1, "")
    assert found.err == "The database is empty. Run first: zhidu init\n"


def test_init_can_be_repeated(zhidu: Zhidu, home: Path) -> None:
    assert zhidu("init").code == 0
    assert (home / "zhidu.db").is_file()
    secrets = (home / "secrets.toml").read_text()
    again = zhidu("init")
    assert (again.code, again.out) == (0, "")
    assert "ready already" in again.err
    assert (home / "secrets.toml").read_text() == secrets
    assert zhidu("db", "status").code == 0
    assert zhidu("db", "upgrade").code == 0  # nothing waits: nothing to ask


def test_status_tells_what_waits(zhidu: Zhidu) -> None:
    found = zhidu("db", "status", "--json")
    assert found.code == 1
    assert found.json[0]["addon"] == "core"
    assert found.json[0]["pending"] != []


def test_a_company_gets_its_administrator(ready: Zhidu, db: Database) -> None:
    assert ready("user", "create", "chief", "--system").code == 0
    found = ready("company", "create", "acme", "某公司", "--admin", "chief")
    assert found.code == 0, found.err
    (made,) = ready("company", "list", "--json").json
    assert (made["code"], made["name"], made["demo"]) == ("acme", "某公司", False)
    (user,) = ready("user", "list", "--json").json
    assert (user["username"], user["system"], user["companies"]) == ("chief", True, ["acme"])
    assert "某公司" in ready("company", "list").out
    assert ready("company", "admin", "acme", "chief").code == 1
    assert ready("company", "create", "acme", "x").code == 1
    assert ready("company", "create", "Not A Code", "x").code == 1


def test_a_password_is_read_or_made_up_but_never_asked_for(ready: Zhidu, db: Database) -> None:
    made_up = ready("user", "create", "one").out.strip()
    assert len(made_up) >= 12
    given = ready("user", "create", "two", "--password-stdin", stdin="a long pass phrase\n")
    assert (given.code, given.out) == (0, "")
    assert ready("user", "create", "three", "--password-stdin", stdin="x\n").code == 1
    with db.read(Actor.system()) as session:
        before = {one.username: one.password for one in session.scalars(select(User))}
    assert set(before) == {"one", "two"}
    assert ready("user", "password", "two").out.strip()
    assert ready("user", "password", "nobody").code == 1
    with db.read(Actor.system()) as session:
        after = {one.username: one.password for one in session.scalars(select(User))}
    assert after["one"] == before["one"]
    assert after["two"] != before["two"]


def test_the_company_may_be_left_out_where_there_is_one(ready: Zhidu) -> None:
    none = ready("policy", "show")
    assert (none.code, "company create" in none.err) == (1, True)
    ready("company", "create", "acme", "某公司")
    assert ready("policy", "show").code == 0
    assert ready("policy", "show", "--json").json["number"] == 0
    ready("company", "create", "other", "另一公司")
    several = ready("policy", "show")
    assert (several.code, "acme, other" in several.err) == (1, True)
    assert ready("policy", "show", "--company", "other").code == 0
    assert ready("policy", "show", "--company", "nosuch").code == 1


PACK = """\
format: 1
policy: {id: small, title: 小制度, version: "1", effective: 2020-01-01}
clauses: [{id: C-1, section: 一, title: 提醒, summary: 两天后提醒。}]
addons: []
settings: {core.remind_hours: {value: 48, clause: C-1}}
flows: {}
"""


def test_a_policy_is_checked_applied_and_shown(ready: Zhidu, tmp_path: Path) -> None:
    ready("company", "create", "acme", "某公司")
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(PACK, "utf-8")
    bad.write_text(PACK.replace("core.remind_hours", "core.nosuch"), "utf-8")
    wrong = ready("policy", "lint", str(bad))
    assert (wrong.code, f"{bad}:5:" in wrong.out) == (1, True)
    assert ready("policy", "lint", str(bad), "--json").json[0]["line"] == 5
    assert ready("policy", "apply", str(bad)).code == 1
    assert ready("policy", "lint", str(good)).code == 0
    applied = ready("policy", "apply", str(good), "--company", "acme")
    assert applied.code == 0, applied.err
    assert "48" in applied.out
    assert "Nothing changes" in ready("policy", "apply", str(good)).err
    assert ready("policy", "show", "--json").json["number"] == 1
    assert "小制度" in ready("policy", "show").out
    assert ready("policy", "show", "--version", "7").code == 1
    assert ready("policy", "apply", str(tmp_path / "none.yaml")).code == 1


@pytest.fixture
def addon_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Name a folder of addons with one small addon that offers a command."""
    folder = tmp_path / "addons"
    write_addon(
        folder,
        "badge",
        code="import click\n"
        "@hookimpl\n"
        "def provide_commands():\n"
        "    @click.command('badge-hello')\n"
        "    def hello():\n"
        "        click.echo('hello')\n"
        "    return [hello]\n",
    )
    monkeypatch.setenv("ZHIDU_ADDON_FOLDERS", str(folder))
    yield folder
    forget_addons()


def test_an_addon_is_enabled_activated_and_back(zhidu: Zhidu, addon_folder: Path) -> None:
    zhidu("init")
    zhidu("company", "create", "acme", "某公司")

    def state() -> tuple[bool, list[str]]:
        (found,) = [one for one in zhidu("addon", "list", "--json").json if one["name"] == "badge"]
        return found["enabled"], found["active"]

    assert state() == (False, [])
    assert zhidu("badge-hello").code == 2
    refused = zhidu("addon", "activate", "badge")
    assert (refused.code, "zhidu addon enable badge" in refused.err) == (1, True)
    assert zhidu("addon", "enable", "badge").code == 0
    assert zhidu("addon", "enable", "badge").code == 1
    assert state() == (True, [])
    assert zhidu("badge-hello").out == "hello\n"
    assert zhidu("addon", "activate", "badge").code == 0
    assert state() == (True, ["acme"])
    assert zhidu("addon", "deactivate", "badge").code == 0
    assert state() == (True, [])
    asked = zhidu("addon", "disable", "badge")
    assert (asked.code, "--yes" in asked.err) == (1, True)
    assert state() == (True, [])
    assert zhidu("addon", "disable", "badge", "--yes").code == 0
    assert state() == (False, [])
    assert zhidu("addon", "enable", "nosuch").code == 1


def test_a_given_up_job_is_tried_again_or_deleted(ready: Zhidu, db: Database) -> None:
    offered = offering(db, JobType("tools.mark", leave_a_mark))
    with offered.write(Actor.system()) as session:
        first, second = enqueue(session, "tools.mark"), enqueue(session, "tools.mark")
        for one in session.scalars(select(Job)):
            one.status, one.error, one.tries = JobStatus.DEAD, "ValueError: no paper", 8
    listed = ready("jobs", "list", "--dead", "--json").json
    assert [(one["id"], one["error"]) for one in listed] == [
        (first, "ValueError: no paper"),
        (second, "ValueError: no paper"),
    ]
    assert ready("doctor").code == 1
    assert ready("jobs", "retry", str(first)).code == 0
    assert ready("jobs", "retry", str(first)).code == 1
    assert ready("jobs", "delete", str(second)).code == 1
    assert ready("jobs", "delete", str(second), "--yes").code == 0
    assert ready("jobs", "delete", "999", "--yes").code == 1
    (left,) = ready("jobs", "list", "--json").json
    assert (left["id"], left["status"], left["tries"]) == (first, "due", 0)


def test_doctor_finds_a_sound_installation_sound(ready: Zhidu, home: Path) -> None:
    home.chmod(0o700)
    found = ready("doctor", "--json")
    results = {one["name"]: one["ok"] for one in found.json}
    for name in ("database", "migrations", "addons", "secrets", "clock", "broker", "jobs"):
        assert results[name], found.out
    home.chmod(0o755)
    open_home = {one["name"]: one for one in ready("doctor", "--json").json}["secrets"]
    assert (open_home["ok"], "chmod" in open_home["cure"]) == (False, True)


def test_doctor_says_what_to_run_where_there_is_nothing(zhidu: Zhidu) -> None:
    found = zhidu("doctor")
    assert found.code == 1
    assert "zhidu init" in found.out


def test_every_route_names_its_permission(ready: Zhidu) -> None:
    found = ready("routes", "--json").json
    assert found
    for one in found:
        assert {"rule", "methods", "endpoint", "addon"} <= set(one)
        assert one.get("public") is True or one["permission"], one
    rules = {one["rule"]: one for one in found}
    assert rules["/static/<path:filename>"]["public"] is True
    assert rules["/auth/login"]["public"] is True
    assert not any("admin_static" in one["endpoint"] and "permission" in one for one in found)


def test_the_language_is_the_terminals() -> None:
    assert terminal_locale({}) == "en"
    assert terminal_locale({"LANG": "zh_CN.UTF-8"}) == "zh_Hans_CN"
    assert terminal_locale({"LANG": "zh_TW.UTF-8"}) == "zh_Hant_TW"
    assert terminal_locale({"LC_ALL": "zh_HK", "LANG": "en_US.UTF-8"}) == "zh_Hant_TW"
    assert terminal_locale({"LANG": "C.UTF-8"}) == "en"
    assert terminal_locale({"LANG": "de_DE.UTF-8", "ZHIDU_LOCALE": "zh_Hans_CN"}) == "zh_Hans_CN"


def test_an_unforeseen_error_shows_no_traceback_unless_asked(
    zhidu: Zhidu, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_args: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("zhidu.cli.kit.Shop.config", property(break_down))
    plain = zhidu("company", "list")
    assert (plain.code, "Traceback" in plain.err) == (1, False)
    assert "ZeroDivisionError" in plain.err
    monkeypatch.setenv("ZHIDU_DEBUG", "1")
    assert "Traceback" in zhidu("company", "list").err


def test_a_database_that_is_not_there_is_one_sentence(
    zhidu: Zhidu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIDU_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    found = zhidu("company", "list")
    assert found.code == 1
    assert len(found.err.splitlines()) == 1


def test_errors_are_said_with_their_cure() -> None:
    with use_locale("en"):
        assert said(ZhiduError("It is so.", cure="Do that.")) == "It is so. Do that."
        assert said(NotFound()).endswith(".")


def test_only_a_demo_is_thrown_away_and_not_under_a_running_server(
    home: Path, zhidu: Zhidu
) -> None:
    zhidu("init")
    config = Config.load(environ(home))
    (home / "files").mkdir()
    with running_here(config), pytest.raises(Conflict):
        _throw_away(config)
    _make_company(config, is_demo=True)
    _throw_away(config)
    assert not (home / "zhidu.db").exists()
    assert not (home / "files").exists()
    zhidu("init")
    _make_company(config, is_demo=False)
    with pytest.raises(ZhiduError, match="acme"):
        _throw_away(config)
    assert (home / "zhidu.db").exists()


def _make_company(config: Config, *, is_demo: bool) -> None:
    db = connect(config)
    with db.write(Actor.system()) as session:
        create_company(session, session.actor, "acme", "某公司", is_demo=is_demo)
    db.close()


def test_the_console_script_ends_with_the_exit_code(home: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "zhidu", "company", "list"],
        env={**environ(home), "PATH": "/usr/bin:/bin", "LANG": "zh_CN.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "Traceback" not in ran.stderr
