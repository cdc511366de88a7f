"""Datashares: who receives what, by which names, and what a session of the role may ask of a warehouse until when."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

import pytest

from engine.grants import names
from engine.grants.documents import characters
from engine.grants.equivalence import check_equivalence
from engine.grants.headroom import headroom
from engine.grants.limits import LIMITS
from engine.model.decided import AccessRole
from engine.model.plan import Document, Plan, ShareTarget, View
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned
from tests.unit.grants.test_limits import agreed, unrealised
from tests.unit.grants.test_roles_and_policies import APPLICATION, role_of, statements
from tests.unit.grants.warehouses import (
    CLUSTER,
    CONSUMER,
    DIRECT,
    FRAUD,
    LOANS,
    OF_CLUSTER,
    PRODUCER,
    SERVER,
    SERVERLESS,
    WORKGROUP,
    in_redshift,
    warehouse,
)

LOAN = ("amount", "borrower", "id")
PAYMENT = ("id", "paid", "payer")
TAG = {"RedshiftDbRoles": "mw__fraud_analyst__fraud_detection"}
END = "2027-01-01T00:00:00Z"


def shares(plan: Plan) -> dict[str, ShareTarget]:
    """Consumer warehouse → what is shared with it, where a role reads one product."""
    check_equivalence(plan)
    targets = [grant.target for grant in plan.grants if isinstance(grant.target, ShareTarget)]
    assert len(targets) == len(plan.grants) == len({target.consumer for target in targets})
    return {target.consumer: target for target in targets}


def permitted(document: Document) -> set[tuple[str, str, str]]:
    """(action, resource, until when)."""
    return {
        (action, resource, item["Condition"]["DateLessThan"]["aws:CurrentTime"])
        for item in statements(document)
        for action in item["Action"]
        for resource in item["Resource"]
    }


class TestShares:
    def test_each_warehouse_of_the_account_receives_one_under_names_of_its_own(self) -> None:
        plan = planned(small_mesh(in_redshift()))
        found = shares(plan)
        assert found.keys() == {SERVERLESS, CLUSTER}
        serverless, cluster = found[SERVERLESS], found[CLUSTER]
        assert serverless.name == "mw__fraud_analyst__fraud_detection__mortgage___loans__reading"
        assert cluster.name == "mw__fraud_analyst__fraud_detection__mortgage___loans__reading_cluster"
        assert serverless.database == cluster.database == "mw__fraud_analyst__fraud_detection__mortgage___loans"
        assert serverless.redshift_role == cluster.redshift_role == TAG["RedshiftDbRoles"]
        assert (serverless.redshift_user, cluster.redshift_user) == (None, "mw_user__fraud_analyst__fraud_detection")
        assert {serverless.producer, cluster.producer} == {"lending-dwh"}
        assert serverless.views == cluster.views == (View("loan", LOAN), View("payment", PAYMENT))
        grant = plan.grants[0]
        assert grant.id == f"datashare/{FRAUD}/{LOANS}/reading"
        assert (grant.account, grant.region, grant.permissions) == (PRODUCER, "eu-west-1", ("SELECT",))
        assert grant.entitlements == (f"loans-for-fraud@{CONSUMER}",)
        assert "may read in warehouse `reading` views of `mortgage/loans`" in grant.reason
        assert not any((plan.links, plan.opt_ins, plan.assignments, plan.ontology, plan.unrealised))

    def test_another_region_of_the_persona_receives_it_too(self) -> None:
        accounts = {CONSUMER: {"regions": ["eu-west-1", "eu-central-1"]}}
        facts = in_redshift({"far": warehouse(3, region="eu-central-1"), "near": warehouse(4)}, accounts=accounts)
        assert shares(planned(small_mesh(facts))).keys() == {"far", "near"}
        narrow = facts | {"personas": {"fraud-analyst": {"regions": ["eu-west-1"]}}}
        assert shares(planned(small_mesh(narrow))).keys() == {"near"}
        left = facts | {"accounts": {CONSUMER: accounts[CONSUMER] | {"suspended_regions": ["eu-central-1"]}}}
        assert shares(planned(small_mesh(left))).keys() == {"near"}

    def test_another_account_s_warehouse_receives_nothing(self) -> None:
        other = {"300000000002": {"name": "o", "environment": "prod", "regions": ["eu-west-1"], "roles": ["consumer"]}}
        facts = in_redshift({"others": warehouse(5, account="300000000002"), "own": warehouse(6)}, accounts=other)
        assert shares(planned(small_mesh(facts))).keys() == {"own"}

    def test_the_producer_s_own_warehouse_needs_no_share(self) -> None:
        found = shares(planned(small_mesh(DIRECT)))
        assert {id: target.database for id, target in found.items()} == {"lending-dwh": None}
        assert found["lending-dwh"].name.endswith("__lending_dwh")
        assert found["lending-dwh"].views == (View("loan", LOAN), View("payment", PAYMENT))

    def test_views_hold_what_all_entitlements_of_the_role_give_and_no_more(self) -> None:
        narrow = {"loans-for-fraud": {"max_classification": "internal", "personal": False}}
        one = planned(small_mesh(in_redshift(agreements=narrow)))
        assert shares(one)[SERVERLESS].views == (View("loan", ("id",)), View("payment", ("id",)))
        more = agreed(tables=["payment"], max_classification="confidential", personal=False)
        both = planned(small_mesh(in_redshift(agreements=narrow | {"more": more})))
        assert shares(both)[SERVERLESS].views == (View("loan", ("id",)), View("payment", ("id", "paid")))
        assert shares(both)[SERVERLESS].name == shares(one)[SERVERLESS].name
        assert both.grants[0].entitlements == (f"loans-for-fraud@{CONSUMER}", f"more@{CONSUMER}")
        of_another = planned(small_mesh(in_redshift(agreements=narrow | {"more": more | {"purpose": "reporting"}})))
        views = {grant.role: grant.target.views for grant in of_another.grants if isinstance(grant.target, ShareTarget)}
        assert views[FRAUD] == (View("loan", ("id",)), View("payment", ("id",)))
        assert views["fraud-analyst/reporting/300000000001"] == (View("payment", ("id", "paid")),)

    def test_a_partition_key_is_a_matter_of_the_lake(self) -> None:
        tables = {"payment": {"branch": "restricted partition key"}}
        narrow = {"loans-for-fraud": {"max_classification": "confidential"}}
        product = {LOANS: {"server": SERVER, "tables": tables}}
        plan = planned(small_mesh(in_redshift(products=product, agreements=narrow)))
        assert unrealised(plan) == {}
        assert dict(zip(("loan", "payment"), shares(plan)[SERVERLESS].views, strict=True))["payment"].columns == PAYMENT


class TestWhatCannotBeShared:
    def test_without_a_warehouse_nothing_is_granted_and_the_way_out_is_said(self) -> None:
        plan = planned(small_mesh(in_redshift({})))
        assert unrealised(plan) == {"no-warehouse": {"loans-for-fraud/loan", "loans-for-fraud/payment"}}
        assert not plan.grants
        assert (
            "account 300000000001 has no warehouse in a region of persona `fraud-analyst`" in plan.unrealised[0].reason
        )

    @pytest.mark.parametrize(
        ("producer", "consumer", "account", "shared"),
        [
            (True, True, PRODUCER, True),
            (True, False, PRODUCER, False),
            (False, True, PRODUCER, False),
            (False, False, PRODUCER, False),
            (True, True, CONSUMER, True),
            (True, False, CONSUMER, False),
            (False, True, CONSUMER, False),
            (False, False, CONSUMER, True),
        ],
    )
    def test_encryption_decides_who_shares(self, producer: bool, consumer: bool, account: str, shared: bool) -> None:
        warehouses = {
            "lending-dwh": {"encrypted": producer, "account": account, "region": "eu-central-1"},
            "reading": warehouse(1, encrypted=consumer),
        }
        server = SERVER | {"account": account, "region": "eu-central-1"}
        plan = planned(
            small_mesh(
                in_redshift(
                    warehouses,
                    products={LOANS: {"server": server}},
                    accounts={CONSUMER: {"roles": ["consumer", "producer"]}},
                    personas={"fraud-analyst": {"regions": ["eu-west-1"]}},
                )
            )
        )
        both = {"loans-for-fraud/loan", "loans-for-fraud/payment"}
        assert unrealised(plan) == ({} if shared else {"encryption": both})
        assert bool(plan.grants) == shared

    def test_what_one_warehouse_cannot_receive_another_does(self) -> None:
        facts = in_redshift({"open": warehouse(1, encrypted=False), "sealed": warehouse(2)})
        plan = planned(small_mesh(facts))
        assert unrealised(plan) == {}
        assert shares(plan).keys() == {"sealed"}
        refused = planned(small_mesh(in_redshift({"open": warehouse(1, encrypted=False)}))).unrealised[0]
        assert refused.reason == "warehouse `lending-dwh` cannot share with `open`"

    def test_a_full_warehouse_is_left_to_those_who_came_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        facts = in_redshift(agreements={"reports": agreed("reporting")})
        monkeypatch.setattr("engine.grants.datashare.consumers.REDSHIFT_ROLES", room("redshift-roles", 1))
        plan = planned(small_mesh(facts))
        assert unrealised(plan) == {"redshift-roles": {"reports/loan", "reports/payment"}}
        assert shares(plan).keys() == {SERVERLESS, CLUSTER}

    def test_a_database_full_of_schemas_takes_no_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        facts = in_redshift(agreements={"reports": agreed("reporting")})
        monkeypatch.setattr("engine.grants.datashare.consumers.REDSHIFT_SCHEMAS", room("redshift-schemas", 2))
        assert unrealised(planned(small_mesh(facts))) == {"redshift-schemas": {"reports/loan", "reports/payment"}}
        monkeypatch.setattr("engine.grants.datashare.consumers.REDSHIFT_SCHEMAS", room("redshift-schemas", 3))
        plan = planned(small_mesh(facts))
        assert unrealised(plan) == {}
        assert sorted(grant.role.split("/")[1] for grant in plan.grants) == ["fraud-detection"] * 2 + ["reporting"]

    def test_an_application_without_a_workload_is_shared_nothing(self) -> None:
        facts = in_redshift() | APPLICATION | {"groups": {"screening": {"members": []}}}
        plan = planned(small_mesh(facts))
        assert unrealised(plan).keys() == {"no-workload"}
        assert not plan.grants


class TestSessions:
    def test_a_session_reaches_the_warehouses_that_receive_its_product(self) -> None:
        plan = planned(small_mesh(in_redshift()))
        (policy,) = plan.session_policies
        data = ("redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement")
        results = (
            "redshift-data:CancelStatement",
            "redshift-data:DescribeStatement",
            "redshift-data:GetStatementResult",
        )
        user = "dbuser:compute-2/mw_user__fraud_analyst__fraud_detection"
        assert permitted(policy.document) == {
            *((action, WORKGROUP, END) for action in (*data, "redshift-serverless:GetCredentials")),
            *((action, f"{OF_CLUSTER}cluster:compute-2", END) for action in data),
            ("redshift:GetClusterCredentials", f"{OF_CLUSTER}{user}", END),
            ("redshift:GetClusterCredentials", f"{OF_CLUSTER}dbname:compute-2/dev", END),
            *((action, "*", END) for action in results),
        }
        ((_, identity),) = role_of(plan).policies.items()
        assert permitted(identity) == permitted(policy.document)

    def test_results_are_one_s_own_and_nothing_else_has_a_condition_but_an_end(self) -> None:
        (policy,) = planned(small_mesh(in_redshift())).session_policies
        for item in statements(policy.document):
            conditions = item["Condition"].keys() - {"DateLessThan"}
            if item["Resource"] == ["*"]:
                owner = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
                assert item["Condition"]["StringEquals"] == owner
            assert conditions == ({"StringEquals"} if item["Resource"] == ["*"] else set())

    def test_a_product_s_statements_end_with_its_last_entitlement(self) -> None:
        later = agreed(max_classification="internal", personal=False, end="2027-06-01T00:00:00Z")
        plan = planned(small_mesh(in_redshift(agreements={"later": later})))
        check_equivalence(plan)
        (policy,) = plan.session_policies
        assert {until for _, _, until in permitted(policy.document)} == {"2027-06-01T00:00:00Z"}

    def test_the_lake_and_the_warehouse_stand_apart(self) -> None:
        lake = small_mesh().products[0].model_dump(mode="json", exclude={"id"}) | {"tables": {"t": {"id": "internal"}}}
        agreements = {"lake": agreed(product="mortgage/lake", end="2026-09-01T00:00:00Z")}
        plan = planned(
            small_mesh(in_redshift(products={LOANS: {"server": SERVER}, "mortgage/lake": lake}, agreements=agreements))
        )
        check_equivalence(plan)
        policies = {policy.product: permitted(policy.document) for policy in plan.session_policies}
        services = {product: {action.partition(":")[0] for action, _, _ in all} for product, all in policies.items()}
        assert services == {
            "mortgage/lake": {"athena", "glue", "lakeformation"},
            LOANS: {"redshift", "redshift-data", "redshift-serverless"},
        }
        assert {until for _, _, until in policies["mortgage/lake"]} == {"2026-09-01T00:00:00Z"}
        identity = set(chain.from_iterable(map(permitted, role_of(plan).policies.values())))
        assert identity == policies["mortgage/lake"] | policies[LOANS]
        assert {grant.kind for grant in plan.grants if grant.product == LOANS} == {"datashare"}

    def test_many_statements_count_in_the_quotas(self) -> None:
        many = {f"w-{number:03}": warehouse(number) for number in range(100, 160)}
        plan = planned(small_mesh(in_redshift(many)))
        assert unrealised(plan).keys() == {"iam-managed-policy-characters"}
        fewer = planned(small_mesh(in_redshift({id: many[id] for id in sorted(many)[:40]})))
        assert len(shares(fewer)) == 40
        assert all(characters(policy.document) <= 6144 for policy in fewer.session_policies)


class TestTrust:
    def test_a_session_may_pass_its_database_role_and_nothing_else(self) -> None:
        role = role_of(planned(small_mesh(in_redshift())))
        assert role.session_tags == TAG
        assuming, tagging = statements(role.trust)
        assert (assuming["Action"], tagging["Action"]) == ("sts:AssumeRole", "sts:TagSession")
        assert assuming["Principal"] == tagging["Principal"]
        assert tagging["Condition"] == assuming["Condition"] | {
            "ForAllValues:StringEquals": {"aws:TagKeys": ["RedshiftDbRoles"]},
            "StringEquals": {"aws:RequestTag/RedshiftDbRoles": "mw__fraud_analyst__fraud_detection"},
        }

    @pytest.mark.parametrize(
        ("warehouses", "tagged"),
        [
            ({}, False),
            ({CLUSTER: warehouse(2, "cluster")}, False),
            ({SERVERLESS: warehouse(1)}, True),
            ({SERVERLESS: warehouse(1, region="eu-central-1")}, False),
        ],
    )
    def test_only_where_a_serverless_warehouse_of_the_persona_is_declared(
        self, warehouses: Facts, tagged: bool
    ) -> None:
        facts: Facts = {
            "warehouses": warehouses,
            "accounts": {CONSUMER: {"regions": ["eu-west-1", "eu-central-1"]}},
            "personas": {"fraud-analyst": {"regions": ["eu-west-1"]}},
        }
        plan = planned(small_mesh(facts))
        check_equivalence(plan)
        for role in plan.access_roles:
            assert bool(role.session_tags) == tagged
            assert len(statements(role.trust)) == (2 if tagged else 1)

    def test_workloads_count_twice_where_they_pass_a_tag(self) -> None:
        arns = [f"arn:aws:iam::{CONSUMER}:role/scoring-{number:02}" for number in range(20)]
        facts: dict[str, Any] = {
            "principals": {arn: {"kind": "workload"} for arn in arns},
            "groups": {"screening": {"members": arns}},
            "personas": {"fraud-analyst": {"kind": "application", "groups": ["screening"], "owner": "fraud-team"}},
        }
        both = {"loans-for-fraud/loan", "loans-for-fraud/payment"}
        assert unrealised(planned(small_mesh(facts))) == {}
        tagged = planned(small_mesh(in_redshift() | facts))
        assert unrealised(tagged) == {"iam-trust-policy-characters": both}


class TestNames:
    def test_none_is_longer_than_aws_takes_and_no_two_are_one(self) -> None:
        long, other = (AccessRole("p" * 100, "q" * 99 + last, CONSUMER) for last in "qr")
        for name, limit in (
            (names.redshift_role, "redshift-name"),
            (names.redshift_user, "redshift-user-name"),
            (lambda role: names.share_name(role, "a/b", "w"), "redshift-name"),
            (lambda role: names.shared_database(role, "a/b"), "redshift-name"),
        ):
            assert len(name(long)) == LIMITS[limit].value
            assert name(long) != name(other)

    def test_words_and_paths_are_told_apart(self) -> None:
        role = AccessRole("a", "b", CONSUMER)
        parts = [("a/b", "c"), ("a", "b-c"), ("a-b", "c"), ("a--b", "c"), ("a-/b", "c"), ("a", "b--c"), ("a/b-", "c")]
        assert len({names.share_name(role, product, warehouse) for product, warehouse in parts}) == len(parts)


def test_what_warehouses_hold_is_counted() -> None:
    mesh = small_mesh(in_redshift(agreements={"reports": agreed("reporting")}))
    rows = {(row.account, row.region, row.limit): row for row in headroom(mesh, planned(mesh))}
    roles, schemas = rows[CONSUMER, "eu-west-1", "redshift-roles"], rows[PRODUCER, "eu-west-1", "redshift-schemas"]
    assert (roles.used, roles.most) == (2, SERVERLESS)
    assert (schemas.used, schemas.most) == (4, "lending-dwh")
    assert rows[CONSUMER, "eu-west-1", "redshift-user-name"].most == "mw_user__fraud_analyst__fraud_detection"
    assert rows[PRODUCER, "eu-west-1", "redshift-name"].most.endswith(
        "__fraud_detection__mortgage___loans__reading_cluster"
    )


def room(limit: str, value: int) -> Any:
    """A limit of AWS's, smaller."""
    return replace(LIMITS[limit], value=value)
