"""What the policy refuses, each with its rule and its cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zhidu.errors import Conflict, NotFound, Refused, ValidationError
from zhidu.policy.problems import PolicyProblem
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


class PackRefused(ValidationError):
    """A pack with errors; all of them are in ``problems``, by line."""

    def __init__(self, problems: Iterable[PolicyProblem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            _l(
                "The policy was not applied, it has %(count)s error(s); the first: %(first)s",
                count=len(self.problems),
                first=first,
            ),
            cure=_l("Run: zhidu policy lint %(file)s", file=first.file),
        )


class EffectiveInPast(ValidationError):
    """A policy cannot begin to hold before today: what was decided was decided."""

    def __init__(self, day: object) -> None:
        super().__init__(
            _l("%(day)s is over: a policy holds from today at the earliest.", day=day),
            cure=_l("Choose today or a later day."),
        )


class UnknownVersion(ValidationError):
    """There is no version of that number in the company."""

    def __init__(self, number: int) -> None:
        super().__init__(
            _l("This company has no policy version %(number)s.", number=number),
            cure=_l("Run: zhidu policy show"),
        )


class AcceptanceNeeded(ValidationError):
    """The pack has warnings that nobody has put a name to."""

    def __init__(self, problems: Iterable[PolicyProblem]) -> None:
        self.problems = tuple(problems)
        self.codes = tuple(sorted({problem.code for problem in self.problems}))
        super().__init__(
            _l(
                "%(count)s warning(s) must be accepted by name before the policy is published; the"
                " first: %(first)s",
                count=len(self.problems),
                first=self.problems[0],
            ),
            cure=_l(
                "Mend them, or accept them: %(options)s",
                options=" ".join(f"--accept {code}" for code in self.codes),
            ),
        )


class AcceptorUnnamed(ValidationError):
    """A warning is accepted by a person of the company, who stands in the version."""

    def __init__(self) -> None:
        super().__init__(
            _l("A warning must be accepted by a person of the company."),
            cure=_l("Add --accepted-by with that person's log-in name."),
        )


class SecondPersonNeeded(Refused):
    """The company demands that two people publish its policy."""

    def __init__(self) -> None:
        super().__init__(
            _l("In this company two people publish the policy."),
            rule="policy.second_person",
            cure=_l("Propose the change as a draft of the policy; another person confirms it."),
        )


class SamePerson(Refused):
    """Whoever proposed a policy does not confirm it."""

    def __init__(self) -> None:
        super().__init__(
            _l("Whoever proposed the policy cannot confirm it, too."),
            rule="policy.second_person",
            cure=_l("Ask another person who may edit the policy."),
        )


class PersonWanted(Refused):
    """A confirmation is an act of a person, not of a command."""

    def __init__(self) -> None:
        super().__init__(
            _l("Only a person of the company can confirm a policy."),
            rule="policy.second_person",
            cure=_l("Log in and confirm it on the page of the policy."),
        )


class UnknownDraft(NotFound):
    """The company has no such draft."""

    def __init__(self, ident: int) -> None:
        super().__init__(_l("This company has no draft %(number)s of a policy.", number=ident))


class DraftClosed(Conflict):
    """A draft that was decided stays as it was decided."""

    rule = "policy.draft_closed"

    def __init__(self) -> None:
        super().__init__(
            _l("This draft does not stand where that could be done with it."),
            cure=_l("Reload the page and see what became of it, or write a new draft."),
        )


class DraftOutdated(Conflict):
    """Another version came in between: what would be confirmed is not what was proposed."""

    rule = "policy.draft_outdated"

    def __init__(self) -> None:
        super().__init__(
            _l("Since the draft was proposed, the policy or what it stands on has changed."),
            cure=_l("Look at the draft again, and propose it anew."),
        )


class AddonNotEnabled(Refused):
    """An addon that this database does not load cannot be active in a company."""

    def __init__(self, addon: str) -> None:
        super().__init__(
            _l("The addon “%(addon)s” is not enabled in this database.", addon=addon),
            rule="policy.addon_not_enabled",
            cure=_l("Run: zhidu addon enable %(addon)s", addon=addon),
        )
        self.addon = addon


class AddonNeeded(Refused):
    """Another active addon stands on this one."""

    def __init__(self, addon: str, by: Iterable[str]) -> None:
        self.addon, self.by = addon, tuple(by)
        super().__init__(
            _l(
                "The addon “%(addon)s” is needed by: %(names)s.",
                addon=addon,
                names=", ".join(self.by),
            ),
            rule="policy.addon_needed",
            cure=_l("Deactivate these first."),
        )


class CoreStays(Refused):
    """The core is no addon that could be switched."""

    def __init__(self) -> None:
        super().__init__(
            _l("The core cannot be switched off."),
            rule="policy.core_stays",
            cure=_l("Deactivate single addons instead."),
        )


class OpenTasks(Conflict):
    """People still have tasks of the addon; switching it off must be meant.

    :param counts: open tasks by kind of record.
    """

    rule = "policy.open_tasks"

    def __init__(self, counts: Mapping[str, int], titles: Mapping[str, Text | str]) -> None:
        self.counts = dict(counts)
        self.total = sum(counts.values())
        listed = ", ".join(f"{titles.get(kind, kind)}: {count}" for kind, count in counts.items())
        super().__init__(
            _l(
                "%(total)s task(s) are open (%(listed)s); they would be hidden and their clocks"
                " would stand still until the addon is active again.",
                total=self.total,
                listed=listed,
            ),
            cure=_l("Confirm if this is meant; nothing is lost."),
        )


class SettingStated(Refused):
    """What the policy states, only a new version of the policy changes."""

    def __init__(self, key: str, title: str, number: int, source: Text) -> None:
        super().__init__(
            _l(
                "The policy “%(title)s” (version %(number)s, %(source)s) states the setting"
                " “%(key)s”.",
                title=title,
                number=number,
                source=source,
                key=key,
            ),
            rule="policy.setting_stated",
            cure=_l("Change the pack and run: zhidu policy apply"),
        )
        self.key = key


class SettingUnknown(ValidationError):
    """No enabled addon declares the setting."""

    def __init__(self, key: str, cure: Text | str) -> None:
        super().__init__(_l("There is no setting “%(key)s”.", key=key), cure=cure)
        self.key = key
