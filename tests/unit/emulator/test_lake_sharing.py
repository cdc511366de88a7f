"""The resource shares behind grants across accounts.

https://docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html,
cross-account-notes.html, accepting-ram-invite.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.athena import columns_visible
from tests.emulator.identity import add_user
from tests.emulator.seed import add_role
from tests.unit.emulator.lake import (
    ADMIN,
    CONSUMER,
    DATABASE,
    GOVERNANCE,
    READER,
    REGION,
    TABLE,
    Setting,
    columns,
    start,
    trust,
)

CATALOG = f"arn:aws:glue:{REGION}:{GOVERNANCE}:catalog"
LOANS = f"arn:aws:glue:{REGION}:{GOVERNANCE}:database/loans"
LOAN = f"arn:aws:glue:{REGION}:{GOVERNANCE}:table/loans/loan"


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start()
    yield made
    made.server.close()


def resources(setting: Setting, account: str = GOVERNANCE, owner: str = "SELF") -> dict[str, str]:
    found = setting.client("ram", account).list_resources(resourceOwner=owner)["resources"]
    return {each["arn"]: each["type"] for each in found}


def principals(setting: Setting) -> list[str]:
    found = setting.client("ram").list_principals(resourceOwner="SELF")["principals"]
    return [each["id"] for each in found]


def shares(setting: Setting, account: str, owner: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = setting.client("ram", account).get_resource_shares(resourceOwner=owner)[
        "resourceShares"
    ]
    return found


LAKE_FORMATION = {"Effect": "Allow", "Action": "lakeformation:*", "Resource": "*"}
CREATE = {"Effect": "Allow", "Action": "ram:CreateResourceShare", "Resource": "*"} | {
    "Condition": {"StringLikeIfExists": {"ram:RequestedResourceType": ["glue:Table", "glue:Database", "glue:Catalog"]}}
}
MANAGE = {
    "Effect": "Allow",
    "Action": ["ram:AssociateResourceShare", "ram:DisassociateResourceShare"],
    "Resource": "*",
    "Condition": {"StringLike": {"ram:ResourceShareName": ["LakeFormation*"]}},
}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [([], []), ([MANAGE], []), ([CREATE], ["grant"]), ([CREATE, MANAGE], ["grant", "second", "revoke"])],
)
def test_the_grantors_own_rights_in_ram_are_asked(
    setting: Setting, statements: list[dict[str, Any]], expected: list[str]
) -> None:
    """The statements of AWSLakeFormationCrossAccountManager:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLakeFormationCrossAccountManager.html
    """
    policy = {"Version": "2012-10-17", "Statement": [LAKE_FORMATION, *statements]}
    setting.users[f"{GOVERNANCE}/grantor"] = add_user(GOVERNANCE, "grantor", json.dumps(policy))
    grantor = {"DataLakePrincipalIdentifier": ADMIN.replace("admin", "grantor")}
    setting.lake().settings["DataLakeAdmins"].append(grantor)
    client = setting.client("lakeformation", name="grantor")
    reader = {"DataLakePrincipalIdentifier": READER}
    done, codes = [], set()
    for name, call, resource, permission in (
        ("grant", client.grant_permissions, DATABASE, "DESCRIBE"),
        ("second", client.grant_permissions, columns("id"), "SELECT"),
        ("revoke", client.revoke_permissions, columns("id"), "SELECT"),
    ):
        try:
            call(Principal=reader, Resource=resource, Permissions=[permission])
            done.append(name)
        except ClientError as error:
            codes.add(error.response["Error"]["Code"])
    assert done == expected
    assert codes <= {"AccessDeniedException", "InvalidInputException"}


def test_a_grant_at_home_makes_no_share(setting: Setting) -> None:
    setting.grant(TABLE, ["SELECT"], to=ADMIN)
    assert shares(setting, GOVERNANCE, "SELF") == []


def test_one_share_holds_what_the_grants_need(setting: Setting) -> None:
    add_role(CONSUMER, "other", trust(CONSUMER))
    other = READER.replace("reader", "other")
    setting.grant(DATABASE, ["DESCRIBE"])
    setting.grant(columns("id"), ["SELECT"], to=other)
    (share,) = shares(setting, GOVERNANCE, "SELF")
    assert share["name"].startswith("LakeFormation-V4-")
    assert shares(setting, CONSUMER, "OTHER-ACCOUNTS") == [share]
    assert principals(setting) == [other, READER]
    assert resources(setting) == {CATALOG: "glue:Catalog", LOANS: "glue:Database", LOAN: "glue:Table"}
    assert resources(setting, CONSUMER, "OTHER-ACCOUNTS") == resources(setting)
    found = setting.client("ram").get_resource_share_associations(associationType="PRINCIPAL")
    assert {(each["associatedEntity"], each["status"]) for each in found["resourceShareAssociations"]} == {
        (other, "ASSOCIATED"),
        (READER, "ASSOCIATED"),
    }


def test_a_share_goes_with_its_last_grant(setting: Setting) -> None:
    add_role(CONSUMER, "other", trust(CONSUMER))
    other = READER.replace("reader", "other")
    setting.grant(DATABASE, ["DESCRIBE"])
    setting.grant(columns("id"), ["SELECT"])
    setting.grant(DATABASE, ["DESCRIBE"], to=other)
    setting.revoke(columns("id"), ["SELECT"])
    assert (principals(setting), set(resources(setting))) == ([other, READER], {CATALOG, LOANS})
    setting.revoke(DATABASE, ["DESCRIBE"])
    assert principals(setting) == [other]
    setting.revoke(DATABASE, ["DESCRIBE"], to=other)
    assert [share["status"] for share in shares(setting, GOVERNANCE, "SELF")] == ["DELETED"]
    assert resources(setting) == {}
    setting.grant(DATABASE, ["DESCRIBE"])
    assert [share["status"] for share in shares(setting, GOVERNANCE, "SELF")] == ["DELETED", "ACTIVE"]


def test_a_tag_policy_shares_the_catalog(setting: Setting) -> None:
    setting.client("lakeformation").create_lf_tag(TagKey="class", TagValues=["open"])
    tag = [{"TagKey": "class", "TagValues": ["open"]}]
    setting.grant({"LFTagPolicy": {"ResourceType": "TABLE", "Expression": tag}}, ["SELECT"])
    assert set(resources(setting)) == {CATALOG}


def test_a_dropped_database_leaves_its_share_behind(setting: Setting) -> None:
    """ "Revoke cross-account permissions before you delete a database or table." """
    setting.grant(DATABASE, ["DESCRIBE"])
    setting.grant(DATABASE, ["DROP"], to=ADMIN)
    setting.client("glue").delete_database(Name="loans")
    assert principals(setting) == [READER]
    assert set(resources(setting)) == {CATALOG, LOANS}


def test_an_invitation_may_be_rejected(setting: Setting) -> None:
    setting.world.organization.discard(CONSUMER)
    setting.grant(DATABASE, ["DESCRIBE"])
    consumer = setting.client("ram", CONSUMER)
    (invitation,) = consumer.get_resource_share_invitations()["resourceShareInvitations"]
    arn = invitation["resourceShareInvitationArn"]
    answer = consumer.reject_resource_share_invitation(resourceShareInvitationArn=arn)
    assert answer["resourceShareInvitation"]["status"] == "REJECTED"
    assert resources(setting, CONSUMER, "OTHER-ACCOUNTS") == {}


def test_outside_of_the_organization_somebody_has_to_accept(setting: Setting) -> None:
    setting.world.organization.discard(CONSUMER)
    setting.link()
    setting.grant(DATABASE, ["DESCRIBE"])
    setting.grant(columns("id"), ["SELECT"])

    def visible() -> set[str]:
        return set(columns_visible(setting.world, setting.session(), REGION, "loans", "loan"))

    assert visible() == set()
    assert resources(setting, CONSUMER, "OTHER-ACCOUNTS") == {}
    consumer = setting.client("ram", CONSUMER)
    (invitation,) = consumer.get_resource_share_invitations()["resourceShareInvitations"]
    assert (invitation["senderAccountId"], invitation["receiverAccountId"]) == (GOVERNANCE, CONSUMER)
    arn = invitation["resourceShareInvitationArn"]
    answer = consumer.accept_resource_share_invitation(resourceShareInvitationArn=arn)
    assert answer["resourceShareInvitation"]["status"] == "ACCEPTED"
    assert visible() == {"id"}
    with pytest.raises(ClientError) as again:
        consumer.accept_resource_share_invitation(resourceShareInvitationArn=arn)
    assert again.value.response["Error"]["Code"] == "ResourceShareInvitationAlreadyAcceptedException"
