"""The boundary that onboarding writes takes nothing from a role or a session, as IAM evaluates the three together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from engine.grants.iam import Layer, span
from engine.grants.session_policy.evaluate import ABOVE, ANYTHING, DATA, QUERY, TABLE
from engine.onboard.permission import document_of
from engine.onboard.roles import onboarding
from engine.run import run_line
from engine.sources.deployment import load_deployment

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
        boundary = Layer({"boundary": document_of(item.boundary)})
        for actions in (ABOVE, DATA, QUERY, TABLE):
            for resource in [ANYTHING, *session.resources(actions)]:
                allowed = span([identity, session], actions, resource)
                assert span([identity, boundary, session], actions, resource) == allowed, (role.id, resource)
                compared += allowed[0] != ()
        assert span([boundary], frozenset({"s3:getobject", "glue:updatetable"}), ANYTHING) == ((), ())
    assert compared > 50
