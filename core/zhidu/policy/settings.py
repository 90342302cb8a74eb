"""What a setting is in a company, who says so, and changing it by hand.

The policy's word goes before the company's own choice, that before the addon's default. The
company's choice is no text of the policy: it holds at once, for running requests, too. What must
stay as it was for a running request belongs into the pack.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select

from zhidu.access import check
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import ENGINE, Source, addon_default, clause
from zhidu.events import SettingAnswer
from zhidu.policy import publish, stated, versions
from zhidu.policy.errors import SecondPersonNeeded, SettingStated, SettingUnknown
from zhidu.policy.models import CompanySetting, PolicyVersion, VersionOrigin
from zhidu.policy.problems import suggest
from zhidu.settings import Setting
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

EDIT = "core.policy.edit"

_OWN = select(CompanySetting).where(CompanySetting.key == bindparam("key"))


class Level(StrEnum):
    """Who states a setting."""

    CLAUSE = "clause"
    """The policy, with the clause that demands it."""
    PACK = "pack"
    """The policy, without a clause."""
    COMPANY = "company"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Explained:
    """A setting's value and who states it.

    :param value: in the declared type.
    :param version: the policy version that states it.
    """

    setting: Setting
    value: Any
    level: Level
    clause: str = ""
    version: PolicyVersion | None = None
    addon: str = ""

    @property
    def source(self) -> Source | None:
        """Give the source to cite in a refusal; None where the policy states it without a clause
        or the company itself chose it."""
        match self.level:
            case Level.CLAUSE:
                return clause(self.clause)
            case Level.DEFAULT:
                return ENGINE if self.addon == "core" else addon_default(self.addon)
        return None

    @property
    def label(self) -> Text:
        """Say who states it, in the reader's language."""
        if self.source is not None:
            return self.source.label
        if self.level is Level.COMPANY or self.version is None:
            return _l("the company's own setting")
        return _l(
            "policy “%(title)s”, version %(number)s",
            title=self.version.title,
            number=self.version.number,
        )


def explain(session: Session, key: str, version_id: int | None = None) -> Explained:
    """Give a setting's value and who states it.

    :param version_id: the version that a record is bound to; default: the one in force.
    :raises SettingUnknown: no enabled addon declares it.
    """
    setting = _declared(session, key)
    addon = session.registry.owner(key)
    version = versions.held(session, version_id)
    found = versions.content(version).settings.get(key) if version else None
    if found is not None:
        level = Level.CLAUSE if found.clause else Level.PACK
        value = stated.from_json(setting, found.value)
        return Explained(setting, value, level, found.clause, version, addon)
    own = session.scalars(_OWN, {"key": key}).one_or_none()
    if own is not None:
        value = stated.from_json(setting, own.value[0])
        return Explained(setting, value, Level.COMPANY, addon=addon)
    return Explained(setting, setting.default, Level.DEFAULT, addon=addon)


def answer(session: Session, key: str, version_id: int | None = None) -> SettingAnswer | None:
    """Answer the hook: None where only the default holds."""
    if session.company_id is None or session.everywhere:
        return None
    found = explain(session, key, version_id)
    if found.level is Level.DEFAULT:
        return None
    return SettingAnswer(found.value, found.clause)


def set_setting(session: Session, actor: Actor, key: str, value: Any) -> PolicyVersion | None:
    """Let the company choose a setting that its policy does not state.

    :returns: the small version that says so; the one in force where nothing changes.
    :raises SettingStated: the policy states it: only a new version of the policy changes it.
    :raises SettingUnknown: no enabled addon declares it.
    :raises SettingValueWrong: type, range or choice does not fit.
    :raises SecondPersonNeeded: one person alone would do away with the second.
    """
    check.require(session, EDIT)
    versions.hold(session)
    setting = _free(session, key)
    value = stated.checked(setting, value)
    _keep_two(session, key)
    own = session.scalars(_OWN, {"key": key}).one_or_none()
    kept = [stated.to_json(value)]
    if own is None:
        session.add(CompanySetting(key=key, value=kept))
    elif own.value == kept:
        return versions.current(session)
    else:
        own.value = kept
    return _small_version(session, actor, f"{key} = {kept[0]}")


def clear_setting(session: Session, actor: Actor, key: str) -> PolicyVersion | None:
    """Give up the company's own choice: the addon's default holds again.

    :returns: the small version that says so; the one in force where nothing was chosen.
    :raises SettingStated: the policy states it.
    :raises SecondPersonNeeded: one person alone would do away with the second.
    """
    check.require(session, EDIT)
    versions.hold(session)
    _free(session, key)
    _keep_two(session, key)
    own = session.scalars(_OWN, {"key": key}).one_or_none()
    if own is None:
        return versions.current(session)
    session.delete(own)
    return _small_version(session, actor, f"{key} = ")


def _small_version(session: Session, actor: Actor, note: str) -> PolicyVersion:
    session.flush()
    base = versions.current(session)
    return publish.write(
        session,
        actor,
        publish.stated_content(base),
        VersionOrigin.SETTING,
        versions.today(session),
        note=note,
        base=base,
    )


def _keep_two(session: Session, key: str) -> None:
    """See that nobody ends the rule of two people alone: only a version by two does."""
    if key == publish.WITH_TWO and publish.needs_two(session):
        raise SecondPersonNeeded


def _declared(session: Session, key: str) -> Setting:
    settings = session.registry.settings
    if key not in settings:
        raise SettingUnknown(key, suggest(key, settings))
    return settings[key]


def _free(session: Session, key: str) -> Setting:
    setting = _declared(session, key)
    found = explain(session, key)
    if found.level in (Level.CLAUSE, Level.PACK) and found.version is not None:
        raise SettingStated(key, found.version.title, found.version.number, found.label)
    return setting
