"""The facts that a requirement weighed, read off the input that it saw.

The input is built as for OPA (`engine.model.inputs`), so a fact here is word for word what the rule saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from engine.model.agreements import Agreement, Approval
from engine.model.decided import Question, Rule
from engine.model.inputs import (
    QuestionInput,
    SignedInput,
    account_input,
    agreement_input,
    approval_input,
    persona_input,
    product_input,
    purpose_input,
)
from engine.model.mesh import Mesh

Seen = dict[str, object]
"""An input, as JSON."""


@dataclass(frozen=True, slots=True)
class WeighedFact:
    """A field of a requirement's input. `path` as `persona.regions`; `value` as JSON has it."""

    path: str
    value: object

    @property
    def text(self) -> str:
        """As a clause: "`persona.regions` holds `eu-west-1`"."""
        if self.value is None:
            return f"`{self.path}` is not declared"
        if isinstance(self.value, list):
            items = ", ".join(f"`{_shown(item)}`" for item in self.value)
            return f"`{self.path}` holds {items}" if items else f"`{self.path}` is empty"
        return f"`{self.path}` is `{_shown(self.value)}`"


@dataclass(frozen=True, slots=True)
class Weighed:
    """A requirement with its answer and the facts it saw. `answer`: met, not met, the classes it reads, or seconds."""

    rule: Rule
    answer: str
    facts: tuple[WeighedFact, ...]


def question_seen(mesh: Mesh, now: datetime, question: Question) -> Seen:
    """What the question, column and session requirements see of a question."""
    seen = QuestionInput(
        now=now,
        persona=persona_input(mesh.persona[question.role.persona]),
        purpose=purpose_input(mesh.purpose[question.role.purpose]),
        account=account_input(mesh.account[question.role.account]),
        product=product_input(mesh, mesh.product[question.product]),
    )
    return seen.model_dump(mode="json")


def approval_seen(now: datetime, agreement: Agreement, counting: Sequence[Approval]) -> Seen:
    """What the approval requirements see of an agreement with the approvals that count."""
    seen = SignedInput(
        now=now,
        agreement=agreement_input(agreement),
        approvals=tuple(approval_input(approval) for approval in counting),
    )
    return seen.model_dump(mode="json")


def facts_of(rule: Rule, seen: Seen, classes: frozenset[str] | None = None) -> tuple[WeighedFact, ...]:
    """The fields of `seen` that a requirement weighs, sorted by path; of an object, its fields.

    `classes` narrows `product.classes` to the column classes of these ids.
    """
    facts: dict[str, object] = {}
    for path in rule.weighs:
        value: object = seen
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, dict):
            facts.update(_leaves(path, value))
        else:
            facts[path] = value
    if classes is not None and isinstance(listed := facts.get("product.classes"), list):
        facts["product.classes"] = [item for item in listed if item["id"] in classes]
    return tuple(WeighedFact(path, facts[path]) for path in sorted(facts))


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for field, inner in value.items():
            yield from _leaves(f"{path}.{field}", inner)
    else:
        yield path, value


def _shown(value: object) -> str:
    """A value in a sentence: a fact by its id, an approval by its fields."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return str(fields["id"]) if "id" in fields else " ".join(_shown(field) for field in fields.values())
    return str(value).lower() if isinstance(value, bool) else str(value)
