"""The gate before the engine: what a condition may be written with, each token with its place.

The engine folds constants while it parses, knows regular expressions, comprehensions, shifts and
powers, and gives a place only for syntax errors. So a text is read here first: what is not on
the short list below never reaches it, and nothing on the list can run away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from zhidu.expressions.facts import ExpressionError
from zhidu.texts import lazy_gettext as _l

MAX_LENGTH = 500
"""Characters of one condition."""
MAX_TOKENS = 120
MAX_DEPTH = 10
"""Brackets within brackets."""
MAX_DIGITS = 15
"""Digits before the point: no amount is larger than 9.2 x 10^14."""
MAX_PLACES = 4
MAX_TEXT = 100
"""Characters of one text literal."""

KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})
_RESERVED = frozenset({"for", "if", "elif", "else", "while", "inf", "nan"})
"""Words of the engine that conditions do not use; no fact may bear such a name."""

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<date>d(?:'[^'\\]*'|"[^"\\]*"))
  | (?P<text>'[^'\\]*'|"[^"\\]*")
  | (?P<number>[0-9]+(?:\.[0-9]+)?(?![A-Za-z_0-9.]))
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?!['"]))
  | (?P<refused>=~~?|!~~?|\*\*|//|<<|>>|&&|\|\||<>|=>|=<)
  | (?P<op>==|!=|<=|>=|\?\?|[<>+\-*/()\[\],])
    """,
    re.VERBOSE,
)

_INSTEAD = {
    "&&": "and",
    "||": "or",
    "!": "not",
    "=": "==",
    "<>": "!=",
    "=>": ">=",
    "=<": "<=",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "×": "*",
    "÷": "/",
    "“": "'",
    "”": "'",
    "‘": "'",
    "’": "'",
}
"""What people type, and what is meant."""

