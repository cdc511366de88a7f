"""Who may do what, as the IAM user guide evaluates policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html

Service control policies are not evaluated: there are none here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tests.emulator import policies
from tests.emulator.call import Call
from tests.emulator.conditions import Context, as_list, fill, like, met
from tests.emulator.errors import AccessDenied, Refused
from tests.emulator.identity import Caller
from tests.emulator.world import World

Document: TypeAlias = Mapping[str, Any]
Effect: TypeAlias = Literal["Allow", "Deny"] | None
Named: TypeAlias = Literal["itself", "role", "anyone", "account"]
_STRONGEST_FIRST: tuple[Named, ...] = ("itself", "role", "anyone", "account")
_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}


@dataclass(frozen=True, slots=True)
class Question:
    action: str
    resource: str
    context: Context


def authorize(world: World, call: Call, action: str, resource: str) -> None:
    """Raises AccessDenied unless the caller may do the action on the resource (an ARN or `*`)."""
    question = Question(action, resource, policies.context(world, call, resource))
    refusal = decide(
        policies.held(call.caller),
        question,
        call.caller,
        policies.of_resource(resource),
        policies.owner(call, resource),
    )
    if refusal is not None:
        raise AccessDenied(_text(call, question, refusal), code_for(call))


def code_for(call: Call) -> str:
    """`AccessDenied` where the protocol is XML, `AccessDeniedException` where it is JSON, as the services answer."""
    return "AccessDeniedException" if "json" in call.protocol else "AccessDenied"


def decide(
    held: policies.Held, question: Question, caller: Caller, resource_policy: Document | None, owner: str
) -> str | None:
    """None: allowed. Otherwise why not, in the words of AWS.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    identity = effect(held.identity, question)
    boundary = effect(held.boundary, question) if held.boundary is not None else "Allow"
    session = effect(held.session, question) if held.session is not None else "Allow"
    resource = (
        effect_on(resource_policy, question, caller, owner) if resource_policy is not None else Grant(None, False)
    )
    for found, name in (
        (resource.effect, "a resource-based policy"),
        (identity, "an identity-based policy"),
        (boundary, "a permissions boundary"),
        (session, "a session policy"),
    ):
        if found == "Deny":
            return f"with an explicit deny in {name}"
    across = caller.account != owner
    if across and resource_policy is not None and resource.effect is None:
        return f"because no resource-based policy allows the {question.action} action"
    if not across and resource.direct:
        return None  # to the user or the session itself: no boundary and no session policy limits it
    for found, name in (
        (identity if across or resource.effect is None else "Allow", "identity-based policy"),
        (boundary, "permissions boundary"),
        (session, "session policy"),
    ):
        if found is None:
            return f"because no {name} allows the {question.action} action"
    return None


def authorize_by_trust(world: World, call: Call, action: str, role: str, trust: Document) -> None:
    """`authorize` for a role, whose trust policy must allow too; in its own account that may be enough by itself.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """
    question = Question(action, role, policies.context(world, call, role))
    if not _trusts(trust, question, call.caller):
        why = f"because no role trust policy allows the {action} action"
        raise AccessDenied(f"User: {call.caller.arn} is not authorized to perform: {action} {why}", code_for(call))
    refusal = decide(policies.held(call.caller), question, call.caller, trust, role.split(":")[4])
    if refusal is not None:
        refusal = refusal.replace("in a resource-based policy", "in the role trust policy")
        raise AccessDenied(_text(call, question, refusal), code_for(call))


def trusts_service(trust: Document, service: str, context: Context) -> bool:
    """Whether a service may assume the role: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-service.html"""
    question = Question("sts:AssumeRole", "", context)
    effects = {
        statement["Effect"]
        for statement in statements(trust)
        if service in as_list(_services(statement)) and _applies(statement, question)
    }
    return effects == {"Allow"}


def _services(statement: Document) -> Any:
    principal = statement["Principal"]
    return principal.get("Service", []) if isinstance(principal, Mapping) else []


def _trusts(trust: Document, question: Question, caller: Caller) -> bool:
    return any(names(statement, caller) and _applies(statement, question) for statement in statements(trust))


def effect(documents: Iterable[Document], question: Question) -> Effect:
    """What the policies together say; a Deny stands above any Allow."""
    found: Effect = None
    for document in documents:
        for statement in statements(document):
            if _applies(statement, question):
                if statement["Effect"] == "Deny":
                    return "Deny"
                found = "Allow"
    return found


@dataclass(frozen=True, slots=True)
class Grant:
    effect: Effect
    direct: bool
    """The statement names the user or the session itself, not its role or account."""


def effect_on(document: Document, question: Question, caller: Caller, owner: str) -> Grant:
    """What a resource's policy says to the caller; the owner's account as principal leaves it to identity policies."""
    allowed = direct = False
    for statement in statements(document):
        named = names(statement, caller)
        if not named or not _applies(statement, question):
            continue
        if statement["Effect"] == "Deny":
            return Grant("Deny", False)
        allowed = allowed or named != "account" or caller.account != owner
        direct = direct or named == "itself"
    return Grant("Allow" if allowed else None, direct)


def names(statement: Document, caller: Caller) -> Named | None:
    """Whether, and as what, the statement's `Principal` is the caller.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if "Principal" not in statement:
        raise Refused("a resource's policy without `Principal`")
    principal = statement["Principal"]
    if principal == "*":
        return "anyone"
    found: set[Named] = set()
    for name in as_list(principal.get("AWS", [])):
        if name == "*":
            found.add("anyone")
        elif name == caller.arn:
            found.add("itself")
        elif name == caller.principal_arn:
            found.add("role")
        elif name in (caller.account, f"arn:aws:iam::{caller.account}:root"):
            found.add("account")
    for kind in _STRONGEST_FIRST:
        if kind in found:
            return kind
    return None


def statements(document: Document) -> Sequence[Document]:
    """Raises Refused for an element the emulator does not evaluate."""
    found: list[Document] = as_list(document["Statement"])
    for statement in found:
        unknown = statement.keys() - _ELEMENTS
        if unknown:
            raise Refused(f"{', '.join(sorted(unknown))} in a policy's statement")
    return found


def _applies(statement: Document, question: Question) -> bool:
    if not _names_action(statement, question.action) or not _names_resource(statement, question):
        return False
    return met(statement.get("Condition", {}), question.context)


def _names_action(statement: Document, action: str) -> bool:
    listed = as_list(statement.get("Action", statement.get("NotAction", [])))
    found = any(like(pattern.lower(), action.lower()) for pattern in listed)
    return found != ("NotAction" in statement)


def _names_resource(statement: Document, question: Question) -> bool:
    if "Resource" not in statement and "NotResource" not in statement:
        return True  # a trust policy: the role it is attached to
    listed = as_list(statement.get("Resource", statement.get("NotResource", [])))
    filled = [text for pattern in listed if (text := fill(pattern, question.context)) is not None]
    found = any(like(pattern, question.resource) for pattern in filled)
    return found != ("NotResource" in statement)


def _text(call: Call, question: Question, why: str) -> str:
    asked = f"{question.action} on resource: {question.resource}"
    return f"User: {call.caller.arn} is not authorized to perform: {asked} {why}"
