"""The facts that a requirement weighed, read off the input that it saw."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.decided import Rule


@dataclass(frozen=True, slots=True)
class WeighedFact:
    """A field of a requirement's input. `path` as `persona.regions`; `value` as JSON has it."""

    path: str
    value: object

    @property
    def text(self) -> str:
        """As a clause: "`persona.regions` holds `eu-west-1`"."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Weighed:
    """A requirement with its answer and the facts it saw. `answer`: met, not met, the classes it reads, or seconds."""

    rule: Rule
    answer: str
    facts: tuple[WeighedFact, ...]
