"""The slice deployed by the real cdktf, Terraform and AWS provider: equal to the decisions, read back, exactly revoked.

One story, told in order: each test takes the accounts as the one before left them.
"""

from __future__ import annotations

from engine.grants.lf_grants_live import expected_grants
from engine.model.instants import parse_instant
from engine.model.plan import Plan
from tests.deploy.company import Company
from tests.deploy.conftest import NOW, SIGNED
from tests.deploy.projects import change, revoke, sign_everything

LATER = parse_instant("2026-09-01T00:00:00Z")
"""The instant at which the agreement on payments is over."""


def test_the_slice_has_every_kind_of_grant(company: Company) -> None:
    plan = company.plan(NOW)
    assert {grant.kind for grant in plan.grants} == {"lf_tag", "lf_column", "link"}
    assert plan.opt_ins
    assert plan.session_policies


def test_what_stands_is_what_was_decided(company: Company) -> None:
    seconds = company.deploy(NOW)
    print("".join(f"\n{stack}: {took:.0f} s" for stack, took in sorted(seconds.items())))
    assert len(seconds) <= 6
    _stands(company, company.plan(NOW))
    assert company.deployment.second_plans(NOW) == {}


def test_an_agreement_cut_at_the_data_is_over_at_once_and_stays_over(company: Company) -> None:
    before = company.plan(NOW)
    done = company.cut("loans-modelling", NOW)
    assert (done.returncode, done.stderr) == (0, "")
    plan = company.plan(NOW)
    assert expected_grants(before).keys() - expected_grants(plan).keys()
    assert company.misread(plan) == []
    again = company.cut("loans-modelling", NOW)
    assert "0 grants revoked" in again.stdout
    company.deploy(NOW)
    _stands(company, plan)


def test_a_narrower_agreement_takes_just_the_columns_that_leave(company: Company) -> None:
    file = "mesh/agreements/loans-reporting.yaml"
    change(company.project, file, version=2, max_classification="internal", personal=False)
    sign_everything(company.project, SIGNED)
    company.deploy(NOW)
    _stands(company, company.plan(NOW))


def test_a_suspended_persona_loses_everything_and_no_other_anything(company: Company) -> None:
    change(company.project, "personas/scorer.yaml", suspended=True)
    company.deploy(NOW)
    plan = company.plan(NOW)
    assert "scorer/modelling/300000000001" not in {entitlement.role.id for entitlement in plan.entitlements}
    _stands(company, plan)
    change(company.project, "personas/scorer.yaml", suspended=False)


def test_an_agreement_that_is_over_leaves_nothing_behind(company: Company) -> None:
    plan = company.plan(LATER)
    assert not [item for item in plan.entitlements if item.agreement == "payments-modelling"]
    company.deploy(LATER)
    _stands(company, plan)


def test_the_last_agreement_of_an_account_leaves_no_grant_no_link_and_no_session_policy(company: Company) -> None:
    for agreement in ("loans-reporting", "scores"):
        revoke(company.project, agreement, LATER)
    company.deploy(LATER)
    plan = company.plan(LATER)
    assert not plan.grants
    _stands(company, plan)
    left = company.left()
    assert not [item for item in left if "holds" in item or "link" in item or "opt-in" in item or "mw-session" in item]


def test_destroy_leaves_nothing(company: Company) -> None:
    company.destroy(LATER)
    assert company.left() == []


def _stands(company: Company, plan: Plan) -> None:
    """The accounts read back are the plan, and each session reads just what it should of every table and column."""
    told = company.drift(plan.now)
    assert told.returncode == 0, told.stdout + told.stderr
    assert company.misread(plan) == []
