"""Ask an approver's resolver for people, and in turn those who stand in for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zhidu.org import queries as org
from zhidu.texts import gettext as _
from zhidu.workflow.definition import Approver
from zhidu.workflow.resolvers import Lint, Question, Reference, Resolver

ELSE = "else"


def read(data: Any) -> Approver | None:
    """Read an approver that stands within another one's argument, as the policy writes it.

    :param data: ``{role: hr}`` or ``{role: hr, else: [{post: director}]}``.
    :returns: None where it is written in another way.
    """
    if not isinstance(data, Mapping):
        return None
    ways = [key for key in data if key != ELSE]
    others = [read(other) for other in data.get(ELSE) or ()]
    if len(ways) != 1 or not all(others):
        return None
    return Approver(str(ways[0]), data[ways[0]], tuple(other for other in others if other))


def people(question: Question, approver: Approver) -> list[int]:
    """Give who works here now, each once, in the order of the resolver.

    Where none of them may be asked (all have left, are away, or are the applicant), the next of
    ``approver.otherwise`` is tried. If nobody can be asked at all, the first answer is given, so
    that the rules for nobody and for the applicant see whom it would have been. A resolver whose
    addon is gone finds nobody.
    """
    first = _ask(question, approver)
    if not approver.otherwise or any(map(question.available, first)):
        return first
    for other in approver.otherwise:
        found = people(question, other)
        if any(map(question.available, found)):
            return found
    return first


def _ask(question: Question, approver: Approver) -> list[int]:
    resolver = question.session.registry.resolvers.get(approver.resolver)
    if resolver is None:
        return []
    return org.working(question.session, resolver.find(question, approver.argument))


def check(lint: Lint, approver: Approver) -> Iterator[tuple[Approver, str]]:
    """Give what is wrong with an approver and with those who stand in for it."""
    resolver = lint.resolvers.get(approver.resolver)
    if resolver is None:
        yield approver, _("There is no way “%(name)s” to find people.", name=approver.resolver)
    else:
        wrong = resolver.check(approver.argument)
        wrong = wrong or resolver.check_kind(lint, approver.argument)
        if wrong:
            yield approver, wrong
    for other in _within(lint.resolvers, approver):
        yield from check(lint, other)


def references(resolvers: Mapping[str, Resolver], approver: Approver) -> Iterator[Reference]:
    """Give all that an approver names of a company: users, roles, posts, groups, departments."""
    resolver = resolvers.get(approver.resolver)
    if resolver is not None and not resolver.check(approver.argument):
        yield from resolver.names(approver.argument)
    for other in _within(resolvers, approver):
        yield from references(resolvers, other)


def _within(resolvers: Mapping[str, Resolver], approver: Approver) -> Iterator[Approver]:
    """Give the approvers inside an approver's argument, if that can be read, and behind it."""
    resolver = resolvers.get(approver.resolver)
    if resolver is not None and not resolver.check(approver.argument):
        yield from resolver.nested(approver.argument)
    yield from approver.otherwise
