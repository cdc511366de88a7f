"""What AWS cannot say, and what its quotas have no room for, is granted nothing and listed; the rest goes on."""

from __future__ import annotations

import pytest

from engine.grants import names
from engine.grants.documents import characters
from engine.grants.equivalence import check_equivalence
from engine.grants.limits import LIMITS, allowance
from engine.model.decided import AccessRole
from engine.model.mesh import Mesh
from engine.model.plan import Plan
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned

FRAUD = "fraud-analyst/fraud-detection/300000000001"
REPORTS = "fraud-analyst/reporting/300000000001"


def agreed(purpose: str = "fraud-detection", product: str = "mortgage/loans", **changes: object) -> Facts:
    """One more agreement."""
    return {
        "version": 1,
        "persona": "fraud-analyst",
        "product": product,
        "purpose": purpose,
        "accounts": ["300000000001"],
        "max_classification": "restricted",
        "personal": True,
        "start": "2026-02-01T00:00:00Z",
        "end": "2027-01-01T00:00:00Z",
        "requester": "ada",
        "history": [
            {"state": "pending", "at": "2025-12-01T00:00:00Z"},
            {"state": "active", "at": "2025-12-20T00:00:00Z"},
        ],
        "approvals": [{"approver": "olga", "as": "owner", "at": "2025-12-10T00:00:00Z"}],
    } | changes


def like_loans(count: int) -> Facts:
    """Products of one small table each, `mortgage/p0` and on, in the place of the base's."""
    product = small_mesh().products[0].model_dump(mode="json", exclude={"id"})
    return {f"mortgage/p{number}": product | {"tables": {"t": {"id": "internal"}}} for number in range(count)}


def unrealised(plan: Plan) -> dict[str, set[str]]:
    """Limit → `agreement/table`."""
    check_equivalence(plan)
    found: dict[str, set[str]] = {}
    for item in plan.unrealised:
        found.setdefault(item.limit, set()).add(f"{item.entitlement.partition('@')[0]}/{item.table}")
        assert item.source == LIMITS[item.limit].source
        assert item.way_out == LIMITS[item.limit].way_out
        assert item.reason
    return found


def with_quotas(mesh: Facts, account: str, **quotas: int) -> Mesh:
    raised = {name.replace("_", "-"): value for name, value in quotas.items()}
    return small_mesh(mesh | {"accounts": {account: {"quotas": raised}}})


BOTH = {"loans-for-fraud/loan", "loans-for-fraud/payment"}


class TestWhatAwsCannotSay:
    @pytest.mark.parametrize(
        ("facts", "limit"),
        [
            (
                {
                    "products": {
                        "mortgage/loans": {"server": {"kind": "redshift", "container": "s", "warehouse": "lending-dwh"}}
                    }
                },
                "no-warehouse",
            ),
            ({"products": {"mortgage/loans": {"server": {"region": "eu-central-1"}}}}, "consumer-region"),
            ({"products": {"mortgage/loans": {"server": None}}}, "unbound"),
            ({"products": {"mortgage/loans": {"domain": None}}}, "unbound"),
        ],
    )
    def test_a_table_out_of_reach_is_listed(self, facts: Facts, limit: str) -> None:
        plan = planned(small_mesh(facts))
        assert unrealised(plan) == {limit: BOTH}
        assert not plan.grants

    def test_a_hidden_partition_key_takes_its_table_only(self) -> None:
        tables = {"payment": {"branch": "restricted partition key"}}
        changes = {"agreements": {"loans-for-fraud": {"max_classification": "confidential"}}}
        plan = planned(small_mesh({"products": {"mortgage/loans": {"tables": tables}}} | changes))
        assert unrealised(plan) == {"partition-key": {"loans-for-fraud/payment"}}
        assert "may not read partition key `branch` of `payment`" in plan.unrealised[0].reason

    def test_a_partition_key_may_be_read_by_another_entitlement_of_the_role(self) -> None:
        tables = {"payment": {"branch": "restricted partition key"}}
        narrow = {"loans-for-fraud": {"max_classification": "confidential"}}
        products = {"mortgage/loans": {"tables": tables}}
        of_role = planned(small_mesh({"products": products, "agreements": narrow | {"wide": agreed()}}))
        assert unrealised(of_role) == {}
        of_another = {"agreements": narrow | {"wide": agreed("reporting")}}
        assert unrealised(planned(small_mesh({"products": products} | of_another))) == {
            "partition-key": {"loans-for-fraud/payment"}
        }


