"""What the access roles read in the lake between two applies: looked at after every call of a deploy that changes it.

One story, told in order: each test takes the accounts as the one before left them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from engine.model.plan import Plan
from tests.deploy.company import Company, company_of
from tests.deploy.conftest import NOW, SIGNED
from tests.deploy.projects import (
    SLICE,
    change,
    copy_agreement,
    copy_project,
    revoke,
    sign_everything,
    without_warehouses,
)
from tests.deploy.watch import Gap, Moment, watching
from tests.emulator.catalog import Catalog

LOANS = "mesh/products/servicing/loans.odcs.yaml"
PAYMENTS = "mesh/products/servicing/payments.odcs.yaml"
MODELLING, REPORTING, SCORING = (
    f"{role}/300000000001" for role in ("analyst/modelling", "analyst/reporting", "scorer/modelling")
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """With the lake alone, so that there is less to deploy."""
    project = copy_project(SLICE, tmp_path_factory.mktemp("between") / "project")
    without_warehouses(project)
    sign_everything(project, SIGNED)
    with company_of(project, NOW, by_hand=True) as made:
        yield made


def test_the_mesh_as_it_stands(company: Company) -> None:
    """Two agreements of one role on one product; two columns of one class in one table."""
    copy_agreement(company.project, "loans-modelling", "loans-modelling-internal", max_classification="internal")
    _classify(company, LOANS, "loan", "risk_note", "public")
    sign_everything(company.project, SIGNED)
    company.deploy(NOW)
    assert company.misread(company.plan(NOW)) == []


def test_a_narrower_agreement_and_new_ones(company: Company) -> None:
    before = company.plan(NOW)
    change(company.project, "mesh/agreements/loans-modelling.yaml", version=2, max_classification="public")
    revoke(company.project, "arrears-modelling", NOW)
    refunds = {"product": "servicing/payments", "tables": ["refund"]}
    copy_agreement(company.project, "loans-modelling-internal", "refunds-modelling", **refunds)
    copy_agreement(company.project, "scores", "refund-scores", **refunds)
    sign_everything(company.project, SIGNED)
    gaps, layers = _deployed(company, before)
    assert layers == {0, 1, 2}
    # its tag grant names one class less
    assert {gap.column[:2] for gap in gaps} == {(MODELLING, "servicing/loans")}
    assert all(gap.within("RevokePermissions", "GrantPermissions") for gap in gaps)


def test_columns_that_are_new_or_change_their_class(company: Company) -> None:
    """`term` joins a class while a grant on that class is being narrowed: nobody may see it through that grant."""
    before = company.plan(NOW)
    change(company.project, "mesh/agreements/scores.yaml", version=2, max_classification="public")
    sign_everything(company.project, SIGNED)
    _add_column(company, LOANS, "loan", "term", "internal")
    _classify(company, LOANS, "loan", "opened", "internal")
    _classify(company, PAYMENTS, "payment", "paid", "confidential")
    gaps, _ = _deployed(company, before)
    assert {gap.column for gap in gaps if gap.within("RemoveLFTagsFromResource", "AddLFTagsToResource")} == {
        (MODELLING, "servicing/loans", "loan", "opened"),
        (REPORTING, "servicing/loans", "loan", "opened"),
    }
    assert {gap.column for gap in gaps if gap.within("RevokePermissions", "GrantPermissions")} == {
        # its tag grant names one class less
        (SCORING, "servicing/loans", "loan", "risk_note"),
        # one grant names all columns of the table, and `paid` leaves it
        (MODELLING, "servicing/payments", "payment", "loan_id"),
        (MODELLING, "servicing/payments", "payment", "month"),
    }
    assert len(gaps) == 5


def _deployed(company: Company, before: Plan) -> tuple[list[Gap], set[int]]:
    """Where somebody who keeps a column did not read it for a while, and in which layers of stacks something changed.

    Nobody may read at any time what neither plan gives, and no layer may change before the one that it waits for.
    """
    with watching(company.cloud, before) as watch:
        company.deploy(NOW)
    after = company.plan(NOW)
    assert company.misread(after) == []
    gaps = watch.gaps(before, after)
    print(f"\n{len(watch.moments)} calls that change something, {len(gaps)} gaps")
    print("".join(f"  {gap}\n" for gap in gaps))
    assert watch.strays(before, after) == []
    layers = [_layer(company, moment) for moment in watch.moments]
    assert layers == sorted(layers)
    return gaps, set(layers)


def _layer(company: Company, moment: Moment) -> int:
    """The place of its stack in the order of deployment, on grant and on revoke alike.

    docs/adr/0007-stacks-from-declarations.md: roles, the central catalog, links.
    """
    if moment.service == "iam":
        return 0
    return 1 if moment.account == company.cloud.mesh.governance_account.id else 2


def _classify(company: Company, file: str, table: str, column: str, classification: str) -> None:
    schema = yaml.safe_load((company.project / file).read_text())["schema"]
    [found] = [item for item in _table(schema, table)["properties"] if item["name"] == column]
    found["classification"] = classification
    found["customProperties"] = [{"property": "meshwarden", "value": {"personal": False}}]
    change(company.project, file, schema=schema)


def _add_column(company: Company, file: str, table: str, column: str, classification: str) -> None:
    """A column in the central table, and in the contract."""
    contract = yaml.safe_load((company.project / file).read_text())
    found = {"name": column, "logicalType": "string", "physicalType": "string"}
    _table(contract["schema"], table)["properties"].append(found)
    change(company.project, file, schema=contract["schema"])
    _classify(company, file, table, column, classification)
    catalog = company.cloud.world.state(Catalog, company.cloud.mesh.governance_account.id, "eu-west-1")
    standing = catalog.table("servicing__loans", table)
    assert standing is not None
    storage = standing.definition["StorageDescriptor"]
    columns = [*storage["Columns"], {"Name": column, "Type": "string"}]
    standing.define(standing.definition | {"StorageDescriptor": storage | {"Columns": columns}})


def _table(schema: list[dict[str, Any]], name: str) -> dict[str, Any]:
    [found] = [item for item in schema if item["name"] == name]
    return found
