"""The `Condition` element: operators, context keys and policy variables of the IAM user guide.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from tests.emulator.errors import Refused

Values: TypeAlias = tuple[str, ...]
Context: TypeAlias = Mapping[str, Values | None]
"""Context key in lower case → its values; None: AWS has the key, and this request has it not. A key that is not here
is one the emulator knows nothing of, and a policy that asks for it is refused."""


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def like(pattern: str, value: str) -> bool:
    """`*` is any text and `?` any one character."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def arn_like(pattern: str, value: str) -> bool:
    """Each of the six components by itself: a `*` reaches no further than its colon, but in the last."""
    wanted, had = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(had) and all(like(want, have) for want, have in zip(wanted, had, strict=True))


def _before(have: str, want: str) -> bool:
    return _instant(have) < _instant(want)


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        if not text.isdigit():
            raise Refused(f"date {text} in a condition") from None
        moment = datetime.fromtimestamp(int(text), UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_POSITIVE: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda have, want: have == want,
    "StringEqualsIgnoreCase": lambda have, want: have.lower() == want.lower(),
    "StringLike": lambda have, want: like(want, have),
    "ArnEquals": lambda have, want: arn_like(want, have),
    "ArnLike": lambda have, want: arn_like(want, have),
    "Bool": lambda have, want: have.lower() == want.lower(),
    "DateEquals": lambda have, want: _instant(have) == _instant(want),
    "DateLessThan": _before,
    "DateLessThanEquals": lambda have, want: not _before(want, have),
    "DateGreaterThan": lambda have, want: _before(want, have),
    "DateGreaterThanEquals": lambda have, want: not _before(have, want),
    "NumericLessThan": lambda have, want: float(have) < float(want),
    "NumericLessThanEquals": lambda have, want: float(have) <= float(want),
    "NumericEquals": lambda have, want: float(have) == float(want),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "DateNotEquals": "DateEquals",
}


def met(condition: Mapping[str, Any], context: Context) -> bool:
    """All operators and all keys of each must be met. Raises Refused for an operator or key not known here."""
    return all(
        _met(operator, key, as_list(wanted), context)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _met(operator: str, key: str, wanted: list[Any], context: Context) -> bool:
    values = value_of(key, context)
    quantifier, _, plain = operator.rpartition(":")
    if plain == "Null":
        return any((values is None) == (str(want).lower() == "true") for want in wanted)
    if plain.endswith("IfExists"):
        plain = plain.removesuffix("IfExists")
        if values is None:
            return True
    negated = plain in _NEGATED
    test = _POSITIVE.get(_NEGATED.get(plain, plain))
    if test is None or quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise Refused(f"condition operator {operator}")
    texts = [filled for want in wanted if (filled := fill(_text(want), context)) is not None]

    def holds(have: str) -> bool:
        return any(test(have, want) for want in texts) != negated

    if values is None:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
        return negated if not quantifier else quantifier == "ForAllValues"
    if quantifier == "ForAllValues":
        return all(holds(have) for have in values)
    return any(holds(have) for have in values)


def value_of(key: str, context: Context) -> Values | None:
    lowered = key.lower()
    if lowered in context:
        return context[lowered]
    if lowered.startswith(("aws:principaltag/", "aws:requesttag/")):
        return None
    raise Refused(f"condition key {key}")


def fill(text: str, context: Context) -> str | None:
    """The text with its policy variables filled in; None when the request has no value for one of them."""
    filled: list[str] = []
    for part in re.split(r"(\$\{[^}]*\})", text):
        if not part.startswith("${"):
            filled.append(part)
        elif part in ("${*}", "${?}", "${$}"):
            raise Refused(f"escaped {part} in a policy")
        else:
            name, _, default = part[2:-1].partition(",")
            values = value_of(name.strip(), context)
            if values is None and not default:
                return None
            filled.append(values[0] if values else default.strip().strip("'"))
    return "".join(filled)


def _text(want: Any) -> str:
    return str(want).lower() if isinstance(want, bool) else str(want)