_PATTERNS = frozenset({"=~", "=~~", "!~", "!~~"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a condition and where it stands."""

    sort: str
    text: str
    position: int

    @property
    def ends_operand(self) -> bool:
        """Tell whether a value ends here, so that a bracket after it would be a call or an index."""
        if self.sort == "name":
            return self.text not in {"and", "or", "not", "in"}
        return self.sort in {"date", "text", "number"} or self.text in {")", "]"}


def is_fact_name(name: str) -> bool:
    """Tell whether a fact may bear this name: ASCII, and no word of the language."""
    return bool(_NAME.match(name)) and name not in KEYWORDS and name not in _RESERVED


def scan(text: str, names: Collection[str]) -> list[Token]:
    """Split a condition into tokens and refuse what conditions are not made of.

    :param names: the facts that may be named.
    :raises ExpressionError: with the place of the first thing that is refused.
    """
    if not text.strip():
        raise ExpressionError(_l("The condition is empty."), text, position=0)
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            _l("The condition is longer than %(limit)s characters.", limit=MAX_LENGTH),
            text,
            position=MAX_LENGTH,
            cure=_l("Split the node into two, or offer the result as a fact of its own."),
        )
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup == "refused":
            raise _refuse(text, position, match[0] if match else text[position])
        if match.lastgroup != "space":
            token = Token(str(match.lastgroup), match[0], position)
            _check(text, token, tokens, names)
            tokens.append(token)
        position = match.end()
    _check_shape(text, tokens)
    return tokens


def _refuse(text: str, position: int, found: str) -> ExpressionError:
    if found in _PATTERNS:
        return ExpressionError(
            _l("A condition does not match patterns (%(found)s).", found=found),
            text,
            position=position,
            cure=_l("Compare with == or in."),
        )
    if found in {"'", '"'} or text[position : position + 2] in {"d'", 'd"'}:
        return ExpressionError(
            _l("A text literal has no end or holds a backslash."), text, position=position
        )
    if found.isascii() and found.isdigit():
        return ExpressionError(
            _l("The number here cannot be read."),
            text,
            position=position,
            cure=_l("Write digits with at most one point, e.g. 1500.50."),
        )
    folded = unicodedata.normalize("NFKC", found)
    suggestion = _INSTEAD.get(found) or (folded if folded != found and folded.isascii() else "")
    return ExpressionError(
        _l("“%(found)s” is not part of the language of conditions.", found=found),
        text,
        suggestion=suggestion,
        position=position,
        cure=_l("Write “%(suggestion)s” instead.", suggestion=suggestion) if suggestion else "",
    )


def _check(text: str, token: Token, before: list[Token], names: Collection[str]) -> None:
    """Check one token by itself and by the one before it."""
    last = before[-1] if before else None
    if token.sort == "name" and token.text not in KEYWORDS:
        if token.text not in names:
            close = get_close_matches(token.text.lower(), [*names, *sorted(KEYWORDS)], 1)
            suggestion = close[0] if close else ""
            raise ExpressionError(
                _l("There is no fact “%(name)s”.", name=token.text),
                text,
                suggestion=suggestion,
                position=token.position,
                cure=_l("Did you mean “%(name)s”?", name=suggestion)
                if suggestion
                else _l("Known facts: %(names)s.", names=", ".join(sorted(names))),
            )
    elif token.sort == "number":
        _check_number(text, token, last)
    elif token.sort == "text":
        _check_text(text, token)
    elif token.sort == "date":
        _check_date(text, token)
    elif token.text == "(" and last and last.ends_operand:
        raise ExpressionError(_l("A condition calls no functions."), text, position=token.position)
    elif token.text == "[" and (last is None or last.text != "in"):
        raise ExpressionError(_l("A list stands only behind “in”."), text, position=token.position)
    if last and last.text == "/" and not (token.sort == "number" and token.text.strip("0.")):
        raise ExpressionError(
            _l("A condition divides only by a number other than zero."),
            text,
            position=token.position,
            cure=_l("Multiply the other side instead."),
        )


def _check_number(text: str, token: Token, last: Token | None) -> None:
    whole, _, places = token.text.partition(".")
    if len(whole.lstrip("0")) > MAX_DIGITS or len(places) > MAX_PLACES:
        raise ExpressionError(
            _l(
                "The number %(number)s is too long: at most %(digits)s digits and %(places)s places.",
                number=token.text[:40],
                digits=MAX_DIGITS,
                places=MAX_PLACES,
            ),
            text,
            position=token.position,
        )
    if len(whole) > MAX_DIGITS:
        raise ExpressionError(
            _l("The number begins with too many zeros."), text, position=token.position
        )
    if last and last.sort in {"number", "text", "date"}:
        raise ExpressionError(
            _l("An operator is missing between two values."), text, position=token.position
        )


def _check_text(text: str, token: Token) -> None:
    value = token.text[1:-1]
    if len(value) > MAX_TEXT:
        raise ExpressionError(
            _l("A text literal is longer than %(limit)s characters.", limit=MAX_TEXT),
            text,
            position=token.position,
        )
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value):
        raise ExpressionError(
            _l("A text literal holds a character that cannot be printed."),
            text,
            position=token.position,
        )


def _check_date(text: str, token: Token) -> None:
    value = token.text[2:-1]
    try:
        if len(value) != 10 or not value.isascii():
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        raise ExpressionError(
            _l("“%(value)s” is not a day.", value=value[:40]),
            text,
            position=token.position,
            cure=_l("Write a day as d'2026-05-01'."),
        ) from None


def _check_shape(text: str, tokens: list[Token]) -> None:
    """Check length, brackets and lists."""
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError(
            _l("The condition has more than %(limit)s words.", limit=MAX_TOKENS),
            text,
            position=tokens[MAX_TOKENS].position,
        )
    open_brackets: list[Token] = []
    in_list = False
    for token in tokens:
        if token.text in {"(", "["} and token.sort == "op":
            open_brackets.append(token)
            if len(open_brackets) > MAX_DEPTH:
                raise ExpressionError(
                    _l("Brackets are nested deeper than %(limit)s.", limit=MAX_DEPTH),
                    text,
                    position=token.position,
                )
        elif (token.text in {")", "]"} and token.sort == "op") and (
            not open_brackets or (open_brackets.pop().text == "(") != (token.text == ")")
        ):
            raise ExpressionError(
                _l("A bracket closes what was not opened."), text, position=token.position
            )
        if in_list and token.sort == "op" and token.text not in {",", "]", "-"}:
            raise ExpressionError(
                _l("A list holds only plain values."), text, position=token.position
            )
        if in_list and token.sort == "name":
            raise ExpressionError(
                _l("A list holds only plain values."), text, position=token.position
            )
        if token.sort == "op" and token.text in {"[", "]"}:
            in_list = token.text == "["
    if open_brackets:
        raise ExpressionError(
            _l("A bracket is not closed."), text, position=open_brackets[-1].position
        )
