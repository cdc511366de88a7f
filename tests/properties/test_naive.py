"""The engine decides what the naive evaluator decides, on every random mesh, and its plan opens exactly that."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from engine.grants.equivalence import compare
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.plan import read_plan, write_plan
from tests.properties import naive
from tests.properties.line import Line, accesses_of, as_json, assert_seen, by_role, examples, opened
from tests.properties.meshes import AT, NOW, meshes

INSTANTS = st.sampled_from([NOW, NOW, NOW, *AT])


def test_the_engine_agrees_with_the_naive_evaluator(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(300)
    @given(meshes(), INSTANTS)
    def agrees(mesh: Mesh, now: datetime) -> None:
        facts, at = as_json(mesh), format_instant(now)
        entitlements = line.entitle(mesh, now)
        accesses = naive.accesses(facts, at)
        assert accesses_of(entitlements) == accesses
        assert {
            (principal, item.role.purpose, item.role.account, item.product, table, column)
            for item in entitlements
            for principal in mesh.holders(item.role.persona)
            for table, columns in item.columns.items()
            for column in columns
        } == naive.readers(facts, at)

        plan = line.plan(mesh, now)
        unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
        assert unrealised == naive.unrealisable(facts, at)
        assert compare(plan).differences == ()
        assert opened(plan) == by_role(accesses, unrealised)
        in_lake = {item.product for item in plan.assignments}
        held = {
            (role, product) for role, columns in opened(plan).items() for product, _, _ in columns if product in in_lake
        }
        seeing = [(grant.role, grant.product) for grant in plan.grants if grant.kind == "link"]
        assert sorted(held) == sorted(seeing)
        assert {(link.account, link.product) for link in plan.links} == {
            (role.split("/")[2], product) for role, product in held
        }
        shares = {
            (access.persona, access.purpose, access.account, access.product, warehouse)
            for id, access in accesses.items()
            for warehouse in naive.receivers(facts, access)
            if any((id, table) not in unrealised for table, _ in access.columns)
        }
        assert sorted(grant.id for grant in plan.grants if grant.kind == "datashare") == sorted(
            "/".join(("datashare", *share)) for share in shares
        )
        assert read_plan(write_plan(plan)) == plan
        seen.update(asked=sum(len(agreement.accounts) for agreement in mesh.agreements))
        seen.update(entitlements=len(entitlements), unrealised=len(unrealised))
        seen.update(grant.kind for grant in plan.grants)

    agrees()
    # meshes in which nobody reads anything, or everybody everything, would show nothing
    assert_seen(seen, "entitlements", "unrealised", "lf_tag", "lf_column", "link", "datashare")
    assert seen["entitlements"] < seen["asked"]


def test_short_quotas_leave_out_and_never_widen(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(200)
    @given(meshes(quotas=True))
    def fits(mesh: Mesh) -> None:
        accesses = naive.accesses(as_json(mesh), format_instant(NOW))
        plan = line.plan(mesh, NOW)
        unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
        assert unrealised >= naive.unrealisable(as_json(mesh), format_instant(NOW))
        assert compare(plan).differences == ()
        assert opened(plan) == by_role(accesses, unrealised)
        seen.update(item.limit for item in plan.unrealised)
        for account in mesh.accounts:
            roles = [role for role in plan.access_roles if role.account == account.id]
            sessions = [policy for policy in plan.session_policies if policy.account == account.id]
            policies = len(sessions) + sum(len(role.policies) for role in roles)
            assert len(roles) <= account.quotas.get("iam-roles-per-account", 1000)
            assert policies <= account.quotas.get("iam-policies-per-account", 1500)
            for role in roles:
                assert len(role.policies) <= account.quotas.get("iam-policies-per-role", 10)

    fits()
    assert_seen(seen, "iam-policies-per-account", "lf-values-per-tag")
