"""Resource shares, as far as Lake Formation makes them.

https://docs.aws.amazon.com/ram/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.lakeformation.principals import account_of
from tests.emulator.paging import page
from tests.emulator.shares import Invitation, Share, Shares, resource_type
from tests.emulator.world import World

LARGEST_PAGE = 500


@operation("ram", "GetResourceShares")
def get_resource_shares(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_GetResourceShares.html"""
    _only(call, {"resourceOwner", "resourceShareArns", "resourceShareStatus", "name", "nextToken", "maxResults"})
    shares = _shares(world, call)
    status, name = call.params.get("resourceShareStatus"), call.params.get("name")
    found = [_shown(s) for s in shares if status in {None, s.status} and name in {None, s.name}]
    return _page(found, call, "resourceShares")


@operation("ram", "GetResourceShareAssociations")
def get_resource_share_associations(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_GetResourceShareAssociations.html"""
    _only(
        call,
        {
            "associationType",
            "resourceShareArns",
            "resourceArn",
            "principal",
            "associationStatus",
            "nextToken",
            "maxResults",
        },
    )
    kind = call.params["associationType"]
    wanted = call.params.get("resourceArn") or call.params.get("principal")
    status = call.params.get("associationStatus")
    found = [
        each
        for share in _shares(world, call, owner="SELF")
        for each in _associations(world, share, kind)
        if wanted in {None, each["associatedEntity"]} and status in {None, each["status"]}
    ]
    return _page(found, call, "resourceShareAssociations")


@operation("ram", "ListResources")
def list_resources(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_ListResources.html"""
    _only(
        call,
        {"resourceOwner", "principal", "resourceType", "resourceArns", "resourceShareArns", "nextToken", "maxResults"},
    )
    arns, kind = call.params.get("resourceArns"), call.params.get("resourceType")
    principal = call.params.get("principal")
    found = [
        {
            "arn": arn,
            "type": resource_type(arn),
            "resourceShareArn": share.arn,
            "status": "AVAILABLE",
            "creationTime": since,
            "lastUpdatedTime": since,
        }
        for share in _active(world, call)
        if principal is None or principal in share.principals
        for arn, since in sorted(share.resources.items())
        if (not arns or arn in arns) and kind in {None, resource_type(arn)}
    ]
    return _page(found, call, "resources")


@operation("ram", "ListPrincipals")
def list_principals(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_ListPrincipals.html"""
    _only(
        call,
        {"resourceOwner", "resourceArn", "principals", "resourceType", "resourceShareArns", "nextToken", "maxResults"},
    )
    arn, names = call.params.get("resourceArn"), call.params.get("principals")
    found = [
        {
            "id": principal,
            "resourceShareArn": share.arn,
            "creationTime": since,
            "lastUpdatedTime": since,
            "external": _external(world, share, principal),
        }
        for share in _active(world, call)
        if arn is None or arn in share.resources
        for principal, since in sorted(share.principals.items())
        if not names or principal in names
    ]
    return _page(found, call, "principals")


@operation("ram", "GetResourceShareInvitations")
def get_resource_share_invitations(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_GetResourceShareInvitations.html"""
    _only(call, {"resourceShareInvitationArns", "resourceShareArns", "nextToken", "maxResults"})
    arns = call.params.get("resourceShareInvitationArns")
    shares = call.params.get("resourceShareArns")
    found = [
        _invitation(share, invitation)
        for share, invitation in _invitations(world, call)
        if (not arns or invitation.arn in arns) and (not shares or share.arn in shares)
    ]
    return _page(found, call, "resourceShareInvitations")


@operation("ram", "AcceptResourceShareInvitation", "RejectResourceShareInvitation")
def answer_invitation(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_AcceptResourceShareInvitation.html"""
    arn = call.params["resourceShareInvitationArn"]
    for share, invitation in _invitations(world, call):
        if invitation.arn == arn:
            if invitation.status != "PENDING":
                code = f"ResourceShareInvitationAlready{invitation.status.title()}Exception"
                raise AwsError(code, f"Invitation {arn} is {invitation.status.lower()}.")
            invitation.status = "ACCEPTED" if call.operation.startswith("Accept") else "REJECTED"
            return {"resourceShareInvitation": _invitation(share, invitation)}
    raise AwsError("ResourceShareInvitationArnNotFoundException", f"Invitation {arn} could not be found.")


def _shares(world: World, call: Call, owner: str | None = None) -> list[Share]:
    """The caller's own, or those of others that reach him, in the region of the call."""
    arns = call.params.get("resourceShareArns")
    if (owner or call.params["resourceOwner"]) == "SELF":
        found = list(world.state(Shares, call.account, call.region).by_arn.values())
    else:
        found = [share for share in _others(world, call) if share.status == "ACTIVE" and _reaches(share, call)]
    if arns and (missing := set(arns) - {share.arn for share in found}):
        raise AwsError("UnknownResourceException", f"ResourceShare {min(missing)} could not be found.")
    return [share for share in found if not arns or share.arn in arns]


def _reaches(share: Share, call: Call) -> bool:
    """A share with a principal is seen by that principal's account."""
    return share.accepted_by(call.account) and any(account_of(p, share.owner) == call.account for p in share.principals)


def _others(world: World, call: Call) -> Iterator[Share]:
    for (account, region), shares in sorted(world.states(Shares).items()):
        if account != call.account and region == call.region:
            yield from shares.by_arn.values()


def _active(world: World, call: Call) -> Iterable[Share]:
    return [share for share in _shares(world, call) if share.status == "ACTIVE"]


def _invitations(world: World, call: Call) -> Iterator[tuple[Share, Invitation]]:
    for share in _others(world, call):
        if invitation := share.invitations.get(call.account):
            yield share, invitation


def _external(world: World, share: Share, principal: str) -> bool:
    return not {share.owner, account_of(principal, share.owner)} <= world.organization


def _shown(share: Share) -> dict[str, Any]:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_ResourceShare.html"""
    return {
        "resourceShareArn": share.arn,
        "name": share.name,
        "owningAccountId": share.owner,
        "allowExternalPrincipals": True,
        "status": share.status,
        "creationTime": share.created,
        "lastUpdatedTime": share.updated,
        "featureSet": "STANDARD",
    }


def _associations(world: World, share: Share, kind: str) -> Iterator[dict[str, Any]]:
    entities: dict[str, datetime] = share.principals if kind == "PRINCIPAL" else share.resources
    for entity, since in sorted(entities.items()):
        external = kind == "PRINCIPAL" and _external(world, share, entity)
        waiting = external and not share.accepted_by(account_of(entity, share.owner))
        yield {
            "resourceShareArn": share.arn,
            "resourceShareName": share.name,
            "associatedEntity": entity,
            "associationType": kind,
            "status": "ASSOCIATING" if waiting else "ASSOCIATED",
            "creationTime": since,
            "lastUpdatedTime": since,
            "external": external,
        }


def _invitation(share: Share, invitation: Invitation) -> dict[str, Any]:
    return {
        "resourceShareInvitationArn": invitation.arn,
        "resourceShareName": share.name,
        "resourceShareArn": share.arn,
        "senderAccountId": share.owner,
        "receiverAccountId": invitation.receiver,
        "invitationTimestamp": invitation.sent,
        "status": invitation.status,
    }


def _page(items: list[dict[str, Any]], call: Call, key: str) -> dict[str, Any]:
    params = {"NextToken": call.params.get("nextToken"), "MaxResults": call.params.get("maxResults")}
    answer = page(items, params, key, LARGEST_PAGE)
    return {name if name != "NextToken" else "nextToken": value for name, value in answer.items()}


def _only(call: Call, known: set[str]) -> None:
    if unknown := {name for name, value in call.params.items() if value is not None} - known:
        raise Refused(f"{call} with {sorted(unknown)}")
