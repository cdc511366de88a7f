"""Whom a trust policy may name.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from functools import partial

import pytest

from tests.emulator.identity import add_user
from tests.unit.emulator.house import ONE, STRANGER, TWO, House, document, refused, trusting

SERVICE = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize("missing", [f"arn:aws:iam::{ONE}:role/none", f"arn:aws:iam::{TWO}:user/none"])
def test_a_user_or_role_that_is_not_there_is_no_principal(house: House, missing: str) -> None:
    iam = house.client("iam", house.two)
    expected = ("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{missing}"')
    assert refused(lambda: house.role("reader", missing)) == expected
    assert iam.list_roles()["Roles"] == []
    house.role("reader", f"arn:aws:iam::{ONE}:root")
    both = document(trusting([f"arn:aws:iam::{ONE}:root", missing]))
    update = iam.update_assume_role_policy
    assert refused(lambda: update(RoleName="reader", PolicyDocument=both)) == expected
    assert missing not in str(iam.get_role(RoleName="reader")["Role"]["AssumeRolePolicyDocument"])


def test_who_is_there_is_a_principal_by_his_whole_arn(house: House) -> None:
    add_user(ONE, "anna")
    broker = house.role("broker", f"arn:aws:iam::{ONE}:user/anna", Path="/company/")
    house.role("reader", broker)
    assert refused(lambda: house.role("other", broker.replace("/company/", "/")))[0] == "MalformedPolicyDocument"


def test_accounts_and_services_are_not_looked_up(house: House) -> None:
    house.role("by-account", [f"arn:aws:iam::{STRANGER}:root", STRANGER])
    house.role("by-service", SERVICE)
    house.role("by-anybody", trusting("*"))


def test_what_is_no_policy_is_refused(house: House) -> None:
    create = house.client("iam", house.two).create_role
    for text in ("{", "[]", "{}"):
        found = refused(partial(create, RoleName="reader", AssumeRolePolicyDocument=text))
        assert found == ("MalformedPolicyDocument", "Syntax errors in policy.")
