"""What is derived before a plan: questions, the policies' rules and answers, and entitlements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.errors import PolicyError
from engine.model.instants import Instant

RuleKind = Literal["question", "column", "session", "approval"]


@dataclass(frozen=True, slots=True, order=True)
class AccessRole:
    """(persona, purpose, consumer account): whom every grant goes to, and for whom a purpose is enforced."""

    persona: str
    purpose: str
    account: str

    @property
    def id(self) -> str:
        return f"{self.persona}/{self.purpose}/{self.account}"


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """One access role asks for one product."""

    role: AccessRole
    product: str

    @property
    def id(self) -> str:
        return f"{self.role.id}/{self.product}"


@dataclass(frozen=True, slots=True, order=True)
class ApprovalQuestion:
    """Does an agreement need more than the first `signatures` of its counting approvals?"""

    agreement: str
    signatures: int

    @property
    def id(self) -> str:
        return f"{self.agreement}/{self.signatures}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A requirement, as `opa inspect` lists it. `weighs` are the paths of `input` it reads, as `persona.regions`."""

    id: str
    kind: RuleKind
    title: str
    description: str
    control: str
    file: str
    line: int
    weighs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Every requirement of one version of the policies, sorted by kind and id."""

    policy_hash: str
    rules: tuple[Rule, ...]

    def of(self, kind: RuleKind) -> frozenset[str]:
        """The ids of the requirements of one kind. Raises PolicyError when there are none."""
        listed = frozenset(rule.id for rule in self.rules if rule.kind == kind)
        if not listed:
            raise PolicyError(f"the policies hold no {kind} requirement; without one nothing can be decided")
        return listed


@dataclass(frozen=True, slots=True)
class Decision:
    """The policies' answer to a question. `readable` and `longest` hold an entry for each requirement that answered.

    `readable` maps a column requirement to the ids of the column classes it lets be read, `longest` a session
    requirement to seconds.
    """

    question: Question
    met: frozenset[str]
    readable: dict[str, frozenset[str]]
    longest: dict[str, int]


@dataclass(frozen=True, slots=True)
class ApprovalDecision:
    """The approval requirements that some of an agreement's counting approvals meet."""

    question: ApprovalQuestion
    met: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decisions:
    """All answers of one run, each question exactly once, with the rules they were given under."""

    rules: Rules
    now: datetime
    access: dict[Question, Decision]
    approval: dict[ApprovalQuestion, ApprovalDecision]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A permitted question that an agreement in force covers: who may read which columns, in `[start, end)`.

    `columns` maps a table to its columns, both sorted; `whole` says that the agreement names no tables and so covers
    the product's next one too; `session` is the longest session in seconds.
    """

    id: str
    agreement: str
    version: int
    role: AccessRole
    product: str
    whole: bool
    columns: dict[str, tuple[str, ...]]
    start: Instant
    end: Instant
    session: int
