"""The slice deployed by the real cdktf, Terraform and AWS provider: equal to the decisions, read back, exactly revoked.

One story, told in order: each test takes the accounts as the one before left them.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from engine.grants.lf_grants_live import expected_grants
from engine.model.instants import parse_instant
from engine.model.plan import Plan
from tests.deploy.company import Company
from tests.deploy.conftest import NOW, SIGNED
from tests.deploy.projects import change, revoke, sign_everything
from tests.emulator.identity import ANYTHING

GOVERNANCE, CONSUMER = "100000000001", "300000000001"
SCORES = "tables tagged mw-class-servicing=internal.impersonal|public.impersonal & mw-product-servicing=servicing/loans"
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


def test_drift_names_what_was_done_by_hand_who_did_it_and_how_to_mend_it(company: Company) -> None:
    plan = company.plan(NOW)
    lake = company.cloud.server.client("lakeformation", company.cloud.run_as(company.cloud.sync))
    table = {"Table": {"CatalogId": GOVERNANCE, "DatabaseName": "servicing__loans", "Name": "borrower"}}
    dba = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{CONSUMER}:role/meshwarden-plan"}
    everybody = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    by_tags = next(item for item in lake.list_permissions()["PrincipalResourcePermissions"] if _is_of_scorer(item))
    scorers = {key: by_tags[key] for key in ("Principal", "Resource", "Permissions")}
    iam = company.cloud.client("iam", CONSUMER)
    company.cloud.world.pass_time(timedelta(minutes=5))
    lake.grant_permissions(Principal=dba, Resource=table, Permissions=["SELECT"])
    lake.grant_permissions(Principal=everybody, Resource=table, Permissions=["ALL"])
    lake.revoke_permissions(**scorers)
    role = plan.access_roles[0]
    iam.put_role_policy(RoleName=role.name, PolicyName="more", PolicyDocument=ANYTHING)
    iam.create_role(RoleName="mw.analyst.lunch", AssumeRolePolicyDocument=json.dumps(role.trust))

    told = company.drift(NOW, "--output", "json")
    assert told.returncode == 2, told.stderr
    found = {(item["kind"], item["thing"]["name"]): item for item in json.loads(told.stdout)["drift"]}
    by = f"arn:aws:sts::{GOVERNANCE}:assumed-role/catalog-sync/company"
    administrator = f"arn:aws:iam::{CONSUMER}:user/administrator"
    assert {key: item["made"]["by"] for key, item in found.items()} == {
        ("by others", f"{dba['DataLakePrincipalIdentifier']} on columns of servicing__loans.borrower: all"): by,
        ("IAMAllowedPrincipals", "IAM_ALLOWED_PRINCIPALS on table servicing__loans.borrower"): by,
        ("missing", f"{scorers['Principal']['DataLakePrincipalIdentifier']} on {SCORES}"): by,
        ("changed", role.name): administrator,
        ("excess", "mw.analyst.lunch"): administrator,
    }
    assert all(item["mend"] for item in found.values())
    shown = company.drift(NOW).stdout
    assert "+ by others: Lake Formation grant" in shown
    assert f"by {by}, RevokePermissions at 2026-06-01T09:05:00Z" in shown

    lake.revoke_permissions(Principal=dba, Resource=table, Permissions=["SELECT"])
    lake.revoke_permissions(Principal=everybody, Resource=table, Permissions=["ALL"])
    iam.delete_role_policy(RoleName=role.name, PolicyName="more")
    iam.delete_role(RoleName="mw.analyst.lunch")
    company.deploy(NOW)
    _stands(company, plan)


def test_what_drift_may_not_see_is_an_error_and_never_nothing(company: Company) -> None:
    lake = company.cloud.client("lakeformation", GOVERNANCE)
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    lake.put_data_lake_settings(DataLakeSettings=settings | {"ReadOnlyAdmins": []})
    told = company.drift(NOW)
    lake.put_data_lake_settings(DataLakeSettings=settings)
    assert (told.returncode, told.stdout) == (1, "")
    assert "is no administrator of its Lake Formation" in told.stderr
    iam = company.cloud.client("iam", CONSUMER)
    policy = iam.get_role_policy(RoleName="meshwarden-plan", PolicyName="meshwarden-plan")["PolicyDocument"]
    statements = [item for item in policy["Statement"] if "glue:GetDatabases" not in item["Action"]]
    assert len(statements) < len(policy["Statement"])
    put = {"RoleName": "meshwarden-plan", "PolicyName": "meshwarden-plan"}
    iam.put_role_policy(**put, PolicyDocument=json.dumps(policy | {"Statement": statements}))
    told = company.drift(NOW)
    iam.put_role_policy(**put, PolicyDocument=json.dumps(policy))
    assert (told.returncode, "1 account not seen" in told.stdout) == (1, True)
    assert f"account {CONSUMER}, eu-west-1: GetDatabases: AccessDenied" in told.stderr
    assert company.drift(NOW).returncode == 0


def test_an_agreement_cut_at_the_data_is_over_at_once_and_stays_over(company: Company) -> None:
    before = company.plan(NOW)
    done = company.cut("loans-modelling", NOW)
    assert (done.returncode, done.stderr) == (0, "")
    plan = company.plan(NOW)
    assert expected_grants(before).keys() - expected_grants(plan).keys()
    assert company.misread(plan) == []
    again = company.cut("loans-modelling", NOW)
    assert "0 things ended" in again.stdout
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
    for agreement in ("arrears-modelling", "loans-reporting", "scores"):
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


def _is_of_scorer(item: dict[str, Any]) -> bool:
    policy = item["Resource"].get("LFTagPolicy", {})
    return (
        ":role/mw.scorer" in item["Principal"]["DataLakePrincipalIdentifier"] and policy.get("ResourceType") == "TABLE"
    )
