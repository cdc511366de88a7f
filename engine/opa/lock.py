"""The lock on what is synthesized: every part of every stack meets every requirement below `policies/terraform`.

An embedded OPA that holds these policies only is asked stack by stack, also where OPA_URL names another for decisions:
it would answer under their revision, which does not cover these. Nothing is let through by the lack of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from engine.errors import DecisionError, PolicyError, TerraformError
from engine.model.decided import Rules
from engine.opa.bundle import Policies
from engine.opa.client import Opa
from engine.opa.compiled import Annotation, compile_policies

_REQUIREMENTS = "terraform/requirement/"
_FRAME = "terraform/decision.rego"
_ALWAYS = ("provider", "terraform")
"""The blocks that are judged also where a stack lacks them."""

_TIMEOUT = 60.0
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a part of a stack has to meet; `way_out` says what to do where it is not met."""

    id: str
    title: str
    control: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Lock:
    """The policies, and every requirement that they hold."""

    policies: Policies
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Denial:
    """A part of a stack that does not meet a requirement; `why` is what the requirement itself says of it."""

    stack: str
    address: str
    requirement: Requirement
    why: tuple[str, ...]

    def __str__(self) -> str:
        asked = self.requirement
        said = f": {', '.join(self.why)}" if self.why else ""
        rule = f"`{asked.id}` ({asked.title}; {asked.control})"
        return f"stack `{self.stack}`: `{self.address}` does not meet {rule}{said}; {asked.way_out}"


def load_lock(policies: Policies) -> Lock:
    """Compiles the policies and lists their requirements.

    Raises PolicyError for what does not compile, would not be asked or could not answer, and where nothing is required.
    """
    compiled = compile_policies(policies)
    found = []
    for file, module in sorted(compiled.modules.items()):
        package = "meshwarden/terraform" if file == _FRAME else f"meshwarden/{file.removesuffix('.rego')}"
        if module.package != package:
            raise PolicyError(f"policies/{file}:1: its package is not `{package.replace('/', '.')}`, as its path says")
        if file.startswith(_REQUIREMENTS):
            if "met" not in module.rules:
                raise PolicyError(f"policies/{file}:1: it has no rule `met`, so it never answers")
            found.append(_requirement(file, compiled.described.get(file)))
    if not found:
        raise PolicyError(f"policies/{_REQUIREMENTS}: no requirement, and nothing is synthesized without one")
    return Lock(policies, tuple(found))


def _requirement(file: str, item: Annotation | None) -> Requirement:
    id = file.removeprefix(_REQUIREMENTS).removesuffix(".rego")
    notes = item.annotations if item else {}
    custom = notes.get("custom")
    told = custom if isinstance(custom, dict) else {}
    if "/" in id or not (
        notes.get("title") and notes.get("description") and told.get("control") and told.get("way_out")
    ):
        raise PolicyError(
            f"policies/{file}:1: a requirement lies in `{_REQUIREMENTS}` itself, and has a title, a description,"
            " a control and a way_out in METADATA"
        )
    return Requirement(id, str(notes["title"]), str(told["control"]), str(told["way_out"]))


def check_stacks(lock: Lock, stacks: Mapping[str, bytes]) -> None:
    """Judges synthesized stacks, each by its name and the text of its `cdk.tf.json`.

    Raises TerraformError with everything that is denied; DecisionError unless OPA judges every part exactly once.
    """
    from engine.opa.child import embedded_opa

    told: list[str] = []
    with embedded_opa(lock.policies, _TIMEOUT) as client:
        opa = Opa(client, Rules(lock.policies.hash, ()))
        for name, text in stacks.items():
            try:
                stack = _STACK.validate_json(text)
            except ValidationError:
                told.append(f"stack `{name}`: it is no JSON as cdktf writes it, so that nobody can judge it")
            else:
                told += map(str, _judge(opa, lock, name, stack))
    if told:
        more = f"\nand {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        raise TerraformError("\n".join(told[:_SHOWN]) + more + "\nnothing was written")


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Stack(BaseModel):
    """What is certain of a stack: its resources have a type and a name."""

    model_config = ConfigDict(strict=True, extra="allow")

    resource: dict[str, dict[str, object]] = {}


class _Stacks(BaseModel):
    stacks: dict[str, dict[str, object]]


class _Answer(_Strict):
    met: list[str]
    why: dict[str, list[str]]


class _Part(_Strict):
    address: str
    decision: _Answer


class _Judged(_Strict):
    stack: str
    parts: list[_Part]


_STACK = TypeAdapter(_Stack)
_JUDGED = TypeAdapter(list[_Judged])


def _judge(opa: Opa, lock: Lock, name: str, stack: _Stack) -> Iterator[Denial]:
    blocks = stack.model_extra or {}
    answer = opa.ask("meshwarden.terraform", _Stacks(stacks={name: {**blocks, "resource": stack.resource}}))
    try:
        (judged,) = _JUDGED.validate_python(answer)
    except ValueError:
        raise DecisionError(f"OPA's answer about stack `{name}` is malformed") from None
    expected = {*_ALWAYS, *blocks} - {"//"}
    expected |= {f"{type}.{resource}" for type, named in stack.resource.items() for resource in named}
    if sorted(part.address for part in judged.parts) != sorted(expected):
        raise DecisionError(f"OPA did not judge every part of stack `{name}` once")
    for part in judged.parts:
        for requirement in lock.requirements:
            if requirement.id not in part.decision.met:
                why = part.decision.why.get(requirement.id, [])
                yield Denial(name, part.address, requirement, tuple(sorted(why)))
