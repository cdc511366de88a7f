"""Every exception of the project.

    MeshwardenError
    ├── SourceError       what an author wrote is wrong; carries every problem found in the run
    ├── PolicyError       the policies do not load, do not compile, or have no rules
    ├── DecisionError     OPA gave no answer that can be trusted
    ├── PlanError         a plan cannot be read, or may not be deployed now
    │   └── EquivalenceError   the plan, evaluated as AWS would, differs from the entitlements
    ├── TerraformError    what was synthesized is not let through by the policies
    ├── RegistryError     an agreement, approval or run cannot be read or recorded
    ├── UnknownNameError  a query names something that is not declared
    ├── AccountError      an account cannot be reached, refuses, or shows only a part of what stands there
    └── ToolError         a program Meshwarden needs is missing or failed

Messages are lower case, without a final period, with what the author wrote in backticks.
"""

from __future__ import annotations

from dataclasses import dataclass


class MeshwardenError(Exception):
    """The root: a front end shows `str(error)` and exits 1."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in one place. `line` counts from 1; 0 stands for the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class SourceError(MeshwardenError):
    """What an author wrote is wrong. `problems` holds all of them, sorted by file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PolicyError(MeshwardenError):
    """The policies do not load, do not compile, or have no rules."""


class DecisionError(MeshwardenError):
    """OPA gave no answer that can be trusted: undefined, an error, a timeout, malformed, incomplete or stale."""


class PlanError(MeshwardenError):
    """A plan cannot be read, or may not be deployed now."""


class EquivalenceError(PlanError):
    """The plan, evaluated as AWS would, differs from the entitlements."""


class TerraformError(MeshwardenError):
    """What was synthesized is not let through by the policies."""


class RegistryError(MeshwardenError):
    """An agreement, approval or run cannot be read or recorded."""


class UnknownNameError(MeshwardenError):
    """A query names something that is not declared."""


class AccountError(MeshwardenError):
    """An AWS account cannot be reached, refuses what was asked, or shows only a part of what stands there."""


class ToolError(MeshwardenError):
    """A program Meshwarden needs is missing or failed."""
