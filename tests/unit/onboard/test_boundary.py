"""The boundary that onboarding writes takes nothing from a role or a session, as IAM evaluates the three together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from engine.grants.iam import Layer, span
from engine.grants.session_policy.evaluate import ABOVE, ANYTHING, DATA, QUERY, TABLE
from engine.onboard.permission import document_of
from engine.onboard.roles import onboarding
from engine.registry.agreements import FileAgreementStore
from engine.run import run_line
from engine.sources.deployment import load_deployment
from engine.sources.load import load_mesh
from tests.emulator.conditions import met

ROOT = Path(__file__).resolve().parents[3]


def test_identity_boundary_and_session_allow_what_identity_and_session_do() -> None:
    run = run_line(ROOT, datetime(2026, 6, 1, 9, tzinfo=UTC))
    deployment = load_deployment(ROOT)
    roles = {role.id: role for role in run.plan.access_roles}
    compared = 0
    for policy in run.plan.session_policies:
        role = roles[policy.role]
        item = onboarding(run.mesh, deployment, run.mesh.account[role.account])
        identity, session = Layer(role.policies), Layer({policy.id: policy.document})
        # by whose tag one signs in to a warehouse is no question of the lake
        lake = [permission for permission in item.boundary if permission.sid != "SignInToWorkgroups"]
        boundary = Layer({"boundary": document_of(lake)})
        for actions in (ABOVE, DATA, QUERY, TABLE):
            for resource in [ANYTHING, *session.resources(actions)]:
                allowed = span([identity, session], actions, resource)
                assert span([identity, boundary, session], actions, resource) == allowed, (role.id, resource)
                compared += allowed[0] != ()
        assert span([boundary], frozenset({"s3:getobject", "glue:updatetable"}), ANYTHING) == ((), ())
    assert compared > 50


TAG = "aws:principaltag/redshiftdbroles"


def test_who_signs_in_to_a_workgroup_has_one_database_role_of_ours_or_none() -> None:
    """Who deploys may let any tag be passed to a role that he makes: the boundary is the administrator's."""
    mesh = load_mesh(ROOT, FileAgreementStore(ROOT).read()).mesh
    deployment, checked = load_deployment(ROOT), 0
    for account in sorted({item.account for item in mesh.warehouses if item.kind == "serverless"}):
        item = onboarding(mesh, deployment, mesh.account[account])
        for bound, one_of_ours in ((item.boundary, True), (item.reconciler_boundary, False)):
            for permission in bound:
                if permission.sid == "SignInToWorkgroups":
                    assert permission.condition is not None
                    assert met(permission.condition, {})
                    assert met(permission.condition, {TAG: ("mw__analyst__modelling",)}) is one_of_ours
                    for roles in ("sys:dba", "finance", "mw__analyst__modelling:finance"):
                        assert not met(permission.condition, {TAG: (roles,)}), roles
                    checked += 1
    assert checked > 1
