"""Keep the catalogues complete: ``python -m zhidu.testing.catalogues extract|update|check``.

A part (core, an addon, a theme) has one catalogue per locale; English is the msgid itself. A part
need not repeat what the core's catalogue says. Without folders on the command line, all parts of
the project in the current folder are meant; an addon elsewhere names its own folder.
"""

from __future__ import annotations

import functools
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import zhidu
from zhidu.clock import now
from zhidu.texts import LOCALES, SOURCE_LOCALE

TRANSLATED = tuple(locale for locale in LOCALES if locale != SOURCE_LOCALE)
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
# not silent: a template that cannot be read would lose its texts without a word
JINJA = {"silent": "false", "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols"}
MANIFESTS = ("addon.toml", "theme.toml")
SAID = ("title", "summary", "category")
"""The msgids of a manifest."""
_PLACEHOLDER = re.compile(r"%\((\w+)\)")

Key = tuple[str | None, str]
"""The context, or none, and the singular."""


@dataclass(frozen=True, slots=True)
class Part:
    """A package with texts, and where its catalogues lie."""

    name: str
    sources: Path
    catalogues: Path

    def path(self, locale: str) -> Path:
        """Give the path of a locale's catalogue."""
        return self.catalogues / locale / "LC_MESSAGES" / f"{self.name}.po"


def core_part() -> Part:
    """Give the core, wherever it is installed."""
    import zhidu_i18n

    return Part("zhidu", Path(zhidu.__file__).parent, Path(zhidu_i18n.__file__).parent)


def part_at(folder: Path) -> Part:
    """Give the addon or theme whose package is this folder."""
    return Part(folder.name, folder, folder / "i18n")


def parts_of(root: Path) -> list[Part]:
    """Find the core and all addons and themes below a project's folder, the core first."""
    found = {
        path.parent
        for top in ("addons", "themes", "tests/examples")
        for manifest in MANIFESTS
        for path in (root / top).glob(f"**/{manifest}")
    }
    return [core_part(), *(part_at(folder) for folder in sorted(found))]


