"""The house's own rules: what no type checker sees and every reader relies on."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

VALUES = ("errors", "money", "clock", "ids", "durations", "expressions", "texts", "actor", "values")
KERNEL = (
    *("addon", "config", "discovery", "enabling", "events", "health", "hooks", "hookspecs"),
    *("loading", "provided", "registry", "secretfile", "settings"),
)
LOWEST_FLOORS_LINES = 4000
LONGEST_FILE_LINES = 400
BUSINESS = re.compile(
    # «leave» alone is also a verb
    r"\b(leave_\w+|leave request\w*|on leave|Leave[A-Z]\w*)\b|"
    r"(?i:\b(seal|employee|payroll|salar|purchase|invoice|vehicle|supplier|budget|warehouse)"
    r"(y|ies|s|_\w+|\w*request)?\b)"
)
ROOTS = ("core", "addons", "themes", "i18n", "tests", "benchmarks")


def sources(root: Path, *tops: str) -> list[Path]:
    """Give the Python files below these folders."""
    return sorted(path for top in tops for path in (root / top).rglob("*.py"))


def lowest_floors(root: Path) -> list[Path]:
    """Give the files of values, kernel and data layer."""
    core = root / "core/zhidu"
    names = {*VALUES, *KERNEL, "db"}
    return [
        path
        for path in sources(core, ".")
        if path.relative_to(core).parts[0].split(".")[0] in names
    ]


def code_of(path: Path) -> dict[int, str]:
    """Give the lines that a machine reads, by number: no blank, comment or docstring."""
    text = path.read_text()
    told: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            told.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return {
        number: line
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#") and number not in told
    }


def test_every_module_of_the_core_stands_on_a_floor(root: Path) -> None:
    """A new single module is a value or kernel, or wiring: one of the lists names it."""
    wiring = {"__init__", "__main__", "app", "celeryapp", "demo"}
    found = {path.stem for path in (root / "core/zhidu").glob("*.py")}
    assert found - {*VALUES, *KERNEL} - wiring == set()


def test_values_kernel_and_data_layer_stay_small(root: Path) -> None:
    """Whoever reads the lowest floors must be able to finish; what explains them does not count."""
    lines = sum(len(code_of(path)) for path in lowest_floors(root))
    assert lines < LOWEST_FLOORS_LINES


def test_the_lowest_floors_know_no_business_word(root: Path) -> None:
    """The core is for any back office: business lives in addons. A docstring may show an example."""
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in lowest_floors(root)
        for number, line in code_of(path).items()
        if BUSINESS.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line", ["class LeaveRequest:", "seals = 1", "employee_id: int", "'on leave'", "budget_line"]
)
def test_business_words_are_seen(line: str) -> None:
    """The test above can fail."""
    assert BUSINESS.search(line)


def test_files_have_one_job(root: Path) -> None:
    """A file of more than 400 lines has more than one; a migration makes what it must."""
    long = {
        str(path.relative_to(root)): lines
        for path in sources(root, *ROOTS)
        if path.parent.name != "versions"
        and (lines := len(path.read_text().splitlines())) > LONGEST_FILE_LINES
    }
    assert long == {}


def test_every_module_says_why_it_exists(root: Path) -> None:
    """The first line of a module is its docstring; an empty file needs none."""
    silent = [
        str(path.relative_to(root))
        for path in sources(root, *ROOTS)
        if (text := path.read_text().strip()) and not text.startswith(('"""', 'r"""'))
    ]
    assert silent == []


def test_names_are_put_side_by_side_in_one_way(root: Path) -> None:
    """The separator is the reader's: ``texts.enumerate_texts`` knows it, no other source does."""
    for path in sources(root, "core", "addons", "themes"):
        for number, line in code_of(path).items():
            assert not re.search(r'"、"(\.join|\))|gettext\(", "\)', line), f"{path}:{number}"


def test_the_licence_is_there_once(root: Path) -> None:
    """The licence stands in its file, in full; sources carry no header of it."""
    text = (root / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0" in text
    headed = [path for path in sources(root, *ROOTS) if "SPDX-" + "License" in path.read_text()]
    assert headed == []
