"""The resource shares that one account owns in one region, with their associations and invitations.

https://docs.aws.amazon.com/ram/latest/APIReference/API_ResourceShare.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5


@dataclass(slots=True)
class Invitation:
    """https://docs.aws.amazon.com/ram/latest/APIReference/API_ResourceShareInvitation.html"""

    arn: str
    receiver: str
    sent: datetime
    status: str = "PENDING"


@dataclass(slots=True)
class Share:
    arn: str
    name: str
    owner: str
    recipient: str
    """The account of those it is shared with."""
    created: datetime
    updated: datetime
    status: str = "ACTIVE"
    principals: dict[str, datetime] = field(default_factory=dict)
    """Who it is shared with, and since when."""
    resources: dict[str, datetime] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    """By the account that is invited: one outside of the owner's organization."""

    def associate(self, principals: Iterable[str], resources: Iterable[str], now: datetime) -> None:
        for principal in principals:
            self.principals.setdefault(principal, now)
        for resource in resources:
            self.resources.setdefault(resource, now)
        self.updated = now

    def accepted_by(self, account: str) -> bool:
        invitation = self.invitations.get(account)
        return invitation is None or invitation.status == "ACCEPTED"


@dataclass(slots=True)
class Shares:
    account: str
    region: str
    by_arn: dict[str, Share] = field(default_factory=dict)

    def create(self, name: str, recipient: str, now: datetime) -> Share:
        arn = f"arn:aws:ram:{self.region}:{self.account}:resource-share/{uuid5(NAMESPACE_URL, self._seed(name))}"
        self.by_arn[arn] = share = Share(arn, name, self.account, recipient, now, now)
        return share

    def invite(self, share: Share, account: str, now: datetime) -> None:
        arn = f"arn:aws:ram:{self.region}:{self.account}:resource-share-invitation/"
        arn += str(uuid5(NAMESPACE_URL, share.arn + account))
        share.invitations[account] = Invitation(arn, account, now)

    def delete(self, share: Share, now: datetime) -> None:
        """A deleted share is still listed for a while (two hours at AWS, here as long as the world lasts)."""
        share.status, share.updated = "DELETED", now
        share.principals.clear()
        share.resources.clear()

    def active_for(self, recipient: str) -> Share | None:
        return next((s for s in self.by_arn.values() if s.recipient == recipient and s.status == "ACTIVE"), None)

    def _seed(self, name: str) -> str:
        return f"{self.account}/{self.region}/{name}/{len(self.by_arn)}"


def resource_type(arn: str) -> str:
    """`glue:Table` and the like: https://docs.aws.amazon.com/ram/latest/userguide/shareable.html#shareable-glue"""
    return "glue:" + arn.split(":")[5].split("/", maxsplit=1)[0].title()