class TestQuotas:
    def test_only_what_aws_raises_can_be_raised(self) -> None:
        account = small_mesh({"accounts": {"300000000001": {"quotas": dict.fromkeys(LIMITS, 7)}}}).account[
            "300000000001"
        ]
        for limit in LIMITS.values():
            if limit.value is not None:
                assert allowance(limit, account) == (7 if limit.raisable else limit.value)

    @pytest.mark.parametrize(("room", "left_out"), [(4, set()), (3, {"p2-b"}), (2, {"p1-c", "p2-b"})])
    def test_policies_of_an_account_go_to_the_earliest_entitlements(self, room: int, left_out: set[str]) -> None:
        """One role: one policy of its own, one for each product. In the order of start, then of agreement."""
        agreements: Facts = {
            "loans-for-fraud": None,
            "p0-z": agreed(product="mortgage/p0", start="2026-01-01T00:00:00Z"),
            "p1-c": agreed(product="mortgage/p1", start="2026-03-01T00:00:00Z"),
            "p2-b": agreed(product="mortgage/p2", start="2026-03-01T00:00:00Z") | {"start": "2026-04-01T00:00:00Z"},
        }
        facts = {"products": like_loans(3), "agreements": agreements}
        plan = planned(with_quotas(facts, "300000000001", iam_policies_per_account=room))
        found = unrealised(plan)
        assert found == ({"iam-policies-per-account": {f"{id}/t" for id in left_out}} if left_out else {})

    def test_an_entitlement_that_does_not_fit_is_left_out_whole_and_the_next_is_tried(self) -> None:
        wide = {f"a-table-with-quite-a-long-name-{number:02}": {"id": "internal"} for number in range(60)}
        one = min(wide)
        facts = {
            "products": {"mortgage/loans": {"tables": wide}},
            "agreements": {"narrow": agreed(tables=[one]), "narrower": agreed(tables=["loan"])},
        }
        plan = planned(small_mesh(facts))
        assert unrealised(plan) == {
            "iam-managed-policy-characters": {f"loans-for-fraud/{table}" for table in [*wide, "loan", "payment"]}
        }
        (policy,) = plan.session_policies
        assert characters(policy.document) <= 6144
        assert {id for grant in plan.grants for id in grant.entitlements} == {
            "narrow@300000000001",
            "narrower@300000000001",
        }

    def test_a_role_takes_no_more_policies_than_iam_attaches(self) -> None:
        wide = {f"a-table-with-quite-a-long-name-{number:02}": {"id": "internal"} for number in range(25)}
        products = {id: product | {"tables": wide} for id, product in like_loans(4).items()}
        agreements = {f"for-p{number}": agreed(product=f"mortgage/p{number}") for number in range(4)}
        facts = {"products": products, "agreements": {"loans-for-fraud": None} | agreements}
        plan = planned(with_quotas(facts, "300000000001", iam_policies_per_role=2))
        assert max(len(role.policies) for role in plan.access_roles) == 2
        found = unrealised(plan)
        assert found.keys() == {"iam-policies-per-role"}
        assert {item.partition("/")[0] for item in found["iam-policies-per-role"]} == {"for-p2", "for-p3"}

    @pytest.mark.parametrize(("workloads", "fits"), [(20, True), (60, False)])
    def test_workloads_that_do_not_fit_a_trust_policy_leave_their_role_out(self, workloads: int, fits: bool) -> None:
        arns = [f"arn:aws:iam::300000000001:role/scoring-{number:02}" for number in range(workloads)]
        facts = {
            "principals": {arn: {"kind": "workload"} for arn in arns},
            "groups": {"screening": {"members": arns}},
            "personas": {"fraud-analyst": {"kind": "application", "groups": ["screening"], "owner": "fraud-team"}},
        }
        plan = planned(small_mesh(facts))
        assert unrealised(plan) == ({} if fits else {"iam-trust-policy-characters": BOTH})
        assert bool(plan.access_roles) == fits
        raised = planned(with_quotas(facts, "300000000001", iam_trust_policy_characters=4096))
        assert unrealised(raised) == {}
        assert all(characters(role.trust) <= 4096 for role in raised.access_roles)

    @pytest.mark.parametrize(("room", "granted"), [(2, {FRAUD, REPORTS}), (1, {REPORTS})])
    def test_roles_of_an_account_go_to_those_that_are_granted_something(self, room: int, granted: set[str]) -> None:
        facts = {"agreements": {"loans-for-fraud": None, "reports": agreed("reporting")}}
        plan = planned(with_quotas(facts, "300000000001", iam_roles_per_account=room))
        assert {role.id for role in plan.access_roles} == granted
        assert unrealised(plan) == {}

    def test_a_role_without_room_leaves_its_entitlements_out(self) -> None:
        facts = {"agreements": {"reports": agreed("reporting")}}
        plan = planned(with_quotas(facts, "300000000001", iam_roles_per_account=1))
        assert [role.id for role in plan.access_roles] == [FRAUD]
        assert unrealised(plan) == {"iam-roles-per-account": {"reports/loan", "reports/payment"}}

    def test_tag_values_go_to_what_is_agreed_first(self) -> None:
        facts = {
            "products": like_loans(3),
            "agreements": {
                "loans-for-fraud": {"start": "2026-05-01T00:00:00Z"},
                "p1": agreed(product="mortgage/p1", start="2026-01-02T00:00:00Z"),
                "p2": agreed(product="mortgage/p2", start="2026-01-01T00:00:00Z"),
            },
        }
        plan = planned(with_quotas(facts, "100000000001", lf_values_per_tag=2))
        assert {database.product for database in plan.assignments} == {"mortgage/p1", "mortgage/p2"}
        assert unrealised(plan).keys() == {"lf-values-per-tag"}
        assert all(len(key.values) <= 2 for key in plan.ontology)

    def test_a_class_without_a_tag_value_is_left_out_and_its_columns_carry_none(self) -> None:
        plan = planned(with_quotas({}, "100000000001", lf_values_per_tag=4))
        assert unrealised(plan) == {"lf-values-per-tag": {"loans-for-fraud/loan"}}
        loan = next(table for table in plan.assignments[0].tables if table.name == "loan")
        assert loan.columns["borrower"] == {}

    def test_a_partition_key_is_not_read_by_what_the_tags_leave_out(self) -> None:
        """The wide agreement falls out for want of a value, and the narrow one with it: nothing else reads the key."""
        facts = {
            "products": {"mortgage/loans": {"tables": {"payment": {"branch": "restricted partition key"}}}},
            "agreements": {"loans-for-fraud": {"max_classification": "confidential"}, "wide": agreed()},
        }
        assert unrealised(planned(small_mesh(facts))) == {}
        plan = planned(with_quotas(facts, "100000000001", lf_values_per_tag=4))
        assert "wide/payment" in unrealised(plan)["lf-values-per-tag"]
        assert unrealised(plan)["partition-key"] == {"loans-for-fraud/payment"}
        assert all("payment" not in getattr(grant.target, "table", "") for grant in plan.grants)

    def test_without_room_for_a_domain_s_tags_its_products_are_left_out(self) -> None:
        plan = planned(with_quotas({}, "100000000001", lf_tags_per_account=1))
        assert unrealised(plan) == {"lf-tags-per-account": BOTH}
        assert (
            "account 100000000001 has no room in eu-west-1 for the two LF-tags of domain `mortgage`"
            in plan.unrealised[0].reason
        )
        assert not plan.ontology
        assert not plan.assignments


