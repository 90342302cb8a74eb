"""How passwords are kept: the one place that log-in and user administration agree on.

Flask-Security checks them with passlib's context; here the same context hashes them where no app
runs (command line, imports). ``SECURITY`` holds the settings under which both do the same.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Literal

from passlib.context import CryptContext

from zhidu.errors import ValidationError
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l

SHORTEST = 8
LONGEST = 128
"""Characters; a longer one only costs time at log-in."""

FORM: Literal["NFKC"] = "NFKC"
"""Full-width and half-width letters are the same in a user name and a password."""

SHORTEST_NAME, LONGEST_NAME = 2, 64

FEWEST_GUESSES = 10**6
"""Guesses that a password takes at least, as zxcvbn counts them: the limit on tries at the log-in
keeps an attacker far below that, and the common passwords and what is built from them lie below."""

USUAL = (
    *("zhidu", "woaini", "woaiwojia", "woaizhongguo", "zhongguo", "beijing", "mima", "wodemima"),
    *("5201314", "1314520", "7758521", "5845201314", "woaini1314", "woaini520", "aini1314"),
    *("asd123", "qq123456", "admin", "guanliyuan", "gongsi", "caiwu", "renshi"),
)
"""Words that Chinese offices choose and that zxcvbn, made for English, does not know."""

_JUDGED = 72
"""Characters that zxcvbn judges; its time grows with the square."""

SECURITY: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # argon2 salts by itself; a second secret would tie the hashes to one installation
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_NORMALIZE_FORM": FORM,
    "SECURITY_INPUT_NORMALIZE_FORM": FORM,
    "SECURITY_USERNAME_ENABLE": True,
    "SECURITY_USERNAME_MIN_LENGTH": SHORTEST_NAME,
    "SECURITY_USERNAME_MAX_LENGTH": LONGEST_NAME,
    # letters and digits of any script, and what stands between them: zhang.san, li-si, o_wang
    "SECURITY_USERNAME_ALLOWED_CHARS": ["L", "M", "N", "Pc", "Pd", "Po"],
}
"""Settings of the app: ``app.config.update(SECURITY)``."""

_context = CryptContext(schemes=["argon2"])


def hash_password(password: str) -> str:
    """Hash a password that :func:`check_password` let through."""
    return str(_context.hash(unicodedata.normalize(FORM, password)))


def check_password(password: str, *, username: str = "", email: str | None = None) -> None:
    """Hold a new password to the rules: 8 to 128 characters, not the name, not easily guessed.

    :raises ValidationError: it breaks one.
    """
    cure: Text | str = ""
    plain = unicodedata.normalize(FORM, password)
    if not SHORTEST <= len(plain) <= LONGEST:
        message = _l(
            "A password has %(least)s to %(most)s characters.", least=SHORTEST, most=LONGEST
        )
    elif plain.casefold() in {username.casefold(), (email or "").casefold()} - {""}:
        message = _l("The password must not be the user name or the e-mail address.")
    elif guesses(plain, username, email or "") < FEWEST_GUESSES:
        message = _l("This password is common, or built from a name, a date or a row of keys.")
        cure = _l("Take three or four words that have nothing to do with each other.")
    else:
        return
    raise ValidationError(message, cure=cure, fields={"password": message})


def guesses(password: str, *about: str) -> int:
    """Estimate how many guesses a password takes that someone makes who knows the person.

    :param about: user name, e-mail address: their parts count as known words.
    """
    # word lists of half a megabyte: read when somebody chooses a password, not at boot
    from zxcvbn import zxcvbn

    known = [part for text in about for part in (text, *re.split(r"[\W_]+", text)) if part]
    return int(zxcvbn(password[:_JUDGED], user_inputs=[*known, *USUAL])["guesses"])
