"""The slice deployed by the real cdktf, Terraform and AWS provider: equal to the decisions, read back, exactly revoked.

One story, told in order: each test takes the accounts as the one before left them. It deploys twice and destroys.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from engine.grants.lf_grants_live import expected_grants
from engine.model.instants import parse_instant
from engine.model.plan import Plan, RolePlan, ShareTarget
from tests.deploy.company import Company
from tests.deploy.conftest import NOW, SIGNED
from tests.deploy.projects import change, sign_everything
from tests.deploy.warehouses import StatementError, client, done_since, namespace_of, restored, run_by_hand
from tests.deploy.watch_warehouses import strays_in_warehouses
from tests.emulator.identity import ANYTHING

GOVERNANCE, CONSUMER = "100000000001", "300000000001"
ARREARS = "tables tagged mw-class-servicing=internal.impersonal & mw-product-servicing=servicing/arrears"
LATER = parse_instant("2026-09-01T00:00:00Z")
"""The instant at which the agreements on payments and ratings are over."""
PRODUCER, LENDING = "200000000001", "3f0c9a52-6f1e-4c0b-9d57-2a8f6be1c901"
MODELLING, REPORTING = (f"mw__analyst__{purpose}__servicing___collections" for purpose in ("modelling", "reporting"))
"""The databases of collections, one of each purpose."""


def test_the_slice_has_every_kind_of_grant(company: Company) -> None:
    plan = company.plan(NOW)
    assert {grant.kind for grant in plan.grants} == {"lf_tag", "lf_column", "link", "datashare"}
    assert plan.opt_ins
    assert plan.session_policies
    mesh = company.cloud.mesh
    targets = [grant.target for grant in plan.grants if isinstance(grant.target, ShareTarget)]
    ways = {(mesh.warehouse[item.producer].account == CONSUMER, mesh.warehouse[item.consumer].kind) for item in targets}
    assert ways == {(False, "serverless"), (False, "cluster"), (True, "serverless"), (True, "cluster")}
    assert any(target.database is None for target in targets)


def test_what_stands_is_what_was_decided(company: Company) -> None:
    with strays_in_warehouses(company.cloud, company.plan(NOW)) as watch:
        seconds = company.deploy(NOW)
    assert (watch.found, watch.most > 0) == ([], True)
    print("".join(f"\n{stack}: {took:.0f} s" for stack, took in sorted(seconds.items())))
    assert len(seconds) <= 6
    _stands(company, company.plan(NOW))
    assert company.deployment.second_plans(NOW) == {}


@pytest.mark.parametrize("warehouse", ["analytics", "models-dwh"])
def test_a_session_reads_the_rows_of_its_view_and_nothing_else(company: Company, warehouse: str) -> None:
    cloud, plan = company.cloud, company.plan(NOW)
    modelling = _role(plan, "analyst/modelling")
    policy = next(item for item in plan.session_policies if item.id == f"{modelling.id}/servicing/collections")
    suffix = warehouse.replace("-", "_")
    view = f"{MODELLING}.{MODELLING}__{suffix}.promise"
    told = client(cloud, cloud.session(modelling, policy.arn), modelling, warehouse)
    assert told.rows(f"SELECT loan_id, amount FROM {view} ORDER BY 1") == [
        ("loan_id-1", "amount-1"),
        ("loan_id-2", "amount-2"),
    ]
    for refused in (
        f"SELECT phone FROM {view}",
        f"SELECT * FROM {MODELLING}.collections.promise",
        f"SELECT loan_id FROM {MODELLING}.{MODELLING}__{suffix}.hardship",
        f"SELECT loan_id FROM {REPORTING}.{REPORTING}__{suffix}.promise",
        "SELECT loan_id FROM ratings.rating",
    ):
        with pytest.raises(StatementError, match=r"permission denied|does not exist"):
            told.rows(refused)
    for statement in ("DELETE FROM ratings.rating", f"GRANT SELECT ON {view} TO PUBLIC", f"DROP DATABASE {MODELLING}"):
        with pytest.raises(StatementError):
            told.rows(statement)


def test_no_session_takes_what_is_not_its_own(company: Company) -> None:
    """Another purpose's database role, another user of a cluster, another warehouse; or no database role at all."""
    cloud, plan = company.cloud, company.plan(NOW)
    modelling, reporting = _role(plan, "analyst/modelling"), _role(plan, "analyst/reporting")
    for tags in (reporting.session_tags, {"RedshiftDbRoles": "sys:superuser"}, {"team": "risk"}):
        with pytest.raises(ClientError, match="TagSession"):
            cloud.session(modelling, tags=tags)
    view = f"{MODELLING}.{MODELLING}__analytics.promise"
    untagged = client(cloud, cloud.session(modelling, tags={}), modelling, "analytics")
    with pytest.raises(StatementError, match="permission denied"):
        untagged.rows(f"SELECT loan_id FROM {view}")
    session = cloud.session(modelling)
    for role, user, warehouse in (
        (modelling, "admin", "models-dwh"),
        (reporting, None, "models-dwh"),
        (modelling, None, "sandbox"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            client(cloud, session, role, warehouse, user).rows("SELECT 1")


def test_who_watches_a_deploy_sees_what_somebody_opens(company: Company) -> None:
    cloud, plan = company.cloud, company.plan(NOW)
    modelling = _role(plan, "analyst/modelling")
    with restored(cloud), strays_in_warehouses(cloud, plan) as watch:
        opened = ("GRANT USAGE ON SCHEMA ratings TO PUBLIC", "GRANT SELECT ON ratings.rating TO PUBLIC")
        run_by_hand(cloud, "models-dwh", *opened)
        client(cloud, cloud.session(modelling), modelling, "models-dwh").rows("SELECT 1")
    assert "'mw__analyst__reporting', 'ratings', 'rating', 'override_by'" in watch.found[0]


def test_drift_names_what_was_done_by_hand_who_did_it_and_how_to_mend_it(company: Company) -> None:
    plan = company.plan(NOW)
    lake = company.cloud.server.client("lakeformation", company.cloud.run_as(company.cloud.sync))
    table = {"Table": {"CatalogId": GOVERNANCE, "DatabaseName": "servicing__loans", "Name": "borrower"}}
    dba = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{CONSUMER}:role/meshwarden-plan"}
    everybody = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    by_tags = next(item for item in lake.list_permissions()["PrincipalResourcePermissions"] if _is_of_arrears(item))
    taken = {key: by_tags[key] for key in ("Principal", "Resource", "Permissions")}
    iam = company.cloud.client("iam", CONSUMER)
    company.cloud.world.pass_time(timedelta(minutes=5))
    lake.grant_permissions(Principal=dba, Resource=table, Permissions=["SELECT"])
    lake.grant_permissions(Principal=everybody, Resource=table, Permissions=["ALL"])
    lake.revoke_permissions(**taken)
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
        ("missing", f"{taken['Principal']['DataLakePrincipalIdentifier']} on {ARREARS}"): by,
        ("changed", role.name): administrator,
        ("excess", "mw.analyst.lunch"): administrator,
    }
    assert all(item["mend"] for item in found.values())

    lake.revoke_permissions(Principal=dba, Resource=table, Permissions=["SELECT"])
    lake.revoke_permissions(Principal=everybody, Resource=table, Permissions=["ALL"])
    lake.grant_permissions(**taken)
    iam.delete_role_policy(RoleName=role.name, PolicyName="more")
    iam.delete_role(RoleName="mw.analyst.lunch")


def test_drift_names_what_was_done_by_hand_in_warehouses(company: Company) -> None:
    """By who may do anything there: in the producer's, in its datashares, and in the consumer's."""
    theirs, ours = f"{REPORTING}__analytics", f"{MODELLING}__analytics"
    with restored(company.cloud):
        run_by_hand(
            company.cloud,
            "lending-dwh",
            f"ALTER DATASHARE {theirs} ADD SCHEMA collections",
            f"ALTER DATASHARE {theirs} ADD TABLE collections.promise",
            f"CREATE VIEW {theirs}.extra AS SELECT phone FROM collections.promise",
            f"ALTER DATASHARE {theirs} ADD TABLE {theirs}.extra",
            f"ALTER DATASHARE {ours} SET PUBLICACCESSIBLE TRUE",
            f"ALTER DATASHARE {ours} SET INCLUDENEW TRUE FOR SCHEMA {ours}",
            f"CREATE OR REPLACE VIEW {ours}.call AS SELECT note AS loan_id FROM collections.call",
            f"GRANT USAGE ON SCHEMA {ours} TO PUBLIC",
        )
        made = f"FROM DATASHARE {theirs} OF ACCOUNT '{PRODUCER}' NAMESPACE '{LENDING}'"
        run_by_hand(
            company.cloud,
            "analytics",
            f"DROP DATABASE {REPORTING}",
            f"CREATE DATABASE {REPORTING} {made}",
            "CREATE USER carl PASSWORD DISABLE",
            f"GRANT USAGE ON DATABASE {MODELLING} TO carl",
        )
        told = company.drift(NOW, "--output", "json")
    assert told.returncode == 2, told.stderr
    found = json.loads(told.stdout)["drift"]
    assert all(item["mend"] and item["made"] is None for item in found)
    lost = f"role mw__analyst__reporting on {{}} {REPORTING}{{}} of analytics"
    assert {(item["kind"], item["thing"]["kind"], item["thing"]["name"]) for item in found} == {
        ("excess", "datashare object", f"schema collections in {theirs} of lending-dwh"),
        ("excess", "datashare object", f"table collections.promise in {theirs} of lending-dwh"),
        ("excess", "datashare object", f"view {theirs}.extra in {theirs} of lending-dwh"),
        ("excess", "Redshift view", f"{theirs}.extra of lending-dwh"),
        ("changed", "datashare", f"{ours} of lending-dwh"),
        ("changed", "datashare object", f"schema {ours} in {ours} of lending-dwh"),
        ("changed", "Redshift view", f"{ours}.call of lending-dwh"),
        ("by others", "Redshift grant", f"public on schema {ours} of lending-dwh"),
        ("missing", "Redshift database", f"{REPORTING} of analytics"),
        ("missing", "Redshift grant", lost.format("database", "")),
        ("missing", "Redshift grant", lost.format("schema", f".{theirs}")),
        ("missing", "Redshift grant", lost.format("view", f".{theirs}.call")),
        ("missing", "Redshift grant", lost.format("view", f".{theirs}.promise")),
        ("by others", "Redshift grant", f"user carl on database {MODELLING} of analytics"),
    }


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


def test_agreements_cut_at_the_data_are_over_at_once(company: Company) -> None:
    before = company.plan(NOW)
    for agreement in ("loans-modelling", "collections-modelling"):
        done = company.cut(agreement, NOW)
        assert (done.returncode, done.stderr) == (0, "")
    plan = company.plan(NOW)
    assert expected_grants(before).keys() - expected_grants(plan).keys()
    assert {grant.id for grant in before.grants if "modelling/300000000001/servicing/collections" in grant.id}
    assert company.misread(plan) == []
    assert "0 things ended" in company.cut("collections-modelling", NOW).stdout


def test_an_agreement_that_is_over_is_read_by_no_session_before_any_deploy(company: Company) -> None:
    cloud, plan = company.cloud, company.plan(NOW)
    modelling = _role(plan, "analyst/modelling")
    policy = next(item for item in plan.session_policies if item.id == f"{modelling.id}/servicing/ratings")
    cloud.world.set_now(LATER)
    session = cloud.session(modelling, policy.arn)
    for warehouse in ("analytics", "models-dwh"):
        with pytest.raises(ClientError, match="AccessDenied"):
            client(cloud, session, modelling, warehouse).rows("SELECT 1")


def test_what_is_cut_narrowed_suspended_and_over_goes_and_nothing_else(company: Company) -> None:
    """A view that keeps its columns is not touched; one that loses some is made anew, and granted again."""
    standing = company.plan(NOW)
    for agreement, terms in (
        ("loans-reporting", {"max_classification": "internal", "personal": False}),
        ("collections-reporting", {"max_classification": "internal"}),
    ):
        change(company.project, f"mesh/agreements/{agreement}.yaml", version=2, **terms)
    change(company.project, "personas/scorer.yaml", suspended=True)
    sign_everything(company.project, SIGNED)
    plan = company.plan(LATER)
    assert "scorer/modelling/300000000001" not in {entitlement.role.id for entitlement in plan.entitlements}
    assert {item.agreement for item in plan.entitlements} == {
        "arrears-modelling",
        "loans-reporting",
        "collections-reporting",
    }
    schema = f"{REPORTING}__analytics"
    before = dict(namespace_of(company.cloud, "lending-dwh").state.databases["lending"].schemas[schema].relations)
    with done_since(company.cloud) as done, strays_in_warehouses(company.cloud, standing, plan) as watch:
        company.deploy(LATER)
    assert (watch.found, watch.most > 0) == ([], True)
    _stands(company, plan)
    after = namespace_of(company.cloud, "lending-dwh").state.databases["lending"].schemas[schema].relations
    assert (after["call"].id, [*after["promise"].columns]) == (before["call"].id, ["loan_id"])
    assert after["promise"].id != before["promise"].id
    of_schema = [statement for statement in done if schema in statement]
    assert [statement for statement in of_schema if not statement.startswith("GRANT")] == [
        f'ALTER DATASHARE "{schema}" REMOVE TABLE "{schema}"."promise"',
        f'DROP VIEW "{schema}"."promise"',
        f'CREATE VIEW "{schema}"."promise" AS SELECT "loan_id" FROM "collections"."promise"',
        f'ALTER DATASHARE "{schema}" ADD TABLE "{schema}"."promise"',
    ]
    assert [statement for statement in of_schema if statement.startswith("GRANT")] == [
        f'GRANT SELECT ON "{REPORTING}"."{schema}"."promise" TO ROLE "mw__analyst__reporting"'
    ]


def test_destroy_leaves_nothing(company: Company) -> None:
    company.destroy(LATER)
    assert company.left() == []


def _stands(company: Company, plan: Plan) -> None:
    """The accounts read back are the plan, and each session reads just what it should of every table and column."""
    told = company.drift(plan.now)
    assert told.returncode == 0, told.stdout + told.stderr
    assert company.misread(plan) == []


def _role(plan: Plan, name: str) -> RolePlan:
    return next(role for role in plan.access_roles if role.id == f"{name}/{CONSUMER}")


def _is_of_arrears(item: dict[str, Any]) -> bool:
    policy = item["Resource"].get("LFTagPolicy", {})
    terms = [value for term in policy.get("Expression", ()) for value in term["TagValues"]]
    return "servicing/arrears" in terms and policy.get("ResourceType") == "TABLE"
