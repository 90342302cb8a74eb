"""Log-ins: their names and passwords, and that Flask-Security lets them in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_security import RoleMixin, Security, SQLAlchemySessionUserDatastore
from hypothesis import given
from hypothesis import strategies as st

from zhidu.access import passwords, users
from zhidu.access.user import User
from zhidu.actor import Actor
from zhidu.db import Database, Session
from zhidu.errors import NotFound, Refused, ValidationError
from zhidu.org import logins
from zhidu.testing.factories import make_company, make_member
from zhidu.texts import use_locale

GOOD = "correct horse 电池"


@pytest.fixture
def session(db: Database) -> Iterator[Session]:
    with db.write(Actor.system()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("张三", "张三"), (" zhang.san ", "zhang.san"), ("Ｌｉ＿si", "Li_si"), ("o-1", "o-1")],
)
def test_user_names_are_of_any_script(session: Session, typed: str, stored: str) -> None:
    assert users.create_user(session, session.actor, typed, GOOD).username == stored


@pytest.mark.parametrize(
    "bad", ["", "a", "x" * 65, "a b", "a@b.cn", "<b>x</b>", "_ab", ".ab", "a\x00b", "a&b", "a/b"]
)
def test_other_user_names_are_refused(session: Session, bad: str) -> None:
    with pytest.raises(ValidationError) as caught:
        users.create_user(session, session.actor, bad, GOOD)
    assert "username" in caught.value.fields


@pytest.mark.parametrize("second", ["Zhang.San", "zhang.san", "ＺＨＡＮＧ.san"])
def test_a_user_name_is_one_persons_whatever_its_case(session: Session, second: str) -> None:
    users.create_user(session, session.actor, "zhang.san", GOOD)
    with pytest.raises(ValidationError):
        users.create_user(session, session.actor, second, GOOD)


def test_addresses_are_optional_and_unique(session: Session) -> None:
    make = users.create_user
    assert make(session, session.actor, "one", GOOD, " Li@Example.COM ").email == "li@example.com"
    assert make(session, session.actor, "two", GOOD).email is None
    assert make(session, session.actor, "three", GOOD, "").email is None
    for bad in ("li@EXAMPLE.com", "no address"):
        with pytest.raises(ValidationError) as caught:
            make(session, session.actor, "four", GOOD, bad)
        assert "email" in caught.value.fields
    users.set_email(session, session.actor, "one", "li@example.com")
    users.set_email(session, session.actor, "one", None)
    users.set_email(session, session.actor, "two", "li@example.com")


@pytest.mark.parametrize(
    "bad", ["", "short77", "x" * 129, "aaaaaaaaaa", "ZHANG.SANFENG", "a@b.example"]
)
def test_weak_passwords_are_refused(bad: str) -> None:
    with pytest.raises(ValidationError) as caught:
        passwords.check_password(bad, username="zhang.sanfeng", email="a@b.example")
    assert "password" in caught.value.fields
    assert bad not in str(caught.value) or not bad


@pytest.mark.parametrize(
    "bad",
    [
        *("12345678", "password", "P@ssw0rd", "qwertyui", "1qaz@WSX", "88888888", "19900101"),
        *(
            "iloveyou",
            "admin123",
            "zhidu2026",
            "Beijing2026",
            "Ｐａｓｓｗｏｒｄ１",
            "密码密码密码密码",
        ),
        *("5201314520", "woaini1314", "woaini520", "woaiwojia", "wodemima", "caiwu123"),
        *("sanfeng1990", "zhangsanfeng", "example123", "2026-11-21", "好" * 12),
    ],
)
def test_common_passwords_are_refused(bad: str) -> None:
    """Also what is built from them, from a date, from the person's own name or address."""
    with pytest.raises(ValidationError) as caught:
        passwords.check_password(bad, username="zhang.sanfeng", email="zhang@example.com")
    with use_locale("en"):
        assert "common" in str(caught.value.message)
        assert "words" in str(caught.value.cure)
    assert "password" in caught.value.fields


@pytest.mark.parametrize(
    "good",
    [
        GOOD,
        "another good one",
        "zhidu test 2026",
        "我爱北京天安门广场",
        "tY7-kq2-Lx9",
        "eight words " * 10,
    ],
)
def test_others_are_not(good: str) -> None:
    passwords.check_password(good, username="zhang.sanfeng", email="zhang@example.com")


@given(st.text(min_size=1, max_size=200))
def test_eight_characters_are_asked_for_after_normalising(password: str) -> None:
    import unicodedata

    plain = unicodedata.normalize("NFKC", password)
    try:
        passwords.check_password(password)
    except ValidationError:
        assert not 8 <= len(plain) <= 128 or passwords.guesses(plain) < 10**6
    else:
        assert 8 <= len(plain) <= 128
        assert passwords.guesses(plain) >= 10**6


