"""Check a pack's shape against the schema, and say each finding in our own words, with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as SchemaError

from zhidu import durations
from zhidu.policy.problems import PolicyProblem, suggest
from zhidu.policy.schema import FORMAT, build
from zhidu.policy.schema_flows import QUOTAS
from zhidu.policy.tree import Mapping, place_of, plain
from zhidu.texts import Text
from zhidu.texts import lazy_gettext as _l


@lru_cache(maxsize=8)
def _validator(resolvers: tuple[str, ...]) -> Any:
    """Make the validator; what stands behind a resolver's name, the resolver judges better."""
    return Draft202012Validator(build({name: {} for name in resolvers}))


def check(tree: Mapping, filename: str, resolvers: Iterable[str]) -> Iterator[PolicyProblem]:
    """Give every departure from the schema.

    :param resolvers: the names that may stand under ``approver``.
    """
    for error in _validator(tuple(sorted(resolvers))).iter_errors(plain(tree)):
        yield from _say(error, tree, filename)


def _say(error: SchemaError, tree: Mapping, filename: str) -> Iterator[PolicyProblem]:
    steps = list(error.absolute_path)

    def problem(code: str, message: Text, cure: Text | str, *more: str | int) -> PolicyProblem:
        path = [*steps, *more]
        file, line = place_of(tree, iter(path))
        return PolicyProblem(file or filename, line, "/".join(map(str, path)), message, cure, code)

    name = str(steps[-1]) if steps else ""
    if steps and isinstance(steps[-1], int):
        name = " ".join((*map(str, steps[-2:-1]), str(steps[-1] + 1)))
    value, given = error.instance, error.validator_value
    if error.schema.get("pattern") == durations.PATTERN and error.validator in {"type", "pattern"}:
        yield problem("value", *_duration(name, value, "integer" in error.schema["type"]))
        return
    match error.validator:
        case "additionalProperties":
            known = error.schema["properties"]
            for key in value:
                if key not in known:
                    yield problem(
                        "unknown_key",
                        _l("“%(key)s” is not a key of this place.", key=key),
                        _unpack(key) if key == "remove" else suggest(key, known),
                        key,
                    )
        case "required":
            if "oneOf" in error.schema_path:
                return
            missing = [key for key in given if key not in value]
            key = next(key for key in missing if f"'{key}'" in error.message)
            yield problem(
                "missing_key",
                _l("“%(key)s” is missing here.", key=key),
                _l("Add a line “%(key)s: …”.", key=key),
            )
        case "oneOf":
            yield from _one_of(error, problem)
        case "type" | "anyOf":
            wanted = given if isinstance(given, str) else "scalar"
            yield problem("type", _type_message(name, wanted), _type_cure(value, wanted))
        case "const" if steps == ["format"]:
            yield problem(
                "format",
                _l("The format “%(value)s” cannot be read by this version of Zhidu.", value=value),
                _l("Write “format: %(format)s”, or upgrade Zhidu.", format=FORMAT),
            )
        case "const":
            yield problem(
                "value",
                _l(
                    "“%(name)s” takes no other value than %(value)s.", name=name, value=_yaml(given)
                ),
                _l("Write “%(name)s: %(value)s”.", name=name, value=_yaml(given)),
            )
        case "enum":
            yield problem(
                "value",
                _l("“%(value)s” is not possible for “%(name)s”.", value=_yaml(value), name=name),
                _l("Write {%(word)s: 66} with the number that is wanted.", word=value)
                if name == "mode" and value in QUOTAS
                else suggest(str(value), map(str, given)),
            )
        case "pattern":
            yield problem("value", *_pattern(name, str(value)))
        case "minItems" if value:
            yield problem(
                "empty",
                _l("“%(name)s” has %(count)s entries.", name=name, count=len(value)),
                _l("Write at least %(count)s.", count=given),
            )
        case "maxItems":
            yield problem(
                "value",
                _l("“%(name)s” has %(count)s entries.", name=name, count=len(value)),
                _l("Keep %(count)s.", count=given),
            )
        case "minItems" | "minProperties":
            yield problem(
                "empty", _l("“%(name)s” is empty.", name=name), _l("Write at least one entry.")
            )
        case "minLength":
            yield problem("empty", _l("“%(name)s” is empty.", name=name), _l("Write a text."))
        case "maxLength":
            yield problem(
                "value",
                _l("“%(name)s” is longer than %(limit)s characters.", name=name, limit=given),
                _l("Shorten it."),
            )
        case "minimum" | "maximum":
            yield problem(
                "value",
                _l("%(value)s is not possible for “%(name)s”.", value=_yaml(value), name=name),
                _l("The limit is %(limit)s.", limit=given),
            )
        case _:
            yield problem(  # pragma: no cover -- the schema uses no other keyword
                "value", _l("“%(name)s” is wrong.", name=name), str(error.message)
            )


