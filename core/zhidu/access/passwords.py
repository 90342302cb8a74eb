"""How passwords are kept: the one place that log-in and user administration agree on.

Flask-Security checks them with passlib's context; here the same context hashes them where no app
runs (command line, imports). ``SECURITY`` holds the settings under which both do the same.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

from passlib.context import CryptContext

from zhidu.errors import ValidationError
from zhidu.texts import lazy_gettext as _l

SHORTEST = 8
LONGEST = 128
"""Characters; a longer one only costs time at log-in."""

FORM: Literal["NFKC"] = "NFKC"
"""Full-width and half-width letters are the same in a user name and a password."""

SHORTEST_NAME, LONGEST_NAME = 2, 64

SECURITY: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # argon2 salts by itself; a second secret would tie the hashes to one installation
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_NORMALIZE_FORM": FORM,
    "SECURITY_PASSWORD_LENGTH_MIN": SHORTEST,
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
    """Hold a new password to the rules: 8 to 128 characters, not the name, not one character.

    :raises ValidationError: it breaks one.
    """
    plain = unicodedata.normalize(FORM, password)
    if not SHORTEST <= len(plain) <= LONGEST:
        message = _l(
            "A password has %(least)s to %(most)s characters.", least=SHORTEST, most=LONGEST
        )
    elif plain.casefold() in {username.casefold(), (email or "").casefold()} - {""}:
        message = _l("The password must not be the user name or the e-mail address.")
    elif len(set(plain)) == 1:
        message = _l("The password must not be one character repeated.")
    else:
        return
    raise ValidationError(message, fields={"password": message})
