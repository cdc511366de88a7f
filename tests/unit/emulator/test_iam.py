"""Who may do what: identity policies, boundary, session policies and a bucket's policy, together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.errors import Refused
from tests.emulator.iam import Question, effect
from tests.emulator.identity import Credentials, add_user
from tests.unit.emulator.house import (
    EVERYTHING,
    ONE,
    REGION,
    STRANGER,
    TWO,
    House,
    allow,
    deny,
    document,
    refused,
    trusting,
)

ADMIN = f"arn:aws:iam::{ONE}:user/admin"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], None),
        ([allow("iam:GetRole", "arn:aws:iam::*:role/mesh/*")], "Allow"),
        ([allow("IAM:get*", "arn:aws:iam::*:role/mesh/*")], "Allow"),
        ([allow("iam:GetRole", "arn:aws:iam::*:role/other/*")], None),
        ([allow("iam:GetRol", "*")], None),
        ([EVERYTHING, deny("iam:GetRole")], "Deny"),
        ([deny("iam:GetRole"), EVERYTHING], "Deny"),
        ([EVERYTHING, deny("iam:GetRole", "arn:aws:iam::*:role/other")], "Allow"),
        ([{"Effect": "Allow", "NotAction": "iam:Get*", "Resource": "*"}], None),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], "Allow"),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:iam::*:role/mesh/*"}], None),
        ([{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:iam::*:role/mesh/*"}, EVERYTHING], "Allow"),
        ([allow("*", "arn:aws:iam::*:role/${aws:username}/*")], None),
        ([allow("*", "arn:aws:iam::*:role/${aws:PrincipalTag/team}/*")], "Allow"),
    ],
)
def test_what_policies_say(statements: list[dict[str, Any]], expected: str | None) -> None:
    question = Question(
        "iam:GetRole",
        f"arn:aws:iam::{ONE}:role/mesh/reader",
        {"aws:username": None, "aws:principaltag/team": ("mesh",)},
    )
    assert effect([{"Statement": [one]} for one in statements], question) == expected
    assert effect([{"Statement": statements}], question) == expected


def test_an_element_nobody_evaluates_is_refused() -> None:
    with pytest.raises(Refused, match="NotPrincipal"):
        effect([{"Statement": {"Effect": "Deny", "NotPrincipal": "*"}}], Question("a", "b", {}))


def test_a_user_may_what_its_groups_and_policies_say(house: House) -> None:
    nobody = add_user(ONE, "nobody", document(allow("sts:*")))
    mine = house.client("iam", nobody)
    assert refused(mine.list_users) == (
        "AccessDenied",
        f"User: arn:aws:iam::{ONE}:user/nobody is not authorized to perform: iam:ListUsers on resource: * "
        "because no identity-based policy allows the iam:ListUsers action",
    )
    iam = house.client("iam")
    listing = iam.create_policy(PolicyName="listing", PolicyDocument=document(allow("iam:ListUsers")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="nobody", PolicyArn=listing)
    mine.list_users()
    iam.detach_user_policy(UserName="nobody", PolicyArn=listing)
    refused(mine.list_users)
    iam.create_group(GroupName="listers")
    iam.attach_group_policy(GroupName="listers", PolicyArn=listing)
    iam.add_user_to_group(GroupName="listers", UserName="nobody")
    mine.list_users()
    assert refused(lambda: mine.get_user(UserName="admin"))[0] == "AccessDenied"
    iam.create_policy_version(PolicyArn=listing, PolicyDocument=document(deny("iam:ListUsers")), SetAsDefault=True)
    assert refused(mine.list_users)[1].endswith("with an explicit deny in an identity-based policy")
    iam.set_default_policy_version(PolicyArn=listing, VersionId="v1")
    mine.list_users()


def test_the_code_follows_the_protocol(house: House) -> None:
    nobody = add_user(ONE, "nobody", document(allow("sts:*")))
    code, text = refused(house.client("glue", nobody).get_databases)
    assert code == "AccessDeniedException"
    assert f"glue:GetDatabases on resource: arn:aws:glue:{REGION}:{ONE}:catalog because no identity" in text


def test_the_path_is_part_of_what_is_checked(house: House) -> None:
    arn = house.role("reader", ADMIN, Path="/mesh/")
    assert arn == f"arn:aws:iam::{TWO}:role/mesh/reader"
    by_path = add_user(TWO, "by-path", document(allow("iam:GetRole", f"arn:aws:iam::{TWO}:role/mesh/*")))
    by_name = add_user(TWO, "by-name", document(allow("iam:GetRole", f"arn:aws:iam::{TWO}:role/reader")))
    house.client("iam", by_path).get_role(RoleName="reader")
    assert arn in refused(lambda: house.client("iam", by_name).get_role(RoleName="reader"))[1]


def test_a_boundary_limits_a_role(house: House) -> None:
    iam = house.client("iam", house.two)
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=document(allow("iam:List*")))["Policy"]["Arn"]
    bounded = house.assume(house.role("bounded", ADMIN, EVERYTHING, PermissionsBoundary=bound))
    house.client("iam", bounded).list_roles()
    ask = house.client("iam", bounded).get_user
    assert refused(lambda: ask(UserName="admin"))[1].endswith(
        "because no permissions boundary allows the iam:GetUser action"
    )
    iam.delete_role_permissions_boundary(RoleName="bounded")
    ask(UserName="admin")
    iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=bound)
    refused(lambda: ask(UserName="admin"))
    iam.create_policy_version(
        PolicyArn=bound, PolicyDocument=document(EVERYTHING, deny("iam:GetUser")), SetAsDefault=True
    )
    assert refused(lambda: ask(UserName="admin"))[1].endswith("with an explicit deny in a permissions boundary")


def test_who_delegates_asks_for_the_boundary_of_the_role_that_is_changed(house: House) -> None:
    iam = house.client("iam", house.two)
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=document(EVERYTHING))["Policy"]["Arn"]
    within = {"Condition": {"StringEquals": {"iam:PermissionsBoundary": bound}}}
    delegate = add_user(TWO, "delegate", document(allow(["iam:CreateRole", "iam:PutRolePolicy"]) | within))
    trust = document(trusting(ADMIN))
    its = house.client("iam", delegate)
    its.create_role(RoleName="bounded", AssumeRolePolicyDocument=trust, PermissionsBoundary=bound)
    its.put_role_policy(RoleName="bounded", PolicyName="all", PolicyDocument=document(EVERYTHING))
    iam.create_role(RoleName="free", AssumeRolePolicyDocument=trust)
    more = {"PolicyName": "all", "PolicyDocument": document(EVERYTHING)}
    refused(lambda: its.put_role_policy(RoleName="free", **more))
    refused(lambda: its.put_role_policy(RoleName="nobody", **more))
    iam.delete_role_permissions_boundary(RoleName="bounded")
    refused(lambda: its.put_role_policy(RoleName="bounded", **more))


def test_a_session_may_what_role_and_session_policy_both_allow(house: House) -> None:
    role = house.role("lister", ADMIN, allow(["iam:List*", "iam:GetRole"]))
    narrow = house.assume(role, Policy=document(allow(["iam:ListRoles", "iam:GetUser"])))
    house.client("iam", narrow).list_roles()
    assert "no session policy allows" in refused(house.client("iam", narrow).list_users)[1]
    assert "no identity-based policy allows" in refused(house.client("iam", narrow).get_user)[1]
    denied = house.assume(role, Policy=document(EVERYTHING, deny("iam:ListRoles")))
    assert refused(house.client("iam", denied).list_roles)[1].endswith("with an explicit deny in a session policy")
    house.client("iam", denied).list_users()


def test_a_session_ends_with_its_role(house: House) -> None:
    session = house.assume(house.role("short", ADMIN, EVERYTHING))
    house.client("iam", house.two).delete_role_policy(RoleName="short", PolicyName="inline")
    house.client("iam", house.two).delete_role(RoleName="short")
    assert refused(house.client("iam", session).list_roles)[0] == "InvalidClientTokenId"


class TestBucketPolicy:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html"""

    OBJECT = "arn:aws:s3:::lake/a"

    def policy(self, house: House, *statements: dict[str, Any]) -> None:
        house.client("s3").put_bucket_policy(Bucket="lake", Policy=document(*statements))

    def get(self, house: House, who: Credentials) -> None:
        house.client("s3", who).get_object(Bucket="lake", Key="a")

    @pytest.fixture(autouse=True)
    def lake(self, house: House) -> None:
        s3 = house.client("s3")
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="lake", Key="a", Body=b"1")

    def test_in_its_account_either_side_is_enough(self, house: House) -> None:
        allowed = add_user(ONE, "allowed", document(allow("s3:GetObject", self.OBJECT)))
        named = add_user(ONE, "named", document(allow("sts:*")))
        self.get(house, allowed)
        assert refused(lambda: self.get(house, named))[0] == "AccessDenied"
        by_user = trusting(f"arn:aws:iam::{ONE}:user/named", "s3:GetObject") | {"Resource": self.OBJECT}
        self.policy(house, by_user)
        self.get(house, named)

    def test_the_account_as_principal_leaves_it_to_iam(self, house: House) -> None:
        nobody = add_user(ONE, "nobody", document(allow("sts:*")))
        self.policy(house, trusting(f"arn:aws:iam::{ONE}:root", "s3:GetObject") | {"Resource": self.OBJECT})
        assert "no identity-based policy" in refused(lambda: self.get(house, nobody))[1]

    def test_its_deny_stands_above_any_allow(self, house: House) -> None:
        self.policy(house, {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": self.OBJECT})
        assert refused(lambda: self.get(house, house.one))[1].endswith(
            "with an explicit deny in a resource-based policy"
        )

    def test_from_another_account_both_sides_must_allow(self, house: House) -> None:
        stranger = add_user(STRANGER, "admin")
        unable = add_user(STRANGER, "unable", document(allow("sts:*")))
        self.policy(house, trusting(f"arn:aws:iam::{STRANGER}:root", "s3:GetObject") | {"Resource": self.OBJECT})
        self.get(house, stranger)
        assert "no identity-based policy" in refused(lambda: self.get(house, unable))[1]
        assert "no resource-based policy" in refused(lambda: self.get(house, house.two))[1]

    def test_from_another_account_a_bucket_without_policy_is_closed(self, house: House) -> None:
        assert refused(lambda: self.get(house, house.two))[0] == "AccessDenied"

    def test_a_session_policy_limits_what_the_role_was_given_but_not_the_session(self, house: House) -> None:
        """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session"""
        role = house.role("reader", ADMIN, EVERYTHING)
        s3 = house.client("s3", house.two)
        s3.create_bucket(Bucket="own", CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="own", Key="a", Body=b"1")
        narrow = house.assume(role, session="night", Policy=document(allow("iam:ListRoles")))
        resource = {"Resource": "arn:aws:s3:::own/a"}
        get = house.client("s3", narrow).get_object
        s3.put_bucket_policy(Bucket="own", Policy=document(trusting(role, "s3:GetObject") | resource))
        assert "no session policy" in refused(lambda: get(Bucket="own", Key="a"))[1]
        session = f"arn:aws:sts::{TWO}:assumed-role/reader/night"
        s3.put_bucket_policy(Bucket="own", Policy=document(trusting(session, "s3:GetObject") | resource))
        get(Bucket="own", Key="a")
