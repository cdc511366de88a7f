"""Datashares broken by hand: what is found names what is at fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.model.plan import LinkTarget, View
from tests.scenarios.facts import Facts
from tests.unit.grants.equivalence.breaks import (
    ACCESS,
    BROKER,
    OTHER,
    ROLE,
    SESSION,
    Break,
    Found,
    assert_found,
    both,
    grants,
    without_grant,
)
from tests.unit.grants.equivalence.shares import (
    OF_A_CLUSTER,
    SHARE,
    TWO_PRODUCTS,
    TWO_ROLES,
    tables,
    target,
    warehouses,
)
from tests.unit.grants.warehouses import CLUSTER, DIRECT, LOANS, SERVERLESS, in_redshift

ALL: dict[str, tuple[str, ...]] = {"loan": ("amount", "borrower", "id"), "payment": ("id", "paid", "payer")}
NARROW = in_redshift(agreements={"loans-for-fraud": {"max_classification": "internal", "personal": False}})


def each(kind: str, grant: str, columns: dict[str, tuple[str, ...]] = ALL, role: str = ROLE) -> set[Found]:
    return {(role, kind, f"{table}.{column}", grant) for table, names in columns.items() for column in names}


def cannot(id: str = SHARE, columns: dict[str, tuple[str, ...]] = ALL) -> set[Found]:
    """What cannot be made gives nothing."""
    return each("missing", id, columns) | {(ROLE, "missing", ".", id)}


LOAN, PAYMENT = View("loan", ALL["loan"]), View("payment", ALL["payment"])

BREAKS: dict[str, tuple[Facts, Break, set[Found]]] = {
    "a share is dropped, and another warehouse keeps its own": (
        in_redshift(),
        without_grant(SHARE),
        {(ROLE, "excess", ".", policy) for policy in (ACCESS, SESSION)},
    ),
    "all shares are dropped": (
        in_redshift(),
        lambda plan: replace(plan, grants=()),
        each("missing", "") | {(ROLE, "excess", ".", policy) for policy in (ACCESS, SESSION)},
    ),
    "a view shows a column more": (
        NARROW,
        target(views=(View("loan", ("amount", "id")), View("payment", ("id",)))),
        {(ROLE, "excess", "loan.amount", SHARE)},
    ),
    "a view shows a column less, in one of the warehouses": (
        in_redshift(),
        target(views=(View("loan", ("amount", "id")), PAYMENT)),
        {(ROLE, "missing", "loan.borrower", SHARE)},
    ),
    "a view is forgotten": (
        in_redshift(),
        target(OF_A_CLUSTER, views=(LOAN,)),
        each("missing", OF_A_CLUSTER, {"payment": ALL["payment"]}),
    ),
    "a view names a column twice": (
        in_redshift(),
        target(views=(View("loan", (*ALL["loan"], "id")), PAYMENT)),
        cannot(),
    ),
    "a view names no column": (in_redshift(), target(views=(LOAN, PAYMENT, View("note", ()))), cannot()),
    "two views have one name": (in_redshift(), target(views=(LOAN, LOAN, PAYMENT)), cannot()),
    "a view reads no table of the product": (
        in_redshift(),
        target(views=(LOAN, replace(PAYMENT, table="card"))),
        cannot(),
    ),
    "a view reads a table of another product": (
        TWO_PRODUCTS,
        target(views=(LOAN, PAYMENT, View("card", ("id",)))),
        cannot(),
    ),
    "a share holds no view": (in_redshift(), target(views=()), cannot()),
    "producer and consumer are swapped": (
        in_redshift(),
        target(producer=SERVERLESS, consumer="lending-dwh"),
        {(ROLE, "missing", ".", SHARE)}
        | each("missing", SHARE)
        | {(ROLE, "excess", ".", ACCESS)}
        | {(ROLE, "excess", ".", SESSION), (ROLE, "missing", ".", SESSION), (ROLE, "missing", ".", "")},
    ),
    "the consumer is not in the role's account": (
        in_redshift(),
        warehouses(SERVERLESS, account="100000000001"),
        {(ROLE, "missing", ".", fault) for fault in (SHARE, "", SESSION)}
        | {(ROLE, "excess", ".", fault) for fault in (ACCESS, SESSION)},
    ),
    "the producer lies elsewhere": (
        in_redshift(),
        warehouses("lending-dwh", region="eu-central-1"),
        cannot() | cannot(OF_A_CLUSTER),
    ),
    "the producer is not encrypted": (
        in_redshift(),
        warehouses("lending-dwh", encrypted=False),
        cannot() | cannot(OF_A_CLUSTER),
    ),
    "the consumer is not encrypted": (in_redshift(), warehouses(CLUSTER, encrypted=False), cannot(OF_A_CLUSTER)),
    "neither is encrypted, across accounts": (
        in_redshift(),
        both(*(warehouses(id, encrypted=False) for id in ("lending-dwh", SERVERLESS, CLUSTER))),
        cannot() | cannot(OF_A_CLUSTER),
    ),
    "a warehouse is not declared": (
        in_redshift(),
        lambda plan: replace(plan, warehouses=tuple(item for item in plan.warehouses if item.id != CLUSTER)),
        cannot(OF_A_CLUSTER) | {(ROLE, "excess", ".", fault) for fault in (ACCESS, SESSION)},
    ),
    "a share with another has no database": (in_redshift(), target(database=None), cannot()),
    "a share with itself has a database": (
        DIRECT,
        target(f"datashare/{ROLE}/{LOANS}/lending-dwh", database="d"),
        cannot(f"datashare/{ROLE}/{LOANS}/lending-dwh"),
    ),
    "a table lies nowhere": (
        in_redshift(),
        tables(lambda held: {"loan": held["loan"]}),
        cannot() | cannot(OF_A_CLUSTER),
    ),
    "a grant lets nothing be selected": (
        in_redshift(),
        lambda plan: grants(plan, SHARE, lambda grant: replace(grant, permissions=("DESCRIBE",))),
        each("missing", SHARE),
    ),
    "a share goes to a stranger": (
        in_redshift(),
        lambda plan: grants(plan, SHARE, lambda grant: replace(grant, principal=BROKER)),
        {(ROLE, "excess", ".", fault) for fault in (SHARE, ACCESS, SESSION)},
    ),
    "a share goes to another access role": (
        TWO_ROLES,
        lambda plan: grants(
            plan, SHARE, lambda grant: replace(grant, principal=next(r.arn for r in plan.access_roles if r.id == OTHER))
        ),
        {
            (ROLE, "excess", ".", ACCESS),
            (ROLE, "excess", ".", SESSION),
            (OTHER, "missing", ".", SHARE),
            (
                OTHER,
                "excess",
                ".",
                "database role or user `mw__fraud_analyst__fraud_detection` of account 300000000001",
            ),
        },
    ),
    "a grant is on no share": (
        in_redshift(),
        lambda plan: grants(plan, SHARE, lambda grant: replace(grant, target=LinkTarget("x"))),
        {(ROLE, "excess", ".", fault) for fault in (SHARE, ACCESS, SESSION)},
    ),
    "the database role is another's": (
        TWO_ROLES,
        target(redshift_role="mw__fraud_analyst__reporting"),
        {
            (ROLE, "missing", ".", SHARE),
            (OTHER, "excess", ".", "database role or user `mw__fraud_analyst__reporting` of account 300000000001"),
        },
    ),
    "a cluster's database role is another's": (
        TWO_ROLES,
        target(OF_A_CLUSTER, redshift_role="mw__fraud_analyst__reporting"),
        {(OTHER, "excess", ".", "database role or user `mw__fraud_analyst__reporting` of account 300000000001")},
    ),
    "the user of a cluster is another's": (
        TWO_ROLES,
        target(OF_A_CLUSTER, redshift_user="mw_user__fraud_analyst__reporting"),
        {
            (OTHER, "excess", ".", "database role or user `mw_user__fraud_analyst__reporting` of account 300000000001"),
            (ROLE, "missing", ".", ""),
            (ROLE, "missing", ".", SESSION),
            (ROLE, "excess", ".", ACCESS),
            (ROLE, "excess", ".", SESSION),
        },
    ),
    "a cluster has nobody to sign in": (
        in_redshift(),
        target(OF_A_CLUSTER, redshift_user=None),
        {
            (ROLE, "missing", ".", OF_A_CLUSTER),
            (ROLE, "missing", ".", ""),
            (ROLE, "missing", ".", SESSION),
            (ROLE, "excess", ".", ACCESS),
            (ROLE, "excess", ".", SESSION),
        },
    ),
    "a serverless warehouse has a user": (
        in_redshift(),
        target(redshift_user="somebody"),
        {(ROLE, "missing", ".", SHARE)},
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_share_is_found_out(case: str) -> None:
    assert_found(*BREAKS[case])
