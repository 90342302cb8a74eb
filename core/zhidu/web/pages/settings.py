"""Settings with their value and who states it; what the policy states is changed by the policy."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import SelectField, StringField

from zhidu.access import check
from zhidu.db import Session
from zhidu.errors import NotFound, ZhiduError, addon_default
from zhidu.policy import queries, settings, versions
from zhidu.policy.settings import Explained, Level
from zhidu.policy.stated import SettingValueWrong
from zhidu.settings import Setting
from zhidu.texts import gettext
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context
from zhidu.web.base_view import OfficeView, door, say
from zhidu.web.forms import OfficeForm
from zhidu.web.pages.addons import title_of

TONES = {Level.CLAUSE: "info", Level.PACK: "info", Level.COMPANY: "good", Level.DEFAULT: "plain"}


class SettingsView(OfficeView):
    """All settings of the core and the active addons."""

    @door("/", needs="core.policy.read")
    def index_view(self) -> str:
        """Show the settings; those who may edit the policy change what it leaves open."""
        return self._page()

    def _page(self, typed: tuple[str, str] | None = None, error: str = "") -> str:
        session = context.session()
        may_edit = check.can(session, "core.policy.edit")
        groups: dict[str, list[dict[str, Any]]] = {}
        for found in queries.all_settings(session):
            item = self._item(session, found, may_edit=may_edit)
            if typed is not None and typed[0] == found.setting.key:
                item["error"] = error
                if item.get("field") is not None:
                    item["field"].data = typed[1]
            title = (
                gettext("Core")
                if found.addon == "core"
                else title_of(session.registry, found.addon)
            )
            groups.setdefault(title, []).append(item)
        note = gettext(
            "A setting comes from the policy, else from the company's own choice, else from the"
            " addon's default. A change here writes a small policy version."
        )
        page = {
            "note": {"text": note, "tone": "info"},
            "next": self.link("index_view"),
            "groups": [{"title": title, "items": items} for title, items in groups.items()],
            "empty": {
                "title": gettext("No active addon has settings."),
                "text": gettext("Switch an addon on to see what can be set."),
            },
        }
        return self.show("zhidu/settings.html", self.title, page=page)

    def _item(self, session: Session, found: Explained, *, may_edit: bool) -> dict[str, Any]:
        setting = found.setting
        stated = found.level in (Level.CLAUSE, Level.PACK)
        label = found.label
        if found.level is Level.DEFAULT and found.addon != "core":
            label = addon_default(found.addon, title_of(session.registry, found.addon)).label
        source: dict[str, Any] = {"text": str(label), "tone": TONES[found.level]}
        if found.level is Level.CLAUSE and found.version is not None:
            known = versions.clauses(found.version).get(found.clause)
            source["clause"] = {
                "id": found.clause,
                "title": known.title if known else found.clause,
                "url": url_for("policy.row_view", pk=found.version.id) + f"#clause-{found.clause}",
            }
        item: dict[str, Any] = {
            "name": setting.key,
            "title": str(setting.title),
            "text": str(setting.help),
            "value": shown(setting, found.value),
            "source": source,
        }
        if stated:
            item["locked"] = gettext("The policy states it: only a new version of it changes this.")
        elif may_edit:
            item["field"] = setting_field(setting, found)
            item["field"].id = f"value-{setting.key}"
            item["url"] = self.link("set_view", key=setting.key)
        return item

    @door("/<key>", "POST", needs="core.policy.edit")
    def set_view(self, key: str) -> Any:
        """Choose a value, or give up the choice by an empty one."""
        session = context.session()
        setting = session.registry.settings.get(key)
        if setting is None:
            raise NotFound
        text = request.form.get("value", "").strip()
        try:
            if text:
                settings.set_setting(session, context.actor(), key, read(setting, text))
            else:
                settings.clear_setting(session, context.actor(), key)
            session.flush()
        except ZhiduError as error:
            context.start_over()
            if not isinstance(error, SettingValueWrong):
                say(error)
                return redirect(self.link("index_view"), code=303)
            return self._page((key, text), str(error)), error.status
        flash(gettext("“%(title)s” was saved.", title=str(setting.title)), "success")
        return redirect(f"{self.link('index_view')}#set-{key}", code=303)


def read(setting: Setting, text: str) -> Any:
    """Read a typed value; what does not fit goes on as text, and the service says why."""
    if setting.type is bool:
        return {"yes": True, "no": False}.get(text, text)
    plain = text.replace(",", "")
    if setting.type is int:
        try:
            return int(plain)
        except ValueError:
            return text
    if setting.type is Decimal:
        try:
            return Decimal(plain)
        except InvalidOperation:
            return text
    return text


def shown(setting: Setting, value: Any) -> str:
    """Write a value for people."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return f"{text} {setting.unit}".strip()


def setting_field(setting: Setting, found: Explained) -> Any:
    """Make the input of one setting; empty means the addon's default."""
    default = gettext("Default: %(value)s", value=shown(setting, setting.default))
    own = found.level is Level.COMPANY
    if setting.type is bool or setting.choices:
        if setting.type is bool:
            choices = [("yes", gettext("yes")), ("no", gettext("no"))]
            value = ("yes" if found.value else "no") if own else ""
        else:
            choices = [(str(choice), shown(setting, choice)) for choice in setting.choices]
            value = str(found.value) if own else ""

        class Choice(OfficeForm):
            value = SelectField(_l("Value"), choices=lambda: [("", default), *choices])

        return Choice(data={"value": value}).value

    class Typed(OfficeForm):
        value = StringField(_l("Value"), render_kw={"placeholder": default, "autocomplete": "off"})

    return Typed(data={"value": str(found.value) if own else ""}).value
