"""What IAM policies allow on a resource, and from when to when, as AWS evaluates them.

Written from the IAM user guide, and independent of what compiles the documents:
- "How AWS enforcement code logic evaluates requests to allow or deny access": what no statement allows is denied, an
  explicit deny overrides any allow; identity policies, permissions boundary and session policies must each allow.
  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
- "Resource": `*` is any characters and `?` is one, inside a segment of an ARN; a `*` at a segment's end reaches beyond.
  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
- "Action": the same wildcards; upper and lower case are one.
  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
- "Condition operators": all must hold; DateLessThan excludes its instant, DateGreaterThanEquals includes it.
  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
- "Actions, resources, and condition keys for Amazon Redshift Data API": a statement's results take no ARN, but a
  condition on whose statement it is.
  https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html

Anything else in a document raises EquivalenceError; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, reduce

from engine.errors import EquivalenceError
from engine.model.instants import parse_instant
from engine.model.plan import Document

Windows = tuple[tuple[datetime, datetime], ...]
"""When something holds: intervals that hold their start and not their end, in order and apart from each other."""

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
ALWAYS: Windows = ((_FIRST, _LAST),)
OWN = "one's own statements"
"""What stands for `*` under the condition that a statement of the Data API is one's own."""

_OWNED = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
_ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement of the policy `policy`. Actions are in lower case; what holds wildcards stands apart."""

    policy: str
    allows: bool
    actions: frozenset[str]
    wild_actions: tuple[str, ...]
    resources: tuple[str, ...]
    wild_resources: tuple[str, ...]
    windows: Windows

    def takes(self, action: str) -> bool:
        if action in self.actions or not self.wild_actions:
            return action in self.actions
        return any(_pattern(wild, ".").fullmatch(action) for wild in self.wild_actions)

    def takes_any(self, actions: frozenset[str]) -> bool:
        return not self.actions.isdisjoint(actions) or any(map(self.takes, actions if self.wild_actions else ()))

    def names(self, resource: str) -> bool:
        """Whether one of its wildcards takes the resource."""
        return any(wild == "*" or _pattern(wild, "[^:]").fullmatch(resource) for wild in self.wild_resources)


class Layer:
    """Policies that stand side by side, one of which has to allow: those of a role, its boundary, or a session's."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        """Raises EquivalenceError for a document that cannot be evaluated exactly."""
        self.statements = tuple(item for name, document in documents.items() for item in _statements(name, document))
        self._exact: dict[str, tuple[Statement, ...]] = {}
        for statement in self.statements:
            for resource in statement.resources:
                self._exact[resource] = (*self._exact.get(resource, ()), statement)
        self._wild = [statement for statement in self.statements if statement.wild_resources]
        self._wild_for: dict[frozenset[str], list[Statement]] = {}
        self._spans: dict[tuple[tuple[Statement, ...], frozenset[str]], tuple[Windows, Windows]] = {}

    def naming(self, actions: frozenset[str], resource: str) -> tuple[Statement, ...]:
        """The statements that name the resource; of those with wildcards only what takes one of the actions."""
        if actions not in self._wild_for:
            self._wild_for[actions] = [item for item in self._wild if item.takes_any(actions)]
        exact, wild = self._exact.get(resource, ()), self._wild_for[actions]
        return (*exact, *(item for item in wild if item.names(resource))) if wild else exact

    def resources(self, actions: frozenset[str], within: Layer | None = None) -> Collection[str]:
        """The resources that are named without wildcards; `within` another layer, those that it may name too."""
        if within is None or any(item.takes_any(actions) for item in within._wild):
            return self._exact.keys()
        return self._exact.keys() & within._exact.keys()

    def span(self, actions: frozenset[str], resource: str) -> tuple[Windows, Windows]:
        """When every one of the actions is allowed, and when some one of them is."""
        naming = self.naming(actions, resource)
        if len(naming) == 1 and naming[0].allows and actions <= naming[0].actions:
            return naming[0].windows, naming[0].windows
        found = self._spans.get((naming, actions))
        if found is None:
            each = {_windows(naming, action) for action in actions}
            found = self._spans[naming, actions] = reduce(intersect, each), reduce(unite, each)
        return found


def span(layers: Sequence[Layer], actions: frozenset[str], resource: str) -> tuple[Windows, Windows]:
    """When every one of the actions is allowed by all layers, and when some one of them is.

    The layers are a role's identity policies, its permissions boundary and a session's policies, as far as there are.
    Actions are in lower case.
    """
    every, some = layers[0].span(actions, resource)
    alike = every == some
    for layer in layers[1:]:
        of_all, of_some = layer.span(actions, resource)
        alike = alike and of_all == of_some
        every = intersect(every, of_all)
    if alike:
        return every, every
    each = [reduce(intersect, (layer.span(frozenset([item]), resource)[0] for layer in layers)) for item in actions]
    return every, reduce(unite, each)


