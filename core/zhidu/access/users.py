"""Log-ins: made, mended and shut by the system administrator; shared by all companies."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from zhidu import clock
from zhidu.access import check, passwords
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.db import Session
from zhidu.errors import ValidationError
from zhidu.ids import token
from zhidu.org import logins
from zhidu.org.naming import wrong
from zhidu.texts import DEFAULT_LOCALE, LOCALES
from zhidu.texts import lazy_gettext as _l


def create_user(
    session: Session,
    actor: Actor,
    username: str,
    password: str,
    email: str | None = None,
    *,
    system: bool = False,
    locale: str = DEFAULT_LOCALE,
) -> User:
    """Make a log-in.

    :param username: 2 to 64 letters and digits of any script with ``. - _`` between; stored in
        the form NFKC, unique whatever the case of its letters.
    :param system: the system administrator: runs the installation, reads no company's rows.
    :raises ValidationError: a value breaks a rule, or the name or address is taken.
    """
    check.require_system(session)
    username = _free_username(session, username)
    address = _free_email(session, email, None)
    passwords.check_password(password, username=username, email=address)
    user = User(
        username=username,
        email=address,
        password=passwords.hash_password(password),
        fs_uniquifier=token(32),
        is_system=system,
        locale=_known(locale),
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    return user


def set_password(session: Session, actor: Actor, user: User | int | str, password: str) -> None:
    """Give a log-in another password and end its sessions.

    A person changes their own by Flask-Security, which asks for the old one.

    :raises ValidationError: the password breaks a rule.
    """
    check.require_system(session)
    account = logins.find(session, user)
    passwords.check_password(password, username=account.username, email=account.email)
    account.password = passwords.hash_password(password)
    account.fs_uniquifier = token(32)


def set_email(session: Session, actor: Actor, user: User | int | str, email: str | None) -> None:
    """Give a log-in another e-mail address, or none.

    :raises ValidationError: it is no address, or another log-in's.
    """
    check.require_system(session)
    account = logins.find(session, user)
    account.email = _free_email(session, email, account.id)


def set_system(session: Session, actor: Actor, user: User | int | str, system: bool) -> None:
    """Make someone system administrator, or no longer.

    :raises ValidationError: nobody would be left to run the installation.
    """
    check.require_system(session)
    account = logins.find(session, user)
    if not system:
        _keep_one(session, account)
    account.is_system = system


def deactivate(session: Session, actor: Actor, user: User | int | str) -> None:
    """Shut a log-in and end its sessions; the person stays what they are in each company.

    :raises ValidationError: nobody would be left to run the installation.
    """
    check.require_system(session)
    account = logins.find(session, user)
    _keep_one(session, account)
    account.active = False
    account.fs_uniquifier = token(32)


def activate(session: Session, actor: Actor, user: User | int | str) -> None:
    """Open a log-in again."""
    check.require_system(session)
    logins.find(session, user).active = True


def set_locale(session: Session, actor: Actor, user: User | int | str, locale: str) -> None:
    """Choose the language of a log-in: everyone their own, the system administrator any.

    :raises ValidationError: Zhidu does not speak it.
    """
    account = logins.find(session, user)
    if account.id != session.actor.user_id:
        check.require_system(session)
    account.locale = _known(locale)


def normalized(username: str) -> str:
    """Write a user name as it is stored and compared at log-in."""
    return unicodedata.normalize(passwords.FORM, username.strip())


def _free_username(session: Session, username: str) -> str:
    name = normalized(username)
    least, most = passwords.SHORTEST_NAME, passwords.LONGEST_NAME
    if not least <= len(name) <= most:
        raise wrong(
            "username",
            _l("A user name has %(least)s to %(most)s characters.", least=least, most=most),
        )
    if not name[0].isalnum() or not all(
        char in "._-" or unicodedata.category(char)[0] in "LMN" for char in name
    ):
        raise wrong(
            "username",
            _l("A user name holds letters and digits, and . - _ between them."),
            cure=_l("Use a name such as 张三 or zhang.san."),
        )
    taken = session.scalar(
        select(User.id).where(func.lower(User.username) == name.lower()).limit(1)
    )
    # SQLite's lower() knows ASCII only
    if taken is not None or session.scalar(select(User.id).where(User.username == name)):
        raise wrong("username", _l("There is a log-in “%(name)s”.", name=name))
    return name


def _free_email(session: Session, email: str | None, own: int | None) -> str | None:
    if not (email or "").strip():
        return None
    try:
        found = validate_email((email or "").strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise wrong("email", _l("“%(email)s” is no e-mail address.", email=email)) from error
    address = found.normalized.lower()
    taken = session.scalar(select(User).where(User.email == address))
    if taken is not None and taken.id != own:
        raise wrong("email", _l("Another log-in has the address %(email)s.", email=address))
    return address


def _known(locale: str) -> str:
    if locale not in LOCALES:
        raise wrong("locale", _l("Zhidu does not speak “%(locale)s”.", locale=locale))
    return locale


def _keep_one(session: Session, account: User) -> None:
    if not (account.is_system and account.active):
        return
    others = session.scalar(
        select(func.count())
        .select_from(User)
        .where(User.is_system, User.active, User.id != account.id)
    )
    if not others:
        raise ValidationError(
            _l("This is the only system administrator."),
            cure=_l("Make someone else system administrator first."),
        )
