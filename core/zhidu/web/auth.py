"""Log-in by Flask-Security over our users, with limits and an audit row for each try."""

from __future__ import annotations

from typing import Any

from babel.support import LazyProxy
from flask import Flask, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import user_logged_in, user_logged_out
from flask_security import PasswordUtil, Security
from flask_security.babel import FsDomain
from flask_security.datastore import UserDatastore
from flask_security.signals import password_changed, user_failed_authn
from sqlalchemy import func, select

from zhidu.access import passwords
from zhidu.access.user import User
from zhidu.actor import Actor, Via
from zhidu.audit import trail
from zhidu.config import Config
from zhidu.errors import ValidationError
from zhidu.texts import current_locale
from zhidu.texts import lazy_gettext as _l
from zhidu.web import context

TRIES_PER_ADDRESS = "30 per minute"
TRIES_PER_NAME = "10 per 15 minutes"
"""Failed tries; a right password takes nothing from it."""


class Datastore(UserDatastore):
    """Users as Flask-Security asks for them: read in the request's session, saved in their own."""

    def __init__(self) -> None:
        super().__init__(User, type("NoRole", (), {}))

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:
        """Find a user by one attribute."""
        ((name, value),) = kwargs.items()
        column = getattr(User, name)
        if case_insensitive:
            column, value = func.lower(column), str(value).lower()
        return context.reading_session().scalar(select(User).where(column == value))

    def put(self, model: User) -> User:
        """Remember a changed user until ``commit``."""
        reading = context.reading_session()
        if model in reading:
            reading.expunge(model)
        g.setdefault("changed_users", []).append(model)
        return model

    def commit(self) -> None:
        """Save changed users (a new hash) in a unit of work of their own."""
        changed: list[User] = g.pop("changed_users", [])
        if not changed:
            return
        context.close_reading()
        with context.database().write(_actor(changed[0])) as session:
            for user in changed:
                session.merge(user)

    def find_role(self, role: str) -> None:
        """Answer none: roles belong to a member of a company."""


class _Texts(FsDomain):
    """Flask-Security's messages: ours where we wrote one, else its own catalogue."""

    def gettext(self, string: Any, **variables: Any) -> str:
        """Translate a message and fill it in."""
        if isinstance(string, LazyProxy):
            return str(string) % variables if variables else str(string)
        return str(super().gettext(string, **variables))  # type: ignore[no-untyped-call]  # untyped library


class _Rules(PasswordUtil):
    """A person who changes the own password is held to the rules of every other door."""

    def validate(
        self, password: str, is_register: bool, **kwargs: Any
    ) -> tuple[list[str] | None, str]:
        """Give what is wrong with it, or nothing, and the password in its normal form."""
        plain = self.normalize(password)
        user: User = kwargs["user"]
        try:
            passwords.check_password(plain, username=user.username, email=user.email)
        except ValidationError as error:
            return [str(error)], plain
        return None, plain


def _actor(user: User | None, name: str = "") -> Actor:
    return Actor(
        user_id=user.id if user else None,
        name=user.username if user else name,
        source=Via.WEB,
        locale=current_locale(),
        request_id=context.request_id(),
    )


def _write_down(action: str, user: User | None, name: str = "") -> None:
    """Write a log-in event into the trail, in a unit of work of its own."""
    context.close_reading()
    with context.database().write(_actor(user, name)) as session:
        trail.log(
            session,
            action,
            "core.user",
            user.id if user else None,
            changes={"address": [None, request.remote_addr]},
        )


def _logged_in(_app: Flask, user: User, **_: Any) -> None:
    _write_down("login", user)


def _logged_out(_app: Flask, user: User, **_: Any) -> None:
    _write_down("logout", user)


def _failed(_app: Flask, **kwargs: Any) -> None:
    user = kwargs.get("user")
    _write_down("login_failed", user, request.form.get("username", "")[:64])


def _changed(_app: Flask, user: User, **_: Any) -> None:
    _write_down("password_changed", user)


def _login_name() -> str:
    """Count tries per typed name, whatever its case."""
    return f"name:{request.form.get('username', '').strip().lower()[:64]}"


def install(app: Flask, config: Config) -> None:
    """Put log-in, log-out and password change under ``/auth/``."""
    app.config.update(
        SECRET_KEY=config.secret_key,
        SECURITY_PASSWORD_SALT=config.secret("password_salt"),
        SECURITY_URL_PREFIX="/auth",
        SECURITY_USER_IDENTITY_ATTRIBUTES=[
            {"username": {"mapper": _mapper, "case_insensitive": True}}
        ],
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_REGISTERABLE=False,
        SECURITY_RECOVERABLE=False,
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/auth/login",
        SECURITY_POST_CHANGE_VIEW="/account",
        SECURITY_LOGIN_USER_TEMPLATE="zhidu/login.html",
        SECURITY_CHANGE_PASSWORD_TEMPLATE="zhidu/change_password.html",  # noqa: S106 -- a file
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_MSG_GENERIC_AUTHN_FAILED=(
            _l("User name or password is not right."),
            "error",
        ),
        SECURITY_MSG_INVALID_PASSWORD=(_l("The password is not right."), "error"),
        SECURITY_MSG_PASSWORD_NOT_PROVIDED=(_l("Type the password."), "error"),
        SECURITY_MSG_USER_DOES_NOT_EXIST=(_l("User name or password is not right."), "error"),
        SECURITY_MSG_RETYPE_PASSWORD_MISMATCH=(_l("The two passwords differ."), "error"),
        SECURITY_MSG_PASSWORD_IS_THE_SAME=(_l("The new password is the old one."), "error"),
        SECURITY_MSG_DISABLED_ACCOUNT=(_l("This account is switched off."), "error"),
    )
    app.config.update(passwords.SECURITY)
    security = Security(app, Datastore(), password_util_cls=_Rules)
    security.i18n_domain = _Texts(app)  # type: ignore[no-untyped-call]  # untyped library
    user_logged_in.connect(_logged_in, app)
    user_logged_out.connect(_logged_out, app)
    user_failed_authn.connect(_failed, app)
    password_changed.connect(_changed, app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=False)
    view: Any = app.view_functions["security.login"]
    view = limiter.limit(TRIES_PER_ADDRESS, methods=["POST"])(view)
    app.view_functions["security.login"] = limiter.limit(
        TRIES_PER_NAME,
        key_func=_login_name,
        methods=["POST"],
        deduct_when=lambda response: response.status_code != 302,
    )(view)


def _mapper(value: str) -> str | None:
    return value if value and "@" not in value else None