def intersect(one: Windows, other: Windows) -> Windows:
    if one == other:
        return one
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return tuple(sorted(pair for pair in pairs if pair[0] < pair[1]))


def unite(one: Windows, other: Windows) -> Windows:
    if one == other:
        return one
    united: list[tuple[datetime, datetime]] = []
    for start, end in sorted((*one, *other)):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return tuple(united)


def outside(windows: Windows) -> Windows:
    """When none of the windows holds."""
    edges = [_FIRST, *(edge for window in windows for edge in window), _LAST]
    return tuple((start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)


def holds_until(windows: Windows, now: datetime, end: datetime) -> bool:
    """Whether they hold from `now` on without a gap until `end`."""
    return any(start <= now and end <= until for start, until in windows)


def holds_after(windows: Windows, instant: datetime) -> bool:
    """Whether they hold at `instant` or ever after."""
    return bool(windows) and windows[-1][1] > instant


def condition_windows(condition: object, where: str) -> Windows:
    """When a condition holds. Raises EquivalenceError for one that asks for more than the time."""
    if not isinstance(condition, Mapping):
        raise EquivalenceError(f"{where} has a condition that cannot be evaluated: {condition}")
    windows = ALWAYS
    for operator, tests in condition.items():
        if operator not in _BOUNDS or not isinstance(tests, Mapping) or tests.keys() != {"aws:CurrentTime"}:
            raise EquivalenceError(f"{where} has a condition that cannot be evaluated: {condition}")
        try:
            bound = _bound(operator, tests["aws:CurrentTime"])
        except (TypeError, ValueError):
            raise EquivalenceError(f"{where} has a condition that cannot be evaluated: {condition}") from None
        windows = bound if windows is ALWAYS else intersect(windows, bound)
    return windows


_BOUNDS: dict[str, Callable[[datetime], Windows]] = {
    "DateLessThan": lambda instant: ((_FIRST, instant),),
    "DateGreaterThanEquals": lambda instant: ((instant, _LAST),),
}


@cache
def _bound(operator: str, instant: object) -> Windows:
    return _BOUNDS[operator](parse_instant(instant))


def _statements(policy: str, document: Document) -> Iterable[Statement]:
    statements = document.get("Statement")
    if document.keys() != {"Version", "Statement"} or not isinstance(statements, list):
        raise EquivalenceError(f"policy `{policy}` has no list of statements")
    for statement in statements:
        effect = statement.get("Effect") if isinstance(statement, dict) else None
        if effect not in {"Allow", "Deny"} or statement.keys() - _ELEMENTS:
            raise EquivalenceError(f"policy `{policy}` holds a statement that cannot be evaluated: {statement}")
        actions, wild_actions = _texts(policy, statement, "Action")
        resources, wild_resources = _texts(policy, statement, "Resource")
        condition = statement.get("Condition", _NO_CONDITION)
        if isinstance(condition, dict) and condition.get("StringEquals") == _OWNED:
            if effect != "Allow" or resources or wild_resources != ("*",):
                raise EquivalenceError(f"policy `{policy}` holds a statement that cannot be evaluated: {statement}")
            resources, wild_resources = (OWN,), ()
            condition = {operator: tests for operator, tests in condition.items() if operator != "StringEquals"}
        yield Statement(
            policy,
            effect == "Allow",
            frozenset(action.lower() for action in actions),
            tuple(action.lower() for action in wild_actions),
            resources,
            wild_resources,
            condition_windows(condition, f"policy `{policy}`"),
        )


def _texts(policy: str, statement: Document, element: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of an element that hold no wildcards, and those that do."""
    value = statement.get(element)
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise EquivalenceError(f"policy `{policy}` has a statement whose {element} cannot be evaluated: {value}")
    together = "".join(texts)
    if "${" in together:
        raise EquivalenceError(f"policy `{policy}` has a variable, which cannot be evaluated: {value}")
    if "*" not in together and "?" not in together:
        return tuple(texts), ()
    wild = tuple(text for text in texts if "*" in text or "?" in text)
    return tuple(text for text in texts if text not in wild), wild


def _windows(statements: Iterable[Statement], action: str) -> Windows:
    allowed: Windows = ()
    denied: Windows = ()
    for statement in statements:
        if statement.takes(action):
            if statement.allows:
                allowed = unite(allowed, statement.windows)
            else:
                denied = unite(denied, statement.windows)
    return intersect(allowed, outside(denied)) if denied else allowed


@cache
def _pattern(wild: str, one: str) -> re.Pattern[str]:
    """The pattern of a text with wildcards, each of which stands for `one` or many of it, but for a segment's last."""
    meaning = {"?": one, "*": f"{one}*", "*:": ".*:", "*\0": ".*"}
    parts = re.split(r"(\*:|\*\0|\*|\?)", wild + "\0")
    return re.compile("".join(meaning.get(part, re.escape(part.rstrip("\0"))) for part in parts), re.DOTALL)


_NO_CONDITION: Document = {}
