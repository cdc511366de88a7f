"""Access roles, session policies and links: whom they trust, what their statements reach, and when each ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import Any

import pytest

from engine.grants.access_role.compile import declared_roles
from engine.grants.access_role.evaluate import assumable_by
from engine.grants.documents import characters, document, statement
from engine.grants.equivalence import compare
from engine.grants.session_policy.compile import WITHOUT_ARN
from engine.model.instants import parse_instant
from engine.model.plan import Document, Plan, RolePlan
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import NOW, planned

ROLE = "fraud-analyst/fraud-detection/300000000001"
OTHER = "fraud-analyst/reporting/300000000001"
WORKLOAD = "arn:aws:iam::300000000001:role/screening"
APPLICATION: Facts = {
    "personas": {"fraud-analyst": {"kind": "application", "groups": ["screening"], "owner": "fraud-team"}}
}


def role_of(plan: Plan, id: str = ROLE) -> RolePlan:
    return next(role for role in plan.access_roles if role.id == id)


def statements(policy: Document) -> list[dict[str, Any]]:
    found = policy["Statement"]
    assert isinstance(found, list)
    return found


def assumers(role: RolePlan, at: datetime) -> frozenset[str]:
    windows = assumable_by(role).items()
    return frozenset(arn for arn, held in windows if any(start <= at < end for start, end in held))


class TestRoles:
    def test_a_role_stands_for_each_purpose_and_account_granted_or_not(self) -> None:
        accounts = {
            "300000000002": {"name": "more", "environment": "prod", "regions": ["eu-west-1"], "roles": ["consumer"]}
        }
        mesh = small_mesh(
            {
                "accounts": accounts,
                "personas": {"fraud-analyst": {"accounts": ["300000000001", "300000000002"]}},
                "agreements": {"loans-for-fraud": None},
            }
        )
        expected = [
            f"fraud-analyst/{purpose}/30000000000{number}"
            for purpose in ("fraud-detection", "reporting")
            for number in (1, 2)
        ]
        assert [role.id for role in declared_roles(mesh)] == expected
        plan = planned(mesh)
        assert [role.id for role in plan.access_roles] == expected
        assert not any((plan.grants, plan.session_policies, plan.links))
        assert all(assumers(role, NOW) == frozenset() and not role.policies for role in plan.access_roles)

    def test_a_job_s_role_trusts_the_broker_alone_while_it_is_granted_something(self) -> None:
        role = role_of(planned(small_mesh()))
        broker = frozenset({"arn:aws:iam::100000000001:role/broker"})
        assert role.name == "mw.fraud-analyst.fraud-detection"
        assert role.arn == "arn:aws:iam::300000000001:role/mw.fraud-analyst.fraud-detection"
        assert frozenset(role.trusted) == assumers(role, NOW) == broker
        assert assumers(role, parse_instant("2026-12-31T23:59:59Z")) == broker
        assert assumers(role, parse_instant("2027-01-01T00:00:00Z")) == frozenset()

    def test_an_application_s_role_trusts_its_workloads_alone(self) -> None:
        more = "arn:aws:iam::300000000001:role/more"
        workloads: Facts = {
            "principals": {more: {"kind": "workload"}},
            "groups": {"screening": {"members": [more, WORKLOAD]}},
        }
        assert role_of(planned(small_mesh(APPLICATION))).trusted == (WORKLOAD,)
        role = role_of(planned(small_mesh(APPLICATION | workloads)))
        assert assumers(role, NOW) == {WORKLOAD, more}

    def test_an_application_without_a_workload_has_no_role(self) -> None:
        mesh = small_mesh(APPLICATION | {"groups": {"screening": {"members": []}}})
        assert planned(mesh).access_roles == ()
        assert {item.limit for item in planned(mesh).unrealised} == {"no-workload"}

    @pytest.mark.parametrize("declared", [900, 3600, 43200])
    def test_a_role_s_longest_session_is_what_is_decided_and_no_shorter_than_iam_takes(self, declared: int) -> None:
        plan = planned(small_mesh({"personas": {"fraud-analyst": {"max_session": declared}}}))
        assert role_of(plan).max_session == 3600
        assert [policy.longest_session for policy in plan.session_policies] == [min(declared, 3600)]

    @pytest.mark.parametrize(("seconds", "kind"), [(28800, "excess"), (3599, "missing")])
    def test_a_role_of_another_length_is_a_difference(self, seconds: int, kind: str) -> None:
        plan = planned(small_mesh())
        roles = tuple(replace(role, max_session=seconds) if role.id == ROLE else role for role in plan.access_roles)
        differences = compare(replace(plan, access_roles=roles)).differences
        text = f"a session of role `{ROLE}` may last {seconds} seconds, not 3600"
        assert [(difference.kind, difference.text) for difference in differences] == [(kind, text)]


class TestPolicies:
    def test_every_statement_ends_and_names_arns_where_aws_takes_them(self) -> None:
        plan = planned(small_mesh())
        documents = [policy.document for policy in plan.session_policies]
        documents += chain.from_iterable(role.policies.values() for role in plan.access_roles)
        assert len(documents) == 2
        for found in chain.from_iterable(statements(policy) for policy in documents):
            assert found["Effect"] == "Allow"
            assert found["Condition"] == {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
            if "*" in found["Resource"]:
                assert (found["Resource"], found["Action"]) == (["*"], ["lakeformation:GetDataAccess"])
                assert set(found["Action"]) < set(WITHOUT_ARN)
            else:
                assert all("*" not in arn and arn.startswith("arn:aws:") for arn in found["Resource"])
            assert all("*" not in action for action in found["Action"])

    def test_a_session_policy_reaches_the_tables_in_both_catalogs_and_the_role_s_workgroup(self) -> None:
        (policy,) = planned(small_mesh({"agreements": {"loans-for-fraud": {"tables": ["loan"]}}})).session_policies
        resources = {arn for found in statements(policy.document) for arn in found["Resource"]} - {"*"}
        assert resources == {
            *(
                f"arn:aws:glue:eu-west-1:{account}:{resource}"
                for account in ("100000000001", "300000000001")
                for resource in ("catalog", "database/mortgage__loans", "table/mortgage__loans/loan")
            ),
            "arn:aws:athena:eu-west-1:300000000001:workgroup/mw.fraud-analyst.fraud-detection",
        }

    @pytest.mark.parametrize(
        ("second", "ends"),
        [
            # it holds the same columns: the table stays open until the later end
            ({}, {"loan": "2027-01-01", "payment": "2027-01-01"}),
            # it holds other columns: the table closes with the first, until the next deploy
            ({"personal": False}, {"loan": "2026-09-01", "payment": "2026-09-01"}),
            ({"tables": ["loan"]}, {"loan": "2027-01-01", "payment": "2027-01-01"}),
            ({"tables": ["loan"], "max_classification": "internal"}, {"loan": "2026-09-01", "payment": "2027-01-01"}),
        ],
    )
    def test_a_table_s_statement_ends_no_later_than_any_of_its_columns(
        self, second: Facts, ends: dict[str, str]
    ) -> None:
        base = {
            "version": 1,
            "persona": "fraud-analyst",
            "product": "mortgage/loans",
            "purpose": "fraud-detection",
            "accounts": ["300000000001"],
            "max_classification": "restricted",
            "personal": True,
            "start": "2026-01-01T00:00:00Z",
            "end": "2026-09-01T00:00:00Z",
            "requester": "ada",
            "history": [
                {"state": "pending", "at": "2025-12-01T00:00:00Z"},
                {"state": "active", "at": "2025-12-20T00:00:00Z"},
            ],
            "approvals": [{"approver": "olga", "as": "owner", "at": "2025-12-10T00:00:00Z"}],
        }
        plan = planned(small_mesh({"agreements": {"second": base | second}}))
        (policy,) = plan.session_policies
        assert list(role_of(plan).policies.values()) == [policy.document]
        found: dict[str, set[str]] = {}
        for item in statements(policy.document):
            for arn in item["Resource"]:
                if ":table/" in arn:
                    table = arn.rpartition("/")[2]
                    found.setdefault(table, set()).add(item["Condition"]["DateLessThan"]["aws:CurrentTime"])
        assert found == {table: {f"{end}T00:00:00Z"} for table, end in ends.items()}

    def test_a_role_s_statements_are_packed_into_few_policies(self) -> None:
        tables = {f"a-table-with-quite-a-long-name-{number:02}": {"id": "internal"} for number in range(20)}
        product = small_mesh().products[0].model_dump(mode="json") | {"tables": tables}
        del product["id"]
        names = [f"mortgage/p{number}" for number in range(3)]
        agreement = {
            name.replace("/", "-"): {
                **small_mesh().agreements[0].model_dump(mode="json", exclude={"id", "approvals"}),
                "product": name,
                "approvals": [{"approver": "olga", "as": "owner", "at": "2025-12-10T00:00:00Z"}],
            }
            for name in names
        }
        plan = planned(small_mesh({"products": dict.fromkeys(names, product), "agreements": agreement}))
        policies = list(role_of(plan).policies.values())
        assert 1 < len(policies) < len(plan.session_policies) == 4
        assert all(characters(policy) <= 6144 for policy in policies)
        of_sessions = [found for policy in plan.session_policies for found in statements(policy.document)]
        of_role = [found for policy in policies for found in statements(policy)]
        assert all(found in of_role for found in of_sessions)
        assert all(found in of_sessions for found in of_role)

    def test_characters_are_counted_as_iam_does(self) -> None:
        policy = document([statement(["b:c", "a:b"], ["arn:y", "arn:x"], NOW)])
        assert policy["Statement"] == [
            {
                "Effect": "Allow",
                "Action": ["a:b", "b:c"],
                "Resource": ["arn:x", "arn:y"],
                "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-06-01T00:00:00Z"}},
            }
        ]
        text = (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:b","b:c"],"Resource":["arn:x","arn:y"],'
            '"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-06-01T00:00:00Z"}}}]}'
        )
        assert characters(policy) == len(text)


class TestLinks:
    def test_a_link_and_the_right_to_see_it_stand_in_the_consumer_account(self) -> None:
        plan = planned(small_mesh())
        (link,) = plan.links
        assert (link.account, link.region, link.name) == ("300000000001", "eu-west-1", "mortgage__loans")
        assert (link.target_catalog, link.target_database) == ("100000000001", "mortgage__loans")
        (grant,) = [grant for grant in plan.grants if grant.kind == "link"]
        assert (grant.account, grant.permissions) == ("300000000001", ("DESCRIBE",))
        assert grant.entitlements == ("loans-for-fraud@300000000001",)
        assert "as agreed in `loans-for-fraud`" in grant.reason