def test_a_new_password_ends_the_sessions(session: Session) -> None:
    user = users.create_user(session, session.actor, "张三", GOOD)
    before = (user.fs_uniquifier, user.password)
    users.set_password(session, session.actor, "张三", "another good one")
    assert user.fs_uniquifier != before[0]
    assert user.password != before[1]
    assert user.password.startswith("$argon2id$")
    unique = user.fs_uniquifier
    users.create_user(session, session.actor, "root", GOOD, system=True)
    users.deactivate(session, session.actor, user)
    assert not user.active
    assert user.fs_uniquifier != unique
    users.activate(session, session.actor, user.id)
    assert user.active


def test_somebody_always_runs_the_installation(session: Session) -> None:
    actor = session.actor
    one = users.create_user(session, actor, "root", GOOD, system=True)
    two = users.create_user(session, actor, "deputy", GOOD)
    with pytest.raises(ValidationError):
        users.deactivate(session, actor, one)
    with pytest.raises(ValidationError):
        users.set_system(session, actor, one, False)
    users.set_system(session, actor, two, True)
    users.set_system(session, actor, one, False)
    with pytest.raises(ValidationError):
        users.deactivate(session, actor, two)


def test_only_the_system_administrator_makes_log_ins(db: Database) -> None:
    company = make_company(db)
    with db.write(Actor.system()) as session:
        root = users.create_user(session, session.actor, "root", GOOD, system=True)
    with db.write(company.system) as session:
        admin = make_member(session, "周静", roles=("admin",), user=True)
    with db.write(Actor(user_id=root.id, name="root")) as session:
        users.create_user(session, session.actor, "new", GOOD)
        with pytest.raises(NotFound):
            users.set_password(session, session.actor, "nobody", GOOD)
    for actor in (admin.actor, Actor(user_id=admin.user_id), Actor(user_id=9_999_999)):
        with db.write(actor) as session:
            for act in (
                lambda: users.create_user(session, session.actor, "other", GOOD),
                lambda: users.set_password(session, session.actor, "root", GOOD),
                lambda: users.set_email(session, session.actor, "root", None),
                lambda: users.set_system(session, session.actor, "new", True),
                lambda: users.deactivate(session, session.actor, "root"),
                lambda: users.activate(session, session.actor, "root"),
                lambda: users.set_locale(session, session.actor, "root", "en"),
            ):
                with pytest.raises(Refused):
                    act()
    with db.write(admin.actor) as session:
        users.set_locale(session, session.actor, "周静", "en")
        with pytest.raises(ValidationError):
            users.set_locale(session, session.actor, "周静", "fr")


def test_a_shut_system_administrator_is_none(db: Database) -> None:
    with db.write(Actor.system()) as session:
        for name in ("root", "other"):
            users.create_user(session, session.actor, name, GOOD, system=True)
        users.deactivate(session, session.actor, "root")
        shut = logins.find(session, "root").id
    with db.write(Actor(user_id=shut)) as session, pytest.raises(Refused):
        users.create_user(session, session.actor, "new", GOOD)


# -- the real log-in


class NoRole(RoleMixin):
    """Flask-Security asks for a class and never uses it: roles are a company's."""


@pytest.fixture
def app(session: Session) -> Flask:
    """Serve Flask-Security's own log-in page with the settings that ``SECURITY`` states."""
    made = Flask(__name__)
    made.config.update(
        {
            "SECRET_KEY": "of a test",
            "TESTING": True,
            "WTF_CSRF_ENABLED": False,
            "SECURITY_JOIN_USER_ROLES": False,
            "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
            **passwords.SECURITY,
        }
    )
    store = SQLAlchemySessionUserDatastore(session, User, NoRole)  # type: ignore[arg-type]  # a plain session serves as well
    Security(made, store)
    return made


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("张三", GOOD),
        ("Ｚhang", "密码不难记 四个词"),
        ("li_si-1", "ｆｕｌｌ width 12"),
        ("o.wang", "e\u0301 accent é"),
    ],
)
def test_flask_security_lets_them_in(
    app: Flask, session: Session, name: str, password: str
) -> None:
    users.create_user(session, session.actor, name, password)
    for typed, entered in ((password, True), (f"{password}!", False)):
        with app.test_client() as client:
            answer = client.post("/login", data={"username": name, "password": typed})
            assert (answer.status_code == 302) is entered


def test_the_hash_is_one_that_flask_security_keeps(app: Flask, session: Session) -> None:
    user = users.create_user(session, session.actor, "张三", GOOD)
    before = user.password
    with app.app_context():
        assert user.verify_and_update_password(GOOD)
    assert user.password == before