def _one_of(error: SchemaError, problem: Any) -> Iterator[PolicyProblem]:
    """Say that a place has none of its ways, or several of them."""
    if not isinstance(error.instance, dict):
        return  # the type is complained about already
    ways = [branch["required"][0] for branch in error.validator_value]
    found = [key for key in error.instance if key in ways]
    if not found and any(key not in error.schema["properties"] for key in error.instance):
        return  # a misspelt way is complained about already
    person = ("role" in ways and "permission" not in ways) or set(ways) == {"user", "post"}
    listed = ", ".join(sorted(ways))
    if found and person:
        message = _l(
            "Only one way to find the person may stand here, not: %(ways)s.", ways=", ".join(found)
        )
    elif found:
        message = _l("Only one of these may stand here: %(ways)s.", ways=", ".join(found))
    elif person:
        message = _l("Nothing here says who the person is.")
    else:
        message = _l("One of these is missing here: %(ways)s.", ways=listed)
    cure = _l("Keep one of them.") if found else _l("Name one of: %(ways)s.", ways=listed)
    yield problem("approver" if person else "value", message, cure)


def _duration(name: str, value: Any, day_too: bool) -> tuple[Text, Text]:
    """Say how a length of time is written."""
    message = _l("“%(value)s” is not possible for “%(name)s”.", value=_yaml(value), name=name)
    if day_too:
        return message, _l(
            "Write a day of the month (1 to 31), or a length such as “3 working days”."
        )
    return message, _l(
        "Write a whole number and its unit: minutes, hours, working hours, days, working days,"
        " months or years, e.g. “2 working days”."
    )


def _unpack(key: str) -> Text:
    return _l("“%(key)s: true” stands only in a pack that extends another one.", key=key)


def _pattern(name: str, value: str) -> tuple[Text, Text]:
    message = _l("“%(value)s” is not possible for “%(name)s”.", value=value, name=name)
    match name:
        case "effective" | "until" | "on":
            return message, _l("Write a day such as 2026-01-01.")
        case "by":
            return message, _l("Write a time of the day in quotes, such as “17:30”.")
        case "clause":
            return message, _l("A clause id has no blanks and no “/”.")
        case "id":
            return message, _l(
                "Use an id without blanks; of a pack or a node: lower-case letters, digits and"
                " “-” (pack) or “_” (node), a letter first."
            )
    return message, _l("Write it without blanks, in lower-case letters, digits and “_”.")


_TYPES: dict[str, Text] = {
    "object": _l("a mapping (key: value)"),
    "array": _l("a list (- entry)"),
    "string": _l("a text"),
    "integer": _l("a whole number"),
    "boolean": _l("true or false"),
    "scalar": _l("a text, a number, true or false"),
}


def _type_message(name: str, wanted: str) -> Text:
    if not name:
        return _l("%(type)s is wanted here.", type=_TYPES[wanted])
    return _l("“%(name)s” must be %(type)s.", name=name, type=_TYPES[wanted])


def _type_cure(value: Any, wanted: str) -> Text:
    if wanted == "string" and not isinstance(value, dict | list) and value is not None:
        return _l('Put it in quotes: "%(value)s".', value=_yaml(value))
    if value is None:
        return _l("Write the value behind the colon, or remove the line.")
    return _l("It is %(type)s now.", type=_TYPES[_type_of(value)])


def _type_of(value: Any) -> str:
    match value:
        case dict():
            return "object"
        case list():
            return "array"
        case str():
            return "string"
    return "scalar"


def _yaml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case dict() | list():
            return str(_TYPES[_type_of(value)])
    return str(value)
