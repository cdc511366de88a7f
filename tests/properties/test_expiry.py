"""What a plan's IAM documents allow, at its own instant and at any later one at which nobody has deployed again."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from datetime import datetime

from hypothesis import given

from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.plan import Plan, RolePlan, write_plan
from tests.properties import redshift
from tests.properties.iam import assumers, may
from tests.properties.line import Line, as_json, assert_seen, examples, opened, realised
from tests.properties.meshes import COMING, GOVERNANCE, NOW, meshes

Table = tuple[str, str]
"""Product, table."""


def test_a_role_s_policies_allow_its_tables_and_a_session_policy_those_of_its_product(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(150)
    @given(meshes())
    def allow(mesh: Mesh) -> None:
        plan = line.plan(mesh, NOW)
        for role in plan.access_roles:
            held = {(product, table) for product, table, _ in realised(plan, role.id) if product in _lake(plan)}
            assert _allowed(plan, role, NOW) == held
            for policy in plan.session_policies:
                if policy.role == role.id and policy.product in _lake(plan):
                    of_product = {(product, table) for product, table in held if product == policy.product}
                    assert _allowed(plan, role, NOW, policy.product) == of_product
            seen["tables"] += len(held)
        sessions = {(policy.role, policy.product) for policy in plan.session_policies}
        assert sessions == {
            (role.id, product) for role in plan.access_roles for product, _, _ in realised(plan, role.id)
        }

    allow()
    assert_seen(seen, "tables")


def test_no_column_is_read_beyond_the_entitlements_that_hold_it(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(150)
    @given(meshes())
    def expires(mesh: Mesh) -> None:
        plan = line.plan(mesh, NOW)
        open_now, holds = opened(plan), redshift.Warehouses(as_json(mesh))
        for role in plan.access_roles if plan.grants else ():
            for later in COMING:
                tables = _allowed(plan, role, later)
                assert tables <= _allowed(plan, role, NOW)
                running = realised(plan, role.id, later)
                reads = {column for column in open_now.get(role.id, set()) if column[:2] in tables}
                assert reads <= running
                ways_in = _signs_in(holds, plan, role, later)
                assert ways_in == {product for product, _, _ in running if product not in _lake(plan)}
                seen["ways into a warehouse that end"] += len(_signs_in(holds, plan, role, NOW)) - len(ways_in)
                assert assumers(role.trust, format_instant(later)) == set(role.trusted if running else ())
                for policy in plan.session_policies:
                    if policy.role == role.id:
                        assert _allowed(plan, role, later, policy.product) <= tables
                seen["stays"] += len(reads)
                seen["ends"] += len(realised(plan, role.id)) - len(reads)

    expires()
    assert_seen(seen, "stays", "ends", "ways into a warehouse that end")


def _lake(plan: Plan) -> set[str]:
    return {item.product for item in plan.assignments}


def _signs_in(holds: redshift.Warehouses, plan: Plan, role: RolePlan, at: datetime) -> set[str]:
    """The products of warehouses of which a session of the role reads something at an instant."""
    written, of_role = json.loads(write_plan(plan)), json.loads(json.dumps(asdict(role)))
    return {
        policy.product
        for policy in plan.session_policies
        if policy.role == role.id and policy.product not in _lake(plan)
        if redshift.reads(written, holds, of_role, format_instant(at), {"document": policy.document})
    }


def _allowed(plan: Plan, role: RolePlan, at: datetime, product: str | None = None) -> set[Table]:
    """The tables that a session of a role reaches at an instant; narrowed by the session policy of a product."""
    sessions = [
        policy.document for policy in plan.session_policies if (policy.role, policy.product) == (role.id, product)
    ]
    assert len(sessions) == (product is not None)
    allowed = may([role.policies.values(), *([sessions] if sessions else [])], format_instant(at))
    return {
        (database.product, table.name)
        for database in plan.assignments
        for table in database.tables
        if allowed("lakeformation:GetDataAccess", "*")
        and all(
            allowed(action, f"arn:aws:glue:{database.region}:{account}:{resource}")
            for account in (GOVERNANCE, role.account)
            for action in ("glue:GetTable", "glue:GetPartitions")
            for resource in (
                "catalog",
                f"database/{database.database}",
                f"table/{database.database}/{table.name}",
            )
        )
    }
