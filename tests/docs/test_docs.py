"""The pages say what is: code compiles, commands exist, links lead somewhere, tables are complete."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.docs import reference

from zhidu.addon import Addon
from zhidu.cli.entry import main
from zhidu.config import Config
from zhidu.policy.lint import read
from zhidu.registry import Registry
from zhidu.testing.databases import registry_of
from zhidu.texts import use_locale

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *ROOT.glob("addons/*/README.md"),
    )
    if path.name != "proofs.md"  # written by make prove
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def blocks(page: Path, *languages: str) -> list[str]:
    return [text for language, text in _FENCE.findall(page.read_text()) if language in languages]


def lines(page: Path) -> Iterator[str]:
    """Give what a page tells to type, in blocks and between backticks."""
    for block in blocks(page, "sh"):
        yield from (line.partition(" #")[0].strip() for line in block.splitlines())
    yield from _CODE.findall(_FENCE.sub("", page.read_text()))


@each_page
def test_python_compiles(page: Path) -> None:
    for text in blocks(page, "python"):
        compile(text, page.name, "exec")


@each_page
def test_a_fence_says_its_language(page: Path) -> None:
    known = {"python", "sh", "yaml", "toml", "text"}
    assert {language for language, _ in _FENCE.findall(page.read_text())} <= known


@each_page
def test_commands_exist(page: Path) -> None:
    """A line that begins with ``zhidu`` is a command with options that it has."""
    for line in lines(page):
        words = shlex.split(line.replace("…", ""))
        if words[:1] == ["zhidu"] and len(words) > 1 and words[1].isidentifier():
            parse(words[1:], line)


def parse(words: list[str], line: str) -> None:
    command: click.Command = main
    context = click.Context(main, info_name="zhidu")
    while isinstance(command, click.Group) and words:
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no command: {line}"
        command, words = found, words[1:]
    options = {name for one in command.params for name in one.opts}
    options |= {"--help"}
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0].strip("[]") in options, f"no such option: {line}"


@each_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in lines(page):
        words = line.split()
        if words[:1] == ["make"] and len(words) > 1:
            assert words[1] in targets, line


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", page.read_text())):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = page.parent / place if place else page
        assert target.exists(), link
        if anchor:
            heads = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert anchor in {head.lower().replace(" ", "-") for head in heads}, link


@each_page
def test_modules_that_are_told_to_run_exist(page: Path) -> None:
    from importlib.util import find_spec

    for name in re.findall(r"python -m ([\w.]+)", page.read_text()):
        assert find_spec(name) or find_spec(f"{name}.__main__"), name


def test_the_reference_is_what_the_code_declares() -> None:
    """Mend it by ``python tests/docs/reference.py``."""
    assert reference.PAGE.read_text() == reference.page()


# -- integrators


def files_shown() -> dict[str, str]:
    """Give the example's files as the page shows them."""
    text = (ROOT / "docs/integrators.md").read_text()
    found = re.findall(
        r"^`acme_note/([\w./]+)`\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    return dict(found)


def test_the_example_is_shown_as_it_is_tested() -> None:
    folder = ROOT / "tests/examples/acme_note"
    shown = files_shown()
    assert {name: (folder / name).read_text() for name in shown} == shown
    files = {path.name for path in folder.glob("*") if path.suffix in {".py", ".toml"}}
    assert files - set(shown) == {"__init__.py"}
    assert Addon.read(folder / "addon.toml").name == "note"
    shown_test = (folder.parent / "test_note.py").read_text()
    assert shown_test in blocks(ROOT / "docs/integrators.md", "python")


def test_the_fixtures_are_documented() -> None:
    from zhidu.testing import browser, fixtures

    made = {
        name
        for module in (fixtures, browser)
        for name in re.findall(
            r"^@pytest\.fixture(?:\([^)]*\))?\ndef (\w+)",
            Path(str(module.__file__)).read_text(),
            re.M,
        )
    }
    text = (ROOT / "docs/integrators.md").read_text()
    assert {name for name in made if f"`{name}`" not in text} - {
        "page_problems",
        "open_context",
    } == set()


# -- policy


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    home = tmp_path_factory.mktemp("docs")
    return registry_of(Config.load({"ZHIDU_HOME": str(home)}), ("hr",))


def pack() -> str:
    return blocks(ROOT / "docs/policy.md", "yaml")[0]  # the others are parts: test_policy_page


def test_the_pack_that_is_shown_can_be_applied(registry: Registry) -> None:
    found = read(registry, pack(), "company.yaml")
    assert found.problems == ()
    assert found.content is not None


def test_every_key_of_a_pack_is_explained(registry: Registry) -> None:
    from zhidu.policy.schema import RESOLVERS, build

    text = (ROOT / "docs/policy.md").read_text()
    parts = build()["$defs"]
    pack = parts["pack"]["properties"]
    for key in pack:
        assert f"### {key}\n" in text
    header = pack["policy"]["properties"]
    for key in (*header, *parts["flow"]["properties"], *parts["node"]["properties"]):
        assert f"| `{key}` |" in text, key
    named = (
        *parts["branch"]["properties"],
        *parts["window"]["properties"],
        *parts["urgent"]["properties"],
        *parts["scope"]["properties"],
        *(
            key
            for name, one in pack.items()
            if "items" in one
            for key in one["items"].get("properties", ())
        ),
    )
    for key in named:
        assert f"`{key}`" in text or f"{key}:" in text, key
    for name in RESOLVERS:
        assert f"| `{{{name}: " in text, name


def test_lint_says_what_the_page_says(registry: Registry) -> None:
    """Spoil the last clause; the finding is the one that is shown."""
    head, _, tail = pack().rpartition("clause: PN-5.1.2-3")
    wrong = f"{head}clause: PN-5.1.2-9{tail}"
    with use_locale("en"):
        told = [str(one) for one in read(registry, wrong, "company.yaml").errors]
    (shown,) = blocks(ROOT / "docs/policy.md", "text")
    assert told == shown.splitlines()


# -- what the product itself tells to type


def test_cures_name_commands_that_exist() -> None:
    """A cure that cannot be typed is no cure."""
    told = re.compile(r"\bzhidu ((?:[a-z]+ )?[a-z]+)\b")
    for path in (*ROOT.glob("core/zhidu/**/*.py"), *ROOT.glob("addons/**/*.py")):
        for line in path.read_text().splitlines():
            for words in told.findall(line):
                first, *rest = words.split()
                command = main.get_command(click.Context(main), first)
                if isinstance(command, click.Group) and rest:
                    assert rest[0] in command.commands, f"{path.name}: {line.strip()}"
