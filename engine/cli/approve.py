"""`meshwarden approve`: a signature under an agreement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.app import Now, Project, app
from engine.cli.output import progress, show_lines

if TYPE_CHECKING:
    from engine.model.agreements import Agreement, Approval
    from engine.model.decided import Rule
    from engine.model.fields import Fact
    from engine.model.mesh import Mesh


class SignsAs(StrEnum):
    OWNER = "owner"
    GOVERNANCE = "governance"
    SECOND_OWNER = "second owner"


@app.command()
def approve(
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT", help="The agreement's id.")],
    *,
    signs_as: Annotated[SignsAs, typer.Option("--as", help="For whom the signature stands.", show_default=False)],
    by: Annotated[
        str,
        typer.Option("--by", metavar="PRINCIPAL", help="Who signs, as the directory names him.", show_default=False),
    ],
    project: Project = Path(),
    now: Now,
) -> None:
    """Signs the present version and terms of an agreement.

    Writes only what will count: the signer is a member of the group for which
    he signs, is not the requester, and has not signed before. It becomes an
    approval of the company's when it is committed and reviewed, as any change
    of the repository.

    Examples:
      meshwarden approve fraud-collections --as governance --by clara.lindqvist@meshbank.example
      meshwarden approve fraud-collections --as "second owner" --by siobhan.walsh@meshbank.example
    """
    from engine.entitle import counting_approvals, may_sign
    from engine.errors import RegistryError, UnknownNameError
    from engine.model.agreements import Agreement, Approval
    from engine.model.instants import format_instant
    from engine.registry.agreements import FileAgreementStore
    from engine.sources.load import load_mesh
    from engine.text.wording import nearest

    store = FileAgreementStore(project)
    with progress() as said:
        said("reading personas, mesh and agreements")
        mesh = load_mesh(project, store.read()).mesh
        found = mesh.agreement.get(agreement)
        if found is None:
            raise UnknownNameError(f"there is no agreement `{agreement}`{nearest(agreement, mesh.agreement)}")
        if over := _over(found, now):
            raise RegistryError(f"agreement `{agreement}` {over}; nothing is left to approve")
        if reason := may_sign(mesh, found, by, signs_as.value):
            raise RegistryError(f"`{by}` may not sign `{agreement}` as {signs_as.value}: {reason}")
        for held in counting_approvals(mesh, found, now):
            if held.approver == by:
                raise RegistryError(
                    f"`{by}` has signed `{agreement}` as {held.signs_as} at {format_instant(held.at)};"
                    " one person counts once"
                )
        approval = Approval(approver=by, signs_as=signs_as.value, at=now, version=found.version, terms=found.terms)
        signed = Agreement(**{**_fields(found), "approvals": (*found.approvals, approval)})
        said("asking OPA what is outstanding then")
        outstanding = _outstanding(project, mesh, signed, now)
        store.append_approval(agreement, approval)
    show_lines(_told(signed, approval, outstanding, now))


def _fields(fact: Fact) -> dict[str, Any]:
    """What was declared, without what was derived of it and kept: that would not follow a change."""
    return {name: getattr(fact, name) for name in type(fact).model_fields}


def _over(agreement: Agreement, now: datetime) -> str | None:
    """Why nobody can approve an agreement any more."""
    from engine.model.agreements import State
    from engine.model.instants import format_instant

    state = agreement.state_at(now)
    if state is None:
        return "is not yet requested"
    if state in {State.REJECTED, State.REVOKED}:
        return f"is {state.value}"
    return f"ended on {format_instant(agreement.end)}" if agreement.end <= now else None


def _outstanding(project: Path, mesh: Mesh, agreement: Agreement, now: datetime) -> list[Rule]:
    """The approval requirements that an agreement would leave unmet with the approvals that it holds here."""
    from engine.entitle import outstanding_approvals, signed_questions
    from engine.model.mesh import Mesh
    from engine.opa.bundle import read_policies
    from engine.opa.client import open_opa
    from engine.opa.decide import decide
    from engine.opa.rules import load_rules

    alone = Mesh(**{**_fields(mesh), "agreements": (agreement,)})
    policies = read_policies(project / "policies")
    rules = load_rules(policies)
    with open_opa(policies, rules) as opa:
        decisions = decide(opa, alone, now, [], signed_questions(alone, now))
    unmet = outstanding_approvals(alone, decisions, agreement)
    return [rule for rule in rules.rules if rule.kind == "approval" and rule.id in unmet]


def _told(agreement: Agreement, approval: Approval, outstanding: list[Rule], now: datetime) -> Iterator[str]:
    from engine.model.agreements import State

    yield (
        f"{approval.approver} signs `{agreement.id}` version {agreement.version} as {approval.signs_as},"
        f" terms {approval.terms[:12]}"
    )
    yield f"  in mesh/agreements/{agreement.id}.approvals.yaml; commit it, for the repository to review"
    for rule in outstanding:
        yield f"  outstanding: {rule.title} (`{rule.id}`, control {rule.control})"
    if not outstanding:
        yield "  nothing is outstanding"
        if agreement.state_at(now) is State.PENDING:
            yield f"  to start it, add a change to `active` to the history in mesh/agreements/{agreement.id}.yaml"
