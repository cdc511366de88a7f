"""Datashares that people changed by hand are mended, and what consumers made of those that were ended still goes.

One story, told in order: each test takes the accounts as the one before left them.
"""

from __future__ import annotations

from datetime import timedelta

from tests.deploy.company import Company
from tests.deploy.conftest import NOW
from tests.deploy.projects import revoke
from tests.deploy.warehouses import namespace_of, run_by_hand

PRODUCER, CONSUMER = "200000000001", "300000000001"
MODELLING, REPORTING = (f"mw__analyst__{purpose}__servicing___collections" for purpose in ("modelling", "reporting"))


def test_all_stands(company: Company) -> None:
    company.deploy(NOW)
    assert company.misread(company.plan(NOW)) == []


def test_what_was_changed_in_a_warehouse_is_mended_by_calling_again(company: Company) -> None:
    """As docs/deploy.md has it; a deploy would find nothing to do."""
    share = f"{MODELLING}__analytics"
    run_by_hand(
        company.cloud,
        "lending-dwh",
        f"ALTER DATASHARE {share} SET PUBLICACCESSIBLE TRUE",
        f"ALTER DATASHARE {share} SET INCLUDENEW TRUE FOR SCHEMA {share}",
        f"CREATE OR REPLACE VIEW {share}.call AS SELECT note AS loan_id FROM collections.call",
        f"ALTER DATASHARE {share} ADD SCHEMA collections",
        f"ALTER DATASHARE {share} ADD TABLE collections.promise",
    )
    run_by_hand(
        company.cloud, "analytics", f"REVOKE SELECT ON {MODELLING}.{share}.promise FROM ROLE mw__analyst__modelling"
    )
    assert company.drift(NOW).returncode == 2
    company.deployment.replace(NOW, f"{PRODUCER}-eu-west-1-producer", f"share-settled-lending-dwh__{share}")
    company.deployment.replace(NOW, f"{CONSUMER}-eu-west-1-consumer", f"database-settled-{share}")
    told = company.drift(NOW)
    assert told.returncode == 0, told.stdout + told.stderr
    assert company.misread(company.plan(NOW)) == []


def test_a_share_that_is_deauthorized_or_dropped_is_read_by_nobody_and_told(company: Company) -> None:
    company.cloud.world.pass_time(timedelta(minutes=5))
    redshift = company.cloud.client("redshift", PRODUCER)
    arn = namespace_of(company.cloud, "lending-dwh").share_arn(f"{MODELLING}__analytics")
    redshift.deauthorize_data_share(DataShareArn=arn, ConsumerIdentifier=CONSUMER)
    run_by_hand(company.cloud, "lending-dwh", f"DROP DATASHARE {REPORTING}__analytics")
    wrong = company.misread(company.plan(NOW))
    assert wrong
    assert all("does not read ('analytics', 'servicing/collections'" in item for item in wrong)
    told = company.drift(NOW)
    assert told.returncode == 2, told.stderr
    assert f"{REPORTING}__analytics of lending-dwh" in told.stdout
    assert "DeauthorizeDataShare" in told.stdout


def test_the_next_deploy_takes_what_is_left_of_those_that_ended(company: Company) -> None:
    for agreement in ("collections-modelling", "collections-reporting"):
        revoke(company.project, agreement, NOW)
    company.deploy(NOW)
    assert company.drift(NOW).returncode == 0
    assert company.misread(company.plan(NOW)) == []
    assert not [item for item in company.left() if "collections" in item]


def test_destroy_leaves_nothing_though_a_share_within_the_account_is_gone(company: Company) -> None:
    run_by_hand(company.cloud, "models-dwh", "DROP DATASHARE mw__analyst__modelling__servicing___ratings__analytics")
    company.destroy(NOW)
    assert company.left() == []
