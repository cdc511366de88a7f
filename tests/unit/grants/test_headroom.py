"""What is shown of AWS's quotas is what the plan uses, and every limit with a number is shown or said why not."""

from __future__ import annotations

from engine.grants.documents import characters
from engine.grants.headroom import Headroom, headroom
from engine.grants.limits import LIMITS
from engine.model.mesh import Mesh
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.test_limits import agreed, like_loans, with_quotas

GOVERNANCE, CONSUMER = "100000000001", "300000000001"
OF_ONBOARDING = {"iam-role-inline-characters"}


def rows(mesh: Mesh) -> dict[tuple[str, str, str], Headroom]:
    found = headroom(mesh, planned(mesh))
    by_place = {(row.account, row.region, row.limit): row for row in found}
    assert len(by_place) == len(found)
    return by_place


def test_every_limit_with_a_number_is_shown() -> None:
    shown = {row.limit for row in rows(small_mesh()).values()}
    assert shown == {limit.id for limit in LIMITS.values() if limit.value is not None} - OF_ONBOARDING


def test_what_is_used_is_what_the_plan_holds() -> None:
    mesh = small_mesh({"products": like_loans(2), "agreements": {"p0": agreed(product="mortgage/p0")}})
    plan, found = planned(mesh), rows(mesh)
    roles = [role for role in plan.access_roles if role.account == CONSUMER]
    policies = [policy for role in roles for policy in role.policies.values()]
    policies += [policy.document for policy in plan.session_policies]
    assert found[CONSUMER, "", "iam-roles-per-account"].used == len(roles) > 0
    assert found[CONSUMER, "", "iam-policies-per-account"].used == len(policies) > 0
    assert found[CONSUMER, "", "iam-policies-per-role"].used == max(len(role.policies) for role in roles)
    assert found[CONSUMER, "", "iam-managed-policy-characters"].used == max(map(characters, policies))
    assert found[CONSUMER, "", "iam-trust-policy-characters"].used == max(characters(role.trust) for role in roles)
    region = plan.ontology[0].region
    assert found[GOVERNANCE, region, "lf-tags-per-account"].used == 2
    values = found[GOVERNANCE, region, "lf-values-per-tag"]
    assert values.used == max(len(key.values) for key in plan.ontology)
    assert values.most in {key.key for key in plan.ontology}
    assert found[GOVERNANCE, region, "lf-tags-per-resource"].used == 2


def test_a_raised_quota_leaves_more_and_the_fullest_comes_first() -> None:
    mesh = with_quotas({}, CONSUMER, iam_roles_per_account=2000)
    raised = rows(mesh)[CONSUMER, "", "iam-roles-per-account"]
    assert (raised.value, raised.remaining, raised.raisable) == (2000, 2000 - raised.used, True)
    assert raised.source == LIMITS["iam-roles-per-account"].source
    shares = [row.used / row.value for row in headroom(mesh, planned(mesh))]
    assert shares == sorted(shares, reverse=True)


def test_nothing_is_used_over_its_limit_where_not_everything_fits() -> None:
    facts = {"products": like_loans(4), "agreements": {f"p{n}": agreed(product=f"mortgage/p{n}") for n in range(4)}}
    mesh = with_quotas(facts, CONSUMER, iam_policies_per_account=3)
    plan = planned(mesh)
    assert {item.limit for item in plan.unrealised} == {"iam-policies-per-account"}
    short = rows(mesh)[CONSUMER, "", "iam-policies-per-account"]
    assert (short.used, short.value, short.remaining) == (3, 3, 0)
    assert all(row.remaining >= 0 for row in rows(mesh).values())
