"""Assuming a role: trust, the caller's own policies, durations, session policies, tags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.emulator.identity import Credentials, add_user
from tests.unit.emulator.house import (
    EVERYTHING,
    ONE,
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
ROOT = f"arn:aws:iam::{ONE}:root"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_session_is_the_role(house: House) -> None:
    session = house.assume(house.role("reader", ADMIN, Path="/mesh/"), session="me@example.org")
    identity = house.client("sts", session).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{TWO}:assumed-role/reader/me@example.org"
    assert identity["Account"] == TWO
    role_id = house.client("iam", house.two).get_role(RoleName="reader")["Role"]["RoleId"]
    assert identity["UserId"] == f"{role_id}:me@example.org"


def test_a_session_needs_its_token(house: House) -> None:
    session = house.assume(house.role("reader", ADMIN))
    forged = Credentials(session.access_key, session.secret, "x" * 100)
    assert refused(house.client("sts", forged).get_caller_identity)[0] == "InvalidClientTokenId"


@pytest.mark.parametrize(
    ("trust", "asked", "trusted"),
    [
        (trusting(ADMIN), {}, True),
        (trusting(ROOT), {}, True),
        (trusting(ONE), {}, True),
        (trusting("*"), {}, True),
        (trusting([f"arn:aws:iam::{STRANGER}:root", ROOT]), {}, True),
        (trusting(f"arn:aws:iam::{STRANGER}:root"), {}, False),
        (trusting(f"arn:aws:iam::{ONE}:user/other"), {}, False),
        ({"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}, {}, False),
        (trusting(ADMIN, "sts:TagSession"), {}, False),
        (trusting(ADMIN, StringEquals={"sts:ExternalId": "x1"}), {}, False),
        (trusting(ADMIN, StringEquals={"sts:ExternalId": "x1"}), {"ExternalId": "x2"}, False),
        (trusting(ADMIN, StringEquals={"sts:ExternalId": "x1"}), {"ExternalId": "x1"}, True),
        (trusting("*", StringEquals={"aws:PrincipalOrgID": "o-exampleorgid"}), {}, True),
        (trusting("*", StringEquals={"aws:PrincipalOrgID": "o-another"}), {}, False),
        (trusting(ROOT, ArnEquals={"aws:PrincipalArn": ADMIN}), {}, True),
        (trusting(ROOT, ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{ONE}:role/*"}), {}, False),
        (trusting(ADMIN, StringLike={"sts:RoleSessionName": "day*"}), {}, False),
        (trusting(ADMIN, DateLessThan={"aws:CurrentTime": "2026-11-21T12:00:00Z"}), {}, False),
        (trusting(ADMIN, DateLessThan={"aws:CurrentTime": "2026-11-21T12:00:01Z"}), {}, True),
    ],
)
def test_the_trust_policy_decides(house: House, trust: dict[str, Any], asked: dict[str, Any], trusted: bool) -> None:
    house.world.set_now(NOON)
    add_user(ONE, "other")
    role = house.role("reader", trust)
    if trusted:
        house.assume(role, **asked)
    else:
        code, text = refused(lambda: house.assume(role, **asked))
        assert (code, text) == (
            "AccessDenied",
            f"User: {ADMIN} is not authorized to perform: sts:AssumeRole "
            "because no role trust policy allows the sts:AssumeRole action",
        )


def test_trust_ends_at_its_instant(house: House) -> None:
    house.world.set_now(NOON)
    role = house.role("reader", trusting(ADMIN, DateLessThan={"aws:CurrentTime": "2026-11-21T12:00:01Z"}))
    house.assume(role)
    house.world.pass_time(timedelta(seconds=1))
    assert refused(lambda: house.assume(role))[0] == "AccessDenied"


def test_a_deny_in_the_trust_policy_stands_above_its_allow(house: House) -> None:
    role = house.role("reader", ADMIN)
    both = document(trusting(ROOT), trusting(ADMIN) | {"Effect": "Deny"})
    house.client("iam", house.two).update_assume_role_policy(RoleName="reader", PolicyDocument=both)
    assert refused(lambda: house.assume(role))[1].endswith("with an explicit deny in the role trust policy")


def test_across_accounts_the_callers_policies_must_allow_too(house: House) -> None:
    unable = add_user(ONE, "unable", document(allow("iam:*")))
    able = add_user(ONE, "able", document(allow("sts:AssumeRole", f"arn:aws:iam::{TWO}:role/reader")))
    role = house.role("reader", [ROOT, f"arn:aws:iam::{ONE}:user/unable"])
    assert (
        "because no identity-based policy allows the sts:AssumeRole" in refused(lambda: house.assume(role, unable))[1]
    )
    house.assume(role, able)
    assert refused(lambda: house.assume(house.role("other", ROOT), able))[0] == "AccessDenied"


def test_in_one_account_a_trust_that_names_the_caller_is_enough(house: House) -> None:
    unable = add_user(TWO, "unable", document(allow("iam:*")))
    denied = add_user(TWO, "denied", document(deny("sts:AssumeRole")))
    named = house.role("named", [f"arn:aws:iam::{TWO}:user/{name}" for name in ("unable", "denied")])
    house.assume(named, unable)
    assert "explicit deny in an identity-based policy" in refused(lambda: house.assume(named, denied))[1]
    by_account = house.role("by-account", f"arn:aws:iam::{TWO}:root")
    assert "no identity-based policy" in refused(lambda: house.assume(by_account, unable))[1]
    house.assume(by_account, house.two)


def test_what_iam_allows_is_not_enough_without_trust(house: House) -> None:
    assert refused(lambda: house.assume(house.role("closed", ADMIN), house.two))[0] == "AccessDenied"


def test_a_role_that_is_not_there_is_denied(house: House) -> None:
    assert refused(lambda: house.assume(f"arn:aws:iam::{TWO}:role/none"))[0] == "AccessDenied"
    assert refused(lambda: house.assume(f"arn:aws:sts::{TWO}:role/none"))[0] == "ValidationError"


def test_sessions_are_trusted_by_role_or_by_name(house: House) -> None:
    first = house.assume(house.role("first", ADMIN, allow("sts:AssumeRole")), session="night")
    house.assume(house.role("by-role", f"arn:aws:iam::{TWO}:role/first"), first)
    house.assume(house.role("by-session", f"arn:aws:sts::{TWO}:assumed-role/first/night"), first)
    other = house.role("by-another", f"arn:aws:sts::{TWO}:assumed-role/first/day")
    assert refused(lambda: house.assume(other, first))[0] == "AccessDenied"


class TestDuration:
    def test_a_session_ends(self, house: House) -> None:
        house.world.set_now(NOON)
        session = house.assume(house.role("reader", ADMIN, EVERYTHING), DurationSeconds=900)
        house.world.pass_time(timedelta(seconds=899))
        house.client("iam", session).list_roles()
        house.world.pass_time(timedelta(seconds=1))
        assert refused(house.client("iam", session).list_roles)[0] == "ExpiredToken"
        assert refused(house.client("glue", session).get_databases)[0] == "ExpiredTokenException"

    def test_an_hour_by_default(self, house: House) -> None:
        house.world.set_now(NOON)
        role = house.role("reader", ADMIN)
        answer = house.client("sts").assume_role(RoleArn=role, RoleSessionName="night")
        assert answer["Credentials"]["Expiration"] == NOON + timedelta(hours=1)

    @pytest.mark.parametrize(("seconds", "fits"), [(899, False), (900, True), (7200, True), (7201, False)])
    def test_between_a_quarter_of_an_hour_and_the_roles_maximum(self, house: House, seconds: int, fits: bool) -> None:
        role = house.role("long", ADMIN, MaxSessionDuration=7200)
        unchecked = house.server.client("sts", house.one, parameter_validation=False)

        def ask() -> None:
            unchecked.assume_role(RoleArn=role, RoleSessionName="night", DurationSeconds=seconds)

        if fits:
            ask()
        else:
            assert refused(ask)[0] == "ValidationError"

    def test_an_hour_at_most_in_a_chain(self, house: House) -> None:
        house.world.set_now(NOON)
        first = house.assume(house.role("first", ADMIN, allow("sts:AssumeRole"), MaxSessionDuration=43200))
        second = house.role("second", f"arn:aws:iam::{TWO}:role/first", MaxSessionDuration=43200)
        house.assume(second, first, DurationSeconds=3600)
        code, text = refused(lambda: house.assume(second, first, DurationSeconds=3601))
        assert (code, "role chaining" in text) == ("ValidationError", True)
        house.assume(house.role("direct", ADMIN, MaxSessionDuration=43200), DurationSeconds=43200)


class TestSessionPolicies:
    def test_by_arn(self, house: House) -> None:
        create = house.client("iam", house.two).create_policy
        listing = create(PolicyName="listing", PolicyDocument=document(allow("iam:ListRoles")))["Policy"]["Arn"]
        session = house.assume(house.role("reader", ADMIN, EVERYTHING), PolicyArns=[{"arn": listing}])
        house.client("iam", session).list_roles()
        assert "no session policy" in refused(house.client("iam", session).list_users)[1]

    def test_a_policy_of_another_account_is_not_guessed(self, house: House) -> None:
        create = house.client("iam").create_policy
        foreign = create(PolicyName="foreign", PolicyDocument=document(allow("iam:ListRoles")))["Policy"]["Arn"]
        role = house.role("reader", ADMIN, EVERYTHING)
        assert refused(lambda: house.assume(role, PolicyArns=[{"arn": foreign}]))[0] == "Refused"
        assert f"not in account {TWO}" in house.refusals()[0]

    def test_2048_characters_and_ten_arns(self, house: House) -> None:
        role = house.role("reader", ADMIN, EVERYTHING)
        frame = len(document(allow("iam:ListRoles", "")))
        fits = document(allow("iam:ListRoles", "x" * (2048 - frame)))
        assert len(fits) == 2048
        house.assume(role, Policy=fits)
        assert refused(lambda: house.assume(role, Policy=fits + " "))[0] == "ValidationError"
        create = house.client("iam", house.two).create_policy
        arns = [
            {"arn": create(PolicyName=f"p{number}", PolicyDocument=document(allow("iam:ListRoles")))["Policy"]["Arn"]}
            for number in range(11)
        ]
        house.assume(role, PolicyArns=arns[:10])
        assert refused(lambda: house.assume(role, PolicyArns=arns))[0] == "ValidationError"
        assert refused(lambda: house.assume(role, Policy=fits, PolicyArns=arns[:1]))[0] == "ValidationError"

    @pytest.mark.parametrize("documents_count", [False, True])
    def test_what_of_a_managed_policy_counts_is_not_known(self, house: House, documents_count: bool) -> None:
        role = house.role("reader", ADMIN, EVERYTHING)
        house.world.session_policy_documents_count = documents_count
        long = document(allow("iam:GetRole", [f"arn:aws:iam::{TWO}:role/{number:0100}" for number in range(20)]))
        create = house.client("iam", house.two).create_policy
        arn = create(PolicyName="long", PolicyDocument=long)["Policy"]["Arn"]
        if documents_count:
            assert refused(lambda: house.assume(role, PolicyArns=[{"arn": arn}]))[0] == "ValidationError"
        else:
            house.assume(role, PolicyArns=[{"arn": arn}])

    def test_a_policy_that_is_none(self, house: House) -> None:
        role = house.role("reader", ADMIN, EVERYTHING)
        for text in ("{", "[]", "{}"):
            assert refused(partial(house.assume, role, Policy=text))[0] == "MalformedPolicyDocument"


class TestTags:
    TAGS = ({"Key": "team", "Value": "lending"},)

    def test_need_the_right_to_tag_on_both_sides(self, house: House) -> None:
        role = house.role("plain", ADMIN)
        assert "sts:TagSession" in refused(lambda: house.assume(role, Tags=self.TAGS))[1]
        tagged = house.role("tagged", trusting(ADMIN, ["sts:AssumeRole", "sts:TagSession"]))
        house.assume(tagged, Tags=self.TAGS)
        unable = add_user(ONE, "unable", document(allow("sts:AssumeRole")))
        by_root = house.role("by-root", trusting(ROOT, ["sts:AssumeRole", "sts:TagSession"]))
        house.assume(by_root, unable)
        assert "sts:TagSession" in refused(lambda: house.assume(by_root, unable, Tags=self.TAGS))[1]

    def test_are_the_principals(self, house: House) -> None:
        trust = trusting(ADMIN, ["sts:AssumeRole", "sts:TagSession"])
        mine = allow("iam:ListRoles", StringEquals={"aws:PrincipalTag/team": "lending"})
        role = house.role("reader", trust, mine)
        house.client("iam", house.assume(role, Tags=self.TAGS)).list_roles()
        refused(house.client("iam", house.assume(role)).list_roles)
        house.client("iam", house.two).tag_role(RoleName="reader", Tags=list(self.TAGS))
        house.client("iam", house.assume(role)).list_roles()
        other = house.assume(role, Tags=[{"Key": "team", "Value": "cards"}])
        refused(house.client("iam", other).list_roles)

    def test_can_be_asked_for_by_trust(self, house: House) -> None:
        asked = trusting(ADMIN, ["sts:AssumeRole", "sts:TagSession"], StringEquals={"aws:RequestTag/team": "lending"})
        role = house.role("reader", asked)
        house.assume(role, Tags=self.TAGS)
        refused(lambda: house.assume(role))
        refused(lambda: house.assume(role, Tags=[{"Key": "team", "Value": "cards"}]))

    def test_only_one_tag_with_one_value_passes(self, house: House) -> None:
        """A session without it starts; it is another statement that lets the tag pass."""
        tagging = trusting(
            ADMIN,
            "sts:TagSession",
            **{
                "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
                "StringEquals": {"aws:RequestTag/team": "lending"},
            },
        )
        role = house.role("reader", trusting(ADMIN))
        both = document(trusting(ADMIN), tagging)
        house.client("iam", house.two).update_assume_role_policy(RoleName="reader", PolicyDocument=both)
        house.assume(role)
        house.assume(role, Tags=self.TAGS)
        more = {"Key": "purpose", "Value": "risk"}
        for tags in ([{"Key": "team", "Value": "cards"}], [*self.TAGS, more], [more]):
            code, text = refused(partial(house.assume, role, Tags=tags))
            assert (code, "sts:TagSession" in text) == ("AccessDenied", True)

    def test_any_of_the_tags_is_enough_where_the_trust_says_so(self, house: House) -> None:
        either = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}
        role = house.role("reader", trusting(ADMIN, ["sts:AssumeRole", "sts:TagSession"], **either))
        house.assume(role, Tags=[*self.TAGS, {"Key": "purpose", "Value": "risk"}])
        refused(lambda: house.assume(role, Tags=[{"Key": "purpose", "Value": "risk"}]))

    def test_are_handed_on_when_transitive(self, house: House) -> None:
        both = ["sts:AssumeRole", "sts:TagSession"]
        first = house.role("first", trusting(ADMIN, both), allow("sts:*"))
        mine = allow("iam:ListRoles", StringEquals={"aws:PrincipalTag/team": "lending"})
        second = house.role("second", trusting(f"arn:aws:iam::{TWO}:role/first", both), mine)
        handed = house.assume(first, Tags=self.TAGS, TransitiveTagKeys=["team"])
        kept = house.assume(first, Tags=self.TAGS)
        house.client("iam", house.assume(second, handed)).list_roles()
        refused(house.client("iam", house.assume(second, kept)).list_roles)
        assert refused(lambda: house.assume(second, handed, Tags=self.TAGS))[0] == "Refused"
        assert "hands on" in house.refusals()[0]


def test_what_is_not_emulated_is_refused(house: House) -> None:
    role = house.role("reader", ADMIN)
    assert refused(lambda: house.assume(role, SourceIdentity="me"))[0] == "Refused"
    assert house.refusals() == ["sts:AssumeRole: SourceIdentity"]
