"""What a registry provides: keyed, immutable, complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.core.registry_stage import _clean  # noqa: F401 -- fixtures

import zhidu
from zhidu.discovery import discover, with_needs
from zhidu.errors import ConfigError
from zhidu.hookspecs import hookimpl
from zhidu.registry import CORE_MODELS, Registry
from zhidu.settings import Setting
from zhidu.testing.on_disk import write_addon
from zhidu.texts import use_locale


def test_the_same_key_of_two_addons_names_both() -> None:
    class Plugin:
        def __init__(self, name: str) -> None:
            self.name = name

        @hookimpl
        def provide_settings(self) -> list[Setting]:
            return [Setting(self.name, int, 1, "A")]

    registry = Registry.of({"core": Plugin("hr.days"), "seals": Plugin("seals.days")})
    assert registry.owner("hr.days") == "core"
    assert registry.owner("seals.days") == "seals"
    with use_locale("en"), pytest.raises(ConfigError, match="provided by both core and hr"):
        Registry.of({"core": Plugin("hr.days"), "hr": Plugin("hr.days")})
    with pytest.raises(KeyError):
        registry.owner("nobody.knows")


def test_mappings_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        Registry.empty().settings["x.y"] = None  # type: ignore[index]


def test_views_are_made_anew_and_a_failing_addon_is_left_out() -> None:
    class Good:
        @hookimpl
        def provide_views(self) -> list[object]:
            return [object()]

    class Bad:
        @hookimpl
        def provide_views(self) -> list[object]:
            raise RuntimeError("no page")

    registry = Registry.of({"hr": Good(), "seals": Bad()})
    first, second = registry.views(), registry.views()
    assert [addon for addon, _ in first] == ["hr"]
    assert first[0][1] is not second[0][1]
    with use_locale("en"):
        assert [str(problem) for problem in registry.problems] == [
            "The addon seals fails in provide_views: RuntimeError: no page."
            " Mend it, or run: zhidu addon disable seals"
        ]


def test_a_missing_core_part_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError):
        Registry.of({}, core_plugins=["zhidu.no_such_part.plugin"])


def test_with_needs_adds_what_is_required(tmp_path: Path) -> None:
    write_addon(tmp_path, "a", requires='["b"]')
    write_addon(tmp_path, "b", requires='["c", "core"]')
    write_addon(tmp_path, "c")
    installed = discover([tmp_path]).installed
    assert set(with_needs(installed, ["a"])) == {"a", "b", "c"}


def test_every_table_of_the_core_is_declared_by_the_listed_modules() -> None:
    core = Path(zhidu.__file__).parent
    with_tables = {
        "zhidu." + ".".join(path.relative_to(core).with_suffix("").parts)
        for path in core.rglob("*.py")
        if re.search(r'^    __tablename__ = "', path.read_text("utf-8"), re.MULTILINE)
    }
    assert with_tables == set(CORE_MODELS)
