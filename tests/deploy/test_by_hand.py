"""What was deleted by hand keeps no revocation from where the data is.

One story, told in order: each test takes the accounts as the one before left them.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.grants.lf_grants_live import expected_grants
from engine.grants.names import central_database
from tests.deploy.cloud import expected_reads
from tests.deploy.company import Company
from tests.deploy.conftest import NOW
from tests.deploy.deployment import DeployFailedError
from tests.deploy.projects import change, revoke
from tests.deploy.warehouses import run_by_hand
from tests.emulator.catalog import Catalog
from tests.emulator.lakeformation.state import Lake

GOVERNANCE, PRODUCER, CONSUMER = "100000000001", "200000000001", "300000000001"
LOANS = "mesh/products/servicing/loans.odcs.yaml"
MODELLING = f"analyst/modelling/{CONSUMER}"


def test_all_stands(company: Company) -> None:
    company.deploy(NOW)
    assert company.misread(company.plan(NOW)) == []


def test_a_warehouse_is_mended_by_what_docs_deploy_says(company: Company) -> None:
    """Terraform finds nothing to do, so its settled invocation is replaced: that takes nothing away."""
    share = "mw__analyst__modelling__servicing___collections__analytics"
    before = company.plan(NOW)
    run_by_hand(
        company.cloud,
        "lending-dwh",
        f"ALTER DATASHARE {share} ADD SCHEMA collections",
        f"ALTER DATASHARE {share} ADD TABLE collections.promise",
        f"ALTER DATASHARE {share} SET PUBLICACCESSIBLE TRUE",
    )
    told = company.drift(NOW)
    assert told.returncode == 2, told.stderr
    assert "by whom is not in CloudTrail: ask SYS_QUERY_HISTORY of `lending-dwh`" in told.stdout
    company.deploy(NOW)
    assert company.drift(NOW).returncode == 2

    stack = company.project / "cdktf.out" / "stacks" / f"{PRODUCER}-eu-west-1-producer"
    (settled,) = [
        name for name in _terraform(company, stack, "state", "list") if "share-settled-" in name and share in name
    ]
    replace = ("apply", f"-replace={settled}", "-auto-approve", "-input=false", "-no-color")
    assert "Resources: 1 added, 0 changed, 1 destroyed." in " ".join(_terraform(company, stack, *replace))
    assert company.drift(NOW).returncode == 0
    assert company.misread(before) == []


def test_a_role_that_is_gone_loses_its_grants_and_gets_back_only_what_persists(company: Company) -> None:
    """AWS gives a role that is made again what was granted to its ARN, so what ended must be revoked without it.

    https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_DataLakePrincipal.html
    """
    before = company.plan(NOW)
    _delete_role(company, "mw.analyst.modelling")
    revoke(company.project, "loans-modelling", NOW)
    company.deploy(NOW)
    after = company.plan(NOW)
    assert expected_grants(before).keys() - expected_grants(after).keys()
    assert company.drift(NOW).returncode == 0
    assert company.misread(after) == []


def test_a_table_that_is_gone_stops_its_product_only_where_something_is_given(company: Company) -> None:
    """The contract still names it, so the deploy stops and says so; what is revoked is revoked by then."""
    before = company.plan(NOW)
    _drop_table(company, "servicing/loans", "borrower")
    revoke(company.project, "payments-modelling", NOW)
    with pytest.raises(DeployFailedError, match="borrower"):
        company.deploy(NOW)
    after = company.plan(NOW)
    for role in before.access_roles:
        there = {place: read for place, read in expected_reads(after, role.id).items() if place[1] != "borrower"}
        assert company.cloud.reads_of(role, None) == there
    assert {
        role.id for role in before.access_roles if expected_reads(before, role.id) != expected_reads(after, role.id)
    }
    told = company.drift(NOW)
    assert told.returncode == 2
    assert "borrower" in told.stdout


def test_a_contract_without_the_table_makes_it_whole(company: Company) -> None:
    schema = yaml.safe_load((company.project / LOANS).read_text())["schema"]
    change(company.project, LOANS, schema=[table for table in schema if table["name"] != "borrower"])
    company.deploy(NOW)
    assert company.drift(NOW).returncode == 0
    after = company.plan(NOW)
    for role in after.access_roles:
        assert company.cloud.reads_of(role, None) == expected_reads(after, role.id)


def _terraform(company: Company, stack: Path, *arguments: str) -> list[str]:
    """The lines that it says, in a stack's folder."""
    environment = company.deployment.environment(NOW)
    done = subprocess.run(
        ["terraform", f"-chdir={stack}", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def _delete_role(company: Company, name: str) -> None:
    """As its account's administrator does it in the console."""
    iam: Any = company.cloud.server.client("iam", company.cloud.administrators[CONSUMER])
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=name)


def _drop_table(company: Company, product: str, table: str) -> None:
    """As Glue does: with what is granted and tagged on it."""
    world, database = company.cloud.world, central_database(product)
    del world.state(Catalog, GOVERNANCE, "eu-west-1").databases[database].tables[table]
    lake = world.state(Lake, GOVERNANCE, "eu-west-1")
    lake.grants.forget_table(GOVERNANCE, database, table)
    lake.tags.forget((database, table))
