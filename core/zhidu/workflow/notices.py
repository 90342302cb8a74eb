"""Who is told what at which step; each text is said in the reader's own language."""

from __future__ import annotations

from collections.abc import Iterable

from zhidu.db import Session
from zhidu.notify.service import send
from zhidu.org import queries as org
from zhidu.org.models import Member
from zhidu.records.models import Comment, Record
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l
from zhidu.workflow.definition import Node, NodeKind
from zhidu.workflow.errors import Waiting
from zhidu.workflow.models import FlowStep, Sign, Task

ADMINISTRATOR = "admin"
"""The role of a company's administrators."""


def name_of(session: Session, member_id: int | None) -> str:
    """Give a person's name as the company writes it; empty for the engine itself."""
    member = session.get(Member, member_id) if member_id is not None else None
    return member.name if member else ""


class Notices:
    """Tells the people of one record."""

    def __init__(self, session: Session, record: Record) -> None:
        self.session = session
        self.record = record

    @property
    def _is_assigned(self) -> bool:
        """Tell whether nobody requested it: then there is no name to tell."""
        kind = self.session.registry.kinds.get(self.record.kind)
        return kind is not None and kind.assigned

    def asked(self, tasks: Iterable[Task]) -> None:
        """Tell people that a step is theirs."""
        for task in tasks:
            values = {
                "name": name_of(self.session, self.record.applicant_id),
                "title": self.record.title,
                "node": task.node_name,
            }
            if task.sign is Sign.CONSULT:
                message = _l("%(name)s: “%(title)s” waits for your opinion (%(node)s).", **values)
            elif self._is_assigned:
                message = _l("To do: “%(title)s” (%(clause)s).", **values, clause=task.clause)
            elif task.node_kind is NodeKind.APPROVE:
                message = _l("%(name)s: “%(title)s” waits for your decision (%(node)s).", **values)
            else:
                message = _l("%(name)s: “%(title)s” is to be handled by you (%(node)s).", **values)
            # a turn that comes again is told again
            self._tell([task.member_id], message, f"task:{task.id}:{task.opened_at}")

    def approved(self) -> None:
        """Tell the applicant that the request is approved."""
        self._tell_applicant(_l("“%(title)s” is approved.", title=self.record.title))

    def handled(self, node: str, who: int | None) -> None:
        """Tell the applicant that a step was handled by somebody else."""
        if who is not None and who == self.record.applicant_id:
            return
        self._tell_applicant(
            _l(
                "“%(title)s”: %(node)s was done by %(name)s.",
                title=self.record.title,
                node=node,
                name=name_of(self.session, who),
            )
        )

    def rejected(self, who: int | None, opinion: str) -> None:
        """Tell the applicant that the request is rejected, and why."""
        self._tell_applicant(
            _l(
                "“%(title)s” was rejected by %(name)s: %(opinion)s",
                title=self.record.title,
                name=name_of(self.session, who),
                opinion=opinion,
            )
        )

    def returned(self, who: int | None, opinion: str) -> None:
        """Tell the applicant that the request came back, and why."""
        self._tell_applicant(
            _l(
                "“%(title)s” was returned to you by %(name)s: %(opinion)s",
                title=self.record.title,
                name=name_of(self.session, who),
                opinion=opinion,
            )
        )

    def sent_back(self, node: Node, who: int | None, opinion: str) -> None:
        """Tell the applicant that the request goes through a step once more."""
        self._tell_applicant(
            _l(
                "“%(title)s” was sent back to the step “%(node)s” by %(name)s: %(opinion)s",
                title=self.record.title,
                node=node.name,
                name=name_of(self.session, who),
                opinion=opinion,
            )
        )

    def voided(self) -> None:
        """Tell the applicant that the document is not in force any more."""
        self._tell_applicant(_l("“%(title)s” is void from now on.", title=self.record.title))

    def terminated(self, who: int | None, reason: str, tasks: Iterable[Task]) -> None:
        """Tell the applicant and those who were asked that the flow's manager ended it."""
        people = [self.record.applicant_id, *(task.member_id for task in tasks)]
        self._tell(
            people,
            _l(
                "“%(title)s” was ended by %(name)s: %(opinion)s",
                title=self.record.title,
                name=name_of(self.session, who),
                opinion=reason,
            ),
        )

    def withdrawn(self, tasks: Iterable[Task]) -> None:
        """Tell those who were asked that there is nothing to do any more."""
        self._tell(
            [task.member_id for task in tasks],
            _l(
                "%(name)s has withdrawn “%(title)s”; there is nothing left to do for you.",
                name=name_of(self.session, self.record.applicant_id),
                title=self.record.title,
            ),
        )

    def copied(self, member_ids: Iterable[int]) -> None:
        """Tell people that they got a copy."""
        self._tell(
            member_ids,
            _l(
                "%(name)s: a copy of “%(title)s” is in your inbox.",
                name=name_of(self.session, self.record.applicant_id),
                title=self.record.title,
            ),
        )

    def waits(self, step: FlowStep, node: str, reason: Waiting) -> None:
        """Tell the company's administrators that nobody can be asked."""
        self._tell(
            org.people_by_role(self.session, ADMINISTRATOR),
            _l(
                "“%(title)s” of %(name)s waits at the step “%(node)s”: %(reason)s %(cure)s",
                title=self.record.title,
                name=name_of(self.session, self.record.applicant_id),
                node=node,
                reason=reason.label,
                cure=reason.cure,
            ),
            f"waiting:{step.id}:{reason.value}",
        )

    def reminded(self, task: Task) -> None:
        """Remind a person of an open step; each reminder is sent once."""
        values = {"title": self.record.title, "node": task.node_name}
        if self._is_assigned:
            message = _l("Reminder: “%(title)s” is still to be done.", **values)
        else:
            message = _l(
                "Reminder: “%(title)s” of %(name)s still waits for you (%(node)s).",
                **values,
                name=name_of(self.session, self.record.applicant_id),
            )
        self._tell(
            [task.member_id],
            message,
            f"remind:{task.id}:{task.reminded}",
        )

    def commented(self, comment: Comment) -> None:
        """Tell who is named in a remark, and the applicant of another person's remark."""
        values = {
            "name": name_of(self.session, comment.member_id),
            "title": self.record.title,
        }
        named = [one for one in comment.mentions if one != comment.member_id]
        self._tell(
            named,
            _l("%(name)s named you in a comment on “%(title)s”.", **values),
            f"comment:{comment.id}",
        )
        if self.record.applicant_id not in {*named, comment.member_id}:
            self._tell_applicant(_l("%(name)s commented on “%(title)s”.", **values))

    def _tell_applicant(self, message: Text) -> None:
        self._tell([self.record.applicant_id], message)

    def _tell(self, member_ids: Iterable[int], message: Text, dedupe: str | None = None) -> None:
        send(self.session, member_ids, message, record_id=self.record.id, dedupe=dedupe)
