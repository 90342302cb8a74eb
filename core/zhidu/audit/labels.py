"""What the trail's columns and kinds of rows are called, so that no page shows a technical name.

A column's name means the same in every table of the core, so the core has one vocabulary; a model
says what is its own in ``__labels__`` and ``__title__`` (an addon's models say all of theirs).
"""

from __future__ import annotations

from collections.abc import Mapping

from zhidu.db import Base
from zhidu.texts import Text, lazy_pgettext
from zhidu.texts import lazy_gettext as _l

TECHNICAL = frozenset(
    {
        # whose row it is and what it hangs on: the page says both in other places
        *("id", "company_id", "record_id", "instance_id", "task_id", "blob_id", "node_id"),
        *("step_id", "parent_task_id", "signature_id", "request_key", "node", "task"),
        # made from other columns, for scopes, order and search
        *("path", "department_path", "name_key", "summary", "checksum", "fs_uniquifier"),
        # the machine's copy of what a policy version says in words
        *("flow", "content", "source", "custom", "acceptances", "watched", "entry"),
        # by which the engine counts and its clocks go on
        *(
            "position",
            "turn",
            "visit",
            "due_index",
            "due_count",
            "due_left",
            "clock_left",
            "clock_from",
        ),
        "revision",
    }
)
"""Columns that pages of the trail leave out: they say nothing to people. An export of the trail
leaves them out as well; the database keeps them."""

COLUMNS: Mapping[str, Text] = {
    "action": _l("Act"),
    "active": _l("Active"),
    "addon": _l("Addon"),
    "address": _l("Network address"),
    "after": _l("After"),
    "applicant_id": _l("Applicant"),
    "applied_at": _l("Applied at"),
    "applied_by": _l("Applied by"),
    "applied_name": _l("Applied by"),
    "approval": _l("Approval"),
    "approved_at": _l("Approved at"),
    "archive": _l("Archive"),
    "archived_at": _l("Archived at"),
    "at": _l("Time"),
    "attachments": _l("Attachments"),
    "base_id": _l("Based on version"),
    "before": _l("Before"),
    "by": _l("Chosen by"),
    "ceiling": _l("Ceiling"),
    "changed_at": _l("Changed at"),
    "clause": _l("Clause"),
    "code": _l("Code"),
    "confirmed_at": _l("Confirmed at"),
    "confirmed_by": _l("Confirmed by"),
    "confirmed_name": _l("Confirmed by"),
    "contract_id": _l("Kind of contract"),
    "created_at": _l("Created at"),
    "currency": _l("Currency"),
    "day": _l("Day"),
    "decided_at": _l("Decided at"),
    "decided_by": _l("Decided by"),
    "decided_name": _l("Decided by"),
    "decision": _l("Decision"),
    "delegate_id": _l("Delegate"),
    "department_id": _l("Department"),
    "department_name": _l("Department"),
    "document": _l("Document"),
    "done_at": _l("Done at"),
    "due_at": _l("Due at"),
    "effective": _l("Effective from"),
    "effective_from": _l("Effective from"),
    "effective_until": _l("Effective until"),
    "email": _l("E-mail"),
    "enabled_at": _l("Enabled at"),
    "ended_at": _l("Ended at"),
    "ends_at": _l("Ends at"),
    "ends_on": _l("Ends on"),
    "entered_at": _l("Entered at"),
    "exclusions": _l("Exclusions"),
    "execution": _l("Progress"),
    "filename": _l("File name"),
    "first": _l("First right"),
    "grade_id": _l("Grade"),
    "form": _l("Form"),
    "granted_at": _l("Granted at"),
    "granted_by": _l("Granted by"),
    "group_id": _l("Group"),
    "hides_tasks": _l("Hides open tasks"),
    "in_charge_id": _l("In charge"),
    "is_demo": _l("Demo company"),
    "is_primary": _l("Main department"),
    "is_system": _l("System administrator"),
    "key": _l("Setting"),
    "kind": lazy_pgettext("column", "Kind"),
    "kinds": _l("Kinds"),
    "last_company_id": _l("Company last visited"),
    "left_at": _l("Left at"),
    "loaded_at": _l("Loaded at"),
    "locale": _l("Language"),
    "login": _l("Log-in"),
    "made_at": _l("Made at"),
    "made_by": _l("Made by"),
    "made_name": _l("Made by"),
    "matter_id": _l("Matter"),
    "media_type": _l("File type"),
    "member_id": _l("Person"),
    "mentions": _l("Mentions"),
    "name": _l("Name"),
    "node_kind": _l("Kind of step"),
    "node_name": _l("Step"),
    "note": _l("Note"),
    "number": _l("Number"),
    "offered": _l("Rights offered"),
    "on_behalf_of": _l("On behalf of"),
    "opened_at": _l("Opened at"),
    "opinion": _l("Opinion"),
    "opinion_at": _l("Opinion given at"),
    "origin": _l("Origin"),
    "other_id": _l("Other person"),
    "owner_id": _l("For whom"),
    "pack_id": _l("Policy"),
    "pack_version": _l("Version of the policy"),
    "parent_id": _l("Belongs to"),
    "password": _l("Password"),
    "people": _l("People"),
    "permission": _l("Right"),
    "policy_version_id": _l("Policy version"),
    "post_id": _l("Post"),
    "proposed_at": _l("Proposed at"),
    "proposed_by": _l("Proposed by"),
    "proposed_name": _l("Proposed by"),
    "printing": _l("Printing"),
    "purpose": _l("Purpose"),
    "question": _l("Question"),
    "read_at": _l("Read at"),
    "reason": _l("Reason"),
    "remind_at": _l("Reminder at"),
    "reminded": _l("Reminders sent"),
    "removed_at": _l("Removed at"),
    "revoked_at": _l("Revoked at"),
    "revoked_by": _l("Revoked by"),
    "revoked_for": _l("Why it was revoked"),
    "role_id": _l("Role"),
    "round": _l("Round"),
    "rows": _l("Rows"),
    "scope": _l("Reach"),
    "second": _l("Second right"),
    "sent_by": _l("Sent by"),
    "sha256": _l("Fingerprint (SHA-256)"),
    "sign": _l("Place beside the others"),
    "since": _l("Since"),
    "site_id": _l("Site"),
    "size": _l("Size in bytes"),
    "sort": _l("Order"),
    "started_at": _l("Started at"),
    "starts_at": _l("Starts at"),
    "starts_on": _l("Starts on"),
    "status": _l("Status"),
    "submitted_at": _l("Submitted at"),
    "successor_id": _l("Successor"),
    "superior_id": _l("Superior"),
    "text": _l("Content"),
    "timezone": _l("Time zone"),
    "title": _l("Title"),
    "type": _l("Type"),
    "unit": _l("Unit"),
    "uploaded_at": _l("Uploaded at"),
    "uploaded_by": _l("Uploaded by"),
    "urged_at": _l("Urged at"),
    "user_id": _l("Log-in"),
    "username": _l("User name"),
    "value": _l("Value"),
    "version": _l("Version"),
    "version_id": _l("Policy version"),
    "waiting_reason": _l("Why it waits"),
    "year": _l("Year"),
}
"""The core's columns, and what acts note that change no row."""

