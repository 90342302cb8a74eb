"""Configuration: environment before file before default; secrets that only the owner reads."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zhidu.config import OPTIONS, SECRETS, Config
from zhidu.errors import ConfigError
from zhidu.texts import use_locale


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with use_locale("en"):
        yield


def load(home: Path, text: str = "", **environ: str) -> Config:
    home.mkdir(exist_ok=True)
    if text:
        (home / "zhidu.toml").write_text(text, "utf-8")
    return Config.load({"ZHIDU_HOME": str(home), **environ})


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = Config.load({})
    assert config.home == tmp_path / "var"
    assert config.database_url == f"sqlite:///{tmp_path / 'var' / 'zhidu.db'}"
    assert (config.host, config.port, config.broker_url) == ("127.0.0.1", 8000, "")
    assert not config.home.exists(), "loading makes nothing"


def test_file_then_environment(tmp_path: Path) -> None:
    text = (
        '[addons]\nfolders = ["extra", "/srv/addons"]\n[server]\nport = 80\nthreads = 4\n'
        "trusted_proxies = 1\nsecure_cookies = true\n"
        '[database]\nurl = "postgresql://file"\n[celery]\nbroker_url = "redis://file"\n'
    )
    config = load(tmp_path, text, ZHIDU_PORT="8080", ZHIDU_DATABASE_URL="postgresql://env")
    assert config.addon_folders == (tmp_path / "extra", Path("/srv/addons"))
    assert (config.port, config.threads) == (8080, 4)
    assert (config.trusted_proxies, config.secure_cookies) == (1, True)
    environ = {"ZHIDU_TRUSTED_PROXIES": "2", "ZHIDU_SECURE_COOKIES": "False"}
    config = load(tmp_path, text, ZHIDU_DATABASE_URL="postgresql://env", **environ)
    assert (config.trusted_proxies, config.secure_cookies) == (2, False)
    assert config.database_url == "postgresql://env"
    assert config.broker_url == "redis://file"
    config = load(tmp_path, ZHIDU_ADDON_FOLDERS=os.pathsep.join(["/a", "/b"]))
    assert config.addon_folders == (Path("/a"), Path("/b"))


def test_every_option_is_a_field() -> None:
    assert {option.name for option in OPTIONS} <= set(Config.__dataclass_fields__)


@pytest.mark.parametrize(
    ("text", "where", "cure"),
    [
        ("[servr]\nport = 1", "[servr]", "the sections are: addons, celery, database, server"),
        ("port = 1", "[port]", "the sections are"),
        ("[server]\nprot = 1", "[server] prot", "the keys are: host, port, secure"),
        ('[server]\nport = "80"', "[server] port", "without quotes"),
        ("[server]\nport = true", "[server] port", "without quotes"),
        ("[server]\nport = 70000", "[server] port", "0 to 65535"),
        ("[server]\nhost = 1", "[server] host", "in quotes"),
        ("[server]\ntrusted_proxies = 11", "[server] trusted_proxies", "0 to 10"),
        ("[server]\nsecure_cookies = 1", "[server] secure_cookies", "without quotes"),
        ('[addons]\nfolders = "x"', "[addons] folders", "Write e.g."),
        ("[server", "zhidu.toml", "Mend or remove"),
    ],
)
def test_a_wrong_file_names_key_and_cure(tmp_path: Path, text: str, where: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert where in str(caught.value)
    assert str(tmp_path / "zhidu.toml") in str(caught.value)
    assert cure in str(caught.value.cure)


@pytest.mark.parametrize("text", ["eighty", "-1", "65536"])
def test_a_wrong_variable_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="ZHIDU_PORT"):
        load(tmp_path, ZHIDU_PORT=text)


@pytest.mark.parametrize("text", ["1", "yes", "on"])
def test_a_switch_is_true_or_false(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="ZHIDU_SECURE_COOKIES must be true or false"):
        load(tmp_path, ZHIDU_SECURE_COOKIES=text)


def test_secrets_are_made_once_for_the_owner_only(tmp_path: Path) -> None:
    config = load(tmp_path / "home")
    first = {name: config.secret(name) for name in SECRETS}
    assert len(set(first.values())) == len(SECRETS)
    assert all(len(text) == 64 for text in first.values())
    assert {name: load(tmp_path / "home").secret(name) for name in SECRETS} == first
    assert config.secret_key == first["secret_key"]
    path = tmp_path / "home" / "secrets.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(KeyError):
        config.secret("password")


def test_the_environment_may_give_a_secret(tmp_path: Path) -> None:
    config = load(tmp_path, ZHIDU_SECRET_KEY="from outside")
    assert config.secret_key == "from outside"
    assert not (tmp_path / "secrets.toml").exists()


def test_two_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    config = load(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(config.secret, ["secret_key", "password_salt"] * 20))
    assert len(set(found)) == 2


def test_a_secret_file_that_others_read_is_refused(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert config.secret_key
    (tmp_path / "secrets.toml").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        _ = config.secret_key
    (tmp_path / "secrets.toml").chmod(0o600)
    (tmp_path / "secrets.toml").write_text("broken", "utf-8")
    with pytest.raises(ConfigError, match="backup"):
        _ = config.secret_key


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    config = load(tmp_path, ZHIDU_DATABASE_URL="postgresql://u:pw123@h/x", ZHIDU_SECRET_KEY="hush")
    assert "pw123" not in repr(config)
    assert "hush" not in repr(config)