class TestNames:
    def test_no_name_is_longer_than_aws_takes(self) -> None:
        long = AccessRole("p" * 100, "q" * 100, "300000000001")
        other = AccessRole("p" * 100, "q" * 99 + "r", "300000000001")
        for name, limit in (
            (names.role_name, "iam-role-name"),
            (lambda role: names.access_policy_name(role, 1), "iam-policy-name"),
            (lambda role: names.session_policy_name(role, "a/b"), "iam-policy-name"),
            (lambda role: names.product_value(f"{role.persona}/{role.purpose}"), "lf-tag-length"),
            (lambda role: names.class_value(f"restricted.{role.purpose}"), "lf-tag-length"),
            (lambda role: names.product_key(role.purpose), "lf-tag-length"),
            (lambda role: names.central_database(f"{role.persona}/{role.persona}/{role.purpose}"), "glue-name"),
        ):
            assert len(name(long)) == LIMITS[limit].value
            assert name(long) != name(other)

    @pytest.mark.parametrize(
        ("product", "database"),
        [("servicing/payments", "servicing__payments"), ("a-b/c", "a_b__c"), ("plain", "plain")],
    )
    def test_a_database_needs_no_quotes_in_a_query(self, product: str, database: str) -> None:
        assert names.central_database(product) == database

    def test_no_two_products_share_a_database(self) -> None:
        products = ["a/b", "a--b", "a-/b", "a-b", "a---b", "a/b/c", "a/b--c", "a--b/c"]
        assert len({names.central_database(product) for product in products}) == len(products)

    def test_no_two_roles_share_a_name(self) -> None:
        roles = [AccessRole("a", "b-c", "1"), AccessRole("a-b", "c", "1")]
        assert len({names.role_name(role) for role in roles}) == 2
        assert names.session_policy_name(roles[0], "c/d") != names.session_policy_name(roles[0], "c-d")
