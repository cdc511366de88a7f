"""Grants and tags broken by hand, in every way we could think of: what is found names the grant at fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.model.plan import ColumnTarget, Grant, Plan, TagTarget, Unrealised
from tests.scenarios.facts import Facts
from tests.unit.grants.equivalence.breaks import (
    ACCESS,
    BROKER,
    COLUMN_GRANT,
    DATABASE_GRANT,
    LINK,
    OTHER,
    ROLE,
    SESSION,
    TABLE_GRANT,
    Break,
    Found,
    assert_found,
    grants,
    without_grant,
)

BY_TAGS: Facts = {
    "products": {"mortgage/loans": {"tables": {"loan": {"remark": "unclassified"}}}},
    "agreements": {"loans-for-fraud": {"max_classification": "confidential"}},
}
BY_NAME: Facts = {"agreements": {"loans-for-fraud": {"tables": ["loan"]}}}


def expression(**values: tuple[str, ...]) -> Callable[[Grant], Grant]:
    keys = {"product": "mw-product-mortgage", "classes": "mw-class-mortgage"}
    return lambda grant: replace(
        grant, target=TagTarget("TABLE", {keys[name]: value for name, value in values.items()})
    )


def tagged(table: str, column: str | None, tags: dict[str, str]) -> Break:
    def change(plan: Plan) -> Plan:
        (database,) = plan.assignments
        tables = tuple(
            item
            if item.name != table
            else replace(item, columns=item.columns | {column: tags})
            if column
            else replace(item, tags=tags)
            for item in database.tables
        )
        return replace(plan, assignments=(replace(database, tables=tables),))

    return change


ALL = {"loan": ("amount", "id"), "payment": ("id", "paid", "payer")}
CLASSES = ("confidential.impersonal", "confidential.personal", "internal.impersonal")


def each(kind: str, grant: str, columns: dict[str, tuple[str, ...]], role: str = ROLE) -> set[Found]:
    return {(role, kind, f"{table}.{column}", grant) for table, names in columns.items() for column in names}


BREAKS: dict[str, tuple[Facts, Break, set[Found]]] = {
    "a grant is dropped": (
        BY_TAGS,
        without_grant(TABLE_GRANT),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "all grants are dropped": (
        BY_TAGS,
        lambda plan: replace(plan, grants=()),
        each("missing", "", ALL) | {(ROLE, "missing", ".", ""), (ROLE, "missing", ".", LINK)},
    ),
    "the grant on the database is dropped": (
        BY_TAGS,
        without_grant(DATABASE_GRANT),
        {(ROLE, "missing", ".", "")},
    ),
    "the grant on the database is to nothing": (
        BY_TAGS,
        lambda plan: grants(plan, DATABASE_GRANT, lambda grant: replace(grant, target=TagTarget("DATABASE", {}))),
        {(ROLE, "missing", ".", "")},
    ),
    "the grant on the database lies in another region": (
        BY_TAGS,
        lambda plan: grants(plan, DATABASE_GRANT, lambda grant: replace(grant, region="eu-central-1")),
        {(ROLE, "missing", ".", "")},
    ),
    "the grant on the database goes to another access role": (
        BY_TAGS,
        lambda plan: grants(
            plan,
            DATABASE_GRANT,
            lambda grant: replace(grant, principal=next(role.arn for role in plan.access_roles if role.id == OTHER)),
        ),
        {(ROLE, "missing", ".", ""), (OTHER, "excess", ".", DATABASE_GRANT)},
    ),
    "an expression takes one class more": (
        BY_TAGS,
        lambda plan: grants(
            plan, TABLE_GRANT, expression(product=("mortgage/loans",), classes=(*CLASSES, "restricted.personal.iban"))
        ),
        each("excess", TABLE_GRANT, {"loan": ("borrower",)}),
    ),
    "an expression takes one class less": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, expression(product=("mortgage/loans",), classes=CLASSES[1:])),
        each("missing", DATABASE_GRANT, {"loan": ("amount",), "payment": ("paid",)}),
    ),
    "an expression takes what is unclassified": (
        BY_TAGS,
        lambda plan: grants(
            plan, TABLE_GRANT, expression(product=("mortgage/loans",), classes=(*CLASSES, "unclassified"))
        ),
        each("excess", TABLE_GRANT, {"loan": ("remark",)}),
    ),
    "an expression asks for the product only": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, expression(product=("mortgage/loans",))),
        each("excess", TABLE_GRANT, {"loan": ("borrower", "remark")}),
    ),
    "an expression asks for nothing": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, expression()),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "an expression is on databases": (
        BY_TAGS,
        lambda plan: grants(
            plan,
            TABLE_GRANT,
            lambda grant: (
                replace(grant, target=TagTarget("DATABASE", grant.target.expression))
                if isinstance(grant.target, TagTarget)
                else grant
            ),
        ),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a tag value is not defined": (
        BY_TAGS,
        lambda plan: replace(
            plan,
            ontology=tuple(
                replace(key, values=tuple(value for value in key.values if value != "confidential.personal"))
                for key in plan.ontology
            ),
        ),
        each("missing", DATABASE_GRANT, {"payment": ("payer",)}),
    ),
    "a tag is defined in another region": (
        BY_TAGS,
        lambda plan: replace(plan, ontology=tuple(replace(key, region="eu-central-1") for key in plan.ontology)),
        each("missing", DATABASE_GRANT, ALL) | {(ROLE, "missing", ".", "")},
    ),
    "a column carries a wider class": (
        BY_TAGS,
        tagged("loan", "borrower", {"mw-class-mortgage": "internal.impersonal"}),
        each("excess", TABLE_GRANT, {"loan": ("borrower",)}),
    ),
    "an unclassified column carries a class": (
        BY_TAGS,
        tagged("loan", "remark", {"mw-class-mortgage": "internal.impersonal"}),
        each("excess", TABLE_GRANT, {"loan": ("remark",)}),
    ),
    "a column lost its class": (
        BY_TAGS,
        tagged("loan", "amount", {}),
        each("missing", DATABASE_GRANT, {"loan": ("amount",)}),
    ),
    "a table carries a class, which its columns inherit": (
        BY_TAGS,
        tagged("loan", None, {"mw-class-mortgage": "internal.impersonal"}),
        each("excess", TABLE_GRANT, {"loan": ("remark",)}),
    ),
    "a table carries another product": (
        BY_TAGS,
        tagged("payment", None, {"mw-class-mortgage": "unclassified", "mw-product-mortgage": "mortgage/other"}),
        each("missing", DATABASE_GRANT, {"payment": ALL["payment"]}),
    ),
    "a database lost its product": (
        BY_TAGS,
        lambda plan: replace(plan, assignments=tuple(replace(database, tags={}) for database in plan.assignments)),
        each("missing", DATABASE_GRANT, ALL) | {(ROLE, "missing", ".", "")},
    ),
    "a grant goes to another access role": (
        BY_TAGS,
        lambda plan: grants(
            plan,
            TABLE_GRANT,
            lambda grant: replace(grant, principal=next(role.arn for role in plan.access_roles if role.id == OTHER)),
        ),
        each("missing", DATABASE_GRANT, ALL) | each("excess", TABLE_GRANT, ALL, OTHER),
    ),
    "a grant goes to a stranger": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, lambda grant: replace(grant, principal=BROKER)),
        each("missing", DATABASE_GRANT, ALL) | {(ROLE, "excess", ".", TABLE_GRANT)},
    ),
    "a grant lies in another catalog": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, lambda grant: replace(grant, account="300000000001")),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a grant lies in another region": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, lambda grant: replace(grant, region="eu-central-1")),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a grant lets describe only": (
        BY_TAGS,
        lambda plan: grants(plan, TABLE_GRANT, lambda grant: replace(grant, permissions=("DESCRIBE",))),
        each("missing", DATABASE_GRANT, ALL),
    ),
    "a grant names one column more": (
        BY_NAME | BY_TAGS | {"agreements": {"loans-for-fraud": {"tables": ["loan"], "max_classification": "internal"}}},
        lambda plan: grants(
            plan,
            COLUMN_GRANT,
            lambda grant: replace(grant, target=ColumnTarget("mortgage__loans", "loan", ("amount", "id", "remark"))),
        ),
        each("excess", COLUMN_GRANT, {"loan": ("amount", "remark")}),
    ),
    "a grant names one column less": (
        BY_NAME,
        lambda plan: grants(
            plan, COLUMN_GRANT, lambda grant: replace(grant, target=ColumnTarget("mortgage__loans", "loan", ("id",)))
        ),
        each("missing", COLUMN_GRANT, {"loan": ("amount", "borrower")}),
    ),
    "a grant names another table": (
        BY_NAME,
        lambda plan: grants(
            plan, COLUMN_GRANT, lambda grant: replace(grant, target=ColumnTarget("mortgage__loans", "payment", ("id",)))
        ),
        each("excess", COLUMN_GRANT, {"payment": ("id",)})
        | each("missing", COLUMN_GRANT, {"loan": ("amount", "borrower", "id")}),
    ),
    "a grant names a column that is not there yet": (
        BY_NAME,
        lambda plan: grants(
            plan,
            COLUMN_GRANT,
            lambda grant: replace(
                grant, target=ColumnTarget("mortgage__loans", "loan", ("amount", "borrower", "id", "tomorrow"))
            ),
        ),
        each("excess", COLUMN_GRANT, {"loan": ("tomorrow",)}),
    ),
    "what is unrealised is granted": (
        BY_TAGS,
        lambda plan: replace(
            plan, unrealised=(Unrealised("loans-for-fraud@300000000001", "loan", "location", "", "", ""),)
        ),
        each("excess", TABLE_GRANT, {"loan": ALL["loan"]})
        | {(ROLE, "excess", ".", ACCESS), (ROLE, "excess", ".", SESSION)},
    ),
    "what is granted is no entitlement": (
        BY_TAGS,
        lambda plan: replace(plan, entitlements=()),
        each("excess", TABLE_GRANT, ALL)
        | {(ROLE, "excess", ".", at_fault) for at_fault in (BROKER, DATABASE_GRANT, ACCESS, SESSION)},
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_grant_is_found_out(case: str) -> None:
    assert_found(*BREAKS[case])
