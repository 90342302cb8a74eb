"""``docs/hooks.md`` and the tests know every hook, with the arguments that it really has."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

import zhidu
from zhidu.hookspecs import SPECS
from zhidu.provided import checked_manager

HOOKS = {
    name: function
    for specs in SPECS
    for name, function in vars(specs).items()
    if not name.startswith("_")
}


def signature(name: str) -> str:
    """Write a hook as a heading must: ``before_submit(event: RecordEvent) -> None``."""
    found = inspect.signature(HOOKS[name])
    arguments = list(found.parameters.values())[1:]
    told = ", ".join(f"{one.name}: {one.annotation}" for one in arguments)
    return f"{name}({told}) -> {found.return_annotation}"


def headings(root: Path) -> list[str]:
    text = (root / "docs/hooks.md").read_text()
    return re.findall(r"^### (.+)$", text, re.MULTILINE)


def section(root: Path, name: str) -> str:
    """Give what stands below a hook's heading."""
    text = (root / "docs/hooks.md").read_text()
    return text.partition(f"\n### {signature(name)}\n")[2].partition("\n##")[0]


def test_every_hook_has_a_heading_and_no_other(root: Path) -> None:
    assert headings(root) == [signature(name) for name in HOOKS]


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_when_and_what_and_shows_it(root: Path, name: str) -> None:
    text = section(root, name)
    assert re.search(r"^- When: \S", text, re.MULTILINE)
    assert re.search(r"^- Return: \S", text, re.MULTILINE)
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert 3 <= len(example.splitlines()) <= 8


@pytest.mark.parametrize("name", HOOKS)
def test_an_example_is_an_implementation(root: Path, name: str) -> None:
    """Run the example as a module: the same check as at start takes it."""
    (example,) = re.findall(r"```python\n(.*?)```", section(root, name), re.DOTALL)
    names: dict[str, Any] = {one: getattr(zhidu, one) for one in zhidu.__all__}
    names |= {"Any": Any, "Iterable": Iterable, "Mapping": Mapping, "timedelta": timedelta}
    names |= {"click": click, "_l": zhidu.lazy_gettext}
    exec(compile(example, f"docs/hooks.md {name}", "exec"), names)  # noqa: S102 -- our own page
    module = ModuleType("note")
    vars(module)[name] = names[name]
    callers = checked_manager("note", {"note": module}).get_hookcallers(module) or ()
    assert [caller.name for caller in callers] == [name]


def test_every_hook_is_tested_where_it_is_fired(root: Path) -> None:
    tested = {
        node.name.removeprefix("test_hook_")
        for path in (root / "tests/core").glob("test_every_hook*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_hook_")
    }
    assert tested == set(HOOKS)