KINDS: Mapping[str, Text] = {
    "core.member": _l("Person"),
    "core.member_department": _l("Person's department"),
    "core.member_post": _l("Person's post"),
    "core.member_role": _l("Person's role"),
    "core.department": _l("Department"),
    "core.department_leader": _l("Department's leader"),
    "core.in_charge": _l("Leader in charge"),
    "core.post": _l("Post"),
    "core.grade": _l("Grade"),
    "core.contract_type": _l("Kind of contract"),
    "core.site": _l("Site"),
    "core.matter": _l("Matter"),
    "core.group": _l("Group"),
    "core.group_member": _l("Member of a group"),
    "core.authority": _l("Authority"),
    "core.role": _l("Role"),
    "core.grant": _l("Right of a role"),
    "core.duty_pair": _l("Duties kept apart"),
    "core.company": _l("Company"),
    "core.company_day": _l("Company's day"),
    "core.company_addon": _l("Addon of the company"),
    "core.company_setting": _l("Company's setting"),
    "core.policy_version": _l("Policy version"),
    "core.policy_draft": _l("Draft of a policy"),
    "core.deadline": _l("Deadline"),
    "core.user": _l("Log-in"),
    "core.user_company": _l("Log-in's company"),
    "core.record": _l("Record"),
    "core.attachment": _l("Attachment"),
    "core.comment": _l("Comment"),
    "core.task": _l("Task"),
    "core.choice": _l("Choice of people"),
    "core.urgent": _l("Urgent request"),
    "core.addon": _l("Addon"),
    "core.addon_state": _l("What is enabled"),
    "core.statutory_day": _l("Statutory day"),
    "core.calendar_year": _l("Calendar year"),
    "core.audit": _l("Audit trail"),
    "core.trail": _l("Trail of an approval"),
    "core.flow_instance": _l("Run of a flow"),
    "core.record_reader": _l("Reader of a record"),
    "core.copy": _l("Copy of a record"),
    "core.flow_step": _l("Step of a flow"),
    "core.delegation": _l("Delegation"),
    "core.succession": _l("Succession of a person"),
    "core.phrase": _l("Stock phrase"),
    "core.signature": _l("Picture of a signature"),
    "core.blob": _l("Stored file"),
}
"""The core's kinds of rows."""


_kinds: dict[str, type[Base]] = {}
_tables: dict[str, type[Base]] = {}


def model_of(kind: str) -> type[Base] | None:
    """Give the model whose rows are of this kind; none where its addon is not loaded."""
    return _kinds.get(kind) or _look_again(_kinds).get(kind)


def model_of_table(table: str) -> type[Base] | None:
    """Give the model of a table; none where its addon is not loaded."""
    return _tables.get(table) or _look_again(_tables).get(table)


def _look_again(known: dict[str, type[Base]]) -> dict[str, type[Base]]:
    """Take up what an addon has declared that was loaded since."""
    for mapper in Base.registry.mappers:
        model = mapper.class_
        if model.metadata is Base.metadata:
            _kinds[model.__kind__] = _tables[model.__tablename__] = model
    return known


def stated_label(model: type[Base] | None, name: str) -> Text | None:
    """Give the label that the model or the vocabulary states for a column."""
    own = model.__labels__.get(name) if model is not None else None
    return own or COLUMNS.get(name)


def is_technical(kind: str, name: str) -> bool:
    """Tell whether pages leave a column out; a model that labels it wants it shown."""
    model = model_of(kind)
    return name in TECHNICAL and (model is None or name not in model.__labels__)


def column_label(of: str | type[Base], name: str) -> Text | str:
    """Say what a column is called; of an addon that is gone only the column's name is left.

    :param of: the model where it is at hand, else the kind of row.
    """
    model = model_of(of) if isinstance(of, str) else of
    return stated_label(model, name) or name.replace("_", " ")


def kind_label(kind: str) -> Text | None:
    """Say what a kind of row is called, where its model or the core says it."""
    model = model_of(kind)
    return (model.__title__ if model is not None else None) or KINDS.get(kind)
