"""The catalogue tool: what is missing, stale or broken fails the check, and update mends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from click.testing import CliRunner

from zhidu.testing.catalogues import TRANSLATED, Part, conflicts, main, part_at, problems, update

MANIFEST = 'name = "badge"\ntitle = "Badges of staff"\n'
SOURCE = """
from zhidu.texts import gettext as _, lazy_gettext as _l, ngettext, pgettext

TITLE = _l("A badge")
def say(n: int) -> str:
    return _("Badge %(number)s") + ngettext("%(num)s badge", "%(num)s badges", n) + pgettext("verb", "Badge")
"""
TEMPLATE = """{% do x.append(1) %}<h1>{{ _("Lend a badge") }}</h1>"""
SAID = {
    "Badges of staff": "员工证件",
    "A badge": "证件",
    "Badge %(number)s": "证件%(number)s",
    "%(num)s badge": "%(num)s个证件",
    "Badge": "发证",
    "Lend a badge": "借出证件",
}


@pytest.fixture
def part(tmp_path: Path) -> Part:
    """Lay out a small addon with texts in all places."""
    folder = tmp_path / "acme_badge"
    (folder / "templates/acme_badge").mkdir(parents=True)
    (folder / "addon.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / "views.py").write_text(SOURCE, encoding="utf-8")
    (folder / "templates/acme_badge/lend.html").write_text(TEMPLATE, encoding="utf-8")
    return part_at(folder)


def translate(part: Part, said: dict[str, str]) -> None:
    """Fill the catalogues in by hand, as a translator does."""
    for locale in TRANSLATED:
        path = part.path(locale)
        lines = []
        singular = ""
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.startswith("msgid "):
                singular = line.removeprefix("msgid ").strip('"')
            empty = line in {'msgstr ""', 'msgstr[0] ""'}
            if empty and singular:
                lines.append(line.replace('""', f'"{said.get(singular, "")}"'))
            else:
                lines.append(line)
        path.write_text("\n".join(lines), encoding="utf-8")


def test_every_text_is_found(part: Part) -> None:
    """Sources, templates and the manifest are read; a second update changes nothing."""
    assert len(update(part)) == len(TRANSLATED)
    with part.path("zh_Hans_CN").open("rb") as source:
        catalog = read_po(source, locale="zh_Hans_CN")
    found = {m.id if isinstance(m.id, str) else m.id[0] for m in catalog if m.id}
    assert found == set(SAID)
    translate(part, SAID)
    assert list(problems(part)) == []
    assert update(part) == []


def test_no_catalogue_is_a_problem(part: Part) -> None:
    """An addon with texts must speak the languages of the house."""
    assert len(list(problems(part))) == len(TRANSLATED)


@pytest.mark.parametrize(
    ("msgid", "said", "problem"),
    [
        ("A badge", "", "untranslated: 'A badge'"),
        ("Badge %(number)s", "证件", "other placeholders"),
        ("Badge %(number)s", "证件%(nummer)s", "other placeholders"),
        ("Badge %(number)s", "证件%(number)s 100%", "a stray % sign"),
        ("%(num)s badge", "%(n)s个证件", "other placeholders"),
    ],
)
def test_a_broken_translation_is_named(part: Part, msgid: str, said: str, problem: str) -> None:
    """Each fault of a translation is one line with file and place."""
    update(part)
    translate(part, {**SAID, msgid: said})
    found = list(problems(part))
    assert len(found) == len(TRANSLATED)
    assert all(problem in line and ".po:" in line for line in found)


def test_a_plural_may_leave_its_count_out(part: Part) -> None:
    """Chinese may say «some» where English counts."""
    update(part)
    translate(part, {**SAID, "%(num)s badge": "若干证件"})
    assert list(problems(part)) == []


def test_a_changed_source_is_noticed(part: Part) -> None:
    """The old text is obsolete, the new one missing; update mends both."""
    update(part)
    translate(part, SAID)
    template = part.sources / "templates/acme_badge/lend.html"
    template.write_text(TEMPLATE.replace("Lend", "Take back"), encoding="utf-8")
    found = "\n".join(problems(part))
    assert found.count("missing: 'Take back a badge'") == len(TRANSLATED)
    assert found.count("obsolete: 'Lend a badge'") == len(TRANSLATED)
    update(part)
    assert {line.split(": ", 1)[1] for line in problems(part)} == {
        "untranslated: 'Take back a badge'"
    }


def test_a_fuzzy_translation_is_a_problem(part: Part) -> None:
    """What a translator has not confirmed is not shown to a user."""
    update(part)
    translate(part, SAID)
    path = part.path("zh_Hant_TW")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('msgid "A badge"', '#, fuzzy\nmsgid "A badge"'), encoding="utf-8")
    (found,) = problems(part)
    assert "fuzzy: 'A badge'" in found


def test_a_template_that_cannot_be_read_is_no_silence(part: Part) -> None:
    """A broken template would lose its texts."""
    (part.sources / "templates/acme_badge/broken.html").write_text("{% if %}", encoding="utf-8")
    with pytest.raises(Exception, match="Expected an expression"):
        update(part)


def test_two_parts_may_not_differ_about_a_text(part: Part, tmp_path: Path) -> None:
    """Catalogues are merged: only one of two translations would be shown."""
    update(part)
    translate(part, SAID)
    other = Part("other", part.sources, tmp_path / "other")
    update(other)
    translate(other, {**SAID, "A badge": "胸卡"})
    found = list(conflicts([part, other]))
    assert len(found) == len(TRANSLATED)
    assert all("'A badge' is translated otherwise in acme_badge" in line for line in found)


def test_the_commands(part: Part, tmp_path: Path) -> None:
    """What `make check` and translators type."""
    runner = CliRunner()
    folder = str(part.sources)
    failed = runner.invoke(main, ["check", folder])
    assert failed.exit_code == 1
    assert "make catalogues" in failed.output
    assert runner.invoke(main, ["update", folder]).exit_code == 0
    translate(part, SAID)
    done = runner.invoke(main, ["check", folder])
    assert (done.exit_code, done.output) == (0, "1 parts, 2 languages: complete\n")
    runner.invoke(main, ["extract", "--to", str(tmp_path / "pot"), folder])
    assert 'msgid "Lend a badge"' in (tmp_path / "pot/acme_badge.pot").read_text(encoding="utf-8")
