"""Everything in a plan stands in exactly one stack, that of its own account and region."""

from __future__ import annotations

from collections import Counter

from hypothesis import given

from cdktf_app.layout import lay_out
from engine.model.mesh import Mesh
from engine.model.plan import ShareTarget
from tests.properties.line import Line, assert_seen, examples
from tests.properties.meshes import NOW, meshes


def test_everything_stands_in_the_stack_of_its_account_and_region(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(150)
    @given(meshes())
    def stands(mesh: Mesh) -> None:
        plan = line.plan(mesh, NOW)
        stacks = lay_out(mesh, plan)
        for stack in stacks:
            place = (stack.account, stack.region)
            assert {role.account for role in stack.roles} <= {stack.account}
            assert {policy.account for policy in stack.session_policies} <= {stack.account}
            assert {(item.catalog, item.region) for item in stack.assignments} <= {place}
            assert {(link.account, link.region) for link in stack.links} <= {place}
            assert {(grant.account, grant.region) for grant in stack.grants} <= {place}
            assert {key.region for key in stack.keys} <= {stack.region}
            seen[stack.region] += len(stack.grants)
        for whole, parts in (
            (plan.ontology, [stack.keys for stack in stacks]),
            (plan.assignments, [stack.assignments for stack in stacks]),
            (plan.access_roles, [stack.roles for stack in stacks]),
            (plan.session_policies, [stack.session_policies for stack in stacks]),
            (plan.links, [stack.links for stack in stacks]),
            ([grant for grant in plan.grants if grant.kind != "datashare"], [stack.grants for stack in stacks]),
        ):
            placed = [item for part in parts for item in part]
            assert len(placed) == len(whole)
            assert all(item in placed for item in whole)
        warehouses = {warehouse.id: (warehouse.account, warehouse.region) for warehouse in plan.warehouses}
        for target, id in ((grant.target, grant.id) for grant in plan.grants):
            if isinstance(target, ShareTarget):
                sides = [(*warehouses[target.producer], "producer"), (*warehouses[target.consumer], "consumer")]
                stand = [stack for stack in stacks if id in {share.grant.id for share in stack.shares}]
                assert sorted((stack.account, stack.region, stack.kind) for stack in stand) == sorted(
                    sides[:1] if target.producer == target.consumer else sides
                )
                seen["shares"] += 1

    stands()
    assert_seen(seen, "eu-central-1", "eu-west-1", "shares")
