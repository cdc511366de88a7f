"""The requirements that a version of the policies holds, as OPA itself compiles and lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from engine.errors import PolicyError
from engine.model.decided import Rule, RuleKind, Rules
from engine.opa.bundle import Policies
from engine.opa.compiled import Annotation, Compiled, Module, compile_policies

_PACKAGES: dict[str, tuple[RuleKind, str]] = {
    "access/question/": ("question", "met"),
    "access/column/": ("column", "readable"),
    "access/session/": ("session", "longest"),
    "approval/requirement/": ("approval", "met"),
}
"""Folder of requirements → their kind, and the rule in which one answers."""

_FRAMES = {"access/decision.rego": "meshwarden/access", "approval/decision.rego": "meshwarden/approval"}


def load_rules(policies: Policies) -> Rules:
    """Compiles the policies and lists their requirements.

    Raises PolicyError, with file and line, for what does not compile, misspells a field of `input`, or asks a clock,
    the network or chance; for a requirement that would not be asked or could not answer; and when a kind of requirement
    is missing altogether, since an empty list would let everything through.
    """
    found = sorted(_rules(policies, compile_policies(policies)), key=lambda rule: (rule.kind, rule.id))
    rules = Rules(policies.hash, tuple(found))
    for kind in get_args(RuleKind):
        rules.of(kind)
    return rules


def _rules(policies: Policies, compiled: Compiled) -> Iterator[Rule]:
    for file, module in sorted(compiled.modules.items()):
        package = _FRAMES.get(file, f"meshwarden/{file.removesuffix('.rego')}")
        if module.package != package:
            raise PolicyError(f"policies/{file}:1: its package is not `{package.replace('/', '.')}`, as its path says")
        if module.dates:
            text = policies.files[file]
            line = text[: text.find(module.dates[0])].count("\n") + 1
            said = f"holds the date `{module.dates[0]}`; a rule compares `now` with declared dates only"
            raise PolicyError(f"policies/{file}:{line}: the policy {said}")
        if file not in _FRAMES and not file.startswith(tuple(_PACKAGES)):
            raise PolicyError(f"policies/{file}:1: nobody asks it; requirements lie in {', '.join(_PACKAGES)}")
        for folder, (kind, answer) in _PACKAGES.items():
            if file.startswith(folder):
                yield _rule(file, folder, kind, answer, module, compiled.described.get(file))


def _rule(file: str, folder: str, kind: RuleKind, answer: str, module: Module, item: Annotation | None) -> Rule:
    name = file.removeprefix(folder).removesuffix(".rego")
    if "/" in name:
        raise PolicyError(f"policies/{file}:1: a requirement lies in `{folder}` itself, or nobody asks it")
    if answer not in module.rules:
        raise PolicyError(f"policies/{file}:1: {kind} requirement `{name}` has no rule `{answer}`, so it never answers")
    notes = item.annotations if item else {}
    custom = notes.get("custom")
    control = custom.get("control") if isinstance(custom, dict) else None
    if not (item and notes.get("title") and notes.get("description") and control):
        raise PolicyError(f"policies/{file}:1: requirement `{name}` lacks a title, description or control in METADATA")
    return Rule(
        id=name,
        kind=kind,
        title=str(notes["title"]),
        description=str(notes["description"]).strip(),
        control=str(control),
        file=f"policies/{file}",
        line=item.location.row,
        weighs=_weighed(module),
    )


def _weighed(module: Module) -> tuple[str, ...]:
    """The paths of `input` that a module reads, as far as they are written out."""
    paths = set()
    for reference in module.reads:
        steps = []
        for term in reference[1:]:
            if term.type != "string":
                break
            steps.append(str(term.value))
        paths.add(".".join(steps))
    return tuple(sorted(path for path in paths if path))
