"""``from zhidu import …``: what authors may rely on resolves, costs nothing, and is documented."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import zhidu

HEAVY = ("sqlalchemy", "flask", "flask_admin", "wtforms", "celery", "pluggy", "alembic")


def imported_for_checkers() -> dict[str, str]:
    """Give what a type checker sees: the public name, and where it comes from."""
    assert zhidu.__file__ is not None
    tree = ast.parse(Path(zhidu.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("name", zhidu.__all__)
def test_a_public_name_is_what_the_type_checker_sees(name: str) -> None:
    module, _, there = imported_for_checkers()[name].rpartition(".")
    found = getattr(zhidu, name)
    if isinstance(found, type(sys)):
        assert found.__name__ == f"{module}.{there}"
    else:
        assert found is getattr(sys.modules[module], there)


def test_the_list_is_sorted_and_complete() -> None:
    assert len(set(zhidu.__all__)) == len(zhidu.__all__)
    assert set(zhidu.__all__) == set(imported_for_checkers())
    assert set(zhidu.__all__) <= set(dir(zhidu))


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'RecordKnid'"):
        zhidu.RecordKnid  # type: ignore[attr-defined]  # noqa: B018 -- that is the point


def loaded_after(line: str) -> set[str]:
    """Name the top packages that a fresh process has loaded after a line."""
    code = f"import sys\n{line}\nprint(sorted({{name.partition('.')[0] for name in sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ast.literal_eval(ran.stdout))


def test_importing_zhidu_imports_nothing_heavy() -> None:
    assert loaded_after("import zhidu") & {*HEAVY, "babel"} == set()


def test_a_value_loads_neither_database_nor_web() -> None:
    """A rule that needs an error stays pure."""
    assert loaded_after("from zhidu import ValidationError, clause") & set(HEAVY) == set()


def test_every_public_name_is_documented(root: Path) -> None:
    text = (root / "docs/integrators.md").read_text()
    listed = text.partition("## The public names")[2].partition("\n## ")[0]
    missing = [name for name in zhidu.__all__ if f"`{name}`" not in listed]
    assert missing == []
