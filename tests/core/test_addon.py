"""The manifest: every wrong key is named with its file and its cure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhidu.addon import LONGEST, RESERVED, Addon
from zhidu.errors import ConfigError
from zhidu.texts import use_locale

GOOD = 'name = "meeting_room"\ntitle = "Meeting rooms"\n'


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with use_locale("en"):
        yield


def read(folder: Path, text: str) -> Addon:
    path = folder / "addon.toml"
    path.write_text(text, "utf-8")
    return Addon.read(path)


def test_reads_all_keys(tmp_path: Path) -> None:
    addon = read(
        tmp_path,
        GOOD + 'summary = "Book rooms"\nversion = "1.4.0"\ncategory = "Office"\nicon = "door"\n'
        'requires = ["hr>=0.1,<2", "core>=0.1"]\n',
    )
    assert addon == Addon(
        "meeting_room",
        "Meeting rooms",
        "Book rooms",
        "1.4.0",
        ("hr>=0.1,<2", "core>=0.1"),
        "Office",
        "door",
    )
    assert addon.needed_names == ("hr",)
    assert addon.needs[0].specifier.contains("1.9")


def test_little_is_enough(tmp_path: Path) -> None:
    addon = read(tmp_path, GOOD)
    assert (addon.version, addon.requires) == ("", ())


@pytest.mark.parametrize(
    ("text", "key", "why", "cure"),
    [
        (GOOD + 'titel = "x"', "titel", "is no key", "the keys are: name, title"),
        (GOOD + "version = 1.4", "version", "must be a text", "in quotes"),
        ('name = "x"', "title", "is missing", "Add a line: title"),
        ('title = "x"', "name", "is missing", "Add a line: name"),
        (GOOD + 'version = "one"', "version", "is not a version: one", "PEP 440"),
        (GOOD + 'requires = "hr"', "requires", "must be a list", "Write a list"),
        (GOOD + "requires = [1]", "requires", "must be a list", "Write a list"),
        (GOOD + 'requires = ["hr >> 1"]', "requires", "is not usable: hr >> 1", "Write a list"),
        (GOOD + 'requires = ["hr[x]"]', "requires", "versions only", "Write a list"),
        (GOOD + "requires = [\"hr ; os_name=='nt'\"]", "requires", "versions only", "Write a list"),
        (GOOD + 'requires = ["hr @ file:///x"]', "requires", "versions only", "Write a list"),
        (GOOD + 'requires = ["Hr"]', "requires", "versions only", "Write a list"),
        (GOOD + 'requires = ["hr", "hr>1"]', "requires", "names hr twice", "once"),
        (GOOD + 'requires = ["meeting_room"]', "requires", "or the addon itself", "once"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, text: str, key: str, why: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert str(tmp_path / "addon.toml") in message
    assert f"“{key}”" in message
    assert why in message
    assert cure in str(caught.value.cure)


@pytest.mark.parametrize(
    "name", ["HR", "hr-x", "9a", "_a", "a__b", "a_", "人事", "a" * (LONGEST + 1)]
)
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is not usable"):
        read(tmp_path, f'name = "{name}"\ntitle = "x"\n')


@pytest.mark.parametrize("name", [*sorted(RESERVED), "core_extra", "sqlite_x"])
def test_a_reserved_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is reserved"):
        read(tmp_path, f'name = "{name}"\ntitle = "x"\n')


@pytest.mark.parametrize("text", [None, "name = ", b"title = '\xff'"])
def test_an_unreadable_file_is_named(tmp_path: Path, text: str | bytes | None) -> None:
    path = tmp_path / "addon.toml"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError, match=r"addon\.toml") as caught:
        Addon.read(path)
    assert str(caught.value.cure)


@given(name=st.from_regex(r"[a-z][a-z0-9]*(_[a-z0-9]+){0,2}", fullmatch=True))
def test_every_accepted_name_makes_a_table_prefix(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    try:
        addon = read(tmp_path_factory.getbasetemp(), f'name = "{name}"\ntitle = "x"\n')
    except ConfigError:
        assert len(name) > LONGEST or name.split("_")[0] in RESERVED
    else:
        assert addon.name == name
        assert name.split("_")[0] not in RESERVED
