"""Who acts: passed as an argument through every service, never taken from a global."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from zhidu.ids import token
from zhidu.texts import DEFAULT_LOCALE


class Via(StrEnum):
    """The door through which an act came."""

    WEB = "web"
    API = "api"
    CLI = "cli"
    JOB = "job"
    IMPORT = "import"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the system itself, acting in one company or in none.

    :param user_id: the log-in; none for the system and for people without one.
    :param member_id: the person in the company; none for the system.
    :param company_id: the company that the act belongs to; none on site pages.
    :param on_behalf_of: the member for whom a delegate acts.
    :param name: what the trail shows.
    """

    user_id: int | None = None
    member_id: int | None = None
    company_id: int | None = None
    on_behalf_of: int | None = None
    name: str = ""
    source: Via = Via.SYSTEM
    locale: str = DEFAULT_LOCALE
    request_id: str = ""

    @classmethod
    def system(
        cls, company_id: int | None = None, *, source: Via = Via.SYSTEM, name: str = "Zhidu"
    ) -> Actor:
        """Make the actor of an act that no person did, such as a job or an upgrade."""
        return cls(company_id=company_id, source=source, name=name, request_id=token(8))

    @property
    def is_system(self) -> bool:
        """Tell whether no person stands behind the act."""
        return self.user_id is None and self.member_id is None

    def within(self, company_id: int) -> Actor:
        """Give the same actor for work in a company."""
        return replace(self, company_id=company_id)