def template(part: Part) -> Catalog:
    """Collect the msgids of a part's sources, templates and manifest."""
    catalog = Catalog(project=part.name, charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(
        part.sources,
        method_map=METHODS,
        options_map={"**/templates/**.html": JINJA},
        keywords=KEYWORDS,
        comment_tags=("i18n:",),
        strip_comment_tags=True,
    ):
        where = (f"{part.name}/{Path(name).as_posix()}", line)
        catalog.add(message, None, [where], auto_comments=comments, context=context)
    for manifest in MANIFESTS:
        for text in _said(part.sources / manifest):
            catalog.add(text, None, [(f"{part.name}/{manifest}", 1)])
    return catalog


def _said(manifest: Path) -> Iterator[str]:
    if manifest.exists():
        content = tomllib.loads(manifest.read_text(encoding="utf-8"))
        yield from (str(content[key]) for key in SAID if content.get(key))


def _key(message: Message) -> Key:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def _messages(catalog: Catalog) -> dict[Key, Message]:
    return {_key(message): message for message in catalog if message.id}


def wanted(part: Part) -> Catalog:
    """Give what a part's catalogues must hold: its msgids without those of the core."""
    catalog = template(part)
    if part.name != core_part().name:
        for context, text in _core_keys():
            catalog.delete(text, context)
    return catalog


@functools.cache
def _core_keys() -> frozenset[Key]:
    return frozenset(_messages(template(core_part())))


def read(part: Part, locale: str) -> Catalog | None:
    """Read a catalogue, or give nothing where there is none."""
    path = part.path(locale)
    if not path.exists():
        return None
    with path.open("rb") as source:
        return read_po(source, locale=locale)


def update(part: Part) -> list[Path]:
    """Bring a part's catalogues up to date; give those whose text changed."""
    meant = wanted(part)
    changed = []
    for locale in TRANSLATED:
        catalog = read(part, locale)
        if catalog is None:
            if not _messages(meant):
                continue
            catalog = Catalog(
                locale=locale,
                project=part.name,
                copyright_holder="the authors of Zhidu",
                creation_date=now(),
                revision_date=now(),
                fuzzy=False,
            )
            catalog.last_translator = ""
        catalog.update(meant, no_fuzzy_matching=True, update_creation_date=False)
        buffer = BytesIO()
        # no line numbers: an edit of a source would change half of every catalogue
        write_po(buffer, catalog, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
        path = part.path(locale)
        if not path.exists() or path.read_bytes() != buffer.getvalue():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(buffer.getvalue())
            changed.append(path)
    return changed


def problems(part: Part) -> Iterator[str]:
    """Say what is wrong with a part's catalogues, one line each."""
    meant = _messages(wanted(part))
    for locale in TRANSLATED:
        path = part.path(locale)
        catalog = read(part, locale)
        if catalog is None:
            if meant:
                yield f"{path}: there is no such catalogue, {len(meant)} texts are missing"
            continue
        present = _messages(catalog)
        yield from (f"{path}: missing: {key[1]!r}" for key in meant if key not in present)
        yield from (f"{path}: obsolete: {key[1]!r}" for key in present if key not in meant)
        yield from (f"{path}: obsolete: {message.id!r}" for message in catalog.obsolete.values())
        for message in present.values():
            yield from (f"{path}:{message.lineno}: {wrong}" for wrong in _wrong(message))


def _wrong(message: Message) -> Iterator[str]:
    """Say what is wrong with one translation."""
    text = _key(message)[1]
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    said = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    if message.fuzzy:
        yield f"fuzzy: {text!r}"
    if not all(said):
        yield f"untranslated: {text!r}"
        return
    allowed = {frozenset(_PLACEHOLDER.findall(source)) for source in sources}
    for one in said:
        names = frozenset(_PLACEHOLDER.findall(one))
        # a plural's count may be left out where the language has one form for all
        if names not in allowed and names | {"num"} not in allowed:
            yield f"other placeholders than the msgid's: {text!r}"
        elif names and not _fills(one, names):
            yield f"a stray % sign (write %%): {text!r}"


def _fills(text: str, names: Iterable[str]) -> bool:
    try:
        text % dict.fromkeys(names, 1)
    except (TypeError, ValueError, KeyError):
        return False
    return True


def conflicts(parts: Iterable[Part]) -> Iterator[str]:
    """Say which texts two parts translate differently: only one of them would be shown."""
    for locale in TRANSLATED:
        seen: dict[Key, tuple[str, Message]] = {}
        for part in parts:
            for key, message in _messages(read(part, locale) or Catalog()).items():
                first, other = seen.setdefault(key, (part.name, message))
                if other.string != message.string:
                    yield f"{part.path(locale)}: {key[1]!r} is translated otherwise in {first}"


def _chosen(folders: tuple[Path, ...]) -> list[Part]:
    return [part_at(folder.resolve()) for folder in folders] or parts_of(Path.cwd())


_folders = click.argument(
    "folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@click.group()
def main() -> None:
    """Extract, update and check the catalogues of core, addons and themes."""


@main.command("extract")
@_folders
@click.option("--to", default=Path("build/pot"), type=click.Path(path_type=Path), show_default=True)
def extract_command(folders: tuple[Path, ...], to: Path) -> None:
    """Write one template (.pot) per part, for translators with tools of their own."""
    to.mkdir(parents=True, exist_ok=True)
    for part in _chosen(folders):
        catalog = wanted(part)
        with (to / f"{part.name}.pot").open("wb") as target:
            write_po(target, catalog, sort_by_file=True)
        click.echo(f"{to / part.name}.pot: {len(catalog)} texts")


@main.command("update")
@_folders
def update_command(folders: tuple[Path, ...]) -> None:
    """Add new texts to the catalogues and take away those that are gone."""
    for part in _chosen(folders):
        for path in update(part):
            click.echo(f"{path} changed")


@main.command("check")
@_folders
def check_command(folders: tuple[Path, ...]) -> None:
    """Fail if a text is missing, untranslated, fuzzy, obsolete or has other placeholders."""
    parts = _chosen(folders)
    found = [line for part in parts for line in problems(part)]
    found += conflicts(parts)
    for line in found:
        click.echo(line)
    if found:
        click.echo(f"{len(found)} problems; `make catalogues` adds and removes, then translate")
        sys.exit(1)
    click.echo(f"{len(parts)} parts, {len(TRANSLATED)} languages: complete")


if __name__ == "__main__":
    main()
